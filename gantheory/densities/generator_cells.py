"""One monotone piece of a generator: G' as polynomials on cells, and the distribution that they make."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import (
    NO_TAIL,
    UNKNOWN_TAIL,
    Breaks,
    Density1D,
    Edge,
    Tail,
    local,
    local_error,
    mass_between,
)
from gantheory.densities.generator_pieces import MOST_CELLS, Span, halved
from gantheory.densities.normal import LOG_SQRT_2PI, Normal

NODES = 12
AT = 0.5 * (1 - np.cos(math.pi * (2 * np.arange(NODES) + 1) / (2 * NODES)))
CHECKS = np.array([0.02, 0.13, 0.34, 0.66, 0.87, 1.0])
PRECISE, ROUGH = 1e-13, 1e-6  # relative error of G' in a cell: wanted, and taken at worst
ROUNDS = 16
CLOSE = 1e-10  # relative size of Newton's last step: the next one would be its square
TOWARDS_POLE = 0.5 ** np.arange(1, 51)  # the last panel at a pole holds 1e-15 of its cell


@dataclass(frozen=True)
class Slopes:
    """G' on cells of the latent line: |G'(base ± scale u)| = Σ c_j u^j for u from 0 to length.

    u runs from one end of the cell, where G turns if it does, so that c_0 = 0 there exactly.
    """

    low: FloatArray
    high: FloatArray
    away: FloatArray  # 1 where u runs from low to high, else -1
    scale: FloatArray
    powers: FloatArray
    doubt: FloatArray  # relative error of |G'|

    @classmethod
    def affine(
        cls, low: FloatArray, high: FloatArray, slope: FloatArray, doubt: FloatArray
    ) -> Slopes:
        """Return cells with constant G', measured from a finite end."""
        away = np.where(np.isfinite(low), 1.0, -1.0)
        return cls(low, high, away, np.ones_like(low), np.abs(slope)[:, None], doubt)

    def __getitem__(self, rows: Any) -> Slopes:
        return Slopes(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def base(self) -> FloatArray:
        """Where u = 0."""
        return np.where(self.away > 0, self.low, self.high)

    @cached_property
    def length(self) -> FloatArray:
        """Largest u."""
        return (self.high - self.low) / self.scale

    @cached_property
    def total(self) -> FloatArray:
        """|G(high) - G(low)|."""
        finite = np.isfinite(self.length)
        rise = self.rise(np.arange(len(self.low)), np.where(finite, self.length, 0.0))
        return np.where(finite, rise, math.inf)

    def slope(self, k: npt.NDArray[np.intp], u: FloatArray) -> FloatArray:
        """|G'| in cells k."""
        return _horner(self.powers[k], u)

    def rise(self, k: npt.NDArray[np.intp], u: FloatArray) -> FloatArray:
        """|G(z) - G(base)|."""
        j = np.arange(1, self.powers.shape[1] + 1)
        return self.scale[k] * u * _horner(self.powers[k] / j, u)

    def bend(self, k: npt.NDArray[np.intp], u: FloatArray) -> FloatArray:
        """|G'' / G'|."""
        if self.powers.shape[1] == 1:
            return np.zeros_like(u)
        j = np.arange(1, self.powers.shape[1])
        curvature = np.abs(_horner(self.powers[k, 1:] * j, u))
        return curvature / np.maximum(self.scale[k] * self.slope(k, u), 1e-300)

    def solve(self, k: npt.NDArray[np.intp], rise: FloatArray) -> FloatArray:
        """Return u with |G(z) - G(base)| = rise: Newton's method, kept inside by bisection."""
        if self.powers.shape[1] == 1:
            return np.asarray(rise / (self.scale[k] * self.powers[k, 0]))
        low, high = np.zeros_like(rise), self.length[k].copy()
        with np.errstate(invalid="ignore", divide="ignore"):
            share = rise / self.total[k]
            inner = high * np.where(self.powers[k, 0] == 0, np.sqrt(share), share)
            u = np.where(np.isinf(high), rise / (self.scale[k] * self.powers[k, 0]), inner)
        for _ in range(100):
            gap = self.rise(k, u) - rise
            low, high = np.where(gap <= 0, u, low), np.where(gap >= 0, u, high)
            moved = u - gap / np.maximum(self.scale[k] * self.slope(k, u), 1e-300)
            moved = np.where((moved >= low) & (moved <= high), moved, 0.5 * (low + high))
            far, u = np.abs(moved - u) > CLOSE * np.abs(moved), moved
            if not far.any():
                break
        return u


def _horner(powers: FloatArray, u: FloatArray) -> FloatArray:
    value = powers[:, -1]
    for j in range(powers.shape[1] - 2, -1, -1):
        value = value * u + powers[:, j]
    return value


def fitted(
    slope: Callable[[FloatArray, FloatArray], Span], cells: FloatArray, turns: FloatArray
) -> tuple[Slopes, FloatArray, FloatArray]:
    """Return polynomials for G' on cells (n, 2) that it keeps its sign in, the signs, and what is lost.

    A cell is halved until polynomial and network differ by 1e-13 of the least |G'|, or by the rounding
    of G'; at a turning point G' / u takes the place of G'. Slopes that stay 1e-6 off are lost.
    """
    done, signs, lost = [], [np.empty(0)], [np.empty((0, 2))]
    for remaining in range(ROUNDS, -1, -1):
        low, high = cells.T
        turned = np.isin(high, turns)
        poles = turned | np.isin(low, turns)
        away, scale = np.where(turned, -1.0, 1.0), high - low
        values = _quotients(slope, cells, away, poles, AT)
        powers = np.linalg.solve(np.vander(AT, increasing=True), values.middle.T).T
        checks = _quotients(slope, cells, away, poles, CHECKS)
        gap = np.abs(powers @ np.vander(CHECKS, NODES, increasing=True).T - checks.middle)
        least = np.minimum(np.min(np.abs(values.middle), 1), np.min(np.abs(checks.middle), 1))
        signed = np.all(np.sign(values.middle) == np.sign(values.middle[:, :1]), 1) & (least > 0)
        noise = np.max(0.5 * (checks.high - checks.low), 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            error, floor = np.max(gap, 1) / least, noise / least
        fine = error <= (np.maximum(PRECISE, floor) if remaining else ROUGH)
        good = signed & fine & (error <= ROUGH) & ~(turned & np.isin(low, turns))
        lower, higher = (np.pad(powers, ((0, 0), side)) for side in ((0, 1), (1, 0)))
        powers = np.where(poles[:, None], higher, lower) * np.sign(values.middle[:, :1])
        made = Slopes(low, high, away, scale, np.asarray(powers, np.float64), error + EPS)
        done.append(made[good])
        signs.append(np.sign(values.middle[good, 0]))
        hopeless = floor > ROUGH  # the rounding of G' itself: halving does not help
        lost.append(cells[~good & hopeless])
        cells = cells[~good & ~hopeless]
        if not len(cells) or not remaining or 2 * len(cells) > MOST_CELLS:
            break
        cells = halved(cells)
    lost.append(cells)
    names = Slopes.__dataclass_fields__
    joined = Slopes(*(np.concatenate([getattr(c, name) for c in done]) for name in names))
    order = np.argsort(joined.low)
    return joined[order], np.concatenate(signs)[order], np.concatenate(lost)


def _quotients(
    slope: Callable[[FloatArray, FloatArray], Span],
    cells: FloatArray,
    away: FloatArray,
    poles: npt.NDArray[np.bool_],
    at: FloatArray,
) -> Span:
    """G', or G' / u in cells with a pole, at base ± scale u: (cells, u)."""
    low, high = cells[:, :1], cells[:, 1:]
    base, scale = np.where(away[:, None] > 0, low, high), high - low
    z = base + away[:, None] * scale * at
    center = np.repeat(0.5 * (cells[:, 0] + cells[:, 1]), len(at))
    bound = slope(z.ravel(), center)
    by = np.where(poles[:, None], np.abs(z - base) / scale, 1.0)
    return Span(bound.low.reshape(z.shape) / by, bound.high.reshape(z.shape) / by)


# --- one monotone piece ---------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Piece(Density1D):
    """The distribution of G(z) given that z lies in one piece, on which G is smooth and monotone.

    Points are measured from the image of the nearer end, by sums of the cells' rises from there: close
    to a pole, or where G saturates, nothing cancels.
    """

    latent: Any
    cells: Slopes
    images: tuple[float, float]  # of the lower and of the upper latent end
    sign: int  # of G'
    marks: tuple[float | None, ...]  # the power of p_g at either end, nan where it is smooth
    closed: bool  # whether its upper latent end belongs to it, and not to the next piece

    @property
    def curved(self) -> bool:
        """Whether G is more than affine on the piece."""
        return bool(self.cells.powers.shape[1] > 1)

    @cached_property
    def mass(self) -> float:
        """Latent mass of the piece."""
        ends = self.cells.low[:1], self.cells.high[-1:]
        return float(mass_between(self.latent, *ends)[0])

    @cached_property
    def sums(self) -> tuple[FloatArray, FloatArray]:
        """|G(z) - G(end)| at the nearer end of each cell, from the lower and from the upper end."""
        total = self.cells.total
        up = np.concatenate([[0.0], np.cumsum(total[:-1])])
        return up, np.concatenate([np.cumsum(total[:0:-1])[::-1], [0.0]])

    def _cell(self, low: FloatArray, high: FloatArray) -> tuple[Any, FloatArray, FloatArray]:
        """(cell, u, |G(z) - G(base)|) for distances of x from the images of the two latent ends."""
        (up, down), last = self.sums, len(self.cells.low) - 1
        near = low <= high
        gap = np.where(near, low, high)
        left = np.searchsorted(up, gap, side="right") - 1
        right = last + 1 - np.searchsorted(down[::-1], gap, side="right")
        k = np.clip(np.where(near, left, right), 0, last)
        gap = gap - np.where(near, up[k], down[k])
        total = self.cells.total[k]
        with np.errstate(invalid="ignore"):
            rise = np.where(near == (self.cells.away[k] > 0), gap, total - gap)
            rise = np.clip(rise, 0.0, total)
        return k, self.cells.solve(k, rise), rise

    def _distances(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        low, high = self.images
        return self.sign * local(x, origin, low), -self.sign * local(x, origin, high)

    def _inside(self, x: FloatArray, origin: FloatArray) -> npt.NDArray[np.bool_]:
        low, high = self._distances(x, origin)
        return np.asarray((low >= 0) & ((high >= 0) if self.closed else (high > 0)))

    def _preimage(self, k: Any, u: FloatArray) -> FloatArray:
        z = self.cells.base[k] + self.cells.away[k] * self.cells.scale[k] * u
        return np.asarray(np.clip(z, self.cells.low[k], self.cells.high[k]))

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """log latent(z) - log |G'(z)| - log mass, and what the rounding of x and of G' moves in it."""
        x, origin = np.broadcast_arrays(np.asarray(x, dtype=np.float64), origin)
        value, error = np.full(x.shape, -np.inf), np.zeros(x.shape)
        here = self._inside(x, origin)
        x, origin = x[here], origin[here]
        k, u, rise = self._cell(*(distances := self._distances(x, origin)))
        z, slope, doubt = self._preimage(k, u), self.cells.slope(k, u), self.cells.doubt[k]
        anchor = np.where(np.less_equal(*distances), *self.images)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            value[here] = self.latent.logpdf(z) - np.log(slope) - math.log(self.mass)
            moved = (local_error(x, origin, anchor) + (doubt + 4 * EPS) * rise) / slope
            steep = self.cells.bend(k, u) + _steepness(self.latent, z)
            error[here] = (
                self.latent.logpdf_error(z, np.zeros_like(z))
                + self.latent.parameter_error(z, np.zeros_like(z))
                + steep * (moved + EPS * np.abs(z))
                + doubt
                + EPS * (8 + np.abs(value[here]))
            )
        return value, np.nan_to_num(error, nan=1.0, posinf=1.0)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log latent(z) - log |G'(z)| - log mass."""
        return self.evaluate(np.asarray(x, dtype=np.float64), np.asarray(origin))[0]

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """See `evaluate`."""
        return self.evaluate(x, origin)[1]

    def _inverse(self, x: FloatArray) -> FloatArray:
        """Return the preimages of absolute points, of those outside the image the nearer end."""
        low, high = self._distances(x, np.zeros_like(x))
        z: FloatArray = np.where(low < 0, self.cells.low[0], self.cells.high[-1])
        here = (low >= 0) & (high >= 0)
        z[here] = self._preimage(*self._cell(low[here], high[here])[:2])
        return z

    def _share(self, x: npt.ArrayLike, *, lower: bool) -> FloatArray:
        """P(z below the preimage of x), or above it."""
        z = self._inverse(np.asarray(x, dtype=np.float64))
        end = np.full_like(z, self.cells.low[0] if lower else self.cells.high[-1])
        pair = (end, z) if lower else (z, end)
        return np.clip(mass_between(self.latent, *pair) / self.mass, 0.0, 1.0)

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """P(G(z) <= x)."""
        return self._share(x, lower=self.sign > 0)

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """P(G(z) > x)."""
        return self._share(x, lower=self.sign < 0)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """G of n latent points of the piece, drawn by their distribution function."""
        share, low, high = rng.random(n), self.cells.low[0], self.cells.high[-1]
        if not isinstance(self.latent, Normal):
            return self._forward(low + share * (high - low))
        left = float(self.latent.cdf(low)) < 0.5
        rest = self.latent.cdf(low) if left else self.latent.sf(high)
        normal = ndtri(rest + share * self.mass) * (1 if left else -1)
        return self._forward(np.clip(self.latent.loc + self.latent.scale * normal, low, high))

    def _forward(self, z: FloatArray) -> FloatArray:
        """G(z), from the end that has a finite image."""
        low, high = self._rises(*self._place(z))
        start, stop = self.images
        return start + self.sign * low if math.isfinite(start) else stop - self.sign * high

    def _place(self, z: FloatArray) -> tuple[Any, FloatArray]:
        """(cell, u) of latent points of the piece."""
        k = np.clip(np.searchsorted(self.cells.low, z, side="right") - 1, 0, None)
        return k, np.abs(z - self.cells.base[k]) / self.cells.scale[k]

    def _rises(self, k: Any, u: FloatArray) -> tuple[FloatArray, FloatArray]:
        """|G(z) - G(end)| for the lower and the upper end."""
        up, down = self.sums
        rise, total, ahead = self.cells.rise(k, u), self.cells.total[k], self.cells.away[k] > 0
        rest = total - rise
        return up[k] + np.where(ahead, rise, rest), down[k] + np.where(ahead, rest, rise)

    @property
    def support(self) -> tuple[float, float]:
        """The image of the piece."""
        return min(self.images), max(self.images)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Images of the ends, but for those where the distribution is smooth."""
        pairs = zip(self.images, self.marks, strict=True)
        return tuple(Edge(at, k) for at, k in pairs if k is None or not math.isnan(k))

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Gaussian where G is affine and the image has no end; not classified where it is curved."""
        found = [NO_TAIL, NO_TAIL]
        for at in self.images:
            if math.isinf(at):
                found[int(at > 0)] = UNKNOWN_TAIL if self.curved else self._gaussian()
        return found[0], found[1]

    def _gaussian(self) -> Tail:
        """The tail of the distribution of G = image + slope (z - end), continued."""
        slope, (start, stop) = float(self.cells.powers[0, 0]), self.images
        width = slope * self.latent.scale
        at_low = math.isfinite(start)
        z, image = (self.cells.low[0], start) if at_low else (self.cells.high[-1], stop)
        loc = image + self.sign * slope * float(self.latent.loc - z)
        constant = -math.log(width) - LOG_SQRT_2PI - math.log(self.mass)
        return Tail("gaussian", rate=1 / width, loc=loc, constant=constant)

    @property
    def landmarks(self) -> FloatArray:
        """The ends: with scale 0, but for the image of the latent mean."""
        z = self.cells.low[0], self.cells.high[-1]
        widths = [0.0 if at != getattr(self.latent, "loc", None) else self._width(at) for at in z]
        pairs = zip(self.images, widths, strict=True)
        return np.array([[at, width] for at, width in pairs if math.isfinite(at)])

    def _width(self, z: float) -> float:
        """|G'(z)| latent scales."""
        slope = self.cells.slope(*self._place(np.array([z])))
        return float(self.latent.scale * slope[0])

    def breaks(self) -> tuple[Breaks, ...]:
        """Images of the latent panels, ends of cells where G' has changed by e, halvings at a pole."""
        k, u = self._panel_ends()
        low, high = self._rises(k, u)
        near = low <= high
        sides = zip(self.images, (self.sign * low[near], -self.sign * high[~near]), strict=True)
        return tuple(Breaks(at, np.unique(np.append(o, 0.0))) for at, o in sides if np.isfinite(at))

    def _panel_ends(self) -> tuple[Any, FloatArray]:
        """Return the places of the panel ends as (cell, u)."""
        cells, every = self.cells, np.arange(len(self.cells.low))
        z = np.concatenate([b.center + b.offsets for b in self.latent.breaks()])
        at, inside = self._place(z[(z > cells.low[0]) & (z < cells.high[-1])])
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = [np.log(cells.slope(every, u)) for u in (0 * cells.length, cells.length)]
            change = np.nan_to_num(np.abs(ends[1] - ends[0]), nan=0.0, posinf=1.0)
        chosen = every[1:][np.diff(np.floor(np.cumsum(change))) > 0]
        starts = np.where(cells.away[chosen] > 0, 0.0, cells.length[chosen])
        poles = every[cells.powers[:, 0] == 0]
        k = np.concatenate([at, chosen, np.repeat(poles, len(TOWARDS_POLE))])
        return k, np.concatenate([inside, starts, np.tile(TOWARDS_POLE, len(poles))])


def _steepness(latent: Any, z: FloatArray) -> FloatArray:
    """|d log latent / dz|."""
    if isinstance(latent, Normal):
        return np.asarray(np.abs(z - latent.loc) / latent.scale**2)
    return np.zeros_like(z)
