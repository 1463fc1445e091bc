"""Whether losses are functions of their arguments, and how finely they tell them apart.

All comparisons are relative, with room for the last digits: these are not the same on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.handing import CannotJudge, FloatArray

PROBES = (-1.5, 0.25, 2.0)
SAME = 1e-6  # sums in float32 are not the same twice where threads share them
Loss = Callable[[FloatArray, FloatArray], float]


def tried(losses: Losses) -> None:
    """Call both losses on some logits, each twice.

    Raises
    ------
    CannotJudge
        If a value is not a finite number, or not the same the second time.
    """
    n = losses.size
    mixed = np.resize(np.asarray([0.5, -1.0, 2.0, -0.25, 1.25]), n)
    for logit in PROBES:
        for real, fake in ((np.full(n, logit), np.full(n, -logit)), (mixed, logit * mixed)):
            _same_twice("d_loss", losses.d, (real, fake))
            _same_twice("g_loss", losses.g, (fake, real))


def _same_twice(name: str, loss: Loss, batches: tuple[FloatArray, FloatArray]) -> None:
    value, again = loss(*batches), loss(*batches)
    if not (math.isfinite(value) and math.isfinite(again)):
        raise CannotJudge(
            f"{name} is {value} at logits as small as {batches[0][0]:g}: write it so that it is finite "
            'there; if your losses take D\'s probabilities, not logits, say outputs = "probabilities".'
        )
    if not close(value, again, SAME):
        raise CannotJudge(
            f"{name} gave {value:.9g} and then {again:.9g} for the same arguments: it draws random "
            "numbers or changes a state; take them out, or seed them inside the function."
        )


def close(value: float, other: float, tolerance: float) -> bool:
    """Whether two values are the same but for a relative tolerance, or both no numbers."""
    if not (math.isfinite(value) and math.isfinite(other)):
        return str(value) == str(other)
    return abs(value - other) <= tolerance * max(abs(value), abs(other))


def precise(losses: Losses) -> bool:
    """Whether d_loss computes in float64: its slope is the same between logits 1e-8 apart.

    Raises
    ------
    CannotJudge
        If one of the losses does not even tell logits apart that differ by 2e-5.
    """
    for name, loss in (("d_loss", losses.d), ("g_loss", losses.g)):
        if _in_steps(loss, losses.size):
            raise CannotJudge(
                f"{name} moves in steps, as half precision or rounding makes it, and its shape cannot "
                "be seen: let it compute in float32 or float64."
            )
    return _tells_apart(losses)


def _in_steps(loss: Loss, n: int) -> bool:
    """Whether a loss is the same for logits that differ by 2e-5, and not for those 0.05 apart."""

    def moves(by: float) -> float:
        """The largest relative change."""
        changes, sizes = [], [1e-9]  # below is what rounding leaves of a 0
        for logit in PROBES:
            values = [loss(np.full(n, one), np.full(n, -logit)) for one in (logit, logit + by)]
            changes.append(abs(values[1] - values[0]))
            sizes += map(abs, values)
        return max(changes) / max(sizes)

    return moves(0.05) > 1e-5 and moves(2e-5) < 1e-9


def _tells_apart(losses: Losses) -> bool:
    """Whether the slope of d_loss in one batch is the same over 0.01 as over a few times 1e-8.

    Over the latter float32 has none, or one that jumps; float64 has it to 1e-7.
    """
    n = losses.size

    def slope(logit: float, by: float) -> float:
        values = [losses.d(np.full(n, logit + h), np.full(n, -logit)) for h in (by, -by)]
        return (values[0] - values[1]) / (2 * by)

    wide = {logit: slope(logit, 0.01) for logit in PROBES}
    at = max(PROBES, key=lambda logit: abs(wide[logit]))
    size = abs(losses.d(np.full(n, at), np.full(n, -at)))
    narrow = [slope(at, by) for by in (1e-8, 2e-8, 3e-8, 5e-8, 7e-8)]
    return all(abs(one - wide[at]) <= 0.1 * abs(wide[at]) + 1e-6 * size for one in narrow)


def exchangeable(losses: Losses) -> bool:
    """Whether the losses are the same for batches whose samples have changed their places together."""
    rng = np.random.default_rng(11)
    real, fake = rng.normal(size=(2, losses.size))
    turned = np.roll(real, 3), np.roll(fake, 3)
    return close(losses.d(real, fake), losses.d(*turned), 10 * losses.rounding) and close(
        losses.g(fake, real), losses.g(*turned[::-1]), 10 * losses.rounding
    )


def over_places(losses: Losses) -> Losses:
    """Return the losses as means over all places that the samples may have: n times the calls."""

    def mean(loss: Loss) -> Loss:
        return lambda one, other: float(
            np.mean([loss(np.roll(one, k), np.roll(other, k)) for k in range(len(one))])
        )

    return replace(losses, d=mean(losses.d), g=mean(losses.g))


def unchanged(losses: Losses, before: tuple[float, float]) -> bool:
    """Whether the losses still have the values of `sample_of`."""
    return all(close(now, then, SAME) for now, then in zip(sample_of(losses), before, strict=True))


def sample_of(losses: Losses) -> tuple[float, float]:
    """Return both losses on one pair of batches."""
    batch = np.linspace(-1.0, 2.0, losses.size)
    return losses.d(batch, -batch), losses.g(batch, -batch)
