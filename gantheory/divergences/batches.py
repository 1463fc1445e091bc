"""Which pairs of densities may be compared, and how batches of them are."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.densities.base import Density
from gantheory.densities.discrete import Discrete
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate


def check_pair(p: Any, q: Any) -> None:
    """Refuse what is no pair of densities with a common measure.

    Raises
    ------
    TypeError
        If one is no density.
    ValueError
        If the dimensions or batch shapes differ, or only one of them is discrete.
    """
    for name, density in (("p", p), ("q", q)):
        if not isinstance(density, Density):
            raise TypeError(f"{name}={density!r} is no density; wrap it in as_density(...)")
    if p.dim != q.dim:
        raise ValueError(f"p has dimension {p.dim}, q has dimension {q.dim}: they must agree")
    if isinstance(p, Discrete) != isinstance(q, Discrete):
        raise ValueError(
            f"{type(p).__name__} and {type(q).__name__} have no common measure: a discrete law and a "
            "density are mutually singular; compare two of a kind"
        )
    if p.batch_shape and q.batch_shape and len(p.batch_shape) != len(q.batch_shape):
        raise ValueError(
            f"batch shapes {p.batch_shape} and {q.batch_shape} do not agree; write length-1 axes"
        )


def over_batch(compute: Callable[[Any, Any], Estimate], p: Density, q: Density) -> Estimate:
    """Return compute(p, q), member by member where p or q is a batch.

    Raises
    ------
    NotConverged
        If any member does not converge; `.best` is the whole Estimate with `converged` an array.
    """
    check_pair(p, q)
    shape = np.broadcast_shapes(p.batch_shape, q.batch_shape)
    if shape == ():
        return compute(p, q)
    members = [np.broadcast_to(_array_of(d), shape).ravel() for d in (p, q)]
    results, message = [], ""
    for one, other in zip(*members, strict=True):
        try:
            results.append(compute(one, other))
        except NotConverged as fault:
            message = str(fault)
            best = fault.best or Estimate(0.0, math.inf)
            results.append(Estimate(float(best), float(best.error), converged=False))
    whole = Estimate(
        np.array([float(r) for r in results]).reshape(shape),
        np.array([float(r.error) for r in results]).reshape(shape),
        kind=results[0].kind,
        route=frozenset().union(*(r.route for r in results)),
        evaluations=sum(r.evaluations for r in results),
        magnitude=np.array([float(r.magnitude) for r in results]).reshape(shape),
        declared=p.declared and q.declared,
        converged=np.array([bool(r.converged) for r in results]).reshape(shape),
    )
    if message:
        raise NotConverged(message, whole)
    return whole


def _array_of(density: Density) -> Any:
    table = np.empty(density.batch_shape, dtype=object)
    table.ravel()[:] = list(density.members())
    return table
