"""Which gradients a player's tensors hold when it is moved, where a library lets one see them arrive."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.testing.step_players import PLAYERS, Snapshot
from gantheory.testing.tensors import Array, as_numpy, tensors_of


@dataclass
class _Arrival:
    """What a tensor held, with what arrived last, while its player had not yet moved.

    `left` says that what it held before was left by a backward pass before the other player moved, or
    before this step; whether the other one had moved at the last arrival is kept for that.
    """

    total: Array | None = None
    left: bool = False
    other_moved: bool | None = None

    @property
    def largest(self) -> float:
        """The largest derivative; nan where none arrived."""
        return math.nan if self.total is None else float(np.abs(self.total).max(initial=0.0))


class Arrivals:
    """The gradients of torch's parameters as they arrive, whoever clears them later.

    Other libraries hand out gradients without a place to look: nothing is seen of them.
    """

    # `met` holds what the other player was when the last gradient arrived that a player may have been
    # moved with, `fresh` whether one has arrived at a player since that of the other.

    def __init__(self, before: Mapping[str, Snapshot]) -> None:
        self.before = before
        self.seen: dict[str, dict[str, _Arrival]] = {player: {} for player in PLAYERS}
        self.moved = dict.fromkeys(PLAYERS, False)
        self.fresh = dict.fromkeys(PLAYERS, False)
        self.met: dict[str, dict[str, Array]] = {}
        self.versions: dict[str, Any] = {}
        self.tensors: dict[str, dict[str, Any]] = {}

    def relative(self, player: str, name: str) -> float | None:
        """A tensor's largest derivative in units of its player's.

        nan where no gradient arrived, None where none could have been seen.
        """
        top = self.top(player)
        if name not in self.seen[player] or not top > 0:
            return None
        return self.seen[player][name].largest / top

    def top(self, player: str) -> float:
        """The largest derivative of a player, 0 where none arrived."""
        sizes = [one.largest for one in self.seen[player].values()]
        return max((size for size in sizes if size >= 0), default=0.0)

    def gradients(self, player: str) -> dict[str, Array]:
        """What each tensor held when its player was moved, where that was seen."""
        return {name: one.total for name, one in self.seen[player].items() if one.total is not None}

    def left(self, player: str) -> list[str]:
        """The tensors whose gradient was added to what another backward pass had left."""
        return [name for name, one in self.seen[player].items() if one.left]

    def record(self, player: str, name: str, gradient: Any) -> None:
        """Take note of a gradient that is about to be added to what a tensor holds."""
        other = PLAYERS[1 - PLAYERS.index(player)]
        self.fresh[player] = True
        if self._has_moved(player):
            return
        self.fresh[other] = False
        self._meet(player, other)
        held = getattr(self.tensors[player][name], "grad", None)
        before = np.zeros(1) if held is None else as_numpy(held, "a gradient")
        one = self.seen[player][name]
        moved = self._has_moved(other)
        older = one.left or one.other_moved is None or (moved and not one.other_moved)
        one.left = bool(older and np.any(before))
        one.total = before + as_numpy(gradient, "a gradient")
        one.other_moved = moved

    def _meet(self, player: str, other: str) -> None:
        """Keep what the other player is, if torch counts a change since the last time."""
        tensors = self.tensors[other]
        versions = {name: getattr(tensor, "_version", None) for name, tensor in tensors.items()}
        if player not in self.met or None in versions.values() or versions != self.versions[player]:
            self.versions[player] = versions
            self.met[player] = {name: as_numpy(t, name).copy() for name, t in tensors.items()}

    def _has_moved(self, player: str) -> bool:
        if not self.moved[player]:
            self.moved[player] = any(
                not np.array_equal(as_numpy(tensor, name), self.before[player][name][0])
                for name, tensor in self.tensors[player].items()
            )
        return self.moved[player]


@contextmanager
def watching(players: Mapping[str, Any], before: Mapping[str, Snapshot]) -> Iterator[Arrivals]:
    """Look at gradients as they arrive."""
    arrivals = Arrivals(before)
    with ExitStack() as hooks:
        for player, given in players.items():
            arrivals.tensors[player] = dict(tensors_of(given))
            for name, tensor in arrivals.tensors[player].items():
                handle = _hooked(tensor, _recorder(arrivals, player, name))
                if handle is not None:
                    arrivals.seen[player][name] = _Arrival()
                    hooks.callback(handle.remove)
        yield arrivals


def _hooked(tensor: Any, hook: Any) -> Any:
    """Have torch call a hook on gradients; a parameter that is frozen now may not be so in the step."""
    flag = getattr(tensor, "requires_grad", None)
    if flag is None or not hasattr(tensor, "register_hook"):
        return None
    if not flag and type(tensor).__name__ != "Parameter":
        return None
    tensor.requires_grad = True
    try:
        return tensor.register_hook(hook)
    finally:
        tensor.requires_grad = flag


def _recorder(arrivals: Arrivals, player: str, name: str) -> Any:
    def record(gradient: Any) -> None:
        arrivals.record(player, name, gradient)

    return record
