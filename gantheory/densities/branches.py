"""Whether branches are what a pushforward needs: monotone, apart, each with its own inverse."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.densities.base import Density1D
from gantheory.densities.maps import Branch
from gantheory.errors import InvalidDensity, NoDensity

CHECKS = np.linspace(0.02, 0.98, 25)


def middle_of(low: float, high: float) -> float:
    """Return a finite point inside (low, high), the midpoint if both are finite."""
    return inner_point(low, high, 0.5)


def inner_point(low: float, high: float, share: float) -> float:
    """Return a finite point inside (low, high)."""
    if math.isfinite(low) and math.isfinite(high):
        return low + share * (high - low)
    if math.isfinite(low):
        return low + share / (1 - share)
    if math.isfinite(high):
        return high - (1 - share) / share
    return math.log(share / (1 - share))


def refuse_flat_callable(map_: Any, latent: Any) -> None:
    """Refuse a bare callable that is constant on a part of the latent distribution, naming the atom."""
    if not callable(map_) or not isinstance(latent, Density1D) or latent.batch_shape:
        return
    z = np.sort(latent.sample(4001, np.random.default_rng(0)))
    try:
        x = np.asarray(map_(z.copy()), dtype=np.float64)
    except Exception:  # whatever it raises: the caller refuses it anyway, with advice
        return
    if x.shape != z.shape:
        return
    values, counts = np.unique(x, return_counts=True)
    if counts.max(initial=0) > 40:
        raise NoDensity(
            f"Pushforward(map={map_!r}): the map is flat where the latent distribution has mass: about "
            f"{counts.max() / len(z):.2g} of it goes to the single point "
            f"{float(values[counts.argmax()])!r}, an atom, so the image has no density"
        )


def refuse_overlaps(branches: tuple[Branch, ...]) -> None:
    """Refuse branches that share latent points."""
    ordered = sorted(branches, key=lambda b: b.interval[0])
    for left, right in pairwise(ordered):
        if right.interval[0] < left.interval[1]:
            raise InvalidDensity(
                f"Pushforward: the branches on {left.interval} and {right.interval} overlap; "
                "give each latent point one branch"
            )


def check_branch(branch: Branch, inside: tuple[float, float], mass: float) -> None:
    """Refuse a branch that is flat, or whose inverse or derivative is not its own."""
    z = np.array([inner_point(*inside, float(share)) for share in CHECKS])
    with np.errstate(all="ignore"):
        x = np.asarray(branch.forward(z), dtype=np.float64)
    if x.shape != z.shape or not np.all(np.isfinite(x)):
        raise InvalidDensity(
            f"Branch on {branch.interval}: forward is not vectorised or not finite"
        )
    level = np.diff(x) == 0
    if np.any(level):
        raise NoDensity(
            f"Pushforward: the map is flat on {inside}, so G(z) has an atom of mass {mass:.6g} at "
            f"{float(x[np.argmax(level)])!r} and no density"
        )
    if not (np.all(np.diff(x) > 0) or np.all(np.diff(x) < 0)):
        raise InvalidDensity(f"Branch on {branch.interval}: forward is not monotone there")
    slopes = np.asarray(branch.derivative(z), dtype=np.float64)
    if np.any(slopes == 0):
        raise InvalidDensity(
            f"Branch on {branch.interval}: derivative({float(z[np.argmin(np.abs(slopes))])!r}) = 0 "
            "inside it; end one branch there and begin another"
        )
    back = np.asarray(branch.inverse(x), dtype=np.float64)
    if not np.allclose(back, z, rtol=1e-6, atol=1e-9):
        worst = int(np.argmax(np.abs(back - z)))
        raise InvalidDensity(
            f"Branch on {branch.interval}: inverse(forward({float(z[worst])!r})) = "
            f"{float(back[worst])!r}; inverse must undo forward"
        )
    step = 1e-6 * np.maximum(np.abs(z), 1e-3)
    slope = (branch.forward(z + step) - branch.forward(z - step)) / (2 * step)
    if not np.allclose(slope, slopes, rtol=1e-4, atol=1e-6 * float(np.max(np.abs(slopes)))):
        worst = int(np.argmax(np.abs(slope - slopes)))
        raise InvalidDensity(
            f"Branch on {branch.interval}: derivative({float(z[worst])!r}) = {float(slopes[worst])!r}, "
            f"but forward rises by {float(slope[worst])!r} there"
        )
