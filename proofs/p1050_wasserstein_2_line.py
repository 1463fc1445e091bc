r"""$W_2$ on the line pairs equal ranks, and singles out one generator among many: the rising one.

Statement
---------
Let $p$ and $q$ have finite second moments. A pairing is a joint distribution of $(x, y)$ with
$x \sim p$ and $y \sim q$, and $W_2^2(p, q)$ is the least $\mathbb{E} \lVert x - y \rVert^2$ of all. On
the line, with the distribution functions $F_p$ and $F_q$,

$$W_2^2(p, q) = \int_0^1 \bigl(F_p^{-1}(u) - F_q^{-1}(u)\bigr)^2 \,\mathrm{d}u
\ge (m - n)^2 + (s - t)^2,$$

$m$, $n$ being the means and $s$, $t$ the standard deviations, with equality for densities of one shape.
For normal densities in any dimension, with means $\mu_1$, $\mu_2$ and covariances $S_1$, $S_2$,

$$W_2^2 = \lVert \mu_1 - \mu_2 \rVert^2 + \operatorname{tr}\bigl(S_1 + S_2
- 2 (S_1^{1/2} S_2 S_1^{1/2})^{1/2}\bigr).$$

Let the noise $z$ have a continuous distribution function $F_z$ on the line. Of all generators $G$ with
$G(z) \sim q$, which the criterion $C$ cannot tell apart, exactly $G = F_q^{-1} \circ F_z$ has the least
$\mathbb{E}[(G(z) - z)^2]$, namely $W_2^2$ of noise and $q$; it is unique up to probability 0.

Assumes   Second moments, without which $W_2$ may be infinite. The formula for covariances is quoted;
          everything on the line is proved below.
Source    [@villani2009, Definition 6.1]; [@dowson1982] for normal densities; [@brenier1991] for the
          generator, in any dimension the gradient of a convex function.
"""

from fractions import Fraction
from itertools import product

import numpy as np
import sympy as sp
from scipy.optimize import linear_sum_assignment

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Normal, NormalVector, StudentT, Uniform
from gantheory.divergences import wasserstein_1, wasserstein_2
from gantheory.evidence import pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal

theorem = Theorem(
    label="wasserstein-2-line",
    title=r"$W_2^2 = \int_0^1 (F_p^{-1} - F_q^{-1})^2 \,\mathrm{d}u$, and the generator it selects",
    covers=("wasserstein-2-line", "map-selection"),
)

x, y, v, w = sp.symbols("x y v w", real=True)  # two pairs (x, y) and (v, w)
f, g, k = sp.symbols("f g k", real=True)  # shares of data, of model, of pairs below a level
m, n, s, t, r = sp.symbols("m n s t r", real=True)  # means, standard deviations, a covariance
z = sp.Symbol("z", positive=True)  # noise, or a sample
a, b, c, lam = sp.symbols("a b c lambda", positive=True)
HALF = Fraction(1, 2)
NEAREST = 12 - 2 * sp.sqrt(5 + 2 * sp.sqrt(3))  # W₂² of the two normal densities of the plane
TRIED = Fraction(198008, 10**5), Fraction(50271, 10**5)  # b and c of a generator b + c z


def derive():
    r"""Uncross the pairs; then the largest covariance; then generators of one density.

    If $x < v$ and $y < w$, the pairs $(x, y)$ and $(v, w)$ cost less than the crossed ones. For all
    pairings at once: $\mathbb{E}(x - y)^2$ depends on the pairing through $\mathbb{E}[x y]$ alone, and
    the covariance is the double integral over levels of $k - f g$, where $f$ and $g$ are the shares of
    $x$ and $y$ below their levels, and $k$ is that of the pairs below both. (Write the product of two
    independent differences as an integral of differences of indicators, of which the first claim is
    the mean.) Always $k \le \min(f, g)$, with equality at all levels for equal ranks alone.

    A covariance $r$ is at most $s t$, which bounds the cost by means and deviations; $r = s t$ is
    reached iff $y$ is a rising linear function of $x$, that is for one shape.

    A generator is a pairing of noise and samples, $(z, G(z))$, and so the same holds for it: $G$ has to
    keep ranks. Three generators of $U[0, 1]$ from $z \sim U[0, 1]$ show it: $z$ costs nothing, but
    $1 - z$ and $z + a$, less 1 if it is above 1, cost something. From
    $z \sim \mathcal{N}(0, 1)$ the generator $b + c z$ costs $b^2 + (c - 1)^2$, and the same density is
    made by $b - c z$, at a price of $4 c$.

    As a penalty with a weight $\lambda > 0$ the cost is more than a tie-break. With
    $\mathrm{KL}(p \,\|\, q)$ for data $\mathcal{N}(2, \tfrac14)$, and $c$ fixed, the best
    $b$ is $\frac{2}{1 + 2 \lambda c^2}$: the model stops short of the data, unless $\lambda \to 0$.
    """
    cells = {(1, 1): k, (1, 0): f - k, (0, 1): g - k, (0, 0): 1 - f - g + k}
    crossed = sum(
        (i[0] - j[0]) * (i[1] - j[1]) * cells[i] * cells[j] for i, j in product(cells, cells)
    )
    yield equal("two independent pairs", crossed, 2 * (k - f * g), label="wasserstein-2-line")
    ranks = sp.Or(sp.And(f <= g, sp.Eq(r, f)), sp.And(g <= f, sp.Eq(r, g)))
    yield always("equal ranks: most pairs below both", ranks & (k <= f) & (k <= g), k <= r)
    straight, other = (x - y) ** 2 + (v - w) ** 2, (x - w) ** 2 + (v - y) ** 2
    yield equal("uncrossing gains", other - straight, 2 * (v - x) * (w - y))
    rising = sp.And(x < v, y < w)
    yield always("rising is strictly better", rising, straight < other, label="map-selection")
    widths, cost = sp.And(s >= 0, t >= 0, r**2 <= s**2 * t**2), (m - n) ** 2 + s**2 + t**2 - 2 * r
    least = (m - n) ** 2 + (s - t) ** 2
    yield always("means and deviations", widths, cost >= least)
    yield always("equality for r = s t alone", widths & (cost <= least), sp.Eq(r, s * t))

    wide = sp.Integral((z - 1 + sp.exp(-z)) ** 2 * sp.exp(-z), (z, 0, sp.oo))
    yield equal("Exp(1) and U[0, 1], at u = 1 - exp(-z)", wide, sp.Rational(5, 6))
    falling = sp.Integral((1 - z - z) ** 2, (z, 0, 1))
    yield equal("U[0, 1] by 1 - z", falling, sp.Rational(1, 3))
    turned = sp.Integral(a**2, (z, 0, 1 - a)) + sp.Integral((a - 1) ** 2, (z, 1 - a, 1))
    yield equal("U[0, 1] by z + a, less 1 beyond 1", turned, a * (1 - a))
    yield equal("the price of b - c z", ((c + 1) ** 2 - (c - 1) ** 2), 4 * c)
    slope = (b - 2) / c**2 + 2 * lam * b
    yield equal("penalised: the slope in b", sp.Derivative(penalised(), b), slope)
    other = 1 / c - (HALF / 2 + (b - 2) ** 2) / c**3 + 2 * lam * (c - 1)
    yield equal("penalised: the slope in c", sp.Derivative(penalised(), c), other)
    yield equal("penalised: the best b", slope.subs(b, 2 / (1 + 2 * lam * c**2)), 0)
    yield equal("penalised: λ → 0", sp.Limit(2 / (1 + 2 * lam * c**2), lam, 0, "+"), 2)


def certify():
    r"""The same for the game's criterion: $2\,\mathrm{JSD} + \tfrac{1}{100} \mathbb{E}[(G(z) - z)^2]$.

    The right generator $2 + \tfrac12 z$ of $\mathcal{N}(2, \tfrac14)$ pays $\tfrac{1}{100} W_2^2$. One
    with $b = 1.98008$ and $c = 0.50271$, which misses the data, pays less in all.
    """
    miss = 2 * certified.js_divergence(Normal(2, HALF), Normal(*TRIED))
    paid = (TRIED[0] ** 2 + (TRIED[1] - 1) ** 2) / 100
    yield at_most("a generator that misses pays less", miss + paid, Fraction(17, 400))


def check():
    r"""The package's $W_2$, which integrates a map that it finds by search, against these formulas.

    The covariances of the plane do not commute; since $M = S_1^{1/2} S_2 S_1^{1/2}$ has the trace 5 and
    the determinant 3 of $S_1 S_2$, $\operatorname{tr} M^{1/2} = \sqrt{5 + 2 \sqrt{3}}$. A point and a
    distribution cost the mean of squared distances. With 2 degrees of freedom $W_1$ of Student's density
    and a normal one is finite, but $W_2$ is not.
    """
    yield equal("Exp(1) and U[0, 1]", squared(Exponential(1), Uniform(0, 1)), sp.Rational(5, 6))
    yield equal("N(0, 1) and N(2, 1/4)", squared(Normal(0, 1), Normal(2, HALF)), sp.Rational(17, 4))
    yield equal("two normal densities of the plane", squared(*PLANE), NEAREST)
    single = squared(Discrete((1,), points=(0,)), Discrete((HALF, HALF), points=(1, 2)))
    yield equal("a point and two points", single, sp.Rational(5, 2))
    heavy = StudentT(2, 0, 1), Normal(0, 1)
    yield at_most("Student, 2 degrees: W_1", wasserstein_1(*heavy), 1)
    yield equal("Student, 2 degrees: W_2", wasserstein_2(*heavy), sp.oo)


def search(seed):
    r"""100 random pairs of six whole numbers each, in any order, against an algorithm for pairings.

    The algorithm looks for the least sum of squares among all 720 pairings. One that is less than
    what equal ranks give would refute the theorem.
    """
    shares = strategies.simplices(12)
    yield survives("equal ranks are best", least_by_ranks, shares, seed=seed, examples=100)


def refute():
    r"""Six mistakes about $W_2$.

    Variances instead of deviations; and $s^2 + t^2$, the cost of independent pairs, for $(s - t)^2$. A
    product of two roots, $2 S_1^{1/2} S_2^{1/2}$, in the formula of the plane is right only
    if the covariances commute. $W_2$ is at least $W_1$, not at most. A falling generator makes the same
    density, but at another cost. And a penalty does not keep the best $b$ at 2.
    """
    narrow = squared(Normal(0, 1), Normal(2, HALF))
    yield equal("variances for deviations", narrow, 4 + sp.Rational(9, 16))
    yield equal("independent pairs", narrow, 4 + 1 + sp.Rational(1, 4))
    roots = 12 - 2 * (3 + 2 * sp.sqrt(3)) / sp.sqrt(5)
    yield equal("a product of two roots", squared(*PLANE), roots)
    skew = Exponential(1), Uniform(0, 1)
    yield at_most("W_2 at most W_1", wasserstein_2(*skew), wasserstein_1(*skew))
    yield always("a falling generator costs the same", c > 0, (c + 1) ** 2 <= (c - 1) ** 2)
    yield equal("a penalty leaves b = 2", sp.diff(penalised(), b).subs(b, 2), 0)


def figure():
    r"""Pairs of equal ranks and crossed ones; two generators of $\mathcal{N}(2, \tfrac14)$ from noise.

    The dotted line is $G(z) = z$, which costs nothing: the rising generator is nearer to it.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    pairs_and_generators(left, right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PLANE = (
    NormalVector(np.array([0, 0]), np.array([[2, 1], [1, 1]])),
    NormalVector(np.array([1, 2]), np.array([[1, 0], [0, 3]])),
)


def penalised():
    """KL(N(2, 1/4) ‖ N(b, c²)) + λ E(b + c z - z)²."""
    relative = sp.log(2 * c) + (sp.Rational(1, 4) + (b - 2) ** 2) / (2 * c**2) - HALF
    return relative + lam * (b**2 + (c - 1) ** 2)


def squared(first, second):
    """W_2²."""
    return wasserstein_2(first, second) * wasserstein_2(first, second)


@pointwise
def cheapest(real, fake):
    """The least sum of squared distances of all pairings: a whole number."""
    apart = (real[:, None] - fake[None, :]) ** 2
    return int(apart[linear_sum_assignment(apart)].sum())


def least_by_ranks(shares):
    """6 W_2² of two sets of six points is the cost of the cheapest pairing."""
    steps = 1 + np.round(100 * np.asarray(shares)).astype(int)
    real, fake = np.cumsum(steps[:6])[::-1], np.cumsum(steps[6:]) + 7
    pair = [Discrete([Fraction(1, 6)] * 6, points=part.astype(float)) for part in (real, fake)]
    # 1 is added, since both may be 0
    yield equal("cost", 1 + cheapest(real, fake), 1 + 6 * squared(*pair))


def pairs_and_generators(left, right):
    """Draw two ways to pair three points, and two generators beside G(z) = z."""
    for level, order, colour in ((3, (0, 1, 2), "C1"), (1, (2, 0, 1), "C5")):
        real, fake = np.array([0, 1, 2.5]), np.array([0.8, 2.2, 3.6])
        for one, other in zip(real, fake[list(order)], strict=True):
            left.plot([one, other], [level + 0.5, level - 0.5], color=colour)
        left.plot(real, [level + 0.5] * 3, "o", color="C0")
        left.plot(fake, [level - 0.5] * 3, "o", color="C2")
        total = np.sum((real - fake[list(order)]) ** 2)
        name = "equal ranks" if colour == "C1" else "crossed"
        left.annotate(f"{name}:\nsum of squares {total:.2f}", (4.0, level), color="C4", va="center")
    left.set(xlim=(-0.3, 7.4), ylim=(0, 4), xticks=(0, 2, 4), yticks=())
    left.set(title="Two pairings of the same points", xlabel="sample $x$ of data, $y$ of model")
    at = np.array([-2.5, 2.5])
    right.plot(at, 2 + at / 2, color="C2")
    right.plot(at, 2 - at / 2, color="C3", linestyle="--")
    right.plot(at, at, color="C4", linestyle=":")
    right.annotate("$2+z/2$: cost 4.25", (-2.4, 1.9), color="C2")
    right.annotate("$2-z/2$: cost 6.25", (-1.2, 3.1), color="C3")
    right.annotate("$G(z)=z$", (0.2, -1), color="C4")
    right.set(xlim=(-2.5, 2.5), ylim=(-2.6, 4), xticks=(-2, 0, 2), yticks=(-2, 0, 2, 4))
    right.set(title="Two generators of one density", xlabel="noise $z$", ylabel="sample $G(z)$")
