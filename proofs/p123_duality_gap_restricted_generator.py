r"""Against a generator that must choose one of two points there is no equilibrium.

Statement
---------
Let the data be 0 or 1, each with probability $1/2$, and let the generator have two choices only:
always 0, or always 1. Then

$$\min_q \max_D V(D, q) = \log 2 - \tfrac{3}{2} \log 3 \approx -0.955, \qquad
    \max_D \min_q V(D, q) = -\log 4 \approx -1.386.$$

The two differ, so the game has no saddle point. If the generator may mix its two choices, both
sides are $-\log 4$.

Assumes   $D$ is any pair of numbers $(d_0, d_1)$ in $[0, 1]$; the generator commits to one of its
          choices.
Source    [@farnia2020] for games of networks without equilibria; this is the smallest example.
"""

from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="duality-gap-restricted-generator",
    title=r"Two point masses against a fair coin: $\min \max V > \max \min V$",
    uses=("optimal-discriminator", "nash-saddle"),
    covers=("duality-gap-restricted-generator", "minimax-is-no-saddle"),
    errata=(
        "[@roysdon] writes that training seeks the saddle point over parameters: a family as small as "
        "two point masses has none, though it has a minimax value.",
    ),
)

p, q = sp.symbols("p q", positive=True)  # masses of data and model at one point
D, t = sp.symbols("D t", positive=True)  # a value of the discriminator; any number
s = sp.Symbol("s", positive=True)  # the share of 0 in a mixed choice
HALF = sp.Rational(1, 2)
LOG_4 = sp.log(4)
TWO_POINTS = sp.log(2) - sp.Rational(3, 2) * sp.log(3)
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what a point adds to V at D*


def derive():
    r"""The generator moves first, or second.

    If the generator has to say "always 0" first, $D^*$ is $1/3$ at 0 (mass $1/2$ against 1) and 1
    at 1, where only data are. That gives $\log 2 - \frac{3}{2} \log 3$, and "always 1" gives the
    same.
    """
    alone = sp.Limit(BEST.subs(p, HALF), q, 0, "+")
    most = BEST.subs({p: HALF, q: 1}) + alone
    label = "duality-gap-restricted-generator"
    yield equal("the generator moves first", most, TWO_POINTS, label=label)

    # If D has to show (d_0, d_1) first, the generator takes the lesser of two values, which is at
    # most their mean. In the mean each point has the same part, -log 2 plus half of log(4 D (1 - D)),
    # and log t ≤ t - 1 bounds this logarithm by -(1 - 2 D)². So the mean is at most -log 4, and D =
    # (1/2, 1/2) has -log 4 against "always 0", and by symmetry against "always 1".
    part = HALF * (sp.log(D) + sp.log(1 - D))
    halves = -sp.log(2) + sp.log(4 * D * (1 - D)) / 2
    yield equal("a point's part of the mean", part, halves, where={D: (0, 1)})
    yield equal("4 D (1 - D) - 1", 4 * D * (1 - D) - 1, -((1 - 2 * D) ** 2))
    yield at_most("the tangent of the logarithm", sp.log(t), t - 1)
    fair = (part + sp.log(1 - D)).subs(D, HALF)
    yield equal("D = (1/2, 1/2) against always 0", fair, -LOG_4)


def certify():
    r"""The same numbers in balls, and a mixed choice.

    $C$ of the coin and "always 0" is $\min \max V$. It exceeds $-\log 4$ by more than 0.4315. A
    generator that tosses a coin between its choices makes the data, and the gap is closed. On the way
    there it shrinks: $C$ of the model $(s, 1 - s)$ rises in $s$ from 0.501 to 0.999.
    """
    first = certified.virtual_training_criterion(COIN, Discrete((1, 0)))
    second = certified.virtual_training_criterion(COIN, Discrete((0, 1)))
    yield equal("always 0", first, TWO_POINTS)
    gap = second + certified.log(4)
    yield at_least("always 1: the gap", gap, Fraction(4315, 10000))
    mixed = certified.virtual_training_criterion(COIN, COIN)
    yield equal("the mixture", mixed, -certified.log(4))
    worth = BEST.subs({p: HALF, q: s}) + BEST.subs({p: HALF, q: 1 - s})
    ends = sp.Rational(501, 1000), sp.Rational(999, 1000)
    yield increasing("C of the model (s, 1 - s)", worth, where={s: ends})


def check():
    r"""Both sides by sums over the two points, and mixtures on the way from one to the other.

    The logits $(-\log 2, 40)$ are $D^*$ against "always 0" but for $e^{-40}$. The logits $(0, 0)$ have
    the same value against each choice. Between a mixture and a choice $C$ rises.
    """
    always_0, always_1 = Discrete((1, 0)), Discrete((0, 1))
    best = value_function(COIN, always_0, by_point(-np.log(2), 40.0))
    yield equal("D* against always 0", best, TWO_POINTS)
    for name, model in (("0", always_0), ("1", always_1)):
        yield equal(
            f"D = 1/2 against always {name}", value_function(COIN, model, by_point(0, 0)), -LOG_4
        )
    shares = [Fraction(k, 8) for k in range(4, 9)]
    rising = [virtual_training_criterion(COIN, Discrete((share, 1 - share))) for share in shares]
    yield increasing("mixtures from 1/2 to 1", rising)


def search(seed):
    r"""A hunt for a discriminator that is better than $-\log 4$ against both choices.

    Two logits are drawn. If the lesser of the two values exceeded $-\log 4$ once, the statement
    would be refuted.
    """
    drawn = strategies.logits(30).flatmap(with_second_logit)
    yield survives("the lesser of two values", lesser, drawn, seed=seed, examples=200)


def refute():
    r"""Minimax theorems that do not apply.

    $V$ is concave in $D$ and affine in $q$, so one expects that the order of the players does not
    matter. That needs a convex set of models, and two point masses are not one. Nor does a cautious
    discriminator such as $(3/5, 2/5)$ get $-\log 4$ against both, and the mixture does not keep the
    value of its parts.
    """
    alone = certified.virtual_training_criterion(COIN, Discrete((1, 0)))
    yield equal(
        "min max = max min without mixing", alone, -certified.log(4), label="minimax-is-no-saddle"
    )
    cautious = HALF * (sp.log(sp.Rational(3, 5)) + sp.log(sp.Rational(2, 5)))
    against_0 = cautious + sp.log(sp.Rational(2, 5))
    yield at_least("D = (3/5, 2/5) against always 0", against_0, -LOG_4)
    mixed = certified.virtual_training_criterion(COIN, COIN)
    yield equal("the mixture has the value of its parts", mixed, TWO_POINTS)


# --- how the numbers are made ---------------------------------------------------------------------

COIN = Discrete(("1/2", "1/2"))


def with_second_logit(first):
    return strategies.logits(30).map(lambda second: np.array([first, second], dtype=float))


def by_point(*logits):
    """The logit as a function of the point, 0 or 1."""
    return lambda at: np.array(logits, dtype=float)[at.astype(int)]


def lesser(logits):
    """min V over the two choices is at most -log 4."""
    models = Discrete((1, 0)), Discrete((0, 1))
    values = [value_function(COIN, model, by_point(*logits)) for model in models]
    return at_most("min V", min(values, key=float), -LOG_4)
