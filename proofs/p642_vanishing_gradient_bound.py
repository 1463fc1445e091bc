r"""A discriminator within $\varepsilon$ of a perfect one leaves a minimax gradient near $M \varepsilon$.

Statement
---------
Let data and model have disjoint supports, so that $D^* = 0$ and $\nabla D^* = 0$ on the support of the
model (a perfect discriminator that is smooth there). Let $D$ be near it:

$$\lvert D(x) \rvert \le \varepsilon, \quad \lvert \nabla D(x) \rvert \le \varepsilon < 1$$

on the support of the model, and let the generator's Jacobian in $\theta$ have
$\mathbb{E}\lVert J_\theta G(z) \rVert_2^2 \le M^2$. Then the gradient of the minimax game is at most

$$\lvert \nabla_\theta \, \mathbb{E}[\log(1 - D(G_\theta(z)))] \rvert \le
M \, \frac{\varepsilon}{1 - \varepsilon}.$$

If even $\lvert D \rvert + \lvert \nabla D \rvert \le \varepsilon$, as the theorem is published, it is at
most $M \varepsilon$: the denominator is not needed. The first bound is attained for
$D = \lvert \nabla D \rvert = \varepsilon$, and the second approached as $D \to 0$.

Nothing like that holds for $-\log D$: near the same $D^*$ its gradient may have any size. For data in
$[0, 1]$, the model $U[3, 4]$ moved by $\theta$, $D = \sigma(b (2 - x))$ and large $b$ they are

$$\log\frac{1 + e^{-b}}{1 + e^{-2 b}} \sim e^{-b}, \quad
\log\frac{1 + e^{2 b}}{1 + e^{b}} \sim b.$$

If the errors of $D$ and of its derivative at a point are independent normal numbers with mean 0 and one
variance, the second gradient there, their quotient, has a Cauchy distribution, with no mean.

Assumes   $G$ differentiable in $\theta$ with the second moment above; the gradient may be taken under
          the expectation. Supports that overlap are another case: then $D^* \ne 0$ on the model.
Source    [@arjovsky2017principled, Theorem 2.4] with the first constant, and Theorem 2.6 for the noise.
"""

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal, Uniform
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX, NON_SATURATING
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="gan-vanishing-gradient-bound",
    title=r"$\lvert \nabla_\theta \mathbb{E}[\log(1 - D(G_\theta(z)))] \rvert \le M \varepsilon$",
    covers=("gan-vanishing-gradient-bound",),
)

# at one point of the model: d = D, v = |∇D|, e = ε; j = ‖J‖ at two z of shares w and 1 - w
d, v, e, w = sp.symbols("d v e w", real=True)
j, k = sp.symbols("j k", real=True)
x, t = sp.symbols("x t", real=True)
b, y, r = sp.symbols("b y r", positive=True)
NEAR = (d >= 0) & (v >= 0) & (e < 1)
MAXIMUM, SUM = NEAR & (d <= e) & (v <= e), NEAR & (d + v <= e)
SHARES = (w >= 0) & (w <= 1) & (j >= 0) & (k >= 0) & (v >= 0) & (d >= 0) & (v <= e) & (d <= e)
D = 1 / (1 + sp.exp(b * (x - 2)))
MINIMAX_SLOPE = sp.log(1 + sp.exp(-b)) - sp.log(1 + sp.exp(-2 * b))
OTHER_SLOPE = sp.log(1 + sp.exp(2 * b)) - sp.log(1 + sp.exp(b))


def derive():
    r"""The chain rule, two bounds at a point, and a mean.

    $\nabla_\theta \log(1 - D(G_\theta(z)))$ is $-J^\top \nabla D/(1 - D)$, and its length at most
    $\lVert J \rVert \lvert \nabla D \rvert/(1 - D)$. If both numbers are at most $\varepsilon$ the
    quotient is at most $\varepsilon/(1 - \varepsilon)$. If their sum is, it is at most
    $(\varepsilon - D)/(1 - D)$, which falls in $D$ and is $\varepsilon$ for $D = 0$. The mean of
    $\lVert J \rVert$ times such numbers is at most $M$ times their bound, by Cauchy and Schwarz.

    In the example the derivative in $\theta$ is the mean of the one in $x$ over $[3, 4]$, a difference
    of two values. Both $D$ and $\lvert D' \rvert$ are at most of the order $b e^{-b}$; the two gradients
    add up to $b$.

    The quotient of two independent standard normal numbers has at $t$ the density
    $\int \lvert y \rvert \varphi(t y) \varphi(y) \,\mathrm{d}y$, which is Cauchy's.
    """
    limit = v / (1 - d) <= e / (1 - e)
    yield always("both below ε", MAXIMUM, limit, label="gan-vanishing-gradient-bound")
    attained = MAXIMUM & (v / (1 - d) >= e / (1 - e)) & (e > 0)
    yield iff("attained at D = |∇D| = ε", attained, NEAR & sp.Eq(d, e) & sp.Eq(v, e) & (e > 0))
    yield always("the sum below ε", SUM, v / (1 - d) <= e)
    yield equal("approached as D → 0", sp.Limit((r - y) / (1 - y), y, 0, "+"), r)
    mean, square = w * j * v + (1 - w) * k * d, w * j**2 + (1 - w) * k**2
    yield always("the mean over z", SHARES, mean**2 <= square * e**2)
    rate = sp.Derivative(sp.log(1 - D), x)
    yield equal("the chain rule", rate, -sp.Derivative(D, x) / (1 - D))
    ends = [sp.log(1 - D).subs(x, end) for end in (4, 3)]
    yield equal("minimax: the example", ends[0] - ends[1], MINIMAX_SLOPE)
    ends = [-sp.log(D).subs(x, end) for end in (4, 3)]
    yield equal("non-saturating: the example", ends[0] - ends[1], OTHER_SLOPE)
    yield equal("minimax: b → ∞", sp.Limit(sp.log((1 + y) / (1 + y**2)) / y, y, 0, "+"), 1)
    yield equal("their sum", OTHER_SLOPE + MINIMAX_SLOPE, b)
    cauchy = sp.Integral(y * sp.exp(-(y**2) * (1 + t**2) / 2) / sp.pi, (y, 0, sp.oo))
    yield equal("a quotient of normal numbers", cauchy, 1 / (sp.pi * (1 + t**2)))


def certify():
    r"""Three numbers of the example, and two integrals in balls.

    The largest $D + \lvert D' \rvert$ on $[3, 4]$ is at $x = 3$, where it is
    $\sigma(-b) (1 + b \sigma(b))$: the gradient is below it. The JSD is $\log 2$ all the time. Where
    supports overlap, as those of $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$, the minimax gradient at
    $D^*$ is $\mathbb{E}_q[D^*]$, here above $\tfrac13$.
    """
    yield equal("D + |D'| at x = 3", sp.Subs(D - sp.Derivative(D, x), x, 3), LARGEST)
    for size in (1, 10, 40):
        yield at_most(f"b = {size}", MINIMAX_SLOPE.subs(b, size), LARGEST.subs(b, size))
    far = certified.js_divergence(Uniform(0, 1), Uniform(3, 4))
    yield equal("JSD of the example", far, sp.log(2))
    yield at_least("supports that overlap", overlapping(), sp.Rational(1, 3))


def check():
    r"""The gradients of the package's losses, by differences in $\theta$, against the closed forms.

    $\mathbb{E}[\ell(a(z + \theta))]$ for $z \sim U[3, 4]$ and the logit $a(x) = b (2 - x)$ is a sum over
    40 nodes. Its derivative at $\theta = 0$ is computed by central differences, with $b = 1, 3, 8$.
    """
    for size in (1, 3, 8):
        for game, closed in ((MINIMAX, MINIMAX_SLOPE), (NON_SATURATING, OTHER_SLOPE)):
            slope = differences(lambda at, game=game, b=size: loss(game, b, at), [0.0], [1.0])
            yield equal(f"{game.name}, b = {size}", slope, closed.subs(b, size))


def search(seed):
    r"""Random $D = \tfrac{A}{2} (1 + \sin(k x + c))$ with generators that are parabolas in $z$.

    Here $\varepsilon = \tfrac{A}{2} (1 + \sqrt{1 + k^2})$ bounds $D + \lvert D' \rvert$, and
    $M^2 = 1 + \tfrac13 + \tfrac15$ for $z \sim U[0, 1]$. A gradient in the three coefficients longer
    than $M \varepsilon$ would refute.
    """
    drawn = strategies.simplices(6)
    yield survives("a gradient above M ε", below_bound, drawn, seed=seed, examples=120)


def refute():
    r"""Six shortcuts.

    That $D$ is near $D^*$ in value is not enough: it may ripple. The bound is not one on
    $-\log D$, has no $1 + \varepsilon$ in it, and $M$ where $M^2$ is easily written. It needs disjoint
    supports: for $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ the gradient at $D^*$ itself is not 0. And
    that a gradient vanishes does not mean that the model is near: here the JSD is the largest there is.
    """
    limit = v / (1 - d) <= e / (1 - e)
    yield always("D near in value only", NEAR & (d <= e), limit)
    yield always("for -log D", MAXIMUM & (d > 0), v / d <= e / (1 - e))
    yield always("ε/(1 + ε)", MAXIMUM & (e > 0), v / (1 - d) <= e / (1 + e))
    mean, square = w * j * v + (1 - w) * k * d, w * j**2 + (1 - w) * k**2
    yield always("M² for M", SHARES, mean <= square * e)
    yield at_most("supports that overlap", overlapping(), 0)
    far, near = certified.js_divergence(Uniform(0, 1), Uniform(3, 4)), sp.Rational(1, 100)
    yield at_most("no gradient: the model is near", far, near)


def figure():
    r"""The example: data in $[0, 1]$, the model $U[3, 4]$, $D = \sigma(b (2 - x))$.

    The surer $D$, the smaller the minimax gradient. $\varepsilon$ is the largest $D + \lvert D' \rvert$.
    """
    from matplotlib import pyplot as plt

    from gantheory.figures import label_lines

    fig, axes = plt.subplots()
    at = np.linspace(0.5, 12, 100)
    minimax = np.log1p(np.exp(-at)) - np.log1p(np.exp(-2 * at))
    axes.semilogy(at, at - minimax, color="C3", label="non-saturating")
    largest = (1 + at / (1 + np.exp(-at))) / (1 + np.exp(at))
    axes.semilogy(at, largest, color="C4", linestyle="--", label=r"bound $M\varepsilon$")
    axes.semilogy(at, minimax, color="C0", label="minimax")
    label_lines(axes)
    axes.set(title="Gradients by a sure discriminator", xlabel="slope $b$ of its logit")
    axes.set(
        ylabel=r"gradient in $\theta$", xlim=(0, 12), xticks=(0, 6, 12), yticks=(1e-4, 1e-2, 1)
    )
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

LARGEST = (1 + b / (1 + sp.exp(-b))) / (1 + sp.exp(b))
Z, WEIGHTS = (np.array([[1], [0]]) + np.polynomial.legendre.leggauss(40)) / 2


def overlapping():
    r"""$\mathbb{E}_q[D^*]$ for N(0, 1) and N(1, 1), as a ball."""
    p, q = sp.symbols("p q", positive=True)
    return certified.integral(p * q / (p + q), Normal(0, 1), Normal(1, 1), bound=(1, 0))


def loss(game, size, at):
    """The generator's loss for the model U[3, 4] moved by θ."""
    return np.sum(WEIGHTS * game.g_loss((size * (2 - 3 - Z - at[0]))[:, None]))


def below_bound(shares):
    """The claim for a drawn D and a drawn generator."""
    drawn = (0.02 + shares) * (0.8, 20, 6, *[9] * (len(shares) - 3))
    return at_most("gradient", length(drawn), bound(drawn))


@in_norm
def length(drawn):
    """The length of the gradient in θ of E log(1 - D(G(z)))."""
    height, turns, shift, *theta = drawn
    at = theta[0] + theta[1] * Z + theta[2] * Z**2
    values = height / 2 * (1 + np.sin(turns * at + shift))
    slopes = height / 2 * turns * np.cos(turns * at + shift)
    moved = WEIGHTS * -slopes / (1 - values)
    return np.linalg.norm([np.sum(moved * Z**power) for power in range(3)])


@pointwise
def bound(drawn):
    """M ε."""
    height, turns = drawn[:2]
    return np.sqrt(23 / 15) * height / 2 * (1 + np.sqrt(1 + turns**2))
