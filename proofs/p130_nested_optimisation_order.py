r"""The discriminator is optimised inside, anew for each generator.

Statement
---------
The generator's problem is

$$\min_q C(q), \qquad C(q) = \max_D V(D, q),$$

so $D$ is the $D^*$ of the very model that is being judged, and $q = p$ is the only solution. Freeze
$D$ instead, at the optimal discriminator for a model $q_0$, and the problem is another one.

On two points, let the data be $(m, 1 - m)$, the model $(s, 1 - s)$, and $D$ optimal for the model
$(u, 1 - u)$. With $D$ frozen, the slope of $V$ in $s$ does not depend on $s$:

$$\frac{\partial V}{\partial s} = \log\left(1 + \frac{u - m}{(1 - u)(m + u)}\right).$$

It pushes the model to one of the two points unless $u = m$. At $s = u$ this is the slope of $C$, so
$C'(s)$ has the sign of $s - m$, and $C$ is least at $s = m$.

Assumes   $0 < m, s, u < 1$ on two points.
Source    [@goodfellow2014, equation (1) and section 4]; [@metz2017] for the collapse against a
          frozen $D$.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.evidence import in_norm, pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="nested-optimisation-order",
    title=r"$\min_q \max_D V$: the maximum is inside, and $D^*$ moves with $q$",
    uses=("optimal-discriminator", "global-minimum"),
    covers=("nested-optimisation-order", "argmin-with-d-frozen"),
    errata=(
        r"[@annotated2017] writes $G^* = \operatorname{argmin} V(G, D^*)$ with $D^*$ as if given: it "
        r"is optimal for the $G$ at hand. For a given $D$ the minimum is a point mass.",
    ),
)

p, q, t = sp.symbols("p q t", positive=True)  # data, model, and the model that D is optimal for
m, s, u = sp.symbols("m s u", positive=True)  # the same three, as shares of the first of two points
D = sp.Symbol("D", positive=True)
SHARES = {m: (0, 1), s: (0, 1), u: (0, 1)}

OPENED = p * sp.log(p) + q * sp.log(t) - (p + q) * sp.log(p + t)  # a point's value at D = p/(p + t)
REST = {p: 1 - m, q: 1 - s, t: 1 - u}
VALUE = OPENED.subs({p: m, q: s, t: u}) + OPENED.subs(REST, simultaneous=True)
SLOPE = sp.log(u) + sp.log(2 - m - u) - sp.log(1 - u) - sp.log(m + u)


def derive():
    r"""Differentiate once with $D$ frozen, and once with $D$ following.

    At a point with masses $p$ and $q$, and $D$ optimal for the mass $t$, the value is linear in
    $q$. So on two points the slope in $s$ is a constant, which depends on $m$ and $u$. Its sign is
    that of $u - m$.
    """
    point = p * sp.log(D) + q * sp.log(1 - D)
    yield equal("a point at D = p/(p + t)", point.subs(D, p / (p + t)), OPENED)
    yield equal("D frozen: the slope", sp.Derivative(VALUE, s), SLOPE, where=SHARES)
    fraction = u * (2 - m - u) / ((1 - u) * (m + u))
    over_1 = 1 + (u - m) / ((1 - u) * (m + u))
    yield equal("its sign is that of u - m", fraction, over_1, where=SHARES)

    # With D following, u = s. Now V depends on s in two ways; but V is stationary in D, so the
    # slope is the frozen one, taken at u = s. It has the sign of s - m, and C falls before s = m
    # and rises after it.
    criterion, inside = VALUE.subs(u, s), {m: (0, 1), s: (0, 1)}
    slope, name = sp.Derivative(criterion, s), "D optimised anew: the slope of C"
    yield equal(name, slope, SLOPE.subs(u, s), where=inside, label="nested-optimisation-order")


def certify():
    r"""A frozen line below $C$, and what a generator finds against a frozen $D$: less than $C$ allows.

    For data $(7/20, 13/20)$ the line at $u = 7/10$ lies the lower below $C$ the farther $s$ is from $u$.
    For data $\mathcal{N}(2, 1/4)$ let $D$ be optimal for $\mathcal{N}(0, 1)$. Its logit is largest at
    $8/3$, where it is $\log 2 + 8/3$. All samples there have a value below $-\log 4 - 2$.
    """
    gap = (VALUE.subs(u, s) - VALUE.subs(u, FROZEN)).subs(m, sp.Rational(7, 20))
    yield increasing("above u", gap, where={s: (sp.Rational(71, 100), sp.Rational(99, 100))})
    yield increasing("below u", -gap, where={s: (sp.Rational(1, 100), sp.Rational(69, 100))})
    real = certified.integral(p * sp.log(p / (p + q)), *PAIR, bound=(42, 1))
    best = real - certified.log(1 + 2 * certified.as_ball(sp.exp(sp.Rational(8, 3))))
    yield at_most("samples at 8/3", best, -sp.log(4) - 2)


def search(seed):
    r"""Data, a model and a frozen $D$ on four points: no model does better than one point.

    $D$ is optimal for a third distribution, between the two. One drawn model with a value below that of
    the point at which $D$ is largest, or that value above $-\log 4$, would refute the page.
    """
    drawn = strategies.markov_kernels(3, 4)
    yield survives("the best model is a point", one_point_is_best, drawn, seed=seed, examples=120)


def simulate(seed):
    r"""32 generators $a z + b$ are trained twice on data $\mathcal{N}(2, 1/4)$, with the same noise.

    Each starts near $\mathcal{N}(0, 1)$ and takes 1000 steps of stochastic gradient descent along
    $\mathbb{E}_z[\log(1 - D(a z + b))]$, with 32 samples a step and step size 0.05. If $D$ stays that of
    the first model, all 32 end at one point, where $p/q$ was largest at the start, beyond the mean of
    the data. With $D$ optimal at each step all find $\lvert a \rvert = 1/2$ and $b = 2$. Trained
    discriminators are not tried.
    """
    frozen = trained(seed, frozen=True)
    aim = largest(*frozen.value[0])
    yield at_most("D frozen: |a| of 32 generators", abs(frozen[-1, 0]), 1e-9)
    yield at_most("D frozen: b from where p/q is largest", abs(frozen[-1, 1] - aim), 1e-9)
    yield at_least("D frozen: beyond the mean", aim - 2, 0.25)
    anew = trained(seed, frozen=False)
    yield at_most("D anew: |a| from 1/2", abs(abs(anew[-1, 0]) - 0.5), 1e-9)
    yield at_most("D anew: b from 2", abs(anew[-1, 1] - 2), 1e-9)


def refute():
    r"""The order of the two optimisations is lost.

    Code alternates between the players, so both look alike, and the nesting is easily forgotten.
    Then the slope against the frozen $D$ is taken for the slope of $C$ everywhere. Or the generator
    is expected to rest whenever $D$ is optimal for the mirrored model. Or the players are
    exchanged: "against the best $D$, which is $1/2$ in the end, the best model is $p$", but against
    $D = 1/2$ all models are alike.
    """
    slopes = sp.Derivative(VALUE, s), sp.Derivative(VALUE.subs(u, s), s)
    name = "the frozen slope at every s"
    yield equal(name, *slopes, where=SHARES, label="argmin-with-d-frozen")
    yield equal("a rest at u = 1 - m", SLOPE.subs(u, 1 - m), 0, where={m: (0, 1)})
    pair = Normal(0, 1), Normal(3, 1)
    fair = value_function(*pair, 0 * optimal_discriminator(*pair))
    yield at_least("D = 1/2: N(3, 1) pays 1/1000", fair, -sp.log(4) + sp.Rational(1, 1000))


def figure():
    r"""$C$ and two of the straight lines that frozen discriminators make of it.

    Each line touches $C$ where its $D$ is optimal, and its lowest point is an end.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    share, data, ends = np.linspace(0, 1, 201)[1:-1], 0.35, np.array([0.0, 1.0])
    value = sp.lambdify((m, s, u), VALUE, "numpy")
    axes.plot(share, value(data, share, share), color="C4", linewidth=2.4)
    for at, color in ((0.15, "C0"), (0.7, "C2")):
        line = value(data, ends, at)
        end = int(np.argmin(line))
        axes.plot(ends, line, color=color)
        axes.plot([at], [value(data, at, at)], "o", color=color)
        axes.plot([ends[end]], [line[end]], "v", color=color, clip_on=False)
    axes.plot([data], [-math.log(4)], "o", color="C4")
    axes.annotate("$C$: $D$ optimised anew", (0.3, -1.15), va="bottom")
    axes.annotate("$D$ frozen at ●:\nbest at ▼", (0.03, -1.78), color="C2", va="top")
    axes.set(title="The best model, data (0.35, 0.65)", ylabel="value $V$, nats")
    axes.set_xlabel("share $s$ of the model $(s, 1-s)$")
    axes.set(xlim=(0, 1), ylim=(-2.4, -0.6), xticks=(0, 0.35, 1), yticks=(-2, -math.log(4), -1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SEEDS, STEPS = 32, 1000
FROZEN, PAIR = sp.Rational(7, 10), (Normal(2, "1/2"), Normal(0, 1))


def one_point_is_best(rows):
    """V at the drawn model and -log 4 are not below V at the point where D is largest."""
    data, model, other = rows[0], rows[1], rows.mean(axis=0)
    logit = np.log(np.maximum(data, 1e-300)) - np.log(np.maximum(other, 1e-300))
    least = at_point(data, logit)
    found = value_function(Discrete(data), Discrete(model), lambda at: logit[at.astype(int)])
    yield at_least("V of the model", found, least)
    yield at_most("V of the point", least, -sp.log(4))


@summed
def at_point(data, logit):
    """Σ p log D + log(1 - max D)."""
    return np.append(data * log_expit(logit), log_expit(-logit.max()))


@pointwise
def largest(scale, shift):
    r"""$(8 - b/a^2)/(4 - 1/a^2)$, where $\log p/q$ is largest, $p = \mathcal{N}(2, 1/4)$."""
    return (8 - shift / scale**2) / (4 - 1 / scale**2)


@in_norm
def trained(seed, *, frozen):
    """A and b of all generators, at the start and after each step: shape (steps + 1, 2, seeds).

    The logit of D at x is log p - log q for the data N(2, 1/4) and the Gaussian that D is optimal
    for, and the gradient goes through x only.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    start = np.array([(rng.uniform(0.8, 1.2), rng.uniform(-0.3, 0.3)) for rng in streams])
    noise = np.stack([rng.standard_normal((STEPS, 32)) for rng in streams], axis=1)
    first = scale, shift = start[:, :1], start[:, 1:]
    path = [start]
    for z in noise:
        spread, centre = first if frozen else (scale, shift)
        at = scale * z + shift
        logit = np.log(spread / 0.5) - 2 * (at - 2) ** 2 + (at - centre) ** 2 / (2 * spread**2)
        slope = -4 * (at - 2) + (at - centre) / spread**2
        push = expit(logit) * slope  # minus the gradient of log(1 - D) in x
        scale = scale + 0.05 * np.mean(push * z, axis=1, keepdims=True)
        shift = shift + 0.05 * np.mean(push, axis=1, keepdims=True)
        path.append(np.hstack([scale, shift]))
    return np.stack(path).transpose(0, 2, 1)
