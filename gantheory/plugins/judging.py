"""What the pytest plugin does once it has something to do: files sorted, run, and reported."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gantheory.book import PageResult

LOSSES = {"d_loss", "g_loss"}


# --- which files ----------------------------------------------------------------------------------


def sorted_out(words: Iterable[str], folder: Path) -> list[tuple[Path, str]]:
    """Return the files that were given, each once, with what each is: "losses" or "page".

    Parameters
    ----------
    words:
        Paths of files and folders, from `folder`.

    Raises
    ------
    ValueError
        If there is nothing at a path, or a folder without losses and pages.
    """
    found: dict[Path, str] = {}
    for word in words:
        path = (folder / word).resolve()
        if path.is_dir():
            inside = [(one, kind(one)) for one in sorted(path.glob("[!_.]*.py"))]
            known = {one: what for one, what in inside if what}
            if not known:
                raise ValueError(
                    f"{word}: no file in this folder defines d_loss and g_loss, or a theorem"
                )
            found |= known
        elif path.is_file():
            found[path] = kind(path) or _named(path)
        else:
            raise ValueError(f"{word}: there is no such file or folder")
    return list(found.items())


def kind(path: Path) -> str:
    """Return "page", "losses" or "", read off the names that a file binds, without running it."""
    from gantheory.book.reading import bound_names, parse, read_source
    from gantheory.errors import PageError

    try:
        names = set(bound_names(parse(read_source(path))))
    except PageError:
        return ""
    if "theorem" in names:
        return "page"
    return "losses" if names >= LOSSES else ""


def _named(path: Path) -> str:
    """Return what a file was meant to be, going by its name; whoever judges it says what it lacks."""
    from gantheory.book.reading import PAGE_NAME

    return "page" if PAGE_NAME.fullmatch(path.name) else "losses"


# --- pages ----------------------------------------------------------------------------------------


class Pages:
    """The pages that were given and those that they use, each run once in a process.

    Parameters
    ----------
    paths:
        Of the pages given; they know each other by their labels.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        from gantheory.book.planning import plan

        self.entries = {entry.path.resolve(): entry for entry in plan(list(paths))}
        self.results: dict[Path, PageResult] = {}

    def verified(self, path: Path) -> tuple[PageResult, list[PageResult]]:
        """Return the result of a page, and those of the pages below it that are not verified."""
        from gantheory.book.results import settle
        from gantheory.book.running import Settings, Watcher, run_entry

        chain = self._chain(path)
        for one in chain:
            if one not in self.results:
                self.results[one] = run_entry(self.entries[one], Settings(), Watcher())
        page, *below = settle(self.results[one] for one in chain)
        return page, [one for one in below if not one.verified]

    def _chain(self, path: Path) -> list[Path]:
        """Return the path and those of all pages that it rests on."""
        chain = [path]
        for one in chain:
            page = self.entries[one].page
            for label in page.uses if page else ():
                chain += [
                    other
                    for other, entry in self.entries.items()
                    if entry.label == label and other not in chain
                ]
        return chain


def report_of(page: PageResult, below: Sequence[PageResult]) -> str:
    """Return the claims that are not as required, of a page and of the pages that it rests on."""
    from gantheory.book.wording import details, formula_of, visible

    lines = []
    at_fault = [one for one in (page, *below) if one.failed or not one.claims]
    if at_fault[:1] != [page]:
        names = ", ".join(one.label for one in at_fault)
        lines.append(f"{page.label} is not verified, since it rests on {names}")
    for one in at_fault:
        lines.append(f"{one.label} is not verified:")
        for claim in one.failed:
            lines.append(f"  {claim.section:<9} {claim.verdict:<10} {visible(claim.text)}")
            for line in (formula_of(claim), *details(claim, whole=True)):
                lines += [f"  {'':<20} {visible(line)}"] if line else []
        if not one.claims:
            lines.append("  it makes no claim")
    return "\n".join(lines)
