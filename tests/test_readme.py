"""What the README says, tried."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import tomllib
from itertools import pairwise
from pathlib import Path

import pytest

import gantheory
from gantheory.machine_code import available
from gantheory.verdicts import Verdict

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|inf)")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


PAIR = re.compile(rf"({NUMBER.pattern}) (±|\+/-) ({NUMBER.pattern})")
WIDER, NARROWER = (3, 3) if available() else (30, 1000)  # other methods have other error bars


def same_line(shown: str, printed: str) -> bool:
    """Whether values agree within both error bars, these to a factor, and all else to a digit."""
    between = [re.sub(r"\s+", "", PAIR.sub("#", line)) for line in (shown, printed)]
    texts, bare = [], []
    for text in between:
        texts.append(NUMBER.sub("0", text))
        bare.append([float(number) for number in NUMBER.findall(text)])
    if texts[0] != texts[1] or bare[0] != bare[1]:
        return False
    pairs = zip(PAIR.findall(shown), PAIR.findall(printed), strict=True)
    return all(_alike(mine, theirs) for mine, theirs in pairs)


def _alike(shown: tuple[str, str, str], printed: tuple[str, str, str]) -> bool:
    (value, error), (other, its_error) = ((float(x[0]), float(x[2])) for x in (shown, printed))
    like = error / NARROWER <= its_error <= WIDER * error
    return abs(value - other) <= error + its_error and like


def test_the_example_prints_what_is_shown() -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(blocks("python")[0], "README.md", "exec"), {})
    shown, printed = blocks("text")[0].splitlines(), out.getvalue().splitlines()
    wrong = [(a, b) for a, b in zip(shown, printed, strict=True) if not same_line(a, b)]
    assert wrong == []


def test_the_comparison_can_say_no() -> None:
    assert same_line("0.5 ± 1e-15", "0.500000000000001 ± 3e-15")
    assert same_line("[1.5  0.   ]", "[1.5 0.  ]")
    assert not same_line("0.5 ± 1e-15", "0.50000000000001 ± 1e-15")
    assert not same_line("0.5 ± 1e-15", "0.5 ± 4e-14")
    assert not same_line("[1.5 0.25]", "[1.5 0.26]")
    assert not same_line("inf", "1e300")
    assert not same_line("0.5 ± 1e-15", "0.5")
    assert same_line("W_3 of 2: 0.5 ± 1e-15, 1 ± 0.5", "W_3 of 2: 0.5 ± 2e-15, 1.1 ± 0.4")
    assert not same_line("W_3 of 2: 0.5 ± 1e-15", "W_3 of 1: 0.5 ± 1e-15")


def shown_page(page: Path) -> str:
    """What `gantheory verify` prints of a page in its own folder, in 80 columns."""
    words = [sys.executable, "-m", "gantheory", "verify", page.name]
    environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, cwd=page.parent, env=environment, capture_output=True, check=True)
    return done.stdout.decode()


def without_gaps(text: str) -> str:
    return re.sub(r"gap \S+ of", "gap of", re.sub(" +", " ", text))


def test_the_page_is_verified(tmp_path: Path) -> None:
    page = tmp_path / "p99_mine.py"
    page.write_text(blocks("python")[1], encoding="utf-8")
    result = gantheory.verify([str(page)])
    assert [claim.label for claim in result.claims if not claim.as_required] == []
    assert [one.verified for one in result.pages] == [True]
    assert without_gaps(shown_page(page)) == without_gaps(blocks("console")[0])
    shown = {claim.verdict for claim in result.claims}
    assert shown == {"proved", "enclosed", "refuted"}


def test_the_commands_are_plain() -> None:
    """Two blocks of commands without prompts; the continuous integration runs the second."""
    first, second = blocks("bash")[:2]
    for block in (first, second):
        lines = block.splitlines()
        assert all(line == line.strip() and line and line[0] not in "$>#" for line in lines)
        assert "torch" not in block
    assert first.splitlines()[0].startswith("git clone ")
    assert first.splitlines()[1] == "cd gantheory"
    assert first.splitlines()[-1].endswith("gantheory verify")
    assert "pytest" in second.splitlines()[-1]


def test_the_table_of_verdicts_is_complete() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", README.split("## Verdicts")[1], flags=re.MULTILINE))
    assert told == {*map(str, Verdict)}


def test_the_commands_exist() -> None:
    from gantheory.cli import cli

    told = set(re.findall(r"^\| `gantheory (\w+)", README, flags=re.MULTILINE))
    assert told == set(cli.commands)
    row = next(line for line in README.splitlines() if line.startswith("| `gantheory verify"))
    for option in re.findall(r"`(--\w+)`", row):
        assert any(option in param.opts for param in cli.commands["verify"].params)


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/style.md"])
def test_links_lead_somewhere(name: str) -> None:
    file = ROOT / name
    links = re.findall(r"\]\(([^)#]+)", file.read_text(encoding="utf-8"))
    assert links
    for link in links:
        assert link.startswith("https://") or (file.parent / link).is_file(), link


def test_the_figure_is_a_pages() -> None:
    [figure] = re.findall(r"docs/figures/([\w-]+)\.svg", README)
    pages = [gantheory.book.read_page(path) for path in gantheory.book.page_files(ROOT / "proofs")]
    assert figure in [page.label for page in pages if "figure" in page.sections]


def test_one_version_everywhere() -> None:
    texts = {
        name: (ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")
    }
    version = tomllib.loads(texts["pyproject.toml"])["project"]["version"]
    assert gantheory.__version__ == version
    assert f"\nversion: {version}\n" in texts["CITATION.cff"]
    headings = re.findall(r"^## (\S+)", texts["CHANGELOG.md"], flags=re.MULTILINE)
    assert headings[0] == version
    numbers = [tuple(map(int, heading.split("."))) for heading in headings]
    assert all(newer > older for newer, older in pairwise(numbers))


def test_the_ci_script_is_a_script() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o100
    subprocess.run(["bash", "-n", str(script)], check=True)


def test_links_where_the_package_index_shows_it():
    """PyPI has no files beside the README: its links, relative here, lead to the repository there."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    text = README
    for rule in project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        text = re.sub(rule["pattern"], rule["replacement"], text)
    links = re.findall(r"\]\(([^)]+)\)", text)
    home = project["project"]["urls"]["Source"]
    raw = home.replace("github.com", "raw.githubusercontent.com")
    inside = [re.sub(f"^({home}/blob|{raw})/main/", "", link) for link in links]
    assert len(inside) > 10
    assert all((ROOT / name).exists() for name in inside if not name.startswith("#")), inside
