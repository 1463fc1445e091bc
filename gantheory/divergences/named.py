"""The divergences that have names, each as ∫ k(p, q).

One rule serves all. On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15)
(Piessens et al., 1983), for discrete distributions the exact sum; `batches` says what is quicker where.
The error is the change between two resolutions, plus what the mass outside or the declared tails allow,
plus rounding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from gantheory.arrays import LOG_2
from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.densities.short import called
from gantheory.divergences import kernels, members, normal_vectors
from gantheory.divergences.batches import Compute, over_batch
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.finiteness import (
    infinite,
    kullback_leibler_is_infinite,
    not_dominated,
)
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.layout import logarithmic_tail
from gantheory.divergences.normal_vectors import for_normal_vectors
from gantheory.divergences.powers import power, power_kernel, renyi
from gantheory.divergences.settling import Fused
from gantheory.estimates import Estimate, total

HALF_LOG_2 = 0.5 * LOG_2
JENSEN_SHANNON = Kernel(
    "JSD",
    kernels.jensen_shannon,
    bound=(HALF_LOG_2, HALF_LOG_2),
    fused=Fused(members.JSD, overlap=(members.OVERLAP, LOG_2, 0.5)),
)
TOTAL_VARIATION = Kernel(
    "TV",
    kernels.total_variation,
    bound=(0.5, 0.5),
    kinks=(kernels.equality,),
    fused=Fused(members.TV, overlap=(members.COMMON, 1.0, 1.0)),
)
TRIANGULAR = Kernel("triangular", kernels.triangular, bound=(1.0, 1.0))
HELLINGER = Kernel(
    "squared Hellinger",
    kernels.hellinger,
    bound=(0.5, 0.5),
    fused=Fused(members.HELLINGER, overlap=(members.AFFINITY, 1.0, 1.0)),
)
KULLBACK_LEIBLER = Kernel("KL", kernels.kullback_leibler, fused=Fused(members.KL))
REVERSE_KULLBACK_LEIBLER = Kernel(
    "reverse KL", kernels.reverse_kullback_leibler, fused=Fused(members.REVERSE_KL)
)
JEFFREYS = Kernel("Jeffreys", kernels.jeffreys, fused=Fused(members.JEFFREYS))


# --- bounded by mass ------------------------------------------------------------------------------


@called("JSD({p}, {q})")
def js_divergence(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """JSD(p, q) = KL(p‖m)/2 + KL(q‖m)/2 with m = (p + q)/2, in nats, between 0 and log 2.

    This is the divergence, not its square root; nothing is normalised.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; batches of them.
    rtol, atol:
        The error may be max(atol, rtol |value|), of each member of a batch: what comes back is that
        exact, and a larger rtol is quicker. By default 1e-13 of the value is aimed at on the line and
        1e-11 in the plane (1e-10 where the integrand has a kink there), and where the
        densities themselves are not known to that, the number comes back with the error it has.
    limit:
        How often one integral may evaluate the pair; by default as docs/quadrature.md says, on every
        machine the same: some five seconds.
    max_seconds:
        By the wall clock, for the whole call: at the end of it there is a number or NotConverged.
    progress:
        True for a bar on stderr, where members of a batch are handled one by one.

    Returns
    -------
    Estimate
        Of the shape of the batch, () for a pair.

    Raises
    ------
    TypeError, ValueError
        If p or q is not a density, they have no common measure, their batch shapes do not agree, or a
        keyword is not what it has to be.
    NotConverged
        If the nodes cannot see the structure that the densities declare, or, where the integrand is not
        bounded by mass, a black box declares no tails, or the number is not reached by what rtol, limit
        and max_seconds allow; `.best` is what there is: of a batch the members that are done, too.

    Notes
    -----
    Source: Lin (1991). Outside the cells its integrand is at most (p + q) log 2.
    """
    return over_batch(partial(functional, JENSEN_SHANNON), p, q, options, kernel=JENSEN_SHANNON)


@called("TV({p}, {q})")
def total_variation(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """TV(p, q) = ∫ |p - q| / 2, between 0 and 1.

    Panels end, and cells are cut, where p = q. Parameters, keywords and errors as for `js_divergence`.
    """
    return over_batch(partial(functional, TOTAL_VARIATION), p, q, options, kernel=TOTAL_VARIATION)


@called("H²({p}, {q})")
@for_normal_vectors(normal_vectors.squared_hellinger)
def squared_hellinger(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """H²(p, q) = ∫ (√p - √q)² / 2, between 0 and 1 (with the factor 1/2).

    Parameters, keywords and errors as for `js_divergence`.
    """
    return over_batch(partial(functional, HELLINGER), p, q, options, kernel=HELLINGER)


@called("Δ({p}, {q})")
def triangular_discrimination(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """Δ(p, q) = ∫ (p - q)² / (p + q), between 0 and 2: twice the divergence of Vincze and Le Cam.

    Twice what the generator of a least-squares GAN minimises at the best D, for labels with b - c = 1
    and b - a = 2. Parameters, keywords and errors as for `js_divergence`.

    Notes
    -----
    Source: Topsøe (2000); Le Cam (1986); Mao et al. (2017), section 3.2.
    """
    return over_batch(partial(functional, TRIANGULAR), p, q, options)


# --- of logarithms --------------------------------------------------------------------------------


@called("KL({p} ‖ {q})")
@for_normal_vectors(normal_vectors.kullback_leibler)
def kl_divergence(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """KL(p‖q) = ∫ p log(p/q), in nats.

    +inf where p has mass and q has none, or where p's tails outweigh the logarithm of q's, as in
    KL(Cauchy‖Normal). Parameters, keywords and errors as for `js_divergence`.

    Notes
    -----
    Source: Kullback and Leibler (1951). Integrated as ∫ p log(p/q) - p + q, whose integrand is
    nowhere negative.
    """
    return over_batch(_kl, p, q, options, kernel=KULLBACK_LEIBLER)


@called("KL({q} ‖ {p})")
@for_normal_vectors(normal_vectors.reverse_kullback_leibler)
def reverse_kl_divergence(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """KL(q‖p) = ∫ q log(q/p), in nats. Parameters, keywords and errors as for `js_divergence`."""
    return over_batch(_reverse_kl, p, q, options, kernel=REVERSE_KULLBACK_LEIBLER)


@called("J({p}, {q})")
@for_normal_vectors(normal_vectors.jeffreys)
def jeffreys_divergence(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """J(p, q) = KL(p‖q) + KL(q‖p) = ∫ (p - q) log(p/q), in nats.

    Parameters, keywords and errors as for `js_divergence`. Source: Jeffreys (1946).
    """
    return over_batch(_jeffreys, p, q, options, kernel=JEFFREYS)


def _kl(p: Any, q: Any, effort: Effort) -> Estimate:
    if kullback_leibler_is_infinite(p, q):
        return infinite("KL")
    return _logarithmic(KULLBACK_LEIBLER, _kl, p, q, effort)


def _reverse_kl(p: Any, q: Any, effort: Effort) -> Estimate:
    if kullback_leibler_is_infinite(q, p):
        return infinite("reverse KL")
    return _logarithmic(REVERSE_KULLBACK_LEIBLER, _reverse_kl, p, q, effort)


def _jeffreys(p: Any, q: Any, effort: Effort) -> Estimate:
    if kullback_leibler_is_infinite(p, q) or kullback_leibler_is_infinite(q, p):
        return infinite("Jeffreys")
    return _logarithmic(JEFFREYS, _jeffreys, p, q, effort)


def _logarithmic(kernel: Kernel, again: Compute, p: Any, q: Any, effort: Effort) -> Estimate:
    """Return a divergence of logarithms: additive over the factors of products of the plane."""
    if p.dim == 2 and isinstance(p, Product) and isinstance(q, Product):
        pairs = zip(p.marginals(), q.marginals(), strict=True)
        with best_as():
            return total(again(a, b, effort) for a, b in pairs)
    found = functional(kernel, p, q, effort)
    # the integrand is p log(p/q) - p + q, and the masses of p and q may differ by rounding
    error = found.error + abs(p.excess - q.excess)
    if p.dim == 2 and not isinstance(p, Discrete):
        error += logarithmic_tail(p, q)
    return replace(found, error=error)


# --- of powers ------------------------------------------------------------------------------------


@called("χ²({p} ‖ {q})")
@for_normal_vectors(normal_vectors.pearson_chi2)
def pearson_chi2(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """χ²(p‖q) = ∫ (p - q)² / q = ∫ q f(p/q) with f(u) = (u - 1)².

    Parameters, keywords and errors as for `js_divergence`. Source: Pearson (1900).
    """
    kernel = power_kernel("Pearson chi²", 2.0, share=2.0)
    return over_batch(lambda a, b, e: _chi2(a, b, kernel.name, e), p, q, options, kernel=kernel)


@called("χ²({q} ‖ {p})")
@for_normal_vectors(normal_vectors.neyman_chi2)
def neyman_chi2(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """χ²(q‖p) = ∫ (p - q)² / p = ∫ q f(p/q) with f(u) = (1 - u)² / u.

    Parameters, keywords and errors as for `js_divergence`. Source: Neyman (1949).
    """
    kernel = power_kernel("Neyman chi²", -1.0, share=2.0)
    return over_batch(lambda a, b, e: _chi2(b, a, kernel.name, e), p, q, options, kernel=kernel)


def _chi2(p: Any, q: Any, name: str, effort: Effort) -> Estimate:
    """2 D_2(p‖q)."""
    with best_as(lambda half: half * 2):
        return power(p, q, 2.0, name, effort) * 2


@called("D_{alpha}({p} ‖ {q})")
def alpha_divergence(p: Any, q: Any, alpha: float, **options: Unpack[Options]) -> Estimate:
    """D_α(p‖q) = (∫ p^α q^(1-α) - 1) / (α (α - 1)), α neither 0 nor 1.

    Densities, keywords and errors as for `js_divergence`.

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
    return _alpha(p, q, float(alpha), **options)


@called("R_{alpha}({p} ‖ {q})")
def renyi_divergence(p: Any, q: Any, alpha: float, **options: Unpack[Options]) -> Estimate:
    """R_α(p‖q) = log(∫ p^α q^(1-α)) / (α - 1), α positive and not 1, in nats.

    Densities, keywords and errors as for `js_divergence`.

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
    return _order(p, q, float(alpha), **options)


@for_normal_vectors(normal_vectors.alpha_divergence)
def _alpha(p: Any, q: Any, alpha: float, **options: Unpack[Options]) -> Estimate:
    kernel = power_kernel(f"alpha({alpha:g})", alpha)
    return over_batch(
        lambda a, b, e: power(a, b, alpha, kernel.name, e), p, q, options, kernel=kernel
    )


@for_normal_vectors(normal_vectors.renyi)
def _order(p: Any, q: Any, alpha: float, **options: Unpack[Options]) -> Estimate:
    kernel = power_kernel(f"Rényi({alpha:g})", alpha, logarithm=True)
    return over_batch(lambda a, b, e: renyi(a, b, alpha, e), p, q, options, kernel=kernel)


def _check_alpha(function: str, alpha: float) -> None:
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not math.isfinite(alpha):
        raise ValueError(f"{function}(alpha={alpha!r}): alpha must be a finite number")
    if alpha in (0, 1):
        name = "kl_divergence" if alpha == 1 else "reverse_kl_divergence"
        raise ValueError(f"{function}(alpha={alpha!r}): the limit has a name, {name}(p, q)")


# --- of any convex function ------------------------------------------------------------------------


@called("D_f({p} ‖ {q})")
def f_divergence(
    f: Callable[[npt.NDArray[np.float64]], npt.ArrayLike],
    p: Any,
    q: Any,
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    **options: Unpack[Options],
) -> Estimate:
    """D_f(p‖q) = ∫ q f(p/q), f convex with f(1) = 0, in the unit of f.

    Between densities f is a black box, and a claim that rests on it is supported at most; the
    divergences that have names are not. Densities, keywords and errors as for `js_divergence`.

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

    def one(a: Any, b: Any, effort: Effort) -> Estimate:
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
        kernel = Kernel("f-divergence", values, bound, (kernels.equality,), mass_outside_bulks=True)
        found = functional(kernel, a, b, effort)
        return replace(found, declared=found.declared and isinstance(a, Discrete))

    return over_batch(one, p, q, options)
