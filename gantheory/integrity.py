"""Whether the judge is as it was imported, asked when a claim is made: putting back hides nothing.

Looked at are the names of the package's modules (functions with code, defaults and what they enclose,
classes with their members, and data with what they hold) and those at the top of the libraries that
verdicts use.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

from gantheory.provenance import PACKAGE

LIBRARIES = ("sympy", "mpmath", "numpy", "flint", "math")
CODE, DEFAULTS = operator.attrgetter("__code__"), operator.attrgetter("__defaults__")
CONTENTS = operator.attrgetter("cell_contents")


def _is_loading(module: ModuleType) -> bool:
    return bool(getattr(module.__spec__, "_initializing", False))


def _is_watched(key: str, value: Any) -> bool:
    """Whether a name is not a module, and nothing that Python itself writes there."""
    written = key.startswith("__") and not callable(value)
    return value is not None and not isinstance(value, ModuleType) and not written


def _held(container: Any) -> tuple[Any, ...]:
    """Return what a container holds; one that begins empty is there to remember things."""
    values = container.values() if isinstance(container, dict) else ()
    return *container, *values


def _holds(container: Any, before: tuple[Any, ...]) -> bool:
    now = _held(container)
    return len(now) == len(before) and _all(before, now)


def _all(before: Iterable[Any], now: Iterable[Any]) -> bool:
    return all(map(operator.is_, before, now))


def _functions(values: Iterable[Any]) -> Iterator[FunctionType]:
    """Yield the functions among the values, and those that they wrap."""
    for value in values:
        if type(value) is FunctionType:
            yield value
            yield from _functions([getattr(value, "__wrapped__", None)])


class _Space:
    """A module or a class, its parts, and what functions and containers among them held."""

    def __init__(self, name: str, now: Mapping[str, Any]) -> None:
        self.name, self.modules = name, 0
        parts = {key: value for key, value in now.items() if _is_watched(key, value)}
        self.keys, self.values = list(parts), list(parts.values())
        self.gets = [now.get] * len(parts)
        self.functions = list(_functions(self.values))
        self.codes = list(map(CODE, self.functions))
        self.defaults = list(map(DEFAULTS, self.functions))
        self.cells = [cell for function in self.functions for cell in function.__closure__ or ()]
        self.contents = list(map(CONTENTS, self.cells))
        filled = (dict, list, set)
        self.containers = [value for value in self.values if type(value) in filled and value]
        self.held = list(map(_held, self.containers))

    def add(self, other: _Space) -> None:
        """Watch what the other one watches as well."""
        for part, more in vars(other).items():
            if isinstance(more, list):
                vars(self)[part].extend(more)

    def is_unaltered(self) -> bool:
        """Whether each part is the very one that it was."""
        return (
            _all(self.values, map(operator.call, self.gets, self.keys))
            and _all(self.codes, map(CODE, self.functions))
            and _all(self.defaults, map(DEFAULTS, self.functions))
            and _all(self.contents, map(CONTENTS, self.cells))
            and all(map(_holds, self.containers, self.held))
        )

    def altered(self) -> Iterator[str]:
        """Yield the names that are gone, or are not what they were."""
        for key, get, part in zip(self.keys, self.gets, self.values, strict=True):
            if get(key) is not part:
                yield f"{self.name}.{key}"
        for read, before in ((CODE, self.codes), (DEFAULTS, self.defaults)):
            if not _all(before, map(read, self.functions)):
                yield f"a function of {self.name}"
        if not _all(self.contents, map(CONTENTS, self.cells)):
            yield f"what a function of {self.name} encloses"
        if not all(map(_holds, self.containers, self.held)):
            yield f"data of {self.name}"


_SPACES: dict[str, _Space] = {}
_EVERYTHING = _Space("", {})


def remember() -> None:
    """Remember the modules that were loaded since this was last called."""
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] == PACKAGE and name != __name__
        if name in _SPACES or not isinstance(module, ModuleType) or _is_loading(module):
            continue
        if ours or name in LIBRARIES:
            _watch(name, vars(module))
            for key, value in list(vars(module).items()) if ours else ():
                if isinstance(value, type) and value.__module__ == name:
                    _watch(f"{name}.{key}", vars(value))


def changed() -> list[str]:
    """Return the names that are gone, or are not what they were; quickly if there are none.

    What was loaded since is remembered for the next time.
    """
    unaltered = _EVERYTHING.is_unaltered()
    if len(sys.modules) != _EVERYTHING.modules:
        _EVERYTHING.modules = len(sys.modules)
        remember()
    if unaltered:
        return []
    return sorted(name for space in _SPACES.values() for name in space.altered())


def _watch(name: str, now: Mapping[str, Any]) -> None:
    _SPACES[name] = _Space(name, now)
    _EVERYTHING.add(_SPACES[name])
