"""Shapes and dtypes in words, checked in the test run; arrays of other libraries as numpy's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from jaxtyping import Float

FloatArray = npt.NDArray[np.float64]
"""float64, of any shape."""

Rows = npt.NDArray[np.intp]
"""Places along the first axis of another array."""

PointValues = Float[np.ndarray, "points"]
"""One float64 value a point."""

CellEnds = Float[np.ndarray, "cells dim"]
"""One float64 a cell and axis."""

CellSums = Float[np.ndarray, "components cells"]
"""One float64 a component of the integrand and cell."""

Totals = Float[np.ndarray, "components"]
"""One float64 a component of the integrand."""

EPS = float(np.finfo(np.float64).eps)
"""Distance from 1.0 to the next float64."""

LOG_2 = math.log(2)
"""The natural logarithm of 2: the largest JSD, in nats."""


def detached(x: Any) -> Any:
    """Return a tensor as an array, whatever its gradient; anything else as it is."""
    if not callable(getattr(x, "detach", None)):
        return x
    x = x.detach().cpu()
    if f"{x.dtype}".endswith("bfloat16"):  # numpy has no such type
        x = x.float()
    return np.asarray(x)


def as_numpy(given: Any, what: str) -> npt.NDArray[Any]:
    """Return an array of real numbers from numpy, torch, JAX or TensorFlow, without a copy if it can.

    Raises
    ------
    TypeError
        If it is not such an array; `what` says in the message what was looked at.
    """
    try:
        taken = detached(given)
        values = np.asarray(taken.numpy() if callable(getattr(taken, "numpy", None)) else taken)
    except Exception as problem:
        raise TypeError(
            f"{what} is {type(given).__name__}, which numpy cannot read ({problem}): return numbers, "
            "not traced or symbolic values"
        ) from problem
    if values.dtype.kind in "fiub":
        return values
    if values.dtype.name == "bfloat16":  # JAX brings it along
        return values.astype(np.float32)
    raise TypeError(
        f"{what} is {type(given).__name__} of dtype {values.dtype}: give an array of real numbers"
    )
