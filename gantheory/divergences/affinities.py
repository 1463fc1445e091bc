"""The Bhattacharyya coefficient, and the distance that is its logarithm."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Unpack

from gantheory.densities.short import called
from gantheory.divergences.batches import over_batch
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.finiteness import infinite, overlap
from gantheory.divergences.functional import functional
from gantheory.divergences.named import HELLINGER
from gantheory.divergences.powers import exp, log1p, log_power_integral
from gantheory.estimates import Estimate

NEAR = 0.9  # a squared Hellinger distance up to which 1 - H² has its digits


@called("BC({p}, {q})")
def bhattacharyya_coefficient(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """BC(p, q) = ∫ √(p q) = 1 - H²(p, q), between 0 and 1.

    Source: Bhattacharyya (1943). Parameters, keywords and errors as for `bhattacharyya_distance`.
    """
    return over_batch(_coefficient, p, q, options)


@called("D_B({p}, {q})")
def bhattacharyya_distance(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """D_B(p, q) = -log ∫ √(p q), in nats: half of Rényi's divergence of order 1/2.

    +inf where p and q have no common mass. Its relative precision is kept for pairs that are nearly
    equal, through H², and for pairs so far apart that ∫ √(p q) underflows.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; batches of them.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

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
    return over_batch(_distance, p, q, options)


def _coefficient(p: Any, q: Any, effort: Effort) -> Estimate:
    with best_as(lambda distance: Estimate(0.5, 0.5)):
        return exp(-_distance(p, q, effort))


def _distance(p: Any, q: Any, effort: Effort) -> Estimate:
    with best_as():
        return _minus_log_affinity(p, q, effort)


def _minus_log_affinity(p: Any, q: Any, effort: Effort) -> Estimate:
    if not overlap(p, q):
        return infinite("Bhattacharyya")
    near = functional(HELLINGER, p, q, effort)
    if not float(near.upper) < NEAR:
        return -log_power_integral(p, q, 0.5, effort)
    # H² is ∫ (p + q)/2 - √(p q), and the masses of p and q may differ from 1 by rounding
    slack = abs(p.excess + q.excess) / 2
    return -log1p(-replace(near, error=near.error + slack))
