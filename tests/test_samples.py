"""What samples say: bounds that hold as often as stated, and refusals that say what to write."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import stats

import gantheory as gt
from gantheory import Normal, js_divergence
from gantheory.concentration import RISK, bernstein, clopper_pearson, embedding, massart
from gantheory.samples import (
    bands,
    energy_test,
    held_out,
    js_divergence_lower_bound,
    kolmogorov_smirnov_from_samples,
    mean_embeddings,
    mmd_from_samples,
    mmd_test,
    total_variation_lower_bound,
    wasserstein_1_from_samples,
    wasserstein_1_lower_bound,
)
from gantheory.theorems import at_most
from gantheory.verdicts import Verdict

PAGE = Path(__file__).resolve().parent.parent / "docs" / "samples.md"
RNG = np.random.default_rng(0)
X, Y = RNG.random(200), RNG.random(300) ** 2


def logit(points: Any) -> Any:
    return 2 - 4 * np.asarray(points, dtype=float).reshape(len(points), -1)[:, 0]


# --- they hold as often as stated -----------------------------------------------------------------
#
# Each case draws one set of samples and says whether the bound holds for the truth. Cases are such that
# a bound that is too tight misses too often: the band of a small sample beside many points that stand
# for its distribution, rare answers that the sample variance does not see.

SETS = 2000
GRID = (np.arange(4000) + 0.5) / 4000  # within 1/8000 of the uniform distribution, for certain
BOTH = np.array([0.0, 1.0])


def holds(estimate: Any, truth: float) -> bool:
    return bool(estimate.lower <= truth <= estimate.upper)


def on_the_line(x: Any, y: Any, w1: float, ks: float, level: float) -> bool:
    return (
        holds(wasserstein_1_from_samples(x, y, support=(0, 1), level=level), w1)
        and holds(kolmogorov_smirnov_from_samples(x, y, level=level), ks)
        and wasserstein_1_lower_bound(x, y, level=level).value <= w1
    )


def coins(rng: np.random.Generator, n: int, share: float) -> Any:
    return np.repeat(BOTH, (n - (ones := rng.binomial(n, share)), ones))


def jsd_of_coins(
    rng: np.random.Generator, n: int, p: float, q: float, *, clip: float, level: float
) -> bool:
    """The discriminator is the best one, so that the inequality is an equality."""
    masses = np.array([[1 - p, p], [1 - q, q]])
    ratios = np.log(masses[0] / masses[1])
    truth = math.log(2) + 0.5 * np.sum(masses * np.log(masses / masses.sum(axis=0)))
    found = js_divergence_lower_bound(
        coins(rng, n, p),
        coins(rng, n, q),
        lambda x: ratios[x.astype(int)],
        clip=clip,
        level=level,
    )
    return bool(found.value <= truth)


def tv_of_coins(rng: np.random.Generator, n: int, m: int, level: float) -> bool:
    x, y = coins(rng, n, 0.5), np.zeros(m)
    return total_variation_lower_bound(x, y, lambda points: points > 0.5, level=level).value <= 0.5


def mmd(x: Any, y: Any, truth: float, level: float) -> bool:
    return holds(mmd_from_samples(x, y, bandwidth=1.0, level=level), truth)


CASES: dict[str, tuple[float, Any]] = {
    "bands, equal": (
        0.8,
        lambda rng: holds(kolmogorov_smirnov_from_samples(rng.random(20), GRID, level=0.8), 0.0),
    ),
    "bands, apart": (
        0.8,
        lambda rng: on_the_line(rng.random(40), rng.random(50) ** 2, 1 / 6, 1 / 4, 0.8),
    ),
    "bands, coins": (
        0.8,
        lambda rng: on_the_line(coins(rng, 60, 0.5), coins(rng, 30, 0.3), 0.2, 0.2, 0.8),
    ),
    "JSD, balanced": (0.8, lambda rng: jsd_of_coins(rng, 5000, 0.5, 0.2, clip=0.25, level=0.8)),
    "JSD, rare": (0.95, lambda rng: jsd_of_coins(rng, 100, 0.01, 0.99, clip=0.01, level=0.95)),
    "TV": (0.8, lambda rng: tv_of_coins(rng, 300, 3000, 0.8)),
    "MMD, broad": (0.5, lambda rng: mmd(*(1e6 * rng.random((2, 20))), 0.0, 0.5)),
    "MMD, coins": (
        0.95,
        lambda rng: mmd(100 * coins(rng, 50, 0.5), 100 * coins(rng, 50, 0.5), 0.0, 0.95),
    ),
    "MMD, apart": (
        0.8,
        lambda rng: mmd(100 * coins(rng, 90, 0.5), 100 * coins(rng, 30, 0.2), math.sqrt(0.18), 0.8),
    ),
}
QUICK = 400


def misses_too_often(case: str, sets: int) -> bool:
    level, once = CASES[case]
    rng = np.random.default_rng(2009)
    misses = sum(not once(rng) for _ in range(sets))
    return misses > int(stats.binom.ppf(1 - 1e-4, sets, 1 - level))


@pytest.mark.parametrize("case", CASES)
def test_bounds_hold_as_often_as_stated(case):
    assert not misses_too_often(case, QUICK)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_bounds_hold_as_often_as_stated_over_many_sets(case):
    assert not misses_too_often(case, SETS)


MUTANTS = {
    "half the variance of a band": (
        "bands, equal",
        (bands, "massart", lambda n, risk: massart(2 * n, risk)),
    ),
    "no term of the range": (
        "JSD, rare",
        (held_out, "bernstein", lambda values, width, risk: bernstein(values, 0.0, risk)),
    ),
    "no term of the variance": (
        "JSD, balanced",
        (held_out, "bernstein", lambda values, width, risk: bernstein(0 * values, width, risk)),
    ),
    "shares without a margin": (
        "TV",
        (held_out, "clopper_pearson", lambda hits, n, risk: (hits / n, hits / n)),
    ),
    "four times the risk": (
        "TV",
        (held_out, "clopper_pearson", lambda hits, n, risk: clopper_pearson(hits, n, 4 * risk)),
    ),
    "no expected distance": (
        "MMD, broad",
        (mean_embeddings, "embedding", lambda n, risk: embedding(n, risk) - embedding(n, 1.0)),
    ),
    "no deviation from it": (
        "MMD, coins",
        (mean_embeddings, "embedding", lambda n, risk: embedding(n, 1.0)),
    ),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_bound_that_is_too_tight_is_caught(name, monkeypatch):
    case, mutation = MUTANTS[name]
    monkeypatch.setattr(*mutation)
    assert misses_too_often(case, QUICK)


def small_p_values_are_too_frequent(pvalue: Any, sets: int) -> bool:
    """Whether P(p ≤ t) > t for a t, where both samples are of one distribution."""
    rng = np.random.default_rng(2010)
    found = []
    for k in range(sets):
        x, y = rng.choice(np.array([0.0, 1.0, 1.5, 7.0]), 20), rng.normal(size=20)
        x = x if k % 2 else rng.normal(size=20)
        y = rng.permutation(np.concatenate([x, y]))  # exchangeable, with ties and without
        test = energy_test if k % 4 < 2 else mmd_test
        found.append(pvalue(test(y[:10], y[10:], rng=rng, permutations=19)))
    thresholds = np.arange(19) / 19
    most = stats.binom.ppf(1 - 1e-6, sets, thresholds)
    return bool(np.any(np.sum(np.array(found)[:, None] <= thresholds, axis=0) > most))


def test_p_values_are_no_smaller_than_they_may_be():
    assert not small_p_values_are_too_frequent(lambda found: found.pvalue, QUICK)
    share = lambda found: found.exceeding / found.permutations  # noqa: E731
    assert small_p_values_are_too_frequent(share, QUICK)


@pytest.mark.slow
def test_p_values_are_no_smaller_than_they_may_be_over_many_sets():
    assert not small_p_values_are_too_frequent(lambda found: found.pvalue, SETS)


# --- they are what the sources say, by other means ------------------------------------------------


def test_the_formulas_are_the_papers():
    mpmath.mp.dps = 30
    values, risk = X[:50], 0.03
    variance = sum((Fraction(a) - Fraction(b)) ** 2 for a in values for b in values) / 2 / 50 / 49
    tail = mpmath.log(2 / mpmath.mpf(risk))
    theorem_4 = mpmath.sqrt(2 * mpmath.mpf(variance.numerator) / variance.denominator * tail / 50)
    theorem_4 += 7 * 3 * tail / (3 * 49)
    assert bernstein(values, 3.0, risk) == pytest.approx(float(theorem_4), rel=1e-12)
    # P(sup |Fₙ - F| > ε) ≤ 2 exp(-2 n ε²)
    assert 2 * mpmath.exp(-2 * 50 * mpmath.mpf(massart(50, risk)) ** 2) == pytest.approx(risk)
    by_scipy = stats.binomtest(7, 50).proportion_ci(0.97, "exact")
    assert clopper_pearson(7, 50, risk) == pytest.approx((by_scipy.low, by_scipy.high), rel=1e-9)
    # exp(-2 t²/Σ c²) with c = √2/n for each sample, beyond √(1/n + 1/m)
    over = embedding((20, 50), risk) - math.sqrt(1 / 20 + 1 / 50)
    assert math.exp(-2 * over**2 / (20 * 2 / 20**2 + 50 * 2 / 50**2)) == pytest.approx(risk)


def test_without_margins_bands_give_the_distances_of_the_samples(monkeypatch):
    low = kolmogorov_smirnov_from_samples(X, Y, level=0.9).lower
    margins = massart(200, 0.05) + massart(300, 0.05)
    assert low == pytest.approx(stats.ks_2samp(X, Y).statistic - margins, abs=1e-12)
    monkeypatch.setattr(bands, "massart", lambda count, risk: 0.0)
    found = wasserstein_1_from_samples(X, Y, support=(-1, 2))
    assert float(found) == pytest.approx(stats.wasserstein_distance(X, Y), abs=1e-12)
    assert float(found.error) < 1e-13
    assert wasserstein_1_lower_bound(X, Y).value == pytest.approx(float(found), abs=1e-12)


@pytest.mark.parametrize(
    ("at", "scale"),
    [(0.0, 1.0), (1e15, 64.0), (-3.0, 1e-8), (0.0, 1e-310), (0.0, 8e307), (1e300, 1e295)],
)
def test_wasserstein_bounds_hold_the_exact_integrals_at_any_place_and_scale(at, scale):
    rng = np.random.default_rng(3)
    a, b = at, at + scale
    x, y = (np.clip(at + scale * rng.beta(2, k, n), a, b) for k, n in ((1, 300), (5, 400)))
    found = wasserstein_1_from_samples(x, y, support=(a, b), level=0.9)
    low, high = exact_integrals(x, y, a, b, [massart(len(one), (1 - 0.9) / 2) for one in (x, y)])
    value, error = Fraction(found.value), Fraction(found.error)
    assert value - error <= low <= high <= value + error
    little = Fraction(scale) / 10**12 + 2000 * Fraction(5e-324)
    assert error <= (high - low) / 2 + little + abs(Fraction(at)) / 10**13
    below = Fraction(wasserstein_1_lower_bound(x, y, level=0.9).value)
    assert low - little <= below <= low


def exact_integrals(x, y, a, b, margins):
    """∫ of the bounds of |F - G|, in fractions."""
    points = sorted({a, b, *x.tolist(), *y.tolist()})
    totals = [Fraction(0), Fraction(0)]
    for left, right in pairwise(points):
        ends = []
        for sample, margin in zip((x, y), margins, strict=True):
            share = Fraction(int(np.sum(sample <= left)), len(sample))
            ends.append((max(share - Fraction(margin), 0), min(share + Fraction(margin), 1)))
        (f_low, f_high), (g_low, g_high) = ends
        width = Fraction(right) - Fraction(left)
        totals[0] += width * max(f_low - g_high, g_low - f_high, 0)
        totals[1] += width * max(f_high - g_low, g_high - f_low)
    return totals


def test_mmd_is_that_of_all_pairs(monkeypatch):
    x, y, h = RNG.normal(size=(40, 3)), RNG.normal(size=(30, 3)) + 1, 0.7
    k = lambda a, b: math.exp(-sum((a - b) ** 2) / (2 * h * h))  # noqa: E731
    mean = lambda u, v: math.fsum(k(a, b) for a in u for b in v) / len(u) / len(v)  # noqa: E731
    truth = math.sqrt(mean(x, x) + mean(y, y) - 2 * mean(x, y))
    monkeypatch.setattr(mean_embeddings, "BLOCK", 100)  # several blocks of rows
    found = mmd_from_samples(x, y, bandwidth=h)
    assert found.lower == pytest.approx(max(truth - embedding((40, 30), 0.01), 0), abs=1e-12)
    assert found.upper == pytest.approx(min(truth + embedding((40, 30), 0.01), math.sqrt(2)))


@pytest.mark.parametrize("unit", [1e-300, 1e-160, 3.0, 1e160, 1e300])
def test_mmd_and_tests_do_not_depend_on_the_unit(unit):
    seeded = lambda: np.random.default_rng(1)  # noqa: E731
    one, many = ((c * X[:50], c * Y[:60]) for c in (1.0, unit))
    widths = (0.3, unit * 0.3)
    plain, scaled = (
        mmd_from_samples(*pair, bandwidth=h) for pair, h in zip((one, many), widths, strict=True)
    )
    assert float(scaled) == pytest.approx(float(plain), rel=1e-9)
    plain, scaled = (mmd_test(*pair, rng=seeded(), permutations=99) for pair in (one, many))
    assert (scaled.pvalue, scaled.statistic) == pytest.approx((plain.pvalue, plain.statistic))
    plain, scaled = (energy_test(*pair, rng=seeded(), permutations=99) for pair in (one, many))
    assert (scaled.pvalue, scaled.statistic) == pytest.approx(
        (plain.pvalue, unit * plain.statistic)
    )


def test_the_bound_of_jsd_is_its_formula():
    x, y = RNG.beta(2, 5, 4000), RNG.beta(5, 2, 3000)
    found = js_divergence_lower_bound(x, y, logit, clip=0.2, level=0.9)
    d_x, d_y = (np.clip(1 / (1 + np.exp(-logit(points))), 0.2, 0.8) for points in (x, y))
    means = [np.mean(terms) for terms in (np.log(d_x), np.log(1 - d_y))]
    bars = [bernstein(terms, math.log(4), 0.05) for terms in (np.log(d_x), np.log(1 - d_y))]
    least = (math.log(4) + sum(means) - sum(bars)) / 2
    assert found.value == pytest.approx(least, rel=1e-9)
    assert js_divergence_lower_bound(y, x, logit, clip=0.2).value == 0  # D the wrong way round
    far = js_divergence_lower_bound(X, Y + 5, lambda x: np.where(x < 2, np.inf, -np.inf), clip=1e-3)
    assert 0.25 < far.value <= math.log(2) + math.log1p(-1e-3)


def test_the_bound_of_tv_is_its_formula():
    found = total_variation_lower_bound(X, Y, lambda points: points > 0.4, level=0.9)
    of_x, of_y = (
        stats.binomtest(int(np.sum(points > 0.4)), len(points)).proportion_ci(0.9, "exact")
        for points in (X, Y)
    )
    assert found.value == pytest.approx(of_x.low - of_y.high, rel=1e-9)


def test_p_values_are_those_of_all_permutations():
    x, y = X[:8], Y[:8]
    all_of_them = np.array(list(combinations(range(16), 8)))
    signs = np.full((len(all_of_them), 16), -1 / 8)
    np.put_along_axis(signs, all_of_them, 1 / 8, axis=1)
    both = np.concatenate([x, y])
    values = -np.einsum("bi,bi->b", signs @ np.abs(both[:, None] - both), signs)
    share = np.mean(values >= stats.energy_distance(x, y) ** 2 - 1e-12)
    found = energy_test(x, y, rng=np.random.default_rng(0), permutations=9999)
    assert found.statistic == pytest.approx(stats.energy_distance(x, y) ** 2)
    low, high = stats.binom.ppf([1e-7, 1 - 1e-7], 9999, share)
    assert low <= found.exceeding <= high


def test_samples_that_all_coincide_differ_in_nothing():
    x, y = np.full(10, 0.5), np.full(12, 0.5)
    assert energy_test(x, y, rng=np.random.default_rng(0)).pvalue == 1
    assert mmd_test(x, y, rng=np.random.default_rng(0), bandwidth=1).pvalue == 1
    assert mmd_from_samples(x, y, bandwidth=1).lower <= 0
    assert wasserstein_1_lower_bound(x, y).value == 0


# --- what they are --------------------------------------------------------------------------------


def test_intervals_are_statistical_and_say_their_level():
    for found in (
        wasserstein_1_from_samples(X, Y, support=(0, 1), level=0.95),
        kolmogorov_smirnov_from_samples(X, Y, level=0.95),
        mmd_from_samples(X, Y, bandwidth=1, level=0.95),
    ):
        assert found.kind == "statistical"
        [(integrator, integrand)] = found.route
        assert integrator.endswith("level 0.95")
        assert integrand == "samples"
        assert found.call.text.endswith("(200 and 300 samples)")


def test_a_claim_rests_on_intervals_of_the_books_level_alone():
    at = lambda level: wasserstein_1_from_samples(X, Y, support=(0, 1), level=level)  # noqa: E731
    assert at_most("W₁ ≤ 1", at(0.99), 1).verdict is Verdict.SUPPORTED
    assert at_most("W₁ ≤ 1", at(1 - RISK), 1).verdict is Verdict.HOLDS


def test_bounds_from_below_and_tests_are_no_numbers():
    bound = wasserstein_1_lower_bound(X, Y)
    test = energy_test(X, Y, rng=np.random.default_rng(0))
    for found in (bound, test):
        with pytest.raises(TypeError):
            float(found)
        with pytest.raises(TypeError):
            found + 1
        assert at_most("a", found, 1).verdict is Verdict.ERROR
    assert str(gt.LowerBound(0.19999, 0.99, "W₁(9 and 9 samples)")) == (
        "W₁(9 and 9 samples) ≥ 0.1999 with confidence 0.99"  # rounded down, never up
    )
    assert str(gt.PermutationTest("energy", 0.5, 11, 999)) == (
        "energy test: p = 12/1000, statistic 0.5"
    )


@pytest.mark.parametrize("form", [list, lambda a: a[:, None], lambda a: a.astype(np.float32)])
def test_samples_come_in_many_forms(form):
    x, y = form(X), form(Y)
    plain = wasserstein_1_from_samples(X, Y, support=(0, 1))
    assert float(wasserstein_1_from_samples(x, y, support=(0, 1))) == pytest.approx(
        float(plain), abs=1e-6
    )
    assert js_divergence_lower_bound(x, y, logit).value == pytest.approx(
        js_divergence_lower_bound(X, Y, logit).value, abs=1e-6
    )


def test_images_of_whole_numbers_are_samples():
    images = RNG.integers(0, 256, (40, 5), dtype=np.uint8)
    assert mmd_from_samples(images[:20], images[20:], bandwidth=100.0).kind == "statistical"


@pytest.mark.torch
def test_tensors_reach_the_discriminator_as_tensors():
    torch = pytest.importorskip("torch")
    x, y = torch.tensor(X)[:, None], torch.tensor(Y)[:, None]
    network = torch.nn.Linear(1, 1).double()
    assert js_divergence_lower_bound(x, y, network).value >= 0
    norm = torch.nn.Sequential(torch.nn.BatchNorm1d(1, dtype=torch.float64), network)
    with pytest.raises(ValueError, match="batch normalisation"):
        js_divergence_lower_bound(x, y, norm)
    assert js_divergence_lower_bound(x, y, norm.eval()).value >= 0
    assert mmd_from_samples(x, y, bandwidth=1.0).kind == "statistical"


# --- what is refused ------------------------------------------------------------------------------

NAN = np.where(np.arange(300) == 17, np.nan, Y)
MANY = np.zeros((200_000, 1))
SEEDED = np.random.default_rng(0)
W1: Any = wasserstein_1_from_samples
JSD: Any = js_divergence_lower_bound
TV: Any = total_variation_lower_bound
MMD: Any = mmd_from_samples


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: W1(X, NAN, support=(0, 1)), r"^y\[17\] is nan.*1 of 300 samples"),
        (lambda: W1(X, np.full((9, 1), np.inf), support=(0, 1)), r"^y\[0\] is \[inf\]"),
        (lambda: W1(np.ma.masked_less(X, 0.1), Y, support=(0, 1)), r"^x\[\d+\].*masked"),
        (lambda: W1(X[:3], Y, support=(0, 1)), r"^x has shape \(3,\), so 3 samples.*at least 8"),
        (lambda: W1(X[None], Y, support=(0, 1)), r"^x has shape \(1, 200\), so 1 samples"),
        (lambda: W1([], Y, support=(0, 1)), r"^x has shape \(0,\)"),
        (lambda: W1(X.reshape(2, 10, 10), Y, support=(0, 1)), r"images as x.reshape"),
        (lambda: W1([0, 1] * 9, Y, support=(0, 1)), r"labels.*np.asarray\(x, dtype=float\)"),
        (lambda: W1(X, Y > 0.5, support=(0, 1)), r"^y holds bool"),
        (lambda: W1(Normal(0, 1), Y, support=(0, 1)), r"^x is Normal"),
        (lambda: W1(3.0, Y, support=(0, 1)), r"^x has shape \(\)"),
        (lambda: W1(X.astype(complex), Y, support=(0, 1)), r"real numbers"),
        (lambda: W1(X, X, support=(0, 1)), "same samples"),
        (lambda: W1(X[:100], X[50:], support=(0, 1)), "share some"),
        (lambda: W1(X, Y.reshape(150, 2), support=(0, 1)), "of dimension 1, y of dimension 2"),
        (lambda: W1(X.reshape(100, 2), Y.reshape(150, 2), support=(0, 1)), "on the line only"),
        (lambda: W1(X, Y), r"needs support.*wasserstein_1_lower_bound\(x, y\)"),
        (lambda: W1(X, Y, support=(-math.inf, math.inf)), "wasserstein_1_lower_bound"),
        (lambda: W1(X, Y, support=(1, 0)), "a < b"),
        (lambda: W1(X, Y, support=(-1e308, 1e308)), "a < b"),
        (lambda: W1(X, Y, support=0.5), "two finite numbers"),
        (lambda: W1(X, Y, support=(0, 0.5)), r"^x\[\d+\] = 0.\d+ lies outside support=\(0, 0.5\)"),
        (lambda: W1(X, Y, support=(0, 1), level=99), "level=99.*such as 0.99"),
        (lambda: W1(X, Y, support=(0, 1), level=1.0), "level=1.0"),
        (lambda: W1(X, Y, support=(0, 1), level=math.nan), "level=nan"),
        (lambda: wasserstein_1_lower_bound(1.7e308 * X, -1.7e308 * Y), "rescale"),
        (lambda: JSD(X, Y, 0.5), "the discriminator is 0.5"),
        (lambda: JSD(X, Y, np.mean), r"returned shape \(\) for 200 samples"),
        (lambda: JSD(X, Y, lambda x: np.where(x < 0.5, np.nan, 1)), "nan for sample"),
        (lambda: JSD(X, Y, lambda x: (x - np.mean(x)) / np.std(x)), "batch normalisation"),
        (lambda: JSD(X, Y, logit, clip=0.5), "clip=0.5"),
        (lambda: JSD(X, Y, logit, clip=0), "clip=0"),
        (lambda: JSD(X, Y, logit, trained_on=(X.copy(), Y[:9])), r"^x\[0\] is among"),
        (lambda: TV(X, Y, logit, trained_on=(RNG.random(9), Y[5:])), r"^y\[5\] is among"),
        (lambda: JSD(X, Y, logit, trained_on=X), r"as \(x_train, y_train\)"),
        (lambda: TV(X, Y, logit), "lambda x: logit"),
        (lambda: MMD(X, Y, bandwidth=0.0), "bandwidth=0.0"),
        (lambda: MMD(X, Y, bandwidth="median"), "bandwidth='median'"),
        (lambda: MMD(1e300 * X, Y, bandwidth=1e-20), "too far for a bandwidth"),
        (lambda: MMD(MANY, MANY + 1, bandwidth=1.0), "400000 samples.*at most"),
        (lambda: energy_test(MANY, MANY + 1, rng=SEEDED), "400000 samples.*at most"),
        (lambda: energy_test(X, Y, rng=0), r"rng=0.*default_rng\(0\)"),  # type: ignore[arg-type]
        (lambda: energy_test(X, Y, rng=SEEDED, permutations=0), "permutations=0"),
        (lambda: mmd_test(0 * X, 0 * Y, rng=SEEDED), "give bandwidth="),
        (lambda: js_divergence(X, Y), r"gantheory.samples, such as js_divergence_lower_bound"),
        (lambda: js_divergence(X.tolist(), Y.tolist()), "gantheory.samples"),
    ],
)
def test_what_is_refused_and_what_to_write(make, words):
    with pytest.raises((TypeError, ValueError), match=words) as caught:
        make()
    assert len(str(caught.value)) < 5 * 100


def test_halves_of_one_array_are_two_samples():
    assert wasserstein_1_from_samples(X[::2], X[1::2], support=(0, 1)).kind == "statistical"
    assert JSD(X, Y, logit, trained_on=(RNG.random(50), RNG.random(50))).value >= 0


# --- the page -------------------------------------------------------------------------------------


def test_the_page_prints_what_it_shows(capsys):
    text = PAGE.read_text(encoding="utf-8")
    [code], [shown] = (
        re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
        for language in ("python", "text")
    )
    exec(compile(code, str(PAGE), "exec"), {})
    assert capsys.readouterr().out == shown


def test_the_page_names_every_function():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in gt.samples.__all__ if f"`{name}" not in text] == []
