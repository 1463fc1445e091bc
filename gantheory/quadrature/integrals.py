"""The public integral of a function of the user's."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate, route
from gantheory.quadrature.adaptive import adapt
from gantheory.quadrature.cells import Cells, grid, panels
from gantheory.quadrature.rules import INTEGRATORS, RULES

FloatArray = npt.NDArray[np.float64]
SPREAD = np.array([0.0, 0.75, 1.5, 2.25, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0])


def integrate(
    f: Callable[[FloatArray], npt.ArrayLike],
    domain: Sequence[Any],
    *,
    landmarks: Sequence[Any] = (),
    rtol: float = 1e-10,
    atol: float = 0.0,
    limit: int = 4_000_000,
) -> Estimate:
    """∫ f over an interval or a rectangle, finite or infinite.

    Parameters
    ----------
    f:
        Vectorised: takes points of shape (n,) in 1-D or (n, 2) in 2-D and returns n values, or
        shape (n, ...) for a batch.
    domain:
        (low, high), or ((low, high), (low, high)); ends may be infinite.
    landmarks:
        Where f has structure: (center, scale) in 1-D, (x, y, scale) in 2-D, or a bare number for a
        jump or kink. A feature narrower than the domain that is not declared here may be missed.
    rtol, atol:
        The integral is split until its error is at most max(atol, rtol |value|).
    limit:
        Evaluations after which it gives up.

    Returns
    -------
    Estimate
        value ± error, an array of the batch's shape for a batch; route "Gauss-Kronrod panels" (1-D)
        or "Gauss-Kronrod cells" (2-D). The error is the change between two resolutions or the sum
        of |Kronrod - Gauss|, whichever is larger, plus rounding.

    Raises
    ------
    NotConverged
        If the tolerance is not met within `limit`; `.best` is the Estimate so far.
    ValueError
        If domain, landmarks or tolerances are malformed, or f returns nan or a wrong shape.
    """
    sides = _check_domain(domain)
    _check_tolerances(rtol, atol, limit)
    axes = [
        _axis_cells(side, _axis_landmarks(landmarks, axis, len(sides)))
        for axis, side in enumerate(sides)
    ]
    wrapped = _Plain(f, len(sides))
    found = adapt(wrapped, grid(axes), rtol=rtol, atol=atol, limit=limit)
    error = found.error + found.rounding
    shape = wrapped.batch_shape
    error = np.nan_to_num(error, nan=np.inf, posinf=np.inf)
    allowed = np.maximum(np.maximum(atol, rtol * np.abs(found.value)), 2 * found.rounding)
    converged = np.isfinite(error) & (error <= allowed)
    estimate = Estimate(
        np.nan_to_num(found.value, nan=0.0, posinf=0.0, neginf=0.0).reshape(shape),
        np.where(np.isfinite(found.value), error, np.inf).reshape(shape),
        route=route(INTEGRATORS[len(sides)], getattr(f, "__qualname__", "f")),
        evaluations=found.evaluations,
        magnitude=found.size.reshape(shape),
        converged=bool(converged[0]) if shape == () else converged.reshape(shape),
    )
    if not np.all(converged):
        raise NotConverged(
            f"∫ {getattr(f, '__qualname__', 'f')} over {tuple(sides)}: error "
            f"{np.max(error):.1e} after {found.evaluations} evaluations; declare the "
            "landmarks (center, scale) of the integrand, or raise limit",
            estimate,
        )
    return estimate


class _Plain:
    """A user's f(x) as an `Integrand`: values checked, rounding of the nodes accounted for."""

    def __init__(self, f: Callable[[FloatArray], npt.ArrayLike], dim: int) -> None:
        self.f, self.dim = f, dim
        self.batch_shape: tuple[int, ...] = ()

    def __call__(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        points = origin + x
        name = getattr(self.f, "__qualname__", "f")
        values = np.asarray(self.f(points.copy()))
        if values.dtype.kind not in "fiu" or values.shape[:1] != points.shape[:1]:
            raise ValueError(
                f"{name} returned {values.dtype} of shape {values.shape} for points of shape "
                f"{points.shape}; it must return one real number for each point"
            )
        if np.any(np.isnan(values)):
            where = points[np.isnan(values).reshape(len(points), -1).any(axis=1)][0]
            raise ValueError(f"{name} returned nan at {where}")
        self.batch_shape = values.shape[1:]
        flat = np.moveaxis(values.astype(np.float64).reshape(len(points), -1), 0, -1)
        return flat, 8 * EPS * np.abs(flat) + self._wobble(flat, points)

    def _wobble(self, values: FloatArray, points: FloatArray) -> FloatArray:
        """|f'| times the rounding of a node, f' from the neighbouring nodes of the cell."""
        m = len(RULES[self.dim][0])
        shape = (len(values), -1, *(m,) * self.dim)
        block = values.reshape(shape)
        total = np.zeros(block.shape)
        for axis in range(self.dim):
            at = -self.dim + axis
            coordinate = (points if self.dim == 1 else points[:, axis]).reshape(shape[1:])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                slope = np.abs(np.diff(block, axis=at) / np.diff(coordinate, axis=at))
            slope = np.nan_to_num(slope, nan=0.0, posinf=0.0)
            ends = [(0, 0)] * block.ndim
            ends[at] = (1, 1)
            padded = np.pad(slope, ends, mode="edge")
            near = np.maximum(
                np.take(padded, range(m), axis=at), np.take(padded, range(1, m + 1), axis=at)
            )
            total += near * EPS * np.abs(coordinate)
        return total.reshape(values.shape)


def _check_domain(domain: Sequence[Any]) -> list[tuple[float, float]]:
    try:
        sides = np.atleast_2d(np.asarray(domain, dtype=np.float64))
    except (TypeError, ValueError):
        sides = np.empty((0, 0))
    if (
        sides.shape not in {(1, 2), (2, 2)}
        or np.any(np.isnan(sides))
        or np.any(sides[:, 0] >= sides[:, 1])
    ):
        raise ValueError(
            f"domain={domain!r}: write (low, high) or ((low, high), (low, high)) with low < high"
        )
    return [(float(low), float(high)) for low, high in sides]


def _check_tolerances(rtol: float, atol: float, limit: int) -> None:
    if not (0 <= rtol < 1 and 0 <= atol < math.inf and rtol + atol > 0):
        raise ValueError(f"rtol={rtol!r}, atol={atol!r}: both not negative, one positive, rtol < 1")
    if not limit > 0:
        raise ValueError(f"limit={limit!r}: give a positive number of evaluations")


def _axis_landmarks(landmarks: Sequence[Any], axis: int, dim: int) -> list[tuple[float, float]]:
    rows = []
    for mark in landmarks:
        row = np.atleast_1d(np.asarray(mark, dtype=np.float64))
        row = np.append(row, 0.0) if len(row) == dim else row
        if row.shape != (dim + 1,) or not np.all(np.isfinite(row)) or row[-1] < 0:
            wanted = "(center, scale) or a number" if dim == 1 else "(x, y, scale)"
            raise ValueError(f"landmark {mark!r}: write {wanted}, finite, with scale >= 0")
        rows.append((float(row[axis]), float(row[-1])))
    return rows


def _axis_cells(side: tuple[float, float], landmarks: list[tuple[float, float]]) -> Cells:
    """Return the intervals of one axis: panels at the landmarks, mapped ends where it is infinite."""
    low, high = side
    if not landmarks and not (math.isfinite(low) and math.isfinite(high)):
        finite = [end for end in side if math.isfinite(end)]
        landmarks = [(finite[0] if finite else 0.0, 1.0)]
    inside = [(c, s) for c, s in landmarks if low <= c <= high]
    marks = [(c, s * np.concatenate([-SPREAD[:0:-1], SPREAD])) for c, s in inside]
    reach = [c + o for c, offsets in marks for o in offsets]
    start = low if math.isfinite(low) else min(reach, default=0.0)
    stop = high if math.isfinite(high) else max(reach, default=0.0)
    marks += [(start, np.zeros(1)), (stop, np.zeros(1))]
    clipped = [(c, o[(c + o >= start) & (c + o <= stop)]) for c, o in marks]
    cells = panels(clipped)
    width = max(s for _, s in landmarks) if landmarks else 1.0
    scale = np.array([[max(width, 1e-300)]]) if width > 0 else np.ones((1, 1))
    zero, one = np.zeros((1, 1)), np.ones((1, 1))
    if not math.isfinite(low):
        left = Cells(np.array([[start]]), zero, one, np.array([[-1]], dtype=np.int8), scale)
        # the left half line is run through outwards; its orientation is restored by |Jacobian|
        cells = left.joined(cells)
    if not math.isfinite(high):
        cells = cells.joined(
            Cells(np.array([[stop]]), zero, one, np.array([[1]], dtype=np.int8), scale)
        )
    return cells
