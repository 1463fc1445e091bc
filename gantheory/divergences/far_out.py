"""For which pairs of sums of standard densities an integrand surely has an integral far out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.standard import EXPONENTIAL, LAPLACE, NORMAL, STUDENT
from gantheory.divergences.members import (
    JEFFREYS,
    KL,
    LEVEL,
    POWER,
    PRODUCT,
    REVERSE_KL,
    SCALE,
    SHAPE,
    Members,
)


def tails_allow(form: int, alpha: float, members: Members) -> npt.NDArray[np.bool_]:
    """Return for which pairs the integrand surely has an integral far out."""
    sure = np.ones(len(members), dtype=bool)
    if form in (KL, JEFFREYS):
        sure &= _logarithm_allowed(members, 0) & _logarithm_allowed(members, 1)
    if form in (REVERSE_KL, JEFFREYS):
        mirrored = members.mirrored()
        sure &= _logarithm_allowed(mirrored, 0) & _logarithm_allowed(mirrored, 1)
    if form in (POWER, PRODUCT) and not 0 < alpha < 1:
        some, order = (members, alpha) if alpha > 1 else (members.mirrored(), 1 - alpha)
        sure &= _power_allowed(some, order, 0) & _power_allowed(some, order, 1)
    return sure


HEAVINESS = {NORMAL: 1, LAPLACE: 2, EXPONENTIAL: 2, STUDENT: 3}
"""Of tails; those that end are the least heavy, with 0."""


def _heaviest(
    members: Members, columns: slice, side: int
) -> tuple[npt.NDArray[np.intp], FloatArray, FloatArray]:
    """Return the heaviest tail of each member on one side, its largest scale, its least shape."""
    kinds = [HEAVINESS.get(kind, 0) for kind in members.kinds]
    ends = [kind == EXPONENTIAL and side == 0 for kind in members.kinds]
    heavy = np.array([0 if end else h for h, end in zip(kinds, ends, strict=True)])[columns]
    here = ~np.isneginf(members.rows[:, LEVEL, columns])
    most = np.where(here, heavy, 0).max(axis=1)
    those = here & (heavy == most[:, None])
    scale = np.where(those, np.abs(members.rows[:, SCALE, columns]), 0.0).max(axis=1)
    return most, scale, np.where(those, members.rows[:, SHAPE, columns], np.inf).min(axis=1)


def _logarithm_allowed(members: Members, side: int) -> npt.NDArray[np.bool_]:
    """Whether E_p|log q| surely exists on one side: a power tail needs a moment."""
    p, _, order = _heaviest(members, members.sides[0], side)
    q, _, _ = _heaviest(members, members.sides[1], side)
    moment = (p < 3) | (q == 3) | ((q == 2) & (order > 1.1)) | ((q == 1) & (order > 2.2))
    return np.asarray(moment & ((q > 0) | (p == 0)))


def _power_allowed(members: Members, alpha: float, side: int) -> npt.NDArray[np.bool_]:
    """Whether ∫ p^α q^(1-α), α > 1, surely exists on one side."""
    p, wide_p, order_p = _heaviest(members, members.sides[0], side)
    q, wide_q, order_q = _heaviest(members, members.sides[1], side)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = wide_p / wide_q
        falls = np.select(
            [p == 3, p == 2, p == 1],
            [
                alpha * (1 + order_p) + (1 - alpha) * (1 + order_q) > 1.1,
                alpha + (1 - alpha) * rate > 1e-2,
                alpha + (1 - alpha) * rate**2 > 1e-2,
            ],
            True,
        )
    return np.asarray((p < q) | ((p == q) & falls))
