"""Activations y = φ(x): each value with its derivative and its second derivative beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.nets.layer import Array, Bars, Layer, Pass, Tensors


class Activation(Layer):
    """A layer that applies φ to every entry; subclasses give φ, φ' and φ''."""

    def value(self, x: Array) -> Array:
        """φ(x)."""
        raise NotImplementedError

    def derivative(self, x: Array, y: Array) -> Array:
        """φ'(x), with y = φ(x) at hand; a new array."""
        raise NotImplementedError

    def second(self, x: Array, y: Array) -> Array | None:
        """φ''(x), a new array; None where it is 0 almost everywhere."""
        raise NotImplementedError

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = φ(x)."""
        y = self.value(x)
        return y, (x, y)

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """dx = φ'(x) dy."""
        dx = self.derivative(*tape)
        dx *= dy
        return dx

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = φ'(x) ẋ."""
        slope = self.derivative(*tape)
        return slope * dx, (slope, dx)

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """x̄ = φ'(x) ȳ + φ''(x) ẋ ẏ̄, and φ'(x) ẏ̄."""
        (tape, (slope, dx)), (bar, tangent_bar) = tapes, bars
        pulled = None if bar is None else slope * bar
        second = self.second(*tape)
        if second is not None:
            second *= dx
            second *= tangent_bar
            pulled = second if pulled is None else np.add(pulled, second, out=pulled)
        return pulled, slope * tangent_bar


@dataclass(frozen=True)
class LeakyReLU(Activation):
    """max(x, slope x); φ'(0) = slope (Maas, Hannun and Ng, 2013)."""

    slope: float = 0.2
    couples = False

    def __post_init__(self) -> None:
        if not 0 <= self.slope < 1:
            raise ValueError(f"LeakyReLU(slope={self.slope!r}): a slope lies in [0, 1)")
        object.__setattr__(self, "slope", float(self.slope))  # numpy's float64 would cast float32

    def value(self, x: Array) -> Array:
        """max(x, slope x)."""
        y: Array = x * self.slope
        np.maximum(x, y, out=y)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """1 where x > 0, else slope."""
        slope: Array = np.multiply(y > 0, 1 - self.slope, dtype=y.dtype)
        slope += self.slope
        return slope

    def second(self, x: Array, y: Array) -> None:
        """0."""
        return


@dataclass(frozen=True)
class ReLU(Activation):
    """max(x, 0); φ'(0) = 0."""

    couples = False

    def value(self, x: Array) -> Array:
        """max(x, 0)."""
        y: Array = np.maximum(x, 0)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """1 where x > 0, else 0."""
        return (y > 0).astype(y.dtype)

    def second(self, x: Array, y: Array) -> None:
        """0."""
        return


@dataclass(frozen=True)
class Tanh(Activation):
    """tanh x."""

    couples = False

    def value(self, x: Array) -> Array:
        """tanh x."""
        y: Array = np.tanh(x)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """1 - y²."""
        slope: Array = y * y
        np.subtract(1, slope, out=slope)
        return slope

    def second(self, x: Array, y: Array) -> Array:
        """-2 y (1 - y²)."""
        second: Array = -2 * y * (1 - y * y)
        return second


@dataclass(frozen=True)
class Sigmoid(Activation):
    """σ(x) = 1 / (1 + e^(-x))."""

    couples = False

    def value(self, x: Array) -> Array:
        """1 / (1 + e^(-x)), to full relative precision for x of either sign."""
        y: Array = special.expit(x)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """σ(x) σ(-x)."""
        return y * self.value(-x)

    def second(self, x: Array, y: Array) -> Array:
        """σ(x) σ(-x) (σ(-x) - σ(x))."""
        other = self.value(-x)
        second: Array = y * other * (other - y)
        return second


@dataclass(frozen=True)
class Softplus(Activation):
    """log(1 + e^x)."""

    couples = False

    def value(self, x: Array) -> Array:
        """max(x, 0) + log(1 + e^(-|x|))."""
        y: Array = np.abs(x)
        np.negative(y, out=y)
        np.exp(y, out=y)
        np.log1p(y, out=y)
        y += np.maximum(x, 0)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """σ(x)."""
        return Sigmoid().value(x)

    def second(self, x: Array, y: Array) -> Array:
        """σ(x) σ(-x)."""
        return Sigmoid().value(x) * Sigmoid().value(-x)


@dataclass(frozen=True)
class ELU(Activation):
    """x where x > 0, else e^x - 1 (Clevert, Unterthiner and Hochreiter, 2016)."""

    couples = False

    def value(self, x: Array) -> Array:
        """max(x, 0) + e^min(x, 0) - 1."""
        y: Array = np.minimum(x, 0)
        np.expm1(y, out=y)
        y += np.maximum(x, 0)
        return y

    def derivative(self, x: Array, y: Array) -> Array:
        """e^min(x, 0)."""
        slope: Array = np.minimum(x, 0)
        np.exp(slope, out=slope)
        return slope

    def second(self, x: Array, y: Array) -> Array:
        """e^x where x < 0, else 0."""
        return np.exp(np.minimum(x, 0)) * (x < 0)
