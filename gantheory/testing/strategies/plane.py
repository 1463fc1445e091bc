"""Densities of the plane: correlated normals, products, mixtures, rings, lattices."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import MultivariateNormal, Product, grid, ring
from gantheory.testing.strategies.line import mixtures, single_families
from gantheory.testing.strategies.numbers import locs, scales


def plane_normals() -> SearchStrategy[Any]:
    """MultivariateNormal(mean, cov), correlations up to ±0.999; shrinks to mean 0, cov 1.

    Means and standard deviations are those of `normals`, in eighths; correlations are eighths too,
    and, so that the ridge is searched, ±0.99 and ±0.999.
    """
    steep = (0.99, -0.99, 0.999, -0.999)
    correlation = st.one_of(st.integers(-7, 7).map(lambda k: k / 8), st.sampled_from(steep))
    return st.builds(_plane_normal, locs(), locs(), scales(), scales(), correlation)


def _plane_normal(x: float, y: float, s: float, t: float, correlation: float) -> Any:
    both = correlation * s * t
    return MultivariateNormal([x, y], [[s * s, both], [both, t * t]])


def products() -> SearchStrategy[Any]:
    """Product(first, second) of any two families of the line; shrinks to two Normal(0, 1).

    The domain holds what has edges in one coordinate and heavy tails in the other.
    """
    return st.builds(Product, single_families(), single_families())


def rings() -> SearchStrategy[Any]:
    """Rings of 1 to 8 normals, radius 1/8 to 10, scale radius / 100 to radius; shrinks to one mode."""
    share = st.sampled_from((1.0, 0.5, 0.1, 0.05, 0.01))
    drawn = st.tuples(st.integers(1, 8), scales(), share)
    return drawn.map(lambda t: ring(t[0], t[1], t[1] * t[2]))


def grids() -> SearchStrategy[Any]:
    """Square lattices of 1, 4 or 9 normals, scale spacing / 100 to spacing; shrinks to one mode."""
    share = st.sampled_from((1.0, 0.5, 0.1, 0.05, 0.01))
    drawn = st.tuples(st.integers(1, 3), scales(), share)
    return drawn.map(lambda t: grid(t[0], t[1], t[1] * t[2]))


def plane_densities() -> SearchStrategy[Any]:
    """Densities of the plane: normals, products, mixtures of up to 3 of those, rings, lattices.

    Some of the draws are the data sets that everybody uses: `ring()` and `grid()` as they come.
    The domain is every declared distribution of the plane that the library has, with numbers that people
    can read; ridges (correlation 0.999), edges, heavy tails and narrow modes are in it. Shrinks to the
    standard normal, MultivariateNormal([0, 0], [[1, 0], [0, 1]]).
    """
    single = st.one_of(plane_normals(), products())
    usual = (MultivariateNormal([0, 0], [[1, 0], [0, 1]]), ring(), grid())
    parts = mixtures(3, components=single)
    return st.one_of(st.sampled_from(usual), single, parts, rings(), grids())
