"""The pages of the book as a list: by chapter, by words, as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gantheory.book.reading import Page, one_line
from gantheory.book.results import SCHEMA
from gantheory.book.titles import chapter_of


def as_json(pages: Iterable[Page]) -> dict[str, Any]:
    """Return the one object that `gantheory list --json` prints."""
    return {"schema": SCHEMA, "pages": [_entry(page) for page in pages]}


def _entry(page: Page) -> dict[str, Any]:
    chapter = chapter_of(page)
    return {
        "label": page.label,
        "title": page.title,
        "chapter": dict(zip(("number", "name"), chapter, strict=True)) if chapter else None,
        "slugs": list(page.covers),
        "source": one_line(page.source),
        "file": page.file,
        "uses": list(page.uses),
        "errata": list(page.errata),
    }
