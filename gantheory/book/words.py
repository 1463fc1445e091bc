"""What the words of the output mean: verdicts, sections, and the keys of evidence."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path


@cache
def meanings() -> dict[str, str]:
    """Return each word with what it means, words of several parts with spaces."""
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return {word: " ".join(said.split()) for word, said in tomllib.loads(text).items()}


def meaning(word: str) -> str | None:
    """Return what a word of the output means, None if it is none; in the plural, or with underscores."""
    name = " ".join(word.lower().replace("_", " ").split())
    return meanings().get(name) or meanings().get(name.removesuffix("s"))
