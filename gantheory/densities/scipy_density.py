"""Frozen distributions of scipy.stats as densities: structure declared through cdf and quantiles.

An old-style distribution is evaluated as scipy's standard one at ((origin - loc) + x) / scale: near
its lower end no digit is lost, wherever that lies. Near the upper end the mirror image is, where its
family has one.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import (
    NO_TAIL,
    UNKNOWN_TAIL,
    Breaks,
    Density1D,
    Edge,
    Tail,
    local,
    local_error,
)

HALVINGS = np.arange(130, 0, -1)  # 2^-130 = 7e-40
BULK = np.arange(1, 11) / 20
LEVELS = np.concatenate([0.5**HALVINGS, BULK])
DEPTH = 3  # so many panels lie where a quantile's mass halves as often as it has been halved until there
FARTHER = 8.0  # a panel's outer end is at most so many times as far from where its side begins
ACCURACY = 64 * EPS  # what scipy's log densities are trusted with
METHODS = {
    False: {name: name for name in ("logpdf", "cdf", "sf", "ppf", "isf")},
    True: {"logpdf": "logpdf", "cdf": "cdf", "sf": "ccdf", "ppf": "icdf", "isf": "iccdf"},
}
"""What the methods are called by old-style and by new-style distributions."""


def _or_nan(function: Callable[[float], Any], share: float) -> float:
    try:
        return float(function(share))
    except (ValueError, ArithmeticError, RuntimeError):
        return math.nan


@dataclass(frozen=True)
class Standard:
    """A distribution of scipy.stats, its methods under one set of names for both styles."""

    distribution: Any
    new_style: bool = False

    def method(self, name: str, y: Any) -> FloatArray:
        """Call a method with scipy's warnings off: its values are checked instead.

        Where scipy's solver for a quantile gives up with an error, that quantile is nan.
        """
        function = getattr(self.distribution, METHODS[self.new_style][name])
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return np.asarray(function(y), dtype=np.float64)
            except (ValueError, ArithmeticError, RuntimeError):
                if name not in ("ppf", "isf"):
                    raise
                each = [_or_nan(function, share) for share in np.ravel(y)]
                return np.array(each).reshape(np.shape(y))

    @cached_property
    def support(self) -> tuple[float, float]:
        """scipy's support."""
        low, high = self.distribution.support()
        return float(low), float(high)

    def logpdf(self, y: FloatArray, error: FloatArray) -> FloatArray:
        """scipy's logpdf, -inf outside the support and where it is nan.

        A point that rounding brought to an end may be at a pole: one inside by its error, or the next
        float, stands for it.
        """
        low, high = self.support
        inside = (y >= low) & (y <= high)
        for end, other, sign in ((low, high, 1), (high, low, -1)):
            if math.isfinite(end) and np.any(at_end := y == end):
                near = np.nextafter(end, other)
                y = np.where(at_end, sign * np.maximum(sign * (end + sign * error), sign * near), y)
        value = self.method("logpdf", y)
        return np.where(inside & (value < np.inf), value, -np.inf)

    def evaluate(self, y: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logpdf, and what an error of y moves in it + scipy's own error."""
        with np.errstate(invalid="ignore"):
            here, *beside = self.logpdf(np.stack([y, y + error, y - error]), error)
            moved = np.max(np.abs(beside - here), axis=0)
        moved = np.where(np.isfinite(moved), moved, 1.0)
        return here, moved + ACCURACY * (1 + np.where(np.isfinite(here), np.abs(here), 0.0))


@dataclass(frozen=True, eq=False)
class ScipyDensity(Density1D):
    """The density of a univariate distribution of scipy.stats.

    Attributes
    ----------
    name:
        What it is called in messages.
    standard:
        The distribution of (X - loc) / scale.
    loc, scale:
        Floats.
    mirror:
        The distribution of 1 - (X - loc) / scale, where scipy has it.
    draw:
        (n, rng) -> n points.
    declared:
        False where the distribution is not of scipy's own making.
    terms, cdf_terms:
        What one evaluation costs, of the density and of the distribution function, in those of a normal.
    """

    name: str
    standard: Standard
    draw: Callable[[int, np.random.Generator], npt.ArrayLike]
    loc: float = 0.0
    scale: float = 1.0
    mirror: Standard | None = None
    declared: bool = True
    terms: int = 8
    cdf_terms: int = 8

    def __repr__(self) -> str:
        return f"as_density({self.name})"

    # --- values ----------------------------------------------------------------------------------

    def _from_low(self, x: FloatArray, origin: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """((origin - loc) + x) / scale, not 0 beside 0, and its error."""
        away = local(x, origin, self.loc)
        y = away / self.scale
        y = np.where((y == 0) & (away != 0), np.copysign(np.nextafter(0, 1), away), y)
        return y, local_error(x, origin, self.loc) / self.scale + EPS * np.abs(y)

    def _from_high(self, x: FloatArray, origin: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """((high - origin) - x) / scale, high = loc + scale to twice the digits, and its error."""
        high, rest = self._end(1)
        t = -local(x - rest, origin, high) / self.scale
        error = local_error(np.abs(x) + abs(rest), origin, high) / self.scale
        return t, error + EPS * np.abs(t)

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log density and its error, from the nearer end where the family has a mirror image."""
        x, origin = np.broadcast_arrays(np.asarray(x, dtype=np.float64), origin)
        shape, (x, origin) = x.shape, (np.atleast_1d(x), np.atleast_1d(origin))
        y, dy = self._from_low(x, origin)
        value, error = self.standard.evaluate(y, dy)
        if self.mirror is not None:
            t, dt = self._from_high(x, origin)
            far = t < y
            value[far], error[far] = self.mirror.evaluate(t[far], dt[far])
        level = math.log(self.scale)
        return (value - level).reshape(shape), (error + EPS * abs(level)).reshape(shape)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """scipy's logpdf at origin + x."""
        return self.evaluate(np.asarray(x, dtype=np.float64), np.asarray(origin))[0]

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """What the rounding of origin + x moves, + scipy's own error."""
        return self.evaluate(x, origin)[1]

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """scipy's cdf."""
        return self._distribution(x, "cdf", "sf")

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """scipy's survival function."""
        return self._distribution(x, "sf", "cdf")

    def _distribution(self, x: npt.ArrayLike, name: str, mirrored: str) -> FloatArray:
        points, origin = np.atleast_1d(np.asarray(x, dtype=np.float64)), np.zeros(1)
        y, _ = self._from_low(points, origin)
        value = np.array(self.standard.method(name, y))
        if self.mirror is not None:
            t, _ = self._from_high(points, origin)
            far = t < y
            value[far] = self.mirror.method(mirrored, t[far])
        return np.clip(value, 0.0, 1.0).reshape(np.shape(x))  # numerically, scipy's may be outside

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,)."""
        return np.asarray(self.draw(n, rng), dtype=np.float64)

    # --- structure -------------------------------------------------------------------------------

    @cached_property
    def exact_pieces(self) -> tuple[tuple[Any, Any], ...]:
        """The support, its finite ends exactly loc + scale end."""
        low, high = (
            Fraction(self.loc) + Fraction(self.scale) * Fraction(end) if math.isfinite(end) else end
            for end in self.standard.support
        )
        return ((low, high),)

    @property
    def support(self) -> tuple[float, float]:
        """The support, its ends as floats."""
        ((low, high),) = self.exact_pieces
        return float(low), float(high)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None on a side where the support ends; otherwise followed numerically."""
        low, high = self.support
        return (
            NO_TAIL if math.isfinite(low) else UNKNOWN_TAIL,
            NO_TAIL if math.isfinite(high) else UNKNOWN_TAIL,
        )

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Ends of the support, of a power that scipy does not give."""
        return tuple(Edge(end, None) for end in self.support if math.isfinite(end))

    @property
    def landmarks(self) -> FloatArray:
        """The median with half the interquartile range, and the finite ends with scale 0."""
        low, middle, high = self.loc + self.scale * self.standard.method("ppf", [0.25, 0.5, 0.75])
        rows = [[float(middle), 0.5 * float(high - low)]]
        return np.array(rows + [[end, 0.0] for end in self.support if math.isfinite(end)])

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels between quantiles whose mass halves towards either end, local to that end."""
        return self._breaks

    @cached_property
    def _breaks(self) -> tuple[Breaks, ...]:
        middle = float(self.standard.method("ppf", 0.5))
        found = []
        for side, (name, end) in enumerate(zip(("ppf", "isf"), self.standard.support, strict=True)):
            if not math.isfinite(end):
                center, rest, end = self.loc + self.scale * middle, 0.0, middle
            else:
                center, rest = self._end(side)
            if side == 1 and self.mirror is not None:
                offsets = -self.mirror.method("ppf", LEVELS)
            else:
                offsets = self.standard.method(name, LEVELS) - end
            offsets = np.append(rest + self.scale * offsets[_kept(offsets)], rest)
            found.append(Breaks(center, np.unique(offsets[np.isfinite(offsets)])))
        return tuple(found)

    def _end(self, side: int) -> tuple[float, float]:
        """The finite lower (0) or upper (1) end as the sum of two floats."""
        exact = self.exact_pieces[0][side]
        return float(exact), float(exact - Fraction(float(exact)))


def _kept(offsets: FloatArray) -> npt.NDArray[np.bool_]:
    """Which of the quantiles at LEVELS end panels: all of BULK, and fewer the farther out they are."""
    ends = np.abs(offsets[: len(HALVINGS)])
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.abs(np.diff(np.log(ends), prepend=np.nan)) / math.log(FARTHER)
    shares = np.maximum(
        np.minimum(1.0, DEPTH / HALVINGS), np.nan_to_num(apart, nan=1.0, posinf=1.0)
    )
    kept = np.diff(np.floor(np.cumsum(shares)), prepend=0.0) > 0
    return np.append(kept, np.ones(len(BULK), dtype=bool))
