"""A run as JUnit XML, which continuous integration reads: a suite a page, a case a claim."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from gantheory.book.prose import plain
from gantheory.book.results import BookResult, ClaimResult, PageResult, listed
from gantheory.book.wording import details, formula_of, visible
from gantheory.verdicts import Verdict

_FORBIDDEN = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(result: BookResult) -> str:
    """Return the run as one XML document; it has a failure or an error iff the run is not verified.

    A claim that is not as required is a failure, with both numbers, and an error if its verdict is
    "error". A page that claims nothing, or rests on one that is not verified, has a case that says so.
    """
    root = Element("testsuites", name="gantheory")
    for page in result.pages:
        _add_page(root, page, result)
    if not result.pages or not result.whole:
        suite = SubElement(root, "testsuite", name="run")
        _add_case(suite, "run", "every section of every page was run", result.conclusion)
    for suite in root:
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _count(element: Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for name in ("failure", "error"):
        found = sum(case.find(name) is not None for case in cases)
        element.set(f"{name}s", str(found))


def _add_page(root: Element, page: PageResult, result: BookResult) -> None:
    suite = SubElement(root, "testsuite", name=_legal(page.label), time=f"{page.seconds:.3f}")
    properties = SubElement(suite, "properties")
    for name, value in (
        ("title", plain(page.title)),
        ("file", page.file),
        ("version", result.version),
        ("seed", str(result.seed)),
    ):
        SubElement(properties, "property", name=name, value=_legal(value))
    for claim in page.claims:
        _add_claim(suite, page, claim)
    for problem in _of_page(page, result):
        _add_case(suite, f"{_legal(page.label)}.page", "the page is verified", problem)


def _of_page(page: PageResult, result: BookResult) -> Iterator[str]:
    """Yield why a page is not verified whose claims are all as required."""
    if not page.claims:
        yield "the page claims nothing"
    fallen = [p.label for p in result.pages if not p.verified and p.label in page.uses]
    if fallen and result.whole:
        yield f"it rests on {listed(fallen)}, which is not verified"


def _add_case(suite: Element, place: str, name: str, problem: str) -> None:
    case = SubElement(suite, "testcase", classname=place, name=name)
    SubElement(case, "failure", message=_legal(problem))


def _add_claim(suite: Element, page: PageResult, claim: ClaimResult) -> None:
    place = _legal(f"{page.label}.{claim.section}")
    case = SubElement(
        suite, "testcase", classname=place, name=_legal(f"{claim.label}: {claim.text}")
    )
    if claim.as_required:
        return
    kind = "error" if claim.verdict is Verdict.ERROR else "failure"
    formula = formula_of(claim)
    message = f"{claim.verdict}: {formula or claim.text}"
    problem = SubElement(case, kind, type=str(claim.verdict), message=_legal(message))
    problem.text = _legal("\n".join([formula, *details(claim, whole=True)]))


def _legal(text: str) -> str:
    """Return the text with what XML cannot hold written out."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", visible(text))
