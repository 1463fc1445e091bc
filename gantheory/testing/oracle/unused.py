"""Samples of a batch that a loss does not look at, as where it takes a slice of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.handing import CannotJudge, FloatArray

SIZES = (256, 64, 32, 16)  # large: what a slice of fixed length leaves out shows there
ENDS, BETWEEN = 4, 24  # samples that are looked at
ROUNDED = 1e-12  # of losses in their units: what is left of a constant
FAR = (6.0, -6.0)  # one of them moves what is largest, smallest or in the middle too


def of_unused(losses: Losses) -> tuple[str, ...]:
    """Return a sentence for each batch of which d_loss or g_loss leaves samples out."""
    n = _size(losses)
    real, fake = np.random.default_rng(12).normal(0.0, 1.2, size=(2, n))
    asked = (
        ("d_loss", "real", lambda batch: losses.d(batch, fake), real),
        ("d_loss", "generated", lambda batch: losses.d(real, batch), fake),
        ("g_loss", "generated", lambda batch: losses.g(batch, real), fake),
    )
    return tuple(
        said for name, which, loss, batch in asked if (said := _of_batch(name, which, loss, batch))
    )


def _size(losses: Losses) -> int:
    for n in SIZES:
        try:
            losses.d(np.zeros(n), np.zeros(n))
            losses.g(np.zeros(n), np.zeros(n))
        except CannotJudge:
            continue
        return n
    return losses.size


def _of_batch(
    name: str, which: str, loss: Callable[[FloatArray], float], batch: FloatArray
) -> str | None:
    """Return a sentence where some samples of a batch have an effect, and others none at all."""
    here = loss(batch)
    looked_at = _looked_at(batch.size)
    effects = np.asarray([_effect(loss, batch, i, here) for i in looked_at])
    unused = int((effects == 0).sum())
    if not (0 < unused < len(looked_at) and effects.max() > ROUNDED):
        return None
    return (
        f"{name} does not depend on {unused} of the {len(looked_at)} {which} outputs that were moved in "
        f"a batch of {batch.size}: samples there have no effect and no gradient, as where a slice of "
        "the batch is taken."
    )


def _looked_at(n: int) -> list[int]:
    """Return both ends of a batch and some between, in no pattern."""
    ends = {*range(min(ENDS, n)), *range(max(n - ENDS, 0), n)}
    between = np.random.default_rng(13).permutation(n)[:BETWEEN]
    return sorted(ends | set(between.tolist()))


def _effect(loss: Callable[[FloatArray], float], batch: FloatArray, i: int, here: float) -> float:
    """Return the largest change of a loss by one sample that moves far up, or far down."""
    moved = [np.where(np.arange(batch.size) == i, far, batch) for far in FAR]
    changes = [abs(loss(one) - here) for one in moved]
    return float(np.nanmax(np.nan_to_num(changes, nan=np.inf)))
