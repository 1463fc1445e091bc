"""Pairs of the plane that reduce exactly to the line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.base import Density1D
from gantheory.densities.location_scale import identical
from gantheory.densities.normal import Normal
from gantheory.densities.plane import MultivariateNormal, Product


def reduced_to_line(p: Any, q: Any) -> tuple[Density1D, Density1D] | None:
    """Return a pair of the line with the same law of the likelihood ratio, None if there is none.

    Two normals with one covariance differ along one direction only: whitened, it is N(0, 1) against
    N(μ, 1), μ the Mahalanobis distance of the means. Two products with a factor in common differ in
    the other factor only.
    """
    if isinstance(p, MultivariateNormal) and isinstance(q, MultivariateNormal):
        if not np.array_equal(p.cov, q.cov):
            return None
        (a, _), (b, d) = p.factor
        step = q.mean - p.mean
        first = step[0] / a
        return Normal(0.0, 1.0), Normal(math.hypot(first, (step[1] - b * first) / d), 1.0)
    if isinstance(p, Product) and isinstance(q, Product):
        if identical(p.first, q.first):
            return p.second, q.second
        if identical(p.second, q.second):
            return p.first, q.first
    return None
