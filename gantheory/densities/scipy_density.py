"""Frozen distributions of scipy.stats as densities: structure declared through cdf and ppf."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.densities.base import (
    NO_TAIL,
    UNKNOWN_TAIL,
    Breaks,
    Density1D,
    Edge,
    FloatArray,
    Tail,
)

HALVINGS = 130  # 2^-130 = 7e-40
BULK = np.arange(1, 20) / 20
ACCURACY = 64 * EPS  # what scipy's log densities are trusted with


@dataclass(frozen=True, eq=False)
class ScipyDensity(Density1D):
    """The law of a frozen univariate distribution, old or new style.

    Attributes
    ----------
    frozen:
        The distribution.
    new_style:
        Whether it is of the newer infrastructure (icdf, iccdf, ccdf) rather than rv_frozen.
    """

    frozen: Any
    new_style: bool = False

    def __repr__(self) -> str:
        if self.new_style:
            return f"as_density({self.frozen})"
        given = [repr(a) for a in self.frozen.args]
        given += [f"{k}={v!r}" for k, v in self.frozen.kwds.items()]
        return f"as_density({self.frozen.dist.name}({', '.join(given)}))"

    def _quiet(self, method: str, x: Any) -> FloatArray:
        """Call a method of scipy's with its floating-point chatter off; values are checked instead."""
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return np.asarray(getattr(self.frozen, method)(x), dtype=np.float64)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """scipy's logpdf at origin + x."""
        at = np.add(origin, x, dtype=np.float64)
        low, high = self.support
        inside = (at >= low) & (at <= high)
        # an end that rounding reached may be a pole: the next float inside stands for it
        for end, other in ((low, high), (high, low)):
            if math.isfinite(end):
                at = np.where(at == end, np.nextafter(end, other), at)
        value = self._quiet("logpdf", at)
        return np.where(inside & ~np.isnan(value), value, -np.inf)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """What the rounding of origin + x moves, + scipy's own error."""
        at = origin + x
        step = 2 * EPS * np.abs(at)
        here = self.logpdf(at)
        with np.errstate(invalid="ignore"):
            moved = np.maximum(
                np.abs(self.logpdf(at + step) - here), np.abs(self.logpdf(at - step) - here)
            )
        moved = np.where(np.isfinite(moved), moved, 1.0)
        return moved + ACCURACY * (1 + np.where(np.isfinite(here), np.abs(here), 0.0))

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """scipy's cdf."""
        return self._quiet("cdf", np.asarray(x, dtype=np.float64))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """scipy's survival function."""
        method = "ccdf" if self.new_style else "sf"
        return self._quiet(method, np.asarray(x, dtype=np.float64))

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,)."""
        if self.new_style:
            return np.asarray(self.frozen.sample(n, rng=rng), dtype=np.float64)
        return np.asarray(self.frozen.rvs(size=n, random_state=rng), dtype=np.float64)

    @property
    def support(self) -> tuple[float, float]:
        """scipy's support."""
        low, high = self.frozen.support()
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
        """Ends of the support, of a power that scipy does not tell."""
        return tuple(Edge(end, None) for end in self.support if math.isfinite(end))

    def _quantiles(self) -> tuple[FloatArray, FloatArray]:
        """Return quantiles up from the lower end, and down from the upper end."""
        levels = np.concatenate([0.5 ** np.arange(HALVINGS, 0, -1), BULK])
        below, above = ("icdf", "iccdf") if self.new_style else ("ppf", "isf")
        found = [self._quiet(name, levels) for name in (below, above)]
        return tuple(np.unique(x[np.isfinite(x)]) for x in found)  # type: ignore[return-value]

    @property
    def landmarks(self) -> FloatArray:
        """The median with half the interquartile range, and the finite ends with scale 0."""
        name = "icdf" if self.new_style else "ppf"
        low, middle, high = self._quiet(name, np.array([0.25, 0.5, 0.75]))
        rows = [[float(middle), 0.5 * float(high - low)]]
        return np.array(rows + [[end, 0.0] for end in self.support if math.isfinite(end)])

    def breaks(self) -> tuple[Breaks, ...]:
        """Panels between quantiles whose mass halves towards either end, local to that end."""
        lower, upper = self._quantiles()
        low, high = self.support
        middle = float(np.median(lower))
        found = []
        for end, points in ((low, lower), (high, upper)):
            center = end if math.isfinite(end) else middle
            found.append(Breaks(center, np.unique(np.append(points - center, 0.0))))
        return tuple(found)
