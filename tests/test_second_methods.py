"""Integrals, sums and limits as numbers: nothing true is failed, nothing false is proved."""

import math
import signal
import sys
from contextlib import nullcontext

import mpmath as mp
import pytest
import sympy as sp
from thinning import every

from gantheory import Normal, kl_divergence
from gantheory.theorems import at_least, at_most, equal, second_method, work
from gantheory.theorems.evaluate import value_at
from gantheory.theorems.infinite_sums import divergence, infinite_product, infinite_sum
from gantheory.theorems.levels import FINE, EvaluationBudget, EvaluationPoint, Unusable
from gantheory.theorems.limits import limit_value
from gantheory.theorems.reduction import done
from gantheory.theorems.work import Stuck, bounded
from gantheory.verdicts import Verdict

PROVED, FAILED, UNDECIDED = Verdict.PROVED, Verdict.FAILED, Verdict.UNDECIDED
x = sp.Symbol("x", real=True)
u, p, q, D = sp.symbols("u p q D", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
k = sp.Symbol("k", integer=True, nonnegative=True)
oo, SEVENTH = sp.oo, sp.Rational(1, 7)


def gaussian(variance):
    return sp.exp(-(x**2) / (2 * variance)) / sp.sqrt(2 * sp.pi * variance)


def logistic(scale):
    z = (x - SEVENTH) / scale
    return sp.exp(-z) / scale / (1 + sp.exp(-z)) ** 2


# --- infinity -------------------------------------------------------------------------------------

INFINITE = {
    "chi-square": sp.Integral(gaussian(4) ** 2 / gaussian(1), (x, -oo, oo)),
    "u": sp.Integral(u, (u, 0, oo)),
    "e^u": sp.Integral(sp.exp(u), (u, 0, oo)),
    "log u": sp.Integral(sp.log(u), (u, 1, oo)),
    "1/u": sp.Integral(1 / u, (u, 0, 1)),
    "1/u²": sp.Integral(u**-2, (u, 0, 1)),
    "a pole inside": sp.Integral((u - 1) ** -2, (u, 0, 3)),
    "1/n": sp.Sum(1 / n, (n, 1, oo)),
    "n": sp.Sum(n, (n, 1, oo)),
    "2^k": sp.Sum(2**k, (k, 0, oo)),
}


@pytest.mark.parametrize("name", every(2, INFINITE))
def test_what_is_infinite_is_proved_so_and_never_failed(name):
    claim = equal("it is infinite", INFINITE[name], oo)
    assert claim.verdict is PROVED
    assert equal("it is finite", INFINITE[name], 5).verdict in (FAILED, UNDECIDED)
    assert at_least("it is large", INFINITE[name], 100).verdict is not FAILED


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(sp.Product(1 + 1 / n, (n, 1, oo)), marks=pytest.mark.slow),
        sp.Integral(u / (1 + u**2), (u, 0, oo)),
        sp.Integral(1 / (u * sp.log(u)), (u, 2, oo)),
        sp.Sum(1 / (n * sp.log(n)), (n, 2, oo)),
        sp.Integral(1 / x, (x, -1, 2)),  # has no value
        sp.Sum(1 / sp.sqrt(n), (n, 1, oo)),
    ],
)
def test_infinities_that_numbers_do_not_see_are_not_failed(form):
    assert equal("it is infinite", form, oo).verdict is not FAILED


@pytest.mark.parametrize(
    "form",
    [
        sp.Integral(sp.exp(-u), (u, 0, oo)),
        sp.Integral(1 / sp.sqrt(u), (u, 0, 1)),
        sp.Integral(-sp.log(u), (u, 0, 1)),
        sp.Sum(1 / n**2, (n, 1, oo)),
        sp.Integral(gaussian(1), (x, -oo, oo)),
    ],
)
def test_what_is_finite_is_not_infinite(form):
    assert equal("it is infinite", form, oo).verdict in (FAILED, UNDECIDED)


# --- slow, odd and narrow -------------------------------------------------------------------------

TRUE = {
    "every other term": (sp.Sum((1 + (-1) ** n) / n**2, (n, 1, oo)), sp.pi**2 / 12),
    "odd terms": (sp.Sum(sp.Mod(n, 2) / n**2, (n, 1, oo)), sp.pi**2 / 8),
    "floor": (sp.Sum(sp.floor(n / 3) / 2**n, (n, 1, oo)), sp.Rational(2, 7)),
    "a Poisson distribution": (
        sp.Sum(sp.exp(-1000) * sp.Integer(1000) ** k / sp.factorial(k), (k, 0, oo)),
        1,
    ),
    "one far away": (
        sp.Sum(sp.exp(-100_000) * sp.Integer(100_000) ** k / sp.factorial(k), (k, 0, oo)),
        1,
    ),
    "slow": (sp.Sum(sp.Rational(9999, 10000) ** k, (k, 0, oo)), 10_000),
    "a logistic density": (sp.Integral(logistic(sp.Rational(1, 10**4)), (x, -oo, oo)), 1),
    "a narrow one": (sp.Integral(logistic(sp.Rational(1, 10**7)), (x, -oo, oo)), 1),
    "a limit beyond reach": (1 + sp.Limit(sp.exp(-u / sp.Integer(10) ** 200), u, oo), 1),
    "zeta": (sp.Sum(n ** sp.Rational(-3, 2), (n, 1, oo)), sp.zeta(sp.Rational(3, 2))),
}


def poisson(mean):
    return sp.exp(-mean) * sp.Integer(mean) ** k / sp.factorial(k)


def cauchy(place, scale):
    return scale / sp.pi / (scale**2 + (x - place) ** 2)


TEN_30 = sp.Integer(10) ** 30
MIXTURE = sp.Sum(poisson(2) / 2 + poisson(100_000) / 2, (k, 0, oo))
LATE = 10**6  # beyond all terms that are added up
FAR_AWAY = {
    "a mixture of two Poisson distributions": (MIXTURE, 1),
    "a late term": (sp.Sum(2**-n + sp.KroneckerDelta(n, LATE), (n, 1, oo)), 2),
    "a late step": (
        sp.Sum(2**-n + sp.Heaviside(n - LATE, 1) * 2 ** (LATE - n), (n, 1, oo)),
        3,
    ),
    "a small late term": (
        sp.Sum(2**-n + sp.KroneckerDelta(n, LATE) / 10**8, (n, 1, oo)),
        1 + sp.Rational(1, 10**8),
    ),
    "a late term of a product": (
        sp.Product(1 + sp.KroneckerDelta(n, LATE) / 3, (n, 1, oo)),
        sp.Rational(4, 3),
    ),
    "a wide normal density": (sp.Integral(gaussian(TEN_30**2), (x, -oo, oo)), 1),
    "a wide Laplace density": (
        sp.Integral(sp.exp(-sp.Abs(x) / TEN_30) / (2 * TEN_30), (x, -oo, oo)),
        1,
    ),
    "a wide exponential density": (sp.Integral(sp.exp(-u / TEN_30) / TEN_30, (u, 0, oo)), 1),
    "a wide Cauchy density": (sp.Integral(cauchy(0, TEN_30), (x, -oo, oo)), 1),
    "a far Cauchy density": (sp.Integral(cauchy(10**20, 1), (x, -oo, oo)), 1),
    "a heavy tail": (sp.Integral(u ** (-1 - 1 / TEN_30) / TEN_30, (u, 1, oo)), 1),
    "a peak beyond 10^16": (
        sp.Integral(
            sp.exp(-((u - 3) ** 2) / 2) / sp.sqrt(2 * sp.pi)
            + sp.exp(-((sp.log(u) - 50) ** 2) * 10**12 / 2) * 10**6 / (u * sp.sqrt(2 * sp.pi)),
            (u, 1, oo),
        ),
        1 + sp.erfc(-2 / sp.sqrt(2)) / 2,
    ),
}


@pytest.mark.parametrize("name", every(2, FAR_AWAY))
def test_what_lies_far_away_is_not_denied(name):
    lhs, rhs = FAR_AWAY[name]
    assert equal(name, lhs, rhs).verdict in (PROVED, UNDECIDED)
    assert at_least(name, lhs, rhs - sp.Rational(1, 10**9)).verdict in (PROVED, UNDECIDED)


def test_a_late_step_of_small_terms_is_not_denied():
    form = sp.Sum(2**-n + sp.floor(n / 10**4) / n**3, (n, 1, oo))
    assert at_least("a", form, 1 + sp.Rational(1, 10**10)).verdict in (PROVED, UNDECIDED)


@pytest.mark.parametrize("name", ["a mixture of two Poisson distributions", "a heavy tail"])
def test_a_constant_that_no_second_method_confirms_decides_nothing(name):
    one = kl_divergence(Normal(0, 1), Normal(math.sqrt(2), 1))
    half = kl_divergence(Normal(0, 1), Normal(1, 1))
    for number in (one, half):
        assert equal(name, number, FAR_AWAY[name][0]).verdict in (UNDECIDED, Verdict.ERROR)
        assert at_most(name, number, FAR_AWAY[name][0]).verdict in (UNDECIDED, Verdict.ERROR)


@pytest.mark.slow
def test_a_constant_is_as_wide_as_two_methods_differ():
    faint = sp.Integral(gaussian(1) + sp.exp(-((x - 10**5) ** 2)) / 10**8, (x, -oo, oo))
    one = kl_divergence(Normal(0, 1), Normal(math.sqrt(2), 1))
    assert equal("a", one, faint).verdict is not Verdict.HOLDS
    assert equal("a", one, sp.Integral(gaussian(1), (x, -oo, oo))).verdict is Verdict.HOLDS


@pytest.mark.parametrize("name", every(2, TRUE))
def test_what_is_true_is_not_failed(name):
    assert equal(name, *TRUE[name]).verdict in (PROVED, UNDECIDED)


@pytest.mark.slow
def test_a_narrow_step_keeps_no_one_waiting():
    form = sp.Integral(sp.sech(10**9 * (x - SEVENTH)) ** 2, (x, -oo, oo))
    assert equal("2e-9", form, sp.Rational(2, 10**9)).verdict in (PROVED, UNDECIDED)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.Sum(2**k, (k, 0, oo)), -1),  # analytic continuation
        (sp.Sum((-1) ** k, (k, 0, oo)), sp.Rational(1, 2)),  # Abel
        (sp.Sum((-1) ** k * k, (k, 0, oo)), -sp.Rational(1, 4)),
        (sp.Sum(n, (n, 1, oo)), -sp.Rational(1, 12)),
        (sp.Sum(p**k, (k, 0, oo)), 1 / (1 - p)),  # for p < 1 only
        (sp.Limit(u - sp.floor(u), u, oo), 0),  # read at integers
        (sp.Limit(sp.cos(2 * sp.pi * u), u, oo), 1),
        (sp.Limit((-1) ** sp.floor(u), u, oo), 1),
        (sp.Limit(sp.sin(sp.pi * u) ** 2, u, oo), 0),
        (sp.Limit((-1) ** sp.floor(x), x, oo), 1),
        (sp.Limit((-1) ** sp.floor(x), x, oo), -1),
        (sp.Limit(sp.cos(sp.pi * sp.floor(x)), x, oo), 1),
        (sp.Limit(sp.Mod(sp.floor(x), 2), x, oo), 0),
        (sp.Limit(sp.cos(sp.pi * sp.floor(1 / u)), u, 0, "+"), 1),
        (sp.Limit(sp.exp(-u / sp.Integer(10) ** 200), u, oo), 1),
    ],
    ids=str,
)
def test_what_is_false_is_not_proved(lhs, rhs):
    assert equal("a", lhs, rhs).verdict in (FAILED, UNDECIDED)


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.Integral(sp.exp(-u), (u, 0, oo)), 2),
        (sp.Integral(sp.Abs(x - SEVENTH), (x, 0, 1)), 1),
        (sp.Integral(sp.Min(x, 1 - x), (x, 0, 1)), sp.Rational(1, 3)),
        (sp.Integral(gaussian(1) * x**2, (x, -oo, oo)), 2),
        (sp.Sum(1 / n**2, (n, 1, oo)), 2),
        (sp.Sum(sp.Rational(1, 2) ** k, (k, 0, oo)), 3),
        (sp.Sum(n**2, (n, 1, 10)), 384),
        (sp.Limit(u * sp.log(u), u, 0, "+"), 1),
        (sp.Derivative(sp.log(u), u), 1 / u**2),
        (sp.Integral(sp.sqrt(2 - u) * sp.sqrt(1 / (2 - u)), (u, 0, 1)), -1),
    ],
    ids=str,
)
def test_what_is_false_is_failed_when_two_methods_say_so(lhs, rhs):
    claim = equal("a", lhs, rhs)
    assert claim.verdict is FAILED
    shown = claim.to_json()["evidence"]["counterexample"]
    assert {"lhs", "rhs", "difference"} <= set(shown)


def test_an_unconfirmed_contradiction_shows_both_numbers():
    form = 1 + sp.Limit(sp.exp(-u / sp.Integer(10) ** 200), u, oo)
    claim = equal("a", form, 1)
    assert claim.verdict is UNDECIDED
    assert "2.0 on the left and 1.0 on the right" in claim.evidence["reason"]


def test_a_limit_is_read_beside_the_points_where_it_settles():
    for form in (sp.cos(sp.pi * sp.floor(x)), (-1) ** sp.floor(x / 30), sp.Mod(sp.floor(x), 3)):
        place = EvaluationPoint({}, FINE, EvaluationBudget(10**5), value_at)
        with pytest.raises(Unusable):
            limit_value(sp.Limit(form, x, oo), place)
    place = EvaluationPoint({}, FINE, EvaluationBudget(10**5), value_at)
    assert abs(limit_value(sp.Limit(sp.floor(x) / x, x, oo), place) - 1) < mp.mpf(10) ** -30
    assert limit_value(sp.Limit(sp.exp(x), x, oo), place) == mp.inf
    assert limit_value(sp.Limit(sp.log(u), u, 0, "+"), place) == -mp.inf


def test_a_number_too_long_to_write_is_named_in_plain_words():
    form = sp.Integral(sp.exp(-u) * u**9999 / sp.gamma(10_000), (u, 0, oo))
    claim = equal("a", form, 1)
    assert claim.verdict is UNDECIDED
    assert "too many digits to be written out" in claim.evidence["reason"]
    assert "Exceeds" not in claim.evidence["reason"]


# --- partial sums ---------------------------------------------------------------------------------


SUMS = {
    "1/n²": (lambda n: 1 / n**2, 1, lambda: mp.zeta(2)),
    "(-1)^n/n": (lambda n: (-1) ** int(n) / n, 1, lambda: -mp.log(2)),
    "0.99^n": (lambda n: mp.mpf("0.99") ** n, 0, lambda: mp.mpf(100)),
}


@pytest.mark.parametrize("name", SUMS)
def test_an_infinite_sum_is_what_it_is(name):
    term, start, truth = SUMS[name]
    with mp.workdps(30):
        assert abs(infinite_sum(term, start, 10) - truth()) <= 1e-15 * abs(truth())


@pytest.mark.parametrize(
    ("term", "start"),
    [
        (lambda n: 1 / n / mp.log(n), 2),
        (lambda n: 1 / n / mp.log(n) ** 2, 2),
        (lambda n: mp.mpf((-1) ** int(n)), 0),
        (lambda n: mp.mpf(int(n) == 10**6), 1),
        (lambda n: (1 + (-1) ** int(n)) / n**2, 1),
    ],
)
def test_a_sum_that_partial_sums_do_not_settle_has_no_number(term, start):
    with mp.workdps(30), pytest.raises(Unusable):
        infinite_sum(term, start, 10)


def test_divergence_has_a_sign():
    assert divergence(lambda n: 1 / n) == 1
    assert divergence(lambda n: -1 / mp.sqrt(n)) == -1
    assert divergence(lambda n: (-1) ** int(n)) == 0
    assert divergence(lambda n: 1 / n**2) == 0
    with mp.workdps(30):
        assert infinite_product(lambda n: 1 + 1 / n, 1, 10) == mp.inf
        truth = mp.sinh(mp.pi) / mp.pi
        assert abs(infinite_product(lambda n: 1 + 1 / n**2, 1, 10) - truth) <= 1e-15 * truth


# --- one expression, and points without a value ---------------------------------------------------


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (sp.log(D), sp.log(D)),
        (p / (p + q), p / (p + q)),
        (sp.solve(p / D - q / (1 - D), D)[0], p / (p + q)),
        (3, 3),
        (sp.Integral(u, (u, 0, 1)), sp.Integral(u, (u, 0, 1))),
        (sp.diff(u**3, u), 3 * u**2),
        (oo, oo),
    ],
    ids=str,
)
def test_one_expression_proves_nothing(lhs, rhs):
    for claim in (equal("a", lhs, rhs), at_most("a", lhs, rhs), at_least("a", lhs, rhs)):
        assert claim.verdict is UNDECIDED
        assert "one expression" in claim.evidence["reason"]


UNDEFINED = {
    "a removable zero": ((x**2 - 1) / (x - 1), x + 1, x, (1, oo), "x = 1"),
    "of integers": ((n**2 - 1) / (n - 1), n + 1, n, (1, oo), "n = 1"),
    "a kink": (sp.Derivative(sp.Abs(x), x), sp.sign(x), x, (0, oo), "x = 0"),
    "an essential one": (
        sp.Derivative(x**2 * sp.sin(1 / x), x),
        2 * x * sp.sin(1 / x) - sp.cos(1 / x),
        x,
        (0, oo),
        "x = 0",
    ),
    "of a logarithm": (sp.log(2 * sp.Abs(x)), sp.log(2) + sp.log(sp.Abs(x)), x, (0, oo), "x = 0"),
    "beyond D": (
        sp.Derivative(sp.log(1 - D), D),
        -1 / (1 - D),
        D,
        (0, 1),
        "D = 1",
    ),
    "an edge": (
        sp.Derivative(sp.Piecewise((x**2, x > 1), (2 * x - 1, True)), x),
        sp.Piecewise((2 * x, x > 1), (2, True)),
        x,
        (1, oo),
        "x = 1",
    ),
    "a root": (sp.Derivative(sp.sqrt(sp.Abs(x)) ** 2, x), sp.sign(x), x, (0, oo), "x = 0"),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_what_is_undefined_somewhere_is_proved_only_elsewhere(name):
    is_proved_only_elsewhere(*UNDEFINED[name])


def is_proved_only_elsewhere(lhs, rhs, symbol, where, place):
    claim = equal("everywhere", lhs, rhs)
    assert claim.verdict is UNDECIDED
    assert place in claim.evidence["reason"]
    assert equal("elsewhere", lhs, rhs, where={symbol: where}).verdict is PROVED


@pytest.mark.parametrize(
    ("lhs", "rhs"),
    [
        (1 / (1 + x**2) + x**2 / (1 + x**2), 1),
        ((x**2 + 1) / (2 * n - 1) - x**2 / (2 * n - 1), 1 / (2 * n - 1)),
        (sp.Derivative(sp.log(1 + sp.exp(x)), x), 1 / (1 + sp.exp(-x))),
        (1 / (p + q**2) - 1 / (q**2 + p) + p, p * (1 + q) - p * q),
        (sp.sqrt(1 + x**2) * sp.sqrt(4 + 4 * x**2), 2 * x**2 + 2),
    ],
)
def test_a_denominator_that_never_vanishes_is_no_obstacle(lhs, rhs):
    assert equal("a", lhs, rhs).verdict is PROVED


@pytest.mark.parametrize(
    ("symbol", "where"),
    [
        (D, (-1, 1)),
        (sp.Symbol("m", negative=True), (-1, 1)),
        (sp.Symbol("j", imaginary=True), (0, 1)),
    ],
)
def test_where_stays_inside_what_the_symbol_is(symbol, where):
    claim = equal("a", symbol * (1 + symbol), symbol + symbol**2, where={symbol: where})
    assert claim.verdict is Verdict.ERROR
    assert "reaches beyond" in claim.evidence["reason"]


r, t = sp.symbols("r t", real=True)
v, w = sp.symbols("v w", nonnegative=True)


def saturating(rate):
    return sp.Limit(rate * u / (1 + rate * u), u, oo)


JUMPS = {
    "a rate of 0": (saturating(r), 1, "r = 0"),
    "the size of a rate": (saturating(sp.Abs(r)), 1, "r = 0"),
    "a nonnegative rate": (sp.Limit(v / (v + 1 / u), u, oo), 1, "v = 0"),
    "a shifted rate": (saturating(r - 2), 1, "r = 2"),
    "equal rates": (saturating(r - t), 1, "r = 0, t = 0"),
    "two that vanish": (saturating(v + w), 1, "v = 0, w = 0"),
    "a square": (sp.Limit((1 + r * u**2) / (2 + r * u**2), u, oo), 1, "r = 0"),
    "0/0": (sp.Limit(sp.sin(r * u) / (r * u), u, 0, "+"), 1, "r = 0"),
    "0/0 of squares": (
        sp.Limit((1 - sp.cos(r * u)) / (r * u) ** 2, u, 0, "+"),
        sp.Rational(1, 2),
        "r = 0",
    ),
}


@pytest.mark.parametrize("name", JUMPS)
def test_a_form_that_jumps_at_one_value_is_proved_only_elsewhere(name):
    lhs, rhs, place = JUMPS[name]
    claim = equal(name, lhs, rhs)
    assert claim.verdict is UNDECIDED
    assert place in claim.evidence["reason"]
    symbols = {r: (5, 6), t: (1, 2), v: (0, oo), w: (0, oo)}
    where = {symbol: symbols[symbol] for symbol in lhs.free_symbols}
    assert equal(name, lhs, rhs, where=where).verdict is PROVED


def test_an_inequality_that_jumps_is_proved_only_elsewhere():
    claim = at_least("a", JUMPS["a nonnegative rate"][0], sp.Rational(1, 2))
    assert claim.verdict is UNDECIDED
    assert "v = 0" in claim.evidence["reason"]
    elsewhere = at_least("a", saturating(p), sp.Rational(1, 2))
    assert elsewhere.verdict is PROVED


def test_what_is_true_at_every_special_value_is_proved():
    moved = sp.Integral(sp.exp(-((x - r) ** 2) / 2), (x, -oo, oo))
    assert equal("a", moved, sp.sqrt(2 * sp.pi)).verdict is PROVED
    assert equal("a", sp.Integral(sp.exp(-p * u), (u, 0, oo)), 1 / p).verdict is PROVED


def factored(function):
    return function + function**2, function * (1 + function)


SINGULAR = {
    "cot": (sp.cot(u), sp.cos(u) * sp.csc(u), u, (0, sp.pi), "u = pi"),
    "a second one": (sp.cot(x), sp.cos(x) * sp.csc(x), x, (4, 6), "x = 0"),
    "cot²": (sp.cot(u) ** 2 + 1, sp.csc(u) ** 2, u, (4, 5), "u = pi"),
    "tan": (sp.tan(2 * x), sp.sin(2 * x) * sp.sec(2 * x), x, (0, sp.Rational(1, 2)), "x = pi/4"),
    "zeta": (*factored(sp.zeta(u)), u, (2, 3), "u = 1"),
    "acoth": (*factored(sp.acoth(x)), x, (2, 3), "x = -1"),
    "erfinv": (*factored(sp.erfinv(x)), x, (0, 1), "x = -1"),
    "digamma": (*factored(sp.digamma(x)), x, (0, 1), "x = 0"),
    "polygamma": (*factored(sp.polygamma(2, x)), x, (0, 1), "x = 0"),
    "K": (*factored(sp.besselk(0, x)), x, (0, 1), "x = 0"),
    "li": (*factored(sp.li(u)), u, (2, 3), "u = 1"),
    "beta": (*factored(sp.beta(x, 2)), x, (0, 1), "x = 0"),
    "asech": (*factored(sp.asech(x)), x, (0, 1), "x = 0"),
}


@pytest.mark.parametrize("name", every(2, SINGULAR))
def test_a_function_is_not_defined_at_its_poles(name):
    is_proved_only_elsewhere(*SINGULAR[name])


def test_a_pole_inside_an_interval_is_found():
    claim = equal("a", sp.cot(x), sp.cos(x) * sp.csc(x), where={x: (10, 13)})
    assert claim.verdict is UNDECIDED
    assert "x = 4*pi" in claim.evidence["reason"]


def test_a_function_of_which_nothing_is_known_proves_nothing():
    claim = equal("a", *factored(sp.dirichlet_eta(u)))
    assert claim.verdict is UNDECIDED
    assert "nothing is known here of dirichlet_eta" in claim.evidence["reason"]


# --- work -----------------------------------------------------------------------------------------

MANY = 100_000


def test_sympy_is_stopped_after_so_many_calls():
    with pytest.raises(Stuck, match="1,000 calls"), bounded(1000):
        sp.simplify(sp.sin(x) ** 2 + sp.cos(x) ** 2)
    with bounded(10**7):
        assert sp.simplify(sp.sin(x) ** 2 + sp.cos(x) ** 2) == 1


def test_a_limit_within_a_limit_stops_earlier_and_leaves_the_rest():
    def call(rounds):
        for _ in range(rounds):
            abs(0)

    with bounded(10**6):
        with pytest.raises(Stuck, match="1,000 calls"), bounded(1000):
            call(10**4)
        with bounded(1000):
            call(100)
        call(10**4)

    def used():
        with bounded(20_000):
            call(9000)
        call(9000)

    with pytest.raises(Stuck, match="30,000 calls"), bounded(30_000):
        used()
    with pytest.raises(Stuck, match="calls"), bounded(500), bounded(1000):
        call(10**4)


@pytest.mark.slow
def test_what_sympy_does_not_evaluate_is_given_up_in_time():
    form = sp.Integral(sp.Derivative(sp.tanh(10**6 * (x - SEVENTH)), x), (x, -oo, oo))
    with pytest.raises(Stuck, match="40 s of processor time"), bounded():
        done(form)


@pytest.mark.parametrize("nested", [False, True])
def test_work_is_counted_after_a_free_half_second(monkeypatch, nested):
    def busy():
        with bounded(MANY) if nested else nullcontext():
            while True:
                seen.append(sys.getprofile() is not None)

    seen = []
    monkeypatch.setattr(work, "FREE", 0.1)
    monkeypatch.setattr(work, "FEW_CALLS", MANY)
    with pytest.raises(Stuck, match=f"{MANY:,} calls"), bounded(MANY):
        busy()
    assert not seen[0]
    assert seen[-1]
    assert seen == sorted(seen)
    assert sys.getprofile() is None


def without_end():
    while True:
        pass


def test_time_ends_what_is_not_counted(monkeypatch):
    monkeypatch.setattr(work, "SECONDS", 0.1)
    with pytest.raises(Stuck, match="0 s of processor time"), bounded():
        without_end()


def test_a_timer_that_was_set_before_goes_on():
    heard = []
    before = signal.signal(signal.SIGVTALRM, lambda *_: heard.append("rang"))
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.05)
        with bounded(), bounded():
            sum(range(10**7))
            assert not heard
        while not heard:
            sum(range(10**4))
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class Ending:
    """What is counted out while it is finalised, where Python lets no exception pass."""

    def __del__(self):
        for _ in range(10**4):
            abs(0)


def closed_early():
    def generator():
        try:
            yield
        finally:
            for _ in range(10**4):
                abs(0)

    next(generator())


@pytest.mark.parametrize("ended", [Ending, closed_early])
def test_a_stop_inside_a_finaliser_is_not_ignored(ended):
    def work():
        ended()
        for _ in range(10**4):
            abs(0)

    before = sys.unraisablehook
    with pytest.raises(Stuck, match="1,000 calls"), bounded(1000):
        work()
    with pytest.raises(Stuck, match="1,000 calls"), bounded(10**6), bounded(1000):
        work()
    assert sys.unraisablehook is before
    assert sys.getprofile() is None


def test_nothing_that_sympy_catches_hides_the_stop():
    def swallow():
        try:
            for _ in range(10**6):
                abs(0)
        except Exception:
            return "swallowed"

    with pytest.raises(Stuck), bounded(1000):
        swallow()


def test_integers_that_cannot_be_written_out_are_no_crash():
    claim = equal("a", sp.Integral(u * sp.gamma(10_000), (u, 0, 1)), 3)
    assert claim.verdict in (FAILED, UNDECIDED)
    claim.to_json()


WIDE = sp.Integer(10) ** 30
REAL, POSITIVE = sp.Symbol("x", real=True), sp.Symbol("y", positive=True)


@pytest.mark.parametrize(
    ("density", "low"),
    [
        (sp.exp(-(REAL**2) / (2 * WIDE**2)) / (WIDE * sp.sqrt(2 * sp.pi)), -oo),
        (sp.exp(-abs(REAL) / WIDE) / (2 * WIDE), -oo),
        (sp.exp(-POSITIVE / WIDE) / WIDE, 0),
        (1 / (sp.pi * WIDE * (1 + (REAL / WIDE) ** 2)), -oo),
    ],
    ids=["normal", "Laplace", "exponential", "Cauchy"],
)
def test_a_finite_number_does_not_confirm_an_infinite_one(density, low):
    (x,) = density.free_symbols
    assert equal("mass", sp.Integral(density, (x, low, oo)), 1).verdict is not FAILED


def test_terms_far_away_are_not_denied():
    """Half of a Poisson law with mean 2 and half of one with mean 100000."""
    n = sp.Symbol("n", integer=True, nonnegative=True)
    near, far = (sp.exp(-mean) * mean**n / sp.factorial(n) for mean in (2, 100000))
    mixed = sp.Sum((near + far) / 2, (n, 0, oo))
    assert equal("all of it", mixed, 1).verdict is not FAILED
    assert equal("half of it", mixed, sp.Rational(1, 2)).verdict is not PROVED


SPREAD = sp.Rational(1, 1000)
LOGNORMAL = sp.exp(-((sp.log(u) - 40) ** 2) / (2 * SPREAD**2)) / (SPREAD * u * sp.sqrt(2 * sp.pi))


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (sp.Integral(LOGNORMAL, (u, 1, oo)), 1),
        (sp.Integral(LOGNORMAL, (u, 0, oo)), 1),
        (sp.Integral(u ** (-(10**6)), (u, 1, oo)), sp.Rational(1, 10**6 - 1)),
        (sp.Integral(u ** (10**5 * sp.log(u)), (u, 0, 1)), 1),
    ],
)
def test_sympy_is_not_asked_to_expand_a_huge_power(form, value):
    with pytest.raises(Stuck, match="power"):
        done(form)
    assert equal("a", form, value).verdict is not Verdict.PROVED


@pytest.mark.slow
def test_a_moderate_power_is_evaluated():
    assert done(sp.Integral(u**999, (u, 0, 1))) == sp.Rational(1, 1000)
    assert done(sp.Integral(sp.exp(-(sp.log(u) ** 2) / 2) / u, (u, 1, oo))).is_number


def test_no_memory_is_no_crash(monkeypatch):
    def exhausted(node, point):
        raise MemoryError

    monkeypatch.setattr(second_method, "_by_sympy", exhausted)
    claim = equal("a", sp.Sum(1 / n**2, (n, 1, oo)), 2)
    assert claim.verdict is UNDECIDED


@pytest.mark.parametrize(
    ("integral", "value"),
    [
        (sp.Integral(1 / (1 + u**2), (u, 0, oo)), sp.pi / 2),
        (sp.Integral(1 / u**3, (u, 2, oo)), sp.Rational(1, 8)),
        (sp.Integral(1 / (2 - REAL) ** 2, (REAL, -oo, 1)), 1),
        (sp.Integral((1 + REAL) / (1 + (REAL - 3) ** 2) ** 2, (REAL, -oo, oo)), 2 * sp.pi),
    ],
    ids=["half line", "from 2", "from -oo", "line"],
)
def test_balls_enclose_rational_functions_to_infinity(integral, value, monkeypatch):
    """Where SymPy has no say."""

    def unknown(node, point):
        raise Stuck("no rule")

    monkeypatch.setattr(second_method, "_by_sympy", unknown)
    assert equal("a", integral, value).verdict is not FAILED
    assert equal("a", integral, value + sp.Rational(1, 1000)).verdict is FAILED
