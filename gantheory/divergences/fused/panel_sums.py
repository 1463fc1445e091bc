"""A form over one panel: value, error, rounding."""

from __future__ import annotations

import math
from typing import Any

from gantheory.arrays import EPS
from gantheory.divergences.fused.forms import (
    COMMON,
    POWER,
    PRODUCT,
    TV,
    bounds,
    counts,
    difference,
    integrand,
    mirrored,
    power_rounding,
    product_rounding,
    sums,
    unbounded_by,
)
from gantheory.divergences.fused.nearness import close
from gantheory.divergences.fused.places import EMPTY, LOG_P, LOG_Q, side
from gantheory.machine_code import compiled


@compiled
def evaluate(
    form: int, alpha: float, near: bool, of_p: int, row: Any, panel: Any, work: Any
) -> Any:
    """Value, error, rounding, and the masses of p and q on a panel."""
    off_p = side(row, 0, of_p, panel, work, LOG_P)
    off_q = side(row, of_p, row.shape[1], panel, work, LOG_Q)
    no_p, no_q = work[LOG_P, 0] == EMPTY, work[LOG_Q, 0] == EMPTY
    if no_p and no_q:
        return 0.0, 0.0, 0.0, 0.0, 0.0
    if (no_q and unbounded_by(form, alpha)) or (no_p and unbounded_by(mirrored(form), 1 - alpha)):
        return 0.0, math.inf, math.inf, 0.0, 0.0
    off = math.inf
    if near and form > COMMON and not (no_p or no_q):
        off = close(of_p, row, panel, work)
    if not off < math.inf:
        difference(work)
    integrand(form, alpha, work)
    value, error, mass_p, mass_q = sums(work)
    half, size = 0.5 * panel[2], max(abs(value), 1e-300)
    errors = 0.0 if no_p else off_p, 0.0 if no_q else off_q, off
    if form <= COMMON:
        rounding = (errors[0] + errors[1] + 40 * EPS) * size
    elif form == PRODUCT:
        rounding = product_rounding(alpha, value, errors, work)
    else:
        rounding = rounded(form, alpha, value, mass_p, mass_q, errors, work)
    if value > 1e290:
        error = math.inf
    return half * value, half * error, half * rounding, half * mass_p, half * mass_q


@compiled
def rounded(
    form: int, alpha: float, value: float, mass_p: float, mass_q: float, errors: Any, work: Any
) -> float:
    """Bound on the rounding of a sum: `errors` are those of log p, of log q, and of log p - log q.

    The last is inf where it is the difference of the others. Forms of second order in a, k <= c a² M and
    |dk/da| <= 2 √(k M) with M = max(p, q), owe 2 δ √(∫k ∫M) + δ² ∫M, by Cauchy and Schwarz.
    """
    least, most, nearest = bounds(work)
    farthest, size, mass = max(most, -least), max(abs(value), 1e-300), mass_p + mass_q
    # the error of the smaller density counts as little as that density does
    power_p, power_q = counts(form, alpha)
    off_p = errors[0] * math.exp(min(most, 0.0) * power_p)
    off_q = errors[1] * math.exp(min(-least, 0.0) * power_q)
    off = errors[2] if errors[2] < math.inf else off_p + off_q + EPS * min(farthest, 40.0)
    larger = (off_p if least > 0 else off_q if most < 0 else max(off_p, off_q)) + 40 * EPS
    near = 2 * off * math.sqrt(size * mass) + off * off * mass
    if form == TV:  # of first order
        return float(off * mass + larger * size)
    if form == POWER:
        reach = 0.5 / max(1.0, abs(alpha))
        total = near + 40 * EPS * size if nearest < reach else 0.0
        if farthest > reach:
            both = errors[0], errors[1], off_p, off_q
            total += power_rounding(alpha, value, mass_p, mass_q, both, farthest)
        return float(total)
    if nearest >= 1:
        return float(3 * (off / nearest + larger) * size)
    return float(near + 3 * (off + larger) * size)
