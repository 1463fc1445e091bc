"""Figures in one house style: of pages, and of training runs (`runs`)."""

from gantheory.figures.fitting import fit
from gantheory.figures.pages import FORMATS, Drawing, draw
from gantheory.figures.style import METADATA, STYLES, house, label_lines, shades

__all__ = [
    "FORMATS",
    "METADATA",
    "STYLES",
    "Drawing",
    "draw",
    "fit",
    "house",
    "label_lines",
    "shades",
]
