"""Losses in which the mean stands inside the formula, where it belongs around it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.steadiness import close

INSIDE = (
    "The mean stands inside a curved function, and belongs around it: d_loss is a function of {what} "
    "alone and asks nothing of a single output."
)
NORM = (
    "d_loss is a norm that is not squared: the root stands around the sum over the batch, so each "
    "sample's weight depends on all the others."
)


def mean_inside(losses: Losses) -> str:
    """Return a sentence where d_loss of a batch is a function of a mean, or the root of one, else ""."""
    if _sees_alone(losses, lambda batch: batch.mean()):
        return INSIDE.format(what="the mean outputs")
    if _sees_alone(losses, _mean_probability):
        return INSIDE.format(what="the mean probabilities")
    return NORM if _is_root(losses) else ""


def is_distance(losses: Losses) -> bool:
    """Whether d_loss falls with |mean real - mean fake| and sees nothing else."""
    if not _sees_alone(losses, lambda batch: batch.mean()):
        return False
    rng = np.random.default_rng(4)
    real, fake = rng.normal(size=(2, losses.size))
    values = [losses.d(real, fake), losses.d(-real, -fake), losses.d(real + 1, fake + 1)]
    one = np.ones(losses.size)
    falling = [losses.d(by * one, -by * one) for by in (0.0, 0.5, 1.0, 2.0)]
    alike = all(close(values[0], value, 10 * losses.rounding) for value in values[1:])
    return alike and bool((np.diff(falling) < 0).all())


def is_critic(losses: Losses) -> bool:
    """Whether d_loss falls with mean real - mean fake about as fast anywhere, whatever it adds."""
    if not _sees_alone(losses, lambda batch: batch.mean()):
        return False
    one = np.ones(losses.size)
    steps = np.diff([losses.d(by * one, -by * one) for by in (-2.0, -1.0, 0.0, 1.0, 2.0)])
    return bool(np.ptp(steps) <= 0.05 * abs(float(steps.mean())))


def _sees_alone(losses: Losses, middle: Callable[[FloatArray], float]) -> bool:
    """Whether d_loss is the same for batches of one repeated output with the same middle."""
    rng = np.random.default_rng(3)
    for _ in range(3):
        real, fake = rng.normal(size=(2, losses.size))
        repeated = [np.full(losses.size, middle(batch)) for batch in (real, fake)]
        if not close(losses.d(real, fake), losses.d(*repeated), 10 * losses.rounding):
            return False
    return True


def _mean_probability(batch: FloatArray) -> float:
    """The logit of the mean of σ."""
    share = float(np.mean(1 / (1 + np.exp(-batch))))
    return float(np.log(share) - np.log1p(-share))


def _is_root(losses: Losses) -> bool:
    """Whether the square of a term is a sum over its batch."""
    zero, rng = np.zeros(losses.size), np.random.default_rng(1)
    real = rng.normal(size=losses.size)

    def squared(batch: FloatArray) -> float:
        return (losses.d(batch, zero) - losses.d(np.ones(losses.size), zero)) ** 2

    each = float(np.mean([squared(np.full(losses.size, one)) for one in real]))
    return abs(squared(real) - each) < 1e-4 * abs(each)
