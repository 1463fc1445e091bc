"""Right and wrong implementations in JAX: jax.nn, jnp, and losses in the style of optax."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from oracle_bank import Entry, Form, misnamed, right, wrong


def sigmoid_binary_cross_entropy(logits: Any, labels: Any) -> Any:
    """-y log σ(a) - (1 - y) log σ(-a), element by element, as optax has it."""
    return -labels * jax.nn.log_sigmoid(logits) - (1.0 - labels) * jax.nn.log_sigmoid(-logits)


def optax_d(real: Any, fake: Any) -> Any:
    loss_real = sigmoid_binary_cross_entropy(real, jnp.ones_like(real)).mean()
    return loss_real + sigmoid_binary_cross_entropy(fake, jnp.zeros_like(fake)).mean()


def optax_g(fake: Any) -> Any:
    return sigmoid_binary_cross_entropy(fake, jnp.ones_like(fake)).mean()


def optax_smooth_d(real: Any, fake: Any) -> Any:
    loss_real = sigmoid_binary_cross_entropy(real, jnp.full_like(real, 0.9)).mean()
    return loss_real + sigmoid_binary_cross_entropy(fake, jnp.zeros_like(fake)).mean()


def optax_zero_d(real: Any, fake: Any) -> Any:
    loss_real = sigmoid_binary_cross_entropy(real, jnp.zeros_like(real)).mean()
    return loss_real + sigmoid_binary_cross_entropy(fake, jnp.zeros_like(fake)).mean()


@jax.jit
def softplus_d(real: Any, fake: Any) -> Any:
    return jnp.mean(jax.nn.softplus(-real)) + jnp.mean(jax.nn.softplus(fake))


@jax.jit
def softplus_g(fake: Any) -> Any:
    return jnp.mean(jax.nn.softplus(-fake))


def saturating_g(fake: Any) -> Any:
    return jnp.mean(jax.nn.log_sigmoid(-fake))


def same_way_g(fake: Any) -> Any:
    return -jnp.mean(jax.nn.log_sigmoid(-fake))


def squares_d(real: Any, fake: Any) -> Any:
    return 0.5 * jnp.mean((real - 1.0) ** 2) + 0.5 * jnp.mean(fake**2)


def squares_g(fake: Any) -> Any:
    return 0.5 * jnp.mean((fake - 1.0) ** 2)


def hinge_d(real: Any, fake: Any) -> Any:
    return jnp.mean(jax.nn.relu(1.0 - real)) + jnp.mean(jax.nn.relu(1.0 + fake))


def hinge_no_relu_d(real: Any, fake: Any) -> Any:
    return jnp.mean(jax.nn.relu(1.0 - real)) + jnp.mean(1.0 + fake)


def minus_mean_g(fake: Any) -> Any:
    return -jnp.mean(fake)


def critic_d(real: Any, fake: Any) -> Any:
    return jnp.mean(jax.vmap(lambda r, f: f - r)(real, fake))


def reverse_kl_d(real: Any, fake: Any) -> Any:
    return -jnp.mean(-jnp.exp(real)) + jnp.mean(-1.0 - fake)


def reverse_kl_g(fake: Any) -> Any:
    return jnp.mean(1.0 + fake)


def unreduced_d(real: Any, fake: Any) -> Any:
    return jax.nn.softplus(-real) + jax.nn.softplus(fake)


NS = Form("non-saturating")
HINGE = Form("hinge")
JNP = {"array": jnp.asarray}
RIGHT = (
    right("jax-optax", NS, optax_d, optax_g, **JNP),
    right("jax-softplus-jit", NS, softplus_d, softplus_g, **JNP),
    right("jax-numpy-arrays", Form("minimax"), softplus_d, saturating_g, claims="minimax"),
    right(
        "jax-smoothing", Form("non-saturating", targets=(0.9, 0)), optax_smooth_d, optax_g, **JNP
    ),
    right("jax-least-squares", Form("least-squares"), squares_d, squares_g, **JNP),
    right("jax-hinge", HINGE, hinge_d, minus_mean_g, **JNP),
    right("jax-wasserstein", Form("wasserstein"), critic_d, minus_mean_g, **JNP),
    right("jax-reverse-kl", Form("f-gan:reverse-kl"), reverse_kl_d, reverse_kl_g, **JNP),
)
WRONG = (
    wrong("jax-both-labels-zero", "indifferent", optax_zero_d, optax_g, **JNP),
    wrong("jax-same-way", "same way", softplus_d, same_way_g, **JNP),
    wrong("jax-hinge-without-relu", "unbounded", hinge_no_relu_d, minus_mean_g, **JNP),
    wrong(
        "jax-hinge-softplus-g",
        "mixed",
        hinge_d,
        softplus_g,
        meant="hinge",
        verdict="unknown",
        consistent=False,
        **JNP,
    ),
    misnamed("jax-hinge-claims-wasserstein", HINGE, "wasserstein", hinge_d, minus_mean_g, **JNP),
)
ODD = (
    Entry(
        "jax-unreduced",
        unreduced_d,
        softplus_g,
        {"verdict": "unknown", "judged": False},
        array=jnp.asarray,
    ),
)
