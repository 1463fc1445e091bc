"""Where an integrand sits that is not bounded by mass: p²/q may have its bulk far from both."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.panel_ends import spread
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate
from gantheory.quadrature import Cells

Level = Callable[[FloatArray, FloatArray], FloatArray]
"""(x, origin) -> log |integrand| at origin + x."""

SHELLS = 1100
SURVEYED = 160  # shells looked at: they double, so this is 2^160 widths
RELEVANT = 45.0  # e^-45 = 3e-20
MOST_PEAKS = 400
STEPS = (np.arange(20) + 0.5) / 20


def shells(cells: Cells, side: int) -> Iterator[tuple[float, float, float]]:
    """Yield (from, to, origin) of intervals beyond the outermost panel, each twice as wide.

    Parameters
    ----------
    cells:
        Panels of the line.
    side:
        -1 left, 1 right.
    """
    offsets = (cells.low if side < 0 else cells.high)[:, 0]
    ends = side * (cells.origin[:, 0] + offsets)
    tied = ends == np.max(ends)  # in float64, near a pole
    pairs = zip(cells.origin[tied, 0].tolist(), offsets[tied].tolist(), strict=True)
    origin, start = max(pairs, key=lambda pair: side * sum(map(Fraction, pair)))
    span = float(np.max(cells.origin + cells.high) - np.min(cells.origin + cells.low))
    at_an_end = abs(start) <= 4 * np.spacing(abs(origin))  # but for rounding
    low, width = start, span if at_an_end else min(abs(start), span)
    for _ in range(SHELLS):
        if abs(low) + width >= 1e150:
            return
        yield low, low + side * width, origin
        low, width = low + side * width, 2 * width


def bulks(level: Level, p: Any, q: Any, cells: Cells) -> list[tuple[float, FloatArray]]:
    """Return panel ends (center, offsets) around every bulk that the panels do not resolve.

    Raises
    ------
    NotConverged
        If there are more than MOST_PEAKS.
    """
    beyond = [
        shell
        for side, index in ((-1, 0), (1, 1))
        if any(d.tails[index].kind != "none" for d in (p, q))
        for shell in islice(shells(cells, side), SURVEYED)
    ]
    outer = cells
    if beyond:
        rows = [(o, min(a, b), max(a, b)) for a, b, o in beyond]
        outer = cells.joined(Cells.plain(*(np.array(c)[:, None] for c in zip(*rows, strict=True))))
    x = (outer.low + (outer.high - outer.low) * STEPS).ravel()
    origin = np.repeat(outer.origin[:, 0], len(STEPS))
    heights = level(x, origin)
    order = np.argsort(origin + x)
    x, origin, heights = x[order], origin[order], heights[order]
    top = float(np.max(heights, initial=-np.inf))
    padded = np.concatenate([[-np.inf], heights, [-np.inf]])
    before, after = padded[:-2], padded[2:]
    with np.errstate(invalid="ignore"):
        # a peak whose neighbours are within a factor e² is resolved by the panels as they are
        steep = np.maximum(heights - before, heights - after) > 2
    peak = (heights > before) & (heights >= after) & steep & (heights > top - 1e4)
    peaks = np.nonzero(peak & np.isfinite(heights))[0]
    if len(peaks) > MOST_PEAKS:
        raise NotConverged(
            f"the integrand of {brief(p)} and {brief(q)} has {len(peaks)} peaks that no panel resolves: "
            f"more than the {MOST_PEAKS} that are looked at",
            Estimate(0.0, math.inf),
        )
    found = [_climb(level, x, origin, int(i)) for i in peaks]
    best = max([top, *(height for *_, height in found)])
    return [(center, spread(width)) for center, width, height in found if height > best - RELEVANT]


def _climb(level: Level, x: FloatArray, origin: FloatArray, i: int) -> tuple[float, float, float]:
    """Return position, width and height of the peak near one sample."""
    low = float((origin[i - 1] - origin[i]) + x[i - 1]) if i > 0 else float(x[i])
    high = float((origin[i + 1] - origin[i]) + x[i + 1]) if i + 1 < len(x) else float(x[i])
    home = origin[i : i + 1]
    for _ in range(60):
        points = np.linspace(low, high, 9)
        k = int(np.argmax(level(points, np.repeat(home, 9))))
        low, high = float(points[max(k - 1, 0)]), float(points[min(k + 1, 8)])
    peak = 0.5 * (low + high)
    height = float(level(np.array([peak]), home)[0])
    width = max(abs(float(x[i] - peak)), 1e-12 * abs(peak), 1e-300)
    for _ in range(200):
        drop = height - float(
            np.min(level(np.array([peak - width, peak + width]), np.repeat(home, 2)))
        )
        if 0.25 <= drop <= 4:
            break
        width = width / 2 if drop > 4 else width * 2
    return float(home[0]) + peak, width, height
