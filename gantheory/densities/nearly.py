"""log p - log q of mixtures that nearly agree, without cancellation.

With the components of p and q matched, p/q - 1 = Σ (w c - v d)/q, where a component that both have
contributes its exact difference of weights, (w - v) c/q, and two components that are close contribute
v d/q (e^a - 1), a = log(w c / v d). Nothing of the order of p and q is ever subtracted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density
from gantheory.densities.location_scale import identical

LARGEST = 0.5  # beyond, the difference of the logarithms has all the digits that are needed


@dataclass(frozen=True)
class Share:
    """A component with its exact weight."""

    weight: Fraction
    component: Any


def shares_of(density: Density) -> list[Share]:
    """Return the components with their exact weights; a density that is not a mixture is one."""
    weights = getattr(density, "exact_weights", None)
    if weights is None:
        return [Share(Fraction(1), density)]
    components: Sequence[Any] = getattr(density, "components", ())
    return [Share(w, c) for w, c in zip(weights, components, strict=True) if w > 0]


def match(p: Density, q: Density) -> list[tuple[Share | None, Share | None]]:
    """Return pairs of components of p and q: the same ones, then those left over in their order."""
    left, right = shares_of(p), shares_of(q)
    pairs: list[tuple[Share | None, Share | None]] = []
    for mine in list(left):
        twin = next((s for s in right if identical(mine.component, s.component)), None)
        if twin is not None:
            pairs.append((mine, twin))
            left.remove(mine)
            right.remove(twin)
    if len(left) == len(right):
        return [*pairs, *zip(left, right, strict=True)]
    return [*pairs, *((s, None) for s in left), *((None, s) for s in right)]


def log_ratio(
    p: Density, q: Density, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """log(1 + Σ (w c - v d)/q) and a bound on its error, nan where the sum is not small.

    The error includes the rounding of the components' parameters too; weights are exact.
    """
    log_q, error_q = q.evaluate(x, origin)
    moved, error = np.zeros(log_q.shape), np.zeros(log_q.shape)
    near = np.isfinite(log_q)
    for mine, theirs in match(p, q):
        found = _step(mine, theirs, x, origin, np.where(near, log_q, 0.0))
        if found is None:
            return None
        step, input_error = found
        near &= np.isfinite(step)
        step = np.where(near, step, 0.0)
        moved, error = (
            moved + step,
            error + np.where(near, input_error, 0.0) + np.abs(step) * error_q,
        )
    near &= np.abs(moved) <= LARGEST
    moved = np.where(near, moved, np.nan)
    return np.log1p(moved), 2 * error + 4 * EPS * np.abs(moved)


def _step(
    mine: Share | None, theirs: Share | None, x: FloatArray, origin: FloatArray, log_q: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return (w c - v d)/q and its error for one pair of components; nan where they are not close."""
    if mine is None or theirs is None or identical(mine.component, theirs.component):
        one = mine or theirs
        if one is None:
            return None
        weight = (mine.weight if mine else Fraction(0)) - (theirs.weight if theirs else Fraction(0))
        size, input_error = _relative(one.component, x, origin, log_q)
        step = float(weight) * size
        return step, np.abs(step) * (input_error + 2 * EPS)
    pair = mine.component.log_ratio(theirs.component, x, origin)
    if pair is None:
        return None
    heavier = (mine.weight - theirs.weight) / theirs.weight
    a = pair[0] + np.log1p(float(heavier))
    a_error = (
        pair[1]
        + 2 * EPS * abs(float(np.log1p(float(heavier))))
        + mine.component.parameter_error(x, origin)
        + theirs.component.parameter_error(x, origin)
    )
    size, input_error = _relative(theirs.component, x, origin, log_q)
    size = float(theirs.weight) * size
    mine_size, _ = _relative(mine.component, x, origin, log_q)
    gone = (size == 0) & (mine_size == 0)
    close = np.abs(a) <= LARGEST
    step = np.where(close, size * np.expm1(np.where(close, a, 0.0)), np.where(gone, 0.0, np.nan))
    return step, 2 * size * a_error + np.abs(step) * (input_error + 2 * EPS)


def _relative(
    component: Any, x: FloatArray, origin: FloatArray, log_q: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return component/q and its relative error, that of q left out."""
    level, error = component.evaluate(x, origin)
    with np.errstate(over="ignore"):
        size = np.exp(level - log_q)
    gap = np.where(np.isfinite(level), np.abs(level) + np.abs(log_q), 0.0)
    return size, error + EPS * gap


def log_sum_exp(terms: FloatArray, *, floor: float = -np.inf) -> FloatArray:
    """log Σ e^(terms) over the first axis; `floor` where every term is -inf."""
    largest = np.max(terms, axis=0)
    safe = np.where(np.isfinite(largest), largest, 0.0)
    with np.errstate(divide="ignore"):
        summed = safe + np.log(np.sum(np.exp(terms - safe), axis=0))
    return np.asarray(np.where(np.isfinite(largest), summed, np.maximum(largest, floor)))
