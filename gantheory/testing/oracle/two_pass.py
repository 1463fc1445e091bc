"""Relativistic losses with averages, descended in two passes with the means detached.

So many train them: first the real outputs against the mean of the generated ones as it is, then the
other way round. In each pass an output is pushed by its own term alone. Its sign is that of the whole
slope for logistic and hinge terms, and the best response D solves p h'(D - A) = q h'(B - D), with A and
B the means of D on generated and real samples: it rises with p / q all the same.
"""

from __future__ import annotations

import numpy as np

from gantheory.testing.oracle.calling import Loss, Losses
from gantheory.testing.oracle.coupled import SHAPES, Played, played
from gantheory.testing.oracle.gradients import Flow, flows, slopes
from gantheory.testing.oracle.handing import FloatArray


def only_means_detached(losses: Losses, loss: Loss) -> bool:
    """Whether the gradient of a loss is its slope while the means that it compares with stand still."""
    rng = np.random.default_rng(0)
    pairs = [tuple(rng.normal(0.0, 1.5, (2, losses.size))) for _ in range(24)]
    values = [loss(real, fake) for real, fake in pairs]
    found = played(values, pairs, losses.rounding)
    if found is None or found.kind != "with averages":
        return False
    real, fake = pairs[0]
    seen = flows(loss, real, fake, losses.precise)
    if not seen:
        return False
    wanted = _frozen(found, real, fake)
    compared = zip(reversed(seen), reversed(wanted), strict=False)  # of G the generated batch alone
    taken = list(compared)[: 1 if loss.name == "g_loss" else 2]
    return all(Flow(one.gradient, low, high, one.noise).agrees() for one, (low, high) in taken)


def _frozen(
    found: Played, real: FloatArray, fake: FloatArray
) -> tuple[tuple[FloatArray, FloatArray], ...]:
    """Return the slopes in the real and in the generated outputs, with both means as they are."""
    k, h = found.stretch, SHAPES[found.shape]
    middle_real, middle_fake = k * real.mean(), k * fake.mean()
    x, x_back, y, y_back = found.coefficients

    def of_real(batch: FloatArray) -> float:
        above = k * batch - middle_fake
        return float(x * h(above).mean() + x_back * h(-above).mean())

    def of_fake(batch: FloatArray) -> float:
        above = k * batch - middle_real
        return float(y * h(above).mean() + y_back * h(-above).mean())

    return (
        slopes(of_real, real, of_real(real), 1e-5),
        slopes(of_fake, fake, of_fake(fake), 1e-5),
    )
