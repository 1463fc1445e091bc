"""Maps of the line as tuples of monotone branches, for pushforwards.

A branch is evaluated at origin + x: where it turns, a local coordinate keeps the digits that an
absolute one has lost.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.base import local, parameter
from gantheory.errors import InvalidDensity

PERIODS = 13  # branches of the sine on either side of 0: N(0, 1) has mass 1e-368 beyond 13π


@dataclass(frozen=True)
class Branch:
    """One monotone piece of a map.

    Attributes
    ----------
    interval:
        (low, high) in latent space; ends may be infinite. The branch is monotone in between.
    forward:
        z -> x, vectorised.
    inverse:
        x -> z, vectorised, on the image of the interval.
    derivative:
        z -> dx/dz, vectorised; not 0 inside the interval.
    log_slope:
        (x, origin) -> log |dx/dz| at the preimage of origin + x; only needed where the branch
        turns (dx/dz = 0 at an end) away from 0, and log |derivative(inverse(origin + x))| would
        lose digits.
    """

    interval: tuple[float, float]
    forward: Callable[[FloatArray], FloatArray]
    inverse: Callable[[FloatArray], FloatArray]
    derivative: Callable[[FloatArray], FloatArray]
    log_slope: Callable[[FloatArray, FloatArray], FloatArray] | None = None

    def __post_init__(self) -> None:
        low, high = self.interval
        if not low < high:
            raise InvalidDensity(
                f"Branch(interval={self.interval!r}): write (low, high) with low < high"
            )
        for name in ("forward", "inverse", "derivative"):
            if not callable(getattr(self, name)):
                raise InvalidDensity(f"Branch({name}={getattr(self, name)!r}): give a function")

    def image(self) -> tuple[float, float]:
        """Return the interval that the branch maps onto."""
        with np.errstate(over="ignore", divide="ignore"):
            ends = [float(self.forward(np.asarray(end, dtype=np.float64))) for end in self.interval]
        return min(ends), max(ends)

    def turns_at(self) -> tuple[float, ...]:
        """Return the images of the ends where the derivative is 0: there the density has a pole."""
        found = []
        for end in self.interval:
            if math.isfinite(end):
                at = np.asarray(end, dtype=np.float64)
                with np.errstate(all="ignore"):
                    slopes = [float(self.derivative(z)) for z in (at - 1e-3, at, at + 1e-3)]
                scale = abs(slopes[2] - slopes[0])
                if abs(slopes[1]) <= 1e-12 * max(scale, 1e-300):
                    found.append(float(self.forward(at)))
        return tuple(found)

    def order_at(self, end: float, side: int, width: float) -> float | None:
        """Return the fraction m with |dx/dz| ~ |z - end|^m at a finite end, None if there is none."""
        far = 1e-3 * min(max(1.0, abs(end)), width)
        z = np.array([end, end + side * 1e-3 * far, end + side * far])
        with np.errstate(all="ignore"):
            there, close, off = (float(s) for s in np.abs(self.derivative(z)))
            if abs(there - close) <= 0.01 * close:
                return 0.0
            order = math.log(off / close) / math.log(1e3) if off > 0 and close > 0 else math.nan
        if not math.isfinite(order):
            return None
        nearest = Fraction(order).limit_denominator(6)
        return float(nearest) if abs(order - nearest) <= 1e-3 and nearest != -1 else None


def _half_log(x: FloatArray, origin: FloatArray) -> FloatArray:
    """log |2 √x|."""
    return math.log(2) + 0.5 * np.log(local(x, origin, 0.0))


square = (
    Branch((-math.inf, 0.0), np.square, lambda x: -np.sqrt(x), lambda z: 2 * z, _half_log),
    Branch((0.0, math.inf), np.square, np.sqrt, lambda z: 2 * z, _half_log),
)
"""z²."""

absolute = (
    Branch((-math.inf, 0.0), np.negative, np.negative, lambda z: np.full_like(z, -1.0)),
    Branch((0.0, math.inf), np.positive, np.positive, np.ones_like),
)
"""|z|."""


relu = (
    Branch((-math.inf, 0.0), np.zeros_like, np.zeros_like, np.zeros_like),
    Branch((0.0, math.inf), np.positive, np.positive, np.ones_like),
)
"""max(z, 0): flat on one side, so that its image has an atom and no density."""


def _log_cosine(x: FloatArray, origin: FloatArray) -> FloatArray:
    """log √((1 - x)(1 + x)), each factor formed from the nearer end."""
    return 0.5 * (np.log(-local(x, origin, 1.0)) + np.log(local(x, origin, -1.0)))


def _sine_branch(k: int) -> Branch:
    sign = -1.0 if k % 2 else 1.0
    middle = k * math.pi

    def inverse(x: FloatArray) -> FloatArray:
        return middle + sign * np.arcsin(np.clip(x, -1, 1))

    interval = ((k - 0.5) * math.pi, (k + 0.5) * math.pi)
    return Branch(interval, np.sin, inverse, np.cos, _log_cosine)


sine = tuple(_sine_branch(k) for k in range(-PERIODS, PERIODS + 1))
"""sin z, for |z| up to 13.5π."""


def affine(slope: Any, shift: Any = 0.0) -> tuple[Branch, ...]:
    """Return z -> slope z + shift.

    Raises
    ------
    InvalidDensity
        If slope is 0, for the image would be a single atom, or a number is not a float64.
    """
    (a, exact_a), (b, exact_b) = (
        parameter("affine", "slope", slope),
        parameter("affine", "shift", shift),
    )
    if (exact_a, exact_b) != (Fraction(a), Fraction(b)):
        raise InvalidDensity(
            f"affine(slope={slope!r}, shift={shift!r}): maps are of float64s; give the latent density "
            "the parameters that have to be exact"
        )
    if a == 0:
        raise InvalidDensity("affine(slope=0): the image is one point, an atom without a density")
    return (
        Branch(
            (-math.inf, math.inf),
            lambda z: a * z + b,
            lambda x: (x - b) / a,
            lambda z: np.full_like(z, a),
        ),
    )


def monotone(
    forward: Callable[[FloatArray], FloatArray],
    inverse: Callable[[FloatArray], FloatArray],
    derivative: Callable[[FloatArray], FloatArray],
    *,
    interval: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[Branch, ...]:
    """Return a map with a single branch, as in monotone(np.exp, np.log, np.exp)."""
    return (Branch(interval, forward, inverse, derivative),)
