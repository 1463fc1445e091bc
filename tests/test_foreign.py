"""What other libraries call a density: histograms, counts, kernel estimates, fitted models, batches."""

import math
from fractions import Fraction
from itertools import pairwise

import mpmath as mp
import numpy as np
import pytest
from scipy import stats

from gantheory import (
    GeneratorDensity,
    Histogram,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    Pushforward,
    alpha_divergence,
    as_density,
    certified,
    f_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    maps,
    nets,
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
from gantheory.densities.discrete import Discrete
from gantheory.errors import InvalidDensity, NotCertifiable, NotConverged

RNG = np.random.default_rng(20261)


def check(estimate, truth):
    """The truth lies within the error, and that is small."""
    off = abs(mp.mpf(float(estimate)) - truth)
    assert off <= mp.mpf(float(estimate.error)), (estimate, mp.nstr(truth, 20))
    assert float(estimate.error) <= 1e-9 * max(abs(float(estimate)), 1e-9)


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(50):
        yield


def exactly(x):
    x = Fraction(x)
    return mp.mpf(x.numerator) / x.denominator


KERNELS = {
    js_divergence: lambda p, q: (
        sum(a * mp.log(2 * a / (p + q)) / 2 for a in (p, q) if a) if p + q else 0
    ),
    total_variation: lambda p, q: abs(p - q) / 2,
    squared_hellinger: lambda p, q: (mp.sqrt(p) - mp.sqrt(q)) ** 2 / 2,
    kl_divergence: lambda p, q: (p * mp.log(p / q) if p else 0) - p + q,
    pearson_chi2: lambda p, q: (p - q) ** 2 / q if q else mp.mpf(0),
    virtual_training_criterion: lambda p, q: sum(a * mp.log(a / (p + q)) for a in (p, q) if a),
}
BOUNDED = [js_divergence, total_variation, squared_hellinger, virtual_training_criterion]

# --- histograms -----------------------------------------------------------------------------------


def levels(h):
    """(low, high, exact density) of every bin."""
    ends = [Fraction(e) for e in h.bin_edges.tolist()]
    return [(a, b, w / (b - a)) for (a, b), w in zip(pairwise(ends), h.exact_weights, strict=True)]


def cells(p, q):
    """(width, p, q) on the common refinement of two histograms, exactly."""
    ends = sorted({e for h in (p, q) for low, high, _ in levels(h) for e in (low, high)})
    for low, high in pairwise(ends):
        found = [
            next((level for a, b, level in levels(h) if a <= low and high <= b), Fraction(0))
            for h in (p, q)
        ]
        yield exactly(high - low), *map(exactly, found)


def drawn(n, low=-2.0, width=4.0, *, empty=False):
    counts = RNG.integers(0 if empty else 1, 50, n)
    edges = np.sort(low + width * RNG.uniform(size=n + 1))
    return as_density((counts, edges))


STEP = drawn(6)
HISTOGRAMS = {
    "random": (drawn(7), drawn(5)),
    "empty bins": (drawn(9, empty=True), drawn(8, empty=True)),
    "one bin": (drawn(1), drawn(4)),
    "apart": (drawn(3), drawn(3, low=50.0)),
    "narrow": (drawn(4, low=1e6, width=1e-8), drawn(4, low=1e6, width=1e-8)),
    "nearly equal": (
        STEP,
        Histogram(
            [w + Fraction(s, 10**11) for w, s in zip(STEP.exact_weights, (1, -1) * 3, strict=True)],
            STEP.bin_edges,
        ),
    ),
    "scales": (drawn(4, low=0, width=1e-12), drawn(4, low=0, width=1e12)),
}


PAIRS = [(name, d) for name in HISTOGRAMS for d in KERNELS]
PAIRS = [(name, d) for name, d in PAIRS if d is not pearson_chi2 or name in ("one bin", "apart")]


@pytest.mark.parametrize(("name", "divergence"), PAIRS)
def test_two_histograms_are_a_finite_sum(name, divergence):
    p, q = HISTOGRAMS[name]
    found = divergence(p, q)
    table = list(cells(p, q))
    if divergence in (kl_divergence, pearson_chi2) and any(a > 0 == b for _, a, b in table):
        assert float(found) == math.inf
        return
    off = abs(sum(w * KERNELS[divergence](a, b) for w, a, b in table) - mp.mpf(float(found)))
    assert off <= mp.mpf(float(found.error)), found
    assert float(found.error) <= 1e-5 * abs(float(found)) + 1e-30
    assert found.declared


@pytest.mark.parametrize("name", HISTOGRAMS)
def test_two_histograms_to_a_tolerance(name):
    p, q = HISTOGRAMS[name]
    for divergence in BOUNDED[:3]:
        found = divergence(p, q, rtol=1e-3, atol=1e-12)
        truth = sum(w * KERNELS[divergence](a, b) for w, a, b in cells(p, q))
        assert abs(truth - mp.mpf(float(found))) <= mp.mpf(float(found.error)), found
        assert float(found.error) <= max(1e-12, 1e-3 * abs(float(found)))


def test_a_histogram_beside_a_normal():
    """KL(h‖N(0, 1)) = Σ w log h + log √(2π) + ∫ h x²/2, in closed form."""
    h = drawn(12)
    truth = mp.log(2 * mp.pi) / 2
    for low, high, level in levels(h):
        mass = exactly(level * (high - low))
        truth += mass * mp.log(exactly(level)) + exactly(level * (high**3 - low**3)) / 6
    check(kl_divergence(h, Normal(0, 1)), truth)
    moved = as_density((h.weights, h.bin_edges + 1))
    ends = [float(e) for e in h.bin_edges]
    assert moved.sample(9, RNG).shape == (9,)
    assert h.support == (ends[0], ends[-1])


def test_wasserstein_of_histograms_is_an_integral_of_broken_lines():
    p, q = HISTOGRAMS["random"]
    ends = sorted({*p.bin_edges.tolist(), *q.bin_edges.tolist()})

    def gap(x):
        return sum(
            sign * exactly(level * (min(max(Fraction(x), low), high) - low))
            for sign, h in ((1, p), (-1, q))
            for low, high, level in levels(h)
        )

    truth = mp.mpf(0)
    for low, high in pairwise(ends):
        a, b, width = gap(low), gap(high), exactly(Fraction(high) - Fraction(low))
        same = a * b >= 0
        truth += width * ((abs(a) + abs(b)) / 2 if same else (a * a + b * b) / (2 * abs(a - b)))
    check(wasserstein_1(p, q), truth)


def test_points_at_the_edges_of_bins():
    h = Histogram([0.25, 0, 0.75], [0, 1, 2, 4])
    x = np.array([-1e-300, 0, np.nextafter(1, 0), 1, 2, 4, np.nextafter(4, 5)])
    np.testing.assert_allclose(h.pdf(x), [0, 0.25, 0.25, 0, 0.375, 0.375, 0])
    np.testing.assert_array_equal(h.pdf(np.array([-1e-17, 1e-17]), origin=2.0), [0, 0.375])
    np.testing.assert_allclose(h.cdf([-1, 0.5, 1.5, 3, 9]), [0, 0.125, 0.25, 0.625, 1])
    np.testing.assert_allclose(h.sf([-1, 0.5, 1.5, 3, 9]), [1, 0.875, 0.75, 0.375, 0])
    assert h.pieces == ((0, 1), (2, 4))


def test_what_numpy_and_scipy_call_a_histogram():
    x = RNG.normal(size=500)
    edges = np.array([-5, -1, -0.5, 0, 0.25, 1, 5.0])
    wanted = Histogram([Fraction(int(k), 500) for k in np.histogram(x, edges)[0]], edges)
    for given in (
        np.histogram(x, edges),
        np.histogram(x, edges, weights=np.full(500, 0.3)),
        tuple(side.tolist() for side in np.histogram(x, edges)),
        np.histogram(x, edges, density=True),
        stats.rv_histogram(np.histogram(x, edges), density=False),
        stats.rv_histogram(np.histogram(x, edges, density=True), density=True),
    ):
        assert isinstance(as_density(given), Histogram)
        np.testing.assert_allclose(as_density(given).weights, wanted.weights, rtol=1e-13)
    assert js_divergence(np.histogram(x, edges), wanted).error <= 1e-30
    skewed = stats.rv_histogram(np.histogram(x, edges), density=True)  # counts taken as densities
    middle = 0.5 * (edges[1:] + edges[:-1])
    np.testing.assert_allclose(as_density(skewed).pdf(middle), skewed.pdf(middle), rtol=1e-13)


@pytest.mark.parametrize(
    ("weights", "edges", "message"),
    [
        ([0.5, 0.5], [0, 1], "1 components but 2 weights"),
        ([0.5, 0.4], [0, 1, 2], "sum to 0.9"),
        ([1.5, -0.5], [0, 1, 2], "never negative"),
        ([0.5, 0.5], [0, 2, 1], "ascending"),
        ([0.5, 0.5], [0, 1, 1], "ascending"),
        ([0.5, 0.5], [0, 1, math.nan], "finite"),
        ([0.5, 0.5], ["0", "0.1", "1"], "float64"),
        ([1.0], 3.0, "two edges"),
    ],
)
def test_what_is_no_histogram(weights, edges, message):
    with pytest.raises(InvalidDensity, match=message):
        Histogram(weights, edges)


# --- counts ---------------------------------------------------------------------------------------


def poisson(mu):
    mu = mp.mpf(mu)
    return lambda k: mp.exp(k * mp.log(mu) - mu - mp.loggamma(k + 1))


def geometric(p):
    p = mp.mpf(p)
    return lambda k: p * (1 - p) ** (k - 1) if k else mp.mpf(0)


def binomial(n, p):
    p = mp.mpf(p)
    return lambda k: mp.binomial(n, k) * p**k * (1 - p) ** (n - k) if k <= n else mp.mpf(0)


def negative_binomial(n, p):
    n, p = mp.mpf(n), mp.mpf(p)
    return lambda k: mp.gamma(k + n) / mp.gamma(n) / mp.factorial(k) * p**n * (1 - p) ** k


def hypergeometric(total, marked, n):
    return lambda k: (
        mp.binomial(marked, k) * mp.binomial(total - marked, n - k) / mp.binomial(total, n)
        if k <= min(n, marked)
        else mp.mpf(0)
    )


COUNTS = {
    "poisson": (stats.poisson(3.5), stats.poisson(4), poisson(3.5), poisson(4)),
    "near": (stats.poisson(3), stats.poisson(3 + 2**-30), poisson(3), poisson(3 + 2.0**-30)),
    "far": (stats.poisson(0.01), stats.poisson(150), poisson(0.01), poisson(150)),
    "geometric": (stats.geom(0.3), stats.geom(0.75), geometric(0.3), geometric(0.75)),
    "two families": (
        stats.make_distribution(stats.poisson)(mu=2.0),
        stats.Binomial(n=9, p=0.25),
        poisson(2),
        binomial(9, 0.25),
    ),
    "negative binomial": (
        stats.nbinom(0.5, 0.5),
        stats.nbinom(4.5, 0.625),
        negative_binomial(0.5, 0.5),
        negative_binomial(4.5, 0.625),
    ),
    "hypergeometric": (
        stats.hypergeom(200, 50, 30),
        stats.binom(30, 0.25),
        hypergeometric(200, 50, 30),
        binomial(30, 0.25),
    ),
}


@pytest.mark.parametrize("divergence", BOUNDED)
@pytest.mark.parametrize("name", COUNTS)
def test_counts_are_enclosed_by_their_listed_points(name, divergence):
    p, q, f, g = COUNTS[name]
    truth = sum(KERNELS[divergence](f(k), g(k)) for k in range(420))
    found = divergence(p, q)
    assert abs(truth - mp.mpf(float(found))) <= mp.mpf(float(found.error)), found
    assert float(found.error) <= 1e-6 * abs(float(found)) + 1e-30


def test_mass_that_is_not_listed_is_paid_for():
    """Lists cut so short that it shows: every bounded divergence is within its error."""
    short_p = Discrete([Fraction(1, 2), Fraction(1, 4)], [1, 2], unseen=0.25)
    short_q = Discrete([Fraction(3, 4), Fraction(3, 16)], [1, 2], unseen=0.0625)
    shifted = Discrete([Fraction(3, 4), Fraction(3, 16)], [4, 5], unseen=0.0625)
    f, g = geometric(0.5), geometric(0.75)
    for q, shift in ((short_q, 0), (shifted, 3)):
        for divergence in BOUNDED:
            truth = sum(KERNELS[divergence](f(k), g(k - shift) if k > shift else mp.mpf(0))
                        for k in range(1, 200))  # fmt: skip
            found = divergence(short_p, q)
            assert abs(truth - mp.mpf(float(found))) <= float(found.error), (divergence, shift)
            assert float(found.error) < 1.1
            assert found.kind == "estimated"
            with pytest.raises(NotConverged, match="nothing better"):
                divergence(short_p, q, rtol=1e-3)
    alpha = alpha_divergence(short_p, shifted, 0.5)
    four = 4 * squared_hellinger(short_p, shifted)
    assert alpha.compatible_with(four)
    triangular = f_divergence(
        lambda u: (u - 1) ** 2 / (u + 1), short_p, short_q, at_zero=1.0, slope_at_infinity=1.0
    )
    truth = sum((f(k) - g(k)) ** 2 / (f(k) + g(k)) for k in range(1, 200))
    assert abs(truth - float(triangular)) <= float(triangular.error)


def test_weights_that_are_not_exact_move_the_earth():
    """True weights may be 0.55 and 0.45: W₁ = 0.05."""
    found = wasserstein_1(Discrete([0.5, 0.5], weight_error=0.1), Discrete([0.5, 0.5]))
    assert 0.05 <= float(found.error) < 0.11
    assert found.kind == "estimated"


def test_divergences_that_no_mass_bounds():
    p, q = stats.poisson(3), stats.poisson(4)
    for divergence in (
        kl_divergence,
        reverse_kl_divergence,
        jeffreys_divergence,
        pearson_chi2,
        wasserstein_1,
        lambda p, q: renyi_divergence(p, q, 0.5),
        lambda p, q: alpha_divergence(p, q, 2.5),
        lambda p, q: value_function(p, q, optimal_discriminator(p, q)),
    ):
        with pytest.raises(NotConverged, match="listed") as refusal:
            divergence(p, q)
        assert len(str(refusal.value)) < 600
    for pair in ((p, q), (stats.binom(300, 0.3), stats.binom(300, 0.4))):
        with pytest.raises(NotCertifiable, match="exact weights"):
            certified.js_divergence(*pair)


def test_kullback_leibler_where_all_points_are_listed():
    for n in (5, 200):
        p, q = stats.binom(n, 0.25), stats.binom(n, 0.375)
        a, b = mp.mpf(0.25), mp.mpf(0.375)
        check(kl_divergence(p, q), n * (a * mp.log(a / b) + (1 - a) * mp.log((1 - a) / (1 - b))))
    inside = kl_divergence(stats.binom(5, 0.25), stats.poisson(2))  # p lists all its points
    f, g = binomial(5, 0.25), poisson(2)
    check(inside, sum(f(k) * mp.log(f(k) / g(k)) for k in range(6)))
    assert float(kl_divergence(stats.poisson(2), stats.binom(5, 0.25))) == math.inf
    assert float(kl_divergence(stats.binom(5, 0.25), stats.binom(4, 0.25))) == math.inf


@pytest.mark.parametrize(
    ("given", "points"),
    [
        (stats.poisson(0), 1),
        (stats.geom(1), 1),
        (stats.binom(4, 0), 1),
        (stats.binom(4, 1), 1),
        (stats.poisson(2, loc=-3), 44),
        (stats.randint(2, 7), 5),
        (stats.bernoulli(0.25), 2),
        (stats.rv_discrete(values=([1, 3], [0.25, 0.75])), 2),
        (stats.binom(10_000, 0.25), 3000),
        (stats.boltzmann(0.3, 10), 10),
    ],
)
def test_listed_points(given, points):
    p = as_density(given)
    assert abs(len(p.weights) - points) <= points * 0.2
    np.testing.assert_allclose(p.weights, given.pmf(p.points), rtol=1e-8)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(p.cdf(p.points), given.cdf(p.points), rtol=1e-8, atol=1e-280)
    assert abs(1 - sum(p.exact_weights)) <= p.unseen + p.weight_error


def test_lists_and_arrays_of_probabilities():
    wanted = js_divergence(Discrete([0.2, 0.8]), Discrete([0.5, 0.5]))
    for given in ([0.2, 0.8], (0.2, 0.8), np.array([0.2, 0.8])):
        found = js_divergence(given, [0.5, 0.5])
        assert (float(found), found.error) == (float(wanted), wanted.error)
    single = as_density(np.full(10, 0.1, dtype=np.float32))
    assert single.exact_weights == (Fraction(1, 10),) * 10
    assert as_density([Fraction(1, 3), Fraction(2, 3)]).exact_weights[0] == Fraction(1, 3)
    many = RNG.dirichlet(np.ones(5_000))
    check(total_variation(many, many[::-1]), mp.fsum(map(abs, map(mp.mpf, many - many[::-1]))) / 2)


# --- kernel estimates and fitted models -----------------------------------------------------------

LINE = RNG.normal(size=40)
PLANE = RNG.normal(size=(40, 2)) @ [[1.0, 0.4], [0.0, 0.5]]


def test_kernel_density_estimates_of_scipy():
    for given in (stats.gaussian_kde(LINE), stats.gaussian_kde(LINE, 0.1, np.arange(40.0))):
        x = np.linspace(-3, 3, 31)
        np.testing.assert_allclose(as_density(given).pdf(x), given(x), rtol=1e-11)
        assert as_density(given).declared
    given = stats.gaussian_kde(PLANE.T, weights=np.arange(1.0, 41))
    points = RNG.normal(size=(31, 2))
    np.testing.assert_allclose(as_density(given).pdf(points), given(points.T), rtol=1e-10)
    assert 0 < float(js_divergence(given, MultivariateNormal((0, 0), np.eye(2)))) < 0.1


@pytest.mark.parametrize("kind", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("data", [LINE[:, None], PLANE], ids=["line", "plane"])
def test_gaussian_mixtures_of_sklearn(kind, data):
    mixture = pytest.importorskip("sklearn.mixture")
    fitted = mixture.GaussianMixture(3, covariance_type=kind, random_state=0).fit(data)
    p, points = as_density(fitted), np.asarray(data[:9])
    x = points[:, 0] if p.dim == 1 else points
    np.testing.assert_allclose(p.logpdf(x), fitted.score_samples(points), rtol=1e-9)
    assert p.declared
    assert js_divergence(fitted, p).value == 0


KINDS = {
    "gaussian": "Normal",
    "tophat": "Uniform",
    "exponential": "Laplace",
    "linear": "Triangular",
}


@pytest.mark.parametrize("kernel", KINDS)
def test_kernel_density_of_sklearn(kernel):
    neighbors = pytest.importorskip("sklearn.neighbors")
    made = neighbors.KernelDensity(kernel=kernel, bandwidth=0.7)
    fitted = made.fit(LINE[:12, None], sample_weight=np.arange(1.0, 13))
    p, x = as_density(fitted), np.linspace(-1, 1, 23)
    assert {type(c).__name__ for c in p.components} == {KINDS[kernel]}
    np.testing.assert_allclose(p.logpdf(x), fitted.score_samples(x[:, None]), rtol=1e-10)
    assert 0 < float(js_divergence(fitted, Normal(0, 1))) < 0.2


def test_what_sklearn_has_no_density_for():
    mixture = pytest.importorskip("sklearn.mixture")
    neighbors = pytest.importorskip("sklearn.neighbors")
    for given, message in (
        (mixture.GaussianMixture(2), "fit it first"),
        (mixture.GaussianMixture(2).fit(RNG.normal(size=(9, 3))), "dimension 3"),
        (mixture.BayesianGaussianMixture(n_components=2).fit(PLANE), "score_samples"),
        (neighbors.KernelDensity(kernel="cosine").fit(PLANE), "'cosine'.*gaussian"),
        (neighbors.KernelDensity(metric="manhattan").fit(PLANE), "manhattan"),
    ):
        with pytest.raises(InvalidDensity, match=message):
            as_density(given)
    plane = neighbors.KernelDensity(bandwidth=0.5).fit(PLANE)
    np.testing.assert_allclose(as_density(plane).logpdf(PLANE), plane.score_samples(PLANE), 1e-10)


def test_kernel_estimates_of_statsmodels():
    kde = pytest.importorskip("statsmodels.nonparametric.kde")
    fitted = kde.KDEUnivariate(LINE)
    with pytest.raises(InvalidDensity, match="fit it first"):
        as_density(fitted)
    x = np.linspace(-2, 2, 9)
    fitted.fit(fft=False, weights=np.arange(1.0, 41))
    np.testing.assert_allclose(as_density(fitted).pdf(x), fitted.evaluate(x), rtol=1e-10)
    fitted.fit()
    np.testing.assert_allclose(as_density(fitted).pdf(x), fitted.evaluate(x), rtol=1e-10)
    fitted.fit(kernel="epa", fft=False)
    with pytest.raises(InvalidDensity, match="Epanechnikov"):
        as_density(fitted)


# --- batches, and raw objects wherever densities are taken ----------------------------------------

BATCHES = [
    (stats.norm([0, 1], [1, 2]), [stats.norm(0, 1), stats.norm(1, 2)]),
    (stats.laplace([[0], [1]], 2), [stats.laplace(0, 2), stats.laplace(1, 2)]),
    (stats.t([3, 4.5]), [stats.t(3), stats.t(4.5)]),
    (stats.uniform([0, 1], [1, 2]), [stats.uniform(0, 1), stats.uniform(1, 2)]),
    (stats.expon(scale=[1, 4]), [stats.expon(), stats.expon(scale=4)]),
    (stats.Normal(mu=[0, 1]), [stats.norm(0), stats.norm(1)]),
    (stats.Uniform(a=[0, 1], b=[2, 4]), [stats.uniform(0, 2), stats.uniform(1, 3)]),
]


@pytest.mark.parametrize(("given", "members"), BATCHES)
def test_batches_of_scipy_are_batches(given, members):
    found = js_divergence(given, Normal(0.5, 1))
    assert found.value.size == len(members)
    for value, one in zip(found.value.ravel(), members, strict=True):
        assert value == pytest.approx(float(js_divergence(one, Normal(0.5, 1))), abs=1e-12)


def test_objects_are_taken_wherever_densities_are():
    raw = stats.norm(1, 2)
    n = Normal(1, 2)
    assert repr(Mixture((raw, [1.0] and stats.norm()), (0.5, 0.5))) == repr(
        Mixture((n, Normal(0, 1)), (0.5, 0.5))
    )
    assert repr(Product(raw, np.histogram([1, 2, 2]))).startswith("Product(first=Normal(loc=1.0")
    assert Pushforward(maps.square, raw).latent.exact == n.exact
    network = nets.mlp((1, 2, 1), nets.Tanh())
    parameters = network.parameters(np.array([1, 2, 0, 1, 1, 1, 0.0]))
    assert GeneratorDensity(network, parameters, stats.norm(0, 1)).latent.exact["loc"] == 0
    assert optimal_discriminator(raw, stats.norm())(0.0) == optimal_discriminator(n, Normal(0, 1))(
        0.0
    )
    assert float(virtual_training_criterion(raw, n)) == pytest.approx(-math.log(4))
    assert float(certified.js_divergence(raw, n)) == 0
    pair = stats.binom(20, 0.25), stats.hypergeom(60, 20, 20)
    assert float(certified.js_divergence(*pair)) == pytest.approx(float(js_divergence(*pair)))
    with pytest.raises(InvalidDensity, match="discrete"):
        Mixture((stats.poisson(2), [0.5, 0.5]), (0.5, 0.5))


# --- what scipy has in a new style, and faults that were -------------------------------------------


@pytest.mark.parametrize(
    ("given", "same"),
    [
        (stats.truncate(stats.Normal(), lb=-1, ub=2), stats.truncnorm(-1, 2)),
        (stats.exp(stats.Normal(mu=0.0, sigma=0.5)), stats.lognorm(0.5)),
        (stats.abs(stats.Normal()), stats.halfnorm()),
        (stats.order_statistic(stats.Uniform(a=0, b=1), n=3, r=2), stats.beta(2, 2)),
        (stats.make_distribution(stats.gamma)(a=2.0) * 3, stats.gamma(2, scale=3)),
    ],
)
def test_transformed_distributions_of_scipy(given, same):
    p, q = js_divergence(given, Normal(0.5, 1)), js_divergence(same, Normal(0.5, 1))
    assert abs(float(p) - float(q)) <= p.error + q.error <= 1e-9
    assert float(js_divergence(given, same)) <= 1e-12


def test_ends_of_uniforms_that_are_no_floats():
    for factor in (1.1, 1 + 1e-6):
        a, b = stats.uniform(2.711, 0.1368), stats.uniform(2.711, 0.1368 * factor)
        s, t = mp.mpf(0.1368), mp.mpf(0.1368 * factor)
        m = (1 / s + 1 / t) / 2
        truth = (mp.log(1 / s / m) + s / t * mp.log(1 / t / m) + (t - s) / t * mp.log(2)) / 2
        found = js_divergence(a, b)
        assert abs(mp.mpf(float(found)) - truth) <= mp.mpf(float(found.error))


def test_covariances_that_are_symmetric_up_to_rounding():
    for _ in range(100):
        turn = stats.special_ortho_group(2, seed=RNG).rvs()
        cov = turn @ np.diag(RNG.uniform(0.01, 3, 2)) @ turn.T
        assert (
            MultivariateNormal((0, 0), cov).cov[0, 1] == MultivariateNormal((0, 0), cov.T).cov[1, 0]
        )


# --- torch ----------------------------------------------------------------------------------------


@pytest.mark.torch
def test_families_of_torch():
    import torch
    from torch import distributions as d

    slope = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    cat = d.Categorical(torch.tensor([1.0, 3.0]))
    of_plane = d.Independent(d.Normal(torch.zeros(2), torch.tensor([1.0, 2.0])), 1)
    table = {
        "Normal(loc=0.0, scale=2.0)": d.Normal(0.0, slope),
        "Laplace(loc=0.0, scale=2.0)": d.Laplace(0.0, 2.0),
        "Cauchy(loc=0.0, scale=2.0)": d.Cauchy(0.0, 2.0),
        "StudentT(df=3.0, loc=0.0, scale=2.0)": d.StudentT(3.0, 0.0, 2.0),
        "Exponential(rate=2.0)": d.Exponential(2.0),
        "Uniform(low=0.0, high=2.0)": d.Uniform(0.0, 2.0),
        "Mixture([Normal(loc=0.0, scale=2.0), Normal(loc=1.0, scale=2.0)], [0.25, 0.75])": (
            d.MixtureSameFamily(cat, d.Normal(torch.tensor([0.0, 1.0]), 2.0))
        ),
        "MultivariateNormal(mean=[0.0, 0.0], cov=[[1.0, 0.0], [0.0, 4.0]])": of_plane,
        "MultivariateNormal(mean=[1.0, 1.0], cov=[[2.0, 0.5], [0.5, 1.0]])": d.MultivariateNormal(
            torch.ones(2), torch.tensor([[2.0, 0.5], [0.5, 1.0]])
        ),
        "MultivariateNormal(mean=[0.0, 0.0], cov=[[4.0, 2.0], [2.0, 2.0]])": d.MultivariateNormal(
            torch.zeros(2), scale_tril=torch.tensor([[2.0, 0.0], [1.0, 1.0]])
        ),
        "Discrete([0.25, 0.75], [0.0, 1.0])": cat,
        "as_density(beta(a=2.0, b=3.0))": d.Beta(2.0, 3.0),
        "as_density(weibull_min(c=2.0, scale=3.0))": d.Weibull(3.0, 2.0),
    }
    for wanted, given in table.items():
        assert repr(as_density(given)) == wanted
        assert as_density(given).declared
    assert repr(Normal(slope, slope)) == "Normal(loc=2.0, scale=2.0)"
    assert float(js_divergence(d.Poisson(3.0), stats.poisson(3))) == 0
    assert js_divergence(torch.tensor([0.2, 0.8]), [0.5, 0.5]).kind == "exact"
    ring = d.MixtureSameFamily(d.Categorical(torch.ones(3)), d.Independent(
        d.Normal(torch.eye(3)[:, :2].double(), torch.ones(3, 2).double()), 1))  # fmt: skip
    x = RNG.normal(size=(5, 2))
    assert as_density(ring).logpdf(x) == pytest.approx(ring.log_prob(torch.as_tensor(x)).numpy())


@pytest.mark.torch
def test_batches_of_torch():
    import torch
    from torch import distributions as d

    found = js_divergence(d.Normal(torch.tensor([0.0, 1.0]), 1.0), Normal(0, 1))
    assert found.shape == (2,)
    mixed = d.MixtureSameFamily(
        d.Categorical(torch.tensor([[0.25, 0.75], [0.5, 0.5]])),
        d.Normal(torch.tensor([[0.0, 1.0], [2.0, 3.0]]), 1.0),
    )
    one = Mixture((Normal(2, 1), Normal(3, 1)), (0.5, 0.5))
    member = js_divergence(mixed, Normal(0, 1))[1]
    assert float(member) == pytest.approx(float(js_divergence(one, Normal(0, 1))), abs=1e-12)
    logits = torch.tensor([0.1, -0.4])  # in single precision: their softmax is not rounded to that
    p = as_density(d.Categorical(logits=logits)).exact_weights[0]
    a, b = (mp.exp(mp.mpf(x)) for x in logits.tolist())
    assert abs(exactly(p) - a / (a + b)) < 1e-7


@pytest.mark.torch
def test_black_boxes_of_torch():
    import torch
    from torch import distributions as d

    double = torch.tensor(0.5, dtype=torch.float64)
    lognormal = js_divergence(stats.lognorm(0.5), Normal(1, 1))
    for scale, least, most in ((double, 0, 1e-10), (torch.tensor(0.5), 1e-7, 1e-4)):
        found = js_divergence(d.LogNormal(0 * scale, scale), Normal(1, 1))
        assert abs(float(found) - float(lognormal)) <= found.error + lognormal.error
        assert least <= found.error <= most
        assert not found.declared
    turned = d.TransformedDistribution(d.Normal(0 * double, 1), [d.SigmoidTransform()])
    assert as_density(turned).support == (0, 1)
    for given, message in (
        (d.Dirichlet(torch.ones(2)), "Simplex.*support"),
        (d.MultivariateNormal(torch.zeros(3), torch.eye(3)), "dimension 3"),
        (d.Gamma(torch.ones(2), 1.0), "batch of shape"),
        (torch.randn(30), "samples are not accepted"),
        (torch.nn.Linear(1, 1), "callable"),
    ):
        with pytest.raises(InvalidDensity, match=message):
            as_density(given)
