"""Pushforward(map, latent): the distribution of G(z) through all branches of G."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import (
    NO_TAIL,
    UNKNOWN_TAIL,
    Breaks,
    Density1D,
    Edge,
    Tail,
    local,
    mass_between,
)
from gantheory.densities.branches import (
    check_branch,
    inner_point,
    middle_of,
    refuse_flat_callable,
    refuse_overlaps,
)
from gantheory.densities.foreign import from_foreign
from gantheory.densities.maps import Branch
from gantheory.densities.mixture import least_power
from gantheory.densities.panel_ends import doubling
from gantheory.densities.tails import union_of_intervals
from gantheory.errors import InvalidDensity, brief

CLOSEST = 1e-80  # innermost panel at a pole like |x|^(-1/2): it holds 1e-40
UNCOVERED = 1e-15


@dataclass(frozen=True, eq=False)
class Pushforward(Density1D):
    """p(x) = Σ over branches of latent(z) / |G'(z)|, z the preimage of x.

    Parameters
    ----------
    map:
        A tuple of monotone `Branch`es (`maps.square`, `maps.absolute`, `maps.sine`,
        `maps.affine(a, b)`, `maps.monotone(...)`), which together cover the latent distribution.
    latent:
        A single declared density of the line, or a frozen distribution of scipy.stats.

    Raises
    ------
    NoDensity
        If a branch is flat where the latent density has mass: the image has an atom there.
    InvalidDensity
        If map is a bare callable, a branch is not what it says, or mass is left uncovered.
    """

    map: Any
    latent: Any

    def __post_init__(self) -> None:
        object.__setattr__(self, "latent", from_foreign(self.latent) or self.latent)
        if callable(self.map) or isinstance(self.map, Branch):
            refuse_flat_callable(self.map, self.latent)
            raise InvalidDensity(
                f"Pushforward(map={self.map!r}): a bare callable does not say its preimages; give a "
                "tuple of branches, Branch(interval, forward, inverse, derivative), or one of maps.*"
            )
        if not isinstance(self.latent, Density1D) or self.latent.batch_shape:
            raise InvalidDensity(
                f"Pushforward(latent={brief(self.latent)}): give a density of the line"
            )
        if not self.latent.declared:
            raise InvalidDensity(
                f"Pushforward(latent={brief(self.latent)}): a black box declares no mass"
            )
        branches = tuple(self.map) if isinstance(self.map, (tuple, list)) else ()
        if not branches or not all(isinstance(b, Branch) for b in branches):
            raise InvalidDensity(f"Pushforward(map={self.map!r}): give a tuple of Branch")
        refuse_overlaps(branches)
        kept = tuple(b for b in branches if self._latent_mass(b) > 0)
        for branch in kept:
            check_branch(branch, self._inside(branch), self._latent_mass(branch))
        covered = math.fsum(self._latent_mass(b) for b in kept)
        if not abs(covered - 1) <= UNCOVERED * 8:
            raise InvalidDensity(
                f"Pushforward: the branches cover {covered!r} of the mass of {self.latent!r}; "
                "give branches for the rest"
            )
        object.__setattr__(self, "map", kept)

    @cached_property
    def unseen(self) -> float:
        """What is unseen of the latent density, and its mass beside ends that are not float64s."""
        beside = (
            2 * width * float(np.max(self.latent.pdf([-width, width], origin=at)))
            for at, width in self.latent.rounded_ends
        )
        return float(self.latent.unseen) + math.fsum(beside)

    @property
    def terms(self) -> int:
        """One of the latent density and the map for each branch."""
        return len(self.map) * int(self.latent.terms + 2)

    def __repr__(self) -> str:
        return f"Pushforward({len(self.map)} branches, {self.latent!r})"

    def _inside(self, branch: Branch) -> tuple[float, float]:
        """Part of the branch's interval in the latent support."""
        low, high = self.latent.support
        return max(low, branch.interval[0]), min(high, branch.interval[1])

    def _latent_mass(self, branch: Branch) -> float:
        low, high = self._inside(branch)
        if not low < high:
            return 0.0
        if float(self.latent.cdf(low)) < 0.5:
            return float(self.latent.cdf(high)) - float(self.latent.cdf(low))
        return float(self.latent.sf(low)) - float(self.latent.sf(high))

    # --- values ----------------------------------------------------------------------------------

    def _terms(self, x: npt.ArrayLike, origin: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Log of each branch's share, (branches, ...), and the preimages."""
        x = np.asarray(x, dtype=np.float64)
        origin = np.broadcast_to(np.asarray(origin, dtype=np.float64), x.shape)
        logs, preimages = [], []
        for branch in self.map:
            low, high = self._image(branch)
            here = (local(x, origin, low) >= 0) & (local(x, origin, high) <= 0)
            t, o = np.where(here, x, 0.0), np.where(here, origin, middle_of(low, high))
            with np.errstate(all="ignore"):
                z = branch.inverse(o + t)
                if branch.log_slope is None:
                    slope = np.log(np.abs(branch.derivative(z)))
                else:
                    slope = branch.log_slope(t, o)
                z = np.clip(z, *self._inside(branch))
                level = self.latent.logpdf(z) - slope
            # at an end that stands for an infinite z both vanish: one point, and it has no mass
            logs.append(np.where(here & (level < np.inf), level, -np.inf))
            preimages.append(z)
        return np.stack(logs), np.stack(preimages)

    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log Σ latent(z) / |G'(z)|."""
        terms, _ = self._terms(x, origin)
        largest = np.max(terms, axis=0)
        safe = np.where(np.isfinite(largest), largest, 0.0)
        with np.errstate(divide="ignore", over="ignore"):
            return np.asarray(safe + np.log(np.sum(np.exp(terms - safe), axis=0)))

    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Latent error + what the rounding of z moves + rounding, the worst branch counting."""
        terms, preimages = self._terms(x, origin)
        absolute = np.abs(np.add(origin, x, dtype=np.float64))
        errors = [
            self._branch_error(branch, term, z, absolute)
            for branch, term, z in zip(self.map, terms, preimages, strict=True)
        ]
        return np.asarray(np.max(errors, axis=0))

    def _branch_error(
        self, branch: Branch, term: FloatArray, z: FloatArray, absolute: FloatArray
    ) -> FloatArray:
        """z is off by its own rounding, and by that of x over |G'|: what this moves in latent / |G'|.

        A branch with a local form of its slope has that to full precision.
        """
        live = np.isfinite(term)
        z = np.where(live, z, inner_point(*self._inside(branch), 0.5))
        with np.errstate(all="ignore"):
            dz = 8 * EPS * np.abs(z) + EPS * absolute / np.abs(branch.derivative(z)) + 1e-300

            def level(at: FloatArray) -> FloatArray:
                at = np.clip(at, *self._inside(branch))
                slope = 0.0 if branch.log_slope else np.log(np.abs(branch.derivative(at)))
                return np.asarray(self.latent.logpdf(at) - slope)

            moved = np.abs(level(z + dz) - level(z - dz))
        moved = np.where(np.isfinite(moved), moved, 1.0)
        rounding = self.latent.logpdf_error(z, np.zeros_like(z)) + EPS * (8 + np.abs(term))
        return np.where(live, rounding + moved, 0.0)

    @property
    def rounded(self) -> bool:
        """Whether a parameter of the latent density was given exactly and is not a float64."""
        return bool(self.latent.rounded)

    @property
    def rounding_share(self) -> float:
        """That of the latent density."""
        return float(self.latent.rounding_share)

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bound of the latent density, the worst branch counting."""
        terms, z = self._terms(x, origin)
        z = np.where(np.isfinite(terms), z, self.latent.landmarks[0, 0])
        error = self.latent.parameter_error(z, np.zeros_like(z))
        return np.asarray(np.max(np.where(np.isfinite(terms), error, 0.0), axis=0))

    def _image(self, branch: Branch) -> tuple[float, float]:
        """Where the branch sends its part of the latent distribution."""
        with np.errstate(all="ignore"):
            ends = [
                float(branch.forward(np.asarray(e, dtype=np.float64))) for e in self._inside(branch)
            ]
        for i, end in enumerate(ends):
            # a turning point is exact only up to the rounding of the latent end, sin(π/2) = 1
            ends[i] = next((t for t in branch.turns_at() if abs(t - end) < 1e-15 * abs(t)), end)
        return min(ends), max(ends)

    def _distribution(self, x: npt.ArrayLike, *, upper: bool) -> FloatArray:
        """P(X <= x), or P(X > x)."""
        x = np.asarray(x, dtype=np.float64)
        total = np.zeros(x.shape)
        for branch in self.map:
            low, high = self._image(branch)
            start, stop = self._inside(branch)
            with np.errstate(all="ignore"):
                z = np.clip(branch.inverse(np.clip(x, low, high)), start, stop)
            rising = self._rises(branch)
            lower_part = mass_between(self.latent, np.full(x.shape, start), z)
            upper_part = mass_between(self.latent, z, np.full(x.shape, stop))
            below = lower_part if rising else upper_part
            above = upper_part if rising else lower_part
            part = np.where(x < low, 0.0, np.where(x >= high, self._latent_mass(branch), below))
            rest = np.where(x < low, self._latent_mass(branch), np.where(x >= high, 0.0, above))
            total = total + (rest if upper else part)
        return total

    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """P(G(z) <= x), branch by branch."""
        return self._distribution(x, upper=False)

    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """P(G(z) > x), branch by branch."""
        return self._distribution(x, upper=True)

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """G of n latent points."""
        z = self.latent.sample(n, rng)
        x = np.empty_like(z)
        for branch in self.map:
            here = (z >= branch.interval[0]) & (z <= branch.interval[1])
            x[here] = branch.forward(z[here])
        return np.asarray(x)

    # --- structure -------------------------------------------------------------------------------

    @property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """Union of the images of the branches."""
        return union_of_intervals([self._image(branch) for branch in self.map])

    @property
    def support(self) -> tuple[float, float]:
        """From the lowest to the highest image."""
        return self.pieces[0][0], self.pieces[-1][1]

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Images of the ends of the branches and of latent edges, with the power of the density."""
        places = {end for branch in self.map for end in self._image(branch) if math.isfinite(end)}
        for branch in self.map:
            start, stop = self._inside(branch)
            for edge in self.latent.edges:
                if start < edge.at < stop:
                    places.add(float(branch.forward(np.asarray(edge.at))))
        sides = {at: (self.power_at(at, -1), self.power_at(at, 1)) for at in sorted(places)}
        return tuple(Edge(at, least_power(*powers)) for at, powers in sides.items())

    def power_at(self, at: float, side: int) -> float | None:
        """The least of the branches' powers: see `_branch_power`."""
        return least_power(*(self._branch_power(branch, at, side) for branch in self.map))

    def _branch_power(self, branch: Branch, at: float, side: int) -> float | None:
        """(k - m) / (m + 1), where the latent density goes like |z - z0|^k, |G'| like |z - z0|^m."""
        low, high = self._image(branch)
        if not (low <= at < high if side > 0 else low < at <= high):
            return math.inf
        start, stop = self._inside(branch)
        rising = self._rises(branch)
        towards = side if rising else -side
        if at in (low, high):
            z = start if (at == low) == rising else stop
            order = branch.order_at(z, towards, stop - start) if math.isfinite(z) else None
        else:
            inner = [e.at for e in self.latent.edges if start < e.at < stop]
            images = {float(branch.forward(np.asarray(z))): z for z in inner}
            z = images.get(at, math.nan)
            order = 0.0
        power = 0.0 if math.isnan(z) else self.latent.power_at(z, towards)
        if order is None or power is None:
            return None
        return power if math.isinf(power) else (power - order) / (order + 1)

    def _rises(self, branch: Branch) -> bool:
        spots = [inner_point(*self._inside(branch), share) for share in (0.4, 0.6)]
        low, high = (float(branch.forward(np.asarray(z))) for z in spots)
        return high > low

    @property
    def landmarks(self) -> FloatArray:
        """Images of the latent landmarks, and edges with scale 0."""
        rows = [[edge.at, 0.0] for edge in self.edges]
        for branch in self.map:
            low, high = self._inside(branch)
            for center, scale in self.latent.landmarks:
                if low < center < high:
                    at = np.asarray(center)
                    slope = abs(float(branch.derivative(at)))
                    rows.append([float(branch.forward(at)), scale * slope])
        return np.array(rows)

    @property
    def tails(self) -> tuple[Tail, Tail]:
        """None on a side where the image ends; otherwise not classified."""
        low, high = self.support
        return (
            NO_TAIL if math.isfinite(low) else UNKNOWN_TAIL,
            NO_TAIL if math.isfinite(high) else UNKNOWN_TAIL,
        )

    def breaks(self) -> tuple[Breaks, ...]:
        """Images of the latent panels, and panels that halve towards every pole."""
        low, high = self.support
        found = []
        for branch in self.map:
            start, stop = self._inside(branch)
            for latent in self.latent.breaks():
                z = latent.center + latent.offsets
                z = z[(z > start) & (z < stop)]
                with np.errstate(all="ignore"):
                    x = np.sort(branch.forward(z))
                x = x[np.isfinite(x)]
                if len(x):
                    found.append(Breaks(float(x[len(x) // 2]), x - x[len(x) // 2]))
        width = min(high, _finite_reach(found, high)) - max(low, _finite_reach(found, low))
        for edge in self.edges:
            steps = np.concatenate([[0.0], doubling(CLOSEST, 0.25)]) * width
            smooth = edge.power is not None and edge.power >= 0 and edge.power % 1 == 0
            offsets = np.zeros(1) if smooth else np.concatenate([-steps[:0:-1], steps])
            found.append(Breaks(edge.at, offsets))
        return tuple(found)


def _finite_reach(found: list[Breaks], end: float) -> float:
    """Return the end if it is finite, else the outermost panel end on that side."""
    if math.isfinite(end) or not found:
        return end
    reach = [(b.center + b.offsets.min(), b.center + b.offsets.max()) for b in found]
    return float(max(r[1] for r in reach) if end > 0 else min(r[0] for r in reach))
