"""Other people's functions, called with care: what comes back is a float, or a sentence."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from itertools import product
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]
Outputs = Literal["logits", "probabilities"]
Convert = Callable[[FloatArray], Any]
SIZES = (8, 64, 32, 16, 128)
SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (1, 1, 1))  # of one output in its batch
PROBES = (-1.5, 0.25, 2.0)


class CannotJudge(Exception):
    """Nothing can be said about these functions; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Losses:
    """Two losses as functions of logits, and how they had to be called.

    Attributes
    ----------
    d:
        (real, fake) -> float, of float64 logits of shape (n,).
    g:
        (fake, real) -> float; real may not matter.
    size:
        A number n of logits that both take.
    precise:
        False where they compute in float32.
    remarks:
        Sentences on what was seen on the way.
    g_gradient:
        (fake, real) -> the gradient of g_loss in the fake logits as its own library has it, None
        where arrays track no gradients.
    """

    d: Callable[[FloatArray, FloatArray], float]
    g: Callable[[FloatArray, FloatArray], float]
    size: int
    precise: bool
    remarks: tuple[str, ...]
    g_gradient: Callable[[FloatArray, FloatArray], FloatArray | None]


@dataclass(frozen=True)
class _Layout:
    """How a batch is handed over: its shape, its type, and whether its gradient is tracked."""

    shape: tuple[int, ...]
    single: bool
    tracked: bool

    def give(self, batch: FloatArray, array: Convert) -> Any:
        """Return a batch as the functions want it, a fresh copy."""
        given: FloatArray = np.array(batch, dtype=np.float32 if self.single else np.float64)
        handed = array(given.reshape(-1, *self.shape))
        if self.tracked:
            handed.requires_grad_()
            handed.retain_grad()  # array(...) may do more than to convert
        return handed


def prepared(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    *,
    outputs: Outputs,
    array: Convert | None,
) -> Losses:
    """Return both losses in logits, with the first layout of a batch that both take.

    Raises
    ------
    CannotJudge
        If there is none, or if they are no functions of their arguments.
    """
    for name, loss in (("d_loss", d_loss), ("g_loss", g_loss)):
        if not callable(loss):
            raise CannotJudge(
                f"{name} is {loss!r:.80}, no function: write def {name}({_arguments(name)})."
            )
    first: _Raised | None = None
    for pair, size, single, shape, tracked in product(
        _ways_to_call(g_loss), SIZES, (False, True), SHAPES, (False, True)
    ):
        layout = _Layout(shape, single, tracked)
        losses = _laid_out(d_loss, g_loss, pair, layout, size, outputs, array)
        try:
            _try(losses)
        except _NotTracking:
            continue
        except _Raised as error:  # another shape or type may do; what was answered, was meant
            first = first or error
            continue
        return replace(losses, precise=_precise(losses))
    raise first or CannotJudge("The losses could not be called.")


def _laid_out(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    pair: bool,
    layout: _Layout,
    size: int,
    outputs: Outputs,
    array: Convert | None,
) -> Losses:
    def as_outputs(logits: FloatArray) -> FloatArray:
        # with the tails of both sides: 1 - D keeps its digits as long as floats allow
        return logits if outputs == "logits" else 1 / (1 + np.exp(-logits))

    def call(name: str, loss: Callable[..., Any], *batches: FloatArray) -> float:
        given = [as_outputs(batch) for batch in batches]
        handed = [_handed(layout, batch, array) for batch in given]
        before = [as_numpy(one).copy() for one in handed]
        value = _scalar(name, _called(name, loss, handed, array))
        if any(
            not np.array_equal(b, as_numpy(h), equal_nan=True)
            for b, h in zip(before, handed, strict=True)
        ):
            raise CannotJudge(
                f"{name} changes its arguments in place, so the second loss of a training step sees "
                f"other numbers than the first: let it work on copies."
            )
        return value

    def d(real: FloatArray, fake: FloatArray) -> float:
        return call("d_loss", d_loss, real, fake)

    def g(fake: FloatArray, real: FloatArray) -> float:
        return call("g_loss", g_loss, fake, real) if pair else call("g_loss", g_loss, fake)

    def g_gradient(fake: FloatArray, real: FloatArray) -> FloatArray | None:
        outputs_of = [as_outputs(batch) for batch in ((fake, real) if pair else (fake,))]
        try:
            handed = [_handed(replace(layout, tracked=True), one, array) for one in outputs_of]
            value = _called("g_loss", g_loss, handed, array)
        except (_NotTracking, CannotJudge):
            return None
        found = _gradient(value, handed[0])
        if found is None or outputs == "logits":
            return found
        return found * outputs_of[0] * (1 - outputs_of[0])

    remarks = _named_the_other_way(d_loss, g_loss, pair)
    if layout.tracked:
        remarks += (
            "The losses need tensors that track gradients, and were given such; to say so write "
            "array = lambda x: torch.as_tensor(x).requires_grad_().",
        )
    return Losses(d, g, size, True, remarks, g_gradient)


def _gradient(value: Any, argument: Any) -> FloatArray | None:
    """Return the gradient of a tensor in another one that is tracked, None if value is no tensor."""
    if not hasattr(value, "backward"):
        return None
    if not value.requires_grad:
        return np.zeros(argument.shape[0])
    try:
        value.sum().backward()
    except RuntimeError:
        return None  # the loss has gone backward itself
    if argument.grad is None:
        return np.zeros(argument.shape[0])
    return np.asarray(as_numpy(argument.grad), dtype=np.float64).ravel()


class _Raised(CannotJudge):
    """A loss raised an error."""


class _NotTracking(Exception):
    """Arrays of this kind track no gradients."""


def _handed(layout: _Layout, batch: FloatArray, array: Convert | None) -> Any:
    convert: Convert = array or (lambda given: given)
    try:
        return layout.give(batch, convert)
    except AttributeError as error:
        if layout.tracked:
            raise _NotTracking from error
        raise CannotJudge(f"array(...) raised {_named(error)}.") from error
    except Exception as error:
        raise CannotJudge(
            f"array(...) raised {_named(error)}: it has to turn a numpy array into what your losses "
            "take, as torch.as_tensor does."
        ) from error


def _called(name: str, loss: Callable[..., Any], handed: list[Any], array: Convert | None) -> Any:
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return loss(*handed)
    except (Exception, SystemExit) as error:
        shapes = ", ".join(str(tuple(getattr(one, "shape", ()))) for one in handed)
        raise _Raised(
            f"{name} raised {_named(error)} when called with {shapes}{_hint(error, array)}."
        ) from error


def _hint(error: BaseException, array: Convert | None) -> str:
    """Return what would help, as far as the error tells it."""
    text = f"{error}"
    if "require grad" in text or "requires_grad" in text:
        return ": write array = lambda x: torch.as_tensor(x).requires_grad_()"
    if "positional argument" in text:
        return ": write d_loss(real, fake), and g_loss(fake) or g_loss(fake, real)"
    torch_like = "Tensor" in text or "'numpy.ndarray' object has no attribute" in text
    if array is None and torch_like:
        return ": if it wants PyTorch tensors write array = torch.as_tensor"
    if "dtype" in text or "Double" in text:
        return ": write array = lambda x: torch.as_tensor(x, dtype=torch.float32)"
    return ": it has to take batches of any size"


def _scalar(name: str, result: Any) -> float:
    """Return a result as a float.

    Raises
    ------
    CannotJudge
        If it is no number.
    """
    if result is None:
        raise CannotJudge(f"{name} returned None: end it with return and the loss.")
    if isinstance(result, (tuple, list, dict, str)):
        kind = type(result).__name__
        raise CannotJudge(f"{name} returned a {kind}: return one number, the loss alone.")
    try:
        value = as_numpy(result)
    except Exception as error:
        if "bfloat16" not in f"{error}".lower():
            raise CannotJudge(f"{name} returned {result!r:.60}, which is no number.") from error
        value = as_numpy(result.float())
    if value.dtype.name == "bfloat16":
        value = value.astype(np.float32)
    if value.size != 1:
        raise CannotJudge(
            f"{name} returned an array of shape {value.shape}: return its mean, one number."
        )
    if value.dtype.kind not in "fiub":
        raise CannotJudge(f"{name} returned {value.dtype}, which is no real number.")
    return float(value.reshape(()))


def as_numpy(array: Any) -> npt.NDArray[Any]:
    """Return a numpy, PyTorch, JAX or TensorFlow array as numpy's, without its gradient."""
    for step in ("detach", "cpu"):
        if hasattr(array, step):
            array = getattr(array, step)()
    return np.asarray(array)


def _try(losses: Losses) -> None:
    """Call both losses on some logits, each twice.

    Raises
    ------
    CannotJudge
        If a value is no finite number, or not the same the second time.
    """
    n = losses.size
    mixed = np.resize(np.asarray([0.5, -1.0, 2.0, -0.25, 1.25]), n)
    for logit in PROBES:
        for real, fake in ((np.full(n, logit), np.full(n, -logit)), (mixed, logit * mixed)):
            for name, loss, batches in (
                ("d_loss", losses.d, (real, fake)),
                ("g_loss", losses.g, (fake, real)),
            ):
                _same_twice(name, loss, batches)


def _precise(losses: Losses) -> bool:
    """Whether d_loss tells logits apart that differ by 1e-9, which float32 does not.

    Raises
    ------
    CannotJudge
        If one of the losses does not even tell those apart that differ by 2e-5.
    """
    for name, loss in (("d_loss", losses.d), ("g_loss", losses.g)):
        if _coarse(loss, losses.size):
            raise CannotJudge(
                f"{name} moves in steps, as half precision or rounding makes it, and its shape cannot "
                "be seen: let it compute in float32 or float64."
            )
    for logit in PROBES:
        real, fake = np.full(losses.size, logit), np.full(losses.size, -logit)
        if losses.d(real + 1e-9, fake) != losses.d(real, fake):
            return True
    return False


def _coarse(loss: Callable[[FloatArray, FloatArray], float], n: int) -> bool:
    """Whether a loss is the same for logits that differ by 2e-5, and not for those 0.05 apart."""

    def moves(by: float) -> bool:
        return any(
            loss(np.full(n, logit + by), np.full(n, -logit))
            != loss(np.full(n, logit), np.full(n, -logit))
            for logit in PROBES
        )

    return moves(0.05) and not moves(2e-5)


def _same_twice(name: str, loss: Callable[..., float], batches: tuple[FloatArray, ...]) -> None:
    value, again = loss(*batches), loss(*batches)
    if not (math.isfinite(value) and math.isfinite(again)):
        raise CannotJudge(
            f"{name} is {value} at logits as small as {batches[0][0]:g}: write it so that it is finite "
            'there; if your losses take D\'s probabilities, not logits, say outputs = "probabilities".'
        )
    if value != again:
        raise CannotJudge(
            f"{name} gave {value:.9g} and then {again:.9g} for the same arguments: it draws random "
            "numbers or changes a state; take them out, or seed them inside the function."
        )


def _ways_to_call(g_loss: Callable[..., Any]) -> tuple[bool, ...]:
    """Return whether g_loss takes the real batch too, or both answers where its signature hides it."""
    # a module's own signature is (*args, **kwargs)
    called = getattr(g_loss, "forward", g_loss)
    try:
        parameters = inspect.signature(called).parameters.values()
    except (TypeError, ValueError):
        return False, True
    if all(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters):
        return False, True
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    if len(positional) < 2:
        return (False,)
    # a second parameter with a default is a setting, unless its name says that it is the real batch
    default, name = positional[1].default, positional[1].name.lower()
    batch = default is None and "real" in name and "label" not in name and "target" not in name
    return (default is inspect.Parameter.empty or batch,)


def _named_the_other_way(
    d_loss: Callable[..., Any], g_loss: Callable[..., Any], pair: bool
) -> tuple[str, ...]:
    """Return a remark where parameters are named in the other order."""
    remarks = []
    for name, loss, (one, other) in (
        ("d_loss", d_loss, ("real", "fake")),
        ("g_loss", g_loss, ("fake", "real")),
    ):
        if name == "g_loss" and not pair:
            continue
        try:
            names = [parameter.lower() for parameter in inspect.signature(loss).parameters]
        except (TypeError, ValueError):
            continue
        if len(names) >= 2 and other in names[0] and one in names[1]:
            remarks.append(
                f"{name} is called as {name}({one}, {other}); yours names them otherwise."
            )
    return tuple(remarks)


def _arguments(name: str) -> str:
    return "real, fake" if name == "d_loss" else "fake"


def _named(error: BaseException) -> str:
    text = " ".join(f"{error}".split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


@contextmanager
def listening() -> Iterator[StringIO]:
    """Keep what others print off the standard output, and hand it over."""
    heard = StringIO()
    with redirect_stdout(heard):
        yield heard
