"""Balls: against closed forms, mpmath, reference numbers and the float kernels; and what they refuse."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import flint
import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from scipy import stats

from gantheory import certified, divergences
from gantheory.certified import integrate as rigorous
from gantheory.certified import kernels, panels, printer
from gantheory.certified.families import distribution
from gantheory.certified.integrand import PanelIntegrand
from gantheory.certified.tails import Outer, Strip
from gantheory.certified.terms import Factor, LogTerm, combine, evaluator
from gantheory.densities import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    StudentT,
    Triangular,
    Uniform,
    as_density,
)
from gantheory.divergences import kernels as float_kernels
from gantheory.divergences.pair import PairValues
from gantheory.errors import NotCertifiable

P, Q = sp.symbols("p q", positive=True)
TWO_BUMPS = Mixture((Normal(-2, "0.5"), Normal(2, "0.5")), ("0.5", "0.5"))
HALF_HALF = (Fraction(1, 2), Fraction(1, 2))

JSD = certified.js_divergence
KL = certified.kl_divergence
TV = certified.total_variation
C = certified.virtual_training_criterion


def agrees(ball, text, places=29):
    """The ball and a decimal string of correct digits overlap, and the ball is narrow."""
    with flint.ctx.workdps(80):
        given = flint.arb(text)
        slack = abs(given) * flint.arb(10) ** -places
        return bool((ball.arb - given).abs_upper() <= slack)


def mp_of(ball):
    with flint.ctx.workdps(120):
        return mp.mpf(ball.arb.mid().str(110, radius=False))


# --- numbers -------------------------------------------------------------------------------------

REFERENCE = [
    (JSD, Normal(0, 1), Normal(1, 1), "0.11142148218473617971723681221756"),
    (JSD, Normal(0, 1), Normal(2, 1), "0.33683082034683161200480479998289"),
    (JSD, Normal(0, 1), Normal(4, 1), "0.63272019373686698165901059430098"),
    (JSD, Normal(0, 1), Normal("0.001", 1), "0.00000012499998437500260416585286500651"),
    (JSD, Normal(0, 1), Normal(0, 2), "0.092733381666412534221225243392267"),
    (JSD, TWO_BUMPS, Normal(0, 1), "0.36629495223794899162154841164687"),
    (JSD, Laplace(0, 1), Normal(0, 1), "0.021930395883506034291037680444501"),
    (JSD, Laplace(0, 1), Laplace(1, 1), "0.088519640201274790720650950504147"),
    (JSD, Exponential(1), Exponential(2), "0.053781946088294561306197290649423"),
    (JSD, Triangular(0, "0.5", 1), Uniform(0, 1), "0.053781946088294561306197290649423"),
    (JSD, Uniform(0, 1), Uniform(0, 2), "0.21576155433883569557941425449537"),
    (JSD, Uniform(0, 1), Uniform(2, 3), "0.69314718055994530941723212145818"),
    (C, Normal(0, 1), Normal(1, 2), "-1.1299444150110945979848280913663"),
    (C, Cauchy(0, 1), Normal(0, 1), "-1.2199541814639698038402401494254"),
    (TV, Normal(0, 1), Normal(1, 1), "0.38292492254802620727540922121668"),
    (TV, Normal(0, 1), Normal("0.001", 1), "0.00039894226377883828456087905433894"),
    (TV, Normal(0, 1), Normal(0, 2), "0.32267456883476866475220485129510"),
    (TV, TWO_BUMPS, Normal(0, 1), "0.72639801207731343511785233227695"),
    (TV, Laplace(0, 1), Normal(0, 1), "0.11747367725709780876064216960886"),
    (TV, Laplace(0, 1), Laplace(1, 1), "0.39346934028736657639620046500882"),
    (TV, Uniform(0, 1), Uniform("0.5", "1.5"), "0.5"),
    (KL, Normal(0, 2), Normal(0, 1), "0.80685281944005469058276787854182"),
    (KL, Normal(0, 1), TWO_BUMPS, "3.0760911760418587091052349682822"),
    (KL, Normal(0, 1), Laplace(0, 1), "0.072093208158137923516794504921323"),
    (KL, Normal(0, 1), Cauchy(0, 1), "0.25924453248886226361821582029442"),
    (KL, Cauchy(0, 1), Cauchy(2, 1), "0.69314718055994530941723212145818"),
    (KL, Triangular(0, "0.5", 1), Uniform(0, 1), "0.19314718055994530941723212145818"),
    (certified.pearson_chi2, Normal(0, 1), Normal(1, 2), "0.74402634150968519451935569797629"),
    (certified.jeffreys_divergence, Normal(0, 1), Normal(1, 1), "1"),
    (certified.squared_hellinger, Normal(0, 1), Normal(1, 1), "0.11750309741540459713510785677095"),
]


@pytest.mark.parametrize(
    ("function", "p", "q", "value"),
    REFERENCE,
    ids=[f"{r[0].__name__}-{i}" for i, r in enumerate(REFERENCE)],
)
def test_reference_numbers(function, p, q, value):
    ball = function(p, q)
    assert agrees(ball, value)
    assert ball.rad <= 1e-30 * abs(float(ball))


def test_moment_matched_criterion():
    # the variance is 4.25, its root irrational: what is certified is the float, and 15 digits agree
    ball = C(TWO_BUMPS, Normal(0, math.sqrt(4.25)))
    assert agrees(ball, "-0.98432297938346012817016529120214", places=15)


@pytest.mark.parametrize(
    ("loc", "s1", "s2"), [(2, 1, 1), (1, 1, 3), ("1e-6", 1, 1), (1000, 1, "0.01")]
)
def test_cauchy_closed_forms(loc, s1, s2):
    with mp.workdps(60):
        d, a, b = mp.mpf(str(loc)), mp.mpf(str(s1)), mp.mpf(str(s2))
        r = mp.sqrt(d**2 + (a + b) ** 2)
        jsd = mp.log(2 * r / (r + 2 * mp.sqrt(a * b)))
        kl = mp.log(r**2 / (4 * a * b))
        p, q = Cauchy(0, s1), Cauchy(str(loc), str(s2))
        assert abs(mp_of(JSD(p, q)) / jsd - 1) < mp.mpf(10) ** -29
        assert abs(mp_of(KL(p, q)) / kl - 1) < mp.mpf(10) ** -29
        assert abs(mp_of(certified.reverse_kl_divergence(p, q)) / kl - 1) < mp.mpf(10) ** -29


@pytest.mark.parametrize("mu", ["0.25", "1", "7"])
def test_laplace_shift_closed_form(mu):
    with mp.workdps(60):
        c = mp.exp(-mp.mpf(mu) / 2)
        jsd = (
            mp.log(2 / (1 + c**2)) / 2
            + c**2 / 2 * mp.log(2 / (1 + c**-2))
            + (
                (1 - c**2) * mp.log(2)
                - mp.log(1 + c**2)
                - 2 * c * mp.atan(1 / c)
                + c**2 * mp.log(1 + c**-2)
                + 2 * c * mp.atan(c)
            )
            / 2
        )
        p, q = Laplace(0, 1), Laplace(mu, 1)
        assert abs(mp_of(JSD(p, q)) / jsd - 1) < mp.mpf(10) ** -29
        assert abs(mp_of(TV(p, q)) / (1 - c) - 1) < mp.mpf(10) ** -29


@pytest.mark.parametrize("mu", ["1e-30", "1e-8", "0.5", "6", "30"])
def test_normal_shift_closed_forms(mu):
    with mp.workdps(100):
        m = mp.mpf(mu)
        p, q = Normal(0, 1), Normal(mu, 1)
        for function, truth in (
            (KL, m**2 / 2),
            (certified.jeffreys_divergence, m**2),
            (TV, mp.erf(m / (2 * mp.sqrt(2)))),
            (certified.squared_hellinger, -mp.expm1(-(m**2) / 8)),
            (certified.pearson_chi2, mp.expm1(m**2)),
            (certified.neyman_chi2, mp.expm1(m**2)),
        ):
            assert abs(mp_of(function(p, q)) / truth - 1) < mp.mpf(10) ** -29, function.__name__


def test_uniform_against_a_zero_of_the_model():
    # KL(U ‖ Triangular) = 1 - log 2: log q is unbounded at both ends
    assert KL(Uniform(0, 1), Triangular(0, "0.5", 1)).overlaps(1 - certified.log(2))
    # vertical side: q = 2 (1 - x) on [0, 1], KL(U ‖ q) = 1 - log 2
    assert KL(Uniform(0, 1), Triangular(0, 0, 1)).overlaps(1 - certified.log(2))
    # ∫ p²/q with p = 6x(1 - x)-like corners: Triangular(0, 1, 1) = 2x against Triangular(0, 0.5, 1)
    ball = certified.pearson_chi2(Triangular(0, "0.5", 1), Triangular(0, 0, 1))
    with mp.workdps(40):  # on [0, 1/2]: (4x)²/(2(1-x)), then 16(1-x)²/(2(1-x))
        low = 8 * (mp.log(2) - mp.mpf(5) / 8)
        assert abs(mp_of(ball) - (low + 1 - 1)) < mp.mpf(10) ** -29


def logpdf(density, x):
    """log density in mpmath from the parameters."""
    if hasattr(density, "components"):
        total = mp.mpf(0)
        for w, c in zip(density.exact_weights, density.components, strict=True):
            total += mp.mpf(w.numerator) / w.denominator * mp.exp(logpdf(c, x))
        return mp.log(total)
    e = {k: mp.mpf(v.numerator) / v.denominator for k, v in density.exact.items()}
    if isinstance(density, Exponential):
        return mp.log(e["rate"]) - e["rate"] * x
    z = (x - e["loc"]) / e["scale"]
    if isinstance(density, Normal):
        return -z * z / 2 - mp.log(e["scale"] * mp.sqrt(2 * mp.pi))
    if isinstance(density, Laplace):
        return -abs(z) - mp.log(2 * e["scale"])
    df = e.get("df", mp.mpf(1))
    norm = mp.loggamma((df + 1) / 2) - mp.loggamma(df / 2) - mp.log(mp.pi * df) / 2
    return norm - (df + 1) / 2 * mp.log(1 + z * z / df) - mp.log(e["scale"])


MPMATH = [
    (Normal(0, 1), Normal("1.5", "0.7")),
    (StudentT(5, 0, 1), Normal(1, 1)),
    (StudentT("4"), StudentT("2.5", 1, 2)),
    (Mixture((Normal(-1, "0.6"), Laplace(2, 1)), ("0.25", "0.75")), Normal(0, 2)),
    (Mixture((Cauchy(0, 1), Normal(1, 1)), ("0.5", "0.5")), Cauchy(1, 1)),
]


@pytest.mark.parametrize(("p", "q"), MPMATH)
def test_against_mpmath(p, q):
    with mp.workdps(18):

        def integral(kernel):
            marks = sorted(
                {float(c.exact["loc"]) for d in (p, q) for c in getattr(d, "components", [d])}
            )
            points = [-mp.inf, *(mp.mpf(m) for m in marks), mp.inf]
            far = [-(mp.mpf(10) ** k) for k in (30, 12, 5, 2, 1)]
            points = [*far, *points[1:-1], *[-x for x in reversed(far)]]
            points = sorted(set(points))
            total = mp.mpf(0)
            for a, b in pairwise(points):
                if a > 0 and b / a > 5:
                    total += mp.quad(
                        lambda u: kernel(mp.exp(u)) * mp.exp(u),
                        mp.linspace(mp.log(a), mp.log(b), 5),
                    )
                elif b < 0 and a / b > 5:
                    total += mp.quad(
                        lambda u: kernel(-mp.exp(u)) * mp.exp(u),
                        mp.linspace(mp.log(-b), mp.log(-a), 5),
                    )
                else:
                    total += mp.quad(kernel, mp.linspace(a, b, 3))
            return total

        def jsd(x):
            lp, lq = logpdf(p, x), logpdf(q, x)
            f, g = mp.exp(lp), mp.exp(lq)
            return (
                f * mp.log(2 / (1 + mp.exp(lq - lp))) + g * mp.log(2 / (1 + mp.exp(lp - lq)))
            ) / 2

        def kl(x):
            lp, lq = logpdf(p, x), logpdf(q, x)
            return mp.exp(lp) * (lp - lq)

        assert abs(integral(jsd) / mp_of(JSD(p, q, 16)) - 1) < 1e-13
        assert abs(integral(kl) / mp_of(KL(p, q, 16)) - 1) < 1e-13


# --- agreement with the float functionals --------------------------------------------------------

FLOAT = {
    kernels.JENSEN_SHANNON.name: (float_kernels.jensen_shannon, 1, (0, 0)),
    kernels.CRITERION.name: (float_kernels.criterion, 1, (0, 0)),
    kernels.TOTAL_VARIATION.name: (float_kernels.total_variation, 1, (0, 0)),
    kernels.HELLINGER.name: (float_kernels.hellinger, 1, (0, 0)),
    kernels.TRIANGULAR.name: (float_kernels.triangular, 1, (0, 0)),
    kernels.KULLBACK_LEIBLER.name: (float_kernels.kullback_leibler, 1, (-1, 1)),
    kernels.REVERSE_KULLBACK_LEIBLER.name: (float_kernels.reverse_kullback_leibler, 1, (1, -1)),
    kernels.JEFFREYS.name: (float_kernels.jeffreys, 1, (0, 0)),
    kernels.PEARSON.name: (float_kernels.power(2.0), 2, (0, 0)),
    kernels.NEYMAN.name: (lambda v: float_kernels.power(2.0)(float_kernels.mirrored(v)), 2, (0, 0)),
}
ALL = [
    kernels.JENSEN_SHANNON,
    kernels.CRITERION,
    kernels.TOTAL_VARIATION,
    kernels.HELLINGER,
    kernels.TRIANGULAR,
    kernels.KULLBACK_LEIBLER,
    kernels.REVERSE_KULLBACK_LEIBLER,
    kernels.JEFFREYS,
    kernels.PEARSON,
    kernels.NEYMAN,
]


def ball_at(kernel, log_p, log_q):
    """The kernel in balls at exact log p, log q."""
    a, b = flint.arb(log_p), flint.arb(log_q)
    larger, smaller = (a, b) if log_p > log_q else (b, a)
    pair = kernels.Pair(
        larger=flint.acb(larger.exp()),
        ratio=flint.acb(smaller - larger),
        p_larger=log_p > log_q,
        analytic=False,
        log_larger=lambda: flint.acb(larger),
        weight=flint.acb(1),
    )
    value = kernel.values(pair).real
    value = abs(value) if kernel.modulus else value
    return value + kernel.constant[0] * a.exp() + kernel.constant[1] * b.exp()


@pytest.mark.parametrize("kernel", ALL, ids=lambda k: k.name)
def test_kernels_agree_with_the_float_kernels_at_random_points(kernel):
    rng = np.random.default_rng(5)
    log_p = rng.uniform(-8, 2, 300)
    log_q = log_p - rng.choice([-1.0, 1.0], 300) * 10.0 ** rng.uniform(-9, 1, 300)
    a = log_p - log_q
    zero = np.zeros_like(a)
    make, factor, (c_p, c_q) = FLOAT[kernel.name]
    # the logit carries the rounding of the subtraction, in the ball it is exact
    value, rounding = make(
        PairValues(log_p, log_q, a, zero, zero, np.spacing(np.abs(log_p) + np.abs(log_q)))
    )
    with flint.ctx.workprec(200):
        for k in range(len(a)):
            ball = ball_at(kernel, float(log_p[k]), float(log_q[k]))
            ball = (
                ball
                + c_p * flint.arb(float(log_p[k])).exp()
                + c_q * flint.arb(float(log_q[k])).exp()
            )
            assert (
                abs(float(ball.mid()) - factor * value[k]) <= 4 * factor * rounding[k] + 1e-300
            ), (log_p[k], a[k])


PAIRS = [
    (Normal(0, 1), Normal(0.3, 1.7)),
    (Normal(0, 1), Normal(1e-8, 1)),
    (Normal(0, 1), Normal(6, 1)),
    (Laplace(0.1, 2), Normal(1, 2)),
    (Exponential(0.7), Mixture((Exponential(2), Exponential(0.3)), (0.25, 0.75))),
    (StudentT(3), StudentT(4, 0.5, 1.25)),
    (Cauchy(0, 1), Cauchy(0.5, 3)),
    (Triangular(0, 1, 2), Triangular(0, 0.5, 2)),
    (Uniform(0, 1), Uniform(-1, 3)),
]
PUBLIC = [
    "js_divergence",
    "total_variation",
    "squared_hellinger",
    "kl_divergence",
    "jeffreys_divergence",
    "pearson_chi2",
    "triangular_discrimination",
    "bhattacharyya_coefficient",
]


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize(("p", "q"), PAIRS)
def test_estimates_overlap(name, p, q):
    estimate = getattr(divergences, name)(p, q)
    if math.isinf(float(estimate)):
        with pytest.raises(NotCertifiable, match=r"is \+inf"):
            getattr(certified, name)(p, q)
        return
    ball = getattr(certified, name)(p, q, 16)
    assert abs(float(ball) - float(estimate)) <= float(estimate.error) + ball.rad + 2e-16 * abs(
        float(ball)
    )
    assert not {r[1] for r in ball.route} & {r[1] for r in estimate.route}


def test_random_mixtures():
    rng = np.random.default_rng(3)

    def draw():
        k = int(rng.integers(2, 5))
        weights = rng.integers(1, 9, k)
        parts = [
            Normal(float(rng.normal() * 3), float(rng.uniform(0.2, 2)))
            if rng.random() < 0.7
            else Laplace(float(rng.normal() * 3), float(rng.uniform(0.2, 2)))
            for _ in range(k)
        ]
        return Mixture(parts, [Fraction(int(w), int(weights.sum())) for w in weights])

    for _ in range(3):
        p, q = draw(), draw()
        js, tv, h2, c = (f(p, q, 15) for f in (JSD, TV, certified.squared_hellinger, C))
        estimate = divergences.js_divergence(p, q)
        assert abs(float(js) - float(estimate)) <= float(estimate.error) + js.rad + 1e-16
        assert (c + certified.log(4)).overlaps(2 * js)  # C = 2 JSD - log 4, two enclosures
        assert float(h2) <= float(tv) <= math.sqrt(2 * float(h2))
        assert JSD(q, p, 15).overlaps(js)


# --- accuracy ------------------------------------------------------------------------------------


@pytest.mark.parametrize("digits", [1, 5, 15, 30, 60, 100])
def test_digits_are_honoured(digits):
    for function in (JSD, TV):
        ball = function(Normal(0, 1), Normal(1, 1), digits)
        with flint.ctx.workdps(200):
            assert ball.arb.rad() <= abs(ball.arb.mid()) * flint.arb(10) ** -digits * flint.arb(
                "1.001"
            )
    assert ball.digits == digits


@pytest.mark.parametrize("digits", [0, -3, 501, 2.0, True, "30"])
def test_digits_are_checked(digits):
    with pytest.raises(ValueError, match="write an int between"):
        JSD(Normal(), Normal(1), digits)


def test_more_digits_lie_within_fewer():
    rough, fine = JSD(Laplace(0, 1), Cauchy(0, 1), 10), JSD(Laplace(0, 1), Cauchy(0, 1), 40)
    assert rough.contains(fine)
    assert not fine.contains(rough)


def test_working_precision_is_restored():
    before = flint.ctx.prec
    JSD(Normal(), Normal(1))
    with pytest.raises(NotCertifiable):
        KL(Cauchy(), Normal())
    assert flint.ctx.prec == before


def test_floats_mean_their_binary_values():
    exact, rounded = JSD(Normal(0, 1), Normal("0.1", 1)), JSD(Normal(0, 1), Normal(0.1, 1))
    assert not exact.overlaps(rounded)
    assert rounded.overlaps(JSD(Normal(0, 1), Normal(Fraction(0.1), 1)))


def test_affine_invariance_at_large_offsets():
    here = JSD(Normal(0, 1), Laplace(1, 1))
    there = JSD(Normal(10**11, 1000), Laplace(10**11 + 1000, 1000))
    assert here.overlaps(there)


def test_equal_laws_are_exactly_zero():
    divergences = {*PUBLIC, "neyman_chi2", "reverse_kl_divergence"} - {"bhattacharyya_coefficient"}
    for name in divergences:
        ball = getattr(certified, name)(
            TWO_BUMPS, Mixture((Normal(2, 0.5), Normal(-2, 0.5)), HALF_HALF)
        )
        assert ball.arb == 0
        assert ball.rad == 0
    assert C(Normal(), Normal()).overlaps(-certified.log(4))
    assert JSD(StudentT(1, 2, 3), Cauchy(2, 3)).arb == 0


def test_huge_and_tiny_values():
    assert float(C(Normal(0, 1), Normal(40, 1))) < 0  # 1e-88, not 0
    far = certified.pearson_chi2(Normal(0, 1), Normal(20, 1))
    with mp.workdps(60):
        assert abs(mp_of(far) / mp.expm1(400) - 1) < mp.mpf(10) ** -29
    with pytest.raises(NotCertifiable, match="too large"):
        certified.pearson_chi2(Normal(0, 1), Normal(10**4, 1))
    with pytest.raises(NotCertifiable, match="distinguished from 0"):
        C(Normal(0, 1), Normal(10**3, 1))


def test_routes_differ_by_functional():
    routes = {next(iter(getattr(certified, name)(Normal(), Normal(1), 5).route)) for name in PUBLIC}
    assert len(routes) == len(PUBLIC)
    assert all(integrator == "balls" for integrator, _ in routes)


# --- what lies outside ---------------------------------------------------------------------------

START = Fraction(8)
TERMS = {
    "gaussian": LogTerm(flint.arb(0), (Fraction(-1, 3), Fraction(-1, 5), Fraction(-1, 2))),
    "exponential": LogTerm(flint.arb(1), (Fraction(1), Fraction(-2, 3), Fraction(0))),
    "power": LogTerm(
        flint.arb(0), factors=(Factor(Fraction(-7, 2), (Fraction(2), Fraction(1), Fraction(1, 2))),)
    ),
    "mixed": LogTerm(
        flint.arb(0),
        (Fraction(0), Fraction(-1), Fraction(0)),
        (Factor(Fraction(1), (Fraction(1), Fraction(0), Fraction(1))),),
    ),
}


def mp_term(term, y):
    c = [mp.mpf(x.numerator) / x.denominator for x in term.polynomial]
    value = mp.mpf(float(term.level)) + c[0] + c[1] * y + c[2] * y * y
    for f in term.factors:
        d = [mp.mpf(x.numerator) / x.denominator for x in f.inside]
        value += (
            mp.mpf(f.power.numerator) / f.power.denominator * mp.log(d[0] + d[1] * y + d[2] * y * y)
        )
    return value


@pytest.mark.parametrize("name", TERMS)
def test_outer_bounds_are_bounds_and_not_far_off(name):
    term, region = TERMS[name], Outer(START)
    truth = mp.quad(lambda y: mp.exp(mp_term(term, y)), [8, 9, 11, 20, 100, mp.inf])
    assert truth <= float(region.integral(term)) <= 2.5 * truth
    for other in (TERMS["gaussian"], TERMS["exponential"], TERMS["power"]):
        logs = mp.quad(
            lambda y, o=other: mp.exp(mp_term(term, y)) * abs(mp_term(o, y)),
            [8, 9, 11, 20, 100, 10**4, mp.inf],
        )
        bound = region.log_integral(term, other)
        assert bound is not None
        assert logs <= float(bound) <= 100 * logs


def test_outer_refuses_what_does_not_fall():
    rising = LogTerm(flint.arb(0), (Fraction(0), Fraction(1), Fraction(0)))
    slow = LogTerm(
        flint.arb(0), factors=(Factor(Fraction(-1, 2), (Fraction(1), Fraction(0), Fraction(1))),)
    )
    beyond = LogTerm(
        flint.arb(0), factors=(Factor(Fraction(-2), (Fraction(26), Fraction(-10), Fraction(1))),)
    )
    assert Outer(START).integral(rising) is None
    assert Outer(START).integral(slow) is None
    assert Outer(START).integral(beyond) is None  # its centre, 5, lies in the region
    assert not Outer(START).integrable(slow)


def test_strip_bounds_are_bounds_and_not_far_off():
    zero = LogTerm(
        flint.arb(0),
        (Fraction(0), Fraction(1), Fraction(0)),
        (Factor(Fraction(1), (Fraction(0), Fraction(2), Fraction(0))),),
    )
    plain = TERMS["exponential"]
    region = Strip(Fraction(1, 100))
    for term in (zero, plain):
        truth = mp.quad(lambda y, t=term: mp.exp(mp_term(t, y)), [0, 0.01])
        assert truth <= float(region.integral(term)) <= 1.1 * truth
        for other in (zero, plain):
            logs = mp.quad(
                lambda y, t=term, o=other: mp.exp(mp_term(t, y)) * abs(mp_term(o, y)),
                [0, 1e-6, 1e-3, 0.01],
            )
            assert logs <= float(region.log_integral(term, other)) <= 1.5 * logs
    pole = combine((-1, zero))
    assert region.integral(pole) is None
    assert not region.integrable(pole)


SMALL_BOX = [
    (kernels.JENSEN_SHANNON, Normal(0, 1), Normal(1, 2)),
    (kernels.TOTAL_VARIATION, Laplace(0, 1), Cauchy(1, 1)),
    (kernels.CRITERION, Triangular(0, 1, 2), Uniform(0, 2)),
    (kernels.HELLINGER, StudentT(3), TWO_BUMPS),
    (kernels.KULLBACK_LEIBLER, Normal(0, 1), TWO_BUMPS),
    (kernels.KULLBACK_LEIBLER, StudentT(4), Laplace(0, 1)),
    (kernels.KULLBACK_LEIBLER, Uniform(0, 1), Triangular(0, 0, 1)),
    (kernels.REVERSE_KULLBACK_LEIBLER, Cauchy(0, 1), StudentT(3, 1)),
    (kernels.JEFFREYS, Laplace(0, 1), Normal(0, 2)),
    (kernels.PEARSON, StudentT(5), StudentT(3)),
    (kernels.PEARSON, Laplace(0, 1), Mixture((Laplace(1, 2), Normal(0, 1)), HALF_HALF)),
    (kernels.NEYMAN, Exponential(1), Exponential(2)),
]


@pytest.mark.parametrize(("kernel", "p", "q"), SMALL_BOX)
@pytest.mark.parametrize("reach", [14, 20, 40])
def test_a_box_that_is_too_small_makes_the_ball_wide_not_wrong(monkeypatch, kernel, p, q, reach):
    """The bound of what lies outside has to carry the whole difference."""
    truth = rigorous.attempt(kernel, distribution(p), distribution(q), 25)
    stopped = panels._search

    def search(side, region, small):
        k = min(reach, int(stopped(side, region, small)[0] * panels.STEPS) - 3)
        while kernel.outside(region(k), side.p, side.q) is None:
            k += 1
        return Fraction(k, panels.STEPS), region(k)

    monkeypatch.setattr(panels, "_search", search)
    wide = rigorous.attempt(kernel, distribution(p), distribution(q), 25)
    assert wide.contains(truth)
    assert wide.rad() > 1e6 * truth.rad()
    # and a ball without it would have been wrong
    monkeypatch.setattr(rigorous, "spanned", lambda most, sign: flint.arb(0))
    assert not rigorous.attempt(kernel, distribution(p), distribution(q), 25).overlaps(truth)


# --- analyticity ---------------------------------------------------------------------------------

# e^ACROSS is about -3, so that 1 + e^ACROSS crosses the negative axis and stays away from 0
ACROSS = flint.acb(flint.arb(math.log(3), 0.1), flint.arb(math.pi, 0.1))


@pytest.mark.parametrize(
    "kernel", [kernels.JENSEN_SHANNON, kernels.CRITERION], ids=lambda k: k.name
)
def test_kernels_are_not_finite_where_they_are_not_analytic(kernel):
    def value(analytic):
        pair = kernels.Pair(
            flint.acb(1), ACROSS, True, analytic, lambda: flint.acb(0), flint.acb(1)
        )
        return kernel.values(pair)

    assert not value(True).is_finite()
    assert value(False).is_finite()


def test_terms_are_not_finite_across_a_branch_cut():
    """log(1 + y²) on a ball around 2i, left of which 1 + y² is a negative number."""
    term = LogTerm(
        flint.arb(0), factors=(Factor(Fraction(-1), (Fraction(1), Fraction(0), Fraction(1))),)
    )
    ball = flint.acb(flint.arb(0, 0.1), flint.arb(2, 0.1))
    assert not evaluator(term, Fraction(1))(ball, None, True).is_finite()
    assert evaluator(term, Fraction(1))(ball, None, False).is_finite()
    assert not evaluator(term, Fraction(1), far=True)(
        flint.acb(flint.arb(0, 0.1), flint.arb(0.5, 0.1)),
        flint.acb(flint.arb(0, 0.1), flint.arb(1.6, 0.1)),
        True,
    ).is_finite()


def test_mixtures_are_not_finite_across_a_branch_cut():
    """1 + 2 e^16y is about -0.8 at y = (-0.1 + iπ) / 16, where each term alone is below 1."""
    third = Fraction(1, 3)
    bumps = Mixture((Normal(-2, "0.5"), Normal(2, "0.5"), Normal(2, "0.5")), (third, third, third))
    terms, one = (distribution(d).terms_on(None, None) for d in (bumps, Normal(0, 1)))
    ball = flint.acb(flint.arb(-0.1 / 16, 0.001), flint.arb(math.pi / 16, 0.001))
    for kernel in (kernels.KULLBACK_LEIBLER, kernels.JEFFREYS, kernels.HELLINGER):
        for pair in ((terms, one), (one, terms)):
            integrand = PanelIntegrand(panels.Panel(*pair, "stretch", Fraction(1)), kernel)
            assert not integrand(ball, True).is_finite()
            assert integrand(ball, False).is_finite()


@pytest.mark.parametrize(
    "expression",
    [
        sp.log(P + Q),
        sp.sqrt(P + Q),
        (P + Q) ** sp.Rational(1, 3),
        sp.atanh(P + Q),
        sp.atanh(-P - Q),
    ],
)
def test_printed_functions_are_not_finite_across_a_branch_cut(expression):
    at = flint.acb(flint.arb(-2, 1), flint.arb(0, 1))
    values = {P: at, Q: flint.acb(0)}
    if expression in (sp.atanh(P + Q), -sp.atanh(P + Q)):
        values[P] = -at
    logs = {P: lambda: flint.acb(0), Q: lambda: flint.acb(0)}
    function = printer.compiled(expression)
    assert not function(printer.Point(values, logs, analytic=True)).is_finite()


# --- expressions ---------------------------------------------------------------------------------


def test_expressions_of_the_standard_functionals():
    half = P * sp.log(2 * P / (P + Q)) / 2 + Q * sp.log(2 * Q / (P + Q)) / 2
    log2 = sp.log(2)
    for p, q in (
        (Normal(0, 1), Normal(1, 1)),
        (Uniform(0, 1), Uniform(0, 2)),
        (TWO_BUMPS, Normal(0, 1)),
    ):
        ball = certified.integral(half, p, q, bound=(log2, log2))
        assert ball.overlaps(JSD(p, q))
        assert not ball.route & JSD(p, q).route
    delta = certified.integral((P - Q) ** 2 / (P + Q), Normal(0, 1), Normal(1, 1), bound=(1, 1))
    assert agrees(delta, "0.40810853126700062512557967884799")


SHARE = P / (P + Q)
ENTROPY = -SHARE * sp.log(SHARE) - (1 - SHARE) * sp.log(1 - SHARE)


@pytest.mark.parametrize(
    ("expression", "plainly"),
    [
        (Q * sp.sqrt(1 - SHARE), Q * sp.sqrt(Q / (P + Q))),
        pytest.param(
            (P + Q) / 2 * ENTROPY,
            -(P * sp.log(SHARE) + Q * sp.log(Q / (P + Q))) / 2,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            P * SHARE * sp.atanh((Q - P) / (Q + P)) * (1 - SHARE),
            P * P * Q * sp.log(Q / P) / 2 / (P + Q) ** 2,
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_difference_that_vanishes_far_out_costs_no_evaluations(monkeypatch, expression, plainly):
    """Far out Normal is so tiny beside Laplace that 1 - p/(p + q) has no digit left."""
    monkeypatch.setattr(rigorous, "EVALUATIONS", 20_000)
    pair = Laplace(0, 1), Normal(0, 1)
    found = certified.integral(expression, *pair, bound=(1, 1), digits=15)
    assert found.overlaps(certified.integral(plainly, *pair, bound=(1, 1), digits=15))
    assert found.rad < 1e-15
    monkeypatch.setattr(printer, "without_cancellation", lambda f: f)
    with pytest.raises(NotCertifiable, match="evaluations do not enclose"):
        certified.integral(expression, *pair, bound=(1, 1), digits=15)


def test_the_entropy_of_the_share_is_log_2_less_the_divergence():
    pair = Laplace(0, 1), Normal(0, 1)
    found = certified.integral((P + Q) / 2 * ENTROPY, *pair, bound=(1, 1), digits=15)
    assert found.overlaps(certified.log(2) - JSD(*pair, 20))


def test_what_balls_cannot_settle_ends_with_a_reason(monkeypatch):
    monkeypatch.setattr(rigorous, "EVALUATIONS", 2000)
    hidden = Q * sp.log(1 - sp.exp(-Q / (P + Q)))  # no rational function: it cannot be factored
    with pytest.raises(NotCertifiable, match=r"2000 evaluations .* loses its digits"):
        certified.integral(hidden, Laplace(0, 1), Normal(0, 1), bound=(1, 1), digits=15)


def test_symbols_are_known_by_name():
    p, q = sp.symbols("p q")
    ball = certified.integral(sp.sqrt(p * q), Normal(0, 1), Normal(1, 1), bound=(1, 1))
    with mp.workdps(50):
        assert abs(mp_of(ball) - mp.exp(mp.mpf(-1) / 8)) < mp.mpf(10) ** -29


def test_rationals_stay_rationals():
    ball = certified.integral(sp.Rational(1, 10) * P, Normal(0, 1), Normal(1, 1), bound=(1, 0))
    assert ball.contains(Fraction(1, 10))
    assert ball.rad < 1e-29


def test_an_integral_that_is_zero():
    ball = certified.integral(P - Q, Normal(0, 1), Uniform(0, 1), bound=(1, 1))
    assert ball.contains(0)
    assert ball.rad < 1e-60


def test_expressions_that_are_not_homogeneous():
    ball = certified.integral(P * Q, Normal(0, 1), Normal(1, 1), bound=(1, 0))
    with mp.workdps(50):
        assert abs(mp_of(ball) - mp.exp(mp.mpf(-1) / 4) / mp.sqrt(4 * mp.pi)) < mp.mpf(10) ** -29
    with pytest.raises(ValueError, match="exceeds its bound"):
        certified.integral(P * Q, Normal(0, "0.01"), Normal(0, "0.01"), bound=(1, 0))
    with pytest.raises(NotCertifiable, match="homogeneous"):
        certified.integral(P * Q, Uniform(0, 1), Uniform(0, 2), bound=(1, 0))


def test_printed_values_agree_with_numpy_at_random_points():
    expressions = [
        P * sp.log(2 * P / (P + Q)),
        (P - Q) ** 2 / (P + Q),
        sp.sqrt(P * Q),
        P * sp.tanh(Q) + sp.pi * Q ** sp.Rational(2, 3),
        P * sp.atanh((P - Q) / (P + Q)),
        sp.exp(-P) * Q / (1 + Q),
    ]
    rng = np.random.default_rng(0)
    for expression in expressions:
        function, numeric = printer.compiled(expression), sp.lambdify((P, Q), expression, "numpy")
        for p, q in rng.uniform(0.01, 4, (20, 2)):
            ball = printer.at_point(function, Fraction(p), Fraction(q))
            assert float(ball.mid()) == pytest.approx(float(numeric(p, q)), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize(
    ("expression", "bound", "error", "message"),
    [
        ("p", (1, 1), TypeError, "never a string"),
        (0.5 * P, (1, 1), TypeError, "Floats"),
        (P * sp.Symbol("r"), (1, 1), TypeError, "only the symbols p and q"),
        (P, (0.5, 1), TypeError, "SymPy constant"),
        (P, (P, 1), TypeError, "no symbols"),
        (P, 1, TypeError, "c_p, c_q"),
        (P, (-1, 1), ValueError, "never negative"),
        (P, (0, 1), ValueError, "more than"),
        (P * sp.log(P / Q), (1, 1), ValueError, "more than"),
        (P * sp.sqrt(P - Q), (9, 9), ValueError, "not real"),
        (sp.Abs(P - Q), (1, 1), NotCertifiable, "kink"),
        (sp.Max(P, Q), (1, 1), NotCertifiable, "kink"),
        (P * sp.zeta(Q + 2), (2, 2), NotCertifiable, "no form in balls"),
    ],
)
def test_expressions_that_are_refused(expression, bound, error, message):
    with pytest.raises(error, match=message):
        certified.integral(expression, Normal(), Normal(1), bound=bound)


# --- other laws ----------------------------------------------------------------------------------


def test_discrete_laws():
    p, q = Discrete((Fraction(1, 2), Fraction(1, 2))), Discrete((1, 0))
    assert agrees(JSD(p, q), "0.21576155433883569557941425449537")
    assert TV(p, q).contains(Fraction(1, 2))
    with pytest.raises(NotCertifiable, match=r"\+inf"):
        KL(p, q)
    assert KL(q, p).overlaps(certified.log(2))
    r = Discrete((Fraction(1, 4), Fraction(3, 4)), (1.0, 5.0))
    assert TV(p, r).contains(Fraction(3, 4))  # they share the point 1 only
    assert certified.pearson_chi2(p, Discrete((Fraction(1, 4), Fraction(3, 4)))).contains(
        Fraction(1, 3)
    )


def test_the_plane():
    eye = ((1, 0), (0, 1))
    assert agrees(
        JSD(MultivariateNormal((0, 0), eye), MultivariateNormal((1, 1), eye)),
        "0.20134547158480514026107887",
        24,
    )
    p = MultivariateNormal((0, 0), ((1, "0.5"), ("0.5", 2)))
    q = MultivariateNormal((1, -1), (("1.5", "-0.3"), ("-0.3", "0.8")))
    assert agrees(KL(p, q), "1.3849847263070226533408474", 24)
    assert certified.jeffreys_divergence(p, q).overlaps(KL(p, q) + KL(q, p))
    # the formula in the plane against two integrals on the line
    q1, q2 = Normal(1, 3), Normal(-1, "0.5")
    flat, other = (
        MultivariateNormal((0, 0), eye),
        MultivariateNormal((1, -1), ((9, 0), (0, "0.25"))),
    )
    h1, h2 = (certified.squared_hellinger(Normal(), one) for one in (q1, q2))
    assert certified.squared_hellinger(flat, other).overlaps(1 - (1 - h1) * (1 - h2))
    assert KL(flat, other).overlaps(KL(Normal(), q1) + KL(Normal(), q2))
    with pytest.raises(NotCertifiable, match="reduces exactly"):
        JSD(p, q)
    # one mean, proportional covariances: Exp(1) against Exp(1/c)
    scaled = MultivariateNormal((0, 0), ((2, 1), (1, 4)))
    assert JSD(p, scaled).overlaps(JSD(Exponential(1), Exponential("0.5")))
    # the closed form of the plane against the integral of the line
    assert KL(p, scaled).overlaps(KL(Exponential(1), Exponential("0.5")))


def test_products():
    a, b, c = Normal(0, 1), Laplace(1, 1), Normal(1, 2)
    assert JSD(Product(a, b), Product(c, b)).overlaps(JSD(a, c))
    assert TV(Product(b, a), Product(b, c)).overlaps(TV(a, c))
    assert KL(Product(a, b), Product(c, a)).overlaps(KL(a, c) + KL(b, a))
    h1, h2 = certified.squared_hellinger(a, c), certified.squared_hellinger(b, a)
    assert certified.squared_hellinger(Product(a, b), Product(c, a)).overlaps(
        1 - (1 - h1) * (1 - h2)
    )
    x1, x2 = certified.pearson_chi2(a, c), certified.pearson_chi2(a, b)
    assert certified.pearson_chi2(Product(a, a), Product(c, b)).overlaps((1 + x1) * (1 + x2) - 1)
    with pytest.raises(NotCertifiable, match="reduces exactly"):
        TV(Product(a, b), Product(c, a))


@pytest.mark.parametrize(
    ("function", "p", "q", "message"),
    [
        (JSD, Normal(), Normal([0.0, 1.0], 1), "batch"),
        (JSD, Normal(), lambda x: x, "black box"),
        (JSD, Normal(), 3, "black box"),
        (JSD, Normal(), as_density(stats.gamma(2.5)), "no rigorous form"),
        (JSD, Normal(), Discrete((1,)), "discrete"),
        (JSD, Normal(), MultivariateNormal((0, 0), ((1, 0), (0, 1))), "dimensions"),
        (KL, Cauchy(), Normal(), r"\+inf"),
        (KL, StudentT(2), Normal(), r"\+inf"),
        (KL, StudentT(1), Laplace(), r"\+inf"),
        (KL, Uniform(0, 2), Uniform(0, 1), r"\+inf"),
        (KL, Normal(), Exponential(), r"\+inf"),
        (certified.reverse_kl_divergence, Normal(), Cauchy(), r"\+inf"),
        (certified.jeffreys_divergence, Normal(), Cauchy(), r"\+inf"),
        (certified.pearson_chi2, Laplace(), Normal(), r"\+inf"),
        (certified.pearson_chi2, Normal(0, 2), Normal(0, 1), r"\+inf"),
        (certified.pearson_chi2, StudentT(5), StudentT(11), r"\+inf"),
        (certified.pearson_chi2, Uniform(), Triangular(0, 0, 1), r"\+inf"),
        (certified.neyman_chi2, Normal(0, 1), Normal(1, 2), r"\+inf"),
        (certified.pearson_chi2, Exponential(1), Exponential(2), r"\+inf"),
    ],
)
def test_what_is_refused(function, p, q, message):
    with pytest.raises(NotCertifiable, match=message):
        function(p, q)


def test_just_inside_the_finite():
    assert float(KL(StudentT("2.25"), Normal(), 8)) > 0
    assert float(certified.pearson_chi2(StudentT(5), StudentT("9.5"), 8)) > 0
    assert float(certified.pearson_chi2(Exponential(1), Exponential("1.99"), 8)) > 0


def test_an_exception_in_an_integrand_is_not_a_system_error():
    broken = kernels.BallKernel(
        "broken",
        lambda v: 1 / 0,
        None,
        None,
        kernels.JENSEN_SHANNON.outside,
        bound=kernels.JENSEN_SHANNON.bound,
    )
    with pytest.raises(ZeroDivisionError):
        rigorous.attempt(broken, distribution(Normal()), distribution(Normal(1)), 10)


def test_what_is_left_around_a_zero_is_paid_for():
    """∫ |t - 1/3| on [0, 1] = 5/18, however coarsely the sign is settled."""

    def integrand(t, analytic):
        return t - flint.arb(1) / 3

    for tolerance in ("0.1", "1e-3", "1e-12"):
        with flint.ctx.workprec(200):
            third = flint.arb(1) / 3
            stretches, left = rigorous._settle_signs(integrand, flint.arb(1), flint.arb(tolerance))
            seen = sum((abs((a + b) / 2 - third) * (b - a) for a, b in stretches), flint.arb(0))
            assert (seen + left).contains(5 * third / 6)
            assert left.rad() <= flint.arb(tolerance)
            assert seen < 5 * third / 6  # without the rest the sum falls short
