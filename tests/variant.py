"""What a false variant of a page is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Variant:
    """A page, a text that occurs in it exactly once, what to write instead, and where it is refuted."""

    name: str
    page: str
    old: str
    new: str
    section: str
