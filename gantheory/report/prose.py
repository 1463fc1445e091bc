r"""Texts of pages as HTML: mathematics as MathML, citations as links to the bibliography."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from markupsafe import Markup, escape

from gantheory.book.prose import plain
from gantheory.book.works import find_work
from gantheory.errors import PageError
from gantheory.report.links import Links
from gantheory.tex import mathml_of, mathml_parts
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

_TOUCHED = re.compile(r"([(“]*)(<math>(?:(?!</math>).)*</math>)([.,;:!?)”’]*)", re.DOTALL)
AS_TEXT = "as-text"
"""The class of mathematics that stands there as it was written, since nobody can read it."""


def formula(latex: str, instead: str = "", *, display: bool = False) -> Markup:
    """Return a formula as MathML; what cannot be read as the text that stands for it."""
    try:
        made = mathml_of(latex, display=True) if display else "<wbr>".join(mathml_parts(latex))
        return Markup(made)  # escaped by its writer
    except PageError:
        return Markup('<code class="{}">{}</code>').format(AS_TEXT, instead or latex)


def html_of(text: str, links: Links) -> Markup:
    """Return prose as HTML: paragraphs, lists, displays on lines of their own."""
    return Markup("\n").join(_blocks(text, links))


def inline(text: str, links: Links) -> Markup:
    """Return one paragraph without its element."""
    return _held_together(_piece(piece, links) for piece in pieces(text))


def _held_together(parts: Iterable[Markup]) -> Markup:
    """Return the parts in a row, no line broken between a formula and the signs that touch it."""
    row = str(Markup("").join(parts))
    held = _TOUCHED.sub(
        lambda found: f'<span class="held">{found[0]}</span>' if found[1] or found[3] else found[0],
        row,
    )
    return Markup(held)  # as it was, in elements of its own


def _blocks(text: str, links: Links) -> Iterator[Markup]:
    for kind, group in groupby(paragraphs(text), _kind):
        if kind:
            yield _list(kind, list(group), links)
        else:
            for paragraph in group:
                yield from _paragraph(paragraph, links)


def _kind(paragraph: Paragraph) -> str:
    """Return the kind of list that a paragraph is an item of, "" if it is none."""
    return "" if not paragraph.mark else "plain" if paragraph.mark in "-*" else "marked"


def _list(kind: str, items: list[Paragraph], links: Links) -> Markup:
    """Return a list; marks such as (i) are kept as they are written."""
    marks = (
        Markup('<span class="mark">{}</span> ').format(item.mark)
        if kind == "marked"
        else Markup("")
        for item in items
    )
    rows = (
        Markup("<li>{}{}</li>").format(mark, inline(item.text, links))
        for mark, item in zip(marks, items, strict=True)
    )
    return Markup('<ul class="{}">{}</ul>').format(kind, Markup("").join(rows))


def _paragraph(paragraph: Paragraph, links: Links) -> Iterator[Markup]:
    if paragraph.verbatim:
        yield Markup("<pre>{}</pre>").format(paragraph.text)
        return
    for display, group in groupby(pieces(paragraph.text), lambda piece: piece.kind == DISPLAY):
        if display:
            for piece in group:
                yield Markup('<div class="display">{}</div>').format(
                    formula(piece.text, display=True)
                )
        elif words := _held_together(_piece(piece, links) for piece in group).strip():
            yield Markup("<p>{}</p>").format(words)


def _piece(piece: Piece, links: Links) -> Markup:
    if piece.kind in (MATH, DISPLAY):
        return formula(piece.text)
    if piece.kind == CITE:
        return _citation(piece, links)
    if piece.kind == CODE:
        return Markup("<code>{}</code>").format(piece.text)
    if piece.kind == EMPHASIS:
        return Markup("<em>{}</em>").format(piece.text)
    return escape(piece.text)


def _citation(piece: Piece, links: Links) -> Markup:
    """Return the names of a work, with a link where the report has it."""
    key, place = citation(piece.text)
    try:
        name = find_work(key).cited_as
    except PageError:
        return escape(piece.source)
    linked = key in links.works
    work = (
        Markup('<a class="cite" href="{}">{}</a>').format(links.work(key), name) if linked else name
    )
    return Markup("{}, {}").format(work, place) if place else escape(work)


def words_of(text: str) -> str:
    """Return prose as one line of plain text, for titles of windows and for the search."""
    return " ".join(plain(text).split())
