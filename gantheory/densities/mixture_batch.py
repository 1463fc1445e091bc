"""A batch of mixtures on the line: components or weights with a batch shape."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density, Density1D, as_floats, common_shape, rounding_of
from gantheory.densities.location_scale import Parametric
from gantheory.densities.mixture import SUM_TOLERANCE, Mixture1D, check_weights
from gantheory.densities.nearly import log_sum_exp
from gantheory.errors import InvalidDensity, brief


@dataclass(frozen=True, eq=False)
class MixtureBatch(Density1D):
    """Σ w_k p_k on the line, for a batch of parameters.

    Attributes
    ----------
    components:
        K densities of a family, single or batches.
    weights:
        Shape (K,), or batch shape + (K,): float64.
    exact_weights:
        The same as they were given, None for an array.
    """

    components: tuple[Any, ...]
    weights: FloatArray
    exact_weights: tuple[Fraction, ...] | None = None

    def __repr__(self) -> str:
        return f"<batch of {self.batch_shape} mixtures of {len(self.components)} components>"

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Common shape of the components' parameters and of the weights."""
        return common_shape("Mixture", **self.shapes)

    @property
    def shapes(self) -> dict[str, FloatArray]:
        """One array of the batch shape of each component, and of the weights."""
        parts = {f"component {i}": np.empty(c.batch_shape) for i, c in enumerate(self.components)}
        return parts | {"weights": self.weights[..., 0]}

    @property
    def rounded(self) -> bool:
        """Whether a weight or a parameter of a component was given exactly and is not a float64."""
        pairs = zip(self.weights, self.exact_weights or (), strict=False)
        return any(rounding_of(*pair) for pair in pairs) or any(c.rounded for c in self.components)

    @property
    def excess(self) -> Any:
        """By how much the weights of each mixture exceed 1 together, summed without rounding."""
        if self.exact_weights is not None:
            return float(sum(self.exact_weights) - 1)
        total, lost = np.float64(-1.0), np.float64(0.0)
        for weight in np.moveaxis(
            self.weights, -1, 0
        ):  # what a sum loses is a float64 (Knuth, 1969)
            both = total + weight
            there = both - total
            total, lost = both, lost + ((total - (both - there)) + (weight - there))
        return total + lost

    def member(self, index: int, shape: tuple[int, ...]) -> Density:
        """Return one mixture of the batch broadcast to `shape`, by its place in C order."""
        parts = tuple(c.member(index, shape) for c in self.components)
        if self.exact_weights is not None:
            return Mixture1D(parts, self.weights, self.exact_weights)
        weights = np.broadcast_to(self.weights, (*shape, len(parts)))
        return Mixture1D(parts, *check_weights(weights[np.unravel_index(index, shape)], len(parts)))

    # --- values ----------------------------------------------------------------------------------

    def _weighted(self, name: str, x: npt.ArrayLike) -> FloatArray:
        """Σ w_k f_k(x) for a method f of the components."""
        terms = (self.weights[..., k] * getattr(c, name)(x) for k, c in enumerate(self.components))
        return np.asarray(sum(terms))

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log Σ w_k p_k, the largest term taken out."""
        with np.errstate(divide="ignore"):
            levels = np.log(self.weights)
        terms = [levels[..., k] + c.logpdf(x, origin=origin) for k, c in enumerate(self.components)]
        return log_sum_exp(np.stack(np.broadcast_arrays(*terms)))

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Return the largest error of a component + rounding."""
        errors = [c.logpdf_error(x, origin) for c in self.components]
        level = self.logpdf(x, origin=origin)
        rounding = EPS * (len(errors) + 6 + np.abs(np.where(np.isfinite(level), level, 0.0)))
        return np.asarray(np.maximum.reduce(np.broadcast_arrays(*errors)) + rounding)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Σ w_k F_k."""
        return self._weighted("cdf", x)

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """Σ w_k (1 - F_k)."""
        return self._weighted("sf", x)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n points, shape (n,) + batch_shape; which component each comes from is drawn first."""
        shape = self.batch_shape
        below = np.cumsum(np.broadcast_to(self.weights, (*shape, len(self.components))), axis=-1)
        chosen = np.sum(rng.random((n, *shape))[..., None] >= below[..., :-1], axis=-1)
        drawn = [c.broadcast(shape).sample(n, rng) for c in self.components]
        return np.asarray(np.choose(chosen, drawn))

    # --- structure: each mixture has its own -----------------------------------------------------

    def _has_none(self) -> NoReturn:
        raise TypeError(f"{self!r} has no structure of its own: ask one of .members()")

    @property
    def support(self) -> tuple[Any, Any]:
        """Refused: each mixture of the batch has its own."""
        self._has_none()

    @property
    def landmarks(self) -> FloatArray:
        """Refused: each mixture of the batch has its own."""
        self._has_none()

    @property
    def tails(self) -> tuple[Any, Any]:
        """Refused: each mixture of the batch has its own."""
        self._has_none()

    def breaks(self) -> tuple[Any, ...]:
        """Refused: each mixture of the batch has its own."""
        self._has_none()


def batch_of_mixtures(components: tuple[Any, ...], weights: Any) -> MixtureBatch:
    """Return Σ w_k p_k for a batch.

    Raises
    ------
    InvalidDensity
        If a component is of no family, the weights do not have shape (K,) or batch shape + (K,),
        one is negative or not finite, or they do not sum to 1 up to rounding.
    """
    for component in components:
        if not isinstance(component, Parametric):
            raise InvalidDensity(
                f"Mixture: {brief(component)} in a batch; give components of one family each, such as "
                "Normal(loc, scale) with arrays"
            )
    k = len(components)
    exact: tuple[Fraction, ...] | None = None
    table = np.asarray(weights)
    if table.shape == (k,):
        table, exact = check_weights(weights, k)
    if (
        table.dtype.kind not in "iuf"
        or table.ndim == 0
        or table.shape[-1] != k
        or not np.all(np.isfinite(table))
    ):
        raise InvalidDensity(
            f"Mixture(weights of shape {table.shape}): give finite weights of shape ({k},) or batch "
            f"shape + ({k},), one for each component"
        )
    table = as_floats("Mixture", "weights", table)
    if np.any(table < 0):
        raise InvalidDensity("Mixture: a weight is never negative")
    off = np.abs(table.sum(axis=-1) - 1)
    if np.any(off > SUM_TOLERANCE * max(1, k / 8)):
        worst = np.unravel_index(np.argmax(off), off.shape)
        raise InvalidDensity(
            f"Mixture: the weights of member {tuple(map(int, worst))} sum to "
            f"{float(table.sum(axis=-1)[worst])!r}, not 1; divide them by their sum if that is what "
            "you mean"
        )
    made = MixtureBatch(components, table, exact)
    common_shape("Mixture", **made.shapes)
    return made
