"""Kernel density estimates and Gaussian mixtures: sums of one family, with weights that sum to 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.mixture import flattened
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.errors import InvalidDensity, brief

DIGITS = 10**40  # of a standard deviation that is a root


def normalised(weights: Any) -> list[Fraction]:
    """Return weights divided by their sum, exactly.

    Raises
    ------
    InvalidDensity
        If one is negative or not finite, or all are 0.
    """
    values = np.asarray(weights)
    if not (np.all(np.isfinite(values) & (values >= 0)) and np.any(values > 0)):
        raise InvalidDensity(
            f"weights {brief(weights)}: give finite ones, not negative, not all of them 0"
        )
    exact = [Fraction(w) for w in values.tolist()]
    total = sum(exact)
    return [w / total for w in exact]


def weighted(components: Sequence[Any], weights: Any = None) -> Any:
    """Return Σ w_k p_k / Σ w_k, all weights equal where none are given; one component as it is."""
    if len(components) == 1:
        return components[0]
    return flattened(
        components, normalised(np.ones(len(components)) if weights is None else weights)
    )


def normal_of(mean: FloatArray, cov: Any) -> Any:
    """Return the normal of this mean, shape (d,), and covariance, shape (d, d), for d = 1 or 2.

    Raises
    ------
    InvalidDensity
        If the dimension is another.
    """
    check_dimension(len(mean))
    if len(mean) == 1:
        return Normal(float(mean[0]), _root(Fraction(np.ravel(cov)[0].item())))
    return MultivariateNormal(mean, cov)


def check_dimension(d: int) -> None:
    """Refuse other densities than those of the line and of the plane.

    Raises
    ------
    InvalidDensity
        If d is neither 1 nor 2.
    """
    if d not in (1, 2):
        raise InvalidDensity(
            f"as_density: a density of dimension {d}; only those of the line and of the plane are taken"
        )


def _root(variance: Fraction) -> Fraction:
    """Return √variance to 40 digits, exactly where it is a float64."""
    root = Fraction(math.sqrt(variance))
    if root * root == variance:
        return root
    unit = Fraction(DIGITS) / Fraction(2) ** math.frexp(root)[1]
    return Fraction(math.isqrt(int(variance * unit * unit))) / unit


def of_gaussian_kde(x: Any) -> Any:
    """Return scipy's gaussian_kde as the mixture that it is; its data has shape (d, n)."""
    points = np.asarray(x.dataset, dtype=np.float64).T
    check_dimension(points.shape[1])
    if points.shape[1] == 1:
        width = float(x.cho_cov[0, 0])  # what it evaluates with, a float as its variance is not
        return weighted([Normal(at, width) for at in points[:, 0].tolist()], x.weights)
    return weighted([MultivariateNormal(at, x.covariance) for at in points], x.weights)
