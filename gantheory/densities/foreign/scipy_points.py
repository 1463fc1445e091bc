"""Discrete distributions of scipy.stats, old and new style, as Discrete."""

from __future__ import annotations

import math
from types import MethodType
from typing import Any

import numpy as np

from gantheory.arrays import EPS
from gantheory.densities.discrete import Discrete
from gantheory.densities.foreign.counts import COUNTING, MOST_POINTS, counting
from gantheory.errors import InvalidDensity, brief

ACCURACY = 64 * EPS  # what scipy's log weights are trusted with


def parameters_of(x: Any) -> dict[str, Any]:
    """Return shapes, loc and scale of a frozen old-style distribution by name: floats or arrays."""
    names = [*(x.dist.shapes.split(", ") if x.dist.shapes else []), "loc", "scale"]
    given = {**dict(zip(names, x.args, strict=False)), **x.kwds}
    given = {**given, "loc": given.get("loc", 0.0), "scale": given.get("scale", 1.0)}
    return {name: value if np.ndim(value) else float(value) for name, value in given.items()}


def from_points(x: Any, given: dict[str, Any]) -> Discrete:
    """Return a frozen discrete distribution: all its points, or those that hold all but 1e-40.

    Raises
    ------
    InvalidDensity
        If it is a batch, its parameters are out of range, or its points are too many to be listed.
    """
    name = x.dist.name
    if any(map(np.ndim, given.values())):
        raise InvalidDensity(
            f"as_density({name}): a discrete distribution is single; freeze single numbers, one {name} "
            "after the other"
        )
    low, high = x.support()
    if math.isnan(low) or not given["loc"].is_integer():
        raise InvalidDensity(f"as_density({name}): parameters {brief(given)} are out of range")
    from scipy import stats

    if name in COUNTING and type(x.dist) is type(getattr(stats, name, None)):
        return counting(name, given)
    if hasattr(x.dist, "xk"):  # made from values
        return Discrete(x.dist.pk, x.dist.xk + given["loc"])
    if not (math.isfinite(low) and math.isfinite(high) and high - low < MOST_POINTS):
        raise InvalidDensity(
            f"as_density({name}): points on [{low}, {high}] have no density, and are too many to be "
            f"summed; infinitely many may have {', '.join(COUNTING)}, or give Discrete(weights, points)"
        )
    points = np.arange(low, high + 1)
    weights = x.pmf(points)
    least = float(np.min(weights[weights > 0]))
    return Discrete(weights, points, weight_error=ACCURACY * (1 + abs(math.log(least))))


def from_new_points(x: Any) -> Discrete:
    """Return a new-style discrete distribution through the old-style family that it was made from.

    Raises
    ------
    InvalidDensity
        If it was made from none, or as for `from_points`.
    """
    from scipy import stats

    given = {name: float(value) for name, value in x._parameters.items()}
    if isinstance(x, stats.Binomial):
        frozen = stats.binom(**given)
    else:
        methods = (m for base in type(x).__mro__ for m in vars(base).values())
        owners = (m.__self__ for m in methods if isinstance(m, MethodType))
        family = next((owner for owner in owners if isinstance(owner, stats.rv_discrete)), None)
        if family is None:
            raise InvalidDensity(
                f"as_density({brief(x)}): this discrete distribution is not supported; give "
                "Discrete(weights, points)"
            )
        frozen = family(**given)
    return from_points(frozen, parameters_of(frozen))
