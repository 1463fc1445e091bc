"""The outputs of D that are best for some p / q, and what a generator follows along them.

An output a is the best one for exactly one ratio, u(a) = -F'(a) / R'(a), so a path needs no minimum.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.interpolate import CubicSpline

from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.responses import derivative
from gantheory.testing.oracle.structure import GRID, Curves

# f''(u) = u^α (1 + u)^β -> the divergence of that f, and how often it is in it
NAMES = {
    (-1.0, -1.0): (1.0, "2 JSD(p, q)"),
    (-2.0, -1.0): (1.0, "2 KL(m | p) with m = (p + q) / 2"),
    (-2.0, 0.0): (1.0, "KL(q | p)"),
    (-1.0, 0.0): (1.0, "KL(p | q)"),
    (0.0, 0.0): (0.5, "the integral of (p - q)^2 / q"),
    (-3.0, 0.0): (0.5, "the integral of (p - q)^2 / p"),
    (-1.5, 0.0): (2.0, "the integral of (sqrt p - sqrt q)^2"),
}


@dataclass(frozen=True)
class Path:
    """Outputs that are best for some ratio, with that ratio and the losses there.

    Attributes
    ----------
    logits, log_ratios:
        Shape (n,); log p - log q rises or falls along it.
    rows:
        R and F there, and G on the grid, shape (2 or 3, n).
    """

    logits: FloatArray
    log_ratios: FloatArray
    rows: FloatArray

    @property
    def sign(self) -> Literal[-1, 1]:
        """1 where larger outputs are best for larger p / q."""
        return 1 if self.log_ratios[-1] > self.log_ratios[0] else -1


@dataclass(frozen=True)
class Followed:
    """What a generator follows while D is at its best.

    Attributes
    ----------
    direction:
        1 where g_loss falls all along the path to larger p / q, -1 where it rises, 0 where it stands
        still, None where it turns.
    turns:
        The p / q at which it turns.
    divergence:
        The divergence whose gradient it has, in words; "" where it does not fall.
    known:
        Its name in `NAMES`, or None.
    """

    direction: Literal[-1, 0, 1] | None
    turns: float | None = None
    divergence: str = ""
    known: str | None = None


def path(curves: Curves) -> Path | None:
    """Return the path of d_loss, None where no five outputs are best for some p / q each."""
    on_grid = curves.on_grid[:, ::2]
    found = _sound(curves, GRID[::2], on_grid)
    return found and Path(GRID[::2][found[0]], found[1], on_grid[:, found[0]])


def path_between(curves: Curves, low: float, high: float) -> Path | None:
    """Return the path between two outputs, or None."""
    at = np.linspace(low, high, 49)
    rows = np.asarray([[curve(float(a)) for a in at] for curve in (curves.real, curves.fake)])
    found = _sound(curves, at, rows)
    return found and Path(at[found[0]], found[1], rows[:, found[0]])


def _sound(
    curves: Curves, at: FloatArray, rows: FloatArray
) -> tuple[npt.NDArray[np.intp], FloatArray] | None:
    """Return which outputs are best for a log ratio between -4 and 4, and that ratio."""
    real = np.asarray([derivative(curves.real, float(a), curves.tolerance) for a in at])
    fake = np.asarray([derivative(curves.fake, float(a), curves.tolerance) for a in at])
    least = 1e-6 if curves.tolerance < 1e-6 else 1e-2  # slopes above the rounding of values
    # of a constant rounding makes slopes too, but small ones beside those of the other term
    floor = 1e-9 * curves.scale
    sound = (np.abs(real) > least * _sizes(rows[0]) + floor) & (real * fake < 0)
    sound &= np.abs(fake) > least * _sizes(rows[1]) + floor
    if sound.sum() < 5:
        return None
    log_ratios = np.log(-fake[sound] / real[sound])
    inside = np.abs(log_ratios) < 4
    steps = np.diff(log_ratios[inside])
    if inside.sum() < 5 or not ((steps > 1e-6).all() or (steps < -1e-6).all()):
        return None
    return np.flatnonzero(sound)[inside], log_ratios[inside]


def _sizes(row: FloatArray) -> FloatArray:
    """|c|, at least as large as near the middle."""
    sizes: FloatArray = np.maximum(np.abs(row), np.abs(row[20:29]).max())
    return sizes


def followed(curves: Curves, along: Path) -> Followed:
    """Return D_f with -u f''(u) = d/du G(a*(u)), a* the best output.

    At D frozen at its optimum, the gradient of g_loss in the generated density is that of D_f(p | q),
    the integral of q f(p / q): its variation in q is f - u f' = G(a*(u)) up to a constant.
    """
    falls = -along.sign * np.asarray(
        [derivative(curves.generator, float(a), curves.tolerance) for a in along.logits]
    )
    noise = (1e-7 if curves.tolerance < 1e-6 else 1e-2) * float(np.abs(falls).max())
    noise += curves.tolerance * curves.g_scale
    down, up = falls > noise, falls < -noise
    if down.any() and up.any():
        turn = int(np.argmax(np.diff(np.sign(np.where(down | up, falls, 0.0))) != 0))
        return Followed(None, turns=float(np.exp(along.log_ratios[turn : turn + 2].mean())))
    if not down.any():
        return Followed(-1 if up.any() else 0)
    rates = CubicSpline(along.logits, along.log_ratios).derivative()(along.logits)
    inner = slice(2, -2) if along.logits.size > 8 else slice(None)
    curved = (falls / np.abs(rates))[inner] * np.exp(-2 * along.log_ratios[inner])
    divergence, known = _named(along.log_ratios[inner], curved, bool(down[inner].all()))
    return Followed(1, divergence=divergence, known=known)


def _named(log_ratios: FloatArray, curved: FloatArray, strict: bool) -> tuple[str, str | None]:
    """Return a divergence by its f'', in words, and its name where it has one."""
    powers = _powers(log_ratios, curved) if strict and np.ptp(log_ratios) > 2 else None
    if powers is None:
        order = np.argsort(log_ratios)
        at = [u for u in (0.5, 1.0, 2.0) if abs(np.log(u)) <= np.abs(log_ratios).max()]
        values = np.interp(np.log(at), log_ratios[order], curved[order])
        where = ", ".join(f"f''({u:g}) = {value:.3g}" for u, value in zip(at, values, strict=True))
        return f"an f-divergence with {where}", None
    alpha, beta, factor = powers
    formula = f"f''(u) = {_formula(alpha, beta, factor)}"
    if (alpha, beta) not in NAMES:
        return f"the f-divergence with {formula}", None
    often, name = NAMES[alpha, beta]
    return f"{times(often * factor)}{name}, {formula}", name


def _powers(log_ratios: FloatArray, curved: FloatArray) -> tuple[float, float, float] | None:
    """Return α, β and c of c u^α (1 + u)^β in halves, None where it is not such a function."""
    columns = np.stack(
        (log_ratios, np.logaddexp(0.0, log_ratios), np.ones_like(log_ratios)), axis=1
    )
    found, *_ = np.linalg.lstsq(columns, np.log(curved), rcond=None)
    alpha, beta = (round(2 * float(power)) / 2 + 0.0 for power in found[:2])
    rest = np.log(curved) - columns[:, :2] @ np.asarray([alpha, beta])
    if not np.ptp(rest) <= 0.02:
        return None
    return alpha, beta, float(np.exp(np.median(rest)))


def _formula(alpha: float, beta: float, factor: float) -> str:
    """c u^α (1 + u)^β as one writes it."""
    over, _, under = _plain(factor).partition("/")
    above, below = [over], [under] if under else []
    for base, power in (("u", alpha), ("(1 + u)", beta)):
        if power:
            size = "" if abs(power) == 1 else f"^{abs(power):g}"
            (above if power > 0 else below).append(f"{base}{size}")
    if above[0] == "1" and len(above) > 1:
        del above[0]
    under = " ".join(below) if len(below) < 2 else f"({' '.join(below)})"
    return " ".join(above) + (f" / {under}" if under else "")


def times(factor: float) -> str:
    """Return a factor before a name: "" for 1, "1/2 " for 0.5."""
    written = _plain(factor)
    return "" if written == "1" else f"{written} "


def _plain(factor: float) -> str:
    """Return a number as a fraction where it is a small one."""
    near = Fraction(factor).limit_denominator(8)
    return str(near) if near and abs(float(near) / factor - 1) < 2e-3 else f"{factor:.4g}"
