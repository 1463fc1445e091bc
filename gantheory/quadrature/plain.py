"""A function of the user's as an integrand."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.quadrature.rules import RULES


class Plain:
    """A user's f(x) as an `Integrand`: values checked, rounding of the nodes accounted for."""

    def __init__(
        self, f: Callable[[FloatArray], npt.ArrayLike], dim: int, accuracy: Callable[[], float]
    ) -> None:
        self.f, self.dim, self.accuracy, self.points = f, dim, accuracy, 0
        self.batch_shape: tuple[int, ...] = ()

    def spent(self) -> int:
        """At how many points f was evaluated."""
        return self.points

    def __call__(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """f(origin + x), of shape (components, n), and a bound on its rounding."""
        points = origin + x
        flat = self.values(points)
        return flat, 8 * self.accuracy() * np.abs(flat) + self._input_error(flat, points)

    def values(self, points: FloatArray) -> FloatArray:
        """Return f at points (n,) or (n, 2), of shape (components, n)."""
        name = getattr(self.f, "__qualname__", "f")
        self.points += len(points)
        values = np.asarray(self.f(points.copy()))
        if values.dtype.kind not in "fiu" or values.shape[:1] != points.shape[:1]:
            raise ValueError(
                f"{name} returned {values.dtype} of shape {values.shape} for points of shape "
                f"{points.shape}; it must return one real number for each point"
            )
        if np.any(np.isnan(values)):
            where = points[np.isnan(values).reshape(len(points), -1).any(axis=1)][0]
            raise ValueError(f"{name} returned nan at {where}")
        self.batch_shape = values.shape[1:]
        return np.moveaxis(values.astype(np.float64).reshape(len(points), -1), 0, -1)

    def _input_error(self, values: FloatArray, points: FloatArray) -> FloatArray:
        """|f'| times the rounding of a node, f' from the neighbouring nodes of the cell."""
        m = len(RULES[self.dim][0])
        shape = (len(values), -1, *(m,) * self.dim)
        block = values.reshape(shape)
        total = np.zeros(block.shape)
        for axis in range(self.dim):
            at = -self.dim + axis
            coordinate = (points if self.dim == 1 else points[:, axis]).reshape(shape[1:])
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                slope = np.abs(np.diff(block, axis=at) / np.diff(coordinate, axis=at))
            slope = np.nan_to_num(slope, nan=0.0, posinf=0.0)
            ends = [(0, 0)] * block.ndim
            ends[at] = (1, 1)
            padded = np.pad(slope, ends, mode="edge")
            near = np.maximum(
                np.take(padded, range(m), axis=at), np.take(padded, range(1, m + 1), axis=at)
            )
            total += near * EPS * np.abs(coordinate)
        return total.reshape(values.shape)
