r"""Prose taken apart: text, $mathematics$, $$displays$$, [@citations], `code` and *emphasis*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import cleandoc
from textwrap import dedent
from typing import NamedTuple

from gantheory.tex import mathematics

TEXT, MATH, DISPLAY, CITE, CODE, EMPHASIS = "text", "math", "display", "cite", "code", "emphasis"

_LINE = r"[^{0}\n]|\n(?!\s*\n)"  # a character, but no empty line
_PIECE = re.compile(
    r"(?=[$\[`*])(?:"  # no other character begins one
    rf"\$\$(?P<display>(?:{_LINE.format('$')})+)\$\$"
    rf"|\$(?P<math>(?:{_LINE.format('$')})+)\$"
    r"|\[@(?P<cite>[^\]]*)\]"
    r"|(?P<quote>`{1,2})(?P<code>[^`\n]+)(?P=quote)"
    r"|(?<![\w*])\*(?P<emphasis>[^\W\d](?:[^*$\n]*[\w.])?)\*(?![\w*]))"
)
_ITEM = re.compile(r"(?P<mark>[-*]|\([a-z0-9]{1,4}\)|\d{1,2}\.)\s+")


class Piece(NamedTuple):
    """A part of a text: its kind, what stands within its marks, all of it, and where it begins."""

    kind: str
    text: str
    source: str
    start: int


@dataclass(frozen=True)
class Paragraph:
    """Prose between empty lines, a list item with its mark, or text that keeps its lines."""

    text: str
    mark: str = ""
    verbatim: bool = False


def pieces(text: str) -> Iterator[Piece]:
    """Yield the parts of a text in their order."""
    end = 0
    for found in _PIECE.finditer(text):
        if found.start() > end:
            yield _text(text[end : found.start()], end)
        kind = str(found.lastgroup)
        yield Piece(kind, found[kind], found[0], found.start())
        end = found.end()
    if end < len(text):
        yield _text(text[end:], end)


def _text(text: str, start: int) -> Piece:
    return Piece(TEXT, text, text, start)


def citation(text: str) -> tuple[str, str]:
    """Return the key and the place that a citation names: "lin1991, Theorem 1" has both."""
    key, _, place = text.partition(",")
    return key.strip(), " ".join(place.split())


def faults(piece: Piece) -> Iterator[tuple[int, str]]:
    """Yield where the mathematics of a piece is wrong, and how, so far as a glance tells."""
    if piece.kind in (MATH, DISPLAY):
        yield from ((piece.start, fault) for fault in mathematics.faults(piece.text))
    elif piece.kind == TEXT and "$" in piece.text:
        at = piece.text.index("$")
        line = piece.text[at:].splitlines()[0][:40]
        yield piece.start + at, f"{line} has no second $ before the next empty line"


def paragraphs(text: str) -> Iterator[Paragraph]:
    """Yield the paragraphs of a text: each item of a list is one; an indented block keeps its lines."""
    for block in re.split(r"\n[^\S\n]*\n\s*?(?=[^\S\n]*\S)", cleandoc(text)):
        lines = block.splitlines()
        if not block.strip():
            continue
        if "$" not in block and all(line.startswith("  ") for line in lines):
            yield Paragraph(dedent(block), verbatim=True)
        elif _ITEM.match(block.lstrip()):
            yield from _items(lines)
        else:
            yield Paragraph(block.strip())


def _items(lines: list[str]) -> Iterator[Paragraph]:
    mark, item = "", ""
    for line in (line.strip() for line in lines):
        found = _ITEM.match(line)
        if found and item:
            yield Paragraph(item, mark)
        if found:
            mark, item = found["mark"], line[found.end() :]
        else:
            item += "\n" + line
    yield Paragraph(item, mark)
