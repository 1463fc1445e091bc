"""The two players: their parameters, and the gradients of their losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.nets import BatchNorm, Network, Parameters, Pass, Tape
from gantheory.nets.layer import Array, Tensors
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
        """Whether a sample's output depends on the other samples of its batch."""
        return any(isinstance(layer, BatchNorm) for layer in self.network.layers)

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


def discriminator_gradient(plan: Plan, d: Player, g: Player, draw: Draw) -> None:
    """∇ of the discriminator's loss and of its penalty, into d.gradient; g is not touched."""
    fake = g.forward(draw.latent)[0]
    real, fake = _noisy(plan, draw.real, draw.rngs), _noisy(plan, fake, draw.rngs)
    judge = _judge_apart if d.couples else _judge
    judge(plan, d, real, fake)
    penalise(plan, d, real, fake, draw.rngs)


def _judge(plan: Plan, d: Player, real: Array, fake: Array) -> None:
    """Return the gradient of d's loss, real and generated samples in one pass."""
    n = real.shape[-2]
    logits, tape = d.forward(np.concatenate([real, fake], axis=-2))
    slopes = plan.game.d_gradient(logits[..., :n, 0], logits[..., n:, 0])
    dy = np.concatenate(slopes, axis=-1)[..., None]
    d.network.backward(d.parameters, tape, dy, into=d.gradient, of_input=False)
    d.state = tape.state


def _judge_apart(plan: Plan, d: Player, real: Array, fake: Array) -> None:
    """Return the same in a pass each, for layers that couple the samples of a batch."""
    of_real, first = d.network.forward(d.parameters, real, d.run())
    # what layers keep moves on with the one batch, then with the other
    run = Pass(True, d.rngs, first.state)
    of_fake, second = d.network.forward(d.parameters, fake, run)
    slopes = plan.game.d_gradient(of_real[..., 0], of_fake[..., 0])
    d.network.backward(d.parameters, first, slopes[0][..., None], into=d.gradient, of_input=False)
    of_the_real = d.gradient.flat.copy()
    d.network.backward(d.parameters, second, slopes[1][..., None], into=d.gradient, of_input=False)
    np.add(d.gradient.flat, of_the_real, out=d.gradient.flat)
    d.state = second.state


def generator_gradient(
    plan: Plan, d: Player, g: Player, draw: Draw, of_d: Parameters | None = None
) -> None:
    """∇ of the generator's loss, into g.gradient; d is not touched, nor what its layers keep.

    Its derivative in the discriminator's parameters goes into `of_d`, if that is wanted.
    """
    fake, tape = g.forward(draw.latent)
    of_real = d.forward(draw.real)[0][..., 0] if plan.paired else None
    logits, judged = d.forward(_noisy(plan, fake, draw.rngs))
    slope = plan.game.g_gradient(logits[..., 0], of_real)
    dx = d.network.backward(d.parameters, judged, slope[..., None], into=of_d)
    g.network.backward(g.parameters, tape, dx, into=g.gradient, of_input=False)
    g.state = tape.state


def _noisy(plan: Plan, x: Array, rngs: Rngs) -> Array:
    """Return x with the plan's instance noise."""
    return instance_noise(x, plan.noise, rngs) if plan.noise > 0 else x


def gradient_through_fakes(plan: Plan, d: Player, g: Player, draw: Draw, into: Parameters) -> None:
    """∇ of the discriminator's loss in the generator's parameters."""
    fake, tape = g.forward(draw.latent)
    (of_real, _), (of_fake, judged) = d.forward(draw.real), d.forward(fake)
    slopes = plan.game.d_gradient(of_real[..., 0], of_fake[..., 0])
    dx = d.network.backward(d.parameters, judged, slopes[1][..., None])
    g.network.backward(g.parameters, tape, dx, into=into, of_input=False)
