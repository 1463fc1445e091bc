"""A number enclosed by ball arithmetic: mid ± rad contains the truth, rigorously."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Context, Decimal
from fractions import Fraction
from typing import Any, NoReturn

import flint

from gantheory import calls
from gantheory.calls import UNKNOWN, Call, Sign
from gantheory.digits import formatted
from gantheory.estimates import Estimate, Route
from gantheory.provenance import asked_by_package, intact, made_by_package, seal
from gantheory.resting import LEAST, may_be_copied, of_computed

Exact = Any  # an int, a Fraction or a real SymPy constant

GUARD_DIGITS = 15
CONSTANT_DIGITS = 100

CONSTANTS = {
    "Pi": "pi",
    "Exp1": "const_e",
    "EulerGamma": "const_euler",
    "Catalan": "const_catalan",
}
FUNCTIONS = {
    "loggamma": "lgamma",
    "Ei": "ei",
    "Abs": "__abs__",
} | {
    name: name
    for name in (
        *("exp", "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
        *("asinh", "acosh", "atanh", "erf", "erfc", "gamma", "digamma"),
    )
}
"""What SymPy calls constants and functions, and what their balls are called."""


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
        How many correct significant digits were requested.
    declared:
        False for a ball that is made outside the package.
    response, copied, call:
        As of an `Estimate`; the response is an arb, as a ball may be beyond float64.
    """

    arb: flint.arb
    route: Route = frozenset()
    digits: int = 30
    declared: bool = True
    response: Any = None
    copied: bool = False
    call: Call = UNKNOWN

    _op_priority = 100.0  # SymPy leaves arithmetic with a Ball to the Ball

    def __post_init__(self) -> None:
        if self.response is None:
            rate = flint.arb(of_computed(0.0)) if self.route else flint.arb(0)
            object.__setattr__(self, "response", rate * (1 + abs(self.arb.mid())))
        object.__setattr__(self, "declared", bool(self.declared) and made_by_package())
        seal(self, self._content())

    def _content(self) -> tuple[object, ...]:
        parts = id(self.arb), self.route, self.digits, self.declared, id(self.response)
        return *parts, self.copied, self.call

    def called(self, call: Call) -> Ball:
        """Return the same enclosure with the call that made it; by a page, it is typed."""
        return replace(self, declared=self.confirms and asked_by_package(), call=call)

    @property
    def confirms(self) -> bool:
        """Whether a verdict may rest on it: computed by the package, and not altered."""
        return self.declared and intact(self, self._content())

    @property
    def mid(self) -> str:
        """Midpoint, as a decimal string of the requested digits."""
        return str(self.arb.mid().str(self.digits, radius=False))

    @property
    def is_finite(self) -> bool:
        """Whether the enclosure has a finite radius and is a number."""
        return bool(self.arb.is_finite())

    @property
    def size(self) -> float:
        """Upper bound of |x|, as a float."""
        return float(self.arb.abs_upper()) * (1 + 2.0**-50)

    @property
    def rad(self) -> float:
        """Radius, rounded up."""
        return float(self.arb.rad().abs_upper()) * (1 + 2.0**-50)

    @property
    def rests(self) -> bool:
        """Whether it depends on what was computed: 0 x + 1 and x - x + 1 do not."""
        return bool(abs(self.response) > flint.arb(LEAST) * abs(self.arb.mid()))

    def estimate(self) -> Estimate:
        """Return the same enclosure in float64: the error also includes rounding the midpoint."""
        value = float(self.arb.mid())
        with precision(self.digits):
            error = float((self.arb - flint.arb(value)).abs_upper()) * (1 + 2.0**-50)
        return Estimate(
            value,
            error,
            kind="certified",
            route=self.route,
            declared=self.confirms,
            response=float(self.response.mid()),
            copied=self.copied,
            call=self.call,
        )

    def contains(self, x: Ball | Exact) -> bool:
        """Whether every point of x lies in this ball."""
        return bool(self.arb.contains(as_ball(x).arb))

    def overlaps(self, x: Ball | Exact) -> bool:
        """Whether the two enclosures have a point in common; if not, the numbers differ for certain."""
        return bool(self.arb.overlaps(as_ball(x).arb))

    def __lt__(self, other: Ball | Exact) -> bool:
        return self._ordered(other)

    def __gt__(self, other: Ball | Exact) -> bool:
        return as_ball(other)._ordered(self)

    def _ordered(self, other: Ball | Exact) -> bool:
        """Whether self < other, if the radii tell.

        Raises
        ------
        ValueError
            If they do not tell.
        """
        gap = (self - other).arb
        if not (gap < 0 or gap > 0):
            raise ValueError(
                f"{self} and {other} overlap, so neither is certainly the smaller: ask for more digits"
            )
        return bool(gap < 0)

    def __neg__(self) -> Ball:
        with precision(self.digits):
            return self._replaced(-self.arb, flint.arb(-1), calls.negative(self.call))

    def __add__(self, other: Ball | Exact) -> Ball:
        there = _added(other)
        with precision(max(self.digits, there.digits)):
            return _unite(
                self, there, self.arb + there.arb, (flint.arb(1), flint.arb(1)), calls.plus
            )

    def __sub__(self, other: Ball | Exact) -> Ball:
        return self + (-_added(other))

    def __mul__(self, other: Ball | Exact) -> Ball:
        there = as_ball(other)
        with precision(max(self.digits, there.digits)):
            slopes = there.arb.mid(), self.arb.mid()
            return _unite(self, there, self.arb * there.arb, slopes, calls.times)

    def __truediv__(self, other: Ball | Exact) -> Ball:
        there = as_ball(other)
        if there.arb.contains(0):
            raise ZeroDivisionError(f"{self} / {there}: the divisor's ball contains 0")
        with precision(max(self.digits, there.digits)):
            quotient = self.arb / there.arb
        slopes = 1 / there.arb.mid(), -quotient.mid() / there.arb.mid()
        return _unite(self, there, quotient, slopes, calls.over)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Exact) -> Ball:
        return _added(other) - self

    def __rtruediv__(self, other: Exact) -> Ball:
        return as_ball(other) / self

    def sqrt(self) -> Ball:
        """√x; the part of the ball below 0, if any, is cut off."""
        with precision(self.digits):
            root = self.arb.nonnegative_part().sqrt() if self.arb.contains(0) else self.arb.sqrt()
        middle = root.mid()
        slope = 1 / (2 * middle) if middle > 0 else flint.arb(1)
        return self._replaced(root, slope, calls.applied("sqrt", self.call))

    def log(self) -> Ball:
        """log(x); not finite where the ball reaches 0."""
        with precision(self.digits):
            return self._replaced(
                self.arb.log(), 1 / self.arb.mid(), calls.applied("log", self.call)
            )

    def _replaced(self, arb: flint.arb, slope: flint.arb, call: Call) -> Ball:
        """Return another ball of the same route; one that was altered does not become sound by it."""
        response = _product(self.response, slope)
        return replace(self, arb=arb, declared=self.confirms, response=response, call=call)

    def __float__(self) -> float:
        return float(self.arb.mid())

    def _sympy_(self) -> NoReturn:
        """Refuse to become a SymPy Float, which would lose the radius without a word."""
        raise TypeError(
            f"{self!r} is not a SymPy number: write ball * sympy.log(2), never inside a function"
        )

    def __format__(self, spec: str) -> str:
        """The midpoint in the format of a Decimal, and " ± radius" where digits are not certain."""
        if not spec:
            return str(self)
        with precision(self.digits):
            ends = (self.arb.mid(), self.arb.lower(), self.arb.upper())
            middle, *outer = (_decimal(end, self.digits + GUARD_DIGITS) for end in ends)
        return formatted(middle, (outer[0], outer[1]), self.rad, spec)

    def __str__(self) -> str:
        return str(self.arb.str(self.digits))

    def __repr__(self) -> str:
        return f"<Ball {self}>"


def as_ball(x: Ball | Exact | str) -> Ball:
    """Return x as a Ball: int, Fraction and decimal strings are exact, a float is refused.

    A SymPy constant is enclosed function by function.

    Raises
    ------
    TypeError
        If x is a float (write Fraction or a decimal string), not a number, or a SymPy constant with
        a function that has no ball arithmetic.
    """
    if isinstance(x, Ball):
        return x
    if isinstance(x, str):
        x = Fraction(x)
    with precision(CONSTANT_DIGITS):
        return Ball(_enclosed(x), digits=CONSTANT_DIGITS, call=calls.constant(x))


def _enclosed(x: Any) -> flint.arb:
    """Return an exact number or SymPy constant as a real ball, node by node."""
    if isinstance(x, (int, Fraction)) and not isinstance(x, bool):
        return flint.arb(flint.fmpq(x.numerator, x.denominator))
    return _of_sympy(x)


def _of_sympy(x: Any) -> flint.arb:
    """Return a SymPy constant as a real ball; SymPy is known by its names and not imported."""
    if not type(x).__module__.startswith("sympy."):
        raise TypeError(
            f"{x!r}: a ball takes an int, a Fraction, a decimal string or a SymPy constant, never a "
            "float"
        )
    if x.is_Rational:
        return flint.arb(flint.fmpq(int(x.p), int(x.q)))
    name = type(x).__name__
    if name in CONSTANTS:
        constant: flint.arb = getattr(flint.arb, CONSTANTS[name])()
        return constant
    if x.is_Float or not x.args:
        raise TypeError(f"{x}: a ball takes exact constants only; write sympy.Rational")
    first, *others = (_enclosed(argument) for argument in x.args)
    if x.is_Add or x.is_Mul:
        for other in others:
            first = first + other if x.is_Add else first * other
        return first
    if x.is_Pow:
        return first.sqrt() if x.exp.is_Rational and 2 * x.exp == 1 else first ** others[0]
    if name not in FUNCTIONS or others:
        raise TypeError(f"{x}: {name} has no ball arithmetic here; give an Estimate or a Ball")
    value: flint.arb = getattr(first, FUNCTIONS[name])()
    return value


def log(x: Exact) -> Ball:
    """Return log(x) for an exact positive x, as in `2 * js - certified.log(4)`."""
    return as_ball(x).log()


def _decimal(x: flint.arb, digits: int) -> Decimal:
    """Return an exact point as a Decimal of so many digits."""
    return Decimal(str(x.str(digits, radius=False)), Context(prec=digits))


def _added(x: Ball | Exact) -> Ball:
    """Return what a page, or the package, adds to a ball; a page's number may be a copy."""
    given = as_ball(x)
    if given is x or made_by_package() or not may_be_copied(x):
        return given
    return replace(given, copied=True)


def _unite(
    a: Ball, b: Ball, arb: flint.arb, slopes: tuple[flint.arb, flint.arb], sign: Sign
) -> Ball:
    """Return the ball of both routes; the slopes are its derivatives in a and in b."""
    return Ball(
        arb,
        a.route | b.route,
        min(a.digits, b.digits),
        declared=a.confirms and b.confirms,
        response=_product(a.response, slopes[0]) + _product(b.response, slopes[1]),
        copied=a.copied or b.copied,
        call=sign(a.call, b.call),
    )


def _product(response: flint.arb, slope: flint.arb) -> flint.arb:
    return response * slope if response != 0 else response
