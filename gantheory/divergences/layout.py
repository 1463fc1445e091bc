"""Where the integrals of two densities put their cells, and what lies outside.

On the line: panels at all landmarks of both densities. In the plane, for mixtures of normals: a
tree of rectangles along the axes of the narrowest component, split until each is small beside
every component that has mass in it; for products of other families: the grid of both axes' panels.
Rectangles in which neither density has mass worth mentioning are left out, and added to the error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density, mass_between
from gantheory.densities.mixture import MixtureOf
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.plane import Product
from gantheory.divergences.effort import DEFAULT, Effort
from gantheory.errors import NotConverged
from gantheory.estimates import Estimate
from gantheory.quadrature import Cells, graded, grid, panels

FAR = 13.6  # in standard deviations: the plane beyond holds e^(-13.6²/2) = 7e-41
COARSEST, COARSE_TAIL, TAIL_BEGINS = 3.0, 8.0, 7.0
MOST_CELLS = 400_000
MOST_LOOKS = 20_000_000  # of a rectangle at a component: four seconds
PAIRS = 200_000  # of these, at once: bounds the memory
NEGLIGIBLE = 1e-18  # mass of a rectangle of a product that is left out


@dataclass(frozen=True)
class Layout:
    """Cells and what they leave out.

    Attributes
    ----------
    cells:
        Where to start integrating, in the coordinates of `turn`.
    outside:
        Bounds on the masses of p and of q that lie in no cell.
    turn:
        None, or the rotation that takes the cells' coordinates to the plane's: x = turn @ t.
    joined:
        Whether the cells were made wider than the structure of p and q asks for.
    """

    cells: Cells
    outside: tuple[float, float]
    turn: FloatArray | None = None
    joined: bool = False


@dataclass(frozen=True)
class Gaussian:
    """One normal component of the plane: its weight, mean, covariance."""

    weight: float
    mean: FloatArray
    cov: FloatArray


def parts_of(density: Density) -> list[tuple[float, Any]]:
    """Return (weight, component) pairs; a density that is not a mixture is one component."""
    return density.parts if isinstance(density, MixtureOf) else [(1.0, density)]


def gaussians(density: Density) -> list[Gaussian] | None:
    """Return the normal components of a density of the plane, None if it has others."""
    found = []
    for weight, part in parts_of(density):
        if isinstance(part, MultivariateNormal):
            found.append(Gaussian(weight, part.mean, part.cov))
        elif isinstance(part, Product) and all(isinstance(m, Normal) for m in part.marginals()):
            sides: Any = part.marginals()
            found.append(
                Gaussian(
                    weight,
                    np.array([side.loc for side in sides]),
                    np.diag([side.scale**2 for side in sides]),
                )
            )
        else:
            return None
    return found


def lay_out(
    p: Density,
    q: Density,
    *,
    extra: list[Gaussian] | None = None,
    marks: list[tuple[float, FloatArray]] | None = None,
    effort: Effort = DEFAULT,
) -> Layout:
    """Return where to integrate a functional of p and q.

    Parameters
    ----------
    p, q:
        Of one dimension, not discrete, not batched.
    extra:
        Further components of the plane that must be seen too (where a product of powers sits).
    marks:
        Further panel ends (center, offsets) of the line.
    effort:
        The time there is: trees of many components take seconds.
    """
    if p.dim == 1:
        return _line(p, q, marks or [])
    parts_p, parts_q = gaussians(p), gaussians(q)
    if parts_p is not None and parts_q is not None:
        return _tree(parts_p, parts_q, extra or [], effort)
    return _product(p, q)


def _line(p: Any, q: Any, extra: list[tuple[float, FloatArray]]) -> Layout:
    # an end may lie up to half a float beyond the float that stands for it, and panels go up to it
    low = float(np.nextafter(min(p.support[0], q.support[0]), -np.inf))
    high = float(np.nextafter(max(p.support[1], q.support[1]), np.inf))
    marks = []
    own = [(b.center, b.offsets) for b in (*p.breaks(), *q.breaks())]
    for center, offsets in [*own, *extra]:
        keep = (offsets >= low - center) & (offsets <= high - center)
        marks.append((center, offsets[keep]))
    cells = graded(panels(marks))  # far out, one component may take over from another
    box = (
        float(np.nextafter(np.min(cells.origin + cells.low), -np.inf)),
        float(np.nextafter(np.max(cells.origin + cells.high), np.inf)),
    )
    return Layout(cells, (p.tail_mass(box), q.tail_mass(box)))


# --- the plane: mixtures of normals ---------------------------------------------------------------


def _tree(p: list[Gaussian], q: list[Gaussian], extra: list[Gaussian], effort: Effort) -> Layout:
    components = [*p, *q, *extra]
    narrowest = min(components, key=lambda g: float(np.linalg.eigvalsh(g.cov)[0]))
    values, turn = np.linalg.eigh(narrowest.cov)
    if values[1] - values[0] <= 1e-12 * values[1]:
        turn = np.eye(2)
    means = np.stack([turn.T @ (g.mean - narrowest.mean) for g in components])
    covs = np.stack([turn.T @ g.cov @ turn for g in components])
    reach = FAR * np.sqrt(np.stack([np.diag(c) for c in covs]))
    low, high = (means - reach).min(axis=0)[None], (means + reach).max(axis=0)[None]
    leaves = _split_until_small(low, high, means, covs, effort)
    low, high = leaves[:, :2], leaves[:, 2:]
    # every leaf is measured from the mean it is closest to
    nearest = in_parts(
        lambda middle: np.argmin(np.sum((middle[:, None] - means) ** 2, axis=-1), axis=1),
        len(means),
        0.5 * (low + high),
    )
    shift = means[nearest]
    origin = np.stack([g.mean for g in components])[nearest]
    cells = Cells.plain(origin, low - shift, high - shift)
    left_out = math.exp(-0.5 * FAR**2)
    return Layout(cells, (left_out, left_out), turn)


def _split_until_small(
    low: FloatArray, high: FloatArray, means: FloatArray, covs: FloatArray, effort: Effort
) -> FloatArray:
    """Return the leaves (low, high) of the tree of rectangles that see some component."""
    inverse = np.linalg.inv(np.linalg.cholesky(covs))
    marginal = np.sqrt(np.stack([np.diag(c) for c in covs]))
    conditional = 1 / np.sqrt(np.stack([np.diag(c) for c in np.linalg.inv(covs)]))

    def sizes(low: FloatArray, high: FloatArray) -> FloatArray:
        """Sides of rectangles in units of what is allowed, (n, 2); negative where nothing is seen."""
        distance = _distance(low, high, means, inverse, marginal)
        allowed = np.where(distance <= TAIL_BEGINS, COARSEST, COARSE_TAIL)
        size = (high - low)[:, None] / (allowed[..., None] * conditional)
        return np.asarray(np.where((distance <= FAR)[..., None], size, -1.0).max(axis=1))

    leaves: list[FloatArray] = []
    count = looks = 0
    while len(low):
        effort.ask()
        looks += len(low) * len(means)
        size = in_parts(sizes, len(means), low, high)
        alive = size[:, 0] >= 0
        small = np.all(size <= 1, axis=1)
        leaves.append(np.hstack([low[alive & small], high[alive & small]]))
        count += len(leaves[-1])
        go = alive & ~small
        if count + np.sum(go) > MOST_CELLS or looks + 2 * np.sum(go) * len(means) > MOST_LOOKS:
            raise NotConverged(
                "the components are too many, or too narrow beside their distances and correlations: "
                f"more than {MOST_CELLS} rectangles, or {MOST_LOOKS} looks at one for each component, "
                "would be needed to see all of them",
                Estimate(0.0, math.inf),
            )
        low, high = _halve(low[go], high[go], np.argmax(size[go], axis=1))
    return np.concatenate(leaves)


def _halve(
    low: FloatArray, high: FloatArray, axis: npt.NDArray[np.intp]
) -> tuple[FloatArray, FloatArray]:
    rows = np.arange(len(low))
    middle = 0.5 * (low[rows, axis] + high[rows, axis])
    upper, lower = high.copy(), low.copy()
    upper[rows, axis] = middle
    lower[rows, axis] = middle
    return np.concatenate([low, lower]), np.concatenate([upper, high])


def _distance(
    low: FloatArray, high: FloatArray, means: FloatArray, inverse: FloatArray, marginal: FloatArray
) -> FloatArray:
    """Lower bound on the Mahalanobis distance of each rectangle from each mean: (cells, components)."""
    outside = np.maximum(np.maximum(low[:, None] - means, means - high[:, None]), 0.0)
    along_axes = (outside / marginal[None]).max(axis=-1)
    middle, half = 0.5 * (low + high)[:, None] - means, 0.5 * (high - low)
    z = middle[..., :1] * inverse[..., 0] + middle[..., 1:] * inverse[..., 1]
    one, other = inverse[..., 0], inverse[..., 1]
    squares = np.stack(
        [np.sum(a * b, axis=1) for a, b in ((one, one), (other, other), (one, other))]
    )
    radius = np.stack(
        [half[:, 0] ** 2, half[:, 1] ** 2, 2 * half[:, 0] * half[:, 1]], axis=1
    ) @ np.abs(squares)
    return np.asarray(np.maximum(along_axes, np.linalg.norm(z, axis=-1) - np.sqrt(radius)))


def in_parts(f: Callable[..., Any], components: int, *rows: FloatArray) -> Any:
    """Return f of the rows, so many of them at once that there are PAIRS of them and of components."""
    size = max(1, PAIRS // components)
    starts = range(0, len(rows[0]), size)
    return np.concatenate([f(*(a[i : i + size] for a in rows)) for i in starts])


def logarithmic_tail(p: Density, q: Density) -> float:
    """Bound on ∫ (p + q) |log p - log q| beyond FAR of every component of two mixtures of normals.

    -log q is at most that of any one component j, a quadratic in the distance r (in standard
    deviations) from the mean of component k, and ∫ r² over r > FAR is (FAR² + 2) e^(-FAR²/2).

    Raises
    ------
    NotConverged
        If a component is not normal.
    """
    p_bells, q_bells = gaussians(p), gaussians(q)
    if p_bells is None or q_bells is None:
        raise NotConverged(
            "this divergence is offered in the plane for normals, their mixtures, and two products",
            Estimate(0.0, math.inf),
        )
    tail, moment = math.exp(-0.5 * FAR**2), (FAR**2 + 2) * math.exp(-0.5 * FAR**2)
    p_side, q_side = _Spread.of(p_bells), _Spread.of(q_bells)
    bound = 0.0
    for mine in (p_side, q_side):
        for other in (p_side, q_side):
            level, slope = _log_growth(mine, other)
            bound += float(mine.weight @ (level * tail + slope * moment))
    return bound


@dataclass(frozen=True)
class _Spread:
    """Components as arrays: weight (K,), mean (K, 2), least and largest variance (K, 2)."""

    weight: FloatArray
    mean: FloatArray
    variance: FloatArray

    @classmethod
    def of(cls, side: list[Gaussian]) -> _Spread:
        covs = np.stack([g.cov for g in side])
        weight, mean = np.array([g.weight for g in side]), np.stack([g.mean for g in side])
        return cls(weight, mean, np.asarray(np.linalg.eigvalsh(covs), dtype=np.float64))


def _log_growth(mine: _Spread, other: _Spread) -> tuple[FloatArray, FloatArray]:
    """Return (c, d), (K,): |log of one of the others| <= c + d r² at distance r from each of mine."""
    alone = np.abs(np.log(other.weight))
    alone += np.abs(np.log(2 * math.pi * np.sqrt(np.prod(other.variance, axis=1))))
    distance = np.sum((mine.mean[:, None] - other.mean) ** 2, axis=-1)
    level = alone + distance / other.variance[:, 0]
    best = np.argmin(level, axis=1)
    return level[np.arange(len(best)), best], mine.variance[:, 1] / other.variance[best, 0]


# --- the plane: products of other families --------------------------------------------------------


def _product(p: Density, q: Density) -> Layout:
    axes, spans = [], []
    for axis in (0, 1):
        sides = [part.marginals()[axis] for density in (p, q) for _, part in parts_of(density)]
        low, high = min(s.support[0] for s in sides), max(s.support[1] for s in sides)
        marks = [
            (b.center, b.offsets[(b.offsets >= low - b.center) & (b.offsets <= high - b.center)])
            for side in sides
            for b in side.breaks()
        ]
        cells = panels(marks)
        axes.append(cells)
        start, stop = (cells.origin + cells.low)[:, 0], (cells.origin + cells.high)[:, 0]
        spans.append((start, stop))
    outside, keep = [], np.zeros((len(axes[0]), len(axes[1])), dtype=bool)
    masses = [_masses(density, spans) for density in (p, q)]
    for mass in masses:
        keep |= mass > NEGLIGIBLE / mass.size
    for density, mass in zip((p, q), masses, strict=True):
        box: Any = tuple((float(start.min()), float(stop.max())) for start, stop in spans)
        if not density.declared:  # the mass that the nodes miss is added to the error instead
            outside.append(0.0)
            continue
        beyond = sum(weight * part.tail_mass(box) for weight, part in parts_of(density))
        outside.append(float(np.sum(mass[~keep])) + beyond)
    return Layout(grid(axes)[keep.ravel()], (outside[0], outside[1]))


def _masses(density: Density, spans: list[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Bound the mass of each rectangle; for independent coordinates the bound is the mass."""
    total = np.zeros((len(spans[0][0]), len(spans[1][0])))
    for weight, part in parts_of(density):
        if not part.declared:
            return np.ones(total.shape)
        first, second = (
            mass_between(m, *span) for m, span in zip(part.marginals(), spans, strict=True)
        )
        independent = isinstance(part, Product)
        total += weight * (
            np.outer(first, second) if independent else np.minimum.outer(first, second)
        )
    return total
