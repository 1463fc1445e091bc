"""The report in a browser: search, folding, keyboard, narrow windows, dark, print, accessibility."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("websocket", reason="websocket-client is not installed: see .ci/run")

from browser import Tab, browser, executable
from test_report import SVG, claim, page_result, result_of

from gantheory.book.planning import bundled
from gantheory.report import files_of, gathered, write_folder
from gantheory.verdicts import Verdict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(executable() is None, reason="there is no chromium"),
]

FAILED = "discriminator-uniqueness"
TOP = ["index.html", "graph.html", "bibliography.html", "errata.html", "words.html", "search.html"]
SOME = ["optimal-discriminator", "dirac-gan", "disjoint-supports", FAILED, "wgan-gp"]
PAGES = [*TOP, *(f"pages/{label}.html" for label in SOME)]
LONG = r" + ".join(rf"\frac{{{n}}}{{x^{{{n}}}}}" for n in range(1, 40))


def made() -> dict[str, str]:
    """The files of the whole book, with a claim that failed, one that is long, and drawings."""
    entries = list(bundled())
    results = [page_result(entry.page) for entry in entries if entry.page]
    for i, page in enumerate(results):
        if page.label == FAILED:
            bad = claim("bad", "check", verdict=Verdict.FAILED, as_required=False)
            long = claim("long", "derive", statement={"formula": "1/x", "formula_latex": LONG})
            results[i] = replace(page, claims=(*page.claims, bad, long))
    figures = {entry.label: SVG for entry in entries}
    return dict(files_of(gathered(result_of(results), entries, figures=figures)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("report") / "a report"  # with a space in its name
    write_folder(target, made().items())
    return target


@pytest.fixture(scope="module")
def tab_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with browser(tmp_path_factory.mktemp("browser")) as tab:
        yield tab


@pytest.fixture
def tab(tab_of_all: Tab) -> Tab:
    """The one tab, as wide and as light as at first."""
    tab_of_all.width(1280)
    tab_of_all.media()
    return tab_of_all


@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_alone_and_complains_of_nothing(tab: Tab, folder: Path, name: str) -> None:
    tab.open(folder / name)
    assert tab.complaints() == []
    own = folder.as_uri()
    assert [url for url in tab.requests() if not url.startswith(own)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_formula_has_a_size(tab: Tab, folder: Path, name: str) -> None:
    tab.open(folder / name)
    tab.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    sizes = tab.run(
        "Array.from(document.querySelectorAll('main math'), m => m.getBoundingClientRect())"
        ".map(r => [r.width, r.height])"
    )
    assert all(width > 2 and height > 4 for width, height in sizes)
    assert len(sizes) > 20 or name in (
        "words.html",
        "search.html",
        "graph.html",
        "bibliography.html",
    )


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("pixels", [360, 768])
def test_no_page_is_wider_than_the_window(tab: Tab, folder: Path, name: str, pixels: int) -> None:
    tab.width(pixels)
    tab.open(folder / name)
    tab.run("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert tab.run("document.documentElement.scrollWidth") <= pixels
    assert tab.run("document.body.scrollWidth") <= pixels


def test_a_wide_formula_scrolls_in_its_own_box_by_the_keyboard(tab: Tab, folder: Path) -> None:
    tab.width(360)
    tab.open(folder / f"pages/{FAILED}.html", hash_="#long")
    box = "document.querySelector('#long .formula')"
    tab.until(f"{box}.tabIndex === 0")
    tab.run(f"{box}.focus()")
    tab.key("ArrowRight", 39)
    assert tab.until(f"{box}.scrollLeft > 0")


# --- reading --------------------------------------------------------------------------------------


def test_the_first_tab_stop_skips_to_the_text(tab: Tab, folder: Path) -> None:
    tab.open(folder / "index.html")
    tab.key("Tab", 9)
    assert tab.run("document.activeElement.className") == "skip"
    assert tab.run("document.activeElement.getBoundingClientRect().left") >= 0
    tab.key("Enter", 13, "\r")
    assert tab.until("document.activeElement.id === 'main'")


def test_focus_is_visible(tab: Tab, folder: Path) -> None:
    tab.open(folder / "pages/optimal-discriminator.html")
    for _ in range(12):
        tab.key("Tab", 9)
        shown = tab.run(
            "(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2)"
            "(getComputedStyle(document.activeElement))"
        )
        assert shown or tab.run("document.activeElement.className") == "skip"


def test_evidence_is_unfolded_by_the_keyboard(tab: Tab, folder: Path) -> None:
    tab.open(folder / "pages/optimal-discriminator.html")
    part = "document.querySelector('.claim.good details')"
    assert tab.run(f"{part}.open") is False
    assert tab.run(f"{part}.querySelector('.evidence').checkVisibility()") is False
    tab.run(f"{part}.querySelector('summary').focus()")
    tab.key("Enter", 13, "\r")
    assert tab.until(f"{part}.open")
    assert tab.run(f"{part}.querySelector('.evidence').checkVisibility()") is True


def test_a_link_to_a_folded_claim_unfolds_it(tab: Tab, folder: Path) -> None:
    target = "optimal-discriminator-check-3"
    tab.open(folder / "pages/optimal-discriminator.html", hash_=f"#{target}")
    assert tab.until(f"document.getElementById('{target}').checkVisibility()")
    top = f"document.getElementById('{target}').getBoundingClientRect().top"
    assert tab.until(f"{top} > -5 && {top} < 900")


def test_what_failed_is_open(tab: Tab, folder: Path) -> None:
    tab.open(folder / f"pages/{FAILED}.html")
    assert tab.run("document.querySelector('#bad .evidence').checkVisibility()") is True
    assert tab.run("document.querySelector('.state').innerText").startswith("not verified")


def test_without_scripts_everything_can_be_read(tab: Tab, folder: Path) -> None:
    tab.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.open(folder / "pages/optimal-discriminator.html")
        found = tab.send("DOM.getDocument", depth=0)["root"]["nodeId"]
        button = tab.send("DOM.querySelector", nodeId=found, selector="#theme")["nodeId"]
        assert "hidden" in tab.send("DOM.getAttributes", nodeId=button)["attributes"]
        lists = tab.send("DOM.querySelectorAll", nodeId=found, selector="li.claim")["nodeIds"]
        assert len(lists) > 10
        tab.open(folder / "graph.html")
        found = tab.send("DOM.getDocument", depth=0)["root"]["nodeId"]
        assert tab.send("DOM.querySelector", nodeId=found, selector="dl.uses a")["nodeId"]
    finally:
        tab.send("Emulation.setScriptExecutionDisabled", value=False)


# --- colours and paper ----------------------------------------------------------------------------

GROUND = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 254, 251)", "rgb(21, 23, 27)"


def test_colours_follow_the_system_and_the_button_which_is_kept(tab: Tab, folder: Path) -> None:
    tab.open(folder / "index.html")
    assert tab.run(GROUND) == LIGHT
    tab.media(scheme="dark")
    assert tab.run(GROUND) == DARK
    button = "document.getElementById('theme')"
    try:
        tab.run(f"{button}.click()")  # light
        assert tab.run(GROUND) == LIGHT
        tab.open(folder / "pages/dirac-gan.html")
        assert tab.run(GROUND) == LIGHT
        assert tab.run(f"{button}.textContent") == "Colours: light"
        tab.media(scheme="light")
        tab.run(f"{button}.click()")  # dark
        assert tab.run(GROUND) == DARK
    finally:
        tab.run("localStorage.clear()")


def test_a_drawing_takes_the_colours_of_the_page(tab: Tab, folder: Path) -> None:
    tab.open(folder / "pages/dirac-gan.html")
    colour = "getComputedStyle(document.getElementById('figure_axes_1')).fill"
    assert tab.run(colour) == "rgb(9, 55, 170)"
    tab.media(scheme="dark")
    assert tab.run(colour) == "rgb(100, 167, 255)"


def test_print_has_folded_claims_and_no_furniture(tab: Tab, folder: Path) -> None:
    tab.media(kind="print", scheme="dark")
    tab.open(folder / "pages/optimal-discriminator.html")
    tab.run("window.dispatchEvent(new Event('beforeprint'))")
    for selector in ("header.site", ".onpage", ".neighbours", ".code"):
        assert tab.run(f"document.querySelector('{selector}').checkVisibility()") is False
    hidden = (
        "Array.from(document.querySelectorAll('.claim')).filter(c => !c.checkVisibility()).length"
    )
    assert tab.run(hidden) == 0
    tab.run("window.dispatchEvent(new Event('afterprint'))")
    assert tab.run("document.querySelectorAll('details.alike[open]').length") == 0
    assert tab.run(GROUND) == "rgb(255, 255, 255)"
    assert tab.run("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    colour = "getComputedStyle(document.getElementById('figure_axes_1')).fill"
    assert tab.run(colour) == "rgb(9, 55, 170)"
    assert len(tab.send("Page.printToPDF")["data"]) > 10_000


# --- the graph and the search ---------------------------------------------------------------------


def test_the_graph_shows_the_lines_of_the_box_that_has_the_focus(tab: Tab, folder: Path) -> None:
    tab.open(folder / "graph.html")
    tab.run("document.querySelector('.node[data-label=\"virtual-criterion\"]').focus()")
    lit = tab.run(
        "Array.from(document.querySelectorAll('.edge.lit')).map(e => [e.dataset.from, e.dataset.to])"
    )
    assert lit
    assert all("virtual-criterion" in pair for pair in lit)
    assert "rests on" in tab.run("document.getElementById('graph-info').textContent")
    tab.run("document.activeElement.blur()")
    assert tab.run("document.querySelectorAll('#graph.looking').length") == 0
    small = (
        "Array.from(document.querySelectorAll('.node')).filter(n => { "
        "const t = n.querySelector('text').getBBox(), r = n.querySelector('rect').getBBox(); "
        "return t.x < r.x || t.x + t.width > r.x + r.width; }).map(n => n.dataset.label)"
    )
    assert tab.run(small) == []


def found(tab: Tab) -> tuple[str, list[str]]:
    texts = tab.run("Array.from(document.querySelectorAll('#results li'), li => li.innerText)")
    return tab.run("document.getElementById('found').textContent"), texts


def test_the_search_finds_and_filters(tab: Tab, folder: Path) -> None:
    tab.open(folder / "search.html", query="?q=discriminator")
    said, texts = found(tab)
    assert said.endswith("claims found")
    assert any(text.startswith("D* = p/(p + q) maximises V") for text in texts)
    assert len(texts) == 50
    tab.run("document.getElementById('more').click()")
    assert len(found(tab)[1]) > 50
    assert tab.run("document.activeElement.closest('#results') !== null")
    tab.run(
        "var f = document.getElementById('search'); f.elements.section.value = 'refute';"
        "f.dispatchEvent(new Event('input', {bubbles: true}))"
    )
    tab.until("!document.getElementById('found').textContent.includes('50')")
    tab.until("document.querySelectorAll('#results li').length < 50")
    assert all("refute of" in text for text in found(tab)[1])


def test_the_search_by_verdict_and_source_and_its_links(tab: Tab, folder: Path) -> None:
    tab.open(folder / "search.html", query="?verdict=failed")
    said, [text] = found(tab)
    assert said == "0 theorems and 1 claim found"
    assert f"check of {FAILED}" in text
    tab.events.clear()
    tab.run("document.querySelector('#results a').click()")
    tab.wait_for("Page.loadEventFired")
    assert tab.until("document.getElementById('bad').checkVisibility()")
    tab.open(folder / "search.html", query="?source=lin1991")
    assert found(tab)[0].startswith(f"{sum('lin1991' in t.keys for t in theorems())} theorem")
    tab.open(folder / "search.html", query="?q=zzzz")
    assert found(tab) == ("0 theorems and 0 claims found", [])
    assert tab.run("document.getElementById('found').getAttribute('aria-live')") == "polite"


@cache
def theorems() -> tuple[Any, ...]:
    entries = list(bundled())
    results = result_of([page_result(entry.page) for entry in entries if entry.page])
    return gathered(results, entries).theorems


def test_the_box_in_the_head_searches(tab: Tab, folder: Path) -> None:
    tab.open(folder / "pages/dirac-gan.html")
    tab.run("document.getElementById('site-search').value = 'Jénsén'")
    tab.events.clear()
    tab.run("document.querySelector('header.site form').requestSubmit()")
    tab.wait_for("Page.loadEventFired")
    assert tab.run("document.getElementById('q').value") == "Jénsén"
    assert not found(tab)[0].startswith("0 theorems")


# --- accessibility --------------------------------------------------------------------------------


@cache
def axe() -> str:
    """The source of axe-core, which two packages carry."""
    for name in ("axe_playwright_python", "axe_core_python"):
        spec = find_spec(name)
        for place in (spec.submodule_search_locations or []) if spec else []:
            return Path(place, "axe.min.js").read_text(encoding="utf-8")
    pytest.skip("axe-core is not installed: see .ci/run")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_serious_fault(tab: Tab, folder: Path, name: str, scheme: str) -> None:
    tab.media(scheme=scheme)
    tab.open(folder / name, query="?q=jensen" if name == "search.html" else "")
    tab.run("document.querySelectorAll('.claim details').forEach(d => { d.open = true; })")
    assert serious(tab) == []


def serious(tab: Tab) -> list[Any]:
    tab.run(axe() + "; 0")
    faults = json.loads(tab.run("axe.run().then(found => JSON.stringify(found.violations))"))
    return [
        (fault["id"], [node["html"][:200] for node in fault["nodes"][:3]])
        for fault in faults
        if fault["impact"] in ("serious", "critical")
    ]


def test_axe_sees_a_fault(tab: Tab, folder: Path) -> None:
    tab.open(folder / "words.html")
    tab.run("document.querySelector('h1').style.color = '#cccccc'")
    assert [name for name, _ in serious(tab)] == ["color-contrast"]
