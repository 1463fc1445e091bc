"""One page for people: as text, as LaTeX, as BibTeX."""

from __future__ import annotations

import ast

from gantheory.book.latex import escape
from gantheory.book.reading import Page
from gantheory.book.sources import cited


def as_text(page: Page) -> str:
    """Return the page's statement, assumptions, source and code."""
    parts = [f"{page.title}\n{page.label}  ({page.file})"]
    for heading, text in (
        ("Statement", page.statement or "(none)"),
        ("Assumes", page.assumes),
        ("Source", page.source),
        ("Notes", page.notes),
        ("Uses", ", ".join(page.uses)),
        ("Covers", ", ".join(page.covers)),
        ("Errata", "\n".join(page.errata)),
        ("Faults", "\n".join(page.faults)),
    ):
        if text:
            parts.append(f"{heading}\n{'-' * len(heading)}\n{text}")
    parts.append(f"Code\n----\n{_code(page)}")
    return "\n\n".join(parts)


def _code(page: Page) -> str:
    """Return the source below the module docstring."""
    first = ast.parse(page.code).body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    end = first.end_lineno or 0 if has_docstring else 0
    return "\n".join(page.code.splitlines()[end:]).strip("\n")


def as_latex(page: Page) -> str:
    r"""Return the statement as a theorem environment, to be \input into any document."""
    keys = ",".join(key for key, _ in cited(page))
    lines = [
        f"% {page.label}: needs \\newtheorem{{theorem}}{{Theorem}} in the preamble;",
        "% the works cited come from `gantheory show --bibtex`",
        rf"\begin{{theorem}}[{{{escape(page.title)}}}]",
        rf"\label{{thm:{page.label}}}",
        escape(page.statement or page.title),
    ]
    if page.assumes:
        lines += ["", rf"\textnormal{{\emph{{Assumptions.}} {_paragraph(page.assumes)}}}"]
    lines.append(r"\end{theorem}")
    if page.source:
        cite = rf"~\cite{{{keys}}}" if keys else ""
        lines += ["", rf"\noindent\emph{{Source.}} {escape(page.source)}{cite}"]
    return "\n".join(lines)


def _paragraph(text: str) -> str:
    r"""Return the text in LaTeX without empty lines, which a command's argument must not have."""
    return r" \\ ".join(escape(part) for part in text.split("\n\n") if part.strip())


def as_bibtex(*pages: Page) -> str:
    """Return one entry for each work that the Sources of the pages cite, sorted by key."""
    works = {key: entry for page in pages for key, entry in cited(page)}
    return "\n\n".join(works[key] for key in sorted(works))
