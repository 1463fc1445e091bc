"""A player's move in a training step, beside the losses that it may follow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.testing.gradient_check import agrees, disagreement, steepness
from gantheory.testing.step_changes import Change
from gantheory.testing.step_players import PLAYERS, Storage, Watched, arrays_of, same, watched
from gantheory.testing.tensors import Array, FlatFunction, Vector

Loss = Callable[[Any, Any], Any]
Values = dict[str, Array]
LOSSES = {"discriminator": "d_loss", "generator": "g_loss"}
RATED = 0.01  # relative: how well a rate has to be known
ROUNDED = 4  # units of rounding of a parameter, by which a move is known


@dataclass(frozen=True)
class Held:
    """The outputs of all calls of D in a loss, and the one call that is not held at its output."""

    outputs: list[Any]
    live: int


@dataclass(frozen=True)
class SignedLoss:
    """A loss times a sign, where the other player has these values."""

    sign: float
    loss: str
    other: Values
    held: Held | None = None


@dataclass(frozen=True)
class StepLosses:
    """The places of both players, and their losses as functions of (generator, discriminator)."""

    places: Mapping[str, Storage]
    losses: Mapping[str, Loss]

    def value(self, loss: str, values: Mapping[str, Values], held: Held | None = None) -> Any:
        """A loss where the players have these values; all calls of D but one may be held fixed."""
        d, g = (self.places[player].put(values[player]) for player in PLAYERS)
        return self.losses[loss](g, d if held is None else Watched(d, held.outputs, held.live))

    def calls(self, loss: str, values: Mapping[str, Values]) -> tuple[Any, Any]:
        """The players as they were called in a loss, watched; as they are where they are no networks."""
        d, g = (watched(self.places[player].put(values[player])) for player in PLAYERS)
        self.losses[loss](g, d)
        return g, d


@dataclass(frozen=True)
class Case:
    """A player's move, and all that it may follow.

    `aim` is flat, over the tensors that moved: the gradient that they held when they were moved, if it
    was seen, else minus the move; `move` is the move itself.
    """

    table: StepLosses
    change: Change
    player: str
    names: tuple[str, ...]
    aim: Vector
    move: Vector
    seen: bool
    tolerance: float

    @classmethod
    def of(cls, table: StepLosses, change: Change, player: str) -> Case:
        """Look at the tensors that moved."""
        before, after = (arrays_of(side[player]) for side in (change.before, change.after))
        gradients = change.arrivals.gradients(player)
        names = [name for name in before if not np.array_equal(before[name], after[name])]
        move = _flat([after[name].astype(float) - before[name] for name in names])
        seen = all(name in gradients for name in names)
        aim = _flat([gradients[name].astype(float) for name in names]) if seen else -move
        eps = max((float(np.finfo(before[name].dtype).eps) for name in names), default=0.0)
        size = max((float(np.abs(before[name]).max(initial=0)) for name in names), default=0.0)
        known = (
            0.0 if seen else ROUNDED * eps * size / max(float(np.abs(move).max(initial=0)), 1e-300)
        )
        return cls(table, change, player, tuple(names), aim, move, seen, min(known, 0.5))

    @property
    def own(self) -> str:
        """The player's own loss."""
        return LOSSES[self.player]

    @property
    def other(self) -> str:
        """Who does not move, here."""
        return PLAYERS[1 - PLAYERS.index(self.player)]

    def states(self) -> list[Values]:
        """The values that the other player may have had, the likeliest first.

        Where gradients are seen, those at which the last one arrived; before and after its own move,
        for the samples may be older. The discriminator usually moves first.
        """
        sides = [arrays_of(side[self.other]) for side in (self.change.before, self.change.after)]
        if self.player == "generator":
            sides.reverse()
        if self.seen and self.player in self.change.arrivals.met:
            sides.insert(0, self.change.arrivals.met[self.player])
        found: list[Values] = []
        for side in sides:
            if not any(_equal(side, one) for one in found):
                found.append(side)
        return found

    def function(self, *terms: SignedLoss) -> FlatFunction:
        """A sum of losses, as a function of the player's tensors that moved."""
        start = arrays_of(self.change.before[self.player])

        def f(values: Values) -> Any:
            if any(values[name].dtype != start[name].dtype for name in self.names):
                raise TypeError(
                    "the players hold their tensors in these dtypes, and in no wider ones"
                )
            mine = {**start, **values}
            return sum(
                term.sign
                * self.table.value(
                    term.loss, {self.player: mine, self.other: term.other}, term.held
                )
                for term in terms
            )

        return FlatFunction(f, {name: start[name] for name in self.names}, None)

    def why_not(self, term: SignedLoss) -> str:
        """Why the aim is not the gradient of a loss, or that times a rate; "" if it is."""
        try:
            function = self.function(term)
            said = disagreement(function, self.aim, self.tolerance) if self.seen else "a move"
            return said and ("" if self.is_multiple(function) else said)
        except ValueError as problem:
            raise ValueError(
                f"{term.loss} cannot be compared with the {self.player}'s move: {problem} (f is "
                f"the loss as a function of the {self.player}'s params)"
            ) from problem

    def is_multiple(self, function: FlatFunction) -> bool:
        """Whether the aim is the gradient of a function times a positive factor."""
        ratio, error = steepness(function, self.aim)
        if not (ratio > 0 and error <= RATED):
            return False
        return agrees(function, self.aim * ratio, self.tolerance + 3 * error)

    def factor(self, term: SignedLoss) -> float:
        """The aim in units of a loss's gradient, where they have one direction; 1 but for its error."""
        function = self.function(term)
        if not self.seen or agrees(function, self.aim, self.tolerance):
            return 1.0
        return 1 / steepness(function, self.aim)[0]

    def follows(self, *terms: SignedLoss) -> bool:
        """Whether the aim is the gradient of a sum of losses; of a move, that times a rate."""
        try:
            function = self.function(*terms)
            if self.seen:
                return agrees(function, self.aim, self.tolerance)
            return self.is_multiple(function)
        except ValueError:  # not finite, or random
            return False

    # --- what it may follow instead ---------------------------------------------------------------

    def instead(self) -> Iterator[tuple[str, tuple[SignedLoss, ...]]]:
        """Yield what a step may follow in place of its own loss, and the remedy."""
        others, states = LOSSES[self.other], self.states()
        for state in states:
            yield (
                f"climbs {self.own}: change the sign, or the labels",
                (SignedLoss(-1, self.own, state),),
            )
        if others in self.table.losses:
            both = (
                f"follows {self.own} + {others}: detach the samples in the discriminator's step, "
                "and clear the gradients before each backward pass"
            )
            for state in states:
                wrong = SignedLoss(1, others, state)
                yield f"follows {others}, the loss of the other player", (wrong,)
                for right in states:
                    yield both, (SignedLoss(1, self.own, right), wrong)
        if self.player == "discriminator":
            yield from self.parts()

    def parts(self) -> Iterator[tuple[str, tuple[SignedLoss, ...]]]:
        """Yield d_loss through each single call of D, the other calls held fixed."""
        for state in self.states():
            for words, held in self.calls(state):
                part = SignedLoss(1, "d_loss", state, held)
                yield (
                    (
                        f"follows the part of {words} in d_loss alone: the gradient of D's other "
                        "outputs does not reach it; detach samples, not outputs"
                    ),
                    (part,),
                )
                yield (
                    (f"climbs the part of {words} in d_loss: change its sign"),
                    (SignedLoss(1, "d_loss", state), replace(part, sign=-2)),
                )

    def calls(self, state: Values) -> Iterator[tuple[str, Held]]:
        """Yield the calls of D in d_loss, with what is held fixed in the other ones.

        None where there is one call, and where a loss does not bear that outputs are held, as one with
        a gradient penalty.
        """
        values = {self.player: arrays_of(self.change.before[self.player]), self.other: state}
        g, d = self.table.calls("d_loss", values)
        if not isinstance(d, Watched) or len(d.outputs) < 2:
            return
        made = g.outputs if isinstance(g, Watched) else []
        for k, given in enumerate(d.inputs()):
            held = Held(d.outputs, k)
            try:
                self.table.value("d_loss", values, held)
            except Exception:  # other libraries raise what they like
                return
            kind = "generated" if any(same(given, one) for one in made) else "real"
            yield (f"the {kind} samples" if made else f"call {k + 1}"), held


def _equal(one: Values, other: Values) -> bool:
    return all(np.array_equal(one[name], other[name]) for name in one)


def _flat(arrays: list[Array]) -> Vector:
    return np.concatenate([np.zeros(0), *(one.ravel() for one in arrays)])
