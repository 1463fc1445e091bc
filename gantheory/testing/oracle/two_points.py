"""Losses of whole batches on two points, whatever their formula is.

D says a at the point 0 and b at the point 1; p and q are shares of a batch there. Where p / q is larger
at the point 0, a discriminator of any divergence says more there (or less, in every such case), and G
lowers its loss by a sample that it moves there. A loss of which no game is known is held to this.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.optimize import minimize

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.findings import SAME_WAY
from gantheory.testing.oracle.handing import CannotJudge, FloatArray

Shares = tuple[float, float]
EQUAL: tuple[tuple[Shares, Shares], ...] = (((0.5, 0.5), (0.5, 0.5)), ((0.75, 0.25), (0.75, 0.25)))
# in all of these p / q is larger at the point 0
APART: tuple[tuple[Shares, Shares], ...] = (
    ((0.75, 0.25), (0.25, 0.75)),
    ((0.5, 0.5), (0.25, 0.75)),
    ((0.75, 0.25), (0.5, 0.5)),
    ((0.75, 0.25), (0.625, 0.375)),
)
LEVELS = (-4.0, -1.5, -0.5, 0.0, 0.5, 1.5, 4.0)
GAPS = (0.1, 0.5, 1.0, 2.0, 4.0, 8.0)
BOX = 8.0
FAR = (50.0, 100.0)
SIZES = (64, 16)
UNBOUNDED = "No D is optimal: d_loss falls without bound, even where p = q."
FEW = (
    "g_loss does not move with one sample of a batch in which others are the same, as where it takes "
    "the k largest outputs alone; where all samples move to larger p / q, it falls."
)


@dataclass(frozen=True)
class Best:
    """The best outputs (a, b) with a >= b and with a <= b, and d_loss there."""

    up: tuple[float, float]
    down: tuple[float, float]
    loss_up: float
    loss_down: float

    @property
    def least(self) -> float:
        """The least d_loss."""
        return min(self.loss_up, self.loss_down)

    @property
    def outputs(self) -> tuple[float, float]:
        """The outputs at which it is reached."""
        return self.up if self.loss_up <= self.loss_down else self.down

    def sign(self, slack: float) -> Literal[-1, 0, 1]:
        """1 where a > b is better, -1 where a < b is, 0 where both are as good."""
        gap = self.loss_down - self.loss_up
        return 0 if abs(gap) <= slack else 1 if gap > 0 else -1


@dataclass(frozen=True)
class Evidence:
    """What two losses do on two points.

    Attributes
    ----------
    d_faults, g_faults:
        Sentences.
    sign:
        1 where D says more for larger p / q, -1 where it says less, 0 where both are as good.
    shown:
        A counterexample, if there is a fault.
    g_doubt:
        A sentence where one sample that moves does not show what g_loss does, and all of them do.
    """

    d_faults: tuple[str, ...]
    g_faults: tuple[str, ...]
    sign: Literal[-1, 0, 1]
    shown: dict[str, Any] | None
    g_doubt: str = ""


class _Points:
    """Both losses as functions of two shares and two outputs."""

    def __init__(self, losses: Losses, sizes: tuple[int, ...]) -> None:
        self.losses, self.n = losses, losses.size
        for n in sizes:
            try:
                losses.d(np.zeros(n), np.zeros(n))
                losses.g(np.zeros(n), np.zeros(n))
            except CannotJudge:
                continue
            self.n = n
            break
        # of real and generated samples every pair, where the size of the batch is a square
        root = round(self.n**0.5)
        order = np.arange(self.n)
        if root**2 == self.n:
            self.turned = order.reshape(root, root).T.ravel()
        else:
            self.turned = np.random.default_rng(5).permutation(self.n)

    def batches(self, p: Shares, q: Shares, a: float, b: float) -> tuple[FloatArray, FloatArray]:
        real, fake = (np.where(np.arange(self.n) < round(one[0] * self.n), a, b) for one in (p, q))
        return real, fake[self.turned]

    def d(self, p: Shares, q: Shares, a: float, b: float) -> float:
        """d_loss, inf where it is not a number."""
        found = self.losses.d(*self.batches(p, q, a, b))
        return np.inf if np.isnan(found) else found

    def all_moved(self, p: Shares, q: Shares, a: float, b: float) -> float:
        """How much g_loss changes where all generated samples go from the point 1 to the point 0."""
        real, _ = self.batches(p, q, a, b)
        return self.losses.g(np.full(self.n, a), real) - self.losses.g(np.full(self.n, b), real)

    def moved(self, p: Shares, q: Shares, a: float, b: float) -> float:
        """How much g_loss changes by one generated sample that moves to the point 0."""
        real, fake = self.batches(p, q, a, b)
        at = np.flatnonzero(fake == b) if a != b else np.arange(self.n)
        changes = []
        for i in at[:: max(1, at.size // 8)]:  # in pairs it matters which one
            other = fake.copy()
            other[i] = a
            changes.append(self.losses.g(other, real) - self.losses.g(fake, real))
        return float(np.mean(changes))


def evidence(losses: Losses, sizes: tuple[int, ...] = SIZES) -> Evidence:
    """Return what both losses do on two points, in batches of the first size that they take."""
    points = _Points(losses, sizes)
    equal = {shares: _best(points, *shares) for shares in EQUAL}
    apart = {shares: _best(points, *shares) for shares in APART}
    level = min(one.least for one in equal.values())
    largest = max(abs(level), *(abs(level - one.least) for one in apart.values()))
    slack = (1e-6 if losses.precise else 1e-4) * largest
    signs = {one.sign(slack) for one in apart.values()}
    fault, (p, q) = _of_discriminator(points, equal, apart, slack)
    if not fault and len(signs) > 1:
        fault = "On two points the best D does not say more, or less, wherever p / q is larger."
    if fault:
        best = (equal | apart)[p, q]
        shown = {
            "p": list(p),
            "q": list(q),
            "logits_preferred": list(best.outputs),
            "d_loss_preferred": best.least,
            "d_loss_at_equality": level,
        }
        return Evidence((fault,), (), 0, shown)
    sign = signs.pop()
    return _of_generator(points, apart, sign)


def _best(points: _Points, p: Shares, q: Shares) -> Best:
    """argmin of d_loss over both half planes, within ±8."""
    up, loss_up = _least(lambda a, b: points.d(p, q, a, b))
    down, loss_down = _least(lambda b, a: points.d(p, q, a, b))
    return Best(up, (down[1], down[0]), loss_up, loss_down)


def _least(loss: Callable[[float, float], float]) -> tuple[tuple[float, float], float]:
    """argmin over a >= b: from the best of a grid, by simplex search."""

    def outputs(at: FloatArray) -> tuple[float, float]:
        level, gap = float(at[0]), abs(float(at[1]))
        return min(level + gap / 2, BOX), max(level - gap / 2, -BOX)

    def value(at: FloatArray) -> float:
        found = loss(*outputs(np.clip(at, -2 * BOX, 2 * BOX)))
        return min(found, 1e30)

    starts = [np.asarray([level, gap]) for level in LEVELS for gap in (0.0, *GAPS)]
    start = min(starts, key=value)
    found = minimize(value, start, method="Nelder-Mead", options={"maxiter": 150, "xatol": 1e-5})
    at = found.x if found.fun < value(start) else start
    return outputs(np.clip(at, -2 * BOX, 2 * BOX)), value(at)


def _of_discriminator(
    points: _Points,
    equal: dict[tuple[Shares, Shares], Best],
    apart: dict[tuple[Shares, Shares], Best],
    slack: float,
) -> tuple[str, tuple[Shares, Shares]]:
    """Return what is wrong with d_loss and the shares at which it shows, or ""."""
    for shares, best in equal.items():
        far = [
            [points.d(*shares, *(r * way)) for r in FAR]
            for way in (np.asarray([i, j]) for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j)
        ]
        wide = 1e-3 * max(1.0, abs(best.least))
        if any(last < min(near, best.least) - wide for near, last in far):
            return UNBOUNDED, shares
        flat = min(points.d(*shares, a, a) for a in best.outputs)
        line = _least(lambda a, b: points.d(*shares, (a + b) / 2, (a + b) / 2))[1]  # noqa: B023
        if best.least < min(flat, line) - 10 * slack:
            return "Where p = q, d_loss is least for a D that tells samples apart.", shares
    level = min(one.least for one in equal.values())
    for shares, best in apart.items():
        if not best.least < level - 2 * slack:
            return "The best D does not tell p from q: d_loss is as small where p = q.", shares
    return "", APART[0]


def _of_generator(
    points: _Points, apart: dict[tuple[Shares, Shares], Best], sign: Literal[-1, 0, 1]
) -> Evidence:
    """Return what is wrong with g_loss at the best D, and where it shows."""
    changes, together, who = {}, {}, "a_sample"
    for (p, q), best in apart.items():
        for outputs, wanted in ((best.up, sign >= 0), (best.down, sign <= 0)):
            if wanted:
                changes[p, q, outputs] = points.moved(p, q, *outputs)
                together[p, q, outputs] = points.all_moved(p, q, *outputs)
    largest = max(map(abs, changes.values()))
    zero = np.zeros(points.n)
    noise = points.losses.rounding * (1 + abs(points.losses.g(zero, zero)))
    if largest <= noise and max(together.values()) < -noise:
        return Evidence((), (), sign, None, g_doubt=FEW)
    if largest <= noise and min(together.values()) > noise:
        fault, changes, who = SAME_WAY, together, "all_samples"
    elif largest <= noise:
        fault = "g_loss does not tell outputs apart that D gives to real and to generated samples."
    elif max(changes.values()) <= 1e-3 * largest:
        return Evidence((), (), sign, None)
    elif min(changes.values()) >= -1e-3 * largest:
        fault = SAME_WAY
    else:
        fault = "At the best D g_loss does not always fall where samples move to larger p / q."
    (p, q, outputs), change = max(changes.items(), key=lambda one: one[1])
    shown = {
        "p": list(p),
        "q": list(q),
        "logits": list(outputs),
        f"change_of_g_loss_by_{who}_moved_to_point_0": change,
        "theory_prefers_point": 0,
    }
    return Evidence((), (fault,), sign, shown)
