"""Distances of two distribution functions on the line, by a band around each.

Fₙ ± ε holds all of F with the stated confidence (Dvoretzky, Kiefer and Wolfowitz, 1956; Massart, 1990).
So |F - G| lies between two step functions: their largest values bound the distance of Kolmogorov and
Smirnov, their integrals W₁.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.concentration import massart
from gantheory.errors import brief
from gantheory.estimates import Estimate
from gantheory.rounding import SMALLEST
from gantheory.samples.confidence import ROUNDOFF, LowerBound, at_least, between, of, risk_of
from gantheory.samples.sample_points import pair_on_the_line

METHOD = "Dvoretzky-Kiefer-Wolfowitz bands"


def kolmogorov_smirnov_from_samples(x: Any, y: Any, *, level: float = 0.99) -> Estimate:
    """sup |F - G|, between 0 and 1, within what bands around both distribution functions allow.

    Parameters
    ----------
    x, y:
        Shapes (n,) and (m,), or one column each: independent samples of two distributions of the line,
        at least 8 each; arrays, lists or tensors.
    level:
        The chance that the interval holds the distance is no smaller, for any two distributions.

    Returns
    -------
    Estimate
        Of kind "statistical". Its value is the middle of the interval, not the distance of the samples.

    Raises
    ------
    TypeError, ValueError
        If x or y cannot be samples of the line, or the level is not between 0 and 1.

    Notes
    -----
    Source: Massart (1990), Corollary 1, at half the risk for each sample.
    """
    x, y = pair_on_the_line(x, y)
    _, low, high = _gap(x, y, (-math.inf,), risk_of(level))
    call = of("KS", x, y)
    return between(low.max(), high.max(), ROUNDOFF, level=level, method=METHOD, call=call)


def wasserstein_1_from_samples(
    x: Any, y: Any, *, support: tuple[float, float] | None = None, level: float = 0.99
) -> Estimate:
    """W₁ = ∫ |F - G| over the support, in the unit of x, within what bands around F and G allow.

    Parameters
    ----------
    x, y, level:
        As for `kolmogorov_smirnov_from_samples`.
    support:
        (a, b): both distributions live between them, for certain. That is what you know, not the range
        of these samples; the bar grows with b - a.

    Returns
    -------
    Estimate
        Of kind "statistical". Its value is the middle of the interval, not the W₁ of the samples.

    Raises
    ------
    TypeError, ValueError
        As there; without a support, where `wasserstein_1_lower_bound` is all that can be said; or if a
        sample lies outside.

    Notes
    -----
    Source: Vallender (1974) for the integral; Massart (1990), Corollary 1, for the bands.
    """
    first, second = pair_on_the_line(x, y)
    a, b = _ends(support)
    for name, points in (("x", first), ("y", second)):
        _refuse_outside(name, points, a, b)
    low, high, rounding = _transport(first, second, (a, b), risk_of(level))
    rounding += ROUNDOFF * (abs(a) + abs(b))  # ends that are no floats
    call = of("W₁", first, second)
    return between(low, high, rounding, level=level, method=METHOD, call=call)


def wasserstein_1_lower_bound(x: Any, y: Any, *, level: float = 0.99) -> LowerBound:
    """W₁ ≥ ∫ max(|Fₙ - Gₘ| - ε, 0), in the unit of x; a support need not be known.

    Nothing bounds W₁ from above then: a far point of tiny mass, which no sample shows, moves it as far
    as it likes. Parameters and errors as for `kolmogorov_smirnov_from_samples`.
    """
    x, y = pair_on_the_line(x, y)
    ends = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    if not math.isfinite(ends[1] - ends[0]):
        raise ValueError(
            f"x and y reach from {ends[0]:.3g} to {ends[1]:.3g}, wider than floats: rescale"
        )
    low, _, rounding = _transport(x, y, ends, risk_of(level))
    return at_least(low - rounding, level, of("W₁", x, y))


def _transport(
    x: FloatArray, y: FloatArray, ends: tuple[float, float], risk: float
) -> tuple[float, float, float]:
    """Return the integrals of both bounds of |F - G| between the ends, and their rounding."""
    points, low, high = _gap(x, y, ends, risk)
    widths = np.diff(points)
    rounding = ROUNDOFF * (ends[1] - ends[0]) + len(points) * SMALLEST
    return float(np.sum(low[:-1] * widths)), float(np.sum(high[:-1] * widths)), rounding


def _gap(
    x: FloatArray, y: FloatArray, ends: tuple[float, ...], risk: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return all points and ends, and bounds of |F - G| from each up to the next."""
    points = np.unique(np.concatenate([ends, x, y]))
    (f_low, f_high), (g_low, g_high) = (_band(one, points, risk / 2) for one in (x, y))
    low = np.maximum(np.maximum(f_low - g_high, g_low - f_high), 0.0)
    return points, low, np.maximum(f_high - g_low, g_high - f_low)


def _band(sample: FloatArray, points: FloatArray, risk: float) -> tuple[FloatArray, FloatArray]:
    """Fₙ ± ε, as far as it is within [0, 1]."""
    share = np.searchsorted(np.sort(sample), points, side="right") / len(sample)
    margin = massart(len(sample), risk)
    return np.maximum(share - margin, 0.0), np.minimum(share + margin, 1.0)


def _ends(support: Any) -> tuple[float, float]:
    """Return the ends of a stated support."""
    if support is None:
        raise ValueError(
            "wasserstein_1_from_samples needs support=(a, b), between which both distributions live for "
            "certain: without it nothing bounds W₁ from above; write wasserstein_1_lower_bound(x, y)"
        )
    try:
        a, b = (float(end) for end in support)
    except (TypeError, ValueError, OverflowError):
        a = b = math.nan
    if not (a < b and math.isfinite(b - a)):
        raise ValueError(
            f"support={brief(support)}: give two finite numbers (a, b), a < b; for one that is not "
            "bounded write wasserstein_1_lower_bound(x, y)"
        )
    return a, b


def _refuse_outside(name: str, points: FloatArray, a: float, b: float) -> None:
    outside = np.flatnonzero((points < a) | (points > b))
    if len(outside):
        raise ValueError(
            f"{name}[{outside[0]}] = {points[outside[0]]:.9g} lies outside support=({a:.9g}, {b:.9g}), "
            f"as do {len(outside)} of {len(points)} samples: state one that holds every possible value"
        )
