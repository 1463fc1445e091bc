"""Panels that are halved until their rules agree, pair after pair."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import EPS
from gantheory.divergences.fused.crossings import INSIDE, crossing
from gantheory.divergences.fused.extents import PANELS, domain, lay_out
from gantheory.divergences.fused.forms import COMMON, TV
from gantheory.divergences.fused.nearness import similar
from gantheory.divergences.fused.panel_sums import evaluate
from gantheory.divergences.fused.places import LOGS, N
from gantheory.machine_code import compiled

OUTWARDS, ROUNDS = 60, 40  # panels beyond the layout on each side; times that panels are halved


@compiled
def evaluated(
    form: int,
    alpha: float,
    near: bool,
    of_p: int,
    row: Any,
    cells: Any,
    first: int,
    count: int,
    work: Any,
) -> int:
    """Evaluate panels from `first` on, cutting those in which the integrand has a kink."""
    c = first
    while c < count:
        for again in range(2):
            panel = cells[c, 0], cells[c, 1], cells[c, 2]
            found = evaluate(form, alpha, near, of_p, row, panel, work)
            for k in range(5):
                cells[c, 3 + k] = found[k]
            if again or (form != COMMON and form != TV) or count == len(cells):
                break
            at = crossing(near, of_p, row, panel, work)
            if not INSIDE * panel[2] < at < (1 - INSIDE) * panel[2]:
                break
            cells[c, 2] = at
            cells[count, 0], cells[count, 1], cells[count, 2] = (
                panel[0],
                panel[1] + at,
                panel[2] - at,
            )
            count += 1
        c += 1
    return count


@compiled
def outwards(
    form: int,
    alpha: float,
    near: bool,
    of_p: int,
    row: Any,
    cells: Any,
    count: int,
    origin: float,
    edge: float,
    width: float,
    extent: float,
    side: int,
    work: Any,
) -> tuple[int, float, float]:
    """Panels beyond an end, as long as they matter: how many in all, what may be left, the new end.

    The first is as wide as the last one before the end, and none that is narrower than `extent` decides.
    """
    total, last = 0.0, math.inf
    for c in range(count):
        total += abs(cells[c, 3])
    for _ in range(OUTWARDS):
        if count + 2 > len(cells):
            break
        cells[count, 0], cells[count, 1], cells[count, 2] = (
            origin,
            min(edge, edge + side * width),
            width,
        )
        begun = count
        count = evaluated(form, alpha, near, of_p, row, cells, count, count + 1, work)
        part = 0.0
        for c in range(begun, count):
            part += abs(cells[c, 3])
        total, edge = total + part, edge + side * width
        falls = part <= 0.5 * last or part <= 1e-302 * width  # no exponential is below e^-700
        if part <= 1e-18 * total + 1e-300 and falls and width >= extent:
            return count, 2 * part, edge
        last, width = part, 3 * max(abs(edge), width)
    return count, math.inf, edge


@compiled
def integral(
    form: int,
    alpha: float,
    near: bool,
    whole: float,
    share: float,
    of_p: int,
    row: Any,
    rtol: float,
    atol: float,
    most: float,
    cells: Any,
    work: Any,
    ends: Any,
) -> tuple[float, float, int]:
    """whole - share ∫ k(p, q), its error without that of what is outside, and how many panels that took.

    `ends` are filled with where the panels begin and end, as origin + offset, the masses found, and
    whether the tails were followed on either side until nothing mattered.
    """
    near = near and similar(of_p, row)
    low, high, left, right = domain(form, of_p, row)
    for k in range(len(ends)):
        ends[k] = 0.0
    if not low < high:
        ends[0] = ends[2] = 0.5 * (low + high)  # p is on one side of it, q on the other
        return whole, 4 * EPS * abs(whole), 0
    count = lay_out(form, row, low, high, cells)
    if count == 0:
        return whole, math.inf, 0
    beyond = 0.0
    ends[0], ends[1] = cells[0, 0], cells[0, 1]
    ends[2], ends[3] = cells[count - 1, 0], cells[count - 1, 1] + cells[count - 1, 2]
    widths = cells[0, 2], cells[count - 1, 2]
    count = evaluated(form, alpha, near, of_p, row, cells, 0, count, work)
    for side, follow, at in ((-1, left, 0), (1, right, 1)):
        if follow:
            origin, edge, width = ends[2 * at], ends[2 * at + 1], widths[at]
            count, rest, ends[2 * at + 1] = outwards(
                form,
                alpha,
                near,
                of_p,
                row,
                cells,
                count,
                origin,
                edge,
                width,
                high - low,
                side,
                work,
            )
            beyond += rest
            ends[6 if side < 0 else 7] = 1.0
    used = count
    for _ in range(ROUNDS):
        total, error, rounding = 0.0, 0.0, 0.0
        for c in range(count):
            total, error, rounding = (
                total + cells[c, 3],
                error + cells[c, 4],
                rounding + cells[c, 5],
            )
        value = whole - share * total
        allowed = max(atol, min(most * max(1.0, abs(value)), rtol * abs(value))) / abs(share)
        if not error + rounding < math.inf or error <= 0.5 * max(allowed, rounding):
            break
        before, threshold = count, 0.4 * max(allowed, rounding) / count
        for c in range(before):
            if cells[c, 4] > threshold and count + 2 < len(cells):
                half = 0.5 * cells[c, 2]
                if half <= 4 * EPS * abs(cells[c, 1]):
                    continue
                for low in (cells[c, 1], cells[c, 1] + half):
                    cells[count, 0], cells[count, 1], cells[count, 2] = cells[c, 0], low, half
                    count += 1
                for k in range(2, 8):
                    cells[c, k] = 0.0
        if count == before:
            break
        used += count - before
        count = evaluated(form, alpha, near, of_p, row, cells, before, count, work)
    for c in range(count):
        ends[4], ends[5] = ends[4] + cells[c, 6], ends[5] + cells[c, 7]
    return value, abs(share) * (error + rounding + beyond) + 4 * EPS * abs(whole), used


@compiled
def integrals(
    form: int,
    alpha: float,
    near: bool,
    whole: float,
    share: float,
    of_p: int,
    rows: Any,
    rtol: float,
    atol: float,
    most: float,
    value: Any,
    error: Any,
    ends: Any,
) -> int:
    """whole - share ∫ k(p, q) for every row of the table, into value, error and ends; nodes used."""
    cells = np.empty((PANELS, 8))
    work = np.empty((LOGS + 1, N))
    panels = 0
    for i in range(len(value)):
        value[i], error[i], used = integral(
            form, alpha, near, whole, share, of_p, rows[i], rtol, atol, most, cells, work, ends[i]
        )
        panels += used
    return panels * (N - 1)
