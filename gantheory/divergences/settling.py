"""What machine code finds of many pairs, and what is believed of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.divergences.effort import Effort
from gantheory.divergences.far_out import tails_allow
from gantheory.divergences.members import (
    AFFINITY,
    COMMON,
    HELLINGER,
    JSD,
    MASS_DEFECT,
    OVERLAP,
    SLAB,
    TV,
    Found,
    Members,
)
from gantheory.machine_code import available
from gantheory.threads import threads

UNBOUNDED = (
    50.0  # times the mass beyond the panels, where tails were followed until nothing mattered
)


def beyond(form: int, out: FloatArray) -> FloatArray:
    """What a form may hold beyond the panels, where p and q have the masses `out`."""
    least = np.maximum(
        out.min(axis=2), 1e-300
    )  # what p and q share is at most that of the lesser one
    if form == OVERLAP:
        return np.asarray((least * (1 + np.log1p(1 / least))).sum(axis=1))
    if form == AFFINITY:
        return np.asarray(np.sqrt(out[..., 0] * out[..., 1]).sum(axis=1))
    if form == COMMON:
        return np.asarray(least.sum(axis=1))
    return np.asarray((1.0 if form in (JSD, HELLINGER, TV) else UNBOUNDED) * out.sum(axis=(1, 2)))


HALF_LEFT = 0.5  # of ∫ p^α q^(1-α), below which its logarithm wants an integral of its own


@dataclass(frozen=True)
class Fused:
    """A functional as machine code knows it: share ∫ k(p, q), or whole - common ∫ of what p and q share.

    Attributes
    ----------
    form, alpha:
        Which k it is, and its order where it is a power.
    share:
        A factor.
    overlap:
        Another form, with its own whole and common, that is tried first: it lives where p and q both do.
    logarithm:
        Whether a power is turned into the divergence of Rényi.
    """

    form: int
    alpha: float = 0.0
    share: float = 1.0
    overlap: tuple[int, float, float] | None = None
    logarithm: bool = False


class Tolerance(NamedTuple):
    """The error may be max(atol, min(rtol |value|, most max(1, |value|)))."""

    rtol: float
    atol: float
    most: float

    def allows(self, value: FloatArray, error: FloatArray) -> npt.NDArray[np.bool_]:
        """Whether the errors are that small."""
        size = np.abs(value)
        usual = np.minimum(self.rtol * size, self.most * np.maximum(1.0, size))
        return np.asarray(error <= np.maximum(self.atol, usual))


def settle(functional: Fused, members: Members, tolerance: Tolerance, effort: Effort) -> Found:
    """Return what machine code finds of every pair, as far as there is time."""
    if not available():
        return Found.unsettled(len(members))

    def one(slab: slice) -> Found:
        some = members.some(slab)
        return Found.unsettled(len(some)) if effort.late else _slab(functional, some, tolerance)

    slabs = [slice(i, i + SLAB) for i in range(0, max(len(members), 1), SLAB)]
    parts = list((threads().map if len(slabs) > 1 else map)(one, slabs))
    found = parts[0] if len(parts) == 1 else Found.joined(parts)
    return _renyi(functional.alpha, found, tolerance) if functional.logarithm else found


def _renyi(alpha: float, found: Found, tolerance: Tolerance) -> Found:
    """log(1 + α (α - 1) D_α) / (α - 1), settled where that keeps the digits."""
    norm = alpha * (alpha - 1)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        least = 1 + norm * found.value - abs(norm) * found.error
        value = np.log1p(norm * found.value) / (alpha - 1)
        error = abs(alpha) * found.error / least + 4 * EPS * np.abs(value)
        sure = found.settled & (least > HALF_LEFT) & tolerance.allows(value, error)
    value, error = np.where(sure, value, 0.0), np.where(sure, error, np.inf)
    return Found(value, error, sure, found.evaluations)


def _slab(functional: Fused, members: Members, tolerance: Tolerance) -> Found:
    found = Found.unsettled(len(members))
    rows = np.flatnonzero(
        members.ordinary & tails_allow(functional.form, functional.alpha, members)
    )
    if functional.overlap and len(rows):
        form, whole, common = functional.overlap
        better = _integrals(form, 0.0, whole, common, members.some(rows), tolerance)
        found.improve(rows, better)
        rows = rows[~better.settled]
    if len(rows):
        form, alpha, share = functional.form, functional.alpha, functional.share
        found.improve(rows, _integrals(form, alpha, 0.0, -share, members.some(rows), tolerance))
    return found


def _integrals(
    form: int,
    alpha: float,
    whole: float,
    share: float,
    members: Members,
    tolerance: Tolerance,
) -> Found:
    from gantheory.divergences import fused  # numba, of those who integrate

    n = len(members)
    value, error, ends = np.empty(n), np.empty(n), np.empty((n, 8))
    given = form, alpha, members.alike, whole, share, members.of_p, members.rows
    used = fused.integrals(*given, *tolerance, value, error, ends)
    off, out = members.masses(ends)
    out = np.where(ends[:, 6:8, None] > 0, 0.0, out)  # their rest is in the error
    error += abs(share) * (beyond(form, out) + members.excess(form, alpha))
    error[~((off.max(axis=1) <= MASS_DEFECT) & np.isfinite(value))] = np.inf
    return Found(value, error, tolerance.allows(value, error), int(used))
