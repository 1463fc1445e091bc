r"""With batch norm $D(x)$ depends on the whole batch: the output at $x$ moves with every other sample.

Statement
---------
In training batch norm takes one channel $x_1, \dots, x_n$ of a batch to

$$y_i = \gamma h_i + \beta, \quad h_i = \frac{x_i - \mu}{\sqrt{v + \varepsilon}}, \quad \mu = \frac{1}{n}
\sum_{i=1}^{n} x_i, \quad v = \frac{1}{n} \sum_{i=1}^{n} (x_i - \mu)^2.$$

With $r = 1/\sqrt{v + \varepsilon}$ the derivatives are

$$\frac{\partial y_i}{\partial x_j} =
\gamma r \left(\delta_{ij} - \frac{1}{n} - \frac{h_i h_j}{n}\right),$$

which is 0 along the constants, $\gamma \varepsilon r^3$ along $h$ itself and $\gamma r$ along the
rest. So one sample has many outputs: for $\varepsilon = 0$ the sample 0 has $h = -\sqrt{6}/2$ in
the batch $\{0, 1, 2\}$ and $h = -10/\sqrt{146}$ in $\{0, 1, 9\}$, which are $-1.2247$ and
$-0.8276$.

A bias before the layer has no effect, and a factor $f > 0$ that of $\varepsilon/f^2$ for
$\varepsilon$. In evaluation, with running statistics, $y_i$ is an affine function of $x_i$ alone,
but not the one that was trained.

Assumes   $n \ge 2$ and a batch that is not constant, or $\varepsilon > 0$. That batch norm speeds up
          training is an observation, and not claimed here.
Source    [@ioffe2015, Algorithm 1]; [@annotated2017] for its use in $D$.
"""

import math

import numpy as np
import sympy as sp

from gantheory.estimates import total
from gantheory.evidence import in_norm, summed
from gantheory.losses import NON_SATURATING
from gantheory.nets import BatchNorm, Dense, Network, Pass, Tanh
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="batchnorm",
    title=r"With batch norm $D(x)$ depends on the whole batch",
    uses=("optimal-discriminator",),
    covers=("batchnorm",),
)

d, t = sp.symbols("d t", real=True)  # x_i - mu; the place along a direction u in the batch
u, b, c = sp.symbols("u b c", real=True)  # u_i, the mean of u, its covariance with x
v, w, e = sp.symbols("v w e", positive=True)  # the variances of x and of u, epsilon
g, k, m = sp.symbols("g k m", real=True)  # gamma, beta, a bias before the layer
f = sp.Symbol("f", positive=True)  # a factor before the layer
X = sp.symbols("x_1 x_2 x_3", real=True)
RATE = 1 / sp.sqrt(v + e)


def derive():
    r"""Move the batch along a direction, and watch one output.

    Let $x$ become $x + t u$. The mean moves by $t$ times the mean of $u$, and the variance becomes
    $v + 2 t c + t^2 w$, with the covariance $c$ of $x$ and $u$ and the variance $w$ of $u$: that is
    all a batch of any size contributes. The derivative of the quotient at $t = 0$ is the first
    claim. With $u$ a unit vector it gives $\partial y_i/\partial x_j$, since its mean is $1/n$ and
    its covariance $(x_j - \mu)/n$.

    Along $h$ itself the mean is 0 and the covariance $v r$. What is left is $\gamma r h (1 - v r^2)
    = \gamma \varepsilon r^3 h$, nearly nothing, since the layer divides a stretched batch by its
    own stretch. If all samples move alike nothing changes.

    What stands before the layer: a bias leaves $x - \mu$ alone. A factor $f$ comes out of $x - \mu$
    and, as $f^2$, out of $v$. The slopes are $1/f$ of those for $\varepsilon/f^2$: larger weights
    learn more slowly.
    """
    h = d * RATE
    found = g * RATE * (u - b - h * c * RATE)
    yield equal("along any direction, any batch size", slope(b, c, u), found, label=theorem.label)
    yield equal("along h itself", slope(0, v * RATE, h), g * e * RATE**3 * h)
    by_first = sp.Derivative(normed(X, 0), X[0])
    second, entry = sp.Derivative(g * normed(X, 0) + k, X[1]), 1 + normed(X, 0) * normed(X, 1)
    yield equal("three samples, the second moves", second, -g * rate(X) * entry / 3)
    others = [sp.Derivative(normed(X, 0), X[one]) for one in (1, 2)]
    yield equal("three samples, all move alike", by_first + others[0], -others[1])
    before = normed([m + f * x for x in X], 0)
    yield equal("behind a bias and a factor", before, normed(X, 0, e / f**2))
    yield equal(
        "slopes behind a factor",
        sp.Subs(by_first, X, tuple(f * x for x in X)),
        sp.Derivative(normed(X, 0, e / f**2), X[0]) / f,
    )
    yield from two_batches()


def certify():
    r"""The output at the sample 0 in the batch $\{0, 1, t\}$, over whole intervals of $t$.

    For $\varepsilon = 0$ it falls as $t$ comes up to 1, and rises beyond: so the same sample with the
    same neighbour 1 is moved both ways by the third one, least where two samples agree.
    """
    third = normed((sp.Integer(0), 1, t), 0, 0)
    below, above = sp.Rational(99, 100), sp.Rational(101, 100)
    yield increasing("it falls up to t = 0.99", -third, where={t: (-6, below)})
    yield increasing("it rises from t = 1.01 on", third, where={t: (above, 12)})


def check():
    r"""The layer of the package, and a discriminator with it.

    The layer is run on both batches with $\varepsilon = 10^{-5}$. Then a network of 8 units, with
    batch norm behind its first layer, sees one sample in two batches of 6: its logits are more than
    $\tfrac{1}{10}$ apart. In evaluation the sample has one logit, which is not the one of training.

    The gradients of the generator's loss by the samples of a batch add up to 0, up to rounding: a
    common shift of all samples is along the constants, and the layer does not see it.
    """
    yield from layer_alone()
    rng = np.random.default_rng(32)
    flat = CRITIC.start(rng).flat
    x, other = 1 + 3 * rng.normal(size=(2, 6, 1))
    other[0] = x[0]
    here, there = (output(CRITIC, flat, batch)[0, 0] for batch in (x, other))
    yield at_least("one sample's logits in two batches", abs(here - there), 0.1)
    sizes = added(flat, x, size=True)
    yield at_most("gradients by the samples, added up", abs(added(flat, x)), 10**-12 * sizes)
    calm, same = (output(CRITIC, flat, batch, training=False)[0, 0] for batch in (x, other))
    yield at_most("in evaluation, the same two", abs(calm - same), 1e-12)
    yield at_least("evaluation against training", abs(calm - here), 0.1)


def search(seed):
    r"""A hunt through batches for a backward pass that is not the derived matrix.

    Drawn are batches of any size with entries up to 100, and $\gamma$. The layer's backward pass is
    compared with the sum of $\gamma r (\delta_{ij} - 1/n - h_i h_j/n) \bar{y}_i$ over $i$, for
    fixed $\bar{y}$.
    """
    batches = strategies.logit_batches(largest=100.0).map(lambda x: np.append(x, (0.0, 1.0)))
    drawn = batches.flatmap(lambda x: strategies.logits(3).map(lambda gamma: (x, gamma + 4)))
    yield survives("the layer's backward pass", as_derived, drawn, seed=seed, examples=120)


def refute():
    r"""Five mistakes about the layer.

    $D$ is written as $D(x)$, and so is taken for a function of its sample. "Normalising the output
    of a layer" sounds like layer norm, which acts on one sample's channels. In a derivation by hand
    $\mu$ and $v$ are easily held fixed, which leaves $\gamma r$ alone. The variance is divided by
    $n$, not by $n - 1$ as in statistics. And batches are not normalised in evaluation: their means
    are free.
    """
    yield equal("D is a function of its sample", first_of((0, 1, 2)), first_of((0, 1, 9)))
    two = Network((BatchNorm(2),), 2)
    rows = output(two, (1, 1, 0, 0), np.array([[0.0, 5.0], [1.0, 1.0], [2.0, 9.0]]))
    yield equal("normalised over its channels", 1 + (rows[:, 0] + rows[:, 1]) / 2, 1)
    yield equal("mean and variance held fixed", slope(b, c, u), g * RATE * u)
    yield equal("n - 1 for n", first_of((0, 1, 2)), -1)
    calm = output(LAYER, (1.0, 0.0), np.array([[5.0], [5.1], [4.9], [5.2]]), training=False)
    mean = total(calm[i, 0] for i in range(4)) / 4
    yield equal("centred in evaluation, too", 1 + mean, 1)


def figure():
    r"""$h$ of the sample 0 in the batch $\{0, 1, x\}$, as $x$ moves.

    The sample 0 stays, and its output takes a whole range of values, the least at $x = 1$.
    """
    from matplotlib import pyplot as plt

    fig, axis = plt.subplots()
    at = np.linspace(-6, 12, 400)
    mean = (1 + at) / 3
    axis.plot(at, -mean / np.sqrt((1 + at**2) / 3 - mean**2), color="C3")
    for third, place in ((2, (2.6, -1.28)), (9, (6.2, -0.72))):
        height = float(normed((sp.Integer(0), 1, third), 0, 0))
        axis.plot(third, height, "o", color="C3")
        axis.text(*place, f"{{0, 1, {third}}}: −{-height:.4f}", color="C3")
    axis.set(title="Batch norm of the sample 0 in {0, 1, $x$}", xlabel="third sample $x$")
    axis.set(ylabel="output: (0 − mean)/spread", xticks=(-6, 0, 1, 2, 9), yticks=(-1, 0, 1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

LAYER = Network((BatchNorm(1),), 1)
CRITIC = Network((Dense(1, 8), BatchNorm(8), Tanh(), Dense(8, 1)), 1)


def rate(batch, epsilon=e):
    r"""$r = 1/\sqrt{v + \varepsilon}$."""
    mean = sum(batch) / len(batch)
    return 1 / sp.sqrt(sum((x - mean) ** 2 for x in batch) / len(batch) + epsilon)


def normed(batch, place, epsilon=e):
    r"""$h_i = (x_i - \mu) r$."""
    return (batch[place] - sum(batch) / len(batch)) * rate(batch, epsilon)


def first_of(batch):
    r"""$h_1$ for $\varepsilon = 0$, in a batch of three."""
    return sp.Subs(normed(X, 0, 0), X, batch)


def two_batches():
    r"""Claims on $h$ of the sample 0 in the two batches of the statement, exactly and to four places.

    The places are those of ten thousand times the number, rounded down after adding one half.
    """
    for batch, exact, digits in (
        ((0, 1, 2), -sp.sqrt(6) / 2, -12247),
        ((0, 1, 9), -10 / sp.sqrt(146), -8276),
    ):
        yield equal(f"h of 0 in {set(batch)}", first_of(batch), exact)
        rounded = sp.floor(10**4 * first_of(batch) + sp.Rational(1, 2))
        yield equal(f"h of 0 in {set(batch)}, times 10⁴, rounded", rounded, digits)


def layer_alone():
    r"""Claims on the layer of the package in the same batches, with $\varepsilon = 10^{-5}$.

    The mean and the variance of each batch are typed as fractions, so that nothing else is
    computed.
    """
    for batch, mean, spread in (((0.0, 1.0, 2.0), 1, "2/3"), ((0.0, 1.0, 9.0), "10/3", "146/9")):
        yield equal(
            f"the layer on {set(map(int, batch))}",
            output(LAYER, (1.0, 0.0), np.array(batch)[:, None])[0, 0],
            -sp.Rational(mean) / sp.sqrt(sp.Rational(spread) + sp.Rational(1, 10**5)),
        )


def slope(mean, with_x, way):
    r"""The derivative of $y_i$ along $x + t u$ at $t = 0$."""
    moved = (d + t * (way - mean)) / sp.sqrt(v + 2 * t * with_x + t**2 * w + e)
    return sp.Subs(sp.Derivative(g * moved + k, t), t, 0)


def passed(network, flat, x, training=True):
    """Output and tape, from the state at the start.

    In evaluation the layer uses the running mean and variance of that state, 0 and 1, which no
    batch has changed: what is compared is which samples a logit depends on, not how good it is.
    """
    run = Pass(training, (), network.start_state(np.random.default_rng(0)))
    return network.forward(network.parameters(np.asarray(flat, dtype=float)), x, run)


@in_norm
def output(network, flat, x, training=True):
    """Output of the network, from the state at the start."""
    return passed(network, flat, x, training)[0]


@summed(roundings=1024)  # a pass each way
def added(flat, x, size=False):
    """The sum over the samples of the gradient of the generator's loss, or of its absolute values."""
    logits, tape = passed(CRITIC, flat, x)
    by_logit = NON_SATURATING.g_gradient(logits[:, 0])[:, None]
    slopes = CRITIC.backward(CRITIC.parameters(flat), tape, by_logit)
    return np.abs(slopes) if size else slopes


def as_derived(drawn):
    """Claim that the backward pass is the derived matrix, beside the largest entry it may have."""
    x, gamma = drawn
    bar = np.cos(1 + np.arange(len(x)))
    size = math.ceil(gamma / np.std(x) * np.sum(np.abs(bar)))
    found, expected = by_backward(x, gamma, bar), by_entries(x, gamma, bar)
    return equal("2 + gradient/size", 2 + found / size, 2 + expected / size)


@in_norm
def by_backward(x, gamma, bar):
    r"""The gradient by $x$ for that by $y$, by the layer's backward pass."""
    flat = np.array([gamma, 0.3])
    _, tape = passed(LAYER, flat, x[:, None])
    return LAYER.backward(LAYER.parameters(flat), tape, bar[:, None])[:, 0]


@in_norm
def by_entries(x, gamma, bar):
    """The same, by the entries of the derived matrix."""
    count, away = len(x), x - math.fsum(x) / len(x)
    r = 1 / math.sqrt(math.fsum(away**2) / count + 1e-5)
    matrix = gamma * r * (np.eye(count) - 1 / count - np.outer(away, away) * r**2 / count)
    return np.array([math.fsum(row * bar) for row in matrix])
