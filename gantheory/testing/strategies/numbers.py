"""Numbers that people can read: eighths and powers of ten."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Pair = tuple[Any, Any]
FURTHEST = 6  # far apart and far out of scale: up to 10 to this power
NEAREST = 9  # nearly equal: down to 10 to minus this power


def eighths(low: int, high: int) -> SearchStrategy[float]:
    """Multiples of 1/8 from low to high; shrinks to 0."""
    return st.integers(8 * low, 8 * high).map(lambda k: k / 8)


def locs() -> SearchStrategy[float]:
    """-10, ..., 10 in eighths; shrinks to 0."""
    return eighths(-10, 10)


def scales() -> SearchStrategy[float]:
    """1/8, 2/8, ..., 10; shrinks to 1."""
    return st.integers(-7, 72).map(lambda k: 1 + k / 8)


def powers_of_ten(lowest: int, highest: int) -> SearchStrategy[float]:
    """10^lowest, ..., 10^highest; shrinks to the one closest to 1."""
    return st.integers(lowest, highest).map(power_of_ten)


def power_of_ten(k: int) -> float:
    """10^k, rounded once."""
    return float(Fraction(10) ** k)


def signs() -> SearchStrategy[int]:
    """1 and -1; shrinks to 1."""
    return st.sampled_from((1, -1))
