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
    ALONE,
    COMMON,
    HELLINGER,
    JSD,
    MASS_DEFECT,
    OVERLAP,
    POWER,
    PRODUCT,
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
    if form in (OVERLAP, ALONE):
        return np.asarray((least * (1 + np.log1p(1 / least))).sum(axis=1))
    if form == AFFINITY:
        return np.asarray(np.sqrt(out[..., 0] * out[..., 1]).sum(axis=1))
    if form == COMMON:
        return np.asarray(least.sum(axis=1))
    return np.asarray((1.0 if form in (JSD, HELLINGER, TV) else UNBOUNDED) * out.sum(axis=(1, 2)))


HALF_LEFT = 0.5  # of ∫ p^α q^(1-α), below which its logarithm wants an integral of its own
UNBOUNDED_ERROR = 3e-11  # relative, of a power that may have any size, by default
FAINTEST = (
    1e-250  # of integrals whose logarithm is taken: machine code knows no number below e^-700
)
SMALLEST = 1e-290  # of errors that are asked for: numbers near it may have lost all their digits


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
        allowed = np.maximum(max(self.atol, SMALLEST), usual)
        return np.asarray((error <= allowed) & np.isfinite(error))


def settle(functional: Fused, members: Members, tolerance: Tolerance, effort: Effort) -> Found:
    """Return what machine code finds of every pair, as far as there is time."""
    if not available():
        return Found.unsettled(len(members))

    def one(slab: slice) -> Found:
        some = members.some(slab)
        return Found.unsettled(len(some)) if effort.late else _slab(functional, some, tolerance)

    slabs = [slice(i, i + SLAB) for i in range(0, max(len(members), 1), SLAB)]
    parts = list((threads().map if len(slabs) > 1 else map)(one, slabs))
    return parts[0] if len(parts) == 1 else Found.joined(parts)


def _slab(functional: Fused, members: Members, tolerance: Tolerance) -> Found:
    if functional.logarithm:
        return _renyi(functional.alpha, members, tolerance)
    return _one(functional, members, tolerance)


@np.errstate(invalid="ignore", divide="ignore", over="ignore")
def _renyi(alpha: float, members: Members, tolerance: Tolerance) -> Found:
    """log I / (α - 1): where I = 1 + α (α - 1) D_α is not far from 1 through D_α, else from I itself."""
    norm = alpha * (alpha - 1)
    power = _one(Fused(POWER, alpha), members, tolerance)
    least = 1 + norm * power.value - abs(norm) * power.error
    off = np.where(power.settled & (least > HALF_LEFT), abs(norm) * power.error / least, np.inf)
    found = _logarithm(alpha, np.log1p(norm * power.value), off, tolerance)
    found.evaluations = power.evaluations
    rows = np.flatnonzero(~found.settled)
    if len(rows):
        relative = Tolerance(min(tolerance.rtol, tolerance.most) * abs(alpha - 1), 0.0, np.inf)
        whole = _one(Fused(PRODUCT, alpha), members.some(rows), relative)
        least = whole.value - whole.error
        off = np.where(least > FAINTEST, whole.error / least, np.inf)
        found.improve(rows, _logarithm(alpha, np.log(whole.value), off, tolerance))
        found.evaluations += whole.evaluations
    return found


def _logarithm(alpha: float, log: FloatArray, off: FloatArray, tolerance: Tolerance) -> Found:
    """A logarithm, known to `off`, over α - 1."""
    value = log / (alpha - 1)
    error = off / abs(alpha - 1) + 4 * EPS * np.abs(value)
    settled = tolerance.allows(value, error)
    return Found(np.where(settled, value, 0.0), np.where(settled, error, np.inf), settled)


def _one(functional: Fused, members: Members, tolerance: Tolerance) -> Found:
    found = Found.unsettled(len(members))
    if functional.form == POWER and not 0 < functional.alpha < 1 and tolerance.most < np.inf:
        tolerance = Tolerance(UNBOUNDED_ERROR, tolerance.atol, np.inf)
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
