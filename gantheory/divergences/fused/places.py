"""What machine code reads of a pair, and a mixture's log density at the nodes of a panel."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import EPS
from gantheory.densities.standard import EXPONENTIAL, LAPLACE, NORMAL, RAMP, STUDENT, UNIFORM
from gantheory.divergences.fused.elementary import exp, log
from gantheory.machine_code import compiled, contracted, reassociated
from gantheory.quadrature import WIDE

N = len(WIDE[0]) + 1  # a node of weight 0 makes it a multiple of the width of vector registers
NODES, KRONROD, GAUSS = (np.append(column, 0.0) for column in WIDE)
UP, DOWN = 0.5 * (1 + NODES), 0.5 * (1 - NODES)
DEEP = 1e-260  # of a sum of exponentials, below which one of them may have been cut off
EMPTY = -1e5  # stands for the logarithm of a density that is 0

KIND, LOC, SCALE, END, SHAPE, LEVEL, DOUBT, GAP = range(8)
"""Lines of `row`, the components of one pair in its columns, first those of p, then those of q.

A ramp that falls has a negative scale; uniforms and ramps end at END. LEVEL is log(weight / |scale|) and
the constants of the density, -inf where the weight is 0, DOUBT the bound on its rounding, and GAP the
level of p's component less that of q's without cancellation.
"""

LOG_P, LOG_Q, RATIO, P, Q, F, LOGS = range(7)
"""Lines of `work`, a node in each column: what is known there; LOGS is of one component."""


@contracted
def log_density(kind: int, shape: float, level: float, z: float) -> float:
    """log of weight f(z) / scale inside the support, whose constants are in `level`."""
    if kind == NORMAL:
        return level - 0.5 * z * z
    if kind == LAPLACE:
        return level - abs(z)
    if kind == EXPONENTIAL:
        return level - z
    if kind == UNIFORM:
        return level
    if kind == RAMP:
        return level + log(max(z, 1e-300))
    return level - 0.5 * (shape + 1.0) * log(1.0 + z * z / shape)


@contracted
def fill(
    kind: int, shape: float, level: float, start: float, step: float, work: Any, line: int
) -> None:
    """`log_density` at the nodes: a loop for each kind, so that each becomes vector instructions."""
    if kind == NORMAL:
        for j in range(N):
            work[line, j] = log_density(NORMAL, shape, level, start + step * UP[j])
    elif kind == LAPLACE:
        for j in range(N):
            work[line, j] = log_density(LAPLACE, shape, level, start + step * UP[j])
    elif kind == EXPONENTIAL:
        for j in range(N):
            work[line, j] = log_density(EXPONENTIAL, shape, level, start + step * UP[j])
    elif kind == UNIFORM:
        for j in range(N):
            work[line, j] = level
    elif kind == RAMP:
        if start + step == 0:
            for j in range(N):
                work[line, j] = log_density(RAMP, shape, level, -step * DOWN[j])
        else:
            for j in range(N):
                work[line, j] = log_density(RAMP, shape, level, start + step * UP[j])
    else:
        for j in range(N):
            work[line, j] = log_density(STUDENT, shape, level, start + step * UP[j])


@compiled
def log_density_error(
    kind: int, shape: float, level: float, doubt: float, start: float, step: float, moved: float
) -> float:
    """Bound on the error of `fill`: `doubt` is that of level, `moved` that of x / scale."""
    far = max(abs(start), abs(start + step))
    if kind == RAMP and moved == 0:  # the panel ends where the ramp is 0
        return float(doubt + EPS * (8 + abs(math.log(max(far, 1e-300))) - math.log(DOWN[N - 2])))
    moved += 2 * EPS * far
    if kind == NORMAL:
        return doubt + far * moved + EPS * far * far
    if kind == UNIFORM:
        return doubt
    if kind == RAMP:
        near = min(start + step * UP[0], start + step * UP[N - 2])
        near = max(near, 1e-300)
        return float(doubt + moved / near + EPS * (4 + abs(math.log(near))))
    if kind == STUDENT:
        near = min(abs(start), abs(start + step)) if start * (start + step) > 0 else 0.0
        slope = (shape + 1) * min(far / shape, 1 / max(near, math.sqrt(shape)))
        return doubt + slope * moved + 4 * EPS * (shape + 1) * (1 + math.log1p(far * far / shape))
    return doubt + moved + EPS * far


@compiled
def lives(row: Any, k: int, x: float) -> bool:
    """Return whether component k has mass at x, which is no end of its support."""
    if row[LEVEL, k] == -np.inf:
        return False
    if row[KIND, k] == EXPONENTIAL:
        return bool(x > row[LOC, k])
    if row[KIND, k] >= UNIFORM:
        return bool(min(row[LOC, k], row[END, k]) < x < max(row[LOC, k], row[END, k]))
    return True


@compiled
def place(row: Any, k: int, origin: float, low: float, width: float) -> Any:
    """Start and step of z = (x - loc) / scale on a panel, and the bound on the error of x / scale."""
    away, scale = origin - row[LOC, k], row[SCALE, k]
    exact = away == 0 and (low == 0 or low + width == 0)
    moved = 0.0 if exact else EPS * (abs(away) + abs(low) + width) / abs(scale)
    return (low + away) / scale, width / scale, moved


@compiled
def side(row: Any, first: int, last: int, panel: Any, work: Any, line: int) -> float:
    """log Σ of the components first ... last - 1 on a panel, into a line, and the bound on its error."""
    origin, low, width = panel
    here, top, middle = 0, -np.inf, origin + low + 0.5 * width
    for k in range(first, last):
        if lives(row, k, middle):
            start, step, moved = place(row, k, origin, low, width)
            kind, shape, level = int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k]
            if last - first == 1:
                fill(kind, shape, level, start, step, work, line)
                return float(
                    log_density_error(kind, shape, level, row[DOUBT, k], start, step, moved)
                )
            top = max(top, log_density(kind, shape, level, start))
            top = max(top, log_density(kind, shape, level, start + step))
            if start * (start + step) < 0:
                top = max(top, level)
            here += 1
    if here == 0:
        for j in range(N):
            work[line, j] = EMPTY
        return 0.0
    for j in range(N):
        work[P, j] = work[Q, j] = 0.0
    for k in range(first, last):
        if lives(row, k, middle):
            start, step, moved = place(row, k, origin, low, width)
            kind, shape, level = int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k]
            fill(kind, shape, level, start, step, work, LOGS)
            add_part(
                work, top, log_density_error(kind, shape, level, row[DOUBT, k], start, step, moved)
            )
    if least_of(work, P) < DEEP:
        return float(joined(row, first, last, panel, work, line))
    sum_of_parts(work, top)
    for j in range(N):
        work[line, j] = work[F, j]
    return float(most_of(work, Q)) + EPS * (here + 4)


@reassociated
def add_part(work: Any, top: float, off: float) -> None:
    """Add e^(LOGS - top) to P, and that times its relative error to Q."""
    for j in range(N):
        part = exp(work[LOGS, j] - top)
        work[P, j] += part
        work[Q, j] += part * off


@contracted
def sum_of_parts(work: Any, top: float) -> None:
    """top + log P into F, and Q / P into Q."""
    for j in range(N):
        work[F, j] = log(work[P, j])
    for j in range(N):
        work[F, j] += top
        work[Q, j] /= work[P, j]


@reassociated
def most_of(work: Any, line: int) -> float:
    """The largest value of a line."""
    most = work[line, 0]
    for j in range(N):
        most = max(most, work[line, j])
    return float(most)


@reassociated
def least_of(work: Any, line: int) -> float:
    """The least value of a line."""
    least = work[line, 0]
    for j in range(N):
        least = min(least, work[line, j])
    return float(least)


@compiled
def joined(row: Any, first: int, last: int, panel: Any, work: Any, line: int) -> float:
    """The same where the sum runs through more powers of ten than floats have: one maximum a node."""
    origin, low, width = panel
    worst = 0.0
    for j in range(N):
        top, total, off = -np.inf, 0.0, 0.0
        for again in range(2):
            for k in range(first, last):
                if lives(row, k, origin + low + 0.5 * width):
                    start, step, moved = place(row, k, origin, low, width)
                    kind, shape, level = int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k]
                    z = start + step * UP[j] if start + step != 0 else -step * DOWN[j]
                    here = log_density(kind, shape, level, z)
                    if again == 0:
                        top = max(top, here)
                    else:
                        part = exp(here - top)
                        error = log_density_error(
                            kind, shape, level, row[DOUBT, k], start, step, moved
                        )
                        total, off = total + part, off + part * error
        work[line, j] = top + log(total)
        worst = max(worst, off / total)
    return worst + EPS * (last - first + 4)
