r"""A picture of the saddle: $V$ is flat in the direction of the model.

Statement
---------
Let the data be $(1/2, 1/2)$ on two points and the model $(1/2 + s, 1/2 - s)$. Let $D_u$ be the
discriminator that is optimal for the model of tilt $u$. Then $V(s, u) = V(D_u, q_s)$ is affine in
$s$ for every $u$, and $V(s, 0) = -\log 4$ for all $s$. In $u$ it rises up to the ridge $u = s$ and
falls after it, since

$$\frac{\partial V}{\partial u} = \frac{2 (s - u)(1 + 2 u^2)}{(1 - u^2)(1 - 4 u^2)}.$$

At the saddle point $(0, 0)$ the second derivatives are $V_{ss} = 0$ and $V_{uu} = -2$. Along the
ridge $V(s, s) = C(s)$ bends upwards, $C''(0) = 2$.

Assumes   $-1/2 < s, u < 1/2$.
Source    Drawn after the surface in [@ramasinghe], in two parameters so that nothing is left out.
"""

import math

import numpy as np
import sympy as sp

from gantheory.theorems import Theorem, equal

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
    across = sp.Derivative(SURFACE.subs(s, 0), u, u)
    yield equal("across the saddle", sp.Subs(across, u, 0), -2)

    # The bowl that one remembers is C, and it is seen on the ridge only: there D moves with the
    # model.
    ridge = sp.Derivative(SURFACE.subs(u, s), s, s)
    yield equal("along the ridge", sp.Subs(ridge, s, 0), 2)


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
