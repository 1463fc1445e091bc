"""Many pairs of mixtures of normals at once: one pair a row, one component a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.mixture_batch import MixtureBatch
from gantheory.densities.normal import LOG_SQRT_2PI, Normal
from gantheory.estimates import Estimate, Route

FARTHEST = 1e12  # |loc| / scale, beyond which panels cannot be placed in absolute coordinates


@dataclass
class Found:
    """What is known of each member: shape (members,)."""

    value: FloatArray
    error: FloatArray
    settled: npt.NDArray[np.bool_]
    evaluations: int = 0

    @classmethod
    def unsettled(cls, members: int) -> Found:
        """Return that nothing is known yet."""
        return cls(np.zeros(members), np.full(members, np.inf), np.zeros(members, dtype=bool))

    def estimate(self, i: int, routes: Route) -> Estimate:
        """Return what is known of one member, by these routes."""
        return Estimate(
            float(self.value[i]),
            float(self.error[i]),
            route=routes,
            evaluations=self.evaluations if len(self.value) == 1 else 0,
        )

    @classmethod
    def joined(cls, parts: Sequence[Found]) -> Found:
        """Return what is known of all members, one part after the other."""
        return cls(
            np.concatenate([part.value for part in parts]),
            np.concatenate([part.error for part in parts]),
            np.concatenate([part.settled for part in parts]),
            sum(part.evaluations for part in parts),
        )


@dataclass(frozen=True)
class Members:
    """Pairs (p, q) of mixtures of normals.

    Attributes
    ----------
    loc, scale, weight:
        Shape (members, components): first the components of p, then those of q.
    of_p:
        How many components are p's.
    """

    loc: FloatArray
    scale: FloatArray
    weight: FloatArray
    of_p: int

    def __len__(self) -> int:
        return len(self.loc)

    def rows(self, index: Any) -> Members:
        """Return some of the pairs."""
        return Members(self.loc[index], self.scale[index], self.weight[index], self.of_p)

    @property
    def ordinary(self) -> npt.NDArray[np.bool_]:
        """Which pairs have floats to spare: positions to 1e-4 of a scale, levels below 50."""
        scale, seen = self.scale, self.weight > 0
        fine = (scale > 1e-20) & (scale < 1e20) & (np.abs(self.loc) < FARTHEST * scale)
        return np.asarray((fine | ~seen).all(axis=1))

    @property
    def log_level(self) -> FloatArray:
        """Log of weight / (scale √(2π)); a weight of 0 counts as 1e-300."""
        return np.asarray(np.log(np.maximum(self.weight, 1e-300) / self.scale) - LOG_SQRT_2PI)

    def touches(
        self, low: FloatArray, high: FloatArray, deviations: float
    ) -> npt.NDArray[np.bool_]:
        """Return which components come within so many deviations of an interval of each pair."""
        start, stop = self.loc - deviations * self.scale, self.loc + deviations * self.scale
        return np.asarray((stop > low[:, None]) & (start < high[:, None]) & (self.weight > 0))

    def reach(self, deviations: float) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
        """Return the interval in which both p and q are within so many deviations, and who is there.

        Low, high, and which components touch it; empty (high <= low) where they are nowhere both.
        """
        half, seen, k = deviations * self.scale, self.weight > 0, self.of_p
        start, stop = self.loc - half, self.loc + half
        if not seen.all():
            start, stop = np.where(seen, start, np.inf), np.where(seen, stop, -np.inf)
        low = np.maximum(start[:, :k].min(axis=1), start[:, k:].min(axis=1))
        high = np.minimum(stop[:, :k].max(axis=1), stop[:, k:].max(axis=1))
        return low, high, (stop > low[:, None]) & (start < high[:, None])


def common_batch(p: Density, q: Density) -> tuple[int, ...]:
    """Return the shape to which the batches of p and q broadcast, () for two single densities."""
    if p.batch_shape == q.batch_shape:
        return p.batch_shape
    return np.broadcast_shapes(p.batch_shape, q.batch_shape)


def members_of(p: Density, q: Density) -> Members | None:
    """Return the pairs of two batches, in C order; None if one is not made of normals alone.

    A normal with a parameter that was given exactly and is not a float64 does not count: what that
    rounding moves is not in the errors here. Weights may be rounded: that is half an EPS of each
    component, and the errors hold a hundred.
    """
    shape = common_batch(p, q)
    first, second = _columns(p, shape), _columns(q, shape)
    if first is None or second is None:
        return None
    loc, scale, weight = (np.concatenate(pair, axis=1) for pair in zip(first, second, strict=True))
    return Members(loc, scale, weight, first[0].shape[1])


def _columns(
    density: Density, shape: tuple[int, ...]
) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return loc, scale and weight of one density: (members, components) each."""
    parts: Any
    weights: Any
    if isinstance(density, Normal):
        parts, weights = (density,), (1.0,)
    elif isinstance(density, (Mixture1D, MixtureBatch)):
        parts, weights = density.components, density.weights
    else:
        return None
    if not all(isinstance(part, Normal) and not part.rounded for part in parts):
        return None
    if shape == ():
        locs, scales = [c.loc for c in parts], [c.scale for c in parts]
        return np.array([locs]), np.array([scales]), np.array([weights])
    full = (*shape, len(parts))
    loc = np.stack([np.broadcast_to(part.loc, shape) for part in parts], axis=-1)
    scale = np.stack([np.broadcast_to(part.scale, shape) for part in parts], axis=-1)
    weight = np.broadcast_to(weights, full)
    return tuple(np.reshape(a, (-1, len(parts))).astype(np.float64) for a in (loc, scale, weight))  # type: ignore[return-value]
