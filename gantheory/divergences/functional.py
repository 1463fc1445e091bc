"""∫ k(p, q) for any kernel, and what the nodes did not see.

For declared densities the error is the change between two resolutions, plus rounding in proportion
to the integrand, plus what the tail masses allow outside the cells, plus what `unseen` adds. A black box
adds its missing mass twice to the error. Kernels that are not bounded by mass are followed out into the
tails until these fall off, which needs declared tails. How many evaluations a call may take, `work`
says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density
from gantheory.densities.discrete import Discrete
from gantheory.divergences.cuts import SAMPLED, with_cuts
from gantheory.divergences.effort import DEFAULT, OUT_OF_TIME, Effort
from gantheory.divergences.kernels import Crossing, Kernel, Values, total_variation, value_of_logit
from gantheory.divergences.layout import Gaussian, Layout, lay_out
from gantheory.divergences.normal_cells import NormalPair, normal_pair
from gantheory.divergences.normal_lines import total_variation_of_normals
from gantheory.divergences.normal_plane import fast_normals
from gantheory.divergences.outwards import Sum, follow_tails
from gantheory.divergences.over_cells import adapt_pair
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.divergences.reductions import reduced_to_line
from gantheory.divergences.survey import Level, bulks
from gantheory.divergences.unlisted import charge_for_unlisted
from gantheory.divergences.unseen import (
    GUARD,
    PointKernel,
    beside_rounded_ends,
    charge,
    masses_beside_rounded_ends,
    refuse_rounded,
    unseen_masses,
)
from gantheory.divergences.work import Meter, trivial
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, route
from gantheory.quadrature import INTEGRATORS, RULES, Integral

LOST = 1e-10  # relative: where fewer digits are left, p and q nearly agree
STOPPED = {
    "limit": "what is allowed for such a pair leaves no more: raise limit",
    "time": OUT_OF_TIME,
    "noise": "more are no help: the integrand is noisy, or oscillates more finely than cells can follow",
    "finest": "cells cannot be narrower in float64",
    "not finite": "the integrand is infinite, or not a number, at some node",
}
"""Why an integral did not converge."""

Logit = Callable[[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(x, origin) -> a logit at origin + x, and a bound on its error."""


@dataclass(frozen=True)
class Problem:
    """What is integrated over the line or the plane.

    Attributes
    ----------
    name:
        Names the integrand in the route.
    kernel:
        (PairValues, x, origin) -> values and bounds on their rounding.
    bound:
        (c_p, c_q) with |k| <= c_p p + c_q q, or None: then the tails are followed.
    kinks:
        Functions of `PairValues` that change their sign where k has a kink, or on the line jumps.
    mass_outside_bulks:
        Whether the bulk of k may lie outside those of p and q.
    logarithmic:
        Whether k is formed from log p and log q, so that their underflow does not matter.
    extra:
        Further Gaussian components of the plane that must be seen.
    marks:
        Further points of the line where k has structure.
    level:
        log |k| as a function of (x, origin), where k itself may over- or underflow.
    at_points:
        Whether k depends on x beside p and q.
    """

    name: str
    kernel: PointKernel
    bound: tuple[float, float] | None
    kinks: tuple[Crossing, ...] = ()
    mass_outside_bulks: bool = False
    logarithmic: bool = False
    extra: tuple[Gaussian, ...] = ()
    marks: tuple[float, ...] = ()
    level: Level | None = None
    at_points: bool = False


def functional(kernel: Kernel, p: Density, q: Density, effort: Effort = DEFAULT) -> Estimate:
    """∫ k(p, q) for a kernel of the pair alone: see `integrate_pair`."""

    def at_points(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return kernel.values(v)

    if isinstance(p, Discrete) and isinstance(q, Discrete):
        return sum_over_points(kernel, p, q)
    refuse_rounded(p, q)
    p, q = reduced_to_line(p, q) or (p, q)
    if p.dim == 2 and (found := fast_normals(kernel, p, q)) is not None:
        return found
    if p.dim == 2 and kernel.values is total_variation:
        lines = total_variation_of_normals(p, q, effort)
        if lines is not None:
            return lines
    if p.dim == 2 and kernel.mass_outside_bulks and kernel.bound is None:
        raise NotConverged(
            f"{kernel.name} is not bounded by mass, and in the plane its bulk cannot be searched for: "
            "give at_zero and slope_at_infinity, or take the divergence that has a name",
            Estimate(0.0, math.inf),
        )
    options = (kernel.bound, kernel.kinks, kernel.mass_outside_bulks, kernel.logarithmic)
    return integrate_pair(Problem(kernel.name, at_points, *options), p, q, effort)


def sum_over_points(kernel: Kernel, p: Discrete, q: Discrete) -> Estimate:
    """Σ k(p, q) over all points of both distributions: exact up to rounding where all are listed.

    Raises
    ------
    NotConverged
        If points that are not listed may hold anything.
    """
    unlisted = charge_for_unlisted(kernel, p, q)
    points = np.unique(np.concatenate([p.points, q.points]), axis=0)
    v = evaluate_pair(p, q, points, np.zeros_like(points))
    values, rounding = kernel.values(v)
    value = math.fsum(values)
    error = math.fsum(rounding) + 2 * np.finfo(float).eps * math.fsum(np.abs(values)) + unlisted
    return Estimate(
        value,
        error if math.isfinite(value) else 0.0,
        kind="estimated" if p.approximate or q.approximate else "exact",
        route=route("sum over points", kernel.name),
        evaluations=len(points),
    )


def integrate_pair(problem: Problem, p: Density, q: Density, effort: Effort = DEFAULT) -> Estimate:
    """∫ k(p, q, x) dx.

    Raises
    ------
    NotConverged
        If the nodes did not see a density, tails are needed but not declared, a parameter is no
        float64 by far, or the evaluations or the time run out; `.best` is what there is.
    """
    refuse_rounded(p, q)
    pair = normal_pair(p, q) if p.dim == 2 and not (problem.kinks or problem.at_points) else None
    found = _integrated(problem, p, q, effort, pair)
    enough = max(effort.atol, max(LOST, effort.rtol or 0.0) * abs(float(found)))
    if pair is None or pair.steps or float(found.error) <= enough:
        return found
    # p and q nearly agree, in a way that `pair` does not see
    return _integrated(problem, p, q, effort, None)


def _integrated(
    problem: Problem, p: Density, q: Density, effort: Effort, pair: NormalPair | None
) -> Estimate:
    """The same, at the nodes of rectangles through a pair of mixtures of normals if there is one."""
    meter = Meter(p, q, effort, trivial(problem.bound), pair=pair)
    meter.begin()
    watched = _Watched(problem.kernel)
    layout = _layout(problem, p, q, meter)
    found = adapt_pair(watched, layout, meter, kinks=problem.kinks)
    unseen, complaint = unseen_masses(p, q, found, layout)
    total = Sum.of(found)
    if problem.bound is None and p.dim == 1 and not complaint:
        total = follow_tails(
            lambda shell, atol: adapt_pair(watched, shell, meter, atol=atol),
            meter,
            layout.cells,
            total,
            problem.kernel,
            logarithmic=problem.logarithmic,
        )
    if p.dim == 2:
        unseen = tuple(np.add(unseen, masses_beside_rounded_ends(p, q)).tolist())
    error = total.error + charge(problem.bound, unseen, watched.most)
    if problem.bound is not None:
        error += sum(c * m for c, m in zip(problem.bound, layout.outside, strict=True))
    else:
        error += charge(None, (p.unseen, q.unseen), watched.most)
    if p.dim == 1:
        error += beside_rounded_ends(problem.kernel, p, q)
    if (
        problem.mass_outside_bulks
        and problem.bound is None
        and max(unseen) > GUARD
        and p.declared
        and q.declared
    ):
        complaint = complaint or (
            f"at an end of {brief(p)} or {brief(q)} float64 does not resolve mass {max(unseen):.1g}, of "
            "which this integrand, not bounded by mass, may make anything"
        )
    return _judged(problem, p, q, total, error, found, meter, complaint)


def _judged(
    problem: Problem,
    p: Density,
    q: Density,
    total: Sum,
    error: float,
    found: Integral,
    meter: Meter,
    complaint: str,
) -> Estimate:
    """Return the estimate, or raise with it."""
    sure = math.isfinite(total.value) and not math.isnan(error)
    if complaint and problem.bound is None:
        sure = False  # what was not seen may hold anything
    estimate = Estimate(
        total.value if math.isfinite(total.value) else 0.0,
        error if sure else math.inf,
        route=route(INTEGRATORS[p.dim], problem.name),
        evaluations=meter.points,
        declared=p.declared and q.declared,
        converged=found.converged and not complaint,
    )
    if complaint:
        raise NotConverged(complaint, estimate)
    if not found.converged or not math.isfinite(error):
        why = STOPPED.get(
            found.stopped, "the integrand is unbounded where p / q is out of float64's range"
        )
        raise NotConverged(
            f"{problem.name} of {brief(p)} and {brief(q)}: only {estimate} after {meter.points} "
            f"evaluations; {why}",
            estimate,
        )
    return estimate


def _layout(problem: Problem, p: Density, q: Density, meter: Meter) -> Layout:
    """Return where to integrate, bulks and kinks included.

    Panels of the line are joined where all of them would take too many of the evaluations to begin with,
    or where fewer digits are asked for.

    Raises
    ------
    NotConverged
        If that alone takes more evaluations than there are.
    """
    layout = lay_out(p, q, extra=list(problem.extra), effort=meter.effort)
    nodes = len(RULES[p.dim][0]) ** p.dim
    if p.dim == 2:
        meter.refuse(len(layout.cells) * nodes)
        return layout
    per_panel = nodes + SAMPLED * len(problem.kinks)
    if problem.mass_outside_bulks and problem.bound is None:
        level = problem.level or _level_of(problem.kernel, meter)
        layout = lay_out(p, q, marks=bulks(level, p, q, layout.cells))
    joined = meter.joined(len(layout.cells) * per_panel)
    if joined > 1:
        layout = replace(layout, cells=layout.cells.coarsened(joined), joined=True)
    meter.refuse(len(layout.cells) * per_panel)
    if problem.kinks or problem.marks:
        layout = with_cuts(layout, meter, problem.kinks, problem.marks)
    return layout


class _Watched:
    """A kernel; the largest |k| / (p + q) at any point is `most`; threads may share it."""

    def __init__(self, kernel: PointKernel) -> None:
        self.kernel, self.shares = kernel, [0.0]

    @property
    def most(self) -> float:
        """The largest one so far."""
        return max(self.shares)

    def __call__(self, v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        values, rounding = self.kernel(v, x, origin)
        here = (v.p + v.q > 0) & np.isfinite(values)
        with np.errstate(over="ignore"):
            shares = np.abs(values[here]) / (v.p + v.q)[here]
        self.shares.append(float(np.max(shares[np.isfinite(shares)], initial=0.0)))
        return values, rounding


def expectation_over(
    p: Density,
    q: Density,
    logit: Logit,
    *,
    marks: tuple[float, ...] = (),
    effort: Effort = DEFAULT,
) -> Estimate:
    """E_p[log σ(ℓ)] + E_q[log(1 - σ(ℓ))] for a logit ℓ.

    -inf where ℓ = -inf on mass of p or ℓ = inf on mass of q.
    """
    impossible, largest = False, 0.0

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        nonlocal impossible, largest
        ell, error = logit(x, origin)
        largest = max(largest, float(np.max(np.abs(ell[np.isfinite(ell)]), initial=0.0)))
        wrong = ((ell == -np.inf) & (v.p > 0)) | ((ell == np.inf) & (v.q > 0))
        impossible = impossible or bool(np.any(wrong))
        return value_of_logit(v, np.where(wrong, 0.0, ell), error)

    if isinstance(p, Discrete) and isinstance(q, Discrete):
        if p.unseen or q.unseen:
            raise NotConverged(
                f"V of {brief(p)} and {brief(q)}: a logit may be anything at points that are not listed",
                Estimate(0.0, math.inf),
            )
        points = np.unique(np.concatenate([p.points, q.points]), axis=0)

        def values(v: PairValues) -> Values:
            return kernel(v, points, np.zeros_like(points))

        found = sum_over_points(Kernel("V", values), p, q)
    else:
        problem = Problem("V", kernel, None, marks=marks, at_points=True)
        found = integrate_pair(problem, p, q, effort)
    if p.dim == 2 and not isinstance(p, Discrete):
        # outside the cells the logit is taken to be at most twice what it is inside
        outside = sum(lay_out(p, q).outside)
        found = replace(found, error=found.error + outside * (1 + 2 * largest))
    return replace(found, value=-math.inf, error=0.0) if impossible else found


def _level_of(kernel: PointKernel, meter: Meter) -> Level:
    """Return log |k| as a function of (x, origin)."""

    def level(x: FloatArray, origin: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            values, _ = kernel(meter.look(x, origin), x, origin)
            return np.nan_to_num(np.log(np.abs(values)), nan=-np.inf, posinf=np.inf)

    return level
