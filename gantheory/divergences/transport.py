"""Distances of distribution functions F and G of the line: ∫ |F - G| dx, √(2 ∫ (F - G)² dx)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences.batches import as_pair, over_batch
from gantheory.divergences.chords import elementary_transport
from gantheory.divergences.cuts import SAMPLED, cut_at_roots
from gantheory.divergences.effort import DEFAULT, FINEST, SHARE, Effort, Options, best_as
from gantheory.divergences.finiteness import transport_is_infinite
from gantheory.divergences.layout import lay_out, parts_of
from gantheory.divergences.members import Found
from gantheory.divergences.one_shape import transport_of_one_shape
from gantheory.divergences.outwards import Sum
from gantheory.divergences.over_cells import GUARD_TOLERANCE
from gantheory.divergences.survey import shells
from gantheory.divergences.unseen import refuse_rounded, unseen_masses
from gantheory.divergences.work import OVERHEAD, Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, Kind, Route, route
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
        In the unit of x; +inf where a tail has no mean (and the other does not cancel it). Two densities
        of one shape have a closed form. Mixtures of Normal, Laplace, StudentT, Exponential, Uniform and
        Triangular have differences of antiderivatives, between points where the sign of F - G is sure.
        For others the rule is adaptive Gauss-Kronrod on panels cut where F = G; discrete distributions
        are summed exactly.

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
    p, q = pair_of_line("wasserstein_1", p, q)
    return over_batch(partial(_gaps, GAP), p, q, options, quick=_quick)


@called("Cramér({p}, {q})")
def cramer_distance(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """∫ (F_p(x) - F_q(x))² dx, on the line: half the square of the energy distance.

    Parameters, keywords and errors as for `wasserstein_1`, in the unit of x. It is +inf where 1 - F
    falls as |x|^-r, r <= 1/2, and the other does not cancel it.

    Notes
    -----
    Source: Cramér (1928); Székely and Rizzo (2013); Bellemare et al. (2017), who call it l₂².
    """
    p, q = pair_of_line("cramer_distance", p, q)
    return over_batch(partial(_gaps, SQUARED_GAP), p, q, options)


@called("energy distance({p}, {q})")
def energy_distance(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """√(2 E|X - Y| - E|X - X'| - E|Y - Y'|) = √(2 ∫ (F_p - F_q)² dx), on the line.

    As scipy.stats.energy_distance has it. Parameters, keywords and errors as for `cramer_distance`, in
    the root of the unit of x.
    """
    p, q = pair_of_line("energy_distance", p, q)
    return over_batch(_energy, p, q, options)


def pair_of_line(name: str, p: Any, q: Any) -> tuple[Any, Any]:
    """Return two densities of the line with a common measure.

    Raises
    ------
    TypeError, ValueError
        If one is not a density, or they are of the plane.
    """
    p, q = as_pair(p, q)
    if p.dim != 1:
        raise ValueError(
            f"{name} is offered on the line only; in the plane, estimate it from samples "
            "with an optimal-transport library"
        )
    return p, q


@dataclass(frozen=True)
class OnLine:
    """What is integrated over the line.

    Attributes
    ----------
    name:
        In messages and routes.
    values:
        (meter, x, origin) -> the integrand at origin + x, not negative, and bounds on its rounding.
    power:
        Of a length that unseen mass counts with.
    heaviest:
        The rate of the power tails for which the integral is infinite.
    price:
        Evaluations that one point counts.
    marks:
        Further panel ends.
    """

    name: str
    values: Callable[[Meter, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
    power: float
    heaviest: float
    price: int = PRICE
    marks: tuple[tuple[float, FloatArray], ...] = ()


def _absolute(meter: Meter, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
    gap, rounding = _gap(meter, x, origin)
    return np.abs(gap), rounding


def _squared(meter: Meter, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
    gap, rounding = _gap(meter, x, origin)
    return gap * gap, (2 * np.abs(gap) + rounding) * rounding


GAP = OnLine("W1", _absolute, 1.0, 1.0)
SQUARED_GAP = OnLine("Cramér", _squared, 1.0, 0.5)


def _gaps(problem: OnLine, p: Any, q: Any, effort: Effort) -> Estimate:
    if isinstance(p, Discrete):
        return _discrete(problem, p, q)
    return along_line(problem, p, q, effort)


def _quick(p: Any, q: Any, effort: Effort) -> tuple[Found, Route] | None:
    return transport_of_one_shape(p, q, 1) or elementary_transport(p, q, effort)


def _energy(p: Any, q: Any, effort: Effort) -> Estimate:
    return root_of(partial(_gaps, SQUARED_GAP, p, q), 2, effort, factor=2.0)


def root_of(
    compute: Callable[[Effort], Estimate], order: float, effort: Effort, *, factor: float = 1.0
) -> Estimate:
    """(factor · compute(...))^(1/order), with what is asked of it turned into what is asked of compute.

    Raises
    ------
    NotConverged
        Where compute does; `.best` is the root of its best.
    """
    # |s^(1/k) - t^(1/k)| <= |s - t|^(1/k), and relative errors become smaller
    atol = min(effort.atol, 1.0) ** order / factor
    with best_as(lambda x: _root(factor * x, order)):
        found = compute(replace(effort, rtol=effort.rtol or None, atol=atol))
    return _root(factor * found, order)


def _root(x: Estimate, order: float) -> Estimate:
    """x^(1/order)."""
    if math.isinf(float(x)):
        return x
    low, value, high = (
        max(v, 0.0) ** (1 / order) for v in (float(x.lower), float(x), float(x.upper))
    )
    error = max(high - value, value - low) + 4 * EPS * value
    return replace(x, value=value, error=error, response=None)


def along_line(problem: OnLine, p: Any, q: Any, effort: Effort = DEFAULT) -> Estimate:
    """Return the integral over panels cut where F = G, and over shells outwards until it has fallen off.

    Raises
    ------
    NotConverged
        If a tail is not declared, or the integral does not converge.
    """
    if transport_is_infinite(p, q, problem.heaviest):
        return Estimate(math.inf, 0.0, kind="exact", route=route("tails", problem.name))
    refuse_rounded(p, q)
    refuse_undeclared(problem.name, p, q)
    meter = Meter(p, q, effort, cost=OVERHEAD + _cdf_terms(p) + _cdf_terms(q))
    meter.begin()
    layout = lay_out(p, q, marks=list(problem.marks))
    points = problem.price * len(layout.cells) * (len(RULES[1][0]) + SAMPLED)
    joined = meter.joined(points)
    if joined > 1:
        layout = replace(layout, cells=layout.cells.coarsened(joined), joined=True)
    cells = cut_at_roots(lambda x, origin: _gap(meter, x, origin)[0], layout.cells)
    found = _integral(problem, meter, cells, 0.0, guarded=layout.joined)
    converged, total = found.converged, Sum.of(found)
    unseen = 2 * (p.unseen + q.unseen)
    if layout.joined:
        missed, complaint = unseen_masses(p, q, found, layout)
        unsure = 0.0 if found.converged else float(np.sum(found.error[1:]))
        unseen += 2 * (sum(missed) + unsure)
        if complaint:
            raise NotConverged(f"{complaint}: raise limit", Estimate(0.0, math.inf))
    # what is unseen is taken to lie within the panels
    reach = float(np.max(cells.origin + cells.high) - np.min(cells.origin + cells.low))
    total = replace(total, error=total.error + (unseen * reach**problem.power if unseen else 0.0))
    for side in (-1, 1):
        ends = {d.support[0 if side < 0 else 1] for d in (p, q)}
        if len(ends) > 1 or not math.isfinite(ends.pop()):
            total, fine = _beyond(problem, meter, cells, side, total)
            converged &= fine
    estimate = Estimate(
        total.value,
        total.error,
        route=route("Gauss-Kronrod panels", problem.name),
        evaluations=meter.points,
        declared=p.declared and q.declared,
        converged=converged,
    )
    if not converged:
        raise NotConverged(
            f"{problem.name} of {brief(p)} and {brief(q)}: only {estimate} after {meter.points} "
            f"evaluations, of {meter.limit} allowed",
            estimate,
        )
    return estimate


def _cdf_terms(density: Any) -> int:
    """What one evaluation of the distribution function costs; most families say only the density's."""
    return sum(int(getattr(part, "cdf_terms", part.terms)) for _, part in parts_of(density))


def refuse_undeclared(name: str, p: Any, q: Any) -> None:
    """Refuse a black box that may have no moments.

    Raises
    ------
    NotConverged
        Naming the density.
    """
    for density in (p, q):
        if any(t.kind == "undeclared" for t in density.tails):
            raise NotConverged(
                f"{brief(density)} declares no tails: its mean, and {name}, may be infinite",
                Estimate(0.0, math.inf),
            )


def _beyond(problem: OnLine, meter: Meter, cells: Cells, side: int, total: Sum) -> tuple[Sum, bool]:
    """Add shells that double outwards until the integrand has fallen off; whether all of them converged.

    Raises
    ------
    NotConverged
        If it does not.
    """
    last, converged, reach = math.inf, True, math.inf
    for low, high, origin in shells(cells, side):
        shell = Cells.plain([[origin]], [[min(low, high)]], [[max(low, high)]])
        found = _integral(problem, meter, shell, 1e-17 * total.size)
        total, part, reach = total.plus(found), float(found.value[0]), origin + high
        meter.best = Estimate(total.value, math.inf)
        converged &= found.converged
        if part <= 1e-17 * total.value and part <= 0.5 * last:
            return replace(total, error=total.error + 2 * part), converged
        last = part
    raise NotConverged(
        f"{problem.name} of {brief(meter.p)} and {brief(meter.q)}: its integrand does not fall off "
        f"up to {reach:.3g}, after {meter.points} evaluations",
        Estimate(total.value, math.inf),
    )


def _integral(
    problem: OnLine, meter: Meter, cells: Cells, atol: float, *, guarded: bool = False
) -> Integral:
    """Return the integral, and those of p and q, which guard panels that were joined."""

    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        values, rounding = problem.values(meter, x, origin)
        if not guarded:
            return values[None], rounding[None]
        masses = [d.pdf(x, origin=origin) for d in (meter.p, meter.q)]
        return np.stack([values, *masses]), np.stack([rounding, *(1e-15 * m for m in masses)])

    guards = [GUARD_TOLERANCE] * (2 if guarded else 0)
    return adapt(
        integrand,
        cells,
        rtol=np.array([meter.effort.aim(FINEST), *(0.0 for _ in guards)]),
        atol=np.array([max(atol, SHARE * meter.effort.atol), *guards]),
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


def refuse_unlisted(name: str, p: Discrete, q: Discrete) -> None:
    """Refuse discrete distributions some of whose points are not known.

    Raises
    ------
    NotConverged
        Naming them.
    """
    if p.unseen or q.unseen:
        raise NotConverged(
            f"{name} of {brief(p)} and {brief(q)}: points that are not listed may lie anywhere; take "
            "distributions on finitely many points",
            Estimate(0.0, math.inf),
        )


def kind_of(p: Discrete, q: Discrete) -> Kind:
    """Of a sum over points."""
    return "estimated" if p.approximate or q.approximate else "exact"


def _discrete(problem: OnLine, p: Discrete, q: Discrete) -> Estimate:
    refuse_unlisted(problem.name, p, q)
    points, power = np.unique(np.concatenate([p.points, q.points])), 1 / problem.heaviest
    gaps = np.abs(p.cdf(points[:-1]) - q.cdf(points[:-1])) ** power
    off = power * (8 * EPS + p.weight_error + q.weight_error)
    error = off * float(np.sum(np.diff(points))) + (LEAST if len(points) > 1 else 0.0)
    return Estimate(
        math.fsum(gaps * np.diff(points)),
        error,
        kind=kind_of(p, q),
        route=route("sum over points", problem.name),
        evaluations=len(points),
    )
