"""Whether the judge is as it was imported, asked when a claim is made: putting back hides nothing.

Looked at are the names of the package's modules (functions with their code and defaults, classes with
their members, and data with what they hold) and those at the top of the libraries that verdicts use.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from gantheory.provenance import PACKAGE

LIBRARIES = ("sympy", "mpmath", "numpy", "flint", "math")


CODE, DEFAULTS = operator.attrgetter("__code__"), operator.attrgetter("__defaults__")


@dataclass(frozen=True)
class _Space:
    """A module or a class, its parts, and what functions and containers among them held."""

    name: str
    now: Mapping[str, Any]
    keys: tuple[str, ...]
    values: tuple[Any, ...]
    functions: tuple[FunctionType, ...]
    codes: tuple[Any, ...]
    defaults: tuple[Any, ...]
    containers: tuple[Any, ...]
    held: tuple[tuple[Any, ...], ...]

    def altered(self) -> Iterator[str]:
        """Yield the names that are gone, or are not what they were; quickly if there are none."""
        if not _all(self.values, map(self.now.get, self.keys)):
            pairs = zip(self.keys, self.values, strict=True)
            yield from (
                f"{self.name}.{key}" for key, part in pairs if self.now.get(key) is not part
            )
        inner = zip((self.codes, self.defaults), (CODE, DEFAULTS), strict=True)
        if not all(_all(before, map(get, self.functions)) for before, get in inner):
            yield f"a function of {self.name}"
        now = map(_held, self.containers)
        if not all(len(a) == len(b) and _all(a, b) for a, b in zip(self.held, now, strict=True)):
            yield f"data of {self.name}"


_SPACES: dict[str, _Space] = {}


def remember() -> None:
    """Remember the modules that were loaded since this was last called."""
    for name, module in list(sys.modules.items()):
        ours = name.partition(".")[0] == PACKAGE and name != __name__
        if (ours or name in LIBRARIES) and isinstance(module, ModuleType) and name not in _SPACES:
            _SPACES[name] = _space(name, vars(module))
            for key, value in list(vars(module).items()) if ours else ():
                if isinstance(value, type) and value.__module__ == name:
                    _SPACES[f"{name}.{key}"] = _space(f"{name}.{key}", vars(value))


def changed() -> list[str]:
    """Return the names that are gone, or are not what they were."""
    return sorted(name for space in _SPACES.values() for name in space.altered())


def _space(name: str, now: Mapping[str, Any]) -> _Space:
    parts = {
        key: value
        for key, value in now.items()
        if value is not None
        and not isinstance(value, ModuleType)
        and not (key.startswith("__") and not callable(value))
    }
    values = tuple(parts.values())
    functions = tuple(value for value in values if type(value) is FunctionType)
    filled = tuple(value for value in values if type(value) in (dict, list, set) and value)
    return _Space(
        name,
        now,
        keys=tuple(parts),
        values=values,
        functions=functions,
        codes=tuple(map(CODE, functions)),
        defaults=tuple(map(DEFAULTS, functions)),
        containers=filled,
        held=tuple(map(_held, filled)),
    )


def _held(container: Any) -> tuple[Any, ...]:
    """Return what a container holds; one that begins empty is there to remember things."""
    values = container.values() if isinstance(container, dict) else ()
    return *container, *values


def _all(before: Iterable[Any], now: Iterable[Any]) -> bool:
    return all(map(operator.is_, before, now))
