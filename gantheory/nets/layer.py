"""What a layer is: y = f(x; θ) with its three derivatives, and the parameters of many layers at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]  # float64, or float32 on request
Tensors = tuple[Array, ...]
Shape = tuple[int, ...]
Bars = tuple[Array | None, Array]  # ∂L/∂y, None where L does not depend on y, and ∂L/∂ẏ


@dataclass(frozen=True)
class Parameters:
    """θ of a network, or of an ensemble: one flat array, and views of it as the layers' tensors.

    Attributes
    ----------
    flat:
        Shape (..., P). An optimiser moves it in place; the tensors move with it.
    layers:
        For each layer its tensors, of shapes (..., *shape).
    """

    flat: Array
    layers: tuple[Tensors, ...]

    @property
    def lead(self) -> Shape:
        """Leading axes: () for one network, (S,) for an ensemble of S."""
        return self.flat.shape[:-1]


@dataclass
class Pass:
    """What a forward pass brings along for the layers that depend on more than θ and x.

    Attributes
    ----------
    training:
        Whether batches are normalised by themselves and units dropped out.
    rngs:
        Where masks come from: one generator for each network, in the order of the leading axes.
    state:
        For each layer the tensors that are kept but not trained, of shapes (..., *shape).
    moved:
        The state after the pass: a layer that keeps one writes its own entry.
    """

    training: bool = True
    rngs: Sequence[np.random.Generator] = ()
    state: tuple[Tensors, ...] = ()
    moved: list[Tensors] = field(default_factory=list)


class Layer(Protocol):
    """One layer. Arrays are (..., n, width): the batch is the axis before the last.

    A layer holds sizes only. Its tensors come from outside, so that one layer serves a whole ensemble.
    It never writes to an array that it is given, but for `into` and `run.moved`; what it returns may be
    what it was given.

    A layer in which no sample's output depends on the other samples of its batch says so by a class
    attribute `couples = False`; see `couples`. A subclass has no tensors, no state and y as wide as x
    unless it says otherwise.
    """

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Shapes of its trained tensors, for one network."""
        return ()

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """Shapes of what is kept but not trained."""
        return ()

    def width(self, width: int) -> int:
        """Return the width of y for x of this width; ValueError if x does not fit."""
        return width

    def start(self, rng: np.random.Generator) -> Tensors:
        """Return initial tensors of one network, float64."""
        return ()

    def start_state(self, rng: np.random.Generator) -> Tensors:
        """Return the initial state of one network, float64."""
        return ()

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y and what the other passes need; `place` is where its state lies in `run`."""
        ...

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """Return dx; write the gradients of the tensors into `into`, if given."""
        ...

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = ∂y/∂x dx + ∂y/∂θ direction, and what `backward_tangent` needs of it.

        A layer of your own may leave `direction` out; then schemes that need it are refused.
        """
        ...

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """Pull the gradients of y and of its tangent back to x and its tangent.

        With L a function of y and of ẏ = ∂y/∂x ẋ + ∂y/∂θ θ̇, and bars = (∂L/∂y, ∂L/∂ẏ): return
        (∂L/∂x, ∂L/∂ẋ) and write ∂L/∂θ into `into`, θ̇ held fixed. This is backpropagation through
        backpropagation (Pearlmutter, Fast exact multiplication by the Hessian, 1994): gradient
        penalties need it for ẋ, gradients of gradients for θ̇. None stands for a ∂L/∂y or ∂L/∂x that
        is 0 everywhere: penalties of piecewise linear networks are spared half the products.
        """
        ...


def couples(layer: Layer) -> bool:
    """Whether a sample's output may depend on the other samples of its batch.

    True unless the layer's own class says `couples = False`: a subclass that inherits from a layer
    without coupling may have brought one in, as minibatch discrimination does.
    """
    return bool(vars(type(layer)).get("couples", True))


def require_width(layer: str, name: str, value: Any) -> None:
    """Raise ValueError if a width is not a whole number above 0."""
    if isinstance(value, bool) or not (isinstance(value, int) and value > 0):
        raise ValueError(f"{layer}({name}={value!r}): a width is a whole number above 0")


def require_state(layer: str, tensors: Tensors, x: Array, shapes: tuple[Shape, ...]) -> None:
    """Raise ValueError if a layer's state is not of x's networks and dtype."""
    for tensor, shape in zip(tensors, shapes, strict=True):
        if tensor.shape != (*x.shape[:-2], *shape) or tensor.dtype != x.dtype:
            raise ValueError(
                f"{layer}: state of shape {tensor.shape} and dtype {tensor.dtype} for x of shape "
                f"{x.shape} and dtype {x.dtype}: write network.start_state(rng, {x.dtype.name!r}), with "
                "as many generators as there are networks"
            )


@lru_cache(maxsize=64)
def ones(n: int, dtype: str) -> Array:
    """Return 1ᵀ, shape (1, n): a product with it is quicker than a sum over the batch."""
    row = np.ones((1, n), dtype)
    row.flags.writeable = False
    return row
