"""The same integrands as machine code, where that is simple: numba's cfunc and LowLevelCallable.

No goal is set against these: they show what is lost to Python in the other column.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

from scipy import LowLevelCallable

from tests.benchmarks.line_integrands import LOGS, parts_of, terms

try:
    import numba
except ImportError:  # where numba has no wheel
    numba = None

WIDTH = 3  # numbers of a component: weight, location, scale


def normal(x: float, loc: float, scale: float) -> float:
    z = (x - loc) / scale
    return -0.5 * z * z - math.log(scale * math.sqrt(2 * math.pi))


def laplace(x: float, loc: float, scale: float) -> float:
    return -abs(x - loc) / scale - math.log(2 * scale)


def cauchy(x: float, loc: float, scale: float) -> float:
    z = (x - loc) / scale
    return -math.log1p(z * z) - math.log(math.pi * scale)


LOG_DENSITIES = {"Normal": normal, "Laplace": laplace, "Cauchy": cauchy}


def compiled(divergence: str, p: Any, q: Any) -> tuple[Any, tuple[float, ...]] | None:
    """Return the integrand of a pair for quad and its further arguments; None where there is none."""
    sides = parts_of(p), parts_of(q)
    kinds = tuple(tuple(type(c).__name__ for _, c in side) for side in sides)
    if numba is None or divergence == "W1" or not set().union(*kinds) <= set(LOG_DENSITIES):
        return None
    numbers = (x for side in sides for w, c in side for x in (w, c.loc, c.scale))
    return _integrand(divergence, *kinds), tuple(map(float, numbers))


@cache
def _integrand(divergence: str, p: tuple[str, ...], q: tuple[str, ...]) -> Any:
    """Return the integrand of two mixtures of these kinds; their parameters are arguments."""
    table, of_two = terms(divergence)
    term = numba.njit(of_two)
    f, g = _log_density(p, 1), _log_density(q, 1 + WIDTH * len(p))
    logarithms = table is LOGS

    @numba.cfunc(numba.float64(numba.intc, numba.types.CPointer(numba.float64)))
    def integrand(_: int, x: Any) -> float:
        if logarithms:
            return term(f(x), g(x))
        return term(math.exp(f(x)), math.exp(g(x)))

    return LowLevelCallable(integrand.ctypes)


def _log_density(kinds: tuple[str, ...], first: int) -> Any:
    """Return log of a mixture of one or two, whose numbers begin at a place among the arguments."""
    one, other = (numba.njit(LOG_DENSITIES[kinds[k]]) for k in (0, -1))
    second = first + WIDTH
    if len(kinds) == 1:
        return numba.njit(lambda x: one(x[0], x[first + 1], x[first + 2]))

    @numba.njit
    def mixture(x: Any) -> float:
        a = math.log(x[first]) + one(x[0], x[first + 1], x[first + 2])
        b = math.log(x[second]) + other(x[0], x[second + 1], x[second + 2])
        return max(a, b) + math.log1p(math.exp(-abs(a - b)))

    return mixture
