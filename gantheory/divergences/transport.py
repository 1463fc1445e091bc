"""Wasserstein-1 on the line: ∫ |F - G| dx."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any, Unpack

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences.batches import as_pair, over_batch
from gantheory.divergences.cuts import SAMPLED, cut_at_roots
from gantheory.divergences.effort import FINEST, SHARE, Effort, Options
from gantheory.divergences.finiteness import transport_is_infinite
from gantheory.divergences.layout import lay_out, parts_of
from gantheory.divergences.outwards import Sum
from gantheory.divergences.survey import shells
from gantheory.divergences.unseen import refuse_rounded
from gantheory.divergences.work import OVERHEAD, Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, route
from gantheory.quadrature import RULES, Cells, Integral, adapt

LEAST = 4e-323  # a few of the smallest floats: what a number loses that underflows
PRICE = 2  # evaluations that a point counts: cdf and sf are special functions
CDF_ERROR = 4 * EPS  # what the special functions lose, relatively to the smaller of F and 1 - F


@called("W₁({p}, {q})")
def wasserstein_1(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """W₁(p, q) = ∫ |F_p(x) - F_q(x)| dx, on the line.

    Parameters
    ----------
    p, q:
        Densities of the line, or two discrete distributions on it.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Returns
    -------
    Estimate
        In the unit of x; +inf where a tail has no mean (and the other does not cancel it). The rule
        is adaptive Gauss-Kronrod on panels cut where F = G; discrete distributions are summed exactly.

    Raises
    ------
    ValueError
        In the plane: only the line is offered.
    NotConverged
        If a tail of a black box is not declared.

    Notes
    -----
    Source: Vallender (1974); Villani, Optimal Transport (2009), for the identity on the line.
    """
    p, q = as_pair(p, q)
    if p.dim != 1:
        raise ValueError(
            "wasserstein_1 is offered on the line only; in the plane, estimate it from samples "
            "with an optimal-transport library"
        )
    return over_batch(_transport, p, q, options)


def _transport(p: Any, q: Any, effort: Effort) -> Estimate:
    if isinstance(p, Discrete):
        return _discrete(p, q)
    if transport_is_infinite(p, q):
        return Estimate(math.inf, 0.0, kind="exact", route=route("tails", "W1"))
    refuse_rounded(p, q)
    for density in (p, q):
        if any(t.kind == "undeclared" for t in density.tails):
            raise NotConverged(
                f"{brief(density)} declares no tails: its mean, and W1, may be infinite",
                Estimate(0.0, math.inf),
            )
    meter = Meter(p, q, effort, cost=OVERHEAD + _cdf_terms(p) + _cdf_terms(q))
    meter.begin()
    cells = lay_out(p, q).cells
    joined = meter.joined(PRICE * len(cells) * (len(RULES[1][0]) + SAMPLED))
    cells = cut_at_roots(lambda x, origin: _gap(meter, x, origin)[0], cells.coarsened(joined))
    found = _integral(meter, cells, 0.0)
    converged, total = found.converged, Sum.of(found)
    # what is unseen is taken to lie within the panels
    reach = float(np.max(cells.origin + cells.high) - np.min(cells.origin + cells.low))
    total = replace(total, error=total.error + (p.unseen + q.unseen) * reach)
    for side in (-1, 1):
        ends = {d.support[0 if side < 0 else 1] for d in (p, q)}
        if len(ends) > 1 or not math.isfinite(ends.pop()):
            total, fine = _beyond(meter, cells, side, total)
            converged &= fine
    estimate = Estimate(
        total.value,
        total.error,
        route=route("Gauss-Kronrod panels", "W1"),
        evaluations=meter.points,
        declared=p.declared and q.declared,
        converged=converged,
    )
    if not converged:
        raise NotConverged(
            f"W1 of {brief(p)} and {brief(q)}: only {estimate} after {meter.points} evaluations, of "
            f"{meter.limit} allowed",
            estimate,
        )
    return estimate


def _cdf_terms(density: Any) -> int:
    """What one evaluation of the distribution function costs; most families say only the density's."""
    return sum(int(getattr(part, "cdf_terms", part.terms)) for _, part in parts_of(density))


def _beyond(meter: Meter, cells: Cells, side: int, total: Sum) -> tuple[Sum, bool]:
    """Add shells that double outwards until |F - G| has fallen off; whether all of them converged.

    Raises
    ------
    NotConverged
        If it does not.
    """
    last, converged = math.inf, True
    for low, high, origin in shells(cells, side):
        shell = Cells.plain([[origin]], [[min(low, high)]], [[max(low, high)]])
        found = _integral(meter, shell, 1e-17 * total.size)
        total, part = total.plus(found), float(found.value[0])
        meter.best = Estimate(total.value, math.inf)
        converged &= found.converged
        if part <= 1e-17 * total.value and part <= 0.5 * last:
            return replace(total, error=total.error + 2 * part), converged
        last = part
    raise NotConverged(
        f"|F - G| of {brief(meter.p)} and {brief(meter.q)} does not fall off up to {origin + high:.3g}, "
        f"after {meter.points} evaluations",
        Estimate(total.value, math.inf),
    )


def _integral(meter: Meter, cells: Cells, atol: float) -> Integral:
    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        gap, rounding = _gap(meter, x, origin)
        return np.abs(gap)[None], rounding[None]

    return adapt(
        integrand,
        cells,
        rtol=meter.effort.aim(FINEST),
        atol=max(atol, SHARE * meter.effort.atol),
        limit=meter.limit,
        spent=lambda: meter.points,
    )


def _gap(meter: Meter, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """F_p - F_q, and its error, each point at its PRICE."""
    gap, rounding = meter.spend(partial(_gap_of, meter.p, meter.q), x, origin, price=PRICE)
    return gap, rounding


def _gap_of(p: Any, q: Any, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
    """F_p - F_q through whichever of cdf and sf is smaller, and its error."""
    at = origin + x
    left = p.cdf(at), q.cdf(at)
    right = p.sf(at), q.sf(at)
    lower = left[0] + left[1] <= 1
    gap = np.where(lower, left[0] - left[1], right[1] - right[0])
    size = np.where(lower, left[0] + left[1], right[0] + right[1])
    with np.errstate(over="ignore", invalid="ignore"):
        moved = EPS * np.abs(at) * (p.pdf(x, origin=origin) + q.pdf(x, origin=origin))
    rounded = p.cdf_parameter_error(at) + q.cdf_parameter_error(at)
    # at a pole the place is not known to the float, but no gap is wrong by more than 1
    return gap, CDF_ERROR * size + np.nan_to_num(np.minimum(moved, 1.0), nan=1.0) + rounded


def _discrete(p: Discrete, q: Discrete) -> Estimate:
    if p.unseen or q.unseen:
        raise NotConverged(
            f"W1 of {brief(p)} and {brief(q)}: points that are not listed may lie anywhere; take "
            "distributions on finitely many points",
            Estimate(0.0, math.inf),
        )
    points = np.unique(np.concatenate([p.points, q.points]))
    gaps = np.abs(p.cdf(points[:-1]) - q.cdf(points[:-1])) * np.diff(points)
    value = math.fsum(gaps)
    error = (8 * EPS + p.weight_error + q.weight_error) * float(np.sum(np.diff(points)))
    return Estimate(
        value,
        error + (LEAST if len(points) > 1 else 0.0),
        kind="estimated" if p.approximate or q.approximate else "exact",
        route=route("sum over points", "W1"),
        evaluations=len(points),
    )
