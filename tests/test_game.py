import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gantheory import (
    as_density,
    integrate,
    js_divergence,
    optimal_discriminator,
    value_function,
    virtual_training_criterion,
)
from gantheory.densities import (
    Cauchy,
    Discrete,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    Uniform,
)
from gantheory.errors import NotConverged

inf = math.inf
N = Normal
P, Q = N(0, 1), N(1, 1)
G = MultivariateNormal((0, 0), ((1, 0), (0, 1)))
H = MultivariateNormal((1, 1), ((2, 0.5), (0.5, 1)))
D1, D2 = Discrete((0.25, 0.75)), Discrete((0.5, 0.25, 0.25))
UNIT = as_density(lambda x: np.ones(len(x)), support=(0, 1))

PAIRS = {
    "normals": (P, Q),
    "heavy and narrow": (Cauchy(), N(3, 0.1)),
    "disjoint": (Uniform(0, 1), Uniform(5, 6)),
    "overlapping": (Uniform(0, 1), Uniform(0.5, 1.5)),
    "plane": (G, H),
    "products": (Product(Uniform(), Laplace()), Product(Uniform(0, 2), Laplace(1, 2))),
    "discrete": (D1, D2),
    "discrete, plane": (
        Discrete((0.5, 0.5), ((0, 0), (1, 1))),
        Discrete((0.5, 0.5), ((0, 0), (1, 2))),
    ),
    "black box": (UNIT, Uniform(0, 2)),
}


def check(estimate, truth, relative=1e-12):
    off = abs(mp.mpf(float(estimate)) - mp.mpf(truth))
    assert off <= mp.mpf(float(estimate.error)) + abs(mp.mpf(truth)) * mp.mpf(10) ** -24, estimate
    assert off <= relative * abs(mp.mpf(truth)), estimate


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


def zero(x):
    return np.zeros(len(x))


def slanted(x):
    return -0.8 * x + 0.3


def test_criteria_known_to_thirty_digits():
    check(virtual_training_criterion(P, N(1, 2)), "-1.1299444150110945979848280913663")
    check(virtual_training_criterion(Cauchy(), P), "-1.2199541814639698038402401494254")
    check(virtual_training_criterion(N(1, 2), P), "-1.1299444150110945979848280913663")


def test_the_regret_of_a_slanted_logit():
    regret = virtual_training_criterion(P, Q) - value_function(P, Q, slanted)
    assert abs(float(regret) - 0.0091375602067334) < 1e-14
    found = value_function(P, Q, slanted)

    def integrand(x):
        a = mp.mpf(slanted(1.0)) * 0 + mp.mpf(-0.8) * x + mp.mpf(0.3)
        return -mp.npdf(x) * mp.log1p(mp.exp(-a)) - mp.npdf(x, 1) * mp.log1p(mp.exp(a))

    check(found, mp.quad(integrand, [*range(-14, 17, 3)]))


@pytest.mark.parametrize("name", PAIRS)
def test_a_discriminator_that_knows_nothing(name):
    check(value_function(*PAIRS[name], zero), -mp.log(4))


@pytest.mark.parametrize("name", PAIRS)
def test_the_best_value_is_the_criterion(name):
    p, q = PAIRS[name]
    star = optimal_discriminator(p, q)
    best, criterion = value_function(p, q, star), virtual_training_criterion(p, q)
    assert best.compatible_with(criterion)
    assert criterion.compatible_with(2 * js_divergence(p, q) - math.log(4))
    assert float(best.error) < 1e-10
    assert best.declared == (name != "black box")
    worse = value_function(p, q, lambda x: np.clip(star(x) + 0.25, -50, 50), landmarks=())
    assert float(worse) < float(best) - 1e-4 or name == "disjoint"


@pytest.mark.parametrize("slope", [0.0, 1.0, -0.5, 2.0])
@pytest.mark.parametrize("shift", [0.0, 0.1, -3.0])
def test_a_logit_that_is_shifted_and_scaled_stays_declared(slope, shift):
    star = optimal_discriminator(P, Q)
    moved = slope * star + shift
    at = np.linspace(-3, 3, 7)
    assert np.allclose(moved(at), slope * star(at) + shift, rtol=1e-14, atol=1e-15)
    found = value_function(P, Q, moved)
    assert found.declared
    box = value_function(P, Q, lambda x: slope * star(x) + shift)
    assert not box.declared
    assert abs(float(found) - float(box)) <= float(found.error) + float(box.error)


def test_the_operations_of_a_logit():
    star = optimal_discriminator(P, Q)
    at = np.array([0.3, 1.7])
    assert np.array_equal((1 + star)(at), star(at) + 1)
    assert np.array_equal((star - 1)(at), star(at) - 1)
    assert np.array_equal((-star)(at), -star(at))
    assert np.array_equal((0 * star)(at), 0 * at)
    for bad in (math.nan, math.inf, "1", True, None):
        with pytest.raises(TypeError, match="finite number"):
            star + bad
        with pytest.raises(TypeError, match="finite number"):
            bad * star


def test_whether_the_logit_is_declared():
    assert not value_function(P, Q, slanted).declared
    assert not value_function(P, Q, slanted, landmarks=()).declared
    assert value_function(P, Q, optimal_discriminator(Cauchy(), Q)).declared
    for star in (optimal_discriminator(UNIT, Q), optimal_discriminator(Q, UNIT)):
        assert not value_function(P, Q, star).declared
    assert not value_function(UNIT, UNIT, slanted, landmarks=()).declared
    assert value_function(D1, D2, slanted).declared


def step(x):
    return np.where(x < 0.3, 1.0, -1.0)


def test_a_logit_that_jumps():
    f, g = mp.ncdf(mp.mpf(0.3)), mp.ncdf(mp.mpf(0.3) - 1)
    right, wrong = -mp.log1p(mp.exp(-1)), -mp.log1p(mp.e)
    truth = f * right + (1 - f) * wrong + g * wrong + (1 - g) * right
    marked = value_function(P, Q, step, landmarks=(0.3,))
    check(marked, truth)
    bare = value_function(P, Q, step)
    check(bare, truth, 1e-10)
    assert marked.evaluations < bare.evaluations


def test_minus_infinity_where_the_discriminator_is_sure_and_wrong():
    def never(x):
        return np.where(x > 1, -inf, 0.0)

    def always(x):
        return np.where(x > 1, inf, 0.0)

    for logit in (never, always):
        found = value_function(P, Q, logit)
        assert (float(found), float(found.error)) == (-inf, 0)
    here, there = Uniform(0, 1), Uniform(0.5, 1.5)
    right = value_function(here, there, never, landmarks=(1.0,))
    check(right, -mp.log(2) * 3 / 2)  # the half of q beyond 1 costs nothing
    assert float(value_function(here, there, always, landmarks=(1.0,))) == -inf
    assert float(value_function(there, here, never, landmarks=(1.0,))) == -inf
    assert float(value_function(D1, D2, lambda x: np.where(x == 0, -inf, 0.0))) == -inf
    check(value_function(D1, D2, lambda x: np.where(x == 2, -inf, 0.0)), -mp.log(2) * 7 / 4)
    assert float(value_function(G, H, lambda x: np.where(x[:, 0] > 1, -inf, 0.0))) == -inf


def test_a_value_that_falls_without_bound():
    with pytest.raises(NotConverged, match="does not fall off"):
        value_function(Cauchy(), Q, lambda x: -np.abs(x), landmarks=(0.0,))


# --- the optimal discriminator --------------------------------------------------------------------


def test_optimal_logits():
    star = optimal_discriminator(Uniform(0, 1), Uniform(0.5, 2))
    np.testing.assert_allclose(star([[0.25, 0.75], [1.5, 3.0]]), [[inf, math.log(1.5)], [-inf, 0]])
    far = optimal_discriminator(N(0, 1), N(60, 1))
    np.testing.assert_array_equal(far([100.0, 30.0, -100.0]), [-4200, 0, 7800])
    assert float(far(100.0)) == -4200
    local = optimal_discriminator(N(1e11, 1), N(1e11 + 1, 1))
    np.testing.assert_array_equal(local([0.25, 0.5, 0.75], origin=1e11), [0.25, 0, -0.25])
    atoms = optimal_discriminator(D1, D2)([0, 1, 2, 0.5])
    np.testing.assert_allclose(atoms, [-math.log(2), math.log(3), -inf, 0], rtol=1e-15)


def test_optimal_logits_in_the_plane():
    star = optimal_discriminator(G, H)
    assert star(np.zeros(2)).shape == ()
    x = np.random.default_rng(3).normal(size=(3, 4, 2))
    assert star(x).shape == (3, 4)
    wanted = stats.multivariate_normal(cov=G.cov).logpdf(x)
    wanted = wanted - stats.multivariate_normal([1, 1], H.cov).logpdf(x)
    np.testing.assert_allclose(star(x), wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(star(x - 1, origin=np.ones(2)), wanted, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [name for name in PAIRS if PAIRS[name][0].dim == 1])
def test_swapping_the_laws_changes_the_sign(name):
    p, q = PAIRS[name]
    x = np.linspace(-3, 7, 41)
    np.testing.assert_array_equal(optimal_discriminator(p, q)(x), -optimal_discriminator(q, p)(x))


# --- the price of another discriminator -----------------------------------------------------------


@settings(max_examples=15)
@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3), st.sampled_from([Q, N(0, 2), N(-2, 1)]))
def test_the_regret_is_at_least_four_times_the_squared_distance(c, q):
    """C - V(D) = ∫ kl(D*, D) (p + q) >= 4 E_m (D - D*)², m = (p + q)/2."""

    def logit(x):
        return c[0] + c[1] * x + c[2] * np.sin(x)

    def sigma(a):
        return np.exp(-np.logaddexp(0, -a))

    star = optimal_discriminator(P, q)
    regret = virtual_training_criterion(P, q) - value_function(P, q, logit, landmarks=())
    middle = Mixture((P, q), (0.5, 0.5))
    distance = integrate(
        lambda x: (sigma(logit(x)) - sigma(star(x))) ** 2 * middle.pdf(x), (-30, 30),
        landmarks=[-2.0, 0.0, 1.0],
    )  # fmt: skip
    assert float(regret.upper) >= 4 * float(distance.lower)

    def kl(x):
        a, b = star(x), logit(x)
        up = sigma(a) * (np.logaddexp(0, -b) - np.logaddexp(0, -a))
        return (up + sigma(-a) * (np.logaddexp(0, b) - np.logaddexp(0, a))) * 2 * middle.pdf(x)

    whole = integrate(kl, (-30, 30), landmarks=[-2.0, 0.0, 1.0], atol=1e-13)
    assert abs(float(whole) - float(regret)) <= float(whole.error) + float(regret.error) + 1e-13


def test_the_four_is_sharp():
    e = 1e-3
    a = math.log((0.5 + e) / (0.5 - e))
    regret = -math.log(4) - value_function(P, P, lambda x: np.full(len(x), a))
    assert float(regret) / e**2 == pytest.approx(4.000008, abs=1e-6)


weights = st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any)


@settings(max_examples=30)
@given(weights, weights)
def test_criterion_and_divergence_on_atoms(u, v):
    with mp.workdps(34):
        p, q = ([Fraction(k, sum(w)) for k in w] for w in (u, v))
        one, other = Discrete(p), Discrete(q)

        def term(a, b):
            a, b = mp.mpf(a.numerator) / a.denominator, mp.mpf(b.numerator) / b.denominator
            return a * mp.log(a / (a + b)) if a else mp.mpf(0)

        truth = mp.fsum(term(a, b) + term(b, a) for a, b in zip(p, q, strict=True))
        found = virtual_training_criterion(one, other)
        assert found.kind == "exact"
        assert abs(mp.mpf(float(found)) - truth) <= float(found.error)
        assert abs(2 * mp.mpf(float(js_divergence(one, other))) - mp.log(4) - truth) <= 1e-14


# --- what is refused ------------------------------------------------------------------------------


def not_a_number(x):
    return np.where(np.abs(x) < 0.5, np.nan, x)


BAD = [
    (not_a_number, r"not_a_number returned nan at -?0\.\d"),
    (lambda x: x[:, None], r"shape \(\d+, 1\).*one real number for each point"),
    (lambda x: 0.0, r"shape \(\)"),
    (lambda x: x[:1], r"shape \(1,\)"),
    (lambda x: x + 0j, "complex128"),
    (lambda x: x > 0, "bool"),
    (lambda x: x.astype(object), "object"),
    (lambda x: None, "object"),
]


@pytest.mark.parametrize(("logit", "message"), BAD)
def test_bad_logits(logit, message):
    with pytest.raises(ValueError, match=message):
        value_function(P, Q, logit)


def test_bad_logits_of_the_plane():
    with pytest.raises(ValueError, match=r"shape \(\d+, 2\)"):
        value_function(G, H, lambda x: 0.5 - x)


def test_a_logit_that_changes_its_argument_harms_nobody():
    def mutating(x):
        x *= 2
        return x

    assert value_function(P, Q, mutating).compatible_with(value_function(P, Q, lambda x: 2 * x))


def test_bad_pairs():
    many = N(np.zeros(2), 1)
    for p, q in ((many, Q), (Q, many)):
        with pytest.raises(ValueError, match="value_function: give single densities, not batches"):
            value_function(p, q, slanted)
        with pytest.raises(ValueError, match="give single densities, not batches"):
            optimal_discriminator(p, q)
    assert virtual_training_criterion(many, Q).shape == (2,)
    for refuse in (optimal_discriminator, virtual_training_criterion,
                   lambda p, q: value_function(p, q, zero)):  # fmt: skip
        with pytest.raises(ValueError, match="dimension"):
            refuse(G, Q)
        with pytest.raises(ValueError, match="mutually singular"):
            refuse(D1, Q)
        with pytest.raises(TypeError, match="as_density"):
            refuse(stats.norm().pdf, Q)
