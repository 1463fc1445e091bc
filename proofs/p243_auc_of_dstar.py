r"""No score tells real from generated samples better than $D^*$: at no threshold, and not in AUC.

Statement
---------
A score $s$ calls a sample real where $s > c$. Its true-positive rate is the share of real samples that
it calls real, the false-positive rate that of generated ones, and the curve of both over all $c$ is its
ROC.

At each false-positive rate $D^*$, with a coin where it ties, has the largest true-positive rate of all
tests (Neyman and Pearson), and its ROC is concave. The area under the ROC is $\mathrm{AUC}(s) =
P(s(x) > s(y)) + \frac12 P(s(x) = s(y))$, $x \sim p$ and $y \sim q$ independent. It is largest for $D^*$
and its strictly increasing functions,

$$\mathrm{AUC}(D^*) = \tfrac12 (1 + \mathrm{TV}(p \otimes q,\, q \otimes p)),$$

where $p \otimes q$ is the density of the pair $(x, y)$. With $T = \mathrm{TV}(p, q)$, and
$\frac12 (1 + T)$ the best balanced accuracy,

$$\tfrac12 (1 + T) \le \mathrm{AUC}(D^*) \le \tfrac12 (1 + 2 T - T^2).$$

Assumes   $p$ and $q$ are densities with respect to one measure.
Source    [@neyman1933] for the best test; [@hanley1982] for the area as a probability.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import ndtr

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Normal, Product, Uniform
from gantheory.divergences import optimal_auc
from gantheory.evidence import frequency, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="auc-of-dstar",
    title=r"$D^*$ has the largest AUC, $\frac{1}{2} (1 + \mathrm{TV}(p \otimes q, q \otimes p))$",
    uses=("optimal-discriminator", "posterior-is-calibrated"),
    covers=("auc-of-dstar",),
)

p, q, a, b = sp.symbols("p q a b", positive=True)  # both densities at x (p, q), and at y (a, b)
u, v, k, c = sp.symbols("u v k c", real=True)  # the pair's two orders; a threshold; a share
r, s, x = sp.symbols("r s x", real=True)  # bounds of densities from above; a point
T = sp.Symbol("T", positive=True)  # the total variation of p and q
HALF = sp.Rational(1, 2)
SHARE = (c >= 0) & (c <= 1)


def derive():
    r"""A test against a threshold, then a score against all pairs.

    A test calls $x$ real with probability $c(x)$. Let $c^*$ be 1 where $p > k q$ and 0 where $p < k q$,
    a threshold of $D^* = p/(p + q)$. At each $x$, whatever $c$ is, $(c^* - c)(p - k q) \ge 0$.
    Integrate: what the threshold gains in true positives over any other test is at least $k$ times what
    it gains in false ones. At equal false-positive rates it gains. The slope of its ROC is $k$, which
    falls along the curve.

    A score orders pairs. If $c$ is 1, $\frac12$ or 0 as $s(x)$ is above, equal to or below $s(y)$, the
    pair $(x, y)$ adds $u\,c$ to the AUC, $u = p(x)\,q(y)$, and the reverse pair $v\,(1 - c)$, $v =
    q(x)\,p(y)$. Both together are at most $\max(u, v)$, and are that iff the score prefers the larger.
    $D^*$ does so for all pairs. The integral of $\max(u, v) = \frac12 (u + v + \lvert u - v \rvert)$
    over $x$ and $y$, halved, is the AUC. With $p$, $q$ for $u$, $v$ it is the balanced accuracy.

    The bounds: by $y$ alone $\int \lvert u - v \rvert \,\mathrm{d}y \ge \lvert p(x) - q(x) \rvert$,
    with equality on two points. And $\min(u, v)$ is at least the product of $\min(p, q)$ at $x$ and at
    $y$, so $1 - \mathrm{TV}$ of pairs is at least $(1 - T)^2$.
    """
    best = sp.Implies(p > k * q, (1 - c) * (p - k * q) >= 0)
    worst = sp.Implies(p < k * q, -c * (p - k * q) >= 0)
    yield always("a threshold of p/q against any test", SHARE, best & worst)
    yield iff(
        "D* is above where p > k q", p / (p + q) > k / (1 + k), p > k * q, where={k: (0, sp.oo)}
    )
    largest = u * c + v * (1 - c) <= u
    yield always("no score does better on a pair", SHARE & (u >= v), largest, label=theorem.label)
    yield iff("D* prefers the larger", p / (p + q) > a / (a + b), p * b > q * a)
    low = (r >= 0) & (s >= 0) & (r <= p) & (r <= q) & (s <= a) & (s <= b)
    yield always("mass common to both orders", low, (r * s <= p * b) & (r * s <= q * a))
    yield equal("the upper bound", HALF * (1 + 1 - (1 - T) ** 2), HALF * (1 + 2 * T - T**2))
    yield equal("two points", p * (1 - q) - q * (1 - p), p - q)
    won = sp.Integral(sp.exp(-x) * (1 - sp.exp(-2 * x)), (x, 0, sp.oo))
    yield equal("exponential, rates 1 and 2", won, sp.Rational(2, 3))


def certify():
    r"""Normals and exact weights, in balls.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(\mu, 1)$ the AUC is $\Phi(\mu/\sqrt 2)$ and
    $T = 2 \Phi(\mu/2) - 1$; the bounds hold strictly. On two points the lower bound is reached, and the
    upper one by $p = (\frac12, \frac12, 0)$ and $q = (0, \frac12, \frac12)$. Edge cases: $q = p$ gives
    $\frac12$, disjoint weights 1.
    """
    for shift in (1, 3):
        pair = Normal(0, 1), Normal(shift, 1)
        found, single = of_pairs(*pair), certified.total_variation(*pair)
        yield equal(f"shift {shift}", found, (1 + sp.erf(sp.Rational(shift, 2))) / 2)
        yield at_least(f"shift {shift}: the lower bound", found, (1 + single) / 2)
        yield at_most(
            f"shift {shift}: the upper bound", found, (1 + 2 * single - single * single) / 2
        )
    for name, (pair, area) in EXACT.items():
        yield equal(name, of_pairs(*(Discrete(weights) for weights in pair)), area)


def check():
    r"""The package's AUC of $D^*$, from its distribution under $p$ and $q$, against formulas and pairs.

    For exponential densities of rates 1 and $r$ it is $r/(1 + r)$. For $U[0, 1]$ and $U[s, 1 + s]$ it
    is the upper bound at $T = s$, since the only ties are between points of the overlap. For
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ it is $P(\lvert x \rvert < \lvert y \rvert)$, where
    $x/y$ has a Cauchy distribution: $\frac{2}{\pi} \arctan 2$.
    """
    for number in (2, 5):
        area = optimal_auc(Exponential(1), Exponential(number))
        yield equal(f"exponential, rates 1 and {number}", area, Fraction(number, 1 + number))
    for moved in (Fraction(1, 4), Fraction(3, 4)):
        area = optimal_auc(Uniform(0, 1), Uniform(moved, 1 + moved))
        yield equal(f"U[0, 1] moved by {moved}", area, (1 + 2 * moved - moved**2) / 2)
    yield equal("N(0, 1) and N(0, 2²)", optimal_auc(*WIDTHS), 2 * sp.atan(2) / sp.pi)
    yield equal("N(0, 1) and N(1, 1)", optimal_auc(*SHIFTED), of_pairs(*SHIFTED))


def search(seed):
    r"""Random distributions on up to four points, with zeros, and random scores.

    The AUC of the score is added up over all pairs of points. It refutes the statement if it is above
    that of $D^*$, and so does an AUC of $D^*$ that is not given by the pairs, or beyond the bounds.
    """
    drawn = strategies.discrete_pairs(4).flatmap(with_scores)
    yield survives("no score is better", ranked, drawn, seed=seed, examples=125)


def simulate(seed):
    r"""200 000 independent pairs of a real and a generated sample.

    Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(1, 1)$: $D^*$ falls as $x$ rises. The statistic is the
    share of pairs in which the real sample has the larger $D^*$. It cannot exclude errors of less than
    about 0.006.
    """
    rng = np.random.default_rng(seed)
    real, fake = rng.normal(0, 1, 200_000), rng.normal(1, 1, 200_000)
    yield equal("pairs won", frequency(real < fake), of_pairs(*SHIFTED), tolerance=0.02)


def refute():
    r"""Five mistakes.

    AUC is not accuracy: the two agree on two points, not in general. A score with AUC $\frac12$ does
    not show $q = p$: $x$ itself has it for $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$, where $D^*$
    has 0.70. A score that falls as $D^*$ rises ranks everything upside down. Ties are not wins. And a
    clipped $D^*$, or one that saturates in float32, no longer ranks: it is not *strictly* increasing in
    $D^*$.
    """
    single = certified.total_variation(*SHIFTED)
    yield equal("AUC is balanced accuracy", of_pairs(*SHIFTED), (1 + single) / 2)
    yield equal("AUC 1/2 of x shows q = p", optimal_auc(*WIDTHS), HALF)
    star = THREE[0] / (THREE[0] + THREE[1])
    best = optimal_auc(*(Discrete(weights) for weights in THREE))
    yield equal("1 - D* ranks as well", area_under(*THREE, 1 - star), best)
    yield equal("ties are wins", area_under(*THREE, star) + tied(*THREE) / 2, best)
    yield equal("D* clipped at 0.6 ranks as well", area_under(*THREE, np.minimum(star, 0.6)), best)


def figure():
    r"""Two ROC curves for data $\mathcal{N}(0, 1)$ and model $\mathcal{N}(0, 2^2)$.

    $D^*$ is large where $\lvert x \rvert$ is small: its curve is concave and above all others. The
    score $x$ has the AUC $\frac12$ of a coin, although the two distributions differ.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(6.9, 4.2))
    draw_curves(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

WIDTHS, SHIFTED = (Normal(0, 1), Normal(0, 2)), (Normal(0, 1), Normal(1, 1))
THREE = np.array([0.5, 0.3, 0.2]), np.array([0.125, 0.125, 0.75])
EVEN = (Fraction(1, 2),) * 2
EXACT = {
    "two points": ((("0.75", "0.25"), ("0.125", "0.875")), Fraction(13, 16)),
    "the upper bound": (((*EVEN, 0), (0, *EVEN)), Fraction(7, 8)),
    "q = p": ((EVEN, EVEN), HALF),
    "disjoint": (((1, 0), (0, 1)), 1),
}


def orders(real, fake):
    """The distributions of a pair, real sample first and generated sample first."""
    if isinstance(real, Discrete):
        first = [r * f for r in real.exact_weights for f in fake.exact_weights]
        return Discrete(first), Discrete(
            [f * r for f in fake.exact_weights for r in real.exact_weights]
        )
    return Product(real, fake), Product(fake, real)


def of_pairs(real, fake):
    """(1 + TV(p ⊗ q, q ⊗ p))/2 as a ball."""
    return (1 + certified.total_variation(*orders(real, fake))) / 2


@summed
def area_under(real, fake, scores):
    """P(s(x) > s(y)) + P(s(x) = s(y))/2 by pairs of points."""
    wins = np.sign(scores[:, None] - scores) / 2 + 0.5
    return real[:, None] * fake * wins


@summed
def tied(real, fake):
    """P(D*(x) = D*(y)) where no two points have one D*."""
    return real * fake


def with_scores(pair):
    """The pair with a score at each point."""
    return strategies.simplices(len(pair[0].weights)).map(lambda scores: (*pair, scores))


def ranked(example):
    """AUC of the score, of D*, of pairs, and the bounds."""
    real, fake, scores = example
    best, single = optimal_auc(real, fake), certified.total_variation(real, fake)
    yield at_most("AUC(s) ≤ AUC(D*)", area_under(real.weights, fake.weights, scores), best)
    yield equal("AUC(D*) by pairs", best, of_pairs(real, fake))
    yield at_least("the lower bound", best, (1 + single) / 2)
    yield at_most("the upper bound", best, (1 + 2 * single - single * single) / 2)


def draw_curves(axes):
    """ROC curves of D* and of x."""
    limits = np.linspace(-8, 8, 401)
    inside = np.maximum(limits, 0)
    axes.plot(2 * ndtr(inside / 2) - 1, 2 * ndtr(inside) - 1, "C0-")
    axes.plot(ndtr(limits / 2), ndtr(limits), "C3--")
    axes.plot([0, 1], [0, 1], color="C6", zorder=0)
    axes.annotate("$D^*$: AUC 0.70", (0.2, 0.75), color="C0")
    axes.annotate("score $x$: AUC 0.5", (0.62, 0.55), color="C3")
    axes.set(title="The optimal discriminator has the highest curve", xlim=(0, 1), ylim=(0, 1.02))
    axes.set(xlabel="false-positive rate, of generated samples", xticks=(0, 0.5, 1))
    axes.set(ylabel="true-positive rate, of real samples", yticks=(0, 0.5, 1))
