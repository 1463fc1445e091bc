"""The optimisers: against recurrences of single numbers, against torch, and what an ensemble is."""

from __future__ import annotations

import itertools
import math
import tracemalloc
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantheory import optimisers
from gantheory.optimisers import SGD, Adam, Momentum, Nesterov, RMSProp

RULES = [
    SGD(),
    Momentum(),
    Momentum(beta=0.0),
    Momentum(beta=0.5),
    Nesterov(),
    Nesterov(beta=0.3),
    Adam(),
    Adam(beta1=0.0, beta2=0.9, eps=1e-6),
    Adam(beta1=0.5),
    RMSProp(),
    RMSProp(decay=0.9, eps=1e-3),
]
DTYPES = [np.float64, np.float32]


def every(rules: list[Any] = RULES) -> Any:
    return pytest.mark.parametrize("rule", rules, ids=repr)


def run(rule: Any, start: Any, gradients: Any, rates: Any) -> Any:
    """The parameters after every step."""
    parameters, path = start.copy(), []
    state = rule.start(parameters)
    for count, (gradient, lr) in enumerate(zip(gradients, rates, strict=True), start=1):
        rule.step(parameters, gradient, state, count, lr)
        path.append(parameters.copy())
    return np.array(path)


# --- recurrences of single numbers ----------------------------------------------------------------


def sgd(_: SGD, theta: float, gradients: Any, rates: Any) -> Iterator[float]:
    for g, lr in zip(gradients, rates, strict=True):
        theta -= lr * g
        yield theta


def momentum(rule: Momentum, theta: float, gradients: Any, rates: Any) -> Iterator[float]:
    v = 0.0
    for g, lr in zip(gradients, rates, strict=True):
        v = rule.beta * v + g
        theta -= lr * v
        yield theta


def nesterov(rule: Nesterov, theta: float, gradients: Any, rates: Any) -> Iterator[float]:
    v = 0.0
    for g, lr in zip(gradients, rates, strict=True):
        v = rule.beta * v + g
        theta -= lr * (g + rule.beta * v)
        yield theta


def adam(rule: Adam, theta: float, gradients: Any, rates: Any) -> Iterator[float]:
    """Algorithm 1 as it is printed."""
    m = v = 0.0
    for t, (g, lr) in enumerate(zip(gradients, rates, strict=True), start=1):
        m = rule.beta1 * m + (1 - rule.beta1) * g
        v = rule.beta2 * v + (1 - rule.beta2) * g**2
        m_hat, v_hat = m / (1 - rule.beta1**t), v / (1 - rule.beta2**t)
        theta -= lr * m_hat / (math.sqrt(v_hat) + rule.eps)
        yield theta


def rms_prop(rule: RMSProp, theta: float, gradients: Any, rates: Any) -> Iterator[float]:
    v = 0.0
    for g, lr in zip(gradients, rates, strict=True):
        v = rule.decay * v + (1 - rule.decay) * g**2
        theta -= lr * g / (math.sqrt(v) + rule.eps)
        yield theta


RECURRENCES: dict[type, Callable[..., Iterator[float]]] = {
    SGD: sgd,
    Momentum: momentum,
    Nesterov: nesterov,
    Adam: adam,
    RMSProp: rms_prop,
}


@every()
def test_the_recurrence_of_every_parameter(rule: Any) -> None:
    rng = np.random.default_rng(3)
    start, gradients = rng.normal(size=5), rng.normal(size=(40, 5))
    rates = 0.05 * rng.uniform(0.5, 1.5, 40)
    found = run(rule, start, gradients, rates)
    for j in range(5):
        theirs = list(RECURRENCES[type(rule)](rule, start[j], gradients[:, j], rates))
        np.testing.assert_allclose(found[:, j], theirs, rtol=1e-13, atol=1e-14)


def test_momentum_is_the_sum_of_all_gradients() -> None:
    """θ after n steps = -lr Σ_t g_t (1 + β + ... + β^(n - t)), exactly, in binary fractions."""
    gradients = np.array([[1.0], [-2.0], [0.5], [4.0]])
    found = run(Momentum(beta=0.5), np.zeros(1), gradients, [0.25] * 4)[-1, 0]
    exact = -Fraction(1, 4) * sum(
        Fraction(float(g)) * sum(Fraction(1, 2**k) for k in range(4 - t))
        for t, g in enumerate(gradients[:, 0])
    )
    assert found == float(exact)


def test_the_first_step_of_adam_is_the_sign_of_the_gradient() -> None:
    gradient = np.array([1e-3, -5.0, 1e4, 0.0])
    for rule in (Adam(), Adam(beta1=0.5, beta2=0.9), Adam(beta1=0.0, beta2=0.0)):
        [after] = run(rule, np.zeros(4), [gradient], [0.1])
        np.testing.assert_allclose(after, -0.1 * np.sign(gradient), rtol=2e-5)


@every()
def test_a_gradient_of_zero_moves_nothing_at_rest(rule: Any) -> None:
    start = np.array([1.0, -2.0])
    np.testing.assert_array_equal(run(rule, start, np.zeros((3, 2)), [0.1] * 3), [start] * 3)


@every()
def test_a_bowl_is_descended(rule: Any) -> None:
    """|θ|²/2 from (1, -1): every rule ends closer by a factor 4."""
    theta = np.array([1.0, -1.0])
    state = rule.start(theta)
    for count in range(1, 301):
        rule.step(theta, theta.copy(), state, count, 0.01)
    assert np.abs(theta).max() < 0.25


# --- ensembles, dtypes, memory --------------------------------------------------------------------


@st.composite
def runs(draw: Any) -> tuple[Any, Any, Any, Any]:
    rule = draw(st.sampled_from(RULES))
    lead = tuple(draw(st.lists(st.integers(1, 3), min_size=1, max_size=2)))
    shape = (*lead, draw(st.sampled_from([1, 2, 3, 8, 31, 130])))
    dtype = draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([0.0, 1e-12, 1.0, 1e8]))
    gradients = (scale * rng.normal(size=(4, *shape))).astype(dtype)
    return rule, rng.normal(size=shape).astype(dtype), gradients, lead


@settings(max_examples=100)
@given(runs())
def test_an_ensemble_takes_the_steps_of_its_members(drawn: Any) -> None:
    rule, start, gradients, lead = drawn
    rates = (0.1, 0.05, 0.02, 0.01)
    kept = gradients.copy()
    path = run(rule, start, gradients, rates)
    assert path.dtype == start.dtype
    assert np.isfinite(path).all()
    np.testing.assert_array_equal(gradients, kept)
    for index in np.ndindex(lead):
        alone = run(rule, start[index], gradients[(slice(None), *index)], rates)
        np.testing.assert_array_equal(path[(slice(None), *index)], alone)


@every()
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_state_is_one_array_of_zeros(rule: Any, dtype: Any) -> None:
    parameters = np.ones((2, 5), dtype)
    state = rule.start(parameters)
    slots = {SGD: 1, Adam: 3}.get(type(rule), 2)
    assert state.shape == (slots, 2, 5)
    assert state.dtype == dtype
    assert not state.any()
    assert not np.shares_memory(state, parameters)


@every()
def test_a_copied_state_goes_on_where_it_was(rule: Any) -> None:
    """And scratch holds nothing: with another in its place the path is the same."""
    rng = np.random.default_rng(8)
    start, gradients = rng.normal(size=6), rng.normal(size=(10, 6))
    whole = run(rule, start, gradients, [0.1] * 10)
    parameters, state = start.copy(), rule.start(start)
    for count in range(1, 6):
        rule.step(parameters, gradients[count - 1], state, count, 0.1)
    parameters, state = parameters.copy(), state.copy()
    state[-1] = math.nan
    for count in range(6, 11):
        rule.step(parameters, gradients[count - 1], state, count, 0.1)
    np.testing.assert_array_equal(parameters, whole[-1])


@every()
def test_numbers_of_numpy_do_not_widen_float32(rule: Any) -> None:
    """lr, count and hyper-parameters as scalars of numpy give the same bits as those of Python."""
    fields = {name: np.float64(value) for name, value in vars(rule).items()}
    start, gradient = np.linspace(-1, 1, 9, dtype=np.float32), np.full(9, 0.3, np.float32)
    found = []
    for same, count, lr in ((rule, 2, 0.1), (type(rule)(**fields), np.int64(2), np.float64(0.1))):
        parameters = start.copy()
        same.step(parameters, gradient, same.start(parameters), count, lr)
        found.append(parameters)
    np.testing.assert_array_equal(*found)
    assert rule == type(rule)(**fields)


class Counted(np.ndarray):
    """An array that counts the ufuncs it takes part in."""

    calls = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        Counted.calls += 1
        plain = [np.asarray(x) if isinstance(x, Counted) else x for x in inputs]
        options["out"] = tuple(np.asarray(x) for x in options["out"])
        return getattr(ufunc, method)(*plain, **options)


@every()
def test_a_step_is_few_calls(rule: Any) -> None:
    parameters, gradient = (np.ones(4).view(Counted) for _ in range(2))
    state = rule.start(parameters).view(Counted)
    Counted.calls = 0
    rule.step(parameters, gradient, state, 1, 0.1)
    assert 0 < Counted.calls <= {SGD: 2, Momentum: 4, Nesterov: 6, Adam: 12, RMSProp: 9}[type(rule)]
    assert np.all(np.asarray(parameters) < 1)


@every()
def test_a_step_makes_no_new_array(rule: Any) -> None:
    parameters, gradient = np.ones(50_000), np.ones(50_000)
    state = rule.start(parameters)
    rule.step(parameters, gradient, state, 1, 0.1)
    tracemalloc.start()
    rule.step(parameters, gradient, state, 2, 0.1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50_000


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "field"),
    [(Momentum, "beta"), (Nesterov, "beta"), (Adam, "beta1"), (Adam, "beta2"), (RMSProp, "decay")],
)
def test_decays_from_0_to_below_1(kind: Any, field: str) -> None:
    for bad in (1.0, 1, -0.1, math.nan, math.inf, "0.5", True, None, [0.5]):
        with pytest.raises(ValueError, match=f"{field} is a number from 0 to below 1"):
            kind(**{field: bad})
    assert getattr(kind(**{field: 0}), field) == 0


@pytest.mark.parametrize("kind", [Adam, RMSProp])
def test_eps_is_positive(kind: Any) -> None:
    for bad in (0, 0.0, -1e-8, math.nan, math.inf, "1e-8"):
        with pytest.raises(ValueError, match="eps"):
            kind(eps=bad)


def test_hyper_parameters_are_keywords_and_fixed() -> None:
    for kind in (Momentum, Nesterov, Adam, RMSProp):
        with pytest.raises(TypeError):
            kind(0.5)
    with pytest.raises(AttributeError):
        Adam().beta1 = 0.5  # type: ignore[misc]


@every()
def test_what_a_step_refuses(rule: Any) -> None:
    good = np.ones((2, 3))
    state = rule.start(good)
    for bad in (0.0, -0.1, math.nan, math.inf):
        with pytest.raises(ValueError, match="learning rate"):
            rule.step(good, good, state, 1, bad)
    for bad_count in (0, -1):
        with pytest.raises(ValueError, match="counted from 1"):
            rule.step(good, good, state, bad_count, 0.1)
    with pytest.raises(TypeError):
        rule.step(good, good, state, 1.5, 0.1)
    for parameters, gradient, other, problem, word in (
        (good, np.ones(3), state, ValueError, "broadcast"),
        (good, np.ones((1, 3)), state, ValueError, "broadcast"),
        (good, good, state[:, 0], ValueError, "start"),
        (good, good, np.concatenate([state, state]), ValueError, "start"),
        (good, good.astype(np.float32), state, TypeError, "cast"),
        (good, good, state.astype(np.float32), TypeError, "cast"),
        (good.astype(int), good, state, TypeError, "cast"),
        (good, good.tolist(), state, TypeError, "numpy arrays"),
        (good, good, None, TypeError, "numpy arrays"),
    ):
        with pytest.raises(problem, match=word):
            rule.step(parameters, gradient, other, 1, 0.1)
    np.testing.assert_array_equal(good, 1)
    assert not state.any()
    for no_parameters in ([1.0], np.ones(3, np.float16), np.ones(3, int), np.array(1.0), None):
        with pytest.raises(TypeError, match="shape"):
            rule.start(no_parameters)


# --- learning rates -------------------------------------------------------------------------------

SCHEDULES = [optimisers.constant, optimisers.linear, optimisers.cosine, optimisers.step]


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_fall_from_one_and_stay_positive(schedule: Any) -> None:
    for total in (1, 2, 3, 7, 1000):
        rates = [schedule(count, total) for count in range(1, total + 1)]
        assert rates[0] == 1
        assert all(0 < after <= before for before, after in itertools.pairwise(rates))
        assert all(type(rate) is float for rate in rates)
    for count, total in ((0, 5), (6, 5), (-1, 5), (1, 0), (math.nan, 5)):
        with pytest.raises(ValueError, match="counted from 1"):
            schedule(count, total)


def test_schedules_by_hand() -> None:
    assert [optimisers.constant(count, 3) for count in (1, 2, 3)] == [1, 1, 1]
    assert [optimisers.linear(count, 4) for count in (1, 2, 3, 4)] == [1, 0.75, 0.5, 0.25]
    assert [optimisers.step(count, 6) for count in range(1, 7)] == [1, 1, 0.1, 0.1, 0.01, 0.01]
    assert optimisers.step(4, 10) == 1
    assert optimisers.step(5, 10) == 0.1
    cosines = [optimisers.cosine(count, 6) for count in range(1, 7)]
    half = math.sqrt(3) / 4
    assert cosines == pytest.approx([1, 0.5 + half, 0.75, 0.5, 0.25, 0.5 - half], rel=1e-14)


# --- torch ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    """torch; not to have it is a failure, not a reason to skip."""
    import torch

    return torch


def in_torch(torch: Any, rule: Any, theta: Any, lr: float) -> Any:
    optim = torch.optim
    match rule:
        case SGD():
            return optim.SGD([theta], lr=lr)
        case Momentum(beta=beta):
            return optim.SGD([theta], lr=lr, momentum=beta)
        case Nesterov(beta=beta):
            return optim.SGD([theta], lr=lr, momentum=beta, nesterov=True)
        case Adam(beta1=beta1, beta2=beta2, eps=eps):
            return optim.Adam([theta], lr=lr, betas=(beta1, beta2), eps=eps)
        case RMSProp(decay=decay, eps=eps):
            return optim.RMSprop([theta], lr=lr, alpha=decay, eps=eps)


@pytest.mark.torch
@every()
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_paths_are_those_of_torch(torch: Any, rule: Any, dtype: Any) -> None:
    rng = np.random.default_rng(12)
    start, gradients = rng.normal(size=30).astype(dtype), rng.normal(size=(60, 30)).astype(dtype)
    theta = torch.tensor(start, requires_grad=True)
    theirs = in_torch(torch, rule, theta, 0.02)
    path = []
    for gradient in gradients:
        theta.grad = torch.tensor(gradient)
        theirs.step()
        path.append(theta.detach().numpy().copy())
    found = run(rule, start, gradients, [0.02] * 60)
    tolerance = 50 * float(np.finfo(dtype).eps)
    np.testing.assert_allclose(found, np.array(path), rtol=tolerance, atol=tolerance)


@pytest.mark.torch
def test_the_schedules_are_those_of_torch(torch: Any) -> None:
    scheduler, total = torch.optim.lr_scheduler, 30
    for ours, make in (
        (optimisers.constant, lambda o: scheduler.ConstantLR(o, factor=1.0)),
        (optimisers.linear, lambda o: scheduler.LinearLR(o, 1.0, 0.0, total_iters=total)),
        (optimisers.cosine, lambda o: scheduler.CosineAnnealingLR(o, total)),
        (optimisers.step, lambda o: scheduler.StepLR(o, total // 3)),
    ):
        rule = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
        schedule = make(rule)
        for count in range(1, total + 1):
            assert ours(count, total) == pytest.approx(schedule.get_last_lr()[0], rel=1e-12)
            rule.step()
            schedule.step()
