"""Arrays that carry how far rounding may have moved them, and functions that lose no digits.

Running error analysis: every operation adds the errors of its operands, to first order, and its own
rounding (Wilkinson, 1963; Higham, 2002, section 3.3). What overflows or is divided by 0 has the error
nan or inf, which no tolerance lets pass; what underflows is not seen here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gantheory.divergences.kernels import exp_tail
from gantheory.rounding import HALF_ULP

ELEMENTARY = 8  # half units in the last place that an elementary function may be off by
NEAR = 0.25  # below which e^-x - 1 + x is a sum of a series
THIRD = 0.34  # of |y|, the same for x - log(1 + x), that is x from -1/2 to 1
FLAT = 0.1  # of an interval, and of a log density over it: below which the mass is a series
TINY = 1e-300
NOWHERE = 50.0  # deviations, beyond which a normal has no mass in float64
ATANH = 1 / np.arange(35.0, 2.0, -2.0)  # of y²: Σ y^(2n - 2) / (2n + 1), the highest power first


@dataclass(frozen=True)
class Carried:
    """value ± error."""

    value: Any
    error: Any = 0.0

    __array_ufunc__ = None  # numpy leaves arithmetic with it to it

    def __neg__(self) -> Carried:
        return Carried(-self.value, self.error)

    def __add__(self, other: Carried | float) -> Carried:
        there = carried(other)
        value = self.value + there.value
        return Carried(value, self.error + there.error + HALF_ULP * np.abs(value))

    def __mul__(self, other: Carried | float) -> Carried:
        there = carried(other)
        value = self.value * there.value
        moved = np.abs(self.value) * there.error + np.abs(there.value) * self.error
        return Carried(value, moved + HALF_ULP * np.abs(value))

    def __truediv__(self, other: Carried | float) -> Carried:
        there = carried(other)
        value = self.value / there.value
        moved = (self.error + np.abs(value) * there.error) / np.abs(there.value)
        return Carried(value, moved + HALF_ULP * np.abs(value))

    def __sub__(self, other: Carried | float) -> Carried:
        return self + -carried(other)

    def __rsub__(self, other: float) -> Carried:
        return -self + other

    __radd__ = __add__
    __rmul__ = __mul__

    def through(self, f: Callable[[Any], Any], slope: Any, roundings: Any = ELEMENTARY) -> Carried:
        """f(x), with |f'(x)| times the error, and so many half units in the last place."""
        value = f(self.value)
        moved = np.abs(slope) * self.error
        return Carried(value, moved + roundings * HALF_ULP * np.abs(value))

    def size(self) -> Carried:
        """|x|."""
        return Carried(np.abs(self.value), self.error)

    def sqrt(self) -> Carried:
        """√x; 0 is exact if its error is 0."""
        return self.through(np.sqrt, 0.5 / np.sqrt(np.maximum(self.value, TINY)), 1)

    def log(self) -> Carried:
        """log x."""
        return self.through(np.log, 1 / self.value)

    def log1p(self) -> Carried:
        """log(1 + x)."""
        return self.through(np.log1p, 1 / (1 + self.value))

    def exp(self) -> Carried:
        """e^x."""
        return self.through(np.exp, np.exp(self.value))

    def expm1(self) -> Carried:
        """e^x - 1."""
        return self.through(np.expm1, np.exp(self.value))

    def ndtr(self) -> Carried:
        """Φ(x), whose exponent x²/2 is rounded too where x < 0."""
        exponent = np.minimum(self.value, 0.0) ** 2
        return self.through(ndtr, _density(self.value), ELEMENTARY + exponent)


def carried(x: Carried | float) -> Carried:
    """Return a number that is exact as one that carries its error."""
    return x if isinstance(x, Carried) else Carried(x)


def either(here: npt.NDArray[np.bool_], a: Carried, b: Carried) -> Carried:
    """Return a where `here` is true, b elsewhere."""
    return Carried(np.where(here, a.value, b.value), np.where(here, a.error, b.error))


def hypotenuse(a: Carried, b: Carried) -> Carried:
    """√(a² + b²), without overflow."""
    value = np.hypot(a.value, b.value)
    share = np.abs(a.value) * a.error + np.abs(b.value) * b.error
    return Carried(value, share / value + ELEMENTARY * HALF_ULP * value)


def log_excess(x: Carried, log: Carried) -> Carried:
    """x - log(1 + x), with `log` the logarithm where x is far from 0.

    Near 0 it is y (x - 2 y² Σ y^(2n - 2) / (2n + 1)), y = x / (2 + x), as log(1 + x) = 2 artanh y.
    """
    y = x.value / (2 + x.value)
    near = np.abs(y) < THIRD
    s = np.where(near, y, 0.0) ** 2
    series = x.through(lambda x: y * (x - 2 * s * np.polyval(ATANH, s)), x.value / (1 + x.value))
    return either(near, series, x - log)


def exp_excess(x: Carried) -> Carried:
    """e^-x - 1 + x, for x >= 0."""
    near = x.value < NEAR
    slope = np.expm1(-x.value)
    tail = x.through(lambda x: exp_tail(np.where(near, -x, 0.0)), slope)
    return either(near, tail, x + (-x).expm1())


def exp_mean(x: Carried) -> Carried:
    """(1 - e^-x) / x, for x >= 0: the mean of e^-y over 0 < y < x."""
    value = np.where(x.value > 0, -np.expm1(-x.value) / np.where(x.value > 0, x.value, 1.0), 1.0)
    return x.through(lambda _: value, value / np.maximum(x.value, 2.0))


def normal_mass(middle: Carried, width: Carried) -> Carried:
    """Φ(middle + width/2) - Φ(middle - width/2), for middle <= 0 < width.

    Where the density is nearly constant, φ(m) w Σ He_2n(m) (w/2)^2n / (2n + 1)!; else as it stands.
    """
    m, w = np.maximum(middle.value, -NOWHERE), width.value
    s, m2 = np.square(w / 2), m**2
    second, fourth = m2 - 1, (m2 - 6) * m2 + 3
    sixth, eighth = ((m2 - 15) * m2 + 45) * m2 - 15, (((m2 - 28) * m2 + 210) * m2 - 420) * m2 + 105
    series = 1 + s * (second / 6 + s * (fourth / 120 + s * (sixth / 5040 + s * eighth / 362880)))
    flat = _density(m) * w * series
    moved = width.error / w + np.abs(m) * middle.error + (4 * ELEMENTARY + m2) * HALF_ULP
    close = Carried(flat, np.where(flat == 0, 0.0, 1.1 * flat * moved))
    far = (middle + 0.5 * width).ndtr() - (middle - 0.5 * width).ndtr()
    return either((w < FLAT) & (w * np.abs(m) < FLAT), close, far)


def _density(z: Any) -> Any:
    """φ(z)."""
    return np.exp(-0.5 * np.square(z)) / math.sqrt(2 * math.pi)
