"""The divergences by name."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.finiteness import (
    escapes,
    kullback_leibler_is_infinite,
    power_is_infinite,
)
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.layout import logarithmic_tail
from gantheory.divergences.powers import log_power_integral
from gantheory.estimates import Estimate, route, total

HALF_LOG_2 = 0.5 * math.log(2)
JENSEN_SHANNON = Kernel("JSD", kernels.jensen_shannon, bound=(HALF_LOG_2, HALF_LOG_2))
TOTAL_VARIATION = Kernel("TV", kernels.total_variation, bound=(0.5, 0.5), kink=True)
HELLINGER = Kernel("squared Hellinger", kernels.hellinger, bound=(0.5, 0.5))
KULLBACK_LEIBLER = Kernel("KL", kernels.kullback_leibler)
REVERSE_KULLBACK_LEIBLER = Kernel("reverse KL", kernels.reverse_kullback_leibler)
JEFFREYS = Kernel("Jeffreys", kernels.jeffreys)


def infinite(name: str) -> Estimate:
    """Return +inf, exact, by the route that decided it."""
    return Estimate(math.inf, 0.0, kind="exact", route=route("supports and tails", name))


def js_divergence(p: Any, q: Any) -> Estimate:
    """JSD(p, q) = KL(p‖m)/2 + KL(q‖m)/2 with m = (p + q)/2, in nats, between 0 and log 2.

    This is the divergence, not its square root; nothing is normalised.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare; `.best` has what there is.

    Notes
    -----
    Source: Lin (1991). Outside the cells its integrand is at most (p + q) log 2.
    """
    return over_batch(lambda a, b: functional(JENSEN_SHANNON, a, b), p, q, kernel=JENSEN_SHANNON)


def total_variation(p: Any, q: Any) -> Estimate:
    """TV(p, q) = ∫ |p - q| / 2, between 0 and 1.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare.
    """
    return over_batch(lambda a, b: functional(TOTAL_VARIATION, a, b), p, q)


def squared_hellinger(p: Any, q: Any) -> Estimate:
    """H²(p, q) = ∫ (√p - √q)² / 2, between 0 and 1 (with the factor 1/2).

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare.
    """
    return over_batch(lambda a, b: functional(HELLINGER, a, b), p, q, kernel=HELLINGER)


def kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(p‖q) = ∫ p log(p/q), in nats.

    +inf where p has mass and q has none, or where p's tails outweigh the logarithm of q's, as in
    KL(Cauchy‖Normal).

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        If a black box declares no tails, or the nodes cannot see the declared structure.

    Notes
    -----
    Source: Kullback and Leibler (1951). Integrated as ∫ p log(p/q) - p + q, whose integrand is
    nowhere negative.
    """
    return over_batch(_kl, p, q)


def _kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q):
        return infinite("KL")
    return logarithmic(KULLBACK_LEIBLER, _kl, p, q)


def logarithmic(kernel: Kernel, again: Callable[[Any, Any], Estimate], p: Any, q: Any) -> Estimate:
    """Return a divergence of logarithms: additive over the factors of products of the plane."""
    if p.dim == 2 and isinstance(p, Product) and isinstance(q, Product):
        return total(again(a, b) for a, b in zip(p.marginals(), q.marginals(), strict=True))
    found = functional(kernel, p, q)
    if p.dim == 1 or isinstance(p, Discrete):
        return found
    return replace(found, error=found.error + logarithmic_tail(p, q))


def reverse_kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(q‖p) = ∫ q log(q/p), in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(_reverse_kl, p, q)


def _reverse_kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(q, p):
        return infinite("reverse KL")
    return logarithmic(REVERSE_KULLBACK_LEIBLER, _reverse_kl, p, q)


def jeffreys_divergence(p: Any, q: Any) -> Estimate:
    """J(p, q) = KL(p‖q) + KL(q‖p) = ∫ (p - q) log(p/q), in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(_jeffreys, p, q)


def _jeffreys(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q) or kullback_leibler_is_infinite(q, p):
        return infinite("Jeffreys")
    return logarithmic(JEFFREYS, _jeffreys, p, q)


def pearson_chi2(p: Any, q: Any) -> Estimate:
    """χ²(p‖q) = ∫ (p - q)² / q = ∫ q f(p/q) with f(u) = (u - 1)².

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(lambda a, b: _power(a, b, 2.0, "Pearson chi²") * 2, p, q)


def neyman_chi2(p: Any, q: Any) -> Estimate:
    """χ²(q‖p) = ∫ (p - q)² / p = ∫ q f(p/q) with f(u) = (1 - u)² / u.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(lambda a, b: _power(b, a, 2.0, "Neyman chi²") * 2, p, q)


def alpha_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """D_α(p‖q) = (∫ p^α q^(1-α) - 1) / (α (α - 1)), α neither 0 nor 1.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.
    alpha:
        1/2 gives 4 H², 2 gives Pearson's χ²/2; the limits 1 and 0 are KL(p‖q) and KL(q‖p).

    Raises
    ------
    ValueError
        If alpha is 0, 1 or not finite.
    NotConverged
        As `kl_divergence`.
    """
    _check_alpha("alpha_divergence", alpha)
    return over_batch(lambda a, b: _power(a, b, float(alpha), f"alpha({alpha:g})"), p, q)


def renyi_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """R_α(p‖q) = log(∫ p^α q^(1-α)) / (α - 1), α positive and not 1, in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.
    alpha:
        Its order; the limit 1 is KL(p‖q).

    Raises
    ------
    ValueError
        If alpha is 1, not positive or not finite.
    NotConverged
        As `kl_divergence`.

    Notes
    -----
    Source: Rényi (1961).
    """
    _check_alpha("renyi_divergence", alpha)
    if not alpha > 0:
        raise ValueError(f"renyi_divergence(alpha={alpha!r}): alpha must be positive")
    return over_batch(lambda a, b: _renyi(a, b, float(alpha)), p, q)


def _check_alpha(function: str, alpha: float) -> None:
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not math.isfinite(alpha):
        raise ValueError(f"{function}(alpha={alpha!r}): alpha must be a finite number")
    if alpha in (0, 1):
        name = "kl_divergence" if alpha == 1 else "reverse_kl_divergence"
        raise ValueError(f"{function}(alpha={alpha!r}): the limit has a name, {name}(p, q)")


def _power(p: Any, q: Any, alpha: float, name: str) -> Estimate:
    """(∫ p^α q^(1-α) - 1) / (α (α - 1))."""
    if power_is_infinite(p, q, alpha):
        return infinite(name)
    if p.dim == 2 and not isinstance(p, Discrete):
        log_integral = log_power_integral(p, q, alpha)
        if math.isinf(float(log_integral)):
            return infinite(name)
        return _expm1(log_integral, name) / (alpha * (alpha - 1))
    bound = (1 / abs(1 - alpha), 1 / alpha) if 0 < alpha < 1 else None
    return functional(Kernel(name, kernels.power(alpha), bound=bound, wanders=True), p, q)


def _expm1(x: Estimate, name: str) -> Estimate:
    """e^x - 1, with the error of x carried through."""
    value, growth = math.expm1(float(x)), math.exp(float(x.upper))
    error = growth * float(x.error) + 4e-16 * (abs(value) + growth)
    integrator = next(iter(x.route))[0]
    return Estimate(
        value, error, x.kind, route(integrator, name), x.evaluations, declared=x.declared
    )


def _renyi(p: Any, q: Any, alpha: float) -> Estimate:
    """log(∫ p^α q^(1-α)) / (α - 1), through D_α where the integral is nearly 1."""
    name = f"Rényi({alpha:g})"
    if power_is_infinite(p, q, alpha) or (alpha < 1 and not _overlap(p, q)):
        return infinite(name)
    far = log_power_integral(p, q, alpha)
    if math.isinf(float(far)):
        return infinite(name)
    if p.dim == 2 or abs(float(far)) > 0.5:
        return far / (alpha - 1)
    near = _power(p, q, alpha, name)
    return _log1p(near * (alpha * (alpha - 1))) / (alpha - 1)


def _log1p(x: Estimate) -> Estimate:
    """log(1 + x), with the error of x carried through."""
    value = math.log1p(float(x))
    error = float(x.error) / (1 + float(x.lower)) + 4e-16 * abs(value)
    return Estimate(value, error, x.kind, x.route, x.evaluations, declared=x.declared)


def _overlap(p: Any, q: Any) -> bool:
    """Return whether p and q have common mass."""
    if isinstance(p, Discrete):
        here = q.index_of(p.points)
        return bool(((here >= 0) & (q.weights[here] > 0) & (p.weights > 0)).any())
    if p.dim == 2:
        return all(
            max(a[0], b[0]) < min(a[1], b[1]) for a, b in zip(p.support, q.support, strict=True)
        )
    return any(max(a, c) < min(b, d) for a, b in p.pieces for c, d in q.pieces)


def f_divergence(
    f: Callable[[npt.NDArray[np.float64]], npt.ArrayLike],
    p: Any,
    q: Any,
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
) -> Estimate:
    """D_f(p‖q) = ∫ q f(p/q), f convex with f(1) = 0.

    Parameters
    ----------
    f:
        Vectorised, from ratios u > 0 to numbers.
    p, q:
        Densities of one dimension, or two discrete laws.
    at_zero:
        f(0+), +inf allowed; needed where q lives and p does not: there the integrand is q f(0).
    slope_at_infinity:
        f'(∞) = lim f(u)/u, +inf allowed; needed where p lives and q does not: there it is p f'(∞).
        Both together bound the integrand by f(0) q + f'(∞) p; without them it is followed into the
        tails.

    Raises
    ------
    ValueError
        If f(1) is not 0, f returns nan or is not vectorised, or a limit is needed and not given.
    NotConverged
        As `kl_divergence`.

    Notes
    -----
    Source: Csiszár (1967); Nowozin et al. (2016) for the convention D_f(p‖q) = ∫ q f(p/q).
    """
    at_one = float(np.asarray(f(np.ones(1)))[0])
    if not abs(at_one) <= 1e-12:
        raise ValueError(f"f_divergence: f(1) = {at_one!r}, but a divergence needs f(1) = 0")

    def one(a: Any, b: Any) -> Estimate:
        for alone, value, name, where in (
            (escapes(a, b), slope_at_infinity, "slope_at_infinity", "p has mass where q has none"),
            (escapes(b, a), at_zero, "at_zero", "q has mass where p has none"),
        ):
            if alone and value is None:
                raise ValueError(f"f_divergence: {where}, so {name} is needed; write {name}=...")
            if alone and value == math.inf:
                return infinite("f-divergence")
        limits = at_zero, slope_at_infinity
        finite = all(v is not None and math.isfinite(v) for v in limits)
        bound = (abs(slope_at_infinity or 0.0), abs(at_zero or 0.0)) if finite else None
        low, high = (v if v is not None and math.isfinite(v) else 0.0 for v in limits)
        values = kernels.of_generator(f, low, high)
        return functional(
            Kernel("f-divergence", values, bound=bound, kink=True, wanders=True), a, b
        )

    return over_batch(one, p, q)
