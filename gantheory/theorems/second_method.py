"""A second number for an unevaluated integral, sum, limit or derivative, by other means than mpmath.

One numeric method that contradicts a statement proves nothing: it may have missed a peak, or continued a
divergent sum. What counts is what two methods say: balls (rigorous) on integrals that are finite or of
rational functions, all the terms of a finite sum, and for every form what SymPy makes of it, which is
another method than mpmath's. Two numbers that both leave out what lies far away are one method: an
integral to infinity that is cut off, or an infinite sum of which some terms are added, says nothing here
unless SymPy finds the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import sympy as sp

from gantheory.certified.finite import finite_integral
from gantheory.errors import NotCertifiable
from gantheory.theorems.definite_integrals import peeled
from gantheory.theorems.evaluate import key_of, number, outermost, summand, value_at
from gantheory.theorems.levels import FINE, EvaluationBudget, EvaluationPoint, Unusable, mp
from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.points import Point
from gantheory.theorems.reduction import done, largest_power
from gantheory.theorems.work import Stuck, bounded

BUDGET = 200_000
EVALUATIONS = 40_000  # of balls, for one integral
DIGITS = 20
CLOSE = mp.mpf(10) ** -6  # beyond, two numbers do not say the same
LARGEST_POWER = 16  # of a rational function that is moved to between finite ends
SHARE = mp.mpf(10) ** -2  # of a difference, that a number may be off and still confirm it

GAVE_UP = (  # what SymPy raises where it meets no rule for a form is of all these kinds
    *(Unusable, Stuck, NotCertifiable, ArithmeticError, ValueError, TypeError),
    *(AttributeError, RuntimeError, SystemError, LookupError, MemoryError),
)

Second = tuple[Any, Any]  # value and how far it may be off


def confirmed(lhs: sp.Expr, rhs: sp.Expr, point: Point, difference: Any) -> bool:
    """Whether a second method also finds that lhs - rhs is the difference given, and not 0."""
    with mp.workdps(FINE.digits):
        again = _again((lhs, rhs), point, SHARE * abs(difference))
        if again is None:
            return False
        (left, right), doubt = again
        if mp.isinf(left) or mp.isinf(right) or mp.isinf(difference):
            return bool(left - right == difference)
        return bool(abs(left - right - difference) <= SHARE * abs(difference) + 10 * doubt)


def departure(constant: sp.Expr, value: Any) -> Any:
    """Return how far a constant may be from the value, by a second method; inf if there is none."""
    with mp.workdps(FINE.digits):
        again = _again((constant,), {}, mp.inf)
        if again is None:
            return mp.inf
        (other,), doubt = again
        if mp.isinf(value) or mp.isinf(other):
            return mp.mpf(0) if value == other else mp.inf
        return abs(other - value) + 10 * doubt


def _again(
    sides: tuple[sp.Expr, ...], point: Point, allowed: Any
) -> tuple[tuple[Any, ...], Any] | None:
    """Return the sides by second methods that are off by no more than allowed, and their doubt."""
    meter = EvaluationBudget(BUDGET)
    env = {s: mp.mpf(int(v.p)) / int(v.q) for s, v in point.items()}
    place = EvaluationPoint(env, FINE, meter, value_at)
    doubt = mp.mpf(0)
    for node in {one for side in sides for one in outermost(side)}:
        found = _seconds(node, point, place, _first(node, place))
        value, error = next((one for one in found if one[1] <= allowed), (None, None))
        if value is None:
            return None
        doubt += error
        meter.done[key_of(node, env)] = value, abs(value)
    try:
        return tuple(number(side, env, FINE, meter) for side in sides), doubt
    except Unusable:
        return None


def _first(node: sp.Basic, place: EvaluationPoint) -> Any:
    try:
        return place.value(node)
    except Unusable:
        return mp.nan


def _seconds(node: sp.Basic, point: Point, place: EvaluationPoint, first: Any) -> Iterator[Second]:
    """Yield what other methods say, of those that say the same as the first number."""
    ways: list[Callable[[], Second]] = [partial(_by_sympy, node, point)]
    if isinstance(node, sp.Integral):
        ways.insert(0, partial(_by_balls, node, point))
    if isinstance(node, sp.Sum):
        ways.insert(0, partial(_by_terms, node, place))
    for way in ways:
        try:
            value, error = way()
        except GAVE_UP:
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
            closed = done(node).subs(point)
        else:
            closed = done(node.subs(point))
    if is_unevaluated(closed) or not closed.is_number:
        raise Unusable("SymPy does not evaluate it")
    return number(closed, {}, FINE, EvaluationBudget(BUDGET)), mp.mpf(0)


# --- all the terms --------------------------------------------------------------------------------


def _by_terms(node: sp.Sum, place: EvaluationPoint) -> Second:
    """Return a finite sum, term by term."""
    term, low, high = summand(node, place)
    if mp.isinf(low) or mp.isinf(high):
        raise Unusable("some terms of an infinite sum say nothing of the others")
    return mp.fsum(term(n) for n in range(int(low), int(high) + 1)), mp.mpf(0)


# --- balls ----------------------------------------------------------------------------------------


def _by_balls(node: sp.Integral, point: Point) -> Second:
    """Return an integral as a ball: between finite ends, or of a rational function."""
    body, x, low, high = peeled(node)
    if is_unevaluated(body):
        raise Unusable("an integral within an integral")
    body = body.subs({s: v for s, v in point.items() if s != x})
    body, ends = _between_finite_ends(body, x, low.subs(point), high.subs(point))
    ball = finite_integral(body, x, ends, digits=DIGITS, limit=EVALUATIONS)
    if not ball.is_finite:
        raise Unusable("no finite ball")
    return mp.mpf(ball.mid), mp.mpf(ball.rad)


def _between_finite_ends(
    body: sp.Expr, x: sp.Symbol, low: sp.Expr, high: sp.Expr
) -> tuple[sp.Expr, tuple[sp.Expr, sp.Expr]]:
    """Return integrand and ends of the same integral: ∫_a^∞ f = ∫_0^1 f(a + x/(1 - x))/(1 - x)² dx."""
    if low.is_finite and high.is_finite:
        return body, (low, high)
    if not body.is_rational_function(x) or largest_power(body) > LARGEST_POWER:
        raise Unusable("nothing bounds what lies beyond a cut")
    if high.is_finite:  # from -oo
        body, low, high = body.subs(x, -x), -high, -low
    if low.is_infinite:  # from -oo to oo
        body, low = body + body.subs(x, -x), sp.Integer(0)
    with bounded():
        moved = sp.cancel(body.subs(x, low + x / (1 - x)) / (1 - x) ** 2)
        return sp.factor(moved), (sp.Integer(0), sp.Integer(1))  # multiplied out, balls grow
