r"""A picture of one point's gain: planes, one for each $D$, under a curved envelope.

Statement
---------
A point with densities $a$ of the data and $b$ of the model adds $f_D(a, b) = a \log D + b \log(1 - D)$
to $V$. For each $D$ this is a plane through the origin. The greatest of all planes is

$$f^*(a, b) = a \log\frac{a}{a + b} + b \log\frac{b}{a + b},$$

and the plane of $D$ touches it along the ray $a (1 - D) = b D$, from below. Between them lies

$$f^*(a, b) - f_D(a, b) = (a + b) \, \mathrm{kl}\left(\frac{a}{a + b} \,\Big\|\, D\right) \ge 0,$$

where $\mathrm{kl}$ is the divergence of two coins. Over the unit square $f^*$ has the integral
$\tfrac13 - \tfrac43 \log 2$. That number belongs to the surface, and is the value of no game.

Assumes   $a, b > 0$ and $0 < D < 1$.
Source    Drawn after the surface in [@ramasinghe], as an envelope.
"""

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import pointwise, summed
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, increasing

theorem = Theorem(
    label="surface-of-the-gain",
    title=r"$f^*(a, b) = \max_D\, (a \log D + b \log(1 - D))$: planes under an envelope",
    uses=("optimal-discriminator", "virtual-criterion"),
    covers=("fig-surface",),
)

a, b = sp.symbols("a b", positive=True)  # densities of data and model at a point
D = sp.Symbol("D", positive=True)
INSIDE = {D: (0, 1)}
PLANE = a * sp.log(D) + b * sp.log(1 - D)
SHARE = a / (a + b)
ENVELOPE = a * sp.log(SHARE) + b * sp.log(1 - SHARE)
RAY = {a: b * D / (1 - D)}
p, q = sp.symbols("p q", positive=True)  # the same for two given densities
HALF, VOLUME = sp.Rational(1, 2), sp.Rational(1, 3) - sp.Rational(4, 3) * sp.log(2)


def derive():
    r"""The gap, the ray where it is closed, and the volume by similar triangles.

    $a \log D + b \log(1 - D)$ rises in $D$ up to $\frac{a}{a + b}$ and falls from there, where it is
    $f^*(a, b)$. On the ray $\frac{a}{a + b} = D$, so the gap is 0, and the slopes of the plane, $\log D$
    and $\log(1 - D)$, are those of the envelope: it is a tangent plane. $f^*$ is homogeneous of degree
    1, hence linear along each ray, and its Hessian has rank 1. For the volume, cut the unit square along
    the diagonal. In the triangle $b < a$ put $b = a t$: the integral is that of $a^2 f^*(1, t)$, and
    $\int a^2 = \tfrac13$. Both triangles are equal.
    """
    gap = (a + b) * (SHARE * sp.log(SHARE / D) + (1 - SHARE) * sp.log((1 - SHARE) / (1 - D)))
    yield equal("the gap", ENVELOPE - PLANE, gap, where=INSIDE, label="fig-surface")
    rise = (a * (1 - D) - b * D) / (D * (1 - D))
    yield equal("the slope of a plane in D", sp.Derivative(PLANE, D), rise, where=INSIDE)
    peak = sp.Equivalent(rise > 0, SHARE > D) & sp.Equivalent(rise < 0, SHARE < D)
    yield always("every plane lies below", True, peak, where=INSIDE)
    yield equal("the share on the ray", SHARE.subs(RAY), D, where=INSIDE)
    yield equal("one slope in a on the ray", sp.Derivative(ENVELOPE, a), sp.log(SHARE))
    yield equal("one slope in b on the ray", sp.Derivative(ENVELOPE, b), sp.log(1 - SHARE))
    bends = [sp.Derivative(ENVELOPE, *by) for by in ((a, a), (b, b), (a, b))]
    yield equal("a Hessian of rank 1", bends[0] * bends[1], bends[2] ** 2)
    strip = sp.Integral(sp.log(1 / (1 + b)) + b * sp.log(b / (1 + b)), (b, 0, 1))
    yield equal("the volume over the unit square", sp.Rational(2, 3) * strip, VOLUME)


def certify():
    r"""How far a plane is below the envelope, and the volume, in balls.

    Along the cut $b = 1 - a$ the plane of $D = \tfrac12$ loses more than $2 (a - \tfrac12)^2$, and what
    it loses beyond the square rises with $a$ from $\tfrac35$ to $\tfrac{99}{100}$. The volume is two
    thirds of an integral along $a = 1$, in which what is left out near $b = 0$ is negative.
    """
    gap = (ENVELOPE - PLANE).subs({b: 1 - a, D: HALF}, simultaneous=True)
    beyond = gap - 2 * (a - HALF) ** 2
    span = {a: (HALF + HALF / 5, 1 - HALF / 50)}
    yield increasing("the gap at b = 1 - a, without a square", beyond, where=span)
    strip = sp.Integral(ENVELOPE.subs(a, 1), (b, HALF / 500, 1))
    found = sp.Rational(2, 3) * certified.over(strip, {D: HALF})
    yield at_most("the volume, from above", VOLUME, found)
    yield at_least("the volume, from below", VOLUME, found - HALF / 10**4)


def check():
    r"""The volume by a sum over squares, between two sums that bound it.

    $f^*$ falls in $a$ and in $b$, so that its values at the corners of $100 \times 100$ squares bound
    the integral from both sides. And the criterion of two normals is the integral of $f^*$ along the
    curve of their densities.
    """
    yield at_least("the lower corners", corners(0), VOLUME)
    yield at_most("the upper corners", corners(1), VOLUME)
    pair = Normal(0, 1), Normal(1, 1)
    along = certified.integral(ENVELOPE.subs({a: p, b: q}), *pair, bound=(1, 1), digits=12)
    yield equal("N(0, 1) and N(1, 1)", virtual_training_criterion(*pair), along)


def search(seed):
    r"""Random densities at two points: the envelope is convex, and above every plane.

    A sum of two points has at most the gain of both, $f^*(a + a', b + b') \le f^*(a, b) + f^*(a', b')$,
    because one $D$ has to serve for both.
    """
    drawn = strategies.markov_kernels(3, 2)
    yield survives("two points seen as one", merged, drawn, seed=seed, examples=120)


def refute():
    r"""How the picture is misread.

    The envelope is no plane: between two rays it lies above the chord's plane of $D = 1/2$. The plane of
    $D$ does not touch along $a D = b (1 - D)$. And $V$ is an integral over $x$: the volume under the
    surface, $-0.59$, is the same for all pairs, the criterion of $\mathcal{N}(0, 1)$ and
    $\mathcal{N}(1, 1)$ is $-1.16$.
    """
    yield equal("the envelope is the plane of D = 1/2", ENVELOPE, -(a + b) * sp.log(2))
    other = {a: b * (1 - D) / D}
    yield equal("it touches at a D = b (1 - D)", (ENVELOPE - PLANE).subs(other), 0, where=INSIDE)
    found = virtual_training_criterion(Normal(0, 1), Normal(1, 1))
    yield equal("the volume is the criterion", found, VOLUME)
    curved = (ENVELOPE.subs({a: 1 + D}) + ENVELOPE.subs({a: 1 - D})) / 2
    yield at_least("concave in a, at b = 1", ENVELOPE.subs(a, 1), curved.subs(b, 1), where=INSIDE)


def figure():
    r"""A cut through the surface at $b = 1 - a$: lines, one for each $D$, and their envelope.

    Each line touches the curve at $a = D$ and lies below it everywhere else.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    share = np.linspace(0, 1, 401)
    axes.plot(share, xlogy(share, share) + xlogy(1 - share, 1 - share), color="C4", linewidth=2.4)
    for at, colour in ((0.1, "C3"), (0.5, "C0"), (0.8, "C2")):
        axes.plot(share, share * np.log(at) + (1 - share) * np.log(1 - at), color=colour)
        axes.plot([at], [at * np.log(at) + (1 - at) * np.log(1 - at)], "o", color=colour)
    axes.annotate("$D$ = 0.1", (0.72, -1.75), color="C3", ha="right")
    axes.annotate("$D$ = 0.5", (0.02, -0.82), color="C0")
    axes.annotate("$D$ = 0.8", (0.06, -1.62), color="C2")
    axes.annotate("envelope $f^*$", (0.62, -0.5), color="C4")
    axes.set(title="Every $D$ is a tangent of the envelope", xlim=(0, 1), ylim=(-2.3, 0.1))
    axes.set(xlabel="density $a$ of the data, where that of the model is $b=1-a$")
    axes.set(ylabel="gain $f$ of the point, nats", xticks=(0, 0.5, 1), yticks=(-2, -1, 0))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


@summed
def corners(shift):
    """Σ f* at one corner of each of 100 × 100 squares, times their area."""
    one, other = np.meshgrid(*[(np.arange(100) + shift) / 100] * 2)
    whole = np.where(one + other > 0, one + other, 1)
    return (xlogy(one, one / whole) + xlogy(other, other / whole)) / 10**4


@summed
def gain(one, other):
    """Σ f*(a, b)."""
    whole = np.where(one + other > 0, one + other, 1)
    return xlogy(one, one / whole), xlogy(other, other / whole)


@pointwise
def of_sum(one, other):
    """f*(a, b) = -a log(1 + b/a) - b log(1 + a/b)."""
    return -one * np.log1p(other / one) - other * np.log1p(one / other)


@summed
def plane(one, other, level):
    """Σ a log D + b log(1 - D)."""
    return xlogy(one, level), xlogy(other, 1 - level)


def merged(rows):
    """f* of the sum, with D = 1/3 and 2/3 below it, and the sum of f*; 5 is added to all."""
    one, other = (1 + 8 * rows[2][0]) * rows[0], rows[1]
    whole = of_sum(np.sum(one), np.sum(other)) + 5
    yield at_most("f* of the sum", whole, gain(one, other) + 5)
    level = (1 + float(rows[2][0])) / 3
    yield at_least("above the plane", whole, plane(one, other, level) + 5)
