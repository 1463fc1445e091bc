"""Witnesses: both sides of a symbolic claim as numbers at one rational point after another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sympy as sp

from gantheory.theorems.claims import digits
from gantheory.theorems.evaluate import magnitude, value_at
from gantheory.theorems.levels import (
    COARSE,
    FINE,
    NESTED,
    EvaluationBudget,
    EvaluationPoint,
    Fineness,
    Unusable,
    mp,
)
from gantheory.theorems.places import is_nested, is_unevaluated
from gantheory.theorems.points import Interval, Point, points
from gantheory.theorems.second_method import confirmed

WITNESSES = 5  # of closed forms
ROUGH_WITNESSES = 3  # of integrals, sums and limits, which cost more
SEARCHED = 60  # points at which a closed inequality is tried, since it may fail on a small set
REQUIRED = 3
BUDGET = 200_000
NUMBERS = ("lhs", "rhs", "difference")
STABLE = mp.mpf(10) ** -3


@dataclass(frozen=True)
class Accuracy:
    """How finely two evaluations are made, and what their difference may be taken for.

    Attributes
    ----------
    coarse, fine:
        The two evaluations.
    drift:
        How far they may be apart, relative to the terms; beyond, neither is trusted.
    floor:
        A smaller difference of the sides, relative to the terms, is not called nonzero.
    agrees:
        A larger one is not called zero.
    """

    coarse: Fineness
    fine: Fineness
    drift: Any
    floor: Any
    agrees: Any


TENTH = mp.mpf(1) / 10
CLOSED = Accuracy(Fineness(60, ()), Fineness(90, ()), mp.inf, TENTH**45, TENTH**20)
ROUGH = Accuracy(COARSE, FINE, TENTH**15, TENTH**15, TENTH**20)
DOUBLE = Accuracy(*NESTED, TENTH**7, TENTH**7, TENTH**8)


@dataclass(frozen=True)
class Witness:
    """The two sides at one rational point.

    Attributes
    ----------
    point:
        The values of the symbols.
    lhs, rhs, difference:
        The two sides, and left minus right.
    nonzero:
        Whether the difference is certainly not zero.
    zero:
        Whether the difference is zero as far as the digits go.
    """

    point: Point
    lhs: Any
    rhs: Any
    difference: Any
    nonzero: bool
    zero: bool

    @property
    def agrees(self) -> bool:
        """Whether it speaks for equality."""
        return self.zero and not self.nonzero

    @property
    def is_complex(self) -> bool:
        """Whether a side is certainly not real, however real the difference may be."""
        return any(abs(mp.im(side)) > CLOSED.agrees * abs(side) for side in (self.lhs, self.rhs))

    def to_evidence(self) -> dict[str, Any]:
        """Return {symbol: value, ..., "lhs": ..., "rhs": ..., "difference": ...}."""
        entry = {symbol.name: str(value) for symbol, value in self.point.items()}
        return entry | {name: digits(getattr(self, name)) for name in NUMBERS}


def witnesses(
    lhs: sp.Expr,
    rhs: sp.Expr,
    symbols: list[sp.Symbol],
    domain: Mapping[sp.Symbol, Interval],
    *,
    search: bool = False,
) -> tuple[list[Witness], str]:
    """Return the usable witnesses, and why the last unusable one is unusable.

    One certain difference refutes an equality and ends the walk, unless it is a search, which an
    inequality needs.
    """
    rough = is_unevaluated(lhs) or is_unevaluated(rhs)
    wanted = ROUGH_WITNESSES if rough else SEARCHED if search else WITNESSES
    found: list[Witness] = []
    trouble = "no rational point satisfies the assumptions of the symbols"
    unusable = 0
    for point in points(symbols, domain):
        try:
            found.append(_witness(lhs, rhs, point))
        except Unusable as reason:
            trouble = str(reason)
            unusable += 1
        refuted = not search and found and found[-1].nonzero
        if refuted or len(found) == wanted or unusable == 3 * wanted:
            break
    return found, trouble


def enough(found: list[Witness], symbols: list[sp.Symbol]) -> bool:
    """Whether there are as many witnesses as a proof asks for; one for a constant."""
    return len(found) >= (REQUIRED if symbols else 1)


def _witness(lhs: sp.Expr, rhs: sp.Expr, point: Point) -> Witness:
    """Return the two sides at a point, from two evaluations that must say the same.

    What contradicts the statement has to be confirmed by a second method, where an integral, a sum, a
    limit or a derivative is behind it.
    """
    rough = is_unevaluated(lhs) or is_unevaluated(rhs)
    nested = is_nested(lhs) or is_nested(rhs)
    accuracy = DOUBLE if nested else ROUGH if rough else CLOSED
    first, *_ = _difference(lhs, rhs, point, accuracy.coarse)
    second, scale, left, right = _difference(lhs, rhs, point, accuracy.fine)
    if mp.isinf(first) or mp.isinf(second):
        if first != second:
            raise Unusable("an infinite side at one precision only")
        nonzero, zero = True, False
    else:
        drift = abs(second - first)
        if not drift <= accuracy.drift * scale:
            raise Unusable("two numeric evaluations of the unevaluated form disagree")
        nonzero = bool(abs(second) > accuracy.floor * scale and drift <= STABLE * abs(second))
        shrinks = bool(abs(second) <= CLOSED.agrees * abs(first))  # as rounding does
        zero = shrinks or bool(abs(second) <= accuracy.agrees * scale)
    if nonzero and rough and not confirmed(lhs, rhs, point, second):
        raise Unusable(
            f"mpmath has {digits(left)} on the left and {digits(right)} on the right"
            f"{named(point)}, and no second method confirms that they differ"
        )
    return Witness(point, left, right, second, nonzero, zero)


def named(point: Point) -> str:
    """Return " at x = 1/2, y = 3", or nothing for no symbols."""
    return " at " + ", ".join(f"{s} = {v}" for s, v in point.items()) if point else ""


def _difference(
    lhs: sp.Expr, rhs: sp.Expr, point: Point, level: Fineness
) -> tuple[Any, Any, Any, Any]:
    """Return left - right (0 for equal infinities), the sum of absolute terms, and both sides."""
    meter = EvaluationBudget(BUDGET)
    with mp.workdps(level.digits):
        env = {s: mp.mpf(int(v.p)) / int(v.q) for s, v in point.items()}
        place = EvaluationPoint(env, level, meter, value_at)
        left, right = (place.value(side) for side in (lhs, rhs))
        if mp.isinf(left) or mp.isinf(right):
            same = left == right
            return (mp.mpf(0) if same else left - right, mp.mpf(1) if same else mp.inf, left, right)
        scale = mp.fsum(magnitude(side, place) for side in (lhs, rhs))
        return left - right, scale, left, right
