r"""What a perfect generator scores in modes, good samples and KL of a histogram: not 100 % and not 0.

Statement
---------
The data are $K$ round normal densities of the plane, equally frequent, of standard deviation $\sigma$
and at distances of at least $D$: the ring of 8 of radius 2, or a $5 \times 5$ grid. The generator is
perfect: its $n$ samples are independent samples of the data. A sample is good if it is within
$3 \sigma$ of a centre, and a mode is covered if a good sample belongs to it.

- The share $h$ of good samples has the expectation $1 - e^{-9/2} = 0.98889$, and at most
  $e^{-(D/\sigma - 3)^2/2}$ more, where modes are near each other.
- $\mathbb{E}$ of the number of modes covered is $K (1 - (1 - h/K)^n)$.
- The frequencies $N_i/n$ of the modes among the $n$ samples have
  $$0 < \mathbb{E}\, \sum_{i} \frac{N_i}{n} \log \frac{K N_i}{n} \le \frac{K - 1}{n}, \quad
    \text{and it is} \quad \frac{K - 1}{2 n} + \frac{K^2 - 1}{12 n^2} + O(n^{-3}).$$

So a generator with 98.9 % good samples, all 25 modes and a KL of 0.005 from 2500 samples does as well
as a perfect one in these numbers. It need not be one: they see no shape of a mode.

Assumes   $D > 3 \sigma$; the modes of samples are known without error.
Source    [@metz2017] for the ring; [@lin2018] for the three numbers, measured with 2500 samples.
"""

import math
from itertools import product

import numpy as np
import sympy as sp
from scipy.special import gammaln

from gantheory.densities import grid, ring
from gantheory.evidence import frequency, mean_of, summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing, rate
from gantheory.training.data import as_data
from gantheory.training.history import modes_of

theorem = Theorem(
    label="mode-coverage-ceilings",
    title=r"The best scores: $1 - e^{-9/2}$ good samples, and a KL of $\frac{K - 1}{2n}$",
    covers=("mode-coverage-ceilings",),
)

R, exp, log = sp.Rational, sp.exp, sp.log
r, t, u, h, n = sp.symbols("r t u h n", positive=True)  # radii, a ratio, a share, samples
k, i = sp.symbols("K i", positive=True, integer=True)  # how many modes, and one of them
GOOD = 1 - exp(-R(9, 2))


def derive():
    r"""A radius in the plane, a chance to miss, and a bound on the logarithm.

    In units of $\sigma$ the distance to the own centre has the density $r e^{-r^2/2}$, so that it is
    below $t$ with the chance $1 - e^{-t^2/2}$. A sample that is good for a foreign centre only is at
    least $D/\sigma - 3$ away from its own: the chance of that is all that may be added.

    A mode is missed if all $n$ samples miss it, with the chance $(1 - h/K)^n$; expectations add, though
    the modes are not independent. All outcomes of 4 samples and 3 modes, one by one, say the same.

    With $u_i = K N_i/n$ and $\log u \le u - 1$, KL is at most $\frac1K \sum_i u_i (u_i - 1)$, which is
    $\frac1K \sum_i (u_i - 1)^2$ as the $u_i$ have the mean 1. Its expectation is $K^2$ times the
    variance of one frequency, $\frac1n \cdot \frac1K (1 - \frac1K)$: together $\frac{K - 1}{n}$. KL is
    not negative, and 0 only if all frequencies are equal.
    """
    inside = sp.Integral(r * exp(-(r**2) / 2), (r, 0, t))
    yield equal("within t standard deviations", inside, 1 - exp(-(t**2) / 2))
    yield equal("good samples", inside.subs(t, 3), GOOD, label="mode-coverage-ceilings")
    covered, spread = enumerated(4)
    yield equal("4 samples of 3 modes", covered, 3 * (1 - (1 - h / 3) ** 4))
    yield equal("4 samples: the variance of a frequency", spread, h * (1 - h) / 4)
    yield at_most("the logarithm", log(u), u - 1)
    mean_square = sp.Sum(k**2 * (1 / k) * (1 - 1 / k) / n, (i, 1, k)) / k
    yield equal("the mean of KL is at most", mean_square, (k - 1) / n)


def certify():
    r"""What neighbours may add, and modes that a perfect generator misses.

    The ring of 8 with $\sigma = 0.02$ and $0.1$, the grid with distance 1 and $\sigma = 0.05$: the
    neighbours add less than $10^{-30}$. Of 25 modes 2500 samples miss less than $10^{-40}$ in the mean,
    but 100 samples miss 0.44 of one, and each sample covers more. Of 1000 modes 2500 miss more than 80.
    """
    step = 4 * sp.sin(sp.pi / 8)
    widths = (("ring, σ = 0.02", step * 50), ("ring, σ = 0.1", step * 10), ("grid", sp.Integer(20)))
    for name, distance in widths:
        yield at_most(f"{name}: neighbours add", exp(-((distance - 3) ** 2) / 2), R(1, 10**30))
    yield increasing("25 modes: covered, by samples", 25 - missed(25, n), where={n: (1, 2500)})
    yield at_most("25 modes, 2500 samples: missed", missed(25, 2500), R(1, 10**40))
    yield at_least("25 modes, 100 samples: missed", missed(25, 100), R(44, 100))
    yield at_least("1000 modes, 2500 samples: missed", missed(1000, 2500), 80)


def check():
    r"""KL as a sum over binomial counts: two terms leave less than $K^3/n^3$, one $O(n^{-2})$."""
    for modes in (8, 25):
        for count in (2500, 10_000):
            two = R(modes - 1, 2 * count) + R(modes**2 - 1, 12 * count**2)
            rest = abs(mean_kl(modes, count) - two)
            yield at_most(f"{modes} modes, {count} samples: the rest", rest, R(modes**3, count**3))
        counts = (2000, 4000, 8000, 16000)
        left = [mean_kl(modes, count) - R(modes - 1, 2 * count) for count in counts]
        yield rate(f"{modes} modes: the second term", counts, left, -2)


def search(seed):
    r"""Up to 60 modes, at least as many samples: the mean of KL is above one term, below twice."""
    yield survives("two bounds", between, strategies.simplices(3), seed=seed, examples=200)


def simulate(seed):
    r"""Samples of the ring and the grid of the package, and its count of modes and good samples.

    16 sets of 2500 samples for the share of good ones, which has an interval for any distribution; 200
    sets for the modes of 40 samples, whose interval assumes nearly normal means, as for KL.
    """
    rng = np.random.default_rng(seed)
    for name, density, modes in (
        ("ring, σ = 0.02", ring(8, 2.0, 0.02), 8),
        ("ring, σ = 0.1", ring(8, 2.0, 0.1), 8),
        ("grid", grid(5, 1.0, 0.05), 25),
    ):
        data = as_data(density)
        good = [modes_of(data, data.sample(2500, rng)).quality for _ in range(16)]
        events = np.concatenate([np.arange(2500) < round(2500 * share) for share in good])
        yield equal(f"{name}: good samples", frequency(events), GOOD, tolerance=0.01)
        few = [modes_of(data, data.sample(40, rng)).covered for _ in range(200)]
        if modes == 25:
            yield equal("modes of 40", mean_of(few), modes - missed(modes, 40), tolerance=0.1)
        drawn = rng.multinomial(2500, [1 / modes] * modes, size=200) / 2500
        found = mean_of(np.sum(drawn * np.log(modes * drawn), axis=1))
        yield equal(f"{name}: KL", found, mean_kl(modes, 2500), tolerance=0.3)


def refute():
    r"""Five mistakes.

    That 99.73 % are within $3 \sigma$: so it is on the line, not in the plane. That a perfect generator
    has 100 % good samples. That its KL is 0. That its mean is $\frac{K - 1}{n}$, without the $\tfrac12$.
    And that as many samples as modes cover nearly all of them: it is about $1 - e^{-1}$.
    """
    on_the_line = sp.erf(3 / sp.sqrt(2))
    yield equal("three sigma of the line, in the plane", GOOD, on_the_line)
    yield equal("all samples are good", GOOD, 1)
    yield equal("1 + KL of a perfect generator", 1 + mean_kl(25, 2500), 1)
    yield equal("KL without the half", mean_kl(25, 2500), R(24, 2500))
    yield at_least("25 samples cover 24 modes", 25 - missed(25, 25), 24)


def figure():
    r"""What a perfect generator scores: the share of modes covered, and the mean of KL, by samples.

    The dots are 2500 samples. On the right, crosses are exact, lines $\frac{K - 1}{2n}$.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.6))
    draw_scores(left, right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def enumerated(count):
    """Mean modes covered of 3, each with the chance h/3; and the variance of a frequency of chance h."""
    covered, spread = 0, 0
    for outcome in product(range(4), repeat=count):
        chance = sp.prod(1 - h if mode == 3 else h / 3 for mode in outcome)
        covered += chance * len(set(outcome) - {3})
    for hits in range(count + 1):
        chance = math.comb(count, hits) * h**hits * (1 - h) ** (count - hits)
        spread += chance * (R(hits, count) - h) ** 2
    return covered, spread


def missed(modes, count):
    """K (1 - h/K)^n, the mean number of modes without a good sample."""
    return modes * (1 - GOOD / modes) ** count


def between(shares):
    """The mean of KL for the numbers of modes and samples that the shares name."""
    modes = 2 + int(58 * shares[0])
    count = modes + int(49 * modes * shares[1])
    yield at_least("above", mean_kl(modes, count), R(modes - 1, 2 * count))
    yield at_most("below", mean_kl(modes, count), R(modes - 1, count))


@summed(roundings=100_000)
def mean_kl(modes, count):
    """K E[(N/n) log(K N/n)], N binomial, as Σ P(N = k) (u log u - u + 1), u = K k/n."""
    hits = np.arange(count + 1.0)
    ways = gammaln(count + 1) - gammaln(hits + 1) - gammaln(count - hits + 1)
    chance = np.exp(ways - hits * np.log(modes) + (count - hits) * np.log1p(-1 / modes))
    u = modes * hits / count
    return chance * (u * np.log(np.where(u > 0, u, 1)) - u + 1)


def draw_scores(left, right):
    """Draw the share of modes covered, and the mean of KL."""
    counts = np.geomspace(3, 30_000, 200)
    for modes, color in ((8, "C0"), (25, "C2"), (1000, "C1")):
        share = 1 - (1 - float(GOOD) / modes) ** counts
        left.plot(counts, share, color=color)
        left.plot([2500], [1 - (1 - float(GOOD) / modes) ** 2500], "o", color=color)
    names = ((5, 0.7), "$K=8$", "C0"), ((45, 0.6), "25", "C2"), ((1500, 0.5), "1000", "C1")
    for place, name, color in names:
        left.annotate(name, place, color=color)
    left.set(xscale="log", xlabel="samples $n$", ylabel="share of modes covered")
    left.set(xticks=(10, 100, 1000, 10_000), yticks=(0, 0.5, 1), title="Modes")
    for modes, color in ((8, "C0"), (25, "C2")):
        some = np.array([250, 500, 1000, 2500, 5000, 10_000])
        right.plot(some, (modes - 1) / (2 * some), color=color)
        right.plot(some, [float(mean_kl(modes, int(n))) for n in some], "x", color=color)
    right.annotate("$K=8$", (400, 0.004), color="C0")
    right.annotate("$K=25$", (1200, 0.018), color="C2")
    right.set(xscale="log", yscale="log", xlabel="samples $n$", ylabel="mean of KL, nats")
    right.set(xticks=(1000, 10_000), yticks=(0.001, 0.01, 0.1), title="KL of the histogram")
