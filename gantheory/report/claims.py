"""Claims for readers: formula, verdict, what it rests on in short, and all of its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from gantheory.book.folding import Group
from gantheory.book.results import ClaimResult
from gantheory.book.wording import (
    FIRST,
    SIDES,
    brief,
    column,
    formula_of,
    numbers,
    together,
    visible,
)
from gantheory.book.words import meaning
from gantheory.report.links import Links
from gantheory.report.prose import formula
from gantheory.verdicts import Verdict

_APART = frozenset({"relation", "routes", *SIDES})
_EMPTY: tuple[Any, ...] = (None, "", [], {})
_LETTER = re.compile(r"(?<![A-Za-z])([A-Za-zα-ωΑ-Ω])(?:_(\w+))?(?![A-Za-z(])")


@dataclass(frozen=True)
class Shown:
    """One claim as a page shows it.

    Attributes
    ----------
    claim, anchor:
        The claim, and its id on the page.
    formula, within:
        What was checked, and for which values of its symbols; "" where no statement was.
    short:
        Its evidence in a few words.
    evidence:
        All of it, as a list of descriptions.
    """

    claim: ClaimResult
    anchor: str
    formula: Markup
    within: Markup
    short: str
    evidence: Markup

    @property
    def kind(self) -> str:
        """How the verdict is marked: as one that was required, or by how it is not."""
        if self.claim.as_required:
            return "good"
        return "bad" if self.claim.verdict in (Verdict.FAILED, Verdict.ERROR) else "open"


@dataclass(frozen=True)
class ShownGroup:
    """A claim, those like it, and what the evidence of these comes to."""

    first: Shown
    folded: tuple[Shown, ...]
    together: str


def shown(claim: ClaimResult, anchor: str, links: Links) -> Shown:
    """Return the claim as a page shows it."""
    statement = claim.statement
    latex, text = statement.get("formula_latex"), formula_of(claim)
    within = statement.get("range")
    if latex:
        written = formula(latex, statement.get("formula") or latex, display=True)
    else:
        written = Markup("<span>{}</span>").format(visible(text)) if text else Markup("")
    return Shown(
        claim=claim,
        anchor=anchor,
        formula=written,
        within=_range(within) if within and latex else Markup(""),
        short=_short(claim),
        evidence=evidence(claim, links),
    )


def shown_group(group: Group, ids: Mapping[int, str], links: Links) -> ShownGroup:
    """Return a group of claims that are alike; `ids` has the ids by the identity of claims."""
    made = [shown(claim, ids[id(claim)], links) for claim in (group.shown, *group.folded)]
    return ShownGroup(made[0], tuple(made[1:]), together(group.folded).lstrip(", "))


def _short(claim: ClaimResult) -> str:
    """Return the evidence in a few words; of a mistake, the whole counterexample."""
    example = claim.evidence.get("counterexample")
    if claim.section == "refute" and isinstance(example, Mapping):
        names = {
            k: v for k, v in example.items() if k not in (*SIDES, "difference", "label", "line")
        }
        if names and len(brief(names)) <= 120:
            return visible(f"caught at {brief(names)}")
    return column(claim)


def _range(text: str) -> Markup:
    """Return "p, q_1 > 0; 0 < D < 1" with its letters as those of formulas."""
    out, end = Markup(""), 0
    for found in _LETTER.finditer(text):
        lowered = Markup("<sub>{}</sub>").format(found[2]) if found[2] else ""
        out += escape(text[end : found.start()]) + Markup("<i>{}{}</i>").format(found[1], lowered)
        end = found.end()
    return out + escape(text[end:])


# --- evidence -------------------------------------------------------------------------------------


def evidence(claim: ClaimResult, links: Links) -> Markup:
    """Return everything that the verdict rests on: both numbers, and each key with its value."""
    found = claim.evidence
    rows = [*_numbers(found), *_rest(found, links)]
    rows.append(_row(Markup("label"), Markup("<code>{}</code>").format(visible(claim.label))))
    return Markup('<dl class="evidence">{}</dl>').format(Markup("").join(rows))


def _numbers(found: Mapping[str, Any]) -> Iterator[Markup]:
    for line in numbers(found):
        name, _, value = line.partition(": ")
        yield _row(escape(name), escape(visible(value)))
    for key, name in zip(SIDES, ("left", "right"), strict=True):
        if isinstance(found.get(key), str):
            yield _row(Markup(name), Markup("<code>{}</code>").format(visible(found[key])))


def _rest(found: Mapping[str, Any], links: Links) -> Iterator[Markup]:
    keys = sorted(found, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
    for key in keys:
        if key not in _APART and found[key] not in _EMPTY:
            yield _row(_named(key.replace("_", " "), links), _value(found[key]))


def _named(key: str, links: Links) -> Markup:
    """Return the name of a piece of evidence, with a link to what it means."""
    if meaning(key) is None:
        return escape(visible(key))
    return Markup('<a href="{}">{}</a>').format(links.word(key), key)


def _row(name: Markup, value: Markup) -> Markup:
    return Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(name, value)


def _value(value: Any) -> Markup:
    """Return a value: rows of the same keys as a table, anything else in one line."""
    rows = value if isinstance(value, list) else [value]
    if all(isinstance(row, dict) and _is_row(row) for row in rows):
        return _table(rows)
    return escape(visible(brief(value, None)))


def _is_row(row: Mapping[str, Any]) -> bool:
    """Return whether it is a row of a table; numbers are written as value ± error."""
    return not ({"mid", "rad"} <= set(row) or {"value", "error"} <= set(row)) and 0 < len(row) < 12


def _table(rows: list[dict[str, Any]]) -> Markup:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(visible(c)) for c in columns)
    body = (
        Markup("").join(
            Markup("<td>{}</td>").format(visible(brief(row[c], None)) if c in row else "")
            for c in columns
        )
        for row in rows
    )
    lines = Markup("").join(Markup("<tr>{}</tr>").format(cells) for cells in body)
    return Markup(
        '<div class="scroll"><table><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>'
    ).format(head, lines)
