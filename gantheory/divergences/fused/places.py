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
UP = 0.5 * (1 + NODES)
EMPTY = -1e5  # stands for the logarithm of a density that is 0

KIND, LOC, SCALE, END, SHAPE, LEVEL, DOUBT, GAP = range(8)
"""Lines of `row`, the components of one pair in its columns, first those of p, then those of q.

A ramp that falls has a negative scale; uniforms and ramps end at END. LEVEL is log(weight / |scale|) and
the constants of the density, -inf where the weight is 0, DOUBT the bound on its rounding, and GAP the
level of p's component less that of q's without cancellation.
"""

LOG_P, LOG_Q, RATIO, P, Q, F, SLIPS, LOGS = range(8)
"""Lines of `work`, a node in each column: what is known there, and from LOGS on each component."""


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
        for j in range(N):
            work[line, j] = log_density(RAMP, shape, level, start + step * UP[j])
    else:
        for j in range(N):
            work[line, j] = log_density(STUDENT, shape, level, start + step * UP[j])


@compiled
def slip(
    kind: int, shape: float, level: float, doubt: float, start: float, step: float, moved: float
) -> float:
    """Bound on the error of `fill`: `doubt` is that of level, `moved` that of x / scale."""
    far = max(abs(start), abs(start + step))
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
    moved = EPS * (abs(away) + abs(low) + width) / abs(scale) if away != 0 or low != 0 else 0.0
    return (low + away) / scale, width / scale, moved


@compiled
def side(row: Any, first: int, last: int, panel: Any, work: Any, line: int) -> float:
    """log Σ of the components first ... last - 1 on a panel, into a line, and the bound on its error."""
    origin, low, width = panel
    here, middle = 0, origin + low + 0.5 * width
    for k in range(first, last):
        if lives(row, k, middle):
            start, step, moved = place(row, k, origin, low, width)
            kind, shape, level = int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k]
            fill(kind, shape, level, start, step, work, line if last - first == 1 else LOGS + here)
            work[SLIPS, here] = slip(kind, shape, level, row[DOUBT, k], start, step, moved)
            here += 1
    if here == 0:
        for j in range(N):
            work[line, j] = EMPTY
        return 0.0
    return float(work[SLIPS, 0]) if last - first == 1 else float(joined(here, work, line))


@reassociated
def joined(count: int, work: Any, line: int) -> float:
    """log Σ e^logs into a line, and the largest relative error of the sum."""
    for j in range(N):
        work[F, j] = work[LOGS, j]
        work[P, j] = work[Q, j] = 0.0
    for k in range(LOGS + 1, LOGS + count):
        for j in range(N):
            work[F, j] = max(work[F, j], work[k, j])
    for k in range(count):
        for j in range(N):
            part = exp(work[LOGS + k, j] - work[F, j])
            work[P, j] += part
            work[Q, j] += part * work[SLIPS, k]
    worst = 0.0
    for j in range(N):
        work[line, j] = work[F, j] + log(work[P, j])
        worst = max(worst, work[Q, j] / work[P, j])
    return worst + EPS * (count + 4)
