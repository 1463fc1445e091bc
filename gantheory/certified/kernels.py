"""The integrands of the functionals in balls.

Each is M times a function of l <= 0 or so, where M is the larger density and l the logarithm of the
smaller one over the larger one; which is which is decided at the middle of a ball, and either form is
right everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import flint

from gantheory.certified.tails import Region
from gantheory.certified.terms import Terms, arb, combine


@dataclass(slots=True)
class Pair:
    """Two positive densities on a ball, times a positive weight.

    Attributes
    ----------
    larger:
        M, the density that is larger in the middle of the ball, with the weight.
    ratio:
        l = log(smaller / larger), without the weight.
    p_larger:
        Whether M is p.
    weight:
        The weight.
    log_larger:
        log M, without the weight.
    analytic:
        Whether a function that is not analytic on the ball has to come out not finite.
    """

    larger: flint.acb
    ratio: flint.acb
    p_larger: bool
    analytic: bool
    log_larger: Callable[[], flint.acb]
    weight: flint.acb


Values = Callable[[Pair], flint.acb]
Alone = Callable[[flint.acb, Callable[[], flint.acb]], flint.acb]
Outside = Callable[[Region, Terms, Terms], "flint.arb | None"]


def times(c: Callable[[], flint.arb]) -> Alone:
    """Return density -> c · density, for where the other density vanishes."""
    return lambda density, log_density: density * c()


@dataclass(frozen=True)
class BallKernel:
    """An integrand and what is known of it.

    Attributes
    ----------
    name:
        Names it in routes and messages.
    values:
        Pair -> integrand where both densities are positive.
    p_alone, q_alone:
        Integrand where the other density vanishes; None where it is +inf.
    bound:
        () -> (c_p, c_q) with |integrand| <= c_p p + c_q q, or None.
    sign:
        1 or -1 where the integrand has one sign, else 0.
    outside:
        Bound of the integral of |integrand| over a region, None if there is none.
    infinite:
        Says of a region whether the integral over it is +inf; never for bounded integrands.
    constant:
        (c_p, c_q): c_p ∫p + c_q ∫q is added to the integral, exactly.
    modulus:
        1 or -1 if the integral is that of ± the modulus of the integrand, else 0: `values` keeps the
        sign, so that it is analytic, and the sign is settled by balls.
    """

    name: str
    values: Values
    p_alone: Alone | None
    q_alone: Alone | None
    outside: Outside
    bound: Callable[[], tuple[flint.arb, flint.arb]] | None = None
    sign: int = 0
    infinite: Callable[[Region, Terms, Terms], bool] = field(default=lambda region, p, q: False)
    constant: tuple[Fraction | int, Fraction | int] = (0, 0)
    modulus: int = 0

    def swapped(self, name: str) -> BallKernel:
        """Return the same with p and q exchanged, for a kernel without a bound."""
        return replace(
            self,
            name=name,
            values=lambda v: self.values(replace(v, p_larger=not v.p_larger)),
            p_alone=self.q_alone,
            q_alone=self.p_alone,
            outside=lambda region, p, q: self.outside(region, q, p),
            infinite=lambda region, p, q: self.infinite(region, q, p),
            constant=self.constant[::-1],
        )


# --- what lies outside ---------------------------------------------------------------------------


def total(bounds: Sequence[flint.arb | None]) -> flint.arb | None:
    """Return the sum, None if one is missing."""
    known = [b for b in bounds if b is not None]
    return sum(known, flint.arb(0)) if len(known) == len(bounds) else None


def by_mass(bound: Callable[[], tuple[flint.arb, flint.arb]]) -> Outside:
    """Return c_p P(region) + c_q Q(region)."""

    def outside(region: Region, p: Terms, q: Terms) -> flint.arb | None:
        c_p, c_q = bound()
        masses = total([region.integral(t) for t in p]), total([region.integral(t) for t in q])
        if masses[0] is None or masses[1] is None:
            return None
        return c_p * masses[0] + c_q * masses[1]

    return outside


def log_ratio_outside(region: Region, p: Terms, q: Terms) -> flint.arb | None:
    """Return a bound of ∫ p |log p/q|: for p and q alike, a component <= density <= its supremum."""
    if not p:
        return flint.arb(0)
    bounds = []
    for density in (p, q):
        peak = total([region.supremum(t) for t in density])
        if peak is None:
            return None
        least = region.least(density)
        for t in p:
            whole = region.integral(t)
            bounds.append(region.log_integral(t, least))
            bounds.append(None if whole is None else whole * abs(peak.log()))
    return total(bounds)


def log_ratio_infinite(region: Region, p: Terms, q: Terms) -> bool:
    """Whether ∫ p |log q| = +inf over the region."""
    return bool(p) and any(not region.integrable(t, region.least(q)) for t in p)


def square_outside(region: Region, p: Terms, q: Terms) -> flint.arb | None:
    """Return a bound of ∫ p²/q: n Σ p_i² / q_k for p of n terms and any term of q."""
    if not p:
        return flint.arb(0)
    least = region.least(q)
    bound = total([region.integral(combine((2, t), (-1, least))) for t in p])
    return None if bound is None else len(p) * bound


def square_infinite(region: Region, p: Terms, q: Terms) -> bool:
    """Whether ∫ p²/q = +inf over the region."""
    return bool(p) and any(not region.integrable(combine((2, t), (-1, region.least(q)))) for t in p)


# --- integrands ----------------------------------------------------------------------------------


def constant(x: Fraction | int) -> Callable[[], flint.arb]:
    """Return an exact constant, as a ball when asked for."""
    return lambda: arb(x)


def half_log_two() -> flint.arb:
    """log(2) / 2."""
    return flint.arb.const_log2() / 2


def jensen_shannon(v: Pair) -> flint.acb:
    """M [e l - (1 + e) log((1 + e)/2)] / 2, e = e^l."""
    step = v.ratio.expm1()
    return (
        v.larger * ((1 + step) * v.ratio - (2 + step) * (1 + step / 2).log(analytic=v.analytic)) / 2
    )


def criterion(v: Pair) -> flint.acb:
    """M [e l - (1 + e) log(1 + e)], e = e^l."""
    e = v.ratio.exp()
    return v.larger * (e * v.ratio - (1 + e) * (1 + e).log(analytic=v.analytic))


def total_variation(v: Pair) -> flint.acb:
    """(p - q) / 2 = ± M (1 - e^l) / 2; its modulus is taken stretch by stretch."""
    return v.larger * v.ratio.expm1() / (-2 if v.p_larger else 2)


def hellinger(v: Pair) -> flint.acb:
    """M (1 - e^(l/2))² / 2."""
    return v.larger * (v.ratio / 2).expm1() ** 2 / 2


def affinity(v: Pair) -> flint.acb:
    """M e^(l/2): √(p q)."""
    return v.larger * (v.ratio / 2).exp()


def triangular(v: Pair) -> flint.acb:
    """M (1 - e^l)² / (1 + e^l)."""
    step = v.ratio.expm1()
    return v.larger * step**2 / (2 + step)


def kullback_leibler(v: Pair) -> flint.acb:
    """-M l where M is p, M e^l l where M is q: p log(p/q)."""
    return -v.larger * v.ratio if v.p_larger else v.larger * v.ratio.exp() * v.ratio


def jeffreys(v: Pair) -> flint.acb:
    """M (e^l - 1) l: (p - q) log(p/q)."""
    return v.larger * v.ratio.expm1() * v.ratio


def pearson(v: Pair) -> flint.acb:
    """M e^-l where M is p, M e^(2 l) where M is q: p²/q."""
    return v.larger * ((-v.ratio).exp() if v.p_larger else (2 * v.ratio).exp())


def _bounded(
    name: str, values: Values, bound: Callable[[], flint.arb], sign: int, alone: Alone
) -> BallKernel:
    both = lambda: (bound(), bound())  # noqa: E731
    return BallKernel(name, values, alone, alone, by_mass(both), bound=both, sign=sign)


NONE, HALF = times(constant(0)), constant(Fraction(1, 2))

JENSEN_SHANNON = _bounded("certified JSD", jensen_shannon, half_log_two, 1, times(half_log_two))
CRITERION = _bounded("certified C", criterion, flint.arb.const_log2, -1, NONE)
TOTAL_VARIATION = replace(
    _bounded("certified TV", total_variation, HALF, 1, times(HALF)), modulus=1
)
HELLINGER = _bounded("certified H²", hellinger, HALF, 1, times(HALF))
AFFINITY = _bounded("certified BC", affinity, HALF, 1, NONE)
TRIANGULAR = _bounded("certified Δ", triangular, constant(1), 1, times(constant(1)))
KULLBACK_LEIBLER = BallKernel(
    "certified KL",
    kullback_leibler,
    p_alone=None,
    q_alone=NONE,
    outside=log_ratio_outside,
    infinite=log_ratio_infinite,
)
REVERSE_KULLBACK_LEIBLER = KULLBACK_LEIBLER.swapped("certified reverse KL")
JEFFREYS = BallKernel(
    "certified Jeffreys",
    jeffreys,
    p_alone=None,
    q_alone=None,
    outside=lambda region, p, q: total(
        [log_ratio_outside(region, p, q), log_ratio_outside(region, q, p)]
    ),
    infinite=lambda region, p, q: (
        log_ratio_infinite(region, p, q) or log_ratio_infinite(region, q, p)
    ),
    sign=1,
)
PEARSON = BallKernel(
    "certified Pearson chi²",
    pearson,
    p_alone=None,
    q_alone=NONE,
    outside=square_outside,
    infinite=square_infinite,
    constant=(-2, 1),
    sign=1,
)
NEYMAN = PEARSON.swapped("certified Neyman chi²")


def smaller(prior: Fraction) -> BallKernel:
    """Return the kernel of ∫ min(π p, (1 - π) q) = (π ∫p + (1 - π) ∫q)/2 - ∫ |π p - (1 - π) q|/2."""
    shares = prior / 2, (1 - prior) / 2

    def values(v: Pair) -> flint.acb:
        first, second = shares if v.p_larger else shares[::-1]
        return v.larger * (arb(first) - arb(second) * v.ratio.exp()) * (1 if v.p_larger else -1)

    def bound() -> tuple[flint.arb, flint.arb]:
        return arb(shares[0]), arb(shares[1])

    p_alone, q_alone = (times(constant(share)) for share in shares)
    return BallKernel(
        "certified Bayes error",
        values,
        p_alone,
        q_alone,
        by_mass(bound),
        bound=bound,
        sign=-1,
        constant=shares,
        modulus=-1,
    )
