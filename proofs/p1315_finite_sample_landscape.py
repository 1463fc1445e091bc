r"""With $n$ data and $n$ generated points $n^n - n!$ local minima of $C$ are not global.

Statement
---------
Let the data be $n$ different points, each of share $1/n$, and the model $n$ points, too, which move. If
$c_i$ of them lie on datum $i$, then

$$C = \frac1n \sum_i g(c_i), \quad g(c) = -\log(1 + c) + c \log\frac{c}{1 + c}, \quad g(0) = 0.$$

The minimum is $-\log 4$, at $c_i = 1$ for all $i$. But $C$ jumps up whenever a point leaves a datum:
each of the $n^n$ ways to put all points on data is a strict local minimum, and $n!$ of these are
global. For $n = 2$, $C/2$ is $-\log 2$ with both data recovered, $-0.477$ with both points on one
datum, $-0.347$ with one recovered and one point elsewhere, and 0 with none: the way from collapse to
recovery leads over a barrier.

If real and generated points are compared in *fixed pairs*, by $\sup_D \frac1n \sum_i \log \sigma(D(x_i)
- D(y_i))$, the barrier is gone: $-\frac12 \log 2$ for collapse and for one point elsewhere, $-\log 2$
for recovery. Compared in *all* $n^2$ pairs there is a barrier again.

Assumes   No restriction of $D$; the data differ.
Source    [@sun2020] for the landscapes; the numbers, and the case of all pairs, are derived here.
"""

from itertools import product
from math import factorial

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.evidence import pointwise
from gantheory.game import virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="finite-sample-landscape",
    title=r"$n$ data: each way to put all generated points on data is a local minimum of $C$",
    uses=("finite-data-overfitting", "relativistic", "jsd-data-processing"),
    covers=("finite-sample-landscape",),
)

c, t = sp.symbols("c t", positive=True)  # points on a datum; a difference of outputs
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)
g = sp.Lambda(c, -sp.log(1 + c) + c * sp.log(c / (1 + c)))


def derive():
    r"""One datum at a time, then three states of two points.

    On a datum the data have the share $\frac1n$ and the model $\frac{c}{n}$, so $D^* = \frac{1}{1 +
    c}$, which adds $\frac1n g(c)$; elsewhere $D^* = 0$ adds nothing. The slope of $g$ is
    $\log\frac{c}{1 + c} < 0$, so a point that leaves raises $C$; and it rises, so $g$ is convex: among
    counts with the sum $n$, $\sum g(c_i)$ is least if all are equal, by Jensen. Only there is $C =
    -\log 4$. A small move of a point off its datum changes its count at once: a jump.

    Fixed pairs: each pair $(x_i, y_i)$ asks for $D(x_i) > D(y_i)$, and reaches 0 in the limit of large
    outputs unless the pairs form a cycle. If $y_1 = x_1$ the first pair has $\log \sigma(0) = -\log
    2$, and with $y_2 = x_1$, or elsewhere, the second has 0 in the limit. If $y_1 = x_2$ and $y_2 =
    x_1$, both outputs are best equal, $-\log 2$ each. All pairs: by the exact value of the relativistic
    game half of them, or a quarter, are ties.
    """
    best = sp.log(1 / (1 + c)) + c * sp.log(1 - 1 / (1 + c))
    yield equal("what a datum adds", best, g(c))
    yield equal("its slope, negative", sp.Derivative(g(c), c), sp.log(c / (1 + c)))
    yield equal("its bend, positive", sp.Derivative(g(c), (c, 2)), 1 / (c * (1 + c)))
    yield equal("no point on it", sp.Limit(g(c), c, 0, "+"), 0)
    yield equal("all recovered", sp.Subs(g(c), c, 1), -2 * LOG_2)
    both, one = g(2) / 4, g(1) / 4
    yield equal("both on one datum", both, sp.log(2) / 2 - 3 * sp.log(3) / 4)
    yield at_least("the barrier", one, both, label=theorem.label)
    yield at_least("collapse is not recovery", both, -LOG_2)
    cycle = sp.Derivative(pair(t) + pair(-t), t)
    yield equal("a cycle of two pairs: the slope", cycle, (1 - sp.exp(t)) / (1 + sp.exp(t)))
    yield equal("a pair that is in no cycle", sp.Limit(pair(t), t, sp.oo), 0)


def certify():
    r"""All four states for two data, and collapse for more, in balls.

    $C/2$ is $\mathrm{JSD} - \log 2$ of two distributions on points. All of $n = 2, 3, 10$ points on one
    datum give $\frac{1}{2n} g(n)$, which tends to 0: the more data, the worse is collapse, and still a
    point that leaves makes it worse. For all pairs the relativistic values are $-\frac12 \log 2$ and
    $-\frac14 \log 2$.
    """
    for name, (counts, value) in STATES.items():
        found = certified.js_divergence(*placed(counts), digits=15) - certified.log(2)
        yield equal(name, found + 1, value + 1)
    for count in (2, 3, 10):
        collapse = [count] + [0] * (count - 1)
        found = certified.virtual_training_criterion(*placed(collapse), digits=15)
        yield equal(f"collapse, n = {count}", found, g(count) / count)
        left = certified.virtual_training_criterion(
            *placed([count - 1] + [0] * (count - 1)), digits=15
        )
        yield at_least(f"a point leaves, n = {count}", left, found)
    for name, counts, share in (("collapse", (2, 0), HALF), ("one elsewhere", (1, 0), HALF / 2)):
        found = certified.js_divergence(*all_pairs(counts), digits=15) - certified.log(2)
        yield equal(f"all pairs, {name}", found, -share * LOG_2)


def check():
    r"""Every state of up to four points, one by one.

    Each point is on one of the $n$ data or elsewhere. A state is a strict local minimum if every single
    point that moves to a place without a datum raises $C$. There are $n^n$ of these, and at $n!$ of
    them $C$ is $-\log 4$.
    """
    for count in (2, 3, 4):
        yield equal(f"{count} points: local minima", minima(count), count**count)
        yield equal(
            f"{count} points: global ones", minima(count, everywhere=True), factorial(count)
        )


def search(seed):
    r"""Random distributions on up to four points; the model's mass at one of them moves off the data.

    No such move lowers $C$: the model that is moved can be turned back by a map. Shares are arbitrary,
    so that this is the statement for continuous amounts of mass.
    """
    drawn = strategies.discrete_pairs(4)
    yield survives("mass off the data never helps", moved_off, drawn, seed=seed, examples=130)


def refute():
    r"""Five hopes.

    "One datum recovered is better than collapse": its $C$ is higher. "Only recovery is a local
    minimum": for three points there are 27. "$C$ falls on the way": it does not even stay. "The
    relativistic game has no barrier": not if every real point is compared with every generated one. And
    collapse does not have the value of $q = p$, though $D^* = \frac13$ on its datum looks undecided.
    """
    both, one = g(2) / 4, g(1) / 4
    yield at_most("one recovered is better than collapse", one, both)
    yield equal("three points: only recovery", minima(3), factorial(3))
    path = [certified.virtual_training_criterion(*placed(counts)) for counts in ((2, 0), (1, 0))]
    yield at_least("C falls on the way", path[0], path[1])
    values = [certified.js_divergence(*all_pairs(counts)) for counts in ((2, 0), (1, 0))]
    yield at_most("all pairs: no barrier", values[1], values[0])
    yield equal("collapse has C = -log 4", 2 * both, -2 * LOG_2)


def figure():
    r"""Two data at 0 and 1; one generated point stays at 0, the other moves from 0 to 1.

    Shown is what the best $D$ reaches: $C/2$, and the relativistic values. Dots are collapse, on the
    left, and recovery. The ordinary game and that of all pairs go up first; fixed pairs do not.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(1, 3, figsize=(9.0, 3.4), sharex=True, sharey=True)
    for axis, way in zip(axes, WAYS.items(), strict=True):
        draw_way(axis, *way)
    axes[0].annotate("collapse", (0.06, -0.56), color="C3")
    axes[0].annotate("recovery", (0.5, -0.66), color="C2")
    axes[0].set(ylabel="best value of $D$, nats")
    axes[1].set(xlabel="place $y_2$ of the second point")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

STATES = {
    "both recovered": ((1, 1), -LOG_2),
    "both on one datum": ((2, 0), g(2) / 4),
    "one recovered": ((1, 0), g(1) / 4),
    "none recovered": ((0, 0), 0),
}


WAYS = {
    "ordinary game": (g(2) / 4, g(1) / 4, -LOG_2),
    "fixed pairs": (-LOG_2 / 2, -LOG_2 / 2, -LOG_2),
    "all pairs": (-LOG_2 / 2, -LOG_2 / 4, -LOG_2),
}


def pair(difference):
    """log σ of a difference of outputs."""
    return -sp.log(1 + sp.exp(-difference))


def placed(counts):
    """Data and model, with so many of n points on the n data and the others elsewhere."""
    count = len(counts)
    elsewhere = count - sum(counts)
    real = [sp.Rational(1, count)] * count + [0]
    fake = [sp.Rational(one, count) for one in (*counts, elsewhere)]
    return [Discrete([str(share) for share in side]) for side in (real, fake)]


def all_pairs(counts):
    """The distributions of independent pairs of a datum and a generated point, in both orders."""
    real, fake = (one.exact_weights for one in placed(counts))
    first = [r * f for r in real for f in fake]
    return Discrete(first), Discrete([f * r for f in fake for r in real])


def value(counts):
    """C by the formula."""
    held = np.array([one for one in counts if one > 0], dtype=float)
    return np.sum(xlogy(held, held / (1 + held)) - np.log1p(held)) / len(counts)


@pointwise
def minima(count, *, everywhere=False):
    """How many of all states are strict local minima; with `everywhere`, global ones."""
    found = 0
    for state in product(range(count + 1), repeat=count):  # the last place is elsewhere
        counts = [state.count(datum) for datum in range(count)]
        here = value(counts)
        left = [
            value([one - (datum == leaves) for datum, one in enumerate(counts)]) for leaves in state
        ]
        strict = all(after > here + 1e-9 for after in left)
        found += strict and (not everywhere or here < -np.log(4) + 1e-9)
    return np.array(found)


def moved_off(example):
    """C is no lower after the model's mass at the first point has moved to a new one."""
    real, fake = example
    share, *others = fake.exact_weights
    after = Discrete((*real.exact_weights, 0)), Discrete((0, *others, share))
    before = certified.virtual_training_criterion(real, fake, digits=15)
    moved = virtual_training_criterion(*after)
    return at_least("C - 1 after the move", moved - 1, before - 1)  # C may be 0


def draw_way(axis, name, values):
    """What the best D reaches along the way: at collapse, on the way, at recovery."""
    collapse, way, recovery = (float(one) for one in values)
    axis.plot([0, 1], [way, way], "C1")
    axis.plot([0], [collapse], "o", color="C3")
    axis.plot([1], [recovery], "o", color="C2")
    axis.set(title=name, xticks=(0, 1), yticks=(-np.log(2), -0.5, -0.25, 0), ylim=(-0.75, 0.05))
