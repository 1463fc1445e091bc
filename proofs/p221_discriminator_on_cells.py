r"""A discriminator that is constant on cells sees only the masses of the cells.

Statement
---------
Let $D$ be constant on each cell $A$ of a partition, and write $P(A)$ and $Q(A)$ for the masses of
the data and of the model in $A$. Then

$$\max_D V(D) = \sum_A P(A) \log\frac{P(A)}{P(A) + Q(A)} + Q(A) \log\frac{Q(A)}{P(A) + Q(A)},$$

which lies between $-\log 4$ and the unrestricted maximum $C$. Finer cells allow more
discriminators, so they never lower it. Another small class, $D(x) = \sigma(w x + b)$, may see no
difference at all: for $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ its maximum is $-\log 4$, the
value of $D = 1/2$.

Assumes   The cells are finitely many measurable sets, and $0 \log 0 = 0$.
Source    [@goodfellow2014, Proposition 1], for the two masses of each cell; [@arora2017] for games
          with restricted discriminators.
"""

import math

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Mixture, Normal, Triangular, Uniform
from gantheory.evidence import summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, increasing, rate

theorem = Theorem(
    label="discriminator-on-cells",
    title=r"$D$ constant on cells reaches $\sum_A f(P(A), Q(A)) \le C$",
    uses=("optimal-discriminator", "pointwise-max-swap"),
)

p, q, y = sp.symbols("p q y", positive=True)  # densities at one point, and the value of D there
p_1, q_1, y_1 = sp.symbols("p_1 q_1 y_1", positive=True)  # the same at a first point
p_2, q_2, y_2 = sp.symbols("p_2 q_2 y_2", positive=True)  # and at a second one
b, x = sp.symbols("b x", positive=True)  # a slope, a point of [0, 1]
FIRST, SECOND = {p: p_1, q: q_1, y: y_1}, {p: p_2, q: q_2, y: y_2}
TOGETHER = {p: p_1 + p_2, q: q_1 + q_2}

STAR = p / (p + q)
POINT = p * sp.log(y) + q * sp.log(1 - y)  # f_x(y)
BEST = POINT.subs(y, STAR)  # f(p, q)
SLOPE = (p + q) * (STAR - y) / (y * (1 - y))
HALF = sp.Rational(1, 2)
CLOSED = HALF + sp.log(2) / 8 + 9 * sp.log(3 * HALF) / 4 - 25 * sp.log(5 * HALF) / 8  # C of SLOPED


def derive():
    r"""A cell is treated as one point with the masses of the cell.

    On a cell, a constant value $y$ adds $P(A) \log y + Q(A) \log(1 - y)$ to $V$. That is what a
    point adds, with masses for densities, so the best value is $D^*$ of the masses. The claims say
    it for a cell of two points: its value and slope are those of one point with the sums of the
    densities. For a cell of many points nothing changes, since sums and integrals enter in the same
    way. As $y = 1/2$ is allowed, a cell has at least its value: all cells together, $-\log 4$.

    A linear logit gains nothing if $p$ and $q$ are even. Then $V$ is the same for the slopes $w$
    and $-w$; since $V$ is concave in $(w, b)$, its maximum is at $w = 0$, a constant $D$. The whole
    line is then one cell, with masses 1 and 1, and the best constant is $1/2$.
    """
    shared = (POINT.subs(FIRST) + POINT.subs(SECOND)).subs({y_1: y, y_2: y})
    slope = sp.Derivative(shared, y)
    yield equal("two points as one", shared, POINT.subs(TOGETHER), where={y: (0, 1)})
    yield equal("one y for two points", slope, SLOPE.subs(TOGETHER), where={y: (0, 1)})
    yield equal("y = 1/2: -log 4 times the mass / 2", POINT.subs(y, HALF), -(p + q) * sp.log(2))

    # V is a sum of log σ(a) and log σ(-a) with weights, and a = w x + b is linear in (w, b).
    a = sp.Symbol("a", real=True)
    bend = sp.Derivative(-sp.log(1 + sp.exp(-a)), (a, 2))
    yield at_most("log σ(a) is concave in a", bend, 0)


def certify():
    r"""The smallest classes, one cell and two, in balls.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ a constant $D$ has at best the value
    $-\log 4$, which is enclosed as an integral of the two densities. The enclosed maximum over all
    $D$ is strictly above it. For the densities $1 + b (x - 1/2)$ and 1 on $[0, 1]$, two equal cells
    have the masses $1/2 \mp b/8$ and $1/2$. What they miss grows with $b$ from $3/4$ to $3/2$.
    """
    constant = certified.integral(-sp.log(2) * (p + q), *WIDE, bound=(1, 1), digits=20)
    most = certified.virtual_training_criterion(*WIDE, digits=20)
    yield at_most("N(0, 1), N(0, 2²): one cell", constant, most, tolerance=0)
    cells = sum(BEST.subs({p: HALF + sign * b / 8, q: HALF}, simultaneous=True) for sign in (1, -1))
    tilted = BEST.subs({p: 1 + b * (x - HALF), q: 1}, simultaneous=True)
    missed = sp.Integral(tilted, (x, 0, 1)) - cells
    yield increasing("what two cells miss", missed, where={b: (3 * HALF / 2, 3 * HALF)})


def check():
    r"""Cells on $[0, 1]$, and lines on the line.

    For the densities $1/2 + x$ and 1 on $[0, 1]$, $D$ is made constant on each of 2, 4, ..., 256
    equal cells. The best value grows and tends to the maximum; the gap falls as the square of the
    width of a cell.

    For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ let $D = \sigma(w x + b)$. With $w = b = 0$ it
    has the value $-\log 4$. Four other lines do worse, while the maximum over all $D$ is higher by
    more than 0.18.
    """
    reached = [step_value(*SLOPED, np.linspace(0, 1, n + 1)) for n in CELLS]
    yield increasing("2 to 256 cells: the best V grows", reached)
    yield converges("2 to 256 cells: to the maximum", reached, CLOSED, tolerance=1e-5)
    gaps = [CLOSED - found for found in reached]
    yield rate("the gap in the width, power 2", [1 / n for n in CELLS], gaps, 2)
    yield equal("N(0, 1), N(0, 2²): D = 1/2", value_function(*WIDE, line(0)), -sp.log(4))
    for w, b in ((0.5, 0.0), (-0.5, 0.2), (0.1, 0.1), (2.0, -1.0)):
        found = value_function(*WIDE, line(w) + b)
        yield at_most(f"N(0, 1), N(0, 2²): σ({w:g} x + {b:g})", found, -sp.log(4), tolerance=0)
    most = virtual_training_criterion(*WIDE)
    yield at_least("N(0, 1), N(0, 2²): the maximum", most, -math.log(4) + 0.18)


def search(seed):
    r"""Pairs of densities on the line, cut into at most six cells.

    The cells end at places where the densities change their form, and near them. One pair for which
    the best $D$ on cells exceeds $C$, or stays below $-\log 4$, would refute the statement.
    """
    pairs = strategies.density_pairs()
    yield survives("six cells or fewer", in_few_cells, pairs, seed=seed, examples=125)


def refute():
    r"""What a coarse discriminator is wrongly believed to do.

    One common value on two points does not reach the two maxima. It is not the mean of the two
    $D^*$: the denser point counts more. The best sigmoid of a line does not reach $C$. Finer cells
    do not lower the value, and 64 cells are not enough for nine digits.
    """
    shared = (POINT.subs(FIRST) + POINT.subs(SECOND)).subs({y_1: y, y_2: y})
    common = STAR.subs(TOGETHER)
    maxima = BEST.subs(FIRST) + BEST.subs(SECOND)
    yield equal("one y reaches both maxima", shared.subs(y, common), maxima)
    yield equal("the mean of two D*", common, (STAR.subs(FIRST) + STAR.subs(SECOND)) / 2)
    lines = value_function(*WIDE, line(0))
    yield equal("lines reach C", lines, certified.virtual_training_criterion(*WIDE))
    reached = [step_value(*SLOPED, np.linspace(0, 1, n + 1)) for n in CELLS]
    yield increasing("finer cells lower V", reached[::-1])
    yield equal("64 cells reach C", reached[5], CLOSED)


def figure():
    """The best D with 2 and 8 cells beside D*, and what it costs to have n cells only."""
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    at = np.linspace(0, 1, 300)
    left.plot(at, (at + 0.5) / (at + 1.5), color="C0")
    left.annotate("$D^*$", (0.3, 0.56), color="C0", ha="center")
    for n, colour, place in ((2, "C2", (0.3, 0.405)), (8, "C3", (0.02, 0.34))):
        edges = np.linspace(0, 1, n + 1)
        shares = np.diff((edges + edges**2) / 2)
        left.stairs(shares / (shares + 1 / n), edges, baseline=None, color=colour, linewidth=1.4)
        left.annotate(f"{n} cells", place, color=colour, va="top")
    left.set(xlim=(0, 1), ylim=(0.3, 0.62), xticks=(0, 0.5, 1), yticks=(0.3, 0.4, 0.5, 0.6))
    left.set(
        xlabel="sample $x$", ylabel="output $D(x)$", title="The best $D$ for data $x+½$, model 1"
    )
    reached = [step_value(*SLOPED, np.linspace(0, 1, n + 1)) for n in CELLS]
    gaps = [float(CLOSED) - float(found) for found in reached]
    right.loglog(CELLS, gaps, "o", color="C0")
    right.loglog(CELLS, gaps[-1] * (CELLS[-1] / np.array(CELLS)) ** 2, color="C5", linewidth=1)
    right.annotate(r"$\propto 1/n^2$", (20, 1.3e-4), color="C5")
    right.set_xticks([2, 16, 128], ["2", "16", "128"])
    right.minorticks_off()
    right.set(
        xlabel="cells $n$", ylabel="lost value $C-V$, nats", title="What restricting $D$ costs"
    )
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

CELLS = tuple(2**k for k in range(1, 9))
# the densities 1/2 + x and 1 on [0, 1]; two Gaussians whose log ratio is even
SLOPED = Mixture((Uniform(0, 1), Triangular(0, 1, 1)), ("1/2", "1/2")), Uniform(0, 1)
WIDE = Normal(0, 1), Normal(0, 2)


def line(steepness):
    r"""The logit $w x$, which is that of $D^*$ for $\mathcal{N}(w/2, 1)$ and $\mathcal{N}(-w/2, 1)$."""
    return optimal_discriminator(Normal(steepness / 2, 1), Normal(-steepness / 2, 1))


@summed(roundings=256)  # of a distribution function F; a mass is the difference of two values of it
def step_value(real, fake, edges):
    r"""$\sum_A f(P(A), Q(A))$, each mass as a difference of two values of $F$."""
    ends = np.stack([one.cdf(edges) for one in (real, fake)])
    masses = np.diff(ends)
    whole = np.where(masses.sum(axis=0) > 0, masses.sum(axis=0), 1.0)
    logs = np.log(np.where(masses > 0, masses / whole, 1.0))
    return ends[:, 1:] * logs, -ends[:, :-1] * logs


def in_few_cells(pair):
    middles = sorted({float(at) for one in pair for at in one.landmarks[..., 0].ravel()})
    edges = np.unique([-math.inf, middles[0] - 1, *middles[:4], math.inf])
    found = step_value(*pair, edges)
    yield at_most("V - 1", found - 1, virtual_training_criterion(*pair) - 1)
    yield at_least("V", found, -sp.log(4))
