"""Intervals and rectangles, each with an origin of its own, how they are laid out, and surveyed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import CellEnds, FloatArray, Rows
from gantheory.quadrature.rules import RULES

SPREAD = np.array([0.0, 0.75, 1.5, 2.25, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0])
SEED = 20100301
STRATA = {1: 2048, 2: 128}  # of the survey, an axis
FAR_STRATA = {1: 512, 2: 32}  # an infinite side, in geometric progression
FAR = (1e-2, 1e4)  # where that begins and ends, in scales
NARROWEST = 1e-305  # cells are not split further: what a pole holds in there is not resolved
GROWTH = 10.0  # of the distances of a panel's ends from the landmark that it is measured from
LIKE = 8.0  # how many times as wide a panel may be as the one that it is joined to
OFF_MIDDLE = 0.43  # where the second resolution splits a cell


@dataclass(frozen=True)
class Cells:
    """Intervals or rectangles, each with an origin of its own.

    Attributes
    ----------
    origin, low, high:
        Shape (n, dim); the cell is origin + [low, high].
    ends:
        Shape (n, dim): 0, or 1 / -1 where the axis is mapped from (0, 1] to the right / left half
        line that starts at the origin, x = ± scale (1 - u) / u: infinity is at u = 0, where floats
        are dense.
    scale:
        Shape (n, dim): scale of that map.
    """

    origin: CellEnds
    low: CellEnds
    high: CellEnds
    ends: npt.NDArray[np.int8]
    scale: CellEnds

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

    def chunks(self, nodes: int) -> Iterator[Cells]:
        """Yield as many cells as have so many nodes, one part after the other."""
        step = max(1, nodes // len(RULES[self.dim][0]) ** self.dim)
        for start in range(0, len(self), step):
            yield self[start : start + step]

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

    def coarsened(self, n: int) -> Cells:
        """Return intervals each of which joins n neighbours of one side of one origin, of like widths.

        Where they are measured from there may be a kink, or a jump; in a wide panel joined to a narrow
        one no node would see what the narrow one is for.
        """
        apart = np.diff(self.origin[:, 0], prepend=np.nan) != 0
        steps = np.diff(np.log((self.high - self.low)[:, 0]), prepend=0.0)
        apart |= (self.low[:, 0] == 0) | (np.abs(steps) > math.log(LIKE))
        first = np.flatnonzero(apart)
        sizes = np.diff(np.append(first, len(self)))
        place = np.arange(len(self)) - np.repeat(first, sizes)
        starts = np.flatnonzero(place % n == 0)
        joined = self[starts]
        return replace(joined, high=self.high[np.append(starts[1:], len(self)) - 1])

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Return where the cells begin and end, origin included, of shape (n, dim) each."""
        with np.errstate(divide="ignore"):
            near, far = (self.scale * (1 - u) / u for u in (self.high, self.low))
        low = np.where(self.ends > 0, near, np.where(self.ends < 0, -far, self.low))
        high = np.where(self.ends > 0, far, np.where(self.ends < 0, -near, self.high))
        return self.origin + low, self.origin + high

    def locate(
        self, points: FloatArray, rows: npt.NDArray[np.intp]
    ) -> tuple[FloatArray, FloatArray]:
        """Return t in [-1, 1] of points (m, dim), each in the cell of its row, and dx/dt."""
        low, high, scale = self.low[rows], self.high[rows], self.scale[rows]
        offset = points - self.origin[rows]
        mapped = self.ends[rows] != 0
        u = np.where(mapped, scale / (scale + np.abs(offset)), offset)
        stretch = np.where(mapped, scale / np.where(mapped, u, 1.0) ** 2, 1.0)
        return ((u - low) - (high - u)) / (high - low), 0.5 * (high - low) * stretch

    def splittable(self, axis: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
        """Whether a float64 lies strictly between the two ends of that axis."""
        rows = np.arange(len(self))
        low, high = self.low[rows, axis], self.high[rows, axis]
        cut = low * (1 - OFF_MIDDLE) + high * OFF_MIDDLE
        return np.asarray((low < cut) & (cut < high) & (high - low > NARROWEST))


def panels(breaks: Sequence[tuple[float, FloatArray]]) -> Cells:
    """Return intervals that end at center + offset for all landmarks, each local to its nearest one.

    Parameters
    ----------
    breaks:
        Pairs (center, offsets). The line is cut half-way between neighbouring centers, so that
        every interval is measured from the center it is closest to.
    """
    merged: dict[float, list[FloatArray]] = {}
    for center, offsets in breaks:
        merged.setdefault(float(center), []).append(np.asarray(offsets, dtype=np.float64))
    centers = np.array(sorted(merged))
    ends_of = [np.concatenate([*merged[c], [0.0]]) for c in centers]
    gaps = np.diff(centers)
    lows = np.concatenate([[_reach(centers, ends_of, 0, np.min)], -0.5 * gaps])
    highs = np.concatenate([0.5 * gaps, [_reach(centers, ends_of, -1, np.max)]])
    offsets = np.concatenate(ends_of)
    centers_of = np.repeat(centers, [len(ends) for ends in ends_of])
    origin: list[FloatArray] = []
    low: list[FloatArray] = []
    high: list[FloatArray] = []
    for i, center in enumerate(centers):
        ends = np.concatenate([[lows[i], highs[i]], (centers_of - center) + offsets])
        ends = np.unique(ends[(ends >= lows[i]) & (ends <= highs[i])])
        low.append(ends[:-1])
        high.append(ends[1:])
        origin.append(np.full(len(ends) - 1, center))
    return Cells.plain(*(np.concatenate(part)[:, None] for part in (origin, low, high)))


@np.errstate(all="ignore")
def graded(cells: Cells) -> Cells:
    """Return panels of which none ends more than GROWTH times as far from its origin as it begins."""
    low, high = cells.low[:, 0], cells.high[:, 0]
    begins, grows = np.log(np.abs(low)), np.log(np.abs(high)) - np.log(np.abs(low))
    wide = (low * np.sign(high) > 0) & (np.abs(grows) > math.log(GROWTH))
    pieces = np.where(wide, np.ceil(np.abs(grows) / math.log(GROWTH)), 1).astype(int)
    row = np.repeat(np.arange(len(cells)), pieces)
    place = np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces)

    def end(k: npt.NDArray[np.intp]) -> FloatArray:
        inner = np.sign(low[row]) * np.exp(begins[row] + k / pieces[row] * grows[row])
        return np.where(k == 0, low[row], np.where(k == pieces[row], high[row], inner))[:, None]

    return replace(cells[row], low=end(place), high=end(place + 1))


def _reach(
    centers: FloatArray, offsets: list[FloatArray], index: int, extreme: Callable[..., Any]
) -> float:
    """Return how far all offsets reach, measured from one of the centers."""
    return float(
        extreme([(c - centers[index]) + extreme(o) for c, o in zip(centers, offsets, strict=True)])
    )


def grid(axes: Sequence[Cells]) -> Cells:
    """Return the rectangles whose sides are the given intervals, one list of intervals an axis."""
    index = [
        part.ravel() for part in np.meshgrid(*(np.arange(len(a)) for a in axes), indexing="ij")
    ]
    columns = {
        name: np.concatenate(
            [getattr(axis, name)[i] for axis, i in zip(axes, index, strict=True)], axis=1
        )
        for name in Cells.__dataclass_fields__
    }
    return Cells(**columns)


def axis_landmarks(landmarks: Sequence[Any], axis: int, dim: int) -> list[tuple[float, float]]:
    """Return (center, scale) along one axis."""
    rows = []
    for mark in landmarks:
        row = np.atleast_1d(np.asarray(mark, dtype=np.float64))
        row = np.append(row, 0.0) if len(row) == dim else row
        if row.shape != (dim + 1,) or not np.all(np.isfinite(row)) or row[-1] < 0:
            wanted = "(center, scale) or a number" if dim == 1 else "(x, y, scale)"
            raise ValueError(f"landmark {mark!r}: write {wanted}, finite, with scale >= 0")
        rows.append((float(row[axis]), float(row[-1])))
    return rows


def axis_cells(side: tuple[float, float], landmarks: list[tuple[float, float]]) -> Cells:
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


def strata(cells: Cells, dim: int) -> FloatArray:
    """Return where the strata of one axis end: even between its landmarks' ends, geometric beyond."""
    low, high = cells.bounds()
    ends = np.concatenate([low, high]).ravel()
    finite = ends[np.isfinite(ends)]
    far = np.max(cells.scale[cells.ends != 0], initial=0) * np.geomspace(*FAR, FAR_STRATA[dim])
    edges = np.linspace(finite.min(), finite.max(), STRATA[dim] + 1)
    left = finite.min() - far[::-1] if np.any(cells.ends < 0) else far[:0]
    right = finite.max() + far if np.any(cells.ends > 0) else far[:0]
    return np.unique(np.concatenate([left, edges, right]))


class Survey:
    """f at one point, drawn once, of each stratum of the domain."""

    def __init__(self, f: Callable[[FloatArray], FloatArray], edges: list[FloatArray]) -> None:
        self.edges = edges
        shape = tuple(len(e) - 1 for e in edges)
        index = np.stack([i.ravel() for i in np.indices(shape)], axis=1)
        low, high = (
            np.stack([e[index[:, a] + up] for a, e in enumerate(edges)], axis=1) for up in (0, 1)
        )
        self.widths = high - low
        self.points = low + self.widths * np.random.default_rng(SEED).uniform(size=low.shape)
        with np.errstate(over="ignore", invalid="ignore"):
            self.values = f(self.points[:, 0] if len(edges) == 1 else self.points)
        self.evaluations = len(self.points)
        self.size = np.abs(self.values) @ np.prod(self.widths, axis=1)

    def inside(self, cells: Cells) -> tuple[Rows, Rows]:
        """Return pairs (row of a cell, index of a point) that may lie in it."""
        low, high = cells.bounds()
        first, count = [], []
        for axis, edges in enumerate(self.edges):
            begin = np.searchsorted(edges, low[:, axis], side="right") - 1
            end = np.searchsorted(edges, high[:, axis], side="left")
            first.append(np.clip(begin, 0, len(edges) - 1))
            count.append(np.clip(end, 0, len(edges) - 1) - first[-1])
        per_cell = np.prod(count, axis=0)
        rows = np.repeat(np.arange(len(cells)), per_cell)
        index = np.arange(len(rows)) - np.repeat(np.cumsum(per_cell) - per_cell, per_cell)
        if len(self.edges) == 1:
            return rows, first[0][rows] + index
        across, along = np.divmod(index, count[1][rows])
        return rows, (first[0][rows] + across) * (len(self.edges[1]) - 1) + first[1][rows] + along
