"""A run as JUnit XML: what fails there is what is not verified, with both numbers."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from click.testing import CliRunner
from test_report import HOSTILE, MINE, claim, result_of

from gantheory.book.junit import as_junit
from gantheory.book.results import BookResult, PageResult, settle
from gantheory.cli import cli
from gantheory.verdicts import Verdict


def page(*claims: object, label: str = "one", uses: tuple[str, ...] = ()) -> PageResult:
    return PageResult(label, "$x$ & more", "", "p1.py", uses, 1.25, claims)  # type: ignore[arg-type]


def read(result: BookResult) -> Element:
    return ElementTree.fromstring(as_junit(result).encode())


def outcomes(root: Element) -> dict[str, str]:
    """Each case by its name: "passed", "failure" or "error"."""
    return {
        str(case.get("name")): next((child.tag for child in case), "passed")
        for case in root.iter("testcase")
    }


def counts(element: Element) -> list[str | None]:
    return [element.get(name) for name in ("tests", "failures", "errors")]


def test_a_verified_run_has_no_failure() -> None:
    root = read(result_of([page(claim("one/derive-1", "derive"), claim("slug", "refute"))]))
    assert outcomes(root) == {"one/derive-1: a claim": "passed", "slug: a claim": "passed"}
    [suite] = root
    assert counts(root) == counts(suite) == ["2", "0", "0"]
    assert (suite.get("name"), suite.get("time")) == ("one", "1.250")
    properties = {e.get("name"): e.get("value") for e in suite.iter("property")}
    assert properties == {"title": "x & more", "file": "p1.py", "version": "0.0", "seed": "7"}
    assert [case.get("classname") for case in suite.iter("testcase")] == [
        "one.derive",
        "one.refute",
    ]


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.UNDECIDED, Verdict.SUPPORTED])
def test_a_failure_has_both_numbers(verdict: Verdict) -> None:
    bad = claim("one/check-1", "check", verdict=verdict, as_required=False)
    root = read(result_of([page(bad, claim("one/check-2", "check"))]))
    assert outcomes(root) == {"one/check-1: a claim": "failure", "one/check-2: a claim": "passed"}
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("type") == verdict
    assert failure.get("message") == f"{verdict}: p + q = q + p, for p, q_1 > 0"
    assert "left: JSD(p, q) = 1.5 ± 1.0e-12, by panels" in str(failure.text)
    assert "right: JSD(q, p) = 2.5 ± 2.0e-12, by balls" in str(failure.text)
    assert counts(root) == ["2", "1", "0"]


def test_an_error_is_an_error() -> None:
    bad = claim("one/check-1", "check", verdict=Verdict.ERROR, as_required=False, statement={})
    root = read(result_of([page(bad)]))
    assert counts(root) == ["1", "0", "1"]


def test_every_run_that_is_not_verified_has_a_failure() -> None:
    good = claim("one/check-1", "check")
    bad = claim("one/check-1", "check", verdict=Verdict.FAILED, as_required=False)
    nothing = [page()]
    premise = [page(bad), page(good, label="two", uses=("one",))]
    for result in (result_of(nothing), result_of(premise), result_of([])):
        assert not result.verified
        assert read(result).get("failures") != "0"
    root = read(result_of(premise))
    assert [s.get("failures") for s in root] == ["1", "1"]
    assert "rests on one, which is not verified" in as_junit(result_of(premise))
    part = BookResult(settle([page(good)], whole=False), "0", 0, ("check",))
    root = read(part)
    assert outcomes(root) == {
        "one/check-1: a claim": "passed",
        "every section of every page was run": "failure",
    }


def test_hostile_text_is_xml() -> None:
    bad = claim(HOSTILE, "check", HOSTILE, verdict=Verdict.FAILED, as_required=False)
    root = read(result_of([PageResult(HOSTILE, HOSTILE, "", HOSTILE + "\ud800", (), 1.0, (bad,))]))
    assert counts(root) == ["1", "1", "0"]


def test_verify_writes_it(tmp_path: Path) -> None:
    file, out = tmp_path / "p99_mine.py", tmp_path / "run.xml"
    file.write_text(MINE.replace("SLOPE", "3 * x"), encoding="utf-8")
    done = CliRunner().invoke(
        cli, ["verify", "--quiet", "--junit", str(out), str(file)], standalone_mode=False
    )
    assert done.return_value == 1
    root = ElementTree.parse(out).getroot()
    assert outcomes(root) == {
        "mine/derive-1: the slope": "failure",
        "mine/refute-1: a factor lost": "passed",
    }
    done = CliRunner().invoke(
        cli,
        ["verify", "--junit", str(tmp_path / "no" / "run.xml"), str(file)],
        standalone_mode=False,
    )
    assert "cannot be written" in str(done.exception)
