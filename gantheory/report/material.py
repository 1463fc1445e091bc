"""What a report is made of: a result, and what the files of its pages say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gantheory.book.chapters import chapter_of
from gantheory.book.errata import Erratum, errata_by_text
from gantheory.book.planning import Entry
from gantheory.book.reading import Page
from gantheory.book.results import BookResult, PageResult
from gantheory.book.works import Work, known_works
from gantheory.errors import PageError
from gantheory.report.links import Links
from gantheory.report.prose import words_of
from gantheory.tex.pieces import CITE, citation, pieces

NO_CHAPTER = "Pages outside the book"


@dataclass(frozen=True)
class Theorem:
    """One page of the report.

    Attributes
    ----------
    result:
        What a run found.
    page:
        What its file says; None if that cannot be read, or is not there any more.
    figure, problem:
        Its drawing as SVG, "" if it has none; and why it could not be drawn.
    changes:
        What the file says today, and did not when the result was made.
    used_by:
        The labels of the theorems that rest on it.
    """

    result: PageResult
    page: Page | None
    figure: str = ""
    problem: str = ""
    changes: tuple[str, ...] = ()
    used_by: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Its label."""
        return self.result.label

    @property
    def title(self) -> str:
        """Its title, with mathematics; its label if it has none."""
        return self.result.title or self.result.label

    @cached_property
    def plain_title(self) -> str:
        """Its title in plain text."""
        return words_of(self.title)

    @property
    def chapter_title(self) -> str:
        """The chapter it stands in."""
        chapter = chapter_of(self.page) if self.page else None
        return f"{chapter.number}. {chapter.title}" if chapter else NO_CHAPTER

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the works that it cites and that are known, sorted."""
        texts = self.page.texts if self.page else ()
        found = {
            citation(piece.text)[0]
            for text in texts
            for piece in pieces(text.text)
            if piece.kind == CITE
        }
        return sorted(found & set(works()))


@dataclass(frozen=True)
class Report:
    """A result with its pages.

    Attributes
    ----------
    result:
        Of the run.
    theorems:
        In the order of the result.
    saved:
        Whether the result was read from a file, not made now.
    """

    result: BookResult
    theorems: tuple[Theorem, ...]
    saved: bool = False

    def links(self, root: str = "") -> Links:
        """Return the ways from a page that lies so deep."""
        known = frozenset(theorem.label for theorem in self.theorems)
        return Links(root, known, frozenset(self.works))

    @cached_property
    def works(self) -> dict[str, Work]:
        """The works that its pages cite, by their keys, sorted."""
        keys = {key for theorem in self.theorems for key in theorem.keys}
        return {key: works()[key] for key in sorted(keys)}

    @cached_property
    def errata(self) -> dict[str, list[Erratum]]:
        """What its pages correct, by the keys of the texts."""
        pages = (theorem.page for theorem in self.theorems if theorem.page)
        known = works()
        return {key: found for key, found in errata_by_text(pages).items() if key in known}

    @property
    def changed(self) -> list[Theorem]:
        """The theorems whose files have changed since the result was made."""
        return [theorem for theorem in self.theorems if theorem.changes]


def works() -> Mapping[str, Work]:
    """Return the works that pages may cite; none if their file cannot be read."""
    try:
        return known_works()
    except PageError:
        return {}


def gathered(
    result: BookResult,
    entries: Sequence[Entry],
    *,
    figures: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    changes: Mapping[str, Sequence[str]] | None = None,
    saved: bool = False,
) -> Report:
    """Return the report of a result.

    Parameters
    ----------
    entries:
        The files of the pages, as planned.
    figures, problems:
        Drawings as SVG by label; and why others could not be drawn.
    changes:
        What the files of a saved result say today and did not then, by label.
    saved:
        Whether the result was read from a file.
    """
    pages = {entry.label: entry.page for entry in reversed(entries)}
    users: dict[str, list[str]] = {}
    for page in result.pages:
        for used in page.uses:
            users.setdefault(used, []).append(page.label)
    theorems = (
        Theorem(
            result=page,
            page=pages.get(page.label),
            figure=(figures or {}).get(page.label, ""),
            problem=(problems or {}).get(page.label, ""),
            changes=tuple((changes or {}).get(page.label, ())),
            used_by=tuple(users.get(page.label, ())),
        )
        for page in result.pages
    )
    return Report(result, tuple(theorems), saved)
