"""What a page's function reads, and whether its result is computed from that or only handed on.

A function that reads nothing returns what somebody typed; one that reads an Estimate drops the error
bar and the route; and one that returns a number that it was given adds nothing to it. None of them is a
second route.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from numbers import Number
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from gantheory.resting import may_be_copied

# parts of the names of instructions: Python 3.13 has STORE_FAST_LOAD_FAST
LOADS = ("LOAD_FAST", "LOAD_DEREF", "LOAD_CLOSURE", "LOAD_CLASSDEREF", "LOAD_GLOBAL", "LOAD_NAME")
SAME = 2e-15  # relative: a number that went through a formula and back
DERIVED = 1e-13  # and one that is a slope of a formula
DEEPEST = 3  # of containers that are looked into
LONGEST = 1000


def handed_on(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    result: Any,
    within: float = SAME,
) -> bool:
    """Whether a result is typed, read off an Estimate, or the very number that went in."""
    given, around = list(_given(function, args, kwargs)), list(_around(function, set()))
    if not given and all(isinstance(x, (Number, str, type(None))) for x in around):
        return True
    parts = [part for x in (*given, *around) for part in _parts(x, DEEPEST)]
    return any(_is_estimate(part) or _is_same(part, result, within) for part in parts)


def _given(
    function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Iterator[Any]:
    """Yield the arguments that the function looks at, and the object that a method is bound to."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        yield from (*args, *kwargs.values())
        return
    if hasattr(function, "__self__"):
        yield function.__self__
    loaded = _loaded(code)
    for name, value in inspect.signature(function).bind(*args, **kwargs).arguments.items():
        if name in loaded:
            yield value


def _around(function: Any, seen: set[Any]) -> Iterator[Any]:
    """Yield what the function reads from outside, itself or by functions of the same page."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType) or code in seen:
        return
    seen.add(code)
    space = function.__globals__
    outside = [space[name] for name in _loaded(code) if name in space]
    for value in (*outside, *_enclosed(inspect.unwrap(function))):
        if isinstance(value, FunctionType):
            if value.__module__ == function.__module__:
                yield from _around(value, seen)
        elif not isinstance(value, (ModuleType, type, BuiltinFunctionType, np.ufunc)):
            yield value


def _enclosed(function: Any) -> Iterator[Any]:
    """Yield what the function found in the functions around it."""
    for cell in getattr(function, "__closure__", None) or ():
        with suppress(ValueError):  # not yet filled
            yield cell.cell_contents


@lru_cache(maxsize=4096)
def _loaded(code: CodeType) -> frozenset[str]:
    """Return the names of variables that a function, or one inside it, reads."""
    names: set[str] = set()
    for step in dis.get_instructions(code):
        if any(load in step.opname for load in LOADS):
            names |= set(step.argval if isinstance(step.argval, tuple) else [step.argval])
    for part in code.co_consts:
        if isinstance(part, CodeType):
            names |= _loaded(part)
    return frozenset(names)


def _parts(x: Any, depth: int) -> Iterator[Any]:
    """Yield what a value holds."""
    if depth and isinstance(x, Mapping):
        x = list(x.values())
    if depth and isinstance(x, (list, tuple, set, frozenset)):
        for part in list(x)[:LONGEST]:
            yield from _parts(part, depth - 1)
    yield x


def _is_estimate(x: Any) -> bool:
    return hasattr(x, "route") and hasattr(x, "confirms")


def _is_same(x: Any, result: Any, within: float) -> bool:
    """Whether a number in the full digits of a float comes back."""
    if isinstance(x, (list, tuple)) and x and all(isinstance(one, float) for one in x):
        x = np.array(x)
    if not isinstance(x, (float, Fraction, np.ndarray)) or not may_be_copied(x):
        return False
    numbers, found = np.asarray(x, dtype=float), np.asarray(result)
    same = numbers.ndim == 0 or numbers.shape == found.shape
    return same and bool(np.allclose(found, numbers, rtol=within, atol=0.0))
