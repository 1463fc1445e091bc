"""How the players take turns: one function a scheme, each moves both players by one step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from gantheory.nets.layer import Array
from gantheory.training.penalising import clip
from gantheory.training.plan import Plan
from gantheory.training.players import (
    Draw,
    Player,
    discriminator_gradient,
    generator_gradient,
    gradient_through_fakes,
)

CONSENSUS = 0.1  # γ of consensus optimisation (Mescheder, Nowozin and Geiger 2017 take 0.1 to 10)


def alternating(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """K steps of the discriminator, then one of the generator with a fresh draw.

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
    taken with the optimiser, and forgotten.
    """
    with _as_before(d, g):
        _both(plan, d, g, draws)
        _descend(plan, d, g, factor)
        _both(plan, d, g, draws)
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
    _both(plan, d, g, draws)
    v_d, v_g = d.gradient.flat.copy(), g.gradient.flat.copy()
    of_d = _along(d, v_d, lambda: _gradients_of_d(plan, d, g, draws[0]))
    of_g = _along(g, v_g, lambda: _gradients_of_g(plan, d, g, draws[-1]))
    d.gradient.flat[...] = v_d + CONSENSUS * (of_d[0] + of_g[0])
    g.gradient.flat[...] = v_g + CONSENSUS * (of_d[1] + of_g[1])
    _descend(plan, d, g, factor)


def unrolled(plan: Plan, d: Player, g: Player, draws: Sequence[Draw], factor: float) -> None:
    """The generator's gradient goes through `unroll` steps of the discriminator (Metz et al. 2017).

    The steps ahead are plain gradient steps on one draw, whatever the optimiser. With λ the
    derivative in θ_D after them, going back through each step with rate η adds -η ∂(∇_D L_D · λ)
    in both players' parameters.
    """
    rate, path = d.lr * factor, []
    with _as_before(d):
        for _ in range(plan.unroll):
            path.append(d.parameters.flat.copy())
            discriminator_gradient(plan, d, g, draws[0])
            d.parameters.flat.__isub__(rate * d.gradient.flat)
        adjoint, total = _gradients_of_g(plan, d, g, draws[-1])
        for theta in reversed(path):
            d.parameters.flat[...] = theta
            of_d, of_g = _along(d, adjoint, lambda: _gradients_of_d(plan, d, g, draws[0]))
            adjoint, total = adjoint - rate * of_d, total - rate * of_g
    discriminator_gradient(plan, d, g, draws[0])
    g.gradient.flat[...] = total
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


def _gradients_of_d(plan: Plan, d: Player, g: Player, draw: Draw) -> tuple[Array, Array]:
    """∇ of the discriminator's loss, in its own parameters and in the generator's."""
    discriminator_gradient(plan, d, g, draw)
    across = g.network.parameters(np.empty_like(g.parameters.flat))
    gradient_through_fakes(plan, d, g, draw, across)
    return d.gradient.flat.copy(), across.flat


def _gradients_of_g(plan: Plan, d: Player, g: Player, draw: Draw) -> tuple[Array, Array]:
    """∇ of the generator's loss, in the discriminator's parameters and in its own."""
    across = d.network.parameters(np.empty_like(d.parameters.flat))
    generator_gradient(plan, d, g, draw, across)
    return across.flat, g.gradient.flat.copy()


def _along(
    player: Player, direction: Array, gradients: Callable[[], tuple[Array, Array]]
) -> tuple[Array, Array]:
    """d/dε of both gradients at θ + ε direction: ∇ of (∇_θ L · direction), by a central difference.

    Right to about the 2/3 power of the rounding unit.
    """
    theta = player.parameters.flat
    size = np.linalg.norm(direction, axis=-1, keepdims=True)
    scale = 1 + np.linalg.norm(theta, axis=-1, keepdims=True)
    step = np.cbrt(np.finfo(theta.dtype).eps) * scale / np.where(size > 0, size, 1)
    step = step.astype(theta.dtype)
    before = theta.copy()
    theta[...] = before + step * direction
    ahead = gradients()
    theta[...] = before - step * direction
    behind = gradients()
    theta[...] = before
    first, second = ((a - b) / (2 * step) for a, b in zip(ahead, behind, strict=True))
    return first, second
