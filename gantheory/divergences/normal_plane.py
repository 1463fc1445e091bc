"""∫ f(p, q) for mixtures of normals of the plane by trapezoid sums, where these see enough.

On a lattice that covers the plane the trapezoid sum of an analytic integrand converges faster than
any power of the step. Components of like shape are one level, the widest first, and with S_l = all
components up to level l the integral is Σ_l ∫ f(S_l) - f(S_{l-1}): every summand lives where the
level's own components do, and gets a lattice of its own there. What cannot be seen to 1e-11 in
this way, near-equal pairs among them, is left to the adaptive method: the entry returns None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import Density
from gantheory.divergences import kernels
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.normal_lattice import (
    THIN,
    TILE,
    Components,
    Field,
    Lattice,
    LatticeLevel,
    components_of,
    lattice_of,
    levels_of,
)
from gantheory.estimates import Estimate, route
from gantheory.threads import scratch

RTOL = 1e-11  # a larger error is not returned: the adaptive method does better
GUARD = 1e-12  # how far the mass on the nodes may be off before the result is refused
CHUNK = 128  # tiles evaluated at once: their arrays stay in the cache
FIRST, FINEST = 4.0, 40.0  # nodes for each standard deviation along each axis: at first, at most
TINY = 1e-300
SMALL = 1e-3  # below, the integrand is formed without cancellation
MOMENTS = (1.0, math.sqrt(math.pi / 2), 2.0, 3 * math.sqrt(math.pi / 2), 8.0)  # ∫ rⁿ e^(-r²/2) r dr


# --- the integrands -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Integrand:
    """f(p, q), homogeneous of degree 1, and what one more component can change.

    Attributes
    ----------
    values:
        (p, q, near) -> f; near where p ≈ q nearly everywhere.
    tail:
        (level, r) -> ∫ of |change of f| over a component's mass beyond r standard deviations.
    alone:
        f(1, 0) = f(0, 1).
    reach:
        Standard deviations beyond which components are left out.
    """

    values: Callable[[FloatArray, FloatArray, bool], FloatArray]
    tail: Callable[[FloatArray, float], FloatArray]
    alone: float
    reach: float

    def of(self, p: FloatArray | None, q: FloatArray | None, near: bool) -> FloatArray | None:
        """f(p, q), where None stands for a density that is 0; None if both are.

        What p and q hold afterwards is undefined up to TINY, what is returned is an array of its own.
        """
        if p is not None and q is not None:
            return self.values(p, q, near)
        one = q if p is None else p
        return None if one is None else self.alone * one


def jensen_shannon(p: FloatArray, q: FloatArray, near: bool) -> FloatArray:
    """(p log(p / m) + q log(q / m)) / 2 with m = (p + q) / 2, by its series where |p - q| < m / 5.

    With δ = (p - q) / 2m the series is m Σ δ^(2n) / (2n (2n - 1)).
    """
    p += TINY
    q += TINY
    middle = np.add(p, q, out=scratch("middle", *p.shape))
    middle *= 0.5
    value = p / middle
    other = np.divide(q, middle, out=scratch("other", *p.shape))
    np.log(value, out=value)
    np.log(other, out=other)
    value *= p
    other *= q
    value += other
    value *= 0.5
    if near:
        square = (0.5 * (p - q) / middle) ** 2
        series = np.zeros_like(square)
        for n in range(9, 0, -1):
            series = (series + 1 / (2 * n * (2 * n - 1))) * square
        value = np.where(square < 0.01, middle * series, value)
    return value


def jensen_shannon_tail(level: FloatArray, r: float) -> FloatArray:
    """∫_{s>r} (1 + level + s²/2) / 2 e^(-s²/2) s ds."""
    return np.asarray(0.5 * (2 + level + 0.5 * r * r) * math.exp(-0.5 * r * r))


def hellinger(p: FloatArray, q: FloatArray, near: bool) -> FloatArray:
    """(√p - √q)² / 2."""
    value = np.sqrt(p)
    value -= np.sqrt(q)
    value *= value
    value *= 0.5
    return value


def hellinger_tail(level: FloatArray, r: float) -> FloatArray:
    """∫_{s>r} (1/2 + e^(level/2 + s²/4)) e^(-s²/2) s ds."""
    return np.asarray(
        0.5 * math.exp(-0.5 * r * r) + 2 * np.exp(0.5 * level) * math.exp(-0.25 * r * r)
    )


# |f(p + d, q) - f(p, q)| <= d (1 + log(1 + q/d)) / 2 for the first, d/2 + √(q d) for the second, and
# q/d <= e^(level + r²/2) at distance r from a component d, with level = log(1 + largest q / peak of d)
INTEGRANDS: dict[object, Integrand] = {
    kernels.jensen_shannon: Integrand(jensen_shannon, jensen_shannon_tail, 0.5 * math.log(2), 9.0),
    kernels.hellinger: Integrand(hellinger, hellinger_tail, 0.5, 12.8),
}


# --- sums over a lattice ---------------------------------------------------------------------------


@dataclass(frozen=True)
class LatticeSums:
    """What one lattice gives for one level.

    Attributes
    ----------
    value, change:
        ∫ f(S_l) - f(S_{l-1}), and its largest distance from the sums over every second node along
        both axes, of which there are four.
    masses:
        ∫ of the level's own components of p and of q, shape (2,).
    sizes:
        ∫ f(S_l) and ∫ f(S_{l-1}) over the nodes' cells, shape (2,).
    evaluations:
        Nodes.
    """

    value: float
    change: float
    masses: FloatArray
    sizes: FloatArray
    evaluations: int


def sums(
    f: Integrand, components: Components, level: LatticeLevel, lattice: Lattice, near: bool
) -> LatticeSums:
    """Σ over the nodes of (f(S_l) - f(S_{l-1})) times the area of a lattice cell."""
    own = np.isin(lattice.index, level.own)
    first = components.first[lattice.index]
    kinds = (own & first, own & ~first, ~own & first, ~own & ~first)
    field = Field(components, level, lattice)

    def sums_from(start: int) -> FloatArray:
        return _sums_of_chunk(f, field.densities(slice(start, start + CHUNK), kinds), near)

    rows = [sums_from(start) for start in range(0, len(lattice.tiles), CHUNK)]
    area = float(np.prod(lattice.step))
    columns = [area * math.fsum(column) for column in zip(*rows, strict=True)]
    value = math.fsum(columns[:4])
    return LatticeSums(
        value,
        max(abs(4 * part - value) for part in columns[:4]),
        np.array(columns[4:6]),
        np.array(columns[6:]),
        lattice.nodes,
    )


def sums_of_one(f: Integrand, components: Components, level: LatticeLevel) -> LatticeSums:
    """f(1, 0) Σ w, where all components up to this level are of one density."""
    own, wide = (
        float(np.sum(components.weight[level.own])),
        float(np.sum(components.weight[level.wide])),
    )
    masses = own * np.array([1.0, 0.0] if components.first[level.own[0]] else [0.0, 1.0])
    return LatticeSums(f.alone * own, 0.0, masses, f.alone * np.array([own + wide, wide]), 0)


def _sums_of_chunk(f: Integrand, parts: list[FloatArray | None], near: bool) -> FloatArray:
    """Return four sums by the parities of both indices, two masses, Σ f(S_l), Σ f(S_{l-1})."""
    own_p, own_q, wide_p, wide_q = parts
    masses = [0.0 if d is None else float(np.sum(d)) for d in (own_p, own_q)]
    value = f.of(_plus(own_p, wide_p), _plus(own_q, wide_q), near)
    if value is None:
        return np.zeros(8)
    sizes = [float(np.sum(value)), 0.0]
    before = f.of(wide_p, wide_q, near)
    if before is not None:
        sizes[1] = float(np.sum(before))
        value -= before
    lines = value.sum(axis=0)
    parities = lines.reshape(TILE // 2, 2, TILE // 2, 2).sum(axis=(0, 2))
    return np.array([*parities.ravel(), *masses, *sizes])


def _plus(a: FloatArray | None, b: FloatArray | None) -> FloatArray | None:
    if a is None or b is None:
        return b if a is None else a
    return a + b


# --- the entry ------------------------------------------------------------------------------------


def fast_normals(kernel: Kernel, p: Density, q: Density) -> Estimate | None:
    """∫ f(p, q) = Σ_l ∫ f(S_l) - f(S_{l-1}), None where the adaptive method must be taken.

    Parameters
    ----------
    kernel:
        Looked up by its values in `INTEGRANDS`; for others the answer is None.
    p, q:
        Densities of the plane.

    Returns
    -------
    Estimate or None
        The error is the change between the lattices with steps 2h and h (not that of h, which is
        far smaller), plus what lies beyond `reach`, plus rounding; at most 1e-11 of the value.

    Notes
    -----
    Source: Trefethen and Weideman, The exponentially convergent trapezoidal rule (2014), section 5.
    """
    f = INTEGRANDS.get(kernel.values)
    components = None if f is None else components_of(p, q)
    if f is None or components is None or not components.moderate:
        return None
    budget = Budget(f, components, levels_of(components))
    fineness = np.full(len(budget.levels), FIRST)
    coarse = np.ones(len(fineness), dtype=bool)
    found = _look(budget, fineness, [], coarse, near=False)
    near = found is not None and sum(one.value for one in found) < SMALL
    if near and found is not None:
        value, rest = sum(one.value for one in found), budget.rounding(found, near)
        found = _look(budget, fineness, found, coarse, near) if rest <= RTOL * value else None
    while found is not None:
        value = math.fsum(one.value for one in found)
        change = np.array([one.change for one in found])
        rest = budget.tails() + budget.rounding(found, near)
        error = float(np.sum(change)) + rest
        if error <= RTOL * value:
            return Estimate(
                value,
                error,
                route=route("trapezoid sums", kernel.name),
                evaluations=sum(one.evaluations for one in found),
            )
        coarse = change > 0.3 * RTOL * value / len(change)
        if not (rest <= 0.5 * RTOL * value and np.any(coarse)):
            return None
        fineness[coarse] *= _finer(change[coarse] / value)
        found = _look(budget, fineness, found, coarse, near)
    return None


def _look(
    budget: Budget,
    fineness: FloatArray,
    found: list[LatticeSums],
    coarse: npt.NDArray[np.bool_],
    near: bool,
) -> list[LatticeSums] | None:
    """Return the sums of all levels, the coarse ones formed anew; None where nodes miss mass."""
    result = []
    for i in range(len(coarse)):
        one = found[i] if found else None
        if coarse[i] or one is None:
            fresh = _sums_of_level(budget, budget.levels[i], fineness[i], near)
            if fresh is None or not budget.sees(i, fresh.masses):
                return None
            before = 0 if one is None else one.evaluations
            one = replace(fresh, evaluations=fresh.evaluations + before)
        result.append(one)
    return result


def _sums_of_level(
    budget: Budget, level: LatticeLevel, fineness: float, near: bool
) -> LatticeSums | None:
    first = budget.components.first[np.concatenate([level.own, level.wide])]
    if np.all(first) or not np.any(first):
        return sums_of_one(budget.f, budget.components, level)
    lattice = lattice_of(level, fineness, budget.f.reach) if fineness <= FINEST else None
    return None if lattice is None else sums(budget.f, budget.components, level, lattice, near)


def _finer(change: FloatArray) -> FloatArray:
    """Return by which factors to refine: log(change) falls in proportion to the density."""
    with np.errstate(divide="ignore"):
        return np.clip(math.log(0.01 * RTOL) / np.log(np.minimum(change, 0.5)), 1.25, 2.0)


@dataclass(frozen=True)
class Budget:
    """What the change between two lattices does not see: tails, rounding, missing mass."""

    f: Integrand
    components: Components
    levels: list[LatticeLevel]

    @property
    def uses(self) -> FloatArray:
        """How many values f(S_l) each component enters: 1 + 2 for each narrower level, shape (K,)."""
        times = np.ones(len(self.components.weight))
        for i, level in enumerate(self.levels):
            times[level.own] += 2 * i
        return times

    @property
    def level(self) -> FloatArray:
        """log(1 + largest density / peak of the component), shape (K,)."""
        peak, first = self.components.peak, self.components.first
        return np.log1p(max(np.sum(peak[first]), np.sum(peak[~first])) / peak)

    @cached_property
    def relative(self) -> FloatArray:
        """Coefficients of 1, r, r² in the relative error of a component, shape (K, 3)."""
        components, tilt = self.components, self.components.tilt
        steady = all(level.steady for level in self.levels)
        plain = steady & (components.factor[:, 1, 0] == 0)
        table = np.multiply.outer(tilt, [64.0, 16.0, 3.0])
        rounding = np.where((tilt > THIN)[:, None], tilt[:, None] * [0.0, 0.0, 4.0], table)
        rounding[plain] = [0.0, 2.0, 3.0]
        rounding[:, 0] += 6 + 0.5 * len(tilt)
        if not steady:
            rounding[:, 1] += (
                8 * float(np.max(np.ptp(components.mean, axis=0))) / components.widths[:, 0]
            )
        return np.asarray(components.rounded + EPS * rounding)

    def sees(self, i: int, masses: FloatArray) -> bool:
        """Whether the nodes of a level saw the masses of its own components of p and of q."""
        own = self.levels[i].own
        weight, first = self.components.weight[own], self.components.first[own]
        slack = GUARD + math.exp(-0.5 * self.f.reach**2)
        slack += float(weight @ (self.relative[own] @ np.array(MOMENTS[:3])))
        truth = np.array([np.sum(weight[first]), np.sum(weight[~first])])
        return bool(np.all(np.abs(masses - truth) <= slack))

    def tails(self) -> float:
        """What lies beyond reach, in the integral and on the nodes."""
        weight = self.uses * self.components.weight
        return 3 * float(weight @ self.f.tail(self.level, self.f.reach))

    def rounding(self, found: list[LatticeSums], near: bool) -> float:
        """Σ over the S_l of √(Σ w ∫ c² relative²) √(∫ f(S_l)) + the rounding of f and of its sums.

        Σ ∫ c |relative ∂f/∂p| is at most that by Cauchy and Schwarz, since p (∂f/∂p)² + q (∂f/∂q)² <= f
        for both integrands.
        """
        square = np.array([[MOMENTS[i + j] for j in range(3)] for i in range(3)])
        spread = self.components.weight * np.einsum(
            "ki,ij,kj->k", self.relative, square, self.relative
        )
        total = 0.0
        for level, one in zip(self.levels, found, strict=True):
            both = np.concatenate([level.own, level.wide])
            for of, size in zip((both, level.wide), one.sizes, strict=True):
                total += math.sqrt(float(np.sum(spread[of])) * max(size, 0.0))
                # where |p - q| >= (p + q) / 10, p + q is at most 400 f
                own = 8.0 if len(of) else 0.0
                total += EPS * (min(own, 1600 * size) if near else own) + 70 * EPS * size
        return total
