import math
import os
import subprocess
import sys
import textwrap
import warnings

import hypothesis
import made
import numpy as np
import pytest
from hypothesis import configuration
from hypothesis import strategies as st

from gantheory import js_divergence, total_variation
from gantheory.book.results import judge
from gantheory.densities import Discrete, Mixture, MultivariateNormal, Normal, Uniform
from gantheory.errors import GantheoryWarning, NotConverged
from gantheory.estimates import Estimate, route
from gantheory.testing import describe, search, strategies, survives
from gantheory.theorems import Claim, at_most, equal
from gantheory.verdicts import Verdict

INTS = st.integers(0, 10**6)


def said(verdict, n=0, **evidence):
    """A claim about n, as a statement makes it."""
    needed = {Verdict.FAILED: "counterexample", Verdict.UNDECIDED: "reason"}
    if verdict in needed:
        evidence = {needed[verdict]: f"about {n}"} | evidence
    return made.claim("it is so", verdict, {"lhs": n, **evidence})


FAILED = said(Verdict.FAILED, counterexample={"at": "here"})
UNDECIDED = said(Verdict.UNDECIDED, reason="too coarse")
COUNTS = ("examples", "decided", "undecided", "repeated", "rejected", "seed")


def holds(n):
    return said(Verdict.HOLDS, n)


def test_what_holds_everywhere_survives():
    found = search(holds, INTS, seed=3, examples=150)
    assert found.verdict is Verdict.SURVIVED
    assert found.evidence["examples"] == found.evidence["decided"] >= 100
    assert found.evidence["examples"] + found.evidence["repeated"] == 150
    assert found.evidence["undecided"] == found.evidence["rejected"] == 0
    assert found.evidence["seed"] == 3
    assert found.evidence["counterexample"] is None
    assert "reason" not in found.evidence


def test_the_counterexample_is_shrunk():
    claim = survives("below 1000", lambda n: FAILED if n >= 1000 else holds(n), INTS)
    assert claim.verdict is Verdict.FAILED
    assert claim.evidence["counterexample"] == {
        "example": 1000,
        "claim": "it is so",
        "formula": None,
        "evidence": {"lhs": 0, "counterexample": {"at": "here"}},
    }
    assert claim.to_json()["evidence"]["counterexample"]["example"] == 1000


def test_shrinking_is_not_counted():
    calls = []

    def small(n):
        calls.append(n)
        return holds(n) if n < 1000 else FAILED

    found = search(small, INTS)
    first = next(i for i, n in enumerate(calls) if n >= 1000)
    assert len(calls) > first + 2
    assert found.verdict is Verdict.FAILED
    assert found.evidence["examples"] == found.evidence["decided"] == len(set(calls[: first + 1]))
    assert found.evidence["counterexample"]["example"] == 1000


@pytest.mark.parametrize("verdict", [Verdict.PROVED, Verdict.ENCLOSED, Verdict.HOLDS])
def test_what_confirms_is_decided(verdict):
    assert search(lambda n: said(verdict, n), INTS, examples=120).verdict is Verdict.SURVIVED


@pytest.mark.parametrize(
    "verdict", [Verdict.UNDECIDED, Verdict.SUPPORTED, Verdict.TODO, Verdict.SURVIVED]
)
def test_what_does_not_confirm_is_not_decided(verdict):
    found = search(lambda n: said(verdict, n) if n == 0 else holds(n), INTS, examples=150)
    assert found.verdict is Verdict.UNDECIDED
    assert found.evidence["undecided"] == 1
    assert found.evidence["decided"] == found.evidence["examples"] - 1 >= 100
    assert verdict in found.evidence["reason"]


NOT_FAILED = [verdict for verdict in Verdict if verdict is not Verdict.FAILED]


@pytest.mark.parametrize("verdict", NOT_FAILED)
def test_a_bare_verdict_decides_nothing(verdict):
    found = search(lambda n: verdict, INTS, examples=120)
    assert found.verdict is Verdict.UNDECIDED
    assert "written down by hand" in found.evidence["reason"]


@pytest.mark.parametrize(
    "property",
    [lambda n: Verdict.FAILED, lambda n: Claim("so", Verdict.FAILED, {"counterexample": {"n": n}})],
)
@pytest.mark.parametrize("allow_supported", [False, True])
def test_a_fault_by_hand_is_shown_and_refutes_nothing(property, allow_supported):
    found = search(property, INTS, examples=120)
    assert found.verdict is Verdict.FAILED
    assert found.evidence["counterexample"] == {"example": 0}
    for section, needed in (("search", False), ("refute", False)):
        judged = judge(
            section, "so", found.verdict, found.evidence, label="p", allow_supported=allow_supported
        )
        assert judged.as_required is needed


@pytest.mark.parametrize("verdict", [Verdict.PROVED, Verdict.HOLDS, Verdict.SUPPORTED])
def test_a_claim_made_by_hand_decides_nothing(verdict):
    evidence = {"lhs": 1, "counterexample": "here", "reason": "none"}
    by_hand = search(
        lambda n: Claim("it is so", verdict, evidence | {"lhs": n}), INTS, examples=120
    )
    assert by_hand.verdict is Verdict.UNDECIDED
    assert "written down by hand" in by_hand.evidence["reason"]

    def altered(n):
        claim = said(Verdict.UNDECIDED, n)
        object.__setattr__(claim, "verdict", verdict)
        return claim

    assert search(altered, INTS, examples=120).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("examples", [120, pytest.param(300, marks=pytest.mark.slow)])
def test_a_property_that_ignores_its_example_decides_nothing(examples):
    found = search(lambda n: holds(7), INTS, examples=examples)
    assert found.verdict is Verdict.UNDECIDED
    assert "one and the same claim" in found.evidence["reason"]
    both = search(lambda n: [holds(7), holds(n)], INTS, examples=examples)
    assert both.verdict is Verdict.SURVIVED


def test_a_text_that_varies_is_no_use_of_the_example():
    def named(n):
        return made.claim(f"about {n}", Verdict.HOLDS, {"lhs": 7})

    assert search(named, INTS, examples=120).verdict is Verdict.UNDECIDED


def test_one_example_is_shown_with_what_was_claimed_of_it():
    shown = search(holds, INTS, examples=120).evidence["such_as"]
    assert shown["claim"] == "it is so"
    assert shown["example"] == shown["lhs"]


def test_a_counterexample_from_a_black_box_says_so():
    box = said(Verdict.FAILED, declared=False)
    assert search(lambda n: box, INTS).evidence["declared"] is False
    assert search(lambda n: FAILED, INTS).evidence["declared"] is True


def test_not_converged_is_undecided():
    def never(n):
        raise NotConverged("out of budget")

    found = search(never, INTS, examples=120)
    assert found.verdict is Verdict.UNDECIDED
    assert found.evidence["decided"] == 0
    assert "out of budget" in found.evidence["reason"]


def test_the_reason_of_the_undecided_claim_is_told():
    found = search(lambda n: [holds(n), UNDECIDED] if n == 0 else holds(n), INTS)
    assert "too coarse" in found.evidence["reason"]
    assert "such as 0:" in found.evidence["reason"]


def test_a_counterexample_counts_more_than_undecided_examples():
    found = search(lambda n: FAILED if n > 1000 else UNDECIDED, INTS)
    assert found.verdict is Verdict.FAILED


@pytest.mark.parametrize("claims", [[holds(1), FAILED], [FAILED, holds(1)], [UNDECIDED, FAILED]])
def test_one_failed_claim_of_several_is_enough(claims):
    assert search(lambda _: iter(claims), INTS).verdict is Verdict.FAILED


def test_a_domain_that_is_exhausted_is_undecided_and_says_so():
    found = search(holds, st.integers(1, 7))
    assert found.verdict is Verdict.UNDECIDED
    assert found.evidence["examples"] == 7
    assert "only 7 different examples" in found.evidence["reason"]


def test_one_example_drawn_often_is_one_example():
    found = search(holds, INTS.map(lambda _: "always this"))
    assert found.verdict is Verdict.UNDECIDED
    assert found.evidence["examples"] == 1
    assert found.evidence["repeated"] == 199


def test_fewer_than_a_hundred_examples_decide_nothing():
    assert search(holds, INTS, examples=99).verdict is Verdict.UNDECIDED
    assert search(holds, st.integers(1, 99)).verdict is Verdict.UNDECIDED
    assert search(holds, st.integers(1, 100)).verdict is Verdict.SURVIVED


def test_rejected_examples_are_counted_apart():
    def even(n):
        hypothesis.assume(n % 2 == 0)
        return holds(n)

    found = search(even, INTS, examples=150)
    assert found.verdict is Verdict.SURVIVED
    assert found.evidence["examples"] + found.evidence["repeated"] == 150
    assert found.evidence["rejected"] > 20


def test_rejecting_everything_is_an_error():
    def nothing(n):
        hypothesis.reject()

    found = search(nothing, INTS)
    assert found.verdict is Verdict.ERROR
    assert found.evidence["examples"] == 0
    assert found.evidence["rejected"] > 0
    assert "no example" in found.evidence["reason"]


def test_a_strategy_without_members_is_an_error():
    assert search(holds, st.integers().filter(lambda n: False)).verdict is Verdict.ERROR
    assert search(holds, st.nothing()).verdict is Verdict.ERROR


@pytest.mark.parametrize("fault", [ValueError, ZeroDivisionError, AssertionError, SystemExit])
def test_an_exception_is_an_error_with_the_smallest_example(fault):
    def raises(n):
        if n >= 37:
            raise fault("no good")
        return holds(n)

    found = search(raises, INTS)
    assert found.verdict is Verdict.ERROR
    assert found.evidence["reason"] == f"the property raised {fault.__name__}: no good, on 37"
    assert found.evidence["counterexample"] is None


def test_an_exception_while_drawing_is_an_error():
    found = search(holds, INTS.map(lambda n: 1 // 0))
    assert found.verdict is Verdict.ERROR
    assert "drawing an example raised ZeroDivisionError" in found.evidence["reason"]


def test_one_fault_does_not_shrink_into_another():
    def both(n):
        if 10 <= n < 1000:
            raise ValueError("small ones break")
        return FAILED if n >= 1000 else holds(n)

    found = [search(both, st.integers(0, 10**9), seed=seed) for seed in range(6)]
    failed = [f for f in found if f.verdict is Verdict.FAILED]
    assert failed
    assert {f.evidence["counterexample"]["example"] for f in failed} == {1000}
    assert {f.verdict for f in found} <= {Verdict.FAILED, Verdict.ERROR}


@pytest.mark.parametrize("answer", [None, True, 1.0, "holds", {}, [None], [True], [], ()])
def test_what_is_no_claim_is_an_error(answer):
    found = search(lambda _: answer, INTS)
    assert found.verdict is Verdict.ERROR
    assert found.evidence["reason"]


def test_an_error_claim_is_an_error():
    bad = equal("nan", Estimate(math.nan, 0.0, route=route("a", "b")), 1)
    assert bad.verdict is Verdict.ERROR
    found = search(lambda n: bad if n > 5 else holds(n), INTS)
    assert found.verdict is Verdict.ERROR
    assert "not a number" in found.evidence["reason"]
    assert found.evidence["reason"].endswith("on 6")


def test_a_property_that_changes_its_mind_is_an_error():
    answers = iter([holds(0)] * 5 + [FAILED] + [holds(0)] * 10**4)
    found = search(lambda _: next(answers), INTS)
    assert found.verdict is Verdict.ERROR
    assert "deterministic" in found.evidence["reason"]


def test_a_property_that_spoils_its_argument_is_shown_what_was_drawn():
    def spoils(x):
        x[:] = [99]
        return FAILED

    assert search(spoils, st.lists(INTS)).evidence["counterexample"]["example"] == []


def test_the_seed_decides_what_is_drawn():
    def drawn(seed):
        examples = []
        search(lambda n: examples.append(n) or holds(n), INTS, seed=seed, examples=30)
        return examples

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_the_random_state_outside_is_left_alone():
    np.random.seed(5)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    search(holds, INTS, examples=10)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed"),
        ({"seed": 1.0}, "seed"),
        ({"examples": 0}, "examples"),
        ({"examples": 1.5}, "examples"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        search(holds, INTS, **options)


def test_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="function of one drawn example"):
        search(FAILED, INTS)
    with pytest.raises(TypeError, match="Hypothesis strategy"):
        search(holds, [1, 2, 3])


def test_warnings_of_the_property_reach_whoever_records_them():
    def warns(n):
        warnings.warn("doubtful", GantheoryWarning, stacklevel=2)
        np.log(np.zeros(1))
        return holds(n)

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = search(warns, INTS, examples=10)
    kinds = {w.category for w in seen}
    assert kinds == {GantheoryWarning, RuntimeWarning}
    assert len(seen) >= 20
    assert found.verdict is Verdict.UNDECIDED


def test_warnings_of_hypothesis_do_not():
    strategy = st.builds(lambda x: x, st.shared(st.integers(0, 10**6), key="n"))
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        search(holds, strategy, examples=10)
        search(lambda n: FAILED if n > 10 else holds(n), strategy)
        search(lambda n: hypothesis.reject(), strategy)
    assert seen == []


def test_the_profile_outside_changes_nothing(capfd):
    before = search(lambda n: FAILED if n > 50 else holds(n), INTS, seed=1)
    hypothesis.settings.register_profile(
        "loud", derandomize=True, max_examples=3, verbosity=hypothesis.Verbosity.debug
    )
    try:
        hypothesis.settings.load_profile("loud")
        after = search(lambda n: FAILED if n > 50 else holds(n), INTS, seed=1)
    finally:
        hypothesis.settings.load_profile("gantheory")  # the one of conftest.py
    assert before.evidence == after.evidence
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed(capfd):
    search(lambda n: FAILED if n > 50 else holds(n), INTS)
    search(lambda n: 1 // (n // 1000 - 7), INTS)
    assert capfd.readouterr() == ("", "")


def test_no_files_are_left(tmp_path):
    """In a process of its own: Hypothesis settles on its folder when it is first used."""
    code = """
    import hypothesis.strategies as st
    from gantheory.testing import search
    from gantheory.verdicts import Verdict
    words = st.tuples(st.text(), st.integers(), st.floats())
    search(lambda x: holds(x[1]), words, examples=30)
    search(lambda x: FAILED if x[1] > 5 else holds(x[1]), words)
    search(lambda x: 1 // 0, words)
    search(lambda x: None, words.map(lambda x: 1 // 0))
    """
    temporary = tmp_path / "temporary"
    cwd = tmp_path / "cwd"
    temporary.mkdir()
    cwd.mkdir()
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = {**os.environ, "PYTHONPATH": root, "TMPDIR": str(temporary)}
    environment.pop("HYPOTHESIS_STORAGE_DIRECTORY", None)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert list(cwd.iterdir()) == []
    assert list(temporary.iterdir()) == []


def test_the_folder_of_hypothesis_is_given_back(tmp_path):
    name = "__hypothesis_home_directory"
    assert hasattr(configuration, name)
    before = getattr(configuration, name)
    try:
        configuration.set_hypothesis_home_dir(tmp_path / "mine")
        search(lambda n: FAILED, INTS)
        search(lambda n: 1 // 0, INTS)
        assert getattr(configuration, name) == tmp_path / "mine"
        assert not (tmp_path / "mine").exists()
    finally:
        configuration.set_hypothesis_home_dir(before)


# --- with real densities --------------------------------------------------------------------------


def test_a_false_inequality_is_caught_on_normals():
    def wrong(pair):
        tv = total_variation(*pair)
        return at_most("JSD <= TV²", js_divergence(*pair), tv * tv)

    claim = survives("JSD <= TV²", wrong, strategies.density_pairs(), label="wrong")
    assert claim.verdict is Verdict.FAILED
    assert claim.label == "wrong"
    shown = claim.to_json()["evidence"]["counterexample"]["example"]
    assert all(word.startswith("Normal(loc=0.0, scale=") for word in shown)


@pytest.mark.slow
def test_a_true_inequality_survives():
    def right(pair):
        return at_most(
            "JSD <= log 2 TV", js_divergence(*pair), math.log(2) * total_variation(*pair)
        )

    claim = survives("JSD <= log 2 TV", right, strategies.heavy_tailed_pairs(), examples=110)
    assert claim.verdict is Verdict.SURVIVED, claim.evidence


# --- examples in words ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (Normal(0, 1), "Normal(loc=0.0, scale=1.0)"),
        (Uniform(), "Uniform(low=0.0, high=1.0)"),
        (
            Mixture((Normal(0, 1), Uniform()), (0.25, 0.75)),
            "Mixture([Normal(loc=0.0, scale=1.0), Uniform(low=0.0, high=1.0)], [1/4, 3/4])",
        ),
        (Discrete((0.5, 0.5)), "Discrete([1/2, 1/2])"),
        (Discrete((0.5, 0.5), (1, 4)), "Discrete([1/2, 1/2], [1.0, 4.0])"),
        (
            MultivariateNormal((0, 1), ((1, 0), (0, 2))),
            "MultivariateNormal(mean=[0.0, 1.0], cov=[[1.0, 0.0], [0.0, 2.0]])",
        ),
        (np.array([1.0, 0.1]), "[1.0, 0.1]"),
        ((Normal(0, 1), 3), "(Normal(loc=0.0, scale=1.0), 3)"),
        ({"n": np.float64(2.5)}, "{'n': 2.5}"),
        ([None, "a"], "[None, 'a']"),
    ],
)
def test_examples_in_words(example, words):
    assert str(describe(example)) == words


def test_large_arrays_are_told_apart():
    one, other = np.zeros(1000), np.zeros(1000)
    other[500] = 1
    assert "shape (1000,)" in str(describe(one))
    assert describe(one) != describe(other)
    assert describe(one) == describe(np.zeros(1000))
