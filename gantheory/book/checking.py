"""What is wrong with the mathematics and the citations of a page, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from gantheory.book.reading import Page
from gantheory.book.works import find_work
from gantheory.errors import PageError
from gantheory.tex import mathematics
from gantheory.tex.pieces import CITE, DISPLAY, MATH, Piece, citation, pieces
from gantheory.tex.pieces import faults as glance


def faults(page: Page) -> Iterator[str]:
    """Yield unknown macros, unpaired dollar signs and braces, unknown works: what a glance tells."""
    for text in page.texts:
        if text.escapes:
            yield f'line {text.line}: write r before the quotes: r"$...$"; Python reads \\n in \\nabla'
        if "$" in text.text or "[@" in text.text:
            for piece in pieces(text.text):
                yield from (f"line {text.line_of(at)}: {fault}" for at, fault in _faults_of(piece))


def _faults_of(piece: Piece) -> Iterator[tuple[int, str]]:
    yield from glance(piece)
    if piece.kind == CITE and (fault := _refusal(piece)):
        yield piece.start, fault


def formula_faults(page: Page) -> Iterator[str]:
    """Yield the formulas in which a glance finds nothing, and a full reading does."""
    for text in page.texts:
        for piece in pieces(text.text):
            if piece.kind not in (MATH, DISPLAY) or any(mathematics.faults(piece.text)):
                continue
            if fault := _refusal(piece):
                yield f"line {text.line_of(piece.start)}: {fault}"


def _refusal(piece: Piece) -> str:
    try:
        find_work(citation(piece.text)[0]) if piece.kind == CITE else mathematics.unicode_of(
            piece.text
        )
    except PageError as problem:
        return str(problem)
    return ""
