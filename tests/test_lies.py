"""Integrands and black boxes that try to be taken for others: the true error is never above the
reported one, or there is no number.

Every attack has its integral in closed form; where it is made of smooth pieces, scipy's QUADPACK
integrates these once more.
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy import integrate as scipy_integrate
from scipy import special
from thinning import every

from gantheory import as_density, js_divergence, total_variation
from gantheory.densities import Product, Uniform
from gantheory.errors import InvalidDensity, NotConverged
from gantheory.quadrature import adaptive, integrals
from gantheory.quadrature.integrals import integrate

inf, pi = math.inf, math.pi
SQUARE = ((0, 1), (0, 1))


@dataclass(frozen=True)
class Attack:
    name: str
    f: Any
    domain: Any
    truth: Any
    landmarks: tuple = ()
    slack: float = 1e-13  # rounding of the closed form, relative to ∫ |f|
    points: Any = None  # between these f is smooth


def place(rng, a, b):
    """A point of (a, b): anywhere, or just beside a dyadic one, behind the last nodes of a cell."""
    if rng.random() < 0.5:
        return a + (b - a) * rng.uniform(0.0005, 0.9995)
    level = int(rng.integers(0, 9))
    at = rng.integers(0, 2**level + 1) / 2**level
    off = 10 ** rng.uniform(-13, -2.5) / 2**level
    return a + (b - a) * (at + off if at == 0 or (at < 1 and rng.random() < 0.5) else at - off)


def span(rng):
    if rng.random() < 0.5:
        return 0.0, 1.0
    a = rng.uniform(-5, 5)
    return a, a + 10 ** rng.uniform(-1, 1)


def steps(rng):
    a, b = span(rng)
    at = np.array([place(rng, a, b) for _ in range(int(rng.choice([1, 1, 2, 5, 40])))])
    h, c = rng.normal(size=len(at)), rng.uniform(0, 2)
    truth = c * (b - a) + float(np.sum(h * (b - at)))
    return Attack("steps", lambda x: c + ((x[:, None] > at) @ h), (a, b), truth, points=at)


def kinks(rng):
    a, b = span(rng)
    at = np.array([place(rng, a, b) for _ in range(int(rng.choice([1, 1, 2, 5])))])
    h = rng.normal(size=len(at))
    truth = float(np.sum(h * ((b - at) ** 2 + (at - a) ** 2) / 2))
    return Attack("kinks", lambda x: np.abs(x[:, None] - at) @ h, (a, b), truth, points=at)


def powers(rng):
    a, b = span(rng)
    at = a if rng.random() < 0.4 else place(rng, a, b)
    s = rng.uniform(-0.75, 0.95) if at == a == 0 else rng.uniform(0.05, 0.95)
    truth = ((b - at) ** (s + 1) + (at - a) ** (s + 1)) / (s + 1)
    f = lambda x: np.abs(x - at + 1e-300) ** s  # noqa: E731
    return Attack(f"power {s}", f, (a, b), truth, slack=1e-12, points=[at])


def logs(rng):
    a, b = span(rng)
    at = place(rng, a, b)
    one = lambda t: t * math.log(abs(t)) - t  # noqa: E731
    f = lambda x: np.log(np.abs(x - at) + 1e-300)  # noqa: E731
    return Attack("log", f, (a, b), one(b - at) - one(a - at), slack=1e-12, points=[at])


FREQUENT = [1, 2, 5, 10, 16, 20, 21, 32, 42, 64, 100, 128, 333, 512, 672, 1000, 1024, 2048, 4096]
FREQUENT += [5000, 10**4, 65536, 10**5]


def waves(rng):
    n = int(rng.integers(1, 4))
    k = 1.0 * rng.choice(FREQUENT, n) if rng.random() < 0.6 else 10 ** rng.uniform(0, 5, n)
    h, p, c = rng.normal(size=n), rng.choice([0, pi / 2, 1.0, -2.0], n), rng.uniform(0, 2)
    truth = c + float(np.sum(h * (np.sin(2 * pi * k + p) - np.sin(p)) / (2 * pi * k)))
    f = lambda x: c + np.cos(2 * pi * x[:, None] * k + p) @ h  # noqa: E731
    return Attack(f"waves {k}", f, (0, 1), truth, slack=1e-15 * k.max() + 1e-13)


def squares(rng):
    k = float(rng.choice(FREQUENT)) * (1 if rng.random() < 0.5 else rng.uniform(0.9, 1.1))
    truth = 0.5 - math.sin(2 * pi * k) / (4 * pi * k)
    f = lambda x: np.sin(pi * k * x) ** 2  # noqa: E731
    return Attack(f"sin² {k}", f, (0, 1), truth, slack=1e-15 * k + 1e-13)


def signs(rng):
    w, p = 10 ** rng.uniform(0, 3), rng.uniform(0, 6)
    one = lambda t: min(t % (2 * pi), 2 * pi - t % (2 * pi))  # noqa: E731
    f = lambda x: np.sign(np.sin(w * x + p))  # noqa: E731
    return Attack(f"sign sin {w}", f, (0, 1), (one(w + p) - one(p)) / w, slack=1e-12)


def rectified(rng):
    w = 10 ** rng.uniform(0, 3)
    n = math.floor(w / pi)
    truth = (2 * n + 1 - math.cos(w - n * pi)) / w
    points = np.arange(1, n + 1) * pi / w if n < 20 else None
    return Attack(f"|sin {w}|", lambda x: np.abs(np.sin(w * x)), (0, 1), truth, (), 1e-12, points)


def bumps(rng):
    a, b = span(rng)
    n = int(rng.integers(1, 4))
    m, s = rng.uniform(a, b, n), (b - a) * 10 ** rng.uniform(-3.3, -1, n)
    h, c = rng.normal(size=n), rng.choice([0.0, 1.0])
    mass = special.ndtr((b - m) / s) - special.ndtr((a - m) / s)
    f = lambda x: c + np.exp(-0.5 * ((x[:, None] - m) / s) ** 2) @ h  # noqa: E731
    truth = c * (b - a) + float(np.sum(h * s * math.sqrt(2 * pi) * mass))
    return Attack("bumps", f, (a, b), truth)


def boxes(rng):
    """A plateau, and one box on it that is as wide as the docstring says is found."""
    a, b = span(rng)
    w = (b - a) * 10 ** rng.uniform(-3, -0.5)
    m, c, h = rng.uniform(a, b - w), rng.choice([0.0, 1.0]), rng.choice([-1.0, 1.0, 30.0])
    f = lambda x: c + h * ((x > m) & (x < m + w))  # noqa: E731
    return Attack("box", f, (a, b), c * (b - a) + h * w, points=[m, m + w])


def lorentzians(rng):
    a, b = span(rng)
    n = int(rng.integers(1, 4))
    m, s = rng.uniform(a, b, n), (b - a) * 10 ** rng.uniform(-3.3, -1, n)
    h = rng.uniform(0.1, 2, n)
    f = lambda x: (1 / (1 + ((x[:, None] - m) / s) ** 2)) @ h  # noqa: E731
    truth = float(np.sum(h * s * (np.arctan((b - m) / s) - np.arctan((a - m) / s))))
    return Attack("lorentzians", f, (a, b), truth)


def cutoffs(rng):
    b, s = rng.uniform(0.05, 3), 10 ** rng.uniform(-2, 0.5)
    truth = b * math.exp(-((s / b) ** 2)) - s * math.sqrt(pi) * math.erfc(s / b)
    slack = 1e-13 + 1e-15 * s / max(truth, 1e-300)
    return Attack("exp(-1/x²)", lambda x: np.exp(-((s / x) ** 2)), (0, b), truth, slack=slack)


def chirps(rng):
    kind = rng.integers(3)
    if kind == 0:
        w = 10 ** rng.uniform(0, 4)
        s = math.sqrt(pi / (2 * w))
        f = lambda x: np.cos(w * x * x)  # noqa: E731
        return Attack("cos x²", f, (0, 1), s * special.fresnel(1 / s)[1], slack=1e-13 + w * 1e-16)
    if kind == 1:
        b = rng.uniform(1, 8)
        truth = special.sici(math.exp(b))[0] - special.sici(1.0)[0]
        return Attack("sin exp", lambda x: np.sin(np.exp(x)), (0, b), truth)
    a = 10 ** rng.uniform(-4, -1)
    one = lambda t: t * math.sin(1 / t) - special.sici(1 / t)[1]  # noqa: E731
    return Attack("sin 1/x", lambda x: np.sin(1 / x), (a, 1), one(1.0) - one(a), slack=1e-12)


def noisy(rng):
    """exp, known to a few digits only: a wave of frequency 1e9 is noise for every node."""
    e, w = 10 ** rng.uniform(-10, -5), 10 ** rng.uniform(8, 10)
    f = lambda x: np.exp(x) + e * np.sin(w * x)  # noqa: E731
    return Attack("noisy", f, (0, 1), math.e - 1, slack=1e-13 + 2 * e / w)


def largest(rng):
    c, d = rng.uniform(0.05, 0.95), rng.uniform(0.2, 3)
    f = lambda x: np.maximum(np.exp(x - c), 1 + d * (c - x))  # noqa: E731
    return Attack("max", f, (0, 1), c + d * c * c / 2 + math.exp(1 - c) - 1, points=[c])


def floors(rng):
    k = 10 ** rng.uniform(0, 2.5)
    n = math.floor(k)
    truth = (n * (n - 1) / 2 + n * (k - n)) / k
    points = np.arange(1, n + 1) / k if n < 20 else None
    return Attack(f"floor {k}", lambda x: np.floor(k * x), (0, 1), truth, points=points)


def far(rng):
    kind = rng.integers(4)
    if kind == 0:
        m = rng.choice([-1, 1]) * 10 ** rng.uniform(0.5, 3.5)
        s, c = abs(m) * rng.uniform(0.02, 0.3), rng.choice([0.0, 1.0])
        bell = lambda z: np.exp(-0.5 * z * z) / math.sqrt(2 * pi)  # noqa: E731
        f = lambda x: c * bell(x) + bell((x - m) / s) / s  # noqa: E731
        return Attack(f"bell at {m}", f, (-inf, inf), 1.0 + c)
    if kind == 1:
        p = rng.uniform(0.55, 3)
        truth = math.sqrt(pi) * math.gamma(p - 0.5) / math.gamma(p)
        return Attack(f"tail {p}", lambda x: (1 + x * x) ** -p, (-inf, inf), truth)
    if kind == 2:
        r = 10 ** rng.uniform(-3, 2)
        return Attack(f"exp {r}", lambda x: r * np.exp(-r * x), (0, inf), 1.0)
    a, w = 10 ** rng.uniform(-0.5, 3), rng.uniform(1.1, 3)
    f = lambda x: ((x > a) & (x < w * a)) * 1.0  # noqa: E731
    return Attack(f"box at {a}", f, (0, inf), (w - 1) * a)


def marked(rng):
    """Structure that is declared beside some that is not."""
    m, s, j = rng.uniform(0.1, 0.9), 10 ** rng.uniform(-6, -2), place(rng, 0, 1)
    f = lambda x: np.exp(-0.5 * ((x - m) / s) ** 2) / s + (x > j)  # noqa: E731
    mass = special.ndtr((1 - m) / s) - special.ndtr(-m / s)
    return Attack("marked", f, (0, 1), float(math.sqrt(2 * pi) * mass + 1 - j), ((m, s),))


LINE = [steps, kinks, powers, logs, waves, squares, signs, rectified, bumps, boxes, lorentzians]
LINE += [cutoffs, chirps, noisy, largest, floors, far, marked]


def batches(rng):
    """Easy and hard members side by side."""
    parts = []
    while len(parts) < 3:
        one = LINE[rng.integers(len(LINE) - 2)](rng)
        parts += [one] if one.domain == (0, 1) else []
    f = lambda x: np.stack([np.cos(x), *(p.f(x) for p in parts)], axis=1)  # noqa: E731
    truth = np.array([math.sin(1), *(p.truth for p in parts)])
    name = " | ".join(p.name for p in parts)
    return Attack(name, f, (0, 1), truth, slack=max(p.slack for p in parts))


def clipped(n, c):
    """Area of the part of the unit square where n·x > c."""
    corners = np.array([[0.0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    height = corners @ n - c
    out = []
    for (p, d), (q, e) in zip(
        zip(corners[:-1], height[:-1], strict=True),
        zip(corners[1:], height[1:], strict=True),
        strict=True,
    ):
        out += [p] if d > 0 else []
        out += [p + d / (d - e) * (q - p)] if d * e < 0 else []
    x, y = np.array(out).T
    return 0.5 * abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


def half_planes(rng):
    t = rng.uniform(0, 2 * pi)
    n = np.array([math.cos(t), math.sin(t)])
    c = float(n @ rng.uniform(size=2))
    return Attack("half plane", lambda x: 1.0 * (x @ n > c), SQUARE, clipped(n, c))


def discs(rng):
    r = rng.uniform(0.05, 0.3)
    m = rng.uniform(r, 1 - r, 2)
    f = lambda x: 1.0 + (((x - m) ** 2).sum(axis=1) < r * r)  # noqa: E731
    return Attack("disc", f, SQUARE, 1 + pi * r * r)


def ridges(rng):
    w = 10 ** rng.uniform(-2.3, 0)
    f = lambda x: np.exp(-(((x[:, 0] - x[:, 1]) / w) ** 2))  # noqa: E731
    truth = math.sqrt(pi) * w * math.erf(1 / w) + w * w * math.expm1(-1 / w**2)
    return Attack(f"ridge {w}", f, SQUARE, truth)


def axis_steps(rng):
    j, axis = place(rng, 0, 1), int(rng.integers(2))
    f = lambda x: 1.0 * (x[:, axis] > j) + x[:, 0]  # noqa: E731
    return Attack(f"step at {j}", f, SQUARE, 1.5 - j)


def plane_waves(rng):
    if rng.random() < 0.5:
        k = rng.integers(1, 400, 2)
        f = lambda x: 1 + np.prod(np.cos(2 * pi * x * k), axis=1)  # noqa: E731
        return Attack(f"plane wave {k}", f, SQUARE, 1.0)
    k = rng.uniform(-30, 30, 2)
    truth = np.prod([(np.exp(1j * w) - 1) / (1j * w) for w in k]).real
    return Attack(f"plane wave {k}", lambda x: np.cos(x @ k), SQUARE, float(truth))


def spots(rng):
    s, m = 10 ** rng.uniform(-2.2, -1), rng.uniform(0, 1, 2)
    mass = math.prod(special.ndtr((1 - m) / s) - special.ndtr(-m / s))
    f = lambda x: 1 + np.exp(-0.5 * (((x - m) / s) ** 2).sum(axis=1))  # noqa: E731
    return Attack(f"spot {s}", f, SQUARE, 1 + 2 * pi * s * s * mass)


def plane_kinks(rng):
    m = rng.uniform(0.1, 0.9, 2)
    truth = float(np.sum((m * m + (1 - m) ** 2) / 2))
    return Attack("plane kink", lambda x: np.abs(x - m).sum(axis=1), SQUARE, truth)


def turned_bells(rng):
    """A narrow normal across the axes, declared by its larger scale."""
    t, s = rng.uniform(0, pi), 10 ** rng.uniform(-1.3, 0)
    turn = np.array([[math.cos(t), math.sin(t)], [-math.sin(t), math.cos(t)]])
    scales = np.array([1.0, s])

    def f(x):
        return np.exp(-0.5 * ((x @ turn.T / scales) ** 2).sum(axis=1)) / (2 * pi * s)

    return Attack(f"turned {s}", f, ((-inf, inf),) * 2, 1.0, ((0, 0, 1),))


PLANE = [half_planes, discs, ridges, axis_steps, plane_waves, spots, plane_kinks, turned_bells]


# --- running them ---------------------------------------------------------------------------------


def lie(attack, rtol, limit):
    """Return what is wrong with the answer to an attack, or None."""
    try:
        found = integrate(
            attack.f, attack.domain, landmarks=attack.landmarks, rtol=rtol, limit=limit
        )
    except NotConverged as fault:
        found = fault.best
        assert not np.all(found.converged)
    off = np.abs(np.asarray(found.value) - attack.truth)
    if np.all(off <= np.asarray(found.error) + attack.slack * np.abs(attack.truth)):
        return None
    return attack.name, attack.domain, rtol, limit, off, found


def lies(makers, n, seed, *, starved, limit):
    rng = np.random.default_rng(seed)
    found = []
    for i in range(n):
        attack = makers[i % len(makers)](rng)
        rtol = 10.0 ** rng.integers(-11, -2)
        budget = int(10 ** rng.uniform(2, math.log10(limit))) if starved else limit
        found.append(lie(attack, rtol, budget))
    return [one for one in found if one is not None]


@pytest.mark.parametrize("starved", [False, True])
@pytest.mark.parametrize("maker", every(2, LINE))
def test_no_lies_on_the_line(maker, starved):
    assert lies([maker], 4, 1, starved=starved, limit=60_000) == []


@pytest.mark.parametrize("starved", [False, True])
def test_no_lies_in_batches(starved):
    assert lies([batches], 4, 2, starved=starved, limit=60_000) == []


@pytest.mark.parametrize("starved", [False, True])
@pytest.mark.parametrize("maker", PLANE)
def test_no_lies_in_the_plane(maker, starved):
    assert lies([maker], 2, 3, starved=starved, limit=200_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("starved", [False, True])
@pytest.mark.parametrize("maker", LINE)
def test_no_lies_in_a_large_family(maker, starved):
    assert lies([maker], 100, 4, starved=starved, limit=1_000_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("starved", [False, True])
@pytest.mark.parametrize("maker", [batches, *PLANE])
def test_no_lies_in_a_large_family_of_batches_and_planes(maker, starved):
    assert lies([maker], 20, 5, starved=starved, limit=2_000_000) == []


@pytest.mark.parametrize(
    "maker",
    [steps, kinks, powers, logs, rectified, boxes, largest, floors],
    ids=lambda m: m.__name__,
)
def test_the_closed_forms_by_a_second_route(maker):
    rng = np.random.default_rng(6)
    for attack in [maker(rng) for _ in range(4)]:
        if attack.points is None:
            continue
        a, b = attack.domain
        ends = np.unique([a, *np.asarray(attack.points), b])
        pieces = [
            scipy_integrate.quad(lambda x, f=attack.f: float(f(np.array([x]))[0]), u, v, limit=200)
            for u, v in pairwise(ends)
            if v - u > 1e-11
        ]
        assert abs(sum(value for value, _ in pieces) - attack.truth) < 1e-7


# --- each guard is needed -------------------------------------------------------------------------


def test_the_two_sums_alone_are_seen_to_lie(monkeypatch):
    """With |Kronrod - Gauss| alone the same catalogue finds lies: the tests above can fail."""
    monkeypatch.setattr(
        integrals._Doubting, "_sums", lambda self, f, cells: integrals.evaluate(f, cells)
    )
    told = lies([steps, kinks, boxes, logs, largest], 60, 1, starved=False, limit=50_000)
    assert len(told) >= 5


def test_without_the_survey_a_box_is_missed(monkeypatch):
    monkeypatch.setattr(integrals._Doubting, "_at_survey", lambda self, c, values, noise: 0 * noise)
    assert len(lies([boxes], 12, 1, starved=False, limit=100_000)) >= 1


def test_without_the_probes_a_step_is_missed(monkeypatch):
    probes = integrals._Doubting._at_probes
    monkeypatch.setattr(
        integrals._Doubting, "_at_probes", lambda self, *given: 0 * probes(self, *given)
    )
    assert len(lies([steps], 20, 1, starved=False, limit=100_000)) >= 2


def test_a_cell_that_was_split_again_is_confirmed_again():
    """The second resolution of a parent says nothing about its children."""
    moved = np.array([[1e-3, np.inf, 0.0]])
    assert list(adaptive._unmoved(moved, np.array([1.0]))) == [False, True, False]
    assert list(adaptive._unmoved(moved[:, [0, 2]], np.array([1e-6]))) == [True, False]


# --- what is promised -----------------------------------------------------------------------------


def test_a_thousandth_of_the_domain_is_found():
    rng = np.random.default_rng(7)
    for _ in range(12):
        m = rng.uniform(0, 0.999)
        f = lambda x, m=m: 1.0 * ((x > m) & (x < m + 1e-3))  # noqa: E731
        assert abs(float(integrate(f, (0, 1), rtol=1e-6)) - 1e-3) < 1e-8


def test_a_sixtieth_of_the_square_is_found():
    rng = np.random.default_rng(8)
    for _ in range(3):
        m = rng.uniform(0, 1 - 1 / 60, 2)
        f = lambda x, m=m: 1.0 * np.all((x > m) & (x < m + 1 / 60), axis=1)  # noqa: E731
        try:
            found = integrate(f, SQUARE, rtol=1e-2, limit=200_000)
        except NotConverged as fault:
            found = fault.best
        assert abs(float(found) - 1 / 3600) <= float(found.error) < inf
        assert float(found.error) > 0


EASY = {
    "exponential": (np.exp, (0, 1), (), 2_300),
    "oscillation": (lambda x: np.cos(300 * x), (0, 1), (), 11_000),
    "bell": (lambda x: np.exp(-x * x / 2), (-inf, inf), (), 5_500),
    "declared spike": (lambda x: np.exp(-((x - 0.3) ** 2) / 2e-12), (-inf, inf), [(0.3, 1e-6)], 6_000),
    "declared jump": (lambda x: np.where(x < 0.3, 1.0, 5.0), (0, 1), [0.3], 2_500),
    "plane": (lambda x: np.exp(x.sum(axis=1)), SQUARE, (), 20_000),
}  # fmt: skip


@pytest.mark.parametrize("name", EASY)
def test_what_is_easy_stays_cheap(name):
    f, domain, landmarks, most = EASY[name]
    found = integrate(f, domain, landmarks=landmarks)
    assert found.evaluations <= most
    assert float(found.error) <= 1e-10 * max(1.0, abs(float(found)))


@pytest.mark.parametrize(
    "f", [lambda x: np.cos(2e5 * pi * x), lambda x: np.exp(x) + 1e-8 * np.sin(1e9 * x)]
)
def test_what_is_hopeless_is_given_up_early(f):
    """Long before the limit, and with an error that the noise explains where it is noise."""
    with pytest.raises(NotConverged) as fault:
        integrate(f, (0, 1))
    assert fault.value.best.evaluations < 3_000_000


def test_nothing_seen_is_nothing_known():
    """A budget below the survey's claims nothing, even where all nodes say 0."""
    with pytest.raises(NotConverged) as fault:
        integrate(lambda x: 1.0 * (np.abs(x - 0.0004) < 2e-4), (0, 1), limit=1000)
    assert float(fault.value.best.error) == inf


# --- black boxes ----------------------------------------------------------------------------------

UNIFORM = Uniform(0, 1)


def js_of_levels(levels, lengths):
    """JSD of a piecewise constant density and the uniform law, in nats."""
    h, d = np.asarray(levels, dtype=float), np.asarray(lengths, dtype=float)
    return float(np.sum(d * 0.5 * (special.xlogy(h, 2 * h / (1 + h)) + np.log(2 / (1 + h)))))


def wave(k):
    """JSD of 1 + cos is the same for all k: ∫ over one period, by QUADPACK."""

    def kernel(x):
        p = 1 + math.cos(2 * pi * x)
        return 0.5 * (special.xlogy(p, 2 * p / (1 + p)) + math.log(2 / (1 + p)))

    half = scipy_integrate.quad(kernel, 0, 0.5, epsabs=1e-13, epsrel=1e-13)[0]
    return (lambda x: 1 + np.cos(2 * pi * k * x)), 2 * half


def stairs(rng):
    at = np.sort([place(rng, 0, 1) for _ in range(int(rng.integers(1, 6)))])
    lengths = np.diff([0, *at, 1])
    levels = rng.uniform(0.1, 3, len(lengths))
    levels /= levels @ lengths
    truths = js_of_levels(levels, lengths), 0.5 * float(np.abs(levels - 1) @ lengths)
    return (lambda x: levels[np.searchsorted(at, x)]), truths


def comb(k, d):
    truths = js_of_levels([1 / d, 0], [d, 1 - d]), 1 - d
    return (lambda x: (np.mod(k * x, 1) < d) / d), truths


def honest(divergence, f, truth, support=(0, 1), q=UNIFORM):
    """Return "refused", "not converged" or "number"; fail if the number is a lie."""
    try:
        found, verdict = divergence(as_density(f, support=support), q), "number"
    except InvalidDensity:
        return "refused"
    except NotConverged as fault:
        found, verdict = fault.best, "not converged"
    assert not (verdict == "number" and found.declared)
    assert abs(float(found) - truth) <= float(found.error) + 2e-13, found
    return verdict


@pytest.mark.parametrize("k", [1, 16, 21, 32, 333])
def test_waves_of_a_black_box(k):
    f, truth = wave(k)
    assert honest(js_divergence, f, truth) == "number"


@pytest.mark.parametrize("k", [65536, 10**5])
def test_waves_too_fine_are_no_number(k):
    f, truth = wave(k)
    assert honest(js_divergence, f, truth) != "number"


def test_waves_that_no_cell_resolves_are_refused():
    with pytest.raises(InvalidDensity, match="more finely than can be resolved"):
        as_density(wave(10**6)[0], support=(0, 1))


@pytest.mark.parametrize("seed", range(4))
def test_stairs_of_a_black_box(seed):
    f, (js, tv) = stairs(np.random.default_rng(seed))
    assert honest(js_divergence, f, js) == "number"
    assert honest(total_variation, f, tv) == "number"


@pytest.mark.parametrize(("k", "d"), [(3, 0.3), (17, 0.61), (33, 0.123)])
def test_combs_of_a_black_box(k, d):
    f, (js, tv) = comb(k, d)
    honest(js_divergence, f, js)
    honest(total_variation, f, tv)


@pytest.mark.parametrize("share", [0.5, 1e-3, 1e-5])
@pytest.mark.parametrize("width", [1e-7, 1e-5])
def test_mass_in_a_spike_that_nobody_sees_is_refused(share, width):
    def spiked(x):
        bell = np.exp(-0.5 * ((x - 0.1234567) / width) ** 2) / (width * math.sqrt(2 * pi))
        return 1 - share + share * bell

    with pytest.raises(InvalidDensity, match="mass"):
        as_density(spiked, support=(0, 1))


@pytest.mark.parametrize("width", [1e-3, 1e-2])
def test_a_plateau_and_a_box_of_a_black_box(width):
    rng = np.random.default_rng(9)
    for m in rng.uniform(0, 1 - width, 2):
        f = lambda x, m=m: 0.5 + 0.5 / width * ((x > m) & (x < m + width))  # noqa: E731
        truth = js_of_levels([0.5, 0.5 + 0.5 / width], [1 - width, width])
        assert honest(js_divergence, f, truth) == "number"


@pytest.mark.slow
def test_black_boxes_of_the_plane():
    flat = Product(Uniform(0, 1), Uniform(0, 1))
    j = math.sqrt(0.5)
    levels, lengths = np.array([0.5 / j, 0.5 / (1 - j)]), np.array([j, 1 - j])
    step = lambda x: levels[(x[:, 1] > j).astype(int)]  # noqa: E731
    honest(js_divergence, step, js_of_levels(levels, lengths), SQUARE, flat)
    f, truth = wave(5)
    ripple = lambda x: f(x[:, 0])  # noqa: E731
    assert honest(js_divergence, ripple, truth, SQUARE, flat) == "number"
    with pytest.raises(InvalidDensity, match="more finely than can be resolved"):
        as_density(lambda x: 1 + np.cos(2 * pi * 4096 * x[:, 0]), support=SQUARE)
    with pytest.raises(InvalidDensity, match=r"mass 0\.5"):
        as_density(
            lambda x: 0.5 + 5e7 * np.all(np.abs(x - 0.1234567) < 5e-5, axis=1), support=SQUARE
        )
