"""How often the optimal discriminator ranks a real sample above a fake one: its AUC."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt
from scipy.optimize.elementwise import find_root

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.base import mass_between
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences.batches import over_batch
from gantheory.divergences.decisions import exact_pairs, on_the_line
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.functional import Problem, integrate_pair
from gantheory.divergences.kernels import LEAST, Values
from gantheory.divergences.layout import lay_out
from gantheory.divergences.pair import PairValues
from gantheory.divergences.transport import CDF_ERROR
from gantheory.divergences.work import Meter
from gantheory.estimates import Estimate, route

INSIDE = 1e-9  # share of a piece that its ends are looked at from
SAMPLES = np.concatenate([[INSIDE], np.linspace(0.0, 1.0, 33)[1:-1], [1 - INSIDE]])
ZOOMS = 8  # each narrows the place of a turning point to a quarter
TABLE = 4_000_000  # entries of a table of points by pieces


@called("AUC({p}, {q})")
def optimal_auc(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """P(a(X) > a(Y)) + P(a(X) = a(Y))/2 for X ~ p, Y ~ q, a = log p/q: between 1/2 and 1.

    The area under the ROC curve of D*, the largest that any discriminator has; it is
    (1 + TV(p ⊗ q, q ⊗ p))/2.

    Parameters
    ----------
    p, q:
        Densities of the line, two discrete distributions, or densities of the plane that reduce exactly
        to the line (see `discriminator_cdf`); batches of them.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Returns
    -------
    Estimate
        Of the shape of the batch; exact for discrete distributions.

    Raises
    ------
    TypeError, ValueError
        As for `discriminator_cdf`.
    NotConverged
        If the nodes cannot see the structure that the densities declare, or the number is not reached
        by what rtol, limit and max_seconds allow.

    Notes
    -----
    Integrates p(x) Q(A) - q(x) P(A) over x, A = {y: a(y) < a(x)}, whose ends are found on stretches
    where a rises or falls; turns that undo each other within a thirtieth of a panel may be missed.
    Source: Hanley and McNeil (1982) for the probability, Neyman and Pearson (1933) for its maximum.
    """
    return over_batch(_auc, p, q, options)


def _auc(p: Any, q: Any, effort: Effort) -> Estimate:
    if isinstance(p, Discrete):
        return _over_points(p, q)
    p, q = on_the_line("optimal_auc", p, q)
    pieces = _Pieces.of(p, q, effort)

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        (below_p, below_q), doubt = pieces.below(v)
        value = v.p * below_q - v.q * below_p
        rounding = v.p * below_q * v.error_p + v.q * below_p * v.error_q + _misranked(v)
        return value, rounding + (v.p + v.q) * (doubt + LEAST)

    slack = p.unseen + q.unseen + pieces.missing

    def area(found: Estimate) -> Estimate:
        return 0.5 + replace(found, error=found.error + slack) / 2

    with best_as(area):
        return area(integrate_pair(Problem("AUC", kernel, (1.0, 1.0)), p, q, effort))


def _misranked(v: PairValues) -> FloatArray:
    """What pairs may count that are ranked wrongly, since a is known to an error e only.

    p(x) q(y) |1 - e^(a(y) - a(x))| <= p(x) q(y) 2 e for such pairs; Q(a > c) <= e^-c, P(a < c) <= e^c.
    """
    e = v.error_logit
    wrong = np.minimum(2 * e, 1.0)
    with np.errstate(over="ignore"):
        rare_q, rare_p = np.exp(-np.maximum(v.logit - e, 0.0)), np.exp(np.minimum(v.logit + e, 0.0))
    return np.asarray(wrong * (v.p * rare_q + v.q * rare_p))


def _over_points(p: Discrete, q: Discrete) -> Estimate:
    """Σ p_i (Σ q_j below + Σ q_j equal / 2), in exact weights, rounded once."""
    pairs = sorted(exact_pairs(p, q), key=_score)
    area, passed = Fraction(0), Fraction(0)
    for _, tied in groupby(pairs, key=_score):
        mass_p, mass_q = (sum(side, Fraction(0)) for side in zip(*tied, strict=True))
        area += mass_p * (passed + mass_q / 2)
        passed += mass_q
    return Estimate(
        float(area),
        EPS * float(area),
        kind="exact",
        route=route("sum over points", "AUC"),
        evaluations=len(pairs),
    )


def _score(pair: tuple[Fraction, Fraction]) -> Fraction:
    """D* at a point with these weights."""
    return pair[0] / sum(pair)


@dataclass(frozen=True)
class _Pieces:
    """Stretches of the line on each of which a rises or falls, in float64s: what cdfs are taken at.

    Attributes
    ----------
    start, stop:
        Their ends.
    least, most:
        The smaller and the larger of a just inside of these.
    rising:
        Whether a rises.
    masses:
        Those of p and of q, shape (2, pieces).
    meter:
        The pair, and how often it was evaluated.
    """

    start: FloatArray
    stop: FloatArray
    least: FloatArray
    most: FloatArray
    rising: npt.NDArray[np.bool_]
    masses: FloatArray
    meter: Meter

    @classmethod
    def of(cls, p: Any, q: Any, effort: Effort) -> _Pieces:
        """Return the pieces of a pair of the line: its panels, cut where a turns."""
        meter, cells = Meter(p, q, effort, Estimate(0.5, 0.5)), lay_out(p, q).cells
        ends = np.unique(cells.origin + np.concatenate([cells.low, cells.high], axis=1))
        ends = np.unique(np.concatenate([ends, _turns(meter, ends)]))
        start, stop = ends[:-1], ends[1:]
        left, right = (
            _ratio(meter, start + (stop - start) * share)[0] for share in (INSIDE, 1 - INSIDE)
        )
        masses = np.stack([mass_between(d, start, stop) for d in (p, q)])
        least, most = np.minimum(left, right), np.maximum(left, right)
        return cls(start, stop, least, most, right > left, masses, meter)

    @property
    def missing(self) -> float:
        """By how much the masses of the pieces are not 1: float64s may not tell their ends apart."""
        return float(np.sum(np.abs(1 - np.sum(self.masses, axis=1))))

    def below(self, v: PairValues) -> tuple[FloatArray, FloatArray]:
        """P(a < c) and Q(a < c) for c = a at some points, shape (2, n), and what these are unsure of."""
        order = np.argsort(self.most)
        sums = np.cumsum(np.pad(self.masses[:, order], ((0, 0), (1, 0))), axis=1)
        below = sums[:, np.searchsorted(self.most[order], v.logit)]
        doubt = np.full(len(v.logit), len(order) * EPS)
        step = max(1, TABLE // len(order))
        for first in range(0, len(v.logit), step):
            level = v.logit[first : first + step, None]
            rows, piece = np.nonzero((self.least < level) & (level <= self.most))
            parts, gap = self._parts(piece, level[rows, 0])
            for whole, part in zip(below, parts, strict=True):
                np.add.at(whole, first + rows, part)
            most = np.max(self.masses[:, piece], axis=0)
            np.add.at(doubt, first + rows, np.minimum(gap, 1.0) * most + CDF_ERROR)
        return below, doubt

    def _parts(self, piece: Rows, level: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Masses of {a < level} in some pieces, and by how much a is off at its end there."""
        start, stop = self.start[piece], self.stop[piece]
        inset = INSIDE * (stop - start)
        found = find_root(
            lambda x, c: np.nan_to_num(_ratio(self.meter, x)[0] - c),
            (start + inset, stop - inset),
            args=(level,),
            tolerances={"xatol": 0.0, "xrtol": EPS, "fatol": EPS, "frtol": 0.0},
        )
        rising = self.rising[piece]
        ends = np.where(rising, start, found.x), np.where(rising, found.x, stop)
        masses = np.stack([mass_between(d, *ends) for d in (self.meter.p, self.meter.q)])
        return masses, np.abs(found.f_x)


def _turns(meter: Meter, ends: FloatArray) -> FloatArray:
    """Return the points between the ends where a turns from rising to falling, or back."""
    x = ends[:-1, None] + np.diff(ends)[:, None] * SAMPLES
    signs = np.sign(_changes(meter, x))
    for k in range(1, signs.shape[1]):  # where a does not change it goes on as before
        signs[:, k] = np.where(signs[:, k] == 0, signs[:, k - 1], signs[:, k])
    panel, first = np.nonzero(signs[:, :-1] * signs[:, 1:] < 0)
    low, high, rows = x[panel, first], x[panel, first + 2], np.arange(len(panel))
    for _ in range(ZOOMS):
        points = low[:, None] + (high - low)[:, None] * np.linspace(0.0, 1.0, 9)
        top = np.argmax(signs[panel, first, None] * _ratio(meter, points)[0], axis=1)
        low, high = points[rows, np.maximum(top - 1, 0)], points[rows, np.minimum(top + 1, 8)]
    return np.asarray(0.5 * (low + high))


def _changes(meter: Meter, x: FloatArray) -> FloatArray:
    """Changes of a from each sample to the next, 0 where they are within its error."""
    a, error = _ratio(meter, x)
    with np.errstate(invalid="ignore"):
        change = np.nan_to_num(np.diff(a, axis=1))
    return np.where(np.abs(change) > error[:, 1:] + error[:, :-1], change, 0.0)


def _ratio(meter: Meter, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a and its error at points of any shape."""
    v = meter.look(x.ravel(), np.zeros(x.size))
    return v.logit.reshape(x.shape), v.error_logit.reshape(x.shape)
