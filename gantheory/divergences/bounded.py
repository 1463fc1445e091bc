"""The divergences that are bounded by mass: Jensen-Shannon, total variation, squared Hellinger."""

from __future__ import annotations

import math
from typing import Any

from gantheory.densities.short import called
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.estimates import Estimate

HALF_LOG_2 = 0.5 * math.log(2)
JENSEN_SHANNON = Kernel("JSD", kernels.jensen_shannon, bound=(HALF_LOG_2, HALF_LOG_2))
TOTAL_VARIATION = Kernel("TV", kernels.total_variation, bound=(0.5, 0.5), kink=True)
HELLINGER = Kernel("squared Hellinger", kernels.hellinger, bound=(0.5, 0.5))


@called("JSD({p}, {q})")
def js_divergence(p: Any, q: Any) -> Estimate:
    """JSD(p, q) = KL(p‖m)/2 + KL(q‖m)/2 with m = (p + q)/2, in nats, between 0 and log 2.

    This is the divergence, not its square root; nothing is normalised.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        For normals and their mixtures trapezoid sums (Trefethen and Weideman, 2014), where those do
        not settle it Gauss-Kronrod panels (20, 41), in batches too; else adaptive Gauss-Kronrod
        panels (10, 21), in the plane cells (7, 15) (Piessens et al., 1983); for discrete laws the
        exact sum, in nats. The error is the change between two resolutions, plus what the mass outside
        allows, plus rounding.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare; `.best` has what there is.

    Notes
    -----
    Source: Lin (1991). Outside the cells its integrand is at most (p + q) log 2.
    """
    return over_batch(lambda a, b: functional(JENSEN_SHANNON, a, b), p, q, kernel=JENSEN_SHANNON)


@called("TV({p}, {q})")
def total_variation(p: Any, q: Any) -> Estimate:
    """TV(p, q) = ∫ |p - q| / 2, between 0 and 1.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        Adaptive Gauss-Kronrod: on the line panels (10, 21) that end where p = q, in the plane cells
        (7, 15) cut along the curve p = q (Piessens et al., 1983, for the pairs); for discrete laws
        the exact sum. The error is the change between two resolutions, plus half the masses
        outside, plus rounding.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare.
    """
    return over_batch(lambda a, b: functional(TOTAL_VARIATION, a, b), p, q)


@called("H²({p}, {q})")
def squared_hellinger(p: Any, q: Any) -> Estimate:
    """H²(p, q) = ∫ (√p - √q)² / 2, between 0 and 1 (with the factor 1/2).

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        For normals and their mixtures trapezoid sums (Trefethen and Weideman, 2014), where those do
        not settle it Gauss-Kronrod panels (20, 41), in batches too; else adaptive Gauss-Kronrod
        panels (10, 21), in the plane cells (7, 15) (Piessens et al., 1983); for discrete laws the
        exact sum. The error is the change between two resolutions, plus what the mass outside
        allows, plus rounding.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare.
    """
    return over_batch(lambda a, b: functional(HELLINGER, a, b), p, q, kernel=HELLINGER)
