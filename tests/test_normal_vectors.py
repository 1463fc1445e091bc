"""Normals of any dimension, against determinants and inverses in 60 digits, and against the line."""

import math

import mpmath as mp
import numpy as np
import pytest

from gantheory import (
    MultivariateNormal,
    Normal,
    NormalVector,
    NotConverged,
    alpha_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    pearson_chi2,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation,
    wasserstein_2,
)
from gantheory.errors import InvalidDensity


@pytest.fixture(autouse=True)
def digits():
    with mp.workdps(60):
        yield


def matrix(table):
    return mp.matrix([[mp.mpf(float(x)) for x in row] for row in table])


def step_of(p, q):
    return mp.matrix(
        [mp.mpf(float(x)) - mp.mpf(float(y)) for x, y in zip(p.mean, q.mean, strict=True)]
    )


def kl(p, q):
    a, b, d = matrix(p.cov), matrix(q.cov), step_of(p, q)
    inverse = mp.inverse(b)
    trace = sum((inverse * a)[i, i] for i in range(p.dim))
    return (trace - p.dim + mp.log(mp.det(b) / mp.det(a)) + (d.T * inverse * d)[0]) / 2


def log_power(p, q, alpha):
    """log ∫ p^α q^(1-α)."""
    alpha = mp.mpf(alpha)
    a, b, d, beta = matrix(p.cov), matrix(q.cov), step_of(p, q), 1 - alpha
    both = alpha * b + beta * a
    logs = beta * mp.log(mp.det(a)) + alpha * mp.log(mp.det(b)) - mp.log(mp.det(both))
    return (logs - alpha * beta * (d.T * mp.inverse(both) * d)[0]) / 2


def w2(p, q):
    a, b, d = matrix(p.cov), matrix(q.cov), step_of(p, q)
    root = mp.cholesky(a)
    values = mp.eigsy(root.T * b * root, eigvals_only=True)
    trace = sum(a[i, i] + b[i, i] for i in range(p.dim)) - 2 * sum(mp.sqrt(x) for x in values)
    return mp.sqrt(abs(trace) + (d.T * d)[0])


TRUTHS = {
    "KL": (kl_divergence, kl),
    "reverse KL": (reverse_kl_divergence, lambda p, q: kl(q, p)),
    "Jeffreys": (jeffreys_divergence, lambda p, q: kl(p, q) + kl(q, p)),
    "H²": (squared_hellinger, lambda p, q: -mp.expm1(log_power(p, q, 0.5))),
    "Rényi": (
        lambda p, q: renyi_divergence(p, q, 0.3),
        lambda p, q: log_power(p, q, 0.3) / (mp.mpf(0.3) - 1),
    ),
    "alpha": (
        lambda p, q: alpha_divergence(p, q, 0.75),
        lambda p, q: mp.expm1(log_power(p, q, 0.75)) / (mp.mpf(0.75) * (mp.mpf(0.75) - 1)),
    ),
    "W2": (wasserstein_2, w2),
}


def covariance(rng, n, spread):
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    cov = (turn * np.exp(rng.uniform(-spread, spread, n))) @ turn.T
    return (cov + cov.T) / 2


def pairs(seed):
    """Far and nearly equal, of condition up to e^12, in units up to 1e16 apart."""
    rng = np.random.default_rng(seed)
    for near in (1.0, 1e-2, 1e-8, 1e-12):
        for spread in (0.5, 3.0, 6.0):
            n = int(rng.integers(1, 6))
            b = covariance(rng, n, spread)
            change = 0.5 * np.linalg.eigvalsh(b)[0] * covariance(rng, n, 0.5)
            units = 10.0 ** rng.integers(-8, 9, n)
            scaled = np.outer(units, units)
            mean = rng.normal(size=n)
            yield (
                NormalVector(
                    (mean + near * rng.normal(size=n)) * units, (b + near * change) * scaled
                ),
                NormalVector(mean * units, b * scaled),
                near,
            )


@pytest.mark.parametrize("name", TRUTHS)
def test_the_error_bars_hold(name):
    divergence, truth = TRUTHS[name]
    for p, q, _ in pairs(1):
        found, expected = divergence(p, q), truth(p, q)
        assert abs(mp.mpf(float(found)) - expected) <= found.error, (name, p.dim)
        if name != "W2":
            assert found.error <= 1e-7 * expected


def test_chi2_is_infinite_where_its_matrix_is_not_definite():
    narrow, wide = (NormalVector(np.zeros(3), s * np.eye(3)) for s in (1.0, 3.0))
    assert float(pearson_chi2(wide, narrow)) == math.inf == float(neyman_chi2(narrow, wide))
    found = pearson_chi2(narrow, wide)
    assert abs(float(found) - (27 / 5**1.5 - 1)) <= found.error + 1e-15
    with pytest.raises(NotConverged, match="ill-conditioned"):
        pearson_chi2(NormalVector([0.0], [[2.0]]), NormalVector([0.0], [[1.0]]))
    with pytest.raises(NotConverged, match="renyi_divergence"):
        pearson_chi2(NormalVector([100.0], [[1.0]]), NormalVector([0.0], [[1.0]]))


def test_one_dimension_is_the_line():
    p, q = NormalVector([0.5], [[4.0]]), NormalVector([-1.0], [[2.25]])
    line = Normal(0.5, 2), Normal(-1, 1.5)
    for name in ("KL", "Jeffreys", "H²", "W2"):
        assert TRUTHS[name][0](p, q).compatible_with(TRUTHS[name][0](*line))


def test_factors_add_up():
    """Of independent coordinates KL is a sum, in 60 dimensions."""
    rng = np.random.default_rng(3)
    n = 60
    turn = np.linalg.qr(rng.normal(size=(n, n)))[0]
    a, b, mean = (rng.uniform(0.5, 2, n) for _ in range(3))
    p, q = (
        NormalVector(turn @ mean, (turn * a) @ turn.T),
        NormalVector(np.zeros(n), (turn * b) @ turn.T),
    )
    found, truth = kl_divergence(p, q), 0.5 * np.sum(a / b - 1 - np.log(a / b) + mean**2 / b)
    assert abs(float(found) - truth) <= found.error
    assert found.error <= 1e-8 * truth
    far = wasserstein_2(p, q)
    assert (
        abs(float(far) - math.sqrt(np.sum((np.sqrt(a) - np.sqrt(b)) ** 2 + mean**2))) <= far.error
    )
    assert far.error <= 1e-9 * float(far)


def test_rounded_symmetry_is_paid_for():
    cov = np.array([[2.0, 0.3], [0.3 + 1e-15, 1.0]])
    p, q = NormalVector([0, 0], cov), NormalVector([0, 0], cov.T)
    assert np.array_equal(p.cov, q.cov)
    assert kl_divergence(p, q).error > 1e-32
    assert wasserstein_2(p, q).error > 1e-16
    with pytest.raises(InvalidDensity, match="symmetric"):
        NormalVector([0, 0], [[2.0, 0.3], [0.4, 1.0]])


@pytest.mark.parametrize(
    ("mean", "cov", "words"),
    [
        ([0.0, 0.0], np.eye(3), "shapes"),
        ([], np.empty((0, 0)), "shapes"),
        ([0.0], [[math.inf]], "finite"),
        (["0.1"], [[1.0]], "float64s"),
        ([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]], "Cholesky"),
        ([0.0], [[-1.0]], "positive"),
        ([0.0, [1.0]], [[1.0]], "finite numbers"),
    ],
)
def test_what_is_no_normal_is_refused(mean, cov, words):
    with pytest.raises(InvalidDensity, match=words):
        NormalVector(mean, cov)


def test_ill_conditioned_covariances_are_refused():
    cov = np.array([[1.0, 1 - 2.0**-52], [1 - 2.0**-52, 1.0]])
    p, q = NormalVector([0, 0], np.eye(2)), NormalVector([0, 0], cov)
    with pytest.raises(NotConverged, match="ill-conditioned"):
        kl_divergence(p, q)


def test_what_has_no_closed_form_says_so():
    p, q = NormalVector(np.zeros(3), np.eye(3)), NormalVector(np.ones(3), np.eye(3))
    for divergence in (js_divergence, total_variation):
        with pytest.raises(TypeError, match="closed forms"):
            divergence(p, q)
    with pytest.raises(ValueError, match="has a name"):
        alpha_divergence(p, q, 1)
    with pytest.raises(TypeError, match="another NormalVector"):
        kl_divergence(p, Normal(0, 1))
    with pytest.raises(ValueError, match="dimension"):
        kl_divergence(p, NormalVector([0.0], [[1.0]]))
    with pytest.raises(InvalidDensity, match="NormalVector"):
        MultivariateNormal(np.zeros(3), np.eye(3))
