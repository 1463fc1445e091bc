"""Where panels end around one landmark, as multiples of its scale."""

from __future__ import annotations

import math

import numpy as np

from gantheory.arrays import FloatArray

SPREAD = np.array([0.0, 0.75, 1.5, 2.25, 3.0, 4.0, 5.0, 6.5, 8.0, 10.0, 12.0, 14.0])


def spread(scale: float) -> FloatArray:
    """Return panel ends for a Gaussian of this scale, out to 14 scales on both sides (mass 1e-44)."""
    return scale * np.concatenate([-SPREAD[:0:-1], SPREAD])


def doubling(first: float, last: float) -> FloatArray:
    """Return first, 2 first, 4 first, ... up to and including last."""
    if not last > first:
        return np.array([first])
    n = math.ceil(math.log2(last / first))
    return np.concatenate([first * 2.0 ** np.arange(n), [last]])
