"""Trapezoid sums for many pairs of single normals that nearly agree.

There the constant less the overlap would cancel: the integrand is the divergence's own kernel, of
the log ratio that normals know without cancellation, and keeps its relative precision.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr

from gantheory.arrays import FloatArray
from gantheory.densities.normal import Normal
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.normal_members import Found, Members
from gantheory.divergences.pair import PairValues

REACH = 14.0  # deviations: beyond is 1e-44, little beside a divergence of 1e-30
NODES = 128  # with the finer step
MASS_DEFECT = 1e-12
SLAB = 4096  # members handled at once


def near_sums(
    kernel: Kernel, members: Members, tolerance: Callable[[FloatArray], FloatArray]
) -> Found:
    """∫ k(p, q) for pairs of single normals, of a kernel bounded by mass.

    Parameters
    ----------
    kernel:
        With a `bound`.
    members:
        Pairs with one component each.
    tolerance:
        value -> the error that is allowed.

    Returns
    -------
    Found
        The error is |T(2h) - T(h)| for the value T(h), plus the mass beyond the nodes times the
        kernel's bound, plus rounding. Members whose mass is not on the nodes are not settled.
    """
    slabs = range(0, len(members), SLAB)
    return Found.joined([_slab(kernel, members.rows(slice(i, i + SLAB)), tolerance) for i in slabs])


def _slab(kernel: Kernel, members: Members, tolerance: Callable[[FloatArray], FloatArray]) -> Found:
    low = (members.loc - REACH * members.scale).min(axis=1)
    high = (members.loc + REACH * members.scale).max(axis=1)
    origin, step = members.loc[:, 0], (high - low) / NODES
    x = (low - origin)[:, None] + step[:, None] * (np.arange(NODES) + 0.1875)
    values, rounding, p = (
        a.reshape(x.shape) for a in _at_nodes(kernel, members, x.ravel(), np.repeat(origin, NODES))
    )
    fine, coarse = step * values.sum(axis=1), 2 * step * values[:, ::2].sum(axis=1)
    outside = sum(kernel.bound or (np.inf, np.inf)) * float(2 * ndtr(-REACH))
    error = np.abs(fine - coarse) + step * rounding.sum(axis=1) + outside
    seen = np.abs(step * p.sum(axis=1) - 1) <= MASS_DEFECT
    error = np.where(seen, error, np.inf)
    return Found(fine, error, error <= tolerance(fine), x.size)


def _at_nodes(
    kernel: Kernel, members: Members, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return k(p, q), the bound on its rounding, and p, at origin + x."""
    p, q = (
        Normal(np.repeat(members.loc[:, k], NODES), np.repeat(members.scale[:, k], NODES))
        for k in (0, 1)
    )
    log_p, error_p = p.evaluate(x, origin)
    ratio = p.log_ratio(q, x, origin)
    if ratio is None:
        raise TypeError("two normals know their log ratio")
    logit, error = ratio
    pair = PairValues(log_p, log_p - logit, logit, error_p, error_p + error, error)
    values, rounding = kernel.values(pair)
    return values, rounding, pair.p
