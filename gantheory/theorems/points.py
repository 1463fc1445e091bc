"""Rational points at which a symbolic claim is looked at, inside what the symbols assume."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import floor

import sympy as sp

from gantheory.theorems.claims import Refused

Interval = tuple[sp.Expr, sp.Expr]
Point = dict[sp.Symbol, sp.Rational]

MODULUS = 997
STEPS = (367, 619, 229, 811, 503, 137, 911, 283)  # one walk a symbol, so that no two agree
CANDIDATES = 80
TRIES = 240


def points(symbols: list[sp.Symbol], where: Mapping[sp.Symbol, Interval]) -> Iterator[Point]:
    """Yield rational points that satisfy the symbols' assumptions, the same on every run."""
    walks = [list(_walk(symbol, i, where.get(symbol))) for i, symbol in enumerate(symbols)]
    if not symbols:
        yield {}
        return
    for row in zip(*walks, strict=False):
        yield dict(zip(symbols, row, strict=True))


def intervals(where: Mapping[sp.Symbol, tuple[object, object]] | None) -> dict[sp.Symbol, Interval]:
    """Return `where` with exact ends.

    Raises
    ------
    Refused
        If a key is not a Symbol, or an interval is not a pair low < high of exact numbers.
    """
    result: dict[sp.Symbol, Interval] = {}
    for symbol, ends in (where or {}).items():
        if not isinstance(symbol, sp.Symbol):
            raise Refused(f"where={{{symbol!r}: ...}}: the keys are symbols; write {{D: (0, 1)}}")
        if not isinstance(ends, tuple) or len(ends) != 2:
            raise Refused(f"where={{{symbol}: {ends!r}}}: write an open interval (low, high)")
        if any(isinstance(end, (str, bool, float)) for end in ends):
            raise Refused(f"where={{{symbol}: {ends!r}}}: write ints, sp.Rational or sp.oo")
        low, high = (sp.sympify(end) for end in ends)
        if any(end.has(sp.Float) or end.free_symbols for end in (low, high)) or low >= high:
            raise Refused(f"where={{{symbol}: {ends!r}}}: write exact ends with low < high")
        result[symbol] = (low, high)
    return result


def chart(
    symbols: list[sp.Symbol], where: Mapping[sp.Symbol, Interval]
) -> dict[sp.Symbol, sp.Expr]:
    """Return each bounded symbol as a function of a positive one that runs through its interval.

    SymPy cannot assume 0 < D < 1, but it can assume t > 0: D = t / (1 + t) and 1 - D = 1 / (1 + t).
    """
    result: dict[sp.Symbol, sp.Expr] = {}
    for symbol in symbols:
        if symbol not in where:
            continue
        low, high = where[symbol]
        t = sp.Dummy(f"t_{symbol.name}", positive=True)
        if low.is_finite and high.is_finite:
            result[symbol] = (low + high * t) / (1 + t)
        elif low.is_finite:
            result[symbol] = low + t
        elif high.is_finite:
            result[symbol] = high - t
    return result


def _walk(symbol: sp.Symbol, index: int, interval: Interval | None) -> Iterator[sp.Rational]:
    found = 0
    step = STEPS[index % len(STEPS)] + index // len(STEPS)
    for k in range(1, TRIES + 1):
        t = sp.Rational((k * step) % MODULUS or 1, MODULUS)
        value = _placed(symbol, t, interval, k)
        if value is not None and admits(symbol, value):
            yield value
            found += 1
            if found == CANDIDATES:
                return


def _placed(
    symbol: sp.Symbol, t: sp.Rational, interval: Interval | None, k: int
) -> sp.Rational | None:
    """Return a rational for t in (0, 1): inside the interval, else inside what is assumed."""
    low, high = interval or (-sp.oo, sp.oo)
    if interval is None and symbol.is_extended_nonnegative:
        low = sp.Integer(0)
    if interval is None and symbol.is_extended_nonpositive:
        high = sp.Integer(0)
    low, high = (_rational(end) for end in (low, high))
    if low.is_finite and high.is_finite:
        value = low + (high - low) * t
    elif low.is_finite:
        value = low + t / (1 - t)
    elif high.is_finite:
        value = high - t / (1 - t)
    else:
        value = (2 * t - 1) / (2 * t * (1 - t))
    if symbol.is_integer:
        value = sp.Integer(floor(value + (k % 7 if not high.is_finite else 0)))
    inside = interval is None or bool(sp.And(interval[0] < value, value < interval[1]))
    return value if inside else None


def _rational(end: sp.Expr) -> sp.Expr:
    """Return a finite end as a rational nearby; where it matters, the true end is checked after."""
    if end.is_finite and not end.is_Rational:
        return sp.Rational(str(sp.N(end, 20)))
    return end


def admits(symbol: sp.Symbol, value: sp.Expr) -> bool:
    """Whether no assumption of the symbol contradicts the value."""
    return all(
        getattr(value, f"is_{name}", None) in (wanted, None)
        for name, wanted in symbol.assumptions0.items()
    )
