"""Steps in machine code: the very steps that schemes, losses and optimisers say."""

from __future__ import annotations

import importlib
import itertools
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gantheory import losses, optimisers
from gantheory.nets import Dense, LeakyReLU, Network, Tanh, mlp
from gantheory.training import as_data, blocks, plan, schemes, start, trained
from gantheory.training.loop import _draws

# it has no wheels for every machine, and then there is no machine code to look at
numba = pytest.importorskip("numba")
compiled = importlib.import_module("gantheory.training.compiled")

LOGISTIC = {"minimax": losses.MINIMAX, "non-saturating": losses.NON_SATURATING}
ROWS = np.random.default_rng(0).normal(loc=(1.0, -1.0), size=(200, 2))


@pytest.fixture(autouse=True)
def steps_of_their_own(monkeypatch):
    """Where numba is switched off they run as they are written."""
    monkeypatch.setattr(blocks, "COMPILES", True)


def made(rows=ROWS, **settings):
    return plan(as_data(rows), **{"width": 8, "batch": 16, "steps": 100, **settings})


def both(the_plan, seeds, steps, first=0):
    """The same steps in machine code, and one call of numpy after the other."""
    quick, plain = start(the_plan, seeds), start(the_plan, seeds)
    for state in (quick, plain):  # biases that are not 0, and a gradient that is written over
        for player in (state.discriminator, state.generator):
            noise = np.random.default_rng(1).normal(size=player.parameters.flat.shape)
            player.parameters.flat[...] += (0.1 * noise).astype(the_plan.dtype)
            player.gradient.flat[...] = np.nan
            player.count = 7
    draws = _draws(quick).between(first, steps)
    taken = range(first, first + steps)
    blocks.take(the_plan, quick.discriminator, quick.generator, draws, taken)
    for step, draw in zip(taken, draws.each(), strict=True):
        factor = the_plan.schedule(step + 1, the_plan.steps)
        schemes.alternating(the_plan, plain.discriminator, plain.generator, draw, factor)
    return quick, plain


def apart(quick, plain):
    """The largest difference of what players have, relative to the largest entry of its kind."""
    worst = 0.0
    for one, other in (
        (quick.discriminator, plain.discriminator),
        (quick.generator, plain.generator),
    ):
        assert one.count == other.count
        for found, truth in (
            (one.gradient.flat, other.gradient.flat),
            (one.parameters.flat, other.parameters.flat),
            *zip(one.memory[:2], other.memory[:2], strict=True),
        ):
            assert found.dtype == truth.dtype
            assert np.max(np.abs(truth)) > 0
            worst = max(worst, np.max(np.abs(found - truth)) / np.max(np.abs(truth)))
        np.testing.assert_array_equal(one.previous, other.previous)
    return worst


def network(widths, *slopes):
    """Dense layers, with a leaky ReLU of its own slope between any two."""
    layers = [Dense(widths[0], widths[1])]
    for slope, pair in zip(slopes, itertools.pairwise(widths[1:]), strict=True):
        layers += [LeakyReLU(slope), Dense(*pair)]
    return Network(tuple(layers), widths[0])


# --- the numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dtype", "enough"), [("float64", 1e-13), ("float32", 3e-5)])
@pytest.mark.parametrize("game", LOGISTIC)
def test_one_step_is_the_step_of_the_scheme(game, dtype, enough):
    the_plan = made(game=LOGISTIC[game], dtype=dtype, k=1)
    assert blocks.suits(the_plan)
    assert apart(*both(the_plan, 3, 1)) < enough


@settings(deadline=None, max_examples=25)
@example(3, 3, [5], [4, 3], 0.0, 0.9, 1, "linear")
@example(1, 1, [], [], 0.2, 0.2, 2, "constant")
@given(
    st.integers(1, 3),
    st.integers(1, 4),
    st.lists(st.integers(1, 6), max_size=3),
    st.lists(st.integers(1, 6), max_size=3),
    st.floats(0, 0.99),
    st.floats(0, 0.99),
    st.integers(1, 3),
    st.sampled_from(["constant", "linear", "cosine"]),
)
def test_steps_of_any_shape_are_those_of_the_scheme(
    dim, latent, d_hidden, g_hidden, one_slope, other_slope, k, schedule
):
    slopes = [one_slope, other_slope, one_slope]
    the_plan = made(
        np.random.default_rng(0).normal(size=(50, dim)),
        discriminator=network([dim, *d_hidden, 1], *slopes[: len(d_hidden)]),
        generator=network([latent, *g_hidden, dim], *slopes[: len(g_hidden)]),
        k=k,
        batch=7,
        schedule=getattr(optimisers, schedule),
        d_lr=3e-3,
        g_optimiser=optimisers.Adam(beta1=0.1, beta2=0.9, eps=1e-3),
    )
    assert blocks.suits(the_plan)
    assert apart(*both(the_plan, 2, 3, first=4)) < 1e-9


def test_a_whole_block_and_what_is_left_of_one():
    the_plan = made(steps=70)
    quick, plain = trained(ROWS, width=8, batch=16, steps=70, seeds=2), start(the_plan, 2)
    while plain.step < 70:
        draws = _draws(plain).each()
        for step in range(plain.step, min(plain.step + 50, 70)):
            player = plain.discriminator, plain.generator
            schemes.alternating(the_plan, *player, draws[step % 50], 1.0)
        plain.step = step + 1
    assert apart(quick, plain) < 1e-8


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("seeds", [1, 2, 3, 16])
def test_a_network_has_its_bits_alone_in_company_and_step_by_step(seeds, dtype):
    the_plan = made(width=32, batch=64, dtype=dtype, k=2)
    together = start(the_plan, seeds)
    d, g = together.discriminator, together.generator
    blocks.take(the_plan, d, g, _draws(together), range(50))
    alone = start(the_plan, [seeds - 1])
    draws = _draws(alone)
    for step in range(50):
        one = draws.between(step, 1)
        blocks.take(the_plan, alone.discriminator, alone.generator, one, range(step, step + 1))
    for many, single in ((d, alone.discriminator), (g, alone.generator)):
        np.testing.assert_array_equal(many.parameters.flat[-1:], single.parameters.flat)
        np.testing.assert_array_equal(many.gradient.flat[-1:], single.gradient.flat)
        np.testing.assert_array_equal(many.memory[:, -1:], single.memory)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("game", LOGISTIC)
def test_slopes_keep_their_digits_where_sigmoids_saturate(game, dtype):
    a = np.array([0, -0.0, 1, -1, 5, -5, 30, -30, 80, -80, 1e4, -1e4, np.inf, -np.inf, np.nan])
    a = a.astype(dtype)
    truth = (*LOGISTIC[game].d_gradient(a, a), LOGISTIC[game].g_gradient(a))
    [signs] = [signs for known, signs in blocks.SIGNS if known is LOGISTIC[game]]
    for sign, expected in zip(signs, truth, strict=True):
        found = np.empty((len(a), 1), dtype)
        compiled.slopes(a[:, None].copy(), np.array(sign, dtype), found)
        np.testing.assert_allclose(found[:, 0], expected, rtol=4 * np.finfo(dtype).eps, atol=0)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan, np.inf])
def test_a_rate_that_is_none_is_refused_as_elsewhere(factor):
    with pytest.raises(ValueError, match="learning rate is positive and finite"):
        trained(ROWS, width=8, batch=16, steps=20, schedule=lambda count, total: factor)


# --- for whom -----------------------------------------------------------------------------------------


class Other(Dense):
    """A layer that may do something else."""


class Rule(optimisers.Adam):
    """A rule that may do something else."""


ACT = LeakyReLU(0.2)
OTHERS = {
    "hinge": {"game": losses.HINGE},
    "smoothed": {"game": losses.smoothed(losses.MINIMAX, real_target=0.9)},
    "relativistic": {"game": losses.RELATIVISTIC},
    "penalty": {"penalty": "r1"},
    "clip": {"penalty": "clip"},
    "noise": {"noise": 0.1},
    "simultaneous": {"scheme": "simultaneous"},
    "extragradient": {"scheme": "extragradient"},
    "rmsprop": {"d_optimiser": optimisers.RMSProp()},
    "sgd for g": {"g_optimiser": optimisers.SGD()},
    "a rule of its own": {"d_optimiser": Rule()},
    "tanh": {"generator": mlp([2, 4, 2], Tanh())},
    "a layer of its own": {"discriminator": Network((Other(2, 1),), 2)},
    "an activation at the end": {"generator": Network((Dense(2, 2), ACT), 2)},
    "an activation at the start": {"generator": Network((ACT, Dense(2, 2)), 2)},
    "no activation": {"discriminator": Network((Dense(2, 3), Dense(3, 1)), 2)},
    "two activations": {"discriminator": Network((Dense(2, 3), ACT, ACT, Dense(3, 1)), 2)},
    "wide": {"width": 2**13},
}


@pytest.mark.parametrize("settings", OTHERS.values(), ids=OTHERS.keys())
def test_other_runs_go_their_own_way(settings):
    assert blocks.suits(made())
    assert not blocks.suits(made(**settings))


def test_without_numba_training_is_the_same_but_for_rounding(monkeypatch):
    quick = trained(ROWS, width=8, batch=16, steps=20, seeds=2)
    monkeypatch.setattr(blocks, "COMPILES", False)
    monkeypatch.setattr(blocks, "take", None)
    plain = trained(ROWS, width=8, batch=16, steps=20, seeds=2)
    assert apart(quick, plain) < 1e-9
    np.testing.assert_allclose(quick.history["value"], plain.history["value"], rtol=1e-9)


@pytest.mark.parametrize(
    ("cpus", "shares"), [(1, [(0, 5)]), (2, [(0, 2), (2, 5)]), (64, [(i, i + 1) for i in range(5)])]
)
def test_networks_are_shared_out_among_the_cpus_that_may_be_used(monkeypatch, cpus, shares):
    the_plan, seen = made(), []
    state = start(the_plan, 5)
    monkeypatch.setattr(blocks, "cpu_count", lambda: cpus)
    monkeypatch.setattr(compiled, "train", lambda *given: seen.append(given[-2:]))
    blocks.take(the_plan, state.discriminator, state.generator, _draws(state), range(50))
    assert sorted(seen) == shares


def test_who_only_imports_does_not_wait_for_numba():
    code = "import sys, gantheory.training as t; t.start(t.plan(t.as_data('ring'))); "
    code += "print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_where_nothing_can_be_kept_it_is_made_anew(monkeypatch):
    njit = numba.njit

    def full(cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return njit(**options)

    monkeypatch.setattr(numba, "njit", full)
    doubled = compiled.compiled(lambda x: 2 * x)
    assert doubled(3) == 6


def test_some_of_an_ensemble_go_on_with_their_bits():
    """What is left of an ensemble lies in memory as the whole did."""
    the_plan = made()
    state = start(the_plan, 4)
    some = [state.discriminator.rows([1, 3]), state.generator.rows([1, 3])]
    assert all(array.flags.c_contiguous for p in some for array in (p.parameters.flat, p.memory))
    blocks.take(the_plan, *some, _draws(state).rows([1, 3]), range(50))
    whole = start(the_plan, 4)
    blocks.take(the_plan, whole.discriminator, whole.generator, _draws(whole), range(50))
    np.testing.assert_array_equal(some[1].parameters.flat, whole.generator.parameters.flat[[1, 3]])
