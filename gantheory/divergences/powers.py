"""∫ p^α q^(1-α) and the divergences made of it, also where the integral itself over- or underflows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.divergences import kernels, members
from gantheory.divergences.closed import closed_form
from gantheory.divergences.effort import DEFAULT, Effort, best_as
from gantheory.divergences.finiteness import infinite, overlap, power_is_infinite
from gantheory.divergences.functional import Problem, functional, integrate_pair
from gantheory.divergences.kernels import LEAST, Kernel, Values, log_power
from gantheory.divergences.layout import FAR, Gaussian, gaussians, lay_out
from gantheory.divergences.normal_cells import nearly_agree, normal_pair, of_normals
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.divergences.settling import Fused
from gantheory.divergences.survey import Level, bulks
from gantheory.divergences.work import FEWEST_EACH, Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, Kind, route, total

LARGEST_LOG = 709.0  # e^709 = 8e307 is a float64
OVERLAPPING = -30.0  # the log of an integral that tails of e^-92 do not matter beside
SMALL = 0.01  # a logarithm of an integral of the plane, below which 1 is taken off the integrand
LARGEST_ORDER, LEAST_NORM = 8.0, 0.01  # of powers that machine code takes: |α| and |α (α - 1)|
FAINT = 45.0  # nats below the largest product of two components: e^-45 = 3e-20


# --- the divergences ------------------------------------------------------------------------------


def power(p: Any, q: Any, alpha: float, name: str, effort: Effort) -> Estimate:
    """(∫ p^α q^(1-α) - 1) / (α (α - 1))."""
    if power_is_infinite(p, q, alpha):
        return infinite(name)
    if p.dim == 2 and not isinstance(p, Discrete):
        if nearly_agree(p, q):
            return small_power(p, q, alpha, name, effort)
        log_integral = log_power_integral(p, q, alpha, effort)
        if math.isinf(float(log_integral)):
            return infinite(name)
        if abs(float(log_integral)) < SMALL and of_normals(p, q):
            return small_power(p, q, alpha, name, effort)
        return expm1(log_integral, name) / (alpha * (alpha - 1))
    _refuse_overflow(p, q, alpha, name)
    found = functional(power_kernel(name, alpha), p, q, effort)
    # α p + (1 - α) q is taken off the integrand, and its mass may differ from 1 by rounding
    excess = abs(alpha * p.excess + (1 - alpha) * q.excess) / abs(alpha * (alpha - 1))
    return replace(found, error=found.error + excess)


def _refuse_overflow(p: Any, q: Any, alpha: float, name: str) -> None:
    """Refuse what is known to be no float64 by the closed form of its logarithm."""
    closed = closed_form("Rényi", p, q, alpha)
    if closed is not None and closed.settled[0]:
        expm1((alpha - 1) * closed.estimate(0, route("closed form", name)), name)


def power_kernel(name: str, alpha: float, *, share: float = 1.0, logarithm: bool = False) -> Kernel:
    """The integrand of D_α, and what fast ways make of it: `share` times that, or Rényi's logarithm."""
    moderate = abs(alpha) <= LARGEST_ORDER and abs(alpha * (alpha - 1)) >= LEAST_NORM
    return Kernel(
        name,
        kernels.power(alpha),
        bound=(1 / abs(1 - alpha), 1 / alpha) if 0 < alpha < 1 else None,
        mass_outside_bulks=True,
        logarithmic=True,
        fused=Fused(members.POWER, alpha, share, logarithm=logarithm) if moderate else None,
        alpha=alpha,
    )


def renyi(p: Any, q: Any, alpha: float, effort: Effort) -> Estimate:
    """log(∫ p^α q^(1-α)) / (α - 1), through D_α where the integral is nearly 1."""
    name = f"Rényi({alpha:g})"
    if power_is_infinite(p, q, alpha) or (alpha < 1 and not overlap(p, q)):
        return infinite(name)
    if not nearly_agree(p, q):
        far = log_power_integral(p, q, alpha, effort)
        if math.isinf(float(far)):
            return infinite(name)
        least = 0.5 if p.dim == 1 else SMALL if of_normals(p, q) else -1.0
        if abs(float(far)) > least:
            return far / (alpha - 1)
    with best_as():
        near = power(p, q, alpha, name, effort)
    return log1p(near * (alpha * (alpha - 1))) / (alpha - 1)


# --- the logarithm of the integral ----------------------------------------------------------------


def log_power_integral(p: Any, q: Any, alpha: float, effort: Effort = DEFAULT) -> Estimate:
    """log ∫ p^α q^(1-α), for a pair where it is finite and not -inf.

    Raises
    ------
    NotConverged
        In the plane, if the pair is neither made of normals nor of two products.
    """
    if isinstance(p, Discrete):
        return _over_points(p, q, alpha)
    with best_as():
        if p.dim == 1:
            return _line(p, q, alpha, effort)
        if isinstance(p, Product) and isinstance(q, Product):
            pairs = zip(p.marginals(), q.marginals(), strict=True)
            return total(log_power_integral(a, b, alpha, effort) for a, b in pairs)
        return _plane(p, q, alpha, effort)


def _over_points(p: Discrete, q: Discrete, alpha: float) -> Estimate:
    if p.unseen or q.unseen:
        raise NotConverged(
            f"∫ p^{alpha:g} q^{1 - alpha:g} of {brief(p)} and {brief(q)}: not all points are listed; "
            "for 0 < alpha < 1 alpha_divergence is enclosed",
            Estimate(0.0, math.inf),
        )
    points = np.unique(np.concatenate([p.points, q.points]), axis=0)
    v = evaluate_pair(p, q, points, np.zeros_like(points))
    values, rounding = log_power(alpha, 0.0)(v)
    value = math.fsum(values)
    error = math.fsum(rounding) + 1e-15 * value
    kind: Kind = "estimated" if p.approximate or q.approximate else "exact"
    return Estimate(value, error, kind=kind, route=route("sum over points", "power integral")).log()


def _line(p: Any, q: Any, alpha: float, effort: Effort) -> Estimate:
    """The line: the integrand is scaled by its largest value, wherever that is."""
    meter = Meter(p, q, effort)
    meter.begin()

    def level(x: FloatArray, origin: FloatArray) -> FloatArray:
        return _log_integrand(meter.look(x, origin), alpha)

    cells = lay_out(p, q).cells
    cells = lay_out(p, q, marks=bulks(level, p, q, cells)).cells
    middles = 0.5 * (cells.low + cells.high)[:, 0]
    top = float(np.max(level(middles, cells.origin[:, 0])))
    return _scaled(p, q, alpha, effort, Bulk((), top, -math.inf), level=level)


def _log_integrand(v: PairValues, alpha: float) -> FloatArray:
    """Log of p^α q^(1-α), -inf where it vanishes."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(alpha * v.log_p + (1 - alpha) * v.log_q, nan=-np.inf)


def _scaled(
    p: Any,
    q: Any,
    alpha: float,
    effort: Effort,
    bulk: Bulk,
    *,
    level: Level | None = None,
) -> Estimate:
    """Integrate p^α q^(1-α) e^-level and put the level back."""
    offset = bulk.level

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return log_power(alpha, offset)(v)

    problem = Problem(
        "power integral",
        kernel,
        bound=(0.0, 0.0) if p.dim == 2 else None,
        mass_outside_bulks=True,
        logarithmic=True,
        extra=bulk.extra,
        level=None if level is None else lambda x, origin: level(x, origin) - offset,
    )
    with best_as():
        found = integrate_pair(problem, p, q, effort)
    found = replace(found, error=found.error + math.exp(bulk.outside - offset))
    if not float(found.lower) > 0:
        raise NotConverged(
            f"∫ p^{alpha:g} q^{1 - alpha:g} for p={p!r}, q={q!r}: its bulk was not found",
            Estimate(0.0, math.inf),
        )
    return found.log() + replace(Estimate(offset, 0.0), kind="exact")


# --- the plane, for mixtures of normals -----------------------------------------------------------


@dataclass(frozen=True)
class Bulk:
    """Where p^α q^(1-α) sits beside p and q: components, and logarithms of two integrals.

    `level` bounds the integral, or is that of two components; `outside` bounds what lies beyond FAR.
    """

    extra: tuple[Gaussian, ...]
    level: float
    outside: float


def _plane(p: Any, q: Any, alpha: float, effort: Effort) -> Estimate:
    bulk = _bulk(p, q, alpha, effort)
    if bulk is None:
        return Estimate(math.inf, 0.0, kind="exact", route=route("supports and tails", "power"))
    return _scaled(p, q, alpha, effort, bulk)


def small_power(p: Any, q: Any, alpha: float, name: str, effort: Effort = DEFAULT) -> Estimate:
    """∫ q (u^α - 1 - α (u - 1)) / (α (α - 1)), u = p/q, of two mixtures of normals of the plane.

    Without cancellation where p and q nearly agree.

    Raises
    ------
    NotConverged
        If one is another density, or tails are not bounded by a single component.
    """
    bulk = _bulk(p, q, alpha, effort)
    if bulk is None:
        return infinite(name)
    values, bound = kernels.power(alpha), (0.0, 0.0)  # `outside` says what lies outside

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return values(v)

    problem = Problem(name, kernel, bound, logarithmic=True, extra=bulk.extra)
    found = integrate_pair(problem, p, q, effort)
    outside = math.exp(bulk.outside) + (abs(alpha) + abs(1 - alpha)) * math.exp(-0.5 * FAR**2)
    return replace(found, error=found.error + outside / abs(alpha * (alpha - 1)))


def _bulk(p: Any, q: Any, alpha: float, effort: Effort) -> Bulk | None:
    """Return the bulk, None if the integral is infinite.

    Every product of powers of two components is a component. For α > 1 each component of p has one that
    bounds it, since q is at least any one of its own. For α in (0, 1) the integral is at least that of
    any two, and what is e^-45 times smaller goes into the error; where the largest is no smaller than
    the tails of p and q, these are all there is to see.
    """
    parts_p, parts_q = gaussians(p), gaussians(q)
    if parts_p is None or parts_q is None:
        raise NotConverged(
            "this divergence is offered in the plane for normals, their mixtures, and two products",
            Estimate(0.0, math.inf),
        )
    if alpha < 0:
        return _bulk(q, p, 1 - alpha, effort)
    Meter(p, q, effort, pair=normal_pair(p, q)).refuse(FEWEST_EACH * len(parts_p) * len(parts_q))
    tail, count = -0.5 * FAR**2, len(parts_p) * len(parts_q)
    if alpha < 1:
        pairs = ((a, b) for a in _watched(parts_p, effort) for b in parts_q)
        tilted = [t for a, b in pairs if (t := _tilt(a, b, alpha)) is not None]
        level = max(bound for bound, _ in tilted)
        if level > OVERLAPPING:
            return Bulk((), level, tail)
        extra = tuple(component for bound, component in tilted if bound > level - FAINT)
        return Bulk(extra, level, level - FAINT + math.log(2 * count))
    bounds = [_least_tilt(a, parts_q, alpha) for a in _watched(parts_p, effort)]
    found = [bound for bound in bounds if bound is not None]
    if len(found) < len(bounds):
        return None
    level = max(bound for bound, _ in found)
    # p^α <= K^(α-1) Σ (w p)^α
    outside = level + tail + alpha * math.log(len(parts_p))
    return Bulk(tuple(component for _, component in found), level, outside)


def _watched(components: list[Gaussian], effort: Effort) -> Iterator[Gaussian]:
    """Yield the components while there is time."""
    for component in components:
        effort.ask()
        yield component


def _least_tilt(a: Gaussian, others: list[Gaussian], alpha: float) -> tuple[float, Gaussian] | None:
    """Return the least bound on the integral of a power of `a`, None if it is infinite."""
    tilted = [t for b in others if (t := _tilt(a, b, alpha)) is not None]
    if tilted:
        return min(tilted, key=lambda pair: pair[0])
    if len(others) == 1:
        return None
    raise NotConverged(
        f"∫ p^{alpha:g} q^{1 - alpha:g}: no single component of q bounds the tails of {a}",
        Estimate(0.0, math.inf),
    )


def _tilt(a: Gaussian, b: Gaussian, alpha: float) -> tuple[float, Gaussian] | None:
    """Return log ∫ (w a)^α (v b)^(1-α) and the component it sits under; None if it is infinite."""
    p_a, p_b = np.linalg.inv(a.cov), np.linalg.inv(b.cov)
    precision = alpha * p_a + (1 - alpha) * p_b
    values = np.linalg.eigvalsh(precision)
    if not values[0] > 1e-12 * values[-1]:
        return None
    cov = np.linalg.inv(precision)
    mean = cov @ (alpha * p_a @ a.mean + (1 - alpha) * p_b @ b.mean)
    level = 0.0
    for share, power, component, inverse in (
        (a.weight, alpha, a, p_a),
        (b.weight, 1 - alpha, b, p_b),
    ):
        step = mean - component.mean
        log_peak = math.log(share) - math.log(2 * math.pi) + 0.5 * math.log(np.linalg.det(inverse))
        level += power * (log_peak - 0.5 * float(step @ inverse @ step))
    level += math.log(2 * math.pi) - 0.5 * math.log(np.linalg.det(precision))
    return level, Gaussian(1.0, mean, cov)


# --- of a logarithm, and of what is nearly 1 ----------------------------------------


def expm1(x: Estimate, name: str) -> Estimate:
    """e^x - 1, with the error of x carried through.

    Raises
    ------
    NotConverged
        If that is no float64.
    """
    if not float(x.upper) < LARGEST_LOG:
        raise NotConverged(
            f"{name} is of the order e^{float(x):.6g}, no float64: renyi_divergence has its logarithm",
            Estimate(0.0, math.inf),
        )
    value, growth = math.expm1(float(x)), math.exp(float(x.upper))
    error = growth * float(x.error) + 4e-16 * (abs(value) + growth)
    integrator = next(iter(x.route))[0]
    return Estimate(
        value, error, x.kind, route(integrator, name), x.evaluations, declared=x.declared
    )


def log1p(x: Estimate) -> Estimate:
    """log(1 + x), with the error of x carried through."""
    value = math.log1p(float(x))
    error = float(x.error) / (1 + float(x.lower)) + 4e-16 * abs(value)
    return Estimate(value, error, x.kind, x.route, x.evaluations, declared=x.declared)


def exp(x: Estimate) -> Estimate:
    """e^x, with the error of x carried through."""
    value = math.exp(float(x))
    growth = math.expm1(min(float(x.error) + 4e-16, 700.0))
    error = 0.0 if math.isinf(float(x)) else value * growth + LEAST
    return Estimate(value, error, x.kind, x.route, x.evaluations, declared=x.declared)
