"""Where things of a report stand: file names, ids, and the ways from one page to another."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from gantheory.headings import LONGEST_SLUG, SLUG, proposal


@dataclass(frozen=True)
class Links:
    """The ways from a page of the report to others.

    Attributes
    ----------
    root:
        The way to the report's folder: "" for what lies in it, "../" for a theorem's page.
    known:
        The labels of the theorems that have a page.
    works:
        The keys of the works in the bibliography.
    """

    root: str = ""
    known: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()

    def page(self, label: str) -> str:
        """Return the way to a theorem."""
        return f"{self.root}{page_file(label)}"

    def claim(self, label: str, claim: str) -> str:
        """Return the way to a claim of a theorem, by its id."""
        return f"{self.page(label)}#{claim}"

    def work(self, key: str) -> str:
        """Return the way to a work in the bibliography."""
        return f"{self.root}bibliography.html#{anchor(key)}"

    def word(self, word: str) -> str:
        """Return the way to what a word of the report means."""
        return f"{self.root}words.html#{anchor(word.replace(' ', '-'))}"

    def other(self, name: str) -> str:
        """Return the way to one of the files beside the first page."""
        return f"{self.root}{name}"


def page_file(label: str) -> str:
    """Return the file of a theorem's page, within the report's folder."""
    return f"pages/{_safe(label)}.html"


def _safe(label: str) -> str:
    """Return a label as a name of a file: a slug as it is, anything else with a mark of its own."""
    if SLUG.fullmatch(label) and len(label) <= LONGEST_SLUG:
        return label
    mark = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{proposal(label)[:60].strip('-')}_{mark}"


def anchor(label: str) -> str:
    """Return a label as an id: that of the claim optimal-discriminator/derive-1 is ...-derive-1."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", label).strip("-") or "claim"


def anchors(labels: Iterable[str]) -> list[str]:
    """Return the ids of claims in their order, each once."""
    found: list[str] = []
    taken: set[str] = set()
    for label in labels:
        first, count = anchor(label), 1
        name = first
        while name in taken:
            count += 1
            name = f"{first}--{count}"
        taken.add(name)
        found.append(name)
    return found
