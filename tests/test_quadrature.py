import math

import exact
import mpmath as mp
import numpy as np
import pytest
from scipy import special

from gantheory.errors import NotConverged
from gantheory.quadrature import (
    RULES,
    Cells,
    adapt,
    graded,
    grid,
    integrate,
    panels,
)

inf, pi = math.inf, math.pi


# --- the rules ------------------------------------------------------------------------------------

DEGREES = {1: (31, 19), 2: (23, 13)}  # Kronrod, Gauss: exact up to here


@pytest.mark.parametrize("dim", RULES)
def test_the_degree_of_both_rules(dim):
    nodes, kronrod, gauss = RULES[dim]
    for weights, degree in zip((kronrod, gauss), DEGREES[dim], strict=True):
        for k in range(degree + 1):
            truth = 0.0 if k % 2 else 2 / (k + 1)
            off = abs(exact.moment(weights, nodes, k) - truth)
            assert off <= exact.moment_rounding(weights, nodes, k), (k, degree)
        even = degree + 1
        assert abs(exact.moment(weights, nodes, even) - 2 / (even + 1)) > 1e-13


@pytest.mark.parametrize(("dim", "order"), [(1, 10), (2, 7)])
def test_the_gauss_nodes_are_legendre_s(dim, order):
    nodes, _, gauss = RULES[dim]
    with mp.workdps(30):
        for x, w in zip(nodes[gauss > 0], gauss[gauss > 0], strict=True):
            root = mp.findroot(lambda t: mp.legendre(order, t), mp.mpf(float(x)))
            slope = mp.diff(lambda t: mp.legendre(order, t), root)
            assert abs(root - mp.mpf(float(x))) <= np.spacing(abs(x))
            assert abs(2 / ((1 - root**2) * slope**2) - mp.mpf(float(w))) <= np.spacing(w)
    reference, weights = special.roots_legendre(order)
    assert np.allclose(nodes[gauss > 0], reference, rtol=0, atol=1e-13)
    assert np.allclose(gauss[gauss > 0], weights, rtol=0, atol=1e-13)


@pytest.mark.parametrize("dim", RULES)
def test_the_nodes_are_symmetric_and_inside(dim):
    nodes, kronrod, gauss = RULES[dim]
    assert len(nodes) == {1: 21, 2: 15}[dim]
    assert np.array_equal(nodes, -nodes[::-1])
    assert np.array_equal(kronrod, kronrod[::-1])
    assert np.array_equal(gauss, gauss[::-1])
    assert np.all(np.diff(nodes) > 0)
    assert nodes[-1] < 1
    assert np.all(kronrod > 0)


# --- cells ----------------------------------------------------------------------------------------


def test_splitting_covers_the_same_ground():
    cells = Cells.plain([[1.0], [10.0]], [[-1.0], [0.0]], [[1.0], [2.0]])
    parts = cells.split(np.zeros(2, dtype=np.intp), 0.43)
    assert len(parts) == 4
    widths = (parts.high - parts.low)[:, 0]
    assert np.isclose(widths.sum(), 4)
    assert np.allclose(sorted(widths), [0.86, 0.86, 1.14, 1.14])
    assert np.allclose(parts.high[:2], parts.low[2:])


def test_panels_end_at_all_landmarks_and_leave_no_gap():
    made = panels(
        [(0.0, np.array([-1.0, 1.0])), (5.0, np.array([-2.0, 0.5])), (5.0, np.array([7.0]))]
    )
    start, stop = (made.origin + made.low)[:, 0], (made.origin + made.high)[:, 0]
    order = np.argsort(start)
    assert np.allclose(start[order][1:], stop[order][:-1])
    assert start.min() == -1
    assert stop.max() == 12
    for end in (-1.0, 0.0, 1.0, 3.0, 5.0, 5.5, 12.0):
        assert np.any(np.isclose(start, end)) or np.any(np.isclose(stop, end)), end
    nearest = np.where((start + stop) / 2 < 2.5, 0.0, 5.0)
    assert np.array_equal(made.origin[:, 0], nearest)


def test_a_grid_has_every_pair_of_intervals():
    x = panels([(0.0, np.array([-1.0, 1.0]))])
    y = panels([(0.0, np.array([-2.0, 2.0, 3.0]))])
    made = grid([x, y])
    assert len(made) == len(x) * len(y)
    assert made.dim == 2
    area = np.prod(made.high - made.low, axis=1).sum()
    assert np.isclose(area, 2 * 5)


# --- closed forms ---------------------------------------------------------------------------------


def bell(m, s):
    return lambda x: np.exp(-0.5 * ((x - m) / s) ** 2) / (s * math.sqrt(2 * pi))


SQRT_2PI = math.sqrt(2 * pi)
LINE = {
    # name: f, domain, landmarks, truth
    "polynomial": (lambda x: x**5 - x**2, (-1, 2), (), 10.5 - 3),
    "exponential": (lambda x: np.exp(-x), (0, inf), (), 1.0),
    "bell": (bell(0, 1), (-inf, inf), (), 1.0),
    "left half": (bell(0, 1), (-inf, 0), (), 0.5),
    "moved bell": (bell(7, 2), (-inf, inf), [(7, 2)], 1.0),
    "narrow": (bell(0.3, 1e-6), (-inf, inf), [(0.3, 1e-6)], 1.0),
    "two far apart": (
        lambda x: bell(0, 1)(x) + bell(1e6, 1e-3)(x),
        (-inf, inf),
        [(0, 1), (1e6, 1e-3)],
        2.0,
    ),
    "cauchy": (lambda x: 1 / (1 + x * x), (-inf, inf), (), pi),
    "cauchy right": (lambda x: 1 / (1 + x * x), (3, inf), (), pi / 2 - math.atan(3)),
    "jump": (lambda x: np.where(x < 0.3, 1.0, 5.0), (0, 1), [0.3], 0.3 + 3.5),
    "jump not declared": (lambda x: np.where(x < 0.3, 1.0, 5.0), (0, 1), (), 0.3 + 3.5),
    "kink": (lambda x: np.abs(x - 1 / 3), (0, 1), [1 / 3], (1 / 9 + 4 / 9) / 2),
    "kink not declared": (lambda x: np.abs(x - 1 / 3), (0, 1), (), (1 / 9 + 4 / 9) / 2),
    "oscillation": (lambda x: np.cos(300 * x), (0, 1), (), math.sin(300) / 300),
    "sum of waves": (lambda x: 1 + np.cos(2000 * pi * x), (0, 0.33), (), None),
    "root": (np.sqrt, (0, 1), (), 2 / 3),
    "logarithm": (np.log, (0, 1), [0], -1.0),
    "inverse root": (lambda x: 1 / np.sqrt(x), (0, 1), [0], 2.0),
    "odd": (lambda x: x**3, (-1, 1), (), 0.0),
    "laplace": (lambda x: np.exp(-np.abs(x - 2)), (-inf, inf), [(2, 1)], 2.0),
    "far from zero": (bell(1e8, 1), (-inf, inf), [(1e8, 1)], 1.0),
}


ROUNDED = {"far from zero", "two far apart"}  # f sees absolute coordinates only


@pytest.mark.parametrize("name", LINE)
def test_integrals_of_the_line(name):
    f, domain, landmarks, truth = LINE[name]
    if truth is None:
        truth = 0.33 + math.sin(660 * pi) / (2000 * pi)
    found = integrate(f, domain, landmarks=landmarks, rtol=1e-9, atol=1e-12)
    assert abs(float(found) - truth) <= float(found.error) + 1e-15
    assert float(found.error) <= max(1e-12, 1e-9 * abs(truth)) * 2 or name in ROUNDED
    assert found.converged is True
    assert found.kind == "estimated"
    assert {integrator for integrator, _ in found.route} == {"Gauss-Kronrod panels"}


PLANE = {
    "polynomial": (lambda x: x[:, 0] ** 2 * x[:, 1], ((0, 1), (0, 2)), (), 2 / 3),
    "bell": (
        lambda x: np.exp(-0.5 * (x**2).sum(axis=1)) / (2 * pi),
        ((-inf, inf), (-inf, inf)),
        (),
        1.0,
    ),
    "narrow": (
        lambda x: bell(0.3, 1e-3)(x[:, 0]) * bell(-2, 1e-3)(x[:, 1]),
        ((-inf, inf), (-inf, inf)),
        [(0.3, -2, 1e-3)],
        1.0,
    ),
    "half plane": (
        lambda x: np.exp(-x[:, 0]) * bell(0, 1)(x[:, 1]),
        ((0, inf), (-inf, inf)),
        (),
        1.0,
    ),
    "ridge": (lambda x: np.exp(-((x[:, 0] + x[:, 1]) ** 2)), ((-1, 1), (-1, 1)), (), None),
}


@pytest.mark.parametrize("name", PLANE)
def test_integrals_of_the_plane(name):
    f, domain, landmarks, truth = PLANE[name]
    if truth is None:  # ∫ (2 - |s|) e^(-s²) ds over |s| < 2
        truth = 2 * math.sqrt(pi) * math.erf(2) + math.exp(-4) - 1
    found = integrate(f, domain, landmarks=landmarks, rtol=1e-8)
    assert abs(float(found) - truth) <= float(found.error) + 1e-15
    assert float(found.error) <= 2e-8 * truth
    assert {integrator for integrator, _ in found.route} == {"Gauss-Kronrod cells"}


# --- honesty --------------------------------------------------------------------------------------


def random_case(rng):
    """A random integrand with a known integral, and its landmarks."""
    kind = rng.choice(["spikes", "jumps", "kinks", "waves", "tails", "peaks"])
    a, b = np.sort(rng.uniform(-10, 10, size=2)) + np.array([0.0, 0.1])
    n = int(rng.integers(1, 5))
    at = rng.uniform(a, b, size=n)
    height = rng.uniform(0.1, 2, size=n)
    if kind == "spikes":
        s = 10 ** rng.uniform(-6, 0, size=n)
        truth = sum(
            h * (special.ndtr((b - m) / w) - special.ndtr((a - m) / w))
            for h, m, w in zip(height, at, s, strict=True)
        )
        f = lambda x: sum(h * bell(m, w)(x) for h, m, w in zip(height, at, s, strict=True))  # noqa: E731
        return f, (a, b), list(zip(at, s, strict=True)), truth
    if kind == "jumps":
        f = lambda x: sum(h * (x > m) for h, m in zip(height, at, strict=True))  # noqa: E731
        return f, (a, b), list(at), float(np.sum(height * (b - at)))
    if kind == "kinks":
        f = lambda x: sum(h * np.abs(x - m) for h, m in zip(height, at, strict=True))  # noqa: E731
        return f, (a, b), list(at), float(np.sum(height * ((b - at) ** 2 + (at - a) ** 2) / 2))
    if kind == "waves":
        k = rng.uniform(1, 200, size=n)
        truth = sum(
            h * (math.sin(w * b) - math.sin(w * a)) / w for h, w in zip(height, k, strict=True)
        )
        f = lambda x: sum(h * np.cos(w * x) for h, w in zip(height, k, strict=True))  # noqa: E731
        return f, (a, b), [], truth
    if kind == "tails":
        power = rng.uniform(0.6, 3)
        f = lambda x: (1 + x * x) ** -power  # noqa: E731
        truth = math.sqrt(pi) * math.gamma(power - 0.5) / math.gamma(power)
        return f, (-inf, inf), [], truth
    s = 10 ** rng.uniform(-3, 0, size=n)
    f = lambda x: sum(h / (1 + ((x - m) / w) ** 2) for h, m, w in zip(height, at, s, strict=True))  # noqa: E731
    truth = sum(
        h * w * (math.atan((b - m) / w) - math.atan((a - m) / w))
        for h, m, w in zip(height, at, s, strict=True)
    )
    return f, (a, b), list(zip(at, s, strict=True)), truth


@pytest.mark.parametrize("limit", [200, 1000, 4000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_the_true_error_is_never_above_the_reported_one(limit):
    rng = np.random.default_rng(limit)
    returned = 0
    for _ in range(150):
        f, domain, landmarks, truth = random_case(rng)
        rtol = 10.0 ** rng.integers(-12, -3)
        try:
            found = integrate(f, domain, landmarks=landmarks, rtol=rtol, limit=limit)
            returned += 1
        except NotConverged as fault:
            found = fault.best
            assert not found.converged
        off = abs(float(found) - truth)
        slack = 1e-14 * max(1.0, abs(truth))  # of the closed form itself
        assert off <= float(found.error) + slack, (domain, landmarks, rtol, off, found)
    assert returned >= {200: 0, 1000: 0, 4000: 40, 100_000: 130}[limit]


@pytest.mark.parametrize("rtol", [1e-2, 1e-3, 1e-4, 1e-6, 1e-8])
@pytest.mark.parametrize("power", [0.6, 0.65, 0.8, 1.1, 1.7, 2.5])
def test_power_tails_are_honest(power, rtol):
    truth = math.sqrt(pi) * math.gamma(power - 0.5) / math.gamma(power)
    try:
        found = integrate(lambda x: (1 + x * x) ** -power, (-inf, inf), rtol=rtol, limit=20_000)
    except NotConverged as fault:
        found = fault.best
    assert abs(float(found) - truth) <= float(found.error) * (1 + 1e-12)


def test_an_integral_without_a_second_resolution_claims_nothing():
    """One sweep over the panels alone vouches for nothing, however well its rules agree."""
    with pytest.raises(NotConverged) as fault:
        integrate(lambda x: x * 0 + 1.0, (0, 1), limit=1)
    assert float(fault.value.best.error) >= 1


def test_a_divergent_integral_is_never_a_number():
    for f, domain in (
        (lambda x: 1 / x, (0, 1)),
        (lambda x: 1 / (1 + np.abs(x)), (-inf, inf)),
        (np.ones_like, (0, inf)),
    ):
        with np.errstate(all="ignore"), pytest.raises(NotConverged):
            integrate(f, domain, limit=200_000)


def test_the_message_of_a_budget_that_ran_out():
    with pytest.raises(NotConverged, match=r"landmarks .* or raise limit"):
        integrate(lambda x: np.cos(1e6 * x), (0, 1), limit=500)


def test_noise_is_not_integrated_away():
    rng = np.random.default_rng(0)
    with pytest.raises(NotConverged):
        integrate(lambda x: 1 + rng.normal(size=x.shape), (0, 1), limit=50_000)


# --- batches --------------------------------------------------------------------------------------


def test_a_batch_is_one_call():
    powers = np.arange(4)
    found = integrate(lambda x: x[:, None] ** powers, (0, 1), rtol=1e-12)
    assert found.shape == (4,)
    truth = 1 / (powers + 1)
    assert np.all(np.abs(found.value - truth) <= found.error)
    table = integrate(lambda x: np.stack([np.ones((2, 3)) * v for v in x]), (0, 2))
    assert table.shape == (2, 3)
    assert np.allclose(table.value, 2)


def test_a_batch_says_which_member_has_not_converged():
    def f(x):
        return np.stack([np.ones_like(x), np.cos(1e7 * x)], axis=1)

    with pytest.raises(NotConverged) as fault:
        integrate(f, (0, 1), limit=2000)
    best = fault.value.best
    assert best.converged.shape == (2,)
    assert not best.converged[1]
    assert abs(best.value[0] - 1) <= best.error[0]
    assert abs(best.value[1] - math.sin(1e7) / 1e7) <= best.error[1]


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "domain", [(1, 0), (0, 0), (0, math.nan), "ab", (0,), (0, 1, 2), ((0, 1),) * 3, None, 5]
)
def test_bad_domains(domain):
    with pytest.raises(ValueError, match=r"write \(low, high\)"):
        integrate(np.cos, domain)


@pytest.mark.parametrize(
    "options",
    [
        {"rtol": -1.0},
        {"rtol": math.nan},
        {"rtol": 1.0},
        {"rtol": 0.0},
        {"atol": -1.0},
        {"atol": inf},
        {"atol": math.nan},
        {"limit": 0},
        {"limit": -5},
        {"limit": math.nan},
    ],
)
def test_bad_tolerances(options):
    with pytest.raises(ValueError, match=r"rtol|limit"):
        integrate(np.cos, (0, 1), **options)


@pytest.mark.parametrize("mark", [(0, -1), (0, inf), (math.nan,), (0, 1, 2), (0, 1, 2, 3)])
def test_bad_landmarks(mark):
    with pytest.raises(ValueError, match="landmark"):
        integrate(np.cos, (0, 1), landmarks=[mark])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: 1.0,
        lambda x: np.ones(3),
        lambda x: np.ones(len(x)) * 1j,
        lambda x: np.ones(len(x), dtype=bool),
        lambda x: np.array(["a"] * len(x)),
    ],
)
def test_bad_integrands(f):
    with pytest.raises(ValueError, match="one real number for each point"):
        integrate(f, (0, 1))


def test_nan_is_refused_with_its_place():
    with pytest.raises(ValueError, match=r"returned nan at 0\.[0-9]+"):
        integrate(lambda x: np.where(x > 0.2, np.nan, 1.0), (0, 1))


def test_an_integrand_that_spoils_its_argument_spoils_nothing():
    def f(x):
        value = np.cos(x)
        x[:] = 0
        return value

    assert abs(float(integrate(f, (0, 1))) - math.sin(1)) < 1e-12


def test_tolerances_of_single_components():
    """What `adapt` promises to those who integrate several things on one set of cells."""

    def f(x, origin):
        t = x + origin
        values = np.stack([np.exp(-t), np.sqrt(np.abs(t - 0.5))])
        return values, 1e-16 * np.abs(values)

    cells = Cells.plain([[0.0]], [[0.0]], [[1.0]])
    loose = adapt(f, cells, rtol=np.array([1e-10, 0.0]), atol=np.array([0.0, 1e-2]), limit=10**6)
    tight = adapt(f, cells, rtol=np.array([1e-10, 1e-10]), atol=0.0, limit=10**6)
    assert loose.converged
    assert tight.converged
    assert loose.evaluations < tight.evaluations
    assert abs(loose.value[0] - (1 - math.exp(-1))) < 1e-10
    assert abs(tight.value[1] - 4 / 3 * 0.5**1.5) <= tight.error[1] + tight.rounding[1]


def test_panels_far_from_their_landmark_are_graded():
    cells = panels([(0.0, np.array([-1e3, -1.0, 1.0, 1e-200])), (1e9, np.array([0.5]))])
    fine = graded(cells)
    low, high = (fine.origin + end for end in (fine.low, fine.high))
    assert np.array_equal(low[1:], high[:-1])
    for ends in (cells.origin + cells.low, cells.origin + cells.high):
        assert np.all(np.isin(ends, [*low, *high]))
    sizes = np.sort(np.abs(np.hstack([fine.low, fine.high])), axis=1)
    touching = np.any(np.hstack([fine.low, fine.high]) == 0, axis=1)
    assert np.all(touching | (sizes[:, 1] <= 10 * (1 + 1e-12) * sizes[:, 0]))
    assert len(fine) > len(cells) + 200
