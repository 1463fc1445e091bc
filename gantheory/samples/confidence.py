"""What is said at a stated confidence: intervals, which are Estimates, and bounds from below."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context
from typing import Any

import numpy as np

from gantheory.calls import Call
from gantheory.concentration import RISK
from gantheory.errors import brief
from gantheory.estimates import Estimate, route

ROUNDOFF = 64 * 2.0**-53  # of a sum of rounded terms, relatively to the sum of their sizes
DIGITS = Context(prec=4, rounding=ROUND_FLOOR)


@dataclass(frozen=True)
class LowerBound:
    """value ≤ truth, with confidence `level`; nothing is known from above.

    It is no estimate of the truth, which may be far larger, and no number: it has no arithmetic.

    Attributes
    ----------
    value:
        At least 0, where it says nothing.
    level:
        The chance, over the draws of both samples, that the bound holds is no smaller.
    of:
        What is bounded, as "JSD(200 and 300 samples)".
    """

    value: float
    level: float
    of: str

    def __str__(self) -> str:
        return f"{self.of} ≥ {DIGITS.create_decimal(self.value):g} with confidence {self.level:.9g}"

    def __repr__(self) -> str:
        return f"<LowerBound {self}>"


def risk_of(level: Any) -> float:
    """1 - level: the chance that a bound may miss.

    Raises
    ------
    ValueError
        If the level is not a number between 0 and 1.
    """
    number = isinstance(level, (float, np.floating)) and 0 < level < 1
    if not number:
        raise ValueError(
            f"level={brief(level)}: give the confidence as a float between 0 and 1, such as 0.99"
        )
    return 1 - float(level)


def of(what: str, x: Sized, y: Sized) -> str:
    """Return what is bounded, by how many samples."""
    return f"{what}({len(x)} and {len(y)} samples)"


def at_least(value: float, level: float, call: str) -> LowerBound:
    """Return the bound, 0 if it is negative: divergences never are."""
    return LowerBound(max(float(value), 0.0), float(level), call)


def between(
    low: float, high: float, rounding: float, *, level: float, method: str, call: str
) -> Estimate:
    """(low + high)/2 ± ((high - low)/2 + rounding), at this level.

    At levels below 1 - 10⁻⁶, at which the book's intervals are, a claim is supported at most.
    """
    return Estimate(
        low / 2 + high / 2,
        high / 2 - low / 2 + rounding,
        kind="statistical",
        route=route(f"{method}, level {level:.9g}", "samples"),
        declared=level >= 1 - RISK,
        call=Call(call),
    )
