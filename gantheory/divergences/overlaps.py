"""Divergences as a constant less the integral of an overlap, which lives where p and q both do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from gantheory.arrays import EPS

FloatArray = npt.NDArray[np.float64]
LOG_2 = math.log(2)


@dataclass(frozen=True)
class Overlap:
    """whole - share ∫ values(p, q).

    Attributes
    ----------
    values:
        (p, q, out) -> out, the integrand: homogeneous, increasing in p and in q, and moved
        relatively no more than p and q are.
    outside:
        τ -> bound on the integral where one of p and q has mass τ only.
    reach:
        How many standard deviations of a normal must be seen.
    """

    name: str
    whole: float
    share: float
    values: Callable[[FloatArray, FloatArray, FloatArray], FloatArray]
    outside: Callable[[FloatArray], FloatArray]
    reach: float


def shannon_overlap(p: FloatArray, q: FloatArray, out: FloatArray) -> FloatArray:
    """p log(1 + q/p) + q log(1 + p/q); both must be positive."""
    both = np.add(p, q)
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


def beyond(overlap: Overlap) -> float:
    """Return what the overlap can be beyond its reach, of p's components or of q's."""
    mass = np.array([2 * ndtr(-overlap.reach)])
    return float(2 * overlap.share * overlap.outside(mass)[0]) * (1 + 64 * EPS) + 4 * EPS


JENSEN_SHANNON = Overlap("JSD", LOG_2, 0.5, shannon_overlap, shannon_outside, reach=8.3)
HELLINGER = Overlap("squared Hellinger", 1.0, 1.0, affinity, affinity_outside, reach=11.2)
OVERLAPS = {overlap.name: overlap for overlap in (JENSEN_SHANNON, HELLINGER)}
