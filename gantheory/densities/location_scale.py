"""What location-scale families share: their parameters and how they are stored."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.base import (
    Density,
    Density1D,
    common_shape,
    member_of,
    parameter,
    require_positive,
    rounding_of,
)

STEP = 1e-4  # of the width: for the derivative of the cdf in a parameter


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
    def roundings(self) -> dict[str, float]:
        """How far each parameter lies from what was given exactly, the zeros left out."""
        found = {n: rounding_of(getattr(self, n), exact) for n, exact in self.exact.items()}
        return {name: amount for name, amount in found.items() if amount}

    @cached_property
    def rounded(self) -> bool:
        """Whether a parameter was given exactly and is not a float64."""
        return bool(self.roundings)

    @cached_property
    def rounding_share(self) -> float:
        """The largest rounding of a parameter, as a share of the length over which that one counts."""
        shares = (amount / self.width_of(name) for name, amount in self.roundings.items())
        return max(shares, default=0.0)

    def width_of(self, name: str) -> float:
        """Return the change of a parameter that changes the density by much: by default itself."""
        return abs(float(getattr(self, name)))

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """2 Σ sup |d logpdf / d parameter| |float - exact|, for roundings small beside the widths."""
        total = np.zeros(np.shape(x))
        for name, amount in self.roundings.items():
            total += 2 * amount * self.sensitivity(name, x, origin)
        return total

    def sensitivity(self, name: str, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bound on |d logpdf / d parameter| at origin + x, between its float and what was given."""
        raise NotImplementedError

    def cdf_parameter_error(self, x: FloatArray) -> FloatArray:
        """2 Σ |d cdf / d parameter| |float - exact|, by differences."""
        total = np.zeros(np.shape(x))
        for name, amount in self.roundings.items():
            value = getattr(self, name)
            moved = value + max(STEP * self.width_of(name), 4 * float(np.spacing(abs(value))))
            change = replace(self, **{name: moved}).cdf(x) - self.cdf(x)  # type: ignore[type-var]
            total += 2 * amount * np.abs(change) / (moved - value)
        return total

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
        picked = {
            name: member_of(value, index, shape) if self.exact[name] is None else self.exact[name]
            for name, value in self.parameters().items()
        }
        return replace(self, **picked)  # type: ignore[type-var]  # subclasses are dataclasses

    def broadcast(self, shape: tuple[int, ...]) -> Density1D:
        """Return the batch with a parameter of its own for every member of `shape`."""
        full = {name: np.broadcast_to(v, shape) for name, v in self.parameters().items()}
        return replace(self, **full)  # type: ignore[type-var]  # subclasses are dataclasses


def identical(a: Density, b: Density) -> bool:
    """Return whether two densities are one object, or single ones of a family with equal parameters."""
    if a is b:
        return True
    if type(a) is not type(b) or not isinstance(a, Parametric) or not isinstance(b, Parametric):
        return False
    return None not in a.exact.values() and a.exact == b.exact


class LocationScale(Parametric):
    """A density of loc + scale Z on the whole line."""

    loc: Any
    scale: Any

    def validate(self) -> None:
        """Refuse a scale that is not positive."""
        require_positive(type(self).__name__, "scale", self.scale)

    def width_of(self, name: str) -> float:
        """The scale, also for the location."""
        return float(self.scale) if name == "loc" else super().width_of(name)

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
