r"""What clipping, spectral normalisation and gradient penalties do to the slope of a critic.

Statement
---------
Let $f$ be a network of weights $W_1, \dots, W_n$ with 1-Lipschitz activations between them. Then

$$\lvert f(x) - f(y) \rvert \le L \, \lvert x - y \rvert, \quad L = \prod_{l} \lVert W_l \rVert_2,$$

and $D = \sigma(f)$ has slopes up to $L/4$: from $D = \tfrac14$ to $\tfrac34$ it is a way of $2 \log 3/L$
or more. Spectral normalisation, $W/\lVert W \rVert_2$, so guarantees $L = 1$. For two points at a
distance $\theta$ and logits with slopes up to $L$ the best value is $2 \log \sigma(L \theta/2)$, which
has a slope in $\theta$ everywhere; without a bound on slopes it is 0 for all $\theta > 0$.

The dual of $W_1$ asks for all 1-Lipschitz critics. No method gives exactly these:

- clipping to $[-c, c]$ bounds $\lVert W \rVert_2$ by $c$ times the root of the number of entries, which
  may be far above 1, and a linear critic has no value for $\mathcal{N}(0, 1)$ against
  $\mathcal{N}(0, 4)$, where $W_1 = \sqrt{2/\pi}$;
- spectral normalisation leaves too few: with one hidden layer of ReLU, of any width, the best critic
  for these two attains half of $W_1$;
- a gradient penalty bounds nothing: its best critic is steeper than 1 (`wgan-gp`).

For a convolution the norm $R$ of the kernel as a matrix is not the norm $T$ of the layer: kernels of
$k \times k$ pixels have $R \le T \le k R$ on a torus. The kernel of nine ones has $R = 3$, $T = 9$.

Assumes   The Euclidean norm; a torus of $k \times k$ pixels or more.
Source    [@miyato2018, Eq. 7] for the product; [@anil2019] for what ReLU loses under it; [@sedghi2019]
          for convolutions. The half of $W_1$ and the two points are derived here.
"""

from itertools import pairwise

import numpy as np
import sympy as sp

from gantheory.densities import Normal
from gantheory.divergences import wasserstein_1
from gantheory.evidence import in_norm
from gantheory.nets import Network, Pass, ReLU, SpectralDense, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, at_most, equal, iff

theorem = Theorem(
    label="lipschitz-control",
    title=r"$\prod_l \lVert W_l \rVert_2$ bounds the slope; no Lipschitz control gives all of $W_1$",
    uses=("wgan-gp",),
    covers=("lipschitz-control", "lipschitz-product", "clipping-is-no-bound"),
    errata=(
        r"[@roysdon, section 1.9] has clipping, spectral norm or a gradient penalty enforce the "
        r"1-Lipschitz critics: the first two leave some of them, scaled, the last has steeper optima.",
    ),
)

a, b, c, r, x, z = sp.symbols("a b c r x z", real=True)
d, e, K, L = sp.symbols("d e K L", nonnegative=True)  # distances, Lipschitz constants
t, theta = sp.symbols("t theta", positive=True)
u, v, m = (
    sp.symbols(f"{name}_1 {name}_2", real=True) for name in "uvm"
)  # weights; slopes of units
SIGMOID = 1 / (1 + sp.exp(-a))
POSITIVE = (r > 0) & (x > 0)
UNITS = sp.And(*(sp.And(one >= -1, one <= 1) for one in m))


def derive():
    r"""Distances through the layers; the best of a bounded class; sums over frequencies.

    A layer multiplies distances by $\lVert W \rVert_2$ at most, an activation by 1. On a linear piece of
    $\sum_i v_i \phi(u_i x)$ the slope is $\sum_i v_i m_i u_i$ with $\lvert m_i \rvert \le 1$, at most
    $\lvert u \rvert \lvert v \rvert$ by Cauchy and Schwarz.

    On two points let the logit be $a + t$ on the data and $a$ on the model, $t \le L \theta$. With
    $x = e^a$ and $r = e^{-t/2}$ the value is $-\log((1 + x)(1 + r^2/x))$, and largest at $x = r$ alone.
    There it is $2 \log \sigma(t/2)$, which grows with $t$.

    Two normals with mean 0 and standard deviations 1 and 2: let $z \sim \mathcal{N}(0, 1)$, so that
    $W_1 = \mathbb{E}\lvert 2 z \rvert - \mathbb{E}\lvert z \rvert$. For one unit compare
    $\mathrm{ReLU}(2 z + b)$ with $\mathrm{ReLU}(z + b)$, and add the same for $-z$: the gain is at most
    $\lvert z \rvert$, whatever $b$. So a unit gains at most $\tfrac12 \mathbb{E}\lvert z \rvert$, which
    $b = 0$ attains, and all units together no more, since $\sum \lvert u_i v_i \rvert \le 1$. A unit of
    negative weight $v_i$ gains nothing.

    A convolution on a torus is a multiplication for each frequency. The mean over the frequencies of
    $\lvert \hat K \rvert^2$ is the sum of the squares of the kernel, $R^2$, so that the largest,
    $T^2$, is not below it; and $\lvert \hat K \rvert$ is at most the sum of the $k^2$ absolute values.
    """
    chain = (d >= 0) & (e <= K * d) & (r <= L * e) & (K >= 0) & (L >= 0)
    yield always("two layers in a row", chain, r <= K * L * d)
    slope = sum(v[i] * m[i] * u[i] for i in range(2)) ** 2
    product = (u[0] ** 2 + u[1] ** 2) * (v[0] ** 2 + v[1] ** 2)
    yield always("two units: the slope", UNITS, slope <= product, label="lipschitz-product")
    units = relu(c, a) & relu(r, b)
    yield always("ReLU is 1-Lipschitz", units, (c - r) ** 2 <= (a - b) ** 2)
    yield equal("the slope of σ", sp.Derivative(SIGMOID, a), SIGMOID * (1 - SIGMOID))
    yield always("it is at most 1/4", True, r * (1 - r) <= sp.Rational(1, 4))
    ends = sp.Subs(SIGMOID, a, sp.log(3)) - sp.Subs(SIGMOID, a, -sp.log(3))
    yield equal("from -log 3 to log 3", ends, sp.Rational(1, 2))
    bound = POSITIVE & ((1 + x) * (1 + r**2 / x) <= (1 + r) ** 2)
    yield iff("two points", bound, POSITIVE & sp.Eq(x, r), label="lipschitz-control")
    value, moved = -2 * sp.log(1 + sp.exp(-L * theta / 2)), L / (1 + sp.exp(L * theta / 2))
    yield equal("two points: the slope in θ", sp.Derivative(value, theta), moved)
    pieces = relu(c, b + 2 * z) & relu(r, b - 2 * z) & relu(d, b + z) & relu(e, b - z)
    gain = c + r - d - e
    yield always("one unit gains 0 to |z|", pieces & (z >= 0), (gain >= 0) & (gain <= z))
    yield equal("W1", sp.Integral(2 * x * NORMAL, (x, 0, sp.oo)), sp.sqrt(2 / sp.pi))
    yield equal("a unit with b = 0", UNIT, sp.sqrt(2 / sp.pi) / 2)
    squares = (a + b + c) ** 2 + 2 * ((a - b / 2 - c / 2) ** 2 + 3 * (b / 2 - c / 2) ** 2)
    yield equal("three pixels: the mean", squares / 3, a**2 + b**2 + c**2)
    yield always("three pixels: the largest", True, (a + b + c) ** 2 <= 3 * (a**2 + b**2 + c**2))


def check():
    r"""Networks, convolutions and spectral normalisation, by singular values.

    A random network 2-16-16-1 of ReLU has, at 400 points, slopes below half of the product of its norms,
    so that the bound is far from sharp; a network whose singular vectors fit each other attains it. Of
    a convolution $3 \times 3$ from 2 to 3 channels on $5 \times 5$ pixels the norm is computed by
    frequencies, and from the matrix of $75 \times 50$ entries. The package's layer divides by an
    estimate that is too small at first: after 60 passes its norm is 1.
    """
    rng = np.random.default_rng(8)
    flat, points = NET.start(rng).flat, rng.normal(0, 2, (400, 2))
    yield at_most("a random network", 2 * steepest(flat, points), product_of_norms(NET, flat))
    yield equal("a fitting network", sharpness(np.abs(rng.normal(size=(4, 16)))), 1)
    kernel = rng.normal(size=(3, 2, 3, 3))
    found = by_frequencies(kernel)
    yield equal("a convolution", found, by_matrix(kernel))
    yield at_least("its kernel as a matrix", found, reshaped(kernel))
    yield at_most("three times that", found, 3 * reshaped(kernel))
    yield equal("spectral normalisation, 60 passes", norm_after(60), 1)
    yield equal("W1", wasserstein_1(Normal(0, 1), Normal(0, 2)), sp.sqrt(2 / sp.pi))


def search(seed):
    r"""Networks 2-3-1 of ReLU with drawn weights, and two drawn points.

    A $\lvert f(x) - f(y) \rvert/\lvert x - y \rvert$ above the product of the norms would refute.
    """
    drawn = strategies.simplices(13)
    yield survives("quotients", quotient_below, drawn, seed=seed, examples=110)


def refute():
    r"""The sentence of [@roysdon, section 1.9], method by method, and mistakes about norms.

    Clipping is no bound of 1: 64 units clipped to $\tfrac{1}{10}$ may have the norm 6.4; and linear
    critics see nothing here. One hidden layer under spectral normalisation does not attain $W_1$. With
    the penalty $L (t - 1)^2$ for a slope $t$ between two points slope 1 is not optimal. The product is
    not the Lipschitz constant, the norm of a kernel as a matrix not that of its convolution, and one
    step of power iteration not enough.
    """
    yield at_most(
        "clipping to 1/10: 1-Lipschitz", norm_of_clipped(64), 1, label="clipping-is-no-bound"
    )
    means = sp.Integral((2 * x - x) * NORMAL, (x, -sp.oo, sp.oo))
    yield equal("clipping: a linear critic attains W1", means / 10, sp.sqrt(2 / sp.pi))
    yield at_least("spectral norm: a unit attains W1", UNIT, sp.sqrt(2 / sp.pi))
    paid = sp.Derivative(theta * t - L * (t - 1) ** 2, t)
    yield equal("gradient penalty: slope 1 is best", sp.Subs(paid, t, 1), 0)
    flat, points, ones = NET.start(np.random.default_rng(8)).flat, np.eye(2), np.ones((1, 1, 3, 3))
    yield equal("the bound is sharp", steepest(flat, points), product_of_norms(NET, flat))
    yield equal("the kernel's norm is the layer's", by_frequencies(ones), reshaped(ones))
    yield equal("one step of power iteration", norm_after(1), 1)


def figure():
    r"""Left, $D = \sigma(f)$ for logits of slope $L$; right, three critics of two normals.

    Right, for $\mathcal{N}(0, 1)$ against $\mathcal{N}(0, 4)$, the best 1-Lipschitz critic is
    $-\lvert x \rvert$. One hidden layer with spectral normalisation keeps half of its value, a clipped
    linear critic nothing.
    """
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.4))
    draw(left, right)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

NORMAL = sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi)
UNIT = sp.Integral((2 * x - x) * NORMAL, (x, 0, sp.oo))  # E ReLU(2 z) - E ReLU(z)
NET = mlp((2, 16, 16, 1), ReLU())
SMALL = mlp((2, 3, 1), ReLU())
PIXELS = 5


def relu(value, at):
    """That the value is max(at, 0)."""
    return (value >= 0) & (value >= at) & (sp.Eq(value, 0) | sp.Eq(value, at))


def norm(matrix):
    """The largest singular value."""
    return np.linalg.norm(matrix, 2)


@in_norm
def steepest(flat, points):
    """The largest slope of the network 2-16-16-1 at some points."""
    output, tape = NET.forward(NET.parameters(flat), points)
    slopes = NET.backward(NET.parameters(flat), tape, np.ones_like(output))
    return np.max(np.sqrt(np.sum(slopes**2, axis=1)))


@in_norm
def product_of_norms(network, flat):
    """The product of the largest singular values of its weights."""
    layers = network.parameters(flat).layers
    return np.prod([norm(tensors[0]) for tensors in layers if tensors])


@in_norm
def sharpness(rows):
    """The slope over the product of norms, for ReLU layers r_k r_{k+1}ᵀ of positive rows r_k."""
    value, layers = rows[0] / norm(rows[:1]), [np.outer(*pair) for pair in pairwise(rows)]
    for layer in layers:
        value = np.maximum(value @ layer, 0)
    return np.sqrt(np.sum(value**2)) / np.prod([norm(layer) for layer in layers])


@in_norm
def by_frequencies(kernel):
    """The norm of a circular convolution: the largest over the frequencies."""
    transformed = np.fft.fft2(kernel, (PIXELS, PIXELS))
    return np.max(np.linalg.norm(np.moveaxis(transformed, (2, 3), (0, 1)), 2, axis=(2, 3)))


@in_norm
def by_matrix(kernel):
    """The same, from the matrix: what it makes of each image of one pixel."""
    rows = []
    for image in np.eye(kernel.shape[1] * PIXELS**2).reshape(-1, kernel.shape[1], PIXELS, PIXELS):
        moved = [np.roll(image, (i, j), (1, 2)) for i in range(3) for j in range(3)]
        rows.append(np.einsum("sixy,ois->oxy", moved, kernel.reshape(*kernel.shape[:2], 9)).ravel())
    return norm(np.array(rows))


@in_norm
def reshaped(kernel):
    """The norm of the kernel as a matrix, a row for each output channel."""
    return norm(kernel.reshape(len(kernel), -1))


@in_norm
def norm_of_clipped(count):
    """The norm of a layer whose weights are all 1/10."""
    return norm(np.full((count, count), 0.1))


@in_norm
def norm_after(passes):
    """The norm of the package's normalised layer 6-6 after so many passes."""
    layer = Network((SpectralDense(6, 6),), 6)
    rng = np.random.default_rng(3)
    flat, state = layer.start(rng).flat, layer.start_state(rng)
    for _ in range(passes):
        run = Pass(True, (), state)
        outputs, _ = layer.forward(layer.parameters(flat), np.eye(6), run)
        state = (run.moved[0],)
    return norm(outputs)


def quotient_below(shares):
    """The claim for a network 2-3-1 and two points."""
    weights = 20 * (shares - 1 / 13) + 0.3 * np.sin(np.arange(1, 14))
    return at_most("quotient", quotient(weights), product_of_norms(SMALL, weights))


@in_norm
def quotient(weights):
    """The quotient for x = (w_1, w_2) and a y that is at most 2 away in each direction."""
    away = np.cos(weights[2:4]) + 1
    points = np.array([weights[:2], weights[:2] + away])
    values, _ = SMALL.forward(SMALL.parameters(weights), points)
    return np.abs(values[0, 0] - values[1, 0]) / np.sqrt(np.sum(away**2))


def draw(left, right):
    """Draw outputs for three bounds, and three critics."""
    at = np.linspace(-3, 3, 301)
    for slope, color, place in (
        (1, "C0", (1.4, 0.7)),
        (3, "C1", (0.6, 0.9)),
        (20, "C3", (-1.4, 0.6)),
    ):
        left.plot(at, 1 / (1 + np.exp(-slope * at)), color=color)
        left.annotate(f"$L={slope}$", place, color=color)
    left.set(title="A bounded slope widens the step", xlabel="sample $x$", ylabel="output $D(x)$")
    left.set(xticks=(-3, 0, 3), yticks=(0, 0.25, 0.5, 0.75, 1))
    for values, style, text, place in (
        (-np.abs(at), "C0-", "best: $W_1$", (-2.9, -1.6)),
        (-np.maximum(at, 0), "C1--", "spectral norm: $W_1/2$", (-2.9, 0.15)),
        (0.3 * at, "C3-", "clipped linear: 0", (0.9, 0.75)),
    ):
        right.plot(at, values, style)
        right.annotate(text, place, color=style[:2])
    right.set(title="Critics, and their values", xlabel="sample $x$", ylabel="critic $f(x)$")
    right.set(xticks=(-3, 0, 3), yticks=(-3, 0), ylim=(-3.1, 1.4))
