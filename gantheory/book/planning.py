"""Which pages a command means, and in which order.

A page is verified only when every page that it `uses` is, so asking for a page asks for those too,
and for the ones that they use. Labels are looked up among the files given first, then in the book:
someone's edited copy of a page stands in for the page of that label.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gantheory.book import checking
from gantheory.book.reading import Page, bundled_folder, other_files, page_files, read_page
from gantheory.errors import PageError, nearest


class NoSuchPage(PageError, LookupError):
    """What was requested is neither a label of the book nor a file."""


@dataclass(frozen=True)
class Entry:
    """One file to be run: a page, or a file that could not be read as one.

    Attributes
    ----------
    path, file:
        Where it lies and how it is shown.
    page:
        What it says; None if it could not be read.
    faults:
        What is wrong with it and its place in the book, one sentence each.
    asked:
        Whether it was requested, rather than used by a page that was.
    """

    path: Path
    file: str
    page: Page | None
    faults: tuple[str, ...] = ()
    asked: bool = True

    @property
    def label(self) -> str:
        """The page's label; for a file that is not a page, its name without .py."""
        return self.page.label if self.page else self.path.stem


@dataclass(frozen=True)
class Library:
    """The pages of the book and the files given, in the order of the book, then as given."""

    bundled: tuple[Entry, ...]
    given: tuple[Entry, ...]

    def named(self, label: str) -> list[Entry]:
        """Return the pages with that label: given files stand in for pages of the book."""
        given = [entry for entry in self.given if entry.label == label]
        return given or [entry for entry in self.bundled if entry.label == label]

    @property
    def labels(self) -> list[str]:
        """Every label known, sorted."""
        entries = (*self.bundled, *self.given)
        return sorted({entry.label for entry in entries if entry.page})


def load(path: Path, file: str) -> Entry:
    """Return the file as an entry, with its fault if it cannot be read as a page."""
    try:
        page = read_page(path, file)
    except PageError as problem:
        return Entry(path, file, None, (str(problem),))
    return Entry(path, file, page, (*page.faults, *checking.faults(page)))


def bundled() -> tuple[Entry, ...]:
    """Return the pages of the book, none if this installation has no pages."""
    try:
        folder = bundled_folder()
    except PageError:
        return ()
    return tuple(load(path, path.name) for path in page_files(folder))


def plan(wanted: Sequence[str | os.PathLike[str]] | None) -> list[Entry]:
    """Return the files to run: those wanted (labels, files, folders), and the pages that they use.

    Parameters
    ----------
    wanted:
        None for the whole book.

    Raises
    ------
    NoSuchPage
        If something wanted is neither a label nor a path.
    PageError
        If there are no pages at all, as in an empty folder or an empty list.
    """
    bundled_entries = bundled()
    if wanted is None:
        if not bundled_entries:
            raise PageError("the book has no pages")
        return _with_faults(list(bundled_entries), Library(bundled_entries, ()))
    if not wanted:
        raise PageError("no page was requested: give labels or files, or None for the whole book")
    asked, given = _sort_out(wanted, bundled_entries)
    library = Library(bundled_entries, tuple(given))
    chosen = _closure(asked, library)
    order = [entry for entry in (*library.bundled, *library.given) if entry.path in chosen]
    paths = {entry.path for entry in asked}
    marked = [replace(entry, asked=entry.path in paths) for entry in order]
    return _with_faults(marked, library)


def _sort_out(
    wanted: Sequence[str | os.PathLike[str]], bundled_entries: tuple[Entry, ...]
) -> tuple[list[Entry], list[Entry]]:
    """Return every entry requested, and those of them that are not in the book; each file once."""
    by_path = {_real(entry.path): entry for entry in bundled_entries}
    labels = [entry.label for entry in bundled_entries if entry.page]
    asked: dict[Path, Entry] = {}
    given: dict[Path, Entry] = {}
    for word in wanted:
        matches = [e for e in bundled_entries if e.label == word] if isinstance(word, str) else []
        if matches:
            asked.update((_real(entry.path), entry) for entry in matches)
            continue
        for path in _files(word, labels):
            real = _real(path)
            if real not in by_path and real not in given:
                given[real] = load(path, str(path))
            asked[real] = by_path.get(real) or given[real]
    return list(asked.values()), list(given.values())


def _real(path: Path) -> Path:
    """Return the path without links, or as it stands where that is impossible (a loop of links)."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _files(word: str | os.PathLike[str], labels: Iterable[str]) -> list[Path]:
    """Return the file, or the folder's pages, that the word is a path to."""
    text = os.fspath(word)
    if not isinstance(text, str) or not text or "\0" in text:
        raise NoSuchPage(f"{text!r} is neither a label nor a file")
    path = Path(text)
    try:
        is_folder, exists = path.is_dir(), os.path.lexists(path)
    except OSError:  # a name longer than names can be
        is_folder, exists = False, False
    if is_folder:
        files = page_files(path)
        if not files:
            raise PageError(f"{text}: no page in this folder (a page is named as p07_name.py is)")
        return files
    if exists:  # a dangling link too: that is a page that cannot be read
        return [path]
    if os.sep in text or text.endswith(".py"):
        raise NoSuchPage(f"{text[:200]}: no such file")
    hint = nearest(text, labels)
    raise NoSuchPage(f"{text[:200]!r} is neither a label of the book nor a file{hint}")


def unread(wanted: Sequence[str | os.PathLike[str]] | None) -> list[Path]:
    """Return the Python files in the folders wanted that are not named like a page, and so not read."""
    folders = [Path(word) for word in wanted or ()]
    return [path for folder in folders if folder.is_dir() for path in other_files(folder)]


def _closure(asked: Iterable[Entry], library: Library) -> set[Path]:
    """Return the paths of the entries requested and of all that they use."""
    todo = deque(asked)
    seen: set[Path] = set()
    while todo:
        entry = todo.popleft()
        if entry.path in seen:
            continue
        seen.add(entry.path)
        for label in entry.page.uses if entry.page else ():
            todo += library.named(label)
    return seen


def _with_faults(entries: list[Entry], library: Library) -> list[Entry]:
    """Return the entries with the faults that only show among the others."""
    uses = {e.label: e.page.uses for e in entries if e.page}
    return [
        replace(entry, faults=(*entry.faults, *_place_faults(entry, library, entries, uses)))
        for entry in entries
    ]


def _place_faults(
    entry: Entry, library: Library, entries: list[Entry], uses: Mapping[str, tuple[str, ...]]
) -> Iterator[str]:
    if entry.page is None:
        return
    same = [e.file for e in entries if e.page and e.label == entry.label and e.path != entry.path]
    if same:
        yield f"label {entry.label} is also the label of {', '.join(same)}"
    for label in entry.page.uses:
        if not library.named(label):
            hint = nearest(label, library.labels)
            yield f"uses {label!r}, which is the label of no page{hint}"
    yield from checking.formula_faults(entry.page)
    circle = _circle(entry.label, uses)
    if circle:
        yield f"uses go round in a circle: {' -> '.join(circle)}"


def _circle(label: str, uses: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the shortest way from the label along `uses` back to it, [] if there is none."""
    came: dict[str, str] = {}
    todo = deque([label])
    while todo:
        here = todo.popleft()
        for there in uses.get(here, ()):
            if there == label:
                way = [label, here]
                while way[-1] != label:
                    way.append(came[way[-1]])
                return way[::-1]
            if there not in came:
                came[there] = here
                todo.append(there)
    return []
