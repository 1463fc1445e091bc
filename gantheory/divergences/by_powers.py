"""The divergences of powers: chi², alpha, Rényi."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.finiteness import infinite, power_is_infinite
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.powers import log_power_integral
from gantheory.estimates import Estimate, route


@called("χ²({p} ‖ {q})")
def pearson_chi2(p: Any, q: Any) -> Estimate:
    """χ²(p‖q) = ∫ (p - q)² / q = ∫ q f(p/q) with f(u) = (u - 1)².

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(lambda a, b: _power(a, b, 2.0, "Pearson chi²") * 2, p, q)


@called("χ²({q} ‖ {p})")
def neyman_chi2(p: Any, q: Any) -> Estimate:
    """χ²(q‖p) = ∫ (p - q)² / p = ∫ q f(p/q) with f(u) = (1 - u)² / u.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(lambda a, b: _power(b, a, 2.0, "Neyman chi²") * 2, p, q)


@called("D_{alpha}({p} ‖ {q})")
def alpha_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """D_α(p‖q) = (∫ p^α q^(1-α) - 1) / (α (α - 1)), α neither 0 nor 1.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.
    alpha:
        1/2 gives 4 H², 2 gives Pearson's χ²/2; the limits 1 and 0 are KL(p‖q) and KL(q‖p).

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    ValueError
        If alpha is 0, 1 or not finite.
    NotConverged
        As `kl_divergence`.
    """
    _check_alpha("alpha_divergence", alpha)
    return over_batch(lambda a, b: _power(a, b, float(alpha), f"alpha({alpha:g})"), p, q)


@called("R_{alpha}({p} ‖ {q})")
def renyi_divergence(p: Any, q: Any, alpha: float) -> Estimate:
    """R_α(p‖q) = log(∫ p^α q^(1-α)) / (α - 1), α positive and not 1, in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.
    alpha:
        Its order; the limit 1 is KL(p‖q).

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum; in nats. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

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
    return any(max(a, c) < min(b, d) for a, b in p.exact_pieces for c, d in q.exact_pieces)
