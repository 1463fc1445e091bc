"""The gradient of a loss in D's outputs as its own library has it, beside the slope of its values.

PyTorch is asked through the tensors themselves, JAX through the module that the caller has loaded.
Of other libraries no gradient is had. It is taken in front of `array`, whatever that makes of a batch:
the library goes back to what the loss was given, and differences through `array` go on from there.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gantheory.testing.oracle.calling import Loss
from gantheory.testing.oracle.handing import CannotJudge, FloatArray, named, numbers, parts
from gantheory.testing.tensors import as_numpy, rebuilt

MOST = 16  # samples of a batch whose slopes are taken


@dataclass(frozen=True)
class Flow:
    """Of one batch: the gradient that flows to D's outputs, and the slopes of the loss.

    Attributes
    ----------
    gradient:
        By the library, in the logits, shape (k,).
    low, high:
        Between these the slope of the values lies, shape (k,): both sides of a kink.
    noise:
        What rounding may make in a slope.
    """

    gradient: FloatArray
    low: FloatArray
    high: FloatArray
    noise: float

    @property
    def slope(self) -> FloatArray:
        """The slope between both sides."""
        return np.asarray((self.low + self.high) / 2)

    @property
    def counts(self) -> Any:
        """Where the slope is large enough to be compared, shape (k,)."""
        size = np.abs(self.slope)
        return size > max(0.02 * float(size.max()), 5 * self.noise)

    @property
    def missing(self) -> Any:
        """Where no gradient flows, shape (k,)."""
        flows = np.abs(self.gradient)
        return flows <= max(1e-6 * float(flows.max()), 1e-6 * float(np.abs(self.slope).max()))

    def agrees(self, factor: float = 1.0) -> bool:
        """Whether the gradient is the slope, times a factor."""
        ends = np.sort(np.stack((factor * self.low, factor * self.high)), axis=0)
        size = np.abs(ends).max(axis=0)
        slack = 0.05 * size + 1e-3 * float(size.max()) + 2 * self.noise
        inside = (self.gradient >= ends[0] - slack) & (self.gradient <= ends[1] + slack)
        return bool(inside.all())


def flows(loss: Loss, real: FloatArray, fake: FloatArray, precise: bool) -> tuple[Flow, ...] | None:
    """Return the flow of the real and of the generated batch, None where no gradient can be had.

    A loss that takes no real batch has one of the generated batch alone.

    Raises
    ------
    CannotJudge
        If the loss or its backward pass raises an error once gradients are tracked.
    """
    found = _by_library(loss, loss.hand(real), loss.hand(fake))
    if found is None:
        return None
    taken = [(fake, found[1])] if loss.call.real is None else [(real, found[0]), (fake, found[1])]
    h = 1e-5 if precise else 1e-2
    middle = loss(real, fake)
    result = []
    for batch, gradient in taken:
        value = partial(loss, fake=fake) if batch is real else partial(loss, real)
        low, high = slopes(value, batch, middle, h)
        noise = (4e-16 if precise else 2.4e-7) * abs(middle) / h
        flowing = [_through_array(loss, batch, i, gradient) for i in chosen(batch.size)]
        result.append(Flow(np.asarray(flowing), low, high, noise))
    return tuple(result)


def chosen(n: int) -> list[int]:
    """Return the samples of a batch that are looked at."""
    return [int(i) for i in np.linspace(0, n - 1, min(MOST, n))]


def slopes(
    value: Callable[[FloatArray], float], batch: FloatArray, middle: float, h: float
) -> tuple[FloatArray, FloatArray]:
    """Return the smaller and the larger one-sided slope in each of the chosen samples."""
    sides = []
    for i in chosen(batch.size):
        before, after = (value(_moved(batch, i, by)) for by in (-h, h))
        sides.append(sorted(((middle - before) / h, (after - middle) / h)))
    low, high = np.asarray(sides).T
    return low, high


def _moved(batch: FloatArray, i: int, by: float) -> FloatArray:
    moved = batch.copy()
    moved[i] += by
    return moved


def _through_array(loss: Loss, batch: FloatArray, i: int, gradient: list[Any]) -> float:
    """Σ over what was handed over of dL/dx · dx/d(logit i), the latter by differences."""
    h = 1e-4 if not loss.layout.single else 1e-2
    before, after = (numbers(loss.hand(_moved(batch, i, by))) for by in (-h, h))
    moves = [(b.astype(np.float64) - a) / (2 * h) for a, b in zip(before, after, strict=True)]
    return float(sum(np.sum(g * move) for g, move in zip(gradient, moves, strict=True)))


# --- libraries --------------------------------------------------------------------------------------


def _by_library(loss: Loss, real: Any, fake: Any) -> tuple[list[Any], list[Any]] | None:
    """Return the gradient in each array of both batches, None where no library can say."""
    both = [*parts(real), *parts(fake)]
    if all(callable(getattr(one, "requires_grad_", None)) for one in both):
        return _by_tensors(loss, real, fake)
    jax = sys.modules.get("jax")
    if jax and any(_is_of("jax", one) for one in (*both, loss.called(real, fake))):
        return _by_jax(jax, loss, real, fake)
    return None


def _is_of(library: str, value: Any) -> bool:
    return any(cls.__module__.split(".")[0].startswith(library) for cls in type(value).__mro__)


def _by_tensors(loss: Loss, real: Any, fake: Any) -> tuple[list[Any], list[Any]] | None:
    """By tensors that go backward themselves."""
    roots: list[Any] = []

    def grown(tensor: Any) -> Any:
        """A copy that is not a leaf, as D's outputs are none: it may be changed in place."""
        root = tensor.detach().clone()
        roots.append(root)
        if not root.is_floating_point():
            return root
        return root.requires_grad_().clone()

    trees = [rebuilt(one, iter(parts(one)), grown) for one in (real, fake)]
    value = loss.called(*trees)
    if all(root.grad is None for root in roots):  # else the loss has gone backward by itself
        if not callable(getattr(value, "backward", None)):
            return None
        if value.requires_grad:
            try:
                value.sum().backward()
            except RuntimeError as error:
                raise CannotJudge(f"its backward pass raised {named(error)}") from error
    found = [
        np.zeros(tuple(root.shape)) if root.grad is None else as_numpy(root.grad, "a gradient")
        for root in roots
    ]
    k = len(parts(real))
    return found[:k], found[k:]


def _by_jax(jax: Any, loss: Loss, real: Any, fake: Any) -> tuple[list[Any], list[Any]] | None:
    def total(trees: Any) -> Any:
        return loss.called(*trees).sum()

    try:
        found = jax.grad(total)((real, fake))
    except (CannotJudge, TypeError, AttributeError):
        return None  # it makes a float of its value, or looks at it: nothing can flow
    by_real, by_fake = ([as_numpy(one, "a gradient") for one in parts(tree)] for tree in found)
    return by_real, by_fake
