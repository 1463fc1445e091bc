r"""Where supports move, the slope at frozen $D^*$ need not be the slope of $C$.

Statement
---------
Let the data be $U[0, 1]$ and the model $U[\theta, 1 + \theta]$, $0 < \theta < 1$. Then
$C(\theta) = 2 \theta \log 2 - \log 4$, with slope $2 \log 2$. But $D^*$ is constant on pieces: 1 on
$[0, \theta)$, $1/2$ on $[\theta, 1]$, and 0 on $(1, 1 + \theta]$. So the gradient that comes back
to the samples through $D^*$ is 0. And the value at frozen $D = D^*_\theta$, set to 0 beyond the
supports, rises with slope $\log 2$ as the model moves to the right. Neither is $C'$.

Assumes   $D^*$ is 0 beyond $1 + \theta$, where there are neither data nor samples; another choice
          there changes the second slope.
Source    [@arjovsky2017principled] for supports that do not overlap; this example is made for the
          book.
"""

from fractions import Fraction

import sympy as sp

from gantheory import certified
from gantheory.densities import Uniform
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(
    label="moving-support-envelope-failure",
    title=r"$U[\theta, 1 + \theta]$: $C' = 2 \log 2$, frozen $D^*$ gives $\log 2$, its gradient 0",
    uses=("first-term-ignored-by-g", "disjoint-supports"),
    covers=("moving-support-envelope-failure",),
)

theta, t = sp.symbols(
    "theta t", positive=True
)  # the model's shift, and the one that D is optimal for
x = sp.Symbol("x", real=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)
UNIT = {theta: (0, 1)}
CRITERION = 2 * theta * LOG_2 - LOG_4


def derive():
    r"""Add up the three pieces.

    On $[\theta, 1]$ both densities are 1 and $D^* = 1/2$; outside $D^*$ is right with certainty and
    adds 0. So $C$ is $-2 \log 2$ times the length $1 - \theta$, and its slope is $2 \log 2$. At
    $\theta = 0$, where the model is the data, that is a one-sided slope: $C$ has a kink at its
    minimum.
    """
    both = sp.Integral(-LOG_2, (x, theta, 1)) * 2
    yield equal("C", both, CRITERION, where=UNIT)
    yield equal("the slope of C", sp.Derivative(both, theta), 2 * LOG_2, where=UNIT)
    beside = sp.Limit((CRITERION + LOG_4) / theta, theta, 0, "+")
    yield equal("the slope at the minimum", beside, 2 * LOG_2)

    # Freeze D at the optimum for the shift t, and move the model to θ > t. The data's term stays,
    # -log 2 on [t, 1]. The samples' term is -log 2 on [θ, 1], and 0 beyond 1. Only the second
    # moves.
    frozen = sp.Integral(-LOG_2, (x, t, 1)) + sp.Integral(-LOG_2, (x, theta, 1))
    yield equal(
        "the slope at frozen D*",
        sp.Derivative(frozen, theta),
        LOG_2,
        where=UNIT | {t: (0, 1)},
        label="moving-support-envelope-failure",
    )


def certify():
    r"""$C$ of the two uniform densities, in balls, at $\theta = 1/4$ and $3/4$."""
    for shift in (sp.Rational(1, 4), sp.Rational(3, 4)):
        model = Uniform(str(shift), str(1 + shift))
        found = certified.virtual_training_criterion(Uniform(0, 1), model)
        yield equal(f"C at θ = {shift}", found, CRITERION.subs(theta, shift))


def check():
    r"""$C$ rises by $\log 2$ between $\theta = 1/4$ and $3/4$, by quadrature.

    $D^*$ is constant on pieces, so at no sample within a piece does it have a slope other than 0.
    """
    left, right = (
        virtual_training_criterion(Uniform(0, 1), Uniform(shift, 1 + shift))
        for shift in (0.25, 0.75)
    )
    yield equal("from θ = 1/4 to 3/4", right - left, LOG_2)


def search(seed):
    r"""Intervals of any place and width, for data and model of one width.

    For $U[a, a + w]$ and $U[a + \theta, a + \theta + w]$ lengths are measured in units of $w$, so that
    $C = 2 \log 2\, \min(\lvert \theta \rvert/w, 1) - \log 4$: a kink at $\theta = 0$, and nothing to
    gain beyond $w$. One shift for which the ball of $C$ excludes this would refute it.
    """
    drawn = strategies.markov_kernels(3, 3)
    yield survives("C of two intervals", two_intervals, drawn, seed=seed, examples=120)


def refute():
    r"""The envelope theorem without its conditions.

    It is quoted as "the slope of the maximum is the slope at the maximiser", and applied to every
    family. Then $C'$ would be $\log 2$ here; or 0, by the chain rule through $D^*$. Nor is $C$ flat
    at its minimum, as a smooth function would be: here the slope does not become small as the model
    comes near the data.
    """
    slope = sp.Derivative(CRITERION, theta)
    yield equal("C' is the slope at frozen D*", slope, LOG_2)
    yield equal("C' is what D* passes back", slope, 0)
    beside = sp.Limit((CRITERION + LOG_4) / theta, theta, 0, "+")
    yield at_most("C is flat at its minimum", beside, 0)


# --- how the numbers are made ---------------------------------------------------------------------


def two_intervals(rows):
    """1 + C of two intervals of one width, from the first share of each row."""
    place, size, move = (Fraction(float(row[0])) for row in rows)
    start, width, shift = 4 * place, size + Fraction(1, 2), 3 * move - 1
    model = Uniform(start + shift, start + shift + width)
    found = certified.virtual_training_criterion(Uniform(start, start + width), model)
    part = min(abs(shift) / width, Fraction(1))
    return equal("1 + C", 1 + found, 1 + 2 * LOG_2 * (sp.Rational(part) - 1))
