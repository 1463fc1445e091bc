"""torch.distributions, and tensors of probabilities; torch is not imported, but was by who has one."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np

from gantheory.arrays import FloatArray, detached
from gantheory.densities.black_box import BlackBox, BlackBox2D
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.foreign.kernel_estimates import check_dimension, normalised
from gantheory.densities.foreign.numpy_arrays import from_arrays
from gantheory.densities.foreign.scipy_objects import from_scipy
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import flattened
from gantheory.densities.mixture_batch import batch_of_mixtures
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.student_t import StudentT
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity

FAMILIES: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "Normal": (Normal, ("loc", "scale")),
    "Laplace": (Laplace, ("loc", "scale")),
    "Cauchy": (Cauchy, ("loc", "scale")),
    "StudentT": (StudentT, ("df", "loc", "scale")),
    "Exponential": (Exponential, ("rate",)),
    "Uniform": (Uniform, ("low", "high")),
}
"""Families of torch that are ours, and their parameters in our order; tensors make batches."""

OF_SCIPY: dict[str, tuple[str, dict[str, str]]] = {
    "Beta": ("beta", {"a": "concentration1", "b": "concentration0"}),
    "Chi2": ("chi2", {"df": "df"}),
    "HalfNormal": ("halfnorm", {"scale": "scale"}),
    "HalfCauchy": ("halfcauchy", {"scale": "scale"}),
    "Gumbel": ("gumbel_r", {"loc": "loc", "scale": "scale"}),
    "Pareto": ("pareto", {"b": "alpha", "scale": "scale"}),
    "Weibull": ("weibull_min", {"c": "concentration", "scale": "scale"}),
    "Poisson": ("poisson", {"mu": "rate"}),
}
"""Families of torch that are scipy's, with exactly the same parameters."""


BY_HAND = (
    "write as_density(lambda x: d.log_prob(torch.as_tensor(x)).exp().numpy(), support=(low, high))"
)


def from_torch(x: Any) -> Any:
    """Return the density of a torch.distributions object or a tensor, None if it is something else.

    What is neither a family of ours or of scipy's, nor a mixture of ours, is a black box through its
    log_prob, with the support that it declares.

    Raises
    ------
    InvalidDensity
        If it has no density on the line or in the plane, or its support is not declared.
    """
    if hasattr(x, "detach"):
        return from_arrays(detached(x))
    if not hasattr(x, "log_prob"):
        return None
    if not hasattr(x, "event_shape"):  # a network that has a density
        raise InvalidDensity(f"as_density({type(x).__name__}): {BY_HAND}")
    name = type(x).__name__ if _of_torch(x) else ""
    if name in FAMILIES:
        family, parameters = FAMILIES[name]
        return family(*(detached(getattr(x, parameter)) for parameter in parameters))
    if name in OF_SCIPY:
        from scipy import stats

        family_name, renamed = OF_SCIPY[name]
        given = {ours: detached(getattr(x, theirs)) for ours, theirs in renamed.items()}
        return from_scipy(getattr(stats, family_name)(**_plain(given)))
    made = MADE[name](x) if name in MADE else None
    return _black_box(x) if made is None else made


def _of_torch(x: Any) -> bool:
    return type(x).__module__.startswith("torch.distributions")


def _plain(given: dict[str, Any]) -> dict[str, Any]:
    """Tensors of one number as floats."""
    return {name: value if value.ndim else float(value) for name, value in given.items()}


# --- made of several ------------------------------------------------------------------------------


def _categorical(x: Any) -> Discrete:
    if x.batch_shape:
        raise InvalidDensity("as_density(Categorical): give a single one, not a batch")
    return Discrete(_shares(x)[0])


def _shares(x: Any) -> list[list[Fraction]]:
    """Return the probabilities of a Categorical, row by row, from what it was made from."""
    logits = vars(x).get("logits")
    if logits is None or (vars(x).get("_param") is not logits and "probs" in vars(x)):
        rows = detached(x.probs)
        return [normalised(row) for row in rows.reshape(-1, rows.shape[-1])]
    rows = detached(logits)
    with mpmath.mp.workdps(50):
        return [
            _normalised([mpmath.exp(a) for a in row])
            for row in rows.reshape(-1, rows.shape[-1]).tolist()
        ]


def _normalised(weights: list[Any]) -> list[Fraction]:
    """Return mpmath's numbers, divided by their sum, as Fractions."""
    exact = [Fraction(*map(int, mpmath.libmp.to_rational(w._mpf_))) for w in weights]
    return [w / sum(exact) for w in exact]


def _plane_normals(x: Any) -> list[Any] | None:
    """The normals of a MultivariateNormal of the plane, a list for each entry of its batch."""
    names = ("covariance_matrix", "scale_tril", "precision_matrix")
    given = next(
        name for name in vars(x) if name in names
    )  # the first one is what it was made from
    if tuple(x.event_shape) != (2,) or given == "precision_matrix":
        return None
    means = detached(x.loc).reshape(-1, 2)
    tables = detached(getattr(x, given)).reshape(-1, 2, 2)
    covs = [_of_factor(table) if given == "scale_tril" else table for table in tables]
    return [MultivariateNormal(m, c) for m, c in zip(means, covs, strict=True)]


def _of_factor(factor: Any) -> list[list[Fraction]]:
    """L Lᵀ, exactly."""
    (a, _), (b, d) = [[Fraction(entry) for entry in row] for row in factor.tolist()]
    return [[a * a, a * b], [a * b, b * b + d * d]]


def _independent_normals(x: Any) -> list[Any] | None:
    """Normals of two independent coordinates, a list for each entry of the batch; None for others."""
    if type(x.base_dist).__name__ != "Normal" or tuple(x.event_shape) != (2,):
        return None
    means = detached(x.base_dist.loc).reshape(-1, 2)
    scales = detached(x.base_dist.scale).reshape(-1, 2).tolist()
    covs = [[[Fraction(s) ** 2, 0], [0, Fraction(t) ** 2]] for s, t in scales]
    return [MultivariateNormal(m, c) for m, c in zip(means, covs, strict=True)]


PLANE = {"MultivariateNormal": _plane_normals, "Independent": _independent_normals}


def _single(x: Any) -> Any:
    """The only normal of the plane; None for others."""
    made = None if x.batch_shape else PLANE[type(x).__name__](x)
    return made and made[0]


def _components(x: Any) -> list[Any] | None:
    """The components of ours along the last axis of a batch; None for others."""
    name, shape = type(x).__name__, tuple(x.batch_shape)
    if name in PLANE:
        return PLANE[name](x) if len(shape) == 1 else None
    if name not in FAMILIES:
        return None
    family, parameters = FAMILIES[name]
    columns = [np.broadcast_to(detached(getattr(x, one)), shape) for one in parameters]
    return [family(*(column[..., k] for column in columns)) for k in range(shape[-1])]


def _mixture(x: Any) -> Any:
    """Σ w_k p_k over the last axis of a batch of components of ours; None for others."""
    parts = _components(x.component_distribution)
    if parts is None:
        return None
    weights = _shares(x.mixture_distribution)
    if not x.batch_shape:
        return flattened(parts, weights[0])
    table = np.array([[float(w) for w in row] for row in weights])
    return batch_of_mixtures(tuple(parts), table.reshape(*x.batch_shape, len(parts)))


MADE: dict[str, Callable[[Any], Any]] = {
    "Categorical": _categorical,
    "Independent": _single,
    "MixtureSameFamily": _mixture,
    "MultivariateNormal": _single,
}
"""Distributions that are made of others, or of the plane."""


# --- black boxes ----------------------------------------------------------------------------------

BOUNDED = {"_Real", "_Interval", "_GreaterThan", "_GreaterThanEq", "_LessThan", "_HalfOpenInterval"}


def _black_box(x: Any) -> Any:
    name = type(x).__name__
    if x.batch_shape or len(x.event_shape) > 1:
        raise InvalidDensity(
            f"as_density({name}): a batch of shape {tuple(x.batch_shape)}, but {name} makes no batches; "
            "give single ones"
        )
    check_dimension(math.prod(x.event_shape))
    side = _interval(x, name)
    if math.prod(x.event_shape) == 1:
        return BlackBox(_pdf(x), side, name)
    return BlackBox2D(_pdf(x), (side, side), name)


def _interval(x: Any, name: str) -> tuple[float, float]:
    """The interval that each coordinate lies in.

    Raises
    ------
    InvalidDensity
        If that is not declared.
    """
    constraint: Any = getattr(x, "support", None)
    while hasattr(constraint, "base_constraint"):
        constraint = constraint.base_constraint
    if type(constraint).__name__ not in BOUNDED:
        raise InvalidDensity(
            f"as_density({name}): its support, {constraint}, is no interval with a density; {BY_HAND}"
        )
    low = getattr(constraint, "lower_bound", -math.inf)
    return float(detached(low)), float(detached(getattr(constraint, "upper_bound", math.inf)))


def _pdf(x: Any) -> Callable[[FloatArray], Any]:
    """The density as a function of points, in single precision where a parameter is."""
    torch = sys.modules["torch"]
    kinds = {str(tensor.dtype) for tensor in _tensors(x) if tensor.is_floating_point()}
    dtype = np.float64 if kinds <= {"torch.float64"} else np.float32

    def pdf(points: FloatArray) -> Any:
        with torch.no_grad():
            logs = x.log_prob(torch.as_tensor(points.reshape(-1, *x.event_shape)))
        return np.exp(logs.numpy()).astype(dtype)

    return pdf


def _tensors(x: Any, seen: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Every tensor of a distribution and of those it is made of; `seen` are the ones on the way."""
    for value in vars(x).values():
        for part in value if isinstance(value, (list, tuple)) else (value,):
            if hasattr(part, "is_floating_point"):
                yield part
            elif _of_torch(part) and not any(part is one for one in (*seen, x)):
                yield from _tensors(part, (*seen, x))
