"""What claims show of the statements that made them, and numbers of the calls that made these."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from gantheory import certified
from gantheory.calls import LONGEST, Call
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
)
from gantheory.densities.short import called, short
from gantheory.divergences import (
    alpha_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    reverse_kl_divergence,
    total_variation,
    wasserstein_1,
)
from gantheory.estimates import total
from gantheory.evidence import differences, frequency, mean_of, pointwise, summed
from gantheory.game import optimal_discriminator, value_function, virtual_training_criterion
from gantheory.quadrature import integrate
from gantheory.theorems import at_most, converges, encloses, equal, increasing, rate
from gantheory.theorems.plain import MOST_NODES, latex_of_expression, text_of_expression
from gantheory.theorems.writing import latex_of_call
from gantheory.verdicts import Verdict

P, Q = Normal(0, 1), Normal(1, 2)
p, q, D, x = sp.symbols("p q D x", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
theta = sp.Symbol("theta", real=True)
value = p * sp.log(D) + q * sp.log(1 - D)
JS = "JSD(N(0, 1), N(1, 2²))"
js = js_divergence(P, Q)


def said(claim):
    return claim.to_json()["evidence"]["statement"]


# --- densities and calls --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("density", "text"),
    [
        (Normal(0, 1), "N(0, 1)"),
        (Normal(-2, 0.5), "N(-2, 0.5²)"),
        (Normal(1e-8, 1), "N(1e-08, 1)"),
        (Normal([0, 1], 1), "N(…, 1)"),
        (Uniform(0, 10**6 + 3), "U[0, 1000003]"),
        (Uniform(0, "1/3"), "U[0, 1/3]"),
        (Uniform("1.001", "1.002"), "U[1.001, 1.002]"),
        (Laplace(0, 1), "Laplace(0, 1)"),
        (Cauchy(0, 1), "Cauchy(0, 1)"),
        (StudentT(3), "t(3; 0, 1)"),
        (Exponential(2), "Exp(2)"),
        (Triangular(0, 1, 3), "Triangular(0, 1, 3)"),
        (Discrete(("1/3", "2/3", 0)), "(1/3, 2/3, 0)"),
        (Discrete(np.ones(9) / 9), "Discrete(9 points)"),
        (Mixture((P, Q), ("0.3", "0.7")), "0.3 N(0, 1) + 0.7 N(1, 2²)"),
        (Mixture([P] * 9, np.ones(9) / 9), "Mixture(9 components)"),
        (Product(P, Uniform(0, 1)), "N(0, 1) × U[0, 1]"),
        (MultivariateNormal([0, 1], [[2, 0], [0, 1]]), "N((0, 1), [2 0; 0 1])"),
    ],
)
def test_a_density_in_short(density, text) -> None:
    assert short(density) == text


def array_function(z):
    return np.exp(-z * z)


@summed
def regrets(real, scale):
    return np.asarray(real) * scale


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (js, JS),
        (kl_divergence(P, Q), "KL(N(0, 1) ‖ N(1, 2²))"),
        (reverse_kl_divergence(P, Q), "KL(N(1, 2²) ‖ N(0, 1))"),
        (alpha_divergence(P, Q, 0.5), "D_0.5(N(0, 1) ‖ N(1, 2²))"),
        (virtual_training_criterion(p=P, q=Q), "C(N(0, 1), N(1, 2²))"),
        (value_function(P, P, optimal_discriminator(P, P) * 0.5 + 1), "V(N(0, 1), N(0, 1); 0.5·a* + 1)"),
        (certified.js_divergence(P, Q), JS),
        (certified.js_divergence(P, Q).estimate(), JS),
        (2 * certified.js_divergence(P, Q) - certified.log(4), f"2·{JS} - log(4)"),
        (regrets([1.0, 2.0], 3), "regrets(…, 3)"),
        (differences(array_function, [1.0, 2.0], [1.0, 0.0]), "slope(array_function)"),
        (mean_of(np.arange(9.0), within=(0, 9)), "mean(9 values)"),
        (frequency([True, False]), "frequency(1 of 2)"),
        (integrate(array_function, (-6, 6)), "∫ array_function"),
        (2 * js - sp.log(4), f"2·{JS} - log(4)"),
        (2 * js - math.log(4), f"2·{JS} - 1.38629436112"),
        (1 - js, f"1 - {JS}"),
        (js - (1 - js), f"{JS} - (1 - {JS})"),
        (js - -2.5, f"{JS} + 2.5"),
        (js + (-js), f"{JS} - {JS}"),
        ((js + 1) * (js - 2), f"({JS} + 1)·({JS} - 2)"),
        (js * js, f"{JS}·{JS}"),
        (-(js + 1), f"-({JS} + 1)"),
        (0 - -js, f"0 + {JS}"),
        (js * -1, f"-{JS}"),
        (js / (js * 2), f"{JS}/(2·{JS})"),
        (Fraction(1, 2) * js, f"(1/2)·{JS}"),
        (js / 2 * 3, f"3·({JS}/2)"),
        (abs(js).sqrt().log(), f"log(sqrt(abs({JS})))"),
        (js_divergence(Normal([0, 1], 1), P)[1], "JSD(N(…, 1), N(0, 1))[1]"),
        (js_divergence(Normal([0, 1], 1), P)[:1], ""),
        (total([js] * 30), ""),
    ],
)  # fmt: skip
def test_a_number_remembers_its_call(number, text) -> None:
    assert number.call.text == text


def test_a_call_has_a_bound_and_is_sealed() -> None:
    long = js
    while long.call:
        assert len(long.call.text) <= LONGEST
        long = long * long
    assert long.confirms
    altered = js_divergence(P, Q)
    object.__setattr__(altered, "call", total_variation(P, Q).call)
    assert not altered.confirms


def test_what_is_subtracted_as_an_expression_is_no_copy() -> None:
    halves = Mixture(
        (P, P), (Fraction(1, 2), Fraction(1, 2))
    )  # by panels; P itself by a closed form
    sides = kl_divergence(P, Q) + reverse_kl_divergence(P, Q), jeffreys_divergence(halves, Q)
    claim = equal("J", *(side - sp.log(4) for side in sides))
    assert claim.verdict is Verdict.HOLDS


# --- SymPy's expressions --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (value, "p·log(D) + q·log(1 - D)"),
        (sp.Derivative(value, D), "∂/∂D (p·log(D) + q·log(1 - D))"),
        (sp.Derivative(x**3, x, x), "d²/dx² (x³)"),
        (sp.Derivative(value, D) ** 2, "(∂/∂D (p·log(D) + q·log(1 - D)))²"),
        (2 * sp.Derivative(sp.log(x), x), "2·(d/dx (log(x)))"),
        (sp.Subs(sp.Derivative(sp.log(x), x), x, p / q), "[d/dx (log(x)) at x = p/q]"),
        (sp.Integral(p + x, (x, 0, theta)) + 3, "∫[0, θ] (p + x) dx + 3"),
        (q * sp.Integral(x, (x, -sp.oo, sp.oo)), "q·(∫[-∞, ∞] x dx)"),
        (sp.Limit(p * sp.log(p / q), q, 0, "+"), "lim q→0+ (p·log(p/q))"),
        (sp.Limit(1 / n, n, sp.oo), "lim n→∞ (1/n)"),
        (sp.Sum(1 / n**2, (n, 1, sp.oo)), "Σ[n=1..∞] 1/n²"),
        (q * sp.Sum(p**n, (n, 1, 5)), "q·(Σ[n=1..5] p^n)"),
        (sp.sqrt(p + q) / p**2, "√(p + q)/p²"),
        (sp.sqrt(sp.pi), "√π"),
        (sp.log(1 + sp.E), "log(1 + e)"),
        (1 / sp.sqrt(p), "1/√p"),
        (p ** sp.Rational(1, 3), "p^(1/3)"),
        ((-2) ** x, "(-2)^x"),
        ((p + q) ** 12, "(p + q)¹²"),
        (sp.Abs(theta - p), "|p - θ|"),
        (sp.Min(theta, 1), "min(1, θ)"),
        (sp.Symbol("D*") * p, "D*·p"),
        (sp.Symbol("mu_1"), "μ_1"),
        (sp.Integer(-3), "-3"),
    ],
)
def test_an_expression_as_text(expression, text) -> None:
    assert text_of_expression(expression) == text


def test_a_long_expression_is_cut() -> None:
    terms = sp.symbols(f"a:{MOST_NODES}")
    assert text_of_expression(sp.Add(*terms[:200])).endswith("…")
    assert text_of_expression(sp.Add(*terms)) == "Add(…), an expression of more than 400 parts"
    assert latex_of_expression(sp.Add(*terms)) == r"\dots"
    assert latex_of_expression(sp.log(p)) == r"\log{\left(p \right)}"


# --- statements -----------------------------------------------------------------------------------


def test_both_sides_as_they_were_given() -> None:
    claim = equal("D* is stationary", sp.Subs(sp.Derivative(value, D), D, p / (p + q)), 0)
    shown = said(claim)
    assert shown["formula"] == "[∂/∂D (p·log(D) + q·log(1 - D)) at D = p/(p + q)] = 0"
    assert shown["formula"] == f"{shown['lhs']} = {shown['rhs']}"
    assert shown["formula_latex"] == f"{shown['lhs_latex']} = {shown['rhs_latex']}"
    assert r"\log" in shown["lhs_latex"]
    assert shown["range"] == "p, q > 0"
    assert said(at_most("x", -1 / D, 0, where={D: (0, 1)}))["range"] == "0 < D < 1"
    assert said(equal("x", sp.Abs(theta) ** 2, theta**2))["range"] == "θ real"


@pytest.mark.parametrize(
    ("claim", "formula"),
    [
        (at_most("a", js, sp.log(2)), f"{JS} ≤ log(2)"),
        (equal("a", regrets([1.0, 2.0], 3), 9), "regrets(…, 3) = 9"),
        (equal("a", js_divergence(Normal([0, 1], 1), P), [0, sp.log(2)]),
         "JSD(N(…, 1), N(0, 1)) = [0, log(2)]"),
        (equal("a", js_divergence(Normal([0, 1], 1), P)[:1], 0), "array of shape (1,) (JSD) = 0"),
        (equal("a", total([js] * 30), 0), f"{total([js] * 30)} (JSD) = 0"),
        (encloses("a", certified.js_divergence(P, Q), "0.128"), f"{JS} ∋ 0.128"),
        (increasing("a", (wasserstein_1(P, Normal(k, 1)) for k in (1, 2, 3))),
         "W₁(N(0, 1), N(1, 1)) < W₁(N(0, 1), N(2, 1)) < W₁(N(0, 1), N(3, 1))"),
        (increasing("a", [wasserstein_1(P, Normal(k, 1)) for k in range(9)]),
         "W₁(N(0, 1), N(0, 1)) < W₁(N(0, 1), N(1, 1)) < W₁(N(0, 1), N(2, 1)) < … < "
         "W₁(N(0, 1), N(6, 1)) < W₁(N(0, 1), N(7, 1)) < W₁(N(0, 1), N(8, 1))"),
        (converges("a", [js, js, js], 0), f"{JS}, {JS}, {JS} → 0"),
        (rate("a", [4, 2, 1], [js, js, js], 2), "|e(h)| ~ C h^2 for h = 4, 2, 1"),
        (equal("a", js, "x"), f"{JS} = x"),  # refused, and shown all the same
        (equal("a", js, object), f"{JS} = <class 'object'>"),
    ],
)  # fmt: skip
def test_the_formula_of_a_claim(claim, formula) -> None:
    assert said(claim)["formula"] == formula


def test_what_cannot_be_written_is_refused_and_no_crash() -> None:
    claim = equal("a", p, q, where={p: 7})
    assert claim.verdict is Verdict.ERROR
    assert said(claim) == {}


def test_a_formula_that_is_altered_is_seen() -> None:
    claim = at_most("a", js, sp.log(2))
    assert claim.made
    claim.evidence["statement"]["formula"] = "JSD = 0"
    assert not claim.made


def test_a_call_as_latex() -> None:
    assert latex_of_call("2·JSD(N(0, 1), N(1, 2²)) - log(4)") == (
        r"2 \cdot \mathrm{JSD}(\mathcal{N}(0, 1), \mathcal{N}(1, 2^{2})) - \log(4)"
    )
    assert latex_of_call("1e-08 ± 2.5e+17") == r"1 \times 10^{-8} \pm 2.5 \times 10^{17}"
    assert latex_of_call("my_f(…) ‖ θ") == r"\mathrm{my\_f}(\dots ) \,\|\, \theta"
    assert latex_of_call("".join(map(chr, range(32, 0x2500)))).isascii()


# --- a page does not name numbers as ours ----------------------------------------------------------


@pytest.mark.parametrize("number", [kl_divergence, certified.kl_divergence])
def test_a_number_that_a_page_names_is_typed(number):
    pair = Normal(0, 1), Normal(1, 1)
    named = number(*pair).called(Call("JSD(N(0, 1), N(1, 1))"))
    assert number(*pair).confirms
    assert not named.confirms
    assert equal("JSD = 1/2", named, Fraction(1, 2)).verdict is not Verdict.HOLDS


def test_a_page_has_no_names_to_give():
    with pytest.raises(TypeError, match=r"makers of gantheory\.evidence"):
        called("JSD({p}, {q})")(lambda p, q: kl_divergence(p, q))


def test_a_pages_function_is_not_shown_as_ours():
    @summed
    def JSD(x):
        return [x, 1.0]

    def slope(x):
        return x[0] ** 2

    slope.__name__ = "KL(N(0, 1) ‖ N(1, 1))"
    assert JSD(2.0).call.text == "own JSD(2)"
    assert pointwise(slope)(np.ones(1)).call.text == "own slope(…)"
    assert differences(slope, [1.0], [1.0]).call.text == "slope(own slope)"


def test_classes_of_a_page_are_no_sides():
    class Own(sp.Mul):
        def _sympystr(self, printer):
            return "JSD(p, q)"

    x = sp.Symbol("x", positive=True)
    for home in (__name__, "sympy.core.mul", "sympy.nowhere"):  # whatever it says of itself
        Own.__module__ = home
        claim = equal("JSD = 2 x", Own(x, 2, evaluate=False) + x, 3 * x)
        assert claim.verdict is Verdict.ERROR
        assert "Own is a class that SymPy does not have" in claim.evidence["reason"]
    f = sp.Function("f")
    assert equal(
        "any function", sp.Derivative(f(x) ** 2, x), 2 * f(x) * f(x).diff(x)
    ).verdict is not (Verdict.ERROR)


def test_a_call_as_latex_is_latex() -> None:
    assert latex_of_call("W₂(Δ, 1e-05²)") == r"W_{2}(\Delta , (1 \times 10^{-5})^{2})"
    assert (
        latex_of_call("agreeing(in turns, p q)")
        == r"\mathrm{agreeing}(\mathrm{in}\ \mathrm{turns}, p q)"
    )
    assert latex_of_call("p^2 + a*² + q**2") == "p^{2} + a^{*}{}^{2} + q{*}{*}2"
    assert latex_of_call("¨") == r"\mathrm{U+00A8}"
