"""∫ k(p, q) for any kernel, and what the nodes did not see.

For declared densities the error is the change between two resolutions, plus rounding in proportion
to the integrand, plus what the tail masses allow outside the cells. The masses of p and of q on
the same nodes are a guard: off by more than 1e-10, they raise. A black box pays its missing mass
times the kernel's supremum. Kernels that are not bounded by mass are followed out into the tails
until these fall off, which needs declared tails.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.densities.base import Density
from gantheory.densities.discrete import Discrete
from gantheory.divergences.cuts import with_cuts
from gantheory.divergences.kernels import Kernel, Values, value_of_logit
from gantheory.divergences.kinked import evaluate_cut
from gantheory.divergences.layout import Gaussian, Layout, lay_out
from gantheory.divergences.normal_plane import fast_normals
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.divergences.reductions import reduced_to_line
from gantheory.divergences.survey import Level, bulks, shells
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate, route
from gantheory.quadrature import INTEGRATORS, Cells, Integral, adapt

FloatArray = npt.NDArray[np.float64]
RTOL = {1: 1e-13, 2: 1e-11}
RTOL_KINK = 1e-10  # in the plane, along the curve p = q
LIMIT = {1: 4_000_000, 2: 12_000_000}
GUARD = 1e-10  # how far the mass on the nodes may be off before the nodes are not believed
GUARD_TOLERANCE = 1e-11
FADED = 1e-19  # a shell that adds less than this, relatively, ends the way out


@dataclass(frozen=True)
class Sum:
    """A running integral: value, error, ∫|k|, evaluations."""

    value: float
    error: float
    size: float
    evaluations: int

    def plus(self, found: Integral) -> Sum:
        """Return the sum with the first component of another integral added."""
        return Sum(
            self.value + float(found.value[0]),
            self.error + float(found.error[0] + found.rounding[0]),
            self.size + float(found.size[0]),
            self.evaluations + found.evaluations,
        )


PointKernel = Callable[[PairValues, FloatArray, FloatArray], Values]


def functional(kernel: Kernel, p: Density, q: Density) -> Estimate:
    """∫ k(p, q) for a kernel of the pair alone: see `integrate_pair`."""

    def at_points(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return kernel.values(v)

    if isinstance(p, Discrete) and isinstance(q, Discrete):
        return sum_over_points(kernel, p, q)
    p, q = reduced_to_line(p, q) or (p, q)
    if p.dim == 2 and (found := fast_normals(kernel, p, q)) is not None:
        return found
    if p.dim == 2 and kernel.wanders and kernel.bound is None:
        raise NotConverged(
            f"{kernel.name} is not bounded by mass, and in the plane its bulk cannot be searched for: "
            "give at_zero and slope_at_infinity, or take the divergence that has a name",
            Estimate(0.0, math.inf),
        )
    return integrate_pair(
        at_points,
        p,
        q,
        name=kernel.name,
        bound=kernel.bound,
        kink=kernel.kink,
        wanders=kernel.wanders,
    )


def sum_over_points(kernel: Kernel, p: Discrete, q: Discrete) -> Estimate:
    """Σ k(p, q) over all points of both laws: exact up to rounding."""
    points = np.unique(np.concatenate([p.points, q.points]), axis=0)
    v = evaluate_pair(p, q, points, np.zeros_like(points))
    values, rounding = kernel.values(v)
    value = math.fsum(values)
    error = math.fsum(rounding) + 2 * np.finfo(float).eps * math.fsum(np.abs(values))
    return Estimate(
        value,
        error if math.isfinite(value) else 0.0,
        kind="exact",
        route=route("sum over points", kernel.name),
        evaluations=len(points),
    )


def integrate_pair(
    kernel: PointKernel,
    p: Density,
    q: Density,
    *,
    name: str,
    bound: tuple[float, float] | None,
    kink: bool = False,
    wanders: bool = False,
    extra: list[Gaussian] | None = None,
    marks: tuple[float, ...] = (),
    level: Level | None = None,
) -> Estimate:
    """∫ k(p, q, x) dx.

    Parameters
    ----------
    kernel:
        (PairValues, x, origin) -> values and bounds on their rounding.
    name:
        Names the integrand in the route.
    bound:
        (c_p, c_q) with |k| <= c_p p + c_q q, or None: then the tails are followed.
    kink:
        Whether k has a kink where p = q.
    wanders:
        Whether the bulk of k may lie outside those of p and q.
    extra:
        Further bells of the plane that must be seen.
    marks:
        Further points of the line where k has structure.
    level:
        log |k| as a function of (x, origin), where k itself may over- or underflow.

    Raises
    ------
    NotConverged
        If the guard fails, tails are needed but not declared, or the budget runs out.
    """
    missing, most = p.unseen + q.unseen, [0.0]
    if bound is None and missing > 0:
        kernel = _watched(kernel, most)
    layout = lay_out(p, q, extra=extra)
    if p.dim == 1 and wanders and bound is None:
        found_level = level or _level_of(kernel, p, q)
        layout = lay_out(p, q, marks=bulks(found_level, p, q, layout.cells))
    if p.dim == 1 and (kink or marks):
        layout = with_cuts(layout, p, q, kink, marks)
    found = _adapt(kernel, p, q, layout, kink=kink)
    seen = [float(found.value[i]) for i in (1, 2)]
    slack = [float(found.error[i] + found.rounding[i]) for i in (1, 2)]
    _guard(p, q, seen, slack, layout)
    total = Sum(0.0, 0.0, 0.0, 0).plus(found)
    if bound is None and p.dim == 1:
        total = _follow_tails(kernel, p, q, layout, total)
    error = total.error
    if bound is not None:
        error += sum(c * m for c, m in zip(bound, layout.outside, strict=True))
        error += sum(
            2 * c * (abs(1 - mass) + wobble)
            for c, mass, wobble, d in zip(bound, seen, slack, (p, q), strict=True)
            if not d.declared
        )
    elif missing > 0:
        # |k| / (p + q) on what is unseen is taken to be at most twice what it is at the nodes
        error += 2 * missing * most[0]
    estimate = Estimate(
        total.value,
        error,
        route=route(INTEGRATORS[p.dim], name),
        evaluations=total.evaluations,
        declared=p.declared and q.declared,
        converged=found.converged,
    )
    if not found.converged:
        raise NotConverged(
            f"{name} of {p!r} and {q!r}: only {estimate} within the budget", estimate
        )
    return estimate


def _watched(kernel: PointKernel, most: list[float]) -> PointKernel:
    """Return the kernel; the largest |k| / (p + q) at any point is kept in `most`."""

    def watched(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        values, rounding = kernel(v, x, origin)
        here = (v.p + v.q > 0) & np.isfinite(values)
        shares = np.abs(values[here]) / (v.p + v.q)[here]
        most[0] = max(most[0], float(np.max(shares[np.isfinite(shares)], initial=0.0)))
        return values, rounding

    return watched


def expectation_over(
    p: Density,
    q: Density,
    logit: Callable[[FloatArray, FloatArray], FloatArray],
    *,
    marks: tuple[float, ...] = (),
) -> Estimate:
    """E_p[log σ(ℓ)] + E_q[log(1 - σ(ℓ))] for a logit ℓ(x, origin) taken at origin + x.

    -inf where ℓ = -inf on mass of p or ℓ = inf on mass of q.
    """
    impossible, largest = False, 0.0

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        nonlocal impossible, largest
        ell = logit(x, origin)
        largest = max(largest, float(np.max(np.abs(ell[np.isfinite(ell)]), initial=0.0)))
        wrong = ((ell == -np.inf) & (v.p > 0)) | ((ell == np.inf) & (v.q > 0))
        impossible = impossible or bool(np.any(wrong))
        return value_of_logit(v, np.where(wrong, 0.0, ell))

    if isinstance(p, Discrete) and isinstance(q, Discrete):
        points = np.unique(np.concatenate([p.points, q.points]), axis=0)

        def values(v: PairValues) -> Values:
            return kernel(v, points, np.zeros_like(points))

        found = sum_over_points(Kernel("V", values), p, q)
    else:
        found = integrate_pair(kernel, p, q, name="V", bound=None, marks=marks)
    if p.dim == 2 and not isinstance(p, Discrete):
        # outside the cells the logit is taken to be at most twice what it is inside
        outside = sum(lay_out(p, q).outside)
        found = replace(found, error=found.error + outside * (1 + 2 * largest))
    return replace(found, value=-math.inf, error=0.0) if impossible else found


def _level_of(kernel: PointKernel, p: Density, q: Density) -> Level:
    """Return log |k| as a function of (x, origin)."""

    def level(x: FloatArray, origin: FloatArray) -> FloatArray:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            values, _ = kernel(evaluate_pair(p, q, x, origin), x, origin)
            return np.nan_to_num(np.log(np.abs(values)), nan=-np.inf, posinf=np.inf)

    return level


def _adapt(
    kernel: PointKernel,
    p: Density,
    q: Density,
    layout: Layout,
    *,
    atol: float = 0.0,
    kink: bool = False,
) -> Integral:
    """Return the integrals of k, p and q over the cells."""

    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        if p.dim == 1:
            x, origin = x.reshape(-1), origin.reshape(-1)
        elif layout.turn is not None:
            x = x @ layout.turn.T
        v = evaluate_pair(p, q, x, origin)
        values, rounding = kernel(v, x, origin)
        return (
            np.stack([values, v.p, v.q]),
            np.stack([rounding, v.p * (v.error_p + 1e-15), v.q * (v.error_q + 1e-15)]),
        )

    def gap(x: FloatArray, origin: FloatArray) -> FloatArray:
        turned = x if layout.turn is None else x @ layout.turn.T
        return evaluate_pair(p, q, turned, origin).logit

    cut = kink and p.dim == 2
    return adapt(
        integrand,
        layout.cells,
        rtol=np.array([RTOL_KINK if cut else RTOL[p.dim], 0.0, 0.0]),
        atol=np.array([atol, GUARD_TOLERANCE, GUARD_TOLERANCE]),
        limit=LIMIT[p.dim],
        rule=(lambda f, cells: evaluate_cut(f, gap, cells)) if cut else None,
    )


def _guard(p: Density, q: Density, seen: list[float], slack: list[float], layout: Layout) -> None:
    """Raise unless the nodes saw all the mass that the densities declare inside the cells."""
    for name, density, mass, wobble, outside in zip(
        "pq", (p, q), seen, slack, layout.outside, strict=True
    ):
        if density.declared and not abs(mass + outside - 1) <= GUARD + wobble + outside:
            raise NotConverged(
                f"the nodes saw mass {mass!r} of {name}={density!r} where it declares "
                f"{1 - outside!r}: its structure is finer than float64 resolves"
            )


# --- following the tails --------------------------------------------------------------------------


def _follow_tails(kernel: PointKernel, p: Any, q: Any, layout: Layout, start: Sum) -> Sum:
    """Add shells that double outwards until the integrand has fallen off; bound what is left.

    Raises
    ------
    NotConverged
        If a tail is not declared, or the shells do not fall off.
    """
    total = start
    for side in (-1, 1):
        tails = [d.tails[0 if side < 0 else 1] for d in (p, q)]
        if all(t.kind == "none" for t in tails):
            continue
        if any(t.kind == "unknown" and not d.declared for t, d in zip(tails, (p, q), strict=True)):
            raise NotConverged(
                "this divergence is not bounded by mass, and the black box declares no tails: "
                "give a density with a family of its own, or a bounded support",
                Estimate(0.0, math.inf),
            )
        total = _follow_tail(kernel, p, q, layout.cells, side, total)
    return total


def _follow_tail(kernel: PointKernel, p: Any, q: Any, cells: Cells, side: int, total: Sum) -> Sum:
    last = math.inf
    for low, high, origin in shells(cells, side):
        shell = Cells.plain([[origin]], [[min(low, high)]], [[max(low, high)]])
        found = _adapt(kernel, p, q, Layout(shell, (0.0, 0.0)), atol=1e-17 * total.size)
        total = total.plus(found)
        weight = float(found.size[0])
        if not math.isfinite(total.value):
            break
        if weight <= FADED * total.size and weight <= 0.5 * last:
            # the next shells halve at least: together they add less than this one
            return replace(total, error=total.error + 2 * weight)
        last = weight
    raise NotConverged(
        f"the integrand of {p!r} and {q!r} does not fall off to the "
        f"{'left' if side < 0 else 'right'} before float64 ends",
        Estimate(0.0, math.inf),
    )
