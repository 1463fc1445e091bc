"""Mixtures of normals of the plane as levels of components of like shape, each on its own lattice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density
from gantheory.densities.mixture import MixtureOf
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.plane import Product
from gantheory.threads import scratch

IntArray = npt.NDArray[np.intp]
TILE = 16  # nodes along a side of the squares that the lattice is cut into
ANCHOR = 13 / 32  # of a step: no node lies on an axis of symmetry, and the nodes stay exact
LIMIT = 12_000_000  # nodes of a level
PAIRS = 200_000  # of a tile and a component, looked at at once: bounds the memory
THIN = 8.0  # components more oblong than this are not formed from tables
FARTHEST = 2**30  # tiles from the origin: their nodes are still free of rounding
ALIKE = 2.5  # components of one level differ by no larger a factor


# --- the components -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Components:
    """The components of p and q: K of them.

    Attributes
    ----------
    weight, first:
        Shape (K,); first says whether the component is one of p.
    mean, factor:
        Shapes (K, 2) and (K, 2, 2), with cov = factor factorᵀ, factor lower triangular.
    rounded:
        Shape (K, 3): the factor by which a component is off at distance r (in standard deviations)
        is at most 1 + rounded · (1, r, r²), because its parameters were rounded.
    """

    weight: FloatArray
    first: npt.NDArray[np.bool_]
    mean: FloatArray
    factor: FloatArray
    rounded: FloatArray

    @cached_property
    def widths(self) -> FloatArray:
        """Least and largest standard deviation of each component, shape (K, 2)."""
        return np.asarray(np.linalg.svd(self.factor, compute_uv=False)[:, ::-1])

    @property
    def moderate(self) -> bool:
        """Whether p and q are floats in the ordinary range, far from over- and underflow."""
        peaks = [np.max(self.peak[side]) for side in (self.first, ~self.first)]
        return bool(min(peaks) > 1e-200 and max(peaks) < 1e200)

    @cached_property
    def tilt(self) -> FloatArray:
        """Largest over least standard deviation of each component, shape (K,)."""
        narrow, large = self.widths.T
        return np.asarray(large / narrow)

    @cached_property
    def peak(self) -> FloatArray:
        """w / (2π √det cov)."""
        det = self.factor[:, 0, 0] * self.factor[:, 1, 1]
        return np.asarray(self.weight / (2 * math.pi * det))


def components_of(p: Density, q: Density) -> Components | None:
    """Return the components of two mixtures of normals, None if one is of another kind."""
    rows = []
    for density, first in ((p, True), (q, False)):
        columns: Any = (1.0,), (density,), (0.0,)
        if isinstance(density, MixtureOf):
            columns = density.weights.tolist(), density.components, density.weight_roundings
        for weight, part, rounding in zip(*columns, strict=True):
            if weight > 0:
                found = _shape(part)
                if found is None:
                    return None
                mean, factor, rounded = found
                rounded = rounded + np.array([rounding / weight, 0.0, 0.0])
                rows.append((weight, first, mean, factor, rounded))
    arrays: list[Any] = [np.array(column) for column in zip(*rows, strict=True)]
    return Components(*arrays)


def _shape(part: Any) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Return mean, factor and what rounding moves: see `MultivariateNormal.parameter_error`."""
    if isinstance(part, MultivariateNormal):
        (a, _), (b, d) = part.factor
        narrow = a * d / math.hypot(a, b, d)  # at most the least standard deviation
        d_mean, d_cov = (float(np.linalg.norm(part)) for part in part.roundings)
        bent = d_cov / narrow**2
        return part.mean, part.factor, np.array([2 * bent, 2 * d_mean / narrow, bent])
    if isinstance(part, Product) and not part.rounded:
        x, y = part.marginals()
        if isinstance(x, Normal) and isinstance(y, Normal):
            scales = np.diag([float(x.scale), float(y.scale)])
            return np.array([float(x.loc), float(y.loc)]), scales, np.zeros(3)
    return None


# --- levels and their lattices --------------------------------------------------------------------


@dataclass(frozen=True)
class LatticeLevel:
    """Components of like shape, the wider ones of all later levels, and the axes of the lattice.

    Attributes
    ----------
    own, wide:
        Indices of components.
    turn, center:
        Coordinates are t = turnᵀ (x - center).
    whiten, at:
        Shapes (K, 2, 2) and (K, 2): component k has distance |whiten_k (t - at_k)| from t.
    """

    own: IntArray
    wide: IntArray
    turn: FloatArray
    whiten: FloatArray
    at: FloatArray

    @cached_property
    def steady(self) -> bool:
        """Whether the axes are those of the plane: then coordinates are free of rounding."""
        return bool(np.all(self.turn == np.eye(2)))

    @cached_property
    def conditional(self) -> FloatArray:
        """Standard deviation of each component along each axis, the other held fixed: (K, 2)."""
        return np.asarray(1 / np.linalg.norm(self.whiten, axis=1))

    @cached_property
    def marginal(self) -> FloatArray:
        """Standard deviation of each component along each axis: (K, 2)."""
        return np.asarray(np.linalg.norm(np.linalg.inv(self.whiten), axis=2))

    def radius(self, half: FloatArray) -> FloatArray:
        """Largest distance of a rectangle's corner from its middle, shape (K,)."""
        corners = self.whiten @ (half * np.array([[1, 1], [1, -1]])).T
        return np.asarray(np.sqrt(np.max(np.sum(corners**2, axis=1), axis=1)))

    def distance(self, t: FloatArray, index: IntArray) -> FloatArray:
        """|whiten (t - at)|: t of shape (n, 2), index of a shape that goes with (n,)."""
        whiten, at = self.whiten[index], self.at[index]
        x, y = t[..., 0] - at[..., 0], t[..., 1] - at[..., 1]
        first = whiten[..., 0, 0] * x + whiten[..., 0, 1] * y
        second = whiten[..., 1, 0] * x + whiten[..., 1, 1] * y
        return np.asarray(np.sqrt(first * first + second * second))


def levels_of(components: Components) -> list[LatticeLevel]:
    """Return the levels, the narrowest first: each component joins the first that is like it."""
    left = np.argsort(components.widths[:, 0], kind="stable")
    inverse = np.linalg.inv(components.factor)
    found = []
    while len(left):
        seed = left[0]
        turn, center = np.eye(2), np.zeros(2)
        if components.factor[seed, 1, 0] != 0:
            turn = np.linalg.svd(components.factor[seed])[0]
            center = components.mean[seed]
        frame = LatticeLevel(
            left[:0], left, turn, inverse @ turn, (components.mean - center) @ turn
        )
        sides = frame.conditional[seed]
        like = (frame.marginal[left] <= ALIKE * sides) & (frame.conditional[left] >= 0.8 * sides)
        own = np.all(like, axis=1)
        own[0] = True
        found.append(LatticeLevel(left[own], left[~own], turn, frame.whiten, frame.at))
        left = left[~own]
    return found


@dataclass(frozen=True)
class Lattice:
    """Nodes (TILE tile + i + ANCHOR) step, i = 0 ... TILE - 1 along both axes.

    Attributes
    ----------
    step:
        Shape (2,), of so few digits that nodes are free of rounding.
    tiles:
        Shape (n, 2), whole numbers.
    index:
        Components that come near some tile.
    near:
        Shape (n, len(index)): whether the component comes near the tile.
    """

    step: FloatArray
    tiles: FloatArray
    index: IntArray
    near: npt.NDArray[np.bool_]

    @property
    def nodes(self) -> int:
        """How many nodes there are."""
        return len(self.tiles) * TILE * TILE


def lattice_of(level: LatticeLevel, density: float, reach: float) -> Lattice | None:
    """Return the tiles within reach of the level's own components, None if they are too many.

    Parameters
    ----------
    density:
        Nodes for each standard deviation (conditional, of every component near) along each axis.
    reach:
        In standard deviations.
    """
    sides = level.conditional[level.own].min(axis=0)
    both = np.concatenate([level.own, level.wide])
    while True:
        mantissa, exponent = np.frexp(sides / density)
        step = np.ldexp(np.floor(mantissa * 64) / 64, exponent)
        tiles = _tiles(level, step, reach)
        if tiles is None:
            return None
        nearest, near = _near(level, middles(tiles, step), reach, step, both)
        order = np.argsort(nearest, kind="stable")
        near = near[order]
        seen = np.any(near, axis=0)
        needed = np.minimum(sides, level.conditional[both[seen]].min(axis=0))
        if np.all(needed >= sides):
            return Lattice(step, tiles[order], both[seen], near[:, seen])
        sides = needed


def _near(
    level: LatticeLevel, middle: FloatArray, reach: float, step: FloatArray, index: IntArray
) -> tuple[IntArray, npt.NDArray[np.bool_]]:
    """Return the component nearest to each tile, (n,), and which come within reach, (n, len(index))."""
    radius = level.radius(0.5 * TILE * step)[index]
    size = max(1, PAIRS // len(index))
    parts = []
    for start in range(0, len(middle), size):
        distance = level.distance(middle[start : start + size, None], index) - radius
        parts.append((np.argmin(distance, axis=1), distance <= reach))
    nearest, near = zip(*parts, strict=True)
    return np.concatenate(nearest), np.concatenate(near)


def _tiles(level: LatticeLevel, step: FloatArray, reach: float) -> FloatArray | None:
    side = TILE * step
    extent = reach * level.marginal[level.own]
    low = np.floor((level.at[level.own] - extent) / side)
    high = np.floor((level.at[level.own] + extent) / side) + 1
    corner, last = np.min(low, axis=0), np.max(high, axis=0)
    if not max(np.max(last), -np.min(corner)) < FARTHEST:
        return None
    if not np.sum(np.prod(high - low, axis=1)) * TILE**2 <= 4 * LIMIT:
        return None
    # every tile of the rectangle around each component, one after the other
    wide, tall = (high - low).astype(np.int64).T
    counts = wide * tall
    which = np.repeat(np.arange(len(counts)), counts)
    count = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    tiles = np.stack(np.divmod(count, tall[which]), axis=1) + low[which]
    distance = level.distance(middles(tiles, step), level.own[which])
    tiles = tiles[distance <= reach + level.radius(0.5 * side)[level.own[which]]] - corner
    rows = int(last[1] - corner[1])
    key = np.unique(tiles[:, 0].astype(np.int64) * rows + tiles[:, 1].astype(np.int64))
    if len(key) * TILE * TILE > LIMIT:
        return None
    return np.asarray(np.stack(np.divmod(key, rows), axis=1) + corner)


def middles(tiles: FloatArray, step: FloatArray | float) -> FloatArray:
    """Return the middles of tiles."""
    return np.asarray((tiles * TILE + (0.5 * (TILE - 1) + ANCHOR)) * step)


# --- components on tiles --------------------------------------------------------------------------


class Field:
    """The components w e^(-|z|²/2) / (2π √det cov) of a lattice, evaluated on its tiles."""

    def __init__(self, components: Components, level: LatticeLevel, lattice: Lattice) -> None:
        index = lattice.index
        self.lattice = lattice
        self.at, self.whiten, self.peak = (
            level.at[index],
            level.whiten[index],
            components.peak[index],
        )
        self.separable = level.steady & (components.factor[index, 1, 0] == 0)
        self.thin = components.tilt[index] > THIN
        inner = np.arange(TILE) - 0.5 * (TILE - 1)
        self.x, self.y = inner * lattice.step[0], inner * lattice.step[1]

    def densities(
        self, tiles: slice, kinds: Sequence[npt.NDArray[np.bool_]]
    ) -> list[FloatArray | None]:
        """Return Σ of the components of each kind, shape (tiles, TILE, TILE), None for no component.

        The axes' factors of separable components are products on the tiles: a product of matrices.
        """
        places = self.lattice.tiles[tiles]
        seen = np.any(self.lattice.near[tiles], axis=0)
        plain = np.flatnonzero(seen & self.separable)
        (left, i), (right, j) = (self._factors(places[:, axis], plain, axis) for axis in (0, 1))
        right *= self.peak[plain, None]
        middle = middles(places, self.lattice.step)
        totals: list[FloatArray | None] = []
        for kind in kinds:
            total: FloatArray | None = None
            mine = np.flatnonzero(kind[plain])
            if len(mine):
                shape = (len(places), TILE, TILE)
                total = scratch(f"kind {len(totals)}", *shape)
                np.matmul(left[i, mine].transpose(0, 2, 1), right[j, mine], out=total)
            for k in np.flatnonzero(kind & seen & ~self.separable).tolist():
                one = self._directly(k, middle) if self.thin[k] else self._by_table(k, middle)
                total = one if total is None else total + one
            totals.append(total)
        return totals

    def _factors(
        self, places: FloatArray, which: IntArray, axis: int
    ) -> tuple[FloatArray, IntArray]:
        """e^(-z²/2) along one axis, (places that differ, components, TILE), and where to find each."""
        different, inverse = np.unique(places, return_inverse=True)
        e = middles(different[:, None], self.lattice.step[axis]) - self.at[which, axis]
        z = e[:, :, None] + (self.x, self.y)[axis]
        z *= self.whiten[which, axis, axis, None]
        z *= z
        z *= -0.5
        return np.exp(z, out=z), inverse[:, None]

    def _by_table(self, k: int, middle: FloatArray) -> FloatArray:
        """e^(-eᵀPe/4 - (Pe)₁x) e^(-eᵀPe/4 - (Pe)₂y) peak e^(-dᵀPd/2): neither factor overflows.

        With e the way from the mean to the middle of a tile, d = (x, y) that from there to a node.
        """
        whiten = self.whiten[k]
        z = (middle - self.at[k]) @ whiten.T
        pull = z @ whiten
        half = 0.25 * np.sum(z * z, axis=1, keepdims=True)
        x, y = np.exp(-half - pull[:, :1] * self.x), np.exp(-half - pull[:, 1:] * self.y)
        (a, b), (c, d) = whiten
        across = self.x[:, None]
        square = (a * across + b * self.y) ** 2 + (c * across + d * self.y) ** 2
        return np.asarray(x[:, :, None] * y[:, None, :] * (self.peak[k] * np.exp(-0.5 * square)))

    def _directly(self, k: int, middle: FloatArray) -> FloatArray:
        """Peak e^(-|whiten (e + d)|²/2): dear, but as exact as a thin component allows."""
        e = middle - self.at[k]
        x, y = (e[:, :1] + self.x)[:, :, None], (e[:, 1:] + self.y)[:, None, :]
        (a, b), (c, d) = self.whiten[k]
        square = (a * x + b * y) ** 2
        square += (c * x + d * y) ** 2
        square *= -0.5
        return np.asarray(self.peak[k] * np.exp(square, out=square))
