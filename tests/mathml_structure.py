"""Reads a formula back from MathML, into the structure that `formula_structure` makes of LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from formula_structure import Token, structure

SIGNS = {"−": "-", "∗": "*", "∼": "~", "⊤": "T", "𝔼": "E", "𝒩": "N"}
ACCENTS = {"^": "\u0302", "¯": "\u0304", "~": "\u0303", "˙": "\u0307", "¨": "\u0308", "→": "\u20d7"}
PRIMES = {"′": 1, "″": 2, "‴": 3}
SCRIPTS = {
    **{"msub": "_", "munder": "_", "msup": "^", "mover": "^"},
    **{"msubsup": "_^", "munderover": "_^"},
}
COUNTS = {"mfrac": 2, "mroot": 2, **{name: 1 + len(marks) for name, marks in SCRIPTS.items()}}
"""How many children an element must have: with another number browsers show a fault."""


def of_mathml(mathml: str) -> Any:
    """The structure of one element <math>; wrong numbers of children raise ValueError."""
    return structure(_row(ElementTree.fromstring(mathml)))


def symbols(mathml: str) -> str:
    """Everything that is printed, without spaces."""
    return re.sub(r"\s", "", "".join(ElementTree.fromstring(mathml).itertext()))


def _row(elements: Iterable[Element]) -> list[Token]:
    return [token for element in elements for token in _tokens(element)]


def _tokens(element: Element) -> list[Token]:
    name, parts = element.tag, list(element)
    if len(parts) != COUNTS.get(name, len(parts)):
        raise ValueError(f"{name} has {len(parts)} children")
    if name in ("math", "mrow", "mstyle", "mpadded"):
        return _row(parts)
    if name == "mn":
        return [Token(element.text or "")]
    if name in ("mi", "mo", "mtext"):
        return _sign(element) if name == "mo" else _word(element.text or "")
    if name == "mfrac":
        return [Token("frac", (tuple(_tokens(parts[0])), tuple(_tokens(parts[1]))))]
    if name in ("msqrt", "mroot"):
        return [Token("root", (tuple(_tokens(parts[0])), tuple(_row(parts[1:]))))]
    if element.get("accent"):
        return [Token(_tokens(parts[0])[0].text + ACCENTS[parts[1].text or ""])]
    if name in SCRIPTS:
        return _scripted(parts, SCRIPTS[name])
    if name == "mtable":
        return _table(element)
    return {"mspace": []}[name]


def _word(text: str) -> list[Token]:
    return [Token(SIGNS.get(word, word)) for word in re.findall(r"\w+|[^\w\s]", text)]


def _sign(element: Element) -> list[Token]:
    text, form = element.text or "", element.get("form")
    if text in PRIMES:
        return [Token("^", ((Token("′"),),))] * PRIMES[text]
    if text in "|‖" and form:
        return [Token({"prefix": "open", "postfix": "close"}[form] + text)]
    text = {"|": "given", **SIGNS}.get(text, text)
    return [Token({"^": "caret", "_": "underscore"}.get(word, word)) for word in text.split()]


def _scripted(parts: list[Element], marks: str) -> list[Token]:
    base = _tokens(parts[0])
    closed = base and base[0].text in ("(", "[", "{", "open|", "open‖")
    closed = closed or (len(base) == 2 and base[1].parts == ((Token("′"),),))
    grouped = parts[0].tag == "mrow" and len(base) > 1 and not closed
    if grouped or (parts[0].tag in SCRIPTS and not parts[0].get("accent")):
        base = [Token("("), *base, Token(")")]
    for mark, part in zip(marks, parts[1:], strict=True):
        inner = _tokens(part)
        primes = all(token.parts == ((Token("′"),),) for token in inner) and mark == "^"
        base += inner if primes else [Token(mark, (tuple(inner),))]
    return base


def _table(element: Element) -> list[Token]:
    rows = [[_row(cell) for cell in row] for row in element]
    if element.get("class") != "cases":
        return [token for row in rows for cell in row for token in cell]
    lines: list[Token] = []
    for value, *rest in rows:
        condition = rest[0] if rest else []
        while (condition or value)[-1].text in ",.":
            (condition or value).pop()
        while value[-1].text in ",.":
            value.pop()
        said = condition and condition[0].text in ("if", "for", "where", "when", "otherwise")
        lines += [*value, *([] if said else [Token("if")]), *condition, Token(";")]
    return [*lines[:-1], Token("}")]
