"""What the heading of a page, `Theorem(label=..., title=..., ...)`, may be: read, or made."""

from __future__ import annotations

import re
from typing import Any

from gantheory.errors import brief

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
LONGEST_SLUG = 100


def require_heading(label: Any, title: Any, uses: Any, covers: Any, errata: Any) -> None:
    """Refuse what is not a label, a title, or tuples of labels and sentences.

    Raises
    ------
    ValueError
        If a label is not a slug of at most 100 letters, the title is empty, a list is not a tuple of
        strings, each once, or a theorem uses itself.
    """
    _require_slug("label", label)
    if not isinstance(title, str) or not title.strip():
        raise ValueError(f"Theorem(title={brief(title)}): write one line that names the theorem")
    for name, entries in (("uses", uses), ("covers", covers), ("errata", errata)):
        _require_strings(name, entries)
    for name, entries in (("uses", uses), ("covers", covers)):
        for entry in entries:
            _require_slug(name, entry)
    if label in uses:
        raise ValueError(
            f"Theorem(uses={brief(uses)}): a theorem does not use itself; drop {label!r}"
        )


def _require_slug(name: str, slug: Any) -> None:
    if not isinstance(slug, str) or not SLUG.fullmatch(slug) or len(slug) > LONGEST_SLUG:
        raise ValueError(
            f"Theorem({name}={brief(slug)}): a label is lower-case words joined by hyphens, at most "
            f"{LONGEST_SLUG} letters; did you mean {proposal(slug)!r}?"
        )


def _require_strings(name: str, entries: Any) -> None:
    if isinstance(entries, str):
        raise ValueError(f"Theorem({name}={brief(entries)}): write a tuple, ({brief(entries)},)")
    if not isinstance(entries, tuple) or not all(isinstance(x, str) and x.strip() for x in entries):
        raise ValueError(f"Theorem({name}={brief(entries)}): write a tuple of non-empty strings")
    if len(set(entries)) != len(entries):
        once = tuple(dict.fromkeys(entries))
        raise ValueError(f"Theorem({name}={brief(entries)}): write each once, {brief(once)}")


def proposal(label: Any) -> str:
    """Return the slug nearest to what was given as one."""
    words = "-".join(re.findall(r"[a-z0-9]+", str(label).lower()))
    return words[:LONGEST_SLUG].strip("-") or "optimal-discriminator"
