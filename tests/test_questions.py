"""docs/questions.md: three lines for each question, and pages that are in the book."""

import math
import re
from pathlib import Path

import pytest

from gantheory import testing
from gantheory.book.reading import bundled_folder, read_page

TEXT = (Path(__file__).parent.parent / "docs" / "questions.md").read_text(encoding="utf-8")
ANSWERS = dict(re.findall(r"^### (.+)\n\n((?:.+\n)+\nPages: .+)$", TEXT, re.M))
LINK = re.compile(r"\[([a-z0-9-]+)\]\(\.\./proofs/(p\w+\.py)\)")


def test_every_question_has_an_answer():
    assert len(ANSWERS) == TEXT.count("\n### ") >= 25


@pytest.mark.parametrize("question", ANSWERS)
def test_an_answer_is_short_and_names_pages_of_the_book(question):
    answer, pages = ANSWERS[question].split("\n\nPages: ")
    assert len(answer.splitlines()) <= 3
    assert all(len(line) <= 115 for line in answer.splitlines())
    links = LINK.findall(pages)
    assert len(links) == pages.count("](")
    assert links
    for label, file in links:
        assert read_page(bundled_folder() / file).label == label


def test_numbers_and_names_in_it():
    """0.69, 1.39, one sample in 90; and functions that are there."""
    assert "0.69, or 1.39" in TEXT
    assert "−1.386" in TEXT
    assert [round(math.log(n), 2) for n in (2, 4)] == [0.69, 1.39]
    assert round(math.log(4), 3) == 1.386
    assert round(math.exp(9 / 2)) == 90
    for name in re.findall(r"`(assert_\w+)`", TEXT):
        assert hasattr(testing, name)
