"""Entropy and cross entropy, which a change of the unit of x moves: they are no divergences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Unpack

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.densities.short import called
from gantheory.divergences.batches import over_batch
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.finiteness import infinite, kullback_leibler_is_infinite
from gantheory.divergences.functional import Problem, integrate_pair, sum_over_points
from gantheory.divergences.kernels import LEAST, Kernel, Values
from gantheory.divergences.layout import lay_out, logarithmic_tail
from gantheory.divergences.pair import PairValues
from gantheory.estimates import Estimate, total

LOWEST = -1e3  # taken for the height of a density of which no landmark shows it


@called("H({p})")
def entropy(p: Any, **options: Unpack[Options]) -> Estimate:
    """H(p) = -∫ p log p, in nats: the differential entropy of a density, which may be negative.

    Parameters
    ----------
    p:
        A density, or a discrete distribution (then it is Shannon's entropy, never negative); a batch.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Returns
    -------
    Estimate
        Of the shape of the batch, () for one density; accurate to 1e-13 of max(1, |H|) or so.

    Raises
    ------
    TypeError, ValueError
        If p is not a density.
    NotConverged
        If the nodes cannot see the structure that p declares, a black box declares no tails, or p is a
        density of the plane that is neither made of normals nor a product.

    Notes
    -----
    Source: Shannon (1948), section 20. The log-density of the data at best: KL(p‖q) = H(p, q) - H(p).
    """
    return over_batch(lambda a, _, effort: _cross_entropy(a, a, effort), p, p, options)


@called("H({p}, {q})")
def cross_entropy(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """H(p, q) = -∫ p log q = H(p) + KL(p‖q), in nats: the expected negative log-likelihood of q.

    +inf exactly where KL(p‖q) is. Parameters, keywords and errors as for `entropy`.

    Notes
    -----
    Source: Cover and Thomas (2006), chapter 2. Near p = q take `kl_divergence` instead of
    H(p, q) - H(p): it keeps its relative precision.
    """
    return over_batch(_cross_entropy, p, q, options)


def _cross_entropy(p: Any, q: Any, effort: Effort) -> Estimate:
    name = "cross entropy"
    if kullback_leibler_is_infinite(p, q):
        return infinite(name)
    if isinstance(p, Discrete):
        return sum_over_points(Kernel(name, _surprise(0.0)), p, q)
    if isinstance(p, Product) and isinstance(q, Product):
        pairs = zip(p.marginals(), q.marginals(), strict=True)
        with best_as():
            return total(_cross_entropy(a, b, effort) for a, b in pairs)
    level = _highest(q)
    surprise = _surprise(level)

    def at_points(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return surprise(v)

    def with_level(found: Estimate) -> Estimate:
        error = found.error + abs(level * p.excess)
        if p.dim == 2:
            outside, _ = lay_out(p, q, effort=effort).outside
            error += logarithmic_tail(p, q) + abs(level) * outside
        return replace(found, error=error) - level

    problem = Problem(name, at_points, None, logarithmic=True)
    with best_as(with_level):
        found = integrate_pair(problem, p, q, effort)
    return with_level(found)


def _highest(q: Any) -> float:
    """log q at its highest landmark, rounded up: log q less it is mostly negative."""
    places = q.landmarks[:, : q.dim]
    if not len(places):  # of a black box
        return 0.0
    heights = q.logpdf(places if q.dim == 2 else places[:, 0])
    return float(np.ceil(np.max(heights[np.isfinite(heights)], initial=LOWEST)))


def _surprise(level: float) -> Callable[[PairValues], Values]:
    """Return the integrand p (level - log q), 0 where p = 0."""

    def values(v: PairValues) -> Values:
        here = v.log_p > -np.inf
        depth = np.where(here, level - np.where(here, v.log_q, 0.0), 0.0)
        size = np.abs(depth) + abs(level)
        with np.errstate(invalid="ignore"):
            value = np.where(v.p == 0, 0.0, v.p * depth)
            rounding = np.where(v.p == 0, 0.0, v.p * (size * (v.error_p + 4 * EPS) + v.error_q))
        return value, rounding + np.where(here, LEAST * (1 + size), 0.0)

    return values
