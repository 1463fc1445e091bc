r"""Two outputs train at twice the learning rate of one, and at half the weight decay.

Statement
---------
Let a discriminator end in a softmax of two linear heads, $l_0 = w_0 \cdot x$ and
$l_1 = w_1 \cdot x$, on features $x$. Under gradient descent with learning rate $\eta$, $w_1 - w_0$
takes the path of a single head $w$ with a sigmoid and learning rate $2\eta$, and $w_0 + w_1$ stays
where it began. Weight decay differs as well: the least
$\frac{1}{2}(\lVert w_0 \rVert^2 + \lVert w_1 \rVert^2)$ with $w_1 - w_0 = w$ is
$\frac{1}{4} \lVert w \rVert^2$, half of what the single head pays. Neither changes what $D$ can
represent; both change how it trains.

Assumes   The features are the same for both heads and are not trained.
Source    [@annotated2017], whose code has two outputs.
"""

import numpy as np
import sympy as sp
from scipy.special import softmax

from gantheory.estimates import total
from gantheory.evidence import in_norm
from gantheory.losses.labels import label_forcing_gradient
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="two-logit-learning-rate",
    title=r"Two softmax heads at learning rate $\eta$ are one sigmoid head at $2\eta$",
    uses=("two-logit-softmax",),
    covers=("two-logit-learning-rate",),
)

# v, w: one entry of the weights w_0 and w_1; x: the feature that it belongs to; c: a learning rate
v, w, x, c = sp.symbols("v w x c", real=True)
l_0, l_1 = sp.symbols("l_0 l_1", real=True)  # the two logits
y = sp.Symbol("y", positive=True)  # the label, in (0, 1)
SOFT = {y: (0, 1)}
LOSS = sp.log(sp.exp(l_0) + sp.exp(l_1)) - y * l_1 - (1 - y) * l_0  # the cross-entropy
REAL = 1 / (1 + sp.exp(l_0 - l_1))  # the share of l_1 in the softmax
HEADS = {l_0: v * x, l_1: w * x}
STEPS = 50


def derive():
    r"""Both heads move, in opposite directions.

    Let $s = \sigma(l_1 - l_0)$ be the probability that the discriminator gives to real. The slope
    of the cross-entropy is $s - y$ in $l_1$ and $-(s - y)$ in $l_0$. A step of size $\eta$ lowers
    $l_1$ by $\eta (s - y)$ and raises $l_0$ by as much, so the difference moves by
    $-2 \eta (s - y)$, twice as far as a single logit would. For linear heads the slopes are
    multiplied by the feature, and the same holds for $w_1 - w_0$. Since the next slope depends on
    this difference alone, all steps agree. The slopes of $w_0$ and $w_1$ add up to $0$, so the sum
    of the heads stays.

    As to weight decay, for a given difference the sum of squares is least at $w_0 = -w_1$: what
    $\frac{1}{2}(w_0^2 + w_1^2)$ has above $\frac{1}{4}(w_1 - w_0)^2$ is $\frac{1}{4}(w_0 + w_1)^2$.
    """
    by_0, by_1 = (sp.Derivative(LOSS, one) for one in (l_0, l_1))
    moved = (l_1 - c * by_1) - (l_0 - c * by_0) - (l_1 - l_0)
    yield equal("a step of size c", moved, 2 * c * (y - REAL), where=SOFT)
    by_v, by_w = (sp.Derivative(LOSS.subs(HEADS), one) for one in (v, w))
    slope = 2 * (REAL.subs(HEADS) - y) * x
    yield equal(
        "the slopes of two heads",
        by_w - by_v,
        slope,
        where=SOFT,
        label="two-logit-learning-rate",
    )
    yield equal("the sum of the heads", by_w + by_v, 0, where=SOFT)

    decay = (v**2 + w**2) / 2
    yield at_least("the least weight decay", decay, (w - v) ** 2 / 4)
    yield equal("what is above it", decay - (w - v) ** 2 / 4, (v + w) ** 2 / 4)


def check():
    r"""Fifty steps of gradient descent, on $20$ samples with $3$ features.

    Two heads are trained by the softmax with $\eta = \frac{1}{2}$, from random weights. A single
    head starts from their difference and is trained by the coded logistic loss. With the learning
    rate $1$ it ends where the difference ends; with $\frac{1}{2}$ it ends elsewhere, more than
    $0.05$ away. The sum of the two heads has not moved.
    """
    yield equal("w_1 - w_0, and one head at rate 2 η", difference(0.5), descended(1.0))
    gap = difference(0.5) - descended(0.5)
    far = total(gap[k] * gap[k] for k in range(3)).sqrt()
    yield at_least("w_1 - w_0, away from one head at rate η", far, 0.05)
    yield equal("1 + the change of w_0 + w_1", sum_moved(0.5), 1)


def refute():
    r"""What changes silently when one output becomes two.

    Hyperparameters are copied from a program with one output to one with two, or the reverse, as if
    the heads were one. Then the learning rate is not what it was, for one step and for fifty.
    Weight decay on both heads is not that of the single head, either.
    """
    by_0, by_1 = (sp.diff(LOSS, one) for one in (l_0, l_1))
    yield equal("one step at the same rate", -c * (by_1 - by_0), c * (y - REAL), where=SOFT)
    yield at_most("weight decay w²/2 on both heads", (w - v) ** 2 / 2, (v**2 + w**2) / 2)
    yield equal(f"{STEPS} steps at the same rate", difference(0.5), descended(0.5))


# --- how the numbers are made ---------------------------------------------------------------------


def features():
    """Features of 20 samples, with labels."""
    rng = np.random.default_rng(1)
    return rng.normal(size=(20, 3)), (rng.random(20) < 0.5).astype(float)


def initial():
    """w_0 and w_1 at the start."""
    return np.random.default_rng(2).normal(size=(2, 3))


def two_headed(rate):
    """(w_0, w_1) after gradient descent by softmax."""
    (samples, labels), weights = features(), initial()
    wanted = np.stack([1 - labels, labels], axis=1)
    for _ in range(STEPS):
        given = softmax(samples @ weights.T, axis=1)
        weights = weights - rate * (given - wanted).T @ samples / len(labels)
    return weights


@in_norm
def difference(rate):
    """w_1 - w_0 after the steps."""
    return two_headed(rate)[1] - two_headed(rate)[0]


@in_norm
def sum_moved(rate):
    """1 + what w_0 + w_1 has moved by, entry by entry."""
    return 1 + two_headed(rate).sum(axis=0) - initial().sum(axis=0)


@in_norm
def descended(rate):
    """A single head from w_1 - w_0, with this learning rate, by the coded logistic loss."""
    (samples, labels), weights = features(), initial()[1] - initial()[0]
    for _ in range(STEPS):
        weights = weights - rate * label_forcing_gradient(samples @ weights, labels) @ samples
    return weights
