"""The literature: `works.bib` beside the pages, which cite it as [@key] or [@key, Theorem 1]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares.names import (
    NameParts,
    parse_single_name_into_parts,
    split_multiple_persons_names,
)
from pylatexenc.latex2text import LatexNodes2Text

from gantheory.book.reading import Page, bundled_folder, one_line
from gantheory.errors import PageError, nearest
from gantheory.tex.pieces import CITE, citation, pieces

FILE = "works.bib"


class Reference(NamedTuple):
    """A work in plain text: its numbers as name, number, and where it is looked up ("" if nowhere)."""

    authors: str
    title: str
    appeared: str
    numbers: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Work:
    """One work of the literature.

    Attributes
    ----------
    key:
        What pages cite it by.
    fields:
        Author, title, year and the rest of its entry, in LaTeX.
    bibtex:
        The entry as it stands in the file.
    """

    key: str
    fields: Mapping[str, str]
    bibtex: str

    @property
    def authors(self) -> list[NameParts]:
        """The names, each in its parts, in LaTeX."""
        people = split_multiple_persons_names(self.fields.get("author", ""))
        return [parse_single_name_into_parts(person) for person in people]

    @property
    def named(self) -> str:
        """Goodfellow et al., Endres and Schindelin; the title in quotes where nobody signs."""
        last = [_unicode(" ".join([*name.von, *name.last])) for name in self.authors]
        if last in ([], ["Anonymous"]):
            return f"“{_unicode(self.fields.get('shorttitle', self.fields['title']))}”"
        return f"{last[0]} et al." if len(last) > 2 else " and ".join(last)

    @property
    def cited_as(self) -> str:
        """Goodfellow et al. (2014); Roysdon, if it has no year."""
        year = self.fields.get("year", "")
        return f"{self.named} ({year})" if year.isdecimal() else self.named

    @property
    def bibitem(self) -> str:
        r"""Its \bibitem: authors, title, where it appeared, year, and its number at a registry."""
        whole = [" ".join([*name.first, *name.von, *name.last, *name.jr]) for name in self.authors]
        names = " and ".join(filter(None, [", ".join(whole[:-1]), whole[-1]]))
        parts = [names, self.fields["title"], ", ".join(self._appeared()), *self._numbers()]
        return "\n".join([rf"\bibitem{{{self.key}}}", *(f"{p.rstrip('.')}." for p in parts if p)])

    @property
    def reference(self) -> Reference:
        """Authors, title, where it appeared, and its numbers at registries, in plain text."""
        whole = (" ".join([*name.first, *name.von, *name.last, *name.jr]) for name in self.authors)
        names = [_unicode(name) for name in whole if name != "Anonymous"]
        return Reference(
            authors=" and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]])),
            title=_unicode(self.fields["title"]),
            appeared=", ".join(_unicode(part) for part in self._appeared()),
            numbers=tuple(self._registered()),
        )

    def _registered(self) -> Iterator[tuple[str, str, str]]:
        if doi := self.fields.get("doi"):
            yield "doi:", doi, f"https://doi.org/{quote(doi)}"
        if self.fields.get("eprinttype", "").lower() == "arxiv":
            number = self.fields["eprint"]
            yield "arXiv:", number, f"https://arxiv.org/abs/{quote(number)}"
        url = self.fields.get("url", "")
        if url.startswith(("https://", "http://")):
            yield "", url, url

    def _appeared(self) -> Iterator[str]:
        for name in ("journal", "booktitle", "series"):
            if name in self.fields:
                yield rf"\emph{{{self.fields[name]}}}"
        volume, number = (self.fields.get(name, "") for name in ("volume", "number"))
        if volume:
            yield f"{volume}({number})" if number else volume
        for name, form in (
            ("pages", "pages~{}"),
            ("publisher", "{}"),
            ("year", "{}"),
            ("note", "{}"),
        ):
            if name in self.fields:
                yield form.format(self.fields[name])

    def _numbers(self) -> Iterator[str]:
        if "doi" in self.fields:
            yield rf"doi:\,\texttt{{{self.fields['doi'].replace('_', chr(92) + '_')}}}"
        if self.fields.get("eprinttype", "").lower() == "arxiv":
            yield rf"arXiv:\,\texttt{{{self.fields['eprint']}}}"


def read_works(path: Path) -> dict[str, Work]:
    """Return the works of a BibTeX file by their keys.

    Raises
    ------
    PageError
        If the file cannot be read, or an entry of it is broken, double, or without a title.
    """
    try:
        library = parse_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as problem:
        raise PageError(f"{path}: cannot be read: {problem}") from None
    for block in library.failed_blocks:
        raise PageError(f"{path}, line {(block.start_line or 0) + 1}: {one_line(str(block.error))}")
    works = {}
    for entry in library.entries:
        fields = {field.key: one_line(str(field.value)) for field in entry.fields}
        if not fields.get("title"):
            raise PageError(f"{path}: {entry.key} has no title")
        works[entry.key] = Work(entry.key, fields, entry.raw or "")
    return works


@cache
def known_works() -> Mapping[str, Work]:
    """Return the works that pages may cite, those of the book; none if it has no `works.bib`."""
    path = bundled_folder() / FILE
    return read_works(path) if path.is_file() else {}


def find_work(key: str) -> Work:
    """Return the work of that key.

    Raises
    ------
    PageError
        If there is none.
    """
    works = known_works()
    if key not in works:
        hint = nearest(key, works)
        raise PageError(f"[@{key}] cites a work that is not in {FILE}{hint}")
    return works[key]


def cited(page: Page) -> list[Work]:
    """Return the works that the page cites, sorted by their keys."""
    keys = {
        citation(piece.text)[0]
        for text in page.texts
        for piece in pieces(text.text)
        if piece.kind == CITE
    }
    return [find_work(key) for key in sorted(keys)]


def _unicode(latex: str) -> str:
    r"""Return a name or a title without its braces, {\"O} as Ö."""
    return one_line(str(LatexNodes2Text().latex_to_text(latex)))
