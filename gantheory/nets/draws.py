"""Random arrays for an ensemble: one generator for each network, so that each draws as if alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from gantheory.nets.layer import Array, Shape

Rngs = Sequence[np.random.Generator]
Fill = Callable[[np.random.Generator, npt.NDArray[np.float64]], object]


def uniform(rngs: Rngs, shape: Shape) -> Array:
    """u ~ U[0, 1), shape (..., n, d): network i's matrix is drawn from rngs[i]."""
    return _drawn(rngs, shape, lambda rng, row: rng.random(out=row))


def normal(rngs: Rngs, shape: Shape) -> Array:
    """z ~ N(0, 1), shape (..., n, d): network i's matrix is drawn from rngs[i]."""
    return _drawn(rngs, shape, lambda rng, row: rng.standard_normal(out=row))


def _drawn(rngs: Rngs, shape: Shape, fill: Fill) -> Array:
    """float64 whatever the networks are: float32 is made of the same numbers."""
    networks = math.prod(shape[:-2])
    if isinstance(rngs, np.random.Generator):
        raise ValueError(f"rngs is one generator: write a sequence of {networks}, one a network")
    if len(rngs) != networks:
        raise ValueError(
            f"rngs: {len(rngs)} generators for {networks} networks; give one for each, in the order of "
            "the leading axes"
        )
    rows = np.empty((networks, *shape[-2:]))
    for rng, row in zip(rngs, rows, strict=True):
        fill(rng, row)
    return rows.reshape(shape)
