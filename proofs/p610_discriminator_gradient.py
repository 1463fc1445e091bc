r"""The gradient that trains the discriminator, by its output and by its logit.

Statement
---------
Let $D = \sigma(a)$ with a logit $a(x; \varphi)$, and let $x_1, \dots, x_B$ be real
samples and $y_1, \dots, y_B$ generated ones. The discriminator ascends the estimate
$\hat V = \frac{1}{B} \sum_i \log D(x_i) + \frac{1}{B} \sum_i \log(1 - D(y_i))$, whose
gradient in $\varphi$ has two forms,

$$ \begin{aligned}
   \nabla \hat V &= \frac{1}{B} \sum_i \frac{\nabla D(x_i)}{D(x_i)}
      - \frac{1}{B} \sum_i \frac{\nabla D(y_i)}{1 - D(y_i)} \\
   &= \frac{1}{B} \sum_i (1 - D(x_i)) \, \nabla a(x_i) - \frac{1}{B} \sum_i D(y_i) \, \nabla a(y_i).
   \end{aligned} $$

They are equal, since $\nabla D = D (1 - D) \, \nabla a$, but only the second is fit for
floats: where $D$ is rounded to 0 or 1 the first divides by 0, and before that by a
rounding error. A sample that $D$ gets right with certainty no longer trains it; one that
it gets wrong with certainty counts with all of $\nabla a$.

Assumes   $a$ is differentiable in $\varphi$ at the samples.
Source    [@goodfellow2014, Algorithm 1]; [@roysdon] for both forms.
"""

import math
from fractions import Fraction

import mpmath
import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.evidence import differences, in_norm, pointwise
from gantheory.losses import MINIMAX
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="discriminator-gradient",
    title=r"$B \, \nabla \hat V = \sum_i (1 - D(x_i)) \nabla a(x_i) - \sum_i D(y_i) \nabla a(y_i)$",
    uses=("optimal-discriminator",),
    covers=("discriminator-gradient",),
)

a, e = sp.symbols("a e", real=True)  # the logits of a real and of a generated sample
s, c = sp.symbols("s c", real=True)  # slope and curvature of the first, on a line in φ
r, b, t = sp.symbols("r b t", real=True)  # of the second, and the place on the line
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
real, fake = sigma(a + s * t + c * t**2), sigma(e + r * t + b * t**2)


def at_start(function):
    """The slope at t = 0."""
    return sp.Subs(sp.Derivative(function, t), t, 0)


def derive():
    r"""The gradient of a mean is the mean of the gradients, so take one sample first.

    On a line in $\varphi$ with direction $v$ the logit of the sample is
    $a + s t + c t^2 + \dots$, where $s = v \cdot \nabla a$. Its curvature $c$ stands for
    what the network does beyond first order, and drops out of every slope at $t = 0$.

    The sigmoid has the derivative $D (1 - D)$. For a real sample the term is $\log D$,
    so divide by $D$: that leaves $1 - D$. For a generated sample it is $\log(1 - D)$, so
    divide by $1 - D$: that leaves $D$, with a minus sign.
    """
    share, slope = sigma(a), at_start(real)
    yield equal("the sigmoid", slope, share * (1 - share) * s)
    yield equal("a real sample", at_start(sp.log(real)), (1 - share) * s, label=theorem.label)
    yield equal("a generated sample", at_start(sp.log(1 - real)), -share * s)
    yield equal("∇D/D", slope / share, (1 - share) * s)
    yield equal("∇D/(1 - D)", slope / (1 - share), share * s)

    # Two samples, one of each kind: the slopes add up. A batch is a mean of such pairs.
    both = at_start(sp.log(real) + sp.log(1 - fake))
    yield equal("one of each", both, (1 - sigma(a)) * s - sigma(e) * r)

    # A real sample with a → ∞ is one that D gets right: its weight 1 - D tends to 0. With a → -∞ D gets
    # it wrong, and the weight tends to 1, not more: one outlier among the real samples cannot dominate
    # through its weight, only through its ∇a. For generated samples the ends are exchanged.
    yield equal("a real sample, right", 1 + sp.Limit(1 - sigma(a), a, sp.oo), 1)
    yield equal("a real sample, wrong", sp.Limit(1 - sigma(a), a, -sp.oo), 1)


def certify():
    r"""Where floats of 53 bits lose the first form, each for a whole interval of logits in one ball.

    The largest float below 1 is $1 - 2^{-53}$ and the least positive one $2^{-1074}$. So $D$ is rounded
    to 1 where $1 - D < 2^{-54}$, and to 0 where $D < 2^{-1075}$, all the more further out. And for
    $33 \le a \le 37$ the rounding of $D$, up to $2^{-54}$, may be a hundredth of $1 - D$.
    """
    rest = certified.over(sigma(-a), {a: (Fraction(3743, 100), 38)})
    yield at_most("1 - D is rounded to 0, from a = 37.43", rest, Fraction(1, 2**54))
    share = certified.over(sigma(a), {a: (Fraction(-1493, 2), -746)})
    yield at_most("D is rounded to 0, down from a = -746", share, Fraction(1, 2**1075))
    lost = certified.over(1 / (2**54 * sigma(-a)), {a: (33, 37)})
    yield at_least("rounding beside 1 - D, 33 ≤ a ≤ 37", lost, Fraction(1, 100))


def check():
    r"""A network 2-5-1 with 21 parameters, seven real and seven generated samples.

    The backward pass, as in training, is compared with central differences of $\hat V$ in four random
    directions. Then with the first form of the statement, for which $D$ and $\nabla D$ are written out
    by hand for this network. The slopes in the logits come from the package's losses, `d_gradient`. The
    last claim is why code uses logits: at logits of $\pm 1000$, all on the wrong side, each sample
    counts with its full weight $1/B$, although $D$ is rounded to 0 or 1.
    """
    rng = np.random.default_rng(23)
    for size in (0.5, 2.0):
        flat = size * NETWORK.start(rng).flat
        flat[10:15] = rng.normal(size=5)  # biases that do not vanish
        batches = rng.normal(size=(2, 7, 2))
        ways, text = rng.normal(size=(4, 21)) / math.sqrt(21), f"weights of size {size:g}"
        found = by_backward(flat, batches, ways)
        moved = differences(value_of_batches(batches), flat, ways)
        yield equal(f"{text}: differences", found, moved, tolerance=1e-8)
        yield equal(f"{text}: the first form", found, by_quotients(flat, batches, ways))
    wrong = np.array([-1000.0, -1000.0])
    weights = weights_of_logits(wrong, -wrong) * np.array([1, 1, -1, -1])
    yield equal("logits of ±1000, all wrong", weights, Fraction(1, 2))


def search(seed):
    r"""Batches of logits up to $\pm 700$, where $D$ is as small as $10^{-304}$.

    A pair of batches refutes the theorem if the coded gradient differs from $\nabla D/D$ and
    $-\nabla D/(1 - D)$, quotients with 60 digits, as $1 - D$ and $D$ differ by 300 orders of magnitude.
    Each batch has a logit of 0 in it, so that no gradient is 0 throughout.
    """
    one = strategies.logit_batches(largest=700.0).map(lambda logits: np.append(logits, 0.0))
    pairs = one.flatmap(lambda real: one.map(lambda fake: (real, fake)))
    yield survives("the two forms in 60 digits", forms_agree, pairs, seed=seed, examples=130)


def refute():
    r"""Five mistakes, in formulas and in code.

    $D$ and $1 - D$ are exchanged easily, since it sounds right that a real sample with a large $D$
    counts more; it counts less, for it is learnt already. The sign of the second half is lost where
    code minimises one cross-entropy and text maximises $V$. The factor $1 - D$ is forgotten, as if
    there were no sigmoid. One mean over all $2 B$ samples, in place of two means over $B$ each, halves
    the gradient, and so the learning rate. And in floats the quotient $\nabla D/(1 - D)$ is not as good
    as $D \, \nabla a$: at $a = 36$ it is off by more than $1/100$.
    """
    yield equal("D for 1 - D", at_start(sp.log(real)), sigma(a) * s)
    yield equal("the sign", at_start(sp.log(1 - real)), sigma(a) * s)
    yield equal("the sigmoid forgotten", at_start(sp.log(real)), s)
    both = (1 - sigma(a)) * s - sigma(e) * r
    yield equal("one mean over 2 B samples", both / 2, both)
    off = abs(quotient_in_floats(36.0) - sigma(sp.Integer(36)))
    yield at_most("the quotient in floats, a = 36", off, Fraction(1, 100))


def figure():
    r"""The weight of $\nabla a$ for a real and for a generated sample, over the logit of the sample.

    A sample in the middle, at $D = 1/2$, counts with half of its $\nabla a$.
    """
    from matplotlib import pyplot as plt

    at = np.linspace(-8, 8, 400)
    fig, axes = plt.subplots()
    axes.plot(at, expit(-at), color="C0")
    axes.plot(at, -expit(at), color="C2")
    axes.axhline(0, color="C6", linewidth=0.8, zorder=0)
    axes.annotate("real sample: $1-D$", (-7.8, 1.06), va="bottom", color="C0")
    axes.annotate("generated sample: $-D$", (7.8, -1.06), ha="right", va="top", color="C2")
    axes.annotate("wrong:\nfull weight", (-5, 0.55), ha="center")
    axes.annotate("right:\nnothing left to learn", (5, 0.1), ha="center", va="bottom")
    for text, place in (("right", (-5, -0.2)), ("wrong", (5, -0.6))):
        axes.annotate(text, place, ha="center")
    axes.set(title="What one sample weighs in the gradient of $D$", ylabel=r"weight of $\nabla a$")
    axes.set(xlabel="logit $a$ of the sample", xlim=(-8, 8), ylim=(-1.35, 1.35), xticks=(-8, 0, 8))
    axes.set(yticks=(-1, -0.5, 0, 0.5, 1))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

NETWORK = mlp((2, 5, 1), Tanh())


def value_of_batches(batches):
    r"""$\hat V$ as a function of the parameters."""

    def value(flat):
        parameters = NETWORK.parameters(flat)
        logits = [NETWORK.forward(parameters, batch)[0][:, 0] for batch in batches]
        return -float(MINIMAX.d_loss(*logits))

    return value


@in_norm
def by_backward(flat, batches, ways):
    """The derivative in each direction, by the hand-written passes of losses and layers.

    The loss is minimised and the value is maximised, hence the minus sign. Real and
    generated samples go through the network in two passes, and their gradients are
    added.
    """
    parameters = NETWORK.parameters(flat)
    passes = [NETWORK.forward(parameters, batch) for batch in batches]
    slopes = MINIMAX.d_gradient(*(logits[:, 0] for logits, _ in passes))
    total = np.zeros(NETWORK.size)
    for (_, tape), slope in zip(passes, slopes, strict=True):
        into = NETWORK.parameters(np.zeros(NETWORK.size))
        NETWORK.backward(parameters, tape, slope[:, None], into=into)
        total -= into.flat
    return ways @ total


@in_norm
def by_quotients(flat, batches, ways):
    r"""The same from $\nabla D/D$ and $\nabla D/(1 - D)$, without the package's passes."""
    total = np.zeros(flat.size)
    for batch, sign in zip(batches, (1, -1), strict=True):
        for x in batch:
            share, slope = output_and_slope(flat, x)
            total += slope / (share if sign > 0 else share - 1) / len(batch)
    return ways @ total


def output_and_slope(flat, x):
    r"""$D = \sigma(v \cdot \tanh(x W + b) + c)$ at x, and $\nabla D$ in the order W, b, v, c."""
    first, shift, last, level = flat[:10].reshape(2, 5), flat[10:15], flat[15:20], flat[20]
    hidden = np.tanh(x @ first + shift)
    bent = last * (1 - hidden**2)
    share = 1 / (1 + math.exp(-float(hidden @ last + level)))
    logit_slope = np.concatenate([np.outer(x, bent).ravel(), bent, hidden, [1.0]])
    return share, share * (1 - share) * logit_slope


@pointwise
def weights_of_logits(real, fake):
    """((1 - D(x_i))/B, -D(y_i)/B): minus what d_gradient gives."""
    return -np.concatenate(MINIMAX.d_gradient(real, fake))


def forms_agree(example):
    """Return that the weights are the quotients."""
    return equal("both batches", weights_of_logits(*example), quotients_in_60_digits(*example))


@pointwise
def quotients_in_60_digits(real, fake):
    """∇D/D at real and -∇D/(1 - D) at generated samples, over the size of the batch."""
    with mpmath.workdps(60):
        of_real = [output_quotient(logit) / len(real) for logit in real]
        of_fake = [-output_quotient(-logit) / len(fake) for logit in fake]
        return np.array([float(one) for one in of_real + of_fake])


def output_quotient(logit):
    """D'/D for D = 1/(1 + e^-a), where D' = e^-a/(1 + e^-a)²."""
    power = mpmath.exp(-mpmath.mpf(float(logit)))
    return (power / (1 + power) ** 2) / (1 / (1 + power))


@pointwise
def quotient_in_floats(logit):
    """D'/(1 - D), D' by its own formula, as floats give it."""
    power = math.exp(-logit)
    return power / (1 + power) ** 2 / (1 - 1 / (1 + power))
