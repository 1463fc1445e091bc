"""Time by the clock of the processor or of the wall, in turns; and what the package settles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gantheory.errors import NotConverged
from gantheory.estimates import Estimate

LONG_ENOUGH = 0.2  # seconds that one timing of ours is to take


class Clock:
    """Seconds, of the wall unless it is told to count what the processor does for this process."""

    now: Callable[[], float] = staticmethod(time.perf_counter)


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call takes, and what it returns."""
    start = Clock.now()
    result = call()
    return Clock.now() - start, result


def in_turns(calls: Sequence[Callable[[int], Any]], repeats: int) -> list[float]:
    """Return the median seconds of each of several calls, made one after the other, again and again."""
    rounds = [[timed(lambda c=c, k=k: c(k))[0] for c in calls] for k in range(repeats)]
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def known(compute: Callable[..., Estimate], *given: Any) -> Estimate | None:
    """Return what a functional finds, also where not all of it is settled; None if there is nothing."""
    try:
        return compute(*given)
    except NotConverged as refusal:
        return refusal.best


def large_enough(seconds_of: Callable[[int], float], most: int) -> int:
    """Return how many of up to `most` members take about as long as one timing should."""
    count = 4
    while count < most:
        seconds = seconds_of(count)
        if seconds > LONG_ENOUGH:
            return count
        count = min(most, int(count * min(40.0, 1.5 * LONG_ENOUGH / max(seconds, 1e-6))) + 1)
    return most


def floor_of(p: Any, q: Any, x: Any, evaluations: float) -> float:
    """Return the seconds that evaluations of two densities take by themselves, from those at x."""
    best = min(timed(lambda: (np.exp(p.logpdf(x)), np.exp(q.logpdf(x))))[0] for _ in range(10))
    return best * evaluations / len(x)


def duration(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"
