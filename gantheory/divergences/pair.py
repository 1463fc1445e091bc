"""Two densities at the same points, and the log ratio between them.

Every functional is evaluated through a = log p - log q, the optimal logit. Where a family knows
how to form it without cancellation, that form is used; everywhere a bound on its error comes
along.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gantheory.arrays import EPS, FloatArray, PointValues
from gantheory.densities.base import Density
from gantheory.densities.location_scale import identical
from gantheory.densities.mixture import MixtureOf

CLOSE = 0.1
SMALL = 1e-3  # an error of a logarithm up to which it is as good as the relative error


@dataclass(frozen=True)
class PairValues:
    """log p, log q and a = log p - log q at some points.

    `error_p` and `error_q` bound the relative errors of p and of q, `error_logit` the error of a. Where
    p = q = 0, a is 0: nothing there has weight.
    """

    log_p: PointValues
    log_q: PointValues
    logit: PointValues
    error_p: PointValues
    error_q: PointValues
    error_logit: PointValues

    @cached_property
    def p(self) -> FloatArray:
        """p."""
        return np.asarray(np.exp(self.log_p))

    @cached_property
    def q(self) -> FloatArray:
        """q."""
        return np.asarray(np.exp(self.log_q))


def evaluate_pair(p: Density, q: Density, x: FloatArray, origin: FloatArray) -> PairValues:
    """Return log p, log q and log p - log q at origin + x."""
    (log_p, error_p), (log_q, error_q) = p.evaluate(x, origin), q.evaluate(x, origin)
    error_p, error_q = _bound(error_p, log_p), _bound(error_q, log_q)
    with np.errstate(invalid="ignore"):
        logit = log_p - log_q
        error = error_p + error_q + EPS * np.where(np.isfinite(logit), np.abs(logit), 0.0)
        logit = np.where(np.isnan(logit), 0.0, logit)
    error_p, error_q = _relative(error_p), _relative(error_q)
    if identical(p, q):
        return PairValues(
            log_p, log_q, np.zeros_like(logit), error_p, error_q, np.zeros_like(error)
        )
    # where the densities differ by more, the difference of the logarithms has all the digits needed
    close = np.abs(logit) < CLOSE
    if np.any(close):
        direct = log_ratio(p, q, x[close], origin[close])
        if direct is not None:
            better = np.isfinite(direct[0]) & (direct[1] <= error[close])
            logit[close] = np.where(better, direct[0], logit[close])
            error[close] = np.where(better, direct[1], error[close])
    return PairValues(log_p, log_q, logit, error_p, error_q, error)


def log_ratio(
    p: Density, q: Density, x: FloatArray, origin: FloatArray
) -> tuple[FloatArray, FloatArray] | None:
    """Return log p - log q without cancellation and its error, in the form that p or q knows."""
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        direct = p.log_ratio(q, x, origin)
        if direct is None:
            mirrored = q.log_ratio(p, x, origin)
            direct = None if mirrored is None else (-mirrored[0], mirrored[1])
        if direct is None or isinstance(p, MixtureOf) or isinstance(q, MixtureOf):
            return direct  # mixtures pay for the rounding of parameters themselves
        return direct[0], direct[1] + p.parameter_error(x, origin) + q.parameter_error(x, origin)


def _relative(error: FloatArray) -> FloatArray:
    """Bound on e^error - 1, the relative error of a density, for an error of its logarithm up to 1.

    Larger ones are no bounds but a sign that the density is not resolved there, which its mass shows.
    """
    return np.where(error > SMALL, (math.e - 1) * error, error)


def _bound(error: FloatArray, log_density: FloatArray) -> FloatArray:
    """Return the error bound where the density is positive, 0 where it vanishes."""
    return np.where(np.isfinite(log_density), np.nan_to_num(error, nan=1.0, posinf=1e300), 0.0)
