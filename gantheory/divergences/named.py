"""The divergences that have names, each as ∫ k(p, q).

One rule serves all. On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15)
(Piessens et al., 1983), for discrete distributions the exact sum. Jensen-Shannon and Hellinger of
normals and their mixtures are settled together: trapezoid sums (Trefethen and Weideman, 2014), where
those do not settle it panels (20, 41). The error is the change between two resolutions, plus what the
mass outside or the declared tails allow, plus rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.densities.short import called
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.finiteness import (
    infinite,
    kullback_leibler_is_infinite,
    not_dominated,
    power_is_infinite,
)
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.layout import logarithmic_tail
from gantheory.divergences.normal_cells import nearly_agree, of_normals
from gantheory.divergences.powers import log_power_integral, small_power
from gantheory.estimates import Estimate, route, total

HALF_LOG_2 = 0.5 * math.log(2)
JENSEN_SHANNON = Kernel("JSD", kernels.jensen_shannon, bound=(HALF_LOG_2, HALF_LOG_2))
TOTAL_VARIATION = Kernel("TV", kernels.total_variation, bound=(0.5, 0.5), kink=True)
HELLINGER = Kernel("squared Hellinger", kernels.hellinger, bound=(0.5, 0.5))
KULLBACK_LEIBLER = Kernel("KL", kernels.kullback_leibler)
SMALL = 0.01  # a logarithm of an integral of the plane, below which 1 is taken off the integrand
REVERSE_KULLBACK_LEIBLER = Kernel("reverse KL", kernels.reverse_kullback_leibler)
JEFFREYS = Kernel("Jeffreys", kernels.jeffreys)


# --- bounded by mass ------------------------------------------------------------------------------


@called("JSD({p}, {q})")
def js_divergence(p: Any, q: Any) -> Estimate:
    """JSD(p, q) = KL(p‖m)/2 + KL(q‖m)/2 with m = (p + q)/2, in nats, between 0 and log 2.

    This is the divergence, not its square root; nothing is normalised.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; batches of them.

    Returns
    -------
    Estimate
        Of the shape of the batch, () for a pair.

    Raises
    ------
    TypeError, ValueError
        If p or q is not a density, they have no common measure, or their batch shapes do not agree.
    NotConverged
        If the nodes cannot see the structure that the densities declare, or, where the integrand is not
        bounded by mass, a black box declares no tails; `.best` is what there is.

    Notes
    -----
    Source: Lin (1991). Outside the cells its integrand is at most (p + q) log 2.
    """
    return over_batch(lambda a, b: functional(JENSEN_SHANNON, a, b), p, q, kernel=JENSEN_SHANNON)


@called("TV({p}, {q})")
def total_variation(p: Any, q: Any) -> Estimate:
    """TV(p, q) = ∫ |p - q| / 2, between 0 and 1.

    Panels end, and cells are cut, where p = q. Parameters and errors as for `js_divergence`.
    """
    return over_batch(lambda a, b: functional(TOTAL_VARIATION, a, b), p, q)


@called("H²({p}, {q})")
def squared_hellinger(p: Any, q: Any) -> Estimate:
    """H²(p, q) = ∫ (√p - √q)² / 2, between 0 and 1 (with the factor 1/2).

    Parameters and errors as for `js_divergence`.
    """
    return over_batch(lambda a, b: functional(HELLINGER, a, b), p, q, kernel=HELLINGER)


# --- of logarithms --------------------------------------------------------------------------------


@called("KL({p} ‖ {q})")
def kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(p‖q) = ∫ p log(p/q), in nats.

    +inf where p has mass and q has none, or where p's tails outweigh the logarithm of q's, as in
    KL(Cauchy‖Normal). Parameters and errors as for `js_divergence`.

    Notes
    -----
    Source: Kullback and Leibler (1951). Integrated as ∫ p log(p/q) - p + q, whose integrand is
    nowhere negative.
    """
    return over_batch(_kl, p, q)


@called("KL({q} ‖ {p})")
def reverse_kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(q‖p) = ∫ q log(q/p), in nats. Parameters and errors as for `js_divergence`."""
    return over_batch(_reverse_kl, p, q)


@called("J({p}, {q})")
def jeffreys_divergence(p: Any, q: Any) -> Estimate:
    """J(p, q) = KL(p‖q) + KL(q‖p) = ∫ (p - q) log(p/q), in nats.

    Parameters and errors as for `js_divergence`. Source: Jeffreys (1946).
    """
    return over_batch(_jeffreys, p, q)


def _kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q):
        return infinite("KL")
    return _logarithmic(KULLBACK_LEIBLER, _kl, p, q)


def _reverse_kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(q, p):
        return infinite("reverse KL")
    return _logarithmic(REVERSE_KULLBACK_LEIBLER, _reverse_kl, p, q)


def _jeffreys(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q) or kullback_leibler_is_infinite(q, p):
        return infinite("Jeffreys")
    return _logarithmic(JEFFREYS, _jeffreys, p, q)


def _logarithmic(kernel: Kernel, again: Callable[[Any, Any], Estimate], p: Any, q: Any) -> Estimate:
    """Return a divergence of logarithms: additive over the factors of products of the plane."""
    if p.dim == 2 and isinstance(p, Product) and isinstance(q, Product):
        return total(again(a, b) for a, b in zip(p.marginals(), q.marginals(), strict=True))
    found = functional(kernel, p, q)
    # the integrand is p log(p/q) - p + q, and the masses of p and q may differ by rounding
    error = found.error + abs(p.excess - q.excess)
    if p.dim == 2 and not isinstance(p, Discrete):
        error += logarithmic_tail(p, q)
    return replace(found, error=error)


# --- of powers ------------------------------------------------------------------------------------


@called("χ²({p} ‖ {q})")
def pearson_chi2(p: Any, q: Any) -> Estimate:
    """χ²(p‖q) = ∫ (p - q)² / q = ∫ q f(p/q) with f(u) = (u - 1)².

    Parameters and errors as for `js_divergence`. Source: Pearson (1900).
    """
    return over_batch(lambda a, b: _power(a, b, 2.0, "Pearson chi²") * 2, p, q)


@called("χ²({q} ‖ {p})")
def neyman_chi2(p: Any, q: Any) -> Estimate:
    """χ²(q‖p) = ∫ (p - q)² / p = ∫ q f(p/q) with f(u) = (1 - u)² / u.

    Parameters and errors as for `js_divergence`. Source: Neyman (1949).
    """
    return over_batch(lambda a, b: _power(b, a, 2.0, "Neyman chi²") * 2, p, q)


@called("D_{alpha}({p} ‖ {q})")
def alpha_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """D_α(p‖q) = (∫ p^α q^(1-α) - 1) / (α (α - 1)), α neither 0 nor 1.

    Densities and errors as for `js_divergence`.

    Parameters
    ----------
    alpha:
        1/2 gives 4 H², 2 gives Pearson's χ²/2; the limits 1 and 0 are KL(p‖q) and KL(q‖p).

    Raises
    ------
    ValueError
        If alpha is 0, 1 or not finite.
    """
    _check_alpha("alpha_divergence", alpha)
    return over_batch(lambda a, b: _power(a, b, float(alpha), f"alpha({alpha:g})"), p, q)


@called("R_{alpha}({p} ‖ {q})")
def renyi_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """R_α(p‖q) = log(∫ p^α q^(1-α)) / (α - 1), α positive and not 1, in nats.

    Densities and errors as for `js_divergence`.

    Parameters
    ----------
    alpha:
        Its order; the limit 1 is KL(p‖q).

    Raises
    ------
    ValueError
        If alpha is 1, not positive or not finite.

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
        if nearly_agree(p, q):
            return small_power(p, q, alpha, name)
        log_integral = log_power_integral(p, q, alpha)
        if math.isinf(float(log_integral)):
            return infinite(name)
        if abs(float(log_integral)) < SMALL and of_normals(p, q):
            return small_power(p, q, alpha, name)
        return _expm1(log_integral, name) / (alpha * (alpha - 1))
    bound = (1 / abs(1 - alpha), 1 / alpha) if 0 < alpha < 1 else None
    kernel = Kernel(
        name, kernels.power(alpha), bound=bound, mass_outside_bulks=True, logarithmic=True
    )
    found = functional(kernel, p, q)
    # α p + (1 - α) q is taken off the integrand, and its mass may differ from 1 by rounding
    excess = abs(alpha * p.excess + (1 - alpha) * q.excess) / abs(alpha * (alpha - 1))
    return replace(found, error=found.error + excess)


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
    if not nearly_agree(p, q):
        far = log_power_integral(p, q, alpha)
        if math.isinf(float(far)):
            return infinite(name)
        least = 0.5 if p.dim == 1 else SMALL if of_normals(p, q) else -1.0
        if abs(float(far)) > least:
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
    return any(max(a, c) < min(b, d) for a, b in p.exact_pieces for c, d in q.exact_pieces)


# --- of any convex function ------------------------------------------------------------------------


@called("D_f({p} ‖ {q})")
def f_divergence(
    f: Callable[[npt.NDArray[np.float64]], npt.ArrayLike],
    p: Any,
    q: Any,
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
) -> Estimate:
    """D_f(p‖q) = ∫ q f(p/q), f convex with f(1) = 0, in the unit of f.

    Between densities f is a black box, and a claim that rests on it is supported at most; the
    divergences that have names are not. Densities and errors as for `js_divergence`.

    Parameters
    ----------
    f:
        Vectorised, from ratios u > 0 to numbers.
    at_zero:
        f(0+), +inf allowed; needed where q > 0 = p: there the integrand is q f(0).
    slope_at_infinity:
        f'(∞) = lim f(u)/u, +inf allowed; needed where p > 0 = q: there it is p f'(∞).
        Both together bound the integrand by f(0) q + f'(∞) p; without them it is followed into the
        tails.

    Raises
    ------
    ValueError
        If f(1) is not 0, f returns nan or is not vectorised, or a limit is needed and not given.

    Notes
    -----
    Source: Csiszár (1967); Nowozin et al. (2016) for the convention D_f(p‖q) = ∫ q f(p/q).
    """
    at_one = float(np.asarray(f(np.ones(1)))[0])
    if not abs(at_one) <= 1e-12:
        raise ValueError(f"f_divergence: f(1) = {at_one!r}, but a divergence needs f(1) = 0")

    def one(a: Any, b: Any) -> Estimate:
        for alone, value, name, where in (
            (
                not_dominated(a, b),
                slope_at_infinity,
                "slope_at_infinity",
                "p has mass where q has none",
            ),
            (not_dominated(b, a), at_zero, "at_zero", "q has mass where p has none"),
        ):
            if alone and value is None:
                raise ValueError(f"f_divergence: {where}, so {name} is needed; write {name}=...")
            if alone and value == math.inf:
                return infinite("f-divergence")
        limits = at_zero, slope_at_infinity
        finite = all(v is not None and math.isfinite(v) for v in limits)
        bound = (abs(slope_at_infinity or 0.0), abs(at_zero or 0.0)) if finite else None
        values = kernels.of_generator(f, at_zero, slope_at_infinity)
        kernel = Kernel("f-divergence", values, bound=bound, kink=True, mass_outside_bulks=True)
        found = functional(kernel, a, b)
        return replace(found, declared=found.declared and isinstance(a, Discrete))

    return over_batch(one, p, q)
