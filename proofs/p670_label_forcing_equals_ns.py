r"""Calling generated samples real: cross-entropy with forced labels is the non-saturating loss.

Statement
---------
Chain the two networks, $A = D \circ G$ with $D = \sigma(a)$, hold $D$ still, feed
latent points $z_i$, and train $A$ by the cross-entropy

$$ H(y, D) = -y \log D - (1 - y) \log(1 - D) $$

as if every generated sample had the label $y = 1$, "real". Then the loss and its gradient in the
parameters $\theta$ of $G$, with the Jacobian $J = \partial G/\partial \theta$ at $z_i$, are those of
the non-saturating generator,

$$ \frac{1}{B} \sum_i H(1, D(G(z_i))) = -\frac{1}{B} \sum_i \log D(G(z_i)), \qquad
   -\frac{1}{B} \sum_i (1 - D) \, J^T \nabla a. $$

With the true label $y = 0$ the loss is minus that of the minimax generator, which therefore ascends the
cross-entropy with the true label, while the non-saturating generator descends that with the false one.
In code the chained model is trained with an array of ones for the labels, and nobody needs to write
down a loss for the generator. A soft label $y$ mixes the two, and a sample contributes $(D - y) \, J^T
\nabla a$, which is 0 at $D = y$.

Assumes   $D = \sigma(a)$ with a differentiable logit; a batch of $A$ has generated samples only.
Source    [@annotated2017] for the chained model; [@goodfellow2014, Section 3] for the loss.
"""

import math
from functools import partial

import numpy as np
import sympy as sp
from scipy.special import expit

from gantheory import certified
from gantheory.evidence import differences, in_norm, pointwise, summed
from gantheory.losses import MINIMAX, NON_SATURATING, label_forcing
from gantheory.losses.labels import label_forcing_gradient
from gantheory.nets import Network, Softplus, Tanh, mlp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, equal, increasing

theorem = Theorem(
    label="label-forcing-equals-ns",
    title=r"Cross-entropy with generated samples labelled real is $-\mathbb{E}[\log D(G(z))]$",
    uses=("ns-generator-gradient",),
    covers=("label-forcing-equals-ns",),
)

a = sp.Symbol("a", real=True)  # the logit of a generated sample
s, k, t = sp.symbols("s k t", real=True)  # slope and curvature of a logit on a line, the place
y, D = sp.symbols("y D", positive=True)  # the label and the output
sigma = sp.Lambda(a, 1 / (1 + sp.exp(-a)))  # the sigmoid
entropy = sp.Lambda((y, D), -y * sp.log(D) - (1 - y) * sp.log(1 - D))
REAL, GENERATED, SOFT = sp.Integer(1), sp.Integer(0), sp.Rational(9, 10)


def slope_on_curve(loss):
    """The slope of a loss at t = 0, where the logit is $a + s t + k t^2$."""
    return sp.Subs(sp.Derivative(loss.subs(a, a + s * t + k * t**2), t), t, 0)


def derive():
    r"""Put the two labels into $H$: one of its two terms vanishes.

    With $y = 1$ the term $-\log D$ is left, and that is the non-saturating loss, sample by sample. Its
    mean over a batch is then the loss of the statement.

    The gradient follows from the slope in the logit. Along any curve in the parameters of $G$ the logit
    of a sample has some slope $s$, that is $J^T \nabla a$ in the direction of the curve, and some
    curvature $k$, which does not matter. The slope of $-\log D$ is $-(1 - D) s$.
    """
    output = sigma(a)
    forced, honest = entropy(REAL, output), entropy(GENERATED, output)
    yield equal("label 1: the loss -log D", forced, sp.log(1 + sp.exp(-a)), label=theorem.label)
    yield equal("label 1: its slope", slope_on_curve(forced), -(1 - output) * s)

    # With y = 0 the term -log(1 - D) is left: minus what the minimax generator minimises. Its slope is
    # D s. So whoever descends it makes the generated samples easier to recognise.
    yield equal("label 0: minus the minimax loss", honest, sp.log(1 + sp.exp(a)))
    yield equal("label 0: its slope", slope_on_curve(honest), output * s)

    # H is linear in y, so a soft label mixes the two: y (-(1 - D) s) + (1 - y) D s = (D - y) s. Against
    # a D that is held still the generator then stops at D = y, and does not go on to larger D.
    soft = slope_on_curve(entropy(y, output))
    yield equal("a soft label", soft, (output - y) * s, where={y: (0, 1)})


def certify():
    r"""With a soft label the generator turns back: the loss falls up to $D = y$, and rises beyond.

    For $y = 9/10$ that is shown on whole intervals of the logit, up to $2.19$ and from $2.20$
    on; $D = 9/10$ is at $\log 9 = 2.197$. What is left there is the entropy of the label,
    $0.3251$ nats, which no generator takes away.
    """
    loss = entropy(SOFT, sigma(a))
    below, above = {a: (-8, sp.Rational(219, 100))}, {a: (sp.Rational(220, 100), 8)}
    yield increasing("label 0.9: falls up to D = 0.9", -loss, where=below)
    yield increasing("label 0.9: rises beyond", loss, where=above)
    rest = certified.over(entropy(SOFT, D), {D: SOFT})
    yield equal("what is left", rest, sp.log(10) - sp.Rational(9, 5) * sp.log(3))


def check():
    r"""A chain of two networks, 3-5-2 for $G$ and 2-6-1 for $D$, with nine latent points.

    The gradient comes from one backward pass through the chain, of which the entries that belong to $G$
    are kept. It is compared with central differences of $-\frac{1}{B} \sum \log D$, $D$ being written
    out, and then, parameter by parameter, with the gradient of the package's two games. Both are run
    with small weights, for which the networks are nearly linear, and with large ones.
    """
    rng = np.random.default_rng(29)
    every = np.eye(OF_G)
    for size in (0.5, 3.0):
        state, text = drawn_chain(rng, size), f"weights of size {size:g}"
        ways = rng.normal(size=(5, OF_G)) / math.sqrt(OF_G)
        moved = differences(minus_log_output(state), state[0][:OF_G], ways)
        found = of_labels(state, 1.0, ways)
        yield equal(f"label 1, {text}: five directions", found, moved, tolerance=1e-7)
        found, game = of_labels(state, 1.0, every), of_game(state, NON_SATURATING, every)
        yield equal(f"label 1, {text}: the non-saturating game", found, game)
        found, game = of_labels(state, 0.0, every), of_game(state, MINIMAX, every)
        yield equal(f"label 0, {text}: minus the minimax game", found, -game)


def search(seed):
    r"""Batches of logits are drawn, for the second claim up to $\pm 600$ and with soft labels.

    The package has the games, and the cross-entropy with given labels as a function of its own. A batch
    refutes the statement if the package's `label_forcing` is not the loss of the game, or its gradient
    not $(D - y)/B$ and the mixture of the gradients of the two games.
    """
    hunt = partial(survives, seed=seed, examples=150)
    yield hunt("labels 1 and 0: the losses of the games", same_losses, strategies.logit_batches())
    logits = strategies.logit_batches(largest=600.0)
    yield hunt("soft labels: the mixture of gradients", mixture_of_gradients, logits)


def refute():
    r"""Four mistakes of code that trains a chained model.

    Descending with the true label 0 is not the minimax game: the minimax generator ascends there, and
    who forgets the sign trains $G$ to be found out. Label smoothing is meant for the real samples of
    the discriminator; given to the generator's samples, 0.9 in place of 1 changes the gradient. Forced
    labels do not give the minimax gradient, which has the weight $D$ and not $1 - D$. And a batch that
    is half real samples, as the discriminator gets it, halves the generator's gradient.
    """
    output = sigma(a)
    honest, forced = entropy(GENERATED, output), entropy(REAL, output)
    yield equal("descent with label 0 is the minimax game", honest, sp.log(1 - output))
    smoothed = slope_on_curve(entropy(SOFT, output))
    yield equal("a label of 0.9 changes nothing", smoothed, -(1 - output) * s)
    yield equal("forced labels give the minimax gradient", slope_on_curve(forced), -output * s)
    yield equal("half a batch of real samples", slope_on_curve(forced) / 2, -(1 - output) * s)


def figure():
    r"""$H$ over the logit of a generated sample, for the labels 1, 0.9 and 0.

    The curve for 1 falls everywhere, so that the generator pushes the logit up without an end. The
    curve for 0 is its mirror image, which the minimax generator ascends. A soft label has a minimum.
    """
    from matplotlib import pyplot as plt

    at, top = np.linspace(-5, 5, 300), math.log(9)
    fig, axes = plt.subplots()
    for label, color in ((1.0, "C0"), (0.9, "C2"), (0.0, "C1")):
        axes.plot(at, label_forcing(at[:, None], label), color=color)
    axes.plot([top], [label_forcing(np.array([top]), 0.9)], "o", color="C2")
    axes.annotate("label 1: $-\\log D$\n(non-saturating)", (-3.3, 4.7), va="top", color="C0")
    axes.annotate(
        "label 0: $-\\log(1-D)$\n(minimax ascends)", (3.3, 3.9), color="C1", ha="right", va="top"
    )
    axes.annotate("label 0.9:\nat rest", (4.9, 0.9), color="C2", ha="right", va="bottom")
    axes.set(xlabel="logit $a$ of $D$ at the sample", ylabel="loss, nats", xlim=(-5, 5))
    axes.set(ylim=(0, 5), xticks=(-5, 0, 5), yticks=(0, math.log(2), 2, 4))
    axes.set(title="Cross-entropy of a generated sample, by the label it is given")
    return fig


# --- how the numbers are made ---------------------------------------------------------------------

MAKER, CRITIC = mlp((3, 5, 2), Softplus()), mlp((2, 6, 1), Tanh())
CHAIN = Network((*MAKER.layers, *CRITIC.layers), 3)
OF_G = MAKER.size  # the first parameters of the chain are those of G


def drawn_chain(rng, size):
    """The parameters of A, and nine latent points."""
    flat = size * CHAIN.start(rng).flat + 0.1 * rng.normal(size=CHAIN.size)
    return flat, rng.normal(size=(9, 3))


def of_logits(state, by_logit):
    """The gradient of a loss in all parameters of A, from its derivative by the logits."""
    parameters, latent = CHAIN.parameters(np.array(state[0])), np.array(state[1])
    logits, tape = CHAIN.forward(parameters, latent)
    into = CHAIN.parameters(np.zeros(CHAIN.size))
    CHAIN.backward(parameters, tape, by_logit(logits[:, 0])[:, None], into=into)
    return into.flat


@in_norm
def of_labels(state, label, ways):
    """Derivatives in directions of G's parameters, all samples having this label."""
    return ways @ of_logits(state, lambda logits: label_forcing_gradient(logits, label))[:OF_G]


@in_norm
def of_game(state, game, ways):
    """The same for the loss of the game's generator."""
    return ways @ of_logits(state, game.g_gradient)[:OF_G]


def minus_log_output(state):
    r"""$-\frac{1}{B} \sum \log D(G(z_i))$ as a function of G's parameters, D written out."""

    def minus_log(theta):
        parameters = CHAIN.parameters(np.concatenate([theta, state[0][OF_G:]]))
        logits, _ = CHAIN.forward(parameters, state[1])
        return -math.fsum(np.log(1 / (1 + np.exp(-logits[:, 0])))) / len(logits)

    return minus_log


def same_losses(logits):
    """Yield that `label_forcing` is log(1 + e^∓a), and the loss of the game."""
    logits = np.append(logits, 0.0)
    for label, game, sign in ((1.0, NON_SATURATING, 1), (0.0, MINIMAX, -1)):
        found = forced_loss(logits, label)
        yield equal(f"labels {label:g}", found, mean_softplus(-logits if label else logits))
        yield equal(f"labels {label:g}, the game", found, sign * generator_loss(logits, game))


@pointwise
def forced_loss(logits, label):
    """The mean cross-entropy of a batch, from `label_forcing`."""
    return float(label_forcing(logits, label))


@pointwise
def generator_loss(logits, game):
    """The loss of the game's generator over a batch."""
    return float(game.g_loss(logits))


@summed
def mean_softplus(logits):
    """The mean of log(1 + e^a)."""
    return np.logaddexp(0.0, logits) / len(logits)


def mixture_of_gradients(logits):
    """Yield that the gradient is D - y and a mixture; 2 is added, so that no side is 0."""
    logits = np.append(logits, 0.0)
    labels = np.abs(np.cos(np.arange(len(logits)) + 1.0))
    found = 2 + forced_slopes(logits, labels)
    strong, weak = (slope_of_each(logits, game) for game in (NON_SATURATING, MINIMAX))
    yield equal("the games", found, 2 + (labels * strong - (1 - labels) * weak))
    yield equal("D - y", found, 2 + (outputs(logits) - labels))


@in_norm
def forced_slopes(logits, labels):
    """B times the gradient by the logits, from `label_forcing_gradient`."""
    return label_forcing_gradient(logits, labels) * len(logits)


@pointwise
def slope_of_each(logits, game):
    """The slope of the game's loss for each logit as a batch of its own."""
    return np.array([game.g_gradient(logit[None])[0] for logit in logits])


@pointwise
def outputs(logits):
    """D at each logit."""
    return expit(logits)
