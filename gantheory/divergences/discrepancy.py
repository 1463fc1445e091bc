"""Maximum mean discrepancy: MMD² = ∬ k(x, y) r(x) r(y), r = p - q, for kernels of the distance alone.

Mixtures of normals and the Gaussian kernel have a closed form. On the line others are integrated, r(x)
outside and u(x) = ∫ k(x, y) r(y) dy inside, where panels end at x, at multiples of the bandwidth around
it, and where those of p and q do.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.normal import Normal
from gantheory.densities.short import called
from gantheory.divergences.antiderivatives import Part, parts_of_batch
from gantheory.divergences.batches import as_pair, over_batch
from gantheory.divergences.effort import SHARE, Effort, Options
from gantheory.divergences.layout import gaussians, lay_out
from gantheory.divergences.members import Found, common_batch
from gantheory.divergences.pair import evaluate_pair
from gantheory.divergences.transport import energy_distance, kind_of, root_of
from gantheory.divergences.unseen import GUARD, refuse_rounded
from gantheory.divergences.work import Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, Route, route
from gantheory.quadrature import RULES, adapt
from gantheory.rounding import root

ALLOWED = 1e-10  # relative error of a closed form that counts as settled
RTOL = 1e-11
SLAB = 1000  # pairs of mixtures of normals handled at once
DOUBLING: FloatArray = 0.5 * np.exp2(np.arange(140.0))
CLOSE = 0.5  # |log p/q| up to which p - q is formed from it
CHUNK = 2**18  # inner nodes handled at once
INNER = 1 / 8  # an inner node costs less than a point of the outer integral


@dataclass(frozen=True)
class SimilarityKernel:
    """k(x, y) = profile(|x - y| / bandwidth), at most 1, with slope at most 1.

    Attributes
    ----------
    name:
        In routes.
    bandwidth:
        In the unit of x.
    profile:
        Vectorised; None stands for -|x - y|.
    steps:
        Where inner panels end, in bandwidths.
    """

    name: str
    bandwidth: float
    profile: Callable[[FloatArray], FloatArray] | None
    steps: FloatArray

    def __call__(self, distance: FloatArray) -> FloatArray:
        """Return the kernel of points at this distance."""
        if self.profile is None:
            return -distance
        return np.asarray(self.profile(distance / self.bandwidth))


def gaussian_kernel(bandwidth: float) -> SimilarityKernel:
    """k(x, y) = exp(-|x - y|² / (2 bandwidth²))."""
    steps = np.array([0.75, 1.5, 2.5, 4.0, 6.0, 9.0])
    return _kernel("gaussian", bandwidth, lambda r: np.exp(-0.5 * r * r), steps)


def laplace_kernel(bandwidth: float) -> SimilarityKernel:
    """k(x, y) = exp(-|x - y| / bandwidth)."""
    return _kernel(
        "laplace", bandwidth, lambda r: np.exp(-r), np.array([1.0, 3.0, 7.0, 15.0, 40.0])
    )


def rational_quadratic_kernel(bandwidth: float, alpha: float = 1.0) -> SimilarityKernel:
    """k(x, y) = (1 + |x - y|² / (2 alpha bandwidth²))^-alpha, 0 < alpha <= 16."""
    if not 0 < alpha <= 16:
        raise ValueError(f"rational_quadratic_kernel(alpha={alpha!r}): give 0 < alpha <= 16")
    profile = partial(_rational_quadratic, float(alpha))
    return _kernel(f"rational quadratic({alpha:g})", bandwidth, profile, DOUBLING)


def energy_kernel() -> SimilarityKernel:
    """k(x, y) = -|x - y|: the discrepancy is the energy distance."""
    return SimilarityKernel("energy", 1.0, None, np.empty(0))


def _rational_quadratic(alpha: float, r: FloatArray) -> FloatArray:
    return np.asarray(np.hypot(1, r / math.sqrt(2 * alpha)) ** (-2 * alpha))


def _kernel(
    name: str, bandwidth: float, profile: Callable[[FloatArray], FloatArray], steps: FloatArray
) -> SimilarityKernel:
    if isinstance(bandwidth, bool) or not isinstance(bandwidth, (int, float)):
        raise ValueError(f"bandwidth={brief(bandwidth)}: give a positive number")
    if not 0 < bandwidth < math.inf:
        raise ValueError(f"bandwidth={bandwidth!r}: give a positive number")
    return SimilarityKernel(name, float(bandwidth), profile, steps)


@called("MMD({p}, {q}; {kernel})")
def maximum_mean_discrepancy(
    p: Any, q: Any, kernel: SimilarityKernel, **options: Unpack[Options]
) -> Estimate:
    """MMD(p, q) = √(E k(X, X') - 2 E k(X, Y) + E k(Y, Y')); its square is what is often reported.

    Parameters
    ----------
    p, q:
        Densities of the line, mixtures of normals of the plane (with the Gaussian kernel), or two
        discrete distributions.
    kernel:
        `gaussian_kernel(bandwidth)`, `laplace_kernel(bandwidth)`,
        `rational_quadratic_kernel(bandwidth, alpha)`, or `energy_kernel()`, with which it is the
        `energy_distance`.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Returns
    -------
    Estimate
        Without a unit, at most √2 (with the energy kernel: √ of the unit of x).

    Raises
    ------
    TypeError, ValueError
        If the kernel is none of these, or p and q have no common measure.
    NotConverged
        If the quadrature does not converge, or in the plane for others than normals.

    Notes
    -----
    Source: Gretton et al. (2012); Sejdinovic et al. (2013) for the energy kernel.
    """
    if not isinstance(kernel, SimilarityKernel):
        raise TypeError(
            f"kernel={brief(kernel)}: give gaussian_kernel(bandwidth) or one of its kin"
        )
    if kernel.profile is None:
        return energy_distance(p, q, **options)
    p, q = as_pair(p, q)
    quick = partial(_normals, kernel) if kernel.name == "gaussian" and p.dim == 1 else None

    def one(a: Any, b: Any, effort: Effort) -> Estimate:
        return root_of(partial(_square, kernel, a, b), 2, effort)

    return over_batch(one, p, q, options, quick=quick)


def _square(kernel: SimilarityKernel, p: Any, q: Any, effort: Effort) -> Estimate:
    """MMD²."""
    if isinstance(p, Discrete):
        return _discrete(kernel, p, q)
    return _plane(kernel, p, q) if p.dim == 2 else _line(kernel, p, q, effort)


def _discrete(kernel: SimilarityKernel, p: Discrete, q: Discrete) -> Estimate:
    """Σ k(x, y) r(x) r(y), the differences of weights formed exactly."""
    points = np.unique(np.concatenate([p.points, q.points]), axis=0)
    weights = [[d.exact_weights[k] if k >= 0 else 0 for k in d.index_of(points)] for d in (p, q)]
    r = np.array([float(a - b) for a, b in zip(*weights, strict=True)])
    table = points.reshape(len(points), -1)
    value = spread = 0.0
    for row, weight in zip(table, r, strict=True):
        away = np.sqrt(np.sum((table - row) ** 2, axis=1))
        terms = weight * r * kernel(away)
        value += math.fsum(terms)
        spread += abs(weight) * math.fsum(np.abs(r))
    error = 32 * EPS * spread + len(r) * EPS * abs(value)
    unsure = math.fsum(d.unseen + d.weight_error for d in (p, q))
    error += unsure * (2 * math.fsum(np.abs(r)) + unsure)
    sums = route("sum over points", f"MMD {kernel.name}")
    return Estimate(value, error, kind=kind_of(p, q), route=sums, evaluations=len(r))


# --- normals --------------------------------------------------------------------------------------


def _normals(
    kernel: SimilarityKernel, p: Any, q: Any, effort: Effort
) -> tuple[Found, Route] | None:
    """√Σ s_i s_j h / √v exp(-(m_i - m_j)² / 2v), v = s_i² + s_j² + h², s the weights of p and -q's."""
    shape = common_batch(p, q)
    ours, theirs = parts_of_batch(p, shape), parts_of_batch(q, shape)
    if ours is None or theirs is None or any(c.family is not Normal for c in (*ours, *theirs)):
        return None
    found = Found.unsettled(math.prod(shape))
    for k in range(0, len(found.value), SLAB):
        rows = slice(k, k + SLAB)
        first, second = ([part.rows(rows) for part in side] for side in (ours, theirs))
        if not effort.late:
            found.value[rows], found.error[rows] = _sums(first, second, kernel.bandwidth)
    found.settled[:] = found.error <= ALLOWED * found.value
    low, high = found.value - found.error, found.value + found.error
    value, error, _ = root(low, found.value, high)
    found.value, found.error = np.asarray(value), np.asarray(error)
    return found, route("closed form", "MMD gaussian")


def _sums(p: list[Part], q: list[Part], h: float) -> tuple[FloatArray, FloatArray]:
    sign = np.repeat([1.0, -1.0], [len(p), len(q)])
    weight, loc, scale = (
        np.stack([getattr(part, name) for part in (*p, *q)], axis=1)
        for name in ("weight", "center", "width")
    )
    weight = weight * sign
    with np.errstate(over="ignore", invalid="ignore"):
        scale = scale / h
        step = (loc[:, :, None] - loc[:, None]) / h
        width = np.hypot(np.hypot(1, scale[:, :, None]), scale[:, None])
        terms = weight[:, :, None] * weight[:, None] / width * np.exp(-0.5 * (step / width) ** 2)
    size = np.abs(terms).sum(axis=(1, 2))
    # z² e^(-z²/2) <= 1: what the rounding of z moves; half an EPS for each weight that was given exactly
    off = (np.abs(weight)[:, :, None] * np.abs(weight)[:, None] / width).sum(axis=(1, 2))
    return terms.sum(axis=(1, 2)), EPS * ((len(sign) + 8) * size + 8 * off) + 4e-323


def _plane(kernel: SimilarityKernel, p: Any, q: Any) -> Estimate:
    """The same with covariances: h² / √det V exp(-dᵀ V⁻¹ d / 2), V = C_i + C_j + h² I."""
    components = gaussians(p), gaussians(q)
    if kernel.name != "gaussian" or components[0] is None or components[1] is None:
        raise NotConverged(
            "in the plane the discrepancy is offered for normals and their mixtures, with the Gaussian "
            "kernel",
            Estimate(0.0, 2.0),
        )
    refuse_rounded(p, q)
    signed = [*((1.0, g) for g in components[0]), *((-1.0, g) for g in components[1])]
    weight = np.array([sign * g.weight for sign, g in signed])
    mean, cov = (np.stack([getattr(g, name) for _, g in signed]) for name in ("mean", "cov"))
    h = kernel.bandwidth
    both = np.eye(2) + (cov[:, None] + cov) / h**2
    step = (mean[:, None] - mean) / h
    a, b, d = both[..., 0, 0], both[..., 0, 1], both[..., 1, 1]
    det = a * d - b * b
    square = (
        d * step[..., 0] ** 2 - 2 * b * step[..., 0] * step[..., 1] + a * step[..., 1] ** 2
    ) / det
    sizes = np.abs(np.outer(weight, weight)) / np.sqrt(det)
    value = math.fsum((np.outer(weight, weight) / np.sqrt(det) * np.exp(-0.5 * square)).ravel())
    condition = (a + d) ** 2 / det
    error = 32 * EPS * math.fsum((sizes * condition).ravel()) + len(weight) * EPS * float(
        np.sum(sizes)
    )
    error += _moved_by_rounding(p, q, h)
    return Estimate(value, error, kind="exact", route=route("closed form", "MMD gaussian"))


def _moved_by_rounding(p: Any, q: Any, h: float) -> float:
    """Bound on what rounded parameters move: the kernel has slope 1 / h at most, in both its points."""
    shares = (
        4 * d.rounding_share * float(np.max(d.landmarks[:, 2])) / h for d in (p, q) if d.rounded
    )
    return math.fsum(4 * min(share, 1.0) for share in shares)


# --- the line -------------------------------------------------------------------------------------


def _line(kernel: SimilarityKernel, p: Any, q: Any, effort: Effort) -> Estimate:
    refuse_rounded(p, q)
    meter, layout = Meter(p, q, effort, Estimate(0.0, 2.0)), lay_out(p, q)
    meter.begin()
    home = float(layout.cells.origin[0, 0])
    lows, highs = (
        (layout.cells.origin - home) + end for end in (layout.cells.low, layout.cells.high)
    )
    ends = np.unique(np.concatenate([lows.ravel(), highs.ravel()]))
    inner = partial(_inner, kernel, meter, home, ends)

    def integrand(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        r, off_r, density_p, density_q = meter.spend(partial(_difference, p, q), x, origin)
        u, off_u = inner(x, origin)
        off = np.abs(r) * off_u + off_r * (np.abs(u) + off_u)
        zero = np.zeros_like(r)
        return np.stack([r * u, density_p, density_q, np.abs(r)]), np.stack([off, zero, zero, zero])

    found = adapt(
        integrand,
        layout.cells,
        rtol=np.array([effort.aim(RTOL), 1.0, 1.0, 1.0]),
        atol=np.array([SHARE * effort.atol, 0.0, 0.0, 0.0]),
        limit=meter.limit,
        spent=lambda: meter.points,
    )
    masses = [
        abs(1 - out - float(m)) for out, m in zip(layout.outside, found.value[1:3], strict=True)
    ]
    sides = list(zip(masses, (p, q), strict=True))
    unseen = sum(layout.outside) + sum(m for m, d in sides if m > GUARD or not d.declared)
    variation = float(found.value[3] + found.error[3])
    value = float(found.value[0])
    error = float(found.error[0] + found.rounding[0]) + unseen * (2 * variation + unseen)
    error = min(error, 2.0)  # as much as MMD² can be
    estimate = Estimate(
        value,
        error,
        route=route("Gauss-Kronrod panels", f"MMD {kernel.name}"),
        evaluations=meter.points,
        declared=p.declared and q.declared,
        converged=found.converged,
    )
    seen = all(m <= GUARD or not d.declared for m, d in sides)
    if not (found.converged and seen):
        raise NotConverged(
            f"MMD² of {brief(p)} and {brief(q)}: only {estimate} after {meter.points} evaluations, "
            f"of {meter.limit} allowed; a bandwidth far below their scales takes more: raise limit",
            replace(estimate, converged=False),
        )
    return estimate


def _difference(
    p: Any, q: Any, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """r = p - q without cancellation, a bound on its error, p and q."""
    v = evaluate_pair(p, q, x, origin)
    density_p, density_q = v.p, v.q
    near = np.abs(v.logit) < CLOSE
    r = np.where(near, density_q * np.expm1(np.where(near, v.logit, 0.0)), density_p - density_q)
    close = 2 * density_q * v.error_logit + np.abs(r) * (v.error_q + 4 * EPS)
    apart = density_p * (v.error_p + EPS) + density_q * (v.error_q + EPS)
    return r, np.where(near, close, apart), density_p, density_q


def _inner(
    kernel: SimilarityKernel,
    meter: Meter,
    home: float,
    ends: FloatArray,
    x: FloatArray,
    origin: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """u(x) = ∫ k(x, y) r(y) dy and a bound on its error: |Kronrod - Gauss|, and rounding."""
    nodes, kronrod, gauss = RULES[1]
    steps = kernel.bandwidth * np.concatenate([-kernel.steps[::-1], [0.0], kernel.steps])
    panels = len(ends) + len(steps) - 1
    size = max(1, CHUNK // (panels * len(nodes)))
    u, off = np.empty(len(x)), np.empty(len(x))
    for k in range(0, len(x), size):
        rows = slice(k, k + size)
        here = x[rows, None] + (origin[rows, None] - home)
        cuts = np.concatenate(
            [ends - here, np.broadcast_to(steps, (len(here), len(steps)))], axis=1
        )
        cuts = np.sort(np.clip(cuts, *_reach(kernel, ends - here)), axis=1)
        half = 0.5 * np.diff(cuts, axis=1)[..., None]
        t = cuts[:, :-1, None] + half * (1 + nodes)
        shape = t.shape
        alive = np.broadcast_to(half > 0, shape).ravel()
        at = (x[rows, None, None] + t).ravel()[alive]
        r, off_r = np.zeros(alive.shape), np.zeros(alive.shape)
        home_of = np.broadcast_to(origin[rows, None, None], shape).ravel()[alive]
        differences = partial(_difference, meter.p, meter.q)
        r[alive], off_r[alive], _, _ = meter.spend(differences, at, home_of, price=INNER)
        similar = kernel(np.abs(t)) * half
        values = r.reshape(shape) * similar
        # y = x + t is known to EPS (|x| + |t|), and the kernel's slope at t falls at least as 1 / |t|
        slack = EPS * (40 + np.abs(here) / kernel.bandwidth)
        moved = slack[..., None] * half * np.abs(r.reshape(shape))
        sums = values @ kronrod
        u[rows] = sums.sum(axis=1)
        off[rows] = (
            np.abs(sums - values @ gauss).sum(axis=1)
            + ((off_r.reshape(shape) * similar + moved) @ kronrod).sum(axis=1)
            + 2 * _left_out(kernel)
        )
    return u, off


def _reach(kernel: SimilarityKernel, cuts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return where inner panels begin and end: with p and q, or where the kernel has fallen off."""
    last = kernel.bandwidth * kernel.steps[-1]
    return np.maximum(cuts[:, :1], -last), np.minimum(cuts[:, -1:], last)


def _left_out(kernel: SimilarityKernel) -> float:
    """Bound on the kernel beyond its last step."""
    return float(kernel(kernel.bandwidth * kernel.steps[-1:])[0])
