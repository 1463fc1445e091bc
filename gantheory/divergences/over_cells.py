"""The integrals of a kernel, of p and of q over cells: one way for each kind of pair.

Mixtures of normals of the plane are evaluated cell by cell, on one thread a core; a kernel with a kink
is cut along its curve; every other pair is looked at point by point.
"""

from __future__ import annotations

from functools import reduce

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.divergences.effort import FINEST, SHARE
from gantheory.divergences.kernels import Crossing
from gantheory.divergences.kinked import evaluate_cut
from gantheory.divergences.layout import Layout
from gantheory.divergences.normal_cells import NODES
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.divergences.unseen import PointKernel
from gantheory.divergences.work import Meter
from gantheory.quadrature import Cells, Integral, Integrand, Sums, adapt, smooth_sums
from gantheory.threads import threads

RTOL = {1: FINEST, 2: 1e-11}
RTOL_KINK = 1e-10  # in the plane, along the curve of the kink
GUARD_TOLERANCE = 1e-11
IN_CACHE = 20_000  # nodes that mixtures of normals are evaluated at at once


def adapt_pair(
    kernel: PointKernel,
    layout: Layout,
    meter: Meter,
    *,
    atol: float = 0.0,
    kinks: tuple[Crossing, ...] = (),
) -> Integral:
    """Return the integrals of k, p and q over the cells."""
    dim, effort = meter.p.dim, meter.effort

    def at_points(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        return _with_masses(kernel, evaluate_pair(meter.p, meter.q, x, origin), x, origin)

    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        if dim == 1:
            x, origin = x.reshape(-1), origin.reshape(-1)
        elif layout.turn is not None:
            x = x @ layout.turn.T
        values, rounding = meter.spend(at_points, x, origin)
        return values, rounding

    def gap(x: FloatArray, origin: FloatArray) -> FloatArray:
        return kinks[0](meter.look(x if layout.turn is None else x @ layout.turn.T, origin))

    def of_normals(cells: Cells) -> Sums:
        with np.errstate(over="ignore", invalid="ignore"):  # each thread has its own
            v, none = meter.look_at(cells, layout.turn), np.empty(0)
            return smooth_sums(*_with_masses(kernel, v, none, none), cells)

    def in_threads(_: Integrand, cells: Cells) -> Sums:
        meter.count(len(cells) * NODES)
        return reduce(Sums.joined, threads().map(of_normals, cells.chunks(IN_CACHE)))

    def cut(f: Integrand, cells: Cells) -> Sums:
        return evaluate_cut(f, gap, cells)

    kinked = bool(kinks) and dim == 2
    return adapt(
        integrand,
        layout.cells,
        rtol=np.array([effort.aim(RTOL_KINK if kinked else RTOL[dim]), 0.0, 0.0]),
        atol=np.array([max(atol, SHARE * effort.atol), GUARD_TOLERANCE, GUARD_TOLERANCE]),
        limit=meter.limit,
        rule=cut if kinked else in_threads if meter.pair else None,
        spent=lambda: meter.points,
    )


def _with_masses(
    kernel: PointKernel, v: PairValues, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return k, p and q at points, and bounds on their rounding: (3, points) each."""
    values, rounding = kernel(v, x, origin)
    return (
        np.stack([values, v.p, v.q]),
        np.stack([rounding, v.p * (v.error_p + 1e-15), v.q * (v.error_q + 1e-15)]),
    )
