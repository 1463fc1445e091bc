r"""Mathematics as MathML: read back into the structure of its LaTeX, for every formula of the book."""

from __future__ import annotations

import re
import unicodedata

import pytest
import sympy as sp
from formula_structure import of_latex
from mathml_structure import of_mathml, symbols
from test_tex import PAIRS, UNREADABLE

from gantheory.book import bundled_folder, page_files, read_page
from gantheory.errors import PageError
from gantheory.tex import mathml_of, mathml_parts, unicode_of
from gantheory.tex.macros import ACCENTS, ALPHABETS, ARGUMENTS, OF_CLAIMS, SYMBOLS
from gantheory.tex.pieces import DISPLAY, MATH, pieces
from gantheory.theorems.plain import latex_of_expression
from gantheory.theorems.writing import latex_of_call

x, y, t = sp.symbols("x y t", positive=True)
n = sp.Symbol("n", integer=True, positive=True)
f = sp.Function("f")
D_STAR, THETA_0 = sp.Symbol("D*"), sp.Symbol("theta_0")
EXPRESSIONS = (
    sp.Derivative(x * sp.log(x), x, 2),
    sp.Integral(sp.exp(-(x**2) / 2) / sp.sqrt(2 * sp.pi), (x, -sp.oo, y)),
    sp.Sum(x**n / sp.factorial(n), (n, 0, sp.oo)),
    sp.Product(1 - x**n, (n, 1, 3)),
    sp.Limit(sp.log(x) / x, x, 0, "+"),
    sp.Subs(sp.Derivative(f(x), x), x, y + 1),
    sp.Piecewise((x, x > 1), (1 / x, True)),
    sp.Implies(x > 0, sp.And(sp.Ne(y, 1), sp.Or(t <= 1, t >= 2))),
    sp.Equivalent(x > 0, sp.Not(sp.Contains(x, sp.Interval(0, 1)))),
    sp.Max(x, y) + sp.Abs(sp.Symbol("z")) + sp.floor(x) - sp.binomial(n, 2),
    sp.acosh(x) + sp.erf(x) + sp.Symbol("x_1") ** 3 + D_STAR - THETA_0,
    sp.cos(x) ** 2 * sp.cot(y) - sp.Rational(1, 3) * sp.I,
)
CALLS = (
    "2·JSD(N(0, 1), N(1, 2²)) - log(4)",
    "Δ(1e-05², W₂) ‖ θ·a* - 0.5",
    "[0.5 +/- 1e-09] (expression p**2*log(1 + q**(5/8)), line 3)",
    "agreeing(in turns, 12)",
    "∫ p^2/(p + q); p = N(0, 1)",
    "array of shape (49,)",
)


def every_formula() -> list[tuple[str, bool]]:
    """Every formula of the book once, and whether it stands on lines of its own."""
    texts = (text for path in page_files(bundled_folder()) for text in read_page(path).texts)
    found = (piece for text in texts for piece in pieces(text.text))
    return sorted({(p.text, p.kind == DISPLAY) for p in found if p.kind in (MATH, DISPLAY)})


@pytest.mark.parametrize("latex", [latex for latex in PAIRS if latex not in UNREADABLE])
def test_mathml_means_what_latex_means(latex: str) -> None:
    assert of_mathml(mathml_of(latex)) == of_latex(latex)


def test_every_formula_of_the_book_is_read_back() -> None:
    formulas = every_formula()
    assert len(formulas) > 3000
    for latex, display in formulas:
        assert of_mathml(mathml_of(latex, display=display)) == of_latex(latex), latex


def letters(text: str) -> list[str]:
    """Letters and digits, sorted, without the ways in which they are raised, lowered or decorated."""
    plain = unicodedata.normalize("NFKD", text.replace("⊤", "T"))
    return sorted(c for c in plain.replace("if", "") if c.isalnum())


def test_every_formula_has_the_letters_of_its_unicode_form() -> None:
    for latex, _ in every_formula():
        assert letters(symbols(mathml_of(latex))) == letters(unicode_of(latex)), latex


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_what_sympy_writes(expression: sp.Basic) -> None:
    of_mathml(mathml_of(latex_of_expression(expression)))


@pytest.mark.parametrize("call", CALLS)
def test_what_statements_write(call: str) -> None:
    mathml = mathml_of(latex_of_call(call))
    of_mathml(mathml)
    assert "U+" not in mathml
    assert letters(symbols(mathml)) == letters(call.replace("1e-0", "1·10-"))


def test_parts_between_which_a_line_may_be_broken() -> None:
    def inside(mathml: str) -> str:
        return mathml.removeprefix("<math>").removesuffix("</math>")

    long = (
        r"V(D) = a + b, \quad \left( c = d \right) (e = f) + \{ x = y \} + |u = v| + w + x + y + z"
    )
    texts = [symbols(part) for part in mathml_parts(long)]
    assert texts == ["V(D)=", "a+b,", "(c=d)(e=f)+", "{x=y}+|u=v|+w+", "x+y+z"]
    for latex, _ in every_formula():
        parts = mathml_parts(latex)
        assert "".join(map(inside, parts)) == inside(mathml_of(latex))
        for part in parts:
            of_mathml(part)


def test_every_macro() -> None:
    for macro in (*SYMBOLS, *OF_CLAIMS):
        assert symbols(mathml_of(f"a \\{macro} b")) != "ab" or "quad" in macro, macro
    for macro in (set(ARGUMENTS) - {"left", "right", "middle", "frac", "tfrac", "dfrac"}) - set(
        ALPHABETS
    ):
        assert "x" in symbols(mathml_of(f"\\{macro}{{x}}")), macro
    assert set(ACCENTS) <= set(ARGUMENTS)


def test_any_characters_of_a_call() -> None:
    for c in map(chr, range(32, 0x2500)):
        for before in "a2*²^ₙ)'" if c.isascii() else "*":
            of_mathml(mathml_of(latex_of_call(f"{before}{c}{before}")))


@pytest.mark.parametrize(
    ("latex", "part"),
    [
        # a minus without a left side is a sign, and no space stands behind it
        (r"a(-b)", '<mo stretchy="false">(</mo><mo form="prefix">−</mo><mi>b</mi>'),
        (r"a - b", "<mi>a</mi><mo>−</mo><mi>b</mi>"),
        # names of functions stand apart from letters, not from brackets
        (
            r"p \log q",
            '<mi>p</mi><mspace width="0.167em"/><mi>log</mi><mspace width="0.167em"/><mi>q</mi>',
        ),
        (r"\log(q)", '<mi>log</mi><mo stretchy="false">(</mo>'),
        # bars: norms, "given", and those that are as high as their inside
        (r"|x|", '<mo stretchy="false" form="prefix">|</mo><mi>x</mi>'),
        (
            r"p(x | z)",
            '<mi>x</mi><mo lspace="0.278em" rspace="0.278em" stretchy="false">|</mo><mi>z</mi>',
        ),
        (r"\left| x \right|", '<mrow><mo form="prefix" stretchy="false">|</mo><mi>x</mi>'),
        (r"\left( \frac{a}{b} \right)", '<mrow><mo form="prefix" stretchy="true">(</mo><mfrac>'),
        # limits below, in a display
        (r"\max_D V", '<munder><mo movablelimits="true"'),
        (r"\int_0^1 x", "<msubsup><mo>∫</mo><mn>0</mn><mn>1</mn></msubsup>"),
        # names upright, letters italic, capital Greek upright
        (r"\mathrm{KL} p \Gamma", '<mi>KL</mi><mi>p</mi><mi mathvariant="normal">Γ</mi>'),
        (r"a < b \& c", "<mi>a</mi><mo>&lt;</mo><mi>b</mi><mo>&amp;</mo><mi>c</mi>"),
    ],
)
def test_how_it_is_laid_out(latex: str, part: str) -> None:
    assert part in mathml_of(latex)


@pytest.mark.parametrize(
    "latex", [r"\fraq{a}{b}", "x^", r"\left( a", r"\right) a \left(", "a & b", "{a"]
)
def test_what_cannot_be_read_is_refused(latex: str) -> None:
    with pytest.raises(PageError):
        mathml_of(latex)


def test_pages_may_not_write_the_macros_of_claims() -> None:
    for macro in OF_CLAIMS:
        with pytest.raises(PageError):
            unicode_of(f"a \\{macro} b")


def test_the_second_reader_sees_a_change() -> None:
    latex = r"\frac{p(x)}{p(x) + q(x)}"
    right = mathml_of(latex)
    wrong = [
        re.sub("<mi>q</mi>", "<mi>p</mi>", right),
        right.replace("<mo>+</mo>", "<mo>−</mo>"),
        right.replace("mfrac", "mrow"),
    ]
    assert all(of_mathml(one) != of_latex(latex) for one in wrong)
