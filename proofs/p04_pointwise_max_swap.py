r"""The maximum over all discriminators may be taken point by point.

Statement
---------
Let f_x(y) = p(x) log y + q(x) log(1 - y) and let D range over all measurable functions into [0, 1]. Then

    sup over D of ∫ f_x(D(x)) dx = ∫ sup over y of f_x(y) dx,

and D*(x) = p / (p + q), which picks the best y at every x and is measurable, attains both: no D does
better than the right side, because none does at any point, and D* is one of the D on the left. A class
of discriminators without D* may stay below. Those that are constant on the cells of a partition reach
Σ f(P(cell), Q(cell)): finer cells never reach less, and in the limit they reach the virtual criterion C.

Assumes   p and q are densities with respect to one measure; D is not restricted (for a sigmoid of a
          line, say, the swap is false).
Source    Goodfellow et al. (2014), proof of Proposition 1; Rockafellar and Wets (1998), Variational
          Analysis, Theorem 14.60, for the general interchange.
"""

# notation: p, q densities of data and model; D or y a value of the discriminator; n cells;
# notation: w, b slope and shift of a line

import math

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Mixture, Normal, Triangular, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, increasing, rate

theorem = Theorem(
    label="pointwise-max-swap",
    title="sup_D ∫ f_x(D(x)) dx = ∫ sup_y f_x(y) dx",
    uses=("optimal-discriminator",),
    covers=("pointwise-max-swap",),
    errata=(
        "Roysdon lets the maximum decompose pointwise for a network's discriminators: it does so for "
        "unrestricted ones only.",
    ),
)

p, q, D = sp.symbols("p q D", positive=True)
p_1, q_1, p_2, q_2, y_1, y_2 = sp.symbols("p_1 q_1 p_2 q_2 y_1 y_2", positive=True)
x = sp.Symbol("x", positive=True)
CELLS = tuple(2**k for k in range(1, 9))
SLOPED = Mixture((Uniform(0, 1), Triangular(0, 1, 1)), ("1/2", "1/2")), Uniform(0, 1)
CLOSED = (  # C of the densities 1/2 + x and 1 on [0, 1]
    sp.Rational(1, 2)
    + sp.log(2) / 8
    + 9 * sp.log(sp.Rational(3, 2)) / 4
    - 25 * sp.log(sp.Rational(5, 2)) / 8
)


def value(p, q, y):
    """p log y + q log(1 - y)."""
    return p * sp.log(y) + q * sp.log(1 - y)


def best(p, q):
    """p log(p/(p + q)) + q log(q/(p + q))."""
    return value(p, q, p / (p + q))


def slope(p, q, y):
    """(p + q) (D* - y)/(y (1 - y)), D* = p/(p + q)."""
    return (p + q) * (p / (p + q) - y) / (y * (1 - y))


def kl(s, y):
    """s log(s/y) + (1 - s) log((1 - s)/(1 - y))."""
    return s * sp.log(s / y) + (1 - s) * sp.log((1 - s) / (1 - y))


def derive():
    yield at_most(
        "at each point no y beats D*, so ∫ f_x(D(x)) dx ≤ ∫ sup_y f_x(y) dx for every D",
        value(p, q, D),
        best(p, q),
        where={D: (0, 1)},
    )
    two = value(p_1, q_1, y_1) + value(p_2, q_2, y_2)
    pairs = ((p_1, q_1, y_1), (p_2, q_2, y_2))
    inside = {y_1: (0, 1), y_2: (0, 1)}
    for real, fake, y in pairs:
        yield equal(
            f"on two points the choices do not touch each other: the slope in {y} is zero at D* of its "
            "point alone",
            sp.Derivative(two, y),
            slope(real, fake, y),
            where=inside,
        )
    yield equal(
        "and any two choices stay below the sum of the two maxima by Σ (p + q) kl(D*‖y)",
        best(p_1, q_1) + best(p_2, q_2) - two,
        sum((real + fake) * kl(real / (real + fake), y) for real, fake, y in pairs),
        where=inside,
    )
    yield equal(
        "data 1/2 + x and model 1 on [0, 1]: ∫ sup_y f_x(y) dx = 1/2 + log(2)/8 + (9/4) log(3/2) "
        "- (25/8) log(5/2)",
        sp.Integral(best(x + sp.Rational(1, 2), sp.Integer(1)), (x, 0, 1)),
        CLOSED,
        label="pointwise-max-swap",
    )
    yield equal(
        "one y for both points settles on the ratio of the sums",
        sp.Derivative(value(p_1, q_1, D) + value(p_2, q_2, D), D),
        slope(p_1 + p_2, q_1 + q_2, D),
        where={D: (0, 1)},
    )


def certify():
    yield equal(
        "data 1/2 + x and model 1 on [0, 1]: the integral of the pointwise maxima, enclosed",
        certified.virtual_training_criterion(*SLOPED, digits=20),
        CLOSED,
    )
    bell, wide = Normal(0, 1), Normal(0, 2)
    constant = certified.integral(-sp.log(2) * (p + q), bell, wide, bound=(1, 1), digits=20)
    yield at_most(
        "N(0, 1) against N(0, 2²): the best constant D, 1/2, stays below the pointwise maximum",
        constant,
        certified.virtual_training_criterion(bell, wide, digits=20),
        tolerance=0,
    )


def check():
    real, fake = SLOPED
    reached = [step_value(real, fake, np.linspace(0, 1, n + 1)) for n in CELLS]
    yield equal(
        "data 1/2 + x and model 1 on [0, 1]: V(D*) for D* as a whole is the integral of the maxima",
        value_function(real, fake, optimal_discriminator(real, fake)),
        CLOSED,
    )
    yield increasing(
        "with 2, 4, ..., 256 equal cells, D constant on each, the best V grows", reached
    )
    yield converges(
        "and tends to the integral of the pointwise maxima", reached, CLOSED, tolerance=1e-5
    )
    yield rate(
        "with a gap that falls as the square of the width of a cell",
        [1 / n for n in CELLS],
        [CLOSED - found for found in reached],
        2,
    )
    bell, wide = Normal(0, 1), Normal(0, 2)
    yield equal(
        "N(0, 1) against N(0, 2²): D = 1/2 has V = -log 4",
        value_function(bell, wide, line(0)),
        -sp.log(4),
    )
    for steepness, shift in ((0.5, 0.0), (-0.5, 0.2), (0.1, 0.1), (2.0, -1.0)):
        yield at_most(
            f"N(0, 1) against N(0, 2²): D = σ({steepness:g} x + {shift:g}) does worse than D = 1/2",
            value_function(bell, wide, line(steepness) + shift),
            -sp.log(4),
            tolerance=0,
        )
    yield at_least(
        "N(0, 1) against N(0, 2²): the pointwise maximum is above -log 4 by more than 0.18",
        virtual_training_criterion(bell, wide),
        -math.log(4) + 0.18,
    )


def search(seed):
    yield survives(
        "the best D on finitely many points, found point by point by halving, has V(D) = C",
        by_halving,
        strategies.discrete_pairs(),
        seed=seed,
        examples=300,
    )
    yield survives(
        "a D that is constant on each of six cells or fewer reaches at most C, and at least -log 4",
        coarse,
        strategies.density_pairs(),
        seed=seed,
        examples=250,
    )


def refute():
    two = value(p_1, q_1, D) + value(p_2, q_2, D)
    merged = (p_1 + p_2) / (p_1 + p_2 + q_1 + q_2)
    yield equal(
        "one y for two points reaches the sum of the two maxima",
        two.subs(D, merged),
        best(p_1, q_1) + best(p_2, q_2),
    )
    yield equal(
        "the best common y is the mean of the two D*",
        merged,
        (p_1 / (p_1 + q_1) + p_2 / (p_2 + q_2)) / 2,
    )
    yield at_least(
        "the pointwise infimum would do: f_x(y) is bounded below by f_x(D*)",
        value(p, q, D),
        best(p, q),
        where={D: (0, 1)},
    )
    bell, wide = Normal(0, 1), Normal(0, 2)
    yield equal(
        "N(0, 1) against N(0, 2²): sigmoids of lines, best for slope 0, reach the pointwise maximum",
        value_function(bell, wide, line(0)),
        certified.virtual_training_criterion(bell, wide),
    )
    real, fake = SLOPED
    reached = [step_value(real, fake, np.linspace(0, 1, n + 1)) for n in CELLS]
    yield increasing("finer cells lower the best V", reached[::-1])
    yield equal("64 cells are enough for all of C, to nine digits", reached[5], CLOSED)
    yield equal(
        "the maximum of the integral is JSD, the shift and the factor being dropped",
        value_function(bell, wide, optimal_discriminator(bell, wide)),
        certified.js_divergence(bell, wide),
    )


# --- numbers --------------------------------------------------------------------------------------


def line(steepness):
    """The logit w x, that of D* for N(w/2, 1) against N(-w/2, 1)."""
    return optimal_discriminator(Normal(steepness / 2, 1), Normal(-steepness / 2, 1))


@summed(roundings=256)  # of a distribution function F; a mass is the difference of two values of it
def step_value(real, fake, edges):
    """Σ F(b) log(P/(P + Q)) - F(a) log(P/(P + Q)), and Q's: the best V for D constant on the cells."""
    ends = np.stack([law.cdf(edges) for law in (real, fake)])
    masses = np.diff(ends)
    whole = np.where(masses.sum(axis=0) > 0, masses.sum(axis=0), 1.0)
    logs = np.log(np.where(masses > 0, masses / whole, 1.0))
    return ends[:, 1:] * logs, -ends[:, :-1] * logs


def by_halving(pair):
    found = halved(*(law.weights for law in pair))
    return equal("C - 1 = Σ sup f - 1", virtual_training_criterion(*pair) - 1, found - 1)


@summed
def halved(p, q):
    """Σ p log σ(a) + q log σ(-a), each a where p σ(-a) - q σ(a) changes sign, halved down to it."""
    low, high = np.full(len(p), -60.0), np.full(len(p), 60.0)
    for _ in range(70):
        middle = (low + high) / 2
        rising = p * expit(-middle) > q * expit(middle)
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    return p * log_expit(low), q * log_expit(-low)


def coarse(pair):
    real, fake = pair
    middles = sorted({float(at) for law in pair for at in law.landmarks[..., 0].ravel()})
    edges = np.unique([-math.inf, middles[0] - 1, *middles[:4], math.inf])
    found = step_value(*pair, edges)
    yield at_most("V(steps) - 1 ≤ C - 1", found - 1, virtual_training_criterion(real, fake) - 1)
    yield at_least("V(steps) ≥ -log 4", found, -sp.log(4))


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    at = np.linspace(0, 1, 300)
    left.plot(at, (at + 0.5) / (at + 1.5), color="C0")
    left.annotate("D* = (x + ½) / (x + 3/2)", (0.3, 0.56), color="C0", ha="center")
    for n, colour in ((2, "C2"), (8, "C4")):
        edges = np.linspace(0, 1, n + 1)
        shares = np.diff((edges + edges**2) / 2)
        left.stairs(shares / (shares + 1 / n), edges, baseline=None, color=colour, linewidth=1.4)
    left.annotate("2 cells", (0.3, 0.405), color="C2", va="top")
    left.annotate("8 cells", (0.02, 0.34), color="C4", va="top")
    left.set(
        xlim=(0, 1),
        ylim=(0.3, 0.62),
        xlabel="x",
        ylabel="D(x)",
        xticks=(0, 0.5, 1),
        yticks=(0.3, 0.4, 0.5, 0.6),
    )
    left.set_title("The best D for data x + ½, model 1")
    real, fake = SLOPED
    gaps = [float(CLOSED) - float(step_value(real, fake, np.linspace(0, 1, n + 1))) for n in CELLS]
    right.loglog(CELLS, gaps, "o", color="C0")
    right.loglog(
        CELLS, [gaps[-1] * (CELLS[-1] / n) ** 2 for n in CELLS], color="0.6", linewidth=1, zorder=0
    )
    right.annotate(r"$\propto 1/n^2$", (20, 1.3e-4), color="0.4")
    right.set(xlabel="cells, n", ylabel="C - best V with n cells")
    right.set_xticks([2, 16, 128], ["2", "16", "128"])
    right.minorticks_off()
    right.set_title("What restricting D costs")
    return fig
