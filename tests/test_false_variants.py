"""The pages' own sections catch false variants of them.

A variant is caught when a claim of it is `failed`, or decides nothing, so that the page is not verified;
a page that breaks catches nothing. Of each page a sample is judged, the same at each run; what lives is
listed in false_variants/survivors.toml with the reason. The unchanged pages are the positive control:
`.ci/run` verifies the whole book as it is installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from false_variants.__main__ import main, table
from false_variants.changes import variants
from false_variants.judging import (
    LIVES,
    PAGES,
    REFUTED,
    SAMPLE,
    SENSELESS,
    TRUE,
    UNDECIDED,
    in_order,
    judged_all,
    judged_sample,
    reasons,
)
from thinning import fast_if

from gantheory.book import read_page

# quick ones, of different chapters
FAST = ("log-loss-terms", "c-of-unnormalised-measures", "loss-values-at-equilibrium")


@pytest.mark.parametrize(
    "page", fast_if(lambda page: read_page(page).label in FAST, PAGES), ids=lambda page: page.stem
)
def test_variants_are_caught(page: Path) -> None:
    outcomes = judged_sample(page)
    alive = {name for name, outcome in outcomes.items() if outcome == LIVES}
    # one that a search catches by a rare example may live in another process: Hypothesis also draws the
    # constants of the modules that happen to be loaded
    assert alive <= set(reasons().get(read_page(page).label, {}))
    assert len(outcomes) == SAMPLE


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    return {read_page(page).label: {one.name for one in variants(page)} for page in PAGES}


def test_pages_have_many_variants(names: dict[str, set[str]]) -> None:
    assert set(FAST) <= set(names)
    assert {label: len(found) for label, found in names.items() if len(found) < 12} == {}
    assert sum(map(len, names.values())) >= 4000


def test_what_lives_exists_and_has_a_reason(names: dict[str, set[str]]) -> None:
    listed = {(label, name): why for label, whys in reasons().items() for name, why in whys.items()}
    assert [one for one in listed if one[1] not in names.get(one[0], ())] == []
    assert [one for one, why in listed.items() if not why] == []


# --- one small page -------------------------------------------------------------------------------

PAGE = '''"""An example.

Statement
---------
D* = p / (p + q).

Source    Goodfellow et al. (2014), Proposition 1.
"""

import sympy as sp

from gantheory.theorems import Theorem, at_most, equal

theorem = Theorem(label="example", title="D*")
p, q = sp.symbols("p q", positive=True)
STAR = p / (p + q)


def derive():
    yield equal("D*", STAR, 1 / (1 + q / p))
    yield at_most("bound", STAR - 1, 0)


def refute():
    yield equal("p for q", STAR, q / (p + q))
'''


def written(folder: Path, text: str) -> Path:
    page = folder / "p999_example.py"
    page.write_text(text, encoding="utf-8")
    return page


def test_what_is_changed(tmp_path: Path) -> None:
    outcomes = judged_all(written(tmp_path, PAGE))
    assert outcomes == {
        "STAR: p / (p + q) -> p * (p + q)": REFUTED,
        "STAR: p / (p + q) -> p": REFUTED,
        "STAR: p / (p + q) -> p + q": REFUTED,
        "STAR: p + q -> p - q": REFUTED,
        "STAR: p + q -> p": REFUTED,
        "STAR: p + q -> q": REFUTED,
        "STAR: p / (p + q), p and q exchanged": REFUTED,
        "D*: 1 / (1 + q / p) -> 1 * (1 + q / p)": REFUTED,
        "D*: 1 / (1 + q / p) -> 1": REFUTED,
        "D*: 1 / (1 + q / p) -> 1 + q / p": REFUTED,
        "D*: 1 -> 2": REFUTED,
        "D*: 1 + q / p -> 1 - q / p": REFUTED,
        "D*: 1 + q / p -> 1": SENSELESS,  # 1 / 1 is a float
        "D*: 1 + q / p -> q / p": REFUTED,
        "D*: 1 -> 2 (2)": REFUTED,
        "D*: q / p -> q * p": REFUTED,
        "D*: q / p -> q": REFUTED,
        "D*: q / p -> p": REFUTED,
        "D*: 1 / (1 + q / p), p and q exchanged": REFUTED,
        "bound: at_most -> at_least": REFUTED,
        "bound: STAR - 1 -> STAR + 1": REFUTED,
        "bound: STAR - 1 -> STAR": REFUTED,
        "bound: STAR - 1 -> 1": REFUTED,
        "bound: 1 -> 2": TRUE,  # weaker
        "bound: 0 -> -1": REFUTED,
    }


def with_claim(folder: Path, sides: str) -> dict[str, str]:
    """What becomes of the variants of the page with other sides of its first claim."""
    return judged_all(written(folder, PAGE.replace("STAR, 1 / (1 + q / p)", sides)))


def test_a_claim_of_nothing_lets_variants_live(tmp_path: Path) -> None:
    outcomes = with_claim(tmp_path, "STAR / (1 + STAR), 1 - 1 / (1 + STAR)")
    assert outcomes["STAR: p / (p + q), p and q exchanged"] == LIVES
    assert '[example]\n"STAR: p' in table(tmp_path / "p999_example.py", outcomes)


def test_what_changes_nothing_is_true(tmp_path: Path) -> None:
    outcomes = with_claim(tmp_path, "STAR, 1 / (1 + sp.S.One * q / p)")
    assert outcomes["D*: sp.S.One * q -> q"] == TRUE
    assert outcomes["D*: sp.S.One * q / p -> sp.S.One * q * p"] == REFUTED


@pytest.mark.parametrize("broken", ["sp.nothing(2)", "2 * sp.nan", "[q, p]"])
def test_a_page_that_breaks_catches_nothing(tmp_path: Path, broken: str) -> None:
    outcomes = with_claim(tmp_path, f"STAR, 2 + {broken}")
    assert outcomes[f"D*: 2 + {broken} -> 2 - {broken}"] == SENSELESS


def test_what_decides_nothing_is_told_apart(tmp_path: Path) -> None:
    outcomes = with_claim(tmp_path, "1 / STAR, 2 - 1 + q / p")
    assert outcomes["D*: 2 - 1 -> 2"] == REFUTED
    outcomes = with_claim(tmp_path, "STAR, 1 * STAR")
    assert outcomes["D*: 1 * STAR -> STAR"] == UNDECIDED


def test_the_layout_of_a_page_does_not_matter(tmp_path: Path) -> None:
    spread = PAGE.replace(", 1 / (1 + q / p))", ",\n        1\n        / (1 + (q) / p),\n    )")
    there = [one.name for one in in_order(written(tmp_path, PAGE))]
    assert [one.name for one in in_order(written(tmp_path, spread))] == there


def test_the_command_knows_labels(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["saturaton"])
    assert "no page is called saturaton: `gantheory list` shows" in capsys.readouterr().err
