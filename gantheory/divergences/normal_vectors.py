"""Closed forms for two normals of any dimension.

With q's covariance B = L Lᵀ, p and q are N(y, I + E) and N(0, I) in the coordinates L⁻¹(x - mean of q):
E = L⁻¹ (A - B) L⁻ᵀ has eigenvalues μ, and z are the coordinates of y along its eigenvectors. The
difference A - B is formed first, so that nothing cancels as p -> q, and no matrix is inverted.

The errors follow from backward errors, with g = (d + 2) EPS: Cholesky's is at most g tr B in norm, that
of a triangular solve g ‖L‖ ‖L⁻¹‖, relatively, that of the eigenvalues 4 g ‖E‖ (Higham, Accuracy and
Stability of Numerical Algorithms, 2002). B is first scaled by powers of two to a diagonal near 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, cast

import numpy as np
from scipy.linalg import solve_triangular

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.normal_vector import NormalVector
from gantheory.divergences.effort import Effort, Options
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, route

LARGEST = 0.05  # of what is perturbed, that a perturbation may be
CLOSE = 0.5  # |x| up to which log(1 + x) - x is a series
LARGEST_EXPONENT = 709.0

_Arguments = ParamSpec("_Arguments")


@dataclass(frozen=True)
class Pair:
    """p = N(y, I + E) and q = N(0, I), see above.

    Attributes
    ----------
    mu, z:
        Eigenvalues of E, and the coordinates of y along its eigenvectors: shape (d,).
    off_mu, off_z:
        Bounds on their errors, in norm.
    off_unit:
        Bound on the error of q's covariance I, in norm.
    """

    mu: FloatArray
    z: FloatArray
    off_mu: float
    off_z: float
    off_unit: float

    def spectral(
        self, terms: FloatArray, slopes: FloatArray, bends: FloatArray
    ) -> tuple[float, float]:
        """Σ f(μ) and its error, from f, bounds on |f'| and on |f''| / 2, all at μ.

        A curvature grows by less than 1.2 where a perturbation is LARGEST.
        """
        first = float(np.linalg.norm(slopes)) * self.off_mu
        second = 1.2 * float(np.max(bends)) * self.off_mu**2
        return math.fsum(terms), first + second + self._rounding(terms)

    def square(self, c: float) -> tuple[float, float]:
        """yᵀ (I + c E)⁻¹ y = Σ z² / (1 + c μ), and its error."""
        pulled = self.z / (1 + c * self.mu)
        length = float(np.linalg.norm(pulled))
        moved = 2 * self.off_unit + abs(c) * self.off_mu
        error = 1.2 * length * (length * moved + 2 * self.off_z) + 2 * self.off_z**2
        terms = pulled * self.z
        return math.fsum(terms), error + self._rounding(terms)

    def _rounding(self, terms: FloatArray) -> float:
        return (len(terms) + 16) * EPS * math.fsum(np.abs(terms))

    def resolved(self, c: float) -> FloatArray:
        """1 + c μ, positive beyond doubt."""
        values = 1 + c * self.mu
        if not np.min(values) * LARGEST >= abs(c) * self.off_mu + 2 * EPS:
            raise NotConverged(
                "the covariances are too ill-conditioned, or too different, for float64: eigenvalues of "
                f"one relative to the other are known to {self.off_mu:.1e} only, and the least that "
                f"counts is {np.min(values):.1e}",
                Estimate(0.0, math.inf),
            )
        return np.asarray(values)


def for_normal_vectors(
    closed: Callable[..., Estimate],
) -> Callable[[Callable[_Arguments, Estimate]], Callable[_Arguments, Estimate]]:
    """Return a decorator for a divergence of densities: of two NormalVectors it is closed(p, q, ...)."""

    def decorator(function: Callable[_Arguments, Estimate]) -> Callable[_Arguments, Estimate]:
        @wraps(function)
        def either(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> Estimate:
            if not any(isinstance(x, NormalVector) for x in (*args, *kwargs.values())):
                return function(*args, **kwargs)
            asked = {name: x for name, x in kwargs.items() if name in Options.__annotations__}
            Effort.of(
                cast(Options, asked)
            )  # refuses what densities refuse; there is nothing to spare
            return closed(*args, **{name: x for name, x in kwargs.items() if name not in asked})

        return either

    return decorator


# --- divergences ----------------------------------------------------------------------------------


def kullback_leibler(p: Any, q: Any) -> Estimate:
    """KL(p‖q) = Σ (μ - log(1 + μ)) / 2 + |y|² / 2."""
    pair = whitened(p, q)
    values = pair.resolved(1.0)
    slopes = 0.5 * np.abs(pair.mu) / values
    spread = pair.spectral(-0.5 * _log1pmx(pair.mu), slopes, 0.25 / values**2)
    return _closed("KL", (spread, 1.0), (pair.square(0.0), 0.5))


def reverse_kullback_leibler(p: Any, q: Any) -> Estimate:
    """KL(q‖p)."""
    return kullback_leibler(q, p)


def jeffreys(p: Any, q: Any) -> Estimate:
    """J(p, q) = KL(p‖q) + KL(q‖p)."""
    return kullback_leibler(p, q) + kullback_leibler(q, p)


def log_power_integral(p: Any, q: Any, alpha: float) -> Estimate:
    """log ∫ p^α q^β = Σ [β log(1 + μ) - log(1 + β μ)] / 2 - α β yᵀ (I + β E)⁻¹ y / 2, β = 1 - α."""
    pair, beta = whitened(p, q), 1 - alpha
    most = float(np.max(-beta * pair.mu))
    if most * (1 - EPS) - 1 > abs(beta) * pair.off_mu:
        return Estimate(math.inf, 0.0, kind="exact", route=route("closed form", "power integral"))
    ours, mixed = pair.resolved(1.0), pair.resolved(beta)
    terms = 0.5 * np.stack([beta * _log1pmx(pair.mu), -_log1pmx(beta * pair.mu)])
    slopes = 0.5 * np.abs(alpha * beta * pair.mu) / (ours * mixed)
    bends = 0.25 * (abs(beta) / ours**2 + (beta / mixed) ** 2)
    spread = pair.spectral(terms.ravel(), slopes, bends)
    return _closed("power integral", (spread, 1.0), (pair.square(beta), -0.5 * alpha * beta))


def squared_hellinger(p: Any, q: Any) -> Estimate:
    """H²(p, q) = 1 - ∫ √(p q)."""
    return -_expm1(log_power_integral(p, q, 0.5))


def pearson_chi2(p: Any, q: Any) -> Estimate:
    """χ²(p‖q) = ∫ p² / q - 1."""
    return _expm1(log_power_integral(p, q, 2.0))


def neyman_chi2(p: Any, q: Any) -> Estimate:
    """χ²(q‖p)."""
    return pearson_chi2(q, p)


def alpha_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """D_α(p‖q) = (∫ p^α q^(1-α) - 1) / (α (α - 1))."""
    return _expm1(log_power_integral(p, q, alpha)) / (alpha * (alpha - 1))


def renyi(p: Any, q: Any, alpha: float) -> Estimate:
    """R_α(p‖q) = log(∫ p^α q^(1-α)) / (α - 1)."""
    return log_power_integral(p, q, alpha) / (alpha - 1)


def wasserstein_2(p: Any, q: Any) -> Estimate:
    """W₂(p, q) = √(|m - n|² + min_O ‖L_p - L_q O‖²), L Lᵀ = cov, O orthogonal.

    The second term is tr(A + B - 2 (A^½ B A^½)^½), the Bures distance (Bhatia, Jain and Lim, 2019);
    the best O is the polar factor of L_qᵀ L_p. Whatever rounding moves A and B moves it by is at most
    their Bures distance to what was moved.
    """
    _check(p, q)
    unit = 2.0 ** round(0.5 * math.log2(max(np.max(np.diag(p.cov)), np.max(np.diag(q.cov)))))
    shift = (p.mean - q.mean) / unit
    spread, off = (0.0, 0.0) if _same_cov(p, q) else _bures(p, q, unit)
    value = math.hypot(*shift, spread)
    error = off + (len(shift) + 8) * EPS * value + 4e-323
    return _times(Estimate(value, error, kind="exact", route=route("closed form", "W2")), unit)


# --- whitening ------------------------------------------------------------------------------------


def whitened(p: Any, q: Any) -> Pair:
    """Return p and q where q is N(0, I).

    Raises
    ------
    TypeError, ValueError
        If one is no NormalVector, or the dimensions differ.
    NotConverged
        If q's covariance is too ill-conditioned for float64.
    """
    _check(p, q)
    d = p.dim
    unit = 2.0 ** -np.round(0.5 * np.log2(np.diag(q.cov)))
    units = np.outer(unit, unit)
    with np.errstate(over="ignore", invalid="ignore"):
        cov, gap = q.cov * units, (p.cov - q.cov) * units
        step = (p.mean - q.mean) * unit
        slack = (_norm(p.slack * units), _norm(q.slack * units))
    g, trace = (d + 2) * EPS, float(np.trace(cov))
    least = float(np.linalg.eigvalsh(cov)[0]) - 4 * g * trace
    inverse = 1 / math.sqrt(least) if least > 0 else math.inf  # at least ‖L⁻¹‖
    off_unit = inverse**2 * (g * trace + slack[1])
    if not (off_unit <= LARGEST and np.all(np.isfinite(gap)) and np.all(np.isfinite(step))):
        raise NotConverged(
            f"{brief(q)}: a covariance with eigenvalues from {max(least, 0.0):.1e} to {trace:.1e}, its "
            "diagonal scaled to about 1, is too ill-conditioned for float64 (or p is too far away)",
            Estimate(0.0, math.inf),
        )
    factor = _cholesky(cov)
    half = solve_triangular(factor, gap, lower=True)
    whole = solve_triangular(factor, half.T, lower=True)
    y = solve_triangular(factor, step, lower=True)
    mu, turn = np.linalg.eigh(0.5 * (whole + whole.T))
    grown = g * math.sqrt(trace) * inverse
    off_mu = (
        (grown + 4 * g + 2 * off_unit) * _norm(whole)
        + grown * inverse * _norm(half)
        + inverse**2 * (EPS * _norm(gap) + sum(slack))
    )
    off_z = (grown + 4 * g) * _norm(y) + inverse * EPS * _norm(step)
    return Pair(mu, turn.T @ y, 1.1 * off_mu, 1.1 * off_z, 1.1 * off_unit)


def _check(p: Any, q: Any) -> None:
    for name, x in (("p", p), ("q", q)):
        if not isinstance(x, NormalVector):
            raise TypeError(f"{name}={brief(x)}: beside a NormalVector, give another NormalVector")
    if p.dim != q.dim:
        raise ValueError(f"p has dimension {p.dim}, q has dimension {q.dim}: they must agree")


def _same_cov(p: NormalVector, q: NormalVector) -> bool:
    return np.array_equal(p.cov, q.cov) and not (np.any(p.slack) or np.any(q.slack))


def _bures(p: NormalVector, q: NormalVector, unit: float) -> tuple[float, float]:
    """min_O ‖L_p - L_q O‖ and its error, lengths in units."""
    d = p.dim
    g = (d + 2) * EPS
    (first, off_p), (second, off_q) = (
        _factor(x.cov / unit / unit, x.slack / unit / unit) for x in (p, q)
    )
    left, singular, right = np.linalg.svd(second.T @ first)
    spread = _norm(first - second @ (left @ right))
    off_product = 4 * g * _norm(first) * _norm(second)
    room = float(singular[-1]) - 2 * off_product
    turned = off_product / room if room > 0 else math.inf
    excess = min(4 * math.sqrt(d) * off_product, float(singular[0]) * turned**2)
    below = min(math.sqrt(excess), excess / spread if spread > 0 else math.inf)
    rounding = 3 * g * math.sqrt(d) * (_norm(first) + _norm(second))
    return spread, off_p + off_q + below + rounding


def _factor(cov: FloatArray, slack: FloatArray) -> tuple[FloatArray, float]:
    """Return Cholesky's L, and a bound on the Bures distance of L Lᵀ from the true cov.

    That is at most √‖Δ‖_*, and ‖Δ‖ / √(least eigenvalue) (Powers and Størmer, 1970; van Hemmen and
    Ando, 1980).
    """
    trace = float(np.trace(cov))
    off = (len(cov) + 2) * EPS * trace + _norm(slack)
    least = float(np.linalg.eigvalsh(cov)[0]) - 4 * off
    bound = math.sqrt(math.sqrt(len(cov)) * off)
    return _cholesky(cov), min(bound, off / math.sqrt(least)) if least > 0 else bound


def _cholesky(cov: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.cholesky(cov), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise NotConverged(
            "a covariance is so ill-conditioned that it is not positive definite in float64",
            Estimate(0.0, math.inf),
        ) from None


# --- numbers --------------------------------------------------------------------------------------


def _norm(x: FloatArray) -> float:
    return float(np.linalg.norm(x))


def _log1pmx(x: FloatArray) -> FloatArray:
    """log(1 + x) - x = -x r + 2 (r³/3 + r⁵/5 + ...), r = x / (2 + x), where that does not cancel."""
    r = np.where(np.abs(x) <= CLOSE, x, 0.0)
    r = r / (2 + r)
    series = np.polynomial.polynomial.polyval(r * r, 1 / np.arange(3.0, 37.0, 2.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(np.abs(x) <= CLOSE, r * (2 * r * r * series - x), np.log1p(x) - x)


def _closed(name: str, *parts: tuple[tuple[float, float], float]) -> Estimate:
    """Return Σ factor · (value, error)."""
    value = math.fsum(factor * part[0] for part, factor in parts)
    error = math.fsum(abs(factor) * part[1] for part, factor in parts)
    size = math.fsum(abs(factor * part[0]) for part, factor in parts)
    return Estimate(value, error + 4 * EPS * size, kind="exact", route=route("closed form", name))


def _expm1(x: Estimate) -> Estimate:
    """e^x - 1.

    Raises
    ------
    NotConverged
        If that is finite, and beyond float64.
    """
    value, error = float(x), float(x.error)
    if math.isinf(value):
        return x
    if not value + error < LARGEST_EXPONENT:
        raise NotConverged(
            f"the integral is e^{value:.6g}, beyond float64: take its logarithm, renyi_divergence",
            Estimate(0.0, math.inf),
        )
    low, middle, high = (math.expm1(t) for t in (value - error, value, value + error))
    spread = max(high - middle, middle - low) + 4 * EPS * abs(middle)
    return Estimate(middle, spread, kind="exact", route=x.route)


def _times(x: Estimate, unit: float) -> Estimate:
    return Estimate(float(x) * unit, float(x.error) * unit, kind=x.kind, route=x.route)
