"""Titles of pages and chapters, as plain text."""

from __future__ import annotations

from gantheory.book.reading import PAGE_NAME, Page

CHAPTERS = (
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


def plain(text: str) -> str:
    """Return a title as plain text in one line."""
    return " ".join(text.replace("$", "").split())


def chapter_of(page: Page) -> tuple[int, str] | None:
    """Return number and name of the page's chapter, None outside of all.

    It is the hundreds of the page's number: p210_name.py is in chapter 2.
    """
    named = PAGE_NAME.fullmatch(page.path.name)
    number = int(named[1]) // 100 if named else 0
    return (number, CHAPTERS[number - 1]) if 1 <= number <= len(CHAPTERS) else None
