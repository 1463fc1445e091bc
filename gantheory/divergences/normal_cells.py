"""Mixtures of normals of the plane at the nodes of rectangles, all components at once.

On a rectangle, mapped to [-1, 1]², the exponent of a component is a quadratic polynomial: six
coefficients, and products of small matrices give the exponents of many components at all the nodes.
Components that are negligible beside others all over a rectangle are left out there. Where p and q
nearly agree, the log ratio of every pair of matched components is such a polynomial too, and
log p - log q is formed of these without cancellation, as in `densities.nearly`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.densities.base import Density
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.nearly import Share, match, shares_of
from gantheory.divergences.normal_lattice import Components, components_of
from gantheory.divergences.pair import PairValues
from gantheory.quadrature import RULES, Cells

THINNEST = 64.0  # more oblong components are left to their own, more careful formulas
NEGLIGIBLE = 45.0  # nats below another component all over a rectangle: e^-45 = 3e-20
PAIRS = 200_000  # of a rectangle and a component, looked at at once: bounds the memory
BLOCK = 512  # of these, evaluated at once: their exponents stay in the cache
ABSENT = -1e300  # an exponent of nothing
CLOSE, BULK = (
    2.0,
    9.0,
)  # nats by which matched components may differ within so many standard deviations


def _monomials(first: FloatArray, second: FloatArray) -> FloatArray:
    """1, u, v, u², uv, v² at all pairs of nodes, u the slower one: shape (6, nodes)."""
    u, v = (x.ravel() for x in np.meshgrid(first, second, indexing="ij"))
    return np.stack([np.ones_like(u), u, v, u * u, u * v, v * v])


MONOMIALS = _monomials(RULES[2][0], RULES[2][0])
NODES = MONOMIALS.shape[1]
POWERS = np.vander(RULES[2][0], 3, increasing=True).T
Exponents = Callable[[Rows, FloatArray], FloatArray]
"""(frames, coefficients (n, m, 6)) -> the polynomials at the nodes of the frames, (n, m, nodes)."""


def on_cells(_: Rows, coefficients: FloatArray) -> FloatArray:
    """At the nodes of the plane's rule."""
    return np.asarray(coefficients @ MONOMIALS)


def on_lines(v: FloatArray) -> Exponents:
    """At the rule's nodes u on the lines v, (frames, lines), one line after the other."""

    def exponents(rows: Rows, coefficients: FloatArray) -> FloatArray:
        at = v[rows][:, None]
        c, (n, m, _) = np.moveaxis(coefficients[..., None], -2, 0), coefficients.shape
        parts = np.empty((n, m, v.shape[1], 3))
        parts[..., 0], parts[..., 1] = c[0] + (c[2] + c[5] * at) * at, c[1] + c[4] * at
        parts[..., 2] = c[3]
        return (parts.reshape(n, -1, 3) @ POWERS).reshape(n, m, -1)

    return exponents


def polynomials(constant: FloatArray, slope: FloatArray, bend: FloatArray) -> FloatArray:
    """Coefficients of c + s·u + uᵀBu/2, B symmetric: shapes (...), (..., 2), (..., 2, 2) -> (..., 6)."""
    parts = constant, slope[..., 0], slope[..., 1], bend[..., 0, 0] / 2, bend[..., 0, 1]
    return np.stack([*parts, bend[..., 1, 1] / 2], axis=-1)


@dataclass(frozen=True)
class Frames:
    """Rectangles origin + middle + turn (half u), u in [-1, 1]²: shapes (n, 2), the turn's (2, 2)."""

    origin: FloatArray
    middle: FloatArray
    half: FloatArray
    turn: FloatArray

    @classmethod
    def of(cls, cells: Cells, turn: FloatArray) -> Frames:
        """Return the frames of cells whose coordinates are turned against the plane's."""
        middle, half = 0.5 * (cells.low + cells.high), 0.5 * (cells.high - cells.low)
        return cls(cells.origin, middle @ turn.T, half, turn)

    def __len__(self) -> int:
        return len(self.middle)

    def __getitem__(self, index: Any) -> Frames:
        return Frames(self.origin[index], self.middle[index], self.half[index], self.turn)

    def from_(self, mean: FloatArray) -> FloatArray:
        """origin + middle - mean, means of shape (K, 2) or (n, m, 2): shape (n, K or m, 2)."""
        return np.asarray((self.origin[:, None] - mean) + self.middle[:, None])


# --- one mixture ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Gaussians:
    """The components of one mixture: mean (K, 2), whiten (K, 2, 2), log w - log(2π √det cov) (K,).

    `steady` + `rising` r² bounds the error of any component's log density r standard deviations out.
    """

    mean: FloatArray
    whiten: FloatArray
    log_peak: FloatArray
    steady: float
    rising: float

    @classmethod
    def of(cls, components: Components, index: Rows) -> Gaussians:
        """Return some of the components.

        Exponents are made of terms up to (r + 2ρ)²/2, ρ at most 6 the half diagonal of a rectangle. The
        way from a mean is known to 12 EPS of its length, which counts `tilt` times across a thin one.
        """
        tilt = float(np.max(components.tilt[index]))
        rounded = np.max(components.rounded[index], axis=0)
        return cls(
            components.mean[index],
            np.asarray(np.linalg.inv(components.factor[index]), dtype=np.float64),
            np.log(components.peak[index]),
            EPS * (64 + len(index) + 16 * tilt) + float(rounded[0] + 0.5 * rounded[1]),
            EPS * (8 + 16 * tilt) + float(rounded[2] + 0.5 * rounded[1]),
        )

    def seen(self, frames: Frames) -> list[tuple[Rows, Rows, FloatArray]]:
        """Return blocks of rectangles, the components that count there, their polynomials' coefficients.

        Shapes (n,), (n, m), (n, m, 6); where fewer than m count, the constants of the others are ABSENT.
        """
        across = self.whiten @ frames.turn
        z = frames.from_(self.mean) @ frames.turn
        z = z[..., :1] * across[..., 0] + z[..., 1:] * across[..., 1]
        distance = np.hypot(z[..., 0], z[..., 1])
        radius = frames.half @ np.linalg.norm(across, axis=1).T
        most = self.log_peak - 0.5 * np.maximum(distance - radius, 0.0) ** 2
        least = np.max(self.log_peak - 0.5 * (distance + radius) ** 2, axis=1, keepdims=True)
        kept = most >= least - NEGLIGIBLE
        count = np.sum(kept, axis=1)
        blocks = []
        rows = np.argsort(count, kind="stable")
        while len(rows):
            size = max(1, BLOCK // int(count[rows[0]]))
            block, rows = rows[:size], rows[size:]
            index = np.argsort(~kept[block], axis=1, kind="stable")[:, : count[block[-1]]]
            here, half = (block[:, None], index), frames.half[block, None]
            constant = self.log_peak[index] - 0.5 * distance[here] ** 2
            constant = np.where(kept[here], constant, ABSENT)
            steps = across[index] * half[:, :, None]
            slope = -(z[here][..., None] * steps).sum(axis=-2)
            bend = -(steps[..., None] * steps[..., None, :]).sum(axis=-3)
            blocks.append((block, index, polynomials(constant, slope, bend)))
        return blocks

    def error(self, log_density: FloatArray) -> FloatArray:
        """steady + rising Σ s r², s the shares of the components: at most 2 log(K peak / density).

        Σ s_k r_k²/2 = Σ s_k log peak_k + entropy(s) - log density.
        """
        most = float(np.max(self.log_peak)) + math.log(len(self.log_peak))
        return np.asarray(self.steady + 2 * self.rising * np.maximum(most - log_density, 0.0))


def shares(e: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """e^(E - top) in place of E, its sum, and log Σ e^E: (n, m, nodes), (n, nodes) twice."""
    top = np.max(e, axis=1)
    e -= top[:, None]
    np.exp(e, out=e)
    total = np.sum(e, axis=1)
    return e, total, top + np.log(total)


# --- the step from one to the other -----------------------------------------------------------------


@dataclass(frozen=True)
class Steps:
    """log(w c / v d) for matched components, as c + l·y + yᵀMy/2 at y = x - mean of c.

    Attributes
    ----------
    mean, constant, slope, bend:
        Shapes (K, 2), (K,), (K, 2), (K, 2, 2).
    sizes:
        The same three formed of absolute values.
    relative:
        Their relative error.
    """

    mean: FloatArray
    constant: FloatArray
    slope: FloatArray
    bend: FloatArray
    sizes: tuple[FloatArray, FloatArray, FloatArray]
    relative: float

    def polynomials(self, frames: Frames, index: Rows) -> tuple[FloatArray, FloatArray]:
        """Coefficients (n, m, 6) of components (n, m) on n rectangles, and bounds on |value| there."""
        y, axes = frames.from_(self.mean[index]), frames.turn * frames.half[:, None]
        bend = self.bend[index]
        pull = np.einsum("nmij,nmj->nmi", bend, y)
        constant = self.constant[index] + np.sum((self.slope[index] + 0.5 * pull) * y, axis=-1)
        slope = np.einsum("nmi,nil->nml", self.slope[index] + pull, axes)
        bend = np.einsum("nik,nmij,njl->nmkl", axes, bend, axes)
        far = np.abs(y) + np.sum(np.abs(axes), axis=-1)[:, None]
        level, tilt, curve = (size[index] for size in self.sizes)
        size = level + np.sum(tilt * far, axis=-1)
        size += 0.5 * np.einsum("nmi,nmij,nmj->nm", far, curve, far)
        return polynomials(constant, slope, bend), size


def steps_of(p: Density, q: Density) -> tuple[Steps, Rows] | None:
    """Return the steps from q to p and which component of q each is of; None if one is not small."""
    pairs = match(p, q)
    if any(mine is None or theirs is None for mine, theirs in pairs):
        return None
    rows = [_step(mine, theirs) for mine, theirs in pairs if mine and theirs]
    if any(row is None for row in rows):
        return None
    columns = [np.array(column) for column in zip(*(row for row in rows if row), strict=True)]
    mean, constant, slope, bend, *sizes, relative = columns
    found = Steps(mean, constant, slope, bend, (sizes[0], sizes[1], sizes[2]), float(max(relative)))
    order, left = [], list(enumerate(shares_of(q)))
    for _, theirs in pairs:
        place = next(place for place in left if place[1] == theirs)
        order.append(place[0])
        left.remove(place)
    return found, np.array(order)


def _step(mine: Share, theirs: Share) -> tuple[Any, ...] | None:
    """Return the fields of `Steps` for one pair, None where it is not close.

    By the resolvent identity: log(det D / det C)/2 + yᵀ D⁻¹ (C - D) C⁻¹ y / 2 + yᵀ D⁻¹ s + sᵀ D⁻¹ s / 2
    with s the step of the means; the steps are those of what was given exactly.
    """
    c, d = mine.component, theirs.component
    if not (isinstance(c, MultivariateNormal) and isinstance(d, MultivariateNormal)):
        return None
    step = np.array([float(a - b) for a, b in zip(c.exact["mean"], d.exact["mean"], strict=True)])
    wider = np.array([float(a - b) for a, b in zip(c.exact["cov"], d.exact["cov"], strict=True)])
    wider = wider.reshape(2, 2)
    heavier = math.log1p(float((mine.weight - theirs.weight) / theirs.weight))
    bend = d.precision @ wider @ c.precision
    slope = d.precision @ step
    adjugate = c.determinant * c.precision
    grown = (float(np.linalg.det(wider)) - float(np.sum(wider * adjugate))) / c.determinant
    if not grown > -1:
        return None
    level = 0.5 * math.log1p(grown)
    sure = np.abs(d.precision) @ np.abs(step)
    relative = 64 * EPS + 8 * (c.rounding_share + d.rounding_share)
    # what rounding did to one covariance it need not have done to the other
    loose = 0.0 if c.exact["cov"] == d.exact["cov"] else (c.asymmetry + d.asymmetry) / relative
    wider = np.abs(wider) + loose * np.array([[0, 1], [1, 0]])
    sizes = (
        abs(heavier)
        + float(np.sum(np.abs(wider * adjugate))) / c.determinant
        + np.abs(step) @ sure,
        sure,
        np.abs(d.precision) @ wider @ np.abs(c.precision),
    )
    within = c.factor.T @ slope, c.factor.T @ (0.5 * (bend + bend.T)) @ c.factor
    most = abs(heavier + level) + BULK * float(np.linalg.norm(within[0]))
    if not most + 0.5 * BULK**2 * float(np.linalg.norm(within[1])) <= CLOSE:
        return None
    constant = heavier + level + 0.5 * float(step @ slope)
    return c.mean, constant, slope, 0.5 * (bend + bend.T), *sizes, relative


def _later(exponents: Exponents, start: int) -> Exponents:
    """Return the same, of frames counted from a later one."""
    return lambda rows, coefficients: exponents(rows + start, coefficients)


# --- a pair ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NormalPair:
    """Two mixtures of normals, and the steps from q to p where they nearly agree."""

    p: Gaussians
    q: Gaussians
    steps: Steps | None

    def look(self, frames: Frames, exponents: Exponents, nodes: int) -> PairValues:
        """Return log p, log q and log p - log q at the nodes of all frames, one after the other."""
        size = max(1, PAIRS // (len(self.p.mean) + len(self.q.mean)))
        look = self._apart if self.steps is None else self._near
        starts = range(0, len(frames), size)
        parts = [look(frames[i : i + size], _later(exponents, i), nodes) for i in starts]
        return PairValues(*(np.concatenate(c).ravel() for c in zip(*parts, strict=True)))

    def _apart(self, frames: Frames, exponents: Exponents, nodes: int) -> tuple[FloatArray, ...]:
        """The fields of `PairValues`, (n, nodes) each: the logarithms have all the digits."""
        log_p, log_q = (np.empty((len(frames), nodes)) for _ in range(2))
        for side, level in ((self.p, log_p), (self.q, log_q)):
            for rows, _, coefficients in side.seen(frames):
                level[rows] = shares(exponents(rows, coefficients))[2]
        error_p, error_q, logit = self.p.error(log_p), self.q.error(log_q), log_p - log_q
        return log_p, log_q, logit, error_p, error_q, error_p + error_q + EPS * np.abs(logit)

    def _near(self, frames: Frames, exponents: Exponents, nodes: int) -> tuple[FloatArray, ...]:
        """The same by p/q - 1 = Σ s_k (e^a_k - 1), s the shares of q's components, a their steps."""
        log_q, logit, moved = (np.empty((len(frames), nodes)) for _ in range(3))
        largest = np.empty((len(frames), 1))
        for rows, index, coefficients in self.q.seen(frames):
            e, total, log_q[rows] = shares(exponents(rows, coefficients))
            steps, size = self.steps.polynomials(frames[rows], index)  # type: ignore[union-attr]
            a = exponents(rows, steps)
            e *= np.expm1(a, out=a)
            logit[rows] = np.log1p(np.sum(e, axis=1) / total)
            moved[rows] = np.sum(np.abs(e, out=e), axis=1) / total
            largest[rows, 0] = np.max(np.where(coefficients[..., 0] > ABSENT, size, 0.0), axis=1)
        error_q = self.q.error(log_q)
        # of the steps, which Σ s e^a / (p/q) = 1 weighs, and of the shares
        error = self.steps.relative * largest  # type: ignore[union-attr]
        error = error + 4 * (error_q + EPS) * moved * np.exp(-logit)
        return log_q + logit, log_q, logit, error_q + error, error_q, error


def normal_pair(p: Density, q: Density) -> NormalPair | None:
    """Return the pair, None if one of them is no mixture of normals, or has components too thin."""
    components = components_of(p, q)
    if components is None or not np.max(components.tilt) <= THINNEST:
        return None
    first, second = np.flatnonzero(components.first), np.flatnonzero(~components.first)
    found = steps_of(p, q)
    if found is None:
        return NormalPair(Gaussians.of(components, first), Gaussians.of(components, second), None)
    steps, order = found
    return NormalPair(
        Gaussians.of(components, first), Gaussians.of(components, second[order]), steps
    )


def of_normals(p: Density, q: Density) -> bool:
    """Whether p and q are mixtures of normals of the plane, none of them too thin."""
    return p.dim == 2 and normal_pair(p, q) is not None


def nearly_agree(p: Density, q: Density) -> bool:
    """Whether they are, and the components of p and q differ by small steps."""
    pair = normal_pair(p, q) if p.dim == 2 else None
    return pair is not None and pair.steps is not None
