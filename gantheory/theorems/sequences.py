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
from gantheory.theorems.sides import Exact, ball_of, estimated, evaluated, relative, side
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
        raise Refused(f"{values!r} is not a sequence: give at least {FEWEST} Estimates or Balls")
    members = [side(value) for value in values]
    if any(isinstance(member, (np.ndarray, Exact)) for member in members):
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
    singles = numeric.scalars(estimated(member).estimate for member in members)
    return [single.as_constant() for single in singles]


def converges(values: Any, limit: Any, tolerance: float) -> Outcome:
    """Return the verdict on distances that shrink and end within the tolerance."""
    allowed = relative(tolerance)
    estimates = _singles(_sequence(values))
    _long_enough(estimates)
    aim = estimated(side(limit))
    target = aim.estimate
    if target.shape:
        raise Refused(f"limit of shape {target.shape}: give a single number")
    if not all(math.isfinite(float(e.value)) for e in (*estimates, target)):
        raise Refused(
            "a value or the limit is not finite: state `increasing` for growth without end"
        )
    distances = [abs(estimate - target) for estimate in estimates]
    within = allowed * max(abs(float(e.value)) for e in (*estimates, target))
    evidence: Evidence = {"relation": "tends to", "values": estimates, "limit": target}
    evidence |= {"distances": distances, "tolerance": within}
    evidence["routes"] = sorted({pair for e in (*estimates, target) for pair in e.route})
    evidence["declared"] = all(e.confirms for e in (*estimates, target))
    reason = _not_comparable(estimates, target, distances)
    if reason is not None:
        return numeric.finish(Verdict.UNDECIDED, reason, evidence)
    if _goes_elsewhere(distances, within):
        evidence |= {"lhs": estimates[-1], "rhs": target, "difference": distances[-1]}
        return numeric.finish(Verdict.FAILED, None, evidence)
    reason = _not_arrived(distances, within)
    if reason is not None:
        return numeric.finish(Verdict.UNDECIDED, reason, evidence)
    if not evidence["declared"]:
        return numeric.finish(Verdict.SUPPORTED, numeric.BY_HAND, evidence)
    if numeric.assume((*estimates, target)):
        return numeric.finish(Verdict.SUPPORTED, numeric.ASSUMED, evidence)
    if aim.copied:
        return numeric.finish(Verdict.SUPPORTED, numeric.COPIED, evidence)
    return Verdict.HOLDS, evidence


def _not_comparable(
    estimates: Sequence[Estimate], target: Estimate, distances: Sequence[Estimate]
) -> str | None:
    """Return why values and limit cannot be compared, None if they can."""
    if not all(np.all(e.converged) for e in (*estimates, target)):
        return "a value has not converged; a larger budget would decide"
    if all(float(distance.value) == 0 for distance in distances):
        return (
            "degenerate evidence: the values never move; "
            "a sequence that starts away from the limit would decide"
        )
    if not any(estimate.route for estimate in estimates):
        return numeric.NO_ROUTE
    common = [numeric.shared(estimate, target) for estimate in estimates]
    met = next((names for names in common if names), None)
    if met is not None:
        return f"the values and the limit rest on {met}; a second route for the limit would decide"
    return None


def _not_arrived(distances: Sequence[Estimate], within: float) -> str | None:
    """Return why the values are not seen to tend to the limit, None if they are.

    The last one is within the tolerance for certain, and the second half of them is nearer than the
    first was: not each step has to be.
    """
    last = distances[-1]
    if not float(last.upper) <= within:
        return (
            f"the last distance {last} is not within the tolerance {within:.1e} for certain; more "
            "terms or finer integrals would decide"
        )
    half = (len(distances) + 1) // 2
    head, tail = distances[:half], distances[half:]
    if not max(float(d.upper) for d in tail) < max(float(d.lower) for d in head):
        return (
            "the values of the second half are not certainly nearer than those of the first; a "
            "sequence that starts further away, or smaller error bars, would decide"
        )
    return None


def _goes_elsewhere(distances: Sequence[Estimate], within: float) -> bool:
    """Whether the values certainly stay away: they move off, or settle where the limit is not.

    They settle if each of the last steps, three or more, is at most half of the one before; then what is
    left of their way is about one last step, and a tenfold one is asked for. A slow approach, as of
    1/log n, takes shorter and shorter steps too, but never so much shorter.
    """
    lower, upper = ([float(getattr(d, end)) for d in distances] for end in ("lower", "upper"))
    half = (len(distances) + 1) // 2
    if lower[-1] > within and min(lower[half:]) > max(upper[:half]):
        return True
    steps = [abs(float(b.value) - float(a.value)) for a, b in pairwise(distances)][-4:]
    settles = len(steps) >= 3 and all(2 * b <= a for a, b in pairwise(steps))
    return settles and lower[-1] > within + 10 * steps[-1]


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
    within = allowed * abs(goal)
    evidence |= {"lhs": fitted, "rhs": goal, "difference": fitted - goal}
    evidence |= {"bound": bound, "tolerance": within}
    evidence["declared"] = all(e.confirms for e in estimates)
    verdict = decide(abs(fitted - goal), bound, within)
    reason = None
    if verdict is Verdict.UNDECIDED:
        reason = (
            f"the last two slopes leave {fitted:.6g} ± {bound:.1e}; steps further into the "
            "asymptotic range would decide"
        )
    if verdict is Verdict.HOLDS and not evidence["declared"]:
        verdict, reason = Verdict.SUPPORTED, numeric.BY_HAND
    elif verdict is Verdict.HOLDS and numeric.assume(estimates):
        verdict, reason = Verdict.SUPPORTED, numeric.ASSUMED
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
        raise Refused("step sizes are positive: give mesh widths or counts")
    return [math.log(value) for value in values]


def _expected(expected: Any, kind: str) -> float:
    x = side(expected)
    if isinstance(x, sp.Expr):
        constant = evaluated(x)
        if not float(constant.error) < math.inf:
            raise Refused(
                f"expected={expected!r}: no second method confirms it; give a closed form"
            )
        x = float(constant)
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
    """Return the last slope of log |error|, and twice its change with the bars of both slopes.

    Slopes that tend to a limit at least as fast as the steps are halved have it within their change.
    """
    logs = [math.log(abs(float(e.value))) for e in estimates]
    bars = [-math.log1p(-float(e.error) / abs(float(e.value))) for e in estimates]
    slopes, errors = [], []
    for i in range(len(logs) - 3, len(logs) - 1):
        width = abscissae[i + 1] - abscissae[i]
        slopes.append((logs[i + 1] - logs[i]) / width)
        errors.append((bars[i] + bars[i + 1]) / abs(width))
    bound = 2 * abs(slopes[1] - slopes[0]) + sum(errors)
    return slopes[1], bound * (1 + 1e-12) + 1e-12 * abs(slopes[1])
