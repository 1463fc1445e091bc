"""One training step of anybody's code: who moved, who must not have, which way, and by name.

Players are read as they are in numpy, PyTorch, JAX and Keras, without importing any of them: by
`named_parameters()`, `parameters()`, `trainable_variables`, `state_dict()`, `get_weights()`, as nested
dicts, lists and tuples of arrays, or as a callable without arguments that returns one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.testing.step_case import LOSSES, Case, Loss, StepLosses
from gantheory.testing.step_changes import Change, Moves, Rules, judge, judge_stuck, take
from gantheory.testing.step_directions import judge_direction, judge_moved_again, relative_slope
from gantheory.testing.step_outputs import judge_outputs
from gantheory.testing.step_players import PLAYERS, Storage, arrays_of, is_network
from gantheory.testing.tensors import as_numpy, tensors_of


@dataclass(frozen=True)
class StepReport:
    """What one step did.

    Attributes
    ----------
    moved:
        For each tensor, as "discriminator: weight", its largest change.
    not_seen:
        Sentences on what this call could not have noticed.
    remarks:
        Sentences on what is not a fault and should be known, as a bias whose gradient is 0 by theory.
    """

    moved: dict[str, float]
    not_seen: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def assert_training_step(
    step: Callable[..., Any],
    generator: Any,
    discriminator: Any,
    *,
    moves: Moves = "both",
    d_loss: Loss | None = None,
    g_loss: Loss | None = None,
    adversarial_step: Callable[..., Any] | None = None,
    frozen: Iterable[str] = (),
    except_for: Iterable[str] = (),
    rng: np.random.Generator | None = None,
) -> StepReport:
    """Assert that one step moves every tensor of those who train, and no other, not by a bit.

    With `d_loss` and `g_loss`, assert too that each player goes down its own loss.

    Parameters
    ----------
    step:
        Takes one training step on data of its own, in place; called once, as step(), or as step(rng)
        if `rng` is given.
    generator, discriminator:
        What holds their parameters (see the module); for parameters that are replaced and not changed
        in place, as in JAX, a callable: `lambda: state.generator`.
    moves:
        Who trains in this step; the other player must keep every bit.
    d_loss, g_loss:
        What each player descends, on the very data of the step: functions of (generator, discriminator)
        that return one number. They get the players as they were given, or where a player is a callable
        what it returns, at parameters that are tried. The optimisers have to be fresh, with one update
        of each player, of steps like those of SGD, RMSprop or Adam.
    adversarial_step:
        The same step without what else moves parameters: penalties, weight decay and momentum at 0.
        Without it nobody can see from outside whether the adversarial loss reaches the players. Where
        it is given, `d_loss` and `g_loss` are compared with it.
    frozen:
        Names of tensors that must keep every bit, as "generator: embedding" or "embedding". Tensors
        with `requires_grad` or `trainable` False are frozen without being named.
    except_for:
        Names of tensors that may stay. A bias whose gradient is seen to be 0, as a critic's output bias
        under a Wasserstein loss or one before BatchNorm, need not be named: of torch's parameters
        gradients are seen, of others by `d_loss` and `g_loss`.

    Raises
    ------
    AssertionError
        If a tensor stays that should move or moves that should stay, or becomes nan or infinite; with
        losses, if a player does not go down its own, or D gives probabilities to a loss for logits.
        Notes say what was not looked at.
    TypeError, ValueError
        If a step cannot be called, a player has no parameters, a loss is random, or a name is not there.
    """
    if not callable(step):
        raise TypeError(f"step={step!r}: give a function that takes one training step")
    optional = {"adversarial_step": adversarial_step, "d_loss": d_loss, "g_loss": g_loss}
    for name, function in optional.items():
        if function is not None and not callable(function):
            what = "a function, as for step" if name == "adversarial_step" else _A_LOSS
            raise TypeError(f"{name}={function!r}: give {what}")
    if moves not in ("both", *PLAYERS):
        raise ValueError(f"moves={moves!r}: write 'both', 'discriminator' or 'generator'")
    players = {"discriminator": discriminator, "generator": generator}
    _require_disjoint(players)
    rules = Rules(moves, frozenset(_names(frozen)), frozenset(_names(except_for)))
    _require_known(rules, players)
    losses = {"d_loss": d_loss, "g_loss": g_loss}
    judged = _Step(players, rules, {name: one for name, one in losses.items() if one is not None})
    not_seen = judged.not_seen(adversarial_step is not None)
    with _noted(not_seen):
        moved, remarks = judged.run(step, adversarial_step, rng)
    return StepReport(moved, not_seen, remarks)


_A_LOSS = "a function of (generator, discriminator) that returns one number"


@contextmanager
def _noted(not_seen: Iterable[str]) -> Iterator[None]:
    """Say in a failure what was not looked at."""
    try:
        yield
    except AssertionError as problem:
        for sentence in not_seen:
            problem.add_note(f"Not seen: {sentence}")
        raise


@dataclass(frozen=True)
class _Step:
    """The players of a step, the rules for it, and the losses that are known."""

    players: Mapping[str, Any]
    rules: Rules
    losses: Mapping[str, Loss]

    def run(
        self,
        step: Callable[..., Any],
        adversarial_step: Callable[..., Any] | None,
        rng: np.random.Generator | None,
    ) -> tuple[dict[str, float], tuple[str, ...]]:
        """Take the step, and the one without penalties; return all moves, and remarks."""
        change = take(step, self.players, "", rng)
        remarks = self.judge(change, directions=adversarial_step is None)
        if adversarial_step is not None:
            other = take(adversarial_step, self.players, " in adversarial_step", rng)
            remarks += self.judge(other, directions=True)
        return change.sizes(), tuple(dict.fromkeys(remarks))

    def judge(self, change: Change, *, directions: bool) -> tuple[str, ...]:
        """Refuse what is wrong with a step."""
        judge(change, self.rules)
        table = StepLosses(
            {name: Storage(name, given) for name, given in self.players.items()}, self.losses
        )
        try:
            remarks = judge_stuck(change, self.rules, _Gradients(change, table).relative)
            _require_clear(change, self.rules, self.losses)
            if directions:
                judge_moved_again(change)
            return remarks + (self.directions(change, table) if directions else ())
        finally:
            for player in PLAYERS:
                if self.losses:
                    table.places[player].put(arrays_of(change.after[player]))

    def directions(self, change: Change, table: StepLosses) -> tuple[str, ...]:
        """Compare each player's move with its loss, and D's outputs with what the losses take."""
        remarks: tuple[str, ...] = ()
        values = {player: arrays_of(change.before[player]) for player in PLAYERS}
        for loss in table.losses:
            remarks += judge_outputs(table, loss, values)
        for player in PLAYERS:
            if self.rules.trains(player) and LOSSES[player] in table.losses:
                remarks += judge_direction(Case.of(table, change, player))
        return remarks

    def not_seen(self, adversarial: bool) -> tuple[str, ...]:
        """What cannot be noticed with what was given."""
        missing = [
            loss
            for player, loss in LOSSES.items()
            if self.rules.trains(player) and loss not in self.losses
        ]
        found = []
        if missing:
            found.append(
                f"Which way the players move: give {' and '.join(missing)}, as functions of "
                "(generator, discriminator) on the data of the step, to see a player that climbs "
                "its loss, one that follows the other's loss too, a half of d_loss that does not "
                "reach the discriminator, and probabilities where a loss takes logits."
            )
        if self.losses and not is_network(self.players["discriminator"]):
            found.append(
                "D's outputs: the discriminator given is not a network that the losses call, so "
                "whether they are logits was not looked at, nor which half of d_loss a wrong step "
                "follows."
            )
        if self.losses:
            found.append(
                "Where gradients are seen as they arrive, what becomes of them before they move a "
                "player, as by clipping, a factor for one layer, or rates; and what this step leaves "
                "for later ones, as gradients that are never cleared: to see that, take a step before."
            )
        if not adversarial:
            found.append(
                "Penalties, weight decay and momentum move parameters too: give adversarial_step, "
                "the same step without them, to see that the adversarial loss does."
            )
        return tuple(found)


def _require_clear(change: Change, rules: Rules, losses: Mapping[str, Loss]) -> None:
    """Refuse gradients that were added to what another backward pass had left.

    Where a player's loss is given, the move itself is judged instead.
    """
    for player, loss in LOSSES.items():
        left = change.arrivals.left(player) if rules.trains(player) and loss not in losses else []
        if left:
            raise AssertionError(
                f"{player}: the gradient of {left[0]}{change.where} was added to one that was "
                f"there before ({len(left)} of {len(change.before[player])} tensors), left by the "
                "other player's loss or an earlier step: clear the gradients before each backward "
                "pass, and detach the samples in the discriminator's step. If it is meant, give "
                f"{loss}, with which the move is compared"
            )


@dataclass(frozen=True)
class _Gradients:
    """How large a tensor's gradient is: as it arrived, or else as the slopes of a loss show it."""

    change: Change
    table: StepLosses

    def relative(self, player: str, name: str) -> float | None:
        """A tensor's largest derivative in units of its player's; see `judge_stuck`."""
        found = self.change.arrivals.relative(player, name)
        if found is not None or LOSSES[player] not in self.table.losses:
            return found
        return relative_slope(Case.of(self.table, self.change, player), name)


# --- wrong use ------------------------------------------------------------------------------------


def _names(given: Iterable[str]) -> list[str]:
    if isinstance(given, str):
        raise TypeError(f"{given!r} is one name: write [{given!r}]")
    return list(given)


def _require_known(rules: Rules, players: Mapping[str, Any]) -> None:
    known = [(player, name) for player, given in players.items() for name, _ in tensors_of(given)]
    allowed = {text for player, name in known for text in (name, f"{player}: {name}")}
    for name in sorted(rules.frozen | rules.except_for):
        if name not in allowed:
            there = ", ".join(f"{player}: {name}" for player, name in known)
            raise ValueError(f"{name!r} is not a tensor of the players; there are {there}")


def _require_disjoint(players: Mapping[str, Any]) -> None:
    """Refuse two players that hold the same memory: no step could move only one of them."""
    held = {
        player: [
            (name, as_numpy(tensor, f"{player}: {name}")) for name, tensor in tensors_of(given)
        ]
        for player, given in players.items()
    }
    for one, mine in held["discriminator"]:
        for other, theirs in held["generator"]:
            if np.shares_memory(mine, theirs):
                raise ValueError(
                    f"discriminator: {one} and generator: {other} are the same memory: give two "
                    "players with parameters of their own"
                )
