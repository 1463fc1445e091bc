"""Intervals and rectangles, each with an origin of its own, and how they are laid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import CellEnds

FloatArray = npt.NDArray[np.float64]

NARROWEST = 1e-305  # cells are not split further: what a pole holds in there is not resolved
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
    origin: list[FloatArray] = []
    low: list[FloatArray] = []
    high: list[FloatArray] = []
    for i, center in enumerate(centers):
        ends = np.concatenate(
            [
                [lows[i], highs[i]],
                *((c - center) + o for c, o in zip(centers, ends_of, strict=True)),
            ]
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
