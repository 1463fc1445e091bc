"""The games of the logistic discriminator D = σ(a): minimax, non-saturating, smoothed labels."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gantheory.losses.scalars import Logits, exp, log, sigmoid, sigmoid_slope, softplus
from gantheory.losses.terms import Separable, Term, digits, negative, same

MINUS_LOG_D = Term(
    value=lambda a: softplus(-a), slope=lambda a: -sigmoid(-a), curvature=sigmoid_slope
)
MINUS_LOG_NOT_D = Term(value=softplus, slope=sigmoid, curvature=sigmoid_slope)
LOG_NOT_D = negative(MINUS_LOG_NOT_D)

# Goodfellow et al. (2014), equation (1): d_loss = -V, its optimum is log p - log q, and -log 4 is
# the value at p = q. The generator minimises E log(1 - D) in the first, -E log D in the second.
MINIMAX = Separable(
    name="minimax",
    real=MINUS_LOG_D,
    fake=MINUS_LOG_NOT_D,
    generator=LOG_NOT_D,
    value_at_equality=math.log(4),
    optimum=same,
    inverse=same,
)
NON_SATURATING = replace(MINIMAX, name="non-saturating", generator=MINUS_LOG_D)


def smoothed(game: Separable, *, real_target: float, fake_target: float = 0.0) -> Separable:
    """d_loss = E_p H(α, D) + E_q H(β, D), H(t, D) = -t log D - (1 - t) log(1 - D).

    Parameters
    ----------
    game:
        MINIMAX or NON_SATURATING; its generator's loss stays as it is.
    real_target, fake_target:
        The labels α and β of real and generated samples, 0 <= β < α <= 1. β = 0 is one-sided
        smoothing, and (1, 0) the game itself.

    Returns
    -------
    Separable
        Its optimum is D* = (α p + β q) / (p + q), its value at p = q is 2 h((α + β) / 2) nats, with
        h(t) = -t log t - (1 - t) log(1 - t).

    Raises
    ------
    ValueError
        If the game is another one, or the targets are no such numbers.

    Notes
    -----
    Source: Salimans et al. (2016), section 3.4.
    """
    if game not in (MINIMAX, NON_SATURATING):
        raise ValueError(
            f"smoothed({getattr(game, 'name', game)!s}): labels are smoothed where the discriminator "
            "is logistic; write smoothed(MINIMAX, ...) or smoothed(NON_SATURATING, ...)"
        )
    if not 0 <= fake_target < real_target <= 1:
        raise ValueError(
            f"smoothed(real_target={real_target!r}, fake_target={fake_target!r}): targets are numbers "
            "with 0 <= fake_target < real_target <= 1; write real_target=0.9 for one-sided smoothing"
        )
    alpha, beta = float(real_target), float(fake_target)
    middle = (alpha + beta) / 2
    return Separable(
        name=f"{game.name}:real_target={digits(alpha)},fake_target={digits(beta)}",
        real=cross_entropy(alpha),
        fake=cross_entropy(beta),
        generator=game.generator,
        value_at_equality=-2 * (middle * math.log(middle) + (1 - middle) * math.log1p(-middle)),
        optimum=lambda log_ratio: _smoothed_logit(log_ratio, alpha, beta),
        inverse=lambda logit: _unsmoothed(logit, alpha, beta),
    )


def cross_entropy(target: float) -> Term:
    """H(t, σ(a)) = t softplus(-a) + (1 - t) softplus(a), a sum of terms that are not negative."""
    if target == 1:  # without the other term: 0 times inf is nan
        return MINUS_LOG_D
    if target == 0:
        return MINUS_LOG_NOT_D
    return Term(
        value=lambda a: target * softplus(-a) + (1 - target) * softplus(a),
        slope=lambda a: (1 - target) * sigmoid(a) - target * sigmoid(-a),
        curvature=sigmoid_slope,
    )


def _smoothed_logit(log_ratio: Logits, alpha: float, beta: float) -> Logits:
    """log(α σ(a) + β σ(-a)) - log((1 - α) σ(a) + (1 - β) σ(-a)), a = log p - log q."""
    log_real, log_fake = -softplus(-log_ratio), -softplus(log_ratio)
    yes = np.logaddexp(_log(alpha) + log_real, _log(beta) + log_fake)
    no = np.logaddexp(_log(1 - alpha) + log_real, _log(1 - beta) + log_fake)
    return np.asarray(yes - no)


def _unsmoothed(logit: Logits, alpha: float, beta: float) -> Logits:
    """log(σ(v) - β) - log(α - σ(v)): v + log(1 - β - β e^-v) - log(α - (1 - α) e^v)."""
    low = 1 - beta - (beta * exp(-logit) if beta > 0 else 0.0)
    high = alpha - ((1 - alpha) * exp(logit) if alpha < 1 else 0.0)
    below, above = np.asarray(low <= 0), np.asarray(high <= 0)
    inner = logit + log(np.where(below, 1.0, low)) - log(np.where(above, 1.0, high))
    return np.where(below, -np.inf, np.where(above, np.inf, inner))


def _log(x: float) -> float:
    """log x, -inf at 0."""
    return math.log(x) if x > 0 else -math.inf
