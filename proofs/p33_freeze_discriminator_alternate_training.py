r"""Alternating training: what a step of one player may move, and what freezing the other one takes.

Statement
---------
A player has parameters, its optimiser's memory, and what its layers keep and do not train (running
statistics of batch norm, vectors of power iterations). A step of Algorithm 1 is k half steps of D and
one of G. A half step of one player leaves all three of the other bit for bit as they were, although its
gradient passes through the other network: ∂L_G/∂φ is not 0, it is only not used.

The order counts. From the same point simultaneous steps give D the same φ, but G another θ, by
-η² ∂²V/∂θ∂φ ∂V/∂φ if V is quadratic. For V = θ φ alternating steps stay on an ellipse, simultaneous ones
multiply θ² + φ² by 1 + η² each time.

A player that no optimiser steps is frozen. A gradient set to 0 is less. It stops gradient descent, the
parameters of RMSProp (not its memory), and an optimiser that has not stepped yet. Momentum β goes on by
β/(1 - β) steps, Adam (0.9, 0.999, ε = 0) by β₁/(1 + β₁) √((1 + β₂)/β₂) = 0.6701 of a step at once, for
any size of its one gradient, and by 5.0055 in all. Weight decay λ multiplies θ by
1 - η λ each time. And frozen parameters are no frozen function: if D keeps the state of a pass in
training, its logits move.

Pretraining of D is no part of Algorithm 1: at G's first step D has made k steps. Where it is done, with
G held still, d_loss = -V/2 falls to log 2 - JSD if D can be D*.

Assumes   Each optimiser is given the parameters of its own player; η is the learning rate.
Source    Goodfellow et al. (2014), Algorithm 1; Kingma and Ba (2015), Algorithm 1; An Annotated Proof
          (2017), for freezing and pretraining.
"""

# notation: x, y parameters θ of G, φ of D; r = η; a, b, c, d, e of a quadratic V; z a latent, or the
# notation: rate λ of weight decay; g a gradient; n a number of steps; s = (1 - β)/β

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
from gantheory.theorems import Theorem, at_least, at_most, equal
from gantheory.training import as_data, plan, players, start
from gantheory.training.schemes import SCHEMES

theorem = Theorem(
    label="freeze-discriminator-alternate-training",
    title="A half step moves its own player alone, bit for bit; a zero gradient freezes less than that",
    uses=("algorithm-1", "label-forcing-equals-ns"),
    covers=("freeze-discriminator-alternate-training",),
    errata=(
        "An Annotated Proof (2017) pretrains D to follow the paper: Algorithm 1 has no such phase.",
    ),
)

x, y, a, b, c, d, e, z = sp.symbols("x y a b c d e z", real=True)
r, g = sp.symbols("r g", positive=True)
beta_1, beta_2, s = sp.symbols("beta_1 beta_2 s", positive=True)
n = sp.Symbol("n", integer=True, positive=True)

ADAM = Adam(eps=1e-300)
RULES = {type(rule).__name__: rule for rule in (SGD(), Momentum(), Nesterov(), ADAM, RMSProp())}
BELL, SHIFTED = Normal(0, 1), Normal(2, 1)
SEEDS = 16


def ascent_then_descent(value, *, alternating):
    """(θ, φ) after a step of each player on V, D first."""
    ahead = y + r * sp.diff(value, y)
    slope = sp.diff(value, x)
    return x - r * (slope.subs(y, ahead) if alternating else slope), ahead


def derive():
    loss = sp.log(1 + sp.exp(-y * x * z))
    yield equal(
        "G(z) = θ z, logit φ x: the loss of G has a slope in φ too, -(1 - D) θ z",
        sp.Derivative(loss, y),
        -x * z / (1 + sp.exp(x * y * z)),
    )
    value = a * x**2 / 2 + b * x * y + c * y**2 / 2 + d * x + e * y
    (turn, _), (both, _) = (ascent_then_descent(value, alternating=one) for one in (True, False))
    yield equal(
        "V quadratic: alternating and simultaneous steps differ in θ by -η² ∂²V/∂θ∂φ ∂V/∂φ",
        turn - both,
        -(r**2) * sp.Derivative(value, x, y) * sp.Derivative(value, y),
        label="freeze-discriminator-alternate-training",
    )
    later, ahead = ascent_then_descent(x * y, alternating=True)
    yield equal(
        "V = θ φ: alternating steps keep θ² + φ² + η θ φ, an ellipse for η < 2",
        later**2 + ahead**2 + r * later * ahead,
        x**2 + y**2 + r * x * y,
    )
    later, ahead = ascent_then_descent(x * y, alternating=False)
    yield equal(
        "simultaneous ones multiply θ² + φ² by 1 + η²",
        later**2 + ahead**2,
        (1 + r**2) * (x**2 + y**2),
    )
    yield equal(
        "momentum β = 1/(1 + s) and then gradients 0: Σ β^n η v is 1/s = β/(1 - β) steps, for 9/10 nine",
        sp.Sum(r * g * (1 / (1 + s)) ** n, (n, 1, sp.oo)),
        r * g / s,
    )
    yield equal(
        "weight decay, the gradient of λ θ²/2 being added, multiplies θ by 1 - η λ",
        x - r * sp.Derivative(z * x**2 / 2, x),
        (1 - r * z) * x,
    )
    first = beta_1 * (1 - beta_1) * g / (1 - beta_1**2)
    second = beta_2 * (1 - beta_2) * g**2 / (1 - beta_2**2)
    yield equal(
        "Adam, one gradient g and then 0: its second step is β₁/(1 + β₁) √((1 + β₂)/β₂) η, for every g",
        r * first / sp.sqrt(second),
        r * beta_1 / (1 + beta_1) * sp.sqrt((1 + beta_2) / beta_2),
        where={beta_1: (0, 1), beta_2: (0, 1)},
    )
    usual = (sp.Rational(9, 10), sp.Rational(999, 1000))
    again = sp.Subs(first / sp.sqrt(second), (beta_1, beta_2), usual)
    exact = 9 * sp.sqrt(sp.Rational(1999, 999)) / 19
    yield equal("Adam (0.9, 0.999): its second step is 9/19 √(1999/999) of its first", again, exact)
    yield equal(
        "0.6701 to four places: ten thousandfold, rounded, 6701",
        sp.floor(10**4 * again + sp.Rational(1, 2)),
        6701,
    )


def adam_steps(count):
    """Σ β₁^n (1 - β₁)/(1 - β₁^(n + 1)) √((1 - β₂^(n + 1))/(β₂^n (1 - β₂))), n = 1, ..., count."""
    one, two = Fraction(9, 10), Fraction(999, 1000)
    total = certified.as_ball(0)
    for k in range(1, count + 1):
        first = certified.as_ball(one**k * (1 - one) / (1 - one ** (k + 1)))
        second = certified.as_ball((1 - two ** (k + 1)) / (two**k * (1 - two)))
        total = total + first * second.sqrt()
    return total


def check():
    rng = np.random.default_rng(33)
    for name, rule in RULES.items():
        state = game(rule, rng)
        for who in ("D", "G", "D"):
            alone, moved = half_step(state, who, drawn(rng))
            yield same(
                f"{name}, batch norm and spectral norm in the networks: a half step of {who} leaves "
                "parameters, memory and state of the other, byte by byte",
                *alone,
            )
            yield equal(
                f"and moves all of {who}'s own that have a gradient; a bias before batch norm has none",
                how_many(moved),
                moved.size,
            )
    yield from in_turns(rng)
    yield from without_gradient(rng)
    judge, x = game(SGD(), rng).discriminator, rng.normal(size=(3, 5, 1))
    kept = judge.forward(3 + rng.normal(size=(3, 8, 1)))[1].state
    yield at_least(
        "parameters of D untouched, the state of one training pass kept: a logit moves by 1/10",
        farthest(judge, x, kept),
        0.1,
    )


@in_norm
def farthest(player, x, state):
    """max |a' - a| over the samples x, a with the player's own state, a' with another."""
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
    return start(plan(as_data(BELL), generator=maker, discriminator=judge, seed=seed, **rules), 3)


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
    """Which parameters have a gradient: not a bias before batch norm."""
    mask = network.parameters(np.ones(network.size))
    if isinstance(network.layers[1], BatchNorm):
        mask.layers[0][1][...] = 0
    return mask.flat == 1


def drawn(rng):
    """What a half step is given: 8 real samples and 8 latents a game."""
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


def same(text, found, expected):
    """Claim that all bytes are equal."""
    found, expected = (np.frombuffer(array.tobytes(), np.uint8) for array in (found, expected))
    return equal(text, how_many(found == expected), len(expected), tolerance=0)


def in_turns(rng):
    """Alternating and simultaneous steps from one point, with the same draws, by momentum."""
    games = [game(Momentum(), np.random.default_rng(5)) for _ in range(3)]
    draws = [drawn(rng), drawn(rng)]
    for one, scheme in zip(games[:2], ("alternating", "simultaneous"), strict=True):
        SCHEMES[scheme](one.plan, one.discriminator, one.generator, draws, 1.0)
    turns, both, halves = games
    yield same(
        "simultaneous or alternating: after one step D is the same, byte by byte",
        held(turns.discriminator),
        held(both.discriminator),
    )
    apart = turns.generator.parameters.flat != both.generator.parameters.flat
    apart = apart[:, with_gradient(turns.generator.network)]
    yield equal("but of G no parameter that has a gradient", how_many(apart), apart.size)
    draws.append(drawn(rng))
    for _ in range(3):
        SCHEMES["alternating"](turns.plan, turns.discriminator, turns.generator, draws, 1.0)
    for who, at in zip("DG" + 3 * "DDG", (0, 1) + 3 * (0, 1, 2), strict=True):
        half_step(halves, who, draws[at])
    for name in ("discriminator", "generator"):
        yield same(
            f"a step with k = 1 and three with k = 2 are the half steps DG DDG DDG DDG: the {name}",
            held(getattr(turns, name)),
            held(getattr(halves, name)),
        )


def without_gradient(rng):
    """Optimisers whose gradient is set to 0."""
    first, share = rng.normal(size=6), Fraction(9, 10)
    moves = {"Momentum": 10 * (share - share**201), "Nesterov": 10 * (share**2 - share**202)}
    moves["Adam"] = adam_steps(200)
    for name, rule in RULES.items():
        theta, before = after(rule, 0 * first, 3).value, after(rule, first, 0).value
        yield same(f"{name}, zero gradients from the start: parameters stay", theta, before)
        theta, later = after(rule, first), after(rule, first, 201)
        if name not in moves:
            text = f"{name}, 200 zero gradients after one: parameters stay"
            yield same(text, later.value, theta.value)
            continue
        yield equal(
            f"{name}, 200 zero gradients after one: a drift of {float(moves[name]):.4f} steps",
            abs(later - theta) / (0.01 * (1.0 if rule is ADAM else np.abs(first))),
            moves[name],
        )
    yield equal(
        "RMSProp's memory does not stay: 100 zero gradients leave 0.99^100 of it",
        memory(first, 101) / memory(first, 1),
        Fraction(99, 100) ** 100,
    )


@in_norm
def after(rule, gradient, steps=1):
    """Parameters after so many steps, the first with this gradient and the others with 0."""
    return stepped(rule, gradient, steps)[0]


@pointwise(roundings=256)
def memory(gradient, steps):
    """RMSProp's memory after so many steps, the first with this gradient and the others with 0."""
    return stepped(RMSProp(), gradient, steps)[1][0]


def stepped(rule, gradient, steps):
    """Parameters and memory after so many steps of rate 0.01, all but the first with gradient 0."""
    theta = np.linspace(-0.1, 0.1, len(gradient))
    state = rule.start(theta)
    for count in range(1, steps + 1):
        rule.step(theta, gradient if count == 1 else 0 * gradient, state, count, 0.01)
    return theta, state


def search(seed):
    batches = strategies.logit_batches(largest=5.0).map(lambda x: np.append(x, (0.0, 1.0)))
    yield survives(
        "any weights, optimiser, samples and order of turns: who does not step is left byte by byte",
        left_alone,
        batches.flatmap(lambda x: batches.map(lambda y: (x, y))),
        seed=seed,
        examples=160,
    )


def left_alone(example):
    x, y = example
    pick = len(x) + 7 * len(y)
    state = game(list(RULES.values())[pick % 5], np.random.default_rng(pick))
    latent = np.stack([y, y[::-1]], axis=1)
    draw = players.Draw(np.tile(x[:, None], (3, 1, 1)), np.tile(latent, (3, 1, 1)), ())
    for turn in (pick, pick // 2, pick // 4, pick // 8):
        alone, moved = half_step(state, "DG"[turn % 2], draw)
        yield same("the other", *alone)
        yield equal("oneself", how_many(moved), moved.size)


def simulate(seed):
    """Data N(0, 1), G held still at N(2, 1), D = σ(w x + c) from D = 1/2: D* is among them."""
    losses, unmoved = pretrained(seed, 600)
    best = certified.log(2) - certified.js_divergence(BELL, SHIFTED, digits=12)
    yield at_most(
        f"{SEEDS} games, 600 half steps of D alone: d_loss is log 2 - JSD to 1 %",
        abs(mean_of(losses[-1]) - best.estimate()),
        best / 100,
    )
    yield same("with every G as it was, byte by byte", *unmoved)
    yield at_least(
        "Algorithm 1, k = 1: at G's first step d_loss is still 1/10 above that",
        mean_of(losses[1]),
        best + Fraction(1, 10),
    )


def pretrained(seed, steps):
    """The expected d_loss after each half step, shape (steps + 1, SEEDS), and G before and after."""
    line = Network((Dense(1, 1),), 1)
    rules = {"d_optimiser": SGD(), "d_lr": 0.1, "seed": seed}
    state = start(plan(as_data(BELL), generator=line, discriminator=line, **rules), SEEDS)
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


def refute():
    rng = np.random.default_rng(33)
    gradient = rng.normal(size=6)
    first, second = (after(ADAM, gradient, steps).value for steps in (1, 2))
    yield same("a gradient set to 0 freezes Adam: its second step moves nothing", second, first)
    yield equal("or weight decay: θ - η (0 + λ θ) is θ", x - r * z * x, x)
    steps = [ascent_then_descent(x * y, alternating=one)[0] for one in (True, False)]
    yield equal("simultaneous and alternating steps are the same, V = θ φ", *steps)
    state, draw = game(SGD(), rng), drawn(rng)
    judge, maker = state.discriminator, state.generator
    before = maker.parameters.flat.copy()
    players.gradient_through_fakes(state.plan, judge, maker, draw, maker.gradient)
    maker.descend(1.0)
    yield same(
        "D's loss moves φ alone, also if its optimiser is given θ and its gradient runs back through G",
        maker.parameters.flat,
        before,
    )
    kept = judge.forward(draw.real)[1].state
    yield same("frozen is frozen: a training pass moves no state", kept[2][0], judge.state[2][0])
    yield equal(
        "Algorithm 1 pretrains D: at G's first step, k = 1, d_loss is log 2 - JSD",
        mean_of(pretrained(0, 1)[0][1]),
        certified.log(2) - certified.js_divergence(BELL, SHIFTED, digits=12),
        tolerance=0.01,
    )


def figure():
    from matplotlib import pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(8.0, 3.6))
    places = {"Momentum": (38, 9.25), "Nesterov": (38, 7.25), "Adam": (38, 5.25), "SGD": (22, 0.3)}
    for color, (name, place) in zip(("C0", "C4", "C2", "C5"), places.items(), strict=True):
        path = [stepped(RULES[name], np.ones(1), k)[0][0] for k in range(1, 62)]
        left.plot((path[0] - np.array(path)) / 0.01, color=color)
        left.annotate("SGD, RMSProp" if name == "SGD" else name, place, color=color)
    left.set(title="One gradient, then 0", xlabel="zero gradients", ylabel="drift, in steps")
    for alternating, color, text, place in (
        (True, "C0", "alternating", (-0.85, -0.1)),
        (False, "C2", "simultaneous", (1.25, 2.0)),
    ):
        path = [(1.0, 0.0)]
        for _ in range(62):
            now = dict(zip((x, y, r), (*path[-1], 0.2), strict=True))
            moved = ascent_then_descent(x * y, alternating=alternating)
            path.append(tuple(float(one.subs(now)) for one in moved))
        right.plot(*np.array(path).T, ".-", color=color, linewidth=0.8, markersize=4)
        right.annotate(text, place, color=color)
    right.set(title="V = θ φ, η = 0.2, 62 steps", xlabel="θ", ylabel="φ", aspect="equal")
    return fig
