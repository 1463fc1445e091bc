r"""Two outputs train at twice the learning rate of one, and at half the weight decay.

Statement
---------
Let a discriminator end in a softmax of two linear heads, $l_0 = w_0 \cdot x$ and
$l_1 = w_1 \cdot x$, on features $x$. Under gradient descent with learning rate $\eta$, $w_1 - w_0$
takes the path of a single head $w$ with a sigmoid and learning rate $2\eta$, and $w_0 + w_1$ stays
where it began. So the largest stable learning rate is half of that of the single head: 4 and not 8 for
logits that are to become 0. Weight decay differs as well: the least
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
from gantheory.losses import two_logit_gradient
from gantheory.losses.labels import label_forcing_gradient
from gantheory.testing import strategies, survives
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
a, t = sp.symbols("a t", positive=True)  # a difference of logits, and one on the way to it
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

    # Where half of the samples are real, y = 1/2 on average. Then a step of both heads takes their
    # difference a to a + c (1 - 2 s), with the slope 1 - 2 c s (1 - s): at a = 0 that is 1 - c/2, which
    # is below -1 for c above 4.
    share = 1 / (1 + sp.exp(-a))
    slope = 1 - 2 * c * share * (1 - share)
    yield equal("the slope of a step", sp.Derivative(a + c * (1 - 2 * share), a), slope)
    yield equal("the slope at a = 0", sp.Limit(slope, a, 0, "+"), 1 - c / 2)

    decay = (v**2 + w**2) / 2
    yield at_least("the least weight decay", decay, (w - v) ** 2 / 4)
    yield equal("what is above it", decay - (w - v) ** 2 / 4, (v + w) ** 2 / 4)


def certify():
    r"""The largest stable learning rate where $y = \tfrac12$, on whole intervals.

    A step takes $a > 0$ nearer to 0 if it does not end beyond $-a$: if $\int_0^a (2 - 2 c\, \sigma(t)
    \sigma(-t)) \,\mathrm{d}t$, which is the sum of $a$ and its place after the step, is positive. For
    two heads with $c = 4$ it is, for every $a$ from $1/4$ to 10. With $c = 5$, at which one head is
    stable, it is negative for every $a$ from $1/100$ to 1: small logits are thrown farther out.
    """
    reach = sp.Integral(2 - 2 * c / ((1 + sp.exp(t)) * (1 + sp.exp(-t))), (t, 0, a))
    small = {a: (sp.Rational(1, 100), 1)}
    yield at_least("c = 4: nearer", reach.subs(c, 4), 0, where={a: (sp.Rational(1, 4), 10)})
    yield at_most("c = 5: farther", reach.subs(c, 5), 0, where=small)
    yield at_least("c = 5, one head: nearer", reach.subs(c, sp.Rational(5, 2)), 0, where=small)


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


def search(seed):
    r"""One step on drawn samples, heads and labels, with the package's two losses.

    The features, of size up to 10, the two heads and the labels, from 0 to 1, are drawn, and the rate
    is $\tfrac12$. One batch on which the difference of the heads leaves the path of one head at twice
    the rate, or their sum moves, would refute the statement.
    """
    drawn = strategies.markov_kernels(4, 6)
    yield survives("one step of two heads", one_step, drawn, seed=seed, examples=120)


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


def one_step(rows):
    """w_1 - w_0 moves as one head at twice the rate, and w_0 + w_1 stays; 100 is added."""
    samples, heads, labels = 10 * rows[:2].T - 1, 20 * rows[2].reshape(3, 2)[:2], rows[3]
    by_two, by_one = heads_after(samples, heads, labels), head_after(samples, heads, labels)
    yield equal("100 + w_1 - w_0", 100 + (by_two[1] - by_two[0]), 100 + by_one)
    moved = by_two[0] + by_two[1] - (heads[0] + heads[1])
    yield equal("100 + the change of w_0 + w_1", 100 + moved, 100)


@in_norm
def heads_after(samples, heads, labels):
    """Both heads after a step of size 1/2, by the coded loss of two logits."""
    return heads - two_logit_gradient(samples @ heads.T, labels).T @ samples / 2


@in_norm
def head_after(samples, heads, labels):
    """One head, from the difference of the two, after a step of size 1."""
    head = heads[1] - heads[0]
    return head - label_forcing_gradient(samples @ head, labels) @ samples
