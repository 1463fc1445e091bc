"""How the pairs of the line in the catalogue are drawn: every maker is a pure function of its draw."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.densities import (
    Cauchy,
    Exponential,
    Laplace,
    Mixture,
    Normal,
    StudentT,
    Triangular,
    Uniform,
)

# how far the locations go, and between which ends the scales lie
BOX = {"easy": (5.0, 0.3, 3.0), "medium": (20.0, 0.01, 3.0), "hard": (1000.0, 1e-4, 10.0)}
DIFFICULTIES = tuple(BOX)
IRRATIONAL = (math.sqrt(2), math.pi, math.e, (1 + math.sqrt(5)) / 2, math.sqrt(3))


class Draw:
    """Numbers from one seed, rounded to a few digits; `number` counts the entries of the same kind.

    Only `Generator.random` is used, whose stream is the most stable one.
    """

    def __init__(self, seed: np.random.SeedSequence, number: int) -> None:
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.number = number
        self.difficulty = DIFFICULTIES[number % 3]

    def unit(self) -> float:
        return float(self.rng.random())

    def between(self, low: float, high: float, digits: int = 5) -> float:
        return float(f"{low + (high - low) * self.unit():.{digits}g}")

    def power(self, low: float, high: float, digits: int = 5) -> float:
        """10^u, u uniform."""
        return float(f"{10 ** (low + (high - low) * self.unit()):.{digits}g}")

    def scale(self, low: float, high: float) -> float:
        return self.power(math.log10(low), math.log10(high))

    def whole(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return min(high, low + int(self.unit() * (high - low + 1)))

    def pick(self, options: Any) -> Any:
        return options[self.whole(0, len(options) - 1)]

    def sign(self) -> float:
        return self.pick((-1.0, 1.0))

    def chance(self, share: float) -> bool:
        return self.unit() < share

    def weights(self, n: int) -> Any:
        """Weights of n components: exact fractions, or floats that sum to 1 up to rounding."""
        shares = [self.whole(1, 9) for _ in range(n)]
        if self.chance(0.3):  # one that is hardly there
            shares = [1000 * s for s in shares[:-1]] + [1]
        exact = [Fraction(s, sum(shares)) for s in shares]
        return exact if self.chance(0.5) else [float(w) for w in exact]


@dataclass(frozen=True)
class Made:
    """A pair, its tags, and for the plane what its functionals reduce to (see `catalogue_truths`)."""

    p: Any
    q: Any
    tags: frozenset[str]
    difficulty: str
    line: tuple[Any, Any] | None = None
    factors: tuple[tuple[Any, Any], tuple[Any, Any]] | None = None
    confusion: tuple[Fraction, int] | None = None
    also: frozenset[str] = field(default_factory=frozenset)


def made(d: Draw, p: Any, q: Any, *tags: str, difficulty: str = "") -> Made:
    return Made(p, q, frozenset(tags), difficulty or d.difficulty)


# --- single densities -----------------------------------------------------------------------------


def mixed(d: Draw, parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else Mixture(tuple(parts), d.weights(len(parts)))


def normals(d: Draw, n: int, difficulty: str) -> list[Normal]:
    reach, low, high = BOX[difficulty]
    return [Normal(d.between(-reach, reach), d.scale(low, high)) for _ in range(n)]


def beside(d: Draw, parts: list[Any]) -> list[Any]:
    """Modes that stand beside the given ones, a few scales away: two mixtures that overlap."""
    return [
        type(c)(
            float(f"{c.loc + d.between(-3, 3) * c.scale:.10g}"),
            float(f"{c.scale * d.power(-0.4, 0.4):.5g}"),
        )
        for c in parts
    ]


def two_sided(d: Draw, loc: float, scale: float) -> Any:
    """Return a density of any family with a location, at one location and scale."""
    family = d.pick((Normal, Normal, Laplace, Cauchy, StudentT, Uniform, Triangular))
    if family is StudentT:
        return StudentT(d.pick((1.5, 2.0, 2.5, 3.0, 5.0, 10.0)), loc, scale)
    if family is Uniform:
        return Uniform(loc - scale, loc + scale)
    if family is Triangular:
        return Triangular(loc - scale, loc + d.pick((-1, -0.5, 0, 0.5, 1)) * scale, loc + scale)
    return family(loc, scale)


def heavy(d: Draw, difficulty: str) -> Any:
    reach, low, high = BOX[difficulty]
    loc, scale = d.between(-reach, reach), d.scale(low, high)
    if d.chance(0.4):
        return Cauchy(loc, scale)
    return StudentT(d.pick((0.8, 1.0, 1.5, 2.0, 3.0, 4.5, 7.0, 30.0)), loc, scale)


# --- pairs ----------------------------------------------------------------------------------------


def normal_mixtures(d: Draw) -> Made:
    """K = 1 ... 3 a side."""
    p = normals(d, d.whole(1, 3), d.difficulty)
    overlap = d.chance(0.5)
    q = beside(d, p) if overlap else normals(d, d.whole(1, 3), d.difficulty)
    return made(d, mixed(d, p), mixed(d, q), "normals", *(["overlapping"] if overlap else []))


def many_components(d: Draw) -> Made:
    """4 to 25 components; every tenth has 25."""
    n = 25 if d.number % 10 == 3 else d.whole(4, 25)
    p = normals(d, n, d.difficulty)
    overlap = d.chance(0.6)
    q = beside(d, p) if overlap else normals(d, d.whole(1, n), d.difficulty)
    tags = ["overlapping"] if overlap else []
    return made(d, mixed(d, p), mixed(d, q), "normals", "many-components", *tags)


def separated(d: Draw) -> Made:
    """10 to 1e6 apart, scales near 1."""
    power = 6.0 if d.number % 12 == 5 else d.between(1, 6)
    gap = d.sign() * float(f"{10**power:.5g}")
    p, q = (two_sided(d, loc, d.scale(0.3, 3)) for loc in (0.0, gap))
    if d.chance(0.4):
        far = two_sided(d, float(f"{gap / 2:.5g}"), d.scale(0.3, 3))
        p = Mixture((p, far), d.weights(2))
    return made(d, p, q, "separated", difficulty="medium" if power <= 2 else "hard")


def scales(d: Draw) -> Made:
    """One scale from 1e-6 to 1e6 for both."""
    power = {1: -6.0, 2: 6.0}.get(d.number % 15, d.between(-6, 6))
    s = float(f"{10**power:.5g}")
    p, q = (two_sided(d, s * d.between(-2, 2), s * d.scale(0.3, 3)) for _ in range(2))
    return made(d, p, q, "scales", difficulty="easy" if abs(power) <= 3 else "medium")


def ratios(d: Draw) -> Made:
    """Two scales, one up to 1e6 times the other."""
    power = d.sign() * (6.0 if d.number % 15 == 4 else d.between(1, 6))
    s = float(f"{10**power:.5g}")
    p, q = (
        two_sided(d, d.between(-2, 2), d.scale(0.3, 3)),
        two_sided(d, d.between(-1, 1) * min(s, 1), s),
    )
    return made(d, p, q, "scales", difficulty="medium" if abs(power) <= 2 else "hard")


def far(d: Draw) -> Made:
    """|loc| / scale from 1e3 to 1e7."""
    return _far(d, 7.0 if d.number % 10 == 4 else d.between(3, 7), "far")


def beyond(d: Draw) -> Made:
    """|loc| / scale beyond 1e7: nothing is required of the error, but that it be honest."""
    return _far(d, d.between(7.2, 11), "beyond")


def _far(d: Draw, power: float, tag: str) -> Made:
    loc = d.sign() * d.power(-2, 4)
    # a margin, so that no scale drawn below leaves the class
    scale = float(f"{abs(loc) * 10**-power * 1.01:.5g}")
    p = two_sided(d, loc, scale)
    q = two_sided(d, loc + scale * d.between(-3, 3), scale * d.scale(1, 3))
    if d.chance(0.3):
        other = two_sided(d, loc * d.between(0.5, 1), scale * d.scale(1, 1e3))
        q = Mixture((q, other), d.weights(2))
    return made(d, p, q, tag, difficulty="hard")


def heavy_tails(d: Draw) -> Made:
    """Cauchy, Student, their mixtures, and these beside light ones."""
    p = heavy(d, d.difficulty)
    q = heavy(d, d.difficulty)
    if d.chance(0.3):
        q = beside(d, [Cauchy(p.loc, p.scale)])[0]
    if d.chance(0.3):
        p = Mixture((p, heavy(d, d.difficulty)), d.weights(2))
    if d.chance(0.3):
        light = normals(d, 1, d.difficulty)
        q = Mixture((q, *light), d.weights(2)) if d.chance(0.5) else light[0]
    return made(d, p, q, "heavy-tails")


def jumps(d: Draw) -> Made:
    """Uniform laws: overlapping, nested, disjoint, with irrational edges, mixed."""
    reach, low, high = BOX[d.difficulty]
    a, width = d.between(-reach, reach), d.scale(low, high)
    style = d.pick(("overlapping", "overlapping", "irrational", "disjoint", "mixture", "light"))
    p = Uniform(a, a + width)
    if style == "overlapping":
        b = a + width * d.between(-0.9, 0.9)
        q = Uniform(b, b + width * d.scale(0.3, 30))
    elif style == "irrational":
        p = Uniform(a, a + width * d.pick(IRRATIONAL))
        b = a + width / d.pick(IRRATIONAL)
        q = Uniform(b, b + width * d.pick(IRRATIONAL))
    elif style == "disjoint":
        b = a + width * (1 + d.power(-6, 3))
        q = Uniform(b, b + d.scale(low, high))
    elif style == "mixture":
        c, e = a + width * d.between(-1, 1), a + width * d.between(0, 2)
        p = Mixture((p, Uniform(c, c + d.scale(low, high))), d.weights(2))
        q = Mixture((Uniform(e, e + width), *normals(d, 1, d.difficulty)), d.weights(2))
    else:
        q = two_sided(d, a + width * d.between(0, 1), width * d.scale(0.1, 10))
        q = Laplace(q.loc, q.scale) if isinstance(q, Cauchy) else q
        style = "overlapping"
    tags = {"mixture": (), "irrational": ("irrational", "overlapping")}.get(style, (style,))
    return made(d, p, q, "jumps", *tags)


def kinks(d: Draw) -> Made:
    """Laplace and triangular laws."""
    reach, low, high = BOX[d.difficulty]

    def one(loc: float, scale: float) -> Any:
        if d.chance(0.5):
            return Laplace(loc, scale)
        mode = loc + scale * d.pick((-1.0, 0.0, 1.0, 0.3))
        return Triangular(loc - scale, mode, loc + scale)

    loc, scale = d.between(-reach, reach), d.scale(low, high)
    p = one(loc, scale)
    if d.chance(0.6):
        q = one(loc + scale * d.between(-1, 1), scale * d.scale(0.3, 3))
    else:
        q = one(d.between(-reach, reach), d.scale(low, high))
    if d.chance(0.25):
        q = Mixture((q, *normals(d, 1, d.difficulty)), d.weights(2))
    return made(d, p, q, "kinks")


def exponentials(d: Draw) -> Made:
    """Exponential laws against another, and against laws that reach below 0."""
    _, low, high = BOX[d.difficulty]
    p: Any = Exponential(float(f"{1 / d.scale(low, high):.5g}"))
    style = d.pick(("exponential", "any", "mixture"))
    if style == "exponential":
        q: Any = Exponential(float(f"{p.rate * d.scale(0.01, 100):.5g}"))
    else:
        q = two_sided(d, d.between(-1, 3) / p.rate, d.scale(0.1, 3) / p.rate)
    if style == "mixture":
        q = Mixture((q, Exponential(float(f"{1 / d.scale(low, high):.5g}"))), d.weights(2))
    return made(d, p, q, "exponential", "jumps")


def near_equal(d: Draw) -> Made:
    """q = p, moved, stretched or contaminated a little: JSD down to 1e-17."""
    step = d.sign() * (1e-8 if d.number % 20 == 6 else d.power(-8, -1))
    style = d.pick(("moved", "stretched", "contaminated", "mixture"))
    loc, scale = d.pick((0.0, d.between(-5, 5))), d.scale(0.3, 3)
    p = two_sided(d, loc, scale)
    q: Any
    if style == "contaminated" or not hasattr(p, "scale"):
        share = Fraction(abs(step))
        q = Mixture((p, two_sided(d, d.between(-5, 5), d.scale(0.3, 3))), (1 - share, share))
    elif style == "mixture":
        other, w = Normal(d.between(-5, 5), d.scale(0.3, 3)), Fraction(d.whole(1, 9), 10)
        q = Mixture((_moved(p, step * scale, 0.0), other), (w, 1 - w))
        p = Mixture((p, other), (w, 1 - w))
    else:
        q = _moved(p, step * scale, 0.0) if style == "moved" else _moved(p, 0.0, step)
    return made(d, p, q, "near-equal", difficulty="medium" if abs(step) > 1e-6 else "hard")


def _moved(c: Any, by: float, stretch: float) -> Any:
    more = (c.df,) if isinstance(c, StudentT) else ()
    return type(c)(*more, c.loc + by, c.scale * (1 + stretch))


def families(d: Draw) -> Made:
    """Mixtures of any families."""
    reach, low, high = BOX[d.difficulty]

    def one() -> Any:
        n = d.whole(1, 3)
        parts = [two_sided(d, d.between(-reach, reach), d.scale(low, high)) for _ in range(n)]
        return mixed(d, parts)

    return made(d, one(), one(), "families")


LINE: dict[str, tuple[Callable[[Draw], Made], int]] = {
    "normal-mixtures": (normal_mixtures, 480),
    "many-components": (many_components, 120),
    "separated": (separated, 130),
    "scales": (scales, 110),
    "ratios": (ratios, 110),
    "far": (far, 130),
    "beyond": (beyond, 20),
    "heavy-tails": (heavy_tails, 210),
    "jumps": (jumps, 190),
    "kinks": (kinks, 140),
    "exponentials": (exponentials, 70),
    "near-equal": (near_equal, 160),
    "families": (families, 100),
}
