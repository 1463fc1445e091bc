"""Standard densities of z, of which whole families are the copies loc + scale Z.

A family that says of which ones (`Density.standards`) is integrated by machine code, in batches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtr, stdtr

from gantheory.arrays import FloatArray

NORMAL, LAPLACE, STUDENT, EXPONENTIAL, UNIFORM, RAMP = range(6)
"""e^(-z²/2) · e^-|z| · (1 + z²/shape)^(-(shape + 1)/2) · e^-z for z > 0 · 1 and 2z for 0 < z < 1."""


class Standard(NamedTuple):
    """A part of a density: height f(z) with z = (x - loc) / scale.

    Attributes
    ----------
    kind:
        Which f.
    loc, scale:
        Floats or arrays; a scale is negative where a ramp falls.
    unit, log_norm:
        The height is e^-log_norm / unit.
    end:
        Where the support ends, of the last two kinds.
    shape:
        Degrees of freedom.
    """

    kind: int
    loc: Any
    scale: Any
    unit: Any
    log_norm: Any = 0.0
    end: Any = 0.0
    shape: Any = 1.0


Tail = Callable[[FloatArray, FloatArray], FloatArray]

_BELOW: tuple[Tail, ...] = (
    lambda z, shape: ndtr(z),
    lambda z, shape: np.where(z < 0, 0.5 * np.exp(-np.abs(z)), 1 - 0.5 * np.exp(-np.abs(z))),
    lambda z, shape: stdtr(shape, z),
    lambda z, shape: -np.expm1(-np.maximum(z, 0.0)),
    lambda z, shape: np.clip(z, 0.0, 1.0),
    lambda z, shape: np.clip(z, 0.0, 1.0) ** 2,
)
_ABOVE: tuple[Tail, ...] = (
    lambda z, shape: ndtr(-z),
    lambda z, shape: _BELOW[LAPLACE](-z, shape),
    lambda z, shape: stdtr(shape, -z),
    lambda z, shape: np.exp(-np.maximum(z, 0.0)),
    lambda z, shape: 1 - np.clip(z, 0.0, 1.0),
    lambda z, shape: (1 - np.clip(z, 0.0, 1.0)) * (1 + np.clip(z, 0.0, 1.0)),
)


def mass(kind: int, shape: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """P(low < Z < high), by whichever tail is smaller."""
    below, above = _BELOW[kind], _ABOVE[kind]
    left = below(low, shape)
    return np.asarray(
        np.where(left < 0.5, below(high, shape) - left, above(low, shape) - above(high, shape))
    )
