r"""A discriminator with two outputs and a softmax is one with a single logit, trained twice as fast.

Statement
---------
Let the discriminator give two logits, l_0 for "generated" and l_1 for "real", with labels (1, 0) and
(0, 1) and the cross-entropy of their softmax. With a = l_1 - l_0 the softmax is (1 - σ(a), σ(a)) and the
loss is the logistic loss in a:

    -log softmax_1 = log(1 + e^-a),    ∂CE/∂l_1 = -∂CE/∂l_0 = ∂BCE/∂a.

So l_0 + l_1 is never trained: adding a constant to both changes nothing, and nothing pulls it back. And
since both outputs move, in opposite directions, a linear head w_0, w_1 trained by gradient descent with
learning rate η has w_1 - w_0 on the path of a single head with learning rate 2 η. Weight decay differs
as well: the least (w_0² + w_1²)/2 with w_1 - w_0 = w is w²/4, half of w²/2.

Assumes   Labels from 0 to 1; the features are the same for both outputs.
Source    An Annotated Proof of Generative Adversarial Networks (2017), whose code has two outputs.
"""

# notation: l_0, l_1 the two logits, a their difference; y the label; w, v weights; x feature; c a number

from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_softmax, softmax

from gantheory.estimates import total
from gantheory.evidence import in_norm, pointwise, summed
from gantheory.losses import MINIMAX, label_forcing, two_logit, two_logit_gradient
from gantheory.losses.labels import label_forcing_gradient
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="two-logit-softmax",
    title="Softmax of two logits is a sigmoid of their difference, at twice the learning rate",
    covers=("two-logit-softmax",),
)

l_0, l_1, c, w, v, x = sp.symbols("l_0 l_1 c w v x", real=True)
y = sp.Symbol("y", positive=True)
SOFT = {y: (0, 1)}
STEPS = 50


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def shares(zero, one):
    """The softmax of two logits."""
    whole = sp.exp(zero) + sp.exp(one)
    return sp.exp(zero) / whole, sp.exp(one) / whole


def loss(zero, one, label):
    """-y log s_1 - (1 - y) log s_0."""
    s_0, s_1 = shares(zero, one)
    return -label * sp.log(s_1) - (1 - label) * sp.log(s_0)


def logistic(logit, label):
    """-y log σ(a) - (1 - y) log(1 - σ(a))."""
    return -label * sp.log(sigma(logit)) - (1 - label) * sp.log(1 - sigma(logit))


def derive():
    a = l_1 - l_0
    s_0, s_1 = shares(l_0, l_1)
    yield equal("softmax_1 = σ(l_1 - l_0)", s_1, sigma(a), label="two-logit-softmax")
    yield equal("softmax_0 = 1 - σ(l_1 - l_0)", s_0, 1 - sigma(a))
    yield equal("e^loss of a real sample is 1 + e^-(l_1 - l_0)", 1 / s_1, 1 + sp.exp(-a))
    by_1 = sp.Derivative(loss(l_0, l_1, y), l_1)
    by_0 = sp.Derivative(loss(l_0, l_1, y), l_0)
    yield equal("∂CE/∂l_1 = σ(a) - y, for any label", by_1, sigma(a) - y, where=SOFT)
    yield equal("∂CE/∂l_0 = -(σ(a) - y)", by_0, -(sigma(a) - y), where=SOFT)
    u = sp.Symbol("u", real=True)
    yield equal(
        "the single logit's own slope is σ(u) - y",
        sp.Derivative(logistic(u, y), u),
        sigma(u) - y,
        where=SOFT,
    )
    yield equal(
        "a constant added to both logits leaves the softmax", shares(l_0 + c, l_1 + c)[1], s_1
    )
    yield equal(
        "one gradient step of size c on both logits moves their difference by 2 c (y - σ(a))",
        (l_1 - c * by_1) - (l_0 - c * by_0) - a,
        2 * c * (y - sigma(a)),
        where=SOFT,
    )
    yield equal(
        "and their sum not at all",
        (l_1 - c * by_1) + (l_0 - c * by_0),
        l_0 + l_1,
        where=SOFT,
    )
    yield from weights()


def weights():
    yield equal(
        "linear heads w_0 = v, w_1 = w: ∂CE/∂w_1 - ∂CE/∂w_0 = 2 (σ((w - v) x) - y) x",
        sp.Derivative(loss(v * x, w * x, y), w) - sp.Derivative(loss(v * x, w * x, y), v),
        2 * (sigma((w - v) * x) - y) * x,
        where=SOFT,
    )
    yield at_least(
        "weight decay: (w_0² + w_1²)/2 ≥ (w_1 - w_0)²/4",
        (v**2 + w**2) / 2,
        (w - v) ** 2 / 4,
    )
    yield equal(
        "with equality at w_0 = -w_1 alone: what is left is (w_0 + w_1)²/4",
        (v**2 + w**2) / 2 - (w - v) ** 2 / 4,
        (v + w) ** 2 / 4,
    )


def check():
    rng = np.random.default_rng(30)
    pairs = 20 * rng.normal(size=(9, 2))
    labels = (rng.random(9) < 0.5).astype(float)
    yield equal(
        "nine pairs of logits of size 20: the coded loss against scipy's log_softmax",
        coded_loss(pairs, labels),
        by_log_softmax(pairs, labels),
    )
    yield from heads()
    yield from network()


@pointwise
def coded_loss(pairs, labels):
    """The mean cross-entropy of the softmax, from two_logit."""
    return float(two_logit(pairs, labels))


@summed
def by_log_softmax(pairs, labels):
    """-Σ log s_y/B."""
    logs = log_softmax(pairs, axis=1)
    return -np.where(labels == 1, logs[:, 1], logs[:, 0]) / len(pairs)


def heads():
    """Heads on fixed features: two with rate η, one with rate 2 η, one with rate η."""
    yield equal(
        f"{STEPS} steps of gradient descent: w_1 - w_0 is the single head with learning rate 2 η",
        difference(0.5),
        descended(1.0),
    )
    gap = difference(0.5) - descended(0.5)
    yield at_least(
        "and differs from the single head with learning rate η by more than 0.05",
        total(gap[k] * gap[k] for k in range(3)).sqrt(),
        0.05,
    )
    yield equal("1 + what w_0 + w_1 has moved by is 1", sum_moved(0.5), 1)


@in_norm
def difference(rate):
    """w_1 - w_0 after the steps."""
    return two_headed(rate)[1] - two_headed(rate)[0]


@in_norm
def sum_moved(rate):
    """1 + what w_0 + w_1 has moved by, entry by entry."""
    return 1 + two_headed(rate).sum(axis=0) - initial().sum(axis=0)


def features():
    """Features of 20 samples, with labels."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(20, 3)), (rng.random(20) < 0.5).astype(float)


def initial():
    """w_0 and w_1 at the start."""
    return np.random.default_rng(2).normal(size=(2, 3))


def two_headed(rate):
    """(w_0, w_1) after gradient descent by softmax."""
    (samples, labels), heads_ = features(), initial()
    wanted = np.stack([1 - labels, labels], axis=1)
    for _ in range(STEPS):
        given = softmax(samples @ heads_.T, axis=1)
        heads_ = heads_ - rate * (given - wanted).T @ samples / len(labels)
    return heads_


@in_norm
def descended(rate):
    """A single head from w_1 - w_0, with this learning rate, by the coded logistic loss."""
    (samples, labels), weights_ = features(), initial()[1] - initial()[0]
    for _ in range(STEPS):
        weights_ = weights_ - rate * label_forcing_gradient(samples @ weights_, labels) @ samples
    return weights_


def network():
    """One hidden layer below: the gradient of the shared layers is that of the single logit."""
    rng = np.random.default_rng(3)
    wide, narrow = mlp((3, 5, 2), Tanh()), mlp((3, 5, 1), Tanh())
    both = wide.start(rng)
    shared, last, shift = both.flat[:20], both.flat[20:30].reshape(5, 2), both.flat[30:]
    one = narrow.parameters(
        np.concatenate([shared, last[:, 1] - last[:, 0], [shift[1] - shift[0]]])
    )
    batch, labels = rng.normal(size=(8, 3)), (rng.random(8) < 0.5).astype(float)
    yield equal(
        "a network 3-5-2 and the network 3-5-1 of the difference: one gradient for the shared layer",
        by_softmax(wide, both, batch, labels),
        by_sigmoid(narrow, one, batch, labels),
    )


@in_norm
def by_softmax(network, parameters, batch, labels):
    """The gradient of the cross-entropy of two logits in the first 20 parameters."""
    into = network.parameters(np.zeros(network.size))
    logits, tape = network.forward(parameters, batch)
    network.backward(parameters, tape, two_logit_gradient(logits, labels), into=into)
    return into.flat[:20]


@in_norm
def by_sigmoid(network, parameters, batch, labels):
    """The same of one logit."""
    into = network.parameters(np.zeros(network.size))
    logits, tape = network.forward(parameters, batch)
    by_logit = label_forcing_gradient(logits[:, 0], labels)[:, None]
    network.backward(parameters, tape, by_logit, into=into)
    return into.flat[:20]


def search(seed):
    hunt = partial(survives, seed=seed, examples=120)
    pairs = strategies.logit_batches(largest=50.0).flatmap(
        lambda one: strategies.logits(50.0).map(lambda shift: (one, shift))
    )
    yield hunt(
        "any logits in ±50: the loss of both is the logistic loss of the difference", agree, pairs
    )
    yield hunt(
        "any logits in ±50: ∂CE/∂l_1 = -∂CE/∂l_0 = (s_1 - y)/B, as d_gradient has it", slopes, pairs
    )


def stacked(example):
    """Pairs (l_0, l_1) and labels."""
    logits, shift = example
    other = shift - 0.5 * logits
    return np.stack([np.append(other, 0.5), np.append(logits, 0.0)], axis=1)


def agree(example):
    pairs = stacked(example)
    labels = np.arange(len(pairs)) % 2 * 1.0
    return equal("CE", coded_loss(pairs, labels), logistic_loss(pairs, labels))


@summed
def logistic_loss(pairs, labels):
    """Mean log(1 + e^-a) over real and log(1 + e^a) over generated samples, a = l_1 - l_0."""
    return np.logaddexp(0, (1 - 2 * labels) * (pairs[:, 1] - pairs[:, 0])) / len(pairs)


def slopes(example):
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


def refute():
    a = l_1 - l_0
    yield equal(
        "the learning rate stays: a step of size c moves the difference by c (y - σ(a))",
        -c * (sp.diff(loss(l_0, l_1, y), l_1) - sp.diff(loss(l_0, l_1, y), l_0)),
        c * (y - sigma(a)),
        where=SOFT,
    )
    yield equal("softmax_1 = σ(l_1): the other logit forgotten", shares(l_0, l_1)[1], sigma(l_1))
    yield equal("softmax_1 = σ(l_0 - l_1): the labels exchanged", shares(l_0, l_1)[1], sigma(-a))
    yield equal(
        "two sigmoids, a loss for each output, are the same as a softmax",
        logistic(l_1, sp.Integer(1)) + logistic(l_0, sp.Integer(0)),
        loss(l_0, l_1, sp.Integer(1)),
    )
    yield equal(
        "scaling both logits by 2 changes nothing, as shifting does",
        shares(2 * l_0, 2 * l_1)[1],
        shares(l_0, l_1)[1],
    )
    yield equal(
        "the means over both outputs: a loss divided by 2 B has the same slope",
        sp.diff(loss(l_0, l_1, y), l_1) / 2,
        sigma(a) - y,
        where=SOFT,
    )
    yield at_most(
        "weight decay on both heads costs what it costs on the single one, w²/2",
        (w - v) ** 2 / 2,
        (v**2 + w**2) / 2,
    )
    yield equal(
        f"after {STEPS} steps w_1 - w_0 is the single head with the same learning rate",
        difference(0.5),
        descended(0.5),
    )


def figure():
    from matplotlib import pyplot as plt

    grid = np.linspace(-4, 4, 161)
    zero, one = np.meshgrid(grid, grid)
    height = label_forcing((one - zero)[..., None], 1.0)
    fig, axes = plt.subplots(figsize=(5.4, 4.6))
    filled = axes.contourf(
        zero, one, height, levels=np.linspace(0, 8, 17), cmap="PuBu", extend="max"
    )
    axes.plot([-4, 4], [-4, 4], color="0.2", linestyle="--", linewidth=1)
    for start in ((2.5, -0.5), (0.0, -3.0), (3.5, 1.5)):
        step = 1.6 * expit(start[0] - start[1])
        axes.annotate(
            "",
            (start[0] - step, start[1] + step),
            start,
            arrowprops={"arrowstyle": "->", "color": "C1", "linewidth": 1.6},
        )
    axes.annotate("D = 1/2", (-2.9, -2.45), rotation=45, ha="center", va="center")
    axes.annotate("l₀ + l₁ never moves", (3.8, -3.3), color="white", ha="right")
    bar = fig.colorbar(filled, ax=axes, ticks=(0, 2, 4, 6, 8))
    bar.set_label("nats")
    axes.set(
        title="Cross-entropy of a real sample, two logits",
        xlabel="l₀, for generated",
        ylabel="l₁, for real",
        xticks=(-4, 0, 4),
        yticks=(-4, 0, 4),
        aspect="equal",
    )
    return fig
