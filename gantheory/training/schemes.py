"""How the players take turns: one function a scheme, each moves both players by one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from gantheory.nets import Tape
from gantheory.nets.layer import Array
from gantheory.training.penalising import clip
from gantheory.training.plan import Plan
from gantheory.training.players import (
    Draw,
    Player,
    discriminator_gradient,
    generator_gradient,
    judge,
    shown,
)
from gantheory.training.second_order import through_discriminator, through_generator

CONSENSUS = 0.1  # γ of consensus optimisation (Mescheder, Nowozin and Geiger 2017 take 0.1 to 10)


def alternating(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """k steps of the discriminator, then one of the generator with a fresh draw.

    Goodfellow et al. (2014), Algorithm 1.
    """
    for draw in draws[:-1]:
        discriminator_gradient(plan, d, g, draw)
        d.descend(factor)
        clip(plan, d)
    generator_gradient(plan, d, g, draws[-1])
    g.descend(factor)


def simultaneous(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """Both gradients at the same point, then both steps."""
    _both(plan, d, g, draws)
    _descend(plan, d, g, factor)


def extragradient(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """Step from where you were, with the gradients of where a step would lead.

    Korpelevich (1976); Gidel et al. (2019). Both gradients are of the same draws. The step ahead is
    taken with the optimiser, and forgotten; what layers keep has moved with every pass.
    """
    with _as_before(d, g):
        _both(plan, d, g, draws)
        _descend(plan, d, g, factor)
        _both(plan, d, g, draws)
        states = d.state, g.state
    d.state, g.state = states
    _descend(plan, d, g, factor)


def optimistic(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """2 ∇_t - ∇_{t-1} instead of ∇_t (Daskalakis et al. 2018); the first step takes ∇_0."""
    _both(plan, d, g, draws)
    for player in (d, g):
        now = player.gradient.flat.copy()
        if player.count > 0:
            player.gradient.flat[...] = 2 * now - player.previous
        player.previous[...] = now
    _descend(plan, d, g, factor)


def consensus(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """v + γ ∇ |v|² / 2, with v the gradients of both players (Mescheder, Nowozin and Geiger 2017)."""
    real, fake, first_made = shown(plan, g, draws[0])
    first = judge(plan, d, real, fake, draws[0].rngs)
    last, made = generator_gradient(plan, d, g, draws[-1])
    v_d, v_g = d.gradient.flat.copy(), g.gradient.flat.copy()
    of_d, of_fake = through_discriminator(plan, d, first, v_d)
    more_d, of_g = through_generator(plan, d, g, last, made, v_g)
    of_g = of_g + _into_generator(g, first_made, of_fake)
    d.gradient.flat[...] = v_d + CONSENSUS * (of_d + more_d)
    g.gradient.flat[...] = v_g + CONSENSUS * of_g
    _descend(plan, d, g, factor)


def unrolled(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """The generator's gradient goes through `unroll` steps of the discriminator (Metz et al. 2017).

    The steps ahead are plain gradient steps on one draw, whatever the optimiser, and the first of their
    gradients is D's own. With λ the derivative in θ_D after them, going back through each step with
    rate η adds -η ∇(∇_D L_D · λ) in both players' parameters.
    """
    real, fake, made = shown(plan, g, draws[0])
    rate, path = d.lr * factor, []
    with _as_before(d):
        for _ in range(plan.unroll):
            theta = d.parameters.flat.copy()
            path.append((theta, judge(plan, d, real, fake, draws[0].rngs)))
            if len(path) == 1:
                first, state = d.gradient.flat.copy(), d.state
            d.parameters.flat.__isub__(rate * d.gradient.flat)
        into = d.network.parameters(np.empty_like(d.parameters.flat))
        generator_gradient(plan, d, g, draws[-1], into)
        adjoint, of_fake = into.flat, np.zeros_like(fake)
        for theta, look in reversed(path):
            d.parameters.flat[...] = theta
            of_d, of_samples = through_discriminator(plan, d, look, adjoint)
            adjoint = adjoint - rate * of_d
            of_fake -= rate * of_samples
    d.gradient.flat[...], d.state = first, state
    g.gradient.flat.__iadd__(_into_generator(g, made, of_fake))
    _descend(plan, d, g, factor)


Scheme = Callable[[Plan, Player, Player, Sequence[Draw], float], None]
SCHEMES: dict[str, Scheme] = {
    scheme.__name__: scheme
    for scheme in (alternating, simultaneous, extragradient, optimistic, consensus, unrolled)
}


# --- pieces ---------------------------------------------------------------------------------------


def _both(plan: Plan, d: Player, g: Player, draws: Sequence[Draw]) -> None:
    """Both gradients where both players are."""
    discriminator_gradient(plan, d, g, draws[0])
    generator_gradient(plan, d, g, draws[-1])


def _descend(plan: Plan, d: Player, g: Player, factor: float) -> None:
    for player in (d, g):
        player.descend(factor)
    clip(plan, d)


@contextmanager
def _as_before(*players: Player) -> Iterator[None]:
    """Put parameters, optimiser, state and count back afterwards; the gradients stay."""
    kept = [(p.parameters.flat.copy(), p.memory.copy(), p.state, p.count) for p in players]
    yield
    for player, (flat, memory, state, count) in zip(players, kept, strict=True):
        player.parameters.flat[...], player.memory[...] = flat, memory
        player.state, player.count = state, count


def _into_generator(g: Player, made: Tape, of_fake: Array) -> Array:
    """∂L/∂θ_G from ∂L/∂G(z)."""
    into = g.network.parameters(np.empty_like(g.parameters.flat))
    g.network.backward(g.parameters, made, of_fake, into=into, of_input=False)
    return into.flat
