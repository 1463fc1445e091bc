"""NormalVector(mean, cov): a normal distribution of any dimension, for closed forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.base import as_floats
from gantheory.densities.multivariate_normal import SYMMETRIC, unit_of
from gantheory.errors import InvalidDensity, brief


@dataclass(frozen=True, eq=False)
class NormalVector:
    """N(mean, cov) in d dimensions.

    Densities of the line and the plane are integrated; pairs of them have Kullback-Leibler,
    Jeffreys, Hellinger, χ², alpha and Rényi divergences and Wasserstein-2 in closed form. In the plane,
    `MultivariateNormal` has all divergences.

    Parameters
    ----------
    mean:
        Shape (d,), an array of numbers that are float64s.
    cov:
        Shape (d, d), symmetric and positive definite. Entries that differ by rounding from their mirror
        images are averaged, and half their difference is in the error of every number.

    Raises
    ------
    InvalidDensity
        If the shapes are others, an entry is not a finite float64, or cov is not symmetric positive
        definite.
    """

    mean: Any
    cov: Any
    slack: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mean, given = _table("mean", self.mean), _table("cov", self.cov)
        n = len(mean) if mean.ndim == 1 else 0
        if n == 0 or given.shape != (n, n):
            raise InvalidDensity(
                f"NormalVector(mean of shape {mean.shape}, cov of shape {given.shape}): give shapes "
                "(d,) and (d, d)"
            )
        gap, variances = np.abs(given - given.T), np.diag(given)
        if not np.all(variances > 0):
            raise InvalidDensity(
                "NormalVector: the variances on the diagonal of cov must be positive"
            )
        deviations = np.sqrt(variances)
        if not np.all(gap <= SYMMETRIC * unit_of(self.cov) * np.outer(deviations, deviations)):
            raise InvalidDensity(
                f"NormalVector(cov={brief(self.cov)}): cov must be symmetric, but entries differ "
                "from their mirror images by more than rounding; write (cov + cov.T) / 2 if that is "
                "what you mean"
            )
        cov = 0.5 * given + 0.5 * given.T
        if not _is_positive_definite(cov / np.outer(deviations, deviations)):
            raise InvalidDensity(
                f"NormalVector(cov={brief(self.cov)}): cov must be positive definite, but has no "
                "Cholesky factor in float64; a degenerate distribution has no density"
            )
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "cov", cov)
        object.__setattr__(self, "slack", np.where(gap > 0, 0.5 * gap + EPS * np.abs(cov), 0.0))

    def __repr__(self) -> str:
        return f"<NormalVector of dimension {self.dim}>"

    @property
    def dim(self) -> int:
        """d."""
        return len(self.mean)


def _table(name: str, given: Any) -> FloatArray:
    """Return an array of finite float64s."""
    try:
        table = np.asarray(given)
    except ValueError:
        table = np.asarray(None)
    if table.dtype.kind not in "iuf" or not np.all(np.isfinite(table)):
        raise InvalidDensity(
            f"NormalVector({name}={brief(given)}): give an array of finite numbers that are float64s"
        )
    return as_floats("NormalVector", name, table)


def _is_positive_definite(cov: FloatArray) -> bool:
    try:
        np.linalg.cholesky(cov)
    except np.linalg.LinAlgError:
        return False
    return True
