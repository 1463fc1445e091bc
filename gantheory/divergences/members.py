"""Many pairs of mixtures of standard densities at once, and what machine code finds of them.

What is not settled here, or not made of standard densities alone, is left to the adaptive method.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.mixture_batch import MixtureBatch
from gantheory.densities.standard import EXPONENTIAL, LAPLACE, NORMAL, STUDENT, Standard, mass
from gantheory.divergences.effort import Effort
from gantheory.estimates import KINDS, Estimate, Kind, Route
from gantheory.machine_code import available
from gantheory.threads import threads

SLAB = 500  # pairs handled at once by each thread
FARTHEST = 1e12  # |loc| / scale, beyond which panels cannot be placed in absolute coordinates
MASS_DEFECT = 1e-12  # how far the masses on the nodes may be off
KIND, LOC, SCALE, END, SHAPE, LEVEL, DOUBT, GAP, MASS = range(9)  # of `Members.rows`; see `fused`

OVERLAP, AFFINITY, COMMON, JSD, HELLINGER, TV, KL, REVERSE_KL, JEFFREYS, POWER = range(10)
"""The integrands that `fused` knows."""


@dataclass
class Found:
    """What is known of each member: shape (members,)."""

    value: FloatArray
    error: FloatArray
    settled: npt.NDArray[np.bool_]
    evaluations: int = 0
    kind: Kind = "estimated"

    @classmethod
    def unsettled(cls, members: int) -> Found:
        """Return that nothing is known yet."""
        return cls(np.zeros(members), np.full(members, np.inf), np.zeros(members, dtype=bool))

    def estimate(self, i: int, routes: Route) -> Estimate:
        """Return what is known of one member, by these routes."""
        return Estimate(
            float(self.value[i]),
            float(self.error[i]),
            kind=self.kind,
            route=routes,
            evaluations=self.evaluations if len(self.value) == 1 else 0,
        )

    def improve(self, rows: npt.NDArray[np.intp], better: Found) -> None:
        """Take over what is better known of some members."""
        good = better.settled | (better.error < self.error[rows])
        self.value[rows[good]], self.error[rows[good]] = better.value[good], better.error[good]
        self.settled[rows] |= better.settled
        self.kind = max(self.kind, better.kind, key=KINDS.index)
        self.evaluations += better.evaluations

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """Return what is known of all members, one part after the other."""
        return cls(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.error for part in parts]),
            np.concatenate([part.settled for part in parts]),
            sum(part.evaluations for part in parts),
        )


@dataclass(frozen=True)
class Members:
    """Pairs (p, q) of sums of standard densities.

    Attributes
    ----------
    rows:
        Shape (members, 9, K): what `fused` reads of each component, those of p first, and their masses.
    kinds:
        Which standard density each of the K components is.
    of_p:
        How many components are p's.
    alike:
        Whether p and q are of the same kinds, in the same order.
    """

    rows: FloatArray
    kinds: tuple[int, ...]
    of_p: int
    alike: bool

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, index: Any) -> Members:
        """Return some of the pairs."""
        return Members(self.rows[index], self.kinds, self.of_p, self.alike)

    def mirrored(self) -> Members:
        """Return the same pairs with p and q exchanged."""
        k = self.of_p
        rows = np.concatenate([self.rows[:, :, k:], self.rows[:, :, :k]], axis=2)
        return Members(rows, self.kinds[k:] + self.kinds[:k], len(self.kinds) - k, self.alike)

    @property
    def ordinary(self) -> npt.NDArray[np.bool_]:
        """Which pairs have floats to spare: positions to 1e-4 of a scale, levels below 50."""
        loc, scale = np.abs(self.rows[:, LOC]), np.abs(self.rows[:, SCALE])
        fine = (scale > 1e-20) & (scale < 1e20) & (loc < FARTHEST * scale)
        return np.asarray((fine | np.isneginf(self.rows[:, LEVEL])).all(axis=1))

    def excess(self, form: int, alpha: float) -> FloatArray:
        """What forms that take off multiples of p - q owe to masses of p and q that differ."""
        p, q = (self.rows[:, MASS, side].sum(axis=1) for side in self.sides)
        if form in (KL, REVERSE_KL):
            return np.asarray(np.abs(p - q))
        if form == POWER:
            return np.asarray(np.abs(p - q) / min(abs(alpha), abs(1 - alpha)))
        return np.zeros(len(self))

    @property
    def sides(self) -> tuple[slice, slice]:
        """The columns of p, and those of q."""
        return slice(None, self.of_p), slice(self.of_p, None)

    def missed(self, ends: FloatArray) -> FloatArray:
        """How far the masses that were found between the ends of the panels are off, the larger one."""
        low, high, found = ends[:, 0:2, None], ends[:, 2:4, None], ends[:, 4:6]
        loc, scale, shape = (self.rows[:, line] for line in (LOC, SCALE, SHAPE))
        start, stop = ((e[:, 1] + (e[:, 0] - loc)) / scale for e in (low, high))
        start, stop = np.minimum(start, stop), np.maximum(start, stop)
        held = self.rows[:, MASS].copy()
        for k, kind in enumerate(self.kinds):
            held[:, k] *= mass(kind, shape[:, k], start[:, k], stop[:, k])
        off = [np.abs(held[:, side].sum(axis=1) - found[:, j]) for j, side in enumerate(self.sides)]
        return np.asarray(np.maximum(*off))


def common_batch(p: Density, q: Density) -> tuple[int, ...]:
    """Return the shape to which the batches of p and q broadcast, () for two single densities."""
    if p.batch_shape == q.batch_shape:
        return p.batch_shape
    return np.broadcast_shapes(p.batch_shape, q.batch_shape)


def members_of(p: Density, q: Density) -> Members | None:
    """Return the pairs of two batches, in C order; None if one is not made of standard densities alone.

    A density with a parameter that was given exactly and is not a float64 does not count: what that
    rounding moves is not in the errors here. Weights may be rounded: that is in DOUBT.
    """
    first, second = _parts(p), _parts(q)
    if not first or not second:
        return None
    shape = common_batch(p, q)
    n, columns = math.prod(shape), len(first) + len(second)
    rows = np.zeros((n, 9, columns))
    for k, part in enumerate([*first, *second]):
        rows[:, :, k] = _lines(part.weight, part.standard, shape)
    kinds = tuple(part.standard.kind for part in [*first, *second])
    of_p = len(first)
    alike = kinds[:of_p] == kinds[of_p:]
    if alike:
        alike = np.array_equal(rows[:, SHAPE, :of_p], rows[:, SHAPE, of_p:])
        pairs = zip(first, second, strict=True)
        for k, pair in enumerate(pairs):
            rows[:, GAP, k] = np.broadcast_to(_gap(*pair), shape).ravel()
    return Members(rows, kinds, of_p, alike)


class Part(NamedTuple):
    """A standard density with its weight, also exactly where that is known."""

    weight: Any
    exact: Fraction | None
    standard: Standard


def _parts(density: Density) -> list[Part]:
    """Return the standard densities of which a density is the weighted sum."""
    weighted: Any = [(np.float64(1.0), Fraction(1), density)]
    if isinstance(density, (Mixture1D, MixtureBatch)):
        columns = np.moveaxis(np.asarray(density.weights), -1, 0)
        exact = density.exact_weights or [None] * len(columns)
        weighted = zip(columns, exact, density.components, strict=True)
    found = []
    for weight, exact, component in weighted:
        standards = component.standards()
        if not standards or component.rounded:
            return []
        found += [Part(weight, exact, standard) for standard in standards]
    return found


@np.errstate(divide="ignore")
def _lines(weight: Any, part: Standard, shape: tuple[int, ...]) -> FloatArray:
    """Return the column of one component: shape (members, 9)."""
    lines = np.empty((*shape, 9))
    flat = np.where(np.isinf(part.unit), 1.0, part.scale)  # a ramp without a width has no mass
    log_weight, log_unit = np.log(weight), np.log(part.unit)
    level = log_weight - log_unit - part.log_norm
    lines[..., KIND], lines[..., LOC], lines[..., SCALE] = part.kind, part.loc, flat
    lines[..., END], lines[..., SHAPE], lines[..., LEVEL] = part.end, part.shape, level
    with np.errstate(invalid="ignore"):
        sizes = np.abs(log_weight) + np.abs(log_unit) + np.abs(part.log_norm)
    lines[..., DOUBT] = EPS * (8 + np.where(np.isfinite(level), sizes, 0.0))
    lines[..., GAP] = 0.0
    lines[..., MASS] = weight * np.abs(flat) / part.unit
    return lines.reshape(-1, 9)


@np.errstate(divide="ignore", invalid="ignore")
def _gap(p: Part, q: Part) -> Any:
    """log(w / v) + log(unit_q / unit_p), by differences."""
    heavier = (p.weight - q.weight) / q.weight
    if p.exact and q.exact:
        heavier = float((p.exact - q.exact) / q.exact)
    wider = (q.standard.unit - p.standard.unit) / p.standard.unit
    gap = np.log1p(heavier) + np.log1p(wider)
    return np.where(np.isfinite(gap), gap, 0.0)


# --- functionals --------------------------------------------------------------------------------------

OUTSIDE = {OVERLAP: 8e-15, AFFINITY: 1.4e-14, COMMON: 2.2e-16}
"""What the first three may be where one of p and q is not seen: by 2Φ(-8.3), 2Φ(-11.2) of mass."""

BEYOND = 1e-42  # what others may be beyond the panels
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
    rows = np.flatnonzero(members.ordinary & tails_allow(functional, members))
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
    value, error, ends = np.empty(n), np.empty(n), np.empty((n, 6))
    given = form, alpha, members.alike, whole, share, members.of_p, members.rows
    used = fused.integrals(*given, *tolerance, value, error, ends)
    error += abs(share) * (OUTSIDE.get(form, BEYOND) + members.excess(form, alpha))
    error[~((members.missed(ends) <= MASS_DEFECT) & np.isfinite(value))] = np.inf
    return Found(value, error, tolerance.allows(value, error), int(used))


# --- tails --------------------------------------------------------------------------------------------


def tails_allow(functional: Fused, members: Members) -> npt.NDArray[np.bool_]:
    """Return for which pairs the integrand surely has an integral far out."""
    form, alpha = functional.form, functional.alpha
    sure = np.ones(len(members), dtype=bool)
    if form in (KL, JEFFREYS):
        sure &= _logarithm_allowed(members, 0) & _logarithm_allowed(members, 1)
    if form in (REVERSE_KL, JEFFREYS):
        mirrored = members.mirrored()
        sure &= _logarithm_allowed(mirrored, 0) & _logarithm_allowed(mirrored, 1)
    if form == POWER and not 0 < alpha < 1:
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
