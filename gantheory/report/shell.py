"""The shell of a page of the report: head, way to the other pages, search, foot."""

from __future__ import annotations

from markupsafe import Markup

from gantheory.report.fragments import BOOK, rendered
from gantheory.report.links import Links
from gantheory.report.material import Report

PARTS = (
    ("index.html", "Theorems"),
    ("graph.html", "Graph"),
    ("bibliography.html", "Bibliography"),
    ("errata.html", "Errata"),
    ("words.html", "Words"),
)
"""The pages that every page has a link to, and their names."""


def in_shell(
    report: Report,
    links: Links,
    title: str,
    body: Markup,
    *,
    here: str = "",
    scripts: tuple[str, ...] = ("report.js",),
) -> str:
    """Return a whole page around its body.

    Parameters
    ----------
    title:
        Of the window, in plain text.
    here:
        Which of the pages in the report's folder it is; "" for a theorem's.
    scripts:
        Files beside the first page.
    """
    return rendered(
        "shell.html",
        links=links,
        title=title if title == BOOK else f"{title} · {BOOK}",
        book=BOOK,
        body=body,
        here=here,
        parts=PARTS,
        scripts=scripts,
        conclusion=report.result.conclusion,
        version=report.result.version,
        seed=report.result.seed,
    )
