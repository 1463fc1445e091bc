"""Figures in one house style: of pages, and of training runs (`runs`)."""

from gantheory.figures.pages import FORMATS, Drawing, draw
from gantheory.figures.style import METADATA, PETROFF10, STYLE, label_lines

__all__ = ["FORMATS", "METADATA", "PETROFF10", "STYLE", "Drawing", "draw", "label_lines"]
