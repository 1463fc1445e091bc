"""Arrays of other libraries by name, and functions of them as functions of one flat vector.

None of these libraries is imported: an array says itself how it is read and how another one like it is
made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import as_numpy as as_numpy

Array = npt.NDArray[Any]
Vector = npt.NDArray[np.float64]


def leaves(tree: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the arrays of nested dicts, lists and tuples with their paths, as "layers.0.weight"."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from leaves(value, f"{name}.{key}" if name else str(key))
    elif isinstance(tree, (list, tuple)):
        for i, value in enumerate(tree):
            yield from leaves(value, f"{name}.{i}" if name else str(i))
    else:
        yield name or "params", tree


def tensors_of(player: Any) -> Iterator[tuple[str, Any]]:
    """Yield a player's tensors by name, however it keeps them."""
    if player is None:
        return
    if callable(getattr(player, "named_parameters", None)):
        yield from player.named_parameters()
    elif callable(getattr(player, "parameters", None)):
        yield from leaves(_listed(player.parameters()))
    elif hasattr(player, "trainable_variables"):
        yield from _variables(player.trainable_variables)
    elif callable(getattr(player, "state_dict", None)):
        yield from leaves(player.state_dict())
    elif callable(getattr(player, "get_weights", None)):
        yield from leaves(_listed(player.get_weights()))
    elif callable(player) and not hasattr(player, "__array__"):
        yield from tensors_of(player())
    else:
        yield from leaves(player)


def _listed(given: Any) -> Any:
    """Return an iterator's entries; what is a tree already stays."""
    return list(given) if isinstance(given, Iterator) else given


def _variables(variables: Sequence[Any]) -> Iterator[tuple[str, Any]]:
    """Yield Keras variables by their paths, numbered where two have the same."""
    seen: set[str] = set()
    for i, variable in enumerate(variables):
        name = str(getattr(variable, "path", None) or getattr(variable, "name", None) or i)
        yield f"{name}#{i}" if name in seen else name, variable
        seen.add(name)


def rebuilt(tree: Any, tensors: Iterator[Any], array: Callable[[Any], Any] | None) -> Any:
    """Return a tree of the same form that holds the tensors."""
    if isinstance(tree, Mapping):
        return {key: rebuilt(value, tensors, array) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        parts = [rebuilt(value, tensors, array) for value in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else type(tree)(parts)
    tensor = next(tensors)
    if array is not None:
        return array(tensor)
    if isinstance(tree, float):
        return float(tensor)
    if callable(getattr(tree, "new_tensor", None)):  # torch
        made = tree.detach().new_tensor(tensor)
        made = made.double() if tensor.dtype == np.float64 else made
        return made.requires_grad_(tree.requires_grad)
    if callable(getattr(tree, "__array_namespace__", None)) and not isinstance(tree, np.ndarray):
        return tree.__array_namespace__().asarray(tensor, dtype=tree.dtype)
    return tensor


# --- functions of them --------------------------------------------------------------------------


class FlatFunction:
    """f of one flat float64 vector.

    `base` is params, flat; `scale` the root mean square of the tensor that an entry belongs to.
    """

    def __init__(
        self, f: Callable[[Any], Any], params: Any, array: Callable[[Any], Any] | None
    ) -> None:
        self.f, self.tree, self.array = f, params, array
        tensors = [(name, as_numpy(leaf, f"params {name}")) for name, leaf in leaves(params)]
        for name, tensor in tensors:
            if tensor.dtype.kind != "f":
                raise TypeError(f"params {name} has dtype {tensor.dtype}: give floats, as 1.0")
            if not np.isfinite(tensor).all():
                raise ValueError(f"params {name} holds a nan or an infinity: give finite numbers")
        self.names = [name for name, _ in tensors]
        self.shapes = [tensor.shape for _, tensor in tensors]
        self.dtypes = [tensor.dtype for _, tensor in tensors]
        self.ends = np.cumsum([0, *(tensor.size for _, tensor in tensors)])
        if not self.ends[-1]:
            raise ValueError("params holds no number: give the arrays that f depends on")
        self.base = np.concatenate([tensor.ravel() for _, tensor in tensors], dtype=np.float64)
        self.scale = self._scale()
        self.given_eps = self.eps = float(max(np.finfo(dtype).eps for dtype in self.dtypes))
        self._widen()
        if self._is_narrow():
            self.eps = float(np.finfo(np.float32).eps)
        first, second = self(self.base), self(self.base)
        if not np.isfinite(first):
            raise ValueError(f"f(params) = {first}: give params at which f is finite")
        self.unsteady = abs(second - first)
        if not self.unsteady <= 1e-3 * abs(first):
            raise ValueError(
                f"f(params) = {first:.9g}, and {second:.9g} on a second call: f draws random numbers or "
                "keeps a state; seed it anew in each call"
            )

    def _widen(self) -> None:
        """Compute in float64 if f does so as soon as its params are: its differences know more then."""
        narrow = self.dtypes
        if all(dtype == np.float64 for dtype in narrow):
            return
        before, self.dtypes = self(self.base), [np.dtype(np.float64)] * len(narrow)
        try:
            value = self._value(self.base)
        except Exception:  # where float32 meets float64, other libraries raise what they like
            value = np.array(np.nan, np.float32)
        close = abs(float(value) - before) <= 1e-3 * abs(before)
        if value.dtype == np.float64 and close and not self._is_narrow():
            self.eps = float(np.finfo(np.float64).eps)
        else:
            self.dtypes = narrow

    def _is_narrow(self) -> bool:
        """Whether float32 holds all that f returns: then f is computed in it somewhere."""
        moves = np.random.default_rng(0).normal(size=(3, self.base.size)) * self.scale
        with np.errstate(all="ignore"):
            values = [self(self.rounded(self.base + 0.01 * move)) for move in moves]
            return all(value == float(np.float32(value)) for value in values)

    def _scale(self) -> Vector:
        whole = float(np.sqrt(np.mean(self.base**2))) or 1.0
        sizes = [float(np.sqrt(np.mean(self.base[at] ** 2))) for at in self.slices() if at.size]
        widths = [at.size for at in self.slices() if at.size]
        return np.repeat([max(size, 1e-3 * whole) if size else whole for size in sizes], widths)

    def slices(self) -> list[npt.NDArray[np.intp]]:
        """Return the indices of each tensor."""
        return [np.arange(*ends) for ends in zip(self.ends[:-1], self.ends[1:], strict=True)]

    def tensor_of(self, i: int) -> int:
        """Return the place of the tensor that an entry belongs to."""
        return int(np.searchsorted(self.ends, i, side="right")) - 1

    def name(self, i: int) -> str:
        """Return the name of an entry, as "W[2, 0]"."""
        t = self.tensor_of(i)
        index = np.unravel_index(i - self.ends[t], self.shapes[t]) if self.shapes[t] else ()
        return self.names[t] + (f"[{', '.join(str(int(k)) for k in index)}]" if index else "")

    def _cut(self, flat: Vector) -> Iterator[Any]:
        cuts = np.split(flat, self.ends[1:-1])
        for cut, shape, dtype in zip(cuts, self.shapes, self.dtypes, strict=True):
            yield cut.reshape(shape).astype(dtype)

    def rounded(self, flat: Vector) -> Vector:
        """Return the flat vector as the tensors' dtypes hold it."""
        return np.concatenate([tensor.ravel() for tensor in self._cut(flat)], dtype=np.float64)

    def params(self, flat: Vector) -> Any:
        """Return the flat vector in the form of params."""
        return rebuilt(self.tree, self._cut(flat), self.array)

    def __call__(self, flat: Vector) -> float:
        """f, a float."""
        value = self._value(flat)
        if value.dtype == np.float32:
            self.eps = max(self.eps, float(np.finfo(np.float32).eps))
        return float(value)

    def _value(self, flat: Vector) -> Array:
        with np.errstate(all="ignore"):
            value = as_numpy(self.f(self.params(flat)), "what f returned")
        if value.size != 1:
            raise ValueError(
                f"f returned an array of shape {value.shape}: return one number, as a mean or a sum"
            )
        return value.reshape(())

    def gradient(self, grad: Any, flat: Vector) -> Vector:
        """Return the gradient that is judged, flat."""
        tree = grad(self.params(flat)) if callable(grad) else grad
        alone = not isinstance(self.tree, (Mapping, list, tuple))
        found = {self.names[0]: tree} if alone else dict(leaves(tree))
        if list(found) != self.names and sorted(found) != sorted(self.names):
            raise ValueError(
                f"params holds {', '.join(self.names)}, but grad {', '.join(found)}: give grad in the "
                "form of params"
            )
        parts = []
        for name, shape in zip(self.names, self.shapes, strict=True):
            part = np.zeros(shape) if found[name] is None else as_numpy(found[name], f"grad {name}")
            if part.shape != shape:
                raise ValueError(
                    f"grad {name} has shape {part.shape}, but params {name} has {shape}: each entry of "
                    "params has one derivative; sum over the batch"
                )
            if part.dtype == np.float32:
                self.given_eps = max(self.given_eps, float(np.finfo(np.float32).eps))
            parts.append(part.ravel())
        vector = np.concatenate(parts, dtype=np.float64) + 0.0  # no -0 in messages
        for i in np.flatnonzero(~np.isfinite(vector))[:1]:
            raise AssertionError(
                f"gradient of {self.name(i)} is {vector[i]}, where f is finite: look for 0 / 0, "
                "the root of 0 or the logarithm of 0"
            )
        return vector
