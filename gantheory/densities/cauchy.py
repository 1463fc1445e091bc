"""Cauchy(loc, scale)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Breaks, Density, Tail, local, local_error
from gantheory.densities.location_scale import LocationScale
from gantheory.densities.panel_ends import doubling
from gantheory.densities.standard import STUDENT, Standard

REACH = 1e40  # the tails beyond hold 6e-41


@dataclass(frozen=True, eq=False)
class Cauchy(LocationScale):
    """p(x) = 1 / (π scale (1 + z²)), z = (x - loc) / scale.

    Parameters
    ----------
    loc:
        Median.
    scale:
        Half the width at half height, positive.

    Raises
    ------
    InvalidDensity
        If scale is not positive or a parameter is not finite.
    """

    loc: Any = 0.0
    scale: Any = 1.0

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-log(1 + z²) - log(π scale)."""
        z = local(x, origin, self.loc) / self.scale
        return np.asarray(-log1p_square(z) - np.log(math.pi * self.scale))

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """2|z| dz / (1 + z²) + rounding."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        dz = local_error(x, origin, self.loc) / self.scale
        slope = 2 / (z + 1 / np.maximum(z, 1e-300))
        return np.asarray(
            slope * dz
            + EPS * (2 + log1p_square(z))
            + EPS * (np.abs(np.log(math.pi * self.scale)) + 2)
        )

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """2|z| / (1 + z²) / scale for the location, 1 / scale for the scale."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        if name == "scale":
            return np.asarray((0 * z + 1) / self.scale)
        root = np.hypot(1, z)
        return np.asarray(2 * ((z + self.roundings["loc"] / self.scale) / root) / root / self.scale)

    def standards(self) -> tuple[Standard, ...]:
        """Student's with one degree of freedom."""
        return (Standard(STUDENT, self.loc, self.scale, self.scale, math.log(math.pi)),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(s_q / s_p) + log(1 + (z_q - z_p)(z_q + z_p) / (1 + z_p²))."""
        if not isinstance(other, Cauchy):
            return None
        x_p, x_q = local(x, origin, self.loc), local(x, origin, other.loc)
        z_p, z_q = x_p / self.scale, x_q / other.scale
        slope = (self.scale - other.scale) / (self.scale * other.scale)
        step = (self.loc - other.loc) / other.scale
        # (z_q - z_p)(z_q + z_p) / (1 + z_p²), arranged so that nothing overflows at z = 1e200
        root = np.hypot(1, z_p)
        ratio = ((x_p * slope + step) / root) * ((z_q + z_p) / root)
        dz = (
            local_error(x, origin, self.loc) / self.scale
            + local_error(x, origin, other.loc) / other.scale
        )
        input_error = (
            np.abs((x_p * slope + step) / root) * dz / root
            + np.abs((z_q + z_p) / root) * (local_error(x, origin, self.loc) * abs(slope) / root)
            + 8 * EPS * (np.abs(x_p * slope / root) + abs(step) / root) * np.abs((z_q + z_p) / root)
        )
        log_scales = np.log1p((other.scale - self.scale) / self.scale)
        log_shape = np.log1p(ratio)
        error = input_error / np.maximum(1 + ratio, 1e-300) + 2 * EPS * (
            np.abs(log_shape) + abs(log_scales)
        )
        return log_scales + log_shape, error

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """atan2(1, -z) / π, accurate far to the left."""
        z = local(x, 0.0, self.loc) / self.scale
        return np.asarray(np.arctan2(1.0, -z) / math.pi)

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """atan2(1, z) / π, accurate far to the right."""
        z = local(x, 0.0, self.loc) / self.scale
        return np.asarray(np.arctan2(1.0, z) / math.pi)

    def standard_sample(self, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        """z."""
        return rng.standard_cauchy(size)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers: pdf ~ (scale/π) |x|^-2."""
        tail = Tail("power", rate=1.0, constant=math.log(self.scale / math.pi))
        return tail, tail

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels that double, out to 1e40 scales."""
        return (Breaks(self.loc, heavy_offsets(self.scale, REACH)),)


def log1p_square(z: FloatArray) -> FloatArray:
    """log(1 + z²), also where z² overflows."""
    small = np.abs(z) < 1e7
    return np.where(small, np.log1p(np.square(np.where(small, z, 0.0))), 2 * np.log(np.hypot(1, z)))


def heavy_offsets(scale: float, reach: float) -> FloatArray:
    """Return panel ends for a heavy tail: 0, 1/2, 1, 2, 4, ... reach scales on both sides."""
    steps = np.concatenate([[0.0], doubling(0.5, reach)])
    return scale * np.concatenate([-steps[:0:-1], steps])
