"""Statements for all parameters in a box, enclosed by balls that cover it."""

import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
import scipy.integrate
import sympy as sp

from gantheory.balls import as_ball
from gantheory.certified import over
from gantheory.certified.boxes import cover
from gantheory.errors import NotCertifiable
from gantheory.theorems import at_least, at_most, increasing

R = sp.Rational
mu, nu = sp.symbols("mu nu", positive=True)
x, z = sp.symbols("x z", real=True)
# d/dμ of the saturating gradient of N(μ, 1) against N(0, 1), up to a factor: 0 at μ = 1.636...
SLOPE = sp.Integral(
    sp.exp(-(z**2) / 2) * (1 - mu**2 / 4 - mu * z / 2 * sp.tanh(mu * z / 2)) / sp.cosh(mu * z / 2),
    (z, 0, 10),
)


def slope(at):
    """The same by scipy, at one point."""

    def integrand(y):
        h = at * y / 2
        return math.exp(-y * y / 2) * (1 - at * at / 4 - h * math.tanh(h)) / math.cosh(h)

    return scipy.integrate.quad(integrand, 0, 10, epsabs=1e-12, epsrel=1e-12)[0]


@pytest.mark.parametrize("at", [Fraction(1, 1000), Fraction(7, 5), Fraction(8)])
def test_a_point_is_a_box(at):
    found = over(SLOPE, {mu: at})
    assert abs(float(found) - slope(float(at))) <= found.rad + 1e-11
    assert found.rad <= 1e-11


def test_a_ball_holds_the_values_at_all_of_its_points():
    found = over(SLOPE, {mu: (1, Fraction(11, 10))})
    for k in range(11):
        assert found.contains(Fraction(slope(1 + k / 100)))
    assert over(SLOPE, {mu: as_ball("1.05")}).arb in found.arb


def test_the_saturating_gradient_rises_and_falls_on_whole_intervals():
    rises = at_least("rises", SLOPE, 0, where={mu: (R(1, 1000), R(163, 100))})
    falls = at_most("falls", SLOPE, 0, where={mu: (R(164, 100), 8)})
    for claim in (rises, falls):
        assert claim.verdict == "enclosed", claim.evidence
        assert 0 < float(claim.evidence["least"]) < 0.01


@pytest.mark.parametrize("high", [R(164, 100), 2, 8])
def test_one_point_where_it_is_false_fails(high):
    claim = at_least("rises", SLOPE, 0, where={mu: (R(1, 1000), high)})
    assert claim.verdict == "failed"
    assert slope(float(Fraction(claim.evidence["counterexample"]["mu"]))) < 0


def test_a_small_step_outside_is_noticed():
    """x³ - 3 x + 2 + ε is above 0 iff ε > 0: its least value is at x = 1, between the ends."""
    f = sp.Integral(3 * z**2 - 3, (z, 0, mu)) + 2
    for shift, verdict in ((R(1, 10**4), "enclosed"), (-R(1, 10**4), "failed")):
        claim = at_least("above", f + shift, 0, where={mu: (R(1, 2), 2)})
        # SymPy alone proves the first; the balls must not say otherwise
        assert claim.verdict in (verdict, "proved" if shift > 0 else verdict)
    found = cover(f + R(1, 10**4), {mu: (R(1, 2), 2)})
    assert 0 < found.least <= R(1, 10**4)
    assert cover(f - R(1, 10**4), {mu: (R(1, 2), 2)}).negative is not None


def test_two_parameters():
    mixed = sp.Integral(sp.exp(-mu * z**2) * sp.cosh(nu * z), (z, 0, 1))
    box = {mu: (R(1, 2), 1), nu: (0, 2)}
    claim = at_most("in both", mixed, sp.sinh(2) / 2, where=box)
    assert claim.verdict == "enclosed"
    claim = at_most("in both", mixed, sp.sinh(2) / 2 - R(1, 2), where=box)
    assert claim.verdict == "failed"


def test_increasing_on_an_interval():
    moment = sp.Integral(sp.exp(-(z**2) / 2 + mu * z), (z, -3, 10))
    assert increasing("rises", moment, where={mu: (1, 2)}).verdict == "enclosed"
    assert increasing("falls", -moment, where={mu: (1, 2)}).verdict == "failed"
    twisted = moment - sp.sin(40 * mu) / 4  # rises at three points, not between them
    claim = increasing("rises", twisted, where={mu: (R(1, 10), 1)})
    assert claim.verdict == "failed"
    claim = increasing("text", moment, where={mu: (1, 2)})
    assert claim.evidence["statement"]["formula"].endswith("increases in μ")


@pytest.mark.parametrize(
    ("where", "match"),
    [
        (None, "where="),
        ({mu: (1.0, 2)}, "ints"),
        ({mu: (1, 2), nu: (1, 2)}, "one symbol"),
        ({mu: (2, 1)}, "low < high"),
    ],
)
def test_increasing_says_what_to_write(where, match):
    claim = increasing("rises", SLOPE, where=where)
    assert claim.verdict == "error"
    assert match in claim.evidence["reason"]


def test_nothing_is_said_where_the_expression_is_undefined():
    for f in (sp.sqrt(x) + 1, sp.log(x**2) + 30, 1 / x**2, sp.exp(1 / x)):
        assert cover(f, {x: (R(-1, 10), 1)}).least is None
    assert cover(sp.sqrt(x) + 1, {x: (R(1, 10), 1)}).least is not None


def test_a_difference_does_not_hide_where_its_sides_are_undefined():
    for hole in (1 / x, sp.log(x), sp.log(x**2)):
        claim = at_most("with a hole", hole + x, hole + x**2 + 1, where={x: (-1, 1)})
        assert claim.verdict == "undecided", hole
        inside = sp.Integral(sp.exp(-(z**2) * x**2), (z, 0, 1))
        claim = at_most("with a hole", hole - inside, hole + 1, where={x: (-1, 1)})
        assert claim.verdict == "undecided", hole


def test_a_jump_is_no_growth():
    """-acot and x - 10 floor(x) have positive derivatives, and fall at a jump."""
    for f in (-sp.acot(x), x - 10 * sp.floor(x), x + sp.sign(x), -sp.atan(1 / x), -1 / x):
        claim = increasing("over the jump", f, where={x: (R(-3, 2), R(3, 2))})
        assert claim.verdict != "enclosed", f
    slope = sp.Derivative(sp.acot(x), x)
    with pytest.raises(NotCertifiable):
        over(slope, {x: (-1, 1)})


def test_a_touch_is_not_settled():
    """(x - 1)² ≥ 0 has a zero inside: no ball around it is positive."""
    found = cover(x**2 - 2 * x + 1, {x: (0, 3)})
    assert found.least is None
    assert found.negative is None


UNARY = (
    sp.exp,
    sp.sin,
    sp.cos,
    sp.tanh,
    sp.erf,
    lambda f: sp.log(f**2 + 1),
    lambda f: sp.sqrt(f**2 + 1),
)


def random_expression(rng, depth):
    """An expression in x and μ that is defined for all real values, an integral now and then."""
    if depth == 0:
        return (x, mu, R(int(rng.integers(-4, 5)), 3))[rng.integers(3)]
    one, other = (random_expression(rng, depth - 1) for _ in range(2))
    kind = rng.integers(5)
    if kind == 0:
        t = sp.Symbol(f"t{depth}", real=True)
        return sp.Integral(one.subs(x, t), (t, R(-1, 2), sp.tanh(mu)))
    if kind in (1, 2):
        return UNARY[rng.integers(len(UNARY))](sp.tanh(one) if kind == 1 else one / 4)
    return one + other if kind == 3 else one * other


def test_random_expressions_lie_in_their_balls():
    rng = np.random.default_rng(7)
    seen = 0
    for _ in range(60):
        f = random_expression(rng, 3)
        low = R(int(rng.integers(1, 40)), 20)
        width = R(1, int(rng.choice([3, 30, 1000])))
        box = {x: (low - 1, low - 1 + width), mu: (low, low + width)}
        ball = over(f, box)
        if not ball.is_finite:
            continue
        seen += 1
        function = sp.lambdify((x, mu), f, "mpmath")
        for share in (0, Fraction(1, 3), 1):
            at = (float(a + R(share) * (b - a)) for a, b in box.values())  # off by a rounding
            value = mpmath.mpf(function(*at))
            slack = 1e-14 * (1 + abs(float(value)))
            assert ball.arb.lower() - slack <= flint.arb(str(value)) <= ball.arb.upper() + slack, f
    assert seen > 30


def test_equal_sides_prove_nothing():
    assert at_most("same", SLOPE, SLOPE, where={mu: (1, 2)}).verdict == "undecided"
    disguised = SLOPE + sp.sin(mu) ** 2 + sp.cos(mu) ** 2 - 1
    assert cover(disguised - SLOPE, {mu: (1, 2)}).least is None


@pytest.mark.parametrize(
    "f", [sp.Abs(x), sp.Integral(sp.exp(-(z**2) * mu), (z, 0, sp.oo)), sp.Max(mu, 1)]
)
def test_refused_forms(f):
    with pytest.raises(NotCertifiable):
        over(f, {mu: (1, 2), x: (1, 2)})


def test_refused_parameters():
    with pytest.raises(TypeError, match="exact"):
        over(SLOPE, {mu: 0.5})
    with pytest.raises(TypeError, match="interval for mu"):
        over(SLOPE, {})


def test_the_precision_of_others_is_left_alone():
    before = flint.ctx.prec
    cover(SLOPE, {mu: (1, R(11, 10))})
    assert flint.ctx.prec == before
