"""Tutorials and the API's examples, word for word: files are written, commands run, outputs compared."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from test_readme import same_line

import gantheory
import gantheory.testing.strategies

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```([\w{}-]+)\n(.*?)^```$", re.M | re.S)
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
            printed = ""
        elif language == "console":
            wrong += run_console(block, folder)
        elif language not in ("{toctree}", "{eval-rst}"):
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
    pytest.param(str(path.relative_to(DOCS)), marks=[pytest.mark.slow] * (path.name in SLOW))
    for path in sorted([*DOCS.glob("tutorials/*.md"), *DOCS.glob("api/*.md"), DOCS / "index.md"])
]


@pytest.mark.parametrize("name", NAMES)
def test_a_document_word_for_word(name: str, tmp_path: Path) -> None:
    assert follow((DOCS / name).read_text(encoding="utf-8"), tmp_path) == []


PUBLIC = [
    gantheory,
    *(gantheory.certified, gantheory.samples, gantheory.testing, gantheory.theorems),
    gantheory.testing.strategies,
]


def test_every_public_name_has_a_reference_and_an_example() -> None:
    """In the API, with an example that uses or prints it; modules are the headings there."""
    text = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("api/*.md"))
    shown = " ".join(block for language, block in BLOCK.findall(text) if "{" not in language)
    words = set(re.findall(r"\w+", shown))
    whole = ":: gantheory.testing.strategies\n   :members:"
    for module in PUBLIC:
        for name in module.__all__:
            if not isinstance(getattr(module, name), ModuleType):
                assert name in words, name
                named = re.search(rf"^\.\. auto\w+:: gantheory\.(\w+\.)*{name}$", text, re.M)
                version = name == "__version__"
                assert named or version or (module is PUBLIC[-1] and whole in text), name


def test_what_is_not_shown_is_found(tmp_path: Path) -> None:
    text = "```console\n$ echo one\ntwo\n$ echo three\nth...\n```\n"
    assert follow(text, tmp_path) == ["$ echo one\none\n"]
    assert follow("```python\nprint(1.5)\n```\n\n```text\n1.25\n```\n", tmp_path) == ["1.25"]


def test_links_lead_somewhere() -> None:
    for path in [*DOCS.glob("tutorials/*.md"), *DOCS.glob("api/*.md"), DOCS / "index.md"]:
        for link in re.findall(r"\]\(([^)#]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / link).is_file(), link
