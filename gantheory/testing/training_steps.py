"""One training step of anybody's code: who moved, who must not have, and by name.

Players are read as they are in numpy, PyTorch, JAX and Keras, without importing any of them: by
`named_parameters()`, `parameters()`, `trainable_variables`, `state_dict()`, `get_weights()`, as nested
dicts, lists and tuples of arrays, or as a callable without arguments that returns one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.testing.tensors import Array, as_numpy, tensors_of

Moves = Literal["both", "discriminator", "generator"]
PLAYERS = ("discriminator", "generator")


@dataclass(frozen=True)
class StepReport:
    """What one step did.

    Attributes
    ----------
    moved:
        For each tensor, as "discriminator: weight", its largest change.
    not_seen:
        Sentences on what this call could not have noticed.
    """

    moved: dict[str, float]
    not_seen: tuple[str, ...]


def assert_training_step(
    step: Callable[..., Any],
    generator: Any,
    discriminator: Any,
    *,
    moves: Moves = "both",
    adversarial_step: Callable[..., Any] | None = None,
    frozen: Iterable[str] = (),
    except_for: Iterable[str] = (),
    rng: np.random.Generator | None = None,
) -> StepReport:
    """Assert that one step moves every tensor of those who train, and no other, not by a bit.

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
    adversarial_step:
        The same step without what else moves parameters: penalties, weight decay and momentum at 0.
        Without it nobody can see from outside whether the adversarial loss reaches the players.
    frozen:
        Names of tensors that must keep every bit, as "generator: embedding" or "embedding". Tensors
        with `requires_grad` or `trainable` False are frozen without being named.
    except_for:
        Names of tensors that may stay, as a bias before BatchNorm.

    Raises
    ------
    AssertionError
        If a tensor stays that should move or moves that should stay, or becomes nan or infinite.
    TypeError, ValueError
        If a step cannot be called, a player has no parameters, or a name is not there.
    """
    if not callable(step):
        raise TypeError(f"step={step!r}: give a function that takes one training step")
    if adversarial_step is not None and not callable(adversarial_step):
        raise TypeError(f"adversarial_step={adversarial_step!r}: give a function, as for step")
    if moves not in ("both", *PLAYERS):
        raise ValueError(f"moves={moves!r}: write 'both', 'discriminator' or 'generator'")
    players = {"discriminator": discriminator, "generator": generator}
    _require_strangers(players)
    rules = _Rules(moves, frozenset(_names(frozen)), frozenset(_names(except_for)))
    _require_known(rules, players)
    moved = _one_step(step, players, rules, "", rng)
    not_seen = ["A tensor that moves may still move the wrong way: see assert_gradient."]
    if adversarial_step is None:
        not_seen.append(
            "Penalties, weight decay and momentum move parameters too: give adversarial_step, the same "
            "step without them, to see that the adversarial loss does."
        )
    else:
        _one_step(adversarial_step, players, rules, " in adversarial_step", rng)
    return StepReport(moved, tuple(not_seen))


# --- the step -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Rules:
    """Who is to move, and which tensors are to stay or may stay."""

    moves: Moves
    frozen: frozenset[str]
    except_for: frozenset[str]

    def trains(self, player: str) -> bool:
        return self.moves in ("both", player)


def _one_step(
    step: Callable[..., Any],
    players: Mapping[str, Any],
    rules: _Rules,
    where: str,
    rng: np.random.Generator | None,
) -> dict[str, float]:
    """Take a step and judge it; return how far each tensor went."""
    before = {player: _snapshot(player, given) for player, given in players.items()}
    try:
        step() if rng is None else step(rng)
    except TypeError as problem:
        if problem.__traceback__ is not None and problem.__traceback__.tb_next is None:
            raise TypeError(
                f"{problem}: step is called as step(), or as step(rng) if rng is given"
            ) from problem
        raise
    after = {player: _snapshot(player, given) for player, given in players.items()}
    for player in PLAYERS:
        _require_same_tensors(player, before[player], after[player])
    for player in PLAYERS:
        _assert_finite(player, after[player], where)
    for player in PLAYERS:
        _assert_kept(player, before[player], after[player], rules, where)
    for player in PLAYERS:
        if rules.trains(player):
            held = dict(tensors_of(players[player]))
            _assert_moved(player, before[player], after[player], held, rules, where)
    return {
        f"{player}: {name}": float(np.abs(new - before[player][name][0]).max(initial=0))
        for player in PLAYERS
        for name, (new, _) in after[player].items()
    }


Snapshot = dict[str, tuple[Array, bool]]


def _snapshot(player: str, given: Any) -> Snapshot:
    """Copies of all tensors by name, and whether each is frozen."""
    found = {}
    for name, tensor in tensors_of(given):
        values = as_numpy(tensor, f"{player}: {name}")
        found[name] = (values.copy(), _is_frozen(tensor))
    if not any(values.size for values, _ in found.values()):
        raise ValueError(
            f"the {player} {type(given).__name__} has no parameters: give the network, a dict or list "
            "of its arrays, or a callable that returns one of these"
        )
    return found


def _is_frozen(tensor: Any) -> bool:
    """Whether a tensor says so itself; Keras calls it trainable."""
    if type(tensor).__name__ == "Parameter":  # another tensor of torch may be moved by hand
        return getattr(tensor, "requires_grad", True) is False
    return getattr(tensor, "trainable", True) is False


def _assert_finite(player: str, after: Snapshot, where: str) -> None:
    for name, (new, _) in after.items():
        bad = np.argwhere(~np.isfinite(new))
        if len(bad):
            raise AssertionError(
                f"{player}: {_at(name, bad[0])} is {new[tuple(bad[0])]} after one step{where}: look for "
                "a logarithm of 0, a division by 0 or a learning rate that is too large"
            )


def _assert_kept(player: str, before: Snapshot, after: Snapshot, rules: _Rules, where: str) -> None:
    """Whoever does not train, and whatever is frozen, keeps every bit."""
    for name, (old, frozen) in before.items():
        new = after[name][0]
        if old.tobytes() == new.tobytes():
            continue
        at = np.argwhere(~((old == new) & (np.signbit(old) == np.signbit(new))))[0]
        told = f"{player}: {_at(name, at)} went from {old[tuple(at)]:.9g} to {new[tuple(at)]:.9g}"
        if frozen or {name, f"{player}: {name}"} & rules.frozen:
            raise AssertionError(
                f"{told}{where}, but it is frozen: leave it out of the optimiser (weight decay and "
                "momentum move what has no gradient too)"
            )
        if not rules.trains(player):
            raise AssertionError(
                f"{told} in a step of the {rules.moves}{where}: give each optimiser the parameters of "
                "one player only, and clear the gradients that the other's loss has left"
            )


def _assert_moved(
    player: str,
    before: Snapshot,
    after: Snapshot,
    held: Mapping[str, Any],
    rules: _Rules,
    where: str,
) -> None:
    """Every tensor of a player who trains moves, but for what is frozen or excepted."""
    stuck = [
        name
        for name, (old, frozen) in before.items()
        if not frozen
        and old.size
        and not {name, f"{player}: {name}"} & (rules.frozen | rules.except_for)
        and np.array_equal(old, after[name][0])
    ]
    if not stuck:
        return
    moving = [name for name in before if not np.array_equal(before[name][0], after[name][0])]
    if not moving:
        told = f"no tensor of the {player} moved, the first is {stuck[0]}"
    else:
        told = f"{player}: {stuck[0]} did not move ({len(stuck)} of {len(before)} tensors)"
    raise AssertionError(f"{told}{where}: {_why_stuck(held[stuck[0]], where)}")


def _why_stuck(tensor: Any, where: str) -> str:
    """The likeliest reason, from the gradient that the tensor keeps, if it keeps one."""
    if where:
        return "without penalties nothing moves it: the adversarial loss does not reach it"
    gradient = getattr(tensor, "grad", None)
    if gradient is not None and not callable(gradient) and np.any(as_numpy(gradient, "grad")):
        return (
            "a gradient reached it, if only the other player's, but no optimiser used it: give "
            "it to the optimiser, call its step, and look at the learning rate"
        )
    return (
        "no gradient reaches it, or no optimiser holds it: look for detach, stop_gradient or no_grad on "
        "its way to the loss, and at the list of the optimiser; what may stay goes into except_for"
    )


# --- wrong use ----------------------------------------------------------------------------------


def _names(given: Iterable[str]) -> list[str]:
    if isinstance(given, str):
        raise TypeError(f"{given!r} is one name: write [{given!r}]")
    return list(given)


def _require_known(rules: _Rules, players: Mapping[str, Any]) -> None:
    known = [(player, name) for player, given in players.items() for name, _ in tensors_of(given)]
    allowed = {text for player, name in known for text in (name, f"{player}: {name}")}
    for name in sorted(rules.frozen | rules.except_for):
        if name not in allowed:
            there = ", ".join(f"{player}: {name}" for player, name in known)
            raise ValueError(f"{name!r} is no tensor of the players; there are {there}")


def _require_strangers(players: Mapping[str, Any]) -> None:
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
                    f"discriminator: {one} and generator: {other} are the same memory: give two players "
                    "with parameters of their own"
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
