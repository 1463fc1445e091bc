"""Whole steps of training, and every record of them, beside other libraries."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from elsewhere import InJax, InTorch
from network_checks import tensors_of, worst_error
from thinning import fast_if
from training_oracle import GAMES, PENALTIES, Theirs, latents, stream

from gantheory import losses, optimisers, ring
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
from gantheory.training import SCHEMES, advance, as_data, plan, start
from gantheory.training.history import COLUMNS
from gantheory.training.loop import _draws
from gantheory.training.players import gradient_through_fakes

STEPS = 2
ENOUGH = 1e-10  # of the largest entry of a tensor, after STEPS steps
DATA = as_data(ring())
SGD = {"d_optimiser": optimisers.SGD(), "g_optimiser": optimisers.SGD(), "d_lr": 0.05, "g_lr": 0.1}


def hidden(*layers: Any, fan_out: int = 1) -> Network:
    """Two inputs and layers of width 5."""
    return Network((Dense(2, 5), *layers, Dense(5, fan_out)), 2)


def made(**settings: Any) -> Any:
    return plan(
        DATA, **{"width": 5, "batch": 6, "steps": STEPS, "seed": 3, "unroll": 3, **settings}
    )


def compare(lib: Any, the_plan: Any, enough: float = ENOUGH) -> None:
    """Network 2 of an ensemble beside network 2 alone in another library: steps and records."""
    state, theirs = start(the_plan, [0, 2]), Theirs(lib, the_plan, 2)
    advance(state)
    theirs.run(the_plan.steps)
    for ours, side in ((state.discriminator, theirs.d), (state.generator, theirs.g)):
        assert ours.count == side.count
        for found, truth in ((ours.gradient, side.gradient), (ours.parameters, side.tensors)):
            assert worst_error([tensor[1] for tensor in tensors_of(found)], truth) < enough
        kept = [tensor[1] for group in ours.state for tensor in group]
        moved = [np.asarray(tensor) for group in side.states for tensor in group]
        assert not kept or worst_error(kept, moved) < enough
    record = theirs.record(the_plan.steps)
    assert record.keys() == set(COLUMNS)
    for name, number in record.items():
        column = state.history[name]
        assert column.shape == (1, 2)
        np.testing.assert_allclose(column[0, 1], number, rtol=enough, atol=1e-13, err_msg=name)


CRITICS = {
    "relu": hidden(ReLU(), Dense(5, 5), ReLU()),
    "tanh": hidden(Tanh()),
    "sigmoid": hidden(Sigmoid()),
    "softplus": hidden(Softplus()),
    "elu": hidden(ELU()),
    "maxout": Network((Maxout(2, 5, 3), Dense(5, 1)), 2),
    "dropout": hidden(LeakyReLU(), Dropout(0.3), Dense(5, 5), Tanh(), Dropout(0.2)),
    "spectral": Network((SpectralDense(2, 5), LeakyReLU(), SpectralDense(5, 1)), 2),
    "batch norm": hidden(BatchNorm(5), LeakyReLU()),
    "all": Network(
        (
            *(SpectralDense(2, 5), Softplus(), Dropout(0.2), BatchNorm(5), ELU()),
            *(Maxout(5, 4, 2), Dense(4, 1)),
        ),
        2,
    ),
}
GENERATORS = {
    "batch norm": hidden(BatchNorm(5, momentum=0.3), ReLU(), fan_out=2),
    "dropout": hidden(Maxout(5, 5, 2), Dropout(0.4), fan_out=2),
    "spectral": Network((SpectralDense(2, 5), Tanh(), Dense(5, 2)), 2),
}
UNSIGNED = ("hinge", "wasserstein", "relativistic", "relativistic-average")  # the last bias: 0 / 0
RULES = (
    optimisers.SGD(),
    optimisers.Momentum(beta=0.7),
    optimisers.Nesterov(beta=0.6),
    optimisers.RMSProp(decay=0.9, eps=1e-3),
)
LINEAR = {"schedule": optimisers.linear}
RUNS: dict[str, dict[str, Any]] = {
    "machine code": {},
    "machine code, k = 2, cosine": {"k": 2, "schedule": optimisers.cosine},
    "uniform latent": {"latent": "uniform"},
    **{
        f"game {name}": {
            "game": losses.game(name),
            "noise": 0.2,
            **(SGD if name in UNSIGNED else {}),
        }
        for name in GAMES
    },
    **{f"penalty {name}": {"penalty": name, "noise": 0.3} for name in PENALTIES},
    "clip, k = 2": {"penalty": "clip", "weight": 0.3, "k": 2},
    "penalty, weight": {"penalty": "r1", "weight": 0.7, "k": 2, **LINEAR},
    **{f"scheme {scheme}": {"scheme": scheme, "noise": 0.1, **LINEAR} for scheme in SCHEMES},
    **{f"scheme {scheme}, clip": {"scheme": scheme, "penalty": "clip"} for scheme in SCHEMES},
    **{
        type(rule).__name__: {"d_optimiser": rule, "g_optimiser": rule, "d_lr": 3e-3, "k": 2}
        for rule in RULES
    },
    **{
        f"{scheme}, all in D": {"scheme": scheme, "discriminator": CRITICS["all"], **SGD}
        for scheme in ("alternating", "extragradient", "consensus", "unrolled")
    },
    **{
        f"{scheme}, batch norm in G": {
            "scheme": scheme,
            "generator": GENERATORS["batch norm"],
            **SGD,
        }
        for scheme in ("alternating", "extragradient", "consensus", "unrolled")
    },
    "relativistic, all in D": {
        "game": losses.RELATIVISTIC,
        "discriminator": CRITICS["all"],
        "noise": 0.1,
        **SGD,
    },
    "wgan-gp, all in D": {"penalty": "wgan-gp", "discriminator": CRITICS["all"], **SGD},
    "wgan-gp, spectral in D": {"penalty": "wgan-gp", "discriminator": CRITICS["spectral"], **SGD},
}
MORE = {
    **{
        f"{scheme}, {name} in D": {"scheme": scheme, "discriminator": critic, **SGD}
        for scheme in ("consensus", "unrolled")
        for name, critic in CRITICS.items()
    },
    **{
        f"{scheme}, {name} in G": {"scheme": scheme, "generator": network, **SGD}
        for scheme in ("consensus", "unrolled", "alternating", "extragradient")
        for name, network in GENERATORS.items()
    },
}
DEAR = (
    "consensus, all in D",
    "alternating, all in D",
    "extragradient, all in D",
    "scheme unrolled, clip",
    "unrolled, all in D",
    "scheme consensus",
    "scheme consensus, clip",
    "scheme unrolled",
    "relativistic, all in D",
)  # seconds each, to compile
SECOND = {
    f"{scheme}, {name}": {"scheme": scheme, "game": losses.game(name), **SGD}
    for scheme in ("consensus", "unrolled")
    for name in GAMES
    if not name.startswith("relativistic")
}
QUICK = [run for run in RUNS if run not in DEAR][::2]


@pytest.fixture(scope="module")
def torch() -> Any:
    """torch; not to have it is a failure, not a reason to skip."""
    import torch

    return torch


@pytest.mark.parametrize("run", fast_if(lambda run: run in QUICK, RUNS))
def test_steps_and_records_and_jax(run: str) -> None:
    compare(InJax(), made(**RUNS[run]))


@pytest.mark.parametrize("critic", [None, CRITICS["all"]], ids=["together", "apart"])
def test_the_derivative_of_ds_loss_in_gs_parameters(critic: Any) -> None:
    the_plan = made(discriminator=critic, noise=0.2)
    state, theirs = start(the_plan, [2]), Theirs(InJax(), the_plan, 2)
    truth, _ = theirs.slopes("d_loss", 1, theirs.look_of_d(0, 0))
    d, g = state.discriminator, state.generator
    kept, into = d.state, g.network.parameters(np.empty_like(g.parameters.flat))
    gradient_through_fakes(the_plan, d, g, _draws(state).each()[0][0], into)
    found = [tensor[0] for tensor in tensors_of(into)]
    assert worst_error(found, [np.asarray(slope) for slope in truth]) < ENOUGH
    assert d.state is kept


@pytest.mark.slow
@pytest.mark.parametrize("settings", MORE.values(), ids=MORE.keys())
def test_gradients_of_gradients_through_every_layer_and_jax(settings: Any) -> None:
    compare(InJax(), made(**settings))


EVERY = RUNS | MORE | SECOND


@pytest.mark.torch
@pytest.mark.parametrize("settings", EVERY.values(), ids=EVERY.keys())
def test_steps_and_records_and_torch(torch: Any, settings: Any) -> None:
    compare(InTorch(torch), made(**settings))


@pytest.mark.parametrize("latent", ["normal", "uniform"])
@pytest.mark.parametrize("block", [0, 3])
def test_every_block_is_given_its_own_draws(block: int, latent: str) -> None:
    the_plan = made(k=2, latent=latent, steps=500)
    state = start(the_plan, [0, 2])
    state.step = 50 * block
    given, shape = _draws(state), (50, 3, 6)
    n = math.prod(shape)
    players = ("discriminator", state.discriminator.rngs), ("generator", state.generator.rngs)
    for i, network in enumerate((0, 2)):
        real = DATA.sample(n, stream(the_plan, network, "data", block))
        z = latents(the_plan, n, stream(the_plan, network, "latent", block))
        np.testing.assert_array_equal(given.real[i], real.reshape(*shape, 2))
        np.testing.assert_array_equal(given.latent[i], z.reshape(*shape, 2))
        theirs = stream(the_plan, network, "penalty", block)
        assert given.rngs[i].random() == theirs.random()
        for name, rngs in players:
            assert rngs[i].random() == stream(the_plan, network, name, block + 1).random()


# --- networks as they are trained -----------------------------------------------------------------


def gap(lib: Any, the_plan: Any) -> float:
    """How far both players' directions of one step are from those of another library."""
    state, theirs = start(the_plan, 1), Theirs(lib, the_plan, 0)
    advance(state)
    theirs.run(1)
    return max(
        np.linalg.norm(ours.gradient.flat[0] - truth) / np.linalg.norm(truth)
        for ours, truth in (
            (state.discriminator, np.concatenate([t.ravel() for t in theirs.d.gradient])),
            (state.generator, np.concatenate([t.ravel() for t in theirs.g.gradient])),
        )
    )


SIZES = {"width": 32, "batch": 64, "steps": 1, "unroll": 5, **SGD}
FULL = {
    f"{scheme}, {kind}, {seed}": {"scheme": scheme, "seed": seed, **SIZES, **settings}
    for scheme in ("consensus", "unrolled")
    for kind, settings in {
        "leaky ReLU": {},
        "ReLU, dropout": {
            "discriminator": Network(
                (Dense(2, 32), ReLU(), Dropout(0.2), Dense(32, 32), ReLU(), Dense(32, 1)), 2
            )
        },
        "maxout, spectral": {
            "discriminator": Network(
                (Maxout(2, 32, 3), SpectralDense(32, 32), LeakyReLU(), SpectralDense(32, 1)), 2
            )
        },
    }.items()
    for seed in range(3)
}


@pytest.mark.torch
@pytest.mark.parametrize("settings", FULL.values(), ids=FULL.keys())
def test_directions_of_full_networks_and_torch(torch: Any, settings: Any) -> None:
    assert gap(InTorch(torch), made(**settings)) < 1e-9


@pytest.mark.slow
def test_directions_of_full_networks_and_jax() -> None:
    for name in ("consensus, leaky ReLU, 0", "unrolled, leaky ReLU, 0"):
        assert gap(InJax(), made(**FULL[name])) < 1e-9


@pytest.mark.parametrize("scheme", ["consensus", "unrolled"])
@pytest.mark.parametrize("critic", [None, CRITICS["all"]], ids=["leaky ReLU", "all"])
def test_float32_is_float64_but_for_rounding(scheme: str, critic: Any) -> None:
    one, other = (
        start(made(**{**SIZES, "scheme": scheme, "discriminator": critic, "dtype": dtype}), 2)
        for dtype in ("float32", "float64")
    )
    advance(one)
    advance(other)
    for ours, truth in (
        (one.discriminator, other.discriminator),
        (one.generator, other.generator),
    ):
        assert ours.gradient.flat.dtype == np.float32
        off = np.linalg.norm(ours.gradient.flat - truth.gradient.flat, axis=-1)
        assert np.all(off < 1e-5 * np.linalg.norm(truth.gradient.flat, axis=-1))
