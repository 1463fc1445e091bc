"""Many pairs of normals in one call: right, honest, the same as alone, and with bounded memory."""

import math
from dataclasses import dataclass

import mpmath as mp
import numpy as np
import pytest
from thinning import every

from gantheory import certified
from gantheory.densities import Cauchy, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import (
    batches,
    js_divergence,
    kl_divergence,
    settling,
    squared_hellinger,
)
from gantheory.divergences.functional import functional
from gantheory.divergences.named import HELLINGER, JENSEN_SHANNON
from gantheory.divergences.work import WORK
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate
from gantheory.machine_code import available

compiled = pytest.mark.skipif(not available(), reason="there is no numba")

CLASSES = {  # largest |loc|, smallest and largest scale
    "easy": (5, 0.3, 3),
    "medium": (20, 0.01, 3),
    "hard": (1000, 1e-4, 10),
}
KERNELS = {"JSD": JENSEN_SHANNON, "squared Hellinger": HELLINGER}
NAMED = {"JSD": js_divergence, "squared Hellinger": squared_hellinger}


@dataclass
class Parameters:
    """Of pairs of mixtures of normals: shape (pairs, components), p's first."""

    loc: np.ndarray
    scale: np.ndarray
    weight: np.ndarray
    of_p: int

    def __len__(self):
        return len(self.loc)

    def rows(self, index):
        return Parameters(self.loc[index], self.scale[index], self.weight[index], self.of_p)


def draw(rng, n, of_p, of_q, difficulty):
    reach, narrow, wide = CLASSES[difficulty]
    k = of_p + of_q
    loc = rng.uniform(-reach, reach, (n, k))
    scale = np.exp(rng.uniform(math.log(narrow), math.log(wide), (n, k)))
    weight = np.concatenate([rng.dirichlet(np.ones(m), n) for m in (of_p, of_q)], axis=1)
    return Parameters(loc, scale, weight, of_p)


def densities(members):
    """Return both batches, or two single densities for one member."""
    k = members.of_p
    sides = []
    for part in (slice(None, k), slice(k, None)):
        columns = zip(members.loc.T[part], members.scale.T[part], strict=True)
        sides.append(Mixture([Normal(*c) for c in columns], members.weight[:, part]))
    return sides


# --- honest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("difficulty", CLASSES)
@pytest.mark.parametrize("counts", every(2, [(1, 3), (1, 1), (3, 2)]))
def test_a_batch_agrees_with_the_careful_way(name, difficulty, counts):
    members = draw(np.random.default_rng([14, *counts]), 60, *counts, difficulty)
    p, q = densities(members)
    found = NAMED[name](p, q)
    assert np.all(found.error <= batches.LARGEST_ERROR)
    assert np.all(found.converged)
    for i, (one, other) in enumerate(zip(p.members(), q.members(), strict=True)):
        careful = functional(KERNELS[name], one, other)
        assert abs(careful.value - found.value[i]) <= careful.error + found.error[i]


@pytest.mark.parametrize("difficulty", CLASSES)
def test_a_batch_against_balls(difficulty):
    members = draw(np.random.default_rng(7), 12, 2, 2, difficulty)
    p, q = densities(members)
    found = js_divergence(p, q)
    for i, (one, other) in enumerate(zip(p.members(), q.members(), strict=True)):
        ball = certified.js_divergence(one, other, digits=20)
        assert abs(found.value[i] - float(ball.mid)) <= found.error[i] + float(ball.rad) + 1e-17


def test_the_hellinger_distance_of_normals_in_closed_form():
    rng = np.random.default_rng(11)
    m, s = rng.uniform(-4, 4, (2, 300)), rng.uniform(0.2, 3, (2, 300))
    found = squared_hellinger(Normal(m[0], s[0]), Normal(m[1], s[1]))
    square = s[0] ** 2 + s[1] ** 2
    truth = 1 - np.sqrt(2 * s[0] * s[1] / square) * np.exp(-((m[0] - m[1]) ** 2) / (4 * square))
    assert np.all(np.abs(found.value - truth) <= found.error + 1e-15)


def test_far_apart_and_far_out():
    p, q = (
        Normal(np.array([0.0, 1e7, 0.0, 1e6]), 1.0),
        Normal(np.array([1e6, 1e7 + 1, 60.0, 1e6 + 1e-3]), 1.0),
    )
    found = js_divergence(p, q)
    shifted = js_divergence(Normal(0, 1), Normal(1, 1))
    assert found.value[0] == pytest.approx(math.log(2), abs=1e-14)
    assert abs(found.value[1] - float(shifted)) <= found.error[1] + float(shifted.error)
    assert found.value[2] == pytest.approx(math.log(2), abs=1e-14)
    delta = float(np.float64(1e6 + 1e-3) - 1e6)
    assert found.value[3] == pytest.approx(delta**2 / 8, rel=1e-6)


@pytest.mark.parametrize("name", KERNELS)
def test_what_floats_have_no_room_for_goes_the_careful_way(name):
    """Densities whose product underflows, and scales that are lost beside the means."""
    for power in (-250, -120, 0, 120, 163, 250):
        unit = 10.0**power
        found = NAMED[name](Normal(0, unit), Normal(np.array([unit, 2 * unit]), 1.5 * unit))
        truth = NAMED[name](Normal(0, 1), Normal(np.array([1.0, 2.0]), 1.5))
        assert np.all(np.abs(found.value - truth.value) <= found.error + truth.error + 1e-15)
    for loc, scale in ((1e16, 1.0), (-1.76e100, 1e50), (3e12, 1e-3)):
        far = Mixture((Normal(0, 1), Normal(loc, scale)), (0.25, 0.75))
        found = NAMED[name](far, Normal(loc, scale))
        truth = NAMED[name](Mixture((Normal(-40, 1), Normal(40, 1)), (0.25, 0.75)), Normal(40, 1))
        assert abs(float(found) - float(truth)) <= float(found.error) + float(truth.error) + 1e-15


def test_means_that_are_moved_to_the_origin_are_off_by_their_rounding():
    """Two clusters: the means of the farther one are rounded when they are measured from the other."""
    rng = np.random.default_rng(8)
    base = rng.uniform(200, 300, 40)
    p = Mixture((Normal(rng.uniform(-0.1, 0.1, 40), 0.999), Normal(base, 1.0)), (0.5, 0.5))
    q = Mixture((Normal(0.0, 1.0), Normal(base + rng.uniform(0.5, 2, 40), 1.0)), (0.5, 0.5))
    found = js_divergence(p, q)
    for i, (one, other) in enumerate(zip(p.members(), q.members(), strict=True)):
        careful = functional(JENSEN_SHANNON, one, other)
        assert abs(careful.value - found.value[i]) <= careful.error + found.error[i]


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("gap", [1e-1, 1e-4, 1e-8, 1e-12])
def test_nearly_equal_members_keep_their_digits(name, gap):
    loc = np.array([0.0, 3.0, -7.0])
    other = loc + gap
    found = NAMED[name](Normal(loc, 1.0), Normal(other, 1.0))
    with mp.workdps(60):
        for i in range(3):
            d = mp.mpf(float(other[i])) - mp.mpf(float(loc[i]))
            truth = 1 - mp.exp(-(d**2) / 8)
            if name == "JSD":  # d²/8 - d⁴/64 + ...
                truth = mp.quad(
                    lambda x, d=d: (
                        mp.npdf(x) * mp.log(2 / (1 + mp.exp(d * x - d * d / 2))) / 2
                        + mp.npdf(x, d) * mp.log(2 / (1 + mp.exp(d * d / 2 - d * x))) / 2
                    ),
                    [-15, -5, 0, 5, 15],
                )
            assert (
                abs(mp.mpf(float(found.value[i])) - truth) <= float(found.error[i]) + 1e-13 * truth
            )
        assert np.all(found.error <= 1e-11 * found.value)


def test_slabs_change_nothing(monkeypatch):
    p, q = densities(draw(np.random.default_rng(2), 100, 1, 2, "medium"))
    whole = js_divergence(p, q)
    monkeypatch.setattr(settling, "SLAB", 7)
    parts = js_divergence(p, q)  # by many threads: the same bytes
    assert np.array_equal(whole.value, parts.value)
    assert np.array_equal(whole.error, parts.error)
    assert whole.evaluations == parts.evaluations


# --- one call -------------------------------------------------------------------------------------


def test_a_member_alone_is_the_same_as_in_the_batch():
    members = draw(np.random.default_rng(9), 40, 2, 2, "medium")
    p, q = densities(members)
    found = js_divergence(p, q)
    for i in range(len(members)):
        alone = js_divergence(p.member(i, (40,)), q.member(i, (40,)))
        assert abs(float(alone) - found.value[i]) <= float(alone.error) + found.error[i]


def test_axes_broadcast():
    loc, scale = np.linspace(-2, 2, 5)[:, None], np.linspace(0.5, 2, 4)[None, :]
    found = js_divergence(Normal(loc, scale), Normal(0.25, 1))
    assert found.shape == (5, 4)
    for i in range(5):
        for j in range(4):
            alone = js_divergence(Normal(loc[i, 0], scale[0, j]), Normal(0.25, 1))
            bar = float(alone.error) + float(found.error[i, j])
            assert abs(float(alone) - found.value[i, j]) <= bar
    with pytest.raises(ValueError, match="do not agree"):
        js_divergence(Normal(np.zeros(2), 1), Normal(np.zeros(3), 1))


def test_the_order_of_the_members_changes_nothing():
    members = draw(np.random.default_rng(2), 300, 2, 2, "medium")
    found = js_divergence(*densities(members))
    turned = js_divergence(*densities(members.rows(slice(None, None, -1))))
    bar = found.error + turned.error[::-1]
    assert np.all(np.abs(found.value - turned.value[::-1]) <= bar)
    assert np.median(bar) < 1e-13


def test_other_families_in_a_batch():
    p = Mixture((Laplace(np.array([0.0, 1.0]), 1), Cauchy(0, 1)), (0.5, 0.5))
    found = js_divergence(p, Uniform(np.array([0.0, -1.0]), 2.0))
    for i, (one, other) in enumerate(
        zip(p.members(), Uniform(np.array([0.0, -1.0]), 2.0).members(), strict=True)
    ):
        assert float(js_divergence(one, other)) == found.value[i]
    assert kl_divergence(p, p).shape == (2,)


def test_an_empty_batch_is_empty():
    found = js_divergence(Normal(np.zeros(0), 1.0), Normal(0, 1))
    assert found.shape == (0,)


@compiled
def test_members_that_do_not_converge_are_marked(monkeypatch):
    def careful(kernel, p, q, effort):
        raise NotConverged("no", Estimate(0.1, 0.5))

    import gantheory.divergences.named as named

    monkeypatch.setattr(named, "functional", careful)
    p = Normal(np.array([0.0, 0.0, 0.0]), np.array([1.0, 1.0, 1e-30]))
    # the second pair is one and the same, the third has no float to spare
    with pytest.raises(NotConverged) as fault:
        js_divergence(p, Normal(np.array([1.0, 0.0, 1.0]), 1.0))
    best = fault.value.best
    assert list(best.converged) == [True, False, False]
    assert best.value[1] == 0  # what the fast ways know of it is better than the careful one's 0.5
    assert best.error[1] < 1e-40
    assert (best.value[2], best.error[2]) == (0.1, 0.5)
    assert abs(best.value[0] - 0.1114214821847357) <= best.error[0]


@compiled
def test_a_fast_number_is_returned_where_the_careful_way_has_no_better_one(monkeypatch):
    def careful(kernel, p, q, effort):
        raise NotConverged("no", Estimate(0.0, 0.1))

    import gantheory.divergences.named as named

    monkeypatch.setattr(named, "functional", careful)
    p, q = Normal(0.0, 1.0), Normal(1.0, 1.0)
    truth = js_divergence(p, q)
    monkeypatch.setattr(batches, "RELATIVE_ERROR", 1e-16)  # nothing is settled any more
    found = js_divergence(p, q)
    assert abs(float(found) - float(truth)) <= float(found.error) < 1e-10 * float(found)
    monkeypatch.setattr(batches, "GOOD_ENOUGH", 1e-16)
    with pytest.raises(NotConverged, match="no") as fault:
        js_divergence(p, q)
    assert not fault.value.best.converged
    assert float(fault.value.best.error) == float(found.error)


@pytest.mark.slow
def test_a_million_pairs_fit(tmp_path):
    import resource
    import sys

    rng = np.random.default_rng(0)
    unit = 2**30 if sys.platform == "darwin" else 2**20  # bytes there, KiB elsewhere
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    p = Normal(rng.uniform(-5, 5, 1_000_000), rng.uniform(0.3, 3, 1_000_000))
    found = js_divergence(p, Normal(0, 1))
    used = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit
    assert used < 1  # GiB
    assert np.all(found.converged)


# --- calls that come back ---------------------------------------------------------------------------


@pytest.mark.parametrize("n", [200, 300, 400, 600, pytest.param(1000, marks=compiled)])
def test_a_kernel_density_estimate_of_many_points_comes_back(n):
    points = np.random.default_rng(0).normal(size=n)
    found = js_divergence(
        Mixture([Normal(float(x), 0.25) for x in points], [1 / n] * n), Normal(0, 1)
    )
    assert found.converged
    assert float(found.error) <= 1e-10 * float(found)
    assert found.evaluations * n <= WORK


@pytest.mark.parametrize("shift", [0.1, 0.03, 0.01, 0.001])
def test_mixtures_that_nearly_agree_come_back(shift):
    p = Mixture([Normal(0, 1), Normal(3, 0.5)], [0.5, 0.5])
    q = Mixture([Normal(shift, 1), Normal(3 + shift, 0.5)], [0.5, 0.5])
    found = js_divergence(p, q)
    assert float(found.error) <= 1e-10 * float(found)
    assert found.evaluations <= 100_000
    wide = certified.js_divergence(p, q, digits=15)
    assert abs(float(found) - float(wide)) <= float(found.error) + 1e-15 * float(found)
