"""Dense layers with leaky ReLUs between them, in the order of memory and operations that is quickest.

`Dense` and `LeakyReLU`, one after the other, say the same more plainly, and give the same numbers but
for rounding. Small matrices cost as much to add a bias to as to multiply, so here

- the batch is the last axis in memory: (..., n, width) outside is a view of (..., width, n) inside;
- every input stands on a row of ones, and W and b, neighbours in θ, are one matrix: one product makes
  Wᵀ x + b, and one makes dW and db. A leaky ReLU leaves ones as they are, so that it runs over the
  whole array; the derivative by the ones is made too and not looked at;
- a leaky ReLU makes its slope together with its value, in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gantheory.nets.activations import LeakyReLU
from gantheory.nets.dense import Dense
from gantheory.nets.layer import Array, Layer, Parameters


@dataclass(frozen=True)
class Sweep:
    """What a forward pass leaves.

    Attributes
    ----------
    wide:
        For each dense layer its input on a row of ones, (..., fan_in + 1, n).
    inputs:
        The same without the ones, (..., fan_in, n): views.
    slopes:
        For each dense layer but the first the slopes of the activation before it, as long as `wide`.
    parts:
        (first, behind the last) -> what these samples of the batch left: views.
    """

    wide: list[Array]
    inputs: list[Array]
    slopes: list[Array]
    parts: dict[tuple[int, int], Sweep] = field(default_factory=dict)


def fits(layers: Sequence[Layer]) -> bool:
    """Whether these are dense layers with a leaky ReLU between any two, and none at the ends."""
    # a subclass may do something else
    return (
        len(layers) % 2 == 1
        and all(type(layer) is Dense for layer in layers[::2])
        and all(type(layer) is LeakyReLU for layer in layers[1::2])
    )


def room(parameters: Parameters, x: Array, kept: dict[Any, Any] | None) -> Sweep:
    """Return the arrays of a pass, the ones in them: those that were kept, if there are such."""
    key = (x.shape, x.dtype.char)
    if kept is not None and key in kept:
        found: Sweep = kept[key]
        return found
    *lead, n, _ = x.shape
    shapes = [(*lead, matrix.shape[-2], n) for matrix in parameters.with_biases]
    wide = [np.ones(shape, x.dtype) for shape in shapes]
    slopes = [np.empty(shape, x.dtype) for shape in shapes[1:]]
    sweep = Sweep(wide, [array[..., :-1, :] for array in wide], slopes)
    if kept is not None:
        kept[key] = sweep
    return sweep


def forward(layers: Sequence[Any], parameters: Parameters, x: Array, sweep: Sweep) -> Array:
    """y = (W, b)ᵀ (x, 1) at dense layers, φ(x) between them; all but the last y is left in `sweep`."""
    *hidden, last = parameters.with_biases
    sweep.inputs[0][...] = x.mT
    for i, matrix in enumerate(hidden):
        np.matmul(matrix.mT, sweep.wide[i], out=sweep.inputs[i + 1])
        layers[2 * i + 1].in_place(sweep.wide[i + 1], sweep.slopes[i])
    y: Array = np.matmul(last.mT, sweep.wide[-1])
    return y.mT


def backward(
    parameters: Parameters, sweep: Sweep, dy: Array, into: Parameters | None, of_input: bool
) -> Array | None:
    """d(W, b) = (x, 1) dyᵀ and d(x, 1) = (W, b) dy at dense layers, dx = φ'(x) dy between them."""
    back = dy.mT
    for i in range(len(sweep.wide) - 1, -1, -1):
        if into is not None:
            np.matmul(sweep.wide[i], back.mT, out=into.with_biases[i])
        if i == 0 and not of_input:
            return None
        matrix = parameters.with_biases[i]
        # BLAS is slow where it has but one product to sum
        back = np.matmul(matrix, back) if matrix.shape[-1] > 1 else matrix * back
        if i > 0:
            back *= sweep.slopes[i - 1]
        back = back[..., :-1, :]
    return back.mT


def part(sweep: Sweep, first: int, behind: int) -> Sweep:
    """Return what some samples of the batch left, as views, which are made once."""
    found = sweep.parts.get((first, behind))
    if found is None:
        wide, inputs, slopes = (
            [array[..., first:behind] for array in group]
            for group in (sweep.wide, sweep.inputs, sweep.slopes)
        )
        found = sweep.parts[first, behind] = Sweep(wide, inputs, slopes)
    return found


def entries(sweep: Sweep) -> list[Any]:
    """Return what `Dense.forward` and `LeakyReLU.forward` would have left, but for x, of no use."""
    first, *others = (array.mT for array in sweep.inputs)
    return [first, *(entry for y in others for entry in ((y, y), y))]
