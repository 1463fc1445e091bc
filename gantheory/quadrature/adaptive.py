"""Sums over cells, refined until two resolutions agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, CellSums, FloatArray, Rows, Totals
from gantheory.errors import Exhausted
from gantheory.quadrature.cells import OFF_MIDDLE, Cells
from gantheory.quadrature.rules import CHUNK, RULES

LEAST = 1e-300  # no error is smaller: numbers near it may have lost digits, or all of them
LARGEST_SAFETY = 50.0  # covers x^-0.97
PATIENCE = 4  # splits of the worst cells in which the error has to halve
Stopped = Literal["met", "limit", "time", "noise", "finest", "not finite"]
"""Tolerance met; out of evaluations, of time; no headway; no narrower cells; overflow or nan."""

Integrand = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(x, origin) -> values and bounds on their rounding, of shape (components, nodes)."""


@dataclass(frozen=True)
class Sums:
    """Integrals over cells: arrays of shape (components, cells); `error` is |Kronrod - Gauss|.

    `axis` is the one along which it is the larger.
    `doubt` is the least error of a cell, by a rule that looks further than its nodes.
    """

    value: CellSums
    error: CellSums
    rounding: CellSums
    size: CellSums
    axis: npt.NDArray[np.intp]
    doubt: CellSums | None = None

    def __getitem__(self, index: Any) -> Sums:
        return Sums(
            self.value[:, index],
            self.error[:, index],
            self.rounding[:, index],
            self.size[:, index],
            self.axis[:, index],
            None if self.doubt is None else self.doubt[:, index],
        )

    def joined(self, other: Sums) -> Sums:
        """Return both, one after the other."""
        names = [n for n in self.__dataclass_fields__ if getattr(self, n) is not None]
        pairs = {n: np.concatenate([getattr(self, n), getattr(other, n)], axis=-1) for n in names}
        return Sums(**pairs)

    def axis_of_worst(self, target: Totals) -> Rows:
        """Return the axis of the component whose error is the largest share of its target, per cell."""
        with np.errstate(invalid="ignore", over="ignore"):
            worst = np.argmax(self.error / target[:, None], axis=0)
        return np.asarray(self.axis[worst, np.arange(self.axis.shape[1])])

    def errors_with(self, safety: CellSums) -> CellSums:
        """Return max(safety |Kronrod - Gauss|, doubt)."""
        errors = self.error * safety
        return errors if self.doubt is None else np.asarray(np.maximum(errors, self.doubt))


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
    stopped: Stopped
    cells: Cells

    @property
    def converged(self) -> bool:
        """Whether the tolerance was met."""
        return self.stopped == "met"


def evaluate(f: Integrand, cells: Cells) -> Sums:
    """Return the Kronrod sums of f over each cell, |Kronrod - Gauss|, and the rounding bounds."""
    with np.errstate(over="ignore", invalid="ignore"):
        return reduce(Sums.joined, (_evaluate(f, some) for some in cells.chunks(CHUNK)))


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
        values, rounding = _weighted(values.reshape(-1, n, m), rounding, jacobian)
        fine = values @ kronrod
        error = np.abs(fine - values @ gauss)
        axis = np.zeros(fine.shape, dtype=np.intp)
        return Sums(fine, error, rounding @ kronrod, np.abs(values) @ kronrod, axis)
    (x, jx), (y, jy) = axes
    points = np.empty((n, m, m, 2))
    points[..., 0], points[..., 1] = x[:, :, None], y[:, None, :]
    origins = np.broadcast_to(cells.origin[:, None, None, :], points.shape)
    values, rounding = f(points.reshape(-1, 2), origins.reshape(-1, 2))
    return _sums_of_plane(values, rounding, jx[:, :, None] * jy[:, None, :])


def smooth_sums(values: FloatArray, rounding: FloatArray, cells: Cells) -> Sums:
    """Return the sums over cells of the plane of a smooth integrand, from its values at all nodes.

    Then Kronrod's error is far below |Kronrod - Gauss|: it is taken to be (200 |K - G| / S)^1.5 S, S the
    integral of |f|, as in QUADPACK (Piessens et al., 1983).
    """
    area = np.prod(0.5 * (cells.high - cells.low), axis=1)
    sums = _sums_of_plane(values, rounding, area[:, None, None])
    size = np.maximum(sums.size, LEAST)
    return replace(sums, error=np.minimum(sums.error, size * (200 * sums.error / size) ** 1.5))


def _sums_of_plane(values: FloatArray, rounding: FloatArray, jacobian: FloatArray) -> Sums:
    """Return the sums over cells of the plane, from values at all nodes, one cell after the other."""
    nodes, kronrod, gauss = RULES[2]
    shape = (-1, len(jacobian), len(nodes), len(nodes))
    values, rounding = _weighted(values.reshape(shape), rounding, jacobian)
    along_y, coarse_y = values @ kronrod, values @ gauss
    fine = along_y @ kronrod
    error_x, error_y = np.abs(fine - along_y @ gauss), np.abs(fine - coarse_y @ kronrod)
    size = np.abs(values) @ kronrod @ kronrod
    axis = np.where(error_x >= error_y, 0, 1).astype(np.intp)
    return Sums(fine, error_x + error_y, rounding @ kronrod @ kronrod, size, axis)


def _weighted(
    values: FloatArray, rounding: FloatArray, jacobian: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return both times the Jacobian; where there is anything, the rounding is at least LEAST."""
    rounding = rounding.reshape(values.shape)
    alive = (values != 0) | (rounding > 0)
    rounding = np.where(alive, np.maximum(rounding * np.abs(jacobian), LEAST), 0.0)
    return values * jacobian, rounding


def adapt(
    f: Integrand,
    cells: Cells,
    *,
    rtol: npt.ArrayLike,
    atol: npt.ArrayLike,
    limit: int,
    rule: Callable[[Integrand, Cells], Sums] | None = None,
    spent: Callable[[], int] | None = None,
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
        Evaluations: no cell is split that would take more, a second resolution of all cells included.
    rule:
        How to sum f over cells, `evaluate` by default.
    spent:
        Evaluations so far; by default those of f here. For a rule that evaluates more than f.

    Raises
    ------
    Exhausted
        By the integrand, before there is any sum; later its reason is why the integral `stopped`.

    Notes
    -----
    Where the limit leaves no more than the second resolution, or an eighth of it is spent and the
    error has not halved in PATIENCE splits of the worst cells (noise, oscillation that no affordable
    cell resolves), it takes the second resolution and stops.
    """
    rule = rule or evaluate
    counted = _Counted(f)
    spent = spent or (lambda: counted.points)
    before = spent()
    sums = rule(counted, cells)
    safety = np.ones_like(sums.error)
    per_cell = (spent() - before) / len(cells)
    # by how much the second resolution moved a cell's parent; inf before there was one
    moved = np.full_like(sums.error, np.inf)
    excess: list[float] = []
    last: Stopped | None = None  # why the second resolution that comes is the last step
    stopped: Stopped = "met"
    while True:
        value, error = _total(sums.value), _total(sums.errors_with(safety))
        target = np.maximum(np.maximum(atol, rtol * np.abs(value)), _total(sums.rounding))
        target = np.maximum(target, LEAST)
        axis = sums.axis_of_worst(target)
        movable = cells.splittable(axis)
        moved = np.where(np.isinf(moved) & ~movable & np.any(movable), 0.0, moved)
        change = _total(moved)
        if not np.all(np.isfinite(value)):
            stopped = "not finite"
            break
        if np.all(np.maximum(error, change) <= target):
            break
        if last:
            stopped = last
            break
        before = spent()
        splittable, at = movable & _unmoved(moved, target), OFF_MIDDLE
        if before >= limit / 8 and _stalled(excess):
            last = "noise"
        elif not np.all(error <= target):
            worst = movable & _worst(sums.errors_with(safety), target)
            excess.append(_excess(_total(sums.errors_with(np.ones_like(safety))), target))
            alone = np.isinf(moved).any(axis=0) & ~worst
            if before + (6 * np.sum(worst) + 2 * np.sum(alone)) * per_cell <= limit:
                splittable, at = worst, 0.5
            else:
                last = "limit"
        if not np.any(splittable) or before + 2 * np.sum(splittable) * per_cell > limit:
            stopped = "limit" if np.any(splittable) else "finest"
            break
        parents, children = cells[splittable], cells[splittable].split(axis[splittable], at)
        try:
            fresh = rule(counted, children)
        except Exhausted as fault:
            stopped = fault.stopped
            break
        per_cell = (spent() - before) / len(children)
        pairs = fresh.value[:, : len(parents)] + fresh.value[:, len(parents) :]
        off = 0.5 * np.abs(sums[splittable].value - pairs)
        fresh_moved = off if at == OFF_MIDDLE else np.full_like(off, np.inf)
        moved = np.concatenate([moved[:, ~splittable], fresh_moved, fresh_moved], axis=1)
        safety = np.concatenate(
            [safety[:, ~splittable], _safety_factors(sums[splittable], fresh)], axis=1
        )
        cells = cells[~splittable].joined(children)
        sums = sums[~splittable].joined(fresh)
    value, change = _total(sums.value), _total(moved)
    error = np.nan_to_num(_total(sums.errors_with(safety)), nan=np.inf, posinf=np.inf)
    size = np.nan_to_num(_total(sums.size), nan=np.inf, posinf=np.inf)
    # without a second resolution nothing vouches for the sum of differences
    final = np.maximum(error, np.where(np.isfinite(change), change, size))
    final = np.where(np.isfinite(value), final, np.inf)
    return Integral(
        value,
        final,
        _total(sums.rounding) + 4 * EPS * size,
        size,
        spent(),
        stopped,
        cells,
    )


class _Counted:
    """An integrand, and at how many points it was evaluated."""

    def __init__(self, f: Integrand) -> None:
        self.f, self.points = f, 0

    def __call__(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        self.points += len(x)
        return self.f(x, origin)


def _safety_factors(parents: Sums, children: Sums) -> CellSums:
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
    # where f was looked at between the nodes, a slow fall is counted there already
    most = 1e6 if children.doubt is None else LARGEST_SAFETY
    factor = np.where(both > 4 * noise, np.clip(factor, 1.0, most), 1.0)
    return np.concatenate([factor, factor], axis=1)


def _unmoved(moved: CellSums, target: Totals) -> npt.NDArray[np.bool_]:
    """Choose the cells without a second resolution; if there are none, those that it moved most."""
    alone = np.isinf(moved).any(axis=0)
    return alone if np.any(alone) else _worst(moved, target)


def _excess(error: Totals, target: Totals) -> float:
    """Return max error / target."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return float(np.max(np.nan_to_num(error / target, nan=0.0, posinf=np.inf)))


def _stalled(excess: list[float]) -> bool:
    """Whether error / target has not halved in the last PATIENCE splits."""
    return len(excess) > PATIENCE and not excess[-1] <= 0.5 * excess[-1 - PATIENCE]


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
