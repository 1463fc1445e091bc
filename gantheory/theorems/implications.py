"""Statements of polynomial inequalities, decided for all real values of their symbols.

z3's nlsat looks for a point that contradicts the statement. That there is none is a proof, if z3 is
right; a point that it finds is believed only after SymPy has evaluated both sides there, exactly. A
statement about nothing, whose premise no point fulfils, fails.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import sympy as sp

from gantheory.theorems import points
from gantheory.theorems.claims import Outcome, Refused
from gantheory.theorems.polynomials import Point, Writer, formula, require_real, truth
from gantheory.theorems.symbolic import IDENTICAL, Where, check
from gantheory.theorems.work import Stuck, bounded
from gantheory.verdicts import Verdict

WORK = 20_000_000
"""Steps that z3 counts for one question: some seconds. The same on every machine, unlike a clock."""

SECONDS = 20
"""Of processor time, after which z3 is ended, for single steps that do not end."""

PROGRAM = Path(__file__).with_name("asking_z3.py")
LATE = (
    f"z3 does not finish within {WORK:,} steps or {SECONDS} s of processor time; fewer symbols, lower "
    "degrees or a lemma as a claim of its own would decide"
)
Answer = dict[str, Any]

LOOKED_AT = 40  # rational points, at which SymPy is asked as well
EVIDENT = (
    "SymPy says that it is true before anything is checked, so there is nothing to decide: "
    "sp.Gt(left, right, evaluate=False) keeps a relation"
)
NEVER = "this is claimed never to hold: state iff(text, premise, False)"
VACUOUS = "none: no real values fulfil the premise, so the statement is about nothing"
NO_SIDE = "none: neither side holds for any real values; state iff(text, left, False) for each"
NO_Z3 = (
    "nothing was compared: z3, which decides such statements, is not here; pip install z3-solver"
)
UNCONFIRMED = "z3 names a point that contradicts the statement, and SymPy does not confirm it"


def always(premise: Any, conclusion: Any, where: Where) -> Outcome:
    """Return the verdict on: wherever the premise holds, the conclusion does."""
    premise, conclusion = formula(premise), formula(conclusion)
    if conclusion == sp.false:
        raise Refused(NEVER)
    if conclusion == sp.true:
        return Verdict.UNDECIDED, {"reason": EVIDENT}
    if conclusion == premise:
        return Verdict.UNDECIDED, {"reason": IDENTICAL}
    return _decided(premise, conclusion, premise, VACUOUS, where)


def iff(left: Any, right: Any, where: Where) -> Outcome:
    """Return the verdict on: the two sides hold at the same points."""
    left, right = formula(left), formula(right)
    if left == right:
        return Verdict.UNDECIDED, {"reason": IDENTICAL}
    if {left, right} <= {sp.true, sp.false}:
        return Verdict.UNDECIDED, {"reason": EVIDENT}
    never = sp.false in (left, right)
    somewhere = sp.true if never else sp.Or(left, right, evaluate=False)
    both = sp.Equivalent(left, right, evaluate=False)
    return _decided(sp.true, both, somewhere, NO_SIDE, where)


def _decided(
    premise: sp.Basic, body: sp.Basic, somewhere: sp.Basic, vacuous: str, where: Where
) -> Outcome:
    """Return the verdict on premise => body, which is about nothing unless `somewhere` holds."""
    domain = points.intervals(where)
    symbols = check(premise, body, domain)
    require_real(symbols)
    try:
        with bounded():
            writer = Writer(symbols)
            questions = _questions(writer, domain, premise, body, somewhere)
        if importlib.util.find_spec("z3") is None:
            return Verdict.UNDECIDED, {"reason": NO_Z3}
        answers = _asked(list(writer.names.values()), questions)
        verdict, evidence = _concluded(answers, symbols, (premise, body, somewhere), vacuous)
        if verdict is not Verdict.DECIDED:
            return verdict, evidence
        with bounded():
            seen, wrong = _looked_at(symbols, domain, premise, body)
    except Stuck as trouble:
        return Verdict.UNDECIDED, {"reason": str(trouble)}
    return _failed(wrong) if wrong is not None else (verdict, evidence | {"points": seen})


def _questions(
    writer: Writer, domain: Any, premise: sp.Basic, body: sp.Basic, somewhere: sp.Basic
) -> list[str]:
    """Return what z3 is asked: where a counterexample is, where the premise holds, what is undefined."""
    within = writer.domain(domain)
    (given, not_given), (holds, fails) = writer.both(premise), writer.both(body)
    inhabited = writer.both(somewhere)[0]
    asked = [f"(and {within} {given} {fails})", f"(and {within} {inhabited})"]
    if writer.divides:
        asked.append(f"(and {within} (not {not_given}) (not {holds}))")
    return asked


def _looked_at(
    symbols: list[sp.Symbol], domain: Any, premise: sp.Basic, body: sp.Basic
) -> tuple[int, Point | None]:
    """Return at how many rational points the statement was seen to hold, and one where it fails."""
    seen = 0
    for point in islice(points.points(symbols, domain), LOOKED_AT):
        if truth(premise, point):
            held = truth(body, point)
            if held is False:
                return seen, point
            seen += held is True
    return seen, None


def _concluded(
    answers: list[Answer],
    symbols: list[sp.Symbol],
    parts: tuple[sp.Basic, sp.Basic, sp.Basic],
    vacuous: str,
) -> Outcome:
    """Return what the answers come to; `parts` are premise, body, and what has to hold somewhere."""
    premise, body, somewhere = parts
    wrong, inhabited, *undefined = answers
    if wrong["result"] == "sat":
        found = _point(symbols, wrong["point"])
        if _confirmed(premise, found, True) and _confirmed(body, found, False):
            return _failed(found)
        return Verdict.UNDECIDED, {"reason": UNCONFIRMED, "point": _named(found)}
    if inhabited["result"] == "unsat":
        return Verdict.FAILED, {"counterexample": {"point": vacuous}, "vacuous": True}
    for answer in (wrong, inhabited, *undefined):
        if answer["result"] == "unknown":
            return Verdict.UNDECIDED, {"reason": answer["reason"] or LATE}
    if undefined and undefined[0]["result"] == "sat":
        place = _named(_point(symbols, undefined[0]["point"]))
        text = ", ".join(f"{name} = {value}" for name, value in place.items())
        reason = f"a side is undefined at {text}: leave such points out by the premise or where"
        return Verdict.UNDECIDED, {"reason": reason}
    found = _point(symbols, inhabited["point"])
    if not _confirmed(somewhere, found, True):
        return Verdict.UNDECIDED, {"reason": UNCONFIRMED, "point": _named(found)}
    return Verdict.DECIDED, {"decided_by": "z3, nlsat", "fulfilled_at": _named(found)}


def _failed(point: Point) -> Outcome:
    return Verdict.FAILED, {"counterexample": _named(point)}


def _confirmed(x: sp.Basic, point: Point, wanted: bool) -> bool:
    """Return whether SymPy's exact numbers say the same of a formula at a point."""
    try:
        with bounded():
            return truth(x, point) is wanted
    except (Stuck, ArithmeticError, NotImplementedError):  # of numbers that are no fractions
        return False


def _named(point: Point) -> dict[str, sp.Expr]:
    return {symbol.name: value for symbol, value in point.items()}


def _point(symbols: list[sp.Symbol], found: Answer) -> Point:
    """Return z3's point in SymPy's exact numbers: rational, or roots of polynomials."""
    return {symbol: _coordinate(found[f"x{i}"]) for i, symbol in enumerate(symbols)}


def _coordinate(x: Answer) -> sp.Expr:
    if "rational" in x:
        return _rational(x["rational"])
    polynomial = sp.Poly(list(map(_rational, x["polynomial"])), sp.Symbol("t"))
    return sp.rootof(polynomial, x["root"])


def _rational(pair: list[str]) -> sp.Rational:
    return sp.Rational(*map(int, pair))


def _asked(names: list[str], formulas: list[str]) -> list[Answer]:
    """Return z3's answers; one that did not come is unknown, with the reason."""
    asked = {"names": names, "formulas": formulas, "work": WORK, "seconds": SECONDS}
    command = [sys.executable, "-P", str(PROGRAM)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            check=False,
            timeout=10 * SECONDS,  # by the clock, for systems without a limit of processor time
        )
    except subprocess.TimeoutExpired:
        return [{"result": "unknown", "reason": LATE}] * len(formulas)
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.endswith("}")]
    last = done.stderr.strip().splitlines()[-1:]
    reason = f"z3 broke off: {last[0]}" if last else LATE
    return [*answers, *[{"result": "unknown", "reason": reason}] * (len(formulas) - len(answers))]
