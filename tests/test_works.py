"""The literature: every entry of works.bib, and how pages cite it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gantheory.book import bundled_folder, page_files, read_page
from gantheory.book.showing import as_bibtex
from gantheory.book.works import Work, cited, find_work, known_works, read_works
from gantheory.errors import PageError

NUMBERS = {"doi": r"10\.\d{4,9}/[^\s{}]+", "eprint": r"\d{4}\.\d{4,5}"}


@pytest.mark.parametrize("key", known_works())
def test_every_work_says_who_wrote_what_when(key: str) -> None:
    fields = known_works()[key].fields
    assert fields["author"]
    assert fields["title"]
    assert re.fullmatch(r"\d{4}|n\.d\.", fields["year"])
    assert fields.get("eprinttype", "arxiv") == "arxiv"
    assert ("eprint" in fields) == ("eprinttype" in fields)
    numbered = [name for name in NUMBERS if name in fields]
    assert all(re.fullmatch(NUMBERS[name], fields[name]) for name in numbered)
    assert re.fullmatch(r"[a-z]+(\d{4}[a-z]*)?", key)
    assert re.fullmatch(r"[^{}\\]+", known_works()[key].cited_as)


def test_entries_stand_in_the_order_of_their_keys() -> None:
    assert list(known_works()) == sorted(known_works())


def test_every_citation_of_the_book_is_known() -> None:
    for path in [bundled_folder() / "_template.py", *page_files(bundled_folder())]:
        cited(read_page(path))


def test_every_work_is_cited() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in page_files(bundled_folder()))
    assert [key for key in known_works() if f"@{key}" not in text] == []


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("goodfellow2014", "Goodfellow et al. (2014)"),
        ("endres2003", "Endres and Schindelin (2003)"),
        ("osterreicher2003", "Österreicher and Vajda (2003)"),
        ("fuglede2004", "Fuglede and Topsøe (2004)"),
        ("roysdon", "Roysdon"),
        ("annotated2017", "“An Annotated Proof” (2017)"),
        ("nipsnotes", "“Notes on a Paper of NIPS 2014”"),
    ],
)
def test_a_work_is_cited_by_its_authors(key: str, words: str) -> None:
    assert find_work(key).cited_as == words


def test_bibitem() -> None:
    assert find_work("endres2003").bibitem.splitlines() == [
        r"\bibitem{endres2003}",
        "Dominik M. Endres and Johannes E. Schindelin.",
        "A New Metric for Probability Distributions.",
        r"\emph{IEEE Transactions on Information Theory}, 49(7), pages~1858--1860, 2003.",
        r"doi:\,\texttt{10.1109/TIT.2003.813506}.",
    ]
    assert r"L{\'e}on Bottou" in find_work("arjovsky2017principled").bibitem
    assert find_work("lu2018").bibitem.splitlines()[1] == (
        "Haihao Lu, Robert M. Freund and Yurii Nesterov."
    )


def test_a_doi_with_a_line_below_is_set_as_it_stands() -> None:
    fields = {"author": "A. B.", "title": "C", "year": "1999", "doi": "10.1000/a_b"}
    assert r"doi:\,\texttt{10.1000/a\_b}." in Work("b1999", fields, "").bibitem


def test_an_unknown_work_is_refused() -> None:
    with pytest.raises(PageError, match=r"works\.bib; did you mean lin1991\?"):
        find_work("lin1919")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("@misc{a, author = {A}, year = {1}}", "a has no title"),
        ("@misc{a, title = {A}}\n\n@misc{a, title = {B}}", "line 3: .*[Dd]uplicate"),
        ("@misc{a, title = {A}", "line 1"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "works.bib"
    file.write_text(text)
    with pytest.raises(PageError, match=message):
        read_works(file)


def test_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PageError, match="cannot be read"):
        read_works(tmp_path / "works.bib")


def test_all_works_as_bibtex_are_the_file_again() -> None:
    text = (bundled_folder() / "works.bib").read_text(encoding="utf-8")
    assert as_bibtex().split() == text.split()
