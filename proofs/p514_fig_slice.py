r"""A slice through the criterion: convex in the model, not convex in a parameter.

Statement
---------
Let the data be $(\tfrac12, \tfrac12)$ on two points and the model $(\tfrac12 + s, \tfrac12 - s)$. Then

$$C(s) = -\tfrac12 \log(4 (1 - s^2)) + \left(\tfrac12 + s\right) \log\frac{1 + 2s}{2 (1 + s)}
+ \left(\tfrac12 - s\right) \log\frac{1 - 2s}{2 (1 - s)}$$

is convex, with the minimum $-\log 4$ at $s = 0$, the curvature $2$ there, and the ends
$C(\pm\tfrac12) = \log 2 - \tfrac32 \log 3$, where the slope is infinite. The same criterion over the
shift $\theta$ of a model $\mathcal{N}(\theta, 1)$, data $\mathcal{N}(0, 1)$, is convex only near 0.

Assumes   $-\tfrac12 < s < \tfrac12$.
Source    Drawn after the slice in [@ramasinghe].
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, increasing

theorem = Theorem(
    label="slice-of-the-criterion",
    title=r"$C(s)$ for a coin: convex, $-\log 4$ at the fair one, $-0.95$ at the ends",
    uses=("virtual-criterion", "u-affine-c-convex-in-pg", "not-convex-in-parameters"),
    covers=("fig-slice",),
)

s = sp.Symbol("s", real=True)  # the tilt of the model
q = sp.Symbol("q", positive=True)  # its weight of a point
HALF, LOG_4 = sp.Rational(1, 2), sp.log(4)
INSIDE = {s: (-HALF, HALF)}
ENDS = sp.log(2) - sp.Rational(3, 2) * sp.log(3)


def term(q):
    """What a point with the data's weight 1/2 and the model's weight q adds to C."""
    return sp.log(HALF / (HALF + q)) / 2 + q * sp.log(q / (HALF + q))


SLICE = term(HALF + s) + term(HALF - s)


def derive():
    r"""Two terms, the second the mirror image of the first.

    With $q = \tfrac12 \pm s$ a term is that of the statement, as $1 + 2q = 2 (1 \pm s)$.

    The second derivative is $\frac{2 (1 + 2 s^2)}{(1 - s^2)(1 - 4 s^2)}$, positive on the whole slice.
    The slope at an end has no bound, since there the model has no mass where the data have some.
    """
    yield equal("a term", term(q), q * sp.log(2 * q / (1 + 2 * q)) - sp.log(1 + 2 * q) / 2)
    bend = 2 * (1 + 2 * s**2) / ((1 - s**2) * (1 - 4 * s**2))
    yield equal("the curvature", sp.Derivative(SLICE, s, s), bend, where=INSIDE, label="fig-slice")
    yield always("which is positive", True, bend >= 2, where=INSIDE)
    yield equal("the minimum", SLICE.subs(s, 0), -LOG_4)
    yield equal("no slope there", sp.Subs(sp.Derivative(SLICE, s), s, 0), 0)
    yield equal("the ends", sp.Limit(SLICE, s, HALF, "-"), ENDS)
    yield equal("infinitely steep", sp.Limit(sp.diff(SLICE, s), s, HALF, "-"), sp.oo)


def certify():
    r"""The slice in balls: its growth, and where it lies between two parabolas.

    It rises from $\tfrac1{10}$ to $\tfrac{49}{100}$, and so does what it exceeds $s^2 - \log 4$ by: the
    parabola of its curvature is a bound from below; $s^2 + 4 s^4 - \log 4$ is one from
    above, up to $\tfrac25$. The criterion of three coins is enclosed by its definition.
    """
    hundredth = sp.Rational(1, 100)
    span = {s: (10 * hundredth, HALF - hundredth)}
    yield increasing("the slice beyond 0, without s²", SLICE - s**2, where=span)
    span = {s: (10 * hundredth, 40 * hundredth)}
    yield increasing("s² + 4 s⁴, without the slice", s**2 + 4 * s**4 - SLICE, where=span)
    for tilt in ("1/10", "1/4", "2/5"):
        off, half = Fraction(tilt), Fraction(1, 2)
        coins = Discrete((half, half)), Discrete((half + off, half - off))
        closed = SLICE.subs(s, sp.Rational(tilt))
        yield equal(f"s = {tilt}", certified.virtual_training_criterion(*coins), closed)


def check():
    r"""The criterion of a coin at the end, and three shifts of a Gaussian.

    The middle one of the shifts lies above the chord.
    """
    lopsided = virtual_training_criterion(Discrete(("1/2", "1/2")), Discrete((1, 0)))
    yield equal("s = 1/2", lopsided, ENDS)
    near, middle, far = (shifted(k) for k in (2, 4, 6))
    yield at_least("not convex in the shift: 2, 4, 6", 2 * middle, near + far)


def search(seed):
    r"""Random data, and two models at random: the criterion at their mean.

    Every slice through two models is convex, not only this one: at the middle $C$ is at most the mean of
    its two values. One triple that does otherwise would refute this.
    """
    drawn = strategies.markov_kernels(3, 4)
    yield survives("convex along every segment", in_the_middle, drawn, seed=seed, examples=120)


def refute():
    r"""What one reads into the slice.

    That its ends are $-\log 2$, the value where one half of $V$ is lost; that it is a parabola; that it
    rises to 0, as for disjoint supports; and that every parameter gives such a slice.
    """
    yield equal("the ends at -log 2", sp.Limit(SLICE, s, HALF, "-"), -sp.log(2))
    yield equal("a parabola", SLICE, s**2 - LOG_4, where=INSIDE)
    yield at_least("0 is reached", ENDS, -sp.Rational(1, 100))
    near, middle, far = (shifted(k) for k in (2, 4, 6))
    yield at_most("convex in the shift: 2, 4, 6", 2 * middle, near + far)


def figure():
    r"""$C$ over the tilt of a coin, and over the shift of a Gaussian.

    Left: one valley with steep ends. Right: the same criterion bends the other way beyond the dot, and
    flattens where a generator has far to go.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.6), sharey=True)
    tilt, shift = np.linspace(-0.4999, 0.4999, 401), np.linspace(-6, 6, 121)
    left.plot(tilt, sp.lambdify(s, SLICE, "numpy")(tilt), color="C4")
    left.set(title="coins", xlabel="tilt $s$ of the model", xticks=(-0.5, 0, 0.5))
    criterion = virtual_training_criterion(Normal(0, 1), Normal(shift, 1)).value
    right.plot(shift, criterion, color="C4")
    bends = 1.63626
    there = virtual_training_criterion(Normal(0, 1), Normal(bends, 1)).value
    right.plot([-bends, bends], [there, there], "o", color="C2")
    right.set(title="Gaussians", xlabel=r"shift $\theta$ of the model", xticks=(-6, 0, 6))
    left.set(ylabel="criterion $C$, nats", yticks=(-math.log(4), -0.95477, 0))
    left.set_yticklabels(("−log 4", "log 2 − 3/2 log 3", "0"))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def in_the_middle(rows):
    """2 C(p, (q + r)/2) ≤ C(p, q) + C(p, r), with 2 taken off."""
    data, one, other = (Discrete(row) for row in rows)
    middle = Discrete((rows[1] + rows[2]) / 2)
    first, last = (virtual_training_criterion(data, model) for model in (one, other))
    between = certified.virtual_training_criterion(data, middle, digits=15)
    return at_most("C in the middle", 2 * between - 2, first + last - 2)


def shifted(by):
    """C of N(0, 1) and N(by, 1)."""
    return certified.virtual_training_criterion(Normal(0, 1), Normal(by, 1), digits=12)
