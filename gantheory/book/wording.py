"""Evidence in words: what a number, a counterexample or a whole claim rests on, for a reader."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gantheory.book.results import ClaimResult

LONGEST = 400  # letters of one piece of evidence; --json and -vv have all of it
MOST_ITEMS = 6
MOST_DIGITS = 34
COLUMN = 30  # letters of the short evidence beside a claim

SIGNS = {"<=": "≤", ">=": "≥", "contains": "∋"}
FIRST = ("reason", "warning", "counterexample", "difference", "bound", "tolerance")
SIDES = ("lhs", "rhs")
SHOWN_APART = frozenset({"relation", *SIDES, "values", "limit", "such_as", "routes"})
MINOR = frozenset({"label", "line", "message", "type", "declared"})
"""Keys that only -vv shows."""


# --- one value ------------------------------------------------------------------------------------


def brief(value: Any, most: int | None = MOST_ITEMS) -> str:
    """Return one piece of evidence in short: an error bar as value ± error, a ball as mid ± rad."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, Mapping):
        return _brief_mapping(value, most)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_items(value, most))}]"
    return str(value)


def _items(values: Any, most: int | None) -> list[str]:
    """Return the members of a sequence, and how many there are if they are many."""
    shown = [brief(value, most) for value in values[:most]]
    more = [f"… ({len(values)} in all)"] if len(shown) < len(values) else []
    return shown + more


def _brief_mapping(value: Mapping[str, Any], most: int | None) -> str:
    if {"mid", "rad", "digits"} <= set(value):
        return f"{_fewer(str(value['mid']))} ± {_short(value['rad'])}"
    if {"value", "error"} <= set(value):
        return f"{_digits(value['value'])} ± {_short(value['error'])}"
    return ", ".join(f"{key} = {brief(x, most)}" for key, x in value.items()) or "-"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _fewer(digits: str) -> str:
    """Return a decimal number, its digits cut if they are many, and its exponent."""
    mantissa, e, exponent = digits.partition("e")
    return f"{_cut(mantissa, MOST_DIGITS)}{e}{exponent}"


def _short(x: Any) -> str:
    return f"{x:.1e}" if isinstance(x, float) and x else brief(x)


def _digits(x: Any) -> str:
    return f"{x:.15g}" if isinstance(x, float) else brief(x)


def visible(text: str) -> str:
    """Return the text with control characters written out: a page cannot steer the terminal."""
    return "".join(c if c.isprintable() or c in "\n " else repr(c)[1:-1] for c in text)


# --- in full --------------------------------------------------------------------------------------


def formula_of(claim: ClaimResult) -> str:
    """Return what was checked, and for which values of its symbols; of a search an example of it."""
    formula, within = claim.statement.get("formula"), claim.statement.get("range")
    if formula:
        return f"{formula}, for {within}" if within else formula
    example = claim.evidence.get("such_as")
    if not isinstance(example, Mapping) or not example.get("formula"):
        return ""
    return f"such as {example['formula']}"


def details(claim: ClaimResult, *, whole: bool = False, everything: bool = False) -> list[str]:
    """Return lines on what the verdict rests on: both numbers, how each was made, and the rest.

    Parameters
    ----------
    whole:
        Whether long texts are shown to their end.
    everything:
        Whether every key is shown, and every entry of it.
    """
    lines = [*numbers(claim.evidence), *_example(claim.evidence, whole)]
    rest = evidence_line(claim.evidence, whole=whole, everything=everything)
    return [*lines, rest] if rest else lines


def numbers(evidence: Mapping[str, Any]) -> Iterator[str]:
    """Yield either number of a comparison, with the call and the integrators that made it."""
    routes = evidence.get("routes")
    for key, name in zip(SIDES, ("left", "right"), strict=True):
        value = evidence.get(key)
        if isinstance(value, (float, Mapping)):
            call = value.get("call") if isinstance(value, Mapping) else None
            made = f"{call} = " if call else ""
            yield f"{name}: {made}{brief(value)}{_by(routes, key)}"
    if evidence.get("relation") in ("increasing", "tends to"):
        yield f"values: {', '.join(_items(evidence['values'], 2 * MOST_ITEMS))}"


def _by(routes: Any, key: str) -> str:
    """Return ", by trapezoid sums": the integrators of one side."""
    pairs = routes.get(key, []) if isinstance(routes, Mapping) else []
    names = sorted({str(pair[0]) for pair in pairs})
    return f", by {' and '.join(names)}" if names else ""


def _example(evidence: Mapping[str, Any], whole: bool) -> Iterator[str]:
    example = evidence.get("such_as")
    if isinstance(example, Mapping):
        yield _limited(f"such as {brief(example.get('example'))}", whole)


def evidence_line(
    evidence: Mapping[str, Any], *, whole: bool = False, everything: bool = False
) -> str:
    """Return the evidence as "key value; key value", shortened to what a reader takes in."""
    order = sorted(evidence, key=lambda key: FIRST.index(key) if key in FIRST else len(FIRST))
    example = evidence.get("counterexample")
    repeated = set(example) | {"bound", "tolerance"} if isinstance(example, Mapping) else set()
    if everything:
        shown = [key for key in order if evidence[key] not in (None, "", [], {})]
    else:
        shown = [key for key in order if key not in repeated and _is_shown(key, evidence[key])]
    most = None if everything else MOST_ITEMS
    parts = (_part(key, evidence, most) for key in shown)
    return _limited("; ".join(parts), whole or everything)


def _limited(text: str, whole: bool) -> str:
    return text if whole else _cut(text, LONGEST)


def _is_shown(key: str, value: Any) -> bool:
    """Return whether a reader learns something from this piece of evidence."""
    if key in SHOWN_APART | MINOR or value in (None, "", [], {}):
        return False
    return key != "difference" or not isinstance(value, str) or value in ("inf", "-inf")


def _part(key: str, evidence: Mapping[str, Any], most: int | None) -> str:
    value = evidence[key]
    if key == "witnesses" and isinstance(value, list) and most:
        return f"{len(value)} witness{'es' * (len(value) != 1)}"
    shown_before = isinstance(evidence.get("lhs"), (float, Mapping))
    if key == "counterexample" and isinstance(value, Mapping) and shown_before:
        value = {name: x for name, x in value.items() if name not in SIDES} or value
    return f"{key.replace('_', ' ')} {brief(value, most)}"


# --- in a few words -------------------------------------------------------------------------------


def column(claim: ClaimResult) -> str:
    """Return the evidence in a few words, for the end of a claim's line."""
    evidence = claim.evidence
    for words in (_of_search, _of_refutation, _of_points, _of_numbers, _of_symbols):
        if text := words(evidence, str(claim.verdict)):
            return _cut(visible(text), COLUMN)
    return ""


def _of_search(evidence: Mapping[str, Any], verdict: str) -> str:
    if "examples" not in evidence:
        return ""
    caught = evidence.get("counterexample")
    if isinstance(caught, Mapping):
        return f"by {brief(caught.get('example'))}"
    return f"{brief(evidence['examples'])} examples"


def _of_refutation(evidence: Mapping[str, Any], verdict: str) -> str:
    if verdict != "refuted":
        return ""
    difference = _size(evidence.get("difference"))
    if difference is not None:
        return f"off by {difference:.3g}"
    example = evidence.get("counterexample")
    names = {k: v for k, v in example.items() if k not in (*SIDES, "difference")} if example else {}
    return f"at {brief(names)}" if names else ""


def _of_points(evidence: Mapping[str, Any], verdict: str) -> str:
    if evidence.get("relation") not in ("increasing", "tends to"):
        return ""
    return f"at {len(evidence['values'])} points"


def _of_numbers(evidence: Mapping[str, Any], verdict: str) -> str:
    gap = gap_of(evidence)
    if gap is not None:
        return _allowed("gap", *gap)
    margin = margin_of(evidence)
    return f"by {margin:.3g}" if margin else ""


def _of_symbols(evidence: Mapping[str, Any], verdict: str) -> str:
    if "balls" in evidence:
        return f"{brief(evidence['balls'])} balls"
    if "points" in evidence:
        return f"{brief(evidence['points'])} points"
    found = evidence.get("witnesses")
    return f"{len(found)} witness{'es' * (len(found) != 1)}" if isinstance(found, list) else ""


def _allowed(name: str, gap: float, allowed: float) -> str:
    return f"{name} {gap:.0e} of {allowed:.0e} allowed" if gap else "equal to the last digit"


def _size(value: Any) -> float | None:
    """Return |difference| of numbers, at most; None for anything else."""
    if value in ("inf", "-inf"):
        return math.inf
    if isinstance(value, Mapping) and {"mid", "rad"} <= set(value):
        return abs(float(value["mid"])) + float(value["rad"])
    return abs(value) if isinstance(value, (int, float)) else None


def gap_of(evidence: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return how far apart two equal numbers are at most, and how far they may be; None for others."""
    size, bound = _size(evidence.get("difference")), evidence.get("bound", 0.0)
    allowed = evidence.get("tolerance")
    if size is None or evidence.get("relation") not in ("=", "contains"):
        return None
    numbers = isinstance(allowed, float) and isinstance(bound, float)
    return (size + float(bound), float(allowed or 0.0)) if numbers else None


def margin_of(evidence: Mapping[str, Any]) -> float | None:
    """Return by how much an inequality of numbers holds; None for others."""
    if evidence.get("relation") not in ("<=", ">="):
        return None
    return _size(evidence.get("difference"))


def together(claims: Iterable[ClaimResult]) -> str:
    """Return what the evidence of claims that are alike comes to: the worst of them."""
    found = [claim.evidence for claim in claims]
    gaps = [gap for gap in map(gap_of, found) if gap]
    if gaps:
        gap, allowed = max(gaps, key=lambda pair: pair[0] / pair[1] if pair[1] else pair[0])
        return f", {_allowed('largest gap', gap, allowed)}"
    margins = [margin for margin in map(margin_of, found) if margin is not None]
    return f", smallest margin {min(margins):.1e}" if margins else ""
