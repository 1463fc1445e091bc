"""What a page must not change or use behind the statements' back, looked at while it runs.

The lint reads the source; this looks at what happened. A page that replaces a function of the judge, or
has SymPy evaluate an integral where no statement witnesses it, is found however it was written.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType, ModuleType
from typing import Any

import sympy as sp

from gantheory.provenance import PACKAGE

WATCHED = (PACKAGE, "sympy", "mpmath", "numpy", "flint")
EVALUATED = (sp.Integral, sp.Sum, sp.Product, sp.Limit)
LONGEST = 200

Inventory = dict[tuple[str, str], Any]


def inventory() -> Inventory:
    """Return every function and class of the judge's modules, and the functions in its own classes."""
    found: Inventory = {}
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in WATCHED and isinstance(module, ModuleType):
            found |= {(name, key): value for key, value in _parts(module)}
            if name.split(".")[0] == PACKAGE:
                for key, value in _parts(module):
                    if isinstance(value, type) and value.__module__ == name:
                        inner = vars(value).items()
                        found |= {(f"{name}.{key}", part): member for part, member in inner}
    return found


def replaced(before: Inventory) -> list[str]:
    """Return the names of what is there no more, or is another object."""
    now = inventory()
    return sorted(
        f"{module}.{name}"
        for (module, name), value in before.items()
        if now.get((module, name)) is not value
    )


def _parts(module: ModuleType) -> Iterator[tuple[str, Any]]:
    for key, value in list(vars(module).items()):
        if isinstance(value, (FunctionType, type)):
            yield key, value


@contextmanager
def evaluations(page: str) -> Iterator[list[str]]:
    """Yield a list of the forms that SymPy evaluated for the module `page`, not for a statement."""
    seen: list[str] = []
    before = {kind: kind.doit for kind in EVALUATED}
    depth = 0

    def watched(kind: type) -> Any:
        original = before[kind]

        def doit(self: Any, **hints: Any) -> Any:
            nonlocal depth
            if not depth and _for_page(page):
                seen.append(_short(self))
            depth += 1
            try:
                return original(self, **hints)
            finally:
                depth -= 1

        return doit

    for kind in EVALUATED:
        kind.doit = watched(kind)
    try:
        yield seen
    finally:
        for kind, original in before.items():
            kind.doit = original


def _for_page(page: str) -> bool:
    """Whether the page called SymPy, not the package on its behalf."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        name = str(frame.f_globals.get("__name__"))
        if name == page or name.split(".")[0] == PACKAGE:
            return name == page
        frame = frame.f_back
    return False


def _short(node: Any) -> str:
    try:
        text = str(node)
    except ValueError:
        text = type(node).__name__
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
