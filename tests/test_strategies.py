import math
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from gantheory import js_divergence, total_variation
from gantheory.densities import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Normal,
    StudentT,
    Triangular,
    Uniform,
)
from gantheory.testing import affine, describe, nudged, search, strategies
from gantheory.verdicts import Verdict

PAIRS = {
    "density_pairs": strategies.density_pairs(),
    "near_equal_pairs": strategies.near_equal_pairs(),
    "disjoint_pairs": strategies.disjoint_pairs(),
    "heavy_tailed_pairs": strategies.heavy_tailed_pairs(),
}


def drawn(strategy, n=300):
    """n examples, the same on every run."""
    examples = []

    @settings(max_examples=n, phases=[Phase.generate], suppress_health_check=[HealthCheck.too_slow])
    @given(strategy)
    def collect(example):
        examples.append(example)

    collect()
    return examples


def simplest(strategy, condition=lambda _: True):
    return str(describe(find(strategy, condition, settings=settings(max_examples=300))))


# --- what they shrink to --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("strategy", "words"),
    [
        (strategies.normals(), "Normal(loc=0.0, scale=1.0)"),
        (strategies.densities(), "Normal(loc=0.0, scale=1.0)"),
        (strategies.mixtures(), "Mixture([Normal(loc=0.0, scale=1.0)], [1])"),
        (strategies.density_pairs(), "(Normal(loc=0.0, scale=1.0), Normal(loc=1.0, scale=1.0))"),
        (strategies.near_equal_pairs(), "(Normal(loc=0.0, scale=1.0), Normal(loc=0.1, scale=1.0))"),
        (strategies.disjoint_pairs(), "(Uniform(low=0.0, high=1.0), Uniform(low=2.0, high=3.0))"),
        (
            strategies.heavy_tailed_pairs(),
            "(Cauchy(loc=0.0, scale=1.0), Normal(loc=0.0, scale=1.0))",
        ),
        (strategies.simplices(4), "[0.25, 0.25, 0.25, 0.25]"),
        (strategies.discrete_pairs(), "(Discrete([1/2, 1/2]), Discrete([1/2, 1/2]))"),
        (strategies.discrete_pairs(equal=False), "(Discrete([1/2, 1/2]), Discrete([3/4, 1/4]))"),
        (strategies.markov_kernels(2, 2), "[[0.5, 0.5], [0.5, 0.5]]"),
        (strategies.logits(), "0.0"),
        (strategies.logit_batches(), "[0.0]"),
    ],
)
def test_the_plainest_member(strategy, words):
    assert simplest(strategy) == words


def test_a_mixture_shrinks_to_readable_numbers():
    words = simplest(strategies.mixtures(2), lambda m: m.weights[0] < 0.4)
    assert words == (
        "Mixture([Normal(loc=0.0, scale=1.0), Normal(loc=0.0, scale=1.0)], [1/3, 2/3])"
    )


# --- what is drawn --------------------------------------------------------------------------------


def families(density):
    return {type(c) for c in getattr(density, "components", (density,))}


def test_every_family_is_drawn():
    seen = set().union(*(families(p) for p in drawn(strategies.densities())))
    assert seen == {Normal, Laplace, Cauchy, StudentT, Uniform, Triangular, Exponential}


def test_mixtures_have_every_number_of_components():
    counts = {len(m.components) for m in drawn(strategies.mixtures(5))}
    assert counts == {1, 2, 3, 4, 5}
    assert max(len(m.components) for m in drawn(strategies.mixtures(2), 100)) == 2


@given(strategies.densities())
def test_densities_are_declared_and_single(p):
    assert p.dim == 1
    assert p.batch_shape == ()
    assert p.declared
    for c in getattr(p, "components", (p,)):
        values = c.parameters()
        assert all(abs(v) <= 30 for v in values.values())
        assert all(v >= 1 / 8 for k, v in values.items() if k in {"scale", "rate"})


@pytest.mark.parametrize("name", PAIRS)
def test_pairs_are_never_equal(name):
    for p, q in drawn(PAIRS[name], 150):
        x = np.concatenate([d.sample(50, np.random.default_rng(0)) for d in (p, q)])
        same = np.array_equal(p.logpdf(x), q.logpdf(x)) and p.support == q.support
        assert not same, describe((p, q))


@pytest.mark.slow
def test_near_equal_pairs_reach_from_a_tenth_down_to_a_billionth():
    pairs = drawn(strategies.near_equal_pairs(), 120)
    sizes = [float(total_variation(*pair)) for pair in pairs]
    assert all(0 < s < 0.25 for s in sizes)
    assert min(sizes) < 1e-8
    assert max(sizes) > 1e-2
    assert any("Mixture" in str(describe(q)) and "Mixture" not in str(describe(p))
               for p, q in pairs)  # fmt: skip


def test_disjoint_pairs_are_disjoint():
    gaps = []
    for p, q in drawn(strategies.disjoint_pairs()):
        low, high = sorted((p.support, q.support))
        gaps.append(high[0] - low[1])
        assert gaps[-1] > 0.1, describe((p, q))
    assert max(gaps) > 1e5
    orders = {p.support < q.support for p, q in drawn(strategies.disjoint_pairs())}
    assert orders == {True, False}


def test_heavy_tailed_pairs_have_a_heavy_tail():
    kinds = set()
    for p, q in drawn(strategies.heavy_tailed_pairs()):
        kinds.add((p.tails[1].kind, q.tails[1].kind))
        assert "power" in {p.tails[1].kind, q.tails[1].kind}
    assert {("power", "power"), ("power", "gaussian"), ("gaussian", "power")} <= kinds


def kinds_of(p, q):
    """In which ways a pair is hard."""
    if "power" in {p.tails[1].kind, q.tails[1].kind}:
        yield "heavy"
    if max(p.support[0], q.support[0]) > min(p.support[1], q.support[1]):
        yield "disjoint"
    if getattr(q, "components", (None,))[0] is p:
        yield "contaminated"
    if type(p) is type(q) and hasattr(p, "scale"):
        apart, ratio = abs(p.loc - q.loc) / p.scale, q.scale / p.scale
        for kind, so in {
            "far": apart > 1e4,
            "wide": ratio > 1e3,
            "narrow": ratio < 1e-3,
            "near": 0 < apart < 1e-6 or 0 < abs(ratio - 1) < 1e-6,
        }.items():
            if so:
                yield kind


@pytest.mark.parametrize(
    "kind", ["far", "wide", "narrow", "near", "contaminated", "heavy", "disjoint"]
)
def test_density_pairs_are_of_every_kind(kind):
    """The rarest is one pair in 300: enough are drawn that no version of Hypothesis misses it."""
    enough = settings(max_examples=10_000, phases=[Phase.generate])
    find(strategies.density_pairs(), lambda pair: kind in kinds_of(*pair), settings=enough)


def test_pairs_are_evaluated_in_reasonable_time():
    """The typical pair takes milliseconds; a strategy that draws monsters would be of no use."""
    pairs = drawn(strategies.density_pairs(), 60)
    start = time.process_time()
    for pair in pairs:
        js_divergence(*pair)
    assert time.process_time() - start < 60  # a second each; in fact it is about 10 ms


# --- moved densities ------------------------------------------------------------------------------


@given(
    strategies.densities().filter(lambda p: Exponential not in families(p)),
    st.integers(-40, 40).map(lambda k: k / 8),
    st.sampled_from((0.5, 1.0, 2.0, 8.0)),
)
def test_affine_is_the_law_of_the_moved_variable(p, shift, factor):
    q = affine(p, shift, factor)
    x = p.sample(20, np.random.default_rng(1))
    # round to a grid on which shift + factor x is exact, so that edges stay edges
    x = np.round(np.clip(x, -1e6, 1e6) * 64) / 64
    assert np.allclose(
        q.logpdf(shift + factor * x), p.logpdf(x) - math.log(factor), rtol=1e-9, atol=1e-9
    )


def test_an_exponential_is_stretched():
    assert affine(Exponential(2), 5.0, 4.0).rate == 0.5
    assert nudged(Exponential(2), 0.5, 0.0).rate == 3.0
    assert nudged(Exponential(2), 0.0, 0.5).rate == 3.0


@pytest.mark.parametrize(
    ("p", "moved", "stretched"),
    [
        (Normal(1, 2), "Normal(loc=2.0, scale=2.0)", "Normal(loc=1.0, scale=3.0)"),
        (StudentT(3, 1, 2), "StudentT(df=3.0, loc=2.0, scale=2.0)",
         "StudentT(df=3.0, loc=1.0, scale=3.0)"),
        (Uniform(1, 3), "Uniform(low=2.0, high=4.0)", "Uniform(low=1.0, high=4.0)"),
        (Triangular(0, 1, 4), "Triangular(low=2.0, mode=3.0, high=6.0)",
         "Triangular(low=0.0, mode=1.5, high=6.0)"),
    ],
)  # fmt: skip
def test_nudged_is_in_units_of_the_scale(p, moved, stretched):
    assert str(describe(nudged(p, 0.5, 0.0))) == moved
    assert str(describe(nudged(p, 0.0, 0.5))) == stretched


# --- weights, kernels, logits ---------------------------------------------------------------------


@given(st.integers(1, 8).flatmap(strategies.simplices))
def test_simplices_are_laws(w):
    assert w.dtype == np.float64
    assert np.all(w >= 0)
    assert abs(w.sum() - 1) < 1e-14
    Discrete(w)


def test_simplices_are_spiky_flat_and_have_exact_zeros():
    weights = np.array(drawn(strategies.simplices(4)))
    assert np.any(weights == 0)
    assert np.any(weights.max(axis=1) > 1 - 1e-5)
    assert np.any((weights > 0) & (weights < 1e-6))
    assert np.any(np.ptp(weights, axis=1) < 0.2)


def test_discrete_pairs_are_of_every_kind():
    seen = set()
    for p, q in drawn(strategies.discrete_pairs()):
        assert isinstance(p, Discrete)
        assert isinstance(q, Discrete)
        gap = np.abs(p.weights - q.weights[: len(p.weights)]).sum()
        seen.add("equal" if p.exact_weights == q.exact_weights else "different")
        seen |= {"near"} if 0 < gap < 1e-7 else set()
        seen |= {"disjoint"} if np.all(p.weights * q.weights == 0) else set()
        seen |= {"escapes"} if np.any((p.weights > 0) & (q.weights == 0)) else set()
    assert seen == {"equal", "different", "near", "disjoint", "escapes"}


def test_discrete_pairs_can_be_never_equal():
    for p, q in drawn(strategies.discrete_pairs(equal=False), 200):
        assert p.exact_weights != q.exact_weights


@given(strategies.markov_kernels(3, 4), strategies.simplices(3))
def test_markov_kernels_map_laws_to_laws(kernel, q):
    assert kernel.shape == (3, 4)
    assert np.all(kernel >= 0)
    assert np.allclose(kernel.sum(axis=1), 1, atol=1e-14)
    assert abs((q @ kernel).sum() - 1) < 1e-14


def test_logits_are_moderate_tiny_and_extreme():
    values = np.abs(drawn(strategies.logits()))
    assert values.max() == 1e4
    assert np.any((values > 0) & (values < 1e-100))
    assert np.any((values > 710) & (values <= 800))
    assert np.any((values > 1) & (values < 30))
    assert max(map(abs, drawn(strategies.logits(20.0)))) == 20


def test_logits_are_floats_whatever_the_bound_is_written_as():
    values = drawn(strategies.logits(30))
    assert {type(value) for value in values} == {float}
    assert max(map(abs, values)) == 30
    batches = drawn(strategies.logit_batches(largest=30))
    assert {batch.dtype for batch in batches} == {np.dtype(np.float64)}


@pytest.mark.parametrize(
    "bad",
    [
        lambda: strategies.mixtures(0),
        lambda: strategies.simplices(0),
        lambda: strategies.discrete_pairs(1),
        lambda: strategies.logits(0.0),
        lambda: strategies.logits(math.inf),
        lambda: strategies.logits(math.nan),
    ],
)
def test_empty_domains_are_refused(bad):
    with pytest.raises(ValueError, match="give"):
        bad()


# --- the generator is the test: common mistakes are found -----------------------------------------


def naive_log_sigmoid(a):
    with np.errstate(all="ignore"):
        return np.log(1 / (1 + np.exp(-np.float64(a))))


def log_sigmoid_is_finite(a):
    return Verdict.HOLDS if np.isfinite(naive_log_sigmoid(a)) else Verdict.FAILED


def naive_jsd(pair):
    """The textbook sum on a fixed grid."""
    x = np.linspace(-30, 30, 6001)
    p, q = (d.pdf(x) for d in pair)
    m = (p + q) / 2
    with np.errstate(all="ignore"):
        terms = 0.5 * p * np.log(p / m) + 0.5 * q * np.log(q / m)
    return float(np.nansum(terms) * 0.01)


def grid_jsd_is_right(pair):
    truth = float(js_divergence(*pair))
    return Verdict.HOLDS if abs(naive_jsd(pair) - truth) <= 1e-3 * truth else Verdict.FAILED


def distance_is_a_number(pair):
    """A sum of p log(p/m) that cancels to less than 0 where p is nearly q: its root is nan."""
    p, q = (d.weights for d in pair)
    with np.errstate(invalid="ignore"):
        return Verdict.FAILED if np.isnan(jensenshannon(p, q)) else Verdict.HOLDS


@pytest.mark.parametrize(
    ("mistake", "strategy"),
    [
        (log_sigmoid_is_finite, strategies.logits()),
        (grid_jsd_is_right, strategies.near_equal_pairs()),
        (grid_jsd_is_right, strategies.density_pairs()),
        pytest.param(distance_is_a_number, strategies.discrete_pairs(), marks=pytest.mark.slow),
    ],
)
def test_a_hundred_examples_find_the_mistake(mistake, strategy):
    found = [search(mistake, strategy, seed=seed, examples=100).verdict for seed in range(3)]
    assert found.count(Verdict.FAILED) == 3


def test_a_logit_that_overflows_is_found_and_shrunk():
    example = search(log_sigmoid_is_finite, strategies.logits()).evidence["counterexample"][
        "example"
    ]
    assert example in {-710.0, -746.0, -10000.0} or -1e4 <= example <= -709
