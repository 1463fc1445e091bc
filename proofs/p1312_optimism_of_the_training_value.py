r"""The best $V$ on a data set overestimates that of the density, on average, and fresh data show it.

Statement
---------
Let $D$ be constant on $k$ cells, and let $\hat{p}_n$ hold the shares of $n$ independent data in
them. The best value on the data is the sum of $f(\hat{p}, q)$ over the cells, $f(p, q) = p \log
\frac{p}{p + q} + q \log \frac{q}{p + q}$. Since $f$ is convex in $p$,

$$\mathbb{E}\left[\sum f(\hat{p}_n, q)\right] \ge \sum f(p, q).$$

For data from the model itself and cells of equal share the right side is $-\log 4$, and the excess
is near $(k - 1)/(4 n)$ for large $n$. With many cells and few data it approaches $\log 4$: the
value on the data tends to 0.

On fresh data the same $D$ does worse on average, and it gets $-\infty$ if one of them falls in a
cell without data. A discriminator that is trained for long on few data gains on them and loses on
their density.

Assumes   Independent data; cells that were chosen without them.
Source    [@goodfellow2014, section 3] for the warning, [@arora2017] for generalisation.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy
from scipy.stats import binom

from gantheory.densities import Discrete
from gantheory.evidence import mean_of, summed
from gantheory.game import value_function, virtual_training_criterion
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, increasing

theorem = Theorem(
    label="optimism-of-the-training-value",
    title=r"The best $V$ on $n$ data overestimates $C$, for $q = p$ by near $(k - 1)/(4n)$ on $k$ cells",
    uses=("finite-data-overfitting", "refining-never-lowers"),
    covers=("optimism-of-the-training-value",),
)

p, q = sp.symbols("p q", positive=True)  # shares of data and model in a cell
n, k = sp.symbols("n k", positive=True)  # numbers of data and of cells
F = p * sp.log(p / (p + q)) + q * sp.log(q / (p + q))
LOG_4 = sp.log(4)


def derive():
    r"""Convexity gives the sign, the second derivative the size.

    The share $\hat{p}$ of a cell has the mean $p$. For a convex $f$, as the first claim shows, Jensen's
    inequality gives $\mathbb{E} f(\hat{p}, q) \ge f(p, q)$, and the sum over the cells keeps it.
    For large $n$ the share stays near $p$, with the variance $p (1 - p)/n$, and what $f$ gains is
    half its bend times that. With $p = q = 1/k$ in all $k$ cells the sum is $(k - 1)/(4 n)$.
    """
    bend = sp.Derivative(F, (p, 2))
    yield equal("f is convex in p", bend, q / (p * (p + q)), label=theorem.label)
    gains = k * (sp.Subs(bend, p, q) / 2).subs(q, 1 / k) * (1 / k) * (1 - 1 / k) / n
    yield equal("the excess to second order", gains, (k - 1) / (4 * n))


def certify():
    r"""One datum: the mean best $V$ rises with the number of equal cells, from one to $10^4$.

    Its cell has the share 1 of the data, all others have none and the value 0.
    """
    yield increasing("one datum", -sp.log(1 + 1 / k) - sp.log(1 + k) / k, where={k: (1, 10**4)})


def check():
    r"""The mean over all data sets, summed exactly over the binomial counts of a cell.

    Data from a uniform model, 20 and 1000 of them. With 2 to 65 536 cells the mean of the best value
    grows; with 20 data it comes above $-\tfrac{1}{100}$. With 16 cells and 1000 data it is above
    $C = -\log 4$, and the excess, divided by $(k - 1)/(4 n)$, tends to 1 as $n$ goes to 100 000.
    Last, four data in three of eight cells: the best $D$ on them is 0 elsewhere, and gets $-\infty$.
    """
    for count in (20, 1000):
        means = [expected(count, cells) for cells in (2, 4, 16, 64, 256, 4096, 2**16)]
        yield increasing(f"{count} data, 2 to 65536 cells", means)
    yield at_least("20 data, 65536 cells", expected(20, 2**16), -0.01)
    yield at_least("1000 data, 16 cells", expected(1000, 16), -LOG_4)
    sizes = [10**power for power in (2, 3, 4, 5)]
    shares = [(expected(size, 16) + LOG_4) * Fraction(4 * size, 15) for size in sizes]
    yield converges("the excess, n = 100 to 100000", shares, 1, tolerance=1e-4)
    one, two = math.log(2), math.log(4)
    logits = np.array([-math.inf, one, -math.inf, two, -math.inf, -math.inf, one, -math.inf])
    fresh = value_function(EIGHT, EIGHT, lambda cell: logits[cell.astype(int)])
    yield equal("fresh data in a cell without data", fresh, -sp.oo)


def search(seed):
    r"""Any two distributions on four points, 12 data: an excess from 0 to $(k - 1)/12$.

    The second bound is that of $\mathbb{E}\,\chi^2(\hat{p}_n \,\|\, p)$, which is larger.
    """
    yield survives("12 data", excess, strategies.markov_kernels(2, 4), seed=seed, examples=120)


def simulate(seed):
    r"""The same with a discriminator that is trained by gradient ascent.

    First 32 sets of 50 data on 32 cells, from the uniform model: the best value on the data is on
    average the exact mean, to 6 %. Then $D$ is trained on 50 data from a density that falls to 0, in
    the logits. After 10 steps $V$ on the density is above $-1.38$; after 1000 it has lost $0.15$ or
    more, while $V$ on the data has come above $-1.15$. With 5000 data 1000 steps do little harm: $V$ on
    the density is above $C - \tfrac{1}{100}$. The intervals assume nearly normal means.
    """
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SETS)]
    train = np.stack([rng.multinomial(DATA, EVEN) for rng in streams]) / DATA
    values = xlogy(train, train / (train + EVEN)) + EVEN * np.log(EVEN / (train + EVEN))
    best = mean_of(values.sum(axis=1))
    yield equal("50 data, 32 cells: the mean", best, expected(DATA, CELLS), tolerance=0.06)
    few, many = (
        np.stack([rng.multinomial(count, LEANING) for rng in streams]) / count
        for count in (DATA, 100 * DATA)
    )
    path = ascended(few, LEANING)
    yield at_least("V on the density, 10 steps", mean_of(path[10]), -1.38)
    yield at_least("what 1000 steps lose of it", mean_of(path[10] - path[1000]), 0.15)
    yield at_least("V on the data, 1000 steps", mean_of(ascended(few, few)[1000]), -1.15)
    limit = virtual_training_criterion(Discrete(LEANING), Discrete(EVEN)) - Fraction(1, 100)
    yield at_least("5000 data, 1000 steps", mean_of(ascended(many, LEANING)[-1]), limit)


def refute():
    r"""Three misreadings of a loss on training data.

    The value on the data is right on average for a fixed $D$, but not for the $D$ that was fitted
    to them. The half of the second-order term is easily lost. And that longer training only helps is
    what the curve on the data shows; on the density the same $D$ loses.
    """
    yield equal("right on average: 50 data, 32 cells", expected(DATA, CELLS), -LOG_4)
    half_lost = (expected(10**5, 16) + LOG_4) * Fraction(2 * 10**5, 15)
    yield equal("(k - 1)/(2n) for the excess", half_lost, 1, tolerance=1e-6)
    path = ascended(np.random.default_rng(1).multinomial(DATA, LEANING, size=SETS) / DATA, LEANING)
    yield at_least("longer training helps on the density", mean_of(path[1000] - path[10]), 0)


def figure():
    r"""Left, the mean best $V$ on $n$ data from the model; right, $D$ trained on 50 data.

    Left, each curve leaves $-\log 4$ once the cells hold few data each. Right, the value on the data
    grows on; on the density it turns down after some ten steps. The bold lines are means of 32 runs.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.5))
    cells = np.unique(np.geomspace(2, 2**14, 60).astype(int))
    for count, color, place in ((20, "C2", -0.3), (200, "C0", -0.3), (2000, "C3", -0.6)):
        left.semilogx(cells, [float(expected(count, int(size))) for size in cells], color=color)
        at = count * (8 if place > -0.5 else 3.2)
        left.text(at, place, f"$n = {count}$", color=color, ha="right")
    train = np.random.default_rng(0).multinomial(DATA, LEANING, size=SETS) / DATA
    for shares, color, text, at in (
        (train, "C2", "on the 50 data", (4, -1.0)),
        (LEANING, "C3", "on their density", (12, -1.8)),
    ):
        path = ascended(train, shares)[1:]
        right.semilogx(np.arange(1, 1001), path, color=color, linewidth=0.5, alpha=0.25)
        right.semilogx(np.arange(1, 1001), path.mean(axis=1), color=color)
        right.text(*at, text, color=color)
    left.set(title="Best $V$ on $n$ data from the model", xlabel="cells", ylabel="mean $V$, nats")
    left.set(yticks=(-math.log(4), -1, -0.5, 0))
    right.set(title="$V$ of $D$ trained on 50 data", xlabel="steps", ylabel="$V$, nats")
    right.set(xlim=(1, 1000), ylim=(-2.2, -0.85), yticks=(-2, -math.log(4), -1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

SETS, DATA, CELLS = 32, 50, 32
EVEN = np.full(CELLS, 1 / CELLS)
LEANING = np.linspace(2, 0, CELLS) / CELLS  # a density that falls to 0
EIGHT = Discrete((Fraction(1, 8),) * 8)  # the masses that U[0, 1] has in eight cells


@summed(roundings=50_000)  # logarithms added up from the mode, 800 of them where it matters
def expected(count, cells):
    r"""The mean over data sets of the best $V$ on $k$ equal cells: $k \, \mathbb{E} f(N/n, 1/k)$.

    $N$ is binomial. The chances are followed from the mode by the logarithms of their ratios, and
    added up to 1.
    """
    found, share = np.arange(count + 1), 1 / cells
    steps = np.log((count - found[:-1]) / (found[1:] * (cells - 1)))  # log of P(N + 1)/P(N)
    mode = min(int((count + 1) * share), count)
    falls = np.concatenate([-np.cumsum(steps[:mode][::-1])[::-1], [0.0], np.cumsum(steps[mode:])])
    weights = np.exp(np.maximum(falls, -700.0))
    real = found / count
    values = xlogy(real, real / (real + share)) + share * np.log(share / (real + share))
    return cells * weights * values / math.fsum(weights)


def excess(rows):
    """The mean best V on 12 data lies between C and C + (k - 1)/12, with k = 4."""
    mean, value = over_data(*rows), virtual_training_criterion(*map(Discrete, rows))
    yield at_least("above C", mean, value)
    yield at_most("below", mean, value + Fraction(1, 4))


@summed
def over_data(p, q):
    """Σ P(N = i) f(i/12, q) over counts and cells, N binomial."""
    count, model = np.arange(13.0), q[:, None]
    both = np.where(count / 12 + model > 0, count / 12 + model, 1)
    values = xlogy(count / 12, count / 12 / both) + xlogy(model, model / both)
    return binom.pmf(count, 12, p[:, None]) * values


def ascended(train, shares):
    """V of D on these shares of data, after 0 to 1000 steps of gradient ascent on the training data."""
    logits, path = np.zeros_like(train), []
    for _ in range(1001):
        path.append(np.sum(shares * log_expit(logits) + EVEN * log_expit(-logits), axis=-1))
        logits = logits + 0.1 * CELLS * (train * expit(-logits) - EVEN * expit(logits))
    return np.stack(path)
