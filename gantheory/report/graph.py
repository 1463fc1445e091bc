"""The graph of the book as a drawing: a band a chapter, a box a theorem, a line for each use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from markupsafe import Markup

from gantheory.report.links import Links
from gantheory.report.material import Theorem

WIDTH = 1100
_LETTER, _PADDING = 6.5, 9  # width of a letter, room beside a label
_HEIGHT, _GAP, _HEAD, _BAND = (
    24,
    10,
    26,
    22,
)  # of boxes, between them, of a chapter's title, between bands
_ROWS = 20  # from one row of boxes to the next, beside their height: room for lines


@dataclass(frozen=True)
class Box:
    """A theorem's place in the drawing."""

    theorem: Theorem
    x: float
    y: float
    width: float

    @property
    def middle(self) -> float:
        """Its middle, from the left."""
        return self.x + self.width / 2


@dataclass
class Layout:
    """Where everything stands: boxes by labels, titles of chapters with their heights."""

    boxes: dict[str, Box] = field(default_factory=dict)
    titles: list[tuple[str, float]] = field(default_factory=list)
    height: float = 0.0


def layout(theorems: Sequence[Theorem]) -> Layout:
    """Return the layout: chapters from top to bottom, theorems in their order in rows."""
    made, y = Layout(), 0.0
    for title, members in groupby(theorems, lambda theorem: theorem.chapter_title):
        made.titles.append((title, y + 16))
        y += _HEAD
        x = 0.0
        for theorem in members:
            width = len(theorem.label) * _LETTER + 2 * _PADDING
            if x and x + width > WIDTH:
                x, y = 0.0, y + _HEIGHT + _ROWS
            made.boxes[theorem.label] = Box(theorem, x, y, width)
            x += width + _GAP
        y += _HEIGHT + _BAND
    made.height = y
    return made


def drawing(theorems: Sequence[Theorem], links: Links) -> Markup:
    """Return the graph as one element <svg>, each box a link to its theorem."""
    made = layout(theorems)
    parts = [*_lines(made), *_titles(made), *(_box(box, links) for box in made.boxes.values())]
    return Markup(
        '<svg id="graph" viewBox="-4 -4 {} {}" width="{}" role="group" aria-labelledby="graph-title">'
        '<title id="graph-title">Theorems by chapter, and which rests on which</title>{}</svg>'
    ).format(WIDTH + 8, round(made.height) + 8, WIDTH + 8, Markup("").join(parts))


def _titles(made: Layout) -> Iterator[Markup]:
    for title, y in made.titles:
        yield Markup('<text class="band" x="0" y="{:.0f}">{}</text>').format(y, title)


def _lines(made: Layout) -> Iterator[Markup]:
    for label, box in made.boxes.items():
        for used in box.theorem.result.uses:
            if used in made.boxes:
                yield Markup('<path class="edge" data-from="{}" data-to="{}" d="{}"/>').format(
                    used, label, _curve(made.boxes[used], box)
                )


def _curve(start: Box, end: Box) -> str:
    """Return the line from the foot of what is used to the head of what uses it, or back up."""
    down = end.y >= start.y
    y0 = start.y + (_HEIGHT if down and end.y > start.y else 0)
    y1 = end.y + (0 if down else _HEIGHT)
    if end.y == start.y:  # above both
        first, second = y0 - _ROWS, y1 - _ROWS
    else:
        bend = max(24.0, abs(y1 - y0) / 3) * (1 if down else -1)
        first, second = y0 + bend, y1 - bend
    points = (start.middle, y0), (start.middle, first), (end.middle, second), (end.middle, y1)
    m, *c = (f"{x:.0f} {y:.0f}" for x, y in points)
    return f"M{m}C{' '.join(c)}"


def _box(box: Box, links: Links) -> Markup:
    theorem = box.theorem
    about = f"{theorem.plain_title}: {_counts(theorem)}"
    return Markup(
        '<a class="node {}" href="{}" data-label="{}" aria-label="{}"><title>{}</title>'
        '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{}" rx="4"/>'
        '<text x="{:.1f}" y="{:.1f}">{}</text></a>'
    ).format(
        "good" if theorem.result.verified else "bad",
        links.page(theorem.label),
        theorem.label,
        f"{theorem.label}: {about}",
        about,
        box.x,
        box.y,
        box.width,
        _HEIGHT,
        box.middle,
        box.y + 16,
        theorem.label,
    )


def _counts(theorem: Theorem) -> str:
    state = "verified" if theorem.result.verified else "not verified"
    return f"{state}, rests on {len(theorem.result.uses)}, used by {len(theorem.used_by)}"
