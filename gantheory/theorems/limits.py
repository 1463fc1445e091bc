"""Limits as numbers: a function read at huge arguments, or close to a point."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import sympy as sp

from gantheory.theorems.levels import EvaluationPoint, Unusable, mp

LARGEST_EXPONENT = 160
DIGITS = 5 * LARGEST_EXPONENT
LARGE = 100
ACCURACY = mp.mpf(10) ** -15

# Where it is read: stretched and moved powers of ten. At powers of ten themselves, which are integers,
# x - floor(x) and 1 - cos(2 π x) seem to tend to 0.
WALKS: tuple[Callable[[Any], Any], ...] = (
    lambda h: h * mp.e / 2 + 1 / mp.pi,
    lambda h: h * mp.sqrt(2) + 1 / mp.e,
    lambda h: h * mp.pi / 3 + mp.sqrt(3),
)

# Where it is looked at once more, from the furthest of them: what depends on the parity of a whole part,
# or on its remainder, may by chance be the same along all walks.
MOVES: tuple[Callable[[Any], Any], ...] = (
    *(lambda h, k=k: h + k for k in (1, 2, 3, 5, 7, 10, 36, 100, 777, 10**4, 10**6)),
    *(lambda h, k=k: h + mp.sqrt(k) for k in (2, 3, 5)),
    *(lambda h, k=k: h * mp.sqrt(k) for k in (2, 3, 5, 7, 11, 13)),
)


def limit_value(node: sp.Limit, place: EvaluationPoint) -> Any:
    """Return the limit, approached along distances of about 10^-20, 10^-40, 10^-80, 10^-160.

    Raises
    ------
    Unusable
        If it does not settle, or differs from one way of approaching to the other.
    """
    body, x, target, direction = node.args
    point = place.value(target)
    signs = {"+": (1,), "-": (-1,)}.get(str(direction), (1, -1))
    if mp.isinf(point):
        signs = (1,)
    first, *others = [_approached(body, x, point, s, walk, place) for s in signs for walk in WALKS]
    for other in others:
        if first != other and not (
            mp.isfinite(first) and abs(first - other) <= ACCURACY * abs(first)
        ):
            raise Unusable("the limit is not the same along all ways to it")
    return first


def _approached(
    body: sp.Expr,
    x: sp.Symbol,
    point: Any,
    sign: int,
    walk: Callable[[Any], Any],
    place: EvaluationPoint,
) -> Any:
    """Return the value that f(x) settles at, or ±∞ if it grows and grows."""

    def read(h: Any) -> Any:
        t = mp.sign(point) * h if mp.isinf(point) else point + sign / h
        place.meter.tick()
        return place.at(x, t).value(body)

    values = []
    with mp.workdps(DIGITS):
        exponent = LARGEST_EXPONENT // 8
        while exponent <= LARGEST_EXPONENT:
            furthest = walk(mp.mpf(10) ** exponent)
            values.append(read(furthest))
            exponent *= 2
        limit = _settled(values)
        if not all(_is_near(read(move(furthest)), limit) for move in MOVES):
            raise Unusable("the limit settles at some points and not at others beside them")
    return limit


def _is_near(value: Any, limit: Any) -> bool:
    """Whether a value far out is what the limit says, to half the digits."""
    if mp.isinf(limit):
        return bool(not mp.im(value) and mp.sign(value) == mp.sign(limit) and abs(value) > LARGE)
    return bool(abs(value - limit) <= ACCURACY * max(abs(limit), ACCURACY))


def _settled(values: list[Any]) -> Any:
    last, before = values[-1], values[-2]
    if mp.isinf(last):
        return last
    if abs(last - before) <= ACCURACY**2 * abs(last):
        return last
    if abs(last) <= ACCURACY**2 and abs(last) <= ACCURACY * abs(before):
        return mp.mpf(0)
    grows = all(
        not mp.im(b) and abs(b) >= 1.5 * abs(a) and mp.sign(a) == mp.sign(b)
        for a, b in pairwise(values)
    )
    if grows and abs(last) > LARGE:
        return mp.sign(last) * mp.inf
    raise Unusable("the limit does not settle")
