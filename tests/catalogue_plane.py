"""How the pairs of the plane in the catalogue are made: each so that its truth is one of the line.

A pair p1(u) g(v) against q1(u) g(v), moved by a linear map, has the functionals of p1 against q1; the
maps here are rational, so that means and covariances are exact. Modes of a ring that no point of the
plane confuses have the functionals of their labels; by how much that is off is bounded in
`catalogue_truths`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from catalogue_line import Draw, Made

from gantheory.densities import (
    Cauchy,
    Discrete,
    Laplace,
    Mixture,
    MultivariateNormal,
    Normal,
    Product,
    StudentT,
    Triangular,
    Uniform,
)

Matrix = tuple[tuple[Fraction, Fraction], tuple[Fraction, Fraction]]
TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29))
SEPARATION = 24  # in standard deviations: modes that nothing confuses
FINEST = Fraction(1, 1000)


def exact(x: float, digits: int = 4) -> Fraction:
    return Fraction(f"{x:.{digits}g}")


def rotation(d: Draw) -> Matrix:
    a, b, c = d.pick(TRIPLES)
    cos, sin = Fraction(a, c), Fraction(b, c) * int(d.sign())
    return (cos, -sin), (sin, cos)


def shear(d: Draw) -> Matrix:
    return (Fraction(1), Fraction(0)), (Fraction(d.whole(-48, 48), 16), Fraction(1))


def identity() -> Matrix:
    return (Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))


def bell(at: tuple[Fraction, Fraction], scales: tuple[Fraction, Fraction], m: Matrix) -> Any:
    """The image of N(at, diag(scales²)) under m, exact."""
    mean = tuple(row[0] * at[0] + row[1] * at[1] for row in m)
    variances = [s * s for s in scales]
    cov = [[sum(r[k] * c[k] * variances[k] for k in (0, 1)) for c in m] for r in m]
    return MultivariateNormal(mean, cov)


def mixture(parts: list[Any], weights: list[Fraction]) -> Any:
    return parts[0] if len(parts) == 1 else Mixture(tuple(parts), weights)


def shares(d: Draw, n: int) -> list[Fraction]:
    drawn = [d.whole(1, 9) for _ in range(n)]
    return [Fraction(s, sum(drawn)) for s in drawn]


def made(
    p: Any, q: Any, *tags: str, difficulty: str, line: Any = None, factors: Any = None, **more: Any
) -> Made:
    return Made(p, q, frozenset({"plane", *tags}), difficulty, line, factors, **more)


# --- normals --------------------------------------------------------------------------------------


def correlated(d: Draw) -> Made:
    """Two normals of one covariance, rho to .9999."""
    rho = d.sign() * {0: 0.9999, 3: 0.999}.get(d.number % 6, d.between(0, 0.99, 3))
    s, t = d.scale(0.01, 10), d.scale(0.01, 10)
    a, b, c = exact(s * s), exact(t * t), exact(rho * s * t, 6)
    cov = ((a, c), (c, b))
    p = MultivariateNormal((0, 0), cov)
    step = (exact(s * d.between(-2, 2)), exact(t * d.between(-2, 2) * math.sqrt(1 - rho * rho)))
    q = MultivariateNormal(step, cov)
    hard = abs(rho) > 0.99
    return made(p, q, "correlated", "normals", difficulty="hard" if hard else "medium")


def steep(d: Draw) -> Made:
    """N(m1, s1²) N(0, t²) against N(m2, s2²) N(0, t²), sheared until rho is up to .9999."""
    m: Matrix = (Fraction(1), Fraction(0)), (Fraction(d.whole(1, 70)), Fraction(1))
    t = exact(d.power(-1, 0.3))
    rows = [(exact(d.between(-2, 2)), exact(d.scale(0.5, 2))) for _ in range(2)]
    p, q = (bell((loc, Fraction(0)), (s, t), m) for loc, s in rows)
    line = tuple(Normal(loc, s) for loc, s in rows)
    return made(p, q, "correlated", "normals", difficulty="hard", line=line)


def general_normals(d: Draw) -> Made:
    """Any two normals: KL and Hellinger only, by their closed forms."""

    def one() -> Any:
        s, t = d.scale(0.05, 5), d.scale(0.05, 5)
        rho = d.between(-0.95, 0.95, 3)
        cov = ((exact(s * s), exact(rho * s * t, 3)), (exact(rho * s * t, 3), exact(t * t)))
        return MultivariateNormal((d.between(-2, 2), d.between(-2, 2)), cov)

    return made(one(), one(), "correlated", "normals", difficulty="medium")


def turned(d: Draw) -> Made:
    """Mixtures p1(u) g(v) against q1(u) g(v), turned or sheared; scales down to 1e-3."""
    m = d.pick((rotation, shear))(d)
    low = {1: -3.0, 2: -2.0}.get(d.number % 6, -0.8)
    t = exact(d.power(low, 0.3))

    def one() -> tuple[Any, Any]:
        n = d.whole(1, 3)
        rows = [(exact(d.between(-4, 4)), exact(d.power(low, 0.3))) for _ in range(n)]
        weights = shares(d, n)
        plane = [bell((loc, Fraction(0)), (s, t), m) for loc, s in rows]
        line = [Normal(loc, s) for loc, s in rows]
        return mixture(plane, weights), mixture(line, weights)

    (p, p1), (q, q1) = one(), one()
    difficulty = {-3.0: "hard", -2.0: "medium"}.get(low, "easy")
    return made(p, q, "turned", "normals", difficulty=difficulty, line=(p1, q1))


# --- products -------------------------------------------------------------------------------------


def factor(d: Draw) -> Any:
    """A density of the line for one coordinate."""
    loc, scale = d.between(-2, 2), d.scale(0.2, 2)
    family = d.pick((Normal, Laplace, Uniform, Triangular, Cauchy, StudentT))
    if family is StudentT:
        return StudentT(d.pick((2.0, 3.0, 5.0)), loc, scale)
    if family is Uniform:
        return Uniform(loc - scale, loc + scale)
    if family is Triangular:
        return Triangular(loc - scale, loc, loc + scale)
    return family(loc, scale)


def shared_factor(d: Draw) -> Made:
    """Mixtures of products with one factor in common, which the families do not tell."""
    g = factor(d)

    def one() -> tuple[Any, Any]:
        n = d.whole(2, 3)
        parts, weights = [factor(d) for _ in range(n)], shares(d, n)
        return mixture([Product(c, g) for c in parts], weights), mixture(parts, weights)

    (p, p1), (q, q1) = one(), one()
    return made(p, q, "products", difficulty="medium", line=(p1, q1))


def products(d: Draw) -> Made:
    """Products that differ in both factors: KL and Hellinger only."""
    p, q = Product(factor(d), factor(d)), Product(factor(d), factor(d))
    return made(
        p, q, "products", difficulty="easy", factors=((p.first, q.first), (p.second, q.second))
    )


# --- rings and grids ------------------------------------------------------------------------------


def _narrow(d: Draw, distance: float) -> Fraction:
    """A scale so narrow that modes at this distance are never confused, at least 1e-3."""
    widest = distance / SEPARATION
    s = FINEST if d.number % 4 == 1 else exact(widest * d.power(-1, 0), 3)
    return max(FINEST, min(s, exact(widest * 0.98, 3)))


def _centres(d: Draw) -> tuple[list[tuple[Fraction, Fraction]], float, str]:
    """Centres of modes, a lower bound on the distance of any two, and what they form."""
    if d.chance(0.5):
        n, radius = d.whole(3, 12), d.between(0.5, 4, 3)
        angles = [2 * math.pi * k / n for k in range(n)]
        points = [(radius * math.cos(a), radius * math.sin(a)) for a in angles]
        rounded = [(exact(x, 9), exact(y, 9)) for x, y in points]
        return rounded, 2 * radius * math.sin(math.pi / n) * 0.999, "ring"
    side, spacing = d.whole(2, 5), d.between(0.5, 2, 3)
    ticks = [Fraction(2 * k - side + 1, 2) * exact(spacing) for k in range(side)]
    return [(x, y) for x in ticks for y in ticks], spacing * 0.999, "grid"


def weighted(d: Draw) -> Made:
    """Rings and grids against the same modes with other weights: the divergence of the weights."""
    centres, distance, shape = _centres(d)
    s = _narrow(d, distance)
    parts = tuple(bell(c, (s, s), identity()) for c in centres)
    w, v = shares(d, len(parts)), shares(d, len(parts))
    ratio = Fraction(distance) / (2 * s)
    line = Discrete(w), Discrete(v)
    return made(
        Mixture(parts, w),
        Mixture(parts, v),
        shape,
        difficulty="hard" if s <= Fraction(1, 100) else "medium",
        line=line,
        confusion=(ratio, len(parts)),
    )


def moved(d: Draw) -> Made:
    """Rings and grids against the same modes, each moved by a little: the divergence of one mode."""
    centres, distance, shape = _centres(d)
    s = _narrow(d, distance)
    step = s * exact(d.between(0.1, 3, 3))
    weights = [Fraction(1, len(centres))] * len(centres)
    p = [bell(c, (s, s), identity()) for c in centres]
    q = [bell((x + step, y), (s, s), identity()) for x, y in centres]
    ratio = (Fraction(distance) / 2 - step) / s
    return made(
        Mixture(tuple(p), weights),
        Mixture(tuple(q), weights),
        shape,
        difficulty="hard" if s <= Fraction(1, 100) else "medium",
        line=(Normal(0, s), Normal(step, s)),
        confusion=(ratio, len(centres)),
    )


def comb(d: Draw) -> Made:
    """A grid c(x) c(y) against w(x) c(y), c a comb and w wide: the divergence of c against w."""
    side, spacing = d.whole(2, 4), exact(d.between(0.5, 2, 3))
    s = FINEST if d.number % 4 == 2 else exact(float(spacing) * d.power(-2.5, -0.7), 3)
    ticks = [Fraction(2 * k - side + 1, 2) * spacing for k in range(side)]
    even = [Fraction(1, side)] * side
    wide = exact(float(spacing) * d.between(0.5, 1.5), 3)
    turn = rotation(d)  # not for the narrowest: long thin ridges aslant take minutes
    m = turn if d.chance(0.5) and 30 * s >= spacing else identity()
    p = Mixture(
        tuple(bell((x, y), (s, s), m) for x in ticks for y in ticks),
        [Fraction(1, side * side)] * side * side,
    )
    q = Mixture(tuple(bell((Fraction(0), y), (wide, s), m) for y in ticks), even)
    line = Mixture(tuple(Normal(x, s) for x in ticks), even), Normal(0, wide)
    return made(p, q, "grid", difficulty="hard" if 100 * s <= spacing else "medium", line=line)


PLANE: dict[str, tuple[Callable[[Draw], Made], int]] = {
    "plane-correlated": (correlated, 30),
    "plane-steep": (steep, 20),
    "plane-normals": (general_normals, 15),
    "plane-turned": (turned, 45),
    "plane-shared-factor": (shared_factor, 25),
    "plane-products": (products, 10),
    "plane-weighted": (weighted, 20),
    "plane-moved": (moved, 20),
    "plane-combs": (comb, 15),
}
