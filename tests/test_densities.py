import math
from fractions import Fraction
from itertools import pairwise

import exact
import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from gantheory.densities import (
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    StudentT,
    Triangular,
    Uniform,
    grid,
    ring,
)
from gantheory.errors import GantheoryError, InvalidDensity
from gantheory.testing import describe, strategies

inf, nan = math.inf, math.nan
N = Normal

FROZEN = {
    "Normal": (N(1, 2), stats.norm(1, 2)),
    "Normal narrow": (N(-3, 1e-6), stats.norm(-3, 1e-6)),
    "Laplace": (Laplace(1, 2), stats.laplace(1, 2)),
    "Cauchy": (Cauchy(1, 2), stats.cauchy(1, 2)),
    "StudentT": (StudentT(3, 1, 2), stats.t(3, 1, 2)),
    "StudentT half": (StudentT(0.5, 0, 1), stats.t(0.5)),
    "StudentT large": (StudentT(200, 0, 1), stats.t(200)),
    "Uniform": (Uniform(-1, 3), stats.uniform(-1, 4)),
    "Exponential": (Exponential(2), stats.expon(0, 0.5)),
    "Triangular": (Triangular(0, 1, 4), stats.triang(0.25, 0, 4)),
    "Triangular left": (Triangular(0, 0, 4), stats.triang(0, 0, 4)),
    "Triangular right": (Triangular(0, 4, 4), stats.triang(1, 0, 4)),
}
SINGLE = {name: p for name, (p, _) in FROZEN.items()}
MIXED = Mixture((N(-2, 0.5), Cauchy(1, 1), Uniform(0, 3)), (0.25, 0.25, 0.5))
LINE = {**SINGLE, "Mixture": MIXED, "Mixture of two": Mixture((N(-2, 0.5), N(2, 0.5)), (0.5, 0.5))}
SLANTED = MultivariateNormal((1, -1), ((1.5, -0.3), (-0.3, 0.8)))


def around(p, n=41):
    """Points all over a density: its quantiles by sampling, its edges, its tails."""
    center, scale = p.landmarks[0]
    scale = scale or 1.0
    far = center + scale * np.array([-1e3, -30, -5, 0, 5, 30, 1e3])
    ends = [e for e in p.support if math.isfinite(e)]
    return np.concatenate([p.sample(n, np.random.default_rng(3)), far, ends])


# --- against scipy ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FROZEN)
def test_against_scipy(name):
    p, frozen = FROZEN[name]
    x = around(p)
    x = x[~np.isin(x, p.support)]  # conventions at the very ends differ
    there = frozen.logpdf(x)
    shown = np.isfinite(there) | (frozen.pdf(x) == p.pdf(x))  # scipy's underflows: -inf
    assert np.allclose(p.logpdf(x)[np.isfinite(there)], there[np.isfinite(there)], rtol=1e-11)
    assert np.all(shown)
    assert np.allclose(p.pdf(x), frozen.pdf(x), rtol=1e-10, atol=1e-300)
    assert np.allclose(p.cdf(x), frozen.cdf(x), rtol=1e-10, atol=1e-16)
    assert np.allclose(p.sf(x), frozen.sf(x), rtol=1e-10, atol=1e-16)
    assert p.support == pytest.approx(frozen.support())


@pytest.mark.parametrize("name", ["Normal", "Laplace", "Cauchy", "StudentT", "Exponential"])
def test_far_tails_keep_their_relative_precision(name):
    p, frozen = FROZEN[name]
    x = np.array([20.0, 50.0, 70.0])
    assert np.allclose(p.sf(x), frozen.sf(x), rtol=1e-10, atol=0)
    assert np.all(p.sf(x) > 0)
    if p.support[0] == -inf:
        assert np.allclose(p.cdf(-x), frozen.cdf(-x), rtol=1e-10, atol=0)


@pytest.mark.parametrize("name", LINE)
def test_the_density_has_mass_one(name):
    p = LINE[name]
    low, high = p.support
    points = sorted({float(c) for c, _ in p.landmarks})
    scale = max(s for _, s in p.landmarks) or 1.0
    inner = sorted({low, high, *points, *(c + k * scale for c in points for k in (-8, 8))})
    inner = [x for x in inner if low <= x <= high]
    total = sum(integrate.quad(p.pdf, a, b, limit=300, epsabs=1e-13)[0] for a, b in pairwise(inner))
    assert total == pytest.approx(1, abs=2e-7 if "half" in name else 1e-8)


@pytest.mark.parametrize("name", LINE)
def test_the_cdf_is_the_integral_of_the_pdf(name):
    p = LINE[name]
    x = np.sort(p.sample(6, np.random.default_rng(0)))
    edges = [float(e.at) for e in p.edges]
    for a, b in pairwise(x):
        points = [e for e in edges if a < e < b] or None
        mass, _ = integrate.quad(p.pdf, a, b, points=points, limit=300, epsabs=1e-13)
        assert p.cdf(b) - p.cdf(a) == pytest.approx(mass, abs=1e-9)
    assert np.allclose(p.cdf(x) + p.sf(x), 1, atol=1e-15)


@pytest.mark.parametrize("name", LINE)
def test_samples_follow_the_law(name):
    p = LINE[name]
    x = p.sample(4000, np.random.default_rng(1))
    assert x.shape == (4000,)
    assert stats.kstest(x, p.cdf).pvalue > 1e-3
    assert np.array_equal(x, p.sample(4000, np.random.default_rng(1)))
    assert not np.array_equal(x, p.sample(4000, np.random.default_rng(2)))
    assert np.all(np.isfinite(p.logpdf(x)))


# --- rounding ---------------------------------------------------------------------------------------


def covered(found, bound, truth):
    return abs(mp.mpf(float(found)) - truth) <= mp.mpf(float(bound)) * (1 + mp.mpf(10) ** -10)


@settings(max_examples=150)
@given(strategies.densities(), st.integers(-1000, 1000), st.integers(-3, 6))
def test_the_rounding_of_logpdf_is_covered(p, k, power):
    """Against mpmath at origin + x, both exact."""
    origin, x = p.landmarks[0][0], np.array([k / 100 * 10.0**power])
    found = p.logpdf(x, origin=origin)
    bound = p.logpdf_error(x, np.full(1, origin))
    with mp.workdps(40):
        truth = exact.logpdf(p, mp.mpf(float(origin)) + mp.mpf(float(x[0])))
        if mp.isinf(truth) or not np.isfinite(found[0]):
            ends = [e for piece in p.pieces for e in piece]
            near = min((abs(float(origin) + float(x[0]) - e) for e in ends), default=0)
            assert truth == found[0] or near < 1e-10
        else:
            assert covered(found[0], bound[0], truth), (describe(p), origin, x, found, bound, truth)


@pytest.mark.parametrize(
    "make",
    [
        lambda m: N(m, 1), lambda m: Laplace(m, 1), lambda m: Cauchy(m, 1),
        lambda m: StudentT(3, m, 1), lambda m: Uniform(m - 4, m + 4),
        lambda m: Mixture((N(m, 1), N(m + 2, 0.5)), (0.5, 0.5)),
        lambda m: Triangular(m - 4, m, m + 4),
    ],
)  # fmt: skip
def test_the_origin_is_subtracted_first(make):
    """Near |loc|/scale = 1e11, where an absolute coordinate alone would cost 5e-7."""
    here, there = make(0.0), make(1e11)
    x = np.array([-1.3, -0.1, 1e-9, 0.7, 2.9])
    assert np.allclose(there.logpdf(x, origin=1e11), here.logpdf(x), rtol=1e-15, atol=1e-15)
    assert np.allclose(there.pdf(x, origin=1e11), here.pdf(x), rtol=1e-14)
    rough = there.logpdf(1e11 + x)
    assert np.allclose(rough, here.logpdf(x), atol=1e-4)


@settings(max_examples=150)
@given(strategies.near_equal_pairs(), st.integers(-400, 400))
def test_the_rounding_of_log_ratio_is_covered(pair, k):
    p, q = pair
    origin, scale = p.landmarks[0]
    x = np.array([k / 100 * (scale or 1.0)])
    with np.errstate(all="ignore"):
        direct = p.log_ratio(q, x, np.full(1, origin))
        sign = 1
        if direct is None:
            direct, sign = q.log_ratio(p, x, np.full(1, origin)), -1
    if direct is None or not np.isfinite(direct[0][0]):
        return
    with mp.workdps(40):
        at = mp.mpf(float(origin)) + mp.mpf(float(x[0]))
        log_p, log_q = exact.logpdf(p, at), exact.logpdf(q, at)
        if mp.isinf(log_p) or mp.isinf(log_q):
            return
        truth = sign * (log_p - log_q)
        assert covered(direct[0][0], direct[1][0], truth), (
            describe(pair), origin, x, direct, float(truth),
        )  # fmt: skip


@pytest.mark.parametrize("step", [1e-2, 1e-6, 1e-9])
def test_the_log_ratio_in_the_plane(step):
    p = SLANTED
    q = MultivariateNormal((1 + step, -1), ((1.5 + step, -0.3), (-0.3, 0.8)))
    x = np.array([[0.0, 0.0], [1.5, -2.0], [3.0, 1.0]])
    origin = np.broadcast_to(p.mean, x.shape)
    found, bound = p.log_ratio(q, x, origin)
    with mp.workdps(40):
        for i, (u, v) in enumerate(x):
            at = mp.mpf(1) + mp.mpf(float(u)), mp.mpf(-1) + mp.mpf(float(v))
            truth = exact.plane_normal(p, *at) - exact.plane_normal(q, *at)
            assert covered(found[i], bound[i], truth)
            assert bound[i] <= 1e-9 * abs(float(truth)) + 1e-12 * step
            log_bound = p.logpdf_error(x, origin)[i]
            assert covered(p.logpdf(x, origin=origin)[i], log_bound, exact.plane_normal(p, *at))


# --- structure --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LINE)
def test_tail_mass(name):
    p = LINE[name]
    for box in ((-1.0, 2.0), (-100.0, 0.5), (-1e6, 1e6)):
        assert p.tail_mass(box) == pytest.approx(float(p.cdf(box[0]) + p.sf(box[1])), rel=1e-12)
    assert p.tail_mass((-inf, inf)) == 0


@pytest.mark.parametrize("name", LINE)
def test_panels_leave_next_to_nothing_outside(name):
    p = LINE[name]
    ends = [b.center + o for b in p.breaks() for o in b.offsets]
    assert p.tail_mass((min(ends), max(ends))) <= 1e-38
    for b in p.breaks():
        assert np.all(np.diff(b.offsets) > 0) or len(b.offsets) == 1


TAILED = {
    "Laplace": ("exponential", 30.0),
    "Exponential": ("exponential", 30.0),
    "Cauchy": ("power", 1e9),
    "StudentT": ("power", 1e9),
    "StudentT half": ("power", 1e9),
    "Normal": ("gaussian", 30.0),
}


@pytest.mark.parametrize("name", TAILED)
def test_tails_are_what_the_density_does(name):
    kind, far = TAILED[name]
    p = SINGLE[name]
    for tail, side in zip(p.tails, (-1, 1), strict=True):
        if tail.kind == "none":
            assert math.isfinite(p.support[0 if side < 0 else 1])
            continue
        assert tail.kind == kind
        law = {
            "exponential": tail.constant - tail.rate * far,
            "power": tail.constant - (1 + tail.rate) * math.log(far),
            "gaussian": tail.constant - (side * far - tail.loc) ** 2 * tail.rate**2 / 2,
        }[kind]
        assert float(p.logpdf(side * far)) == pytest.approx(law, abs=1e-6)


def test_the_tail_of_a_mixture_is_its_heaviest():
    left, right = MIXED.tails
    assert (left.kind, right.kind) == ("power", "power")
    assert right.constant == pytest.approx(math.log(0.25 / math.pi))
    two = Mixture((Laplace(0, 1), Laplace(3, 1), N(0, 9)), (0.25, 0.25, 0.5)).tails[1]
    assert two.kind == "exponential"
    assert two.constant == pytest.approx(math.log(0.125 * (1 + math.exp(3))))
    bells = Mixture((N(0, 1), N(5, 2)), (0.5, 0.5)).tails
    assert bells[0].rate == bells[1].rate == 0.5
    nothing = Mixture((N(0, 1), Cauchy(0, 1)), (1, 0)).tails[0]
    assert nothing.kind == "gaussian"


@pytest.mark.parametrize("name", LINE)
def test_edges_and_powers(name):
    p = LINE[name]
    for edge in p.edges:
        for side in (-1, 1):
            k = p.power_at(edge.at, side)
            steps = 1e-5 * np.array([1.0, 0.5])
            near = p.pdf(edge.at + side * steps)
            if k == inf:
                assert np.all(near == 0)
            elif k == 0:
                assert near[0] == pytest.approx(near[1], rel=1e-3)
                assert near[1] > 0
            else:
                assert near[0] / near[1] == pytest.approx(2.0**k, rel=1e-3)


def test_where_powers_are():
    t = Triangular(0, 1, 1)
    assert (t.power_at(0, 1), t.power_at(0, -1)) == (1.0, inf)
    assert (t.power_at(1, -1), t.power_at(1, 1)) == (0.0, inf)
    filled = Mixture((t, N(0, 1)), (0.5, 0.5))
    assert filled.power_at(0, 1) == filled.power_at(0, -1) == 0
    assert N(0, 1).power_at(3.0, 1) == 0
    assert Uniform(0, 1).power_at(2.0, 1) == inf


def test_a_support_with_a_gap():
    p = Mixture((Uniform(0, 1), Uniform(3, 4), Uniform(0.5, 2)), (0.5, 0.25, 0.25))
    assert p.pieces == ((0, 2), (3, 4))
    assert p.support == (0, 4)
    assert p.logpdf(2.5) == -inf
    assert p.power_at(3, -1) == inf


# --- mixtures ---------------------------------------------------------------------------------------


def test_nested_mixtures_are_spread_out():
    inner = Mixture((N(0, 1), N(1, 1)), (Fraction(1, 4), Fraction(3, 4)))
    outer = Mixture((inner, N(5, 1)), (Fraction(1, 3), Fraction(2, 3)))
    assert outer.exact_weights == (Fraction(1, 12), Fraction(1, 4), Fraction(2, 3))
    assert [c.loc for c in outer.components] == [0, 1, 5]
    assert np.allclose(outer.pdf(0.3), inner.pdf(0.3) / 3 + 2 * N(5, 1).pdf(0.3) / 3)


def test_a_weight_of_zero_does_nothing():
    p = Mixture((N(0, 1), Uniform(5, 6)), (1, 0))
    assert p.support == (-inf, inf)
    assert np.allclose(p.logpdf(5.5), N(0, 1).logpdf(5.5))
    assert len(p.sample(50, np.random.default_rng(0))) == 50


@pytest.mark.parametrize(
    ("components", "weights", "message"),
    [
        ((), (), "at least one component"),
        (N(0, 1), (1.0,), "sequence"),
        ((N(0, 1), N(1, 1)), (0.5, 0.6), "sum to 1.1"),
        ((N(0, 1), N(1, 1)), (1.5, -0.5), "never negative"),
        ((N(0, 1), N(1, 1)), (1.0,), "2 components but 1 weights"),
        ((N(0, 1), N(1, 1)), (0.5, nan), "finite"),
        ((N(0, 1), N(1, 1)), (0.5, "x"), "finite real number"),
        ((N(0, 1), N(1, 1)), 0.5, "one weight for each"),
        ((N(0, 1), N(1, 1)), [[0.5, 0.25, 0.25]], r"shape \(2,\) or batch"),
        ((N(0, 1), N(1, 1)), [[0.5, 0.5], [0.5, 0.6]], r"member \(1,\) sum to 1.1"),
        ((N(0, 1), N(1, 1)), [[0.5, 0.5], [1.5, -0.5]], "never negative"),
        ((N(0, 1), N(1, 1)), [[0.5, nan]], "finite"),
        ((N(np.zeros(2), 1), N(np.ones(3), 1)), (0.5, 0.5), "do not agree"),
        ((N(np.zeros(2), 1), N(1, 1)), np.full((3, 2), 0.5), "do not agree"),
        ((Mixture((N(np.zeros(2), 1),), (1.0,)), N(1, 1)), (0.5, 0.5), "one family each"),
        ((N(0, 1), stats.norm().pdf), (0.5, 0.5), "is not a density"),
        ((N(0, 1), SLANTED), (0.5, 0.5), "dimension"),
    ],
)
def test_bad_mixtures(components, weights, message):
    with pytest.raises(InvalidDensity, match=message):
        Mixture(components, weights)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bad", [nan, inf, -inf, True, np.bool_(True), 1j, "x", "", None, [1j], [True], object(), "1/0"]
)
def test_what_is_no_parameter(bad):
    for make in (
        lambda: N(bad, 1),
        lambda: N(0, bad),
        lambda: Laplace(bad, 1),
        lambda: Cauchy(0, bad),
        lambda: StudentT(bad, 0, 1),
        lambda: Uniform(0, bad),
        lambda: Exponential(bad),
        lambda: Triangular(0, bad, 1),
    ):
        with pytest.raises(InvalidDensity, match="finite"):
            make()


@pytest.mark.parametrize("bad", [0, -1, 0.0, -1e-300, "0", np.array([1.0, 0.0])])
def test_scales_are_positive(bad):
    for make in (N, Laplace, Cauchy):
        with pytest.raises(InvalidDensity, match="scale must be positive"):
            make(0, bad)
    with pytest.raises(InvalidDensity, match="rate must be positive"):
        Exponential(bad)
    with pytest.raises(InvalidDensity, match="df must be positive"):
        StudentT(bad, 0, 1)


def test_intervals_are_in_order():
    with pytest.raises(InvalidDensity, match=r"did you mean Uniform\(0.0, 1.0\)\?"):
        Uniform(1, 0)
    with pytest.raises(InvalidDensity, match="high must exceed low"):
        Uniform(1, 1)
    with pytest.raises(InvalidDensity, match="high must exceed low"):
        Triangular(1, 1, 1)
    with pytest.raises(InvalidDensity, match="mode must lie between"):
        Triangular(0, 2, 1)


def test_the_error_is_a_value_error_too():
    with pytest.raises(ValueError, match="scale"):
        N(0, -1)
    assert issubclass(InvalidDensity, GantheoryError)


def test_parameters_are_exact_where_they_can_be():
    assert N("0.1", 1).exact == {"loc": Fraction(1, 10), "scale": Fraction(1)}
    assert N(0.1, Fraction(1, 3)).exact == {"loc": Fraction(0.1), "scale": Fraction(1, 3)}
    assert N(np.float64(0.5), np.int64(2)).exact == {"loc": Fraction(1, 2), "scale": Fraction(2)}
    assert N("0.1", 1).loc == 0.1


@pytest.mark.parametrize(
    ("mean", "cov", "message"),
    [
        ((0, 0), ((1, 0.5), (0.4, 1)), "symmetric"),
        ((0, 0), ((1, 1), (1, 1)), "positive definite"),
        ((0, 0), ((1, 2), (2, 1)), "positive definite"),
        ((0, 0), ((-1, 0), (0, -1)), "positive definite"),
        ((0, 0), ((1, 0, 0), (0, 1, 0)), "shape"),
        ((0, 0), 1.0, "shape"),
        ((0, 0, 0), ((1, 0), (0, 1)), "shape"),
        ((0, nan), ((1, 0), (0, 1)), "finite"),
        ((0, 0), ((inf, 0), (0, 1)), "finite"),
        ((0, 0), ((1, 0), (0, True)), "finite"),
    ],
)
def test_bad_normals_of_the_plane(mean, cov, message):
    with pytest.raises(InvalidDensity, match=message):
        MultivariateNormal(mean, cov)


# --- batches ----------------------------------------------------------------------------------------


def test_batches():
    p = N(np.zeros((2, 3)), 2.0)
    assert p.batch_shape == (2, 3)
    assert len(list(p.members())) == 6
    assert p.logpdf(np.zeros((4, 1, 1))).shape == (4, 2, 3)
    assert p.sample(5, np.random.default_rng(0)).shape == (5, 2, 3)
    q = N(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    assert [(m.loc, m.scale) for m in q.members()] == [(0, 1), (1, 2)]
    assert np.allclose(q.logpdf(0.5), [m.logpdf(0.5) for m in q.members()])
    assert N(0, 1).batch_shape == ()
    assert next(N(3, 1).members()).loc == 3
    assert N(np.zeros((2, 1)), np.ones((1, 3))).batch_shape == (2, 3)


def test_a_batch_of_mixtures():
    locs, scales = np.array([[-1.0, 0.0, 1.0]]), np.array([[1.0], [2.0]])
    weights = np.array([0.25, 0.75])
    p = Mixture((N(locs, scales), Laplace(0, 1)), weights)
    assert p.batch_shape == (2, 3)
    assert [repr(m) for m in p.members()] == [
        repr(Mixture((N(loc, scale), Laplace(0, 1)), weights))
        for scale in (1.0, 2.0)
        for loc in (-1.0, 0.0, 1.0)
    ]
    x = np.linspace(-3, 3, 7)
    for name in ("logpdf", "pdf", "cdf", "sf"):
        values = getattr(p, name)(x[:, None, None])
        assert values.shape == (7, 2, 3)
        for k, member in enumerate(p.members()):
            assert np.allclose(values.reshape(7, 6)[:, k], getattr(member, name)(x), rtol=1e-14)
    errors = p.logpdf_error(x[:, None, None], np.zeros(1))
    assert errors.shape == (7, 2, 3)
    assert np.all(errors > 0)
    for ask in ("support", "landmarks", "tails"):
        with pytest.raises(TypeError, match="members"):
            getattr(p, ask)
    with pytest.raises(TypeError, match="members"):
        p.breaks()


def test_weights_of_each_member():
    weights = np.array([[1.0, 0.0], [0.25, 0.75]])
    p = Mixture((N(0, 1), N(5, 1)), weights)
    assert p.batch_shape == (2,)
    assert np.allclose(
        p.pdf(0.0), [N(0, 1).pdf(0.0), 0.25 * N(0, 1).pdf(0) + 0.75 * N(5, 1).pdf(0)]
    )
    drawn = p.sample(4000, np.random.default_rng(1))
    assert drawn.shape == (4000, 2)
    assert np.all(drawn[:, 0] < 5.0)
    assert abs(np.mean(drawn[:, 1] > 2.5) - 0.75) < 0.05


def test_samples_of_a_batch_are_independent():
    p = Mixture((N(np.zeros((2, 1)), 1.0), N(np.zeros((1, 3)), 1.0)), (0.5, 0.5))
    drawn = p.sample(500, np.random.default_rng(0)).reshape(500, 6)
    assert np.all(np.abs(np.corrcoef(drawn.T) - np.eye(6)) < 0.2)


def test_batches_that_do_not_agree():
    with pytest.raises(InvalidDensity, match="do not agree"):
        N(np.zeros(2), np.ones(3))
    with pytest.raises(InvalidDensity, match="length-1 axes"):
        N(np.zeros(2), np.ones((2, 2)))


# --- the plane --------------------------------------------------------------------------------------


def test_a_normal_of_the_plane_against_scipy():
    frozen = stats.multivariate_normal([1, -1], [[1.5, -0.3], [-0.3, 0.8]])
    x = np.random.default_rng(0).normal(size=(7, 5, 2)) * 4
    assert np.allclose(SLANTED.logpdf(x), frozen.logpdf(x), rtol=1e-12, atol=1e-12)
    assert SLANTED.logpdf(x).shape == (7, 5)
    drawn = SLANTED.sample(20_000, np.random.default_rng(1))
    assert np.allclose(np.cov(drawn.T), SLANTED.cov, atol=0.05)
    assert np.allclose(drawn.mean(axis=0), SLANTED.mean, atol=0.03)
    with pytest.raises(ValueError, match="shape"):
        SLANTED.logpdf(np.zeros(3))


def test_a_product():
    p = Product(N(0, 1), Exponential(2))
    x = np.array([[0.5, 0.25], [0.5, -1.0]])
    assert np.allclose(p.pdf(x), [N(0, 1).pdf(0.5) * 2 * math.exp(-0.5), 0])
    assert p.support == ((-inf, inf), (0, inf))
    assert p.sample(10, np.random.default_rng(0)).shape == (10, 2)
    truth = 2 * stats.norm.sf(3) + math.exp(-4)
    assert p.tail_mass(((-3, 3), (-1, 2))) == pytest.approx(truth)
    for bad in (SLANTED, N(np.zeros(2), 1), 3):
        with pytest.raises(InvalidDensity, match="single declared density of the line"):
            Product(N(0, 1), bad)


def test_rings_and_grids():
    p = ring(4, 3, 0.5)
    assert np.allclose([c.mean for c in p.components], [[3, 0], [0, 3], [-3, 0], [0, -3]])
    assert np.allclose(p.components[0].cov, 0.25 * np.eye(2))
    assert len(ring().components) == 8
    q = grid(3, 2, 0.1)
    assert len(q.components) == 9
    assert {tuple(c.mean) for c in q.components} == {(x, y) for x in (-2, 0, 2) for y in (-2, 0, 2)}
    assert sum(q.exact_weights) == 1
    for bad in (0, -1, 1.5, True, "8"):
        with pytest.raises(InvalidDensity, match="positive integer"):
            ring(bad)
        with pytest.raises(InvalidDensity, match="positive integer"):
            grid(bad)
    with pytest.raises(InvalidDensity, match="radius must be positive"):
        ring(8, -1)


# --- discrete ---------------------------------------------------------------------------------------


def test_a_discrete_law():
    p = Discrete((0.5, 0.25, 0.25), (1, 3, 10))
    assert np.allclose(p.pdf([1, 3, 10, 2]), [0.5, 0.25, 0.25, 0])
    assert np.allclose(p.cdf([0, 1, 5, 10]), [0, 0.5, 0.75, 1])
    assert p.support == (1, 10)
    assert set(p.sample(200, np.random.default_rng(0))) == {1, 3, 10}
    assert p.exact_weights == (Fraction(1, 2), Fraction(1, 4), Fraction(1, 4))
    plane = Discrete((0.5, 0.5), ((0, 0), (1, 2)))
    assert plane.dim == 2
    assert plane.sample(3, np.random.default_rng(0)).shape == (3, 2)
    assert np.allclose(plane.pdf([[1, 2], [1, 1]]), [0.5, 0])
    assert np.array_equal(Discrete((0.5, 0.5)).points, [0, 1])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((0.5, 0.6),), "sum to"),
        (((1.5, -0.5),), "negative"),
        (((),), "at least one weight"),
        ((1.0,), "at least one weight"),
        (((0.5, 0.5), (1, 1)), "twice"),
        (((0.5, 0.5), (1, 2, 3)), "2 finite points"),
        (((0.5, 0.5), (1, nan)), "finite points"),
        (((0.5, 0.5), "ab"), "finite points"),
        (((0.5, nan),), "finite"),
    ],
)
def test_bad_discrete_laws(arguments, message):
    with pytest.raises(InvalidDensity, match=message):
        Discrete(*arguments)
