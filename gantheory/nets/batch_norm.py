"""Batch normalisation: y = γ (x - μ) / √(v + ε) + β, with μ and v of the batch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.nets.layer import (
    Array,
    Bars,
    Layer,
    Pass,
    Shape,
    Tensors,
    ones,
    require_state,
    require_width,
)


@dataclass(frozen=True)
class BatchNorm(Layer):
    """y = γ x̂ + β with x̂ = (x - μ) / √(v + ε), each feature for itself.

    In training μ and v are the batch's mean and biased variance (divided by n), and the running ones
    move to (1 - momentum) old + momentum new, with the unbiased variance (divided by n - 1). In
    evaluation μ and v are the running ones. γ and β are of shape (1, features) and start at 1 and 0,
    the running mean and variance too, and start at 0 and 1.

    In training a sample's output depends on its whole batch, and so do all derivatives here.

    Attributes
    ----------
    features:
        Width of x.
    momentum:
        Weight of the new batch, in [0, 1].
    eps:
        ε > 0.

    Raises
    ------
    ValueError
        In training, for a batch of one sample: its variance is not known.

    Notes
    -----
    Source: Ioffe and Szegedy (2015), Algorithms 1 and 2.
    """

    features: int
    momentum: float = 0.1
    eps: float = 1e-5
    couples = True

    def __post_init__(self) -> None:
        require_width("BatchNorm", "features", self.features)
        if not 0 <= self.momentum <= 1:
            raise ValueError(f"BatchNorm(momentum={self.momentum!r}): a weight lies in [0, 1]")
        if not 0 < self.eps < math.inf:
            raise ValueError(f"BatchNorm(eps={self.eps!r}): write a small number above 0, as 1e-5")
        for name in ("momentum", "eps"):  # numpy's float64 would cast float32
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """γ and β."""
        return (1, self.features), (1, self.features)

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """The running mean and the running variance."""
        return self.shapes

    def width(self, width: int) -> int:
        """Return the same width, if it is `features`."""
        if width != self.features:
            raise ValueError(f"{self} is given width {width}: write BatchNorm({width})")
        return width

    def start(self, rng: np.random.Generator) -> Tensors:
        """γ = 1, β = 0."""
        return np.ones(self.shapes[0]), np.zeros(self.shapes[1])

    def start_state(self, rng: np.random.Generator) -> Tensors:
        """Return mean 0 and variance 1."""
        return np.zeros(self.shapes[0]), np.ones(self.shapes[1])

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = γ (x - μ) / √(v + ε) + β."""
        state = run.state[place]
        require_state("BatchNorm", state, x, self.state_shapes)
        if run.training:
            mean = _mean(x)
            hat = x - mean
            variance = _mean(hat * hat)
            run.moved[place] = self._moved(state, (mean, variance), x.shape[-2])
        else:
            hat, variance = x - state[0], state[1]
        rate = 1 / np.sqrt(variance + self.eps)
        hat *= rate
        y = hat * tensors[0]
        y += tensors[1]
        return y, (hat, rate, run.training)

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """dx = γ r P(dy), dγ = Σ x̂ dy, dβ = Σ dy, with r = 1/√(v + ε) and P(u) = u - E u - x̂ E[x̂ u].

        E is the mean over the batch; in evaluation P(u) = u.
        """
        hat, rate, coupled = tape
        if into is not None:
            np.matmul(ones(dy.shape[-2], dy.dtype.char), hat * dy, out=into[0])
            np.matmul(ones(dy.shape[-2], dy.dtype.char), dy, out=into[1])
        dx: Array = (_project(hat, dy) if coupled else dy) * (tensors[0] * rate)
        return dx

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = γ r P(ẋ) + γ̇ x̂ + β̇."""
        hat, rate, coupled = tape
        pulled = _project(hat, dx) if coupled else dx
        dy = pulled * (tensors[0] * rate)
        if direction is not None:
            dy += hat * direction[0]
            dy += direction[1]
        return dy, (dx, pulled, direction)

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """x̄ = r P(b - r (w E[x̂ ẋ] + ẋ E[x̂ w])) - r² x̂ E[w P(ẋ)], and r P(w).

        Here w = γ ẏ̄, and b = γ ȳ + γ̇ ẏ̄ is what L depends on x̂ by. The first ẋ-term is P's dependence
        on x through x̂, the last one that of r. Also ∂γ = Σ x̂ ȳ + Σ r P(ẋ) ẏ̄ and ∂β = Σ ȳ. In
        evaluation x̄ = r b.
        """
        (hat, rate, coupled), (dx, pulled, direction) = tapes
        bar, tangent_bar = bars
        if into is not None:
            _gradient(hat, pulled, rate, bars, into)
        slope = tensors[0] * rate
        of_hat = None if bar is None else bar * tensors[0]
        if direction is not None:
            more = tangent_bar * direction[0]
            of_hat = more if of_hat is None else np.add(of_hat, more, out=of_hat)
        if not coupled:
            return None if of_hat is None else of_hat * rate, tangent_bar * slope
        w = tangent_bar * slope  # with r in it
        inner = w * _mean(hat * dx)
        inner += dx * _mean(hat * w)
        np.negative(inner, out=inner)
        if of_hat is not None:
            inner += of_hat
        back = _project(hat, inner)
        back -= hat * _mean(w * pulled)
        back *= rate
        return back, _project(hat, w)

    def _moved(self, old: Tensors, new: Tensors, n: int) -> Tensors:
        """(1 - momentum) old + momentum new, for the mean and the unbiased variance."""
        if n < 2:
            raise ValueError(
                f"{self}: a batch of {n} has no variance; give two samples at least, or evaluate with "
                "Pass(training=False)"
            )
        keep, gain = 1 - self.momentum, self.momentum
        return keep * old[0] + gain * new[0], keep * old[1] + gain * n / (n - 1) * new[1]


def _mean(x: Array) -> Array:
    """E x over the batch, shape (..., 1, d)."""
    n = x.shape[-2]
    mean: Array = np.matmul(ones(n, x.dtype.char), x)
    mean /= n
    return mean


def _project(hat: Array, u: Array) -> Array:
    """P(u) = u - E u - x̂ E[x̂ u]: the derivative of x̂ is r P, and P is symmetric."""
    back: Array = u - _mean(u)
    back -= hat * _mean(hat * u)
    return back


def _gradient(hat: Array, pulled: Array, rate: Array, bars: Bars, into: Tensors) -> None:
    """∂γ = Σ x̂ ȳ + Σ r P(ẋ) ẏ̄, ∂β = Σ ȳ."""
    bar, tangent_bar = bars
    row = ones(hat.shape[-2], hat.dtype.char)
    of_gamma = pulled * tangent_bar
    of_gamma *= rate
    if bar is None:
        into[1].fill(0)
    else:
        of_gamma += hat * bar
        np.matmul(row, bar, out=into[1])
    np.matmul(row, of_gamma, out=into[0])
