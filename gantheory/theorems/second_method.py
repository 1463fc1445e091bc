"""A second number for an unevaluated integral, sum, limit or derivative, by other means than mpmath.

One numeric method that contradicts a statement proves nothing: it may have missed a peak, or continued a
divergent sum. What counts is what two methods say: balls on finite integrals (rigorous), all terms of
finite sums, and for all of them what SymPy makes of the form, which is another method than mpmath's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import sympy as sp

from gantheory.balls import Ball
from gantheory.certified.finite import finite_integral
from gantheory.errors import NotCertifiable
from gantheory.theorems.definite_integrals import peeled
from gantheory.theorems.evaluate import key_of, number, outermost, summand, value_at
from gantheory.theorems.levels import FINE, Meter, Place, Unusable, mp
from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.points import Point
from gantheory.theorems.work import Stuck, bounded

BUDGET = 200_000
EVALUATIONS = 40_000  # of balls, for one integral
DIGITS = 20
FAR = (10**8, 10**16)  # where an infinite integral is cut off
CLOSE = mp.mpf(10) ** -6  # beyond, two numbers do not say the same
SHARE = mp.mpf(10) ** -2  # of a difference, that a number may be off and still confirm it

Second = tuple[Any, Any]  # value and how far it may be off


def confirmed(lhs: sp.Expr, rhs: sp.Expr, point: Point, difference: Any) -> bool:
    """Whether a second method also finds that lhs - rhs is the difference given, and not 0."""
    meter = Meter(BUDGET)
    with mp.workdps(FINE.digits):
        env = {s: mp.mpf(int(v.p)) / int(v.q) for s, v in point.items()}
        place = Place(env, FINE, meter, value_at)
        doubt = mp.mpf(0)
        for node in {*outermost(lhs), *outermost(rhs)}:
            found = _seconds(node, point, place, _first(node, place))
            sharp = (one for one in found if one[1] <= SHARE * abs(difference))
            value, error = next(sharp, (None, None))
            if value is None:
                return False
            doubt += error
            meter.done[key_of(node, env)] = value, abs(value)
        try:
            left, right = (number(side, env, FINE, meter) for side in (lhs, rhs))
        except Unusable:
            return False
        if mp.isinf(left) or mp.isinf(right) or mp.isinf(difference):
            return bool(left != right)
        return bool(abs(left - right - difference) <= SHARE * abs(difference) + 10 * doubt)


def is_confirmed(constant: sp.Expr) -> bool:
    """Whether a second method gives every integral, sum and limit in a constant the same value."""
    with mp.workdps(FINE.digits):
        place = Place({}, FINE, Meter(BUDGET), value_at)
        return all(
            next(_seconds(node, {}, place, _first(node, place)), None) is not None
            for node in outermost(constant)
        )


def _first(node: sp.Basic, place: Place) -> Any:
    try:
        return place.value(node)
    except Unusable:
        return mp.nan


def _seconds(node: sp.Basic, point: Point, place: Place, first: Any) -> Iterator[Second]:
    """Yield what other methods say, of those that say the same as the first number."""
    ways: list[Callable[[], Second]] = [partial(_by_sympy, node, point)]
    if isinstance(node, sp.Integral):
        ways.insert(0, partial(_by_balls, node, point))
    if isinstance(node, sp.Sum):
        ways.insert(0, partial(_by_terms, node, place))
    for way in ways:
        try:
            value, error = way()
        except (Unusable, Stuck, NotCertifiable, ArithmeticError, ValueError, TypeError):
            continue
        except (NotImplementedError, AttributeError, RecursionError, SystemError, KeyError):
            continue
        except MemoryError:
            continue
        if _say_the_same(value, error, first):
            yield value, error


def _say_the_same(value: Any, error: Any, first: Any) -> bool:
    """Whether two numbers agree: finite ones nearly, infinite ones exactly, and nothing with nan."""
    if mp.isfinite(value) and mp.isfinite(first) and mp.isfinite(error):
        return bool(abs(value - first) <= error + CLOSE * abs(first))
    return bool(value == first)


# --- SymPy ----------------------------------------------------------------------------------------


def _by_sympy(node: sp.Basic, point: Point) -> Second:
    """Return what SymPy evaluates the form to, in digits."""
    with bounded():
        if isinstance(node, (sp.Derivative, sp.Subs)):
            closed = node.doit().subs(point)
        else:
            closed = node.subs(point).doit()
    if is_unevaluated(closed) or not closed.is_number:
        raise Unusable("SymPy does not evaluate it")
    return number(closed, {}, FINE, Meter(BUDGET)), mp.mpf(0)


# --- all terms ------------------------------------------------------------------------------------


def _by_terms(node: sp.Sum, place: Place) -> Second:
    """Return a finite sum, all its terms added."""
    term, low, high = summand(node, place)
    if mp.isinf(low):
        raise Unusable("a sum from -oo")
    if mp.isinf(high):
        raise Unusable("blocks that leave out what lies far away are the first method once more")
    return mp.fsum(term(n) for n in range(int(low), int(high) + 1)), mp.mpf(0)


# --- balls ----------------------------------------------------------------------------------------


def _by_balls(node: sp.Integral, point: Point) -> Second:
    """Return a finite integral as a ball; an infinite one cut off ever further out, if that settles."""
    body, x, low, high = peeled(node)
    if is_unevaluated(body):
        raise Unusable("an integral within an integral")
    body = body.subs({s: v for s, v in point.items() if s != x})
    low, high = (end.subs(point) for end in (low, high))
    if low.is_finite and high.is_finite:
        return _settled([_ball(body, x, low, high)])
    cut = [(sp.Max(low, -far), sp.Min(high, far)) for far in map(sp.Integer, FAR)]
    return _settled([_ball(body, x, *ends) for ends in cut])


def _ball(body: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr) -> Ball:
    return finite_integral(body, x, (low, high), digits=DIGITS, limit=EVALUATIONS)


def _settled(balls: list[Ball]) -> Second:
    values = [_middle(ball) for ball in balls]
    return values[-1], mp.mpf(balls[-1].rad) + sum(abs(values[-1] - value) for value in values[:-1])


def _middle(ball: Ball) -> Any:
    if not ball.is_finite:
        raise Unusable("no finite ball")
    return mp.mpf(ball.mid)
