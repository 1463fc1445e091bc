"""The line cut into panels on which both densities are analytic.

Three kinds of panels: stretches y = width · t; outward ones y = scale · e^u for heavy tails; inward
ones y = width · e^-u towards a zero of a density. Beyond the last two, and beyond the last stretch on
an infinite side, lies a region that is bounded, not evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Literal, TypeVar

from gantheory.certified.families import Distribution, End, shared_ends
from gantheory.certified.tails import Outer, Region, Strip
from gantheory.certified.terms import ZERO, Terms, arb, at
from gantheory.errors import NotCertifiable

Small = Callable[[Region, Terms, Terms], bool]
LIMIT = 2**17  # eighths of a unit of log y that a search for a box may go
STEPS = 8
Beyond = TypeVar("Beyond", Strip, Outer)


@dataclass(frozen=True)
class Panel:
    """Terms of p and q in y, and the variable t in [0, stop] in which y runs.

    kind "stretch": y = size · t; "outward": y = size · e^t; "inward": y = size · e^-t.
    """

    p: Terms
    q: Terms
    kind: Literal["stretch", "outward", "inward"]
    size: Fraction
    stop: Fraction = Fraction(1)


@dataclass(frozen=True)
class HalfLine:
    """The terms of p and q in the coordinate y, x = origin + direction · y, y > 0."""

    p: Terms
    q: Terms
    scale: Fraction
    length: Fraction | None

    @property
    def terms(self) -> Terms:
        """Those of p and of q."""
        return self.p + self.q

    @property
    def vanishes(self) -> bool:
        """Whether a density vanishes at y = 0."""
        return any(f.inside[0] == 0 for t in self.terms for f in t.factors)

    @property
    def heavy(self) -> bool:
        """Whether a tail falls like a power."""
        return any(t.factors for t in self.terms)


def sides(p: Distribution, q: Distribution) -> Iterator[HalfLine]:
    """Cut the line at every end, kink and centre, and at the middle where both ends are zeros."""
    ends = shared_ends((p, q))
    centers = sorted({c.center for one in (p, q) for c in one.components})
    bounds: list[End] = [None, *ends, None]
    for low, high in pairwise(bounds):
        terms_p, terms_q = p.terms_on(low, high), q.terms_on(low, high)
        if not terms_p and not terms_q:
            continue
        inside = [c for c in centers if (low is None or c > low) and (high is None or c < high)]
        if low is None and high is None and not inside:
            inside = [ZERO]
        yield from _cut(terms_p, terms_q, [low, *inside, high], _largest_scale(p, q))


def _largest_scale(p: Distribution, q: Distribution) -> Fraction:
    return max(c.scale for one in (p, q) for c in one.components)


def _cut(p: Terms, q: Terms, points: list[End], scale: Fraction) -> Iterator[HalfLine]:
    def side(origin: Fraction, direction: int, length: Fraction | None) -> HalfLine:
        there = [tuple(t.moved(origin, Fraction(direction)) for t in terms) for terms in (p, q)]
        return HalfLine(there[0], there[1], scale, length)

    for low, high in pairwise(points):
        if low is None and high is not None:
            yield side(high, -1, None)
        elif high is None and low is not None:
            yield side(low, 1, None)
        elif low is not None and high is not None:
            length = high - low
            zeros = [
                any(at(f.inside, end) == 0 for t in p + q for f in t.factors) for end in (low, high)
            ]
            if all(zeros):
                yield side(low, 1, length / 2)
                yield side(high, -1, length / 2)
            elif zeros[1]:
                yield side(high, -1, length)
            else:
                yield side(low, 1, length)


def panels(side: HalfLine, small: Small) -> tuple[list[Panel], Region | None]:
    """Return the panels of one side and the region beyond them, which is small enough.

    Raises
    ------
    NotCertifiable
        If no region far enough out has a bound that is small enough.
    """
    if side.length is not None and not side.vanishes:
        return [Panel(side.p, side.q, "stretch", side.length)], None
    if side.length is not None:
        length = side.length

        def strip(k: int) -> Strip:
            return Strip(length * _exp(Fraction(-k, STEPS), up=True))

        stop, inner = _search(side, strip, small)
        return [Panel(side.p, side.q, "inward", length, stop)], inner

    def outer(k: int) -> Outer:
        return Outer(side.scale * _exp(Fraction(k, STEPS), up=False))

    stop, region = _search(side, outer, small)
    if not side.heavy:
        return [Panel(side.p, side.q, "stretch", region.start)], region
    near = Panel(side.p, side.q, "stretch", side.scale)
    return [near, Panel(side.p, side.q, "outward", side.scale, stop)], region


def _exp(u: Fraction, *, up: bool) -> Fraction:
    """Return an exact rational just above or below e^u."""
    ball = arb(u).exp()
    mantissa, exponent = (ball.upper() if up else ball.lower()).man_exp()
    return Fraction(int(mantissa)) * Fraction(2) ** int(exponent)


def _search(
    side: HalfLine, region: Callable[[int], Beyond], small: Small
) -> tuple[Fraction, Beyond]:
    """Return the first k / STEPS whose region is small, and that region."""

    def good(k: int) -> bool:
        return small(region(k), side.p, side.q)

    low, high = 0, STEPS
    while not good(high):
        low, high = high, 2 * high
        if high > LIMIT:
            raise NotCertifiable(
                "no rigorous bound on what lies outside a box is small enough for these tails"
            )
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return Fraction(high, STEPS), region(high)
