"""Numbers that rest on nothing computed, and numbers copied from the other side, confirm nothing."""

import math
from fractions import Fraction

import numpy as np
import pytest
import sympy as sp

from gantheory import (
    Normal,
    certified,
    js_divergence,
    kl_divergence,
)
from gantheory.estimates import Estimate, as_estimate
from gantheory.evidence import mean_of
from gantheory.integrity import changed
from gantheory.resting import may_be_copied
from gantheory.theorems import (
    at_most,
    converges,
    encloses,
    equal,
    increasing,
    lint,
    numeric,
    reduction,
    statements,
)
from gantheory.theorems.evaluate import EVALUATORS
from gantheory.verdicts import Verdict

P, Q = Normal(0, 1), Normal(1, 1)
J, KL = js_divergence(P, Q), kl_divergence(P, Normal(0, 2))
BALL, OTHER = certified.js_divergence(P, Q), certified.kl_divergence(P, Normal(0, 2))
BATCH = js_divergence(Normal(np.zeros(2), 1), Normal(np.array([1.0, 2.0]), 1))
READ = float(J)
TYPED = Fraction(115, 1000)
CONFIRMED = {Verdict.HOLDS, Verdict.ENCLOSED, Verdict.PROVED}

IDLE = {
    "0 x": 0 * J + 0.115,
    "0.0 x": J * 0.0 + 0.115,
    "x - x": (KL - KL) + 0.115,
    "x / x": J / J * 0.115,
    "x/y y/x": (J / KL) * (KL / J) * 0.115,
    "√x²": (J * J).sqrt() / J * 0.115,
    "log": J.log() - J.log() + 0.115,
    "|x|": abs(J) - J + 0.115,
    "negligible": 1e-30 * J + 0.115,
    "a ball's 0": 0 * BALL + TYPED,
    "balls that cancel": BALL - OTHER + OTHER - BALL + TYPED,
    "a ratio of balls": BALL / BALL * TYPED,
    "√ of a ball": (BALL * BALL).sqrt() / BALL * TYPED,
    "log of a ball": BALL.log() - BALL.log() + TYPED,
}


@pytest.mark.parametrize("number", IDLE.values(), ids=IDLE.keys())
def test_a_number_that_does_not_depend_on_what_was_computed_confirms_nothing(number):
    assert not number.rests
    assert equal("JSD = 0.115", number, sp.Rational(115, 1000)).verdict is Verdict.UNDECIDED
    assert at_most("JSD ≤ 1", number, 1).verdict is Verdict.UNDECIDED


def test_nor_does_a_ball_enclose_or_a_sequence_grow_by_it():
    assert encloses("JSD = 0.115", 0 * BALL + TYPED, "0.115").verdict is Verdict.UNDECIDED
    for number in (J, BALL):
        typed = [0 * number + n for n in (1, 2, 3)]
        assert increasing("it grows", typed).verdict is Verdict.UNDECIDED
    falling = [0 * J + Fraction(1, 10**n) for n in range(12)]
    assert converges("it tends to 0", falling, 0).verdict is Verdict.UNDECIDED


def test_one_member_of_a_batch_that_rests_on_nothing_is_seen():
    number = BATCH * np.array([0.0, 1.0]) + np.array([0.125, 0.0])
    assert number.rests.tolist() == [False, True]
    claim = equal("both", number, BATCH * np.array([0.0, 1.0]) + np.array([0.125, 0.0]))
    assert claim.verdict is Verdict.UNDECIDED
    assert at_most("both", number, 1).verdict is Verdict.UNDECIDED


LIVE = {
    "itself": J,
    "a divergence that is 0": 2 * js_divergence(P, P) - sp.log(4),
    "a large multiple": J * 10**12,
    "a small multiple": J / 10**12,
    "a ratio": J / KL,
    "a square": J * J,
    "a shift": J + 1000,
    "a wide interval": mean_of(np.arange(20.0) % 7),
    "a difference of means": mean_of(np.arange(20.0) % 7) - mean_of(np.arange(20.0) % 5),
    "a ball": BALL - certified.log(4),
    "a ball of balls": BALL / OTHER,
}


@pytest.mark.parametrize("number", LIVE.values(), ids=LIVE.keys())
def test_a_number_that_depends_on_what_was_computed_rests_on_it(number):
    assert number.rests


COPIES = {
    "plain": (J, READ),
    "beside a 0": (J, 0 * KL + READ),
    "beside what cancels": (J, (KL - KL) + READ),
    "beside a ball's 0": (J, 0 * OTHER + Fraction(READ)),
    "beside another number": (J, OTHER.estimate() + (READ - float(OTHER))),
    "beside another number, exactly": (J, OTHER + Fraction(READ - float(OTHER))),
    "as a string": (J, OTHER + repr(READ - float(OTHER))),
    "as a constant": (J, OTHER.estimate() + as_estimate(READ - float(OTHER))),
    "taken away": (J, OTHER.estimate() - (float(OTHER) - READ)),
    "from the left": (J, (READ + float(OTHER)) - OTHER.estimate()),
    "in a sum of exact numbers": (2 * J - sp.log(4), 2 * sp.Rational(READ) - sp.log(4)),
    "a third of it": (J / 3, sp.Rational(READ) / 3),
    "in exp": (J, sp.exp(sp.Rational(math.log(READ)))),
    "in a root": (J, sp.sqrt(sp.Rational(READ**2))),
    "in a list": (BATCH, [Fraction(float(v)) for v in BATCH.value]),
    "in a list of SymPy's": (BATCH, [sp.Rational(float(v)) for v in BATCH.value]),
    "in a list of expressions": (BATCH, [sp.exp(sp.Rational(math.log(v))) for v in BATCH.value]),
}


@pytest.mark.parametrize(("lhs", "rhs"), COPIES.values(), ids=COPIES.keys())
@pytest.mark.parametrize("tolerance", [1e-9, 0.5])
def test_a_number_does_not_agree_with_its_own_digits(lhs, rhs, tolerance):
    assert equal("a", lhs, rhs, tolerance=tolerance).verdict not in CONFIRMED


def test_a_limit_that_is_the_last_value_is_supported_at_most():
    values = [kl_divergence(P, Normal(Fraction(1, 10**n), 1)) + 1 for n in range(8)]
    assert converges("a", values, 1 + sp.log(1)).verdict is Verdict.HOLDS
    assert converges("a", values, float(values[-1]) + 2e-15).verdict is Verdict.SUPPORTED


def test_exact_and_short_numbers_are_no_copies():
    for x in (
        *(0.115, 3 / 1024, 1e-9, Fraction(1, 3), sp.Rational(22, 7), sp.log(4), 10**20, sp.pi / 3),
        sp.Rational(9353507702538, 10**17),
        sp.exp(-sp.Rational(1, 8)) / sp.sqrt(2),
    ):
        assert not may_be_copied(x)
    difference = kl_divergence(P, Q) - sp.Rational(1, 2) + sp.log(2)
    assert equal("KL = 1/2", difference, sp.log(2)).verdict is Verdict.HOLDS
    assert at_most("a strict margin", 2 * J - math.log(4), -1).verdict is Verdict.HOLDS


# --- a judge that was changed ---------------------------------------------------------------------


def typed():
    return Verdict.PROVED, {"steps": "simplify"}


def test_a_private_function_makes_no_claim():
    claim = getattr(statements, "_claim")("C = 3 JSD - log 4", None, {}, typed)  # noqa: B009
    assert claim.verdict is Verdict.PROVED
    assert not claim.made
    assert equal("a", J, BALL).made


@pytest.mark.parametrize(
    ("owner", "name", "other"),
    [
        pytest.param(numeric, "decide", lambda *a: Verdict.HOLDS, id="a function"),
        pytest.param(reduction, "LADDER", (("lie", lambda e: sp.Integer(0)),), id="a tuple"),
        pytest.param(numeric, "SEVERITY", (), id="a constant"),
        pytest.param(
            js_divergence.__wrapped__, "__code__", typed.__code__, id="the code of a function"
        ),
        pytest.param(
            js_divergence.__closure__[0], "cell_contents", typed, id="what a function encloses"
        ),
        pytest.param(Estimate, "confirms", True, id="a part of a class"),
        pytest.param(sp, "simplify", lambda e: sp.Integer(0), id="a library's function"),
    ],
)
def test_a_claim_of_a_changed_judge_counts_for_nothing(monkeypatch, owner, name, other):
    assert equal("a", J, BALL).made
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, other)
        claim = at_most("a", 0 * sp.Symbol("x", real=True), sp.Symbol("x", real=True) ** 2)
    assert not claim.made
    assert equal("a", J, BALL).made


def test_data_that_is_altered_in_place_is_seen():
    kept = dict(EVALUATORS)
    EVALUATORS[sp.Integral] = EVALUATORS[sp.Sum]
    try:
        assert changed() == ["data of gantheory.theorems.evaluate"]
    finally:
        EVALUATORS.update(kept)
    assert changed() == []


HEAD = "import sympy as sp\nimport gantheory as gt\nimport gantheory.theorems as t\n"


@pytest.mark.parametrize(
    "line",
    [
        "from gantheory.theorems import statements",
        "from gantheory.theorems.numeric import decide",
        "import gantheory.theorems.numeric",
        "from gantheory import integrity",
        "x = t.numeric",
        "x = getattr(t, 'equal')",
        "x = getattr([], '_claim')",
        "judge = gt.certified\njudge.js_divergence = None",
        "first = sp\nsecond = first\nsecond.simplify = None",
    ],
)
def test_the_lint_sees_who_reaches_into_the_judge(line):
    assert lint(HEAD) == []
    assert lint(HEAD + line)


def test_the_lint_lets_names_be_used_anew():
    assert lint(HEAD + "a = sp.pi\na = [0]\na[0] = 1\nb = getattr(a, 'real')") == []
