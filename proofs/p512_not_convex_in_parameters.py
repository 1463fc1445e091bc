r"""The criterion is convex in the density of the model, but not in the parameters of a generator.

Statement
---------
For data $\mathcal{N}(0, 1)$ and the generator $z \mapsto z + \theta$, whose model is
$\mathcal{N}(\theta, 1)$, the function $\theta \mapsto C(\theta)$ is not convex:

$$C(4) - \tfrac12 (C(0) + C(8)) = 0.5723\dots > 0.$$

The reason is general: $-\log 4 \le C \le 0$, and a convex function on the whole line that is bounded
above is constant. So $C$ is not convex in any parameter that runs through the line, unless it does not
depend on it.

$C$ may even have a local minimum that is not the global one. For the data $\tfrac7{10}\,\mathcal{N}(-2,
0.7^2) + \tfrac3{10}\,\mathcal{N}(2, 0.7^2)$ and models $\mathcal{N}(\mu, 0.7^2)$ it falls for $\mu$ from
1.5 to 1.9 and rises from 2.1 to 2.5, while the model at $-2$ is better. If the width $\sigma$ is learned
too, there is one with $\mu$ and $\sigma$ within $\tfrac12$ of $-0.821$ and $1.920$; better is
$\mathcal{N}(-1.982, 0.727^2)$.

Assumes   The models are densities with respect to one measure.
Source    [@rockafellar1970, section 8] for bounded convex functions; the example is computed here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Mixture, Normal
from gantheory.divergences import js_divergence
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="not-convex-in-parameters",
    title=r"$C$ is not convex in the parameters of a generator",
    uses=("global-minimum", "u-affine-c-convex-in-pg", "sqrt-jsd-is-metric"),
    covers=("not-convex-in-parameters", "criterion-not-convex-in-g"),
    errata=(
        r"[@nipsnotes] concludes that $C(G)$ is convex: it is convex in $p_g$, not in $G$, and a "
        r"bounded function on the line that is not constant is not convex.",
    ),
)

# f_0, f_1 and f_x: values of a function at 0, at 1 and at x = 1 + s
f_0, f_1, f_x = sp.symbols("f_0 f_1 f_x", real=True)
s, p, q = sp.symbols("s p q", positive=True)
mu, z = sp.symbols("mu z", real=True)  # the mean of the model; (x - μ)/0.7
TENTH = sp.Rational(1, 10)
MODES = ((-2, 7 * TENTH), (2, 3 * TENTH))  # the modes and their shares, of width 0.7
RATIO = sum(c * sp.exp((m - mu) * (2 * (mu + s * z) - m - mu) / (2 * s**2)) for m, c in MODES)
WEIGHTED = -z * sp.exp(-(z**2) / 2) * sp.log(1 + RATIO.subs(s, sp.Rational(7, 10)))
SLOPE = sp.Integral(WEIGHTED, (z, -8, 8))  # C' by μ but for a positive factor and a tail


def derive():
    r"""A convex function that rises from 0 to 1 grows at least linearly.

    Let $f$ be convex and $x = 1 + s > 1$. The point 1 lies between 0 and $x$, with the weights
    $s/(1 + s)$ and $1/(1 + s)$. Convexity says that the chord from 0 to $x$ is not below $f(1)$ at this
    point. Multiplied by $1 + s$, this is $f(x) \ge f(0) + x\,(f(1) - f(0))$. If $f(1) > f(0)$, the right
    side is unbounded, and a bounded function cannot satisfy it. If $f(1) < f(0)$, go from 1 to 0 and on
    to the left. The same holds for any two other points.

    For `certify`: the integrand of $C$ has the slope $\log \frac{q}{p + q}$ in $q$, and a normal density
    of width $s$ moves by $\partial_\mu q = \frac zs q$ with $x = \mu + s z$. So that of $C$ has the
    sign of $-\int z\,e^{-z^2/2} \log(1 + \rho) \,\mathrm{d}z$, $\rho = \frac pq$. If $p$ is a mean of
    normal densities of the same width, $\rho \le e^{z^2/2}$ and $\log(1 + \rho) \le z^2$ for
    $\lvert z \rvert \ge 2$: what lies beyond $\lvert z \rvert = 8$ is at most
    $2 \int_8^\infty z^3 e^{-z^2/2} \,\mathrm{d}z = 132\, e^{-32}$.
    """
    chord = (s * f_0 + f_x) / (1 + s)
    line = f_0 + (1 + s) * (f_1 - f_0)
    yield equal("the chord's excess at 1, times x", (1 + s) * (chord - f_1), f_x - line)
    yield equal("slope of the line", sp.Derivative(line, s), f_1 - f_0)
    integrand = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
    yield equal("slope of C in q", sp.Derivative(integrand, q), sp.log(q / (p + q)))
    primitive = -(z**2 + 2) * sp.exp(-(z**2) / 2)
    yield equal("of the tail", sp.Derivative(primitive, z), z**3 * sp.exp(-(z**2) / 2))
    kernel = sp.exp(-((mu + s * z - p) ** 2) / (2 * s**2))  # with the mode p
    yield equal("p/q", sum(c * kernel.subs(p, m) for m, c in MODES), RATIO * kernel.subs(p, mu))


def certify():
    r"""Where the shift and the scale break convexity, with rigorous error bounds.

    For the shift, the gap at $\theta = 4$ lies between 0.57238 and 0.57239. By the argument above, a
    convex $C$ would have to lie above the line through its values at 0 and 1; at $\theta = 8$ it is
    more than $\tfrac13$ below. At $\theta = 0, 1, 2, 4, 8$ the values of $C$ increase: among these
    five there is no second minimum, and what breaks convexity is that $C$ becomes flat.

    A scale is no better: for the models $\mathcal{N}(0, \sigma^2)$ with $\sigma = 1, 10, 19$ the value
    in the middle is above the mean of the others by more than one tenth. Then balls cover two intervals
    of means, for the data with two modes: $C$ falls on the first and rises on the second, so a local
    minimum is between them; the model at 2 is worse than that at $-2$. Last, a model on one mode is
    better than the wide one, near which `check` finds a local minimum.
    """
    shifts = {k: shifted_criterion(k) for k in (0, 1, 2, 4, 8)}
    gap = shifts[4] - Fraction(1, 2) * (shifts[0] + shifts[8])
    label = "not-convex-in-parameters"
    yield at_least("gap at θ = 4, lower bound", gap, Fraction(57238, 100000), label=label)
    yield at_most("gap at θ = 4, upper bound", gap, Fraction(57239, 100000))
    line = shifts[0] + 8 * (shifts[1] - shifts[0])
    yield at_most("C(8) below the line through 0 and 1", shifts[8], line - Fraction(1, 3))
    yield increasing("C at θ = 0, 1, 2, 4, 8", list(shifts.values()))
    low, middle, high = (scaled_criterion(k) for k in (1, 10, 19))
    mean = Fraction(1, 2) * (low + high)
    yield at_least("C at σ = 10 above the mean of 1 and 19", middle, mean + Fraction(1, 10))
    falls, rises = (2 - 5 * TENTH, 2 - TENTH), (2 + TENTH, 2 + 5 * TENTH)
    yield at_most("C falls from μ = 1.5 to 1.9", SLOPE, -132 * sp.exp(-32), where={mu: falls})
    yield at_least("and rises from μ = 2.1 to 2.5", SLOPE, 132 * sp.exp(-32), where={mu: rises})
    yield at_least("JSD at μ = 2 above μ = -2", *(on_mode(mean) for mean in (2, -2)), tolerance=0)
    yield at_least("JSD of the wide model above the narrow", *wide_and_narrow(), tolerance=0)


def check():
    r"""A box of models whose edge is worse than its centre: so a local minimum is inside.

    The centre, $\mu = -0.821$ and $\sigma = 1.920$, was found by descent from $(0, 2)$. On the edge of
    the box of $\pm\tfrac12$ around it, $\sqrt{\mathrm{JSD}}$ is computed at 104 points, 0.04 apart at
    most. Between two of them it changes by no more than its value for two models half as far apart,
    because it is a metric; as only the distance relative to $\sigma$ counts, that is largest for the
    smallest $\sigma$ of the box. At all 104 points it exceeds that at the centre by more than this.
    """
    yield at_least("√JSD on the edge, at 104 points", *edge_and_centre(), tolerance=0)


def search(seed):
    r"""Chords from the data to a model that is 6 to 33 away: $C$ is above the middle of each."""
    yield survives("crossed", above_chord, strategies.simplices(5), seed=seed, examples=120)


def refute():
    r"""Forms of the same mistake.

    $C$ is convex in the model, the generator determines the model, so $C$ is convex in $G$? But halfway
    between two generators is not halfway between their densities. Convexity fails for steps of the shift
    and of the scale; $C$ does not grow linearly away from its minimum; a model that has passed the
    smaller mode is led back to it; and one that every small change makes worse need not be the best.
    """
    shifts, half = [shifted_criterion(k) for k in (0, 1, 4, 8)], Fraction(1, 2)
    mean, label = half * (shifts[0] + shifts[3]), "criterion-not-convex-in-g"
    yield at_most("convex in the shift: 0, 4, 8", shifts[2], mean, label=label)
    low, middle, high = (scaled_criterion(k) for k in (1, 10, 19))
    yield at_most("convex in the scale: 1, 10, 19", middle, half * (low + high))
    line = shifts[0] + 8 * (shifts[1] - shifts[0])
    yield at_least("C(8) above the line through 0 and 1", shifts[3], line)
    yield at_most("C falls from μ = 2.1 to 2.5", SLOPE, 0, where={mu: (2 + TENTH, 2 + 5 * TENTH)})
    yield at_most("the wide model is the best one", *wide_and_narrow())


def figure():
    r"""$C$ as a function of the shift, and a chord that it crosses.

    Between the chord's ends a convex function would stay below the chord. $C$ is above it by 0.572 at
    $\theta = 4$, and nearly constant from there on.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    shifts = np.linspace(-1, 9, 201)
    curve = virtual_training_criterion(Normal(0, 1), Normal(shifts, 1)).value
    axes.plot(shifts, curve, color="C4", linewidth=2.4)
    ends = np.interp([0, 4, 8], shifts, curve)
    axes.plot([0, 8], [ends[0], ends[2]], "o-", color="C2", linewidth=1.2)
    line = {"arrowstyle": "<->", "color": "C2", "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (4, ends[1]), (4, (ends[0] + ends[2]) / 2), arrowprops=line)
    axes.text(4.15, -0.42, "0.572", color="C2")
    axes.set(title="Not convex in a parameter: data $N(0, 1)$", xlim=(-1, 9))
    axes.set(xlabel=r"shift $\theta$ of the model $N(\theta, 1)$", ylabel="criterion $C$, nats")
    axes.set(ylim=(-1.5, 0.1), xticks=(0, 4, 8), yticks=(-math.log(4), -1, 0))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

TWO_MODES = Mixture((Normal(-2, "0.7"), Normal(2, "0.7")), ("0.7", "0.3"))


def shifted_criterion(shift):
    """C of N(0, 1) and N(θ, 1), in balls."""
    return certified.virtual_training_criterion(Normal(0, 1), Normal(shift, 1))


def above_chord(shares):
    """C at a shift from 3 to 17 is above the mean of C at 0 and at twice the shift."""
    data, shift = Normal(0, 1), 20 - 17 * float(np.sum(shares**2))
    far = virtual_training_criterion(data, Normal(2 * shift, 1))
    return at_least("C", virtual_training_criterion(data, Normal(shift, 1)), (far - sp.log(4)) / 2)


def scaled_criterion(scale):
    """C of N(0, 1) and N(0, σ²), in balls."""
    return certified.virtual_training_criterion(Normal(0, 1), Normal(0, scale), digits=15)


def wide_and_narrow():
    """JSD of the two modes and N(-0.821, 1.920²), and of them and N(-1.982, 0.727²), in balls."""
    models = Normal("-0.82104", "1.92010"), Normal("-1.98248", "0.72716")
    return [certified.js_divergence(TWO_MODES, model, digits=12) for model in models]


def on_mode(mean):
    """JSD of the two modes and a normal density of their width, in balls."""
    return certified.js_divergence(TWO_MODES, Normal(mean, "0.7"), digits=12)


def edge_and_centre():
    """√JSD at the edge of the box; at its centre, plus the change between two points of the edge."""
    mean, scale, low = -0.82104, 1.9201, 1.4201
    t, side = np.linspace(-0.5, 0.5, 26), np.full(26, 0.5)
    moves = np.hstack([[t, side], [t, -side], [side, t], [-side, t]])
    near = Normal(np.repeat([0.02, 0], 52), low + np.repeat([0, 0.02], 52))
    edge = js_divergence(TWO_MODES, Normal(mean + moves[0], scale + moves[1])).sqrt()
    change = js_divergence(Normal(0, low), near).sqrt()
    return edge, js_divergence(TWO_MODES, Normal(mean, scale)).sqrt() + change
