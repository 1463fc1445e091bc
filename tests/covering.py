"""docs/coverage.md: which page states what of the theory, and which corrects what.

`python -m tests.covering`, at the top of a checkout, writes it anew.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from gantheory.book import Page, bundled_folder, page_files, read_page
from gantheory.book.chapters import chapter_of
from gantheory.book.errata import errata_by_text
from gantheory.book.prose import plain
from gantheory.book.works import find_work

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs" / "coverage.md"
HEAD = """\
# What the book covers

Made by `python -m tests.covering` from the pages themselves; a test compares. Every name is the label
of a claim on the page beside it: `gantheory verify` refuses a page that names a claim it does not make.
"""


def theory() -> dict[str, list[str]]:
    """Return the labels of all claims that the book has to make, by where they come from."""
    lists = tomllib.loads((HERE / "theory.toml").read_text(encoding="utf-8"))
    return {name: labels for name, labels in lists.items() if name != "corrections"}


def corrections() -> dict[str, list[str]]:
    """Return the labels of all refutations that the book has to make, by the text that is wrong."""
    lists = tomllib.loads((HERE / "theory.toml").read_text(encoding="utf-8"))
    return dict(lists["corrections"])


def the_book() -> list[Page]:
    """Return its pages."""
    return [read_page(path) for path in page_files(bundled_folder())]


def document(pages: Sequence[Page]) -> str:
    """Return the document about these pages."""
    wrong = {label for labels in corrections().values() for label in labels}
    parts = [HEAD, *_chapters(pages, wrong), *_corrections(pages), _graph(pages)]
    return "\n".join(parts)


def _chapters(pages: Sequence[Page], wrong: set[str]) -> Iterator[str]:
    for chapter, members in groupby(pages, chapter_of):
        rows = [_row(page, [one for one in page.covers if one not in wrong]) for page in members]
        title = f"## {chapter.number}. {chapter.title}" if chapter else "## Other pages"
        yield f"{title}\n\n| page | claims of the theory | |\n|------|------|------|"
        yield "\n".join(rows) + "\n"


def _row(page: Page, labels: Sequence[str]) -> str:
    title = plain(page.title).replace("|", r"\|")
    return f"| [{page.label}](../proofs/{page.path.name}) | {', '.join(labels)} | {title} |"


def _corrections(pages: Sequence[Page]) -> Iterator[str]:
    carried = carriers(pages)
    yield "## Corrections\n\n`gantheory errata` prints the sentences.\n"
    yield "| text | sentences | refutations, with their pages |\n|------|------|------|"
    found, named = errata_by_text(pages), corrections()
    rows = [
        f"| {find_work(key).cited_as} | {len(found[key])} | "
        + ", ".join(f"{label} ({carried[label].label})" for label in named.get(key, ()))
        + " |"
        for key in found
    ]
    yield "\n".join(rows) + "\n"


def carriers(pages: Sequence[Page]) -> Mapping[str, Page]:
    """Return the page that carries each label."""
    return {label: page for page in pages for label in page.covers}


def _graph(pages: Sequence[Page]) -> str:
    """Return which page uses which, as a drawing by Mermaid."""
    names = {page.label: page.path.name.split("_")[0] for page in pages}
    used = [(page.label, other) for page in pages for other in page.uses]
    drawn = {label for edge in used for label in edge}
    nodes = [f'    {names[label]}["{label}"]' for label in names if label in drawn]
    edges = [f"    {names[other]} --> {names[label]}" for label, other in used]
    lines = ["```mermaid", "graph LR", *nodes, *edges, "```"]
    return "## What rests on what\n\n" + "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(the_book()), encoding="utf-8")
