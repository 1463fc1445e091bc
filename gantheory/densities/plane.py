"""Densities of the plane: MultivariateNormal, Product, ring and grid."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.densities.base import (
    Density,
    Density1D,
    FloatArray,
    local,
    parameter,
    require_positive,
    slip,
)
from gantheory.densities.mixtures import Mixture
from gantheory.densities.normal import Normal
from gantheory.errors import InvalidDensity

LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class MultivariateNormal(Density):
    """p(x) = exp(-(x - mean)ᵀ cov⁻¹ (x - mean) / 2) / (2π √det cov), in the plane.

    Parameters
    ----------
    mean:
        Shape (2,).
    cov:
        Shape (2, 2), symmetric and positive definite: variances on the diagonal.

    Raises
    ------
    InvalidDensity
        If the shapes are others, an entry is not finite, or cov is not symmetric positive definite.
    """

    mean: Any
    cov: Any
    exact: dict[str, list[Fraction]] = field(init=False, repr=False)
    factor: FloatArray = field(init=False, repr=False)
    determinant: float = field(init=False, repr=False)
    dim = 2

    def __post_init__(self) -> None:
        mean, exact_mean = _entries("mean", self.mean, (2,))
        cov, exact_cov = _entries("cov", self.cov, (2, 2))
        if cov[0, 1] != cov[1, 0]:
            raise InvalidDensity(
                f"MultivariateNormal(cov={self.cov!r}): cov must be symmetric, but its off-diagonal "
                f"entries are {cov[0, 1]!r} and {cov[1, 0]!r}"
            )
        determinant = exact_cov[0] * exact_cov[3] - exact_cov[1] * exact_cov[2]
        if not (exact_cov[0] > 0 and determinant > 0):
            raise InvalidDensity(
                f"MultivariateNormal(cov={self.cov!r}): cov must be positive definite "
                f"(its determinant is {float(determinant)!r}); for a degenerate law there is no density"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "cov", cov)
        object.__setattr__(self, "exact", {"mean": exact_mean, "cov": exact_cov})
        object.__setattr__(self, "determinant", float(determinant))
        # Cholesky's factor, its last entry through the exactly formed determinant
        root = math.sqrt(cov[0, 0])
        last = math.sqrt(float(determinant / exact_cov[0]))
        object.__setattr__(self, "factor", np.array([[root, 0.0], [cov[0, 1] / root, last]]))

    def __repr__(self) -> str:
        return f"MultivariateNormal(mean={self.mean.tolist()}, cov={self.cov.tolist()})"

    @property
    def precision(self) -> FloatArray:
        """cov⁻¹."""
        (a, b), (_, d) = self.cov
        return np.array([[d, -b], [-b, a]]) / self.determinant

    def whitened(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Both coordinates of L⁻¹ (origin + x - mean), cov = L Lᵀ."""
        y = local(x, origin, self.mean)
        (a, _), (b, d) = self.factor
        first = y[..., 0] / a
        return first, (y[..., 1] - b * first) / d

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """-|L⁻¹(x - mean)|²/2 - log(2π √det cov); x of shape (..., 2)."""
        first, second = self.whitened(_points(x), origin)
        level = 0.5 * math.log(self.determinant) + LOG_2PI
        return np.asarray(-0.5 * (first * first + second * second) - level)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|z| · dz + rounding."""
        return self.evaluate(x, origin)[1]

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log density and its error, the whitened coordinates formed once."""
        first, second = self.whitened(x, origin)
        (a, _), (b, d) = self.factor
        moved = np.abs(np.subtract(origin, self.mean, dtype=np.float64)) + np.abs(x)
        first_size, second_size = np.abs(first), np.abs(second)
        tilt = abs(b) / d
        d_first = moved[..., 0] / a + first_size
        d_second = moved[..., 1] / d + 2 * tilt * (d_first + first_size) + 2 * second_size
        level = 0.5 * math.log(self.determinant) + LOG_2PI
        square = first * first + second * second
        error = first_size * d_first + second_size * d_second + square + abs(level) + 4
        return -0.5 * square - level, EPS * error

    @cached_property
    def slips(self) -> list[float]:
        """How far each entry of mean and cov lies from what was given exactly."""
        given = [*self.mean, *self.cov.ravel()]
        exact = [*self.exact["mean"], *self.exact["cov"]]
        return [slip(value, e) for value, e in zip(given, exact, strict=True)]

    @property
    def rounded(self) -> bool:
        """Whether an entry was given exactly and is no float64."""
        return any(self.slips)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|P y|·|dm| + |yᵀP| |dC| |P y| / 2 + tr(|P| |dC|) / 2, y = x - mean, P = cov⁻¹."""
        slips = np.array(self.slips)
        pull = np.abs(local(x, origin, self.mean) @ self.precision)
        d_cov = slips[2:].reshape(2, 2)
        bent = 0.5 * np.einsum("...i,ij,...j->...", pull, d_cov, pull)
        return np.asarray(
            2 * (pull @ slips[:2] + bent + 0.5 * float(np.sum(np.abs(self.precision) * d_cov)))
        )

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log(det C_q / det C_p)/2 + yᵀ P_q (C_p - C_q) P_p y / 2 + yᵀ P_q d + dᵀ P_q d / 2.

        With y = x - m_p, d = m_p - m_q, P = C⁻¹: the resolvent identity leaves nothing to cancel.
        """
        if not isinstance(other, MultivariateNormal):
            return None
        y = local(x, origin, self.mean)
        dy = EPS * (np.abs(np.subtract(origin, self.mean, dtype=np.float64)) + np.abs(x))
        d, step = self.mean - other.mean, self.cov - other.cov
        precision_p, precision_q = self.precision, other.precision
        middle = precision_q @ step @ precision_p
        middle = 0.5 * (middle + middle.T)
        # det C_q = det C_p - (step : adj C_p) + det step
        adjugate = np.array([[self.cov[1, 1], -self.cov[0, 1]], [-self.cov[0, 1], self.cov[0, 0]]])
        grown = (np.linalg.det(step) if np.any(step) else 0.0) - np.sum(step * adjugate)
        level = 0.5 * math.log1p(max(grown / self.determinant, -1 + 1e-16))
        quadratic = 0.5 * np.einsum("...i,ij,...j->...", y, middle, y)
        linear, constant = y @ (precision_q @ d), 0.5 * d @ precision_q @ d
        size_m = np.abs(precision_q) @ np.abs(step) @ np.abs(precision_p)
        size = (
            0.5 * np.einsum("...i,ij,...j->...", np.abs(y), size_m, np.abs(y))
            + np.abs(y) @ (np.abs(precision_q) @ np.abs(d))
            + abs(constant)
            + 0.5 * float(np.sum(np.abs(step * adjugate))) / self.determinant
        )
        moved = np.einsum("...i,ij,...j->...", dy, size_m, np.abs(y)) + dy @ (
            np.abs(precision_q) @ np.abs(d)
        )
        return level + quadratic + linear + constant, moved + 32 * EPS * size

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n, 2)."""
        return np.asarray(self.mean + rng.standard_normal((n, 2)) @ self.factor.T)

    @property
    def support(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The whole plane."""
        return (-math.inf, math.inf), (-math.inf, math.inf)

    @property
    def landmarks(self) -> FloatArray:
        """One landmark: the mean, with the smaller standard deviation as scale."""
        narrow = math.sqrt(float(np.linalg.eigvalsh(self.cov)[0].clip(min=0)))
        return np.array([[*self.mean, narrow]])

    def tail_mass(self, box: tuple[tuple[float, float], tuple[float, float]]) -> float:
        """Bound on P(outside the box): the sum of both coordinates' tails."""
        return _marginal_tails(self.marginals(), box)

    def marginals(self) -> tuple[Normal, Normal]:
        """The laws of the two coordinates."""
        sides = [Normal(m, math.sqrt(v)) for m, v in zip(self.mean, np.diag(self.cov), strict=True)]
        return sides[0], sides[1]


@dataclass(frozen=True, eq=False)
class Product(Density):
    """p(x, y) = first(x) second(y): independent coordinates.

    Parameters
    ----------
    first, second:
        Densities of the line.

    Raises
    ------
    InvalidDensity
        If one of them is no single declared density of the line.
    """

    first: Density1D
    second: Density1D
    dim = 2

    def __post_init__(self) -> None:
        for name, side in (("first", self.first), ("second", self.second)):
            if not isinstance(side, Density1D) or side.batch_shape or not side.declared:
                raise InvalidDensity(
                    f"Product({name}={side!r}): give a single declared density of the line"
                )

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """Sum of the logarithms of both factors; x of shape (..., 2)."""
        (x0, x1), (o0, o1) = _split(_points(x), origin)
        return self.first.logpdf(x0, origin=o0) + self.second.logpdf(x1, origin=o1)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Sum of both factors' errors + rounding."""
        (x0, x1), (o0, o1) = _split(x, origin)
        errors = self.first.logpdf_error(x0, o0) + self.second.logpdf_error(x1, o1)
        level = self.logpdf(x, origin=origin)
        return errors + EPS * np.where(np.isfinite(level), np.abs(level), 0.0)

    @property
    def rounded(self) -> bool:
        """Whether a factor's parameter was given exactly and is no float64."""
        return self.first.rounded or self.second.rounded

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
        return _marginal_tails(self.marginals(), box)

    def marginals(self) -> tuple[Density1D, Density1D]:
        """The laws of the two coordinates."""
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


def _entries(name: str, given: Any, shape: tuple[int, ...]) -> tuple[FloatArray, list[Fraction]]:
    """Return an array of parameters as floats and, flat, exactly."""
    try:
        table = np.asarray(given, dtype=object)
    except ValueError:
        table = np.empty(0, dtype=object)
    if table.shape != shape:
        raise InvalidDensity(
            f"MultivariateNormal({name}={given!r}): {name} must have shape {shape}, not {table.shape}"
        )
    pairs = [parameter("MultivariateNormal", name, entry) for entry in table.ravel()]
    values = np.array([value for value, _ in pairs], dtype=np.float64).reshape(shape)
    return values, [exact for _, exact in pairs if exact is not None]


def _points(x: npt.ArrayLike) -> FloatArray:
    points = np.asarray(x, dtype=np.float64)
    if points.shape[-1:] != (2,):
        raise ValueError(f"points of the plane have shape (..., 2), not {points.shape}")
    return points


def _split(
    x: FloatArray, origin: npt.ArrayLike
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    o = np.broadcast_to(np.asarray(origin, dtype=np.float64), x.shape)
    return (x[..., 0], x[..., 1]), (o[..., 0], o[..., 1])


def _marginal_tails(
    marginals: tuple[Density1D, Density1D],
    box: tuple[tuple[float, float], tuple[float, float]],
) -> float:
    return min(1.0, sum(m.tail_mass(side) for m, side in zip(marginals, box, strict=True)))
