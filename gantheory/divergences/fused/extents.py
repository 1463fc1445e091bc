"""Where panels begin and end."""

from __future__ import annotations

import math
from typing import Any

from gantheory.densities.standard import EXPONENTIAL, NORMAL, STUDENT, UNIFORM
from gantheory.divergences.fused.forms import AFFINITY, COMMON, HELLINGER, JSD, OVERLAP, TV
from gantheory.divergences.fused.places import END, KIND, LEVEL, LOC, SCALE, SHAPE
from gantheory.machine_code import compiled

INNER, WIDTH, OUTER_WIDTH = 4.5, 4.0, 6.0  # a normal's panels: so wide up to INNER, and beyond
NORMAL_REACH = 14.0  # deviations
PANELS = 1600  # of a pair


@compiled
def reach(form: int, kind: int) -> float:
    """How many scales of a component are seen, before its tail is followed where it has to be."""
    if kind == STUDENT:
        return 64.0
    which = 0 if form in (OVERLAP, COMMON) else 1 if form == AFFINITY else 2
    return (8.3, 11.2, NORMAL_REACH)[which] if kind == NORMAL else (40.0, 75.0, 100.0)[which]


@compiled
def span(form: int, row: Any, k: int) -> tuple[float, float]:
    """Where component k is seen."""
    loc, kind = row[LOC, k], int(row[KIND, k])
    if kind >= UNIFORM:
        return min(loc, row[END, k]), max(loc, row[END, k])
    far = reach(form, kind) * row[SCALE, k]
    return (loc if kind == EXPONENTIAL else loc - far), loc + far


@compiled
def extent(form: int, row: Any, first: int, last: int) -> tuple[float, float, bool, bool, bool]:
    """Where one side is seen; whether it goes on to the left, and to the right, and has a power tail."""
    low, high, left, right, heavy = math.inf, -math.inf, False, False, False
    for k in range(first, last):
        if row[LEVEL, k] > -math.inf:
            start, stop = span(form, row, k)
            low, high = min(low, start), max(high, stop)
            left |= row[KIND, k] < EXPONENTIAL
            right |= row[KIND, k] < UNIFORM
            heavy |= row[KIND, k] == STUDENT
    return low, high, left, right, heavy


@compiled
def domain(form: int, of_p: int, row: Any) -> tuple[float, float, bool, bool]:
    """Where p and q both are seen, or one of them; and whether their tails are followed there."""
    low_p, high_p, left_p, right_p, heavy_p = extent(form, row, 0, of_p)
    low_q, high_q, left_q, right_q, heavy_q = extent(form, row, of_p, row.shape[1])
    if form <= COMMON:
        if heavy_p and heavy_q:
            return min(low_p, low_q), max(high_p, high_q), True, True
        if heavy_p:
            return low_q, high_q, False, False
        if heavy_q:
            return low_p, high_p, False, False
        return max(low_p, low_q), min(high_p, high_q), False, False
    free = heavy_p or heavy_q or form not in (JSD, HELLINGER, TV)
    left, right = free and (left_p or left_q), free and (right_p or right_q)
    return min(low_p, low_q), max(high_p, high_q), left, right


@compiled
def wanted(kind: int, shape: float, z: float) -> float:
    """Width of a panel that begins at z."""
    if kind == NORMAL and abs(z) < NORMAL_REACH:
        if z < -INNER:
            return min(OUTER_WIDTH, max(-INNER - z, 0.5))
        return WIDTH if z < INNER else OUTER_WIDTH
    least = min(3.0, 1.5 * math.sqrt(shape)) if kind == STUDENT else 2.6
    return max(least, 0.7 * -z if z < 0 else 2.5 * z)


@compiled
def lay_out(form: int, row: Any, low: float, high: float, cells: Any) -> int:
    """Panels from low to high: how many, or 0 if they are too many."""
    count, x, inf = 0, low, math.inf
    logarithmic = form > TV  # log densities count far beyond where the mass is
    while x < high:
        stop, width = high, inf
        for k in range(row.shape[1]):
            if row[LEVEL, k] == -inf:
                continue
            kind, loc, scale = int(row[KIND, k]), row[LOC, k], abs(row[SCALE, k])
            if kind != NORMAL and kind != STUDENT:
                if x < loc < stop:
                    stop = loc
                if kind >= UNIFORM and x < row[END, k] < stop:
                    stop = row[END, k]
            start, last = span(form, row, k)
            if kind < UNIFORM and (kind == STUDENT or logarithmic or start <= x < last):
                width = min(width, scale * wanted(kind, row[SHAPE, k], (x - loc) / scale))
        for k in range(row.shape[1]):
            if row[LEVEL, k] > -inf and row[KIND, k] < UNIFORM:
                start, scale = span(form, row, k)[0], row[SCALE, k]
                if x < start < stop and 3 * WIDTH * scale < min(width, stop - x):
                    stop = start
        pieces = math.ceil((stop - x) / width - 1e-9)
        after = stop if pieces <= 1 else x + (stop - x) / pieces
        if not after > x or count == PANELS // 2:
            return 0
        origin = origin_of(form, row, x, after)
        cells[count, 0], cells[count, 1], cells[count, 2] = origin, x - origin, after - x
        count, x = count + 1, after
    return count


@compiled
def origin_of(form: int, row: Any, low: float, high: float) -> float:
    """The place of the component whose kink is at an end of the panel, or of the narrowest one there."""
    best, narrow = 0.5 * (low + high), math.inf
    for k in range(row.shape[1]):
        if row[LEVEL, k] == -math.inf:
            continue
        loc, scale = row[LOC, k], abs(row[SCALE, k])
        start, stop = span(form, row, k)
        if start < high and stop > low:
            if row[KIND, k] != NORMAL and row[KIND, k] != STUDENT and loc in (low, high):
                return float(loc)
            if scale < narrow:
                best, narrow = loc, scale
    return best
