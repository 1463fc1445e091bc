"""assert_divergence on estimators from samples: honest ones, and ones that see too little."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import jensenshannon
from scipy.special import digamma, rel_entr
from thinning import every

from gantheory import certified
from gantheory.testing.estimators import assert_divergence
from gantheory.testing.sample_pairs import sample_pairs

Estimate = Callable[[Any, Any], Any]
EDGES = np.linspace(-10, 10, 51)
QUICK: dict[str, Any] = {"inputs": "samples", "sizes": (1600,), "repeats": 4}


# --- honest estimators ----------------------------------------------------------------------------


def by_histogram(x: Any, y: Any) -> Any:
    p, q = (np.histogram(one, EDGES)[0] / len(one) for one in (x, y))
    return jensenshannon(p, q) ** 2


def pooled(bins: Any, prior: float = 0.0) -> Estimate:
    """JSD of histograms with edges from both samples."""

    def estimate(x: Any, y: Any) -> Any:
        edges = np.histogram_bin_edges(np.concatenate([x, y]), bins)
        p, q = (np.histogram(one, edges)[0] + prior for one in (x, y))
        return jensenshannon(p, q) ** 2

    return estimate


def by_quantiles(x: Any, y: Any) -> Any:
    edges = np.quantile(np.concatenate([x, y]), np.linspace(0, 1, 41))
    p, q = (np.histogram(one, edges)[0] / len(one) for one in (x, y))
    return jensenshannon(p, q) ** 2


def by_kernels(x: Any, y: Any) -> Any:
    """JSD of kernel density estimates with Scott's bandwidth, on a grid."""
    grid = np.linspace(min(x.min(), y.min()) - 2, max(x.max(), y.max()) + 2, 200)
    widths = [one.std() * len(one) ** -0.2 for one in (x, y)]
    p, q = (
        np.exp(-(((grid[:, None] - one) / h) ** 2) / 2).mean(1) / (h * math.sqrt(2 * math.pi))
        for one, h in zip((x, y), widths, strict=True)
    )
    m = (p + q) / 2
    dx = grid[1] - grid[0]
    tiny = np.finfo(float).tiny  # subnormals make p / m meaningless
    return (rel_entr(p + tiny, m + tiny).sum() + rel_entr(q + tiny, m + tiny).sum()) * dx / 2


def neighbours(x: Any, k: int) -> Any:
    return cKDTree(x[:, None]).query(x[:, None], k + 1)[0][:, k]


def entropy(x: Any, k: int = 3) -> Any:
    """Kozachenko and Leonenko (1987)."""
    return digamma(len(x)) - digamma(k) + math.log(2) + np.mean(np.log(neighbours(x, k)))


def by_entropies(x: Any, y: Any) -> Any:
    n = min(len(x), len(y))
    x, y = x[:n], y[:n]
    return entropy(np.concatenate([x, y])) - entropy(x) / 2 - entropy(y) / 2


def kl_by_neighbours(x: Any, y: Any, k: int = 3) -> Any:
    """Wang, Kulkarni and Verdu (2009)."""
    other = cKDTree(y[:, None]).query(x[:, None], [k])[0][:, 0]
    return np.mean(np.log(other / neighbours(x, k))) + math.log(len(y) / (len(x) - 1))


def halves(x: Any, y: Any) -> Any:
    """JSD by neighbours, half of each sample against the other halves, pooled in equal shares."""
    n = min(len(x), len(y)) // 2
    pool = np.concatenate([x[n : 2 * n], y[n : 2 * n]])
    return (kl_by_neighbours(x[:n], pool) + kl_by_neighbours(y[:n], pool)) / 2


def logits(x: Any, y: Any, features: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Logits of logistic regression on held-out halves, both classes with weight 1/2."""
    a, b = x[::2], y[::2]
    rows, labels = features(np.r_[a, b]), np.r_[np.ones(len(a)), np.zeros(len(b))]
    weights = np.r_[np.full(len(a), 0.5 / len(a)), np.full(len(b), 0.5 / len(b))]
    theta = np.zeros(rows.shape[1])
    for _ in range(12):
        d = 1 / (1 + np.exp(-np.clip(rows @ theta, -30, 30)))
        hessian = (rows * (weights * d * (1 - d))[:, None]).T @ rows
        slope = rows.T @ (weights * (d - labels)) + 1e-4 * theta
        theta -= np.linalg.solve(hessian + 1e-4 * np.eye(len(theta)), slope)
    return features(x[1::2]) @ theta, features(y[1::2]) @ theta


def by_classifier(features: Callable[[Any], Any]) -> Estimate:
    """log 2 + (E log D(x) + E log(1 - D(y))) / 2, D a trained discriminator."""

    def estimate(x: Any, y: Any) -> Any:
        real, fake = logits(x, y, features)
        return math.log(2) - (np.logaddexp(0, -real).mean() + np.logaddexp(0, fake).mean()) / 2

    return estimate


def many(t: Any) -> Any:
    return np.exp(-(((t[:, None] - np.arange(-8, 9, 0.75)) / 0.75) ** 2) / 2)


def squares(t: Any) -> Any:
    return np.c_[np.ones(len(t)), t, t**2 / 10]


def smoothed_kl(x: Any, y: Any) -> Any:
    p, q = (np.histogram(one, EDGES)[0] + 0.5 for one in (x, y))
    return rel_entr(p / p.sum(), q / q.sum()).sum()


HONEST: dict[str, tuple[Estimate, Any, dict[str, Any]]] = {
    "fixed edges": (by_histogram, "jsd", {"tolerance": 0.05}),
    "20 bins": (pooled(20), "jsd", {}),
    "100 bins": (pooled(100), "jsd", {}),
    "numpy's own choice of bins": (pooled("auto"), "jsd", {}),
    "few bins": (pooled("sturges"), "jsd", {}),
    "a count more in each bin": (pooled(30, 1.0), "jsd", {}),
    "quantiles": (by_quantiles, "jsd", {}),
    "kernels": (by_kernels, "jsd", {"repeats": 2}),
    "entropies by neighbours": (by_entropies, "jsd", {"tolerance": 0.05}),
    "neighbours, halves": (halves, "jsd", {"tolerance": 0.05}),
    "a classifier": (by_classifier(many), "jsd", {}),
    "KL by neighbours": (kl_by_neighbours, "kl", {"tolerance": 0.05}),
    "KL by one neighbour": (lambda x, y: kl_by_neighbours(x, y, 1), "kl", {}),
    "KL of smoothed histograms": (smoothed_kl, "kl", {}),
    "KL by a classifier": (lambda x, y: logits(x, y, many)[0].mean(), "kl", {}),
}


@pytest.mark.parametrize("name", every(2, HONEST))
def test_honest_estimators_pass(name: str) -> None:
    estimate, divergence, options = HONEST[name]
    report = assert_divergence(estimate, divergence, **{**QUICK, **options})
    assert report.unnormalised is None
    assert math.isnan(report.largest_error)
    assert all(bias.low <= bias.mean <= bias.high for bias in report.biases)


def test_the_bias_is_stated() -> None:
    report = assert_divergence(by_histogram, inputs="samples", sizes=(100, 800))
    *even, uneven = report.biases
    assert [bias.n for bias in even] == [100, 800] * len(sample_pairs("jsd"))
    assert (uneven.n, uneven.m) == (800, 100)
    small, large = (next(b for b in report.biases if b.n == n) for n in (100, 800))
    assert small.bias > 2 * large.bias > 0  # a histogram's JSD is too large, by 1 / n
    assert small.truth == pytest.approx(0.0993, abs=1e-4)
    assert all(bias.low > 0 for bias in even if bias.truth == 0)


def test_the_same_call_gives_the_same_report() -> None:
    reports = [assert_divergence(by_histogram, inputs="samples", sizes=(50,)) for _ in range(2)]
    assert reports[0] == reports[1] or str(reports[0]) == str(reports[1])


# --- estimators that see too little, or something else --------------------------------------------


def fitted(x: Any, y: Any) -> Any:
    """KL of the normals with the means and variances of the samples."""
    s, t = x.std(), y.std()
    return math.log(t / s) + (s**2 + (x.mean() - y.mean()) ** 2) / (2 * t**2) - 1 / 2


def self_counted(x: Any, y: Any) -> Any:
    """Each point counts as its own neighbour in the pooled sample."""
    pool = np.concatenate([x, y])
    return (kl_by_neighbours(x, pool) + kl_by_neighbours(y, pool)) / 2


def unequal_shares(x: Any, y: Any) -> Any:
    """Half of x against the other half and all of y."""
    n = len(x) // 2, len(y) // 2
    one = kl_by_neighbours(x[: n[0]], np.concatenate([x[n[0] :], y]))
    return (one + kl_by_neighbours(y[: n[1]], np.concatenate([y[n[1] :], x]))) / 2


def weighted_by_sizes(x: Any, y: Any) -> Any:
    whole = len(x) + len(y)
    pool = entropy(np.concatenate([x, y]))
    return pool - (len(x) * entropy(x) + len(y) * entropy(y)) / whole


def own_edges(x: Any, y: Any) -> Any:
    p, q = (np.histogram(one, 30)[0] / len(one) for one in (x, y))
    return jensenshannon(p, q) ** 2


def of_densities(x: Any, y: Any) -> Any:
    p, q = (np.histogram(one, EDGES, density=True)[0] for one in (x, y))
    m = (p + q) / 2
    return (rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2


def total(x: Any, y: Any) -> Any:
    return sum(abs(np.histogram(x, EDGES)[0] / len(x) - np.histogram(y, EDGES)[0] / len(y))) / 2


def changed(change: Callable[[Any], Any]) -> Estimate:
    return lambda x, y: change(by_histogram(x, y))


A_NUMBER = r"It returns 0 whatever it is given"
NORMALS = "normals fitted to both samples: it sees means and variances alone"
WRONG: dict[str, tuple[Estimate, Any, str]] = {
    "0": (lambda x, y: 0.0, "jsd", A_NUMBER),
    "a constant": (lambda x, y: 0.3, "kl", "It returns 0.3 whatever it is given"),
    "disjoint or not": (
        lambda x, y: math.log(2) if x.max() < y.min() or y.max() < x.min() else 0.0,
        "jsd",
        "returns 0 or 0.6931 and nothing between: a threshold",
    ),
    "means apart or not": (
        lambda x, y: 0.5 if abs(x.mean() - y.mean()) > 0.5 else 0.0,
        "kl",
        "returns 0 or 0.5 and nothing between: a threshold",
    ),
    "fitted normals": (fitted, "kl", NORMALS),
    "quadratic logits": (by_classifier(squares), "jsd", NORMALS),
    "cubic and quartic logits": (
        by_classifier(lambda t: np.c_[squares(t), t**3 / 100, t**4 / 1000]),
        "jsd",
        "two combs without overlap",
    ),
    "five bins": (pooled(5), "jsd", "of the same mean and variance .* JSD is"),
    "histograms with edges of their own": (
        own_edges,
        "jsd",
        "does not see where the samples lie; histograms of both need the same edges",
    ),
    "entropies alone": (lambda x, y: entropy(y) - entropy(x), "kl", "does not see where"),
    "neighbours that are the points themselves": (
        self_counted,
        "jsd",
        r"near the divergence -0\.5, as with few neighbours, or where each point counts",
    ),
    "unequal shares": (unequal_shares, "jsd", "one sample weighs 1/3 and the other 2/3"),
    "weights by the sizes": (
        weighted_by_sizes,
        "jsd",
        "for samples of one size it is right. It is near JSD with the sizes as weights",
    ),
    "no term of the sizes": (
        lambda x, y: kl_by_neighbours(x, y) - math.log(len(y) / (len(x) - 1)),
        "kl",
        "1600 and 200 points of .* for samples of one size it is right",
    ),
    "the distance": (changed(np.sqrt), "jsd", "the square root, a distance"),
    "the distance in bits": (
        changed(lambda v: math.sqrt(v / math.log(2))),
        "jsd",
        "the square root, in bits",
    ),
    "bits": (changed(lambda v: v / math.log(2)), "jsd", "the divergence in bits"),
    "twice": (changed(lambda v: 2 * v), "jsd", "twice the divergence"),
    "half": (changed(lambda v: v / 2), "jsd", "half of the divergence"),
    "minus": (changed(lambda v: -v), "jsd", "minus the divergence"),
    "the value of the game": (changed(lambda v: 2 * v - math.log(4)), "jsd", "value of the game"),
    "a third more": (changed(lambda v: 1.33 * v), "jsd", r"near 1\.3\d times the divergence"),
    "an offset": (changed(lambda v: v + 0.1), "jsd", r"near the divergence \+0\.1"),
    "densities summed without the width": (of_densities, "jsd", r"2\.5\d* times the divergence"),
    "total variation": (total, "jsd", "near total variation"),
    "KL for JSD": (kl_by_neighbours, "jsd", "JSD is"),
    "JSD for KL": (by_histogram, "kl", "near JSD"),
    "the other direction": (
        lambda x, y: kl_by_neighbours(y, x),
        "kl",
        "the other direction: swap the arguments",
    ),
    "inf": (lambda x, y: np.inf, "kl", "returns inf, but .* need a rule"),
    "nan": (lambda x, y: np.nan, "jsd", "returns nan, but"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_estimators_are_named(name: str) -> None:
    estimate, divergence, told = WRONG[name]
    with pytest.raises(AssertionError, match=told):
        assert_divergence(estimate, divergence, **QUICK)


def test_an_honest_bias_is_called_so() -> None:
    """Scott's bandwidth blurs: the errors of all sizes are shown, and a tolerance that allows them."""
    options: dict[str, Any] = {"inputs": "samples", "sizes": (100, 800), "repeats": 4}
    with pytest.raises(
        AssertionError, match=r"shrinks slowly with n .* at 100, .* at 800"
    ) as caught:
        assert_divergence(by_kernels, tolerance=0.05, **options)
    stated = float(str(caught.value).split("tolerance=")[1])
    assert_divergence(by_kernels, tolerance=stated, **options)


# --- what could not have been seen ----------------------------------------------------------------


def test_what_was_not_seen_is_stated() -> None:
    whole, other = assert_divergence(by_histogram, **QUICK).not_seen
    assert "less than 0.2 times JSD and 0.025" in whole
    assert "log 2 times the squared Hellinger distance" in whole
    assert "fitted" not in whole
    assert "edges or bandwidths that are fixed may fail elsewhere" in other
    sharp = assert_divergence(by_histogram, tolerance=0.05, **QUICK).not_seen[0]
    assert "Hellinger" not in sharp


def test_samples_of_one_size_may_be_needed() -> None:
    def picky(x: Any, y: Any) -> Any:
        if len(x) != len(y):
            raise RuntimeError("as many points of each")
        return by_histogram(x, y)

    report = assert_divergence(picky, **QUICK)
    assert any("refuses them (as many points of each)" in text for text in report.not_seen)
    small = assert_divergence(picky, inputs="samples", sizes=(100,), repeats=2)
    assert any("too small" in text for text in small.not_seen)


# --- the pairs ------------------------------------------------------------------------------------


@pytest.mark.parametrize("divergence", ["jsd", "kl"])
def test_the_truths_are_enclosed_by_balls(divergence: str) -> None:
    """Another route: ball arithmetic."""
    by_balls = certified.js_divergence if divergence == "jsd" else certified.kl_divergence
    for pair in sample_pairs(divergence):
        ball = float(by_balls(pair.p, pair.q, 15).mid)
        assert abs(getattr(pair, divergence) - ball) <= 1e-12, pair.name


def test_the_pairs_are_what_their_names_say() -> None:
    equal = 0
    for pair in (*sample_pairs("jsd"), *sample_pairs("kl")):
        fitted = pair.fitted()
        if "of the same" in pair.name:
            equal += 1
            assert fitted.p.loc == pytest.approx(fitted.q.loc, abs=1e-12)
            assert fitted.p.scale == pytest.approx(fitted.q.scale, rel=1e-12)
        x = (np.arange(300_000) + 0.5) / 5000 - 30
        for density, normal in ((pair.p, fitted.p), (pair.q, fitted.q)):
            pdf = density.pdf(x)
            dx = x[1] - x[0]
            assert (pdf * x).sum() * dx == pytest.approx(normal.loc, abs=1e-3)
            assert (pdf * (x - normal.loc) ** 2).sum() * dx == pytest.approx(
                normal.scale**2, rel=1e-3
            )
        if "third" in pair.name or "three" in pair.name:
            third = [(d.pdf(x) * x**3).sum() * dx for d in (pair.p, pair.q)]
            assert third[0] == pytest.approx(third[1], abs=1e-3)
    assert equal == 5
    values = sorted(pair.jsd for pair in sample_pairs("jsd"))
    assert values[0] == 0
    assert values[-1] == pytest.approx(math.log(2), rel=1e-12)
    assert np.diff(values).max() < 0.2


def test_sizes_have_to_be_numbers_of_two_at_least() -> None:
    for wrong in ({"repeats": 1}, {"sizes": ()}, {"sizes": (1,)}):
        with pytest.raises(ValueError, match="2 at least"):
            assert_divergence(by_histogram, inputs="samples", **wrong)  # type: ignore[arg-type]
