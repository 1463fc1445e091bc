"""The game of Goodfellow et al. (2014): value function, optimal discriminator, virtual criterion.

A discriminator's output is always the logit a; D = σ(a). p is the density of the data, q that of
the model.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, LOG_2, FloatArray
from gantheory.calls import Call, constant, plus, times
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences import kernels, members
from gantheory.divergences.batches import as_asked, as_pair, over_batch
from gantheory.divergences.effort import Effort, Options
from gantheory.divergences.functional import expectation_over, functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.pair import evaluate_pair
from gantheory.divergences.settling import Fused
from gantheory.estimates import Estimate

CRITERION = Kernel(
    "C",
    kernels.criterion,
    bound=(LOG_2, LOG_2),
    fused=Fused(members.ALONE, share=-1.0),
)


@dataclass(frozen=True)
class OptimalDiscriminator:
    """slope (log p - log q) + shift as a function; the logit of D* = p / (p + q) by default.

    Where p = q = 0 every value is optimal; log p - log q is 0 there. Multiplied by a number, or added to
    one, it is the logit of another discriminator whose structure is known too: `0 * a + 1` is constant.
    """

    p: Any
    q: Any
    slope: float = 1.0
    shift: float = 0.0

    @property
    def name(self) -> str:
        """How calls show it: a*, or 0.5·a* + 1."""
        logit = times(constant(self.slope), Call("a*")) if self.slope else constant(0)
        return (plus(logit, constant(self.shift)) if self.shift else logit).text

    def __call__(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """slope (log p - log q) + shift at origin + x; log p - log q is ±inf where one is 0."""
        points = np.asarray(x, dtype=np.float64)
        flat = points.reshape(-1) if self.p.dim == 1 else points.reshape(-1, 2)
        at = np.broadcast_to(np.asarray(origin, dtype=np.float64), points.shape).reshape(flat.shape)
        shape = points.shape[: points.ndim - (self.p.dim - 1)]
        return self.at(flat, at)[0].reshape(shape)

    def at(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The same at points (n,) or (n, 2), with a bound on its error."""
        v = evaluate_pair(self.p, self.q, x, origin)
        if self.slope == 1 and self.shift == 0:
            return v.logit, v.error_logit
        if self.slope == 0:
            return np.full(v.logit.shape, self.shift), np.zeros(v.logit.shape)
        moved = self.slope * v.logit + self.shift
        with np.errstate(invalid="ignore"):
            rounding = 2 * EPS * (np.abs(self.slope * v.logit) + abs(self.shift))
        rounding = np.where(np.isfinite(rounding), rounding, 0.0)
        return moved, abs(self.slope) * v.error_logit + rounding

    def __add__(self, shift: float) -> OptimalDiscriminator:
        return replace(self, shift=self.shift + _finite(shift))

    def __mul__(self, factor: float) -> OptimalDiscriminator:
        factor = _finite(factor)
        return replace(self, slope=factor * self.slope, shift=factor * self.shift)

    def __sub__(self, shift: float) -> OptimalDiscriminator:
        return self + -_finite(shift)

    def __neg__(self) -> OptimalDiscriminator:
        return self * -1.0

    __radd__ = __add__
    __rmul__ = __mul__


def _finite(x: float) -> float:
    """Return a real number as float, refusing anything else."""
    if isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x):
        raise TypeError(f"a logit is shifted and scaled by a finite number, not by {x!r}")
    return float(x)


def optimal_discriminator(p: Any, q: Any) -> OptimalDiscriminator:
    """a*(x) = log p(x) - log q(x), the logit of D*(x) = p(x) / (p(x) + q(x)).

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; those of scipy.stats, frozen, too.

    Returns
    -------
    OptimalDiscriminator
        Callable on points: any shape in 1-D, (..., 2) in 2-D; returns logits.

    Raises
    ------
    TypeError, ValueError
        If p and q have no common measure, or are batches.

    Notes
    -----
    Source: Goodfellow et al. (2014), Proposition 1.
    """
    p, q = as_pair(p, q)
    if p.batch_shape or q.batch_shape:
        raise ValueError("optimal_discriminator: give single densities, not batches")
    return OptimalDiscriminator(p, q)


@called("C({p}, {q})")
def virtual_training_criterion(p: Any, q: Any, **options: Unpack[Options]) -> Estimate:
    """C(G) = max_D V(D, G) = E_p[log p/(p + q)] + E_q[log q/(p + q)], in nats, from -log 4 to 0.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete distributions; those of scipy.stats, frozen, too.
    **options:
        rtol, atol, limit, max_seconds, progress, as for `js_divergence`.

    Raises
    ------
    NotConverged
        If the nodes cannot see the structure that the densities declare.

    Notes
    -----
    Source: Goodfellow et al. (2014), section 4.1. Near p = q take js_divergence, which keeps its
    relative precision, instead of C + log 4.
    """
    return over_batch(partial(functional, CRITERION), p, q, options, kernel=CRITERION)


@called("V({p}, {q}; {logit})")
def value_function(
    p: Any,
    q: Any,
    logit: Callable[[FloatArray], npt.ArrayLike],
    *,
    landmarks: Sequence[float] | None = None,
    **options: Unpack[Options],
) -> Estimate:
    """V(D, G) = E_p[log σ(a(x))] + E_q[log(1 - σ(a(x)))], in nats.

    Parameters
    ----------
    p, q:
        Single densities of one dimension, or two discrete distributions; those of scipy.stats, frozen,
        too.
    logit:
        The discriminator: points -> logits, vectorised; (n,) in 1-D, (n, 2) in 2-D; ±inf allowed.
    landmarks:
        Points of the line where the logit jumps or has a kink; between them it is taken to be smooth
        at the scales of p and q. That is the caller's promise: a callable stays a black box and
        supports at most, while an `optimal_discriminator` of declared densities, shifted or scaled
        too, has its structure from them, and discrete distributions need none.
    **options:
        rtol, atol, limit, max_seconds, as for `js_divergence`.

    Returns
    -------
    Estimate
        -inf where the logit is -inf on mass of p, or inf on mass of q.

    Raises
    ------
    ValueError
        If the logit returns nan or another shape.
    NotConverged
        If the integrand does not fall off, or the logit's structure is too fine.

    Notes
    -----
    Source: Goodfellow et al. (2014), equation (1).
    """
    effort = Effort.of(options)
    p, q = as_pair(p, q)
    if p.batch_shape or q.batch_shape:
        raise ValueError("value_function: give single densities, not batches")
    known = isinstance(logit, OptimalDiscriminator) and logit.p.declared and logit.q.declared
    declared = known or isinstance(p, Discrete)
    marks = tuple(float(mark) for mark in landmarks or ())
    if not all(map(math.isfinite, marks)):
        raise ValueError(f"value_function(landmarks={landmarks!r}): landmarks are finite numbers")
    if marks and p.dim == 2:
        raise ValueError(
            f"value_function(landmarks={landmarks!r}): landmarks are points of the line; in the plane "
            "leave them out"
        )

    def at_points(x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        if isinstance(logit, OptimalDiscriminator):
            return logit.at(x, origin)
        values = _checked_logits(logit, origin + x)
        return values, np.zeros_like(values)

    value = as_asked(
        lambda effort: expectation_over(p, q, at_points, marks=marks, effort=effort), effort
    )
    return replace(value, declared=value.declared and declared)


def _checked_logits(logit: Callable[[FloatArray], npt.ArrayLike], points: FloatArray) -> FloatArray:
    name = getattr(logit, "__qualname__", repr(logit))
    values = np.asarray(logit(points.copy()))
    if values.dtype.kind not in "fiu" or values.shape != points.shape[:1]:
        raise ValueError(
            f"{name} returned {values.dtype} of shape {values.shape} for points of shape "
            f"{points.shape}; a logit is one real number for each point, shape {points.shape[:1]}"
        )
    values = values.astype(np.float64)
    if np.any(np.isnan(values)):
        raise ValueError(f"{name} returned nan at {points[np.isnan(values)][0]}")
    return values
