r"""With a linear logit the discriminator is logistic regression: a convex problem.

Statement
---------
Let the discriminator be $D(x) = \sigma(a(x))$ with the logit $a = w \cdot x + c$. The gradient of
its cross-entropy in $w$ is $\mathbb{E}[(D(X) - Y)\, X]$, and the cross-entropy is convex in
$(w, c)$. The optimal $D^*$ belongs to this family exactly if $\log p - \log q$ is linear in $x$, as
it is for two Gaussians of one variance: $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ have the logit
$\frac{1}{2} - x$. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ the best linear logit is no
better than a coin: the two have the same mean, and a line cannot use the difference of their
widths.

Assumes   $D^*$ is compared with fits to the densities themselves, that is, to infinitely many
          samples.
Source    [@roysdon] for the gradient of logistic regression.
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import differences, in_norm
from gantheory.losses import MINIMAX, label_forcing
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="logistic-regression-discriminator",
    title=r"A linear logit is logistic regression: convex, with gradient $\mathbb{E}[(D - Y)\, X]$",
    uses=("discriminator-logistic-mle",),
    covers=("logistic-regression-discriminator",),
)

# a: the logit at one point x; w, c: its slope and shift; u, v: a direction in the plane of (w, c)
a, x, w, c, u, v, t = sp.symbols("a x w c u v t", real=True)
y = sp.Symbol("y", integer=True)  # the label, 0 or 1
SIGMOID = 1 / (1 + sp.exp(-a))
CROSS_ENTROPY = -y * sp.log(SIGMOID) - (1 - y) * sp.log(1 - SIGMOID)
LINE = w * x + c
# the means and the widths of two Gaussians, and the logarithm of the ratio of their densities
m_p, m_q = sp.symbols("m_p m_q", real=True)
s_p, s_q = sp.symbols("s_p s_q", positive=True)
GAUSSIANS = [sp.exp(-((x - m) ** 2) / (2 * s**2)) / s for m, s in ((m_p, s_p), (m_q, s_q))]
LOG_RATIO = sp.log(GAUSSIANS[0] / GAUSSIANS[1])
p, q = sp.symbols("p q", positive=True)  # the densities of data and model at one point


def derive():
    r"""Two derivatives, and the family that contains $D^*$.

    The derivative of the cross-entropy in the logit is $D - y$, and that of the logit in $w$ is
    $x$. The second derivative in a direction $(u, v)$ of the plane of $(w, c)$ is
    $D (1 - D) (u x + v)^2$, for both labels. It is never negative, so the cross-entropy is convex,
    and it stays convex when it is averaged over samples. A minimum is therefore global.

    A line cannot follow every $D^*$. For two Gaussians of one width the logarithm of the ratio of
    their densities is linear in $x$, so $D^*$ is in the family. At $D^*$ the two halves of the
    gradient, of the data and of the model, cancel at every point and not only in the mean:
    $p (1 - D^*) = q D^*$.
    """
    by_w = sp.Derivative(CROSS_ENTROPY.subs(a, LINE), w)
    yield equal("the derivative in w", by_w, (SIGMOID.subs(a, LINE) - y) * x, label=theorem.label)
    along = CROSS_ENTROPY.subs(a, (w + t * u) * x + c + t * v)
    curvature = (SIGMOID * (1 - SIGMOID)).subs(a, LINE) * (u * x + v) ** 2
    for label in (1, 0):
        second = sp.Subs(sp.Derivative(along.subs(y, label), t, t), t, 0)
        yield equal(f"the curvature, label {label}", second, curvature)
    yield at_least("it is not negative", SIGMOID * SIGMOID.subs(a, -a) * (u * x + v) ** 2, 0)

    linear = ((m_p - m_q) * x + (m_q**2 - m_p**2) / 2) / s_p**2
    unit = {m_p: 0, m_q: 1, s_p: 1, s_q: 1}
    yield equal("two Gaussians of one width", LOG_RATIO.subs(s_q, s_p), linear)
    yield equal("N(0, 1) and N(1, 1)", LOG_RATIO.subs(unit), sp.Rational(1, 2) - x)
    star = p / (p + q)
    yield equal("the gradient's halves at D*", p * (1 - star), q * star)


def certify():
    r"""For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, s^2)$ each slope $w$ costs.

    Both densities are even, so that $x \sigma(w x)$ has the mean of $\tfrac12 x \tanh(w x/2)$. Hence
    the cross-entropy of $\sigma(w x)$ has the derivative $\tfrac12 \int_0^\infty \varphi(x)\, x
    (\tanh(w x/2) + s \tanh(s w x/2)) \,\mathrm{d}x$ in $w$. It is above $w/10$, already on $[0, 6]$,
    for all $w$ from $1/10$ to 1 and $s$ from 1 to 2.
    """
    pulls = sp.tanh(w * x / 2) + s_q * sp.tanh(s_q * w * x / 2)
    part = sp.Integral(sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi) * x * pulls, (x, 0, 6)) / 2
    box = {w: (sp.Rational(1, 10), 1), s_q: (1, 2)}
    yield at_least("what a slope costs", part, w / 10, where=box)


def check():
    r"""Logistic regression fitted to densities, and the gradient as programs compute it.

    The fits minimise the expected cross-entropy by Newton's method, with integrals over a grid that
    is fine enough to leave no error but rounding: this is the regression for infinitely many
    samples. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(1, 1)$ they find the logit of $D^*$, and the
    cross-entropy $\log 2 - \mathrm{JSD}$. With three real samples to one generated the slope is the
    same, and the shift is larger by $\log 3$. For $\mathcal{N}(0, 1)$ and $\mathcal{N}(0, 2^2)$ no
    linear logit is better than $D = \frac{1}{2}$, though $D^*$ itself would do better by more than
    $\frac{1}{20}$.

    Last, $\frac{1}{B} X^{\mathrm{T}} (D - y)$ for $12$ samples in $3$ dimensions is compared with
    differences of the loss, for small and for large weights.
    """
    half, data, model, wide = sp.Rational(1, 2), Normal(0, 1), Normal(1, 1), Normal(0, 2)
    best = certified.log(2) - certified.js_divergence(data, model, digits=15)
    found = fitted(data, model)
    yield equal("the fitted w", found[0], -1)
    yield equal("the fitted c", found[1], half)
    yield equal("the cross-entropy of the fit", found[2], best)
    found = fitted(data, model, real_share=0.75)
    yield equal("three to one: w", found[0], -1)
    yield equal("three to one: c", found[1], half + sp.log(3))
    least = fitted(data, wide)[2]
    best = certified.log(2) - certified.js_divergence(data, wide, digits=12)
    yield equal("N(0, 1) and N(0, 2²): a coin", least, sp.log(2))
    yield at_least("N(0, 1) and N(0, 2²): D* is better", least, best + Fraction(1, 20))
    for size, (batch, weights) in batches().items():
        slopes = differences(partial(cross_entropy_of, *batch), weights, np.eye(4))
        yield equal(
            f"12 samples, weights of size {size:g}", regression_slope(*batch, weights), slopes
        )


def search(seed):
    r"""The regression's gradient, beside the gradient of the discriminator's loss.

    The package's loss is a mean over real plus a mean over generated samples. Half of its gradient
    in the logits, carried to the weights by $X$, must be $\frac{1}{B} X^{\mathrm{T}} (D - y)$, for
    random samples, two real and two generated, and random weights. One pair of gradients that
    differ would show that the regression and the game's discriminator are trained by different
    rules.
    """
    pairs = strategies.simplices(12).flatmap(
        lambda one: strategies.simplices(4).map(lambda two: (one, two))
    )
    yield survives("half of the loss's gradient", as_trained, pairs, seed=seed, examples=200)


def refute():
    r"""A wrong sign, and too much trust in a line.

    $(y - D)\, x$ is the gradient of the likelihood: a program that takes it for that of the loss
    climbs. The log ratio of two Gaussians is linear for equal widths alone, so a linear logit does
    not always reach $\log 2 - \mathrm{JSD}$. If the best linear logit is $0$ everywhere, that does
    not prove that the model is the data. And an unequal batch shifts the fit: its $D$ is the
    posterior for its own shares of labels.
    """
    uphill = (1 - SIGMOID.subs(a, LINE)) * x
    yield equal("(y - D) x", sp.Derivative(CROSS_ENTROPY.subs({a: LINE, y: 1}), w), uphill)
    yield equal("every log ratio linear", sp.Derivative(LOG_RATIO, x, x), 0)
    data, wide = Normal(0, 1), Normal(0, 2)
    best = certified.log(2) - certified.js_divergence(data, wide, digits=12)
    yield at_most("a line always reaches log 2 - JSD", fitted(data, wide)[2], best)
    shift = fitted(data, Normal(1, 1), real_share=0.75)[1]
    yield equal("three to one leaves c", shift, sp.Rational(1, 2))


def figure():
    r"""Logistic regression on $60$ samples of each, beside $D^*$.

    The ticks are the samples: data $\mathcal{N}(0, 1)$ with label $1$ on top, model
    $\mathcal{N}(1, 1)$ with label $0$ below, beside their densities. The solid curve is fitted to
    these labels; the dashed curve is $D^*(x) = \sigma(\frac{1}{2} - x)$, which it would become with
    more samples.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    labels_and_curves(axes)
    return fig


# --- how the numbers are made ---------------------------------------------------------------------


def newton(design, ones, zeros):
    """The minimum of the cross-entropy, for points of which label 1 and label 0 have these shares.

    Twelve steps of Newton's method from 0, each with the exact second derivative; the loss is
    convex, and these problems are mild enough for full steps.
    """
    weights = np.zeros(2)
    for _ in range(12):
        share = expit(design @ weights)
        slope = design.T @ (zeros * share - ones * (1 - share))
        bend = (design.T * ((ones + zeros) * share * (1 - share))) @ design
        weights = weights - np.linalg.solve(bend, slope)
    return weights


@in_norm
def fitted(real, fake, real_share=0.5):
    """(w, c, least cross-entropy) for two Gaussians.

    Nodes are 1/10 apart up to ±20: the sum over a uniform grid of such smooth terms, which vanish
    at its ends, is the integral to all digits.
    """
    at = np.arange(-200, 201) / 10
    design = np.stack([at, np.ones_like(at)], axis=1)
    ones = real_share * np.exp(real.logpdf(at)) / 10
    zeros = (1 - real_share) * np.exp(fake.logpdf(at)) / 10
    weights = newton(design, ones, zeros)
    logits = design @ weights
    least = -math.fsum(ones * log_expit(logits) + zeros * log_expit(-logits))
    return np.append(weights, least)


def batches():
    """((samples, labels), weights) by the size of the weights."""
    rng = np.random.default_rng(22)
    samples = np.hstack([rng.normal(size=(12, 3)) + 0.5, np.ones((12, 1))])
    batch = samples, np.repeat([1.0, 0.0], 6)
    return {size: (batch, size * rng.normal(size=4)) for size in (0.3, 3.0)}


def cross_entropy_of(samples, labels, weights):
    """The mean cross-entropy, by the coded loss."""
    return label_forcing(samples @ weights, labels)


@in_norm
def regression_slope(samples, labels, weights):
    """Xᵀ(D - y)/B, where D - y = s σ(s a), s = 1 - 2 y."""
    sign = 1 - 2 * labels
    return (sign * expit(sign * (samples @ weights))) @ samples / len(labels)


def as_trained(example):
    """Both gradients; 100 is added, beside which their entries, below 60, are compared."""
    shares, drawn = example
    samples = np.append(60 * (shares - 0.05).reshape(4, 3), np.ones((4, 1)), axis=1)
    weights, labels = 4 * (drawn - 0.2), np.array([1.0, 1.0, 0.0, 0.0])
    slope = regression_slope(samples, labels, weights)
    return equal("100 + Xᵀ(D - y)/B", 100 + carried(samples, weights), 100 + slope)


@in_norm
def carried(samples, weights):
    """Half of the gradient of the loss in the logits, times X; the first two samples are real."""
    halves = MINIMAX.d_gradient(*np.split(samples @ weights, 2))
    return np.concatenate(halves) @ samples / 2


def labels_and_curves(axes):
    """Draw samples, densities, the fit and D*."""
    rng, at, count = np.random.default_rng(3), np.linspace(-4, 5, 401), 60
    real, fake = rng.normal(size=count), 1 + rng.normal(size=count)
    samples, ones = np.append(real, fake), np.repeat([1.0, 0.0], count)
    weights = newton(np.stack([samples, np.ones(2 * count)], axis=1), ones, 1 - ones)
    axes.fill_between(at, 1, 1 - 0.5 * Normal(0, 1).pdf(at), color="C0", alpha=0.2, linewidth=0)
    axes.fill_between(at, 0, 0.5 * Normal(1, 1).pdf(at), color="C2", alpha=0.2, linewidth=0)
    axes.plot(real, np.full(count, 1.03), "|", color="C0", clip_on=False)
    axes.plot(fake, np.full(count, -0.03), "|", color="C2", clip_on=False)
    axes.plot(at, expit(weights[0] * at + weights[1]), color="C4")
    axes.plot(at, expit(0.5 - at), color="C4", linestyle="--")
    axes.annotate("label 1: data", (-3.9, 1.1), va="bottom", color="C0")
    axes.annotate("label 0: model", (4.9, -0.1), ha="right", va="top", color="C2")
    axes.annotate("solid: fitted\ndashed: $D^*$", (4.9, 0.5), ha="right")
    axes.set(xlim=(-4, 5), ylim=(-0.28, 1.28), xticks=(-4, -2, 0, 1, 3, 5), yticks=(0, 0.5, 1))
    axes.set(xlabel="sample $x$", ylabel="probability of label 1")
    axes.set_title("Logistic regression on the labels approaches $D^*$")
