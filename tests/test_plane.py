import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest

from gantheory import (
    alpha_divergence,
    f_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    pearson_chi2,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation,
    wasserstein_1,
)
from gantheory.densities import (
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    Uniform,
    ring,
)
from gantheory.divergences import layout
from gantheory.errors import NotConverged

inf = math.inf
N, M = Normal, MultivariateNormal


def isotropic(scale, mean=(0, 0)):
    return M(mean, ((scale**2, 0), (0, scale**2)))


UNIT = isotropic(1)
S = M((0, 0), ((1, 0.5), (0.5, 2)))
T = M((1, -1), ((1.5, 0.25), (0.25, 0.75)))
RING = ring(8, 2, 0.25)
MATCHED = M((0, 0), ((2.0625, 0), (0, 2.0625)))


def check(estimate, truth, relative=1e-11):
    off = abs(mp.mpf(float(estimate)) - mp.mpf(truth))
    assert off <= mp.mpf(float(estimate.error)) + abs(mp.mpf(truth)) * mp.mpf(10) ** -24, estimate
    assert off <= relative * abs(mp.mpf(truth)), estimate


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


# --- normals: Gaussian integrals ------------------------------------------------------------------


def matrices(p, q):
    step = mp.matrix(q.mean.tolist()) - mp.matrix(p.mean.tolist())
    return mp.matrix(p.cov.tolist()), mp.matrix(q.cov.tolist()), step


def kl(p, q):
    a, b, d = matrices(p, q)
    inverse = b**-1
    trace = (inverse * a)[0, 0] + (inverse * a)[1, 1]
    return (trace + (d.T * inverse * d)[0] - 2 + mp.log(mp.det(b) / mp.det(a))) / 2


def log_power(p, q, alpha):
    """log ∫ p^α q^(1-α), or inf."""
    a, b, d = matrices(p, q)
    alpha = mp.mpf(alpha)
    both = alpha * a**-1 + (1 - alpha) * b**-1
    if not (both[0, 0] > 0 and mp.det(both) > 0):
        return mp.inf
    pull = (1 - alpha) * b**-1 * d
    level = (1 - alpha) * (d.T * b**-1 * d)[0] - (pull.T * both**-1 * pull)[0]
    dets = alpha * mp.log(mp.det(a)) + (1 - alpha) * mp.log(mp.det(b)) + mp.log(mp.det(both))
    return -(dets + level) / 2


def test_kullback_leibler():
    check(kl_divergence(S, T), kl(S, T))
    check(reverse_kl_divergence(S, T), kl(T, S))
    check(jeffreys_divergence(S, T), kl(S, T) + kl(T, S))


@pytest.mark.parametrize("alpha", [-0.5, 0.5, 0.9, 1.25])
def test_powers(alpha):
    truth = log_power(S, T, alpha)
    a = mp.mpf(alpha)
    check(alpha_divergence(S, T, alpha), mp.expm1(truth) / (a * (a - 1)))
    if alpha > 0:
        check(renyi_divergence(S, T, alpha), truth / (a - 1))


def test_chi2():
    for p, q in ((UNIT, M((0.5, 0), ((2, 0.5), (0.5, 1.5)))), (isotropic(1.2), UNIT)):
        truth = mp.expm1(log_power(p, q, 2))
        check(pearson_chi2(p, q), truth)
        check(neyman_chi2(q, p), truth)
    check(pearson_chi2(UNIT, isotropic(1, (1, 1))), mp.expm1(2))
    check(renyi_divergence(UNIT, isotropic(1, (30, 40)), 2.0), 2500)


INFINITE = [
    (isotropic(1.5), UNIT),
    (M((0, 0), ((1, 0), (0, 3))), UNIT),  # along one axis only
    (M((0, 0), ((2, 0), (0, 2))), UNIT),  # just so
]


@pytest.mark.parametrize(("p", "q"), INFINITE)
def test_powers_that_are_infinite(p, q):
    assert log_power(p, q, 2) == mp.inf
    assert float(renyi_divergence(p, q, 2.0)) == inf
    assert float(pearson_chi2(p, q)) == inf
    assert float(neyman_chi2(q, p)) == inf
    assert float(alpha_divergence(p, q, 2.0)) == inf
    assert float(alpha_divergence(q, p, -1.0)) == inf
    assert float(kl_divergence(p, q)) < inf


def test_products_with_an_infinite_factor():
    p, q = Product(N(0, 2), Uniform()), Product(N(0, 1), Uniform())
    assert float(pearson_chi2(p, q)) == inf
    assert float(renyi_divergence(p, q, 2.0)) == inf


@pytest.mark.slow
def test_total_variation_of_two_scales():
    """They cross on the circle r² = 2 log(s²) / (1 - 1/s²)."""
    for scale in (2.0, 1.001):
        s = mp.mpf(scale**2)  # as it enters cov
        r2 = 2 * mp.log(s) / (1 - 1 / s)
        found = total_variation(UNIT, isotropic(scale))
        check(found, mp.exp(-r2 / (2 * s)) - mp.exp(-r2 / 2), 1e-10)


def test_total_variation_of_one_covariance():
    moved = M((1, 0), S.cov)
    check(total_variation(S, moved), mp.erf(mp.sqrt(2 / mp.mpf("1.75")) / mp.sqrt(8)))


def test_a_correlation_of_nearly_one():
    thin = ((1, 0.9999), (0.9999, 1))
    p, q = M((0, 0), thin), M((0, 0), ((2, 1.9998), (1.9998, 2)))
    check(js_divergence(p, q), radial_jsd(2))  # whitened, two scales
    check(kl_divergence(p, q), mp.log(2) - mp.mpf(1) / 2)
    check(kl_divergence(UNIT, p), kl(UNIT, p))


def radial_jsd(ratio):
    """JSD of N(0, I) and N(0, ratio I): of the exponential laws of u = r²/2."""
    s = mp.mpf(ratio)

    def term(u):
        a, b = mp.exp(-u), mp.exp(-u / s) / s
        return (a * mp.log(2 * a / (a + b)) + b * mp.log(2 * b / (a + b))) / 2

    return mp.quad(term, [0, 1, 4, 10, 30, 100, 400])


# --- mixtures -------------------------------------------------------------------------------------


def test_two_scales_against_the_reduction():
    check(js_divergence(UNIT, isotropic(2.0)), radial_jsd(4))


def test_narrow_modes_far_apart():
    """Every mode meets its own mode only: the divergence is that of one of them."""
    truth = radial_jsd(4)
    check(js_divergence(ring(2, 2, scale=1e-3), ring(2, 2, scale=2e-3)), truth, 1e-10)


@pytest.mark.slow
def test_a_ring_of_narrow_modes():
    check(js_divergence(ring(8, 2, scale=1e-3), ring(8, 2, scale=2e-3)), radial_jsd(4), 1e-10)


def test_the_ring_beside_its_matched_normal():
    found = js_divergence(RING, MATCHED)
    check(found, "0.34214100195962655194809243", 1e-12)


@pytest.mark.slow
def test_kl_of_the_ring():
    assert abs(float(kl_divergence(MATCHED, RING)) - 6.38136767457301148) < 1e-11


# --- products -------------------------------------------------------------------------------------


def test_products_of_bounded_and_pointed_factors():
    p, q = Product(Uniform(0, 1), Laplace(0, 1)), Product(Uniform(0, 2), Laplace(1, 2))
    one = mp.log(2) + (1 + mp.exp(-1)) / 2 - 1
    check(kl_divergence(p, q), mp.log(2) + one)
    assert float(kl_divergence(q, p)) == inf
    check(kl_divergence(Product(p.second, p.first), Product(q.second, q.first)), mp.log(2) + one)
    affinity = mp.sqrt(mp.mpf(1) / 2) * mp.quad(
        lambda x: mp.exp(-abs(x) / 2 - abs(x - 1) / 4) / mp.sqrt(8), [-99, -30, -8, 0, 1, 9, 40, 99]
    )
    check(squared_hellinger(p, q), 1 - affinity)
    half = Product(Uniform(0, 2), p.second)
    check(total_variation(p, half), "0.5")
    check(js_divergence(p, half), "0.21576155433883569557941425449537")
    turned = Product(p.second, p.first), Product(p.second, half.first)
    check(js_divergence(*turned), "0.21576155433883569557941425449537")


def test_a_product_is_the_normal_it_is():
    p, q = Product(N(0, 1), N(0, 2)), M((0, 0), ((1, 0), (0, 4)))
    found = js_divergence(p, q)
    assert abs(float(found)) <= float(found.error) + 1e-30
    check(js_divergence(Product(N(0, 1), N(0, 1)), isotropic(2.0)), radial_jsd(4))


def test_kl_adds_up_over_independent_factors():
    p, q = M((0, 0), ((1, 0), (0, 4))), M((1, 1), ((2.25, 0), (0, 1)))
    whole = kl_divergence(p, q)
    parts = kl_divergence(N(0, 1), N(1, 1.5)) + kl_divergence(N(0, 2), N(1, 1))
    assert whole.compatible_with(parts)
    assert float(whole) == pytest.approx(float(parts), rel=1e-12)


# --- nearly equal ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9])
def test_nearly_equal_pairs_keep_their_digits(step):
    scaled = M((0, 0), ((1 + step, 0), (0, 1 + step)))
    exact_step = mp.mpf(1 + step) - 1
    with mp.workdps(60):
        truth = radial_jsd(1 + exact_step)
    check(js_divergence(UNIT, scaled), truth, 1e-9)
    sheared = M((0, 0), ((1, step), (step, 1)))
    with mp.workdps(60):
        check(kl_divergence(UNIT, sheared), kl(UNIT, sheared), 1e-9)
        check(squared_hellinger(UNIT, sheared), -mp.expm1(log_power(UNIT, sheared, 0.5)), 1e-9)


# --- moving the plane -----------------------------------------------------------------------------


@pytest.mark.parametrize("divergence", [js_divergence, kl_divergence, squared_hellinger])
def test_turning_and_moving_changes_nothing(divergence):
    """A quarter turn and a shift that floats hold exactly; then any turn, up to its rounding."""
    before = divergence(S, T)
    for turn, shift, slack in (
        (np.array([[0.0, -1.0], [1.0, 0.0]]), np.array([1024.0, -4.0]), 1e-12),
        (np.array([[0.6, -0.8], [0.8, 0.6]]), np.zeros(2), 1e-12),
    ):
        moved = []
        for d in (S, T):
            cov = turn @ d.cov @ turn.T
            cov[1, 0] = cov[0, 1]
            moved.append(M(turn @ d.mean + shift, cov))
        assert float(divergence(*moved)) == pytest.approx(float(before), rel=slack)


# --- what is refused ------------------------------------------------------------------------------


def test_generators_need_their_bounds():
    with pytest.raises(NotConverged, match="at_zero and slope_at_infinity"):
        f_divergence(lambda u: (u - 1) ** 2, UNIT, isotropic(2.0))
    found = f_divergence(
        lambda u: (np.sqrt(u) - 1) ** 2, UNIT, isotropic(2.0), at_zero=1.0, slope_at_infinity=1.0
    )
    check(found, mp.mpf(2) / 5)


def test_transport_is_refused():
    for p in (UNIT, Product(N(0, 1), N(0, 1)), RING):
        with pytest.raises(ValueError, match="line only"):
            wasserstein_1(p, p)


def test_too_many_cells_give_what_there_is(monkeypatch):
    monkeypatch.setattr(layout, "MOST_CELLS", 50)
    with pytest.raises(NotConverged, match="too narrow") as refusal:
        total_variation(ring(8, 2, 0.01), MATCHED)
    assert float(refusal.value.best.error) == inf
    assert not isinstance(refusal.value, ValueError)


@pytest.mark.slow
def test_total_variation_where_the_curve_clips_the_corner_of_a_rectangle():
    """It was off by 4e-12 with an error of 2.5e-13; the truth is that of the line, by balls."""
    p = Mixture(
        (
            MultivariateNormal(
                (-1.381, -1.9851875),
                ((0.02961841, 0.042576464375), (0.042576464375, 0.1250104275390625)),
            ),
            MultivariateNormal(
                (2.463, 3.5405625), ((1.071225, 1.5398859375), (1.5398859375, 2.27739279515625))
            ),
        ),
        (Fraction(1, 7), Fraction(6, 7)),
    )
    q = Mixture(
        (
            MultivariateNormal(
                (2.802, 4.027875),
                ((0.87067561, 1.251596189375), (1.251596189375, 1.8629762822265625)),
            ),
            MultivariateNormal(
                (1.339, 1.9248125),
                ((0.05688225, 0.081768234375), (0.081768234375, 0.1813485969140625)),
            ),
        ),
        (Fraction(6, 7), Fraction(1, 7)),
    )
    found = total_variation(p, q)
    assert abs(float(found) - 0.1940982110184639) <= float(found.error) + 1e-15
