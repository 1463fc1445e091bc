"""What is given as samples, as float64 points, after a look at each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray, as_numpy
from gantheory.errors import brief

FEWEST = 8  # samples from which a bound says anything


def pair_of_samples(x: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    """Return both as points, shapes (n, d) and (m, d).

    Raises
    ------
    TypeError, ValueError
        If one of them cannot be samples (see `samples_of`), they have different dimensions, or are the
        same samples.
    """
    first, second = samples_of("x", x), samples_of("y", y)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            f"x has points of dimension {first.shape[1]}, y of dimension {second.shape[1]}: give "
            "samples of one space"
        )
    if x is y or np.shares_memory(as_numpy(x, "x"), as_numpy(y, "y")):
        raise ValueError(
            "x and y are the same samples, or share some, so they are not independent: split them "
            "into two parts, such as x[::2] and x[1::2]"
        )
    return first, second


def pair_on_the_line(x: Any, y: Any) -> tuple[FloatArray, FloatArray]:
    """Return both as points of the line, shapes (n,) and (m,)."""
    first, second = pair_of_samples(x, y)
    if first.shape[1] != 1:
        raise ValueError(
            f"x and y are samples of dimension {first.shape[1]}: distribution functions are compared on "
            "the line only; give one column of each, or write mmd_from_samples"
        )
    return first[:, 0], second[:, 0]


def samples_of(name: str, given: Any) -> FloatArray:
    """Return samples as float64, shape (n, d); (n,) counts as (n, 1).

    Raises
    ------
    TypeError
        If it is no array of real numbers, or holds whole numbers as labels do.
    ValueError
        If its shape, a number in it or how many there are make no samples.
    """
    array = as_numpy(given, name)
    if array.dtype.kind == "b" or (array.dtype.kind in "iu" and array.ndim < 2):
        raise TypeError(
            f"{name} holds {array.dtype} values, as labels or counts do; if they are the samples, write "
            f"np.asarray({name}, dtype=float)"
        )
    if array.ndim not in (1, 2) or array.shape[-1] == 0:
        raise ValueError(
            f"{name} has shape {array.shape}: give (n,) for samples of the line or (n, d), one sample a "
            f"row; images as {name}.reshape(len({name}), -1)"
        )
    if len(array) < FEWEST:
        raise ValueError(
            f"{name} has shape {array.shape}, so {len(array)} samples: give at least {FEWEST}, one a row"
        )
    _refuse_missing(name, given, array)
    with np.errstate(over="ignore"):
        points = array.astype(np.float64)
    if not np.array_equal(points, array):
        raise ValueError(
            f"{name} of dtype {array.dtype} loses digits as float64: write np.asarray({name}, float)"
        )
    return points.reshape(len(array), -1)


def _refuse_missing(name: str, given: Any, array: npt.NDArray[Any]) -> None:
    """Refuse samples that are not finite, or masked, naming the first."""
    missing = ~np.isfinite(array) | np.ma.getmaskarray(given if np.ma.is_masked(given) else array)
    places = np.flatnonzero(missing.reshape(len(array), -1).any(axis=1))
    if len(places):
        raise ValueError(
            f"{name}[{places[0]}] is {brief(array[places[0]].tolist())}, masked or not finite, as are "
            f"{len(places)} of {len(array)} samples: find out why, since leaving them out changes the "
            "distribution that is measured"
        )
