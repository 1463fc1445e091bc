"""The files around the code parse, and name what is there: parts, tests, modules, commands, pages."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from gantheory.cli import cli

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"
HOOKS = ROOT / ".pre-commit-config.yaml"
FORMS = sorted(ROOT.glob(".github/ISSUE_TEMPLATE/*.yml"))
TEXTS = [ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "RELEASING", "SECURITY")]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# modules that are run and are not here
ELSEWHERE = {"sphinx", "venv", "pip", "build", "twine", "pytest"}


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def yaml_of(path: Path) -> Any:
    return yaml.safe_load(text_of(path))


def parts() -> set[str]:
    """The parts that .ci/run names."""
    [words] = re.findall(r'^parts="(.+)"$', text_of(ROOT / ".ci" / "run"), re.MULTILINE)
    return set(words.split())


# --- continuous integration -----------------------------------------------------------------------


def test_every_part_of_ci_is_a_function_of_its_script() -> None:
    functions = re.findall(r"^(\w+)\(\) \{$", text_of(ROOT / ".ci" / "run"), re.MULTILINE)
    assert parts() <= set(functions)


@pytest.mark.parametrize("words", ["--only nothing", "--only", "lint", "--only lint tests"])
def test_ci_refuses_other_words_before_it_begins(words: str) -> None:
    script = ["bash", ".ci/run", *words.split()]
    done = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert " ".join(sorted(parts())) == " ".join(sorted(done.stderr.split(" one of ")[1].split()))


def test_the_workflow_runs_every_part_and_the_oldest_python() -> None:
    jobs = yaml_of(WORKFLOW)["jobs"]
    runs = jobs["part"]["strategy"]["matrix"]["include"]
    assert {run["part"] for run in runs} == parts()
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert {run["python"] for run in runs if run["part"] == "oldest"} == {oldest}
    assert {run["os"] for run in runs} == {"ubuntu-latest", "macos-latest"}
    assert jobs["windows"]["runs-on"] == "windows-latest"


# --- names ----------------------------------------------------------------------------------------


def test_hooks_are_tools_of_the_group_lint() -> None:
    [repository] = yaml_of(HOOKS)["repos"]
    tools = {hook["entry"].split()[2] for hook in repository["hooks"]}
    group = {re.split(r"\W", need)[0] for need in PYPROJECT["dependency-groups"]["lint"]}
    assert {"ruff", "mypy"} == tools <= group


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_forms_parse(form: Path) -> None:
    content = yaml_of(form)
    assert content == {"blank_issues_enabled": False} or {"name", "description", "body"} <= set(
        content
    )


def test_there_are_forms() -> None:
    assert [form.stem for form in FORMS] == [
        "config",
        "false_verified",
        "other",
        "wrong_oracle_answer",
    ]


@pytest.mark.parametrize("path", [WORKFLOW, *FORMS, *TEXTS], ids=lambda path: path.name)
def test_commands_are_there(path: Path) -> None:
    code = re.findall(
        r"`([^`\n]+)`|(?:run|placeholder): (.+)|^(\.venv\S+ .+)$", text_of(path), re.M
    )
    words = re.findall(r"(?<!-)\bgantheory (\w+)", "\n".join(chain.from_iterable(code)))
    assert set(words) <= set(cli.commands)


@pytest.mark.parametrize("path", [WORKFLOW, *TEXTS], ids=lambda path: path.name)
def test_files_and_modules_are_there(path: Path) -> None:
    text = text_of(path)
    files = re.findall(r"\]\(([^)#:]+)\)|\b((?:tests|docs|proofs)/[\w/.]+\.\w+)", text)
    missing = [one for one in chain.from_iterable(files) if one and not (ROOT / one).exists()]
    assert [one for one in missing if "pNN" not in one] == []
    modules = set(re.findall(r"python3? -m ([\w.]+)", text)) - ELSEWHERE
    assert [one for one in modules if importlib.util.find_spec(one.strip(".")) is None] == []
