"""A batch of D's outputs on its way into other people's functions, and a number on its way back."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.testing.tensors import as_numpy, leaves

FloatArray = npt.NDArray[np.floating[Any]]
Convert = Callable[[FloatArray], Any]


class CannotJudge(Exception):
    """Nothing can be said about these functions; the message is a sentence that says what to do."""


class NotTracking(Exception):
    """Arrays of this kind track no gradients."""


@dataclass(frozen=True)
class BatchForm:
    """How a batch is handed over.

    Attributes
    ----------
    shape:
        Of one output in its batch; its entries are all the same.
    single:
        Whether in float32.
    tracked:
        Whether as tensors that track gradients.
    array:
        What turns a numpy array into theirs.
    """

    shape: tuple[int, ...] = ()
    single: bool = False
    tracked: bool = False
    array: Convert | None = None

    def hand(self, outputs: FloatArray) -> Any:
        """Return outputs, shape (n,), as the functions want them: a fresh copy.

        Raises
        ------
        CannotJudge
            If array(...) fails.
        NotTracking
            If gradients are to be tracked, and cannot be.
        """
        given: FloatArray = np.array(outputs, dtype=np.float32 if self.single else np.float64)
        given = np.repeat(given, math.prod(self.shape)).reshape(-1, *self.shape)
        if self.array is None:
            handed: Any = given
        else:
            try:
                handed = self.array(given)
            except Exception as error:
                raise CannotJudge(
                    f"array(...) raised {named(error)}: it has to turn a numpy array into what your "
                    "losses take, as torch.as_tensor does."
                ) from error
        if self.tracked:
            for tensor in parts(handed):
                _track(tensor)
        return handed


def _track(tensor: Any) -> None:
    try:
        tensor.requires_grad_()
        tensor.retain_grad()  # array(...) may do more than to convert
    except (AttributeError, RuntimeError) as error:
        raise NotTracking from error


def parts(handed: Any) -> list[Any]:
    """Return the arrays of what was handed over: one, or those of a list, tuple or dict."""
    return [one for _, one in leaves(handed)]


def numbers(handed: Any) -> list[npt.NDArray[Any]]:
    """Return them as numpy's arrays.

    Raises
    ------
    CannotJudge
        If array(...) made something else.
    """
    try:
        return [as_numpy(one, "what array(...) returned") for one in parts(handed)]
    except TypeError as error:
        raise CannotJudge(f"{error}.") from error


def scalar(name: str, result: Any) -> float:
    """Return a result as a float.

    Raises
    ------
    CannotJudge
        If it is not a number.
    """
    if result is None:
        raise CannotJudge(f"{name} returned None: end it with return and the loss.")
    if isinstance(result, (tuple, list, dict)):
        raise CannotJudge(_of_several(name, result))
    try:
        value = as_numpy(result, f"what {name} returned")
    except TypeError as error:
        raise CannotJudge(
            f"{name} returned {result!r:.60}, which is not a real number: return one number, the loss."
        ) from error
    if value.size != 1:
        raise CannotJudge(
            f"{name} returned an array of shape {value.shape}: return its mean, one number."
        )
    return float(value.reshape(()))


def _of_several(name: str, result: Any) -> str:
    """Return what to write where a loss returns several numbers."""
    kind = type(result).__name__
    values = list(result.values()) if isinstance(result, dict) else list(result)
    batches = "real, fake" if name == "d_loss" else "fake"
    summed = f"sum({name}({batches}){'.values()' if isinstance(result, dict) else ''})"
    if values and not any(isinstance(one, (tuple, list, dict)) for one in values):
        terms = " if these are its terms" if name != "d_loss" or len(values) != 2 else ""
        return (
            f"{name} returned a {kind} of {len(values)}: return one number. Add them up{terms}, with "
            f"yours as {name}: lambda {batches}: {summed}; or return the loss alone."
        )
    return (
        f"{name} returned a {kind} of {len(values)}, of which some are lists: return one number, the "
        f"loss alone, as in lambda {batches}: {name}({batches})[0]."
    )


def named(error: BaseException) -> str:
    """Return an error in one short line."""
    text = " ".join(f"{error}".split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
