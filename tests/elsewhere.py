"""The layers of this project in the functions of other libraries, jax and torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gantheory.nets import (
    ELU,
    BatchNorm,
    Dense,
    Dropout,
    LeakyReLU,
    Maxout,
    Network,
    ReLU,
    Sigmoid,
    Softplus,
    SpectralDense,
    Tanh,
)

jax.config.update("jax_enable_x64", True)


def forward(
    lib: Any,
    net: Network,
    tensors: Sequence[Any],
    states: Sequence[Any],
    masks: Sequence[Any],
    x: Any,
    training: bool,
) -> tuple[Any, list[Any]]:
    """y of one network and what its layers keep afterwards; masks of ones and zeros, one a dropout."""
    left, dropped, moved = list(tensors), list(masks), []
    for layer, state in zip(net.layers, states, strict=True):
        mine = [left.pop(0) for _ in layer.shapes]
        kept = list(state)
        if isinstance(layer, Dense):
            x = x @ mine[0] + mine[1]
        elif isinstance(layer, SpectralDense):
            sigma, kept = spectral_norm(lib, mine[0], state[0], training)
            x = x @ (mine[0] / sigma) + mine[1]
        elif isinstance(layer, Maxout):
            pieces = x @ mine[0] + mine[1]
            x = lib.maximum(pieces.reshape(len(x), layer.pieces, layer.fan_out))
        elif isinstance(layer, BatchNorm):
            kept = running(lib, layer, x, state) if training else kept
            x = lib.batch_norm(x, *state, *mine, training, layer.eps)
        elif isinstance(layer, Dropout):
            x = x * dropped.pop(0) / (1 - layer.rate) if training else x
        else:
            x = lib.activation(layer)(x)
        moved.append(kept)
    return x, moved


def spectral_norm(lib: Any, weights: Any, u: Any, training: bool) -> tuple[Any, list[Any]]:
    """uᵀ W v in the letters of Miyato et al. (2018), whose W is (fan_out, fan_in), and u afterwards."""
    theirs, fixed = weights.T, lib.fixed(weights).T
    u = u.reshape(-1)
    v = fixed.T @ u
    v = v / (v @ v) ** 0.5
    if training:
        u = fixed @ v
        u = u / (u @ u) ** 0.5
    return u @ theirs @ v, [u.reshape(1, -1)]


def running(lib: Any, layer: BatchNorm, x: Any, state: Any) -> list[Any]:
    """Running mean and variance after a batch, the variance of it divided by n - 1."""
    x, share = lib.fixed(x), layer.momentum
    mean = x.mean(axis=0)
    variance = ((x - mean) ** 2).sum(axis=0) / (len(x) - 1)
    return [
        (1 - share) * old + share * new for old, new in zip(state, (mean, variance), strict=True)
    ]


def masks_of(net: Network, n: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Zeros and ones for every dropout of one network, in order."""
    width, masks = net.fan_in, []
    for layer in net.layers:
        width = layer.width(width)
        if isinstance(layer, Dropout):
            masks.append(1.0 * (rng.random((n, width)) >= layer.rate))
    return masks


class InJax:
    """What differs from library to library: jax."""

    array = staticmethod(jnp.asarray)
    fixed = staticmethod(jax.lax.stop_gradient)
    grad = staticmethod(jax.grad)
    exp, log, sqrt, tanh = map(staticmethod, (jnp.exp, jnp.log, jnp.sqrt, jnp.tanh))
    where, concatenate = map(staticmethod, (jnp.where, jnp.concatenate))

    @staticmethod
    def maximum(pieces: Any) -> Any:
        return pieces.max(axis=1)

    @staticmethod
    def batch_norm(
        x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, training: bool, eps: float
    ) -> Any:
        if training:
            mean, variance = x.mean(axis=0), x.var(axis=0)
        return gamma * (x - mean) / jnp.sqrt(variance + eps) + beta

    @staticmethod
    def activation(layer: Any) -> Callable[[Any], Any]:
        if isinstance(layer, LeakyReLU):
            return lambda x: jax.nn.leaky_relu(x, layer.slope)
        return {
            ReLU: jax.nn.relu,
            Tanh: jnp.tanh,
            Sigmoid: jax.nn.sigmoid,
            Softplus: jax.nn.softplus,
            ELU: jax.nn.elu,
        }[type(layer)]


class InTorch:
    """What differs from library to library: torch."""

    def __init__(self, torch: Any) -> None:
        self.torch, self.functional = torch, torch.nn.functional
        self.exp, self.log, self.tanh, self.sqrt = torch.exp, torch.log, torch.tanh, torch.sqrt
        self.where, self.concatenate = torch.where, torch.concatenate
        self.grad = torch.func.grad

    def array(self, values: Any) -> Any:
        return self.torch.tensor(np.asarray(values), dtype=self.torch.float64)

    def fixed(self, tensor: Any) -> Any:
        return tensor.detach()

    def maximum(self, pieces: Any) -> Any:
        return pieces.max(dim=1).values

    def batch_norm(
        self, x: Any, mean: Any, variance: Any, gamma: Any, beta: Any, *rest: Any
    ) -> Any:
        training, eps = rest
        running = [tensor.detach().clone().reshape(-1) for tensor in (mean, variance)]
        return self.functional.batch_norm(
            x, *running, gamma.reshape(-1), beta.reshape(-1), training=training, eps=eps
        )

    def activation(self, layer: Any) -> Callable[[Any], Any]:
        if isinstance(layer, LeakyReLU):
            return lambda x: self.functional.leaky_relu(x, layer.slope)
        return {
            ReLU: self.functional.relu,
            Tanh: self.torch.tanh,
            Sigmoid: self.torch.sigmoid,
            Softplus: self.functional.softplus,
            ELU: self.functional.elu,
        }[type(layer)]
