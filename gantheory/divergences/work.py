"""How much one call may do, counted in evaluations: the same on every machine.

One unit of work is a normal's density at one point, about 60 ns on a machine of 2024. A pair of single
densities may be evaluated LIMIT times; pairs of many components, or of families that are expensive to
evaluate, as often as comes to WORK: five seconds. Callers may say how often instead, and until when.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NoReturn

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.divergences import effort as asked
from gantheory.divergences.effort import DEFAULT, OUT_OF_TIME, Effort
from gantheory.divergences.layout import parts_of
from gantheory.divergences.normal_cells import NODES, Frames, NormalPair, on_cells
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.errors import Exhausted, NotConverged, brief
from gantheory.estimates import Estimate
from gantheory.quadrature import Cells

LIMIT = {1: 4_000_000, 2: 12_000_000}  # evaluations of a pair, by its dimension
WORK = 200_000_000
OVERHEAD = 4  # what a kernel costs beside its densities
TOGETHER = (
    12  # components of mixtures of normals of the plane, evaluated at once, cost as much as one
)
FEWEST = 2_000  # evaluations that no pair does with less ...
FEWEST_EACH = 64  # ... nor any of its components
BEGIN = (
    8  # the first resolution takes at most this part of the evaluations, where panels can be joined
)
STRIDE, BRIEF = 256, 0.05  # points, at first, between two looks at the clock, and seconds
ROUNDED_UP = 1e-12  # constants such as log 2 are rounded, and weights add up to 1 only nearly
BATCH, MEMBER = 1_000_000_000, 100_000  # work of a batch: at the least, and for each of its members


class Meter:
    """A pair of densities, how often it may be evaluated, how often it was, and the best there is."""

    def __init__(
        self,
        p: Any,
        q: Any,
        effort: Effort = DEFAULT,
        best: Estimate | None = None,
        cost: int | None = None,
        pair: NormalPair | None = None,
    ) -> None:
        self.p, self.q, self.effort, self.pair, self.points = p, q, effort, pair, 0
        self.cost = cost or cost_of(p, q, 1 if pair is None else TOGETHER)
        self.limit = effort.limit or min(LIMIT[p.dim], WORK // self.cost)
        self.best = best or Estimate(0.0, math.inf)
        self.stride = STRIDE

    def look(self, x: FloatArray, origin: FloatArray) -> PairValues:
        """Return log p, log q and log p - log q at origin + x."""

        def columns(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, ...]:
            return tuple(vars(evaluate_pair(self.p, self.q, x, origin)).values())

        return PairValues(*self.spend(columns, x, origin))

    def look_at(self, cells: Cells, turn: FloatArray | None) -> PairValues:
        """Return the same at the nodes of cells, of mixtures of normals of the plane; not counted."""
        if self.pair is None:
            raise TypeError(f"{brief(self.p)} and {brief(self.q)} are no mixtures of normals")
        if self.effort.late:
            self._stop(OUT_OF_TIME, "time")
        frames = Frames.of(cells, np.eye(2) if turn is None else turn)
        return self.pair.look(frames, on_cells, NODES)

    def count(self, points: int) -> None:
        """Count evaluations that come next.

        Raises
        ------
        Exhausted
            If they are more than are allowed.
        """
        if self.points + points > self.limit:
            self._stop(f"{self.limit} are allowed for such a pair: raise limit", "limit")
        self.points += points

    def spend(
        self,
        f: Callable[[FloatArray, FloatArray], tuple[FloatArray, ...]],
        x: FloatArray,
        origin: FloatArray,
        *,
        price: float = 1,
    ) -> tuple[FloatArray, ...]:
        """Return f(x, origin), arrays whose last axis is that of the points.

        Parameters
        ----------
        f:
            Evaluates the pair.
        x, origin:
            n points. Where time is limited they are shared out to parts that take BRIEF each.
        price:
            What one of them counts.

        Raises
        ------
        Exhausted
            If that is more than is allowed, or there is no more time.
        """
        self.count(math.ceil(price * len(x)))
        if self.effort.deadline == math.inf:
            return f(x, origin)
        parts, start = [], 0
        while start < len(x):
            began, part = asked.clock(), slice(start, start + self.stride)
            if began > self.effort.deadline:
                self._stop(OUT_OF_TIME, "time")
            parts.append(f(x[part], origin[part]))
            start += self.stride
            slow = asked.clock() - began > BRIEF
            self.stride = max(1, self.stride // 2) if slow else 2 * self.stride
        return tuple(np.concatenate(column, axis=-1) for column in zip(*parts, strict=True))

    def _stop(self, why: str, stopped: Literal["limit", "time"]) -> NoReturn:
        raise Exhausted(
            f"{brief(self.p)} and {brief(self.q)}: after {self.points} evaluations {why}",
            self.best,
            stopped=stopped,
        )

    def begin(self) -> None:
        """Refuse a pair of more components than its evaluations suffice for, before any work on it.

        Raises
        ------
        NotConverged
            With the best there is.
        """
        components = len(parts_of(self.p)) + len(parts_of(self.q))
        self.refuse(max(FEWEST, FEWEST_EACH * components))

    def joined(self, points: int) -> int:
        """How many panels of the line are joined to one, where all take so many evaluations at first."""
        return max(self.effort.joined, math.ceil(points * BEGIN / self.limit))

    def refuse(self, needed: int) -> None:
        """Refuse to begin what needs more evaluations than there are.

        Raises
        ------
        NotConverged
            With the best there is.
        """
        if needed > self.limit:
            raise NotConverged(
                f"{brief(self.p)} and {brief(self.q)}: with {self.cost} units of work "
                f"for each evaluation, {self.limit} are allowed, and {needed} are needed to begin",
                self.best,
            )


def cost_of(p: Any, q: Any, together: int = 1) -> int:
    """Return the work of one evaluation of a pair, so many of its terms for the price of one."""
    return int(OVERHEAD + (p.terms + q.terms) // together)


def trivial(bound: tuple[float, float] | None) -> Estimate:
    """Return what is known of an integral without a look: nothing, or the bound of its integrand.

    The bound (0, 0) says that nothing lies outside the cells, and no more.
    """
    most = sum(bound) * (1 + ROUNDED_UP) if bound and any(bound) else math.inf
    return Estimate(0.0, most)
