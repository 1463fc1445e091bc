"""Distribution functions of mixtures, their antiderivatives, and how much their slopes vary."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import Mixture1D
from gantheory.densities.mixture_batch import MixtureBatch
from gantheory.densities.normal import Normal
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.divergences.one_shape import HALVES

ROUNDING = 256 * EPS  # relative: of distribution functions, out to where they hold anything
SYMMETRIC = np.array([0.0, 0.7, 1.5, 2.5, 4.0, 6.0, 10.0])
EXPONENTIAL = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 45.0])
GEOMETRIC = np.concatenate([[0.0], np.linspace(0.0, 1.0, 25)])


LEFT, RIGHT, OFF_LEFT, OFF_RIGHT = range(4)
"""Rows of `halves`: E(x - X)₊ = ∫ F up to x, E(X - x)₊ = ∫ (1 - F) from x on, bounds on their errors."""


@dataclass(frozen=True)
class Part:
    """A component of a batch of mixtures: weight, center and width have shape (members,)."""

    family: Any
    weight: FloatArray
    center: FloatArray
    width: FloatArray
    shape: FloatArray  # degrees of freedom, or the mode of a triangle

    def rows(self, index: Any) -> Part:
        """Return some members."""
        return Part(
            self.family, *(getattr(self, n)[index] for n in ("weight", "center", "width", "shape"))
        )

    @cached_property
    def knots(self) -> FloatArray:
        """Where cells begin and end: (members, knots). Modes are there, and where a support begins."""
        z = _knots(self.family, self.shape)
        return np.asarray(self.center[:, None] + self.width[:, None] * z)

    def standard(self, x: FloatArray, member: Rows) -> tuple[FloatArray, ...]:
        """Return z at points, one member a row, (rows, points); and columns: shape, weight, width."""
        weight, center, width, shape = (
            getattr(self, n)[member, None] for n in ("weight", "center", "width", "shape")
        )
        return (x - center) / width, shape, weight, width

    def masses(self, x: FloatArray, member: Rows) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return P(X <= x), P(X > x), and how much the density varies between neighbours, weighted."""
        z, shape, weight, width = self.standard(x, member)
        if self.family in BOUNDED:
            below, above, _, _, level = BOUNDED[self.family](z, shape)
        else:
            size, left = np.abs(z), z < 0
            tail, upper = HALVES[self.family](size, shape)
            below, above = np.where(left, tail, 1 - tail), np.where(left, 1 - tail, tail)
            level = _density(self.family, size, shape, tail, upper)
        step = np.abs(np.diff(level))
        step += (ROUNDING * (step > 0)) * np.maximum(level[:, 1:], level[:, :-1])
        return weight * below, weight * above, weight / width * step

    def halves(self, x: FloatArray, member: Rows) -> FloatArray:
        """Return the rows LEFT, ... at points, weighted: (4, rows, points)."""
        z, shape, weight, width = self.standard(x, member)
        size = np.abs(z)
        if self.family in BOUNDED:
            below, above, left, right, _ = BOUNDED[self.family](z, shape)
            off_left, off_right = (
                8 * EPS * (side + size * mass) for side, mass in ((left, below), (right, above))
            )
        else:
            tail, upper = HALVES[self.family](size, shape)
            off = EPS * (64.0 if self.family is StudentT else 8 + 2 * z * z) * (upper + size * tail)
            (left, right), (off_left, off_right) = (
                (np.where(z < 0, near, far), np.where(z < 0, far, near))
                for near, far in ((upper, size + upper), (off, off + 4 * EPS * size))
            )
        return np.stack([left, right, off_left, off_right]) * (width * weight)


def _density(
    family: Any, size: FloatArray, df: FloatArray, tail: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return f, of which P(Z > |z|) and E(Z - |z|)₊ are integrals."""
    if family is Laplace:
        return tail
    whole = upper + size * tail
    return whole * ((df - 1) / (df + size * size)) if family is StudentT else whole


# --- bounded supports: F, 1 - F, ∫ F, ∫ (1 - F), and what differs by as much as f varies in between -


def _exponential(z: FloatArray, _: FloatArray) -> tuple[FloatArray, ...]:
    """1 - e^-z, e^-z, z - (1 - e^-z), e^-z, e^-z for z >= 0; 0, 1, 0, 1 - z, 1 before."""
    here = np.maximum(z, 0.0)
    above, below = np.exp(-here), -np.expm1(-here)
    return below, above, here - below, above + np.maximum(-z, 0.0), above


def _unit_interval(z: FloatArray, _: FloatArray) -> tuple[FloatArray, ...]:
    """z, 1 - z, z² / 2, (1 - z)² / 2 for 0 <= z <= 1; 1 beyond its end, which is rounded, else 0."""
    below, above = np.clip(z, 0.0, 1.0), np.clip(1 - z, 0.0, 1.0)
    left, right = 0.5 * below**2 + np.maximum(z - 1, 0.0), 0.5 * above**2 + np.maximum(-z, 0.0)
    return below, above, left, right, np.where(z > 1, 1.0, 0.0)


def _triangle(z: FloatArray, mode: FloatArray) -> tuple[FloatArray, ...]:
    """z² / m, 1 - z² / m, z³ / 3m, (1 + m)/3 - z + z³ / 3m up to the mode m, mirrored beyond.

    The last is 2 + 2z / m, and grows by what f falls beyond m; a jump at the end, which is rounded,
    counts beyond it.
    """
    rise, fall = np.clip(z, 0.0, 1.0), np.clip(1 - z, 0.0, 1.0)
    first, second = np.where(mode > 0, mode, 1.0), np.where(mode < 1, 1 - mode, 1.0)
    rising, mean = z <= mode, (1 + mode) / 3
    below, above = rise * rise / first, fall * fall / second
    left, right = below * rise / 3, above * fall / 3
    risen = np.where(mode > 0, np.minimum(rise / first, 1.0), 1.0)
    to_fall = np.where(mode < 1, np.minimum(fall / second, 1.0), z <= 1)
    return (
        np.where(rising, below, 1 - above),
        np.where(rising, 1 - below, above),
        np.where(rising, left, z - mean + right),
        np.where(rising, mean - z + left, right),
        2 * (1 + risen - to_fall),
    )


BOUNDED = {Exponential: _exponential, Uniform: _unit_interval, Triangular: _triangle}


def _knots(family: Any, shape: FloatArray) -> FloatArray:
    """Return standard places of knots, (members or 1, knots)."""
    if family is Uniform:
        return np.array([[0.0, 1.0]])
    if family is Triangular:
        return np.stack([0 * shape, shape, 0 * shape + 1], axis=1)
    if family is Exponential:
        return EXPONENTIAL[None]
    steps = SYMMETRIC[None] * (4.0 if family is Laplace else 1.0)
    if family is StudentT:  # out to a reach r with E(Z - r)₊ about 1e-19 at most
        reach = np.sqrt(shape) * 10 ** np.minimum(20 / (shape - 1), 120.0) + 10
        steps = 0.25 * (4 * reach[:, None]) ** GEOMETRIC
        steps[:, 0] = 0.0
    return np.concatenate([-steps[:, ::-1], steps], axis=1)


# --- densities as parts ---------------------------------------------------------------------------


def parts_of_batch(density: Any, shape: tuple[int, ...]) -> list[Part] | None:
    """Return the components of a batch, its members in C order; None if one has no elementary ∫ F."""
    components: Any = (density,)
    weights: Any = np.ones(1)
    if isinstance(density, (Mixture1D, MixtureBatch)):
        components, weights = density.components, density.weights
    if getattr(density, "unseen", 0.0):
        return None
    parts = []
    for k, component in enumerate(components):
        found = _standard(component)
        if found is None or component.rounded:
            return None
        numbers = (np.broadcast_to(x, shape).ravel() for x in (weights[..., k], *found))
        parts.append(Part(type(component), *(np.asarray(x, dtype=np.float64) for x in numbers)))
    return parts


def _standard(component: Any) -> tuple[Any, Any, Any] | None:
    """Return center, width and shape; None where ∫ F is not elementary or infinite."""
    if isinstance(component, (Normal, Laplace)):
        return component.loc, component.scale, 1.0
    if isinstance(component, StudentT):
        heavy = np.any(np.asarray(component.df) <= 1)
        return None if heavy else (component.loc, component.scale, component.df)
    if isinstance(component, Exponential):
        return 0.0, 1 / np.asarray(component.rate), 1.0
    if isinstance(component, (Uniform, Triangular)):
        low, width = component.low, np.subtract(component.high, component.low)
        mode = (
            np.subtract(component.mode, low) / width if isinstance(component, Triangular) else 1.0
        )
        return low, width, mode
    return None
