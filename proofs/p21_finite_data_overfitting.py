r"""On finitely many data an unrestricted discriminator reaches V = 0, whatever the model is.

Statement
---------
Let the data be n different points, each of share 1/n, and let the model have a density. Then

    sup over D of V(D, q) = 0 and JSD = log 2, for every n and every q,

also if the points were drawn from q itself: D = 1 on the points and 0 elsewhere. The inner maximum,
taken to its end on a data set, tells a generator nothing.

A discriminator that is constant on the cells of a partition gets at best Σ f(p, q) over the shares p
of the data and q of the model, f(p, q) = p log p/(p + q) + q log q/(p + q). Finer cells never get less,
by exactly the regret of the coarse D. Once every point sits alone in a cell of share w, u = n w, it is
-log(1 + u) + u log(u/(1 + u)), which tends to 0 as the cells shrink. Since f is convex, this value
overestimates that of the data's law on average; for data from the model and k equal cells the excess
over -log 4 is near (k - 1)/(4 n) for large n. On fresh data the same D does worse, and gets -∞ if one
falls where no datum was.

Assumes   the n points are different; the model has no atoms; for the averages, independent data.
Source    Goodfellow et al. (2014), section 3; Arora et al. (2017), Lemma 1, for the divergence.
"""

# notation: p, q shares of data and model in a cell; n data, k cells, w width of a cell, u = n w;
# notation: epsilon how far D stays from 0 and 1

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Normal, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import mean_of, summed
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import (
    Theorem,
    at_least,
    at_most,
    converges,
    equal,
    increasing,
)

theorem = Theorem(
    label="finite-data-overfitting",
    title="On finitely many data sup_D V = 0 for every model with a density",
    uses=("optimal-discriminator", "disjoint-supports", "subderivative-of-supremum"),
    covers=("finite-data-overfitting", "refining-never-lowers", "optimism-of-the-training-value"),
    errata=(
        "An Annotated Proof (2017) rests convergence on enough training data: on any finite data set "
        "the inner maximum is 0 for all models with a density, and more data alone change nothing.",
    ),
)

p, q, p_1, q_1, p_2, q_2 = sp.symbols("p q p_1 q_1 p_2 q_2", positive=True)
u, n, k, epsilon = sp.symbols("u n k epsilon", positive=True)
LOG_2, LOG_4 = sp.log(2), sp.log(4)

POINTS = [
    Fraction(618034 * i % 10**6, 10**6) for i in range(1, 21)
]  # twenty, well spread over [0, 1]
PLACES = (-1.1, -0.3, 0.2, 0.9, 1.6)
SEEDS, DATA, CELLS = 32, 50, 32
EIGHT_CELLS = Discrete((Fraction(1, 8),) * 8)  # the masses that U[0, 1] has in them


def best(data, model):
    """f(p, q) = p log p/(p + q) + q log q/(p + q)."""
    return data * sp.log(data / (data + model)) + model * sp.log(model / (data + model))


def alone(size):
    """-log(1 + u) + u log(u/(1 + u))."""
    return -sp.log(1 + size) + size * sp.log(size / (1 + size))


def lost(data, model, total_data, total_model):
    """(p + q) kl(D‖D'), D = p/(p + q), D' the same of the totals."""
    share = (total_data + total_model) / (data + model)
    return data * sp.log(data / total_data * share) + model * sp.log(model / total_model * share)


def derive():
    yield equal(
        "D = 1 - ε on the data, ε elsewhere: V = log(1 - ε) + log(1 - ε) tends to 0, for every n and q",
        sp.Limit(sp.log(1 - epsilon) + sp.log(1 - epsilon), epsilon, 0, "+"),
        0,
        label="finite-data-overfitting",
    )
    yield equal(
        "data spread evenly over a share u of a uniform model: C = u f(1/u, 1)",
        u * best(1 / u, sp.Integer(1)),
        alone(u),
    )
    yield equal(
        "its slope in u is log(u/(1 + u)) < 0, so that it grows as u falls",
        sp.Derivative(alone(u), u),
        sp.log(u / (1 + u)),
    )
    yield equal("and tends to 0", sp.Limit(alone(u), u, 0, "+"), 0)
    yield equal(
        "a cell cut in two: what is gained is the regret of the common D' in the halves, never negative",
        best(p_1, q_1) + best(p_2, q_2) - best(p_1 + p_2, q_1 + q_2),
        lost(p_1, q_1, p_1 + p_2, q_1 + q_2) + lost(p_2, q_2, p_1 + p_2, q_1 + q_2),
        label="refining-never-lowers",
    )
    yield equal(
        "f is convex in the share of the data: its mean is at least f at the mean share",
        sp.Derivative(best(p, q), (p, 2)),
        q / (p * (p + q)),
        label="optimism-of-the-training-value",
    )
    bend = sp.Subs(sp.Derivative(best(p, q), (p, 2)), p, q)
    yield equal(
        "k cells of share 1/k, n data: half the bend times the variance, k times, is (k - 1)/(4 n)",
        k * (bend / 2).subs(q, 1 / k) * (1 / k) * (1 - 1 / k) / n,
        (k - 1) / (4 * n),
    )


def counted(level, *, square=False):
    """Shares of data and model in the 2^level equal cells of [0, 1], the empty ones put together."""
    cells = 2**level
    counts = {}
    for point in POINTS:
        cell = math.floor(point * cells)
        counts[cell] = counts.get(cell, 0) + 1
    edges = {cell: (Fraction(cell, cells), Fraction(cell + 1, cells)) for cell in counts}
    shares = [b**2 - a**2 if square else b - a for a, b in edges.values()]
    real = [Fraction(count, len(POINTS)) for count in counts.values()]
    rest = 1 - sum(shares)
    if rest == 0:
        return Discrete(real), Discrete(shares)
    return Discrete([*real, 0]), Discrete([*shares, rest])


def certify():
    values = [certified.virtual_training_criterion(*counted(level)) for level in range(17)]
    yield equal("20 points, model U[0, 1], one cell: -log 4", values[0], -certified.log(4))
    yield increasing(
        "4, 8, ..., 65536 equal cells: the best V grows with every cut",
        [values[level] for level in (0, *range(2, 17))],
    )
    for level in (8, 12, 16):
        yield equal(
            f"2^{level} cells, each point alone: -log(1 + u) + u log(u/(1 + u)), u = 20/2^{level}",
            values[level],
            alone(sp.Rational(20, 2**level)),
        )
    other = [
        certified.virtual_training_criterion(*counted(level, square=True)) for level in (4, 16)
    ]
    yield at_least(
        "the model with density 2 x, a worse one in 16 cells",
        other[0],
        values[4] + Fraction(1, 100),
    )
    for name, found in (("U[0, 1]", values[16]), ("density 2 x", other[1])):
        yield at_least(f"in 65536 cells both are near 0, {name} too", found, Fraction(-1, 250))


def spread(width):
    """The five data as uniform laws of that width."""
    parts = tuple(Uniform(place - width / 2, place + width / 2) for place in PLACES)
    return Mixture(parts, (0.2,) * 5)


def check():
    models = {"N(0, 1)": Normal(0, 1), "N(5, 1)": Normal(5, 1), "U[-2, 2]": Uniform(-2, 2)}
    for name, model in models.items():
        values = [
            virtual_training_criterion(spread(width), model)
            for width in (2.0**-k for k in (2, 5, 8, 12, 16, 20))
        ]
        yield increasing(
            f"five data, blurred to widths 1/4, 1/32, ..., 2^-20, model {name}: C grows", values
        )
        yield at_least("and comes above -1e-4", values[-1], -1e-4)
    yield at_least(
        "JSD too is log 2 but for 1e-4, though U[-2, 2] is far closer to the data than N(5, 1)",
        js_divergence(spread(2.0**-20), models["U[-2, 2]"]),
        math.log(2) - 1e-4,
    )
    yield equal(
        "U[-2, 2] in closed form: u = 5 · 2^-20/4",
        values[-1],
        alone(sp.Rational(5, 2**22)),
    )
    for count in (1, 20, 1000):
        means = [expected(count, cells) for cells in (2, 4, 16, 64, 256, 4096, 2**16)]
        yield increasing(
            f"{count} data from the model: the mean value on them grows, 2, 4, 16, ..., 65536 cells",
            means,
        )
    yield at_least("20 data: above -0.01 in the end", expected(20, 2**16), -0.01)
    yield at_least("1000 data, 16 cells: above -log 4, which is C", expected(1000, 16), -LOG_4)
    sizes = [10**power for power in (2, 3, 4, 5)]
    yield converges(
        "16 cells, n = 100, ..., 100000 data: the excess over -log 4, times 4 n/15, tends to 1",
        [(expected(size, 16) + LOG_4) * Fraction(4 * size, 15) for size in sizes],
        1,
        tolerance=1e-4,
    )
    none, one, two = -math.inf, math.log(2), math.log(4)
    logits = np.array([none, one, none, two, none, none, one, none])
    yield equal(
        "four data in three of eight cells, model U[0, 1]: on new data from U[0, 1] this D gets -∞",
        value_function(EIGHT_CELLS, EIGHT_CELLS, lambda cell: logits[cell.astype(int)]),
        -sp.oo,
    )


@summed(roundings=50_000)  # logarithms added up from the mode, 800 of them where it matters
def expected(count, cells):
    """k E[f(N/n, 1/k)], N binomial: the mean over data sets of the best V on k equal cells."""
    found, share = np.arange(count + 1), 1 / cells
    steps = np.log((count - found[:-1]) / (found[1:] * (cells - 1)))  # log of P(N + 1)/P(N)
    mode = min(int((count + 1) * share), count)
    falls = np.concatenate([-np.cumsum(steps[:mode][::-1])[::-1], [0.0], np.cumsum(steps[mode:])])
    weights = np.exp(np.maximum(falls, -700.0))
    real = found / count
    values = xlogy(real, real / (real + share)) + share * np.log(share / (real + share))
    return cells * weights * values / math.fsum(weights)


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    yield hunt(
        "laws on six points, points 0 and 1, 2 and 3 put together: C(fine) - C(coarse) is the regret",
        cut,
        strategies.markov_kernels(2, 6),
    )
    yield hunt(
        "three data blurred to 1e-9, any mixture of two normals as the model: C is above -1e-5",
        lambda pair: at_least("C > -1e-5", three_data(*pair), -1e-5),
        strategies.mixtures(2).flatmap(
            lambda model: strategies.simplices(3).map(lambda places: (model, places))
        ),
    )


def cut(laws):
    fine = [law / math.fsum(law) for law in laws]
    coarse = [np.array([law[0] + law[1], law[2] + law[3], law[4], law[5]]) for law in fine]
    gain = virtual_training_criterion(*map(Discrete, fine)) - virtual_training_criterion(
        *map(Discrete, coarse)
    )
    return equal("1 + gain = 1 + regret", 1 + gain, 1 + regret(fine, coarse))


@summed
def regret(fine, coarse):
    """Σ p log p (P + Q)/(P (p + q)) + q log q (P + Q)/(Q (p + q)), P, Q the shares of both halves."""
    totals = [np.array([law[0], law[0], law[1], law[1]]) for law in coarse]
    parts = [law[:4] for law in fine]
    both, whole = sum(parts), sum(totals)
    share = np.where(both > 0, whole / np.where(both > 0, both, 1.0), 1.0)
    return [
        xlogy(part, np.where(part > 0, part * share / np.where(total > 0, total, 1.0), 1.0))
        for part, total in zip(parts, totals, strict=True)
    ]


def three_data(model, places):
    """C for data near 0, 1 and 2, and the model."""
    centres = [float(k + place / 2) for k, place in enumerate(places)]
    data = Mixture(tuple(Uniform(c, c + 1e-9) for c in centres), ("1/3", "1/3", "1/3"))
    return virtual_training_criterion(data, model)


def simulate(seed):
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    even = np.full(CELLS, 1 / CELLS)
    train = np.stack([rng.multinomial(DATA, even) for rng in streams]) / DATA
    values = xlogy(train, train / (train + even)) + even * np.log(even / (train + even))
    yield equal(
        f"{DATA} data from the model, {CELLS} cells, {SEEDS} data sets: the best V on the data is on "
        "average what the binomial law says",
        mean_of(values.sum(axis=1)),
        expected(DATA, CELLS),
        tolerance=0.06,
    )
    lean = leaning()
    train = np.stack([rng.multinomial(DATA, lean) for rng in streams]) / DATA
    yield from too_far(train, ascended(train, lean, even))
    many = np.stack([rng.multinomial(100 * DATA, lean) for rng in streams]) / (100 * DATA)
    yield at_least(
        "5000 data instead of 50: 1000 steps do little harm, V on the law is above C - 1/100",
        mean_of(ascended(many, lean, even)[-1]),
        virtual_training_criterion(Discrete(lean), Discrete(even)) - Fraction(1, 100),
    )


def leaning():
    """A law on the cells that falls from left to right to 0."""
    shares = np.linspace(2, 0, CELLS)
    return shares / math.fsum(shares)


def too_far(train, path):
    """What happens to D on 50 data from the falling law, after 10 and after 1000 steps."""
    yield at_least(
        "data from a falling density, D by gradient ascent: after 10 steps V on the law is above -1.38",
        mean_of(path[10]),
        -1.38,
    )
    yield at_least(
        "after 1000 it has lost 0.15 or more",
        mean_of(path[10] - path[1000]),
        0.15,
    )
    even = np.full(CELLS, 1 / CELLS)
    yield at_least(
        "while V on the data has come above -1.25",
        mean_of(ascended(train, train, even)[1000]),
        -1.25,
    )


def ascended(train, law, fake):
    """V(D_t, q) for data of that law, after each step t of gradient ascent on the data."""
    logits = np.zeros_like(train)
    path = []
    for _ in range(1001):
        path.append(np.sum(law * log_expit(logits) + fake * log_expit(-logits), axis=-1))
        logits = logits + 0.1 * len(fake) * (train * expit(-logits) - fake * expit(logits))
    return np.stack(path)


def refute():
    yield at_most(
        "with data from the model and enough of them, sup V is near C = -log 4: 20 points, 65536 cells",
        certified.virtual_training_criterion(*counted(16)),
        Fraction(-1),
    )
    yield equal(
        "the best V on the data is right on average: 50 data, 32 cells",
        expected(DATA, CELLS),
        -LOG_4,
    )
    yield increasing(
        "finer cells lower the best V, as a finer test is harder to pass",
        [certified.virtual_training_criterion(*counted(level)) for level in (8, 4, 2, 0)],
    )
    yield at_least(
        "sup V still tells a far model from a near one, by 1e-3: data blurred to 2^-20",
        virtual_training_criterion(spread(2.0**-20), Normal(5, 1)),
        virtual_training_criterion(spread(2.0**-20), Normal(0, 1)) + 1e-3,
    )
    yield equal(
        "the excess is (k - 1)/(2 n): the half of the second-order term is lost; n = 100000, k = 16",
        (expected(10**5, 16) + LOG_4) * Fraction(2 * 10**5, 15),
        1,
        tolerance=1e-6,
    )
    yield equal(
        "cells may be cut for nothing: D = 1/2 in both halves of a cell is still the best",
        best(p_1, q_1) + best(p_2, q_2),
        best(p_1 + p_2, q_1 + q_2),
    )
    yield equal(
        "alone in cells, the value is -log(1 + u): the model's part is forgotten",
        u * best(1 / u, sp.Integer(1)),
        -sp.log(1 + u),
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    cells = [2**power for power in range(15)]
    for count, color, height in ((20, "C2", -0.25), (200, "C0", -0.8), (2000, "C4", -0.95)):
        means = [float(expected(count, size)) if size > 1 else -math.log(4) for size in cells]
        left.semilogx(cells, means, color=color)
        at = int(np.argmin(np.abs(np.array(means) - height)))
        left.annotate(f"n = {count}", (1.3 * cells[at], means[at]), color=color, va="top")
    left.axhline(-math.log(4), color="0.6", linewidth=1, linestyle="--")
    left.set(
        title="Best V on n data from the model",
        xlabel="cells on which D is constant",
        ylabel="nats",
        ylim=(-1.5, 0.05),
        yticks=(-math.log(4), -1, -0.5, 0),
        yticklabels=("−log 4 = C", "−1", "−0.5", "0"),
    )
    rng = np.random.default_rng(0)
    even, lean = np.full(CELLS, 1 / CELLS), leaning()
    train = rng.multinomial(DATA, lean, size=SEEDS) / DATA
    times = np.arange(1, 1001)
    for law, color, text, at in (
        (train, "C2", "on the 50 data", (40, -0.98)),
        (lean, "C0", "on their law", (12, -1.75)),
    ):
        path = ascended(train, law, even)
        right.semilogx(times, path[1:], color=color, linewidth=0.5, alpha=0.25)
        right.semilogx(times, path[1:].mean(axis=1), color=color)
        right.annotate(text, at, color=color)
    right.set(
        title="D by gradient ascent, 32 cells",
        xlabel="steps",
        ylabel="V, nats",
        xlim=(1, 1000),
        ylim=(-2.2, -0.85),
        yticks=(-2, -math.log(4), -1),
        yticklabels=("−2", "−log 4", "−1"),
    )
    return fig
