"""When a divergence is infinite: decided by supports, edges and declared tails, never by overflow."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.base import Tail
from gantheory.densities.discrete import Discrete
from gantheory.densities.location_scale import LocationScale
from gantheory.densities.plane import Product
from gantheory.densities.tails import HEAVINESS
from gantheory.divergences.layout import gaussians
from gantheory.estimates import Estimate, route

TIE = 1e-13  # two quadratic coefficients this close, relatively, cancel
TIE_IN_PLANE = 1e-9  # the same, of inverted covariances
DIRECTIONS = 721


def not_dominated(p: Any, q: Any) -> bool:
    """Return whether p has mass where q has none; q may have some wherever it does not list all."""
    if isinstance(p, Discrete) and isinstance(q, Discrete):
        if q.unseen:
            return False
        here = q.index_of(p.points)
        missing = (here < 0) | (q.weights[here] == 0)
        return bool((p.weights[missing] > 0).any())
    if p.dim == 1:
        return not all(
            any(low >= a and high <= b for a, b in q.exact_pieces) for low, high in p.exact_pieces
        )
    if isinstance(p, Product) and isinstance(q, Product):
        return any(not_dominated(a, b) for a, b in zip(p.marginals(), q.marginals(), strict=True))
    return not all(
        low >= a and high <= b for (low, high), (a, b) in zip(p.support, q.support, strict=True)
    )


def overlap(p: Any, q: Any) -> bool:
    """Return whether p and q may have common mass."""
    if isinstance(p, Discrete):
        if p.unseen or q.unseen:
            return True
        here = q.index_of(p.points)
        return bool(((here >= 0) & (q.weights[here] > 0) & (p.weights > 0)).any())
    if p.dim == 2:
        return all(
            max(a[0], b[0]) < min(a[1], b[1]) for a, b in zip(p.support, q.support, strict=True)
        )
    return any(max(a, c) < min(b, d) for a, b in p.exact_pieces for c, d in q.exact_pieces)


def kullback_leibler_is_infinite(p: Any, q: Any) -> bool:
    """Return whether KL(p‖q) = +inf: p has mass where q has none, or log q falls too fast for p."""
    if not_dominated(p, q):
        return True
    if p.dim == 2 or isinstance(p, Discrete):
        return False
    return any(_log_moment_is_infinite(t, u) for t, u in zip(p.tails, q.tails, strict=True))


def _log_moment_is_infinite(p: Tail, q: Tail) -> bool:
    """Return whether E_p|log q| diverges on one side: a power tail has no such moment."""
    needed = {"exponential": 1, "gaussian": 2}.get(q.kind, 0)
    return p.kind == "power" and needed > 0 and p.rate <= needed


def power_is_infinite(p: Any, q: Any, alpha: float) -> bool:
    """Return whether ∫ p^α q^(1-α) = +inf; only α > 1 or α < 0 can be."""
    if 0 <= alpha <= 1:
        return False
    if alpha < 0:
        return power_is_infinite(q, p, 1 - alpha)
    if not_dominated(p, q):
        return True
    if isinstance(p, Product) and isinstance(q, Product):
        pairs = zip(p.marginals(), q.marginals(), strict=True)
        return any(power_is_infinite(a, b, alpha) for a, b in pairs)
    if isinstance(p, Discrete):
        return False
    if p.dim == 2:
        return _power_of_normals_is_infinite(p, q, alpha)
    tails = zip(p.tails, q.tails, (-1, 1), strict=True)
    return any(_power_tail_is_infinite(t, u, alpha, side) for t, u, side in tails) or any(
        _pole_is_infinite(p, q, alpha, at, side) for at in _edges(p, q) for side in (-1, 1)
    )


def _power_of_normals_is_infinite(p: Any, q: Any, alpha: float) -> bool:
    """Return whether p^α q^(1-α), α > 1, of mixtures of normals grows in some direction of the plane.

    Far out along a unit vector d, log p is -r²/2 times the least dᵀ cov⁻¹ d of its components.
    """
    pair = gaussians(p), gaussians(q)
    if pair[0] is None or pair[1] is None:
        return False
    angle = np.linspace(0.0, math.pi, DIRECTIONS)
    d = np.stack([np.cos(angle), np.sin(angle)])
    fall = [
        np.min(
            [np.sum(d * np.linalg.solve(component.cov, d), axis=0) for component in side], axis=0
        )
        for side in pair
        if side
    ]
    return bool(np.any(alpha * fall[0] + (1 - alpha) * fall[1] < -TIE_IN_PLANE * alpha * fall[0]))


def _power_tail_is_infinite(p: Tail, q: Tail, alpha: float, side: int) -> bool:
    """Return whether p^α q^(1-α) is not integrable on one side."""
    if {p.kind, q.kind} & {"none", "unknown", "undeclared"}:
        return False
    if p.kind != q.kind:
        return HEAVINESS[p.kind] > HEAVINESS[q.kind]
    if p.kind == "power":
        return not alpha * (1 + p.rate) + (1 - alpha) * (1 + q.rate) > 1
    if p.kind == "exponential":
        return not alpha * p.rate + (1 - alpha) * q.rate > 0
    quadratic = alpha * p.rate**2 + (1 - alpha) * q.rate**2
    if abs(quadratic) > TIE * alpha * p.rate**2:
        return quadratic < 0
    linear = alpha * p.rate**2 * p.loc + (1 - alpha) * q.rate**2 * q.loc
    return not side * linear < 0


def _edges(p: Any, q: Any) -> set[float]:
    """Return every point where one of the densities has an edge or ends."""
    ends = {end for d in (p, q) for piece in d.pieces for end in piece if math.isfinite(end)}
    return ends | {edge.at for d in (p, q) for edge in d.edges}


def _pole_is_infinite(p: Any, q: Any, alpha: float, at: float, side: int) -> bool:
    """Return whether p^α q^(1-α) has a pole that is not integrable on one side of a point."""
    here, there = p.power_at(at, side), q.power_at(at, side)
    if here is None or there is None or math.isinf(here) or math.isinf(there):
        return False
    return not alpha * here + (1 - alpha) * there > -1


def transport_is_infinite(p: Any, q: Any, heaviest: float = 1.0) -> bool:
    """Return whether a distance of transport is +inf: by a tail that the other one does not share.

    That is ∫|F - G| where heaviest = 1 is the rate of the lightest power tail without a mean, and so
    ∫(F - G)² for 1/2, and W_k for k.
    """
    same = _same_width(p, q)
    pairs = zip(p.tails, q.tails, strict=True)
    return any(_not_cancelled(t, u, same, heaviest) for t, u in pairs)


def _same_width(p: Any, q: Any) -> bool:
    """Whether two single densities of a family agree exactly in all parameters but the location."""
    if type(p) is not type(q) or not isinstance(p, LocationScale):
        return True
    return all(p.exact[name] == q.exact[name] for name in p.exact if name != "loc")


def _not_cancelled(p: Tail, q: Tail, same: bool, heaviest: float) -> bool:
    heavy = [t for t in (p, q) if t.kind == "power" and t.rate <= heaviest]
    if not heavy:
        return False
    # equal leading terms cancel; what is left falls by one power faster
    return not (same and p.kind == q.kind and p.rate == q.rate and p.constant == q.constant)


def infinite(name: str) -> Estimate:
    """Return +inf, exact, by the route that decided it."""
    return Estimate(math.inf, 0.0, kind="exact", route=route("supports and tails", name))
