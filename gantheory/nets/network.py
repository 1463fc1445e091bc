"""A network: layers one after the other, for one θ or for an ensemble of them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from inspect import signature
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from gantheory.nets.dense import Dense, dense_gradient
from gantheory.nets.layer import Array, Bars, Layer, Parameters, Pass, Shape, Tensors

Rngs = np.random.Generator | Sequence[np.random.Generator]
DTYPES = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass
class Tape:
    """What a pass leaves for the passes after it.

    Attributes
    ----------
    entries:
        One a layer.
    state:
        What the layers keep, after the pass.
    shape:
        Of y.
    """

    entries: list[Any]
    state: tuple[Tensors, ...]
    shape: Shape


@dataclass(frozen=True)
class Network:
    """f_L ∘ ... ∘ f_1.

    Attributes
    ----------
    layers:
        Their widths must fit, which is checked here.
    fan_in:
        Width of the input.

    Raises
    ------
    ValueError
        If there is no layer, or one does not fit the width that reaches it.
    """

    layers: tuple[Layer, ...]
    fan_in: int

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("Network(layers=()): give one layer at least")
        _ = self.fan_out

    @cached_property
    def fan_out(self) -> int:
        """Width of the output."""
        width = self.fan_in
        for layer in self.layers:
            width = layer.width(width)
        return width

    @cached_property
    def size(self) -> int:
        """P, the number of parameters of one network."""
        return sum(math.prod(shape) for layer in self.layers for shape in layer.shapes)

    @cached_property
    def keeps_state(self) -> bool:
        """Whether a layer keeps tensors that are not trained."""
        return any(layer.state_shapes for layer in self.layers)

    # --- parameters -------------------------------------------------------------------------------

    def parameters(self, flat: Array) -> Parameters:
        """Return views of a flat array, shape (..., P), as the tensors of the layers.

        Raises
        ------
        ValueError
            If the last axis is not P, or the array is not of float32 or float64.
        """
        if flat.shape[-1:] != (self.size,) or flat.dtype not in DTYPES:
            raise ValueError(
                f"parameters of shape {flat.shape} and dtype {flat.dtype}: this network takes "
                f"(..., {self.size}) in float64 or float32"
            )
        return Parameters(flat, _views(flat, [layer.shapes for layer in self.layers]))

    def start(self, rng: Rngs, dtype: npt.DTypeLike = np.float64) -> Parameters:
        """Return initial parameters: shape (P,) from one generator, (S, P) from a sequence of S."""
        return self.parameters(
            _drawn(rng, lambda one: [layer.start(one) for layer in self.layers], self.size, dtype)
        )

    def start_state(self, rng: Rngs, dtype: npt.DTypeLike = np.float64) -> tuple[Tensors, ...]:
        """Return the initial state of every layer, as `start` does the parameters."""
        shapes = [layer.state_shapes for layer in self.layers]
        size = sum(math.prod(shape) for group in shapes for shape in group)
        flat = _drawn(
            rng, lambda one: [layer.start_state(one) for layer in self.layers], size, dtype
        )
        return _views(flat, shapes)

    # --- passes -----------------------------------------------------------------------------------

    def forward(
        self, parameters: Parameters, x: Array, run: Pass | None = None
    ) -> tuple[Array, Tape]:
        """y = f(x; θ), and the tape for the other passes.

        Parameters
        ----------
        parameters:
            Of leading shape (...).
        x:
            Shape (..., n, fan_in), of the dtype of the parameters.
        run:
            Needed by layers that keep a state or draw masks.

        Returns
        -------
        tuple
            y of shape (..., n, fan_out); the tape.

        Raises
        ------
        ValueError
            If shapes or dtypes differ: nothing is broadcast, nothing is cast.
        """
        flat = parameters.flat
        if (
            x.ndim != flat.ndim + 1
            or x.shape[:-2] != flat.shape[:-1]
            or x.shape[-1] != self.fan_in
            or x.dtype != flat.dtype
        ):
            raise ValueError(
                f"x of shape {x.shape} and dtype {x.dtype}: parameters of shape {flat.shape} and "
                f"dtype {flat.dtype} take {(*flat.shape[:-1], 'n', self.fan_in)} of that dtype"
            )
        run = run or Pass()
        if self.keeps_state and len(run.state) != len(self.layers):
            raise ValueError(
                f"this network keeps a state, and is given that of {len(run.state)} layers instead of "
                f"{len(self.layers)}: write Pass(state=network.start_state(rng))"
            )
        run.moved = list(run.state)
        entries = []
        for place, (layer, tensors) in enumerate(zip(self.layers, parameters.layers, strict=True)):
            x, entry = layer.forward(tensors, x, run, place)
            entries.append(entry)
        return x, Tape(entries, tuple(run.moved), x.shape)

    @overload
    def backward(
        self,
        parameters: Parameters,
        tape: Tape,
        dy: Array,
        *,
        into: Parameters | None = None,
        of_input: Literal[True] = True,
    ) -> Array: ...

    @overload
    def backward(
        self,
        parameters: Parameters,
        tape: Tape,
        dy: Array,
        *,
        into: Parameters | None = None,
        of_input: bool,
    ) -> Array | None: ...

    def backward(
        self,
        parameters: Parameters,
        tape: Tape,
        dy: Array,
        *,
        into: Parameters | None = None,
        of_input: bool = True,
    ) -> Array | None:
        """∂L/∂x, with ∂L/∂θ written into `into`, from dy = ∂L/∂y.

        Parameters
        ----------
        parameters, tape:
            Of the forward pass.
        dy:
            Shape (..., n, fan_out).
        into:
            Gets the gradient; None where it is not wanted.
        of_input:
            Whether ∂L/∂x is wanted; else None is returned, and the first product is saved.

        Raises
        ------
        ValueError
            If dy is not of y's shape and dtype, or `into` not of the parameters'.
        """
        _require_like(parameters, tape.shape, dy=dy)
        _require_parameters("into", parameters, into)
        for i in range(len(self.layers) - 1, -1, -1):
            layer, grads = self.layers[i], into.layers[i] if into is not None else None
            if i == 0 and not of_input and isinstance(layer, Dense) and grads is not None:
                dense_gradient(tape.entries[0], dy, grads)
                return None
            dy = layer.backward(parameters.layers[i], tape.entries[i], dy, grads)
        return dy if of_input else None

    @cached_property
    def takes_directions(self) -> bool:
        """Whether every layer with parameters takes a `direction` in them."""
        return all(
            "direction" in signature(layer.tangent).parameters
            for layer in self.layers
            if layer.shapes
        )

    def tangent(
        self,
        parameters: Parameters,
        tape: Tape,
        dx: Array | None,
        direction: Parameters | None = None,
    ) -> tuple[Array, Tape]:
        """ẏ = ∂y/∂x dx + ∂y/∂θ direction: shape (..., n, fan_out), and the tape of the tangents.

        Parameters
        ----------
        parameters, tape:
            Of the forward pass.
        dx:
            Shape (..., n, fan_in); None for 0.
        direction:
            θ̇, like the parameters; None for 0.

        Raises
        ------
        ValueError
            If dx is not of x's shape and dtype, or the direction not of the parameters'.
        """
        shape = (*tape.shape[:-1], self.fan_in)
        dx = np.zeros(shape, parameters.flat.dtype) if dx is None else dx
        _require_like(parameters, shape, dx=dx)
        _require_parameters("direction", parameters, direction)
        entries = []
        for i, (layer, tensors) in enumerate(zip(self.layers, parameters.layers, strict=True)):
            if direction is None or not layer.shapes:
                dx, kept = layer.tangent(tensors, tape.entries[i], dx)
            else:
                dx, kept = layer.tangent(tensors, tape.entries[i], dx, direction.layers[i])
            entries.append(kept)
        return dx, Tape(entries, tape.state, dx.shape)

    def backward_tangent(
        self,
        parameters: Parameters,
        tapes: tuple[Tape, Tape],
        bars: Bars,
        *,
        into: Parameters | None = None,
    ) -> Bars:
        """(∂L/∂x, ∂L/∂ẋ) for L of y and ẏ of `tangent`, with ∂L/∂θ written into `into`.

        Parameters
        ----------
        tapes:
            Of `forward` and of `tangent`.
        bars:
            (∂L/∂y, ∂L/∂ẏ), shapes (..., n, fan_out); None for a ∂L/∂y that is 0 everywhere.

        Returns
        -------
        tuple
            Shapes (..., n, fan_in); None for a ∂L/∂x that is 0 everywhere.

        Raises
        ------
        ValueError
            If the bars are not of y's shape and dtype, or `into` not of the parameters'.
        """
        first, second = bars
        named = {"∂L/∂ẏ": second} if first is None else {"∂L/∂y": first, "∂L/∂ẏ": second}
        _require_like(parameters, tapes[0].shape, **named)
        _require_parameters("into", parameters, into)
        for i in range(len(self.layers) - 1, -1, -1):
            bars = self.layers[i].backward_tangent(
                parameters.layers[i],
                (tapes[0].entries[i], tapes[1].entries[i]),
                bars,
                into.layers[i] if into is not None else None,
            )
        return bars


def mlp(widths: Sequence[int], activation: Layer) -> Network:
    """Dense layers of these widths, with an activation between them and none at the end."""
    if len(widths) < 2:
        raise ValueError(
            f"mlp(widths={widths!r}): give the input's and the output's width at least"
        )
    layers: list[Layer] = [Dense(widths[0], widths[1])]
    for pair in itertools.pairwise(widths[1:]):
        layers += [activation, Dense(*pair)]
    return Network(tuple(layers), widths[0])


def _require_like(parameters: Parameters, shape: Shape, **arrays: Array) -> None:
    """Raise ValueError for other shapes and dtypes: nothing is broadcast, nothing is cast."""
    flat = parameters.flat
    for name, array in arrays.items():
        if array.shape != shape or array.dtype != flat.dtype:
            raise ValueError(
                f"{name} of shape {array.shape} and dtype {array.dtype}: give shape {shape} and dtype "
                f"{flat.dtype}"
            )


def _require_parameters(name: str, parameters: Parameters, given: Parameters | None) -> None:
    """Raise ValueError for parameters of another shape or dtype."""
    flat = parameters.flat
    if given is not None and (given.flat.shape != flat.shape or given.flat.dtype != flat.dtype):
        raise ValueError(
            f"{name} of shape {given.flat.shape} and dtype {given.flat.dtype}: write "
            f"network.parameters(np.empty_like(parameters.flat)), of shape {flat.shape} and dtype "
            f"{flat.dtype}"
        )


def _drawn(
    rng: Rngs, draw: Callable[[np.random.Generator], list[Tensors]], size: int, dtype: npt.DTypeLike
) -> Array:
    """Return what is drawn as a flat row, or one row for each of several generators."""
    rngs = [rng] if isinstance(rng, np.random.Generator) else list(rng)
    if not rngs:
        raise ValueError("start(rng=[]): give a generator for each network of the ensemble")
    rows = np.empty((len(rngs), size), dtype)
    for row, one in zip(rows, rngs, strict=True):
        tensors = [tensor.ravel() for group in draw(one) for tensor in group]
        row[:] = np.concatenate(tensors) if tensors else ()
    return rows[0] if isinstance(rng, np.random.Generator) else rows


def _views(flat: Array, shapes: Sequence[tuple[Shape, ...]]) -> tuple[Tensors, ...]:
    """Cut the last axis into tensors, without a copy."""
    groups, at = [], 0
    for group in shapes:
        tensors = []
        for shape in group:
            size = math.prod(shape)
            tensors.append(flat[..., at : at + size].reshape(flat.shape[:-1] + shape, copy=False))
            at += size
        groups.append(tuple(tensors))
    return tuple(groups)
