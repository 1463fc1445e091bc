"""The dense layer with spectral normalisation: y = x W / σ(W) + b."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.nets.dense import Dense
from gantheory.nets.layer import (
    Array,
    Bars,
    Layer,
    Pass,
    Shape,
    Tensors,
    require_state,
    require_width,
)


@dataclass(frozen=True)
class SpectralDense(Layer):
    """y = x W / σ + b, with σ ≤ ‖W‖₂ from one step of power iteration a training pass.

    W has the shape (fan_in, fan_out), b (1, fan_out); they start as those of `Dense`. The state is u,
    a unit vector of shape (1, fan_out). In training v = u Wᵀ / |u Wᵀ|, then u' = v W / |v W| is kept,
    and σ = v W u'ᵀ = |v W|. In evaluation u stays as it is, and σ = v W uᵀ = |u Wᵀ|.

    Derivatives go through σ in both modes, with u and v held fixed: ∂σ/∂W = vᵀ u.

    Raises
    ------
    ValueError
        If u Wᵀ = 0, so that W has no direction to start from: W = 0, for instance.

    Notes
    -----
    Source: Miyato et al. (2018), Algorithm 1 and equations 11 and 12. Their W is this one transposed, so
    that their σ = uᵀ W v is v W uᵀ here.
    """

    fan_in: int
    fan_out: int
    couples = False

    def __post_init__(self) -> None:
        for name in ("fan_in", "fan_out"):
            require_width("SpectralDense", name, getattr(self, name))

    @cached_property
    def dense(self) -> Dense:
        """The layer without normalisation, to which W / σ is given for W."""
        return Dense(self.fan_in, self.fan_out)

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """W and b."""
        return self.dense.shapes

    @property
    def state_shapes(self) -> tuple[Shape, ...]:
        """u."""
        return ((1, self.fan_out),)

    def width(self, width: int) -> int:
        """Return fan_out, if the width is fan_in."""
        if width != self.fan_in:
            raise ValueError(
                f"{self} is given width {width}: write SpectralDense({width}, {self.fan_out})"
            )
        return self.fan_out

    def start(self, rng: np.random.Generator) -> Tensors:
        """W and b as those of `Dense`."""
        return self.dense.start(rng)

    def start_state(self, rng: np.random.Generator) -> Tensors:
        """u uniform on the unit sphere."""
        u = rng.standard_normal((1, self.fan_out))
        return (u / np.linalg.norm(u),)

    def forward(self, tensors: Tensors, x: Array, run: Pass, place: int) -> tuple[Array, Any]:
        """y = x W / σ + b."""
        weights, bias = tensors
        require_state("SpectralDense", run.state[place], x, self.state_shapes)
        (u,) = run.state[place]
        v, sigma = _unit(np.matmul(u, weights.swapaxes(-1, -2)))
        if not sigma.all():
            raise ValueError(f"{self}: u Wᵀ = 0, so W has no norm to be divided by; is W = 0?")
        if run.training:
            u, sigma = _unit(np.matmul(v, weights))
            run.moved[place] = (u,)
        normed = weights / sigma
        y, _ = self.dense.forward((normed, bias), x, run, place)
        return y, (x, (normed, bias), (u, v, sigma))

    def backward(self, tensors: Tensors, tape: Any, dy: Array, into: Tensors | None) -> Array:
        """dW = (xᵀ dy - ⟨xᵀ dy, W/σ⟩ vᵀ u) / σ; db and dx as those of the dense layer with W/σ."""
        x, normed, power = tape
        dx = self.dense.backward(normed, x, dy, into)
        if into is not None:
            _through_norm(into[0], normed[0], power)
        return dx

    def tangent(
        self, tensors: Tensors, tape: Any, dx: Array, direction: Tensors | None = None
    ) -> tuple[Array, Any]:
        """ẏ = ẋ N + x Ṅ + ḃ, with N = W/σ, Ṅ = (Ẇ - σ̇ N)/σ and σ̇ = v Ẇ uᵀ."""
        x, normed, (u, v, sigma) = tape
        if direction is None:
            return self.dense.tangent(normed, x, dx)
        rate = np.matmul(np.matmul(v, direction[0]), u.swapaxes(-1, -2)) / sigma
        turned = direction[0] / sigma
        turned -= rate * normed[0]
        dy, kept = self.dense.tangent(normed, x, dx, (turned, direction[1]))
        return dy, (*kept, rate)

    def backward_tangent(
        self, tensors: Tensors, tapes: tuple[Any, Any], bars: Bars, into: Tensors | None
    ) -> Bars:
        """Those of the dense layer with N and Ṅ, ∂W then through σ as in `backward`.

        N gets G = xᵀ ȳ + ẋᵀ ẏ̄ and Ṅ gets K = xᵀ ẏ̄, so that W gets
        (G' - (⟨G', N⟩ + ⟨K, Ṅ⟩) vᵀ u)/σ with G' = G - (σ̇/σ) K.
        """
        (x, normed, power), (dx, turned, *rate) = tapes
        pulled = self.dense.backward_tangent(normed, (x, (dx, turned)), bars, into)
        if into is not None:
            gradient, along = into[0], None
            if turned is not None:
                of_turned = np.matmul(x.swapaxes(-1, -2), bars[1])
                gradient -= rate[0] * of_turned
                along = _inner(of_turned, turned[0])
            _through_norm(gradient, normed[0], power, along)
        return pulled


def _unit(row: Array) -> tuple[Array, Array]:
    """(row / |row|, |row|) for shape (..., 1, d), nan where |row| = 0."""
    norm = np.sqrt(np.matmul(row, row.swapaxes(-1, -2)))
    with np.errstate(invalid="ignore"):
        return row / norm, norm


def _through_norm(
    gradient: Array, normed: Array, power: tuple[Array, Array, Array], more: Array | None = None
) -> None:
    """G <- (G - (⟨G, W/σ⟩ + more) vᵀ u) / σ in place, for G the derivative in W/σ."""
    u, v, sigma = power
    along = _inner(gradient, normed)
    if more is not None:
        along = along + more
    gradient -= np.matmul((along * v).swapaxes(-1, -2), u)
    gradient /= sigma


def _inner(a: Array, b: Array) -> Array:
    """⟨A, B⟩, the sum of the products of all entries, shape (..., 1, 1)."""
    inner: Array = np.vecdot(_row(a), _row(b))[..., None]
    return inner


def _row(matrix: Array) -> Array:
    """View (..., a, b) as (..., 1, a b)."""
    return matrix.reshape(*matrix.shape[:-2], 1, -1, copy=False)
