r"""Mathematics of pages: LaTeX as Unicode and back, and plain text as LaTeX."""

from __future__ import annotations

from contextlib import suppress

import pytest
from formula_structure import Ambiguous, of_latex, of_unicode

from gantheory.book import bundled_folder, page_files, read_page
from gantheory.errors import PageError
from gantheory.tex import escape, unicode_of
from gantheory.tex.pieces import DISPLAY, MATH, faults, paragraphs, pieces

PAIRS = {
    # fractions, and what stands beside them
    r"D^*(x) = \frac{p(x)}{p(x)+q(x)}": "D*(x) = p(x)/(p(x) + q(x))",
    r"\frac{p}{q}\,r": "(p/q) r",
    r"x \frac{p}{q} r + x^2 \frac{p}{q} r": "x (p/q) r + x² (p/q) r",
    r"r\,\frac{p}{q}": "r p/q",
    r"\frac{p}{q}(r+s)": "(p/q)(r + s)",
    r"\frac{p}{q} \cdot r + r \cdot \frac{p}{q}": "(p/q) · r + r · p/q",
    r"\frac{p q}{r s}": "(p q)/(r s)",
    r"\frac{\frac{a}{b}}{\frac{c}{d}}": "(a/b)/(c/d)",
    r"\frac{-1}{3} - \frac{1}{3}": "(-1)/3 - 1/3",
    r"\frac{2x}{3} + \frac{3}{2x}": "2x/3 + 3/(2x)",
    r"\frac{1}{2}\log 2 - \tfrac34 + \frac14 x": "½ log 2 - ¾ + ¼x",
    r"\frac{(a+b)}{2}": "(a + b)/2",
    r"\frac{(a+b)(c+d)}{2}": "((a + b)(c + d))/2",
    r"\frac{a^n(1-a)}{b^n(1-b)} + \frac{D^*(x)}{f'(x)}": "(aⁿ (1 - a))/(bⁿ (1 - b)) + D*(x)/f′(x)",
    r"a/b": "a/b",
    r"1 - \frac{a+b}{c}": "1 - (a + b)/c",
    r"\int \frac{p}{q}\,\mathrm{d}x": "∫ (p/q) dx",
    # functions
    r"\log\frac{p}{q}": "log(p/q)",
    r"\frac{\log p}{q}": "(log p)/q",
    r"\log p(x) - \log(1 - D(G(z)))": "log p(x) - log(1 - D(G(z)))",
    r"\exp\left(-\frac{x^2}{2}\right)": "exp(-x²/2)",
    r"\max_D V(D,G) = \max_D\frac{a}{b}": "max_D V(D, G) = max_D (a/b)",
    r"\lim_{x\to 0}\frac{\sin x}{x}": "lim_(x→0) ((sin x)/x)",
    r"\operatorname*{arg\,max}_D V(D)": "arg max_D V(D)",
    r"\min_G \max_D V, \sup_{x \in A} f, \limsup_n a_n": "min_G max_D V, sup_(x∈A) f, lim supₙ aₙ",
    # divergences, expectations, norms
    r"\mathrm{KL}(p \,\|\, q)": "KL(p ∥ q)",
    r"\mathrm{KL}\left(p \,\middle\|\, \tfrac{p+q}{2}\right)": "KL(p ∥ (p + q)/2)",
    r"\mathbb{E}_{x \sim p}[\log D(x)]": "E_(x~p)[log D(x)]",
    r"2\,\mathrm{JSD}(p, q) - \log 4": "2 JSD(p, q) - log 4",
    r"\|x - y\|^2 + |x| \lvert y\rvert": "‖x - y‖² + |x| |y|",
    r"p(x | z) = p(x \mid z)": "p(x | z) = p(x | z)",
    r"|f(x | y)|": "|f(x | y)|",
    r"\left\lVert \frac{a}{b} \right\rVert": "‖a/b‖",
    r"\{x : x > 0\}": "{x : x > 0}",
    r"f'(x) + f''_n": "f′(x) + f′′ₙ",
    # scripts
    r"x^{n+1} + x^{q+1} + x^q": "xⁿ⁺¹ + x^(q+1) + x^q",
    r"e^{p(x)}": "e^(p(x))",
    r"x_{ij} + x_{qj} + x_{i,j}": "xᵢⱼ + x_(qj) + x_(i,j)",
    r"\int_a^b f + \int_0^\infty f": "∫ₐᵇ f + ∫_0^∞ f",
    r"\sum_{i=1}^n x_i^2": "∑ᵢ₌₁ⁿ xᵢ²",
    r"D^*_q + D_q^* + p_{\mathrm{data}}(x)": "D*_q + D*_q + p_data(x)",
    r"e^{-x^2/2} + e^{-t} + e^{-\frac{x}{2\sigma}}": "e^(-x²/2) + e⁻ᵗ + e^(-x/(2σ))",
    r"\theta^{(t+1)} = \theta^{(t)} - \theta^{(q)}": "θ⁽ᵗ⁺¹⁾ = θ⁽ᵗ⁾ - θ^(q)",
    r"{x^2}^3 + (a+b)^2 + {ab}^2": "(x²)³ + (a + b)² + (a b)²",
    r"x^q(1-x)": "x^q (1 - x)",
    r"2^{n_k} + x_{n_k}": "2^(nₖ) + x_(nₖ)",
    r"\left(\frac{a}{b}\right)^2 + \frac{a}{b}^2": "(a/b)² + (a/b)²",
    r"x^\frac12": "x^½",
    r"0^- + x^{-1}": "0⁻ + x⁻¹",
    r"A^\top B": "Aᵀ B",
    # roots, derivatives, accents, alphabets
    r"\sqrt{2\pi} + 2\sqrt{2} + \sqrt{p(x)} + \sqrt[3]{x}": "√(2π) + 2√2 + √(p(x)) + ³√x",
    r"\sqrt{x}^2 + \sqrt{x^2}": "(√x)² + √(x²)",
    r"\frac{\partial V}{\partial D} + \frac{\partial}{\partial x} f": "∂V/∂D + (∂/∂x) f",
    r"\frac{\mathrm{d}^2 f}{\mathrm{d}x^2}": "d²f/dx²",
    r"\frac{\mathrm{d}\log D}{\mathrm{d}\theta}": "(d log D)/dθ",
    r"\nabla_\theta V + \nabla f(x)": "∇_θ V + ∇f(x)",
    r"\hat{x}_i + \bar\mu + \tilde{\theta}": "x̂ᵢ + μ̄ + θ̃",
    r"\mathbb{R}^n, \mathcal{N}(0, 1), \mathcal{F}, \mathbf{1}": "ℝⁿ, N(0, 1), ℱ, 𝟏",
    # signs, spaces, numbers
    r"-a - b = -(c) \pm d": "-a - b = -(c) ± d",
    r"10{,}000 + 3.14 + 10\,000": "10,000 + 3.14 + 10 000",
    r"2xy + x2": "2x y + x 2",
    r"[0, 1) \times (0, \infty]": "[0, 1) × (0, ∞]",
    r"x_1, \dots, x_n": "x₁, …, xₙ",
    r"n! / k!": "n!/k!",
    r"p \to q \quad \text{as } n \to \infty": "p → q  as n → ∞",
    r"f\colon X \to Y, \quad g := f \circ f": "f: X → Y,  g := f ∘ f",
    r"h: \mathbb{R} \to \mathbb{R}": "h : ℝ → ℝ",
    r"\left. f \right|_{x=0}": "f|ₓ₌₀",
    # more than one line
    r"f(x) = \begin{cases} 1, & x > 0, \\ 0 & \text{otherwise.} \end{cases}": (
        "f(x) = {1 if x > 0; 0 otherwise}"
    ),
    r"\begin{aligned} V &= a + b \\ &\le c, \\ D &= 1 \end{aligned}": "V = a + b\n  ≤ c,\nD = 1",
    r"\begin{pmatrix} 0 & -1 \\ 1 & 0 \end{pmatrix} x": "(0, -1; 1, 0) x",
}
UNREADABLE = {r"\left. f \right|_{x=0}", r"\begin{pmatrix} 0 & -1 \\ 1 & 0 \end{pmatrix} x"}
"""What the small reader of the tests does not know."""


@pytest.mark.parametrize("latex", PAIRS)
def test_unicode(latex: str) -> None:
    assert unicode_of(latex) == PAIRS[latex]


@pytest.mark.parametrize("latex", [latex for latex in PAIRS if latex not in UNREADABLE])
def test_unicode_means_what_latex_means(latex: str) -> None:
    assert of_unicode(PAIRS[latex]) == of_latex(latex)


@pytest.mark.parametrize(
    "page", [bundled_folder() / "_template.py", *page_files(bundled_folder())], ids=lambda p: p.stem
)
def test_every_formula_of_the_book_is_read_back(page: object) -> None:
    for text in read_page(page).texts:
        for piece in pieces(text.text):
            if piece.kind in (MATH, DISPLAY):
                assert of_unicode(unicode_of(piece.text)) == of_latex(piece.text), piece.text


@pytest.mark.parametrize(
    ("latex", "wrong"),
    [
        (r"\log\frac{p}{q}", "log p/q"),
        (r"\frac{p}{p+q}", "p/p + q"),
        (r"\frac{p+q}{2}", "p + q/2"),
        (r"\frac{1}{2x}", "1/2 x"),
        (r"\frac{p}{q} r", "p/q r"),
        (r"e^{-x^2/2}", "e^-x²/2"),
        (r"x^{n+1}", "xⁿ + 1"),
        (r"{x^2}^3", "x²³"),
        (r"\sqrt{x+1}", "√x + 1"),
        (r"a - (b - c)", "a - b - c"),
        (r"\frac{a}{b/c}", "a/b/c"),
        (r"\frac{\mathrm{d}\log D}{\mathrm{d}x}", "dlog D/dx"),
    ],
)
def test_the_reader_sees_a_lost_bracket(latex: str, wrong: str) -> None:
    with suppress(Ambiguous):
        assert of_unicode(wrong) != of_latex(latex)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (
            r"\fracc{a}{b}",
            r"\fracc is none of the macros in gantheory/tex/macros.py; did you mean \frac",
        ),
        (r"\begin{gather} a \end{gather}", "the environment gather is none of aligned,"),
        ("a ≤ b", r"'≤' is not LaTeX: write \le"),
        ("a % b", r"'%' is not LaTeX: write \%"),
        ("σ", r"write \sigma"),
        ("{a", "its braces do not match"),
        ("a} + {b", "its braces do not match"),
        (r"\left( a", r"\left and \right do not match"),
        ("x^", "nothing stands behind ^"),
        ("x_a_b", "two scripts _ at one place"),
        (r"\frac{a}", "arguments of macro"),
        (r"\begin{cases} a", r"\end{cases}"),
        ("a & b", "& stands outside cases"),
        (r"a \\ b", r"\\ does not belong here"),
        (r"\hat{xy}", r"\hat stands over more than one letter"),
        (r"\mathcal{ab}", "has no letter in Unicode"),
        ("|a| + |b", r"3 bars: write \lvert and \rvert"),
        (r"\sqrt[q]{x}", "a root of degree q has no form in one line"),
    ],
)
def test_mathematics_that_cannot_be_written(latex: str, message: str) -> None:
    with pytest.raises(PageError) as refusal:
        unicode_of(latex)
    assert message in str(refusal.value)


def test_pieces() -> None:
    text = "Let $p$ be *one*, `D*` [@lin1991, Theorem 1], D* and E*: $$\na\n$$ ends 2 * 3 * 4."
    kinds = [(piece.kind, piece.text) for piece in pieces(text) if piece.kind != "text"]
    assert kinds == [
        ("math", "p"),
        ("emphasis", "one"),
        ("code", "D*"),
        ("cite", "lin1991, Theorem 1"),
        ("display", "\na\n"),
    ]
    assert "".join(piece.source for piece in pieces(text)) == text


def test_faults_of_a_text_are_found_where_they_stand() -> None:
    text = "One.\n\nA price of $5.\n\nTwo $\\alpa$."
    found = [fault for piece in pieces(text) for fault in faults(piece)]
    assert [(text.count("\n", 0, at), fault) for at, fault in found] == [
        (2, "$5. has no second $ before the next empty line"),
        (
            4,
            r"$\alpa$: \alpa is none of the macros in gantheory/tex/macros.py; did you mean \alpha?",
        ),
    ]


def test_paragraphs() -> None:
    found = list(
        paragraphs("One\nline.\n\n    a table\n      of lines\n\n- b\n  c\n- d\n\n(i) e\n\n\n")
    )
    assert [(p.text, p.mark, p.verbatim) for p in found] == [
        ("One\nline.", "", False),
        ("a table\n  of lines", "", True),
        ("b\nc", "-", False),
        ("d", "-", False),
        ("e", "(i)", False),
    ]
    assert list(paragraphs(" \n")) == []


def test_escape() -> None:
    assert escape("100% {a_b} \\ x² ≤ σ(Δ) Λ") == (
        r"100\% \{a\_b\} \textbackslash{} x\ensuremath{^{2}} \ensuremath{\le} "
        r"\ensuremath{\sigma}(\ensuremath{\Delta}) \ensuremath{\Lambda}"
    )
    assert escape("Österreicher é ø 𝄞") == r"\"{O}sterreicher \'{e} {\o} \texttt{U+1D11E}"
    assert escape('a "b" ("c d")') == "a ``b'' (``c d'')"
    assert escape("".join(map(chr, range(32, 0x3000)))).isascii()
