"""The files of docs/testing.md, run as a reader would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from test_pytest_plugin import LOADED, PLAIN

from gantheory.testing import strategies

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
CONFTEST = """
from hypothesis import settings

from gantheory.plugins.for_hypothesis import register

register()  # as the entry point does where the package is installed
settings.register_profile("plain", derandomize=True, deadline=None, database=None)
settings.load_profile("plain")
"""
FILE = re.compile(r"<!-- file: ([\w, ]+) -->\n\n```python\n# (\w+\.py)\n(.*?)^```$", re.M | re.S)
FILES = {name: (kind, code) for kind, name, code in FILE.findall(TEXT)}
SLOW = ("test_numpy.py", "test_jax_losses.py", "test_keras_style.py", "test_by_strategies.py")
MARKS = dict.fromkeys(SLOW, pytest.mark.slow)
SUITES = [
    pytest.param(name, marks=pytest.mark.torch if "torch" in kind else MARKS.get(name, ()))
    for name, (kind, _) in FILES.items()
    if kind.startswith("suite")
]


def test_every_block_of_python_is_a_file() -> None:
    assert len(FILES) == TEXT.count("```python") == len(SUITES) + 1


def test_the_losses_pass(pytester: pytest.Pytester) -> None:
    (pytester.path / "my_losses.py").write_text(FILES["my_losses.py"][1], encoding="utf-8")
    done = pytester.runpytest_inprocess(*PLAIN, *LOADED, "--gantheory", "my_losses.py")
    done.assert_outcomes(passed=1)


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_passes(name: str, pytester: pytest.Pytester) -> None:
    code = FILES[name][1]
    (pytester.path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (pytester.path / name).write_text(code, encoding="utf-8")
    done = pytester.runpytest_subprocess(*PLAIN, *LOADED, name)
    outcomes = done.parseoutcomes()
    assert set(outcomes) == {"passed"}
    assert outcomes["passed"] >= code.count("def test_")


def test_every_strategy_named_is_there_and_the_plain_ones_are_named() -> None:
    table = TEXT.split("## Strategies")[1].split("A `KnownPair`")[0]
    named = set(re.findall(r"`(\w+)`", table.split("|----------|")[-1])) - {"Pushforward"}
    assert named <= set(strategies.__all__)
    for name in ("densities", "known_pairs", "batches", "networks", "game_names", "samples"):
        assert name in named


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)", TEXT)
    assert links
    for link in links:
        assert link.startswith("https://") or (ROOT / "docs" / link).is_file(), link
