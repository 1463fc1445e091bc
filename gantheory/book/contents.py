"""The pages of the book as a list: by chapter, by words, as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from gantheory.book.chapters import chapter_of
from gantheory.book.prose import plain
from gantheory.book.reading import Page, one_line
from gantheory.book.results import SCHEMA


def as_json(pages: Iterable[Page]) -> dict[str, Any]:
    """Return the one object that `gantheory list --json` prints."""
    return {"schema": SCHEMA, "pages": [_entry(page) for page in pages]}


def _entry(page: Page) -> dict[str, Any]:
    chapter = chapter_of(page)
    return {
        "label": page.label,
        "title": page.title,
        "chapter": chapter._asdict() if chapter else None,
        "slugs": list(page.covers),
        "source": one_line(page.source),
        "file": page.file,
        "uses": list(page.uses),
        "errata": list(page.errata),
    }


def as_lines(pages: Sequence[Page], width: int | None = None) -> Iterator[str]:
    """Yield the pages by chapter, a page a line: label and title, wrapped if there is a width."""
    widest = max(len(page.label) for page in pages)
    for chapter, members in groupby(pages, chapter_of):
        if chapter:
            yield f"\nChapter {chapter.number}: {chapter.title}"
        for page in members:
            line = f"{page.label:<{widest}}  {plain(page.title)}"
            wrapped = textwrap.wrap(line, width, subsequent_indent="    ") if width else [line]
            yield from wrapped


def is_about(page: Page, words: Iterable[str]) -> bool:
    """Return whether all words occur in the page's label, title, statement or errata."""
    parts = (page.label, page.title, page.headline, page.statement, *page.errata)
    text = " ".join(map(plain, parts)).lower()
    return all(word.lower() in text for word in words)


def subjects(pages: Iterable[Page]) -> list[str]:
    """Return the labels of pages and the longer words of labels and titles, each once."""
    pages = list(pages)
    texts = (f"{page.label} {plain(page.title)}".lower() for page in pages)
    words = {word for text in texts for word in re.findall(r"[a-z]{4,}", text)}
    return [*(page.label for page in pages), *sorted(words)]
