"""Players of a training step: reading their tensors, putting others in, watching what they return."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gantheory.testing.tensors import Array, as_numpy, leaves, rebuilt, tensors_of

PLAYERS = ("discriminator", "generator")
Snapshot = dict[str, tuple[Array, bool]]


def snapshot(player: str, given: Any) -> Snapshot:
    """Copies of all tensors by name, and whether each is frozen."""
    found = {}
    for name, tensor in tensors_of(given):
        values = as_numpy(tensor, f"{player}: {name}")
        found[name] = (values.copy(), _is_frozen(tensor))
    if not any(values.size for values, _ in found.values()):
        raise ValueError(
            f"the {player} {type(given).__name__} has no parameters: give the network, a dict or "
            "list of its arrays, or a callable that returns one of these"
        )
    return found


def _is_frozen(tensor: Any) -> bool:
    """Whether a tensor says so itself; Keras calls it trainable."""
    if type(tensor).__name__ == "Parameter":  # another tensor of torch may be moved by hand
        return getattr(tensor, "requires_grad", True) is False
    return getattr(tensor, "trainable", True) is False


def arrays_of(taken: Snapshot) -> dict[str, Array]:
    """The arrays of a snapshot."""
    return {name: values for name, (values, _) in taken.items()}


class Storage:
    """Where a player keeps its tensors: others can be put in, and taken out again."""

    def __init__(self, player: str, given: Any) -> None:
        self.player, self.given = player, given
        self._tree = given() if callable(given) and _is_bare(given) else given
        self._tensors = dict(tensors_of(given))
        self._views = _memory(self._tensors, dict(tensors_of(given)))

    def put(self, values: Mapping[str, Array]) -> Any:
        """Put values in, and return what a loss gets as this player."""
        if self._views:
            for name, view in self._views.items():
                view[...] = values[name]
            return self._tree
        if callable(getattr(self._tree, "set_weights", None)):
            self._tree.set_weights(list(values.values()))
            return self._tree
        if all(callable(getattr(tensor, "assign", None)) for tensor in self._tensors.values()):
            for name, tensor in self._tensors.items():
                tensor.assign(values[name])
            return self._tree
        if isinstance(self._tree, (Mapping, list, tuple)):
            names = [name for name, _ in leaves(self._tree)]
            return rebuilt(self._tree, iter([values[name] for name in names]), None)
        raise TypeError(
            f"the tensors of the {self.player} {type(self.given).__name__} cannot be set, as "
            "d_loss and g_loss need it: give a network whose parameters lie in the memory of the "
            "CPU, a dict of arrays, or a callable that returns one"
        )


def _memory(tensors: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Array]:
    """Views of the memory of all tensors, if numpy may write there; none of copies handed out."""
    views = {name: as_numpy(tensor, name) for name, tensor in tensors.items()}
    shared = [
        view.flags.writeable and np.shares_memory(view, as_numpy(again[name], name))
        for name, view in views.items()
        if view.size
    ]
    return views if all(shared) else {}


def _is_bare(given: Any) -> bool:
    """Whether a callable has no parameters of its own, as networks have."""
    known = ("named_parameters", "parameters", "trainable_variables", "state_dict", "get_weights")
    return not any(hasattr(given, name) for name in known) and not hasattr(given, "__array__")


class Watched:
    """A network whose calls are seen, and whose outputs can be held fixed in all calls but one.

    It is handed to losses in the place of the network, whose other attributes it passes on.
    """

    def __init__(
        self, network: Any, held: Sequence[Any] | None = None, live: int | None = None
    ) -> None:
        self._network, self._held, self._live = network, held, live
        self.calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.outputs: list[Any] = []

    def __call__(self, *given: Any, **named: Any) -> Any:
        """The network's output, or the one that is held in its place."""
        at = len(self.outputs)
        output = self._network(*given, **named)
        self.calls.append((given, named))
        self.outputs.append(output)
        return output if self._held is None or at == self._live else self._held[at]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __getitem__(self, at: Any) -> Any:
        return self._network[at]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._network)

    def __len__(self) -> int:
        return len(self._network)

    def inputs(self) -> list[Any]:
        """The first argument of each call."""
        return [given[0] if given else None for given, _ in self.calls]


def is_network(given: Any) -> bool:
    """Whether a player can be called on a batch."""
    return callable(given) and not _is_bare(given)


def watched(given: Any) -> Any:
    """A network that is watched; what cannot be called stays as it is."""
    return Watched(given) if is_network(given) else given


def same(one: Any, other: Any) -> bool:
    """Whether two inputs or outputs hold the same numbers."""
    try:
        return np.array_equal(as_numpy(one, "an input"), as_numpy(other, "an output"))
    except TypeError:
        return False
