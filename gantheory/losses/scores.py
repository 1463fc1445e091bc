"""The games whose discriminator is a score, any real number: least squares, hinge, Wasserstein."""

from __future__ import annotations

import math

import numpy as np

from gantheory.losses.scalars import Logits, log, sigmoid
from gantheory.losses.terms import Separable, Term, digits, straight

SCORE = Term(value=lambda s: s, slope=lambda s: np.ones(s.shape, s.dtype), curvature=straight)
MINUS_SCORE = Term(
    value=lambda s: -s, slope=lambda s: np.full(s.shape, -1.0, s.dtype), curvature=straight
)
# at its kink a hinge has every slope between its two; 0 is taken
HINGE_REAL = Term(
    value=lambda s: np.maximum(1 - s, 0.0),
    slope=lambda s: -np.heaviside(1 - s, 0.0),
    curvature=straight,
)
HINGE_FAKE = Term(
    value=lambda s: np.maximum(1 + s, 0.0),
    slope=lambda s: np.heaviside(1 + s, 0.0),
    curvature=straight,
)

# Lim and Ye (2017): d_loss = E_p (1 - D)_+ + E_q (1 + D)_+, least at sign(p - q); g_loss = -E_q D
HINGE = Separable(
    name="hinge",
    real=HINGE_REAL,
    fake=HINGE_FAKE,
    generator=MINUS_SCORE,
    value_at_equality=2.0,
    optimum=np.sign,
)
# Arjovsky et al. (2017): d_loss = E_q D - E_p D over 1-Lipschitz critics, which the losses do not
# enforce. The best critic depends on both distributions as wholes, so there is no optimal logit.
WASSERSTEIN = Separable(
    name="wasserstein", real=MINUS_SCORE, fake=SCORE, generator=MINUS_SCORE, value_at_equality=0.0
)


def least_squares(*, a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Separable:
    """d_loss = 1/2 E_p (D - b)² + 1/2 E_q (D - a)², g_loss = 1/2 E_q (D - c)².

    Parameters
    ----------
    a, b:
        What the discriminator shall say of generated and of real samples; not equal.
    c:
        What the generator wants it to say of generated ones.

    Returns
    -------
    Separable
        With the factors 1/2 of the paper. Its optimum is D* = (b p + a q) / (p + q), its value at
        p = q is (b - a)² / 4.

    Raises
    ------
    ValueError
        If a label is not a finite number, or a = b.

    Notes
    -----
    Source: Mao et al. (2017), equation (2); a, b, c = 0, 1, 1 is its equation (9).
    """
    given = f"least_squares(a={a!r}, b={b!r}, c={c!r})"
    if not all(math.isfinite(label) for label in (a, b, c)):
        raise ValueError(f"{given}: labels are finite numbers; write least_squares(a=0, b=1, c=1)")
    if a == b:
        raise ValueError(
            f"{given}: with a = b nothing separates real from generated; give two labels"
        )
    a, b, c = float(a), float(b), float(c)
    default = (a, b, c) == (0.0, 1.0, 1.0)
    labels = f"a={digits(a)},b={digits(b)},c={digits(c)}"
    return Separable(
        name="least-squares" if default else f"least-squares:{labels}",
        real=_half_square(b),
        fake=_half_square(a),
        generator=_half_square(c),
        value_at_equality=(b - a) ** 2 / 4,
        optimum=lambda log_ratio: b * sigmoid(log_ratio) + a * sigmoid(-log_ratio),
        inverse=lambda score: _log_odds((score - a) / (b - a), (b - score) / (b - a)),
    )


def _half_square(label: float) -> Term:
    """1/2 (s - label)²."""
    return Term(
        value=lambda s: 0.5 * (s - label) ** 2,
        slope=lambda s: s - label,
        curvature=lambda s: np.ones(s.shape, s.dtype),
    )


def _log_odds(share: Logits, rest: Logits) -> Logits:
    """log(share / rest) of two shares of 1; those beyond 0 or 1 are certain."""
    return log(np.maximum(share, 0.0)) - log(np.maximum(rest, 0.0))
