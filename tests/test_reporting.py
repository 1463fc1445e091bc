"""What verify, list and explain print for people."""

from __future__ import annotations

import io
import json
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from rich.console import Console
from test_book import DERIVE, REFUTE, ROOT, page, write_pages
from test_cli import COMMAND, ENVIRONMENT, book, run  # noqa: F401  fixtures

import gantheory
from gantheory.book import SECTIONS, reporting
from gantheory.book.chapters import TITLES
from gantheory.book.folding import folded, kind_of
from gantheory.book.results import STATEMENT, ClaimResult, PageResult
from gantheory.book.wording import column, details, formula_of
from gantheory.book.words import meaning, meanings
from gantheory.verdicts import Verdict

ALL_KINDS = """
from gantheory import Normal, certified, js_divergence, kl_divergence
from gantheory.evidence import mean_of, summed
from gantheory.testing import survives
from gantheory.theorems import at_most, converges, encloses, increasing, rate
from hypothesis import strategies as st
import numpy as np

P, Q = Normal(0, 1), Normal(1, 1)

@summed
def twice(k):
    return [float(k), float(k)]

def derive():
    yield equal("a product", sp.log(p * q), sp.log(p) + sp.log(q))
    yield at_most("a square", 0, (p - q) ** 2)
    yield equal("false", p, q)
    yield equal("one expression", p, p)

def certify():
    yield encloses("JSD", certified.js_divergence(P, Q), "0.11142148218473617971723681221")
    yield increasing("JSD grows", [certified.js_divergence(P, Normal(k, 1)) for k in (1, 2, 3)])

def check():
    yield equal("JSD", js_divergence(P, Q), certified.js_divergence(P, Q))
    yield equal("JSD is 1", js_divergence(P, Q), 1)
    yield equal("typed", js_divergence(P, Q) * 1.2345678901234567, 1)
    yield at_most("JSD is below KL", js_divergence(P, Q), kl_divergence(P, Q))
    yield equal("a batch", js_divergence(Normal([0, 1, 2], 1), P), [0, 1, 1])
    yield converges("JSD vanishes", [kl_divergence(P, Normal(2.0**-k, 1)) + 1 for k in range(20)], 1)
    yield rate("KL", [1, 2, 4], [kl_divergence(P, Normal(k, 1)) for k in (1, 2, 4)], 2)
    yield equal("refused", "x", 1)

def search(seed):
    yield survives("2 k", lambda k: equal("2 k", twice(k), 2 * k), st.integers(1, 10**6), seed=seed)
    yield survives("k < 9", lambda k: at_most("k", twice(k), 9), st.integers(1, 10**6), seed=seed)

def simulate():
    yield at_most("mean", mean_of(np.arange(9.0), within=(0, 9)), 8)
    yield at_most("mean", mean_of(np.arange(9.0)), 90)
    raise ValueError("enough")
"""


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> PageResult:
    """A page with claims of all kinds, most verdicts among them."""
    folder = tmp_path_factory.mktemp("kinds")
    write_pages(folder, {"kinds": page("kinds", ALL_KINDS, REFUTE)})
    [result] = gantheory.verify(folder).pages
    return result


def printed(show, width: int = 80, encoding: str = "utf-8", **options) -> list[str]:
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, errors="backslashreplace")
    out = Console(file=file, width=width, highlight=False, markup=False, emoji=False,
                  soft_wrap=True, **options)  # fmt: skip
    show(out)
    file.flush()
    return raw.getvalue().decode(encoding).splitlines()


def claim(
    number: int, verdict: Verdict = Verdict.HOLDS, section: str = "check", **said
) -> ClaimResult:
    good = verdict not in (Verdict.FAILED, Verdict.UNDECIDED)
    return ClaimResult(f"a/{section}-{number}", section, f"name {number}", verdict, good,
                       said.pop("evidence", {}), said)  # fmt: skip


def many(*claims: ClaimResult) -> PageResult:
    return PageResult("a", "A title", "", "p01_a.py", (), 1.0, claims)


# --- a page ---------------------------------------------------------------------------------------


def test_every_verdict_and_key_of_evidence_is_explained(kinds: PageResult) -> None:
    verdicts = Counter(str(claim.verdict) for claim in kinds.claims)
    assert {"proved", "enclosed", "holds", "survived", "refuted"} <= set(verdicts)
    assert {"failed", "undecided", "supported", "error"} <= set(verdicts)
    keys = {key for claim in kinds.claims for key in claim.evidence}
    assert len(keys) > 25
    words = {
        *keys,
        *map(str, Verdict),
        *SECTIONS,
        "page",
        "gap",
        "verified",
        "as required",
        *STATEMENT,
    }
    plain = {word.replace("_latex", "") for word in words}
    assert {word for word in plain if meaning(word) is None} == set()


def test_a_page_shows_what_was_checked_and_failures_in_full(kinds: PageResult) -> None:
    lines = printed(lambda out: reporting.print_page(out, kinds, "A page."))
    text = "\n".join(lines)
    assert lines[0] == "T"
    assert lines[1].startswith("kinds  (")
    assert lines[2:4] == ["", "A page."]
    assert [line for line in lines if line in SECTIONS] == list(SECTIONS)
    assert "            log(p·q) = log(p) + log(q), for p, q > 0" in lines
    assert "JSD(N(0, 1), N(1, 1)) ≤ KL(N(0, 1) ‖ N(1, 1))" in text
    assert "  failed    JSD is 1" in lines
    assert "left: JSD(N(0, 1), N(1, 1)) = 0.111421482184" in text
    assert "by Gauss-Kronrod panels" in text
    assert max(map(len, lines)) <= 80
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_are_no_wider_than_the_terminal(kinds: PageResult, width: int) -> None:
    for detail in (0, 1, 2):
        lines = printed(lambda out, d=detail: reporting.print_page(out, kinds, detail=d), width)
        assert max(map(len, lines)) <= width
    assert max(map(len, printed(lambda out: reporting.print_line(out, kinds), width))) <= width


def test_more_detail_shows_more(kinds: PageResult) -> None:
    short, long, whole = (
        len(printed(lambda out, d=d: reporting.print_page(out, kinds, detail=d))) for d in (0, 1, 2)
    )
    assert short < long < whole


def test_a_terminal_without_unicode_and_one_with_colours(kinds: PageResult) -> None:
    lines = printed(lambda out: reporting.print_page(out, kinds), encoding="ascii")
    assert "            log(p*q) = log(p) + log(q), for p, q > 0" in lines
    assert any("KL(N(0, 1) || N(1, 1))" in line for line in lines)
    assert "\x1b" not in "".join(lines)
    coloured = printed(lambda out: reporting.print_page(out, kinds), force_terminal=True,
                       color_system="standard")  # fmt: skip
    assert "\x1b[32mproved" in "".join(coloured)


def test_the_console_is_as_wide_as_the_terminal_up_to_100(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns, width in (("60", 60), ("300", 100)):
        monkeypatch.setenv("COLUMNS", columns)
        assert reporting.console().width == width


def test_alike_claims_are_folded_to_two_screens() -> None:
    evidence = {"relation": "=", "difference": 1e-15, "bound": 1e-15, "tolerance": 1e-9}
    alike = [
        claim(n, formula=f"JSD(N(0, 1), N({n}, 1)) = {n}/7", evidence=evidence) for n in range(40)
    ]
    proofs = [claim(n, Verdict.PROVED, "derive", formula=f"f({n}) = 0") for n in range(60)]
    wrong = claim(99, Verdict.FAILED, formula="JSD(N(0, 1), N(9, 1)) = 3", evidence={"lhs": 1.0})
    assert kind_of(alike[0]) == kind_of(alike[7])
    assert kind_of(proofs[0]) != kind_of(proofs[7])
    assert kind_of(alike[0]) != kind_of(claim(1, formula="KL(N(0, 1) ‖ N(1, 1)) = 1/7"))
    result = many(*proofs, *alike, wrong)
    lines = printed(lambda out: reporting.print_page(out, result))
    assert len(lines) <= 80
    text = "\n".join(lines)
    assert "+ 39 more like this: holds, largest gap 2e-15 of 1e-09 allowed" in text
    assert "proved); -v shows them" in text
    assert "failed    name 99" in text
    shown = folded(result.claims, 10)
    there = sum(len(g.folded) + 1 for s in shown for g in s.groups) + sum(
        len(s.left_out) for s in shown
    )
    assert there == 101
    wrongs = [claim(n, Verdict.FAILED, "derive", evidence={"lhs": 1.0}) for n in range(60, 160)]
    [section] = folded([*proofs, *wrongs], 10)
    assert [group.shown for group in section.groups] == [proofs[0], *wrongs]
    assert section.left_out == proofs[1:]
    assert len(printed(lambda out: reporting.print_page(out, result, detail=1))) > 200


def test_what_failed_is_never_folded_or_cut() -> None:
    reason = "because " * 200
    failures = [
        claim(n, Verdict.UNDECIDED, formula="x = 1", evidence={"reason": reason}) for n in (1, 2)
    ]
    text = " ".join(
        " ".join(printed(lambda out: reporting.print_page(out, many(*failures)))).split()
    )
    assert text.count("because") == 400
    failed = printed(lambda out: reporting.print_failed(out, [many(*failures)]))
    assert " ".join(failed).count("because") == 400


def test_evidence_in_a_few_words(kinds: PageResult) -> None:
    columns = {claim.text: column(claim) for claim in kinds.claims}
    assert columns["a product"].endswith(" witnesses")
    assert columns["JSD grows"] == "at 3 points"
    assert columns["JSD is below KL"] == "by 0.389"
    assert columns["JSD"].startswith("gap ")
    assert columns["2 k"].endswith(" examples")
    assert columns["lost factor"].startswith("off by ") or columns["lost factor"].startswith("at ")
    assert max(map(len, columns.values())) <= 30
    searched = next(claim for claim in kinds.claims if claim.text == "2 k")
    assert formula_of(searched).startswith("such as twice(")
    assert any("such as" in line for line in details(searched))


def test_one_line_a_page(kinds: PageResult) -> None:
    lines = printed(lambda out: reporting.print_line(out, kinds))
    assert lines[0].startswith("kinds ")
    assert lines[0].endswith(" s")
    assert lines[1].startswith("  not as required: ")
    good = many(claim(1))
    assert len(printed(lambda out: reporting.print_line(out, good))) == 1


def test_verbose(run, book: Path) -> None:  # noqa: F811
    lines = run("verify", "--section", "derive").out.splitlines()
    assert [line.split()[0] for line in lines] == ["page", "base", "upper", "not"]
    assert lines[-1] == "not verified: only derive was run"
    text = run("verify", "-v", "--section", "derive").out
    assert text.count("log(p·q) = log(p) + log(q)") == 2
    assert "steps" in text
    assert len(run("verify", "base", "-vv").out) > len(run("verify", "base", "-v").out)
    done = run("verify", "--quiet", "--section", "derive")
    assert done.out == "not verified: only derive was run\n"


# --- lists and words ------------------------------------------------------------------------------


def test_list_by_chapter_and_by_words(run, book: Path) -> None:  # noqa: F811
    for file in book.iterdir():
        file.unlink()
    for number, label in ((101, "first"), (215, "second-thing"), (216, "third")):
        text = page(label, DERIVE, REFUTE).replace(
            'title="T"', f'title="All about {label} matters"'
        )
        (book / f"p{number}_{label.replace('-', '_')}.py").write_text(text)
    assert run("list").out.splitlines() == [
        "", "Chapter 1: The game",
        "first         All about first matters",
        "", "Chapter 2: The discriminator",
        "second-thing  All about second-thing matters",
        "third         All about third matters",
    ]  # fmt: skip
    assert run("list", "THING", "one is").out.splitlines()[-1].startswith("second-thing")
    done = run("list", "secnd-thing")
    assert (done.code, done.out) == (1, "")
    assert "did you mean second-thing?" in done.err
    data = json.loads(run("list", "third", "--json").out)
    assert [entry["chapter"] for entry in data["pages"]] == [{"number": 2, "title": TITLES[1]}]


def test_explain(run) -> None:  # noqa: F811
    assert run("explain", "witnesses").out.startswith("witnesses: Rational points")
    assert run("explain", "such_as").out.startswith("such_as: The first example")
    assert run("explain", "Proved").code == 0
    done = run("explain", "prooved")
    assert done.code == 2
    assert "did you mean proved?" in done.err
    every = " ".join(run("explain").out.split())
    assert every == ", ".join(meanings())


def test_two_sentences_a_word() -> None:
    for word, text in meanings().items():
        assert text.endswith("."), word
        assert 1 <= text.count(". ") + 1 <= 3, word


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("verify opt", {"plain,optimal-discriminator"}),
        ("show optimal", {"plain,optimal-discriminator"}),
        ("explain refu", {"plain,refute", "plain,refuted"}),
        ("list saturat", {"plain,saturation"}),
    ],
)
def test_the_shell_completes_labels_and_words(words: str, answers: set[str]) -> None:
    asked = {
        "_GANTHEORY_COMPLETE": "bash_complete",
        "COMP_CWORD": "2",
        "COMP_WORDS": f"gantheory {words}",
    }
    done = subprocess.run(
        COMMAND, env={**ENVIRONMENT, **asked}, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert answers <= set(done.stdout.splitlines())
