"""Statements about sequences: growth, convergence, rates."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import sympy as sp

from gantheory.balls import Ball
from gantheory.estimates import Estimate
from gantheory.theorems import enclosed, numeric
from gantheory.theorems.claims import Evidence, Outcome, Refused
from gantheory.theorems.sides import ball_of, estimated, evaluated, relative, side
from gantheory.verdicts import Verdict, decide

FEWEST = 3


def _sequence(values: Any) -> list[Any]:
    """Return the members of a sequence, or of a one-dimensional batch."""
    if isinstance(values, Estimate):
        if len(values.shape) != 1:
            raise Refused(
                f"values of shape {values.shape}: give a sequence or a batch of shape (n,)"
            )
        return [values[i] for i in range(values.shape[0])]
    if isinstance(values, (str, Ball, sp.Basic)) or not isinstance(values, Iterable):
        raise Refused(f"{values!r} is no sequence: give at least {FEWEST} Estimates or Balls")
    members = [side(value) for value in values]
    if any(isinstance(member, np.ndarray) for member in members):
        raise Refused("arrays inside a sequence: give single numbers")
    if not any(isinstance(member, (Estimate, Ball)) for member in members):
        raise Refused("no value carries an error bar: give Estimates or Balls")
    return members


def _long_enough(members: Sequence[Any]) -> None:
    if len(members) < FEWEST:
        raise Refused(f"{len(members)} values: give at least {FEWEST}")


def increasing(values: Any) -> Outcome:
    """Return the verdict on strict growth."""
    members = _sequence(values)
    _long_enough(members)
    if not any(isinstance(member, (Estimate, float)) for member in members):
        try:
            return enclosed.ascent([ball_of(member) for member in members])
        except enclosed.NoEnclosure:
            pass
    return numeric.ascent(_singles(members))


def _singles(members: Iterable[Any]) -> list[Estimate]:
    return numeric.scalars(estimated(member).estimate for member in members)


def converges(values: Any, limit: Any, tolerance: float) -> Outcome:
    """Return the verdict on distances that fall and end within the tolerance."""
    allowed = relative(tolerance)
    estimates = _singles(_sequence(values))
    _long_enough(estimates)
    target = estimated(side(limit))
    _single(target.estimate, "limit")
    if not all(math.isfinite(float(e.value)) for e in (*estimates, target.estimate)):
        raise Refused(
            "a value or the limit is not finite: state `increasing` for growth without end"
        )
    distances = [abs(estimate - target.estimate) for estimate in estimates]
    if all(float(distance.value) == 0 for distance in distances):
        return Verdict.UNDECIDED, {
            "reason": "degenerate evidence: the values never move; "
            "a sequence that starts away from the limit would decide"
        }
    verdict, fall = numeric.ascent(distances, down=True)
    largest = max(float(e.magnitude) for e in (*estimates, target.estimate))
    last = distances[-1]
    within = decide(float(last.value), float(last.error), allowed * largest)
    evidence: Evidence = {
        "limit": target.estimate,
        "distances": distances,
        "tolerance": allowed * largest,
        **fall,
    }
    if within is Verdict.FAILED and verdict is not Verdict.ERROR and np.all(last.converged):
        evidence |= {"lhs": estimates[-1], "rhs": target.estimate, "difference": last}
        return numeric.finish(Verdict.FAILED, None, evidence)
    if verdict not in (Verdict.HOLDS, Verdict.SUPPORTED):
        return verdict, evidence
    if within is not Verdict.HOLDS:
        reason = (
            f"the last distance {last} is not within the tolerance {allowed * largest:.1e} "
            f"for certain; "
            "more terms or finer integrals would decide"
        )
        return numeric.finish(Verdict.UNDECIDED, reason, evidence)
    common = [numeric.shared(estimate, target.estimate) for estimate in estimates]
    met = next((names for names in common if names), None)
    if met is not None:
        reason = (
            f"the values and the limit rest on {met}; a second route for the limit would decide"
        )
        return numeric.finish(Verdict.UNDECIDED, reason, evidence)
    return verdict, evidence


def _single(estimate: Estimate, name: str) -> None:
    if estimate.shape:
        raise Refused(f"{name} of shape {estimate.shape}: give a single number")


def rate(steps: Sequence[Any], errors: Any, expected: Any, tolerance: float, kind: str) -> Outcome:
    """Return the verdict on the slope of log |error|."""
    allowed = relative(tolerance)
    estimates = _singles(_sequence(errors))
    _long_enough(estimates)
    abscissae = _abscissae(steps, kind, len(estimates))
    goal = _expected(expected, kind)
    if not all(math.isfinite(float(e.value)) for e in estimates):
        raise Refused("an error is not finite: give the errors where they are")
    evidence: Evidence = {"kind": kind, "expected": goal, "errors": estimates}
    evidence["routes"] = sorted({pair for e in estimates for pair in e.route})
    unfit = _unfit(estimates, evidence["routes"])
    if unfit is not None:
        return numeric.finish(Verdict.UNDECIDED, unfit, evidence)
    fitted, bound = _slope(abscissae, estimates)
    if kind == "geometric":
        fitted, bound = math.exp(fitted), math.exp(fitted) * math.expm1(bound)
    gap = abs(fitted - goal)
    evidence |= {"lhs": fitted, "rhs": goal, "difference": fitted - goal}
    evidence |= {"bound": bound, "tolerance": allowed * abs(goal)}
    verdict = decide(gap, bound, allowed * abs(goal))
    reason = None
    if verdict is Verdict.UNDECIDED:
        reason = (
            f"the slopes between neighbours scatter by {bound:.1e} about {fitted:.6g}; "
            "steps further into the asymptotic range would decide"
        )
    if verdict is Verdict.HOLDS and not all(e.declared for e in estimates):
        verdict = Verdict.SUPPORTED
    return numeric.finish(verdict, reason, evidence)


def _abscissae(steps: Any, kind: str, count: int) -> list[float]:
    if kind not in ("power", "geometric"):
        raise Refused(f"kind={kind!r}: write 'power' or 'geometric'")
    numbers = [side(step) for step in steps]
    if not all(isinstance(step, (int, float, Fraction)) for step in numbers):
        raise Refused("steps are plain numbers: ints, floats or Fractions")
    values = [float(step) for step in numbers]
    if len(values) != count:
        raise Refused(f"{len(values)} steps for {count} errors: give one step an error")
    rises = [b - a for a, b in pairwise(values)]
    if not (all(rise > 0 for rise in rises) or all(rise < 0 for rise in rises)):
        raise Refused("steps that are not strictly monotone: sort them, each once")
    if kind == "geometric":
        return values
    if not all(0 < value < math.inf for value in values):
        raise Refused("steps of a power law are positive: give mesh widths or counts")
    return [math.log(value) for value in values]


def _expected(expected: Any, kind: str) -> float:
    x = side(expected)
    if isinstance(x, sp.Expr):
        x = float(evaluated(x))
    if not isinstance(x, (int, float, Fraction)) or not math.isfinite(x) or x == 0:
        raise Refused(f"expected={expected!r}: give a finite number that is not zero")
    if kind == "geometric" and not x > 0:
        raise Refused(f"expected={expected!r}: a ratio of absolute errors is positive")
    return float(x)


def _unfit(estimates: Sequence[Estimate], routes: Sequence[Any]) -> str | None:
    """Return why no rate is to be had from these errors, None if one is."""
    if not all(np.all(e.converged) for e in estimates):
        return "an error has not converged; a larger budget would decide"
    if not routes:
        return numeric.NO_ROUTE
    if not all(abs(float(e.value)) > float(e.error) for e in estimates):
        return "an error bar reaches 0, where no rate shows; fewer or coarser steps would decide"
    return None


def _slope(abscissae: Sequence[float], estimates: Sequence[Estimate]) -> tuple[float, float]:
    """Return the least-squares slope of log |error| and how far neighbours stray from it."""
    logs = [math.log(abs(float(e.value))) for e in estimates]
    bars = [-math.log1p(-float(e.error) / abs(float(e.value))) for e in estimates]
    mean_x, mean_y = math.fsum(abscissae) / len(logs), math.fsum(logs) / len(logs)
    centred = [x - mean_x for x in abscissae]
    fitted = math.fsum(c * (y - mean_y) for c, y in zip(centred, logs, strict=True))
    fitted /= math.fsum(c * c for c in centred)
    bound = 0.0
    for i in range(len(logs) - 1):
        width = abscissae[i + 1] - abscissae[i]
        stray = abs((logs[i + 1] - logs[i]) / width - fitted)
        bound = max(bound, stray + (bars[i] + bars[i + 1]) / abs(width))
    return fitted, bound * (1 + 1e-12) + 1e-12 * abs(fitted)
