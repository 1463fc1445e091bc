"""Maps of the line, for pushforwards: affine, monotone, piecewise linear, folding."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.arrays import FloatArray
from gantheory.densities import Branch
from gantheory.densities import maps as library
from gantheory.testing.strategies.numbers import locs, scales, signs


@dataclass(frozen=True)
class DrawnMap:
    """A map of the line, with the words that tell it from another.

    Attributes
    ----------
    formula:
        What it does to z, as people write it.
    branches:
        Its monotone branches, which `gantheory.Pushforward` takes.
    """

    formula: str
    branches: tuple[Branch, ...] = field(repr=False)

    def __call__(self, z: FloatArray) -> FloatArray:
        """Return the image of every z, in its shape."""
        z = np.asarray(z, dtype=np.float64)
        x = np.full_like(z, np.nan)
        for branch in self.branches:
            here = (z >= branch.interval[0]) & (z <= branch.interval[1])
            x[here] = branch.forward(z[here])
        return x


def affine_maps() -> SearchStrategy[DrawnMap]:
    """Maps a z + b, |a| in [1/8, 10], b in [-10, 10], rising and falling; shrinks to z."""
    slope = st.tuples(signs(), scales()).map(lambda t: t[0] * t[1])
    return st.tuples(slope, locs()).map(lambda t: _affine(*t))


def _affine(slope: float, shift: float) -> DrawnMap:
    return DrawnMap(_line(slope, shift), library.affine(slope, shift))


def _line(slope: float, shift: float) -> str:
    """Write a z + b, in words."""
    scaled = {1.0: "z", -1.0: "-z"}.get(slope, f"{slope:g} z")
    return scaled if shift == 0 else f"{scaled} {'-' if shift < 0 else '+'} {abs(shift):g}"


def piecewise_linear_maps(*, monotone: bool = False) -> SearchStrategy[DrawnMap]:
    """Continuous maps with 1 to 3 kinks in [-10, 10] and no flat piece; shrinks to kinks of slope 1.

    Slopes are eighths, 1/8 to 10 in size, of either sign, so that the map folds; with monotone=True
    all of one sign. Equal slopes on both sides of a kink are in the domain: no kink at all.
    """
    kinks = st.lists(st.integers(-80, 80), min_size=1, max_size=3, unique=True)
    return kinks.flatmap(lambda found: _with_slopes(sorted(found), monotone))


def _with_slopes(eighths: Sequence[int], monotone: bool) -> SearchStrategy[DrawnMap]:
    n = len(eighths) + 1
    kinks = [k / 8 for k in eighths]
    each = st.lists(signs(), min_size=n, max_size=n)
    turns = signs().map(lambda sign: [sign] * n) if monotone else each
    drawn = st.tuples(turns, st.lists(scales(), min_size=n, max_size=n), locs())
    return drawn.map(
        lambda t: _piecewise(kinks, [a * b for a, b in zip(*t[:2], strict=True)], t[2])
    )


def _piecewise(kinks: list[float], slopes: list[float], start: float) -> DrawnMap:
    """Return the map with these slopes between these kinks, and the value `start` at the first."""
    ends = [-math.inf, *kinks, math.inf]
    values = [start]  # at the kinks
    for (low, high), slope in zip(pairwise(kinks), slopes[1:], strict=False):
        values.append(values[-1] + slope * (high - low))
    at = [kinks[0], *kinks]  # a point of each piece, and the value there
    through = [values[0], *values]
    rows = zip(pairwise(ends), slopes, at, through, strict=True)
    branches = tuple(_piece(interval, *row) for interval, *row in rows)
    return DrawnMap(f"slopes {slopes} between the kinks {kinks}, {start} at the first", branches)


def _piece(interval: tuple[float, float], slope: float, at: float, value: float) -> Branch:
    """The line through (at, value)."""
    return Branch(
        interval,
        lambda z: slope * (z - at) + value,
        lambda x: (x - value) / slope + at,
        lambda z: np.full_like(z, slope),
    )


Function = Callable[[FloatArray], FloatArray]
SMOOTH: tuple[tuple[str, Function, Function, Function], ...] = (
    ("sinh(z)", np.sinh, np.arcsinh, np.cosh),
    ("exp(z)", np.exp, np.log, np.exp),
    ("z + z^3", lambda z: z + z**3, lambda x: _cubic_root(x), lambda z: 1 + 3 * z**2),
)


def _cubic_root(x: FloatArray) -> FloatArray:
    """The z with z + z³ = x: (2/√3) sinh(arsinh(3√3 x / 2) / 3)."""
    root = math.sqrt(3)
    return np.asarray(2 / root * np.sinh(np.arcsinh(1.5 * root * x) / 3))


def monotone_maps() -> SearchStrategy[DrawnMap]:
    """Maps with an inverse: affine, piecewise linear, sinh, exp, z + z³; shrinks to z."""
    smooth = [DrawnMap(name, library.monotone(*functions)) for name, *functions in SMOOTH]
    named = st.sampled_from([_affine(1.0, 0.0), *smooth])
    return st.one_of(named, affine_maps(), piecewise_linear_maps(monotone=True))


def latent_maps() -> SearchStrategy[DrawnMap]:
    """Maps of the line that give a density: monotone, piecewise linear, |z|, z², sin z; shrinks to z.

    The domain is maps whose branches are known and none of which is flat: a flat piece is an atom.
    Folds and turning points, where the image has edges and poles, are in it.
    """
    folding = [
        DrawnMap("|z|", library.absolute),
        DrawnMap("z^2", library.square),
        DrawnMap("sin(z)", library.sine),
    ]
    return st.one_of(monotone_maps(), st.sampled_from(folding), piecewise_linear_maps())
