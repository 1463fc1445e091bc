"""The tutorials, followed word for word: files are written, commands run, outputs compared."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_readme import same_line

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "tutorials"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
FILE = re.compile(r"# file: (\S+)\n")
COMMANDS = {
    "gantheory": f"'{sys.executable}' -m gantheory",
    "python": f"'{sys.executable}'",
}


def follow(text: str, folder: Path) -> list[str]:
    """Do what a tutorial says, in this folder; return what came out otherwise than it is shown."""
    wrong, printed = [], ""
    for language, block in BLOCK.findall(text):
        named = FILE.match(block)
        if named:
            (folder / named[1]).write_text(block[named.end() :], encoding="utf-8")
        elif language == "python":
            printed = run_python(block)
        elif language == "text":
            pairs = zip(block.splitlines(), printed.splitlines(), strict=True)
            wrong += [shown for shown, line in pairs if not same_line(shown, line)]
        elif language == "console":
            wrong += run_console(block, folder)
        else:
            wrong.append(f"a block of {language}")
    return wrong


def run_python(code: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, "tutorial", "exec"), {})
    return out.getvalue()


def run_console(block: str, folder: Path) -> list[str]:
    """Run each command of a block; return those whose output is not the one below it."""
    wrong = []
    for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block, re.M):
        program, _, rest = command.partition(" ")
        environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            f"{COMMANDS.get(program, program)} {rest}",
            shell=True,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if not is_shown(shown, done.stdout + done.stderr):
            wrong.append(f"$ {command}\n{done.stdout}{done.stderr}")
    return wrong


def is_shown(shown: str, printed: str) -> bool:
    """Whether an output is the one shown, where ... stands for anything."""
    pattern = re.escape(shown.strip()).replace(r"\.\.\.", ".*")
    return bool(re.fullmatch(pattern, printed.strip(), re.S))


SLOW = {"a_text.md"}  # verifies eight pages
NAMES = [
    pytest.param(path.name, marks=[pytest.mark.slow] if path.name in SLOW else [])
    for path in sorted(FOLDER.glob("*.md"))
]


@pytest.mark.parametrize("name", NAMES)
def test_a_tutorial_word_for_word(name: str, tmp_path: Path) -> None:
    assert follow((FOLDER / name).read_text(encoding="utf-8"), tmp_path) == []


def test_what_is_not_shown_is_found(tmp_path: Path) -> None:
    text = "```console\n$ echo one\ntwo\n$ echo three\nth...\n```\n"
    assert follow(text, tmp_path) == ["$ echo one\none\n"]
    assert follow("```python\nprint(1.5)\n```\n\n```text\n1.25\n```\n", tmp_path) == ["1.25"]


def test_links_of_tutorials_lead_somewhere() -> None:
    for path in FOLDER.glob("*.md"):
        for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
            assert (FOLDER / link).is_file(), link
