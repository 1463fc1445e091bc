"""Networks by hand: derivatives by differences, ensembles bit by bit, states, masks and errors."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from network_checks import (
    LAYERS,
    Case,
    assert_same_bits,
    clear_case,
    differences,
    generators,
    network,
    shaped,
    slope_along,
    tensors_of,
    worst_error,
    worst_gradient_error,
)
from threadpoolctl import threadpool_limits

from gantheory.nets import (
    ELU,
    BatchNorm,
    Dense,
    Dropout,
    LeakyReLU,
    Maxout,
    Network,
    Pass,
    ReLU,
    Sigmoid,
    Softplus,
    SpectralDense,
    Tanh,
    mlp,
)

ENOUGH = 1e-8  # differences are right to about 1e-10; the faults below are of 1e-3 and more
LEADS = st.sampled_from([(), (1,), (3,), (2, 2)])
ACTIVATIONS = (LeakyReLU(0.2), ReLU(), Tanh(), Sigmoid(), Softplus(), ELU())
TRAINED_OTHERWISE = ("batch-norm", "batch-norm-first", "dropout", "spectral", "all")
KINDS_AND_MODES = [(kind, True) for kind in LAYERS] + [(kind, False) for kind in TRAINED_OTHERWISE]


# --- derivatives ----------------------------------------------------------------------------------

DRAWN = given(
    lead=LEADS,
    fan_in=st.integers(1, 3),
    width=st.integers(1, 3),
    fan_out=st.integers(1, 2),
    n=st.integers(3, 5),
    seed=st.integers(0, 10_000),
)


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@settings(max_examples=4)
@DRAWN
def test_backward(kind, training, lead, fan_in, width, fan_out, n, seed):
    case = clear_case(network(kind, fan_in, width, fan_out), lead, n, seed, training=training)
    into, dx = case.gradient()
    arrays = [*tensors_of(case.parameters), case.x]
    error = worst_gradient_error(case.first, arrays, [*tensors_of(into), dx], len(lead))
    assert error < ENOUGH


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@settings(max_examples=6)
@DRAWN
def test_tangent(kind, training, lead, fan_in, width, fan_out, n, seed):
    case = clear_case(network(kind, fan_in, width, fan_out), lead, n, seed, training=training)
    truth = slope_along(lambda: case.forward()[0], case.x, case.dx)
    assert worst_error([case.tangent()], [truth]) < ENOUGH


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@settings(max_examples=3)
@DRAWN
def test_backward_tangent(kind, training, lead, fan_in, width, fan_out, n, seed):
    case = clear_case(network(kind, fan_in, width, fan_out), lead, n, seed, training=training)
    arrays = [*tensors_of(case.parameters), case.x, case.dx]
    into, x_bar, dx_bar = case.second_gradient()
    error = worst_gradient_error(case.second, arrays, [*tensors_of(into), x_bar, dx_bar], len(lead))
    assert error < ENOUGH


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@pytest.mark.parametrize("lead", [(), (2,)])
def test_a_bar_that_is_none_is_a_bar_of_zeros(kind, training, lead):
    case = Case(network(kind, 3, 4, 2), lead, 5, seed=7, training=training)
    case.bars = (np.zeros_like(case.bars[0]), case.bars[1])
    into, x_bar, dx_bar = case.second_gradient()
    lean, lean_x_bar, lean_dx_bar = case.second_gradient(with_first=False)
    np.testing.assert_allclose(lean.flat, into.flat, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(lean_dx_bar, dx_bar, rtol=1e-13, atol=1e-14)
    if lean_x_bar is None:
        assert not x_bar.any()
    else:
        np.testing.assert_allclose(lean_x_bar, x_bar, rtol=1e-13, atol=1e-14)


def test_piecewise_linear_networks_are_spared_the_bar_of_x():
    for kind, spared in {"leaky-relu": True, "relu": True, "dense": True, "tanh": False}.items():
        _, x_bar, _ = Case(network(kind, 3, 4), (), 5, seed=1).second_gradient(with_first=False)
        assert (x_bar is None) == spared


@pytest.mark.parametrize("kind", LAYERS)
def test_the_gradient_of_the_input_can_be_left_out(kind):
    case = Case(network(kind, 3, 4), (2,), 5, seed=3)
    both, _ = case.gradient()
    alone = case.into()
    tape = case.forward()[1]
    left = case.net.backward(case.parameters, tape, case.bars[0], into=alone, of_input=False)
    assert left is None
    assert np.array_equal(alone.flat, both.flat)
    dx = case.net.backward(case.parameters, tape, case.bars[0])
    assert np.array_equal(dx, case.gradient()[1])


# --- both sides of every kink ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("phi", "left", "at", "right"),
    [
        (ReLU(), 0.0, 0.0, 1.0),
        (LeakyReLU(0.2), 0.2, 0.2, 1.0),
        (LeakyReLU(0.0), 0.0, 0.0, 1.0),
        (ELU(), 1.0, 1.0, 1.0),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_slope_beside_a_kink(phi, left, at, right, dtype):
    tiny = np.finfo(dtype).tiny
    x = np.array([-tiny, -0.0, 0.0, tiny], dtype)
    slope = phi.derivative(x, phi.value(x))
    assert slope.tolist() == [dtype(left), dtype(at), dtype(at), dtype(right)]


@pytest.mark.parametrize("phi", ACTIVATIONS, ids=repr)
def test_each_derivative_is_that_of_the_one_before(phi):
    x = np.concatenate([np.linspace(-6, -0.01, 40), np.linspace(0.01, 6, 40)])
    y = phi.value(x)
    slope = slope_along(lambda: phi.value(x), x, 1.0)
    assert worst_error([phi.derivative(x, y)], [slope]) < 1e-10
    bend = slope_along(lambda: phi.derivative(x, phi.value(x)), x, 1.0)
    second = phi.second(x, y)
    if second is None:
        assert not bend.any()
    else:
        assert worst_error([second], [bend]) < 1e-10


def test_elu_bends_on_the_left_only():
    x = np.array([-1e-300, -0.0, 0.0, 1e-300])
    assert ELU().second(x, ELU().value(x)).tolist() == [1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize("phi", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_activations_far_out(phi, dtype):
    x = np.array([-1e4, -100.0, 100.0, 1e4], dtype)
    y = phi.value(x)
    for array in (y, phi.derivative(x, y), phi.second(x, y)):
        assert array is None or (np.isfinite(array).all() and array.dtype == dtype)


def test_a_sigmoid_that_is_nearly_0_keeps_its_digits():
    x = np.array([-40.0, -300.0])
    y = Sigmoid().value(x)
    np.testing.assert_allclose(y, np.exp(x), rtol=1e-14)
    np.testing.assert_allclose(Sigmoid().derivative(x, y), np.exp(x), rtol=1e-14)
    np.testing.assert_allclose(Softplus().value(x), np.exp(x), rtol=1e-14)
    np.testing.assert_allclose(Softplus().derivative(x, y), np.exp(x), rtol=1e-14)


def maxout_of_two(x: float) -> tuple[float, float, float]:
    """max(2 x, -x) at x: value, derivative backwards, derivative forwards."""
    net = Network((Maxout(1, 1, 2),), 1)
    parameters = net.parameters(np.array([2.0, -1.0, 0.0, 0.0]))
    at = np.array([[x]])
    y, tape = net.forward(parameters, at)
    dx = net.backward(parameters, tape, np.ones((1, 1)))
    return y.item(), dx.item(), net.tangent(parameters, tape, np.ones((1, 1)))[0].item()


def test_maxout_at_its_kink():
    assert maxout_of_two(0.5) == (1.0, 2.0, 2.0)
    assert maxout_of_two(-0.5) == (0.5, -1.0, -1.0)
    assert maxout_of_two(0.0) == (0.0, 2.0, 2.0), "the first of those that tie"


def test_maxout_is_the_largest_of_its_pieces():
    case = Case(Network((Maxout(3, 4, 5),), 3), (2,), 6, seed=2)
    weights, bias = case.parameters.layers[0]
    z = np.einsum("snd,sdk->snk", case.x, weights) + bias
    y, _ = case.forward()
    truth = np.max([z[..., 4 * k : 4 * k + 4] for k in range(5)], axis=0)
    np.testing.assert_allclose(y, truth, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("pieces", [2, 3, 4])
def test_ties_among_any_pieces_go_to_the_first_of_them(pieces):
    net = Network((Maxout(1, 1, pieces),), 1)
    for tied in itertools.product([0.0, 1.0], repeat=pieces):
        parameters = net.parameters(np.array([*range(1, pieces + 1), *tied], float))
        _, tape = net.forward(parameters, np.zeros((1, 1)))
        into = net.parameters(np.full_like(parameters.flat, np.nan))
        dx = net.backward(parameters, tape, np.ones((1, 1)), into=into)
        first = int(np.argmax(tied))
        assert dx.item() == first + 1
        assert into.layers[0][1].ravel().tolist() == [float(k == first) for k in range(pieces)]


# --- ensembles, bit by bit ------------------------------------------------------------------------


def all_passes(case: Case) -> dict[str, Any]:
    """Every array that comes out of a network, by name."""
    y, tape = case.forward()
    first, dx = case.gradient()
    second, x_bar, dx_bar = case.second_gradient()
    lean, _, lean_dx_bar = case.second_gradient(with_first=False)
    found = {
        "y": y,
        "gradient": first.flat,
        "dx": dx,
        "tangent": case.tangent(),
        "second gradient": second.flat,
        "x bar": x_bar,
        "dx bar": dx_bar,
        "lean gradient": lean.flat,
        "lean dx bar": lean_dx_bar,
    }
    state = [tensor for group in tape.state for tensor in group]
    return found | {f"state {i}": tensor for i, tensor in enumerate(state)}


def alone(case: Case, at: tuple[int, ...]) -> Case:
    """Network `at` of the ensemble, in arrays of its own."""
    number = np.ravel_multi_index(at, case.lead)
    one = Case(case.net, (), case.n, case.seed, dtype=case.x.dtype, training=case.training)
    one.parameters = case.net.parameters(case.parameters.flat[at].copy())
    one.x, one.dx = case.x[at].copy(), case.dx[at].copy()
    one.bars = tuple(bar[at].copy() for bar in case.bars)
    one.state = tuple(tuple(tensor[at].copy() for tensor in group) for group in case.state)
    seeds = generators(case.seed + 2, case.lead)
    run = one.run
    one.run = lambda: Pass(
        case.training, [generators(case.seed + 2, case.lead)[number]], run().state
    )
    assert len(seeds) == np.prod(case.lead)
    return one


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@settings(max_examples=6)
@given(
    lead=st.sampled_from([(1,), (3,), (2, 2)]),
    widths=st.tuples(st.integers(1, 40), st.integers(1, 40), st.integers(1, 3)),
    n=st.integers(2, 70),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 10_000),
)
def test_a_network_alone_is_the_network_in_the_ensemble(
    kind, training, lead, widths, n, dtype, seed
):
    case = Case(network(kind, *widths), lead, n, seed, dtype=dtype, training=training)
    together = all_passes(case)
    for at in np.ndindex(*lead):
        by_itself = all_passes(alone(case, at))
        for name, array in together.items():
            assert (array is None) == (by_itself[name] is None)
            if array is not None:
                assert_same_bits(array[at], by_itself[name], name)


@pytest.mark.parametrize("width", [32, 128, 512])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_threads_of_blas_change_a_product_by_rounding_only(width, dtype):
    """|difference| <= 2 k u (|x| |W|) for two sums of k products in any order."""
    rng = np.random.default_rng(width)
    net = Network((Dense(width, width),), width)
    theta = net.start(rng, dtype)
    x = rng.normal(size=(64, width)).astype(dtype)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads, user_api="blas"):
            found.append(net.forward(theta, x)[0].astype(np.float64))
    unit = np.finfo(dtype).eps / 2
    bound = 2 * width * unit * (np.abs(x) @ np.abs(theta.layers[0][0])).astype(np.float64)
    assert (np.abs(found[0] - found[1]) <= bound).all()
    truth = x.astype(np.float64) @ theta.layers[0][0].astype(np.float64)
    assert (np.abs(found[0] - truth) <= bound).all()


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_dtype_stays(kind, training, dtype):
    case = Case(network(kind, 3, 4), (2,), 5, seed=5, dtype=dtype, training=training)
    found = all_passes(case)
    assert {name: array.dtype for name, array in found.items() if array is not None} == {
        name: np.dtype(dtype) for name, array in found.items() if array is not None
    }
    assert all(np.isfinite(array).all() for array in found.values() if array is not None)


@pytest.mark.parametrize(
    "layer",
    [
        LeakyReLU(np.float64(0.2)),
        Dropout(np.float64(0.5)),
        BatchNorm(3, momentum=np.float64(0.1), eps=np.float64(1e-5)),
    ],
    ids=repr,
)
def test_numpy_numbers_do_not_cast_float32(layer):
    case = Case(Network((layer,), 3), (), 4, seed=0, dtype=np.float32)
    assert {array.dtype for array in all_passes(case).values() if array is not None} == {
        np.dtype(np.float32)
    }


@pytest.mark.parametrize("kind", LAYERS)
def test_float32_is_float64_rounded(kind):
    wide = Case(network(kind, 3, 4), (2,), 5, seed=5)
    narrow = Case(network(kind, 3, 4), (2,), 5, seed=5, dtype=np.float32)
    narrow.parameters.flat[...] = wide.parameters.flat
    theirs = all_passes(narrow)
    for name, array in all_passes(wide).items():
        if array is not None:
            scale = np.abs(array).max(initial=1e-3)
            assert np.abs(theirs[name] - array).max(initial=0) < 1e-4 * scale, name


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
def test_passes_write_only_where_they_may(kind, training):
    case = Case(network(kind, 3, 4), (2,), 5, seed=5, training=training)
    case.move_on(1)  # no state stays at 0
    kept = [case.x, case.dx, *case.bars, case.parameters.flat]
    kept += [tensor for group in case.state for tensor in group]
    before = [array.copy() for array in kept]
    y, tape = case.forward()
    kept, before = [*kept, y], [*before, y.copy()]
    _, tangents = case.net.tangent(case.parameters, tape, case.dx)
    case.net.backward(case.parameters, tape, case.bars[0], into=case.into())
    case.net.backward_tangent(case.parameters, (tape, tangents), case.bars, into=case.into())
    for array, copy in zip(kept, before, strict=True):
        assert np.array_equal(array, copy)


@pytest.mark.parametrize(("kind", "training"), KINDS_AND_MODES)
def test_passes_can_be_made_again_from_one_tape(kind, training):
    case = Case(network(kind, 3, 4), (2,), 5, seed=5, training=training)
    _, tape = case.forward()
    _, tangents = case.net.tangent(case.parameters, tape, case.dx)
    found = []
    for _ in range(2):
        first, second = case.into(), case.into()
        dx = case.net.backward(case.parameters, tape, case.bars[0], into=first)
        bars = case.net.backward_tangent(case.parameters, (tape, tangents), case.bars, into=second)
        found.append([first.flat, second.flat, dx, *bars])
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


# --- parameters -----------------------------------------------------------------------------------


def test_tensors_are_views_of_the_flat_array():
    net = mlp([2, 3, 1], Tanh())
    parameters = net.start(generators(0, (4,)))
    assert parameters.flat.shape == (4, net.size) == (4, 2 * 3 + 3 + 3 + 1)
    assert parameters.lead == (4,)
    for tensor in tensors_of(parameters):
        assert np.shares_memory(tensor, parameters.flat)
    parameters.flat[...] = 7.0
    assert all((tensor == 7.0).all() for tensor in tensors_of(parameters))


@pytest.mark.parametrize("kind", LAYERS)
def test_one_generator_starts_what_it_starts_in_an_ensemble(kind):
    net = network(kind, 3, 4)
    together = net.start(generators(3, (3,)))
    states = net.start_state(generators(4, (3,)))
    for i in range(3):
        assert np.array_equal(net.start(generators(3, (3,))[i]).flat, together.flat[i])
        single = net.start_state(generators(4, (3,))[i])
        for group, groups in zip(single, states, strict=True):
            for tensor, tensors in zip(group, groups, strict=True):
                assert np.array_equal(tensor, tensors[i])


@pytest.mark.parametrize(
    ("layer", "edge"),
    [
        (Dense(30, 60), np.sqrt(6 / 90)),
        (Maxout(30, 60, 3), np.sqrt(6 / 90)),
        (SpectralDense(30, 60), np.sqrt(6 / 90)),
    ],
)
def test_weights_start_as_glorot_and_bengio_say(layer, edge):
    weights, bias = layer.start(np.random.default_rng(0))
    assert not bias.any()
    assert np.abs(weights).max() <= edge
    assert np.abs(weights).max() > 0.99 * edge
    assert abs(weights.var() / (edge**2 / 3) - 1) < 0.1


def test_a_network_of_no_parameters():
    net = Network((Tanh(),), 2)
    y, tape = net.forward(net.start(np.random.default_rng(0)), np.ones((3, 2)))
    assert np.array_equal(y, np.tanh(np.ones((3, 2))))
    assert net.start_state(np.random.default_rng(0)) == ((),)
    assert tape.state == ()


# --- batch norm -----------------------------------------------------------------------------------


def test_batch_norm_in_training_and_its_running_statistics():
    norm = BatchNorm(3, momentum=0.25, eps=1e-3)
    case = Case(Network((norm,), 3), (2,), 5, seed=0)
    y, tape = case.forward()
    gamma, beta = case.parameters.layers[0]
    mean, biased = case.x.mean(axis=-2, keepdims=True), case.x.var(axis=-2, keepdims=True)
    np.testing.assert_allclose(y, gamma * (case.x - mean) / np.sqrt(biased + 1e-3) + beta)
    unbiased = case.x.var(axis=-2, keepdims=True, ddof=1)
    running_mean, running_variance = tape.state[0]
    np.testing.assert_allclose(running_mean, 0.25 * mean, rtol=1e-13)
    np.testing.assert_allclose(running_variance, 0.75 + 0.25 * unbiased, rtol=1e-13)
    assert not case.state[0][0].any(), "the state that was given stays"
    assert (case.state[0][1] == 1).all()


def test_batch_norm_in_evaluation():
    norm = BatchNorm(2, eps=0.5)
    case = Case(Network((norm,), 2), (), 3, seed=0, training=False)
    case.state = ((np.array([[1.0, -1.0]]), np.array([[0.5, 3.5]])),)
    case.parameters.flat[...] = [2.0, 3.0, 10.0, 20.0]
    y, tape = case.forward()
    truth = (case.x - [1, -1]) / [1, 2] * [2, 3] + [10, 20]
    np.testing.assert_allclose(y, truth, rtol=1e-14)
    assert tape.state[0] is case.state[0]
    one, _ = case.net.forward(case.parameters, case.x[:1], case.run())
    assert np.array_equal(one, y[:1]), "a sample does not depend on its batch"


def test_running_statistics_become_those_of_the_data():
    case = Case(Network((BatchNorm(2),), 2), (), 50, seed=0)
    case.move_on(200)
    mean, variance = case.state[0]
    np.testing.assert_allclose(mean, case.x.mean(axis=0, keepdims=True), rtol=1e-6)
    np.testing.assert_allclose(variance, case.x.var(axis=0, keepdims=True, ddof=1), rtol=1e-6)


def test_batch_norm_in_training_forgets_shift_and_scale():
    case = Case(Network((BatchNorm(3, eps=1e-12),), 3), (), 6, seed=1)
    y, tape = case.forward()
    dx = case.net.backward(case.parameters, tape, case.bars[0])
    assert np.abs(dx.sum(axis=0)).max() < 1e-13
    assert np.abs((dx * case.x).sum(axis=0)).max() < 1e-10
    case.x[...] = 3 * case.x - 5
    np.testing.assert_allclose(case.forward()[0], y, rtol=1e-9)


# --- dropout --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate):
    net = Network((Dropout(rate),), 100)
    x = np.ones((1000, 100))
    y, _ = net.forward(net.start(np.random.default_rng(0)), x, Pass(rngs=generators(1, ())))
    assert set(np.unique(y)) == ({1.0} if rate == 0 else {0.0, 1 / (1 - rate)})
    deviation = np.sqrt(rate / (1 - rate) / x.size)
    assert abs(y.mean() - 1) <= 4.5 * deviation
    assert abs((y == 0).mean() - rate) <= 4.5 * np.sqrt(rate * (1 - rate) / x.size)


def test_layers_hold_sizes_only():
    layers = (Dense(1, 2), Maxout(1, 2, 3), BatchNorm(2), Dropout(0.5), SpectralDense(1, 2), ELU())
    assert [repr(layer) for layer in layers] == [
        "Dense(fan_in=1, fan_out=2)",
        "Maxout(fan_in=1, fan_out=2, pieces=3)",
        "BatchNorm(features=2, momentum=0.1, eps=1e-05)",
        "Dropout(rate=0.5)",
        "SpectralDense(fan_in=1, fan_out=2)",
        "ELU()",
    ]
    assert mlp([2, 3, 1], ELU()) == mlp([2, 3, 1], ELU()) != mlp([2, 3, 1], Tanh())


def test_a_mask_is_used_in_every_pass():
    case = Case(Network((Dropout(0.5),), 6), (2,), 4, seed=3)
    y, _ = case.forward()
    mask = np.where(y == 0, 0.0, 2.0)
    assert 0 < (mask == 0).mean() < 1
    assert np.array_equal(y, case.x * mask)
    assert np.array_equal(case.gradient()[1], case.bars[0] * mask)
    assert np.array_equal(case.tangent(), case.dx * mask)
    _, x_bar, dx_bar = case.second_gradient()
    assert np.array_equal(x_bar, case.bars[0] * mask)
    assert np.array_equal(dx_bar, case.bars[1] * mask)


def test_masks_are_new_in_each_pass_and_the_same_in_both_precisions():
    net = Network((Dropout(0.5),), 20)
    rng = np.random.default_rng(0)
    run = Pass(rngs=[rng])
    parameters, x = net.start(np.random.default_rng(1)), np.ones((10, 20))
    first, second = (net.forward(parameters, x, run)[0] for _ in range(2))
    assert not np.array_equal(first, second)
    narrow = net.start(np.random.default_rng(1), np.float32)
    again = Pass(rngs=[np.random.default_rng(0)])
    assert np.array_equal(net.forward(narrow, x.astype(np.float32), again)[0], first)


def test_dropout_in_evaluation_is_the_identity():
    case = Case(Network((Dropout(0.5),), 6), (2,), 4, seed=3, training=False)
    run = Pass(training=False)
    y, tape = case.net.forward(case.parameters, case.x, run)
    assert np.array_equal(y, case.x)
    assert np.array_equal(case.net.backward(case.parameters, tape, case.bars[0]), case.bars[0])


# --- spectral normalisation -----------------------------------------------------------------------


def test_power_iteration_finds_the_spectral_norm():
    case = Case(Network((SpectralDense(5, 4),), 5), (3,), 6, seed=1)
    case.move_on(200)
    weights, bias = case.parameters.layers[0]
    norm = np.linalg.norm(weights, ord=2, axis=(-2, -1))[:, None, None]
    for case.training in (True, False):
        np.testing.assert_allclose(case.forward()[0], case.x @ weights / norm + bias, rtol=1e-9)


def test_one_iteration_a_training_pass_and_none_in_evaluation():
    case = Case(Network((SpectralDense(5, 4),), 5), (), 6, seed=1)
    weights, bias = case.parameters.layers[0]
    [[u]] = case.state
    assert np.linalg.norm(u) == pytest.approx(1, rel=1e-14)
    v = u @ weights.T / np.linalg.norm(u @ weights.T)
    after = v @ weights / np.linalg.norm(v @ weights)
    y, tape = case.forward()
    np.testing.assert_allclose(y, case.x @ weights / (v @ weights @ after.T) + bias, rtol=1e-13)
    np.testing.assert_allclose(tape.state[0][0], after, rtol=1e-13)
    assert case.state[0][0] is u
    case.training = False
    y, tape = case.forward()
    np.testing.assert_allclose(y, case.x @ weights / (v @ weights @ u.T) + bias, rtol=1e-13)
    assert tape.state[0][0] is u


def test_the_spectral_gradient_is_orthogonal_to_the_weights():
    """y does not change with the length of W."""
    case = Case(Network((SpectralDense(5, 4),), 5), (), 6, seed=1)
    for into in (case.gradient()[0], case.second_gradient()[0]):
        slope, weights = into.layers[0][0], case.parameters.layers[0][0]
        assert abs((slope * weights).sum()) < 1e-13 * np.abs(slope).max()
    y, _ = case.forward()
    case.parameters.layers[0][0].__imul__(7.0)
    np.testing.assert_allclose(case.forward()[0], y, rtol=1e-13)


def test_the_spectral_gradient_holds_u_and_v_fixed():
    """Before power iteration has converged this is not the gradient of the whole layer."""
    case = Case(Network((SpectralDense(3, 3),), 3), (), 4, seed=1)
    weights, bias = case.parameters.layers[0]
    [[u]] = case.state
    v = u @ weights.T / np.linalg.norm(u @ weights.T)
    after = v @ weights / np.linalg.norm(v @ weights)

    def loss() -> float:
        return (case.bars[0] * (case.x @ weights / (v @ weights @ after.T).item() + bias)).sum()

    into, _ = case.gradient()
    assert worst_gradient_error(loss, [weights, bias], list(into.layers[0])) < ENOUGH
    assert worst_gradient_error(case.first, [weights, bias], list(into.layers[0])) > 1e-3


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0, 3), r"Dense\(fan_in=0\)"),
        (lambda: Dense(3, 2.0), r"Dense\(fan_out=2.0\)"),
        (lambda: Dense(True, 3), "whole number above 0"),
        (lambda: Maxout(2, -1, 2), r"Maxout\(fan_out=-1\)"),
        (lambda: Maxout(2, 3, 1), r"write|Dense\(2, 3\)"),
        (lambda: Maxout(2, 3, 2.0), "two pieces at least"),
        (lambda: BatchNorm(0), r"BatchNorm\(features=0\)"),
        (lambda: BatchNorm(2, momentum=1.5), r"lies in \[0, 1\]"),
        (lambda: BatchNorm(2, momentum=float("nan")), r"lies in \[0, 1\]"),
        (lambda: BatchNorm(2, eps=0.0), "above 0"),
        (lambda: BatchNorm(2, eps=float("inf")), "above 0"),
        (lambda: Dropout(1.0), r"lies in \[0, 1\)"),
        (lambda: Dropout(-0.1), r"lies in \[0, 1\)"),
        (lambda: Dropout(float("nan")), r"lies in \[0, 1\)"),
        (lambda: LeakyReLU(1.0), r"lies in \[0, 1\)"),
        (lambda: SpectralDense(2, 0), r"SpectralDense\(fan_out=0\)"),
        (lambda: Network((), 2), "one layer at least"),
        (lambda: Network((Dense(3, 2),), 2), r"write Dense\(2, 2\)"),
        (lambda: Network((Maxout(3, 2, 4),), 2), r"write Maxout\(2, 2, 4\)"),
        (lambda: Network((BatchNorm(3),), 2), r"write BatchNorm\(2\)"),
        (lambda: Network((SpectralDense(3, 2),), 2), r"write SpectralDense\(2, 2\)"),
        (lambda: mlp([2], Tanh()), "input's and the output's width"),
        (lambda: mlp([2, 1], Tanh()).start([]), "a generator for each network"),
        (lambda: mlp([2, 1], Tanh()).parameters(np.zeros(4)), r"\(\.\.\., 3\)"),
        (lambda: mlp([2, 1], Tanh()).parameters(np.zeros(3, int)), "float64 or float32"),
    ],
)
def test_what_cannot_be_a_network_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def plain() -> Case:
    return Case(network("all", 3, 4), (2,), 5, seed=0)


@pytest.mark.parametrize(
    "x",
    [
        np.zeros((5, 3)),
        np.zeros((3, 5, 3)),
        np.zeros((2, 5, 2)),
        np.zeros((2, 3)),
        np.zeros((2, 5, 3), np.float32),
        np.zeros((1, 5, 3)),
        np.zeros(()),
        np.zeros((2, 5, 3), int),
    ],
    ids=lambda x: f"{x.shape}-{x.dtype}",
)
def test_an_input_that_does_not_fit_is_refused(x):
    case = plain()
    with pytest.raises(ValueError, match=r"take \(2, 'n', 3\)"):
        case.net.forward(case.parameters, x, case.run())


def test_a_single_row_is_no_batch():
    net = mlp([3, 1], Tanh())
    with pytest.raises(ValueError, match=r"take \('n', 3\)"):
        net.forward(net.start(np.random.default_rng(0)), np.zeros(3))


@pytest.mark.parametrize("shape", [(5, 1), (1, 5, 1), (2, 5), (2, 1, 1), (2, 5, 2)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_gradient_that_does_not_fit_is_refused(shape, dtype):
    case = plain()
    _, tape = case.forward()
    _, tangents = case.net.tangent(case.parameters, tape, case.dx)
    wrong = np.zeros(shape, dtype)
    right = case.bars[0]
    with pytest.raises(ValueError, match=r"give shape \(2, 5, 1\)"):
        case.net.backward(case.parameters, tape, wrong)
    for bars, name in (
        ((wrong, right), "∂L/∂y"),
        ((right, wrong), "∂L/∂ẏ"),
        ((None, wrong), "∂L/∂ẏ"),
    ):
        with pytest.raises(ValueError, match=f"{name} of shape .* give shape"):
            case.net.backward_tangent(case.parameters, (tape, tangents), bars)
    with pytest.raises(ValueError, match=r"dx of shape .* give shape \(2, 5, 3\)"):
        case.net.tangent(case.parameters, tape, wrong)
    with pytest.raises(ValueError, match="dtype float64"):
        case.net.backward(case.parameters, tape, right.astype(np.float32))


def test_a_gradient_has_the_shape_of_the_parameters():
    case = plain()
    _, tape = case.forward()
    _, tangents = case.net.tangent(case.parameters, tape, case.dx)
    flat = case.parameters.flat
    for wrong in (np.zeros((5, *flat.shape)), flat[0].copy(), flat.astype(np.float32)):
        into = case.net.parameters(wrong)
        with pytest.raises(ValueError, match=r"into .* write network.parameters"):
            case.net.backward(case.parameters, tape, case.bars[0], into=into)
        with pytest.raises(ValueError, match=r"into .* write network.parameters"):
            case.net.backward_tangent(case.parameters, (tape, tangents), case.bars, into=into)


def test_what_a_pass_must_bring_along():
    case = plain()
    forward = case.net.forward
    with pytest.raises(ValueError, match=r"write Pass\(state=network.start_state"):
        forward(case.parameters, case.x)
    with pytest.raises(ValueError, match="that of 1 layers instead of 7"):
        forward(case.parameters, case.x, Pass(rngs=case.run().rngs, state=case.state[:1]))
    for rngs, given_ in (((), 0), (generators(0, (3,)), 3)):
        with pytest.raises(ValueError, match=f"Dropout.*Pass.*{given_} generators for 2 networks"):
            forward(case.parameters, case.x, Pass(rngs=rngs, state=case.state))
    with pytest.raises(ValueError, match="rngs is one generator"):
        forward(case.parameters, case.x, Pass(rngs=np.random.default_rng(0), state=case.state))


@pytest.mark.parametrize("layer", [BatchNorm(3), SpectralDense(3, 2)])
def test_a_state_of_others_is_refused(layer):
    net = Network((layer,), 3)
    case = Case(net, (2,), 5, seed=0)
    others = {
        "float32": net.start_state(generators(0, (2,)), np.float32),
        "one": net.start_state(np.random.default_rng(0)),
        "three": net.start_state(generators(0, (3,))),
        "one of an ensemble": shaped(net, net.start_state(generators(0, (1,))), (1,)),
    }
    for state in others.values():
        for training in (True, False):
            with pytest.raises(ValueError, match=r"state of shape .* write network.start_state"):
                net.forward(case.parameters, case.x, Pass(training, (), state))


def test_one_sample_has_no_variance():
    net = Network((BatchNorm(3),), 3)
    case = Case(net, (), 1, seed=0)
    with pytest.raises(ValueError, match="two samples at least"):
        case.forward()
    case.training = False
    assert np.isfinite(case.forward()[0]).all()


def test_weights_without_a_norm_are_refused():
    net = Network((SpectralDense(3, 2),), 3)
    case = Case(net, (2,), 4, seed=0)
    case.parameters.flat[1] = 0.0
    for case.training in (True, False):
        with pytest.raises(ValueError, match="is W = 0"):
            case.forward()


# --- the checker finds faults ---------------------------------------------------------------------


class Bent(Dense):
    """dW and dx 0.1 % off."""

    def backward(self, tensors, tape, dy, into):
        dx = super().backward(tensors, tape, dy, into)
        into[0].__imul__(1.001)
        return 1.001 * dx


class Dropping(Dense):
    """The last unit gets no gradient."""

    def backward(self, tensors, tape, dy, into):
        lost = dy.copy()
        lost[..., -1] = 0
        return super().backward(tensors, tape, lost, into)


class Stale(Dense):
    """The backward pass uses the first x that ever came by."""

    def __post_init__(self):
        object.__setattr__(self, "kept", [])

    def forward(self, tensors, x, run, place):
        self.kept.append(x.copy())
        return super().forward(tensors, x, run, place)

    def backward(self, tensors, tape, dy, into):
        return super().backward(tensors, self.kept[0], dy, into)


class Averaging(Dense):
    """The gradient of b is averaged over the batch, not summed."""

    def backward(self, tensors, tape, dy, into):
        dx = super().backward(tensors, tape, dy, into)
        into[1].__itruediv__(dy.shape[-2])
        return dx


@pytest.mark.parametrize(
    ("layer", "least"),
    [(Dense, 0.0), (Bent, 0.9e-3), (Dropping, 0.5), (Stale, 0.1), (Averaging, 0.5)],
)
@pytest.mark.parametrize("lead", [(), (3,)])
def test_the_checker_finds_this_fault(layer, least, lead):
    net = Network((Dense(2, 3), Tanh(), layer(3, 2), Tanh(), Dense(2, 1)), 2)
    case = Case(net, lead, 5, seed=0)
    kept = case.x.copy()
    case.x[...] = case.dx
    case.forward()  # what a stale cache holds
    case.x[...] = kept
    into, dx = case.gradient()
    error = worst_gradient_error(
        case.first, [*tensors_of(case.parameters), case.x], [*tensors_of(into), dx], len(lead)
    )
    assert error < ENOUGH if layer is Dense else error > least


def test_the_checker_of_the_checker():
    truth = [np.array([1.0, 2.0]), np.array([[1e-3]])]
    assert worst_error(truth, truth) == 0
    assert worst_error([np.array([1.0, 2.002]), truth[1]], truth) == pytest.approx(1e-3)
    assert worst_error([truth[0], np.array([[1.1e-3]])], truth) == pytest.approx(0.1)
    assert worst_error([-truth[0], truth[1]], truth) == 2
    assert worst_error([truth[0], np.array([[np.nan]])], truth) == np.inf
    assert worst_error([np.zeros(2)], [np.zeros(2)]) == 0
    assert worst_error([np.array([0.0, 1e-300])], [np.zeros(2)]) == np.inf
    rounding = [np.array([1.0]), np.array([1e-17])]
    assert worst_error([np.array([1.0]), np.array([-1e-17])], rounding) < 1e-16
    assert worst_error([np.array([1.0]), np.array([1e-3])], rounding) == pytest.approx(1e-3)
    with pytest.raises(ValueError, match="shape"):
        worst_error([np.zeros((2, 1)), truth[1]], truth)
    with pytest.raises(ValueError, match="zip"):
        worst_error(truth[:1], truth)


def test_the_differences_know_their_formula():
    x, y = np.array([0.3, -1.2]), np.array([[2.0]])
    found = differences(lambda: np.sin(x).sum() * y.item() ** 3, [x, y])
    truth = [np.cos(x) * 8, np.array([[12.0 * np.sin(x).sum()]])]
    assert worst_error(found, truth) < 1e-11
    assert x.tolist() == [0.3, -1.2]
    apart = np.array([[1.0], [2.0]])
    [slope] = differences(lambda: (apart**2).sum(axis=-1), [apart], lead=1)
    np.testing.assert_allclose(slope, 2 * apart, rtol=1e-11)
