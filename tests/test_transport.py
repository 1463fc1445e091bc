"""Distances of transport and of kernels, against quantiles, samples and integrals of other libraries."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad
from scipy.optimize import brentq

from gantheory import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    NormalVector,
    NotConverged,
    StudentT,
    Triangular,
    Uniform,
    as_density,
    cramer_distance,
    energy_distance,
    energy_kernel,
    gaussian_kernel,
    laplace_kernel,
    maximum_mean_discrepancy,
    rational_quadratic_kernel,
    wasserstein_1,
    wasserstein_2,
    wasserstein_p,
)
from gantheory.divergences.antiderivatives import parts_of_batch
from gantheory.divergences.chords import Chords, elementary_transport
from gantheory.divergences.effort import DEFAULT
from gantheory.divergences.transport import GAP, along_line


def covers(estimate, truth):
    """The error bar holds the truth; whatever the oracle itself loses is added by the caller."""
    off = abs(mp.mpf(float(estimate)) - truth)
    assert off <= estimate.error, f"{estimate!r}: off by {float(off):.2e} of {estimate.error:.2e}"


def drawn(rng):
    """A density of an elementary family, or a mixture of three."""
    if rng.uniform() < 0.5:
        return Mixture([component(rng) for _ in range(3)], [0.5, 0.25, 0.25])
    return component(rng)


def component(rng):
    loc, scale = 3 * rng.normal(), math.exp(rng.uniform(-2, 2))
    return (
        Normal(loc, scale),
        Laplace(loc, scale),
        StudentT(rng.uniform(1.8, 9), loc, scale),
        Exponential(1 / scale),
        Uniform(loc, loc + scale),
        Triangular(loc, loc + rng.choice([0, 0.3, 1]) * scale, loc + scale),
    )[rng.integers(6)]


# --- one shape --------------------------------------------------------------------------------------


def mean_distance_of_normals(a, b):
    """E|a + b Z|."""
    a, b = abs(mp.mpf(a)), abs(mp.mpf(b))
    if b == 0:
        return a
    z = a / b
    return a * mp.erf(z / mp.sqrt(2)) + b * mp.sqrt(2 / mp.pi) * mp.exp(-z * z / 2)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((0, 1), (1, 2)),
        ((0, 1), (0, 1)),
        ((1e15, 1), (1e15 + 1, 1 + 2.0**-40)),
        ((0, 1), (1e-12, 1 + 2.0**-45)),
        ((3, 1e-150), (3, 1e150)),
        ((0, 1), (50, 1.25)),
        (("1000000000000000.3", 1), (1e15, 2)),
        (("0.1", 1), (0.1, 1)),
        ((Fraction(1, 3), Fraction(1, 7)), (0, 1)),
    ],
)
def test_normals_are_closed_forms(first, second):
    with mp.workdps(60):
        a, b = (
            mp.mpf(x.numerator) / x.denominator
            for x in (Fraction(s) - Fraction(t) for s, t in zip(first, second, strict=True))
        )
        pair = Normal(*first), Normal(*second)
        for found, truth in (
            (wasserstein_1(*pair), mean_distance_of_normals(a, b)),
            (wasserstein_2(*pair), mp.hypot(a, b)),
        ):
            covers(found, truth)
            assert found.error <= 1e-12 * truth
            assert found.kind == "exact"


def test_batches_are_closed_forms():
    loc = np.array([[0.0, 1.0, 1e9]])
    found = wasserstein_1(Normal(loc, 2.0), Normal(loc + 1.0, np.array([[2.0], [3.0]])))
    assert found.shape == (2, 3)
    for i, scale in enumerate((2, 3)):
        for j in range(3):
            covers(found[i, j], mean_distance_of_normals(1, scale - 2))


@pytest.mark.parametrize(
    ("p", "q", "order", "truth"),
    [
        (Laplace(0, 1), Laplace(3, 2), 2, math.sqrt(11)),
        (StudentT(5, 0, 1), StudentT(5, 1, 3), 2, math.sqrt(1 + 4 * 5 / 3)),
        (Uniform(0, 1), Uniform(2, 7), 2, math.sqrt(16 + 4 / 3)),
        (Exponential(1), Exponential("0.1"), 2, 9 * math.sqrt(2)),
        (Exponential(2), Exponential(1), 3, 0.5 * 6 ** (1 / 3)),
        (Normal(0, 1), Normal(0, 3), 4, 2 * 3**0.25),
        (StudentT(2, 0, 1), StudentT(2, 0, 2), 2, math.inf),
        (Cauchy(0, 1), Cauchy(5, 1), 2, 5),
        (Cauchy(0, 1), Cauchy(5, 2), 1, math.inf),
        (Cauchy(0, 1), Normal(0, 1), 2, math.inf),
    ],
)
def test_distances_of_one_shape(p, q, order, truth):
    found = wasserstein_p(p, q, order)
    if math.isinf(truth):
        assert float(found) == truth
    else:
        assert abs(float(found) - truth) <= found.error + 1e-15 * truth


# --- order 1 ----------------------------------------------------------------------------------------


def test_antiderivatives_agree_with_panels():
    rng = np.random.default_rng(5)
    for _ in range(4):
        p, q = drawn(rng), drawn(rng)
        found, panels = elementary_transport(p, q, DEFAULT)[0], along_line(GAP, p, q)
        assert found.error[0] <= 1e-11 * found.value[0]
        assert abs(found.value[0] - float(panels)) <= found.error[0] + panels.error, (p, q)


def in_scipy(density):
    """Weights and scipy's distributions of a mixture, or of a density by itself."""
    if hasattr(density, "components"):
        return [
            (w, in_scipy(c)[0][1]) for w, c in zip(density.weights, density.components, strict=True)
        ]
    d = density.parameters()
    if isinstance(density, Exponential):
        return [(1.0, stats.expon(scale=1 / d["rate"]))]
    if isinstance(density, (Uniform, Triangular)):
        low, width = d["low"], d["high"] - d["low"]
        mode = (d.get("mode", low) - low) / width
        return [(1.0, stats.triang(mode, low, width) if "mode" in d else stats.uniform(low, width))]
    family = stats.norm if isinstance(density, Normal) else stats.laplace
    return [(1.0, family(d["loc"], d["scale"]))]


def by_nodes(p, q, nodes=24):
    """∫ |F - G| by Gauss's rule between quantiles of all components and roots, as scipy has F."""
    sides = in_scipy(p), in_scipy(q)
    u = 0.5 * (1 + np.tanh(np.linspace(-19, 19, 401)))
    ends = [x for side in sides for _, d in side for x in (*d.ppf(u), *d.isf(u))]
    ends += [x for d in (p, q) for part in parts_of_batch(d, ()) for x in part.knots[0]]
    at = np.unique([x for x in ends if math.isfinite(x)])

    def gap(x):
        (f, above), (g, other) = (
            (sum(w * d.cdf(x) for w, d in s), sum(w * d.sf(x) for w, d in s)) for s in sides
        )
        return np.where(f + g < 1, f - g, other - above)

    sign = np.sign(gap(at))
    inside = np.flatnonzero(sign[1:] * sign[:-1] < 0)
    at = np.unique([*at, *(brentq(gap, at[k], at[k + 1], xtol=1e-300) for k in inside)])
    z, weights = np.polynomial.legendre.leggauss(nodes)
    half = 0.5 * np.diff(at)
    return float(np.sum(half * np.abs(gap(at[:-1, None] + half[:, None] * (1 + z)) @ weights)))


def test_differences_of_antiderivatives_agree_with_nodes_on_scipys_functions():
    rng = np.random.default_rng(8)
    for _ in range(24):
        p, q = drawn(rng), drawn(rng)
        if "StudentT" in f"{p}{q}":
            continue
        found = elementary_transport(p, q, DEFAULT)[0]
        assert found.settled[0], (p, q)
        assert abs(found.value[0] - by_nodes(p, q)) <= found.error[0] + 2e-12 * found.value[0], (
            p,
            q,
        )


@pytest.mark.parametrize(
    ("p", "q", "truth"),
    [
        (Uniform(0, 1), Laplace(1e-300, 1), None),
        (Uniform(1e6, 1e6 + 1e-3), Exponential(0.01), None),
        (Triangular(0, 1, 1), Triangular(0, 0, 1), "1/3"),
        (Triangular(0, 1, 2), Uniform(0, 2), "1/6"),
        (Triangular(5, 6, 7), Triangular(-1, 0, 2), "17/3"),
        (Mixture([Uniform(0, 1), Uniform(2, 3)], [0.5, 0.5]), Uniform(1, 2), "3/4"),
        (Mixture([Uniform(0, 1), Uniform(1, 2)], [0.5, 0.5]), Triangular(0, 1, 2), "1/6"),
        (Mixture([Normal(0, 1), Normal(1e5, 1e-5)], [0.5, 0.5]), Normal(0, 1), None),
        (
            Mixture([Uniform(0, 1), Uniform(218069.4, 218071.6)], [0.1, 0.9]),
            Exponential(0.00316),
            None,
        ),
    ],
)
def test_roots_at_the_ends_of_supports(p, q, truth):
    found = elementary_transport(p, q, DEFAULT)[0]
    assert found.settled[0]
    expected = by_nodes(p, q) if truth is None else float(Fraction(truth))
    assert abs(found.value[0] - expected) <= found.error[0] + (truth is None) * 1e-11 * expected


def test_gaps_stay_as_close_to_their_chords_as_they_say():
    rng, share = np.random.default_rng(9), np.linspace(0, 1, 41)
    for _ in range(60):
        p, q = drawn(rng), drawn(rng)
        sides = [parts_of_batch(d, ()) for d in (p, q)]
        knots = np.unique(np.concatenate([part.knots for side in sides for part in side], axis=1))
        knots = knots[np.abs(knots) < 100]
        ends = np.sort(rng.uniform(knots[:-1], knots[1:], (2, len(knots) - 1)), axis=0)
        low, high = (
            np.where(rng.uniform(size=len(end)) < 0.3, k, end)
            for end, k in zip(ends, (knots[:-1], knots[1:]), strict=True)
        )
        chords = Chords.of(*sides, np.stack([low, high], axis=1), np.zeros(len(low), dtype=int))
        x = low[:, None] + (high - low)[:, None] * share
        gap = p.cdf(x) - q.cdf(x)
        chord = chords.gap[:, :1] * (1 - share) + chords.gap[:, 1:] * share
        assert np.all(np.abs(gap - chord) <= chords.bend + 1e-12), (p, q)
        assert np.all(chords.sign * gap >= -1e-12), (p, q)


@pytest.mark.parametrize(
    ("p", "low", "high"),
    [
        (Uniform(0, 1), 0.5, 1.5),
        (Triangular(0, 1, 1), 0.5, 1.5),
        (Triangular(0, 0.5, 1), 0.25, 0.75),
    ],
)
def test_ends_and_modes_may_be_rounded_and_lie_within_cells(p, low, high):
    q, x = Normal(0, 50), np.linspace(low, high, 101)
    sides, share = [parts_of_batch(d, ()) for d in (p, q)], np.linspace(0, 1, 101)
    cell = Chords.of(*sides, np.array([[low, high]]), np.zeros(1, dtype=int))
    chord = cell.gap[0, 0] * (1 - share) + cell.gap[0, 1] * share
    assert np.max(np.abs(p.cdf(x) - q.cdf(x) - chord)) <= cell.bend[0, 0] < 1


@pytest.mark.parametrize("df", [1e3, 1e4, 1e6])
def test_of_many_degrees_of_freedom(df):
    """scipy's betaln has lost six digits there."""
    with mp.workdps(30):
        n = mp.mpf(df)
        mean = 2 * mp.sqrt(n) / (n - 1) / mp.beta(mp.mpf(1) / 2, n / 2)
        covers(wasserstein_1(StudentT(df, 0, 1), StudentT(df, 0, 2)), mean)
        covers(wasserstein_p(StudentT(df, 0, 1), StudentT(df, 0, 2), 2), mp.sqrt(n / (n - 2)))


def test_a_batch_may_be_empty():
    none = np.zeros(0)
    assert wasserstein_1(Normal(none, none + 1), Laplace(none, none + 1)).value.shape == (0,)


def test_no_root_is_missed():
    """q leaves p for a moment, twice within 1e-3 of a scale, between any points that one would try."""
    bump = [Normal(0.1234, 3e-4), Normal(0.1237, 3e-4)]
    p = Mixture([Laplace(0, 1), bump[0]], [0.99, 0.01])
    q = Mixture([Laplace(0, 1), bump[1]], [0.99, 0.01])
    found, _ = elementary_transport(p, q, DEFAULT)
    assert abs(found.value[0] - 3e-6) <= max(found.error[0], 1e-17)
    twice = Mixture([Laplace(0, 1), bump[0], bump[1]], [0.98, 0.01, 0.01])
    found, panels = elementary_transport(p, twice, DEFAULT)[0], along_line(GAP, p, twice)
    assert abs(found.value[0] - float(panels)) <= found.error[0] + panels.error


@pytest.mark.slow
def test_a_batch_of_mixtures_is_its_members():
    rng = np.random.default_rng(6)
    weights = rng.dirichlet((1, 1), 40)
    p = Mixture((Normal(rng.normal(size=40), 1.0), Laplace(rng.normal(size=40), 0.5)), weights)
    q = Exponential(np.exp(rng.normal(size=40)))
    found = wasserstein_1(p, q)
    for i in range(0, 40, 8):
        alone = along_line(GAP, p.member(i, (40,)), q.member(i, (40,)))
        assert abs(float(found[i]) - float(alone)) <= found.error[i] + alone.error


# --- higher orders ----------------------------------------------------------------------------------


def by_quantiles(p, q, order):
    """∫ |F⁻¹ - G⁻¹|^k, in z = log(u / (1 - u))."""

    def integrand(z):
        u = 1 / (1 + math.exp(abs(z)))
        x, y = (d.ppf(u) if z < 0 else d.isf(u) for d in (p, q))
        return abs(x - y) ** order / (2 + 2 * math.cosh(z))

    return quad(integrand, -80, 80, limit=500, epsabs=1e-13, epsrel=1e-11, points=[0, -9, 9])[0]


@pytest.mark.parametrize(
    ("p", "q", "order"),
    [
        (stats.norm(0.3, 1.2), stats.laplace(1, 0.7), 2),
        (stats.norm(0, 1), stats.uniform(-1, 3), 2),
        (stats.triang(0.2, 0, 2), stats.expon(0, 1), 1.5),
    ],
)
def test_higher_orders_are_those_of_quantiles(p, q, order):
    found = wasserstein_p(p, q, order)
    truth = by_quantiles(p, q, order) ** (1 / order)
    assert abs(float(found) - truth) <= found.error + 1e-9 * truth
    assert found.error <= 1e-10 * truth


@pytest.mark.slow
def test_jumps_of_the_monotone_map():
    """Mass moves from 0 to 1 and to 40: T jumps within the first component of p."""
    p = Mixture([Normal(0, 1), Normal(50, "0.01")], [0.5, 0.5])
    q = Mixture([Normal(1, 1), Normal(40, "0.1")], [0.25, 0.75])
    levels = (np.arange(20_000) + 0.5) / 20_000
    x, y = (quantiles(d, levels) for d in (p, q))
    found = wasserstein_2(p, q)
    assert abs(float(found) - math.sqrt(np.mean((x - y) ** 2))) < 1e-3
    assert found.error < 1e-9


def quantiles(d, levels):
    low, high = np.full(levels.shape, -20.0), np.full(levels.shape, 80.0)
    for _ in range(60):
        middle = 0.5 * (low + high)
        short = d.cdf(middle) < levels
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return high


def test_discrete_distances_are_exact():
    rng = np.random.default_rng(7)
    x, y = rng.normal(size=6), rng.normal(size=6)
    p, q = (Discrete([Fraction(1, 6)] * 6, points) for points in (x, y))
    for order in (1, 2, 3):
        truth = np.mean(np.abs(np.sort(x) - np.sort(y)) ** order) ** (1 / order)
        assert abs(float(wasserstein_p(p, q, order)) - truth) <= 1e-14
    assert float(wasserstein_2(p, p)) == 0
    truth = stats.energy_distance(x, y)
    assert abs(float(energy_distance(p, q)) - truth) <= 1e-14


@pytest.mark.parametrize(
    "distance",
    [
        wasserstein_1,
        wasserstein_2,
        cramer_distance,
        energy_distance,
        pytest.param(
            lambda p, q, **o: maximum_mean_discrepancy(p, q, laplace_kernel(1), **o),
            marks=pytest.mark.slow,
        ),
    ],
)
def test_tolerance_and_limit(distance):
    p, q = Normal(0, 1), Laplace(0.5, 1)
    truth = distance(p, q)
    for asked in ({"rtol": 1e-3}, {"rtol": 0.0, "atol": 1e-5}):
        found = distance(p, q, **asked)
        assert abs(float(found) - float(truth)) <= found.error + truth.error
        assert found.error <= max(asked["rtol"] * float(found), asked.get("atol", 0.0))
        assert found.evaluations <= truth.evaluations
    with pytest.raises(TypeError, match="limit"):
        distance(p, p, limit="few")


@pytest.mark.parametrize(
    "distance", [wasserstein_1, wasserstein_2, cramer_distance, energy_distance]
)
def test_few_evaluations_miss_nothing(distance):
    """Panels are joined for want of evaluations, and heavy tails lie between their nodes."""
    p, q = as_density(stats.norm(0, 1)), StudentT(3, 0, 1)
    truth = distance(p, q)
    for limit in (2_100, 4_000, 5_000, 8_000):
        try:
            found = distance(p, q, limit=limit)
        except NotConverged as fault:
            found = fault.best
        assert found.compatible_with(truth), limit


def test_points_that_are_left_out_or_not_exact():
    p = Discrete([0.5, 0.5], [0.0, 1.0], weight_error=1e-3)
    q = Discrete([0.25, 0.75], [0.0, 1.0])
    for distance in (wasserstein_1, wasserstein_2, cramer_distance):
        found = distance(p, q)
        assert found.kind == "estimated"
        assert found.compatible_with(distance(Discrete([0.5005, 0.4995], [0.0, 1.0]), q))
        with pytest.raises(NotConverged, match="not listed"):
            distance(Discrete([0.5, 0.4999], [0.0, 1.0], unseen=1e-3), q)
    found = maximum_mean_discrepancy(
        Discrete([0.5, 0.4999], [0.0, 1.0], unseen=1e-3), q, laplace_kernel(2)
    )
    whole = Discrete([0.5, 0.4999, 0.0001], [0.0, 1.0, 90.0])
    assert found.compatible_with(maximum_mean_discrepancy(whole, q, laplace_kernel(2)))


@pytest.mark.parametrize("order", [0.5, 65, math.nan, "2", True])
def test_an_order_out_of_range_is_refused(order):
    with pytest.raises(ValueError, match="from 1 to 64"):
        wasserstein_p(Normal(0, 1), Normal(1, 1), order)


def test_tails_that_may_cancel_are_not_decided():
    tail = StudentT(1.5, 0, 1)
    p, q = (Mixture([tail, Normal(m, 1)], [0.5, 0.5]) for m in (0, 1))
    with pytest.raises(NotConverged, match="may cancel"):
        wasserstein_2(p, q)
    with pytest.raises(NotConverged, match="declares no tails"):
        wasserstein_2(as_density(stats.norm(0, 1).pdf, support=(-np.inf, np.inf)), Normal(0, 1))
    with pytest.raises(ValueError, match="on the line only"):
        wasserstein_2(MultivariateNormal((0, 0), np.eye(2)), MultivariateNormal((0, 0), np.eye(2)))


# --- energy and Cramér ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("m", "s"), [("1", "2"), ("1e-5", "1"), ("0", "1.5"), ("30", "0.01"), ("1e3", "1")]
)
def test_energy_distance_of_normals(m, s):
    with mp.workdps(40):
        a, b = mp.mpf(float(m)), mp.mpf(float(s))
        square = (
            2 * mean_distance_of_normals(a, mp.hypot(1, b))
            - mean_distance_of_normals(0, mp.sqrt(2))
            - mean_distance_of_normals(0, b * mp.sqrt(2))
        )
        pair = Normal(0, 1), Normal(float(m), float(s))
        covers(cramer_distance(*pair), square / 2)
        covers(energy_distance(*pair), mp.sqrt(square))
        covers(maximum_mean_discrepancy(*pair, energy_kernel()), mp.sqrt(square))


def test_cramer_distance_of_heavy_tails():
    assert float(cramer_distance(StudentT(0.5, 0, 1), Normal(0, 1))) == math.inf
    assert float(cramer_distance(Cauchy(0, 1), Cauchy(0, 3))) < 1
    found = cramer_distance(Uniform(0, 1), Uniform(5, 6))
    covers(found, mp.mpf(4) + mp.mpf(2) / 3)


# --- maximum mean discrepancy -----------------------------------------------------------------------


def discrepancy_of_normals(m, s, h):
    def mean(away, square):
        width = 1 + square / mp.mpf(h) ** 2
        return mp.exp(-((away / mp.mpf(h)) ** 2) / (2 * width)) / mp.sqrt(width)

    m, s = mp.mpf(m), mp.mpf(s)
    return mp.sqrt(mean(0, 2) - 2 * mean(m, 1 + s * s) + mean(0, 2 * s * s))


@pytest.mark.parametrize(
    ("m", "s", "h"),
    [
        (1.0, 2.0, 0.01),
        (1.0, 2.0, 1.0),
        (1.0, 2.0, 30.0),
        (0.0, 1.0, 1.0),
        (20.0, 1e-3, 1.0),
        (0.25, 1.0, 0.1),
    ],
)
def test_discrepancy_of_normals(m, s, h):
    with mp.workdps(40):
        found = maximum_mean_discrepancy(Normal(0, 1), Normal(m, s), gaussian_kernel(h))
        covers(found, discrepancy_of_normals(m, s, h))


def test_near_equal_normals_keep_their_digits():
    with mp.workdps(60):
        found = maximum_mean_discrepancy(Normal(0, 1), Normal(1e-6, 1), gaussian_kernel(1))
        covers(found, discrepancy_of_normals(1e-6, 1, 1))
        assert found.error <= 1e-9 * float(found)


def test_discrepancy_of_the_plane():
    """Products of normals: means of the kernel are products too."""
    p = MultivariateNormal((0, 0), np.diag([1.0, 4.0]))
    q = MultivariateNormal((1, -1), np.diag([0.25, 1.0]))
    mean = {}
    for k, (a, b) in enumerate([(p, p), (p, q), (q, q)]):
        width = 1 + np.diag(a.cov) + np.diag(b.cov)
        mean[k] = np.prod(np.exp(-0.5 * (a.mean - b.mean) ** 2 / width) / np.sqrt(width))
    found = maximum_mean_discrepancy(p, q, gaussian_kernel(1))
    assert abs(float(found) - math.sqrt(mean[0] - 2 * mean[1] + mean[2])) <= found.error + 1e-15
    with pytest.raises(NotConverged, match="Gaussian"):
        maximum_mean_discrepancy(p, q, laplace_kernel(1))


def test_laplace_kernel_of_uniforms():
    """∬ e^-|x - y| over [0, 1]² is 2/e; over [0, 1] × [1, 2] it is (1 - 1/e)²."""
    found = maximum_mean_discrepancy(Uniform(0, 1), Uniform(1, 2), laplace_kernel(1))
    covers(found, mp.sqrt(4 / mp.e - 2 * (1 - 1 / mp.e) ** 2))


@pytest.mark.slow
def test_rational_quadratic_kernel_is_a_mixture_of_gaussian_ones():
    """(1 + r²/2)^-1 = ∫ e^-t e^(-t r²/2) dt."""
    pair = Normal(0, 1), Normal(1, 2)
    found = maximum_mean_discrepancy(*pair, rational_quadratic_kernel(1.0))
    truth = mp.quad(
        lambda t: mp.exp(-t) * discrepancy_of_normals(1, 2, 1 / mp.sqrt(t)) ** 2, [0, 4, 60]
    )
    assert abs(mp.mpf(float(found)) - mp.sqrt(truth)) <= found.error + 1e-13


def test_discrete_discrepancy():
    p, q = Discrete([0.5, 0.5], [0.0, 1.0]), Discrete([0.25, 0.75], [0.0, 1.0])
    covers(
        maximum_mean_discrepancy(p, q, laplace_kernel(2)),
        mp.sqrt((1 - mp.exp(-mp.mpf(1) / 2)) / 8),
    )


def test_kernels_say_what_they_take():
    with pytest.raises(TypeError, match="gaussian_kernel"):
        maximum_mean_discrepancy(Normal(0, 1), Normal(1, 1), "gaussian")
    for wrong in (0, -1, math.nan, math.inf, "1", True):
        with pytest.raises(ValueError, match="positive"):
            gaussian_kernel(wrong)
    with pytest.raises(ValueError, match="alpha"):
        rational_quadratic_kernel(1.0, alpha=0)


def test_normals_of_other_dimensions_are_for_closed_forms():
    vector = NormalVector([0.0], [[1.0]])
    with pytest.raises(TypeError, match="closed forms"):
        wasserstein_1(vector, vector)


@pytest.mark.parametrize("df", [9.5, 36.0, 40.5, 1e3, 1e6, 1e14])
@pytest.mark.parametrize("order", [1.5, 3.0, 8.0])
def test_moments_of_students_keep_their_digits_as_normals_come_near(df, order):
    """E|Z|^k, by gamma functions with 40 digits: W_k of t and of t stretched is its root."""
    with mp.workdps(40):
        x, d = mp.mpf(df) / 2, mp.mpf(order) / 2
        gammas = mp.loggamma(x - d) + mp.loggamma(d + 0.5) - mp.loggamma(x) - mp.loggamma(0.5)
        covers(
            wasserstein_p(StudentT(df, 0, 1), StudentT(df, 0, 2), order),
            mp.exp((d * mp.log(df) + gammas) / order),
        )
