"""Discrete distributions: weights, pairs of distributions, Markov kernels."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.arrays import FloatArray
from gantheory.densities import Discrete
from gantheory.testing.strategies.numbers import NEAREST, Pair


def simplices(n: int) -> SearchStrategy[FloatArray]:
    """Weights, n of them, that sum to 1 up to rounding, a float64 array of shape (n,).

    From nearly equal to nearly all on one point (as from Dirichlet distributions of concentration 0.01
    to 10), with exact zeros. Shrinks to the uniform weights.
    """
    return exact_simplices(n).map(lambda w: np.array([float(x) for x in w]))


def exact_simplices(n: int) -> SearchStrategy[tuple[Fraction, ...]]:
    """The weights of `simplices` before they are rounded: they sum to 1."""
    if not n >= 1:
        raise ValueError(f"simplices(n={n!r}): give at least one point")
    share = st.sampled_from((*range(1, 9), 0, *(Fraction(10) ** k for k in range(-6, 7) if k)))
    return st.lists(share, min_size=n, max_size=n).map(_normalised)


def _normalised(shares: Sequence[Any]) -> tuple[Fraction, ...]:
    whole = sum(shares)
    if whole == 0:
        return (Fraction(1), *(Fraction(0) for _ in shares[1:]))
    return tuple(Fraction(share) / whole for share in shares)


def discrete_distributions(max_points: int = 6) -> SearchStrategy[Any]:
    """Discrete distributions on the points 0, ..., n - 1, n from 2 to max_points; shrinks to (1/2, 1/2).

    The weights are exact fractions, those of `simplices`: zeros and nearly certain points too.
    """
    if not max_points >= 2:
        raise ValueError(f"discrete_distributions(max_points={max_points!r}): give at least 2")
    return st.integers(2, max_points).flatmap(exact_simplices).map(Discrete)


def discrete_pairs(max_points: int = 6, *, equal: bool = True) -> SearchStrategy[Pair]:
    """Pairs of Discrete distributions on the points 0, ..., n - 1, n from 2 to max_points.

    Independent weights with exact zeros, nearly equal ones (each weight changed by a factor
    1 + 1e-1 ... 1 + 1e-12, or q = (1 - e) p + e r), disjoint ones and, unless equal=False, equal
    ones. Shrinks to weights (1/2, 1/2) against (1/2, 1/2), or
    (1/2, 1/2) against (3/4, 1/4) with equal=False.

    Notes
    -----
    On an equal pair both sides of most statements are zero, which decides nothing: use equal=False
    in searches for those.
    """
    if not max_points >= 2:
        raise ValueError(f"discrete_pairs(max_points={max_points!r}): give at least 2")
    kinds = ("any", "near", "contaminated", "disjoint", *(("equal",) if equal else ()))
    n = st.integers(2, max_points)
    drawn = n.flatmap(
        lambda k: st.tuples(
            exact_simplices(k),
            exact_simplices(k),
            st.sampled_from(kinds),
            st.integers(1, NEAREST + 3),
        )
    )
    return drawn.map(lambda t: _discrete(*t, equal=equal))


def _discrete(
    p: tuple[Fraction, ...], q: tuple[Fraction, ...], kind: str, k: int, *, equal: bool
) -> Pair:
    if kind == "equal":
        q = p
    share = Fraction(1, 10**k)
    if kind == "near":
        q = _normalised([a * (1 + share * b) for a, b in zip(p, q, strict=True)])
    if kind == "contaminated":
        q = tuple((1 - share) * a + share * b for a, b in zip(p, q, strict=True))
    if kind == "disjoint":
        nothing = tuple(Fraction(0) for _ in p)
        p, q = (*p, *nothing), (*nothing, *q)
    if p == q and not equal:
        first = tuple(Fraction(int(i == 0)) for i in range(len(p)))
        last = first[::-1]
        q = tuple((a + b) / 2 for a, b in zip(p, last if p == first else first, strict=True))
    return Discrete(p), Discrete(q)


def markov_kernels(n: int, m: int) -> SearchStrategy[FloatArray]:
    """Matrices of n x m whose rows are from `simplices(m)`: q @ kernel is a distribution again."""
    return st.lists(simplices(m), min_size=n, max_size=n).map(np.stack)
