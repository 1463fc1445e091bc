"""Where a panel has to be cut, because p = q in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.divergences.fused.places import (
    KIND,
    LEVEL,
    LOC,
    NODES,
    RATIO,
    SCALE,
    SHAPE,
    UP,
    N,
    lives,
    log_density,
)
from gantheory.machine_code import compiled

HALVINGS = 40  # of a bracket
INSIDE = 1e-10  # of a panel, at which its ends are looked at
GOLDEN = 0.3819660112501051

_APART = 2 * (NODES[:-1, None] - NODES[:-1]) + np.eye(N - 1)
BARYCENTRIC = 1 / np.prod(_APART, axis=1)
"""Weights of the polynomial through the values at the nodes (Berrut and Trefethen, 2004)."""


@compiled
def logit(of_p: int, row: Any, panel: Any, u: float) -> float:
    """log p - log q at a place of the panel, from 0 to 1."""
    x, log_p, log_q = panel[1] + u * panel[2], -np.inf, -np.inf
    for k in range(row.shape[1]):
        if lives(row, k, panel[0] + x):
            z = (x + (panel[0] - row[LOC, k])) / row[SCALE, k]
            here = log_density(int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k], z)
            before = log_p if k < of_p else log_q
            top = max(before, here)
            both = top + math.log(math.exp(before - top) + math.exp(here - top))
            log_p, log_q = (both, log_q) if k < of_p else (log_p, both)
    return log_p - log_q


@compiled
def interpolated(work: Any, u: float) -> float:
    """The same by the polynomial through what is known at the nodes, to all its digits."""
    above = below = 0.0
    for j in range(N - 1):
        away = u - UP[j]
        if away == 0:
            return float(work[RATIO, j])
        share = BARYCENTRIC[j] / away
        above, below = above + share * work[RATIO, j], below + share
    return above / below


@compiled
def ratio_at(near: bool, of_p: int, row: Any, panel: Any, work: Any, u: float) -> float:
    """log p - log q at a place: where they nearly agree, the difference would have no digits."""
    return interpolated(work, u) if near else logit(of_p, row, panel, u)


@compiled
def crossing(near: bool, of_p: int, row: Any, panel: Any, work: Any) -> float:
    """Where to cut the panel, from its low end, because a = 0 in it; 0 if it keeps its sign.

    That is between two nodes where a changes its sign, or at an extremum between nodes beyond 0.
    """
    start, here = INSIDE, ratio_at(near, of_p, row, panel, work, INSIDE)
    before = here
    for j in range(N):
        stop = float(UP[j]) if j < N - 1 else 1 - INSIDE
        there = work[RATIO, j] if j < N - 1 else ratio_at(near, of_p, row, panel, work, stop)
        if here * there < 0:
            return float(panel[2]) * root(near, of_p, row, panel, work, start, stop, here)
        nearest = abs(here) < abs(before) and abs(here) <= abs(there)
        if nearest and abs(here) < 0.5 * max(abs(before), abs(there)):
            first = float(UP[j - 2]) if j > 1 else INSIDE
            at = extremum(near, of_p, row, panel, work, first, stop, here)
            if ratio_at(near, of_p, row, panel, work, at) * here < 0:
                return float(panel[2]) * at
        before, start, here = here, stop, there
    return 0.0


@compiled
def root(
    near: bool, of_p: int, row: Any, panel: Any, work: Any, start: float, stop: float, sign: float
) -> float:
    """Where a changes its sign between two places, by bisection."""
    for _ in range(HALVINGS):
        middle = 0.5 * (start + stop)
        if ratio_at(near, of_p, row, panel, work, middle) * sign > 0:
            start = middle
        else:
            stop = middle
    return start


@compiled
def extremum(
    near: bool, of_p: int, row: Any, panel: Any, work: Any, start: float, stop: float, sign: float
) -> float:
    """Where sign · a is least between two places, or the first that is found where it is negative."""
    x, y = start + GOLDEN * (stop - start), stop - GOLDEN * (stop - start)
    at_x = sign * ratio_at(near, of_p, row, panel, work, x)
    at_y = sign * ratio_at(near, of_p, row, panel, work, y)
    for _ in range(HALVINGS):
        if at_x < 0 or at_y < 0:
            break
        if at_x < at_y:
            stop, y, at_y = y, x, at_x
            x = start + GOLDEN * (stop - start)
            at_x = sign * ratio_at(near, of_p, row, panel, work, x)
        else:
            start, x, at_x = x, y, at_y
            y = stop - GOLDEN * (stop - start)
            at_y = sign * ratio_at(near, of_p, row, panel, work, y)
    return x if at_x < at_y else y
