r"""For two shifted uniforms $C$ has a kink at the optimum and is flat far from it, and $W_1$ is not.

Statement
---------
Let the data be uniform on $[0, 1]$ and the model uniform on $[\theta, 1 + \theta]$. Then

$$\mathrm{JSD} = \min(\lvert\theta\rvert, 1) \log 2, \quad \mathrm{TV} = \min(\lvert\theta\rvert, 1),
\quad \mathrm{KL}(p \,\|\, q) = \infty \text{ for } \theta \ne 0, \quad W_1 = \lvert\theta\rvert.$$

So $C(\theta) = 2 \min(\lvert\theta\rvert, 1) \log 2 - \log 4$ is constant for
$\lvert\theta\rvert \ge 1$, so that a generator learns nothing from it beyond 1, and has a kink at the
optimum $\theta = 0$: its slope is $2 \log 2$ on the right and $-2 \log 2$ on the left. The Wasserstein
distance $W_1$ points to the data from everywhere.

Assumes   For $W_1$, distributions on the line that have a mean.
Source    [@arjovsky2017wasserstein, Example 1], there with the segments $\{0\} \times [0, 1]$ and
          $\{\theta\} \times [0, 1]$ of the plane; [@villani2009] for $W_1$.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Uniform
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_1
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_most, equal, increasing

theorem = Theorem(
    label="kink-at-the-optimum",
    title=r"Two shifted uniforms: $\mathrm{JSD} = \min(\lvert\theta\rvert, 1) \log 2$, "
    r"$W_1 = \lvert\theta\rvert$",
    uses=("c-equals-2jsd-minus-log4", "disjoint-supports"),
    covers=("kink-at-the-optimum", "wasserstein-still-moves"),
)

p, q = sp.symbols("p q", positive=True)  # the two densities at one point
x = sp.Symbol("x", positive=True)  # a point of the line
theta = sp.Symbol("theta", real=True)  # the shift of the model
LOG_2 = sp.log(2)
JS = (p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))) / 2  # the integrand of JSD
BETWEEN, BEYOND = {theta: (0, 1)}, {theta: (1, sp.oo)}


def derive():
    r"""Three integrals, each over the pieces on which the integrand is simple.

    By symmetry let $\theta > 0$. For $\theta < 1$ the line has three pieces. On $[0, \theta]$ there are
    data only, on $[1, 1 + \theta]$ there is the model only, and on $[\theta, 1]$ both densities are 1.
    Where one of them is alone, the integrand of $\mathrm{JSD}$ is $\tfrac12 \log 2$ and that of
    $\mathrm{TV}$ is $\tfrac12$ (page `disjoint-supports`); where both are 1, the two integrands vanish.
    The two outer pieces have length $\theta$ each.

    On the line, $W_1$ is the integral of the distance of the two distribution functions. These are $x$
    and $x - \theta$, cut off at 0 and 1. They are $x$ apart on the first piece, $\theta$ apart on the
    second, and $1 + \theta - x$ apart on the third. For $\theta > 1$ the second piece is the gap
    $[1, \theta]$, where they are 1 apart. The result is $\theta$ in both cases.

    With $C = 2\,\mathrm{JSD} - \log 4$, the quotient $(C(\theta) - C(0))/\theta$ has different limits
    from the two sides of 0.
    """
    outer = (x, 0, theta), (x, 1, 1 + theta)
    alone = sum(sp.Integral(LOG_2 / 2, piece) for piece in outer)
    middle = sp.Integral(JS.subs({p: 1, q: 1}), (x, theta, 1))
    yield equal("JSD for 0 < θ < 1", alone + middle, theta * LOG_2, where=BETWEEN)
    halves = sum(sp.Integral(sp.Rational(1, 2), piece) for piece in outer)
    yield equal("TV for 0 < θ < 1", halves, theta, where=BETWEEN)

    # W_1, from the distribution functions
    pieces = (
        sp.Integral(x, (x, 0, theta)),
        sp.Integral(theta, (x, theta, 1)),
        sp.Integral(1 + theta - x, (x, 1, 1 + theta)),
    )
    yield equal("W_1 for 0 < θ < 1", sum(pieces), theta, where=BETWEEN)
    pieces = (
        sp.Integral(x, (x, 0, 1)),
        sp.Integral(1, (x, 1, theta)),
        sp.Integral(1 + theta - x, (x, theta, 1 + theta)),
    )
    slug = "wasserstein-still-moves"
    yield equal("W_1 for θ > 1", sum(pieces), theta, where=BEYOND, label=slug)
    yield equal("slope of W_1 for θ > 1", sp.Derivative(sum(pieces), theta), 1, where=BEYOND)

    # the two slopes of C
    right, left = (sp.Limit(rise(theta), theta, 0, side) for side in "+-")
    yield equal("slope of C on the right of 0", right, 2 * LOG_2, label="kink-at-the-optimum")
    yield equal("slope of C on the left of 0", left, -2 * LOG_2)


def certify():
    r"""Seven shifts from $1/1000$ to $1000$, with rigorous error bounds.

    The edges of the two densities meet at $\theta = 1$, which is among the shifts. Balls enclose
    $\mathrm{JSD}$ and $\mathrm{TV}$.
    """
    for shift in map(Fraction, ("1/1000", "1/4", "1/2", "9/10", "1", "3/2", "1000")):
        pair, share = shifted(shift), min(shift, 1)
        yield equal(f"JSD at θ = {shift}", certified.js_divergence(*pair), share * LOG_2)
        yield equal(f"TV at θ = {shift}", certified.total_variation(*pair), share)


def check():
    r"""Ten shifts of both signs by quadrature, and the growth of $W_1$.

    The formulas are compared with numbers that the package integrates: $W_1$ from the distribution
    functions, $\mathrm{JSD}$ and $\mathrm{KL}$ from the densities. At
    $\theta = \tfrac12, 1, 2, 10, 1000$ the distance $W_1$ increases, although $\mathrm{JSD}$ is $\log 2$
    for all of them but the first.
    """
    for shift in map(
        Fraction, ("-3", "-1", "-3/4", "-1/8", "1/8", "1/2", "3/4", "1", "3/2", "1000")
    ):
        pair, share = shifted(shift), min(abs(shift), 1)
        yield equal(f"W_1 at θ = {shift}", wasserstein_1(*pair), abs(shift))
        yield equal(f"JSD at θ = {shift}", js_divergence(*pair), share * LOG_2)
        yield equal(f"KL(p‖q) at θ = {shift}", kl_divergence(*pair), sp.oo)
    distances = [wasserstein_1(*shifted(k)) for k in (Fraction(1, 2), 1, 2, 10, 1000)]
    yield increasing("W_1 at θ = 1/2, 1, 2, 10, 1000", distances)


def search(seed):
    r"""A hunt through 200 random positions, widths and shifts.

    Any uniform density may be the data: with the width $w$ the formulas hold for $\theta/w$ in place of
    $\theta$, except that $W_1 = \theta$ keeps its unit. Position, width and shift are drawn as the
    weights of a random distribution, between $1/1000$ and 1.
    """
    text = "any uniform density, shifted"
    yield survives(text, any_width, strategies.simplices(4), seed=seed, examples=200)


def refute():
    r"""Five mistakes about these two densities.

    That $W_1$ is bounded, like $\mathrm{JSD}$ and $\mathrm{TV}$, is a guess from their common picture.
    The inequality $\mathrm{JSD} \le \mathrm{TV}^2$ is a wrong memory of the bounds between the two;
    [@lin1991] proves $\mathrm{JSD} \le \mathrm{TV} \log 2$, and here it is an equality. A smooth
    function has slope 0 at its minimum, but $C$ is not smooth here. The slope $\log 2$ forgets the
    factor 2 of $C = 2\,\mathrm{JSD} - \log 4$. In the last one the shift is not divided by the width.
    """
    yield equal("W_1 stays at 1 for disjoint supports", wasserstein_1(*shifted(2)), 1)
    half = shifted(Fraction(1, 2))
    variation = certified.total_variation(*half)
    yield at_most("JSD ≤ TV², at θ = 1/2", certified.js_divergence(*half), variation * variation)
    slope = sp.Limit(rise(theta), theta, 0, "+")
    yield equal("slope 0 at the minimum", slope, 0)
    yield equal("slope log 2: the factor 2 lost", slope, LOG_2)
    yield survives("width 1/2 treated as 1", width_forgotten, strategies.simplices(3))


def figure():
    r"""Inside the grey band the supports overlap, and all three curves lead to $\theta = 0$.

    Outside it, $\mathrm{TV}$ and $\mathrm{JSD}$ are constant, and only $W_1$ still has a slope.
    """
    from matplotlib import pyplot as plt

    shift = np.linspace(-2.5, 2.5, 201)
    overlap = np.minimum(np.abs(shift), 1)
    fig, axes = plt.subplots()
    axes.axvspan(-1, 1, color="C6", alpha=0.3, linewidth=0, zorder=0)
    axes.plot(shift, np.abs(shift), color="C2", linewidth=5, alpha=0.4)
    axes.plot(shift, overlap, color="C4", linestyle="--")
    axes.plot(shift, overlap * np.log(2), color="C0")
    axes.annotate(r"$W_1=|\theta|$", (2.5, 1.4), color="C2", ha="right")
    axes.annotate("TV = 1", (2.5, 1.05), ha="right")
    axes.annotate("JSD = log 2", (2.5, 0.73), color="C0", ha="right")
    axes.annotate("the supports overlap", (0, 1.95), ha="center", va="top")
    axes.annotate("slope ± log 2\nat the optimum", (0, 0.95), ha="center", color="C0")
    axes.set(title=r"$p=U[0,1]$ and $q=U[\theta,1+\theta]$", xlabel=r"shift $\theta$ of the model")
    axes.set(ylabel="JSD (nats), TV, $W_1$ (units of $x$)")
    axes.set(xlim=(-2.5, 2.5), ylim=(0, 2.05), xticks=range(-2, 3), yticks=(0, 1, 2))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def shifted(shift):
    """The pair U[0, 1] and U[θ, 1 + θ]."""
    return Uniform(0, 1), Uniform(shift, 1 + shift)


def rise(shift):
    """(C(θ) - C(0))/θ for |θ| < 1."""
    return (criterion(shift) - criterion(sp.Integer(0))) / shift


def criterion(shift):
    """C(θ) = 2 |θ| log 2 - log 4 for |θ| < 1."""
    return 2 * sp.Abs(shift) * LOG_2 - sp.log(4)


def any_width(shares):
    """JSD, TV and W_1; position, width and shift are multiples of 2⁻²⁰."""
    low, width, shift = (Fraction(1049 + round(2**20 * float(s)), 2**20) for s in shares[:3])
    pair = Uniform(low, low + width), Uniform(low + shift, low + shift + width)
    share = min(shift / width, 1)
    yield equal("JSD = min(θ/w, 1) log 2", js_divergence(*pair), share * LOG_2)
    yield equal("TV = min(θ/w, 1)", total_variation(*pair), share)
    yield equal("W_1 = θ", wasserstein_1(*pair), shift)


def width_forgotten(shares):
    """JSD = θ log 2 for a uniform density of width 1/2, which is false."""
    shift = float(shares[0])
    found = js_divergence(Uniform(0, 0.5), Uniform(shift, shift + 0.5))
    return equal("JSD = θ log 2", found, shift * math.log(2))
