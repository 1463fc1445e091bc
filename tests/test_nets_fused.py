"""The quick passes of dense layers and leaky ReLUs, against the same network layer by layer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gantheory.nets import Dense, LeakyReLU, Network, Pass, Tanh, mlp
from gantheory.training import as_data, plan, schemes, start
from gantheory.training.loop import _draws
from gantheory.training.players import discriminator_gradient, generator_gradient


class Plain(Dense):
    """A dense layer that is none by its type: the network goes layer by layer."""


def twins(widths, slope=0.2):
    """The same network twice, quick and layer by layer."""
    quick = mlp(widths, LeakyReLU(slope))
    slow = Network(
        tuple(
            Plain(layer.fan_in, layer.fan_out) if isinstance(layer, Dense) else layer
            for layer in quick.layers
        ),
        quick.fan_in,
    )
    assert quick.fuses
    assert not slow.fuses
    return quick, slow


def started(network, lead, dtype, seed=0):
    """Parameters of leading shape `lead`, biases and all."""
    flat = np.random.default_rng(seed).normal(size=(*lead, network.size)).astype(dtype)
    return network.parameters(flat)


def apart(found, truth):
    """The largest difference, relative to the largest entry."""
    assert found.shape == truth.shape
    assert found.dtype == truth.dtype
    return np.max(np.abs(found - truth)) / np.max(np.abs(truth))


def passes(network, theta, x, dy, dx, bars):
    """All that the four passes give."""
    into, second = (network.parameters(np.full_like(theta.flat, np.nan)) for _ in range(2))
    y, tape = network.forward(theta, x)
    back = network.backward(theta, tape, dy, into=into)
    moved, tangents = network.tangent(theta, tape, dx)
    network.backward_tangent(theta, (tape, tangents), bars, into=second)
    blind = network.parameters(np.full_like(theta.flat, np.nan))
    assert network.backward(theta, tape, dy, into=blind, of_input=False) is None
    np.testing.assert_array_equal(blind.flat, into.flat)
    np.testing.assert_array_equal(network.backward(theta, tape, dy), back)
    return y, back, into.flat, moved, second.flat


@pytest.mark.parametrize(("dtype", "enough"), [("float64", 1e-14), ("float32", 5e-6)])
@pytest.mark.parametrize("n", [1, 7, 64])
@pytest.mark.parametrize("lead", [(), (1,), (3,), (2, 3)])
@pytest.mark.parametrize("widths", [[2, 1], [3, 2], [2, 5, 1], [1, 1, 1, 2], [2, 32, 32, 1]])
def test_it_is_the_network_layer_by_layer(widths, lead, n, dtype, enough):
    quick, slow = twins(widths)
    theta = started(quick, lead, dtype)
    rng = np.random.default_rng(1)
    x, dx = rng.normal(size=(2, *lead, n, widths[0])).astype(dtype)
    dy, *bars = rng.normal(size=(3, *lead, n, widths[-1])).astype(dtype)
    given_arrays = [array.copy() for array in (theta.flat, x, dx, dy, *bars)]
    found = passes(quick, theta, x, dy, dx, tuple(bars))
    truth = passes(slow, slow.parameters(theta.flat), x, dy, dx, tuple(bars))
    for one, other in zip(found, truth, strict=True):
        assert apart(one, other) < enough
    for before, after in zip(given_arrays, (theta.flat, x, dx, dy, *bars), strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_one_network_has_the_bits_that_it_has_in_an_ensemble(dtype):
    network, _ = twins([2, 32, 32, 1])
    theta = started(network, (5,), dtype)
    x = np.random.default_rng(1).normal(size=(5, 64, 2)).astype(dtype)
    together = network.parameters(np.empty_like(theta.flat))
    y, tape = network.forward(theta, x)
    dx = network.backward(theta, tape, y, into=together)
    for i in range(5):
        one = network.parameters(theta.flat[i : i + 1])
        into = network.parameters(np.empty_like(one.flat))
        alone, tape = network.forward(one, x[i : i + 1])
        np.testing.assert_array_equal(alone[0], y[i])
        np.testing.assert_array_equal(network.backward(one, tape, alone, into=into)[0], dx[i])
        np.testing.assert_array_equal(into.flat[0], together.flat[i])


def test_which_networks_are_quick():
    act = LeakyReLU(0.1)
    assert Network((Dense(2, 3),), 2).fuses
    assert Network((Dense(2, 3), act, Dense(3, 1)), 2).fuses
    for layers in (
        (Dense(2, 3), act),
        (act, Dense(2, 3)),
        (act,),
        (Dense(2, 3), Dense(3, 1)),
        (Dense(2, 3), Dense(3, 3), Dense(3, 1)),
        (Dense(2, 3), Tanh(), Dense(3, 1)),
        (Dense(2, 3), act, Plain(3, 1)),
    ):
        assert not Network(layers, 2).fuses


def test_a_tape_without_a_room_outlives_other_passes():
    network, _ = twins([2, 8, 1])
    theta = started(network, (3,), "float64")
    x, other = np.random.default_rng(1).normal(size=(2, 3, 6, 2))
    run = Pass()
    y, tape = network.forward(theta, x, run)
    before = network.backward(theta, tape, y)
    network.forward(theta, other, run)
    np.testing.assert_array_equal(network.backward(theta, tape, y), before)


def test_a_room_is_used_again_and_leaves_nothing_behind():
    network, _ = twins([2, 8, 8, 1])
    theta = started(network, (3,), "float64")
    x, other = np.random.default_rng(1).normal(size=(2, 3, 6, 2))
    truth, fresh = network.forward(theta, x)
    expected = network.backward(theta, fresh, truth)
    run = Pass(room={})
    for bad in (other, np.full_like(other, np.nan), np.full_like(other, np.inf), 1e300 * other):
        with np.errstate(all="ignore"):
            _, used = network.forward(theta, bad, run)
        y, tape = network.forward(theta, x, run)
        assert tape.entries is used.entries
        np.testing.assert_array_equal(y, truth)
        np.testing.assert_array_equal(network.backward(theta, tape, y), expected)
    half, tape = network.forward(theta, x[:, :3], run)
    assert tape.entries is not used.entries
    assert apart(half, truth[:, :3]) < 1e-14
    single = network.parameters(theta.flat.astype(np.float32))
    y, tape = network.forward(single, x.astype(np.float32), run)
    assert y.dtype == np.float32
    assert tape.entries is not used.entries


def test_the_tape_of_some_samples():
    network, _ = twins([2, 8, 8, 1])
    theta = started(network, (3,), "float64")
    x = np.random.default_rng(1).normal(size=(3, 10, 2))
    y, tape = network.forward(theta, x)
    some = network.part(tape, 4, 9)
    found, truth = (network.parameters(np.empty_like(theta.flat)) for _ in range(2))
    part, alone = network.forward(theta, x[:, 4:9])
    dx = network.backward(theta, some, y[:, 4:9], into=found)
    assert apart(dx, network.backward(theta, alone, part, into=truth)) < 1e-14
    assert apart(found.flat, truth.flat) < 1e-14
    with pytest.raises(ValueError, match="shape"):
        network.backward(theta, some, y)


@given(st.floats(0, 1, exclude_max=True), st.sampled_from(["float32", "float64"]))
def test_in_place_gives_the_bits_of_value_and_derivative(slope, dtype):
    act = LeakyReLU(slope)
    x = np.random.default_rng(0).normal(size=50)
    x = np.concatenate([x, [0.0, -0.0, 1.0, 1e-45, -1e-45, np.nan, 3e38, -3e38]]).astype(dtype)
    rounded = np.dtype(dtype).type(slope)
    y, found = x.copy(), np.empty_like(x)
    act.in_place(y, found)
    np.testing.assert_array_equal(found, np.where(x > 0, np.ones_like(x), rounded))
    np.testing.assert_array_equal(y, act.value(x))
    np.testing.assert_array_equal(found, act.derivative(x, x))
    assert y.dtype == found.dtype == dtype


def test_one_pass_for_all_the_fakes_of_a_step():
    data = as_data(np.random.default_rng(0).normal(size=(500, 2)))
    made = plan(data, k=3, batch=16, width=8, steps=50)
    together, apart_ = start(made, 3), start(made, 3)
    for step in range(5):
        draws = _draws(together)[step]
        schemes.alternating(made, together.discriminator, together.generator, draws, 1.0)
        d, g = apart_.discriminator, apart_.generator
        for draw in draws[:-1]:
            discriminator_gradient(made, d, g, draw)
            d.descend(1.0)
        generator_gradient(made, d, g, draws[-1])
        g.descend(1.0)
    for one, other in ((together.discriminator, d), (together.generator, g)):
        assert np.max(np.abs(one.gradient.flat)) > 0
        assert apart(one.parameters.flat, other.parameters.flat) < 1e-11
