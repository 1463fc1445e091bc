r"""No processing of the data raises the Jensen–Shannon divergence.

Statement
---------
Let a channel $K$ turn $x$ into $y$ with probability $K(y \mid x)$, and write $Kp$ for the
distribution of $y$ when $x$ has the distribution $p$. Then

$$\mathrm{JSD}(Kp, Kq) \le \mathrm{JSD}(p, q).$$

After the channel the two distributions are not easier to tell apart than before. A map of $x$ is a
channel without chance, and rounding, cropping or adding noise are channels, too.

Assumes   $p$ and $q$ are probability distributions; the proof is written for sums. $\log$ is
          natural.
Source    [@lin1991] for the divergence; [@cover2006] for the data processing inequality in general.
"""

from fractions import Fraction
from itertools import pairwise

import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Normal
from gantheory.divergences import js_divergence
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="jsd-data-processing",
    title=r"$\mathrm{JSD}(Kp, Kq) \le \mathrm{JSD}(p, q)$ for every channel $K$",
    uses=("kl-jsd-definitions-and-positivity",),
    covers=("jsd-data-processing",),
)

# p, q: what one point x sends to y from either distribution, K(y|x) p(x) and K(y|x) q(x)
# a, b: all that reaches y, (Kp)(y) and (Kq)(y); k: a factor, or a ratio
p, q, a, b, k = sp.symbols("p q a b k", positive=True)
x, c, mu = sp.symbols("x c mu", real=True)  # points of the line, and a shift
HALF = sp.Rational(1, 2)


def js(first, second):
    r"""$p \log\frac{2p}{p + q} + q \log\frac{2q}{p + q}$: what a point adds to $2\,\mathrm{JSD}$."""
    whole = first + second
    return first * sp.log(2 * first / whole) + second * sp.log(2 * second / whole)


def derive():
    r"""The term of a point is convex and homogeneous, so it lies above its own tangents.

    Let $j(p, q)$ be what a point with densities $p$ and $q$ adds to $2\,\mathrm{JSD}$. If both are
    multiplied by $k$, so is the term. Fix $a$ and $b$. The slopes of $j$ at $(a, b)$ are
    $\log\frac{2a}{a + b}$ and $\log\frac{2b}{a + b}$, and since $j$ is homogeneous its tangent
    plane there goes through the origin:

    $$L(p, q) = p \log\frac{2a}{a + b} + q \log\frac{2b}{a + b}, \quad L(a, b) = j(a, b).$$

    The term is nowhere below this plane. With $D = \frac{p}{p + q}$ and $E = \frac{a}{a + b}$ the
    difference $j - L$ is $p \log\frac{D}{E} + q \log\frac{1 - D}{1 - E}$. By
    $\log k \ge 1 - \frac{1}{k}$ it is at least
    $p \left(1 - \frac{E}{D}\right) + q \left(1 - \frac{1 - E}{1 - D}\right)$, which is $0$.

    Now let $p$ and $q$ be what one $x$ sends to a point $y$, $K(y \mid x)\,p(x)$ and
    $K(y \mid x)\,q(x)$, and let $a$ and $b$ be all that reaches $y$. The terms $j$ of the parts add
    up to at least $L$ at the sum of the parts, which is $L(a, b) = j(a, b)$: what is merged is
    worth no more than its parts. Last, add over all $y$. Since $j$ is homogeneous, one $x$ counts
    $j(p(x), q(x))$ times the sum of $K(y \mid x)$ over $y$, which is $1$. Two claims show both steps,
    merging on numbers and splitting for all $p$ and $q$.

    As an example, $\mathrm{JSD}$ of two Gaussians of one width rises with the distance $\mu$ of their
    means: up to a slope in $x$, whose integral is 0, its integrand rises by
    $\mu \frac{pq}{p + q}$. So noise, which divides $\mu$ by the greater width, lowers it.
    """
    plane = p * sp.log(2 * a / (a + b)) + q * sp.log(2 * b / (a + b))
    yield equal("homogeneous of degree 1", js(k * p, k * q), k * js(p, q))
    yield equal("the slope in a", sp.Derivative(js(a, b), a), sp.log(2 * a / (a + b)))
    yield equal("the slope in b", sp.Derivative(js(a, b), b), sp.log(2 * b / (a + b)))

    D, E = p / (p + q), a / (a + b)
    apart = p * sp.log(D / E) + q * sp.log((1 - D) / (1 - E))
    yield equal("the distance from the plane", js(p, q) - plane, apart)
    yield at_least("k times the bound of the logarithm", k * sp.log(k), k - 1)
    lowest = p * (1 - E / D) + q * (1 - (1 - E) / (1 - D))
    yield equal("the two bounds add up to 0", lowest, 0)

    parts = [(sp.Rational(1, 5), sp.Rational(1, 10)), (sp.Rational(3, 10), sp.Rational(2, 5))]
    merged = js(sum(part[0] for part in parts), sum(part[1] for part in parts))
    yield at_most("(1/5, 1/10) and (3/10, 2/5) merged", merged, sum(js(*part) for part in parts))

    kernel = sp.Symbol("s", positive=True)
    split = js(kernel * p, kernel * q) + js((1 - kernel) * p, (1 - kernel) * q)
    yield equal("one x sent to two y", split, js(p, q), where={kernel: (0, 1)})

    # Noise brings two Gaussians of one width nearer, in units of it, and JSD rises with the shift μ:
    first, second = sp.exp(-(x**2) / 2), sp.exp(-((x - mu) ** 2) / 2)
    flow = sp.Derivative(-second * sp.log(2 * second / (first + second)), x)
    rise = mu * first * second / (first + second)
    yield equal("the slope in the shift", sp.Derivative(js(first, second), mu), rise + flow)


def certify():
    r"""Two channels with a parameter, which balls follow over its whole range.

    A channel that flips a coin with the chance $k$ makes $a$ of the heads' chance $a$ to
    $k + (1 - 2k) a$. The coins with 1/5 and 1/2 have the less divergence the larger $k$, from 0 to
    $\tfrac{49}{100}$, always.

    A discriminator that says only whether $x$ lies above $c$ is a channel to two points. For
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(2, 1)$ what it keeps rises with $c$ up to the middle, 1, and
    falls beyond; and in the middle more than a fifth is lost.
    """
    heads = [k + (1 - 2 * k) * chance for chance in (HALF, sp.Rational(1, 5))]
    flipped = js(*heads) + js(*(1 - chance for chance in heads))
    yield increasing("the loss by flips", -flipped, where={k: (0, 49 * HALF / 50)})
    below = [(1 + sp.erf((c - shift) / sp.sqrt(2))) / 2 for shift in (0, 2)]
    kept, near = (js(*below) + js(*(1 - share for share in below))) / 2, sp.Rational(1, 100)
    yield increasing("kept by a cut before the middle", kept, where={c: (-3, 1 - near)})
    yield increasing("beyond it, with a minus", -kept, where={c: (1 + near, 5)})
    whole = certified.js_divergence(Normal(0, 1), Normal(2, 1))
    yield at_most("a cut in the middle", certified.over(kept, {c: 1}), 4 * whole / 5)


def check():
    r"""Noise, added to two Gaussians.

    Here the channel adds independent noise $\mathcal{N}(0, s^2)$, which turns $\mathcal{N}(0, 1)$
    and $\mathcal{N}(2, 1)$ into $\mathcal{N}(0, 1 + s^2)$ and $\mathcal{N}(2, 1 + s^2)$. From
    $s^2 = 0$ to $3$, $15$ and $99$ the divergence falls at each step. A map that can be undone
    loses nothing: $3x + 1$.
    """
    found = [js_divergence(Normal(0, scale), Normal(2, scale)) for scale in (1, 2, 4, 10)]
    for step, (before, after) in enumerate(pairwise(found)):
        yield at_most(f"noise from s² = {NOISE[step]} to {NOISE[step + 1]}", after, before)
    kept = certified.js_divergence(Normal(1, 3), Normal(7, 3), digits=15)
    yield equal("x ↦ 3x + 1 changes nothing", found[0], kept)


def search(seed):
    r"""Random channels between finitely many points.

    Drawn are two distributions on five points at most and a channel to three, as a matrix of
    probabilities. The weights after the channel are exact fractions, and their divergence is
    enclosed. One example with a larger divergence after than before would refute the theorem.
    """
    channels = strategies.discrete_pairs(5, equal=False).flatmap(with_channel)
    text, name = "no channel raises JSD", "jsd-data-processing"
    yield survives(text, processed, channels, seed=seed, examples=130, label=name)


def refute():
    r"""What a channel does not do.

    In general it does not keep the divergence, though it does if $x$ can be recovered from $y$. It
    need not lose all of it. A scaling is a channel: a divergence does not grow with the size of the
    numbers, as a distance between means does. And the term of merged points is not the sum of their
    terms.
    """
    before = certified.js_divergence(Normal(0, 1), Normal(2, 1), digits=15)
    noisy = certified.js_divergence(Normal(0, 2), Normal(2, 2), digits=15)
    yield equal("noise of variance 3 loses nothing", noisy, before)
    yield equal("noise of variance 3 loses all", noisy, 0)
    scaled = certified.js_divergence(Normal(0, 10), Normal(20, 10), digits=15)
    yield at_least("more after x ↦ 10 x", scaled, 2 * before)
    merging = sum(js(*part) for part in ((p, q), (q, p)))
    yield equal("merged points keep their terms", js(p + q, p + q), merging)


# --- how the numbers are made ---------------------------------------------------------------------

NOISE = (0, 3, 15, 99)


def with_channel(pair):
    """The pair with the rows of a channel to three points."""
    kernels = strategies.markov_kernels(len(pair[0].weights), 3)
    return kernels.map(lambda kernel: (*pair, kernel))


def processed(example):
    """JSD(Kp, Kq) in balls, of weights that are exact fractions, beside JSD(p, q)."""
    *pair, kernel = example
    before = [Discrete(one.weights) for one in pair]  # the floats' own values, exactly
    rows = [[Fraction(float(share)) for share in row] for row in kernel]
    columns = list(zip(*([share / sum(row) for share in row] for row in rows), strict=True))
    after = [Discrete([sent(one, column) for column in columns]) for one in before]
    enclosed = certified.js_divergence(*after, digits=15)
    return at_most("JSD(Kp, Kq) ≤ JSD(p, q)", enclosed, js_divergence(*before))


def sent(distribution, column):
    """Σ p(x) K(y|x) over x."""
    return sum(w * share for w, share in zip(distribution.exact_weights, column, strict=True))
