"""Wasserstein distances of any order on the line, by the monotone map T = G⁻¹ ∘ F: ∫ |x - T(x)|^k p dx.

T takes p to q, and no other map is better where k >= 1 (Villani, Optimal Transport, 2009). It is
searched between neighbouring panel ends of q, through whichever of cdf and sf is smaller, and how far
off it may be is found by steps from there. Panels end where T meets a panel end of q, so that they see
its structure as well as p's.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import partial
from itertools import accumulate
from typing import Any, Unpack

import numpy as np
from scipy.optimize import elementwise

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.densities.tails import HEAVINESS
from gantheory.divergences import normal_vectors
from gantheory.divergences.batches import over_batch
from gantheory.divergences.effort import Effort, Options
from gantheory.divergences.finiteness import transport_is_infinite
from gantheory.divergences.layout import lay_out
from gantheory.divergences.normal_vectors import for_normal_vectors
from gantheory.divergences.one_shape import transport_of_one_shape
from gantheory.divergences.survey import shells
from gantheory.divergences.transport import (
    CDF_ERROR,
    OnLine,
    along_line,
    kind_of,
    pair_of_line,
    refuse_undeclared,
    refuse_unlisted,
    root_of,
)
from gantheory.divergences.work import Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, route

GROWTH = range(
    4, 300
)  # of steps that go on until they have passed the place: to 1e600 times the first
FAINTEST = 1e-290  # mass beyond a point from where T has no digits, and nothing is left to move
ITERATIONS = 64  # of a search for T; how far it is off is found out afterwards
COST = 24  # evaluations that one point of the map counts as
LARGEST_ORDER = 64


@called("W₂({p}, {q})")
@for_normal_vectors(normal_vectors.wasserstein_2)
def wasserstein_2(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """W₂(p, q) = (∫ (F_p⁻¹(u) - F_q⁻¹(u))² du)^(1/2), on the line, and of two `NormalVector` objects.

    Parameters, keywords and errors as for `wasserstein_p`.
    """
    return wasserstein_p(p, q, 2, **options)


@called("W_{order}({p}, {q})")
def wasserstein_p(p: Any, q: Any, order: float, **options: Unpack[Options]) -> Estimate:
    """W_k(p, q) = (∫ |F_p⁻¹(u) - F_q⁻¹(u)|^k du)^(1/k), on the line.

    Parameters
    ----------
    p, q:
        Densities of the line, or two discrete distributions on it.
    order:
        k, from 1 to 64; of order 1, `wasserstein_1` is quicker.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Returns
    -------
    Estimate
        In the unit of x; +inf where a tail has no moment of this order (and the other does not cancel
        it). Orders 1 and 2 of two densities of one shape have a closed form, √((m - n)² + (s - t)²) for
        normals, and so has every order where only their locations or only their scales differ.

    Raises
    ------
    ValueError
        In the plane, or if order is not a number from 1 to 64.
    NotConverged
        If a tail of a black box is not declared, or heavy tails of p and q may cancel.
    """
    numeric = isinstance(order, (int, float, Fraction)) and not isinstance(order, bool)
    if not (numeric and 1 <= order <= LARGEST_ORDER):
        raise ValueError(f"wasserstein_p(order={order!r}): give a number from 1 to {LARGEST_ORDER}")
    p, q = pair_of_line("wasserstein_p", p, q)
    k = float(order)
    return over_batch(
        partial(_one, k), p, q, options, quick=lambda a, b, _: transport_of_one_shape(a, b, k)
    )


def _one(order: float, p: Any, q: Any, effort: Effort) -> Estimate:
    found = transport_of_one_shape(p, q, order)
    if found is not None:  # of a batch that has none as a whole
        return found[0].estimate(0, found[1])
    return root_of(partial(_power, order, p, q), order, effort)


def _power(order: float, p: Any, q: Any, effort: Effort) -> Estimate:
    """W_k^k."""
    if isinstance(p, Discrete):
        return _discrete(order, p, q)
    if _weight(p) < _weight(q):
        p, q = q, p  # where p falls faster than q, T grows without need
    refuse_undeclared(f"W{order:g}", p, q)
    if transport_is_infinite(p, q, order):
        return Estimate(math.inf, 0.0, kind="exact", route=route("tails", f"W{order:g}"))
    if any(t.kind == "power" and t.rate <= order for d in (p, q) for t in d.tails):
        raise NotConverged(
            f"{brief(p)} and {brief(q)} have no moment of order {order:g}, and tails that may cancel: "
            "whether their distance is finite is not decided",
            Estimate(0.0, math.inf),
        )
    monotone = Monotone(p, q)

    def moved(meter: Meter, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, error = meter.spend(partial(_moved, monotone, order), x, origin, price=COST)
        return value, error

    problem = OnLine(f"W{order:g}", moved, order, order, COST, monotone.panel_ends())
    return along_line(problem, p, q, effort)


def _weight(density: Any) -> int:
    return sum(HEAVINESS[tail.kind] for tail in density.tails)


class Monotone:
    """T = G⁻¹ ∘ F, with G known at the panel ends of q and at points that double outwards from there."""

    def __init__(self, p: Any, q: Any) -> None:
        self.p, self.q = p, q
        cells = lay_out(q, q).cells
        outer = [o + b for side in (-1, 1) for _, b, o in shells(cells, side)]
        ends = np.concatenate([(cells.origin + end).ravel() for end in (cells.low, cells.high)])
        low, high = q.support
        self.ends = np.unique(np.clip(ends, low, high))
        inside = [x for x in outer if low < x < high]
        finite = [x for x in (low, high) if math.isfinite(x)]
        self.knots = np.unique(np.concatenate([self.ends, inside, finite]))
        self.below, self.above = q.cdf(self.knots), q.sf(self.knots)

    def panel_ends(self) -> tuple[tuple[float, FloatArray], ...]:
        """Where T meets a panel end of q: further panel ends (center, offsets) for p."""
        back = Monotone(self.q, self.p)
        at = back.quantile(self.q.cdf(self.ends), self.q.sf(self.ends))
        inside = (at > back.ends[0]) & (at < back.ends[-1])
        return ((0.0, np.unique(at[inside])),)

    def quantile(self, below: FloatArray, above: FloatArray) -> FloatArray:
        """Return about G⁻¹ where G is `below` and 1 - G is `above`."""
        left = below <= above
        below, above = (
            np.clip(level, known.min(), known.max())
            for level, known in ((below, self.below), (above, self.above))
        )
        after = np.where(
            left,
            np.searchsorted(self.below, below),
            len(self.knots) - np.searchsorted(self.above[::-1], above, side="right"),
        )
        after = np.clip(after, 1, len(self.knots) - 1)

        found = elementwise.find_root(
            self._short,
            (self.knots[after - 1], self.knots[after]),
            args=(np.where(left, below, above), left),
            maxiter=ITERATIONS,
            tolerances={"xatol": 0.0, "xrtol": 2 * EPS, "fatol": 0.0, "frtol": 0.0},
        )
        return np.asarray(found.x)

    def _short(self, y: FloatArray, level: FloatArray, left: Any) -> FloatArray:
        """G(y) minus a level, from the left or from the right."""
        return np.asarray(np.where(left, self.q.cdf(y) - level, level - self.q.sf(y)))

    def distance(
        self, y: FloatArray, below: FloatArray, above: FloatArray, off: FloatArray
    ) -> FloatArray:
        """Bound on the distance of y from G⁻¹, where G is `below` up to `off`."""
        left, most = below <= above, np.zeros(y.shape)
        level, off = np.where(left, below, above), off + CDF_ERROR * np.minimum(below, above)
        with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
            first = np.nan_to_num(4 * off / self.q.pdf(y), nan=np.inf)
        after = np.clip(np.searchsorted(self.knots, y), 1, len(self.knots) - 1)
        gap = self.knots[after] - self.knots[after - 1]
        first = np.minimum(first, gap) + 4 * EPS * np.abs(y)
        for side, end in ((-1.0, self.knots[0]), (1.0, self.knots[-1])):
            step, open_ = np.maximum(first, 1e-300), np.ones(y.shape, dtype=bool)
            for growth in GROWTH:
                at = y[open_] + side * step[open_]
                passed = side * self._short(at, level[open_], left[open_]) >= off[open_]
                open_[open_] = ~(passed | (side * (at - end) >= 0))
                if not np.any(open_):
                    break
                step[open_] *= growth
            most = np.maximum(most, np.where(open_, np.inf, np.minimum(step, np.abs(end - y))))
        return most


def _moved(
    monotone: Monotone, order: float, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """|x - T(x)|^k p(x), T between the quantiles that the error of F(x) allows."""
    p, q, at = monotone.p, monotone.q, origin + x
    below, above = p.cdf(at), p.sf(at)
    log_p, error_p = p.evaluate(x, origin)
    density = np.exp(log_p)
    with np.errstate(over="ignore", invalid="ignore"):
        off = np.nan_to_num(EPS * np.abs(at) * density, nan=1.0, posinf=1.0)
        off = off + p.cdf_parameter_error(at)
    target = monotone.quantile(below, above)
    off = off + q.cdf_parameter_error(target) + CDF_ERROR * np.minimum(below, above)
    wrong = monotone.distance(target, below, above, off)
    away = np.abs(at - target)
    wrong = wrong + EPS * (np.abs(at) + np.abs(target))
    alive = np.minimum(below, above) > FAINTEST
    with np.errstate(over="ignore", invalid="ignore"):
        value = np.where(alive, density * away**order, 0.0)
        most = density * (away + wrong) ** order
        least = density * np.maximum(away - wrong, 0.0) ** order
        error = np.maximum(most - value, value - least) + value * (2 * error_p + 8 * EPS)
    return value, np.where(alive, np.nan_to_num(error, nan=np.inf), 0.0)


def _discrete(order: float, p: Discrete, q: Discrete) -> Estimate:
    """Σ |x - y|^k over the pieces of [0, 1] on which both quantiles are constant, cut exactly."""
    refuse_unlisted(f"W{order:g}", p, q)
    (x, ours), (y, theirs) = (_cumulated(d) for d in (p, q))
    i = j = 0
    at, terms = Fraction(0), []
    while i < len(ours) and j < len(theirs):
        end = min(ours[i], theirs[j])
        terms.append(float(end - at) * abs(x[i] - y[j]) ** order)
        at, i, j = end, i + (ours[i] == end), j + (theirs[j] == end)
    longest = float(max(x[-1], y[-1]) - min(x[0], y[0]))
    value, left_out = math.fsum(terms), float(abs(ours[-1] - theirs[-1]))
    # quantiles that are off: the integral of k |x - y|^(k-1) over ∫ |F - what it should be|
    off = 2 * left_out + order * (p.weight_error + q.weight_error)
    error = (order + 8) * EPS * value + off * longest**order
    sums = route("sum over points", f"W{order:g}")
    return Estimate(value, error, kind=kind_of(p, q), route=sums, evaluations=len(terms))


def _cumulated(d: Discrete) -> tuple[list[float], list[Fraction]]:
    """Return the points of positive weight, ascending, and the sums of the weights up to each."""
    order = [int(k) for k in np.argsort(d.points) if d.exact_weights[k] > 0]
    return [float(d.points[k]) for k in order], list(accumulate(d.exact_weights[k] for k in order))
