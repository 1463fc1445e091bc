"""Densities of the line as sums of components, exactly: on each piece e^term."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from gantheory.certified.terms import ZERO, Factor, LogTerm, arb
from gantheory.densities.base import Density
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.normal import Normal
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.errors import NotCertifiable

End = Fraction | None  # None is an infinite end
Piece = tuple[End, End, Callable[[], LogTerm]]


@dataclass(frozen=True)
class Component:
    """weight · e^term on each piece, 0 elsewhere.

    Attributes
    ----------
    key:
        Family and parameters, to recognise equal distributions.
    weight:
        Its exact share.
    pieces:
        (low, high, term) ascending; None is an infinite end. The term is made at the working precision.
    center, scale:
        Where the mass sits.
    """

    key: tuple[Any, ...]
    weight: Fraction
    pieces: tuple[Piece, ...]
    center: Fraction
    scale: Fraction

    @property
    def ends(self) -> tuple[Fraction, ...]:
        """Every finite end of a piece."""
        return tuple(end for low, high, _ in self.pieces for end in (low, high) if end is not None)

    def term_on(self, low: End, high: End) -> LogTerm | None:
        """log(weight · density) on an interval without ends inside, None where it is 0."""
        for a, b, term in self.pieces:
            starts = a is None or (low is not None and low >= a)
            if starts and (b is None or (high is not None and high <= b)):
                return term().raised(arb(self.weight).log())
        return None


@dataclass(frozen=True)
class Distribution:
    """A density of the line as a sum of components of positive weight."""

    components: tuple[Component, ...]

    @property
    def mass(self) -> Fraction:
        """Its whole mass: the sum of the weights as given, 1 up to their rounding."""
        return sum((c.weight for c in self.components), ZERO)

    @property
    def key(self) -> tuple[Any, ...]:
        """Equal for equal distributions."""
        shares: dict[tuple[Any, ...], Fraction] = {}
        for c in self.components:
            shares[c.key] = shares.get(c.key, ZERO) + c.weight
        return tuple(sorted(shares.items()))

    def terms_on(self, low: End, high: End) -> tuple[LogTerm, ...]:
        """Return the terms that live on an interval."""
        found = (c.term_on(low, high) for c in self.components)
        return tuple(term for term in found if term is not None)


def distribution(density: Any) -> Distribution:
    """Return a density of the line as a `Distribution`.

    Raises
    ------
    NotCertifiable
        If it is a batch, a black box, or of a family without a rigorous form.
    """
    if isinstance(density, Distribution):
        return density
    if not isinstance(density, Density):
        raise NotCertifiable(
            f"{density!r} is not a density of gantheory's families; only their exact parameters can be "
            "enclosed. Write gantheory.Normal(...) and the like"
        )
    if density.batch_shape:
        raise NotCertifiable(f"{density!r} is a batch; enclose its members one by one")
    if isinstance(density, Mixture1D):
        parts = zip(density.exact_weights, density.components, strict=True)
        return Distribution(tuple(_component(c, w) for w, c in parts if w > 0))
    return Distribution((_component(density, Fraction(1)),))


def _component(density: Any, weight: Fraction) -> Component:
    make = FAMILIES.get(type(density))
    if make is None:
        raise NotCertifiable(
            f"{density!r} has no rigorous form; the families that have one are "
            + ", ".join(family.__name__ for family in FAMILIES)
            + " and mixtures of them"
        )
    return make(weight, **density.exact)


def normal(weight: Fraction, mean: Fraction, variance: Fraction) -> Component:
    """-(x - mean)² / (2 variance) - log(2π variance) / 2."""

    def term() -> LogTerm:
        level = -(2 * flint.arb.pi() * arb(variance)).log() / 2
        return LogTerm(level, (-mean * mean / (2 * variance), mean / variance, -1 / (2 * variance)))

    key, scale = ("Normal", mean, variance), rough_sqrt(variance)
    return Component(key, weight, ((None, None, term),), mean, scale)


def rough_sqrt(x: Fraction) -> Fraction:
    """Return a rational near √x, to a few digits: good for laying out panels only."""
    k = max(0, 40 - (x.numerator.bit_length() - x.denominator.bit_length()) // 2)
    return Fraction(math.isqrt(x.numerator * 4**k // x.denominator), 2**k)


def _normal(weight: Fraction, loc: Fraction, scale: Fraction) -> Component:
    return normal(weight, loc, scale * scale)


def _laplace(weight: Fraction, loc: Fraction, scale: Fraction) -> Component:
    """-|x - loc| / scale - log(2 scale)."""

    def side(sign: int) -> Callable[[], LogTerm]:
        return lambda: LogTerm(-arb(2 * scale).log(), (sign * loc / scale, -sign / scale, ZERO))

    pieces = ((None, loc, side(-1)), (loc, None, side(1)))
    return Component(("Laplace", loc, scale), weight, pieces, loc, scale)


def exponential(weight: Fraction, rate: Fraction) -> Component:
    """log rate - rate x for x >= 0."""

    def term() -> LogTerm:
        return LogTerm(arb(rate).log(), (ZERO, -rate, ZERO))

    return Component(("Exponential", rate), weight, ((ZERO, None, term),), ZERO, 1 / rate)


def _cauchy(weight: Fraction, loc: Fraction, scale: Fraction) -> Component:
    """Student's distribution with one degree of freedom."""
    return _student(weight, Fraction(1), loc, scale)


def _student(weight: Fraction, df: Fraction, loc: Fraction, scale: Fraction) -> Component:
    """-(df + 1)/2 log(1 + z²/df) + lgamma((df + 1)/2) - lgamma(df/2) - log(π df scale²) / 2."""
    square = df * scale * scale
    quadratic = (1 + loc * loc / square, -2 * loc / square, 1 / square)
    factors = (Factor(-(df + 1) / 2, quadratic),)

    def term() -> LogTerm:
        level = arb((df + 1) / 2).lgamma() - arb(df / 2).lgamma()
        return LogTerm(level - (flint.arb.pi() * arb(square)).log() / 2, factors=factors)

    return Component(("StudentT", df, loc, scale), weight, ((None, None, term),), loc, scale)


def _uniform(weight: Fraction, low: Fraction, high: Fraction) -> Component:
    """-log(high - low) on [low, high]."""

    def term() -> LogTerm:
        return LogTerm(-arb(high - low).log())

    middle, width = (low + high) / 2, high - low
    return Component(("Uniform", low, high), weight, ((low, high, term),), middle, width)


def _triangular(weight: Fraction, low: Fraction, mode: Fraction, high: Fraction) -> Component:
    """log(x - low) - log((high - low)(mode - low) / 2) up to the mode, likewise down from it."""

    def side(end: Fraction) -> Callable[[], LogTerm]:
        def term() -> LogTerm:
            sign = 1 if mode > end else -1
            level = -arb((high - low) * abs(mode - end) / 2).log()
            return LogTerm(
                level, factors=(Factor(Fraction(1), (-sign * end, Fraction(sign), ZERO)),)
            )

        return term

    sides: list[Piece] = []
    if mode > low:
        sides.append((low, mode, side(low)))
    if high > mode:
        sides.append((mode, high, side(high)))
    return Component(("Triangular", low, mode, high), weight, tuple(sides), mode, high - low)


FAMILIES: dict[type, Callable[..., Component]] = {
    Normal: _normal,
    Laplace: _laplace,
    Cauchy: _cauchy,
    StudentT: _student,
    Uniform: _uniform,
    Exponential: lambda weight, rate: exponential(weight, rate),
    Triangular: _triangular,
}


def shared_ends(distributions: Sequence[Distribution]) -> list[Fraction]:
    """Return every end of a piece, ascending: between neighbours all densities are analytic."""
    return sorted({end for one in distributions for c in one.components for end in c.ends})
