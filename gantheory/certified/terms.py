"""Logarithms of densities as exact data: quadratic + Σ power · log(quadratic), all rational.

Every family of the line is, between its breaks, the exponential of such a term, and so is every product
or quotient of densities. Terms are added, subtracted and moved exactly; only then are they evaluated in
balls, so that the difference of two nearly equal terms is formed without cancellation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import flint

Quadratic = tuple[Fraction, Fraction, Fraction]  # c0 + c1 y + c2 y²
Evaluator = Callable[[flint.acb, "flint.acb | None", bool], flint.acb]

Terms = tuple["LogTerm", ...]

ZERO = Fraction(0)
NOTHING: Quadratic = (ZERO, ZERO, ZERO)


def arb(x: Fraction | int) -> flint.arb:
    """Return an exact rational as a ball at the working precision."""
    x = Fraction(x)
    return flint.arb(flint.fmpq(x.numerator, x.denominator))


@dataclass(frozen=True)
class Factor:
    """power · log(inside(y)): a quadratic without real zeros, or linear."""

    power: Fraction
    inside: Quadratic


@dataclass(frozen=True)
class LogTerm:
    """level + polynomial(y) + Σ factors: the logarithm of a positive function of y.

    Attributes
    ----------
    level:
        A constant, as a ball.
    polynomial:
        Coefficients c0, c1, c2, exact.
    factors:
        Multiples of logarithms of polynomials.
    """

    level: flint.arb
    polynomial: Quadratic = NOTHING
    factors: tuple[Factor, ...] = ()

    def moved(self, center: Fraction, scale: Fraction) -> LogTerm:
        """The same function of y, x = center + scale · y."""
        return LogTerm(
            self.level,
            moved(self.polynomial, center, scale),
            tuple(Factor(f.power, moved(f.inside, center, scale)) for f in self.factors),
        )

    def raised(self, level: flint.arb) -> LogTerm:
        """The sum of the term and a constant."""
        return LogTerm(self.level + level, self.polynomial, self.factors)

    @property
    def power_at_zero(self) -> Fraction:
        """The k with e^term ~ |y|^k as y -> 0."""
        return sum((f.power for f in self.factors if f.inside[0] == 0), ZERO)

    @property
    def power_at_infinity(self) -> Fraction:
        """The k with e^term ~ e^polynomial |y|^k as y -> ∞."""
        return sum((f.power * (2 if f.inside[2] else 1) for f in self.factors), ZERO)

    @property
    def growth(self) -> tuple[Fraction, Fraction, Fraction]:
        """What decides which of two terms is larger as y -> +∞, compared in this order."""
        return self.polynomial[2], self.polynomial[1], self.power_at_infinity


def moved(c: Quadratic, center: Fraction, scale: Fraction) -> Quadratic:
    """Return the coefficients of c(center + scale · y)."""
    c0, c1, c2 = c
    return (c0 + (c1 + c2 * center) * center, (c1 + 2 * c2 * center) * scale, c2 * scale * scale)


def combine(*weighted: tuple[int, LogTerm]) -> LogTerm:
    """Return Σ n_k · term_k, equal logarithms joined and those of power 0 dropped."""
    level = sum((n * t.level for n, t in weighted), flint.arb(0))
    c0, c1, c2 = (sum((n * t.polynomial[i] for n, t in weighted), ZERO) for i in range(3))
    powers: dict[Quadratic, Fraction] = {}
    for n, t in weighted:
        for f in t.factors:
            powers[f.inside] = powers.get(f.inside, ZERO) + n * f.power
    factors = tuple(Factor(power, inside) for inside, power in powers.items() if power)
    return LogTerm(level, (c0, c1, c2), factors)


def evaluator(term: LogTerm, reach: Fraction, *, far: bool = False) -> Evaluator:
    """Return the term as a function (y, log y, analytic) of complex balls.

    `analytic` is forwarded to every logarithm. log y is asked for only where a factor vanishes at
    y = 0, or with `far`: then log(c0 + c1 y + c2 y²) is 2 log y + log(c2 + c1/y + c0/y²), which is
    analytic in a far wider strip. Quadratics are evaluated around their vertex if that is not far
    outside [0, reach]: then wide balls stay as narrow as they can be.
    """
    polynomial = _quadratic(term.polynomial, reach)
    level = term.level
    regular: list[tuple[flint.arb, Callable[[flint.acb], flint.acb]]] = []
    power_of_y = term.power_at_infinity if far else term.power_at_zero
    for f in term.factors:
        c0, c1, c2 = f.inside
        if far:
            regular.append((arb(f.power), _quadratic((c2, c1, c0), 1 / reach)))
        elif c0 == 0:
            level = level + arb(f.power) * arb(c1).log()
        else:
            regular.append((arb(f.power), _quadratic(f.inside, reach)))
    exponent = arb(power_of_y) if power_of_y else None

    def evaluate(y: flint.acb, log_y: flint.acb | None, analytic: bool) -> flint.acb:
        value = polynomial(y) + level
        if regular:
            z = (-log_y).exp() if far and log_y is not None else y
            for power, inside in regular:
                value += power * inside(z).log(analytic=analytic)
        if exponent is not None:
            value += exponent * (y.log(analytic=analytic) if log_y is None else log_y)
        return value

    return evaluate


def _quadratic(c: Quadratic, reach: Fraction) -> Callable[[flint.acb], flint.acb]:
    c0, c1, c2 = c
    if c2 == 0:
        if c1 == 0:
            constant = flint.acb(arb(c0))
            return lambda y: constant
        a0, a1 = arb(c0), arb(c1)
        return lambda y: a1 * y + a0
    vertex = -c1 / (2 * c2)
    if -2 * reach <= vertex <= 3 * reach:
        h, k, a2 = arb(vertex), arb(c0 + c1 * vertex / 2), arb(c2)
        return lambda y: a2 * (y - h) ** 2 + k
    a0, a1, a2 = arb(c0), arb(c1), arb(c2)
    return lambda y: (a2 * y + a1) * y + a0


def value_at(term: LogTerm, y: Fraction) -> flint.arb:
    """Return the term at an exact y where no factor vanishes."""
    value = term.level + arb(at(term.polynomial, y))
    for f in term.factors:
        value += arb(f.power) * arb(at(f.inside, y)).log()
    return value


def at(c: Quadratic, y: Fraction) -> Fraction:
    """c0 + c1 y + c2 y²."""
    return c[0] + (c[1] + c[2] * y) * y
