"""The integrands: what p and q have in common, and divergences as functions of their log ratio."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.arrays import EPS, LOG_2
from gantheory.divergences.fused.elementary import exp, less, log1p, tail
from gantheory.divergences.fused.places import (
    GAUSS,
    KRONROD,
    LOG_P,
    LOG_Q,
    NODES,
    RATIO,
    F,
    N,
    P,
    Q,
)
from gantheory.machine_code import compiled, contracted, reassociated
from gantheory.quadrature import null_rules

OVERLAP, ALONE, AFFINITY, COMMON = range(4)
JSD, HELLINGER, TV, KL, REVERSE_KL, JEFFREYS, POWER, PRODUCT = range(4, 12)
"""p log(1 + q/p) + q log(1 + p/q), taken off something and alone · √(p q) · min(p, q) · divergences, the
last with its order · p^α q^(1-α)."""

NULLS = np.zeros((6, N))
NULLS[:, :-1] = null_rules(NODES[:-1], KRONROD[:-1] - GAUSS[:-1], 6)
SAFETY, FAST = 7.0, 0.35  # a factor; falls of null rules by more than that show a smooth integrand


@contracted
def integrand(form: int, alpha: float, work: Any) -> None:
    """k(p, q) at the nodes, and p and q; where p and q nearly agree, it is of second order in a.

    With A = |a|, e = e^-A and M = max(p, q), p - q = ±M (1 - e): nothing is subtracted.
    """
    for j in range(N):
        larger, e = exp(max(work[LOG_P, j], work[LOG_Q, j])), exp(-abs(work[RATIO, j]))
        work[P, j] = larger if work[RATIO, j] >= 0 else larger * e
        work[Q, j] = larger * e if work[RATIO, j] >= 0 else larger
        work[F, j] = e
    if form in (OVERLAP, ALONE):
        for j in range(N):
            size, e = abs(work[RATIO, j]), work[F, j]
            work[F, j] = max(work[P, j], work[Q, j]) * ((1 + e) * log1p(e) + e * size)
    elif form == AFFINITY:
        for j in range(N):
            work[F, j] = max(work[P, j], work[Q, j]) * exp(-0.5 * abs(work[RATIO, j]))
    elif form == COMMON:
        for j in range(N):
            work[F, j] = min(work[P, j], work[Q, j])
    elif form == JSD:
        for j in range(N):
            size, e = abs(work[RATIO, j]), work[F, j]
            bent = less(size, e) / (1 + e)
            near = bent * size + log1p(-bent * bent)
            far = 2 * (LOG_2 - log1p(e) - size * e / (1 + e))
            work[F, j] = 0.25 * max(work[P, j], work[Q, j]) * (1 + e) * (near if size < 1 else far)
    elif form == HELLINGER:
        for j in range(N):
            size = 0.5 * abs(work[RATIO, j])
            step = less(size, exp(-size))
            work[F, j] = 0.5 * max(work[P, j], work[Q, j]) * step * step
    elif form == TV:
        for j in range(N):
            size = abs(work[RATIO, j])
            work[F, j] = 0.5 * max(work[P, j], work[Q, j]) * less(size, work[F, j])
    elif form == JEFFREYS:
        for j in range(N):
            size = abs(work[RATIO, j])
            work[F, j] = max(work[P, j], work[Q, j]) * less(size, work[F, j]) * size
    elif form == POWER:
        reach, norm = 0.5 / max(1.0, abs(alpha)), alpha * (alpha - 1)
        for j in range(N):
            x = min(max(work[RATIO, j], -reach), reach)
            near = work[Q, j] * (tail(alpha * x) - alpha * tail(x))
            far = product(alpha, work, j) - alpha * work[P, j] - (1 - alpha) * work[Q, j]
            work[F, j] = (near if abs(work[RATIO, j]) < reach else far) / norm
    elif form == PRODUCT:
        for j in range(N):
            work[F, j] = product(alpha, work, j)
    else:
        sign = 1.0 if form == KL else -1.0
        for j in range(N):
            size = abs(work[RATIO, j])
            e, x = work[F, j], min(size, 0.5)
            lost = less(size, e)
            above = tail(-x) if size < 0.5 else size - lost
            below = e * tail(x) if size < 0.5 else lost - e * size
            work[F, j] = max(work[P, j], work[Q, j]) * (
                above if sign * work[RATIO, j] >= 0 else below
            )


@contracted
def product(alpha: float, work: Any, j: int) -> float:
    """p^α q^(1-α) at a node."""
    if alpha > 0:
        return exp(work[LOG_Q, j] + alpha * work[RATIO, j])
    return exp(work[LOG_P, j] + (alpha - 1) * work[RATIO, j])


@reassociated
def sums(work: Any) -> tuple[float, float, float, float]:
    """Kronrod's sum of f, its error, and the sums of p and q."""
    value, mass_p, mass_q = 0.0, 0.0, 0.0
    a, b, c, d, e, f = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(N):
        value += KRONROD[j] * work[F, j]
        mass_p += KRONROD[j] * work[P, j]
        mass_q += KRONROD[j] * work[Q, j]
        a, b = a + NULLS[5, j] * work[F, j], b + NULLS[4, j] * work[F, j]
        c, d = c + NULLS[3, j] * work[F, j], d + NULLS[2, j] * work[F, j]
        e, f = e + NULLS[1, j] * work[F, j], f + NULLS[0, j] * work[F, j]
    return value, discretisation(abs(a) + abs(b), abs(c) + abs(d), abs(e) + abs(f)), mass_p, mass_q


@compiled
def discretisation(last: float, before: float, first: float) -> float:
    """SAFETY r min(1, r / FAST)^5 last, where null rules of ever higher degree fall by the factor r.

    As Berntsen and Espelid (1991) have it. The last is |Kronrod - Gauss| with its odd companion; where
    the null rules do not fall, nothing is known but the largest of them.
    """
    fall = max(last / max(before, 1e-300), before / max(first, 1e-300))
    if not fall < 1:
        return SAFETY * max(last, before, first)
    return SAFETY * last * fall * min(1.0, fall / FAST) ** 5


@compiled
def counts(form: int, alpha: float) -> tuple[float, float]:
    """How an integrand falls with the smaller density where that is p, and where it is q: its power."""
    if form == TV:
        return 1.0, 1.0
    if form == KL:
        return 1.0, 0.0
    if form == REVERSE_KL:
        return 0.0, 1.0
    if form in (JSD, HELLINGER):
        return 0.5, 0.5
    if form == POWER:
        return min(max(alpha, 0.0), 1.0), min(max(1 - alpha, 0.0), 1.0)
    return 0.0, 0.0


@compiled
def unbounded_by(form: int, alpha: float) -> bool:
    """Whether the integrand is infinite where q = 0 < p."""
    return form in (KL, JEFFREYS) or (form in (POWER, PRODUCT) and alpha > 1)


@compiled
def mirrored(form: int) -> int:
    """The form with p and q exchanged; that of a power has 1 - alpha then."""
    return KL if form == REVERSE_KL else REVERSE_KL if form == KL else form


@compiled
def power_rounding(
    alpha: float, value: float, mass_p: float, mass_q: float, errors: Any, largest: float
) -> float:
    """Bound on the rounding of (p^α q^(1-α) - α p - (1 - α) q) / (α (α - 1)), summed over a panel.

    `errors` are those of log p and of log q, and the same as far as they count in the product.
    """
    off_p, off_q, less_p, less_q = errors
    norm, beside = alpha * (alpha - 1), 1 - alpha
    mixed = abs(norm * value + alpha * mass_p + beside * mass_q)
    both = mass_p + mass_q + mixed
    product = min(abs(alpha) * off_p * mixed, abs(alpha) * less_p * both)
    product += min(abs(beside) * off_q * mixed, abs(beside) * less_q * both)
    product += EPS * (40 + abs(alpha) * min(largest, 700.0)) * mixed
    single = abs(alpha) * mass_p * (off_p + 8 * EPS) + abs(beside) * mass_q * (off_q + 8 * EPS)
    return float((product + single) / abs(norm))


@compiled
def product_rounding(alpha: float, value: float, errors: Any, work: Any) -> float:
    """Bound on the rounding of p^α q^(1-α), summed over a panel, where logs are off by `errors`."""
    least, most, _ = bounds(work)
    exponent = 40 + abs(alpha) * min(max(most, -least), 700.0)
    return float((abs(alpha) * errors[0] + abs(1 - alpha) * errors[1] + EPS * exponent) * value)


@reassociated
def bounds(work: Any) -> tuple[float, float, float]:
    """The least and largest log ratio at the nodes, and the least absolute value."""
    least, most, nearest = work[RATIO, 0], work[RATIO, 0], abs(work[RATIO, 0])
    for j in range(N):
        least, most = min(least, work[RATIO, j]), max(most, work[RATIO, j])
        nearest = min(nearest, abs(work[RATIO, j]))
    return least, most, nearest


@contracted
def difference(work: Any) -> None:
    """log p - log q into RATIO."""
    for j in range(N):
        work[RATIO, j] = work[LOG_P, j] - work[LOG_Q, j]
