"""What the tests of networks share: derivatives by differences, and networks of every kind of layer."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gantheory.nets import (
    ELU,
    BatchNorm,
    Dense,
    Dropout,
    LeakyReLU,
    Maxout,
    Network,
    Parameters,
    Pass,
    ReLU,
    Sigmoid,
    Softplus,
    SpectralDense,
    Tanh,
    mlp,
)

STEP = 1e-3
EPS = 0.2  # of BatchNorm: with less, high derivatives grow and differences are no longer right
KINKED = (LeakyReLU, ReLU, ELU)


# --- derivatives by differences -----------------------------------------------------------------


def slope_along(value: Callable[[], Any], array: np.ndarray, direction: Any) -> Any:
    """d value / dt at array + t direction, for an array that `value` reads in place.

    The error is of the order STEP⁴.
    """
    kept, values = array.copy(), []
    for t in (-2, -1, 1, 2):
        array[...] = kept + t * STEP * direction
        values.append(value())
    array[...] = kept
    return (values[0] - values[3] + 8 * (values[2] - values[1])) / (12 * STEP)


def differences(
    loss: Callable[[], Any], arrays: Sequence[np.ndarray], lead: int = 0
) -> list[np.ndarray]:
    """∂ loss / ∂ array for each array, which `loss` reads in place.

    The loss and the arrays may have `lead` leading axes: one loss for each network of an ensemble.
    """
    found = []
    for array in arrays:
        slope, one = np.zeros(array.shape), np.zeros(array.shape)
        for place in itertools.product(*map(range, array.shape[lead:])):
            at = (..., *place)
            one[at] = 1
            slope[at] = slope_along(loss, array, one)
            one[at] = 0
        found.append(slope)
    return found


def worst_error(given: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> float:
    """The largest error, relative to the largest entry of its tensor.

    A tensor whose entries are all below 1e-6 of the largest of all tensors is rounding only, as the
    gradient of a bias before BatchNorm; it is measured by that largest of all.
    """
    largest = max(np.abs(tensor).max(initial=0) for tensor in truth)
    worst = 0.0
    for ours, theirs in zip(given, truth, strict=True):
        if np.shape(ours) != np.shape(theirs):
            raise ValueError(f"gradient of shape {np.shape(ours)}, not {np.shape(theirs)}")
        if not np.size(theirs):
            continue
        own = np.abs(theirs).max()
        error = np.abs(ours - theirs).max()
        if not np.isfinite(error):
            return np.inf
        scale = own if own > 1e-6 * largest else largest
        worst = max(worst, 0.0 if error == 0 else error / scale if scale else np.inf)
    return float(worst)


def worst_gradient_error(
    loss: Callable[[], Any],
    arrays: Sequence[np.ndarray],
    gradients: Sequence[np.ndarray],
    lead: int = 0,
) -> float:
    """How far gradients are from the differences of the loss, see `worst_error`."""
    return worst_error(gradients, differences(loss, arrays, lead))


# --- networks -----------------------------------------------------------------------------------

LAYERS: dict[str, Callable[[int, int], tuple[Any, ...]]] = {
    "dense": lambda a, b: (Dense(a, b),),
    "leaky-relu": lambda a, b: (Dense(a, b), LeakyReLU(0.2)),
    "relu": lambda a, b: (Dense(a, b), ReLU()),
    "tanh": lambda a, b: (Dense(a, b), Tanh()),
    "sigmoid": lambda a, b: (Dense(a, b), Sigmoid()),
    "softplus": lambda a, b: (Dense(a, b), Softplus()),
    "elu": lambda a, b: (Dense(a, b), ELU()),
    "maxout": lambda a, b: (Maxout(a, b, 3), Tanh()),
    "batch-norm": lambda a, b: (Dense(a, b), BatchNorm(b, eps=EPS), Tanh()),
    "batch-norm-first": lambda a, b: (BatchNorm(a, eps=EPS), Dense(a, b), Softplus()),
    "dropout": lambda a, b: (Dense(a, b), Tanh(), Dropout(0.3)),
    "spectral": lambda a, b: (SpectralDense(a, b), Tanh()),
    "all": lambda a, b: (
        SpectralDense(a, b),
        Softplus(),
        BatchNorm(b, eps=EPS),
        Sigmoid(),
        Dropout(0.25),
        Maxout(b, b, 2),
    ),
}


def network(kind: str, fan_in: int, width: int, fan_out: int = 1) -> Network:
    """Layers of the kind between the input and a dense layer."""
    layers = LAYERS[kind](fan_in, width)
    return Network((*layers, Dense(width, fan_out)), fan_in)


def critic(*widths: int) -> Network:
    return mlp(widths, Softplus())


# --- what passes bring along --------------------------------------------------------------------


def generators(seed: int, lead: tuple[int, ...]) -> list[np.random.Generator]:
    """One generator for each network; the first ones do not depend on how many follow."""
    seeds = np.random.SeedSequence(seed).spawn(int(np.prod(lead)))
    return [np.random.default_rng(one) for one in seeds]


def shaped(net: Network, groups: Any, lead: tuple[int, ...]) -> Any:
    return tuple(
        tuple(
            tensor.reshape(lead + shape)
            for tensor, shape in zip(group, layer.state_shapes, strict=True)
        )
        for group, layer in zip(groups, net.layers, strict=True)
    )


class Case:
    """A network with everything its passes need, made anew for each pass, so that masks come again."""

    def __init__(
        self,
        net: Network,
        lead: tuple[int, ...],
        n: int,
        seed: int,
        *,
        dtype: Any = np.float64,
        training: bool = True,
    ) -> None:
        rng = np.random.default_rng(seed)
        self.net, self.lead, self.n, self.seed, self.training = net, lead, n, seed, training
        flat = net.start(generators(seed, lead), dtype).flat.reshape((*lead, net.size))
        flat += 0.3 * rng.normal(size=flat.shape).astype(dtype)  # no bias stays at 0
        self.parameters = net.parameters(flat)
        self.state = shaped(net, net.start_state(generators(seed + 1, lead), dtype), lead)
        self.x = rng.normal(size=(*lead, n, net.fan_in)).astype(dtype)
        self.dx = rng.normal(size=self.x.shape).astype(dtype)
        out = (*lead, n, net.fan_out)
        self.bars = tuple(rng.normal(size=out).astype(dtype) for _ in range(2))

    def run(self) -> Pass:
        return Pass(self.training, generators(self.seed + 2, self.lead), self.state)

    def settle(self) -> None:
        """Give power iteration its limit, and running statistics some of the batch's."""
        self.state = tuple(
            (np.linalg.svd(tensors[0])[2][..., :1, :],)
            if isinstance(layer, SpectralDense)
            else state
            for layer, tensors, state in zip(
                self.net.layers, self.parameters.layers, self.state, strict=True
            )
        )
        self.move_on(5)

    def move_on(self, passes: int) -> None:
        """Let the state move by so many training passes."""
        for _ in range(passes):
            run = Pass(True, self.run().rngs, self.state)
            self.state = self.net.forward(self.parameters, self.x, run)[1].state

    def into(self) -> Parameters:
        return self.net.parameters(np.full_like(self.parameters.flat, np.nan))

    def forward(self) -> tuple[Any, Any]:
        return self.net.forward(self.parameters, self.x, self.run())

    def tangent(self) -> np.ndarray:
        return self.net.tangent(self.parameters, self.forward()[1], self.dx)[0]

    def first(self) -> np.ndarray:
        """Σ ȳ y, one a network: what `backward` differentiates."""
        return (self.bars[0] * self.forward()[0]).sum(axis=(-2, -1))

    def second(self, with_first: bool = True) -> np.ndarray:
        """Σ ȳ y + Σ ẏ̄ ẏ, one a network: what `backward_tangent` differentiates."""
        there = (self.bars[1] * self.tangent()).sum(axis=(-2, -1))
        return there + self.first() if with_first else there

    def gradient(self) -> tuple[Parameters, np.ndarray]:
        into = self.into()
        dx = self.net.backward(self.parameters, self.forward()[1], self.bars[0], into=into)
        return into, dx

    def second_gradient(self, with_first: bool = True) -> tuple[Parameters, Any, np.ndarray]:
        into, (_, tape) = self.into(), self.forward()
        _, tangents = self.net.tangent(self.parameters, tape, self.dx)
        bars = self.bars if with_first else (None, self.bars[1])
        pulled = self.net.backward_tangent(self.parameters, (tape, tangents), bars, into=into)
        return into, *pulled

    def margin(self) -> float:
        """How far the nearest kink is from what reaches the layers that have some."""
        x, run, least = self.x, self.run(), np.inf
        run.moved = list(run.state)
        for place, (layer, tensors) in enumerate(
            zip(self.net.layers, self.parameters.layers, strict=True)
        ):
            if isinstance(layer, KINKED):
                least = min(least, np.abs(x).min())
            if isinstance(layer, Maxout):
                z = layer.dense.forward(tensors, x, run, place)[0]
                z = np.sort(z.reshape(*x.shape[:-1], layer.pieces, layer.fan_out), axis=-2)
                least = min(least, (z[..., -1, :] - z[..., -2, :]).min())
            if isinstance(layer, SpectralDense):  # where two singular values cross, or W = 0
                sigma = np.linalg.svd(tensors[0], compute_uv=False)
                gap = -np.diff(sigma, append=0.0)[..., :1].max()
                least = min(least, gap / 15)  # 1 / gap has high derivatives too
            x, _ = layer.forward(tensors, x, run, place)
        return least


def tensors_of(parameters: Parameters) -> list[np.ndarray]:
    return [tensor for group in parameters.layers for tensor in group]


def clear_case(net: Network, lead: tuple[int, ...], n: int, seed: int, **options: Any) -> Case:
    """A case whose kinks are out of reach of the differences: the next seed until there is one."""
    for there in range(seed, seed + 500):
        case = Case(net, lead, n, there, **options)
        case.settle() if net.keeps_state else None
        if case.margin() > 20 * STEP:
            return case
    raise ValueError("no case without a kink near: take fewer units")


# --- the same bits --------------------------------------------------------------------------------


@functools.cache
def blas_is_blind_to_places() -> bool:
    """Whether a product has the same bits wherever in memory its factors lie.

    The kernels of OpenBLAS for the oldest processors (Prescott, Core2) add up the entries before an
    aligned one apart, so that a network inside an ensemble is rounded otherwise than alone.
    """
    rng = np.random.default_rng(0)
    for dtype, n in itertools.product((np.float64, np.float32), (3, 5, 7, 16, 33, 70)):
        row, column = rng.normal(size=(2, n)).astype(dtype)
        found = set()
        for first, second in itertools.product(range(4), repeat=2):
            here, there = np.empty(n + 4, dtype), np.empty(n + 4, dtype)
            x, y = here[first : first + n], there[second : second + n]
            x[:], y[:] = row, column
            found.add(np.matmul(x[None], y[:, None]).item())
        if len(found) > 1:
            return False
    return True


def assert_same_bits(ours: Any, theirs: Any, name: str = "") -> None:
    """Equal bit for bit; with a BLAS that is not blind to places, up to rounding.

    The errors of passes and penalties are at most 2e-13 of a tensor's largest entry, 1000 eps.
    """
    if blas_is_blind_to_places():
        assert np.array_equal(ours, theirs), name
    else:
        eps, largest = np.finfo(np.asarray(theirs).dtype).eps, np.max(np.abs(theirs), initial=0.0)
        assert np.all(np.abs(ours - theirs) <= 1e4 * eps * largest), name
