"""Laplace(loc, scale)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, LOG_2, FloatArray
from gantheory.densities.base import Breaks, Density, Edge, Tail, local, local_error
from gantheory.densities.location_scale import LocationScale
from gantheory.densities.standard import LAPLACE, Standard

REACH = 100.0  # e^-100 = 4e-44
STEPS = np.array(
    [0.0, 1.0, 2.0, 4.0, 6.0, 9.0, 12.0, 16.0, 20.0, 26.0, 34.0, 45.0, 60.0, 80.0, REACH]
)


@dataclass(frozen=True, eq=False)
class Laplace(LocationScale):
    """p(x) = exp(-|x - loc| / scale) / (2 scale).

    Parameters
    ----------
    loc:
        Median, where the kink is.
    scale:
        Mean absolute deviation, positive.

    Raises
    ------
    InvalidDensity
        If scale is not positive or a parameter is not finite.
    """

    loc: Any = 0.0
    scale: Any = 1.0

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-|x - loc| / scale - log(2 scale)."""
        return np.asarray(-np.abs(local(x, origin, self.loc)) / self.scale - np.log(2 * self.scale))

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|dz| + rounding."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        dz = local_error(x, origin, self.loc) / self.scale
        return np.asarray(dz + EPS * (2 * z + np.abs(np.log(2 * self.scale)) + 1))

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """1 / scale for the location, (|z| + 1) / scale for the scale."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        return np.asarray(((z if name == "scale" else 0 * z) + 1) / self.scale)

    def standards(self) -> tuple[Standard, ...]:
        """e^-|z| / 2."""
        return (Standard(LAPLACE, self.loc, self.scale, self.scale, LOG_2),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(s_q / s_p) + |x - m_p| (1/s_q - 1/s_p) + (|x - m_q| - |x - m_p|) / s_q."""
        if not isinstance(other, Laplace):
            return None
        x_p, x_q = local(x, origin, self.loc), local(x, origin, other.loc)
        step = self.loc - other.loc
        same_side = np.sign(x_p) == np.sign(x_q)
        shift = np.where(same_side, np.sign(x_p) * step, np.abs(x_q) - np.abs(x_p)) / other.scale
        slope = (self.scale - other.scale) / (self.scale * other.scale)
        log_scales = np.log1p((other.scale - self.scale) / self.scale)
        error = (
            local_error(x, origin, self.loc) * abs(slope)
            + np.where(same_side, 0.0, local_error(x, origin, other.loc) / other.scale)
            + 4 * EPS * (np.abs(x_p * slope) + np.abs(shift) + abs(log_scales))
        )
        return log_scales + np.abs(x_p) * slope + shift, error

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """e^z / 2 for z <= 0, 1 - e^-z / 2 beyond."""
        z = local(x, 0.0, self.loc) / self.scale
        half = 0.5 * np.exp(-np.abs(z))
        return np.asarray(np.where(z <= 0, half, 1 - half))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """e^-z / 2 for z >= 0, 1 - e^z / 2 before."""
        z = local(x, 0.0, self.loc) / self.scale
        half = 0.5 * np.exp(-np.abs(z))
        return np.asarray(np.where(z >= 0, half, 1 - half))

    def standard_sample(self, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        """z."""
        return rng.laplace(size=size)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Exponential on both sides."""
        level, drift = -math.log(2 * self.scale), self.loc / self.scale
        return (
            Tail("exponential", rate=1 / self.scale, constant=level - drift),
            Tail("exponential", rate=1 / self.scale, constant=level + drift),
        )

    @property
    def edges(self) -> tuple[Edge, ...]:
        """The kink at loc."""
        return (Edge(self.loc),)

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels growing away from the kink, out to 100 scales."""
        return (Breaks(self.loc, self.scale * np.concatenate([-STEPS[:0:-1], STEPS])),)
