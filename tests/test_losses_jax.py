"""The hand-written derivatives of every game against jax.grad of its printed formula, in float64."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import lambertw

from gantheory.losses import (
    HINGE,
    MINIMAX,
    NON_SATURATING,
    RELATIVISTIC,
    RELATIVISTIC_AVERAGE,
    WASSERSTEIN,
    f_gan,
    label_forcing,
    label_forcing_gradient,
    least_squares,
    smoothed,
    two_logit,
    two_logit_gradient,
)

Array = Any
Loss = Callable[[Array, Array], Array]
RNG = np.random.default_rng(37)
REAL, FAKE = 1.5 * RNG.normal(size=(2, 3, 16))
FEWER = REAL[:, :5]  # of another size
LABELS, PAIRS = RNG.uniform(size=REAL.shape), RNG.normal(size=(*REAL.shape, 2))


def log_d(a: Array) -> Array:
    return jnp.log(1 / (1 + jnp.exp(-a)))


def log_not_d(a: Array) -> Array:
    return jnp.log(1 - 1 / (1 + jnp.exp(-a)))


def mean(values: Array) -> Array:
    return jnp.mean(values, axis=-1)


def logistic(alpha: float = 1.0, beta: float = 0.0) -> Loss:
    def cross_entropy(target: float, a: Array) -> Array:
        return -target * log_d(a) - (1 - target) * log_not_d(a)

    return lambda r, f: mean(cross_entropy(alpha, r)) + mean(cross_entropy(beta, f))


def squares(a: float, b: float, c: float) -> tuple[Loss, Loss]:
    return (
        lambda r, f: mean((r - b) ** 2) / 2 + mean((f - a) ** 2) / 2,
        lambda r, f: mean((f - c) ** 2) / 2,
    )


def averages(high: Array, low: Array) -> Array:
    above = high - jnp.mean(low, axis=-1, keepdims=True)
    below = low - jnp.mean(high, axis=-1, keepdims=True)
    return -mean(log_d(above)) - mean(log_not_d(below))


def f_game(g: Callable[[Array], Array], conjugate: Callable[[Array], Array]) -> tuple[Loss, Loss]:
    return (
        lambda r, f: mean(conjugate(g(f))) - mean(g(r)),
        lambda r, f: -mean(conjugate(g(f))),
    )


def identity(v: Array) -> Array:
    return v


def jeffreys_conjugate(t: Array) -> Array:
    """W + 1/W + t - 2, W = W(e^(1 - t)), at FAKE only.

    One Newton step from scipy's W is W again, and has its derivative.
    """
    start = lambertw(np.exp(1 - FAKE)).real
    w = start - (start - jnp.exp(1 - t - start)) / (1 + start)
    return w + 1 / w + t - 2


def power(alpha: float) -> tuple[Loss, Loss]:
    bounded = alpha < 1
    return f_game(
        (lambda v: 1 / (1 - alpha) - jnp.log(1 + jnp.exp(-v))) if bounded else identity,
        lambda t: (jnp.maximum(t * (alpha - 1) + 1, 1e-300) ** (alpha / (alpha - 1)) - 1) / alpha,
    )


# game: d_loss and g_loss of (real, fake), as the papers print them
PRINTED: dict[Any, tuple[Loss, Loss]] = {
    MINIMAX: (logistic(), lambda r, f: mean(log_not_d(f))),
    NON_SATURATING: (logistic(), lambda r, f: -mean(log_d(f))),
    smoothed(MINIMAX, real_target=0.9, fake_target=0.1): (
        logistic(0.9, 0.1),
        lambda r, f: mean(log_not_d(f)),
    ),
    smoothed(NON_SATURATING, real_target=0.9): (logistic(0.9), lambda r, f: -mean(log_d(f))),
    least_squares(): squares(0, 1, 1),
    least_squares(a=-1.0, b=1.0, c=0.0): squares(-1, 1, 0),
    HINGE: (
        lambda r, f: mean(jnp.maximum(0, 1 - r)) + mean(jnp.maximum(0, 1 + f)),
        lambda r, f: -mean(f),
    ),
    WASSERSTEIN: (lambda r, f: mean(f) - mean(r), lambda r, f: -mean(f)),
    RELATIVISTIC: (lambda r, f: -mean(log_d(r - f)), lambda r, f: -mean(log_d(f - r))),
    RELATIVISTIC_AVERAGE: (averages, lambda r, f: averages(f, r)),
    f_gan("kl"): f_game(identity, lambda t: jnp.exp(t - 1)),
    f_gan("reverse-kl"): f_game(lambda v: -jnp.exp(v), lambda t: -1 - jnp.log(-t)),
    f_gan("js"): f_game(
        lambda v: jnp.log(2) - jnp.log(1 + jnp.exp(-v)), lambda t: -jnp.log(2 - jnp.exp(t))
    ),
    f_gan("jeffreys"): f_game(identity, jeffreys_conjugate),
    f_gan("total-variation"): f_game(lambda v: jnp.tanh(v) / 2, identity),
    f_gan("squared-hellinger"): f_game(lambda v: 1 - jnp.exp(v), lambda t: t / (1 - t)),
    f_gan("pearson-chi2"): f_game(identity, lambda t: jnp.where(t > -2, t**2 / 4 + t, -1.0)),
    f_gan("neyman-chi2"): f_game(lambda v: 1 - jnp.exp(v), lambda t: 2 - 2 * jnp.sqrt(1 - t)),
    **{f_gan(alpha): power(alpha) for alpha in (-1.0, 0.02, 0.5, 0.9, 1.5, 2.0, 3.0)},
}


def worst(ours: Array, theirs: Array) -> float:
    """The worst error relative to the largest entry."""
    theirs = np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype == np.float64
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def everything(d_loss: Loss, g_loss: Loss, real: Array, fake: Array) -> tuple[Array, ...]:
    """Both losses, the derivatives of the first by both batches, of the second by the fake one.

    Members of an ensemble do not know each other: their derivatives are those of the sum.
    """

    def summed(loss: Loss) -> Loss:
        return lambda r, f: jnp.sum(loss(r, f))

    by_both = jax.grad(summed(d_loss), (0, 1))(real, fake)
    return d_loss(real, fake), g_loss(real, fake), *by_both, jax.grad(summed(g_loss), 1)(real, fake)


def binary(logits: Array, _: Array) -> Array:
    return -mean(LABELS * log_d(logits) + (1 - LABELS) * log_not_d(logits))


def softmax(_: Array, pairs: Array) -> Array:
    logs = pairs - jnp.log(jnp.sum(jnp.exp(pairs), axis=-1, keepdims=True))
    return -mean(LABELS * logs[..., 1] + (1 - LABELS) * logs[..., 0])


@pytest.fixture(scope="module")
def theirs() -> Any:
    """All that jax is asked, compiled as one, which is much quicker than one by one.

    In float64, which jax has to be told; what it was told before comes back.
    """

    def ask() -> dict[str, tuple[Array, ...]]:
        answers = {one.name: everything(*losses, REAL, FAKE) for one, losses in PRINTED.items()}
        answers["fewer"] = everything(*PRINTED[RELATIVISTIC_AVERAGE], FEWER, FAKE)
        answers["labels"] = everything(binary, softmax, REAL, PAIRS)
        return answers

    before = jax.config.read("jax_enable_x64")
    jax.config.update("jax_enable_x64", True)
    yield jax.jit(ask, compiler_options={"xla_backend_optimization_level": 0})()
    jax.config.update("jax_enable_x64", before)


def compare(one: Any, answer: Any, real: Array, fake: Array) -> None:
    d_loss, g_loss, by_real, by_fake, of_g = answer
    np.testing.assert_allclose(one.d_loss(real, fake), d_loss, rtol=1e-12)
    np.testing.assert_allclose(one.g_loss(fake, real), g_loss, rtol=1e-12)
    ours = one.d_gradient(real, fake)
    assert worst(ours[0], by_real) < 1e-12
    assert worst(ours[1], by_fake) < 1e-12
    assert worst(one.g_gradient(fake, real), of_g) < 1e-12


@pytest.mark.parametrize("one", PRINTED, ids=[one.name for one in PRINTED])
def test_losses_and_gradients_are_those_of_jax(theirs: Any, one: Any) -> None:
    compare(one, theirs[one.name], REAL, FAKE)


def test_averages_of_batches_of_two_sizes(theirs: Any) -> None:
    compare(RELATIVISTIC_AVERAGE, theirs["fewer"], FEWER, FAKE)


def test_cross_entropies_with_labels(theirs: Any) -> None:
    loss, of_pairs, by_logits, _, by_pairs = theirs["labels"]
    np.testing.assert_allclose(label_forcing(REAL, LABELS), loss, rtol=1e-13)
    np.testing.assert_allclose(two_logit(PAIRS, LABELS), of_pairs, rtol=1e-13)
    assert worst(label_forcing_gradient(REAL, LABELS), by_logits) < 1e-12
    assert worst(two_logit_gradient(PAIRS, LABELS), by_pairs) < 1e-12
