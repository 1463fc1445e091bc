"""Mixtures on the line and in the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS
from gantheory.densities import nearly
from gantheory.densities.base import (
    Breaks,
    Density,
    Density1D,
    Edge,
    FloatArray,
    Tail,
    parameter,
    slip,
)
from gantheory.densities.nearly import log_sum_exp
from gantheory.densities.tails import heaviest, union_of_intervals
from gantheory.errors import InvalidDensity

SUM_TOLERANCE = 1e-14


def check_components(components: Sequence[Any], dim: int) -> tuple[Any, ...]:
    """Return the components as a tuple of densities of one dimension.

    Raises
    ------
    InvalidDensity
        If there is none, or one is no density, of another dimension, a black box, or a batch in
        the plane.
    """
    if isinstance(components, Density) or not isinstance(components, Sequence):
        raise InvalidDensity(
            f"Mixture(components={components!r}): give a sequence of densities, as in "
            "Mixture((Normal(-2, 1), Normal(2, 1)), (0.5, 0.5))"
        )
    if not components:
        raise InvalidDensity("Mixture(components=()): give at least one component")
    for c in components:
        if not isinstance(c, Density):
            raise InvalidDensity(f"Mixture: {c!r} is no density; wrap it in as_density(...)")
        if c.dim != dim:
            raise InvalidDensity(f"Mixture: {c!r} has dimension {c.dim}, the first component {dim}")
        if c.batch_shape and dim != 1:
            raise InvalidDensity(f"Mixture: the component {c!r} is a batch; give single densities")
        if not c.declared:
            raise InvalidDensity(f"Mixture: {c!r} is a black box, whose landmarks nobody declared")
    return tuple(components)


def check_weights(
    weights: Any, n: int, *, family: str = "Mixture"
) -> tuple[FloatArray, tuple[Fraction, ...]]:
    """Return the weights as floats and exactly.

    Raises
    ------
    InvalidDensity
        If their number is not n, one is negative, or they do not sum to 1 up to rounding.
    """
    if isinstance(weights, (str, int, float)) or np.ndim(np.asarray(weights, dtype=object)) != 1:
        raise InvalidDensity(f"{family}(weights={weights!r}): give one weight for each component")
    pairs = [parameter(family, "weights", w) for w in weights]
    values = np.array([value for value, _ in pairs], dtype=np.float64)
    exact = tuple(e for _, e in pairs if e is not None)
    if len(values) != n:
        raise InvalidDensity(f"{family}: {n} components but {len(values)} weights")
    if not np.all(values >= 0):
        raise InvalidDensity(f"{family}(weights={weights!r}): a weight is never negative")
    mass = float(np.sum(values))
    if not abs(mass - 1) <= SUM_TOLERANCE * max(1, n / 8):
        raise InvalidDensity(
            f"{family}(weights={weights!r}): the weights sum to {mass!r}, not 1; "
            "divide them by their sum if that is what you mean"
        )
    return values, exact


@dataclass(frozen=True, eq=False)
class MixtureOf(Density):
    """What mixtures share in one and two dimensions.

    The components lead every array: shape (K, ...). `unseen` bounds the mass that they do not hold.
    """

    components: tuple[Any, ...]
    weights: FloatArray
    exact_weights: tuple[Fraction, ...]
    unseen: float = 0.0

    def __repr__(self) -> str:
        return f"Mixture({list(self.components)!r}, {self.weights.tolist()})"

    @property
    def parts(self) -> list[tuple[float, Any]]:
        """The pairs (weight, component) of positive weight."""
        return [(float(w), c) for w, c in zip(self.weights, self.components, strict=True) if w > 0]

    def component_logpdf(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> FloatArray:
        """log w_k + log p_k(origin + x), shape (K, ...)."""
        return np.stack([np.log(w) + c.logpdf(x, origin=origin) for w, c in self.parts])

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log Σ w_k p_k, the largest term taken out."""
        terms = self.component_logpdf(x, origin)
        return log_sum_exp(terms)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Errors of the components, weighted by their shares of the sum, + rounding."""
        return self.evaluate(x, origin)[1]

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log density and its error, every component evaluated once."""
        pairs = [(math.log(w), c.evaluate(x, origin)) for w, c in self.parts]
        largest = np.maximum.reduce([level + log_w for log_w, (level, _) in pairs])
        largest = np.where(np.isfinite(largest), largest, 0.0)
        summed, weighted = np.zeros(largest.shape), np.zeros(largest.shape)
        for log_w, (level, error) in pairs:
            share = np.exp(level + (log_w - largest))
            summed += share
            weighted += share * error
        with np.errstate(divide="ignore"):
            value = largest + np.log(summed)
        rounding = EPS * (len(pairs) + 6 + np.abs(largest))
        return value, weighted / np.maximum(summed, 1e-300) + rounding

    @cached_property
    def weight_slips(self) -> tuple[float, ...]:
        """How far each weight, as a float64, lies from what was given exactly."""
        return tuple(slip(w, e) for w, e in zip(self.weights, self.exact_weights, strict=True))

    @cached_property
    def rounded(self) -> bool:
        """Whether a weight or a parameter was given exactly and is no float64."""
        return any(self.weight_slips) or any(c.rounded for c in self.components)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bounds of the components and of their weights, weighted by their shares of the sum."""
        terms = self.component_logpdf(x, origin)
        shares = np.exp(terms - log_sum_exp(terms, floor=-1e300))
        slips = [s for w, s in zip(self.weights, self.weight_slips, strict=True) if w > 0]
        total = np.zeros(terms.shape[1:])
        for share, (w, c), s in zip(shares, self.parts, slips, strict=True):
            total += share * (c.parameter_error(x, origin) + s / w)
        return total

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """Log of 1 + small, where p and q are mixtures that nearly agree; see `nearly`."""
        return nearly.log_ratio(self, other, x, origin)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points; which component each comes from is drawn first."""
        parts = self.parts
        counts = rng.multinomial(n, np.array([w for w, _ in parts]) / sum(w for w, _ in parts))
        drawn = [c.sample(int(k), rng) for k, (_, c) in zip(counts, parts, strict=True)]
        return rng.permutation(np.concatenate(drawn), axis=0)

    @property
    def landmarks(self) -> FloatArray:
        """All landmarks of the components."""
        return np.concatenate([c.landmarks for _, c in self.parts])


class Mixture1D(MixtureOf, Density1D):
    """Σ w_k p_k on the line."""

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Σ w_k F_k."""
        return np.asarray(np.sum([w * c.cdf(x) for w, c in self.parts], axis=0))

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """Σ w_k (1 - F_k)."""
        return np.asarray(np.sum([w * c.sf(x) for w, c in self.parts], axis=0))

    @property
    def support(self) -> tuple[float, float]:
        """From the lowest to the highest point; `pieces` leaves out the gaps."""
        return self.pieces[0][0], self.pieces[-1][1]

    @property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """Union of the supports of the components."""
        return union_of_intervals([piece for _, c in self.parts for piece in c.pieces])

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """On either side, the heaviest tail among the components."""
        weighted = [(w, c.tails) for w, c in self.parts]
        return (
            heaviest([(w, left) for w, (left, _) in weighted], side=-1),
            heaviest([(w, right) for w, (_, right) in weighted], side=1),
        )

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Edges of the components; where another component is positive, it fills the zero."""
        places = sorted({edge.at for _, c in self.parts for edge in c.edges})
        return tuple(
            Edge(at, least_power(self.power_at(at, -1), self.power_at(at, 1))) for at in places
        )

    def power_at(self, at: float, side: int) -> float | None:
        """Return the least power among the components: it dominates the sum."""
        return least_power(*(c.power_at(at, side) for _, c in self.parts))

    def breaks(self) -> tuple[Breaks, ...]:
        """Panel ends of all components."""
        return tuple(b for _, c in self.parts for b in c.breaks())


class Mixture2D(MixtureOf):
    """Σ w_k p_k in the plane."""

    dim = 2

    @property
    def support(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The smallest rectangle around the supports of the components."""
        boxes = np.array([c.support for _, c in self.parts], dtype=np.float64)
        low, high = boxes[:, :, 0].min(axis=0), boxes[:, :, 1].max(axis=0)
        return (float(low[0]), float(high[0])), (float(low[1]), float(high[1]))


def least_power(*powers: float | None) -> float | None:
    """Return the smallest power, None if one of them is not declared."""
    known = [power for power in powers if power is not None]
    return min(known) if len(known) == len(powers) else None
