"""What a run found, for people: as wide as the terminal, up to 100 columns, and coloured there."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from gantheory.book.folding import Group, Section, folded
from gantheory.book.prose import plain
from gantheory.book.results import BookResult, ClaimResult, PageResult, counted
from gantheory.book.wording import column, details, formula_of, together, visible

WIDEST = 100
SCREENS = 80  # lines: two screens
ALL = 10**6
LEFT = 12  # where names and formulas of claims begin
COUNTED = ("proved", "decided", "enclosed", "holds", "survived", "refuted")
"""The verdicts that have a column of their own in the table of pages."""

ASCII = {
    **{"≤": "<=", "≥": ">=", "·": "*", "‖": "||", "∋": "contains", "→": "->", "×": "x", "±": "+-"},
    **{"∫": "int", "∂": "d", "√": "sqrt ", "∞": "inf", "π": "pi", "²": "^2", "₁": "_1", "…": "..."},
    **{"∧": "and", "∨": "or", "¬": "not ", "⇒": "=>", "⇔": "<=>", "≠": "!="},
}


def console() -> Console:
    """Return a console for stdout: as wide as the terminal is, at most 100, and 80 if it is none."""
    made = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    made.width = min(made.width, WIDEST)
    return made


def _say(out: Console, text: Text | str = "") -> None:
    """Print a line, its signs in ASCII where the terminal has no Unicode."""
    line = text if isinstance(text, Text) else Text(text)
    if not out.encoding.lower().startswith("utf"):
        for sign, letters in ASCII.items():
            while sign in line.plain:
                at = line.plain.index(sign)
                line = Text.assemble(line[:at], letters, line[at + 1 :])
    out.print(line)


def _wrapped(out: Console, text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        visible(text), width=out.width, initial_indent=space, subsequent_indent=space
    )


def _cut(text: str, room: int) -> str:
    line = " ".join(visible(text).split())
    return line if len(line) <= room else line[: max(room - 1, 0)] + "…"


# --- one line a page ------------------------------------------------------------------------------


def print_head(out: Console) -> None:
    """Print the heads of the columns of the table of pages."""
    _say(out, Text(_row(out, "page", COUNTED, "time"), style="dim"))


def print_line(out: Console, page: PageResult) -> None:
    """Print one page in a line: its label, its claims by verdict, its time; and what failed below."""
    counts = Counter(str(claim.verdict) for claim in page.claims)
    shown = [str(counts[verdict] or "") for verdict in COUNTED]
    style = "bold red" if page.failed or not page.claims else ""
    _say(out, Text(_row(out, page.label, shown, f"{page.seconds:.1f} s"), style=style))
    if page.failed:
        _say(out, Text(f"  not as required: {counted(page.failed)}", style="bold red"))


def _row(out: Console, label: str, counts: Sequence[str], time: str) -> str:
    cells = "".join(f"{cell:>{len(head) + 1}}" for cell, head in zip(counts, COUNTED, strict=True))
    room = out.width - len(cells) - 9
    return f"{_cut(label, room):<{room}}{cells}{time:>9}"


# --- one page -------------------------------------------------------------------------------------


def print_page(out: Console, page: PageResult, headline: str = "", *, detail: int = 0) -> None:
    """Print a page as a page: title, statement, and section by section what was claimed.

    Parameters
    ----------
    headline:
        The sentence that the page's docstring begins with.
    detail:
        0: claims that are alike are folded, on two screens; 1: all claims with their evidence; 2:
        nothing is left out. What is not as required is always shown in full.
    """
    head = [Text(line, style="bold") for line in _wrapped(out, plain(page.title) or page.label)]
    where = _wrapped(out, f"{page.label}  ({page.file})")
    head += [Text(line, style="dim") for line in where]
    if headline:
        head += [Text(), *map(Text, _wrapped(out, plain(headline)))]
    for line in head:
        _say(out, line)
    sections = folded(page.claims, ALL if detail else SCREENS - len(head) - 3)
    for section in sections:
        _print_section(out, section, detail)
    if not page.claims:
        _say(out, "no claims in the sections that were run")
    _say(out)


def _print_section(out: Console, section: Section, detail: int) -> None:
    _say(out)
    _say(out, Text(section.name, style="bold underline"))
    for group in section.groups:
        _print_group(out, group, detail)
    if section.left_out:
        more = f"+ {len(section.left_out)} more ({counted(section.left_out)}); -v shows them"
        _say(out, Text(" " * LEFT + more, style="dim"))


def _print_group(out: Console, group: Group, detail: int) -> None:
    for claim in [group.shown, *group.folded] if detail else [group.shown]:
        if detail or not claim.as_required:
            _print_in_full(out, claim, detail)
        else:
            _print_in_short(out, claim)
    if group.folded and not detail:
        alike = f"+ {len(group.folded)} more like this: {group.shown.verdict}"
        _say(out, Text(" " * LEFT + alike + together(group.folded), style="dim"))


def _print_in_short(out: Console, claim: ClaimResult) -> None:
    """Print a claim in two lines: verdict, name and evidence in short; what was checked."""
    evidence = column(claim)
    room = out.width - LEFT - len(evidence) - 2
    line = _verdict(claim).append(f"{_cut(claim.text, room):<{room}}  ")
    line.append(evidence, style="dim")
    line.rstrip()
    _say(out, line)
    if formula := formula_of(claim):
        _say(out, " " * LEFT + _cut(formula, out.width - LEFT))


def _print_in_full(out: Console, claim: ClaimResult, detail: int) -> None:
    """Print a claim and its evidence; of one that is not as required nothing is cut."""
    first, *more = _wrapped(out, claim.text, LEFT) or [""]
    _say(out, _verdict(claim).append(first.lstrip()))
    formula = _wrapped(out, formula_of(claim), LEFT)
    evidence = details(claim, whole=not claim.as_required, everything=detail > 1)
    for line in [*more, *formula]:
        _say(out, line)
    for line in (part for text in evidence for part in _wrapped(out, text, LEFT)):
        _say(out, Text(line, style="dim" if claim.as_required else ""))


def _verdict(claim: ClaimResult) -> Text:
    colour = "green" if claim.as_required else "bold red"
    return Text("  ").append(f"{claim.verdict:<{LEFT - 2}}", style=colour)


# --- the end --------------------------------------------------------------------------------------


def print_failed(out: Console, pages: Sequence[PageResult]) -> None:
    """Print in full what is not as required, page by page."""
    for page in pages:
        if page.failed:
            _say(out)
            _say(out, Text(page.label, style="bold"))
            for claim in page.failed:
                _print_in_full(out, claim, detail=1)


def print_conclusion(out: Console, result: BookResult) -> None:
    """Print the one sentence that says "verified" or "not verified", and why."""
    _say(out, Text(result.conclusion, style="bold green" if result.verified else "bold red"))
