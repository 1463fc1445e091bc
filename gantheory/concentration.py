"""How far statistics of independent samples are from the truth, whatever the samples' distribution.

Each bound holds for every number of samples, not in a limit; `risk` is the chance that it does not. None
is a formula for normal samples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy.special import betaincinv

from gantheory.arrays import FloatArray

RISK = 1e-6  # of an interval that claims rest on


def massart(count: int, risk: float) -> float:
    """ε = √(log(2/risk)/(2 n)), so that sup |Fₙ - F| ≤ ε but for the risk.

    Notes
    -----
    Source: Dvoretzky, Kiefer and Wolfowitz (1956), with the constant of Massart (1990), Corollary 1.
    """
    return math.sqrt(math.log(2 / risk) / (2 * count))


def bernstein(values: FloatArray, width: float, risk: float) -> Any:
    """√(2 V log(2/risk)/n) + 7 R log(2/risk)/(3 (n - 1)): the mean is not too high by more.

    Parameters
    ----------
    values:
        Shape (n, ...): n independent values within an interval of the given width R; V is their sample
        variance. Not too low by more either, at the same risk once again.

    Notes
    -----
    Source: Maurer and Pontil (2009), Theorem 4.
    """
    count, tail = len(values), math.log(2 / risk)
    variance = np.var(values, axis=0, ddof=1)
    return np.sqrt(2 * variance * tail / count) + 7 * width * tail / (3 * (count - 1))


def clopper_pearson(hits: int, trials: int, risk: float) -> tuple[float, float]:
    """The shares for which so many hits, or more (fewer), have a chance of risk/2."""
    low = float(betaincinv(hits, trials - hits + 1, risk / 2)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, 1 - risk / 2)) if hits < trials else 1.0
    return low, high


def embedding(counts: tuple[int, int], risk: float) -> float:
    """√(1/n + 1/m) (1 + √log(1/risk)): the distance of μ_x - μ_y from its expectation, for 0 ≤ k ≤ 1.

    Notes
    -----
    μ_x is the mean of k(xᵢ, ·). The expected distance is at most the root of its expected square,
    √(1/n + 1/m). One sample of x moves it by √2/n at most, so McDiarmid's inequality (1989) bounds the
    rest. That is about half of what Gretton et al. (2012), Theorem 7, allow: they symmetrise, and add
    2/√n + 2/√m.
    """
    spread = math.sqrt(1 / counts[0] + 1 / counts[1])
    return spread * (1 + math.sqrt(math.log(1 / risk)))
