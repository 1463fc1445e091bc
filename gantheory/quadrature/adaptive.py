"""Sums over cells, refined until two resolutions agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, CellSums, Totals
from gantheory.quadrature.cells import OFF_MIDDLE, Cells
from gantheory.quadrature.rules import CHUNK, RULES

FloatArray = npt.NDArray[np.float64]
Integrand = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(x, origin) -> values and bounds on their rounding, of shape (components, nodes)."""


@dataclass(frozen=True)
class Sums:
    """Integrals over cells: arrays of shape (components, cells); `error` is |Kronrod - Gauss|."""

    value: CellSums
    error: CellSums
    rounding: CellSums
    size: CellSums
    axis: npt.NDArray[np.intp]

    def __getitem__(self, index: Any) -> Sums:
        return Sums(
            self.value[:, index],
            self.error[:, index],
            self.rounding[:, index],
            self.size[:, index],
            self.axis[index],
        )

    def joined(self, other: Sums) -> Sums:
        """Return both, one after the other."""
        pairs = [
            np.concatenate([getattr(self, name), getattr(other, name)], axis=-1)
            for name in ("value", "error", "rounding", "size", "axis")
        ]
        return Sums(*pairs)


@dataclass(frozen=True)
class Integral:
    """What `adapt` found, one entry a component.

    `error` is the discretisation error, `rounding` that of the integrand; `size` is ∫|f|.
    """

    value: Totals
    error: Totals
    rounding: Totals
    size: Totals
    evaluations: int
    converged: bool
    cells: Cells


def evaluate(f: Integrand, cells: Cells) -> Sums:
    """Return the Kronrod sums of f over each cell, |Kronrod - Gauss|, and the rounding bounds."""
    with np.errstate(over="ignore", invalid="ignore"):
        return _evaluate_in_chunks(f, cells)


def _evaluate_in_chunks(f: Integrand, cells: Cells) -> Sums:
    per_cell = len(RULES[cells.dim][0]) ** cells.dim
    step = max(1, CHUNK // per_cell)
    parts = [_evaluate(f, cells[i : i + step]) for i in range(0, len(cells), step)]
    result = parts[0]
    for part in parts[1:]:
        result = result.joined(part)
    return result


def _axis_nodes(cells: Cells, axis: int, nodes: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return nodes of one axis relative to the origin, and their Jacobians: (cells, m) each."""
    low, high = cells.low[:, axis, None], cells.high[:, axis, None]
    # the two ends enter symmetrically, so that nodes near 0 keep their relative precision
    plain = np.where(
        nodes < 0,
        low + (high - low) * (0.5 * (1 + nodes)),
        high - (high - low) * (0.5 * (1 - nodes)),
    )
    jacobian = np.broadcast_to(0.5 * (high - low), plain.shape)
    ends = cells.ends[:, axis, None]
    if not np.any(ends):
        return plain, jacobian
    scale = cells.scale[:, axis, None]
    u = np.where(ends != 0, plain, 1.0)
    with np.errstate(over="ignore"):
        mapped, stretch = ends * scale * (1 - u) / u, scale / u**2
    return np.where(ends != 0, mapped, plain), np.where(ends != 0, jacobian * stretch, jacobian)


def _evaluate(f: Integrand, cells: Cells) -> Sums:
    nodes, kronrod, gauss = RULES[cells.dim]
    n, m = len(cells), len(nodes)
    axes = [_axis_nodes(cells, axis, nodes) for axis in range(cells.dim)]
    if cells.dim == 1:
        (x, jacobian), origin = axes[0], np.broadcast_to(cells.origin, (n, m))
        values, rounding = f(x.ravel(), origin.ravel())
        values = values.reshape(-1, n, m) * jacobian
        rounding = rounding.reshape(-1, n, m) * np.abs(jacobian)
        fine = values @ kronrod
        error = np.abs(fine - values @ gauss)
        axis = np.zeros(n, dtype=np.intp)
        return Sums(fine, error, rounding @ kronrod, np.abs(values) @ kronrod, axis)
    (x, jx), (y, jy) = axes
    points = np.empty((n, m, m, 2))
    points[..., 0], points[..., 1] = x[:, :, None], y[:, None, :]
    origins = np.broadcast_to(cells.origin[:, None, None, :], points.shape)
    jacobian = jx[:, :, None] * jy[:, None, :]
    values, rounding = f(points.reshape(-1, 2), origins.reshape(-1, 2))
    values = values.reshape(-1, n, m, m) * jacobian
    rounding = rounding.reshape(-1, n, m, m) * np.abs(jacobian)
    along_y, coarse_y = values @ kronrod, values @ gauss
    fine = along_y @ kronrod
    error_x, error_y = np.abs(fine - along_y @ gauss), np.abs(fine - coarse_y @ kronrod)
    axis = np.where(error_x.max(axis=0) >= error_y.max(axis=0), 0, 1).astype(np.intp)
    size = np.abs(values) @ kronrod @ kronrod
    return Sums(fine, error_x + error_y, rounding @ kronrod @ kronrod, size, axis)


def adapt(
    f: Integrand,
    cells: Cells,
    *,
    rtol: npt.ArrayLike,
    atol: npt.ArrayLike,
    limit: int,
    rule: Callable[[Integrand, Cells], Sums] | None = None,
) -> Integral:
    """Return ∫ f over the cells, split where it is needed, confirmed at a second resolution.

    Parameters
    ----------
    f:
        See `Integrand`.
    cells:
        Where to start.
    rtol, atol:
        Tolerances, one for all components or one each; met by the larger of the two.
    limit:
        Evaluations after which no cell is split any more.
    rule:
        How to sum f over cells, `evaluate` unless another is given.
    """
    rule = rule or evaluate
    per_cell = len(RULES[cells.dim][0]) ** cells.dim
    sums = rule(f, cells)
    caution = np.ones_like(sums.error)
    used = len(cells) * per_cell
    change = np.full(len(sums.value), np.inf)
    while True:
        value, error = _total(sums.value), _total(sums.error * caution)
        if not np.all(np.isfinite(value)):
            met = np.zeros(len(value), dtype=bool)
            break
        target = np.maximum(np.maximum(atol, rtol * np.abs(value)), _total(sums.rounding))
        met = np.maximum(error, change) <= target
        if np.all(met) or used >= limit:
            break
        if np.all(error <= target):
            chosen, at = np.ones(len(cells), dtype=bool), OFF_MIDDLE
        else:
            chosen, at = _worst(sums.error * caution, target), 0.5
        splittable = cells.splittable(sums.axis) & chosen
        if not np.any(splittable):
            break
        parents, children = cells[splittable], cells[splittable].split(sums.axis[splittable], at)
        fresh = rule(f, children)
        used += len(children) * per_cell
        pairs = fresh.value[:, : len(parents)] + fresh.value[:, len(parents) :]
        moved = _total(np.abs(sums[splittable].value - pairs))
        change = moved if at == OFF_MIDDLE else np.full(len(moved), np.inf)
        caution = np.concatenate(
            [caution[:, ~splittable], _caution(sums[splittable], fresh)], axis=1
        )
        cells = cells[~splittable].joined(children)
        sums = sums[~splittable].joined(fresh)
    value = _total(sums.value)
    error = np.nan_to_num(_total(sums.error * caution), nan=np.inf, posinf=np.inf)
    size = np.nan_to_num(_total(sums.size), nan=np.inf, posinf=np.inf)
    # without a second resolution nothing vouches for the sum of differences
    final = np.maximum(error, np.where(np.isfinite(change), change, size))
    final = np.where(np.isfinite(value), final, np.inf)
    return Integral(
        value,
        final,
        _total(sums.rounding) + 4 * EPS * size,
        size,
        used,
        bool(np.all(met)),
        cells,
    )


def _caution(parents: Sums, children: Sums) -> CellSums:
    """Return factors for |Kronrod - Gauss| of the children, above 1 where it falls off slowly.

    At an algebraic singularity both rules err to the same side, by errors that scale as (nodes)^-2s
    and shrink by ρ = 2^-s with every split: Kronrod's own is |Kronrod - Gauss| / (2.1^2s - 1), which
    is the larger the closer ρ is to 1. Where |Kronrod - Gauss| is rounding, ρ means nothing.
    """
    n = parents.error.shape[1]
    both = children.error[:, :n] + children.error[:, n:]
    noise = children.rounding[:, :n] + children.rounding[:, n:]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio = np.clip(np.nan_to_num(both / parents.error), 1e-9, 1.0)
        factor = 1.5 / (ratio ** (-2 * math.log2(2.1)) - 1)
    factor = np.where(both > 4 * noise, np.clip(factor, 1.0, 1e6), 1.0)
    return np.concatenate([factor, factor], axis=1)


def _worst(errors: CellSums, target: Totals) -> npt.NDArray[np.bool_]:
    """Choose the cells whose errors, largest first, leave less than half the target to the others."""
    chosen = np.zeros(errors.shape[1], dtype=bool)
    for error, goal in zip(errors, target, strict=True):
        if not np.sum(error) <= goal:
            order = np.argsort(error)
            rest = np.cumsum(error[order])
            chosen[order[~(rest <= 0.5 * goal)]] = True
    return chosen


def _total(parts: FloatArray) -> FloatArray:
    """Return the sum over the cells, smallest first."""
    return np.asarray(np.sum(np.sort(parts, axis=-1), axis=-1))
