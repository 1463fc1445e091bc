"""Panels of the line that end where an integrand has a kink."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gantheory.densities.base import Density
from gantheory.divergences.layout import Layout
from gantheory.divergences.pair import evaluate_pair
from gantheory.quadrature import Cells

FloatArray = npt.NDArray[np.float64]


def with_cuts(
    layout: Layout, p: Density, q: Density, kink: bool, marks: tuple[float, ...]
) -> Layout:
    """Return the layout with panels ending where p = q (if that is a kink) and at the marks."""
    cells = layout.cells
    if kink:

        def gap(x: FloatArray, origin: FloatArray) -> FloatArray:
            return evaluate_pair(p, q, x, origin).logit

        cells = cut_at_roots(gap, cells)
    for mark in marks:
        at = mark - cells.origin[:, 0]
        cells = _cut(cells, np.where((cells.low[:, 0] < at) & (at < cells.high[:, 0]), at, np.nan))
    return Layout(cells, layout.outside, layout.turn)


def cut_at_roots(gap: Callable[[FloatArray, FloatArray], FloatArray], cells: Cells) -> Cells:
    """Return panels of the line that end where gap(x, origin) changes its sign."""
    for _ in range(3):  # a panel may hold more than one root
        steps = np.linspace(0.0, 1.0, 18)[1:-1] + 0.003
        x = cells.low + (cells.high - cells.low) * steps
        origin = np.broadcast_to(cells.origin, x.shape)
        signs = np.sign(gap(x.ravel(), origin.ravel())).reshape(x.shape)
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


def _bisect(
    gap: Callable[[FloatArray, FloatArray], FloatArray],
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
