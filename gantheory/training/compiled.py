"""Steps of Algorithm 1 as machine code, for one network after the other of an ensemble.

Everything is what `nets`, `losses` and `optimisers` say more plainly, for dense layers with leaky ReLUs
between them, logistic losses and Adam, and gives the same numbers but for rounding: `blocks` says when.
All of it lies in this file, because compiled code is kept on disk until its own file changes. numba
keeps the name of `PlayerArrays` there too, and looks at it first: whoever renames the class renames the
file.

θ of one network is W_1, b_1, ..., W_L, b_L in a row, W_i of shape (w_{i-1}, w_i). What its activations
give lies in a row too, layer by layer, each of shape (n, w_i).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from gantheory.machine_code import compiled


class PlayerArrays(NamedTuple):
    """One player of S networks.

    Attributes
    ----------
    widths, slopes:
        w_0 to w_L, and the slope of each activation.
    theta, gradient:
        Shape (S, P); moved, and written over.
    memory:
        m and v of Adam, shape (slots, S, P).
    decays:
        β₁ and β₂.
    rates, eps:
        What `Adam.factors` gives, for each step of this player.
    """

    widths: Any
    slopes: Any
    theta: Any
    gradient: Any
    memory: Any
    decays: Any
    rates: Any
    eps: Any


@compiled
def train(
    d: PlayerArrays, g: PlayerArrays, real: Any, latent: Any, signs: Any, first: int, behind: int
) -> None:
    """k steps of D, then one of G, for networks `first` to before `behind`: Algorithm 1.

    `real` and `latent` have shape (S, steps, k + 1, n, width); `signs` are those of the slopes of the
    loss's three terms, ±σ(±a): of real samples, of generated ones, of G's.
    """
    k, n, dtype = real.shape[2] - 1, real.shape[3], d.theta.dtype
    widest = max(max(d.widths), max(g.widths))
    shown = np.empty((2 * n, d.widths[0]), dtype)  # real samples above generated ones
    logits, bars = np.empty((2 * n, 1), dtype), np.empty((2 * n, 1), dtype)
    of_fake = np.empty((n, d.widths[0]), dtype)
    d_hidden = np.empty(2 * n * np.sum(d.widths[1:-1]), dtype)
    g_hidden = np.empty(n * np.sum(g.widths[1:-1]), dtype)
    spare = np.empty((2, 2 * n * widest), dtype)
    for s in range(first, behind):
        for step in range(real.shape[1]):
            for j in range(k):
                for row in range(n):  # numba takes three seconds to compile shown[:n] = ...
                    for column in range(d.widths[0]):
                        shown[row, column] = real[s, step, j, row, column]
                forward(g, s, latent[s, step, j], g_hidden, shown[n:])
                forward(d, s, shown, d_hidden, logits)
                slopes(logits[:n], signs[0], bars[:n])
                slopes(logits[n:], signs[1], bars[n:])
                backward(d, s, shown, d_hidden, bars, d.gradient[s], shown[:0], spare)
                adam(d, s, step * k + j)
            made, judged, bar, z = shown[n:], logits[n:], bars[n:], latent[s, step, k]
            forward(g, s, z, g_hidden, made)
            forward(d, s, made, d_hidden, judged)
            slopes(judged, signs[2], bar)
            backward(d, s, made, d_hidden, bar, d.gradient[s, :0], of_fake, spare)
            backward(g, s, z, g_hidden, of_fake, g.gradient[s], of_fake[:0], spare)
            adam(g, s, step)


@compiled
def forward(side: PlayerArrays, s: int, x: Any, hidden: Any, y: Any) -> None:
    """y = x W + b at dense layers, max(x, slope x) between them; into `hidden` and `y`."""
    theta, one = side.theta[s], side.theta.dtype.type(1)
    n, last = len(x), len(side.widths) - 2
    at, below = 0, 0
    for i in range(last + 1):
        a, b = side.widths[i], side.widths[i + 1]
        weights = theta[at : at + a * b].reshape(a, b)
        bias = theta[at + a * b : at + (a + 1) * b]
        made = y if i == last else hidden[below : below + n * b].reshape(n, b)
        at, below = at + (a + 1) * b, below + n * b
        np.dot(x, weights, made)
        slope = one if i == last else theta.dtype.type(side.slopes[i])
        for row in range(n):
            for column in range(b):
                value = made[row, column] + bias[column]
                made[row, column] = value * (one if value > 0 else slope)
        x = made


@compiled
def backward(
    side: PlayerArrays, s: int, x: Any, hidden: Any, dy: Any, gradient: Any, dx: Any, spare: Any
) -> None:
    """dW = xᵀ dy, db = 1ᵀ dy, dx = dy Wᵀ at dense layers, dx = φ'(x) dy between them.

    Into `gradient` and `dx`; what is not wanted is given without entries.
    """
    theta, one = side.theta[s], side.theta.dtype.type(1)
    n, at, below = len(x), len(theta), len(x) * np.sum(side.widths[1:-1])
    for i in range(len(side.widths) - 2, -1, -1):
        a, b = side.widths[i], side.widths[i + 1]
        at, below = at - (a + 1) * b, below - n * a
        weights = theta[at : at + a * b].reshape(a, b)
        given = x if i == 0 else hidden[below : below + n * a].reshape(n, a)
        if len(gradient) > 0:
            np.dot(given.T, dy, gradient[at : at + a * b].reshape(a, b))
            total = gradient[at + a * b : at + (a + 1) * b]
            total[:] = 0
            for row in range(n):
                for column in range(b):
                    total[column] += dy[row, column]
        if i > 0:
            back = spare[i % 2, : n * a].reshape(n, a)
            np.dot(dy, weights.T, back)
            slope = theta.dtype.type(side.slopes[i - 1])
            for row in range(n):
                for column in range(a):
                    back[row, column] *= one if given[row, column] > 0 else slope
            dy = back
        elif len(dx) > 0:
            np.dot(dy, weights.T, dx)


@compiled
def slopes(logits: Any, signs: Any, out: Any) -> None:
    """±σ(±a) / n, the derivative of the mean of ∓log(1 - σ(±a))."""
    outer, inner, n = signs[0], signs[1], len(logits)
    for i in range(n):
        a = inner * logits[i, 0]
        e = np.exp(-abs(a))
        out[i, 0] = outer * (1 if a > 0 else e) / (1 + e) / n


@compiled
def adam(side: PlayerArrays, s: int, step: int) -> None:
    """m <- β₁ m + (1 - β₁) g, v <- β₂ v + (1 - β₂) g², θ <- θ - lr' m / (√v + eps'), as `Adam`."""
    theta, g, m, v = side.theta[s], side.gradient[s], side.memory[0, s], side.memory[1, s]
    kind = theta.dtype.type
    beta1, new1 = kind(side.decays[0]), kind(1 - side.decays[0])
    beta2, new2 = kind(side.decays[1]), kind(1 - side.decays[1])
    rate, eps = kind(side.rates[step]), kind(side.eps[step])
    for i in range(len(theta)):
        m[i] = beta1 * m[i] + new1 * g[i]
        v[i] = beta2 * v[i] + new2 * (g[i] * g[i])
        theta[i] -= rate * (m[i] / (math.sqrt(v[i]) + eps))
