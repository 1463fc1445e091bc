"""D's outputs in a training step: probabilities where the loss takes logits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gantheory.testing.step_case import Held, StepLosses, Values
from gantheory.testing.step_players import Watched
from gantheory.testing.tensors import Array, as_numpy

D = "discriminator"
TRIED = (-3.0, -1.0, 0.5, 2.0)  # outputs that no sigmoid gives, and one that it does
SCALES = (
    1.0,
    5.0,
    -5.0,
)  # times all of D's parameters: outputs of no sigmoid leave (0, 1) somewhere


def judge_outputs(table: StepLosses, loss: str, values: Mapping[str, Values]) -> tuple[str, ...]:
    """Refuse outputs behind a sigmoid if the loss takes one too; remark on them for other losses."""
    _, d = table.calls(loss, values)
    if not isinstance(d, Watched):
        return ()
    if not d.outputs:
        return (
            f"{loss} does not call the discriminator that it is given: its outputs were not seen.",
        )
    if not all(_is_between(table, loss, values, scale) for scale in SCALES):
        return ()
    if _is_logistic(table, loss, values, d):
        raise AssertionError(
            "the discriminator ends in a sigmoid: its outputs lie in (0, 1), with other "
            f"parameters too; and {loss} is logistic in them, so it takes another one: leave the "
            "network's out, or give the loss probabilities"
        )
    return (
        "The discriminator ends in a sigmoid: its outputs lie in (0, 1), with other parameters "
        "too. That is right for losses of probabilities and least squares, and wrong for those "
        "of logits and of a critic.",
    )


def _is_between(table: StepLosses, loss: str, values: Mapping[str, Values], scale: float) -> bool:
    """Whether D's outputs lie in (0, 1) with its parameters times a factor."""
    scaled = {name: (scale * value).astype(value.dtype) for name, value in values[D].items()}
    with np.errstate(all="ignore"):
        _, d = table.calls(loss, {**values, D: scaled})
    return _all_between(d.outputs)


def _all_between(outputs: list[Any]) -> bool:
    """Whether all outputs lie between 0 and 1."""
    try:
        found = [as_numpy(output, "D's output") for output in outputs]
    except TypeError:  # lists, as of several scales
        return False
    return all(((one >= 0) & (one <= 1)).all() for one in found)


def _is_logistic(table: StepLosses, loss: str, values: Mapping[str, Values], d: Watched) -> bool:
    """Whether the loss of constant outputs c is a log(1 + e^-c) + b log(1 + e^c), a b >= 0.

    With a = -b it is linear, as a critic's.
    """
    try:
        found = [
            float(as_numpy(table.value(loss, values, _constant(d, c)), loss).reshape(()))
            for c in TRIED
        ]
    except Exception:  # a loss of probabilities refuses them as it likes
        return False
    if not np.isfinite(found).all():
        return False
    c = np.array(TRIED)
    basis: Array = np.stack([np.logaddexp(0, -c), np.logaddexp(0, c)], axis=1)
    weights, *_ = np.linalg.lstsq(basis, np.array(found), rcond=None)
    off = np.abs(basis @ weights - found).max()
    a, b = weights
    return bool(off <= 1e-4 * np.abs(found).max() and max(abs(a), abs(b)) > 1e-6 and a * b > -1e-6)


def _constant(d: Watched, c: float) -> Held:
    return Held([output * 0 + c for output in d.outputs], -1)
