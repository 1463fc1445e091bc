"""Which pairs of densities may be compared, and how many of them are in one call.

Pairs of normals and of their mixtures, alone or in batches, are settled together: by trapezoid sums
where equally spaced nodes will do, by panels where the scales differ too much, by the kernel itself
where p and q nearly agree. What is left, and every other family, takes the adaptive method, one pair at
a time. Memory is bounded: SLAB members are handled at once by each thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.convert import density_of
from gantheory.densities.discrete import Discrete
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.normal_members import Found, Members, common_batch, members_of
from gantheory.divergences.normal_near import near_sums
from gantheory.divergences.normal_panels import overlap_panels
from gantheory.divergences.normal_sums import overlap_sums
from gantheory.divergences.overlaps import OVERLAPS
from gantheory.divergences.work import BATCH, MEMBER, cost_of
from gantheory.errors import NotConverged
from gantheory.estimates import KINDS, Estimate, Kind, Route, route
from gantheory.threads import threads

SLAB = 5000
LARGEST_ERROR, RELATIVE_ERROR = 9e-13, 1e-11  # of a member that is settled in a batch
FEW = 10  # components: the adaptive method costs more for each, and so more error is taken for it
GOOD_ENOUGH = (
    1e-10  # relative: of a number that is returned where the adaptive method has no better one
)
CLOSE = 0.05  # a divergence below which two normals may nearly agree


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
    compute: Callable[[Any, Any], Estimate],
    p: Any,
    q: Any,
    *,
    kernel: Kernel | None = None,
    quick: Callable[[Any, Any, tuple[int, ...]], tuple[Found, Route]] | None = None,
) -> Estimate:
    """Return compute(p, q) for every pair of the batch.

    Parameters
    ----------
    compute:
        The adaptive method, for one pair.
    p, q:
        Single densities or batches.
    kernel:
        If it is known as an overlap, pairs of normals are settled together first, each to an error
        of at most min(9e-13, 1e-11 value), or a tenth of that times its components if these are many.
    quick:
        What settles some of the members of another functional first, and by which route.

    Raises
    ------
    NotConverged
        If any member does not converge; `.best` is the whole Estimate with `converged` an array.
    """
    p, q = as_pair(p, q)
    shape = common_batch(p, q)
    known = kernel is not None and kernel.name in OVERLAPS and p.dim == 1
    members = members_of(p, q) if known else None
    routes: Route
    if quick is not None:
        found, routes = quick(p, q, shape)
    elif members is None or kernel is None:
        found = Found.unsettled(math.prod(shape))
        routes = frozenset()
    else:
        found, routes = settle(kernel, members)
    if shape == ():
        if found.settled[0]:
            return found.estimate(0, routes)
        return _member(compute, p, q, found.estimate(0, fast_routes(kernel)))
    return _completed(compute, p, q, shape, found, routes, fast_routes(kernel))


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


def fast_routes(kernel: Kernel | None) -> Route:
    """Return every route that a fast way may have taken."""
    if kernel is None:
        return frozenset()
    ways = "trapezoid sums", "Gauss-Kronrod panels"
    return frozenset().union(*(route(way, kernel.name) for way in ways))


def settle(kernel: Kernel, members: Members) -> tuple[Found, Route]:
    """Return what trapezoid sums, panels and the kernel itself settle, and by which routes."""
    starts = range(0, max(len(members), 1), SLAB)
    slabs = [members.rows(slice(i, i + SLAB)) for i in starts] if len(starts) > 1 else [members]
    run = threads().map if len(slabs) > 1 else map
    parts = list(run(lambda slab: _settle(kernel, slab), slabs))
    used = {name for _, names in parts for name in names}
    routes = frozenset().union(*(route(name, kernel.name) for name in used))
    found = [found for found, _ in parts]
    return found[0] if len(found) == 1 else Found.joined(found), routes


def _settle(kernel: Kernel, members: Members) -> tuple[Found, set[str]]:
    ordinary = members.ordinary
    if not ordinary.all():
        return _settle_some(kernel, members, np.flatnonzero(ordinary))
    overlap = OVERLAPS[kernel.name]
    tolerance = partial(allowed_error, components=members.loc.shape[1])
    found = overlap_sums(overlap, members, tolerance)
    used = {"trapezoid sums"} if found.settled.any() else set()
    if found.settled.all():
        return found, used
    single = members.loc.shape[1] == 2
    ways: list[tuple[str, Any, Any]] = [("Gauss-Kronrod panels", overlap_panels, overlap)]
    if single:
        ways.insert(0, ("trapezoid sums", near_sums, kernel))
    for name, way, integrand in ways:
        rest = np.flatnonzero(~found.settled)
        if way is near_sums:
            rest = rest[np.abs(found.value[rest]) < CLOSE]
        if not len(rest):
            continue
        more = way(integrand, members.rows(rest), tolerance)
        found.evaluations += more.evaluations
        better = more.settled | (more.error < found.error[rest])
        done = rest[better]
        found.value[done], found.error[done] = more.value[better], more.error[better]
        found.settled[rest[more.settled]] = True
        used |= {name} if more.settled.any() else set()
    return found, used


def _settle_some(
    kernel: Kernel, members: Members, rows: npt.NDArray[np.intp]
) -> tuple[Found, set[str]]:
    """Return what is settled of some of the members; the others are left to the adaptive method."""
    found = Found.unsettled(len(members))
    if not len(rows):
        return found, set()
    some, used = _settle(kernel, members.rows(rows))
    found.value[rows], found.error[rows], found.settled[rows] = some.value, some.error, some.settled
    found.evaluations = some.evaluations
    return found, used


def allowed_error(value: FloatArray, components: int = FEW) -> FloatArray:
    """min(LARGEST_ERROR, RELATIVE_ERROR value), where the second grows with components beyond FEW."""
    return np.minimum(LARGEST_ERROR, RELATIVE_ERROR * max(1.0, components / FEW) * np.abs(value))


def _completed(
    compute: Callable[[Any, Any], Estimate],
    p: Any,
    q: Any,
    shape: tuple[int, ...],
    found: Found,
    routes: Route,
    fast: Route,
) -> Estimate:
    """Return the whole batch, its members that are not settled one by one, as far as the work allows."""
    converged = found.settled.copy()
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
