"""assert_gradient on right and wrong gradients: right ones pass, wrong ones are named by their place."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from network_checks import LAYERS, Case, network

from gantheory.testing.gradients import assert_gradient

RNG = np.random.default_rng(5)
X, WIDTH = RNG.normal(size=(32, 5)), 8
START = {
    "W1": RNG.normal(size=(5, WIDTH)) / 2,
    "b1": np.zeros(WIDTH),
    "W2": RNG.normal(size=(WIDTH, 1)) / 2,
    "b2": np.zeros(1),
}


def params(dtype: Any = np.float64) -> dict[str, np.ndarray]:
    return {name: tensor.astype(dtype) for name, tensor in START.items()}


def logits(theta: Any) -> tuple[np.ndarray, ...]:
    x = X.astype(theta["W1"].dtype)
    z = x @ theta["W1"] + theta["b1"]
    a = np.maximum(z, 0)
    return x, z, a, a @ theta["W2"] + theta["b2"]


def loss(theta: Any) -> Any:
    """-E log σ(a), the discriminator's loss on real samples."""
    return np.mean(np.logaddexp(0, -logits(theta)[-1]))


def gradient(theta: Any) -> dict[str, np.ndarray]:
    x, z, a, y = logits(theta)
    dy = -1 / (1 + np.exp(y)) / np.float32(len(x))
    dz = (dy @ theta["W2"].T) * (z > 0)
    return {"W1": x.T @ dz, "b1": dz.sum(0), "W2": a.T @ dy, "b2": dy.sum(0)}


def narrow(theta: Any) -> Any:
    """The loss in float32, whatever it is given."""
    return loss({name: tensor.astype(np.float32) for name, tensor in theta.items()})


# --- right ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("f", [loss, narrow])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_right_gradient_passes(f: Any, dtype: Any) -> None:
    assert_gradient(f, params(dtype), gradient)
    assert_gradient(f, params(dtype), gradient(params(dtype)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_right_gradient_of_many_is_refused(dtype: Any) -> None:
    for seed in range(12):
        rng = np.random.default_rng(seed)
        size = 10.0 ** rng.uniform(-2, 0.5)
        theta = {name: (size * rng.normal(size=t.shape)).astype(dtype) for name, t in START.items()}
        assert_gradient(loss, theta, gradient(theta), rng=rng)


@pytest.mark.parametrize("kind", LAYERS)
def test_the_gradients_of_our_own_layers_pass(kind: str) -> None:
    case = Case(network(kind, 2, 3), (), 6, seed=3)
    case.settle()  # the derivative of a spectral norm is that at the limit of power iteration

    def f(flat: np.ndarray) -> Any:
        case.parameters.flat[...] = flat
        return case.first()

    flat = case.parameters.flat.copy()
    assert_gradient(f, flat, case.gradient()[0].flat.copy())
    wrong = case.gradient()[0].flat.copy()
    worst = int(np.abs(wrong).argmax())
    wrong[worst] *= 1.001
    with pytest.raises(AssertionError, match=rf"params\[{worst}\] is wrong"):
        assert_gradient(f, flat, wrong)


def test_forms_of_params() -> None:
    pair = namedtuple("pair", "scale shift")
    a, b = np.array([1.0, 2.0]), np.array([[3.0]])
    assert_gradient(lambda t: (t**3).sum(), a, 3 * a**2)
    assert_gradient(lambda t: t[0].sum() * t[1].sum(), (a, b), [np.full(2, 3.0), b])
    assert_gradient(lambda t: t.scale**2 * t.shift, pair(2.0, 3.0), pair(12.0, 4.0))
    nested = {"net": [{"w": a}, {"w": b}], "slope": 2.0}
    with pytest.raises(AssertionError, match=r"net\.1\.w\[0, 0\] is wrong: given 7"):
        assert_gradient(
            lambda t: t["net"][0]["w"].sum() * t["net"][1]["w"].sum() * t["slope"],
            nested,
            {"net": [{"w": np.full(2, 6.0)}, {"w": np.array([[7.0]])}], "slope": 9.0},
        )


def test_unused_parameters_may_have_none() -> None:
    theta = {"used": np.array([2.0]), "unused": np.array([1.0])}
    grad = {"used": np.array([4.0]), "unused": None}
    assert_gradient(lambda t: (t["used"] ** 2).sum(), theta, grad)
    with pytest.raises(AssertionError, match=r"unused\[0\] is wrong: given 0, .* no gradient arr"):
        assert_gradient(lambda t: (t["used"] ** 2).sum() + t["unused"].sum(), theta, grad)


@pytest.mark.parametrize("slope", [-1.0, 0.0, 0.3, 1.0])
def test_at_a_kink_every_slope_between_is_right(slope: float) -> None:
    assert_gradient(lambda t: np.abs(t).sum() + t[1] ** 2, np.array([0.0, 1.0]), [slope, 3.0])


@pytest.mark.parametrize("slope", [-1.01, 1.01, 2.0])
def test_beyond_a_kink_it_is_wrong(slope: float) -> None:
    with pytest.raises(AssertionError, match=r"params\[0\] is wrong"):
        assert_gradient(lambda t: np.abs(t).sum() + t[1] ** 2, np.array([0.0, 1.0]), [slope, 3.0])


@pytest.mark.parametrize("distance", [1e-1, 1e-3, 1e-5])
def test_a_kink_nearby_hides_nothing(distance: float) -> None:
    theta = np.array([distance, 1.0])
    assert_gradient(lambda t: np.abs(t).sum(), theta, [1.0, 1.0])
    with pytest.raises(AssertionError, match=r"params\[0\] is wrong: given 0.99"):
        assert_gradient(lambda t: np.abs(t).sum(), theta, [0.99, 1.0])


# --- wrong ----------------------------------------------------------------------------------------


def entry(name: str, index: tuple[int, ...], factor: float) -> Callable[[Any], Any]:
    def change(grad: Any) -> Any:
        grad[name][index] *= factor
        return grad

    return change


def tensor(name: str, change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda grad: {**grad, name: change(grad[name])}


BIG = np.unravel_index(np.abs(gradient(START)["W1"]).argmax(), (5, WIDTH))
PLACE = r"W1\[" + ", ".join(str(int(i)) for i in BIG)
LAST = int(np.abs(gradient(START)["W2"]).argmax())
WRONG = {
    "an entry by 0.1 %": (entry("W1", BIG, 1.001), PLACE),
    "an entry of the last tensor": (entry("b2", (0,), 1.001), r"b2\[0\]"),
    "a missing unit": (entry("W2", (LAST, 0), 0.0), rf"W2\[{LAST}, 0\] .*left out"),
    "a dropped bias": (tensor("b1", lambda g: 0 * g), "all of b1 is 0: no gradient arrives"),
    "a bias averaged": (tensor("b1", lambda g: g / 32), r"b1\[\d\] .*b1 is 0.0312\d* times"),
    "a wrong sign": (tensor("W2", lambda g: -g), "all of W2 has the wrong sign"),
    "a sum for a mean": (tensor("W1", lambda g: 32 * g), r"W1\[.*W1 is 32 times"),
    "units in another order": (tensor("W2", lambda g: g[::-1].copy()), r"W2\["),
    "a derivative of the activation": (
        tensor("b1", lambda g: g + 0.1 * np.sign(g)),
        r"b1\[",
    ),
    "a whole tensor by 0.1 %": (tensor("W1", lambda g: 1.001 * g), r"W1\["),
}


@pytest.mark.parametrize("name", WRONG)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_is_wrong_is_named(name: str, dtype: Any) -> None:
    change, place = WRONG[name]
    theta = params(dtype)
    with pytest.raises(AssertionError, match=place) as caught:
        assert_gradient(loss, theta, change(gradient(theta)))
    assert "slope" in str(caught.value)
    with pytest.raises(AssertionError, match=place.split(r"\[")[0]):
        assert_gradient(loss, theta, lambda t: change(gradient(t)))


@pytest.mark.parametrize("name", WRONG)
def test_most_is_seen_where_f_computes_in_float32(name: str) -> None:
    change, place = WRONG[name]
    theta = params(np.float32)
    if "0.1 %" in name or "last tensor" in name:  # near what float32 can tell
        change, place = tensor("W1", lambda g: 1.02 * g), r"W1\["
    with pytest.raises(AssertionError, match=place.split(r"\[")[0]):
        assert_gradient(narrow, theta, change(gradient(theta)))


def test_a_stale_cache_is_seen() -> None:
    kept: list[Any] = []

    def cached(theta: Any) -> Any:
        kept.append(gradient(theta)) if not kept else None
        return kept[0]

    with pytest.raises(AssertionError, match=r"at other params is wrong.*renew what is cached"):
        assert_gradient(loss, params(), cached)


def test_a_gradient_that_adds_up_is_seen() -> None:
    total = {name: 0 * t for name, t in START.items()}
    first: list[Any] = []

    def adding(theta: Any) -> Any:
        if len(first) == 1:
            total.update({name: 0 * t for name, t in START.items()})
        first.append(0)
        total.update({name: total[name] + g for name, g in gradient(theta).items()})
        return {name: t.copy() for name, t in total.items()}

    with pytest.raises(AssertionError, match="on a later one at the same params: clear it"):
        assert_gradient(loss, params(), adding)


@pytest.mark.slow
def test_one_missing_unit_of_many_is_found() -> None:
    size = 20_000
    rng = np.random.default_rng(0)
    theta, calls = rng.normal(size=size), []
    weights = rng.normal(size=size)

    def f(t: np.ndarray) -> Any:
        calls.append(0)
        return np.mean(weights * np.sin(t))

    grad = weights * np.cos(theta) / size
    place = 12_345
    grad[place] = 0.0
    with pytest.raises(AssertionError, match=rf"params\[{place}\] is wrong: given 0"):
        assert_gradient(f, theta, grad)
    assert len(calls) < 2500


def test_the_same_call_gives_the_same_message() -> None:
    told = []
    for _ in range(2):
        with pytest.raises(AssertionError) as caught:
            assert_gradient(loss, params(), WRONG["a missing unit"][0](gradient(START)))
        told.append(str(caught.value))
    assert told[0] == told[1]


# --- an epsilon in the loss -----------------------------------------------------------------------


def with_epsilon(epsilon: float) -> Callable[[Any], Any]:
    """-E log(D + ε), whose gradient people write as if ε were 0."""
    return lambda theta: -np.mean(np.log(1 / (1 + np.exp(-logits(theta)[-1])) + epsilon))


@pytest.mark.parametrize("epsilon", [1e-7, 1e-6, 1e-5, 1e-4])
def test_an_epsilon_is_called_one_and_may_be_stated(epsilon: float) -> None:
    f = with_epsilon(epsilon)
    assert_gradient(with_epsilon(0.0), params(), gradient)
    with pytest.raises(AssertionError, match=r"an epsilon that f has and grad has not") as caught:
        assert_gradient(f, params(), gradient)
    stated = float(str(caught.value).split("tolerance=")[1])
    assert stated < 1e3 * epsilon
    assert_gradient(f, params(), gradient, tolerance=stated)


def test_an_epsilon_beside_probabilities() -> None:
    d = np.random.default_rng(3).uniform(0.02, 0.9, 8)
    f = lambda d: -np.sum(np.log(d + 1e-8))  # noqa: E731
    with pytest.raises(AssertionError, match="an epsilon that f has and grad has not"):
        assert_gradient(f, d, -1 / d)
    assert_gradient(f, d, -1 / d, tolerance=1e-6)
    assert_gradient(f, d, -1 / (d + 1e-8))


@pytest.mark.parametrize("name", [name for name in WRONG if "0.1 %" not in name])
def test_a_tolerance_hides_nothing_larger(name: str) -> None:
    change, place = WRONG[name]
    with pytest.raises(AssertionError, match=place.split(r"\[")[0]) as caught:
        assert_gradient(loss, params(), change(gradient(START)), tolerance=1e-4)
    assert "epsilon" not in str(caught.value)


def test_one_wrong_entry_is_no_epsilon() -> None:
    for name in ("an entry by 0.1 %", "a whole tensor by 0.1 %"):
        with pytest.raises(AssertionError) as caught:
            assert_gradient(loss, params(), WRONG[name][0](gradient(START)))
        assert "epsilon" not in str(caught.value)
    assert "W1 is 1.001 times the slope" in str(caught.value)


# --- what cannot be judged ------------------------------------------------------------------------


def test_what_shows_nothing_is_refused() -> None:
    ones = np.ones(3)
    with pytest.raises(ValueError, match="all derivatives of f are 0"):
        assert_gradient(lambda t: np.maximum(t - 5, 0).sum(), ones, np.zeros(3))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="draws random numbers"):
        assert_gradient(lambda t: (t * rng.normal(size=3)).sum(), ones, ones)
    with pytest.raises(ValueError, match="too noisy"):
        assert_gradient(lambda t: 1e9 + np.float64(t.sum()).astype(np.float32), ones, ones)
    with pytest.raises(ValueError, match=r"f\(params\) = nan"):
        assert_gradient(lambda t: np.nan * t.sum(), ones, ones)
    with pytest.raises(ValueError, match=r"array of shape \(3,\): return one number"):
        assert_gradient(lambda t: t, ones, ones)


def test_wrong_use() -> None:
    ones = np.ones(3)
    with pytest.raises(TypeError, match="give the function"):
        assert_gradient(3.0, ones, ones)  # type: ignore[arg-type]
    for tolerance in (-1e-9, 1.0, np.nan):
        with pytest.raises(ValueError, match="tolerance="):
            assert_gradient(np.sum, ones, ones, tolerance=tolerance)
    with pytest.raises(TypeError, match="give floats"):
        assert_gradient(np.sum, np.ones(3, int), ones)
    with pytest.raises(ValueError, match="holds no number"):
        assert_gradient(np.sum, {}, {})
    with pytest.raises(ValueError, match="holds a nan"):
        assert_gradient(np.sum, ones * np.nan, ones)
    with pytest.raises(ValueError, match=r"grad params has shape \(1, 3\), but params params has"):
        assert_gradient(np.sum, ones, ones[None])
    with pytest.raises(ValueError, match="params holds a, but grad b"):
        assert_gradient(lambda t: t["a"].sum(), {"a": ones}, {"b": ones})
    with pytest.raises(AssertionError, match=r"gradient of params\[1\] is nan"):
        assert_gradient(np.sum, ones, np.array([1.0, np.nan, 1.0]))


def test_params_are_not_changed() -> None:
    theta = np.ones(3)

    def f(t: np.ndarray) -> Any:
        t *= 2
        return (t**2).sum()

    assert_gradient(f, theta, np.full(3, 8.0))
    assert (theta == 1).all()


# --- other libraries ------------------------------------------------------------------------------


@pytest.mark.slow
def test_jax() -> None:
    x = jnp.asarray(X)

    def f(theta: Any) -> Any:
        return jnp.mean(jax.nn.softplus(-jnp.tanh(x @ theta["W"]) @ theta["v"]))

    theta = {"W": jnp.asarray(START["W1"]), "v": jnp.asarray(START["W2"][:, 0])}
    assert_gradient(f, theta, jax.grad(f))
    with pytest.raises(AssertionError, match=r"v\[0\] is wrong.*v is 2 times"):
        assert_gradient(f, theta, lambda t: {**jax.grad(f)(t), "v": 2 * jax.grad(f)(t)["v"]})


@pytest.mark.torch
@pytest.mark.parametrize("name", ["float64", "float32"])
def test_torch(name: str) -> None:
    import torch

    dtype = getattr(torch, name)
    torch.manual_seed(0)
    net = torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.LeakyReLU(0.2), torch.nn.Linear(8, 1)
    ).to(dtype)
    x = torch.as_tensor(X, dtype=dtype)

    def f(theta: Any) -> Any:
        y = torch.func.functional_call(net, theta, (x,))
        return torch.nn.functional.softplus(-y).mean()

    f(dict(net.named_parameters())).backward()
    grad = {key: p.grad for key, p in net.named_parameters()}
    assert_gradient(f, dict(net.named_parameters()), grad)
    grad["2.weight"] = grad["2.weight"] * torch.tensor([1.0] * 7 + [0.0])
    with pytest.raises(AssertionError, match=r"2\.weight\[0, 7\] is wrong: given 0"):
        assert_gradient(f, dict(net.named_parameters()), grad)
    numbers = {key: p.detach().numpy() for key, p in net.named_parameters()}
    with pytest.raises(AssertionError, match=r"2\.weight\[0, 7\] is wrong: given 0"):
        assert_gradient(f, numbers, grad, array=torch.as_tensor)
