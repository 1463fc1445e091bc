"""Integrals over the plane of an integrand with a kink along a curve.

In every rectangle the lines across the curve are cut where they meet it, so that the rule sees
smooth pieces only; what is left along the curve is smooth but where it enters and leaves, and is
split there.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.quadrature import CHUNK, RULES, Cells, Integrand, Sums, evaluate

Gap = Callable[[FloatArray, FloatArray], FloatArray]
"""(x, origin) -> a function that changes its sign on the curve."""

NODES, KRONROD, GAUSS = RULES[2]
SAMPLES = np.linspace(0.0, 1.0, 9)
HALVINGS = 30  # the integrand vanishes on the curve: a cut off by d costs d² only


def evaluate_cut(f: Integrand, gap: Gap, cells: Cells) -> Sums:
    """Return the sums of `quadrature.evaluate`, for an integrand with a kink where gap = 0."""
    step = max(1, CHUNK // (4 * len(NODES) ** 2))
    parts = [_chunk(f, gap, cells[i : i + step]) for i in range(0, len(cells), step)]
    result = parts[0]
    for part in parts[1:]:
        result = result.joined(part)
    return result


def _chunk(f: Integrand, gap: Gap, cells: Cells) -> Sums:
    across = _crossing_axis(gap, cells)
    crossed = _is_crossed(gap, cells, across)
    plain = evaluate(f, cells[~crossed]) if np.any(~crossed) else None
    cut = None
    if np.any(crossed):
        cut = _in_strips(f, gap, cells[crossed], across[crossed])
    if plain is None or cut is None:
        return plain if cut is None else cut  # type: ignore[return-value]  # one of them exists
    joined = plain.joined(cut)
    back = np.argsort(np.concatenate([np.nonzero(~crossed)[0], np.nonzero(crossed)[0]]))
    return joined[back]


def _is_crossed(gap: Gap, cells: Cells, across: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Whether gap has both signs in a cell: on lines through its nodes and on its sides."""
    sides = [_pick(end, 1 - across)[:, None] for end in (cells.low, cells.high)]
    lines = np.concatenate([sides[0], _lines(cells, across), sides[1]], axis=1)
    signs = _signs(gap, cells, across, lines)
    return np.asarray(np.any(signs > 0, axis=(1, 2)) & np.any(signs < 0, axis=(1, 2)))


def _crossing_axis(gap: Gap, cells: Cells) -> npt.NDArray[np.intp]:
    """Return the axis along which gap changes more in each cell."""
    middle = 0.5 * (cells.low + cells.high)
    changes = []
    for axis in (0, 1):
        step = np.zeros_like(middle)
        step[:, axis] = 0.5 * (cells.high - cells.low)[:, axis]
        with np.errstate(invalid="ignore"):
            moved = gap(middle + step, cells.origin) - gap(middle - step, cells.origin)
        changes.append(np.abs(np.nan_to_num(moved)))
    return np.asarray(np.argmax(np.stack(changes), axis=0).astype(np.intp))


def _pick(values: FloatArray, axis: npt.NDArray[np.intp]) -> FloatArray:
    return np.take_along_axis(values, axis[:, None], axis=1)[:, 0]


def _lines(cells: Cells, across: npt.NDArray[np.intp]) -> FloatArray:
    """Return where the lines across the curve lie on the other axis: (cells, m)."""
    low, high = _pick(cells.low, 1 - across)[:, None], _pick(cells.high, 1 - across)[:, None]
    return low + (high - low) * (0.5 * (1 + NODES))


def _points(along: FloatArray, across_at: FloatArray, axis: npt.NDArray[np.intp]) -> FloatArray:
    """Return points (..., 2) with `across_at` on the crossing axis and `along` on the other."""
    along, across_at = np.broadcast_arrays(along, across_at)
    first = axis.reshape(-1, *(1,) * (along.ndim - 1)) == 0
    return np.stack([np.where(first, across_at, along), np.where(first, along, across_at)], axis=-1)


def _at(gap: Gap, points: FloatArray, cells: Cells) -> FloatArray:
    """Gap at points (cells, ..., 2)."""
    origin = np.broadcast_to(
        cells.origin.reshape(len(cells), *(1,) * (points.ndim - 2), 2), points.shape
    )
    return gap(points.reshape(-1, 2), origin.reshape(-1, 2)).reshape(points.shape[:-1])


def _signs(gap: Gap, cells: Cells, across: npt.NDArray[np.intp], lines: FloatArray) -> FloatArray:
    """Signs of gap at samples of every line: (cells, m, samples)."""
    low, high = _pick(cells.low, across), _pick(cells.high, across)
    at = low[:, None, None] + (high - low)[:, None, None] * SAMPLES
    return np.sign(_at(gap, _points(lines[:, :, None], at, across), cells))


def _in_strips(f: Integrand, gap: Gap, cells: Cells, across: npt.NDArray[np.intp]) -> Sums:
    """Cut every cell where the curve leaves it sideways, so that each strip is crossed or is not."""
    rows, along = np.arange(len(cells)), 1 - across
    ends = [_pick(cells.low, along), _pick(cells.high, along)]
    leaves = np.sort(
        np.stack([_leaves_through(gap, cells, across, side) for side in (cells.low, cells.high)]),
        axis=0,
    )
    total: Sums | None = None
    for start, stop in ((ends[0], leaves[0]), (leaves[0], leaves[1]), (leaves[1], ends[1])):
        low, high = cells.low.copy(), cells.high.copy()
        low[rows, along], high[rows, along] = start, stop
        strip = Cells(cells.origin, low, high, cells.ends, cells.scale)
        lines = _lines(strip, across)
        part = _cut(f, gap, strip, across, lines, _signs(gap, strip, across, lines))
        total = part if total is None else _added(total, part)
    return total  # type: ignore[return-value]  # there are three strips


def _added(a: Sums, b: Sums) -> Sums:
    worse = b.error.max(axis=0) > a.error.max(axis=0)
    return Sums(
        a.value + b.value,
        a.error + b.error,
        a.rounding + b.rounding,
        a.size + b.size,
        np.where(worse, b.axis, a.axis),
    )


def _leaves_through(
    gap: Gap, cells: Cells, across: npt.NDArray[np.intp], side: FloatArray
) -> FloatArray:
    """Return where on the other axis the curve meets one side of the cell, its end if it does not."""
    along = 1 - across
    low, high, at = _pick(cells.low, along), _pick(cells.high, along), _pick(side, across)
    samples = low[:, None] + (high - low)[:, None] * SAMPLES
    signs = np.sign(_at(gap, _points(samples, at[:, None], across), cells))
    change = signs[:, 1:] * signs[:, :-1] < 0
    hit, first = np.any(change, axis=1), np.argmax(change, axis=1)
    rows = np.arange(len(cells))
    start, stop, sign = samples[rows, first], samples[rows, first + 1], signs[rows, first]
    for _ in range(HALVINGS):
        middle = 0.5 * (start + stop)
        left = np.sign(_at(gap, _points(middle[:, None], at[:, None], across), cells)[:, 0]) == sign
        start, stop = np.where(left, middle, start), np.where(left, stop, middle)
    return np.where(hit, 0.5 * (start + stop), high)


def _cut(
    f: Integrand,
    gap: Gap,
    cells: Cells,
    across: npt.NDArray[np.intp],
    lines: FloatArray,
    signs: FloatArray,
) -> Sums:
    low, high = _pick(cells.low, across), _pick(cells.high, across)
    root = _roots(gap, cells, across, lines, signs, low, high)
    n, m = lines.shape
    other = 0.5 * (_pick(cells.high, 1 - across) - _pick(cells.low, 1 - across))
    pieces = []
    for start, stop in ((low[:, None], root), (root, high[:, None])):
        start, stop = np.broadcast_arrays(start, stop)
        half = 0.5 * (stop - start)
        at = start[..., None] + half[..., None] * (1 + NODES)
        points = _points(lines[:, :, None], at, across)
        origin = np.broadcast_to(cells.origin[:, None, None, :], points.shape)
        values, rounding = f(points.reshape(-1, 2), origin.reshape(-1, 2))
        weight = half[..., None] * other[:, None, None]
        pieces.append(
            (values.reshape(-1, n, m, m) * weight, rounding.reshape(-1, n, m, m) * weight)
        )
    (left, left_rounding), (right, right_rounding) = pieces
    fine = left @ KRONROD + right @ KRONROD
    coarse = sum(np.abs(values @ KRONROD - values @ GAUSS) for values, _ in pieces)
    error_across = coarse @ KRONROD
    error_along = np.abs(fine @ KRONROD - fine @ GAUSS)
    worse = error_across.max(axis=0) >= error_along.max(axis=0)
    axis = np.broadcast_to(np.where(worse, across, 1 - across), error_along.shape)
    return Sums(
        fine @ KRONROD,
        error_across + error_along,
        (left_rounding + right_rounding) @ KRONROD @ KRONROD,
        (np.abs(left) + np.abs(right)) @ KRONROD @ KRONROD,
        axis.astype(np.intp),
    )


def _roots(
    gap: Gap,
    cells: Cells,
    across: npt.NDArray[np.intp],
    lines: FloatArray,
    signs: FloatArray,
    low: FloatArray,
    high: FloatArray,
) -> FloatArray:
    """Return where each line first meets the curve, its upper end if it does not: (cells, m)."""
    change = signs[:, :, 1:] * signs[:, :, :-1] < 0
    hit, first = np.any(change, axis=2), np.argmax(change, axis=2)
    width = (high - low)[:, None]
    start = low[:, None] + width * SAMPLES[first]
    stop = low[:, None] + width * SAMPLES[first + 1]
    sign = np.take_along_axis(signs, first[:, :, None], axis=2)[:, :, 0]
    for _ in range(HALVINGS):
        middle = 0.5 * (start + stop)
        left = np.sign(_at(gap, _points(lines, middle, across), cells)) == sign
        start, stop = np.where(left, middle, start), np.where(left, stop, middle)
    return np.where(hit, 0.5 * (start + stop), high[:, None])
