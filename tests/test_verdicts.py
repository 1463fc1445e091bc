import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_cases import AS_REQUIRED, DECIDE, DECIDE_ORDER, SECTIONS

from gantheory.verdicts import CONFIRMED, REQUIRED, Verdict, as_required, decide, decide_order


@pytest.mark.parametrize(("arguments", "verdict"), DECIDE)
def test_decide(arguments, verdict):
    assert decide(*arguments) is verdict


@pytest.mark.parametrize(("arguments", "verdict"), DECIDE_ORDER)
def test_decide_order(arguments, verdict):
    assert decide_order(*arguments) is verdict


@pytest.mark.parametrize(("section", "verdict", "allow", "needed"), AS_REQUIRED)
def test_as_required(section, verdict, allow, needed):
    assert as_required(section, verdict, allow_supported=allow) is needed


def test_the_words():
    assert [str(v) for v in Verdict] == [
        "proved", "decided", "enclosed", "holds", "supported", "survived", "failed", "refuted",
        "undecided", "error", "todo",
    ]  # fmt: skip
    assert {Verdict.PROVED, Verdict.DECIDED, Verdict.ENCLOSED, Verdict.HOLDS} == CONFIRMED
    assert set(REQUIRED) == set(SECTIONS)


def test_supported_does_not_pass_unless_allowed():
    assert not as_required("check", Verdict.SUPPORTED)
    assert as_required("check", Verdict.SUPPORTED, allow_supported=True)


FINITE = st.one_of(st.floats(0, 10), st.floats(0, 1e-12), st.just(0.0))


@given(st.floats(0, 10), FINITE, FINITE)
def test_a_tolerance_excuses_no_difference_that_the_bound_excludes(gap, bound, tolerance):
    verdict = decide(gap, bound, tolerance)
    if gap > bound:
        assert verdict in {Verdict.UNDECIDED, Verdict.FAILED}
    if bound > tolerance:
        assert verdict in {Verdict.UNDECIDED, Verdict.FAILED}


@given(st.floats(0, 10), FINITE, FINITE)
def test_a_wider_tolerance_never_fails_more(gap, bound, tolerance):
    before, after = decide(gap, bound, tolerance), decide(gap, bound, 2 * tolerance + 1e-9)
    assert before is after or {before, after} != {Verdict.HOLDS, Verdict.FAILED}
    assert not (before is Verdict.HOLDS and after is not Verdict.HOLDS)


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 1), FINITE)
def test_an_order_that_holds_or_fails_is_so_for_the_numbers_themselves(a, b, bound, tolerance):
    verdict = decide_order(a - b, bound, tolerance)
    if verdict is Verdict.FAILED:
        assert a - b > bound
    if verdict is Verdict.HOLDS:
        assert a - b <= bound


@given(st.floats(), st.floats(), st.floats())
@pytest.mark.parametrize("function", [decide, decide_order])
def test_nothing_odd_ever_confirms_or_refutes(function, gap, bound, tolerance):
    sound = 0 <= bound < math.inf and 0 <= tolerance < math.inf and not math.isnan(gap)
    if function is decide:
        sound = sound and gap >= 0
    assert (function(gap, bound, tolerance) is not Verdict.ERROR) is sound
