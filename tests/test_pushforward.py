import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from gantheory import (
    alpha_divergence,
    as_density,
    integrate,
    js_divergence,
    kl_divergence,
    pearson_chi2,
    total_variation,
    virtual_training_criterion,
    wasserstein_1,
)
from gantheory.densities import (
    Branch,
    Cauchy,
    Exponential,
    Laplace,
    MultivariateNormal,
    Normal,
    Pushforward,
    Triangular,
    Uniform,
    maps,
)
from gantheory.errors import InvalidDensity, NoDensity

inf, pi, exp = math.inf, math.pi, math.exp
N = Normal
CUBE = tuple(
    Branch(side, lambda z: z**3, np.cbrt, lambda z: 3 * z**2) for side in ((-inf, 0.0), (0.0, inf))
)
EXP = maps.monotone(np.exp, np.log, np.exp)
SQUARED = Pushforward(maps.square, N(0, 1))
FOLDED = Pushforward(maps.absolute, N(0, 1))
ARCSINE = Pushforward(maps.sine, Uniform(-pi, pi))
ROOT = Pushforward(maps.square, Uniform(-1, 1))
SLANTED = Pushforward(maps.affine(-2.0, 1.0), N(0, 1))
LOGNORMAL = Pushforward(EXP, N(0, 1))
WOUND = Pushforward(maps.sine, N(0, 1))
CUBED = Pushforward(CUBE, N(0, 1))
ALL = [SQUARED, FOLDED, ARCSINE, ROOT, SLANTED, LOGNORMAL, WOUND, CUBED]
NAMES = ["squared", "folded", "arcsine", "root", "slanted", "lognormal", "wound", "cubed"]
U = Uniform(-1, 1)


def check(estimate, truth, relative=1e-12):
    off = abs(mp.mpf(float(estimate)) - mp.mpf(truth))
    assert off <= mp.mpf(float(estimate.error)) + abs(mp.mpf(truth)) * mp.mpf(10) ** -24, estimate
    assert off <= relative * abs(mp.mpf(truth)), estimate


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


NUMBERS = [
    (kl_divergence, Exponential(1), SQUARED, "0.13033070075390631147707369136442"),
    (virtual_training_criterion, N(0, 1), FOLDED, "-0.95477125244221922767563573392561"),
    (total_variation, N(0, 1), FOLDED, "0.5"),
    (kl_divergence, ARCSINE, U, "0.24156447527049044469103689156329"),
    (kl_divergence, U, ARCSINE, "0.14472988584940017414342735135306"),
    (wasserstein_1, U, ARCSINE, "0.13661977236758134307553505349006"),
    (js_divergence, ROOT, Uniform(0, 1), "0.053781946088294561306197290649423"),
    (kl_divergence, FOLDED, Pushforward(maps.absolute, Cauchy()),
     "0.25924453248886226361821582029442"),
]  # fmt: skip


@pytest.mark.parametrize(("divergence", "p", "q", "truth"), NUMBERS)
def test_known_numbers(divergence, p, q, truth):
    check(divergence(p, q), truth)


SAME = [
    (SQUARED, as_density(stats.chi2(1))),
    (FOLDED, as_density(stats.halfnorm())),
    (SLANTED, N(1, 2)),
    (LOGNORMAL, as_density(stats.lognorm(1))),
    (ARCSINE, as_density(stats.arcsine(-1, 2))),
    (Pushforward(maps.affine(Fraction(1, 2)), Laplace(2, 2)), Laplace(1, 1)),
]


@pytest.mark.parametrize(("p", "q"), SAME)
def test_the_same_law_by_another_name(p, q):
    assert p.support == pytest.approx(q.support)
    for value in ("cdf", "sf", "logpdf"):
        assert float(getattr(p, value)(0.7)) == pytest.approx(float(getattr(q, value)(0.7)), 1e-12)
    for divergence in (js_divergence, total_variation):
        found = divergence(p, q)
        assert abs(float(found)) <= float(found.error) + 1e-14
        assert float(found.error) < 1e-12


@pytest.mark.parametrize("p", ALL, ids=NAMES)
def test_mass_cdf_and_samples_agree(p):
    check(virtual_training_criterion(p, p), -mp.log(4))
    x = p.sample(1500, np.random.default_rng(7))
    assert stats.ks_1samp(x, p.cdf).pvalue > 1e-3
    np.testing.assert_allclose(p.cdf(x) + p.sf(x), 1, rtol=1e-14)
    low, high = np.quantile(x, [0.55, 0.8])
    mass = integrate(lambda t: p.pdf(t), (float(low), float(high)))
    assert abs(float(mass) - float(p.cdf(high) - p.cdf(low))) <= float(mass.error) + 1e-13


def test_the_sine_of_a_normal_is_a_sum_over_all_preimages():
    for x in (-0.9, -0.25, 0.5):
        near = mp.asin(mp.mpf(x))
        preimages = [near + 2 * mp.pi * k for k in range(-5, 6)]
        preimages += [mp.pi - z for z in preimages]
        truth = mp.fsum(mp.npdf(z) for z in preimages) / mp.sqrt(1 - mp.mpf(x) ** 2)
        assert abs(WOUND.pdf(x) / float(truth) - 1) < 1e-13


# --- what the edges say ---------------------------------------------------------------------------


def test_powers_at_the_edges():
    powers = {
        -0.5: SQUARED.power_at(0.0, 1),
        -2 / 3: CUBED.power_at(0.0, -1),
        -0.75: Pushforward(maps.square[1:], SQUARED).power_at(0.0, 1),
        1.0: Pushforward(maps.monotone(np.sqrt, np.square, lambda z: 0.5 / np.sqrt(z),
                                       interval=(0.0, 1.0)), Uniform()).power_at(0.0, 1),
        0.0: Pushforward(maps.square[1:], Triangular(0, Fraction(1, 2), 1)).power_at(0.0, 1),
    }  # fmt: skip
    for wanted, found in powers.items():
        assert found == pytest.approx(wanted, abs=1e-12)
    assert SQUARED.power_at(0.0, -1) == inf
    assert LOGNORMAL.power_at(0.0, 1) is None


def test_finite_and_infinite_by_the_powers():
    wedge = Triangular(0, Fraction(1, 2), 1)
    rounded = Pushforward(maps.square, wedge)  # density 2 near 0, no pole
    truth = mp.quad(lambda z: 8 * z, [0, 0.5]) + mp.quad(lambda z: 8 * (1 - z) ** 2 / z, [0.5, 1])
    check(pearson_chi2(rounded, Uniform(0, 1)), truth - 1, 1e-11)
    assert float(pearson_chi2(Uniform(0, 1), Pushforward(maps.affine(1), wedge))) == inf
    assert float(pearson_chi2(SQUARED, Exponential(1))) == inf
    fourth = Pushforward(maps.square[1:], SQUARED)
    assert float(alpha_divergence(fourth, Exponential(1), 1.4)) == inf  # 1.4 · 3/4 > 1


# --- what is refused ------------------------------------------------------------------------------

SQUARE = maps.square


def piece(interval, forward=np.square, inverse=np.sqrt, derivative=lambda z: 2 * z):
    return Branch(interval, forward, inverse, derivative)


def half_flat(z):
    return np.minimum(z + 1, 0.0)


BAD = [
    ((SQUARE[0], piece((-1.0, inf))), InvalidDensity, "overlap"),
    ((piece((-inf, inf)),), InvalidDensity, "not monotone"),
    ((SQUARE[0], piece((0.0, inf), inverse=lambda x: -np.sqrt(x))), InvalidDensity,
     "inverse must undo forward"),
    ((SQUARE[0], piece((0.0, inf), derivative=lambda z: z)), InvalidDensity, "forward rises by"),
    ((SQUARE[0], piece((0.0, inf), derivative=lambda z: -2 * z)), InvalidDensity, "forward rises"),
    (SQUARE[1:], InvalidDensity, "cover 0.5 of the mass"),
    ((), InvalidDensity, "tuple of Branch"),
    (None, InvalidDensity, "tuple of Branch"),
    ((1, 2), InvalidDensity, "tuple of Branch"),
    (SQUARE[0], InvalidDensity, "bare callable|tuple of branches"),
    (np.tanh, InvalidDensity, "bare callable"),
    (lambda z: max(z, 0), InvalidDensity, "bare callable"),
    (maps.relu, NoDensity, r"atom of mass 0\.5 at 0\.0"),
    (lambda z: np.maximum(z, 0), NoDensity, r"0\.5\d? of it .*0\.0, an atom"),
    (np.zeros_like, NoDensity, "about 1 of it"),
    ((piece((-inf, 0.0), half_flat, np.positive, np.ones_like), SQUARE[1]), NoDensity, "atom"),
    ((piece((-inf, inf), lambda z: z**3, np.cbrt, lambda z: 3 * z**2),), InvalidDensity,
     r"derivative\(0.0\) = 0 .*begin another"),
    ((piece((-inf, inf), np.log, np.exp, np.reciprocal),), InvalidDensity, "not finite"),
    ((piece((-inf, inf), lambda z: 1.0),), InvalidDensity, "not vectorised"),
]  # fmt: skip


@pytest.mark.parametrize(("map_", "error", "message"), BAD)
def test_bad_maps(map_, error, message):
    with pytest.raises(error, match=message) as refusal:
        Pushforward(map_, N(0, 1))
    assert "np.float64" not in str(refusal.value)
    assert isinstance(refusal.value, NoDensity) == (error is NoDensity)


@pytest.mark.parametrize(
    "latent",
    [
        N(np.zeros(2), 1),
        MultivariateNormal((0, 0), ((1, 0), (0, 1))),
        as_density(lambda x: np.ones(len(x)), support=(0, 1)),
        None,
    ],
)
def test_bad_latent_laws(latent):
    with pytest.raises(InvalidDensity, match="latent"):
        Pushforward(SQUARE, latent)


def test_bad_branches():
    with pytest.raises(InvalidDensity, match="low < high"):
        piece((1.0, 0.0))
    with pytest.raises(InvalidDensity, match="give a function"):
        piece((0.0, 1.0), forward=1)
    with pytest.raises(InvalidDensity, match="atom"):
        maps.affine(0)
    with pytest.raises(InvalidDensity, match=r"cover 0\.98"):
        Pushforward(maps.sine, Cauchy())


def test_relu_of_a_positive_law_has_a_density():
    check(kl_divergence(Pushforward(maps.relu, Exponential(1)), Exponential(2)), 1 - mp.log(2))


# --- the expectation over z is the expectation over G(z) ------------------------------------------


@settings(max_examples=12)
@given(st.sampled_from([FOLDED, SLANTED, LOGNORMAL, ROOT]), st.floats(-2, 2), st.floats(0.25, 2))
def test_expectations_over_both_sides_agree(p, shift, scale):
    def h(x):
        return -np.logaddexp(0, scale * (x - shift))

    forward = {FOLDED: np.abs, LOGNORMAL: np.exp, ROOT: np.square, SLANTED: lambda z: 1 - 2 * z}[p]
    low, high = np.clip(p.latent.support, -10, 10)
    latent = integrate(
        lambda z: h(forward(z)) * p.latent.pdf(z), (low, high), landmarks=[0.0, 1.0, 3.0]
    )
    low, high = {FOLDED: (0, 10), LOGNORMAL: (0, exp(10)), ROOT: (0, 1), SLANTED: (-19, 21)}[p]
    marks = 2.0 ** np.arange(-60.0, 15.0)
    image = integrate(
        lambda x: h(x) * p.pdf(x), (low, high), landmarks=marks[marks < high].tolist()
    )
    assert float(image) == pytest.approx(float(latent), rel=1e-8)


def test_lotus_at_a_known_number():
    """E log(1 - σ(0.7 z² - 0.2)) for a normal z."""
    found = integrate(
        lambda z: -np.logaddexp(0, 0.7 * z**2 - 0.2) * N(0, 1).pdf(z), (-13, 13), landmarks=[0.0]
    )
    assert float(found) == pytest.approx(-1.0557204824, abs=1e-10)
    local = integrate(
        lambda t: -np.logaddexp(0, 0.7 * t**2 - 0.2) * SQUARED.pdf(t**2) * 2 * t,
        (1e-12, 13),
    )
    assert float(local) == pytest.approx(-1.0557204824, abs=1e-10)
