"""Arrays that are densities: histograms (counts, edges), and probabilities that sum to 1."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.arrays import EPS
from gantheory.densities.discrete import Discrete
from gantheory.densities.foreign.kernel_estimates import normalised
from gantheory.densities.histogram import Histogram
from gantheory.densities.mixture import SUM_TOLERANCE

ONE = 1e-6  # how near to 1 the mass of a histogram of densities is, in single precision too


def from_arrays(x: Any) -> Any:
    """Return the density of an array, list or tuple, None if it is none.

    A pair (counts, edges) of numpy.histogram is a Histogram; numbers that are not negative and sum to
    1 up to the rounding of their type are the probabilities of 0, 1, ..., k - 1.
    """
    if not isinstance(x, (list, tuple, np.ndarray)):
        return None
    if _is_pair(x):
        return of_histogram(np.asarray(x[0]), np.asarray(x[1]))
    try:
        table = np.asarray(x)
    except ValueError:  # ragged
        return None
    if table.dtype.kind == "O":
        return Discrete(x) if all(isinstance(w, (int, float, Fraction)) for w in x) else None
    if table.ndim != 1 or not table.size or table.dtype.kind not in "fiu":
        return None
    return _probabilities(table)


def _is_pair(x: Any) -> bool:
    """Whether x is (counts, edges): two lists or arrays of numbers, the second one longer by one."""
    if not isinstance(x, (list, tuple)) or len(x) != 2:
        return False
    if not all(isinstance(side, (list, tuple, np.ndarray)) and len(side) for side in x):
        return False
    numbers = all(np.ndim(side) == 1 and np.asarray(side).dtype.kind in "fiu" for side in x)
    return numbers and len(x[1]) == len(x[0]) + 1


def _probabilities(table: Any) -> Discrete | None:
    coarse = float(np.finfo(table.dtype).eps) if table.dtype.kind == "f" else EPS
    with np.errstate(all="ignore"):
        off = abs(float(np.sum(table, dtype=np.float64)) - 1)
    if not (off <= max(len(table), 8) * coarse and np.all(table >= 0)):
        return None
    if off <= SUM_TOLERANCE * max(1, len(table) / 8):
        return Discrete(table)
    return Discrete(normalised(table))


def of_histogram(heights: Any, edges: Any, density: bool | None = None) -> Histogram:
    """Return a histogram of counts, or of densities; both are divided by their mass.

    Parameters
    ----------
    density:
        Whether heights are densities; by default, whether they are floats that have mass 1 as such.
    """
    wide = edges.astype(np.float64)
    if density is None:
        with np.errstate(all="ignore"):
            mass = float(np.sum(heights * np.diff(wide)))
        density = heights.dtype.kind == "f" and abs(mass - 1) <= ONE
    masses = normalised(heights)
    if density:
        ends = [Fraction(end) for end in wide.tolist()]
        areas = [
            mass * (high - low) for mass, low, high in zip(masses, ends, ends[1:], strict=False)
        ]
        total = sum(areas)
        masses = [area / total for area in areas]
    return Histogram(masses, edges)


def from_rv_histogram(x: Any) -> Histogram:
    """Return scipy's rv_histogram, its heights counts or densities as it was given."""
    heights, edges = map(np.asarray, x._histogram)
    widths = np.diff(edges)
    density = x._density
    if density is None:
        density = not np.allclose(widths, widths[0])
    return of_histogram(heights, edges, density=bool(density))
