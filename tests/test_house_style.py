"""The house style: contrast, colours that stay apart, and figures whose words touch nothing.

Every figure of the book is drawn in a column and across a page, without its words; what is drawn below
each word is then looked at, pixel by pixel. Nothing here is asked of the code that placed the words.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from inspect import signature
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot, style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import AutoLocator

from gantheory import ring
from gantheory.book.channel import load_page
from gantheory.book.planning import bundled
from gantheory.figures import fit, house, runs
from gantheory.training import trained

COLUMN, PAGE = 3.35, 6.9  # inches
READABLE = 4.5  # contrast of text, WCAG 2.2, 1.4.3
SHEETS = ((), ("dark",), ("grey",), ("slides",), ("slides", "dark"))
# linear RGB as those see it who lack one kind of cone (Machado, Oliveira and Fernandes 2009, severity 1)
SEEN = {
    "all cones": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


# --- colours --------------------------------------------------------------------------------------


def linear(colour: Any) -> Any:
    """Linear RGB of sRGB from 0 to 1 (IEC 61966-2-1)."""
    rgb = np.asarray(colour, dtype=float)
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: Any) -> Any:
    """CIE L*, a*, b* of linear RGB, white of D65."""
    shares = TO_XYZ @ np.clip(rgb, 0, 1) / TO_XYZ.sum(axis=1)
    x, y, z = np.where(shares > 216 / 24389, np.cbrt(shares), (24389 / 27 * shares + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(one: Any, other: Any) -> float:
    """The ratio of luminances of WCAG 2.2, from 1 to 21."""
    dark, light = sorted(float(TO_XYZ[1] @ linear(to_rgb(c))) + 0.05 for c in (one, other))
    return light / dark


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#767676", "white") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("sheets", SHEETS)
def test_whatever_is_text_can_be_read(sheets: tuple[str, ...]) -> None:
    with house(sheets):
        rc = matplotlib.rcParams
        inks = [rc[key] for key in ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")]
        found = {
            ink: contrast(ink, rc["figure.facecolor"])
            for ink in (*inks, *(f"C{n}" for n in range(6)))
        }
    assert {ink: ratio for ink, ratio in found.items() if ratio < READABLE} == {}


@pytest.mark.parametrize("sheets", [(), ("dark",), ("grey",)])
def test_colours_are_told_apart_in_grey(sheets: tuple[str, ...]) -> None:
    """By lightness: 2.3 is a difference that is just noticed, 9 one between thin lines."""
    with house(sheets):
        light = {name: lab(linear(to_rgb(name)))[0] for name in ("C0", "C1", "C2", "C3", "C4")}
    close = [pair for pair in combinations(light, 2) if abs(light[pair[0]] - light[pair[1]]) < 9]
    assert close == []


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("sheets", [(), ("dark",)])
def test_colours_are_told_apart_by_every_reader(sheets: tuple[str, ...], eyes: str) -> None:
    with house(sheets):
        seen = {
            n: lab(np.array(SEEN[eyes]) @ linear(to_rgb(n))) for n in ("C0", "C1", "C2", "C3", "C4")
        }
    close = [
        pair for pair in combinations(seen, 2) if np.linalg.norm(seen[pair[0]] - seen[pair[1]]) < 20
    ]
    assert close == []


def test_the_sheets_are_matplotlibs() -> None:
    with style.context(
        ["gantheory.figures.paper", "gantheory.figures.slides", "gantheory.figures.dark"]
    ):
        assert matplotlib.rcParams["font.size"] == 18
        assert contrast(matplotlib.rcParams["figure.facecolor"], "black") < 1.3


def test_the_callers_settings_come_back() -> None:
    with matplotlib.rc_context({"font.size": 11}):
        with house(["slides"]):
            assert matplotlib.rcParams["font.size"] == 18
        assert matplotlib.rcParams["font.size"] == 11


# --- figures --------------------------------------------------------------------------------------


def stripped(figure: Figure) -> tuple[Any, list[Text]]:
    """The picture without words, from below, and the words that would be on it."""
    words: list[Text] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", lambda self, *_: words.append(self))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
    picture = np.asarray(canvas.buffer_rgba(), dtype=float)[::-1, :, :3] / 255
    return picture, [word for word in words if word.get_visible() and word.get_text().strip()]


def box_of(word: Text) -> Any:
    """Left, bottom, right, top in pixels, one pixel further in: letters do not fill their box."""
    return np.add(Text.get_window_extent(word).extents, (1, 1, -1, -1))


def overlap(one: Any, other: Any) -> bool:
    return bool(np.all(one[:2] < other[2:]) and np.all(other[:2] < one[2:]))


def faults(figure: Figure) -> Iterator[str]:
    """Words that are cut off, lie on each other or on lines, or are too pale or too small."""
    picture, words = stripped(figure)
    boxes = [box_of(word) for word in words]
    high, wide = picture.shape[:2]
    for (one, here), (other, there) in combinations(zip(words, boxes, strict=True), 2):
        if overlap(here, there):
            yield f"{one.get_text()!r} lies on {other.get_text()!r}"
    for word, box in zip(words, boxes, strict=True):
        name = repr(word.get_text())
        if np.any(box[:2] < 0) or box[2] > wide or box[3] > high:
            yield f"{name} is cut off"
            continue
        left, low, right, top = box.round().astype(int)
        below = picture[low:top, left:right]
        if any(np.abs(np.diff(below, axis=axis)).max(initial=0) > 0.15 for axis in (0, 1)):
            yield f"{name} touches something"
        if contrast(word.get_color(), np.median(below, axis=(0, 1))) < READABLE:
            yield f"{name} is too pale"
        if word.get_fontsize() < matplotlib.rcParams["font.size"]:
            yield f"{name} is too small"


def plain(text: str) -> str:
    return re.sub(r"\$[^$]*\$", " ", text)


def unclear(figure: Figure) -> Iterator[str]:
    """Symbols that are not set as such, axes without words, ticks that the page has not chosen."""
    for word in figure.findobj(Text):
        if found := re.search(
            r"\b(?![aA]\b)[a-zA-Zα-ω]\b|\*|_|(?<!\w)-|-(?!\w)", plain(word.get_text())
        ):
            yield f"{word.get_text()!r}: {found[0]!r} belongs into a formula"
    panels = [axes for axes in figure.axes if axes.axison]
    for axes in panels:
        shared = {x for x in (*axes.get_shared_x_axes().get_siblings(axes),) if x is not axes}
        shared |= {y for y in (*axes.get_shared_y_axes().get_siblings(axes),) if y is not axes}
        for axis in (axes.xaxis, axes.yaxis):
            if not any(label.get_visible() and label.get_text() for label in axis.get_ticklabels()):
                continue
            text = axis.get_label().get_text()
            if not re.search(r"[^\W\d_]{3}", plain(text)) and not shared:
                yield f"{axes.get_title(loc='left')!r}: an axis is named {text!r}, without a word"
            if isinstance(axis.get_major_locator(), AutoLocator):
                yield f"{axes.get_title(loc='left')!r}: an axis has ticks that nobody chose"


def drawn(path: Path, *widths: float, sheets: tuple[str, ...] = ()) -> dict[float, list[str]]:
    """What is wrong with a page's figure at these widths."""
    page: Any = load_page(path)
    seed = {"seed": 0} if "seed" in signature(page.figure).parameters else {}
    found = {}
    with house(sheets):
        made = pickle.dumps(page.figure(**seed))
        for width in widths:
            figure = pickle.loads(made)
            fit(figure, width)
            found[width] = [*faults(figure), *unclear(figure)]
        pyplot.close("all")
    return found


FIGURES = {e.label: e.path for e in bundled() if e.page and "figure" in e.page.sections}
SAMPLE = {"optimal-discriminator", "slope-comparison"}
EACH = [
    pytest.param(path, id=label, marks=() if label in SAMPLE else pytest.mark.slow)
    for label, path in FIGURES.items()
]


def test_pages_write_no_colour_of_their_own() -> None:
    """Each style has others: what is black on white is lost on a dark ground."""
    for label, path in FIGURES.items():
        found = re.findall(r'colou?rs?"?[=:] ?\(?"(?!C[0-6]"|none")[^"]*"|cmap=', path.read_text())
        assert (label, found) == (label, [])


@pytest.mark.parametrize("path", EACH)
def test_words_touch_nothing_in_a_column_and_across_a_page(path: Path) -> None:
    assert drawn(path, COLUMN, PAGE) == {COLUMN: [], PAGE: []}


@pytest.mark.parametrize("sheets", [("dark",), ("grey",), ("slides",)])
def test_words_touch_nothing_in_the_other_styles(sheets: tuple[str, ...]) -> None:
    path = FIGURES["c-equals-2jsd-minus-log4"]
    width = 10 if "slides" in sheets else COLUMN
    assert drawn(path, width, sheets=sheets) == {width: []}


def test_pictures_of_a_run_can_be_read() -> None:
    state = trained(ring(), seeds=2, width=4, batch=8, steps=50)
    with house():
        for picture, width in (
            (runs.curves, PAGE),
            (runs.samples, COLUMN),
            (runs.discriminator, PAGE),
        ):
            figure = picture(state)
            fit(figure, width)
            found = [
                one for one in faults(figure) if "touches" not in one
            ]  # a legend goes where it can
            assert (picture, found) == (picture, [])


BAD = {
    "is cut off": lambda axes: axes.text(0.5, 1.6, "beyond", transform=axes.transAxes),
    "lies on": lambda axes: [axes.text(0.5, 0.5, "twice") for _ in range(2)],
    "touches something": lambda axes: axes.text(0.2, 0.2, "a word on a line") and axes.plot([0, 1]),
    "is too pale": lambda axes: axes.text(0.5, 0.5, "orange", color="#ffa90e"),
    "is too small": lambda axes: axes.text(0.5, 0.5, "tiny", fontsize=6),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_wrong_is_seen(kind: str) -> None:
    with house():
        figure = Figure()
        BAD[kind](figure.subplots())
        assert kind in " ".join(faults(figure))


def test_a_label_moves_to_the_nearest_free_place() -> None:
    with house():
        figure = Figure()
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1])
        label = axes.text(0.5, 0.5, "on the line", color="C0", ha="center", va="center")
        free = axes.text(0.1, 0.9, "free")
        fit(figure, COLUMN)
        assert list(faults(figure)) == []
        assert np.hypot(*np.subtract(label.get_position(), 0.5)) < 0.25
        np.testing.assert_allclose(free.get_position(), (0.1, 0.9))


def test_panels_are_stacked_in_a_column() -> None:
    with house():
        for width, stacked in ((COLUMN, True), (PAGE, False)):
            figure = Figure(figsize=(8, 3.4))
            one, other = figure.subplots(1, 2)
            one.set_title(
                "A title that is far too long for a column of a journal or of a conference"
            )
            fit(figure, width)
            assert figure.get_size_inches()[0] == width
            assert (one.bbox.y0 > other.bbox.y1) == stacked
            assert list(faults(figure)) == []
