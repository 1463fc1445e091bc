"""The command that shows a page, or the whole book, without running it."""

from __future__ import annotations

from pathlib import Path

import click

from gantheory.book.document import as_book, as_latex
from gantheory.book.planning import Entry, plan
from gantheory.book.reading import Page
from gantheory.book.showing import as_bibtex, as_text
from gantheory.cli.options import Strict, complete_labels
from gantheory.cli.output import CommandFailed
from gantheory.errors import PageError


@click.command(cls=Strict)
@click.argument("page", metavar="LABEL|FILE", required=False, shell_complete=complete_labels)
@click.option("--code", is_flag=True, help="The source of the sections, too.")
@click.option("--latex", is_flag=True, help="LaTeX: the theorem and its prose, for your own text.")
@click.option("--all", "whole", is_flag=True, help="With --latex: the whole book as one document.")
@click.option(
    "--bibtex", is_flag=True, help="The works cited as BibTeX; without a page, all works."
)
def show(page: str | None, code: bool, latex: bool, whole: bool, bibtex: bool) -> int:
    """Show a page's statement, assumptions, source, prose and errata, without running it."""
    if code + latex + bibtex > 1:
        raise click.UsageError("--code, --latex and --bibtex exclude each other")
    if whole and (page or not latex):
        raise click.UsageError("--all takes --latex and no page: it is the whole book in LaTeX")
    if whole:
        click.echo(as_book([_page(entry) for entry in plan(None)]))
    elif page is None and bibtex:
        click.echo(as_bibtex())
    elif page is None:
        raise click.UsageError(
            "name a page: LABEL|FILE; only --bibtex and --latex --all do without"
        )
    else:
        click.echo(_form(_entry(page), code, latex, bibtex))
    return 0


def _entry(page: str) -> Entry:
    """Return the one page that is meant."""
    if Path(page).is_dir():
        raise click.UsageError(f"{page} is a folder: show one page")
    [entry, *others] = [entry for entry in plan([page]) if entry.asked]
    if others:
        names = ", ".join(e.file for e in (entry, *others))
        raise PageError(f"{page} is the label of {names}: show one of the files")
    return entry


def _page(entry: Entry) -> Page:
    if entry.page is None:
        raise CommandFailed(f"{entry.file}: {'; '.join(entry.faults)}")
    return entry.page


def _form(entry: Entry, code: bool, latex: bool, bibtex: bool) -> str:
    """Return the page in the form that is wanted."""
    page = _page(entry)
    if latex:
        return as_latex(page)
    if not bibtex:
        return as_text(page, entry.faults, code=code)
    works = as_bibtex(page)
    if not works:
        raise CommandFailed(f"{entry.file}: cites no work as [@key]")
    return works
