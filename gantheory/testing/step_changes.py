"""What one training step changed, and whether it may have done so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.testing.step_arrivals import Arrivals, watching
from gantheory.testing.step_players import PLAYERS, Snapshot, snapshot

Moves = Literal["both", "discriminator", "generator"]
THEORY = (
    "as theory has it for a critic's output bias under a Wasserstein or pairwise relativistic "
    "loss, and for biases before BatchNorm"
)


@dataclass(frozen=True)
class Rules:
    """Who is to move, and which tensors are to stay or may stay."""

    moves: Moves
    frozen: frozenset[str]
    except_for: frozenset[str]

    def trains(self, player: str) -> bool:
        """Whether a player is to move."""
        return self.moves in ("both", player)

    def excuses(self, player: str, name: str) -> bool:
        """Whether a tensor may stay."""
        return bool({name, f"{player}: {name}"} & (self.frozen | self.except_for))


@dataclass(frozen=True)
class Change:
    """A step: the players before and after it, and the gradients that were seen."""

    before: dict[str, Snapshot]
    after: dict[str, Snapshot]
    arrivals: Arrivals
    where: str

    def sizes(self) -> dict[str, float]:
        """How far each tensor went."""
        return {
            f"{player}: {name}": float(np.abs(new - self.before[player][name][0]).max(initial=0))
            for player in PLAYERS
            for name, (new, _) in self.after[player].items()
        }

    def stuck(self, player: str, rules: Rules) -> list[str]:
        """The tensors that should have moved and did not."""
        return [
            name
            for name, (old, frozen) in self.before[player].items()
            if not frozen
            and old.size
            and not rules.excuses(player, name)
            and np.array_equal(old, self.after[player][name][0])
        ]

    def stays_all(self, player: str) -> bool:
        """Whether nothing of a player moved."""
        return all(
            np.array_equal(old, self.after[player][name][0])
            for name, (old, _) in self.before[player].items()
        )


def take(
    step: Callable[..., Any],
    players: Mapping[str, Any],
    where: str,
    rng: np.random.Generator | None,
) -> Change:
    """Take a step, and see what it changes."""
    before = {player: _thawed(snapshot(player, given)) for player, given in players.items()}
    with watching(players, before) as arrivals:
        try:
            step() if rng is None else step(rng)
        except TypeError as problem:
            if problem.__traceback__ is not None and problem.__traceback__.tb_next is None:
                raise TypeError(
                    f"{problem}: step is called as step(), or as step(rng) if rng is given"
                ) from problem
            raise
    after = {player: snapshot(player, given) for player, given in players.items()}
    for player in PLAYERS:
        _require_same_tensors(player, before[player], after[player])
    return Change(before, after, arrivals, where)


def _thawed(taken: Snapshot) -> Snapshot:
    """Where all tensors of a player are frozen, the flags were set by the step before: none is."""
    if all(frozen for _, frozen in taken.values()):
        return {name: (values, False) for name, (values, _) in taken.items()}
    return taken


def judge(change: Change, rules: Rules) -> None:
    """Refuse what became infinite, and what moved that should have stayed."""
    for player in PLAYERS:
        _assert_finite(player, change.after[player], change.where)
    for player in PLAYERS:
        _assert_kept(player, change, rules)


def _assert_finite(player: str, after: Snapshot, where: str) -> None:
    for name, (new, _) in after.items():
        bad = np.argwhere(~np.isfinite(new))
        if len(bad):
            raise AssertionError(
                f"{player}: {_at(name, bad[0])} is {new[tuple(bad[0])]} after one step{where}: "
                "look for a logarithm of 0, a division by 0 or a learning rate that is too large"
            )


def _assert_kept(player: str, change: Change, rules: Rules) -> None:
    """Whoever does not train, and whatever is frozen, keeps every bit."""
    for name, (old, frozen) in change.before[player].items():
        new = change.after[player][name][0]
        if old.tobytes() == new.tobytes():
            continue
        at = np.argwhere(~((old == new) & (np.signbit(old) == np.signbit(new))))[0]
        said = f"{player}: {_at(name, at)} went from {old[tuple(at)]:.9g} to {new[tuple(at)]:.9g}"
        if frozen or {name, f"{player}: {name}"} & rules.frozen:
            raise AssertionError(
                f"{said}{change.where}, but it is frozen: leave it out of the optimiser (weight "
                "decay and momentum move what has no gradient too)"
            )
        if not rules.trains(player):
            raise AssertionError(
                f"{said} in a step of the {rules.moves}{change.where}: give each optimiser the "
                "parameters of one player only, and clear the gradients that the other's loss has "
                "left"
            )


# --- what stayed ----------------------------------------------------------------------------------

Gradients = Callable[[str, str], float | None]


def judge_stuck(change: Change, rules: Rules, known: Gradients) -> tuple[str, ...]:
    """Refuse what stayed without a reason; return remarks on what stayed by theory.

    `known` gives a tensor's largest derivative in units of its player's: nan where no gradient arrived,
    None where it is unknown. Where nothing of a player moved, that is said first.
    """
    faults, remarks = [], []
    for player in PLAYERS:
        stuck = change.stuck(player, rules) if rules.trains(player) else []
        zero = [name for name in stuck if _is_zero_by_theory(change, player, name, known)]
        stuck = [name for name in stuck if name not in zero]
        remarks += [
            f"{player}: {name} did not move: its gradient is 0 but for rounding, {THEORY}."
            for name in zero
        ]
        if stuck:
            nothing = change.stays_all(player)
            faults.append((not nothing, _told(change, player, stuck, known)))
    if faults:
        raise AssertionError("; ".join(words for _, words in sorted(faults, key=lambda f: f[0])))
    return tuple(remarks)


def _is_zero_by_theory(change: Change, player: str, name: str, known: Gradients) -> bool:
    """Whether a bias stayed because its gradient is 0, while other gradients are not."""
    if change.before[player][name][0].ndim > 1 or change.stays_all(player):
        return False
    size = known(player, name)
    return size is not None and size <= _zero(change, player, name)


def _zero(change: Change, player: str, name: str) -> float:
    """What of the player's largest derivative is 0 but for rounding, in sums over a batch."""
    dtype = change.before[player][name][0].dtype
    return max(1e3 * float(np.finfo(dtype).eps), 1e-9) if dtype.kind == "f" else 0.0


def _told(change: Change, player: str, stuck: list[str], known: Gradients) -> str:
    whole = change.before[player]
    if change.stays_all(player):
        said = f"no tensor of the {player} moved, the first is {stuck[0]}"
        return f"{said}{change.where}: {_why_nothing(change, player)}"
    said = f"{player}: {stuck[0]} did not move ({len(stuck)} of {len(whole)} tensors)"
    size = known(player, stuck[0])
    return f"{said}{change.where}: {_why(change, player, stuck[0], size)}"


def _why_nothing(change: Change, player: str) -> str:
    """The likeliest reason why a whole player stayed."""
    if change.where:
        return "without penalties nothing moves it: the adversarial loss does not reach it"
    if change.arrivals.top(player) > 0:
        return (
            "a gradient reached it, if only the other player's, but no optimiser used it: is its "
            "optimiser built over the other player's parameters, is its step called, and is the "
            "learning rate large enough?"
        )
    held = "" if change.arrivals.seen[player] else ", or no optimiser holds it"
    return (
        f"no gradient reaches it{held}: look for detach, stop_gradient or no_grad on its way to "
        "the loss, and for a step that is left out"
    )


def _why(change: Change, player: str, name: str, size: float | None) -> str:
    """The likeliest reason why one tensor of a player that moves stayed."""
    if size is None:
        bias = (
            ""
            if change.before[player][name][0].ndim > 1
            else f" A gradient may also be 0 {THEORY}."
        )
        return (
            "no gradient reaches it, or no optimiser holds it: look for detach, stop_gradient or "
            f"no_grad on its way to the loss, and at the list of the optimiser.{bias} What may "
            "stay goes into except_for; d_loss and g_loss show its gradient"
        )
    if not size > 0 and change.where:
        return "without penalties nothing moves it: the adversarial loss does not reach it"
    if not size >= 0:
        return (
            "no gradient reaches it: look for detach, stop_gradient or no_grad on its way to the "
            "loss; what may stay goes into except_for"
        )
    if size <= _zero(change, player, name):
        return (
            f"its largest derivative is {size:.1g} of its player's: look for detach or no_grad on "
            "its way to the loss, for dead units, and for a layer behind it that begins at 0; "
            "what may stay goes into except_for"
        )
    return (
        "a gradient reached it, if only the other player's, but no optimiser used it: give it to "
        "the optimiser, call its step, and look at the learning rate"
    )


def _require_same_tensors(player: str, before: Snapshot, after: Snapshot) -> None:
    shapes = [{name: old.shape for name, (old, _) in one.items()} for one in (before, after)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"the step changed the {player}'s tensors from {shapes[0]} to {shapes[1]}: build the "
            "network before, by a first call on data"
        )


def _at(name: str, index: Iterable[Any]) -> str:
    return f"{name}[{', '.join(str(int(i)) for i in index)}]"
