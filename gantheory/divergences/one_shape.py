"""Wasserstein distances of two densities of one shape, in closed form.

Where p and q are locations and scales of one Z, the best coupling is linear, F⁻¹ - G⁻¹ = a + b Z, and
the distances are moments of that. Nothing cancels as p -> q: a and b are differences of what was given,
and Z is symmetric but for the exponential, where a = 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from scipy.special import betaln, gammaln, ndtr, stdtr

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.normal import LOG_SQRT_2PI, Normal
from gantheory.densities.student_t import StudentT, log_beta_half
from gantheory.densities.uniform import Uniform
from gantheory.divergences.members import Found, common_batch
from gantheory.estimates import Route, route

ROUNDING = 128 * EPS  # relative: of the special functions and their sums
LARGE = 16.0  # from where Stirling's series has all digits
LARGEST = Fraction(1e300)

Half = Callable[[FloatArray, Any], tuple[FloatArray, FloatArray]]
"""(c >= 0, df) -> P(Z > c), E(Z - c)₊."""


def _normal(c: FloatArray, df: Any) -> tuple[FloatArray, FloatArray]:
    """Φ(-c), φ(c) - c Φ(-c)."""
    tail = ndtr(-c)
    return tail, np.maximum(np.exp(-0.5 * c * c - LOG_SQRT_2PI) - c * tail, 0.0)


def _laplace(c: FloatArray, df: Any) -> tuple[FloatArray, FloatArray]:
    """e^-c / 2, e^-c / 2."""
    tail = 0.5 * np.exp(-c)
    return tail, tail


def _uniform(c: FloatArray, df: Any) -> tuple[FloatArray, FloatArray]:
    """(1 - c)₊ / 2, (1 - c)₊² / 4: Z on [-1, 1]."""
    left = np.maximum(1 - c, 0.0)
    return 0.5 * left, 0.25 * left**2


def _student(c: FloatArray, df: Any) -> tuple[FloatArray, FloatArray]:
    """P(T > c), f(c) (df + c²) / (df - 1) - c P(T > c), f the density."""
    tail, level = stdtr(df, -c), np.log(df / (df - 1)) - 0.5 * np.log(df) - log_beta_half(0.5 * df)
    whole = np.exp(level + 0.5 * (1 - df) * np.log1p(c / df * c))
    return tail, np.maximum(whole - c * tail, 0.0)


def _moment(family: type, k: float, df: Any) -> Any:
    """E|Z|^k, for Student's Z where k < df."""
    if family is Normal:
        return np.exp(0.5 * k * np.log(2) + gammaln(0.5 * (k + 1)) - gammaln(0.5))
    if family is Uniform:
        return 1 / (k + 1)
    if family is StudentT and k == 1:
        return 2 * _student(0.0 * df, df)[1]
    if family is StudentT and k == 2:
        return df / (df - 2)
    if family is StudentT:
        return np.where(df - k < 2 * LARGE, _moment_by_beta(k, df), _moment_by_stirling(k, df))
    return np.exp(gammaln(k + 1))


def _moment_by_beta(k: float, df: Any) -> Any:
    """df^(k/2) B((k + 1)/2, (df - k)/2) / B(1/2, df/2)."""
    log_ratio = betaln(0.5 * (k + 1), 0.5 * (df - k)) - log_beta_half(0.5 * df)
    return np.exp(0.5 * k * np.log(df) + log_ratio)


def _moment_by_stirling(k: float, df: Any) -> Any:
    """df^(k/2) Γ(x - d) Γ(d + 1/2) / (Γ(x) Γ(1/2)), d = k/2, x = df/2, by Stirling's series.

    log Γ of x and of x - d would cancel: what they have in common is taken out.
    """
    d, x = 0.5 * k, 0.5 * df
    y = np.maximum(x - d, LARGE)
    ratio = (y - 0.5) * np.log1p(-d / np.maximum(x, LARGE + d)) + d + _series(y) - _series(y + d)
    return np.exp(ratio + d * np.log(2) + gammaln(d + 0.5) - gammaln(0.5))


def _series(x: Any) -> Any:
    """log Γ(x) - (x - 1/2) log x + x - log(2π)/2, for x >= LARGE."""
    s = 1 / (x * x)
    return (1 / 12 - s * (1 / 360 - s * (1 / 1260 - s * (1 / 1680 - s / 1188)))) / x


HALVES: dict[type, Half] = {
    Normal: _normal,
    Laplace: _laplace,
    Uniform: _uniform,
    StudentT: _student,
    Exponential: _laplace,  # a = 0: all that is asked for is E|Z| / 2 at 0
}


@dataclass(frozen=True)
class Step:
    """F⁻¹ - G⁻¹ = ±(shift + stretch Z), both at least 0, and bounds on the errors of both."""

    shift: Any
    stretch: Any
    off_shift: Any
    off_stretch: Any
    df: Any


def transport_of_one_shape(p: Any, q: Any, order: float) -> tuple[Found, Route] | None:
    """(E|a + b Z|^order)^(1/order) of every pair, in C order, and its route.

    None if p and q are of two shapes, or no closed form is known.
    """
    step = _step(p, q)
    if step is None or not np.all(np.isfinite(step.shift) & np.isfinite(step.stretch)):
        return None
    family: Any = type(p)
    a, b, df = step.shift, step.stretch, step.df
    heavy = family is Cauchy or (family is StudentT and not np.all(order < df))
    if heavy and not np.all(df <= order):
        return None
    if heavy:
        value = np.where(b == 0, a, np.inf)
        error = np.where(b == 0, step.off_shift, 0.0)
    else:
        width = _moment(family, order, df) ** (1 / order)
        value = _distance(family, a, b, width, order, df)
        if value is None:
            return None
        error = step.off_shift + width * step.off_stretch + ROUNDING * value + 4e-323 * (value > 0)
    shape = common_batch(p, q)
    value, error = (
        np.array(np.broadcast_to(x, shape), dtype=float).ravel() for x in (value, error)
    )
    found = Found(value, error, np.ones(len(value), dtype=bool), kind="exact")
    return found, route("closed form", f"W{order:g}")


def _distance(family: Any, a: Any, b: Any, width: Any, order: float, df: Any) -> Any:
    """(E|a + b Z|^order)^(1/order), width = (E|Z|^order)^(1/order)."""
    if order == 1:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            c = np.where(b > 0, np.asarray(a) / b, np.inf)
        far = ~(c < 1e150)
        return np.asarray(
            a + 2 * b * np.where(far, 0.0, HALVES[family](np.where(far, 0.0, c), df)[1])
        )
    if order == 2:
        return np.asarray(np.hypot(a, b * width))
    return np.asarray(a + b * width) if np.all((a == 0) | (b == 0)) else None


def _step(p: Any, q: Any) -> Step | None:
    """Return a and b, None if p and q are of two shapes."""
    if type(p) is not type(q):
        return None
    if isinstance(p, Exponential):
        faster, off = _difference(p, q, "rate")
        stretch = faster / p.rate / q.rate
        off_rates = sum(x.roundings.get("rate", 0.0) / x.rate for x in (p, q))
        return Step(
            0.0 * stretch,
            stretch,
            0.0,
            off / p.rate / q.rate + (3 * EPS + 2 * off_rates) * stretch,
            1,
        )
    if isinstance(p, Uniform):
        low, off_low = _difference(p, q, "low", signed=True)
        high, off_high = _difference(p, q, "high", signed=True)
        off = off_low + off_high
        return Step(0.5 * np.abs(low + high), 0.5 * np.abs(high - low), off, off, 1)
    df: Any = 1.0
    if isinstance(p, StudentT):
        if not np.array_equal(p.df, q.df) or "df" in {*p.roundings, *q.roundings}:
            return None
        df = p.df
    elif not isinstance(p, (Normal, Laplace, Cauchy)):
        return None
    shift, off_shift = _difference(p, q, "loc")
    stretch, off_stretch = _difference(p, q, "scale")
    return Step(shift, stretch, off_shift, off_stretch, df)


def _difference(p: Any, q: Any, name: str, *, signed: bool = False) -> tuple[Any, Any]:
    """|difference| of a parameter, as it was given, and a bound on its rounding."""
    ours, theirs = p.exact[name], q.exact[name]
    if ours is None or theirs is None:
        with np.errstate(over="ignore"):
            found = np.subtract(getattr(p, name), getattr(q, name))
    else:
        exact = ours - theirs
        found = float(exact) if abs(exact) < LARGEST else np.inf
    return (found if signed else np.abs(found)), EPS * np.abs(found)
