"""Float64 arithmetic on single numbers and arrays alike, and what it rounds."""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

Number = float | npt.NDArray[np.float64]

HALF_ULP = 2.0**-53
SMALLEST = 5e-324  # what a result below the normal range may lose, in absolute terms
TINY = 2.0**-1022 / HALF_ULP
LARGEST = sys.float_info.max
UNEVALUATED = frozenset({"Integral", "Sum", "Product", "Limit", "Derivative", "Subs"})


def as_floats(x: Number) -> Number:
    """Return a scalar as float, anything else as a float64 array that cannot be written to."""
    if isinstance(x, float) or np.ndim(x) == 0:
        return float(x)
    array = np.asarray(x, dtype=np.float64).view()
    array.flags.writeable = False
    return array


def shape_of(x: Number) -> tuple[int, ...]:
    """Return the shape of a float or array, quickly for a float."""
    return () if isinstance(x, float) else np.shape(x)


def finite_size(x: Number) -> Number:
    """Return |x|, with infinities (which are exact) as 0; quickly for a float, as all here."""
    if isinstance(x, float):
        return abs(x) if math.isfinite(x) else 0.0
    return np.where(np.isfinite(x), np.abs(x), 0.0)


def product(a: Number, b: Number) -> Number:
    """Return a·b with 0·∞ = 0: an infinite side that is exact has no error to magnify."""
    if isinstance(a, float) and isinstance(b, float):
        return float(a) * float(b) if a and b else 0.0
    with np.errstate(invalid="ignore", under="ignore", over="ignore"):
        return np.where((np.asarray(a) == 0) | (np.asarray(b) == 0), 0.0, np.multiply(a, b))


def rounding(value: Number, inexact: Any) -> Number:
    """Return half a unit in the last place, and what a result below the normal range loses."""
    if isinstance(value, float):
        return HALF_ULP * finite_size(value) + 4 * SMALLEST * bool(inexact and abs(value) < TINY)
    small = inexact & (np.abs(value) < TINY)
    return HALF_ULP * finite_size(value) + np.where(small, 4 * SMALLEST, 0.0)


def root(lower: Number, value: Number, upper: Number) -> tuple[Number, Number, Number]:
    """Return √value, the larger of its two one-sided errors with rounding, and its slope."""
    low, middle, high = (np.sqrt(np.maximum(x, 0.0)) for x in (lower, value, upper))
    error = np.maximum(middle - low, high - middle) + 2 * HALF_ULP * high
    return middle, error, 0.5 / np.where(np.asarray(middle) > 0, middle, 1.0)


def capped(value: Number, a: Number, b: Number) -> tuple[Number, Any]:
    """Return the result of a and b, what overflows as the largest float, and where that is so."""
    if isinstance(value, float) and not math.isinf(value):
        return value, False
    beyond = np.isinf(value) & np.isfinite(a) & np.isfinite(b)
    return np.where(beyond, np.copysign(LARGEST, value), value), beyond


def of_number(x: Any) -> tuple[Number, Number]:
    """Return an int, float, Fraction or array in float64, and half an ulp where it rounds."""
    value = np.asarray(x, dtype=float) if isinstance(x, np.ndarray) else np.float64(float(x))
    with np.errstate(invalid="ignore"):
        integral = (value == np.round(value)) & (np.abs(value) < 2.0**53)
    exact = integral | ~np.isfinite(value)
    if isinstance(x, Fraction):
        exact = np.bool_(Fraction(float(value)) == x)
    return value, np.where(exact, 0.0, HALF_ULP * finite_size(value) + SMALLEST)


def of_sympy(x: Any) -> tuple[float, float]:
    """Return the value and rounding of a SymPy constant, which is known without importing SymPy."""
    if not type(x).__module__.startswith("sympy.") or not getattr(x, "is_extended_real", False):
        raise TypeError(
            f"{x!r} is not a number: give an Estimate, an int, a float, a Fraction or a real SymPy "
            "constant"
        )
    nodes = [x]
    for node in nodes:
        if type(node).__name__ in UNEVALUATED:
            raise TypeError(f"{x}: state it as a side of its own, which is then witnessed")
        nodes += node.args
    value = float(x.evalf(30))
    return value, HALF_ULP * abs(value) if math.isfinite(value) else 0.0
