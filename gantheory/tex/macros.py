"""The macros that pages may write in mathematics, and what each becomes in Unicode."""

from __future__ import annotations

import unicodedata

# Kinds of what stands in a formula. Those of neighbours decide the spaces, as TeX's classes of atoms do,
# and whether a fraction needs brackets.
WORD, NUMBER, FUNCTION, BIG, PREFIX = "word", "number", "function", "big", "prefix"
INFIX, TIMES, SLASH, RELATION, SIGN = "infix", "times", "slash", "relation", "sign"
OPEN, CLOSE, BAR, COMMA, POSTFIX = "open", "close", "bar", "comma", "postfix"
FRACTION, TEXT, TIGHT, BLANK = "fraction", "text", "tight", "blank"

Table = dict[str, tuple[str, str]]
"""Macro (without its backslash) or character: what it becomes, and its kind."""


def _table(kind: str, **symbols: str) -> Table:
    return {macro: (symbol, kind) for macro, symbol in symbols.items()}


def _same(kind: str, names: str) -> Table:
    return {name: (name, kind) for name in names.split()}


SYMBOLS: Table = {
    **_table(
        WORD, alpha="α", beta="β", gamma="γ", delta="δ", epsilon="ϵ", varepsilon="ε", zeta="ζ"
    ),
    **_table(WORD, eta="η", theta="θ", vartheta="ϑ", iota="ι", kappa="κ", mu="μ", nu="ν", xi="ξ"),
    **_table(WORD, pi="π", rho="ρ", sigma="σ", varsigma="ς", tau="τ", upsilon="υ", phi="ϕ"),
    **_table(WORD, varphi="φ", chi="χ", psi="ψ", omega="ω", Gamma="Γ", Delta="Δ", Theta="Θ"),
    **_table(WORD, Lambda="Λ", Xi="Ξ", Pi="Π", Sigma="Σ", Upsilon="Υ", Phi="Φ", Psi="Ψ", Omega="Ω"),
    **{"lambda": ("λ", WORD)},
    **_table(WORD, infty="∞", ell="ℓ", emptyset="∅", varnothing="∅", top="⊤", bot="⊥"),
    **_table(WORD, dots="…", ldots="…", cdots="⋯", prime="′", dagger="†", star="⋆", hbar="ℏ"),
    **_same(
        FUNCTION, "log ln exp max min sup inf lim arg sin cos tan sinh cosh tanh det dim ker Pr"
    ),
    **_same(FUNCTION, "arcsin arccos arctan gcd"),
    **_table(FUNCTION, limsup="lim sup", liminf="lim inf"),
    **_table(BIG, int="∫", iint="∬", oint="∮", sum="∑", prod="∏", bigcup="⋃", bigcap="⋂"),
    **_table(PREFIX, partial="∂", nabla="∇", neg="¬", lnot="¬", forall="∀", exists="∃"),
    **_table(INFIX, pm="±", mp="∓", cup="∪", cap="∩", setminus="∖", oplus="⊕", land="∧", lor="∨"),
    **_table(INFIX, wedge="∧", vee="∨", ast="*"),
    **_table(TIMES, cdot="·", times="×", circ="∘", otimes="⊗", div="÷", odot="⊙"),
    **_table(RELATION, le="≤", leq="≤", ge="≥", geq="≥", ne="≠", neq="≠", ll="≪", gg="≫"),
    **_table(RELATION, approx="≈", equiv="≡", sim="~", simeq="≃", cong="≅"),
    **_table(RELATION, propto="∝", mid="|", parallel="∥", perp="⊥", to="→", mapsto="↦", gets="←"),
    **_table(
        RELATION, rightarrow="→", leftarrow="←", uparrow="↑", downarrow="↓", leftrightarrow="↔"
    ),
    **_table(RELATION, Rightarrow="⇒", Leftarrow="⇐", Leftrightarrow="⇔", implies="⇒", iff="⇔"),
    **{"in": ("∈", RELATION), "|": ("‖", BAR), "{": ("{", OPEN), "}": ("}", CLOSE)},
    **_table(RELATION, notin="∉", ni="∋", subset="⊂", subseteq="⊆", supset="⊃", supseteq="⊇"),
    **_table(RELATION, preceq="⪯", succeq="⪰", longrightarrow="⟶"),
    **_table(OPEN, lvert="|", lVert="‖", langle="⟨", lfloor="⌊", lceil="⌈", lbrace="{", lbrack="["),
    **_table(
        CLOSE, rvert="|", rVert="‖", rangle="⟩", rfloor="⌋", rceil="⌉", rbrace="}", rbrack="]"
    ),
    **_table(BAR, vert="|", Vert="‖"),
    **{"%": ("%", POSTFIX), "&": ("&", INFIX), "#": ("#", WORD), "_": ("_", TIGHT)},
    **_table(COMMA, colon=":"),
    **_table(BLANK, quad="  ", qquad="    "),
}
"""Macros that stand for one symbol."""

CHARACTERS: Table = {
    **_same(INFIX, "+ - *"),
    **_same(RELATION, "= < > :"),
    **_same(OPEN, "( ["),
    **_same(CLOSE, ") ]"),
    **_same(COMMA, ", ; ."),
    "/": ("/", SLASH),
    "|": ("|", BAR),
    "!": ("!", POSTFIX),
}
"""Characters that are neither letters nor digits."""

SPACES = frozenset({",", ";", ":", "!", " ", "\n"})
"""Macros for thin spaces: `rows` sets its own."""

SILENT = frozenset({"displaystyle", "textstyle", "limits", "nolimits"}) | {
    size + side for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r")
}
"""Macros that print nothing: sizes, and where limits stand."""

DELIMITERS = {"left": OPEN, "right": CLOSE, "middle": RELATION}

FRACTIONS = frozenset({"frac", "tfrac", "dfrac"})
WORDS = frozenset({"mathrm", "text", "textrm", "mathsf", "mathit", "operatorname"})
ACCENTS = {
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
    "tilde": "\u0303",
    "widetilde": "\u0303",
    "dot": "\u0307",
    "ddot": "\u0308",
    "vec": "\u20d7",
}
ALPHABETS = {
    "mathbb": ("DOUBLE-STRUCK", {"E": "E"}),  # few fonts have the letter outside the first plane
    "mathcal": ("SCRIPT", {"N": "N"}),  # the normal distribution
    "mathbf": ("BOLD", {}),
}
ENVIRONMENTS = frozenset({"cases", "aligned", "pmatrix", "bmatrix"})
ARGUMENTS = {
    **dict.fromkeys(FRACTIONS, "{{"),
    **dict.fromkeys((*WORDS, *ACCENTS, *ALPHABETS), "{"),
    "operatorname": "*{",
    "sqrt": "[{",
    **dict.fromkeys(DELIMITERS, "{"),
}
"""What follows a macro: "{" for an argument, "[" and "*" for what may be left out."""

OF_CLAIMS: Table = {
    **_table(RELATION, nearrow="↗", lt="<", gt=">", nRightarrow="⇏"),
    **_same(FUNCTION, "cot sec csc coth"),
    **{"backslash": ("\\", TIGHT), "$": ("$", TIGHT)},
    **_table(PREFIX, surd="√"),
}
"""Symbols that SymPy and `theorems/writing` write of claims, and pages may not."""

ARGUMENTS_OF_CLAIMS = {"binom": "{{", "substack": "{"}

KNOWN = frozenset({*SYMBOLS, *SPACES, *SILENT, *ARGUMENTS, "\\", "begin", "end"})
"""Every macro that may be written."""

UPPER = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWβγδθφχ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵝᵞᵟᶿᵠᵡ",
        strict=True,
    )
)
LOWER = dict(
    zip(
        "0123456789+-=()aehijklmnoprstuvxβγρφχ",
        "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ",
        strict=True,
    )
)
"""Superscripts and subscripts that Unicode has."""


def letter(alphabet: str, plain: str, *, own: bool = True) -> str:
    r"""Return a letter or digit of \mathbb, \mathcal or \mathbf; "" where Unicode has none.

    With `own`, the table's own for letters that few fonts have.
    """
    style, kept = ALPHABETS[alphabet] if own else (ALPHABETS[alphabet][0], {})
    kind = "DIGIT" if plain.isdigit() else "CAPITAL" if plain.isupper() else "SMALL"
    name = unicodedata.name(plain).split()[-1]
    for whole in (f"{style} {kind} {name}", f"MATHEMATICAL {style} {kind} {name}"):
        try:
            return kept.get(plain) or unicodedata.lookup(whole)
        except KeyError:
            continue
    return ""


def macro_of(symbol: str) -> str:
    """Return the macro that prints the symbol, with its backslash; "" if there is none."""
    found = [macro for macro, (text, _) in SYMBOLS.items() if text == symbol]
    return f"\\{found[0]}" if found else ""
