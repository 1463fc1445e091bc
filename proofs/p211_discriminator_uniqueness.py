r"""What a discriminator loses against $D^*$, and where $D^*$ is the only optimal one.

Statement
---------
For $\mathrm{kl}(s \,\|\, t) = s \log\frac{s}{t} + (1 - s) \log\frac{1 - s}{1 - t}$, the divergence
between two coins that show heads with probability $s$ and $t$, every discriminator $D$ satisfies

$$V(D^*) - V(D) = \int (p + q)\, \mathrm{kl}(D^* \,\|\, D) \,\mathrm{d}x
    \ge 2 \int (p + q)\, (D^* - D)^2 \,\mathrm{d}x.$$

The left side is the regret of $D$, and the factor 2 is the largest that is right for all $D$. So $D$
is optimal if and only if $D = D^*$ almost everywhere where $p + q > 0$: there $D^* = 1$ if $q = 0$,
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
from gantheory.theorems import Theorem, at_least, at_most, equal

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
LOSS = POINT.subs(D, STAR) - POINT
KL = s * sp.log(s / t) + (1 - s) * sp.log((1 - s) / (1 - t))


def derive():
    r"""Write $p = (p + q) D^*$ and $q = (p + q)(1 - D^*)$; the loss at a point is then a divergence.

    At one point the loss is $p \log\frac{D^*}{D} + q \log\frac{1 - D^*}{1 - D}$. Take $p + q$ out
    of it, and what is left is $\mathrm{kl}(D^* \,\|\, D)$. Integrate over $x$.

    That it is 0 for $D = D^*$ only needs a strict bound, and Pinsker's inequality for two coins is
    one: $\mathrm{kl}(s \,\|\, t) \ge 2 (s - t)^2$. The derivative of the difference of its two
    sides in $t$ has the sign of $t - s$, so that the difference falls to 0 at $t = s$ and rises
    after it. No larger factor will do: next to $s = 1/2$ the quotient of the two sides tends to 1.
    """
    coins = KL.subs({s: STAR, t: D}, simultaneous=True)
    lost = (p + q) * coins
    yield equal("what D loses at a point", LOSS, lost, where=INSIDE, label="regret-identity")
    gap = KL - 2 * (s - t) ** 2
    slope = (t - s) * (1 - 2 * t) ** 2 / (t * (1 - t))
    yield equal("the slope of kl - 2 (s - t)²", sp.Derivative(gap, t), slope, where=COINS)
    yield at_least(
        "Pinsker's inequality", KL, 2 * (s - t) ** 2, where=COINS, label="discriminator-uniqueness"
    )
    near = KL.subs({s: HALF, t: HALF + share}, simultaneous=True) / share**2
    yield equal("the factor 2 is reached", sp.Limit(near, share, 0, "+"), 2)

    # Where p = 0 < q, a point adds q log(1 - D). The slope is negative, so the value is largest at
    # D = 0 and nowhere else, and no D in (0, 1) is stationary. Where q = 0 < p, a point adds p log
    # D, which is largest at D = 1 only; a sigmoid comes near this value and does not reach it. With
    # log t ≤ t - 1 for t = 1 - D and t = D, the losses are at least q D and p (1 - D).
    only_fake, only_real = q * sp.log(1 - D), p * sp.log(D)
    yield at_most("p = 0: the value", only_fake, 0, where=INSIDE)
    yield equal("p = 0: the slope", sp.Derivative(only_fake, D), -q / (1 - D), where=INSIDE)
    yield at_most("q = 0: the value", only_real, 0, where=INSIDE)
    yield equal("q = 0: the limit at D = 1", sp.Limit(only_real, D, 1, "-"), 0)
    yield at_most("the tangent of the logarithm", sp.log(t), t - 1)

    # Where p = q = 0, the value of D does not matter: scale p and q by one factor, which may be 0.
    scaled = POINT.subs({p: share * p, q: share * q}, simultaneous=True)
    yield equal("p and q scaled by a share ≥ 0", scaled, share * POINT, where=INSIDE)


def certify():
    r"""The formula for the loss, as integrals over the line that balls enclose.

    The discriminator is $D = \sqrt{p}/(\sqrt{p} + \sqrt{q})$. Its logit is half of that of $D^*$:
    it knows on which side the data are, and is too cautious. $V(D^*)$, $V(D)$ and the integral of
    $(p + q)\, \mathrm{kl}(D^* \,\|\, D)$ are enclosed by three integrations. One pair has light
    tails, the other heavy ones.
    """
    cautious = -p * sp.log(1 + sp.sqrt(q / p)) - q * sp.log(1 + sp.sqrt(p / q))
    half = sp.sqrt(p) / (sp.sqrt(p) + sp.sqrt(q))
    lost = (p + q) * KL.subs({s: STAR, t: half}, simultaneous=True)
    for name, *pair in (
        ("N(0, 1) and N(1, 2²)", Normal(0, 1), Normal(1, 2)),
        ("Cauchy(0, 1) and Cauchy(1, 2)", Cauchy(0, 1), Cauchy(1, 2)),
    ):
        best = certified.virtual_training_criterion(*pair, digits=15)
        found = certified.integral(cautious, *pair, bound=(1, 1), digits=15)
        loss = certified.integral(lost, *pair, bound=(2, 2), digits=15)
        yield equal(f"{name}: half the logit of D*", best - found, loss)


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

    Both are drawn, with weights that are 0 among them, and logits from about -20 to 20. One example
    would refute the formula in which $V(D^*) - V(D)$ is not the sum over the points, or in which
    $V(D) > V(D^*)$.
    """
    pairs = strategies.discrete_pairs(equal=False).flatmap(with_shares)
    yield survives("the loss on points", loss_on_points, pairs, seed=seed, examples=220)


def refute():
    r"""Five ways to misjudge a discriminator.

    The divergence is not symmetric: $D^*$, the truth, comes first. In terms of the mixture
    $(p + q)/2$ the bound is $4 (D^* - D)^2$, and in terms of $p + q$ it is half of that, so a
    factor is easily doubled. Where there are data only, $D = 1/2$ is not "undecided but fair": it
    loses $p \log 2$. A stationary point need not exist [@roysdon]. And where $p = q = 0$ another
    $D$ loses nothing, though [@annotated2017] calls $D^*$ unique.
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
