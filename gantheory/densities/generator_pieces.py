"""Where a network of one latent variable turns and has its kinks: monotone cells, verified.

A network is written as a list of steps. If all of them are piecewise linear, its pieces are found by
walking the steps: each piece is affine in every one. Else the latent line is split until bounds on G, G'
and G'' over whole cells (interval arithmetic, with centred forms) leave at most one root in a cell.
What stays undecided is reported as lost, never passed over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.branches import middle_of
from gantheory.errors import InvalidDensity
from gantheory.nets import (
    ELU,
    Dense,
    LeakyReLU,
    Maxout,
    Network,
    Parameters,
    ReLU,
    Sigmoid,
    Softplus,
    Tanh,
)

Function = Callable[[FloatArray], FloatArray]
HALVINGS = 50
MOST_CELLS = 4000
TINY = 1e-300  # covers underflow
STEEPEST = math.atanh(1 / math.sqrt(3))  # where tanh'' is largest


# --- steps ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Affine:
    """x W + b."""

    weights: FloatArray
    bias: FloatArray


@dataclass(frozen=True)
class Hinge:
    """x where x > 0, else slope x: a slope for every entry, 1 where there is no kink."""

    slope: FloatArray


@dataclass(frozen=True)
class Curve:
    """φ with φ', φ'' and the places between which these two are monotone.

    With `bent`, φ is the identity for x > 0.
    """

    value: Function
    first: Function
    second: Function
    first_turns: tuple[float, ...] = ()
    second_turns: tuple[float, ...] = ()
    bent: bool = False


Step = Affine | Hinge | Curve


def _bell(x: FloatArray) -> FloatArray:
    """σ(x) σ(-x), to full relative precision."""
    e = np.exp(-np.abs(x))
    return np.asarray(e / (1 + e) ** 2)


CURVES: dict[type, Curve] = {
    Tanh: Curve(
        np.tanh,
        lambda x: 4 * _bell(2 * x),
        lambda x: -8 * np.tanh(x) * _bell(2 * x),
        (0.0,),
        (-STEEPEST, STEEPEST),
    ),
    Sigmoid: Curve(
        special.expit,
        _bell,
        lambda x: -np.tanh(x / 2) * _bell(x),
        (0.0,),
        (-2 * STEEPEST, 2 * STEEPEST),
    ),
    Softplus: Curve(lambda x: np.logaddexp(0, x), special.expit, _bell, (), (0.0,)),
    ELU: Curve(np.expm1, np.exp, np.exp, bent=True),
}


def steps_of(network: Network, parameters: Parameters) -> list[Step]:
    """Return what the layers do, one after the other.

    Raises
    ------
    InvalidDensity
        For a layer that is not in the list.
    """
    steps: list[Step] = []
    width = network.fan_in
    for layer, tensors in zip(network.layers, parameters.layers, strict=True):
        width = layer.width(width)
        if isinstance(layer, (Dense, Maxout)):
            steps.append(Affine(*tensors))
            if isinstance(layer, Maxout):
                steps += [s for k in range(layer.pieces, 1, -1) for s in _larger(width, k)]
        elif isinstance(layer, (ReLU, LeakyReLU)):
            slope = 0.0 if isinstance(layer, ReLU) else layer.slope
            steps.append(Hinge(np.full(width, slope)))
        elif type(layer) in CURVES:
            steps.append(CURVES[type(layer)])
        else:
            raise InvalidDensity(
                f"GeneratorDensity: the layer {layer} is none of Dense, Maxout, ReLU, LeakyReLU, Tanh, "
                "Sigmoid, Softplus, ELU; write BatchNorm and SpectralDense as the Dense that they are "
                "in evaluation, and leave Dropout out"
            )
    return steps


def _larger(width: int, parts: int) -> tuple[Step, Step, Step]:
    """(a, b, c, ...) -> (b + max(a - b, 0), c, ...), for parts of one width."""
    one, n = np.eye(width), parts * width
    apart, together = np.eye(n), np.eye(n, n - width, -width)
    apart[width : 2 * width, :width] = -one
    together[:width, :width] = one
    slope = np.repeat([0.0, 1.0], [width, n - width])
    return Affine(apart, np.zeros((1, n))), Hinge(slope), Affine(together, np.zeros((1, n - width)))


def is_piecewise_linear(steps: list[Step]) -> bool:
    """Whether no step is a curve."""
    return not any(isinstance(step, Curve) for step in steps)


def kinked(step: Step) -> npt.NDArray[np.intp] | slice | None:
    """Return which entries have a kink where they are 0, None if there is none."""
    if isinstance(step, Hinge):
        return np.nonzero(step.slope != 1)[0]
    return slice(None) if isinstance(step, Curve) and step.bent else None


# --- bounds over whole cells ----------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """Bounds low <= y <= high, arrays (cells, width)."""

    low: FloatArray
    high: FloatArray

    def __getitem__(self, rows: Any) -> Span:
        return Span(self.low[rows], self.high[rows])

    @property
    def middle(self) -> FloatArray:
        """(low + high) / 2."""
        return 0.5 * (self.low + self.high)

    @property
    def size(self) -> FloatArray:
        """max |y|."""
        return np.maximum(np.abs(self.low), np.abs(self.high))

    @property
    def holds_zero(self) -> npt.NDArray[np.bool_]:
        """Whether low <= 0 <= high."""
        return np.asarray((self.low <= 0) & (self.high >= 0))

    @property
    def is_zero(self) -> npt.NDArray[np.bool_]:
        """Whether y = 0 all over."""
        return np.asarray((self.low == 0) & (self.high == 0))


def _wider(low: FloatArray, high: FloatArray) -> Span:
    """Return bounds that cover the rounding of a few operations."""
    return Span(low - 8 * EPS * np.abs(low) - TINY, high + 8 * EPS * np.abs(high) + TINY)


def _product(a: Span, b: Span) -> Span:
    """a b, exactly 0 where a factor is."""
    corners = [a.low * b.low, a.low * b.high, a.high * b.low, a.high * b.high]
    wide = _wider(np.minimum.reduce(corners), np.maximum.reduce(corners))
    zero = a.is_zero | b.is_zero
    return Span(np.where(zero, 0.0, wide.low), np.where(zero, 0.0, wide.high))


def _image(f: Function, x: Span, turns: tuple[float, ...] = ()) -> Span:
    """f(x), for f monotone between the turns."""
    values = [f(x.low), f(x.high), *(f(np.clip(t, x.low, x.high)) for t in turns)]
    return _wider(np.minimum.reduce(values), np.maximum.reduce(values))


def _dense(x: Span, weights: FloatArray, bias: FloatArray | None = None) -> Span:
    """x W + b."""
    middle, shift = x.middle @ weights, 0.0 if bias is None else bias
    absolute = np.abs(weights)
    slack = EPS * (len(weights) + 4) * (x.size @ absolute + np.abs(shift))
    radius = 0.5 * (x.high - x.low) @ absolute + slack
    return Span(middle + shift - radius, middle + shift + radius)


def _curved(curve: Curve, jet: tuple[Span, Span, Span]) -> tuple[Span, Span, Span]:
    """φ(u), φ'(u) u', φ''(u) u'² + φ'(u) u''."""
    u, du, ddu = jet
    slope = _image(curve.first, u, curve.first_turns)
    bend = _image(curve.second, u, curve.second_turns)
    square = Span(np.where(du.holds_zero, 0.0, np.minimum(du.low**2, du.high**2)), du.size**2)
    a, b = _product(bend, square), _product(slope, ddu)
    return _image(curve.value, u), _product(slope, du), _wider(a.low + b.low, a.high + b.high)


def _after(step: Step, jet: tuple[Span, Span, Span], sides: FloatArray) -> tuple[Span, Span, Span]:
    """(y, y', y'') after one step, `sides` says on which side of its kinks each cell lies."""
    if isinstance(step, Affine):
        value, *slopes = jet
        first, second = (_dense(s, step.weights) for s in slopes)
        return _dense(value, step.weights, step.bias), first, second
    above = sides > 0
    if isinstance(step, Hinge):
        slope = np.where(above, 1.0, step.slope)
        value, first, second = (Span(slope * s.low, slope * s.high) for s in jet)
        return value, first, second
    if not step.bent:
        return _curved(step, jet)
    negative = Span(np.minimum(jet[0].low, 0.0), np.minimum(jet[0].high, 0.0))
    below = _curved(step, (negative, jet[1], jet[2]))
    value, first, second = (
        Span(np.where(above, s.low, t.low), np.where(above, s.high, t.high))
        for s, t in zip(jet, below, strict=True)
    )
    return value, first, second


def _tightened(wide: Span, slope: Span, middle: Span, radius: FloatArray) -> Span:
    """Return bounds also by y(c) ± radius max |y'|."""
    with np.errstate(invalid="ignore"):
        reach = np.nan_to_num(radius * slope.size * (1 + 4 * EPS), nan=math.inf)
    return Span(
        np.maximum(wide.low, middle.low - reach), np.minimum(wide.high, middle.high + reach)
    )


def bounds(
    steps: list[Step], low: FloatArray, high: FloatArray, center: FloatArray | None = None
) -> tuple[Span, Span, Span]:
    """Bounds on y, y' and y'' over the cells [low, high], which no kink may cut.

    Parameters
    ----------
    steps:
        A network, or its first steps.
    low, high:
        Shape (cells,); equal for the values at points, with their rounding.
    center:
        A point inside the smooth piece that the cell lies in; its middle unless given.
    """
    n, middle = len(low), 0.5 * (low + high) if center is None else center
    radius = np.where(low < high, 0.5 * (high - low), math.inf)[:, None]
    z = Span(np.concatenate([low, middle])[:, None], np.concatenate([high, middle])[:, None])
    one = np.ones_like(z.low)
    jet = (z, Span(one, one), Span(0 * one, 0 * one))
    for step in steps:
        sides = np.tile(jet[0].middle[n:], (2, 1))
        jet = _after(step, jet, sides)
        first = _tightened(jet[1][:n], jet[2][:n], jet[1][n:], radius)
        value = _tightened(jet[0][:n], first, jet[0][n:], radius)
        jet = (_joined(value, jet[0][n:]), _joined(first, jet[1][n:]), jet[2])
    return jet[0][:n], jet[1][:n], jet[2][:n]


def _joined(a: Span, b: Span) -> Span:
    return Span(np.concatenate([a.low, b.low]), np.concatenate([a.high, b.high]))


def linear_ends(steps: list[Step], ends: FloatArray) -> FloatArray:
    """Return the ends of the pieces of a piecewise linear network, step after step: z - y / y'."""
    for i, step in enumerate(steps):
        which = kinked(step)
        if which is not None:
            z = inner_points(ends)
            value, slope, _ = bounds(steps[:i], z, z)
            with np.errstate(divide="ignore", invalid="ignore"):
                roots = z[:, None] - (value.middle / slope.middle)[:, which]
            inside = (roots > ends[:-1, None]) & (roots < ends[1:, None])
            ends = np.unique(np.concatenate([ends, roots[inside]]))
    return ends


def inner_points(ends: FloatArray) -> FloatArray:
    """Return a finite point inside each piece."""
    return np.array([middle_of(a, b) for a, b in pairwise(ends)])


# --- all roots ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Isolated:
    """Cells (n, 2) without a root inside, ascending; the roots; cells (k, 2) that stayed undecided."""

    cells: FloatArray
    roots: FloatArray
    lost: FloatArray


Bounds = Callable[[FloatArray, FloatArray, FloatArray | None], tuple[Span, Span]]
"""(low, high, center) -> bounds on f and on f', of shape (cells, functions)."""


def isolate(cells: FloatArray, both: Bounds, worth: Callable[[FloatArray], Any]) -> Isolated:
    """Return all roots of some functions f, by bounds on f and f' over cells that are halved.

    A cell has no root of f if its bounds on f leave out 0, and at most one if those on f' do: then the
    signs at its ends show. Any other cell is halved while it is worth it.
    """
    done, roots, lost = [], [], []
    for _ in range(HALVINGS):
        f, slope = both(cells[:, 0], cells[:, 1], None)
        open_ = f.holds_zero & ~f.is_zero & ~slope.is_zero
        unclear = np.any(open_ & slope.holds_zero, axis=1)
        clear = cells[~unclear]
        found = _crossings(clear, both, open_[~unclear])
        roots.append(found)
        done.append(_cut(clear, found))
        cells = cells[unclear]
        keep = worth(cells)
        lost.append(cells[~keep])
        cells = cells[keep]
        if not len(cells) or 2 * len(cells) > MOST_CELLS:
            break
        cells = halved(cells)
    lost.append(cells)
    all_done = np.concatenate(done)
    return Isolated(
        all_done[np.argsort(all_done[:, 0])], np.unique(np.concatenate(roots)), np.concatenate(lost)
    )


def halved(cells: FloatArray) -> FloatArray:
    """Return both halves of every cell."""
    middle = 0.5 * (cells[:, 0] + cells[:, 1])
    pairs = (cells[:, 0], middle), (middle, cells[:, 1])
    return np.concatenate([np.stack(pair, axis=1) for pair in pairs])


def _crossings(cells: FloatArray, both: Bounds, open_: npt.NDArray[np.bool_]) -> FloatArray:
    """Return the roots of the functions that change their sign over a cell, by bisection."""
    rows, which = np.nonzero(open_)
    if not len(rows):
        return np.empty(0)

    def sign(z: FloatArray) -> FloatArray:
        values = both(z, z, 0.5 * (cells[rows, 0] + cells[rows, 1]))[0].middle
        return np.asarray(np.sign(values[np.arange(len(rows)), which]))

    low, high = cells[rows, 0], cells[rows, 1]
    left, right = sign(low), sign(high)
    ends, change = np.concatenate([low[left == 0], high[right == 0]]), left * right < 0
    rows, which = rows[change], which[change]
    low, high, left = low[change], high[change], left[change]
    for _ in range(64 if len(rows) else 0):
        middle = 0.5 * (low + high)
        same = sign(middle) == left
        low, high = np.where(same, middle, low), np.where(same, high, middle)
    return np.concatenate([ends, high])


def _cut(cells: FloatArray, at: FloatArray) -> FloatArray:
    """Return the cells, cut at some points inside them."""
    pieces = []
    for low, high in cells:
        ends = np.unique([low, *at[(at > low) & (at < high)], high])
        pieces.append(np.stack([ends[:-1], ends[1:]], axis=1))
    return np.concatenate(pieces) if pieces else np.empty((0, 2))
