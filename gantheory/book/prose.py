r"""Texts of pages for a terminal: mathematics in Unicode, citations with names, lines filled."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterator
from itertools import groupby

from gantheory.book.works import find_work
from gantheory.errors import PageError
from gantheory.tex.mathematics import unicode_of
from gantheory.tex.pieces import CITE, DISPLAY, MATH, Paragraph, Piece, citation, paragraphs, pieces

WIDEST = 88
_UNBROKEN = 40  # a formula of at most so many characters stays on one line
_INDENT = "    "
_HARD = "\u00a0"  # a space at which no line is broken


def plain(text: str) -> str:
    """Return a text of a page with its mathematics in Unicode and its citations with names.

    What cannot be read stays as it is written: reading the page reports it as a fault.
    """
    return "".join(_plain(piece) for piece in pieces(text))


def _plain(piece: Piece) -> str:
    try:
        if piece.kind in (MATH, DISPLAY):
            return unicode_of(piece.text)
        if piece.kind == CITE:
            key, place = citation(piece.text)
            return ", ".join(filter(None, [find_work(key).cited_as, place]))
    except PageError:
        return piece.source
    return piece.source


def terminal_width() -> int:
    """Return the columns to write in: the terminal's, 80 where there is none, at most 88."""
    return min(shutil.get_terminal_size().columns, WIDEST)


def wrapped(text: str, width: int | None = None) -> str:
    """Return a text as `plain` does, in filled paragraphs, displays on lines of their own.

    Parameters
    ----------
    width:
        Columns; by default `terminal_width`.
    """
    columns = max(width or terminal_width(), 30)
    groups = groupby(paragraphs(text), lambda paragraph: bool(paragraph.mark))
    blocks: list[str] = []
    for is_list, group in groups:
        lines = [_paragraph(paragraph, columns) for paragraph in group]
        blocks += ["\n".join(lines)] if is_list else lines
    return "\n\n".join(blocks)


def _paragraph(paragraph: Paragraph, width: int) -> str:
    if paragraph.verbatim:
        return textwrap.indent(paragraph.text, _INDENT)
    if paragraph.mark:
        mark = f"{paragraph.mark} "
        text = "".join(map(_unbroken, pieces(paragraph.text)))
        return _filled(text, width, mark, " " * len(mark))
    return "\n\n".join(_parts(paragraph, width))


def _parts(paragraph: Paragraph, width: int) -> Iterator[str]:
    """Yield the text between displays, and the displays."""
    for display, group in groupby(pieces(paragraph.text), lambda piece: piece.kind == DISPLAY):
        if display:
            lines = "\n".join(map(_plain, group)).splitlines()
            yield "\n".join(_filled(line, width, _INDENT, 2 * _INDENT, keep=True) for line in lines)
        elif text := "".join(map(_unbroken, group)).strip():
            yield _filled(text, width)


def _unbroken(piece: Piece) -> str:
    """Return the piece, spaces within a short formula as such that do not break."""
    text = _plain(piece)
    return text.replace(" ", _HARD) if piece.kind == MATH and len(text) <= _UNBROKEN else text


def _filled(text: str, width: int, first: str = "", later: str = "", *, keep: bool = False) -> str:
    """Return the text in lines; `keep` keeps runs of spaces."""
    lines = textwrap.wrap(
        text if keep else re.sub(r"[ \t\n]+", " ", text),
        width,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
    return "\n".join(lines).replace(_HARD, " ")
