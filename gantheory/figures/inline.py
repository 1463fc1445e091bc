"""A drawing within a page of HTML: its colours are the page's, light or dark, its ids its own."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_HEX = re.compile(r"#[0-9a-f]{6}\b")
_CYCLE = re.compile(r"axes\.prop_cycle:.*\[(.*)\]")
_GROUND = re.compile(r"^figure\.facecolor: (\w+)", re.MULTILINE)
_IDS = re.compile(r'(\bid="|\bhref="#|\burl\(#)')
_LEFT_OUT = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>|<style.*?</style>"
    r"|<script.*?</script>|</?a\b[^>]*>",  # a drawing neither runs nor leads elsewhere
    re.DOTALL,
)
GROUND = "ground"
_INK = "c4"


def inlined(svg: str) -> str:
    """Return a drawing in the style `paper` as an element <svg> of a page.

    The colours of the house style become the variables --figure-c0 to --figure-c6 and --figure-ground, a
    shade between two of them a mixture; so the page chooses between paper and dark.
    """
    inner = _LEFT_OUT.sub("", svg)
    inner = _HEX.sub(lambda found: _variable(found[0]), inner)
    inner = _IDS.sub(r"\1figure_", inner)
    return re.sub(
        r'<svg[^>]*?(viewBox="[^"]*")[^>]*>', r'<svg \1 aria-hidden="true">', inner, count=1
    ).strip()


def palette(style: str) -> dict[str, str]:
    """Return the colours of a style sheet by the names of their variables."""
    text = Path(__file__).with_name(f"{style}.mplstyle").read_text(encoding="utf-8")
    cycle, ground = _CYCLE.search(text), _GROUND.search(text)
    colours = re.findall(r"[0-9a-f]{6}", cycle[1] if cycle else "")
    named = {f"c{i}": f"#{colour}" for i, colour in enumerate(colours)}
    return named | {GROUND: f"#{ground[1]}" if ground else "#ffffff"}


@cache
def _variable(colour: str) -> str:
    """Return a colour of `paper` as a variable, a mixture of two, or, if it is neither, as it is.

    Black, which matplotlib takes where nobody chose a colour, is ink.
    """
    colours = palette("paper")
    named = {value: name for name, value in colours.items()} | {"#000000": _INK}
    if colour in named:
        return f"var(--figure-{named[colour]})"
    ground = _channels(colours.pop(GROUND))
    for name, value in colours.items():
        share = _share(_channels(colour), ground, _channels(value))
        if share is not None:
            mixed = f"var(--figure-{name}) {share:.1%}, var(--figure-{GROUND})"
            return f"color-mix(in srgb, {mixed})"
    return colour


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _share(colour: tuple[int, ...], ground: tuple[int, ...], full: tuple[int, ...]) -> float | None:
    """Return how far the colour lies on the way from the ground to another, None if it lies beside."""
    ways = [b - a for a, b in zip(ground, full, strict=True)]
    longest = max(range(3), key=lambda i: abs(ways[i]))
    share = (colour[longest] - ground[longest]) / ways[longest]
    mixed = [a + share * way for a, way in zip(ground, ways, strict=True)]
    near = all(abs(x - c) < 1.5 for x, c in zip(mixed, colour, strict=True))
    return share if near and 0 < share < 1 else None
