"""A callable with a support: its structure is not declared, so it is probed and never trusted."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import NO_TAIL, UNDECLARED_TAIL, Breaks, Density, Density1D, Tail
from gantheory.errors import InvalidDensity
from gantheory.quadrature import Cells
from gantheory.quadrature.integrals import resolve

PROBES = 257
MASS_TOLERANCE = 1e-6
MASS_ERROR = {1: 1e-3, 2: 2e-2}  # with which the mass must be known, in the plane even at jumps
MASS_RTOL = {1: 1e-9, 2: 1e-8}
MASS_LIMIT = 3_000_000
MOST_ENDS = 40  # of panels that a side in the plane takes over from the mass
SEED = 20140610
PIECES = 32


class Probed(Density):
    """What black boxes of the line and of the plane share: the callable is checked at every call."""

    function: Callable[[FloatArray], npt.ArrayLike]
    name: str
    declared = False

    def _call(self, points: FloatArray) -> FloatArray:
        """Return the callable's values at points (n,) or (n, 2), refusing what is not a density.

        Raises
        ------
        InvalidDensity
            Naming the callable, what it returned and where.
        """
        given = points.copy()
        try:
            returned = self.function(given)
        except KeyboardInterrupt:
            raise
        except BaseException as fault:  # SystemExit inside a density is a fault of the density
            raise InvalidDensity(
                f"{self.name} raised {type(fault).__name__}: {fault} for an array of shape "
                f"{points.shape}; it must be vectorised (np.vectorize makes it so)"
            ) from fault
        if not np.array_equal(given, points):
            raise InvalidDensity(f"{self.name} changes its argument; let it work on a copy")
        values = np.asarray(returned)
        if values.dtype.kind not in "fiu":
            raise InvalidDensity(
                f"{self.name} returned values of type {values.dtype}; a density is real: return floats"
            )
        if values.shape != points.shape[:1]:
            raise InvalidDensity(
                f"{self.name} returned shape {values.shape} for points of shape {points.shape}; it must "
                f"return one value for each point, shape {points.shape[:1]}"
            )
        object.__setattr__(self, "accuracy", max(self.accuracy, _accuracy(values)))
        values = values.astype(np.float64)
        for bad, what in (
            (np.isnan(values), "nan"),
            (values < 0, "a negative density"),
            (np.isinf(values), "infinity"),
        ):
            if np.any(bad):
                where = points[np.argmax(bad)].tolist()
                raise InvalidDensity(
                    f"{self.name} returned {what} ({float(values[np.argmax(bad)])!r}) at {where}; a "
                    "density is finite and not negative (is it a log density?)"
                )
        return values

    accuracy: float = EPS

    def _probe(self, points: FloatArray) -> None:
        """Refuse a callable that is random, stateful, or mixes its points up."""
        first = self._call(points)
        if not np.array_equal(first, self._call(points)):
            raise InvalidDensity(
                f"{self.name} gives other values when called again: it must not be random"
            )
        # a vectorised function may round its last few points otherwise than the rest
        close = 1e-12 + 16 * self.accuracy
        orders = [np.random.default_rng(SEED).permutation(len(points))]
        orders += [np.array([one]) for one in range(0, len(points), len(points) // 32)]
        depends = [
            order[0]
            for order in orders
            if not np.allclose(self._call(points[order]), first[order], rtol=close, atol=1e-300)
        ]
        if not np.array_equal(first, self._call(points)):
            raise InvalidDensity(f"{self.name} changes from call to call: it must not keep state")
        if depends:
            raise InvalidDensity(
                f"{self.name}: the value at {points[depends[0]].tolist()} depends on the other points "
                "given with it"
            )

    def __repr__(self) -> str:
        return f"as_density({self.name}, support={self.support})"

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """Log of the callable's value at origin + x inside the support, -inf outside."""
        at = np.add(origin, x, dtype=np.float64)
        shape = at.shape[: at.ndim - (self.dim - 1)]
        points = at.reshape(-1) if self.dim == 1 else at.reshape(-1, 2)
        inside = self._inside(points)
        values = np.zeros(len(points))
        if np.any(inside):
            values[inside] = self._call(points[inside])
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(values)).reshape(shape)

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Rounding of the callable, taken at eight units of its type, and of origin + x."""
        return self.evaluate(x, origin)[1]

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Logpdf and logpdf_error, in two calls of the callable."""
        at = origin + x
        here = self.logpdf(at)
        step = 2 * EPS * np.abs(at)
        with np.errstate(invalid="ignore"):
            moved = np.abs(self.logpdf(at + step) - here)
        moved = np.where(np.isfinite(moved), moved, 1.0)
        rounded = 8 * self.accuracy * (1 + np.where(np.isfinite(here), np.abs(here), 0.0))
        return here, moved + rounded

    def _inside(self, points: FloatArray) -> npt.NDArray[np.bool_]:
        sides = np.atleast_2d(np.asarray(self.support, dtype=np.float64))
        columns = points.reshape(len(points), -1)
        return np.asarray(np.all((columns >= sides[:, 0]) & (columns <= sides[:, 1]), axis=1))

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Not offered.

        Raises
        ------
        InvalidDensity
            Always.
        """
        raise InvalidDensity(f"{self.name} is a black box: it cannot be sampled")

    def _check_mass(self, domain: Any) -> Cells:
        """Refuse unless ∫ p = 1, and return the cells that it took to see that."""
        rtol = MASS_RTOL[self.dim]
        found, cells = resolve(
            lambda points: self._call(points),
            domain,
            rtol=rtol,
            atol=rtol,
            limit=MASS_LIMIT,
            accuracy=lambda: self.accuracy,
        )
        if not float(found.error) <= MASS_ERROR[self.dim]:
            raise InvalidDensity(
                f"{self.name} has mass {float(found)} ± {float(found.error):.1g} on {domain} after "
                f"{found.evaluations} evaluations: it varies more finely than can be resolved, which "
                "only a family that declares its structure can do"
            )
        if not abs(float(found) - 1) <= max(MASS_TOLERANCE, float(found.error)):
            raise InvalidDensity(
                f"{self.name} has mass {found} on {domain}, not 1; normalise it, or write the "
                "support that holds all of it"
            )
        return cells


@dataclass(frozen=True, eq=False, repr=False)
class BlackBox(Probed, Density1D):
    """A callable on an interval.

    Parameters
    ----------
    function:
        Vectorised: points (n,) -> densities (n,).
    support:
        (low, high), ends may be infinite.

    Raises
    ------
    InvalidDensity
        If what it returns is not a density, or its mass is not 1.
    """

    function: Callable[[FloatArray], npt.ArrayLike]
    interval: tuple[float, float]
    name: str = "the density"
    cells: Cells = field(init=False)

    def __post_init__(self) -> None:
        low, high = self.interval
        rng = np.random.default_rng(SEED)
        shares = np.concatenate([rng.uniform(size=PROBES), np.linspace(0.003, 0.997, PROBES)])
        points = np.array([_spot(low, high, s) for s in shares])
        self._probe(points)
        object.__setattr__(self, "cells", self._check_mass(self.interval))

    @property
    def support(self) -> tuple[float, float]:
        """The interval given."""
        return self.interval

    @property
    def landmarks(self) -> FloatArray:
        """None is declared: the finite ends only."""
        return np.array([[end, 0.0] for end in self.interval if math.isfinite(end)]).reshape(-1, 2)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """Not declared where the support is infinite."""
        low, high = self.interval
        return (
            NO_TAIL if math.isfinite(low) else UNDECLARED_TAIL,
            NO_TAIL if math.isfinite(high) else UNDECLARED_TAIL,
        )

    def breaks(self) -> tuple[Breaks, ...]:
        """Even panels, that double towards an infinite end, and those that the mass needed."""
        low, high = self.interval
        if math.isfinite(low) and math.isfinite(high):
            even = Breaks(low, np.linspace(0.0, high - low, PIECES + 1))
        else:
            even = _outwards(low, high, PIECES, 50)
        return (even, *_ends(self.cells))

    def tail_mass(self, box: tuple[float, float]) -> float:
        """0: nothing is known outside; the mass that the nodes miss is added to the error instead."""
        return 0.0

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """Not offered.

        Raises
        ------
        InvalidDensity
            Always.
        """
        raise InvalidDensity(f"{self.name} is a black box: it declares no distribution function")

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """Not offered.

        Raises
        ------
        InvalidDensity
            Always.
        """
        return self.cdf(x)


@dataclass(frozen=True, eq=False, repr=False)
class BlackBox2D(Probed):
    """A callable on a rectangle: points (n, 2) -> densities (n,).

    Raises
    ------
    InvalidDensity
        If what it returns is not a density, or its mass is not 1.
    """

    function: Callable[[FloatArray], npt.ArrayLike]
    rectangle: tuple[tuple[float, float], tuple[float, float]]
    name: str = "the density"
    cells: Cells = field(init=False)
    dim = 2

    def __post_init__(self) -> None:
        shares = np.random.default_rng(SEED).uniform(size=(2 * PROBES, 2))
        columns = [
            [_spot(*side, float(s)) for s in shares[:, i]] for i, side in enumerate(self.rectangle)
        ]
        self._probe(np.array(columns).T)
        object.__setattr__(self, "cells", self._check_mass(self.rectangle))

    @property
    def support(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The rectangle given."""
        return self.rectangle

    @property
    def landmarks(self) -> FloatArray:
        """None is declared."""
        return np.empty((0, 3))

    def marginals(self) -> tuple[BoxSide, BoxSide]:
        """The sides of the rectangle, which say where panels end and nothing of the mass."""
        low, high = self.cells.bounds()
        first, second = (
            BoxSide(side, _coarsest(low[:, i], high[:, i], side))
            for i, side in enumerate(self.rectangle)
        )
        return first, second


@dataclass(frozen=True)
class BoxSide:
    """One side of a black box's rectangle."""

    support: tuple[float, float]
    ends: FloatArray = field(default_factory=lambda: np.empty(0))

    def breaks(self) -> tuple[Breaks, ...]:
        """Even panels and those of the mass; over an infinite side, panels that double."""
        low, high = self.support
        if math.isfinite(low) and math.isfinite(high):
            even = np.linspace(0.0, high - low, 9)
            return (Breaks(low, np.unique(np.append(even, self.ends - low))),)
        return (_outwards(low, high, 8, 30),)

    def tail_mass(self, box: tuple[float, float]) -> float:
        """0: nothing is known outside."""
        return 0.0


def _outwards(low: float, high: float, pieces: int, doublings: int) -> Breaks:
    """Return panel ends that double towards each infinite end."""
    steps = np.concatenate([np.linspace(0, 8, pieces + 1), 8 * 2.0 ** np.arange(1, doublings)])
    if math.isfinite(low):
        return Breaks(low, steps)
    if math.isfinite(high):
        return Breaks(high, -steps[::-1])
    return Breaks(0.0, np.concatenate([-steps[:0:-1], steps]))


def _ends(cells: Cells) -> tuple[Breaks, ...]:
    """Return where intervals end, local to the origin of each.

    Every second end: the second resolution had split the others, and will again.
    """
    low, high = (end[:, 0] for end in replace(cells, origin=np.zeros_like(cells.origin)).bounds())
    origin = cells.origin[:, 0]
    found = []
    for center in np.unique(origin):
        here = origin == center
        ends = np.unique(np.concatenate([low[here], high[here]]))
        ends = ends[np.isfinite(ends)]
        found.append(Breaks(float(center), np.append(ends[:-1:2], ends[-1])))
    return tuple(found)


def _coarsest(low: FloatArray, high: FloatArray, side: tuple[float, float]) -> FloatArray:
    """Return ends of intervals of a side, of the widest ones first, at most MOST_ENDS."""
    chosen = np.empty(0)
    for level in range(40):
        wide = high - low >= 0.4**level * (side[1] - side[0])
        ends = np.unique(np.concatenate([low[wide], high[wide]]))
        if len(ends) > MOST_ENDS:
            break
        chosen = ends[np.isfinite(ends)]
    return chosen


def _accuracy(values: npt.NDArray[Any]) -> float:
    return float(np.finfo(values.dtype).eps) if values.dtype.kind == "f" else EPS


def _spot(low: float, high: float, share: float) -> float:
    """Return a point inside (low, high), `share` of the way."""
    if math.isfinite(low) and math.isfinite(high):
        return low + share * (high - low)
    if math.isfinite(low):
        return low + share / (1 - share)
    if math.isfinite(high):
        return high - (1 - share) / share
    return math.tan(math.pi * (share - 0.5))
