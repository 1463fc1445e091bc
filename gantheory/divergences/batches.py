"""Which pairs of densities may be compared, and how many of them are in one call.

Pairs of normals and of their mixtures, alone or in batches, are settled together: by trapezoid sums
where equally spaced nodes will do, by panels where the scales differ too much, by the kernel itself
where p and q nearly agree. What is left, and every other family, goes the careful way, one pair at
a time. Memory is bounded: SLAB members are handled at once by each thread.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.densities.base import Density
from gantheory.densities.discrete import Discrete
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.normal_members import Found, Members, common_batch, members_of
from gantheory.divergences.normal_near import near_sums
from gantheory.divergences.normal_panels import overlap_panels
from gantheory.divergences.normal_sums import overlap_sums
from gantheory.divergences.overlaps import OVERLAPS
from gantheory.errors import NotConverged
from gantheory.estimates import KINDS, Estimate, Kind, Route, route
from gantheory.threads import threads

FloatArray = npt.NDArray[np.float64]
SLAB = 5000
LARGEST_ERROR, RELATIVE_ERROR = 9e-13, 1e-11  # of a member that is settled in a batch
CLOSE = 0.05  # a divergence below which two normals may nearly agree


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
    shapes = f"batch shapes {p.batch_shape} and {q.batch_shape} do not agree; write length-1 axes"
    if p.batch_shape and q.batch_shape and len(p.batch_shape) != len(q.batch_shape):
        raise ValueError(shapes)
    try:
        common_batch(p, q)
    except ValueError:
        raise ValueError(shapes) from None


def over_batch(
    compute: Callable[[Any, Any], Estimate], p: Density, q: Density, *, kernel: Kernel | None = None
) -> Estimate:
    """Return compute(p, q) for every pair of the batch.

    Parameters
    ----------
    compute:
        The careful way, for one pair.
    p, q:
        Single densities or batches.
    kernel:
        If it is known as an overlap, pairs of normals are settled together first, each to an error
        of at most min(9e-13, 1e-11 value).

    Raises
    ------
    NotConverged
        If any member does not converge; `.best` is the whole Estimate with `converged` an array.
    """
    check_pair(p, q)
    shape = common_batch(p, q)
    known = kernel is not None and kernel.name in OVERLAPS and p.dim == 1
    members = members_of(p, q) if known else None
    if members is None or kernel is None:
        found = Found.unsettled(math.prod(shape))
        routes: Route = frozenset()
    else:
        found, routes = settle(kernel, members)
    if shape == ():
        if not found.settled[0]:
            return compute(p, q)
        return Estimate(
            float(found.value[0]),
            float(found.error[0]),
            route=routes,
            evaluations=found.evaluations,
        )
    rest = np.flatnonzero(~found.settled)
    return _completed(compute, p, q, shape, found, routes, rest)


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
    found = overlap_sums(overlap, members, allowed_error)
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
        more = way(integrand, members.rows(rest), allowed_error)
        found.evaluations += more.evaluations
        done = rest[more.settled]
        found.value[done], found.error[done] = more.value[more.settled], more.error[more.settled]
        found.settled[done] = True
        used |= {name} if len(done) else set()
    return found, used


def _settle_some(
    kernel: Kernel, members: Members, rows: npt.NDArray[np.intp]
) -> tuple[Found, set[str]]:
    """Return what is settled of some of the members; the others are left to the careful way."""
    found = Found.unsettled(len(members))
    if not len(rows):
        return found, set()
    some, used = _settle(kernel, members.rows(rows))
    found.value[rows], found.error[rows], found.settled[rows] = some.value, some.error, some.settled
    found.evaluations = some.evaluations
    return found, used


def allowed_error(value: FloatArray) -> FloatArray:
    """min(LARGEST_ERROR, RELATIVE_ERROR value)."""
    return np.minimum(LARGEST_ERROR, RELATIVE_ERROR * np.abs(value))


def _completed(
    compute: Callable[[Any, Any], Estimate],
    p: Density,
    q: Density,
    shape: tuple[int, ...],
    found: Found,
    routes: Route,
    rest: npt.NDArray[np.intp],
) -> Estimate:
    """Return the whole batch, its members that are not settled one by one."""
    converged = found.settled.copy()
    kinds: set[Kind] = {"estimated"} if np.any(found.settled) else set()
    message = ""
    for i in rest:
        try:
            one = compute(p.member(int(i), shape), q.member(int(i), shape))
        except NotConverged as fault:
            message = str(fault)
            best = fault.best or Estimate(0.0, math.inf)
            one = Estimate(float(best), float(best.error), converged=False)
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
