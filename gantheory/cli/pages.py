"""The command that runs pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from gantheory.book import reporting
from gantheory.book.junit import as_junit
from gantheory.book.planning import Entry, plan, unread
from gantheory.book.reading import SECTIONS
from gantheory.book.results import BookResult, PageResult
from gantheory.book.running import Settings, Watcher, run_book
from gantheory.cli.options import (
    Strict,
    allow_option,
    full_option,
    jobs_option,
    junit_option,
    pages_argument,
    section_names,
    seed_option,
    timeout_option,
)
from gantheory.cli.output import complain, print_json, progress, write_file


@click.command(cls=Strict)
@pages_argument
@click.option(
    "--section",
    "sections",
    multiple=True,
    metavar="NAME[,NAME...]",
    callback=section_names,
    help=f"Run only these of {', '.join(SECTIONS)}.",
)
@seed_option
@jobs_option
@timeout_option
@allow_option
@full_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@junit_option
@click.option("--quiet", is_flag=True, help="Print one line: verified or not, and why.")
@click.option(
    "-v", "--verbose", "detail", count=True, help="All claims with their evidence; -vv: everything."
)
def verify(
    pages: tuple[str, ...],
    sections: tuple[str, ...],
    seed: int,
    jobs: int,
    timeout: float,
    allow: str | None,
    full: bool,
    as_json: bool,
    junit: Path | None,
    quiet: bool,
    detail: int,
) -> int:
    """Run pages and say what stands.

    Without arguments, the whole book, one line a page; one page is shown as a page. A page is verified
    only when every page that it uses is, so those are run too. A file stands in for the book's page of
    the same label. With --section nothing is verified: a part of a page was run.
    """
    entries = plan(pages or None)
    for path in unread(pages):
        complain(f"{path} is not read: a page is named as p07_name.py is")
    settings = Settings(sections, seed, timeout, allow == "supported", full)
    printer = Printer(entries, detail)
    with progress(len(entries)) as watcher:
        if not as_json and not quiet:
            printer.listen(watcher)
        result = run_book(entries, settings, jobs=jobs, watcher=watcher)
    if junit:
        write_file(junit, as_junit(result), "--junit")
    if as_json:
        print_json(result.to_json())
    else:
        printer.end(result, quiet=quiet)
    return result.exit_code


class Printer:
    """Prints pages as they are done: those requested as pages if it is one, else as lines.

    Parameters
    ----------
    entries:
        What is run.
    detail:
        0, 1 (-v: all claims of the pages requested) or 2 (-vv: everything).
    """

    def __init__(self, entries: Sequence[Entry], detail: int) -> None:
        self.out, self.detail = reporting.console(), detail
        self.entries = {entry.file: entry for entry in entries}
        asked = {entry.file for entry in entries if entry.asked}
        some = asked if detail or len(asked) == 1 else set()
        self.as_pages = set(self.entries) if detail > 1 else some
        self.begun = False

    def listen(self, watcher: Watcher) -> None:
        """Have every page printed when it is done, with the progress line out of the way."""
        before = watcher.on_page

        def on_page(page: PageResult) -> None:
            before(page)
            self.page(page)

        watcher.on_page = on_page

    def page(self, result: PageResult) -> None:
        """Print a page that is done."""
        if result.file in self.as_pages:
            page = self.entries[result.file].page
            headline = page.headline if page else ""
            reporting.print_page(self.out, result, headline, detail=self.detail)
            return
        if not self.begun:
            reporting.print_head(self.out)
            self.begun = True
        reporting.print_line(self.out, result)

    def end(self, result: BookResult, *, quiet: bool) -> None:
        """Print in full what failed on the pages that had one line, and the conclusion."""
        if not quiet:
            lines = [page for page in result.pages if page.file not in self.as_pages]
            reporting.print_failed(self.out, lines)
        reporting.print_conclusion(self.out, result)
