"""Closed forms: against textbook formulas with hundreds of digits, and against integrals."""

import math
from itertools import pairwise

import exact
import mpmath as mp
import numpy as np
import pytest
from thinning import every

from gantheory.densities import Cauchy, Discrete, Exponential, Laplace, Normal
from gantheory.divergences import carried, closed, named, powers
from gantheory.divergences.closed import closed_form
from gantheory.divergences.effort import DEFAULT
from gantheory.divergences.finiteness import power_is_infinite
from gantheory.divergences.functional import functional

DIGITS = 120  # nearly equal pairs cancel
FAMILIES = {"Normal": Normal, "Laplace": Laplace, "Exponential": Exponential, "Cauchy": Cauchy}
OF_LOGARITHMS = ["KL", "reverse KL", "Jeffreys"]
OF_POWERS = ["squared Hellinger", "Pearson chi²", "Neyman chi²"]
ORDERS = [-2.5, -0.1, 1e-3, 0.3, 0.75, 0.999, 1.5, 12.0]
FORMS = {
    "Normal": ["TV", *OF_LOGARITHMS, *OF_POWERS, "alpha", "Rényi"],
    "Laplace": [*OF_LOGARITHMS, *OF_POWERS, "alpha", "Rényi"],
    "Exponential": ["TV", *OF_LOGARITHMS, *OF_POWERS, "alpha", "Rényi"],
    "Cauchy": ["TV", "JSD", *OF_LOGARITHMS, *OF_POWERS],
}
CASES = [
    (family, name, alpha)
    for family, names in FORMS.items()
    for name in names
    for alpha in ({"alpha": ORDERS, "Rényi": ORDERS[2:]}.get(name, [None]))
]


# --- truths, as textbooks have them ---------------------------------------------------------------


def tv_of(cdf_p, cdf_q, roots):
    """Σ |P(between two roots) - Q(between two roots)| / 2."""
    ends = [mp.mpf(0), *(cdf_p(x) - cdf_q(x) for x in sorted(roots)), mp.mpf(0)]
    return sum(abs(b - a) for a, b in pairwise(ends)) / 2


def roots_of(a, b, c):
    """a x² + b x + c = 0."""
    if a == 0:
        return [-c / b] if b else []
    root = mp.sqrt(max(b * b - 4 * a * c, 0))
    return [(-b - root) / (2 * a), (-b + root) / (2 * a)]


class OfNormal:
    def __init__(self, p, q):
        self.m, self.s, self.n, self.t = map(mp.mpf, (p.loc, p.scale, q.loc, q.scale))

    def kl(self):
        m, s, n, t = self.m, self.s, self.n, self.t
        return mp.log(t / s) + (s**2 + (m - n) ** 2) / (2 * t**2) - mp.mpf(1) / 2

    def tv(self):
        m, s, n, t = self.m, self.s, self.n, self.t
        d = n - m  # in coordinates of m
        roots = roots_of(t**2 - s**2, 2 * s**2 * d, -(s**2) * (d**2 + 2 * t**2 * mp.log(t / s)))
        return tv_of(lambda x: mp.ncdf(x / s), lambda x: mp.ncdf((x - d) / t), roots)

    def log_power(self, a):
        m, s, n, t = self.m, self.s, self.n, self.t
        v = a * t**2 + (1 - a) * s**2
        if v <= 0:
            return mp.inf
        exponent = -a * (1 - a) * (m - n) ** 2 / (2 * v)
        return exponent + (1 - a) * mp.log(s) + a * mp.log(t) - mp.log(v) / 2


class OfLaplace(OfNormal):
    def kl(self):
        d, s, t = abs(self.m - self.n), self.s, self.t
        return mp.log(t / s) + d / t + s / t * mp.exp(-d / s) - 1

    def log_power(self, a):
        """Left of both centres, right of both, and between them."""
        d, first, second = abs(self.m - self.n), a / self.s, (1 - a) / self.t
        if first + second <= 0:
            return mp.inf
        outside = (mp.exp(-second * d) + mp.exp(-first * d)) / (first + second)
        between = d * mp.exp(-first * d)
        if first != second:
            between = (mp.exp(-second * d) - mp.exp(-first * d)) / (first - second)
        return mp.log(outside + between) - a * mp.log(2 * self.s) - (1 - a) * mp.log(2 * self.t)


class OfExponential:
    def __init__(self, p, q):
        self.r, self.u = mp.mpf(p.rate), mp.mpf(q.rate)

    def kl(self):
        return mp.log(self.r / self.u) + self.u / self.r - 1

    def tv(self):
        r, u = self.r, self.u
        roots = [mp.log(r / u) / (r - u)] if r != u else []
        return tv_of(lambda x: -mp.exp(-r * x), lambda x: -mp.exp(-u * x), roots)

    def log_power(self, a):
        v = a * self.r + (1 - a) * self.u
        return a * mp.log(self.r) + (1 - a) * mp.log(self.u) - mp.log(v) if v > 0 else mp.inf


class OfCauchy(OfNormal):
    def kl(self):
        s, t = self.s, self.t
        return mp.log(((s + t) ** 2 + (self.m - self.n) ** 2) / (4 * s * t))

    def tv(self):
        m, s, n, t = self.m, self.s, self.n, self.t
        d = n - m
        roots = roots_of(s - t, -2 * s * d, s * (d**2 + t**2) - t * s**2)
        return tv_of(
            lambda x: mp.atan(x / s) / mp.pi, lambda x: mp.atan((x - d) / t) / mp.pi, roots
        )

    def jsd(self):
        """E log((x - u)² + v²) = log((m - u)² + (s + v)²), for p, q and the numerator of p + q."""
        m, s, n, t = self.m, self.s, self.n, self.t
        u = (s * n + t * m) / (s + t)
        v = mp.sqrt((s * (n * n + t * t) + t * (m * m + s * s)) / (s + t) - u * u)
        far = mp.log((m - n) ** 2 + (s + t) ** 2)
        sides = [
            mp.log(2 * scale / (s + t)) + far - mp.log((loc - u) ** 2 + (scale + v) ** 2)
            for loc, scale in ((m, s), (n, t))
        ]
        return sum(sides) / 2

    def log_power(self, a):
        d2 = (self.m - self.n) ** 2
        if a == mp.mpf(1) / 2:
            return -mp.log(
                mp.agm(1, mp.sqrt(1 + (d2 + (self.s - self.t) ** 2) / (4 * self.s * self.t)))
            )
        return mp.log((d2 + self.s**2 + self.t**2) / (2 * self.s * self.t))


BOOKS = {"Normal": OfNormal, "Laplace": OfLaplace, "Exponential": OfExponential, "Cauchy": OfCauchy}


def truth(name, p, q, alpha=None):
    book, back = (BOOKS[type(p).__name__](*pair) for pair in ((p, q), (q, p)))
    if name in ("TV", "JSD", "KL"):
        return getattr(book, name.lower())()
    if name in ("reverse KL", "Jeffreys"):
        return back.kl() + (book.kl() if name == "Jeffreys" else 0)
    a = mp.mpf({"squared Hellinger": 0.5, "Pearson chi²": 2, "Neyman chi²": -1}.get(name, alpha))
    log_integral = book.log_power(a)
    if name == "Rényi":
        return log_integral / (a - 1)
    scale = {"squared Hellinger": -1, "alpha": a * (a - 1)}.get(name, 1)
    return mp.expm1(log_integral) / scale


# --- pairs ----------------------------------------------------------------------------------------


def batch(family, loc, scale):
    return Exponential(1 / scale) if family == "Exponential" else FAMILIES[family](loc, scale)


def moderate(family, rng, n=5):
    """Pairs up to a few scales apart."""

    def side():
        return batch(family, rng.uniform(-4, 4, n), np.exp(rng.uniform(-1.2, 1.2, n)))

    return side(), side()


def nasty(family, rng, n=10):
    """Far from 0, tiny and huge scales, shifts and stretches from 1e-9 of a scale to far beyond."""
    scale = 10 ** rng.uniform(-150, 150, n)
    loc = scale * rng.choice([0.0, 1.0, 1e9, 1e15], n) * rng.uniform(-1, 1, n)
    step = 10 ** rng.choice([-9.0, -5.0, -2.0, 0.0, 1.0, 3.0], n) * rng.uniform(-1, 1, n)
    stretch = 10 ** rng.choice([-12.0, -9.0, -4.0, -1.0, 0.0, 2.0], n) * rng.uniform(-0.9, 0.9, n)
    stretch = np.where(stretch < 0, np.maximum(stretch, -0.99), stretch)
    same = rng.random((2, n)) < 0.2
    near = np.where(same[0], loc, loc + step * scale)
    other = np.where(same[1], scale, scale * (1 + stretch))
    return batch(family, loc, scale), batch(family, near, other)


def check(name, p, q, alpha, least):
    """Every settled number within its error, and at least this share of them settled."""
    found = closed_form(name, p, q, alpha)
    for i in np.flatnonzero(found.settled):
        a, b = (d.member(i, found.settled.shape) for d in (p, q))
        value, error = found.value[i], found.error[i]
        if a.parameters() == b.parameters():
            assert value == error == 0
            continue
        number = truth(name, a, b, alpha)
        if value == np.inf:
            assert number == mp.inf
            continue
        assert abs(number - mp.mpf(value)) <= error, (name, alpha, a, b)
        assert error <= closed.TOLERANCE * value
    assert np.mean(found.settled) >= least
    return found


@pytest.mark.parametrize(("family", "name", "alpha"), CASES)
def test_within_the_error_of_a_textbook(family, name, alpha):
    rng = np.random.default_rng([2014, CASES.index((family, name, alpha))])
    cancels = family == "Laplace" and name not in OF_LOGARITHMS  # where they nearly agree
    with mp.workdps(DIGITS):
        found = check(name, *moderate(family, rng), alpha, 0.6 if cancels else 0.8)
        check(name, *nasty(family, rng), alpha, 0.3 if cancels else 0.6)
    if name in [*OF_LOGARITHMS, "TV", "JSD", "squared Hellinger"] and not cancels:
        assert np.all(found.settled)
        assert np.all(found.error <= 6e-14 * found.value)


@pytest.mark.parametrize("alpha", [0.5, 0.75, 0.999])
@pytest.mark.parametrize("ratio", [1e3, 1e8, 1e60])
def test_digits_are_kept_where_scales_are_far_apart(ratio, alpha):
    for p, q in (
        (Normal(0.0, ratio), Normal(1.0, 1.0)),
        (Laplace(0.0, ratio), Laplace(1.0, 1.0)),
        (Exponential(1.0), Exponential(ratio)),
    ):
        found = closed_form("Rényi", p, q, alpha)
        assert found.settled[0]
        assert found.error[0] <= 3e-14 * found.value[0]
        with mp.workdps(DIGITS):
            assert abs(truth("Rényi", p, q, alpha) - mp.mpf(found.value[0])) <= found.error[0]


@pytest.mark.parametrize("family", FORMS)
def test_textbooks_are_right(family):
    """The truths themselves, to 18 digits, against integrals that know only the densities."""
    p, q = batch(family, 0.25, 1.0), batch(family, 1.0, 1.25)
    with mp.workdps(25):
        for name in FORMS[family]:
            alpha = 0.75 if name in ("alpha", "Rényi") else None
            off = abs(integral(name, p, q, alpha) / truth(name, p, q, alpha) - 1)
            assert off < mp.mpf(10) ** -18, name


def integral(name, p, q, alpha):
    """∫ of a divergence on pieces between centres and roots; Cauchys by x = tan θ."""

    def f(x):
        a, b = exact.logpdf(p, x), exact.logpdf(q, x)
        u, v = mp.exp(a), mp.exp(b)
        return {
            "KL": lambda: u * (a - b) - u + v,
            "reverse KL": lambda: v * (b - a) - v + u,
            "Jeffreys": lambda: (u - v) * (a - b),
            "JSD": lambda: exact.jsd_term(a, b),
            "TV": lambda: abs(u - v) / 2,
            "squared Hellinger": lambda: exact.hellinger_term(a, b),
            "Pearson chi²": lambda: (u - v) ** 2 / v,
            "Neyman chi²": lambda: (u - v) ** 2 / u,
        }.get(name, lambda: mp.exp(alpha * a + (1 - alpha) * b))()

    whole = around(f, p, q, name == "TV") if isinstance(p, Cauchy) else mp.quad(f, ends(p, q))
    if name == "Rényi":
        return mp.log(whole) / (alpha - 1)
    return (whole - 1) / (alpha * (alpha - 1)) if name == "alpha" else whole


def ends(p, q):
    """Where a piece begins: the centres, the roots of log p = log q and a long way out."""
    if isinstance(p, Exponential):
        return [0, mp.log(p.rate / mp.mpf(q.rate)) / (mp.mpf(p.rate) - q.rate), 5, 20, 100]
    far = [-100, -20, -5, 5, 20, 100] if isinstance(p, Laplace) else [-25, -5, 5, 25]
    return sorted([*far, p.loc, q.loc, *crossings(p, q)])


def crossings(p, q):
    """Roots of log p = log q on [-20, 20], by bisection."""

    def gap(x):
        return exact.logpdf(p, x) - exact.logpdf(q, x)

    grid = [mp.mpf(k) / 4 + mp.mpf(1) / 37 for k in range(-80, 81)]
    pairs = [(a, b) for a, b in pairwise(grid) if gap(a) * gap(b) < 0]
    return [mp.findroot(gap, pair, solver="anderson") for pair in pairs]


def around(f, p, q, kink):
    """∫ f dx with x = tan θ, periodic in θ: equal steps, pieces between roots where f has a kink."""

    def g(theta):
        return f(mp.tan(theta)) * (1 + mp.tan(theta) ** 2)

    if kink:
        marks = sorted(mp.atan(x) for x in crossings(p, q))
        return mp.quad(g, [*marks, marks[0] + mp.pi])
    steps = 150
    return mp.fsum(g(mp.pi * (k + mp.mpf(1) / 3) / steps) for k in range(steps)) * mp.pi / steps


# --- against integration --------------------------------------------------------------------------

ADAPTIVE = {
    "KL": lambda p, q: named._kl(p, q, DEFAULT),
    "reverse KL": lambda p, q: named._reverse_kl(p, q, DEFAULT),
    "Jeffreys": lambda p, q: named._jeffreys(p, q, DEFAULT),
    "JSD": lambda p, q: functional(named.JENSEN_SHANNON, p, q),
    "TV": lambda p, q: functional(named.TOTAL_VARIATION, p, q),
    "squared Hellinger": lambda p, q: functional(named.HELLINGER, p, q),
    "Pearson chi²": lambda p, q: powers.power(p, q, 2.0, "Pearson chi²", DEFAULT) * 2,
    "Neyman chi²": lambda p, q: powers.power(q, p, 2.0, "Neyman chi²", DEFAULT) * 2,
    "alpha": lambda p, q: powers.power(p, q, 0.3, "alpha(0.3)", DEFAULT),
    "Rényi": lambda p, q: powers.renyi(p, q, 0.3, DEFAULT),
}


@pytest.mark.parametrize("case", every(4, [(f, name) for f in FORMS for name in FORMS[f]]))
def test_the_integrals_agree(case):
    family, name = case
    rng = np.random.default_rng(
        [1, CASES.index((family, name, 0.3 if name in ("alpha", "Rényi") else None))]
    )
    p, q = moderate(family, rng, 3)
    found = closed_form(name, p, q, 0.3)
    for i, (a, b) in enumerate(zip(p.members(), q.members(), strict=True)):
        careful = ADAPTIVE[name](a, b)
        assert found.settled[i]
        assert careful.compatible_with(found.estimate(i, frozenset()))


# --- what is infinite, equal, or left to integration ----------------------------------------------


@pytest.mark.parametrize("family", ["Normal", "Exponential"])
@pytest.mark.parametrize("alpha", [-1.0, 1.5, 2.0, 3.0])
def test_infinite_where_the_tails_say_so(family, alpha):
    rng = np.random.default_rng(5)
    p, q = moderate(family, rng, 60)
    found = closed_form("alpha", p, q, alpha)
    says = [power_is_infinite(a, b, alpha) for a, b in zip(p.members(), q.members(), strict=True)]
    assert 10 < np.sum(says) < 50
    assert np.array_equal(found.value == np.inf, says)
    assert np.all(found.error[says] == 0)
    assert np.all(found.settled[says])


@pytest.mark.parametrize("step", [0.0, 1e-15, -1e-15])
def test_the_edge_of_the_finite_is_left_to_the_tails(step):
    """α/s² + (1 - α)/t² = 0, nearly: finite or not by a tie."""
    p, q = Normal(0.0, math.sqrt(2.0) * (1 + step)), Normal(1.0, 1.0)
    assert not closed_form("Pearson chi²", p, q).settled[0]


@pytest.mark.parametrize("family", FORMS)
def test_equal_pairs_are_0_exactly(family):
    p = batch(family, np.array([0.0, 3e15, 1e-200]), np.array([1.0, 1e-3, 1e-200]))
    for name in FORMS[family]:
        found = closed_form(name, p, p, 0.3)
        assert np.all(found.settled)
        assert not np.any(found.value) and not np.any(found.error)  # noqa: PT018


def test_exact_parameters_that_are_no_floats_have_no_form():
    assert closed_form("KL", Normal("0.1", 1), Normal(0, 1)) is None
    assert closed_form("KL", Normal("0.5", 1), Normal(0, 1)) is not None


def test_what_has_no_form():
    assert closed_form("JSD", Normal(0, 1), Normal(1, 1)) is None
    assert closed_form("JSD", Normal(0, 1), Normal(1, 1), 0.3) is None
    assert closed_form("KL", Normal(0, 1), Laplace(1, 1)) is None
    assert closed_form("alpha(0.3)", Cauchy(0, 1), Cauchy(1, 1), 0.3) is None
    assert closed_form("KL", Discrete([0.5, 0.5]), Discrete([0.25, 0.75])) is None


def test_what_overflows_or_vanishes_is_not_settled():
    far, tiny = Normal(1e200, 1e-200), Normal(0.0, 1.0)
    assert not closed_form("KL", far, Normal(0.0, 1e-200)).settled[0]
    assert not closed_form("KL", tiny, Normal(1e-160, 1.0)).settled[0]


def test_members_come_in_c_order():
    p, q = Normal(np.arange(3.0)[:, None], 1.0), Normal(0.0, np.array([[1.0, 2.0]]))
    found = closed_form("KL", p, q)
    each = [
        closed_form("KL", Normal(m, 1.0), Normal(0.0, t)).value[0] for m in range(3) for t in (1, 2)
    ]
    assert found.value.tolist() == each


def test_orders_may_be_in_the_name():
    p, q = Normal(0, 1), Normal(1, 2)
    plain, with_order = closed_form("Rényi", p, q, 0.3), closed_form("Rényi(0.3)", p, q, 0.3)
    assert plain.value[0] == with_order.value[0]


# --- numbers that carry their rounding ------------------------------------------------------------


@pytest.mark.parametrize("x", [-0.9, -0.5, -0.3, -1e-9, 1e-12, 0.24, 0.26, 0.99, 1.1, 50.0])
def test_x_minus_its_logarithm(x):
    found = carried.log_excess(carried.Carried(x), carried.Carried(np.float64(x)).log1p())
    with mp.workdps(60):
        assert abs(mp.mpf(float(found.value)) - (mp.mpf(x) - mp.log(1 + mp.mpf(x)))) <= found.error
    assert found.error <= 2e-14 * found.value


@pytest.mark.parametrize("middle", [0.0, -1e-9, -0.3, -2.0, -9.0, -30.0])
@pytest.mark.parametrize("width", [1e-12, 1e-3, 0.0999, 0.1001, 3.0])
def test_the_mass_of_a_normal(middle, width):
    found = carried.normal_mass(*(carried.Carried(np.float64(x)) for x in (middle, width)))
    with mp.workdps(500):
        m, h = mp.mpf(middle), mp.mpf(width) / 2
        assert abs(mp.ncdf(m + h) - mp.ncdf(m - h) - mp.mpf(float(found.value))) <= found.error
    assert found.error <= 1e-12 * found.value
