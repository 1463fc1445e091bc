"""The one style in which everything is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PETROFF10 = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""Ten colours that stay apart for colour-blind readers (Petroff 2021, arXiv:2107.02270)."""

STYLE: dict[str, Any] = {
    "axes.prop_cycle": f"cycler('color', {list(PETROFF10)})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": 150,
    "figure.figsize": (6.0, 3.7),
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "mathtext.fontset": "dejavusans",
    "pdf.fonttype": 42,
    "savefig.dpi": 150,
    "svg.fonttype": "path",
    "svg.hashsalt": "gantheory",
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
}
"""matplotlib's rcParams under which every figure is drawn, on top of matplotlib's own defaults."""

METADATA: dict[str, dict[str, None]] = {
    "svg": {"Date": None, "Creator": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "png": {"Software": None},
}
"""No dates and no versions: on one machine the same page gives the same bytes."""


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
