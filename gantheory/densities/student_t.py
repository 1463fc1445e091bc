"""StudentT(df, loc, scale)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, stdtr, stdtrit

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import (
    TAIL_MASS,
    Breaks,
    Density,
    Tail,
    local,
    local_error,
    require_positive,
)
from gantheory.densities.cauchy import heavy_offsets, log1p_square
from gantheory.densities.location_scale import LocationScale
from gantheory.densities.standard import STUDENT, Standard

LARGE = 50.0
LARGEST_REACH = (
    1e150  # beyond, squares overflow; what lies there is added to the error as tail mass
)


@dataclass(frozen=True, eq=False)
class StudentT(LocationScale):
    """p(x) = (1 + z²/df)^(-(df + 1)/2) / (scale √df B(1/2, df/2)), z = (x - loc) / scale.

    Parameters
    ----------
    df:
        Degrees of freedom, positive, not necessarily an integer.
    loc:
        Median.
    scale:
        Positive.

    Raises
    ------
    InvalidDensity
        If df or scale is not positive or a parameter is not finite.
    """

    df: Any
    loc: Any = 0.0
    scale: Any = 1.0

    def validate(self) -> None:
        """Refuse df <= 0 and scale <= 0."""
        require_positive("StudentT", "df", self.df)
        super().validate()

    @property
    def log_norm(self) -> Any:
        """log(scale √df B(1/2, df/2))."""
        return np.log(self.scale) + 0.5 * np.log(self.df) + log_beta_half(self.df / 2)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-(df + 1)/2 log(1 + z²/df) - log(scale √df B(1/2, df/2))."""
        z = local(x, origin, self.loc) / (self.scale * np.sqrt(self.df))
        return np.asarray(-0.5 * (self.df + 1) * log1p_square(z) - self.log_norm)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """(df + 1)|z| dz / (df + z²) + rounding."""
        width = self.scale * math.sqrt(self.df)
        z = np.abs(local(x, origin, self.loc)) / width
        dz = local_error(x, origin, self.loc) / width + 2 * EPS * z
        slope = (self.df + 1) / (z + 1 / np.maximum(z, 1e-300))
        rounding = abs(self.log_norm) + 0.5 * (self.df + 1) * log1p_square(z) + 8
        return np.asarray(slope * dz + 4 * EPS * rounding)

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """With t² = z²/df: (df + 1) t / (1 + t²) / (scale √df), (df + 2) / scale, and that of df itself.

        The last is [ψ((df + 1)/2) - ψ(df/2) - 1/df - log(1 + t²) + (1 + 1/df) t² / (1 + t²)] / 2.
        """
        width = self.scale * math.sqrt(self.df)
        t = np.abs(local(x, origin, self.loc)) / width
        if name == "scale":
            return np.asarray((0 * t + self.df + 2) / self.scale)
        root = np.hypot(1, t)
        if name == "loc":
            moved = t + self.roundings["loc"] / width
            return np.asarray((self.df + 1) * (moved / root) / root / width)
        level = abs(digamma((self.df + 1) / 2) - digamma(self.df / 2) - 1 / self.df)
        return np.asarray(0.5 * (level + log1p_square(t) + (1 + 1 / self.df) * (t / root) ** 2))

    def standards(self) -> tuple[Standard, ...]:
        """Student's with df degrees of freedom."""
        norm = 0.5 * np.log(self.df) + log_beta_half(self.df / 2)
        return (Standard(STUDENT, self.loc, self.scale, self.scale, norm, shape=self.df),)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(s_q / s_p) + (df + 1)/2 log(1 + (z_q - z_p)(z_q + z_p) / (df + z_p²)), for one df."""
        if not isinstance(other, StudentT) or other.df != self.df:
            return None
        root = math.sqrt(self.df)
        x_p, x_q = local(x, origin, self.loc), local(x, origin, other.loc)
        z_p, z_q = x_p / (root * self.scale), x_q / (root * other.scale)
        slope = (self.scale - other.scale) / (self.scale * other.scale) / root
        step = (self.loc - other.loc) / other.scale / root
        unit = np.hypot(1, z_p)
        left, right = (x_p * slope + step) / unit, (z_q + z_p) / unit
        e_p, e_q = local_error(x, origin, self.loc), local_error(x, origin, other.loc)
        input_error = (
            np.abs(left) * (e_p / self.scale + e_q / other.scale) / (root * unit)
            + np.abs(right) * e_p * abs(slope) / unit
            + 10 * EPS * (np.abs(x_p * slope) + abs(step)) / unit * np.abs(right)
        )
        log_scales = np.log1p((other.scale - self.scale) / self.scale)
        log_shape = 0.5 * (self.df + 1) * np.log1p(left * right)
        error = 0.5 * (self.df + 1) * input_error / np.maximum(1 + left * right, 1e-300)
        return log_scales + log_shape, error + 2 * EPS * (np.abs(log_shape) + abs(log_scales))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Student's distribution function."""
        return np.asarray(stdtr(self.df, local(x, 0.0, self.loc) / self.scale))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """The mirrored cdf, accurate far to the right."""
        return np.asarray(stdtr(self.df, -local(x, 0.0, self.loc) / self.scale))

    def standard_sample(self, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        """z."""
        return rng.standard_t(self.df, size=size)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Powers: pdf ~ C |x|^-(1 + df)."""
        constant = -self.log_norm + (self.df + 1) * math.log(self.scale * math.sqrt(self.df))
        tail = Tail("power", rate=self.df, constant=constant)
        return tail, tail

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels that double, out to tails of 1e-40."""
        reach = min(float(-stdtrit(self.df, TAIL_MASS)), LARGEST_REACH)
        return (Breaks(self.loc, heavy_offsets(self.scale, max(reach, 16.0))),)


def log_beta_half(a: Any) -> Any:
    """log B(1/2, a); by Stirling's series for large a, where the gamma functions cancel."""
    inverse = 1 / np.maximum(a, LARGE)
    series = inverse / 8 - inverse**3 / 192 + inverse**5 / 640 - 17 * inverse**7 / 14336
    return np.where(
        np.asarray(a) < LARGE, betaln(0.5, a), 0.5 * np.log(math.pi * inverse) + series
    )[()]
