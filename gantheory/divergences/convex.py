"""Divergences of any convex function that a caller has."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.effort import Effort, Options
from gantheory.divergences.finiteness import infinite, not_dominated
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.estimates import Estimate


@called("D_f({p} ‖ {q})")
def f_divergence(
    f: Callable[[npt.NDArray[np.float64]], npt.ArrayLike],
    p: Any,
    q: Any,
    *,
    at_zero: float | None = None,
    slope_at_infinity: float | None = None,
    **options: Unpack[Options],
) -> Estimate:
    """D_f(p‖q) = ∫ q f(p/q), f convex with f(1) = 0, in the unit of f.

    Between densities f is a black box, and a claim that rests on it is supported at most; the
    divergences that have names are not. Densities, keywords and errors as for `js_divergence`.

    Parameters
    ----------
    f:
        Vectorised, from ratios u > 0 to numbers.
    at_zero:
        f(0+), +inf allowed; needed where q > 0 = p: there the integrand is q f(0).
    slope_at_infinity:
        f'(∞) = lim f(u)/u, +inf allowed; needed where p > 0 = q: there it is p f'(∞).
        Both together bound the integrand by f(0) q + f'(∞) p; without them it is followed into the
        tails.

    Raises
    ------
    ValueError
        If f(1) is not 0, f returns nan or is not vectorised, or a limit is needed and not given.

    Notes
    -----
    Source: Csiszár (1967); Nowozin et al. (2016) for the convention D_f(p‖q) = ∫ q f(p/q).
    """
    at_one = float(np.asarray(f(np.ones(1)))[0])
    if not abs(at_one) <= 1e-12:
        raise ValueError(f"f_divergence: f(1) = {at_one!r}, but a divergence needs f(1) = 0")

    def one(a: Any, b: Any, effort: Effort) -> Estimate:
        for alone, value, name, where in (
            (
                not_dominated(a, b),
                slope_at_infinity,
                "slope_at_infinity",
                "p has mass where q has none",
            ),
            (not_dominated(b, a), at_zero, "at_zero", "q has mass where p has none"),
        ):
            if alone and value is None:
                raise ValueError(f"f_divergence: {where}, so {name} is needed; write {name}=...")
            if alone and value == math.inf:
                return infinite("f-divergence")
        limits = at_zero, slope_at_infinity
        finite = all(v is not None and math.isfinite(v) for v in limits)
        bound = (abs(slope_at_infinity or 0.0), abs(at_zero or 0.0)) if finite else None
        values = kernels.of_generator(f, at_zero, slope_at_infinity)
        kernel = Kernel("f-divergence", values, bound, (kernels.equality,), mass_outside_bulks=True)
        found = functional(kernel, a, b, effort)
        return replace(found, declared=found.declared and isinstance(a, Discrete))

    return over_batch(one, p, q, options)
