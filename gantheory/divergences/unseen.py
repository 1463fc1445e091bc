"""What the nodes of an integral did not see of p and of q, and what it may have held.

The masses of p and of q on the same nodes are a guard: a density that declares its structure and has
other mass there was not resolved. At a pole or an end that floats do not resolve, the mass that is
missing is known, and goes into the error. So does what lies between an end of a density, given exactly,
and the float64 that stands for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.base import Density
from gantheory.densities.plane import Product
from gantheory.divergences.kernels import Values
from gantheory.divergences.layout import Layout, parts_of
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.errors import NotConverged, brief
from gantheory.quadrature import Integral

PointKernel = Callable[[PairValues, FloatArray, FloatArray], Values]
GUARD = 1e-10  # how far the mass on the nodes may be off before the result is refused
LOST = 1e-2  # more missing mass than this is not a matter of an end
LARGEST_SHARE = 1e-3  # of the width of a density, that the rounding of its parameters may be
REASONS = {
    "met": "its density and its distribution function do not agree",
    "limit": "the evaluations that are allowed were not enough to see its structure",
    "time": "the seconds that are allowed were not enough to see its structure",
    "noise": "it is noisy, or oscillates more finely than panels can follow",
    "finest": "its structure is finer than float64 resolves",
    "not finite": "it is infinite, or not a number, at some node",
}
"""Why the nodes did not see a density, by how the integral stopped."""
AT_AN_END = (
    "it lies closer to an end than float64 resolves, or the density and its distribution function do "
    "not agree"
)


def refuse_rounded(*densities: Density) -> None:
    """Refuse densities whose parameters no float64 is near enough to.

    Raises
    ------
    NotConverged
        Naming the density.
    """
    for density in densities:
        share = density.rounding_share
        if not share <= LARGEST_SHARE:
            raise NotConverged(
                f"{brief(density)}: a parameter was given exactly, and the float64 nearest to it is off "
                f"by {share:.2g} of the width of the density: that is no small part of the scale; "
                "measure all locations from a point nearby, or take gantheory.certified, which keeps "
                "parameters exactly"
            )


def unseen_masses(
    p: Density, q: Density, found: Integral, layout: Layout
) -> tuple[tuple[float, float], str]:
    """Return bounds on the masses of p and q of which the nodes are not sure, mostly 0, and a complaint.

    It is not empty if the nodes missed mass of a declared density that has no end to hide it. Panels
    that were joined are trusted with nothing: whatever mass they missed counts.
    """
    unseen, complaint = [], ""
    for k, (name, density) in enumerate((("p", p), ("q", q))):
        mass, outside = float(found.value[1 + k]), layout.outside[k]
        slack = float(found.error[1 + k] + found.rounding[1 + k])
        if not density.declared:
            unseen.append(abs(1 - mass) + slack)
            continue
        # what lies outside is between 0 and `outside`
        missing = max(1 - outside - mass - slack, mass - 1 - slack, 0.0)
        hides = _hides_mass(density)
        if not missing <= (LOST if hides else GUARD):
            reason = AT_AN_END if hides and found.stopped == "met" else REASONS[found.stopped]
            complaint = (
                f"the quadrature found mass {mass!r} of {name}={brief(density)} where it declares "
                f"{1 - outside!r}: {reason}"
            )
        lost = missing > (0 if layout.joined else GUARD) or (hides and missing + slack > GUARD)
        unseen.append(missing + slack if lost else 0.0)
    return (unseen[0], unseen[1]), complaint


def _hides_mass(density: Any) -> bool:
    """Whether a density has an end that may be a pole: floats need not resolve it."""
    lines = [density]
    if density.dim == 2:
        lines = [line for _, part in parts_of(density) for line in part.marginals()]
    powers = (edge.power for line in lines for edge in line.edges)
    return any(power is None or power < 0 for power in powers)


# --- between an exact end and its float ---------------------------------------------------------


def beside_rounded_ends(kernel: PointKernel, p: Any, q: Any) -> float:
    """Bound on what |kernel| holds between ends of p and q that were given exactly and their floats.

    There one of the densities may live where its float says that it does not, or the other way round:
    the largest finite |kernel| of p and q on either side of the end, mixed, counts twice. Where it is
    infinite, supports decide.
    """
    ends = {*p.rounded_ends, *q.rounded_ends}
    error = 0.0
    for at, width in ends:
        x, origin = np.array([-width, width]), np.full(2, at)
        v = evaluate_pair(p, q, x, origin)
        log_p, log_q = np.repeat(v.log_p, 2), np.tile(v.log_q, 2)
        with np.errstate(invalid="ignore"):
            logit = np.nan_to_num(log_p - log_q, nan=0.0, posinf=np.inf, neginf=-np.inf)
        mixed = PairValues(log_p, log_q, logit, *np.zeros((3, 4)))
        with np.errstate(all="ignore"):
            values = np.abs(kernel(mixed, np.repeat(x, 2), np.full(4, at))[0])
        error += 2 * width * float(np.max(values[np.isfinite(values)], initial=0.0))
    return error


def masses_beside_rounded_ends(p: Density, q: Density) -> tuple[float, float]:
    """Bounds on the masses of p and q, in the plane, beside sides of products that are not float64s."""
    ends = [
        [end for d in (p, q) for m in _sides(d, axis) for end in m.rounded_ends] for axis in (0, 1)
    ]
    masses = [
        sum(
            2
            * width
            * weight
            * float(np.max(part.marginals()[axis].pdf([-width, width], origin=at)))
            for weight, part in parts_of(d)
            if isinstance(part, Product)
            for axis in (0, 1)
            for at, width in ends[axis]
        )
        for d in (p, q)
    ]
    return masses[0], masses[1]


def _sides(density: Density, axis: int) -> list[Any]:
    return [part.marginals()[axis] for _, part in parts_of(density) if isinstance(part, Product)]


def charge(bound: tuple[float, float] | None, masses: tuple[float, float], most: float) -> float:
    """Return what unseen masses may have held.

    Twice the kernel's bound; of a kernel without one, twice its largest share of p + q at any node.
    """
    p, q = masses
    if bound is not None:
        return 2 * (bound[0] * p + bound[1] * q)
    return 2 * (p + q) * most if p + q > 0 else 0.0
