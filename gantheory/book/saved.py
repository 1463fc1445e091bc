"""The JSON of an earlier run, read back; and whether its pages still say the same."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from gantheory.book.planning import Entry
from gantheory.book.reading import SECTIONS, Page, one_line
from gantheory.book.results import (
    PAGE,
    SCHEMA,
    STATEMENT,
    BookResult,
    ClaimResult,
    PageResult,
    settle,
)
from gantheory.errors import PageError
from gantheory.verdicts import Verdict

_LARGEST = 500_000_000  # bytes; the whole book has nine millions

_NEVER = frozenset({Verdict.FAILED, Verdict.UNDECIDED, Verdict.ERROR, Verdict.TODO})
"""Verdicts that no section requires."""


def read_result(path: Path) -> BookResult:
    """Return what `gantheory verify --json` wrote to the file.

    Raises
    ------
    PageError
        If it cannot be read, is of another schema, or says "verified" where its claims do not.
    """
    try:
        if path.stat().st_size > _LARGEST:
            _refuse(path, f"is larger than {_LARGEST} bytes: no result is")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        _refuse(path, f"cannot be read: {problem.strerror or problem}")
    except (ValueError, RecursionError) as problem:
        _refuse(path, f"is not JSON: {problem}")
    if not isinstance(data, dict) or "pages" not in data or "seed" not in data:
        _refuse(path, "is not what `gantheory verify --json` prints")
    if data.get("schema") != SCHEMA:
        _refuse(path, f"has schema {data.get('schema')!r}; this version reads schema {SCHEMA}")
    try:
        result = _result(data)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        _refuse(path, f"is not what `gantheory verify --json` prints: {problem!r}")
    said = [bool(page.get("verified")) for page in data["pages"]]
    if said != [page.verified for page in result.pages]:
        _refuse(path, "says of a page that it is verified, or not, and its claims say otherwise")
    return result


def _refuse(path: Path, reason: str) -> NoReturn:
    raise PageError(f"{path}: {reason}")


def _result(data: Mapping[str, Any]) -> BookResult:
    sections = tuple(name for name in SECTIONS if name in data["sections"])
    pages = settle(map(_page, data["pages"]), whole=set(sections) == set(SECTIONS))
    return BookResult(
        pages, _text(data["version"]), int(data["seed"]), sections, bool(data["full"])
    )


def _page(data: Mapping[str, Any]) -> PageResult:
    return PageResult(
        label=_text(data["label"]),
        title=_text(data["title"]),
        source=_text(data["source"]),
        file=_text(data["file"]),
        uses=tuple(map(_text, data["uses"])),
        seconds=float(data["seconds"]),
        claims=tuple(map(_claim, data["claims"])),
        digest=_text(data.get("digest", "")),
    )


def _claim(data: Mapping[str, Any]) -> ClaimResult:
    section = _text(data["section"])
    if section not in (*SECTIONS, PAGE):
        raise ValueError(f"{section!r} is not a section")
    if not isinstance(data["as_required"], bool) or not isinstance(data["evidence"], dict):
        raise TypeError("a claim without `as_required` or `evidence`")
    verdict = Verdict(data["verdict"])
    if data["as_required"] and verdict in _NEVER:
        raise ValueError(f"a claim whose verdict is {verdict}, and said to be as required")
    statement = {key: data[key] for key in STATEMENT if data.get(key) is not None}
    return ClaimResult(
        label=_text(data["label"]),
        section=section,
        text=_text(data["text"]),
        verdict=verdict,
        as_required=data["as_required"],
        evidence=data["evidence"],
        statement={key: _text(value) for key, value in statement.items()},
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a text")
    return value


def of_pages(result: BookResult, entries: Iterable[Entry]) -> BookResult:
    """Return the part of a result that these entries name by their labels.

    Raises
    ------
    PageError
        If the result has nothing of one of them.
    """
    wanted = {entry.label for entry in entries}
    missing = sorted(wanted - {page.label for page in result.pages})
    if missing:
        raise PageError(f"the saved result has no page {', '.join(missing)}: run it again")
    kept = [page for page in result.pages if page.label in wanted]
    return replace(result, pages=settle(kept, whole=result.whole))


def changes(result: PageResult, entry: Entry | None) -> list[str]:
    """Return what a page says today that its saved result does not, one clause each.

    What can be seen without running the page: title, source, uses, sections, labels of claims; and that
    anything at all has changed, where the result has the digest of its text.
    """
    if entry is None:
        return ["the page is not there any more"]
    if entry.page is None:
        return ["the page cannot be read any more"]
    if result.digest == entry.page.digest:
        return []
    found = list(_differences(result, entry.page, [claim.label for claim in result.claims]))
    return found or (["its text is another"] if result.digest else [])


def _differences(result: PageResult, page: Page, labels: Sequence[str]) -> Iterator[str]:
    for name in ("title", "source", "uses"):
        here = getattr(page, name)
        if (one_line(here) if name == "source" else here) != getattr(result, name):
            yield f"its {name} {'are' if name == 'uses' else 'is'} another"
    lost = [slug for slug in page.covers if slug not in labels]
    if lost and not any(claim.section == PAGE for claim in result.claims):
        yield f"the result has no claim {', '.join(lost)}"
    gone = [label for label in labels if "/" not in label and label not in page.code]
    if gone:
        yield f"it has no claim {', '.join(gone)}"
    ran = {claim.section for claim in result.claims} - {PAGE}
    for section in sorted(ran - set(page.sections), key=SECTIONS.index):
        yield f"it has no section {section}"
