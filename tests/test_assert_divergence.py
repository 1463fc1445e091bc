"""assert_divergence on right estimators, and on what is often written in their place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import rel_entr
from scipy.stats import energy_distance, wasserstein_distance

from gantheory.testing.divergence_mistakes import jsd, kl, w1, w1_samples
from gantheory.testing.estimators import assert_divergence


def plain_kl(p: Any, q: Any) -> Any:
    return rel_entr(p, q).sum()


def plain_jsd(p: Any, q: Any) -> Any:
    m = (p + q) / 2
    return (plain_kl(p, m) + plain_kl(q, m)) / 2


def plain_w1(p: Any, q: Any) -> Any:
    return np.abs(np.cumsum(p) - np.cumsum(q)).sum()


def checked(p: Any, q: Any) -> Any:
    for one in (p, q):
        if not abs(one.sum() - 1) < 1e-9:
            raise ValueError("probabilities sum to 1")
    return plain_jsd(p, q)


def by_entropies(p: Any, q: Any) -> Any:
    def h(p: Any) -> Any:
        return -(p[p > 0] * np.log(p[p > 0])).sum()

    return h((p + q) / 2) - h(p) / 2 - h(q) / 2


def masked_kl(p: Any, q: Any) -> Any:
    there = p > 0
    with np.errstate(divide="ignore"):
        return (p[there] * np.log(p[there] / q[there])).sum()


def scipy_w1(p: Any, q: Any) -> Any:
    points = np.arange(len(p))
    return wasserstein_distance(points, points, p, q)


def normalised(p: Any, q: Any) -> Any:
    return plain_jsd(p / p.sum(), q / q.sum())


RIGHT = {
    "jsd": (plain_jsd, "jsd", {}, "as is"),
    "jsd that checks": (checked, "jsd", {}, "refused"),
    "jsd that promises to check": (checked, "jsd", {"unnormalised": "refused"}, "refused"),
    "jsd by entropies": (by_entropies, "jsd", {}, "as is"),
    "squared distance of scipy": (
        lambda p, q: jensenshannon(p, q) ** 2,
        "jsd",
        {"unnormalised": "renormalised"},
        "renormalised",
    ),
    "jsd that says it normalises": (
        normalised,
        "jsd",
        {"unnormalised": "renormalised"},
        "renormalised",
    ),
    "kl": (plain_kl, "kl", {}, "as is"),
    "kl with a mask": (masked_kl, "kl", {}, "as is"),
    "w1": (plain_w1, "w1", {}, "as is"),
    "w1 of scipy": (scipy_w1, "w1", {"unnormalised": "renormalised"}, "renormalised"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_estimators_pass(name: str) -> None:
    estimator, divergence, options, unnormalised = RIGHT[name]
    report = assert_divergence(estimator, divergence, **options)
    assert report.unnormalised == unnormalised
    assert report.divergence == divergence
    assert 0 <= report.largest_error <= 1e-9
    assert report.biases == ()


def test_a_nan_that_disappears_is_told() -> None:
    assert assert_divergence(masked_kl, "kl").hides_nan is True
    assert assert_divergence(plain_kl, "kl").hides_nan is False
    assert assert_divergence(checked).hides_nan is False


def naive_kl(p: Any, q: Any) -> Any:
    return (p * np.log(p / q)).sum()


WRONG = {
    "the distance": (jensenshannon, "jsd", "the square root, a distance: square it"),
    "bits": (lambda p, q: plain_jsd(p, q) / np.log(2), "jsd", "in bits, of base 2: divide"),
    "the distance in bits": (
        lambda p, q: jensenshannon(p, q, base=2),
        "jsd",
        "the square root, in bits",
    ),
    "2 JSD": (lambda p, q: 2 * plain_jsd(p, q), "jsd", "twice the divergence: halve"),
    "the value of the game": (lambda p, q: 2 * plain_jsd(p, q) - np.log(4), "jsd", "JSD is"),
    "half of it": (lambda p, q: plain_jsd(p, q) / 2, "jsd", "half of the divergence"),
    "minus": (lambda p, q: -plain_jsd(p, q), "jsd", "minus the divergence"),
    "one side": (lambda p, q: plain_kl(p, (p + q) / 2), "jsd", r"KL\(p \| m\) alone"),
    "m without 1/2": (
        lambda p, q: (plain_kl(p, p + q) + plain_kl(q, p + q)) / 2,
        "jsd",
        r"m = p \+ q without 1/2",
    ),
    "m of other weights": (
        lambda p, q: (plain_kl(p, 0.25 * p + 0.75 * q) + plain_kl(q, 0.25 * p + 0.75 * q)) / 2,
        "jsd",
        "a mixture with weights 0.25 and 0.75",
    ),
    "Jeffreys": (lambda p, q: plain_kl(p, q) + plain_kl(q, p), "jsd", "Jeffreys' divergence"),
    "kl for jsd": (plain_kl, "jsd", r"It is KL\(p \| q\)"),
    "a mean": (
        lambda p, q: (rel_entr(p, (p + q) / 2) + rel_entr(q, (p + q) / 2)).mean() / 2,
        "jsd",
        "a mean over the grid",
    ),
    "normalised silently": (normalised, "jsd", "normalises them silently"),
    "not checked, as promised": (plain_jsd, "jsd", "takes them as they are"),
    "the other direction": (lambda p, q: plain_kl(q, p), "kl", "the other direction: swap"),
    "the cross entropy": (
        lambda p, q: -(p * np.log(q)).sum() if q.all() else np.inf,
        "kl",
        "cross entropy",
    ),
    "nan at 0": (naive_kl, "kl", "returns nan, .* where no entry of p and q is 0 it is right"),
    "an epsilon": (
        lambda p, q: plain_kl(p, q + 1e-12) if not q.all() else plain_kl(p, q),
        "kl",
        r"q = 0 where p is not, .* KL\(p \| q\) is inf: where no entry",
    ),
    "a large epsilon": (
        lambda p, q: plain_kl(p + 1e-3, q + 1e-3),
        "kl",
        "an epsilon of 0.001 added to p and q",
    ),
    "an epsilon in the logarithms": (
        lambda p, q: np.sum(p * np.log((p + 1e-10) / (q + 1e-10))),
        "kl",
        r"KL\(p \| q\) with an epsilon of 1e-10 inside the logarithms",
    ),
    "an epsilon in JSD": (
        lambda p, q: plain_jsd(p + 1e-8, q + 1e-8),
        "jsd",
        "JSD with an epsilon of 1e-08 added to p and q",
    ),
    "clipped": (
        lambda p, q: plain_kl(np.maximum(p, 1e-7), np.maximum(q, 1e-7)),
        "kl",
        "an epsilon of 1e-07 to which p and q are clipped",
    ),
    "an epsilon of no usual size": (
        lambda p, q: np.sum(p * np.log((p + 3e-5) / (q + 3e-5))),
        "kl",
        "look for an epsilon in a logarithm",
    ),
    "KL from the mixture": (
        lambda p, q: (plain_kl((p + q) / 2, p) + plain_kl((p + q) / 2, q)) / 2,
        "jsd",
        r"\(KL\(m \| p\) \+ KL\(m \| q\)\) / 2, the arguments of kl_div in the other order",
    ),
    "a mean of KL from the mixture": (
        lambda p, q: (plain_kl((p + q) / 2, p) + plain_kl((p + q) / 2, q)) / 2 / len(p),
        "jsd",
        "in the other order: .* and a mean over the grid",
    ),
    "no logarithm": (
        lambda p, q: np.sum(p * (np.log(np.maximum(p, 1e-300)) - q)),
        "kl",
        "kl_div without a logarithm",
    ),
    "always 0": (lambda p, q: 0.0, "jsd", "It returns 0 whatever it is given$"),
    "always 1/2": (lambda p, q: 0.5, "kl", "It returns 0.5 whatever it is given$"),
    "values for weights": (
        lambda p, q: wasserstein_distance(p, q),
        "w1",
        r"probabilities taken for values: wasserstein_distance\(points, points, p, q\)",
    ),
    "arrays for samples": (
        lambda p, q: plain_jsd(*(np.histogram(one, 10)[0] / len(one) for one in (p, q))),
        "jsd",
        "does not see which entries of p and q belong together",
    ),
    "float32": (
        lambda p, q: plain_jsd(p.astype("f4"), q.astype("f4")),
        "jsd",
        "It computes in float32: take float64, or state tolerance=",
    ),
    "hellinger": (lambda p, q: 1 - np.sqrt(p * q).sum(), "jsd", "the squared Hellinger distance"),
    "terms left out": (
        lambda p, q: masked_kl(p[(p > 0) & (q > 0)], q[(p > 0) & (q > 0)]),
        "kl",
        r"KL\(p \| q\) is inf",
    ),
    "the mean of the grid": (
        lambda p, q: abs((p - q) @ np.arange(len(p))),
        "w1",
        "a difference of the means",
    ),
    "a grid of length 1": (
        lambda p, q: plain_w1(p, q) / (len(p) - 1),
        "w1",
        r"the grid taken as \[0, 1\]",
    ),
    "total variation": (lambda p, q: abs(p - q).sum() / 2, "w1", "total variation"),
    "a factor": (lambda p, q: 1.25 * plain_w1(p, q), "w1", "1.25 times what it should be"),
    "signed": (lambda p, q: (np.cumsum(p) - np.cumsum(q)).sum(), "w1", "W1 is"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_estimators_are_named(name: str) -> None:
    estimator, divergence, told = WRONG[name]
    options: dict[str, Any] = {"unnormalised": "refused"} if "promised" in name else {}
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match=told):
        assert_divergence(estimator, divergence, **options)


def test_no_message_speaks_of_another_divergence() -> None:
    """KL with an epsilon is a KL, and a number that is always 0 is no multiple."""
    with pytest.raises(AssertionError) as caught:
        assert_divergence(lambda p, q: np.sum(p * np.log((p + 1e-10) / (q + 1e-10))), "kl")
    assert "JSD" not in str(caught.value)
    with pytest.raises(AssertionError) as caught:
        assert_divergence(lambda p, q: 0.0)
    assert "times" not in str(caught.value)
    assert "half" not in str(caught.value)


def test_a_stated_tolerance_allows_rounding_and_no_more() -> None:
    def narrow(p: Any, q: Any) -> Any:
        return plain_jsd(p.astype("f4"), q.astype("f4"))

    assert assert_divergence(narrow, tolerance=1e-4).largest_error > 1e-9
    assert_divergence(lambda p, q: plain_jsd(p + 1e-8, q + 1e-8), tolerance=1e-5)
    with pytest.raises(AssertionError, match=r"KL.* is inf"):
        assert_divergence(lambda p, q: plain_kl(p, q + 1e-8), "kl", tolerance=1e-4)
    with pytest.raises(ValueError, match="tolerance=2"):
        assert_divergence(plain_jsd, tolerance=2)


def test_the_truths_are_right() -> None:
    rng = np.random.default_rng(1)
    p, q = rng.dirichlet(np.ones(9), 2)
    assert kl(p, q) == pytest.approx(plain_kl(p, q), rel=1e-13)
    assert jsd(p, q) == pytest.approx(plain_jsd(p, q), rel=1e-13)
    assert w1(p, q) == pytest.approx(scipy_w1(p, q), rel=1e-12)
    for n, m in ((1, 1), (7, 7), (5, 9)):
        x, y = rng.normal(size=n), rng.normal(size=m)
        assert w1_samples(x, y) == pytest.approx(wasserstein_distance(x, y), rel=1e-12)


# --- W1 of samples, whose answer is exact ---------------------------------------------------------


def equal_sizes(x: Any, y: Any) -> Any:
    if len(x) != len(y):
        raise ValueError("as many points of each")
    return np.mean(abs(np.sort(x) - np.sort(y)))


def test_w1_of_samples_is_exact() -> None:
    for estimator in (wasserstein_distance, equal_sizes):
        report = assert_divergence(estimator, "w1", inputs="samples", sizes=(50, 200))
        assert report.largest_error <= 1e-9
        assert [bias.truth for bias in report.biases] == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("estimator", "told"),
    [
        (lambda x, y: np.sqrt(np.mean((np.sort(x) - np.sort(y)) ** 2)), "W2: take the mean"),
        (lambda x, y: np.mean((np.sort(x) - np.sort(y)) ** 2), "W2²: take the mean"),
        (lambda x, y: np.mean(abs(x - y)), "samples that are not sorted"),
        (lambda x, y: abs(x.mean() - y.mean()), "the difference of the means"),
        (lambda x, y: np.sum(abs(np.sort(x) - np.sort(y))), "the sum of"),
        (energy_distance, r"the energy distance √\(2 ∫"),
        (lambda x, y: energy_distance(x, y) ** 2, "the squared energy distance 2 ∫"),
        (lambda x, y: wasserstein_distance(x, y) + 0.01, r"but W1 is 0\.110060052$"),
        (
            lambda x, y: equal_sizes(x[: min(len(x), len(y))], y[: min(len(x), len(y))]),
            "only as many points",
        ),
    ],
)
def test_wrong_w1_of_samples(estimator: Any, told: str) -> None:
    with pytest.raises(AssertionError, match=told):
        assert_divergence(estimator, "w1", inputs="samples")


# --- wrong use ------------------------------------------------------------------------------------


def test_wrong_use() -> None:
    with pytest.raises(TypeError, match="a function of two arrays"):
        assert_divergence(0.5)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="write 'jsd', 'kl' or 'w1'"):
        assert_divergence(plain_kl, "tv")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="return one number; a sum over the grid"):
        assert_divergence(rel_entr, "kl")
    with pytest.raises(TypeError, match="the estimate is NoneType"):
        assert_divergence(lambda p, q: None)

    def picky(p: Any, q: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(ValueError, match=r"refused \[.* these are proper inputs"):
        assert_divergence(picky)


@pytest.mark.torch
def test_torch() -> None:
    import torch

    def estimate(p: Any, q: Any) -> Any:
        m = ((p + q) / 2).clamp(min=1e-300).log()
        kl_div = torch.nn.functional.kl_div
        return (kl_div(m, p, reduction="sum") + kl_div(m, q, reduction="sum")) / 2

    assert_divergence(estimate, array=torch.as_tensor)
    with pytest.raises(AssertionError, match="a mean over the grid"):
        assert_divergence(
            lambda p, q: estimate(p, q) / len(p),
            array=torch.as_tensor,
        )

    def other_way(p: Any, q: Any) -> Any:
        m, kl_div = (p + q) / 2, torch.nn.functional.kl_div
        return (kl_div(p.log(), m, reduction="sum") + kl_div(q.log(), m, reduction="sum")) / 2

    with pytest.raises(AssertionError, match="arguments of kl_div in the other order"):
        assert_divergence(other_way, array=torch.as_tensor)
