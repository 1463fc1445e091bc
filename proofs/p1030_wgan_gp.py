r"""WGAN-GP on the line: the best critic is steeper than 1, and its value above $W_1$ by a known amount.

Statement
---------
Let $X$ and $Y$ be independent, from the data and the model, with distribution functions $F_p$ and
$F_q$, and $u$ uniform on $[0, 1]$. In WGAN-GP the critic $f$ maximises, with a weight $\lambda > 0$,

$$\mathbb{E}_p[f] - \mathbb{E}_q[f] - \lambda \, \mathbb{E}[(\lvert f'(\hat x) \rvert - 1)^2], \quad
\hat x = u X + (1 - u) Y.$$

Let $\rho$ be the density of $\hat x$. The slope of the best critic, and its value, are

$$\lvert f' \rvert = 1 + \frac{\lvert F_p - F_q \rvert}{2 \lambda \rho}, \quad
W_1(p, q) + \frac{1}{4 \lambda} \int \frac{(F_p - F_q)^2}{\rho} \,\mathrm{d}x.$$

So wherever $F_p \ne F_q$ it is steeper than the best critic of $W_1$, whose slope is 1 there: the
penalty is a price and no constraint. The integral is at most $\mathbb{E}[(X - Y)^2]$, with equality
for two points. For $\mathcal{N}(0, 1)$, $\mathcal{N}(2, 1)$ and $\lambda = 10$ the value is
$2.10517232$, and $W_1 = 2$. With an infinite second moment it may be infinite, and $W_1$ finite.

Assumes   Finite first moments; $p$ and $q$ have no atom in common, so that $\rho$ is a density.
Source    [@gulrajani2017, Proposition 1 and Eq. 3]; [@milne2022] for any dimension, as transport with
          congestion. The formulas on the line are derived here.
"""

import numpy as np
import sympy as sp
from scipy.special import ndtr

from gantheory import certified
from gantheory.densities import Exponential, Normal, Triangular
from gantheory.divergences import wasserstein_1
from gantheory.evidence import in_norm, mean_of, summed
from gantheory.nets import Dense, Network
from gantheory.penalties import gradient_penalty
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal, iff

theorem = Theorem(
    label="wgan-gp",
    title=r"WGAN-GP: not $W_1$ but $W_1 + \frac{1}{4 \lambda} \int (F_p - F_q)^2/\rho \,\mathrm{d}x$",
    covers=("wgan-gp", "one-norm-per-sample", "norms-of-samples"),
    errata=(
        r"[@torchgan, losses/functional.py] takes one norm over the whole batch: a critic of slope 1 "
        r"pays $(8 - 1)^2 = 49$ for 64 samples, not 0.",
        r"[@lee2017code, WGAN_GP.py] draws one $u$ for each pixel and takes norms of the columns of an "
        r"image: a linear critic of slope 1 on $28 \times 28$ pixels pays 0.658, not 0.",
    ),
)

# at one point: g = |F_p - F_q|, s = |f'|, rho the density of the interpolates; lam the weight
g, s, rho, lam = sp.symbols("g s rho lambda", real=True)
x, y, t = sp.symbols("x y t", positive=True)  # two points of the line; a slope of a critic
F, G = sp.symbols("F G", real=True)  # two distribution functions at one point
v, w, d, e = sp.symbols("v w d e", real=True)  # shares of two pairs, and their distances
PAID = g * s - lam * rho * (s - 1) ** 2
BEST, MOST = 1 + g / (2 * lam * rho), g + g**2 / (4 * lam * rho)
HERE = (g >= 0) & (s >= 0) & (lam > 0) & (rho > 0)
INSIDE = (F >= 0) & (F <= 1) & (G >= 0) & (G <= 1)
POSITIVE = {g: (0, sp.oo), rho: (0, sp.oo), lam: (0, sp.oo)}


def derive():
    r"""Integrate by parts, and maximise at each point by itself.

    By parts $\mathbb{E}_p[f] - \mathbb{E}_q[f] = \int (F_q - F_p) f' \,\mathrm{d}x$. Let
    $g = \lvert F_p - F_q \rvert$. For slopes up to 1 the integrand is at most $g$, and where $g > 0$
    only slope 1 attains it: $W_1 = \int g \,\mathrm{d}x$. With the penalty a point adds
    $g s - \lambda \rho (s - 1)^2$ for a slope of size $s$ and the better sign; the other sign loses
    $2 g s$. The top of this parabola is at $s = 1 + g/(2 \lambda \rho)$. A penalty on $\max(s - 1, 0)$
    alone has the same top. At $p = q$ slope 1 is optimal, a constant critic is not. What people plot,
    $\mathbb{E}_p[f] - \mathbb{E}_q[f]$, exceeds $W_1$ by twice as much as the value.

    $\rho$ is not 0 where $g$ is not: given $X$ and $Y$, $\hat x$ has the density
    $1/\lvert X - Y \rvert$ between them, and $x$ is between them with probability
    $F_p (1 - F_q) + F_q (1 - F_p) \ge g$. By Cauchy and Schwarz its square is at most $\rho$ times
    $\mathbb{E}[\lvert X - Y \rvert; x \text{ between}]$, whose integral is $\mathbb{E}[(X - Y)^2]$.

    Against the point 0 a positive $Y$ has $g = P(Y > x)$ and $\rho = \mathbb{E}[1/Y; Y > x]$. For
    $q(y) = y e^{-y}$ this is $e^{-x}$, and the slope grows without bound. For $P(Y > y) = y^{-2}$ on
    $[1, \infty)$ it is $\tfrac23 x^{-3}$ there, and the integral grows like $\log x$.
    """
    means = sp.Integral((1 - 2 * y) * (t * y + x * y**3), (y, 0, 1))
    by_parts = sp.Integral((y**2 - y) * sp.Derivative(t * y + x * y**3, y), (y, 0, 1))
    yield equal("by parts: densities 1 and 2y", means, by_parts)
    yield iff("without a penalty", (g > 0) & (s <= 1) & (g * s >= g), (g > 0) & sp.Eq(s, 1))
    yield equal("the top", PAID.subs(s, BEST), MOST, where=POSITIVE, label="wgan-gp")
    yield always("no slope does better", HERE, (MOST >= PAID) & (PAID - 2 * g * s <= MOST))
    yield iff("only that at the top", HERE & (PAID >= MOST), HERE & sp.Eq(s, BEST))
    yield always("one-sided: slopes below 1", HERE & (s < 1), g * s <= MOST)
    yield iff("p = q: slope 1", HERE & (PAID.subs(g, 0) >= 0), HERE & sp.Eq(s, 1))
    yield equal("without its penalty", g * BEST - g, 2 * (MOST - g), where=POSITIVE)
    between = F * (1 - G) + G * (1 - F)
    yield always("between with probability g or more", INSIDE, between**2 >= (F - G) ** 2)
    two, bound = (v > 0) & (w > 0) & (d > 0) & (e > 0), (v / d + w / e) * (v * d + w * e)
    yield always("Cauchy and Schwarz, two pairs", two, (v + w) ** 2 <= bound)
    yield equal("the points 0 and x", sp.Integral(x, (y, 0, x)), x**2)
    yield equal("P(Y > y) = 1/y²: ρ", sp.Integral(2 * y**-4, (y, x, sp.oo)), 2 / (3 * x**3))
    growth = sp.Integral(y**-4 / (2 / (3 * y**3)), (y, 1, x))
    yield equal("P(Y > y) = 1/y²: up to x", growth, 3 * sp.log(x) / 2)


def certify():
    r"""Two integrals of $(F_p - F_q)^2/\rho$ in balls.

    The data are the point 0. For $q(y) = y e^{-y}$ the integrand is $\rho (1 - \log \rho)^2$ with
    $\rho = e^{-x}$. For $q(y) = 2 y$ on $[0, 1]$ it is $\rho (1 - \rho/4)^2$ with $\rho = 2 (1 - x)$.
    """
    p = sp.Symbol("p", positive=True)
    found = certified.integral(p * (1 - sp.log(p)) ** 2, *FALLING, bound=(0, 8))
    yield equal("y exp(-y)", found, 5)
    found = certified.integral(p * (1 - p / 4) ** 2, RAMP, RAMP, bound=(1, 0))
    yield equal("2y on [0, 1]", found, sp.Rational(11, 24))


def check():
    r"""$\mathcal{N}(0, 1)$ and $\mathcal{N}(2, 1)$ with $\rho$ by two integrals; the package's penalty.

    $\rho$ is a mean over $u$ of normal densities, and a mean over the distance $X - Y$ of the share of
    such segments that cover $x$. Both give the same value. A linear critic of slope 1 on images pays
    nothing, by the package's penalty.
    """
    yield equal("the integral, N(0, 1) and N(2, 1)", excess_over_u(), excess_over_distance())
    value = wasserstein_1(Normal(0, 1), Normal(2, 1)) + excess_over_u() / 40
    yield at_most("λ = 10: eight places", abs(value - PRINTED), sp.Rational(1, 10**8))
    yield equal("a linear critic of slope 1 is free", 1 + penalty_of_linear(64), 1)


def search(seed):
    r"""Random distributions on three points each, and random weights.

    The formula is a finite sum there. The best critic must attain it, with the objective computed by
    its definition, for each pair and each $u$.
    """
    drawn = strategies.simplices(7)
    yield survives("the value by its definition", on_points, drawn, seed=seed, examples=110)


def simulate(seed):
    r"""What the best critic pays on 20 000 interpolates, for the two normals and $\lambda = 10$.

    It is the excess of the value over $W_1$; errors below the interval are not excluded.
    """
    yield equal("λ times the mean", drawn(seed), excess_over_u() / 40, tolerance=0.1)


def refute():
    r"""Seven things that are believed, or programmed.

    That the penalty makes the critic 1-Lipschitz, and its value $W_1$; that what is plotted, without
    the penalty, is the value; that one $\lambda$ does for all scales: in units half as large $W_1$
    doubles, and the excess is four times as much. [@torchgan] takes one norm over the batch.
    [@lee2017code] takes norms over one axis, and one $u$ for each pixel. With two pixels and the points
    $(0, 0)$ and $(1, 1)$ the interpolates have the density $4 t$ for $t < \tfrac12$ along the diagonal.
    The integral of its inverse diverges: from $e^{-9}$ to $\tfrac12$ it is above 1, the right value.
    """
    yield always("the best critic is 1-Lipschitz", HERE & (g > 0), BEST <= 1)
    yield equal("the value is W1", 2 + excess_over_u() / 40, 2)
    yield equal("the plotted number is the value", g * BEST, MOST, where=POSITIVE)
    two = x + x**2 / (4 * lam)
    yield equal("the value scales as W1 does", two.subs(x, 2 * x), 2 * two, where={lam: (0, sp.oo)})
    yield equal("one norm", penalty_of_linear(64, axis=(0, 1, 2)), 0, label="one-norm-per-sample")
    yield equal("norms over one axis", penalty_of_linear(64, axis=1), 0, label="norms-of-samples")
    yield at_most("one u for each pixel", sp.Integral(1 / (4 * t), (t, sp.exp(-9), 1 / sp.S(2))), 1)


def figure():
    r"""$\mathcal{N}(0, 1)$ and $\mathcal{N}(2, 1)$: the slope of the best critic, and what it reports.

    Right, the value tends to $W_1 = 2$ from above; the number that people plot is twice as far off.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    fig, axes = plt.subplots(1, 2, figsize=(8.4, 3.4))
    draw(*axes)
    label_lines(axes[0])
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

PRINTED = sp.Rational(210517232, 10**8)
OVER = np.linspace(-9, 11, 161)  # 1/8 apart: sums of what falls like a normal density are exact
FALLING = Exponential(1), Exponential("1/2")
RAMP = Triangular(0, 0, 1)  # 2 (1 - x)
IMAGE = Network((Dense(784, 1),), 784)
DATA, MODEL, CELL = np.array([0, 2, 5]), np.array([1, 3, 4]), np.arange(5)  # points, (k, k + 1)
LOW, HIGH = (f.outer(DATA, MODEL)[..., None] for f in (np.minimum, np.maximum))
U = (np.arange(12) + 0.5) / 12  # on segments of whole length up to 4: as many on each cell
CELL_OF = np.floor(U * DATA[:, None, None] + (1 - U) * MODEL[:, None]).astype(int)
COVERED = ((LOW <= CELL) & (CELL < HIGH)) / (HIGH - LOW)  # each pair's density of interpolates


def gap(at):
    r"""$\lvert F_p - F_q \rvert$ for N(0, 1) and N(2, 1), by the distance from 1 on both sides."""
    away = np.abs(at - 1)
    return ndtr(1 - away) - ndtr(-1 - away)


def density_over_u(at):
    r"""$\rho$ as the mean over $u$ of the densities of $\mathcal{N}(2 u, u^2 + (1 - u)^2)$."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    u = (1 + nodes[:, None]) / 2
    spread = u**2 + (1 - u) ** 2
    heights = np.exp(-((at - 2 * u) ** 2) / (2 * spread)) / np.sqrt(2 * np.pi * spread)
    return np.sum(weights[:, None] / 2 * heights, axis=0)


def density_over_distance(at):
    r"""$\rho$ over the distance, N(2, 2); the middle of a segment is N(1, 1/2), independent."""
    length = np.linspace(-12, 16, 140)[:, None]
    weight = np.exp(-((length - 2) ** 2) / 4) / np.sqrt(4 * np.pi) * 28 / 139
    half, away = np.abs(length) / np.sqrt(2), np.sqrt(2) * np.abs(at - 1)
    return np.sum(weight * (ndtr(half - away) - ndtr(-half - away)) / np.abs(length), axis=0)


@summed(roundings=1024)
def excess_over_u():
    r"""$\int (F_p - F_q)^2/\rho \,\mathrm{d}x$, with $\rho$ over u."""
    return gap(OVER) ** 2 / density_over_u(OVER) / 8


@summed(roundings=1024)
def excess_over_distance():
    """The same, with the second."""
    return gap(OVER) ** 2 / density_over_distance(OVER) / 8


@in_norm
def penalty_of_linear(count, axis=None):
    """What equal weights of slope 1 pay on 28 x 28 pixels; with norms over (image, row, column) axes."""
    parameters = IMAGE.parameters(np.append(np.full(784, 1 / 28), 0.0))
    images = np.random.default_rng(5).normal(size=(count, 784))
    if axis is None:
        into = IMAGE.parameters(np.zeros(IMAGE.size))
        return gradient_penalty(IMAGE, parameters, images, weight=1.0, center=1.0, into=into)
    output, tape = IMAGE.forward(parameters, images)
    slopes = IMAGE.backward(parameters, tape, np.ones_like(output)).reshape(count, 28, 28)
    return np.mean((np.sqrt(np.sum(slopes**2, axis=axis)) - 1) ** 2)


def drawn(seed):
    r"""The mean over interpolates of $\lambda (\lvert f' \rvert - 1)^2 = g^2/(4 \lambda \rho^2)$."""
    rng = np.random.default_rng(seed)
    real, fake, u = rng.normal(0, 1, 20_000), rng.normal(2, 1, 20_000), rng.uniform(size=20_000)
    at = u * real + (1 - u) * fake
    return mean_of((gap(at) / density_over_u(at)) ** 2 / 40, within=(0, 1))


def on_points(shares):
    """The claim for the data at 0, 2, 5 and the model at 1, 3, 4, with the shares as drawn."""
    shares = shares + 0.01
    real, fake = shares[:3] / shares[:3].sum(), shares[3:6] / shares[3:6].sum()
    signed, rho = gap_on_cells(real, fake)
    weight = 10 * shares[6]
    best = np.where(signed < 0, -1, 1) + signed / (2 * weight * rho)
    return equal("the formula", objective(real, fake, weight, best), on_cells(real, fake, weight))


def gap_on_cells(real, fake):
    """F_q - F_p and ρ on the five cells."""
    below = fake @ (MODEL[:, None] <= CELL) - real @ (DATA[:, None] <= CELL)
    return below, np.tensordot(np.outer(real, fake), COVERED, 2)


@summed
def on_cells(real, fake, weight):
    """Σ |F_p - F_q| + (F_p - F_q)²/(4 λ ρ)."""
    signed, rho = gap_on_cells(real, fake)
    return [np.abs(signed), signed**2 / (4 * weight * rho)]


@summed
def objective(real, fake, weight, slopes):
    """The terms of E_p f - E_q f, and minus those of the penalty, at twelve u for each pair."""
    values = np.append(0.0, np.cumsum(slopes))
    paid = np.outer(real, fake)[..., None] * (np.abs(slopes[CELL_OF]) - 1) ** 2 / 12
    return [real * values[DATA], -fake * values[MODEL], -weight * paid]


def draw(left, right):
    """Draw the slopes for three weights, and both numbers against the weight."""
    at, weights, total = np.linspace(-4, 6, 201), np.geomspace(0.3, 30, 100), float(excess_over_u())
    for weight, color in ((1, "C3"), (3, "C1"), (10, "C0")):
        slopes = 1 + gap(at) / (2 * weight * density_over_u(at))
        left.plot(at, slopes, color=color, label=rf"$\lambda={weight}$")
    left.plot(at, np.ones(201), color="C4", linestyle="--", label="penalty 0")
    left.set(title="Slope of the best critic", xlabel="sample $x$", ylabel="slope $|f'(x)|$")
    left.set(xlim=(-4, 6), xticks=(-4, 0, 2, 6), yticks=(0, 1, 2, 3, 4))
    right.semilogx(weights, 2 + total / (2 * weights), color="C3")
    right.semilogx(weights, 2 + total / (4 * weights), color="C0")
    right.axhline(2, color="C4", linestyle="--")
    right.text(0.4, 1.2, "$W_1=2$", color="C4")
    right.text(1.0, 4.5, "without its penalty", color="C3")
    right.text(0.32, 2.45, "the value", color="C0")
    right.set(title="What the best critic reports", xlabel=r"weight $\lambda$", ylabel="value")
    right.set(yticks=(0, 2, 4, 6, 8), ylim=(0, 9), xlim=(0.3, 30))
    right.set_xticks((0.3, 1, 3, 10, 30), labels=("0.3", "1", "3", "10", "30"))
