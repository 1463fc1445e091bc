"""Gradient penalties: values by hand, derivatives by differences, and the tip of the cone."""

from __future__ import annotations

from collections.abc import Callable
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
    critic,
    generators,
    network,
    slope_along,
    tensors_of,
    worst_error,
    worst_gradient_error,
)

from gantheory.nets import BatchNorm, Dense, Network, Pass, Tanh, mlp
from gantheory.nets.network import Tape
from gantheory.penalties import (
    clip_weights,
    dragan,
    gradient_penalty,
    instance_noise,
    r1,
    r2,
    wgan_gp,
)

ENOUGH = 1e-8
FORMS = {
    "r1": (0.0, False),
    "two-sided": (1.0, False),
    "one-sided": (0.4, True),
}
NAMED: dict[str, Callable[..., Any]] = {
    "wgan-gp": lambda net, theta, x, rngs, **rest: wgan_gp(
        net, theta, x, x[..., ::-1, :] + 1, rngs=rngs, **rest
    ),
    "wgan-gp-one-sided": lambda net, theta, x, rngs, **rest: wgan_gp(
        net, theta, x, x[..., ::-1, :] + 1, rngs=rngs, one_sided=True, **rest
    ),
    "r1": lambda net, theta, x, rngs, **rest: r1(net, theta, x, **rest),
    "r2": lambda net, theta, x, rngs, **rest: r2(net, theta, x, **rest),
    "dragan": lambda net, theta, x, rngs, **rest: dragan(net, theta, x, rngs=rngs, **rest),
}


def penalty(case: Case, **options: Any) -> tuple[Any, Any]:
    """The penalty at the case's x, and its gradient."""
    into = case.net.parameters(np.zeros_like(case.parameters.flat))
    value = gradient_penalty(
        case.net, case.parameters, case.x, into=into, run=case.run(), **options
    )
    return value, into


def linear(*weights: float, dtype: Any = np.float64) -> tuple[Network, Any]:
    """a(x) = x · w + 0.5."""
    net = Network((Dense(len(weights), 1),), len(weights))
    return net, net.parameters(np.array([*weights, 0.5], dtype))


# --- values ---------------------------------------------------------------------------------------


def norms(case: Case) -> np.ndarray:
    """|∇_x a| of every sample, shape (..., n), by differences of a and by nothing else."""
    total = np.zeros(case.x.shape[:-1])
    for k in range(case.net.fan_in):
        along = np.zeros(case.net.fan_in)
        along[k] = 1
        total += slope_along(lambda: case.forward()[0][..., 0], case.x, along) ** 2
    return np.sqrt(total)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["tanh", "leaky-relu", "maxout", "dropout", "spectral"])
@pytest.mark.parametrize("lead", [(), (3,), (2, 2)])
def test_the_value_is_a_mean_over_the_norms_of_the_samples(form, kind, lead):
    center, one_sided = FORMS[form]
    case = clear_case(network(kind, 2, 3), lead, 4, seed=5)
    value, _ = penalty(case, weight=3.0, center=center, one_sided=one_sided)
    excess = norms(case) - center
    truth = 3.0 * np.mean((np.maximum(excess, 0) if one_sided else excess) ** 2, axis=-1)
    assert np.shape(value) == lead
    np.testing.assert_allclose(value, truth, rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weights", [(1.0,), (-1.0,), (0.6, 0.8), (0.0, -1.0, 0.0), (0.5,) * 4])
@pytest.mark.parametrize("n", [1, 2, 7, 64])
def test_a_linear_critic_of_norm_1_pays_nothing(dtype, weights, n):
    net, theta = linear(*weights, dtype=dtype)
    if dtype == np.float32 and weights == (0.6, 0.8):
        weights = tuple(theta.flat[:2].tolist())
    rng = np.random.default_rng(n)
    real, fake = (rng.normal(size=(n, len(weights))).astype(dtype) for _ in range(2))
    for one_sided in (False, True):
        into = net.parameters(np.zeros_like(theta.flat))
        paid = wgan_gp(net, theta, real, fake, rngs=[rng], one_sided=one_sided, into=into)
        assert paid == 0.0
        assert not into.flat.any()
    into = net.parameters(np.zeros_like(theta.flat))
    assert dragan(net, theta, real, rngs=[rng], into=into) == 0.0
    assert not into.flat.any()


@pytest.mark.parametrize("n", [1, 5])
def test_a_linear_critic_pays_by_its_norm_whatever_the_batch(n):
    net, theta = linear(3.0, 4.0)
    x = np.random.default_rng(0).normal(size=(n, 2))
    cases = {
        lambda into: r1(net, theta, x, weight=0.2, into=into): (0.1 * 25, [0.2 * 3, 0.2 * 4, 0]),
        lambda into: r2(net, theta, x, into=into): (5 * 25, [30, 40, 0]),
        lambda into: wgan_gp(net, theta, x, -x, rngs=generators(0, ()), into=into): (
            10 * 16,
            [20 * 4 * 0.6, 20 * 4 * 0.8, 0],
        ),
        lambda into: dragan(net, theta, x, rngs=generators(0, ()), weight=1.0, into=into): (
            16,
            [2 * 4 * 0.6, 2 * 4 * 0.8, 0],
        ),
    }
    for pay, (value, slope) in cases.items():
        into = net.parameters(np.zeros_like(theta.flat))
        assert pay(into) == pytest.approx(value, rel=1e-14)
        np.testing.assert_allclose(into.flat, slope, rtol=1e-14)


def test_the_one_sided_penalty_lets_short_gradients_go():
    for length, paid in {0.5: 0.0, 1.0: 0.0, 1.5: 0.25}.items():
        net, theta = linear(length)
        into = net.parameters(np.zeros(2))
        x = np.ones((3, 1))
        value = gradient_penalty(net, theta, x, weight=1.0, center=1.0, one_sided=True, into=into)
        assert value == paid
        assert into.flat.tolist() == [2 * max(length - 1, 0), 0.0]


# --- derivatives ----------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", LAYERS)
@settings(max_examples=2)
@given(
    lead=st.sampled_from([(), (1,), (2,), (2, 1)]),
    widths=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    n=st.integers(3, 4),
    training=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_the_derivative_in_the_parameters(form, kind, lead, widths, n, training, seed):
    center, one_sided = FORMS[form]
    options = {"weight": 0.7, "center": center, "one_sided": one_sided}
    while True:  # until no gradient is near the tip, nor near the end of what goes free
        case = clear_case(network(kind, *widths), lead, n, seed, training=training)
        of_sum = case.net.backward(case.parameters, case.forward()[1], np.ones_like(case.bars[0]))
        lengths = np.linalg.norm(of_sum, axis=-1)
        clear = (lengths > 0.05).all()
        if one_sided:
            clear &= (abs(lengths - center) > 0.05).all() and (lengths > center).any()
        if clear:
            break
        seed = case.seed + 1
    value, into = penalty(case, **options)
    error = worst_gradient_error(
        lambda: penalty(case, **options)[0],
        tensors_of(case.parameters),
        tensors_of(into),
        len(lead),
    )
    assert np.shape(value) == lead
    assert error < ENOUGH


@pytest.mark.parametrize("name", NAMED)
def test_the_derivative_of_each_penalty(name):
    net = critic(2, 4, 3, 1)
    case = Case(net, (2,), 5, seed=11)

    def value() -> Any:
        into = net.parameters(np.zeros_like(case.parameters.flat))
        return NAMED[name](net, case.parameters, case.x, generators(3, (2,)), into=into)

    into = net.parameters(np.zeros_like(case.parameters.flat))
    NAMED[name](net, case.parameters, case.x, generators(3, (2,)), into=into)
    if name == "wgan-gp-one-sided":
        case.parameters.flat[...] *= 3
        into.flat[...] = 0
        assert (NAMED[name](net, case.parameters, case.x, generators(3, (2,)), into=into) > 0).all()
    error = worst_gradient_error(value, tensors_of(case.parameters), tensors_of(into), 1)
    assert error < ENOUGH


@pytest.mark.parametrize("name", NAMED)
def test_penalties_add_to_the_gradient(name):
    case = Case(critic(2, 4, 1), (2,), 5, seed=1)
    case.parameters.flat[...] *= 3
    net, theta = case.net, case.parameters
    into = net.parameters(np.zeros_like(theta.flat))
    value = NAMED[name](net, theta, case.x, generators(3, (2,)), into=into)
    assert np.abs(into.flat).max(axis=-1).min() > 0
    before = np.random.default_rng(0).normal(size=theta.flat.shape)
    more = net.parameters(before.copy())
    assert np.array_equal(NAMED[name](net, theta, case.x, generators(3, (2,)), into=more), value)
    assert np.array_equal(more.flat, before + into.flat)


def test_the_weight_is_a_factor_and_0_switches_off():
    case = Case(critic(2, 4, 1), (), 5, seed=1)
    value, into = penalty(case, weight=1.0, center=1.0)
    twice, more = penalty(case, weight=2.0, center=1.0)
    assert twice == 2 * value
    np.testing.assert_allclose(more.flat, 2 * into.flat, rtol=1e-14)
    nothing, none = penalty(case, weight=0.0, center=1.0)
    assert nothing == 0.0
    assert not none.flat.any()


# --- the tip of the cone --------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("form", FORMS)
def test_a_gradient_of_0(dtype, form):
    center, one_sided = FORMS[form]
    net, theta = linear(0.0, 0.0, dtype=dtype)
    into = net.parameters(np.zeros_like(theta.flat))
    value = gradient_penalty(
        net,
        theta,
        np.ones((3, 2), dtype),
        weight=2.0,
        center=center,
        one_sided=one_sided,
        into=into,
    )
    assert value == (0.0 if one_sided else 2.0 * dtype(center) ** 2)
    assert into.flat.tolist() == [0.0, 0.0, 0.0]


def test_0_at_the_tip_is_the_limit_of_smooth_penalties():
    """d/dw (√(w² + ε²) - 1)² = 0 at w = 0, and the one-sided slopes beside the tip cancel."""
    for size in (1e-3, 1e-12, 1e-200):
        slopes = []
        for w in (size, -size):
            net, theta = linear(w)
            into = net.parameters(np.zeros(2))
            gradient_penalty(net, theta, np.ones((3, 1)), weight=1.0, center=1.0, into=into)
            slopes.append(into.flat[0])
        assert slopes[0] == -slopes[1]
        assert slopes[0] == pytest.approx(-2 + 2 * size, rel=1e-14)


@pytest.mark.parametrize(
    ("dtype", "sizes"), [(np.float64, (1e-200, 1e-300, 1e200)), (np.float32, (1e-25, 1e-37, 1e18))]
)
def test_norms_whose_squares_leave_the_range(dtype, sizes):
    for size in sizes:
        net, theta = linear(3 * size, 4 * size, dtype=dtype)
        into = net.parameters(np.zeros_like(theta.flat))
        with np.errstate(over="ignore"):  # the square of a norm of 1e200 is inf, its slope is not
            gradient_penalty(net, theta, np.ones((3, 2), dtype), weight=1.0, center=1.0, into=into)
        slope = 2 * (5 * size - 1)
        truth = [slope * 0.6, slope * 0.8, 0]
        np.testing.assert_allclose(into.flat, truth, rtol=1e-13 if dtype == np.float64 else 1e-5)


def test_nan_is_not_hidden():
    net, theta = linear(np.nan, 1.0)
    into = net.parameters(np.zeros(3))
    assert np.isnan(r1(net, theta, np.ones((3, 2)), into=into))
    assert np.isnan(into.flat[:2]).all()


# --- where the points are -------------------------------------------------------------------------


def spied(monkeypatch: pytest.MonkeyPatch, pay: Callable[[], Any]) -> np.ndarray:
    """The points at which a penalty looks at the gradient."""
    seen = []
    forward = Network.forward

    def spy(self: Network, parameters: Any, x: Any, run: Any = None) -> tuple[Any, Tape]:
        seen.append(x)
        return forward(self, parameters, x, run)

    with monkeypatch.context() as patch:
        patch.setattr(Network, "forward", spy)
        pay()
    [points] = seen
    return points


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("lead", [(), (3,), (2, 2)])
def test_wgan_gp_looks_between_real_and_fake_samples(monkeypatch, dtype, lead):
    case = Case(critic(2, 3, 1), lead, 6, seed=0, dtype=dtype)
    into = case.net.parameters(np.zeros_like(case.parameters.flat))
    real, fake = case.x, case.dx
    points = spied(
        monkeypatch,
        lambda: wgan_gp(case.net, case.parameters, real, fake, rngs=generators(9, lead), into=into),
    )
    draws = [rng.random((6, 1)) for rng in generators(9, lead)]
    u = np.reshape(draws, (*lead, 6, 1))
    assert points.dtype == dtype
    np.testing.assert_allclose(
        points, u * real + (1 - u) * fake, rtol=1e-5, atol=1e-14 if dtype == np.float64 else 1e-6
    )


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("lead", [(), (3,)])
def test_dragan_looks_around_real_samples(monkeypatch, dtype, lead):
    case = Case(critic(2, 3, 1), lead, 400, seed=0, dtype=dtype)
    into = case.net.parameters(np.zeros_like(case.parameters.flat))
    real = case.x * (2 + np.arange(3, dtype=dtype)[:, None, None] if lead else 1)
    kept = real.copy()
    points = spied(
        monkeypatch,
        lambda: dragan(
            case.net, case.parameters, real, rngs=generators(9, lead), spread=0.7, into=into
        ),
    )
    assert np.array_equal(real, kept)
    assert points.dtype == dtype
    noise = np.reshape([rng.random((400, 3)) for rng in generators(9, lead)], (*lead, 400, 3))
    scale = 0.7 * real.std(axis=(-2, -1), keepdims=True)
    truth = real + noise[..., :1] * noise[..., 1:] * scale
    np.testing.assert_allclose(points, truth, rtol=1e-5, atol=1e-6)
    moved = (points - real) / scale
    assert moved.min() >= -1e-5
    assert moved.max() <= 1 + 1e-5
    assert abs(moved.mean() - 0.25) < 0.02


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(max_examples=4)
@given(
    widths=st.tuples(st.integers(1, 5), st.integers(1, 40)),
    n=st.integers(1, 70),
    seed=st.integers(0, 1000),
)
def test_a_network_alone_pays_what_it_pays_in_the_ensemble(name, dtype, widths, n, seed):
    case = Case(mlp([*widths, widths[1], 1], Tanh()), (3,), n, seed, dtype=dtype)
    net = case.net
    into = net.parameters(np.zeros_like(case.parameters.flat))
    together = NAMED[name](net, case.parameters, case.x, generators(seed, (3,)), into=into)
    assert together.dtype == into.flat.dtype == dtype
    for i in range(3):
        theta = net.parameters(case.parameters.flat[i].copy())
        mine = net.parameters(np.zeros_like(theta.flat))
        rngs = [generators(seed, (3,))[i]]
        by_itself = NAMED[name](net, theta, case.x[i].copy(), rngs, into=mine)
        assert_same_bits(by_itself, together[i])
        assert by_itself.dtype == dtype
        assert_same_bits(mine.flat, into.flat[i])


def test_numpy_numbers_do_not_cast_float32():
    case = Case(critic(2, 3, 1), (), 4, seed=0, dtype=np.float32)
    number = np.float64(0.5)
    value, into = penalty(case, weight=number, center=number)
    assert value.dtype == into.flat.dtype == np.float32
    rngs = generators(0, ())
    more = dragan(
        case.net, case.parameters, case.x, rngs=rngs, weight=number, spread=number, into=into
    )
    assert more.dtype == np.float32
    assert instance_noise(case.x, number, rngs).dtype == np.float32


def test_the_state_that_was_given_stays():
    net = Network((Dense(2, 3), BatchNorm(3), Tanh(), Dense(3, 1)), 2)
    case = Case(net, (2,), 5, seed=0)
    before = [tensor.copy() for group in case.state for tensor in group]
    penalty(case, weight=1.0, center=0.0)
    after = [tensor for group in case.state for tensor in group]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_batch_norm_is_differentiated_in_the_mode_of_the_pass():
    net = Network((Dense(2, 3), BatchNorm(3), Tanh(), Dense(3, 1)), 2)
    found = {}
    for training in (True, False):
        case = Case(net, (), 5, seed=0, training=training)
        found[training], _ = penalty(case, weight=1.0, center=0.0)
    lengths = norms(case)  # in evaluation: one sample for itself
    assert found[False] == pytest.approx(np.mean(lengths**2), rel=1e-8)
    assert found[True] != pytest.approx(found[False], rel=1e-2)


# --- clipping and noise ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_weights_are_clipped_in_place(dtype):
    case = Case(critic(2, 3, 1), (2,), 1, seed=0, dtype=dtype)
    before = case.parameters.flat.copy()
    assert clip_weights(case.parameters, np.float64(0.25)) is None
    after = case.parameters.flat
    assert after.dtype == dtype
    assert np.array_equal(after, np.minimum(np.maximum(before, dtype(-0.25)), dtype(0.25)))
    assert (np.abs(before) > 0.25).any()
    assert (np.abs(before) < 0.25).any()
    assert np.abs(case.parameters.layers[0][0]).max() == 0.25


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_instance_noise(dtype):
    x = np.ones((2, 500, 4), dtype)
    noisy = instance_noise(x, 0.5, generators(1, (2,)))
    assert noisy.dtype == dtype
    assert (x == 1).all()
    z = (noisy - 1) / 0.5
    assert abs(z.mean()) < 4.5 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 4.5 * np.sqrt(2 / z.size)
    again = generators(1, (2,))
    assert np.array_equal(instance_noise(x[1], 0.5, again[1:]), noisy[1])
    assert np.array_equal(instance_noise(x[0], 0.0, again[:1]), x[0])


# --- errors ---------------------------------------------------------------------------------------

BAD = [-1.0, float("nan"), float("inf")]


@pytest.mark.parametrize("bad", BAD)
def test_numbers_that_are_refused(bad):
    case = Case(critic(2, 3, 1), (), 4, seed=0)
    into = case.into()
    args = case.net, case.parameters, case.x
    rngs = generators(0, ())
    calls: dict[str, Callable[[], Any]] = {
        "weight": lambda: gradient_penalty(*args, weight=bad, center=0.0, into=into),
        "center": lambda: gradient_penalty(*args, weight=1.0, center=bad, into=into),
        "spread": lambda: dragan(*args, rngs=rngs, spread=bad, into=into),
        "scale": lambda: instance_noise(case.x, bad, rngs),
        "bound": lambda: clip_weights(case.parameters, bad),
    }
    for name, call in calls.items():
        with pytest.raises(ValueError, match=f"{name}={bad!r}"):
            call()
    for call in (
        lambda: r1(*args, weight=bad, into=into),
        lambda: r2(*args, weight=bad, into=into),
        lambda: wgan_gp(*args, case.x, rngs=rngs, weight=bad, into=into),
        lambda: dragan(*args, rngs=rngs, weight=bad, into=into),
    ):
        with pytest.raises(ValueError, match=f"weight={bad!r}"):
            call()
    assert np.isnan(into.flat).all(), "nothing was written"
    with pytest.raises(ValueError, match="bound=0"):
        clip_weights(case.parameters, 0)


def test_shapes_that_are_refused():
    case = Case(critic(2, 3, 1), (2,), 4, seed=0)
    net, theta, x, into = case.net, case.parameters, case.x, case.into()
    rngs = generators(0, (2,))
    options = {"weight": 1.0, "center": 1.0}
    with pytest.raises(ValueError, match="take"):
        gradient_penalty(net, theta, x[0], into=into, **options)
    with pytest.raises(ValueError, match="one sample at least"):
        gradient_penalty(net, theta, x[:, :0], into=into, **options)
    with pytest.raises(ValueError, match="one sample at least"):
        r1(net, theta, x[0, 0], into=into)
    with pytest.raises(ValueError, match="take"):
        r1(net, theta, x.astype(np.float32), into=into)
    with pytest.raises(ValueError, match="each real sample needs one generated"):
        wgan_gp(net, theta, x, x[:, :3], rngs=rngs, into=into)
    with pytest.raises(ValueError, match="each real sample needs one generated"):
        wgan_gp(net, theta, x, x.astype(np.float32), rngs=rngs, into=into)
    with pytest.raises(ValueError, match="each real sample needs one generated"):
        wgan_gp(net, theta, x, x[:1], rngs=rngs, into=into)
    for wrong in (into.flat[0].copy(), into.flat.astype(np.float32)):
        with pytest.raises(ValueError, match="into of shape"):
            r1(net, theta, x, into=net.parameters(wrong))
    two = mlp([2, 2], Tanh())
    with pytest.raises(ValueError, match="one output, this network has 2"):
        r1(two, two.start(rngs), x, into=two.start(rngs))
    for wrong in (np.zeros(3), np.zeros((3, 2), int)):
        with pytest.raises(ValueError, match=r"give \(\.\.\., n, d\)"):
            instance_noise(wrong, 1.0, [])


@pytest.mark.parametrize("count", [0, 1, 3])
def test_missing_generators_are_refused(count):
    case = Case(critic(2, 3, 1), (2,), 4, seed=0)
    rngs = generators(0, (count,))
    args = case.net, case.parameters, case.x
    for call in (
        lambda: wgan_gp(*args, case.dx, rngs=rngs, into=case.into()),
        lambda: dragan(*args, rngs=rngs, into=case.into()),
        lambda: instance_noise(case.x, 1.0, rngs),
    ):
        with pytest.raises(ValueError, match=f"{count} generators for 2 networks"):
            call()
    with pytest.raises(ValueError, match="write a sequence of 2"):
        instance_noise(case.x, 1.0, np.random.default_rng(0))


def test_a_state_that_is_missing_is_refused():
    net = Network((Dense(2, 3), BatchNorm(3), Tanh(), Dense(3, 1)), 2)
    case = Case(net, (2,), 5, seed=0)
    with pytest.raises(ValueError, match="keeps a state"):
        r1(net, case.parameters, case.x, into=case.into())
    value = r1(net, case.parameters, case.x, into=case.into(), run=Pass(state=case.state))
    assert worst_error([value], [penalty(case, weight=5.0, center=0.0)[0]]) == 0
