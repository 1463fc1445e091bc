r"""The best critic of slope at most 1 finds the distance $W_1$ of data and model.

Statement
---------
A critic is a function $D$ with real values; it is 1-Lipschitz if
$\lvert D(x) - D(y) \rvert \le \lVert x - y \rVert$ everywhere. Its gain is
$\mathbb{E}_{x \sim p}[D(x)] - \mathbb{E}_{y \sim q}[D(y)]$. A pairing is a joint distribution of
$(x, y)$ with $x \sim p$ and $y \sim q$. Then

$$\max_{D\ \text{1-Lipschitz}} \mathbb{E}_p[D(x)] - \mathbb{E}_q[D(y)] = W_1(p, q)
= \min_{\text{pairings}} \mathbb{E} \lVert x - y \rVert,$$

so that the game of the Wasserstein GAN is $\min_G W_1(p, q)$. On the line, with the distribution
functions $F_p$ and $F_q$,

$$W_1(p, q) = \int \lvert F_p - F_q \rvert \,\mathrm{d}x
= \int_0^1 \lvert F_p^{-1}(u) - F_q^{-1}(u) \rvert \,\mathrm{d}u.$$

There pairs of equal ranks $u$ are a best pairing, and a critic is best iff its slope is the sign of
$F_q - F_p$ almost everywhere where this is not 0.

Assumes   $p$ and $q$ have finite means of $\lVert x \rVert$. The gain is at most the cost in every
          dimension by the proof below; that they meet is proved for the line, and quoted otherwise.
Source    [@villani2009, Remark 6.5] for the duality; [@vallender1974] for the line;
          [@arjovsky2017wasserstein, section 3] for the game.
"""

from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.optimize import linear_sum_assignment, linprog

from gantheory import certified
from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import wasserstein_1
from gantheory.evidence import pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_most, equal

theorem = Theorem(
    label="wgan-kantorovich-rubinstein",
    title=r"The best 1-Lipschitz critic gains $W_1(p, q)$",
    covers=("wgan-kantorovich-rubinstein", "wgan-1d"),
    errata=(
        "[@roysdon] says that weight clipping, spectral norm or a gradient penalty enforces the set of "
        "1-Lipschitz critics: clipping leaves some of them out, and the best critic under a penalty is "
        "steeper than 1.",
    ),
)

x = sp.Symbol("x", real=True)  # a point of the line
a, b = sp.symbols("a b", positive=True)  # how far the model reaches beyond the data
d, e, r = sp.symbols("d e r", real=True)  # D(x), D(y) and the distance of x and y
slope, gap, size = sp.symbols("s g h", real=True)  # D', F_q - F_p, and what |F_q - F_p| is
u, v, m = sp.symbols("u v m", real=True)  # shares of data, of the model and of pairs up to a point
HALF = sp.Rational(1, 2)
MET = sp.sqrt(2 / (sp.pi * sp.E)) + sp.erf(1 / sp.sqrt(2))  # W₁ of N(0, 1) and N(1, 2²)


def derive():
    r"""No critic gains more than any pairing costs; on the line one critic and one pairing meet.

    Take any pairing and any 1-Lipschitz critic. The gain is the mean of $D(x) - D(y)$ over the pairs,
    and each of these differences is at most $\lVert x - y \rVert$.

    On the line, integration by parts turns the gain into $\int D' (F_q - F_p) \,\mathrm{d}x$; the
    boundary terms vanish because the means are finite. At each point a slope in $[-1, 1]$ contributes
    at most $\lvert F_q - F_p \rvert$, and exactly that iff it is the sign: $D$ rises where more of the
    model than of the data lies to the left.

    A pair costs $\lvert x - y \rvert$, the length of the points $t$ between $x$ and $y$. Let $u$ and
    $v$ be the shares of data and model up to $t$, and $m$ the share of pairs with both ends up to $t$.
    Then $t$ is between the ends of a share $u + v - 2m$ of all pairs. Since $m \le \min(u, v)$, this is
    at least $\lvert u - v \rvert$, and for pairs of equal ranks $m = \min(u, v)$. Integrated over $t$:
    their cost is $\int \lvert F_p - F_q \rvert$, which the critic reaches, so both are best.

    An example for all $a, b > 0$: the critic $-\lvert x - c \rvert$ for $U[0, 1]$ inside $U[-a, 1 + b]$.
    It bends where the distribution functions cross, at $c = a/(a + b)$.
    """
    slopes, absolute = slope**2 <= 1, sp.And(size >= 0, sp.Eq(size**2, gap**2))
    bounded = sp.And((d - e) ** 2 <= r**2, r >= 0)
    yield always("a pair", bounded, d - e <= r, label="wgan-kantorovich-rubinstein")
    yield always("a slope gains at most |g|", sp.And(slopes, absolute), slope * gap <= size)
    reached = sp.And(slopes, slope * gap >= size, absolute, sp.Ne(gap, 0))
    yield always("it gains |g| for the sign of g alone", reached, sp.Eq(slope * size, gap))
    between, distance = u + v - 2 * m, sp.Eq(size**2, (u - v) ** 2) & (size >= 0)
    yield always("a pairing", distance & (m <= u) & (m <= v), between >= size)
    ranks = sp.Or(sp.And(u <= v, sp.Eq(m, u)), sp.And(v <= u, sp.Eq(m, v)))
    yield always("equal ranks", distance & ranks, sp.Eq(between, size), label="wgan-1d")

    crossing = a / (a + b)
    spread = away_from(crossing, -a, 1 + b) - away_from(crossing, 0, 1)
    yield equal("U[0, 1] inside U[-a, 1 + b]", spread, (a**2 + b**2) / (2 * (a + b)))


def certify():
    r"""The area between two distribution functions, as a ball.

    An exponential tail is the density divided by the rate: $F_q - F_p = p - \tfrac13 q$ is positive.
    """
    p, q = sp.symbols("p q", positive=True)
    area = certified.integral(p - q / 3, Exponential(1), Exponential(3), bound=(1, 1))
    yield equal("Exp(1) and Exp(3)", area, sp.Rational(2, 3))


def check():
    r"""The package's integral of $\lvert F_p - F_q \rvert$ against critics, and points in the plane.

    $W_1$ is compared with the gains that the proof computes for the best critics. The ranks of
    $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 2^2)$ are equal for $y = 1 + 2x$, which costs
    $\mathbb{E} \lvert 1 + x \rvert = 2 \varphi(1) + 2 \Phi(1) - 1$. In the plane, 24 real
    and 24 generated points with whole coordinates have the distance $\lvert x_1 - y_1 \rvert +
    \lvert x_2 - y_2 \rvert$. One algorithm finds the cheapest pairing, a linear program finds a
    critic, whose 1-Lipschitz bound is then tried on all pairs: both give one whole number.

    At the edge: without means $W_1$ may be infinite, as for a Cauchy and a normal density, but two
    Cauchy densities that differ by a shift have $\int \lvert F_p - F_q \rvert$ equal to the shift.
    """
    inner, outer = Uniform(-1, 1), Uniform(-2, 2)
    yield equal("U[-1, 1] and U[-2, 2]", wasserstein_1(inner, outer), HALF)
    yield equal("N(0, 1) and N(1, 2²)", wasserstein_1(Normal(0, 1), Normal(1, 2)), MET)
    found = wasserstein_1(Uniform(0, 1), Uniform(-1, 3))
    yield equal("U[0, 1] and U[-1, 3]", found, sp.Rational(5, 6))
    found = wasserstein_1(Normal(0, 1), Normal(0, 3))
    yield equal("N(0, 1) and N(0, 3²)", found, 2 * sp.sqrt(2 / sp.pi))
    found = wasserstein_1(Exponential(1), Exponential(3))
    yield equal("Exp(1) and Exp(3)", found, sp.Rational(2, 3))
    yield equal("points of the plane", gain_in_plane(24), cost_in_plane(24))
    yield equal("Cauchy and normal", wasserstein_1(Cauchy(0, 1), Normal(0, 1)), sp.oo)
    yield equal("two Cauchy densities", wasserstein_1(Cauchy(0, 1), Cauchy(3, 1)), 3)


def search(seed):
    r"""100 random pairs on six points, each with a linear program for its critic.

    Drawn are numbers of samples at the points 0 to 5, most of them few, some up to 1000. The program
    knows nothing of distribution functions. A critic that gains more or less than
    $\sum \lvert F_p - F_q \rvert$ would refute the theorem.
    """
    text = "the best critic gains W_1"
    yield survives(text, gains_distance, strategies.simplices(12), seed=seed, examples=100)


def refute():
    r"""Six mistakes about critics and distances.

    The critic falls towards the data: the sign is wrong, and the generator would run away from them.
    A linear critic with clipped weights is 1-Lipschitz, but gains 0 on $U[-1, 1]$ and $U[-2, 2]$,
    where $W_1 = \tfrac12$. A gradient penalty does not keep the slope at 1: for two densities
    at the distance 2 and the weight 10, the slope 1.1 has more to gain; both against [@roysdon].
    A critic with a sigmoid has values in $(0, 1)$ and gains less than 1, at whatever distance.
    $W_1$ is not the distance of the means. For two symmetric densities the critic $\lvert x \rvert$
    is not always the best: $F_p$ and $F_q$ may cross more than once.
    """
    positive = sp.And(gap > 0, slope**2 <= 1, slope * gap >= gap)
    yield always("the slope is the sign of F_p - F_q", positive, sp.Eq(slope, -1))
    means = sp.Integral(slope * x / 2, (x, -1, 1)) - sp.Integral(slope * x / 4, (x, -2, 2))
    yield equal("clipped linear critics suffice", means, HALF)
    penalised = 2 * slope - 10 * (slope - 1) ** 2
    yield always("a penalty keeps the slope at 1", slope > 0, penalised <= 2)
    far = wasserstein_1(Normal(0, 1), Normal(10, 1))
    yield at_most("critics with values in (0, 1) suffice", far, 1)
    yield equal("the distance of means", wasserstein_1(Normal(0, 1), Normal(0, 3)), 0)
    symmetric = wasserstein_1(Laplace(0, 1), Normal(0, 1))
    yield equal("|x| is best for all symmetric pairs", symmetric, 1 - sp.sqrt(2 / sp.pi))


def figure():
    r"""Data with two components, and a normal model: the area is $W_1$, the critic's slope is a sign.

    The critic rises where $F_q > F_p$ and falls where $F_q < F_p$, so that it is high at the data. The
    densities are shaded.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.4))
    area_and_critic(left, right, np.linspace(-3.6, 3.6, 801))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

TWO_HUMPS = (Mixture((Normal(-2, "1/2"), Normal(2, "1/2")), ("1/2", "1/2")), Normal(0, 1))


def away_from(centre, low, high):
    """The mean of |x - centre| under U[low, high], for a centre inside."""
    sides = sp.Integral(x - centre, (x, centre, high)) + sp.Integral(centre - x, (x, low, centre))
    return sides / (high - low)


def best_critic(distances, weights):
    """The whole numbers D_i with Σ weights_i D_i largest and D_i - D_j ≤ distances_ij.

    For whole distances the corners of the program are whole; the bound is tried on the rounded ones.
    """
    count = len(weights)
    first, second = np.nonzero(~np.eye(count, dtype=bool))
    rows = np.eye(count)[first] - np.eye(count)[second]
    most = distances[first, second]
    bounds = [(0, 0)] + [(None, None)] * (count - 1)
    found = linprog(-np.asarray(weights), A_ub=rows, b_ub=most, bounds=bounds, method="highs-ds").x
    critic = np.round(found).astype(int)
    if np.any(rows @ critic > most):
        raise ValueError("the critic is steeper than 1")
    return critic


def points_of_plane(count):
    """Points of data and model, whole numbers of shape (count, 2), the model's moved and stretched."""
    k = np.arange(count)
    real = np.stack([7 * k % 23, 11 * k % 29], axis=1)
    return real, np.stack([9 + 13 * k % 31, 4 + 5 * k % 17], axis=1)


@pointwise
def gain_in_plane(count):
    """Σ D(x) - Σ D(y) of the best critic: a whole number."""
    points = np.concatenate(points_of_plane(count))
    distances = np.abs(points[:, None] - points[None, :]).sum(axis=2)
    critic = best_critic(distances, np.repeat([1, -1], count))
    return int(critic[:count].sum() - critic[count:].sum())


@pointwise
def cost_in_plane(count):
    """Σ |x_1 - y_1| + |x_2 - y_2| over the cheapest pairs: a whole number."""
    real, fake = points_of_plane(count)
    distances = np.abs(real[:, None] - fake[None, :]).sum(axis=2)
    return int(distances[linear_sum_assignment(distances)].sum())


@pointwise
def gain_on_points(real, fake):
    """The gain of the best critic for numbers of samples at the points 0, 1, ..., as many in all."""
    at = np.arange(len(real))
    critic = best_critic(np.abs(at[:, None] - at[None, :]), real - fake)
    return int(critic @ (real - fake))


def gains_distance(shares):
    """The gain of the best critic is the distance of the distribution functions."""
    real, fake = np.split(1 + np.round(1000 * np.asarray(shares)).astype(int), 2)
    total = int(real.sum() * fake.sum())  # added to both sides, so that neither is 0
    data, model = (Discrete([Fraction(int(k), int(c.sum())) for k in c]) for c in (real, fake))
    found = gain_on_points(real * fake.sum(), fake * real.sum())
    yield equal("gain", total + found, total * (1 + wasserstein_1(data, model)))


def area_and_critic(left, right, at):
    """Draw F_p and F_q on the left, the densities and the best critic on the right."""
    data, model = TWO_HUMPS
    real, fake = data.cdf(at), model.cdf(at)
    left.fill_between(at, real, fake, color="C1", alpha=0.25, linewidth=0)
    left.plot(at, real, color="C0")
    left.plot(at, fake, color="C2", linestyle="--")
    left.annotate("$F_p$, data", (-3.6, 0.25), color="C0")
    left.annotate("$F_q$, model", (0.4, 0.9), color="C2", ha="right")
    left.set(
        title=r"The area is $W_1(p,q)$", xlabel="sample $x$", ylabel="share of samples up to $x$"
    )
    left.set(xticks=(-2, 0, 2), yticks=(0, 0.5, 1), xlim=(-3.6, 3.6), ylim=(-0.03, 1.03))
    critic = np.cumsum(np.sign(fake - real)) * (at[1] - at[0])
    right.fill_between(at, 4 * data.pdf(at), color="C0", alpha=0.2, linewidth=0)
    right.fill_between(at, 4 * model.pdf(at), color="C2", alpha=0.2, linewidth=0)
    right.plot(at, critic - critic[400], color="C1")
    right.annotate("critic $D$", (-0.9, 2.6), color="C1", ha="center")
    right.set(title="The best critic has slopes ±1", xlabel="sample $x$", ylabel="critic $D$")
    right.set(xticks=(-2, 0, 2), yticks=(0, 2, 4), xlim=(-3.6, 3.6), ylim=(0, 4.4))
