"""A form over one panel: value, error, rounding."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import EPS
from gantheory.densities.standard import RAMP
from gantheory.divergences.fused.forms import (
    COMMON,
    POWER,
    TV,
    bounds,
    counts,
    difference,
    integrand,
    mirrored,
    power_slip,
    sums,
    unbounded_by,
)
from gantheory.divergences.fused.nearness import close
from gantheory.divergences.fused.places import EMPTY, KIND, LEVEL, LOC, LOG_P, LOG_Q, side
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
    direct = off < math.inf
    if not direct:
        difference(work)
    integrand(form, alpha, work)
    value, even, odd, mass_p, mass_q = sums(work)
    least, most, nearest = bounds(work)
    # the error of the smaller density counts as little as that density does
    power_p, power_q = counts(form, alpha)
    sure_p, sure_q = 0.0 if no_p else off_p, 0.0 if no_q else off_q
    off_p *= math.exp(min(most, 0.0) * power_p)
    off_q *= math.exp(min(-least, 0.0) * power_q)
    off_p, off_q = 0.0 if no_p else off_p, 0.0 if no_q else off_q
    if not direct:
        off = off_p + off_q + EPS * min(max(most, -least), 40.0)
    half, size = 0.5 * panel[2], max(abs(value), 1e-300)
    rough = math.sqrt(even * even + odd * odd)
    error = rough * min(1.0, math.sqrt(200 * rough / size)) if smooth(row, panel) else rough
    larger = (off_p if least > 0 else off_q if most < 0 else max(off_p, off_q)) + 40 * EPS
    if form <= COMMON:
        rounding = (off_p + off_q + 40 * EPS) * size
    elif form == POWER:
        rounding = 0.0
        if nearest < 0.5 / max(1.0, abs(alpha)):
            mass = mass_p + mass_q
            rounding += 2 * off * math.sqrt(size * mass) + off * off * mass + 40 * EPS * size
        if max(most, -least) > 0.5 / max(1.0, abs(alpha)):
            errors = sure_p, sure_q, off_p, off_q
            rounding += power_slip(alpha, value, mass_p, mass_q, errors, max(most, -least))
    elif form == TV:  # of first order in a
        rounding = off * (mass_p + mass_q) + larger * size
    elif nearest >= 1:
        rounding = 3 * (off / nearest + larger) * size
    else:
        mass = mass_p + mass_q
        rounding = 2 * off * math.sqrt(size * mass) + off * off * mass + 3 * (off + larger) * size
    if value > 1e290:
        error = math.inf
    return half * value, half * error, half * rounding, half * mass_p, half * mass_q


@compiled
def smooth(row: Any, panel: Any) -> bool:
    """Whether no density vanishes like a ramp at or near the panel."""
    for k in range(row.shape[1]):
        if row[KIND, k] == RAMP and row[LEVEL, k] > -np.inf:
            low = abs(row[LOC, k] - panel[0] - panel[1])
            if min(low, abs(row[LOC, k] - panel[0] - panel[1] - panel[2])) <= 4 * panel[2]:
                return False
    return True
