"""Pieces of the report as HTML: what stands between the head and the foot of each of its pages.

Whoever makes another site of the book takes these, with `Links` of its own and another shell.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from gantheory.book.folding import folded
from gantheory.book.reading import SECTIONS
from gantheory.book.results import PAGE, counted, listed
from gantheory.book.showing import HEADINGS
from gantheory.book.wording import visible
from gantheory.book.words import meanings
from gantheory.figures.inline import inlined
from gantheory.report.claims import ShownGroup, shown_group
from gantheory.report.graph import drawing
from gantheory.report.links import Links, anchor, anchors
from gantheory.report.material import Report, Theorem, works
from gantheory.report.prose import html_of, inline, words_of
from gantheory.verdicts import Verdict

BOOK = "The Theory of Generative Adversarial Networks"
_ROOM = 10**9  # lines: no claim is left out


@cache
def templates() -> Environment:
    """Return the templates; whatever is put into them is escaped, unless it is HTML already."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        visible=visible,
        inline=inline,
        anchor=anchor,
        inlined=lambda svg: Markup(inlined(svg)),  # matplotlib's, drawn here
    )
    return made


def rendered(template: str, **values: Any) -> Markup:
    """Return a template with its values."""
    return Markup(templates().get_template(template).render(**values))  # escaped


# --- a theorem ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A section of a page: its heading, its prose, its claims."""

    name: str
    heading: str
    prose: Markup
    groups: list[ShownGroup]

    @property
    def count(self) -> int:
        """How many claims it has."""
        return sum(1 + len(group.folded) for group in self.groups)


def theorem_body(report: Report, theorem: Theorem, links: Links) -> Markup:
    """Return the page of a theorem: statement, figure, sections with their claims, errata, code."""
    claims = _claims(theorem, links)
    sections = [s for s in _sections(theorem, claims, links) if s.prose or s.groups]
    page = theorem.page
    return rendered(
        "theorem.html",
        links=links,
        theorem=theorem,
        title=inline(theorem.title, links),
        counts=_counts(theorem),
        why=_why(theorem, report),
        headings=list(_headings(theorem, sections)),
        faults=claims.get(PAGE, []),
        statement=html_of(page.statement or page.headline, links) if page else "",
        assumes=html_of(page.assumes, links) if page else "",
        source=html_of(page.source if page else theorem.result.source, links),
        notes=html_of(page.notes, links) if page else "",
        caption=inline(page.prose("figure"), links) if page else "",
        alt=words_of((page.prose("figure") if page else "") or theorem.title),
        sections=sections,
        errata=[inline(sentence, links) for sentence in page.errata] if page else [],
        uses=_others(report, theorem.result.uses, links),
        used_by=_others(report, theorem.used_by, links),
        neighbours=_neighbours(report, theorem),
    )


def _claims(theorem: Theorem, links: Links) -> dict[str, list[ShownGroup]]:
    """Return the claims of each section, those that are alike as one group."""
    claims = theorem.result.claims
    names = anchors(claim.label for claim in claims)
    ids = {id(claim): name for claim, name in zip(claims, names, strict=True)}
    found: dict[str, list[ShownGroup]] = {}
    for section in folded(claims, _ROOM):
        groups = [shown_group(group, ids, links) for group in section.groups]
        found.setdefault(section.name, []).extend(groups)
    return found


def _sections(
    theorem: Theorem, claims: dict[str, list[ShownGroup]], links: Links
) -> Iterator[Section]:
    for name in SECTIONS:
        prose = html_of(theorem.page.prose(name), links) if theorem.page else Markup("")
        yield Section(name, HEADINGS[name], prose, claims.get(name, []))


def _headings(theorem: Theorem, sections: Sequence[Section]) -> Iterator[tuple[str, str, int]]:
    page = theorem.page
    if page:
        yield "s_statement", "Statement", 0
    if theorem.figure or theorem.problem:
        yield "s_figure", "Figure", 0
    for section in sections:
        yield f"s_{section.name}", section.heading, section.count
    if page and page.errata:
        yield "s_errata", "Errata", len(page.errata)
    if theorem.result.uses or theorem.used_by:
        yield "s_relations", "In the book", 0
    if page:
        yield "s_code", "Code", 0


def _counts(theorem: Theorem) -> str:
    return counted(theorem.result.claims) or "no claims"


def _why(theorem: Theorem, report: Report) -> str:
    """Return why a theorem is not verified, "" if it is."""
    result = theorem.result
    if result.verified:
        return ""
    if result.failed:
        some = f"{len(result.failed)} of {len(result.claims)} claims"
        return f"{some} did not come out as required: {counted(result.failed)}."
    if not result.claims:
        return "Nothing was claimed."
    fallen = [p.label for p in report.result.pages if p.label in result.uses and not p.verified]
    if not report.result.whole:
        return (
            f"Only {', '.join(report.result.sections)} was run; a part of a page verifies nothing."
        )
    return f"It rests on {listed(fallen)}, which is not verified." if fallen else ""


def _others(
    report: Report, labels: Sequence[str], links: Links
) -> list[tuple[str, Markup | str, str, str]]:
    """Return label, title, the same in plain text, and state; "" where the report has no such page."""
    known = {theorem.label: theorem for theorem in report.theorems}
    rows: list[tuple[str, Markup | str, str, str]] = []
    for label in labels:
        other = known.get(label)
        if other:
            rows.append((label, inline(other.title, links), other.plain_title, state(other)))
        else:
            rows.append((label, "", "", ""))
    return rows


def state(theorem: Theorem) -> str:
    """Return "verified" or "not verified"."""
    return "verified" if theorem.result.verified else "not verified"


def _neighbours(report: Report, theorem: Theorem) -> list[tuple[str, str, Theorem | None]]:
    order = report.theorems
    at = order.index(theorem)
    before = order[at - 1] if at else None
    after = order[at + 1] if at + 1 < len(order) else None
    return [("prev", "Before", before), ("next", "After", after)]


# --- the other pages ------------------------------------------------------------------------------


def chapters(report: Report) -> list[tuple[str, str, list[tuple[Theorem, str]]]]:
    """Return title, id and theorems of each chapter, a theorem with its claims by verdict."""
    grouped = groupby(report.theorems, lambda theorem: theorem.chapter_title)
    found = [(title, [(theorem, _counts(theorem)) for theorem in some]) for title, some in grouped]
    ids = anchors(f"chapter-{anchor(title).lower()}" for title, _ in found)
    return [(title, name, some) for (title, some), name in zip(found, ids, strict=True)]


def contents_body(report: Report, links: Links) -> Markup:
    """Return the first page: what was run, the conclusion, and a line for each theorem."""
    result = report.result
    return rendered(
        "contents.html",
        links=links,
        book=BOOK,
        result=result,
        reasons=result.conclusion.partition(": ")[2],
        summary=result.summary,
        changed=report.changed,
        chapters=chapters(report),
    )


def graph_body(report: Report, links: Links) -> Markup:
    """Return the graph of the book, as a drawing and as a list."""
    drawn = drawing(report.theorems, links)
    return rendered("graph.html", links=links, drawing=drawn, chapters=chapters(report))


def bibliography_body(report: Report, links: Links) -> Markup:
    """Return the works that pages cite, each with these pages."""
    rows = [
        (key, work.reference, [t for t in report.theorems if key in t.keys])
        for key, work in report.works.items()
    ]
    return rendered("bibliography.html", links=links, works=rows)


def errata_body(report: Report, links: Links) -> Markup:
    """Return what pages correct, by the texts that err."""
    rows = [(key, works()[key].cited_as, found) for key, found in report.errata.items()]
    return rendered("errata.html", links=links, errata=rows)


def words_body(links: Links) -> Markup:
    """Return what each word of the report means."""
    return rendered("words.html", links=links, words=sorted(meanings().items()))


def search_body(report: Report, links: Links) -> Markup:
    """Return the form of the search; the script fills in what it finds."""
    verdicts = {claim.verdict for claim in report.result.claims}
    sections = {claim.section for claim in report.result.claims}
    named = [(key, work.cited_as) for key, work in report.works.items()]
    selects = [
        ("section", "Section", [(s, f"{HEADINGS[s]} ({s})") for s in SECTIONS if s in sections]),
        ("verdict", "Verdict", [(str(v), str(v)) for v in Verdict if v in verdicts]),
        ("source", "Source", sorted(named, key=lambda pair: pair[1].lower())),
    ]
    return rendered("search.html", links=links, selects=selects)
