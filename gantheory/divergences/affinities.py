"""The Bhattacharyya coefficient, and the distance that is its logarithm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gantheory.densities.short import called
from gantheory.divergences.batches import over_batch
from gantheory.divergences.finiteness import infinite, overlap
from gantheory.divergences.named import squared_hellinger
from gantheory.divergences.powers import exp, log1p, log_power_integral
from gantheory.estimates import Estimate

NEAR = 0.9  # a squared Hellinger distance up to which 1 - H² has its digits


@called("BC({p}, {q})")
def bhattacharyya_coefficient(p: Any, q: Any) -> Estimate:
    """BC(p, q) = ∫ √(p q) = 1 - H²(p, q), between 0 and 1.

    Source: Bhattacharyya (1943). Parameters and errors as for `bhattacharyya_distance`.
    """
    return over_batch(lambda a, b: exp(-_distance(a, b)), p, q)


@called("D_B({p}, {q})")
def bhattacharyya_distance(p: Any, q: Any) -> Estimate:
    """D_B(p, q) = -log ∫ √(p q), in nats: half of Rényi's divergence of order 1/2.

    +inf where p and q have no common mass. Its relative precision is kept for pairs that are nearly
    equal, through H², and for pairs so far apart that ∫ √(p q) underflows.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; batches of them.

    Raises
    ------
    TypeError, ValueError
        As for `js_divergence`.
    NotConverged
        As for `js_divergence`; where H² exceeds 0.9 also for black boxes that declare no tails, and in
        the plane for all but normals, their mixtures and two products.

    Notes
    -----
    Source: Bhattacharyya (1943); Kailath (1967).
    """
    return over_batch(_distance, p, q)


def _distance(p: Any, q: Any) -> Estimate:
    if not overlap(p, q):
        return infinite("Bhattacharyya")
    near = squared_hellinger(p, q)
    if not float(near.upper) < NEAR:
        return -log_power_integral(p, q, 0.5)
    # H² is ∫ (p + q)/2 - √(p q), and the masses of p and q may differ from 1 by rounding
    slack = abs(p.excess + q.excess) / 2
    return -log1p(-replace(near, error=near.error + slack))
