"""Many steps in one call of machine code, where a run is what training takes by default.

A call of numpy takes as long as a small product of matrices, and a step of small networks is a hundred
of them. Where `suits` says so, `take` does what `schemes.alternating` does, but for rounding.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from gantheory import losses
from gantheory.machine_code import available
from gantheory.nets import Dense, LeakyReLU, Network
from gantheory.optimisers import Adam
from gantheory.threads import cpu_count, threads
from gantheory.training.plan import Plan
from gantheory.training.players import Draws, Player

COMPILES = available()
WIDE = 2**26  # multiplications in a product of matrices from which threads of BLAS pay
# the slopes ±σ(±a) of the loss of real samples, of generated ones, and of the generator's loss
SIGNS = (
    (losses.MINIMAX, ((-1, -1), (1, 1), (-1, 1))),
    (losses.NON_SATURATING, ((-1, -1), (1, 1), (-1, -1))),
)


def is_wide(plan: Plan) -> bool:
    """Whether products of matrices are so large that BLAS shares one out among the cores."""
    networks = (plan.generator, plan.discriminator)
    shapes = [shape for network in networks for layer in network.layers for shape in layer.shapes]
    width = max(max(shape) for shape in [*shapes, (1,)])
    return 2 * plan.batch * width * width >= WIDE


def suits(plan: Plan) -> bool:
    """Whether it is Algorithm 1 with dense layers, leaky ReLUs, logistic losses, Adam, and no more."""
    return (
        COMPILES
        and plan.scheme == "alternating"
        and any(plan.game == game for game, _ in SIGNS)
        and plan.penalty == "none"
        and plan.noise == 0
        and all(type(rule) is Adam for rule in (plan.d_optimiser, plan.g_optimiser))
        and all(_is_leaky(network) for network in (plan.discriminator, plan.generator))
        and not is_wide(plan)
    )


def take(plan: Plan, d: Player, g: Player, draws: Draws, steps: range) -> None:
    """Take these steps of Algorithm 1, in place, the networks shared out among the cores.

    Parameters
    ----------
    plan:
        One that suits.
    d, g:
        Both players.
    draws:
        What just these steps are given.
    steps:
        Their numbers, from 0.
    """
    from gantheory.training import compiled  # numba takes half a second, of those who train

    factors = [plan.schedule(step + 1, plan.steps) for step in steps]
    sides = _side(d, np.repeat(factors, plan.k).tolist()), _side(g, factors)
    signs = np.array(next(signs for game, signs in SIGNS if plan.game == game), plan.dtype)
    networks = len(d.parameters.flat)
    bounds = np.linspace(0, networks, min(networks, cpu_count()) + 1).astype(int).tolist()
    real, latent = (np.ascontiguousarray(drawn) for drawn in (draws.real, draws.latent))

    def some(pair: tuple[int, int]) -> None:
        # a thread has warnings of its own, and the steps may be run without being compiled
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            compiled.train(*sides, real, latent, signs, *pair)

    # what one network is given depends on no other, so neither does what becomes of it
    list(threads().map(some, itertools.pairwise(bounds)))
    d.count += plan.k * len(steps)
    g.count += len(steps)


def _is_leaky(network: Network) -> bool:
    """Whether it is dense layers with a leaky ReLU between any two, and none at the ends."""
    kinds = [type(layer) for layer in network.layers]  # a subclass may do something else
    inner = len(kinds) // 2
    return kinds == [Dense, *[LeakyReLU, Dense] * inner]


def _side(player: Player, factors: list[float]) -> Any:
    """Return what the compiled steps need of a player, with a factor on its rate for each step."""
    from gantheory.training import compiled

    layers: list[Any] = list(player.network.layers)
    rule = player.optimiser
    moves = [
        rule.factors(player.count + 1 + i, player.lr * factor) for i, factor in enumerate(factors)
    ]
    return compiled.PlayerArrays(
        np.array([layers[0].fan_in, *(layer.fan_out for layer in layers[::2])], np.int64),
        np.array([layer.slope for layer in layers[1::2]], np.float64),
        player.parameters.flat,
        player.gradient.flat,
        player.memory,
        (rule.beta1, rule.beta2),
        *np.array(moves, np.float64).T.copy(),
    )
