"""The f-GAN games: a lower bound of D_f(p‖q) that the discriminator raises.

D_f(p‖q) = ∫ q f(p/q) >= E_p[T] - E_q[f*(T)], with equality iff T = f'(p/q). The output activation g
maps the logit v onto the interior of the domain of f*, T = g(v). What is coded is f*(g(v)) as one
function of v, simplified by hand, so that nothing is exponentiated only to meet a logarithm.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from gantheory.arrays import LOG_2
from gantheory.losses.scalars import (
    Logits,
    exp,
    exp_of_one_less,
    expm1,
    half_sech_squared,
    jeffreys_ratio,
    log,
    log_jeffreys_ratio,
    log_softplus,
    log_softplus_slope,
    sigmoid,
    sigmoid_slope,
    softplus,
)
from gantheory.losses.terms import Scalar, Separable, Term, negative, same, straight


def f_gan(divergence: str | float) -> Separable:
    """d_loss = -E_p[g(v)] + E_q[f*(g(v))], g_loss = -E_q[f*(g(v))].

    Parameters
    ----------
    divergence:
        A name of the table, or the number α of the alpha-divergence, neither 0 nor 1.

    Returns
    -------
    Separable
        The least d_loss is -D_f(p‖q), attained (or approached, where it is at an infinite v) at
        `optimal_logit`; the value at p = q is 0. It has the published scale of each row, see Notes.

    Raises
    ------
    ValueError
        If there is no such divergence, or α is 0, 1 or not finite.

    Notes
    -----
    Source: Nowozin et al. (2016), tables 1 and 2 and the longer ones of the appendix, with f(1) = 0
    throughout; f* is that of f on u >= 0, so it is constant where no u > 0 has the slope t. With
    a = log p - log q and L = log(1 + e^-v):

    ===================  ========================  ============  ======================  ==============
    name                 D_f(p‖q)                  g(v)          f*(g(v))                optimal v
    ===================  ========================  ============  ======================  ==============
    "kl"                 KL(p‖q)                   v             e^(v-1)                 1 + a
    "reverse-kl"         KL(q‖p)                   -e^v          -1 - v                  -a
    "js"                 2 JSD                     log 2 - L     log(1 + e^v) - log 2    a
    "jeffreys"           KL(p‖q) + KL(q‖p)         v             u - 1 + log u           a + 1 - e^-a
    "total-variation"    TV = 1/2 ∫ abs(p - q)     1/2 tanh v    1/2 tanh v              ±inf
    "squared-hellinger"  2 H² = ∫ (√p - √q)²       1 - e^v       e^-v - 1                -a/2
    "pearson-chi2"       ∫ (p - q)² / q            v             w²/4 + w                2 (e^a - 1)
    "neyman-chi2"        ∫ (p - q)² / p            1 - e^v       2 - 2 e^(v/2)           -2 a
    α < 1                alpha_divergence          1/(1-α) - L   (s^(α/(α-1)) - 1) / α   see code
    α > 1                alpha_divergence          v             (s^(α/(α-1)) - 1) / α   see code
    ===================  ========================  ============  ======================  ==============

    with v = log u + 1 - 1/u in Jeffreys' row, w = max(v, -2) in Pearson's, s = (1 - α) L for α < 1
    and s = max(1 + (α - 1) v, 0) for α > 1. The relative error of a power is that of e^x, eps times
    the size of its logarithm. A loss with terms beyond the floats is ±inf; Neyman's two terms may be
    inf and -inf at once (v > 1419 in float64, v > 177 in float32), and their sum is nan.
    """
    if isinstance(divergence, str):
        if divergence in GAMES:
            return GAMES[divergence]
        raise ValueError(
            f"f_gan({divergence!r}): no such divergence; write one of {', '.join(GAMES)}, "
            "or the number alpha of an alpha-divergence"
        )
    return _alpha_game(divergence)


def _game(
    name: str, activation: Term, conjugate: Term, optimum: Scalar, inverse: Scalar | None
) -> Separable:
    """Return the game with T = activation(v) and f*(T) = conjugate(v)."""
    return Separable(
        name=f"f-gan:{name}",
        real=negative(activation),
        fake=conjugate,
        generator=negative(conjugate),
        value_at_equality=0.0,
        optimum=optimum,
        inverse=inverse,
    )


IDENTITY = Term(value=lambda v: v, slope=lambda v: np.ones(v.shape, v.dtype), curvature=straight)
MINUS_EXPM1 = Term(value=lambda v: -expm1(v), slope=lambda v: -exp(v), curvature=lambda v: -exp(v))
HALF_TANH = Term(
    value=lambda v: 0.5 * np.tanh(v),
    slope=half_sech_squared,
    curvature=lambda v: -2 * half_sech_squared(v) * np.tanh(v),
)

KL = _game(
    "kl",
    IDENTITY,
    Term(value=exp_of_one_less, slope=exp_of_one_less, curvature=exp_of_one_less),
    lambda a: 1 + a,
    lambda v: v - 1,
)
REVERSE_KL = _game(
    "reverse-kl",
    Term(value=lambda v: -exp(v), slope=lambda v: -exp(v), curvature=lambda v: -exp(v)),
    Term(
        value=lambda v: -1 - v, slope=lambda v: np.full(v.shape, -1.0, v.dtype), curvature=straight
    ),
    lambda a: -a,
    lambda v: -v,
)
JS = _game(
    "js",
    Term(
        value=lambda v: LOG_2 - softplus(-v),
        slope=lambda v: sigmoid(-v),
        curvature=lambda v: -sigmoid_slope(v),
    ),
    Term(value=lambda v: softplus(v) - LOG_2, slope=sigmoid, curvature=sigmoid_slope),
    same,
    same,
)
JEFFREYS = _game(
    "jeffreys",
    IDENTITY,
    Term(
        value=lambda v: _minus_one_plus_log(jeffreys_ratio(v)),
        slope=jeffreys_ratio,
        curvature=lambda v: _jeffreys_slope(jeffreys_ratio(v)),
    ),
    lambda a: a - expm1(-a),
    log_jeffreys_ratio,
)
TOTAL_VARIATION = _game(
    "total-variation",
    HALF_TANH,
    HALF_TANH,
    lambda a: np.where(a == 0, 0.0, np.copysign(math.inf, a)),
    None,
)
SQUARED_HELLINGER = _game(
    "squared-hellinger",
    MINUS_EXPM1,
    Term(value=lambda v: expm1(-v), slope=lambda v: -exp(-v), curvature=lambda v: exp(-v)),
    lambda a: -a / 2,
    lambda v: -2 * v,
)
PEARSON_CHI2 = _game(
    "pearson-chi2",
    IDENTITY,
    Term(
        value=lambda v: _quarter_square_plus(np.maximum(v, -2.0)),
        slope=lambda v: 1 + np.maximum(v, -2.0) / 2,
        curvature=lambda v: np.multiply(v > -2, 0.5, dtype=v.dtype),
    ),
    lambda a: 2 * expm1(a),
    lambda v: _log1p(v / 2),
)
NEYMAN_CHI2 = _game(
    "neyman-chi2",
    MINUS_EXPM1,
    Term(
        value=lambda v: -2 * expm1(v / 2),
        slope=lambda v: -exp(v / 2),
        curvature=lambda v: -exp(v / 2) / 2,
    ),
    lambda a: -2 * a,
    lambda v: -v / 2,
)
GAMES = {
    game.name.removeprefix("f-gan:"): game
    for game in (
        KL,
        REVERSE_KL,
        JS,
        JEFFREYS,
        TOTAL_VARIATION,
        SQUARED_HELLINGER,
        PEARSON_CHI2,
        NEYMAN_CHI2,
    )
}


def _minus_one_plus_log(u: Logits) -> Logits:
    """u - 1 + log u."""
    return u - 1 + log(u)


def _jeffreys_slope(u: Logits) -> Logits:
    """u² / (1 + u), the derivative of u in t = log u + 1 - 1/u."""
    with np.errstate(divide="ignore"):
        return np.asarray(u / (1 + 1 / u))


def _log1p(x: Logits) -> Logits:
    """log(1 + x), -inf for x of -1 and below."""
    return np.asarray(np.log1p(np.maximum(x, -1.0)))


def _quarter_square_plus(w: Logits) -> Logits:
    """w²/4 + w, without the cancellation near -4 that w >= -2 never meets."""
    return w * (w / 4 + 1)


# --- alpha ----------------------------------------------------------------------------------------


def _alpha_game(alpha: float) -> Separable:
    """f(u) = (u^α - 1 - α (u - 1)) / (α (α - 1))."""
    if isinstance(alpha, bool) or not isinstance(alpha, (int, float)) or not math.isfinite(alpha):
        raise ValueError(f"f_gan({alpha!r}): give the name of a divergence or a finite alpha")
    if alpha in (0, 1):
        raise ValueError(
            f"f_gan({alpha!r}): the limit has a name; write f_gan({'kl' if alpha else 'reverse-kl'!r})"
        )
    alpha = float(alpha)
    if alpha < 1:
        activation, conjugate = _bounded_activation(alpha), _bounded_conjugate(alpha)
        optimum, inverse = _bounded_optimum(alpha), _bounded_inverse(alpha)
    else:
        activation, conjugate = IDENTITY, _clamped_conjugate(alpha)
        optimum, inverse = _clamped_optimum(alpha), _clamped_inverse(alpha)
    return _game(f"alpha={alpha!r}", activation, conjugate, optimum, inverse)


def _bounded_activation(alpha: float) -> Term:
    """1 / (1 - α) - L, L = log(1 + e^-v)."""
    return Term(
        value=lambda v: 1 / (1 - alpha) - softplus(-v),
        slope=lambda v: sigmoid(-v),
        curvature=lambda v: -sigmoid_slope(v),
    )


def _bounded_conjugate(alpha: float) -> Term:
    """(s^κ - 1) / α, s = (1 - α) L, κ = α / (α - 1)."""
    kappa, shift = alpha / (alpha - 1), math.log(1 - alpha)

    def slope(v: Logits) -> Logits:
        power = exp(kappa * (shift + log_softplus(-v)))
        return np.asarray(power * log_softplus_slope(-v) / (1 - alpha))

    return Term(
        value=lambda v: expm1(kappa * (shift + log_softplus(-v))) / alpha,
        slope=slope,
        curvature=lambda v: slope(v) * (log_softplus_slope(-v) / (1 - alpha) - sigmoid(v)),
    )


def _bounded_optimum(alpha: float) -> Scalar:
    """v with L = e^y, y = (α - 1) a - log(1 - α): v = -log(e^L - 1)."""

    def optimum(a: Logits) -> Logits:
        y = (alpha - 1) * a - math.log(1 - alpha)
        size = exp(np.maximum(y, -50.0))
        return np.asarray(-np.minimum(y + 50.0, 0.0) - (size + np.log(-np.expm1(-size))))

    return optimum


def _bounded_inverse(alpha: float) -> Scalar:
    """a = (log(1 - α) + log L) / (α - 1)."""
    return lambda v: (math.log(1 - alpha) + log_softplus(-v)) / (alpha - 1)


def _clamped_conjugate(alpha: float) -> Term:
    """(s^κ - 1) / α, s = max(1 + (α - 1) v, 0), κ = α / (α - 1)."""
    kappa = alpha / (alpha - 1)

    def log_s(v: Logits) -> tuple[npt.NDArray[np.bool_], Logits]:
        """Return whether s = 0, and log s where it is not."""
        x = (alpha - 1) * v
        gone = x <= -1
        return gone, np.log1p(np.where(gone, 0.0, x))

    def value(v: Logits) -> Logits:
        gone, level = log_s(v)
        return np.where(gone, -1.0, expm1(kappa * level)) / alpha

    def slope(v: Logits) -> Logits:
        gone, level = log_s(v)
        return np.where(gone, 0.0, exp(level / (alpha - 1)))

    def curvature(v: Logits) -> Logits:
        gone, level = log_s(v)
        return np.where(gone, 0.0, exp(level * (2 - alpha) / (alpha - 1)))

    return Term(value, slope, curvature)


def _clamped_optimum(alpha: float) -> Scalar:
    """v = f'(u) = (u^(α-1) - 1) / (α - 1)."""
    return lambda a: expm1((alpha - 1) * a) / (alpha - 1)


def _clamped_inverse(alpha: float) -> Scalar:
    """a = log(1 + (α - 1) v) / (α - 1)."""
    return lambda v: _log1p((alpha - 1) * v) / (alpha - 1)
