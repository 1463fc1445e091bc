"""Panels of the line that end where an integrand has a kink."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.divergences import kernels
from gantheory.divergences.layout import Layout
from gantheory.divergences.work import Meter
from gantheory.quadrature import Cells

Gap = Callable[[FloatArray, FloatArray], FloatArray]
"""(x, origin) -> a function that changes its sign at the kink."""

SAMPLES = np.concatenate([[1e-9], np.linspace(0.0, 1.0, 18)[1:-1] + 0.003, [1 - 1e-9]])
CLOSED = np.concatenate([[0.0], SAMPLES, [1.0]])  # with the ends
DIGGING = 6  # each narrows the place of the lowest point to a fifth
SAMPLED = len(SAMPLES) + 9 * DIGGING  # points of a panel at which signs are looked for


def with_cuts(
    layout: Layout, meter: Meter, kinks: tuple[kernels.Crossing, ...], marks: tuple[float, ...]
) -> Layout:
    """Return the layout with panels ending at the kinks and at the marks."""
    cells = layout.cells
    for k, kink in enumerate(
        kinks
    ):  # a later one may lie closer to the cut of a former than samples
        cells = cut_at_roots(_seen(kink, meter), cells, CLOSED if k else SAMPLES)
    for mark in marks:
        at = mark - cells.origin[:, 0]
        cells = _cut(cells, np.where((cells.low[:, 0] < at) & (at < cells.high[:, 0]), at, np.nan))
    return replace(layout, cells=cells)


def _seen(kink: kernels.Crossing, meter: Meter) -> Gap:
    """(x, origin) -> the gap of the pair there."""
    return lambda x, origin: kink(meter.look(x, origin))


def cut_at_roots(gap: Gap, cells: Cells, shares: FloatArray = SAMPLES) -> Cells:
    """Return panels of the line that end where gap(x, origin) changes its sign.

    Signs are taken at these shares of each panel, and at the lowest point between two samples of one
    sign: two roots close together are found too.
    """
    done = cells[:0]
    for _ in range(4):  # a panel may hold more than one root
        x, values = _samples(gap, cells, shares)
        signs = np.sign(values)
        change = (signs[:, :-1] * signs[:, 1:] < 0) | ((signs[:, :-1] == 0) ^ (signs[:, 1:] == 0))
        hit = np.any(change, axis=1)
        done, cells = done.joined(cells[~hit]), cells[hit]
        if not len(cells):
            break
        rows, first = np.nonzero(hit)[0], np.argmax(change[hit], axis=1)
        low, high = x[rows, first], x[rows, first + 1]
        parts = _cut(cells, _bisect(gap, low, high, cells.origin, signs[rows, first]))
        if len(parts) == len(cells):
            break
        cells = parts
    return done.joined(cells)


def _samples(gap: Gap, cells: Cells, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ascending points of each panel, with gap at them: (panels, samples) each."""
    width = cells.high - cells.low
    x = np.clip(cells.low + width * shares, cells.low, cells.high)
    values = _at(gap, x, cells.origin)
    size = np.abs(values)
    # the lowest inner point of each panel whose neighbours are of its sign
    inner = (size[:, 1:-1] <= size[:, :-2]) & (size[:, 1:-1] <= size[:, 2:])
    rows = np.flatnonzero(np.any(inner, axis=1))
    dip = 1 + np.argmin(np.where(inner, size[:, 1:-1], np.inf)[rows], axis=1)
    best, lowest = x[:, :1].copy(), values[:, :1].copy()
    if len(rows):
        best[rows, 0], lowest[rows, 0] = _dug(
            gap, x[rows, dip - 1], x[rows, dip + 1], cells.origin[rows], np.sign(values[rows, dip])
        )
    x, values = np.hstack([x, best]), np.hstack([values, lowest])
    order = np.argsort(x, axis=1, kind="stable")
    return np.take_along_axis(x, order, axis=1), np.take_along_axis(values, order, axis=1)


def _dug(
    gap: Gap, low: FloatArray, high: FloatArray, origin: FloatArray, sign: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return where sign gap is lowest in each interval, roughly, and gap there."""
    rows = np.arange(len(low))
    for _ in range(DIGGING):
        points = low[:, None] + (high - low)[:, None] * np.linspace(0.1, 0.9, 9)
        values = _at(gap, points, origin)
        with np.errstate(invalid="ignore"):  # ∞ where one density vanishes, beside a root
            height = sign[:, None] * values
        lowest = np.argmin(np.nan_to_num(height, nan=0.0, posinf=np.inf, neginf=-np.inf), axis=1)
        step, best = 0.1 * (high - low), points[rows, lowest]
        low, high = best - step, best + step
    return best, values[rows, lowest]


def _bisect(
    gap: Gap, low: FloatArray, high: FloatArray, origin: FloatArray, sign: FloatArray
) -> FloatArray:
    """Return where gap changes from `sign`, for many brackets at once: 64 halvings, four a round."""
    rows = np.arange(len(low))
    for _ in range(16):
        ends = np.linspace(low, high, 17, axis=1)
        beyond = np.sign(_at(gap, ends[:, 1:-1], origin)) != sign[:, None]
        first = np.where(np.any(beyond, axis=1), np.argmax(beyond, axis=1), 15)
        low, high = ends[rows, first], ends[rows, first + 1]
        if np.all(np.nextafter(low, high) == high):
            break
    return high


def _at(gap: Gap, x: FloatArray, origin: FloatArray) -> FloatArray:
    """Gap at points of panels: (panels, points), their origins (panels, 1)."""
    return gap(x.ravel(), np.broadcast_to(origin, x.shape).ravel()).reshape(x.shape)


def _cut(cells: Cells, at: FloatArray) -> Cells:
    """Return the panels, those with a number `at` strictly inside cut there."""
    cut = (cells.low[:, 0] < at) & (at < cells.high[:, 0])
    if not np.any(cut):
        return cells
    left, right = cells[cut], cells[cut]
    middle = at[cut][:, None]
    lower = Cells(left.origin, left.low, middle, left.ends, left.scale)
    upper = Cells(right.origin, middle, right.high, right.ends, right.scale)
    return cells[~cut].joined(lower).joined(upper)
