"""What must not hang on the machine: its processors, its system, its libraries' warnings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from answers import ANOTHER_PROCESSOR, differences, of_the_book

from gantheory import threads
from gantheory.book import workers
from gantheory.cli import main

ROOT = Path(__file__).resolve().parent.parent


# --- how many processors --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("max 100000\n", 64),
        ("150000 100000\n", 2),
        ("200000 100000\n", 2),
        ("50000 100000\n", 1),
        ("9900000 100000\n", 64),
        ("0 100000\n", 64),
        ("nonsense\n", 64),
        ("", 64),
        (None, 64),
    ],
)
def test_a_container_has_the_processors_it_is_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str | None, count: int
) -> None:
    quota = tmp_path / "cpu.max"
    if said is not None:
        quota.write_text(said)
    monkeypatch.setattr(threads, "_QUOTA", quota)
    monkeypatch.setattr(os, "process_cpu_count", lambda: 64, raising=False)
    assert threads.cpu_count() == count


def test_affinity_is_respected() -> None:
    code = (
        "import os; from gantheory.threads import cpu_count, threads\n"
        "if hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])\n"
        "else: os.process_cpu_count = lambda: 1  # macOS has no affinity\n"
        "print(cpu_count(), threads()._max_workers)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1"]


def test_macos_has_neither(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(threads, "_QUOTA", tmp_path / "nothing")
    for name in ("process_cpu_count", "sched_getaffinity"):
        monkeypatch.delattr(os, name, raising=False)
    for found, count in ((8, 8), (None, 1)):
        monkeypatch.setattr(os, "cpu_count", lambda found=found: found)
        assert threads.cpu_count() == count


# --- the same answers -----------------------------------------------------------------------------

# two pages, and two that they use; .ci/run takes the whole book
SAMPLE = ["c-equals-2jsd-minus-log4", "kl-jsd-definitions-and-positivity"]


@pytest.mark.slow
def test_another_processor_gives_the_same_verdicts() -> None:
    words = [sys.executable, "-m", "gantheory", "verify", *SAMPLE]
    words += ["--section", "check,simulate", "--json"]
    runs = [
        subprocess.Popen(words, env={**os.environ, **others}, stdout=subprocess.PIPE)
        for others in ({}, ANOTHER_PROCESSOR)
    ]
    one, other = (of_the_book(json.loads(run.communicate()[0])) for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert len(one) > 30
    assert differences(one, other) == []


def test_what_is_answered_otherwise_is_seen() -> None:
    claims = [{"label": "a", "verdict": "holds"}, {"label": "b", "verdict": "failed"}]
    one = of_the_book({"pages": [{"label": "c", "verified": False, "claims": claims}]})
    assert one == {"a": "holds", "b": "failed", "c (page)": "False"}
    assert differences(one, dict(one)) == []
    other = {"a": "holds", "b": "undecided", "d": "holds"}
    assert differences(one, other) == [
        "b: failed | undecided",
        "c (page): False | nothing",
        "d: nothing | holds",
    ]


# --- Windows --------------------------------------------------------------------------------------

AS_ON_WINDOWS = """
import os, select, signal, sys
# fcntl stays: where sys.platform says Windows, training/locks takes msvcrt, which is not here
for name in ("resource", "termios", "pty", "tty", "pwd", "grp"):
    sys.modules[name] = None
for place, names in (
    (os, ("fork", "killpg", "getpgrp", "setsid", "mkfifo")),
    (select, ("poll",)),
    (signal, ("SIGKILL", "SIGPROF", "setitimer", "ITIMER_PROF", "pthread_sigmask")),
):
    for name in names:
        if hasattr(place, name):
            delattr(place, name)
from gantheory.book import workers
workers.POSIX = False
from gantheory.cli import main
main(sys.argv[1:])
"""


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param("list", 0, "", marks=pytest.mark.slow),
        pytest.param("show optimal-discriminator", 0, "", marks=pytest.mark.slow),
        ("verify optimal-discriminator", 2, "Windows: use its Subsystem for Linux (WSL)"),
        pytest.param(
            *(
                "figures optimal-discriminator --out .",
                2,
                "Windows: use its Subsystem for Linux (WSL)",
            ),
            marks=pytest.mark.slow,
        ),
        pytest.param("oracle losses.py", 0, "", marks=pytest.mark.slow),
        ("train --data ring --seeds 1 --steps 50 --width 4 --out run", 0, ""),
    ],
)
def test_windows_is_refused_in_one_sentence_where_it_lacks_something(
    tmp_path: Path, words: str, code: int, said: str
) -> None:
    (tmp_path / "losses.py").write_text(
        "import numpy as np\noutputs = 'logits'\n"
        "def d_loss(real, fake): return np.mean(np.logaddexp(0, -real) + np.logaddexp(0, fake))\n"
        "def g_loss(fake): return np.mean(np.logaddexp(0, -fake))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_WINDOWS, *words.split()],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if said:
        [line] = [line for line in done.stderr.splitlines() if said in line]
        assert line.startswith("gantheory: pages are run in processes as Linux and macOS have them")


# all but what is compiled, which needs numba
IMPORTED_ON_WINDOWS = """
import importlib, pkgutil, sys, types
# what the libraries import for their own sake is there before the system's name changes
import click, flint, hypothesis, jaxtyping, matplotlib.pyplot, pytest, rich.progress, scipy.stats, sympy
for name in ("fcntl", "resource", "termios", "pty", "tty", "pwd", "grp", "syslog"):
    sys.modules[name] = None
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = "win32"
import gantheory
MACHINE = ("gantheory.training.compiled", "gantheory.divergences.fused")
for module in pkgutil.walk_packages(gantheory.__path__, "gantheory."):
    if not module.name.endswith("__main__") and not module.name.startswith(MACHINE):
        importlib.import_module(module.name)
        print(module.name)
"""


def test_no_module_imports_what_only_posix_has() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED_ON_WINDOWS],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {"gantheory.book.channel", "gantheory.training.locks"} <= set(done.stdout.split())


def test_the_refusal_is_the_systems(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workers, "POSIX", False)
    with pytest.raises(SystemExit) as leaving:
        main(["verify", "optimal-discriminator"])
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


# --- warnings -------------------------------------------------------------------------------------

CASES = {
    "numbers_in_gantheory": ("gantheory.x", "np.exp(np.array([1e4]))", False),
    "numbers_in_numpy": ("elsewhere", "np.var(np.array([]))", False),
    "numbers_in_a_test": ("test_x", "np.float64(1.0) / np.float64(0.0)", False),
    "our_own_warning": ("gantheory.x", "warnings.warn('odd', UserWarning)", False),
    "a_library_warns_us": ("gantheory.x", "library('odd', UserWarning)", False),
    "a_library_warns_a_test": ("test_x", "library('odd', UserWarning)", False),
    "deprecated_for_us": ("gantheory.x", "library('odd', DeprecationWarning)", True),
    "a_library_says_the_future": ("gantheory.x", "library('odd', FutureWarning)", True),
    "a_library_warns_another": ("elsewhere", "library('odd', UserWarning)", True),
}
OPTIONS = ["--rootdir", ".", "-p", "no:cacheprovider", "-p", "no:xdist", "-vv", "-o", "addopts="]
HARNESS = """
import warnings
import numpy as np

def library(words, category):
    warnings.warn(words, category, stacklevel=2)
"""


def test_which_warnings_are_failures(tmp_path: Path) -> None:
    """Warnings are told apart by the module of the frame that they are attributed to."""
    lines = [HARNESS]
    for name, (module, code, _) in CASES.items():
        space = f"{{'__name__': {module!r}, 'np': np, 'library': library, 'warnings': warnings}}"
        lines.append(f"def test_{name}():\n    exec({code!r}, {space})\n")
    (tmp_path / "test_warnings.py").write_text("\n".join(lines))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-c", ROOT / "pyproject.toml", *OPTIONS, "test_warnings.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
        env={k: v for k, v in os.environ.items() if k not in ("PYTEST_ADDOPTS", "PYTHONWARNINGS")},
    )  # fmt: skip
    found = {name: f"test_{name} PASSED" in done.stdout for name in CASES}
    assert found == {name: passes for name, (_, _, passes) in CASES.items()}, done.stdout
