"""What the sides of a statement are, and what they count as."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp
from sympy.core.function import AppliedUndef

from gantheory.balls import Ball, as_ball
from gantheory.calls import constant
from gantheory.estimates import Estimate, Kind, as_estimate, route
from gantheory.resting import may_be_copied
from gantheory.rounding import HALF_ULP
from gantheory.theorems import enclosed
from gantheory.theorems.claims import Refused, text_of
from gantheory.theorems.evaluate import number
from gantheory.theorems.levels import COARSE, FINE, EvaluationBudget, Unusable, mp
from gantheory.theorems.numeric import Side
from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.second_method import departure

CONSTANT_BUDGET = 200_000


@dataclass(frozen=True)
class Exact:
    """A batch of exact numbers and SymPy constants: what they are in float64."""

    estimate: Estimate
    copied: bool = False


def side(x: Any) -> Any:
    """Return one side, numpy's integers as ints, refusing what is not a number."""
    if isinstance(x, (np.integer, np.floating)):
        return x.item()
    if isinstance(x, (bool, np.bool_, sp.logic.boolalg.BooleanAtom)):
        raise Refused(f"{x!r} is true or false, not a number: give the two sides of the equation")
    if isinstance(x, (sp.Rel, sp.logic.boolalg.BooleanFunction)):
        raise Refused(f"{x} is a relation: give its two sides, each for itself")
    if isinstance(x, str):
        raise Refused(f"{x!r} is a string, and strings are never evaluated: give the expression")
    if isinstance(x, (list, tuple)):
        return _batch(x)
    if isinstance(x, np.ndarray) and x.dtype.kind not in "iuf":
        raise Refused(f"an array of {x.dtype}: give real numbers")
    if not isinstance(x, (int, float, Fraction, np.ndarray, Estimate, Ball, sp.Expr)):
        raise Refused(
            f"{type(x).__name__} is not a side of a claim: give an Estimate, a Ball, a number "
            "or one SymPy expression (a matrix entry by entry)"
        )
    if isinstance(x, sp.Expr):
        require_sympys(x)
    return x


def require_sympys(x: sp.Basic) -> None:
    """Refuse parts of a page's own class, which print and evaluate as the page likes."""
    for part in sp.preorder_traversal(x):
        cls = type(part)
        home = cls.__module__ or ""
        known = getattr(sys.modules.get(home), cls.__name__, None) is cls
        if not ((known and home.startswith("sympy.")) or isinstance(part, AppliedUndef)):
            raise Refused(
                f"{cls.__name__} is a class that SymPy does not have: write the expression with "
                "SymPy's own"
            )


def _batch(members: list[Any] | tuple[Any, ...]) -> Exact:
    """Return a list of exact numbers and SymPy constants, the closed forms of a batch."""
    found = []
    for member in members:
        one = side(member)
        if isinstance(one, bool) or not isinstance(one, (int, Fraction, sp.Expr)):
            raise Refused(
                f"{member!r} in a list: a list holds the closed forms of a batch, ints, Fractions or "
                "SymPy constants; give numbers with error bars as one Estimate"
            )
        found.append(evaluated(one) if isinstance(one, sp.Expr) else as_estimate(one))
    if not found:
        raise Refused("an empty list: give at least one number")
    values, errors = ([float(getattr(e, name)) for e in found] for name in ("value", "error"))
    made_by = frozenset().union(*(e.route for e in found))
    kind: Kind = "estimated" if made_by else "exact"
    declared = all(e.declared for e in found)
    batch = Estimate(np.array(values), np.array(errors), kind, made_by, declared=declared)
    return Exact(batch, copied=may_be_copied(list(members)))


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
    """Return both sides as balls, None if one is an Estimate or a float."""
    if any(isinstance(x, (Estimate, np.ndarray, float, Exact)) for x in (lhs, rhs)):
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
    """Return one side as an Estimate, with what the author gave it as."""
    if isinstance(x, Estimate):
        return Side(x, given=True, copied=x.copied)
    if isinstance(x, Ball):
        if not x.arb.is_finite():
            raise Refused(f"{x} is not finite: give a ball of finite radius")
        return Side(x.estimate(), given=True, copied=x.copied)
    if isinstance(x, Exact):
        return Side(x.estimate, given=False, copied=x.copied)
    copied = may_be_copied(x)
    return Side(evaluated(x) if isinstance(x, sp.Expr) else as_estimate(x), False, copied)


def evaluated(x: sp.Expr) -> Estimate:
    """Return a SymPy constant in float64: right to half a unit in the last place.

    An unevaluated integral, sum or limit is worked out by mpmath twice, and names that as its
    route; unless a second method says the same, its error is infinite: nothing bounds it.
    """
    _constant_only(x)
    values = []
    for level in (COARSE, FINE):
        with mp.workdps(level.digits):
            try:
                values.append(number(x, {}, level, EvaluationBudget(CONSTANT_BUDGET)))
            except Unusable as reason:
                raise Refused(f"{x} cannot be evaluated: {reason}; give an Estimate") from reason
    first, second = values
    if mp.im(second):
        raise Refused(f"{x} is not real: give a real number")
    doubt = float(departure(x, second)) if is_unevaluated(x) else 0.0
    if mp.isinf(second) and doubt == 0:
        return as_estimate(float(second))
    value = float(second)
    drift = 0.0 if first == second else 2 * float(abs(second - first))
    error = HALF_ULP * abs(value) + drift + doubt
    if not is_unevaluated(x):
        return Estimate(value, error, kind="exact", call=constant(x))
    made_by = route("mpmath", text_of(x))
    declared = doubt < math.inf
    return Estimate(value, error, route=made_by, declared=declared, call=constant(x))
