r"""What an integral did not see: rigorous bounds far out and at zeros of a density.

Far out, y >= B > 0, in coordinates where no factor has its centre at y > 0: with u = log y,

    d/du (c1 y + c2 y²)            <= B (c1 + 2 c2 B)             if c2 <= 0 and c1 + 2 c2 B <= 0,
    d/du log(k + c (y - h)²)       in 2 [1 / (1 + |h|/B + k/(c B²)), 1],

so that e^term y falls at least like e^(-r u), and its integral over u is at most its first value / r.
Near a zero, 0 < y <= ε, the term is κ log y + R(y) with R enclosed by one ball.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import flint

from gantheory.certified.terms import ZERO, LogTerm, arb, at, value_at


class Region(Protocol):
    """Where nothing is evaluated; every method returns None where it knows no finite bound."""

    def integral(self, term: LogTerm) -> flint.arb | None:
        """Upper bound of ∫ e^term."""

    def log_integral(self, term: LogTerm, other: LogTerm) -> flint.arb | None:
        """Upper bound of ∫ e^term |other|."""

    def supremum(self, term: LogTerm) -> flint.arb | None:
        """Upper bound of e^term."""

    def least(self, terms: Sequence[LogTerm]) -> LogTerm:
        """The term whose modulus grows least: the largest of them in the limit."""

    def integrable(self, term: LogTerm, other: LogTerm | None = None) -> bool:
        """Whether ∫ e^term, or ∫ e^term |other|, is finite."""


@dataclass(frozen=True)
class Outer:
    """y >= start, in coordinates with all centres at y <= 0."""

    start: Fraction

    def integral(self, term: LogTerm, growth: flint.arb | None = None) -> flint.arb | None:
        """Upper bound of ∫ e^term (y/B)^growth: B e^term(B) / r, r the rate of fall in log y."""
        rate = self._rate(term)
        if rate is None:
            return None
        rate = rate - 1 - (growth or 0)
        if not rate > 0:
            return None
        return flint.arb((value_at(term, self.start).exp() * arb(self.start) / rate).abs_upper())

    def _rate(self, term: LogTerm) -> flint.arb | None:
        """Lower bound of -d term / d log y, None if the term may rise like a polynomial."""
        _, c1, c2 = term.polynomial
        slope = c1 + 2 * c2 * self.start
        if c2 > 0 or slope > 0:
            return None
        rate = arb(-self.start * slope)
        for f in term.factors:
            if f.inside[1] < 0:
                return None  # a centre at y > 0
            # a rising factor counts with its steepest rise, a falling one with its slowest fall
            steepness = Fraction(1) if f.power > 0 else self._slowest(f.inside)
            rate -= arb(2 * f.power * steepness)
        return rate

    def _slowest(self, inside: tuple[Fraction, Fraction, Fraction]) -> Fraction:
        """1 / (1 + |h|/B + k/(c B²))."""
        c0, c1, c2 = inside
        h = -c1 / (2 * c2)
        k = c0 + c1 * h / 2
        return 1 / (1 + abs(h) / self.start + k / (c2 * self.start**2))

    def log_integral(self, term: LogTerm, other: LogTerm) -> flint.arb | None:
        """∫ e^term V (y/B)^g, |other| <= V at B and grows at most like y^g."""
        _, c1, c2 = other.polynomial
        logs = flint.arb(0)
        for f in other.factors:
            logs += arb(abs(f.power)) * arb(at(f.inside, self.start)).log()
        size = arb(abs(c1) * self.start + abs(c2) * self.start**2)
        size += abs(other.level) + arb(abs(other.polynomial[0])) + logs
        rise = arb(sum((2 * abs(f.power) for f in other.factors), ZERO))
        growth = arb(2 if c2 else 1 if c1 else 0)
        if other.factors:
            growth += rise / size
        whole = self.integral(term, growth)
        return None if whole is None else flint.arb((whole * size).abs_upper())

    def supremum(self, term: LogTerm) -> flint.arb | None:
        """e^term(B), where it only falls."""
        rate = self._rate(term)
        if rate is None or not rate >= 0:
            return None
        return flint.arb(value_at(term, self.start).exp().abs_upper())

    def least(self, terms: Sequence[LogTerm]) -> LogTerm:
        """The heaviest tail."""
        return max(terms, key=lambda t: t.growth)

    def integrable(self, term: LogTerm, other: LogTerm | None = None) -> bool:
        """Whether polynomial and power fall fast enough; a logarithm never decides."""
        c2, c1, power = term.growth
        if c2 or c1:
            return c2 < 0 or (c2 == 0 and c1 < 0)
        extra = 0
        if other is not None:
            extra = 2 if other.polynomial[2] else 1 if other.polynomial[1] else 0
        return power + extra < -1


@dataclass(frozen=True)
class Strip:
    """0 < y <= width, where a density vanishes at y = 0."""

    width: Fraction

    def _rest(self, term: LogTerm) -> flint.arb:
        """Enclosure of term - κ log y on the strip, κ the power at zero."""
        half = arb(self.width) / 2
        y = flint.arb(half, half.abs_upper())
        c0, c1, c2 = term.polynomial
        rest = term.level + arb(c0) + (arb(c1) + arb(c2) * y) * y
        for f in term.factors:
            d0, d1, d2 = f.inside
            inside = arb(d1) + arb(d2) * y if d0 == 0 else arb(d0) + (arb(d1) + arb(d2) * y) * y
            rest += arb(f.power) * inside.log()
        return rest

    def integral(self, term: LogTerm) -> flint.arb | None:
        """sup e^R ε^(κ + 1) / (κ + 1)."""
        power = term.power_at_zero + 1
        if power <= 0:
            return None
        whole = self._rest(term).exp() * (arb(power) * arb(self.width).log()).exp() / arb(power)
        return flint.arb(whole.abs_upper()) if whole.is_finite() else None

    def log_integral(self, term: LogTerm, other: LogTerm) -> flint.arb | None:
        """`integral` times |R'| + |κ'| (-log ε + 1/(κ + 1)), for |other| = |R' + κ' log y|."""
        whole = self.integral(term)
        if whole is None or self.width >= 1:
            return None
        steep = arb(abs(other.power_at_zero))
        size = abs(self._rest(other)) + steep * (
            -arb(self.width).log() + 1 / arb(term.power_at_zero + 1)
        )
        return flint.arb((whole * size).abs_upper()) if size.is_finite() else None

    def supremum(self, term: LogTerm) -> flint.arb | None:
        """sup e^R ε^κ, κ >= 0."""
        power = term.power_at_zero
        whole = self._rest(term).exp() * (arb(power) * arb(self.width).log()).exp()
        return flint.arb(whole.abs_upper()) if power >= 0 and whole.is_finite() else None

    def least(self, terms: Sequence[LogTerm]) -> LogTerm:
        """The term of the least power."""
        return min(terms, key=lambda t: t.power_at_zero)

    def integrable(self, term: LogTerm, other: LogTerm | None = None) -> bool:
        """Whether the power exceeds -1; a logarithm never decides."""
        return term.power_at_zero > -1
