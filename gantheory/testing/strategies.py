"""Inputs for Hypothesis: densities, pairs of densities, discrete laws, kernels, logits.

Every strategy is a domain, not a distribution: it says what may be drawn, and mixes the generic
with the extreme, since independent draws of p and q alone find next to nothing. Parameters are
numbers that people can read (eighths and powers of ten), and every strategy shrinks to its plainest
member: Normal(0, 1), the uniform weights, the logit 0. Every drawn density is declared, single, and
on the line.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
)
from gantheory.testing.moving import affine, nudged

FloatArray = npt.NDArray[np.float64]
Pair = tuple[Any, Any]
FURTHEST = 6  # far apart and far out of scale: up to 10 to this power
NEAREST = 9  # nearly equal: down to 10 to minus this power

# --- numbers --------------------------------------------------------------------------------------


def _eighths(low: int, high: int) -> SearchStrategy[float]:
    """Multiples of 1/8 from low to high; shrinks to 0."""
    return st.integers(8 * low, 8 * high).map(lambda k: k / 8)


def _locs() -> SearchStrategy[float]:
    return _eighths(-10, 10)


def _scales() -> SearchStrategy[float]:
    """1/8, 2/8, ..., 10; shrinks to 1."""
    return st.integers(-7, 72).map(lambda k: 1 + k / 8)


def _powers_of_ten(lowest: int, highest: int) -> SearchStrategy[float]:
    """10^lowest, ..., 10^highest; shrinks to the one closest to 1."""
    return st.integers(lowest, highest).map(_power_of_ten)


def _power_of_ten(k: int) -> float:
    return float(Fraction(10) ** k)


def _signs() -> SearchStrategy[int]:
    return st.sampled_from((1, -1))


# --- single densities -----------------------------------------------------------------------------


def normals() -> SearchStrategy[Any]:
    """Normal(loc, scale), loc in [-10, 10], scale in [1/8, 10], in eighths; shrinks to (0, 1)."""
    return st.builds(Normal, _locs(), _scales())


def mixtures(
    max_components: int = 5, *, components: SearchStrategy[Any] | None = None
) -> SearchStrategy[Any]:
    """Mixtures of 1 to max_components components; shrinks to a single component of weight 1.

    Parameters
    ----------
    max_components:
        At least 1.
    components:
        Draws a density of the line; normals unless given.

    Notes
    -----
    Weights are fractions of whole numbers from 1 to 1000, exact: the smallest is about 1e-3 / K.
    """
    if not max_components >= 1:
        raise ValueError(f"mixtures(max_components={max_components!r}): give at least 1")
    part = normals() if components is None else components
    share = st.sampled_from((*range(1, 9), 10, 100, 1000))
    rows = st.lists(st.tuples(part, share), min_size=1, max_size=max_components)
    return rows.map(_mixture)


def _mixture(rows: Sequence[tuple[Any, int]]) -> Any:
    whole = sum(share for _, share in rows)
    return Mixture(tuple(c for c, _ in rows), tuple(Fraction(share, whole) for _, share in rows))


def _laplaces() -> SearchStrategy[Any]:
    return st.builds(Laplace, _locs(), _scales())


def _uniforms() -> SearchStrategy[Any]:
    return st.tuples(_locs(), _scales()).map(lambda t: Uniform(t[0], t[0] + t[1]))


def _triangulars() -> SearchStrategy[Any]:
    """Triangles with the mode anywhere between the ends, ends included."""
    share = st.integers(-4, 4).map(lambda k: (k + 4) / 8)
    return st.tuples(_locs(), _scales(), share).map(
        lambda t: Triangular(t[0], t[0] + t[1] * t[2], t[0] + t[1])
    )


def _exponentials() -> SearchStrategy[Any]:
    """Exponentials; the second number is not used, or they would be plainer than Normal(0, 1)."""
    return st.tuples(_scales(), st.integers(0, 1)).map(lambda t: Exponential(t[0]))


def _heavy() -> SearchStrategy[Any]:
    """Cauchy, and Student's t with 1/2 to 30 degrees of freedom."""
    df = st.sampled_from((1.0, 2.0, 3.0, 5.0, 30.0, 1.5, 0.5))
    return st.one_of(
        st.builds(Cauchy, _locs(), _scales()), st.builds(StudentT, df, _locs(), _scales())
    )


def _simple() -> SearchStrategy[Any]:
    """Every family of the line that is no mixture."""
    return st.one_of(
        normals(),
        _laplaces(),
        _uniforms(),
        _exponentials(),
        _triangulars(),
        _heavy(),
    )


def densities() -> SearchStrategy[Any]:
    """Densities of the line: every family, and mixtures of up to 3 components of any families.

    Notes
    -----
    loc and low in [-10, 10], scale, width and rate in [1/8, 10], in eighths; df from 1/2 to 30.
    Shrinks to Normal(0, 1).
    """
    return st.one_of(_simple(), mixtures(3), mixtures(3, components=_simple()))


# --- pairs ----------------------------------------------------------------------------------------


def density_pairs() -> SearchStrategy[Pair]:
    """Pairs (p, q) of different densities of the line, of every kind that has broken something.

    Overlapping (any two of `densities`), nearly equal, contaminated, far apart or out of scale by
    up to 1e6, disjoint, heavy-tailed. Shrinks to (Normal(0, 1), Normal(1, 1)).
    """
    return st.one_of(
        _overlapping_pairs(),
        near_equal_pairs(),
        _far_pairs(),
        disjoint_pairs(),
        heavy_tailed_pairs(),
    )


def _overlapping_pairs() -> SearchStrategy[Pair]:
    return st.tuples(densities(), densities()).map(_apart)


def near_equal_pairs() -> SearchStrategy[Pair]:
    """Pairs with q = p moved or stretched by 1e-1 ... 1e-9 scales, or q = (1 - e) p + e r.

    The contamination r is a normal anywhere, e = 1e-1 ... 1e-9. The pair is never equal. Where p
    has an edge, moving shifts the edge too, so KL(p‖q) may be infinite. Shrinks to
    (Normal(0, 1), Normal(0.1, 1)).
    """
    step = st.tuples(_signs(), st.integers(1, NEAREST)).map(lambda t: t[0] * _power_of_ten(-t[1]))
    direction = st.sampled_from(((1, 0), (0, 1), (1, 1)))
    moved = st.tuples(densities(), step, direction).map(
        lambda t: (t[0], nudged(t[0], t[1] * t[2][0], t[1] * t[2][1]))
    )
    return st.one_of(moved, _contaminated_pairs())


def _contaminated_pairs() -> SearchStrategy[Pair]:
    return st.tuples(densities(), normals(), st.integers(1, NEAREST)).map(_contaminated)


def _contaminated(drawn: tuple[Any, Any, int]) -> Pair:
    p, r, k = drawn
    p, r = _apart((p, r))
    share = Fraction(1, 10**k)
    return p, Mixture((p, r), (1 - share, share))


def _far_pairs() -> SearchStrategy[Pair]:
    """Pairs with q = p moved by 10 ... 1e6, or 10 ... 1e6 times as wide or as narrow."""
    power = st.integers(1, FURTHEST)
    return st.tuples(densities(), st.booleans(), _signs(), power).map(_far)


def _far(drawn: tuple[Any, bool, int, int]) -> Pair:
    p, stretched, sign, k = drawn
    if stretched or not _moves(p):
        return p, affine(p, 0.0, _power_of_ten(sign * k))
    return p, affine(p, sign * _power_of_ten(k), 1.0)


def disjoint_pairs() -> SearchStrategy[Pair]:
    """Pairs of bounded supports with a gap of 1/8 to 1e6 between them, in either order.

    Uniform and triangular laws: JSD = log 2, TV = 1, KL = inf, whatever was drawn.
    """
    gap = st.one_of(_scales(), _powers_of_ten(1, FURTHEST))
    bounded = st.one_of(_uniforms(), _triangulars())
    return st.tuples(bounded, bounded, gap, st.booleans()).map(_disjoint)


def _disjoint(drawn: tuple[Any, Any, float, bool]) -> Pair:
    left, right, gap, swapped = drawn
    right = affine(right, left.support[1] + gap - right.support[0], 1.0)
    return (right, left) if swapped else (left, right)


def heavy_tailed_pairs() -> SearchStrategy[Pair]:
    """Pairs with Cauchy or Student's t (df 1/2 to 30) on one side at least, the other any family.

    Shrinks to (Cauchy(0, 1), Normal(0, 1)).
    """
    pairs = st.tuples(_heavy(), st.one_of(normals(), _heavy(), _simple()), st.booleans())
    return pairs.map(lambda t: _apart((t[1], t[0]) if t[2] else (t[0], t[1])))


def _apart(pair: Pair) -> Pair:
    """Return the pair, q moved by 1 (or halved) where it is the same law as p."""
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


# --- discrete laws --------------------------------------------------------------------------------


def simplices(n: int) -> SearchStrategy[FloatArray]:
    """Weights, n of them, that sum to 1 up to rounding, a float64 array of shape (n,).

    From nearly equal to nearly all on one point (as from Dirichlet laws of concentration 0.01 to
    10), with exact zeros. Shrinks to the uniform weights.
    """
    return _exact_simplices(n).map(lambda w: np.array([float(x) for x in w]))


def _exact_simplices(n: int) -> SearchStrategy[tuple[Fraction, ...]]:
    if not n >= 1:
        raise ValueError(f"simplices(n={n!r}): give at least one point")
    share = st.sampled_from((*range(1, 9), 0, *(Fraction(10) ** k for k in range(-6, 7) if k)))
    return st.lists(share, min_size=n, max_size=n).map(_normalised)


def _normalised(shares: Sequence[Any]) -> tuple[Fraction, ...]:
    whole = sum(shares)
    if whole == 0:
        return (Fraction(1), *(Fraction(0) for _ in shares[1:]))
    return tuple(Fraction(share) / whole for share in shares)


def discrete_pairs(max_points: int = 6, *, equal: bool = True) -> SearchStrategy[Pair]:
    """Pairs of Discrete laws on the points 0, ..., n - 1, n from 2 to max_points.

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
            _exact_simplices(k),
            _exact_simplices(k),
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
    """Random n x m matrices whose rows are from `simplices(m)`: q @ kernel is a law again."""
    return st.lists(simplices(m), min_size=n, max_size=n).map(np.stack)


# --- logits ---------------------------------------------------------------------------------------


def logits(largest: float = 1e4) -> SearchStrategy[float]:
    """Discriminator logits up to ± largest, floats: moderate (eighths to ±30), tiny, and extreme.

    Drawn moderate numbers alone do not find a loss that overflows. Shrinks to 0.
    """
    if not 0 < largest < float("inf"):
        raise ValueError(f"logits(largest={largest!r}): give a positive finite number")
    tiny = st.tuples(_signs(), st.integers(1, 300)).map(lambda t: t[0] * _power_of_ten(-t[1]))
    extreme = st.integers(-64, 64).map(lambda k: largest * k / 64)
    overflow = st.integers(-800, 800).map(float)
    end = float(largest)
    return st.one_of(_eighths(-30, 30), overflow, extreme, tiny).map(
        lambda a: float(min(max(a, -end), end))
    )


def logit_batches(max_size: int = 8, *, largest: float = 1e4) -> SearchStrategy[FloatArray]:
    """Arrays of 1 to max_size logits, float64; shrinks to array([0.])."""
    rows = st.lists(logits(largest), min_size=1, max_size=max_size)
    return rows.map(lambda row: np.array(row, dtype=np.float64))
