r"""What a discriminator loses against $D^*$, and where $D^*$ is the only optimal one.

Statement
---------
For $\mathrm{kl}(s \,\|\, t) = s \log\frac{s}{t} + (1 - s) \log\frac{1 - s}{1 - t}$, the divergence
between two coins that show heads with probability $s$ and $t$, every discriminator $D$ satisfies

$$V(D^*) - V(D) = \int (p + q)\, \mathrm{kl}(D^* \,\|\, D) \,\mathrm{d}x
    \ge 2 \int (p + q)\, (D^* - D)^2 \,\mathrm{d}x.$$

The left side is the regret of $D$, and the factor 2 is the largest that is right for all $D$. The
bound is 0 only where $D = D^*$: any $D$ that differs on a set of positive mass has less. So $D$ is
optimal if and only if $D = D^*$ almost everywhere where $p + q > 0$: there $D^* = 1$ if $q = 0$,
and $D^* = 0$ if $p = 0$. Where $p = q = 0$, every value of $D$ is optimal.

Assumes   $p$ and $q$ are densities with respect to one measure; $D$ may be any measurable function
          into $[0, 1]$; $0 \log 0 = 0$.
Source    [@goodfellow2014, Proposition 1]; [@cover2006, Lemma 11.6.1] for Pinsker's inequality, the
          second step.
"""

import math

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Normal
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff, increasing

theorem = Theorem(
    label="discriminator-uniqueness",
    title=r"$V(D^*) - V(D) = \int (p + q)\, \mathrm{kl}(D^* \,\|\, D) \,\mathrm{d}x$",
    uses=("optimal-discriminator",),
    covers=(
        "discriminator-uniqueness",
        "regret-identity",
        "no-stationary-point-where-q-is-zero",
        "unique-almost-everywhere",
    ),
    errata=(
        "[@annotated2017] calls the optimal $D$ unique: it is where $p + q > 0$, and up to sets of "
        "measure 0.",
        "[@roysdon] calls the stationary point in $(0, 1)$ unique: where $p$ or $q$ is 0 there is none, "
        "and where both are 0 every point is one.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point x
D = sp.Symbol("D", positive=True)  # the value of the discriminator at that point
s, t = sp.symbols("s t", positive=True)  # chances of two coins
share = sp.Symbol("share", nonnegative=True)
INSIDE, COINS, HALF = {D: (0, 1)}, {s: (0, 1), t: (0, 1)}, sp.Rational(1, 2)

POINT = p * sp.log(D) + q * sp.log(1 - D)  # what one point adds to V
STAR = p / (p + q)
LOSS = p * sp.log(STAR / D) + q * sp.log(q / (p + q) / (1 - D))
KL = s * sp.log(s / t) + (1 - s) * sp.log((1 - s) / (1 - t))


def derive():
    r"""Write $p = (p + q) D^*$ and $q = (p + q)(1 - D^*)$; the loss at a point is then a divergence.

    At one point the loss is $p \log\frac{D^*}{D} + q \log\frac{1 - D^*}{1 - D}$. Take $p + q$ out
    of it, and what is left is $\mathrm{kl}(D^* \,\|\, D)$. Integrate over $x$.

    Let $s = D^*$. Both $\mathrm{kl}(s \,\|\, t)$ and $\mathrm{kl}(s \,\|\, t) - 2 (s - t)^2$ are 0 at
    $t = s$, and their derivatives are $t - s$ times $\frac{1}{t (1 - t)} > 0$ and $\frac{(1 - 2t)^2}{t
    (1 - t)} \ge 0$. So they fall before $s$ and rise after it, the first strictly, and the second is
    never negative: Pinsker's inequality for two coins. No larger factor will do, as at $s = t =
    \tfrac12$ both sides have the second derivative 4.
    """
    lost = (p + q) * KL.subs({s: STAR, t: D}, simultaneous=True)
    yield equal("what D loses at a point", LOSS, lost, where=INSIDE, label="regret-identity")
    gap = KL - 2 * (s - t) ** 2
    first = (t - s) / (t * (1 - t))
    second = first * (1 - 2 * t) ** 2
    yield equal("the slope of kl", sp.Derivative(KL, t), first, where=COINS)
    yield equal("the slope of kl - 2 (s - t)²", sp.Derivative(gap, t), second, where=COINS)
    yield equal("kl at t = s", sp.Subs(gap, t, s), 0, where={s: (0, 1)})
    sign = sp.And(sp.Equivalent(first > 0, t > s), sp.Equivalent(first < 0, t < s))
    yield always("the sign of the slope of kl", True, sign, where=COINS)
    both = sp.And(sp.Implies(t > s, second >= 0), sp.Implies(t < s, second <= 0))
    yield always("Pinsker's inequality", True, both, where=COINS, label="discriminator-uniqueness")
    least = 2 * (p + q) * (STAR - D) ** 2
    yield iff("another D loses", least > 0, sp.Ne(D * (p + q), p), where=INSIDE)
    bend = sp.Subs(sp.Derivative(KL.subs(s, HALF), (t, 2)), t, HALF)
    yield equal("the factor 2 is reached", bend, 2 * 2)

    # Where p = 0 < q, a point adds q log(1 - D): no D in (0, 1) is stationary, and only D = 0 is best.
    # Where q = 0 < p, it adds p log D, which is largest at D = 1 only, and a sigmoid does not reach
    # it. With log t ≤ t - 1 for t = 1 - D and t = D, the losses are at least q D and p (1 - D).
    yield equal("p = 0: the slope", sp.Derivative(q * sp.log(1 - D), D), -q / (1 - D), where=INSIDE)
    yield equal("q = 0: the limit at D = 1", sp.Limit(p * sp.log(D), D, 1, "-"), 0)
    yield at_most("the tangent of the logarithm", sp.log(t), t - 1)

    # Where p = q = 0, the value of D does not matter: scale p and q by one factor, which may be 0.
    scaled = POINT.subs({p: share * p, q: share * q}, simultaneous=True)
    yield equal("p and q scaled by a share ≥ 0", scaled, share * POINT, where=INSIDE)


def certify():
    r"""The formula for the loss, as integrals over the line that balls enclose.

    The discriminator is $D = \sqrt{p}/(\sqrt{p} + \sqrt{q})$, whose logit is half of that of $D^*$.
    $V(D^*)$, $V(D)$ and the integral of $(p + q)\, \mathrm{kl}(D^* \,\|\, D)$ are enclosed by three
    integrations, with light tails and with heavy ones.

    Then the value itself, strictly, on whole intervals. At a point with $(p, q) = (2, 1)$ and (1, 9) it
    rises up to $D^*$ and falls beyond, to $\tfrac1{1000}$ from it. For $\mathcal{N}(\pm \tfrac12,
    1)$ and $c\,a^*$ in place of the best logit $a^*$ it rises up to $c = 1$ and falls beyond, with a
    slope above $10^{-6}$ up to $\tfrac1{100}$ from 1; the tails that are left out have less.
    """
    cautious = -p * sp.log(1 + sp.sqrt(q / p)) - q * sp.log(1 + sp.sqrt(p / q))
    lost = (p + q) * KL.subs({s: STAR, t: 1 / (1 + sp.sqrt(q / p))}, simultaneous=True)
    for family in (Normal, Cauchy):
        pair = family(0, 1), family(1, 2)
        best = certified.virtual_training_criterion(*pair, digits=10)
        found = certified.integral(cautious, *pair, bound=(1, 1), digits=10)
        loss = certified.integral(lost, *pair, bound=(2, 2), digits=10)
        yield equal(f"{family.__name__}: half the logit of D*", best - found, loss)
    near = sp.Rational(1, 1000)
    for real, fake in ((2, 1), (1, 9)):
        value, best = POINT.subs({p: real, q: fake}), sp.Rational(real, real + fake)
        below, above = {D: (near, best - near)}, {D: (best + near, 1 - near)}
        yield increasing(f"p = {real}, q = {fake}: below D*", value, where=below)
        yield increasing(f"p = {real}, q = {fake}: above D*, minus V", -value, where=above)
    ends, least = (0, 1 - 10 * near), share / 10**6
    yield increasing("a part of the logit", in_slope(share) - least, where={share: ends})
    ends = 1 + 10 * near, 2
    yield increasing("more than it, minus V", -in_slope(share) - least, where={share: ends})


def check():
    r"""An interval where both densities are 0, and one where they are positive.

    The data are uniform on $[0, 1]$ and $[2, 3]$, half on each; the model is uniform on $[0, 1]$.
    On $(1, 2)$ both densities are 0. The optimal logit is $-\log 2$ on $[0, 1]$ and $+\infty$ on
    $[2, 3]$; on $(1, 2)$ the logits $-5$, 0 and 5 all give the same, largest value. A change of
    1/100 on $[0, 1]$ costs.
    """
    best = sp.log(sp.Rational(1, 3)) / 2 + sp.log(sp.Rational(2, 3))
    for logit in (-5.0, 0.0, 5.0):
        yield equal(f"logit {logit:g} on (1, 2)", value_in_cells(logit), best)
    yield at_most("0.01 more on [0, 1]", value_in_cells(0.0, 0.01), best, tolerance=0)


def search(seed):
    r"""Distributions on finitely many points, and any discriminator on them.

    One example would refute the formula in which $V(D^*) - V(D)$ is not the sum over the points, or in
    which $V(D) > V(D^*)$. Weights that are 0 are drawn too, and logits from about -20 to 20.
    """
    pairs = strategies.discrete_pairs(equal=False).flatmap(with_shares)
    yield survives("the loss on points", loss_on_points, pairs, seed=seed, examples=110)


def refute():
    r"""Five ways to misjudge a discriminator.

    The divergence is not symmetric: $D^*$ comes first. In terms of the mixture $(p + q)/2$ the bound
    is $4 (D^* - D)^2$, in terms of $p + q$ half of that. Where there are data only, $D = 1/2$ loses
    $p \log 2$. A stationary point need not exist [@roysdon]. And where $p = q = 0$ another $D$ loses
    nothing, though [@annotated2017] calls $D^*$ unique.
    """
    exchanged = (p + q) * KL.subs({s: D, t: STAR}, simultaneous=True)
    yield equal("kl(D‖D*) for kl(D*‖D)", LOSS, exchanged, where=INSIDE)
    yield at_least("4 for 2 in Pinsker's inequality", KL, 4 * (s - t) ** 2, where=COINS)
    fair = p * sp.log(HALF)
    yield at_most("D = 1/2 where q = 0", p * sp.log(D), fair, where=INSIDE)
    slope, name = sp.Derivative(q * sp.log(1 - D), D), "no-stationary-point-where-q-is-zero"
    yield equal("a stationary D where p = 0", slope, 0, where=INSIDE, label=name)
    nowhere, name = (POINT.subs(D, HALF) - POINT).subs({p: 0, q: 0}), "unique-almost-everywhere"
    yield at_least("another D costs where p = q = 0", nowhere, sp.Rational(1, 1000), label=name)


# --- how the numbers are made ---------------------------------------------------------------------


def in_slope(c):
    r"""V of N(-1/2, 1) and N(1/2, 1), up to a constant, at the logit -c x, c times the best one."""
    z = sp.Symbol("z", positive=True)  # both terms are equal, and x = -1/2 + z or -1/2 - z
    terms = (sp.log(1 + sp.exp(c * (side * z - HALF))) for side in (1, -1))
    return -2 * sp.Integral(sp.exp(-(z**2) / 2) * sum(terms), (z, 0, 8))


def value_in_cells(gap, inside=0.0):
    """V for the intervals [0, 1], (1, 2) and [2, 3]: D* but for `gap`, and `inside` more on [0, 1]."""
    real, fake = Discrete(("1/2", 0, "1/2")), Discrete((1, 0, 0))
    logits = np.array([inside - math.log(2), gap, np.inf])
    return value_function(real, fake, lambda cell: logits[cell.astype(int)])


def with_shares(pair):
    """The pair, and a number from 0 to 1 for each point, which its logit is made of."""
    return strategies.simplices(len(pair[0].points)).map(lambda shares: (*pair, shares))


def loss_on_points(example):
    """V(D*) - V(D) is the sum over the points, and not negative."""
    real, fake, shares = example
    logits = 40 * (shares - 0.5) + 0.3
    best = value_function(real, fake, optimal_discriminator(real, fake))
    found = value_function(real, fake, lambda at: logits[at.astype(int)])
    yield equal("V(D*) - V(D)", best - found, loss_over_points(real, fake, logits))
    yield at_most("V(D)", found, virtual_training_criterion(real, fake), tolerance=1e-12)


@summed
def loss_over_points(real, fake, logits):
    r"""$\sum p \log\frac{D^*}{D} + q \log\frac{1 - D^*}{1 - D}$."""
    star = optimal_discriminator(real, fake)(real.points)
    p, q = real.weights, fake.weights
    best = (w * np.where(w > 0, log_expit(a), 0.0) for w, a in ((p, star), (q, -star)))
    return *best, -p * log_expit(logits), -q * log_expit(-logits)
