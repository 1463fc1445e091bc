"""How much one call may do, counted in evaluations: the same on every machine.

One unit of work is a normal's density at one point, about 60 ns on a machine of 2024. A pair of single
densities may be evaluated LIMIT times; pairs of many components, or of families that are expensive to
evaluate, as often as comes to WORK: twelve seconds, or up to three times that where the last evaluations
go into a second resolution.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.divergences.layout import parts_of
from gantheory.divergences.normal_cells import NODES, Frames, NormalPair, on_cells
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate
from gantheory.quadrature import Cells

LIMIT = {1: 4_000_000, 2: 12_000_000}  # evaluations of a pair, by its dimension
WORK = 200_000_000
OVERHEAD = 4  # what a kernel costs beside its densities
FEWEST = 2_000  # evaluations that no pair does with less ...
FEWEST_EACH = 64  # ... nor any of its components
ROUNDED_UP = 1e-12  # constants such as log 2 are rounded, and weights add up to 1 only nearly
BATCH, MEMBER = 1_000_000_000, 100_000  # work of a batch: at the least, and for each of its members


class Meter:
    """A pair of densities, how often it may be evaluated, and how often it was.

    Mixtures of normals of the plane, all components at once, cost hardly more than a kernel.
    """

    def __init__(self, p: Any, q: Any, pair: NormalPair | None = None) -> None:
        self.p, self.q, self.pair, self.points = p, q, pair, 0
        self.limit = LIMIT[p.dim] if pair else min(LIMIT[p.dim], WORK // cost_of(p, q))

    def look(self, x: FloatArray, origin: FloatArray) -> PairValues:
        """Return log p, log q and log p - log q at origin + x."""
        self.points += len(x)
        return evaluate_pair(self.p, self.q, x, origin)

    def look_at(self, cells: Cells, turn: FloatArray | None) -> PairValues:
        """Return the same at the nodes of cells, of mixtures of normals of the plane; not counted."""
        if self.pair is None:
            raise TypeError(f"{brief(self.p)} and {brief(self.q)} are no mixtures of normals")
        frames = Frames.of(cells, np.eye(2) if turn is None else turn)
        return self.pair.look(frames, on_cells, NODES)

    def begin(self, best: Estimate) -> None:
        """Refuse a pair of more components than its evaluations suffice for, before any work on it.

        Raises
        ------
        NotConverged
            With `best`.
        """
        components = len(parts_of(self.p)) + len(parts_of(self.q))
        self.refuse(max(FEWEST, FEWEST_EACH * components), best)

    def refuse(self, needed: int, best: Estimate) -> None:
        """Refuse to begin what needs more evaluations than there are.

        Raises
        ------
        NotConverged
            With `best`.
        """
        if needed > self.limit:
            raise NotConverged(
                f"{brief(self.p)} and {brief(self.q)}: with {cost_of(self.p, self.q)} units of work "
                f"for each evaluation, {self.limit} are allowed, and {needed} are needed to begin",
                best,
            )


def cost_of(p: Any, q: Any) -> int:
    """Return the work of one evaluation of a pair."""
    return int(OVERHEAD + p.terms + q.terms)


def trivial(bound: tuple[float, float] | None) -> Estimate:
    """Return what is known of an integral without a look: nothing, or the bound of its integrand."""
    most = math.inf if bound is None else sum(bound) * (1 + ROUNDED_UP)
    return Estimate(0.0, most)
