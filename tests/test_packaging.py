"""The book after every way of installing it. Slow: it builds, and makes environments."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600), pytest.mark.xdist_group("packaging")]

ROOT = Path(__file__).resolve().parent.parent
# the interpreter that the tests' environment was made from: that has a pip, environments need none
BASE = Path(sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}")
SHEETS = ("paper", "slides", "dark", "grey")  # of figures
CLEAN = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COV_", "PYTEST"))}


def run(*words: str | Path, cwd: Path) -> str:
    """Run a command to its end, and return what it printed."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=CLEAN,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def environment(folder: Path) -> Path:
    """Make a fresh environment, and return its folder of commands."""
    run(BASE, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return folder / "bin"


def pip(commands: Path, *words: str | Path) -> None:
    """Run pip on an environment, which itself has none."""
    quiet = ("--quiet", "--disable-pip-version-check")
    run(
        BASE, "-m", "pip", "--python", commands / "python", *words[:1], *quiet, *words[1:], cwd=ROOT
    )


def wheel_of(source: Path, folder: Path) -> Path:
    """Build a wheel in an environment of its own."""
    pip(environment(folder / "venv"), "wheel", "--no-deps", "-w", folder, source)
    [wheel] = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, made by the build backend that pyproject.toml names."""
    folder = tmp_path_factory.mktemp("sdist")
    commands = environment(folder / "venv")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pip(commands, "install", *project["build-system"]["requires"])
    run(commands / "hatchling", "build", "-t", "sdist", "-d", folder / "dist", cwd=ROOT)
    [made] = (folder / "dist").iterdir()
    return made


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, made from the sdist and nothing else."""
    return wheel_of(sdist, tmp_path_factory.mktemp("wheel"))


def sources(folder: str) -> dict[str, bytes]:
    """The Python files below a folder of the checkout, by their path from it."""
    return {
        path.relative_to(ROOT / folder).as_posix(): path.read_bytes()
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def test_the_sdist_has_everything(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = [name.split("/", 1)[1] for name in archive.getnames() if "/" in name]
    for folder in ("gantheory", "proofs", "tests"):
        assert {f"{folder}/{name}" for name in sources(folder)} <= set(names)
    wanted = {"README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff"}
    wanted |= {".ci/run", "docs/architecture.md", "docs/style.md", "proofs/works.bib"}
    assert wanted <= set(names)
    assert not [name for name in names if "__pycache__" in name or name.startswith(".venv")]


def test_the_wheel_has_the_package_and_the_pages(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    assert not [name for name in files if "__pycache__" in name]
    code = {name: data for name, data in files.items() if name.endswith(".py")}
    wanted = {f"gantheory/{name}": data for name, data in sources("gantheory").items()}
    wanted |= {f"gantheory/proofs/{name}": data for name, data in sources("proofs").items()}
    assert code == wanted
    assert "gantheory/py.typed" in files
    assert {f"gantheory/figures/{one}.mplstyle" for one in SHEETS} <= files.keys()
    assert files["gantheory/proofs/works.bib"] == (ROOT / "proofs" / "works.bib").read_bytes()
    [entries] = [data.decode() for name, data in files.items() if name.endswith("entry_points.txt")]
    for line in (
        "[console_scripts]\ngantheory = gantheory.cli:main\n",
        "[hypothesis]\ngantheory = gantheory.plugins.for_hypothesis:register\n",
        "[pytest11]\ngantheory = gantheory.plugins.for_pytest\n",
    ):
        assert line in f"{entries}\n"
    [metadata] = [data.decode() for name, data in files.items() if name.endswith("/METADATA")]
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    at_run_time = [line for line in required if "extra ==" not in line]
    assert not [line for line in required if "torch" in line]
    assert not [line for line in at_run_time if re.search(r"\b(jax|jaxlib|pytest)\b", line)]


def check_book(commands: Path, where: Path) -> None:
    """The installed command finds the book away from the checkout, and runs a page of it."""
    pages = {name for name in sources("proofs") if name.startswith("p")}
    code = (
        "from gantheory import book; folder = book.bundled_folder(); "
        "print(folder); print(*book.page_files(folder))"
    )
    told = run(commands / "python", "-c", code, cwd=where).split()
    assert {Path(path).name for path in told[1:]} == pages
    assert run(commands / "gantheory", "--version", cwd=where).startswith("gantheory 0.")
    listed = json.loads(run(commands / "gantheory", "list", "--json", cwd=where))
    label = listed["pages"][0]["label"]
    assert "Statement" in run(commands / "gantheory", "show", label, cwd=where)
    told = run(commands / "gantheory", "verify", label, "--section", "derive,refute", cwd=where)
    assert "not verified: only derive, refute was run" in told


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of an environment with the wheel, and with pytest, which it does not ask for."""
    folder = tmp_path_factory.mktemp("installed")
    commands = environment(folder / "venv")
    pip(commands, "install", wheel)
    pip(commands, "check")
    pip(commands, "install", "pytest")
    return commands


def test_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    check_book(installed, elsewhere)
    types = (
        "import sys, hypothesis; loaded = 'numpy' in sys.modules; import gantheory; "
        "gantheory.Normal; print(loaded, hypothesis.strategies.from_type(gantheory.Normal))"
    )
    told = run(installed / "python", "-c", types, cwd=elsewhere)
    assert told.split(maxsplit=1)[0] == "False"
    assert "Normal" in told
    assert list(elsewhere.iterdir()) == []


def test_pytest_finds_the_plugin_of_an_installed_wheel(installed: Path, tmp_path: Path) -> None:
    losses = tmp_path / "my_losses.py"
    losses.write_text(
        "import numpy as np\nclaims = 'wasserstein'\n"
        "def d_loss(real, fake): return np.mean(fake) - np.mean(real)\n"
        "def g_loss(fake): return -np.mean(fake)\n"
    )
    told = run(installed / "pytest", "--gantheory", losses, "-m", "gantheory", cwd=tmp_path)
    assert "1 passed" in told


def test_an_editable_install(tmp_path: Path) -> None:
    commands = environment(tmp_path / "venv")
    pip(commands, "install", "--editable", ROOT)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    check_book(commands, elsewhere)
    where = "from gantheory import book; print(book.bundled_folder())"
    assert run(commands / "python", "-c", where, cwd=elsewhere).strip() == str(ROOT / "proofs")
