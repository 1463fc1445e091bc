"""Training: a whole ensemble at once, a state after each block of steps."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from gantheory.estimates import Estimate
from gantheory.nets import Pass
from gantheory.nets.layer import Array
from gantheory.training.blocks import is_wide, suits, take
from gantheory.training.data import as_data
from gantheory.training.exact import criteria, criterion, is_due, why_not
from gantheory.training.history import History, draw_latent, measure
from gantheory.training.plan import Plan, plan
from gantheory.training.players import Draws, Player
from gantheory.training.schemes import SCHEMES
from gantheory.training.streams import BLOCK, streams

LARGEST = 1e6  # a parameter beyond has diverged


@dataclass
class State:
    """Where a run is.

    Attributes
    ----------
    plan:
        What the run is.
    step:
        Steps of the generator done.
    networks:
        The numbers of the networks of the ensemble, S of them.
    alive:
        The places (0 to S - 1) of those that have not diverged: the rows of the players' arrays.
    discriminator, generator:
        The players.
    diverged:
        Number of the network -> the step at which a parameter was no longer finite, or beyond 1e6.
    history:
        One record a block.
    """

    plan: Plan
    step: int
    networks: tuple[int, ...]
    alive: list[int]
    discriminator: Player
    generator: Player
    diverged: dict[int, int]
    history: History

    @property
    def living(self) -> list[int]:
        """Return the numbers of the networks that have not diverged."""
        return [self.networks[i] for i in self.alive]

    def sample(self, n: int, rng: np.random.Generator) -> Array:
        """n samples of each living generator, all of the same latents: shape (alive, n, d)."""
        g = self.generator
        latent = draw_latent(self.plan, n, rng).astype(self.plan.dtype)
        latents = np.ascontiguousarray(np.broadcast_to(latent, (len(self.alive), *latent.shape)))
        return g.network.forward(g.parameters, latents, Pass(False, (), g.state))[0]

    def criterion(self, network: int) -> Estimate:
        """C(G) + log 4 = 2 JSD(p, p_g) of one network as it is now, in nats, without samples.

        Parameters
        ----------
        network:
            Its number, one of `living`.

        Returns
        -------
        Estimate
            With p_g the distribution of G for its parameters in exact arithmetic, a `GeneratorDensity`,
            and p the density of the data, both without instance noise.

        Raises
        ------
        ValueError
            If the network is not living; or the run has no exact criterion, because its data are no
            density of the line, its latent has more than one dimension, or a layer of G is none of
            those of `GeneratorDensity`.
        NoDensity, InvalidDensity
            If this p_g has an atom, or float64 cannot decide.
        NotConverged
            If its structure is too fine.

        Notes
        -----
        Source: Goodfellow et al. (2014), Theorem 1.
        """
        if network not in self.living:
            raise ValueError(f"criterion({network!r}): the living networks are {self.living}")
        missing = why_not(self.plan)
        if missing is not None:
            raise ValueError(f"there is no exact criterion: {missing}")
        with _few_threads(self.plan):
            return criterion(self.plan, self.generator, self.living.index(network))


def start(plan: Plan, seeds: int | Sequence[int] = 1) -> State:
    """Return the state before the first step.

    Parameters
    ----------
    plan:
        What the run is.
    seeds:
        How many networks, or their numbers: network 5 of `seeds=16` is that of `seeds=[5]`, bit by
        bit, wherever a product of matrices is (see the notes on networks).

    Raises
    ------
    ValueError
        If there is none, or a number is negative or comes twice.
    """
    networks = tuple(range(seeds)) if isinstance(seeds, int) else tuple(seeds)
    if not networks or len(set(networks)) < len(networks) or min(networks) < 0:
        raise ValueError(
            f"seeds={seeds!r}: give how many, at least 1, or different numbers from 0 on"
        )
    players = []
    for name, network, optimiser, lr in (
        ("discriminator", plan.discriminator, plan.d_optimiser, plan.d_lr),
        ("generator", plan.generator, plan.g_optimiser, plan.g_lr),
    ):
        rngs = streams(plan.seed, networks, name)
        players.append(Player.start(network, optimiser, lr, rngs, plan.dtype))
    d, g = players
    alive = list(range(len(networks)))
    return State(plan, 0, networks, alive, d, g, {}, History.empty(networks))


def advance(state: State) -> None:
    """Go on by one block of steps, in place, and write a record; at the end of a run, do nothing.

    Networks whose parameters leave the finite numbers are left out from the step at which they did;
    the others go on as if these had never been there.
    """
    if state.step == state.plan.steps or not state.alive:
        return
    before = state.step
    with _few_threads(state.plan), np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        _block(state)
        if state.alive:
            d, g = state.discriminator, state.generator
            measured = measure(state.plan, d, g, state.living, state.step)
            state.history.record(state.step, state.alive, measured)
            if is_due(state.plan, before, state.step):
                state.history.exact.record(state.step, criteria(state.plan, g, state.living))


def train(
    data: Any, game: Any = None, *, seeds: int | Sequence[int] = 1, **settings: Any
) -> Iterator[State]:
    """Train an ensemble; yield its state after each block of 50 steps, the same object each time.

    Parameters
    ----------
    data:
        "ring", "grid", a density, a frozen scipy.stats distribution, or an array of samples (n, d).
    game:
        As in `gantheory.losses`; the non-saturating one by default.
    seeds:
        How many networks to train at once, or their numbers.
    **settings:
        As in `gantheory.training.plan`.

    Raises
    ------
    ValueError
        If data or settings are refused: before the first step.
    """
    known = {} if game is None else {"game": game}
    return _train(start(plan(as_data(data), **known, **settings), seeds))


def _train(state: State) -> Iterator[State]:
    while state.step < state.plan.steps and state.alive:
        advance(state)
        yield state


def trained(
    data: Any, game: Any = None, *, seeds: int | Sequence[int] = 1, **settings: Any
) -> State:
    """Train an ensemble to the end, and return its state: as `train`, in one call."""
    last = None
    for state in train(data, game, seeds=seeds, **settings):
        last = state
    if last is None:
        raise ValueError("there was no step to take")
    return last


# --- one block ------------------------------------------------------------------------------------


def _block(state: State) -> None:
    """Take the steps of a block; if a network diverged, once more and with a look at each step."""
    steps = range(state.step, min((state.step // BLOCK + 1) * BLOCK, state.plan.steps))
    before = (state.discriminator.rows(slice(None)), state.generator.rows(slice(None)))
    _take(state, _draws(state), steps)
    if not np.all(_sound(state)):
        state.discriminator, state.generator = before
        _carefully(state, _draws(state), steps)
    state.step = steps.stop


def _draws(state: State) -> Draws:
    """Return what each step of the block and each player in it is given."""
    plan, block, living = state.plan, state.step // BLOCK, state.living
    real = _filled(state, "data", plan.data.dim, plan.data.sample)
    latent = _filled(
        state, "latent", plan.generator.fan_in, lambda n, rng: draw_latent(plan, n, rng)
    )
    for player, name in ((state.discriminator, "discriminator"), (state.generator, "generator")):
        player.rngs = streams(plan.seed, living, name, block + 1)
    return Draws(real, latent, streams(plan.seed, living, "penalty", block))


def _filled(
    state: State, purpose: str, width: int, draw: Callable[[int, np.random.Generator], Array]
) -> Array:
    """Return what `draw` gives, shape (S, BLOCK, k + 1, batch, width): one generator a network."""
    plan, block = state.plan, state.step // BLOCK
    shape = (BLOCK, plan.k + 1, plan.batch, width)
    filled = np.empty((len(state.alive), *shape), plan.dtype)
    for rows, rng in zip(filled, streams(plan.seed, state.living, purpose, block), strict=True):
        rows[...] = draw(math.prod(shape[:3]), rng).reshape(shape)
    return filled


def _take(state: State, draws: Draws, steps: range) -> None:
    """Take steps of one block."""
    plan, d, g = state.plan, state.discriminator, state.generator
    given = draws.between(steps.start % BLOCK, len(steps))
    if suits(plan):
        take(plan, d, g, given, steps)
        return
    for step, draw in zip(steps, given.each(), strict=True):
        SCHEMES[plan.scheme](plan, d, g, draw, plan.schedule(step + 1, plan.steps))


def _sound(state: State) -> Any:
    """Return which networks have finite parameters of at most LARGEST."""
    sizes = [
        np.max(np.abs(player.parameters.flat), axis=-1)
        for player in (state.discriminator, state.generator)
    ]
    return np.maximum(*sizes) <= LARGEST


def _carefully(state: State, draws: Draws, steps: range) -> None:
    """Take the steps of a block once more, and leave out who diverges at each."""
    for step in steps:
        if not state.alive:
            return
        _take(state, draws, range(step, step + 1))
        sound = _sound(state)
        if np.all(sound):
            continue
        kept = np.flatnonzero(sound).tolist()
        for i in np.flatnonzero(~sound):
            state.diverged[state.networks[state.alive[i]]] = step + 1
        state.alive = [state.alive[i] for i in kept]
        state.discriminator = state.discriminator.rows(kept)
        state.generator = state.generator.rows(kept)
        draws = draws.rows(kept)


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    """Return who limits the threads of numpy's BLAS, and of scipy's, which compiled code takes."""
    importlib.import_module("scipy.linalg")
    return ThreadpoolController()


def _few_threads(plan: Plan) -> Any:
    """Return a context with one thread of BLAS, where matrices are so small that more cost time."""
    return _controller().limit(limits=None if is_wide(plan) else 1, user_api="blas")
