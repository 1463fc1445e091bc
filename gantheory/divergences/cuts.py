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
    for _ in range(4):  # a panel may hold more than one root
        x, values = _samples(gap, cells, shares)
        signs = np.sign(values)
        change = (signs[:, :-1] * signs[:, 1:] < 0) | ((signs[:, :-1] == 0) ^ (signs[:, 1:] == 0))
        hit = np.any(change, axis=1)
        if not np.any(hit):
            return cells
        rows, first = np.nonzero(hit)[0], np.argmax(change[hit], axis=1)
        root = _bisect(
            gap, x[rows, first], x[rows, first + 1], cells.origin[rows, 0], signs[rows, first]
        )
        at = np.full(len(cells), np.nan)
        at[rows] = root
        before = len(cells)
        cells = _cut(cells, at)
        if len(cells) == before:
            return cells
    return cells


def _samples(gap: Gap, cells: Cells, shares: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ascending points of each panel, with gap at them: (panels, samples) each."""
    width = cells.high - cells.low
    x = np.clip(cells.low + width * shares, cells.low, cells.high)
    origin = np.broadcast_to(cells.origin, x.shape)
    values = gap(x.ravel(), origin.ravel()).reshape(x.shape)
    size = np.abs(values)
    # the lowest inner point of each panel whose neighbours are of its sign
    inner = (size[:, 1:-1] <= size[:, :-2]) & (size[:, 1:-1] <= size[:, 2:])
    dip = 1 + np.argmin(np.where(inner, size[:, 1:-1], np.inf), axis=1)
    rows = np.arange(len(cells))
    low, high = x[rows, dip - 1], x[rows, dip + 1]
    for _ in range(DIGGING):
        points = low[:, None] + (high - low)[:, None] * np.linspace(0.1, 0.9, 9)
        at_points = gap(points.ravel(), np.repeat(cells.origin[:, 0], 9)).reshape(points.shape)
        with np.errstate(invalid="ignore"):  # ∞ where one density vanishes, beside a root
            height = np.sign(values[rows, dip])[:, None] * at_points
        lowest = np.argmin(np.nan_to_num(height, nan=0.0, posinf=np.inf, neginf=-np.inf), axis=1)
        step = 0.1 * (high - low)
        best = points[rows, lowest]
        low, high = best - step, best + step
    x = np.concatenate([x, best[:, None]], axis=1)
    values = np.concatenate([values, at_points[rows, lowest][:, None]], axis=1)
    order = np.argsort(x, axis=1, kind="stable")
    return np.take_along_axis(x, order, axis=1), np.take_along_axis(values, order, axis=1)


def _bisect(
    gap: Gap,
    low: FloatArray,
    high: FloatArray,
    origin: FloatArray,
    sign: FloatArray,
) -> FloatArray:
    """Return where gap changes from `sign`, for many brackets at once."""
    for _ in range(64):
        middle = 0.5 * (low + high)
        left = np.sign(gap(middle, origin)) == sign
        low, high = np.where(left, middle, low), np.where(left, high, middle)
    return high


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
