"""Trapezoid sums for many pairs of mixtures of normals on the line at once.

The divergence is a constant less the integral of an overlap, which lives where p and q both do. For
an analytic integrand that has fallen off at both ends the trapezoid rule converges exponentially
(Trefethen and Weideman, SIAM Review 56, 2014). Nodes are equally spaced, so that a normal at 16
successive nodes is a geometric progression times a table: two exponentials a block.

A pair is settled when the sums with step h and h/2 agree within the tolerance, the square of their
difference one resolution before does too, and both densities, seen through a smooth window, have
on the nodes the mass that the error function says. What does not settle is left to others.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gantheory.arrays import EPS
from gantheory.divergences.normal_members import Found, Members, Rows
from gantheory.divergences.overlaps import TINY, Overlap, beyond
from gantheory.divergences.threads import threads

FloatArray = npt.NDArray[np.float64]

BLOCK = 16  # nodes of one geometric progression
HALF = BLOCK // 2
CHUNK = 2**18  # components at nodes handled at once: their arrays stay in the cache
STEP = 0.16  # of the narrowest component's scale, at the first resolution
FEWEST, MOST = 64, 2048  # nodes at the first resolution; who needs more is left to panels
OFFSETS = ((0.1875,), (0.6875,), (0.4375, 0.9375))  # of the grids in steps: h, then h/2, then h/4
RAMP, FLAT = 1.3, 7.5  # of the window: width of its ends in steps, and where they end, in widths
MASS_DEFECT = 1e-12  # how far the mass on the nodes may be off
INNER, ROUNDING = 4.0, (110 * EPS, 210 * EPS)  # relative, within INNER and out: see `_densities`
THREADS_FROM = 2000  # members
FEW = 8  # members for which progressions do not pay
INDEX = np.arange(HALF + 1, dtype=np.float64)[:, None, None]
MIRRORED = np.abs(np.arange(BLOCK) - HALF)
EVERY_FOURTH = np.tile(np.eye(4), BLOCK // 4)


@dataclass(frozen=True)
class Grids:
    """First node, step, number of nodes of each member, from an origin of its own.

    `moved` says how many of its scales the farthest mean is from there.
    """

    members: Members
    start: FloatArray
    step: FloatArray
    nodes: Rows
    moved: FloatArray

    def rows(self, index: Any) -> Grids:
        """Return some of them."""
        columns = (self.start, self.step, self.nodes, self.moved)
        return Grids(self.members.rows(index), *(column[index] for column in columns))


@dataclass(frozen=True)
class Sums:
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
    alive = alive[np.argsort(grids.nodes[alive], kind="stable")]
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
        alive = alive[~judged(alive).settled & np.isfinite(change[alive])]
    found = judged(slice(None))
    found.evaluations = evaluations
    return found


def _refine(total: FloatArray, change: FloatArray, rows: Rows, shifted: Sums) -> None:
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
    narrow = np.where(touches, members.scale, np.inf)
    narrowest = np.argmin(narrow, axis=1)
    rows = np.arange(len(members))
    origin = members.loc[rows, narrowest]
    span = np.maximum(high - low, 0.0)
    wanted = np.where(span > 0, span / (STEP * np.minimum(narrow[rows, narrowest], 1e300)), 0.0)
    nodes = np.where(span > 0, _rungs(np.clip(wanted, FEWEST, 2 * MOST)), 0)
    mantissa, exponent = np.frexp(span / np.maximum(nodes - 2, 1))
    step = np.ldexp(np.ceil(mantissa * 2.0**24), exponent - 24)
    step = np.where(span > 0, step, 1.0)
    start = np.floor(16 * ((low - origin) / step)) / 16 * step
    kept = Members(
        np.where(touches, members.loc - origin[:, None], 0.0),
        np.where(touches, members.scale, np.maximum(span, TINY)[:, None]),
        np.where(touches, members.weight, 0.0),
        members.of_p,
    )
    moved = np.max(np.abs(kept.loc) / kept.scale, axis=1)
    return Grids(kept, np.where(span > 0, start, 0.0), step, nodes, moved)


def _rungs(wanted: FloatArray) -> Rows:
    """Return the next number of nodes of a ladder: few different ones, multiples of a block."""
    quantum = np.maximum(np.exp2(np.floor(np.log2(wanted))) / 4, BLOCK)
    return np.asarray((np.ceil(wanted / quantum) * quantum).astype(np.intp))


def _sums(overlap: Overlap, grids: Grids, offsets: tuple[float, ...]) -> Sums:
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
    if len(grids.nodes) < THREADS_FROM:
        parts = [_chunk(overlap, *job) for job in jobs]
    else:
        parts = list(threads().map(lambda job: _chunk(overlap, *job), jobs))
    columns = (
        np.concatenate([getattr(part, name) for part in parts]).reshape(len(offsets), -1)
        for name in ("total", "change", "defect")
    )
    total, change, defect = columns
    return Sums(total.mean(axis=0), change.mean(axis=0), defect.max(axis=0))


@np.errstate(over="ignore", invalid="ignore")
def _chunk(overlap: Overlap, grids: Grids, offset: float) -> Sums:
    """T(h), |T(2h) - T(h)| and the defect of mass for members with the same number of nodes."""
    members, step = grids.members, grids.step
    n, size = int(grids.nodes[0]), len(step)
    densities = _densities if size > FEW else _few_densities
    p, q = densities(members, grids.start + offset * step, step, n)
    first = offset == OFFSETS[0][0]  # the other resolutions have the same structure to see
    defect = _defect(members, grids.start, step, n, offset, p, q) if first else np.zeros(size)
    values = overlap.values(p, q, _scratch("values", *p.shape))
    # every fourth node makes a sum with step 4h
    quarters = (EVERY_FOURTH @ values.reshape(BLOCK, -1)).reshape(4, -1, size).sum(axis=1) * step
    total = quarters.sum(axis=0)
    twice = np.abs(quarters[0] - quarters[1] + quarters[2] - quarters[3])
    # the first harmonic of step 4h, whatever its phase; squared, it is that of step 2h
    fourfold = np.hypot(quarters[0] - quarters[2], quarters[1] - quarters[3])
    change = np.maximum(twice, fourfold * (fourfold / np.maximum(total, TINY)))
    return Sums(total, change, defect)


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
    z, up, down = (_scratch(name, count, blocks, size) for name in ("z", "up", "down"))
    np.subtract(middle, loc, out=z)
    z /= scale
    np.multiply(z, -d, out=up)
    np.exp(up, out=up)
    np.reciprocal(up, out=down)
    z *= z
    z *= -0.5
    z += level
    out = _scratch("components", count, BLOCK, blocks, size)
    np.exp(z, out=out[:, HALF])
    for have in (1, 2, 4):  # from the middle out, each time as many again
        high, low = HALF + have, HALF + 1 - have
        np.multiply(out[:, HALF:high], up[:, None], out=out[:, high : high + have])
        np.multiply(out[:, low : HALF + 1], down[:, None], out=out[:, low - have : low])
        if have < HALF // 2:
            up *= up
            down *= down
    np.multiply(out[:, HALF // 2], down, out=out[:, 0])
    table = np.multiply(d[:, None], INDEX, out=_scratch("table", count, HALF + 1, 1, size))
    table *= table
    table *= -0.5
    out *= np.exp(table, out=table)[:, MIRRORED]
    return _total(out[: members.of_p], "p"), _total(out[members.of_p :], "q")


def _total(components: FloatArray, name: str) -> FloatArray:
    """Return the sum of the components; where there is one, its own range is all that is looked at."""
    if len(components) == 1:
        return np.asarray(components[0])
    out = _scratch(name, *components.shape[1:])
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
    return z[: members.of_p].sum(axis=0) + TINY, z[members.of_p :].sum(axis=0) + TINY


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


def _defect(
    members: Members,
    start: FloatArray,
    step: FloatArray,
    n: int,
    offset: float,
    p: FloatArray,
    q: FloatArray,
) -> FloatArray:
    """Return how far the windowed masses on the nodes are off the window's integrals, the larger one.

    The window's integral is Σ w [Φ((m - a) / √(s² + r²)) - Φ((m - b) / √(s² + r²))].
    """
    ramp = RAMP * step[:, None]
    width = np.hypot(members.scale, ramp)
    rise, fall = start[:, None] + FLAT * ramp, (start + n * step)[:, None] - FLAT * ramp
    mass = ndtr((members.loc - rise) / width) - ndtr((members.loc - fall) / width)
    mass *= members.weight
    weights, k = _window(n, offset), members.of_p
    off = [
        np.abs(step * (weights @ side.reshape(n, -1)) - part.sum(axis=1))
        for side, part in ((p, mass[:, :k]), (q, mass[:, k:]))
    ]
    return np.asarray(np.maximum(*off))


_local = threading.local()


def _scratch(name: str, *shape: int) -> FloatArray:
    """Return this thread's array of that name, its content undefined."""
    size = math.prod(shape)
    array: FloatArray | None = getattr(_local, name, None)
    if array is None or array.size < size:
        array = np.empty(size)
        setattr(_local, name, array)
    return array[:size].reshape(shape)
