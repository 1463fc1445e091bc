"""Integrals as numbers: tanh-sinh between landmarks, and a look at every end for divergence."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy as sp

from gantheory.theorems.levels import EvaluationPoint, Unusable, mp
from gantheory.theorems.places import SUMMIT, is_unevaluated, roots, shapes

DEGREE = 8  # halvings of tanh-sinh: about 3000 nodes a piece
ACCURACY = mpmath.mpf(10) ** -10  # of one piece, by mpmath's own account
AROUND = (-64, -8, -2, 2, 8, 64)  # cuts beside a landmark, in its widths
QUICK = (40, 80)  # binary orders at which an end is looked at,
SLOW = tuple(range(20, 81, 10))  # and at which it is looked at again if f falls slowly there
FALLS = mpmath.mpf(2) ** -10

Function = Callable[[Any], Any]


def peeled(node: Any) -> tuple[sp.Expr, sp.Symbol, sp.Expr, sp.Expr]:
    """Return the inner expression, the outermost variable and its two limits."""
    *inner, last = node.limits
    if len(last) != 3:
        raise Unusable(f"{node} has no limits")
    body = node.func(node.function, *inner) if inner else node.function
    return body, last[0], last[1], last[2]


def integral_value(node: Any, place: EvaluationPoint) -> tuple[Any, Any]:
    """Return the integral, and the sum of its pieces' absolute values; ±∞ if it certainly diverges.

    Raises
    ------
    Unusable
        If it does not converge numerically.
    """
    body, x, *ends = peeled(node)
    low, high = (place.value(end) for end in ends)
    if mp.im(low) or mp.im(high):
        raise Unusable("a complex limit of integration")
    sign = 1 if low <= high else -1
    value, scale = _integral(body, x, (min(low, high), max(low, high)), place)
    return sign * value, scale


def cuts(body: sp.Expr, x: sp.Symbol, ends: tuple[Any, Any], place: EvaluationPoint) -> list[Any]:
    """Return the ends and, between them, where the integrand may be rough."""
    low, high = ends
    marks = [mp.mpf(0)]
    if not is_unevaluated(body):
        marks += [mp.mpf(cut.p) / cut.q for cut in place.level.cuts]
    marks += landmarks(body, x, place)
    return [low, *sorted({mark for mark in marks if low < mark < high}), high]


def _integral(
    body: sp.Expr, x: sp.Symbol, ends: tuple[Any, Any], place: EvaluationPoint
) -> tuple[Any, Any]:
    working = mp.dps if is_unevaluated(body) else 2 * mp.dps  # x near an end loses half its digits

    def integrand(t: Any) -> Any:
        place.meter.tick()
        with mp.workdps(working):
            return place.at(x, t).value(body)

    pieces = list(pairwise(cuts(body, x, ends, place)))
    if not is_unevaluated(body):
        infinite = _divergence(integrand, pieces, working)
        if infinite:
            return infinite * mp.inf, mp.inf
    sums, errors = [], []
    for piece in pieces:
        value, error = mp.quad(integrand, piece, error=True, maxdegree=DEGREE)
        sums.append(value)
        errors.append(error)
    scale = mp.fsum(abs(value) for value in sums)
    if not mp.fsum(errors) <= max(ACCURACY * scale, 1000 * mp.eps):
        raise Unusable("the integral does not converge numerically")
    return mp.fsum(sums), scale


def _divergence(integrand: Function, pieces: list[tuple[Any, Any]], digits: int) -> int:
    """Return the sign of ∞ if the integral diverges at an end of a piece, else 0.

    Raises
    ------
    Unusable
        If it diverges to both infinities.
    """
    signs = set()
    for low, high in pieces:
        for end, other in ((low, high), (high, low)):
            with mp.workdps(max(digits, 60)):
                signs.add(_at_end(_beside(integrand, end, other)))
    signs.discard(0)
    if len(signs) > 1:
        raise Unusable("the integral diverges to both infinities")
    return signs.pop() if signs else 0


def _beside(integrand: Function, end: Any, other: Any) -> Function:
    """Return order -> f times the distance from the end, at 2^-order of the piece's length from it.

    For an infinite end the distance is measured from 0 and grows. The integral converges at the end
    only if this falls to 0, for a function that behaves regularly there.
    """
    if mp.isinf(end):
        return lambda order: mp.mpf(2) ** order * integrand(mp.sign(end) * mp.mpf(2) ** order)
    length = mp.mpf(1) if mp.isinf(other) else abs(other - end)
    way = 1 if other > end else -1

    def weighed(order: int) -> Any:
        distance = length * mp.mpf(2) ** -order
        return distance * integrand(end + way * distance)

    return weighed


def _at_end(weighed: Function) -> int:
    """Return the sign that f keeps at the end if f times the distance does not fall there, else 0."""
    try:
        near, nearer = (weighed(order) for order in QUICK)
        if abs(nearer) <= FALLS * abs(near):
            return 0
        values = [weighed(order) for order in SLOW]
    except Unusable:
        return 0  # undefined there: the quadrature will say so
    signs = {0 if mp.im(value) else int(mp.sign(value)) for value in values}
    falls = any(abs(b) < abs(a) * (1 - mp.mpf(10) ** -9) for a, b in pairwise(values))
    return 0 if falls or len(signs) > 1 else signs.pop()


def landmarks(body: sp.Expr, x: sp.Symbol, place: EvaluationPoint) -> list[Any]:
    """Return where the integrand has kinks, poles near the line, steps, and peaks of exponentials."""
    marks: list[Any] = []
    for polynomial, shape in shapes(body, x):
        if not polynomial.free_symbols_in_domain <= place.env.keys():
            continue  # the variable of an inner integral
        coefficients = [place.value(c) for c in polynomial.all_coeffs()]
        if not all(mp.isfinite(c) for c in coefficients) or not coefficients[0]:
            continue
        for root, width in roots(coefficients, shape):
            marks.append(root)
            if width:
                reach = AROUND if shape != SUMMIT else AROUND[1:-1]
                marks += [root + k * width for k in reach]
    return marks
