"""∫ |F - G| on the line between points where F and G and their antiderivatives are known.

On a cell [a, b] with F(a) >= G(b) the sign of F - G cannot change, as F and G grow, and the integral is
a difference of antiderivatives. On any other it lies between that and (b - a) times the larger one of
F(b) - G(a) and G(b) - F(a): such cells are split until all of them together are negligible, so that no
root can be missed. Cells of many pairs are handled at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.mixture_batch import MixtureBatch
from gantheory.densities.normal import Normal
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.divergences.effort import Effort
from gantheory.divergences.members import Found, common_batch
from gantheory.divergences.one_shape import HALVES
from gantheory.estimates import Route, route

SLAB = 100  # pairs handled at once: their arrays stay in the cache
PIECES = 6  # that a cell is split into
SPLITS = 16
MOST_CELLS = 400  # undecided cells of a pair
MOST_PARTS = 500  # components of a pair: each is evaluated at the knots of all
NEGLIGIBLE = 1e-14  # relative: what undecided cells may hold
ALLOWED = 1e-11  # relative error of a pair that counts as settled
ROUNDING = 256 * EPS  # relative: of distribution functions, out to where they hold anything
OUT = 4.0  # deviations that count as the spread of a component
SYMMETRIC = np.array([0.0, 0.7, 1.5, 2.5, 4.0, 6.0, 10.0])
EXPONENTIAL = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 45.0])
GEOMETRIC = np.concatenate([[0.0], np.linspace(0.0, 1.0, 25)])


BELOW, ABOVE, LEFT, RIGHT, OFF_LEFT, OFF_RIGHT = range(6)
"""Rows of what is known at points: F = P(X <= x), 1 - F, E(x - X)₊ = ∫ F up to x, E(X - x)₊ = ∫ (1 - F)
from x on, and bounds on the errors of these two."""


@dataclass(frozen=True)
class Part:
    """A component of a batch of mixtures: weight, center and width have shape (members,)."""

    family: Any
    weight: FloatArray
    center: FloatArray
    width: FloatArray
    shape: FloatArray  # degrees of freedom, or the mode of a triangle

    def rows(self, index: Any) -> Part:
        """Return some members."""
        return Part(
            self.family, *(getattr(self, n)[index] for n in ("weight", "center", "width", "shape"))
        )

    @cached_property
    def knots(self) -> FloatArray:
        """Where cells begin and end: (members, knots)."""
        z = _knots(self.family, self.shape)
        return np.asarray(self.center[:, None] + self.width[:, None] * z)

    def at(self, x: FloatArray, rows: Rows) -> FloatArray:
        """Return the rows BELOW, ... of these members at these points, weighted: (6, points)."""
        width, shape = self.width[rows], self.shape[rows]
        z = (x - self.center[rows]) / width
        size = np.abs(z)
        if self.family not in BOUNDED:
            tail, upper = HALVES[self.family](size, shape)
            off = EPS * (64.0 if self.family is StudentT else 8 + 2 * z * z) * (upper + size * tail)
            near, far = (tail, upper, off), (1 - tail, size + upper, off + 4 * EPS * size)
            (below, left, off_left), (above, right, off_right) = (
                (np.where(z < 0, a, b) for a, b in zip(*pair, strict=True))
                for pair in ((near, far), (far, near))
            )
        else:
            below, above, left, right = BOUNDED[self.family](z, shape)
            off_left, off_right = (
                8 * EPS * (side + size * mass) for side, mass in ((left, below), (right, above))
            )
        found = np.stack([below, above, left, right, off_left, off_right])
        found[2:] *= width
        return np.asarray(found * self.weight[rows])


def _exponential(z: FloatArray, _: FloatArray) -> tuple[FloatArray, ...]:
    """1 - e^-z, e^-z, z - (1 - e^-z), e^-z for z >= 0; 0, 1, 0, 1 - z before."""
    here = np.maximum(z, 0.0)
    above, below = np.exp(-here), -np.expm1(-here)
    return below, above, here - below, above + np.maximum(-z, 0.0)


def _unit_interval(z: FloatArray, _: FloatArray) -> tuple[FloatArray, ...]:
    """z, 1 - z, z² / 2, (1 - z)² / 2 for 0 <= z <= 1."""
    below, above = np.clip(z, 0.0, 1.0), np.clip(1 - z, 0.0, 1.0)
    left, right = 0.5 * below**2 + np.maximum(z - 1, 0.0), 0.5 * above**2 + np.maximum(-z, 0.0)
    return below, above, left, right


def _triangle(z: FloatArray, mode: FloatArray) -> tuple[FloatArray, ...]:
    """z² / m, 1 - z² / m, z³ / 3m, (1 + m)/3 - z + z³ / 3m up to the mode m, mirrored beyond."""
    rise, fall = np.clip(z, 0.0, 1.0), np.clip(1 - z, 0.0, 1.0)
    first, second = np.where(mode > 0, mode, 1.0), np.where(mode < 1, 1 - mode, 1.0)
    rising, mean = z <= mode, (1 + mode) / 3
    below, above = rise * rise / first, fall * fall / second
    left, right = below * rise / 3, above * fall / 3
    return (
        np.where(rising, below, 1 - above),
        np.where(rising, 1 - below, above),
        np.where(rising, left, z - mean + right),
        np.where(rising, mean - z + left, right),
    )


BOUNDED = {Exponential: _exponential, Uniform: _unit_interval, Triangular: _triangle}


def _knots(family: Any, shape: FloatArray) -> FloatArray:
    """Return standard places of knots, (members or 1, knots)."""
    if family is Uniform:
        return np.array([[0.0, 0.5, 1.0]])
    if family is Triangular:
        return np.stack([0 * shape, shape, 0 * shape + 1], axis=1)
    if family is Exponential:
        return EXPONENTIAL[None]
    steps = SYMMETRIC[None] * (4.0 if family is Laplace else 1.0)
    if family is StudentT:  # out to a reach r with E(Z - r)₊ about 1e-19 at most
        reach = np.sqrt(shape) * 10 ** np.minimum(20 / (shape - 1), 120.0) + 10
        steps = 0.25 * (4 * reach[:, None]) ** GEOMETRIC
        steps[:, 0] = 0.0
    return np.concatenate([-steps[:, ::-1], steps], axis=1)


# --- densities as parts ---------------------------------------------------------------------------


def parts_of_batch(density: Any, shape: tuple[int, ...]) -> list[Part] | None:
    """Return the components of a batch, its members in C order; None if one has no elementary ∫ F."""
    components: Any = (density,)
    weights: Any = np.ones(1)
    if isinstance(density, (Mixture1D, MixtureBatch)):
        components, weights = density.components, density.weights
    if getattr(density, "unseen", 0.0):
        return None
    parts = []
    for k, component in enumerate(components):
        found = _standard(component)
        if found is None or component.rounded:
            return None
        numbers = (np.broadcast_to(x, shape).ravel() for x in (weights[..., k], *found))
        parts.append(Part(type(component), *(np.asarray(x, dtype=np.float64) for x in numbers)))
    return parts


def _standard(component: Any) -> tuple[Any, Any, Any] | None:
    """Return center, width and shape; None where ∫ F is not elementary or infinite."""
    if isinstance(component, (Normal, Laplace)):
        return component.loc, component.scale, 1.0
    if isinstance(component, StudentT):
        heavy = np.any(np.asarray(component.df) <= 1)
        return None if heavy else (component.loc, component.scale, component.df)
    if isinstance(component, Exponential):
        return 0.0, 1 / np.asarray(component.rate), 1.0
    if isinstance(component, (Uniform, Triangular)):
        low, width = component.low, np.subtract(component.high, component.low)
        mode = (
            np.subtract(component.mode, low) / width if isinstance(component, Triangular) else 1.0
        )
        return low, width, mode
    return None


# --- cells ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Points:
    """Points of the line, the member that each belongs to, and the rows of p and q there."""

    x: FloatArray
    member: Rows
    p: FloatArray
    q: FloatArray

    def __getitem__(self, index: Any) -> Points:
        return Points(self.x[index], self.member[index], self.p[:, index], self.q[:, index])


def _joined(*parts: Points) -> Points:
    columns = ([getattr(part, name) for part in parts] for name in Points.__dataclass_fields__)
    return Points(*(np.concatenate(column, axis=-1) for column in columns))


def elementary_transport(p: Any, q: Any, effort: Effort) -> tuple[Found, Route] | None:
    """∫ |F - G| for every pair of the batch, as far as there is time, and by which route.

    None where antiderivatives are not elementary, or of too many components.
    """
    shape = common_batch(p, q)
    ours, theirs = parts_of_batch(p, shape), parts_of_batch(q, shape)
    if ours is None or theirs is None or len(ours) + len(theirs) > MOST_PARTS:
        return None

    def one(start: int) -> Found:
        first, second = (
            [c.rows(slice(start, start + SLAB)) for c in side] for side in (ours, theirs)
        )
        return Found.unsettled(len(first[0].weight)) if effort.late else _settle(first, second)

    starts = range(0, max(math.prod(shape), 1), SLAB)
    return Found.joined([one(start) for start in starts]), route("antiderivatives", "W1")


@np.errstate(all="ignore")
def _settle(p: list[Part], q: list[Part]) -> Found:
    members = len(p[0].weight)

    def look(x: FloatArray, member: Rows) -> Points:
        return Points(x, member, _weighted(p, x, member), _weighted(q, x, member))

    knots = np.sort(np.concatenate([part.knots for part in (*p, *q)], axis=1), axis=1)
    total = _Total(_loose_ends(p, q))
    owner = np.repeat(np.arange(members), knots.shape[1])
    points = look(knots.ravel(), owner)
    evaluations = len(owner)
    first = np.arange(members) * knots.shape[1]
    total.tails(points[first], LEFT, OFF_LEFT)
    total.tails(points[first + knots.shape[1] - 1], RIGHT, OFF_RIGHT)
    inner = np.flatnonzero((np.diff(points.x) > 0) & (np.diff(owner) == 0))
    start, stop = total.decided(points[inner], points[inner + 1])
    for _ in range(SPLITS):
        width = stop.x - start.x
        live = total.unfinished(start, stop) & (
            width > 4 * np.spacing(np.abs(start.x) + np.abs(stop.x))
        )
        total.undecided(start[~live], stop[~live])
        start, stop, width = start[live], stop[live], width[live]
        if not len(width):
            break
        share = np.arange(1, PIECES) / PIECES
        x = start.x[:, None] + width[:, None] * share
        middle = look(x.ravel(), np.repeat(start.member, PIECES - 1))
        evaluations += len(middle.x)
        cells = np.arange(len(width) * (PIECES - 1)).reshape(len(width), -1)
        both = _joined(start, middle, stop)
        n, m = len(width), len(middle.x)
        ends = np.column_stack([np.arange(n), n + cells, n + m + np.arange(n)])
        start, stop = total.decided(both[ends[:, :-1].ravel()], both[ends[:, 1:].ravel()])
    total.undecided(start, stop)
    value, error = total.found()
    error = np.where(np.isfinite(value), np.nan_to_num(error, nan=np.inf), np.inf)
    value = np.nan_to_num(value, nan=0.0, posinf=0.0)
    return Found(value, error, error <= ALLOWED * value, evaluations)


def _weighted(parts: list[Part], x: FloatArray, member: Rows) -> FloatArray:
    """Return the rows of Σ w of the components."""
    return np.asarray(np.sum([part.at(x, member) for part in parts], axis=0))


def _loose_ends(p: list[Part], q: list[Part]) -> FloatArray:
    """Bound on what it moves that weights, or P and 1 - P, add up to 1 only nearly."""
    low = np.min([c.center - OUT * c.width for c in (*p, *q)], axis=0)
    high = np.max([c.center + OUT * c.width for c in (*p, *q)], axis=0)
    excess = sum(np.abs(sum(c.weight for c in side) - 1) + 4 * EPS * len(side) for side in (p, q))
    return np.asarray(excess * (high - low))


class _Total:
    """What is known of each member: the cells on which F - G has one sign, and sums over others."""

    def __init__(self, loose: FloatArray) -> None:
        self.runs: list[tuple[Points, Points, FloatArray]] = []
        self.certain, self.rest, self.error = 0 * loose, 0 * loose, loose.copy()

    def _sums(self, cells: Points, values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(cells.member, values, len(self.rest)), dtype=np.float64)

    def tails(self, at: Points, name: int, off: int) -> None:
        """Add what lies beyond an outermost knot: between the difference of integrals and their sum."""
        p, q = at.p[name], at.q[name]
        self.rest += self._sums(at, np.maximum(p, q))
        self.error += self._sums(at, np.minimum(p, q) + at.p[off] + at.q[off])

    def decided(self, start: Points, stop: Points) -> tuple[Points, Points]:
        """Keep the cells on which F - G has one sign; return the others."""
        above, below = _ordered(start.p, stop.q), _ordered(start.q, stop.p)
        sure = above | below
        cells = start[sure], stop[sure]
        self.runs.append((*cells, np.where(above[sure], 1.0, -1.0)))
        self.certain += self._sums(cells[0], _between(*cells)[0])
        return start[~sure], stop[~sure]

    def undecided(self, start: Points, stop: Points) -> None:
        """Add cells of which only bounds are known."""
        low, error = _between(start, stop)
        most = np.maximum(_most(start, stop), low)
        self.rest += self._sums(start, 0.5 * (low + most))
        self.error += self._sums(start, 0.5 * (most - low) + error)

    def unfinished(self, start: Points, stop: Points) -> npt.NDArray[np.bool_]:
        """Which cells belong to members that need more splits, and may have them."""
        low, _ = _between(start, stop)
        unsure = self._sums(start, np.maximum(_most(start, stop) - low, 0.0))
        known = self.certain + self.rest + self._sums(start, low)
        many = np.bincount(start.member, minlength=len(known)) > MOST_CELLS
        target = np.maximum(NEGLIGIBLE * known, 0.1 * self.error)
        return np.asarray(((unsure > target) & ~many)[start.member])

    def found(self) -> tuple[FloatArray, FloatArray]:
        """Return values and errors; neighbouring cells of one sign are one integral."""
        starts, stops, signs = zip(*self.runs, strict=True)
        start, stop, sign = _joined(*starts), _joined(*stops), np.concatenate(signs)
        order = np.lexsort((start.x, start.member))
        start, stop, sign = start[order], stop[order], sign[order]
        new = np.ones(len(sign), dtype=bool)
        new[1:] = (start.x[1:] != stop.x[:-1]) | (np.diff(start.member) > 0) | (np.diff(sign) != 0)
        last = np.roll(new, -1)
        value, error = _between(start[new], stop[last])
        return (
            self.rest + self._sums(start[new], value),
            self.error + self._sums(start[new], error),
        )


def _ordered(upper: FloatArray, lower: FloatArray) -> npt.NDArray[np.bool_]:
    """Whether the distribution function of the one, at a, is at least that of the other, at b."""
    less, more = 1 - ROUNDING, 1 + ROUNDING
    return np.asarray(
        (upper[BELOW] * less >= lower[BELOW] * more) | (upper[ABOVE] * more <= lower[ABOVE] * less)
    )


def _between(start: Points, stop: Points) -> tuple[FloatArray, FloatArray]:
    """|∫ (F - G)| over cells, from the left or from the right, whichever has the smaller error."""
    moved = (stop.p[LEFT:OFF_LEFT] - stop.q[LEFT:OFF_LEFT]) - (
        start.p[LEFT:OFF_LEFT] - start.q[LEFT:OFF_LEFT]
    )
    off = stop.p[OFF_LEFT:] + stop.q[OFF_LEFT:] + start.p[OFF_LEFT:] + start.q[OFF_LEFT:]
    better = off[0] <= off[1]
    return np.abs(np.where(better, moved[0], moved[1])), np.minimum(off[0], off[1])


def _most(start: Points, stop: Points) -> FloatArray:
    """(b - a) max(F(b) - G(a), G(b) - F(a))."""
    more, less = 1 + ROUNDING, 1 - ROUNDING
    bounds = [
        np.minimum(
            high[BELOW] * more - low[BELOW] * less, before[ABOVE] * more - after[ABOVE] * less
        )
        for high, low, before, after in (
            (stop.p, start.q, start.q, stop.p),
            (stop.q, start.p, start.p, stop.q),
        )
    ]
    return np.asarray((stop.x - start.x) * np.maximum(np.maximum(*bounds), 0.0))
