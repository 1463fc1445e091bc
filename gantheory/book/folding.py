"""Which claims of a section are shown and which are folded, so that a page fits on two screens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from gantheory.book.results import ClaimResult
from gantheory.book.wording import formula_of

SINGLE = frozenset({"proved", "decided", "refuted"})
"""Verdicts of claims that each say something of their own."""


@dataclass
class Group:
    """A claim that is shown, and those like it that are not."""

    shown: ClaimResult
    folded: list[ClaimResult] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines it takes: name, formula, and what is folded."""
        return 1 + bool(formula_of(self.shown)) + bool(self.folded)


@dataclass
class Section:
    """A section's groups of claims, and the claims for which there was no room."""

    name: str
    groups: list[Group]
    left_out: list[ClaimResult] = field(default_factory=list)

    @property
    def lines(self) -> int:
        """How many lines it takes, with a heading and an empty line above."""
        return 2 + sum(group.lines for group in self.groups) + bool(self.left_out)


def folded(claims: Sequence[ClaimResult], room: int) -> list[Section]:
    """Return the sections in their order, claims that are alike as one group, in so many lines.

    Claims that are not as required are always shown, and so is the first group of a section.
    """
    sections: list[Section] = []
    for claim in claims:
        if not sections or sections[-1].name != claim.section:
            sections.append(Section(claim.section, []))
        _add(sections[-1], claim)
    while sum(section.lines for section in sections) > room and any(map(_spare, sections)):
        _leave_out(max(filter(_spare, sections), key=lambda section: section.lines))
    return sections


def _add(section: Section, claim: ClaimResult) -> None:
    alike = (group for group in section.groups if kind_of(group.shown) == kind_of(claim))
    group = next(alike, None) if claim.as_required else None
    if group is None:
        section.groups.append(Group(claim))
    else:
        group.folded.append(claim)


def kind_of(claim: ClaimResult) -> tuple[str, str]:
    """Return what claims that are alike have in common: verdict, and formula but for its numbers."""
    if claim.verdict in SINGLE:
        return str(claim.verdict), claim.label
    form, before = formula_of(claim) or claim.text, ""
    while form != before:
        form, before = re.sub(r"[(\[][^()\[\]]*[)\]]", "…", form), form
    return str(claim.verdict), re.sub(r"[\d.]+(e[-+]?\d+)?(/\d+)?", "#", form)


def _spare(section: Section) -> list[Group]:
    """Return the groups that may be left out."""
    return [group for group in section.groups[1:] if group.shown.as_required]


def _leave_out(section: Section) -> None:
    group = _spare(section)[-1]
    section.groups.remove(group)
    section.left_out = [group.shown, *group.folded, *section.left_out]
