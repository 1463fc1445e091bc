"""Statements about balls: certain inequalities between enclosures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

import sympy as sp

from gantheory.balls import Ball, as_ball, precision
from gantheory.certified.boxes import cover
from gantheory.errors import NotCertifiable
from gantheory.estimates import split_route
from gantheory.theorems.claims import Evidence, Outcome, Refused
from gantheory.theorems.numeric import BY_HAND, DEGENERATE, Relation, routes
from gantheory.verdicts import Verdict

NO_ROUTE = (
    "neither ball rests on an integral: two constants say nothing of the theory; a ball that "
    "gantheory.certified computes would decide"
)


class NoEnclosure(Refused):
    """The constant is not a combination of functions that balls know."""


def constant(expression: sp.Expr) -> Ball:
    """Return the SymPy constant as a ball.

    Raises
    ------
    NoEnclosure
        If a function in it has no ball arithmetic here, or its value is not real and finite.
    """
    if expression.has(sp.Float):
        raise Refused(
            f"{expression} has a Float: write sp.Rational or Fraction for an exact number"
        )
    try:
        ball = as_ball(expression)
    except TypeError as error:
        raise NoEnclosure(str(error)) from error
    if not ball.arb.is_finite():
        raise NoEnclosure(f"{expression} has no finite real enclosure")
    return ball


def compare(relation: Relation, lhs: Ball, rhs: Ball, tolerance: float) -> Outcome:
    """Return the verdict on lhs = rhs, lhs <= rhs or lhs >= rhs, from certain inequalities alone.

    Equality is enclosed iff the balls overlap and no two of their points differ by more than the
    tolerance; an inequality iff it is certain, or the balls overlap and are as narrow.
    """
    difference = lhs - rhs if relation != ">=" else rhs - lhs
    allowed = _allowed(tolerance, lhs, rhs)
    evidence = _evidence(relation, lhs, rhs, lhs - rhs, allowed)
    if not (lhs.arb.is_finite() and rhs.arb.is_finite()):
        return _not_finite(lhs, rhs, evidence)
    with precision(max(lhs.digits, rhs.digits)):
        low, high = difference.arb.lower(), difference.arb.upper()
        if relation == "=":
            high, low = difference.arb.abs_upper(), difference.arb.abs_lower()
        differ, wrong = bool(low > 0), bool(low > (allowed.arb if relation == "=" else 0))
        certain, narrow = bool(high <= 0), bool(difference.arb.abs_upper() <= allowed.arb)
        strictly = relation != "=" and bool(high < 0)
    if wrong:
        return failed(evidence)
    if lhs.arb.is_zero() and rhs.arb.is_zero():
        return undecided(evidence, DEGENERATE)
    if differ:
        return undecided(
            evidence,
            "the sides certainly differ, by less than the tolerance, which excuses wide balls and not a "
            "difference; `at_most` of the difference, which states an approximation, would decide",
        )
    if not (narrow or (relation != "=" and certain)):
        return undecided(
            evidence,
            f"the radii {lhs.rad:.1e} and {rhs.rad:.1e} exceed the tolerance {float(allowed):.1e}; "
            "more digits would decide",
        )
    return _confirmed((lhs, rhs), None if strictly else same_enclosure(lhs, rhs), evidence)


def _confirmed(balls: Sequence[Ball], objection: str | None, evidence: Evidence) -> Outcome:
    """Return enclosed, unless the balls cannot vouch for it."""
    if not any(ball.route and ball.rests for ball in balls):
        return undecided(evidence, NO_ROUTE)
    if objection is not None:
        return undecided(evidence, objection)
    if not evidence["declared"]:
        evidence["reason"] = BY_HAND
        return Verdict.SUPPORTED, evidence
    return Verdict.ENCLOSED, evidence


def encloses(ball: Ball, number: Ball, tolerance: float) -> Outcome:
    """Return whether the ball contains the number, and is no wider than the tolerance."""
    allowed = _allowed(tolerance, ball, number)
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
            f"the radius {ball.rad:.1e} exceeds the tolerance {float(allowed):.1e}, and a wide ball "
            "contains much; more digits would decide",
        )
    return _confirmed((ball, number), same_enclosure(ball, number), evidence)


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
    verdict, evidence = worst
    evidence |= {"relation": "increasing", "values": list(balls)}
    evidence["declared"] = all(ball.confirms for ball in balls)
    return _confirmed(balls, None, evidence) if verdict is Verdict.ENCLOSED else worst


def everywhere(
    margin: sp.Expr,
    made_from: Sequence[sp.Expr],
    domain: Mapping[sp.Symbol, tuple[sp.Expr, sp.Expr]],
) -> Outcome:
    """Return whether margin > 0 on a whole closed box, where all that it was made from is defined."""
    evidence: Evidence = {"margin": margin}
    free = set().union(*(x.free_symbols for x in made_from))
    if not margin.free_symbols or not all(
        end.is_Rational for s in free for end in domain.get(s, (sp.nan,))
    ):
        return undecided(evidence, "balls need an interval with rational ends for each symbol")
    try:
        box = {s: domain[s] for s in sorted(free, key=lambda symbol: symbol.name)}
        found = cover(margin, box, made_from)
    except NotCertifiable as refusal:
        return undecided(evidence, str(refusal))
    evidence["balls"] = found.balls
    if found.negative is not None:
        evidence["counterexample"] = {s.name: x for s, x in found.negative.items()}
        return Verdict.FAILED, evidence
    if found.least is None:
        return undecided(
            evidence, f"{found.balls} balls do not settle the sign; a smaller interval would decide"
        )
    return Verdict.ENCLOSED, evidence | {"least": Ball(found.least, digits=15)}


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
        "declared": lhs.confirms and rhs.confirms,
    }


def _allowed(tolerance: float, lhs: Ball, rhs: Ball) -> Ball:
    """Return the tolerance times the larger of the two values; nothing if that is not finite."""
    size = max(lhs.size, rhs.size)
    return as_ball(Fraction(tolerance) * Fraction(size) if size < float("inf") else 0)
