"""Densities of the line: every family, and mixtures of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import (
    Cauchy,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
)
from gantheory.testing.strategies.numbers import locs, scales


def normals() -> SearchStrategy[Any]:
    """Normal(loc, scale), loc in [-10, 10], scale in [1/8, 10], in eighths; shrinks to (0, 1)."""
    return st.builds(Normal, locs(), scales())


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


def laplaces() -> SearchStrategy[Any]:
    """Laplace(loc, scale), the domain of `normals`; shrinks to (0, 1)."""
    return st.builds(Laplace, locs(), scales())


def uniforms() -> SearchStrategy[Any]:
    """Uniform(low, low + width), low in [-10, 10], width in [1/8, 10]; shrinks to (0, 1)."""
    return st.tuples(locs(), scales()).map(lambda t: Uniform(t[0], t[0] + t[1]))


def triangulars() -> SearchStrategy[Any]:
    """Triangles on the intervals of `uniforms`, the mode anywhere, at the ends too."""
    share = st.integers(-4, 4).map(lambda k: (k + 4) / 8)
    return st.tuples(locs(), scales(), share).map(
        lambda t: Triangular(t[0], t[0] + t[1] * t[2], t[0] + t[1])
    )


def exponentials() -> SearchStrategy[Any]:
    """Exponential(rate), rate in [1/8, 10] in eighths; shrinks to rate 1."""
    # the second number is not used, or exponentials would be plainer than Normal(0, 1)
    return st.tuples(scales(), st.integers(0, 1)).map(lambda t: Exponential(t[0]))


def cauchies() -> SearchStrategy[Any]:
    """Cauchy(loc, scale), the domain of `normals`; shrinks to (0, 1)."""
    return st.builds(Cauchy, locs(), scales())


def student_ts() -> SearchStrategy[Any]:
    """StudentT(df, loc, scale), df from 1/2 to 30; shrinks to df = 1, the Cauchy distribution."""
    df = st.sampled_from((1.0, 2.0, 3.0, 5.0, 30.0, 1.5, 0.5))
    return st.builds(StudentT, df, locs(), scales())


def heavy_tailed() -> SearchStrategy[Any]:
    """Cauchy, and Student's t with 1/2 to 30 degrees of freedom; shrinks to Cauchy(0, 1)."""
    return st.one_of(cauchies(), student_ts())


def single_families() -> SearchStrategy[Any]:
    """Every family of the line that is not a mixture; shrinks to Normal(0, 1)."""
    return st.one_of(
        normals(), laplaces(), uniforms(), exponentials(), triangulars(), heavy_tailed()
    )


def densities() -> SearchStrategy[Any]:
    """Densities of the line: every family, and mixtures of up to 3 components of any families.

    Notes
    -----
    loc and low in [-10, 10], scale, width and rate in [1/8, 10], in eighths; df from 1/2 to 30.
    Shrinks to Normal(0, 1).
    """
    return st.one_of(single_families(), mixtures(3), mixtures(3, components=single_families()))
