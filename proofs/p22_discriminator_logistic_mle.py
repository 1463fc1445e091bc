r"""Training the discriminator is logistic regression by maximum likelihood.

Statement
---------
Toss a fair coin Y. If it says 1, draw x from the data (density p), else from the model (density q). A
discriminator D is a model of the label, Y = 1 with probability D(x), and its expected log likelihood is

    E[Y log D(X) + (1 - Y) log(1 - D(X))] = V(D, G) / 2.

So the D that maximises V is the maximum-likelihood D, and the least cross-entropy is

    -C(G)/2 = log 2 - JSD(p, q) = H(Y|X):

what the sample leaves unknown of its label. For a logit a = w · x that is linear in w, the gradient of
the cross-entropy is E[(D(X) - Y) X], the loss is convex in w, and D* is in the family exactly if log p -
log q is linear, as for two normal laws of one variance: N(0, 1) against N(1, 1) has logit 1/2 - x.

With a batch of n_r real and n_f generated samples and one mean over all of them, the coin is not fair:
π = n_r/(n_r + n_f), D = π p/(π p + (1 - π) q), and every logit is shifted by log n_r/n_f.

Assumes   p and q are densities with respect to one measure; 0 log 0 = 0.
Source    Goodfellow et al. (2014), section 4.1; Roysdon for the gradient of logistic regression.
"""

# notation: p, q densities of data and model; D in (0, 1); a its logit; w, c slope and shift of a
# notation: s = p/(p + q); y the label of a sample; u, v a direction; n_r, n_f sizes of the two batches

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit, log_expit, xlogy

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal
from gantheory.evidence import differences, in_norm, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import MINIMAX, label_forcing
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="discriminator-logistic-mle",
    title="max V is maximum likelihood for a fair label: min cross-entropy = log 2 - JSD = H(Y|X)",
    uses=("optimal-discriminator", "c-equals-2jsd-minus-log4"),
    covers=("discriminator-logistic-mle",),
    errata=(
        "An Annotated Proof (2017) speaks of the standard 0-1 classification loss, and trains by "
        "cross-entropy: the least value of the one is (1 - TV)/2, that of the other log 2 - JSD.",
    ),
)

p, q, D, n_r, n_f = sp.symbols("p q D n_r n_f", positive=True)
x, w, c, u, v, a = sp.symbols("x w c u v a", real=True)
y = sp.Symbol("y", integer=True)
HALF, LOG_2 = sp.Rational(1, 2), sp.log(2)
INSIDE = {D: (0, 1)}
STAR = p / (p + q)

BELL, MOVED = Normal(0, 1), Normal(1, 1)
PAIRS = {
    "N(0, 1) against N(1, 1)": (BELL, MOVED),
    "N(0, 1) against N(1, 2²)": (BELL, Normal(1, 2)),
    "N(0, 1) against two bumps": (BELL, Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5))),
    "Laplace(0, 1) against N(0, 1)": (Laplace(0, 1), BELL),
    "Cauchy(0, 1) against Cauchy(1, 2)": (Cauchy(0, 1), Cauchy(1, 2)),
}


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def cross_entropy(logit, y):
    """-y log σ(a) - (1 - y) log(1 - σ(a))."""
    return -y * sp.log(sigma(logit)) - (1 - y) * sp.log(1 - sigma(logit))


def entropy(share):
    """h(s) = -s log s - (1 - s) log(1 - s)."""
    return -share * sp.log(share) - (1 - share) * sp.log(1 - share)


def bell(mean, scale):
    """Density of N(mean, scale²)."""
    return sp.exp(-((x - mean) ** 2) / (2 * scale**2)) / (scale * sp.sqrt(2 * sp.pi))


def derive():
    joint, likelihood = (p / 2) ** y * (q / 2) ** (1 - y), D**y * (1 - D) ** (1 - y)
    yield equal(
        "summed over the labels, log D^y (1 - D)^(1 - y) weighs (p log D + q log(1 - D))/2",
        sp.Sum(joint * sp.log(likelihood), (y, 0, 1)),
        (p * sp.log(D) + q * sp.log(1 - D)) / 2,
        where=INSIDE,
        label="discriminator-logistic-mle",
    )
    mean = (p + q) / 2
    yield equal(
        "at D* what is left at a point is m h(p/(p + q)), the entropy of the label given the sample",
        -(p * sp.log(STAR) + q * sp.log(1 - STAR)) / 2,
        mean * entropy(STAR),
    )
    yield equal(
        "which is m log 2 less what a point adds to JSD",
        mean * entropy(STAR),
        mean * LOG_2 - (p * sp.log(p / mean) + q * sp.log(q / mean)) / 2,
    )
    found = n_r * p / (n_r * p + n_f * q)
    yield equal(
        "one mean over n_r real and n_f generated samples: its slope in D has the sign of D* - D, D* = "
        "n_r p/(n_r p + n_f q)",
        sp.Derivative(n_r * p * sp.log(D) + n_f * q * sp.log(1 - D), D),
        (found - D) * (n_r * p + n_f * q) / (D * (1 - D)),
        where=INSIDE,
    )
    yield equal(
        "its logit is log p - log q + log n_r/n_f",
        sp.log(found / (1 - found)),
        sp.log(p) - sp.log(q) + sp.log(n_r / n_f),
    )
    yield from logistic_regression()


def logistic_regression():
    yield equal(
        "label y, logit w x + c: the derivative of the cross-entropy by w is (D - y) x",
        sp.Derivative(cross_entropy(w * x + c, y), w),
        (sigma(w * x + c) - y) * x,
    )
    t = sp.Symbol("t", real=True)
    along = cross_entropy((w + t * u) * x + c + t * v, 1)
    yield equal(
        "in the direction (u, v) its second derivative is D (1 - D)(u x + v)²",
        sp.Subs(sp.Derivative(along, t, t), t, 0),
        sigma(w * x + c) * (1 - sigma(w * x + c)) * (u * x + v) ** 2,
    )
    yield at_least(
        "never negative: there is one valley, and no other minimum",
        sigma(a) * sigma(-a) * (u * x + v) ** 2,
        0,
    )
    first, second, scale = sp.Symbol("m_p", real=True), sp.Symbol("m_q", real=True), D
    yield equal(
        "N(m_p, D²) against N(m_q, D²): log p - log q is linear in x, so D* is in the family",
        sp.log(bell(first, scale) / bell(second, scale)),
        ((first - second) * x + (second**2 - first**2) / 2) / scale**2,
    )
    yield equal(
        "for means 0 and 1 and variance 1 it is 1/2 - x",
        sp.log(bell(0, 1) / bell(1, 1)),
        HALF - x,
    )
    yield equal(
        "at D* the two halves of the gradient cancel at every point: p (1 - D*) = q D*",
        p * (1 - STAR),
        q * STAR,
    )


def certify():
    remains = (p + q) / 2 * entropy(STAR)
    for name, (real, fake) in list(PAIRS.items())[:3]:
        least = certified.integral(remains, real, fake, bound=(1, 1), digits=20)
        yield equal(
            f"{name}: H(Y|X) = log 2 - JSD",
            least,
            certified.log(2) - certified.js_divergence(real, fake, digits=20),
        )
        yield equal(
            f"{name}: and that is -C/2",
            2 * least,
            -certified.virtual_training_criterion(real, fake, digits=20),
        )


def check():
    for name, (real, fake) in PAIRS.items():
        yield equal(
            f"{name}: the least cross-entropy, -V(D*)/2, is log 2 - JSD",
            -0.5 * value_function(real, fake, optimal_discriminator(real, fake)),
            certified.log(2) - certified.js_divergence(real, fake, digits=12),
        )
    found = fitted(BELL, MOVED)
    yield equal("N(0, 1) against N(1, 1): the fitted w is -1", found[0], -1)
    yield equal("and the fitted c is 1/2", found[1], HALF)
    best = certified.log(2) - certified.js_divergence(BELL, MOVED, digits=15)
    yield equal("and its cross-entropy is log 2 - JSD", found[2], best)
    found = fitted(BELL, MOVED, real_share=0.75)
    yield equal("three real samples to one generated: w is -1 again", found[0], -1)
    yield equal("but c is 1/2 + log 3", found[1], HALF + sp.log(3))
    wide = Normal(0, 2)
    least = fitted(BELL, wide)[2]
    yield equal(
        "N(0, 1) against N(0, 2²): the best linear logit is as good as a coin", least, LOG_2
    )
    yield at_least(
        "since their log ratio is quadratic: D* would reach log 2 - JSD",
        least,
        certified.log(2) - certified.js_divergence(BELL, wide, digits=12) + Fraction(1, 20),
    )
    yield from gradients()


def cross_entropy_of(samples, labels, weights):
    """The mean cross-entropy, by the coded loss."""
    return label_forcing(samples @ weights, labels)


def gradients():
    rng = np.random.default_rng(22)
    samples = np.hstack([rng.normal(size=(12, 3)) + 0.5, np.ones((12, 1))])
    labels = np.repeat([1.0, 0.0], 6)
    for size in (0.3, 3.0):
        weights = size * rng.normal(size=4)
        yield equal(
            f"12 samples in 3 dimensions, weights of size {size:g}: Xᵀ(D - y)/B is the slope of the "
            "cross-entropy, in four directions",
            regression_slope(samples, labels, weights),
            differences(partial(cross_entropy_of, samples, labels), weights, np.eye(4)),
        )


@in_norm
def fitted(real, fake, real_share=0.5):
    """(w, c, least cross-entropy) of logistic regression on two normal laws, by Newton's method.

    Nodes 1/10 apart up to ±20 leave no error but rounding.
    """
    at = np.arange(-200, 201) / 10
    design = np.stack([at, np.ones_like(at)], axis=1)
    ones = real_share * np.exp(real.logpdf(at)) / 10
    zeros = (1 - real_share) * np.exp(fake.logpdf(at)) / 10
    weights = np.zeros(2)
    for _ in range(12):
        share = expit(design @ weights)
        slope = design.T @ (zeros * share - ones * (1 - share))
        bend = (design.T * ((ones + zeros) * share * (1 - share))) @ design
        weights = weights - np.linalg.solve(bend, slope)
    logits = design @ weights
    least = -math.fsum(ones * log_expit(logits) + zeros * log_expit(-logits))
    return np.append(weights, least)


@in_norm
def regression_slope(samples, labels, weights):
    """Xᵀ(D - y)/B, where D - y = s σ(s a), s = 1 - 2 y."""
    sign = 1 - 2 * labels
    return (sign * expit(sign * (samples @ weights))) @ samples / len(labels)


def search(seed):
    hunt = partial(survives, seed=seed, examples=200)
    yield hunt(
        "finitely many points, any D: the likelihood of the labels, summed one by one, is V/2",
        labels_one_by_one,
        strategies.discrete_pairs().flatmap(with_logits),
    )
    yield hunt(
        "Xᵀ(D - y)/B is half of the gradient of d_loss by the logits, carried to the weights",
        as_trained,
        strategies.simplices(12).flatmap(
            lambda one: strategies.simplices(4).map(lambda two: (one, two))
        ),
    )


def with_logits(pair):
    count = len(pair[0].points)
    return strategies.simplices(count).map(lambda shares: (*pair, 40 * (shares - 0.3)))


def labels_one_by_one(example):
    real, fake, logits = example
    found = value_function(real, fake, lambda at: logits[at.astype(int)])
    return equal("2 E[log likelihood] = V", 2 * log_likelihood(*example), found)


@summed
def log_likelihood(real, fake, logits):
    """Σ over labels and points of P(y, x) log D^y (1 - D)^(1 - y)."""
    return [real.weights / 2 * log_expit(logits), fake.weights / 2 * log_expit(-logits)]


def as_trained(example):
    shares, drawn = example
    samples = np.append(60 * (shares - 0.05).reshape(4, 3), np.ones((4, 1)), axis=1)
    weights, labels = 4 * (drawn - 0.2), np.array([1.0, 1.0, 0.0, 0.0])
    slope = regression_slope(samples, labels, weights)  # its entries are below 60
    return equal("100 + Xᵀ(D - y)/B", 100 + carried(samples, weights), 100 + slope)


@in_norm
def carried(samples, weights):
    """Half of the gradient of d_loss by the logits, times X; the first half of the samples is real."""
    halves = MINIMAX.d_gradient(*np.split(samples @ weights, 2))
    return np.concatenate(halves) @ samples / 2


def refute():
    real, fake = PAIRS["N(0, 1) against N(1, 2²)"]
    left = certified.integral((p + q) / 2 * entropy(STAR), real, fake, bound=(1, 1), digits=15)
    divergence = certified.js_divergence(real, fake, digits=15)
    yield equal(
        "the expected log likelihood is V, not half of it",
        (p * sp.log(D) + q * sp.log(1 - D)) / 2,
        p * sp.log(D) + q * sp.log(1 - D),
        where=INSIDE,
    )
    yield equal("the least cross-entropy is log 4 - 2 JSD", left, certified.log(4) - 2 * divergence)
    yield equal("the least cross-entropy is log 2 + JSD", left, certified.log(2) + divergence)
    yield equal(
        "the loss is the 0-1 loss: its least value (1 - TV)/2 is that of the cross-entropy",
        left,
        (1 - certified.total_variation(real, fake, digits=15)) / 2,
    )
    yield equal(
        "the derivative of the cross-entropy is (y - D) x, which ascends the likelihood",
        sp.Derivative(cross_entropy(w * x + c, 1), w),
        (1 - sigma(w * x + c)) * x,
    )
    yield equal(
        "one mean over three times as many real samples leaves D* = p/(p + q)",
        (n_r * p / (n_r * p + n_f * q)).subs(n_r, 3 * n_f),
        STAR,
    )
    yield at_most(
        "a linear logit always reaches log 2 - JSD: N(0, 1) against N(0, 2²)",
        fitted(BELL, Normal(0, 2))[2],
        certified.log(2) - certified.js_divergence(BELL, Normal(0, 2), digits=12),
    )
    yield equal(
        "the log ratio of any two normal laws is linear: N(0, s²) against N(0, 1)",
        sp.Derivative(sp.log(bell(0, D) / bell(0, 1)), x, x),
        0,
    )


def figure():
    from matplotlib import pyplot as plt

    at = np.linspace(-4, 5, 400)
    fig, axes = plt.subplots()
    real, fake = (np.exp(law.logpdf(at)) for law in (BELL, MOVED))
    axes.fill_between(at, 0, 0.5 * real, color="C0", alpha=0.25, linewidth=0)
    axes.fill_between(at, 1, 1 - 0.5 * fake, color="C2", alpha=0.25, linewidth=0)
    share = expit(0.5 - at)
    axes.plot(at, share, color="0.15")
    left = -(xlogy(share, share) + xlogy(1 - share, 1 - share))
    axes.plot(at, left, color="C1", linestyle="--")
    rng = np.random.default_rng(3)
    axes.plot(rng.normal(size=40), np.full(40, 1.03), "|", color="C0", clip_on=False)
    axes.plot(1 + rng.normal(size=40), np.full(40, -0.03), "|", color="C2", clip_on=False)
    axes.annotate("label 1: the data", (-3.9, 1.06), color="C0", va="bottom")
    axes.annotate("label 0: the model", (4.9, -0.06), color="C2", ha="right", va="top")
    axes.annotate("D = σ(1/2 - x)", (-2.2, 0.9), color="0.15", ha="right", va="top")
    axes.annotate("h(D), unknown\nof the label", (3.3, 0.33), color="C1", va="center")
    axes.set(
        title="The best discriminator is the fitted curve of logistic regression",
        xlabel="x",
        ylabel="probability of label 1",
        xlim=(-4, 5),
        ylim=(-0.14, 1.14),
        yticks=(0, 0.5, 1),
    )
    return fig
