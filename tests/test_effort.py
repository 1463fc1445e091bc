"""What callers ask of a number: tolerances, evaluations, seconds. No test looks at a real clock."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import scipy.stats as st

import gantheory as gt
from gantheory import Cauchy, Laplace, Mixture, MultivariateNormal, Normal, NotConverged, Uniform
from gantheory.divergences import batches, effort, functional, members, over_cells, settling, work
from gantheory.errors import Exhausted
from gantheory.quadrature import Cells

FUNCTIONS = {
    "jsd": gt.js_divergence,
    "tv": gt.total_variation,
    "hellinger": gt.squared_hellinger,
    "kl": gt.kl_divergence,
    "reverse": gt.reverse_kl_divergence,
    "jeffreys": gt.jeffreys_divergence,
    "pearson": gt.pearson_chi2,
    "neyman": gt.neyman_chi2,
    "alpha": lambda p, q, **k: gt.alpha_divergence(p, q, 1.5, **k),
    "renyi": lambda p, q, **k: gt.renyi_divergence(p, q, 0.7, **k),
    "f": lambda p, q, **k: gt.f_divergence(
        lambda u: np.abs(u - 1) / 2, p, q, at_zero=0.5, slope_at_infinity=0.5, **k
    ),
    "w1": gt.wasserstein_1,
    "criterion": gt.virtual_training_criterion,
    "value": lambda p, q, **k: gt.value_function(p, q, gt.optimal_discriminator(p, q), **k),
    "triangular": gt.triangular_discrimination,
    "affinity": gt.bhattacharyya_coefficient,
    "bhattacharyya": gt.bhattacharyya_distance,
    "entropy": lambda p, q, **k: gt.entropy(p, **k),
    "cross entropy": gt.cross_entropy,
    "bayes error": lambda p, q, **k: gt.bayes_error(p, q, 0.25, **k),
    "bayes accuracy": gt.bayes_accuracy,
    "cdf": lambda p, q, **k: gt.discriminator_cdf(p, q, 0.25, **k),
    "roc": lambda p, q, **k: gt.optimal_roc(p, q, 0.25, **k).true_positive_rate,
    "auc": gt.optimal_auc,
    "skew": lambda p, q, **k: gt.skew_js_divergence(p, q, 0.25, **k),
    "generalised": lambda p, q, **k: gt.generalised_js_divergence([p, q], [0.25, 0.75], **k),
}
DEAR = ["bayes error", "bayes accuracy", "cdf", "roc", "auc", "generalised"]
every_function = pytest.mark.parametrize(
    "divergence",
    [
        pytest.param(one, id=name, marks=[pytest.mark.slow] * (name in DEAR))
        for name, one in FUNCTIONS.items()
    ],
)
# families that only the adaptive method takes
P, Q = (gt.as_density(st.logistic(*given)) for given in ((0.1, 1.0), (0.3, 1.2)))
SPIKE = Mixture([gt.as_density(st.logistic(0, 1.1)), Normal(3.3, 1e-5)], [0.999, 0.001])


class Clock:
    """A clock that stands still until it has been asked so often; then an hour is over."""

    def __init__(self, asks: int, over: Callable[[], None] = lambda: None) -> None:
        self.asks, self.over = asks, over

    def __call__(self) -> float:
        self.asks -= 1
        if self.asks < 0:
            self.over()
        return 3600.0 if self.asks < 0 else 0.0


@pytest.fixture
def points(monkeypatch):
    """Where the pairs were evaluated, call by call."""
    seen = []

    def counted(p, q, x, origin):
        seen.append(len(x))
        return evaluate(p, q, x, origin)

    evaluate = work.evaluate_pair
    for module in (work, functional, over_cells):
        monkeypatch.setattr(module, "evaluate_pair", counted)
    return seen


# --- what may be asked ----------------------------------------------------------------------------


@pytest.mark.parametrize("divergence", FUNCTIONS.values(), ids=FUNCTIONS)
def test_every_divergence_takes_the_keywords(divergence):
    found = divergence(P, Q, rtol=1e-4, atol=1e-9, limit=10**6, max_seconds=1e6, progress=False)
    assert float(found.error) <= max(1e-9, 1e-4 * abs(float(found)))
    with pytest.raises(TypeError, match=r"'tol'.*did you mean (rtol|atol)"):
        divergence(P, Q, tol=1e-4)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"rtol": math.nan}, ValueError, "rtol=nan.*rtol=1e-6"),
        ({"rtol": -1e-6}, ValueError, "rtol=-1e-06.*rtol=1e-6"),
        ({"rtol": 1}, ValueError, "rtol is below 1"),
        ({"rtol": 0}, ValueError, "one of both is positive"),
        ({"rtol": True}, TypeError, "rtol=True.*one number"),
        ({"rtol": "1e-6"}, TypeError, "rtol='1e-6'.*one number"),
        ({"rtol": np.full(3, 1e-6)}, TypeError, "one number for all members"),
        ({"rtol": 1e-6j}, TypeError, "rtol=1e-06j"),
        ({"atol": math.inf}, ValueError, "atol=inf.*atol=1e-9"),
        ({"atol": np.True_}, TypeError, "atol="),
        ({"limit": 0}, ValueError, "at least one"),
        ({"limit": 1e6}, TypeError, "whole number"),
        ({"limit": True}, TypeError, "limit=True"),
        ({"max_seconds": -1}, ValueError, "max_seconds=-1.*max_seconds=2.5"),
        ({"max_seconds": math.nan}, ValueError, "max_seconds=nan"),
        ({"max_seconds": "2 s"}, TypeError, "max_seconds='2 s'"),
        ({"progress": 1}, TypeError, "progress=True or progress=False"),
    ],
)
def test_what_is_no_tolerance_is_refused(given, error, match):
    with pytest.raises(error, match=match):
        gt.js_divergence(Normal(0, 1), Normal(1, 1), **given)


# --- tolerances -----------------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize("q", [Q, SPIKE], ids=["plain", "spike"])
def test_a_larger_tolerance_takes_less_and_says_what_it_did(divergence, q):
    fine = divergence(P, q)
    loose = divergence(P, q, rtol=1e-3)
    assert loose.evaluations < 0.8 * fine.evaluations  # divergences of powers survey the line first
    assert loose.compatible_with(fine)
    assert float(loose.error) <= 1e-3 * abs(float(loose))


def test_no_wide_panel_is_joined_to_a_narrow_one():
    ends = np.array([-3, -2, -1, 0, 1, 2, 3, 50, 100])
    cells = Cells.plain(*np.stack([np.zeros(8), ends[:-1], ends[1:]])[..., None])
    joined = cells.coarsened(8)
    assert joined.low[:, 0].tolist() == [-3, 0, 3]
    assert joined.high[:, 0].tolist() == [0, 3, 100]


@every_function
def test_a_pair_of_the_same_has_a_number(divergence):
    same = gt.Discrete([0.3, 0.7])
    assert float(divergence(same, same, rtol=1e-3).error) < 1e-14
    if divergence is not gt.wasserstein_1:  # 0 ± 1e-17: the distribution functions are rounded
        found = divergence(P, P, rtol=1e-3, atol=1e-12)
        assert abs(float(found) - float(divergence(P, P))) <= float(found.error) < 1e-3
    assert float(gt.js_divergence(P, P, rtol=1e-3)) == 0


def closed_kl(a, b):
    """KL(N(a) ‖ N(b)) (Kullback and Leibler, 1951)."""
    ratio = (a.scale / b.scale) ** 2
    return 0.5 * (ratio - 1 - math.log(ratio) + ((a.loc - b.loc) / b.scale) ** 2)


def test_loose_numbers_are_within_their_errors():
    rng = np.random.default_rng(5)
    for rtol in (1e-2, 1e-5, 1e-8) * 3:
        a, b = (Normal(rng.normal() * 3, 10.0 ** rng.uniform(-1, 1)) for _ in range(2))
        found = gt.kl_divergence(a, b, rtol=rtol)
        assert abs(float(found) - closed_kl(a, b)) <= float(found.error) + 1e-14 * closed_kl(a, b)
        assert float(found.error) <= rtol * float(found)


@pytest.mark.parametrize("rtol", [1e-1, 1e-3, 1e-7])
def test_loose_numbers_of_narrow_and_light_components(rtol):
    rng = np.random.default_rng(int(-math.log10(rtol)))
    for _ in range(3):
        weights = np.maximum(rng.dirichlet(np.full(4, 0.3)), 1e-9)
        parts = [Normal(loc, 10.0 ** rng.uniform(-4, 0.5)) for loc in rng.normal(size=4)]
        p = Mixture(parts, weights / weights.sum())
        for divergence in (gt.js_divergence, gt.kl_divergence):
            found, fine = divergence(p, Normal(0, 2), rtol=rtol), divergence(p, Normal(0, 2))
            assert found.compatible_with(fine)


def test_the_fast_ways_settle_earlier_too():
    p, q = Normal(np.linspace(-9, 9, 60), 1.0), Normal(0, 1)
    fine, loose = gt.js_divergence(p, q), gt.js_divergence(p, q, rtol=1e-2)
    assert loose.evaluations < fine.evaluations
    assert np.all(loose.error <= 1e-2 * loose.value)
    assert np.all(np.abs(loose.value - fine.value) <= loose.error + fine.error)


def test_what_the_fast_ways_are_allowed():
    pairs = members.members_of(Normal(0, 1), Normal(1, 1))
    value = np.array([1e-6, 0.5])
    for asked, allowed in (
        ({}, [1e-17, 9e-13]),
        ({"rtol": 1e-3}, [1e-9, 5e-4]),
        ({"rtol": 1e-3, "atol": 1e-5}, [1e-5, 5e-4]),
        ({"atol": 1e-13}, [1e-13, 9e-13]),
    ):
        tolerance = batches.tolerance_of(pairs, effort.Effort.of(asked))
        assert tolerance.allows(value, 0.99 * np.array(allowed)).all()
        assert not tolerance.allows(value, 1.01 * np.array(allowed)).any()


def test_what_cannot_be_had_is_refused_with_the_best_there_is():
    rounded, q = Normal("1000000000.1", 1), Normal(1e9, 1)  # the float is off by 2e-8
    usual = gt.js_divergence(rounded, q)
    with pytest.raises(NotConverged, match=r"rtol=1e-10, atol=0.*nothing better") as fault:
        gt.js_divergence(rounded, q, rtol=1e-10)
    assert not fault.value.best.converged
    assert fault.value.best.compatible_with(usual)
    assert float(fault.value.best.error) > 1e-10 * float(usual)
    assert gt.js_divergence(rounded, q, atol=1e-6, rtol=0).compatible_with(usual)


def test_digits_that_a_logarithm_loses_are_computed_once_more():
    """In the plane ∫ p²/q - 1 cancels; with q = N(0, (1 + δ) I) it is δ²/(1 + 2 δ)."""
    delta = 1e-3
    p = MultivariateNormal([0, 0], np.eye(2))
    found = gt.alpha_divergence(
        p, MultivariateNormal([0, 0], (1 + delta) * np.eye(2)), 2, rtol=1e-2
    )
    assert abs(float(found) - delta**2 / (1 + 2 * delta) / 2) <= float(found.error)
    assert float(found.error) <= 1e-2 * float(found)


# --- evaluations ----------------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize("limit", [1, 9_000])
def test_no_call_evaluates_more_than_its_limit(divergence, limit, points):
    p = gt.as_density(st.lognorm(1.7))
    q = gt.as_density(st.invgamma(1.9, scale=0.4))
    try:
        found = divergence(p, q, limit=limit)
    except NotConverged as fault:
        found = fault.best
    assert found is not None
    assert found.evaluations <= limit
    assert sum(points) <= 3 * limit  # surveys of powers, and the two integrals of Rényi


def test_the_limit_keeps_room_for_the_second_resolution():
    """The best number is one that a second resolution confirmed, not ∫|f|."""
    p, q = (gt.as_density(st.beta(a, b)) for a, b in ((0.4, 0.6), (2.1, 0.7)))
    with pytest.raises(NotConverged, match="raise limit") as fault:
        gt.js_divergence(p, q, limit=12_000)
    best = fault.value.best
    assert best.compatible_with(gt.js_divergence(p, q, limit=40_000))
    assert float(best.error) < 1e-3 * float(best)


@pytest.mark.slow
def test_thousands_of_components_are_refused_before_any_work(points):
    rng = np.random.default_rng(1)
    p = Mixture([Normal(x, 0.01) for x in rng.normal(size=2000)], np.full(2000, 1 / 2000))
    for divergence in (gt.kl_divergence, gt.total_variation, gt.wasserstein_1, FUNCTIONS["renyi"]):
        with pytest.raises(NotConverged, match="needed to begin"):
            divergence(p, Normal(0, 1))
    assert not points


def test_products_of_many_components_of_the_plane_are_refused():
    rng = np.random.default_rng(2)
    p = Mixture(
        [MultivariateNormal(x, 0.1 * np.eye(2)) for x in rng.normal(size=(320, 2))], [1 / 320] * 320
    )
    q = Mixture(
        [MultivariateNormal(x, 0.2 * np.eye(2)) for x in rng.normal(size=(320, 2))], [1 / 320] * 320
    )
    with pytest.raises(NotConverged, match="needed to begin"):
        gt.renyi_divergence(p, q, 0.5)


def test_a_distribution_function_that_is_dear_counts_as_such():
    dear = gt.as_density(st.norminvgauss(1.25, 0.5))
    assert dear.cdf_terms > 100 * dear.terms
    with pytest.raises(NotConverged, match="4006 units of work"):
        gt.wasserstein_1(Mixture([dear, Normal(0, 1)], [0.5, 0.5]), Uniform(0, 1), limit=1_000)


# --- seconds --------------------------------------------------------------------------------------


@every_function
@pytest.mark.parametrize("asks", [2, 40])
def test_nothing_is_evaluated_when_the_time_is_over(divergence, asks, points, monkeypatch):
    done = []
    monkeypatch.setattr(effort, "clock", Clock(asks, lambda: done.append(sum(points))))
    try:
        found = divergence(SPIKE, Q, max_seconds=1.0)
    except NotConverged as fault:
        found, said = fault.best, str(fault)
        assert sum(points) == done[0]
    else:
        said = "seconds"
    assert "seconds" in said
    assert found.compatible_with(divergence(SPIKE, Q))


def test_parts_are_shorter_where_points_are_slow(monkeypatch):
    now = 0.0

    def logit(x):
        nonlocal now
        now += 0.001 * len(x)
        return np.zeros(len(x))

    monkeypatch.setattr(effort, "clock", lambda: now)
    with pytest.raises(Exhausted, match="max_seconds are over"):
        gt.value_function(Cauchy(0, 1), Cauchy(1, 1), logit, max_seconds=8.0)
    assert 8 <= now < 9  # the first part has 256 points, later ones fewer


def test_without_a_deadline_no_clock_is_asked(monkeypatch):
    monkeypatch.setattr(effort, "clock", lambda: pytest.fail("asked"))
    gt.kl_divergence(P, Q, rtol=1e-3)


def test_the_seconds_are_those_of_the_whole_batch(monkeypatch):
    monkeypatch.setattr(effort, "clock", Clock(60))
    begun, member = [], batches._member
    monkeypatch.setattr(batches, "_member", lambda *a: (begun.append(a), member(*a))[1])
    p = Laplace(np.linspace(0, 3, 50), 1.0)
    with pytest.raises(NotConverged, match="max_seconds are over") as fault:
        gt.kl_divergence(p, Q, max_seconds=1.0)
    calls = len(begun)
    best, whole = fault.value.best, gt.kl_divergence(Laplace(p.loc[:9], 1.0), Q)
    done = int(np.sum(best.converged))
    assert 0 < done < calls == done + 1 < 9
    assert best.converged[:done].all()
    assert np.all(np.abs(best.value - whole.value[0])[:1] <= (best.error + whole.error[0])[:1])
    assert np.isinf(best.error[done + 1 :]).all()


def test_slabs_of_normals_stop_too(monkeypatch):
    monkeypatch.setattr(settling, "SLAB", 10)
    monkeypatch.setattr(effort, "clock", Clock(12))
    begun, slab = [], settling._slab
    monkeypatch.setattr(settling, "_slab", lambda *a: (begun.append(a), slab(*a))[1])
    with pytest.raises(NotConverged, match="max_seconds are over") as fault:
        gt.js_divergence(Normal(np.linspace(1, 3, 400), 1.0), Normal(0, 1), max_seconds=1.0)
    assert 0 < np.sum(fault.value.best.converged) < 400
    assert len(begun) < 12


def test_trees_of_the_plane_stop_too(monkeypatch):
    monkeypatch.setattr(effort, "clock", Clock(3))
    p = MultivariateNormal([0, 0], [[1, 0.999], [0.999, 1]])
    with pytest.raises(Exhausted, match=r"^max_seconds are over$"):
        gt.kl_divergence(
            p, Mixture([p, MultivariateNormal([3, 0], np.eye(2))], [0.5, 0.5]), max_seconds=1.0
        )


# --- progress -------------------------------------------------------------------------------------


def test_progress_is_shown_on_stderr_when_asked_for(capsys):
    p = Laplace(np.array([0.5, 1.0]), 1.0)
    quiet = gt.kl_divergence(p, Q)
    assert capsys.readouterr() == ("", "")
    shown = gt.kl_divergence(p, Q, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "members" in err
    assert "100%" in err
    assert np.array_equal(shown.value, quiet.value)
