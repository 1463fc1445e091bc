import math
from fractions import Fraction

import exact
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from gantheory import (
    alpha_divergence,
    certified,
    f_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    optimal_discriminator,
    pearson_chi2,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation,
    value_function,
    virtual_training_criterion,
    wasserstein_1,
)
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
    grid,
    ring,
)
from gantheory.divergences.cuts import cut_at_roots
from gantheory.errors import InvalidDensity, NotConverged
from gantheory.quadrature import Cells
from gantheory.testing import affine, strategies

inf, pi, log, exp = math.inf, math.pi, math.log, math.exp
N = Normal
LOG_2 = log(2)
EYE = ((1, 0), (0, 1))
HALF = Fraction(1, 2)
PAIR = Mixture((N(-2, 0.5), N(2, 0.5)), (0.5, 0.5))


def check(estimate, truth, relative):
    """The error bar covers the truth, and the true error is small; truth a decimal or mpf."""
    truth = mp.mpf(truth) if not isinstance(truth, Fraction) else exact.mpf(truth)
    off = abs(mp.mpf(float(estimate)) - truth)
    assert off <= mp.mpf(float(estimate.error)) + abs(truth) * mp.mpf(10) ** -24, (
        f"{estimate!r}: true error {float(off):.2e}, reported {float(estimate.error):.2e}"
    )
    assert off <= relative * abs(truth), f"{estimate!r}: relative {float(off / abs(truth)):.1e}"
    assert np.all(estimate.converged)


def covers(estimate, truth):
    off = abs(mp.mpf(float(estimate)) - mp.mpf(truth))
    assert off <= mp.mpf(float(estimate.error)) + abs(mp.mpf(truth)) * mp.mpf(10) ** -24, (
        f"{estimate!r}: true error {float(off):.2e}, reported {float(estimate.error):.2e}"
    )


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


# --- numbers known to 25 digits and more ----------------------------------------------------------


def criterion(p, q):
    return 2 * js_divergence(p, q) - 2 * LOG_2


def to_middle(p, q):
    """2 KL(m‖q)."""
    return 2 * kl_divergence(Mixture((p, q), (0.5, 0.5)), q)


def distance_squared(p, q):
    return 2 * squared_hellinger(p, q)


LINE = [
    (js_divergence, N(0, 1), N(1, 1), "0.11142148218473617971723681221756"),
    (total_variation, N(0, 1), N(1, 1), "0.38292492254802620727540922121668"),
    (js_divergence, N(0, 1), N(2, 1), "0.33683082034683161200480479998289"),
    (total_variation, N(0, 1), N(2, 1), "0.68268949213708589717046509126408"),
    (js_divergence, N(0, 1), N(4, 1), "0.63272019373686698165901059430098"),
    (total_variation, N(0, 1), N(4, 1), "0.95449973610364158559943472566693"),
    (js_divergence, N(0, 1), N(0, 2), "0.092733381666412534221225243392267"),
    (total_variation, N(0, 1), N(0, 2), "0.32267456883476866475220485129510"),
    (kl_divergence, N(0, 2), N(0, 1), "0.80685281944005469058276787854182"),
    (criterion, N(0, 1), N(1, 2), "-1.1299444150110945979848280913663"),
    (kl_divergence, N(0, 1), N(1, 2), "0.44314718055994530941723212145818"),
    (js_divergence, PAIR, N(0, 1), "0.36629495223794899162154841164687"),
    (total_variation, PAIR, N(0, 1), "0.72639801207731343511785233227695"),
    (kl_divergence, N(0, 1), PAIR, "3.0760911760418587091052349682822"),
    (js_divergence, Laplace(0, 1), N(0, 1), "0.021930395883506034291037680444501"),
    (total_variation, Laplace(0, 1), N(0, 1), "0.11747367725709780876064216960886"),
    (kl_divergence, N(0, 1), Laplace(0, 1), "0.072093208158137923516794504921323"),
    (criterion, Cauchy(0, 1), N(0, 1), "-1.2199541814639698038402401494254"),
    (kl_divergence, N(0, 1), Cauchy(0, 1), "0.25924453248886226361821582029442"),
    (kl_divergence, Cauchy(0, 1), Cauchy(2, 1), "0.69314718055994530941723212145818"),
    (js_divergence, Laplace(0, 1), Laplace(1, 1), "0.088519640201274790720650950504147"),
    (total_variation, Laplace(0, 1), Laplace(1, 1), "0.39346934028736657639620046500882"),
    (js_divergence, Exponential(1), Exponential(2), "0.053781946088294561306197290649423"),
    (wasserstein_1, Exponential(1), Exponential(2), "0.5"),
    (total_variation, Uniform(0, 1), Uniform(0.5, 1.5), "0.5"),
    (js_divergence, Uniform(0, 1), Uniform(0.5, 1.5), "0.34657359027997265470861606072909"),
    (js_divergence, Uniform(0, 1), Uniform(0, 2), "0.21576155433883569557941425449537"),
    (kl_divergence, Uniform(0, 1), Uniform(0, 2), "0.69314718055994530941723212145818"),
    (js_divergence, Uniform(0, 1), Uniform(2, 3), "0.69314718055994530941723212145818"),
    (js_divergence, Triangular(0, 0.5, 1), Uniform(), "0.053781946088294561306197290649423"),
    (kl_divergence, Triangular(0, 0.5, 1), Uniform(), "0.19314718055994530941723212145818"),
    (distance_squared, N(0, 1), N(1, 1), "0.23500619483080919427021571354190"),
    (jeffreys_divergence, N(0, 1), N(1, 1), "1"),
    (pearson_chi2, N(0, 1), N(1, 2), "0.74402634150968519451935569797629"),
    (to_middle, N(0, 1), N(1, 2), "0.18679723445114928856759596990809"),
    (wasserstein_1, N(0, 1), N(0, 2), "0.79788456080286535587989211986876"),
    (wasserstein_1, N(0, 1), N(1, 2), "1.16663094117537260"),
    (wasserstein_1, Laplace(0, 1), N(0, 1), "0.22081769775335357427381201014039"),
]


@pytest.mark.parametrize(("divergence", "p", "q", "truth"), LINE)
def test_known_numbers_on_the_line(divergence, p, q, truth):
    found = divergence(p, q)
    check(found, truth, 2e-12 if divergence is criterion else 1e-12)
    if divergence in (js_divergence, total_variation, distance_squared):
        check(divergence(q, p), truth, 1e-12)
    if divergence is kl_divergence:
        check(reverse_kl_divergence(q, p), truth, 1e-12)


def test_nearly_equal_and_nearly_disjoint_normals():
    step = Fraction(0.001)  # the float
    truth = exact.mpf(step**2 / 8 * (1 - step**2 / 8 + step**4 / 48))
    assert mp.almosteq(truth, mp.mpf("1.2499998437500260416585e-7"), 1e-13)
    check(js_divergence(N(0, 1), N(0.001, 1)), truth, 1e-12)
    gap = LOG_2 - js_divergence(N(0, 1), N(8, 1))
    assert abs(float(gap) - 0.000093535077025380572457910912447) <= float(gap.error) < 1e-12


def test_the_moment_matched_normal():
    q = N(0, math.sqrt(4.25))
    check(criterion(PAIR, q), mp.mpf("-0.98432297938346012817016529120214"), 1e-12)


RING = ring(8, 2, 0.25)
ANGLES = [(2, 0), (0, 2), (-2, 0), (0, -2)]
SQUARE = Mixture(
    tuple(MultivariateNormal(m, ((0.0625, 0), (0, 0.0625))) for m in ANGLES), (0.25,) * 4
)
MATCHED = MultivariateNormal((0, 0), ((2.0625, 0), (0, 2.0625)))
SLANTED = MultivariateNormal((0, 0), ((1, "0.8"), ("0.8", 1)))

PLANE = [
    (js_divergence, MultivariateNormal((0, 0), EYE), MultivariateNormal((1, 1), EYE),
     "0.20134547158480514026107887"),
    (js_divergence, SLANTED, MultivariateNormal((0, 0), EYE), "0.13364402329492427116937934"),
    (kl_divergence, MultivariateNormal((0, 0), EYE), SLANTED, "1.2669521540117870945722637"),
    (kl_divergence, MultivariateNormal((0, 0), ((1, 0.5), (0.5, 2))),
     MultivariateNormal((1, -1), ((1.5, "-0.3"), ("-0.3", "0.8"))), "1.3849847263070226533408474"),
    (js_divergence, RING, MATCHED, "0.34214100195962655194809243"),
    (kl_divergence, MATCHED, RING, "6.38136767457301148"),
    (js_divergence, RING, SQUARE, "0.21351834308743701884407619"),
]  # fmt: skip


@pytest.mark.parametrize(("divergence", "p", "q", "truth"), PLANE)
def test_known_numbers_in_the_plane(divergence, p, q, truth):
    found = divergence(p, q)
    off = abs(float(found) - float(truth))
    assert off <= float(found.error) + 1e-16
    assert off <= 1e-9 * float(truth)


@pytest.mark.slow
def test_the_blurred_grid():
    found = js_divergence(grid(5, 1, 0.2), grid(5, 1, 0.3))
    off = abs(float(found) - 0.055526545096787769957314986)
    assert off <= float(found.error)
    assert off <= 1e-9


# --- closed forms ---------------------------------------------------------------------------------

MEANS = st.integers(-40, 40).map(lambda k: k / 8)
SCALES = st.integers(1, 40).map(lambda k: k / 8)


def kl_normals(m_p, s_p, m_q, s_q):
    m_p, s_p, m_q, s_q = map(mp.mpf, (m_p, s_p, m_q, s_q))
    return mp.log(s_q / s_p) + (s_p**2 + (m_p - m_q) ** 2) / (2 * s_q**2) - mp.mpf(1) / 2


@settings(max_examples=15)
@given(MEANS, SCALES, MEANS, SCALES)
def test_normals(m_p, s_p, m_q, s_q):
    p, q = N(m_p, s_p), N(m_q, s_q)
    m, s, t = mp.mpf(m_p - m_q), mp.mpf(s_p), mp.mpf(s_q)
    kl, reverse = kl_normals(m_p, s_p, m_q, s_q), kl_normals(m_q, s_q, m_p, s_p)
    covers(kl_divergence(p, q), kl)
    covers(reverse_kl_divergence(p, q), reverse)
    covers(jeffreys_divergence(p, q), kl + reverse)
    affinity = mp.sqrt(2 * s * t / (s**2 + t**2)) * mp.exp(-(m**2) / (4 * (s**2 + t**2)))
    covers(squared_hellinger(p, q), 1 - affinity)
    wider = 2 * t**2 - s**2
    if wider > 0 and m**2 / wider < 600:  # beyond, it is more than float64 holds
        truth = t**2 / (s * mp.sqrt(wider)) * mp.exp(m**2 / wider) - 1
        found = pearson_chi2(p, q)
        covers(found, truth)
        assert float(found.error) <= 1e-9 * float(truth) + 1e-12
        covers(neyman_chi2(q, p), truth)
    elif wider <= 0:
        assert float(pearson_chi2(p, q)) == inf


@settings(max_examples=15)
@given(st.integers(1, 60).map(lambda k: k / 8), st.sampled_from((-2.0, -0.5, 0.25, 0.5, 1.5, 3.0)))
def test_powers_of_shifted_normals(shift, alpha):
    p, q = N(0, 1), N(shift, 1)
    a, m = mp.mpf(alpha), mp.mpf(shift)
    truth = mp.expm1(a * (a - 1) * m**2 / 2) / (a * (a - 1))
    found = alpha_divergence(p, q, alpha)
    covers(found, truth)
    assert float(found.error) <= 1e-9 * float(truth)
    if alpha > 0:
        check(renyi_divergence(p, q, alpha), a * m**2 / 2, 1e-11)
    covers(total_variation(p, q), mp.erf(m / (2 * mp.sqrt(2))))


@settings(max_examples=15)
@given(MEANS, SCALES, MEANS, SCALES)
def test_cauchys(m_p, s_p, m_q, s_q):
    p, q = Cauchy(m_p, s_p), Cauchy(m_q, s_q)
    m, s, t = mp.mpf(m_p - m_q), mp.mpf(s_p), mp.mpf(s_q)
    root = mp.sqrt(m**2 + (s + t) ** 2)
    for found in (kl_divergence(p, q), reverse_kl_divergence(p, q)):
        covers(found, mp.log(root**2 / (4 * s * t)))
        assert float(found.error) < 1e-11
    covers(js_divergence(p, q), mp.log(2 * root / (root + 2 * mp.sqrt(s * t))))


@settings(max_examples=15)
@given(st.integers(1, 200).map(lambda k: k / 8))
def test_shifted_laplaces(shift):
    m = mp.mpf(shift)
    c = mp.exp(-m / 2)
    truth = (
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
    p, q = Laplace(0, 1), Laplace(shift, 1)
    check(js_divergence(p, q), truth, 1e-12)
    check(total_variation(p, q), 1 - c, 1e-12)
    check(kl_divergence(p, q), m + mp.exp(-m) - 1, 1e-12)
    check(wasserstein_1(p, q), m, 1e-12)


@settings(max_examples=15)
@given(st.integers(1, 8).map(lambda k: k / 8), st.integers(9, 800).map(lambda k: k / 8))
def test_uniforms(shift, width):
    check(js_divergence(Uniform(0, 1), Uniform(shift, 1 + shift)), shift * mp.log(2), 1e-12)
    check(total_variation(Uniform(0, 1), Uniform(shift, 1 + shift)), shift, 1e-12)
    w = mp.mpf(width)
    truth = (mp.log(2 * w / (w + 1)) + mp.log(2 / (w + 1)) / w + (1 - 1 / w) * mp.log(2)) / 2
    check(js_divergence(Uniform(0, 1), Uniform(0, width)), truth, 1e-12)
    check(total_variation(Uniform(0, width), Uniform(0, 1)), 1 - 1 / w, 1e-12)
    check(kl_divergence(Uniform(0, 1), Uniform(0, width)), mp.log(w), 1e-12)


@settings(max_examples=15)
@given(SCALES, SCALES)
def test_exponentials(rate_p, rate_q):
    a, b = mp.mpf(rate_p), mp.mpf(rate_q)
    p, q = Exponential(rate_p), Exponential(rate_q)
    covers(kl_divergence(p, q), mp.log(a / b) + b / a - 1)
    covers(squared_hellinger(p, q), 1 - 2 * mp.sqrt(a * b) / (a + b))
    covers(wasserstein_1(p, q), abs(1 / a - 1 / b))
    chi2 = pearson_chi2(p, q)
    if 2 * rate_p > rate_q:
        covers(chi2, a**2 / (b * (2 * a - b)) - 1)
    else:
        assert float(chi2) == inf


def test_the_same_law_of_the_likelihood_ratio_gives_the_same_divergence():
    pairs = [
        (Exponential(1), Exponential(2)),
        (Triangular(0, 0.5, 1), Uniform(0, 1)),
        (Triangular(0, 0, 1), Uniform(0, 1)),
        (Triangular(-3, 5, 5), Uniform(-3, 5)),
    ]
    truth = (6 * mp.log(2) - mp.mpf(9) / 2 * mp.log(3) + 1) / 4
    for p, q in pairs:
        check(js_divergence(p, q), truth, 1e-12)
    check(
        js_divergence(Discrete((0.5, 0.5)), Discrete((1, 0))), mp.log(mp.mpf(4) / 3) * 3 / 4, 1e-14
    )


GENERATORS = {
    # f, f(0), f'(∞), and the divergence by name
    "TV": (lambda u: 0.5 * np.abs(u - 1), 0.5, 0.5, total_variation),
    "KL": (lambda u: u * np.log(u), 0.0, inf, kl_divergence),
    "reverse KL": (lambda u: -np.log(u), inf, 0.0, reverse_kl_divergence),
    "Pearson": (lambda u: (u - 1) ** 2, 1.0, inf, pearson_chi2),
    "Neyman": (lambda u: (1 - u) ** 2 / u, inf, 1.0, neyman_chi2),
    "Hellinger": (lambda u: (np.sqrt(u) - 1) ** 2, 1.0, 1.0, distance_squared),
    "Jeffreys": (lambda u: (u - 1) * np.log(u), inf, inf, jeffreys_divergence),
    "JS": (
        lambda u: u * np.log(u) - (u + 1) * np.log((u + 1) / 2),
        LOG_2,
        LOG_2,
        lambda p, q: 2 * js_divergence(p, q),
    ),
    "alpha 3": (
        lambda u: (u**3 - 1 - 3 * (u - 1)) / 6,
        1 / 3,
        inf,
        lambda p, q: alpha_divergence(p, q, 3.0),
    ),
}


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (N(0, 1), N(1, 1)),
        (Laplace(0, 1), Laplace(0.5, 1)),
        (Discrete((0.25, 0.75)), Discrete((0.5, 0.5))),
    ],
)
def test_every_generator_gives_its_divergence(name, p, q):
    f, at_zero, slope, by_name = GENERATORS[name]
    found = f_divergence(f, p, q, at_zero=at_zero, slope_at_infinity=slope)
    wanted = by_name(p, q)
    assert found.compatible_with(wanted)
    assert abs(float(found) - float(wanted)) <= 1e-10 * float(wanted)
    assert float(found.error) <= 1e-8 * float(wanted)


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_on_supports_that_differ(name):
    f, at_zero, slope, by_name = GENERATORS[name]
    for p, q in (
        (Uniform(0, 1), Uniform(0, 2)),
        (Uniform(0, 2), Uniform(0, 1)),
        (Uniform(0, 1), Uniform(2, 3)),
        (Discrete((0.5, 0.5, 0)), Discrete((0, 0.5, 0.5))),
    ):
        found = f_divergence(f, p, q, at_zero=at_zero, slope_at_infinity=slope)
        assert found.compatible_with(by_name(p, q))


def test_f_divergence_says_what_it_needs():
    with pytest.raises(ValueError, match="slope_at_infinity"):
        f_divergence(lambda u: (u - 1) ** 2, Uniform(0, 2), Uniform(0, 1))
    with pytest.raises(ValueError, match="at_zero"):
        f_divergence(lambda u: (u - 1) ** 2, Uniform(0, 1), Uniform(0, 2))
    with pytest.raises(ValueError, match=r"f\(1\) = 0"):
        f_divergence(lambda u: u, N(0, 1), N(1, 1))
    with pytest.raises(ValueError, match="vectorised"):
        f_divergence(lambda u: np.zeros(1), N(0, 1), N(1, 1))
    with pytest.raises(ValueError, match="nan"):
        f_divergence(lambda u: np.where(u > 1.5, np.nan, u - 1), N(0, 1), N(1, 1))


# --- nearly equal: full relative precision --------------------------------------------------------

BELL = tuple(range(-14, 15, 2))
WIDE = tuple(range(-30, 40, 4))
BIMODAL = tuple(k / 2 for k in range(-30, 31))
SPREAD = (-99, -60, -40, -25, -15, -8, -4, -1.5, 0, 1.5, 4, 8, 15, 25, 40, 60, 99)

NEARBY = {
    "Normal moved": (lambda e: (N(0, 1), N(e, 1)), BELL),
    "Normal stretched": (lambda e: (N(3, 2), N(3, 2 + e)), WIDE),
    "Laplace moved": (lambda e: (Laplace(0, 1), Laplace(e, 1)), None),
    "Laplace stretched": (lambda e: (Laplace(0, 1), Laplace(0, 1 + e)), SPREAD),
    "Cauchy moved": (lambda e: (Cauchy(0, 1), Cauchy(e, 1)), (-mp.inf, 0, mp.inf)),
    "Cauchy stretched": (lambda e: (Cauchy(0, 2), Cauchy(0, 2 + e)), (-mp.inf, 0, mp.inf)),
    "StudentT moved": (lambda e: (StudentT(3, 0, 1), StudentT(3, e, 1)), (-mp.inf, 0, mp.inf)),
    "Exponential": (lambda e: (Exponential(1), Exponential(1 + e)), SPREAD[SPREAD.index(0) :]),
    "Mixture moved": (
        lambda e: (
            Mixture((N(-2, 0.5), N(2, 0.5)), (0.5, 0.5)),
            Mixture((N(-2 + e, 0.5), N(2, 0.5)), (0.5, 0.5)),
        ),
        BIMODAL,
    ),
    "Mixture reweighted": (
        lambda e: (
            Mixture((N(-2, 0.5), N(2, 0.5)), (Fraction(1, 2), Fraction(1, 2))),
            Mixture((N(-2, 0.5), N(2, 0.5)), (1 - HALF - Fraction(e), HALF + Fraction(e))),
        ),
        BIMODAL,
    ),
    "contaminated": (
        lambda e: (N(0, 1), Mixture((N(0, 1), N(1, 0.5)), (1 - Fraction(e), Fraction(e)))),
        BELL,
    ),
    "contaminated mixture": (
        lambda e: (
            Mixture((N(-2, 0.5), N(2, 0.5)), (Fraction(1, 2), Fraction(1, 2))),
            Mixture(
                (N(-2, 0.5), N(2, 0.5), N(0, 1)),
                ((1 - Fraction(e)) / 2, (1 - Fraction(e)) / 2, Fraction(e)),
            ),
        ),
        BIMODAL,
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", [1e-2, 1e-5, 1e-9])
@pytest.mark.parametrize("name", NEARBY)
def test_nearly_equal_pairs_keep_their_digits(name, step):
    make, points = NEARBY[name]
    p, q = make(step)
    points = points or sorted((*SPREAD, step))
    truth = exact.integral(exact.jsd_term, p, q, [mp.mpf(x) for x in points])
    check(js_divergence(p, q), truth, 1e-8)


@pytest.mark.parametrize("step", [1e-3, 1e-6])
@pytest.mark.parametrize(
    "name", ["Normal moved", "Normal stretched", "Exponential", "Mixture moved"]
)
def test_nearly_equal_pairs_keep_their_digits_in_the_other_divergences(name, step):
    make, points = NEARBY[name]
    p, q = make(step)
    points = [mp.mpf(x) for x in points]
    check(kl_divergence(p, q), exact.integral(exact.kl_term, p, q, points), 1e-8)
    check(squared_hellinger(p, q), exact.integral(exact.hellinger_term, p, q, points), 1e-8)


def test_chi2_and_tv_of_nearly_equal_normals():
    for step in (1e-3, 1e-6, 1e-9):
        e = mp.mpf(step)
        check(pearson_chi2(N(0, 1), N(step, 1)), mp.expm1(e**2), 1e-8)
        check(neyman_chi2(N(0, 1), N(step, 1)), mp.expm1(e**2), 1e-8)
        check(alpha_divergence(N(0, 1), N(step, 1), 0.5), -4 * mp.expm1(-(e**2) / 8), 1e-8)
        check(total_variation(N(0, 1), N(step, 1)), mp.erf(e / (2 * mp.sqrt(2))), 1e-10)


@pytest.mark.parametrize("step", [1e-3, 1e-6])
def test_nearly_equal_normals_of_the_plane(step):
    e = mp.mpf(step)
    p = MultivariateNormal((0, 0), ((1, 0.5), (0.5, 2)))
    moved = MultivariateNormal((step, 0), ((1, 0.5), (0.5, 2)))
    check(kl_divergence(p, moved), e**2 * 2 / mp.mpf(1.75) / 2, 1e-8)
    # one variance stretched: KL = (tr - 2 + log det ratio)/2, by mpmath
    q = MultivariateNormal((0, 0), ((1 + step, 0.5), (0.5, 2)))
    a = mp.mpf(float(q.cov[0, 0]))
    det = 2 * a - mp.mpf(0.25)
    trace = (2 * 1 + a * 2 - 2 * mp.mpf(0.25)) / det
    truth = (trace - 2 + mp.log(det / mp.mpf(1.75))) / 2
    check(kl_divergence(p, q), truth, 1e-7)


def test_equal_pairs_are_zero():
    for p in (N(0, 1), Cauchy(3, 2), PAIR, Uniform(), Exponential(3), Triangular(0, 1, 1), SLANTED):
        for divergence in (js_divergence, kl_divergence, squared_hellinger, total_variation):
            found = divergence(p, p)
            assert abs(float(found)) <= float(found.error) <= 1e-12


# --- infinities -----------------------------------------------------------------------------------

T = Triangular(0, 0.5, 1)
INFINITE = [
    (kl_divergence, Cauchy(0, 1), N(0, 1)),
    (kl_divergence, Cauchy(0, 1), Laplace(0, 1)),
    (kl_divergence, StudentT(2, 0, 1), N(0, 1)),
    (kl_divergence, StudentT(0.5, 0, 1), Laplace(0, 1)),
    (reverse_kl_divergence, N(0, 1), Cauchy(0, 1)),
    (jeffreys_divergence, N(0, 1), Cauchy(0, 1)),
    (jeffreys_divergence, Cauchy(0, 1), N(0, 1)),
    (kl_divergence, Mixture((N(0, 1), Cauchy(0, 1)), (0.999, 0.001)), N(0, 1)),
    (kl_divergence, Uniform(0, 2), Uniform(0, 1)),
    (kl_divergence, N(0, 1), Exponential(1)),
    (kl_divergence, N(0, 1), Uniform(-100, 100)),
    (kl_divergence, Uniform(0, 4), Mixture((Uniform(0, 1), Uniform(3, 4)), (0.5, 0.5))),
    (reverse_kl_divergence, Uniform(0, 1), Uniform(0, 2)),
    (jeffreys_divergence, Uniform(0, 1), Uniform(0, 2)),
    (pearson_chi2, Uniform(0, 2), Uniform(0, 1)),
    (neyman_chi2, Uniform(0, 1), Uniform(0, 2)),
    (pearson_chi2, N(0, 2), N(0, 1)),
    (pearson_chi2, N(0, 2), N(0, math.sqrt(2))),  # a tie of the quadratic terms
    (pearson_chi2, N(1, 2), N(0, math.sqrt(2))),
    (neyman_chi2, N(0, 1), N(1, 2)),
    (pearson_chi2, Laplace(0, 1), N(0, 1)),
    (pearson_chi2, Laplace(0, 2), Laplace(0, 1)),  # a tie
    (pearson_chi2, Exponential(1), Exponential(2)),  # a tie
    (pearson_chi2, Cauchy(0, 1), Laplace(0, 1)),
    (pearson_chi2, StudentT(1, 0, 1), StudentT(3, 0, 1)),  # 2·2 - 4 = 0: x^0 in the tail
    (pearson_chi2, Uniform(0, 1), T),  # 1/x at both ends
    (neyman_chi2, T, Uniform(0, 1)),
    (pearson_chi2, Discrete((0.5, 0.5)), Discrete((1, 0))),
    (kl_divergence, Discrete((0.5, 0.5)), Discrete((1, 0))),
    (kl_divergence, Discrete((1.0,), (5,)), Discrete((1.0,), (6,))),
    (kl_divergence, Product(Cauchy(0, 1), N(0, 1)), Product(N(0, 1), N(1, 1))),
    (wasserstein_1, Cauchy(0, 1), N(0, 1)),
    (wasserstein_1, Cauchy(0, 1), Cauchy(0, 2)),
    (wasserstein_1, StudentT(1, 0, 1), Uniform(0, 1)),
]


@pytest.mark.parametrize(("divergence", "p", "q"), INFINITE)
def test_infinite(divergence, p, q):
    found = divergence(p, q)
    assert float(found) == inf
    assert float(found.error) == 0
    assert found.kind == "exact"
    assert found.route


FINITE = [
    (kl_divergence, StudentT(3, 0, 1), N(0, 1), None),
    (kl_divergence, StudentT(1.5, 0, 1), Laplace(0, 1), None),
    (kl_divergence, Uniform(0, 1), T, 1 - mp.log(2)),
    (kl_divergence, N(0, 1), StudentT(0.5, 0, 1), None),
    (pearson_chi2, T, Uniform(0, 1), mp.mpf(1) / 3),
    (pearson_chi2, N(0, 2), N(0, 1.5), None),
    (pearson_chi2, StudentT(2, 0, 1), StudentT(3, 0, 1), None),
    (pearson_chi2, Laplace(0, 1.5), Laplace(0, 1), mp.mpf(1) / 3),  # 1 / (s (2 - s)) - 1 at s = 3/2
    (jeffreys_divergence, Cauchy(0, 1), Cauchy(1, 2), 2 * mp.log(mp.mpf(10) / 8)),
    (wasserstein_1, Cauchy(0, 1), Cauchy(2, 1), mp.mpf(2)),
    (wasserstein_1, StudentT(1.5, 0, 1), StudentT(1.5, 3, 1), mp.mpf(3)),
    (wasserstein_1, Uniform(0, 1), Uniform(5, 6), mp.mpf(5)),
    (kl_divergence, Mixture((Cauchy(0, 1), N(0, 1)), (0.5, 0.5)), Cauchy(0, 1), None),
]  # fmt: skip


@pytest.mark.parametrize(("divergence", "p", "q", "truth"), FINITE)
def test_finite_although_close_to_infinite(divergence, p, q, truth):
    found = divergence(p, q)
    assert 0 < float(found) < inf
    assert float(found.error) <= 1e-8 * float(found)
    if truth is not None:
        check(found, truth, 1e-9)


# --- far apart and out of scale -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (N(0, 1), N(1e6, 1)),
        (N(0, 1e-6), N(1, 1e-6)),
        (N(-1e150, 1), N(1e150, 1)),
        (Laplace(0, 1), Laplace(1e5, 1)),
        (Uniform(0, 1), Uniform(1e9, 1e9 + 1)),
        (Mixture((N(0, 1), N(1e6, 1)), (0.5, 0.5)), Mixture((N(-1e6, 1), N(3e6, 1)), (0.25, 0.75))),
        (Discrete((0.5, 0.5)), Discrete((0.5, 0.5), (2, 3))),
    ],
)
def test_far_apart(p, q):
    check(js_divergence(p, q), mp.log(2), 1e-13)
    check(total_variation(p, q), 1, 1e-13)
    check(squared_hellinger(p, q), 1, 1e-13)


def test_divergences_without_a_ceiling_far_apart():
    check(kl_divergence(N(0, 1), N(60, 1)), 1800, 1e-12)
    check(kl_divergence(N(0, 1), N(1e6, 1)), mp.mpf(10) ** 12 / 2, 1e-12)
    check(jeffreys_divergence(N(0, 1), N(1e4, 1)), 10**8, 1e-12)
    check(alpha_divergence(N(0, 1), N(60, 1), 0.5), 4, 1e-12)
    check(wasserstein_1(N(0, 1), N(1e6, 1)), 10**6, 1e-12)
    check(kl_divergence(Cauchy(0, 1), Cauchy(1e6, 1)), mp.log((4 + mp.mpf(10) ** 12) / 4), 1e-12)
    check(kl_divergence(N(0, 1e-3), N(0, 1e3)), kl_normals(0, 1e-3, 0, 1e3), 1e-12)
    check(kl_divergence(N(0, 1e3), N(0, 1e-3)), kl_normals(0, 1e3, 0, 1e-3), 1e-12)


def test_a_spike_beside_a_bell():
    truth = exact.jsd_of_normal_mixtures(([1], [0], [1]), ([1], [0.3], [1e-6]))
    assert abs(truth - 0.6931264) < 1e-7
    check(js_divergence(N(0, 1), N(0.3, 1e-6)), truth, 1e-12)
    check(kl_divergence(N(0.3, 1e-6), N(0, 1)), kl_normals(0.3, 1e-6, 0, 1), 1e-12)


@pytest.mark.parametrize("place", [1e3, 1e8, 1e11])
def test_far_from_the_origin(place):
    """The same pair moved: shifts by whole numbers are exact."""
    moved = N(place, 1), N(place + 1, 1)
    check(js_divergence(*moved), "0.11142148218473617971723681221756", 1e-12)
    check(kl_divergence(*moved), "0.5", 1e-12)
    check(total_variation(*moved), "0.38292492254802620727540922121668", 1e-12)
    check(pearson_chi2(*moved), mp.expm1(1), 1e-11)
    laplaces = Laplace(place, 1), Laplace(place + 1, 1)
    check(js_divergence(*laplaces), "0.088519640201274790720650950504147", 1e-12)
    cauchys = Cauchy(place, 1), Cauchy(place + 2, 1)
    check(kl_divergence(*cauchys), mp.log(2), 1e-12)
    uniforms = Uniform(place, place + 1), Uniform(place, place + 2)
    check(js_divergence(*uniforms), mp.mpf(3) / 4 * mp.log(mp.mpf(4) / 3), 1e-12)
    check(js_divergence(affine(PAIR, place, 1.0), N(place, 1)), "0.36629495223794899162154841164687",
          1e-12)  # fmt: skip


def test_transport_far_from_the_origin_is_honest():
    covers(wasserstein_1(N(1e8, 1), N(1e8 + 1, 1)), 1)
    covers(wasserstein_1(N(1e8, 1), N(1e8, 2)), mp.sqrt(2 / mp.pi))
    found = wasserstein_1(PAIR, N(0, 1))
    assert abs(float(found) - 1.2021519245526) < 1e-12


# --- random mixtures, and laws that hold for every pair -------------------------------------------

CLASSES = {  # largest |mean|, scales
    "easy": (5.0, (0.3, 3.0)),
    "medium": (20.0, (0.01, 3.0)),
    "hard": (1000.0, (1e-4, 10.0)),
}


def random_mixture(rng, place, scales):
    k = int(rng.integers(1, 4))
    weights = rng.dirichlet(np.ones(k))
    weights[-1] = 1 - weights[:-1].sum()
    log_scales = rng.uniform(*np.log(scales), size=k)
    return weights, rng.uniform(-place, place, size=k), np.exp(log_scales)


def as_mixture(parts):
    return Mixture([N(m, s) for m, s in zip(*parts[1:], strict=True)], parts[0])


def test_the_oracle_for_mixtures_is_right():
    pair = ([0.5, 0.5], [-2, 2], [0.5, 0.5])
    found = exact.jsd_of_normal_mixtures(pair, ([1], [0], [1]))
    assert abs(found - 0.36629495223794899162154841164687) <= exact.ROUNDING
    found = exact.jsd_of_normal_mixtures(([1], [0], [1]), ([1], [1e6], [1e-6]))
    assert abs(found - LOG_2) <= exact.ROUNDING + np.spacing(LOG_2)


@pytest.mark.parametrize("name", CLASSES)
def test_random_mixtures(name):
    rng = np.random.default_rng(20)
    for _ in range({"easy": 30, "medium": 50, "hard": 60}[name]):
        p, q = random_mixture(rng, *CLASSES[name]), random_mixture(rng, *CLASSES[name])
        truth = exact.jsd_of_normal_mixtures(p, q)
        found = js_divergence(as_mixture(p), as_mixture(q))
        off = abs(float(found) - truth)
        assert off <= float(found.error) + exact.ROUNDING, (p, q, off, found.error)
        assert off <= 1e-12, (p, q)
        assert float(found.error) <= 1e-9


@pytest.mark.slow
@settings(max_examples=30)
@given(strategies.density_pairs())
def test_symmetry_and_range(pair):
    p, q = pair
    for divergence, top in ((js_divergence, LOG_2), (total_variation, 1), (squared_hellinger, 1)):
        one, other = divergence(p, q), divergence(q, p)
        assert one.compatible_with(other)
        assert float(one.upper) >= 0
        assert float(one) >= 0
        assert float(one.lower) <= top


@settings(max_examples=20)
@given(strategies.density_pairs(), st.integers(-30, 30))
def test_scaling_changes_nothing(pair, k):
    """Multiplying by a power of two is exact."""
    scaled = tuple(affine(d, 0.0, 2.0**k) for d in pair)
    for divergence in (js_divergence, total_variation):
        assert divergence(*pair).compatible_with(divergence(*scaled))


@settings(max_examples=20)
@given(strategies.normals(), strategies.mixtures(2), st.integers(-(10**6), 10**6))
def test_moving_changes_nothing(p, q, shift):
    """Parameters in eighths move exactly."""
    moved = tuple(affine(d, float(shift), 1.0) for d in (p, q))
    for divergence in (js_divergence, kl_divergence, squared_hellinger):
        assert divergence(p, q).compatible_with(divergence(*moved))


@settings(max_examples=20)
@given(strategies.density_pairs())
def test_by_way_of_the_middle(pair):
    """JSD = (KL(p‖m) + KL(q‖m))/2: another integrand, another treatment of the tails."""
    p, q = pair
    m = Mixture((p, q), (Fraction(1, 2), Fraction(1, 2)))
    try:
        middle = (kl_divergence(p, m) + kl_divergence(q, m)) / 2
    except NotConverged:
        return
    assert middle.compatible_with(js_divergence(p, q))


def at_most(a, b):
    return float(a.lower) <= float(b.upper)


@settings(max_examples=30)
@given(strategies.density_pairs())
def test_inequalities(pair):
    jsd, tv, h2 = js_divergence(*pair), total_variation(*pair), squared_hellinger(*pair)
    assert at_most(tv * tv / 2, jsd)
    assert at_most(jsd, LOG_2 * tv)
    assert at_most(LOG_2 * h2, jsd)
    assert at_most(jsd, h2)
    kl = kl_divergence(*pair)
    if float(kl) < inf:
        assert at_most(2 * tv * tv, kl)
        assert float(tv.lower) <= math.sqrt(-math.expm1(-float(kl.upper))) + 1e-15
        assert at_most(2 * h2, kl)
        assert at_most(4 * jsd, kl + reverse_kl_divergence(*pair)) or float(jsd) == inf


@settings(max_examples=100)
@given(st.integers(2, 5), st.data())
def test_data_processing(n, data):
    p, q = data.draw(strategies.simplices(n)), data.draw(strategies.simplices(n))
    kernel = data.draw(strategies.markov_kernels(n, 3))
    for divergence in (js_divergence, kl_divergence, squared_hellinger, total_variation):
        after = divergence(Discrete(p @ kernel), Discrete(q @ kernel))
        before = divergence(Discrete(p), Discrete(q))
        assert at_most(after, before) or float(after) <= float(before) * (1 + 1e-12) + 1e-15


@settings(max_examples=100)
@given(strategies.discrete_pairs())
def test_discrete_laws_against_scipy(pair):
    p, q = (d.weights for d in pair)
    n = max(len(p), len(q))
    p, q = (np.pad(w, (0, n - len(w))) for w in (p, q))
    m = (p + q) / 2
    close = {"rtol": 1e-9, "atol": 1e-15}
    assert np.allclose(float(kl_divergence(*pair)), special.rel_entr(p, q).sum(), **close)
    jsd = (special.rel_entr(p, m).sum() + special.rel_entr(q, m).sum()) / 2
    assert np.allclose(float(js_divergence(*pair)), jsd, **close)
    assert np.allclose(float(total_variation(*pair)), np.abs(p - q).sum() / 2, **close)
    h2 = ((np.sqrt(p) - np.sqrt(q)) ** 2).sum() / 2
    assert np.allclose(float(squared_hellinger(*pair)), h2, **close)
    points = np.arange(n)
    transport = stats.wasserstein_distance(points, points, p, q)
    assert np.allclose(float(wasserstein_1(*pair)), transport, **close)


def exact_divergences(p, q):
    """Of two exact laws on the same points, with 40 digits."""
    js = tv = mp.mpf(0)
    for a, b in zip(p, q, strict=True):
        a, b = exact.mpf(a), exact.mpf(b)
        m = (a + b) / 2
        js += sum(w * mp.log(w / m) / 2 for w in (a, b) if w)
        tv += abs(a - b) / 2
    return js, tv


@pytest.mark.parametrize(
    "p", [(Fraction(9, 20), Fraction(11, 20)), (Fraction(3, 7), Fraction(4, 7))]
)
def test_the_kernel_between_its_series_and_the_far_form(p):
    """Logits around 0.03 ... 0.3, where log 2 - h(σ(a)) cancels."""
    for step in np.linspace(0.01, 0.1, 40):
        q = (p[0] + Fraction(step), p[1] - Fraction(step))
        laws = [[Fraction(float(w)) for w in law] for law in (p, q)]
        covers(js_divergence(*(Discrete(law) for law in laws)), exact_divergences(*laws)[0])


@pytest.mark.parametrize("step", ["1e-3", "1e-6", "1e-9"])
def test_exact_parameters_are_meant_exactly(step):
    """Fractions and decimal strings are exact: their rounding to floats is an error like others."""
    e = Fraction(step)
    p, q = N("0.1", 1), N(Fraction(1, 10) + e, 1)
    truth = exact.mpf(e**2 / 8 * (1 - e**2 / 8 + e**4 / 48))
    covers(js_divergence(p, q), truth)
    covers(kl_divergence(p, q), exact.mpf(e**2 / 2))


@pytest.mark.parametrize("distance", [60, 80, 200, 1000, 10**6])
@pytest.mark.parametrize("alpha", [0.25, 0.5, 2.0, 5.0])
def test_renyi_far_apart(distance, alpha):
    check(renyi_divergence(N(0, 1), N(distance, 1), alpha), mp.mpf(alpha) * distance**2 / 2, 1e-11)


@settings(max_examples=100)
@given(strategies.discrete_pairs())
def test_discrete_laws_are_honest(pair):
    """Against the same floats, taken exactly: the error bars cover."""
    p, q = ([Fraction(float(w)) for w in d.weights] for d in pair)
    n = max(len(p), len(q))
    p, q = (w + [Fraction(0)] * (n - len(w)) for w in (p, q))
    js, tv = exact_divergences(p, q)
    covers(js_divergence(*pair), js)
    covers(total_variation(*pair), tv)


# --- the plane ------------------------------------------------------------------------------------


def test_products_add_up():
    p = Product(N(0, 1), Laplace(0, 1))
    q = Product(N(1, 1), Laplace(0.5, 1))
    check(kl_divergence(p, q), mp.mpf(1) / 2 + mp.mpf(1) / 2 + mp.exp(mp.mpf(-1) / 2) - 1, 1e-11)
    same = Product(N(0, 1), Uniform(0, 1)), Product(N(1, 1), Uniform(0, 1))
    check(js_divergence(*same), "0.11142148218473617971723681221756", 1e-11)
    check(renyi_divergence(Product(N(0, 1), N(0, 1)), Product(N(3, 1), N(4, 1)), 2.0), 25, 1e-10)


def test_hellinger_of_normals_in_the_plane():
    p = MultivariateNormal((0, 0), ((1, 0), (0, 4)))
    q = MultivariateNormal((1, 0), ((4, 0), (0, 1)))
    affinity = (mp.mpf(4) / 5) * mp.exp(-mp.mpf(1) / 20)
    found = squared_hellinger(p, q)
    covers(found, 1 - affinity)
    assert float(found.error) < 1e-9


def test_a_thin_slanted_normal():
    cov = ((1, 0.999), (0.999, 1))
    p, q = MultivariateNormal((0, 0), cov), MultivariateNormal((1, 1), cov)
    distance = mp.sqrt(2 / (1 + mp.mpf(0.999)))
    check(total_variation(p, q), mp.erf(distance / (2 * mp.sqrt(2))), 1e-10)


# --- shapes, batches, and what is refused ---------------------------------------------------------


def test_batches_are_their_members():
    p, q = N(np.array([0.0, 1.0, 1e6]), 1), N(np.array([1.0, 1.0, 0.0]), np.array([1.0, 2.0, 1.0]))
    for divergence in (js_divergence, kl_divergence, total_variation, wasserstein_1):
        found = divergence(p, q)
        assert found.shape == (3,)
        for i, (one, other) in enumerate(zip(p.members(), q.members(), strict=True)):
            alone = divergence(one, other)
            assert abs(float(found[i]) - float(alone)) <= float(found[i].error) + float(alone.error)
            assert float(found[i].error) <= 1e-12 * max(1.0, float(alone))
    single = js_divergence(N(np.zeros((2, 1)), 1), N(np.ones((1, 3)), 1))
    assert single.shape == (2, 3)
    assert np.allclose(single.value, 0.11142148218473618, rtol=1e-12)
    assert js_divergence(N(np.zeros(2), 1), N(1, 1)).shape == (2,)


def test_a_batch_with_an_infinite_member():
    found = kl_divergence(Uniform(0.0, np.array([1.0, 3.0])), Uniform(0, 2))
    assert list(found.value) == [pytest.approx(LOG_2), inf]


ALL = [
    js_divergence,
    kl_divergence,
    reverse_kl_divergence,
    jeffreys_divergence,
    total_variation,
    squared_hellinger,
    pearson_chi2,
    neyman_chi2,
    wasserstein_1,
    lambda p, q: alpha_divergence(p, q, 0.5),
    lambda p, q: renyi_divergence(p, q, 0.5),
]


NO_DENSITIES = [
    (0.5, r"^q: 0.5 is not a density; give a family such as Normal\(0, 1\)"),
    (np.zeros((1000, 3)), r"^q: ndarray of shape \(1000, 3\).*samples are not accepted"),
    ([0.5] * 500, r"^q: list of 500 entries.*Discrete\(weights, points\)"),
    (stats.norm.pdf, r"^q: .*pdf is a callable: write as_density\(.*, support=\(low, high\)\)"),
    (stats.gamma, r"freeze it first, as in gamma\(a\)"),
    (stats.zipf(3), r"zipf.*Discrete\(weights, points\)"),
    (stats.vonmises(1), "vonmises_line"),
]


@pytest.mark.parametrize("divergence", ALL)
def test_bad_pairs_are_refused(divergence):
    with pytest.raises(ValueError, match="dimension"):
        divergence(N(0, 1), MATCHED)
    with pytest.raises(ValueError, match="mutually singular"):
        divergence(Discrete((0.5, 0.5)), N(0, 1))
    for other, message in NO_DENSITIES:
        with pytest.raises((TypeError, InvalidDensity), match=message) as refusal:
            divergence(N(0, 1), other)
        assert len(str(refusal.value).splitlines()) == 1
        assert len(str(refusal.value)) < 400
    with pytest.raises(ValueError, match="shape"):
        divergence(N(np.zeros(2), 1), N(np.zeros(3), 1))
    with pytest.raises(ValueError, match="length-1 axes"):
        divergence(N(np.zeros(2), 1), N(np.zeros((2, 2)), 1))


@pytest.mark.parametrize("alpha", [0, 1, math.nan, inf, True, "2", None])
def test_bad_orders_are_refused(alpha):
    for divergence in (alpha_divergence, renyi_divergence):
        with pytest.raises(ValueError, match="alpha"):
            divergence(N(0, 1), N(1, 1), alpha)
    with pytest.raises(ValueError, match="positive"):
        renyi_divergence(N(0, 1), N(1, 1), -1.0)


def test_transport_is_for_the_line():
    with pytest.raises(ValueError, match="line only"):
        wasserstein_1(MATCHED, MATCHED)


def test_every_estimate_names_its_route():
    for divergence in ALL:
        for pair in ((N(0, 1), N(1, 1)), (Discrete((0.25, 0.75)), Discrete((0.5, 0.5)))):
            found = divergence(*pair)
            assert len(found.route) == 1
            assert found.evaluations > 0 or found.kind == "exact"
            assert found.declared
    p, q = N(0, 1), N(1, 1)
    assert not total_variation(p, q).independent_of(kl_divergence(p, q))
    # one is a closed form, the other an integral
    assert js_divergence(p, q).independent_of(kl_divergence(p, q))


# --- kinks on the line ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Laplace(0, 1), N(2.73, 0.299)),  # p = q in the last 6 % of a panel
        (Exponential(0.388), N(7.46, 1.2)),
        (N(0, 1), N(1e-3, 1.3)),
    ],
)
def test_a_kink_near_the_end_of_a_panel(p, q):
    ball = certified.total_variation(p, q, digits=18)
    found = total_variation(p, q)
    assert abs(float(found) - float(ball.mid)) <= found.error + 1e-16
    assert found.error < 1e-12


@pytest.mark.parametrize("gap", [0.4, 1e-2, 1e-4])
@pytest.mark.parametrize("center", [0.5, 1 / 3, 1e-4, 1 - 1e-6])
def test_panels_end_at_two_roots_close_together(gap, center):
    cells = cut_at_roots(lambda x, origin: (x - center) ** 2 - gap**2, Cells.plain(0.0, 0.0, 1.0))
    roots = [r for r in (center - gap, center + gap) if 0 < r < 1]
    assert np.allclose(np.sort(cells.high[:, 0])[:-1], roots, atol=1e-9)


@pytest.mark.parametrize("shift", [90.0, 113.0, -113.0, 114.0, 120.0])
def test_what_is_next_to_nothing_converges(shift):
    """The integrand is made of numbers below 1e-300, that have lost digits."""
    found = virtual_training_criterion(N(0, 2), N(shift, 1))
    assert abs(float(found)) <= 1e-150
    assert found.converged


@pytest.mark.parametrize(
    ("p", "second"),
    [
        (Uniform(0, 1), 8.5**2 + 1 / 12),
        (Exponential(1), 8**2 + 1),
        (Triangular(-9, -6, -6), 16**2 + 0.5),
    ],
)
@pytest.mark.parametrize("sd", [0.5, 0.125])
def test_a_tail_that_underflows_after_it_has_fallen_adds_nothing(p, second, sd):
    """KL(p‖N(9, σ²)) = -h(p) + log(σ √2π) + E[(x - 9)²]/2σ², though q is below 1e-300 beside p."""
    negative_entropy = {Uniform: 0.0, Exponential: -1.0, Triangular: math.log(2 / 3) - 0.5}[type(p)]
    truth = negative_entropy + math.log(sd * math.sqrt(2 * math.pi)) + second / (2 * sd**2)
    found = kl_divergence(p, Normal(9, sd))
    assert abs(found.value - truth) <= found.error + 1e-15 * truth
    assert found.error <= 1e-12 * truth


@pytest.mark.parametrize(
    ("a", "b"), [(0.2323, 0.3157), (0.3157, 0.2323), (0.4439, 0.6114), (2, 0.5)]
)
@pytest.mark.parametrize("loc", [0.0, -91.56, 767.8])
def test_panels_closer_to_a_pole_than_floats_are_counted_once(a, b, loc):
    """KL(p‖N(m, s²)) = -h(p) + log(s √2π) + (Var p + (E p - m)²)/2s²; tails begin at the end."""
    p, m, s = stats.beta(a, b, loc=loc, scale=1.596), -367.8, 60.0
    truth = -p.entropy() + math.log(s * math.sqrt(2 * math.pi))
    truth += (p.var() + (p.mean() - m) ** 2) / (2 * s**2)
    try:
        found = kl_divergence(p, Normal(m, s))
    except NotConverged as fault:
        found = fault.best
    assert abs(found.value - truth) <= found.error + 1e-13 * truth
    assert found.error <= 1e-3 * truth


@pytest.mark.parametrize(
    ("p", "truth"),
    [
        (stats.truncpareto(1.8, 5.3, loc=0.873, scale=2.698), "17.389285545361503656943547102"),
        (stats.beta(2, 3, loc=-20, scale=60), "77.0595006207705723671795704032"),
    ],
)
def test_the_way_out_from_an_end_that_is_no_float_is_short(p, truth):
    """KL(p‖N(0, 1)), by mpmath in 30 digits: nothing lies beyond the end of p."""
    found = kl_divergence(p, Normal(0, 1))
    assert abs(float(found) - float(truth)) <= found.error
    assert found.error <= 1e-10


def test_an_integrand_that_is_large_where_densities_underflow_is_refused():
    """log D grows like e^-x to the left, where p falls like e^x only: V is -inf."""
    logit = optimal_discriminator(stats.gumbel_r(0, 1), Cauchy(1, 1))
    with pytest.raises(NotConverged, match="lost their digits"):
        value_function(Laplace(0, 1), Normal(8, 0.5), logit)
