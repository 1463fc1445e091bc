"""Where real samples come from: a density, or rows that somebody collected."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities import Density, as_density, grid, ring

NAMED = {"ring": ring, "grid": grid}


@dataclass(frozen=True)
class Data:
    """What the discriminator is shown.

    Attributes
    ----------
    points:
        Shape (n, d): the rows there are, None if samples are drawn from the density.
    density:
        Their density, where it is known.
    """

    points: FloatArray | None
    density: Density | None

    @property
    def dim(self) -> int:
        """Width of a sample."""
        if self.points is not None:
            return int(self.points.shape[1])
        return 0 if self.density is None else self.density.dim

    @property
    def modes(self) -> tuple[FloatArray, float] | None:
        """Centres (K, d) and common standard deviation of a mixture of equal round normals."""
        parts = getattr(self.density, "parts", None)
        if not parts or self.density is None or self.density.dim != 2:
            return None
        covs: list[Any] = [getattr(part, "cov", None) for _, part in parts]
        if any(cov is None or not np.array_equal(cov, covs[0]) for cov in covs):
            return None
        (a, b), (_, d) = np.asarray(covs[0])
        if b != 0 or a != d:
            return None
        return np.array([part.mean for _, part in parts]), math.sqrt(a)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n samples, shape (n, d): fresh ones of the density, or rows drawn with replacement."""
        if self.points is not None:
            return np.asarray(self.points[rng.integers(len(self.points), size=n)])
        if self.density is None:
            raise ValueError("Data(points=None, density=None): give one of them")
        return np.asarray(self.density.sample(n, rng)).reshape(n, self.dim)


def as_data(given: Any) -> Data:
    """Return the data that is meant.

    Parameters
    ----------
    given:
        "ring" or "grid"; a density of the project or a frozen scipy.stats distribution; an array of
        shape (n, d), or (n,) for samples on the line; or Data.

    Raises
    ------
    ValueError
        If an array is empty, has one row, an entry that is not finite, or a column that does not vary;
        or the name is unknown.
    TypeError
        If it is something else.
    """
    if isinstance(given, Data):
        return given
    if isinstance(given, str):
        if given not in NAMED:
            raise ValueError(f"data {given!r} is unknown: write one of {', '.join(NAMED)}")
        return Data(None, NAMED[given]())
    if isinstance(given, (np.ndarray, list, tuple)):
        return Data(checked_points(np.asarray(given)), None)
    return Data(None, as_density(given))


def checked_points(rows: npt.NDArray[Any]) -> FloatArray:
    """Return rows of samples as float64, shape (n, d), after looking at each."""
    if rows.dtype.kind not in "fiu":
        raise ValueError(f"points of dtype {rows.dtype}: give numbers, one sample a row")
    points = rows.astype(np.float64)
    if points.ndim == 1:
        points = points[:, None]
    if points.ndim != 2 or points.shape[1] == 0:
        raise ValueError(f"points of shape {rows.shape}: give (n, d), one sample a row")
    if len(points) < 2:
        raise ValueError(f"points of shape {rows.shape}: give two samples at least")
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        raise ValueError(
            f"points: row {bad[0]} is {points[bad[0]].tolist()}; {len(bad)} of {len(points)} rows "
            "are not finite: leave them out"
        )
    still = np.flatnonzero(points.max(axis=0) == points.min(axis=0))
    if len(still):
        raise ValueError(
            f"points: column {still[0]} is {points[0, still[0]]} in every row: it has no variance, "
            "so no density; leave it out"
        )
    return points
