"""What the sides of a statement are, and what they count as."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from gantheory.balls import Ball, as_ball
from gantheory.estimates import HALF_ULP, Estimate, as_estimate, route
from gantheory.theorems import enclosed
from gantheory.theorems.claims import Refused
from gantheory.theorems.evaluate import COARSE, FINE, Meter, Unusable, mp, number
from gantheory.theorems.numeric import Side
from gantheory.theorems.places import is_unevaluated

CONSTANT_BUDGET = 200_000


def side(x: Any) -> Any:
    """Return one side, numpy's integers as ints, refusing what is no number."""
    if isinstance(x, (np.integer, np.floating)):
        return x.item()
    if isinstance(x, (bool, np.bool_, sp.logic.boolalg.BooleanAtom)):
        raise Refused(f"{x!r} is true or false, no number: give the two sides of the equation")
    if isinstance(x, (sp.Rel, sp.logic.boolalg.BooleanFunction)):
        raise Refused(f"{x} is a relation: give its two sides, each for itself")
    if isinstance(x, str):
        raise Refused(f"{x!r} is a string, and strings are never evaluated: give the expression")
    if isinstance(x, np.ndarray) and x.dtype.kind not in "iuf":
        raise Refused(f"an array of {x.dtype}: give real numbers")
    if not isinstance(x, (int, float, Fraction, np.ndarray, Estimate, Ball, sp.Expr)):
        raise Refused(
            f"{type(x).__name__} is no side of a claim: give an Estimate, a Ball, a number "
            "or one SymPy expression (a matrix entry by entry)"
        )
    return x


def exact(x: int | Fraction | sp.Expr) -> sp.Expr:
    """Return an exact number or an expression as a SymPy expression."""
    if isinstance(x, Fraction):
        return sp.Rational(x.numerator, x.denominator)
    return sp.Integer(x) if isinstance(x, int) else x


def relative(tolerance: Any) -> float:
    """Return the relative tolerance as a float, refusing what is not in [0, 1)."""
    number_ = not isinstance(tolerance, bool) and isinstance(
        tolerance, (int, float, Fraction, np.integer, np.floating)
    )
    if not number_ or not 0 <= float(tolerance) < 1:
        raise Refused(
            f"tolerance={tolerance!r}: it is relative; give a number in [0, 1), such as 1e-9"
        )
    return float(tolerance)


def as_balls(lhs: Any, rhs: Any) -> tuple[Ball, Ball] | None:
    """Return both sides as balls, None if one is an Estimate."""
    if any(isinstance(x, (Estimate, np.ndarray)) for x in (lhs, rhs)):
        return None
    return ball_of(lhs), ball_of(rhs)


def ball_of(x: Any) -> Ball:
    """Return an exact number or constant as a Ball; a float is refused."""
    if isinstance(x, Ball):
        return x
    if isinstance(x, float):
        raise Refused(f"{x!r} beside a Ball: write an int, a Fraction or a SymPy constant")
    if isinstance(x, sp.Expr):
        _constant_only(x)
        return enclosed.constant(x)
    return as_ball(x)


def _constant_only(x: sp.Expr) -> None:
    if x.free_symbols:
        raise Refused(f"{x} has free symbols: substitute numbers before comparing with a number")
    if x.has(sp.Float):
        raise Refused(f"{x} contains a Float: write sp.Rational, an int or a Fraction")


def estimated(x: Any) -> Side:
    """Return one side as an Estimate, and whether the author gave it as one."""
    if isinstance(x, Estimate):
        return Side(x, given=True)
    if isinstance(x, Ball):
        if not x.arb.is_finite():
            raise Refused(f"{x} is not finite: give a ball of finite radius")
        return Side(x.estimate(), given=True)
    if isinstance(x, sp.Expr):
        return Side(evaluated(x), given=False)
    return Side(as_estimate(x), given=False)


def evaluated(x: sp.Expr) -> Estimate:
    """Return a SymPy constant in float64: right to half a unit in the last place.

    An unevaluated integral, sum or limit is worked out by mpmath twice, and names that as its
    route.
    """
    _constant_only(x)
    values = []
    for level in (COARSE, FINE):
        with mp.workdps(level.digits):
            try:
                values.append(number(x, {}, level, Meter(CONSTANT_BUDGET)))
            except Unusable as reason:
                raise Refused(f"{x} cannot be evaluated: {reason}; give an Estimate") from reason
    first, second = values
    if mp.im(second):
        raise Refused(f"{x} is not real: give a real number")
    if mp.isinf(second):
        return as_estimate(float(second))
    value = float(second)
    error = HALF_ULP * abs(value) + 2 * float(abs(second - first))
    if not is_unevaluated(x):
        return Estimate(value, error, kind="exact")
    return Estimate(value, error, kind="estimated", route=route("mpmath", str(x)))
