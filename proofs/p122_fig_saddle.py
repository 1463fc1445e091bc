r"""A picture of the saddle: $V$ is flat in the direction of the model.

Statement
---------
Let the data be $(1/2, 1/2)$ on two points and the model $(1/2 + s, 1/2 - s)$. Let $D_u$ be the
discriminator that is optimal for the model of tilt $u$. Then $V(s, u) = V(D_u, q_s)$ is affine in
$s$ for every $u$, and $V(s, 0) = -\log 4$ for all $s$. In $u$ it rises up to the ridge $u = s$ and
falls after it, since

$$\frac{\partial V}{\partial u} = \frac{2 (s - u)(1 + 2 u^2)}{(1 - u^2)(1 - 4 u^2)}.$$

At the saddle point $(0, 0)$ the second derivatives are $V_{ss} = 0$ and $V_{uu} = -2$. Along the
ridge $V(s, s) = C(s)$ bends upwards, $C''(0) = 2$, and beside it $V(s, u) \le C(s) - (s - u)^2$.

Assumes   $-1/2 < s, u < 1/2$.
Source    Drawn after the surface in [@ramasinghe], in two parameters so that nothing is left out.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.evidence import pointwise
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal, increasing

theorem = Theorem(
    label="fig-saddle",
    title=r"$V(s, u)$ is affine in $s$, with the ridge $u = s$",
    uses=("optimal-discriminator", "nash-saddle"),
    covers=("fig-saddle", "surface-is-no-bowl"),
    errata=(
        "[@ramasinghe] draws $V$ as a bowl in the direction of $p_g$: for every $D$ it is affine there.",
    ),
)

s, u = sp.symbols("s u", real=True)  # tilt of the model, and of the model that D is optimal for
HALF, LOG_4 = sp.Rational(1, 2), sp.log(4)
INSIDE = {s: (-HALF, HALF), u: (-HALF, HALF)}

FIRST, SECOND = HALF / (1 + u), HALF / (1 - u)  # D_u at the two points
SURFACE = (
    HALF * (sp.log(FIRST) + sp.log(SECOND))
    + (HALF + s) * sp.log(1 - FIRST)
    + (HALF - s) * sp.log(1 - SECOND)
)


def derive():
    r"""One surface, cut in three directions.

    The model enters $V$ through one expectation, so $V$ is affine in $s$ for every $D$. At $u = 0$
    the discriminator is $1/2$ on both points, and the model does not matter at all: the surface
    contains the horizontal line $V = -\log 4$.
    """
    bend = sp.Derivative(SURFACE, (s, 2))
    yield equal("no curvature in s", bend, 0, where=INSIDE, label="fig-saddle")
    yield equal("D = 1/2", SURFACE.subs(u, 0), -LOG_4, where={s: (-HALF, HALF)})

    # In u, the factor s - u decides the sign: the other factors are positive. So the best D for the
    # model of tilt s is the one of tilt s, as the theorem on D* says.
    slope = 2 * (s - u) * (1 + 2 * u**2) / ((1 - u**2) * (1 - 4 * u**2))
    yield equal("the slope in u", sp.Derivative(SURFACE, u), slope, where=INSIDE)
    steep = 2 * (1 + 2 * u**2) / ((1 - u**2) * (1 - 4 * u**2))
    yield always("by at least 2 (s - u)", (u > -HALF) & (u < HALF), steep >= 2 + 14 * u**2)
    across = sp.Derivative(SURFACE.subs(s, 0), u, u)
    yield equal("across the saddle", sp.Subs(across, u, 0), -2)

    # The bowl that one remembers is C, and it is seen on the ridge only: there D moves with the
    # model.
    ridge = sp.Derivative(SURFACE.subs(u, s), s, s)
    yield equal("along the ridge", sp.Subs(ridge, s, 0), 2)


def certify():
    r"""The ridge is a bowl on a whole interval, and its height at one place.

    The slope of $C$ rises for all $s$ from $-2/5$ to $2/5$; for $s \ge 1/10$ that of $C - s^2$ does, so
    that $C$ is steeper than the parabola which it touches. At $s = 1/4$ the height is the maximum over
    all $D$ for the model $(3/4, 1/4)$.
    """
    slope, ends = sp.diff(SURFACE.subs(u, s), s), (sp.Rational(1, 10), sp.Rational(2, 5))
    yield increasing("the slope of C rises", slope, where={s: (-ends[1], ends[1])})
    yield increasing("the slope of C - s² rises", slope - 2 * s, where={s: ends})
    tilted = certified.virtual_training_criterion(COIN, Discrete(("3/4", "1/4")))
    yield equal("C at s = 1/4", tilted, SURFACE.subs({s: HALF / 2, u: HALF / 2}))


def check():
    r"""$V$ as the package sums it over the two points, beside the formula, and flat in $s$ at $u = 0$.

    The tilts are $s = -1/4$, $1/8$ and $2/5$, with $D_u$ of the tilt $u = 3/10$.
    """
    for tilt in (Fraction(-1, 4), Fraction(1, 8), Fraction(2, 5)):
        height = SURFACE.subs({s: sp.Rational(tilt), u: sp.Rational(3, 10)})
        yield equal(f"s = {tilt}, u = 3/10", summed_value(float(tilt), 0.3), height)
        yield equal(f"s = {tilt}, u = 0", summed_value(float(tilt), 0.0), -LOG_4)


def search(seed):
    r"""Two tilts between $-0.49$ and $0.49$: the formula, and a parabola below the ridge.

    One pair of tilts at which the package's $V$ is not the formula, or is above $C(s) - (s - u)^2$,
    would refute the statement.
    """
    drawn = strategies.markov_kernels(2, 3)
    yield survives("V is below the parabola", below_the_ridge, drawn, seed=seed, examples=120)


def refute():
    r"""What pictures of saddles suggest.

    The textbook saddle $x^2 - y^2$ bends upwards in one player's direction and downwards in the
    other's. Here the generator's direction is flat: the curvature 2 belongs to $C$, where $D$
    follows the model. The ridge is not $u = -s$, as a picture that is turned around shows it. And
    along the ridge the surface does not bend as it does across.
    """
    in_s = sp.Derivative(SURFACE.subs(u, 0), s, s)
    yield equal(
        "a bowl in the direction of the model", sp.Subs(in_s, s, 0), 2, label="surface-is-no-bowl"
    )
    slope = sp.Subs(sp.Derivative(SURFACE, u), u, -s)
    yield equal("the ridge at u = -s", slope, 0, where={s: (-HALF, HALF)})
    ridge = sp.Derivative(SURFACE.subs(u, s), s, s)
    yield equal("along the ridge as across it", sp.Subs(ridge, s, 0), -2)


def figure():
    r"""$V(s, u)$ as a map; the stronger the colour, the higher.

    Go up or down from any point of the ridge, and $V$ falls. Walk along the dashed line, and it
    does not change. Walk along the ridge, and it rises on both sides of the saddle point.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import shades

    tilt = np.linspace(-0.45, 0.45, 181)
    height = sp.lambdify((s, u), SURFACE, "numpy")(*np.meshgrid(tilt, tilt))
    fig, axes = plt.subplots(figsize=(6.0, 4.6))
    levels = -math.log(4) + np.linspace(-0.6, 0.3, 10)
    filled = axes.contourf(tilt, tilt, height, levels, colors=shades(11), extend="both")
    axes.plot(tilt, tilt, color="C4", linewidth=1.6)
    axes.axhline(0, color="C4", linewidth=1.2, linestyle="--")
    axes.plot([0], [0], "o", color="C2", zorder=5)
    axes.annotate("ridge: the best $D$\nfor each model", (0.2, 0.33), ha="right", va="center")
    axes.annotate("$D$ = ½: $V$ = −log 4", (-0.44, 0.02), va="bottom")
    arrow = {"arrowstyle": "-"}
    axes.annotate("saddle", (0, 0), xytext=(0.1, -0.13), arrowprops=arrow)
    fig.colorbar(filled, ax=axes, ticks=(-1.9, -math.log(4), -1.1), label="value $V$, nats")
    axes.set(
        title="The saddle of $V$ for data (½, ½)", xlabel="tilt $s$ of the model (½ + $s$, ½ − $s$)"
    )
    axes.set(ylabel="tilt $u$ that $D$ is best for", aspect="equal")
    axes.set(xticks=(-0.4, 0, 0.4), yticks=(-0.4, 0, 0.4))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

COIN = Discrete(("1/2", "1/2"))


def summed_value(tilt, best_for):
    """V by the package, with the logit of D_u, which is -log(1 ± 2 u)."""
    logit = -np.log1p([2 * best_for, -2 * best_for])
    model = Discrete([0.5 + tilt, 0.5 - tilt])
    return value_function(COIN, model, lambda at: logit[at.astype(int)])


def below_the_ridge(rows):
    """V is the formula, and V + (s - u)² is at most C."""
    tilt, best_for = 0.98 * (rows[:, 0] - 0.5)
    yield equal("V", summed_value(tilt, best_for), by_formula(tilt, best_for))
    most = virtual_training_criterion(COIN, Discrete([0.5 + tilt, 0.5 - tilt]))
    yield at_most("V + (s - u)²", raised(tilt, best_for), most)


@pointwise
def raised(tilt, best_for):
    """V + (s - u)²."""
    return formula(tilt, best_for) + (tilt - best_for) ** 2


@pointwise
def by_formula(tilt, best_for):
    """V."""
    return formula(tilt, best_for)


def formula(tilt, best_for):
    """-log(4 (1 - u²))/2 + (1/2 + s) log((1 + 2 u)/(2 + 2 u)) + (1/2 - s) log((1 - 2 u)/(2 - 2 u))."""
    up, down = (1 + 2 * best_for) / (2 + 2 * best_for), (1 - 2 * best_for) / (2 - 2 * best_for)
    both = -np.log(4 * (1 - best_for**2)) / 2
    return both + (0.5 + tilt) * np.log(up) + (0.5 - tilt) * np.log(down)
