"""Maximum mean discrepancy with the Gaussian kernel: the distance of two mean embeddings."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist

from gantheory.arrays import EPS, FloatArray
from gantheory.concentration import embedding
from gantheory.errors import brief
from gantheory.estimates import Estimate
from gantheory.samples.confidence import ROUNDOFF, between, of, risk_of
from gantheory.samples.sample_points import pair_of_samples

BLOCK = 2**22  # entries of a kernel matrix at once
WORK = 3e10  # coordinates that are compared, at most: some ten seconds
METHOD = "V-statistic, McDiarmid's inequality"


def mmd_from_samples(x: Any, y: Any, *, bandwidth: float, level: float = 0.99) -> Estimate:
    """MMD = ‖E k(X, ·) - E k(Y, ·)‖ for k(x, y) = exp(-|x - y|²/(2 h²)), between 0 and √2.

    Not its square. The value is the V-statistic of the samples, cut to what is possible, with the bar of
    McDiarmid's inequality.

    Parameters
    ----------
    x, y:
        Shapes (n,) and (m,), or (n, d) and (m, d): samples of two distributions, all n + m independent,
        at least 8 each; arrays, lists or tensors.
    bandwidth:
        h > 0, chosen without a look at these samples: with their median distance the interval would not
        be right.
    level:
        The chance that the interval holds MMD is no smaller, for any two distributions.

    Returns
    -------
    Estimate
        Of kind "statistical". Its value is the middle of the interval.

    Raises
    ------
    TypeError, ValueError
        If x or y cannot be samples, are too many, the bandwidth is not positive or the level is not
        between 0 and 1.

    Notes
    -----
    Source: Gretton et al. (2012), equation 5, for the statistic; the bar is `concentration.embedding`,
    about half of their Theorem 7.
    """
    x, y = pair_of_samples(x, y)
    margin = embedding((len(x), len(y)), risk_of(level))
    refuse_work(x, y, 1)
    terms = (_mean(x, x, bandwidth), _mean(y, y, bandwidth), -2 * _mean(x, y, bandwidth))
    square = max(math.fsum(terms), 0.0)
    rounding = 4 * (x.shape[1] * EPS + ROUNDOFF)
    low = math.sqrt(max(square - rounding, 0.0)) - margin
    high = math.sqrt(square + rounding) + margin
    return between(
        max(low, 0.0),
        min(high, math.sqrt(2)),
        ROUNDOFF * (1 + margin),
        level=level,
        method=METHOD,
        call=of("MMD", x, y),
    )


def gaussian(x: FloatArray, y: FloatArray, bandwidth: Any) -> FloatArray:
    """exp(-|x - y|²/(2 h²)) for all pairs, shape (n, m).

    Raises
    ------
    ValueError
        If the bandwidth is not a positive number, or too small beside the points.
    """
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, (int, float, np.number)):
        raise ValueError(f"bandwidth={brief(bandwidth)}: give a positive number")
    if not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth={brief(bandwidth)}: give a positive finite number")
    width, exponent = math.frexp(bandwidth)
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(-0.5 * (distances(x, y, exponent) / width) ** 2)


def distances(x: FloatArray, y: FloatArray, exponent: int) -> FloatArray:
    """|x - y|/2^exponent for all pairs, shape (n, m): such a unit does not round, and squares fit."""
    scaled = [ldexp(points, -exponent) for points in (x, y)]
    if not all(np.all(np.isfinite(points)) for points in scaled):
        raise ValueError(
            f"the samples reach {max(np.abs(x).max(), np.abs(y).max()):.3g}, too far for a bandwidth "
            f"near {math.ldexp(1.0, exponent):.3g}: give a larger one"
        )
    found: FloatArray = cdist(*scaled)
    return found


def ldexp(x: Any, exponent: int) -> Any:
    """x 2^exponent, infinite where it overflows."""
    with np.errstate(over="ignore", under="ignore"):
        return np.ldexp(x, exponent)


def refuse_work(x: FloatArray, y: FloatArray, permutations: int) -> None:
    """Refuse more samples than all pairs of which can be looked at in some ten seconds."""
    count = len(x) + len(y)
    cost = x.shape[1] + permutations + 16
    most = math.isqrt(int(WORK / cost))
    if count > most:
        fewer = ", or fewer permutations" if permutations > 1 else ""
        raise ValueError(
            f"x and y have {count} samples, of which all pairs are compared: give at most {most} in "
            f"all, a part drawn at random{fewer}"
        )


def _mean(x: FloatArray, y: FloatArray, bandwidth: float) -> float:
    """Return the mean of k over all pairs, a block of rows at a time."""
    rows = max(BLOCK // len(y), 1)
    sums = [np.sum(gaussian(x[i : i + rows], y, bandwidth)) for i in range(0, len(x), rows)]
    return math.fsum(sums) / (len(x) * len(y))
