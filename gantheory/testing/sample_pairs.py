"""Pairs of densities for estimators of JSD and KL from samples, and what estimators return instead.

Means, variances, extreme points or thresholds do not give all of these divergences: some pairs have
equal means and variances, and one has equal third moments too, though nothing overlaps. Nearly all
samples lie within [-10, 10].
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

from gantheory.densities import Laplace, Mixture, Normal, Uniform
from gantheory.divergences import (
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    squared_hellinger,
    total_variation,
)

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


@dataclass(frozen=True)
class SamplePair:
    """Two densities of the line."""

    name: str
    p: Any
    q: Any

    @cached_property
    def jsd(self) -> float:
        """JSD(p, q) in nats."""
        return float(js_divergence(self.p, self.q))

    @cached_property
    def kl(self) -> float:
        """KL(p | q) in nats."""
        return float(kl_divergence(self.p, self.q))

    def fitted(self) -> SamplePair:
        """The normals of the same means and variances."""
        return SamplePair(self.name, _fitted(self.p), _fitted(self.q))


def _fitted(p: Any) -> Normal:
    parts = getattr(p, "components", (p,))
    weights = [float(w) for w in getattr(p, "exact_weights", (1,))]
    moments = [_moments(c) for c in parts]
    mean = sum(w * m for w, (m, _) in zip(weights, moments, strict=True))
    square = sum(w * (v + m**2) for w, (m, v) in zip(weights, moments, strict=True))
    return Normal(mean, math.sqrt(square - mean**2))


def _moments(p: Any) -> tuple[float, float]:
    """Mean and variance of a normal, Laplace or uniform distribution."""
    if isinstance(p, Uniform):
        low, high = p.support
        return (low + high) / 2, (high - low) ** 2 / 12
    return p.loc, p.scale**2 * (2 if isinstance(p, Laplace) else 1)


# --- the pairs ------------------------------------------------------------------------------------


def _mixture(*parts: tuple[Fraction, Any]) -> Any:
    return Mixture(tuple(p for _, p in parts), tuple(weight for weight, _ in parts))


def _humps(at: float, scale: float) -> Any:
    return _mixture((HALF, Normal(-at, scale)), (HALF, Normal(at, scale)))


def _comb(*teeth: tuple[Fraction, float]) -> Any:
    """Uniform teeth of width 0.8."""
    return _mixture(*((weight, Uniform(at - 0.4, at + 0.4)) for weight, at in teeth))


def _skewed(near: float, far: float, sign: int) -> Any:
    """2/3 N(-c, near²) + 1/3 N(2 c, far²), c = 1.5 sign: its mean is 0."""
    return _mixture((1 - THIRD, Normal(-1.5 * sign, near)), (THIRD, Normal(3.0 * sign, far)))


THREE = (Fraction(1, 8), -4.0), (Fraction(3, 4), 0.0), (Fraction(1, 8), 4.0)
TWO = (HALF, -2.0), (HALF, 2.0)  # mean, variance and third moment of THREE
BOTH = tuple((weight / 2, at) for weight, at in (*THREE, *TWO))
NEAR, WIDE = Normal(0.0, 1.0), Normal(1.0, 1.5)


@lru_cache
def sample_pairs(divergence: str) -> tuple[SamplePair, ...]:
    """Pairs with JSD = 0, 0.09 to 0.69 = log 2, or KL = 0, 0.17 to 1.1."""
    return tuple(_for_jsd() if divergence == "jsd" else _for_kl())


def _for_jsd() -> Iterator[SamplePair]:
    yield SamplePair("N(0, 1), N(1, 1.5²)", NEAR, WIDE)
    yield SamplePair("N(1, 1.5²), N(0, 1)", WIDE, NEAR)
    yield SamplePair("N(0, 1) twice", NEAR, NEAR)
    yield SamplePair(
        "two humps ½ N(±2, 0.8²) and the normal of the same mean and variance",
        _humps(2.0, 0.8),
        Normal(0.0, math.hypot(2.0, 0.8)),
    )
    yield SamplePair("Laplace(0, 1), Laplace(2, 1)", Laplace(0.0, 1.0), Laplace(2.0, 1.0))
    yield SamplePair(
        "a skewed mixture and its mirror image, of the same mean and variance",
        _skewed(0.6, 1.5, 1),
        _skewed(0.6, 1.5, -1),
    )
    yield SamplePair("U(-3, 3), U(0, 6)", Uniform(-3.0, 3.0), Uniform(0.0, 6.0))
    yield SamplePair("N(0, 1), N(3, 1)", NEAR, Normal(3.0, 1.0))
    yield SamplePair(
        "two combs without overlap, of the same first three moments", _comb(*THREE), _comb(*TWO)
    )
    yield SamplePair("U(0, 1), U(5, 6)", Uniform(0.0, 1.0), Uniform(5.0, 6.0))


def _for_kl() -> Iterator[SamplePair]:
    """Pairs where q is nowhere small beside p: elsewhere no estimate from samples is reliable."""
    yield SamplePair("N(0, 1), N(1, 1.5²)", NEAR, WIDE)
    yield SamplePair("N(0, 1) twice", NEAR, NEAR)
    yield SamplePair(
        "two humps ½ N(±2, 1) and the normal of the same mean and variance",
        _humps(2.0, 1.0),
        Normal(0.0, math.sqrt(5.0)),
    )
    yield SamplePair("Laplace(0, 1), Laplace(1, 1)", Laplace(0.0, 1.0), Laplace(1.0, 1.0))
    yield SamplePair(
        "two humps N(±2, 1) with weights 4/5, 1/5 and 1/5, 4/5",
        _mixture((Fraction(4, 5), Normal(-2.0, 1.0)), (Fraction(1, 5), Normal(2.0, 1.0))),
        _mixture((Fraction(1, 5), Normal(-2.0, 1.0)), (Fraction(4, 5), Normal(2.0, 1.0))),
    )
    yield SamplePair(
        "a comb and one with two more teeth, of the same first three moments",
        _comb(*THREE),
        _comb(*BOTH),
    )
    yield SamplePair("U(-1, 1), U(-3, 3)", Uniform(-1.0, 1.0), Uniform(-3.0, 3.0))


# --- what estimators return instead ---------------------------------------------------------------

Rival = Callable[[SamplePair], float]
MULTIPLES = {
    1 / math.log(2): "the divergence in bits: take natural logarithms",
    2.0: "twice the divergence: halve it",
    0.5: "half of the divergence: double it",
    -1.0: "minus the divergence: change the sign",
}


@lru_cache
def rivals(divergence: str) -> dict[str, tuple[float, ...]]:
    """Values for all pairs of what an estimator may return in place of the divergence."""
    return {
        name: tuple(value(pair) for pair in sample_pairs(divergence))
        for name, value in _rivals(divergence).items()
    }


def _rivals(divergence: str) -> dict[str, Rival]:
    def truth(pair: SamplePair) -> float:
        return pair.jsd if divergence == "jsd" else pair.kl

    shared: dict[str, Rival] = {
        "the square root, a distance: square it": lambda pair: math.sqrt(truth(pair)),
        "the divergence of normals fitted to both samples: it sees means and variances alone": (
            lambda pair: truth(pair.fitted())
        ),
        "total variation": lambda pair: float(total_variation(pair.p, pair.q)),
        "the squared Hellinger distance": lambda pair: float(squared_hellinger(pair.p, pair.q)),
        "Jeffreys' divergence KL(p | q) + KL(q | p)": (
            lambda pair: float(jeffreys_divergence(pair.p, pair.q))
        ),
    }
    return shared | (_for_jsd_alone() if divergence == "jsd" else _for_kl_alone())


def _for_jsd_alone() -> dict[str, Rival]:
    return {
        "the square root, in bits: square it, and take natural logarithms": (
            lambda pair: math.sqrt(pair.jsd / math.log(2))
        ),
        "2 JSD - log 4, the value of the game: add log 4 and halve": (
            lambda pair: 2 * pair.jsd - math.log(4)
        ),
        "KL(p | q): take both p and q to the mixture": lambda pair: pair.kl,
        "KL to a mixture in which one sample weighs 1/3 and the other 2/3: both weigh 1/2": _thirds,
        "log 2 times the squared Hellinger distance": (
            lambda pair: math.log(2) * float(squared_hellinger(pair.p, pair.q))
        ),
        "log 2 times total variation": (
            lambda pair: math.log(2) * float(total_variation(pair.p, pair.q))
        ),
    }


def _thirds(pair: SamplePair) -> float:
    """(KL(p | p/3 + 2q/3) + KL(q | q/3 + 2p/3)) / 2: p against half of itself and all of q."""
    both = (pair.p, pair.q), (pair.q, pair.p)
    return sum(float(kl_divergence(a, _mixture((THIRD, a), (1 - THIRD, b)))) for a, b in both) / 2


def _for_kl_alone() -> dict[str, Rival]:
    return {
        "KL(q | p), the other direction: swap the arguments": (
            lambda pair: float(kl_divergence(pair.q, pair.p))
        ),
        "JSD": lambda pair: pair.jsd,
    }
