"""The statements a page makes; each returns a Claim."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, Literal

import numpy as np
import sympy as sp

from gantheory.balls import Ball, as_ball
from gantheory.estimates import Estimate
from gantheory.theorems import enclosed, implications, numeric, sequences, symbolic, writing
from gantheory.theorems.claims import Claim, Outcome, Refused
from gantheory.theorems.numeric import Relation
from gantheory.theorems.points import intervals
from gantheory.theorems.sides import Exact, as_balls, ball_of, estimated, exact, relative, side
from gantheory.theorems.symbolic import Where
from gantheory.verdicts import Verdict

TOLERANCE = 1e-9
NO_ERROR_BAR = (
    "neither side carries an error bar: compute one of them as an Estimate or a Ball, "
    "or write both exactly (int, Fraction, sp.Rational)"
)


def equal(
    text: str,
    lhs: Any,
    rhs: Any,
    *,
    label: str | None = None,
    tolerance: float = TOLERANCE,
    where: Where = None,
) -> Claim:
    """Claim lhs = rhs.

    Parameters
    ----------
    text:
        The sentence that is claimed.
    lhs, rhs:
        Estimates (beside one also floats, ints, Fractions, arrays, SymPy constants, and lists of exact
        numbers and SymPy constants for a batch), Balls (beside one also exact numbers and SymPy
        constants), or SymPy expressions (ints and Fractions too). Integrals, sums, limits and
        derivatives are given unevaluated. Strings, bools and SymPy Floats are refused.
    label:
        A slug; None lets the book number the claim.
    tolerance:
        How wide the error bars of the two sides together may be, relative to the larger side, in
        [0, 1). It excuses no difference that the bars exclude. SymPy claims have none.
    where:
        For SymPy sides, {symbol: (low, high)}: the claim is made for the open interval.

    Returns
    -------
    Claim
        proved, enclosed, holds, supported, failed, undecided or error.

    Notes
    -----
    With gap = |lhs - rhs| and bound the sum of both error bars, Estimates are equal (holds) iff
    gap <= bound <= tolerance, and different (failed) iff gap - bound > tolerance. An approximation is
    stated as `at_most` of the difference.

    Two Estimates confirm each other only if they share neither an integrator nor an integrand:
    one integrator that is wrong twice agrees with itself. They refute each other in any case,
    since honest error bars that lie apart exclude equality whoever made them. At least one side
    names its route. An Estimate that was typed, altered, or rests on a black box is supported at most,
    and so is a bare number in all the digits of a float, which may be the other side's own.

    SymPy sides that are one expression from the start are undecided, and so is what is true only where
    both sides are defined, until `where` leaves the other points out.
    """
    return _compared(text, label, "=", lhs, rhs, tolerance, where)


def at_most(
    text: str,
    lhs: Any,
    rhs: Any,
    *,
    label: str | None = None,
    tolerance: float = TOLERANCE,
    where: Where = None,
) -> Claim:
    """Claim lhs <= rhs; parameters as in `equal`.

    Notes
    -----
    An inequality that holds by a strict margin, lhs + errors < rhs, needs no second route: V(D)
    and V(D*) may come from one integrator and one integrand, since honest error bars alone decide
    it and an error common to both sides cancels rather than creates a margin. It fails if
    lhs - errors > rhs, by however little. A tie says "equal as far as can be seen": it is held to the
    rule of `equal` and needs two routes. An infinite upper side confirms only if an Estimate states it.

    SymPy margins are proved by their sign (a square, a sum of positive terms) or, in one symbol, by
    convexity and a point of zero slope where they are nonnegative. Where that proves nothing and `where`
    gives every symbol an interval with rational ends, balls that cover the closed intervals may show
    that the margin is positive for all values in them: the claim is enclosed. Integrals in it have
    finite ends then.
    """
    return _compared(text, label, "<=", lhs, rhs, tolerance, where)


def at_least(
    text: str,
    lhs: Any,
    rhs: Any,
    *,
    label: str | None = None,
    tolerance: float = TOLERANCE,
    where: Where = None,
) -> Claim:
    """Claim lhs >= rhs; everything as in `at_most`."""
    return _compared(text, label, ">=", lhs, rhs, tolerance, where)


def encloses(
    text: str, ball: Ball, number: Any, *, label: str | None = None, tolerance: float = TOLERANCE
) -> Claim:
    """Claim number ∈ ball, and radius <= tolerance · magnitude.

    Parameters
    ----------
    text, label:
        As in `equal`.
    ball:
        The enclosure.
    number:
        An int, a Fraction, a decimal string (taken exactly, so give more digits than the ball has),
        another Ball, or a SymPy constant that balls can evaluate.
    tolerance:
        How wide the ball may be; a ball that contains everything says nothing.
    """
    said = _said(writing.comparison, "contains", ball, number)
    return _claim(text, label, said, lambda: _encloses(ball, number, tolerance))


def increasing(
    text: str, values: Iterable[Any] | sp.Expr, *, label: str | None = None, where: Where = None
) -> Claim:
    """Claim values[0] < values[1] < ..., each step by more than the error bars.

    Parameters
    ----------
    text, label:
        As in `equal`.
    values:
        At least three Estimates or Balls (exact numbers may stand among them), or one batch. Or a SymPy
        expression f(x), for which `where` has the interval: its derivative is positive on all of it.
    where:
        {x: (low, high)} with rational ends, for an expression in x alone.

    Notes
    -----
    As in `at_most`, one integrator may have made them all, since each step is strict; there is no
    tolerance that a near-tie could use.
    """
    if isinstance(values, sp.Expr):
        said = _said(writing.monotone, values, where)
        return _claim(text, label, said, lambda: _increasing_on(values, where))
    kept = writing.as_sequence(values)
    return _claim(text, label, _said(writing.growth, kept), lambda: sequences.increasing(kept))


def converges(
    text: str,
    values: Iterable[Any],
    limit: Any,
    *,
    label: str | None = None,
    tolerance: float = TOLERANCE,
) -> Claim:
    """Claim that values[n] → limit: |values[n] − limit| shrinks and ends within the tolerance.

    Parameters
    ----------
    text, label:
        As in `equal`.
    values:
        At least three Estimates, or one batch; Balls count as Estimates.
    limit:
        A finite number, Estimate, Ball or SymPy constant. If it is an Estimate, it is reached by
        another route than the values.
    tolerance:
        For the last distance, relative to the largest of |values| and |limit|.

    Notes
    -----
    The second half of the values is nearer than the first was; not each step has to be. Failed is what
    moves away, or certainly settles elsewhere; a slow approach is undecided, never failed.
    """
    kept = writing.as_sequence(values)
    said = _said(writing.tendency, kept, limit)
    return _claim(text, label, said, lambda: sequences.converges(kept, limit, tolerance))


def rate(
    text: str,
    steps: Sequence[Any],
    errors: Iterable[Any],
    expected: float,
    *,
    label: str | None = None,
    tolerance: float = 0.05,
    kind: Literal["power", "geometric"] = "power",
) -> Claim:
    """Claim |errors| ~ C · steps**expected (power), or C · expected**steps (geometric).

    Parameters
    ----------
    text, label:
        As in `equal`.
    steps:
        At least three numbers, strictly monotone; positive for a power.
    errors:
        As many Estimates (or one batch), none of which may be zero within its error bar.
    expected:
        The exponent, or the ratio of two errors one step apart. Not zero; positive for a ratio.
    tolerance:
        Relative to `expected`.
    kind:
        Which of the two.

    Notes
    -----
    The number is the slope of log |error| between the last two steps. Its bound is twice the change from
    the slope before, and the error bars of both; the tolerance says how wide that may be.
    """
    said = _said(writing.scaling, steps, expected, kind)
    return _claim(
        text, label, said, lambda: sequences.rate(steps, errors, expected, tolerance, kind)
    )


def always(
    text: str, premise: Any, conclusion: Any, *, label: str | None = None, where: Where = None
) -> Claim:
    """Claim premise ⇒ conclusion, for all real values of the symbols.

    Parameters
    ----------
    text, label, where:
        As in `equal`; the ends of intervals are rational.
    premise, conclusion:
        SymPy's relations (<, <=, >, >=, sp.Eq, sp.Ne) between polynomials, or quotients of polynomials,
        with rational coefficients, and sp.And, sp.Or, sp.Not, sp.Implies and sp.Equivalent of such. The
        premise may be True. All symbols are declared real.

    Returns
    -------
    Claim
        decided, failed, undecided or error.

    Notes
    -----
    z3's nlsat looks for a point at which the premise holds and the conclusion does not, and finds one
    if there is one (Jovanović and de Moura, 2012). What it finds is believed after SymPy has evaluated
    both there, exactly. A premise that no point fulfils makes the claim vacuous, and it fails. What is
    undefined somewhere, as h < 1/g at g = 0, is undecided until the premise leaves these points out. A
    limit on z3's work, and one on its processor time, leave a claim undecided.
    """
    said = _said(writing.implication, "implies", premise, conclusion, where)
    return _claim(text, label, said, lambda: implications.always(premise, conclusion, where))


def iff(
    text: str, left: Any, right: Any, *, label: str | None = None, where: Where = None
) -> Claim:
    """Claim left ⇔ right, for all real values of the symbols; everything as in `always`.

    Notes
    -----
    iff(text, left, False) says that the left side never holds. If neither side holds anywhere, and
    neither is False, the claim says nothing, and fails.
    """
    said = _said(writing.implication, "iff", left, right, where)
    return _claim(text, label, said, lambda: implications.iff(left, right, where))


# --- dispatch -------------------------------------------------------------------------------------


def _claim(
    text: str, label: str | None, said: writing.Statement, outcome: Callable[[], Outcome]
) -> Claim:
    """Return the claim; what it says, both sides as they were given, goes with its evidence."""
    try:
        verdict, evidence = outcome()
    except Refused as refusal:
        verdict, evidence = Verdict.ERROR, {"reason": str(refusal)}
    return Claim(text, verdict, {"statement": said, **evidence}, label)


def _said(write: Callable[..., writing.Statement], *sides: Any) -> writing.Statement:
    """Return what a statement says; nothing for sides that cannot be written, which it refuses."""
    try:
        return write(*sides)
    except Exception:  # of anything that a page may give
        return {}


def _compared(
    text: str,
    label: str | None,
    relation: Relation,
    lhs: Any,
    rhs: Any,
    tolerance: float,
    where: Where,
) -> Claim:
    said = _said(writing.comparison, relation, lhs, rhs, where)
    return _claim(text, label, said, lambda: _relate(relation, lhs, rhs, tolerance, where))


def _relate(relation: Relation, lhs: Any, rhs: Any, tolerance: float, where: Where) -> Outcome:
    """Return the verdict by what the sides are; see `equal`."""
    allowed = relative(tolerance)
    left, right = side(lhs), side(rhs)
    if all(isinstance(x, (int, Fraction, sp.Expr)) for x in (left, right)):
        return _symbolic(relation, exact(left), exact(right), where)
    if where is not None:
        raise Refused("where= is for SymPy sides; give the numbers themselves here")
    if not any(isinstance(x, (Estimate, Ball)) for x in (left, right)):
        raise Refused(NO_ERROR_BAR)
    try:
        balls = as_balls(left, right)
    except enclosed.NoEnclosure:
        balls = None
    if balls is not None:
        return enclosed.compare(relation, *balls, allowed)
    return numeric.compare(relation, estimated(left), estimated(right), allowed)


def _symbolic(relation: Relation, lhs: sp.Expr, rhs: sp.Expr, where: Where) -> Outcome:
    if relation == "=":
        verdict, evidence = symbolic.identity(lhs, rhs, where)
    else:
        verdict, evidence = _ordered(*((lhs, rhs) if relation == "<=" else (rhs, lhs)), where)
    return verdict, {"relation": relation, "lhs": lhs, "rhs": rhs, **evidence}


def _increasing_on(f: sp.Expr, where: Where) -> Outcome:
    """Return whether f' > 0 on a closed interval, from balls that cover it."""
    domain = intervals(where)
    if f.free_symbols != set(domain) or len(domain) != 1:
        raise Refused(f"increasing({f}): write where={{x: (low, high)}} for the one symbol of f")
    symbolic.check(f, sp.S.Zero, domain)
    verdict, evidence = enclosed.everywhere(sp.diff(f, next(iter(domain))), (f,), domain)
    return verdict, {"relation": "increases", "lhs": f, **evidence}


def _ordered(low: sp.Expr, high: sp.Expr, where: Where) -> Outcome:
    """Return whether low <= high: by SymPy, or in balls, first where there are integrals.

    SymPy takes long for an integral that it cannot do, balls a tenth of a second.
    """
    domain, margin = intervals(where), high - low
    symbolic.check(low, high, domain)
    balls_first = margin.has(sp.Integral)
    in_balls = enclosed.everywhere(margin, (low, high), domain) if balls_first else None
    if in_balls is not None and in_balls[0] is not Verdict.UNDECIDED:
        return in_balls
    verdict, evidence = symbolic.inequality(low, high, where)
    if verdict is not Verdict.UNDECIDED or not where or low == high:
        return verdict, evidence
    verdict, found = in_balls or enclosed.everywhere(margin, (low, high), domain)
    reasons = "; in balls: ".join(e["reason"] for e in (evidence, found) if "reason" in e)
    return verdict, evidence | found | ({"reason": reasons} if verdict is Verdict.UNDECIDED else {})


def _encloses(ball: Ball, number_: Any, tolerance: float) -> Outcome:
    allowed = relative(tolerance)
    if not isinstance(ball, Ball):
        raise Refused(
            f"{ball!r} is not a Ball: give an enclosure, or state `equal` for an Estimate"
        )
    if isinstance(number_, str):
        try:
            return enclosed.encloses(ball, as_ball(number_), allowed)
        except (ValueError, ZeroDivisionError) as error:
            raise Refused(f"{number_!r} is not a decimal number: write digits") from error
    number_ = side(number_)
    if isinstance(number_, (Estimate, np.ndarray, Exact)):
        raise Refused(f"{number_!r} has an error bar of another kind: state `equal`")
    return enclosed.encloses(ball, ball_of(number_), allowed)
