"""Statements about SymPy expressions: proved for all values, and witnessed at rational points.

SymPy alone proves nothing here: its integrals can be wrong (sympy issues 29792, 28657 and 22487
return -1 for 1, -0.0125 for 2.5 and -oo for 0.635), and `expr.equals` can say False of equal
expressions (29781). A claim is proved when SymPy reduces it and the numbers at every witness
agree, failed when a number contradicts it, and undecided otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from gantheory.theorems.claims import Evidence, Outcome, Refused
from gantheory.theorems.evaluate import mp
from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.points import Interval, chart, intervals
from gantheory.theorems.reduction import reduced
from gantheory.theorems.signs import nonnegative
from gantheory.theorems.witnesses import WITNESSES, Witness, enough, witnesses
from gantheory.verdicts import Verdict

Where = Mapping[sp.Symbol, tuple[Any, Any]] | None

EMPTY = (sp.S.Zero, sp.oo, -sp.oo)  # as sides of their own they show nothing
DEGENERATE = (
    "degenerate evidence: both sides are zero (or infinite) before anything is checked; moving a "
    "term across, or giving the derivative or integral unevaluated (sp.Derivative, sp.Integral), "
    "would decide"
)


def identity(lhs: sp.Expr, rhs: sp.Expr, where: Where) -> Outcome:
    """Return the verdict on lhs = rhs for all values of the symbols."""
    domain = intervals(where)
    symbols = check(lhs, rhs, domain)
    if lhs == rhs and lhs in EMPTY:
        return Verdict.UNDECIDED, {"difference": "0", "reason": DEGENERATE}
    found, trouble = witnesses(lhs, rhs, symbols, domain)
    evidence: Evidence = {"witnesses": [witness.to_evidence() for witness in found]}
    wrong = next((witness for witness in found if witness.nonzero), None)
    if wrong is not None:
        evidence["difference"] = f"({lhs}) - ({rhs})"
        return _refuted(evidence, wrong)
    if not enough(found, symbols) or not all(witness.agrees for witness in found):
        evidence["difference"] = f"({lhs}) - ({rhs})"
        evidence["reason"] = _too_few(found, trouble)
        return Verdict.UNDECIDED, evidence
    difference, step = reduced(lhs, rhs, chart(symbols, domain))
    evidence |= {"difference": str(difference), "steps": step}
    if difference == 0:
        return Verdict.PROVED, evidence
    evidence["reason"] = _unreduced(lhs, rhs)
    return Verdict.UNDECIDED, evidence


def inequality(lhs: sp.Expr, rhs: sp.Expr, where: Where) -> Outcome:
    """Return the verdict on lhs <= rhs for all values of the symbols, in their real domain."""
    domain = intervals(where)
    symbols = check(lhs, rhs, domain)
    for symbol in symbols:
        if not (symbol.is_extended_real or symbol in domain):
            raise Refused(f"{symbol} may be complex, which has no order: declare it real=True")
    if lhs == rhs and lhs in EMPTY:
        return Verdict.UNDECIDED, {"difference": "0", "reason": DEGENERATE}
    found, trouble = witnesses(lhs, rhs, symbols, domain, search=True)
    real = [witness for witness in found if not mp.im(witness.difference)]
    evidence: Evidence = {"witnesses": [witness.to_evidence() for witness in real]}
    evidence["points"] = len(real)
    wrong = next((w for w in real if w.nonzero and mp.re(w.difference) > 0), None)
    if wrong is not None:
        evidence["difference"] = f"({rhs}) - ({lhs})"
        evidence["witnesses"] = [wrong.to_evidence()]
        return _refuted(evidence, wrong)
    evidence["witnesses"] = evidence["witnesses"][:WITNESSES]
    if not enough(real, symbols) or not all(w.zero or w.nonzero for w in real):
        evidence["difference"] = f"({rhs}) - ({lhs})"
        evidence["reason"] = _too_few(real, trouble)
        return Verdict.UNDECIDED, evidence
    margin, step = nonnegative(lhs, rhs, symbols, domain)
    evidence |= {"difference": str(margin), "steps": step or "none"}
    if step is not None:
        return Verdict.PROVED, evidence
    evidence["reason"] = (
        "SymPy does not see that the difference is nonnegative, though every witness agrees; "
        "writing it as a square, a sum of positive terms or a convex function of one symbol "
        "would decide"
    )
    return Verdict.UNDECIDED, evidence


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
    if "difference" in by_name:
        raise Refused("a symbol is called 'difference'; rename it")
    return sorted(free, key=lambda symbol: symbol.name)


def _refuted(evidence: Evidence, witness: Witness) -> Outcome:
    evidence["counterexample"] = witness.to_evidence()
    return Verdict.FAILED, evidence


def _too_few(found: list[Witness], trouble: str) -> str:
    return (
        f"only {sum(w.zero or w.nonzero for w in found)} usable numeric witnesses ({trouble}); "
        "a form that can be evaluated at rational points would decide"
    )


def _unreduced(lhs: sp.Expr, rhs: sp.Expr) -> str:
    """Return why a claim that every witness supports is not proved."""
    if is_unevaluated(lhs) or is_unevaluated(rhs):
        return (
            "SymPy's evaluation does not reduce the difference to 0, though the numeric witnesses "
            "of the unevaluated form agree; a form that SymPy evaluates rightly would decide"
        )
    return (
        "SymPy does not reduce the difference to 0, though every witness agrees; "
        "an intermediate step as a claim of its own would decide"
    )
