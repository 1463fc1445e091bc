"""Whether a number rests on anything that was computed, and which bare numbers may be copies.

A term that cancels, or is multiplied by 0, lends its route to a sum that does not depend on it. So
each number carries a `response`: its derivative when all computed numbers that it is made of move at
once, each at a rate of its own, drawn once. It is 0 for a constant, and stays 0 in x - x, 0 x and x/x;
the difference of two numbers that were computed apart moves, also where they agree.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

RATES = np.random.default_rng(20141)  # which number gets which rate decides nothing
LEAST = 1e-9  # a smaller response, relative to the number, is rounding
SHORT_BITS = 40  # of a binary fraction that a person may write, such as 3/1024
FLOAT_BITS = 53
WRITTEN_DIGITS = 15
WRITTEN_INTEGER = (
    12  # as the square of a copy has under SymPy's root, when it was taken as a fraction
)
ROUNDED_DIGITS = range(13, 20)  # of numerator and denominator of a fraction near a float
SMALL_DIVISOR = 1000  # by which a copy may have been divided


def of_computed(value: Any) -> Any:
    """Return the response of a number that was computed, and not from others: one rate an entry."""
    size = np.abs(np.where(np.isfinite(value), value, 0.0))
    return RATES.uniform(0.5, 1.5, np.shape(value)) * (1 + size)


def rests(value: Any, response: Any) -> Any:
    """Whether a number depends on what was computed, entry by entry; an infinity is not judged."""
    with np.errstate(invalid="ignore"):
        return np.isinf(value) | (np.abs(response) > LEAST * np.abs(value))


def may_be_copied(x: Any) -> bool:
    """Whether a number is, or is made of, one that float arithmetic made and nobody writes.

    A person writes at most 15 digits, a short fraction or an expression of these. What float(...) makes
    of an Estimate has a long binary fraction, or 16 or 17 decimal digits. What `nsimplify` or
    `limit_denominator` make of that has about as many in numerator and denominator together; inside of
    an expression or a list, exact arithmetic makes such fractions too.
    """
    if isinstance(x, (np.ndarray, list, tuple)):
        return any(map(_holds_a_copy, np.ravel(x).tolist() if isinstance(x, np.ndarray) else x))
    if getattr(x, "args", ()) and hasattr(x, "free_symbols"):
        return any(map(_holds_a_copy, x.args))
    number = _exact(x)
    rounded = len(f"{abs(number.numerator)}{number.denominator}") in ROUNDED_DIGITS
    return _is_long(number) or (rounded and not _is_decimal(number))


def _holds_a_copy(x: Any) -> bool:
    """As `may_be_copied`, for a part."""
    return may_be_copied(x) if getattr(x, "args", ()) else _is_long(_exact(x))


def _exact(x: Any) -> Fraction:
    """Return a fraction, a finite float or a decimal string exactly; 0 for whatever else it is."""
    if getattr(x, "is_Rational", False):
        return Fraction(int(x.p), int(x.q))
    if isinstance(x, float) or getattr(x, "is_Float", False):
        return Fraction(float(x)) if math.isfinite(float(x)) else Fraction(0)
    return Fraction(x) if isinstance(x, (str, Fraction)) else Fraction(0)


def _is_long(x: Fraction) -> bool:
    if x == 0:
        return False
    twos = x.denominator & -x.denominator
    odd = x.denominator // twos
    if odd <= SMALL_DIVISOR and odd % 5 and _is_long_binary(Fraction(x.numerator, twos)):
        return True
    if odd == 1 or not _is_decimal(x):
        return False
    shown = float(x)
    return Fraction(repr(shown)) == x and len(_digits(shown)) > WRITTEN_DIGITS


def _is_decimal(x: Fraction) -> bool:
    """Whether so many decimal digits write it out."""
    return bool(10 ** x.denominator.bit_length() % x.denominator == 0)


def _is_long_binary(x: Fraction) -> bool:
    odd = abs(x.numerator) // (abs(x.numerator) & -abs(x.numerator))
    long = SHORT_BITS < odd.bit_length() <= FLOAT_BITS
    written = WRITTEN_DIGITS if x.denominator > 1 else WRITTEN_INTEGER
    return long and len(_digits(float(x))) > written


def _digits(x: float) -> str:
    """Return the significant decimal digits of a float."""
    return repr(abs(x)).partition("e")[0].replace(".", "").strip("0")
