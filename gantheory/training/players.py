"""The two players: their parameters, and the gradients of their losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.nets import Network, Parameters, Pass, Tape
from gantheory.nets.layer import Array, Tensors, couples
from gantheory.penalties import instance_noise
from gantheory.training.penalising import penalise
from gantheory.training.plan import Plan

Rngs = Sequence[np.random.Generator]


@dataclass
class Player:
    """One player of every game of an ensemble.

    Attributes
    ----------
    parameters, gradient:
        Shape (S, P); the optimiser moves the first in place.
    memory:
        The optimiser's own, shape (slots, S, P): no player sees the other's.
    previous:
        The gradient one step before, shape (S, P), for schemes that look back.
    state:
        What layers keep and do not train.
    count:
        Steps done.
    rngs:
        Where masks of dropped units come from.
    """

    network: Network
    optimiser: Any
    lr: float
    parameters: Parameters
    gradient: Parameters
    memory: Array
    previous: Array
    state: tuple[Tensors, ...]
    count: int = 0
    rngs: Rngs = field(default=())

    @classmethod
    def start(cls, network: Network, optimiser: Any, lr: float, rngs: Rngs, dtype: str) -> Player:
        """Return a player at the start of each game; one generator a game."""
        parameters = network.start(rngs, dtype)
        return cls(
            network,
            optimiser,
            lr,
            parameters,
            network.parameters(np.zeros_like(parameters.flat)),
            optimiser.start(parameters.flat),
            np.zeros_like(parameters.flat),
            network.start_state(rngs, dtype),
        )

    @cached_property
    def couples(self) -> bool:
        """Whether a sample's output may depend on the other samples of its batch."""
        return any(couples(layer) for layer in self.network.layers)

    def run(self) -> Pass:
        """Return what a pass in training brings along."""
        return Pass(True, self.rngs, self.state)

    def forward(self, x: Array) -> tuple[Array, Tape]:
        """Return the network's output in training, and its tape; the state stays as it is."""
        return self.network.forward(self.parameters, x, self.run())

    def descend(self, factor: float) -> None:
        """Take one step of the optimiser against the gradient."""
        self.count += 1
        self.optimiser.step(
            self.parameters.flat, self.gradient.flat, self.memory, self.count, self.lr * factor
        )

    def rows(self, index: Any) -> Player:
        """Return the player of some of the games (a slice or a list), in arrays of its own."""
        network = self.network
        return Player(
            network,
            self.optimiser,
            self.lr,
            network.parameters(self.parameters.flat[index].copy()),
            network.parameters(self.gradient.flat[index].copy()),
            self.memory[:, index].copy(),
            self.previous[index].copy(),
            tuple(tuple(tensor[index].copy() for tensor in group) for group in self.state),
            self.count,
            [self.rngs[i] for i in index]
            if self.rngs and not isinstance(index, slice)
            else self.rngs,
        )


@dataclass(frozen=True)
class Draw:
    """What one step of a player is given: real samples (S, n, d), latents (S, n, z), generators."""

    real: Array
    latent: Array
    rngs: Rngs


@dataclass(frozen=True)
class Draws:
    """What steps are given: real samples and latents (S, steps, k + 1, n, width), generators."""

    real: Array
    latent: Array
    rngs: Rngs

    def each(self) -> list[list[Draw]]:
        """Return what each step is given: a draw for each of D's steps in it, and one for G's."""
        return [
            [Draw(real, latent, self.rngs) for real, latent in zip(*step, strict=True)]
            for step in zip(
                np.moveaxis(self.real, 0, 2), np.moveaxis(self.latent, 0, 2), strict=True
            )
        ]

    def between(self, first: int, count: int) -> Draws:
        """Return what `count` steps from this one on are given."""
        some = slice(first, first + count)
        return Draws(self.real[:, some], self.latent[:, some], self.rngs)

    def rows(self, index: Sequence[int]) -> Draws:
        """Return what some of the games are given."""
        return Draws(self.real[index], self.latent[index], [self.rngs[i] for i in index])


@dataclass(frozen=True)
class Look:
    """What the discriminator says of some batches, and the tapes of the passes that it took.

    Attributes
    ----------
    logits:
        One array (S, n) for each batch: of real and of generated samples, or of these alone.
    tapes:
        One of a pass over all batches, or one for each batch.
    """

    logits: tuple[Array, ...]
    tapes: tuple[Tape, ...]

    def bars(self, *rows: Array) -> list[Array]:
        """Return what there is for each batch, (S, n), as each pass takes it, (S, ..., 1)."""
        joined = (np.concatenate(rows, axis=-1),) if len(self.tapes) < len(rows) else rows
        return [bar[..., None] for bar in joined]

    def apart(self, passes: list[Array]) -> list[Array]:
        """Return what there is for each pass, (S, ..., width), for each batch."""
        if len(passes) == len(self.logits):
            return passes
        ends = np.cumsum([batch.shape[-1] for batch in self.logits])[:-1]
        return np.split(passes[0], ends, axis=-2)


def discriminator_gradient(plan: Plan, d: Player, g: Player, draw: Draw) -> None:
    """∇ of the discriminator's loss and of its penalty, into d.gradient; g is not touched."""
    judge(plan, d, *shown(plan, g, draw)[:2], draw.rngs)


def shown(plan: Plan, g: Player, draw: Draw) -> tuple[Array, Array, Tape]:
    """Return real and generated samples as D is shown them, and the tape of g."""
    fake, made = g.forward(draw.latent)
    return _noisy(plan, draw.real, draw.rngs), _noisy(plan, fake, draw.rngs), made


def judge(plan: Plan, d: Player, real: Array, fake: Array, rngs: Rngs) -> Look:
    """∇ of the discriminator's loss and of its penalty at these samples, into d.gradient."""
    look = _look(d, real, fake)
    first, *others = zip(look.tapes, look.bars(*plan.game.d_gradient(*look.logits)), strict=True)
    _pull(d, *first)
    for tape, bar in others:
        kept = d.gradient.flat.copy()
        _pull(d, tape, bar)
        np.add(d.gradient.flat, kept, out=d.gradient.flat)
    d.state = look.tapes[-1].state
    penalise(plan, d, real, fake, rngs)
    return look


def _look(d: Player, real: Array, fake: Array) -> Look:
    """Judge real and generated samples in one pass, or in a pass each where layers couple a batch."""
    n = real.shape[-2]
    if not d.couples:
        logits, tape = d.forward(np.concatenate([real, fake], axis=-2))
        return Look((logits[..., :n, 0], logits[..., n:, 0]), (tape,))
    of_real, first = d.forward(real)
    # what layers keep moves on with the one batch, then with the other
    of_fake, second = d.network.forward(d.parameters, fake, Pass(True, d.rngs, first.state))
    return Look((of_real[..., 0], of_fake[..., 0]), (first, second))


def _pull(d: Player, tape: Tape, bar: Array) -> None:
    """∂L/∂θ from ∂L/∂logits, into d.gradient."""
    d.network.backward(d.parameters, tape, bar, into=d.gradient, of_input=False)


def generator_gradient(
    plan: Plan, d: Player, g: Player, draw: Draw, of_d: Parameters | None = None
) -> tuple[Look, Tape]:
    """∇ of the generator's loss, into g.gradient; d is not touched, nor what its layers keep.

    Its derivative in the discriminator's parameters goes into `of_d`, if that is wanted. Returned are
    the pass of d over the generated samples, and the tape of g.
    """
    fake, made = g.forward(draw.latent)
    of_real = None
    if plan.paired:
        of_real = d.forward(_noisy(plan, draw.real, draw.rngs))[0][..., 0]
    logits, judged = d.forward(_noisy(plan, fake, draw.rngs))
    look = Look((logits[..., 0],), (judged,))
    [bar] = look.bars(plan.game.g_gradient(*look.logits, of_real))
    dx = d.network.backward(d.parameters, judged, bar, into=of_d)
    g.network.backward(g.parameters, made, dx, into=g.gradient, of_input=False)
    g.state = made.state
    return look, made


def gradient_through_fakes(plan: Plan, d: Player, g: Player, draw: Draw, into: Parameters) -> None:
    """∇ of the discriminator's loss in the generator's parameters; no state moves on."""
    real, fake, made = shown(plan, g, draw)
    look = _look(d, real, fake)
    bars = look.bars(*plan.game.d_gradient(*look.logits))
    of_samples = look.apart(
        [
            d.network.backward(d.parameters, tape, bar)
            for tape, bar in zip(look.tapes, bars, strict=True)
        ]
    )
    g.network.backward(g.parameters, made, of_samples[-1], into=into, of_input=False)


def _noisy(plan: Plan, x: Array, rngs: Rngs) -> Array:
    """Return x with the plan's instance noise."""
    return instance_noise(x, plan.noise, rngs) if plan.noise > 0 else x
