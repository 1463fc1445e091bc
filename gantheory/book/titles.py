"""Titles of pages, as plain text in one line."""

from __future__ import annotations


def plain(text: str) -> str:
    """Return a title, or another text of one paragraph, as plain text in one line."""
    return " ".join(text.replace("$", "").split())
