r"""The integrands of the divergences, in forms without cancellation.

A kernel takes `PairValues` and returns its values and bounds on their rounding errors. With A =
|a|, e = e^-A and M = max(p, q) = the larger density, every difference of the two densities is M (1
- e), so that nothing is ever subtracted; where a series is needed, a -> 0 keeps full relative
precision. Integrals of p and q are 1, so that multiples of p - q may be added to any integrand:
each one is chosen non-negative and of second order in a.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from gantheory.arrays import EPS, LOG_2, FloatArray, PointValues
from gantheory.divergences.pair import PairValues
from gantheory.divergences.settling import Fused

Values = tuple[PointValues, PointValues]
Crossing = Callable[[PairValues], FloatArray]
"""A function of a pair that changes its sign where an integrand has a kink or jumps."""
NEAR = 0.1
TERMS = 20  # of a series in s < NEAR: s^18 is rounding
FAR = 700.0  # e^FAR is still a float
LEAST = 4e-323  # a few of the smallest floats: what a number loses that underflows
STEP = 1e-4  # in u/u: for the curvature of a generator


@dataclass(frozen=True)
class Kernel:
    """An integrand and what is known of it.

    Attributes
    ----------
    name:
        Names the integrand in routes.
    values:
        PairValues -> (values, rounding).
    bound:
        (c_p, c_q) with |integrand| <= c_p p + c_q q everywhere, or None if there is no such bound.
    kinks:
        Functions of `PairValues` that change their sign where the integrand has a kink or jumps.
    mass_outside_bulks:
        Whether its bulk may lie outside the bulks of p and q, as that of p²/q does.
    logarithmic:
        Whether it is formed from log p and log q, so that their underflow does not matter.
    fused:
        What machine code knows it as.
    alpha:
        The order of a power.
    """

    name: str
    values: Callable[[PairValues], Values]
    bound: tuple[float, float] | None = None
    kinks: tuple[Crossing, ...] = ()
    mass_outside_bulks: bool = False
    logarithmic: bool = False
    fused: Fused | None = None
    alpha: float | None = None


def equality(v: PairValues) -> FloatArray:
    """a = log p - log q, for kinks where p = q."""
    return v.logit


def _larger(v: PairValues) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return max(p, q), |a| (inf where one vanishes) and e^-|a|."""
    size = np.abs(v.logit)
    return np.exp(np.maximum(v.log_p, v.log_q)), size, np.exp(-size)


def _rounded(
    v: PairValues, larger: FloatArray, value: FloatArray, slope: FloatArray, curvature: float
) -> Values:
    """Return the value and a bound on its error, for kernels max(p, q) g(|a|), slope = max(p, q) g'.

    |slope| da + sup |g''| max(p, q) da² / 2 + |value| (relative error of the density + rounding), with
    |g''| / 2 <= curvature e^(-|a|/2): where p = q, g' is 0 and the second order is all there is.
    """
    weight = np.where(v.log_p >= v.log_q, v.error_p, v.error_q) + 16 * EPS
    with np.errstate(invalid="ignore", over="ignore"):
        first = np.where(slope == 0, 0.0, np.abs(slope) * v.error_logit)
        # sup over all that a may be
        least = np.nan_to_num(np.maximum(np.abs(v.logit) - v.error_logit, 0.0), posinf=np.inf)
        second = curvature * larger * (v.error_logit * np.exp(-0.25 * least)) ** 2
    return value, first + second + np.abs(value) * weight + _lost(v)


def _lost(v: PairValues) -> FloatArray:
    """What underflow may have taken from a kernel that vanishes where p = q, and only there."""
    return np.where(v.logit == 0, 0.0, LEAST)


def jensen_shannon_of_logit(a: FloatArray) -> FloatArray:
    """k(a) = a tanh(a/2) + 2 log sech(a/2) = 2 (log 2 - h(σ(a))), to full relative precision.

    With δ = tanh(|a|/2): δ|a| + log(1 - δ²) near 0, where log 2 - h cancels, and log 2 - h far out,
    where 1 - δ² does.
    """
    size = np.abs(a)
    e = np.exp(-size)
    near = size < 1
    delta = np.where(near, -np.expm1(-size) / (1 + e), 0.0)
    close = delta * np.where(near, size, 0.0) + np.log1p(-(delta**2))
    with np.errstate(invalid="ignore"):
        far = 2 * (LOG_2 - np.log1p(e) - np.where(e == 0, 0.0, size * e / (1 + e)))
    return np.where(near, close, far)


def jensen_shannon(v: PairValues) -> Values:
    """(p + q) k(a) / 4."""
    larger, size, e = _larger(v)
    value = 0.25 * larger * (1 + e) * jensen_shannon_of_logit(v.logit)
    # d/da [(p + q) k / 4] at fixed p + q: (p + q) a sech²(a/2) / 8
    slope = 0.5 * larger * np.where(e == 0, 0.0, np.where(np.isfinite(size), size, 0) * e / (1 + e))
    return _rounded(v, larger, value, slope, 0.125)


def criterion(v: PairValues) -> Values:
    """p log D* + q log(1 - D*) = -(p softplus(-a) + q softplus(a))."""
    larger, size, e = _larger(v)
    with np.errstate(invalid="ignore"):
        value = -larger * (np.log1p(e) + np.where(e == 0, 0.0, e * (size + np.log1p(e))))
    slope = larger * e * (1 + np.where(np.isfinite(size), size, 0.0))
    value, rounding = _rounded(v, larger, value, slope, 0.25)
    return value, rounding + np.where(np.maximum(v.log_p, v.log_q) > -np.inf, LEAST, 0.0)


def kullback_leibler(v: PairValues) -> Values:
    """p (a + e^-a - 1) = p log(p/q) - p + q."""
    near = np.abs(v.logit) < NEAR
    with np.errstate(invalid="ignore", over="ignore"):
        far = v.p * v.logit + (v.q - v.p)
        far = np.where(v.p == 0, v.q, far)
    step = np.where(near, v.logit, 0.0)
    value = np.where(near, v.p * exp_tail(-step), far)
    # nearby the integrand is p times a function of a; far away p, a and q enter by themselves
    a = np.where(v.p == 0, 0.0, v.logit)
    da = np.where(v.p == 0, 0.0, v.error_logit)
    with np.errstate(invalid="ignore", over="ignore"):
        # the second derivative in a is p e^-a, and a is known to da
        second = np.where(da == 0, 0.0, 0.5 * da**2 * np.exp(np.minimum(NEAR + da, 700.0)))
        nearby = v.p * (np.abs(np.expm1(-step)) * da + second) + value * (v.error_p + 16 * EPS)
        apart = v.p * ((np.abs(a) + 1) * (v.error_p + 8 * EPS) + da) + v.q * (v.error_q + 8 * EPS)
    return value, np.where(near, nearby, apart) + _lost(v)


def exp_tail(x: FloatArray) -> FloatArray:
    """e^x - 1 - x for |x| < 0.1, by its series: all its relative precision."""
    total = np.zeros_like(x)
    for n in range(13, 1, -1):
        total = total * x + 1 / math.factorial(n)
    return np.asarray(x * x * total)


def mirrored(v: PairValues) -> PairValues:
    """Return the same points with p and q exchanged."""
    return PairValues(v.log_q, v.log_p, -v.logit, v.error_q, v.error_p, v.error_logit)


def reverse_kullback_leibler(v: PairValues) -> Values:
    """q log(q/p) - q + p."""
    return kullback_leibler(mirrored(v))


def jeffreys(v: PairValues) -> Values:
    """(p - q) a."""
    larger, size, e = _larger(v)
    value = larger * -np.expm1(-size) * size
    slope = larger * (
        -np.expm1(-size) + np.where(e == 0, 0.0, np.where(np.isfinite(size), size, 0) * e)
    )
    return _rounded(v, larger, value, slope, 1.0)


def total_variation(v: PairValues) -> Values:
    """|p - q| / 2."""
    larger, size, e = _larger(v)
    return _rounded(v, larger, 0.5 * larger * -np.expm1(-size), 0.5 * larger * e, 0.25)


def hellinger(v: PairValues) -> Values:
    """(√p - √q)² / 2."""
    larger, size, _ = _larger(v)
    step = -np.expm1(-0.5 * size)
    slope = 0.5 * larger * step * np.exp(-0.5 * size)
    return _rounded(v, larger, 0.5 * larger * step**2, slope, 0.125)


def triangular(v: PairValues) -> Values:
    """(p - q)² / (p + q)."""
    larger, size, e = _larger(v)
    step = -np.expm1(-size)
    slope = larger * e * step * (3 + e) / (1 + e) ** 2
    return _rounded(v, larger, larger * step**2 / (1 + e), slope, 0.5)


def smaller(weight_p: float, weight_q: float) -> Callable[[PairValues], Values]:
    """Return the integrand min(w p, v q), which moves relatively no more than p or q does."""

    def values(v: PairValues) -> Values:
        value = np.minimum(weight_p * v.p, weight_q * v.q)
        both = (v.log_p > -np.inf) & (v.log_q > -np.inf)
        rounding = value * (np.maximum(v.error_p, v.error_q) + 4 * EPS)
        return value, rounding + np.where(both, LEAST, 0.0)

    return values


def skew_jensen_shannon(w: float, v: float) -> Callable[[PairValues], Values]:
    """Return the integrand w p log(p/m) + v q log(q/m), m = w p + v q, for two weights of sum 1.

    Where p is the larger one it is p [v r(s) - r(v s)], s = 1 - q/p, r(s) = Σ s^k/(k (k-1)) over k ≥ 2:
    nearby it is summed with the coefficients v (1 - v^(k-1)) > 0. Elsewhere p, q and w, v swap.
    """
    series = [(_skew_coefficient(w, v, k), _skew_coefficient(v, w, k)) for k in range(2, TERMS)]

    def values(pair: PairValues) -> Values:
        larger, size, e = _larger(pair)
        p_larger = pair.logit >= 0
        own, other = np.where(p_larger, w, v), np.where(p_larger, v, w)
        s = -np.expm1(-size)
        log_own, log_other = _log_shares(own, other, size, s, e)
        first, second = own * log_own, other * e * log_other
        near = np.zeros_like(s)
        for for_p, for_q in reversed(series):
            near = near * s + np.where(p_larger, for_p, for_q)
        g = np.where(size < NEAR, near * s * s, first - second)
        lost = np.where(size < NEAR, 0.0, 8 * EPS * (first + second)) * larger
        value, rounding = _rounded(
            pair, larger, larger * g, larger * second, 0.5 * math.sqrt(w * v)
        )
        return value, rounding + lost

    return values


def _skew_coefficient(w: float, v: float, k: int) -> float:
    """v (1 - v^(k-1)) / (k (k - 1)) for v = 1 - w, to full relative precision."""
    log_v = math.log1p(-w) if w < 0.5 else math.log(v)
    return -v * math.expm1((k - 1) * log_v) / (k * (k - 1))


def _log_shares(
    own: FloatArray, other: FloatArray, size: FloatArray, s: FloatArray, e: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """log(M/m) and log(m/L), M and L the larger and the smaller density, m = own M + other L."""
    with np.errstate(divide="ignore", over="ignore"):
        above = np.where(other * s < 0.5, -np.log1p(-other * s), -np.log(own + other * e))
        below = np.log1p(own * np.expm1(np.minimum(size, FAR)))
        beyond = np.logaddexp(0.0, np.log(own) + np.where(e > 0, size, 0.0))
    return above, np.where(size < FAR, below, beyond)


def power(alpha: float) -> Callable[[PairValues], Values]:
    """Return the integrand q (u^α - 1 - α (u - 1)) / (α (α - 1)), u = p/q."""
    norm = alpha * (alpha - 1)

    def values(v: PairValues) -> Values:
        near = np.abs(v.logit) < NEAR / max(1.0, abs(alpha))
        a = np.where(near, v.logit, 0.0)
        series = (exp_tail(alpha * a) - alpha * exp_tail(a)) / norm
        with np.errstate(invalid="ignore", over="ignore"):
            mixed = np.exp(
                np.where(v.log_p == v.log_q, v.log_p, alpha * v.log_p + (1 - alpha) * v.log_q)
            )
            mixed = np.where(np.isnan(mixed), 0.0, mixed)
            far = (mixed - alpha * v.p - (1 - alpha) * v.q) / norm
            value = np.where(near, v.q * series, far)
            slope = np.where(
                near, v.q * np.abs(np.expm1(alpha * a) - np.expm1(a)) / abs(alpha - 1), 0.0
            )
            # far from equality the log densities enter by themselves
            exponent = np.abs(alpha * v.log_p) + np.abs((1 - alpha) * v.log_q)
            relative = abs(alpha) * v.error_p + abs(1 - alpha) * v.error_q + EPS * (8 + exponent)
            single = abs(alpha) * v.p * v.error_p + abs(1 - alpha) * v.q * v.error_q
            wide = np.where(mixed == 0, 0.0, mixed * relative) + single
            wide = (wide + (abs(alpha) + 1) * (v.p + v.q) * 8 * EPS) / abs(norm)
        with np.errstate(invalid="ignore", over="ignore"):
            # the second derivative in a is q (α e^αa - e^a) / (α - 1), at most 1.5 q nearby
            growth = np.exp(np.minimum(max(1.0, abs(alpha)) * v.error_logit, 700.0))
            second = np.where(v.q == 0, 0.0, 0.75 * v.q * growth * v.error_logit**2)
            nearby = slope * v.error_logit + second + np.abs(value) * (v.error_q + 16 * EPS)
        return value, np.where(near, nearby, wide) + _lost(v)

    return values


def log_power(alpha: float, offset: float) -> Callable[[PairValues], Values]:
    """Return the integrand p^α q^(1 - α) e^-offset."""

    def values(v: PairValues) -> Values:
        with np.errstate(invalid="ignore", over="ignore"):
            log_value = alpha * v.log_p + (1 - alpha) * v.log_q
            log_value = np.where(np.isnan(log_value), -np.inf, log_value)
            value = np.exp(log_value - offset)
            size = np.abs(alpha * v.log_p) + np.abs((1 - alpha) * v.log_q) + abs(offset)
            error = abs(alpha) * v.error_p + abs(1 - alpha) * v.error_q + EPS * (8 + size)
            return value, np.where(value == 0, 0.0, value * error)

    return values


def of_generator(
    f: Callable[[FloatArray], npt.ArrayLike], at_zero: float | None, at_infinity: float | None
) -> Callable[[PairValues], Values]:
    """Return the integrand q f(p/q), p f'(∞) where q = 0 and q f(0) where p = 0."""
    p_limit, p_doubt = _limit(f, at_infinity, np.array([1e300, 1e150]))
    q_limit, q_doubt = _limit(f, at_zero, np.array([1e-300, 1e-150]))

    def values(v: PairValues) -> Values:
        both = np.isfinite(v.log_p) & np.isfinite(v.log_q)
        with np.errstate(over="ignore"):
            u = np.exp(np.where(both, v.logit, 0.0))
        moderate = both & (u > 0) & np.isfinite(u)
        u = np.where(moderate, u, 1.0)
        fu = np.asarray(f(u.copy()), dtype=np.float64)
        if fu.shape != u.shape:
            raise ValueError(
                f"f returned shape {fu.shape} for ratios of shape {u.shape}; it must be vectorised"
            )
        if np.any(np.isnan(fu)):
            raise ValueError(f"f returned nan at p/q = {u[np.isnan(fu)].flat[0]!r}")
        step = 1e-6
        # a difference of two values does not resolve less than their rounding
        slope = (np.abs(np.asarray(f(u * (1 + step))) - fu) + 4 * EPS * np.abs(fu)) / step
        bent = _bent(f, u, fu, np.where(moderate, v.error_logit, 0.0))
        only_p = v.logit > 0
        lonely = np.where(only_p, v.p * p_limit, v.q * q_limit)
        value = np.where(moderate, v.q * fu, np.where(v.logit == 0, 0.0, lonely))
        noise = np.where(moderate, v.q * (np.abs(fu) + slope + 1) * 8 * EPS, 0.0)
        with np.errstate(invalid="ignore", over="ignore"):
            moved = slope * v.error_logit + bent + np.abs(fu) * v.error_q
            moved = np.where(moderate, v.q * moved, 0.0)
            alone = np.abs(value) * np.where(only_p, v.error_p, v.error_q)
            size = np.where(only_p, v.p, v.q)
            doubt = np.where(only_p, p_doubt, q_doubt)
            doubt = np.where((size == 0) | (doubt == 0), 0.0, size * doubt * np.abs(v.logit))
        beyond = np.where(moderate, 0.0, alone + doubt)
        return value, moved + beyond + noise + 8 * EPS * np.abs(value) + _lost(v)

    return values


def _limit(
    f: Callable[[FloatArray], npt.ArrayLike], given: float | None, edge: FloatArray
) -> tuple[float, float]:
    """Return lim f(u) / max(u, 1) beyond the floats, and how it may grow with |log u| there.

    Where no finite limit is given and f grows like a logarithm at the last floats, that is assumed to
    go on; where it grows faster, nothing is known.
    """
    if given is not None and math.isfinite(given):
        return given, 0.0
    with np.errstate(all="ignore"):
        last, before = (float(x) for x in np.asarray(f(edge.copy())) / np.maximum(edge, 1.0))
    if math.isfinite(last) and abs(last) <= 4 * abs(before):
        return last, abs(last) / abs(math.log(edge[0]))
    return 0.0, math.inf


def _bent(
    f: Callable[[FloatArray], npt.ArrayLike], u: FloatArray, fu: FloatArray, da: FloatArray
) -> FloatArray:
    """f(u + h) - 2 f(u) + f(u - h) where log u is known to da: the second order of f, h = u da.

    h is at least 1e-4 u, or rounding would be all there is; below, it is scaled down by (u da / h)².
    """
    if not np.any(da**2 > EPS):
        return np.zeros_like(u)
    share = np.clip(da, STEP, 0.5)
    with np.errstate(all="ignore"):
        second = np.asarray(f(u * (1 + share))) - 2 * fu + np.asarray(f(u * (1 - share)))
        return np.where(np.isfinite(second), np.abs(second), 0.0) * (da / share) ** 2


def value_of_logit(v: PairValues, ell: FloatArray, error: FloatArray) -> Values:
    """p log σ(ℓ) + q log(1 - σ(ℓ)) for a discriminator with logit ℓ, known to `error`."""
    with np.errstate(invalid="ignore", over="ignore"):
        real = np.where(v.p == 0, 0.0, v.p * np.logaddexp(0.0, -ell))
        fake = np.where(v.q == 0, 0.0, v.q * np.logaddexp(0.0, ell))
    size = np.where(np.isfinite(ell), np.abs(ell), 0.0)
    slope = v.p * expit(-ell) + v.q * expit(ell)
    rounding = real * (v.error_p + 8 * EPS) + fake * (v.error_q + 8 * EPS)
    rounding += slope * (EPS * size + error)
    return -(real + fake), rounding + np.where(np.maximum(v.log_p, v.log_q) > -np.inf, LEAST, 0.0)
