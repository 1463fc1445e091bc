"""Statements of polynomial inequalities: `always` and `iff`, decided by z3 for all real values."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
import sympy as sp
from thinning import every

from gantheory.book.results import judge
from gantheory.theorems import always, iff, implications
from gantheory.verdicts import Verdict

pytest.importorskip("z3")

g, h, x, y = sp.symbols("g h x y", real=True)
p = sp.Symbol("p", positive=True)
R = sp.Rational
DECIDED, FAILED, UNDECIDED, ERROR = (
    Verdict.DECIDED,
    Verdict.FAILED,
    Verdict.UNDECIDED,
    Verdict.ERROR,
)
MOTZKIN = x**4 * y**2 + x**2 * y**4 + 1 - 3 * x**2 * y**2  # not negative, and no sum of squares


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (lambda: iff("c", p**4 - p**2 + 1 < 1, p < 1), DECIDED),
        (lambda: iff("c", h**4 - h**2 + 1 < 1, h < 1, where={h: (0, sp.oo)}), DECIDED),
        (lambda: iff("c", h**4 - h**2 + 1 < 1, h < 1), FAILED),
        (lambda: iff("c", h**2 < 2, h**2 < R(2000001, 1000000)), FAILED),
        (lambda: iff("c", sp.Lt(h**2 + 1, 0, evaluate=False), False), DECIDED),
        (lambda: always("c", True, MOTZKIN >= 0), DECIDED),
        (lambda: always("c", True, MOTZKIN > 0), FAILED),  # 0 at (1, 1) and three more points
        (lambda: always("c", sp.Ne(x, 0), x**2 > 0), DECIDED),
        (lambda: always("c", x >= 0, x**3 > 0), FAILED),  # at 0 alone
        (lambda: always("c", x**2 > x, (x > 1) | (x < 0)), DECIDED),
        (lambda: always("c", True, sp.Implies(x > 1, sp.Not(x**2 <= x))), DECIDED),
        (lambda: always("c", (g > 0) & (h > 0) & (h < 1 / g), h * g < 1), DECIDED),
        (lambda: always("c", h < 1 / g, h * g < 1), FAILED),  # g < 0
        (lambda: always("c", sp.Ne(g, 0), 1 / g <= 1 + 1 / g**2), DECIDED),
        (lambda: always("c", (x > 0) & (y > 0), 2 / (1 / x + 1 / y) <= (x + y) / 2), DECIDED),
    ],
)
def test_what_is_true_is_decided_and_what_is_not_fails(claim, verdict) -> None:
    assert claim().verdict is verdict


def test_a_counterexample_is_a_rational_point_of_an_open_region() -> None:
    narrow = always("c", (x**2 > 2) & (x**2 < R(20001, 10000)), x < 0)
    [found] = narrow.evidence["counterexample"].values()
    assert found.is_Rational
    assert 2 < found**2 < R(20001, 10000)
    surface = always("c", sp.Eq(y**3, x) & (x > 1), y < 0).evidence["counterexample"]
    assert all(value.is_Rational for value in surface.values())
    mixed = always("c", sp.Eq(x**2, 2) & (x > 0) & (y > x), y > 2).evidence["counterexample"]
    assert mixed["x"] == sp.sqrt(2)
    assert mixed["y"].is_Rational
    assert mixed["x"] < mixed["y"] <= 2


def test_an_irrational_counterexample_is_shown_exactly() -> None:
    claim = always("c", sp.Eq(x**5 - x - 1, 0), x < R(116, 100))
    [root] = claim.evidence["counterexample"].values()
    assert root == sp.rootof(sp.Symbol("t") ** 5 - sp.Symbol("t") - 1, 0)


@pytest.mark.parametrize("premise", [h**2 < 0, (h**2 > 1) & (h**4 < 1), sp.false])
def test_a_premise_of_nothing_fails_and_refutes_nothing(premise) -> None:
    claim = always("c", premise, g > 1)
    assert claim.verdict is FAILED
    assert "about nothing" in str(claim.evidence["counterexample"])
    found = judge("refute", "c", claim.verdict, claim.evidence, label="c")
    assert found.verdict is ERROR
    empty = iff("c", sp.Lt(h**2 + 1, 0, evaluate=False), sp.Lt(h**4 + 1, 0, evaluate=False))
    assert empty.verdict is FAILED
    assert empty.evidence["vacuous"]


@pytest.mark.parametrize(
    ("premise", "conclusion", "words"),
    [
        (h > 0.5, h > 0, "contains a Float: write sp.Rational"),
        (sp.Symbol("c", extended_real=True) > 0, h > 0, "declare it real=True"),
        (sp.Symbol("n", integer=True) > 0, h > 0, "n is declared algebraic, integer, rational"),
        (h > 0, sp.sin(h) < h, "sin(h) is not a polynomial"),
        (h > 0, sp.sqrt(h) < h, "√h is not a polynomial"),
        (h > 0, abs(h - 1) < h, "is not a polynomial"),
        (h > 0, 2**h < h, "is not a polynomial"),
        (h > 0, h < sp.sqrt(2), "√2 is not rational"),
        (h > 0, sp.Xor(h > 1, g > 1), "is no relation"),
        ([h > 0], h > 1, "join them"),
        (h, h > 1, "neither true nor false"),
        (h**2, h > 1, "neither true nor false"),
        ("h > 0", h > 1, "neither true nor false"),
        (h > 0, False, "state iff(text, premise, False)"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(premise, conclusion, words) -> None:
    claim = always("c", premise, conclusion)
    assert claim.verdict is ERROR
    assert words in claim.evidence["reason"]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (lambda: always("c", h > 0, True), "true before anything is checked"),
        (lambda: always("c", h > 0, h > 0), "one expression"),
        (lambda: iff("c", h > 0, h > 0), "one expression"),
        (lambda: always("c", h > 0, 1 / g <= 1 + 1 / g**2), "undefined at g = 0"),
        (lambda: iff("c", h * g < 1, h < 1 / g, where={h: (0, 1), g: (0, 1)}), None),
        (lambda: iff("c", h < 1, h**3 < 1, where={h: (0, sp.sqrt(2))}), "is not rational"),
    ],
)
def test_what_says_nothing_is_not_decided(claim, words) -> None:
    claim = claim()
    assert (claim.verdict is DECIDED) == (words is None)
    assert words is None or words in claim.evidence["reason"]


def test_without_z3_nothing_is_compared(monkeypatch) -> None:
    monkeypatch.setattr(implications.importlib.util, "find_spec", lambda name: None)
    for conclusion in (h > -1, h > 1):
        claim = always("c", h > 0, conclusion)
        assert claim.verdict is UNDECIDED
        assert claim.evidence["reason"].endswith("pip install z3-solver")


def test_long_work_is_given_up(monkeypatch) -> None:
    monkeypatch.setattr(implications, "WORK", 10)
    claim = always("c", True, MOTZKIN >= 0)
    assert (claim.verdict, claim.evidence["reason"]) == (UNDECIDED, implications.LATE)
    monkeypatch.undo()
    monkeypatch.setattr(implications, "SECONDS", 1)  # one step of z3 that heeds no limit of its own
    claim = always("c", sp.Eq(x**60, 2 + y) & (y**59 > 1 + x**3), x < y)
    assert (claim.verdict, claim.evidence["reason"]) == (UNDECIDED, implications.LATE)


@pytest.mark.parametrize("power", [x**100_000, (x + 1) ** (10**9), ((x + 1) ** 50 + y) ** -50])
def test_a_high_degree_is_not_expanded(power) -> None:
    claim = always("c", sp.Gt(power, y, evaluate=False), x > y)
    assert claim.verdict is UNDECIDED
    assert "a lemma of lower degree would decide" in claim.evidence["reason"]


def test_z3_alone_is_not_believed(monkeypatch) -> None:
    """An answer that SymPy contradicts at a point decides nothing."""
    there = {"result": "sat", "point": {"x0": {"rational": ["1", "2"]}}}
    nowhere = {"result": "unsat"}
    monkeypatch.setattr(implications, "_asked", lambda names, formulas: [nowhere, there])
    assert always("c", h > 0, h > 1).verdict is FAILED
    assert always("c", h > 0, h > -1).verdict is DECIDED
    assert always("c", h > 1, h > -1).verdict is UNDECIDED  # the premise does not hold at 1/2
    monkeypatch.setattr(implications, "_asked", lambda names, formulas: [there, there])
    assert always("c", h > 0, h > -1).verdict is UNDECIDED


def test_as_it_is_written() -> None:
    claim = iff("c", (p < 1) & (h > 0), sp.Or(p**2 < 1, h <= 0), where={h: (-1, 1)})
    statement = claim.evidence["statement"]
    assert statement["formula"] == "h > 0 ∧ p < 1 ⇔ h ≤ 0 ∨ p² < 1"
    assert statement["formula_latex"].count(r"\Leftrightarrow") == 1
    assert statement["range"] == "p > 0; -1 < h < 1"
    assert always("c", True, sp.Implies(h > 1, h > 0)).evidence["statement"]["formula"] == (
        "h > 1 ⇒ h > 0"
    )


@pytest.mark.parametrize("seed", every(4, range(8)))
def test_random_polynomials_by_sturm(seed) -> None:
    """It is positive on an interval iff Sturm counts no root there, and it is in the middle."""
    draw = random.Random(seed)
    roots = [Fraction(draw.randint(-9, 9), draw.randint(1, 4)) for _ in range(2)]
    body = (x**2 + draw.randint(0, 2) * x + draw.randint(1, 3)) * draw.choice([x - roots[0], 1])
    body = sp.expand(body + R(draw.randint(-3, 3), 7))
    low, high = sorted((draw.randint(-3, 0), draw.randint(1, 4)))
    polynomial = sp.Poly(body, x)
    inside = polynomial.count_roots(low, high) - sum(
        polynomial.eval(end) == 0 for end in (low, high)
    )
    positive = inside == 0 and polynomial.eval(R(low + high, 2)) > 0
    claim = always("c", (x > low) & (x < high), sp.Gt(body, 0, evaluate=False))
    assert claim.verdict is (DECIDED if positive else FAILED)
