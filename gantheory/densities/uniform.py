"""Uniform(low, high)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import NO_TAIL, Breaks, Density, Edge, Tail, local, require_ascending
from gantheory.densities.location_scale import Parametric
from gantheory.densities.standard import UNIFORM, Standard


@dataclass(frozen=True, eq=False)
class Uniform(Parametric):
    """p(x) = 1 / (high - low) on [low, high], 0 elsewhere.

    Parameters
    ----------
    low, high:
        The ends, low < high.

    Raises
    ------
    InvalidDensity
        If high does not exceed low or a parameter is not finite.
    """

    low: Any = 0.0
    high: Any = 1.0

    def validate(self) -> None:
        """Refuse low >= high."""
        require_ascending("Uniform", "low", self.low, "high", self.high)

    def inside(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether low <= origin + x <= high."""
        above, below = local(x, origin, self.low) >= 0, local(x, origin, self.high) <= 0
        return np.asarray(above & below)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-log(high - low) inside, -inf outside."""
        level = -np.log(np.subtract(self.high, self.low))
        return np.where(self.inside(x, origin), level, -np.inf)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Rounding of one logarithm."""
        return np.full(np.shape(x), EPS * (2 + abs(float(np.log(self.high - self.low)))))

    def width_of(self, name: str) -> float:
        """Return high - low."""
        return float(self.high - self.low)

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """1 / (high - low), for both ends."""
        return np.full(np.shape(x), 1 / self.width_of(name))

    def standards(self) -> tuple[Standard, ...]:
        """1 for 0 < z < 1."""
        width = np.subtract(self.high, self.low)
        return (Standard(UNIFORM, self.low, width, width, end=self.high),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(width_q / width_p) where both live."""
        if not isinstance(other, Uniform):
            return None
        wider = (other.high - self.high) - (other.low - self.low)
        level = float(np.log1p(wider / (self.high - self.low)))
        here, there = self.inside(x, origin), other.inside(x, origin)
        outside = np.where(here, np.inf, np.where(there, -np.inf, np.nan))
        return np.where(here & there, level, outside), np.full(np.shape(x), 4 * EPS * abs(level))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """(x - low) / (high - low), clipped to [0, 1]."""
        return np.asarray(
            np.clip(local(x, 0.0, self.low) / np.subtract(self.high, self.low), 0.0, 1.0)
        )

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """(high - x) / (high - low), clipped to [0, 1]."""
        return np.asarray(
            np.clip(-local(x, 0.0, self.high) / np.subtract(self.high, self.low), 0.0, 1.0)
        )

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,) + batch_shape."""
        return rng.uniform(self.low, self.high, size=(n, *self.batch_shape))

    @property
    def support(self) -> tuple[Any, Any]:
        """[low, high]."""
        return self.low, self.high

    @property
    def exact_pieces(self) -> tuple[tuple[Any, Any], ...]:
        """[low, high], the ends as they were given."""
        return ((self.exact["low"], self.exact["high"]),)

    @property
    def rounded_ends(self) -> tuple[tuple[float, float], ...]:
        """The ends that are not float64s."""
        return tuple((getattr(self, name), amount) for name, amount in self.roundings.items())

    @property
    def landmarks(self) -> FloatArray:
        """The two edges."""
        return np.array([[self.low, 0.0], [self.high, 0.0]])

    @property
    def edges(self) -> tuple[Edge, ...]:
        """A jump at either end."""
        return Edge(self.low), Edge(self.high)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None."""
        return NO_TAIL, NO_TAIL

    def breaks(self) -> tuple[Breaks, ...]:
        """The two edges."""
        return Breaks(self.low, np.zeros(1)), Breaks(self.high, np.zeros(1))
