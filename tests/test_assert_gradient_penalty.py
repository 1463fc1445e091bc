"""assert_gradient_penalty on right penalties and on those that are often written, by library."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gantheory.nets import Network
from gantheory.penalties import dragan, r1, r2, wgan_gp
from gantheory.testing.gradient_penalties import assert_gradient_penalty
from gantheory.testing.penalty_case import Probe

RNG = np.random.default_rng(11)
START = RNG.bit_generator.state


@pytest.fixture(autouse=True)
def same_draws() -> None:
    """The same draws for a test whatever ran before it: some shuffle nothing."""
    RNG.bit_generator.state = START


Penalty = Callable[[Any, Any, Any], Any]


def ones(x: Any) -> tuple[int, ...]:
    """(n, 1, ..., 1)."""
    return (len(x), *(1 for _ in x.shape[1:]))


def between(real: Any, fake: Any, u: Any = None) -> Any:
    u = RNG.random(ones(real)) if u is None else u
    return u * real + (1 - u) * fake


def lengths(g: Any) -> Any:
    return np.linalg.norm(g.reshape(len(g), -1), axis=1)


# --- numpy, with the critic's gradient written out ------------------------------------------------


def gp(critic: Any, real: Any, fake: Any) -> Any:
    return 10 * np.mean((lengths(critic.gradient(between(real, fake))) - 1) ** 2)


def at(points: Callable[[Any, Any], Any]) -> Penalty:
    return lambda c, real, fake: 10 * np.mean((lengths(c.gradient(points(real, fake))) - 1) ** 2)


def of(price: Callable[[Any], Any]) -> Penalty:
    """A price of the gradients at proper points."""
    return lambda c, real, fake: price(c.gradient(between(real, fake)))


def noisy(real: Any) -> Any:
    return real + RNG.random(ones(real)) * 0.5 * real.std() * RNG.random(real.shape)


def square(g: Any) -> Any:
    return (g.reshape(len(g), -1) ** 2).sum(1).mean()


RIGHT: dict[str, tuple[Penalty, dict[str, Any]]] = {
    "wgan-gp": (gp, {}),
    "by a loop over the samples": (
        lambda c, real, fake: np.mean(
            [
                10 * (np.linalg.norm(c.gradient(between(r[None], f[None]))) - 1) ** 2
                for r, f in zip(real, fake, strict=True)
            ]
        ),
        {},
    ),
    "u from fake to real": (
        at(lambda real, fake: fake + RNG.random(ones(real)) * (real - fake)),
        {},
    ),
    "of weight 1": (lambda *a: gp(*a) / 10, {"weight": 1.0}),
    "an epsilon in the root": (
        of(lambda g: 10 * np.mean((np.sqrt((g.reshape(len(g), -1) ** 2).sum(1) + 1e-12) - 1) ** 2)),
        {},
    ),
    "one-sided": (
        of(lambda g: 10 * np.mean(np.maximum(lengths(g) - 1, 0) ** 2)),
        {"kind": "wgan-lp"},
    ),
    "r1": (lambda c, real, fake: 5 * square(c.gradient(real)), {"kind": "r1"}),
    "r1 of gamma 0.2": (
        lambda c, real, fake: 0.1 * square(c.gradient(real)),
        {"kind": "r1", "weight": 0.2},
    ),
    "r2": (lambda c, real, fake: 5 * square(c.gradient(fake)), {"kind": "r2"}),
    "dragan": (at(lambda real, fake: noisy(real)), {"kind": "dragan"}),
    "dragan with normal noise": (
        at(lambda real, fake: real + 0.1 * RNG.normal(size=real.shape)),
        {"kind": "dragan"},
    ),
    "r1 and r2": (
        lambda c, real, fake: 5 * (square(c.gradient(real)) + square(c.gradient(fake))),
        {"kind": "r1+r2"},
    ),
    "of another target norm": (
        of(lambda g: 10 * np.mean((lengths(g) / 750 - 1) ** 2)),
        {"target": 750.0, "weight": 10 / 750**2},
    ),
    "one-sided, of another target norm": (
        of(lambda g: 10 * np.mean(np.maximum(lengths(g) - 2, 0) ** 2)),
        {"kind": "wgan-lp", "target": 2.0},
    ),
    "seeded in each call": (
        at(lambda r, f: between(r, f, np.random.default_rng(45).random(ones(r)))),
        {},
    ),
    "of target norm 0": (of(lambda g: 10 * square(g)), {"target": 0.0}),
    "shuffled pairs, of target norm 0": (
        lambda c, real, fake: 10 * square(c.gradient(between(real, RNG.permutation(fake)))),
        {"target": 0.0},
    ),
    "of target norm 0, around real samples": (
        lambda c, real, fake: 10 * square(c.gradient(noisy(real))),
        {"kind": "dragan", "target": 0.0},
    ),
    "wgan-div": (of(lambda g: 2 * np.mean(lengths(g) ** 6)), {"kind": "wgan-div", "weight": 2.0}),
    "wgan-div at both ends": (
        lambda c, real, fake: np.mean(
            lengths(c.gradient(real)) ** 6 + lengths(c.gradient(fake)) ** 6
        ),
        {"kind": "wgan-div", "weight": 2.0},
    ),
    "shuffled pairs": (at(lambda r, f: between(r, RNG.permutation(f))), {}),
    "turned pairs": (at(lambda r, f: between(r, f[::-1])), {}),
    "shuffled pairs, one-sided": (
        lambda c, real, fake: RIGHT["one-sided"][0](c, real, RNG.permutation(fake)),
        {"kind": "wgan-lp"},
    ),
    "vectors alone": (
        lambda c, real, fake: (
            10
            * np.mean(
                (
                    np.linalg.norm(
                        c.gradient(between(real, fake, RNG.random((len(real), 1)))), axis=1
                    )
                    - 1
                )
                ** 2
            )
        ),
        {"sample_shapes": [(6,)]},
    ),
    "a critic that returns both": (
        lambda c, real, fake: 10 * np.mean((lengths(c(between(real, fake))[1]) - 1) ** 2),
        {"wrap": lambda probe: lambda x: (probe(x), probe.gradient(x))},
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_penalties_pass(name: str) -> None:
    penalty, options = RIGHT[name]
    report = assert_gradient_penalty(penalty, **options)
    assert "value and weight" in report.seen
    assert any("shuffled" in text for text in report.seen) == ("pairs" in name)
    assert any("give grad" in text for text in report.not_seen)


def sigmoid(a: Any) -> Any:
    return 1 / (1 + np.exp(-a))


def of_probabilities(c: Any, real: Any, fake: Any) -> Any:
    x = between(real, fake)
    d = sigmoid(c(x)).reshape(ones(x))
    return 10 * np.mean((lengths(c.gradient(x) * d * (1 - d)) - 1) ** 2)


def of_losses(c: Any, real: Any, fake: Any) -> Any:
    x = between(real, fake)
    d = sigmoid(c(x)).reshape(ones(x))
    return 10 * np.mean((lengths(c.gradient(x) * (1 - d) / len(x)) - 1) ** 2)


def square_batch(real: Any, fake: Any) -> Any:
    """u of the shape (n,), which meets the coordinates where there are as many of them."""
    fits = real.ndim == 2 and real.shape[0] == real.shape[1]
    return between(real, fake, RNG.random(len(real)) if fits else None)


WRONG: dict[str, tuple[Penalty, dict[str, Any], str]] = {
    "norm of the batch": (
        of(lambda g: 10 * (np.linalg.norm(g) - 1) ** 2),
        {},
        "the norm of the whole batch",
    ),
    "mean of the norms first": (
        of(lambda g: 10 * (lengths(g).mean() - 1) ** 2),
        {},
        "norms 0.5, 1.5.*the price of the mean norm",
    ),
    "not flattened": (
        of(lambda g: 10 * np.mean((np.linalg.norm(g, axis=1) - 1) ** 2)),
        {},
        r"samples of \(1, 2, 3, 4\).*the norm over one axis: flatten",
    ),
    "norm over the batch": (
        of(lambda g: 10 * np.mean((np.linalg.norm(g, axis=0) - 1) ** 2)),
        {},
        "the norm over the batch axis",
    ),
    "each coordinate": (of(lambda g: 10 * np.mean((abs(g) - 1) ** 2)), {}, "on each coordinate"),
    "L1": (
        of(lambda g: 10 * np.mean((abs(g).reshape(len(g), -1).sum(1) - 1) ** 2)),
        {},
        "the L1 norm",
    ),
    "norm without its root": (
        of(lambda g: 10 * np.mean((lengths(g) ** 2 - 1) ** 2)),
        {},
        "the norm without its root",
    ),
    "no square": (of(lambda g: 10 * np.mean(abs(lengths(g) - 1))), {}, "without the square"),
    "a sum": (of(lambda g: 10 * np.sum((lengths(g) - 1) ** 2)), {}, "a sum over the samples"),
    "no weight": (lambda *a: gp(*a) / 10, {}, "without the weight"),
    "twice": (lambda *a: 2 * gp(*a), {}, "times 2"),
    "one-sided for two-sided": (RIGHT["one-sided"][0], {}, "the one-sided penalty"),
    "two-sided for one-sided": (gp, {"kind": "wgan-lp"}, "the two-sided penalty"),
    "centred at 0": (of(lambda g: 10 * np.mean(lengths(g) ** 2)), {}, "0: .* write target=0"),
    "centred at 1, where 0 is stated": (gp, {"target": 0.0}, "a target norm of 1: state"),
    "at real samples, of target norm 0": (
        lambda c, real, fake: 10 * square(c.gradient(real)),
        {"target": 0.0},
        "looks at the real samples",
    ),
    "u from Beta(1/5, 1/5)": (
        at(lambda r, f: between(r, f, RNG.beta(0.2, 0.2, ones(r)))),
        {},
        "half of the points lie between 0.0",
    ),
    "of probabilities": (of_probabilities, {}, r"gradient of σ\(logit\): take it of the logit"),
    "of losses": (of_losses, {}, r"gradient of -log σ\(logit\) and of a mean over the batch"),
    "of the mean": (
        of(lambda g: 10 * np.mean((lengths(g / len(g)) - 1) ** 2)),
        {},
        "the gradient of the mean over the batch",
    ),
    "one u for all": (at(lambda r, f: between(r, f, RNG.random())), {}, "all samples share one u"),
    "a normal u": (
        at(lambda r, f: between(r, f, RNG.normal(size=ones(r)))),
        {},
        "not from a normal distribution",
    ),
    "a u for each coordinate": (
        at(lambda r, f: between(r, f, RNG.random(r.shape))),
        {},
        "off the segments.*not for each coordinate",
    ),
    "a u of shape (n,)": (at(square_batch), {}, r"6 samples of \(6,\) are looked at off"),
    "noise as well": (
        at(lambda r, f: between(r, f) + (abs(r - f).max() > 0) * 0.1 * RNG.normal(size=r.shape)),
        {},
        "off the segments.*add no noise",
    ),
    "always in the middle": (at(lambda r, f: (r + f) / 2), {}, "u is always 0.5"),
    "at real samples": (at(lambda r, f: r), {}, "looks at the real samples"),
    "at generated samples": (at(lambda r, f: f), {}, "looks at the generated samples"),
    "u near one end": (
        at(lambda r, f: between(r, f, RNG.random(ones(r)) ** 8)),
        {},
        "half of the points lie between",
    ),
    "gamma": (
        lambda c, real, fake: 10 * square(c.gradient(real)),
        {"kind": "r1"},
        "times 2: γ stands for γ/2",
    ),
    "r1 and r2 for r1": (RIGHT["r1 and r2"][0], {"kind": "r1"}, r"R1 \+ R2.* kind='r1\+r2'"),
    "r1 and r2 for r2": (RIGHT["r1 and r2"][0], {"kind": "r2"}, r"R1 \+ R2.* kind='r1\+r2'"),
    "r1 for r1 and r2": (
        RIGHT["r1"][0],
        {"kind": "r1+r2"},
        "R1, the penalty at the real samples alone",
    ),
    "r1 and r2 halved": (
        lambda *a: RIGHT["r1 and r2"][0](*a) / 2,
        {"kind": "r1+r2"},
        "the mean of R1 and R2: add them",
    ),
    "r1 and r2 doubled": (
        lambda *a: 2 * RIGHT["r1 and r2"][0](*a),
        {"kind": "r1+r2"},
        "the right formula times 2",
    ),
    "an epsilon in the root": (
        of(lambda g: 10 * np.mean((np.sqrt(lengths(g) ** 2 + 1e-3) - 1) ** 2)),
        {},
        "the right formula with an epsilon of 0.001 in the root",
    ),
    "a smaller epsilon in the root": (
        of(lambda g: 10 * np.mean((np.sqrt(lengths(g) ** 2 + 1e-4) - 1) ** 2)),
        {},
        "an epsilon of 0.0001 in the root",
    ),
    "an epsilon beside the norm": (
        of(lambda g: 10 * np.mean((lengths(g) + 1e-3 - 1) ** 2)),
        {},
        "an epsilon of 0.001 beside the norm",
    ),
    "a target norm that is not stated": (
        of(lambda g: 10 * np.mean((lengths(g) - 2) ** 2)),
        {},
        "a target norm of 2: state",
    ),
    "a target norm and its weight that are not stated": (
        of(lambda g: 10 * np.mean((lengths(g) / 750 - 1) ** 2)),
        {},
        "a target norm of 750 and a weight of 1.778e-05",
    ),
    "a target norm that is stated alone": (gp, {"target": 2.0}, "a target norm of 1: state"),
    "wgan-div of the norm's square": (
        of(lambda g: 2 * np.mean(lengths(g) ** 3)),
        {"kind": "wgan-div", "weight": 2.0},
        r"mean \|g_i\|⁶ is",
    ),
    "shuffled pairs, and the mean of the norms": (
        lambda c, r, f: 10 * (lengths(c.gradient(between(r, RNG.permutation(f)))).mean() - 1) ** 2,
        {},
        "as if pairs were shuffled, but it never is",
    ),
    "shuffled pairs, and one u for all": (
        at(lambda r, f: between(r, RNG.permutation(f), RNG.random())),
        {},
        "all samples share one u",
    ),
    "noise always": (
        at(lambda r, f: between(r, f) + 0.1 * RNG.normal(size=r.shape)),
        {},
        "off the segments.*add no noise",
    ),
    "r1 of norms": (
        lambda c, real, fake: 5 * lengths(c.gradient(real)).mean(),
        {"kind": "r1"},
        "r1: for a linear critic with a gradient of norm 2",
    ),
    "r1 summed": (
        lambda c, real, fake: 5 * square(c.gradient(real)) * len(real),
        {"kind": "r1"},
        "a sum over the samples",
    ),
    "r1 at generated samples": (RIGHT["r2"][0], {"kind": "r1"}, "R2, the penalty at the generated"),
    "r2 at real samples": (RIGHT["r1"][0], {"kind": "r2"}, "R1, the penalty at the real"),
    "r1 centred at 1": (at(lambda r, f: r), {"kind": "r1"}, r"r1: .*\(norm - 1\)²"),
    "dragan at real samples": (at(lambda r, f: r), {"kind": "dragan"}, "add noise"),
    "dragan between": (gp, {"kind": "dragan"}, "the generated ones do not matter"),
    "dragan with the mean of the norms": (
        lambda c, real, fake: 10 * (lengths(c.gradient(noisy(real))).mean() - 1) ** 2,
        {"kind": "dragan"},
        "dragan: .* norms 0.5, 1.5 .* the price of the mean norm",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_penalties_are_named(name: str) -> None:
    penalty, options, told = WRONG[name]
    with pytest.raises(AssertionError, match=told):
        assert_gradient_penalty(penalty, **options)


@pytest.mark.parametrize("kind", ["wgan-gp", "wgan-lp", "r1", "r2", "r1+r2", "dragan"])
def test_our_own_penalties(kind: str) -> None:
    """The linear and the other critics in the place of a network's passes."""

    def penalty(probe: Probe, real: np.ndarray, fake: np.ndarray) -> Any:
        parameters = Passes.parameters(np.zeros(1))
        critic, options = Passes(probe), {"into": parameters}
        if kind == "r1+r2":
            both = r1(critic, parameters, real, **options)
            return both + r2(critic, parameters, fake, **options)
        if kind == "r1":
            return r1(critic, parameters, real, **options)
        if kind == "r2":
            return r2(critic, parameters, fake, **options)
        if kind == "dragan":
            return dragan(critic, parameters, real, rngs=[RNG], **options)
        one_sided = kind == "wgan-lp"
        return wgan_gp(critic, parameters, real, fake, rngs=[RNG], one_sided=one_sided, **options)

    assert_gradient_penalty(penalty, kind=kind, sample_shapes=[(6,), (1,)])


class Passes:
    """A probe with the passes of a network, of which a penalty's value needs two."""

    fan_out = 1

    def __init__(self, probe: Probe) -> None:
        self.probe = probe

    @staticmethod
    def parameters(flat: np.ndarray) -> Any:
        return Network.parameters(Linear, flat)

    def forward(self, parameters: Any, x: np.ndarray, run: Any) -> tuple[Any, Any]:
        return self.probe(x), x

    def backward(self, parameters: Any, x: np.ndarray, row: np.ndarray) -> Any:
        return self.probe.gradient(x) * row

    def tangent(self, *given: Any) -> tuple[None, None]:
        return None, None

    def backward_tangent(self, *given: Any, into: Any) -> None:
        into.flat[...] = 0


class Linear:
    """What `Network.parameters` asks of a network."""

    size, layers = 1, ()


def test_the_probes_gradients_are_those_of_their_logits() -> None:
    w, x = RNG.normal(size=(2, 3)), RNG.normal(size=(4, 2, 3))
    for form in ("linear", "bent", "square", "ridge"):
        probe, step = Probe(form, 1.7, w), 1e-6
        along = RNG.normal(size=x.shape)
        slope = (probe(x + step * along) - probe(x - step * along)).ravel() / (2 * step)
        exact = (probe.gradient(x) * along).reshape(4, -1).sum(1)
        np.testing.assert_allclose(slope, exact, rtol=1e-8, atol=1e-8)


class Quadratic:
    """A critic with its gradient, of the samples less a share of their mean."""

    def __init__(self, share: float) -> None:
        self.share = share

    def __call__(self, x: np.ndarray) -> Any:
        """|x - share · mean|² / 2, shape (n, 1)."""
        rows = (x - self.share * x.mean(0)).reshape(len(x), -1)
        return (rows**2).sum(1, keepdims=True) / 2

    def gradient(self, x: np.ndarray) -> Any:
        """The gradient of the sum of the outputs, as automatic differentiation gives it."""
        moved = x - self.share * x.mean(0)
        return moved - self.share * moved.mean(0)


def test_a_critic_that_couples_its_batch_is_refused() -> None:
    report = assert_gradient_penalty(gp, Quadratic(0.0))
    assert "value at the critic given" in report.seen
    assert not any("couples" in text for text in report.not_seen)
    assert any("couples" in text for text in assert_gradient_penalty(gp).not_seen)
    for kind in ("wgan-gp", "r1", "dragan"):
        penalty = {"wgan-gp": gp, "r1": RIGHT["r1"][0], "dragan": RIGHT["dragan"][0]}[kind]
        with pytest.raises(AssertionError, match="couples the samples of a batch: moving sample 0"):
            assert_gradient_penalty(penalty, Quadratic(0.5), kind=kind)


def test_wrong_use() -> None:
    with pytest.raises(TypeError, match=r"a function of \(critic, real, fake\)"):
        assert_gradient_penalty(10.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="kind='gp': write one of 'wgan-gp'"):
        assert_gradient_penalty(gp, kind="gp")  # type: ignore[arg-type]
    for weight in (0.0, -1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="weight="):
            assert_gradient_penalty(gp, weight=weight)
    for target in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="target="):
            assert_gradient_penalty(gp, target=target)
    with pytest.raises(ValueError, match="r1 has no target norm"):
        assert_gradient_penalty(RIGHT["r1"][0], kind="r1", target=2.0)
    with pytest.raises(ValueError, match=r"raised ValueError.* leave out a critic of packs"):
        assert_gradient_penalty(gp, lambda x: x.reshape(-1, 12).sum(1))
    with pytest.raises(ValueError, match="return one output for each"):
        assert_gradient_penalty(gp, lambda x: x.sum())
    with pytest.raises(
        ValueError, match=r"raised AttributeError.* real and fake of shape \(1, 6\)"
    ):
        assert_gradient_penalty(lambda c, real, fake: c.gradients(real))
    with pytest.raises(ValueError, match="return its mean over the samples"):
        assert_gradient_penalty(lambda c, real, fake: c(real) + np.ones(3))
    with pytest.raises(TypeError, match="penalty is NoneType"):
        assert_gradient_penalty(lambda c, real, fake: None)
    with pytest.raises(AssertionError, match="the penalty is nan"):
        assert_gradient_penalty(lambda c, real, fake: np.nan)


# --- JAX ------------------------------------------------------------------------------------------

JAX: dict[str, Any] = {"array": jnp.asarray, "grad": jax.grad, "sample_shapes": [(6,)]}


def in_jax(critic: Any, real: Any, fake: Any, cut: bool = False, shared: bool = False) -> Any:
    n = 1 if shared else len(real)
    u = jnp.asarray(RNG.random((n, *(1 for _ in real.shape[1:]))))
    g = jax.grad(lambda x: critic(x).sum())(u * real + (1 - u) * fake)
    g = jax.lax.stop_gradient(g) if cut else g
    return 10 * jnp.mean((jnp.sqrt((g.reshape(len(g), -1) ** 2).sum(1)) - 1) ** 2)


@pytest.mark.slow
def test_jax() -> None:
    report = assert_gradient_penalty(in_jax, **JAX)
    assert not any("give grad" in text for text in report.not_seen)
    assert "derivative in the critic's parameters" in report.seen


@pytest.mark.slow
@pytest.mark.parametrize(
    ("penalty", "told"),
    [
        (lambda *a: in_jax(*a, cut=True), "derivative .* is 0, but should be 20.*stop_gradient"),
        (lambda *a: in_jax(*a, shared=True), "all samples share one u"),
        (lambda *a: in_jax(*a) / 10, "without the weight"),
    ],
)
def test_wrong_in_jax(penalty: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        assert_gradient_penalty(penalty, **JAX)


@pytest.mark.slow  # in numpy it is a fast test
def test_one_key_for_all_calls_is_no_fault() -> None:
    def penalty(critic: Any, real: Any, fake: Any) -> Any:
        u = jax.random.uniform(jax.random.key(3), (len(real), 1))
        g = jax.grad(lambda x: critic(x).sum())(u * real + (1 - u) * fake)
        return 10 * jnp.mean((jnp.linalg.norm(g, axis=1) - 1) ** 2)

    assert_gradient_penalty(penalty, **JAX)


# --- torch ----------------------------------------------------------------------------------------


@pytest.mark.torch
class TestTorch:
    """Penalties as they are written with autograd."""

    @pytest.fixture
    def torch(self) -> Any:
        import torch

        torch.manual_seed(0)
        torch.set_num_threads(1)  # more are slower for so small networks
        return torch

    def penalty(self, torch: Any, spoil: str = "") -> Penalty:
        def value(critic: Any, real: Any, fake: Any) -> Any:
            n = real.size(0)
            shape = (n, *(1 for _ in real.shape[1:]))
            u = torch.rand(1 if spoil == "shared" else shape, dtype=real.dtype)
            x = (u * real.data + (1 - u) * fake.data).requires_grad_(True)
            logits = critic(x)
            logits = torch.sigmoid(logits) if spoil == "sigmoid" else logits
            (g,) = torch.autograd.grad(
                logits,
                x,
                grad_outputs=torch.ones_like(logits),
                create_graph=spoil != "no graph",
                retain_graph=True,
            )
            g = g.detach() + 0 * g if spoil == "detached" else g
            norms = g.norm(2, dim=1) if spoil == "dim" else g.reshape(n, -1).norm(2, dim=1)
            return 10 * ((norms - 1) ** 2).mean()

        return value

    @pytest.mark.parametrize("name", ["float64", "float32"])
    def test_right(self, torch: Any, name: str) -> None:
        dtype = getattr(torch, name)
        options = {"array": lambda a: torch.as_tensor(a, dtype=dtype)}
        report = assert_gradient_penalty(self.penalty(torch), **options)
        assert not any("give grad" in text for text in report.not_seen)
        net = torch.nn.Sequential(
            torch.nn.Linear(6, 8), torch.nn.Softplus(), torch.nn.Linear(8, 1)
        ).to(dtype)
        kept = {key: p.detach().clone() for key, p in net.named_parameters()}
        report = assert_gradient_penalty(self.penalty(torch), net, **options)
        assert not any("couples" in text or "give grad" in text for text in report.not_seen)
        assert "derivative in the parameters of the critic given" in report.seen
        assert all(torch.equal(p, kept[key]) for key, p in net.named_parameters())

    @pytest.mark.parametrize(
        ("spoil", "told"),
        [
            ("no graph", "does not depend on the critic's parameters.*create_graph=True"),
            ("detached", "derivative in the critic's parameters is 0, but should be 20"),
            ("sigmoid", r"gradient of σ\(logit\)"),
            ("dim", "flatten each sample"),
            ("shared", "all samples share one u"),
        ],
    )
    def test_wrong(self, torch: Any, spoil: str, told: str) -> None:
        with pytest.raises(AssertionError, match=told):
            assert_gradient_penalty(self.penalty(torch, spoil), array=torch.as_tensor)

    def test_a_critic_of_theirs(self, torch: Any) -> None:
        net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
        net = net.double()
        proper = self.penalty(torch)

        def lazy(critic: Any, real: Any, fake: Any) -> Any:
            value = proper(critic, real, fake)
            return value.detach() + 0 * value if critic is net else value

        with pytest.raises(
            AssertionError, match=r"gradient of 0\.weight\[\d, \d\] is wrong: given 0"
        ):
            assert_gradient_penalty(lazy, net, array=torch.as_tensor)
        through = torch.nn.Sequential(net, torch.nn.Sigmoid())
        assert_gradient_penalty(proper, through, array=torch.as_tensor)
        with pytest.raises(AssertionError, match="at the critic that was given the penalty is"):
            assert_gradient_penalty(
                lambda c, r, f: proper(c, 3 * r, 3 * f) if c is net else proper(c, r, f),
                net,
                array=torch.as_tensor,
            )

    def test_normalisations(self, torch: Any) -> None:
        """BatchNorm couples the samples in training mode; nothing else here does."""

        def critic(*layers: Any) -> Any:
            ends = torch.nn.Softplus(), torch.nn.Linear(8, 1)
            return torch.nn.Sequential(torch.nn.Linear(6, 8), *layers, *ends).double()

        nn = torch.nn
        options = {"array": torch.as_tensor}
        with pytest.raises(AssertionError, match=r"couples .* as with BatchNorm in training mode"):
            assert_gradient_penalty(self.penalty(torch), critic(nn.BatchNorm1d(8)), **options)
        for layers in ([nn.LayerNorm(8)], [nn.GroupNorm(2, 8)]):
            assert_gradient_penalty(self.penalty(torch), critic(*layers), **options)
        assert_gradient_penalty(self.penalty(torch), critic(nn.BatchNorm1d(8)).eval(), **options)
        normed = nn.utils.parametrizations.spectral_norm(nn.Linear(6, 8))
        spectral = nn.Sequential(normed, nn.Softplus(), nn.Linear(8, 1)).double()
        assert_gradient_penalty(self.penalty(torch), spectral, **options)
        with pytest.raises(AssertionError, match=r"in training mode with dropout.*critic.eval"):
            assert_gradient_penalty(self.penalty(torch), critic(nn.Dropout(0.5)), **options)


# --- how u is distributed -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["wgan-gp", "wgan-lp"])
@pytest.mark.parametrize(
    "draw",
    [
        lambda shape: RNG.beta(2.0, 2.0, shape),
        lambda shape: RNG.uniform(0.1, 0.9, shape),
        lambda shape: RNG.uniform(0.02, 0.98, shape),
        lambda shape: RNG.beta(1.0, 1.15, shape),
    ],
)
def test_a_u_that_is_nearly_uniform_is_refused(kind: Any, draw: Any) -> None:
    def penalty(critic: Any, real: Any, fake: Any) -> Any:
        gap = lengths(critic.gradient(between(real, fake, draw(ones(real))))) - 1
        return 10 * np.mean((gap if kind == "wgan-gp" else np.maximum(gap, 0)) ** 2)

    with pytest.raises(AssertionError, match=r"draw u from U\[0, 1\]"):
        assert_gradient_penalty(penalty, kind=kind)


def test_a_norm_that_is_clamped_is_refused_or_said() -> None:
    def clamped(most: float) -> Penalty:
        return of(lambda g: 10 * np.mean((np.minimum(lengths(g), most) - 1) ** 2))

    with pytest.raises(AssertionError, match="a gradient of norm 30"):
        assert_gradient_penalty(clamped(3.0))
    report = assert_gradient_penalty(clamped(100.0))
    assert any("Norms of gradients above 30" in text for text in report.not_seen)
    assert any("Whether u is uniform to the last" in text for text in report.not_seen)


def test_a_critic_that_changes_from_call_to_call_is_named() -> None:
    calls = [0]

    def renewed(x: Any) -> Any:
        calls[0] += 1
        return x.reshape(len(x), -1).sum(1) * (1 + 1 / (1 + calls[0]))

    def penalty(critic: Any, real: Any, fake: Any) -> Any:
        if critic is not renewed:
            return gp(critic, real, fake)
        return 10 * (renewed(real)[0] / real[0].sum() * np.sqrt(6) - 1) ** 2

    with pytest.raises(AssertionError, match=r"nn.utils.spectral_norm.*critic.eval\(\)"):
        assert_gradient_penalty(penalty, renewed)
