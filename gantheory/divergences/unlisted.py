"""What points that a discrete distribution does not list may add to a sum over its points.

Kernels are convex and homogeneous: k(p + p', q + q') <= k(p, q) + k(p', q'), and over any set of
points Σ k(p, q) is at least k of the sums of p and q (Csiszár, 1967). So what q does not list, at most
U, moves Σ k(p, 0) = k(a, 0), the sum over points that only p lists, by no more than it moves k(a, 0).
"""

from __future__ import annotations

import math

import numpy as np

from gantheory.arrays import EPS
from gantheory.densities.discrete import Discrete
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.pair import PairValues
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate


def charge_for_unlisted(kernel: Kernel, p: Discrete, q: Discrete) -> float:
    """Bound on what the unlisted points of p and q move in Σ k(p, q).

    Raises
    ------
    NotConverged
        If there is no such bound: as for KL, where q does not list a point of p.
    """
    if not (p.unseen or q.unseen):
        return 0.0
    alone_p, alone_q = _alone(p, q), _alone(q, p)
    error = _moved(kernel, alone_p, q.unseen, first=True)
    error += _moved(kernel, alone_q, p.unseen, first=False)
    for mass, ends, limit in ((p.unseen, (1.0, 0.0), 0), (q.unseen, (0.0, 1.0), 1)):
        if mass:
            error += mass * max(
                abs(_at(kernel, *ends)), kernel.bound[limit] if kernel.bound else 0.0
            )
    if not math.isfinite(error):
        raise NotConverged(
            f"{kernel.name} of {brief(p)} and {brief(q)} is not bounded by mass, and points with mass "
            f"up to {p.unseen + q.unseen:.1g} are not listed: take js_divergence, total_variation or "
            "squared_hellinger, or a distribution on finitely many points",
            Estimate(0.0, math.inf),
        )
    return error


def _alone(p: Discrete, q: Discrete) -> float:
    """Mass of p at points that q does not list."""
    return math.fsum(p.weights[q.index_of(p.points) < 0])


def _moved(kernel: Kernel, alone: float, unseen: float, *, first: bool) -> float:
    """How far below k(alone, 0) k(alone, u) may lie, 0 <= u <= unseen; k(u, alone) if not first."""
    if not (alone and unseen):
        return 0.0
    top, *others = (
        _at(kernel, *((alone, u) if first else (u, alone)))
        for u in (0.0, unseen, min(unseen, alone))
    )
    return max(top - min(others), 0.0) + 8 * EPS * abs(top) if math.isfinite(top) else math.inf


def _at(kernel: Kernel, p: float, q: float) -> float:
    """k(p, q)."""
    with np.errstate(divide="ignore"):
        log_p, log_q = np.log([p]), np.log([q])
    zero = np.zeros(1)
    with np.errstate(all="ignore"):
        values, _ = kernel.values(PairValues(log_p, log_q, log_p - log_q, zero, zero, zero))
    return float(values[0])
