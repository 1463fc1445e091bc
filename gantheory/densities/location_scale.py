"""What location-scale families share: their parameters and how they are stored."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import fields
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.densities.base import (
    Density1D,
    FloatArray,
    common_shape,
    parameter,
    require_positive,
)


class Parametric(Density1D):
    """A family given by numbers: the dataclass fields, validated and stored as floats.

    `exact` holds the same numbers as Fractions, for ball arithmetic.
    """

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

    def parameters(self) -> dict[str, Any]:
        """The parameters by name, as floats or arrays."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Common shape of the parameters."""
        return common_shape(type(self).__name__, **self.parameters())

    def each(self, *values: Any) -> Iterator[tuple[float, ...]]:
        """Return the parameters of each member of the batch, as floats."""
        broadcast = np.broadcast_arrays(*values)
        yield from (
            tuple(map(float, row)) for row in zip(*(b.ravel() for b in broadcast), strict=True)
        )


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
