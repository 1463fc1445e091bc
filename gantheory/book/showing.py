"""One page for people who read it on a terminal; works as BibTeX."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from gantheory.book.chapters import chapter_of
from gantheory.book.prose import wrapped
from gantheory.book.reading import Page
from gantheory.book.works import cited, known_works

HEADINGS = {
    "derive": "Proof",
    "certify": "Enclosures",
    "check": "Numbers",
    "search": "Search for counterexamples",
    "simulate": "Simulation",
    "refute": "Mistakes",
}
"""What the prose of each section is called."""


def as_text(page: Page, faults: Sequence[str] = (), *, code: bool = False) -> str:
    """Return the page's statement, assumptions, source, and the prose of its sections.

    Parameters
    ----------
    faults:
        What is wrong with it.
    code:
        Whether the source of its sections follows.
    """
    parts = [_head(page)]
    parts += [
        f"{name}\n{'-' * len(name)}\n{wrapped(text)}" for name, text in _parts(page, faults) if text
    ]
    if code:
        parts.append(f"Code\n----\n{_code(page)}")
    return "\n\n".join(parts)


def _head(page: Page) -> str:
    chapter = chapter_of(page)
    where = [page.label, f"chapter {chapter.number}, {chapter.title}" if chapter else "", page.file]
    return f"{wrapped(page.title)}\n{'  ·  '.join(filter(None, where))}"


def _parts(page: Page, faults: Sequence[str]) -> Iterator[tuple[str, str]]:
    yield "Statement", page.statement or page.headline
    yield "Assumptions", page.assumes
    yield "Source", page.source
    yield "Notes", page.notes
    for section, heading in HEADINGS.items():
        yield heading, page.prose(section)
    yield "Uses", ", ".join(page.uses)
    yield "Errata", _listed(page.errata)
    yield "Faults", _listed(faults)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)


def _code(page: Page) -> str:
    """Return the source below the module docstring."""
    first = ast.parse(page.code).body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    end = first.end_lineno or 0 if has_docstring else 0
    return "\n".join(page.code.splitlines()[end:]).strip("\n")


def as_bibtex(page: Page | None = None) -> str:
    """Return the BibTeX entries of the works that the page cites, of all works without a page."""
    works = cited(page) if page else known_works().values()
    return "\n\n".join(work.bibtex for work in works)
