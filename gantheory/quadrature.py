"""Integrals on the line and in the plane that know how wrong they may be.

The rule is the Gauss-Kronrod pair (10, 21) on the line and the tensor product of the pair (7, 15) in
the plane (Piessens et al., QUADPACK, 1983, for the pairs), on cells that are laid out from landmarks
and split, all that need it at once, until the tolerance is met. Every cell carries its own origin, so
that a node close to a landmark keeps its full relative precision.

The reported error is never one difference of two rules alone. When the sum of the differences
|Kronrod - Gauss| meets the tolerance, every cell is split once more, off its middle, and the integral
is taken again: the error is the larger of the new sum of differences and the change between the two
resolutions, plus the rounding of the integrand.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate, route

FloatArray = npt.NDArray[np.float64]
Integrand = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(x, origin) -> values and bounds on their rounding, of shape (components, nodes)."""

INTEGRATORS = {1: "Gauss-Kronrod panels", 2: "Gauss-Kronrod cells"}
CHUNK = 400_000  # nodes evaluated at once: bounds the memory
NARROWEST = 1e-305  # cells are not split further: what a pole holds in there is not resolved
OFF_MIDDLE = 0.43  # where the second resolution splits a cell
SPREAD = np.array([0.0, 0.75, 1.5, 2.25, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0])

# notation: K21/K15 = Kronrod's nodes and weights on [-1, 1], positive half, largest node first;
# every second node belongs to the Gauss rule
_K21 = np.array(
    [
        [0.995657163025808080735527280689003, 0.011694638867371874278064396062192],
        [0.973906528517171720077964012084452, 0.032558162307964727478818972459390],
        [0.930157491355708226001207180059508, 0.054755896574351996031381300244580],
        [0.865063366688984510732096688423493, 0.075039674810919952767043140916190],
        [0.780817726586416897063717578345042, 0.093125454583697605535065465083366],
        [0.679409568299024406234327365114874, 0.109387158802297641899210590325805],
        [0.562757134668604683339000099272694, 0.123491976262065851077958109585166],
        [0.433395394129247190799265943165784, 0.134709217311473325928054001771707],
        [0.294392862701460198131126603103866, 0.142775938577060080797094273138717],
        [0.148874338981631210884826001129720, 0.147739104901338491374841515972068],
        [0.0, 0.149445554002916905664936468389821],
    ]
)
_G10 = np.array(
    [
        0.066671344308688137593568809893332,
        0.149451349150580593145863396957698,
        0.219086362515982043995534934228163,
        0.269266719309996355091226921569469,
        0.295524224714752870173815619188769,
    ]
)
_K15 = np.array(
    [
        [0.991455371120812639206854697526329, 0.022935322010529224963732008058970],
        [0.949107912342758524526189684047851, 0.063092092629978553290700663189204],
        [0.864864423359769072789712788640926, 0.104790010322250183839876322541518],
        [0.741531185599394439863864773280788, 0.140653259715525918745189590510238],
        [0.586087235467691130294144691693113, 0.169004726639267902826583426598550],
        [0.405845151377397166906606412076961, 0.190350578064785409913256402421014],
        [0.207784955007898467600689403773245, 0.204432940075298892414161999234649],
        [0.0, 0.209482141084727828012999174891714],
    ]
)
_G7 = np.array(
    [
        0.129484966168869693270611432679082,
        0.279705391489276667901467771423780,
        0.381830050505118944950369775488975,
        0.417959183673469387755102040816327,
    ]
)


def _pair(kronrod: FloatArray, gauss: FloatArray, *, middle: bool) -> tuple[FloatArray, ...]:
    """Return nodes, Kronrod weights and Gauss weights (0 off the Gauss nodes) on [-1, 1]."""
    half = np.zeros(len(kronrod))
    half[1::2] = gauss
    nodes = np.concatenate([-kronrod[:, 0], kronrod[-2::-1, 0]])
    weights = np.concatenate([kronrod[:, 1], kronrod[-2::-1, 1]])
    coarse = np.concatenate([half, half[-2::-1]])
    if middle and not coarse[len(kronrod) - 1]:
        raise ArithmeticError("the Gauss rule of odd order has a node in the middle")
    return nodes, weights, coarse


RULES = {1: _pair(_K21, _G10, middle=False), 2: _pair(_K15, _G7, middle=True)}


@dataclass(frozen=True)
class Cells:
    """Intervals or rectangles, each with an origin of its own.

    Attributes
    ----------
    origin, low, high:
        Shape (n, dim); the cell is origin + [low, high].
    ends:
        Shape (n, dim): 0, or 1 / -1 where the axis is mapped from [0, 1) to the right / left half
        line that starts at the origin, x = ± scale u / (1 - u).
    scale:
        Shape (n, dim): scale of that map.
    """

    origin: FloatArray
    low: FloatArray
    high: FloatArray
    ends: npt.NDArray[np.int8]
    scale: FloatArray

    @classmethod
    def plain(cls, origin: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> Cells:
        """Return cells without mapped ends."""
        o, a, b = (np.atleast_2d(np.asarray(v, dtype=np.float64)) for v in (origin, low, high))
        return cls(o, a, b, np.zeros(o.shape, dtype=np.int8), np.ones(o.shape))

    def __len__(self) -> int:
        return len(self.low)

    @property
    def dim(self) -> int:
        """1 or 2."""
        return int(self.low.shape[1])

    def __getitem__(self, index: Any) -> Cells:
        return Cells(*(getattr(self, name)[index] for name in self.__dataclass_fields__))

    def joined(self, other: Cells) -> Cells:
        """Return both, one after the other."""
        return Cells(
            *(
                np.concatenate([getattr(self, name), getattr(other, name)])
                for name in self.__dataclass_fields__
            )
        )

    def split(self, axis: npt.NDArray[np.intp], at: float) -> Cells:
        """Return the two parts of every cell, first all lower ones, then all upper ones."""
        rows = np.arange(len(self))
        cut = self.low[rows, axis] * (1 - at) + self.high[rows, axis] * at
        high, low = self.high.copy(), self.low.copy()
        high[rows, axis] = cut
        low[rows, axis] = cut
        return Cells(self.origin, self.low, high, self.ends, self.scale).joined(
            Cells(self.origin, low, self.high, self.ends, self.scale)
        )

    def splittable(self, axis: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Whether a float64 lies strictly between the two ends of that axis."""
        rows = np.arange(len(self))
        low, high = self.low[rows, axis], self.high[rows, axis]
        cut = low * (1 - OFF_MIDDLE) + high * OFF_MIDDLE
        return (low < cut) & (cut < high) & (high - low > NARROWEST)


@dataclass(frozen=True)
class Sums:
    """Integrals over cells: arrays of shape (components, cells)."""

    value: FloatArray
    error: FloatArray
    rounding: FloatArray
    size: FloatArray
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

    value: FloatArray
    error: FloatArray
    rounding: FloatArray
    size: FloatArray
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
    u = np.where(nodes < 0, low + (high - low) * (0.5 * (1 + nodes)), high - (high - low) * (0.5 * (1 - nodes)))
    jacobian = np.broadcast_to(0.5 * (high - low), u.shape)
    ends = cells.ends[:, axis, None]
    if not np.any(ends):
        return u, jacobian
    scale = cells.scale[:, axis, None]
    away = 1 - np.where(ends != 0, u, 0.0)
    mapped = ends * scale * u / away
    return np.where(ends != 0, mapped, u), np.where(ends != 0, jacobian * scale / away**2, jacobian)


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
    used = len(cells) * per_cell
    change = np.full(len(sums.value), np.inf)
    while True:
        value, error = _total(sums.value), _total(sums.error)
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
            chosen, at = _worst(sums, target), 0.5
        splittable = cells.splittable(sums.axis) & chosen
        if not np.any(splittable):
            break
        parents, children = cells[splittable], cells[splittable].split(sums.axis[splittable], at)
        fresh = rule(f, children)
        used += len(children) * per_cell
        pairs = fresh.value[:, : len(parents)] + fresh.value[:, len(parents) :]
        moved = _total(np.abs(sums[splittable].value - pairs))
        change = moved if at == OFF_MIDDLE else np.full(len(moved), np.inf)
        cells = cells[~splittable].joined(children)
        sums = sums[~splittable].joined(fresh)
    value = _total(sums.value)
    error = np.nan_to_num(_total(sums.error), nan=np.inf)
    size = np.nan_to_num(_total(sums.size), nan=np.inf)
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


def _worst(sums: Sums, target: FloatArray) -> npt.NDArray[np.bool_]:
    """Choose the cells whose errors, largest first, leave less than half the target to the others."""
    chosen = np.zeros(sums.error.shape[1], dtype=bool)
    for error, goal in zip(sums.error, target, strict=True):
        if not np.sum(error) <= goal:
            order = np.argsort(error)
            rest = np.cumsum(error[order])
            chosen[order[~(rest <= 0.5 * goal)]] = True
    return chosen


def _total(parts: FloatArray) -> FloatArray:
    """Return the sum over the cells, smallest first."""
    return np.sum(np.sort(parts, axis=-1), axis=-1)


# --- laying out cells -----------------------------------------------------------------------------


def panels(breaks: Sequence[tuple[float, FloatArray]]) -> Cells:
    """Return intervals that end at center + offset for all landmarks, each local to its nearest one.

    Parameters
    ----------
    breaks:
        Pairs (center, offsets). The line is cut half-way between neighbouring centers, so that every
        interval is measured from the center it is closest to.
    """
    merged: dict[float, list[FloatArray]] = {}
    for center, offsets in breaks:
        merged.setdefault(float(center), []).append(np.asarray(offsets, dtype=np.float64))
    centers = np.array(sorted(merged))
    offsets = [np.concatenate([*merged[c], [0.0]]) for c in centers]
    gaps = np.diff(centers)
    lows = np.concatenate([[_reach(centers, offsets, 0, np.min)], -0.5 * gaps])
    highs = np.concatenate([0.5 * gaps, [_reach(centers, offsets, -1, np.max)]])
    origin, low, high = [], [], []
    for i, center in enumerate(centers):
        ends = np.concatenate(
            [[lows[i], highs[i]], *((c - center) + o for c, o in zip(centers, offsets, strict=True))]
        )
        ends = np.unique(ends[(ends >= lows[i]) & (ends <= highs[i])])
        low.append(ends[:-1])
        high.append(ends[1:])
        origin.append(np.full(len(ends) - 1, center))
    return Cells.plain(*(np.concatenate(part)[:, None] for part in (origin, low, high)))


def _reach(
    centers: FloatArray, offsets: list[FloatArray], index: int, extreme: Callable[..., Any]
) -> float:
    """Return how far all offsets reach, measured from one of the centers."""
    return float(
        extreme([(c - centers[index]) + extreme(o) for c, o in zip(centers, offsets, strict=True)])
    )


def grid(axes: Sequence[Cells]) -> Cells:
    """Return the rectangles whose sides are the given intervals, one list of intervals an axis."""
    index = [part.ravel() for part in np.meshgrid(*(np.arange(len(a)) for a in axes), indexing="ij")]
    columns = {
        name: np.concatenate(
            [getattr(axis, name)[i] for axis, i in zip(axes, index, strict=True)], axis=1
        )
        for name in Cells.__dataclass_fields__
    }
    return Cells(**columns)


# --- the public integral --------------------------------------------------------------------------


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
        Vectorised: takes points of shape (n,) in 1-D or (n, 2) in 2-D and returns n values, or shape
        (n, ...) for a batch.
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
    error = np.nan_to_num(error, nan=np.inf)
    converged = error <= np.maximum(np.maximum(atol, rtol * np.abs(found.value)), 2 * found.rounding)
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
    if sides.shape not in {(1, 2), (2, 2)} or np.any(np.isnan(sides)) or np.any(sides[:, 0] >= sides[:, 1]):
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
        cells = cells.joined(Cells(np.array([[stop]]), zero, one, np.array([[1]], dtype=np.int8), scale))
    return cells
