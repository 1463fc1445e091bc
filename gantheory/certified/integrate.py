"""Integrals of two densities in balls: panels by `acb.integral`, the rest by rigorous bounds."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction

import flint

from gantheory.balls import Ball
from gantheory.certified.families import Distribution
from gantheory.certified.integrand import PanelIntegrand, spanned
from gantheory.certified.kernels import BallKernel
from gantheory.certified.panels import HalfLine, Panel, panels, sides
from gantheory.certified.tails import Outer, Region, Strip
from gantheory.certified.terms import Terms, arb
from gantheory.errors import NotCertifiable

GUARD_BITS = 40
SPARE_DIGITS = 3
DEEPEST = 1000  # decimal places: beyond, a value that is not 0 is not looked for
EVALUATIONS = 200_000  # of one stretch: thirty digits take a few thousand
ATTEMPTS = 14
HALVINGS = 60
LARGEST_BITS = 100_000
SIGN_VISITS = 20_000

Integrand = Callable[[flint.acb, bool], flint.acb]


def working_bits(places: int) -> int:
    """Return the precision for an absolute accuracy of that many decimal places."""
    return int(places * 3.3220) + GUARD_BITS


def attempt(kernel: BallKernel, p: Distribution, q: Distribution, places: int) -> flint.arb:
    """Return the integral with a radius of about 10^-places, at whatever precision that takes.

    Raises
    ------
    NotCertifiable
        If the integral is infinite or tails have no bound.
    """
    with flint.ctx.workprec(working_bits(places)):
        parts = list(sides(p, q))
        tolerance = flint.arb(10) ** -places / (2 * len(parts))
        for side in parts:
            _refuse_infinite(kernel, side)

        def small(region: Region, terms_p: Terms, terms_q: Terms) -> bool:
            left = kernel.outside(region, terms_p, terms_q)
            return left is not None and bool(left <= tolerance)

        total = arb(kernel.constant[0] * p.mass + kernel.constant[1] * q.mass)
        laid = [(side, *panels(side, small)) for side in parts]
        if kernel.bound is None and kernel.sign == 1:
            # where the integral may be huge, aim at relative accuracy
            peaks = [_at_least(kernel, panel) for _, covered, _ in laid for panel in covered]
            least = sum(peaks, flint.arb(0))
            if least > flint.arb(2) ** LARGEST_BITS:
                raise NotCertifiable(f"{kernel.name} exceeds 2^{LARGEST_BITS}: too large")
            tolerance = tolerance.max(least.abs_lower() * tolerance)
        for side, covered, region in laid:
            for panel in covered:
                total += _panel(kernel, panel, tolerance)
            if region is not None:
                left = kernel.outside(region, side.p, side.q)
                if left is None:
                    raise NotCertifiable(f"{kernel.name}: no bound on what lies outside the box")
                total += spanned(left, kernel.sign)
        return total


def _at_least(kernel: BallKernel, panel: Panel) -> flint.arb:
    """Return a lower bound of the integral of a non-negative integrand, near its peak."""
    integrand = PanelIntegrand(panel, kernel)
    low, high = flint.arb(0), arb(panel.stop)
    best = flint.arb(0)
    for _ in range(HALVINGS):
        middle = ((low + high) / 2).mid()
        halves = [(low, middle), (middle, high)]
        values = [integrand(flint.acb(a.union(b)), False).real for a, b in halves]
        for (a, b), value in zip(halves, values, strict=True):
            if value > 0:
                best = best.max((value * (b - a)).lower())
        left, right = (value.upper() if value.is_finite() else None for value in values)
        at = integrand(flint.acb(middle), False).real
        slope = integrand(flint.acb(middle + (high - low) * flint.arb("1e-6")), False).real - at
        rising = bool(slope.mid() > 0) if left is None or right is None else bool(right > left)
        low, high = halves[1] if rising else halves[0]
    return best


def _panel(kernel: BallKernel, panel: Panel, tolerance: flint.arb) -> flint.arb:
    integrand = PanelIntegrand(panel, kernel)
    integrand.check_bound()
    stop = arb(panel.stop)
    try:
        if not kernel.modulus:
            return _stretch(integrand, flint.arb(0), stop, tolerance, name=kernel.name)
        stretches, left = _settle_signs(integrand, stop, tolerance / 2)
        share = tolerance / (2 * max(1, len(stretches)))
        sizes = (abs(_stretch(integrand, *ends, share, name=kernel.name)) for ends in stretches)
        return kernel.modulus * sum(sizes, left)
    except SystemError as error:  # how flint hands on what the integrand raised
        if error.__cause__ is not None:
            raise error.__cause__ from None
        raise


def _stretch(
    integrand: Integrand, low: flint.arb, high: flint.arb, tolerance: flint.arb, *, name: str
) -> flint.arb:
    """∫ integrand from low to high.

    Raises
    ------
    NotCertifiable
        If the evaluations run out: more digits of the rest of the integral would not help.
    """
    used = 0

    def counted(t: flint.acb, analytic: bool) -> flint.acb:
        nonlocal used
        used += 1
        return integrand(t, analytic)

    found = flint.acb.integral(
        counted,
        flint.acb(low),
        flint.acb(high),
        rel_tol=flint.arb(2) ** (GUARD_BITS - flint.ctx.prec),
        abs_tol=tolerance,
        eval_limit=EVALUATIONS + 1,  # it stops one short of its limit
        depth_limit=20 * flint.ctx.prec,
    ).real
    if used >= EVALUATIONS:
        raise NotCertifiable(
            f"{name}: {EVALUATIONS} evaluations do not enclose it on one stretch of the line, where "
            "balls stay too wide: a difference that vanishes there, such as 1 - exp(-q/p), loses its "
            "digits; write the integrand without it, or take an Estimate of gantheory.divergences"
        )
    return found


def _settle_signs(
    integrand: Integrand, stop: flint.arb, tolerance: flint.arb
) -> tuple[list[tuple[flint.arb, flint.arb]], flint.arb]:
    """Return stretches on which the integrand has one sign for certain, and a ball for all the rest.

    What is left around the zeros is halved until the bound of its integral is small.
    """
    stretches: list[tuple[flint.arb, flint.arb]] = []
    signs: list[int] = []
    left = flint.arb(0)
    todo, visits = [(flint.arb(0), stop, tolerance)], 0
    while todo:
        low, high, share = todo.pop()
        visits += 1
        value = integrand(flint.acb(low.union(high)), False).real
        sign = 1 if value > 0 else -1 if value < 0 else 0
        most = value.abs_upper() * (high - low).abs_upper() if value.is_finite() else None
        if sign:
            if stretches and signs[-1] == sign and stretches[-1][1] == low:
                stretches[-1] = stretches[-1][0], high
            else:
                stretches.append((low, high))
                signs.append(sign)
        elif most is not None and (most <= share or visits > SIGN_VISITS):
            left += spanned(most, 1)
        else:
            # halving the share at every level adds up to the whole however the zeros lie
            middle = ((low + high) / 2).mid()
            todo += [(middle, high, share / 2), (low, middle, share / 2)]
            if visits > 2 * SIGN_VISITS:
                raise NotCertifiable("the sign of p - q cannot be settled on a panel")
    return stretches, left


def _refuse_infinite(kernel: BallKernel, side: HalfLine) -> None:
    """Refuse an integral that is +inf.

    Raises
    ------
    NotCertifiable
        If one density is positive alone where the integrand is infinite, or tails or zeros make it so.
    """
    for mine, other, alone, name in (
        (side.p, side.q, kernel.p_alone, "p has mass where q has none"),
        (side.q, side.p, kernel.q_alone, "q has mass where p has none"),
    ):
        if mine and not other and alone is None:
            raise NotCertifiable(f"{kernel.name} is +inf: {name}; no ball holds that")
    if not side.p or not side.q:
        return
    region: Region | None = None
    if side.length is None:
        region = Outer(side.scale)
    elif side.vanishes:
        region = Strip(min(side.length, Fraction(1)) / 2)
    if region is not None and kernel.infinite(region, side.p, side.q):
        where = "far out" if side.length is None else "at a zero"
        raise NotCertifiable(
            f"{kernel.name} is +inf: {where} one density falls too fast for the other; "
            "no ball holds that"
        )


def refine(
    attempt: Callable[[int], flint.arb], name: str, digits: int, *, zero_counts: bool = False
) -> Ball:
    """Return what `attempt` encloses as a ball of relative accuracy `digits`.

    The first attempt aims at an absolute accuracy that is enough for values near 1; what it finds says
    what the next one has to aim at. While the value cannot be distinguished from 0, accuracy is doubled;
    with `zero_counts` a ball around 0 of radius 10^-(2 digits) is an answer.

    Raises
    ------
    NotCertifiable
        If an attempt refuses, or the accuracy is out of reach.
    """
    places = digits + SPARE_DIGITS
    value = flint.arb.nan()
    for _ in range(ATTEMPTS):
        value = attempt(places)
        if not value.is_finite():
            places += digits
            continue
        around_zero = zero_counts and value.contains(0) and places >= 2 * digits
        if accurate(value, digits) or (around_zero and small_enough(value, digits)):
            return Ball(value, frozenset({("balls", name)}), digits)
        places = _next(value, places, digits)
        if places > DEEPEST:
            raise NotCertifiable(
                f"{name}: the value cannot be distinguished from 0 in {DEEPEST} decimal places; "
                f"the best enclosure is {value.str(5)}"
            )
    raise NotCertifiable(
        f"{name}: {digits} digits are out of reach; the best enclosure is {value.str(10)}"
    )


def small_enough(value: flint.arb, digits: int) -> bool:
    """Whether the whole ball lies within 10^-(2 digits) of 0."""
    with flint.ctx.workprec(64):
        return bool(value.abs_upper() <= flint.arb(10) ** (-2 * digits))


def accurate(value: flint.arb, digits: int) -> bool:
    """Whether the radius is below 10^-digits times the least modulus, or the value is exact."""
    with flint.ctx.workprec(64):
        return value.is_exact() or bool(value.rad() <= value.abs_lower() * flint.arb(10) ** -digits)


def _next(value: flint.arb, places: int, digits: int) -> int:
    """Return the decimal places that the next attempt aims at."""
    with flint.ctx.workprec(64):
        least = value.abs_lower()
        if not least > 0:
            return 2 * places
        size = math.floor(float((least.log() / flint.arb(10).log()).mid()))
        wanted = digits + SPARE_DIGITS - size
        return max(wanted, places + SPARE_DIGITS)
