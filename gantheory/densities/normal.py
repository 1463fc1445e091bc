"""Normal(loc, scale)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Breaks, Density, Tail, local, local_error
from gantheory.densities.location_scale import LocationScale
from gantheory.densities.panel_ends import spread
from gantheory.densities.standard import NORMAL, Standard

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Normal(LocationScale):
    """p(x) = exp(-z²/2) / (scale √(2π)), z = (x - loc) / scale.

    Parameters
    ----------
    loc:
        Mean.
    scale:
        Standard deviation (not the variance), positive.

    Raises
    ------
    InvalidDensity
        If scale is not positive or a parameter is not finite.
    """

    loc: Any = 0.0
    scale: Any = 1.0

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-z²/2 - log(scale √(2π))."""
        z = local(x, origin, self.loc) / self.scale
        return np.asarray(-0.5 * z * z - (np.log(self.scale) + LOG_SQRT_2PI))

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|z| dz + rounding."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        dz = local_error(x, origin, self.loc) / self.scale + EPS * z
        return np.asarray(z * dz + EPS * (z * z + np.abs(np.log(self.scale)) + 2))

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|z| / scale for the location, (z² + 1) / scale for the scale."""
        z = np.abs(local(x, origin, self.loc)) / self.scale
        if name == "scale":
            return np.asarray((z * z + 1) / self.scale)
        return np.asarray((z + self.roundings["loc"] / self.scale) / self.scale)

    def standards(self) -> tuple[Standard, ...]:
        """The standard normal."""
        return (Standard(NORMAL, self.loc, self.scale, self.scale, LOG_SQRT_2PI),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(s_q / s_p) + (z_q - z_p)(z_q + z_p)/2, with z_q - z_p formed without cancellation."""
        if not isinstance(other, Normal):
            return None
        x_p, x_q = local(x, origin, self.loc), local(x, origin, other.loc)
        z_p, z_q = x_p / self.scale, x_q / other.scale
        step = (self.loc - other.loc) / other.scale
        slope = (self.scale - other.scale) / self.scale / other.scale
        log_scales = np.log1p((other.scale - self.scale) / self.scale)
        difference = x_p * slope + step
        dz_p = local_error(x, origin, self.loc) / self.scale + EPS * np.abs(z_p)
        dz_q = local_error(x, origin, other.loc) / other.scale + EPS * np.abs(z_q)
        error = (
            0.5 * np.abs(z_p + z_q) * (local_error(x, origin, self.loc) * abs(slope))
            + 0.5 * np.abs(difference) * (dz_p + dz_q)
            + 4 * EPS * np.abs(z_p + z_q) * (np.abs(x_p * slope) + abs(step))
            + 2 * EPS * abs(log_scales)
        )
        return log_scales + 0.5 * difference * (z_p + z_q), error

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Φ(z)."""
        return np.asarray(ndtr(local(x, 0.0, self.loc) / self.scale))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """Φ(-z)."""
        return np.asarray(ndtr(-local(x, 0.0, self.loc) / self.scale))

    def standard_sample(self, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        """z."""
        return rng.standard_normal(size)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Gaussian on both sides."""
        constant = -math.log(self.scale) - LOG_SQRT_2PI
        tail = Tail("gaussian", rate=1 / self.scale, loc=self.loc, constant=constant)
        return tail, tail

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels of about one scale, out to 14 scales."""
        return (Breaks(self.loc, spread(self.scale)),)
