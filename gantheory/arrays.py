"""Shapes and dtypes in words."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

Array = Float[np.ndarray, "..."]
"""float64 values of any shape."""

Points1D = Float[np.ndarray, "..."]
"""Points of the line: any shape, one point an entry."""

Points2D = Float[np.ndarray, "... 2"]
"""Points of the plane: the last axis holds the two coordinates."""

EPS = float(np.finfo(np.float64).eps)
"""Distance from 1.0 to the next float64."""
