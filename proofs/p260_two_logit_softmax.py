r"""A discriminator with two outputs and a softmax is a discriminator with one logit.

Statement
---------
Programs for classification end in a softmax over classes, and some discriminators are written in
the same way, with two classes. Let such a discriminator give two logits, $l_0$ for generated and
$l_1$ for real, with the labels $(1, 0)$ and $(0, 1)$ and the cross-entropy $\mathrm{CE}$ of their
softmax. With $a = l_1 - l_0$ the softmax is $(1 - \sigma(a), \sigma(a))$, so that $\mathrm{CE}$ is
the logistic loss of $a$, and

$$\frac{\partial\,\mathrm{CE}}{\partial l_1} = -\frac{\partial\,\mathrm{CE}}{\partial l_0}
  = \sigma(a) - y$$

for the label $y$ of a sample. The loss does not depend on the sum $l_0 + l_1$: adding a constant to
both logits changes nothing, and the gradient in the logits has no part along the sum. So the theory
of the single logit, in which $D = \sigma(a)$ and $a^* = \log p - \log q$, applies to $l_1 - l_0$
without a change.

Assumes   Labels $y$ from $0$ to $1$, where $1$ says real.
Source    [@annotated2017], whose code has two outputs.
"""

from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_softmax, softmax

from gantheory.evidence import in_norm, pointwise, summed
from gantheory.losses import MINIMAX, two_logit, two_logit_gradient
from gantheory.losses.labels import label_forcing_gradient
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal

theorem = Theorem(
    label="two-logit-softmax",
    title=r"The softmax of two logits is a sigmoid of their difference",
    covers=("two-logit-softmax",),
)

# l_0, l_1: the two logits; a: a single one; c: a number
l_0, l_1, a, c = sp.symbols("l_0 l_1 a c", real=True)
y = sp.Symbol("y", positive=True)  # the label, in (0, 1)
SOFT = {y: (0, 1)}
SHARE_0, SHARE_1 = (sp.exp(one) / (sp.exp(l_0) + sp.exp(l_1)) for one in (l_0, l_1))
LOSS = -y * sp.log(SHARE_1) - (1 - y) * sp.log(SHARE_0)
SIGMOID = 1 / (1 + sp.exp(-a))
LOGISTIC = -y * sp.log(SIGMOID) - (1 - y) * sp.log(1 - SIGMOID)  # the loss of the single logit
DIFFERENCE = {a: l_1 - l_0}


def derive():
    r"""Divide numerator and denominator of the softmax by $e^{l_1}$.

    The share of the second output becomes $\frac{1}{1 + e^{-(l_1 - l_0)}} = \sigma(a)$, and that of
    the first is what is left of $1$. So a real sample costs $\log(1 + e^{-a})$, which is the
    logistic loss. The loss depends on the logits through $a$ alone, and by the chain rule its
    derivative in $l_1$ is that of the logistic loss in $a$, and its derivative in $l_0$ the
    negative of it. The label $y$ may be any number from $0$ to $1$, as in label smoothing; only the
    two labels $0$ and $1$ occur in the plain algorithm.

    A constant that is added to both logits cancels in the difference. A step of gradient descent in
    the two logits themselves moves them by the same amount in opposite directions, so their sum
    stays. (In a network a step changes the layers below, too, and with them the sum.)
    """
    yield equal("softmax_1", SHARE_1, SIGMOID.subs(DIFFERENCE), label="two-logit-softmax")
    yield equal("softmax_0", SHARE_0, 1 - SIGMOID.subs(DIFFERENCE))
    yield equal("e^loss of a real sample", 1 / SHARE_1, 1 + sp.exp(-(l_1 - l_0)))
    by_0, by_1 = (sp.Derivative(LOSS, one) for one in (l_0, l_1))
    wrong_by = SIGMOID.subs(DIFFERENCE) - y
    yield equal("the slope in l_1", by_1, wrong_by, where=SOFT)
    yield equal("the slope in l_0", by_0, -wrong_by, where=SOFT)
    yield equal("the slope in a", sp.Derivative(LOGISTIC, a), SIGMOID - y, where=SOFT)

    raised = SHARE_1.subs({l_0: l_0 + c, l_1: l_1 + c}, simultaneous=True)
    yield equal("a constant added to both", raised, SHARE_1)
    stepped = (l_1 - c * by_1) + (l_0 - c * by_0)
    yield equal("the sum after a step", stepped, l_0 + l_1, where=SOFT)


def check():
    r"""The package's loss beside SciPy's, and a network below the two outputs.

    Nine pairs of logits of size $20$ with random labels are given to the package's loss, which
    takes the difference of the logits first, and to SciPy's `log_softmax`, which does not. Then a
    network with layers of widths $3$, $5$, $2$ is compared with a network $3$, $5$, $1$, whose last
    layer is the difference of the two rows of the first: backpropagation gives one gradient for the
    shared layer. So a layer below the last one gets the same gradient from one output as from two.
    """
    pairs, labels = nine_pairs()
    yield equal("nine pairs of size 20", coded_loss(pairs, labels), by_log_softmax(pairs, labels))
    two, one = networks()
    yield equal("the gradient of the shared layer", by_softmax(*two), by_sigmoid(*one))


def search(seed):
    r"""Random batches of logits up to $50$ in size, where a softmax is $0$ or $1$ to many digits.

    For each batch the loss of the pairs is compared with the logistic loss of the differences; and
    the coded slopes with the error $\sigma(a) - y$, from SciPy's softmax, and with the gradient of
    the discriminator's loss, which knows one logit only. One batch with another loss, or another
    slope, would refute the theorem or the code.
    """
    hunt = partial(survives, seed=seed, examples=120)
    pairs = strategies.logit_batches(largest=50.0).flatmap(
        lambda one: strategies.logits(50.0).map(lambda shift: (one, shift))
    )
    yield hunt("the loss, logits in ±50", agree, pairs)
    yield hunt("the slopes, logits in ±50", slopes, pairs)


def refute():
    r"""Two outputs that are taken for two separate ones.

    The softmax is not the sigmoid of its own logit, as it is tempting to read it when the second
    output is named real: the other logit counts as much. Exchanged labels turn the sign of the
    difference. Two sigmoids, each with a loss of its own, are another loss, which determines both
    logits and not their difference alone. Scaling both logits is not like shifting them: the
    softmax becomes more certain. And a program that takes the mean over samples and outputs, as a
    mean over all entries of an array does, and not over samples alone, halves the slope, so that
    the same learning rate trains half as fast.
    """
    yield equal("sigmoid of l_1 alone", SHARE_1, SIGMOID.subs(a, l_1))
    yield equal("labels exchanged", SHARE_1, SIGMOID.subs(a, l_0 - l_1))
    separate = LOGISTIC.subs({a: l_1, y: 1}) + LOGISTIC.subs({a: l_0, y: 0})
    yield equal("two sigmoids for a softmax", separate, LOSS.subs(y, 1))
    doubled = SHARE_1.subs({l_0: 2 * l_0, l_1: 2 * l_1}, simultaneous=True)
    yield equal("both logits doubled", doubled, SHARE_1)
    halved = sp.diff(LOSS, l_1) / 2
    yield equal("a mean over both outputs", halved, SIGMOID.subs(DIFFERENCE) - y, where=SOFT)


def figure():
    r"""The cross-entropy of a real sample over the plane of the two logits.

    The lines of equal loss are parallel to the diagonal $l_0 = l_1$, on which $D = \frac{1}{2}$.
    The arrows are steps of gradient descent. They cross the lines at right angles, and no step
    moves along them: this is the direction of $l_0 + l_1$.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots(figsize=(5.4, 4.6))
    filled = parallel_lines(axes)
    fig.colorbar(filled, ax=axes, ticks=(0, 2, 4, 6, 8), label="loss, nats")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def nine_pairs():
    """Nine pairs of logits, and labels."""
    rng = np.random.default_rng(30)
    return 20 * rng.normal(size=(9, 2)), (rng.random(9) < 0.5).astype(float)


@pointwise
def coded_loss(pairs, labels):
    """The mean cross-entropy of the softmax, from two_logit."""
    return float(two_logit(pairs, labels))


@summed
def by_log_softmax(pairs, labels):
    """-Σ log s_y/B."""
    logs = log_softmax(pairs, axis=1)
    return -np.where(labels == 1, logs[:, 1], logs[:, 0]) / len(pairs)


def networks():
    """(network, parameters, batch, labels) of a network 3-5-2 and of the 3-5-1 of the difference.

    The first 20 parameters are those of the hidden layer: 15 weights and 5 shifts.
    """
    rng = np.random.default_rng(3)
    wide, narrow = mlp((3, 5, 2), Tanh()), mlp((3, 5, 1), Tanh())
    both = wide.start(rng)
    shared, last, shift = both.flat[:20], both.flat[20:30].reshape(5, 2), both.flat[30:]
    difference = [shared, last[:, 1] - last[:, 0], [shift[1] - shift[0]]]
    batch = rng.normal(size=(8, 3)), (rng.random(8) < 0.5).astype(float)
    return (wide, both, *batch), (narrow, narrow.parameters(np.concatenate(difference)), *batch)


@in_norm
def by_softmax(network, parameters, batch, labels):
    """The gradient of the cross-entropy of two logits in the shared layer."""
    return shared(network, parameters, batch, lambda found: two_logit_gradient(found, labels))


@in_norm
def by_sigmoid(network, parameters, batch, labels):
    """The same of one logit."""
    return shared(network, parameters, batch, lambda found: column(found[:, 0], labels))


def column(logits, labels):
    """The slopes of the logistic loss, as a batch of one output."""
    return label_forcing_gradient(logits, labels)[:, None]


def shared(network, parameters, batch, slope):
    """Backpropagate a slope in the logits to the first 20 parameters, those of the hidden layer."""
    into = network.parameters(np.zeros(network.size))
    logits, tape = network.forward(parameters, batch)
    network.backward(parameters, tape, slope(logits), into=into)
    return into.flat[:20]


def stacked(example):
    """Pairs (l_0, l_1) of which the differences are three halves of the drawn logits, less a shift.

    The last pair, (1/2, 0), is always there, so that no batch is empty.
    """
    logits, shift = example
    other = shift - 0.5 * logits
    return np.stack([np.append(other, 0.5), np.append(logits, 0.0)], axis=1)


def agree(example):
    """The loss of pairs is the logistic loss of their differences."""
    pairs = stacked(example)
    labels = np.arange(len(pairs)) % 2 * 1.0
    return equal("CE", coded_loss(pairs, labels), logistic_loss(pairs, labels))


@summed
def logistic_loss(pairs, labels):
    """Mean log(1 + e^-a) over real and log(1 + e^a) over generated samples, a = l_1 - l_0."""
    return np.logaddexp(0, (1 - 2 * labels) * (pairs[:, 1] - pairs[:, 0])) / len(pairs)


def slopes(example):
    """Three claims on the coded slopes of one batch, in which the first half of the samples is real.

    The number 2 is added on both sides of each, because slopes may be 0 and have no relative error
    then. B is the size of the batch: the loss is a mean, the terms of the game's gradient are sums.
    """
    pairs = stacked(example)
    half = len(pairs) // 2
    labels = np.append(np.ones(half), np.zeros(len(pairs) - half))
    coded, expected = coded_slopes(pairs, labels), 2 + (real_shares(pairs) - labels)
    yield equal("2 + B ∂CE/∂l_1 = 2 + s_1 - y", 2 + coded[:, 1], expected)
    yield equal("2 - B ∂CE/∂l_0 = 2 + s_1 - y", 2 - coded[:, 0], expected)
    if half:
        yield equal("2 + the terms of d_gradient", 2 + coded[:, 1], 2 + terms_of_v(pairs, half))


@in_norm
def coded_slopes(pairs, labels):
    """B (∂CE/∂l_0, ∂CE/∂l_1), from two_logit_gradient."""
    return two_logit_gradient(pairs, labels) * len(pairs)


@pointwise
def real_shares(pairs):
    """s_1, from scipy's softmax."""
    return softmax(pairs, axis=1)[:, 1]


@pointwise
def terms_of_v(pairs, half):
    """-(1 - D) at the real pairs, D at the others, from d_gradient."""
    logits = pairs[:, 1] - pairs[:, 0]
    by_real, by_fake = MINIMAX.d_gradient(logits[:half], logits[half:])
    return np.append(by_real * half, by_fake * (len(pairs) - half))


def parallel_lines(axes):
    """Draw the loss of a real sample and three steps; return the filled lines."""
    from gantheory.figures import shades

    grid = np.linspace(-4, 4, 161)
    zero, one = np.meshgrid(grid, grid)
    height = np.logaddexp(0, zero - one)
    levels = np.linspace(0, 8, 17)
    filled = axes.contourf(zero, one, height, levels, colors=shades(17), extend="max")
    axes.plot([-4, 4], [-4, 4], color="C4", linestyle="--", linewidth=1)
    arrow = {"arrowstyle": "->", "color": "C2", "linewidth": 1.6}
    for start in ((2.5, -0.5), (0.0, -3.0), (3.5, 1.5)):
        step = 1.6 * expit(start[0] - start[1])
        axes.annotate("", (start[0] - step, start[1] + step), start, arrowprops=arrow)
    axes.annotate("$D$ = ½", (-2.2, -3), va="center")
    axes.annotate("$l_0+l_1$ is never trained", (-3.7, 3.4))
    axes.set(xlabel="logit $l_0$, for generated", ylabel="logit $l_1$, for real", aspect="equal")
    axes.set(xticks=(-4, 0, 4), yticks=(-4, 0, 4))
    axes.set_title("Only the difference of two logits is trained")
    return filled
