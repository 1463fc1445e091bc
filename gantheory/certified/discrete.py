"""Distributions on finitely many points: sums of balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import flint

from gantheory.certified.integrate import working_bits
from gantheory.certified.kernels import BallKernel, Pair
from gantheory.certified.terms import ZERO, arb
from gantheory.densities.discrete import Discrete
from gantheory.errors import NotCertifiable, brief

Weights = list[tuple[Fraction, Fraction]]


def common_weights(p: Discrete, q: Discrete) -> Weights:
    """Return the exact weights (p, q) at every point of either.

    Raises
    ------
    NotCertifiable
        If one lives on the line and one in the plane, or the weights are not all there, exactly.
    """
    for one in (p, q):
        if one.approximate:
            raise NotCertifiable(
                f"{brief(one)} lists its weights to {one.weight_error:.1g}, and leaves out mass up to "
                f"{one.unseen:.1g}; give Discrete(weights, points) with exact weights"
            )
    if p.dim != q.dim:
        raise NotCertifiable(f"{p!r} and {q!r} live in different dimensions")
    table: dict[Any, list[Fraction]] = {}
    for side, one in enumerate((p, q)):
        for point, weight in one.exact_masses():
            table.setdefault(point, [ZERO, ZERO])[side] = weight
    return [(weight_p, weight_q) for weight_p, weight_q in table.values()]


def attempt(kernel: BallKernel, weights: Weights, places: int) -> flint.arb:
    """Return the sum of the kernel over all points, to about that many decimal places.

    Raises
    ------
    NotCertifiable
        If the sum is +inf.
    """
    with flint.ctx.workprec(working_bits(places)):
        mass_p, mass_q = (sum((w[side] for w in weights), ZERO) for side in (0, 1))
        total = arb(kernel.constant[0] * mass_p + kernel.constant[1] * mass_q)
        for weight_p, weight_q in weights:
            value = _at_point(kernel, weight_p, weight_q)
            total += kernel.modulus * abs(value) if kernel.modulus else value
        return total


def _at_point(kernel: BallKernel, p: Fraction, q: Fraction) -> flint.arb:
    if p == 0 and q == 0:
        return flint.arb(0)
    if p == 0 or q == 0:
        alone, weight = (kernel.p_alone, p) if q == 0 else (kernel.q_alone, q)
        if alone is None:
            name = "p has mass where q has none" if q == 0 else "q has mass where p has none"
            raise NotCertifiable(f"{kernel.name} is +inf: {name}; no ball holds that")
        ball = flint.acb(arb(weight))
        return alone(ball, lambda: flint.acb(arb(weight).log())).real
    larger, smaller = max(p, q), min(p, q)
    pair = Pair(
        larger=flint.acb(arb(larger)),
        ratio=flint.acb(arb(smaller / larger).log()),
        p_larger=p > q,
        analytic=False,
        log_larger=lambda: flint.acb(arb(larger).log()),
        weight=flint.acb(1),
    )
    return kernel.values(pair).real
