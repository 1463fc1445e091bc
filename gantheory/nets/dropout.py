"""Dropout: y = x m / (1 - rate), with m of independent zeros and ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.nets import draws
from gantheory.nets.layer import Array, Bars, Layer, Pass, Tensors


@dataclass(frozen=True)
class Dropout(Layer):
    """y = x m / (1 - rate), m = 0 with probability `rate`, else 1; in evaluation y = x.

    Each entry of x has an m of its own, from the generator of its network in `run.rngs`; float32 and
    float64 draw the same m. Srivastava et al. (2014), section 4, multiply by 1 - rate in evaluation
    instead; dividing in training ("inverted") leaves evaluation the identity.

    Raises
    ------
    ValueError
        If the rate is not in [0, 1); in training, if `run.rngs` has not one generator for each network.
    """

    rate: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate < 1:
            raise ValueError(f"Dropout(rate={self.rate!r}): a rate lies in [0, 1)")
        object.__setattr__(self, "rate", float(self.rate))  # numpy's float64 would cast float32

    couples = False

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = x m / (1 - rate), or x in evaluation."""
        if not run.training:
            return x, None
        try:
            kept = draws.uniform(run.rngs, x.shape) >= self.rate
        except ValueError as problem:
            raise ValueError(f"{self}: write Pass(rngs=...): {problem}") from None
        mask = np.multiply(kept, 1 / (1 - self.rate), dtype=x.dtype)
        return x * mask, mask

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """dx = dy m / (1 - rate)."""
        return _masked(tape, dy)

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = ẋ m / (1 - rate)."""
        return _masked(tape, dx), None

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """Both bars times m / (1 - rate)."""
        mask, (bar, tangent_bar) = tapes[0], bars
        return None if bar is None else _masked(mask, bar), _masked(mask, tangent_bar)


def _masked(mask: Array | None, array: Array) -> Array:
    return array if mask is None else array * mask
