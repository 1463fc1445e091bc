"""log p - log q of mixtures whose components nearly agree one by one, without cancellation."""

from __future__ import annotations

import math
from typing import Any

from gantheory.arrays import EPS
from gantheory.densities.standard import EXPONENTIAL, LAPLACE, NORMAL, RAMP, STUDENT, UNIFORM
from gantheory.divergences.fused.elementary import exp, log, log1p, tail
from gantheory.divergences.fused.places import (
    DOUBT,
    GAP,
    KIND,
    LEVEL,
    LOC,
    LOG_Q,
    LOGS,
    RATIO,
    SCALE,
    SHAPE,
    UP,
    F,
    N,
    fill,
    lives,
    log_density_error,
    place,
)
from gantheory.machine_code import compiled, contracted, reassociated


@contracted
def one_ratio(kind: int, shape: float, gap: float, z_p: float, z_q: float, d: float) -> float:
    """log of p's component over q's, where d = z_q - z_p."""
    if kind == NORMAL:
        return gap + 0.5 * d * (z_p + z_q)
    if kind == LAPLACE:
        return gap + ((d if z_p > 0 else -d) if z_p * z_q > 0 else abs(z_q) - abs(z_p))
    if kind == EXPONENTIAL:
        return gap + d
    if kind == UNIFORM:
        return gap
    x = d * (z_p + z_q) / (shape + z_p * z_p) if kind == STUDENT else d / max(z_p, 1e-300)
    near, far = log1p(min(max(x, -0.5), 0.5)), log(max(1 + x, 1e-300))
    y = near if abs(x) <= 0.5 else far
    return gap + (0.5 * (shape + 1) * y if kind == STUDENT else -y)


@contracted
def component_ratio(
    kind: int, shape: float, gap: float, start: Any, step: Any, bend: float, shift: float, work: Any
) -> None:
    """log of p's component over q's by z_q - z_p = bend z_p + shift: no cancellation."""
    if kind == NORMAL:
        for j in range(N):
            z_p, z_q = start[0] + step[0] * UP[j], start[1] + step[1] * UP[j]
            work[RATIO, j] = one_ratio(NORMAL, shape, gap, z_p, z_q, bend * z_p + shift)
    elif kind == LAPLACE:
        for j in range(N):
            z_p, z_q = start[0] + step[0] * UP[j], start[1] + step[1] * UP[j]
            work[RATIO, j] = one_ratio(LAPLACE, shape, gap, z_p, z_q, bend * z_p + shift)
    elif kind == STUDENT:
        for j in range(N):
            z_p, z_q = start[0] + step[0] * UP[j], start[1] + step[1] * UP[j]
            work[RATIO, j] = one_ratio(STUDENT, shape, gap, z_p, z_q, bend * z_p + shift)
    else:
        for j in range(N):
            z_p, z_q = start[0] + step[0] * UP[j], start[1] + step[1] * UP[j]
            work[RATIO, j] = one_ratio(kind, shape, gap, z_p, z_q, bend * z_p + shift)


@compiled
def similar(of_p: int, row: Any) -> bool:
    """Whether each component of p is near enough to one of q for `close` to be of use."""
    for k in range(of_p):
        if row[KIND, k] == RAMP:
            return False
        s_q = row[SCALE, k + of_p]
        wider = abs(row[SCALE, k] - s_q) > 0.5 * abs(s_q)
        if wider or abs(row[LOC, k] - row[LOC, k + of_p]) > abs(s_q) or abs(row[GAP, k]) > 1:
            return False
    return True


@compiled
def ratio_rounding(
    kind: int, shape: float, start: Any, step: Any, bend: float, shift: float, moved: Any
) -> float:
    """Bound on the error of `component_ratio`, but for that of gap; `moved` is that of x / scale."""
    ends = abs(start[0]), abs(start[0] + step[0]), abs(start[1]), abs(start[1] + step[1])
    far, near = max(ends), min(ends)
    if start[0] * (start[0] + step[0]) < 0:
        near = 0.0
    moves = abs(bend) * far + abs(shift)
    d = 4 * EPS * moves + abs(bend) * moved[0]
    if kind >= EXPONENTIAL:  # their scales are rounded themselves
        d += 2 * EPS * far
    both = moved[0] + moved[1] + 4 * EPS * far
    if kind == NORMAL:
        return float(far * d + 0.5 * moves * both)
    if kind == STUDENT:
        return float(0.5 * (shape + 1) * (2 * far * d + moves * both) / (shape + near * near))
    if kind == RAMP:
        near = min(start[0] + step[0] * UP[0], start[0] + step[0] * UP[N - 2])
        return float((d + moves * moved[0] / max(near, 1e-300)) / max(near, 1e-300))
    if kind == LAPLACE and start[0] * start[1] < 0:
        return float(both)
    return float(d)


@reassociated
def add_ratio(work: Any) -> tuple[float, float]:
    """Add q_k/q (p_k/q_k - 1); the largest max(p_k, q_k)/q, and the largest of what is added."""
    share, largest = 0.0, 0.0
    for j in range(N):
        part, far = exp(work[LOGS, j] - work[LOG_Q, j]), exp(work[RATIO, j])
        x = min(max(work[RATIO, j], -0.5), 0.5)
        moved = part * (x + tail(x) if abs(work[RATIO, j]) <= 0.5 else far - 1)
        work[F, j] += moved
        share = max(share, part * max(far, 1.0))
        largest = max(largest, abs(moved))
    return share, largest


@compiled
def close(of_p: int, row: Any, panel: Any, work: Any) -> float:
    """log p - log q = log(1 + Σ q_k/q (p_k/q_k - 1)), and the bound on its error; inf if they differ."""
    origin, low, width = panel
    middle, worst = origin + low + 0.5 * width, 0.0
    for j in range(N):
        work[F, j] = 0.0
    for k in range(of_p):
        other = k + of_p
        if lives(row, k, middle) != lives(row, other, middle):
            return math.inf
        if not lives(row, k, middle):
            continue
        kind, shape, gap = int(row[KIND, k]), row[SHAPE, k], row[GAP, k]
        z_p, step_p, moved_p = place(row, k, origin, low, width)
        z_q, step_q, moved_q = place(row, other, origin, low, width)
        s_q = row[SCALE, other]
        bend, shift = (row[SCALE, k] - s_q) / s_q, (row[LOC, k] - row[LOC, other]) / s_q
        starts, steps, level = (z_p, z_q), (step_p, step_q), row[LEVEL, other]
        component_ratio(kind, shape, gap, starts, steps, bend, shift, work)
        error = ratio_rounding(kind, shape, starts, steps, bend, shift, (moved_p, moved_q))
        error += 2 * EPS * abs(gap) + (0.0 if kind < EXPONENTIAL else 4 * EPS)
        if of_p == 1:
            return error if largest_in(work, RATIO) < 0.5 else math.inf
        fill(kind, shape, level, z_q, step_q, work, LOGS)
        off = log_density_error(kind, shape, level, row[DOUBT, other], z_q, step_q, moved_q)
        share, largest = add_ratio(work)
        if not largest < 1:
            return math.inf
        worst += share * error + 2 * largest * (off + EPS)
    return 2 * worst if logarithm(work) < 0.5 else math.inf


@reassociated
def logarithm(work: Any) -> float:
    """log(1 + F) into RATIO, and the largest |F|."""
    for j in range(N):
        work[RATIO, j] = log1p(min(max(work[F, j], -0.5), 0.5))
    return largest_in(work, F)


@reassociated
def largest_in(work: Any, line: int) -> float:
    """The largest absolute value of a line."""
    largest = 0.0
    for j in range(N):
        largest = max(largest, abs(work[line, j]))
    return largest
