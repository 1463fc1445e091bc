r"""Finer cells never lower the best $V$: what is gained is exactly the regret of the coarse $D$.

Statement
---------
Let $D$ be constant on the cells of a partition. Its best value is the sum over the cells of

$$f(p, q) = p \log \frac{p}{p + q} + q \log \frac{q}{p + q},$$

where $p$ and $q$ are the shares of data and model in the cell. Cut a cell in two, with shares $p_1
+ p_2 = P$ and $q_1 + q_2 = Q$. Then

$$f(p_1, q_1) + f(p_2, q_2) - f(P, Q) = \sum_{i=1}^{2} (p_i + q_i) \, \mathrm{kl}(D_i \,\|\, D') \ge 0,$$

with $D_i = p_i/(p_i + q_i)$, $D' = P/(P + Q)$ and the divergence $\mathrm{kl}$ of two coins. The
gain is 0 exactly if both halves have the same $D^*$. So a richer discriminator sees more, on data
as on densities, and what it sees on data need not be there.

Assumes   Positive shares; a share of 0 is the limit, as in $0 \log 0 = 0$.
Source    [@lin1991] for the divergence; the identity is derived here, for [@goodfellow2014, section 3].
"""

from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete
from gantheory.evidence import summed
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal, increasing

theorem = Theorem(
    label="refining-never-lowers",
    title=r"Finer cells raise the best $V$ by the regret of the coarse $D$, and never lower it",
    uses=("optimal-discriminator",),
    covers=("refining-never-lowers",),
)

p, q, p_1, q_1, p_2, q_2 = sp.symbols("p q p_1 q_1 p_2 q_2", positive=True)  # shares in cells
s, t = sp.symbols("s t", positive=True)  # chances of two coins
F = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
COINS = s * sp.log(s / t) + (1 - s) * sp.log((1 - s) / (1 - t))  # kl(s || t)
FIRST, SECOND = (F.subs({p: a, q: b}, simultaneous=True) for a, b in ((p_1, q_1), (p_2, q_2)))
WHOLE = F.subs({p: p_1 + p_2, q: q_1 + q_2}, simultaneous=True)


def derive():
    r"""The identity, and why its right side is not negative.

    In a cell the best constant is $D^* = p/(p + q)$. The coarse $D'$ is one constant for both
    halves, and gets $p_i \log D' + q_i \log(1 - D')$ in each, which adds up to $f(P, Q)$. The finer
    $D$ gets $p_i \log D_i + q_i \log(1 - D_i)$. The difference in a half is its weight $p_i + q_i$
    times a divergence of coins.

    As a function of $t$ the divergence $\mathrm{kl}(s \,\|\, t)$ is 0 at $t = s$, and its slope has
    the sign of $t - s$: it falls before $s$ and grows after it. So it is never negative, and 0 for
    equal coins alone. If both halves have one ratio, their coins are equal, and a cut gains
    nothing. In the limit $p \to 0$ a cell without data has the value 0.
    """
    shared = (p_1 + p_2) / (p_1 + p_2 + q_1 + q_2)
    lost = [
        (a + b) * COINS.subs({s: a / (a + b), t: shared}, simultaneous=True)
        for a, b in ((p_1, q_1), (p_2, q_2))
    ]
    yield equal(
        "what a cut gains", FIRST + SECOND - WHOLE, sum(lost), label="refining-never-lowers"
    )
    slope = (t - s) / (t * (1 - t))
    yield equal(
        "the slope of kl in t", sp.Derivative(COINS, t), slope, where={s: (0, 1), t: (0, 1)}
    )

    same = {p_2: 2 * p_1, q_2: 2 * q_1}
    yield equal("halves of one ratio", (FIRST + SECOND).subs(same), WHOLE.subs(same))
    yield equal("a cell without data", sp.Limit(F, p, 0, "+"), 0)


def certify():
    r"""Eight cells, joined in pairs three times, in balls.

    Data and model have the shares $(6, 1, 3, 2, 1, 1, 1, 1)/16$ and $(1, 2, 2, 3, 2, 2, 2, 2)/16$.
    From one cell to 2, 4 and 8 the best value grows. The last four cells have one ratio in each
    pair, and among the pairs: cutting them again gains nothing, and the value is that of five cells
    in closed form.
    """
    values = [certified.virtual_training_criterion(*joined(size)) for size in (8, 4, 2, 1)]
    yield increasing("1, 2, 4 and 8 cells", values)
    yield equal("one cell", values[0], -certified.log(4))
    cells = [*zip(REAL[:4], FAKE[:4], strict=True), (sum(REAL[4:]), sum(FAKE[4:]))]
    five = sum(F.subs({p: sp.Rational(a, 16), q: sp.Rational(b, 16)}) for a, b in cells)
    yield equal("8 cells, against the last four joined", values[-1], five)


def check():
    r"""What the coarse $D$ gets on the fine cells, and the regret, each by a function of its own.

    The $D^*$ of 4, 2 or 1 joined cells, played on all eight, gets the best value of the joined ones.
    What is missing to the best value on eight cells is the regret of the statement, summed over them.
    """
    best = virtual_training_criterion(*joined(1))
    for size in (2, 4, 8):
        played = value_function(*joined(1), logits_of(size))
        name = f"cells joined by {size}"
        coarse = certified.virtual_training_criterion(*joined(size))
        yield equal(f"{name}: the value", played, coarse)
        yield equal(f"{name}: 1 + its regret", 1 + (best - played), 1 + summed_coins(size))


def search(seed):
    r"""A hunt through pairs of distributions on six points.

    Points 0 and 1, and points 2 and 3, are put together. The gain of $C$ is computed as a
    difference of two divergences, and the regret as a sum over the points, with zeros among the
    shares. A pair where they differ would refute the identity.
    """
    hunt = partial(survives, seed=seed, examples=110)
    yield hunt("gain and regret on six points", cut, strategies.markov_kernels(2, 6))


def refute():
    r"""Three mistakes.

    Finer cells seem to make the task of $D$ harder, and so people expect a lower value; but they
    give $D$ more freedom. That a constant $D$ does as well in both halves holds for equal ratios
    alone. And the regret has two parts, one from the data and one from the model, of which the
    second is forgotten where $V$ is read as a likelihood of the data.
    """
    values = [certified.virtual_training_criterion(*joined(size)) for size in (1, 2, 4, 8)]
    yield increasing("finer cells lower the best V", values)
    yield equal("a cut is for nothing", FIRST + SECOND, WHOLE)
    shared = (p_1 + p_2) / (p_1 + p_2 + q_1 + q_2)
    data = [a * sp.log(a / (a + b) / shared) for a, b in ((p_1, q_1), (p_2, q_2))]
    yield equal("the model's part forgotten", FIRST + SECOND - WHOLE, sum(data))


# --- how the numbers are made ---------------------------------------------------------------------

REAL, FAKE = (6, 1, 3, 2, 1, 1, 1, 1), (1, 2, 2, 3, 2, 2, 2, 2)


def joined(size):
    """Data and model of the example, with so many neighbouring cells put together."""
    return tuple(
        Discrete([Fraction(sum(row[at : at + size]), 16) for at in range(0, 8, size)])
        for row in (REAL, FAKE)
    )


def logits_of(size):
    """The logits of D* on cells that are put together, at each of the eight."""
    real, fake = (np.repeat([float(w) for w in one.exact_weights], size) for one in joined(size))
    return lambda cell: (np.log(real) - np.log(fake))[cell.astype(int)]


@summed
def summed_coins(size):
    """(p + q) kl(D || D') over the eight cells, with the two terms of each coin."""
    (p, q), (P, Q) = (
        (np.array(REAL), np.array(FAKE)),
        (np.repeat(np.sum(np.reshape(row, (-1, size)), axis=1), size) for row in (REAL, FAKE)),
    )
    fine, coarse = p / (p + q), P / (P + Q)
    heads, tails = fine * np.log(fine / coarse), (1 - fine) * np.log((1 - fine) / (1 - coarse))
    return [(p + q) * heads / 16, (p + q) * tails / 16]


def cut(rows):
    """Claim the identity for two distributions on six points."""
    fine = [row / np.sum(row) for row in rows]
    coarse = [np.array([row[0] + row[1], row[2] + row[3], row[4], row[5]]) for row in fine]
    values = [virtual_training_criterion(*map(Discrete, pair)) for pair in (fine, coarse)]
    return equal("1 + gain", 1 + (values[0] - values[1]), 1 + regret(fine, coarse))


@summed
def regret(fine, coarse):
    """The sum of p log p (P + Q)/(P (p + q)) + q log q (P + Q)/(Q (p + q)) over the four points."""
    totals = [np.array([row[0], row[0], row[1], row[1]]) for row in coarse]
    parts = [row[:4] for row in fine]
    both, whole = sum(parts), sum(totals)
    share = np.where(both > 0, whole / np.where(both > 0, both, 1.0), 1.0)
    return [
        xlogy(part, np.where(part > 0, part * share / np.where(total > 0, total, 1.0), 1.0))
        for part, total in zip(parts, totals, strict=True)
    ]
