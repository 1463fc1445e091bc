"""Pairs whose optimal discriminator is known by closed forms, rounded once from 60 digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import mpmath  # type: ignore[import-untyped]
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import Exponential, Normal
from gantheory.testing.strategies.known import DIGITS, Real
from gantheory.testing.strategies.line import exponentials
from gantheory.testing.strategies.numbers import locs, scales


@dataclass(frozen=True)
class DecidedPair:
    """Two densities of the line and how well the optimal discriminator tells them apart.

    Attributes
    ----------
    p, q:
        Densities of the line.
    auc, bayes_error:
        The area under the ROC curve of D*, and how often it is wrong on balanced batches.
    bhattacharyya:
        -log ∫ √(p q), in nats.
    entropy, cross_entropy:
        H(p) and H(p, q), in nats.

    Notes
    -----
    Source: closed forms, computed in 60 digits and rounded once.
    """

    p: Any
    q: Any
    auc: float
    bayes_error: float
    bhattacharyya: float
    entropy: float
    cross_entropy: float


def decided_pairs() -> SearchStrategy[DecidedPair]:
    """Normals of one scale, exponential distributions, with all five; shrinks to Normal(0, 1) twice."""
    return st.one_of(decided_normals(), decided_exponentials())


def _decided(
    p: Any, q: Any, *, auc: Real, error: Real, distance: Real, entropy: Real, cross: Real
) -> DecidedPair:
    """Round every number once."""
    return DecidedPair(
        p, q, float(auc), float(error), float(distance), float(entropy), float(cross)
    )


def decided_normals() -> SearchStrategy[DecidedPair]:
    """Normal(m, s) and Normal(n, s): the log ratio is linear, and D* a threshold on x."""
    return st.tuples(locs(), locs(), scales()).map(lambda t: _normals(*t))


def _normals(m: float, n: float, s: float) -> DecidedPair:
    """With d = |m - n|/s: AUC = Φ(d/√2), error = Φ(-d/2), D_B = d²/8, H = log(2πe s²)/2, KL = d²/2."""
    with mpmath.workdps(DIGITS):
        d = abs(mpmath.mpf(m) - mpmath.mpf(n)) / mpmath.mpf(s)
        entropy = mpmath.log(2 * mpmath.pi * mpmath.e * mpmath.mpf(s) ** 2) / 2
        return _decided(
            Normal(m, s),
            Normal(n, s),
            auc=mpmath.ncdf(d / mpmath.sqrt(2)),
            error=mpmath.ncdf(-d / 2),
            distance=d**2 / 8,
            entropy=entropy,
            cross=entropy + d**2 / 2,
        )


def decided_exponentials() -> SearchStrategy[DecidedPair]:
    """Exponential(a) and Exponential(b): the log ratio is linear here too."""
    return st.tuples(exponentials(), exponentials()).map(lambda t: _exponentials(*t))


def _exponentials(p: Exponential, q: Exponential) -> DecidedPair:
    """For a >= b: AUC = a/(a + b), error = (1 - e^(-b x) + e^(-a x))/2 at x = log(a/b)/(a - b).

    D_B = log((a + b) / (2 √(a b))), H = 1 - log a, H(p, q) = b/a - log b for p with rate a.
    """
    with mpmath.workdps(DIGITS):
        first, second = mpmath.mpf(float(p.rate)), mpmath.mpf(float(q.rate))
        a, b = max(first, second), min(first, second)
        x = mpmath.log(a / b) / (a - b) if a != b else 1 / a
        return _decided(
            p,
            q,
            auc=a / (a + b),
            error=(1 - mpmath.exp(-b * x) + mpmath.exp(-a * x)) / 2,
            distance=mpmath.log((a + b) / (2 * mpmath.sqrt(a * b))),
            entropy=1 - mpmath.log(first),
            cross=second / first - mpmath.log(second),
        )
