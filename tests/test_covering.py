"""The book states the whole theory, and corrects what texts get wrong."""

from __future__ import annotations

import ast
import runpy
from collections import Counter
from itertools import chain

import pytest
from covering import DOCUMENT, carriers, corrections, document, the_book, theory

from gantheory.book import Page
from gantheory.book.errata import errata_by_text
from gantheory.verdicts import Verdict

PAGES = the_book()
SOURCES = {"ramasinghe", "annotated2017", "nipsnotes", "roysdon"}


def test_every_claim_of_the_theory_is_on_a_page() -> None:
    listed = list(chain.from_iterable(theory().values()))
    assert [label for label in listed if label not in carriers(PAGES)] == []
    assert len(listed) == len(set(listed))


def test_no_two_pages_state_the_same() -> None:
    counts = Counter(label for page in PAGES for label in page.covers)
    assert [label for label, count in counts.items() if count > 1] == []


def test_every_correction_is_refuted_on_a_page_that_names_the_text() -> None:
    carried, found = carriers(PAGES), errata_by_text(PAGES)
    for key, labels in corrections().items():
        for label in labels:
            assert carried[label].label in {one.label for one in found[key]}, (label, key)


def test_texts_in_use_are_corrected() -> None:
    beside = set(errata_by_text(PAGES)) - SOURCES
    assert len(beside) >= 17
    assert set(corrections()) == beside | SOURCES


def missing(pages: list[Page], named: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Texts and pages with more sentences about the one on the other than refutations."""
    carried, found = carriers(pages), errata_by_text(pages)
    sentences = Counter((key, one.label) for key in found for one in found[key])
    owners = [(key, carried.get(label)) for key, labels in named.items() for label in labels]
    refuted = Counter((key, page.label) for key, page in owners if page)
    return sorted(one for one, count in sentences.items() if refuted[one] < count)


def test_each_erratum_of_texts_beside_the_sources_has_its_refutation() -> None:
    assert [one for one in missing(PAGES, corrections()) if one[0] not in SOURCES] == []


@pytest.mark.parametrize("key", sorted(set(corrections()) - SOURCES))
def test_an_erratum_whose_refutation_is_dropped_is_missed(key: str) -> None:
    named = corrections()
    named[key] = named[key][:-1]
    assert key in {text for text, _ in missing(PAGES, named)}


def refuting(page: Page) -> set[object]:
    """The constants in the page's section `refute`, among which are the labels of its claims."""
    body = ast.parse(page.path.read_text(encoding="utf-8")).body
    section = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == "refute"]
    nodes = chain.from_iterable(map(ast.walk, section))
    return {one.value for one in nodes if isinstance(one, ast.Constant)}


@pytest.mark.parametrize("key", sorted(corrections()))
def test_corrections_stand_among_the_refutations_of_their_pages(key: str) -> None:
    carried = carriers(PAGES)
    assert [x for x in corrections()[key] if x not in refuting(carried[x])] == []


def beside_the_sources() -> dict[str, set[str]]:
    """The labels of refutations of the other texts, by the names of the files they stand in."""
    carried = carriers(PAGES)
    files: dict[str, set[str]] = {}
    for key in set(corrections()) - SOURCES:
        for label in corrections()[key]:
            files.setdefault(carried[label].path.name, set()).add(label)
    return files


@pytest.mark.parametrize("name", sorted(beside_the_sources()))
def test_errata_of_other_texts_are_refuted_by_a_counterexample(name: str) -> None:
    path = next(page.path for page in PAGES if page.path.name == name)
    found = {one.label: one for one in runpy.run_path(str(path))["refute"]()}
    for label in beside_the_sources()[name]:
        assert found[label].verdict is Verdict.FAILED, label
        assert found[label].evidence["counterexample"], label


def test_the_document_is_of_these_pages() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(PAGES)
