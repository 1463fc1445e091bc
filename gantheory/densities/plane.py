"""Densities of the plane made of others: Product, ring and grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density, Density1D, parameter, require_positive
from gantheory.densities.foreign import from_foreign
from gantheory.densities.mixtures import Mixture
from gantheory.densities.multivariate_normal import (
    MultivariateNormal,
    marginal_tails,
    points_of_plane,
)
from gantheory.errors import InvalidDensity, brief


@dataclass(frozen=True, eq=False)
class Product(Density):
    """p(x, y) = first(x) second(y): independent coordinates.

    Parameters
    ----------
    first, second:
        Densities of the line, or frozen distributions of scipy.stats.

    Raises
    ------
    InvalidDensity
        If one of them is not a single declared density of the line.
    """

    first: Density1D
    second: Density1D
    dim = 2

    def __post_init__(self) -> None:
        for name, given in (("first", self.first), ("second", self.second)):
            side = from_foreign(given) or given
            if not isinstance(side, Density1D) or side.batch_shape or not side.declared:
                raise InvalidDensity(
                    f"Product({name}={brief(given)}): give a single declared density of the line"
                )
            object.__setattr__(self, name, side)

    @property
    def terms(self) -> int:
        """Sum over both factors."""
        return self.first.terms + self.second.terms

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """Sum of the logarithms of both factors; x of shape (..., 2)."""
        (x0, x1), (o0, o1) = _split(points_of_plane(x), origin)
        return self.first.logpdf(x0, origin=o0) + self.second.logpdf(x1, origin=o1)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Sum of both factors' errors + rounding."""
        (x0, x1), (o0, o1) = _split(x, origin)
        errors = self.first.logpdf_error(x0, o0) + self.second.logpdf_error(x1, o1)
        level = self.logpdf(x, origin=origin)
        return errors + EPS * np.where(np.isfinite(level), np.abs(level), 0.0)

    @property
    def rounded(self) -> bool:
        """Whether a factor's parameter was given exactly and is not a float64."""
        return self.first.rounded or self.second.rounded

    @property
    def rounding_share(self) -> float:
        """The larger one of both factors'."""
        return max(self.first.rounding_share, self.second.rounding_share)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Sum of both factors' bounds."""
        (x0, x1), (o0, o1) = _split(x, origin)
        return self.first.parameter_error(x0, o0) + self.second.parameter_error(x1, o1)

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """Sum of both factors' log ratios."""
        if not isinstance(other, Product):
            return None
        (x0, x1), (o0, o1) = _split(x, origin)
        total, error = np.zeros(x0.shape), np.zeros(x0.shape)
        for mine, theirs, t, o in (
            (self.first, other.first, x0, o0),
            (self.second, other.second, x1, o1),
        ):
            pair = mine.log_ratio(theirs, t, o)
            if pair is None:
                log_p, log_q = mine.logpdf(t, origin=o), theirs.logpdf(t, origin=o)
                pair = (
                    log_p - log_q,
                    mine.logpdf_error(t, o)
                    + theirs.logpdf_error(t, o)
                    + EPS * np.abs(log_p - log_q),
                )
            total, error = total + pair[0], error + pair[1] + EPS * np.abs(pair[0])
        return total, error

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n, 2)."""
        return np.stack([self.first.sample(n, rng), self.second.sample(n, rng)], axis=-1)

    @property
    def support(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The rectangle of both supports."""
        return self.first.support, self.second.support

    @property
    def landmarks(self) -> FloatArray:
        """Every landmark of the first with every one of the second, the smaller scale counting."""
        rows = [
            [x, y, min(s, t)] for x, s in self.first.landmarks for y, t in self.second.landmarks
        ]
        return np.array(rows)

    def tail_mass(self, box: tuple[tuple[float, float], tuple[float, float]]) -> float:
        """Bound on P(outside the box): the sum of both coordinates' tails."""
        return marginal_tails(self.marginals(), box)

    def marginals(self) -> tuple[Density1D, Density1D]:
        """The distributions of the two coordinates."""
        return self.first, self.second


def ring(modes: int = 8, radius: float = 2.0, scale: float = 0.1) -> Any:
    """Return the mixture of `modes` equal isotropic normals on a circle, at the angles 2πk/modes.

    Raises
    ------
    InvalidDensity
        If modes is not a positive integer, or radius or scale is not positive.
    """
    _check_count("ring", "modes", modes)
    for name, value in (("radius", radius), ("scale", scale)):
        require_positive("ring", name, parameter("ring", name, value)[0])
    angles = [2 * math.pi * k / modes for k in range(modes)]
    centers = [(radius * math.cos(t), radius * math.sin(t)) for t in angles]
    return _equal_normals(centers, float(scale))


def grid(side: int = 5, spacing: float = 1.0, scale: float = 0.05) -> Any:
    """Return the mixture of side² equal isotropic normals on a square lattice around 0.

    Raises
    ------
    InvalidDensity
        If side is not a positive integer, or spacing or scale is not positive.
    """
    _check_count("grid", "side", side)
    for name, value in (("spacing", spacing), ("scale", scale)):
        require_positive("grid", name, parameter("grid", name, value)[0])
    ticks = [(k - (side - 1) / 2) * spacing for k in range(side)]
    return _equal_normals([(x, y) for x in ticks for y in ticks], float(scale))


def _equal_normals(centers: list[tuple[float, float]], scale: float) -> Any:
    cov = ((Fraction(scale) ** 2, 0), (0, Fraction(scale) ** 2))
    components = tuple(MultivariateNormal(center, cov) for center in centers)
    return Mixture(components, [Fraction(1, len(components))] * len(components))


def _check_count(family: str, name: str, value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise InvalidDensity(f"{family}({name}={value!r}): {name} must be a positive integer")


def _split(
    x: FloatArray, origin: npt.ArrayLike
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    o = np.broadcast_to(np.asarray(origin, dtype=np.float64), x.shape)
    return (x[..., 0], x[..., 1]), (o[..., 0], o[..., 1])
