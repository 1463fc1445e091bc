"""Pairs of densities of the line, of every kind that has broken something."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import Cauchy, Exponential, Mixture, StudentT
from gantheory.testing.moving import affine, nudged
from gantheory.testing.strategies.line import (
    densities,
    heavy_tailed,
    normals,
    single_families,
    triangulars,
    uniforms,
)
from gantheory.testing.strategies.numbers import (
    FURTHEST,
    NEAREST,
    Pair,
    power_of_ten,
    powers_of_ten,
    scales,
    signs,
)


def density_pairs() -> SearchStrategy[Pair]:
    """Pairs (p, q) of different densities of the line, of every kind that has broken something.

    Overlapping (any two of `densities`), nearly equal, contaminated, far apart or out of scale by
    up to 1e6, disjoint, heavy-tailed. Shrinks to (Normal(0, 1), Normal(1, 1)).
    """
    return st.one_of(
        st.tuples(densities(), densities()).map(_apart),
        near_equal_pairs(),
        _far_pairs(),
        disjoint_pairs(),
        heavy_tailed_pairs(),
    )


def near_equal_pairs() -> SearchStrategy[Pair]:
    """Pairs with q = p moved or stretched by 1e-1 ... 1e-9 scales, or q = (1 - e) p + e r.

    The contamination r is a normal anywhere, e = 1e-1 ... 1e-9. The pair is never equal. Where p
    has an edge, moving shifts the edge too, so KL(p‖q) may be infinite. Shrinks to
    (Normal(0, 1), Normal(0.1, 1)).
    """
    step = st.tuples(signs(), st.integers(1, NEAREST)).map(lambda t: t[0] * power_of_ten(-t[1]))
    direction = st.sampled_from(((1, 0), (0, 1), (1, 1)))
    moved = st.tuples(densities(), step, direction).map(
        lambda t: (t[0], nudged(t[0], t[1] * t[2][0], t[1] * t[2][1]))
    )
    mixed = st.tuples(densities(), normals(), st.integers(1, NEAREST)).map(_contaminated)
    return st.one_of(moved, mixed)


def _contaminated(drawn: tuple[Any, Any, int]) -> Pair:
    p, r, k = drawn
    p, r = _apart((p, r))
    share = Fraction(1, 10**k)
    return p, Mixture((p, r), (1 - share, share))


def _far_pairs() -> SearchStrategy[Pair]:
    """Pairs with q = p moved by 10 ... 1e6, or 10 ... 1e6 times as wide or as narrow."""
    power = st.integers(1, FURTHEST)
    return st.tuples(densities(), st.booleans(), signs(), power).map(_far)


def _far(drawn: tuple[Any, bool, int, int]) -> Pair:
    p, stretched, sign, k = drawn
    if stretched or not _moves(p):
        return p, affine(p, 0.0, power_of_ten(sign * k))
    return p, affine(p, sign * power_of_ten(k), 1.0)


def disjoint_pairs() -> SearchStrategy[Pair]:
    """Pairs of bounded supports with a gap of 1/8 to 1e6 between them, in either order.

    Uniform and triangular distributions: JSD = log 2, TV = 1, KL = inf, whatever was drawn.
    """
    gap = st.one_of(scales(), powers_of_ten(1, FURTHEST))
    bounded = st.one_of(uniforms(), triangulars())
    return st.tuples(bounded, bounded, gap, st.booleans()).map(_disjoint)


def _disjoint(drawn: tuple[Any, Any, float, bool]) -> Pair:
    left, right, gap, swapped = drawn
    right = affine(right, left.support[1] + gap - right.support[0], 1.0)
    return (right, left) if swapped else (left, right)


def heavy_tailed_pairs() -> SearchStrategy[Pair]:
    """Pairs with Cauchy or Student's t (df 1/2 to 30) on one side at least, the other any family.

    Shrinks to (Cauchy(0, 1), Normal(0, 1)).
    """
    pairs = st.tuples(
        heavy_tailed(), st.one_of(normals(), heavy_tailed(), single_families()), st.booleans()
    )
    return pairs.map(lambda t: _apart((t[1], t[0]) if t[2] else (t[0], t[1])))


def _apart(pair: Pair) -> Pair:
    """Return the pair, q moved by 1 (or halved) where it is the same distribution as p."""
    p, q = pair
    if _law(p) != _law(q):
        return pair
    return p, affine(q, 1.0, 1.0) if _moves(q) else affine(q, 0.0, 2.0)


def _law(p: Any) -> dict[str, Fraction]:
    """Return the weight of each different component; Student's t with df = 1 is a Cauchy."""
    weights: dict[str, Fraction] = {}
    for share, c in zip(getattr(p, "exact_weights", (Fraction(1),)), _components(p), strict=True):
        c = Cauchy(c.loc, c.scale) if isinstance(c, StudentT) and c.df == 1 else c
        weights[repr(c)] = weights.get(repr(c), Fraction(0)) + share
    return weights


def _moves(p: Any) -> bool:
    """Return whether the family of p (of all its components) is closed under shifts."""
    return not any(isinstance(c, Exponential) for c in _components(p))


def _components(p: Any) -> tuple[Any, ...]:
    return tuple(p.components) if hasattr(p, "components") else (p,)
