"""The command: prints what lives."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from gantheory.book import read_page
from gantheory.threads import cpu_count

from .judging import LIVES, PAGES, SAMPLE, judged_all, judged_sample, reasons


def table(page: Path, found: dict[str, str]) -> str:
    """Return what lives of a page as a table of survivors.toml, with the reasons known so far."""
    label = read_page(page).label
    known = reasons().get(label, {})
    alive = [name for name, outcome in found.items() if outcome == LIVES]
    lines = [f"{_quoted(name)} = {_quoted(known.get(name, ''))}" for name in alive]
    return "\n".join([f"[{label}]", *lines, "", ""]) if lines else ""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def main(words: list[str]) -> None:
    """Print what lives, and on stderr how often which outcome came."""
    parser = argparse.ArgumentParser(prog="python -m tests.false_variants", description=__doc__)
    parser.add_argument("labels", nargs="*", metavar="LABEL", help="pages; by default the book")
    parser.add_argument("--all", action="store_true", help=f"every variant, not {SAMPLE} a page")
    given = parser.parse_args(words)
    book = {read_page(page).label: page for page in PAGES}
    if unknown := sorted(set(given.labels) - set(book)):
        parser.error(f"no page is called {', '.join(unknown)}: `gantheory list` shows the labels")
    pages = [book[label] for label in given.labels or book]
    with ProcessPoolExecutor(cpu_count()) as pool:
        judge = judged_all if given.all else judged_sample
        for page, found in zip(pages, pool.map(judge, pages), strict=True):
            print(table(page, found), end="", flush=True)
            print(page.stem, dict(Counter(found.values())), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
