"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

# modules in C load once a process, and an inner run of pytest forgets what it has loaded
from gantheory.testing import identify_game  # noqa: F401

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
INSTALLED = bool(entry_points(group="pytest11", name="gantheory"))
LOADED = () if INSTALLED else ("-p", "gantheory.plugins.for_pytest")
PLAIN = ("-p", "no:cacheprovider", "-p", "no:randomly")

HINGE = """
import numpy as np

claims = "hinge"


def d_loss(real, fake):
    return np.mean(np.maximum(0, 1 - real)) + np.mean(np.maximum(0, 1 + fake))


def g_loss(fake):
    return -np.mean(fake)
"""
PAGE = '''
r"""A generator that has found the data leaves nothing to tell apart.

Statement
---------
If q = p, then D* = p / (p + q) is 1/2 everywhere.

Source    Goodfellow et al. (2014), Theorem 1.
"""

import sympy as sp

from gantheory.theorems import Theorem, equal

theorem = Theorem(label="mine", title="D* = 1/2 at q = p")
p, q, D = sp.symbols("p q D", positive=True)


def derive():
    slope = sp.Derivative(p * sp.log(D) + p * sp.log(1 - D), D)
    yield equal("the slope at D = 1/2 is 0", sp.Subs(slope, D, sp.Rational(1, 2)), 0)


def refute():
    yield equal("D* is one", (p / (p + q)).subs(q, p), 1)
'''
FALSE = PAGE.replace("sp.Rational(1, 2)", "sp.Rational(1, 3)").replace('"mine"', '"false"')


@pytest.fixture
def run(pytester: pytest.Pytester):
    """Run pytest on files, in this process; returns its result."""

    def made(*words, files=None, subprocess=False):
        for name, text in (files or {}).items():
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        runner = pytester.runpytest_subprocess if subprocess else pytester.runpytest_inprocess
        return runner(*PLAIN, *LOADED, *words)

    return made


# --- losses ---------------------------------------------------------------------------------------


def test_right_losses_pass(run):
    result = run("--gantheory", "my_losses.py", "-v", files={"my_losses.py": HINGE})
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["my_losses.py::losses PASSED*"])


def test_wrong_losses_fail_with_the_reason_and_the_counterexample(run):
    wrong = HINGE.replace("-np.mean(fake)", "np.mean(fake)")
    result = run("--gantheory", "my_losses.py", files={"my_losses.py": wrong})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*my_losses.py: losses*", "wrong: hinge", "*pull the same way.", "Two points show it: *",
         "  q *0.25, 0.75", "FAILED my_losses.py::losses - *wrong: hinge"]
    )  # fmt: skip
    assert "judging.py" not in result.stdout.str()  # no frames of the plugin


def test_a_wrong_claim_fails(run):
    misnamed = HINGE.replace('"hinge"', '"wasserstein"')
    result = run("--gantheory", "my_losses.py", files={"my_losses.py": misnamed})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Right but misnamed*wasserstein*"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import nothing_there", "*my_losses.py does not import, ModuleNotFoundError:*"),
        ("def d_loss(real, fake)", "*my_losses.py does not import, SyntaxError:*"),
        (
            HINGE.replace("g_loss", "gen_loss"),
            "*my_losses.py has no g_loss: write def g_loss(fake).",
        ),
        ("x = 1", "*my_losses.py has no d_loss: write def d_loss(real, fake)."),
    ],
)
def test_what_cannot_be_judged_is_an_error_with_a_sentence(run, text, sentence):
    result = run("--gantheory", "my_losses.py", files={"my_losses.py": text})
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["cannot be judged", sentence])


# --- pages ----------------------------------------------------------------------------------------


def test_a_page_passes_and_a_false_page_fails(run):
    files = {"my_page.py": PAGE, "my_false.py": FALSE}
    result = run("--gantheory", "my_page.py", "--gantheory", "my_false.py", "-v", files=files)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["my_page.py::page PASSED*", "my_false.py::page FAILED*"])
    result.stdout.fnmatch_lines(
        ["false is not verified:", "  derive * failed * the slope at D = 1/2 is 0",
         "*difference = 0.87*", "FAILED my_false.py::page*false is not verified:"]
    )  # fmt: skip
    assert "D* is one\n" not in result.stdout.str()  # what is as required is not reported


def test_a_page_falls_with_the_page_that_it_uses(run):
    uses = PAGE.replace('label="mine",', 'label="mine", uses=("false",),')
    files = {"p01_false.py": FALSE, "p02_mine.py": uses}
    result = run("--gantheory", ".", files=files)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["mine is not verified, since it rests on false"])


def test_a_page_that_is_none_fails_with_a_sentence(run):
    result = run("--gantheory", "p01_page.py", files={"p01_page.py": "x = 1"})
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*has no theorem: write theorem = Theorem(*"])


# --- files, folders, words ------------------------------------------------------------------------


def test_a_folder_gives_its_losses_and_pages_and_nothing_else(run):
    files = {
        "mine/losses.py": HINGE,
        "mine/a_page.py": PAGE,
        "mine/helpers.py": "raise SystemExit('never run')",
        "mine/broken.py": "def",
        "mine/_template.py": PAGE,
        "mine/below/losses.py": HINGE,
    }
    result = run("--gantheory", "mine", "--collect-only", "-q", files=files)
    found = [line for line in result.outlines if "::" in line]
    assert found == ["mine/a_page.py::page", "mine/losses.py::losses"]


def test_a_file_given_twice_is_one_test(run):
    words = ("--gantheory", "my_losses.py", "--gantheory", ".", "--collect-only", "-q")
    result = run(*words, files={"my_losses.py": HINGE})
    assert [line for line in result.outlines if "::" in line] == ["my_losses.py::losses"]


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("nowhere.py", "*--gantheory nowhere.py: there is no such file or folder*"),
        ("empty", "*--gantheory empty: no file in this folder defines d_loss and g_loss*"),
    ],
)
def test_a_wrong_path_is_a_wrong_command(run, pytester, word, sentence):
    (pytester.path / "empty").mkdir()
    result = run("--gantheory", word)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([sentence])


def test_tests_are_added_to_those_of_the_suite_and_the_marker_selects_them(run):
    files = {"my_losses.py": HINGE, "test_mine.py": "def test_mine(): pass"}
    run("--gantheory", "my_losses.py", files=files).assert_outcomes(passed=2)
    chosen = run("--gantheory", "my_losses.py", "-m", "gantheory", "--strict-markers")
    chosen.assert_outcomes(passed=1, deselected=1)
    rest = run("--gantheory", "my_losses.py", "-m", "not gantheory")
    rest.assert_outcomes(passed=1, deselected=1)


# --- marker and fixtures --------------------------------------------------------------------------

SUITE = f"""
import pytest
{HINGE}

@pytest.mark.gantheory(d_loss, g_loss, claims="hinge")
def test_hinge(judgement):
    assert judgement.verdict == "correct"


@pytest.mark.gantheory(claims="wasserstein")
class TestClass:
    def test_judge(self, judge):
        assert judge(d_loss, g_loss).verdict == "wrong"
        assert judge(d_loss, g_loss, claims="hinge").verdict == "correct"

    @pytest.mark.gantheory(d_loss, g_loss, claims="hinge")
    def test_the_nearer_word_holds(self, judgement):
        assert judgement.verdict == "correct"

    @pytest.mark.gantheory(d_loss, g_loss)
    def test_words_of_the_class_hold_below(self, judgement):
        assert judgement.verdict == "wrong"


@pytest.mark.gantheory(d_loss, d_loss)
def test_wrong(judgement):
    assert judgement.verdict == "correct"


def test_unmarked(judgement):
    pass
"""


def test_the_marker_says_what_is_judged(run):
    result = run("--strict-markers", "-v", files={"test_mine.py": SUITE})
    result.assert_outcomes(passed=4, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*::test_wrong FAILED*", "*::test_unmarked ERROR*"])
    result.stdout.fnmatch_lines(["*the fixture judgement needs two losses; write*"])


RANDOM = """
import pytest

@pytest.mark.parametrize("n", [1, 2])
def test_draws(gantheory_rng, n):
    with open("drawn.txt", "a") as file:
        file.write(f"{n} {gantheory_rng.random()}\\n")
"""


def test_the_generator_is_the_same_on_every_run_and_differs_between_tests(run, pytester):
    files = {"test_mine.py": RANDOM}
    run(files=files).assert_outcomes(passed=2)
    run("-k", "2").assert_outcomes(passed=1, deselected=1)
    rows = (pytester.path / "drawn.txt").read_text().splitlines()
    assert len(rows) == 3
    assert rows[1] == rows[2]
    assert rows[0].split()[1] != rows[1].split()[1]


def test_what_there_is_is_listed(run):
    markers = run("--markers").stdout.str()
    assert "@pytest.mark.gantheory(d_loss, g_loss, *, outputs, array, claims, sample)" in markers
    told = run("--fixtures", "-q").stdout.str()
    for name in ("gantheory_rng", "judge", "judgement"):
        assert f"{name} -- " in told


# --- a suite that does not use it -----------------------------------------------------------------

LOOKS = """
import json, sys

def pytest_sessionfinish():
    heavy = {"numpy", "scipy", "sympy", "hypothesis", "matplotlib", "flint", "mpmath"}
    ours = [n for n in sys.modules if n.split(".")[0] == "gantheory"]
    found = sorted(heavy & set(sys.modules)) + sorted(ours)
    open("loaded.json", "w").write(json.dumps(found))
"""


def test_a_suite_that_does_not_use_it_loads_nothing(pytester):
    """With the plugins of other packages off, since they load what they like."""
    files = {"conftest.py": LOOKS, "test_mine.py": "def test_mine(): pass", "my_losses.py": HINGE}
    for name, text in files.items():
        (pytester.path / name).write_text(text, encoding="utf-8")
    plugin = ("-p", "gantheory.plugins.for_pytest")
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pytest; sys.exit(pytest.main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *PLAIN, *plugin, "-q"],
        cwd=pytester.path,
        env={"PATH": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
    loaded = json.loads((pytester.path / "loaded.json").read_text())
    assert loaded == ["gantheory", "gantheory.plugins", "gantheory.plugins.for_pytest"]


# --- in several processes -------------------------------------------------------------------------


@pytest.mark.slow
def test_it_works_with_xdist(run):
    wrong = HINGE.replace("-np.mean(fake)", "np.mean(fake)")
    files = {"one.py": HINGE, "two.py": wrong, "p01_mine.py": PAGE, "p02_false.py": FALSE,
             "test_mine.py": RANDOM}  # fmt: skip
    result = run("-n", "2", "--gantheory", ".", files=files, subprocess=True)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines(["FAILED two.py::losses*"])
