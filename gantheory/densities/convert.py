"""as_density: what other libraries and users call a density, as one of ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.densities.base import Density
from gantheory.densities.black_box import BlackBox, BlackBox2D
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.laplace import Laplace
from gantheory.densities.maps import Branch
from gantheory.densities.mixtures import Mixture
from gantheory.densities.normal import Normal
from gantheory.densities.plane import MultivariateNormal
from gantheory.densities.pushforward import Pushforward
from gantheory.densities.scipy_density import ScipyDensity
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.errors import InvalidDensity

MOST_POINTS = 100_000


def as_density(x: Any, *, support: Any = None) -> Any:
    """Return x as a density.

    Parameters
    ----------
    x:
        A density of ours (returned as it is); a frozen distribution of scipy.stats, old or new
        style, or a frozen multivariate_normal of the plane (its structure is declared, through cdf
        and ppf); a frozen discrete distribution on finitely many points (a `Discrete`); or a
        vectorised callable, points (n,) or (n, 2) -> densities (n,).
    support:
        For a callable only: (low, high), or ((low, high), (low, high)); ends may be infinite.

    Returns
    -------
    Density
        A callable stays a black box: `declared` is False, and no claim that rests on it is ever
        more than supported.

    Raises
    ------
    InvalidDensity
        If x is no density, saying what it returned and where.
    """
    if isinstance(x, Density):
        _refuse_support(x, support)
        return x
    converted = _from_scipy(x)
    if converted is not None:
        _refuse_support(x, support)
        return converted
    if not callable(x):
        raise InvalidDensity(
            f"as_density({x!r}): give a density, a frozen distribution of scipy.stats, or a callable "
            "with support=(low, high)"
        )
    sides = _check_support(x, support)
    name = getattr(x, "__qualname__", type(x).__name__)
    if len(sides) == 1:
        return BlackBox(x, sides[0], name)
    return BlackBox2D(x, (sides[0], sides[1]), name)


def _refuse_support(x: Any, support: Any) -> None:
    if support is not None:
        raise InvalidDensity(f"as_density({x!r}, support=...): this density has its own support")


def _check_support(x: Any, support: Any) -> list[tuple[float, float]]:
    if support is None:
        raise InvalidDensity(
            f"as_density({x!r}): a callable needs its support; write support=(low, high), with "
            "-inf and inf allowed, or ((low, high), (low, high)) in the plane"
        )
    try:
        sides = np.atleast_2d(np.asarray(support, dtype=np.float64))
    except (TypeError, ValueError):
        sides = np.empty((0, 0))
    if sides.shape not in {(1, 2), (2, 2)} or not np.all(sides[:, 0] < sides[:, 1]):
        raise InvalidDensity(f"as_density(support={support!r}): write (low, high) with low < high")
    return [(float(low), float(high)) for low, high in sides]


# --- scipy.stats ---------------------------------------------------------------------------------


def _from_scipy(x: Any) -> Any:
    """Return the density of a scipy.stats object, None if it is none.

    Raises
    ------
    InvalidDensity
        If it is one that has no density on the line or in the plane.
    """
    if not type(x).__module__.startswith("scipy.stats"):
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
        return _from_discrete(x, x.dist.name)
    if isinstance(inner, stats.rv_continuous):
        return _from_frozen(x)
    if all(hasattr(x, name) for name in ("logpdf", "icdf", "iccdf", "ccdf", "support")):
        return _from_new_style(x, stats)
    if callable(x) and hasattr(x, "evaluate"):  # a kernel density estimate is a callable
        return None
    raise InvalidDensity(
        f"as_density({type(x).__name__}): this distribution of scipy.stats is not supported; give "
        "its pdf as a callable with a support"
    )


def _from_multivariate_normal(x: Any) -> Any:
    mean, cov = np.atleast_1d(x.mean), np.atleast_2d(x.cov)
    if mean.shape == (1,):
        return Normal(float(mean[0]), math.sqrt(float(cov[0, 0])))
    if mean.shape != (2,):
        raise InvalidDensity(
            f"as_density: a multivariate_normal of dimension {len(mean)}; 1 or 2 only"
        )
    return MultivariateNormal(mean, cov)


def _from_discrete(x: Any, name: str) -> Discrete:
    low, high = x.support()
    if not (math.isfinite(low) and math.isfinite(high) and high - low < MOST_POINTS):
        raise InvalidDensity(
            f"as_density({name}): a discrete law on [{low}, {high}] has no density, and too many "
            "points to be summed; give Discrete(weights, points)"
        )
    points = np.arange(low, high + 1)
    return Discrete(x.pmf(points), points)


def _parameters(x: Any) -> dict[str, float]:
    """Return shapes, loc and scale of an rv_frozen by name."""
    names = [*(x.dist.shapes.split(", ") if x.dist.shapes else []), "loc", "scale"]
    given = {"loc": 0.0, "scale": 1.0, **dict(zip(names, x.args, strict=False)), **x.kwds}
    for name, value in given.items():
        if np.ndim(value):
            raise InvalidDensity(
                f"as_density({x.dist.name}({name}={value!r})): freeze single numbers"
            )
    return {name: float(value) for name, value in given.items()}


def _exact_end(a: dict[str, float], share: float = 1.0) -> float:
    return float(Fraction(a["loc"]) + Fraction(a["scale"]) * Fraction(share))


OURS: dict[str, Callable[[dict[str, float]], Any]] = {
    "norm": lambda a: Normal(a["loc"], a["scale"]),
    "laplace": lambda a: Laplace(a["loc"], a["scale"]),
    "cauchy": lambda a: Cauchy(a["loc"], a["scale"]),
    "t": lambda a: StudentT(a["df"], a["loc"], a["scale"]),
    "uniform": lambda a: Uniform(a["loc"], _exact_end(a)),
    "expon": lambda a: Exponential(1 / Fraction(a["scale"])) if a["loc"] == 0 else None,
    "triang": lambda a: Triangular(a["loc"], _exact_end(a, a["c"]), _exact_end(a)),
    "arcsine": lambda a: _arcsine(a["loc"], a["scale"]),
}
"""Old-style families of scipy.stats that are ours, from their parameters."""


def _from_frozen(x: Any) -> Any:
    given = _parameters(x)
    scale = given["scale"]
    if not (scale > 0 and math.isfinite(scale) and math.isfinite(given["loc"])):
        raise InvalidDensity(f"as_density({x.dist.name}): scale must be positive, not {scale!r}")
    if any(math.isnan(end) for end in x.support()):
        raise InvalidDensity(f"as_density({x.dist.name}): parameters {given} are out of range")
    made = OURS[x.dist.name](given) if x.dist.name in OURS else None
    return ScipyDensity(x) if made is None else made


def _from_new_style(x: Any, stats: Any) -> Any:
    if np.shape(x.support()[0]):
        raise InvalidDensity("as_density: give a single distribution, not an array of them")
    name = type(x).__name__
    if isinstance(x, stats.Normal):
        return Normal(float(x.mu), float(x.sigma))
    if isinstance(x, stats.Uniform):
        return Uniform(float(x.a), float(x.b))
    if isinstance(x, stats.Mixture):
        return Mixture([as_density(c) for c in x.components], [float(w) for w in x.weights])
    if float(x.pmf(x.median())) > 0:  # 0 for a law with a density
        return _from_discrete(x, name)
    return ScipyDensity(x, new_style=True)


def _arcsine(loc: float, scale: float) -> Pushforward:
    """The law of loc + scale (1 + sin z)/2, z uniform: its poles are resolved in local coordinates."""
    high, half = loc + scale, 0.5 * scale

    def log_slope(x: Any, origin: Any) -> Any:
        return 0.5 * (np.log((high - origin) - x) + np.log((origin - loc) + x))

    branch = Branch(
        (-math.pi / 2, math.pi / 2),
        lambda z: loc + half * (1 + np.sin(z)),
        lambda x: np.arcsin(np.clip((x - loc) / half - 1, -1, 1)),
        lambda z: half * np.cos(z),
        log_slope,
    )
    return Pushforward((branch,), Uniform(-math.pi / 2, math.pi / 2))
