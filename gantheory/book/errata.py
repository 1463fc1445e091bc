"""What pages correct in the literature, by the texts that print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from gantheory.book.prose import wrapped
from gantheory.book.reading import Page
from gantheory.book.works import find_work
from gantheory.errors import PageError, nearest
from gantheory.tex.pieces import CITE, citation, pieces


class Erratum(NamedTuple):
    """One mistake: the sentence that corrects it, and the label of the page that proves this."""

    sentence: str
    label: str


def errata_by_text(pages: Iterable[Page]) -> dict[str, list[Erratum]]:
    """Return the errata by the keys of the works they cite, which are those that err."""
    found: dict[str, list[Erratum]] = {}
    for page in pages:
        for sentence in page.errata:
            for key in dict.fromkeys(_cited(sentence)):
                found.setdefault(key, []).append(Erratum(sentence, page.label))
    return dict(sorted(found.items()))


def errata_as_text(pages: Iterable[Page], key: str | None = None) -> str:
    """Return the errata for people, those of one text if its key is given.

    Raises
    ------
    PageError
        If no page corrects anything, or nothing in the text of that key.
    """
    found = errata_by_text(pages)
    if not found:
        raise PageError("no page of the book corrects a text")
    if key is not None and key not in found:
        raise PageError(
            f"no page corrects a text of the key {key!r}; there are errata for {', '.join(found)}"
            f"{nearest(key, found)}"
        )
    chosen = found if key is None else {key: found[key]}
    return "\n\n".join(_paragraph(key, entries) for key, entries in chosen.items())


def _paragraph(key: str, entries: Iterable[Erratum]) -> str:
    items = "\n".join(f"- {entry.sentence} (page {entry.label})" for entry in entries)
    return f"{find_work(key).cited_as}  [@{key}]\n\n{wrapped(items)}"


def _cited(sentence: str) -> Iterator[str]:
    return (citation(piece.text)[0] for piece in pieces(sentence) if piece.kind == CITE)
