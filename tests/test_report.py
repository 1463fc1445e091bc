"""The book as a folder of HTML: strict, whole, the same bytes, and honest of what is not verified."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest
from click.testing import CliRunner

from gantheory.book import bundled_folder
from gantheory.book.planning import bundled, plan
from gantheory.book.reading import SECTIONS, Page
from gantheory.book.results import BookResult, ClaimResult, PageResult, settle
from gantheory.book.saved import changes, read_result
from gantheory.book.showing import HEADINGS
from gantheory.book.words import meanings
from gantheory.book.works import known_works
from gantheory.cli import cli
from gantheory.errors import PageError
from gantheory.figures.inline import inlined, palette
from gantheory.report import Report, files_of, gathered, require_folder, write_folder
from gantheory.report.claims import shown
from gantheory.report.folder import MANIFEST
from gantheory.report.fragments import theorem_body
from gantheory.report.links import Links, anchors, page_file
from gantheory.report.making import style_sheet
from gantheory.report.prose import AS_TEXT, html_of
from gantheory.report.search import index_script
from gantheory.verdicts import Verdict

HOSTILE = '</script><script>alert("1")</script> & <b> \' " \x1b[31m \u202e'
STATEMENT = {
    "formula": "p + q = q + p",
    "formula_latex": r"p + q = \frac{q}{1} + p",
    "lhs": "p + q",
    "relation": "=",
    "rhs": "q + p",
    "lhs_latex": "p + q",
    "rhs_latex": "q + p",
    "range": "p, q_1 > 0",
}
NUMBERS = {
    "relation": "=",
    "lhs": {"value": 1.5, "error": 1e-12, "kind": "estimated", "call": "JSD(p, q)"},
    "rhs": {"value": 2.5, "error": 2e-12, "kind": "estimated", "call": "JSD(q, p)"},
    "difference": 1.0,
    "bound": 3e-12,
    "tolerance": 1e-9,
    "routes": {"lhs": [["panels", "a"]], "rhs": [["balls", "b"]]},
}
WITNESSES = {"witnesses": [{"p": "1/3", "q": "2"}, {"p": "1/5", "q": "3"}]}
VERDICTS = {  # by section: what is required, with its evidence
    "derive": (Verdict.PROVED, WITNESSES),
    "certify": (Verdict.ENCLOSED, NUMBERS),
    "check": (Verdict.HOLDS, NUMBERS),
    "search": (
        Verdict.SURVIVED,
        {"examples": 200, "such_as": {"formula": "1 < 2", "example": "1"}},
    ),
    "simulate": (Verdict.HOLDS, NUMBERS),
    "refute": (Verdict.REFUTED, {"counterexample": {"p": "1/7", "lhs": "1", "rhs": "2"}}),
}


def claim(label: str, section: str, text: str = "a claim", **changed: Any) -> ClaimResult:
    verdict, evidence = VERDICTS[section]
    made = ClaimResult(label, section, text, verdict, True, dict(evidence), STATEMENT)
    return replace(made, **changed)


def page_result(page: Page, **changed: Any) -> PageResult:
    """A result in which every section of the page has claims that are alike, and its slugs are there."""
    sections = [name for name in page.sections if name != "figure"]
    claims = [
        claim(f"{page.label}/{section}-{i}", section) for section in sections for i in range(1, 4)
    ]
    claims += [claim(slug, sections[0], f"of {slug}") for slug in page.covers]
    source = " ".join(page.source.split())
    made = PageResult(page.label, page.title, source, page.file, page.uses, 1.5, tuple(claims))
    return replace(made, **changed)


def result_of(pages: list[PageResult], **changed: Any) -> BookResult:
    return BookResult(settle(pages), "0.0", 7, SECTIONS, **changed)


SVG = (
    '<?xml version="1.0"?>\n<!DOCTYPE svg>\n<svg xmlns="http://www.w3.org/2000/svg" width="9pt" '
    'viewBox="0 0 9 9"><metadata><a/></metadata><defs><style>*{x: y}</style><path id="p1"/></defs>'
    '<g id="axes_1" style="fill: #0937aa"><path clip-path="url(#p1)" '
    'style="fill: #849bd4; stroke: #000000"/></g></svg>'
)


@cache
def book() -> Report:
    """The whole book as if it had been run, each page with the same drawing."""
    entries = list(bundled())
    result = result_of([page_result(entry.page) for entry in entries if entry.page])
    return gathered(result, entries, figures={entry.label: SVG for entry in entries})


@cache
def files() -> dict[str, str]:
    return dict(files_of(book()))


@cache
def tree_of(name: str) -> Element:
    return parse(files()[name])


class Scanner(HTMLParser):
    """Every element with its attributes, in order: quicker than a tree."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))


@cache
def scanned() -> dict[str, list[tuple[str, dict[str, str]]]]:
    return {n: Scanner(text).elements for n, text in files().items() if n.endswith(".html")}


def parse(text: str) -> Element:
    """The tree of a page; html5lib raises at the first fault of its HTML."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return parser.parse(text)


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def with_class(tree: Element, name: str) -> list[Element]:
    return [e for e in tree.iter() if name in (e.get("class") or "").split()]


def of_claims(result: BookResult) -> dict[str, str]:
    """The files of a report of pages without files."""
    return dict(files_of(gathered(result, [])))


# --- the folder as a whole ------------------------------------------------------------------------


def test_pages_are_strict_html() -> None:
    assert len(scanned()) == 6 + len(list(bundled()))
    for name in [n for n in scanned() if "/" not in n] + sorted(scanned())[::12]:
        assert tree_of(name).find(".//main") is not None


def test_the_strict_reader_sees_a_fault() -> None:
    with pytest.raises(html5lib.html5parser.ParseError):
        parse(files()["words.html"].replace("</h1>", "</h2>", 1))


def ids(name: str) -> list[str]:
    return [attributes["id"] for _, attributes in scanned()[name] if "id" in attributes]


def test_every_id_is_there_once_and_every_link_leads_somewhere() -> None:
    known = {name: set(ids(name)) for name in scanned()}
    for name, elements in scanned().items():
        assert len(ids(name)) == len(known[name]), name
        for tag, attributes in elements:
            for attribute in ("aria-labelledby", "aria-describedby", "for"):
                lost = set(attributes.get(attribute, "").split()) - known[name]
                assert not lost, (name, lost)
            if tag == "a":
                assert leads(name, attributes["href"], known), (name, attributes)


def leads(name: str, link: str, known: dict[str, set[str]]) -> bool:
    """Whether a link leads to a page of the report, an id that it has, or to a registry of works."""
    if link.startswith("https://"):
        return name == "bibliography.html" and bool(re.match(r"https://(doi|arxiv)\.org/", link))
    file, _, target = link.partition("#")
    there = name
    if file:
        inside = file.removeprefix("../") if name.startswith("pages/") else file
        there = inside if not (name.startswith("pages/") and inside == file) else f"pages/{file}"
    return there in known and (not target or target in known[there])


def test_the_check_of_links_can_fail() -> None:
    known = {"index.html": {"a"}, "pages/x.html": {"b"}}
    assert leads("pages/x.html", "../index.html#a", known)
    assert not leads("pages/x.html", "index.html#a", known)
    assert not leads("index.html", "pages/x.html#c", known)
    assert not leads("index.html", "https://example.org", known)


def test_nothing_is_loaded_from_elsewhere() -> None:
    for name, elements in scanned().items():
        for tag, attributes in elements:
            for attribute in ("src", "srcset", "poster", "data", "action", "xlink:href", "style"):
                assert "//" not in attributes.get(attribute, ""), name
            if tag != "a":
                assert "//" not in attributes.get("href", ""), name
            assert not [key for key in attributes if key.startswith("on")], name
    for name in ("report.css", "report.js"):
        found = re.search(r"https?:|@import|url\(|fetch\(|XMLHttp|@font-face", files()[name])
        assert found is None, name


def test_the_same_result_gives_the_same_bytes() -> None:
    entries = list(bundled())[:9]
    results = [page_result(entry.page) for entry in entries if entry.page]
    once, again, slower = (
        dict(files_of(gathered(result_of(pages), entries, figures={entries[0].label: SVG})))
        for pages in (results, list(results), [replace(page, seconds=9.0) for page in results])
    )
    assert once == again == slower
    assert "9.0" not in once["index.html"]


def test_headings_are_in_order_and_landmarks_are_there() -> None:
    for name, elements in scanned().items():
        levels = [int(tag[1]) for tag, _ in elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(b <= a + 1 for a, b in pairwise(levels)), name
        assert {"header", "nav", "main", "footer"} <= {tag for tag, _ in elements}, name
        first = next(attributes for tag, attributes in elements if tag == "a")
        assert (first.get("class"), first.get("href")) == ("skip", "#main")


def test_no_formula_of_the_book_stands_as_text() -> None:
    assert [name for name, text in files().items() if f'class="{AS_TEXT}"' in text] == []
    assert "merror" not in "".join(files().values())


# --- what the pages say ---------------------------------------------------------------------------


def test_the_first_page() -> None:
    tree = tree_of("index.html")
    [conclusion] = with_class(tree, "conclusion")
    result = book().result
    assert words(conclusion) == f"verified {result.conclusion.partition(': ')[2]}."
    run = {words(row[0]): words(row[1]) for row in with_class(tree, "run")[0]}
    assert run["gantheory"] == "0.0"
    assert run["seed"] == "7"
    assert run["sections"] == ", ".join(SECTIONS)
    rows = [li for ol in with_class(tree, "theorems") for li in ol]
    assert len(rows) == len(book().theorems)
    shown = [(words(with_class(r, "label")[0]), words(with_class(r, "mark")[0])) for r in rows]
    assert shown == [(page.label, "verified") for page in result.pages]
    assert re.search(r"\d+ proved, \d+ enclosed", words(rows[0]))


def test_a_theorem_has_everything_of_its_page() -> None:
    [entry] = [e for e in bundled() if e.label == "optimal-discriminator"]
    tree = tree_of("pages/optimal-discriminator.html")
    heads = [words(e) for e in tree.iter("h2")]
    assert entry.page is not None
    sections = [f"{HEADINGS[s]} {s}" for s in SECTIONS if s in entry.page.sections]
    assert sections[0] == "Proof derive"
    assert heads == ["Statement", "Figure", *sections, "Errata", "In the book", "Code"]
    links = [e.get("href") for e in tree.iter("a")]
    assert "../bibliography.html#goodfellow2014" in links
    assert "../pages/virtual-criterion.html" in links  # which rests on it
    assert words(tree.find(".//pre/code")) == " ".join(entry.page.code.split())
    ids_there = set(ids("pages/optimal-discriminator.html"))
    assert {"optimal-discriminator-derive-1", "critical-point-and-concavity"} <= ids_there
    [drawing] = with_class(tree, "drawing")
    assert drawing.get("role") == "img"
    caption = tree.find(".//figcaption")
    assert drawing.get("aria-label").startswith(
        "What a point adds to V, for three ratios of p to q."
    )
    assert words(caption).startswith("What a point adds to V")
    rels = {e.get("rel"): e.get("href") for e in tree.iter("a") if e.get("rel")}
    assert set(rels) == {"prev", "next"}


def test_every_claim_has_its_verdict_formula_and_evidence() -> None:
    for theorem in book().theorems[::12]:
        tree = tree_of(page_file(theorem.label))
        found = with_class(tree, "claim")
        assert len(found) == len(theorem.result.claims)
        by_label = {one.label: one for one in theorem.result.claims}
        for element in found:
            label = words(with_class(element, "evidence")[0].findall("div")[-1][1])
            one = by_label.pop(label)
            assert words(with_class(element, "verdict")[0]) == one.verdict
            assert [e for e in element.iter() if str(e.tag).endswith("}math")]
            assert words(with_class(element, "within")[0]) == "for p, q1 > 0"
        assert not by_label


def test_the_evidence_of_a_claim_is_whole() -> None:
    made = shown(claim("x", "check", evidence=NUMBERS | {"steps": "doit"}), "x", Links("../"))
    rows = parse(f"<!DOCTYPE html><title>x</title>{made.evidence}").iter("div")
    assert {words(row[0]): words(row[1]) for row in rows} == {
        "left": "JSD(p, q) = 1.5 ± 1.0e-12, by panels",
        "right": "JSD(q, p) = 2.5 ± 2.0e-12, by balls",
        "difference": "1",
        "tolerance": "1e-09",
        "bound": "3e-12",
        "steps": "doit",
        "label": "x",
    }
    table = shown(claim("x", "derive"), "x", Links()).evidence
    assert "<td>1/5</td><td>3</td>" in table
    assert shown(claim("x", "refute"), "x", Links()).short == "caught at p = 1/7"


def test_claims_that_are_alike_are_folded_and_none_is_lost() -> None:
    tree = tree_of("pages/optimal-discriminator.html")
    summaries = [words(e[0]) for e in with_class(tree, "alike")]
    assert any(re.match(r"\d+ more like this: holds", one) for one in summaries)


def test_the_graph_has_every_theorem_and_every_use() -> None:
    tree = tree_of("graph.html")
    nodes = {e.get("data-label"): e for e in with_class(tree, "node")}
    edges = {(e.get("data-from"), e.get("data-to")) for e in with_class(tree, "edge")}
    pages = {theorem.label: theorem.result for theorem in book().theorems}
    assert set(nodes) == set(pages)
    assert edges == {(used, label) for label, page in pages.items() for used in page.uses}
    listed = with_class(tree, "uses")
    assert sum(len(dl) for dl in listed) == len(pages)
    boxes = [
        tuple(float(rect.get(k)) for k in ("x", "y", "width", "height"))
        for rect in tree.iter()
        if str(rect.tag).endswith("rect")
    ]
    assert len(boxes) == len(pages)
    for i, (x, y, w, h) in enumerate(boxes):
        assert x + w <= 1104, "a box stands out of the drawing"
        for x2, y2, w2, h2 in boxes[:i]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_the_bibliography_and_the_errata_are_those_of_the_book() -> None:
    tree = tree_of("bibliography.html")
    keys = [e.get("id") for e in with_class(tree, "works")[0]]
    cited = sorted({key for theorem in book().theorems for key in theorem.keys})
    assert keys == cited
    assert set(cited) <= set(known_works())
    first = words(with_class(tree, "works")[0][0])
    assert first.startswith("Cem Anil, James Lucas and Roger Grosse. Sorting Out Lipschitz")
    assert "arXiv:1811.05381" in first
    counted = len([li for ul in with_class(tree_of("errata.html"), "errata") for li in ul])
    assert counted == sum(len(found) for found in book().errata.values()) > 90


def test_words_are_explained() -> None:
    listed = {words(row[0]): words(row[1]) for row in with_class(tree_of("words.html"), "words")[0]}
    assert listed == {" ".join(word.split()): said for word, said in meanings().items()}
    assert {str(verdict) for verdict in Verdict} <= set(listed)


def test_the_search_index_has_every_claim_with_its_id() -> None:
    text = index_script(book())
    index = json.loads(text.removeprefix("window.gantheoryIndex = ").removesuffix(";\n"))
    assert len(index["pages"]) == len(book().theorems)
    assert len(index["claims"]) == len(book().result.claims)
    for number, name, section, verdict, _, _ in index["claims"]:
        file = index["pages"][number][0]
        assert section in SECTIONS
        assert verdict in set(Verdict)
        assert name in set(ids(file)), (file, name)
        if file == "pages/prior-shift.html":
            break


def test_colours_of_figures_are_the_pages_own() -> None:
    drawn = inlined(SVG)
    assert drawn.startswith('<svg viewBox="0 0 9 9" aria-hidden="true">')
    assert "var(--figure-c0)" in drawn
    assert "color-mix(in srgb, var(--figure-c0) 50" in drawn
    assert "stroke: var(--figure-c4)" in drawn
    assert 'id="figure_p1"' in drawn
    assert "url(#figure_p1)" in drawn
    assert not re.search("#[0-9a-f]{6}|metadata|<style", drawn)
    link = '<a xlink:href="javascript:alert(1)"><path d="M0 0"/></a><script>alert(1)</script>'
    assert inlined(f'<svg viewBox="0 0 1 1">{link}</svg>') == (
        '<svg viewBox="0 0 1 1" aria-hidden="true"><path d="M0 0"/></svg>'
    )
    sheet = style_sheet()
    for style in ("paper", "dark"):
        for name, colour in palette(style).items():
            assert name == "ground" or f"--figure-{name}: {colour};" in sheet
    assert "colours of figures" not in sheet


def luminance(colour: str) -> float:
    channels = [c / 255 for c in bytes.fromhex(colour[1:])]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_text_has_contrast_in_light_and_dark() -> None:
    light, system, dark = re.findall(r":root[^{]*\{([^}]*)\}", style_sheet())[:3]
    assert system.split() == dark.split()
    for rules in (light, dark):
        colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", rules))
        pairs = [
            *(
                (text, ground)
                for text in ("ink", "muted", "link")
                for ground in ("paper", "raised")
            ),
            *((text, f"{text}-ground") for text in ("good", "bad", "open")),
            *((f"figure-c{i}", "paper") for i in range(6)),
        ]
        for text, ground in pairs:
            assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


# --- what is not verified -------------------------------------------------------------------------


@pytest.mark.parametrize("verdict", [Verdict.FAILED, Verdict.UNDECIDED, Verdict.ERROR])
def test_what_is_not_as_required_is_shown_as_such(verdict: Verdict) -> None:
    bad = claim("one/check-1", "check", verdict=verdict, as_required=False)
    pages = [
        PageResult("one", "One", "", "p1.py", (), 1.0, (bad, claim("one/check-2", "check"))),
        PageResult("two", "Two", "", "p2.py", ("one",), 1.0, (claim("two/check-1", "check"),)),
    ]
    made = of_claims(result_of(pages))
    first = parse(made["index.html"])
    assert words(with_class(first, "conclusion")[0]).startswith("not verified 1 of 3 claims not as")
    marks = [words(with_class(li, "mark")[0]) for li in with_class(first, "theorems")[0]]
    assert marks == ["not verified", "not verified"]
    one = parse(made["pages/one.html"])
    assert words(with_class(one, "state")[0]).startswith("not verified")
    [shown_bad] = [e for e in with_class(one, "claim") if e.get("id") == "one-check-1"]
    assert words(with_class(shown_bad, "verdict")[0]) == verdict
    assert shown_bad.find("details").get("open") is not None
    assert "1.5 ± 1.0e-12" in words(shown_bad)
    assert "2.5 ± 2.0e-12" in words(shown_bad)
    assert "It rests on one, which is not verified." in made["pages/two.html"]


def test_a_part_of_the_sections_verifies_nothing() -> None:
    page = PageResult("one", "One", "", "p1.py", (), 1.0, (claim("one/check-1", "check"),))
    result = BookResult(settle([page], whole=False), "0.0", 0, ("check",))
    made = of_claims(result)
    assert "not verified" in words(with_class(parse(made["index.html"]), "conclusion")[0])
    assert "a part of a page verifies nothing" in made["pages/one.html"]


def test_a_page_that_claims_nothing_is_not_verified() -> None:
    made = of_claims(result_of([PageResult("one", "One", "", "p1.py", (), 1.0, ())]))
    assert "Nothing was claimed." in made["pages/one.html"]
    assert "nothing was claimed" in made["index.html"]


# --- hostile text ---------------------------------------------------------------------------------


def test_hostile_text_stays_text() -> None:
    evil = claim(
        HOSTILE,
        "check",
        HOSTILE,
        evidence={HOSTILE: HOSTILE, "reason": HOSTILE, "witnesses": [{HOSTILE: HOSTILE}]},
        statement=dict.fromkeys(STATEMENT, HOSTILE),
    )
    page = PageResult(HOSTILE, HOSTILE, HOSTILE, HOSTILE, (HOSTILE + "x",), 1.0, (evil,))
    for name, text in of_claims(result_of([page])).items():
        if name.endswith(".html"):
            tree = parse(text)
            assert all(e.get("src") for e in tree.iter("script")), name
            assert not list(tree.iter("b")), name
        if name != "report.js":
            assert "<script>alert" not in text, name
        assert "\x1b" not in text


def test_prose_that_is_wrong_stays_as_it_is_written() -> None:
    text = str(html_of(r"$\fraq{a}$ and [@nobody] & <b>", Links()))
    assert r"\fraq{a}" in text
    assert "[@nobody] &amp; &lt;b&gt;" in text


def test_prose() -> None:
    links = Links("../", works=frozenset({"lin1991"}))
    text = (
        "One *two* `D*` [@lin1991, Theorem 1]:\n$$x$$\nthen.\n\n- a\n- b\n\n(i) c\n\n    d\n      e"
    )
    assert str(html_of(text, links)).replace("\n", "") == (
        '<p>One <em>two</em> <code>D*</code> <a class="cite" href="../bibliography.html#lin1991">'
        "Lin (1991)</a>, Theorem 1:</p>"
        '<div class="display"><math display="block"><mi>x</mi></math></div>'
        '<p>then.</p><ul class="plain"><li>a</li><li>b</li></ul>'
        '<ul class="marked"><li><span class="mark">(i)</span> c</li></ul><pre>d  e</pre>'
    )


def test_names_of_files_and_ids() -> None:
    assert page_file("dirac-gan") == "pages/dirac-gan.html"
    odd = [page_file(label) for label in ("../../etc", "A", "a", "", "a b", "x" * 300, "\ud800")]
    assert len(set(odd)) == len(odd)
    assert all(re.fullmatch(r"pages/[a-z0-9_-]{1,80}\.html", name) for name in odd)
    assert anchors(["a/derive-1", "a-derive-1", "<>", "a/derive-1"]) == [
        "a-derive-1",
        "a-derive-1--2",
        "claim",
        "a-derive-1--3",
    ]


# --- the folder on the disk -----------------------------------------------------------------------


def test_a_report_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "report"
    write_folder(folder, [("index.html", "one"), ("pages/x.html", "two")])
    (folder / "mine.txt").write_text("mine", encoding="utf-8")
    write_folder(folder, [("index.html", "three"), ("pages/y.html", "four")])
    there = sorted(str(f.relative_to(folder)) for f in folder.rglob("*") if f.is_file())
    assert there == ["index.html", "mine.txt", str(Path("pages/y.html")), MANIFEST]
    assert (folder / "index.html").read_text(encoding="utf-8") == "three"


@pytest.mark.parametrize("said", [None, "{}", '{"made_by": "else", "files": []}', "not JSON"])
def test_a_folder_with_other_files_is_refused(tmp_path: Path, said: str | None) -> None:
    (tmp_path / "precious.html").write_text("mine", encoding="utf-8")
    if said:
        (tmp_path / MANIFEST).write_text(said, encoding="utf-8")
    with pytest.raises(PageError, match="is not an earlier report: name a new folder"):
        write_folder(tmp_path, [("index.html", "x")])
    assert (tmp_path / "precious.html").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "index.html").exists()


def test_a_manifest_cannot_have_files_elsewhere_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious.html").write_text("mine", encoding="utf-8")
    folder = tmp_path / "report"
    write_folder(folder, [("index.html", "one")])
    names = ["../precious.html", str(tmp_path / "precious.html"), "index.html", "a/b/c.html"]
    said = {"made_by": "gantheory report", "files": names}
    (folder / MANIFEST).write_text(json.dumps(said), encoding="utf-8")
    write_folder(folder, [("graph.html", "two")])
    assert (tmp_path / "precious.html").exists()
    assert not (folder / "index.html").exists()


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "report", tmp_path / "elsewhere"
    elsewhere.mkdir()
    write_folder(folder, [("index.html", "one")])
    try:
        (folder / "pages").symlink_to(elsewhere, target_is_directory=True)
    except OSError:
        return  # no links here
    with pytest.raises(PageError, match="is a link to elsewhere"):
        write_folder(folder, [("pages/x.html", "two")])
    assert list(elsewhere.iterdir()) == []


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x", encoding="utf-8")
    with pytest.raises(PageError, match="cannot be written to"):
        require_folder(tmp_path / "f" / "g")


# --- saved results --------------------------------------------------------------------------------


def saved(tmp_path: Path, result: BookResult, **changed: Any) -> Path:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(result.to_json() | changed), encoding="utf-8")
    return file


def test_a_saved_result_is_what_it_was(tmp_path: Path) -> None:
    result = book().result
    read = read_result(saved(tmp_path, result))
    assert read.to_json() == result.to_json()


def broken(change: str) -> dict[str, Any]:
    one = PageResult("one", "One", "", "p1.py", (), 1.0, (claim("one/check-1", "check"),))
    data = result_of([one]).to_json()
    first = data["pages"][0]["claims"][0]
    if change == "verdict":
        first["verdict"] = "sure"
    elif change == "failed":
        first["verdict"] = "failed"
    elif change == "not required":
        first["as_required"] = False
    elif change == "verified":
        data["pages"][0]["verified"] = False
    elif change == "section":
        first["section"] = "<b>"
    elif change == "label":
        data["pages"][0]["label"] = 5
    elif change == "schema":
        data["schema"] = 1
    elif change == "claims":
        del data["pages"][0]["claims"]
    return data


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("verdict", "is not what `gantheory verify --json` prints"),
        ("failed", "is not what `gantheory verify --json` prints"),
        ("not required", "its claims say otherwise"),
        ("verified", "its claims say otherwise"),
        ("section", "is not what"),
        ("label", "is not what"),
        ("claims", "is not what"),
        ("schema", "this version reads schema 2"),
    ],
)
def test_a_result_that_is_broken_or_edited_is_refused(
    tmp_path: Path, change: str, message: str
) -> None:
    file = tmp_path / "run.json"
    file.write_text(json.dumps(broken(change)), encoding="utf-8")
    with pytest.raises(PageError, match=message):
        read_result(file)


@pytest.mark.parametrize("text", ["", "[]", "{}", "nonsense", '{"schema": 2, "pages": []}'])
def test_what_is_no_result_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PageError):
        read_result(file)


def test_a_page_that_has_changed_is_named() -> None:
    [entry] = [e for e in bundled() if e.label == "optimal-discriminator"]
    assert entry.page is not None
    then = page_result(entry.page)
    assert changes(then, entry) == []
    assert changes(replace(then, title="x"), entry) == ["its title is another"]
    assert changes(replace(then, uses=("x",)), entry) == ["its uses are another"]
    fewer = tuple(c for c in then.claims if c.label != "one-minus-dstar")
    assert changes(replace(then, claims=fewer), entry) == [
        "the result has no claim one-minus-dstar"
    ]
    section = next(name for name in SECTIONS if name not in entry.page.sections)
    more = (*then.claims, claim("gone-today", "derive"), claim("o/x-1", section))
    assert changes(replace(then, claims=more), entry) == [
        "it has no claim gone-today",
        f"it has no section {section}",
    ]
    assert changes(then, None) == ["the page is not there any more"]
    assert changes(replace(then, digest=entry.page.digest), entry) == []
    assert changes(replace(then, digest="0"), entry) == ["its text is another"]
    assert changes(replace(then, title="x", digest="0"), entry) == ["its title is another"]


# --- the command ----------------------------------------------------------------------------------

MINE = '''r"""A derivative.

Statement
---------
Let $x > 0$. The slope of $x^2$ is $2 x$.

Source    [@lin1991].
"""
import sympy as sp
from gantheory.theorems import Theorem, equal

theorem = Theorem(label="mine", title="The slope of $x^2$")
x = sp.Symbol("x", positive=True)


def derive():
    """Differentiate."""
    yield equal("the slope", sp.Derivative(x**2, x), SLOPE)


def refute():
    yield equal("a factor lost", sp.Derivative(x**2, x), x)


def figure():
    """A line."""
    from matplotlib import pyplot as plt

    fig, axes = plt.subplots()
    axes.plot([0, 1], [0, 1])
    return fig
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    file = tmp_path / "p99_mine.py"
    file.write_text(MINE.replace("SLOPE", "2 * x"), encoding="utf-8")
    return file


def test_the_command_runs_draws_and_writes(tmp_path: Path, mine: Path) -> None:
    out, junit = tmp_path / "out", tmp_path / "run.xml"
    words_of = ["report", "--out", str(out), "--junit", str(junit), str(mine)]
    done = CliRunner().invoke(cli, words_of, standalone_mode=False)
    assert done.exception is None
    assert done.return_value == 0
    assert done.stdout.startswith("verified: 1 page, 2 claims, all as required")
    assert "1 theorem in" in done.stderr
    text = (out / "pages" / "mine.html").read_text(encoding="utf-8")
    assert "<svg viewBox=" in text
    assert "<figcaption" in text
    assert 'tests="2"' in junit.read_text(encoding="utf-8")
    # the same again, from the saved result of a run, gives the same bytes
    before = {f: f.read_bytes() for f in out.rglob("*") if f.is_file()}
    run = CliRunner().invoke(cli, ["verify", "--json", str(mine)], standalone_mode=False)
    (tmp_path / "run.json").write_text(run.stdout, encoding="utf-8")
    words_of = ["report", "--out", str(out), "--from", str(tmp_path / "run.json")]
    done = CliRunner().invoke(cli, words_of, standalone_mode=False)
    assert done.return_value == 0
    assert {f: f.read_bytes() for f in out.rglob("*") if f.is_file()} == before


def test_the_command_says_what_fails_and_what_has_changed(tmp_path: Path, mine: Path) -> None:
    mine.write_text(MINE.replace("SLOPE", "3 * x"), encoding="utf-8")
    run = CliRunner().invoke(cli, ["verify", "--json", str(mine)], standalone_mode=False)
    assert run.return_value == 1
    (tmp_path / "run.json").write_text(run.stdout, encoding="utf-8")
    mine.write_text(MINE.replace("The slope of", "Slope of"), encoding="utf-8")
    out = tmp_path / "out"
    words_of = ["report", "--no-figures", "--out", str(out), "--from", str(tmp_path / "run.json")]
    done = CliRunner().invoke(cli, words_of, standalone_mode=False)
    assert done.return_value == 1
    assert done.stdout.startswith("not verified: 1 of 2 claims not as required")
    assert "mine has changed since the result: its title is another" in done.stderr
    text = (out / "index.html").read_text(encoding="utf-8")
    assert "have changed since this result was made" in text
    assert "has changed since the result was made" in (out / "pages" / "mine.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("option", [["--seed", "3"], ["--full"], ["--allow", "supported"]])
def test_options_of_a_run_do_not_go_with_a_saved_result(tmp_path: Path, option: list[str]) -> None:
    file = saved(tmp_path, book().result)
    words_of = ["report", "--out", str(tmp_path / "out"), "--from", str(file), *option]
    done = CliRunner().invoke(cli, words_of)
    assert done.exit_code == 2
    assert "is for a run: leave it out, or --from" in done.stderr


def test_pages_of_a_saved_result(tmp_path: Path) -> None:
    file, out = saved(tmp_path, book().result), tmp_path / "out"
    words_of = [
        "report",
        "--no-figures",
        "--out",
        str(out),
        "--from",
        str(file),
        "posterior-is-calibrated",
    ]
    done = CliRunner().invoke(cli, words_of, standalone_mode=False)
    assert done.return_value == 0
    entries = plan(["posterior-is-calibrated"])
    assert {f.stem for f in (out / "pages").iterdir()} == {entry.label for entry in entries}
    assert 0 < len(entries) < 20


def test_a_body_can_stand_in_another_site() -> None:
    theorem = book().theorems[3]
    body = theorem_body(book(), theorem, Links("/book/", frozenset(), frozenset()))
    assert body.startswith("<article")
    assert body.rstrip().endswith("</article>")
    assert (bundled_folder() / theorem.result.file).is_file()


@pytest.mark.slow
def test_the_example_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parent.parent / "docs" / "report.md").read_text(encoding="utf-8")
    [example] = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    exec(compile(example, "docs/report.md", "exec"), {})
    assert capsys.readouterr().out == "lotus-pushforward True\n"
