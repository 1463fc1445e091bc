"""Which pairs of densities may be compared, and how many of them are in one call.

Pairs of mixtures of standard families, alone or in batches, are settled together by machine code. What
that leaves, and every other density, takes the adaptive method, one pair at a time. Memory is bounded: each
thread handles a slab of members at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.densities.convert import density_of
from gantheory.densities.discrete import Discrete
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.members import Found, common_batch, members_of, settle
from gantheory.divergences.work import BATCH, MEMBER, cost_of
from gantheory.errors import NotConverged
from gantheory.estimates import KINDS, Estimate, Kind, Route, route

LARGEST_ERROR, RELATIVE_ERROR = 9e-13, 1e-11  # of a member that is settled in a batch
FEW = 10  # components: the adaptive method costs more for each, and so more error is taken for it
GOOD_ENOUGH = (
    1e-10  # relative: of a number that is returned where the adaptive method has no better one
)


def as_pair(p: Any, q: Any) -> tuple[Any, Any]:
    """Return two densities with a common measure; distributions of scipy.stats become ours.

    Raises
    ------
    TypeError
        If one is not a density.
    ValueError
        If the dimensions or batch shapes differ, or only one of them is discrete.
    """
    p, q = density_of("p", p), density_of("q", q)
    if p.dim != q.dim:
        raise ValueError(f"p has dimension {p.dim}, q has dimension {q.dim}: they must agree")
    if isinstance(p, Discrete) != isinstance(q, Discrete):
        raise ValueError(
            f"{type(p).__name__} and {type(q).__name__} have no common measure: a discrete distribution "
            "and a density are mutually singular; compare two of a kind"
        )
    shapes = f"batch shapes {p.batch_shape} and {q.batch_shape} do not agree; write length-1 axes"
    if p.batch_shape and q.batch_shape and len(p.batch_shape) != len(q.batch_shape):
        raise ValueError(shapes)
    try:
        common_batch(p, q)
    except ValueError:
        raise ValueError(shapes) from None
    return p, q


def over_batch(
    compute: Callable[[Any, Any], Estimate], p: Any, q: Any, *, kernel: Kernel | None = None
) -> Estimate:
    """Return compute(p, q) for every pair of the batch.

    Parameters
    ----------
    compute:
        The adaptive method, for one pair.
    p, q:
        Single densities or batches.
    kernel:
        If machine code knows it, pairs of mixtures of standard families are settled together first, each
        to an error of at most 9e-13 max(1, value) and 1e-11 value, or a tenth of the latter times its
        components if these are many.

    Raises
    ------
    NotConverged
        If any member does not converge; `.best` is the whole Estimate with `converged` an array.
    """
    p, q = as_pair(p, q)
    shape = common_batch(p, q)
    routes: Route = frozenset()
    found = None
    if kernel is not None and kernel.fused is not None and p.dim == 1:
        found = _settled(kernel, p, q)
        routes = route("Gauss-Kronrod panels", kernel.name)
    if found is None:
        found = Found.unsettled(math.prod(shape))
    if shape == ():
        fast = found.estimate(0, routes)
        return fast if found.settled[0] else _member(compute, p, q, fast)
    return _completed(compute, p, q, shape, found, routes)


def _settled(kernel: Kernel, p: Any, q: Any) -> Found | None:
    """Return what machine code finds of every pair, None where they are no mixtures of standard families."""
    members = members_of(p, q)
    if members is None or kernel.fused is None:
        return None
    return settle(kernel.fused, members, allowed_error(len(members.kinds)))


def _member(compute: Callable[[Any, Any], Estimate], p: Any, q: Any, fast: Estimate) -> Estimate:
    """Return compute(p, q), or what the fast ways found where that is better and good enough.

    Raises
    ------
    NotConverged
        With the better one of both as `.best`.
    """
    try:
        return compute(p, q)
    except NotConverged as fault:
        if not float(fast.error) < (math.inf if fault.best is None else float(fault.best.error)):
            raise
        if float(fast.error) <= GOOD_ENOUGH * abs(float(fast)):
            return fast
        raise NotConverged(str(fault), replace(fast, converged=False)) from None


def allowed_error(components: int = FEW) -> tuple[float, float]:
    """Return the errors of a settled member: relative, growing with components beyond FEW, and largest."""
    return RELATIVE_ERROR * max(1.0, components / FEW), LARGEST_ERROR


def _completed(
    compute: Callable[[Any, Any], Estimate],
    p: Any,
    q: Any,
    shape: tuple[int, ...],
    found: Found,
    fast: Route,
) -> Estimate:
    """Return the whole batch, its members that are not settled one by one, as far as the work allows."""
    converged = found.settled.copy()
    routes = fast if found.settled.any() else frozenset()
    kinds: set[Kind] = {"estimated"} if np.any(found.settled) else set()
    left, message = BATCH + MEMBER * len(converged), ""
    for i in np.flatnonzero(~found.settled):
        a, b = p.member(int(i), shape), q.member(int(i), shape)
        if left <= 0:
            message = (
                "the work that is allowed for a batch is done: compute fewer members in a call"
            )
            continue
        try:
            one = _member(compute, a, b, found.estimate(int(i), fast))
        except NotConverged as fault:
            message = str(fault)
            best = fault.best or Estimate(0.0, math.inf)
            one = Estimate(
                float(best), float(best.error), evaluations=best.evaluations, converged=False
            )
        left -= one.evaluations * cost_of(a, b)
        found.value[i], found.error[i] = one.value, one.error
        converged[i] = bool(one.converged)
        kinds.add(one.kind)
        routes |= one.route
        found.evaluations += one.evaluations
    whole = Estimate(
        found.value.reshape(shape),
        found.error.reshape(shape),
        kind=max(kinds, key=KINDS.index, default="exact"),
        route=routes,
        evaluations=found.evaluations,
        declared=p.declared and q.declared,
        converged=converged.reshape(shape),
    )
    if message:
        raise NotConverged(message, whole)
    return whole
