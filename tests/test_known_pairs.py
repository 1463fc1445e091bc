"""The numbers of `known_pairs`, against integrals and sums that know nothing of closed forms."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_strategies import drawn, simplest
from thinning import every

from gantheory import js_divergence, kl_divergence, total_variation, wasserstein_1
from gantheory.densities import Discrete, Normal, Uniform
from gantheory.testing import describe, strategies
from gantheory.testing.strategies import known
from gantheory.testing.strategies.known import KnownPair

DIVERGENCES = {
    "jsd": js_divergence,
    "kl": kl_divergence,
    "tv": total_variation,
    "w1": wasserstein_1,
}
KINDS = {
    "equal": known.equal_pairs,
    "normals": known.known_normals,
    "laplaces": known.known_laplaces,
    "cauchies": known.known_cauchies,
    "exponentials": known.known_exponentials,
    "shifted": known.shifted_uniforms,
    "nested": known.nested_uniforms,
    "disjoint": known.known_disjoint,
    "discrete": known.known_discrete,
}
HALF = {"jsd": 0.5 * math.log(2), "kl": math.inf, "tv": 0.5, "w1": 0.5}


def agree(pair, name):
    """Whether the library's integral is the known number, within its own error bar."""
    estimate, value = DIVERGENCES[name](pair.p, pair.q), getattr(pair, name)
    if math.isinf(value):
        return float(estimate) == value
    return abs(float(estimate) - value) <= estimate.error + 1e-12 * value


@pytest.mark.parametrize("kind", every(3, KINDS))
def test_the_numbers_are_those_of_the_integrals(kind):
    for pair in drawn(KINDS[kind](), 25):
        for name in DIVERGENCES:
            assert agree(pair, name), (name, describe(pair))


@pytest.mark.parametrize("kind", KINDS)
def test_no_number_is_missing(kind):
    """A suite that skips pairs without a number must not skip any."""
    for pair in drawn(KINDS[kind](), 50):
        numbers = [getattr(pair, name) for name in DIVERGENCES]
        assert all(isinstance(number, float) and number >= 0 for number in numbers), describe(pair)
        assert pair.jsd <= math.log(2)
        assert pair.tv <= 1
        same = repr(pair.p) == repr(pair.q)
        assert all((number == 0) == same for number in numbers), describe(pair)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_a_wrong_number_would_be_seen(name):
    wrong = {"jsd": 0.5, "kl": 1e300, "tv": 0.5 + 1e-9, "w1": 0.5 - 1e-9}
    p, q = Uniform(0, 1), Uniform(0.5, 1.5)
    assert agree(KnownPair(p, q, **HALF), name)
    assert not agree(KnownPair(p, q, **{**HALF, name: wrong[name]}), name)


def test_every_kind_is_drawn():
    seen = set()
    for pair in drawn(strategies.known_pairs(), 300):
        same = repr(pair.p) == repr(pair.q)
        kind = "equal" if same else "disjoint" if pair.tv == 1 else type(pair.p).__name__
        seen.add(kind)
    assert {"equal", "disjoint", "Normal", "Laplace", "Cauchy", "Exponential"} <= seen
    assert {"Uniform", "Discrete"} <= seen


def test_the_plainest_pair_is_a_normal_twice():
    assert simplest(strategies.known_pairs()) == (
        "KnownPair(p=Normal(loc=0.0, scale=1.0), q=Normal(loc=0.0, scale=1.0), "
        "jsd=0.0, kl=0.0, tv=0.0, w1=0.0)"
    )


def test_a_mistake_shrinks_to_a_pair_that_people_can_read():
    """Base 2 for nats: the plainest pair on which it shows."""
    found = simplest(known.shifted_uniforms(), lambda pair: pair.jsd / math.log(2) > pair.jsd + 0.1)
    assert found == (
        "KnownPair(p=Uniform(low=0.0, high=1.0), q=Uniform(low=0.375, high=1.375), "
        f"jsd={0.375 * math.log(2)!r}, kl=inf, tv=0.375, w1=0.375)"
    )


def test_textbook_values():
    pair = known._normals(0.0, 1.0, 2.0, 1.0)
    assert (pair.kl, pair.w1) == (2.0, 2.0)
    assert math.isclose(pair.tv, math.erf(1 / math.sqrt(2)), rel_tol=1e-14)
    wider = known._normals(0.0, 1.0, 0.0, 3.0)
    assert math.isclose(wider.w1, 2 * math.sqrt(2 / math.pi), rel_tol=1e-14)
    laplace = known._laplaces(0.0, 1.0, 1.0, 1.0)
    assert math.isclose(laplace.kl, math.exp(-1), rel_tol=1e-14)
    cauchy = known._cauchies(0.0, 1.0, 0.0, 3.0)
    assert math.isclose(cauchy.tv, 1 / 3, rel_tol=1e-14)
    assert cauchy.w1 == math.inf
    half = Discrete((Fraction(1, 2), Fraction(1, 2)))
    nearly = known._discrete(half, Discrete((Fraction(1, 2) + Fraction(1, 10**12),
                                             Fraction(1, 2) - Fraction(1, 10**12))))  # fmt: skip
    assert math.isclose(nearly.kl, 2e-24, rel_tol=1e-12)  # a sum of two logs would cancel to 0
    assert nearly.tv == nearly.w1 == 1e-12


def test_the_jsd_of_normals_is_the_enclosed_one():
    """N(0, 1) and N(1, 1): 30 digits of a ball, rounded once; and 0 for one normal twice."""
    pair = known._normals(0.0, 1.0, 1.0, 1.0)
    assert pair.jsd == 0.111421482184736179717236812218
    twice = known._normals(-1.5, 2.0, -1.5, 2.0)
    assert (twice.jsd, twice.kl, twice.tv, twice.w1) == (0.0, 0.0, 0.0, 0.0)


@settings(max_examples=25)
@given(known.known_normals(), st.integers(0, 10**6))
def test_w1_of_normals_is_that_of_quantiles(pair, seed):
    """A second route: sorted samples of the same random numbers are the quantiles themselves."""
    z = Normal(0, 1).sample(4000, np.random.default_rng(seed))
    gap = (pair.q.loc - pair.p.loc) + (pair.q.scale - pair.p.scale) * z
    spread = np.std(np.abs(gap)) / math.sqrt(len(z))
    assert abs(np.mean(np.abs(gap)) - pair.w1) <= 6 * spread + 1e-12
