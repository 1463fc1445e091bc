"""Trapezoid sums for many pairs of mixtures of normals on the line at once.

The divergence is a constant less the integral of an overlap, which is positive where p and q both are.
For an analytic integrand that has fallen off at both ends the trapezoid rule converges exponentially
(Trefethen and Weideman, SIAM Review 56, 2014). Nodes are equally spaced, so that a normal at 16
successive nodes is a geometric progression times a table: two exponentials a block.

A pair is settled when the sums with step h and h/2 agree within the tolerance, the square of their
difference one resolution before does too, and both densities, seen through a smooth window, have
on the nodes the mass that the error function says. What does not settle is left to others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.special import ndtr

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.divergences.normal_members import Found, Members
from gantheory.divergences.overlaps import TINY, Overlap, beyond
from gantheory.threads import scratch

BLOCK = 16  # nodes of one geometric progression
HALF = BLOCK // 2
CHUNK = 2**19  # components at nodes handled at once: their arrays stay in the cache
STEP = 0.16  # of the narrowest component's scale, at the first resolution
FEWEST, MOST = 64, 2048  # nodes at the first resolution; who needs more is left to panels
OFFSETS = ((0.1875,), (0.6875,), (0.4375, 0.9375))  # of the grids in steps: h, then h/2, then h/4
RAMP, FLAT = 1.3, 7.5  # of the window: width of its ends in steps, and where they end, in widths
MASS_DEFECT = 1e-12  # how far the mass on the nodes may be off
INNER, ROUNDING = 4.0, (110 * EPS, 210 * EPS)  # relative, within INNER and out: see `_densities`
FEW = 8  # members for which progressions do not pay
INDEX = np.arange(HALF + 1, dtype=np.float64)[:, None, None]


@dataclass(frozen=True)
class Grids:
    """First node, step, number of nodes of each member, from an origin of its own.

    `moved` says how many of its scales the farthest mean is from there, `mass` what p and q have
    under the window: shape (2, members).
    """

    members: Members
    start: FloatArray
    step: FloatArray
    nodes: Rows
    moved: FloatArray
    mass: FloatArray

    def rows(self, index: Any) -> Grids:
        """Return some of them."""
        start, step, moved = (a[index] for a in (self.start, self.step, self.moved))
        mass = self.mass[:, index]
        return Grids(self.members.rows(index), start, step, self.nodes[index], moved, mass)


@dataclass(frozen=True)
class TrapezoidSums:
    """T(h), |T(2h) - T(h)| free of phase, and how far the mass on the nodes is off: (members,)."""

    total: FloatArray
    change: FloatArray
    defect: FloatArray


def overlap_sums(
    overlap: Overlap, members: Members, tolerance: Callable[[FloatArray], FloatArray]
) -> Found:
    """whole - share ∫ overlap(p, q), for every pair that equally spaced nodes can settle.

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
        The error is |T(h) - T(h/2)| for the value T(h/2), or the squared difference of the
        resolution before if that is larger, plus the mass beyond the nodes, plus rounding.
    """
    grids = _grids(members, overlap.reach)
    total = np.zeros(len(members))
    change = np.where(grids.nodes == 0, 0.0, np.inf)  # without nodes p and q are nowhere both
    outside = beyond(overlap, overlap.reach)

    def judged(rows: Any) -> Found:
        value = overlap.whole - overlap.share * total[rows]
        error = change[rows] + _rounding(overlap, total[rows], grids.moved[rows]) + outside
        error = overlap.share * error + 4 * EPS
        return Found(value, error, error <= tolerance(value))

    alive, evaluations = np.flatnonzero((grids.nodes > 0) & (grids.nodes <= MOST)), 0
    found = Found.unsettled(0)
    alive = alive[grids.nodes[alive].argsort(kind="stable")]
    for level, offsets in enumerate(OFFSETS):
        if not len(alive):
            break
        chosen = grids.rows(alive) if len(members) > 1 else grids
        sums = _sums(overlap, chosen, offsets)
        evaluations += len(offsets) * int(np.sum(grids.nodes[alive]))
        if level == 0:
            total[alive], change[alive] = sums.total, sums.change
        else:
            _refine(total, change, alive, sums)
        change[alive[~(sums.defect <= MASS_DEFECT)]] = np.inf
        found = judged(alive)
        alive = alive[~found.settled & np.isfinite(change[alive])]
    if not len(found.value) == len(members) == 1:
        found = judged(slice(None))
    found.evaluations = evaluations
    return found


def _refine(total: FloatArray, change: FloatArray, rows: Rows, shifted: TrapezoidSums) -> None:
    """T(h/2) = (T(h) + shifted T(h)) / 2, and |T(h) - T(h/2)|, at least the squared change before."""
    coarse, before = total[rows], change[rows]
    total[rows] = 0.5 * (coarse + shifted.total)
    squared = before * (before / np.maximum(total[rows], TINY))
    change[rows] = np.maximum(0.5 * np.abs(coarse - shifted.total), squared)


def _rounding(overlap: Overlap, total: FloatArray, moved: FloatArray) -> FloatArray:
    """Bound the rounding of the densities at the nodes, smaller within INNER deviations, and of sums.

    A mean that is `moved` deviations from the origin is off by half an EPS of that.
    """
    inner = ROUNDING[0] + 0.5 * EPS * INNER * moved
    outer = ROUNDING[1] + 0.5 * EPS * overlap.reach * moved
    return inner * total + outer * np.minimum(total, beyond(overlap, INNER))


def _grids(members: Members, reach: float) -> Grids:
    """Return equally spaced nodes over where p and q both live, none where they nowhere do.

    Origins are means of the narrowest components, steps have 24 bits, first nodes are multiples of
    a sixteenth of the step: so that every node is an exact float64.
    """
    low, high, touches = members.reach(reach)
    meet = high > low
    loc, scale, weight = members.loc, members.scale, members.weight
    everywhere = bool(meet.all() and touches.all())
    narrow = scale if everywhere else np.where(touches, scale, np.inf)
    narrowest = narrow.argmin(axis=1)
    rows = np.arange(len(members))
    origin = loc[rows, narrowest]
    span = high - low if everywhere else np.where(meet, high - low, 1.0)
    wanted = span / (STEP * np.minimum(narrow[rows, narrowest], 1e300))
    nodes = _rungs(np.minimum(np.maximum(wanted, FEWEST), 2 * MOST))
    mantissa, exponent = np.frexp(span / (nodes - 2))
    step = np.ldexp(np.ceil(mantissa * 2.0**24), exponent - 24)
    start = np.floor(16 * ((low - origin) / step)) / 16 * step
    loc = loc - origin[:, None]
    if not everywhere:
        nodes, start = np.where(meet, nodes, 0), np.where(meet, start, 0.0)
        loc, weight = np.where(touches, loc, 0.0), np.where(touches, weight, 0.0)
        scale = np.where(touches, scale, span[:, None])
    kept = Members(loc, scale, weight, members.of_p)
    moved = (np.abs(kept.loc) / kept.scale).max(axis=1)
    return Grids(kept, start, step, nodes, moved, _windowed(kept, start, step, nodes))


def _windowed(members: Members, start: FloatArray, step: FloatArray, nodes: Rows) -> FloatArray:
    """Σ w [Φ((m - a) / √(s² + r²)) - Φ((m - b) / √(s² + r²))]: masses of p and q under the window."""
    ramp = RAMP * step
    width = np.hypot(members.scale, ramp[:, None])
    rise, fall = start + FLAT * ramp, start + nodes * step - FLAT * ramp
    mass = ndtr((members.loc - rise[:, None]) / width) - ndtr((members.loc - fall[:, None]) / width)
    mass *= members.weight
    return np.add.reduceat(mass.T, (0, members.of_p), axis=0)


def _rungs(wanted: FloatArray) -> Rows:
    """Return the next number of nodes of a ladder: few different ones, multiples of a block."""
    quantum = np.maximum(np.exp2(np.floor(np.log2(wanted))) / 4, BLOCK)
    return np.asarray((np.ceil(wanted / quantum) * quantum).astype(np.intp))


def _sums(overlap: Overlap, grids: Grids, offsets: tuple[float, ...]) -> TrapezoidSums:
    """Return the sums on grids that are shifted by the offsets, averaged over these.

    Members come in the order of their numbers of nodes.
    """
    if len(grids.nodes) == len(offsets) == 1:
        return _chunk(overlap, grids, offsets[0])
    changes = np.flatnonzero(np.diff(grids.nodes, prepend=0, append=0))
    chunks: list[slice] = []
    for start, stop in pairwise(changes.tolist()):
        size = max(1, CHUNK // (int(grids.nodes[start]) * grids.members.loc.shape[1]))
        chunks += [slice(i, min(i + size, stop)) for i in range(start, stop, size)]
    jobs = [(grids.rows(rows), offset) for offset in offsets for rows in chunks]
    parts = [_chunk(overlap, *job) for job in jobs]
    columns = (
        np.concatenate([getattr(part, name) for part in parts]).reshape(len(offsets), -1)
        for name in ("total", "change", "defect")
    )
    total, change, defect = columns
    return TrapezoidSums(total.mean(axis=0), change.mean(axis=0), defect.max(axis=0))


@np.errstate(over="ignore", invalid="ignore")
def _chunk(overlap: Overlap, grids: Grids, offset: float) -> TrapezoidSums:
    """T(h), |T(2h) - T(h)| and the defect of mass for members with the same number of nodes."""
    members, step = grids.members, grids.step
    n, size = int(grids.nodes[0]), len(step)
    densities = _densities if size > FEW else _few_densities
    p, q = densities(members, grids.start + offset * step, step, n)
    first = offset == OFFSETS[0][0]  # the other resolutions have the same structure to see
    defect = _defect(grids, n, offset, p, q) if first else np.zeros(size)
    values = overlap.values(p, q, scratch("values", *p.shape))
    # every fourth node makes a sum with step 4h
    quarters = values.reshape(4, 4, -1).sum(axis=0).reshape(4, -1, size).sum(axis=1) * step
    total = quarters.sum(axis=0)
    twice = np.abs(quarters[0] - quarters[1] + quarters[2] - quarters[3])
    # the first harmonic of step 4h, whatever its phase; squared, it is that of step 2h
    fourfold = np.hypot(quarters[0] - quarters[2], quarters[1] - quarters[3])
    change = np.maximum(twice, fourfold * (fourfold / np.maximum(total, TINY)))
    return TrapezoidSums(total, change, defect)


def _densities(
    members: Members, start: FloatArray, step: FloatArray, n: int
) -> tuple[FloatArray, FloatArray]:
    """Σ exp(level - z²/2), z = (start + j step - loc) / scale, for node j = 16 b + 8 + i at [8 + i, b].

    Within a block, exp(-(z + i d)²/2) = exp(-z²/2) r^i exp(-(i d)²/2), r = exp(-z d), d = step /
    scale, -8 <= i < 8; the powers of r by doubling. With u = EPS/2 the exponent of the first factor
    is off by 4 u z² + u |level|, |level| < 50, each of the 8 factors r by (5 z d + 2) u, the table by
    5 u (i d)²/2. The middle of a block is within 8 d <= 1.3 of its nodes: relatively that is less
    than 210 u for z < 4 at the nodes, less than 410 u for z < 8; further out nothing has weight.

    Returns
    -------
    tuple
        p and q, shape (16, blocks, members).
    """
    blocks, size, count = n // BLOCK, len(step), members.loc.shape[1]
    loc, scale, level = (a.T[:, None] for a in (members.loc, members.scale, members.log_level))
    middle = start + (BLOCK * np.arange(blocks) + HALF)[:, None] * step
    d = step / scale
    z, up, down = (scratch(name, count, blocks, size) for name in ("z", "up", "down"))
    np.subtract(middle, loc, out=z)
    z /= scale
    np.multiply(z, -d, out=up)
    np.exp(up, out=up)
    np.reciprocal(up, out=down)
    z *= z
    z *= -0.5
    z += level
    out = scratch("components", count, BLOCK, blocks, size)
    np.exp(z, out=out[:, HALF])
    for have in (1, 2, 4):  # from the middle out, each time as many again
        high, low = HALF + have, HALF + 1 - have
        np.multiply(out[:, HALF:high], up[:, None], out=out[:, high : high + have])
        np.multiply(out[:, low : HALF + 1], down[:, None], out=out[:, low - have : low])
        if have < HALF // 2:
            up *= up
            down *= down
    np.multiply(out[:, HALF // 2], down, out=out[:, 0])
    table = np.multiply(d[:, None], INDEX, out=scratch("table", count, HALF + 1, 1, size))
    table *= table
    table *= -0.5
    np.exp(table, out=table)
    out[:, HALF:] *= table[:, :HALF]
    out[:, :HALF] *= table[:, HALF:0:-1]
    return _total(out[: members.of_p], "p"), _total(out[members.of_p :], "q")


def _total(components: FloatArray, name: str) -> FloatArray:
    """Return the sum of the components; where there is one, its own range is all that is looked at."""
    if len(components) == 1:
        return np.asarray(components[0])
    out = scratch(name, *components.shape[1:])
    return np.asarray(np.add.reduce(components, axis=0, out=out, initial=TINY))


def _few_densities(
    members: Members, start: FloatArray, step: FloatArray, n: int
) -> tuple[FloatArray, FloatArray]:
    """Return what `_densities` does, with an exponential a node: quicker for few members."""
    loc, scale, level = (
        a.T[:, None, None, :] for a in (members.loc, members.scale, members.log_level)
    )
    z = (start + _order(n).reshape(BLOCK, -1, 1) * step - loc) / scale
    z *= z
    z *= -0.5
    z += level
    np.exp(z, out=z)
    return _total(z[: members.of_p], "p"), _total(z[members.of_p :], "q")


@lru_cache(maxsize=64)
def _order(n: int) -> FloatArray:
    """Return the numbers j = 16 b + i of the nodes, i before b."""
    return np.asarray((np.arange(n // BLOCK) * BLOCK + np.arange(BLOCK)[:, None]).ravel() * 1.0)


@lru_cache(maxsize=256)
def _window(n: int, offset: float) -> FloatArray:
    """Φ((j - FLAT RAMP) / RAMP) - Φ((j - n + FLAT RAMP) / RAMP) at the nodes, in their order."""
    j = _order(n) + offset
    rise = FLAT * RAMP
    return np.asarray(ndtr((j - rise) / RAMP) - ndtr((j - (n - rise)) / RAMP))


def _defect(grids: Grids, n: int, offset: float, p: FloatArray, q: FloatArray) -> FloatArray:
    """Return how far the masses under the window are off on the nodes, the larger one."""
    weights = _window(n, offset)
    off = [
        np.abs(grids.step * (weights @ side.reshape(n, -1)) - mass)
        for side, mass in zip((p, q), grids.mass, strict=True)
    ]
    return np.asarray(np.maximum(*off))
