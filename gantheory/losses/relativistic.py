"""The relativistic games: a discriminator that compares real and generated samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.losses.scalars import Logits, sigmoid, softplus
from gantheory.losses.terms import check_pair, mean


class Compared:
    """A game in which no output says anything of p / q by itself."""

    def optimal_logit(self, log_ratio: npt.ArrayLike) -> FloatArray | None:
        """None: the best discriminator is not a function of p / q at one point."""
        return None

    def log_ratio(self, output: npt.ArrayLike) -> FloatArray | None:
        """None: one output alone says nothing about p / q."""
        return None


@dataclass(frozen=True)
class Relativistic(Compared):
    """d_loss = -mean log σ(r - f), g_loss = -mean log σ(f - r), over pairs of one batch.

    The i-th real logit is compared with the i-th generated one, so both batches have one size.

    Notes
    -----
    Source: Jolicoeur-Martineau (2019) (RSGAN).
    """

    name: str = "relativistic"
    value_at_equality: float = math.log(2)

    def d_loss(self, real: Logits, fake: Logits) -> Logits:
        """mean softplus(f - r).

        Parameters
        ----------
        real, fake:
            Logits of shape (..., n) both, float32 or float64.

        Raises
        ------
        TypeError, ValueError
            As `check_pair`, and if the batches are not of one size.
        """
        _check_pairs(real, fake)
        return mean(softplus(fake - real))

    def d_gradient(self, real: Logits, fake: Logits) -> tuple[Logits, Logits]:
        """-σ(f - r) / n and σ(f - r) / n."""
        _check_pairs(real, fake)
        slope = sigmoid(fake - real) / fake.shape[-1]
        return -slope, slope

    def g_loss(self, fake: Logits, real: Logits | None = None) -> Logits:
        """mean softplus(r - f)."""
        real = _needed(self.name, real)
        _check_pairs(real, fake)
        return mean(softplus(real - fake))

    def g_gradient(self, fake: Logits, real: Logits | None = None) -> Logits:
        """-σ(r - f) / n."""
        real = _needed(self.name, real)
        _check_pairs(real, fake)
        slope: Logits = sigmoid(real - fake) / -fake.shape[-1]
        return slope


@dataclass(frozen=True)
class RelativisticAverage(Compared):
    """d_loss = -mean log σ(r - f̄) - mean log(1 - σ(f - r̄)), g_loss with r and f exchanged.

    r̄ and f̄ are the means of the two batches; the derivatives go through them too.

    Notes
    -----
    Source: Jolicoeur-Martineau (2019) (RaSGAN).
    """

    name: str = "relativistic-average"
    value_at_equality: float = math.log(4)

    def d_loss(self, real: Logits, fake: Logits) -> Logits:
        """mean softplus(f̄ - r) + mean softplus(f - r̄).

        Parameters
        ----------
        real, fake:
            Logits of shape (..., n) and (..., m), float32 or float64.

        Raises
        ------
        TypeError, ValueError
            As `check_pair`.
        """
        check_pair(real, fake)
        return _apart(real, fake)

    def d_gradient(self, real: Logits, fake: Logits) -> tuple[Logits, Logits]:
        """-(σ(f̄ - r) + mean σ(f - r̄)) / n and (σ(f - r̄) + mean σ(f̄ - r)) / m."""
        check_pair(real, fake)
        return _apart_gradient(real, fake)

    def g_loss(self, fake: Logits, real: Logits | None = None) -> Logits:
        """mean softplus(r̄ - f) + mean softplus(r - f̄)."""
        real = _needed(self.name, real)
        check_pair(real, fake)
        return _apart(fake, real)

    def g_gradient(self, fake: Logits, real: Logits | None = None) -> Logits:
        """-(σ(r̄ - f) + mean σ(r - f̄)) / m."""
        real = _needed(self.name, real)
        check_pair(real, fake)
        by_fake, _ = _apart_gradient(fake, real)
        return by_fake


RELATIVISTIC = Relativistic()
RELATIVISTIC_AVERAGE = RelativisticAverage()


def _apart(high: Logits, low: Logits) -> Logits:
    """mean softplus(l̄ - h) + mean softplus(l - h̄): small where all of high are far above low."""
    return mean(softplus(_mean(low) - high)) + mean(softplus(low - _mean(high)))


def _apart_gradient(high: Logits, low: Logits) -> tuple[Logits, Logits]:
    """-(σ(l̄ - h) + mean σ(l - h̄)) / n and (σ(l - h̄) + mean σ(l̄ - h)) / m."""
    at_high, at_low = sigmoid(_mean(low) - high), sigmoid(low - _mean(high))
    return (-(at_high + _mean(at_low)) / high.shape[-1], (at_low + _mean(at_high)) / low.shape[-1])


def _mean(values: Logits) -> Logits:
    """mean over the last axis, which stays with length 1."""
    total: Logits = np.add.reduce(values / values.shape[-1], axis=-1, keepdims=True)
    return total


def _needed(name: str, real: Any) -> Any:
    if real is None:
        raise TypeError(
            f"the generator's loss of the {name} game compares with real logits; "
            "write g_loss(fake, real)"
        )
    return real


def _check_pairs(real: Any, fake: Any) -> None:
    check_pair(real, fake)
    if real.shape != fake.shape:
        raise ValueError(
            f"real has shape {real.shape}, fake {fake.shape}: the relativistic game compares them "
            "in pairs, so the batches have one size; or take RELATIVISTIC_AVERAGE"
        )
