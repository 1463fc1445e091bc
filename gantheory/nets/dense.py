"""The dense layer: y = x W + b."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.nets.layer import Array, Bars, Layer, Pass, Shape, Tensors, ones, require_width


@dataclass(frozen=True)
class Dense(Layer):
    """y = x W + b, with W of shape (fan_in, fan_out) and b of shape (1, fan_out).

    W starts uniform in ±√(6 / (fan_in + fan_out)) (Glorot and Bengio, 2010, equation 16), b at 0.
    """

    fan_in: int
    fan_out: int

    def __post_init__(self) -> None:
        for name in ("fan_in", "fan_out"):
            require_width("Dense", name, getattr(self, name))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """W and b."""
        return (self.fan_in, self.fan_out), (1, self.fan_out)

    couples = False

    def width(self, width: int) -> int:
        """Return fan_out, if the width is fan_in."""
        if width != self.fan_in:
            raise ValueError(f"{self} is given width {width}: write Dense({width}, {self.fan_out})")
        return self.fan_out

    def start(self, rng: np.random.Generator) -> Tensors:
        """W uniform in ±√(6 / (fan_in + fan_out)), b = 0."""
        edge = math.sqrt(6 / (self.fan_in + self.fan_out))
        weights = rng.uniform(-edge, edge, (self.fan_in, self.fan_out))
        return weights, np.zeros((1, self.fan_out))

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = x W + b."""
        weights, bias = tensors
        y = np.matmul(x, weights)
        y += bias
        return y, x

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """dx = dy Wᵀ, dW = xᵀ dy, db = 1ᵀ dy: summed over the batch, not averaged."""
        if into is not None:
            dense_gradient(tape, dy, into)
        dx: Array = np.matmul(dy, tensors[0].swapaxes(-1, -2))
        return dx

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = ẋ W + x Ẇ + ḃ."""
        dy = np.matmul(dx, tensors[0])
        if direction is not None:
            dy += np.matmul(tape, direction[0])
            dy += direction[1]
        return dy, (dx, direction)

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """∂W = xᵀ ȳ + ẋᵀ ẏ̄, ∂b = 1ᵀ ȳ, x̄ = ȳ Wᵀ + ẏ̄ Ẇᵀ, and ẏ̄ Wᵀ."""
        (x, (dx, direction)), (bar, tangent_bar) = tapes, bars
        if into is not None:
            _tangent_gradient(x, dx, bars, into)
        turned = tensors[0].swapaxes(-1, -2)
        back = None if bar is None else np.matmul(bar, turned)
        if direction is not None:
            more = np.matmul(tangent_bar, direction[0].swapaxes(-1, -2))
            back = more if back is None else np.add(back, more, out=back)
        return back, np.matmul(tangent_bar, turned)


def dense_gradient(x: Array, dy: Array, into: Tensors) -> None:
    """dW = xᵀ dy, db = 1ᵀ dy."""
    np.matmul(x.swapaxes(-1, -2), dy, out=into[0])
    np.matmul(ones(dy.shape[-2], dy.dtype.char), dy, out=into[1])


def _tangent_gradient(x: Array, dx: Array, bars: Bars, into: Tensors) -> None:
    """∂W = xᵀ ȳ + ẋᵀ ẏ̄, ∂b = 1ᵀ ȳ."""
    bar, tangent_bar = bars
    if bar is None:
        np.matmul(dx.swapaxes(-1, -2), tangent_bar, out=into[0])
        into[1].fill(0)
    else:
        dense_gradient(x, bar, into)
        into[0].__iadd__(np.matmul(dx.swapaxes(-1, -2), tangent_bar))
