"""Gradient penalties of anybody's code, asked about critics whose gradients are known exactly.

A linear critic has one gradient everywhere. At a(x) = |x|² / 2 the gradient is x: where real and
generated samples agree, so do all points between them, and the penalty is one exact number; where they
differ in one sample alone, the penalty tells where on the way it looked at that one. At
a(x) = <x, w>² / 2 it must not matter where that is, as long as it is on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.testing.gradients import assert_gradient
from gantheory.testing.penalty_probes import (
    FORMULAS,
    PRICES,
    RIGHT,
    Form,
    Probe,
    factors,
    mistakes,
    where,
)
from gantheory.testing.tensors import Array, as_numpy, tensors_of

Kind = Literal["wgan-gp", "wgan-lp", "r1", "r2", "dragan"]
Made = Callable[[Array], Any]
BETWEEN = ("wgan-gp", "wgan-lp")
DRAWS, ROUNDS, CROWD = 48, 16, 64


@dataclass(frozen=True)
class PenaltyReport:
    """What was asked of a penalty.

    Attributes
    ----------
    seen:
        What was compared, in words.
    not_seen:
        What this call could not have noticed.
    """

    seen: tuple[str, ...]
    not_seen: tuple[str, ...]


def assert_gradient_penalty(
    penalty: Callable[[Any, Any, Any], Any],
    critic: Any = None,
    *,
    kind: Kind = "wgan-gp",
    weight: float = 10.0,
    sample_shapes: Sequence[tuple[int, ...]] = ((6,), (2, 3, 4)),
    array: Made = np.array,
    wrap: Callable[[Probe], Any] | None = None,
    grad: Callable[[Callable[[Any], Any]], Callable[[Any], Any]] | None = None,
) -> PenaltyReport:
    """Assert that penalty(critic, real, fake) is the gradient penalty that it should be.

    Parameters
    ----------
    penalty:
        Returns one number, with its weight, for a critic of x of shape (n, ...) and two batches.
    critic:
        A critic of theirs, looked at in addition: its penalty at points that are known, and where it
        is a torch module the penalty's derivative in its parameters. None: probes alone.
    kind:
        "wgan-gp", "wgan-lp" (one-sided), "r1", "r2", "dragan".
    weight:
        λ; for "r1" and "r2" γ, of γ/2.
    sample_shapes:
        Of one sample, each tried; give [(6,)] if the code is for vectors alone. The first one is
        taken for `critic`.
    array:
        Turns numpy's arrays into theirs, as torch.as_tensor or jnp.asarray.
    wrap:
        Turns a `Probe` into a critic as the penalty wants it, as
        lambda probe: lambda x: (probe(x), probe.gradient(x)).
    grad:
        How their library differentiates a function of one array, as jax.grad. torch needs none.

    Raises
    ------
    AssertionError
        If the penalty is another one. It says at which critic and points, with both numbers.
    TypeError, ValueError
        If the penalty raises, or returns no number.

    Notes
    -----
    Source: Gulrajani et al. (2017), equation 3; Petzka, Fischer and Lukovnikov (2018); Mescheder, Geiger
    and Nowozin (2018), equations 9 and 10; Kodali et al. (2017).
    """
    if not callable(penalty):
        raise TypeError(f"penalty={penalty!r}: give a function of (critic, real, fake)")
    if kind not in PRICES:
        raise ValueError(f"kind={kind!r}: write one of {', '.join(map(repr, PRICES))}")
    if not 0 < weight < math.inf:
        raise ValueError(f"weight={weight!r}: give the penalty's weight, finite and above 0")
    case = _Case(penalty, kind, float(weight), array, wrap, np.random.default_rng(0))
    for shape in sample_shapes:
        case.values(tuple(shape))
    case.points(tuple(sample_shapes[0]))
    seen = ["per-sample norms", "value and weight", "where the points lie"]
    not_seen = []
    if case.flows(tuple(sample_shapes[0]), grad):
        seen.append("derivative in the critic's parameters")
    else:
        not_seen.append(
            "Whether the penalty can be differentiated in the critic's parameters: give grad, as "
            "jax.grad, or compare the gradient of the whole loss by assert_gradient."
        )
    if critic is not None:
        seen += case.theirs(critic, tuple(sample_shapes[0]))
    return PenaltyReport(tuple(seen), tuple(not_seen))


@dataclass(frozen=True)
class _Case:
    """A penalty, and what it should be."""

    penalty: Callable[[Any, Any, Any], Any]
    kind: str
    weight: float
    array: Made
    wrap: Callable[[Probe], Any] | None
    rng: np.random.Generator

    def pay(self, critic: Any, real: Array, fake: Array) -> float:
        """What the penalty returns, a float."""
        value = as_numpy(
            self.raw(critic, self.array(real.copy()), self.array(fake.copy())), "penalty"
        )
        if value.size != 1:
            raise ValueError(
                f"the penalty returned an array of shape {value.shape}: return its mean over the samples"
            )
        return float(value.reshape(()))

    def raw(self, critic: Any, real: Any, fake: Any) -> Any:
        try:
            return self.penalty(critic, real, fake)
        except Exception as problem:
            raise ValueError(
                f"the penalty raised {type(problem).__name__}: {problem}; for real and fake of shape "
                f"{tuple(real.shape)} and a critic that returns (n, 1). It must take every such batch; "
                "give sample_shapes or wrap if its shapes are others, array if its arrays are"
            ) from problem

    def probe(self, form: Form, w: Array, slope: Any = 1.0) -> Any:
        probe = Probe(form, slope, self.array(w.copy()))
        return probe if self.wrap is None else self.wrap(probe)

    def unit(self, shape: tuple[int, ...]) -> Array:
        w = self.rng.normal(size=shape)
        return np.asarray(w / np.linalg.norm(w))

    def batch(self, norms: Any, shape: tuple[int, ...]) -> Array:
        """Samples with these norms, in random directions."""
        return np.array([norm * self.unit(shape) for norm in norms])

    # --- values -------------------------------------------------------------------------------

    def values(self, shape: tuple[int, ...]) -> None:
        """Compare with known numbers at critics with known gradients."""
        for n in (1, 2, shape[0], 5):
            for slope in (1.0, 2.0, 0.5):
                real, fake = self.rng.normal(size=(2, n, *shape))
                critic = self.probe("linear", self.unit(shape), slope)
                norms = np.full(n, slope)
                told = (
                    f"a linear critic with a gradient of norm {slope:g} and {n} samples of {shape}"
                )
                self.compare(self.pay(critic, real, fake), norms, told, shape)
        w = self.unit(shape)
        far = np.array([-10 * w, 10 * w])  # farther from 0 than DRAGAN's noise can go
        told = f"samples of {shape} with gradients of norms 0.5 and 1.5"
        self.compare(self.pay(self.probe("bent", w), far, far), np.array([0.5, 1.5]), told, shape)
        if self.kind == "dragan":
            return
        given = [0.5, 1.5, 2.0, 0.25, 3.0]
        real = fake = self.batch(given, shape)
        if self.kind not in BETWEEN:  # the other batch must not matter
            other = self.batch(np.full(len(given), 7.0), shape)
            real, fake = (real, other) if self.kind == "r1" else (other, real)
        told = f"samples of {shape} with gradients of norms {', '.join(map(str, given))}"
        self.compare(self.pay(self.probe("square", w), real, fake), np.array(given), told, shape)

    def compare(self, paid: float, norms: Array, told: str, shape: tuple[int, ...]) -> None:
        due = self.weight * float(PRICES[self.kind](norms).mean())
        if abs(paid - due) <= 1e-4 * due + 1e-7 * self.weight:
            return
        raise AssertionError(
            f"{self.kind}: for {told} the penalty is {paid:.6g}, but {FORMULAS[self.kind]} is {due:.6g} "
            f"with weight {self.weight:g}{self.diagnosis(shape)}"
        )

    def diagnosis(self, shape: tuple[int, ...]) -> str:
        """What the penalty is instead, if it is one of the usual mistakes."""
        w = self.unit(shape)
        if self.kind == "dragan":
            x = np.array([-10 * w, 10 * w, 10 * w])
            form: Form = "bent"
        else:
            x = self.batch([0.5, 1.5, 2.0, 0.25, 3.0], shape)
            form = "square"
        probe = Probe(form, 1.0, w)
        paid = self.pay(self.probe(form, w), x, x)
        for name, value in mistakes(self.kind, probe.gradient(x), probe(x).ravel()):
            for factor, words in factors(self.weight):
                if value and abs(paid - factor * value) <= 2e-4 * abs(factor * value):
                    if name == RIGHT and factor == self.weight:
                        return ". It is right where both batches agree: is it the other one?"
                    return f". It looks like {name}{words}"
        return ""

    # --- points -------------------------------------------------------------------------------

    def points(self, shape: tuple[int, ...]) -> None:
        """Find out where the penalty looks."""
        if self.kind == "dragan":
            self.around_real(shape)
        elif self.kind in BETWEEN:
            self.between(shape)

    def way(self, at: Sequence[int], n: int, shape: tuple[int, ...]) -> float:
        """The mean of 4u² over the samples `at`, which go from norm 1 to 3; the others pay nothing."""
        fake = self.batch(np.ones(n), shape)
        real = fake.copy()
        real[at] *= 3
        return self.pay(self.probe("square", fake), real, fake) * n / (self.weight * len(at))

    def between(self, shape: tuple[int, ...]) -> None:
        """u in real u + fake (1 - u): of each sample by itself, uniform on [0, 1]."""
        start = f"{self.kind}: the points must be u real + (1 - u) fake with u uniform on [0, 1]"
        self.on_segments(start, shape)
        n = 8
        u = np.array([math.sqrt(max(self.way([i % n], n, shape), 0.0)) / 2 for i in range(DRAWS)])
        if not u.max() <= 1 + 1e-6:
            raise AssertionError(
                f"{start}, but one lies at {u.max():.4g} of the way from fake to real: draw u "
                "from U[0, 1], not from a normal law, and add no noise"
            )
        ranks = np.arange(DRAWS + 1) / DRAWS
        ordered = np.sort(u)
        far = max(np.max(ranks[1:] - ordered), np.max(ordered - ranks[:-1]))
        if not far <= 0.42:  # by chance with a probability below 1e-7
            raise AssertionError(f"{start}, {where(ordered)}")
        crowds = [self.way(range(CROWD), CROWD, shape) for _ in range(ROUNDS)]
        spread = float(np.std(crowds))
        if not spread <= 0.42:  # 1.19 / 8 = 0.15 if each sample has its u, 1.19 if they share one
            raise AssertionError(
                f"{start} for each sample by itself, but over {ROUNDS} batches of {CROWD} their mean "
                f"4u² is spread by {spread:.3g} instead of 0.15: all samples share one u. Draw it "
                "in the shape (n, 1, ..., 1)"
            )

    def on_segments(self, start: str, shape: tuple[int, ...]) -> None:
        """Refuse points that leave the segments: <x, w> = 1 at both ends, and so all the way."""
        w = self.unit(shape)
        for n in (shape[0], 5):
            ends = self.rng.normal(size=(2, n, *shape))
            along = (ends * w).reshape(2, n, -1).sum(-1)
            ends += (1 - along).reshape(2, n, *(1 for _ in shape)) * w
            paid = self.pay(self.probe("ridge", w), *ends)
            if not paid <= 1e-7 * self.weight:
                raise AssertionError(
                    f"{start}, but {n} samples of {shape} are looked at off the segments, where the "
                    f"penalty is {paid:.4g} in place of 0: draw u in the shape (n, 1, ..., 1), one for "
                    "each sample and not for each coordinate, and add no noise"
                )

    def around_real(self, shape: tuple[int, ...]) -> None:
        real = self.batch(np.ones(CROWD), shape)
        paid = [self.pay(self.probe("square", real), real, real * far) for far in (1.0, 1e3)]
        if not paid[1] <= 1e3 * self.weight:
            raise AssertionError(
                f"dragan: the penalty is {paid[1]:.4g} for generated samples far away and "
                f"{paid[0]:.4g} for near ones: the points lie around real samples, and the "
                "generated ones do not matter"
            )
        if not paid[0] > 1e-6 * self.weight:
            raise AssertionError(
                "dragan: the points are the real samples themselves: add noise, as 0.5 * std(real) * U"
            )

    # --- derivatives --------------------------------------------------------------------------

    def flows(self, shape: tuple[int, ...], grad: Any) -> bool:
        """Compare the derivative in the slope of a linear critic; False where there is no way to."""
        start, step = 2.0, 1e-5
        w, x = self.array(self.unit(shape)), self.rng.normal(size=(2, 4, *shape))
        real, fake = self.array(x[0]), self.array(x[1])

        def paid(slope: Any) -> Any:
            probe = Probe("linear", slope, w)
            return self.raw(probe if self.wrap is None else self.wrap(probe), real, fake)

        slope = self.array(np.array(start))
        if grad is not None:
            found = as_numpy(grad(lambda s: paid(s).reshape(()))(slope), "grad")
        elif callable(getattr(slope, "requires_grad_", None)):
            slope = slope.requires_grad_()
            found = _pulled(paid(slope), slope)
        else:
            return False
        prices = [PRICES[self.kind](np.array([start + by])) for by in (step, -step)]
        due = self.weight * float((prices[0] - prices[1])[0]) / (2 * step)
        if not abs(float(found) - due) <= 1e-4 * abs(due):
            raise AssertionError(
                f"{self.kind}: the derivative in the critic's parameters is {float(found):.6g}, "
                f"but should be {due:.6g}: the gradient must be differentiated in its turn, without "
                "detach, stop_gradient or .data, and with create_graph=True"
            )
        return True

    def theirs(self, critic: Any, shape: tuple[int, ...]) -> list[str]:
        """Compare at a critic of theirs, where real and generated samples agree."""
        x = self.rng.normal(size=(3, *shape))
        if self.kind == "dragan":
            return []
        norms = np.linalg.norm(_slopes(critic, x, self.array).reshape(3, -1), axis=1)
        due = self.weight * float(PRICES[self.kind](norms).mean())
        paid = self.pay(critic, x, x)
        if not abs(paid - due) <= 1e-2 * self.weight * float((norms**2 + 1).mean()):
            raise AssertionError(
                f"{self.kind}: at the critic that was given the penalty is {paid:.5g}, but "
                f"{FORMULAS[self.kind]} with gradients by differences is {due:.5g}: is the critic in "
                "training mode, or is the gradient that of a loss or a probability?"
            )
        seen = ["value at the critic given"]
        if callable(getattr(critic, "named_parameters", None)):
            self.their_parameters(critic, x)
            seen.append("derivative in the parameters of the critic given")
        return seen

    def their_parameters(self, critic: Any, x: Array) -> None:
        """Compare the derivative in a torch module's parameters; they are changed, and put back."""
        tensors = dict(tensors_of(critic))
        views = {name: as_numpy(tensor, name) for name, tensor in tensors.items()}
        kept = {name: view.copy() for name, view in views.items()}
        for tensor in tensors.values():
            tensor.grad = None
        value = self.raw(critic, self.array(x.copy()), self.array(x.copy()))
        _require_graph(value)
        value.reshape(()).backward()
        given = {
            name: None if t.grad is None else as_numpy(t.grad, name).copy()
            for name, t in tensors.items()
        }

        def paid(params: dict[str, Array]) -> float:
            for name, view in views.items():
                view[...] = params[name]
            return self.pay(critic, x, x)

        try:
            assert_gradient(paid, kept, given)
        finally:
            for name, tensor in tensors.items():
                views[name][...], tensor.grad = kept[name], None


# --- pieces ---------------------------------------------------------------------------------------


def _require_graph(value: Any) -> None:
    if not getattr(value, "requires_grad", False):
        raise AssertionError(
            "the penalty does not depend on the critic's parameters: take the gradient with "
            "create_graph=True, and without detach, .data, .item() or no_grad"
        )


def _pulled(value: Any, slope: Any) -> Array:
    """The derivative in the slope by torch's own way."""
    _require_graph(value)
    value.reshape(()).backward()
    if slope.grad is None:
        return np.zeros(())
    return as_numpy(slope.grad, "the slope's gradient")


def _slopes(critic: Any, x: Array, array: Made) -> Array:
    """The gradient of the sum of the logits in x, by differences."""
    step, slopes = 1e-3, np.zeros(x.shape)
    for at in np.ndindex(*x.shape):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[at] += sign * step
            values.append(float(as_numpy(critic(array(moved)), "critic(x)").sum()))
        slopes[at] = (values[0] - values[1]) / (2 * step)
    return slopes
