"""What location-scale families share: their parameters and how they are stored."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.densities.base import (
    Density,
    Density1D,
    FloatArray,
    common_shape,
    member_of,
    parameter,
    require_positive,
    slip,
)

STEP = 1e-5  # of the width: for the derivative in a parameter


class Parametric(Density1D):
    """A family given by numbers: the dataclass fields, validated and stored as floats.

    `exact` holds the same numbers as Fractions, for ball arithmetic.
    """

    exact: dict[str, Fraction | None]

    def __post_init__(self) -> None:
        exact: dict[str, Fraction | None] = {}
        for field in fields(self):  # type: ignore[arg-type]  # subclasses are dataclasses
            value, exact[field.name] = parameter(
                type(self).__name__, field.name, getattr(self, field.name)
            )
            object.__setattr__(self, field.name, value)
        object.__setattr__(self, "exact", exact)
        common_shape(type(self).__name__, **self.parameters())
        self.validate()

    def validate(self) -> None:
        """Refuse parameters that make no density."""

    @cached_property
    def slips(self) -> dict[str, float]:
        """How far each parameter lies from what was given exactly, the zeros left out."""
        found = {name: slip(getattr(self, name), exact) for name, exact in self.exact.items()}
        return {name: amount for name, amount in found.items() if amount}

    @cached_property
    def rounded(self) -> bool:
        """Whether a parameter was given exactly and is no float64."""
        return bool(self.slips)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Σ |d logpdf / d parameter| |float - exact|, by differences."""
        here, total = self.logpdf(x, origin=origin), np.zeros(np.shape(x))
        for name, amount in self.slips.items():
            value = getattr(self, name)
            step = STEP * self._width(value)
            with np.errstate(invalid="ignore"):
                moved = replace(self, **{name: value + step}).logpdf(x, origin=origin) - here  # type: ignore[type-var]
            total += np.where(np.isfinite(moved), np.abs(moved), 0.0) * (2 * amount / step)
        return total

    def _width(self, value: float) -> float:
        """Return the length over which the density changes."""
        given = self.parameters()
        if "scale" in given:
            return float(given["scale"])
        return float(given["high"] - given["low"]) if "high" in given else abs(value)

    def parameters(self) -> dict[str, Any]:
        """The parameters by name, as floats or arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @cached_property
    def batch_shape(self) -> tuple[int, ...]:
        """Common shape of the parameters."""
        return common_shape(type(self).__name__, **self.parameters())

    def member(self, index: int, shape: tuple[int, ...]) -> Density:
        """Return one density of the batch broadcast to `shape`, by its place in C order."""
        if not self.batch_shape:
            return self
        picked = {n: member_of(v, index, shape) for n, v in self.parameters().items()}
        return replace(self, **picked)  # type: ignore[type-var]  # subclasses are dataclasses

    def broadcast(self, shape: tuple[int, ...]) -> Density1D:
        """Return the batch with a parameter of its own for every member of `shape`."""
        full = {name: np.broadcast_to(v, shape) for name, v in self.parameters().items()}
        return replace(self, **full)  # type: ignore[type-var]  # subclasses are dataclasses


def identical(a: Density, b: Density) -> bool:
    """Return whether two densities are the same object, or one family with the same parameters."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, Parametric) or not isinstance(b, Parametric):
        return False
    return a.exact == b.exact


class LocationScale(Parametric):
    """A law of loc + scale Z on the whole line."""

    loc: Any
    scale: Any

    def validate(self) -> None:
        """Refuse a scale that is not positive."""
        require_positive(type(self).__name__, "scale", self.scale)

    def standard_sample(self, size: tuple[int, ...], rng: np.random.Generator) -> FloatArray:
        """Draw Z."""
        raise NotImplementedError

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw loc + scale Z, shape (n,) + batch_shape."""
        return np.asarray(self.loc + self.scale * self.standard_sample((n, *self.batch_shape), rng))

    @property
    def support(self) -> tuple[float, float]:
        """The whole line."""
        return -math.inf, math.inf

    @property
    def landmarks(self) -> FloatArray:
        """One landmark: (loc, scale)."""
        return np.array([[self.loc, self.scale]], dtype=np.float64)
