"""What the search of a report looks through, as a script: pages opened from a disk may not fetch."""

from __future__ import annotations

import json
from typing import Any

from gantheory.book.wording import formula_of, visible
from gantheory.report.links import anchors, page_file
from gantheory.report.material import Report, Theorem
from gantheory.report.prose import words_of

FILE = "search-index.js"


def index_script(report: Report) -> str:
    """Return the script that defines what is searched: a row a theorem, and a row a claim."""
    index = {
        "pages": [_page(theorem) for theorem in report.theorems],
        "claims": [row for i, theorem in enumerate(report.theorems) for row in _claims(i, theorem)],
    }
    text = json.dumps(index, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f"window.gantheoryIndex = {text.replace('<', chr(92) + 'u003c')};\n"


def _page(theorem: Theorem) -> list[Any]:
    """File, label, title, chapter, words of the statement, whether it is verified, keys of works."""
    page = theorem.page
    words = words_of(" ".join((page.headline, page.statement, *page.errata))) if page else ""
    return [
        page_file(theorem.label),
        theorem.label,
        theorem.plain_title,
        theorem.chapter_title,
        words,
        int(theorem.result.verified),
        theorem.keys,
    ]


def _claims(number: int, theorem: Theorem) -> list[list[Any]]:
    """Number of the theorem, id, section, verdict, name, formula of each claim."""
    claims = theorem.result.claims
    return [
        [
            number,
            name,
            claim.section,
            str(claim.verdict),
            visible(claim.text),
            visible(formula_of(claim)),
        ]
        for claim, name in zip(claims, anchors(c.label for c in claims), strict=True)
    ]
