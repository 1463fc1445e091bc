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
from gantheory.densities.standard import Standard, mass
from gantheory.estimates import KINDS, Estimate, Kind, Route

SLAB = 500  # pairs handled at once by each thread
FARTHEST = 1e12  # |loc| / scale, beyond which panels cannot be placed in absolute coordinates
MASS_DEFECT = 1e-12  # how far the masses on the nodes may be off
KIND, LOC, SCALE, END, SHAPE, LEVEL, DOUBT, GAP, MASS = range(9)  # of `Members.rows`; see `fused`

OVERLAP, ALONE, AFFINITY, COMMON = range(4)
JSD, HELLINGER, TV, KL, REVERSE_KL, JEFFREYS, POWER, PRODUCT = range(4, 12)
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
    off:
        Shape (members, 2): by how much the weights of p, and those of q, exceed 1 as they were given.
    """

    rows: FloatArray
    kinds: tuple[int, ...]
    of_p: int
    alike: bool
    off: FloatArray

    def __len__(self) -> int:
        return len(self.rows)

    def some(self, index: Any) -> Members:
        """Return some of the pairs."""
        return Members(self.rows[index], self.kinds, self.of_p, self.alike, self.off[index])

    def mirrored(self) -> Members:
        """Return the same pairs with p and q exchanged."""
        k = self.of_p
        rows = np.concatenate([self.rows[:, :, k:], self.rows[:, :, :k]], axis=2)
        kinds = self.kinds[k:] + self.kinds[:k]
        return Members(rows, kinds, len(self.kinds) - k, self.alike, self.off[:, ::-1])

    @property
    def ordinary(self) -> npt.NDArray[np.bool_]:
        """Which pairs have floats to spare: positions to 1e-4 of a scale, levels below 50."""
        loc, scale = np.abs(self.rows[:, LOC]), np.abs(self.rows[:, SCALE])
        fine = (scale > 1e-20) & (scale < 1e20) & (loc < FARTHEST * scale)
        return np.asarray((fine | np.isneginf(self.rows[:, LEVEL])).all(axis=1))

    def excess(self, form: int, alpha: float) -> FloatArray:
        """What forms that take off multiples of p - q owe to masses of p and q that differ."""
        p, q = self.off.T
        if form in (KL, REVERSE_KL):
            return np.asarray(np.abs(p - q))
        if form == POWER:
            return np.asarray(np.abs(p - q) / min(abs(alpha), abs(1 - alpha)))
        return np.zeros(len(self))

    @property
    def sides(self) -> tuple[slice, slice]:
        """The columns of p, and those of q."""
        return slice(None, self.of_p), slice(self.of_p, None)

    def masses(self, ends: FloatArray) -> tuple[FloatArray, FloatArray]:
        """How far the masses between the ends are off, (n, 2), and what lies beyond, (n, 2, 2).

        The last axis is that of p and q, the one before that of left and right.
        """
        low, high, found = ends[:, 0:2, None], ends[:, 2:4, None], ends[:, 4:6]
        loc, scale = self.rows[:, LOC], self.rows[:, SCALE]
        start, stop = ((e[:, 1] + (e[:, 0] - loc)) / scale for e in (low, high))
        falls = scale < 0  # a ramp that falls has its right on the left
        start, stop = np.where(falls, stop, start), np.where(falls, start, stop)
        between, below, above = (self.rows[:, MASS].copy() for _ in range(3))
        for k, kind in enumerate(self.kinds):
            shape, a, b = self.rows[:, SHAPE, k], start[:, k], stop[:, k]
            between[:, k] *= mass(kind, shape, a, b)
            below[:, k] *= mass(kind, shape, np.full(len(a), -np.inf), a)
            above[:, k] *= mass(kind, shape, b, np.full(len(b), np.inf))
        left, right = np.where(falls, above, below), np.where(falls, below, above)
        off, out = np.empty((len(loc), 2)), np.empty((len(loc), 2, 2))
        for j, side in enumerate(self.sides):
            off[:, j] = np.abs(between[:, side].sum(axis=1) - found[:, j])
            out[:, 0, j], out[:, 1, j] = left[:, side].sum(axis=1), right[:, side].sum(axis=1)
        return off, out


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
    off = np.stack([np.broadcast_to(d.excess, shape).ravel() for d in (p, q)], axis=1)
    return Members(rows, kinds, of_p, alike, off)


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
