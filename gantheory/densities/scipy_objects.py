"""Distributions of scipy.stats, old and new style, as densities."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from types import MethodType
from typing import Any

import numpy as np

from gantheory.densities.base import Density
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.mixture import check_weights, flattened
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.scipy_density import ScipyDensity, Standard
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity, brief

MOST_POINTS = 100_000
OUTSIDE = 1e-9  # how far a cdf may leave [0, 1], or fall
DIGITS = 10**40  # of a standard deviation that is a root
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
    if isinstance(x, (Density, np.ndarray)) or not _is_scipys(type(x)):
        return None
    from scipy import stats

    if isinstance(x, (stats.rv_continuous, stats.rv_discrete)):
        if x.numargs:
            raise InvalidDensity(
                f"as_density({x.name}): freeze it first, as in {x.name}({x.shapes})"
            )
        x = x()
    if isinstance(x, type(stats.multivariate_normal())):
        return _from_multivariate_normal(x)
    inner = getattr(x, "dist", None)
    if isinstance(inner, stats.rv_discrete):
        return _from_discrete(x, inner.name)
    if isinstance(inner, stats.rv_continuous):
        return _from_frozen(x, stats)
    if all(hasattr(x, name) for name in ("logpdf", "icdf", "iccdf", "ccdf", "support")):
        return _from_new_style(x, stats)
    if callable(x) and hasattr(x, "evaluate"):  # a kernel density estimate is a callable
        return None
    raise InvalidDensity(
        f"as_density({type(x).__name__}): this distribution of scipy.stats is not supported; give "
        "its pdf as a callable with a support"
    )


def _is_scipys(kind: type) -> bool:
    """Whether a class is one of scipy.stats, or made from one."""
    return any(base.__module__.startswith("scipy.stats") for base in kind.__mro__)


def _from_multivariate_normal(x: Any) -> Any:
    mean, cov = np.atleast_1d(x.mean), np.atleast_2d(x.cov)
    if mean.shape == (1,):
        return Normal(float(mean[0]), _root(Fraction(float(cov[0, 0]))))
    if mean.shape != (2,):
        raise InvalidDensity(
            f"as_density: a multivariate_normal of dimension {len(mean)}; 1 or 2 only"
        )
    return MultivariateNormal(mean, cov)


def _root(variance: Fraction) -> Fraction:
    """Return √variance to 40 digits, exactly where it is a float64."""
    root = Fraction(math.sqrt(variance))
    if root * root == variance:
        return root
    unit = Fraction(DIGITS) / Fraction(2) ** math.frexp(root)[1]
    return Fraction(math.isqrt(int(variance * unit * unit))) / unit


def _from_discrete(x: Any, name: str) -> Discrete:
    low, high = x.support()
    if not (math.isfinite(low) and math.isfinite(high) and high - low < MOST_POINTS):
        raise InvalidDensity(
            f"as_density({name}): points on [{low}, {high}] have no density, and are too many "
            "points to be summed; give Discrete(weights, points)"
        )
    points = np.arange(low, high + 1)
    return Discrete(x.pmf(points), points)


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
    name, given = x.dist.name, _parameters(x)
    scale, loc = given.pop("scale"), given.pop("loc")
    if not (scale > 0 and math.isfinite(scale) and math.isfinite(loc)):
        raise InvalidDensity(f"as_density({name}): scale must be positive, not {scale!r}")
    if any(math.isnan(end) for end in x.support()):
        raise InvalidDensity(f"as_density({name}): parameters {given} are out of range")
    own = type(x.dist) is type(getattr(stats, name, None)) and _made_by_scipy(x)
    if own and name == "vonmises":
        raise InvalidDensity(
            "as_density(vonmises): scipy's von Mises density is periodic, with mass 1 on every turn "
            "of the circle; write scipy.stats.vonmises_line, which has one turn"
        )
    made = OURS[name]({**given, "loc": loc, "scale": scale}) if own and name in OURS else None
    return made or _standardised(x, stats, given, loc, scale, own)


def _standardised(
    x: Any, stats: Any, shapes: dict[str, float], loc: float, scale: float, own: bool
) -> ScipyDensity:
    """Return the density through scipy's distribution of (X - loc) / scale."""
    dist, mirror = x.dist, None
    if own and dist.name == "arcsine":
        dist, shapes = stats.beta, {"a": 0.5, "b": 0.5}
    if own and dist.name == "beta":
        mirror = Standard(stats.beta(shapes["b"], shapes["a"]))
    declared = _made_by_scipy(x)
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


def _parameters(x: Any) -> dict[str, float]:
    """Return shapes, loc and scale of an rv_frozen by name."""
    names = [*(x.dist.shapes.split(", ") if x.dist.shapes else []), "loc", "scale"]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip(names, x.args, strict=False)), **x.kwds}
    for name, value in given.items():
        if np.ndim(value):
            raise InvalidDensity(
                f"as_density({x.dist.name}({name}={brief(value)})): freeze single numbers"
            )
    return {name: float(value) for name, value in given.items()}


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
    if np.shape(x.support()[0]):
        raise InvalidDensity("as_density: give a single distribution, not an array of them")
    own = type(x).__module__.startswith("scipy.stats")
    if own and isinstance(x, stats.Normal):
        return Normal(float(x.mu), float(x.sigma))
    if own and isinstance(x, stats.Uniform):
        return Uniform(float(x.a), float(x.b))
    if isinstance(x, stats.Mixture):
        _, weights = check_weights([float(w) for w in x.weights], len(x.components))
        return flattened([from_scipy(c) for c in x.components], weights)
    if any(base.__name__ == "DiscreteDistribution" for base in type(x).__mro__):
        return _from_discrete(x, type(x).__name__)
    standard = Standard(x, new_style=True)
    _check_cdf(repr(x), standard)
    return ScipyDensity(
        brief(x),
        standard,
        lambda n, rng: x.sample(n, rng=rng),
        declared=_of_scipys_parts(x),
        terms=EVALUATION,
    )


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
    middle, spread = (float(standard.method("ppf", share)) for share in (0.5, 0.9))
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
