"""Statements about balls: certain inequalities between enclosures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sympy as sp

from gantheory.balls import Ball, as_ball, precision
from gantheory.estimates import split_route
from gantheory.theorems.claims import Evidence, Outcome, Refused
from gantheory.theorems.numeric import DEGENERATE, Relation, routes
from gantheory.verdicts import Verdict

CONSTANT_DIGITS = 60

CONSTANTS: dict[Any, str] = {
    sp.pi: "pi",
    sp.E: "const_e",
    sp.EulerGamma: "const_euler",
    sp.Catalan: "const_catalan",
}

FUNCTIONS: dict[Any, str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "asin",
    sp.acos: "acos",
    sp.atan: "atan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.asinh: "asinh",
    sp.acosh: "acosh",
    sp.atanh: "atanh",
    sp.erf: "erf",
    sp.erfc: "erfc",
    sp.gamma: "gamma",
    sp.loggamma: "lgamma",
    sp.digamma: "digamma",
    sp.Ei: "ei",
    sp.Abs: "__abs__",
}


class NoEnclosure(Refused):
    """The constant is no combination of functions that balls know."""


def constant(expression: sp.Expr, digits: int = CONSTANT_DIGITS) -> Ball:
    """Return the SymPy constant as a ball.

    Raises
    ------
    NoEnclosure
        If a function in it has no ball arithmetic here, or its value is not real and finite.
    """
    with precision(digits):
        arb = _arb(sp.sympify(expression))
    if not arb.is_finite():
        raise NoEnclosure(f"{expression} has no finite real enclosure")
    return Ball(arb, digits=digits)


def compare(relation: Relation, lhs: Ball, rhs: Ball, tolerance: float) -> Outcome:
    """Return the verdict on lhs = rhs, lhs <= rhs or lhs >= rhs, from certain inequalities alone.

    Equality is enclosed iff the balls overlap and no two of their points differ by more than the
    tolerance; an inequality iff it holds up to the tolerance and is not certainly wrong.
    """
    difference = lhs - rhs if relation != ">=" else rhs - lhs
    allowed = as_ball(Fraction(tolerance)) * _exactly(max(lhs.magnitude, rhs.magnitude))
    evidence = _evidence(relation, lhs, rhs, lhs - rhs, allowed)
    if not (lhs.arb.is_finite() and rhs.arb.is_finite()):
        return _not_finite(lhs, rhs, evidence)
    with precision(max(lhs.digits, rhs.digits)):
        low, high = difference.arb.lower(), difference.arb.upper()
        if relation == "=":
            high, low = difference.arb.abs_upper(), difference.arb.abs_lower()
        within, beyond = bool(high <= allowed.arb), bool(low > allowed.arb)
        certainly_off = bool(low > 0)
    if beyond:
        return failed(evidence)
    if lhs.arb.is_zero() and rhs.arb.is_zero():
        return undecided(evidence, DEGENERATE)
    if certainly_off:
        return undecided(
            evidence,
            "the sides certainly differ, by less than the tolerance; a smaller tolerance "
            "would decide",
        )
    if not within:
        return undecided(
            evidence,
            f"the radii {lhs.rad:.1e} and {rhs.rad:.1e} exceed the tolerance {float(allowed):.1e}; "
            "more digits would decide",
        )
    strictly = relation != "=" and bool(high < 0)
    same = None if strictly else same_enclosure(lhs, rhs)
    return undecided(evidence, same) if same else (Verdict.ENCLOSED, evidence)


def encloses(ball: Ball, number: Ball, tolerance: float) -> Outcome:
    """Return whether the ball contains the number, and is no wider than the tolerance."""
    allowed = as_ball(Fraction(tolerance)) * _exactly(max(ball.magnitude, number.magnitude))
    evidence = _evidence("contains", ball, number, ball - number, allowed)
    if not (ball.arb.is_finite() and number.arb.is_finite()):
        return _not_finite(ball, number, evidence)
    if not ball.overlaps(number):
        return failed(evidence)
    if ball.arb.is_zero() and number.arb.is_zero():
        return undecided(evidence, DEGENERATE)
    if not ball.contains(number):
        return undecided(
            evidence,
            "the number is itself a ball that only overlaps; more digits of it would decide",
        )
    with precision(ball.digits):
        narrow = bool(ball.arb.rad() <= allowed.arb)
    if not narrow:
        return undecided(
            evidence,
            f"the radius {ball.rad:.1e} exceeds the tolerance {float(allowed):.1e}, and a "
            f"wide ball "
            "contains much; more digits would decide",
        )
    same = same_enclosure(ball, number)
    return undecided(evidence, same) if same else (Verdict.ENCLOSED, evidence)


def ascent(balls: Sequence[Ball]) -> Outcome:
    """Return whether each ball lies certainly above the one before."""
    worst: tuple[Verdict, Evidence] | None = None
    for step, (first, second) in enumerate(pairwise(balls)):
        rise = second - first
        evidence: Evidence = {"step": [step, step + 1], "lhs": first, "rhs": second}
        evidence["difference"] = rise
        if not rise.arb.is_finite():
            outcome = _not_finite(first, second, evidence)
        elif rise.arb.upper() <= 0:
            outcome = failed(evidence)
        elif rise.arb.lower() > 0:
            outcome = Verdict.ENCLOSED, evidence
        else:
            outcome = undecided(evidence, "two neighbours overlap; more digits would decide")
        order = (Verdict.ENCLOSED, Verdict.UNDECIDED, Verdict.FAILED, Verdict.ERROR)
        if worst is None or order.index(outcome[0]) > order.index(worst[0]):
            worst = outcome
    if worst is None:
        raise Refused("no steps to compare")
    return worst


def failed(evidence: Evidence) -> Outcome:
    """Return failed, with the two sides as the counterexample."""
    keys = ("step", "lhs", "rhs", "difference")
    evidence["counterexample"] = {key: evidence[key] for key in keys if key in evidence}
    return Verdict.FAILED, evidence


def undecided(evidence: Evidence, reason: str) -> Outcome:
    """Return undecided, with what would decide it."""
    evidence["reason"] = reason
    return Verdict.UNDECIDED, evidence


def same_enclosure(lhs: Ball, rhs: Ball) -> str | None:
    """Return why the two balls are one, None if they are two: one integrand is one formula."""
    integrands = split_route(lhs.route)[1] & split_route(rhs.route)[1]
    if lhs is rhs:
        return "both sides are the very same ball; a second route would decide"
    if integrands:
        names = ", ".join(map(repr, sorted(integrands)))
        return f"both sides rest on the integrand {names}; a second integrand would decide"
    return None


def _not_finite(lhs: Ball, rhs: Ball, evidence: Evidence) -> Outcome:
    if lhs.arb.is_nan() or rhs.arb.is_nan():
        evidence["reason"] = "a ball is not a number"
        return Verdict.ERROR, evidence
    return undecided(evidence, "a ball is not finite; an enclosure of finite radius would decide")


def _evidence(relation: str, lhs: Ball, rhs: Ball, difference: Ball, allowed: Ball) -> Evidence:
    return {
        "relation": relation,
        "lhs": lhs,
        "rhs": rhs,
        "difference": difference,
        "tolerance": float(allowed),
        "routes": {"lhs": routes(lhs.route), "rhs": routes(rhs.route)},
    }


def _exactly(magnitude: float) -> Ball:
    """Return a float's exact binary value; a magnitude that is not finite allows nothing."""
    return as_ball(Fraction(magnitude) if magnitude < float("inf") else 0)


def _arb(expression: sp.Expr) -> Any:
    """Return the ball of a constant, node by node."""
    if isinstance(expression, sp.Float):
        raise Refused(f"{expression} is a Float: write sp.Rational or Fraction for an exact number")
    if isinstance(expression, sp.Rational):
        return as_ball(Fraction(int(expression.p), int(expression.q))).arb
    if expression in CONSTANTS:
        return getattr(as_ball(1).arb, CONSTANTS[expression])()
    arguments = [_arb(argument) for argument in expression.args]
    if isinstance(expression, sp.Add):
        return _fold(lambda a, b: a + b, arguments)
    if isinstance(expression, sp.Mul):
        return _fold(lambda a, b: a * b, arguments)
    if isinstance(expression, sp.Pow):
        return arguments[0].sqrt() if expression.exp == sp.S.Half else arguments[0] ** arguments[1]
    name = FUNCTIONS.get(expression.func)
    if name is None or len(arguments) != 1:
        raise NoEnclosure(f"{expression} has no ball arithmetic here; give an Estimate or a Ball")
    return getattr(arguments[0], name)()


def _fold(operation: Callable[[Any, Any], Any], arguments: list[Any]) -> Any:
    result = arguments[0]
    for argument in arguments[1:]:
        result = operation(result, argument)
    return result
