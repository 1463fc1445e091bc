"""The book states the whole theory, and corrects what texts get wrong."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from covering import DOCUMENT, carriers, corrections, document, the_book, theory

from gantheory.book.errata import errata_by_text

PAGES = the_book()


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
    beside = set(errata_by_text(PAGES)) - {"ramasinghe", "annotated2017", "nipsnotes", "roysdon"}
    assert len(beside) >= 8


def test_the_document_is_of_these_pages() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(PAGES)
