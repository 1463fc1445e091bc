"""Pairs whose divergences are known: closed forms, sums over points and balls, rounded once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate
from statistics import mean
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
ENCLOSED_DIGITS = 20  # of a ball: more than a float holds
Real = Any  # Fraction or mpmath.mpf


@dataclass(frozen=True)
class KnownPair:
    """Two distributions and what theory says of them, in nats. No number is missing.

    Attributes
    ----------
    p, q:
        Densities of the line, or Discrete distributions.
    jsd, kl, tv, w1:
        JSD(p, q), KL(p‖q), TV(p, q) and Wasserstein-1(p, q); kl and w1 may be inf.

    Notes
    -----
    Source: closed forms and sums over points, computed in 60 digits and rounded once. The JSD of two
    normals, Laplace or exponential distributions has no closed form; it is enclosed by ball arithmetic
    (`gantheory.certified`) to 20 digits, and no quadrature in floats takes part.
    """

    p: Any
    q: Any
    jsd: float
    kl: float
    tv: float
    w1: float


def known_pairs() -> SearchStrategy[KnownPair]:
    """Pairs with their JSD, KL, TV and W1, of every kind below; shrinks to Normal(0, 1) twice, all 0.

    Equal, disjoint, shifted and nested uniforms, normals, Laplace, Cauchy and exponential distributions,
    and discrete ones. The domain has no nearly equal pairs of densities: that is `near_equal_pairs`.
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


def _known(p: Any, q: Any, *, jsd: Real, kl: Real, tv: Real, w1: Real) -> KnownPair:
    """Round every number once."""
    return KnownPair(p, q, float(jsd), float(kl), float(tv), float(w1))


@lru_cache(maxsize=4096)
def _enclosed_jsd(family: Any, p: tuple[float, ...], q: tuple[float, ...]) -> Real:
    """JSD of two members of a family, the middle of a ball of relative radius below 1e-20."""
    from gantheory import certified  # waits for SymPy, which most strategies do not need

    return mpmath.mpf(certified.js_divergence(family(*p), family(*q), ENCLOSED_DIGITS).mid)


def equal_pairs() -> SearchStrategy[KnownPair]:
    """One density of the line twice: every divergence is 0."""
    return densities().map(lambda p: KnownPair(p, p, 0.0, 0.0, 0.0, 0.0))


# --- one family, two members ----------------------------------------------------------------------


def known_normals() -> SearchStrategy[KnownPair]:
    """Normal(m, s) and Normal(n, t), the domain of `normals` twice, with s = t in half of them."""
    return _two_members(_normals)


def _two_members(
    known: Callable[[float, float, float, float], KnownPair],
) -> SearchStrategy[KnownPair]:
    """Return what is known of members (m, s) and (n, t) of a family, s = t in half of them."""
    return st.tuples(locs(), scales(), locs(), scales(), st.booleans()).map(
        lambda t: known(t[0], t[1], t[2], t[3] if t[4] else t[1])
    )


def _normals(m: float, s: float, n: float, t: float) -> KnownPair:
    """KL = log(t/s) + (s² + d²)/(2 t²) - 1/2, W1 = E|d + (t - s) Z|, TV as in `_normal_tv`."""
    with mpmath.workdps(DIGITS):
        d, r, s_, t_ = _mpf(n) - _mpf(m), _mpf(t) - _mpf(s), _mpf(s), _mpf(t)
        return _known(
            Normal(m, s),
            Normal(n, t),
            jsd=_enclosed_jsd(Normal, (m, s), (n, t)),
            kl=mpmath.log(t_ / s_) + (s_**2 + d**2) / (2 * t_**2) - mpmath.mpf(1) / 2,
            tv=_normal_tv(d, s_, t_),
            w1=_folded_mean(d, abs(r)),
        )


def _normal_tv(d: Real, s: Real, t: Real) -> Real:
    """TV(N(0, s²), N(d, t²)): P(A) - Q(A), A between the two points at which the densities meet.

    They meet where x²/s² - (x - d)²/t² = 2 log(t/s); for s = t at d/2 alone: erf(|d| / (√8 s)).
    """
    if s == t:
        return mpmath.erf(abs(d) / (mpmath.sqrt(8) * s))
    a, b = 1 / s**2 - 1 / t**2, d / t**2  # a x² + 2 b x = c
    c = d**2 / t**2 + 2 * mpmath.log(t / s)
    ends = [(-b + sign * mpmath.sqrt(b**2 + a * c)) / a for sign in (1, -1)]
    return _more_inside(ends, mpmath.ncdf, d, s, t)


def _folded_mean(d: Real, r: Real) -> Real:
    """E|d + r Z| for a standard normal Z and r ≥ 0."""
    if not r:
        return abs(d)
    z = d / (mpmath.sqrt(2) * r)
    return r * mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(z**2)) + d * mpmath.erf(z)


def known_laplaces() -> SearchStrategy[KnownPair]:
    """Laplace(m, s) and Laplace(n, t), with s = t in a third of them and m = n in another one."""
    return st.tuples(locs(), scales(), locs(), scales(), st.sampled_from((0, 1, 2))).map(
        lambda t: _laplaces(t[0], t[1], t[0] if t[4] == 1 else t[2], t[3] if t[4] else t[1])
    )


def _laplaces(m: float, s: float, n: float, t: float) -> KnownPair:
    """KL = log(t/s) + (s e^(-|d|/s) + |d|)/t - 1, W1 = |d| + |t - s| e^(-|d|/|t - s|).

    W1 is E|d + (t - s) L|, L ~ Laplace(0, 1), because the quantiles differ by d + (t - s) times L's.
    """
    with mpmath.workdps(DIGITS):
        d, r, s_, t_ = abs(_mpf(n) - _mpf(m)), abs(_mpf(t) - _mpf(s)), _mpf(s), _mpf(t)
        return _known(
            Laplace(m, s),
            Laplace(n, t),
            jsd=_enclosed_jsd(Laplace, (m, s), (n, t)),
            kl=mpmath.log(t_ / s_) + (s_ * mpmath.exp(-d / s_) + d) / t_ - 1,
            tv=_laplace_tv(d, min(s_, t_), max(s_, t_)),
            w1=d + r * mpmath.exp(-d / r) if r else d,
        )


def _laplace_tv(d: Real, s: Real, t: Real) -> Real:
    """TV(Laplace(0, s), Laplace(d, t)) for d ≥ 0, s ≤ t: P(A) - Q(A), A where p > q.

    A is an interval around 0: log(p/q) = log(t/s) - |x|/s + |x - d|/t rises up to 0 and falls after it.
    For s = t it is a half-line, and TV = 1 - e^(-d/2s).
    """
    if s == t:
        return -mpmath.expm1(-d / (2 * s))
    top, fall = mpmath.log(t / s), 1 / s - 1 / t
    right = (top - d / t) / fall  # where both slopes are those of x > d
    if right < d:
        right = (top + d / t) / (1 / s + 1 / t)
    return _more_inside([right, -(top + d / t) / fall], _laplace_cdf, d, s, t)


def _laplace_cdf(x: Real) -> Real:
    return mpmath.exp(x) / 2 if x < 0 else 1 - mpmath.exp(-x) / 2


def _more_inside(ends: Sequence[Real], cdf: Any, d: Real, s: Real, t: Real) -> Real:
    """|P(A) - Q(A)| for A between two ends, P with scale s around 0, Q with scale t around d."""
    above, below = (cdf(x / s) - cdf((x - d) / t) for x in ends)
    return abs(above - below)


def known_cauchies() -> SearchStrategy[KnownPair]:
    """Cauchy(m, s) and Cauchy(n, t), with s = t in half of them; else W1 = inf."""
    return _two_members(_cauchies)


def _cauchies(m: float, s: float, n: float, t: float) -> KnownPair:
    """With R² = (s + t)² + d²: KL = log(R² / (4 s t)), JSD = log(2 R / (R + 2 √(s t))).

    TV = 2/π arctan(√(((s - t)² + d²) / (4 s t))). Source: Nielsen and Okamura (2021).
    """
    with mpmath.workdps(DIGITS):
        d, s_, t_ = abs(_mpf(n) - _mpf(m)), _mpf(s), _mpf(t)
        square, root = (s_ + t_) ** 2 + d**2, 2 * mpmath.sqrt(s_ * t_)
        return _known(
            Cauchy(m, s),
            Cauchy(n, t),
            jsd=mpmath.log(2 * mpmath.sqrt(square) / (mpmath.sqrt(square) + root)),
            kl=mpmath.log(square / (4 * s_ * t_)),
            tv=2 / mpmath.pi * mpmath.atan(mpmath.sqrt((s_ - t_) ** 2 + d**2) / root),
            w1=d if s == t else mpmath.inf,
        )


def known_exponentials() -> SearchStrategy[KnownPair]:
    """Exponential(a) and Exponential(b), the domain of `exponentials` twice."""
    return st.tuples(exponentials(), exponentials()).map(lambda t: _exponentials(*t))


def _exponentials(p: Exponential, q: Exponential) -> KnownPair:
    """KL = log(a/b) + b/a - 1, W1 = |1/a - 1/b|, TV = |e^(-a x) - e^(-b x)|, x = log(a/b)/(a - b)."""
    with mpmath.workdps(DIGITS):
        a, b = _mpf(float(p.rate)), _mpf(float(q.rate))
        ratio = mpmath.log(a / b)
        x = ratio / (a - b) if a != b else 1 / a
        return _known(
            p,
            q,
            jsd=_enclosed_jsd(Exponential, (float(p.rate),), (float(q.rate),)),
            kl=ratio + b / a - 1,
            tv=abs(mpmath.exp(-a * x) - mpmath.exp(-b * x)),
            w1=abs(1 / a - 1 / b),
        )


# --- uniform distributions
# ---------------------------------------------------------------------------------


def shifted_uniforms() -> SearchStrategy[KnownPair]:
    """A uniform distribution and itself moved by a share 1/8 to 7/8 of its width: JSD = share log 2."""
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
    """W1 = |E X - E Y|, since one lies left of the other; the means are those of ends (and mode)."""
    mean_p, mean_q = (mean(map(Fraction, one.parameters().values())) for one in (p, q))
    return _known(p, q, jsd=math.log(2), kl=math.inf, tv=1, w1=abs(mean_p - mean_q))


# --- discrete distributions
# --------------------------------------------------------------------------------


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
