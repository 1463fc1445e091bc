"""The pages' own sections refute every false variant of them, and accept the pages as they are.

A variant is a page with one piece of text exchanged. It is killed when a claim of the copy comes out
`failed` where the page needs it confirmed: a claim that is merely undecided, or a page that breaks,
is no kill. The unchanged pages are the positive control, without which the catalogue proves nothing:
`.ci/run` verifies the whole book as it is installed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from false_variants import VARIANTS, Variant

import gantheory
from gantheory.book import shelf

CONFIRMING = ("derive", "certify", "check", "search")


def variant_of(variant: Variant, folder: Path) -> Path:
    """Write the copy of the page with the variant in it."""
    text = (shelf() / variant.page).read_text(encoding="utf-8")
    assert text.count(variant.old) == 1, f"{variant.old!r} occurs {text.count(variant.old)} times"
    assert variant.old != variant.new
    # the copy stands alone: what it uses, and what it covers elsewhere, is not verified with it
    text = re.sub(r"uses=\([^)]*\)", "uses=()", text.replace(variant.old, variant.new))
    copy = folder / variant.page
    copy.write_text(text, encoding="utf-8")
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.name)
def test_variant_is_refuted(variant: Variant, tmp_path: Path) -> None:
    copy = variant_of(variant, tmp_path)
    result = gantheory.verify([str(copy)], sections=[variant.section])
    claims = [claim for page in result.pages for claim in page.claims]
    killed = [c for c in claims if c.section in CONFIRMING and c.verdict == "failed"]
    assert killed, [(c.section, c.verdict, c.text, c.evidence) for c in claims if not c.as_required]
    assert all(c.evidence.get("counterexample") for c in killed)
    assert not result.ok


def test_catalogue_is_large_and_varied() -> None:
    assert len(VARIANTS) >= 40
    assert len({v.name for v in VARIANTS}) == len(VARIANTS)
    assert len({(v.page, v.old, v.new) for v in VARIANTS}) == len(VARIANTS)
    assert {v.page for v in VARIANTS} == {p.name for p in shelf().glob("p[0-9]*.py")}
    assert {v.section for v in VARIANTS} == set(CONFIRMING)
