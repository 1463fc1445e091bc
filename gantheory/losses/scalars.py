"""Scalar functions of a logit that keep their relative precision and do not warn.

Arrays of float32 or float64 in, the same dtype out; nan gives nan. A value that is beyond the
floats comes out as inf, which is how it rounds, and one below the smallest normal float may come
out as 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import expit, wrightomega

Logits = npt.NDArray[np.floating[Any]]
DEEP = -50.0  # below it softplus(a) = e^a to every digit of a float64


def exp(a: Logits) -> Logits:
    """e^a."""
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(a))


def expm1(a: Logits) -> Logits:
    """e^a - 1."""
    with np.errstate(over="ignore"):
        return np.asarray(np.expm1(a))


def exp_of_one_less(a: Logits) -> Logits:
    """e^(a - 1): e^(a - 1) above 1, where a - 1 is exact, and e^a / e below."""
    above = a > 1
    power = exp(a - above)
    np.multiply(power, 1 / np.e, out=power, where=~above)
    return power


def log(u: Logits) -> Logits:
    """log u, -inf at 0."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(u))


def sigmoid(a: Logits) -> Logits:
    """σ(a) = 1 / (1 + e^-a)."""
    return np.asarray(expit(a))


def sigmoid_slope(a: Logits) -> Logits:
    """σ(a) σ(-a), the derivative of σ."""
    return sigmoid(a) * sigmoid(-a)


def softplus(a: Logits) -> Logits:
    """log(1 + e^a) = max(a, 0) + log1p(e^-|a|)."""
    # np.logaddexp(0, a) is the same number, but warns of a nan
    return np.asarray(np.maximum(a, 0.0) + np.log1p(np.exp(-np.abs(a))))


def log_softplus(a: Logits) -> Logits:
    """log log(1 + e^a), which is a itself far below 0."""
    return np.asarray(np.minimum(a - DEEP, 0.0) + np.log(softplus(np.maximum(a, DEEP))))


def log_softplus_slope(a: Logits) -> Logits:
    """σ(a) / log(1 + e^a), the derivative of log_softplus; 1 far below 0."""
    shallow = np.maximum(a, DEEP)
    return sigmoid(shallow) / softplus(shallow)


def half_sech_squared(a: Logits) -> Logits:
    """1/2 sech² a = 2 e / (1 + e)² with e = e^-2|a|."""
    e = np.exp(-2 * np.abs(a))
    return np.asarray(2 * e / (1 + e) ** 2)


def log_jeffreys_ratio(t: Logits) -> Logits:
    """log u of `jeffreys_ratio`: -log ω(1 - t), which is ω + t - 1."""
    omega = wrightomega(1 - t)
    above = np.maximum(t, 1.0) - 1 + np.minimum(omega, 1.0)
    return np.asarray(np.where(t > 1, above, -np.log(np.maximum(omega, 0.5))))  # ω(0) = 0.567...


def jeffreys_ratio(t: Logits) -> Logits:
    """u > 0 with t = log u + 1 - 1/u: 1/ω(1 - t), and e^(t - 1 + 1/u) for t > 1, ω of Wright.

    ω + log ω = 1 - t. In the second form an overflow is that of u itself.

    Notes
    -----
    Source: Corless and Jeffrey (2002) for ω.
    """
    omega = wrightomega(1 - t)
    ratio = exp_of_one_less(t) * np.exp(np.minimum(omega, 1.0))
    np.divide(1.0, omega, out=ratio, where=t <= 1)
    return np.asarray(ratio)
