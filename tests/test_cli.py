"""The command line: exit codes, streams, and no traceback whatever is typed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from test_book import DERIVE, ONE, REFUTE, ROOT, check_schema, derive, page, write_pages
from thinning import every

import gantheory
from gantheory.book import planning
from gantheory.cli import main

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
COMMAND = [sys.executable, "-m", "gantheory"]


class Outcome:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "book"
    folder.mkdir()
    monkeypatch.setattr(planning, "bundled_folder", lambda: folder)
    write_pages(
        folder,
        {
            "base": page("base", DERIVE, REFUTE),
            "upper": page("upper", DERIVE, REFUTE, extra=', uses=("base",)'),
        },
    )
    return folder


@pytest.fixture
def run(book: Path, capsys: pytest.CaptureFixture[str]):
    def go(*args: str) -> Outcome:
        with pytest.raises(SystemExit) as leaving:
            main(args)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Outcome(int(leaving.value.code or 0), out, err)

    return go


def test_verify_prints_one_json_object(run) -> None:
    done = run("verify", "upper", "--json", "--section", "derive,refute")
    assert done.code == 0
    data = json.loads(done.out)
    assert [p["label"] for p in data["pages"]] == ["base", "upper"]
    assert [p["file"] for p in data["pages"]] == ["p00_base.py", "p01_upper.py"]
    assert data["summary"]["by_verdict"]["refuted"] == 2
    assert data["sections"] == ["derive", "refute"]
    assert [p["verified"] for p in data["pages"]] == [False, False]  # a part
    again = run(
        "verify", "upper", "--json", "--section", "refute", "--section", "derive", "--jobs", "2"
    )
    for one in (data, twin := json.loads(again.out)):
        for page_ in one["pages"]:
            page_.pop("seconds")
    assert data == twin


def test_verify_for_people(run, book: Path) -> None:
    done = run("verify", "upper")
    assert done.code == 0
    head, line, *view = done.out.splitlines()
    assert head.split() == [
        "page",
        "proved",
        "decided",
        "enclosed",
        "holds",
        "survived",
        "refuted",
        "time",
    ]
    assert line.split()[:3] == ["base", "1", "1"]  # a page that is used is one line
    assert view[:4] == ["T", "upper  (p01_upper.py)", "", "A page."]
    assert view[4:6] == ["", "derive"]
    assert "  refuted   lost factor" in done.out
    assert done.out.splitlines()[-1] == (
        "verified: 2 pages, 4 claims, all as required (2 proved, 2 refuted)"
    )
    assert "\x1b" not in done.out + done.err
    assert max(map(len, done.out.splitlines())) <= 100
    write_pages(
        book,
        {
            "base": page(
                "base", DERIVE, 'def refute():\n    yield equal("x", p * (p + q), p**2 + p * q)\n'
            )
        },
    )
    done = run("verify", "--quiet")
    assert done.code == 1
    assert done.out.count("\n") == 1
    assert done.out.splitlines()[-1] == (
        "not verified: 1 of 4 claims not as required (1 proved), in base (1); upper uses base"
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["verify", "uper"], "did you mean upper?"),
        (["verify", "nowhere/p01_x.py"], "no such file"),
        (["verify", "p01_x.py"], "no such file"),
        (["verify", ""], "neither a label nor a file"),
        (["verify", "."], "no page in this folder"),
        (["verify", "--section", "derivee"], "did you mean derive?"),
        (["verify", "--section", "figure"], "gantheory figures"),
        (["verify", "--section", ""], "is not a section"),
        (["verify", "--section", "derive,"], "is not a section"),
        (["verify", "--section", "derive,derive"], "named twice"),
        (["verify", "--section", "derive", "--section", "derive"], "named twice"),
        (["verify", "--timeout", "nan"], "positive number of seconds"),
        (["verify", "--timeout", "inf"], "positive number of seconds"),
        (["verify", "--timeout", "1e999"], "positive number of seconds"),
        (["verify", "--timeout", "0"], "positive number of seconds"),
        (["verify", "--timeout", "-1"], "positive number of seconds"),
        (["verify", "--timeout", "1_0"], "positive number of seconds"),
        (["verify", "--timeout", "١٢"], "positive number of seconds"),
        (["verify", "--timeout", " 5"], "positive number of seconds"),
        (["verify", "--timeout", ""], "positive number of seconds"),
        (["verify", "--jobs", "0"], "whole number"),
        (["verify", "--jobs", "1.5"], "whole number"),
        (["verify", "--jobs", "1_0"], "whole number"),
        (["verify", "--jobs", "٣"], "whole number"),
        (["verify", "--seed", "-1"], "whole number"),
        (["verify", "--seed", "x"], "whole number"),
        (["verify", "--seed", "9" * 5000], "whole number"),
        (["verify", "--seed", str(2**63)], "whole number"),
        (["verify", "--seed", "1", "--seed", "2"], "--seed is given 2 times"),
        (["verify", "--json", "--json"], "--json is given 2 times"),
        (["verify", "--tim", "3"], "--tim"),
        (["verify", "--allow", "everything"], "everything"),
        (["verify", "--nonsense"], "--nonsense"),
        (["veri"], "veri"),
        (["show"], "LABEL|FILE"),
        (["show", "uper"], "did you mean upper?"),
        (["show", "base", "--latex", "--bibtex"], "exclude each other"),
        (["show", "base", "--latex", "--code"], "exclude each other"),
        (["show", "base", "--latex", "--all"], "--all takes --latex and no page"),
        (["show", "--all"], "--all takes --latex and no page"),
        (["show", "/"], "is a folder"),
        (["explain", "wittness"], "did you mean witness?"),
        (["figures", "--out", "/proc/nothing/here"], "cannot be written to"),
        (["figures", "--out", "/dev/null"], "cannot be written to"),
        (["figures"], "--out"),
        (["figures", "--out", "x", "--format", ""], "is none of"),
        (["figures", "--out", "x", "--format", "svg,svg"], "twice"),
        (["figures", "--out", "x", "--format", "gif"], "is none of"),
        (["figures", "--out", "x", "--style", "print"], "is none of paper, slides, dark"),
        (["figures", "--out", "x", "--width", "3.35"], "write 3.35in or 85mm"),
        (["figures", "--out", "x", "--width", "1mm"], "from 2in to 40in"),
        (["figures", "--out", "x", "--width", "naninmm"], "is no width"),
        (["figures", "--out", "x", "--style", "dark", "--grey"], "leave out the style dark"),
    ],
)
def test_a_wrong_command_line(
    run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*words)
    assert done.code == 2
    assert done.out == ""
    assert message in done.err
    assert done.err.startswith("gantheory: ")
    assert done.err.count("\n") == 1


def test_help_and_version(run) -> None:
    assert run("--version").out == f"gantheory {gantheory.__version__}\n"
    for words in (
        ["--help"],
        ["verify", "--help"],
        ["list", "-h"],
        ["show", "-h"],
        ["figures", "-h"],
    ):
        done = run(*words)
        assert done.code == 0
        assert "Usage: gantheory" in done.out
    assert run().code == 2


def test_list_and_show(run, book: Path) -> None:
    done = run("list", "--json")
    assert done.code == 0
    data = json.loads(done.out)
    check_schema(data)
    assert data["pages"][1] == {
        "label": "upper", "title": "T", "chapter": None, "slugs": [],
        "source": "[@lin1991, Theorem 1].", "file": "p01_upper.py", "uses": ["base"], "errata": [],
    }  # fmt: skip
    assert run("list").out.splitlines() == ["base   T", "upper  T"]
    assert "One is one." in run("show", "base").out
    assert r"\begin{theorem}[{T}]" in run("show", "base", "--latex").out
    assert run("show", str(book / "p00_base.py"), "--bibtex").out.startswith("@article{lin1991,")
    assert run("show", "--bibtex").out.count("@article{lin1991,") == 1  # though both pages cite it
    assert "@book{villani2009," in run("show", "--bibtex").out  # though none does
    assert "def derive" not in run("show", "base").out
    assert "def derive" in run("show", "base", "--code").out
    assert run("show", "--latex", "--all").out.count(r"\section{T}") == 2
    assert "name a page" in run("show").err
    (book / "p02_broken.py").write_text("theorem = 3")
    done = run("list", "--json")
    assert done.code == 1
    assert "p02_broken.py: theorem must be written out" in done.err
    assert len(json.loads(done.out)["pages"]) == 2
    assert run("show", str(book / "p02_broken.py")).code == 1


def test_an_empty_book_is_no_success(run, book: Path) -> None:
    for file in book.iterdir():
        file.unlink()
    assert [run(*words).code for words in (["verify"], ["list"], ["figures", "--out", "x"])] == [
        2,
        2,
        2,
    ]


@pytest.mark.slow
def test_figures(run, book: Path, tmp_path: Path) -> None:
    good = "def figure():\n    from matplotlib.figure import Figure\n    return Figure()\n"
    write_pages(book, {
        "base": page("base", DERIVE, REFUTE, good),
        "upper": page("upper", DERIVE, REFUTE),
        "third": page("third", DERIVE, REFUTE, "def figure(): pass"),
    })  # fmt: skip
    out = tmp_path / "deep" / "out"
    done = run("figures", "--out", str(out), "--format", "png,svg", "--jobs", "2")
    assert done.code == 1
    assert sorted(file.name for file in out.iterdir()) == ["base.png", "base.svg"]
    assert done.out.splitlines() == [str(out / "base.png"), str(out / "base.svg")]
    assert "upper: the page has no figure" in done.err
    assert "third: figure: TypeError" in done.err
    print_it = ("--width", "85mm", "--style", "paper", "--grey", "--captions")
    done = run("figures", "base", "--out", str(out), *print_it)
    assert done.code == 0
    assert done.out.splitlines() == [str(out / "base.svg"), str(out / "base.tex")]
    assert 'width="240.9' in (out / "base.svg").read_text()
    assert run("figures", "base", "upper", "--out", str(out)).code == 1


def test_the_template_is_a_page_to_be_done(run) -> None:
    done = run("verify", str(ROOT / "proofs" / "_template.py"), "--json")
    assert done.code == 1
    claims = json.loads(done.out)["pages"][0]["claims"]
    assert {claim["verdict"] for claim in claims} == {"todo"}
    assert run("show", str(ROOT / "proofs" / "_template.py"), "--latex").code == 0


@pytest.mark.slow
def test_a_reader_that_leaves_and_a_terminal_without_unicode(tmp_path: Path) -> None:
    body = 'yield equal("Σ ≤ ∞ é \\x1b[31m", sp.log(p * q), sp.log(p) + sp.log(q))\n' * 100
    write_pages(tmp_path, {"many": page("many", derive(body), REFUTE)})
    words = [*COMMAND, "verify", str(tmp_path)]
    piped = subprocess.run(
        f"{' '.join(words)} | head -n 1", shell=True, env=ENVIRONMENT,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert piped.stdout == "T\n"
    assert piped.stderr == ""
    plain = {**ENVIRONMENT, "PYTHONIOENCODING": "ascii", "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(words, env=plain, capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"\x1b" not in done.stdout
    assert done.stderr == b""


def rest_of(terminal: int) -> bytes:
    """Read what a terminal that nobody writes to any longer still holds."""
    said = b""
    try:
        while more := os.read(terminal, 4096):
            said += more
    except OSError:  # how Linux says that there is no more
        pass
    return said


@pytest.mark.parametrize("closed", every(3, [">&-", "2>&-", "<&-", ">&- 2>&- <&-"]))
@pytest.mark.parametrize(
    "words", every(2, ["list", "verify PAGE --quiet", "verify nothing", "--help"])
)
def test_streams_that_are_closed(tmp_path: Path, words: str, closed: str) -> None:
    write_pages(tmp_path, {"plain": page("plain", DERIVE, REFUTE)})
    words = words.replace("PAGE", str(tmp_path / "p00_plain.py"))
    done = subprocess.run(
        f"{' '.join(COMMAND)} {words} {closed}",
        shell=True, env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == (2 if "nothing" in words else 0)
    assert "Traceback" not in done.stdout + done.stderr


# a test run in the background of a shell has SIGINT ignored, and what it starts inherits that
LISTENS = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
    "from gantheory.cli import main; main(sys.argv[1:])"
)


def test_interrupted(tmp_path: Path) -> None:
    write_pages(tmp_path, {"loops": page("loops", derive(ONE + "while True: pass"), REFUTE)})
    leader, follower = pty.openpty()  # a terminal, so that the progress line says when it runs
    process = subprocess.Popen(
        [sys.executable, "-c", LISTENS, "verify", str(tmp_path)],
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=follower,
    )
    os.close(follower)
    said = b""
    while b"loops: derive" not in said:
        said += os.read(leader, 4096)
    process.send_signal(signal.SIGINT)
    process.communicate()
    said += rest_of(leader)
    os.close(leader)
    assert process.returncode == 130
    assert b"gantheory: interrupted" in said
    assert b"Traceback" not in said


def test_lazy_names() -> None:
    assert "verify" in dir(gantheory)
    assert gantheory.verify is gantheory.book.verify
    assert gantheory.Estimate is gantheory.estimates.Estimate
    assert gantheory.__all__ == sorted(gantheory.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = gantheory.nothing


def test_errata_by_the_texts_that_print_them(run, book: Path) -> None:
    known = "[@lin1991, Theorem 1] prints $\\\\sqrt{x}$: it is $x^2$."
    write_pages(book, {"wrong": page("wrong", DERIVE, REFUTE, extra=f', errata=("{known}",)')})
    one = "Lin (1991)  [@lin1991]\n\n- Lin (1991), Theorem 1 prints √x: it is x². (page wrong)\n"
    assert run("errata").out == run("errata", "--text", "lin1991").out == one
    (book / "p02_broken.py").write_text("theorem = 3")
    done = run("errata")
    assert (done.code, done.out) == (1, one)
    assert "p02_broken.py: theorem must be written out" in done.err
    (book / "p02_broken.py").unlink()
    done = run("errata", "--text", "lin")
    assert done.code == 2
    assert "key 'lin'; there are errata for lin1991; did you mean lin1991?" in done.err
    write_pages(book, {"wrong": page("wrong", DERIVE, REFUTE)})
    assert run("errata").err == "gantheory: no page of the book corrects a text\n"
