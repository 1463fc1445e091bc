"""What the best discriminator says, found by minimising the loss itself, whatever the game is."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import minimize_scalar

from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import GRID, Curves, Scalar, far_value

LOG_RATIOS = (-3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0)
FAR = {"logits": (10.0, 1e3, 1e5), "probabilities": (7.5, 15.0, 30.0)}
HUGE = 1e30


@dataclass(frozen=True)
class Response:
    """argmin over the logit a of p R(a) + q F(a), with p + q = 1.

    Attributes
    ----------
    low, high:
        The ends of the set of minimisers; ±inf where a limit is only approached.
    least:
        The least value, -inf where there is none.
    whole:
        False where between two minimisers there are outputs that are worse.
    """

    low: float
    high: float
    least: float
    whole: bool = True

    @property
    def logit(self) -> float:
        """One minimiser: the middle of them."""
        if self.low == self.high:
            return self.low
        if math.isinf(self.low) or math.isinf(self.high):
            both = math.isinf(self.low) and math.isinf(self.high)
            return 0.0 if both else (self.low if math.isinf(self.low) else self.high)
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Table:
    """R and F at many logits, near and far, so that a minimum is looked up before it is refined."""

    at: FloatArray
    real: FloatArray
    fake: FloatArray


def table(curves: Curves) -> Table:
    """Return R and F on the grid and out to the logits `FAR`; what is nan there counts as inf."""
    far = FAR[curves.outputs]
    beyond = np.unique([*np.arange(6.5, 15.0, 0.5), *np.geomspace(15.0, far[-1], 25), *far])
    at = np.concatenate((-beyond[::-1], GRID, beyond))
    rows = [
        np.asarray([far_value(curve, float(a)) for a in at]) for curve in (curves.real, curves.fake)
    ]
    real, fake = (np.where(np.isnan(row), np.inf, row) for row in rows)
    return Table(at, real, fake)


def response(curves: Curves, known: Table, log_ratio: float) -> Response:
    """argmin over a of p R(a) + q F(a), log p - log q = log_ratio, p + q = 1."""
    p, q = shares(log_ratio)
    with np.errstate(all="ignore"):
        values = _weighted(p, known.real) + _weighted(q, known.fake)
    values = np.where(np.isnan(values), np.inf, values)
    slack = 1e-3 * curves.scale
    for side in (-1, 1):
        if _falls_for_ever(known.at, values, FAR[curves.outputs], side, slack):
            return Response(side * math.inf, side * math.inf, -math.inf)
    best = int(np.argmin(values))
    low, high, least = _refined(curves, known.at, values, best, (p, q))
    between = values[(known.at >= low) & (known.at <= high)]
    return Response(
        -math.inf if low <= known.at[0] else low,
        math.inf if high >= known.at[-1] else high,
        least,
        whole=bool(between.size < 2 or between.max() <= least + slack),
    )


def shares(log_ratio: float) -> tuple[float, float]:
    """p and q with p + q = 1."""
    p = 1 / (1 + math.exp(-log_ratio)) if log_ratio > -700 else 0.0
    return p, 1 - p if log_ratio < 700 else 0.0


def _weighted(share: float, values: FloatArray) -> FloatArray:
    """share · values, with 0 · inf = 0."""
    return share * values if share else np.zeros_like(values)


def _falls_for_ever(
    at: FloatArray, values: FloatArray, far: tuple[float, float, float], side: int, slack: float
) -> bool:
    """Whether values fall without bound on one side: as much from far to farther as to far."""
    near, middle, last = (float(values[np.argmin(np.abs(at - side * x))]) for x in far)
    if values.min() < min(middle, last) - slack:
        return False
    return last == -math.inf or (middle < near - slack and last < middle - slack)


def _refined(
    curves: Curves, at: FloatArray, values: FloatArray, best: int, shares: tuple[float, float]
) -> tuple[float, float, float]:
    """Return the ends of the minimisers beside a node, and the least value."""
    p, q = shares
    least = float(values[best])
    slack = 1e-9 if curves.tolerance < 1e-6 else 1e-6
    flat = np.flatnonzero(values <= least + slack * curves.scale)
    if flat.size > 2 or flat[-1] - flat[0] > 1:
        return float(at[flat[0]]), float(at[flat[-1]]), least
    if best in (0, at.size - 1):
        return float(at[best]), float(at[best]), least

    def value(logit: float) -> float:
        found = p * far_value(curves.real, logit) + q * far_value(curves.fake, logit)
        return (
            max(found, -HUGE) if found < HUGE else HUGE
        )  # nan and inf too, with which no method can reckon

    found = minimize_scalar(
        value,
        bounds=(float(at[best - 1]), float(at[best + 1])),
        method="bounded",
        options={"xatol": 1e-6 if p == q else 1e-4},
    )
    if found.fun > least:  # a kink on a node
        return float(at[best]), float(at[best]), least
    return float(found.x), float(found.x), float(found.fun)


def derivative(curve: Scalar, logit: float, tolerance: float) -> float:
    """(8 (c(a + h) - c(a - h)) - (c(a + 2h) - c(a - 2h))) / 12h, exact up to h⁴."""
    h = 1e-3 if tolerance < 1e-4 else 3e-2
    one = curve(logit + h) - curve(logit - h)
    two = curve(logit + 2 * h) - curve(logit - 2 * h)
    return (8 * one - two) / (12 * h)


def monotone(responses: list[Response]) -> int:
    """Return 1 where responses rise with p / q, -1 where they fall, 0 where they do neither."""
    logits = [one.logit for one in responses]
    steps = [0.0 if one == other else other - one for one, other in pairwise(logits)]
    if max(steps) > 1e-4 and min(steps) > -1e-4:
        return 1
    if min(steps) < -1e-4 and max(steps) < 1e-4:
        return -1
    return 0
