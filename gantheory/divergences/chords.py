"""∫ |F - G| on the line, from differences of antiderivatives over runs where the sign of F - G is sure.

On a cell of width w, F - G is off its chord by at most w / 4 times what its slope varies there. The
densities of components are monotone on cells, which end at their modes, and vary by differences. A sign
is sure where the chord is farther from 0 than that, or where F at one end is at least G at the other,
since both grow. Other cells are split, beside the root of the chord or evenly, until what all of them
may hold is negligible: no root can be missed. Cells of many pairs are handled at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.divergences.antiderivatives import (
    LEFT,
    OFF_LEFT,
    OFF_RIGHT,
    RIGHT,
    ROUNDING,
    Part,
    parts_of_batch,
)
from gantheory.divergences.effort import Effort
from gantheory.divergences.members import Found, common_batch
from gantheory.estimates import Route, route

SLAB = 30_000  # knots of the pairs handled at once
SPLITS = 40
NARROW = 1 / 3  # of a cell: what a piece about the root of its chord is shorter than on either side
CLEAR = (
    2.2  # times the distance from the chord: where a cell is cut, so that its outer pieces are sure
)
MOST_CELLS = 400  # undecided cells of a pair
MOST_PARTS = 500  # components of a pair: each is evaluated at the knots of all
NEGLIGIBLE = 1e-14  # relative: what undecided cells may hold
ALLOWED = 1e-11  # relative error of a pair that counts as settled
OUT = 4.0  # deviations that count as the spread of a component

Mask = npt.NDArray[np.bool_]


def elementary_transport(p: Any, q: Any, effort: Effort) -> tuple[Found, Route] | None:
    """∫ |F - G| for every pair of the batch, as far as there is time, and by which route.

    None where antiderivatives are not elementary, or of too many components.
    """
    shape = common_batch(p, q)
    ours, theirs = parts_of_batch(p, shape), parts_of_batch(q, shape)
    if ours is None or theirs is None or len(ours) + len(theirs) > MOST_PARTS:
        return None
    slab = max(1, SLAB // sum(part.rows(slice(1)).knots.shape[1] for part in (*ours, *theirs)))

    def one(start: int) -> Found:
        first, second = (
            [c.rows(slice(start, start + slab)) for c in side] for side in (ours, theirs)
        )
        return Found.unsettled(len(first[0].weight)) if effort.late else _settle(first, second)

    starts = range(0, max(math.prod(shape), 1), slab)
    return Found.joined([one(start) for start in starts]), route("antiderivatives", "W1")


@np.errstate(all="ignore")
def _settle(p: list[Part], q: list[Part]) -> Found:
    knots = np.sort(np.concatenate([part.knots for part in (*p, *q)], axis=1), axis=1)
    everyone, loose, evaluations = np.arange(len(knots)), _loose_ends(p, q), 0
    search, x, member = _Search(0.1 * loose), knots, everyone
    while len(x) or not search.runs:
        evaluations += x.size
        x, member = search.step(Chords.of(p, q, x, member))
    value, error = _between(p, q, _joined(search.runs), len(knots))
    ends = knots[:, [0, -1]]
    tails, off = _tails(_halves(p, ends, everyone), _halves(q, ends, everyone))
    rest = 0.5 * search.rest
    value, error = value + tails + rest, error + off + rest + loose
    error = np.where(np.isfinite(value), np.nan_to_num(error, nan=np.inf), np.inf)
    value = np.nan_to_num(value, nan=0.0, posinf=0.0)
    return Found(value, error, error <= ALLOWED * value, evaluations)


class _Search:
    """What is known of each member: runs, the least that they hold, the most that is left undecided."""

    def __init__(self, negligible: FloatArray) -> None:
        self.negligible, self.splits = negligible, SPLITS
        self.runs: list[Runs] = []
        self.least, self.rest = np.zeros(len(negligible)), np.zeros(len(negligible))

    def step(self, cells: Chords) -> tuple[FloatArray, Rows]:
        """Keep what is sure or too small to matter; return the pieces of all other cells."""

        def sums(values: Any) -> FloatArray:
            return np.asarray(
                np.bincount(cells.member, values.sum(axis=1), len(self.rest)), dtype=np.float64
            )

        self.runs.append(cells.runs())
        self.least += sums(cells.least)
        unsure = cells.sign == 0
        most, count = np.where(unsure, cells.most, 0.0), sums(unsure)
        negligible = np.maximum(NEGLIGIBLE * self.least, self.negligible) / np.maximum(count, 1)
        negligible[count > MOST_CELLS] = np.inf
        further = unsure & cells.divisible & (most > negligible[cells.member, None])
        further &= self.splits > 0
        self.splits -= 1
        self.rest += sums(np.where(further, 0.0, most))
        return cells.split(further)


# --- cells ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Chords:
    """F - G and its chords on the cells between ascending points (rows, points), a member in each row.

    Attributes
    ----------
    gap, doubt:
        F - G at the points, and bounds on its rounding.
    bend:
        Bounds on how far F - G is from its chords.
    sign:
        That of F - G on each cell where it is sure, else 0.
    """

    x: FloatArray
    member: Rows
    gap: FloatArray
    doubt: FloatArray
    bend: FloatArray
    sign: FloatArray

    @classmethod
    def of(cls, p: list[Part], q: list[Part], x: FloatArray, member: Rows) -> Chords:
        """Return the cells between these points."""
        ours, theirs = (_sums([c.masses(x, member) for c in side]) for side in (p, q))
        lower, upper = ours[0] + theirs[0], ours[1] + theirs[1]
        gap = np.where(lower <= upper, ours[0] - theirs[0], theirs[1] - ours[1])
        doubt = ROUNDING * np.minimum(lower, upper)
        bend = 0.25 * np.diff(x) * (ours[2] + theirs[2])
        above = (-_largest(doubt - gap) >= bend) | _ordered(ours, theirs)
        below = (-_largest(doubt + gap) >= bend) | _ordered(theirs, ours)
        return cls(x, member, gap, doubt, bend, np.where(above, 1.0, np.where(below, -1.0, 0.0)))

    @property
    def most(self) -> FloatArray:
        """The most that ∫ |F - G| may be."""
        return np.asarray(np.diff(self.x) * (_largest(np.abs(self.gap) + self.doubt) + self.bend))

    @property
    def least(self) -> FloatArray:
        """About the least that ∫ |F - G| may be, where the sign is sure."""
        lesser = -_largest(-np.abs(self.gap))
        return np.where(self.sign == 0, 0.0, np.diff(self.x) * lesser)

    @property
    def divisible(self) -> Mask:
        """Which cells hold floats between their ends, and more than rounding."""
        wide = np.diff(self.x) > 8 * np.spacing(_largest(np.abs(self.x)))
        return wide & (_largest(np.abs(self.gap)) + self.bend > 4 * _largest(self.doubt))

    def split(self, which: Mask) -> tuple[FloatArray, Rows]:
        """Return the ends of three pieces of each of these cells, (n, 4), and whose they are.

        Where the chord is steep, all roots of F - G are in the middle one: beyond it the chord is CLEAR
        times as far from 0 as F - G from the chord.
        """
        row, first = np.nonzero(which)
        start, stop = self.x[row, first], self.x[row, first + 1]
        before, after = self.gap[row, first], self.gap[row, first + 1]
        off = self.bend[row, first] + self.doubt[row, first] + self.doubt[row, first + 1]
        width, rise = stop - start, np.abs(after - before)
        fewest = 8 * np.spacing(np.maximum(np.abs(start), np.abs(stop))) / width
        root, half = np.abs(before) / rise, np.maximum(CLEAR * off / rise, fewest)
        narrow = (before * after < 0) & (half < NARROW)
        low = start + width * np.where(narrow, np.maximum(root - half, 0.0), 1 / 3)
        high = start + width * np.where(narrow, np.minimum(root + half, 1.0), 2 / 3)
        return np.stack([start, low, np.minimum(high, stop), stop], axis=1), self.member[row]

    def runs(self) -> Runs:
        """Return the longest parts of rows on which the sign is sure."""
        sure, changes = self.sign != 0, np.diff(np.pad(self.sign, ((0, 0), (1, 1)))) != 0
        row, first = np.nonzero(sure & changes[:, :-1])
        last = np.nonzero(sure & changes[:, 1:])[1] + 1
        ends = np.stack([self.x[row, first], self.x[row, last]], axis=1)
        return Runs(ends, self.member[row], self.sign[row, first])


def _sums(masses: list[tuple[FloatArray, ...]]) -> tuple[FloatArray, ...]:
    """Return the sums over components: F, 1 - F, and what the slope of F varies on cells."""
    return tuple(np.asarray(sum(column)) for column in zip(*masses, strict=True))


def _largest(values: FloatArray) -> FloatArray:
    """Return the larger value at the two ends of each cell."""
    return np.maximum(values[:, :-1], values[:, 1:])


def _ordered(upper: tuple[FloatArray, ...], lower: tuple[FloatArray, ...]) -> Mask:
    """Whether the one at the start of a cell is at least the other at its end, and so in between."""
    less, more = 1 - ROUNDING, 1 + ROUNDING
    return np.asarray(
        (upper[0][:, :-1] * less >= lower[0][:, 1:] * more)
        | (upper[1][:, :-1] * more <= lower[1][:, 1:] * less)
    )


# --- integrals ------------------------------------------------------------------------------------


class Runs(NamedTuple):
    """Intervals (n, 2) on which F - G has one sign, and the member that each belongs to."""

    ends: FloatArray
    member: Rows
    sign: FloatArray


def _joined(parts: list[Runs]) -> Runs:
    """Return all of them; neighbours of one sign are one, and are rounded once."""
    ends, member, sign = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((ends[:, 0], member))
    ends, member, sign = ends[order], member[order], sign[order]
    new = np.ones(len(sign) + 1, dtype=bool)
    new[1:-1] = (ends[1:, 0] != ends[:-1, 1]) | (np.diff(member) > 0) | (np.diff(sign) != 0)
    first, last = new[:-1], new[1:]
    return Runs(np.stack([ends[first, 0], ends[last, 1]], axis=1), member[first], sign[first])


def _halves(parts: list[Part], x: FloatArray, member: Rows) -> FloatArray:
    """Return the sums over components of the rows LEFT, ... at points."""
    return np.asarray(sum(part.halves(x, member) for part in parts))


def _loose_ends(p: list[Part], q: list[Part]) -> FloatArray:
    """Bound on what it moves that weights, or P and 1 - P, add up to 1 only nearly."""
    low = np.min([c.center - OUT * c.width for c in (*p, *q)], axis=0)
    high = np.max([c.center + OUT * c.width for c in (*p, *q)], axis=0)
    excess = sum(np.abs(sum(c.weight for c in side) - 1) + 4 * EPS * len(side) for side in (p, q))
    return np.asarray(excess * (high - low))


def _tails(p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """What lies beyond the outermost knots: between the difference of integrals and their sum."""
    ours, theirs = (np.stack([side[LEFT, :, 0], side[RIGHT, :, 1]]) for side in (p, q))
    off = sum(side[OFF_LEFT, :, 0] + side[OFF_RIGHT, :, 1] for side in (p, q))
    return np.maximum(ours, theirs).sum(axis=0), np.minimum(ours, theirs).sum(axis=0) + off


def _between(
    p: list[Part], q: list[Part], runs: Runs, members: int
) -> tuple[FloatArray, FloatArray]:
    """|∫ (F - G)| over runs, from the left or from the right, whichever has the smaller error."""
    ours, theirs = (_halves(side, runs.ends, runs.member) for side in (p, q))
    moved = np.diff(ours[:OFF_LEFT] - theirs[:OFF_LEFT])[..., 0]
    off = (ours[OFF_LEFT:] + theirs[OFF_LEFT:]).sum(axis=-1)
    value = np.abs(np.where(off[0] <= off[1], *moved))
    total, doubt = (np.bincount(runs.member, x, members) for x in (value, np.minimum(*off)))
    return np.asarray(total, dtype=np.float64), np.asarray(doubt, dtype=np.float64)
