"""Numbers that pages compute themselves: honest rounding, intervals that cover, routes that are seen."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from gantheory import Normal, evidence, js_divergence
from gantheory.book.results import judge
from gantheory.concentration import clopper_pearson
from gantheory.estimates import Estimate
from gantheory.evidence import differences, frequency, in_norm, mean_of, pointwise, summed
from gantheory.theorems import at_most, equal, increasing
from gantheory.verdicts import Verdict

TERMS = st.lists(st.floats(-1e10, 1e10, allow_subnormal=False), min_size=1, max_size=30)


@summed
def as_they_are(terms):
    """Σ terms."""
    return terms


@given(TERMS)
def test_sums_are_right_to_the_terms_own_rounding(terms):
    found = as_they_are(np.array(terms))
    truth = sum(map(Fraction, terms))
    assert abs(Fraction(float(found)) - truth) <= Fraction(float(found.error))
    assert float(found.error) <= 1e-14 * math.fsum(map(abs, terms)) + 1e-300


def test_parts_of_any_shape_are_added():
    found = as_they_are([np.ones((2, 3)), 4, [0.5]])
    assert float(found) == 10.5
    assert found.shape == ()


@given(st.floats(-300, 300), st.floats(0.01, 50))
def test_values_are_right_to_their_own_rounding(x, y):
    @pointwise
    def formula(x, y):
        return np.array([math.exp(x) * math.log1p(y) / y, -math.sqrt(y) * math.exp(-x)])

    with mpmath.workdps(60):
        a, b = mpmath.mpf(x), mpmath.mpf(y)
        truths = mpmath.exp(a) * mpmath.log1p(b) / b, -mpmath.sqrt(b) * mpmath.exp(-a)
        for one, truth in zip(formula(x, y), truths, strict=True):
            assert abs(mpmath.mpf(float(one)) - truth) <= mpmath.mpf(float(one.error))


@pointwise
def cancelling(h):
    """(1 - cos h)/h²."""
    return (1 - np.cos(h)) / h**2


@given(st.floats(-18, 0))
def test_digits_that_cancel_are_in_the_error(power):
    h = 10.0**power
    with mpmath.workdps(60):
        truth = (1 - mpmath.cos(h)) / mpmath.mpf(h) ** 2
        batch = cancelling(np.array([h, h]))
        also = summed(cancelling.__wrapped__)(h)
        slope = differences(
            lambda x: cancelling.__wrapped__(h * x[0]) * (h * x[0]) ** 2, [1.0], [1.0]
        )
        for found in (cancelling(h), batch[1], also, cancelling(h=h)):
            assert abs(mpmath.mpf(float(found)) - truth) <= mpmath.mpf(float(found.error))
        wrong = abs(mpmath.mpf(float(slope)) - h * mpmath.sin(h))
        assert wrong <= mpmath.mpf(float(slope.error))


def test_what_numpy_does_with_floats_alone_keeps_its_bound():
    found = pointwise(lambda x: expit(x) + np.log(x))(3.0)
    assert 0 < float(found.error) < 1e-13
    assert pointwise(lambda x: np.linalg.inv(x))(np.eye(2)).shape == (2, 2)
    assert float(pointwise(lambda x: x / x - np.exp(0 * x))(5.0)) == 0


def test_what_is_counted_is_exact():
    found = pointwise(lambda: np.sum(np.arange(5) > 2))()
    assert (float(found), float(found.error), found.kind) == (2.0, 0.0, "exact")
    assert float(pointwise(lambda: 3)().error) == 0
    assert float(pointwise(lambda: 3.0)().error) > 0
    assert float(in_norm(lambda: np.array([1, 2]))().error[0]) == 0


def test_long_calculations_are_right_beside_their_largest_entry():
    rng = np.random.default_rng(0)
    matrices = rng.normal(size=(20, 6, 6)) / 3

    @in_norm
    def product():
        x = np.ones(6)
        for matrix in matrices:
            x = matrix @ x
        return x

    exact = [Fraction(1)] * 6
    for matrix in matrices.tolist():
        exact = [sum(Fraction(a) * x for a, x in zip(row, exact, strict=True)) for row in matrix]
    found = product()
    for value, error, truth in zip(found.value, found.error, exact, strict=True):
        assert abs(Fraction(value) - truth) <= Fraction(error)
    assert np.all(found.error <= 2e-13 * np.max(np.abs(found.value)))


def test_more_roundings_make_wider_bars():
    usual, long = (summed(lambda: [1.0, 2.0], roundings=count)() for count in (64, 6400))
    assert float(long.error) == pytest.approx(100 * float(usual.error))


# --- differences ----------------------------------------------------------------------------------


@given(st.floats(-3, 3), st.floats(-2, 2))
def test_differences_hold_the_slope(x, w):
    found = differences(lambda at: math.sin(at[0]) * math.exp(at[1]), [x, 0.5], [[1, 0], [w, 1]])
    c, s, e = math.cos(x), math.sin(x), math.exp(0.5)
    for value, error, truth in zip(
        found.value, found.error, (c * e, w * c * e + s * e), strict=True
    ):
        assert abs(value - truth) <= error + 1e-15
        assert error <= 1e-10


def test_differences_of_a_vector_and_along_one_direction():
    found = differences(lambda at: np.array([at[0] ** 2, at[0] * at[1]]), [3.0, 5.0], [1.0, 2.0])
    assert found.shape == (2,)
    assert np.all(np.abs(found.value - [6, 11]) <= found.error)


def test_a_kink_is_not_hidden_by_a_small_error():
    found = differences(lambda at: abs(at[0] - 0.001), [0.0], [1.0])
    assert float(found.error) > 0.01


# --- chance ---------------------------------------------------------------------------------------

LOOSE = 0.02  # the risk at which coverage is counted
SETS = 3000
MOST = int(binom.ppf(1 - 1e-6, SETS, LOOSE))  # misses that chance allows


@pytest.mark.parametrize(
    ("draw", "mean", "within"),
    [
        (lambda rng, n: rng.random(n) < 0.02, 0.02, (0, 1)),
        (lambda rng, n: rng.random(n) < 0.5, 0.5, (0, 1)),
        (lambda rng, n: rng.beta(0.1, 2.0, n), 0.1 / 2.1, (0, 1)),
        (lambda rng, n: rng.beta(30, 0.3, n), 30 / 30.3, (0, 1)),
        (lambda rng, n: np.minimum(rng.exponential(1, n), 5), 1 - math.exp(-5), (0, 5)),
        (lambda rng, n: 10.0 * (rng.random(n) < 0.001) - 1, -0.99, (-1, 9)),
    ],
)
@pytest.mark.parametrize("n", [8, 50, 400])
def test_bounded_values_are_covered_whatever_their_distribution(draw, mean, within, n):
    rng = np.random.default_rng(7)
    values = np.stack([np.asarray(draw(rng, n), dtype=float) for _ in range(SETS)], axis=1)
    bars = evidence._bernstein(values, within, LOOSE)
    assert np.sum(np.abs(values.mean(axis=0) - mean) > bars) <= MOST


@pytest.mark.parametrize("share", [0.0, 0.003, 0.1, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("n", [5, 40, 300])
def test_frequencies_are_covered(share, n):
    rng = np.random.default_rng(3)
    misses = 0
    for hits in rng.binomial(n, share, SETS):
        low, high = clopper_pearson(int(hits), n, LOOSE)
        misses += not low <= share <= high
    assert misses <= MOST


@pytest.mark.parametrize("n", [8, 32])
def test_means_of_normal_values_are_covered(n):
    rng = np.random.default_rng(5)
    values = rng.normal(3, 2, (n, SETS))
    kept = values[:, np.abs(((values - values.mean(0)) / values.std(0)) ** 3).mean(0) >= 0]
    bars = np.array([evidence._student(one, LOOSE) for one in kept.T if _mild(one)])
    means = np.array([one.mean() for one in kept.T if _mild(one)])
    assert np.sum(np.abs(means - 3) > bars) <= MOST


def _mild(values):
    centred = values - values.mean()
    return abs(np.mean(centred**3)) / np.mean(centred**2) ** 1.5 <= evidence.SKEWED


def test_intervals_at_one_in_a_million():
    rng = np.random.default_rng(1)
    found = mean_of(rng.normal(3, 2, 32))
    assert abs(float(found) - 3) <= float(found.error) <= 3
    assert found.kind == "statistical"
    assert any("assumed normal" in integrator for integrator, _ in found.route)
    bounded = mean_of(rng.random(2000), within=(0, 1))
    assert abs(float(bounded) - 0.5) <= float(bounded.error) <= 0.08
    assert not any("normal" in integrator for integrator, _ in bounded.route)
    event = frequency(rng.random(1000) < 0.3)
    assert abs(float(event) - 0.3) <= float(event.error) <= 0.08
    assert mean_of(rng.normal(size=(16, 3))).shape == (3,)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: mean_of([1.0, 2.0, 3.0]), "at least 8"),
        (lambda: mean_of([1.0] * 20), "all equal"),
        (lambda: mean_of(np.exp(3 * np.random.default_rng(0).normal(size=40))), "skewness"),
        (lambda: mean_of([*range(20), math.nan]), "not finite"),
        (lambda: mean_of(range(20), within=(0, 10)), "outside"),
        (lambda: mean_of(range(20), within=(30, 0)), "low < high"),
        (lambda: frequency([]), "true and false"),
        (lambda: frequency([0, 1, 2]), "true and false"),
        (lambda: frequency([[True]]), "true and false"),
    ],
)
def test_what_has_no_honest_interval_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


# --- what a function reads ------------------------------------------------------------------------

DIVERGENCE = js_divergence(Normal(0, 1), Normal(1, 1))
READ = float(DIVERGENCE)


@summed
def by_panels():
    return [0.25, 0.25]


@pointwise
def by_series(unused):
    return np.array([0.5])[0]


def read_by_a_helper():
    return float(DIVERGENCE)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(by_panels, id="two typed terms"),
        pytest.param(lambda: by_series(7), id="an argument that is not read"),
        pytest.param(lambda: pointwise(lambda: READ)(), id="a number read off an Estimate"),
        pytest.param(lambda: pointwise(lambda: float(DIVERGENCE))(), id="an Estimate itself"),
        pytest.param(lambda: summed(lambda: [read_by_a_helper()])(), id="by a helper"),
        pytest.param(lambda: pointwise(lambda v: v)(READ), id="the argument itself"),
        pytest.param(lambda: pointwise(lambda v: math.exp(math.log(v)))(READ), id="and back"),
        pytest.param(lambda: pointwise(lambda e: e.value)(DIVERGENCE), id="given an Estimate"),
        pytest.param(lambda: in_norm(lambda es: [float(e) for e in es])([DIVERGENCE]), id="a list"),
        pytest.param(lambda: differences(lambda v: READ * v[0], [1.0], [1.0]), id="a slope"),
    ],
)
def test_what_a_function_only_hands_on_is_no_evidence(make):
    assert not make().confirms


def test_what_a_function_computes_is_evidence():
    data = np.array([0.1, 0.7])
    assert summed(lambda: data**2)().confirms
    assert pointwise(lambda v: math.log(1 + v))(READ).confirms
    assert differences(lambda v: math.sin(v[0]), [0.3], [1.0]).confirms


def test_an_argument_that_is_read_in_a_comprehension_is_read():
    """With Python 3.13 one instruction stores k and loads v."""
    assert summed(lambda v: [v * k for k in (1.0, 2.0)])(READ).confirms


def test_two_typed_numbers_are_not_two_routes():
    assert equal("JSD = 1/2", by_panels(), by_series(1)).verdict is Verdict.SUPPORTED


# --- routes ---------------------------------------------------------------------------------------


def test_the_route_is_the_function():
    @summed
    def one_way(parts):
        return [1 / parts for _ in range(parts)]

    @summed
    def another_way(parts):
        return [2 / (parts * (parts + 1)) * i for i in range(1, parts + 1)]

    assert equal("a", one_way(7), another_way(9)).verdict is Verdict.HOLDS
    same = equal("a", one_way(7), one_way(7))
    assert same.verdict is Verdict.UNDECIDED
    assert "one_way" in same.evidence["reason"]
    assert equal("a", mean_of(range(20)), mean_of(range(20))).verdict is Verdict.UNDECIDED


def test_methods_of_two_objects_are_two_routes():
    class Scaled:
        def __init__(self, name):
            self.name = name

        def value(self):
            return 0.5

    first, second = (pointwise(Scaled(name).value)() for name in ("a", "b"))
    assert equal("a", first, second).verdict is Verdict.HOLDS


def test_they_count_as_computed():
    assert as_they_are([1.0]).confirms
    assert mean_of(range(20)).confirms
    assert (js_divergence(Normal(0, 1), Normal(1, 1)) + as_they_are([1.0])).confirms


# --- what is assumed ------------------------------------------------------------------------------


def test_an_interval_for_normal_means_supports_and_only_a_simulation_accepts_that():
    values = np.arange(40.0) % 7
    claim = at_most("the mean is at most 7", mean_of(values), 7)
    assert claim.verdict is Verdict.SUPPORTED
    assert claim.evidence["assumes"] == "nearly normal means"
    assert at_most("a", mean_of(values, within=(0, 7)), 19).verdict is Verdict.HOLDS
    for section, needed in (("simulate", True), ("check", False), ("refute", False)):
        found = judge(section, claim.text, claim.verdict, claim.evidence, label="a")
        assert found.as_required is needed
    ladder = increasing("up", [mean_of(values + 100 * k) for k in range(3)])
    assert ladder.verdict is Verdict.SUPPORTED


def test_what_was_typed_is_not_accepted_in_a_simulation():
    typed = Estimate(1.0, 0.1, "statistical", mean_of(range(20)).route)
    claim = at_most("a", typed, 7)
    assert not judge("simulate", "a", claim.verdict, claim.evidence, label="a").as_required
