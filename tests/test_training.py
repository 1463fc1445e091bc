"""Training: what the paper's algorithm promises of bytes and streams, and what it gives."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from gantheory import Mixture, Normal, Product, losses, optimisers, ring
from gantheory.choices import OPTIMISERS, SCHEDULES
from gantheory.cli import runs
from gantheory.errors import CheckpointError
from gantheory.nets import BatchNorm, Dense, Dropout, LeakyReLU, Network, SpectralDense, mlp
from gantheory.training import (
    CEILING,
    PENALTIES,
    SCHEMES,
    advance,
    as_data,
    modes_of,
    penalising,
    plan,
    schemes,
    start,
    train,
    trained,
)
from gantheory.training.checkpoints import NAME, load, run_in, save
from gantheory.training.locks import NAME as LOCK
from gantheory.training.loop import _draws
from gantheory.training.players import discriminator_gradient, generator_gradient
from gantheory.training.streams import BLOCK, PURPOSES, streams

SMALL = {"width": 8, "batch": 16}
PLANE = Product(Normal(1, 0.5), Normal(-1, 0.5))


def named(given):
    """A name for a test that is the same in every process."""
    if isinstance(given, dict):
        return ",".join(f"{key}={named(value)}" for key, value in given.items()) or "plain"
    if isinstance(given, (str, int, float)):
        return str(given)
    return getattr(given, "name", type(given).__name__)


def small(**settings):
    return plan(as_data(PLANE), **{**SMALL, "steps": 100, **settings})


def bits(state):
    return [
        (p.parameters.flat.copy(), p.memory.copy(), p.previous.copy())
        for p in (state.discriminator, state.generator)
    ]


def same(one, other):
    return all(
        np.array_equal(a, b)
        for mine, theirs in zip(one, other, strict=True)
        for a, b in zip(mine, theirs, strict=True)
    )


# --- streams --------------------------------------------------------------------------------------


def test_no_two_streams_are_one():
    drawn = [
        streams(seed, [network], purpose, block)[0].random()
        for seed in (0, 1)
        for network in (0, 1)
        for purpose in PURPOSES
        for block in (0, 1)
    ]
    assert len(set(drawn)) == len(drawn) == 8 * len(PURPOSES)


def test_the_names_of_schemes_and_penalties_are_those_that_there_are():
    assert tuple(schemes.SCHEMES) == SCHEMES
    assert ("none", *penalising.PENALTIES, penalising.CLIP) == PENALTIES
    assert tuple(runs.OPTIMISERS) == OPTIMISERS
    assert [getattr(optimisers, name)(1, 10) for name in SCHEDULES] == [1.0] * len(SCHEDULES)


# --- the other player's bytes ---------------------------------------------------------------------


@pytest.mark.parametrize("penalty", PENALTIES)
def test_each_players_gradient_leaves_the_other_alone(penalty):
    state = start(small(penalty=penalty), 2)
    d, g = state.discriminator, state.generator
    draw = _draws(state).each()[0]
    before = bits(state)
    discriminator_gradient(state.plan, d, g, draw[0])
    assert np.all(np.linalg.norm(d.gradient.flat, axis=1) > 0)
    assert not np.any(g.gradient.flat)
    kept = d.gradient.flat.copy()
    generator_gradient(state.plan, d, g, draw[1])
    assert np.all(np.linalg.norm(g.gradient.flat, axis=1) > 0)
    assert np.array_equal(kept, d.gradient.flat)
    assert same(before, bits(state))


def test_a_step_of_one_player_moves_that_player_only():
    state = start(small(), 2)
    d, g = state.discriminator, state.generator
    draw = _draws(state).each()[0]
    _, of_g = bits(state)
    discriminator_gradient(state.plan, d, g, draw[0])
    d.descend(1.0)
    of_d, now = bits(state)
    assert same([of_g], [now])
    generator_gradient(state.plan, d, g, draw[1])
    g.descend(1.0)
    now, _ = bits(state)
    assert same([of_d], [now])


def test_what_layers_keep_moves_in_their_own_players_step_only():
    critic = Network((SpectralDense(2, 8), LeakyReLU(), BatchNorm(8), Dense(8, 1)), 2)
    state = start(small(discriminator=critic), 2)
    d, g = state.discriminator, state.generator
    draw = _draws(state).each()[0]
    kept = [tensor.copy() for group in d.state for tensor in group]
    generator_gradient(state.plan, d, g, draw[1])
    now = [tensor for group in d.state for tensor in group]
    assert all(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))
    discriminator_gradient(state.plan, d, g, draw[0])
    now = [tensor for group in d.state for tensor in group]
    assert not any(np.array_equal(a, b) for a, b in zip(kept, now, strict=True))


def test_batch_norm_keeps_statistics_of_real_and_of_generated_samples():
    critic = Network((Dense(2, 4), BatchNorm(4), Dense(4, 1)), 2)
    state = start(small(discriminator=critic), 1)
    d, g = state.discriminator, state.generator
    one = _draws(state).each()[0][0]
    one.real[...] += 1e3
    hidden = Network((Dense(2, 4),), 2)
    theta = hidden.parameters(np.concatenate([t.ravel() for t in d.parameters.layers[0]])[None])
    fake = g.network.forward(g.parameters, one.latent, g.run())[0]
    real_mean, fake_mean = (
        hidden.forward(theta, x, g.run())[0].mean(axis=-2) for x in (one.real, fake)
    )
    discriminator_gradient(state.plan, d, g, one)
    found = d.state[1][0].ravel()
    momentum = BatchNorm(4).momentum
    wanted = (1 - momentum) * momentum * real_mean + momentum * fake_mean
    np.testing.assert_allclose(found, wanted.ravel(), rtol=1e-9)


def test_the_generator_is_given_fresh_noise_and_data_are_fresh():
    draws = _draws(start(small(k=2), 2)).each()
    latents = [draw.latent for row in draws for draw in row]
    reals = [draw.real for row in draws for draw in row]
    for arrays in (latents, reals):
        flat = np.concatenate([a.ravel() for a in arrays])
        assert len(np.unique(flat)) == flat.size == len(arrays) * 2 * 16 * 2
    assert len(draws) == BLOCK
    assert len(draws[0]) == 3


# --- gradients of whole players -------------------------------------------------------------------


def test_one_pass_for_both_batches_is_two_passes():
    state = start(small(), 3)
    d, g = state.discriminator, state.generator
    draw = _draws(state).each()[0][0]
    discriminator_gradient(state.plan, d, g, draw)
    together = d.gradient.flat.copy()
    d.couples = True
    discriminator_gradient(state.plan, d, g, draw)
    assert np.max(np.abs(together - d.gradient.flat)) < 1e-15 + 1e-12 * np.max(np.abs(together))


# --- schemes --------------------------------------------------------------------------------------


def quadratic(scheme, *, steps, lr, unroll=5, seeds=1):
    """One step after the other of a plan whose networks are affine, with plain gradients."""
    line = Normal(1.0, 0.5)
    made = plan(
        as_data(line),
        losses.WASSERSTEIN,
        generator=Network((Dense(1, 1),), 1),
        discriminator=Network((Dense(1, 1),), 1),
        batch=8,
        steps=steps,
        scheme=scheme,
        unroll=unroll,
        d_optimiser=optimisers.SGD(),
        g_optimiser=optimisers.SGD(),
        d_lr=lr,
        g_lr=lr,
    )
    return start(made, seeds)


def fields(state, draw, d_theta, g_theta):
    """The gradients of both players by their formulas: D = w x + c, G = a z + b, L_D = -w (r̄ - f̄)."""
    (w, _), (a, b) = d_theta, g_theta
    first, last = draw[0], draw[-1]
    real, z, z_last = first.real.mean(), first.latent.mean(), last.latent.mean()
    return np.array([a * z + b - real, 0.0]), np.array([-w * z_last, -w])


@pytest.mark.parametrize("scheme", ["alternating", "simultaneous", "extragradient", "optimistic"])
def test_schemes_by_their_formulas(scheme):
    state = quadratic(scheme, steps=20, lr=0.1)
    draws = _draws(state).each()
    d, g = (p.parameters.flat[0].copy() for p in (state.discriminator, state.generator))
    before = None
    for draw in draws[:20]:
        v, u = fields(state, draw, d, g)
        if scheme == "alternating":
            d = d - 0.1 * v
            g = g - 0.1 * fields(state, draw, d, g)[1]
        elif scheme == "simultaneous":
            d, g = d - 0.1 * v, g - 0.1 * u
        elif scheme == "extragradient":
            v, u = fields(state, draw, d - 0.1 * v, g - 0.1 * u)
            d, g = d - 0.1 * v, g - 0.1 * u
        else:
            old = before or (v, u)
            d, g = d - 0.1 * (2 * v - old[0]), g - 0.1 * (2 * u - old[1])
            before = (v, u)
    advance(state)
    assert np.allclose(state.discriminator.parameters.flat[0], d, rtol=0, atol=1e-13)
    assert np.allclose(state.generator.parameters.flat[0], g, rtol=0, atol=1e-13)


def test_consensus_by_its_formula():
    state = quadratic("consensus", steps=1, lr=0.1)
    draw = _draws(state).each()[0]
    d, g = (p.parameters.flat[0].copy() for p in (state.discriminator, state.generator))
    v, u = fields(state, draw, d, g)
    z, last = draw[0].latent.mean(), draw[-1].latent.mean()
    # |v|² + |u|² = (a z + b - r)² + w² (z'² + 1), halved and differentiated
    of_d = np.array([d[0] * (last**2 + 1), 0.0])
    of_g = np.array([v[0] * z, v[0]])
    advance(state)
    gamma = schemes.CONSENSUS
    truths = d - 0.1 * (v + gamma * of_d), g - 0.1 * (u + gamma * of_g)
    for player, truth in zip((state.discriminator, state.generator), truths, strict=True):
        assert np.allclose(player.parameters.flat[0], truth, rtol=0, atol=1e-13)


def test_unrolled_by_its_formula():
    state = quadratic("unrolled", steps=1, lr=0.1, unroll=3)
    draw = _draws(state).each()[0]
    d, g = (p.parameters.flat[0].copy() for p in (state.discriminator, state.generator))
    z, last, real = draw[0].latent.mean(), draw[-1].latent.mean(), draw[0].real.mean()

    def ahead(a, b):
        """L_G where w has gone three steps of 0.1 against a z + b - r."""
        w = d[0] - 3 * 0.1 * (a * z + b - real)
        return -(w * (a * last + b) + d[1])

    h = 1e-6
    slope = [
        (ahead(g[0] + h, g[1]) - ahead(g[0] - h, g[1])) / (2 * h),
        (ahead(g[0], g[1] + h) - ahead(g[0], g[1] - h)) / (2 * h),
    ]
    v, _ = fields(state, draw, d, g)
    advance(state)
    assert np.allclose(state.generator.parameters.flat[0], g - 0.1 * np.array(slope), atol=1e-8)
    assert np.allclose(state.discriminator.parameters.flat[0], d - 0.1 * v, atol=1e-13)


def test_extragradient_holds_a_bilinear_game_that_simultaneous_steps_leave():
    sizes = {}
    for scheme in ("simultaneous", "extragradient", "optimistic"):
        state = quadratic(scheme, steps=200, lr=0.3)
        for _ in range(4):
            advance(state)
        assert not state.diverged
        sizes[scheme] = float(np.linalg.norm(state.discriminator.parameters.flat[0, 0]))
    assert sizes["simultaneous"] > 10 * max(sizes["extragradient"], sizes["optimistic"])


# --- ensembles ------------------------------------------------------------------------------------

WITH_ALL = Network((SpectralDense(2, 8), LeakyReLU(), Dropout(0.2), BatchNorm(8), Dense(8, 1)), 2)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dtype": "float32"},
        {"penalty": "wgan-gp", "game": losses.WASSERSTEIN},
        {"penalty": "dragan", "noise": 0.1},
        {"discriminator": WITH_ALL},
        {"scheme": "extragradient"},
        {"scheme": "unrolled", "unroll": 2},
        {"k": 3, "latent": "uniform"},
        {"game": losses.RELATIVISTIC},
    ],
    ids=named,
)
def test_a_network_alone_is_the_network_in_the_ensemble(settings):
    made = small(steps=60, **settings)
    whole, alone = start(made, 4), start(made, [2])
    for state in (whole, alone):
        advance(state)
        advance(state)
    for mine, theirs in zip(bits(whole), bits(alone), strict=True):
        assert np.array_equal(mine[0][2], theirs[0][0])
    for name in ("d_loss", "value", "g_gradient"):
        rows = whole.history[name][:, 2], alone.history[name][:, 0]
        assert np.array_equal(*rows, equal_nan=True)


def test_networks_differ_from_each_other_and_seeds_too():
    one = trained(PLANE, seeds=3, steps=50, **SMALL)
    other = trained(PLANE, seeds=3, steps=50, seed=1, **SMALL)
    flats = [*one.generator.parameters.flat, *other.generator.parameters.flat]
    assert len({flat.tobytes() for flat in flats}) == 6


def test_who_diverges_is_left_out_and_the_rest_goes_on():
    made = small(steps=100)
    state, sound = start(made, 3), start(made, [0, 2])
    state.discriminator.parameters.flat[1] = 2e6
    for run in (state, sound):
        advance(run)
        advance(run)
    assert state.diverged == {1: 1}
    assert state.living == [0, 2]
    assert same(bits(state), bits(sound))
    assert np.all(np.isnan(state.history["value"][:, 1]))
    assert np.array_equal(state.history["value"][:, [0, 2]], sound.history["value"])
    assert state.sample(5, np.random.default_rng(0)).shape == (2, 5, 2)


def test_the_step_of_a_divergence_is_the_step():
    state = quadratic("simultaneous", steps=400, lr=1.0, seeds=4)
    while state.alive and state.step < 400:
        advance(state)
    assert sorted(state.diverged) == [0, 1, 2, 3]
    assert len(set(state.diverged.values())) > 1
    for network, step in state.diverged.items():
        for steps, diverged in ((step - 1, {}), (step, {network: step})):
            run = quadratic("simultaneous", steps=steps, lr=1.0, seeds=[network])
            while run.alive and run.step < steps:
                advance(run)
            assert run.diverged == diverged


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimiser", [optimisers.Adam(), optimisers.SGD(), optimisers.RMSProp()])
def test_a_learning_rate_beyond_all_reason_is_divergence(dtype, optimiser):
    rule = {"d_optimiser": optimiser, "g_optimiser": optimiser}
    state = trained(PLANE, seeds=2, steps=500, d_lr=1e10, g_lr=1e10, dtype=dtype, **rule, **SMALL)
    assert sorted(state.diverged) == [0, 1]
    assert not state.alive
    assert state.step < 500


# --- what it gives --------------------------------------------------------------------------------


def test_the_iterator_and_the_one_call_are_one_run():
    steps = []
    for state in train("ring", seeds=2, steps=120, **SMALL):
        steps.append(state.step)
    assert steps == [50, 100, 120]
    assert same(bits(state), bits(trained("ring", seeds=2, steps=120, **SMALL)))
    assert state.history["modes"].shape == (3, 2)


def test_generators_find_the_mean_and_the_value_does_not_say_more():
    state = trained(Normal(2, 0.5), seeds=8, steps=1000, width=16, penalty="r1", weight=0.1)
    samples = state.sample(2000, np.random.default_rng(0))[..., 0]
    assert np.all(np.abs(samples.mean(axis=1) - 2) < 0.4)
    assert np.all(np.abs(state.history["value"][-1] + math.log(4)) < 0.05)
    # at V = -log 4 the standard deviations may be far from 1/2 and from each other
    assert np.ptp(samples.std(axis=1)) > 0.2


def test_modes_and_quality_of_the_data_itself_reach_their_ceilings():
    data = as_data(ring())
    rng = np.random.default_rng(0)
    found = modes_of(data, data.sample(200_000, rng))
    assert found.covered == 8
    assert abs(found.quality - CEILING) < 4 * math.sqrt(CEILING * (1 - CEILING) / 200_000)
    assert pytest.approx(1 - math.exp(-4.5), abs=1e-15) == CEILING
    one = modes_of(data, np.tile([[2.0, 0.0]], (500, 1)))
    assert (one.covered, one.quality) == (1, 1.0)
    assert modes_of(as_data(Normal(0, 1)), np.zeros((5, 1))) is None
    assert (
        modes_of(as_data(Mixture([Normal(0, 1), Normal(1, 1)], [0.5, 0.5])), np.zeros((5, 1)))
        is None
    )


# --- refusals -------------------------------------------------------------------------------------


class WithoutDirection(Dense):
    """A layer as they were written before there were directions."""

    def tangent(self, tensors, tape, dx):
        return super().tangent(tensors, tape, dx)


class Doubled(losses.Separable):
    """A game whose losses are not those of its terms."""

    def d_gradient(self, real, fake):
        return tuple(2 * slope for slope in super().d_gradient(real, fake))


DOUBLED = Doubled(**vars(losses.NON_SATURATING))
SQUARE = losses.Term(lambda a: a * a, lambda a: 2 * a)
WITHOUT_CURVATURE = losses.Separable("square", SQUARE, SQUARE, SQUARE, 0.0)
OLD_FASHIONED = Network((WithoutDirection(2, 1),), 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"k": 0}, "k=0"),
        ({"k": -3}, "k=-3"),
        ({"batch": 0}, "batch=0"),
        ({"width": -1}, "width=-1"),
        ({"steps": 1.5}, "steps=1.5"),
        ({"d_lr": 0.0}, "d_lr=0.0"),
        ({"g_lr": math.nan}, "g_lr=nan"),
        ({"g_lr": math.inf}, "g_lr=inf"),
        ({"noise": -1.0}, "noise=-1.0"),
        ({"weight": -1.0}, "weight=-1.0"),
        ({"seed": -1}, "seed=-1"),
        ({"dtype": "float16"}, "float64, float32"),
        ({"scheme": "sideways"}, "alternating"),
        ({"penalty": "r3"}, "wgan-gp"),
        ({"latent": "cauchy"}, "uniform"),
        ({"scheme": "simultaneous", "k": 2}, "write k=1"),
        ({"scheme": "unrolled", "penalty": "wgan-gp"}, "third derivatives"),
        ({"scheme": "consensus", "penalty": "r1"}, 'write penalty="none" or "clip"'),
        ({"scheme": "consensus", "game": losses.RELATIVISTIC}, "a game that compares logits"),
        ({"scheme": "unrolled", "game": DOUBLED}, "of the class Doubled"),
        ({"scheme": "unrolled", "game": WITHOUT_CURVATURE}, r"Term\(value, slope, curvature\)"),
        (
            {"scheme": "unrolled", "discriminator": OLD_FASHIONED},
            "of the discriminator has parameters",
        ),
        ({"discriminator": mlp((2, 4, 2), LeakyReLU())}, "one logit"),
        ({"discriminator": mlp((3, 4, 1), LeakyReLU())}, "width 2"),
    ],
    ids=named,
)
def test_settings_that_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        small(**settings)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (np.empty((0, 2)), "two samples"),
        (np.ones((9, 2)), "no variance"),
        (np.array([[0.0, 1.0], [math.nan, 2.0], [1.0, 3.0]]), "row 1"),
        (np.array([[0.0, 1.0], [1.0, math.inf]]), "not finite"),
        (np.zeros((2, 2, 2)), "one sample a row"),
        (np.array([["a", "b"], ["c", "d"]]), "numbers"),
        ("star", "ring, grid"),
    ],
    ids=named,
)
def test_data_that_are_refused(data, words):
    with pytest.raises(ValueError, match=words):
        next(train(data, steps=50, **SMALL))


@pytest.mark.parametrize("seeds", [0, -1, [], [1, 1], [-1]], ids=str)
def test_seeds_that_are_refused(seeds):
    with pytest.raises(ValueError, match="seeds="):
        start(small(), seeds)


# --- checkpoints ----------------------------------------------------------------------------------


def finish(folder, made, seeds=2, **rest):
    return list(run_in(folder, made, seeds, every=50, **rest))[-1]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"scheme": "optimistic"},
        {"discriminator": WITH_ALL},
        {"penalty": "dragan", "noise": 0.1},
    ],
    ids=named,
)
def test_a_run_taken_up_again_is_the_run(tmp_path, settings):
    made = small(steps=170, **settings)
    whole = finish(tmp_path / "whole", made)
    part = run_in(tmp_path / "part", made, 2, every=50)
    for state in part:
        if state.step == 100:
            break
    part.close()
    assert same(bits(finish(tmp_path / "part", made, resume=True)), bits(whole))
    one, other = ((tmp_path / name / NAME).read_bytes() for name in ("whole", "part"))
    assert one == other


def test_a_finished_run_is_left_as_it_is(tmp_path):
    made = small()
    finish(tmp_path, made)
    before = (tmp_path / NAME).read_bytes(), os.stat(tmp_path / NAME).st_mtime_ns
    again = finish(tmp_path, made, resume=True)
    assert again.step == 100
    assert before == ((tmp_path / NAME).read_bytes(), os.stat(tmp_path / NAME).st_mtime_ns)


def test_checkpoints_that_are_refused(tmp_path):
    made = small()
    finish(tmp_path, made)
    with pytest.raises(CheckpointError, match="--resume"):
        finish(tmp_path, made)
    for other, word in (
        (small(steps=200), "steps: 100 there, 200 asked for"),
        (small(game=losses.HINGE), "game"),
        (plan(as_data("ring"), steps=100, **SMALL), "data"),
    ):
        with pytest.raises(CheckpointError, match=word):
            finish(tmp_path, other, resume=True)
    with pytest.raises(CheckpointError, match="seeds"):
        finish(tmp_path, made, 3, resume=True)
    whole = (tmp_path / NAME).read_bytes()
    for damaged in (b"", whole[:100], whole[: len(whole) // 2], b"not a checkpoint"):
        (tmp_path / NAME).write_bytes(damaged)
        with pytest.raises(CheckpointError, match="damaged"):
            finish(tmp_path, made, resume=True)


def test_a_batch_may_be_larger_than_the_rows_that_it_is_drawn_from():
    rows = np.array([[0.0], [1.0], [3.0]])
    drawn = _draws(start(plan(as_data(rows), steps=50, **SMALL), 1)).real
    assert drawn.shape == (1, 50, 2, 16, 1)
    assert set(np.unique(drawn)) == {0.0, 1.0, 3.0}


def test_a_checkpoint_is_whole_or_not_there(tmp_path, monkeypatch):
    made = small()
    state = start(made, 1)
    advance(state)
    save(tmp_path / NAME, state)
    before = (tmp_path / NAME).read_bytes()

    def fails(*_):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    advance(state)
    with pytest.raises(OSError, match="disk full"):
        save(tmp_path / NAME, state)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    assert (tmp_path / NAME).read_bytes() == before
    again = start(made, 1)
    load(tmp_path / NAME, again)
    assert again.step == 50


COMMAND = [
    sys.executable,
    "-c",
    "from gantheory.cli import main; main()",
    "train",
    "--data",
    "ring",
]
OPTIONS = ["--seeds", "2", "--steps", "1500", "--width", "8", "--batch", "16", "--penalty", "r1"]


def command(folder, *more):
    return [*COMMAND, *OPTIONS, "--out", str(folder), *more]


def checkpointed(folder):
    """Which checkpoint a folder holds: every one is a file of its own."""
    try:
        return os.stat(folder / NAME).st_ino
    except FileNotFoundError:
        return None


@pytest.mark.slow
@pytest.mark.parametrize("checkpoints", [0, 1, 2])
def test_killed_at_any_moment_and_resumed_it_is_the_same_run(tmp_path, checkpoints):
    subprocess.run(command(tmp_path / "whole"), check=True, capture_output=True)
    killed = subprocess.Popen(command(tmp_path / "part"), stdout=subprocess.DEVNULL)
    seen = {None}
    while len(seen) <= checkpoints or not (tmp_path / "part" / LOCK).exists():
        assert killed.poll() is None, "it was done before it could be killed"
        seen.add(checkpointed(tmp_path / "part"))
        time.sleep(0.001)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert (tmp_path / "part" / LOCK).exists()
    subprocess.run(command(tmp_path / "part", "--resume"), check=True, capture_output=True)
    for name in (NAME, "samples.npy", "curves.png", "samples.png", "discriminator.png"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "part" / name).read_bytes()
    done = subprocess.run(
        command(tmp_path / "part", "--resume", "--json"), check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout)["step"] == 1500
