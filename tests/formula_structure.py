"""Reads a formula back, from its LaTeX and from its Unicode form, into one structure.

Both forms become the same kinds of tokens and go through one parser. Only LaTeX has fractions, scripts
and roots that cover what braces hold; in Unicode, brackets have to say it. A product is kept as what it
multiplies and what it divides by, so that (a/b) c and c · a/b may be written either way, and a bracket
that was lost gives another structure, or `Ambiguous`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pylatexenc.latexwalker import LatexCharsNode, LatexEnvironmentNode, LatexGroupNode

from gantheory.tex.macros import (
    ACCENTS,
    ALPHABETS,
    FRACTIONS,
    LOWER,
    SILENT,
    SPACES,
    SYMBOLS,
    UPPER,
    WORDS,
    letter,
)
from gantheory.tex.mathematics import parsed

FUNCTIONS = {text for text, kind in SYMBOLS.values() if kind == "function"}
SIGNS = set("+-±∓∪∩∖⊕∧∨*")
RELATIONS = {text for text, kind in SYMBOLS.values() if kind == "relation"} | set("=:<>") | {":="}
PAIRS = dict(zip("([{⟨⌊⌈", ")]}⟩⌋⌉", strict=True)) | {"open|": "close|", "open‖": "close‖"}
LOWERED = {small: plain for plain, small in LOWER.items()}
RAISED = {small: plain for plain, small in UPPER.items()}
VULGAR = {"½": "12", "¼": "14", "¾": "34"}


class Ambiguous(Exception):
    """A line that two readers might read in two ways."""


@dataclass(frozen=True)
class Token:
    """A character or a word; or "frac", "root", "^", "_" with what they cover."""

    text: str
    parts: tuple[tuple[Token, ...], ...] = ()


Tokens = Sequence[Token]


# --- LaTeX ---------------------------------------------------------------------------------------


def of_latex(latex: str) -> Any:
    """The structure of mathematics in LaTeX."""
    return structure(_with_bars(_nodes(parsed(latex))))


def _nodes(nodes: Sequence[Any]) -> list[Token]:
    stream = list(_characters(nodes))
    tokens: list[Token] = []
    while stream:
        head = stream.pop(0)
        if isinstance(head, str) and head + str(stream[:1]) == ":['=']":
            tokens.append(Token(head + stream.pop(0)))
        elif isinstance(head, str) and head == "'":
            tokens.append(Token("^", ((Token("′"),),)))
        elif _is_mark(head):
            tokens.append(Token(head, (tuple(_with_bars(_argument(stream.pop(0)))),)))
        elif isinstance(head, str) and head.isdigit():
            while stream and isinstance(stream[0], str) and re.fullmatch(r"[\d.]", stream[0]):
                head += stream.pop(0)
            tokens += _decimal(head)
        elif isinstance(head, LatexGroupNode) and stream and _is_mark(stream[0]):
            tokens += [Token("("), *_nodes(head.nodelist), Token(")")]
        else:
            tokens += _argument(head)
    return tokens


def _is_mark(item: Any) -> bool:
    return isinstance(item, str) and item in "^_"


def _decimal(number: str) -> list[Token]:
    """A number, and the full stop that may end its sentence."""
    whole = number.rstrip(".")
    return [Token(whole), *(Token(".") for _ in number[len(whole) :])]


def _characters(nodes: Sequence[Any]) -> Iterator[Any]:
    for node in nodes:
        if isinstance(node, LatexCharsNode):
            yield from (c for c in node.chars if not c.isspace() and c not in "&~")
        elif getattr(node, "macroname", "") in SPACES:
            yield " "
        elif getattr(node, "macroname", "") not in SILENT | {"\\", "quad", "qquad"}:
            yield node


def _argument(node: Any) -> list[Token]:
    if node is None:
        return []
    if isinstance(node, str):
        return [Token(node)] if node != " " else []
    if isinstance(node, LatexCharsNode):
        return [Token(c) for c in node.chars]
    if isinstance(node, LatexGroupNode):
        return _nodes(node.nodelist)
    if isinstance(node, LatexEnvironmentNode):
        return _environment(node)
    return _macro(node.macroname, node.nodeargd.argnlist if node.nodeargd else [])


def _environment(node: Any) -> list[Token]:
    rows = "".join(n.latex_verbatim() for n in node.nodelist).split("\\\\")
    cells = [[_nodes(parsed(cell)) for cell in row.split("&")] for row in rows if row.strip()]
    if node.environmentname == "aligned":
        return [token for row in cells for cell in row for token in cell]
    if node.environmentname == "cases":
        lines = [token for row in cells for token in (*_case(*row), Token(";"))]
        return [Token("{"), *lines[:-1], Token("}")]
    raise NotImplementedError(node.environmentname)


def _case(value: list[Token], condition: list[Token]) -> list[Token]:
    while value[-1].text in ",." or (condition and condition[-1].text in ",."):
        (condition if condition and condition[-1].text in ",." else value).pop()
    said = condition[0].text in ("if", "for", "where", "when", "otherwise")
    return [*value, *([] if said else [Token("if")]), *condition]


def _macro(name: str, arguments: Sequence[Any]) -> list[Token]:
    if name in ("lvert", "rvert", "lVert", "rVert"):
        return [Token(("open" if name[0] == "l" else "close") + SYMBOLS[name][0])]
    if name in SYMBOLS:
        text = {"top": "T", "mid": "given"}.get(name, SYMBOLS[name][0])
        return [Token(word) for word in text.split()]
    if name in FRACTIONS:
        return [Token("frac", tuple(tuple(_with_bars(_argument(a))) for a in arguments))]
    if name == "sqrt":
        degree, inner = arguments
        return [Token("root", (tuple(_with_bars(_argument(inner))), tuple(_argument(degree))))]
    if name in ACCENTS:
        return [Token(_argument(arguments[0])[0].text + ACCENTS[name])]
    if name in ALPHABETS:
        return [Token(letter(name, _argument(arguments[0])[0].text))]
    if name in WORDS:
        return [Token(word) for word in re.findall(r"\w+|[^\w\s]", _raw(arguments[-1]))]
    [token] = _argument(arguments[0])  # \left, \right, \middle
    sided = {"left": "open", "right": "close"}.get(name, "")
    return [Token(sided + token.text)] if token.text in "|‖" else [token][: token.text != "."]


def _raw(node: Any) -> str:
    nodes = node.nodelist if isinstance(node, LatexGroupNode) else [node]
    return "".join(n.chars if isinstance(n, LatexCharsNode) else " " for n in nodes)


# --- Unicode -------------------------------------------------------------------------------------

_WORDS = re.compile(
    r"(?P<space>\s+)|(?P<number>\d+(?:\.\d+)?)|(?P<word>(?:[A-Za-z][\u0300-\u036f\u20d7]?)+)"
    rf"|(?P<raised>[{re.escape(''.join(RAISED))}]+)|(?P<lowered>[{re.escape(''.join(LOWERED))}]+)"
    r"|(?P<given>(?<=\s)[|∥](?=\s))|(?P<other>:=|.[\u0300-\u036f\u20d7]?)"
)


def of_unicode(line: str) -> Any:
    """The structure of mathematics in Unicode.

    Raises
    ------
    Ambiguous
        If a factor follows a fraction: a/b c.
    """
    return structure(_with_bars(_line(line)), strict=True)


def _line(text: str) -> list[Token]:
    tokens: list[Token] = []
    while text:
        found = _WORDS.match(text)
        spaced = not tokens or text[0].isspace()
        if found is None or found["space"]:
            text = text.lstrip()
            spaced = True
            found = _WORDS.match(text)
            if found is None:
                break
        word, text = found[0], text[found.end() :]
        if word == "(" and spaced and tokens and tokens[-1].text not in FUNCTIONS | {"_", "^"}:
            tokens.append(Token("·"))  # x (y + z) multiplies, f(x) does not
        made, text = _unit(found, word, text, spaced or tokens[-1].text in "([{,")
        tokens += made
    return tokens


def _unit(found: re.Match[str], word: str, text: str, spaced: bool) -> tuple[list[Token], str]:
    """One word as tokens, and what is left of the text."""
    if found["raised"] or found["lowered"]:
        plain = "".join((RAISED if found["raised"] else LOWERED)[c] for c in word)
        if text.startswith("√"):
            return _covered("root", text[1:], tuple(_line(plain)))
        return [Token("^" if found["raised"] else "_", (tuple(_line(plain)),))], text
    if word in "^_√":
        return _covered("root" if word == "√" else word, text)
    if word in VULGAR:
        return [Token("frac", tuple((Token(digit),) for digit in VULGAR[word]))], text
    if word in "′†ᵀ" or (word == "*" and not spaced):
        return [Token("^", ((Token(word),),))], text
    if found["given"]:
        return [Token("∥" if word == "∥" else "given")], text
    if re.fullmatch("d[A-Za-z]", word):
        return [Token("d"), Token(word[1])], text
    return [Token(word)], text


def _covered(name: str, text: str, degree: Tokens = ()) -> tuple[list[Token], str]:
    """What stands behind √, ^ or _: a bracket, or a single word."""
    if text[0] in "({|":
        end = _end_of_bracket(text)
        inner = text[1:end] if text[0] == "(" else text[: end + 1]
        covered, text = _line(inner), text[end + 1 :]
    else:
        word = _WORDS.match(text)
        covered, text = _unit(word, word[0], text[word.end() :], True)
    parts = (tuple(_with_bars(covered)),)
    return [Token(name, (*parts, tuple(degree)) if name == "root" else parts)], text


def _end_of_bracket(text: str) -> int:
    depth = 0
    for i, c in enumerate(text):
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and (text[0] in "([{" or i):
            return i
    raise Ambiguous(text)


# --- both ----------------------------------------------------------------------------------------


def _with_bars(tokens: Tokens) -> list[Token]:
    """The tokens with | and ‖ as opening and closing, or, alone between brackets, as "given"."""
    out = list(tokens)
    levels: list[dict[str, list[int]]] = [{}]
    for i, token in enumerate(tokens):
        if token.text in PAIRS:
            levels.append({})
        elif token.text in PAIRS.values() and len(levels) > 1:
            _pair(out, levels.pop())
        elif token.text in ("|", "‖"):
            levels[-1].setdefault(token.text, []).append(i)
    for level in levels:
        _pair(out, level)
    return out


def _pair(out: list[Token], bars: dict[str, list[int]]) -> None:
    for bar, places in bars.items():
        if len(places) == 1:
            out[places[0]] = Token({"|": "given", "‖": "∥"}[bar])
        for i, side in zip(places, ["open", "close"] * len(places), strict=False):
            if len(places) > 1:
                out[i] = Token(side + bar)


STOPS = {",", ";", ".", "if", "for", "where", "when", "otherwise", "and", "or", "…", "⋯"}


def structure(tokens: Tokens, *, strict: bool = False) -> Any:
    """What the tokens mean: relations of sums of products."""
    return _Parser(tokens, strict).statements()


class _Parser:
    def __init__(self, tokens: Tokens, strict: bool) -> None:
        self.tokens, self.at, self.strict = list(tokens), 0, strict

    def here(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def take(self) -> Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def part(self, tokens: Tokens) -> Any:
        return structure(tokens, strict=self.strict)

    def statements(self) -> Any:
        found = []
        while self.here():
            if self.here() in STOPS | RELATIONS | {"given", "∥"}:
                found.append(self.take().text)
            else:
                found.append(self.sum())
        return tuple(found)

    def sum(self) -> Any:
        terms = []
        while self.here() and self.here() not in STOPS | RELATIONS | {"given", "∥"}:
            sign = ""
            while self.here() in SIGNS:
                sign += self.take().text
            terms.append((sign, self.product()))
        return tuple(terms)

    def product(self) -> Any:
        over, under, divided = [], [], False
        while self.here() and self.here() not in STOPS | RELATIONS | SIGNS | {"given", "∥"}:
            if self.here() == "/":
                self.take()
                up, down = self.factor()
                over, under, divided = over + down, under + up, True
                continue
            if divided and self.strict and self.here() != "d":  # ∫ p/q dx is read in one way
                raise Ambiguous(f"{self.here()} follows a fraction")
            if self.here() == "·":
                self.take()
                continue
            up, down = self.factor()
            over, under = over + up, under + down
        return tuple(over), tuple(under)

    def factor(self) -> Any:
        """One factor, as what it multiplies and what it divides by."""
        token = self.take()
        if token.text in ("frac", "root"):
            over, under = self.covered(token)
            if self.here() not in ("^", "_"):
                return over, under
            return self.with_scripts(("(", ((("", (tuple(over), tuple(under))),),)))
        if token.text in PAIRS:
            return self.bracket(token.text)
        if token.text in FUNCTIONS:
            name = self.with_scripts(token.text)[0][0]
            stops = STOPS | RELATIONS | SIGNS | {"given", "∥", "/", ""} | set(PAIRS.values())
            argument = () if self.here() in stops else self.factor()
            return [("function", name, argument)], []
        name = self.with_scripts(token.text)[0][0]
        if token.text[0].isalpha() and self.here() in ("(", "[") and not _is_power(name):
            self.take()
            return [("of", name, self.inner())], []
        if (
            token.text in "∂∇d"
            and self.here()
            and self.here() not in STOPS | RELATIONS | SIGNS | {"/"}
        ):
            up, down = self.factor()
            return [name, *up], down
        return [name], []

    def covered(self, token: Token) -> Any:
        """A fraction or a root."""
        if token.text == "root":
            return [("root", *map(self.part, token.parts))], []
        (over, under), (up, down) = (_flat(self.part(part)) for part in token.parts)
        return over + down, under + up

    def inner(self) -> Any:
        """What stands in the bracket that was opened."""
        depth, start = 1, self.at
        while depth and self.here():
            depth += self.here() in PAIRS
            depth -= self.here() in PAIRS.values()
            self.take()
        return self.part(self.tokens[start : self.at - (depth == 0)])

    def bracket(self, opening: str) -> Any:
        inner = self.inner()
        if self.here() in ("^", "_") or opening not in "([":
            return self.with_scripts((opening, inner))
        return _flat(inner)

    def with_scripts(self, base: Any) -> Any:
        scripts: dict[str, list[Any]] = {"^": [], "_": []}
        while self.here() in ("^", "_"):
            token = self.take()
            scripts[token.text].append(self.part(_letters(token.parts[0])))
        found = tuple((mark, tuple(inner)) for mark, inner in scripts.items() if inner)
        while self.here() == "!":
            found += (self.take().text,)
        return [(base, *found) if found else base], []


def _letters(tokens: Tokens) -> list[Token]:
    """The tokens of a script, in which words are letters: x_(ij) is x_{ij}."""
    split = []
    for token in tokens:
        word = token.text.isascii() and token.text.isalpha() and token.text not in FUNCTIONS
        split += [Token(c) for c in token.text] if word and not token.parts else [token]
    return split


def _is_power(name: Any) -> bool:
    """Whether x^n(y + z) multiplies; D^*(x) and f′(x) do not."""
    scripts = dict(name[1:]) if isinstance(name, tuple) and "!" not in name else {}
    return any(c not in "*′†" for c in _leaves(scripts.get("^", ())))


def _leaves(part: Any) -> str:
    return part if isinstance(part, str) else "".join(map(_leaves, part))


def _flat(inner: Any) -> tuple[list[Any], list[Any]]:
    """A bracket as one factor, or, around a mere product, as its factors."""
    match inner:
        case ((("", (over, under)),),):
            return list(over), list(under)
    return [("(", inner)], []
