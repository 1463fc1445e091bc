r"""A half step of Algorithm 1 moves its own player alone: what "freezing" the other one means.

Statement
---------
A player has parameters, its optimiser's memory, and what its layers keep and do not train: running
statistics of batch norm, vectors of power iterations. A step of Algorithm 1 is $k$ half steps of $D$
and one of $G$. A half step of one player leaves all three of the other bit for bit as they were. This
holds for $G$ as well, whose gradient passes through $D$: $\partial L_G/\partial \varphi$ is not 0, it
is only not used.

So nothing has to be frozen, if each optimiser is given the parameters of its own player. Two errors
undo this. An optimiser of $D$ that is also given $\theta$ trains $G$ to help $D$. And frozen parameters
do not make a frozen function: if $D$ keeps the state of a pass in training, its logits move.

Pretraining of $D$ is not part of Algorithm 1: at the first step of $G$ the discriminator has made $k$
steps. Where it is done, with $G$ held still, the loss $-V/2$ falls to $\log 2 - \mathrm{JSD}(p, q)$ if
$D$ can be $D^*$.

Assumes   Each optimiser is given the parameters of its own player.
Source    [@goodfellow2014, Algorithm 1]; [@annotated2017] for freezing and pretraining.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp
from scipy.special import log_expit

from gantheory import certified
from gantheory.densities import Normal
from gantheory.evidence import in_norm, mean_of, pointwise
from gantheory.nets import BatchNorm, Dense, Network, Pass, SpectralDense, Tanh
from gantheory.optimisers import SGD, Adam, Momentum, Nesterov, RMSProp
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, at_least, at_most, equal, increasing
from gantheory.training import as_data, plan, players, start
from gantheory.training.schemes import SCHEMES

theorem = Theorem(
    label="freeze-discriminator-alternate-training",
    title="A half step moves its own player alone, bit for bit",
    uses=("algorithm-1", "label-forcing-equals-ns"),
    covers=("freeze-discriminator-alternate-training", "no-pretraining-phase"),
    errata=("[@annotated2017] pretrains $D$ to follow the paper: Algorithm 1 has no such phase.",),
)

theta, phi, z = sp.symbols("theta phi z", real=True)  # parameters of G and D, a latent


def derive():
    r"""The gradient that exists and is not used.

    Take $G(z) = \theta z$ and the logit $\varphi x$. The non-saturating loss of $G$ on one latent is
    $\log(1 + e^{-\varphi \theta z})$. It has a slope in $\varphi$ as in $\theta$, and backpropagation
    computes the one on its way to the other: the gradient reaches $\theta$ through $D$.

    So a framework that adds gradients up where they arrive holds, after the backward pass of $G$, a
    gradient for $D$ as well. It has to be cleared, or left out, before $D$ steps; the half steps below
    leave it out. Libraries have their own switches for this, which are not run here: they differ in
    whether the switch stops the gradient, the optimiser, or also the statistics of the layers.
    """
    loss = sp.log(1 + sp.exp(-phi * theta * z))
    rest = 1 / (1 + sp.exp(theta * phi * z))  # 1 - D
    yield equal("the slope in D's parameter", sp.Derivative(loss, phi), -theta * z * rest)
    yield equal("the slope in G's parameter", sp.Derivative(loss, theta), -phi * z * rest)


def certify():
    r"""What pretraining would come to: $\log 2 - \mathrm{JSD}$ for models $\mathcal{N}(\mu, 1)$.

    The further the model is from the data $\mathcal{N}(0, 1)$, the more a phase before Algorithm 1
    would change: at $\mu = 2$ the loss falls from $\log 2 = 0.6931$ to $0.3563$.
    """
    floors = [floor_of(Normal(mean, 1)) for mean in (8, 4, 2, 1)]
    yield increasing("the floor at μ = 8, 4, 2, 1", floors)
    yield at_most("at μ = 2, from above", floors[2], Fraction(3564, 10000))
    yield at_least("at μ = 2, from below", floors[2], Fraction(3563, 10000))


def check():
    r"""Half steps of the package, compared byte by byte.

    Three games at once, with batch norm and spectral norm in the networks, so that there is a state
    to keep. For each of five optimisers three half steps are made, of $D$, $G$ and $D$. After each,
    the bytes of the other player's parameters, memory, state and step count are compared with those
    before: all must agree. And all of the mover's parameters that have a gradient must have moved;
    the bias before a batch norm has none.

    Then a step with $k = 1$ and three with $k = 2$ are compared with the half steps that make them
    up. The draws are the same, so that only the order could make a difference. Last, the state of
    one training pass is kept and the parameters are not touched: a logit moves by more than
    $\tfrac{1}{10}$.
    """
    rng = np.random.default_rng(33)
    for rule in RULES:
        state = game(rule, rng)
        for who in ("D", "G", "D"):
            alone, moved = half_step(state, who, drawn(rng))
            text = f"{type(rule).__name__}, half step of {who}"
            label = theorem.label if text == "SGD, half step of G" else None
            yield same(f"{text}: the other", *alone, label=label)
            yield equal(f"{text}: itself", how_many(moved), moved.size)
    yield from in_turns(rng)
    judge, x = game(SGD(), rng).discriminator, rng.normal(size=(3, 5, 1))
    kept = judge.forward(3 + rng.normal(size=(3, 8, 1)))[1].state
    yield at_least("a logit, state of a pass kept", farthest(judge, x, kept), 0.1)


def search(seed):
    r"""A hunt for a half step that touches the other player.

    Weights, optimiser, samples and the order of four half steps are drawn. One byte of the other
    player that changes would refute the statement; so would a parameter of the mover's own that
    stays, although it has a gradient.
    """
    batches = strategies.logit_batches(largest=5.0).map(lambda x: np.append(x, (0.0, 1.0)))
    pairs = batches.flatmap(lambda x: batches.map(lambda y: (x, y)))
    yield survives("who does not step stays", left_alone, pairs, seed=seed, examples=160)


def simulate(seed):
    r"""Pretraining, where $D^*$ is known.

    The data are $\mathcal{N}(0, 1)$, and $G$ is held still at $\mathcal{N}(2, 1)$. $D = \sigma(w x
    + c)$ starts at $\tfrac{1}{2}$ and makes 600 half steps on minibatches of 64, in 16 games. The
    expected loss $-V/2$ of each $D$ is computed by Gauss and Hermite's rule. Its mean over the
    games comes to $\log 2 - \mathrm{JSD}$ up to 1 %, and no byte of any $G$ has changed. In
    Algorithm 1 with $k = 1$ the generator moves after the first of these half steps, where the loss
    is still $\tfrac{1}{10}$ above. The two means are over 16 games of one size of minibatch; the
    interval assumes that they are nearly normal.
    """
    losses, unmoved = pretrained(seed, 600)
    best = floor_of(SHIFTED)
    yield at_most("600 half steps of D", abs(mean_of(losses[-1]) - best.estimate()), best / 100)
    yield same("every G after them", *unmoved)
    yield at_least("at the first step of G", mean_of(losses[1]), best + Fraction(1, 10))


def refute():
    r"""What people rely on, and should not.

    Since $D$ only judges $G$, its loss seems to have nothing to do with $\theta$: an optimiser that is
    given all parameters moves both. "Frozen" layers are thought to be constants; in a training pass
    they still take up statistics. That Algorithm 1 starts with a trained $D$ is read into it from
    [@annotated2017]. And the gradient in $\varphi$ is thought to vanish because it is not used.
    """
    rng = np.random.default_rng(33)
    state, draw = game(SGD(), rng), drawn(rng)
    judge, maker = state.discriminator, state.generator
    before = maker.parameters.flat.copy()
    players.gradient_through_fakes(state.plan, judge, maker, draw, maker.gradient)
    maker.descend(1.0)
    yield same("D's loss moves D alone, all parameters given", maker.parameters.flat, before)
    kept = judge.forward(draw.real)[1].state
    yield same("a training pass moves no state", kept[2][0], judge.state[2][0])
    yield equal(
        "Algorithm 1 pretrains D",
        mean_of(pretrained(0, 1)[0][1]),
        floor_of(SHIFTED),
        tolerance=0.01,
        label="no-pretraining-phase",
    )
    loss = sp.log(1 + sp.exp(-phi * theta * z))
    yield equal("the slope in D's parameter is 0", sp.Derivative(loss, phi), 0)


# --- how the numbers are made ---------------------------------------------------------------------

RULES = (SGD(), Momentum(), Nesterov(), Adam(), RMSProp())
DATA, SHIFTED = Normal(0, 1), Normal(2, 1)
SEEDS = 16


def floor_of(model):
    r"""$\log 2 - \mathrm{JSD}$ as a ball."""
    return certified.log(2) - certified.js_divergence(DATA, model, digits=12)


@in_norm
def farthest(player, x, state):
    """The largest change of a logit over the samples x, if the player's own state is exchanged."""
    calm, moved = (
        player.network.forward(player.parameters, x, Pass(False, (), one))[0]
        for one in (player.state, state)
    )
    return np.abs(moved - calm).max()


def game(rule, rng):
    """Three games, with layers that keep a state."""
    maker = Network((Dense(2, 5), BatchNorm(5), Tanh(), Dense(5, 1)), 2)
    judge = Network((SpectralDense(1, 6), Tanh(), BatchNorm(6), Tanh(), Dense(6, 1)), 1)
    rules = {"d_optimiser": rule, "g_optimiser": rule, "d_lr": 0.05, "g_lr": 0.05}
    seed = int(rng.integers(1000))
    return start(plan(as_data(DATA), generator=maker, discriminator=judge, seed=seed, **rules), 3)


def half_step(state, who, draw):
    """The other player after and before, and which of one's own that have a gradient moved."""
    d_player, g_player = state.discriminator, state.generator
    of_d = who == "D"
    own, other = (d_player, g_player) if of_d else (g_player, d_player)
    before, mine = held(other), own.parameters.flat.copy()
    gradient = players.discriminator_gradient if of_d else players.generator_gradient
    gradient(state.plan, d_player, g_player, draw)
    own.descend(1.0)
    return (held(other), before), (mine != own.parameters.flat)[:, with_gradient(own.network)]


def with_gradient(network):
    """Which parameters have a gradient: not a bias before batch norm.

    The layer takes away the mean of each channel, and with it what the bias adds.
    """
    mask = network.parameters(np.ones(network.size))
    if isinstance(network.layers[1], BatchNorm):
        mask.layers[0][1][...] = 0
    return mask.flat == 1


def drawn(rng):
    """What a half step is given: 8 real samples and 8 latents a game, and no further noise."""
    return players.Draw(rng.normal(size=(3, 8, 1)), rng.normal(size=(3, 8, 2)), ())


def held(player):
    """Parameters, memory of the optimiser, state of the layers, steps done: as bytes."""
    state = [tensor for group in player.state for tensor in group]
    arrays = [player.parameters.flat, player.memory, *state, np.array([player.count])]
    return np.frombuffer(b"".join(array.tobytes() for array in arrays), np.uint8)


@pointwise
def how_many(events):
    """The number of those that are true."""
    return np.sum(events)


def same(text, found, expected, label=None):
    """Claim that all bytes are equal."""
    found, expected = (np.frombuffer(array.tobytes(), np.uint8) for array in (found, expected))
    return equal(text, how_many(found == expected), len(expected), tolerance=0, label=label)


def in_turns(rng):
    """A step with k = 1 and three with k = 2, and the half steps DG DDG DDG DDG, with the same draws."""
    turns, halves = (game(Momentum(), np.random.default_rng(5)) for _ in range(2))
    draws = [drawn(rng) for _ in range(3)]
    for given in (draws[:2], draws, draws, draws):
        SCHEMES["alternating"](turns.plan, turns.discriminator, turns.generator, given, 1.0)
    for who, at in zip("DG" + 3 * "DDG", (0, 1) + 3 * (0, 1, 2), strict=True):
        half_step(halves, who, draws[at])
    for name in ("discriminator", "generator"):
        yield same(
            f"DG and three DDG: {name}", held(getattr(turns, name)), held(getattr(halves, name))
        )


def left_alone(example):
    """Claims on four half steps of a drawn game, each of the player whose turn is drawn.

    The samples are the logits that were drawn, with a 0 and a 1 added, the same for all three games.
    """
    x, y = example
    pick = len(x) + 7 * len(y)
    state = game(RULES[pick % 5], np.random.default_rng(pick))
    latent = np.stack([y, y[::-1]], axis=1)
    draw = players.Draw(np.tile(x[:, None], (3, 1, 1)), np.tile(latent, (3, 1, 1)), ())
    for turn in (pick, pick // 2, pick // 4, pick // 8):
        alone, moved = half_step(state, "DG"[turn % 2], draw)
        yield same("the other", *alone)
        yield equal("itself", how_many(moved), moved.size)


def pretrained(seed, steps):
    """The expected loss of D after each half step, shape (steps + 1, SEEDS), and G before and after."""
    line = Network((Dense(1, 1),), 1)
    rules = {"d_optimiser": SGD(), "d_lr": 0.1, "seed": seed}
    state = start(plan(as_data(DATA), generator=line, discriminator=line, **rules), SEEDS)
    d_player, g_player = state.discriminator, state.generator
    g_player.parameters.flat[...] = (1.0, 2.0)
    d_player.parameters.flat[...] = 0.0
    before = held(g_player)
    rng = np.random.default_rng(seed)
    found = [d_loss(d_player.parameters.flat)]
    for _ in range(steps):
        draw = players.Draw(*rng.standard_normal((2, SEEDS, 64, 1)), ())
        players.discriminator_gradient(state.plan, d_player, g_player, draw)
        d_player.descend(1.0)
        found.append(d_loss(d_player.parameters.flat))
    return np.array(found), (held(g_player), before)


def d_loss(flat):
    """-V/2 for logits w x + c, by Gauss and Hermite."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)
    logits = [flat[:, :1] * (nodes + shift) + flat[:, 1:] for shift in (0, 2)]
    parts = (log_expit(logits[0]) + log_expit(-logits[1])) @ weights
    return -parts / (2 * math.sqrt(2 * math.pi))
