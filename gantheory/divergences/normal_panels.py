"""Gauss-Kronrod panels for many pairs of mixtures of normals on the line at once.

For pairs whose components have so different scales that equally spaced nodes will not do. Panels
are about as wide as the narrowest component in reach, those that one of p and q does not reach are
dropped, and in each only the components in reach are evaluated. The rule is the pair (20, 41)
(Piessens et al., QUADPACK, 1983); the error of a panel is |Kronrod - Gauss| together with the other
null rule of nearly that degree, odd where the first is even (Berntsen and Espelid, ACM TOMS 17,
1991), so that a difference that vanishes by accident does not count. Panels of members that need it
are halved.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.divergences.normal_members import Found, Members
from gantheory.divergences.overlaps import TINY, Overlap, beyond
from gantheory.quadrature import WIDE


def _length(rule: FloatArray) -> float:
    """Return the Euclidean length, rounded once: a norm by BLAS is not the same on every machine."""
    return math.sqrt(math.fsum(np.square(rule)))


NODES, KRONROD, GAUSS = WIDE
EVEN = KRONROD - GAUSS
ODD = EVEN * NODES * (_length(EVEN) / _length(EVEN * NODES))
SUMS = np.stack([KRONROD, EVEN, ODD], axis=1)

INNER, WIDTH, OUTER_WIDTH = 4.5, 4.0, 6.0  # panels are so wide up to INNER deviations, and beyond
LARGEST_JUMP = math.log(3)  # of that width, within one panel
SEEN = 1e-3  # a panel whose mass the nodes miss by more does not see all that is there
SLAB = 500  # members handled at once
CHUNK = 384  # panels evaluated at once
ROUNDS = 12


@dataclass(frozen=True)
class Panels:
    """Intervals origin + [low, high], each of one member: shape (panels,)."""

    origin: FloatArray
    low: FloatArray
    high: FloatArray
    member: Rows

    def __getitem__(self, index: Any) -> Panels:
        return Panels(self.origin[index], self.low[index], self.high[index], self.member[index])

    def __len__(self) -> int:
        return len(self.low)

    def halved(self) -> Panels:
        """Return both halves of every panel, side by side."""
        middle = 0.5 * (self.low + self.high)
        low, high = np.stack([self.low, middle], axis=1), np.stack([middle, self.high], axis=1)
        return Panels(
            np.repeat(self.origin, 2), low.ravel(), high.ravel(), np.repeat(self.member, 2)
        )


@dataclass(frozen=True)
class PanelSums:
    """Integral, error and rounding of each panel: shape (panels,)."""

    value: FloatArray
    error: FloatArray
    rounding: FloatArray


def overlap_panels(
    overlap: Overlap, members: Members, tolerance: Callable[[FloatArray], FloatArray]
) -> Found:
    """whole - share ∫ overlap(p, q), on panels.

    Parameters
    ----------
    overlap:
        The integrand, and its bounds.
    members:
        The pairs.
    tolerance:
        value -> the error that is allowed.

    Returns
    -------
    Found
        The error is the sum over the panels of |Kronrod - Gauss| with its odd companion and of
        what the overlap can be of the mass that the nodes miss there, plus the mass beyond the
        panels, plus rounding.
    """
    slabs = [slice(i, i + SLAB) for i in range(0, max(len(members), 1), SLAB)]
    return Found.joined([_slab(overlap, members.rows(slab), tolerance) for slab in slabs])


def _slab(
    overlap: Overlap, members: Members, tolerance: Callable[[FloatArray], FloatArray]
) -> Found:
    n = len(members)
    panels = _lay_out(members, overlap.far)
    outside = beyond(overlap, overlap.far)
    total, error, rounding = (np.zeros(n) for _ in range(3))
    evaluations = 0
    for last in [False] * ROUNDS + [True]:
        panels, active = _reached(panels, members, overlap.far)
        sums, used = _evaluate(overlap, panels, members, active)
        evaluations += used
        value = overlap.whole - overlap.share * (total + _gather(panels, sums.value, n))
        allowed = tolerance(value) / overlap.share
        unsure = error + _gather(panels, sums.error, n)
        least = overlap.share * (rounding + _gather(panels, sums.rounding, n) + outside) + 4 * EPS
        # where the value is so small that rounding alone is too much, narrower panels are no help
        needy = (unsure > 0.5 * allowed) & (least <= tolerance(value + overlap.share * unsure))
        count = np.maximum(np.bincount(panels.member, minlength=n), 8)
        split = needy[panels.member] & (sums.error > (0.2 * allowed / count)[panels.member])
        kept = np.full(len(panels), True) if last else ~split
        total += _gather(panels[kept], sums.value[kept], n)
        error += _gather(panels[kept], sums.error[kept], n)
        rounding += _gather(panels[kept], sums.rounding[kept], n)
        if np.all(kept):
            break
        panels = panels[split].halved()
    value = overlap.whole - overlap.share * total
    bound = overlap.share * (error + rounding + outside) + 4 * EPS
    return Found(value, bound, bound <= tolerance(value), evaluations)


def _gather(panels: Panels, values: FloatArray, members: int) -> FloatArray:
    """Return the sum over the panels of each member."""
    return np.bincount(panels.member, values, members).astype(np.float64)


# --- where the panels are -------------------------------------------------------------------------


def _lay_out(members: Members, reach: float) -> Panels:
    """Return panels of equal ∫ (1 / wanted width) dx, as many as that integral says, rounded up."""
    marks = np.array([-reach, -INNER, INNER, reach])
    n = len(members)
    ends = (members.loc[:, :, None] + members.scale[:, :, None] * marks).reshape(n, -1)
    ends.sort(axis=1)
    width, middle = np.diff(ends, axis=1), 0.5 * (ends[:, 1:] + ends[:, :-1])
    rate = _panels_per_length(members, middle, reach)
    wanted, empty = width * rate, rate == 0
    # no panel goes across the end of what a narrow component wants, or into a gap
    jump = np.abs(np.diff(np.log(np.maximum(rate, TINY)), axis=1)) > LARGEST_JUMP
    run = np.pad(np.cumsum(jump, axis=1), ((0, 0), (1, 0)))
    run = (run + (np.arange(n) * (width.shape[1] + 1))[:, None]).ravel()
    count = np.bincount(run, wanted.ravel())
    whole = np.ceil(count - 1e-9) / np.maximum(count, TINY)
    share = np.where(empty, width > 0, wanted * whole[run].reshape(wanted.shape))
    position = np.pad(np.cumsum(share, axis=1), ((0, 0), (1, 0)))
    panels = np.rint(position[:, -1]).astype(np.intp)
    first = np.cumsum(panels + 1) - (panels + 1)
    cuts = np.interp(
        np.arange(first[-1] + panels[-1] + 1), (position + first[:, None]).ravel(), ends.ravel()
    )
    cuts[first], cuts[first + panels] = ends[:, 0], ends[:, -1]
    begins = np.flatnonzero(~np.isin(np.arange(len(cuts)), first + panels))
    return Panels(
        np.zeros(len(begins)), cuts[begins], cuts[begins + 1], np.repeat(np.arange(n), panels)
    )


def _panels_per_length(members: Members, x: FloatArray, reach: float) -> FloatArray:
    """1 / width that the narrowest component in reach of x wants, 0 where none is."""
    rate = np.zeros_like(x)
    for k in range(members.loc.shape[1]):
        loc, scale = members.loc[:, k, None], members.scale[:, k, None]
        z = np.abs(x - loc) / scale
        wants = np.where(z < INNER, 1 / WIDTH, np.where(z < reach, 1 / OUTER_WIDTH, 0.0)) / scale
        np.maximum(rate, np.where(members.weight[:, k, None] > 0, wants, 0.0), out=rate)
    return rate


def _reached(
    panels: Panels, members: Members, reach: float
) -> tuple[Panels, npt.NDArray[np.bool_]]:
    """Return the panels that both p and q reach, from the narrowest component there, and which do."""
    here = members.rows(panels.member)
    low, high = panels.origin + panels.low, panels.origin + panels.high
    active = here.touches(low, high, reach)
    both = active[:, : members.of_p].any(axis=1) & active[:, members.of_p :].any(axis=1)
    panels, active, here = panels[both], active[both], here.rows(both)
    narrowest = np.argmin(np.where(active, here.scale, np.inf), axis=1)
    origin = here.loc[np.arange(len(panels)), narrowest]
    shift = panels.origin - origin
    return Panels(origin, panels.low + shift, panels.high + shift, panels.member), active


# --- what they hold -------------------------------------------------------------------------------


def _evaluate(
    overlap: Overlap, panels: Panels, members: Members, active: npt.NDArray[np.bool_]
) -> tuple[PanelSums, int]:
    """Return the sums of all panels, and how many nodes that took."""
    parts = [
        _chunk(overlap, panels[i : i + CHUNK], members, active[i : i + CHUNK])
        for i in range(0, len(panels), CHUNK)
    ]
    names = ("value", "error", "rounding")
    sums = PanelSums(
        *(np.concatenate([getattr(p, name) for p in parts] or [np.zeros(0)]) for name in names)
    )
    return sums, len(panels) * len(NODES)


def _chunk(
    overlap: Overlap, panels: Panels, members: Members, active: npt.NDArray[np.bool_]
) -> PanelSums:
    panel, k = np.nonzero(active)  # one row a component in reach of a panel, p's before q's
    member = panels.member[panel]
    loc, scale, weight = (a[member, k] for a in (members.loc, members.scale, members.weight))
    half, middle = 0.5 * (panels.high - panels.low), 0.5 * (panels.high + panels.low)
    away = panels.origin[panel] - loc
    z0, dz = (middle[panel] + away) / scale, half[panel] / scale
    z = dz[:, None] * NODES
    np.add(z, z0[:, None], out=z)
    np.multiply(z, z, out=z)
    np.multiply(z, -0.5, out=z)
    np.add(z, members.log_level[member, k][:, None], out=z)
    np.exp(z, out=z)
    side = np.flatnonzero(np.diff(2 * panel + (k >= members.of_p), prepend=-1))
    density = np.maximum(np.add.reduceat(z, side, axis=0), TINY)
    near, far = ndtr(dz - np.abs(z0)), ndtr(-dz - np.abs(z0))  # the smaller tail: no cancellation
    exact = np.add.reduceat(weight * (near - far), side)
    seen = (density @ KRONROD) * np.repeat(half, 2)
    values = overlap.values(density[0::2], density[1::2], np.empty((len(panels), len(NODES))))
    value, even, odd = (values @ SUMS).T * half
    reach = np.minimum(np.abs(z0) + dz, overlap.far)
    slip = reach * (np.abs(middle[panel]) + np.abs(away)) / scale + 2 * reach**2
    slip += np.abs(members.log_level[member, k]) + 16
    rounding = EPS * np.maximum.reduceat(slip, np.flatnonzero(np.diff(panel, prepend=-1)))
    missed = np.abs(seen - exact)
    unseen = overlap.outside(np.where(missed > SEEN * exact, missed, 0.0))
    defect = (missed + unseen).reshape(-1, 2).sum(axis=1)
    return PanelSums(value, np.hypot(even, odd) + defect, rounding * value)
