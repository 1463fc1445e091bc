r"""The value is affine in the model's density, and so the criterion $C$, its supremum, is convex in it.

Statement
---------
$U(q, D) = \mathbb{E}_{x \sim p}[\log D] + \mathbb{E}_{x \sim q}[\log(1 - D)]$ is affine in $q$ and
concave in $D$. Hence $C(q) = \sup_D U(q, D)$, a supremum of affine functions, is convex in $q$. Its
slope and its curvature are, at each point and per unit of mass,

$$\frac{\delta C}{\delta q} = \log(1 - D^*), \quad
\frac{\delta^2 C}{\delta q^2} = \frac{p}{(p + q)\,q} = \frac{D^*}{q}.$$

$C$ is convex in $(p, q)$ jointly. It is strictly convex where there are data, and only there: if all
data are at one point, $C$ is 0 for every model that lives on other points. At $q = p$ the slope is
$-\log 2$ everywhere. This is not 0, but it adds up to 0 over any change of $q$ that keeps the mass.

Assumes   $p$, $q$ and the others are densities with respect to one measure; $0 \log 0 = 0$.
Source    [@goodfellow2014, proof of Proposition 2]; [@rockafellar1970, Theorem 5.5].
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import js_divergence
from gantheory.evidence import differences, summed
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, converges, equal, increasing

theorem = Theorem(
    label="u-affine-c-convex-in-pg",
    title=r"$U(q, D)$ is affine in $q$, and $C(q) = \sup_D U(q, D)$ is convex",
    uses=("optimal-discriminator", "virtual-criterion", "global-minimum"),
    covers=("u-affine-c-convex-in-pg",),
    errata=(
        r"[@nipsnotes] calls $U$ convex in $p_g$: it is affine, and for $D = D^*$ a tangent of $C$.",
    ),
)

# p, q: densities of data and model at one point; q_1, q_2: two models; D: a discriminator there;
# t: the share of the second model, or the length of a step; a, b: changes of p and q
p, q, q_1, q_2, D, t = sp.symbols("p q q_1 q_2 D t", positive=True)
a, b = sp.symbols("a b", real=True)
VALUE = p * sp.log(D) + q * sp.log(1 - D)  # the integrand of U
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # the same at D*, the integrand of C


def derive():
    r"""Affine first, then convex, then how convex.

    The model enters $U$ only as the density that $\log(1 - D)$ is averaged with. So at a mixture of two
    models $U$ is the mixture of its values. For a fixed model the integrand is concave in $D$.

    By [@rockafellar1970, Theorem 5.5] a supremum of affine functions is convex.

    The derivatives of the integrand of $C$ say the same in numbers. The slope is that of the affine
    function which attains the supremum, and the curvature is positive wherever $p > 0$. Moving $p$ and
    $q$ together by $a$ and $b$ gives a square, so $C$ is convex in both. Without data the integrand is 0
    for every $q$, hence $C$ is not strictly convex there.

    At the minimum $q = p$ the slope is the same number $-\log 2$ at all points. Take three points and a
    change $(a, b, -a - b)$ that keeps the mass: the slopes cancel, and $C$ grows with the square.
    """
    inside = {D: (0, 1)}
    mixed = VALUE.subs(q, (1 - t) * q_1 + t * q_2)
    values = (1 - t) * VALUE.subs(q, q_1) + t * VALUE.subs(q, q_2)
    yield equal("U at a mixture of models", mixed, values, where=inside)
    bend = sp.Derivative(VALUE, (D, 2))
    yield equal("curvature of U in D", bend, -p / D**2 - q / (1 - D) ** 2, where=inside)

    # slope and curvature of C
    slope, star = sp.Derivative(BEST, q), p / (p + q)
    yield equal("slope of C", slope, sp.log(1 - star))
    yield equal("curvature of C", sp.Derivative(BEST, (q, 2)), star / q, label=theorem.label)
    bends = [sp.Derivative(BEST, *by) for by in ((p, p), (p, q), (q, q))]
    joint = a**2 * bends[0] + 2 * a * b * bends[1] + b**2 * bends[2]
    yield equal("curvature in p and q", joint, (q * a - p * b) ** 2 / (p * q * (p + q)))
    yield equal("integrand of C without data, p → 0", sp.Limit(BEST, p, 0, "+"), 0)

    # at the minimum
    yield equal("slope of C at q = p", sp.Subs(slope, q, p), -sp.log(2))
    data, moves = sp.symbols("p_1:4", positive=True), (a, b, -a - b)
    line = sum(BEST.subs({p: one, q: one + t * v}) for one, v in zip(data, moves, strict=True))
    bend = sum(v**2 / (2 * one) for one, v in zip(data, moves, strict=True))
    yield equal("slope along a change of mass 0", sp.Subs(sp.Derivative(line, t), t, 0), 0)
    yield equal("curvature along it", sp.Subs(sp.Derivative(line, t, t), t, 0), bend)


def certify():
    r"""A segment along which the slope grows, and one along which $C$ is constant.

    For the data $\mathcal{N}(0, 1)$ and the models $(1 - t)\,\mathcal{N}(0, 1) + t\,\mathcal{N}(1, 2^2)$
    the slope in $t$ is the integral of $(r - p) \log(1 - D^*)$, where $r$ is the density of
    $\mathcal{N}(1, 2^2)$. It is enclosed at three values of $t$, and increases. If all data are at one
    point, the models $(0, s, 1 - s)$ on two others have the same $C = 0$.
    """
    slopes = [enclosed_slope(Fraction(k, 8)) for k in (1, 4, 7)]
    yield increasing("slope at t = 1/8, 1/2, 7/8", slopes)
    for share in (Fraction(1, 8), Fraction(1, 2)):
        model = Discrete((0, share, 1 - share))
        found = certified.virtual_training_criterion(Discrete((1, 0, 0)), model)
        yield equal(f"C + log 4 at s = {share}", found + certified.log(4), sp.log(4))


def check():
    r"""The slope as a difference quotient, and the curvature at $q = p$.

    Central differences of $C$ on the same segment, at $t = \tfrac12$, agree with the enclosed slope.

    On the way from $\mathcal{N}(0, 1)$ to $\mathcal{N}(1, 1)$ the quotient $2\,\mathrm{JSD}/t^2$ tends
    to half of the curvature $\tfrac12 \int v^2/p$ for $v = r - p$. This integral is $e - 1$, the
    chi-squared divergence of the two, so that the limit is $\tfrac14 (e - 1)$. It is approached for $t$
    down to $10^{-10}$.
    """
    found = differences(contaminated, [0.5], [1.0])
    yield equal("slope at t = 1/2 by differences", found, enclosed_slope(Fraction(1, 2)))
    shares = [Fraction(1, 10**k) for k in (1, 4, 7, 10)]
    bends = [2 / share**2 * js_divergence(NORMAL, moved(share)) for share in shares]
    yield converges("2 JSD/t² at t = 1e-1, 1e-4, 1e-7, 1e-10", bends, (sp.E - 1) / 4)


def search(seed):
    r"""Two hunts on distributions of four points.

    The first compares $U$ at a mixture of two models with the mixture of its values, for random
    discriminators with logits between $-15$ and 45. The second mixes data and models at once and
    looks for a $C$ above the mixture of both values of $C$.
    """
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt("U at a mixture of models", affine, strategies.markov_kernels(4, 4))
    yield hunt("C at a mixture of data and models", jointly, strategies.markov_kernels(4, 4))


def refute():
    r"""Four mistakes about the slope and the curvature.

    At a minimum one expects the slope 0; but $q$ cannot move freely, its mass stays 1, and a constant
    slope is enough. The curvature $1/q$ is that of the term $q \log q$ alone; the term with $p + q$
    takes a part of it away. The slope $\log D^*$ exchanges the two halves of the value. And strict
    convexity needs data: without them $C$ is flat from one model to another.
    """
    slope, star = sp.Derivative(BEST, q), p / (p + q)
    yield equal("slope 0 at the minimum", sp.Subs(slope, q, p), 0)
    yield equal("curvature 1/q", sp.Derivative(BEST, (q, 2)), 1 / q)
    yield equal("slope log D*", slope, sp.log(star))
    middle = certified.virtual_training_criterion(Discrete((1, 0, 0)), Discrete((0, 0.5, 0.5)))
    yield at_most("strictly convex without data", middle, Fraction(-1, 1000))


def figure():
    r"""$C$ for data $(0.4, 0.6)$ and models $(s, 1 - s)$, as the upper envelope of straight lines.

    Each line is $U$ for one discriminator, the best one for some model, and touches $C$ at this model.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    share = np.linspace(1e-12, 1 - 1e-12, 201)
    for other in np.linspace(0.05, 0.95, 13):
        real = np.array([0.4 / (0.4 + other), 0.6 / (1.6 - other)])
        ends = 0.4 * np.log(real[0]) + 0.6 * np.log(real[1]) + np.log(1 - real)
        axes.plot([1, 0], ends, color="C0", linewidth=0.8, alpha=0.7)
    real = np.array([0.4 / (0.4 + share), 0.6 / (1.6 - share)])
    curve = 0.4 * np.log(real[0]) + 0.6 * np.log(real[1])
    curve += share * np.log(1 - real[0]) + (1 - share) * np.log(1 - real[1])
    axes.plot(share, curve, color="C4", linewidth=2.4)
    axes.text(0.5, -1.2, "$C$: the upper envelope", ha="center")
    axes.text(0.5, -2.95, "each line:\n$U$ for one $D$", ha="center", color="C0")
    axes.set(title="$C$ is convex in $q$: data (0.4, 0.6)", ylabel="value, nats")
    axes.set(xlabel="share $s$ of the model $(s, 1-s)$", xlim=(0, 1), ylim=(-3, -0.5))
    axes.set(xticks=(0, 0.4, 1), yticks=(-2, -math.log(4), -1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

NORMAL = Normal(0, 1)


def enclosed_slope(share):
    """∫ (r - p) log(1 - D*) at q = (1 - t) p + t r, in balls; the second density is written q."""
    here = sp.Rational(share)
    mixed = (1 - here) * p + here * q
    slope = (q - p) * sp.log(mixed / (p + mixed))
    return certified.integral(slope, NORMAL, Normal(1, 2), bound=(3, 3), digits=12)


def moved(share):
    """The model (1 - t) N(0, 1) + t N(1, 1)."""
    return Mixture((NORMAL, Normal(1, 1)), (1 - share, share))


def contaminated(share):
    """C of N(0, 1) and (1 - t) N(0, 1) + t N(1, 2²)."""
    t = float(share[0])
    return virtual_training_criterion(NORMAL, Mixture((NORMAL, Normal(1, 2)), (1 - t, t))).value


def blended(first, second, share):
    """(1 - t) q_1 + t q_2, rescaled for rounding."""
    mixed = (1 - share) * first + share * second
    return Discrete(mixed / math.fsum(mixed))


def affine(rows):
    """U at a mixture is the mixture of its values; the last row gives logits and the share."""
    real, first, second, numbers = rows
    logits, share = 60 * (numbers - 0.25), numbers[3]
    model = blended(first, second, share)
    found = value_function(Discrete(real), model, lambda at: logits[at.astype(int)])
    return equal("U is affine", found, mean_value(real, (first, second), logits, share))


@summed
def mean_value(real, models, logits, share):
    """(1 - t) U(q_1, D) + t U(q_2, D), U = Σ p log D + q log(1 - D)."""
    log_real, log_fake = log_expit(logits), log_expit(-logits)
    weighed = zip(models, (1 - share, share), strict=True)
    return [part * (real * log_real + fake * log_fake) for fake, part in weighed]


def jointly(rows):
    """C at the mixture, less 1, is at most the mixture of C, less 1."""
    real, first, second, fourth = rows
    share = (1 + 8 * fourth[0]) / 10
    data, model = (blended(*pair, share) for pair in ((real, second), (first, fourth)))
    mixed = certified.virtual_training_criterion(data, model, digits=15)
    pairs = (real, first), (second, fourth)
    one, two = (virtual_training_criterion(*map(Discrete, pair)) for pair in pairs)
    return at_most("C at the mixture", mixed.estimate() - 1, (1 - share) * one + share * two - 1)
