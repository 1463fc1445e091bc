"""Pairs of the plane that reduce exactly to the line."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from gantheory.densities.base import Density1D
from gantheory.densities.location_scale import identical
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.plane import Product


def reduced_to_line(p: Any, q: Any) -> tuple[Density1D, Density1D] | None:
    """Return a pair of the line whose likelihood ratio has the same distribution, None if there is none.

    Two normals with one covariance differ along one direction only: whitened, it is N(0, 1) against
    N(μ, 1), μ the Mahalanobis distance of the means, formed from what was given exactly. Two products
    with a factor in common differ in the other factor only.
    """
    if isinstance(p, MultivariateNormal) and isinstance(q, MultivariateNormal):
        if p.exact["cov"] != q.exact["cov"] or p.asymmetry or q.asymmetry:
            return None
        a, b, _, d = p.exact["cov"]
        x, y = (m - n for m, n in zip(p.exact["mean"], q.exact["mean"], strict=True))
        square = (d * x * x - 2 * b * x * y + a * y * y) / (a * d - b * b)
        return Normal(0.0, 1.0), Normal(_root(square), 1.0)
    if isinstance(p, Product) and isinstance(q, Product):
        if identical(p.first, q.first):
            return p.second, q.second
        if identical(p.second, q.second):
            return p.first, q.first
    return None


def _root(square: Fraction) -> float:
    """√square, where square itself may be below the floats."""
    shift = max(0, (square.denominator.bit_length() - square.numerator.bit_length()) // 2)
    return math.ldexp(math.sqrt(square * 4**shift), -shift)
