"""What a run of the book found: claims, pages, the book; and how each becomes JSON.

Notes
-----
`judge` is where a section's needs beyond a verdict are enforced: a search must have decided enough
examples, and a refutation must show what refutes it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gantheory.book.reading import SECTIONS
from gantheory.verdicts import Verdict, as_needed

SCHEMA = 1
FEWEST_EXAMPLES = 100
COUNTEREXAMPLE = frozenset({"counterexample", "difference"})
"""A refutation's evidence needs one of these."""

BLACK_BOX = (
    "the counterexample rests on numbers that were typed, altered, or come from a function whose "
    "structure nobody declared; numbers that gantheory computes from declared densities would refute it"
)

PAGE = "page"
"""The section of a fault of the page itself."""


@dataclass(frozen=True)
class ClaimResult:
    """One claim, as it came out.

    Attributes
    ----------
    label, section, text:
        Which claim it is.
    verdict:
        The claim's own verdict: a refutation that came out right is "failed".
    as_needed:
        Whether the page needs the claim to come out so.
    evidence:
        What the verdict rests on; strings, numbers, lists and dicts only.
    """

    label: str
    section: str
    text: str
    verdict: Verdict
    as_needed: bool
    evidence: dict[str, Any]

    @property
    def shown(self) -> str:
        """The verdict in the words for people: "refuted" for a refutation that came out right."""
        return "refuted" if self.section == "refute" and self.as_needed else str(self.verdict)

    def to_json(self) -> dict[str, Any]:
        """Return the claim's entry in `gantheory verify --json`."""
        return {
            "label": self.label,
            "section": self.section,
            "text": self.text,
            "verdict": str(self.verdict),
            "as_needed": self.as_needed,
            "evidence": self.evidence,
        }


@dataclass(frozen=True)
class PageResult:
    """One page, as it came out.

    Attributes
    ----------
    label, title, source, file, uses:
        What the page says of itself; title and source "" and uses () if it could not be read.
    seconds:
        How long it took.
    claims:
        Its claims, in the order of its sections.
    verified:
        Whether all its sections were run, it has a claim, all its claims are as needed, and all pages
        it uses are verified.
    """

    label: str
    title: str
    source: str
    file: str
    uses: tuple[str, ...]
    seconds: float
    claims: tuple[ClaimResult, ...]
    verified: bool = False

    @property
    def astray(self) -> int:
        """How many claims did not come out as needed."""
        return sum(not claim.as_needed for claim in self.claims)

    def to_json(self) -> dict[str, Any]:
        """Return the page's entry in `gantheory verify --json`."""
        return {
            "label": self.label,
            "title": self.title,
            "source": self.source,
            "file": self.file,
            "uses": list(self.uses),
            "seconds": round(self.seconds, 3),
            "claims": [claim.to_json() for claim in self.claims],
            "verified": self.verified,
        }


@dataclass(frozen=True)
class BookResult:
    """What `gantheory.verify` found.

    Attributes
    ----------
    pages:
        One result a page, in the order of the shelf, then of the files given.
    version:
        Of gantheory.
    seed:
        What the searches were seeded with.
    sections:
        The sections that were run.
    """

    pages: tuple[PageResult, ...]
    version: str
    seed: int = 0
    sections: tuple[str, ...] = field(default=())

    @property
    def whole(self) -> bool:
        """Whether every section was run; a part verifies nothing."""
        return set(self.sections) == set(SECTIONS)

    @property
    def claims(self) -> tuple[ClaimResult, ...]:
        """Every claim of every page."""
        return tuple(claim for page in self.pages for claim in page.claims)

    @property
    def summary(self) -> dict[str, Any]:
        """Counts of pages, verified pages, claims, claims astray, and claims by verdict."""
        counts = Counter(claim.shown for claim in self.claims)
        return {
            "pages": len(self.pages),
            "verified": sum(page.verified for page in self.pages),
            "claims": len(self.claims),
            "astray": sum(page.astray for page in self.pages),
            "by_verdict": {name: counts[name] for name in (*map(str, Verdict), "refuted")},
        }

    @property
    def ok(self) -> bool:
        """Whether there was a claim and all came out as needed."""
        return bool(self.claims) and all(claim.as_needed for claim in self.claims)

    @property
    def exit_code(self) -> int:
        """What the command exits with: 0 if ok, else 1."""
        return 0 if self.ok else 1

    def to_json(self) -> dict[str, Any]:
        """Return the one object that `gantheory verify --json` prints."""
        return {
            "schema": SCHEMA,
            "version": self.version,
            "seed": self.seed,
            "sections": list(self.sections),
            "pages": [page.to_json() for page in self.pages],
            "summary": self.summary,
        }


def judge(
    section: str,
    text: str,
    verdict: Verdict,
    evidence: Mapping[str, Any],
    *,
    label: str,
    allow_supported: bool = False,
) -> ClaimResult:
    """Return the claim with the verdict that its section can accept on this evidence."""
    kept = dict(evidence)
    if section == "search" and verdict is Verdict.SURVIVED and not enough_examples(kept):
        verdict = Verdict.ERROR
        kept["reason"] = f"a search decides at least {FEWEST_EXAMPLES} examples and says how many"
    by_hand = kept.get("by_hand", False)
    black_box = kept.get("declared") is False and (by_hand or not allow_supported)
    if section == "refute" and verdict is Verdict.FAILED and black_box:
        verdict = Verdict.UNDECIDED
        kept["reason"] = BLACK_BOX
    if section == "refute" and verdict is Verdict.FAILED and not shows_why(kept):
        verdict = Verdict.ERROR
        kept["reason"] = "a refutation shows its counterexample; this one came without"
    assumed = section == "simulate" and "assumes" in kept and kept.get("declared") is True
    needed = as_needed(section, verdict, allow_supported=allow_supported or assumed)
    return ClaimResult(label, section, text, verdict, needed, kept)


def enough_examples(evidence: Mapping[str, Any]) -> bool:
    """Return whether a search says that it decided at least 100 examples."""
    examples = evidence.get("examples")
    if isinstance(examples, bool) or not isinstance(examples, (int, float)):
        return False
    return FEWEST_EXAMPLES <= examples < math.inf


def shows_why(evidence: Mapping[str, Any]) -> bool:
    """Return whether a refutation's evidence holds a counterexample or a difference."""
    return any(evidence.get(key) not in (None, "", [], {}) for key in COUNTEREXAMPLE)


def fault(label: str, number: int, text: str, **evidence: Any) -> ClaimResult:
    """Return the claim that says what is wrong with a page."""
    name = f"{label}/{PAGE}-{number}"
    return ClaimResult(name, PAGE, text, Verdict.ERROR, False, evidence)


def final_faults(claims: Sequence[ClaimResult], label: str, covers: Iterable[str]) -> list[str]:
    """Return what is wrong with the claims together: labels that are missing or there twice."""
    labels = Counter(claim.label for claim in claims)
    twice = [name for name, count in labels.items() if count > 1]
    texts = [f"claim label {name} is there {labels[name]} times" for name in twice]
    texts += [
        f"covers {slug}, but neither the page nor any claim of it has that label"
        for slug in covers
        if slug not in labels and slug != label
    ]
    return texts


def settle(pages: Iterable[PageResult], *, whole: bool = True) -> tuple[PageResult, ...]:
    """Return the pages with `verified` set: each needs its own claims and every page it uses.

    A run of some sections only (not `whole`) verifies nothing.
    """
    results = list(pages)
    standing = [whole and bool(page.claims) and page.astray == 0 for page in results]
    changed = True
    while changed:
        fallen = {page.label for page, stands in zip(results, standing, strict=True) if not stands}
        now = [
            stands and fallen.isdisjoint(page.uses)
            for page, stands in zip(results, standing, strict=True)
        ]
        changed = now != standing
        standing = now
    return tuple(
        replace(page, verified=stands) for page, stands in zip(results, standing, strict=True)
    )
