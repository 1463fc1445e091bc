"""The commands that find things: pages in the book, and what a word of the output means."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable

import click

from gantheory.book import contents
from gantheory.book.errata import errata_as_text
from gantheory.book.planning import Entry, bundled
from gantheory.book.reporting import console
from gantheory.book.words import meaning, meanings
from gantheory.cli.options import Strict, complete_subjects, complete_words
from gantheory.cli.output import FAILED, CommandFailed, complain, print_json
from gantheory.errors import PageError, nearest


@click.command("list", cls=Strict)
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=complete_subjects)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_pages(words: tuple[str, ...], as_json: bool) -> int:
    """List the pages of the book by chapter, without running them.

    With words, only pages in whose label, title, statement or errata all of them occur.
    """
    entries = bundled()
    if not entries:
        raise PageError("the book has no pages")
    pages = [entry.page for entry in entries if entry.page]
    found = [page for page in pages if contents.is_about(page, words)]
    if not found and words:
        text = " ".join(words)
        raise CommandFailed(f"no page is about {text!r}{nearest(text, contents.subjects(pages))}")
    if as_json:
        print_json(contents.as_json(found))
    else:
        width = console().width if sys.stdout.isatty() else None
        click.echo("\n".join(contents.as_lines(found, width)))
    return _complained(entries)


def _complained(entries: Iterable[Entry]) -> int:
    """Say which pages cannot be read, and return the exit code that follows."""
    for entry in entries:
        for text in entry.faults:
            complain(f"{entry.file}: {text}")
    return FAILED if any(entry.faults for entry in entries) else 0


@click.command(cls=Strict)
@click.option("--text", "key", metavar="KEY", help="Those of one text, by its key in the BibTeX.")
def errata(key: str | None) -> int:
    """Print the mistakes of the literature that pages correct, by the texts that print them.

    Each stands with the label of its page, where a refutation has the counterexample.
    """
    entries = bundled()
    click.echo(errata_as_text((entry.page for entry in entries if entry.page), key))
    return _complained(entries)


@click.command(cls=Strict)
@click.argument("words", nargs=-1, metavar="[WORD]...", shell_complete=complete_words)
def explain(words: tuple[str, ...]) -> int:
    """Say what a verdict, or another word of the output, means.

    Without a word, all words that have an explanation.
    """
    if not words:
        click.echo("\n".join(textwrap.wrap(", ".join(meanings()), console().width)))
        return 0
    word = " ".join(words)
    found = meaning(word)
    if found is None:
        raise click.UsageError(f"{word[:100]!r} has no explanation{nearest(word, meanings())}")
    click.echo("\n".join(textwrap.wrap(f"{word}: {found}", console().width)))
    return 0
