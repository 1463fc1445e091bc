"""The book: hostile pages, plans, verdicts. Every file ends in the right words; nothing hangs."""

# ruff: noqa: E501 - a hostile page is one line

from __future__ import annotations

import functools
import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import jsonschema
import pytest
from thinning import fast_if

import gantheory
from gantheory.book import NoSuchPage, planning, read_page, results, workers
from gantheory.book.document import as_latex
from gantheory.book.reading import split_docstring
from gantheory.book.results import ClaimResult, PageResult, judge, settle
from gantheory.book.running import TIMEOUT
from gantheory.book.showing import as_bibtex, as_text
from gantheory.book.wording import brief, evidence_line, visible
from gantheory.errors import PageError
from gantheory.theorems import Theorem
from gantheory.verdicts import Verdict

ROOT = Path(__file__).resolve().parent.parent

HEAD = '''r"""A page.

Statement
---------
One is one.

Assumes   Nothing
          at all.
Source    [@lin1991, Theorem 1].
"""
import sympy as sp
from gantheory.theorems import Claim, Theorem, equal
from gantheory.verdicts import Verdict
theorem = Theorem(label="{label}", title="T"{extra})
p, q = sp.symbols("p q", positive=True)
'''
DERIVE = """
def derive():
    yield equal("log of a product", sp.log(p * q), sp.log(p) + sp.log(q))
"""
REFUTE = """
def refute():
    yield equal("lost factor", sp.log(p**2), sp.log(p))
"""


def page(label: str, *parts: str, extra: str = "") -> str:
    return HEAD.format(label=label, extra=extra) + "\n".join(textwrap.dedent(x) for x in parts)


def derive(body: str) -> str:
    return "def derive():\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ") + "\n"


ONE = 'yield equal("first", sp.log(p * q), sp.log(p) + sp.log(q))\n'

TWICE = """
from gantheory.evidence import summed
from gantheory.testing import survives
from hypothesis import strategies as st

@summed
def twice(k):
    return [float(k), float(k)]

def holds(k):
    return equal("2 k", twice(k), 2 * k)
"""
BLACK_BOX = """
from gantheory.quadrature import integrate
FOUND = integrate(lambda x: 3 * x**2, (0, 1))
"""

HOSTILE: dict[str, str | bytes] = {
    "raises": page("raises", "raise RuntimeError('at import')", DERIVE, REFUTE),
    "loops-at-import": page("loops-at-import", "while True: pass", DERIVE, REFUTE),
    "exits-at-import": page("exits-at-import", "raise SystemExit(0)", DERIVE, REFUTE),
    "quits-at-import": page("quits-at-import", "import os; os._exit(0)", DERIVE, REFUTE),
    "loops": page("loops", derive(ONE + "while True: pass"), REFUTE),
    "naps": page("naps", derive("import time; time.sleep(4)\n" + ONE), REFUTE),
    "sleeps": page("sleeps", derive(ONE + "import time; time.sleep(1000)"), REFUTE),
    "stops-the-timer": page(
        "stops-the-timer",
        derive(ONE + "import signal; signal.setitimer(signal.ITIMER_PROF, 0)\nwhile True: pass"),
        REFUTE,
    ),
    "fork-loops": page(
        "fork-loops",
        derive(ONE + "import os\nif os.fork() == 0:\n    while True: pass\nos.wait()"),
        REFUTE,
    ),
    "exits": page("exits", derive(ONE + "raise SystemExit(0)"), REFUTE),
    "quits": page("quits", derive(ONE + "import os; os._exit(0)"), REFUTE),
    "crashes": page("crashes", derive(ONE + "import ctypes; ctypes.string_at(0)"), REFUTE),
    "killed": page("killed", derive(ONE + "import os; os.kill(os.getpid(), 9)"), REFUTE),
    "recurses": page("recurses", "def f(): return f()", derive(ONE + "f()"), REFUTE),
    "interrupts": page("interrupts", derive(ONE + "raise KeyboardInterrupt"), REFUTE),
    "raises-later": page("raises-later", derive(ONE + "raise ValueError('refused')"), REFUTE),
    "bad-text": page(
        "bad-text",
        "class Odd(Exception):\n    def __str__(self): raise OSError",
        derive(ONE + "raise Odd"),
        REFUTE,
    ),
    "floods": page(
        "floods",
        derive("import sys\nfor _ in range(20000): sys.stdout.write('x' * 99)\n" + ONE),
        REFUTE,
    ),
    "forges": page(
        "forges",
        derive(
            "import os, sys\n"
            'line = b\'{"kind": "claim", "section": "derive", "text": "forged", "verdict": "proved",\'\n'
            'line += b\' "evidence": {}, "label": null}\\n\'\n'
            "os.write(1, line); os.write(2, line); sys.stdout.buffer.write(line)\n" + ONE
        ),
        REFUTE,
    ),
    "forges-everywhere": page(
        "forges-everywhere",
        derive(
            "import os\n"
            "for fd in range(3, 40):\n"
            '    try: os.write(fd, b\'{"kind": "done"}\\n\')\n'
            "    except OSError: pass\n" + ONE
        ),
        REFUTE,
    ),
    "closes-everything": page(
        "closes-everything", derive(ONE + "import os; os.closerange(3, 200)\n" + ONE), REFUTE
    ),
    "no-refute": page("no-refute", DERIVE),
    "no-derive": page("no-derive", REFUTE),
    "no-theorem": '"""Nothing."""\n' + DERIVE + REFUTE,
    "empty": "",
    "yields-int": page("yields-int", derive(ONE + "yield 3"), REFUTE),
    "yields-none": page("yields-none", derive("yield None"), REFUTE),
    "returns-none": page("returns-none", "def derive(): pass", REFUTE),
    "returns-list": page("returns-list", "def derive(): return []", REFUTE),
    "no-claims": page("no-claims", derive("yield from ()"), REFUTE),
    "takes-arguments": page("takes-arguments", "def derive(x): yield x", REFUTE),
    "warns": page("warns", derive("import warnings; warnings.warn('odd')\n" + ONE), REFUTE),
    "overflows": page(
        "overflows",
        "import numpy as np\nnp.seterr(all='ignore')",
        derive("np.exp(np.array([1e4]))\n" + ONE),
        REFUTE,
    ),
    "warns-last": page("warns-last", derive(ONE + "import warnings; warnings.warn('odd')"), REFUTE),
    "warns-at-import": page(
        "warns-at-import", "import warnings; warnings.warn('odd')", DERIVE, REFUTE
    ),
    "deprecated": page(
        "deprecated",
        derive("import warnings; warnings.warn('x', DeprecationWarning)\n" + ONE),
        REFUTE,
    ),
    "holds-in-refute": page(
        "holds-in-refute",
        DERIVE,
        'def refute():\n    yield equal("true", sp.log(p * q), sp.log(q) + sp.log(p))\n',
    ),
    "fails": page("fails", derive('yield equal("false", p, q)'), REFUTE),
    "same-labels": page(
        "same-labels", derive('yield equal("a", p, p + q - q, label="x")\n' * 2), REFUTE
    ),
    "broken-uses": page("broken-uses", DERIVE, REFUTE, extra=', uses=("deprecatd",)'),
    "circle-a": page("circle-a", DERIVE, REFUTE, extra=', uses=("circle-b",)'),
    "circle-b": page("circle-b", DERIVE, REFUTE, extra=', uses=("circle-a",)'),
    "not-covered": page("not-covered", DERIVE, REFUTE, extra=', covers=("elsewhere",)'),
    "covered-by-name": page(
        "covered-by-name", DERIVE, REFUTE, extra=', covers=("covered-by-name",)'
    ),
    "covered": page(
        "covered", derive(ONE[:-2] + ', label="covered")'), REFUTE, extra=', covers=("covered",)'
    ),
    "not-literal": page("not-literal", DERIVE, REFUTE, extra=", uses=tuple()"),
    "thread": page(
        "thread",
        "import threading, time",
        derive("threading.Thread(target=lambda: time.sleep(1000)).start()\n" + ONE),
        REFUTE,
    ),
    "fork": page(
        "fork",
        "import os, time",
        derive("if os.fork() == 0:\n    time.sleep(1000)\n" + ONE),
        REFUTE,
    ),
    "fork-goes-on": page("fork-goes-on", "import os", derive("os.fork()\n" + ONE), REFUTE),
    "at-exit": page(
        "at-exit", "import atexit, time; atexit.register(time.sleep, 1000)", DERIVE, REFUTE
    ),
    "huge": page(
        "huge",
        TWICE,
        derive(
            "from gantheory.theorems import increasing\n"
            'yield increasing("huge", [twice(k) for k in range(1, 30_000)])'
        ),
        REFUTE,
    ),
    "endless": page(
        "endless", BLACK_BOX, derive('while True: yield equal("again", FOUND, 1)'), REFUTE
    ),
    "few-examples": page(
        "few-examples",
        TWICE,
        DERIVE,
        REFUTE,
        'def search():\n    yield survives("s", holds, st.integers(1, 99))\n',
    ),
    "searched": page(
        "searched",
        TWICE,
        DERIVE,
        REFUTE,
        'def search(seed):\n    yield survives("s", holds, st.integers(1, 10**6), seed=seed)\n',
    ),
    "ignores": page(
        "ignores",
        TWICE,
        DERIVE,
        REFUTE,
        'def search(seed):\n    yield survives("s", lambda k: holds(3), st.integers(1, 10**6), seed=seed)\n',
    ),
    "by-a-black-box": page(
        "by-a-black-box", BLACK_BOX, derive('yield equal("s", FOUND, 1)'), REFUTE
    ),
    "refutes-by-a-black-box": page(
        "refutes-by-a-black-box",
        BLACK_BOX,
        DERIVE,
        'def refute():\n    yield equal("two", FOUND, 2)\n',
    ),
    "by-hand": page(
        "by-hand", derive('yield Claim("s", Verdict.PROVED, {"steps": "doit"})'), REFUTE
    ),
    "refutes-by-hand": page(
        "refutes-by-hand",
        DERIVE,
        'def refute():\n    yield Claim("s", Verdict.FAILED, {"counterexample": "p = 1"})\n',
    ),
    "altered": page(
        "altered",
        derive(
            'claim = equal("s", p, q)\n'
            "vars_of = object.__setattr__\n"
            'vars_of(claim, "verdict", Verdict.PROVED)\n'
            "yield claim"
        ),
        REFUTE,
    ),
    "edited": page(
        "edited", derive('claim = equal("s", p, q)\nclaim.evidence.clear()\nyield claim'), REFUTE
    ),
    "replaced": page(
        "replaced",
        derive(
            "from dataclasses import replace\n"
            'yield replace(equal("s", p * q, q * p + 0 * p), verdict=Verdict.PROVED)'
        ),
        REFUTE,
    ),
    "other-judge": page(
        "other-judge",
        "from gantheory.theorems import numeric",
        derive("numeric.decide = lambda *a: Verdict.HOLDS\n" + ONE),
        REFUTE,
    ),
    "other-sympy": page(
        "other-sympy", derive("f = lambda e, **k: e\nsp.simplify = f\n" + ONE), REFUTE
    ),
    "evaluates": page(
        "evaluates",
        derive(
            'x = sp.Symbol("x", positive=True)\n'
            'yield equal("s", sp.simplify(p + sp.Integral(x, (x, 0, 1))), p + q - q + sp.log(2) / sp.log(4))'
        ),
        REFUTE,
    ),
    "not-converged": page(
        "not-converged",
        derive("from gantheory.errors import NotConverged\n" + ONE + "raise NotConverged('more')"),
        REFUTE,
    ),
    "to-do": page("to-do", derive(ONE + "raise NotImplementedError('later')"), REFUTE),
    "nan": page(
        "nan",
        "from gantheory.estimates import Estimate",
        derive('yield equal("n", Estimate(float("nan"), 0.0), 1)'),
        REFUTE,
    ),
    "no-evidence": page("no-evidence", derive('yield Claim("n", Verdict.PROVED, {})'), REFUTE),
    "infinite": page(
        "infinite",
        "from gantheory import Uniform, kl_divergence",
        derive('yield equal("n", kl_divergence(Uniform(0, 2), Uniform(0, 1)), sp.oo)'),
        REFUTE,
    ),
    "surrogates": page(
        "surrogates", derive('yield equal("\\udc80", sp.log(p * q), sp.log(p) + sp.log(q))'), REFUTE
    ),
    "defined-twice": page("defined-twice", DERIVE, DERIVE, REFUTE),
    "defined-inside": page("defined-inside", "if True:\n    def check(): yield 1", DERIVE, REFUTE),
    "label-changes": page(
        "label-changes", "object.__setattr__(theorem, 'label', 'other')", DERIVE, REFUTE
    ),
    "prints": page("prints", derive("print('hello')\n" + ONE), REFUTE),
    "not-utf8": b'"""\xff\xfe"""\n',
    "nul-bytes": page("nul-bytes", DERIVE, REFUTE).encode() + b"\x00",
    "nested": "x = " + "(" * 5000 + ")" * 5000,
    "deep": "x = " + "-" * 100_000 + "1",
    "syntax": "def derive(:\n",
}
FINE = {"deprecated", "covered", "searched", "infinite", "surrogates"}
ONLY_LINT = {"naps", "floods", "forges", "thread", "fork", "fork-goes-on", "at-exit"}
"""Pages that import what no page needs, and whose claims come out all the same."""


def write_pages(folder: Path, pages: dict[str, str | bytes]) -> None:
    for number, (name, text) in enumerate(pages.items()):
        data = text if isinstance(text, bytes) else text.encode()
        (folder / f"p{number:02}_{name.replace('-', '_')}.py").write_bytes(data)


@pytest.fixture(autouse=True)
def empty_book(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    monkeypatch.setattr(planning, "bundled_folder", lambda: folder)
    return folder


COMPANIONS = {"circle-a": ["circle-b"], "circle-b": ["circle-a"], "broken-uses": ["deprecated"]}


LIMITS = {"naps": 3.0, "loops": 4.0, "loops-at-import": 4.0}
"""Seconds of CPU time for pages that are to meet, or not to meet, the deadline; others have the usual."""
WAITING = {"sleeps", "stops-the-timer", "fork-loops"}
"""Pages that only the clock can end; here it ends them sooner than it does for users."""


@functools.cache
def outcome(name: str) -> PageResult:
    """Return what came of one hostile page, run alone or with its companions."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(planning, "bundled", tuple)
        by_the_clock = 8.0 if name in WAITING else 3600.0
        patch.setattr(workers, "PATIENCE", by_the_clock / LIMITS.get(name, TIMEOUT))
        names = [name, *COMPANIONS.get(name, [])]
        write_pages(Path(folder), {one: HOSTILE[one] for one in names})
        result = gantheory.verify(folder, timeout=LIMITS.get(name, TIMEOUT))
    json.dumps(result.to_json(), allow_nan=False)
    assert result.ok == all(page.verified for page in result.pages)
    return result.pages[0]


def told(one: PageResult) -> str:
    return "\n".join(f"{c.section} {c.verdict} {c.text} {c.evidence}" for c in one.claims)


WORDS = {
    "nan": "derive error n",
    "no-evidence": "a claim without evidence",
    "raises": "page error does not load: RuntimeError (line 16): at import",
    "loops-at-import": "page error loading the page did not end within 4 s of CPU time",
    "exits-at-import": "page error does not load: SystemExit (line 16): 0",
    "quits-at-import": "page error loading the page did not come to its end: the process ended",
    "loops": "derive error section derive did not end within 4 s of CPU time",
    "sleeps": "derive error section derive did not end within 8 s by the clock",
    "stops-the-timer": "derive error section derive did not end within 8 s by the clock",
    "fork-loops": "derive error section derive did not end within 8 s by the clock",
    "exits": "derive error SystemExit (line",
    "quits": "derive error section derive did not come to its end: the process ended with exit code 0",
    "crashes": "derive error section derive did not come to its end: the process was ended by SIGSEGV",
    "killed": "was ended by SIGKILL",
    "recurses": "derive error RecursionError (line",
    "interrupts": "derive error KeyboardInterrupt",
    "raises-later": "derive error ValueError (line 18): refused",
    "bad-text": "whose text raises OSError",
    "forges-everywhere": "wrote to a file descriptor that is not its own",
    "closes-everything": "derive error section derive did not come to its end",
    "no-refute": "page error has no refute",
    "no-derive": "page error has neither derive nor check",
    "no-theorem": "has no theorem",
    "empty": "has no theorem",
    "yields-int": "derive error Misused: derive yielded a value of type int",
    "yields-none": "derive error",
    "returns-none": "derive returned nothing",
    "returns-list": "derive returned a value of type list",
    "no-claims": "derive error yields no claim",
    "takes-arguments": "derive error TypeError",
    "warns": "derive error first",
    "overflows": "RuntimeWarning: overflow",
    "warns-last": "derive error warned, or evaluated, after its last claim",
    "warns-at-import": "page error warns, or evaluates, while it loads",
    "holds-in-refute": "refute proved true",
    "fails": "derive failed false",
    "same-labels": "page error claim label x is there 2 times",
    "broken-uses": "is the label of no page; did you mean deprecated?",
    "circle-a": "uses go round in a circle: circle-a -> circle-b -> circle-a",
    "circle-b": "uses go round in a circle: circle-b -> circle-a -> circle-b",
    "not-covered": "covers elsewhere, but no claim of it has that label",
    "covered-by-name": "covers covered-by-name, but no claim of it has that label",
    "not-literal": "must be a literal",
    "huge": "the evidence cannot be written as JSON",
    "endless": "derive error yields more than 10000 claims",
    "few-examples": "search undecided",
    "ignores": "one and the same claim",
    "by-a-black-box": "derive supported",
    "refutes-by-a-black-box": "refute undecided",
    "by-hand": "derive undecided s {'steps': 'doit', 'stated': 'proved'",
    "refutes-by-hand": "refute undecided",
    "altered": "derive undecided s",
    "edited": "derive error s {'reason': 'a claim without evidence'}",
    "replaced": "derive undecided s",
    "other-judge": "derive error replaces gantheory.theorems.numeric.decide",
    "other-sympy": "derive error replaces sympy.simplify",
    "evaluates": "SymPy evaluated Integral(x, (x, 0, 1)) where no statement witnesses it",
    "not-converged": "derive undecided not converged (line 19)",
    "to-do": "derive todo to do (line 18): later",
    "defined-twice": "derive is defined more than once",
    "defined-inside": "check must be a plain",
    "label-changes": "theorem is not the Theorem that its source says",
    "prints": "page error lint: line",
    "not-utf8": "is not text in UTF-8",
    "nul-bytes": "page error",
    "nested": "page error",
    "deep": "page error",
    "syntax": "line 1: ",
}
"""What each page that is not harmless is told."""


# a section that does not stop, dies, lies or is refused; the others of these kinds cost a process each
QUICK = {
    "crashes", "raises", "forges", "surrogates", "warns", "overflows", "holds-in-refute", "by-hand",
    "refutes-by-hand", "altered", "other-judge", "evaluates", "no-refute", "circle-a", "covered",
    "covered-by-name",
}  # fmt: skip


@pytest.mark.parametrize("name", fast_if(QUICK.__contains__, HOSTILE))
def test_hostile_page(name: str) -> None:
    assert outcome(name).claims
    assert outcome(name).verified == (name in FINE)
    assert WORDS.get(name, "derive proved") in told(outcome(name)) or name == "infinite"


@pytest.mark.parametrize("name", fast_if(lambda name: name != "naps", sorted(ONLY_LINT)))
def test_only_the_lint_objects(name: str) -> None:
    bad = [claim for claim in outcome(name).claims if not claim.as_required]
    assert bad
    assert all(claim.section == "page" and claim.text.startswith("lint: ") for claim in bad)


def test_every_page_that_is_not_harmless_is_told_something() -> None:
    assert set(WORDS) | FINE | ONLY_LINT == set(HOSTILE)


@pytest.mark.parametrize(
    "name",
    fast_if(
        lambda name: name != "sleeps", ["loops", "sleeps", "exits", "quits", "crashes", "killed"]
    ),
)
def test_claims_already_sent_stay_and_the_rest_still_runs(name: str) -> None:
    claims = [(c.section, c.verdict) for c in outcome(name).claims if c.section != "page"]
    assert claims == [("derive", "proved"), ("derive", "error"), ("refute", "refuted")]


@pytest.mark.parametrize("name", ["forges", "floods", "fork-goes-on", "thread"])
def test_nothing_is_added_by_noise(name: str) -> None:
    sections = [c.section for c in outcome(name).claims if c.section != "page"]
    assert sections == ["derive", "refute"]


def test_claim_labels_and_texts() -> None:
    labels = [claim.label for claim in outcome("exits").claims]
    assert labels == ["exits/derive-1", "exits/derive-2", "exits/refute-1"]
    assert outcome("raises").claims[0].label == "raises/page-1"
    assert outcome("surrogates").claims[0].text == r"\udc80"


def test_a_folder_of_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Recorded(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Recorded)
    names = ["raises", "quits", "syntax", "fails", "covered", "fork"]
    write_pages(tmp_path, {name: HOSTILE[name] for name in names})
    (tmp_path / "p90_folder.py").mkdir()
    (tmp_path / "p91_loop.py").symlink_to("p91_loop.py")
    (tmp_path / "p92_dangling.py").symlink_to("nowhere.py")
    os.mkfifo(tmp_path / "p93_pipe.py")
    (tmp_path / "notes.py").write_text("raise RuntimeError('not a page')")
    result = gantheory.verify(tmp_path, jobs=2)
    labels = [page.label for page in result.pages]
    assert [label for label in labels if not label.startswith("p")] == [
        "raises", "quits", "fails", "covered", "fork"
    ]  # fmt: skip
    assert [page.label for page in result.pages if page.verified] == ["covered"]
    texts = "\n".join(told(page) for page in result.pages)
    for words in (
        "p90_folder.py: is a folder, not a page",
        "p91_loop.py: cannot be read",
        "p92_dangling.py: cannot be read: No such file",
        "p93_pipe.py: is not a regular file",
    ):
        assert words in texts
    check_run(json.loads(json.dumps(result.to_json(), allow_nan=False)))
    assert len(started) >= 5
    assert all(process.returncode is not None for process in started)  # ended, and waited for


SCHEMA = json.loads((ROOT / "gantheory" / "book" / "schema.json").read_text(encoding="utf-8"))


def check_schema(data: dict[str, Any]) -> None:
    jsonschema.validate(data, SCHEMA, jsonschema.Draft202012Validator)


def check_run(data: dict[str, Any]) -> None:
    check_schema(data)
    assert data["version"] == gantheory.__version__
    summary = data["summary"]
    claims = [claim for page in data["pages"] for claim in page["claims"]]
    assert summary["pages"] == len(data["pages"])
    assert summary["claims"] == len(claims) == sum(summary["by_verdict"].values())
    assert summary["failed_claims"] == sum(not claim["as_required"] for claim in claims)
    refuted = [c for c in claims if c["section"] == "refute" and c["as_required"]]
    assert {c["verdict"] for c in refuted} == {"refuted"}
    assert summary["by_verdict"]["refuted"] == len(refuted)
    assert summary["by_verdict"]["failed"] == 1
    assert data["verified"] == all(page_["verified"] for page_ in data["pages"])
    assert data["conclusion"].startswith("verified: ") == data["verified"]


def test_the_schema_knows_the_verdicts_and_can_say_no(pair: Path) -> None:
    assert SCHEMA["$defs"]["verdict"]["enum"] == [*map(str, Verdict)]
    data = gantheory.verify(pair, "refute").to_json()
    check_schema(data)
    for place, key in ((data, "verified"), (data["pages"][0]["claims"][0], "formula")):
        kept = place.pop(key)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(data, SCHEMA)
        place[key] = kept
    data["pages"][0]["claims"][0]["verdict"] = "astonishing"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    pages = {
        "base": page("base", DERIVE, REFUTE),
        "upper": page(
            "upper", TWICE, DERIVE, REFUTE,
            "def search(seed):\n    yield survives('s', holds, st.integers(1, 10**6), seed=seed)\n",
            "def check():\n    yield holds(7)\n",
            extra=', uses=("base",)',
        ),
    }  # fmt: skip
    write_pages(tmp_path, pages)
    return tmp_path


def comparable(result: gantheory.book.BookResult) -> dict[str, object]:
    data = result.to_json()
    for page_ in data["pages"]:
        page_.pop("seconds")
    return data


def test_same_result_with_any_number_of_jobs(pair: Path) -> None:
    one, two = (gantheory.verify(pair, jobs=jobs, seed=3) for jobs in (1, 2))
    assert comparable(one) == comparable(two)
    assert one.ok
    [searched] = [claim for claim in one.claims if claim.section == "search"]
    assert searched.evidence["seed"] == 3


def test_full_is_given_to_the_sections_that_ask_for_it(tmp_path: Path) -> None:
    log = "equal('log', sp.log(p * q), (3 if full else 1) * sp.log(p) + sp.log(q))"
    check = f"def check(full):\n    yield {log}\n"
    write_pages(tmp_path, {"long": page("long", DERIVE, REFUTE, check)})
    short, full = (
        gantheory.verify(tmp_path, sections="check", full=given) for given in (False, True)
    )
    assert [short.to_json()["full"], full.to_json()["full"]] == [False, True]
    assert [short.ok, full.ok] == [True, False]


def test_only_some_sections(pair: Path) -> None:
    result = gantheory.verify(pair, sections="search")
    assert [claim.section for claim in result.claims] == ["search"]
    assert result.ok
    assert [page.verified for page in result.pages] == [False, False]
    result = gantheory.verify(pair, sections=["certify"])
    assert not result.claims
    assert result.exit_code == 1


def test_labels_run_what_they_use(empty_book: Path, pair: Path) -> None:
    for file in pair.iterdir():
        file.rename(empty_book / file.name)
    whole = gantheory.verify()
    assert [page.file for page in whole.pages] == ["p00_base.py", "p01_upper.py"]
    assert [page.label for page in gantheory.verify("upper", "derive").pages] == ["base", "upper"]
    assert [page.label for page in gantheory.verify(["base"], "derive").pages] == ["base"]
    entries = planning.plan(["upper", "upper", str(empty_book / "p01_upper.py")])
    assert [(entry.label, entry.asked) for entry in entries] == [("base", False), ("upper", True)]


def test_a_given_file_stands_in_for_the_books_page(empty_book: Path, pair: Path) -> None:
    write_pages(empty_book, {"base": page("base", derive('yield equal("no", p, q)'), REFUTE)})
    assert [e.file for e in planning.plan(["base"])] == ["p00_base.py"]
    entries = planning.plan([pair / "p01_upper.py", pair / "p00_base.py"])
    assert [entry.path.parent for entry in entries] == [pair, pair]
    entries = planning.plan([pair / "p01_upper.py"])
    assert [entry.path.parent for entry in entries] == [empty_book, pair]
    result = gantheory.verify(pair / "p01_upper.py")
    assert [page.verified for page in result.pages] == [False, False]
    assert [len(page.failed) for page in result.pages] == [1, 0]


def test_two_pages_of_one_label(tmp_path: Path) -> None:
    text = page("twin", DERIVE, REFUTE)
    write_pages(tmp_path, {"one": text, "two": text})
    entries = planning.plan([tmp_path])
    assert all("label twin is also the label of" in e.faults[0] for e in entries)


def test_what_is_not_there(empty_book: Path, tmp_path: Path) -> None:
    write_pages(empty_book, {"base": page("optimal-thing", DERIVE, REFUTE)})
    with pytest.raises(NoSuchPage, match="did you mean optimal-thing"):
        gantheory.verify("optimal-thng")
    for word in ("", "a\0b", "nowhere/x.py", "nothing.py", "x" * 5000):
        with pytest.raises(NoSuchPage):
            gantheory.verify(word)
    with pytest.raises(PageError, match="no page in this folder"):
        gantheory.verify(tmp_path)
    with pytest.raises(PageError, match="no page was requested"):
        gantheory.verify([])


@pytest.mark.parametrize(
    "options",
    [
        {"seed": -1}, {"seed": 1.0}, {"seed": True}, {"jobs": 0}, {"timeout": 0}, {"timeout": math.nan},
        {"timeout": math.inf}, {"sections": []}, {"sections": ["figure"]}, {"sections": "derivee"},
        {"sections": ["derive", "derive"]},
    ],
)  # fmt: skip
def test_options_out_of_range(pair: Path, options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"seed|jobs|timeout|section"):
        gantheory.verify(pair, **options)


def test_allow_supported(tmp_path: Path) -> None:
    by_box = 'def refute():\n    yield equal("two", FOUND, 2)\n'
    write_pages(
        tmp_path, {"box": page("box", BLACK_BOX, derive('yield equal("s", FOUND, 1)'), by_box)}
    )
    assert not gantheory.verify(tmp_path).ok
    assert gantheory.verify(tmp_path, allow_supported=True).ok


def test_a_part_of_a_page_is_not_verified(tmp_path: Path) -> None:
    write_pages(
        tmp_path,
        {
            "half": page(
                "half", DERIVE, derive('yield equal("no", p, q)').replace("derive", "check"), REFUTE
            )
        },
    )
    for sections in ("derive", "refute", ["derive", "refute"]):
        part = gantheory.verify(tmp_path, sections=sections)
        assert part.ok
        assert part.to_json()["summary"]["verified_pages"] == 0
        assert not part.pages[0].verified
    every = ("derive", "certify", "check", "search", "simulate", "refute")
    assert [page.verified for page in gantheory.verify(tmp_path, sections=every).pages] == [False]


def test_any_number_of_pages_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = ["p1_a.py", "p02_b.py", "p10_c.py", "p100_d.py", "p2000_e.py"]
    for name in names:
        (tmp_path / name).write_text(page(name[-4], DERIVE, REFUTE))
    for name in ("helper.py", "p_x.py", "px1_y.py"):
        (tmp_path / name).write_text("")
    (tmp_path / "data.csv").write_text("")
    entries = planning.plan([tmp_path])
    assert [entry.path.name for entry in entries] == names
    assert [path.name for path in planning.unread([tmp_path])] == [
        "helper.py",
        "p_x.py",
        "px1_y.py",
    ]
    assert planning.unread(None) == []


def test_a_script_without_a_main_guard_does_not_run_itself_again(
    pair: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        f"import gantheory\nprint('once')\nprint(gantheory.verify({str(pair)!r}, 'derive').ok)\n"
    )
    (tmp_path / "numpy.py").write_text("raise RuntimeError('hides numpy')")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, str(script)], env=environment, cwd=tmp_path,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == "once\nTrue\n"


FORKS = """
import os, pathlib, time
child = os.fork()
if child == 0:
    time.sleep(1000)
pathlib.Path({note!r}).write_text(f"{{os.getpid()}} {{child}}")
"""


def two_processes(note: Path) -> list[int]:
    """Wait until a page has forked and written it down; return its worker's process and the fork."""
    words = wait_for(lambda: note.exists() and note.read_text().split())
    assert len(words) == 2
    return [int(word) for word in words]


def is_over(process: int) -> bool:
    """Whether the process has ended: an orphan's new parent waits for it at once, or soon."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    state = Path(f"/proc/{process}/stat")  # in a container nobody may wait for orphans
    return state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z"


def test_no_fork_of_a_page_outlives_the_run(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    text = page("forks", derive(FORKS.format(note=str(note)) + ONE), REFUTE)
    write_pages(tmp_path, {"forks": text})
    claims = gantheory.verify(tmp_path).claims
    assert {c.verdict for c in claims if c.section != "page"} == {"proved", "refuted"}
    wait_for(lambda: all(map(is_over, two_processes(note))))


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    body = FORKS.format(note=str(note)) + "time.sleep(1000)\n" + ONE
    write_pages(tmp_path, {"sleeps": page("sleeps", derive(body), REFUTE)})
    parent = subprocess.Popen(
        [sys.executable, "-m", "gantheory", "verify", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    processes = two_processes(note)
    assert not any(map(is_over, processes))
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    wait_for(lambda: all(map(is_over, processes)))


def wait_for(what: Callable[[], Any], patience: float = 300.0) -> Any:
    """Return the first true value; how long that takes is the machine's affair."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if value := what():
            return value
        time.sleep(0.02)
    raise TimeoutError


# --- reading --------------------------------------------------------------------------------------


def test_reading_does_not_execute(tmp_path: Path) -> None:
    write_pages(tmp_path, {"x": page("x", f"open({str(tmp_path / 'ran')!r}, 'w')", DERIVE, REFUTE)})
    one = read_page(tmp_path / "p00_x.py")
    assert not (tmp_path / "ran").exists()
    assert one.statement == "One is one."
    assert one.assumes == "Nothing\nat all."
    assert one.source == "[@lin1991, Theorem 1]."
    assert one.sections == ("derive", "refute")
    assert "One is one." in as_text(one)
    assert "Lin (1991), Theorem 1." in as_text(one)
    assert "def derive" not in as_text(one)
    assert "def derive" in as_text(one, code=True)
    assert as_bibtex(one).startswith("@article{lin1991,")
    assert r"Lin~\cite[Theorem 1]{lin1991}" in as_latex(one)


def test_docstring_parts() -> None:
    headline, parts = split_docstring(
        "Title.\n\nStatement\n---------\nA\n\nB. Sources of error.\n\nAssumes\n-------\nC\n\nD\n\n"
        "Source    E;\n          F\n\nafterwards\n\nRemarks\n-------\nG"
    )
    assert headline == "Title."
    assert parts == {
        "statement": "A\n\nB. Sources of error.",
        "assumes": "C\n\nD",
        "source": "E;\nF",
        "notes": "afterwards\n\nRemarks\n\nG",
    }
    assert split_docstring("") == ("", dict.fromkeys(parts, ""))


@pytest.mark.parametrize(
    ("last", "said"),
    [
        ({"kind": "done"}, ""),
        (workers.WorkerLate("5 s by the clock"), "did not end within 5 s by the clock"),
        (workers.WorkerGone("exit code 1"), "did not come to its end: exit code 1"),
        ({"nonsense": 1}, "sent a malformed message: 'kind'"),
    ],
)
def test_how_a_worker_ends(last: dict[str, str] | Exception, said: str) -> None:
    worker = workers.Worker.__new__(workers.Worker)  # no process: what it sends is here
    worker.receive = Mock(side_effect=[{"kind": "begin"}, {"kind": "claim"}, last])  # type: ignore[method-assign]
    heard: list[str] = []
    assert worker.listen(lambda message: heard.append(message["kind"])) == said
    assert heard == ["begin", "claim"]


def test_a_heading_is_refused_in_the_same_words_read_and_made(tmp_path: Path) -> None:
    file = tmp_path / "p01_x.py"
    file.write_text('theorem = Theorem(label="Dirac GAN", title="t")\n')
    with pytest.raises(ValueError, match="did you mean 'dirac-gan'") as made:
        Theorem(label="Dirac GAN", title="t")
    with pytest.raises(PageError) as read:
        read_page(file)
    assert str(read.value) == str(made.value)


@pytest.mark.parametrize(
    "arguments",
    [
        'label="../../etc"', 'label=""', 'label="A"', 'label="a", title=""', 'label="a", title="t", uses="b"',
        'label="a", title="t", uses=["b"]', 'label="a", title="t", colour="b"', '"a", "t", label="b"',
        'label="a", title="t", **{}', '*("a", "t")', 'label=f"{1}", title="t"', 'label="a", title="t", covers=(1,)',
        f'label="{"a" * 101}", title="t"',
    ],
)  # fmt: skip
def test_theorems_that_cannot_be_read(tmp_path: Path, arguments: str) -> None:
    file = tmp_path / "p01_x.py"
    file.write_text(f"theorem = Theorem({arguments})\n")
    with pytest.raises(PageError):
        read_page(file)


# --- results --------------------------------------------------------------------------------------


def test_judge() -> None:
    def verdict(section: str, verdict: Verdict, **evidence: object) -> tuple[str, bool]:
        claim = judge(section, "t", verdict, evidence, label="x")
        return claim.verdict, claim.as_required

    assert verdict("search", Verdict.SURVIVED, examples=100) == ("survived", True)
    for bad in (99, True, "100", None, math.inf):
        assert verdict("search", Verdict.SURVIVED, examples=bad) == ("error", False)
    assert verdict("search", Verdict.HOLDS, examples=100) == ("holds", False)
    assert verdict("refute", Verdict.FAILED, counterexample={"p": 1}) == ("refuted", True)
    assert verdict("refute", Verdict.FAILED, difference=0.0) == ("refuted", True)
    assert verdict("refute", Verdict.FAILED) == ("error", False)
    assert verdict("refute", Verdict.FAILED, counterexample={}) == ("error", False)
    assert verdict("refute", Verdict.REFUTED) == ("error", False)
    assert verdict("refute", Verdict.PROVED) == ("proved", False)
    assert verdict("page", Verdict.PROVED) == ("proved", False)


def test_a_page_falls_with_what_it_uses() -> None:
    def result(label: str, *uses: str, good: bool = True) -> PageResult:
        claim = ClaimResult("c", "derive", "t", Verdict.PROVED, good, {})
        return PageResult(label, "", "", "", uses, 0.0, (claim,))

    pages = settle([result("a", "b"), result("b", "c"), result("c", good=False), result("d")])
    assert [page.verified for page in pages] == [False, False, False, True]
    assert [page.verified for page in settle([PageResult("a", "", "", "", (), 0.0, ())])] == [False]


def test_nothing_at_all_is_no_success() -> None:
    empty = results.BookResult((), "0")
    assert not empty.ok
    assert empty.exit_code == 1
    assert empty.conclusion == "not verified: nothing was claimed"


def test_evidence_in_short() -> None:
    assert brief({"value": 0.5, "error": 1e-16, "kind": "estimated"}) == "0.5 ± 1.0e-16"
    assert brief({"mid": "0.25", "rad": 1e-30, "digits": 30}) == "0.25 ± 1.0e-30"
    assert brief(list(range(9))) == "[0, 1, 2, 3, 4, 5, … (9 in all)]"
    line = evidence_line({"routes": [1], "lhs": "p", "bound": 0.0, "counterexample": {"p": 1}})
    assert line == "counterexample p = 1"
    assert visible("a\x1b[31mb") == r"a\x1b[31mb"
