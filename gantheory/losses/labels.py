"""Cross-entropy with labels: label forcing, and the discriminator with two logits."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np

from gantheory.losses.scalars import Logits, sigmoid, softplus
from gantheory.losses.terms import check_batch, mean

Labels = float | Logits


def label_forcing(logits: Logits, labels: Labels) -> Logits:
    """mean H(y, σ(a)) = mean [y softplus(-a) + (1 - y) softplus(a)], in nats.

    With generated inputs, all labels 1 ("real") and the discriminator frozen it is the generator's
    loss of the non-saturating game; with labels 0 it is minus that of the minimax game.

    Parameters
    ----------
    logits:
        Shape (..., n), finite, float32 or float64.
    labels:
        Numbers from 0 (generated) to 1 (real): one for all, or an array of the logits' shape and
        dtype.

    Returns
    -------
    array
        Shape (...,), in the logits' dtype.

    Raises
    ------
    TypeError, ValueError
        As `check_batch`, and if the labels are no such numbers.
    """
    check_batch("logits", logits)
    y = _checked_labels(labels, logits)
    return mean(y * softplus(-logits) + (1 - y) * softplus(logits))


def label_forcing_gradient(logits: Logits, labels: Labels) -> Logits:
    """[(1 - y) σ(a) - y σ(-a)] / n = (σ(a) - y) / n, the derivative of `label_forcing`.

    Parameters
    ----------
    logits, labels:
        As in `label_forcing`.

    Returns
    -------
    array
        In the shape and dtype of the logits.

    Raises
    ------
    TypeError, ValueError
        As `label_forcing`.
    """
    check_batch("logits", logits)
    y = _checked_labels(labels, logits)
    slope: Logits = ((1 - y) * sigmoid(logits) - y * sigmoid(-logits)) / logits.shape[-1]
    return slope


def two_logit(logits: Logits, labels: Labels) -> Logits:
    """-mean [y log s₁ + (1 - y) log s₀], s = softmax(l₀, l₁): `label_forcing` in l₁ - l₀.

    Parameters
    ----------
    logits:
        Shape (..., n, 2): l₀ speaks for generated, l₁ for real; finite, float32 or float64.
    labels:
        As in `label_forcing`: one number, or an array of shape (..., n).

    Returns
    -------
    array
        Shape (...,), in nats, in the logits' dtype.

    Raises
    ------
    TypeError, ValueError
        As `label_forcing`, and if the last axis has not length 2.
    """
    return label_forcing(_difference(logits), labels)


def two_logit_gradient(logits: Logits, labels: Labels) -> Logits:
    """(-g, g), g = `label_forcing_gradient` at l₁ - l₀: nothing ever moves l₀ + l₁.

    Parameters
    ----------
    logits, labels:
        As in `two_logit`.

    Returns
    -------
    array
        In the shape (..., n, 2) and dtype of the logits.

    Raises
    ------
    TypeError, ValueError
        As `two_logit`.
    """
    slope = label_forcing_gradient(_difference(logits), labels)
    return np.stack((-slope, slope), axis=-1)


def _difference(logits: Any) -> Logits:
    """l₁ - l₀."""
    check_batch("logits", logits)
    if not (logits.ndim >= 2 and logits.shape[-1] == 2):
        raise ValueError(
            f"logits have shape {logits.shape}: a discriminator with two logits gives "
            "(..., n, 2); write np.stack((l0, l1), axis=-1)"
        )
    difference: Logits = logits[..., 1] - logits[..., 0]
    return difference


def _checked_labels(labels: Any, logits: Logits) -> Any:
    """Return one float, or the array of labels."""
    if isinstance(labels, np.ndarray):
        if labels.shape != logits.shape or labels.dtype != logits.dtype:
            raise ValueError(
                f"labels of shape {labels.shape} and {labels.dtype} for logits of shape "
                f"{logits.shape} and {logits.dtype}: give one number for all, or an array of the "
                "same shape and dtype"
            )
    elif isinstance(labels, Real):
        labels = float(labels)
    else:
        raise TypeError(
            f"labels={labels!r}: give one number from 0 (generated) to 1 (real) for all, or an array"
        )
    if not np.all((labels >= 0) & (labels <= 1)):
        raise ValueError("labels are numbers from 0 (generated) to 1 (real); give none outside")
    return labels
