"""Distributions of scipy.stats, old and new style, as densities."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from types import MethodType
from typing import Any

import numpy as np

from gantheory.densities.cauchy import Cauchy
from gantheory.densities.exponential import Exponential
from gantheory.densities.foreign.kernel_estimates import normal_of, of_gaussian_kde
from gantheory.densities.foreign.numpy_arrays import from_rv_histogram
from gantheory.densities.foreign.scipy_points import from_new_points, from_points, parameters_of
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import check_weights, flattened
from gantheory.densities.normal import Normal
from gantheory.densities.scipy_density import ScipyDensity, Standard
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity, brief

OUTSIDE = 1e-9  # how far a cdf may leave [0, 1], or fall
EVALUATION = 8  # what one of scipy's log densities costs beside a normal's, if it is not listed
EXPENSIVE = {
    "gausshyper": 60,
    "genhyperbolic": 60,
    "geninvgauss": 60,
    "irwinhall": 2_000,
    "ksone": 50_000,
    "kstwo": 50_000,
    "levy_stable": 100_000,
    "studentized_range": 1_000_000,
    "tukeylambda": 120,
}
"""Families of scipy.stats that integrate, sum or search at every point."""
EXPENSIVE_CDF = {
    "gausshyper": 1_000,
    "genhyperbolic": 1_500,
    "geninvgauss": 1_300,
    "norminvgauss": 4_000,
}
"""Families that integrate for the distribution function only."""


def from_scipy(x: Any) -> Any:
    """Return the density of an object of scipy.stats, None if it is not one.

    Raises
    ------
    InvalidDensity
        If it has no density on the line or in the plane.
    """
    if not any(base.__module__.startswith("scipy.stats") for base in type(x).__mro__):
        return None
    from scipy import stats

    if type(x) is stats.rv_histogram and not PATCHABLE & vars(x).keys():
        return from_rv_histogram(x)
    if isinstance(x, (stats.rv_continuous, stats.rv_discrete)):
        if x.numargs:
            raise InvalidDensity(
                f"as_density({x.name}): freeze it first, as in {x.name}({x.shapes})"
            )
        x = x()
    inner = getattr(x, "dist", None)
    if isinstance(inner, stats.rv_discrete):
        return from_points(x, parameters_of(x))
    if isinstance(inner, stats.rv_continuous):
        return _from_frozen(x, stats)
    if isinstance(x, type(stats.multivariate_normal())):
        return _from_multivariate_normal(x)
    if isinstance(x, stats.gaussian_kde):  # one of a class of your own stays a callable
        return of_gaussian_kde(x) if type(x) is stats.gaussian_kde else None
    if all(hasattr(x, name) for name in ("logpdf", "icdf", "iccdf", "ccdf", "support")):
        return _from_new_style(x, stats)
    raise InvalidDensity(
        f"as_density({type(x).__name__}): this distribution of scipy.stats is not supported; give "
        "its pdf as a callable with a support"
    )


def _from_multivariate_normal(x: Any) -> Any:
    return normal_of(np.atleast_1d(x.mean), np.atleast_2d(x.cov))


# --- old style -----------------------------------------------------------------------------------

OURS: dict[str, Callable[[dict[str, float]], Any]] = {
    "norm": lambda a: Normal(a["loc"], a["scale"]),
    "laplace": lambda a: Laplace(a["loc"], a["scale"]),
    "cauchy": lambda a: Cauchy(a["loc"], a["scale"]),
    "t": lambda a: StudentT(a["df"], a["loc"], a["scale"]),
    "uniform": lambda a: Uniform(a["loc"], _exact_end(a)),
    "expon": lambda a: Exponential(1 / Fraction(a["scale"])) if a["loc"] == 0 else None,
    "triang": lambda a: Triangular(a["loc"], _exact_end(a, a["c"]), _exact_end(a)),
}
"""Old-style families of scipy.stats that are ours, from their parameters."""


def _exact_end(a: dict[str, float], share: float = 1.0) -> Fraction:
    """Loc + share scale, exactly."""
    return Fraction(a["loc"]) + Fraction(a["scale"]) * Fraction(share)


def _from_frozen(x: Any, stats: Any) -> Any:
    name, given = x.dist.name, parameters_of(x)
    declared = _made_by_scipy(x)
    own = declared and type(x.dist) is type(getattr(stats, name, None))
    if any(map(np.ndim, given.values())):
        return _batch(x.dist, given, own)
    scale, loc = given["scale"], given["loc"]
    if not (scale > 0 and math.isfinite(scale) and math.isfinite(loc)):
        raise InvalidDensity(f"as_density({name}): scale must be positive, not {scale!r}")
    if any(math.isnan(end) for end in x.support()):
        raise InvalidDensity(f"as_density({name}): parameters {given} are out of range")
    if own and name == "vonmises":
        raise InvalidDensity(
            "as_density(vonmises): scipy's von Mises density is periodic, with mass 1 on every turn "
            "of the circle; write scipy.stats.vonmises_line, which has one turn"
        )
    made = OURS[name](given) if own and name in OURS else None
    shapes = {key: value for key, value in given.items() if key not in ("loc", "scale")}
    return made or _standardised(x, stats, shapes, loc, scale, own, declared)


def _batch(dist: Any, given: dict[str, Any], own: bool) -> Any:
    """Return arrays of parameters as one batch of a family of ours.

    Raises
    ------
    InvalidDensity
        If the family is not ours, or a parameter of a member is no float64.
    """
    if not own or dist.name not in OURS:
        raise InvalidDensity(
            f"as_density({dist.name}): arrays of parameters make a batch only of {', '.join(OURS)}; "
            f"freeze single numbers, one {dist.name} after the other"
        )
    table = dict(zip(given, np.broadcast_arrays(*given.values()), strict=True))
    rows = zip(*(column.ravel().tolist() for column in table.values()), strict=True)
    members = [OURS[dist.name](dict(zip(table, row, strict=True))) for row in rows]
    if any(member is None or member.rounded for member in members):
        kind = type(next(filter(None, members), Exponential()))
        raise InvalidDensity(
            f"as_density({dist.name}): an end or rate of this batch is no float64, as loc + scale and "
            f"1 / scale may be; write {kind.__name__} with arrays of its own parameters"
        )
    shape = np.shape(table["loc"])
    columns = {
        name: np.reshape([member.parameters()[name] for member in members], shape)
        for name in members[0].parameters()
    }
    return type(members[0])(**columns)


def _standardised(
    x: Any,
    stats: Any,
    shapes: dict[str, float],
    loc: float,
    scale: float,
    own: bool,
    declared: bool,
) -> ScipyDensity:
    """Return the density through scipy's distribution of (X - loc) / scale."""
    dist, mirror = x.dist, None
    if own and dist.name == "arcsine":
        dist, shapes = stats.beta, {"a": 0.5, "b": 0.5}
    if own and dist.name == "beta":
        mirror = Standard(stats.beta(shapes["b"], shapes["a"]))
    standard = Standard(dist(**shapes))
    if not declared:  # nobody knows what freezing it anew would make of it
        standard, loc, scale = Standard(x), 0.0, 1.0
    _check_cdf(x.dist.name, standard)
    arguments = [repr(a) for a in x.args] + [f"{k}={v!r}" for k, v in x.kwds.items()]
    return ScipyDensity(
        brief_call(x.dist.name, arguments),
        standard,
        lambda n, rng: x.rvs(size=n, random_state=rng),
        loc,
        scale,
        mirror,
        declared=declared,
        terms=(terms := EXPENSIVE.get(x.dist.name, EVALUATION)),
        cdf_terms=max(terms, EXPENSIVE_CDF.get(x.dist.name, 0)),
    )


def brief_call(name: str, arguments: list[str]) -> str:
    """Return name(argument, ...)."""
    return f"{name}({', '.join(arguments)})"


METHODS = ("pdf", "logpdf", "cdf", "logcdf", "sf", "logsf", "ppf", "isf")
PATCHABLE = frozenset({*METHODS, *(f"_{name}" for name in METHODS), "support", "_get_support"})


def _made_by_scipy(x: Any) -> bool:
    """Whether a frozen old-style distribution is one of scipy's families, and left as it was."""
    from scipy import stats

    family = type(x.dist)
    methods = (vars(base).get(name) for base in family.__mro__ for name in PATCHABLE)
    return (
        family.__module__.startswith("scipy.stats")
        and family is not stats.rv_continuous
        and not PATCHABLE & {*vars(x), *vars(x.dist)}
        and all(_of_scipy(method) for method in methods if method is not None)
    )


def _of_scipy(method: Any) -> bool:
    return str(getattr(method, "__module__", "")).startswith("scipy.")


# --- new style -----------------------------------------------------------------------------------


def _from_new_style(x: Any, stats: Any) -> Any:
    own = type(x).__module__.startswith("scipy.stats")
    if own and isinstance(x, stats.Normal):
        return Normal(*map(_number, np.broadcast_arrays(x.mu, x.sigma)))
    if own and isinstance(x, stats.Uniform):
        return Uniform(*map(_number, np.broadcast_arrays(x.a, x.b)))
    if np.shape(x.support()[0]):
        raise InvalidDensity(
            "as_density: arrays of parameters make a batch only of scipy.stats.Normal and Uniform; "
            "give a single distribution, one after the other"
        )
    if isinstance(x, stats.Mixture):
        _, weights = check_weights([float(w) for w in x.weights], len(x.components))
        return flattened([from_scipy(c) for c in x.components], weights)
    if any(base.__name__ == "DiscreteDistribution" for base in type(x).__mro__):
        return from_new_points(x)
    standard = Standard(x, new_style=True)
    _check_cdf(repr(x), standard)
    return ScipyDensity(
        brief(x),
        standard,
        lambda n, rng: x.sample(n, rng=rng),
        declared=_of_scipys_parts(x),
        terms=EVALUATION,
    )


def _number(x: Any) -> Any:
    """A single number as a float, an array as it is."""
    return x if np.ndim(x) else float(x)


def _of_scipys_parts(x: Any) -> bool:
    """Whether a new-style distribution is one of scipy's, or made from these alone.

    `make_distribution` hangs the methods of what it is given into a class of its own.
    """
    parts = [x]
    while parts:
        part = parts.pop()
        methods = (m for base in type(part).__mro__ for m in vars(base).values())
        owners = [type(m.__self__) for m in methods if isinstance(m, MethodType)]
        if not all(kind.__module__.startswith("scipy.stats") for kind in [type(part), *owners]):
            return False
        parts += [part._dist] if hasattr(part, "_dist") else []
    return True


def _check_cdf(name: str, standard: Standard) -> None:
    """Refuse what is not a distribution function: outside [0, 1], or falling.

    Raises
    ------
    InvalidDensity
        With the points and values.
    """
    low, high = standard.support
    middle, spread = standard.method("ppf", [0.5, 0.9]).tolist()
    if not math.isfinite(middle):
        raise InvalidDensity(
            f"as_density({name}): its median is {middle!r}, says its ppf: float64 does not hold it"
        )
    width = abs(spread - middle) if math.isfinite(spread) else abs(middle)
    width = width or 1.0
    steps = np.array([-10.0, -3.0, -1.0, 0.0, 1.0, 3.0, 10.0])
    points = np.unique(np.clip(middle + width * steps, low, high))
    values = standard.method("cdf", points)
    outside = ~((values >= -OUTSIDE) & (values <= 1 + OUTSIDE))
    falls = np.append(np.diff(values) < -OUTSIDE, False)
    if np.any(outside | falls):
        at = int(np.argmax(outside | falls))
        raise InvalidDensity(
            f"as_density({name}): its cdf is not a distribution function on the line: "
            f"cdf({float(points[at])!r}) = {float(values[at])!r}"
            + (" is not in [0, 1]" if outside[at] else f", then {float(values[at + 1])!r}")
        )
