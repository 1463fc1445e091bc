"""A number enclosed by ball arithmetic: mid ± rad contains the truth, rigorously."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NoReturn

import flint

from gantheory.estimates import Estimate, Route

Exact = int | Fraction

GUARD_DIGITS = 15
CONSTANT_DIGITS = 100


@contextmanager
def precision(digits: int) -> Iterator[None]:
    """Work with that many decimal digits and some to spare; flint's own setting is restored after."""
    with flint.ctx.workdps(digits + GUARD_DIGITS):
        yield


@dataclass(frozen=True, eq=False)
class Ball:
    """A rigorous enclosure.

    Attributes
    ----------
    arb:
        The real ball of python-flint.
    route:
        The pairs (integrator, integrand) that it rests on.
    digits:
        How many correct significant digits were asked for.
    magnitude:
        Sum of the absolute values of the terms added up; tolerances are relative to it.
    """

    arb: flint.arb
    route: Route = frozenset()
    digits: int = 30
    magnitude: float = field(default=math.nan)

    def __post_init__(self) -> None:
        if math.isnan(self.magnitude):
            object.__setattr__(self, "magnitude", float(self.arb.abs_upper()))

    @property
    def mid(self) -> str:
        """Midpoint, as a decimal string of the digits asked for."""
        return str(self.arb.mid().str(self.digits, radius=False))

    @property
    def rad(self) -> float:
        """Radius, rounded up."""
        return float(self.arb.rad().abs_upper()) * (1 + 2.0**-50)

    def estimate(self) -> Estimate:
        """Return the same enclosure in float64: the error also pays for rounding the midpoint."""
        value = float(self.arb.mid())
        with precision(self.digits):
            error = float((self.arb - flint.arb(value)).abs_upper()) * (1 + 2.0**-50)
        return Estimate(
            value,
            error,
            kind="certified",
            route=self.route,
            magnitude=max(self.magnitude, abs(value)),
        )

    def contains(self, x: Ball | Exact) -> bool:
        """Whether every point of x lies in this ball."""
        return bool(self.arb.contains(as_ball(x).arb))

    def overlaps(self, x: Ball | Exact) -> bool:
        """Whether the two enclosures have a point in common; if not, the numbers differ for certain."""
        return bool(self.arb.overlaps(as_ball(x).arb))

    def __neg__(self) -> Ball:
        with precision(self.digits):
            return Ball(-self.arb, self.route, self.digits, self.magnitude)

    def __add__(self, other: Ball | Exact) -> Ball:
        there = as_ball(other)
        with precision(max(self.digits, there.digits)):
            arb = self.arb + there.arb
        return _unite(self, there, arb, self.magnitude + there.magnitude)

    def __sub__(self, other: Ball | Exact) -> Ball:
        return self + (-as_ball(other))

    def __mul__(self, other: Ball | Exact) -> Ball:
        there = as_ball(other)
        with precision(max(self.digits, there.digits)):
            arb = self.arb * there.arb
        return _unite(self, there, arb, self.magnitude * there.magnitude)

    def __truediv__(self, other: Ball | Exact) -> Ball:
        there = as_ball(other)
        if there.arb.contains(0):
            raise ZeroDivisionError(f"{self} / {there}: the divisor's ball contains 0")
        with precision(max(self.digits, there.digits)):
            quotient, inverse = self.arb / there.arb, 1 / there.arb
        return _unite(self, there, quotient, self.magnitude * float(inverse.abs_upper()))

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Exact) -> Ball:
        return as_ball(other) - self

    def sqrt(self) -> Ball:
        """√x; the part of the ball below 0, if any, is cut off."""
        with precision(self.digits):
            root = self.arb.nonnegative_part().sqrt() if self.arb.contains(0) else self.arb.sqrt()
        return Ball(root, self.route, self.digits, math.sqrt(self.magnitude))

    def log(self) -> Ball:
        """Log x; not finite where the ball reaches 0."""
        with precision(self.digits):
            return Ball(self.arb.log(), self.route, self.digits)

    def __float__(self) -> float:
        return float(self.arb.mid())

    def _sympy_(self) -> NoReturn:
        """Refuse to become a SymPy Float, which would lose the radius without a word."""
        raise TypeError(
            f"{self!r} is no SymPy number: write Fraction(9, 10) * ball, not Rational(9, 10)"
        )

    def __str__(self) -> str:
        return str(self.arb.str(self.digits))

    def __repr__(self) -> str:
        return f"<Ball {self}>"


def as_ball(x: Ball | Exact | str) -> Ball:
    """Return x as a Ball: int, Fraction and decimal strings are exact, a float is refused.

    Raises
    ------
    TypeError
        If x is a float (write Fraction or a decimal string) or no number.
    """
    if isinstance(x, Ball):
        return x
    if isinstance(x, str):
        x = Fraction(x)
    if isinstance(x, bool) or not isinstance(x, (int, Fraction)):
        raise TypeError(
            f"{x!r}: a ball takes an int, a Fraction or a decimal string, never a float"
        )
    with precision(CONSTANT_DIGITS):
        return Ball(flint.arb(flint.fmpq(x.numerator, x.denominator)), digits=CONSTANT_DIGITS)


def log(x: Exact) -> Ball:
    """Return log(x) for an exact positive x, as in `2 * js - certified.log(4)`."""
    return as_ball(x).log()


def _unite(a: Ball, b: Ball, arb: flint.arb, magnitude: float) -> Ball:
    return Ball(arb, a.route | b.route, min(a.digits, b.digits), magnitude)
