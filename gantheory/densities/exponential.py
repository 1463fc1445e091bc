"""Exponential(rate)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import (
    NO_TAIL,
    Breaks,
    Density,
    Edge,
    Tail,
    local,
    local_error,
    require_positive,
)
from gantheory.densities.laplace import STEPS
from gantheory.densities.location_scale import Parametric
from gantheory.densities.standard import EXPONENTIAL, Standard


@dataclass(frozen=True, eq=False)
class Exponential(Parametric):
    """p(x) = rate exp(-rate x) for x >= 0.

    Parameters
    ----------
    rate:
        One over the mean, positive.

    Raises
    ------
    InvalidDensity
        If rate is not positive and finite.
    """

    rate: Any = 1.0

    def validate(self) -> None:
        """Refuse rate <= 0."""
        require_positive("Exponential", "rate", self.rate)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log rate - rate x, -inf for x < 0."""
        here = local(x, origin, 0.0)
        return np.where(here >= 0, np.log(self.rate) - self.rate * here, -np.inf)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Rate dx + rounding."""
        here = np.abs(local(x, origin, 0.0))
        return np.asarray(
            self.rate * local_error(x, origin, 0.0)
            + EPS * (2 * self.rate * here + abs(math.log(self.rate)) + 1)
        )

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """1 / rate + x."""
        return np.asarray(1 / self.rate + np.abs(local(x, origin, 0.0)))

    def standards(self) -> tuple[Standard, ...]:
        """e^-z for z > 0."""
        return (Standard(EXPONENTIAL, 0.0, 1 / self.rate, 1 / self.rate),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(rate_p / rate_q) - (rate_p - rate_q) x."""
        if not isinstance(other, Exponential):
            return None
        here, faster = local(x, origin, 0.0), self.rate - other.rate
        level = float(np.log1p(faster / other.rate))
        error = abs(faster) * local_error(x, origin, 0.0) + 4 * EPS * (
            np.abs(faster * here) + abs(level)
        )
        return np.where(here >= 0, level - faster * here, np.nan), error

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """1 - exp(-rate x)."""
        return np.asarray(-np.expm1(-self.rate * np.maximum(np.asarray(x, dtype=np.float64), 0.0)))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """exp(-rate x)."""
        return np.asarray(np.exp(-self.rate * np.maximum(np.asarray(x, dtype=np.float64), 0.0)))

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,) + batch_shape."""
        return np.asarray(rng.standard_exponential((n, *self.batch_shape)) / self.rate)

    @property
    def support(self) -> tuple[float, float]:
        """[0, inf)."""
        return 0.0, math.inf

    @property
    def landmarks(self) -> FloatArray:
        """The edge at 0, with scale 1 / rate."""
        return np.array([[0.0, 1 / self.rate]])

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The jump at 0."""
        return (Edge(0.0),)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Exponential on the right."""
        return NO_TAIL, Tail("exponential", rate=self.rate, constant=math.log(self.rate))

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels growing away from the edge."""
        return (Breaks(0.0, STEPS / self.rate),)
