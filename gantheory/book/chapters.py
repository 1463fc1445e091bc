"""The chapters of the book: page p210 stands in chapter 2."""

from __future__ import annotations

from typing import NamedTuple

from gantheory.book.reading import PAGE_NAME, Page

TITLES = (
    "The game",
    "The discriminator",
    "The criterion",
    "The geometry of divergences",
    "Convexity and convergence",
    "Gradients and saturation",
    "The algorithm",
    "Stabilisers",
    "f-divergences, least squares and hinge",
    "Wasserstein distances",
    "Relativistic games",
    "Dynamics",
    "Finite samples",
    "Networks",
)
"""Their titles, from chapter 1 on."""


class Chapter(NamedTuple):
    """A chapter: its number, from 1 on, and its title."""

    number: int
    title: str


def chapter_of(page: Page) -> Chapter | None:
    """Return the chapter that the hundreds of the page's number name; None without such a chapter."""
    named = PAGE_NAME.fullmatch(page.path.name)
    number = int(named[1]) // 100 if named else 0
    return Chapter(number, TITLES[number - 1]) if 0 < number <= len(TITLES) else None
