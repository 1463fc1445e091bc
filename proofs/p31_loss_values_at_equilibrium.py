r"""What the two printed losses say: log 2 each at the equilibrium, and where they may lie before it.

Statement
---------
Training code prints the mean cross-entropy of the discriminator over a batch that is half real and half
generated, and that of the generator with its samples called real:

    d_loss = -V/2,    a_loss = -E_q[log D].

At the equilibrium, q = p and D = 1/2, both are log 2. Against the best discriminator

    d_loss = log 2 - JSD(p, q), from 0 to log 2,
    a_loss = KL(q‖p) - KL(q‖m) + log 2 ≥ log 2,    m = (p + q)/2,

with equality in the last line at q = p alone. So an a_loss below log 2, in expectation, proves that D
is not the best; it says nothing for the generator. And log 2 twice does not prove q = p: the
discriminator D = 1/2 has both for every generator.

Assumes   p and q are densities with respect to one measure; a_loss is ∞ where KL(q‖p) is.
Source    Goodfellow et al. (2014), Theorem 1; An Annotated Proof (2017) for d_loss and a_loss.
"""

# notation: p, q, m densities of data, model, and their mean; D = σ(a); r = p/q; c slope of a logit

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Discrete, Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import kl_divergence
from gantheory.evidence import mean_of, pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import NON_SATURATING, two_logit
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, converges, equal

theorem = Theorem(
    label="loss-values-at-equilibrium",
    title="d_loss = log 2 - JSD ≤ log 2 ≤ a_loss against the best D, log 2 both at q = p",
    uses=("c-equals-2jsd-minus-log4", "discriminator-logistic-mle", "label-forcing-equals-ns"),
    covers=("loss-values-at-equilibrium",),
)

p, q, r = sp.symbols("p q r", positive=True)
a, x = sp.symbols("a x", real=True)
LOG_2 = sp.log(2)
STAR = p / (p + q)

BELL = Normal(0, 1)
PAIRS = {
    "N(0, 1) and N(1, 1)": (BELL, Normal(1, 1)),
    "N(0, 1) and N(1/100, 1)": (BELL, Normal("1/100", 1)),
    "N(0, 1) and N(1, 1/2²)": (BELL, Normal(1, "1/2")),
    "two bumps and one of them": (
        Mixture((Normal(-2, 0.5), Normal(2, 0.5)), (0.5, 0.5)),
        Normal(2, 0.5),
    ),
    "Laplace(0, 1) and Laplace(1, 1/2)": (Laplace(0, 1), Laplace(1, "1/2")),
}
SEEDS, STEPS = 16, 600


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def derive():
    mean = (p + q) / 2
    yield equal(
        "half real, half generated: the mean cross-entropy of a pair is -(log D(x) + log(1 - D(y)))/2",
        (-sp.log(sigma(a)) - sp.log(1 - sigma(x))) / 2,
        (sp.log(1 + sp.exp(-a)) + sp.log(1 + sp.exp(x))) / 2,
    )
    yield equal(
        "at D = 1/2 it is log 2, whatever the samples are",
        sp.Subs((-sp.log(sigma(a)) - sp.log(1 - sigma(a))) / 2, a, 0),
        LOG_2,
    )
    yield equal("and so is -log D", sp.Subs(-sp.log(sigma(a)), a, 0), LOG_2)
    yield equal(
        "at D* a point of d_loss is m log 2 less its part of JSD",
        -(p * sp.log(STAR) + q * sp.log(1 - STAR)) / 2,
        mean * LOG_2 - (p * sp.log(p / mean) + q * sp.log(q / mean)) / 2,
    )
    yield equal(
        "at D* a point of a_loss is q log q/p - q log q/m + q log 2",
        -q * sp.log(STAR),
        q * sp.log(q / p) - q * sp.log(q / mean) + q * LOG_2,
        label="loss-values-at-equilibrium",
    )
    yield at_least(
        "with r = p/q, -log D* = log(1 + 1/r) lies above its tangent log 2 - (r - 1)/2 at r = 1",
        sp.log(1 + 1 / r),
        LOG_2 - (r - 1) / 2,
    )
    yield equal(
        "whose mean under q is log 2 + (1 - ∫ over q > 0 of p)/2, at least log 2",
        q * (LOG_2 - (p / q - 1) / 2),
        q * LOG_2 + (q - p) / 2,
    )
    yield equal(
        "strictly above, but at r = 1: the second derivative is (2 r + 1)/(r² (1 + r)²) > 0",
        sp.Derivative(sp.log(1 + 1 / r), (r, 2)),
        (2 * r + 1) / (r**2 * (1 + r) ** 2),
    )
    yield equal("no bound above: -log D* → ∞ as p → 0", sp.Limit(-sp.log(STAR), p, 0, "+"), sp.oo)


def certify():
    for name, (real, fake) in PAIRS.items():
        log_2 = certified.log(2)
        mean = Mixture((real, fake), (0.5, 0.5))
        found = (
            certified.kl_divergence(fake, real, digits=12)
            - certified.kl_divergence(fake, mean, digits=12)
            + log_2
        )
        yield at_least(
            f"{name}: a_loss = KL(q‖p) - KL(q‖m) + log 2 ≥ log 2", found, LOG_2, tolerance=0
        )
        best = certified.js_divergence(real, fake, digits=12)
        yield at_most(f"{name}: d_loss = log 2 - JSD < log 2", log_2 - best, LOG_2, tolerance=0)
        yield at_least(f"{name}: and above 0", log_2 - best, 0, tolerance=0)


def check():
    for name, (real, fake) in PAIRS.items():
        star = optimal_discriminator(real, fake)
        yield equal(
            f"{name}: -V(D*)/2 is log 2 - JSD",
            -0.5 * value_function(real, fake, star),
            certified.log(2) - certified.js_divergence(real, fake, digits=12),
        )
        yield converges(
            f"{name}: -E_q[log D*], integrated on its own by Gauss and Legendre with 4, 8, 16, 24 nodes "
            "on every unit, is KL(q‖p) - KL(q‖m) + log 2",
            [by_panels(real, fake, nodes) for nodes in (4, 8, 16, 24)],
            generator_loss(real, fake),
            tolerance=1e-12,
        )
    yield equal(
        "Exp(1) and Exp(2), r = e^-x: a_loss is ∫ from 0 to 1 of 2 r log(1 + 2 r) dr",
        generator_loss(Exponential(1), Exponential(2)),
        sp.Integral(2 * r * sp.log(1 + 2 * r), (r, 0, 1)),
    )
    data, elsewhere = Uniform(0, 1), Uniform(0.5, 1.5)
    yield equal(
        "U[0, 1] and U[1/2, 3/2]: where there are no data -log D* = ∞, and so is a_loss",
        kl_divergence(elsewhere, data),
        sp.oo,
    )
    even = 0 * optimal_discriminator(BELL, Normal(3, 1))
    yield equal(
        "D = 1/2, data N(0, 1), model N(3, 1): d_loss is log 2 all the same",
        -0.5 * value_function(BELL, Normal(3, 1), even),
        LOG_2,
    )
    yield equal(
        "D = σ(1), too kind: a_loss is log(1 + 1/e) for any model",
        too_kind(),
        sp.log(1 + sp.exp(-1)),
    )
    yield at_most("which is below log 2", too_kind(), LOG_2)


@summed
def by_panels(real, fake, count):
    """E_q[log(1 + q/p)] by Gauss-Legendre panels of width 1 with so many nodes."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    at = (np.arange(-20, 22)[:, None] + (nodes + 1) / 2).ravel()
    density = np.exp(fake.logpdf(at))
    return density * np.logaddexp(0, fake.logpdf(at) - real.logpdf(at)) * np.tile(weights / 2, 42)


def generator_loss(real, fake):
    """KL(q‖p) - KL(q‖m) + log 2."""
    mean = Mixture((real, fake), (0.5, 0.5))
    return kl_divergence(fake, real) - kl_divergence(fake, mean) + LOG_2


@pointwise
def too_kind():
    """a_loss of five samples, D = σ(1)."""
    return float(NON_SATURATING.g_loss(np.ones(5)))


def search(seed):
    yield survives(
        "finitely many points, best D: d_loss ≤ log 2 ≤ a_loss, and a_loss is KL(q‖p) - KL(q‖m) + log 2",
        in_order,
        strategies.discrete_pairs(equal=False),
        seed=seed,
        examples=150,
    )


def in_order(pair):
    real, fake = (Discrete(mixed / mixed.sum()) for mixed in map(everywhere, pair))
    yield at_most("d_loss", d_loss(real.weights, fake.weights), LOG_2)
    a_loss = a_loss_of(real.weights, fake.weights)
    yield at_least("a_loss", a_loss, LOG_2)
    middle = Discrete((real.weights + fake.weights) / 2)
    yield equal(
        "a_loss is KL(q‖p) - KL(q‖m) + log 2",
        a_loss,
        kl_divergence(fake, real) - kl_divergence(fake, middle) + LOG_2,
    )


def everywhere(law):
    """The weights of a law, mixed with a hundredth of the even law."""
    return 0.99 * law.weights + 0.01 / len(law.weights)


@summed
def d_loss(real, fake):
    """-Σ (p log σ(a) + q log σ(-a))/2 for a = log p - log q."""
    logits = np.log(real) - np.log(fake)
    return -real * log_expit(logits) / 2, -fake * log_expit(-logits) / 2


@summed
def a_loss_of(real, fake):
    """-Σ q log σ(a) for a = log p - log q."""
    return -fake * log_expit(np.log(real) - np.log(fake))


def simulate(seed):
    d_found, a_found, mean = trained(seed)
    yield at_most(
        f"{SEEDS} games of a shifted bell against a linear logit, from a distance of 2: d_loss ends "
        "within 1 % of log 2",
        abs(mean_of(d_found) - LOG_2),
        LOG_2 / 100,
    )
    yield at_most("and so does a_loss", abs(mean_of(a_found) - LOG_2), LOG_2 / 100)
    yield at_most("with the model's mean within 0.15 of the data's", mean_of(np.abs(mean)), 0.15)


def trained(seed, batch=256, path=False):
    """Mean d_loss and a_loss of the last 200 steps and the mean of the model, one for each seed."""
    rngs = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    weights = np.zeros((SEEDS, 2))  # slope and shift of D's logit
    means = np.full(SEEDS, 2.0)
    printed = []
    for _ in range(STEPS):
        noise = np.stack([rng.standard_normal((2, batch)) for rng in rngs])
        real, fake = noise[:, 0], means[:, None] + noise[:, 1]
        logits = [weights[:, :1] * at + weights[:, 1:] for at in (real, fake)]
        pairs = np.concatenate(logits, axis=1)
        both = np.stack([0 * pairs, pairs], axis=-1)
        labels = np.concatenate([np.ones_like(real), np.zeros_like(fake)], axis=1)
        printed.append((two_logit(both, labels), NON_SATURATING.g_loss(logits[1])))
        wrong = (1 / (1 + np.exp(-pairs)) - labels) / batch
        samples = np.concatenate([real, fake], axis=1)
        weights = weights - 0.2 * np.stack(
            [(wrong * samples).sum(axis=1), wrong.sum(axis=1)], axis=1
        )
        by_logit = NON_SATURATING.g_gradient(weights[:, :1] * fake + weights[:, 1:])
        means = means - 0.1 * by_logit.sum(axis=1) * weights[:, 0]
    printed = np.array(printed)
    if path:
        return printed
    return *printed[-200:].mean(axis=0), means


def refute():
    real, fake = PAIRS["N(0, 1) and N(1, 1/2²)"]
    best = certified.js_divergence(real, fake, digits=12)
    mean = Mixture((real, fake), (0.5, 0.5))
    generator = (
        certified.kl_divergence(fake, real, digits=12)
        - certified.kl_divergence(fake, mean, digits=12)
        + certified.log(2)
    )
    yield equal(
        "d_loss is -V at the equilibrium, log 4",
        -0.5 * value_function(BELL, BELL, optimal_discriminator(BELL, BELL)),
        sp.log(4),
    )
    yield equal(
        "d_loss rises to log 2 + JSD as the generator gets worse",
        -0.5 * value_function(real, fake, optimal_discriminator(real, fake)),
        certified.log(2) + best,
    )
    yield equal(
        "a_loss is KL(q‖p) + log 2, the other term forgotten",
        generator,
        certified.kl_divergence(fake, real, digits=12) + certified.log(2),
    )
    yield equal(
        "a_loss is log 2 + 2 KL(m‖p), the divergence whose gradient it has",
        generator,
        certified.kl_divergence(fake, real, digits=12) - 2 * best + certified.log(2),
    )
    yield at_most(
        "a good generator has an a_loss below log 2 against the best D",
        generator,
        LOG_2,
        tolerance=0,
    )
    yield at_least(
        "an a_loss is at least log 2 whatever D is: D = σ(1)",
        too_kind(),
        LOG_2,
    )
    yield at_least(
        "a d_loss of log 2 shows that JSD < 1/10: D = 1/2, model N(3, 1)",
        Fraction(1, 10),
        certified.js_divergence(BELL, Normal(3, 1), digits=12),
    )


def figure():
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    printed = trained(0, path=True)[:200]
    steps = np.arange(200)
    for k, color in ((0, "C0"), (1, "C1")):
        axes.plot(steps, printed[:, k, :4], color=color, alpha=0.35, linewidth=0.7)
        axes.plot(steps, printed[:, k].mean(axis=1), color=color)
    axes.axhline(math.log(2), color="0.3", linestyle="--", linewidth=1)
    axes.annotate("log 2", (195, math.log(2) + 0.03), ha="right", va="bottom", color="0.3")
    axes.annotate("a_loss", (20, 1.35), color="C1")
    axes.annotate("d_loss", (16, 0.46), color="C0", va="top")
    axes.set(
        title="Both printed losses come to log 2 from either side",
        xlabel="step",
        ylabel="nats",
        xlim=(0, 200),
        ylim=(0.2, 2.2),
    )
    return fig
