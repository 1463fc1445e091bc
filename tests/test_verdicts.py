import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdict_cases import AS_NEEDED, DECIDE, SECTIONS

from gantheory.verdicts import CONFIRMED, NEEDED, Verdict, as_needed, decide


@pytest.mark.parametrize(("arguments", "options", "verdict"), DECIDE)
def test_decide(arguments, options, verdict):
    assert decide(*arguments, **options) is verdict


@pytest.mark.parametrize(("section", "verdict", "allow", "needed"), AS_NEEDED)
def test_as_needed(section, verdict, allow, needed):
    assert as_needed(section, verdict, allow_supported=allow) is needed


def test_the_words():
    assert [str(v) for v in Verdict] == [
        "proved", "enclosed", "holds", "supported", "survived", "failed", "undecided", "error",
        "todo",
    ]  # fmt: skip
    assert {Verdict.PROVED, Verdict.ENCLOSED, Verdict.HOLDS} == CONFIRMED
    assert set(NEEDED) == set(SECTIONS)


def test_supported_does_not_pass_unless_allowed():
    assert not as_needed("check", Verdict.SUPPORTED)
    assert as_needed("check", Verdict.SUPPORTED, allow_supported=True)


FINITE = st.one_of(st.floats(0, 10), st.floats(0, 1e-12), st.just(0.0))


@given(st.floats(-10, 10), FINITE, FINITE)
def test_a_wider_error_bar_never_decides_more(gap, bound, tolerance):
    before, after = decide(gap, bound, tolerance), decide(gap, 2 * bound + 1e-9, tolerance)
    assert after in {before, Verdict.UNDECIDED}


@given(st.floats(-10, 10), FINITE, FINITE)
def test_holds_and_failed_are_true_of_every_number_within_the_bound(gap, bound, tolerance):
    verdict = decide(gap, bound, tolerance)
    if verdict is Verdict.HOLDS:
        assert gap + bound <= tolerance
    elif verdict is Verdict.FAILED:
        assert gap - bound > tolerance
    else:
        assert verdict is Verdict.UNDECIDED
        assert gap + bound > tolerance
        assert not gap - bound > tolerance


@given(st.floats(), st.floats(), st.floats(), st.integers(-3, 3), st.integers(-3, 3))
def test_nothing_odd_ever_confirms_or_refutes(gap, bound, tolerance, examples, warnings):
    verdict = decide(gap, bound, tolerance, examples=examples, warnings=warnings)
    sound = (
        not math.isnan(gap)
        and 0 <= bound < math.inf
        and 0 <= tolerance < math.inf
        and examples > 0
        and warnings == 0
    )
    assert (verdict is not Verdict.ERROR) is sound
