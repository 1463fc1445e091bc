"""Other people's functions, called with care: what comes back is a float, or a sentence."""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from itertools import product
from types import TracebackType
from typing import Any, Literal

import numpy as np

from gantheory.testing.oracle.handing import (
    BatchForm,
    CannotJudge,
    Convert,
    FloatArray,
    NotTracking,
    named,
    numbers,
    parts,
    scalar,
)
from gantheory.testing.oracle.naming import Call, Unclear, calls

Outputs = Literal["logits", "probabilities"]
Value = Callable[[FloatArray, FloatArray], float]
SIZES = (8, 64, 32, 16, 128)
LARGEST = 4096
# of one output in its batch: a number, a column, a patch of one, and patches large enough to be pooled
SHAPES: tuple[tuple[int, ...], ...] = ((), (1,), (1, 1, 1), (1, 1), (1, 8, 8), (1, 64))


@dataclass(frozen=True)
class Loss:
    """A loss of somebody as a function of logits.

    Attributes
    ----------
    name:
        "d_loss" or "g_loss".
    function:
        Theirs.
    call, layout, outputs:
        How it is called, how batches are handed over, and what D's outputs are.
    """

    name: str
    function: Callable[..., Any]
    call: Call
    layout: BatchForm
    outputs: Outputs

    def hand(self, logits: FloatArray) -> Any:
        """Return a batch of logits as the function wants it."""
        return self.layout.hand(as_outputs(logits, self.outputs))

    def called(self, real: Any, fake: Any) -> Any:
        """Return what the function returns.

        Raises
        ------
        Raised
            If it raises anything.
        """
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                return self.call(self.function, real, fake)
        except (Exception, SystemExit) as error:
            given = [shapes(fake)] if self.call.real is None else [shapes(real), shapes(fake)]
            raise Raised(self.name, error, given, self.layout.array is not None) from error

    def __call__(self, real: FloatArray, fake: FloatArray) -> float:
        """Return the value for logits of shape (n,) and (m,).

        Raises
        ------
        CannotJudge
            If there is none, or a batch is changed in place.
        """
        handed = [self.hand(real), self.hand(fake)]
        before = [one.tobytes() for one in numbers(handed)]
        value = scalar(self.name, self.called(*handed))
        if before != [one.tobytes() for one in numbers(handed)]:
            raise CannotJudge(
                f"{self.name} changes its arguments in place, so the second loss of a training "
                "step sees other numbers than the first: let it work on copies."
            )
        return value


@dataclass(frozen=True)
class Losses:
    """Two losses as functions of logits, and how they had to be called.

    Attributes
    ----------
    d:
        (real, fake) -> float, of float64 logits of shape (n,) and (m,).
    g:
        (fake, real) -> float; real may not matter.
    size:
        A number n of logits that both take.
    precise:
        False where they compute in float32.
    remarks:
        Sentences on what was seen on the way.
    theirs:
        d_loss and g_loss, for whoever asks for gradients.
    """

    d: Value
    g: Value
    size: int
    precise: bool
    remarks: tuple[str, ...]
    theirs: tuple[Loss, Loss]

    @property
    def assumes(self) -> tuple[str, ...]:
        """What was assumed of the order of batches, in words that follow on "taking"."""
        return tuple(loss.call.assumes for loss in self.theirs if loss.call.assumes)

    @property
    def rounding(self) -> float:
        """The relative difference that rounding may make in a value."""
        return 1e-9 if self.precise else 1e-5


class Raised(CannotJudge):
    """A loss raised an error."""

    def __init__(self, name: str, error: BaseException, given: list[str], converted: bool) -> None:
        self.problem, self.given = f"{name} raised {named(error)}", ", ".join(given)
        super().__init__(
            f"{self.problem} when called with {self.given}{_hint(f'{error}', converted)}."
        )


def prepared(
    d_loss: Callable[..., Any],
    g_loss: Callable[..., Any],
    *,
    outputs: Outputs,
    array: Convert | None,
    tried: Callable[[Losses], None],
) -> Losses:
    """Return both losses in logits, with the first layout of a batch that both take.

    Parameters
    ----------
    d_loss, g_loss, outputs, array:
        As `identify_game` has them.
    tried:
        Calls them, and raises what they raise.

    Raises
    ------
    CannotJudge
        If there is none, or if they are no functions of their arguments.
    """
    for name, loss in (("d_loss", d_loss), ("g_loss", g_loss)):
        if not callable(loss):
            arguments = "real, fake" if name == "d_loss" else "fake"
            raise CannotJudge(
                f"{name} is {loss!r:.80}, no function: write def {name}({arguments})."
            )
    try:
        ways = [*product(calls("d_loss", d_loss), calls("g_loss", g_loss))]
    except Unclear as error:
        raise CannotJudge(f"{error}") from None
    errors: list[Raised] = []
    for (d_call, g_call), size, layout in _attempts(ways, errors, array):
        d = Loss("d_loss", d_loss, d_call, layout, outputs)
        g = Loss("g_loss", g_loss, g_call, layout, outputs)
        losses = Losses(d, _turned(g), size, True, _remarks(d, g), (d, g))
        try:
            tried(losses)
        except NotTracking:
            continue
        except Raised as error:  # another shape or type may do; a value that is returned is meant
            errors.append(error)
            continue
        return losses
    raise CannotJudge(_of_errors(errors))


def _turned(loss: Loss) -> Value:
    return lambda fake, real: loss(real, fake)


def _attempts(
    ways: list[tuple[Call, Call]], errors: list[Raised], array: Convert | None
) -> Iterator[tuple[tuple[Call, Call], int, BatchForm]]:
    """Yield ways to call, first in the usual sizes, then in those that the errors speak of."""
    yield from _laid_out(ways, SIZES, array)
    spoken = {int(digits) for one in errors for digits in re.findall(r"\d+", one.problem)}
    yield from _laid_out(ways, sorted(n for n in spoken - set(SIZES) if 2 <= n <= LARGEST), array)


def _laid_out(
    ways: list[tuple[Call, Call]], sizes: Iterable[int], array: Convert | None
) -> Iterator[tuple[tuple[Call, Call], int, BatchForm]]:
    for way, size, single, shape, tracked in product(
        ways, sizes, (False, True), SHAPES, (False, True)
    ):
        yield way, size, BatchForm(shape, single, tracked, array)


def as_outputs(logits: FloatArray, outputs: Outputs) -> FloatArray:
    """Return D's outputs: logits, or probabilities."""
    # with the tails of both sides: 1 - D keeps its digits as long as floats allow
    return logits if outputs == "logits" else 1 / (1 + np.exp(-logits))


def shapes(handed: Any) -> str:
    """Return the shapes of what was handed over, in words."""
    found = [str(tuple(getattr(one, "shape", ()))) for one in parts(handed)]
    return found[0] if len(found) == 1 else f"[{', '.join(found)}]"


def _remarks(d: Loss, g: Loss) -> tuple[str, ...]:
    remarks = [loss.call.remark for loss in (d, g) if loss.call.remark]
    if d.layout.tracked:
        remarks.append(
            "The losses need tensors that track gradients, and were given such; to say so write "
            "array = lambda x: torch.as_tensor(x).requires_grad_()."
        )
    return tuple(remarks)


def _of_errors(errors: list[Raised]) -> str:
    """Return the first error, and what else was raised for batches of other shapes."""
    if not errors:
        return "The losses could not be called."
    first, *rest = errors
    seen = {_without_digits(first.problem)}
    others: list[str] = []
    for one in rest:
        if _without_digits(one.problem) not in seen and len(others) < 2:
            seen.add(_without_digits(one.problem))
            others.append(f" With {one.given}: {one.problem.partition(' raised ')[2]}.")
    return f"{first}{''.join(others)}"


def _without_digits(text: str) -> str:
    return re.sub(r"[\d.]+", "", text)


HINTS = (
    (r"requires?[ _]grad", ": write array = lambda x: torch.as_tensor(x).requires_grad_()"),
    (
        r"between 0 and 1|\[0, 1\]",
        ': if it takes D\'s probabilities, write outputs = "probabilities"',
    ),
    (
        r"positional argument|unexpected keyword",
        ": write d_loss(real, fake), and g_loss(fake) or g_loss(fake, real)",
    ),
)
LATER_HINTS = (
    (r"dtype|Double", ": write array = lambda x: torch.as_tensor(x, dtype=torch.float32)"),
    (
        r"[Ss]ize|[Ss]hape|[Dd]im|broadcast|unpack|index",
        ": it has to take batches of any size, in a shape like (n,), (n, 1), (n, 1, t) or (n, 1, h, w)",
    ),
    (
        r"not callable",
        ": what the oracle hands over are D's outputs; if yours takes D, bind the identity, lambda x: x",
    ),
)


def _hint(text: str, converted: bool) -> str:
    """Return what would help, as far as the error tells it."""
    torch_like = re.search(r"Tensor|'numpy\.ndarray' object has no attribute", text)
    of_arrays = ((r"", ": if it wants PyTorch tensors write array = torch.as_tensor"),)
    hints = HINTS + (of_arrays if torch_like and not converted else ()) + LATER_HINTS
    return next((hint for pattern, hint in hints if re.search(pattern, text)), "")


def tracked(loss: Loss) -> Loss:
    """Return the same loss, to be called with tensors that track gradients."""
    return replace(loss, layout=replace(loss.layout, tracked=True))


# --- their surroundings ---------------------------------------------------------------------------


class Quiet:
    """One thread, gradients on, and nothing printed.

    The batches are small: more threads only wait for each other, for ten times as long as one needs.
    A library that is not loaded yet is left alone; `again` looks once more.
    """

    def __init__(self) -> None:
        self.heard = StringIO()
        self._stack = ExitStack()
        self._torch: Any = None

    def __enter__(self) -> Quiet:
        self._stack.enter_context(redirect_stdout(self.heard))
        self.again()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def again(self) -> None:
        """Do the same for a library that was loaded since."""
        torch = sys.modules.get("torch")
        if self._torch is None and hasattr(torch, "set_num_threads"):
            self._torch = torch
            self._stack.enter_context(_one_thread(torch))
            # the caller may evaluate networks without gradients; a loss is judged as in training
            self._stack.enter_context(self._torch.inference_mode(False))
            self._stack.enter_context(self._torch.enable_grad())


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
