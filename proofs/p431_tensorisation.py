r"""What $n$ independent samples tell: KL adds up, and JSD by less, on its way to $\log 2$.

Statement
---------
Write $p \otimes p'$ for the distribution of two independent samples, the first from $p$ and the second
from $p'$, and $m = (p + q)/2$, $m' = (p' + q')/2$. Then

$$\mathrm{KL}(p \otimes p' \,\|\, q \otimes q')
  = \mathrm{KL}(p \,\|\, q) + \mathrm{KL}(p' \,\|\, q'),$$

while JSD lacks what the two samples have in common,

$$\mathrm{JSD}(p \otimes p', q \otimes q') = \mathrm{JSD}(p, q) + \mathrm{JSD}(p', q') - I, \quad
  I = \mathrm{KL}\left(\tfrac12 (p \otimes p' + q \otimes q') \,\|\, m \otimes m'\right) \ge 0.$$

So for $n$ samples, with the affinity $B = \int \sqrt{p q} \,\mathrm{d}x$,

$$\log 2 \cdot (1 - B^n) \le \mathrm{JSD}(p^{\otimes n}, q^{\otimes n}) \le
  \min(n\,\mathrm{JSD}(p, q), \log 2).$$

A discriminator that sees $n$ samples at once, all real or all generated, plays with this divergence.
Let a channel $K$ turn $x$ into $y$, and let $D^*_K$ be the optimal discriminator of $Kp$ and $Kq$.
What JSD loses is the mean of $\mathrm{kl}(D^*(x) \,\|\, D^*_K(y))$, the divergence of two coins, over
$x \sim m$ and $y$. It is 0 iff $D^*(x) = D^*_K(y)$ almost surely: iff $y$ is sufficient.

Assumes   $p, q$ and $p', q'$ are densities, each pair with respect to one measure; $0 \log 0 = 0$.
Source    [@cover2006, Theorem 2.5.3] for the chain rule; [@lin2018] for discriminators of many samples.
"""

from fractions import Fraction
from math import comb

import numpy as np
import sympy as sp
from scipy.special import xlogy

from gantheory import certified
from gantheory.densities import Discrete, Laplace, Normal, Product
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.evidence import summed
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="tensorisation",
    title=r"$\mathrm{JSD}(p^{\otimes n}, q^{\otimes n}) \le n\,\mathrm{JSD}(p, q)$, and what is missing",
    uses=("jsd-bounds", "jsd-data-processing"),
    covers=("data-processing-and-tensorisation",),
)

# p, q: densities at x; r, s: p' and q' at x'; k: K(y|x); a, b: Kp and Kq at y
p, q, r, s, k, a, b = sp.symbols("p q r s k a b", positive=True)
LOG_2 = sp.log(2)


def js(first, second):
    r"""What a point with these densities adds to JSD."""
    mean = (first + second) / 2
    return (first * sp.log(first / mean) + second * sp.log(second / mean)) / 2


def derive():
    r"""Identities at a point $(x, x')$, then one inequality that is known.

    The logarithm of a product is a sum: so KL is additive, as $r$ and $s$, the densities of the second
    sample, have the integral 1. In JSD the mixture $\tfrac12 (p r + q s)$ is not the product of the
    mixtures. Written with that product, the integrand of JSD becomes the sum of two parts, whose
    integrals are $\mathrm{JSD}(p, q)$ and $\mathrm{JSD}(p', q')$; the rest is $I$, a divergence. With a
    fair label $Y$ for "real" it is the mutual information of both samples, which are independent if $Y$
    is known, but not if it is not. $I = 0$ iff $p = q$ or $p' = q'$, since the mixture is $m m' (1 +
    \delta \delta')$ with $\delta = (p - q)/(p + q)$: everything depends on $\delta \delta'$.

    By induction $\mathrm{JSD}$ of $n$ samples is at most $n\,\mathrm{JSD}(p, q)$. The affinity
    multiplies, and $\mathrm{JSD} \ge \log 2 \cdot H^2 = \log 2 \cdot (1 - B)$: so for $p \ne q$ it tends
    to $\log 2$, and what is missing falls at least as fast as $B^n$.

    For a channel, a point $x$ sends $k p$ and $k q$ to $y$, where all that arrives is $a$ and $b$. Sum
    the last identity over $x$: the logarithms of $a$ and $b$ make up the JSD of what arrives. A
    divergence of coins is 0 only if they are equal.
    """
    together, apart = p * r * sp.log(p * r / (q * s)), p * r * (sp.log(p / q) + sp.log(r / s))
    yield equal("KL at a point (x, x')", together, apart)
    m, other = (p + q) / 2, (r + s) / 2
    first = (p * r * sp.log(p / m) + q * s * sp.log(q / m)) / 2
    second = (p * r * sp.log(r / other) + q * s * sp.log(s / other)) / 2
    mixed = (p * r + q * s) / 2
    common = mixed * sp.log(mixed / (m * other))
    slug = "data-processing-and-tensorisation"
    yield equal("JSD at a point (x, x')", js(p * r, q * s), first + second - common, label=slug)
    product = m * other * (1 + (p - q) / (p + q) * (r - s) / (r + s))
    yield equal("the mixture by δ and δ'", mixed, product)
    hellinger = (sp.sqrt(p * r) - sp.sqrt(q * s)) ** 2 / 2
    yield equal("the affinity multiplies", mixed - hellinger, sp.sqrt(p * q) * sp.sqrt(r * s))
    star, later = p / (p + q), a / (a + b)
    coins = star * sp.log(star / later) + (1 - star) * sp.log((1 - star) / (1 - later))
    arrived = k * (p * sp.log(2 * a / (a + b)) + q * sp.log(2 * b / (a + b))) / 2
    yield equal("what one x loses on its way to y", js(k * p, k * q) - arrived, k * m * coins)


def certify():
    r"""Batches of $n$ coins, in balls.

    Coins with the chances $\tfrac{7}{10}$ and $\tfrac{4}{10}$ are thrown $n$ times. All $2^n$ outcomes
    have the same JSD as the $n + 1$ numbers of heads, which are sufficient. For $n = 1$ to $12$ it lies
    between the two bounds, and grows.
    """
    one = certified.js_divergence(*thrown(1))
    affinity = certified.bhattacharyya_coefficient(*thrown(1))
    found, power = [], 1
    for n in range(1, 13):
        found.append(certified.js_divergence(*counted(n)))
        power = power * affinity
        yield at_least(f"{n} coins: from below", found[-1], (1 - power) * LOG_2)
        if n > 1:
            yield at_most(f"{n} coins: from above", found[-1], n * one)
    for n in (2, 5):
        yield equal(f"{n} coins and their heads", js_divergence(*thrown(n)), found[n - 1])
    yield increasing("1 to 12 coins", found)


def check():
    r"""Two samples as one point of the plane, by cubature.

    For normals the mean of both samples is sufficient: the centres $(0, 0)$ and $(\tfrac35, \tfrac45)$
    are as far apart as 0 and 1. For a Laplace coordinate beside a normal one KL is the sum, and JSD is
    less by more than 0.01.
    """
    plane = Product(Normal(0, 1), Normal(0, 1)), Product(Normal("3/5", 1), Normal("4/5", 1))
    line = certified.js_divergence(Normal(0, 1), Normal(1, 1), digits=15)
    yield equal("two normal samples", js_divergence(*plane), line)
    laplace, normal = (Laplace(0, 1), Laplace(1, 1)), (Normal(0, 1), Normal(1, 1))
    plane = [Product(*both) for both in zip(laplace, normal, strict=True)]
    parts = [certified.kl_divergence(*pair, digits=15) for pair in (laplace, normal)]
    yield equal("Laplace and normal: KL", kl_divergence(*plane), sum(parts))
    parts = [certified.js_divergence(*pair, digits=15) for pair in (laplace, normal)]
    less = sum(parts) - Fraction(1, 100)
    yield at_most("Laplace and normal: JSD", js_divergence(*plane), less)


def search(seed):
    r"""Two random pairs on three points, and a random channel between three points.

    $\mathrm{JSD}$ of the nine products, in balls, against the sum less $I$; and what the channel takes
    from the first pair against the mean of the divergences of coins. A difference would refute it.
    """
    rows = strategies.markov_kernels(7, 3)
    yield survives("products and channels", both_identities, rows, seed=seed, examples=120)


def refute():
    r"""Five mistakes.

    JSD is not additive, though KL is. A batch does show more than one sample. TV does not grow as the
    chance that at least one of $n$ independent events happens. $H^2$ does not add up: the affinity
    multiplies. And a map without an inverse may lose nothing, as that from coins to their heads.
    """
    one, two = (certified.js_divergence(*thrown(n), digits=15) for n in (1, 2))
    far, further = (certified.total_variation(*thrown(n), digits=15) for n in (1, 2))
    yield equal("JSD adds up", two, 2 * one)
    yield at_most("two samples tell no more than one", two, one)
    yield equal("TV as of independent events", further, 2 * far - far * far)
    affinity = certified.bhattacharyya_coefficient(*thrown(1), digits=15)
    both = certified.squared_hellinger(*thrown(2), digits=15)
    yield equal("H² adds up", both, 2 * (1 - affinity))
    heads = certified.js_divergence(*counted(2), digits=15)
    yield at_most("the number of heads tells less", heads, two * Fraction(999, 1000))


def figure():
    r"""JSD of $n$ samples of $\mathcal{N}(0, 1)$ and $\mathcal{N}(\tfrac12, 1)$, and its bounds.

    With more samples in a batch the two distributions become easy to tell apart: the divergence leaves
    the line of $n$ times that of one sample, and approaches $\log 2$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(6.9, 3.6))
    batches(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

CHANCES = Fraction(7, 10), Fraction(2, 5)


def thrown(n):
    """Both distributions of the outcomes of n coins, on 2^n points."""
    made = []
    for chance in CHANCES:
        weights = [Fraction(1)]
        for _ in range(n):
            weights = [one * side for one in weights for side in (chance, 1 - chance)]
        made.append(Discrete(weights))
    return made


def counted(n):
    """Both distributions of the number of heads."""
    return [
        Discrete([comb(n, i) * chance**i * (1 - chance) ** (n - i) for i in range(n + 1)])
        for chance in CHANCES
    ]


def both_identities(rows):
    """1 + JSD of the products, and 1 + what the channel loses, each by two ways."""
    data, model, real, fake, *kernel = [exact(row) for row in rows]
    product = outer(data, real), outer(model, fake)
    means = mean(data, model), mean(real, fake)
    found = js_divergence(Discrete(data), Discrete(model))
    found += js_divergence(Discrete(real), Discrete(fake))
    found = found - kl_divergence(Discrete(mean(*product)), Discrete(outer(*means)))
    enclosed = certified.js_divergence(*map(Discrete, product), digits=15)
    yield equal("1 + JSD of the products", 1 + enclosed, 1 + found)
    sent = [
        [sum(w * row[y] for w, row in zip(one, kernel, strict=True)) for y in range(3)]
        for one in (data, model)
    ]
    before = certified.js_divergence(Discrete(data), Discrete(model), digits=15)
    after = certified.js_divergence(*map(Discrete, sent), digits=15)
    lost = on_the_way(np.array(data), np.array(model), np.array(kernel))
    yield equal("1 + what the channel loses", 1 + before - after, 1 + lost)


def exact(row):
    """The weights as fractions that sum to 1."""
    weights = [Fraction(float(one)) for one in row]
    return [one / sum(weights) for one in weights]


def outer(first, second):
    """The weights of independent pairs."""
    return [one * other for one in first for other in second]


def mean(first, second):
    """The weights of the mixture."""
    return [(one + other) / 2 for one, other in zip(first, second, strict=True)]


@summed
def on_the_way(data, model, kernel):
    r"""$\sum_{x, y} m(x) K(y \mid x)\, \mathrm{kl}(D^*(x) \,\|\, D^*_K(y))$."""
    data, model, kernel = (np.array(one, dtype=float) for one in (data, model, kernel))
    real, fake = data[:, None] * kernel, model[:, None] * kernel
    sums = real.sum(axis=0), fake.sum(axis=0)
    scale = (real + fake) / np.where(sums[0] + sums[1] > 0, sums[0] + sums[1], 1)
    terms = [(part, scale * arrived) for part, arrived in zip((real, fake), sums, strict=True)]
    return [xlogy(a / 2, b) for one, other in terms for a, b in ((one, one), (-one, other))]


def batches(axes):
    """Draw JSD of n samples and its three bounds."""
    counts = np.arange(1, 41)
    found = [js_divergence(Normal(0, 1), Normal(float(np.sqrt(n)) / 2, 1)).value for n in counts]
    affinity = np.exp(-counts / 32)
    axes.plot(counts, np.full(40, np.log(2)), color="C5", linestyle="--")
    axes.plot(counts, counts * found[0], color="C0")
    axes.plot(counts, np.log(2) * (1 - affinity), color="C3")
    axes.plot(counts, found, ".", color="C2")
    axes.text(8, 0.3, r"$n\,\mathrm{JSD}(p, q)$", color="C0", ha="right")
    axes.text(16, 0.35, r"JSD of $n$ samples", color="C2")
    axes.text(27, 0.36, r"$\log 2\cdot(1-B^n)$", color="C3")
    axes.set(title="What a batch tells", xlim=(0, 40), ylim=(0, 0.75), xticks=(1, 10, 20, 30, 40))
    axes.set(xlabel="samples $n$ in a batch", ylabel="divergence, nats", yticks=(0, 0.5, np.log(2)))
