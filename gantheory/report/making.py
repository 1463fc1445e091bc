"""All files of a report, by their names: the same bytes for the same result and the same pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gantheory.figures.inline import palette
from gantheory.report.fragments import (
    BOOK,
    bibliography_body,
    contents_body,
    errata_body,
    graph_body,
    search_body,
    theorem_body,
    words_body,
)
from gantheory.report.links import page_file
from gantheory.report.material import Report
from gantheory.report.search import FILE as INDEX
from gantheory.report.search import index_script
from gantheory.report.shell import in_shell

_FORBIDDEN = re.compile(
    r"[\u202a-\u202e\u2066-\u2069]"
    r"|[^\t\n -~\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]"
)
_STATIC = Path(__file__).with_name("static")


def files_of(report: Report) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of every file of the report, the first page first.

    What no page of HTML may hold, and what turns the direction of lines, is replaced.
    """
    for name, text in _files(report):
        yield name, _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _files(report: Report) -> Iterator[tuple[str, str]]:
    top = report.links()
    for name, title, body in (
        ("index.html", BOOK, contents_body(report, top)),
        ("graph.html", "Graph", graph_body(report, top)),
        ("bibliography.html", "Bibliography", bibliography_body(report, top)),
        ("errata.html", "Errata", errata_body(report, top)),
        ("words.html", "Words", words_body(top)),
    ):
        yield name, in_shell(report, top, title, body, here=name)
    body, scripts = search_body(report, top), ("report.js", INDEX)
    yield "search.html", in_shell(report, top, "Search", body, here="search.html", scripts=scripts)
    inside = report.links("../")
    for theorem in report.theorems:
        body = theorem_body(report, theorem, inside)
        yield page_file(theorem.label), in_shell(report, inside, theorem.plain_title, body)
    yield INDEX, index_script(report)
    yield "report.js", (_STATIC / "report.js").read_text(encoding="utf-8")
    yield "report.css", style_sheet()


def style_sheet() -> str:
    """Return the style sheet, with the colours of figures in light and in dark."""
    text = (_STATIC / "report.css").read_text(encoding="utf-8")
    for style in ("paper", "dark"):
        colours = palette(style)
        colours.pop("ground")  # a drawing stands on the ground of its page
        said = " ".join(f"--figure-{name}: {colour};" for name, colour in colours.items())
        text = text.replace(f"/* colours of figures: {style} */", said)
    return text
