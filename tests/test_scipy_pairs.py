"""Random pairs of scipy's families against balls: every number within its error, or refused."""

import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
import scipy_pairs
import scipy_truths as truths
from flint import arb

from gantheory import js_divergence, kl_divergence, squared_hellinger
from gantheory.errors import NotConverged

pytestmark = pytest.mark.filterwarnings("error")
OURS = {f.__name__: f for f in (js_divergence, squared_hellinger, kl_divergence)}


def verdict(name, p, q, evaluations):
    """ "within" the error, "refused", "no truth", or what is wrong."""
    try:
        found = OURS[name](p.density, q.density)
    except NotConverged as fault:
        found = fault.best
        if found is None or not math.isfinite(float(found.error)):
            return "refused"
    try:
        ball, left_out = truths.truth(name, p, q, evaluations=evaluations)
    except truths.TooDear:
        return "no truth"
    except ZeroDivisionError:
        infinite = float(found) == math.inf or not found.converged
        return "within" if infinite else f"{name} of {p} and {q}: {found!r}, but it is infinite"
    middle = float(ball.mid())
    radius = left_out + float(abs(ball - arb(middle)).upper())
    off = abs(Fraction(float(found)) - Fraction(middle))
    if off > Fraction(float(found.error)) + Fraction(radius):
        return f"{name} of {p} and {q}: {found!r} is off by {float(off):.2e}"
    return "within" if found.converged else "refused"


def count(kind, seeds, names, evaluations):
    """Verdicts of the pairs of some seeds, and the wrong ones."""
    found = Counter()
    for seed in seeds:
        rng = np.random.default_rng([scipy_pairs.KINDS.index(kind), seed])
        p, q = scipy_pairs.pair(kind, rng)
        for name in names:
            found[verdict(name, p, q, evaluations)] += 1
    return found, [v for v in found if v not in ("within", "refused", "no truth")]


CHEAP = ("families", "near", "poles", "pushforwards")  # balls of the others take minutes


@pytest.mark.parametrize("kind", CHEAP)
def test_pairs_are_honest(kind):
    found, wrong = count(kind, range(2), ("js_divergence",), 3000)
    assert not wrong
    assert found["within"] >= 1, found


SEEDS = {
    "mixtures": 2,
    "families": 6,
}  # all held over 20 seeds, which takes a quarter of an hour


@pytest.mark.slow
@pytest.mark.parametrize("kind", scipy_pairs.KINDS)
def test_pairs_are_honest_more_often(kind):
    seeds = SEEDS.get(kind, 10)
    found, wrong = count(kind, range(seeds), OURS, 6000)
    assert not wrong
    assert found["within"] >= seeds / 2, found
