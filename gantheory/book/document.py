r"""Pages as LaTeX: one theorem to be \input into a text, or the whole book as one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from gantheory.book.chapters import chapter_of
from gantheory.book.checking import faults, formula_faults
from gantheory.book.reading import Page
from gantheory.book.showing import HEADINGS
from gantheory.book.typesetting import typeset
from gantheory.book.works import cited
from gantheory.errors import PageError
from gantheory.tex import escape

_PREAMBLE = r"""% Set it with pdflatex, xelatex or lualatex, three times: no other program is needed.
\documentclass[11pt]{report}
\usepackage[a4paper,margin=30mm]{geometry}
\usepackage{amsmath,amssymb,amsthm}
\newtheorem{theorem}{Theorem}[section]
\setcounter{tocdepth}{1}
\sloppy
\title{The Theory of Generative Adversarial Networks}
\author{gantheory: a book whose pages run}
\date{}
\begin{document}
\maketitle
\tableofcontents"""


def as_latex(page: Page) -> str:
    r"""Return the page as LaTeX to be \input into any document: its theorem, and the prose below it.

    Raises
    ------
    PageError
        If its mathematics or a citation cannot be read.
    """
    lines = [
        f"% {page.label}: needs amsmath, amssymb, amsthm, and \\newtheorem{{theorem}}{{Theorem}};",
        f"% the works cited come from `gantheory show {page.label} --bibtex`",
    ]
    return "\n".join([*lines, _body(page, f"[{{{typeset(page.title)}}}]")])


def _body(page: Page, title: str = "") -> str:
    for fault in (*faults(page), *formula_faults(page)):
        raise PageError(f"{page.file}: {fault}")
    return "\n\n".join([_theorem(page, title), *_source(page), *_sections(page), *_errata(page)])


def _theorem(page: Page, title: str) -> str:
    lines = [
        rf"\begin{{theorem}}{title}",
        rf"\label{{thm:{page.label}}}",
        typeset(page.statement or page.headline),
    ]
    if page.assumes:
        lines += ["", rf"\noindent\textup{{Assumptions.}} {typeset(page.assumes)}"]
    return "\n".join([*lines, r"\end{theorem}"])


def _source(page: Page) -> Iterator[str]:
    if page.source:
        yield rf"\noindent\textit{{Source.}} {typeset(page.source)}"


def _sections(page: Page) -> Iterator[str]:
    """Yield the prose of the sections; that of `derive` is the proof."""
    for section, heading in HEADINGS.items():
        prose = typeset(page.prose(section))
        if prose and section == "derive":
            yield f"\\begin{{proof}}\n{prose}\n\\end{{proof}}"
        elif prose:
            yield f"\\paragraph{{{heading}.}}\n{prose}"


def _errata(page: Page) -> Iterator[str]:
    if page.errata:
        items = [rf"\item {typeset(sentence)}" for sentence in page.errata]
        yield "\n".join([r"\paragraph{Errata.}", r"\begin{itemize}", *items, r"\end{itemize}"])


def as_book(pages: Sequence[Page]) -> str:
    """Return all pages as one LaTeX document: chapters, contents, and the works that they cite.

    Raises
    ------
    PageError
        If the mathematics or a citation of a page cannot be read.
    """
    parts = [_PREAMBLE]
    for chapter, group in groupby(pages, chapter_of):
        if chapter:
            parts.append(rf"\setcounter{{chapter}}{{{chapter.number - 1}}}")
            parts.append(rf"\chapter{{{escape(chapter.title)}}}")
        parts += [_section(page, pages) for page in group]
    return "\n\n".join([*parts, *_bibliography(pages), r"\end{document}"])


def _section(page: Page, pages: Sequence[Page]) -> str:
    known = {other.label for other in pages}
    refs = [rf"Theorem~\ref{{thm:{label}}}" for label in page.uses if label in known]
    parts = [rf"\section{{{typeset(page.title)}}}", _body(page)]
    if refs:
        parts.append(rf"\noindent\textit{{Rests on}} {', '.join(refs)}.")
    return "\n\n".join(parts)


def _bibliography(pages: Sequence[Page]) -> Iterator[str]:
    works = {work.key: work for page in pages for work in cited(page)}
    if works:
        items = [works[key].bibitem for key in sorted(works)]
        yield "\n\n".join([r"\begin{thebibliography}{99}", *items, r"\end{thebibliography}"])
