"""Pairs whose divergences are known: closed forms, and sums over points, rounded once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import mpmath  # type: ignore[import-untyped]
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Normal, Uniform
from gantheory.testing.moving import affine
from gantheory.testing.strategies.discrete import discrete_pairs
from gantheory.testing.strategies.line import densities, exponentials, uniforms
from gantheory.testing.strategies.numbers import locs, scales, signs
from gantheory.testing.strategies.pairs import disjoint_pairs

DIGITS = 60  # so many that nothing cancels between numbers that people can read
Real = Any  # Fraction or mpmath.mpf


@dataclass(frozen=True)
class KnownPair:
    """Two laws and what theory says of them, in nats; None where no closed form is known.

    Attributes
    ----------
    p, q:
        Densities of the line, or Discrete laws.
    jsd, kl, tv, w1:
        JSD(p, q), KL(p‖q), TV(p, q) and Wasserstein-1(p, q), computed in 60 digits and rounded once.
    """

    p: Any
    q: Any
    jsd: float | None = None
    kl: float | None = None
    tv: float | None = None
    w1: float | None = None


def known_pairs() -> SearchStrategy[KnownPair]:
    """Pairs with known JSD, KL, TV or W1, of every kind below; shrinks to Normal(0, 1) twice, all 0.

    Equal, disjoint, shifted and nested uniforms, normals, Laplace, Cauchy and exponential laws, and
    discrete ones. The domain has no nearly equal pairs of densities: that is `near_equal_pairs`.
    """
    return st.one_of(
        equal_pairs(),
        known_normals(),
        known_laplaces(),
        known_cauchies(),
        known_exponentials(),
        shifted_uniforms(),
        nested_uniforms(),
        known_disjoint(),
        known_discrete(),
    )


def _known(p: Any, q: Any, **numbers: Real) -> KnownPair:
    """Round every number once."""
    return KnownPair(p, q, **{name: float(value) for name, value in numbers.items()})


def equal_pairs() -> SearchStrategy[KnownPair]:
    """One density of the line twice: every divergence is 0."""
    return densities().map(lambda p: KnownPair(p, p, 0.0, 0.0, 0.0, 0.0))


# --- one family, two members ----------------------------------------------------------------------


def known_normals() -> SearchStrategy[KnownPair]:
    """Normal(m, s) and Normal(n, t): KL and W1, with s = t TV too; the domain of `normals` twice."""
    return st.tuples(locs(), scales(), locs(), scales(), st.booleans()).map(
        lambda t: _normals(t[0], t[1], t[2], t[3] if t[4] else t[1])
    )


def _normals(m: float, s: float, n: float, t: float) -> KnownPair:
    """KL = log(t/s) + (s² + d²)/(2 t²) - 1/2, W1 = E|d + (t - s) Z|, TV = erf(|d| / (√8 s))."""
    d, r = Fraction(n) - Fraction(m), Fraction(t) - Fraction(s)
    with mpmath.workdps(DIGITS):
        d_, r_, s_, t_ = (_mpf(x) for x in (d, r, s, t))
        numbers = {"kl": mpmath.log(t_ / s_) + (s_**2 + d_**2) / (2 * t_**2) - mpmath.mpf(1) / 2}
        if r:
            z = d_ / (mpmath.sqrt(2) * r_)
            bell = abs(r_) * mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(z**2))
            numbers["w1"] = bell + d_ * mpmath.erf(z) * mpmath.sign(r_)
        else:
            numbers["w1"] = abs(d_)
            numbers["tv"] = mpmath.erf(abs(d_) / (mpmath.sqrt(8) * s_))
        return _known(Normal(m, s), Normal(n, t), **numbers)


def known_laplaces() -> SearchStrategy[KnownPair]:
    """Laplace(m, s) and Laplace(n, t): KL, with s = t TV and W1 too, with m = n W1 too."""
    return st.tuples(locs(), scales(), locs(), scales(), st.sampled_from((0, 1, 2))).map(
        lambda t: _laplaces(t[0], t[1], t[0] if t[4] == 1 else t[2], t[3] if t[4] else t[1])
    )


def _laplaces(m: float, s: float, n: float, t: float) -> KnownPair:
    """KL = log(t/s) + (s e^(-|d|/s) + |d|)/t - 1; with s = t TV = 1 - e^(-|d|/2s), W1 = |d|."""
    with mpmath.workdps(DIGITS):
        d, s_, t_ = abs(_mpf(n) - _mpf(m)), _mpf(s), _mpf(t)
        numbers = {"kl": mpmath.log(t_ / s_) + (s_ * mpmath.exp(-d / s_) + d) / t_ - 1}
        if s == t:
            numbers["tv"] = -mpmath.expm1(-d / (2 * s_))
            numbers["w1"] = d
        elif m == n:
            numbers["w1"] = abs(
                t_ - s_
            )  # the quantiles differ by (t - s) times those of Laplace(0, 1)
        return _known(Laplace(m, s), Laplace(n, t), **numbers)


def known_cauchies() -> SearchStrategy[KnownPair]:
    """Cauchy(m, s) and Cauchy(n, t): KL, which is symmetric; with s = t TV and W1 too."""
    return st.tuples(locs(), scales(), locs(), scales(), st.booleans()).map(
        lambda t: _cauchies(t[0], t[1], t[2], t[3] if t[4] else t[1])
    )


def _cauchies(m: float, s: float, n: float, t: float) -> KnownPair:
    """KL = log(((s + t)² + d²) / (4 s t)); with s = t TV = 2/π arctan(|d| / 2s), W1 = |d|."""
    with mpmath.workdps(DIGITS):
        d, s_, t_ = abs(_mpf(n) - _mpf(m)), _mpf(s), _mpf(t)
        numbers = {"kl": mpmath.log(((s_ + t_) ** 2 + d**2) / (4 * s_ * t_))}
        if s == t:
            numbers["tv"] = 2 / mpmath.pi * mpmath.atan(d / (2 * s_))
            numbers["w1"] = d
        return _known(Cauchy(m, s), Cauchy(n, t), **numbers)


def known_exponentials() -> SearchStrategy[KnownPair]:
    """Exponential(a) and Exponential(b): KL, TV and W1."""
    return st.tuples(exponentials(), exponentials()).map(lambda t: _exponentials(*t))


def _exponentials(p: Exponential, q: Exponential) -> KnownPair:
    """KL = log(a/b) + b/a - 1, W1 = |1/a - 1/b|, TV = |e^(-a x) - e^(-b x)|, x = log(a/b)/(a - b)."""
    with mpmath.workdps(DIGITS):
        a, b = _mpf(float(p.rate)), _mpf(float(q.rate))
        ratio = mpmath.log(a / b)
        x = ratio / (a - b) if a != b else 1 / a
        apart = abs(mpmath.exp(-a * x) - mpmath.exp(-b * x))
        return _known(p, q, kl=ratio + b / a - 1, tv=apart, w1=abs(1 / a - 1 / b))


# --- uniform laws ---------------------------------------------------------------------------------


def shifted_uniforms() -> SearchStrategy[KnownPair]:
    """A uniform law and itself moved by a share 1/8 to 7/8 of its width: JSD = share log 2."""
    share = st.integers(1, 7).map(lambda k: k / 8)
    return st.tuples(uniforms(), share, signs()).map(lambda t: _shifted(*t))


def _shifted(p: Uniform, share: float, sign: int) -> KnownPair:
    """JSD = share log 2, KL = inf, TV = share, W1 = share · width."""
    low, high = p.support
    move = share * (high - low)
    with mpmath.workdps(DIGITS):
        q = affine(p, sign * move, 1.0)
        return _known(p, q, jsd=_mpf(share) * mpmath.log(2), kl=math.inf, tv=share, w1=move)


def nested_uniforms() -> SearchStrategy[KnownPair]:
    """Uniform(a, a + r w) in Uniform(a, a + w), r = 1/8 to 7/8, in either order: all four."""
    share = st.integers(1, 7).map(lambda k: k / 8)
    return st.tuples(uniforms(), share, st.booleans()).map(lambda t: _nested(*t))


def _nested(wide: Uniform, share: float, swapped: bool) -> KnownPair:
    """JSD = (log(2/(1+r)) + r log(2r/(1+r)) + (1-r) log 2)/2, KL = -log r, TV = 1 - r, W1 = (1-r) w/2.

    KL is that of the narrow one from the wide one; the other way round it is infinite.
    """
    low, high = wide.support
    narrow = Uniform(low, low + share * (high - low))
    with mpmath.workdps(DIGITS):
        r, two = _mpf(share), mpmath.mpf(2)
        whole = (
            mpmath.log(2 / (1 + r)) + r * mpmath.log(2 * r / (1 + r)) + (1 - r) * mpmath.log(two)
        )
        kl = math.inf if swapped else -mpmath.log(r)
        p, q = (wide, narrow) if swapped else (narrow, wide)
        w1 = (1 - r) * (_mpf(high) - _mpf(low)) / 2
        return _known(p, q, jsd=whole / 2, kl=kl, tv=1 - r, w1=w1)


def known_disjoint() -> SearchStrategy[KnownPair]:
    """The pairs of `disjoint_pairs`: JSD = log 2, KL = inf, TV = 1, W1 = the distance of the means."""
    return disjoint_pairs().map(lambda t: _disjoint(*t))


def _disjoint(p: Any, q: Any) -> KnownPair:
    """W1 = |E X - E Y|, since one law lies left of the other."""
    means = [_mean([Fraction(value) for value in one.parameters().values()]) for one in (p, q)]
    w1 = abs(means[0] - means[1])
    return _known(p, q, jsd=math.log(2), kl=math.inf, tv=1, w1=w1)


def _mean(ends: Sequence[Fraction]) -> Fraction:
    """The mean of a uniform law is that of its ends; of a triangular one, that of its ends and mode."""
    return sum(ends, Fraction(0)) / len(ends)


# --- discrete laws --------------------------------------------------------------------------------


def known_discrete() -> SearchStrategy[KnownPair]:
    """The pairs of `discrete_pairs`: all four, from the exact weights. Nearly equal ones too."""
    return discrete_pairs().map(lambda t: _discrete(*t))


def _discrete(p: Discrete, q: Discrete) -> KnownPair:
    """KL = Σ p log(p/q), TV = Σ |p - q| / 2, W1 = Σ |P - Q| over the gaps between the points."""
    n = max(len(p.exact_weights), len(q.exact_weights))
    a, b = ([*one.exact_weights, *[Fraction(0)] * (n - len(one.exact_weights))] for one in (p, q))
    middle = [(x + y) / 2 for x, y in zip(a, b, strict=True)]
    gaps = [abs(x - y) for x, y in zip(accumulate(a), accumulate(b), strict=True)]
    with mpmath.workdps(DIGITS):
        jsd = (_relative_entropy(a, middle) + _relative_entropy(b, middle)) / 2
        kl = _relative_entropy(a, b)
    tv = sum((abs(x - y) for x, y in zip(a, b, strict=True)), Fraction(0)) / 2
    return _known(p, q, jsd=jsd, kl=kl, tv=tv, w1=sum(gaps, Fraction(0)))


def _relative_entropy(p: Sequence[Fraction], q: Sequence[Fraction]) -> Real:
    """Σ p log(p/q) over the points with p > 0."""
    if any(x > 0 and y == 0 for x, y in zip(p, q, strict=True)):
        return mpmath.inf
    terms = [_mpf(x) * mpmath.log(_mpf(x / y)) for x, y in zip(p, q, strict=True) if x > 0]
    return mpmath.fsum(terms)


def _mpf(x: float | Fraction) -> Real:
    """The number, to all digits."""
    exact = Fraction(x)
    return mpmath.mpf(exact.numerator) / exact.denominator
