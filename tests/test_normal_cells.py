"""Mixtures of normals of the plane at the nodes of cells: values, error bars, near-equal pairs."""

import math
from fractions import Fraction

import numpy as np
import pytest

from gantheory import (
    alpha_divergence,
    grid,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    pearson_chi2,
    renyi_divergence,
    reverse_kl_divergence,
    ring,
    squared_hellinger,
    total_variation,
)
from gantheory.arrays import EPS
from gantheory.densities import Mixture, MultivariateNormal, Normal
from gantheory.divergences import effort, kinks, normal_lines
from gantheory.divergences.functional import functional as adaptive
from gantheory.divergences.layout import lay_out
from gantheory.divergences.named import TOTAL_VARIATION
from gantheory.divergences.normal_cells import NODES, Frames, normal_pair, on_cells
from gantheory.divergences.pair import evaluate_pair
from gantheory.errors import NotConverged
from gantheory.quadrature import RULES

DIVERGENCES = {
    "KL": kl_divergence,
    "reverse KL": reverse_kl_divergence,
    "Jeffreys": jeffreys_divergence,
    "Pearson": pearson_chi2,
    "Neyman": neyman_chi2,
    "alpha": lambda p, q, **k: alpha_divergence(p, q, 0.25, **k),
    "Renyi": lambda p, q, **k: renyi_divergence(p, q, 1.25, **k),
    "TV": total_variation,
    "JSD": js_divergence,
    "Hellinger": squared_hellinger,
}
MAPS = [((1, 0), (0, 1)), ((1, 1), (1, -1)), ((1, 0.5), (0.25, 2)), ((3, 1), (1, 0.5))]


def agree(found, truth, relative=1e-9):
    """The error bars overlap, and that of the plane is small."""
    if math.isinf(truth.value):
        assert found.value == truth.value
        return
    assert abs(found.value - truth.value) <= found.error + truth.error, (found, truth)
    assert found.error <= relative * abs(truth.value), (found, truth)


def on_the_line(weights, means, scales):
    return Mixture([Normal(m, s) for m, s in zip(means, scales, strict=True)], weights)


def in_the_plane(matrix, weights, means, scales):
    """The law of matrix @ (u, v), u from the line, v normal and independent.

    Exact where the numbers are dyadic: no divergence changes under an invertible map.
    """
    a = np.array(matrix, dtype=float)
    parts = [
        MultivariateNormal(a @ [m, 0.25], a @ np.diag([s * s, 0.5]) @ a.T)
        for m, s in zip(means, scales, strict=True)
    ]
    return Mixture(parts, weights)


def random_sides(rng):
    n = int(rng.integers(1, 4))
    weights = np.round(rng.dirichlet(np.ones(n)) * 32 + 1) / 64
    weights[-1] = 1 - np.sum(weights[:-1])
    means = np.round(rng.uniform(-3, 3, n) * 64) / 64
    return weights, means, np.round(rng.uniform(2, 20, n)) / 16


def against_the_line(seeds, names):
    for seed in seeds:
        rng = np.random.default_rng(seed)
        p, q, matrix = random_sides(rng), random_sides(rng), MAPS[seed % len(MAPS)]
        for name in names:
            try:
                truth = DIVERGENCES[name](on_the_line(*p), on_the_line(*q))
                found = DIVERGENCES[name](in_the_plane(matrix, *p), in_the_plane(matrix, *q))
            except NotConverged:  # no single component of q bounds the tails of p
                continue
            agree(found, truth)


@pytest.mark.parametrize("name", ["KL", "Pearson", "alpha", "TV"])
def test_pairs_that_come_from_the_line(name):
    against_the_line(range(2), [name])


@pytest.mark.slow
def test_many_pairs_that_come_from_the_line():
    against_the_line(range(2, 10), DIVERGENCES)


@pytest.mark.parametrize("matrix", MAPS[1:])
@pytest.mark.parametrize("step", [2.0**-2, 2.0**-33])
def test_pairs_that_nearly_agree_keep_their_digits(matrix, step):
    weights, means, scales = [0.5, 0.25, 0.25], [-1.0, 0.5, 3.0], [0.5, 0.75, 1.0]
    moved = [m + step * s for m, s in zip(means, [1, -0.5, 0.25], strict=True)]
    names = (
        ["KL", "TV"] if matrix == MAPS[1] else ["Pearson"] if matrix == MAPS[2] else ["Jeffreys"]
    )
    for name in names:
        line = [on_the_line(weights, m, scales) for m in (means, moved)]
        plane = [in_the_plane(matrix, weights, m, scales) for m in (means, moved)]
        truth = adaptive(TOTAL_VARIATION, *line) if name == "TV" else DIVERGENCES[name](*line)
        agree(DIVERGENCES[name](*plane), truth)


@pytest.mark.parametrize("name", ["KL", "TV", "Pearson"])
def test_weights_that_nearly_agree(name):
    step = Fraction(1, 2**30)
    weights = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)]
    other = [weights[0] + step, weights[1] - step, weights[2]]
    sides = [-1.0, 0.5, 3.0], [0.5, 0.75, 1.0]
    truth = DIVERGENCES[name](on_the_line(weights, *sides), on_the_line(other, *sides))
    plane = [in_the_plane(MAPS[1], w, *sides) for w in (weights, other)]
    agree(DIVERGENCES[name](*plane), truth)


def test_near_pairs_with_exact_parameters():
    """The rounding of a covariance that p and q share is no part of their difference."""
    third = ((Fraction(1, 3), 0), (0, Fraction(1, 3)))
    p, q = (
        Mixture([MultivariateNormal((m, 0), third) for m in (shift, 40 + shift)], [0.5, 0.5])
        for shift in (0.0, 2.0**-30)
    )
    found = kl_divergence(p, q)
    assert abs(found.value - 1.5 * 2.0**-60) <= found.error <= 1e-9 * found.value


# --- values at nodes ------------------------------------------------------------------------------


def nodes_of(p, q):
    """The pair at the nodes of its first cells, and by the densities themselves."""
    layout = lay_out(p, q)
    turn = np.eye(2) if layout.turn is None else layout.turn
    frames = Frames.of(layout.cells, turn)
    u = np.stack([g.ravel() for g in np.meshgrid(*[RULES[2][0]] * 2, indexing="ij")], axis=-1)
    local = frames.middle[:, None] + (frames.half[:, None] * u) @ turn.T
    x, origin = local.reshape(-1, 2), np.repeat(frames.origin, NODES, axis=0)
    pair = normal_pair(p, q)
    return pair, pair.look(frames, on_cells, NODES), evaluate_pair(p, q, x, origin)


def random_mixture(rng, n, spread):
    parts = []
    for _ in range(n):
        t, sides = rng.uniform(0, math.pi), 10 ** rng.uniform(-1, 0, 2)
        turn = np.array([[math.cos(t), -math.sin(t)], [math.sin(t), math.cos(t)]])
        cov = turn @ np.diag(sides**2) @ turn.T
        mean = rng.uniform(-spread, spread, 2)
        parts.append(MultivariateNormal(mean, (cov + cov.T) / 2))
    return Mixture(parts, [Fraction(1, n)] * n)


@pytest.mark.parametrize("seed", range(4))
def test_values_and_their_errors(seed):
    rng = np.random.default_rng(seed)
    p, q = random_mixture(rng, 3, 2), random_mixture(rng, 2, 10.0 ** (2 * seed))
    _, fast, slow = nodes_of(p, q)
    for name, error in (("log_p", "error_p"), ("log_q", "error_q"), ("logit", "error_logit")):
        off = np.abs(getattr(fast, name) - getattr(slow, name))
        assert np.all(off <= getattr(fast, error) + getattr(slow, error)), name
    assert np.median(fast.error_p) <= 1e-11


def test_a_pair_that_nearly_agrees_at_nodes():
    p = random_mixture(np.random.default_rng(7), 3, 2)
    q = Mixture([MultivariateNormal(c.mean + 1e-9, c.cov) for c in p.components], p.exact_weights)
    pair, fast, slow = nodes_of(p, q)
    assert pair.steps is not None
    assert np.all(np.abs(fast.logit - slow.logit) <= fast.error_logit + slow.error_logit)
    # where p and q have mass; the sum of the steps may cancel, the steps do not
    assert np.sum(fast.p * fast.error_logit) <= 1e-11 * np.sum(fast.p * np.abs(fast.logit))


def test_which_pairs_are_near():
    p = ring(3, 2.0, 0.5)
    far = Mixture([MultivariateNormal((9, 9), ((1, 0), (0, 1)))], [1])
    assert normal_pair(p, p).steps is not None
    assert normal_pair(p, far).steps is None
    assert normal_pair(p, ring(3, 2.0, 1.0)).steps is None
    thin = MultivariateNormal((0, 0), ((1, 0.99999), (0.99999, 1)))
    assert normal_pair(p, thin) is None


def test_a_component_that_p_alone_has_keeps_its_digits():
    """p = (1 - ε) q + ε r has JSD of the order ε: not near by steps, but nearly equal."""
    tiny, unit = Fraction(1, 2**36), ((1, 0), (0, 1))
    at = [MultivariateNormal((m, 0), unit) for m in (0, 3)]
    p, q = Mixture([at[0], at[1]], [1 - tiny, tiny]), at[0]
    line = [Normal(m, 1) for m in (0, 3)]
    agree(kl_divergence(p, q), kl_divergence(Mixture(line, [1 - tiny, tiny]), line[0]), 1e-9)


# --- where the integral is infinite, and where it is --------------------------------------------------


def test_powers_of_mixtures_that_are_infinite():
    wide, narrow = ring(8, 2.0, 0.3), ring(8, 2.0, 0.1)
    assert pearson_chi2(wide, narrow).value == math.inf
    assert neyman_chi2(narrow, wide).value == math.inf
    assert renyi_divergence(wide, narrow, 1.5).value == math.inf
    assert math.isfinite(pearson_chi2(narrow, wide).value)


def test_chi2_of_a_grid_is_that_of_one_mode():
    """∫ p²/q = σ'⁴/(σ² (2σ'² - σ²)) for N(0, σ²) and N(0, σ'²) in the plane; modes do not overlap."""
    found = pearson_chi2(grid(2, 4.0, 0.125), grid(2, 4.0, 0.25))
    assert abs(found.value - (16 / 7 - 1)) <= found.error + 1e-12
    assert found.error <= 1e-10


# --- total variation along lines ------------------------------------------------------------------


def check_unsigned_integral(roots, scale):
    """∫ |f| of a polynomial with these roots is the sum of the rises between them."""
    values = scale * np.prod([kinks.NODES - r for r in roots], axis=0)
    rise = np.polynomial.Polynomial.fromroots(roots).integ() * scale
    ends = np.array([-1.0, *sorted(r for r in roots if abs(r) < 1), 1.0])
    found, error = kinks.unsigned(values[None, None])
    truth = np.sum(np.abs(np.diff(rise(ends))))
    rounding = 4 * len(ends) * EPS * np.sum(np.abs(rise.coef))
    assert abs(found[0, 0] - truth) <= error[0, 0] + rounding, roots
    assert error[0, 0] <= 1e-12 * np.max(np.abs(values))


def test_unsigned_integrals_of_polynomials():
    rng = np.random.default_rng(3)
    at_the_end = [-1 - 1e-3, -1 + 1e-3], [1 - 1e-6, 1 + 1e-6], [-0.4, 1.0], [-1.0, 0.7], [-1.0]
    # 0.3: Newton's method is there at the start; three close to an end: no value at 33 points tells
    others = (
        [0.3],
        [-0.5, 0.25],
        [0.1, 0.1 + 1e-3],
        [-0.9, 0.0, 0.95],
        [2.0],
        [-0.95, 0.938, 0.9998],
    )
    for roots in (*others, *at_the_end):
        check_unsigned_integral(roots, rng.uniform(1, 2))


def test_unsigned_integrals_of_random_polynomials():
    rng = np.random.default_rng(4)
    for _ in range(400):
        roots = np.round(rng.uniform(-1, 1, rng.integers(1, 8)), rng.choice([1, 8]))
        close = rng.choice([1e-1, 1e-2, 1e-4, 1e-7]) * rng.uniform(
            -1, 1, rng.integers(0, len(roots) + 1)
        )
        roots[: len(close)] = np.clip(roots[0] + close, -1, 1)
        check_unsigned_integral(roots, rng.uniform(1, 2))


def test_an_integrand_that_is_no_polynomial_says_so():
    nodes = RULES[2][0]
    steep = np.tanh(20 * (nodes - 0.2))
    found, error = kinks.unsigned(steep[None, None])
    truth = (np.log(np.cosh(16)) + np.log(np.cosh(24))) / 20
    assert 1e-6 <= abs(found[0, 0] - truth) <= error[0, 0]


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 4])
@pytest.mark.parametrize("ratio", [1.1, 2.0])
def test_total_variation_where_the_curve_crosses_itself(ratio, angle):
    """TV = (4/π) arctan σ - 1 of two normals with the deviations 1 and σ exchanged: p = q on a cross."""
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    one, other = (turn @ np.diag(d) @ turn.T for d in ((1.0, ratio**2), (ratio**2, 1.0)))
    p, q = (MultivariateNormal((1, 2), cov) for cov in (one, other))
    truth = 4 / math.pi * math.atan(ratio) - 1
    for rtol in (1e-9, 1e-11):
        found = total_variation(p, q, rtol=rtol)
        assert abs(found.value - truth) <= found.error <= rtol
        assert {integrator for integrator, _ in found.route} == {"Gauss-Kronrod lines"}


def test_total_variation_of_one_covariance_goes_along_lines_too():
    """TV = 2 Φ(|d|/2σ) - 1 of two normals; the second modes coincide and halve it."""
    unit, far = ((1, 0.5), (0.5, 1)), MultivariateNormal((40, 0), ((1, 0), (0, 1)))
    p, q = (Mixture([MultivariateNormal((m, 0), unit), far], [0.5, 0.5]) for m in (0, 1))
    found = total_variation(p, q)
    distance = math.sqrt(1 / 0.75)
    truth = 0.5 * math.erf(distance / (2 * math.sqrt(2)))
    assert abs(found.value - truth) <= found.error <= 1e-10
    assert {integrator for integrator, _ in found.route} == {"Gauss-Kronrod lines"}


@pytest.mark.slow
def test_lines_agree_with_cut_cells(monkeypatch):
    rng = np.random.default_rng(11)
    p, q = random_mixture(rng, 2, 1), random_mixture(rng, 2, 1)
    found = total_variation(p, q)
    monkeypatch.setattr(
        "gantheory.divergences.functional.total_variation_of_normals", lambda *_: None
    )
    agree(found, total_variation(p, q))


def test_a_lost_panel_is_noticed(monkeypatch):
    p, q = ring(2, 2.0, 0.5), ring(2, 2.0, 0.75)
    real = normal_lines.Lines.panels

    def short(self, axis, wide):
        found = real(self, axis, wide)
        return found[:, :-4] if axis == 1 else found

    monkeypatch.setattr(normal_lines.Lines, "panels", short)
    assert normal_lines.total_variation_of_normals(p, q) is None


def test_bells_too_far_apart_for_one_center():
    far = Mixture([MultivariateNormal((m, 0), ((1, 0), (0, 1))) for m in (0, 1e12)], [0.5, 0.5])
    assert (
        normal_lines.total_variation_of_normals(far, MultivariateNormal((0, 0), ((2, 0), (0, 1))))
        is None
    )


# --- tolerances, evaluations, seconds ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["KL", "TV"])
def test_a_larger_tolerance_takes_less(name):
    p, q = ring(3, 2.0, 0.5), ring(3, 2.0, 0.75)
    fine, loose = (DIVERGENCES[name](p, q, **options) for options in ({}, {"rtol": 1e-2}))
    assert loose.evaluations < fine.evaluations
    assert abs(loose.value - fine.value) <= loose.error + fine.error
    assert loose.error <= 1e-2 * loose.value


@pytest.mark.parametrize("limit", [10, 30_000])
@pytest.mark.parametrize("name", ["KL", "Jeffreys", "TV"])
def test_no_more_evaluations_than_allowed(name, limit):
    p, q = ring(3, 2.0, 0.5), random_mixture(np.random.default_rng(2), 3, 2)
    with pytest.raises(NotConverged, match="allowed") as fault:
        DIVERGENCES[name](p, q, limit=limit)
    assert fault.value.best.evaluations <= limit


@pytest.mark.parametrize("stop", [1, 12])
@pytest.mark.parametrize("name", ["KL", "TV"])
def test_the_seconds_end_within_cells_and_along_lines(name, stop, monkeypatch):
    p, q = ring(2, 1.0, 0.5), ring(2, 1.0, 0.75)
    usual, asked = DIVERGENCES[name](p, q), []
    monkeypatch.setattr(
        effort, "clock", lambda: (asked.append(0), 0.0 if len(asked) <= stop else 3600.0)[1]
    )
    with pytest.raises(NotConverged, match="max_seconds are over") as fault:
        DIVERGENCES[name](p, q, max_seconds=1.0)
    assert fault.value.best.compatible_with(usual)


@pytest.mark.parametrize("name", ["Pearson", "alpha", "Renyi"])
def test_the_best_of_a_power_is_of_the_number_asked_for(name):
    p, q = ring(2, 1.0, 0.5), ring(2, 1.25, 0.75)
    usual = DIVERGENCES[name](p, q)
    with pytest.raises(NotConverged, match="allowed") as fault:
        DIVERGENCES[name](p, q, limit=int(usual.evaluations * 0.8))
    assert fault.value.best.compatible_with(usual)


def test_a_divergence_beyond_float64_is_refused_in_words():
    p, q = (MultivariateNormal((m, 0), ((1, 0), (0, 1))) for m in (0, 40))
    with pytest.raises(NotConverged, match=r"e\^1600, no float64: renyi_divergence"):
        pearson_chi2(p, q)
