"""The pages' own sections refute false variants of them.

A variant is killed when a claim of it comes out `failed` where the page needs it confirmed: one that is
merely undecided, or a page that breaks, is no kill. Of each page a sample is tried, the same at each
run; what survives is listed with the reason. The unchanged pages are the positive control: `.ci/run`
verifies the whole book as it is installed.
"""

from __future__ import annotations

from pathlib import Path
from zlib import crc32

import pytest
from thinning import every
from variants import Variant, found, variants

from gantheory.book import shelf

SAMPLE = 6
SURVIVORS: dict[str, str] = {}
"""Variants of the samples that are not refuted, with the reason."""

PAGES = sorted(shelf().glob("p[0-9]*.py"))


def sample(page: Path) -> list[Variant]:
    """Return the variants whose names have the smallest checksums: they hang on no order."""
    by_name = {one.name: one for one in variants(page)}
    return [by_name[name] for name in sorted(by_name, key=lambda name: crc32(name.encode()))][
        :SAMPLE
    ]


@pytest.mark.parametrize("page", every(9, PAGES), ids=lambda page: page.stem)
def test_variants_are_refuted(page: Path) -> None:
    outcomes = {one.name: found(one) for one in sample(page)}
    alive = {name: outcome for name, outcome in outcomes.items() if outcome != "refuted"}
    assert set(alive) == set(SURVIVORS) & set(outcomes), alive


def test_a_page_has_many_variants() -> None:
    assert min(len({one.name for one in variants(page)}) for page in PAGES) >= 40


def test_survivors_belong_to_the_samples() -> None:
    assert set(SURVIVORS) <= {one.name for page in PAGES for one in sample(page)}


PAGE = """
from gantheory.theorems import equal, at_most
import sympy as sp
p, q = sp.symbols("p q", positive=True)
STAR = p / (p + q)
def derive():
    yield equal("a", STAR, 1 / (1 + q / p))
    yield at_most("b", STAR, 1)
"""


def test_what_is_changed(tmp_path: Path) -> None:
    page = tmp_path / "p01_example.py"
    page.write_text(PAGE, encoding="utf-8")
    outcomes = {one.name: found(one) for one in variants(page)}
    for change in (
        "p / (p + q), p and q exchanged",
        "p + q -> p - q",
        "p + q -> q",
        "q / p -> q * p",
        "1 + q / p -> q / p",
        "STAR is at_least 1",
        "1 -> 2",
    ):
        assert f"p01: {change}" in outcomes
    assert outcomes["p01: p / (p + q), p and q exchanged"] == "refuted"
    assert outcomes["p01: STAR is at_least 1"] == "refuted"


def test_the_layout_of_a_page_does_not_matter(tmp_path: Path) -> None:
    page, same = tmp_path / "p01_example.py", tmp_path / "p01_same.py"
    page.write_text(PAGE, encoding="utf-8")
    spread = PAGE.replace(", 1 / (1 + q / p))", ",\n        1\n        / (1 + q / p),\n    )")
    same.write_text(spread, encoding="utf-8")
    assert [one.name for one in variants(page)] == [one.name for one in variants(same)]
