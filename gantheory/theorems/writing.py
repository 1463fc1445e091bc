"""What a statement says, written from its arguments: plain text for readers, LaTeX for math mode."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import sympy as sp

from gantheory.balls import Ball
from gantheory.calls import number
from gantheory.errors import brief
from gantheory.estimates import Estimate, split_route
from gantheory.tex.macros import SYMBOLS, macro_of
from gantheory.theorems.plain import latex_of_expression, name_of, text_of_expression
from gantheory.theorems.symbolic import Where

Statement = dict[str, str | None]
Side = tuple[str, str]  # as text, as LaTeX

SIGNS = {"=": ("=", "="), "<=": ("≤", r"\le"), ">=": ("≥", r"\ge"), "contains": ("∋", r"\ni")}
IMPLICATIONS = {"implies": ("⇒", r"\Rightarrow"), "iff": ("⇔", r"\Leftrightarrow")}
SHOWN = 3  # members at either end of a sequence that is written out
KINDS = (  # assumptions of symbols, the strongest first, and how they are written
    *(("positive", "> 0"), ("negative", "< 0"), ("nonnegative", "≥ 0"), ("nonpositive", "≤ 0")),
    *(("real", "real"), ("complex", "complex")),
)
SPECIAL = {
    **{"·": r" \cdot ", "‖": r" \,\|\, ", "×": r" \times ", "±": r" \pm ", "→": r" \to "},
    **{"²": "^{2}", "∞": r"\infty ", "∫": r"\int ", "√": r"\surd ", "∋": r" \ni "},
    **{"#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_", "{": r"\{", "}": r"\}"},
    **{"\\": r"\backslash ", "^": r"\hat{\ }", "~": r"\sim ", "*": "^{*}", ";": r";\ "},
    **{"…": r"\dots ", "'": r"\text{'}"},
}
NAMED = {"N": r"\mathcal{N}", "log": r"\log", "exp": r"\exp"}
LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
TOKEN = re.compile(
    r"\d+(?:\.\d+)?(?:e[-+]?\d+²?)?|[A-Za-z]\w*|[₀-₉]+|\*\*|\^\d+|.", re.ASCII | re.DOTALL
)


# --- statements -----------------------------------------------------------------------------------


def comparison(relation: str, lhs: Any, rhs: Any, where: Where = None) -> Statement:
    """Return what lhs = rhs, lhs <= rhs, lhs >= rhs or "lhs contains rhs" says, sides as given."""
    left, right = side(lhs), side(rhs)
    sign, latex = SIGNS[relation]
    statement = _statement(
        relation, f"{left[0]} {sign} {right[0]}", f"{left[1]} {latex} {right[1]}"
    )
    statement |= dict(zip(("lhs", "lhs_latex"), left, strict=True))
    statement |= dict(zip(("rhs", "rhs_latex"), right, strict=True))
    symbolic = all(isinstance(x, (int, Fraction, sp.Expr)) for x in (lhs, rhs))
    return statement | {"range": range_of(lhs, rhs, where) if symbolic else None}


def implication(relation: str, lhs: Any, rhs: Any, where: Where = None) -> Statement:
    """Return what lhs ⇒ rhs or lhs ⇔ rhs says, sides as given; a premise that is True is not written."""
    lhs, rhs = (sp.S(x) if isinstance(x, bool) else x for x in (lhs, rhs))
    left, right = _part(lhs), _part(rhs)
    sign, latex = IMPLICATIONS[relation]
    formula, in_latex = f"{left[0]} {sign} {right[0]}", f"{left[1]} {latex} {right[1]}"
    if relation == "implies" and lhs == sp.true:
        formula, in_latex = side(rhs)
    statement = _statement(relation, formula, in_latex)
    statement |= dict(zip(("lhs", "lhs_latex"), side(lhs), strict=True))
    statement |= dict(zip(("rhs", "rhs_latex"), side(rhs), strict=True))
    return statement | {"range": range_of(lhs, rhs, where)}


def _part(x: Any) -> Side:
    """Return a side, in brackets if it is an implication itself."""
    text, latex = side(x)
    if isinstance(x, (sp.Implies, sp.Equivalent)):
        return f"({text})", rf"\left({latex}\right)"
    return text, latex


def growth(values: Any) -> Statement:
    """Return what values[0] < values[1] < ... says."""
    texts, latex = _members(values)
    return _statement("increasing", " < ".join(texts), " < ".join(latex))


def monotone(f: sp.Expr, where: Where) -> Statement:
    """Return what "f increases" says, with the interval for which it is claimed."""
    text, latex = side(f)
    symbol = side(next(iter(where or {})))
    said = _statement(
        "increases", f"{text} increases in {symbol[0]}", rf"{latex} \nearrow {symbol[1]}"
    )
    return said | {"lhs": text, "lhs_latex": latex, "range": range_of(f, f, where)}


def tendency(values: Any, limit: Any) -> Statement:
    """Return what values[n] → limit says."""
    texts, latex = _members(values)
    to = side(limit)
    text = f"{', '.join(texts)} → {to[0]}"
    return _statement("tends to", text, rf"{', '.join(latex)} \to {to[1]}") | {
        "rhs": to[0],
        "rhs_latex": to[1],
    }


def scaling(steps: Any, expected: Any, kind: str) -> Statement:
    """Return what |errors| ~ C steps^expected says, or for a ratio |errors| ~ C expected^steps."""
    exponent = side(expected)
    texts, _ = _members(steps)
    form = ("C h^{}", "C h^{{{}}}") if kind == "power" else ("C {}^h", "C {}^{{h}}")
    text = f"|e(h)| ~ {form[0].format(exponent[0])} for h = {', '.join(texts)}"
    return _statement("~", text, rf"\lvert e(h) \rvert \sim {form[1].format(exponent[1])}")


def _statement(relation: str, formula: str, latex: str) -> Statement:
    return {"relation": relation, "formula": formula, "formula_latex": latex}


def _members(values: Any) -> tuple[list[str], list[str]]:
    """Return the members of a sequence as texts, those in the middle left out if there are many."""
    if isinstance(values, Estimate) and len(values.shape) == 1:
        values = [values[i] for i in range(values.shape[0])]
    if not isinstance(values, (list, tuple, np.ndarray)):
        values = [values]
    shown = values
    if len(values) > 2 * SHOWN:
        shown = [*values[:SHOWN], None, *values[-SHOWN:]]
    pairs = [("…", r"\dots") if value is None else side(value) for value in shown]
    return [text for text, _ in pairs], [latex for _, latex in pairs]


# --- sides ----------------------------------------------------------------------------------------


def side(x: Any) -> Side:
    """Return one side as it was given: an expression, a number as the call that made it."""
    if isinstance(x, sp.Basic):
        return text_of_expression(x), latex_of_expression(x)
    if isinstance(x, (Estimate, Ball)):
        text = x.call.text or _of_unknown(x)
        return text, latex_of_call(text)
    if isinstance(x, (list, tuple)):
        texts, latex = _members(x)
        return f"[{', '.join(texts)}]", f"[{', '.join(latex)}]"
    if isinstance(x, (int, float, Fraction, np.integer, np.floating)):
        x = number(x.item() if isinstance(x, np.generic) else x)
    shape = getattr(x, "shape", ())
    text = f"array of shape {shape}" if shape else x if isinstance(x, str) else brief(x)
    return text, latex_of_call(text)


def _of_unknown(x: Estimate | Ball) -> str:
    """Return a number whose call is not known: itself, and what it was made from."""
    made_from = ", ".join(sorted(split_route(x.route)[1]))
    shape = getattr(x, "shape", ())
    text = f"array of shape {shape}" if shape else str(x)
    return f"{text} ({made_from})" if made_from else text


def range_of(lhs: Any, rhs: Any, where: Where) -> str | None:
    """Return the values of the symbols for which two SymPy sides are compared, None if there is none."""
    free = set().union(*(x.free_symbols for x in (lhs, rhs) if isinstance(x, sp.Basic)))
    within = {symbol: ends for symbol, ends in (where or {}).items() if symbol in free}
    parts = [_of_kind(kind, text, free - set(within)) for kind, text in _kinds(free - set(within))]
    parts += [
        f"{side(low)[0]} < {name_of(symbol)} < {side(high)[0]}"
        for symbol, (low, high) in within.items()
    ]
    return "; ".join(parts) or None


def _kinds(symbols: Iterable[sp.Symbol]) -> list[tuple[str, str]]:
    """Return the kinds that some symbol is of."""
    there = {_kind(symbol) for symbol in symbols}
    return [(kind, text) for kind, text in KINDS if kind in there]


def _kind(symbol: sp.Symbol) -> str:
    """Return the strongest assumption of a symbol that is shown."""
    kinds = (kind for kind, _ in KINDS if getattr(symbol, f"is_{kind}") or kind == "complex")
    return next(kinds)


def _of_kind(kind: str, text: str, symbols: Iterable[sp.Symbol]) -> str:
    names = sorted(name_of(symbol) for symbol in symbols if _kind(symbol) == kind)
    return f"{', '.join(names)} {text}"


# --- calls as LaTeX -------------------------------------------------------------------------------


def latex_of_call(text: str) -> str:
    """Return a call, such as JSD(N(0, 1), N(1, 2²)), for LaTeX's math mode."""
    tokens = TOKEN.findall(text)
    pieces: list[str] = []
    for before, token, after in zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False):
        piece = r"\ " if token == " " and _are_words(before, after) else _token(token)
        if re.match(r"[\^_]", piece) and re.search(r"[\^_]\{[^{}]*\} *$", "".join(pieces[-2:])):
            piece = f"{{}}{piece}"  # TeX takes one script of a kind
        pieces.append(piece)
    return "".join(pieces).replace("  ", " ").strip()


def _are_words(before: str, after: str) -> bool:
    """Return whether the two are words of a text, between which TeX has to be asked for a space."""
    both = before.isidentifier() and after.isidentifier()
    return both and max(len(before), len(after)) > 1 and NAMED.keys().isdisjoint((before, after))


def _token(token: str) -> str:
    """Return a number, a word or a sign in math mode."""
    if token in NAMED:
        return NAMED[token]
    if re.fullmatch(r"\d.*e.*", token):
        return _power_of_ten(token)
    if re.fullmatch(r"\^\d+", token):
        return f"^{{{token[1:]}}}"
    if token == "**":  # a power, as Python writes it
        return "{*}{*}"
    if token[0] in "₀₁₂₃₄₅₆₇₈₉":
        return f"_{{{token.translate(LOWERED)}}}"
    word = "".join(_letter(c) for c in token)
    return rf"\mathrm{{{word}}}" if len(token) > 1 and not token[0].isdigit() else word


def _power_of_ten(token: str) -> str:
    """Return 2.5e-05 as a product; its square in brackets."""
    mantissa, _, exponent = token.removesuffix("²").partition("e")
    product = rf"{mantissa} \times 10^{{{int(exponent)}}}"
    return rf"({product})^{{2}}" if token.endswith("²") else product


def _letter(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c.isascii() and (c.isprintable() or c.isspace()):
        return c
    name = unicodedata.name(c, "").removeprefix("GREEK SMALL LETTER ").replace("LAMDA", "LAMBDA")
    macro = rf"\{name.lower()}" if name.lower() in SYMBOLS else macro_of(c)
    return f"{macro} " if macro else rf"\mathrm{{U+{ord(c):04X}}}"


def as_sequence(values: Any) -> Any:
    """Return an iterable as a list, so that it can be read twice; anything else as it is."""
    keep = (Estimate, Ball, str, sp.Basic, np.ndarray, Mapping, Sequence)
    return values if isinstance(values, keep) or not isinstance(values, Iterable) else list(values)
