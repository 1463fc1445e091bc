"""Shapes and dtypes in words; the test run checks them where they stand in signatures."""

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
    if not hasattr(x, "detach"):
        return x
    x = x.detach().cpu()
    return np.asarray(x.float() if str(x.dtype) == "torch.bfloat16" else x)
