"""The house style: style sheets that matplotlib finds by name, and labels at the ends of lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES = ("paper", "slides", "dark")
"""The style sheets; each is `gantheory.figures.NAME` to `matplotlib.style.use`, on top of paper."""

METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""No dates and no versions: on one machine the same page gives the same bytes."""


@contextmanager
def house(styles: Iterable[str] = ()) -> Iterator[None]:
    """Draw in matplotlib's own defaults, `paper`, and these style sheets (or `grey`) on top of it."""
    from matplotlib import style

    sheets = [f"gantheory.figures.{name}" for name in ("paper", *styles)]
    with style.context(sheets, after_reset=True):
        yield


def shades(count: int, colour: str = "C0") -> list[tuple[float, ...]]:
    """Return so many steps from the ground half the way to a colour, for maps on which words stand."""
    import matplotlib
    from matplotlib.colors import to_rgb

    ground, full = (np.array(to_rgb(c)) for c in (matplotlib.rcParams["axes.facecolor"], colour))
    return [tuple(ground + share * (full - ground)) for share in np.linspace(0, 0.5, count)]


def label_lines(axes: Axes, **text: Any) -> None:
    """Write each line's label at its right end, in its colour: a reader need not match a legend.

    Parameters
    ----------
    axes:
        Whose lines; those without a label of their own are passed over.
    text:
        Passed on to `Axes.annotate`.
    """
    for line in axes.get_lines():
        label = str(line.get_label())
        points = np.asarray(line.get_xydata(), dtype=float)
        if label.startswith("_") or not len(points):
            continue
        axes.annotate(
            label,
            (float(points[-1][0]), float(points[-1][1])),
            **{
                "xytext": (4, 0),
                "textcoords": "offset points",
                "color": line.get_color(),
                "va": "center",
                "annotation_clip": False,
                **text,
            },
        )
