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

import math
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_softmax, softmax

from gantheory.estimates import Estimate, route
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
    yield equal("with equality at w_0 = -w_1", ((-w) ** 2 + w**2) / 2, (2 * w) ** 2 / 4)


def check():
    rng = np.random.default_rng(30)
    pairs = 20 * rng.normal(size=(9, 2))
    labels = (rng.random(9) < 0.5).astype(float)
    found = float(two_logit(pairs, labels))
    told = log_softmax(pairs, axis=1)
    terms = np.where(labels == 1, told[:, 1], told[:, 0])
    yield equal(
        "nine pairs of logits of size 20: the coded loss against scipy's log_softmax",
        Estimate(found, 1e-15 * found, route=route("two_logit", "softplus")),
        Estimate(-np.mean(terms), 1e-14 * found, route=route("log_softmax", "log s")),
    )
    yield from heads()
    yield from network()


def heads():
    """Heads on fixed features: two with rate η, one with rate 2 η, one with rate η."""
    (single, slow), double = (descended(rate) for rate in (1.0, 0.5)), two_headed()
    difference = double[1] - double[0]
    size = np.ones(difference.size)
    made = Estimate(
        difference, 1e-12 * size, route=route("two heads, η", "softmax"), magnitude=size
    )
    yield equal(
        f"{STEPS} steps of gradient descent: w_1 - w_0 is the single head with learning rate 2 η",
        made,
        Estimate(single, 1e-12 * size, route=route("one head, 2 η", "sigmoid"), magnitude=size),
    )
    gap = float(np.linalg.norm(difference - slow))
    yield at_least(
        "and differs from the single head with learning rate η by more than 0.05",
        Estimate(gap, 1e-12, route=route("two heads, η", "distance")),
        0.05,
    )
    start = initial()
    moved = 1 + (double.sum(axis=0) - start.sum(axis=0))
    yield equal(
        "1 + what w_0 + w_1 has moved by is 1",
        Estimate(moved, 1e-13 * size, route=route("two heads, η", "sum")),
        1,
    )


def features():
    """Features of 20 samples, with labels."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(20, 3)), (rng.random(20) < 0.5).astype(float)


def initial():
    """w_0 and w_1 at the start."""
    return np.random.default_rng(2).normal(size=(2, 3))


def two_headed():
    """(w_0, w_1) after gradient descent with rate 1/2, by softmax."""
    (samples, labels), heads_ = features(), initial()
    told = np.stack([1 - labels, labels], axis=1)
    for _ in range(STEPS):
        given = softmax(samples @ heads_.T, axis=1)
        heads_ = heads_ - 0.5 * (given - told).T @ samples / len(labels)
    return heads_


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
    found, told = (wide.parameters(np.zeros(wide.size)), narrow.parameters(np.zeros(narrow.size)))
    logits, tape = wide.forward(both, batch)
    wide.backward(both, tape, two_logit_gradient(logits, labels), into=found)
    logits, tape = narrow.forward(one, batch)
    narrow.backward(one, tape, label_forcing_gradient(logits[:, 0], labels)[:, None], into=told)
    size = np.full(20, np.abs(told.flat).max())
    yield equal(
        "a network 3-5-2 and the network 3-5-1 of the difference: one gradient for the shared layer",
        Estimate(found.flat[:20], 1e-14 * size, route=route("3-5-2", "softmax"), magnitude=size),
        Estimate(told.flat[:20], 1e-14 * size, route=route("3-5-1", "sigmoid"), magnitude=size),
    )


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
    whole = np.logaddexp(pairs[:, 0], pairs[:, 1])
    told = math.fsum(whole - np.where(labels == 1, pairs[:, 1], pairs[:, 0])) / len(pairs)
    found = float(two_logit(pairs, labels))
    size = float(np.mean(np.abs(whole) + np.abs(pairs).max(axis=1)))
    yield equal(
        "CE",
        Estimate(found, 1e-15 * size, route=route("two_logit", "softplus"), magnitude=size),
        Estimate(told, 2e-15 * size, route=route("logaddexp", "log Σ e^l - l_y"), magnitude=size),
    )


def slopes(example):
    pairs = stacked(example)
    logits = pairs[:, 1] - pairs[:, 0]
    half = len(pairs) // 2
    labels = np.append(np.ones(half), np.zeros(len(pairs) - half))
    by_0, by_1 = two_logit_gradient(pairs, labels).T
    size = np.ones(len(pairs)) / len(pairs)
    told = (softmax(pairs, axis=1)[:, 1] - labels) / len(pairs)
    other = Estimate(told, 1e-13 * size, route=route("softmax", "s_1 - y"), magnitude=size)
    for name, slope in (("∂CE/∂l_1", by_1), ("-∂CE/∂l_0", -by_0)):
        made = Estimate(
            slope, 1e-15 * size, route=route("two_logit_gradient", name), magnitude=size
        )
        yield equal(name, made, other)
    if half:
        game = MINIMAX.d_gradient(logits[:half], logits[half:])
        told = np.append(game[0] * half, game[1] * (len(pairs) - half)) / len(pairs)
        other = Estimate(told, 1e-15 * size, route=route("d_gradient", "V"), magnitude=size)
        made = Estimate(by_1, 1e-15 * size, route=route("two_logit_gradient", "CE"), magnitude=size)
        yield equal("the terms of d_gradient, over the size of the whole batch", made, other)


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
    size = np.ones(3)
    yield equal(
        f"after {STEPS} steps w_1 - w_0 is the single head with the same learning rate",
        Estimate(
            two_headed()[1] - two_headed()[0], 1e-12 * size, route=route("two heads, η", "softmax")
        ),
        Estimate(descended(0.5), 1e-12 * size, route=route("one head, η", "sigmoid")),
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
