"""Statements about SymPy expressions: proved for all values, and witnessed at rational points.

SymPy alone proves nothing here: its integrals can be wrong (sympy issues 29792, 28657 and 22487
return -1 for 1, -0.0125 for 2.5 and -oo for 0.635), and `expr.equals` can say False of equal
expressions (29781). A claim is proved when SymPy reduces it and the numbers at every witness
agree, failed when a number contradicts it that two methods confirm, and undecided otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from gantheory.theorems.claims import Evidence, Outcome, Refused, text_of
from gantheory.theorems.levels import mp
from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.points import Interval, chart, intervals
from gantheory.theorems.reduction import reduced
from gantheory.theorems.signs import nonnegative
from gantheory.theorems.special_values import at_most_there, equal_there, exception
from gantheory.theorems.undefined import not_real, undefined
from gantheory.theorems.witnesses import NUMBERS, WITNESSES, Witness, enough, named, witnesses
from gantheory.theorems.work import Stuck, bounded
from gantheory.verdicts import Verdict

Where = Mapping[sp.Symbol, tuple[Any, Any]] | None

IDENTICAL = (
    "both sides are one expression before anything is checked, so there is nothing to prove: a "
    "derivative, integral or limit given unevaluated (sp.Derivative, sp.Integral), a root r of a slope "
    "stated as `the slope at r is 0`, or uniqueness stated as strict monotonicity would decide"
)


def identity(lhs: sp.Expr, rhs: sp.Expr, where: Where) -> Outcome:
    """Return the verdict on lhs = rhs for all values of the symbols."""
    domain = intervals(where)
    symbols = check(lhs, rhs, domain)
    if lhs == rhs:
        return Verdict.UNDECIDED, {"difference": "0", "reason": IDENTICAL}
    found, trouble = witnesses(lhs, rhs, symbols, domain)
    evidence: Evidence = {"witnesses": [witness.to_evidence() for witness in found]}
    wrong = next((witness for witness in found if witness.nonzero), None)
    if wrong is not None:
        evidence["difference"] = f"({text_of(lhs)}) - ({text_of(rhs)})"
        return _refuted(evidence, wrong)
    if not enough(found, symbols) or not all(witness.agrees for witness in found):
        evidence["difference"] = f"({text_of(lhs)}) - ({text_of(rhs)})"
        evidence["reason"] = _too_few(found, trouble)
        return Verdict.UNDECIDED, evidence
    try:
        with bounded():
            difference, step = reduced(lhs, rhs, chart(symbols, domain))
            hole = undefined((lhs, rhs), symbols, domain) if difference == 0 else None
    except Stuck as trouble:
        return Verdict.UNDECIDED, evidence | {"reason": str(trouble)}
    evidence |= {"difference": difference, "steps": step}
    if difference == 0:
        hole = hole or exception(lhs, rhs, symbols, domain, equal_there)
        return _unless_undefined(hole, evidence)
    evidence["reason"] = _unreduced(lhs, rhs, len(found) if symbols else 0)
    return Verdict.UNDECIDED, evidence


def inequality(lhs: sp.Expr, rhs: sp.Expr, where: Where) -> Outcome:
    """Return the verdict on lhs <= rhs for all values of the symbols; both sides are real there."""
    domain = intervals(where)
    symbols = check(lhs, rhs, domain)
    for symbol in symbols:
        if not (symbol.is_extended_real or symbol in domain):
            raise Refused(f"{symbol} may be complex, which has no order: declare it real=True")
    if lhs == rhs:
        return Verdict.UNDECIDED, {"difference": "0", "reason": IDENTICAL}
    found, trouble = witnesses(lhs, rhs, symbols, domain, search=True)
    real = [witness for witness in found if not mp.im(witness.difference)]
    evidence: Evidence = {"witnesses": [witness.to_evidence() for witness in real]}
    evidence["points"] = len(real)
    wrong = next((w for w in real if w.nonzero and mp.re(w.difference) > 0), None)
    if wrong is not None:
        evidence["difference"] = f"({text_of(rhs)}) - ({text_of(lhs)})"
        evidence["witnesses"] = [wrong.to_evidence()]
        return _refuted(evidence, wrong)
    complex_at = next((witness for witness in found if witness.is_complex), None)
    if complex_at is not None:
        return Verdict.UNDECIDED, evidence | {"reason": _not_real(complex_at)}
    evidence["witnesses"] = evidence["witnesses"][:WITNESSES]
    if not enough(real, symbols) or not all(w.zero or w.nonzero for w in real):
        evidence["difference"] = f"({text_of(rhs)}) - ({text_of(lhs)})"
        evidence["reason"] = _too_few(real, trouble)
        return Verdict.UNDECIDED, evidence
    try:
        with bounded():
            margin, step = nonnegative(lhs, rhs, symbols, domain)
            hole = _outside_the_reals((lhs, rhs), symbols, domain) if step is not None else None
    except Stuck as trouble:
        return Verdict.UNDECIDED, evidence | {"reason": str(trouble)}
    evidence |= {"difference": margin, "steps": step or "none"}
    if step is not None:
        hole = hole or exception(lhs, rhs, symbols, domain, at_most_there)
        return _unless_undefined(hole, evidence)
    evidence["reason"] = (
        "SymPy does not see that the difference is nonnegative, so nothing proves it: that it is so at "
        f"{len(real)} points says nothing of the others; writing it as a square, a sum of positive "
        "terms or a convex function of one symbol would decide"
    )
    return Verdict.UNDECIDED, evidence


def _outside_the_reals(
    sides: tuple[sp.Expr, ...], symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]
) -> str | None:
    """Return in words where a side has no value, or no real one."""
    return undefined(sides, symbols, domain) or not_real(sides, symbols, domain)


def _unless_undefined(hole: str | None, evidence: Evidence) -> Outcome:
    """Return proved, unless a side is undefined somewhere among the values that are claimed."""
    if hole is None:
        return Verdict.PROVED, evidence
    return Verdict.UNDECIDED, evidence | {"reason": hole}


def check(lhs: sp.Expr, rhs: sp.Expr, domain: Mapping[sp.Symbol, Interval]) -> list[sp.Symbol]:
    """Return the free symbols in order, refusing sides that no proof can start from."""
    for side in (lhs, rhs):
        if side.has(sp.Float):
            raise Refused(f"{side} contains a Float: write sp.Rational, an int or a Fraction")
        if side.has(sp.nan, sp.zoo):
            raise Refused(f"{side} is undefined: state the limit, sp.Limit(...), in its place")
    free = lhs.free_symbols | rhs.free_symbols
    bound = {s for side in (lhs, rhs) for s in side.atoms(sp.Symbol) if not isinstance(s, sp.Dummy)}
    by_name: dict[str, sp.Symbol] = {}
    for symbol in sorted(free | bound | set(domain), key=lambda s: (s.name, str(s.assumptions0))):
        other = by_name.setdefault(symbol.name, symbol)
        if other != symbol:
            raise Refused(
                f"two symbols are called {symbol.name!r} and assume different things; "
                "define it once and use that one on both sides and in where"
            )
    for name in NUMBERS:
        if name in by_name:
            raise Refused(f"a symbol is called {name!r}; rename it")
    for symbol, (low, high) in domain.items():
        _check_range(symbol, low, high)
    return sorted(free, key=lambda symbol: symbol.name)


def _check_range(symbol: sp.Symbol, low: sp.Expr, high: sp.Expr) -> None:
    """Refuse an interval that reaches beyond what the symbol is declared to be."""
    beyond = (
        (symbol.is_extended_nonnegative and low < 0)
        or (symbol.is_extended_nonpositive and high > 0)
        or symbol.is_extended_real is False
    )
    if beyond:
        words = ("positive", "negative", "nonnegative", "nonpositive")
        declared = next((w for w in words if getattr(symbol, f"is_extended_{w}")), "not real")
        raise Refused(
            f"where={{{symbol}: ({low}, {high})}} reaches beyond {symbol}, declared {declared}: "
            "give an interval inside, or declare the symbol real"
        )


def _refuted(evidence: Evidence, witness: Witness) -> Outcome:
    evidence["counterexample"] = witness.to_evidence()
    return Verdict.FAILED, evidence


def _not_real(witness: Witness) -> str:
    return (
        f"a side is not real{named(witness.point)}, and complex numbers have no order; a symbol "
        "declared, or where={symbol: (low, high)} given, so that this is left out would decide"
    )


def _too_few(found: list[Witness], trouble: str) -> str:
    usable = sum(w.zero or w.nonzero for w in found)
    return (
        f"only {usable} numeric witnesses can be trusted ({trouble}); a form that can be evaluated with "
        "certainty at rational points would decide"
    )


def _unreduced(lhs: sp.Expr, rhs: sp.Expr, found: int) -> str:
    """Return why a claim that every witness supports is not proved."""
    points = "the numbers" if not found else f"numbers at {found} points"
    if is_unevaluated(lhs) or is_unevaluated(rhs):
        return (
            f"nothing proves it: SymPy's evaluation does not reduce the difference to 0, and {points} "
            "that agree are not all values; a form that SymPy evaluates rightly would decide"
        )
    return (
        f"nothing proves it: SymPy does not reduce the difference to 0, and {points} that agree cannot "
        "see other points, a null set or complex values; if it is true, an intermediate step as a claim "
        "of its own would decide"
    )
