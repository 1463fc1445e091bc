"""What a run found, for people: lines of at most 100 columns, coloured on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from gantheory.book.results import BookResult, ClaimResult, PageResult

WIDTH = 100
LONGEST = 400  # letters of evidence shown; --json has all of it
MOST_ITEMS = 6
MOST_DIGITS = 34

_SIGNS = {"<=": "≤", ">=": "≥"}
_LEFT = 21  # where the text of a claim begins
_FIRST = ("reason", "warning", "counterexample", "lhs", "rhs", "difference", "bound", "tolerance")
_HIDDEN = frozenset(
    {
        *("label", "line", "message", "routes", "type", "declared"),
        *("relation", "lhs", "rhs", "values", "limit", "such_as"),  # shown as the statement
    }
)


def console(*, stderr: bool = False) -> Console:
    """Return a console that wraps at 100 columns and is plain where it is no terminal."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=True)
    return made


def print_page(out: Console, page: PageResult) -> None:
    """Print one page: a header, and each claim with its verdict and its evidence in short."""
    out.print(Text(page.label, style="bold"))
    for line in _wrapped(f"{page.title}  ({page.file})" if page.title else page.file, 2):
        out.print(Text(line))
    for claim in page.claims:
        out.print(_claim(claim))
    if not page.claims:
        out.print("  no claims in the sections that were run")
    out.print()


def _claim(claim: ClaimResult) -> Text:
    text = Text(f"  {claim.section:<9}")
    text.append(f"{claim.verdict:<{_LEFT - 11}}", style=_colour(claim))
    text.append("\n".join(_wrapped(claim.text, _LEFT)).lstrip())
    for line in _wrapped(statement_line(claim.evidence), _LEFT):
        text.append("\n" + line)
    for line in _wrapped(evidence_line(claim.evidence), _LEFT):
        text.append("\n" + line, style="dim")
    return text


def _colour(claim: ClaimResult) -> str:
    return "green" if claim.as_required else "bold red"


def _wrapped(text: str, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(visible(text), width=WIDTH, initial_indent=space, subsequent_indent=space)


def visible(text: str) -> str:
    """Return the text with control characters written out: a page cannot steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n " else repr(c)[1:-1] for c in text)


def statement_line(evidence: Mapping[str, Any]) -> str:
    """Return what was compared with what, from the sides themselves; "" if nothing was."""
    example = evidence.get("such_as")
    if isinstance(example, Mapping):
        return f"such as {brief(example.get('example'))}: {statement_line(example)}"
    relation = str(evidence.get("relation", ""))
    if relation == "increasing":
        return _short_of(" < ".join(_items(evidence["values"])))
    if relation == "tends to":
        return _short_of(f"{', '.join(_items(evidence['values']))} → {brief(evidence['limit'])}")
    if "lhs" not in evidence or "rhs" not in evidence:
        return ""
    sides = (_short_of(brief(evidence[key])) for key in ("lhs", "rhs"))
    return f" {_SIGNS.get(relation, relation or '=')} ".join(sides)


def _items(values: Any) -> list[str]:
    """Return the members of a sequence, those in the middle left out if there are many."""
    shown = [brief(value) for value in values]
    return shown if len(shown) <= MOST_ITEMS else [*shown[:3], "…", *shown[-2:]]


def _short_of(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def evidence_line(evidence: Mapping[str, Any]) -> str:
    """Return the evidence as "key value; key value", shortened to what a reader takes in."""
    order = sorted(evidence, key=lambda key: _FIRST.index(key) if key in _FIRST else len(_FIRST))
    example = evidence.get("counterexample")
    repeated = set(example) | {"bound", "tolerance"} if isinstance(example, Mapping) else set()
    shown = [key for key in order if key not in repeated and _is_shown(key, evidence[key])]
    return _short_of("; ".join(_part(key, evidence[key]) for key in shown))


def _is_shown(key: str, value: Any) -> bool:
    """Return whether a reader learns something from this piece of evidence."""
    if key in _HIDDEN or value in (None, "", [], {}):
        return False
    return key != "difference" or not isinstance(value, str) or value in ("inf", "-inf")


def _part(key: str, value: Any) -> str:
    if key == "witnesses" and isinstance(value, list):
        return f"{len(value)} witness{'es' * (len(value) != 1)}"
    return f"{key.replace('_', ' ')} {brief(value)}"


def brief(value: Any) -> str:
    """Return one piece of evidence in short: an error bar as value ± error, a ball as mid ± rad."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return _brief_mapping(value)
    if isinstance(value, (list, tuple)):
        shown = [brief(x) for x in value[:MOST_ITEMS]]
        more = [f"… ({len(value)} in all)"] if len(value) > MOST_ITEMS else []
        return f"[{', '.join(shown + more)}]"
    return str(value)


def _brief_mapping(value: Mapping[str, Any]) -> str:
    if set(value) == {"mid", "rad", "digits"}:
        return f"{_cut(str(value['mid']))} ± {_short(value['rad'])}"
    if {"value", "error"} <= set(value) <= {"value", "error", "kind"}:
        return f"{_digits(value['value'])} ± {_short(value['error'])}"
    return ", ".join(f"{key} = {brief(x)}" for key, x in value.items()) or "-"


def _cut(digits: str) -> str:
    return digits if len(digits) <= MOST_DIGITS else digits[: MOST_DIGITS - 1] + "…"


def _short(x: Any) -> str:
    return f"{x:.1e}" if isinstance(x, float) and x else brief(x)


def _digits(x: Any) -> str:
    return f"{x:.15g}" if isinstance(x, float) else brief(x)


def print_table(out: Console, result: BookResult) -> None:
    """Print one line a page."""
    widest = max((len(page.label) for page in result.pages), default=0)
    for page in result.pages:
        line = Text(f"{page.label:<{widest}}  ")
        line.append(f"{_standing(page):<12}", style="green" if page.verified else "bold red")
        line.append(
            f"{len(page.claims):5} claims  {len(page.failed):4} failed  {page.seconds:8.1f} s"
        )
        out.print(line)


def _standing(page: PageResult) -> str:
    return "verified" if page.verified else "not verified"


def print_conclusion(out: Console, result: BookResult) -> None:
    """Print the one sentence that says "verified" or "not verified", and why."""
    out.print(Text(result.conclusion, style="bold green" if result.verified else "bold red"))
