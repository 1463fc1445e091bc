"""Shapes and dtypes in words; the test run checks them where they stand in signatures."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

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
