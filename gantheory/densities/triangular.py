"""Triangular(low, mode, high)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, LOG_2, FloatArray
from gantheory.densities.base import (
    NO_TAIL,
    Breaks,
    Edge,
    Tail,
    local,
    local_error,
    require_ascending,
)
from gantheory.densities.location_scale import Parametric
from gantheory.densities.panel_ends import doubling
from gantheory.densities.standard import RAMP, Standard
from gantheory.errors import InvalidDensity

CLOSEST = 2.0**-70  # innermost panel at an edge where the density vanishes, relative to the width


@dataclass(frozen=True, eq=False)
class Triangular(Parametric):
    """p(x) = 2 (x - low) / ((high - low)(mode - low)) up to the mode, and likewise down from it.

    Parameters
    ----------
    low, mode, high:
        low <= mode <= high and low < high.

    Raises
    ------
    InvalidDensity
        If the order is another or a parameter is not finite.
    """

    low: Any
    mode: Any
    high: Any

    def validate(self) -> None:
        """Refuse low >= high and a mode outside."""
        require_ascending("Triangular", "low", self.low, "high", self.high)
        if not np.all((np.asarray(self.low) <= self.mode) & (np.asarray(self.mode) <= self.high)):
            raise InvalidDensity(
                f"Triangular(low={self.low!r}, mode={self.mode!r}, high={self.high!r}): "
                "the mode must lie between low and high"
            )

    def heights(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> FloatArray:
        """Distance to the nearer end in units of its side, in [0, 1]; negative outside."""
        with np.errstate(divide="ignore", invalid="ignore"):
            left = local(x, origin, self.low) / np.subtract(self.mode, self.low)
            right = -local(x, origin, self.high) / np.subtract(self.high, self.mode)
        return np.asarray(np.where(local(x, origin, self.mode) < 0, left, right))

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log(2 height / (high - low))."""
        height = self.heights(x, origin)
        at_corner = np.isnan(height)  # 0/0 on a vertical side: the corner belongs to the triangle
        with np.errstate(divide="ignore", invalid="ignore"):
            level = np.log(np.where(at_corner, 1.0, height)) + np.log(
                2 / np.subtract(self.high, self.low)
            )
        return np.where((height >= 0) | at_corner, level, -np.inf)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """dx / distance to the end + rounding."""
        left = np.abs(local(x, origin, self.low))
        right = np.abs(local(x, origin, self.high))
        with np.errstate(divide="ignore", invalid="ignore"):
            input_error = np.where(
                local(x, origin, self.mode) < 0,
                local_error(x, origin, self.low) / left,
                local_error(x, origin, self.high) / right,
            )
        level = np.where(
            np.isfinite(self.logpdf(x, origin=origin)), self.logpdf(x, origin=origin), 0
        )
        return np.nan_to_num(input_error, posinf=1.0) + 2 * EPS * (3 + np.abs(level))

    def standards(self) -> tuple[Standard, ...]:
        """A ramp up to the mode, and one down from there; neither where it is a vertical side."""
        width = np.subtract(self.high, self.low)
        up, down = np.subtract(self.mode, self.low), np.subtract(self.mode, self.high)
        return tuple(
            Standard(RAMP, end, side, np.where(side == 0, np.inf, width), -LOG_2, end=self.mode)
            for end, side in ((self.low, up), (self.high, down))
        )

    def width_of(self, name: str) -> float:
        """The shortest side."""
        sides = (self.mode - self.low, self.high - self.mode)
        return float(min(side for side in sides if side > 0))

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """1 / distance from a moved end + 1 / its side + 1 / (high - low), on that side; less beyond."""
        width, side = self.high - self.low, self.width_of(name)
        if name == "mode":
            return np.full(np.shape(x), 1 / side)
        away = local(x, origin, self.low) if name == "low" else -local(x, origin, self.high)
        return np.asarray(1 / np.maximum(np.abs(away), self.roundings[name]) + 1 / side + 1 / width)

    def cdf_parameter_error(self, x: FloatArray) -> FloatArray:
        """4 / (high - low) Σ |float - exact| on the support."""
        moved = math.fsum(self.roundings.values())
        inside = (x >= self.low - moved) & (x <= self.high + moved)
        return np.where(inside, 4 * moved / (self.high - self.low), 0.0)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """(x - low)² / ((high - low)(mode - low)) up to the mode, 1 - sf beyond."""
        x = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high)
        return np.where(x <= self.mode, self._rise(x), 1 - self._fall(x))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """(high - x)² / ((high - low)(high - mode)) beyond the mode, 1 - cdf up to it."""
        x = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high)
        return np.where(x <= self.mode, 1 - self._rise(x), self._fall(x))

    def _rise(self, x: FloatArray) -> FloatArray:
        width, side = np.subtract(self.high, self.low), np.subtract(self.mode, self.low)
        return np.asarray((x - self.low) ** 2 / (width * np.where(side > 0, side, 1.0)))

    def _fall(self, x: FloatArray) -> FloatArray:
        width, side = np.subtract(self.high, self.low), np.subtract(self.high, self.mode)
        return np.asarray((self.high - x) ** 2 / (width * np.where(side > 0, side, 1.0)))

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,) + batch_shape."""
        return rng.triangular(self.low, self.mode, self.high, size=(n, *self.batch_shape))

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
        """The vertical sides that do not stand at a float64."""
        amount = self.roundings.get
        return tuple(
            (at, max(amount(end, 0.0), amount("mode", 0.0)))
            for end, at in (("low", self.low), ("high", self.high))
            if at == self.mode and (amount(end) or amount("mode"))
        )

    @property
    def landmarks(self) -> FloatArray:
        """The two ends and the mode."""
        return np.array([[self.low, 0.0], [self.mode, 0.0], [self.high, 0.0]])

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Zeros of first order at the ends (a jump where a side is vertical), a kink at the mode."""
        low = Edge(self.low, 1.0 if self.mode > self.low else 0.0)
        high = Edge(self.high, 1.0 if self.mode < self.high else 0.0)
        return low, Edge(self.mode), high

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None."""
        return NO_TAIL, NO_TAIL

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels that halve towards the ends, where the logarithm is singular."""
        steps = (self.high - self.low) * np.concatenate([[0.0], doubling(CLOSEST, 0.25)])
        return (
            Breaks(self.low, steps),
            Breaks(self.mode, np.zeros(1)),
            Breaks(self.high, -steps[::-1]),
        )
