"""What a run of the book found: claims, pages, the book; and how each becomes JSON.

Notes
-----
`judge` is where a section's needs beyond a verdict are enforced: a search must have decided enough
examples, and a refutation must show what refutes it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gantheory.book.reading import SECTIONS
from gantheory.verdicts import Verdict, as_required

SCHEMA = 2
FEWEST_EXAMPLES = 100
COUNTEREXAMPLE = frozenset({"counterexample", "difference"})
"""A refutation's evidence needs one of these."""

BLACK_BOX = (
    "the counterexample rests on numbers that were typed, altered, or come from a function whose "
    "structure nobody declared; numbers that gantheory computes from declared densities would refute it"
)

STATEMENT = (
    *("formula", "formula_latex", "lhs", "relation", "rhs"),
    *("lhs_latex", "rhs_latex", "range"),
)
"""What a claim says of the statement that made it: as plain text, and as LaTeX for math mode."""

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
        What is known of it; a false variant that failed, as `refute` requires, is "refuted".
    as_required:
        Whether the verdict is one that its section requires.
    evidence:
        What the verdict rests on; strings, numbers, lists and dicts only.
    statement:
        What was compared: {} or the keys of `STATEMENT`.
    """

    label: str
    section: str
    text: str
    verdict: Verdict
    as_required: bool
    evidence: dict[str, Any]
    statement: Mapping[str, str | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the claim's entry in `gantheory verify --json`."""
        return {
            "label": self.label,
            "section": self.section,
            "text": self.text,
            "verdict": str(self.verdict),
            "as_required": self.as_required,
            **{key: self.statement.get(key) for key in STATEMENT},
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
    digest:
        Of its source; "" if it could not be read.
    verified:
        Whether all its sections were run, it has a claim, all its claims are as required, and all
        pages it uses are verified.
    """

    label: str
    title: str
    source: str
    file: str
    uses: tuple[str, ...]
    seconds: float
    claims: tuple[ClaimResult, ...]
    verified: bool = False
    digest: str = ""

    @property
    def failed(self) -> tuple[ClaimResult, ...]:
        """The claims that did not come out as required."""
        return tuple(claim for claim in self.claims if not claim.as_required)

    def to_json(self) -> dict[str, Any]:
        """Return the page's entry in `gantheory verify --json`."""
        return {
            "label": self.label,
            "title": self.title,
            "source": self.source,
            "file": self.file,
            "uses": list(self.uses),
            "digest": self.digest,
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
        One result a page, in the order of the book, then of the files given.
    version:
        Of gantheory.
    seed:
        What the searches were seeded with.
    sections:
        The sections that were run.
    full:
        Whether long simulations were run at their full length.
    """

    pages: tuple[PageResult, ...]
    version: str
    seed: int = 0
    sections: tuple[str, ...] = field(default=())
    full: bool = False

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
        """Counts of pages, verified pages, claims, failed claims, and claims by verdict."""
        counts = Counter(claim.verdict for claim in self.claims)
        return {
            "pages": len(self.pages),
            "verified_pages": sum(page.verified for page in self.pages),
            "claims": len(self.claims),
            "failed_claims": sum(len(page.failed) for page in self.pages),
            "by_verdict": {str(verdict): counts[verdict] for verdict in Verdict},
        }

    @property
    def ok(self) -> bool:
        """Whether there was a claim and all came out as required."""
        return bool(self.claims) and all(claim.as_required for claim in self.claims)

    @property
    def verified(self) -> bool:
        """Whether there is a page, and every page is verified."""
        return bool(self.pages) and all(page.verified for page in self.pages)

    @property
    def conclusion(self) -> str:
        """One sentence that begins with "verified" or "not verified", and says why."""
        return ("" if self.verified else "not ") + f"verified: {'; '.join(_reasons(self))}"

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
            "full": self.full,
            "verified": self.verified,
            "conclusion": self.conclusion,
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
    """Return the claim with the verdict that its section can accept on this evidence.

    Its "statement", what was compared, is taken out of the evidence.
    """
    kept = dict(evidence)
    statement = kept.pop("statement", None) or {}
    if verdict is Verdict.REFUTED:
        verdict = Verdict.FAILED  # what it takes to be refuted is asked here
    if section == "search" and verdict is Verdict.SURVIVED and not enough_examples(kept):
        verdict = Verdict.ERROR
        kept["reason"] = f"a search decides at least {FEWEST_EXAMPLES} examples and says how many"
    by_hand = kept.get("by_hand", False)
    black_box = kept.get("declared") is False and (by_hand or not allow_supported)
    if section == "refute" and verdict is Verdict.FAILED and black_box:
        verdict = Verdict.UNDECIDED
        kept["reason"] = BLACK_BOX
    if section == "refute" and verdict is Verdict.FAILED and kept.get("vacuous"):
        verdict = Verdict.ERROR
        kept["reason"] = (
            "a statement about nothing is no mistake that is refuted: widen its premise"
        )
    if section == "refute" and verdict is Verdict.FAILED and not shows_why(kept):
        verdict = Verdict.ERROR
        kept["reason"] = "a refutation shows its counterexample; this one came without"
    if section == "refute" and verdict is Verdict.FAILED:
        verdict = Verdict.REFUTED
    assumed = section == "simulate" and "assumes" in kept and kept.get("declared") is True
    required = as_required(section, verdict, allow_supported=allow_supported or assumed)
    return ClaimResult(label, section, text, verdict, required, kept, statement)


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


def final_faults(claims: Sequence[ClaimResult], covers: Iterable[str]) -> list[str]:
    """Return what is wrong with the claims together: labels that are missing or there twice.

    The page's own label covers nothing: a theorem is stated by a claim, or it is not there.
    """
    labels = Counter(claim.label for claim in claims)
    twice = [name for name, count in labels.items() if count > 1]
    texts = [f"claim label {name} is there {labels[name]} times" for name in twice]
    texts += [
        f"covers {slug}, but no claim of it has that label: give it to the claim that states it"
        for slug in covers
        if slug not in labels
    ]
    return texts


def settle(pages: Iterable[PageResult], *, whole: bool = True) -> tuple[PageResult, ...]:
    """Return the pages with `verified` set: each needs its own claims and every page it uses.

    A run of some sections only (not `whole`) verifies nothing.
    """
    results = list(pages)
    fallen = {page.label for page in results if page.failed or not (whole and page.claims)}
    while more := {page.label for page in results if not fallen.isdisjoint(page.uses)} - fallen:
        fallen |= more
    return tuple(replace(page, verified=page.label not in fallen) for page in results)


# --- the conclusion -------------------------------------------------------------------------------


def _reasons(result: BookResult) -> list[str]:
    """Return why the run is verified or not, each reason a clause."""
    claims = plural(len(result.claims), "claim")
    if result.verified:
        some = plural(len(result.pages), "page")
        return [f"{some}, {claims}, all as required ({counted(result.claims)})"]
    if not result.claims:
        return ["nothing was claimed"]
    failed = [claim for claim in result.claims if not claim.as_required]
    reasons = []
    if failed:
        some = f"{len(failed)} of {claims} not as required ({counted(failed)})"
        reasons.append(f"{some}, in {_places(result)}")
    if not result.whole:
        return [*reasons, f"only {', '.join(result.sections)} was run"]
    return reasons + list(_other_reasons(result.pages))


def _places(result: BookResult) -> str:
    """Return "a (2) and b (1)": the pages with claims that are not as required."""
    return listed([f"{page.label} ({len(page.failed)})" for page in result.pages if page.failed])


def _other_reasons(pages: Sequence[PageResult]) -> Iterator[str]:
    """Yield which pages claim nothing, and which rest on a page that is not verified."""
    fallen = {page.label for page in pages if not page.verified}
    for page in pages:
        blame = [label for label in page.uses if label in fallen]
        if not page.claims:
            yield f"{page.label} claims nothing"
        elif not page.failed and blame:
            yield f"{page.label} uses {listed(blame)}"


def counted(claims: Iterable[ClaimResult]) -> str:
    """Return the claims by verdict, "12 proved, 3 refuted", those that confirm first."""
    counts = Counter(claim.verdict for claim in claims)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict])


def plural(count: int, word: str) -> str:
    """Return "1 page" or "2 pages"."""
    return f"{count} {word}{'s' * (count != 1)}"


def listed(words: Sequence[str], most: int = 6) -> str:
    """Return "a, b and c", cut short if there are many."""
    more = [f"{len(words) - most} more"] if len(words) > most else []
    *head, last = [*words[:most], *more]
    return f"{', '.join(head)} and {last}" if head else last
