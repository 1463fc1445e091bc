r"""Calling generated samples real: cross-entropy with forced labels is the non-saturating loss.

Statement
---------
Chain the two networks, A = D ∘ G, hold D still, feed z and train A by the cross-entropy H(y, D) =
-y log D - (1 - y) log(1 - D) as if every generated sample had the label y = 1 ("real"). The loss is

    -(1/B) Σ log D(G(z_i)),

that of the non-saturating generator, and so is its gradient in the parameters of G. With the true label
y = 0 it is minus the minimax loss: that game is gradient ascent on the truth, and the non-saturating
one gradient descent on a lie. A soft label y between is the mixture: (D - y) Jᵀ ∇a a sample.

D has to be held still. Its own gradient in A does not vanish, and follows the lie: it makes D larger at
the generated samples, where D's task is to make it smaller.

Assumes   D = σ(a); the batch of A has generated samples only.
Source    An Annotated Proof of Generative Adversarial Networks (2017), for the chained model.
"""

# notation: D = σ(a); y the label; s, k slope and bend of the logit along a line in the parameters, t the
# notation: place on it; J = ∂G/∂θ

import math
from fractions import Fraction
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory.evidence import differences, in_norm, mean_of, pointwise, summed
from gantheory.losses import MINIMAX, NON_SATURATING, label_forcing
from gantheory.losses.labels import label_forcing_gradient
from gantheory.nets import Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal

theorem = Theorem(
    label="label-forcing-equals-ns",
    title="D held still, generated samples labelled real: cross-entropy is -mean log D(G(z))",
    uses=("ns-generator-gradient",),
    covers=("label-forcing-equals-ns",),
)

a, s, k, t = sp.symbols("a s k t", real=True)
y, D = sp.symbols("y D", positive=True)
MIXED = {y: (0, 1)}

CRITIC = mlp((2, 6, 1), Tanh())
MAKER = mlp((3, 5, 2), Softplus())
SEEDS = 16


def sigma(logit):
    """1/(1 + e^-a)."""
    return 1 / (1 + sp.exp(-logit))


def cross_entropy(label, share):
    """H(y, D) = -y log D - (1 - y) log(1 - D)."""
    return -label * sp.log(share) - (1 - label) * sp.log(1 - share)


def slope_at_0(expression):
    """d/dt at t = 0, the logit being a + s t + k t²."""
    return sp.Subs(sp.Derivative(expression.subs(a, a + s * t + k * t**2), t), t, 0)


def derive():
    share = sigma(a)
    forced = cross_entropy(sp.Integer(1), share)
    yield equal(
        "label 1: H is -log D, the non-saturating loss",
        forced,
        sp.log(1 + sp.exp(-a)),
        label="label-forcing-equals-ns",
    )
    yield equal("along any curve it has slope -(1 - D) ∇a", slope_at_0(forced), -(1 - share) * s)
    honest = cross_entropy(sp.Integer(0), share)
    yield equal("label 0: H is minus the minimax loss log(1 - D)", honest, sp.log(1 + sp.exp(a)))
    yield equal(
        "so its descent is the ascent of log(1 - D): slope D ∇a", slope_at_0(honest), share * s
    )
    yield equal(
        "a soft label mixes the two: H(y, D) = y H(1, D) + (1 - y) H(0, D), slope (D - y) ∇a",
        slope_at_0(cross_entropy(y, share)),
        (share - y) * s,
        where=MIXED,
    )
    yield equal(
        "which is 0 at D = y: a label of 0.9 stops the generator at D = 0.9",
        sp.Subs(sp.Derivative(cross_entropy(sp.Rational(9, 10), D), D), D, sp.Rational(9, 10)) + 1,
        1,
    )
    yield equal(
        "two generated samples: the mean of the forced losses is that of -log D",
        (forced + forced.subs(a, k)) / 2,
        (sp.log(1 + sp.exp(-a)) + sp.log(1 + sp.exp(-k))) / 2,
    )
    yield equal(
        "D's own step for a generated sample and the step of A, had D not been held: slopes D ∇a and "
        "-(1 - D) ∇a in D's parameters, with opposite signs",
        slope_at_0(honest) * slope_at_0(forced),
        -share * (1 - share) * s**2,
    )
    yield at_most("whose product is never above 0", -sigma(a) * sigma(-a) * s**2, 0)


def check():
    rng = np.random.default_rng(29)
    for size in (0.5, 3.0):
        state = drawn(rng, size)
        ways = rng.normal(size=(5, MAKER.size)) / math.sqrt(MAKER.size)
        yield equal(
            f"networks 3-5-2 and 2-6-1, weights of size {size:g}: the gradient of A with labels 1 is "
            "the slope of -mean log D(G(z)), in five directions",
            of_chain(state, 1.0, ways),
            differences(minus_log_of(state), state[0], ways),
            tolerance=1e-7,
        )
        each = np.eye(MAKER.size)
        yield equal(
            "and that of the non-saturating game, parameter by parameter",
            of_chain(state, 1.0, each),
            of_game(state, NON_SATURATING, each),
        )
        yield equal(
            "with labels 0 it is minus that of the minimax game",
            of_chain(state, 0.0, each),
            -of_game(state, MINIMAX, each),
        )
    yield at_least(
        "the same labels would move D too: its own gradient in A has a length of more than 0.1",
        length_in_critic(drawn(np.random.default_rng(5), 1.0)),
        0.1,
    )


def drawn(rng, size):
    """(θ, weights of D, latent points)."""
    theta, phi = size * MAKER.start(rng).flat, size * CRITIC.start(rng).flat
    return theta + 0.1 * rng.normal(size=theta.size), phi + 0.1, rng.normal(size=(9, 3))


def chained(state):
    """Logits of A, and the tapes of G and D."""
    theta, phi, latent = state
    made, tape = MAKER.forward(MAKER.parameters(theta), latent)
    logits, judged = CRITIC.forward(CRITIC.parameters(phi), made)
    return logits[:, 0], tape, judged


def gradients(state, slope):
    """∂/∂θ and ∂/∂φ of the loss whose derivative by the logits is given."""
    theta, phi, _ = state
    logits, tape, judged = chained(state)
    of_d = CRITIC.parameters(np.zeros(CRITIC.size))
    by_sample = CRITIC.backward(CRITIC.parameters(phi), judged, slope(logits)[:, None], into=of_d)
    of_g = MAKER.parameters(np.zeros(MAKER.size))
    MAKER.backward(MAKER.parameters(theta), tape, by_sample, into=of_g)
    return of_g.flat, of_d.flat


@in_norm
def of_chain(state, label, ways):
    """∇H · v in the parameters of G, all samples having this label."""
    return ways @ gradients(state, lambda logits: label_forcing_gradient(logits, label))[0]


@in_norm
def of_game(state, game, ways):
    """∇L · v of the game's generator."""
    return ways @ gradients(state, game.g_gradient)[0]


@in_norm
def length_in_critic(state):
    """The length of ∇H in the parameters of D, with labels 1."""
    slope = gradients(state, lambda logits: label_forcing_gradient(logits, 1.0))[1]
    return math.sqrt(slope @ slope)


def minus_log_of(state):
    """-mean log D(G(z)) as a function of θ, D written out."""

    def minus_log(theta):
        logits, _, _ = chained((theta, *state[1:]))
        return -math.fsum(np.log(1 / (1 + np.exp(-logits)))) / len(logits)

    return minus_log


def search(seed):
    hunt = partial(survives, seed=seed, examples=150)
    yield hunt(
        "any logits: H with labels 1 is the non-saturating loss, with labels 0 minus the minimax loss",
        same_losses,
        strategies.logit_batches(),
    )
    yield hunt(
        "any logits and soft labels: the gradient is (D - y)/B, and the mixture of the two games'",
        mixed,
        strategies.logit_batches(largest=600.0),
    )


def same_losses(logits):
    logits = np.append(logits, 0.0)
    for label, game, sign in ((1.0, NON_SATURATING, 1), (0.0, MINIMAX, -1)):
        found = forced(logits, label)
        yield equal(f"labels {label:g}", found, log_sum(-logits if label else logits))
        yield equal(f"labels {label:g}, the game", found, sign * generator_loss(logits, game))


@pointwise
def forced(logits, label):
    """Mean H over the batch, all samples having this label, from label_forcing."""
    return float(label_forcing(logits, label))


@pointwise
def generator_loss(logits, game):
    """The loss of the game's generator over the batch."""
    return float(game.g_loss(logits))


@summed
def log_sum(logits):
    """Mean log(1 + e^a)."""
    return np.logaddexp(0.0, logits) / len(logits)


def mixed(logits):
    logits = np.append(logits, 0.0)
    labels = np.abs(np.cos(np.arange(len(logits)) + 1.0))
    found = 2 + slopes(logits, labels)
    strong, weak = slopes_of_game(logits, NON_SATURATING), slopes_of_game(logits, MINIMAX)
    yield equal("2 + D - y, games", found, 2 + (labels * strong - (1 - labels) * weak))
    yield equal("2 + D - y", found, 2 + (shares(logits) - labels))


@in_norm
def slopes(logits, labels):
    """B times the gradient of H by the logits, from label_forcing_gradient."""
    return label_forcing_gradient(logits, labels) * len(logits)


@pointwise
def slopes_of_game(logits, game):
    """B times the gradient of the game's generator by the logits, from g_gradient."""
    return game.g_gradient(logits) * len(logits)


@pointwise
def shares(logits):
    """D = σ(a)."""
    return expit(logits)


def simulate(seed):
    """Data N(0, 1), model N(2, 1), D best at the start; A trained with and without D held still."""
    held, free = (chased(seed, frozen=frozen) for frozen in (True, False))
    yield at_least(
        f"{SEEDS} chains A, D not held still: after 200 steps the mean D of generated samples is 0.9",
        mean_of(free[0]),
        0.9,
    )
    yield at_most(
        "the expectation of D under the models N(μ, 1), in place of 64 samples of each, is the same to "
        "1/400",
        abs(mean_of(free[0] - free[1])),
        Fraction(1, 400),
    )
    yield at_least(
        "and their mean has been left at a distance of more than 1/2 from the data",
        mean_of(np.abs(free[2])),
        0.5,
    )
    yield at_most(
        "D held still at the best answer, the model chases larger D and overshoots the data",
        mean_of(held[2]),
        0.0,
    )


def chased(seed, *, frozen, steps=200, batch=64):
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
    sampled, expected = (
        expit(slopes[:, None] * (means[:, None] + at) + shifts[:, None]) for at in (noise, nodes)
    )
    return sampled.mean(axis=1), expected @ weights / math.sqrt(2 * math.pi), means


def refute():
    share = sigma(a)
    yield equal(
        "descent with labels 0 is the minimax game: H(0, D) = log(1 - D)",
        cross_entropy(sp.Integer(0), share),
        sp.log(1 - share),
    )
    yield equal(
        "a label of 0.9 for the generator changes nothing",
        slope_at_0(cross_entropy(sp.Rational(9, 10), share)),
        -(1 - share) * s,
    )
    state = drawn(np.random.default_rng(29), 0.5)
    yield equal(
        "D need not be held still: A's gradient in D's weights is 0 anyway",
        length_in_critic(state),
        0,
    )
    yield at_least(
        "if D moves along, it at least moves as in its own step: the product of the slopes is positive",
        -sigma(a) * sigma(-a) * s**2,
        0,
    )
    yield equal(
        "forced labels give the minimax gradient: slope -D ∇a",
        slope_at_0(cross_entropy(sp.Integer(1), share)),
        -share * s,
    )
    yield equal(
        "the mean over a batch of real and generated samples, half and half, has the same gradient",
        slope_at_0(cross_entropy(sp.Integer(1), share)) / 2,
        -(1 - share) * s,
    )


def figure():
    from matplotlib import pyplot as plt

    at = np.linspace(-5, 5, 300)
    fig, axes = plt.subplots()
    for label, color in ((1.0, "C0"), (0.9, "C2"), (0.0, "C1")):
        axes.plot(at, label_forcing(at[:, None], label), color=color)
    axes.plot([math.log(9)], [label_forcing(np.array([math.log(9)]), 0.9)], "o", color="C2")
    axes.annotate("label 1: -log D\n(non-saturating)", (-3.3, 4.7), color="C0", va="top")
    axes.annotate(
        "label 0: -log(1 - D)\n(minimax climbs it)", (3.3, 3.9), color="C1", ha="right", va="top"
    )
    axes.annotate("label 0.9: rests\nat D = 0.9", (2.1, 0.62), color="C2", ha="center", va="bottom")
    axes.set(
        title="Cross-entropy of a generated sample, by the label it is given",
        xlabel="logit a of D at the sample",
        ylabel="nats",
        xlim=(-5, 5),
        ylim=(0, 5),
    )
    return fig
