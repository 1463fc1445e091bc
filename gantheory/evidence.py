"""Numbers that a page computes itself, with the error bars that follow from how they are made.

A page writes the function; these makers run it, bound the rounding or the chance, and name the route
after the function. So no page types an error bar, and one function on both sides of a claim is seen. A
function that reads nothing, or an Estimate, or hands back a number that it was given, supports at most.

```python
@summed
def regrets(real, fake, answered):
    \"\"\"Σ p log (p + r)/(p + q) + q log q (p + r)/(r (p + q)).\"\"\"
    return terms
```

u is half a unit in the last place of 1, 2^-53. Chances are one in a million for each number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from gantheory.arrays import FloatArray
from gantheory.calls import Call
from gantheory.concentration import RISK, bernstein, clopper_pearson
from gantheory.densities.short import call_of
from gantheory.estimates import Estimate, Route, route
from gantheory.inputs import DERIVED, handed_on
from gantheory.precision import digits_lost
from gantheory.rounding import HALF_ULP, SMALLEST

Function = Callable[..., Any]

NORMAL_MEANS = "mean of samples, assumed normal"
FEW = 64  # roundings of a number that a formula makes
MANY = 1024  # the same of one that comes out of a longer calculation
HALVINGS = (5, 6, 7, 8)  # binary orders of the steps of differences
FEWEST = 8  # values of which a mean has an interval
SKEWED = 2.0  # sample skewness beyond which no interval for a mean of normal values is given
NAMES = {"C", "D_f", "J", "JSD", "KL", "TV", "V", "abs", "exp", "log", "mean", "slope", "sqrt"}
"""How gantheory's own numbers are shown, as far as a function may be called so."""


def summed(function: Function | None = None, *, roundings: int = FEW) -> Any:
    """Σ terms ± r u Σ |terms|, for a function that returns the terms.

    Parameters
    ----------
    function:
        Returns an array, or a list of arrays, of any shape; all entries are added, without further
        rounding.
    roundings:
        r: how many roundings a term goes through, at most; 64 are enough for a formula. What cancels is
        better two terms than one, which may lose digits: they count as error where a second run with 36
        digits shows them, that is where the function is made of arithmetic, exp, log, √ and the like.
    """

    def total(terms: FloatArray, lost: FloatArray) -> tuple[Any, Any]:
        rounded = np.maximum(roundings * (HALF_ULP * np.abs(terms) + SMALLEST), lost)
        return math.fsum(terms), math.fsum(rounded)

    return _maker(function, "sum", _flat, total)


def pointwise(function: Function | None = None, *, roundings: int = FEW) -> Any:
    """values ± r u |values|, for a function that computes each value for itself, by r operations.

    Integers, as numbers of things that are counted, are exact. What goes through a network belongs to
    `in_norm`. Digits lost, and parameters, as for `summed`.
    """

    def each(values: FloatArray, lost: FloatArray) -> tuple[Any, Any]:
        return values, np.maximum(roundings * (HALF_ULP * np.abs(values) + SMALLEST), lost)

    return _maker(function, "evaluation", np.asarray, each)


def in_norm(function: Function | None = None, *, roundings: int = MANY) -> Any:
    """values ± r u max |values|, for a function that computes an array in many operations.

    A backward pass, steps of an algorithm: rounding is small beside the largest entry, not beside each.
    Parameters as for `summed`, but r is 1024.
    """

    def whole(values: FloatArray, lost: FloatArray) -> tuple[Any, Any]:
        largest = np.max(np.abs(values), initial=0.0)
        return values, lost + roundings * (HALF_ULP * largest + SMALLEST)

    return _maker(function, "long evaluation", np.asarray, whole)


def differences(
    function: Callable[[FloatArray], Any], at: npt.ArrayLike, directions: npt.ArrayLike
) -> Estimate:
    """d/dt function(at + t v) at t = 0 for each direction v, by central differences.

    Parameters
    ----------
    function:
        Takes an array of the shape of `at`; smooth there at the scale of 1/32. Returns a number, or an
        array of one shape.
    at:
        Shape (n,).
    directions:
        Shape (n,) or (m, n).

    Returns
    -------
    Estimate
        Shape () or (m,), followed by that of the function's values: Romberg's table for the steps 1/32
        to 1/256, ± its last change and the rounding of function: 64 u of its largest value, or what 36
        digits show to be lost.
    """
    at = np.asarray(at, dtype=float)
    ways = np.asarray(directions, dtype=float)
    rows = [_romberg(function, at, way) for way in np.atleast_2d(ways)]
    values, errors = (np.stack(part) for part in zip(*rows, strict=True))
    if ways.ndim == 1:
        values, errors = values[0], errors[0]
    return Estimate(
        values,
        errors,
        route=_route("central differences", function),
        declared=not handed_on(function, (at,), {}, values, DERIVED),
        call=Call(f"slope({_name(function)})"),
    )


def mean_of(values: npt.ArrayLike, *, within: tuple[float, float] | None = None) -> Estimate:
    """Mean of independent values, with an interval that misses the expectation once in a million times.

    Parameters
    ----------
    values:
        Shape (n,), or (n, ...) for a batch; n independent values of one distribution.
    within:
        Two numbers between which every value lies. Then the interval is right for any distribution
        (empirical Bernstein bound). Without it, it is Student's and assumes that the mean is as good
        as normal, which no sample shows: a claim that rests on it is supported at most, as a `simulate`
        section may have it. For skewed values it misses more often, at worst one time in three.

    Raises
    ------
    ValueError
        If there are fewer than 8 values, one is not finite or lies outside `within`; without `within`,
        if all values are equal or their skewness is above 2, where Student's interval is not right.

    Notes
    -----
    Source: Maurer and Pontil (2009), Theorem 4.
    """
    array = np.asarray(values, dtype=float)
    if array.ndim == 0 or len(array) < FEWEST:
        raise ValueError(f"mean_of {array.size} values: give at least {FEWEST} independent ones")
    if not np.all(np.isfinite(array)):
        raise ValueError("mean_of: a value is not finite")
    if within is None:
        bar, how = _student(array, RISK), NORMAL_MEANS
    else:
        bar, how = _bernstein(array, within, RISK), "mean of bounded samples"
    rounding = FEW * HALF_ULP * np.max(np.abs(array), axis=0)
    made_by, call = route(how, "samples"), Call(f"mean({len(array)} values)")
    return Estimate(
        np.mean(array, axis=0), bar + rounding, kind="statistical", route=made_by, call=call
    )


def frequency(events: npt.ArrayLike) -> Estimate:
    """Share of n independent events that happened, with the interval of Clopper and Pearson (1934).

    Parameters
    ----------
    events:
        Shape (n,), true or false (or 1 and 0).

    Raises
    ------
    ValueError
        If there is none, or an entry is neither true nor false.
    """
    array = np.asarray(events)
    if array.ndim != 1 or not array.size or not np.all((array == 0) | (array == 1)):
        raise ValueError("frequency: give a vector of true and false, one for each event")
    hits, trials = int(np.sum(array)), len(array)
    share = hits / trials
    low, high = clopper_pearson(hits, trials, RISK)
    bar = max(share - low, high - share) + HALF_ULP
    made_by, call = route("frequency", "samples"), Call(f"frequency({hits} of {trials})")
    return Estimate(share, bar, kind="statistical", route=made_by, call=call)


def _maker(
    function: Function | None,
    how: str,
    entries_of: Callable[..., Any],
    bounded: Callable[[FloatArray, Any], tuple[Any, Any]],
) -> Any:
    """Return the function with Estimates for values; a decorator if there is no function yet."""

    def decorated(function: Function) -> Callable[..., Estimate]:
        made_by = _route(how, function)

        def again(*args: Any, **kwargs: Any) -> Any:
            return entries_of(function(*args, **kwargs))

        @wraps(function)
        def made(*args: Any, **kwargs: Any) -> Estimate:
            found = function(*args, **kwargs)
            entries = entries_of(found, dtype=float)
            value, error = bounded(entries, digits_lost(again, args, kwargs, entries))
            declared = not handed_on(function, args, kwargs, value)
            call = call_of(_name(function), *args, *kwargs.values())
            if _is_whole(found):
                return Estimate(value, 0 * error, "exact", made_by, declared=declared, call=call)
            return Estimate(value, error, route=made_by, declared=declared, call=call)

        return made

    return decorated if function is None else decorated(function)


def _flat(found: Any, dtype: type | None = None) -> Any:
    """Return the entries of an array, or of a list of arrays, in one row."""
    parts = found if isinstance(found, (list, tuple)) else [found]
    return np.concatenate([np.ravel(np.asarray(part, dtype=dtype)) for part in parts])


def _name(function: Callable[..., Any]) -> str:
    """Return a page's function as calls show it: no name of gantheory's own numbers."""
    name = getattr(getattr(function, "__code__", None), "co_name", "f")
    if not name.isidentifier():
        return "f"
    return f"own {name}" if name in NAMES else name


def _is_whole(found: Any) -> bool:
    """Whether a result consists of integers, which are counted and not rounded."""
    return isinstance(found, (int, np.ndarray, np.generic)) and np.asarray(found).dtype.kind in "iu"


def _route(how: str, function: Callable[..., Any]) -> Route:
    """Return the route of a number that this function made: both of its names are the function's."""
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__qualname__", repr(function))
    code = getattr(function, "__code__", None)
    if owner is not None:
        name = f"{name} of {getattr(owner, 'name', owner)}"
    if code is not None:
        name = f"{name}, line {code.co_firstlineno}"
    return route(f"{how}: {name}", name)


def _romberg(
    function: Callable[[FloatArray], Any], at: FloatArray, way: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the slope along one direction, and how wrong it may be."""
    steps = [2.0**-k for k in HALVINGS]
    points = [[at + s * h * way for s in (1, -1)] for h in steps]
    pairs = [[np.asarray(function(point), dtype=float) for point in pair] for pair in points]
    row = [(above - below) / (2 * h) for h, (above, below) in zip(steps, pairs, strict=True)]
    rough = _not_smooth(row)
    last = row[-1]
    for power in (4, 16, 64):
        last = row[-1]
        row = [(power * fine - coarse) / (power - 1) for coarse, fine in pairwise(row)]
    size = max(float(np.max(np.abs(pair))) for pair in pairs)
    lost = max(
        float(np.max(digits_lost(function, (point,), {}, value), initial=0.0))
        for point, value in zip(chain(*points), chain(*pairs), strict=True)
    )
    rounding = 2 * max(FEW * HALF_ULP * size, lost) / steps[-1]
    return row[0], np.maximum(np.abs(row[0] - last), rough) + rounding


def _not_smooth(row: list[FloatArray]) -> Any:
    """The largest change between quotients if changes do not at least halve, as at a kink; else 0."""
    changes = [np.abs(fine - coarse) for coarse, fine in pairwise(row)]
    tiny = 1e-9 * np.max(np.abs(row), axis=0)
    grow = [later > earlier / 2 + tiny for earlier, later in pairwise(changes)]
    return np.where(np.any(grow, axis=0), np.max(changes, axis=0), 0.0)


def _student(values: FloatArray, risk: float) -> Any:
    """Half the width of Student's interval; refused for values that are clearly not normal."""
    count = len(values)
    centred = values - np.mean(values, axis=0)
    spread = np.sqrt(np.sum(centred**2, axis=0) / count)
    if np.any(spread <= FEW * HALF_ULP * np.max(np.abs(values), axis=0)):
        raise ValueError(
            "mean_of values that are all equal: their spread says nothing; give within=(low, high), or "
            "state a bound on the values themselves"
        )
    skewness = np.max(np.abs(np.mean((centred / spread) ** 3, axis=0)))
    if not skewness <= SKEWED:
        raise ValueError(
            f"mean_of values of skewness {skewness:.2g}: Student's interval is for nearly normal ones; "
            "give within=(low, high), count an event by frequency, or take the logarithm"
        )
    bar = spread * math.sqrt(1 / (count - 1))
    return float(stdtrit(count - 1, 1 - risk / 2)) * bar


def _bernstein(values: FloatArray, within: Sequence[float], risk: float) -> Any:
    """How far off the mean of values within these two numbers is, on both sides."""
    low, high = (float(end) for end in within)
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"mean_of(within={within!r}): give two finite numbers, low < high")
    if not np.all((values >= low) & (values <= high)):
        raise ValueError(f"mean_of(within={within!r}): a value lies outside")
    return bernstein(values, high - low, risk / 2)
