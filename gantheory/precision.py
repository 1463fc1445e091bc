"""How many digits a function loses, seen by running it once more with 36 digits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from gantheory.arrays import FloatArray

BITS = 120
MOST = 20_000  # entries of the arguments: an operation on one costs about a microsecond

_numbers = mpmath.MPContext()
_numbers.prec = BITS
# numpy asks an object for the method that bears the function's name
for _name in ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"):
    setattr(_numbers.mpf, _name, getattr(_numbers, _name))


def digits_lost(
    function: Callable[..., FloatArray],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    values: FloatArray,
) -> FloatArray:
    """2 |f(x) - f(x) with 36 digits|: what nearly cancels leaves few digits.

    Zero where it cannot be seen: no argument is a floating point number, there are more than 20,000 of
    them, or the function does something that numpy does with floating point numbers alone.
    """
    given = (*args, *kwargs.values())
    none = np.zeros(np.shape(values))
    size = sum(np.size(x) for x in given if _is_real(x))
    if not 0 < size <= MOST or not all(map(_is_plain, given)):
        return none
    try:
        with np.errstate(all="ignore"):
            precise = function(
                *map(_precise, args), **{name: _precise(x) for name, x in kwargs.items()}
            )
            gap = np.asarray(2 * np.abs(np.asarray(precise) - values), dtype=float)
    except Exception:  # a function of floating point numbers alone
        return none
    return np.where(np.isfinite(gap), gap, 0.0) if gap.shape == none.shape else none


def _is_real(x: Any) -> bool:
    return isinstance(x, (float, np.floating)) or (
        isinstance(x, np.ndarray) and x.dtype.kind == "f"
    )


def _is_plain(x: Any) -> bool:
    """Whether a function that is called with this a second time cannot change it."""
    return x is None or isinstance(x, (bool, int, float, str, np.ndarray, np.generic))


def _precise(x: Any) -> Any:
    """Return a number, or an array of objects, of 36 digits."""
    if not _is_real(x):
        return x
    if np.ndim(x) == 0:
        return _numbers.mpf(float(x))
    return np.frompyfunc(lambda one: _numbers.mpf(float(one)), 1, 1)(x)
