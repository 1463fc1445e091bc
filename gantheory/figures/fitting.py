"""A figure fitted to a width: panels stacked where they would be too narrow, labels moved apart.

A page says what is drawn, and roughly where each label belongs. How wide the figure is to be is known
when it is drawn: then lines are broken, and a label that would touch anything goes to the nearest place
where the picture below it is even.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from gantheory.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

NARROWEST, WIDE, LOWEST = 20, 36, 14  # of a panel, in letters: width, width, height
BESIDE = 7  # what ticks take of a panel's width, in letters
FLAT, TALL = 0.5, 0.72  # height of a wide panel at most, of a narrow one at least, to its width
GAP = 0.25  # around a label, in letters
MARGIN = 3  # pixels of an axis, which are no curve
EDGE = 25.0  # of 255: between neighbouring pixels, where something is drawn
_WORD = re.compile(r"(?:\$[^$]*\$|\S)+")


def fit(figure: Figure, width: float) -> None:
    """Give the figure this width in inches, with a height to match, and settle its labels.

    How much room a panel needs follows from the letters of the style in use; panels side by side that
    would have less are stacked. The figure's own size says how high it is for its width,
    within bounds. Labels of panels in space, or with an angle as an axis, stay where they are.
    """
    panel, height = _sized(figure, width)
    if any(axes.get_aspect() != "auto" for axes in figure.axes):
        figure.set_layout_engine("compressed")
    _plain_ticks(figure)
    _break_lines(figure, panel, height)
    plane = [axes for axes in figure.axes if axes.name == "rectilinear"]
    labels = [
        text for axes in plane for text in axes.texts if text.get_text() and text.get_visible()
    ]
    for label in labels:
        label.set_in_layout(_beside(label))
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    _settle(figure, labels)


def _letter() -> float:
    """The size of letters in inches."""
    import matplotlib

    return float(matplotlib.rcParams["font.size"]) / 72


def _sized(figure: Figure, width: float) -> tuple[float, float]:
    """Set the figure's size; return width and height that each of its panels has."""
    letter = _letter()
    grid = figure.axes[0].get_subplotspec() if figure.axes else None
    rows, columns = grid.get_geometry()[:2] if grid else (1, 1)
    across, down = figure.get_size_inches()
    ratio = down * columns / across
    if rows == 1 < columns and width < columns * NARROWEST * letter:
        _stack(figure, columns)
        rows, columns, ratio = columns, 1, TALL * columns
    panel = width / columns
    ratio = min(ratio, FLAT) if panel > WIDE * letter else max(ratio, TALL)
    height = max(panel * ratio, LOWEST * letter * rows)
    figure.set_size_inches(width, height)
    return panel, height / rows


def _stack(figure: Figure, count: int) -> None:
    """Put the panels of one row below each other."""
    grid = figure.add_gridspec(count, 1)
    for axes in figure.axes:
        if place := axes.get_subplotspec():
            axes.set_subplotspec(grid[place.colspan.start])
            axes.tick_params(labelleft=True)


# --- ticks, and lines broken ----------------------------------------------------------------------


def _plain_ticks(figure: Figure) -> None:
    """Write ticks that the page has set as short as they are: 0, 0.5, 1, and −log 4 by its name."""
    from matplotlib.ticker import FixedLocator, ScalarFormatter

    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        set_by_hand = isinstance(axis.get_major_locator(), FixedLocator)
        if set_by_hand and isinstance(axis.get_major_formatter(), ScalarFormatter):
            axis.set_major_formatter(lambda x, _: _number(x))


def _number(x: float) -> str:
    names = (f"log {n}" for n in (2, 4) if math.isclose(abs(x), math.log(n), rel_tol=1e-6))
    return ("−" if x < 0 else "") + next(names, f"{abs(x):g}")


def _break_lines(figure: Figure, width: float, height: float) -> None:
    """Break titles and names of axes that are longer than a panel of so many inches."""
    letter = _letter()
    if title := figure.get_suptitle():
        _break(figure.suptitle(title), width - letter)
    for axes in figure.axes:
        room = (width if axes.get_subplotspec() else math.inf) - BESIDE * letter
        _break(axes.set_title(axes.get_title(loc="left"), loc="left"), room)
        _break(axes.xaxis.label, room)
        _break(axes.yaxis.label, height - BESIDE * letter)


def _break(text: Text, room: float) -> None:
    """Break the text into as few lines of at most `room` inches as there can be, of like lengths."""
    content = text.get_text()
    if _length(text, content) > room:
        count = len(_lines(text, content, room))
        shorter = (_lines(text, content, room * share) for share in (0.6, 0.7, 0.8, 0.9, 1))
        content = "\n".join(next(lines for lines in shorter if len(lines) <= count))
    text.set_text(content)


def _lines(text: Text, content: str, room: float) -> list[str]:
    """The content in lines, each as long as there is room for, never broken within a formula."""
    lines = [""]
    for word in _WORD.findall(content):
        longer = f"{lines[-1]} {word}".lstrip()
        if lines[-1] and _length(text, longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _length(text: Text, content: str) -> float:
    """The length of one line in inches; the text is left with this content."""
    text.set_text(content)
    box = text.get_window_extent()
    return float(max(box.width, box.height)) / text.figure.dpi


# --- labels moved ---------------------------------------------------------------------------------


def _beside(label: Text) -> bool:
    """Whether the page wants the label beside its panel, and not in it."""
    from matplotlib.text import Annotation

    if isinstance(label, Annotation):
        return label.get_annotation_clip() is False
    axes: Any = label.axes
    place = label.get_transform().transform(label.get_unitless_position())
    return not axes.bbox.padded(1).contains(*place)


def _settle(figure: Figure, labels: list[Text]) -> None:
    """Move every label that touches something to the nearest place where it does not."""
    picture = _picture(figure, labels)
    drawn = _edges(picture)
    boxes = [_box(label) for label in labels]
    for i, label in enumerate(labels):
        others = np.array(boxes[:i] + boxes[i + 1 :]).reshape(-1, 4)
        axes: Any = label.axes
        room: Any = figure.bbox if _beside(label) else axes.bbox
        for shift in _shifts(label, boxes[i], picture):
            moved = boxes[i] + np.tile(shift, 2)
            if _inside(moved, room) and _free(moved, drawn, others, GAP * _pixels(figure)):
                _move(label, shift)
                boxes[i] = moved
                break


def _pixels(figure: Any) -> float:
    return _letter() * float(figure.dpi)


def _picture(figure: Figure, hidden: list[Text]) -> FloatArray:
    """The figure without these texts, as colours of 0 to 255: shape (height, width, 3), from below."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    for text in hidden:
        text.set_visible(False)
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    for text in hidden:
        text.set_visible(True)
    return np.asarray(canvas.buffer_rgba(), dtype=np.float64)[::-1, :, :3]


def _edges(picture: FloatArray) -> Any:
    """Where neighbouring pixels differ, as lines and letters do and the shades of a map do not."""
    across, up = (np.abs(np.diff(picture, axis=axis)).max(axis=2) > EDGE for axis in (1, 0))
    found = np.zeros(picture.shape[:2], dtype=bool)
    found[:, :-1] |= across
    found[:-1] |= up
    return found


def _box(label: Text) -> FloatArray:
    """Left, bottom, right and top of the text in pixels, without its arrow."""
    from matplotlib.text import Text

    return np.array(Text.get_window_extent(label).extents)


def _curves(picture: FloatArray, label: Text) -> tuple[FloatArray, FloatArray]:
    """The pixels of the label's panel in its colour, and in those of other lines: shape (n, 2)."""
    from matplotlib.colors import to_rgb

    axes: Any = label.axes
    left, low, right, high = np.add(axes.bbox.extents, (MARGIN, MARGIN, 0, 0)).astype(int)
    part = picture[low:high, left:right]

    def places(colour: Any) -> FloatArray:
        alike = np.abs(part - 255 * np.array(to_rgb(colour))).max(axis=2) < EDGE
        return np.add(np.argwhere(alike)[::3, ::-1], (left, low), dtype=np.float64)

    mine = to_rgb(label.get_color())
    others = {to_rgb(line.get_color()) for line in axes.lines} - {mine, to_rgb("C6")}
    found = [places(colour) for colour in sorted(others)]
    return places(mine), np.concatenate([*found, np.empty((0, 2))])


def _shifts(label: Text, box: FloatArray, picture: FloatArray) -> Iterator[FloatArray]:
    """Where a label may be moved, in pixels: not at all, then to what is near it and near its line."""
    yield np.zeros(2)
    own, foreign = _curves(picture, label)
    angles = np.arange(16) * math.pi / 8
    steps = np.arange(1, 41)[:, None, None] * _pixels(label.figure) / 3
    ways = (steps * np.stack([np.cos(angles), np.sin(angles)], axis=-1)).reshape(-1, 2)
    cost = np.hypot(*ways.T)
    if len(own):
        away = _away(box, ways, own)
        cost += 2 * away
        if len(foreign):  # a label is nearer to its own line than to any other
            cost += 4 * np.maximum(away - _away(box, ways, foreign), 0)
    yield from ways[np.argsort(cost, kind="stable")]


def _away(box: FloatArray, ways: FloatArray, line: FloatArray) -> FloatArray:
    """How far the moved boxes are from the nearest of these points."""
    low, high = (box[part] + ways for part in (slice(0, 2), slice(2, 4)))
    gaps = [
        np.maximum(np.maximum(low[:, i, None] - line[:, i], line[:, i] - high[:, i, None]), 0)
        for i in (0, 1)
    ]
    return np.asarray(np.hypot(*gaps).min(axis=1))


def _inside(box: FloatArray, room: Bbox) -> bool:
    return bool(np.all(box[:2] >= room.min) and np.all(box[2:] <= room.max))


def _free(box: FloatArray, drawn: Any, others: FloatArray, gap: float) -> bool:
    """Whether nothing is drawn below the box or within the gap around it."""
    left, low = np.maximum(np.floor(box[:2] - gap).astype(int), 0)
    right, high = np.ceil(box[2:] + gap).astype(int)
    if np.any(drawn[low:high, left:right]):
        return False
    apart = (others[:, :2] >= (right, high)) | (others[:, 2:] <= (left, low))
    return bool(np.all(apart.any(axis=1)))


def _move(label: Text, shift: FloatArray) -> None:
    turn = label.get_transform()
    place = turn.transform(label.get_unitless_position()) + shift
    label.set_position(tuple(turn.inverted().transform(place)))
