"""Second derivatives of every term against 50 digits, and what an output says of p and q."""

from __future__ import annotations

import math
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from test_losses import DTYPES, EVERY, SEPARABLE, TRUTHS, eps_off, inf, named

from gantheory.losses import MINIMAX, Separable, Term, f_gan, game, least_squares, smoothed
from gantheory.losses.lookup import NAMED

POINTS = [s * x for x in (1e-6, 0.3, 0.99, 1.01, 2.01, 5.0, 17.3, 40.0) for s in (-1, 1)]


@pytest.mark.parametrize("dtype", DTYPES)
@named(SEPARABLE)
def test_curvatures_are_those_of_fifty_digits(one: Separable, dtype: Any) -> None:
    a = np.array(POINTS, dtype)
    assert one.is_curved
    with mp.workdps(50), np.errstate(over="raise", divide="raise", invalid="raise"):
        for term, truth in zip((one.real, one.fake, one.generator), TRUTHS[one.name], strict=True):
            found = term.curvature(a)
            assert found.dtype == dtype
            for x, ours in zip(a, found, strict=True):
                v = mp.mpf(float(x))
                exact = mp.diff(truth.slope, v, h=mp.mpf(10) ** -20)
                # a power rounds with its exponent; a difference of shares with the larger of them
                added = abs(mp.mpf(truth.slope(v))) + truth.steps(v) * abs(exact)
                assert eps_off(ours, mp.mpf(exact), added, dtype) <= 16, (float(x), ours, exact)


@named(SEPARABLE)
def test_curvatures_of_a_game_are_those_of_its_means(one: Separable) -> None:
    real, fake = np.random.default_rng(0).normal(size=(2, 3, 7))
    fake = fake[:, :5]
    of_real, of_fake = one.d_curvature(real, fake)
    np.testing.assert_array_equal(of_real, one.real.curvature(real) / 7)
    np.testing.assert_array_equal(of_fake, one.fake.curvature(fake) / 5)
    np.testing.assert_array_equal(one.g_curvature(fake), one.generator.curvature(fake) / 5)


def test_a_term_without_curvature_says_so() -> None:
    term = Term(lambda a: a * a, lambda a: 2 * a)
    bare = Separable("square", term, term, term, 0.0)
    assert not bare.is_curved
    for ask in (lambda a: bare.d_curvature(a, a), bare.g_curvature):
        with pytest.raises(ValueError, match=r"write Term\(value, slope, curvature\)"):
            ask(np.zeros(3))
    assert bare.log_ratio(0.0) is None


# --- which log p - log q an output is the best at -------------------------------------------------

ONE_TO_ONE = [one for one in EVERY if one.log_ratio(0.0) is not None]


def test_which_games_have_outputs_that_say_a_probability() -> None:
    assert {one.name for one in EVERY} - {one.name for one in ONE_TO_ONE} == {
        *("wasserstein", "relativistic", "relativistic-average"),  # no best output at a point
        *("hinge", "f-gan:total-variation"),  # one for all p > q
    }


@named(ONE_TO_ONE)
def test_the_log_ratio_is_the_inverse_of_the_best_output(one: Any) -> None:
    """As well as the output, which rounds, determines it."""
    a = np.linspace(-12, 12, 481)
    output = one.optimal_logit(a)
    slope = np.abs(one.optimal_logit(a + 1e-3) - one.optimal_logit(a - 1e-3)) / 2e-3
    largest = np.maximum(np.maximum(1.0, np.abs(output)), slope)
    off = np.full(a.shape, inf)
    np.divide(5e-13 * largest, slope, out=off, where=slope > 0)
    assert np.all(np.abs(one.log_ratio(output) - a) <= np.maximum(off, 1e-13))


@named(ONE_TO_ONE)
def test_beyond_the_best_outputs_it_is_certain(one: Any) -> None:
    outputs = np.array([-inf, -1e4, -50.0, 50.0, 1e4, inf])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        found = one.log_ratio(outputs)
    assert found.dtype == np.float64
    assert not np.isnan(found).any()
    rising = one.optimal_logit(1.0) > one.optimal_logit(-1.0)
    assert np.all(np.diff(found[np.isfinite(found)]) * (1 if rising else -1) >= 0)
    assert np.sign(found[0]) == (-1 if rising else 1) == -np.sign(found[-1])
    assert np.isnan(one.log_ratio(math.nan))
    assert one.log_ratio(np.zeros((2, 3), np.float32)).shape == (2, 3)


def test_outputs_out_of_reach() -> None:
    soft = smoothed(MINIMAX, real_target=0.9, fake_target=0.1)
    ends = [math.log(0.1 / 0.9), math.log(0.9 / 0.1)]
    assert soft.log_ratio([ends[0] - 0.1, ends[1] + 0.1]).tolist() == [-inf, inf]
    assert least_squares().log_ratio([-0.5, 0.0, 0.5, 1.0, 1.5]).tolist() == [
        -inf,
        -inf,
        0,
        inf,
        inf,
    ]
    assert f_gan("pearson-chi2").log_ratio([-3.0, -2.0, 0.0]).tolist() == [-inf, -inf, 0]


def test_probabilities_by_hand() -> None:
    """At p = e² q the best outputs of these games, and D = e²/(1 + e²) = 0.8808 of all of them."""
    e2 = math.exp(2)
    best = {
        "minimax": 2.0,
        "least-squares": e2 / (1 + e2),
        "f-gan:kl": 3.0,
        "f-gan:reverse-kl": -2.0,
        "f-gan:js": 2.0,
        "f-gan:jeffreys": 3 - 1 / e2,
        "f-gan:squared-hellinger": -1.0,
        "f-gan:pearson-chi2": 2 * (e2 - 1),
        "f-gan:neyman-chi2": -4.0,
        "f-gan:alpha=2.0": e2 - 1,
        "least-squares:a=1,b=-1,c=-1": (1 - e2) / (1 + e2),  # labels the other way round
    }
    for name, output in best.items():
        assert 1 / (1 + math.exp(-game(name).log_ratio(output))) == pytest.approx(
            0.8807970779778823
        )


# --- names ----------------------------------------------------------------------------------------


def test_every_game_is_found_by_its_own_name() -> None:
    games = [
        *EVERY,
        smoothed(MINIMAX, real_target=0.9000001, fake_target=1e-7),
        smoothed(MINIMAX, real_target=1.0),
        least_squares(a=-1e-9, b=2.0, c=0.3000000001),
    ]
    for one in games:
        assert game(one.name).name == one.name
    assert len({one.name for one in games}) == len(games)
    assert game("minimax:real_target=0.9,fake_target=0").value_at_equality == pytest.approx(
        smoothed(MINIMAX, real_target=0.9).value_at_equality
    )
    labels = game("least-squares:a=-1,b=1,c=0.25")
    zero = np.zeros(1)
    assert (labels.real.slope(zero), labels.fake.slope(zero)) == (-1, 1)
    assert labels.generator.slope(zero) == -0.25


def test_names_keep_all_digits() -> None:
    one, other = (smoothed(MINIMAX, real_target=t) for t in (0.9, 0.9000001))
    assert one.name == "minimax:real_target=0.9,fake_target=0"
    assert other.name == "minimax:real_target=0.9000001,fake_target=0"
    assert least_squares(c=0.5).name == "least-squares:a=0,b=1,c=0.5"
    assert least_squares(c=0.5000001).name == "least-squares:a=0,b=1,c=0.5000001"


@pytest.mark.parametrize(
    "name",
    ["minimax:real_target=0.9", "hinge:real_target=0.9,fake_target=0", "least-squares:a=0,b=1,c=x"],
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ValueError, match="no such game"):
        game(name)
    assert name not in NAMED
