"""What the best discriminator decides, entropies, weighted divergences: by closed forms and balls."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import product
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
from scipy import stats
from test_strategies import drawn

from gantheory import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    Triangular,
    Uniform,
    as_density,
    bayes_accuracy,
    bayes_error,
    bhattacharyya_coefficient,
    bhattacharyya_distance,
    certified,
    cross_entropy,
    discriminator_cdf,
    divergences,
    entropy,
    generalised_js_divergence,
    js_divergence,
    kl_divergence,
    optimal_auc,
    optimal_roc,
    pearson_chi2,
    renyi_divergence,
    skew_js_divergence,
    total_variation,
    triangular_discrimination,
)
from gantheory.divergences import kernels
from gantheory.divergences.pair import PairValues
from gantheory.errors import InvalidDensity, NotCertifiable, NotConverged
from gantheory.testing import describe, strategies

N = Normal
TWO_BUMPS = Mixture((N(-2, 0.5), N(2, 0.5)), (0.5, 0.5))
THREE = Mixture((N(-3, 0.25), N(0, 1), N(2, 0.5)), (0.25, 0.5, 0.25))
PLANE = MultivariateNormal((0, 0), ((1, 0.5), (0.5, 2)))
MOVED = MultivariateNormal((0, 1), ((1, 0.5), (0.5, 2)))
NASTY = [
    (N(0, 1), N(24, 1)),
    (N(0, 1), N(1e-8, 1)),
    (N(1e15, 1), N(1e15 + 1, 1)),
    (N("0.1", "0.3"), N("0.2", "0.7")),
    (N(0, 1e-150), N(1e-150, 3e-150)),
    (Laplace(0, 1), Laplace(1, 1)),
    (Cauchy(0, 1), N(0, 1)),
    (TWO_BUMPS, THREE),
    (Mixture((N(0, 1), N(5, 1)), (1, 0)), N(1, 1)),
    (Triangular(0, 1, 2), Triangular(0, "0.1", 2)),
    (Exponential(1e6), Exponential(1e-6)),
]


def covers(estimate, truth):
    """Whether the true number, a decimal of mpmath, lies within the error bar."""
    slack = abs(mp.mpf(truth)) * mp.mpf(10) ** -20
    return abs(mp.mpf(float(estimate)) - truth) <= mp.mpf(float(estimate.error)) + slack


def of_ball(ball):
    return mp.mpf(ball.arb.mid().str(60, radius=False))


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(34):
        yield


# --- closed forms ---------------------------------------------------------------------------------

FIELDS = {
    "auc": optimal_auc,
    "bayes_error": bayes_error,
    "bhattacharyya": bhattacharyya_distance,
    "entropy": lambda p, _: entropy(p),
    "cross_entropy": cross_entropy,
}


def test_known_decisions():
    families = set()
    for pair in drawn(strategies.decided_pairs(), 2):
        families.add(type(pair.p))
        for name, function in FIELDS.items():
            found, known = function(pair.p, pair.q), getattr(pair, name)
            assert abs(float(found) - known) <= found.error + 2e-16 * abs(known), describe(pair)
            assert found.error <= 1e-12 * max(1, abs(known)), describe(pair)
    assert families == {Normal, Exponential}


@pytest.mark.parametrize(
    ("density", "truth"),
    [
        (Uniform(2, 5), lambda: mp.log(3)),
        (Laplace(1e6, 0.25), lambda: 1 + mp.log(mp.mpf(1) / 2)),
        (Cauchy(-3, 1e-8), lambda: mp.log(4 * mp.pi * mp.mpf(1e-8))),
        (Triangular(0, 1, 3), lambda: mp.mpf(1) / 2 + mp.log(mp.mpf(3) / 2)),
        (N(1e15, 1e-3), lambda: mp.log(2 * mp.pi * mp.e * mp.mpf(1e-3) ** 2) / 2),
        (N(0, "0.1"), lambda: mp.log(2 * mp.pi * mp.e / 100) / 2),
        (PLANE, lambda: mp.log(2 * mp.pi * mp.e) + mp.log(mp.mpf(7) / 4) / 2),
        (Product(Uniform(0, 2), Exponential(4)), lambda: mp.log(2) + 1 - mp.log(4)),
        (Discrete(["1/8", "7/8", 0]), lambda: mp.log(8) - mp.log(7) * 7 / 8),
    ],
)
def test_entropy(density, truth):
    found = entropy(density)
    assert covers(found, truth())
    assert found.error <= 1e-12 * max(1, abs(float(found)))


def test_entropy_of_scipy_and_of_batches():
    for one in (stats.gamma(2.5, scale=0.3), stats.weibull_min(1.5), stats.gumbel_r(3, 2)):
        assert abs(float(entropy(one)) - float(one.entropy())) <= 1e-10
    found = entropy(N([0, 1], [1, 2]))
    assert found.shape == (2,)
    assert float(found[1] - found[0]) == pytest.approx(math.log(2), abs=1e-13)
    assert float(cross_entropy(Cauchy(0, 1), N(0, 1))) == math.inf
    assert float(cross_entropy(Discrete([0.5, 0.5]), Discrete([1]))) == math.inf
    with pytest.raises(NotConverged, match="declares no tails"):
        entropy(as_density(stats.norm.pdf, support=(-math.inf, math.inf)))


# --- balls, which share nothing but the parameters ------------------------------------------------


def of_divergences(densities, weights):
    """Σ w KL(p_i‖m), by balls."""
    mixture = Mixture(densities, weights)
    pairs = zip(densities, weights, strict=True)
    return sum(
        (certified.kl_divergence(p, mixture, 25) * w for p, w in pairs), certified.as_ball(0)
    )


BALLS = {
    "bayes": (bayes_error, lambda p, q: certified.bayes_error(p, q, digits=20)),
    "bayes, 1/8": (
        lambda p, q: bayes_error(p, q, 0.125),
        lambda p, q: certified.bayes_error(p, q, 0.125, 20),
    ),
    "triangular": (
        triangular_discrimination,
        lambda p, q: certified.triangular_discrimination(p, q, 20),
    ),
    "coefficient": (
        bhattacharyya_coefficient,
        lambda p, q: certified.bhattacharyya_coefficient(p, q, 20),
    ),
    "distance": (
        bhattacharyya_distance,
        lambda p, q: -certified.bhattacharyya_coefficient(p, q, 40).log(),
    ),
    "skew": (
        lambda p, q: skew_js_divergence(p, q, 0.125),
        lambda p, q: of_divergences((p, q), (Fraction(1, 8), Fraction(7, 8))),
    ),
    "distribution of D*": (  # ∫ min(π p, (1 - π) q) is wrong on p where D* <= 1 - π, and on q elsewhere
        lambda p, q: (
            0.25 * discriminator_cdf(p, q, 0.75)
            + 0.75 * optimal_roc(p, q, 0.75).false_positive_rate
        ),
        lambda p, q: certified.bayes_error(p, q, 0.25, 20),
    ),
}


def refuted(name, pairs):
    """The pairs whose ball lies outside of the error bar."""
    ours, balls = BALLS[name]
    for p, q in pairs:
        found = ours(p, q)
        try:
            truth = of_ball(balls(p, q))
        except (NotCertifiable, ValueError):  # 0, its logarithm, or no enclosure
            continue
        if not (mp.isnan(truth) or covers(found, truth)):
            yield p, q, found, truth


@pytest.mark.parametrize("name", [name for name in BALLS if name != "distribution of D*"])
def test_balls_of_some_pairs(name):
    assert not list(refuted(name, NASTY[:2]))


@pytest.mark.slow
@pytest.mark.parametrize("name", BALLS)
def test_balls_of_nasty_pairs(name):
    assert not list(refuted(name, NASTY))


@pytest.mark.slow
@pytest.mark.parametrize("name", BALLS)
def test_balls_of_random_pairs(name):
    assert not list(refuted(name, drawn(strategies.density_pairs(), 10)))


def test_relative_precision_of_near_and_far_pairs():
    far, near = (N(0, 1), N(24, 1)), (N(0, 1), N(1e-8, 1))
    assert bayes_error(*far).error <= 1e-10 * float(bayes_error(*far)) <= 1e-42
    assert float(bhattacharyya_distance(N(0, 1), N(1000, 1))) == pytest.approx(125000, rel=1e-13)
    assert bhattacharyya_coefficient(N(0, 1), N(1000, 1)).upper <= 1e-300
    for function in (triangular_discrimination, bhattacharyya_distance):
        assert function(*near).error <= 1e-12 * float(function(*near)) <= 1e-27
    for weight in (1e-12, 0.5, 1 - 1e-12):
        found = skew_js_divergence(*near, weight)
        assert found.error <= 1e-12 * float(found)
        assert float(found) == pytest.approx(weight * (1 - weight) * 5e-17, rel=1e-7)


def test_what_is_known_of_pairs_by_other_names():
    p, q = N(0, 1), Laplace(1, 2)
    assert bayes_error(p, q).compatible_with((1 - total_variation(p, q)) / 2)
    assert bayes_accuracy(p, q, 0.3).compatible_with(1 - bayes_error(p, q, 0.3))
    assert bhattacharyya_distance(p, q).compatible_with(renyi_divergence(p, q, 0.5) / 2)
    assert skew_js_divergence(p, q, 0.5).compatible_with(js_divergence(p, q))
    assert (cross_entropy(p, q) - entropy(p)).compatible_with(kl_divergence(p, q))
    apart = Uniform(0, 1), Uniform(2, 3)
    assert [float(f(*apart)) for f in (bayes_error, bhattacharyya_coefficient)] == [0, 0]
    assert float(triangular_discrimination(*apart)) == pytest.approx(2, abs=1e-14)
    assert float(bhattacharyya_distance(*apart)) == math.inf


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["bayes_error", "triangular_discrimination", "bhattacharyya_coefficient"]
)
def test_balls_of_the_plane(name):
    ours, ball = getattr(divergences, name)(PLANE, MOVED), getattr(certified, name)(PLANE, MOVED)
    assert covers(ours, of_ball(ball))


@pytest.mark.slow
def test_the_bayes_error_with_a_prior_in_the_plane():
    """Isotropic normals of one mean differ in the radius: r²/2 ~ Exp(1), Exp(1/4)."""
    p, q = (MultivariateNormal((0, 0), ((s, 0), (0, s))) for s in (1, 4))
    assert covers(bayes_error(p, q, 0.75), of_ball(certified.bayes_error(p, q, 0.75)))


# --- the kernel of skew divergences, far beyond what integrals show --------------------------------


@pytest.mark.parametrize("weight", [1e-300, 1e-12, 0.1, 0.5, 1 - 1e-9])
def test_skew_kernel_at_a_point(weight):
    ratios = np.array([0.0, 1e-300, 1e-12, 1e-3, 0.0999, 0.1001, 1, 30, 690, 720, 800, math.inf])
    ratios = np.concatenate([ratios, -ratios])
    exact = np.zeros_like(ratios)
    pair = PairValues(np.minimum(ratios, 0), np.minimum(-ratios, 0), ratios, exact, exact, exact)
    w, v = Fraction(weight), 1 - Fraction(weight)
    values, rounding = kernels.skew_jensen_shannon(float(w), float(v))(pair)
    with mp.workdps(700):
        for a, value, bound in zip(ratios, values, rounding, strict=True):
            p, q = (mp.mpf(1), mp.exp(-mp.mpf(a))) if a >= 0 else (mp.exp(mp.mpf(a)), mp.mpf(1))
            x, y = mp.mpf(w.numerator) / w.denominator, mp.mpf(v.numerator) / v.denominator
            m = x * p + y * q
            truth = sum(s * d * mp.log(d / m) for s, d in ((x, p), (y, q)) if d)
            assert abs(mp.mpf(value) - truth) <= bound, (weight, a)
            assert bound <= 1e-13 * truth + 1e-300, (weight, a)


# --- several densities ------------------------------------------------------------------------------


def test_generalised_divergence():
    densities = [N(0, 1), N(1, 1), Laplace(3, 2), TWO_BUMPS]
    weights = [Fraction(1, 8), Fraction(1, 4), Fraction(1, 2), Fraction(1, 8)]
    found = generalised_js_divergence(densities, weights)
    assert covers(found, of_ball(of_divergences(densities, weights)))
    assert found.error <= 1e-13
    assert found.compatible_with(generalised_js_divergence(densities[::-1], weights[::-1]))
    with_nothing = generalised_js_divergence([*densities, Cauchy(0, 1)], [*weights, 0])
    assert float(with_nothing) == float(found)
    two = generalised_js_divergence([N(0, 1), N(2, 1)])
    assert two.compatible_with(js_divergence(N(0, 1), N(2, 1)))
    assert float(generalised_js_divergence([N(0, 1)])) == 0
    near = generalised_js_divergence([N(0, 1), N(1e-7, 1), N(2e-7, 1)])
    assert float(near) == pytest.approx(1e-14 / 3, rel=1e-6)
    assert near.error <= 1e-6 * float(near)


def test_generalised_divergence_of_points_and_of_the_plane():
    weights = [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)]
    given = [Discrete(["1/10", "9/10"]), Discrete(["1/2", "1/2"], [1, 2]), Discrete([1], [7])]
    table = {}
    for w, one in zip(weights, given, strict=True):
        for point, mass in one.exact_masses():
            table[point] = table.get(point, 0) + w * mass
    shannon = lambda masses: -sum(mp.mpf(float(x)) * mp.log(float(x)) for x in masses if x)  # noqa: E731
    parts = [
        w * shannon(one.exact_weights) for w, one in zip(map(float, weights), given, strict=True)
    ]
    found = generalised_js_divergence(given, weights)
    assert abs(float(found) - (shannon(table.values()) - sum(parts))) <= 1e-14
    centres = [MultivariateNormal((x, 0), ((1, 0), (0, 1))) for x in (0, 1, 2)]
    assert generalised_js_divergence(centres).compatible_with(
        generalised_js_divergence([N(0, 1), N(1, 1), N(2, 1)])
    )


# --- the distribution of D*, ROC and AUC --------------------------------------------------------------


def level_set(s, t, level):
    """P and Q of {D* <= level} for N(0, s²) and N(0, t²), s < t: |x| >= r, or everything."""
    square = (mp.log(mp.mpf(t) / s) - mp.log(mp.mpf(level) / (1 - mp.mpf(level)))) * 2
    square /= 1 / mp.mpf(s) ** 2 - 1 / mp.mpf(t) ** 2
    r = mp.sqrt(max(square, 0))
    return 2 * mp.ncdf(-r / s), 2 * mp.ncdf(-r / t)


@pytest.mark.parametrize(
    "scales",
    [
        (1, 2),
        pytest.param((1e-3, 1e3), marks=pytest.mark.slow),
        pytest.param((1, 1.001), marks=pytest.mark.slow),
    ],
)
def test_law_of_the_discriminator(scales):
    s, t = scales
    top = t / (s + t)  # D* at 0: nothing is above, and float64 does not know whether this is
    levels = np.array([0.25, top, top * (1 + 1e-9)])
    for k, under in enumerate("pq"):
        found = discriminator_cdf(N(0, s), N(0, t), levels, under)
        for i, level in enumerate(levels):
            assert covers(found[i], level_set(s, t, level)[k]), (under, level)
        assert np.all(found.error[:1] <= 1e-12)


def test_where_the_discriminator_is_constant():
    """Left of 0 and right of 1 D* is constant for these: two atoms, at σ(±1)."""
    levels = [0.2, float(1 / (1 + math.exp(1))), 0.5, float(1 / (1 + math.exp(-1))), 0.9]
    found = discriminator_cdf(Laplace(0, 1), Laplace(1, 1), levels)
    right = math.exp(-1) / 2  # P(X > 1)
    assert np.all(
        np.abs(found.value - [0, right, math.exp(-0.5) / 2, 0.5, 1]) <= found.error + 1e-15
    )
    assert np.all(found.error[[0, 2, 4]] <= 1e-14)
    assert found.error[3] == pytest.approx(0.25)  # half of the atom: float64 cannot tell
    edges = discriminator_cdf(Uniform(0, 1), Uniform(0.5, 1.5), [0, 0.5, 1])
    assert edges.value.tolist() == pytest.approx([0, 0.5, 1], abs=1e-14)
    assert np.max(edges.error) <= 1e-14
    assert float(discriminator_cdf(Uniform(0, 1), Uniform(0.5, 1.5), 0, "q")) == pytest.approx(0.5)


def test_law_of_the_discriminator_on_points():
    p, q = Discrete(["1/10", "2/5", "1/2", 0]), Discrete(["3/10", "2/5", 0, "3/10"])
    found = discriminator_cdf(p, q, [0, 0.25, 0.5, 1], "q")
    assert found.kind == "exact"
    assert found.value.tolist() == pytest.approx([0.3, 0.6, 1, 1], abs=1e-15)
    fair = Discrete([0.5, 0.5])
    assert (
        float(discriminator_cdf(fair, Discrete([0.25, 0.75]), 0.4)) == 0.5
    )  # D* is 2/5, and 0.4 more
    roc = optimal_roc(p, q, 0.25)
    assert float(roc.true_positive_rate) == pytest.approx(0.9)
    assert float(roc.false_positive_rate) == pytest.approx(0.4)


def test_roc_curve():
    thresholds = np.array([0.25, 1])
    roc = optimal_roc(N(1, 1), N(0, 1), thresholds)
    with np.errstate(divide="ignore"):
        at = np.log(thresholds) - np.log1p(-thresholds) + 0.5  # x where D* = t
    assert np.all(np.abs(roc.true_positive_rate.value - stats.norm.sf(at - 1)) <= 1e-14)
    assert np.all(np.abs(roc.false_positive_rate.value - stats.norm.sf(at)) <= 1e-14)
    below = discriminator_cdf(N(1, 1), N(0, 1), 0.25)
    assert abs(float(below) + roc.true_positive_rate.value[0] - 1) <= 1e-13
    assert "0.25" in below.call.text
    rare = optimal_roc(N(20, 1), N(0, 1), 1 - 1e-16).false_positive_rate
    assert 0 < float(rare) < 1e-29
    assert rare.error <= 1e-10 * float(rare)
    reduced = discriminator_cdf(PLANE, MOVED, 0.5)
    assert abs(float(reduced) - stats.norm.sf(math.sqrt(4 / 7) / 2)) <= 1e-13


def coarse_auc(p, q, edges):
    """The AUC of the bin that a sample falls into: at most that of the sample itself."""
    mass = [np.diff(np.concatenate([[0], d.cdf(edges), [1]])) for d in (p, q)]
    order = np.argsort(mass[0] / np.maximum(mass[0] + mass[1], 1e-300), kind="stable")
    first, second = (m[order] for m in mass)
    return float(np.sum(first * (np.cumsum(second) - second / 2)))


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (N(0, 1e-3), N(0, 1)),
        pytest.param(Cauchy(0, 1), N(0.5, 1), marks=pytest.mark.slow),
        pytest.param(TWO_BUMPS, THREE, marks=pytest.mark.slow),
        pytest.param(THREE, Laplace(0, 1), marks=pytest.mark.slow),
    ],
)
def test_auc_is_that_of_ever_finer_bins(p, q):
    found = optimal_auc(p, q)
    tiny = 10.0 ** np.linspace(-9, 3, 8_000)
    coarse = coarse_auc(p, q, np.unique(np.concatenate([-tiny, np.linspace(-9, 9, 40_000), tiny])))
    assert coarse - 1e-13 <= found.upper
    assert abs(float(found) - coarse) <= 1e-6
    assert found.error <= 1e-11


def test_auc():
    assert covers(optimal_auc(N(0, 1), N(0, 3)), 2 / mp.pi * mp.atan(3))
    assert covers(optimal_auc(Uniform(0, 1), Uniform(0.5, 1.5)), mp.mpf(7) / 8)
    assert covers(optimal_auc(PLANE, MOVED), mp.ncdf(mp.sqrt(mp.mpf(4) / 7) / mp.sqrt(2)))
    plateau = optimal_auc(
        Triangular(0, 1, 2), Triangular(0, 0.5, 2)
    )  # D* is constant on two intervals
    assert float(plateau) == pytest.approx(89 / 144, abs=1e-13)
    assert plateau.error <= 1e-12


@pytest.mark.slow
def test_auc_of_nasty_pairs():
    wide = optimal_auc(N(0, 1e-9), N(0, 1e9))
    assert covers(wide, 2 / mp.pi * mp.atan(mp.mpf(1e9) / mp.mpf(1e-9)))
    far = optimal_auc(N(1e15, 1), N(1e15 + 1, 1))  # cdfs know x to 1/8 only
    assert covers(far, mp.ncdf(1 / mp.sqrt(2)))
    for place, scale in ((1e300, 1), (1e15, 1e-3)):  # nor can their supports be told apart
        assert optimal_auc(N(place, scale), N(-place, scale)).upper >= 1


def test_auc_on_points_is_exact():
    p, q = Discrete(["1/10", "2/5", "1/2", 0]), Discrete(["3/10", "2/5", 0, "3/10"])
    a = [w / (w + v) if w + v else 0 for w, v in zip(p.exact_weights, q.exact_weights, strict=True)]
    pairs = list(product(range(4), repeat=2))
    wins = [Fraction(a[i] > a[j]) + Fraction(a[i] == a[j], 2) for i, j in pairs]
    truth = sum(
        p.exact_weights[i] * q.exact_weights[j] * w for (i, j), w in zip(pairs, wins, strict=True)
    )
    found = optimal_auc(p, q)
    assert float(found) == float(truth)
    assert found.kind == "exact"


# --- what is refused, and how --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: bayes_error(N(), N(), 0), ValueError, "strictly between 0 and 1"),
        (lambda: bayes_error(N(), N(), "0.5"), ValueError, "strictly between 0 and 1"),
        (lambda: bayes_accuracy(N(), N(), math.nan), ValueError, "strictly between 0 and 1"),
        (lambda: skew_js_divergence(N(), N(), 1.0), ValueError, "strictly between 0 and 1"),
        (lambda: certified.bayes_error(N(), N(), 2), ValueError, "float or a Fraction"),
        (lambda: entropy(3), TypeError, "not a density"),
        (lambda: discriminator_cdf(N(), N(), 1.5), ValueError, "from 0 to 1"),
        (lambda: discriminator_cdf(N(), N(), [math.nan]), ValueError, "from 0 to 1"),
        (lambda: discriminator_cdf(N(), N(), "x"), ValueError, "from 0 to 1"),
        (lambda: discriminator_cdf(N(), N(), 0.5, "r"), ValueError, 'write "p" or "q"'),
        (lambda: discriminator_cdf(N([0, 1], 1), N(), 0.5), ValueError, "not batches"),
        (lambda: optimal_auc(PLANE, Product(N(), N())), ValueError, "in the plane"),
        (lambda: generalised_js_divergence([]), ValueError, "sequence of densities"),
        (lambda: generalised_js_divergence(N()), ValueError, "sequence of densities"),
        (lambda: generalised_js_divergence([N(), 3]), TypeError, r"densities\[1\]"),
        (lambda: generalised_js_divergence([N(), Discrete([1])]), ValueError, "no common measure"),
        (lambda: generalised_js_divergence([N([0, 1], 1), N()]), ValueError, "batch"),
        (lambda: generalised_js_divergence([N(), N()], [1, 1]), ValueError, "sum to"),
    ],
)
def test_refusals(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_black_boxes_are_never_declared():
    box = as_density(stats.norm.pdf, support=(-math.inf, math.inf))
    assert not bayes_error(box, N(1, 1)).declared
    assert not discriminator_cdf(box, N(1, 1), 0.5).declared
    with pytest.raises(InvalidDensity, match="no distribution function"):
        optimal_auc(box, N(1, 1))


def test_the_page_of_functionals(capsys):
    text = (Path(__file__).parent.parent / "docs" / "functionals.md").read_text(encoding="utf-8")
    code, shown = (text.split(f"```{kind}\n")[1].split("```")[0] for kind in ("python", "text"))
    exec(code, {})
    values = [line.split("±")[0].strip() for line in capsys.readouterr().out.splitlines()]
    there = [line.split("±")[0].strip() for line in shown.splitlines()]
    number = re.compile(r"\d[\d.e-]*")
    assert [number.sub("#", v) for v in values] == [number.sub("#", v) for v in there]
    printed, written = (
        [float(n) for v in lines for n in number.findall(v)] for lines in (values, there)
    )
    np.testing.assert_allclose(printed, written, rtol=1e-12)
    rows = [
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in line.split("|")[1:2]
    ]
    named = set(re.findall(r"`(\w+)", " ".join(rows)))
    functionals = {n for n in divergences.__all__ if n != "Roc" and not n.endswith("_kernel")}
    assert functionals <= named


# --- what does not converge ---------------------------------------------------------------------------

LINES = N(0, 1), Cauchy(0, 1)
PRODUCTS = Product(Cauchy(0, 1), N(0, 1)), Product(Cauchy(1, 1), Cauchy(0, 1))
PARTS = {  # numbers that are made of integrals of something else, which is not their best
    "accuracy": (bayes_accuracy, LINES),
    "coefficient": (bhattacharyya_coefficient, (N(0, 1), Cauchy(5, 0.1))),
    "distance": (bhattacharyya_distance, LINES),
    "cross entropy": (cross_entropy, (N(0, 1e-3), Cauchy(0, 1))),
    "cross entropy of products": (cross_entropy, PRODUCTS),
    "KL of products": (kl_divergence, PRODUCTS),
    "Rényi": (renyi_divergence, (*LINES, 0.5)),
    "Rényi in the plane": (renyi_divergence, (PLANE, Mixture((PLANE, MOVED), (0.75, 0.25)), 0.5)),
    "chi²": (pearson_chi2, (N(0, 1), Cauchy(0.5, 2))),
    "AUC": (optimal_auc, LINES),
    "levels": (discriminator_cdf, (*LINES, [0.25])),
    "generalised": (generalised_js_divergence, ([*LINES, N(3, 1)],)),
}


@pytest.mark.parametrize("limit", [2_500, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", PARTS)
def test_the_best_is_of_the_number_asked_for(name, limit):
    function, given = PARTS[name]
    truth = function(*given, rtol=1e-3)
    try:
        found = function(*given, limit=limit, rtol=1e-12)
    except NotConverged as fault:
        found = fault.best
    assert found.shape == truth.shape
    assert found.compatible_with(truth)


def test_batches():
    found = optimal_auc(N([0, 1], 1), N(2, 1))
    truth = stats.norm.cdf(np.array([2, 1]) / math.sqrt(2))
    assert np.all(np.abs(found.value - truth) <= found.error + 1e-15)
    assert bayes_error(N([[0], [1]], 1), N([[2, 3]], 1)).shape == (2, 2)
