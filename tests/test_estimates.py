import copy
import dataclasses
import math
import types
from fractions import Fraction

import made
import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from gantheory import Normal, certified, js_divergence, kl_divergence
from gantheory.balls import Ball
from gantheory.certified import as_ball
from gantheory.estimates import (
    KINDS,
    Estimate,
    as_estimate,
    route,
    split_route,
    total,
)

VALUES = st.one_of(
    st.integers(-1000, 1000).map(lambda k: k / 8),
    st.floats(-1e100, 1e100),
    st.floats(-1.0, 1.0),
)
ERRORS = st.one_of(st.just(0.0), st.floats(0, 1e-3), st.floats(0, 10.0))


@st.composite
def measured(draw):
    """A rational truth and an Estimate whose error bar holds it."""
    value, error = draw(VALUES), draw(ERRORS)
    where = draw(st.sampled_from((-1, 1, 0, Fraction(1, 3))))
    return Fraction(value) + where * Fraction(error), Estimate(value, error)


def covers(estimate, truth):
    """Whether |value - truth| <= error, in exact arithmetic; what overflowed says nothing."""
    value, error = float(estimate), float(estimate.error)
    assume(abs(truth) < Fraction(10) ** 300)
    tiny = Fraction(2) ** -1070  # underflow loses this much
    return (
        math.isinf(error)
        or abs(Fraction(value) - truth) <= Fraction(error) * (1 + Fraction(2) ** -50) + tiny
    )


OPERATIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


@pytest.mark.parametrize("name", OPERATIONS)
@given(measured(), measured())
def test_arithmetic_is_honest(name, a, b):
    operation = OPERATIONS[name]
    assert covers(operation(a[1], b[1]), operation(a[0], b[0]))


@given(measured(), measured())
def test_division_is_honest(a, b):
    assume(abs(float(b[1])) > float(b[1].error))
    assume(abs(b[0]) > Fraction(10) ** -100)
    assert covers(a[1] / b[1], a[0] / b[0])


@given(measured(), st.fractions(-1000, 1000))
def test_rational_constants_are_honest(a, constant):
    truth, x = a
    for found, wanted in (
        (x + constant, truth + constant),
        (constant - x, constant - truth),
        (constant * x, constant * truth),
    ):
        assert covers(found, wanted)
    if constant:
        assert covers(x / constant, truth / constant)


@given(measured())
def test_signs_are_honest(a):
    assert covers(-a[1], -a[0])
    assert covers(abs(a[1]), abs(a[0]))


@given(measured())
def test_roots_are_honest(a):
    truth, x = a
    assume(truth >= 0)
    found = x.sqrt()
    low, high = (Fraction(float(found)) + s * Fraction(float(found.error)) for s in (-1, 1))
    slack = 1 + Fraction(2) ** -50
    tiny = Fraction(2) ** -1000
    assert low <= 0 or low**2 <= truth * slack + tiny
    assert high**2 * slack + tiny >= truth


@pytest.mark.parametrize(("value", "error"), [(1e-16, 1e-17), (2.0, 0.5), (1e-300, 1e-301), (5, 0)])
def test_logarithms_are_honest(value, error):
    x = Estimate(value, error).log()
    for end in (value - error, value, value + error):
        assert abs(math.log(end) - float(x)) <= float(x.error) * (1 + 1e-12)
    assert float(x.error) <= 1.2 * error / (value - error) + 1e-12


def test_errors_add_in_the_worst_case():
    a, b = Estimate(2.0, 0.1), Estimate(3.0, 0.2)
    assert float((a + b).error) == pytest.approx(0.3)
    assert float((a - b).error) == pytest.approx(0.3)
    assert float((a - a).error) == pytest.approx(0.2)
    assert float((a * b).error) == pytest.approx(2 * 0.2 + 3 * 0.1 + 0.02)
    assert float((a / b).error) == pytest.approx((0.1 + 2 / 3 * 0.2) / 2.8)
    assert float(Estimate(4.0, 1.0).sqrt().error) == pytest.approx(2 - math.sqrt(3))


def test_the_rounding_of_an_operation_is_counted():
    assert float((as_estimate(1) + 2.0**-60).error) >= 2.0**-60
    third = as_estimate(1) / 3
    assert float(third.error) >= 2.0**-54 / 3
    assert float((as_estimate(2).sqrt()).error) > 0
    assert float((third * 3 - 1).error) > 0


# --- constants ------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0, 1, -7, 2.0, 0.5, np.float64(3), np.int64(4), Fraction(5)])
def test_whole_numbers_are_exact(x):
    e = as_estimate(x)
    assert float(e) == x
    assert e.kind == "exact"
    assert e.route == frozenset()
    assert float(e.error) == (0.0 if float(x).is_integer() else 2.0**-54)


@pytest.mark.parametrize("x", [0.1, math.pi, Fraction(1, 3), 1e17, -1e300])
def test_other_constants_are_right_to_half_a_unit(x):
    assert float(as_estimate(x).error) == 2.0**-53 * abs(float(x))
    assert abs(Fraction(float(as_estimate(x))) - Fraction(x)) <= Fraction(as_estimate(x).error)


@pytest.mark.parametrize("x", [True, "1", None, 1j, [1.0], object()])
def test_what_is_no_number_is_refused(x):
    with pytest.raises(TypeError, match="not a number"):
        as_estimate(x)
    with pytest.raises(TypeError):
        Estimate(1.0, 0.0) + x


def test_an_estimate_is_taken_as_it_is():
    e = Estimate(1.0, 0.5)
    assert as_estimate(e) is e


def test_infinities():
    infinite = Estimate(math.inf, 0.0, kind="exact")
    assert float(as_estimate(math.inf).error) == 0
    for found in (infinite + 1, infinite - Estimate(2.0, 0.1), infinite * 2):
        assert float(found) == math.inf
        assert float(found.error) < 1
    assert float(-infinite) == -math.inf
    assert infinite.compatible_with(math.inf)
    assert not infinite.compatible_with(1e308)
    assert not infinite.compatible_with(-math.inf)


@pytest.mark.parametrize("constant", [2, 0.1, Fraction(1, 3)])
def test_an_infinity_stays_exact_beside_constants(constant):
    """KL = inf, times log 2 or divided by 3, is still known exactly."""
    infinite = Estimate(math.inf, 0.0, kind="exact")
    for found in (infinite * constant, infinite / constant, constant - infinite):
        assert abs(float(found)) == math.inf
        assert float(found.error) < 1


# --- kinds, routes, and other baggage -------------------------------------------------------------


@pytest.mark.parametrize("first", KINDS)
@pytest.mark.parametrize("second", KINDS)
def test_the_worse_kind_wins(first, second):
    worse = KINDS[max(KINDS.index(first), KINDS.index(second))]
    a, b = Estimate(1.0, 0.0, kind=first), Estimate(2.0, 0.0, kind=second)
    assert (a + b).kind == (a * b).kind == (a / b).kind == (a - b).kind == worse


def test_the_order_of_kinds():
    assert KINDS == ("exact", "certified", "estimated", "statistical")


def test_routes_are_united():
    a = Estimate(1.0, 0.1, route=route("rule", "f"), evaluations=10)
    b = Estimate(2.0, 0.1, route=route("sum", "g"), evaluations=5)
    both = frozenset({("rule", "f"), ("sum", "g")})
    for found in (a + b, a - b, a * b, a / b, total([a, b])):
        assert found.route == both
        assert found.evaluations == 15
    for found in (-a, abs(a), a.sqrt(), a.log(), 2 * a, 1 - a, 1 / a, a / 2):
        assert found.route == a.route
    assert split_route(both) == (frozenset({"rule", "sum"}), frozenset({"f", "g"}))


@pytest.mark.parametrize(
    ("mine", "theirs", "independent"),
    [
        (route("rule", "f"), route("sum", "g"), True),
        (route("rule", "f"), route("rule", "g"), False),
        (route("rule", "f"), route("sum", "f"), False),
        (route("rule", "f") | route("sum", "g"), route("other", "g"), False),
        (route("rule", "f"), frozenset(), True),
    ],
)
def test_independence_needs_other_integrator_and_other_integrand(mine, theirs, independent):
    a, b = Estimate(1.0, 0.0, route=mine), Estimate(1.0, 0.0, route=theirs)
    assert a.independent_of(b) is independent
    assert b.independent_of(a) is independent


def test_a_black_box_stays_one():
    black, plain = made.estimate(1.0, 0.0, declared=False), made.estimate(1.0, 0.0)
    assert not (black + plain).declared
    assert not (plain * black).declared
    assert not (-black).declared
    assert (plain - plain).declared


def test_what_has_not_converged_stays_so():
    a, b = Estimate(1.0, 0.0, converged=False), Estimate(1.0, 0.0)
    assert (a + b).converged is False
    assert (b + b).converged is True
    batch = Estimate([1.0, 2.0], [0.0, 0.0], converged=np.array([True, False]))
    assert list((batch + b).converged) == [True, False]
    assert list((batch + a).converged) == [False, False]
    assert batch[0].converged is True
    assert batch[1].converged is False


# --- batches --------------------------------------------------------------------------------------


def test_batches():
    batch = Estimate([[1.0, 2.0], [3.0, 4.0]], [[0.1, 0.2], [0.3, 0.4]], route=route("a", "b"))
    assert batch.shape == (2, 2)
    assert isinstance(batch.value, np.ndarray)
    one = batch[1, 0]
    assert (float(one), float(one.error), one.shape) == (3.0, 0.3, ())
    assert isinstance(one.value, float)
    assert isinstance(one.error, float)
    assert one.route == batch.route
    assert batch[0].shape == (2,)
    assert np.array_equal(batch[:, 1].error, [0.2, 0.4])
    moved = batch + Estimate(1.0, 1.0)
    assert np.allclose(moved.error, np.array([[1.1, 1.2], [1.3, 1.4]]))
    assert np.array_equal(batch.lower, batch.value - batch.error)
    assert np.array_equal(batch.upper, batch.value + batch.error)


def test_total():
    assert float(total([])) == 0
    assert float(total([Estimate(1.0, 0.5), Estimate(2.0, 0.25)]).error) >= 0.75


def test_compatible_with_is_overlap():
    a = Estimate(1.0, 0.5)
    assert a.compatible_with(1.5)
    assert a.compatible_with(Estimate(2.0, 0.5))
    assert not a.compatible_with(Estimate(2.1, 0.5))
    assert not a.compatible_with(math.nan)
    assert not Estimate([1.0, 5.0], [0.5, 0.5]).compatible_with(1.0)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [-1e-300, math.nan, -math.inf])
def test_an_error_bound_is_never_negative_or_nan(error):
    with pytest.raises(ValueError, match="never negative or nan"):
        Estimate(1.0, error)
    with pytest.raises(ValueError, match="never negative or nan"):
        Estimate([1.0, 2.0], [0.0, error])


def test_shapes_and_kinds_are_checked():
    with pytest.raises(ValueError, match="one error for each value"):
        Estimate([1.0, 2.0], 0.1)
    with pytest.raises(ValueError, match="kind is one of exact, certified"):
        Estimate(1.0, 0.1, kind="guess")


def test_dividing_by_what_may_be_zero_is_refused():
    for divisor in (Estimate(0.1, 0.1), Estimate(-0.1, 0.2), Estimate(0.0, 0.0)):
        with pytest.raises(ZeroDivisionError, match="contains 0"):
            Estimate(1.0, 0.0) / divisor


def test_roots_and_logarithms_of_negative_numbers_are_refused():
    with pytest.raises(ValueError, match="negative"):
        Estimate(-1.0, 0.5).sqrt()
    assert float(Estimate(-0.1, 0.2).sqrt()) == 0
    assert float(Estimate(-0.1, 0.2).sqrt().error) >= math.sqrt(0.1)
    for bad in (Estimate(0.1, 0.1), Estimate(-1.0, 0.0)):
        with pytest.raises(ValueError, match="reaches 0"):
            bad.log()


# --- how it reads ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimate", "words"),
    [
        (Estimate(0.123456789, 1e-5), "0.123457 ± 1.0e-05"),
        (Estimate(2.0, 0.0), "2"),
        (Estimate(math.inf, 0.0), "inf"),
        (Estimate(1.0, math.inf), "1 ± inf"),
        (Estimate([1.0, 2.0], [0.1, 0.2]), "Estimate of shape (2,), largest error 2.0e-01"),
    ],
)
def test_how_it_reads(estimate, words):
    assert str(estimate) == words
    assert repr(estimate) == f"<Estimate {words} ({estimate.kind})>"


def test_sympy_does_not_swallow_the_error():
    """sp.exp(estimate) would otherwise be a Float without an error bar."""
    for number in (Estimate(1.0, 0.1), as_ball(1)):
        for swallow in (sp.sympify, sp.exp, lambda x: sp.Max(x, 2)):
            with pytest.raises(TypeError, match="is not a SymPy number"):
                swallow(number)


@pytest.mark.parametrize("number", [Estimate(2.0, 0.25), as_ball(2)])
def test_sympy_constants_add_up_on_either_side(number):
    third, log_2 = sp.Rational(1, 3), sp.log(2)
    for found, wanted in (
        (log_2 + number, 2 + math.log(2)),
        (number - log_2, 2 - math.log(2)),
        (log_2 - number, math.log(2) - 2),
        (third * number, 2 / 3),
        (number * sp.pi, 2 * math.pi),
        (number / sp.E, 2 / math.e),
        (sp.exp(-sp.sqrt(2)) * number, 2 * math.exp(-math.sqrt(2))),
    ):
        assert type(found) is type(number)
        assert float(found) == pytest.approx(wanted, rel=1e-15)
    for refused in (sp.Symbol("x"), sp.I, sp.Integral(third, (sp.Symbol("x"), 0, 1))):
        with pytest.raises(TypeError):
            number + refused


def test_balls_of_sympy_constants_hold_them():
    for constant in (
        sp.pi,
        sp.E,
        sp.EulerGamma,
        sp.Catalan,
        sp.erf(1),
        sp.gamma(sp.pi),
        sp.sqrt(2) ** 3,
    ):
        with mpmath.workdps(120):
            truth = mpmath.nstr(mpmath.mpf(sp.N(constant, 115)), 105)
        assert abs(float(as_ball(constant)) - float(truth)) <= 1e-15 * abs(float(truth))
        assert as_ball(constant).rad < 1e-90


# --- formats and comparisons ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "spec", "shown"),
    [
        (Estimate(0.111421482184736, 2e-14), ".6f", "0.111421"),
        (Estimate(0.111421482184736, 2e-14), ".3e", "1.114e-01"),
        (Estimate(0.111421482184736, 2e-14), ".1%", "11.1%"),
        (Estimate(0.1114, 1e-3), ".6f", "0.111400 ± 1.0e-03"),
        (Estimate(0.5, 1e-15), ".0f", "0"),  # between 0 and 1 to any accuracy
        (Estimate(2.0, 0.0), ".2f", "2.00"),
        (Estimate(math.inf, 0.0), ".2f", "inf"),
        (Estimate(0.25, 0.0), "", "0.25"),
        (as_ball(1).sqrt() / 3, ".30f", "0." + 30 * "3"),
        (as_ball(2), ".3e", "2.000e+0"),
        (Ball(as_ball(1).arb.union(as_ball(2).arb)), ".2f", "1.50 ± 5.0e-01"),
    ],
)
def test_formats_show_no_digit_that_is_not_certain(number, spec, shown):
    assert format(number, spec) == shown


def test_comparisons_say_what_the_error_bars_tell():
    low, high = Estimate(1.0, 0.1), Estimate(2.0, 0.1)
    assert low < high
    assert high > low
    assert low <= high
    assert high >= low
    assert not high < low
    assert low < 1.5
    assert low < sp.log(5)
    assert np.float64(1.5) > low
    assert Estimate(2.0, 0.0) <= 2
    assert not Estimate(2.0, 0.0) < 2
    assert Estimate(math.inf, 0.0) > low
    for undecided in (lambda: low < 1.05, lambda: low <= low, lambda: low >= Estimate(1.15, 0.1)):
        with pytest.raises(ValueError, match="overlap"):
            undecided()
    with pytest.raises(ValueError, match="batch"):
        _ = Estimate([1.0, 2.0], [0.0, 0.0]) < 3
    assert as_ball(1) < as_ball(2)
    assert as_ball(2) > sp.Rational(3, 2)
    with pytest.raises(ValueError, match="overlap"):
        _ = as_ball(1) < as_ball(1)


def test_numpy_leaves_arithmetic_to_the_estimate():
    found = np.array([1.0, 2.0]) * Estimate(2.0, 0.5)
    assert isinstance(found, Estimate)
    assert list(found.value) == [2.0, 4.0]
    assert isinstance(np.float64(2) - Estimate(2.0, 0.5), Estimate)


# --- below the normal range -----------------------------------------------------------------------


@given(st.floats(1e-200, 1.0), st.floats(1e-200, 1.0))
def test_what_underflows_has_an_error(x, y):
    a, b = Estimate(x, 0.0), Estimate(y, 0.0)
    for found, truth in (
        (a * b, Fraction(x) * Fraction(y)),
        (a / 1e300, Fraction(x) / Fraction(1e300)),
    ):
        assert abs(Fraction(float(found)) - truth) <= Fraction(float(found.error))


def test_zero_times_anything_is_exact():
    assert float((Estimate(0.0, 0.0) * Estimate(1e-300, 0.0)).error) == 0


# --- who made it ----------------------------------------------------------------------------------


def test_what_somebody_types_confirms_nothing():
    typed = Estimate(0.5, 1e-15, route=route("a", "b"))
    assert not typed.confirms
    assert not Estimate(0.5, 0.0, declared=True).declared
    assert not Ball(as_ball(1).arb, route("a", "b")).confirms
    for found in (typed + 1, 2 * typed, -typed, abs(typed), typed.sqrt(), typed.log(), 1 / typed):
        assert not found.confirms
    assert not (js_divergence(Normal(0, 1), Normal(1, 1)) + typed).confirms
    assert not dataclasses.replace(made.estimate(0.5, 1e-15), error=0.0).confirms
    assert not copy.copy(made.estimate(0.5, 1e-15)).confirms


def test_a_name_is_not_enough():
    code = (lambda: Estimate(0.5, 1e-15)).__code__
    forged = types.FunctionType(code, {**globals(), "__name__": "gantheory.forged"})
    assert not forged().confirms


def test_what_the_package_computes_confirms():
    found = js_divergence(Normal(0, 1), Normal(np.array([1.0, 2.0]), 1))
    for one in (found, found[0], 2 * found - math.log(4), -found, abs(found), found.sqrt()):
        assert one.confirms
    assert certified.js_divergence(Normal(0, 1), Normal(1, 1)).confirms
    assert certified.js_divergence(Normal(0, 1), Normal(1, 1)).estimate().confirms
    assert as_estimate(0.5).confirms


def test_what_was_altered_confirms_nothing():
    for name, value in (
        ("value", 0.7),
        ("error", 0.0),
        ("route", route("a", "b")),
        ("kind", "exact"),
    ):
        found = js_divergence(Normal(0, 1), Normal(1, 1))
        object.__setattr__(found, name, value)
        assert not found.confirms
        assert not (-found).confirms
        assert not (found + 0).confirms
    ball = certified.js_divergence(Normal(0, 1), Normal(1, 1))
    object.__setattr__(ball, "arb", as_ball(1).arb)
    assert not ball.confirms
    assert not (ball + 0).confirms


def test_arrays_of_an_estimate_cannot_be_written_to():
    numbers = np.array([1.0, 2.0])
    found = made.estimate(numbers, np.zeros(2))
    with pytest.raises(ValueError, match="read-only"):
        found.value[0] = 7.0
    numbers[0] = 1.0  # the caller's own array stays as it was
    found.error.flags.writeable = True
    assert not found.confirms


@pytest.mark.parametrize("x", [Fraction(3 * 2**52 + 1, 3), Fraction(1, 10**400), Fraction(1, 3)])
def test_a_fraction_that_rounds_is_not_exact(x):
    found = as_estimate(x)
    assert 0 < abs(Fraction(found.value) - x) <= Fraction(found.error)


def test_a_fraction_that_is_a_float_is_exact():
    assert as_estimate(Fraction(3, 1024)).error == 0


@pytest.mark.parametrize(
    "overflow",
    [
        lambda x: x * 1e308,
        lambda x: x / 1e-308,
        lambda x: 1 / (x * 1e-320),
        lambda x: x * 1e307 * 2 + 1e308,
        lambda x: Estimate(np.array([1.0, float(x)]), np.zeros(2)) / np.array([1e-310, 1.0]),
    ],
    ids=["product", "quotient", "small divisor", "sum", "batch"],
)
def test_what_overflows_is_no_infinity(overflow):
    found = overflow(kl_divergence(Normal(0, 1), Normal(1e3, 1)))
    assert np.all(np.isfinite(found.value))
    assert np.max(found.error) == math.inf


def test_an_infinity_stays_one():
    infinite = Estimate(math.inf, 0.0, kind="exact")
    for found in (infinite * 2, infinite + 1, infinite / 3):
        assert (found.value, found.error) == (math.inf, 0.0)


def test_balls_beyond_float64_keep_what_they_rest_on():
    ball = certified.js_divergence(Normal(0, 1), Normal(1, 1))
    tiny = Fraction(1, 10**400)
    for found in (ball / tiny, 1 / (ball * tiny), (ball * tiny**2).sqrt(), (ball * tiny).log()):
        assert found.rests
    assert not (ball * tiny - ball * tiny + tiny).rests
    assert (ball / tiny * tiny).contains(ball) or ball.contains(ball / tiny * tiny)
