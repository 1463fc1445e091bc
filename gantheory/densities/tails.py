"""Tails and supports of sums of densities."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gantheory.densities.base import Tail

HEAVINESS = {"none": 0, "gaussian": 1, "exponential": 2, "power": 3, "unknown": 4, "undeclared": 5}


def heaviest(weighted: Sequence[tuple[float, Tail]], *, side: int) -> Tail:
    """Return the tail of Σ w_k p_k on one side (-1 left, 1 right): the heaviest of the tails.

    Equal distributions add up: their constants join by log-sum-exp.
    """

    def weight_of(tail: Tail) -> tuple[float, float, float]:
        return HEAVINESS[tail.kind], -tail.rate, side * tail.loc

    top = max((tail for _, tail in weighted), key=weight_of)
    logs = [
        math.log(w) + tail.constant
        for w, tail in weighted
        if weight_of(tail) == weight_of(top) and tail.kind == top.kind
    ]
    peak = max(logs)
    constant = peak + math.log(sum(math.exp(c - peak) for c in logs))
    return Tail(top.kind, top.rate, top.loc, constant)


def union_of_intervals(
    intervals: Sequence[tuple[float, float]],
) -> tuple[tuple[float, float], ...]:
    """Return disjoint closed intervals with the same union, ascending."""
    merged: list[tuple[float, float]] = []
    for low, high in sorted(intervals):
        if merged and low <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)
