"""Random pairs of scipy's families: any two, near, far, mixed, poles off the floats, pushed forward."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import scipy_truths as truths

POLES = (
    "gamma",
    "beta",
    "weibull_min",
    "weibull_max",
    "chi2",
    "powerlaw",
    "arcsine",
    "betaprime",
    "f",
)
KINDS = ("families", "near", "far", "mixtures", "poles", "pushforwards")


def digits(x: float) -> float:
    return float(f"{x:.4g}")


def any_law(
    rng: np.random.Generator, *, spread: float = 1.0, names: tuple[str, ...] = ()
) -> truths.Law:
    """A family at a random place and scale."""
    family = truths.BY_NAME[str(rng.choice(names or [f.name for f in truths.FAMILIES]))]
    scale = digits(math.exp(rng.normal() * spread))
    return truths.law_of(family.name, family.draw(rng), digits(rng.normal() * spread), scale)


def moved(
    law_name: str, shapes: Any, loc: float, scale: float, step: float, way: int
) -> truths.Law:
    """The same family, its location, scale or first shape moved by a share."""
    if way == 0:
        return truths.law_of(law_name, shapes, loc + step * scale, scale)
    if way == 1 or not shapes:
        return truths.law_of(law_name, shapes, loc, scale * (1 + step))
    return truths.law_of(law_name, (shapes[0] * (1 + step), *shapes[1:]), loc, scale)


def mixed(rng: np.random.Generator, n: int) -> truths.Mixed:
    """A mixture of different families with whole weights."""
    from gantheory.densities import Mixture

    laws = [any_law(rng) for _ in range(n)]
    shares = rng.integers(1, 9, n)
    weights = [Fraction(int(s), int(shares.sum())) for s in shares]
    density = Mixture([law.density for law in laws], weights)
    return truths.Mixed(density, tuple(zip(weights, laws, strict=True)))


def pole(rng: np.random.Generator) -> truths.Law:
    """A family with a pole, at a location that is no multiple of a large power of two."""
    name = str(rng.choice(POLES))
    shapes = tuple(digits(rng.uniform(0.15, 0.9)) for _ in truths.BY_NAME[name].draw(rng))
    if name == "f":
        shapes = (shapes[0], digits(rng.uniform(1, 9)))
    loc = digits(rng.normal() * 10 ** rng.uniform(-1, 3))
    return truths.law_of(name, shapes, loc, digits(math.exp(rng.normal())))


def pair(kind: str, rng: np.random.Generator) -> tuple[Any, Any]:
    """Draw p and q."""
    if kind == "near":
        family = truths.FAMILIES[rng.integers(len(truths.FAMILIES))]
        shapes, loc, scale = family.draw(rng), digits(rng.normal()), digits(math.exp(rng.normal()))
        step = float(10 ** rng.uniform(-9, -1) * rng.choice([-1, 1]))
        p = truths.law_of(family.name, shapes, loc, scale)
        return p, moved(family.name, shapes, loc, scale, step, int(rng.integers(3)))
    if kind == "far":
        return any_law(rng), any_law(rng, spread=float(rng.uniform(2, 5)))
    if kind == "mixtures":
        return mixed(rng, int(rng.integers(2, 4))), (
            mixed(rng, 2) if rng.random() < 0.5 else any_law(rng)
        )
    if kind == "poles":
        p = pole(rng)
        return p, (pole(rng) if rng.random() < 0.5 else any_law(rng))
    if kind == "pushforwards":
        names = list(truths.MAPS)
        name = str(rng.choice(names))

        def one() -> truths.Law:
            return truths.pushed(name, digits(rng.normal()), digits(math.exp(0.7 * rng.normal())))

        return one(), one()
    return any_law(rng), any_law(rng)
