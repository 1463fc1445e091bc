"""Networks by hand against jax and torch, whose derivatives were made by other people's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from elsewhere import InJax, InTorch, forward, masks_of
from network_checks import Case, generators, tensors_of, worst_error

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
from gantheory.penalties import dragan, gradient_penalty, r1, r2, wgan_gp

FIRST, SECOND = 1e-12, 1e-10
MIDDLES: dict[str, tuple[Any, ...]] = {
    "dense": (Dense(4, 4),),
    "leaky-relu": (LeakyReLU(0.2),),
    "relu": (ReLU(),),
    "tanh": (Tanh(),),
    "sigmoid": (Sigmoid(),),
    "softplus": (Softplus(),),
    "elu": (ELU(),),
    "maxout": (Maxout(4, 4, 3), Tanh()),
    "batch-norm": (BatchNorm(4), Tanh()),
    "dropout": (Tanh(), Dropout(0.3)),
    "spectral": (SpectralDense(4, 4), Softplus()),
    "all": (
        SpectralDense(4, 4),
        BatchNorm(4),
        LeakyReLU(0.1),
        Maxout(4, 4, 2),
        Dropout(0.25),
        Dense(4, 4),
        ELU(),
    ),
}
MODES = [(kind, True) for kind in MIDDLES] + [
    (kind, False) for kind in ("batch-norm", "dropout", "spectral", "all")
]
SEEDS = (0, 1)


def case_of(kind: str, training: bool, seed: int, fan_out: int = 1) -> Case:
    """Two networks with five samples each; running statistics and u somewhere on their way."""
    net = Network((Dense(3, 4), *MIDDLES[kind], Dense(4, fan_out)), 3)
    case = Case(net, (2,), 5, seed)
    case.move_on(2)
    case.training = training
    return case


# --- the same networks, written with the functions of another library -----------------------------


def given(lib: Any, case: Case, i: int) -> Any:
    """Network i's tensors, states and masks, with its draws made anew."""
    tensors = [lib.array(tensor[i]) for tensor in tensors_of(case.parameters)]
    states = [[lib.array(tensor[i]) for tensor in group] for group in case.state]
    rng = generators(case.seed + 2, case.lead)[i]
    masks = masks_of(case.net, case.n, rng) if case.training else []
    return tensors, (states, [lib.array(mask) for mask in masks])


def outside(lib: Any, case: Case) -> Callable[[Any, Any, Any], Any]:
    """The network of the case as f(tensors, (states, masks), x)."""
    return lambda tensors, rest, x: forward(lib, case.net, tensors, *rest, x, case.training)[0]


class AskJax(InJax):
    """Values and derivatives by jax."""

    def __init__(self) -> None:
        self.compiled: dict[str, Any] = {}

    def quickly(self, name: str, f: Callable[..., Any], *args: Any) -> Any:
        """f(*args), compiled once for all seeds; most of the time goes into compiling."""
        if name not in self.compiled:
            self.compiled[name] = (
                jax.jit(f).lower(*args).compile({"xla_backend_optimization_level": 0})
            )
        return self.compiled[name](*args)

    def value(self, f: Any, tensors: Any, rest: Any, x: Any) -> Any:
        return self.quickly("value", f, tensors, rest, x)

    def second(
        self, f: Any, tensors: Any, rest: Any, x: Any, dx: Any, bars: Any, along: Any
    ) -> Any:
        """∂ (Σ ȳ y + Σ ẏ̄ ẏ) in tensors, x and ẋ, ẏ along ẋ and θ̇."""

        def loss(t: Any, at: Any, dot: Any, direction: Any, others: Any, both: Any) -> Any:
            y, tangent = jax.jvp(lambda p, point: f(p, others, point), (t, at), (direction, dot))
            return (both[0] * y).sum() + (both[1] * tangent).sum()

        return self.quickly("second", jax.grad(loss, (0, 1, 2)), tensors, x, dx, along, rest, bars)

    def first(self, f: Any, tensors: Any, rest: Any, x: Any, bar: Any) -> Any:
        """∂ Σ ȳ y in tensors and x: `second` with ẏ̄ = 0."""
        bars, still = (bar, jnp.zeros_like(bar)), [jnp.zeros_like(t) for t in tensors]
        return self.second(f, tensors, rest, x, jnp.zeros_like(x), bars, still)[:2]

    def penalty(self, f: Any, tensors: Any, rest: Any, x: Any, form: Any) -> Any:
        """weight * mean of (|∇_x a| - center)², or of max(0, .)², and its derivative in the tensors."""

        def loss(t: Any, others: Any, at: Any, numbers: Any) -> Any:
            slope = jax.grad(lambda point: f(t, others, point).sum())(at)
            weight, center, one_sided = numbers
            excess = jnp.sqrt((slope**2).sum(axis=1)) - center
            return weight * (jnp.where(one_sided & (excess < 0), 0.0, excess) ** 2).mean()

        return self.quickly("penalty", jax.value_and_grad(loss), tensors, rest, x, form)


class AskTorch(InTorch):
    """Values and derivatives by torch."""

    def array(self, values: Any) -> Any:
        return super().array(values).requires_grad_()

    def slopes(self, of: Any, inputs: Any, **options: Any) -> Any:
        options |= {"allow_unused": True, "materialize_grads": True}
        return self.torch.autograd.grad(of, inputs, **options)

    def value(self, f: Any, tensors: Any, rest: Any, x: Any) -> Any:
        return f(tensors, rest, x)

    def first(self, f: Any, tensors: Any, rest: Any, x: Any, bar: Any) -> Any:
        """∂ Σ ȳ y in tensors and x."""
        *slopes, of_x = self.slopes((bar * f(tensors, rest, x)).sum(), [*tensors, x])
        return slopes, of_x

    def second(
        self, f: Any, tensors: Any, rest: Any, x: Any, dx: Any, bars: Any, along: Any
    ) -> Any:
        """∂ (Σ ȳ y + Σ ẏ̄ ẏ) in tensors, x and ẋ, with Σ ẏ̄ ẏ = ∂(Σ ẏ̄ y) along ẋ and θ̇."""
        y = f(tensors, rest, x)
        pulled = self.slopes((bars[1] * y).sum(), [*tensors, x], create_graph=True)
        moves = zip(pulled, [*along, dx], strict=True)
        loss = (bars[0] * y).sum() + sum((slope * move).sum() for slope, move in moves)
        *slopes, of_x, of_dx = self.slopes(loss, [*tensors, x, dx])
        return slopes, of_x, of_dx

    def penalty(self, f: Any, tensors: Any, rest: Any, x: Any, form: Any) -> Any:
        """weight * mean of (|∇_x a| - center)², or of max(0, .)², and its derivative in the tensors."""
        weight, center, one_sided = form
        [slope] = self.slopes(f(tensors, rest, x).sum(), [x], create_graph=True)
        excess = slope.norm(dim=1) - center
        paid = weight * ((excess.clamp(min=0) if one_sided else excess) ** 2).mean()
        return paid, self.slopes(paid, tensors)


@pytest.fixture(scope="module")
def torch() -> Any:
    """torch; not to have it is a failure, not a reason to skip."""
    import torch

    return torch


# --- ours beside theirs ---------------------------------------------------------------------------


def error_first(lib: Any, case: Case) -> float:
    """The worst error of `forward` and `backward`."""
    y, _ = case.forward()
    into, dx = case.gradient()
    f, worst = outside(lib, case), 0.0
    for i in range(2):
        tensors, rest = given(lib, case, i)
        x, bar = lib.array(case.x[i]), lib.array(case.bars[0][i])
        slopes, of_x = lib.first(f, tensors, rest, x, bar)
        ours = [y[i], *(tensor[i] for tensor in tensors_of(into)), dx[i]]
        theirs = [lib.value(f, tensors, rest, x), *slopes, of_x]
        worst = max(worst, worst_error(ours, [in_numpy(one) for one in theirs]))
    return worst


def error_second(lib: Any, case: Case) -> float:
    """The worst error of `backward_tangent`, ẏ along ẋ and θ̇."""
    into, x_bar, dx_bar = case.second_gradient(along=True)
    f, worst = outside(lib, case), 0.0
    for i in range(2):
        tensors, rest = given(lib, case, i)
        bars = tuple(lib.array(bar[i]) for bar in case.bars)
        x, dx = lib.array(case.x[i]), lib.array(case.dx[i])
        along = [lib.array(tensor[i]) for tensor in tensors_of(case.direction)]
        slopes, of_x, of_dx = lib.second(f, tensors, rest, x, dx, bars, along)
        ours = [*(tensor[i] for tensor in tensors_of(into)), x_bar[i], dx_bar[i]]
        worst = max(worst, worst_error(ours, [in_numpy(one) for one in (*slopes, of_x, of_dx)]))
    return worst


def in_numpy(array: Any) -> np.ndarray:
    return array.detach().numpy() if hasattr(array, "detach") else np.asarray(array)


# weight, center, one-sided: the papers' formulas, with what each penalty multiplies the mean by
PENALTIES = {
    "r1": (10.0 / 2, 0.0, False),
    "r2": (0.3 / 2, 0.0, False),
    "wgan-gp": (10.0, 1.0, False),
    "wgan-gp-one-sided": (10.0, 1.0, True),
    "dragan": (10.0, 1.0, False),
    "centred at 0.5": (2.0, 0.5, False),
}


def points(name: str, case: Case, i: int) -> np.ndarray:
    """Where network i's penalty looks, with its draws made anew."""
    real, fake = case.x[i], case.dx[i]
    rng = generators(9, (2,))[i]
    if name == "r2":
        return fake
    if name.startswith("wgan-gp"):
        share = rng.random((case.n, 1))
        return share * real + (1 - share) * fake
    if name == "dragan":
        draws = rng.random((case.n, 4))
        return real + draws[:, :1] * (0.5 * real.std() * draws[:, 1:])
    return real


def error_penalty(lib: Any, case: Case, name: str) -> tuple[float, float]:
    """The worst errors of a penalty's value and gradient."""
    net, theta, real, fake = case.net, case.parameters, case.x, case.dx
    into = net.parameters(np.zeros_like(theta.flat))
    rngs, rest = generators(9, (2,)), {"into": into, "run": case.run()}
    value = {
        "r1": lambda: r1(net, theta, real, **rest),
        "r2": lambda: r2(net, theta, fake, weight=0.3, **rest),
        "wgan-gp": lambda: wgan_gp(net, theta, real, fake, rngs=rngs, **rest),
        "wgan-gp-one-sided": lambda: wgan_gp(
            net, theta, real, fake, rngs=rngs, one_sided=True, **rest
        ),
        "dragan": lambda: dragan(net, theta, real, rngs=rngs, **rest),
        "centred at 0.5": lambda: gradient_penalty(
            net, theta, real, weight=2.0, center=0.5, **rest
        ),
    }[name]()
    worst = [0.0, 0.0]
    f = outside(lib, case)
    for i in range(2):
        tensors, rest = given(lib, case, i)
        x = lib.array(points(name, case, i))
        paid, slopes = lib.penalty(f, tensors, rest, x, PENALTIES[name])
        ours = [tensor[i] for tensor in tensors_of(into)]
        worst[0] = max(worst[0], worst_error([value[i]], [in_numpy(paid)]))
        worst[1] = max(worst[1], worst_error(ours, [in_numpy(one) for one in slopes]))
    return worst[0], worst[1]


@pytest.mark.parametrize(("kind", "training"), MODES)
def test_all_passes_and_jax(kind, training):
    lib = AskJax()
    for seed in SEEDS:
        assert error_first(lib, case_of(kind, training, seed, 2)) < FIRST
        assert error_second(lib, case_of(kind, training, seed, 2)) < SECOND


@pytest.mark.parametrize(
    ("kind", "training"), [("leaky-relu", True), ("batch-norm", False), ("all", True)]
)
def test_each_penalty_and_jax(kind, training):
    lib = AskJax()
    for seed in SEEDS:
        case = case_of(kind, training, seed)
        if seed == 1:
            case.parameters.layers[-1][0].__imul__(10)  # so that gradients are longer than 1
        for name in PENALTIES:
            value, slope = error_penalty(lib, case, name)
            assert value < FIRST
            assert slope < SECOND


# --- and torch ------------------------------------------------------------------------------------


@pytest.mark.torch
@pytest.mark.parametrize(("kind", "training"), MODES)
def test_all_passes_and_torch(torch, kind, training):
    lib = AskTorch(torch)
    for seed in SEEDS:
        assert error_first(lib, case_of(kind, training, seed, 2)) < FIRST
        assert error_second(lib, case_of(kind, training, seed, 2)) < SECOND


@pytest.mark.torch
@pytest.mark.parametrize(("kind", "training"), MODES)
def test_each_penalty_and_torch(torch, kind, training):
    lib = AskTorch(torch)
    for seed in SEEDS:
        case = case_of(kind, training, seed)
        if seed == 1:
            case.parameters.layers[-1][0].__imul__(10)  # so that gradients are longer than 1
        for name in PENALTIES:
            value, slope = error_penalty(lib, case, name)
            assert value < FIRST
            assert slope < SECOND


@pytest.mark.torch
def test_the_tip_of_the_cone_and_torch(torch):
    net = Network((Dense(2, 1),), 2)
    theta = net.parameters(np.array([0.0, 0.0, 1.0]))
    into = net.parameters(np.zeros(3))
    value = gradient_penalty(net, theta, np.ones((3, 2)), weight=2.0, center=1.0, into=into)
    weights = torch.zeros((2, 1), dtype=torch.float64, requires_grad=True)
    x = torch.ones((3, 2), dtype=torch.float64, requires_grad=True)
    [slope] = torch.autograd.grad((x @ weights).sum(), [x], create_graph=True)
    paid = 2.0 * ((slope.norm(dim=1) - 1.0) ** 2).mean()
    [of_weights] = torch.autograd.grad(paid, [weights])
    assert value == paid.item() == 2.0
    assert into.flat[:2].tolist() == of_weights.reshape(-1).tolist() == [0.0, 0.0]


@pytest.mark.torch
def test_running_statistics_and_torch(torch):
    case = Case(Network((BatchNorm(4, momentum=0.3, eps=1e-3),), 4), (2,), 7, seed=0)
    for i in range(2):
        theirs = torch.nn.BatchNorm1d(4, eps=1e-3, momentum=0.3, dtype=torch.float64)
        for _ in range(3):
            theirs(torch.tensor(case.x[i]))
        ours = Case(case.net, (2,), 7, seed=0)
        ours.move_on(3)
        mean, variance = ours.state[0]
        truth = [theirs.running_mean.numpy(), theirs.running_var.numpy()]
        assert worst_error([mean[i, 0], variance[i, 0]], truth) < FIRST


@pytest.mark.torch
def test_spectral_norm_and_torch(torch):
    """torch.nn.utils.spectral_norm moves v first and u then, as the paper and this project do."""
    case = Case(Network((SpectralDense(5, 4),), 5), (), 6, seed=0)
    weights, bias = case.parameters.layers[0]
    theirs = torch.nn.Linear(5, 4, dtype=torch.float64)
    with torch.no_grad():
        theirs.weight.copy_(torch.tensor(weights.T))
        theirs.bias.copy_(torch.tensor(bias[0]))
    theirs = torch.nn.utils.spectral_norm(theirs, eps=1e-300)
    theirs.weight_u.copy_(torch.tensor(case.state[0][0][0]))
    for _ in range(3):
        x = torch.tensor(case.x, requires_grad=True)
        y = theirs(x)
        slopes = torch.autograd.grad(
            (y * torch.tensor(case.bars[0])).sum(), [theirs.weight_orig, theirs.bias, x]
        )
        into, dx = case.gradient()
        ours = [case.forward()[0], into.layers[0][0].T, into.layers[0][1][0], dx]
        assert worst_error(ours, [in_numpy(one) for one in (y, *slopes)]) < FIRST
        case.move_on(1)
        assert worst_error([case.state[0][0][0]], [theirs.weight_u.numpy()]) < FIRST
    case.training = False
    theirs.eval()
    u = case.state[0][0][0]
    theirs.weight_v.copy_(torch.nn.functional.normalize(torch.tensor(weights @ u), dim=0))
    assert worst_error([case.forward()[0]], [in_numpy(theirs(torch.tensor(case.x)))]) < FIRST
