r"""A chain $D \circ G$ whose discriminator is not held still unlearns what the discriminator knows.

Statement
---------
Train the chain $A = D \circ G$ with the label "real" for generated samples, and let the parameters
$\varphi$ of $D = \sigma(a)$ move along with those of $G$. For a generated sample the chain's loss
$-\log D$ and the discriminator's own loss $-\log(1 - D)$ have opposite gradients,

$$ \nabla_\varphi(-\log D) = -(1 - D) \, \nabla_\varphi a, \qquad
   \nabla_\varphi(-\log(1 - D)) = D \, \nabla_\varphi a, $$

and the chain's is $(1 - D)/D = e^{-a}$ times as long: where the discriminator is right, the chain's
step undoes more than its own step does. Nor does the chain need a better generator: its loss tends to
its infimum 0 as $a \to \infty$, that is for a discriminator that calls everything real. So $D$ has to be
held still while $A$ is trained.

Assumes   The logit is differentiable in $\varphi$.
Source    [@annotated2017] for the chained model, in which $D$ is held still.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.evidence import differences, in_norm, mean_of, pointwise
from gantheory.losses.labels import label_forcing_gradient
from gantheory.nets import Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="hold-discriminator-still",
    title=r"In $D$'s parameters the chain's gradient is $-e^{-a}$ times the discriminator's own",
    uses=("label-forcing-equals-ns",),
)

a, s, k, t = sp.symbols("a s k t", real=True)  # logit, its slope and curvature on a line, the place
m = sp.Symbol("m", positive=True)  # the mean of a model N(m, 1)
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid


def derive():
    r"""Along a line in $\varphi$ the logit of a sample is $a + s t + k t^2$.

    The curvature $k$ stands for what the network does beyond first order, and drops out. The two losses
    have the slopes $-(1 - D) s$ and $D s$. Their product is not positive, so no step of size near 0
    lowers both; and the first is $-e^{-a}$ times the second. The limit at the end says that a constant
    discriminator $D \to 1$ makes the chain's loss as small as one likes, with any generator.
    """
    logit = a + s * t + k * t**2
    losses = -sp.log(sigma(logit)), -sp.log(1 - sigma(logit))
    chain, own = (sp.Subs(sp.Derivative(loss, t), t, 0) for loss in losses)
    yield equal("the chain's slope", chain, -(1 - sigma(a)) * s)
    yield equal("the discriminator's own slope", own, sigma(a) * s)
    yield equal("their ratio", chain, -sp.exp(-a) * own, label="hold-discriminator-still")
    yield equal("their product", chain * own, -sigma(a) * (1 - sigma(a)) * s**2)
    yield at_most("it is never positive", -sigma(a) * sigma(-a) * s**2, 0)
    yield equal("D → 1 alone lowers the loss to 0", 1 + sp.Limit(-sp.log(sigma(a)), a, sp.oo), 1)


def certify():
    r"""At $D^*$ nothing holds against the chain: data $\mathcal{N}(0, 1)$, model $\mathcal{N}(m, 1)$.

    There the discriminator's own gradient, with the real samples in it, is 0. The chain's in the shift
    of the logit is $-\mathbb{E}_q[1 - D^*]$, for all $m$ in $[0.1, 6]$ of size above $1/2$.
    """
    density = sp.exp(-(t**2) / 2) / sp.sqrt(2 * sp.pi)
    push = sp.Integral(density * sigma(m**2 / 2 + m * t), (t, -10, 10))
    means = {m: (sp.Rational(1, 10), 6)}
    yield at_least("the chain's gradient at D*", push, sp.Rational(1, 2), where=means)


def check():
    r"""A discriminator 2-6-1 in float arithmetic.

    For each of three samples the chain's gradient, by the backward pass, is $-e^{-a}$ times that of the
    discriminator's own loss, by central differences. For nine samples at once it is not small.
    """
    flat, samples = drawn_discriminator(np.random.default_rng(5))
    for place in range(3):
        one = samples[place : place + 1]
        own = differences(own_loss(one), flat, np.eye(CRITIC.size))
        expected, text = -odds_against(flat, one) * own, f"sample {place + 1}: the ratio"
        yield equal(text, of_chain(flat, one), expected, tolerance=1e-7)
    yield at_least("nine samples: the length", length_of_forced(flat, samples), 0.1)


def search(seed):
    r"""Weights of the discriminator in $[-2, 2]$ and one sample are drawn.

    They refute the statement if the chain's gradient or that of $D$'s own loss, by the backward pass,
    is not $-(1 - D)$ or $D$ times that of the logit, by the forward mode in every parameter.
    """
    drawn = strategies.simplices(CRITIC.size + 2).map(as_drawn)
    yield survives("every parameter", opposed, drawn, seed=seed, examples=120)


def simulate(seed):
    r"""16 chains: data $\mathcal{N}(0, 1)$, model $\mathcal{N}(\mu, 1)$, $\mu \approx 2$, linear logit.

    $D$ is $D^*$ at the start, and $A$ is trained by 200 steps with batches of 64 and forced labels, once
    with $D$ held still and once with $D$ moving along. If it moves, it calls everything real: its mean
    output at generated samples exceeds 0.9, by 64 samples or by quadrature, while the model has not
    reached the data. If it is held still, the model moves on to where $D$ is larger still, past the
    data. The intervals are for means over the chains, assumed normal; other step sizes were not run.
    """
    held, free = (trained_chains(seed, frozen=frozen) for frozen in (True, False))
    yield at_least("D moves along: its mean output", mean_of(free[0]), 0.9)
    apart = abs(mean_of(free[0] - free[1]))
    yield at_most("samples against quadrature: 1/400", apart, Fraction(1, 400))
    yield at_least("D moves along: distance from the data", mean_of(np.abs(free[2])), 0.5)
    yield at_most("D held still: beyond the data", mean_of(held[2]), 0.0)


def refute():
    r"""Three reasons that are given for not holding $D$ still.

    "The labels concern the generator only": but backpropagation reaches both networks. "Then $D$ is
    trained twice": but in the opposite direction. "The loss cannot fall below $\log 2$": a $D$ that
    moves along brings it near 0.
    """
    flat, samples = drawn_discriminator(np.random.default_rng(29))
    yield equal("D has no gradient in A", length_of_forced(flat, samples), 0)
    yield at_least("D moves as in its own step", -sigma(a) * sigma(-a) * s**2, 0)
    yield equal("the loss stays at log 2", sp.Limit(-sp.log(sigma(a)), a, sp.oo), sp.log(2))


# --- how the numbers are made ---------------------------------------------------------------------

CRITIC, SEEDS = mlp((2, 6, 1), Tanh()), 16


def drawn_discriminator(rng):
    """Parameters of D, and nine samples of the plane."""
    return CRITIC.start(rng).flat + 0.1, rng.normal(size=(9, 2))


def as_drawn(shares):
    """Parameters of D in [-2, 2], and one sample, from a point of a simplex."""
    numbers = 2 * np.cos(900 * shares + np.arange(shares.size) ** 2)
    return numbers[:-2], numbers[None, -2:]


def opposed(drawn):
    """Yield that both gradients are D - y times that of the logit; with 2 added no side is near 0."""
    for name, label in (("the chain's slope", 1.0), ("D's own slope", 0.0)):
        yield equal(name, 2 + of_chain(*drawn, label), 2 + weighted_rises(*drawn, label))


@in_norm
def weighted_rises(flat, samples, label):
    """D - y times the slopes of the logit, by the forward mode in every parameter."""
    parameters = CRITIC.parameters(np.array(flat))
    logits, tape = CRITIC.forward(parameters, np.array(samples))
    ways = map(CRITIC.parameters, np.eye(CRITIC.size))
    rises = [CRITIC.tangent(parameters, tape, None, way)[0][0, 0] for way in ways]
    return (expit(logits[0, 0]) - label) * np.array(rises)


def forced_gradient(flat, samples, label=1.0):
    """The gradient in D's parameters of the loss with this label, of which the chain's is 1."""
    parameters = CRITIC.parameters(np.array(flat))
    logits, tape = CRITIC.forward(parameters, np.array(samples))
    into = CRITIC.parameters(np.zeros(CRITIC.size))
    by_logit = label_forcing_gradient(logits[:, 0], label)
    CRITIC.backward(parameters, tape, by_logit[:, None], into=into, of_input=False)
    return into.flat


@in_norm
def of_chain(flat, samples, label=1.0):
    """The same, with error bars."""
    return forced_gradient(flat, samples, label)


def own_loss(samples):
    """The mean of -log(1 - D) as a function of D's parameters."""

    def loss(flat):
        logits, _ = CRITIC.forward(CRITIC.parameters(flat), samples)
        return float(np.mean(np.log1p(np.exp(logits))))

    return loss


@in_norm
def length_of_forced(flat, samples):
    """The length of the chain's gradient."""
    return math.hypot(*forced_gradient(flat, samples))


@pointwise
def odds_against(flat, samples):
    """e^-a of one sample."""
    return math.exp(-float(CRITIC.forward(CRITIC.parameters(np.array(flat)), samples)[0][0, 0]))


def trained_chains(seed, *, frozen, steps=200, batch=64):
    """Mean D of samples, its expectation, and the mean of the model: one entry for each seed."""
    rngs = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(SEEDS)]
    means = np.array([2 + 0.1 * rng.standard_normal() for rng in rngs])
    slopes, shifts = -means, means**2 / 2
    for _ in range(steps):
        noise = np.stack([rng.standard_normal(batch) for rng in rngs])
        samples = means[:, None] + noise
        by_logit = label_forcing_gradient(slopes[:, None] * samples + shifts[:, None], 1.0)
        moved = 0.1 * by_logit.sum(axis=1) * slopes
        if not frozen:
            slopes = slopes - 0.1 * (by_logit * samples).sum(axis=1)
            shifts = shifts - 0.1 * by_logit.sum(axis=1)
        means = means - moved
    noise = np.stack([rng.standard_normal(batch) for rng in rngs])
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    logits = (slopes[:, None] * (means[:, None] + at) + shifts[:, None] for at in (noise, nodes))
    sampled, expected = map(expit, logits)
    return sampled.mean(axis=1), expected @ weights / math.sqrt(2 * math.pi), means
