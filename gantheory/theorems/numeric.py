"""Statements about Estimates: compared within their error bars, and only by two routes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from gantheory.estimates import Estimate, Route, split_route
from gantheory.evidence import NORMAL_MEANS
from gantheory.rounding import HALF_ULP
from gantheory.theorems.claims import Evidence, Outcome, Refused
from gantheory.verdicts import Verdict, decide, decide_order

Relation = Literal["=", "<=", ">="]
Parts = tuple[float, float]  # value, error

SEVERITY = (Verdict.HOLDS, Verdict.SUPPORTED, Verdict.UNDECIDED, Verdict.FAILED, Verdict.ERROR)
ROUNDED_UP = 1 + 2.0**-50
DEGENERATE = (
    "degenerate evidence: both sides are zero; an input for which they are not zero would decide"
)
NO_ROUTE = (
    "no side names the route by which it was computed; "
    "one that gantheory computes would decide, a divergence or a sum of gantheory.evidence"
)
BY_HAND = (
    "typed by hand, altered, from a function whose structure nobody declared, or from samples at a "
    "level below 1 - 1e-6"
)
ASSUMED = (
    "the interval assumes that means are nearly normal, which no sample shows: mean_of(..., "
    "within=(low, high)), or a frequency, would decide"
)
COPIED = (
    "a number in the full digits of a float may be the other side's own value: an expression, a "
    "Fraction, or at most 15 digits would decide"
)
UNBOUNDED = (
    "an error bar is infinite: nothing bounds how far that side may be off; an integral that converges, "
    "or a constant that a second method confirms or in closed form, would decide"
)


@dataclass(frozen=True)
class Side:
    """One side of a statement.

    Attributes
    ----------
    estimate:
        What it counts as.
    given:
        Whether the author gave it as an Estimate or a Ball.
    copied:
        Whether a bare number in the full digits of a float, which may be a computed one's, is in it.
    """

    estimate: Estimate
    given: bool
    copied: bool = False

    @property
    def stated(self) -> bool:
        """Whether an infinity on this side is a statement of theory and not a bare constant."""
        return self.given and (self.estimate.kind == "exact" or bool(self.estimate.route))

    def members(self, shape: tuple[int, ...]) -> list[Side]:
        """Return the side of each member; one that rests on nothing computed is a bare number."""
        resting = np.broadcast_to(self.estimate.rests, shape).ravel().tolist()
        if all(resting) or not self.estimate.route:
            return [self] * len(resting)
        bare = replace(self, estimate=self.estimate.as_constant())
        return [self if rests else bare for rests in resting]


@dataclass(frozen=True)
class Comparison:
    """What is compared with what: gap ± bound against tolerance; see `verdicts.decide`."""

    lhs: float
    rhs: float
    gap: float
    bound: float
    tolerance: float

    @property
    def difference(self) -> float:
        """Left minus right, with its sign; 0 for equal infinities."""
        return 0.0 if self.lhs == self.rhs else self.lhs - self.rhs

    @property
    def excess(self) -> float:
        """How far from confirmed it is, on the scale of its sides; the largest is the worst member."""
        scale = max(abs(self.lhs), abs(self.rhs))
        excess = max(self.gap - self.bound, self.bound - self.tolerance)
        return excess / scale if 0 < scale < math.inf else excess


def compare(relation: Relation, lhs: Side, rhs: Side, tolerance: float) -> Outcome:
    """Return the verdict on lhs = rhs, lhs <= rhs or lhs >= rhs, member by member.

    Every member of a batch must confirm; the evidence shows the one that comes off worst.
    """
    left, right = _broadcast(lhs.estimate, rhs.estimate)
    converged = np.broadcast_to(
        np.logical_and(lhs.estimate.converged, rhs.estimate.converged), left[0].shape
    ).ravel()
    if left[0].size == 0:
        raise Refused("no evidence: the batch is empty; give at least one member")
    members = [
        measure(relation, row[:2], row[2:], tolerance)
        for row in zip(*(part.ravel().tolist() for part in (*left, *right)), strict=True)
    ]
    sides = zip(lhs.members(left[0].shape), rhs.members(left[0].shape), strict=True)
    judged = [
        _judge(relation, member, *pair, bool(done))
        for member, pair, done in zip(members, sides, converged, strict=True)
    ]
    worst = max(
        range(len(members)), key=lambda i: (SEVERITY.index(judged[i][0]), members[i].excess, -i)
    )
    verdict, reason = judged[worst]
    if verdict is not Verdict.ERROR and all(m.lhs == 0 and m.rhs == 0 for m in members):
        verdict, reason = Verdict.UNDECIDED, DEGENERATE
    evidence = _evidence(relation, lhs, rhs, members[worst])
    if len(members) > 1:
        evidence["members"] = len(members)
        evidence["worst"] = [int(i) for i in np.unravel_index(worst, left[0].shape)]
    return finish(verdict, reason, evidence)


def measure(relation: Relation, lhs: Parts, rhs: Parts, tolerance: float) -> Comparison:
    """Return gap, bound and absolute tolerance of two numbers; equal infinities have gap 0.

    The tolerance is relative to the larger value, not to the terms that made it: where terms cancel,
    the evidence has to be narrower, not the claim wider.
    """
    (l_value, l_error), (r_value, r_error) = lhs, rhs
    if math.isinf(l_value) or math.isinf(r_value):
        difference = 0.0 if l_value == r_value else l_value - r_value
        bound, allowed = max(l_error, r_error), 0.0
    else:
        difference = l_value - r_value
        rounding = HALF_ULP * abs(difference) if math.isfinite(difference) else 0.0
        bound = (l_error + r_error + rounding) * ROUNDED_UP
        allowed = tolerance * max(abs(l_value), abs(r_value))
    gap = {"=": abs(difference), "<=": difference, ">=": -difference}[relation]
    return Comparison(l_value, r_value, gap, bound, allowed)


def finish(verdict: Verdict, reason: str | None, evidence: Evidence) -> Outcome:
    """Return the outcome, with the reason and, for a failed claim, its counterexample."""
    if reason == ASSUMED:
        evidence["assumes"] = "nearly normal means"
    if reason is not None:
        evidence["reason"] = reason
    if verdict is Verdict.FAILED:
        keys = ("lhs", "rhs", "difference", "worst", "step")
        evidence["counterexample"] = {key: evidence[key] for key in keys if key in evidence}
    return verdict, evidence


def routes(route: Route) -> list[list[str]]:
    """Return the route as a sorted list of [integrator, integrand]."""
    return sorted([integrator, integrand] for integrator, integrand in route)


def shared(lhs: Estimate, rhs: Estimate) -> str | None:
    """Return in words which integrators and integrands both sides rest on, None if none."""
    names = ("integrator", "integrand")
    parts = [
        f"the {name} {', '.join(map(repr, sorted(mine & theirs)))}"
        for name, mine, theirs in zip(
            names, split_route(lhs.route), split_route(rhs.route), strict=True
        )
        if mine & theirs
    ]
    return " and ".join(parts) or None


def ascent(estimates: Sequence[Estimate]) -> Outcome:
    """Return whether each number is certainly above the one before.

    One integrator may have made them all: each step must be up by more than the error bars, so
    honest bars alone decide it. No tolerance is granted.
    """
    verdicts: list[tuple[Verdict, str | None, Evidence]] = []
    for step, (first, second) in enumerate(pairwise(estimates)):
        member = measure("<=", parts(first), parts(second), 0.0)
        verdict, reason = _step(member, first, second)
        evidence: Evidence = {"step": [step, step + 1], "lhs": first, "rhs": second}
        evidence |= {"difference": -member.gap, "bound": member.bound}
        verdicts.append((verdict, reason, evidence))
    verdict, reason, evidence = max(
        verdicts, key=lambda entry: (SEVERITY.index(entry[0]), -entry[2]["difference"])
    )
    evidence |= {"relation": "increasing", "values": list(estimates)}
    evidence["routes"] = sorted({pair for one in estimates for pair in one.as_constant().route})
    evidence["declared"] = all(estimate.confirms for estimate in estimates)
    if verdict in (Verdict.HOLDS, Verdict.SUPPORTED) and not evidence["routes"]:
        verdict, reason = Verdict.UNDECIDED, NO_ROUTE
    return finish(verdict, reason, evidence)


def parts(estimate: Estimate) -> Parts:
    """Return value and error of a single number."""
    return float(estimate.value), float(estimate.error)


def scalars(values: Iterable[Estimate]) -> list[Estimate]:
    """Return the Estimates, refusing batches inside a sequence."""
    result = list(values)
    for estimate in result:
        if estimate.shape:
            raise Refused(
                f"{estimate} inside a sequence: give single numbers, or the batch itself in "
                f"place of the sequence"
            )
    return result


def _step(member: Comparison, first: Estimate, second: Estimate) -> tuple[Verdict, str | None]:
    """Return the verdict on one step up."""
    if math.isnan(member.lhs) or math.isnan(member.rhs):
        return Verdict.ERROR, "a value is not a number"
    if not (np.all(first.converged) and np.all(second.converged)):
        return Verdict.UNDECIDED, "a value has not converged; a larger budget would decide"
    if not member.bound < math.inf:
        return Verdict.UNDECIDED, UNBOUNDED
    verdict = decide_order(member.gap, member.bound, 0.0)
    if member.gap == 0 and member.bound == 0:
        return Verdict.FAILED, None
    if verdict is Verdict.UNDECIDED:
        return verdict, (
            f"the step of {-member.gap:.1e} lies within the error bars of {member.bound:.1e}; "
            "smaller error bars, or inputs further apart, would decide"
        )
    if verdict is Verdict.HOLDS and not (first.confirms and second.confirms):
        return Verdict.SUPPORTED, BY_HAND
    if verdict is Verdict.HOLDS and assume((first, second)):
        return Verdict.SUPPORTED, ASSUMED
    return verdict, None


def assume(estimates: Iterable[Estimate]) -> bool:
    """Whether one of them rests on an interval that is right for nearly normal means only."""
    return any(NORMAL_MEANS in split_route(one.route)[0] for one in estimates)


def _judge(
    relation: Relation, member: Comparison, lhs: Side, rhs: Side, converged: bool
) -> tuple[Verdict, str | None]:
    """Return the verdict on one member and, if it is not decided, what would decide it."""
    if math.isnan(member.lhs) or math.isnan(member.rhs):
        return Verdict.ERROR, "a side is not a number"
    if not converged:
        return Verdict.UNDECIDED, "a side has not converged; a larger budget would decide"
    if member.bound == math.inf:
        return Verdict.UNDECIDED, UNBOUNDED
    judge = decide if relation == "=" else decide_order
    verdict = judge(member.gap, member.bound, member.tolerance)
    if verdict is Verdict.ERROR:
        return verdict, f"no evidence: tolerance {member.tolerance!r}, error bound {member.bound!r}"
    if verdict is Verdict.UNDECIDED:
        return verdict, _what_would_decide(relation, member)
    if verdict is Verdict.HOLDS:
        reason = _objection(relation, member, lhs, rhs)
        if reason is not None:
            return Verdict.UNDECIDED, reason
        reason = _weakness(relation, member, lhs, rhs)
        return (Verdict.HOLDS, None) if reason is None else (Verdict.SUPPORTED, reason)
    return verdict, None


def _weakness(relation: Relation, member: Comparison, lhs: Side, rhs: Side) -> str | None:
    """Return why numbers that agree only support a claim, or None if they do more."""
    if not (lhs.estimate.confirms and rhs.estimate.confirms):
        return BY_HAND
    if assume((lhs.estimate, rhs.estimate)):
        return ASSUMED
    copied = (lhs.copied or rhs.copied) and not _strict(relation, member)
    return COPIED if copied else None


def _strict(relation: Relation, member: Comparison) -> bool:
    """Whether an inequality holds by more than the error bars."""
    return relation != "=" and member.gap + member.bound < 0


def _objection(relation: Relation, member: Comparison, lhs: Side, rhs: Side) -> str | None:
    """Return why numbers that agree confirm nothing, or None if they do confirm."""
    infinite = [side for side, value in ((lhs, member.lhs), (rhs, member.rhs)) if math.isinf(value)]
    if infinite and not any(side.stated for side in infinite):
        return (
            "no exact Estimate states the infinity; an Estimate that is infinite by theory "
            "(kind exact, or with a route) would decide"
        )
    if not infinite and not (lhs.estimate.route or rhs.estimate.route):
        return NO_ROUTE
    common = shared(lhs.estimate, rhs.estimate)
    if common is None or _strict(relation, member):
        return None
    agree = "agree" if relation == "=" else "are equal as far as can be seen"
    return f"both sides rest on {common} and {agree}; a second route for one of them would decide"


def _what_would_decide(relation: Relation, member: Comparison) -> str:
    if relation == "=" and member.gap > member.bound:
        return (
            f"the sides differ, by {member.gap:.6e} ± {member.bound:.1e}, which is less than the "
            f"tolerance {member.tolerance:.1e}: a tolerance excuses wide error bars, not a difference; "
            "`at_most` of the difference, which states an approximation, would decide"
        )
    if member.bound > member.tolerance:
        return (
            f"error bounds of {member.bound:.1e} exceed the tolerance {member.tolerance:.1e}; "
            "a finer integral, or a tolerance that says how wide the evidence is, would decide"
        )
    return (
        f"the difference {member.gap:.6e} ± {member.bound:.1e} may have either sign; "
        "a finer integral would decide"
    )


def _evidence(relation: Relation, lhs: Side, rhs: Side, member: Comparison) -> Evidence:
    return {
        "relation": relation,
        "lhs": member.lhs if lhs.estimate.shape else lhs.estimate,
        "rhs": member.rhs if rhs.estimate.shape else rhs.estimate,
        "difference": member.difference,
        "bound": member.bound,
        "tolerance": member.tolerance,
        "routes": {
            name: routes(side.estimate.route) or [["closed form", "constant"]]
            for name, side in (("lhs", lhs), ("rhs", rhs))
        },
        "declared": lhs.estimate.confirms and rhs.estimate.confirms,
    }


def _broadcast(lhs: Estimate, rhs: Estimate) -> tuple[list[Any], list[Any]]:
    """Return value and error of both sides, in one shape."""
    arrays = [np.asarray(x) for e in (lhs, rhs) for x in (e.value, e.error)]
    if lhs.shape and rhs.shape and lhs.shape != rhs.shape:
        raise Refused(
            f"sides of shapes {lhs.shape} and {rhs.shape}: give one shape, or a single "
            f"number beside a batch"
        )
    try:
        whole = list(np.broadcast_arrays(*arrays))
    except ValueError as error:
        raise Refused(f"the shapes of the sides do not go together: {error}") from error
    return whole[:2], whole[2:]
