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

from gantheory.arrays import EPS, FloatArray, detached
from gantheory.densities import nearly
from gantheory.densities.base import Breaks, Density, Density1D, Edge, Tail, parameter, rounding_of
from gantheory.densities.nearly import Share, log_sum_exp, shares_of
from gantheory.densities.tails import heaviest, union_of_intervals
from gantheory.errors import InvalidDensity, brief

SUM_TOLERANCE = 1e-14
LEAST_WEIGHT = 1e-300


def check_weights(
    weights: Any, n: int, *, family: str = "Mixture", unseen: float = 0.0
) -> tuple[FloatArray, tuple[Fraction, ...]]:
    """Return the weights as floats and exactly; they may leave out the mass that is unseen.

    Raises
    ------
    InvalidDensity
        If their number is not n, one is negative, or they do not sum to 1 up to rounding.
    """
    weights = detached(weights)
    if isinstance(weights, (str, int, float)) or np.ndim(np.asarray(weights, dtype=object)) != 1:
        raise InvalidDensity(
            f"{family}(weights={brief(weights)}): give one weight for each component"
        )
    pairs = [parameter(family, "weights", w) for w in weights]
    values = np.array([value for value, _ in pairs], dtype=np.float64)
    exact = tuple(e for _, e in pairs if e is not None)
    if len(values) != n:
        raise InvalidDensity(f"{family}: {n} components but {len(values)} weights")
    if not np.all(values >= 0):
        raise InvalidDensity(f"{family}(weights={brief(weights)}): a weight is never negative")
    if any(0 < e != value < LEAST_WEIGHT for value, e in pairs if e is not None):
        raise InvalidDensity(
            f"{family}(weights={brief(weights)}): a weight below {LEAST_WEIGHT} has no float64 with "
            "all its digits; leave it out, or give it more"
        )
    mass = float(np.sum(values))
    slack = SUM_TOLERANCE * max(1, n / 8)
    if not 1 - unseen - slack <= mass <= 1 + slack:
        raise InvalidDensity(
            f"{family}(weights={brief(weights)}): the weights sum to {mass!r}, not 1; "
            "divide them by their sum if that is what you mean"
        )
    return values, exact


def flattened(parts: Sequence[Any], weights: Sequence[Fraction]) -> MixtureOf:
    """Return Σ w_k p_k of single densities of one dimension, the mixtures among them spread out."""
    shares = [
        (w * inner.weight, inner.component)
        for w, part in zip(weights, parts, strict=True)
        for inner in (
            shares_of(part) if isinstance(part, MixtureOf) else [Share(Fraction(1), part)]
        )
    ]
    exact, components = (tuple(column) for column in zip(*shares, strict=True))
    made = Mixture1D if parts[0].dim == 1 else Mixture2D
    unseen = sum(float(w) * part.unseen for w, part in zip(weights, parts, strict=True))
    return made(components, np.array([float(w) for w in exact]), exact, unseen)


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
    def declared(self) -> bool:  # type: ignore[override]  # of each component
        """Whether every component is declared."""
        return all(c.declared for c in self.components)

    @property
    def terms(self) -> int:
        """Sum over the components."""
        return sum(c.terms for c in self.components)

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
        parts = zip(self.weights, self.components, self.weight_roundings, strict=True)
        pairs = [(math.log(w), r / w, c.evaluate(x, origin)) for w, c, r in parts if w > 0]
        largest = np.maximum.reduce([level + log_w for log_w, _, (level, _) in pairs])
        largest = np.where(np.isfinite(largest), largest, 0.0)
        summed, weighted = np.zeros(largest.shape), np.zeros(largest.shape)
        for log_w, rounded, (level, error) in pairs:
            share = np.exp(level + (log_w - largest))
            summed += share
            weighted += share * (error + rounded)
        with np.errstate(divide="ignore"):
            value = largest + np.log(summed)
        rounding = EPS * (len(pairs) + 6 + np.abs(largest))
        return value, weighted / np.maximum(summed, 1e-300) + rounding

    @cached_property
    def weight_roundings(self) -> tuple[float, ...]:
        """How far each weight, as a float64, lies from what was given exactly."""
        pairs = zip(self.weights, self.exact_weights, strict=True)
        return tuple(rounding_of(w, e) for w, e in pairs)

    @cached_property
    def rounded(self) -> bool:
        """Whether a weight or a parameter was given exactly and is not a float64."""
        return any(self.weight_roundings) or any(c.rounded for c in self.components)

    @property
    def excess(self) -> float:
        """By how much the weights as they were given exceed 1 together."""
        return float(sum(self.exact_weights) - 1)

    @cached_property
    def rounding_share(self) -> float:
        """The largest one of the components'."""
        return float(max(c.rounding_share for c in self.components))

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bounds of the components and of their weights, weighted by their shares of the sum."""
        terms = self.component_logpdf(x, origin)
        shares = np.exp(terms - log_sum_exp(terms, floor=-1e300))
        pairs = zip(self.weights, self.weight_roundings, strict=True)
        relative = [rounding / w for w, rounding in pairs if w > 0]
        total = np.zeros(terms.shape[1:])
        for share, (_, c), r in zip(shares, self.parts, relative, strict=True):
            total += share * (c.parameter_error(x, origin) + r)
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

    def cdf_parameter_error(self, x: FloatArray) -> FloatArray:
        """Σ w_k errors + |float - exact| of the weights times F_k, or 1 - F_k where that is smaller."""
        moved = [
            w * c.cdf_parameter_error(x) + rounding * np.minimum(c.cdf(x), c.sf(x))
            for w, c, rounding in zip(
                self.weights, self.components, self.weight_roundings, strict=True
            )
        ]
        return np.asarray(np.sum(moved, axis=0))

    @property
    def support(self) -> tuple[float, float]:
        """From the lowest to the highest point; `pieces` leaves out the gaps."""
        return self.pieces[0][0], self.pieces[-1][1]

    @property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """Union of the supports of the components."""
        return union_of_intervals([piece for _, c in self.parts for piece in c.pieces])

    @property
    def exact_pieces(self) -> tuple[tuple[Any, Any], ...]:
        """The same with the ends as they were given."""
        return union_of_intervals([piece for _, c in self.parts for piece in c.exact_pieces])

    @property
    def rounded_ends(self) -> tuple[tuple[float, float], ...]:
        """Those of all components."""
        return tuple(end for _, c in self.parts for end in c.rounded_ends)

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
