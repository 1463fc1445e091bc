"""Numbers as text that shows no digit which is not certain."""

from __future__ import annotations

import math
from decimal import Decimal

Real = float | Decimal


def shortest(value: float, error: float) -> str:
    """Return the digits of value that the error lets stand, and the error."""
    if not math.isfinite(value) or error == 0:
        return f"{value:.17g}"
    if not math.isfinite(error):
        return f"{value:.6g} ± inf"
    digits = 17
    if value != 0:
        digits = math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2
    return f"{value:.{max(1, min(17, digits))}g} ± {error:.1e}"


def formatted(value: Real, ends: tuple[Real, Real], error: float, spec: str) -> str:
    """Return value in a format, followed by ± error unless the digits shown are certain.

    They are if both ends of the error bar look the same, or if the error is smaller than what the format
    rounds away.
    """
    shown = format(value, spec)
    if all(format(end, spec) == shown for end in ends):
        return shown
    rounded = abs(_read(shown) - float(value))
    return shown if error <= rounded else f"{shown} ± {error:.1e}"


def _read(shown: str) -> float:
    """Return the number that a formatted one shows, nan if none is to be seen."""
    text = shown.replace(",", "").replace("_", "").strip()
    try:
        return float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        return math.nan
