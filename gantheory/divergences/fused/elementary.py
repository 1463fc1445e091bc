"""Elementary functions, written so that loops over nodes become vector instructions."""

from __future__ import annotations

import numpy as np

from gantheory.arrays import LOG_2
from gantheory.machine_code import contracted

LN_2_HIGH, LN_2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
ROUND = 6755399441055744.0  # 1.5 · 2^52: what is added to it is rounded to an integer


@contracted
def exp(x: float) -> float:
    """e^x to 2 EPS, at least e^-700 and at most e^700."""
    x = min(max(x, -700.0), 700.0)
    shifted = x * (1 / LOG_2) + ROUND
    k = shifted - ROUND
    r = (x - k * LN_2_HIGH) - k * LN_2_LOW
    p = 1.6059043836821613e-10
    for c in (
        2.08767569878681e-09,
        2.505210838544172e-08,
        2.755731922398589e-07,
        2.7557319223985893e-06,
        2.48015873015873e-05,
        1.984126984126984e-04,
        1.3888888888888889e-03,
        8.333333333333333e-03,
        4.1666666666666664e-02,
        0.16666666666666666,
        0.5,
        1.0,
        1.0,
    ):
        p = p * r + c
    power = np.int64((np.float64(shifted).view(np.int64) + np.int64(1023)) << np.int64(52))
    return p * power.view(np.float64)


@contracted
def log1p(x: float) -> float:
    """log(1 + x) for -1/2 <= x <= 1, to 3 EPS."""
    s = x / (2.0 + x)
    t = s * s
    p = 1.0 / 33
    for c in (31.0, 29.0, 27.0, 25.0, 23.0, 21.0, 19.0, 17.0, 15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0):
        p = p * t + 1.0 / c
    return 2.0 * s * (1.0 + t * p)


@contracted
def log(x: float) -> float:
    """log(x) of a positive, normal x: 2^k (1 + y) with 1 + y between 1/√2 and √2."""
    bits = np.float64(x).view(np.int64)
    k = (bits - np.int64(0x3FE6A09E667F3BCD)) >> np.int64(52)
    y = np.int64(bits - (k << np.int64(52))).view(np.float64) - 1.0
    return np.float64(k) * LN_2_HIGH + (log1p(y) + np.float64(k) * LN_2_LOW)


@contracted
def tail(x: float) -> float:
    """e^x - 1 - x for |x| <= 1/2, all its digits."""
    p = 4.779477332387385e-14
    for c in (
        7.647163731819816e-13,
        1.1470745597729725e-11,
        1.6059043836821613e-10,
        2.08767569878681e-09,
        2.505210838544172e-08,
        2.755731922398589e-07,
        2.7557319223985893e-06,
        2.48015873015873e-05,
        1.984126984126984e-04,
        1.3888888888888889e-03,
        8.333333333333333e-03,
        4.1666666666666664e-02,
        0.16666666666666666,
        0.5,
    ):
        p = p * x + c
    return x * x * p


@contracted
def less(size: float, e: float) -> float:
    """1 - e^-size for size >= 0, where e = e^-size."""
    x = -min(size, 0.5)
    return -(x + tail(x)) if size < 0.5 else 1.0 - e
