r"""Prose with $mathematics$ and [@citations] as LaTeX that any engine sets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from gantheory.book.works import find_work
from gantheory.tex.escaping import escape
from gantheory.tex.pieces import (
    CITE,
    CODE,
    DISPLAY,
    EMPHASIS,
    MATH,
    Paragraph,
    Piece,
    citation,
    paragraphs,
    pieces,
)

_NO_PARAGRAPH = re.compile(r"\n\n(?=\\\[)|(?<=\\\])\n\n(?=[a-z])")
"""Where an empty line would end the sentence that a display belongs to."""


def typeset(text: str) -> str:
    r"""Return prose as LaTeX, displays as \[ \], citations as Lin~\cite[Theorem 1]{lin1991}.

    Formulas stay as they are; everything else is escaped, and nothing but ASCII is left.

    Raises
    ------
    PageError
        If a work that is cited is not known.
    """
    return _NO_PARAGRAPH.sub("\n", "\n\n".join(_groups(text)))


def _groups(text: str) -> Iterator[str]:
    """Yield paragraphs, and lists whole."""
    for is_list, group in groupby(paragraphs(text), lambda paragraph: bool(paragraph.mark)):
        if is_list:
            items = [rf"\item{_item_mark(item)} {inline(item.text)}" for item in group]
            yield "\n".join([r"\begin{itemize}", *items, r"\end{itemize}"])
        else:
            yield from (_paragraph(paragraph) for paragraph in group)


def _item_mark(item: Paragraph) -> str:
    return "" if item.mark in "-*" else f"[{item.mark}]"


def _paragraph(paragraph: Paragraph) -> str:
    if not paragraph.verbatim:
        return inline(paragraph.text)
    lines = [escape(line.strip()) for line in paragraph.text.splitlines()]
    return "\n".join([r"\begin{quote}", "\\\\\n".join(lines), r"\end{quote}"])


def inline(text: str) -> str:
    """Return one paragraph as LaTeX."""
    lines = "".join(_piece(piece) for piece in pieces(text)).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def _piece(piece: Piece) -> str:
    if piece.kind == MATH:
        return f"${piece.text.strip()}$"
    if piece.kind == DISPLAY:
        return f"\n\\[\n{piece.text.strip()}\n\\]\n"
    if piece.kind == CITE:
        key, place = citation(piece.text)
        where = f"[{escape(place)}]" if place else ""
        return rf"{escape(find_work(key).named)}~\cite{where}{{{key}}}"
    if piece.kind in (CODE, EMPHASIS):
        command = {CODE: "texttt", EMPHASIS: "emph"}[piece.kind]
        return rf"\{command}{{{escape(piece.text)}}}"
    return escape(piece.text)
