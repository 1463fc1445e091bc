"""Pairs whose parameters are exact and no float64s, against balls, which keep them exactly.

The catalogue's locations and scales are floats. Here they are decimal strings and fractions: the same
number in two spellings (its float on the other side), two that differ by little, locations up to 1e13
scales from 0, and beyond. Every number has to be right within its error, or refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from catalogue_line import Draw

from gantheory import certified, divergences
from gantheory.densities import (
    Cauchy,
    Exponential,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    StudentT,
    Triangular,
    Uniform,
)
from gantheory.errors import NotCertifiable, NotConverged
from gantheory.game import virtual_training_criterion

FUNCTIONALS = (
    "js_divergence",
    "squared_hellinger",
    "kl_divergence",
    "reverse_kl_divergence",
    "jeffreys_divergence",
    "pearson_chi2",
    "neyman_chi2",
    "total_variation",
    "virtual_training_criterion",
)
STYLES = ("twin", "moved", "apart", "mixture", "weights", "ends", "rate", "far", "beyond")
PLANE_STYLES = ("plane", "product")


@dataclass(frozen=True)
class ExactPair:
    """Two densities, at least one with an exact parameter, and how they were drawn."""

    name: str
    p: Any
    q: Any


def decimal(d: Draw, power: float, digits: int = 3) -> str:
    """A decimal number near 10^power with a few digits after those that float64 can hold exactly."""
    return f"{d.sign() * 10**power * d.between(1, 10):.{max(digits, 4 - int(power))}f}1"


def two_sided(d: Draw, loc: Any, scale: Any, family: Any = None) -> Any:
    family = family or d.pick((Normal, Normal, Laplace, Cauchy, StudentT))
    return (
        StudentT(d.pick(("1.7", "3.1", 5)), loc, scale)
        if family is StudentT
        else family(loc, scale)
    )


def as_floats(density: Any) -> Any:
    """The same family with the floats of its parameters: another density, if these were no floats."""
    if hasattr(density, "components"):
        parts = [as_floats(c) for c in density.components]
        return Mixture(parts, [float(w) for w in density.exact_weights])
    return type(density)(**density.parameters())


def drawn(style: str, seed: int) -> ExactPair:
    """Draw a pair."""
    d = Draw(np.random.SeedSequence(seed, spawn_key=(STYLES.index(style),)), seed)
    scale = decimal(d, d.between(-2, 1)).lstrip("-")
    loc = decimal(d, d.between(-1, 2))
    if style in ("far", "beyond"):
        power = d.between(8, 12.5) if style == "far" else d.between(13, 16)
        loc = decimal(d, power + math.log10(float(scale)))
    p: Any = two_sided(d, loc, scale)
    q: Any
    if style == "ends":
        low, width = Fraction(loc), Fraction(scale)
        p = d.pick(
            (
                Uniform(low, low + width),
                Triangular(low, low + width * d.whole(0, 3) / 3, low + width),
            )
        )
        q = as_floats(p) if d.chance(0.5) else Uniform(low, low + width * (1 + Fraction(1, 10**6)))
    elif style == "rate":
        p = Exponential(scale)
        q = (
            as_floats(p)
            if d.chance(0.5)
            else Exponential(Fraction(scale) * (1 + Fraction(1, 10**9)))
        )
    elif style in ("mixture", "weights"):
        third = Fraction(1, d.pick((3, 7)))
        family = d.pick((Normal, Laplace))  # balls of mixtures with heavy tails take minutes
        other = Normal(decimal(d, 0), 1) if style == "mixture" else Normal(0.5, 2.0)
        first = family(loc, scale) if style == "mixture" else family(float(loc), float(scale))
        p = Mixture((first, other), (third, 1 - third))
        q = as_floats(p)
    elif style == "moved":
        q = two_sided(
            d, Fraction(loc) + Fraction(scale) * Fraction(d.whole(1, 9), 10**9), scale, type(p)
        )
        q = StudentT(p.exact["df"], q.exact["loc"], scale) if isinstance(p, StudentT) else q
    elif style == "apart" or d.chance(0.4):
        q = two_sided(
            d,
            Fraction(loc) + Fraction(scale) * d.whole(-3, 3) / 7,
            Fraction(scale) * d.pick((1, 2)),
        )
    else:
        q = as_floats(p)
    return ExactPair(f"{style}-{seed}", p, q)


def drawn_in_the_plane(style: str, seed: int) -> ExactPair:
    """Draw a pair that reduces to the line, or has a closed form in balls."""
    d = Draw(np.random.SeedSequence(seed, spawn_key=(100 + PLANE_STYLES.index(style),)), seed)
    x, y = decimal(d, d.between(-1, 9)), decimal(d, 0)
    if style == "product":
        shared = Normal(y, "0.7")
        p, q = Product(Normal(x, "0.3"), shared), Product(Normal(float(x), 0.3), shared)
        return ExactPair(f"{style}-{seed}", p, q)
    cov = [["1.3", "0.2"], ["0.2", "0.7"]]
    other = cov if d.chance(0.6) else [[1.3, 0.2], [0.2, 0.7]]
    return ExactPair(
        f"{style}-{seed}",
        MultivariateNormal([x, y], cov),
        MultivariateNormal([float(x), float(y)], other),
    )


def pairs(seeds: range) -> Iterator[ExactPair]:
    """All styles of the line, for some seeds."""
    return (drawn(style, seed) for seed in seeds for style in STYLES)


def no_ball_for_tv(pair: ExactPair) -> bool:
    """Whether balls of TV are dear or out of reach: heavy tails, mixtures, moved triangles."""
    parts = {type(c).__name__ for d in (pair.p, pair.q) for c in getattr(d, "components", (d, d))}
    mixed = any(hasattr(d, "components") for d in (pair.p, pair.q))
    return mixed or bool(parts & {"Cauchy", "StudentT", "Triangular"})


def ours(name: str, p: Any, q: Any) -> tuple[Any, bool]:
    """What the package says, or has as its best; whether it converged."""
    function = virtual_training_criterion if "virtual" in name else getattr(divergences, name)
    try:
        return function(p, q), True
    except NotConverged as fault:
        return fault.best, False


def verdict(name: str, pair: ExactPair) -> str | None:
    """ "" for a number within its error, "refused" without one, None without a truth, else the fault."""
    found, converged = ours(name, pair.p, pair.q)
    try:
        ball = getattr(certified, name)(pair.p, pair.q, digits=12)
    except NotCertifiable as refused:
        infinite = "+inf" in str(refused)
        wrong = infinite and converged and not math.isinf(float(found))
        return f"{found!r}, and it is infinite" if wrong else None
    if found is None:
        return "refused"
    if math.isinf(float(found)):
        return f"infinite, and it is {ball}"
    # both as exact rationals: a ball is wider than what is to be seen
    off = abs(Fraction(float(found)) - Fraction(float(ball.arb.mid())))
    slack = Fraction(float(ball.arb.rad())) + Fraction(abs(float(ball.arb.mid()))) / 2**52
    if not math.isinf(float(found.error)) and off > Fraction(float(found.error)) + slack:
        return f"{found!r} is off by {float(off):.2e} from {ball}"
    return "" if converged else "refused"
