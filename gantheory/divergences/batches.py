"""Which pairs of densities may be compared, and how many of them are in one call.

Pairs of one family have closed forms; pairs of mixtures of standard families, alone or in batches, are
settled together by machine code. What these leave, and every other density, takes the adaptive method,
one pair at a time.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gantheory.densities.convert import density_of
from gantheory.densities.discrete import Discrete
from gantheory.divergences.closed import closed_form
from gantheory.divergences.effort import OUT_OF_TIME, Effort, Options
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.members import Found, Members, common_batch, members_of
from gantheory.divergences.settling import Tolerance, settle
from gantheory.divergences.work import BATCH, MEMBER, cost_of
from gantheory.errors import NotConverged
from gantheory.estimates import KINDS, Estimate, Kind, Route, route

LARGEST_ERROR, RELATIVE_ERROR = 9e-13, 1e-11  # of a member that is settled in a batch
FEW = 10  # components: the adaptive method costs more for each, and so more error is taken for it
GOOD_ENOUGH = (
    1e-10  # relative: of a number that is returned where the adaptive method has no better one
)
CLOSED = "closed form"
OUT_OF_WORK = "the work that is allowed for a batch is done: compute fewer members in a call"

Compute = Callable[[Any, Any, Effort], Estimate]
"""(p, q, effort) -> a number of one pair."""
Quick = Callable[[Any, Any, Effort], tuple[Found, Route] | None]
"""(p, q, effort) -> what is found of all pairs of a batch, and by which route; None if nothing."""


def as_pair(p: Any, q: Any) -> tuple[Any, Any]:
    """Return two densities with a common measure; those of other libraries become ours.

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
    compute: Compute,
    p: Any,
    q: Any,
    options: Options,
    *,
    kernel: Kernel | None = None,
    quick: Quick | None = None,
) -> Estimate:
    """Return compute(p, q, effort) for every pair of the batch.

    Parameters
    ----------
    compute:
        The adaptive method, for one pair.
    p, q:
        Single densities or batches.
    options:
        What the caller asks for.
    kernel:
        If closed forms or machine code know it, pairs of mixtures of standard families are settled
        together first; by default each to an error of at most 9e-13 max(1, value) and 1e-11 value, or a
        tenth of the latter times its components if these are many; powers of any size to 3e-11 value.
    quick:
        What else may settle some of the pairs first, where there is no kernel.

    Raises
    ------
    NotConverged
        If any member does not converge; `.best` is the whole Estimate with `converged` an array.
    """
    effort = Effort.of(options)
    p, q = as_pair(p, q)
    shape = common_batch(p, q)
    found, routes = (
        _settled(kernel, p, q, effort) if quick is None else _quickly(quick, p, q, effort)
    )
    if shape != ():
        return _completed(compute, p, q, effort, found, routes)
    fast = found.estimate(0, routes)
    return fast if found.settled[0] else _member(partial(compute, p, q), effort, fast)


def _quickly(quick: Quick, p: Any, q: Any, effort: Effort) -> tuple[Found, Route]:
    """Return what `quick` finds of every pair, settled as it says or as the caller asks."""
    found, routes = quick(p, q, effort) or (Found.unsettled(math.prod(common_batch(p, q))), Route())
    if effort.rtol is not None and found.kind != "exact":
        asked = Tolerance(effort.rtol, effort.atol, math.inf)
        found.settled = asked.allows(found.value, found.error)
    return found, routes


def _settled(kernel: Kernel | None, p: Any, q: Any, effort: Effort) -> tuple[Found, Route]:
    """Return what closed forms and machine code find of every pair, and by which routes."""
    found, routes = Found.unsettled(math.prod(common_batch(p, q))), Route()
    if kernel is None or p.dim == 2 or isinstance(p, Discrete):
        return found, routes
    closed = closed_form(kernel.name, p, q, kernel.alpha)
    if closed is not None:
        found, routes = closed, route(CLOSED, kernel.name)
    rows = np.flatnonzero(~found.settled)
    members = members_of(p, q) if len(rows) and kernel.fused is not None else None
    if members is not None and kernel.fused is not None:
        tolerance = tolerance_of(members, effort)
        found.improve(rows, settle(kernel.fused, members.some(rows), tolerance, effort))
        routes |= route("Gauss-Kronrod panels", kernel.name)
    return found, routes


def as_asked(compute: Callable[[Effort], Estimate], effort: Effort) -> Estimate:
    """Return compute(effort) if that is as exact as was asked for, or what is as exact as can be.

    Raises
    ------
    NotConverged
        If that is not exact enough either.
    """
    found = compute(effort)
    if not effort.allows(found):  # a logarithm or a factor may have lost digits
        try:
            found = compute(effort.sharper)
        except NotConverged as fault:
            raise NotConverged(str(fault), replace(found, converged=False)) from None
    if not effort.allows(found):
        raise NotConverged(
            f"rtol={effort.rtol:g}, atol={effort.atol:g}: nothing better than {found} can be had; "
            "ask for an absolute error, atol, that this meets",
            replace(found, converged=False),
        )
    return found


def _member(compute: Callable[[Effort], Estimate], effort: Effort, fast: Estimate) -> Estimate:
    """Return what is computed, or what the fast ways found where that is better and good enough.

    Raises
    ------
    NotConverged
        With the better one of both as `.best`.
    """
    try:
        return as_asked(compute, effort)
    except NotConverged as fault:
        if not float(fast.error) < (math.inf if fault.best is None else float(fault.best.error)):
            raise
        if float(fast.error) <= GOOD_ENOUGH * abs(float(fast)) and effort.allows(fast):
            return fast
        raise NotConverged(str(fault), replace(fast, converged=False)) from None


def tolerance_of(members: Members, effort: Effort) -> Tolerance:
    """Return how large the errors of settled members may be, by default more where these are dear."""
    if effort.rtol is not None:
        return Tolerance(effort.rtol, effort.atol, math.inf)
    relative = min(RELATIVE_ERROR * max(1.0, len(members.kinds) / FEW), GOOD_ENOUGH)
    return Tolerance(relative, effort.atol, LARGEST_ERROR)


def _completed(
    compute: Compute,
    p: Any,
    q: Any,
    effort: Effort,
    found: Found,
    fast: Route,
) -> Estimate:
    """Return the whole batch, members not settled one by one, as far as work and time allow."""
    shape = common_batch(p, q)
    converged = found.settled.copy()
    routes = fast if found.settled.any() else Route()
    kinds: set[Kind] = {found.kind} if np.any(found.settled) else set()
    left, message = BATCH + MEMBER * len(converged), ""
    for i in effort.watched(np.flatnonzero(~found.settled).tolist()):
        if left <= 0 or effort.late:
            message = OUT_OF_TIME if effort.late else OUT_OF_WORK
            break
        a, b = p.member(i, shape), q.member(i, shape)
        try:
            one = _member(partial(compute, a, b), effort, found.estimate(i, fast))
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
