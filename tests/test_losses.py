"""The losses of every game: against 50 digits, central differences, theory, and torch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gantheory import divergences
from gantheory.densities import Discrete
from gantheory.losses import (
    HINGE,
    MINIMAX,
    NON_SATURATING,
    RELATIVISTIC,
    RELATIVISTIC_AVERAGE,
    WASSERSTEIN,
    Separable,
    f_gan,
    game,
    label_forcing,
    label_forcing_gradient,
    least_squares,
    smoothed,
    two_logit,
    two_logit_gradient,
)
from gantheory.losses.lookup import NAMED

inf = math.inf
ALPHAS = (-1.0, 0.02, 0.5, 0.9, 1.5, 2.0, 3.0)
F_GANS = [
    *(f_gan(name.removeprefix("f-gan:")) for name in NAMED if name.startswith("f-gan:")),
    *map(f_gan, ALPHAS),
]
SEPARABLE = [
    MINIMAX,
    NON_SATURATING,
    least_squares(),
    least_squares(a=-1.0, b=1.0, c=0.0),
    HINGE,
    WASSERSTEIN,
    smoothed(MINIMAX, real_target=0.9, fake_target=0.1),
    smoothed(NON_SATURATING, real_target=0.9),
    smoothed(NON_SATURATING, real_target=1.0, fake_target=0.2),
    *F_GANS,
]
EVERY = [*SEPARABLE, RELATIVISTIC, RELATIVISTIC_AVERAGE]
DTYPES = [np.float64, np.float32]


def named(games: list[Any]) -> Any:
    return pytest.mark.parametrize("one", games, ids=[one.name for one in games])


# --- fifty digits ---------------------------------------------------------------------------------

Number = Any  # an mpf


def sp(a: Number) -> Number:
    return mp.log1p(mp.exp(a))


def sg(a: Number) -> Number:
    return 1 / (1 + mp.exp(-a))


@dataclass(frozen=True)
class Truth:
    """A term to all digits: value, slope, and what their rounding errors are relative to."""

    value: Callable[[Number], Number]
    slope: Callable[[Number], Number]
    terms: Callable[[Number], Number] = lambda v: 0  # added to |value|
    steps: Callable[[Number], Number] = lambda v: 0  # added to |slope|


def minus(one: Truth) -> Truth:
    return Truth(lambda v: -one.value(v), lambda v: -one.slope(v), one.terms, one.steps)


ONE = Truth(lambda v: v, lambda v: mp.mpf(1))
SOFTPLUS = Truth(sp, sg)
SOFTPLUS_OF_MINUS = Truth(lambda v: sp(-v), lambda v: -sg(-v))


def cross_entropy(target: float) -> Truth:
    t = mp.mpf(target)
    return Truth(
        lambda v: t * sp(-v) + (1 - t) * sp(v),
        lambda v: (1 - t) * sg(v) - t * sg(-v),
        steps=lambda v: 0 if t in (0, 1) else (1 - t) * sg(v) + t * sg(-v),
    )


def half_square(label: float) -> Truth:
    return Truth(lambda v: (v - label) ** 2 / 2, lambda v: v - label)


def hinge(sign: int) -> Truth:
    return Truth(lambda v: max(1 + sign * v, 0), lambda v: sign * (1 + sign * v > 0))


def jeffreys_u(v: Number) -> Number:
    return 1 / mp.lambertw(mp.exp(1 - v)).real


def alpha_terms(alpha: float) -> tuple[Truth, Truth]:
    """g and f* o g; a power rounds by eps times the size of its logarithm."""
    al = mp.mpf(alpha)

    def kappa() -> Number:  # at the digits of the moment
        return al / (al - 1)

    if alpha < 1:

        def s(v: Number) -> Number:
            return (1 - al) * sp(-v)

        def off(v: Number) -> Number:
            return abs(kappa()) * (1 + abs(mp.log(1 - al)) + abs(mp.log(sp(-v))))

        def slope(v: Number) -> Number:
            return s(v) ** kappa() * sg(-v) / s(v)

        activation = Truth(
            lambda v: 1 / (1 - al) - sp(-v), lambda v: sg(-v), terms=lambda v: 1 / (1 - al)
        )
        return activation, Truth(
            lambda v: (s(v) ** kappa() - 1) / al,
            slope,
            terms=lambda v: s(v) ** kappa() * off(v) / abs(al),
            steps=lambda v: off(v) * slope(v),
        )

    def clamped(v: Number) -> Number:
        return max(1 + (al - 1) * v, mp.mpf(0))

    def moved(v: Number) -> Number:
        """How the rounding of s moves its logarithm."""
        if not clamped(v):
            return mp.mpf(0)
        return abs((al - 1) * v) / clamped(v) + abs(mp.log(clamped(v)))

    return ONE, Truth(
        lambda v: (clamped(v) ** kappa() - 1) / al,
        lambda v: clamped(v) ** (1 / (al - 1)),
        terms=lambda v: kappa() * clamped(v) ** kappa() * moved(v) / al,
        steps=lambda v: clamped(v) ** (1 / (al - 1)) * moved(v) / (al - 1),
    )


# g and f* o g, in forms that keep 50 digits far out; the literal table below checks them
F_TRUTHS: dict[str, tuple[Truth, Truth]] = {
    "kl": (ONE, Truth(lambda v: mp.exp(v - 1), lambda v: mp.exp(v - 1))),
    "reverse-kl": (
        Truth(lambda v: -mp.exp(v), lambda v: -mp.exp(v)),
        Truth(lambda v: -1 - v, lambda v: mp.mpf(-1)),
    ),
    "js": (
        Truth(lambda v: mp.log(2) - sp(-v), lambda v: sg(-v), terms=lambda v: 1),
        Truth(lambda v: sp(v) - mp.log(2), sg, terms=lambda v: 1),
    ),
    "jeffreys": (
        ONE,
        Truth(lambda v: jeffreys_u(v) - 1 + mp.log(jeffreys_u(v)), jeffreys_u, terms=lambda v: 1),
    ),
    "total-variation": (
        Truth(lambda v: mp.tanh(v) / 2, lambda v: mp.sech(v) ** 2 / 2),
        Truth(lambda v: mp.tanh(v) / 2, lambda v: mp.sech(v) ** 2 / 2),
    ),
    "squared-hellinger": (
        Truth(lambda v: -mp.expm1(v), lambda v: -mp.exp(v)),
        Truth(lambda v: mp.expm1(-v), lambda v: -mp.exp(-v)),
    ),
    "pearson-chi2": (
        ONE,
        Truth(lambda v: max(v, -2) ** 2 / 4 + max(v, -2), lambda v: max(v, -2) / 2 + 1),
    ),
    "neyman-chi2": (
        Truth(lambda v: -mp.expm1(v), lambda v: -mp.exp(v)),
        Truth(lambda v: -2 * mp.expm1(v / 2), lambda v: -mp.exp(v / 2)),
    ),
    **{f"alpha={alpha!r}": alpha_terms(alpha) for alpha in ALPHAS},
}
LOGISTIC = SOFTPLUS_OF_MINUS, SOFTPLUS
TRUTHS: dict[str, tuple[Truth, Truth, Truth]] = {
    MINIMAX.name: (*LOGISTIC, minus(SOFTPLUS)),
    NON_SATURATING.name: (*LOGISTIC, SOFTPLUS_OF_MINUS),
    SEPARABLE[2].name: (half_square(1), half_square(0), half_square(1)),
    SEPARABLE[3].name: (half_square(1), half_square(-1), half_square(0)),
    HINGE.name: (hinge(-1), hinge(1), minus(ONE)),
    WASSERSTEIN.name: (minus(ONE), ONE, minus(ONE)),
    SEPARABLE[6].name: (cross_entropy(0.9), cross_entropy(0.1), minus(SOFTPLUS)),
    SEPARABLE[7].name: (cross_entropy(0.9), cross_entropy(0.0), SOFTPLUS_OF_MINUS),
    SEPARABLE[8].name: (cross_entropy(1.0), cross_entropy(0.2), SOFTPLUS_OF_MINUS),
    **{f"f-gan:{name}": (minus(g), c, minus(c)) for name, (g, c) in F_TRUTHS.items()},
}
SIZES = (
    *(1e-30, 1e-6, 0.3, 0.99, 1.01, 2.01, 17.3, 33.8, 50.1, 60.0, 88.3, 89.5, 104.0, 127.7),
    *(511.7, 700.1, 709.9, 746.0, 9999.5, 1e4),
)
POINTS = sorted({0.0, *SIZES, *(-size for size in SIZES)})


def eps_off(ours: Any, truth: Number, added: Number, dtype: Any) -> float:
    """|ours - truth| in units of eps (|truth| + added); 0 for an overflow that rounds to inf."""
    limits = np.finfo(dtype)
    top, tiny, eps = (mp.mpf(float(x)) for x in (limits.max, limits.tiny, limits.eps))
    if abs(truth) >= top:
        assert ours == math.copysign(inf, truth), f"{ours} for {mp.nstr(truth, 5)}"
        return 0.0
    if mp.isinf(mp.mpf(float(ours))):  # what is left of the floats above it must be rounding
        assert (1 + 64 * eps) * (abs(truth) + added * eps) > top
        return 0.0
    error, unit = abs(mp.mpf(float(ours)) - truth) - tiny, eps * (abs(truth) + added)
    return 0.0 if error <= 0 else float(error / unit) if unit else inf


@pytest.mark.parametrize("dtype", DTYPES)
@named(SEPARABLE)
def test_fifty_digits_out_to_ten_thousand(one: Separable, dtype: Any) -> None:
    a = np.array(POINTS, dtype)
    with mp.workdps(50), np.errstate(over="raise", divide="raise", invalid="raise"):
        for term, truth in zip((one.real, one.fake, one.generator), TRUTHS[one.name], strict=True):
            values, slopes = term.value(a), term.slope(a)
            assert values.dtype == slopes.dtype == dtype
            for x, value, slope in zip(a, values, slopes, strict=True):
                v = mp.mpf(float(x))
                for ours, exact, added in (
                    (value, truth.value(v), truth.terms(v)),
                    (slope, truth.slope(v), truth.steps(v)),
                ):
                    off = eps_off(ours, mp.mpf(exact), added, dtype)
                    assert off <= 4, (float(x), ours, mp.nstr(exact, 20), off)


@dataclass(frozen=True)
class Row:
    """A row of the table of f-GANs: f, f', f* and g as they are printed, f(0+) and f'(inf)."""

    f: Callable[[Number], Number]
    slope: Callable[[Number], Number]
    conjugate: Callable[[Number], Number]
    activation: Callable[[Number], Number]
    at_zero: float
    at_infinity: float


def identity(v: Number) -> Number:
    return v


def alpha_row(alpha: float) -> Row:
    al = mp.mpf(alpha)
    activation = identity if alpha > 1 else (lambda v: 1 / (1 - al) - mp.log(1 + mp.exp(-v)))
    return Row(
        lambda u: (u**al - 1 - al * (u - 1)) / (al * (al - 1)),
        lambda u: (u ** (al - 1) - 1) / (al - 1),
        lambda t: (max(t * (al - 1) + 1, mp.mpf(0)) ** (al / (al - 1)) - 1) / al,
        activation,
        inf if alpha < 0 else 1 / alpha,
        inf if alpha > 1 else 1 / (1 - alpha),
    )


def lambert(t: Number) -> Number:
    return mp.lambertw(mp.exp(1 - t)).real


ROWS: dict[str, Row] = {
    "kl": Row(
        lambda u: u * mp.log(u),
        lambda u: 1 + mp.log(u),
        lambda t: mp.exp(t - 1),
        identity,
        0.0,
        inf,
    ),
    "reverse-kl": Row(
        lambda u: -mp.log(u),
        lambda u: -1 / u,
        lambda t: -1 - mp.log(-t),
        lambda v: -mp.exp(v),
        inf,
        0.0,
    ),
    "js": Row(
        lambda u: u * mp.log(u) - (u + 1) * mp.log((u + 1) / 2),
        lambda u: mp.log(2 * u / (1 + u)),
        lambda t: -mp.log(2 - mp.exp(t)),
        lambda v: mp.log(2) - mp.log(1 + mp.exp(-v)),
        math.log(2),
        math.log(2),
    ),
    "jeffreys": Row(
        lambda u: (u - 1) * mp.log(u),
        lambda u: mp.log(u) + 1 - 1 / u,
        lambda t: lambert(t) + 1 / lambert(t) + t - 2,
        identity,
        inf,
        inf,
    ),
    "total-variation": Row(
        lambda u: abs(u - 1) / 2,
        lambda u: mp.sign(u - 1) / 2,
        identity,
        lambda v: mp.tanh(v) / 2,
        0.5,
        0.5,
    ),
    "squared-hellinger": Row(
        lambda u: (mp.sqrt(u) - 1) ** 2,
        lambda u: 1 - 1 / mp.sqrt(u),
        lambda t: t / (1 - t),
        lambda v: 1 - mp.exp(v),
        1.0,
        1.0,
    ),
    "pearson-chi2": Row(
        lambda u: (u - 1) ** 2,
        lambda u: 2 * (u - 1),
        lambda t: t**2 / 4 + t if t >= -2 else mp.mpf(-1),
        identity,
        1.0,
        inf,
    ),
    "neyman-chi2": Row(
        lambda u: (1 - u) ** 2 / u,
        lambda u: 1 - 1 / u**2,
        lambda t: 2 - 2 * mp.sqrt(1 - t),
        lambda v: 1 - mp.exp(v),
        inf,
        1.0,
    ),
    **{f"alpha={alpha!r}": alpha_row(alpha) for alpha in ALPHAS},
}


def row_of(one: Separable) -> Row:
    return ROWS[one.name.removeprefix("f-gan:")]


@pytest.mark.parametrize("name", ROWS)
def test_the_forms_far_out_are_the_table(name: str) -> None:
    row, (g, c) = ROWS[name], F_TRUTHS[name]
    rng = np.random.default_rng(20160602)
    with mp.workdps(120):
        for x in (*rng.uniform(-40, 40, 12), -2.5, -0.3, 0.0, 0.7, 1.5):
            v = mp.mpf(float(x))
            composed = lambda w: row.conjugate(row.activation(w))  # noqa: E731
            for ours, theirs in (
                (g.value(v), row.activation(v)),
                (g.slope(v), mp.diff(row.activation, v)),
                (c.value(v), composed(v)),
                (c.slope(v), mp.diff(composed, v)),
            ):
                assert abs(ours - theirs) <= mp.mpf(10) ** -60 * (1 + abs(theirs))


@pytest.mark.parametrize("name", ROWS)
def test_the_conjugate_of_the_table_is_one(name: str) -> None:
    """f*(f'(u)) = u f'(u) - f(u), and f*(t) >= u t - f(u) for any other t."""
    row = ROWS[name]
    for u in (0.01, 0.4, 0.99, 1.3, 7.0):
        t = row.slope(mp.mpf(u))
        assert abs(row.conjugate(t) - (u * t - row.f(mp.mpf(u)))) < 1e-12
        for v in (-3.0, -0.5, 0.2, 2.0):
            other = row.activation(mp.mpf(v))
            assert row.conjugate(other) >= u * other - row.f(mp.mpf(u)) - 1e-12


# --- derivatives of the batch losses --------------------------------------------------------------


def central(loss: Callable[[Any], Any], at: Any, step: float = 1e-4) -> Any:
    """The derivative of the sum of losses over an ensemble, entry by entry, of fourth order."""

    def moved(index: tuple[int, ...], by: float) -> Any:
        there = at.copy()
        there[index] += by
        return np.sum(loss(there))

    found = np.empty_like(at)
    for index in np.ndindex(at.shape):
        near = moved(index, step) - moved(index, -step)
        far = moved(index, 2 * step) - moved(index, -2 * step)
        found[index] = (8 * near - far) / (12 * step)
    return found


def worst(ours: Any, theirs: Any) -> float:
    """The worst error relative to the largest entry."""
    assert np.shape(ours) == np.shape(theirs)
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


# the terms of alpha = 0.9 are 18 orders of magnitude apart, too far for differences of their sum
@named([one for one in EVERY if one.name != "f-gan:alpha=0.9"])
def test_gradients_are_central_differences(one: Any) -> None:
    rng = np.random.default_rng(5)
    real, fake = 1.3 * rng.normal(size=(2, 2, 5))
    by_real, by_fake = one.d_gradient(real, fake)
    assert worst(by_real, central(lambda r: one.d_loss(r, fake), real)) < 1e-8
    assert worst(by_fake, central(lambda f: one.d_loss(real, f), fake)) < 1e-8
    found = one.g_gradient(fake, real)
    assert worst(found, central(lambda f: one.g_loss(f, real), fake)) < 1e-8


@named([MINIMAX, HINGE, WASSERSTEIN, f_gan("kl"), RELATIVISTIC_AVERAGE])
def test_gradients_of_unequal_batches(one: Any) -> None:
    rng = np.random.default_rng(6)
    real, fake = rng.normal(size=(3, 4)), rng.normal(size=(3, 7))
    by_real, by_fake = one.d_gradient(real, fake)
    assert worst(by_real, central(lambda r: one.d_loss(r, fake), real)) < 1e-8
    assert worst(by_fake, central(lambda f: one.d_loss(real, f), fake)) < 1e-8
    assert worst(one.g_gradient(fake, real), central(lambda f: one.g_loss(f, real), fake)) < 1e-8


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_relativistic_games_far_out(dtype: Any) -> None:
    """Against 50 digits at the differences that the dtype holds: these are exact here."""
    real = np.array([1e4, -1e4, 300.0, 0.25, -20.0, 0.0], dtype)
    fake = np.array([-1e4, 1e4, 280.0, -0.5, 12.0, 0.0], dtype)
    with mp.workdps(50), np.errstate(over="raise", divide="raise", invalid="raise"):
        for r, f in zip(real, fake, strict=True):
            gap = mp.mpf(float(f)) - mp.mpf(float(r))
            one_real, one_fake = np.array([r], dtype), np.array([f], dtype)
            d_real, d_fake = RELATIVISTIC.d_gradient(one_real, one_fake)
            # one logit is its own mean: both terms of the average are this one
            a_real, a_fake = RELATIVISTIC_AVERAGE.d_gradient(one_real, one_fake)
            for ours, exact in (
                (RELATIVISTIC.d_loss(one_real, one_fake), sp(gap)),
                (RELATIVISTIC.g_loss(one_fake, one_real), sp(-gap)),
                (d_real[0], -sg(gap)),
                (d_fake[0], sg(gap)),
                (RELATIVISTIC.g_gradient(one_fake, one_real)[0], -sg(-gap)),
                (RELATIVISTIC_AVERAGE.d_loss(one_real, one_fake), 2 * sp(gap)),
                (RELATIVISTIC_AVERAGE.g_loss(one_fake, one_real), 2 * sp(-gap)),
                (a_real[0], -2 * sg(gap)),
                (a_fake[0], 2 * sg(gap)),
                (RELATIVISTIC_AVERAGE.g_gradient(one_fake, one_real)[0], -2 * sg(-gap)),
            ):
                assert eps_off(ours, exact, 0, dtype) <= 4, (float(r), float(f), ours)


# --- kinks ----------------------------------------------------------------------------------------


def beside(x: float, dtype: Any) -> Any:
    """The floats next to x, with x between them."""
    at = np.array([x], dtype)
    return np.concatenate([np.nextafter(at, dtype(-inf)), at, np.nextafter(at, dtype(inf))])


@pytest.mark.parametrize("dtype", DTYPES)
def test_both_sides_of_every_kink(dtype: Any) -> None:
    at_one, at_minus_one = beside(1.0, dtype), beside(-1.0, dtype)
    np.testing.assert_array_equal(HINGE.real.value(at_one), [1 - at_one[0], 0, 0])
    np.testing.assert_array_equal(HINGE.real.slope(at_one), [-1, 0, 0])
    np.testing.assert_array_equal(HINGE.fake.value(at_minus_one), [0, 0, 1 + at_minus_one[2]])
    np.testing.assert_array_equal(HINGE.fake.slope(at_minus_one), [0, 0, 1])
    for one, kink, floor in (
        (f_gan("pearson-chi2"), -2.0, -1.0),
        (f_gan(2.0), -1.0, -0.5),
        (f_gan(3.0), -0.5, -1 / 3),
    ):
        at = np.concatenate([[dtype(-1e4), dtype(kink - 1)], beside(kink, dtype)])
        np.testing.assert_allclose(one.fake.value(at), floor, rtol=2 * np.finfo(dtype).eps)
        np.testing.assert_array_equal(one.fake.slope(at[:4]), 0)
        assert 0 < one.fake.slope(at)[4] < np.finfo(dtype).eps ** 0.5
        assert one.fake.slope(at).dtype == dtype
    here = np.array([-5e-324, 0.0, 5e-324])
    np.testing.assert_array_equal(f_gan("total-variation").optimal_logit(here), [-inf, 0, inf])
    np.testing.assert_array_equal(HINGE.optimal_logit(here), [-1, 0, 1])


# --- shapes, dtypes, ensembles --------------------------------------------------------------------


@st.composite
def batches(draw: Any) -> tuple[Any, Any, Any]:
    one = draw(st.sampled_from(EVERY))
    lead = tuple(draw(st.lists(st.integers(0, 3), max_size=2)))
    sizes = st.sampled_from([1, 2, 3, 7, 16, 65, 131])
    n = draw(sizes)
    m = n if one is RELATIVISTIC else draw(sizes)
    dtype = draw(st.sampled_from(DTYPES))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    scale = draw(st.sampled_from([0.0, 1.0, 10.0]))
    real, fake = (scale * rng.normal(size=(*lead, size)).astype(dtype) for size in (n, m))
    return one, real.astype(dtype), fake.astype(dtype)


def agree(ours: Any, theirs: Any, cancelled: float = 0.0) -> None:
    """Equal but for four roundings: exp of a whole array and of its parts may differ by one.

    `cancelled` is the size of what was subtracted.
    """
    eps = 4 * float(np.finfo(theirs.dtype).eps)
    np.testing.assert_allclose(ours, theirs, rtol=eps, atol=cancelled * eps)


@settings(max_examples=80)
@given(batches())
def test_an_ensemble_is_its_members(drawn: Any) -> None:
    one, real, fake = drawn
    kept = real.copy(), fake.copy()
    lead, dtype = real.shape[:-1], real.dtype
    found = (
        one.d_loss(real, fake),
        one.g_loss(fake, real),
        *one.d_gradient(real, fake),
        one.g_gradient(fake, real),
    )
    np.testing.assert_array_equal(real, kept[0])
    np.testing.assert_array_equal(fake, kept[1])
    shapes = lead, lead, real.shape, fake.shape, fake.shape
    for got, shape in zip(found, shapes, strict=True):
        assert np.shape(got) == shape
        assert got.dtype == dtype
    for index in np.ndindex(lead):
        r, f = real[index].copy(), fake[index].copy()
        alone = (
            one.d_loss(r, f),
            one.g_loss(f, r),
            *one.d_gradient(r, f),
            one.g_gradient(f, r),
        )
        for ours, theirs in zip(found, alone, strict=True):
            agree(ours[index], theirs, cancelled=1.0)


@named(EVERY)
def test_losses_are_means(one: Any) -> None:
    """A batch twice over has the same losses and half the gradient at each logit."""
    rng = np.random.default_rng(7)
    real, fake = rng.normal(size=(2, 3, 5))
    twice = [np.concatenate([x, x], axis=-1) for x in (real, fake)]
    np.testing.assert_allclose(one.d_loss(*twice), one.d_loss(real, fake), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(
        one.g_loss(twice[1], twice[0]), one.g_loss(fake, real), rtol=1e-13, atol=1e-15
    )
    for ours, theirs in zip(one.d_gradient(*twice), one.d_gradient(real, fake), strict=True):
        np.testing.assert_allclose(2 * ours[:, 5:], theirs, rtol=1e-13, atol=1e-16)


def test_a_mean_that_floats_can_hold_though_the_sum_is_beyond_them() -> None:
    v = np.full(64, 709.0)
    assert f_gan("reverse-kl").d_loss(v, v) == pytest.approx(math.exp(709.0) - 710, rel=1e-12)


@named(EVERY)
def test_nan_in_gives_nan_out(one: Any) -> None:
    fine, bad = np.ones(3), np.array([1.0, math.nan, 2.0])
    assert np.isnan(one.d_loss(bad, fine))
    assert np.isnan(one.d_loss(fine, bad))
    assert np.isnan(one.g_loss(bad, fine))
    for slope in (one.d_gradient(bad, fine)[0], one.d_gradient(fine, bad)[1]):
        constant = np.all(slope == slope[0])  # a linear term, whose slope needs no logit
        assert np.isnan(slope[1]) or constant


@named(EVERY)
def test_what_does_not_fit_is_refused(one: Any) -> None:
    good, calls = np.ones((2, 3)), (one.d_loss, one.d_gradient)
    for bad, problem, word in (
        (good.astype(np.float16), TypeError, "float16"),
        (good.astype(np.int64), TypeError, "int64"),
        (good.astype(np.complex128), TypeError, "complex128"),
        (good.astype(">f8"), TypeError, ">f8"),
        (good.astype(np.float32), TypeError, "cast"),
        (good.tolist(), TypeError, "np.asarray"),
        (1.0, TypeError, "np.asarray"),
        (np.ones((1, 3)), ValueError, "broadcast"),
        (np.ones(3), ValueError, "broadcast"),
        (np.ones((2, 1, 3)), ValueError, "broadcast"),
        (np.ones((2, 0)), ValueError, "empty"),
        (np.array(1.0), ValueError, "empty"),
    ):
        for call in calls:
            with pytest.raises(problem, match=word):
                call(bad, good)
            with pytest.raises(problem, match=word):
                call(good, bad)
        if word not in ("cast", "broadcast"):
            with pytest.raises(problem, match=word):
                one.g_loss(bad, good)
            with pytest.raises(problem, match=word):
                one.g_gradient(bad, good)


def test_relativistic_generators_need_real_logits() -> None:
    f = np.ones((2, 3))
    for one in (RELATIVISTIC, RELATIVISTIC_AVERAGE):
        for call in (one.g_loss, one.g_gradient):
            with pytest.raises(TypeError, match="real logits"):
                call(f)
            with pytest.raises(ValueError, match="broadcast"):
                call(f, np.ones(3))
    for call in (RELATIVISTIC.g_loss, RELATIVISTIC.g_gradient):
        with pytest.raises(ValueError, match="pairs"):
            call(f, np.ones((2, 4)))
    with pytest.raises(ValueError, match="pairs"):
        RELATIVISTIC.d_loss(f, np.ones((2, 4)))


# --- theory ---------------------------------------------------------------------------------------

SOLVED = [one for one in SEPARABLE if one.optimal_logit(0.0) is not None]
# nearly equal laws are drawn as equal: the sign of p - q is what counts there, and p - q rounds to 0
log_ratios = st.floats(-30, 30).map(lambda a: a if abs(a) > 1e-6 else 0.0)


def expected(one: Separable, p: float, q: float, logit: float) -> tuple[float, float]:
    """p real(a) + q fake(a) and its derivative."""
    a = np.array([logit])
    return (
        float(p * one.real.value(a)[0] + q * one.fake.value(a)[0]),
        float(p * one.real.slope(a)[0] + q * one.fake.slope(a)[0]),
    )


def test_where_theory_has_no_pointwise_optimum() -> None:
    assert {one.name for one in EVERY} - {one.name for one in SOLVED} == {
        "wasserstein",
        "relativistic",
        "relativistic-average",
    }
    for one in (WASSERSTEIN, RELATIVISTIC, RELATIVISTIC_AVERAGE):
        assert one.optimal_logit(np.zeros(3)) is None


@named(SOLVED)
@settings(max_examples=12)
@given(log_ratio=log_ratios)
def test_the_optimal_logit_minimises_the_expected_loss(one: Separable, log_ratio: float) -> None:
    p, q = 1 / (1 + math.exp(-log_ratio)), 1 / (1 + math.exp(log_ratio))
    best = float(one.optimal_logit(log_ratio))
    at_best = np.array([best])
    terms = p * one.real.value(at_best)[0], q * one.fake.value(at_best)[0]
    rounding = 1e-13 * (1 + abs(terms[0]) + abs(terms[1]))
    if math.isinf(best):  # approached: the loss falls all the way
        for other in (-9.0, -1.0, 0.0, 1.0, 9.0):
            value, slope = expected(one, p, q, other)
            assert value > sum(terms)
            assert slope * best < 0
        return
    size = max(1.0, abs(best))
    for share in (-5, -1, -0.1, -1e-3, 1e-3, 0.1, 1, 5):
        assert expected(one, p, q, best + share * size)[0] >= sum(terms) - rounding
    before, after = (expected(one, p, q, best + share * size)[1] for share in (-1e-9, 1e-9))
    if log_ratio == 0 and one.name in ("hinge", "f-gan:total-variation"):
        assert before == after == 0, "every logit around is optimal"
    else:
        assert before < 0 < after


@named(SOLVED)
def test_far_apart_the_optimal_logit_is_the_limit(one: Separable) -> None:
    """At ±inf, where only one law lives, and beyond what e^a can be."""
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        low, lower, higher, high = one.optimal_logit([-inf, -1e4, 1e4, inf])
    assert not np.isnan([low, lower, higher, high]).any()
    for limit, near in ((low, lower), (high, higher)):
        assert limit == pytest.approx(near, abs=1e-12) or (
            math.isinf(limit) and abs(near) > 500 and limit * near > 0
        )
    assert one.optimal_logit(0.3).shape == ()
    assert one.optimal_logit(np.zeros((2, 3), np.float32)).shape == (2, 3)
    assert one.optimal_logit(np.zeros((2, 3), np.float32)).dtype == np.float64


@named(EVERY)
def test_the_value_at_equality(one: Any) -> None:
    """It is the loss of the best discriminator when p = q, and constants do no better."""
    best = one.optimal_logit(0.0)
    at = np.full(4, 0.0 if best is None else best)
    assert one.d_loss(at, at) == pytest.approx(one.value_at_equality, rel=1e-14, abs=1e-15)
    for other in (-3.0, -1.0, 0.4, 2.0):
        elsewhere = one.d_loss(np.full(4, other), np.full(4, other))
        assert elsewhere >= one.value_at_equality - 1e-14
        assert one.g_gradient(at, at).shape == (4,)


# --- f-GAN: the bound is the divergence -----------------------------------------------------------


@st.composite
def two_laws(draw: Any) -> tuple[Any, Any]:
    """Counts of p and of q on a few points; the laws are the counts over their sums."""
    size = draw(st.integers(2, 5))
    counts = st.lists(st.integers(0, 9), min_size=size, max_size=size)
    p, q = np.array(draw(counts)), np.array(draw(counts))
    assume(p.any() and q.any())
    return p, q


def literal_divergence(row: Row, p: Any, q: Any) -> Number:
    """Σ q f(p/q), with p f'(inf) where q = 0 and q f(0+) where p = 0."""
    total = mp.mpf(0)
    for a, b in zip(p, q, strict=True):
        x, y = mp.mpf(int(a)) / int(p.sum()), mp.mpf(int(b)) / int(q.sum())
        if a and b:
            total += y * row.f(x / y)
        elif a:
            total += x * row.at_infinity
        elif b:
            total += y * row.at_zero
    return total


def at_the_optimum(one: Separable, p: Any, q: Any) -> tuple[Any, Any]:
    """The batches whose empirical laws are p and q, seen by the best discriminator."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(p / p.sum()) - np.log(q / q.sum())
    logits = one.optimal_logit(np.where((p == 0) & (q == 0), 0.0, ratio))
    return np.repeat(logits, p), np.repeat(logits, q)


@named(F_GANS)
@settings(max_examples=12)
@given(laws=two_laws())
def test_the_best_discriminator_attains_the_divergence(one: Separable, laws: Any) -> None:
    p, q = laws
    row = row_of(one)
    real, fake = at_the_optimum(one, p, q)
    exact = float(literal_divergence(row, p, q))
    found = -float(one.d_loss(real, fake))
    if math.isinf(exact):
        assert found == inf
        return
    terms = np.abs(one.real.value(real)).mean() + np.abs(one.fake.value(fake)).mean()
    assert abs(found - exact) <= 1e-13 * (terms + 1)
    assert one.g_loss(fake) == pytest.approx(-float(one.fake.value(fake).mean()), rel=1e-14)
    both = (p > 0) & (q > 0)
    if both[q > 0].all():  # E_q[f(u) - u f'(u)], the first variation of the divergence
        u = [
            mp.mpf(int(a)) * int(q.sum()) / (int(b) * int(p.sum()))
            for a, b in zip(p[both], q[both], strict=True)
        ]
        variation = sum(
            int(b) * (row.f(x) - x * row.slope(x)) for b, x in zip(q[both], u, strict=True)
        ) / int(q.sum())
        assert abs(float(one.g_loss(fake)) - float(variation)) <= 1e-13 * (terms + 1)


@named(F_GANS)
def test_any_other_discriminator_stays_below(one: Separable) -> None:
    rng = np.random.default_rng(11)
    for _ in range(50):
        p, q = rng.integers(1, 9, size=(2, 4))
        bound = float(literal_divergence(row_of(one), p, q))
        logits = 3 * rng.normal(size=4)
        assert -one.d_loss(np.repeat(logits, p), np.repeat(logits, q)) <= bound + 1e-12


OF_THE_PROJECT: dict[str, tuple[Callable[[Any, Any], Any], float]] = {
    "kl": (divergences.kl_divergence, 1),
    "reverse-kl": (divergences.reverse_kl_divergence, 1),
    "js": (divergences.js_divergence, 2),
    "jeffreys": (divergences.jeffreys_divergence, 1),
    "total-variation": (divergences.total_variation, 1),
    "squared-hellinger": (divergences.squared_hellinger, 2),
    "pearson-chi2": (divergences.pearson_chi2, 1),
    "neyman-chi2": (divergences.neyman_chi2, 1),
    **{
        f"alpha={alpha!r}": (lambda p, q, alpha=alpha: divergences.alpha_divergence(p, q, alpha), 1)
        for alpha in ALPHAS
    },
}


@named(F_GANS)
def test_the_divergences_are_those_of_the_project(one: Separable) -> None:
    """Up to the factor 2 of the published JS and squared Hellinger."""
    divergence, factor = OF_THE_PROJECT[one.name.removeprefix("f-gan:")]
    p, q = np.array([1, 4, 2, 3]), np.array([5, 1, 2, 1])
    theirs = divergence(Discrete(p / p.sum()), Discrete(q / q.sum()))
    real, fake = at_the_optimum(one, p, q)
    assert -one.d_loss(real, fake) == pytest.approx(factor * float(theirs), rel=1e-12)


def directional(one: Separable, divergence: Callable[[Any, Any], Any], slack: float) -> None:
    """d/dε D(p, q + ε h) at 0 is Σ h generator(a*), for Σ h = 0: what the generator follows."""
    rng = np.random.default_rng(13)
    p, q, h = rng.uniform(0.5, 1.5, size=(3, 6))
    p, q, h = p / p.sum(), q / q.sum(), h - h.mean()
    step = 1e-4 / 6
    near = divergence(p, q + step * h) - divergence(p, q - step * h)
    far = divergence(p, q + 2 * step * h) - divergence(p, q - 2 * step * h)
    best = one.optimal_logit(np.log(p) - np.log(q))
    assert float((8 * near - far) / (12 * step)) == pytest.approx(
        float(np.sum(h * one.generator.value(best))), abs=slack
    )


def kl(p: Any, q: Any) -> Any:
    return np.sum(p * np.log(p / q))


def test_what_the_generators_follow() -> None:
    """Minimax 2 JSD, non-saturating 2 KL(M|P), an f-GAN its divergence."""
    directional(MINIMAX, lambda p, q: kl(p, (p + q) / 2) + kl(q, (p + q) / 2), 1e-10)
    directional(NON_SATURATING, lambda p, q: 2 * kl((p + q) / 2, p), 1e-10)
    for one in F_GANS:
        row = row_of(one)
        directional(
            one,
            lambda p, q, row=row: sum(
                mp.mpf(b) * row.f(mp.mpf(a) / mp.mpf(b)) for a, b in zip(p, q, strict=True)
            ),
            1e-9,
        )


def test_the_js_game_is_minimax_without_its_log_4() -> None:
    rng = np.random.default_rng(17)
    real, fake = rng.normal(size=(2, 9))
    js = f_gan("js")
    assert js.d_loss(real, fake) == pytest.approx(MINIMAX.d_loss(real, fake) - math.log(4))
    for ours, theirs in zip(
        (*js.d_gradient(real, fake), js.g_gradient(fake)),
        (*MINIMAX.d_gradient(real, fake), MINIMAX.g_gradient(fake)),
        strict=True,
    ):
        agree(ours, theirs)


def test_two_infinities_of_neyman() -> None:
    """Both means beyond the floats and of opposite sign: no number, and not silently."""
    v = np.full(3, 1500.0)
    with pytest.warns(RuntimeWarning, match="invalid value"):
        assert np.isnan(f_gan("neyman-chi2").d_loss(v, v))


# --- label smoothing ------------------------------------------------------------------------------


def entropy(t: float) -> float:
    return -sum(x * math.log(x) for x in (t, 1 - t) if x > 0)


@pytest.mark.parametrize(
    ("real_target", "fake_target", "value"),
    [(0.9, 0.0, 1.37627762742717694), (0.9, 0.1, math.log(4)), (1.0, 0.4, 2 * entropy(0.7))],
)
def test_smoothed_values(real_target: float, fake_target: float, value: float) -> None:
    """2 h of the middle where p = q, and h(α) + h(β) where the laws are disjoint."""
    one = smoothed(MINIMAX, real_target=real_target, fake_target=fake_target)
    middle = (real_target + fake_target) / 2
    assert one.value_at_equality == pytest.approx(value, rel=1e-14)
    assert one.optimal_logit(0.0) == pytest.approx(math.log(middle / (1 - middle)))
    best = one.optimal_logit([inf, -inf])
    disjoint = entropy(real_target) + entropy(fake_target)
    assert one.d_loss(best[:1], best[1:]) == pytest.approx(disjoint, rel=1e-14)


def test_no_force_on_fakes_far_from_the_data_with_two_sided_smoothing() -> None:
    """The derivative of the optimal logit at x = 6 between N(0, 1) and N(6, 1)."""

    def slope(fake_target: float) -> float:
        one = smoothed(NON_SATURATING, real_target=0.9, fake_target=fake_target)
        x = np.array([6 - 1e-5, 6 + 1e-5])
        low, high = one.optimal_logit(-6 * x + 18)
        return float((high - low) / 2e-5)

    assert slope(0.0) == pytest.approx(-6.0, abs=1e-4)
    assert slope(0.1) == pytest.approx(-8.1e-7, rel=0.01)


def test_smoothing_with_hard_labels_is_the_game_itself() -> None:
    hard = smoothed(NON_SATURATING, real_target=1.0)
    assert (hard.real, hard.fake, hard.generator) == (
        NON_SATURATING.real,
        NON_SATURATING.fake,
        NON_SATURATING.generator,
    )
    assert hard.value_at_equality == pytest.approx(math.log(4), rel=1e-15)
    a = np.array([-900.0, -3.0, 0.0, 0.5, 800.0])
    np.testing.assert_allclose(hard.optimal_logit(a), a, rtol=1e-14)


def test_what_smoothing_refuses() -> None:
    for bad in ((1.1, 0.0), (0.5, 0.5), (0.2, 0.4), (0.9, -0.1), (math.nan, 0.0), (0.9, math.nan)):
        with pytest.raises(ValueError, match="one-sided"):
            smoothed(MINIMAX, real_target=bad[0], fake_target=bad[1])
    for other in (HINGE, RELATIVISTIC, f_gan("js"), "minimax"):
        with pytest.raises(ValueError, match="logistic"):
            smoothed(other, real_target=0.9)  # type: ignore[arg-type]


# --- labels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
def test_forcing_the_label_real_is_the_non_saturating_loss(dtype: Any) -> None:
    a = np.array([[-1e4, -3.0, 0.0], [0.5, 40.0, 1e4]], dtype)
    for ones in (1.0, 1, np.ones_like(a)):
        agree(label_forcing(a, ones), NON_SATURATING.g_loss(a))
        agree(label_forcing_gradient(a, ones), NON_SATURATING.g_gradient(a))
    zeros = np.zeros_like(a)
    agree(-label_forcing(a, zeros), MINIMAX.g_loss(a))
    agree(-label_forcing_gradient(a, zeros), MINIMAX.g_gradient(a))
    assert label_forcing(a, 1.0).dtype == label_forcing_gradient(a, zeros).dtype == dtype


def test_labels_make_the_discriminators_loss() -> None:
    """Half the d_loss is the cross-entropy of a batch that is half real and half generated."""
    rng = np.random.default_rng(19)
    real, fake = rng.normal(size=(2, 3, 8))
    logits = np.concatenate([real, fake], axis=-1)
    labels = np.concatenate([np.ones_like(real), np.zeros_like(fake)], axis=-1)
    np.testing.assert_allclose(2 * label_forcing(logits, labels), MINIMAX.d_loss(real, fake))
    soft = smoothed(MINIMAX, real_target=0.8, fake_target=0.3)
    np.testing.assert_allclose(
        2 * label_forcing(logits, 0.8 * labels + 0.3 * (1 - labels)), soft.d_loss(real, fake)
    )


def test_label_gradients_are_central_differences() -> None:
    rng = np.random.default_rng(23)
    logits, labels = rng.normal(size=(2, 5)), rng.uniform(size=(2, 5))
    pairs = rng.normal(size=(2, 5, 2))
    ours = label_forcing_gradient(logits, labels)
    assert worst(ours, central(lambda a: label_forcing(a, labels), logits)) < 1e-8
    ours = two_logit_gradient(pairs, labels)
    assert worst(ours, central(lambda a: two_logit(a, labels), pairs)) < 1e-8


@settings(max_examples=40)
@given(
    st.lists(st.tuples(*[st.floats(-50, 50)] * 2, st.sampled_from([0.0, 1.0])), min_size=1),
    st.sampled_from(DTYPES),
)
def test_two_logits_are_one(rows: list[tuple[float, float, float]], dtype: Any) -> None:
    """-log softmax of the label, to its digits; the two derivatives are opposite."""
    low, high, labels = np.array(rows, dtype).T
    pairs = np.stack([low, high], axis=-1)
    loss, slope = two_logit(pairs, labels), two_logit_gradient(pairs, labels)
    assert loss.dtype == slope.dtype == dtype
    agree(loss, label_forcing(high - low, labels))
    agree(slope[:, 1], label_forcing_gradient(high - low, labels))
    np.testing.assert_array_equal(slope[:, 0], -slope[:, 1])
    exact = sum(
        mp.log(mp.exp(float(a)) + mp.exp(float(b))) - float(b if y else a)
        for a, b, y in zip(low, high, labels, strict=True)
    ) / len(rows)
    size = float(np.abs(pairs).max()) + 1
    assert abs(float(loss) - exact) <= 4 * np.finfo(dtype).eps * size


def test_what_labels_are_refused() -> None:
    a, pairs = np.ones((2, 3)), np.ones((2, 3, 2))
    for bad, problem in (
        (1.5, ValueError),
        (-0.1, ValueError),
        (math.nan, ValueError),
        (np.full((2, 3), 2.0), ValueError),
        (np.full((2, 3), math.nan), ValueError),
        (np.ones(3), ValueError),
        (np.ones((2, 1)), ValueError),
        (np.ones((2, 3), np.float32), ValueError),
        ([1.0] * 3, TypeError),
        ("1", TypeError),
    ):
        for call, logits in (
            (label_forcing, a),
            (label_forcing_gradient, a),
            (two_logit, pairs),
            (two_logit_gradient, pairs),
        ):
            with pytest.raises(problem, match="label"):
                call(logits, bad)
    for bad_pairs in (np.ones(2), np.ones((4, 3)), np.ones((4, 1))):
        with pytest.raises(ValueError, match="two logits"):
            two_logit(bad_pairs, 1.0)
    with pytest.raises(ValueError, match="empty"):
        two_logit(np.ones((0, 2)), 1.0)


# --- names ----------------------------------------------------------------------------------------


def test_games_by_name() -> None:
    assert list(NAMED)[:5] == ["minimax", "non-saturating", "least-squares", "hinge", "wasserstein"]
    assert list(NAMED)[-2:] == ["relativistic", "relativistic-average"]
    assert game("minimax") is MINIMAX
    assert game("f-gan:kl") is f_gan("kl")
    for name in NAMED:
        assert game(name).name == name
    for alpha in (*ALPHAS, 1e-3, 1e20, -2.5e-7):
        found = game(f_gan(alpha).name)
        assert found.name == f_gan(alpha).name == f"f-gan:alpha={float(alpha)!r}"
    assert game("f-gan:alpha=2").name == "f-gan:alpha=2.0"


NO_NAMES = ("", "Minimax", "kl", "f-gan", "f-gan:", "f-gan:alpha", "non saturating", None, 3)
NO_NUMBERS = ("nan", "inf", "0x1", "1_0", " 2", "", "2 ")


@pytest.mark.parametrize("name", [*NO_NAMES, *(f"f-gan:alpha={x}" for x in NO_NUMBERS)])
def test_an_unknown_name_is_refused_with_the_list(name: Any) -> None:
    with pytest.raises(ValueError, match=r"minimax, non-saturating, .*relativistic-average"):
        game(name)


def test_what_f_gan_refuses() -> None:
    for bad in ("chi2", "", "f-gan:kl"):
        with pytest.raises(ValueError, match="kl, reverse-kl, js"):
            f_gan(bad)
    for bad_alpha in (math.nan, inf, True, None, [2.0]):
        with pytest.raises(ValueError, match="finite alpha"):
            f_gan(bad_alpha)  # type: ignore[arg-type]
    for limit, name in ((0, "reverse-kl"), (0.0, "reverse-kl"), (1, "kl"), (1.0, "kl")):
        with pytest.raises(ValueError, match=f"'{name}'"):
            f_gan(limit)
        with pytest.raises(ValueError, match=f"'{name}'"):
            game(f"f-gan:alpha={limit}")


def test_what_least_squares_refuses() -> None:
    with pytest.raises(ValueError, match="a = b"):
        least_squares(a=1.0)
    for bad in (math.nan, inf):
        with pytest.raises(ValueError, match="finite"):
            least_squares(c=bad)


# --- torch ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def torch() -> Any:
    """torch; not to have it is a failure, not a reason to skip."""
    import torch

    return torch


def games_in_torch(torch: Any) -> dict[str, tuple[Callable[..., Any], Callable[..., Any]]]:
    """d_loss(real, fake) and g_loss(fake, real), by torch's own losses where it has them."""
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    mse, relu = torch.nn.functional.mse_loss, torch.nn.functional.relu

    def to(target: float, a: Any) -> Any:
        return bce(a, torch.full_like(a, target))

    def near(target: float, a: Any) -> Any:
        return mse(a, torch.full_like(a, target)) / 2

    def two(high: Any, low: Any) -> Any:
        return to(1, high - low.mean()) + to(0, low - high.mean())

    def f_game(g: Callable[[Any], Any], conjugate: Callable[[Any], Any]) -> Any:
        return (
            lambda r, f: conjugate(g(f)).mean() - g(r).mean(),
            lambda f, r: -conjugate(g(f)).mean(),
        )

    def same(v: Any) -> Any:
        return v

    def power(alpha: float) -> Any:
        g = same if alpha > 1 else (lambda v: 1 / (1 - alpha) - torch.log1p(torch.exp(-v)))
        return f_game(
            g,
            lambda t: (relu(t * (alpha - 1) + 1) ** (alpha / (alpha - 1)) - 1) / alpha,
        )

    return {
        "minimax": (lambda r, f: to(1, r) + to(0, f), lambda f, r: -to(0, f)),
        "non-saturating": (lambda r, f: to(1, r) + to(0, f), lambda f, r: to(1, f)),
        "least-squares": (lambda r, f: near(1, r) + near(0, f), lambda f, r: near(1, f)),
        "least-squares:a=-1,b=1,c=0": (
            lambda r, f: near(1, r) + near(-1, f),
            lambda f, r: near(0, f),
        ),
        "hinge": (lambda r, f: relu(1 - r).mean() + relu(1 + f).mean(), lambda f, r: -f.mean()),
        "wasserstein": (lambda r, f: f.mean() - r.mean(), lambda f, r: -f.mean()),
        "minimax:real_target=0.9,fake_target=0.1": (
            lambda r, f: to(0.9, r) + to(0.1, f),
            lambda f, r: -to(0, f),
        ),
        "non-saturating:real_target=0.9,fake_target=0": (
            lambda r, f: to(0.9, r) + to(0, f),
            lambda f, r: to(1, f),
        ),
        "non-saturating:real_target=1,fake_target=0.2": (
            lambda r, f: to(1, r) + to(0.2, f),
            lambda f, r: to(1, f),
        ),
        "relativistic": (lambda r, f: to(1, r - f), lambda f, r: to(1, f - r)),
        "relativistic-average": (two, two),
        "f-gan:kl": f_game(same, lambda t: torch.exp(t - 1)),
        "f-gan:reverse-kl": f_game(lambda v: -torch.exp(v), lambda t: -1 - torch.log(-t)),
        "f-gan:js": f_game(
            lambda v: math.log(2) - torch.log1p(torch.exp(-v)),
            lambda t: -torch.log(2 - torch.exp(t)),
        ),
        "f-gan:total-variation": f_game(lambda v: torch.tanh(v) / 2, same),
        "f-gan:squared-hellinger": f_game(lambda v: 1 - torch.exp(v), lambda t: t / (1 - t)),
        "f-gan:pearson-chi2": f_game(same, lambda t: relu(t / 2 + 1) ** 2 - 1),
        "f-gan:neyman-chi2": f_game(
            lambda v: 1 - torch.exp(v), lambda t: 2 - 2 * torch.sqrt(1 - t)
        ),
        **{f"f-gan:alpha={alpha!r}": power(alpha) for alpha in ALPHAS},
    }


IN_TORCH = [one for one in EVERY if one.name != "f-gan:jeffreys"]  # torch has no Lambert function


@pytest.mark.torch
@named(IN_TORCH)
def test_losses_and_gradients_are_those_of_torch(torch: Any, one: Any) -> None:
    d_loss, g_loss = games_in_torch(torch)[one.name]
    rng = np.random.default_rng(29)
    real, fake = 2 * rng.normal(size=(2, 64))
    r, f = (torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (real, fake))
    theirs = d_loss(r, f)
    theirs.backward()
    assert float(one.d_loss(real, fake)) == pytest.approx(theirs.item(), rel=1e-12)
    for ours, tensor in zip(one.d_gradient(real, fake), (r, f), strict=True):
        assert worst(ours, tensor.grad.numpy()) < 1e-11
    f.grad = None
    theirs = g_loss(f, r)
    theirs.backward()
    assert float(one.g_loss(fake, real)) == pytest.approx(theirs.item(), rel=1e-12)
    assert worst(one.g_gradient(fake, real), f.grad.numpy()) < 1e-11


@pytest.mark.torch
@pytest.mark.parametrize("dtype", DTYPES)
def test_cross_entropies_are_those_of_torch(torch: Any, dtype: Any) -> None:
    rng = np.random.default_rng(31)
    logits, labels = (40 * rng.normal(size=32)).astype(dtype), rng.integers(0, 2, 32)
    pairs = (40 * rng.normal(size=(32, 2))).astype(dtype)
    rel = 20 * float(np.finfo(dtype).eps)
    a = torch.tensor(logits, requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(a, torch.tensor(labels).to(a.dtype))
    loss.backward()
    y = labels.astype(dtype)
    assert label_forcing(logits, y) == pytest.approx(loss.item(), rel=rel)
    assert worst(label_forcing_gradient(logits, y), a.grad.numpy()) < rel
    b = torch.tensor(pairs, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(b, torch.tensor(labels))
    loss.backward()
    assert two_logit(pairs, y) == pytest.approx(loss.item(), rel=rel)
    assert worst(two_logit_gradient(pairs, y), b.grad.numpy()) < rel
