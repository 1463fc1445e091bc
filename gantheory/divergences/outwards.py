"""Integrands that are not bounded by mass, followed out into the tails until they have fallen off."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from gantheory.divergences.layout import Layout
from gantheory.divergences.survey import shells
from gantheory.divergences.unseen import PointKernel
from gantheory.divergences.work import Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate
from gantheory.quadrature import RULES, Cells, Integral

FADED = 1e-19  # a shell that adds less than this, relatively, ends the way out
GROWING = (
    24  # shells, each twice as far out, that add more and more: no integral that is finite does so
)
EDGES = 256  # points from where both densities have lost their digits inwards, ever closer
LOWEST = -690.0  # log density below which float64 has lost its digits


@dataclass(frozen=True)
class Sum:
    """A running integral: value, error, ∫|k|."""

    value: float
    error: float
    size: float

    @classmethod
    def of(cls, found: Integral) -> Sum:
        """Return the first component of an integral."""
        return cls(0.0, 0.0, 0.0).plus(found)

    def plus(self, found: Integral) -> Sum:
        """Return the sum with the first component of another integral added."""
        return Sum(
            self.value + float(found.value[0]),
            self.error + float(found.error[0] + found.rounding[0]),
            self.size + float(found.size[0]),
        )


Integrate = Callable[[Layout, float], Integral]
"""(layout, atol) -> the integrals of k, p and q over its cells."""


def follow_tails(
    integrate: Integrate,
    meter: Meter,
    cells: Cells,
    start: Sum,
    kernel: PointKernel,
    *,
    logarithmic: bool,
) -> Sum:
    """Add shells that double outwards until the integrand has fallen off; bound what is left.

    Parameters
    ----------
    integrate:
        See `Integrate`.
    meter:
        The pair.
    cells:
        The panels of the line that are in `start` already.
    kernel:
        What is integrated.
    logarithmic:
        Whether the kernel is formed from log p and log q: then it may be followed where these have no
        exponential in float64.

    Raises
    ------
    NotConverged
        If a tail is not declared, or the shells do not fall off.
    """
    total, sides = start, []
    for side in (-1, 1):
        kinds = {d.tails[0 if side < 0 else 1].kind for d in (meter.p, meter.q)}
        if kinds == {"none"}:
            continue
        if "undeclared" in kinds:
            raise NotConverged(
                "this divergence is not bounded by mass, and the black box declares no tails: "
                "give a density with a family of its own, or a bounded support",
                Estimate(total.value, math.inf),
            )
        sides.append(side)
    edge = None if logarithmic else _Edge(meter, kernel)
    meter.best = Estimate(total.value, math.inf)
    for side, rest in zip(sides, _at_a_glance(meter, kernel, cells, sides, edge), strict=True):
        if rest <= FADED * total.size:
            total = replace(total, error=total.error + 2 * rest)
        else:
            total = _follow(integrate, meter, cells, side, total, edge)
    return total


def _at_a_glance(
    meter: Meter, kernel: PointKernel, cells: Cells, sides: list[int], edge: _Edge | None
) -> list[float]:
    """Bounds on ∫|k| beyond the cells, one a side, from two shells at one resolution; inf if unknown."""
    begun = [shell for side in sides for shell in islice(shells(cells, side), 2)]
    if not sides or len(begun) < 2 * len(sides):  # float64 ends before
        return [math.inf] * len(sides)
    start, stop, origin = (np.array(column)[:, None] for column in zip(*begun, strict=True))
    nodes, kronrod, _ = RULES[1]
    x = start + (stop - start) * (0.5 * (1 + nodes))
    at = x.ravel(), np.broadcast_to(origin, x.shape).ravel()
    v = meter.look(*at)
    with np.errstate(over="ignore", invalid="ignore"):
        values = np.abs(kernel(v, *at)[0]).reshape(x.shape)
        weights = (values @ kronrod) * 0.5 * np.abs(stop - start)[:, 0]
    bounds = [_Weights().beyond(*pair) for pair in weights.reshape(-1, 2).tolist()]
    lost = np.maximum(v.log_p, v.log_q).reshape(x.shape)[1::2, 0] < LOWEST
    return [math.inf if edge and late else b for b, late in zip(bounds, lost, strict=True)]


@dataclass(frozen=True)
class _Edge:
    """Where float64 loses the digits of both densities, and what the integrand does there."""

    meter: Meter
    kernel: PointKernel

    def passed(self, low: float, high: float, origin: float) -> bool:
        """Whether both densities live where a shell begins, and farther out, and have lost their digits.

        Where one of them has ended, the integrand is a multiple of the other: no ratio needs digits.
        """
        v = self.meter.look(np.array([low, (low + high) / 2]), np.full(2, origin))
        logs = v.log_p, v.log_q
        return bool(-math.inf < np.min(logs) and np.max(logs) < LOWEST)

    def rest(self, x: float, origin: float) -> float:
        """Bound on ∫|k| beyond the edge, which lies between origin and x; inf unless k falls there.

        On the last two points of a grid inside the edge k falls faster than 1/x², and goes on so.
        """
        points = x * 2.0 ** (-np.arange(EDGES) / 16)
        v = self.meter.look(points, np.full(EDGES, origin))
        inside = np.flatnonzero(np.maximum(v.log_p, v.log_q) >= LOWEST)[:2]
        if len(inside) < 2:
            return math.inf
        values, _ = self.kernel(v, points, np.full(EDGES, origin))
        weights = np.abs(values * points)[inside]
        falls = weights[0] * abs(points[inside[0]]) <= weights[1] * abs(points[inside[1]])
        return float(weights[0]) if falls else math.inf


class _Weights:
    """∫|k| over shells, each twice as far out as the one before: whether they fall, and to what."""

    def __init__(self) -> None:
        self.last, self.ratio, self.growing = 0.0, 0.0, 0

    def rest(self, weight: float) -> float:
        """Bound on all further shells, which fall as the last ones did; inf while they do not fall."""
        if weight == 0:
            return 0.0
        if not self.last:
            self.last = weight
            return math.inf
        before, self.ratio, self.last = self.ratio, weight / self.last, weight
        self.growing = self.growing + 1 if self.ratio >= 1 else 0
        falling = max(before, self.ratio)
        return weight * falling / (1 - falling) if falling < 1 else math.inf

    def beyond(self, first: float, second: float) -> float:
        """Bound on all shells, from the first two."""
        self.rest(first)
        return first + second + self.rest(second)


def _follow(
    integrate: Integrate, meter: Meter, cells: Cells, side: int, total: Sum, edge: _Edge | None
) -> Sum:
    weights, reason = _Weights(), "does not fall off before float64 ends"
    for low, high, origin in shells(cells, side):
        meter.best = Estimate(total.value, math.inf)
        if edge and edge.passed(low, high, origin):
            rest = edge.rest(low, origin)
            if rest <= FADED * total.size:
                return replace(total, error=total.error + 2 * rest)
            reason = (
                f"has not fallen off at {origin + low:.3g}, where both densities are below 1e-300 and "
                "have lost their digits"
            )
            break
        shell = Cells.plain([[origin]], [[min(low, high)]], [[max(low, high)]])
        found = integrate(Layout(shell, (0.0, 0.0)), 1e-17 * total.size)
        total = total.plus(found)
        if not math.isfinite(total.value):
            reason = f"is infinite, or not a number, beyond {origin + low:.3g}"
            break
        rest = weights.rest(float(found.size[0]))
        if rest <= FADED * total.size:
            return replace(total, error=total.error + 2 * rest)
        if weights.growing >= GROWING:
            reason = (
                f"adds more with every doubling of the distance, up to {origin + high:.3g}: the "
                "divergence is infinite, if the tails go on as they do there"
            )
            break
    raise NotConverged(
        f"the integrand of {brief(meter.p)} and {brief(meter.q)} {reason}, on the "
        f"{'left' if side < 0 else 'right'}",
        Estimate(total.value if math.isfinite(total.value) else 0.0, math.inf),
    )
