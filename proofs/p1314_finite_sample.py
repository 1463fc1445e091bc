r"""JSD never sees that samples belong to their own density, $W_1$ sees it at the rate $n^{-1/2}$.

Statement
---------
Let $\hat{p}_n$ be $n$ independent samples of a density $p$ on the line, with distribution function $F$.

$\mathrm{JSD}(p, \hat{p}_n) = \log 2$ for every $n$, and so for two sets of samples of the same $p$.

$W_1$ sees more. With $S = \int \sqrt{F (1 - F)} \,\mathrm{d}x < \infty$

$$\mathbb{E}\, W_1(p, \hat{p}_n) \le S/\sqrt{n}, \quad
  \sqrt{n}\, \mathbb{E}\, W_1(p, \hat{p}_n) \to \sqrt{2/\pi}\, S,$$

with $S = \frac{\pi}{8}$ for $U[0, 1]$, $\frac{\pi}{2}$ for the exponential density, and
$\sqrt{2/\pi}\, S = 1.288$ for $\mathcal{N}(0, 1)$. If $p$ has no mean, $W_1$ is infinite.

Duplicates: of $s$ samples from $N$ equally frequent points two coincide with the chance
$1 - \prod_{i < s} (1 - i/N)$, at least $1 - e^{-s (s - 1)/(2 N)}$. It reaches $\frac12$ near
$s = \sqrt{2 \log 2 \cdot N}$: 13 samples for 100 points, 119 for 10000.

Assumes   Independent samples; $p$ has no atoms, the $N$ points aside.
Source    [@arora2017, Lemma 1] for JSD; [@bobkov2019] for the rate of $W_1$; [@arora2018] for
          duplicates.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import betainc, ndtr, ndtri

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Normal
from gantheory.divergences import wasserstein_1
from gantheory.evidence import mean_of, pointwise, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal, rate

theorem = Theorem(
    label="finite-sample",
    title=r"$\mathrm{JSD}(p, \hat{p}_n) = \log 2$ for every $n$, and $W_1$ falls as $n^{-1/2}$",
    uses=("disjoint-supports", "finite-data-overfitting"),
    covers=("finite-sample",),
)

N = sp.Symbol("N", positive=True)  # the number of points
i = sp.Symbol("i", integer=True, positive=True)
s = sp.Symbol("s", integer=True, positive=True)  # samples that are looked at
t, x = sp.symbols("t x", positive=True)  # a value of F, or its angle; a point
r = sp.Symbol("r", real=True)  # i/N
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)


def derive():
    r"""Disjoint, then a mean of distances, then birthdays.

    The $n$ samples have all of the mass of $\hat{p}_n$ and none of that of $p$: disjoint.

    $W_1$ on the line is $\int \lvert \hat{F}_n - F \rvert \,\mathrm{d}x$, and $n \hat{F}_n(x)$ is
    binomial with the chance $t = F(x)$. One sample has the variance $t (1 - t)^2 + (1 - t) t^2 = t (1 -
    t)$. A mean distance is at most the root of a mean square, here $\sqrt{t (1 - t)/n}$: integrated
    over $x$, this is the bound. For large $n$ the deviation is nearly normal, whose mean distance is
    $\sqrt{2/\pi}$ times its standard deviation, and the bound lets limit and integral be exchanged. For
    $U[0, 1]$ and $n = 1$ the mean is $\frac13$.

    With $1 - r \le e^{-r}$ the chance that $s$ samples are different is at most $e^{-s (s - 1)/(2 N)}$.
    With $s = \sqrt{2 \log 2 \cdot N}$ the exponent tends to $-\log 2$. The two integrals of
    $\sqrt{F (1 - F)}$ are over the angle whose squared sine is $F$.
    """
    seen = sp.Sum(LOG_2 / s, (i, 1, s)) / 2 + LOG_2 / 2
    yield equal("JSD of samples and density", seen, LOG_2, label=theorem.label)
    yield equal("the variance of one", t * (1 - t) ** 2 + (1 - t) * t**2, t * (1 - t))
    normal = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
    yield equal("the mean distance", sp.Integral(2 * x * normal, (x, 0, sp.oo)), sp.sqrt(2 / sp.pi))
    quarter = (t, 0, sp.pi / 2)
    uniform = sp.Integral(2 * sp.sin(t) ** 2 * sp.cos(t) ** 2, quarter)
    yield equal("S of U[0, 1]", uniform, sp.pi / 8)
    yield equal("S, exponential", sp.Integral(2 * sp.cos(t) ** 2, quarter), sp.pi / 2)
    yield equal("U[0, 1], n = 1", sp.Integral(2 * t * (1 - t), (t, 0, 1)), sp.Rational(1, 3))
    yield at_most("one factor of the chance", 1 - r, sp.exp(-r))
    yield equal("their exponents", sp.Sum(i / N, (i, 1, s - 1)), s * (s - 1) / (2 * N))
    near = sp.sqrt(2 * LOG_2 * N)
    exponent = sp.Limit(near * (near - 1) / (2 * N), N, sp.oo)
    yield equal("half at s = √(2 log 2 N)", exponent, LOG_2)
    for points, enough in ((100, 13), (10_000, 119)):
        yield at_least(f"{points} points, {enough} samples", duplicate(points, enough), HALF)
        yield at_most(f"{points} points, {enough - 1} samples", duplicate(points, enough - 1), HALF)


def certify():
    r"""Two sets of $n$ points, as even as can be: $i/n$ and $(i - \frac12)/n$.

    JSD is $\log 2$ for 8, 64 and 1024 points each, by balls, while $W_1$ is $\frac{1}{2 n}$.
    """
    for count in (8, 64, 1024):
        even, between = interleaved(count)
        jsd = certified.js_divergence(even, between)
        yield equal(f"JSD, {count} points", jsd, certified.log(2))
        yield equal(f"W1, {count} points", wasserstein_1(even, between), Fraction(1, 2 * count))


def check():
    r"""The mean of $W_1(U[0, 1], \hat{p}_n)$, exactly, for up to 100 000 samples.

    By De Moivre's formula, with $k = \lfloor n t \rfloor + 1$,

    $$\mathbb{E} \lvert n \hat{F}_n - n t \rvert =
      2 k \, \frac{n!}{k! \, (n - k)!} \, t^k (1 - t)^{n - k + 1};$$

    over $t$ these are $n$ incomplete beta integrals. The mean times $\sqrt n$ tends to
    $\sqrt{2/\pi} \cdot \frac{\pi}{8}$ and stays below $\frac{\pi}{8}$. For $\mathcal{N}(0, 1)$ the limit
    is summed by the trapezoidal rule, whose error is far below rounding for so smooth a function. A
    Cauchy density has no mean: its $W_1$ is infinite.
    """
    yield equal("n = 1", mean_distance(1), sp.Rational(1, 3))
    sizes = [10**power for power in (1, 2, 3, 4, 5)]
    means = [mean_distance(size) for size in sizes]
    scaled = [mean * sp.sqrt(size) for mean, size in zip(means, sizes, strict=True)]
    yield converges("√n times the mean", scaled, sp.sqrt(2 / sp.pi) * sp.pi / 8, tolerance=1e-3)
    yield rate("the mean in n", sizes, means, -0.5)
    for size, mean in zip(sizes, scaled, strict=True):
        yield at_most(f"the bound, n = {size}", mean, sp.pi / 8)
    normal = normal_terms(np.arange(-60, 61) / 4, 0.25) * sp.sqrt(2 / sp.pi)
    yield at_most("N(0, 1), from above", normal, Fraction(128839, 100_000))
    yield at_least("N(0, 1), from below", normal, Fraction(128837, 100_000))
    yield equal("W1 of a Cauchy density", wasserstein_1(Cauchy(0, 1), Normal(0, 1)), sp.oo)


def search(seed):
    r"""Any distribution on up to five points 0, 1, ..., and seven samples.

    The mean of $W_1$ is added up over the binomial counts at each gap. A mean above $S/\sqrt{7}$ would
    refute the bound, which does not ask for a density.
    """
    drawn = strategies.discrete_distributions(5)
    yield survives("the mean is at most S/√n", bounded, drawn, seed=seed, examples=140)


def simulate(seed):
    r"""200 sets of 1000 samples of $\mathcal{N}(0, 1)$, sorted beside the quantiles.

    The statistic is the mean of $\sqrt n\, W_1$, with an interval that assumes nearly normal means. It
    is below $S = 1.6147$, and within a fifth of $1.28838$; a bias of a few per cent is not excluded.
    """
    rng = np.random.default_rng(seed)
    found = mean_of([distance_to_normal(rng.normal(size=1000)) for _ in range(200)])
    yield at_most("√n W1 below S", found, 1.6147)
    yield at_most("√n W1, from above", found, 1.2 * 1.28838)
    yield at_least("√n W1, from below", found, 0.8 * 1.28838)


def refute():
    r"""Five wrong expectations.

    With 1024 samples of one density each the JSD of two sets is not small. $W_1$ does not fall as
    $\frac1n$, as it does for evenly spread points. The factor $\sqrt{2/\pi}$ is easily lost, which
    turns the limit into the bound. Half a chance of duplicates needs neither half of the points nor
    just their root: of 100, ten samples are too few, and 50 far too many.
    """
    jsd = certified.js_divergence(*interleaved(1024))
    yield at_most("JSD of two sets is small", jsd, Fraction(1, 10))
    sizes = [10**power for power in (1, 2, 3, 4, 5)]
    yield rate("W1 as 1/n", sizes, [mean_distance(size) for size in sizes], -1)
    yield at_least("the limit is S", mean_distance(10**5) * sp.sqrt(10**5), sp.pi / 8)
    yield at_least("10 samples of 100 points", duplicate(100, 10), HALF)
    yield at_most("50 samples of 100 points", duplicate(100, 50), HALF)


def figure():
    r"""Samples of $U[0, 1]$ beside their own density: JSD and the mean of $W_1$.

    JSD is $\log 2$ however many samples there are. $W_1$ runs parallel to its bound
    $\frac{\pi}{8} n^{-1/2}$, a factor $\sqrt{2/\pi} = 0.80$ below.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    draw_both(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def duplicate(points, samples):
    """The chance that two of the samples coincide, as a rational number."""
    different = Fraction(1)
    for before in range(samples):
        different *= 1 - Fraction(before, points)
    return 1 - different


def interleaved(count):
    """The points i/n, and those in the middle between them."""
    shares = [Fraction(1, count)] * count
    even = [k / count for k in range(1, count + 1)]
    return Discrete(shares, even), Discrete(shares, [place - 1 / (2 * count) for place in even])


@summed(roundings=100_000)  # incomplete beta functions of up to 10^5
def mean_distance(count):
    """E W1(U[0, 1], n samples)."""
    k = np.arange(1, count + 1)
    inside = [betainc(k + 1, count - k + 2, end / count) for end in (k, k - 1)]
    return 2 * k * (count - k + 1) / (count * (count + 1) * (count + 2)) * (inside[0] - inside[1])


@summed
def normal_terms(places, step):
    """S of N(0, 1) by the trapezoidal rule."""
    return step * np.sqrt(ndtr(places) * ndtr(-places))


@summed
def mean_on_points(shares, count):
    """E W1 of a distribution on 0, 1, ... and so many samples: binomial sums, one for each gap."""
    below = np.cumsum(shares)[:-1]
    hits = np.arange(count + 1)
    ways = np.cumprod([1.0, *((count - k) / (k + 1) for k in range(count))])
    chances = ways * below[:, None] ** hits * (1 - below[:, None]) ** (count - hits)
    return chances * np.abs(hits / count - below[:, None])


@pointwise
def root_bound(shares, count):
    """Σ √(F (1 - F)/n) over the gaps."""
    below = np.cumsum(shares)[:-1]
    return np.sum(np.sqrt(below * (1 - below) / count))


def bounded(distribution):
    """E W1 ≤ S/√n for seven samples; 1 is added, since both are 0 where one point has everything."""
    found, bound = (f(distribution.weights, 7) for f in (mean_on_points, root_bound))
    return at_most("1 + E W1 ≤ 1 + S/√7", 1 + found, 1 + bound)


def distance_to_normal(samples):
    r"""$\sqrt n\, W_1$ to N(0, 1): the integral of |x_k - quantile| over the k-th of n equal parts."""
    count, places = len(samples), np.sort(samples)
    ends = np.arange(count + 1) / count
    low, high = ends[:-1], ends[1:]
    cut = np.clip(ndtr(places), low, high)
    first, last, middle = (
        -np.exp(-(ndtri(u) ** 2) / 2) / np.sqrt(2 * np.pi) for u in (low, high, cut)
    )
    return np.sum(places * (2 * cut - low - high) + first + last - 2 * middle) * np.sqrt(count)


def draw_both(axes):
    """JSD and the mean of W1 against n."""
    sizes = np.unique(np.geomspace(1, 10_000, 40).astype(int))
    axes.loglog(sizes, [float(mean_distance(int(size)).value) for size in sizes], "C0-")
    axes.loglog(sizes, np.pi / 8 / np.sqrt(sizes), "C5--")
    axes.axhline(np.log(2), color="C1")
    axes.annotate(r"$\mathrm{JSD} = \log 2$", (300, 0.42), color="C1")
    axes.annotate("mean of $W_1$", (12, 0.035), color="C0")
    axes.annotate(r"bound $\pi/(8 \sqrt{n})$", (60, 0.09), color="C5")
    axes.set(title="More samples bring $W_1$ down, and leave JSD where it was")
    axes.set(xlabel="number $n$ of samples", ylabel="distance of samples and density")
    axes.set(xticks=(1, 100, 10_000), yticks=(0.01, 0.1, 1), xlim=(1, 1e4), ylim=(0.002, 1.2))
    axes.minorticks_off()
