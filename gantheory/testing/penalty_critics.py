"""Derivatives of a gradient penalty in the critic's parameters, and critics of anybody's code."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.testing.gradients import assert_gradient
from gantheory.testing.penalty_case import Made, PenaltyCase, Probe
from gantheory.testing.tensors import Array, as_numpy, tensors_of


def flows(case: PenaltyCase, shape: tuple[int, ...], grad: Any) -> bool:
    """Compare the derivative in the slope of a linear critic; False where there is no way to."""
    start, step = 2.0 * case.unit_norm, 1e-5 * case.unit_norm
    w, x = case.array(case.unit(shape)), case.rng.normal(size=(2, 4, *shape))
    real, fake = case.array(x[0]), case.array(x[1])

    def paid(slope: Any) -> Any:
        probe = Probe("linear", slope, w)
        return case.raw(probe if case.wrap is None else case.wrap(probe), real, fake)

    slope = case.array(np.array(start))
    if grad is not None:
        found = as_numpy(grad(lambda s: paid(s).reshape(()))(slope), "grad")
    elif callable(getattr(slope, "requires_grad_", None)):
        slope = slope.requires_grad_()
        found = _pulled(paid(slope), slope)
    else:
        return False
    above, below = (case.due([start + by], [start + by]) for by in (step, -step))
    due = (above - below) / (2 * step)
    if not abs(float(found) - due) <= 1e-4 * abs(due):
        raise AssertionError(
            f"{case.kind}: the derivative in the critic's parameters is {float(found):.6g}, "
            f"but should be {due:.6g}: the gradient must be differentiated in its turn, without "
            "detach, stop_gradient or .data, and with create_graph=True"
        )
    return True


def theirs(case: PenaltyCase, critic: Any, shape: tuple[int, ...]) -> list[str]:
    """Compare at a critic of theirs, where real and generated samples agree; return what was seen."""
    x = case.rng.normal(size=(3, *shape))
    before = _outputs(critic, x, case.array)
    _require_own_outputs(case, critic, x)
    seen = ["whether the critic given couples the samples of a batch"]
    if case.kind == "dragan":
        return seen
    norms = np.linalg.norm(_slopes(critic, x, case.array).reshape(3, -1), axis=1)
    due = case.due(norms, norms)
    paid = case.pay(critic, x, x)
    scale = case.weight * (float((norms**2).mean()) + case.target**2)
    if not abs(paid - due) <= 1e-2 * max(scale, due):
        raise AssertionError(
            f"{case.kind}: at the critic that was given the penalty is {paid:.5g}, but "
            f"{case.formula()} with gradients by differences is {due:.5g}: "
            f"{_why(before, _outputs(critic, x, case.array))}"
        )
    seen.append("value at the critic given")
    if callable(getattr(critic, "named_parameters", None)):
        _their_parameters(case, critic, x)
        seen.append("derivative in the parameters of the critic given")
    return seen


def _why(before: Array, after: Array) -> str:
    """What may be the matter, by the outputs for the same samples before and after."""
    change = float(abs(after - before).max())
    if change > 1e-6 * float(abs(before).max()):
        return (
            f"the critic's outputs for the same samples changed by {change:.3g} meanwhile, as they do "
            "in training mode with dropout, and with nn.utils.spectral_norm of torch, which renews its "
            "estimate in each call. Call critic.eval() before"
        )
    return "is the critic in training mode, or is the gradient that of a loss or a probability?"


def _require_own_outputs(case: PenaltyCase, critic: Any, x: Array) -> None:
    """Refuse a critic whose outputs depend on other samples of the batch, as with BatchNorm."""
    first, again = (_outputs(critic, x, case.array) for _ in range(2))
    moved = x.copy()
    moved[0] += case.rng.normal(size=x.shape[1:])
    shift = abs(_outputs(critic, moved, case.array) - first)
    own, others = float(shift[0].max()), shift[1:].reshape(len(x) - 1, -1).max(1)
    random = float(abs(again - first).max())  # of dropout, and of spectral norms that are renewed
    if not others.max() > 10 * random + 1e-4 * (own + float(abs(first).max())):
        return
    raise AssertionError(
        f"{case.kind}: the critic that was given couples the samples of a batch: moving sample 0 moves "
        f"its own output by {own:.3g} and that of sample {1 + int(others.argmax())} by "
        f"{others.max():.3g}, as with BatchNorm in training mode. The penalty is one on each sample's "
        "own gradient, and its theory does not hold there: take LayerNorm or no normalisation. For a "
        "coupling that is meant, as a minibatch standard deviation, leave critic out"
    )


def _outputs(critic: Any, x: Array, array: Made) -> Array:
    try:
        values = as_numpy(critic(array(x.copy())), "critic(x)")
    except Exception as problem:
        raise ValueError(
            f"the critic raised {type(problem).__name__}: {problem}; for {len(x)} samples of "
            f"{x.shape[1:]}. It must take every number of them; leave out a critic of packs of samples, "
            "and give sample_shapes if its samples have another shape"
        ) from problem
    if values.ndim == 0 or len(values) != len(x):
        raise ValueError(
            f"the critic returned an array of shape {values.shape} for {len(x)} samples: return one "
            "output for each"
        )
    return values.astype(float).copy()


def _their_parameters(case: PenaltyCase, critic: Any, x: Array) -> None:
    """Compare the derivative in a torch module's parameters; they are changed, and put back."""
    tensors = dict(tensors_of(critic))
    views = {name: as_numpy(tensor, name) for name, tensor in tensors.items()}
    kept = {name: view.copy() for name, view in views.items()}
    for tensor in tensors.values():
        tensor.grad = None
    value = case.raw(critic, case.array(x.copy()), case.array(x.copy()))
    _require_graph(value)
    value.reshape(()).backward()
    given = {
        name: None if t.grad is None else as_numpy(t.grad, name).copy()
        for name, t in tensors.items()
    }

    def paid(params: dict[str, Array]) -> float:
        for name, view in views.items():
            view[...] = params[name]
        return case.pay(critic, x, x)

    try:
        assert_gradient(paid, kept, given)
    finally:
        for name, tensor in tensors.items():
            views[name][...], tensor.grad = kept[name], None


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
