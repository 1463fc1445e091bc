r"""Both losses are $\log 2$ at the equilibrium, and wherever the discriminator says $\tfrac12$.

Statement
---------
Let $L_D = -\tfrac12 V(D, G)$ and $L_G = -\mathbb{E}_{x \sim q}[\log D(x)]$ be the two losses that
training code prints. The discriminator $D = \tfrac12$ has

$$L_D = L_G = \log 2 = 0.693\dots$$

at the equilibrium and for every other generator. So $\log 2$ twice does not prove that $q = p$. And for
a discriminator that is not the best one, $L_G$ may take any positive value.

Assumes   $p$ and $q$ are densities with respect to one measure.
Source    [@goodfellow2014, Theorem 1]; [@annotated2017] prints them as `d_loss` and `a_loss`.
"""

import math

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import mean_of, pointwise, summed
from gantheory.game import optimal_discriminator, value_function
from gantheory.losses import NON_SATURATING, two_logit
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing

theorem = Theorem(
    label="losses-at-one-half",
    title=r"$L_D = L_G = \log 2$ at $D = \tfrac12$, for every generator",
    uses=("loss-values-at-equilibrium", "equilibrium-value"),
    covers=("fig-training-curves",),
)

a, b = sp.symbols("a b", real=True)  # the logits of D at a real and at a generated point
LOG_2, R = sp.log(2), sp.Rational


def derive():
    r"""From the cross-entropy of one pair of samples to $\log 2$.

    With $D = \sigma(a)$ at a real point and $D = \sigma(b)$ at a generated one, the mean cross-entropy
    of this pair is $\tfrac12 [\log(1 + e^{-a}) + \log(1 + e^{b})]$, whose expectation is $-\tfrac12 V$.
    The factor $\tfrac12$ comes from the mean over the batch, and is often overlooked.

    $D = \tfrac12$ is the logit 0. Then the loss of every pair is $\log 2$, and so is $-\log D$ for every
    generated sample. No expectation is involved, hence no property of the two densities.

    With the logit $a$ at all points, $L_G = \log(1 + e^{-a})$ for every generator. It runs through all
    positive numbers: it tends to 0 for a discriminator that takes everything for real, and grows without
    bound for one that takes everything for generated.
    """
    pair = (-sp.log(sigma(a)) - sp.log(1 - sigma(b))) / 2
    logs = (sp.log(1 + sp.exp(-a)) + sp.log(1 + sp.exp(b))) / 2
    constant = -sp.log(sigma(a))
    yield equal("loss of one pair of samples", pair, logs)
    at_half = sp.Subs(pair.subs(b, a), a, 0)
    yield equal("L_D at D = 1/2", at_half, LOG_2, label="fig-training-curves")
    yield equal("L_G at D = 1/2", sp.Subs(constant, a, 0), LOG_2)
    yield equal("L_G if everything is taken for real", sp.Limit(constant, a, sp.oo), 0)
    yield equal("L_G if everything is taken for generated", sp.Limit(constant, a, -sp.oo), sp.oo)


def certify():
    r"""One logit at all points, over whole intervals of it.

    $L_G = \log(1 + e^{-a})$ falls over $[-20, 20]$. $L_D$ is the mean of $\log(1 + e^{-a})$ and
    $\log(1 + e^{a})$: between 0.001 and 20 it rises with the distance of $a$ from 0, on either
    side. So among these discriminators $D = \tfrac12$ has the smallest loss against every generator.
    """
    loss_d = (sp.log(1 + sp.exp(-a)) + sp.log(1 + sp.exp(a))) / 2
    yield increasing("-L_G rises", -sp.log(1 + sp.exp(-a)), where={a: (-20, 20)})
    yield increasing("L_D rises with a > 0", loss_d, where={a: (R(1, 1000), 20)})
    yield increasing("and falls to a = 0", -loss_d, where={a: (-20, -R(1, 1000))})


def check():
    r"""Two discriminators that are not the best, by the package's value function and losses.

    $D = \tfrac12$ has $L_D = \log 2$ although the model $\mathcal{N}(3, 1)$ is far from the data
    $\mathcal{N}(0, 1)$. $D = \sigma(1)$, which takes everything for real, gives every generator the loss
    $\log(1 + 1/e) = 0.313\dots$ This is below $\log 2$, which is impossible for the expected loss
    against the best discriminator (page `loss-values-at-equilibrium`).
    """
    value = value_function(*FAR, 0 * optimal_discriminator(*FAR))
    yield equal("L_D at D = 1/2, model N(3, 1)", -0.5 * value, LOG_2)
    yield equal("L_G at D = σ(1)", too_kind(), sp.log(1 + sp.exp(-1)))
    yield at_most("L_G at D = σ(1) is below log 2", too_kind(), LOG_2)


def search(seed):
    r"""Any two distributions on points, and one logit at all of them.

    The discriminator's loss as a sum over the points, weighted by both, must be what the logit alone
    says. One pair that differs would refute that nothing of the densities is needed.
    """
    logits, pairs = strategies.logits(), strategies.discrete_pairs()
    drawn = pairs.flatmap(lambda pair: logits.map(lambda logit: (pair, logit)))
    yield survives("the densities do not matter", one_logit, drawn, seed=seed, examples=120)


def simulate(seed, full):
    r"""Sixteen games are played, and both losses end near $\log 2$.

    Data $\mathcal{N}(0, 1)$, model $\mathcal{N}(\theta, 1)$ from $\theta = 2$, a discriminator with a
    linear logit, batches of 256 + 256, and 600 steps in which each player moves once, the generator by
    the non-saturating loss. The statistics are the means of the two losses over the last 200 steps and
    the final $\lvert\theta\rvert$, each with a confidence interval over the 16 games.

    This is one well-behaved game. It does not show that losses of $\log 2$ imply a good model, which is
    false, nor that training always gets there. The intervals assume nearly normal means. With
    `--full` there are 512 games.
    """
    found_d, found_g, mean = trained(seed, 512 if full else GAMES)
    yield at_most("final L_D within 1 % of log 2", abs(mean_of(found_d) - LOG_2), LOG_2 / 100)
    yield at_most("final L_G within 1 % of log 2", abs(mean_of(found_g) - LOG_2), LOG_2 / 100)
    yield at_most("final |θ| at most 0.15", mean_of(np.abs(mean)), 0.15)


def refute():
    r"""Three misreadings of a training log.

    $L_D$ is half of $-V$, because the cross-entropy is a mean over both halves of the batch; if it
    is taken for $-V$, one expects $\log 4$. A generator loss below $\log 2$ is taken for
    impossible, which it is against the best discriminator only. And $L_D = \log 2$ is taken for a
    proof that $\mathrm{JSD}$ is small; the model $\mathcal{N}(3, 1)$ and $D = \tfrac12$ have it
    too.
    """
    value = value_function(*EVEN, optimal_discriminator(*EVEN))
    yield equal("log 4 for L_D at the equilibrium", -0.5 * value, sp.log(4))
    yield at_least("L_G ≥ log 2 for any D, at σ(1)", too_kind(), LOG_2)
    js = certified.js_divergence(*FAR, digits=12)
    yield at_least("L_D = log 2 implies JSD < 1/10", sp.Rational(1, 10), js)


def figure():
    r"""Both losses in the game of `simulate`: thin lines for four games, thick ones for the mean of 16.

    Data $N(0, 1)$, model $N(\theta, 1)$ from $\theta = 2$; the logit of the discriminator is linear.

    The discriminator's loss rises and the generator's falls, and both settle at $\log 2$. Around
    step 45 the generator's loss is below $\log 2$: there the discriminator is not the best one.
    """
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    printed = trained(0, GAMES, path=True)[:101]
    for k, color in ((0, "C0"), (1, "C2")):
        axes.plot(printed[:, k, :4], color=color, alpha=0.4, linewidth=0.7)
        axes.plot(printed[:, k].mean(axis=1), color=color)
    axes.axhline(math.log(2), color="C5", linestyle="--", linewidth=1)
    axes.text(20, 1.2, "$L_G$, of the generator", color="C2")
    axes.text(14, 0.42, "$L_D$, of the discriminator", color="C0")
    axes.set(title="Both losses settle at log 2")
    axes.set(xlabel="step", ylabel="loss, nats", xlim=(0, 100), ylim=(0.3, 1.5))
    axes.set(xticks=(0, 50, 100), yticks=(0.5, math.log(2), 1, 1.5))
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

EVEN, FAR = (Normal(0, 1), Normal(0, 1)), (Normal(0, 1), Normal(3, 1))
GAMES, STEPS = 16, 600


def one_logit(example):
    """The loss over both distributions is that of the logit."""
    (p, q), logit = example
    weights = np.asarray(p.weights), np.asarray(q.weights)
    return equal("L_D", over_points(*weights, logit), at_once(logit), tolerance=1e-9)


@summed
def over_points(p, q, logit):
    """-V/2 as a sum over the points: softplus(-a) for real ones, softplus(a) for generated ones."""
    return np.append(p * np.logaddexp(0, -logit), q * np.logaddexp(0, logit)) / 2


@pointwise
def at_once(logit):
    """The loss of one logit: |a|/2 + log(1 + e^-|a|)."""
    return abs(logit) / 2 + np.log1p(np.exp(-abs(logit)))


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


@pointwise
def too_kind():
    """L_G of five samples, D = σ(1)."""
    return float(NON_SATURATING.g_loss(np.ones(5)))


def trained(seed, games, batch=256, path=False):
    """Mean L_D and L_G of the last 200 steps, and the final θ; or both losses of all steps."""
    rngs = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(games)]
    weights = np.zeros((games, 2))  # slope and shift of D's logit
    means = np.full(games, 2.0)
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
        by_weights = np.stack([(wrong * samples).sum(axis=1), wrong.sum(axis=1)], axis=1)
        weights = weights - 0.2 * by_weights
        by_logit = NON_SATURATING.g_gradient(weights[:, :1] * fake + weights[:, 1:])
        means = means - 0.1 * by_logit.sum(axis=1) * weights[:, 0]
    printed = np.array(printed)
    return printed if path else (*printed[-200:].mean(axis=0), means)
