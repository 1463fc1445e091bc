"""Histogram(weights, bin_edges): a piecewise constant density."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, Rows, detached
from gantheory.densities.base import (
    NO_TAIL,
    Breaks,
    Density,
    Density1D,
    Edge,
    Tail,
    parameter,
    rounding_of,
)
from gantheory.densities.mixture import check_weights
from gantheory.densities.tails import union_of_intervals
from gantheory.errors import InvalidDensity, brief


@dataclass(frozen=True, eq=False)
class Histogram(Density1D):
    """p(x) = weights[k] / (bin_edges[k + 1] - bin_edges[k]) in bin k, 0 outside of all bins.

    Parameters
    ----------
    weights:
        Shape (n,), the probability of each bin: not negative, summing to 1 up to rounding. Counts, as
        `numpy.histogram` returns them, are divided by their sum where a density is expected: hand its
        whole result over, as in js_divergence(numpy.histogram(x), Normal(0, 1)).
    bin_edges:
        Shape (n + 1,), ascending, each a float64.

    Raises
    ------
    InvalidDensity
        If the weights are off, or the edges are not ascending finite float64s, one more than weights.
    """

    weights: Any
    bin_edges: Any
    exact_weights: tuple[Fraction, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        edges = _ascending(self.bin_edges)
        weights, exact = check_weights(self.weights, len(edges) - 1, family="Histogram")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "bin_edges", edges)
        object.__setattr__(self, "exact_weights", exact)

    def __repr__(self) -> str:
        return f"<Histogram of {len(self.weights)} bins on [{self.bin_edges[0]}, {self.bin_edges[-1]}]>"

    # --- values ----------------------------------------------------------------------------------

    def bin_of(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> Rows:
        """The bin of origin + x, as if that were not rounded; -1 or n outside of all."""
        x, origin = np.asarray(x, dtype=np.float64), np.asarray(origin, dtype=np.float64)
        at = origin + x
        back = at - origin
        lost = (origin - (at - back)) + (x - back)  # origin + x - at, exactly (Knuth, 1969)
        k = np.searchsorted(self.bin_edges, at, side="right") - 1
        k = np.where((lost < 0) & (at == self.bin_edges[np.maximum(k, 0)]), k - 1, k)
        return np.where((at == self.bin_edges[-1]) & (lost <= 0), len(self.weights) - 1, k)

    @cached_property
    def levels(self) -> FloatArray:
        """Log density in each bin, and -inf outside: shape (n + 1,), the last for both sides."""
        with np.errstate(divide="ignore"):
            levels = np.log(self.weights) - np.log(np.diff(self.bin_edges))
        return np.append(levels, -np.inf)

    def _outside_last(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> Rows:
        """The bin, n outside of all."""
        k = self.bin_of(x, origin)
        return np.where(k < 0, len(self.weights), k)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """Log of weight / width of the bin."""
        return np.asarray(self.levels[self._outside_last(x, origin)])

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Rounding of the width and of two logarithms."""
        with np.errstate(divide="ignore"):
            sizes = np.abs(np.log(self.weights)) + np.abs(np.log(np.diff(self.bin_edges)))
        errors = np.append(np.where(self.weights > 0, EPS * (2 + 2 * sizes), 0.0), 0.0)
        return np.asarray(errors[self._outside_last(x, origin)])

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(1 + (p - q) / q) in bins that both have, the difference of the weights formed first."""
        if not isinstance(other, Histogram):
            return None
        bins = [(h, h._outside_last(x, origin)) for h in (self, other)]
        (low, high), (a, b) = (
            (np.append(h.bin_edges[:-1], 0)[k], np.append(h.bin_edges[1:], 0)[k]) for h, k in bins
        )
        p, q = (np.append(h.weights, 0)[k] for h, k in bins)
        same = (low == a) & (high == b) & (p > 0) & (q > 0)
        ratio = np.log1p(np.where(same, p - q, 0.0) / np.where(same, q, 1.0))
        return np.where(same, ratio, np.nan), 4 * EPS * np.abs(ratio)

    @cached_property
    def roundings(self) -> FloatArray:
        """How far each weight lies from what was given, relatively, and 0 outside: shape (n + 1,)."""
        pairs = zip(self.weights.tolist(), self.exact_weights, strict=True)
        return np.array([rounding_of(w, e) / w if w else 0.0 for w, e in pairs] + [0.0])

    @property
    def rounded(self) -> bool:
        """Whether a weight was given exactly and is not a float64."""
        return bool(np.any(self.roundings))

    @cached_property
    def excess(self) -> float:
        """By how much the weights as they were given exceed 1 together."""
        return float(sum(self.exact_weights) - 1)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|float - exact| / weight."""
        return np.asarray(self.roundings[self._outside_last(x, origin)])

    @cached_property
    def _cumulated(self) -> tuple[FloatArray, FloatArray]:
        """Mass below and mass above each edge, summed exactly: shape (n + 1,) both."""
        below = [float(s) for s in accumulate(self.exact_weights, initial=Fraction(0))]
        above = [float(s) for s in accumulate(self.exact_weights[::-1], initial=Fraction(0))]
        return np.array(below), np.array(above[::-1])

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Mass of the bins below, and the share of its own bin that is below x."""
        k, share = self._share(x, 0)
        return np.asarray(self._cumulated[0][k] + self.weights[k] * share)

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """Mass of the bins above, and the share of its own bin that is above x."""
        k, share = self._share(x, 1)
        return np.asarray(self._cumulated[1][k + 1] + self.weights[k] * share)

    def _share(self, x: npt.ArrayLike, side: int) -> tuple[Rows, FloatArray]:
        """The bin of x, or the nearest one, and how much of it lies below (0) or above (1)."""
        at = np.clip(np.asarray(x, dtype=np.float64), self.bin_edges[0], self.bin_edges[-1])
        k = np.minimum(np.searchsorted(self.bin_edges, at, side="right") - 1, len(self.weights) - 1)
        return k, np.abs(at - self.bin_edges[k + side]) / np.diff(self.bin_edges)[k]

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,); the bin of each is drawn first."""
        k = rng.choice(len(self.weights), size=n, p=self.weights / self.weights.sum())
        return np.asarray(rng.uniform(self.bin_edges[k], self.bin_edges[k + 1]))

    # --- structure -------------------------------------------------------------------------------

    @property
    def support(self) -> tuple[float, float]:
        """From the first to the last bin that has mass; `pieces` leaves out the gaps."""
        return self.pieces[0][0], self.pieces[-1][1]

    @cached_property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """The bins that have mass, neighbours joined."""
        bins = zip(self.bin_edges.tolist(), self.bin_edges[1:].tolist(), self.weights, strict=False)
        return union_of_intervals([(low, high) for low, high, weight in bins if weight > 0])

    @property
    def landmarks(self) -> FloatArray:
        """Every edge."""
        return np.column_stack([self.bin_edges, np.zeros(len(self.bin_edges))])

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """A jump at every edge."""
        return tuple(Edge(at) for at in self.bin_edges.tolist())

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None."""
        return NO_TAIL, NO_TAIL

    def breaks(self) -> tuple[Breaks, ...]:
        """Every edge."""
        return tuple(Breaks(at, np.zeros(1)) for at in self.bin_edges.tolist())


def _ascending(given: Any) -> FloatArray:
    """Return edges as float64s.

    Raises
    ------
    InvalidDensity
        If they are not finite, ascending float64s, or fewer than two.
    """
    given = detached(given)
    pairs = [parameter("Histogram", "bin_edges", edge) for edge in np.ravel(given)]
    edges = np.array([value for value, _ in pairs], dtype=np.float64)
    if any(rounding_of(value, exact) for value, exact in pairs):
        raise InvalidDensity(
            f"Histogram(bin_edges={brief(given)}): an edge is not a float64; write float(x) for each if "
            "its nearest float64 is what you mean"
        )
    if np.ndim(given) != 1 or len(edges) < 2 or not np.all(np.diff(edges) > 0):
        raise InvalidDensity(
            f"Histogram(bin_edges={brief(given)}): give at least two edges in ascending order, shape "
            "(n + 1,) for n weights"
        )
    return edges
