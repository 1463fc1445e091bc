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
from gantheory.game import value_function
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

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
D, d_0, d_1 = sp.symbols("D d_0 d_1", positive=True)  # values of the discriminator
HALF = sp.Rational(1, 2)
LOG_4 = sp.log(4)
TWO_POINTS = sp.log(2) - sp.Rational(3, 2) * sp.log(3)
BEST = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))  # what a point adds to V at D*
BOTH = {d_0: (0, 1), d_1: (0, 1)}


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
    # most their mean. The mean is -log 4 plus half of log(4 d_0 (1 - d_0)) and of log(4 d_1 (1 -
    # d_1)); these are at most 0, by a square. D = (1/2, 1/2) has -log 4 against "always 0", and by
    # symmetry against "always 1".
    real = HALF * (sp.log(d_0) + sp.log(d_1))
    mean = real + (sp.log(1 - d_0) + sp.log(1 - d_1)) / 2
    parts = sp.log(1 - (1 - 2 * d_0) ** 2) + sp.log(1 - (1 - 2 * d_1) ** 2)
    yield equal("the mean of the two values", mean, -LOG_4 + parts / 2, where=BOTH)
    yield at_most(
        "log 4 D (1 - D) ≤ 0", sp.log(4 * D * (1 - D)), -((1 - 2 * D) ** 2), where={D: (0, 1)}
    )
    fair = (real + sp.log(1 - d_0)).subs({d_0: HALF, d_1: HALF})
    yield equal("D = (1/2, 1/2) against always 0", fair, -LOG_4)


def certify():
    r"""The same numbers in balls, and a mixed choice.

    $C$ of the coin and "always 0" is $\min \max V$. It exceeds $-\log 4$ by more than 0.4315. A
    generator that tosses a coin between its choices makes the data, and the gap is closed.
    """
    first = certified.virtual_training_criterion(COIN, Discrete((1, 0)))
    second = certified.virtual_training_criterion(COIN, Discrete((0, 1)))
    yield equal("always 0", first, TWO_POINTS)
    gap = second + certified.log(4)
    yield at_least("always 1: the gap", gap, Fraction(4315, 10000))
    mixed = certified.virtual_training_criterion(COIN, COIN)
    yield equal("the mixture", mixed, -certified.log(4))


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


def lesser(logits):
    """min V over the two choices is at most -log 4."""
    models = Discrete((1, 0)), Discrete((0, 1))
    values = [value_function(COIN, model, lambda at: logits[at.astype(int)]) for model in models]
    return at_most("min V", min(values, key=float), -LOG_4)
