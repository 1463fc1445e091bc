"""Fitted models of scikit-learn as the densities that they are; it is not imported for this."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.densities.foreign.kernel_estimates import check_dimension, normal_of, weighted
from gantheory.densities.laplace import Laplace
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity


def _square(h: float) -> Any:
    """h² times the unit matrix, exactly."""
    return ((Fraction(h) ** 2, 0), (0, Fraction(h) ** 2))


COVARIANCES: dict[str, Callable[[Any, int, int], Any]] = {
    "full": lambda cov, k, d: cov[k],
    "tied": lambda cov, k, d: cov,
    "diag": lambda cov, k, d: np.diag(cov[k]),
    "spherical": lambda cov, k, d: cov[k] * np.eye(d),
}
"""The covariance of component k, in dimension d, by `covariance_type`."""

KERNELS: dict[tuple[str, int], Callable[[Any, float], Any]] = {
    ("gaussian", 1): lambda at, h: Normal(at[0], h),
    ("gaussian", 2): lambda at, h: MultivariateNormal(at, _square(h)),
    ("tophat", 1): lambda at, h: Uniform(
        Fraction(at[0]) - Fraction(h), Fraction(at[0]) + Fraction(h)
    ),
    ("exponential", 1): lambda at, h: Laplace(at[0], h),
    ("linear", 1): lambda at, h: Triangular(
        Fraction(at[0]) - Fraction(h), at[0], Fraction(at[0]) + Fraction(h)
    ),
}
"""The kernel at a point, of bandwidth h, by name and dimension."""


def from_sklearn(x: Any) -> Any:
    """Return a fitted GaussianMixture or KernelDensity as a density, None if x is another model.

    Raises
    ------
    InvalidDensity
        If it is not fitted, not of the line or of the plane, or its kernel has no family here.
    """
    made = {"GaussianMixture": _gaussian_mixture, "KernelDensity": _kernel_density}
    own = type(x).__module__.startswith("sklearn.")
    convert = made.get(type(x).__name__) if own else None
    if convert is None and hasattr(x, "score_samples"):
        raise InvalidDensity(
            f"as_density({type(x).__name__}): this model is not known as a density; write "
            "as_density(lambda x: numpy.exp(model.score_samples(x[:, None])), support=(low, high))"
        )
    if convert is None:
        return None
    if not hasattr(x, "n_features_in_"):
        raise InvalidDensity(f"as_density({type(x).__name__}): fit it first")
    check_dimension(x.n_features_in_)
    return convert(x)


def _gaussian_mixture(x: Any) -> Any:
    covariance = COVARIANCES[x.covariance_type]
    d = x.n_features_in_
    components = [
        normal_of(mean, covariance(x.covariances_, k, d)) for k, mean in enumerate(x.means_)
    ]
    return weighted(components, x.weights_)


def _kernel_density(x: Any) -> Any:
    kernel = KERNELS.get((x.kernel, x.n_features_in_))
    if kernel is None or x.metric not in ("euclidean", "l2"):
        offered = ", ".join(f"{name} (d = {d})" for name, d in KERNELS)
        raise InvalidDensity(
            f"as_density(KernelDensity): the kernel {x.kernel!r} with the metric {x.metric!r} in "
            f"dimension {x.n_features_in_} is not offered; euclidean ones are: {offered}"
        )
    points = np.asarray(x.tree_.data).tolist()
    return weighted([kernel(at, float(x.bandwidth_)) for at in points], x.tree_.sample_weight)
