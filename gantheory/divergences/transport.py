"""Wasserstein-1 on the line: ∫ |F - G| dx."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.densities.base import Density1D
from gantheory.densities.discrete import Discrete
from gantheory.divergences.batches import check_pair, over_batch
from gantheory.divergences.cuts import cut_at_roots
from gantheory.divergences.finiteness import transport_is_infinite
from gantheory.divergences.layout import lay_out
from gantheory.divergences.survey import shells
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate, route
from gantheory.quadrature import Cells, adapt

FloatArray = npt.NDArray[np.float64]
CDF_ERROR = 4 * EPS  # what the special functions lose, relatively to the smaller of F and 1 - F
RTOL, LIMIT = 1e-13, 4_000_000


def wasserstein_1(p: Any, q: Any) -> Estimate:
    """W₁(p, q) = ∫ |F_p(x) - F_q(x)| dx, on the line.

    Parameters
    ----------
    p, q:
        Densities of the line, or two discrete laws on it.

    Returns
    -------
    Estimate
        In the unit of x; +inf where a tail has no mean (and the other does not cancel it). The rule
        is adaptive Gauss-Kronrod on panels cut where F = G; discrete laws are summed exactly.

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
    check_pair(p, q)
    if p.dim != 1:
        raise ValueError(
            "wasserstein_1 is offered on the line only; in the plane, estimate it from samples "
            "with an optimal-transport library"
        )
    return over_batch(_transport, p, q)


def _transport(p: Any, q: Any) -> Estimate:
    if isinstance(p, Discrete):
        return _discrete(p, q)
    if transport_is_infinite(p, q):
        return Estimate(math.inf, 0.0, kind="exact", route=route("tails", "W1"))
    for density in (p, q):
        if not density.declared and any(t.kind == "unknown" for t in density.tails):
            raise NotConverged(
                f"{density!r} declares no tails: its mean, and W1, may be infinite",
                Estimate(0.0, math.inf),
            )
    cells = cut_at_roots(lambda x, origin: _gap(p, q, x, origin)[0], lay_out(p, q).cells)
    value, error, size, used, converged = _integral(p, q, cells, 0.0)
    # what is unseen is taken to lie within the panels
    reach = float(np.max(cells.origin + cells.high) - np.min(cells.origin + cells.low))
    error += (p.unseen + q.unseen) * reach
    for side in (-1, 1):
        if p.support[0 if side < 0 else 1] == q.support[0 if side < 0 else 1] and math.isfinite(
            p.support[0 if side < 0 else 1]
        ):
            continue
        last = math.inf
        for low, high, origin in shells(cells, side):
            shell = Cells.plain([[origin]], [[min(low, high)]], [[max(low, high)]])
            part, wobble, _, n, fine = _integral(p, q, shell, 1e-17 * size)
            value, error, used = value + part, error + wobble, used + n
            converged &= fine
            if part <= 1e-17 * value and part <= 0.5 * last:
                error += 2 * part
                break
            last = part
        else:
            raise NotConverged(
                "|F - G| does not fall off before float64 ends", Estimate(value, math.inf)
            )
    estimate = Estimate(
        value,
        error,
        route=route("Gauss-Kronrod panels", "W1"),
        evaluations=used,
        declared=p.declared and q.declared,
        converged=converged,
    )
    if not converged:
        raise NotConverged(f"W1 of {p!r} and {q!r}: only {estimate} within the budget", estimate)
    return estimate


def _integral(p: Any, q: Any, cells: Cells, atol: float) -> tuple[float, float, float, int, bool]:
    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        gap, rounding = _gap(p, q, x, origin)
        return np.abs(gap)[None], rounding[None]

    found = adapt(integrand, cells, rtol=RTOL, atol=atol, limit=LIMIT)
    return (
        float(found.value[0]),
        float(found.error[0] + found.rounding[0]),
        float(found.size[0]),
        found.evaluations,
        found.converged,
    )


def _gap(
    p: Density1D, q: Density1D, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """F_p - F_q through whichever of cdf and sf is smaller, and its rounding."""
    at = origin + x
    left = p.cdf(at), q.cdf(at)
    right = p.sf(at), q.sf(at)
    lower = left[0] + left[1] <= 1
    gap = np.where(lower, left[0] - left[1], right[1] - right[0])
    size = np.where(lower, left[0] + left[1], right[0] + right[1])
    moved = p.pdf(x, origin=origin) + q.pdf(x, origin=origin)
    moved = np.where(np.isfinite(moved), moved, 0.0)
    return gap, CDF_ERROR * size + EPS * np.abs(at) * moved


def _discrete(p: Discrete, q: Discrete) -> Estimate:
    points = np.unique(np.concatenate([p.points, q.points]))
    gaps = np.abs(p.cdf(points[:-1]) - q.cdf(points[:-1])) * np.diff(points)
    value = math.fsum(gaps)
    error = 8 * EPS * float(np.sum(np.diff(points)))
    return Estimate(
        value, error, kind="exact", route=route("sum over points", "W1"), evaluations=len(points)
    )
