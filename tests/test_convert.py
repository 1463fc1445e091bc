import math

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from gantheory import (
    as_density,
    js_divergence,
    kl_divergence,
    pearson_chi2,
    total_variation,
    virtual_training_criterion,
    wasserstein_1,
)
from gantheory.densities import (
    Discrete,
    Exponential,
    MultivariateNormal,
    Normal,
    Product,
    Pushforward,
    Uniform,
)
from gantheory.densities.foreign import counts
from gantheory.errors import InvalidDensity, NotConverged

inf, pi, log = math.inf, math.pi, math.log
LINE = (-inf, inf)


def phi(x):
    return np.exp(-x * x / 2) / math.sqrt(2 * pi)


def check(estimate, truth, relative=1e-12):
    off = abs(mp.mpf(float(estimate)) - mp.mpf(truth))
    assert off <= mp.mpf(float(estimate.error)) + abs(mp.mpf(truth)) * mp.mpf(10) ** -24, estimate
    assert off <= relative * abs(mp.mpf(truth)), estimate


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


# --- scipy.stats ----------------------------------------------------------------------------------

OURS = [
    (stats.norm(1, 2), "Normal(loc=1.0, scale=2.0)"),
    (stats.norm(scale=2, loc=1), "Normal(loc=1.0, scale=2.0)"),
    (stats.norm, "Normal(loc=0.0, scale=1.0)"),
    (stats.laplace(1, scale=2), "Laplace(loc=1.0, scale=2.0)"),
    (stats.cauchy(1, 2), "Cauchy(loc=1.0, scale=2.0)"),
    (stats.t(3, 1, 2), "StudentT(df=3.0, loc=1.0, scale=2.0)"),
    (stats.t(df=3, scale=2), "StudentT(df=3.0, loc=0.0, scale=2.0)"),
    (stats.uniform(1, 2), "Uniform(low=1.0, high=3.0)"),
    (stats.expon(scale=4), "Exponential(rate=0.25)"),
    (stats.triang(0.25, 1, 2), "Triangular(low=1.0, mode=1.5, high=3.0)"),
    (stats.Normal(mu=1, sigma=2), "Normal(loc=1.0, scale=2.0)"),
    (stats.Uniform(a=1, b=3), "Uniform(low=1.0, high=3.0)"),
    (
        stats.Mixture([stats.Normal(), stats.Normal(mu=3)], weights=[0.25, 0.75]),
        "Mixture([Normal(loc=0.0, scale=1.0), Normal(loc=3.0, scale=1.0)], [0.25, 0.75])",
    ),
    (stats.multivariate_normal([1], [[4]]), "Normal(loc=1.0, scale=2.0)"),
    (
        stats.multivariate_normal([1, 2], [[2, 0.5], [0.5, 1]]),
        "MultivariateNormal(mean=[1.0, 2.0], cov=[[2.0, 0.5], [0.5, 1.0]])",
    ),
]


@pytest.mark.parametrize(("given", "wanted"), OURS)
def test_families_of_ours_stay_ours(given, wanted):
    assert repr(as_density(given)) == wanted
    assert as_density(given).declared


GENERIC = {
    "expon, shifted": stats.expon(1, 2),
    "arcsine": stats.arcsine(-1, 2),
    "beta": stats.beta(2, 2),
    "chi2": stats.chi2(1),
    "gamma": stats.gamma(0.05),
    "lognorm": stats.lognorm(0.5),
    "halfnorm": stats.halfnorm(1, 3),
    "weibull": stats.weibull_min(c=1.5, scale=2),
    "logistic": stats.logistic(2, 3),
    "histogram": stats.rv_histogram(np.histogram([1, 1, 2, 3, 3, 3], bins=3), density=True),
}


@pytest.mark.parametrize("name", GENERIC)
def test_frozen_distributions_keep_their_values(name):
    frozen, p = GENERIC[name], as_density(GENERIC[name])
    assert p.declared
    assert p.support == frozen.support()
    x = frozen.ppf(np.array([0.1, 0.3, 0.45, 0.8, 0.99]))
    np.testing.assert_allclose(p.logpdf(x), frozen.logpdf(x), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(p.cdf(x), frozen.cdf(x), rtol=1e-12)
    np.testing.assert_allclose(p.sf(x), frozen.sf(x), rtol=1e-12)
    assert p.logpdf(np.nextafter(p.support[0], -inf)) == -inf
    drawn = p.sample(500, np.random.default_rng(5))
    assert drawn.shape == (500,)
    assert stats.ks_1samp(drawn, frozen.cdf).pvalue > 1e-3
    check(virtual_training_criterion(p, p), -mp.log(4), 1e-12)  # all its mass is seen


def test_new_style_distributions():
    p = as_density(stats.make_distribution(stats.gamma)(a=2.0))
    check(kl_divergence(p, as_density(stats.gamma(3))), mp.log(2) - mp.digamma(2))
    assert stats.ks_1samp(p.sample(500, np.random.default_rng(5)), stats.gamma(2).cdf).pvalue > 1e-3


@pytest.mark.parametrize("given", [stats.binom(3, 0.25), stats.Binomial(n=3, p=0.25)])
def test_discrete_distributions(given):
    p = as_density(given)
    assert isinstance(p, Discrete)
    np.testing.assert_allclose(p.weights, np.array([27, 27, 9, 1]) / 64, rtol=1e-13)
    np.testing.assert_array_equal(p.points, [0, 1, 2, 3])


REFUSED = [
    (stats.zipf(2.0), "zipf.*too many.*poisson.*Discrete"),
    (stats.poisson([1, 2]), "single"),
    (stats.gamma, r"freeze it first, as in gamma\(a\)"),
    (stats.beta, r"freeze it first, as in beta\(a, b\)"),
    (stats.multivariate_normal([0, 0, 0]), "dimension 3"),
    (stats.dirichlet([1, 2]), "not supported"),
    (stats.norm(0, -1), "scale must be positive"),
    (stats.gamma(-1), "out of range"),
    (stats.gamma([1, 2]), "norm, laplace, cauchy.*one gamma after the other"),
    (stats.uniform([0, 0.1], 0.3), "write Uniform with arrays"),
    (stats.make_distribution(stats.gamma)(a=[1.0, 2.0]), "only of scipy.stats.Normal and Uniform"),
    (stats.gaussian_kde(np.eye(3, 9) + np.eye(3, 9, 4)), "dimension 3"),
    (3.5, "is not a density; give a family"),
    ([0.5, 0.4], r"list of 2 entries.*samples are not accepted.*Discrete\(weights, points\)"),
    ([-0.5, 1.5], "list of 2 entries.*samples are not accepted"),
    (np.zeros((3, 2)), r"shape \(3, 2\).*samples are not accepted.*js_divergence_lower_bound"),
    (["a", "b"], "samples are not accepted"),
    ([], "samples are not accepted"),
    (stats.vonmises(1.0), "periodic.*vonmises_line"),
    (phi, r"write support=\(low, high\)"),
]


@pytest.mark.parametrize(("given", "message"), REFUSED)
def test_what_has_no_density_is_refused(given, message):
    with pytest.raises(InvalidDensity, match=message):
        as_density(given)


def test_counts_on_too_many_points_are_refused(monkeypatch):
    monkeypatch.setattr(counts, "MOST_POINTS", 1000)
    with pytest.raises(InvalidDensity, match="more than 1000 points"):
        as_density(stats.poisson(1e12))


@pytest.mark.parametrize("given", [Normal(0, 1), stats.norm(), stats.binom(3, 0.5)])
def test_a_support_is_for_callables(given):
    with pytest.raises(InvalidDensity, match="own support"):
        as_density(given, support=(0, 1))


def lognormals(s, t):
    """KL of normals with standard deviations s and t."""
    s, t = mp.mpf(s), mp.mpf(t)
    return mp.log(t / s) + s**2 / t**2 / 2 - mp.mpf(1) / 2


def gammas(a, b):
    a, b = mp.mpf(a), mp.mpf(b)
    return (a - b) * mp.digamma(a) - mp.loggamma(a) + mp.loggamma(b)


A = as_density
NUMBERS = {
    "chi2": lambda: (
        kl_divergence(Exponential(1), A(stats.chi2(1))),
        (mp.log(2 * mp.pi) - 1 - mp.euler) / 2,
    ),
    "arcsine": lambda: (
        kl_divergence(A(stats.arcsine(-1, 2)), Uniform(-1, 1)),
        mp.log(4 / mp.pi),
    ),
    "halfnorm": lambda: (
        virtual_training_criterion(A(stats.halfnorm()), Normal(0, 1)),
        mp.log(2) - mp.log(3) * 3 / 2,
    ),
    "beta": lambda: (
        js_divergence(A(stats.beta(2, 2)), Uniform(0, 1)),
        "0.035788747457430504155924907473645",
    ),
    "beta TV": lambda: (
        total_variation(A(stats.beta(2, 2)), Uniform(0, 1)),
        1 / mp.sqrt(27),  # from 1/2 ± 1/√12
    ),
    "lognorm": lambda: (
        kl_divergence(A(stats.lognorm(0.5)), A(stats.lognorm(1))),
        lognormals(0.5, 1),
    ),
    "lognorm, chi2": lambda: (
        pearson_chi2(A(stats.lognorm(0.5)), A(stats.lognorm(1))),
        mp.mpf(1) / (mp.mpf(0.5) * mp.sqrt(mp.mpf(1.75))) - 1,
    ),
    "gamma": lambda: (
        kl_divergence(A(stats.gamma(0.05)), A(stats.gamma(0.1))),
        gammas(0.05, 0.1),
    ),
    "gamma W1": lambda: (wasserstein_1(A(stats.gamma(2)), A(stats.gamma(3))), 1),
    "halfnorm W1": lambda: (
        wasserstein_1(A(stats.halfnorm()), Normal(0, 1)),
        mp.sqrt(2 / mp.pi),
    ),
    "logistic": lambda: (
        kl_divergence(A(stats.logistic()), A(stats.logistic(1, 2))),
        mp.quad(
            lambda x: (
                mp.exp(-x)
                / (1 + mp.exp(-x)) ** 2
                * (
                    -x
                    - 2 * mp.log1p(mp.exp(-x))
                    + (x - 1) / 2
                    + 2 * mp.log1p(mp.exp(-(x - 1) / 2))
                    + mp.log(2)
                )
            ),
            [*range(-80, 81, 8)],
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_in_closed_form(name):
    found, truth = NUMBERS[name]()
    check(found, truth)
    assert float(found.error) <= 1e-11 * abs(float(found))
    assert found.declared


def test_kl_that_is_infinite_by_support():
    assert float(kl_divergence(Normal(0, 1), A(stats.halfnorm()))) == inf
    assert float(kl_divergence(A(stats.chi2(1)), A(stats.beta(2, 2)))) == inf


# --- black boxes: what is refused -----------------------------------------------------------------


class Stateful:
    def __init__(self):
        self.calls = 0

    def __call__(self, x):
        self.calls += 1
        return phi(x) * (1 if self.calls <= 20 else 2)


class Random:
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def __call__(self, x):
        return phi(x) * (1 + 1e-9 * self.rng.normal(size=x.shape))


def unnormalised(x):
    return 2 * phi(x)


def negative(x):
    return 2 * phi(x) - phi(x - 1)  # mass 1


def nan_window(x):
    return np.where(np.abs(x - 0.3) < 0.01, np.nan, phi(x))


def infinite(x):
    return np.where(np.abs(x) < 0.1, inf, phi(x))


def log_density(x):
    return -x * x / 2 - 0.5 * log(2 * pi)


def scalar_only(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * pi)


def scalar_branch(x):
    return phi(x) if x > -100 else 0.0


def mutating(x):
    x *= -1
    return phi(x)


def raising(x):
    raise KeyError("boom")


def exits(x):
    raise SystemExit(3)


def stops(x):
    raise StopIteration


def normalised_on_the_spot(x):
    """A value that depends on how many points come with it."""
    return phi(x) * (1 + 1e-3 * (len(x) == 1))


def normalised_by_rank(x):
    return phi(x) * (1 + 1e-6 * np.arange(len(x)) / len(x))


BAD = [
    (unnormalised, "mass 2 .*not 1"),
    (negative, r"negative density \(-0\.\d+\) at \d"),
    (nan_window, r"nan .* at 0\.[23]"),
    (infinite, r"infinity .* at -?0\.0"),
    (log_density, "negative density.*log density"),
    (lambda x: phi(x) + 0j, "complex128.*real"),
    (lambda x: np.abs(x) < 0.5, "bool"),
    (lambda x: phi(x).astype(object), "object"),
    (lambda x: None, "object"),
    (lambda x: "0.5", "<U3"),
    (lambda x: phi(x.astype(np.float16)), "mass"),
    (lambda x: 0.5, r"returned shape \(\)"),
    (lambda x: phi(x)[:, None], r"returned shape \(\d+, 1\)"),
    (lambda x: phi(x)[:1], r"returned shape \(1,\)"),
    (scalar_only, "raised TypeError.*vectorised"),
    (scalar_branch, "raised ValueError.*vectorised"),
    (mutating, "changes its argument"),
    (raising, "raised KeyError.*boom"),
    (exits, "raised SystemExit: 3"),
    (stops, "raised StopIteration"),
    (Random(), "not be random"),
    (Stateful(), "must not keep state"),
    (normalised_on_the_spot, "depends on the other"),
    (normalised_by_rank, "depends on the other"),
    (stats.norm(0.3, 1e-6).pdf, "mass"),  # a spike that no node sees
    (lambda x: (phi(x) + phi(x - 1e6)) / 2, "mass 0.5"),
]  # fmt: skip


@pytest.mark.parametrize(("function", "message"), BAD)
def test_bad_callables_are_refused_by_name(function, message):
    name = getattr(function, "__qualname__", type(function).__name__)
    with pytest.raises(InvalidDensity, match=message) as refusal:
        as_density(function, support=LINE)
    assert name in str(refusal.value)


@pytest.mark.parametrize(
    ("support", "message"),
    [
        ((-1, 1), "mass 0.68268"),
        ((-1e6, 1.7e6), "mass 0"),
        ((1, -1), "low < high"),
        ((0, 0), "low < high"),
        ((math.nan, 1), "low < high"),
        ("everywhere", "low < high"),
        ((1, 2, 3), "low < high"),
        (5.0, "low < high"),
    ],
)
def test_wrong_supports(support, message):
    with pytest.raises(InvalidDensity, match=message):
        as_density(phi, support=support)


def test_an_interrupt_is_no_fault_of_the_density():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        as_density(interrupted, support=LINE)


def test_a_fault_that_shows_later():
    """A nan between the probes is refused when it is met."""
    late = as_density(lambda x: np.where(x == 0.123456789, np.nan, phi(x)), support=LINE)
    with pytest.raises(InvalidDensity, match=r"nan.*0\.123456789"):
        late.logpdf(np.array([0.0, 0.123456789]))


# --- black boxes: honest --------------------------------------------------------------------------


def test_a_black_box_is_never_declared():
    p = as_density(phi, support=LINE)
    assert not p.declared
    assert p.support == LINE
    found = js_divergence(p, Normal(1, 1))
    check(found, "0.11142148218473617971723681221756")
    assert not found.declared
    check(total_variation(p, Normal(1, 1)), "0.38292492254802620727540922121668")
    assert p.logpdf(0.5) == pytest.approx(-0.125 - 0.5 * log(2 * pi))
    inside = as_density(lambda x: np.ones(len(x)), support=(0, 1))
    np.testing.assert_array_equal(inside.pdf([[-0.5, 0.5], [1.0, 1.5]]), [[0, 1], [1, 0]])


@pytest.mark.parametrize("divergence", [kl_divergence, pearson_chi2, wasserstein_1])
def test_undeclared_tails_give_no_number(divergence):
    p = as_density(phi, support=LINE)
    for pair in ((p, Normal(1, 1)), (Normal(1, 1), p)):
        with pytest.raises(NotConverged, match="declares no tails"):
            divergence(*pair)


def test_a_black_box_declares_no_more_than_values():
    p = as_density(phi, support=LINE)
    for refused in (lambda: p.cdf(0.0), lambda: p.sf(0.0), lambda: p.sample(3, None)):
        with pytest.raises(InvalidDensity, match="phi is a black box"):
            refused()
    for refused in (lambda: Product(p, Normal(0, 1)), lambda: Pushforward(None, p)):
        with pytest.raises(InvalidDensity):
            refused()


def test_a_hidden_spike_is_covered():
    """The true divergence is about 1e-7 log 2 / 2; nothing but its missing mass tells of it."""
    share, at, width = 1e-7, 0.1234567, 1e-7

    def spiked(x):
        return (1 - share) * phi(x) + share / width * phi((x - at) / width)

    found = js_divergence(as_density(spiked, support=LINE), Normal(0, 1))
    truth = share * log(2) / 2
    assert abs(float(found) - truth) <= float(found.error) <= 1e-6
    assert not found.declared


@pytest.mark.parametrize("k", [1, 5, 25])
def test_an_oscillating_density(k):
    """Every number of whole periods has the same divergence from the uniform law."""
    p = as_density(lambda x: 1 + np.cos(2 * pi * k * x), support=(0, 1))
    one = mp.quad(
        lambda x: (lambda c: (c * mp.log(2 * c / (1 + c)) if c else 0) - mp.log((1 + c) / 2))(
            1 + mp.cos(mp.pi * x)
        ) / 2,
        [0, 0.5, 1],
    )  # fmt: skip
    check(js_divergence(p, Uniform(0, 1)), one, 1e-11)


def test_a_jump_inside():
    j = 1 / math.sqrt(2)

    def jumps(x):
        return np.where(x < j, 0.5 / j, 0.5 / (1 - j))

    p, q = as_density(jumps, support=(0, 1)), Uniform(0, 1)
    check(total_variation(p, q), mp.mpf(j) - 0.5, 1e-11)
    check(kl_divergence(p, q), -(mp.log(2 * mp.mpf(j)) + mp.log(2 * (1 - mp.mpf(j)))) / 2, 1e-11)


def test_single_precision_costs_what_it_costs():
    p = as_density(lambda x: phi(x.astype(np.float32)), support=(-8, 8))
    found = js_divergence(p, Normal(1, 1))
    off = abs(float(found) - 0.11142148218473618)
    assert off <= float(found.error)
    assert 1e-8 < float(found.error) < 1e-5


# --- black boxes of the plane ---------------------------------------------------------------------

SQUARE = ((0, 1), (0, 1))


def test_a_black_box_of_the_plane():
    p = as_density(lambda x: x[:, 0] + x[:, 1], support=SQUARE)
    assert p.dim == 2
    assert not p.declared
    flat = as_density(lambda x: np.ones(len(x)), support=SQUARE)
    found = js_divergence(flat, Product(Uniform(0, 2), Uniform(0, 1)))
    check(found, "0.21576155433883569557941425449537", 1e-10)
    assert not found.declared
    np.testing.assert_array_equal(p.pdf([[0.25, 0.5], [0.5, 2.0]]), [0.75, 0.0])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: 2 * np.ones(len(x)), "mass 2"),
        (lambda x: 1 - 10.0 * (x[:, 0] > 0.5), r"negative density \(-9.0\) at \[0\."),
        (lambda x: np.where(x[:, 1] > 0.9, np.nan, 1), r"nan .* at \[0\.\d+, 0\.9"),
        (np.ones_like, r"returned shape \(\d+, 2\)"),
    ],
)
def test_bad_callables_of_the_plane(function, message):
    with pytest.raises(InvalidDensity, match=message):
        as_density(function, support=SQUARE)


def test_a_frozen_normal_of_the_plane():
    p = as_density(stats.multivariate_normal([0, 0], [[1, 0.5], [0.5, 2]]))
    assert isinstance(p, MultivariateNormal)
    check(js_divergence(p, p) + 1, 1)
