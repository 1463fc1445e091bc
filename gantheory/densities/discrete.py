"""Discrete(weights, points): a distribution on finitely many points, with counting measure."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import accumulate
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density, rounding_of
from gantheory.densities.mixture import check_weights
from gantheory.errors import InvalidDensity, brief

FEW = 16  # points that are shown one by one


@dataclass(frozen=True, eq=False)
class Discrete(Density):
    """P(X = points[k]) = weights[k]; its density is with respect to counting measure.

    Parameters
    ----------
    weights:
        Shape (n,), not negative, summing to 1 up to rounding.
    points:
        Shape (n,) on the line or (n, 2) in the plane, all different, each a float64; 0, 1, ..., n - 1
        by default.
    unseen:
        Bound on mass at points that are not listed, and that the weights leave out: a Poisson
        distribution has more points than can be listed.
    weight_error:
        Bound on the relative error of each weight, where these were computed.

    Raises
    ------
    InvalidDensity
        If the weights are off, a point is not a finite float64 or occurs twice, or the numbers differ.
    """

    weights: Any
    points: Any = None
    unseen: float = 0.0
    weight_error: float = 0.0
    exact_weights: tuple[Fraction, ...] = field(init=False, repr=False)
    discrete: ClassVar[bool] = True

    def __post_init__(self) -> None:
        try:
            n = len(self.weights)
        except TypeError:
            n = 0
        if n == 0:
            raise InvalidDensity(
                f"Discrete(weights={brief(self.weights)}): give at least one weight"
            )
        if not (0 <= self.unseen < 1 and 0 <= self.weight_error < 1):
            raise InvalidDensity(
                f"Discrete(unseen={self.unseen!r}, weight_error={self.weight_error!r}): give bounds in "
                "[0, 1)"
            )
        weights, exact = check_weights(self.weights, n, family="Discrete", unseen=self.unseen)
        points = np.arange(n) * 1.0 if self.points is None else _points(self.points)
        if points.shape not in {(n,), (n, 2)} or not np.all(np.isfinite(points)):
            raise InvalidDensity(
                f"Discrete(points={brief(self.points)}): give {n} finite points, of shape ({n},) or "
                f"({n}, 2)"
            )
        if len(np.unique(points, axis=0)) != n:
            raise InvalidDensity("Discrete: a point occurs twice; add up its weights")
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "points", points)
        object.__setattr__(self, "exact_weights", exact)
        object.__setattr__(self, "dim", points.ndim)

    def __repr__(self) -> str:
        if len(self.weights) > FEW:
            low, high = self.support
            return f"<Discrete distribution on {len(self.weights)} points from {low} to {high}>"
        return f"Discrete({self.weights.tolist()}, {self.points.tolist()})"

    def index_of(self, x: npt.ArrayLike) -> npt.NDArray[np.intp]:
        """Position of every x among the points, -1 where it is not one of them."""
        x = np.asarray(x, dtype=np.float64)
        if self.dim == 1:
            order = np.argsort(self.points)
            place = np.searchsorted(self.points, x, sorter=order)
            place = order[np.minimum(place, len(order) - 1)]
            return np.where(self.points[place] == x, place, -1)
        same = np.all(x[..., None, :] == self.points, axis=-1)
        return np.where(np.any(same, axis=-1), np.argmax(same, axis=-1), -1)

    def exact_masses(self) -> list[tuple[Any, Fraction]]:
        """Pairs (point, weight): a float, or two as a tuple, and the weight as it was given."""
        points = self.points.tolist()
        keys = points if self.dim == 1 else map(tuple, points)
        return list(zip(keys, self.exact_weights, strict=True))

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """Log of the weight at origin + x, -inf off the points."""
        index = self.index_of(np.add(origin, x, dtype=np.float64))
        with np.errstate(divide="ignore"):
            return np.where(index >= 0, np.log(self.weights[index]), -np.inf)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Rounding of one logarithm."""
        level = self.logpdf(x, origin=origin)
        return np.finfo(float).eps * (1 + np.where(np.isfinite(level), np.abs(level), 0.0))

    @cached_property
    def roundings(self) -> FloatArray:
        """How far each weight may lie from the true one, relatively: shape (n,)."""
        pairs = zip(self.weights.tolist(), self.exact_weights, strict=True)
        rounded = np.array([rounding_of(w, e) / w if w else 0.0 for w, e in pairs])
        return rounded + self.weight_error

    @property
    def rounded(self) -> bool:
        """Whether a weight was given exactly and is not a float64, or is not known exactly."""
        return bool(np.any(self.roundings))

    @property
    def approximate(self) -> bool:
        """Whether points are left out, or weights are not known exactly."""
        return self.unseen > 0 or self.weight_error > 0

    @cached_property
    def excess(self) -> float:
        """By how much the weights as they were given exceed 1 together."""
        return float(sum(self.exact_weights) - 1)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|float - exact| / weight."""
        index = self.index_of(np.add(origin, x, dtype=np.float64))
        return np.where(index >= 0, self.roundings[index], 0.0)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(1 + (p - q)/q), the difference formed first."""
        if not isinstance(other, Discrete):
            return None
        here, there = (d.index_of(origin + x) for d in (self, other))
        both = (here >= 0) & (there >= 0)
        p, q = np.where(both, self.weights[here], 1.0), np.where(both, other.weights[there], 1.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(both, np.log1p((p - q) / q), np.nan)
            return ratio, 4 * np.finfo(float).eps * np.abs(ratio)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """P(X <= x), for points of the line."""
        points, below = self._cumulated
        return np.asarray(below[np.searchsorted(points, x, side="right")])

    @cached_property
    def _cumulated(self) -> tuple[FloatArray, FloatArray]:
        """The points in order, and the mass of the first 0, 1, ... of them, summed exactly."""
        order = np.argsort(self.points)
        weights = (self.exact_weights[k] for k in order)
        below = [float(mass) for mass in accumulate(weights, initial=Fraction(0))]
        return self.points[order], np.array(below)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,) or (n, 2)."""
        shares = self.weights / self.weights.sum()
        return np.asarray(self.points[rng.choice(len(shares), size=n, p=shares)])

    @property
    def support(self) -> tuple[Any, Any]:
        """The smallest interval or rectangle around the points."""
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        if self.dim == 1:
            return float(low), float(high)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))

    @property
    def landmarks(self) -> FloatArray:
        """Every point, with scale 0."""
        return np.column_stack([self.points, np.zeros(len(self.weights))])


def _points(given: Any) -> FloatArray:
    """Return points as floats, an empty array for what is not a table of numbers.

    Raises
    ------
    InvalidDensity
        If a point is a number but not a float64: two that differ could become one.
    """
    try:
        table = np.asarray(given)
        if table.dtype.kind in "OU":
            table = np.asarray(given, dtype=object)
            exact = [Fraction(x.item() if isinstance(x, np.generic) else x) for x in table.ravel()]
            points = np.array([float(x) for x in exact]).reshape(table.shape)
            same = all(Fraction(p) == x for p, x in zip(points.ravel(), exact, strict=True))
        else:
            points = table.astype(np.float64)
            same = np.array_equal(points.astype(table.dtype), table, equal_nan=True)
    except (TypeError, ValueError, OverflowError):
        return np.empty(0)
    if not same:
        raise InvalidDensity(
            f"Discrete(points={brief(given)}): a point is not a float64; write float(x) for each if "
            "its nearest float64 is what you mean"
        )
    return points
