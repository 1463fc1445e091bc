"""MultivariateNormal(mean, cov) in the plane."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, detached
from gantheory.densities.base import Density, Density1D, local, parameter, rounding_of
from gantheory.densities.normal import Normal
from gantheory.errors import InvalidDensity, brief

LOG_2PI = math.log(2 * math.pi)
OTHER = (
    "; it is of the plane: for other dimensions NormalVector(mean, cov) has the divergences that are "
    "closed forms"
)
SYMMETRIC = 1024  # units of rounding by which the entries off the diagonal may differ


@dataclass(frozen=True, eq=False)
class MultivariateNormal(Density):
    """p(x) = exp(-(x - mean)ᵀ cov⁻¹ (x - mean) / 2) / (2π √det cov), in the plane.

    Parameters
    ----------
    mean:
        Shape (2,).
    cov:
        Shape (2, 2), symmetric and positive definite: variances on the diagonal. Where the entries
        off the diagonal differ by rounding, as in R @ D @ R.T, their mean is taken, and the
        difference is in the error of every number.

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
    asymmetry: float = field(init=False, repr=False)
    dim = 2

    def __post_init__(self) -> None:
        mean, exact_mean = _entries("mean", self.mean, (2,))
        cov, exact_cov = _entries("cov", self.cov, (2, 2))
        gap = abs(exact_cov[1] - exact_cov[2])
        if not gap**2 <= Fraction(unit_of(self.cov) * SYMMETRIC) ** 2 * exact_cov[0] * exact_cov[3]:
            raise InvalidDensity(
                f"MultivariateNormal(cov={brief(self.cov)}): cov must be symmetric, but its "
                f"off-diagonal entries are {float(cov[0, 1])!r} and {float(cov[1, 0])!r}, further "
                "apart than by rounding; write (cov + cov.T) / 2 if their mean is what you mean"
            )
        exact_cov[1] = exact_cov[2] = (exact_cov[1] + exact_cov[2]) / 2
        cov[0, 1] = cov[1, 0] = float(exact_cov[1])
        determinant = exact_cov[0] * exact_cov[3] - exact_cov[1] * exact_cov[2]
        if not (exact_cov[0] > 0 and determinant > 0):
            raise InvalidDensity(
                f"MultivariateNormal(cov={brief(self.cov)}): cov must be positive definite (its "
                f"determinant is {float(determinant)!r}); a degenerate distribution has no density"
            )
        object.__setattr__(self, "asymmetry", float(gap))
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
        first, second = self.whitened(points_of_plane(x), origin)
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
        error = EPS * (first_size * d_first + second_size * d_second + square + abs(level) + 4)
        if self.rounded:
            error += self.parameter_error(x, origin)
        return -0.5 * square - level, error

    @cached_property
    def roundings(self) -> tuple[FloatArray, FloatArray]:
        """How far each entry of mean and of cov lies from what was given: shapes (2,) and (2, 2)."""
        mean = [rounding_of(v, e) for v, e in zip(self.mean, self.exact["mean"], strict=True)]
        cov = [rounding_of(v, e) for v, e in zip(self.cov.ravel(), self.exact["cov"], strict=True)]
        half = 0.5 * self.asymmetry
        return np.array(mean), np.reshape(cov, (2, 2)) + np.array([[0, half], [half, 0]])

    @cached_property
    def rounded(self) -> bool:
        """Whether an entry was given exactly and is not a float64, or cov is not quite symmetric."""
        return any(np.any(part) for part in self.roundings)

    @cached_property
    def rounding_share(self) -> float:
        """The rounding of mean and cov, as shares of the least standard deviation and variance."""
        mean, cov = self.roundings
        (a, _), (b, d) = self.factor
        narrow = a * d / math.hypot(a, b, d)  # at most the least standard deviation
        return float(max(np.max(mean) / narrow, np.max(cov) / narrow**2))

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """|P y|·|dm| + |yᵀP| |dC| |P y| / 2 + tr(|P| |dC|) / 2, y = x - mean, P = cov⁻¹, twice.

        |P y| is taken at the farthest point that the rounding of the mean may reach.
        """
        mean, cov = self.roundings
        weight = np.abs(self.precision)
        pull = np.abs(local(x, origin, self.mean) @ self.precision) + weight @ mean
        first, second = pull[..., 0], pull[..., 1]
        error = (0.5 * cov[0, 0] * first + (cov[0, 1] * second + mean[0])) * first
        error += (0.5 * cov[1, 1] * second + mean[1]) * second
        return np.asarray(2 * error + float(np.sum(weight * cov)))

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
        return marginal_tails(self.marginals(), box)

    def marginals(self) -> tuple[Normal, Normal]:
        """The distributions of the two coordinates."""
        sides = [Normal(m, math.sqrt(v)) for m, v in zip(self.mean, np.diag(self.cov), strict=True)]
        return sides[0], sides[1]


def _entries(name: str, given: Any, shape: tuple[int, ...]) -> tuple[FloatArray, list[Fraction]]:
    """Return an array of parameters as floats and, flat, exactly."""
    try:
        table = np.asarray(detached(given), dtype=object)
    except ValueError:
        table = np.empty(0, dtype=object)
    if table.shape != shape:
        raise InvalidDensity(
            f"MultivariateNormal({name}={brief(given)}): {name} must have shape {shape}, not "
            f"{table.shape}" + (OTHER if table.size > np.prod(shape) else "")
        )
    pairs = [parameter("MultivariateNormal", name, entry) for entry in table.ravel()]
    values = np.array([value for value, _ in pairs], dtype=np.float64).reshape(shape)
    return values, [exact for _, exact in pairs if exact is not None]


def unit_of(given: Any) -> float:
    """Return the rounding unit of the floats in a table, that of float64 for other numbers."""
    dtype = np.asarray(detached(given)).dtype
    return float(np.finfo(dtype).eps) if dtype.kind == "f" else EPS


def points_of_plane(x: npt.ArrayLike) -> FloatArray:
    """Return points of shape (..., 2) as floats.

    Raises
    ------
    ValueError
        If the shape is another.
    """
    points = np.asarray(x, dtype=np.float64)
    if points.shape[-1:] != (2,):
        raise ValueError(f"points of the plane have shape (..., 2), not {points.shape}")
    return points


def marginal_tails(
    marginals: tuple[Density1D, Density1D],
    box: tuple[tuple[float, float], tuple[float, float]],
) -> float:
    """Return the sum of both coordinates' mass outside the sides of a box, at most 1."""
    return min(1.0, sum(m.tail_mass(side) for m, side in zip(marginals, box, strict=True)))
