"""Divergences as a constant less the integral of an overlap, positive where both p and q are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr

from gantheory.arrays import EPS, LOG_2, FloatArray
from gantheory.threads import scratch

TINY = 1e-290  # stands for a density that is 0, where a logarithm is taken


@dataclass(frozen=True, eq=False)
class Overlap:
    """whole - share ∫ values(p, q).

    Attributes
    ----------
    values:
        (p, q, out) -> out, the integrand: homogeneous, increasing in p and in q, and moved
        relatively no more than p and q are. Neither p nor q may be 0: TINY is.
    outside:
        τ -> bound on the integral where one of p and q has mass τ only.
    reach, far:
        How many standard deviations of a normal are seen, and where every digit counts.
    """

    name: str
    whole: float
    share: float
    values: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    outside: Callable[[FloatArray], FloatArray]
    reach: float
    far: float


def shannon_overlap(p: FloatArray, q: FloatArray, out: FloatArray) -> FloatArray:
    """p log(1 + q/p) + q log(1 + p/q); neither may be 0."""
    both = np.add(p, q, out=scratch("both", *p.shape))
    np.divide(both, p, out=out)
    np.log(out, out=out)
    np.multiply(out, p, out=out)
    np.divide(both, q, out=both)
    np.log(both, out=both)
    np.multiply(both, q, out=both)
    return np.add(out, both, out=out)


def shannon_outside(mass: FloatArray) -> FloatArray:
    """τ (1 + log(1 + 1/τ)): ∫ p log(1 + q/p) + q log(1 + p/q) is largest where q/p is constant."""
    return np.asarray(mass * (1 + np.log1p(1 / np.maximum(mass, 1e-300))))


def affinity(p: FloatArray, q: FloatArray, out: FloatArray) -> FloatArray:
    """√(p q)."""
    np.multiply(p, q, out=out)
    return np.sqrt(out, out=out)


def affinity_outside(mass: FloatArray) -> FloatArray:
    """√τ, by Cauchy and Schwarz."""
    return np.sqrt(mass)


@lru_cache(maxsize=64)
def beyond(overlap: Overlap, deviations: float) -> float:
    """Return what the overlap can be beyond so many deviations of p's components, or of q's."""
    mass = np.array([2 * ndtr(-deviations)])
    return float(2 * overlap.outside(mass)[0]) * (1 + 64 * EPS)


JENSEN_SHANNON = Overlap("JSD", LOG_2, 0.5, shannon_overlap, shannon_outside, reach=8.3, far=8.7)
HELLINGER = Overlap("squared Hellinger", 1.0, 1.0, affinity, affinity_outside, reach=11.2, far=11.6)
OVERLAPS = {overlap.name: overlap for overlap in (JENSEN_SHANNON, HELLINGER)}
