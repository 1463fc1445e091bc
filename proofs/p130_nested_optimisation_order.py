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
from scipy.special import expit

from gantheory.densities import Normal
from gantheory.evidence import in_norm, pointwise
from gantheory.game import optimal_discriminator, value_function
from gantheory.theorems import Theorem, at_least, at_most, equal

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
    yield equal(
        "D optimised anew: the slope of C",
        sp.Derivative(criterion, s),
        SLOPE.subs(u, s),
        where=inside,
        label="nested-optimisation-order",
    )


def simulate(seed):
    r"""32 generators $a z + b$ are trained twice on data $\mathcal{N}(2, 1/4)$, with the same noise.

    Each starts near $\mathcal{N}(0, 1)$ and takes 1000 steps of stochastic gradient descent along
    $\mathbb{E}_z[\log(1 - D(a z + b))]$, with 32 samples a step and step size 0.05. In the first
    run $D$ stays the optimal discriminator for the first model. Then $\lvert a \rvert$ falls below
    $10^{-9}$ in all 32 runs: the generator makes one point, and that is where $p/q$ was largest at
    the start, beyond the mean of the data. In the second run $D$ is optimal at each step, and all
    32 find $\lvert a \rvert = 1/2$ and $b = 2$.

    This is one family of models with exact discriminators; it says nothing about trained ones.
    """
    frozen = trained(seed, frozen=True)
    aim = largest(*frozen.value[0])
    yield at_most("D frozen: |a| of 32 generators", abs(frozen[-1, 0]), 1e-9)
    yield at_most("D frozen: b from where p/q is largest", abs(frozen[-1, 1] - aim), 1e-9)
    yield at_least("D frozen: that is beyond the mean", aim - 2, 0.25)
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
    criterion = VALUE.subs(u, s)
    yield equal(
        "the frozen slope at every s",
        sp.Derivative(VALUE, s),
        sp.Derivative(criterion, s),
        where=SHARES,
        label="argmin-with-d-frozen",
    )
    yield equal("a rest at u = 1 - m", SLOPE.subs(u, 1 - m), 0, where={m: (0, 1)})
    pair = Normal(0, 1), Normal(3, 1)
    fair = value_function(*pair, 0 * optimal_discriminator(*pair))
    yield at_least("D = 1/2: N(3, 1) pays 1/1000", fair, -sp.log(4) + sp.Rational(1, 1000))


def figure():
    r"""Left: $C$ and two of the straight lines that frozen discriminators make of it. Right: training.

    Each line touches $C$ where its $D$ is optimal, and its lowest point is an end. In training, the
    scale of the generators goes to 0 if $D$ is frozen, and to that of the data if it is not.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    share, data, ends = np.linspace(0, 1, 201)[1:-1], 0.35, np.array([0.0, 1.0])
    value = sp.lambdify((m, s, u), VALUE, "numpy")
    left.plot(share, value(data, share, share), color="C4", linewidth=2.4)
    for at, color in ((0.15, "C0"), (0.7, "C2")):
        line = value(data, ends, at)
        end = int(np.argmin(line))
        left.plot(ends, line, color=color)
        left.plot([at], [value(data, at, at)], "o", color=color)
        left.plot([ends[end]], [line[end]], "v", color=color, clip_on=False)
    left.plot([data], [-math.log(4)], "o", color="C4")
    left.annotate("$C$: $D$ optimised anew", (0.3, -1.15), va="bottom")
    left.annotate("$D$ frozen at ●:\nbest at ▼", (0.63, -2.1), color="C2", ha="right", va="top")
    left.set(title="The best model, data (0.35, 0.65)", ylabel="value $V$, nats")
    left.set_xlabel("share $s$ of the model $(s, 1-s)$")
    left.set(xlim=(0, 1), ylim=(-2.4, -0.6), xticks=(0, 0.35, 1), yticks=(-2, -math.log(4), -1))
    for frozen, color in ((True, "C2"), (False, "C0")):
        scales = np.abs(trained(0, frozen=frozen).value[:301, 0])
        right.plot(scales, color=color, alpha=0.25, linewidth=0.8)
        right.plot(scales.mean(axis=1), color=color)
    right.annotate("$D$ optimised anew", (290, 0.56), ha="right", color="C0")
    right.annotate("$D$ frozen", (290, 0.06), color="C2", ha="right")
    right.set(
        title="Training of 32 generators, data $N(2, ½^2)$", xlabel="step", ylabel="scale $|a|$"
    )
    right.set(xlim=(0, 300), ylim=(0, 2), xticks=(0, 100, 200, 300), yticks=(0, 0.5, 1, 2))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SEEDS, STEPS = 32, 1000


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
