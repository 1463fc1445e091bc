"""Maxout: y = max_k (x W_k + b_k), the largest of several dense layers entry by entry."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.nets.dense import Dense
from gantheory.nets.layer import Array, Bars, Layer, Pass, Shape, Tensors, require_width


@dataclass(frozen=True)
class Maxout(Layer):
    """y = max_k (x W_k + b_k) over k = 1, ..., pieces (Goodfellow et al., 2013, section 3).

    The W_k lie side by side in one W of shape (fan_in, pieces * fan_out), the b_k in one b of shape
    (1, pieces * fan_out). Where pieces tie, the derivative is that of the first of them. Each W_k
    starts uniform in ±√(6 / (fan_in + fan_out)) as `Dense` does, b at 0.
    """

    fan_in: int
    fan_out: int
    pieces: int

    def __post_init__(self) -> None:
        for name in ("fan_in", "fan_out"):
            require_width("Maxout", name, getattr(self, name))
        if not isinstance(self.pieces, int) or self.pieces < 2:
            raise ValueError(
                f"Maxout(pieces={self.pieces!r}): give two pieces at least; one is "
                f"Dense({self.fan_in}, {self.fan_out})"
            )

    @cached_property
    def dense(self) -> Dense:
        """All pieces as one dense layer."""
        return Dense(self.fan_in, self.pieces * self.fan_out)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """W and b."""
        return self.dense.shapes

    couples = False

    def width(self, width: int) -> int:
        """Return fan_out, if the width is fan_in."""
        if width != self.fan_in:
            raise ValueError(
                f"{self} is given width {width}: write Maxout({width}, {self.fan_out}, {self.pieces})"
            )
        return self.fan_out

    def start(self, rng: np.random.Generator) -> Tensors:
        """W uniform in ±√(6 / (fan_in + fan_out)), b = 0."""
        edge = math.sqrt(6 / (self.fan_in + self.fan_out))
        return rng.uniform(-edge, edge, self.shapes[0]), np.zeros(self.shapes[1])

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = max_k (x W_k + b_k)."""
        pieces = self._apart(self.dense.forward(tensors, x, run, place)[0])
        y = np.maximum.reduce(pieces, axis=-2)
        largest = pieces == y[..., None, :]
        taken = largest[..., 0, :].copy()
        for k in range(1, self.pieces):  # of several that tie the first
            mine = largest[..., k, :]
            np.greater(mine, taken, out=mine)
            taken |= mine
        return y, (x, largest)

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """The backward pass of the dense layer, with dy at the largest piece and 0 at the others."""
        x, largest = tape
        return self.dense.backward(tensors, x, self._at(largest, dy), into)

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = ẋ W_k + x Ẇ_k + ḃ_k for the k of the largest piece."""
        dy, kept = self.dense.tangent(tensors, tape[0], dx, direction)
        pieces = self._apart(dy)
        pieces *= tape[1]
        return np.add.reduce(pieces, axis=-2), kept

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """Those of the dense layer, with both bars at the largest piece and 0 at the others."""
        ((x, largest), kept), (bar, tangent_bar) = tapes, bars
        at = None if bar is None else self._at(largest, bar)
        both = (at, self._at(largest, tangent_bar))
        return self.dense.backward_tangent(tensors, (x, kept), both, into)

    def _apart(self, z: Array) -> Array:
        """View (..., n, pieces * fan_out) as (..., n, pieces, fan_out)."""
        return z.reshape(*z.shape[:-1], self.pieces, self.fan_out, copy=False)

    def _at(self, largest: Array, dy: Array) -> Array:
        """Shape (..., n, pieces * fan_out): dy at the largest piece and 0 at the others."""
        spread = largest * dy[..., None, :]
        return spread.reshape(*dy.shape[:-1], self.pieces * self.fan_out, copy=False)
