r"""Each term of $V$ is at most 0, and the base of the logarithm changes the unit only.

Statement
---------
The two terms of $V(D) = \mathbb{E}_{x \sim p}[\log D] + \mathbb{E}_{x \sim q}[\log(1 - D)]$ are at
most 0. The first reaches 0 for $D = 1$, the second for $D = 0$, and neither is bounded below. Both
are 0 at once for some $D$ if and only if $p$ and $q$ have disjoint supports.

With logarithms to a base $b$, $V$ is divided by $\log b$. The stationary point $D^*$ is the same
for all bases $b \ne 1$: a maximum for $b > 1$, a minimum for $0 < b < 1$. The value $-\log 4$ of
$D = 1/2$ becomes $-\log_b 4$, which is $-2$ for $b = 2$.

Assumes   $p$ and $q$ are densities with respect to one measure.
Source    [@goodfellow2014, equation (1)].
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="log-loss-terms",
    title=r"$\mathbb{E}_p[\log D] \le 0$ and $\mathbb{E}_q[\log(1 - D)] \le 0$, in any unit",
    uses=("optimal-discriminator",),
    covers=("log-loss-terms", "base-c-logs", "generated-term-never-positive", "base-below-one"),
    errata=(
        r"[@ramasinghe] prints $1 - \log D(G(z))$, with maximum $+\infty$: the term is "
        r"$\log(1 - D(G(z)))$, at most 0.",
        "[@ramasinghe] takes logarithms to any base $C$: for $C < 1$ the stationary point is a minimum.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point x
D = sp.Symbol("D", positive=True)  # the value of the discriminator at that point
base = sp.Symbol("base", positive=True)
INSIDE = {D: (0, 1)}
ABOVE_1, BELOW_1 = INSIDE | {base: (1, sp.oo)}, INSIDE | {base: (0, 1)}

POINT = p * sp.log(D) + q * sp.log(1 - D)  # what one point adds to V
STAR = p / (p + q)


def derive():
    r"""The logarithm of a probability is negative, and a base is a factor.

    $D(x)$ is between 0 and 1, so $\log D$ and $\log(1 - D)$ are at most 0, and so are their means.
    As $D$ tends to 0 on the data, the first term tends to $-\infty$; as $D$ tends to 1 on the
    samples, the second does. A discriminator that is certain and wrong on a set of positive mass
    loses without limit.

    For both terms to be 0, $D$ must be 1 almost everywhere on the data and 0 almost everywhere on
    the samples. At a point where both densities are positive that is impossible: the best value
    there, $p \log D^* + q \log(1 - D^*)$, is at most $-2 p q/(p + q)$ since $\log t \le t - 1$.
    """
    yield at_most("the term of the data", sp.log(D), 0, where=INSIDE, label="log-loss-terms")
    yield at_most("the term of the samples", sp.log(1 - D), 0, where=INSIDE)
    yield equal("no lower bound for data", sp.Limit(sp.log(D), D, 0, "+"), -sp.oo)
    yield equal("no lower bound for samples", sp.Limit(sp.log(1 - D), D, 1, "-"), -sp.oo)
    bounds = p * (STAR - 1) + q * (-STAR)
    yield equal("by log t ≤ t - 1 that is at most", bounds, -2 * p * q / (p + q))

    # Since log_b u = log u / log b, a base divides V and its slopes by log b. The slope vanishes at
    # the same D*. The sign of log b decides on which side V is concave.
    slope = (p + q) * (STAR - D) / (D * (1 - D)) / sp.log(base)
    scaled = POINT / sp.log(base)
    above = sp.Derivative(scaled, D)
    yield equal("the slope, base > 1", above, slope, where=ABOVE_1, label="base-c-logs")
    yield equal("the slope, base < 1", above, slope, where=BELOW_1)
    yield at_most("base > 1: a maximum", sp.diff(scaled, D, 2), 0, where=ABOVE_1)
    yield at_least("base < 1: a minimum", sp.diff(scaled, D, 2), 0, where=BELOW_1)


def certify():
    r"""The unit: bits instead of nats.

    For $p = q = \mathcal{N}(0, 1)$ the best value is $-\log 4$. Divided by $\log 2$ it is $-2$: the
    discriminator lacks one bit for each of the two samples that it is shown.
    """
    same = Normal(0, 1), Normal(0, 1)
    bits = certified.virtual_training_criterion(*same) / certified.log(2)
    yield equal("N(0, 1) twice, in bits", bits, -2)


def check():
    r"""Disjoint supports, overlapping supports, and a discriminator that is certain and wrong.

    For $U[0, 1]$ and $U[2, 3]$ the optimal $D$ makes no mistake, and $V = 0$ (compared as
    $1 + V = 1$). For $U[0, 1]$ and $U[1/2, 3/2]$ half of each is shared, and $V$ is $-\log 2$ at
    best. Last, the logit of $D^*$ is changed in sign and scaled by 1, 4 and 16: as $D$ gets more
    certain of what is false, $V$ falls, here by more than a factor of 10.
    """
    apart = virtual_training_criterion(Uniform(0, 1), Uniform(2, 3))
    yield equal("U[0, 1], U[2, 3]: 1 + V(D*)", 1 + apart, 1)
    yield equal("U[0, 1], U[1/2, 3/2]: V(D*)", virtual_training_criterion(*HALF_SHARED), -sp.log(2))
    pair = Normal(0, 1), Normal(1, 1)
    wrong = [value_function(*pair, -k * optimal_discriminator(*pair)) for k in (16, 4, 1)]
    yield increasing("N(0, 1), N(1, 1): logit × -16, -4, -1", wrong)
    yield at_most("× -16 against × -1", wrong[0], 10 * wrong[2])


def search(seed):
    r"""Distributions on finitely many points, also disjoint ones and such with the weight 0.

    `derive` bounds the best $V$ by $-2 \sum p q/(p + q)$. The hypothesis is sharper: it lies between
    $-\log 4 \sum \sqrt{p q}$ and $-\log 4 \sum 2 p q/(p + q)$, and reaches both for $p = q$. One pair
    with a value beyond these bounds would refute it.
    """
    pairs = strategies.discrete_pairs()
    yield survives("how far both terms are from 0", between, pairs, seed=seed, examples=125)


def refute():
    r"""Four mistakes about a logarithm.

    A bracket in the wrong place turns $\log(1 - D)$ into $1 - \log D$, which is positive and
    unbounded above [@ramasinghe]. Any base will do only as long as it exceeds 1. In bits the value
    of $D = 1/2$ is $-2$, not $-\log 4 = -1.386$. And two terms that can each be 0 cannot both be 0
    when the densities overlap.
    """
    yield at_most(
        "1 - log D for log(1 - D)",
        1 - sp.log(D),
        0,
        where=INSIDE,
        label="generated-term-never-positive",
    )
    bend = sp.diff(POINT / sp.log(base), D, 2)
    yield at_most("a maximum to any base", bend, 0, where=BELOW_1, label="base-below-one")
    yield equal(
        "-log 4 in bits", POINT.subs({p: 1, q: 1, D: sp.Rational(1, 2)}) / sp.log(2), -sp.log(4)
    )
    yield at_least("U[0, 1], U[1/2, 3/2]: V reaches 0", virtual_training_criterion(*HALF_SHARED), 0)


# --- how the numbers are made ---------------------------------------------------------------------

HALF_SHARED = Uniform(0, 1), Uniform("1/2", "3/2")


def between(pair):
    """1 + C lies between two sums over the points that have both masses."""
    real, fake = (one.weights for one in pair)
    best = 1 + virtual_training_criterion(*pair)
    yield at_most("1 + C, from above", best, 1 - overlap(real, fake))
    yield at_least("1 + C, from below", best, 1 - affinity(real, fake))


@summed
def overlap(real, fake):
    r"""$\log 4 \sum 2 p q/(p + q)$."""
    return np.log(16) * real * fake / np.where(real + fake > 0, real + fake, 1)


@summed
def affinity(real, fake):
    r"""$\log 4 \sum \sqrt{p q}$."""
    return np.log(4) * np.sqrt(real * fake)
