"""Losses that jump: what their values have and their gradients do not see."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import GRID, Curves, Scalar

NARROW = 1e-9  # between logits so close no continuous loss changes by a share that can be seen
SHARE = 1e-3  # of the range of a loss: smaller jumps are not looked for
AROUND = 3  # a step at a node of the grid, as that of sign, is two changes side by side
OFF_GRID = 0.03137  # steps are often at round numbers
STEPS = (
    "{} changes in steps alone, as with round, sign or a comparison: between them it is constant, so it "
    "has no gradient in D's outputs."
)


def leap(value: Callable[[float], float], low: float, high: float, least: float) -> float | None:
    """Return where between two places a function jumps by more than `least`, by bisection, or None."""
    at_low, at_high = value(low), value(high)
    while abs(at_high - at_low) > least:
        if high - low <= NARROW:
            return (low + high) / 2
        middle = (low + high) / 2
        at_middle = value(middle)
        if abs(at_middle - at_low) >= abs(at_high - at_middle):
            high, at_high = middle, at_middle
        else:
            low, at_low = middle, at_middle
    return None


def jump(curve: Scalar, row: FloatArray) -> float | None:
    """Return a logit at which a curve jumps, by its values on the grid; None where none is seen."""
    changes = np.abs(np.diff(row))
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(changes, AROUND, "edge"), 2 * AROUND + 1
    )
    usual = np.median(around, axis=1)
    least = SHARE * float(np.ptp(row))
    for i in np.flatnonzero((changes > 2 * usual) & (changes > least)):
        found = leap(curve, float(GRID[i]), float(GRID[i + 1]), least)
        if found is not None:
            return found
    return None


def in_steps(curves: Curves, curve: Scalar, row: FloatArray) -> bool:
    """Whether a curve is constant but for jumps."""
    if jump(curve, row) is None:
        return False
    h = 1e-6 if curves.tolerance < 1e-6 else 1e-3
    least = SHARE * float(np.ptp(row)) / np.ptp(GRID) * h
    return all(_still(curve, float(a) + OFF_GRID, h, least) for a in GRID)


def _still(curve: Scalar, logit: float, h: float, least: float) -> bool:
    """Whether a curve does not change on one side of a logit at least, a jump being on the other."""
    before, here, after = (curve(logit + by) for by in (-h, 0.0, h))
    return min(abs(here - before), abs(after - here)) <= least
