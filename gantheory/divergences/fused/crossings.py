"""Where a panel has to be cut, because p = q in it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.divergences.fused.places import (
    KIND,
    LEVEL,
    LOC,
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
INSIDE = 1e-9  # of a panel's width, at which its ends are looked at


@compiled
def logit(of_p: int, row: Any, origin: float, x: float) -> float:
    """log p - log q at origin + x."""
    both = [-np.inf, -np.inf]
    for k in range(row.shape[1]):
        if lives(row, k, origin + x):
            z = (x + (origin - row[LOC, k])) / row[SCALE, k]
            here = log_density(int(row[KIND, k]), row[SHAPE, k], row[LEVEL, k], z)
            which = 0 if k < of_p else 1
            top = max(both[which], here)
            both[which] = top + math.log(math.exp(both[which] - top) + math.exp(here - top))
    return both[0] - both[1]


@compiled
def crossing(of_p: int, row: Any, panel: Any, work: Any) -> float:
    """Where to cut the panel, from its low end, because a = 0 in it; 0 if it keeps its sign.

    That is between two nodes where a changes its sign, or at an extremum between nodes beyond 0.
    """
    origin, low, width = panel
    for j in range(-1, N - 1):
        here, there = (
            edge_ratio(of_p, row, panel, work, j),
            edge_ratio(of_p, row, panel, work, j + 1),
        )
        start, stop = width * edge_place(j), width * edge_place(j + 1)
        if here * there < 0:
            for _ in range(HALVINGS):
                middle = 0.5 * (start + stop)
                if logit(of_p, row, origin, low + middle) * here > 0:
                    start = middle
                else:
                    stop = middle
            return float(start)
        if 0 <= j < N - 2:
            before = edge_ratio(of_p, row, panel, work, j - 1)
            if (
                abs(here) < abs(before)
                and abs(here) <= abs(there)
                and abs(here) < 0.5 * max(abs(before), abs(there))
            ):
                at = extremum(of_p, row, panel, width * edge_place(j - 1), stop, here)
                if logit(of_p, row, origin, low + at) * here < 0:
                    return at
    return 0.0


@compiled
def edge_place(j: int) -> float:
    """Node j, or an end of the panel for j = -1 and N - 1, from 0 to 1."""
    return 0.0 if j < 0 else 1.0 if j > N - 2 else float(UP[j])


@compiled
def edge_ratio(of_p: int, row: Any, panel: Any, work: Any, j: int) -> float:
    """log p - log q there; at the ends within the panel."""
    if 0 <= j <= N - 2:
        return float(work[RATIO, j])
    inside = 1e-9 if j < 0 else 1 - 1e-9
    return float(logit(of_p, row, panel[0], panel[1] + inside * panel[2]))


@compiled
def extremum(of_p: int, row: Any, panel: Any, start: float, stop: float, sign: float) -> float:
    """Where sign · a is least between two places, or the first that is found where it is negative."""
    ratio = 0.3819660112501051
    x, y = start + ratio * (stop - start), stop - ratio * (stop - start)
    at_x = sign * logit(of_p, row, panel[0], panel[1] + x)
    at_y = sign * logit(of_p, row, panel[0], panel[1] + y)
    for _ in range(HALVINGS):
        if at_x < 0 or at_y < 0:
            break
        if at_x < at_y:
            stop, y, at_y = y, x, at_x
            x = start + ratio * (stop - start)
            at_x = sign * logit(of_p, row, panel[0], panel[1] + x)
        else:
            start, x, at_x = x, y, at_y
            y = stop - ratio * (stop - start)
            at_y = sign * logit(of_p, row, panel[0], panel[1] + y)
    return x if at_x < at_y else y
