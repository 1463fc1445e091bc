"""Theorems, claims, and evidence as JSON."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import sympy as sp

from gantheory.balls import Ball
from gantheory.errors import GantheoryError
from gantheory.estimates import Estimate
from gantheory.headings import SLUG, proposal, require_heading
from gantheory.integrity import changed
from gantheory.provenance import entered_by, intact, seal
from gantheory.verdicts import Verdict

Evidence = dict[str, Any]
Outcome = tuple[Verdict, Evidence]

CLAIM_LABEL = re.compile(rf"{SLUG.pattern}(/{SLUG.pattern})*")
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
NOT_A_NUMBER = "not a number"
STATEMENTS = (os.path.join("theorems", "statements.py"), os.path.join("testing", "searching.py"))
"""Whose public functions make claims."""


class Refused(GantheoryError, ValueError):
    """The sides of a statement are no evidence; the claim becomes an error with this message."""


@dataclass(frozen=True)
class Theorem:
    """What a page is about.

    Attributes
    ----------
    label:
        Its name in the book, a lower-case slug such as "optimal-discriminator".
    title:
        One line for people.
    uses:
        Labels of the theorems that it rests on.
    covers:
        Slugs of the claims of the theory that claims of the page carry as labels, corrections too.
    errata:
        One sentence for each known mistake in the literature that the page sets right.

    Raises
    ------
    ValueError
        If `gantheory.headings` refuses it: a label that is not a slug, an empty title, no tuples.
    """

    label: str
    title: str
    uses: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    errata: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_heading(self.label, self.title, self.uses, self.covers, self.errata)


@dataclass(frozen=True, eq=False)
class Claim:
    """One checkable sentence, what is known of it, and why.

    Attributes
    ----------
    text:
        The sentence.
    verdict:
        What is known of it.
    evidence:
        Why. A failed claim has a "counterexample", an undecided one a "reason".
    label:
        Its name, a slug or slugs joined by "/"; None lets the book number it.

    Raises
    ------
    ValueError
        If the text is empty, the label is not a slug, a failed claim shows no counterexample, or an
        undecided one no reason.
    TypeError
        If the verdict is not a Verdict, or the evidence not a dict.
    """

    text: str
    verdict: Verdict
    evidence: Evidence = field(default_factory=dict)
    label: str | None = None
    _stated: bool = field(init=False, repr=False, default=False)

    def __post_init__(self) -> None:
        file, function = entered_by()
        stated = file in STATEMENTS and not function.startswith("_") and not changed()
        object.__setattr__(self, "_stated", stated)
        if not isinstance(self.text, str) or not self.text.strip():
            raise ValueError(f"Claim(text={self.text!r}): write the sentence that is claimed")
        if not isinstance(self.verdict, Verdict):
            raise TypeError(f"Claim(verdict={self.verdict!r}): give a member of Verdict")
        if not isinstance(self.evidence, dict):
            raise TypeError(f"Claim(evidence={self.evidence!r}): give a dict")
        if self.label is not None and not (
            isinstance(self.label, str) and CLAIM_LABEL.fullmatch(self.label)
        ):
            raise ValueError(
                f"Claim(label={self.label!r}): write a slug such as {proposal(self.label)!r}"
            )
        for verdict, key in ((Verdict.FAILED, "counterexample"), (Verdict.UNDECIDED, "reason")):
            if self.verdict is verdict and not self.evidence.get(key):
                raise ValueError(f"Claim({self.text!r}) is {verdict}: its evidence needs a {key!r}")
        seal(self, self._content())

    def _content(self) -> tuple[object, ...]:
        return self.text, self.verdict, self.label, self._stated, _digest(self.evidence)

    @property
    def made(self) -> bool:
        """Whether a statement, such as `equal`, made the claim, and nobody altered it or its judge."""
        return self._stated and intact(self, self._content())

    def to_json(self) -> dict[str, Any]:
        """Return the claim as a dict that `json.dumps(..., allow_nan=False)` takes."""
        return {
            "label": self.label,
            "text": self.text,
            "verdict": str(self.verdict),
            "evidence": json_ready(self.evidence),
        }


def json_ready(evidence: Any) -> Any:
    """Return the evidence in JSON's own types, the same on every run.

    Notes
    -----
    An Estimate becomes {"value", "error", "kind", "call"}, a Ball {"mid", "rad", "digits", "call"};
    call is None where it is not known. Infinities become
    "inf" and "-inf"; a nan, which JSON does not have, the words "not a number"; Fractions, SymPy
    expressions and mpmath numbers strings; sets sorted lists. Any other type becomes its repr,
    without addresses.

    Raises
    ------
    ValueError
        If two keys of a dict become the same string.
    """
    if evidence is None or isinstance(evidence, (bool, int)):
        return evidence
    if isinstance(evidence, str):
        return str(evidence.value) if isinstance(evidence, Enum) else str(evidence)
    if isinstance(evidence, Mapping):
        return _mapping(evidence)
    if isinstance(evidence, (list, tuple)):
        return [json_ready(entry) for entry in evidence]
    if isinstance(evidence, (set, frozenset)):
        return sorted((json_ready(entry) for entry in evidence), key=lambda x: json.dumps(x))
    return _number_ready(evidence)


def _number_ready(x: Any) -> Any:
    """Return a number, or whatever else is not a container, in JSON's types."""
    if isinstance(x, float):
        return _float(float(x))
    if isinstance(x, (np.generic, np.ndarray)):
        return json_ready(x.tolist()) if not isinstance(x, np.longdouble) else _float(float(x))
    if isinstance(x, Estimate):
        numbers = {"value": json_ready(x.value), "error": json_ready(x.error), "kind": x.kind}
        return numbers | {"call": x.call.text or None}
    if isinstance(x, Ball):
        return {"mid": x.mid, "rad": _float(x.rad), "digits": x.digits, "call": x.call.text or None}
    if isinstance(x, (Fraction, sp.Basic, sp.MatrixBase)):
        return text_of(x)
    if isinstance(x, (mpmath.mpf, mpmath.mpc)):
        return digits(x)
    return ADDRESS.sub("", repr(x))


def text_of(x: Any) -> str:
    """Return str(x); an integer in it may be too long for Python to write out."""
    try:
        return str(x)
    except ValueError as problem:
        return f"<{type(x).__name__} that cannot be written out: {problem}>"


def digits(x: Any) -> str:
    """Return an mpmath number to 15 digits."""
    return NOT_A_NUMBER if mpmath.isnan(x) else str(mpmath.nstr(x, 15))


def _digest(evidence: Evidence) -> str:
    try:
        return json.dumps(json_ready(evidence), sort_keys=True)
    except (ValueError, TypeError, RecursionError) as problem:  # found again when it is sent
        return f"{type(problem).__name__}: {problem}"


def _float(x: float) -> float | str:
    if math.isnan(x):
        return NOT_A_NUMBER
    if math.isinf(x):
        return "inf" if x > 0 else "-inf"
    return x


def _mapping(evidence: Mapping[Any, Any]) -> dict[str, Any]:
    result = {str(key): json_ready(value) for key, value in evidence.items()}
    if len(result) != len(evidence):
        raise ValueError(
            f"evidence with keys {list(evidence)!r}: two of them are the same as strings; rename one"
        )
    return result
