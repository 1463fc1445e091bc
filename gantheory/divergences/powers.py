"""log ∫ p^α q^(1-α), also where the integral itself over- or underflows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.divergences.effort import DEFAULT, Effort
from gantheory.divergences.functional import Problem, integrate_pair
from gantheory.divergences.kernels import Values, log_power
from gantheory.divergences.layout import FAR, Gaussian, gaussians, lay_out
from gantheory.divergences.pair import PairValues, evaluate_pair
from gantheory.divergences.survey import Level, bulks
from gantheory.divergences.work import FEWEST_EACH, Meter
from gantheory.errors import NotConverged, brief
from gantheory.estimates import Estimate, Kind, route, total


def log_power_integral(p: Any, q: Any, alpha: float, effort: Effort = DEFAULT) -> Estimate:
    """log ∫ p^α q^(1-α), for a pair where it is finite and not -inf.

    Raises
    ------
    NotConverged
        In the plane, if the pair is neither made of normals nor of two products.
    """
    if isinstance(p, Discrete):
        return _over_points(p, q, alpha)
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
    return _scaled(p, q, alpha, effort, [], top, level=level)


def _log_integrand(v: PairValues, alpha: float) -> FloatArray:
    """Log of p^α q^(1-α), -inf where it vanishes."""
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(alpha * v.log_p + (1 - alpha) * v.log_q, nan=-np.inf)


def _scaled(
    p: Any,
    q: Any,
    alpha: float,
    effort: Effort,
    extra: list[Gaussian],
    offset: float,
    *,
    level: Level | None = None,
) -> Estimate:
    """Integrate p^α q^(1-α) e^-offset and put the offset back."""

    def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
        return log_power(alpha, offset)(v)

    problem = Problem(
        "power integral",
        kernel,
        bound=(0.0, 0.0) if p.dim == 2 else None,
        mass_outside_bulks=True,
        logarithmic=True,
        extra=tuple(extra),
        level=None if level is None else lambda x, origin: level(x, origin) - offset,
    )
    found = integrate_pair(problem, p, q, effort)
    if not float(found.lower) > 0:
        raise NotConverged(
            f"∫ p^{alpha:g} q^{1 - alpha:g} for p={p!r}, q={q!r}: its bulk was not found",
            Estimate(0.0, math.inf),
        )
    return found.log() + replace(Estimate(offset, 0.0), kind="exact")


def _plane(p: Any, q: Any, alpha: float, effort: Effort) -> Estimate:
    """The plane, for mixtures of normals: every product of powers of two components is a component."""
    bells_p, bells_q = gaussians(p), gaussians(q)
    if bells_p is None or bells_q is None:
        raise NotConverged(
            "this divergence is offered in the plane for normals, their mixtures, and two products",
            Estimate(0.0, math.inf),
        )
    if alpha < 0:
        return _plane(q, p, 1 - alpha, effort)
    Meter(p, q, effort).refuse(FEWEST_EACH * len(bells_p) * len(bells_q))
    extra: list[Gaussian] = []
    best = -math.inf
    left_out = 0.0
    for a in bells_p:
        effort.ask()
        tilted = [t for b in bells_q if (t := _tilt(a, b, alpha)) is not None]
        if not tilted:
            if len(bells_q) == 1:
                return Estimate(
                    math.inf, 0.0, kind="exact", route=route("supports and tails", "power")
                )
            raise NotConverged(
                f"∫ p^{alpha:g} q^{1 - alpha:g}: no single component of q bounds the tails of {a}",
                Estimate(0.0, math.inf),
            )
        log_bound, _ = min(tilted, key=lambda pair: pair[0])
        best = max(best, log_bound)
        left_out += math.exp(min(log_bound, 700.0)) * math.exp(-0.5 * FAR**2)
        extra.extend(component for _, component in tilted)
    found = _scaled(p, q, alpha, effort, extra, best)
    # outside every component: p^α <= K^(α-1) Σ (w p)^α and q^(1-α) <= (v q)^(1-α) for α > 1
    growth = len(bells_p) ** max(alpha - 1, 0.0) if alpha > 1 else len(bells_p) * len(bells_q)
    return replace(found, error=found.error + growth * left_out * math.exp(-min(best, 700.0)))


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
