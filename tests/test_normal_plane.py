import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from scipy.integrate import quad

from gantheory import js_divergence, squared_hellinger
from gantheory.densities import Laplace, Mixture, MultivariateNormal, Normal, Product, grid, ring
from gantheory.divergences import functional, kernels, normal_lattice, normal_plane
from gantheory.divergences.named import HELLINGER, JENSEN_SHANNON, TOTAL_VARIATION
from gantheory.divergences.normal_plane import fast_normals
from gantheory.errors import NotConverged

BOTH = [(JENSEN_SHANNON, js_divergence), (HELLINGER, squared_hellinger)]
TRAPEZOID = {"trapezoid sums"}


def integrators(estimate):
    return {integrator for integrator, _ in estimate.route}


def carefully(divergence, p, q):
    """The same divergence by Gauss-Kronrod cells."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(functional, "fast_normals", lambda *_: None)
        try:
            found = divergence(p, q)
        except NotConverged as refusal:
            return refusal.best
    assert integrators(found).isdisjoint(TRAPEZOID)
    return found


def agree(fast, truth):
    """Both error bars hold, and the fast one is as small as it promises."""
    assert integrators(fast) == TRAPEZOID
    assert abs(fast.value - truth.value) <= fast.error + truth.error, (fast, truth)
    assert fast.error <= normal_plane.RTOL * fast.value
    assert fast.evaluations > 0


def mapped(matrix, weights, means, variances, height):
    """The law of matrix @ (u, v): u a mixture of normals of the line, v normal, independent.

    Exact where the numbers are dyadic: no divergence changes under an invertible map.
    """
    a = np.array(matrix, dtype=float)
    parts = [
        MultivariateNormal(a @ [mean, 0.25], a @ np.diag([variance, height]) @ a.T)
        for mean, variance in zip(means, variances, strict=True)
    ]
    return Mixture(parts, weights)


STRAIGHT, TURNED, SHEARED = ((1, 0), (0, 1)), ((1, 1), (1, -1)), ((1, 0.5), (0.25, 2))
LINES = [
    # weights, means, standard deviations
    ([0.5, 0.5], [0, 4], [1, 1]),
    ([0.25, 0.75], [1, 3], [0.5, 2]),
    ([0.5, 0.25, 0.25], [-2, 0.5, 0.75], [0.125, 1, 0.25]),
    ([1.0], [0], [0.0625]),
    ([0.75, 0.25], [0, 16], [1, 0.25]),
]


@pytest.mark.parametrize("matrix", [STRAIGHT, TURNED, SHEARED])
@pytest.mark.parametrize(("kernel", "divergence"), BOTH)
def test_truth_by_construction(matrix, kernel, divergence):
    for i, (w, m, s) in enumerate(LINES):
        for v, n, t in LINES[i + 1 :]:
            p = mapped(matrix, w, m, np.square(s), 0.5)
            q = mapped(matrix, v, n, np.square(t), 0.5)
            fast = fast_normals(kernel, p, q)
            line = [
                Mixture([Normal(a, b) for a, b in zip(*side, strict=True)], weights)
                for weights, *side in ((w, m, s), (v, n, t))
            ]
            agree(fast, divergence(*line))


def bhattacharyya(p, q):
    """∫ √(p q) of two normals."""
    middle = 0.5 * (p.cov + q.cov)
    step = p.mean - q.mean
    dets = np.linalg.det(p.cov) * np.linalg.det(q.cov)
    exponent = -0.125 * step @ np.linalg.solve(middle, step)
    return dets**0.25 / math.sqrt(np.linalg.det(middle)) * math.exp(exponent)


def test_hellinger_of_normals():
    a = MultivariateNormal((0, 0), ((1, 0.5), (0.5, 2)))
    b = MultivariateNormal((1, -1), ((1.5, 0.25), (0.25, 0.75)))
    c = MultivariateNormal((0, 0.5), ((0.01, 0), (0, 4)))
    thin = MultivariateNormal((0.25, 0), ((1, 0.9999), (0.9999, 1)))
    for p, q in ((a, b), (a, c), (c, b), (thin, a), (c, thin)):
        found = squared_hellinger(p, q)
        assert integrators(found) == TRAPEZOID
        assert abs(found.value - (1 - bhattacharyya(p, q))) <= found.error + 1e-14


CIRCLE = ring(3, 2.0, 0.5)
PAIRS = [
    (CIRCLE, ring(3, 2.0, 0.75)),
    (ring(2, 2.0, 0.5), ring(2, 2.25, 0.5)),
    (CIRCLE, MultivariateNormal((0, 0), ((2, 0.5), (0.5, 2)))),
    (ring(2, 2.0, 0.01), ring(2, 2.0, 0.2)),
    (ring(2, 2.0, 0.001), ring(2, 2.0, 0.0015)),
    (grid(2, 1.0, 0.25), grid(2, 1.0, 0.375)),
    (Product(Normal(0, 2), Normal(1, 0.5)), MultivariateNormal((0, 0), ((1, 0.5), (0.5, 1)))),
]


@pytest.mark.parametrize("pair", range(len(PAIRS)))
def test_the_careful_way_agrees(pair):
    p, q = PAIRS[pair]
    _, divergence = BOTH[pair % 2]
    agree(divergence(p, q), carefully(divergence, p, q))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "q"),
    [
        (ring(8, 2.0, 0.1), ring(8, 2.0, 0.2)),
        (ring(8, 2.0, 0.01), ring(8, 2.0, 0.3)),
        (ring(8, 2.0, 0.001), ring(8, 2.0, 0.01)),
        (grid(3, 1.0, 0.05), grid(3, 1.0, 0.1)),
        (grid(3, 1.0, 0.05), grid(3, 1.0, 0.25)),
        (
            MultivariateNormal((0, 0), ((1, 0.9999), (0.9999, 1))),
            MultivariateNormal((0, 0), ((1, -0.9999), (-0.9999, 1))),
        ),
    ],
)
def test_the_careful_way_agrees_on_large_pairs(p, q):
    for _, divergence in BOTH:
        agree(divergence(p, q), carefully(divergence, p, q))


def random_mixture(rng, most, spread, correlation):
    """1 to `most` normals, standard deviations within 10^±spread, one size of the correlation."""
    n = int(rng.integers(1, most + 1))
    parts = []
    for _ in range(n):
        sides = 10 ** rng.uniform(-spread, 0, 2 if correlation else 1) * np.ones(2)
        tilt = correlation * rng.choice([-1, 1]) * sides[0] * sides[1]
        cov = ((sides[0] ** 2, tilt), (tilt, sides[1] ** 2))
        parts.append(MultivariateNormal(rng.uniform(-2, 2, 2), cov))
    weights = rng.integers(1, 9, n)
    return Mixture(parts, [Fraction(int(w), int(weights.sum())) for w in weights])


def against_careful(seeds, most, spreads, correlations):
    """Compare what the fast way dares to say with the careful way; return how often it dared."""
    dared = 0
    for seed in seeds:
        rng = np.random.default_rng(seed)
        kind = rng.choice(spreads), rng.choice(correlations)
        p, q = random_mixture(rng, most, *kind), random_mixture(rng, most, *kind)
        kernel, divergence = BOTH[seed % 2]
        fast = fast_normals(kernel, p, q)
        if fast is not None:
            dared += 1
            agree(fast, carefully(divergence, p, q))
    return dared


def test_random_mixtures():
    assert against_careful(range(4), 2, [0, 0.5], [0, 0.5, 0.9]) >= 3


@pytest.mark.slow
def test_many_random_mixtures():
    assert against_careful(range(100, 120), 4, [0, 1, 2, 3], [0, 0.5, 0.9, 0.99, 0.9999]) >= 12


@pytest.mark.slow
def test_large_random_mixtures():
    assert against_careful(range(200, 204), 12, [0, 0.5], [0, 0.5]) >= 3


# --- what it must not say -------------------------------------------------------------------------


@pytest.mark.parametrize("step", [1e-4, 1e-6, 1e-8])
def test_pairs_that_nearly_agree_are_left_to_the_careful_way(step):
    """JSD = (d/σ)²/8 to leading order, d the distance by which one of two bells moves."""
    near, far = ((0.0, 0.0), (20.0, 0.0))
    unit = ((1.0, 0.0), (0.0, 1.0))

    def bells(place, spread):
        return Mixture(
            [MultivariateNormal(near, unit), MultivariateNormal(place, ((1, 0), (0, spread)))],
            [0.5, 0.5],
        )

    p, q = bells(far, 2.0), bells((20.0 + step, 0.0), 2.0)
    assert fast_normals(JENSEN_SHANNON, p, q) is None
    found = js_divergence(p, q)
    moved = (20.0 + step) - 20.0
    assert abs(found.value / (moved**2 / 16) - 1) <= step
    assert found.error <= 1e-10 * found.value


def test_small_divergences_are_exact_or_left_alone():
    answered = 0
    for step in (0.1, 0.01, 0.003, 0.0003):
        p, q = ring(2, 2.0, 0.5), ring(2, 2.0, 0.5 * (1 + step))
        for kernel, divergence in BOTH:
            fast = fast_normals(kernel, p, q)
            if fast is not None:
                answered += 1
                agree(fast, carefully(divergence, p, q))
    assert 3 <= answered <= 6


def test_equal_densities():
    assert fast_normals(JENSEN_SHANNON, CIRCLE, ring(3, 2.0, 0.5)) is None
    found = js_divergence(CIRCLE, ring(3, 2.0, 0.5))
    assert abs(found.value) <= found.error <= 1e-15


def test_disjoint_densities():
    p, q = CIRCLE, Mixture([MultivariateNormal((1e6, 0), ((1, 0), (0, 1)))], [1])
    for (_, divergence), truth in zip(BOTH, (math.log(2), 1.0), strict=True):
        found = divergence(p, q)
        assert abs(found.value - truth) <= found.error <= 1e-11


def test_what_it_is_not_made_for():
    square = Product(Laplace(), Normal())
    assert fast_normals(JENSEN_SHANNON, CIRCLE, Mixture([square], [1])) is None
    assert fast_normals(TOTAL_VARIATION, CIRCLE, ring(3, 2.0, 0.75)) is None
    third = Product(Normal(0, Fraction(1, 3)), Normal())
    assert fast_normals(JENSEN_SHANNON, third, CIRCLE) is None


@pytest.mark.parametrize("scale", [1e-120, 1e-60, 1e60])
def test_extreme_scales(scale):
    """No divergence changes with the unit of length; where floats end, nothing is said."""
    p, q = (
        MultivariateNormal((0, m * scale), ((s * scale**2, 0), (0, s * scale**2)))
        for m, s in ((0, 1), (1, 2))
    )
    unit = fast_normals(
        JENSEN_SHANNON, *(MultivariateNormal((0, m), ((s, 0), (0, s))) for m, s in ((0, 1), (1, 2)))
    )
    found = fast_normals(JENSEN_SHANNON, p, q)
    assert found is None if abs(math.log10(scale)) > 100 else found is not None
    if found is not None:
        agree(found, unit)


def test_bells_too_far_apart_for_exact_nodes():
    far = Mixture(
        [MultivariateNormal((m, 0), ((1e-12, 0), (0, 1e-12))) for m in (0, 1e12)], [0.5, 0.5]
    )
    assert fast_normals(JENSEN_SHANNON, far, MultivariateNormal((0, 0), ((1, 0), (0, 1)))) is None


# --- the guards -----------------------------------------------------------------------------------


def test_a_component_that_is_lost_on_the_nodes_is_noticed(monkeypatch):
    p, q = CIRCLE, ring(3, 2.0, 0.75)
    truth = js_divergence(p, q)
    real = normal_plane.lattice_of

    def without_one(*args):
        found = real(*args)
        keep = found.near.copy()
        keep[:, 3] = False
        return replace(found, near=keep)

    monkeypatch.setattr(normal_plane, "lattice_of", without_one)
    assert fast_normals(JENSEN_SHANNON, p, q) is None
    monkeypatch.setattr(normal_plane.Budget, "sees", lambda *_: True)
    wrong = fast_normals(JENSEN_SHANNON, p, q)
    assert abs(wrong.value - truth.value) > 1e9 * wrong.error


def test_a_tile_that_is_lost_is_noticed(monkeypatch):
    p, q = CIRCLE, ring(3, 2.0, 0.75)
    real = normal_plane.lattice_of

    def without_one(level, *args):
        found = real(level, *args)
        middle = (found.tiles + 0.5) * normal_lattice.TILE * found.step
        lost = int(np.argmin(np.linalg.norm(middle - p.components[2].mean, axis=1)))
        return replace(
            found, tiles=np.delete(found.tiles, lost, 0), near=np.delete(found.near, lost, 0)
        )

    monkeypatch.setattr(normal_plane, "lattice_of", without_one)
    assert fast_normals(JENSEN_SHANNON, p, q) is None
    assert integrators(js_divergence(p, q)).isdisjoint(TRAPEZOID)


def test_a_peak_that_is_slightly_off_is_noticed(monkeypatch):
    p, q = CIRCLE, ring(3, 2.0, 0.75)
    real = normal_plane.Field

    def heavier(bells, level, lattice):
        made = real(bells, level, lattice)
        made.peak = made.peak * (1 + 1e-10 * (np.arange(len(made.peak)) == 3))
        return made

    monkeypatch.setattr(normal_plane, "Field", heavier)
    assert fast_normals(JENSEN_SHANNON, p, q) is None


@pytest.mark.parametrize("first", [1.5, 2.0, 2.5, 3.0])
def test_too_coarse_a_lattice_is_refined(monkeypatch, first):
    """The change between two lattices is at least the error, however coarse they are."""
    p, q = ring(3, 2.0, 0.25), ring(3, 2.0, 1.0)
    f = normal_plane.INTEGRANDS[kernels.jensen_shannon]
    bells = normal_lattice.components_of(p, q)
    levels = normal_lattice.levels_of(bells)
    assert len(levels) == 2
    truth = js_divergence(p, q)
    found = [
        normal_plane.sums(f, bells, level, normal_lattice.lattice_of(level, first, 9.0), False)
        for level in levels
    ]
    change = sum(one.change for one in found)
    assert abs(sum(one.value for one in found) - truth.value) <= change + 1e-13
    monkeypatch.setattr(normal_plane, "FIRST", first)
    refined = fast_normals(JENSEN_SHANNON, p, q)
    assert refined.error <= 1e-11 * truth.value
    assert abs(refined.value - truth.value) <= refined.error + truth.error
    assert refined.evaluations > sum(one.evaluations for one in found)


def test_every_evaluation_is_counted(monkeypatch):
    p, q = CIRCLE, ring(3, 2.0, 0.75)
    count, lattices = 0, 0

    class Counting(normal_lattice.Field):
        def __init__(self, *args):
            nonlocal lattices
            lattices += 1
            super().__init__(*args)

        def densities(self, *args):
            nonlocal count
            found = super().densities(*args)
            count += next(d.size for d in found if d is not None)
            return found

    monkeypatch.setattr(normal_plane, "FIRST", 1.5)  # so that lattices are given up
    monkeypatch.setattr(normal_plane, "Field", Counting)
    found = js_divergence(p, q)
    assert found.evaluations == count > 0
    assert lattices >= 2


def test_parameters_that_are_no_floats_are_paid_for():
    """Covariances 1/3 and 2/3 are as far from one another as 1 and 2."""
    third, one = (
        [MultivariateNormal((0, m), ((s, 0), (0, s))) for m, s in ((0, 1 * unit), (0, 2 * unit))]
        for unit in (Fraction(1, 3), 1)
    )
    # rounding both in proportion changes nothing, so one of them is taken from elsewhere
    mixed = [Mixture([third[0], third[0]], [Fraction(1, 3), Fraction(2, 3)]), third[1]]
    exact = fast_normals(JENSEN_SHANNON, *one)
    for pair in (third, mixed):
        agree(fast_normals(JENSEN_SHANNON, *pair), exact)
    assert np.all(normal_lattice.components_of(*mixed).rounded[:, 2] > 0)
    assert np.all(normal_lattice.components_of(*one).rounded == 0)
    coarse = [replace(part) for part in third]
    object.__setattr__(coarse[0], "cov", np.diag([0.3333333, 0.3333333]))
    object.__setattr__(coarse[0], "factor", np.sqrt(coarse[0].cov))
    assert fast_normals(JENSEN_SHANNON, *coarse) is None  # off by 1e-7, and it knows


# --- the bounds -----------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", [kernels.jensen_shannon, kernels.hellinger])
def test_bounds_on_changes(kernel):
    f = normal_plane.INTEGRANDS[kernel]
    rng = np.random.default_rng(5)
    p, q, d = 10 ** rng.uniform(-30, 1, (3, 20_000))
    change = np.abs(f.values(p + d, q, True) - f.values(p, q, True))
    bound = {
        kernels.jensen_shannon: 0.5 * d * (1 + np.log1p(q / d)),
        kernels.hellinger: 0.5 * d + np.sqrt(q * d),
    }[kernel]
    assert np.all(change <= bound + 1e-14 * (p + q + d))
    # and the Cauchy-Schwarz inequality's: p (∂f/∂p)² + q (∂f/∂q)² <= f
    slopes = {
        kernels.jensen_shannon: 0.5 * np.log(2 * np.stack([p, q]) / (p + q)),
        kernels.hellinger: 0.5 * (1 - np.sqrt(np.stack([q / p, p / q]))),
    }[kernel]
    assert np.all(p * slopes[0] ** 2 + q * slopes[1] ** 2 <= f.values(p, q, True) * (1 + 1e-12))


@pytest.mark.parametrize("level", [0.1, 3.0, 20.0])
def test_tails_are_the_integrals_they_claim_to_be(level):
    changes = {
        kernels.jensen_shannon: lambda s: 0.5 * (1 + level + 0.5 * s * s),
        kernels.hellinger: lambda s: 0.5 + math.exp(0.5 * level + 0.25 * s * s),
    }
    for kernel, change in changes.items():
        tail = normal_plane.INTEGRANDS[kernel].tail
        for r in (0.0, 2.0, 5.0):
            truth, _ = quad(lambda s, c=change: c(s) * math.exp(-0.5 * s * s) * s, r, 30)
            assert float(tail(np.array([level]), r)[0]) == pytest.approx(truth, rel=1e-7)


def test_integrands_near_and_far():
    """Both forms are right where they are used, and at 0."""
    for kernel, _ in BOTH:
        f = normal_plane.INTEGRANDS[kernel.values]
        p, q = np.array([0.0, 1.0, 0.0, 2.0]), np.array([0.0, 0.0, 2.0, 2.0])
        half = 0.5 * math.log(2) if kernel is JENSEN_SHANNON else 0.5
        for near in (False, True):
            assert f.values(p, q, near) == pytest.approx([0, half, 2 * half, 0], abs=1e-15)
        a = np.array([1e-9, 1e-5, 1e-2, 0.18])
        size = a**2 / 8
        close = f.values(np.ones(4), np.exp(a), True)
        assert close == pytest.approx(size * np.exp(0.5 * a), rel=1e-2)
        plain = f.values(np.ones(4), np.exp(a), False)
        assert np.all(np.abs(plain - close) <= 1e-15)
