"""Poisson, binomial and other counting distributions as Discrete: points listed, the rest bounded.

The ratio w(k + 1) / w(k) of neighbouring weights is rational in k and, past the mode, below what
`Counting.later` says, so that all the mass beyond a point is at most a geometric series. Weights are
multiplied out from the mode with 50 digits.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
from mpmath import mp

from gantheory.densities.discrete import Discrete
from gantheory.densities.mixture import LEAST_WEIGHT
from gantheory.errors import InvalidDensity

DIGITS = 50
ACCURATE = 1e-40  # relative error of what is multiplied out with these digits, 100,000 times
UNSEEN = 1e-40  # mass that may be left out of a distribution on infinitely many points
MOST_POINTS = 100_000
FEW = 65  # points whose weights are fractions of a few thousand digits

Real = Any  # an mpf, or a Fraction


@dataclass(frozen=True)
class Counting:
    """A distribution on the integers from low to high.

    Attributes
    ----------
    ratio:
        k -> w(k + 1) / w(k); at least 1 below the mode, at most 1 from there on.
    log_weight:
        log w(mode).
    later:
        k -> bound on all ratios from k on, for k from the mode on; below it ratios fall or are constant.
    """

    ratio: Callable[[int], Real]
    mode: int
    log_weight: Real
    low: int
    high: float
    later: Callable[[int], Real]


def _poisson(mu: Real) -> Counting:
    def ratio(k: int) -> Real:
        return mu / (k + 1)

    mode = int(mpmath.floor(mu))
    level = mode * mpmath.log(mu) - mu - mpmath.loggamma(mode + 1) if mu else mp.mpf(0)
    return Counting(ratio, mode, level, 0, math.inf if mu else 0, ratio)


def _negative_binomial(n: Real, p: Real) -> Counting:
    """k failures before the n-th success, n > 0 real."""

    def ratio(k: int) -> Real:
        return (k + n) / (k + 1) * (1 - p)

    mode = max(int(mpmath.floor((n - 1) * (1 - p) / p)), 0)
    level = mpmath.loggamma(mode + n) - mpmath.loggamma(n) - mpmath.loggamma(mode + 1)
    level += n * mpmath.log(p) + (mode * mpmath.log(1 - p) if mode else 0)
    high = math.inf if p < 1 else 0
    return Counting(ratio, mode, level, 0, high, lambda k: max(ratio(k), 1 - p))


def _hypergeometric(total: int, marked: int, drawn: int) -> Counting:
    """k marked ones among those drawn."""
    low, high = max(0, drawn + marked - total), min(marked, drawn)

    def ratio(k: int) -> Real:
        return Fraction((marked - k) * (drawn - k), (k + 1) * (total - marked - drawn + k + 1))

    mode = (drawn + 1) * (marked + 1) // (total + 2)
    level = sum(
        sign * _log_binomial(n, k)
        for sign, n, k in (
            (1, marked, mode),
            (1, total - marked, drawn - mode),
            (-1, total, drawn),
        )
    )
    return Counting(ratio, mode, level, low, high, ratio)


def _binomial(n: int, p: Real) -> Counting:
    def ratio(k: int) -> Real:
        return p / (1 - p) * (n - k) / (k + 1)

    if p in (0, 1):
        return Counting(ratio, n * int(p), mp.mpf(0), n * int(p), n * int(p), ratio)
    mode = min(int(mpmath.floor((n + 1) * p)), n)
    level = _log_binomial(n, mode) + mode * mpmath.log(p) + (n - mode) * mpmath.log(1 - p)
    return Counting(ratio, mode, level, 0, n, ratio)


def _log_binomial(n: int, k: int) -> Real:
    return mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)


COUNTING: dict[str, Callable[[dict[str, float], Callable[[float], Real]], tuple[Counting, int]]] = {
    "poisson": lambda a, number: (_poisson(number(a["mu"])), 0),
    "geom": lambda a, number: (_negative_binomial(number(1), number(a["p"])), 1),
    "nbinom": lambda a, number: (_negative_binomial(number(a["n"]), number(a["p"])), 0),
    "binom": lambda a, number: (_binomial(int(a["n"]), number(a["p"])), 0),
    "bernoulli": lambda a, number: (_binomial(1, number(a["p"])), 0),
    "hypergeom": lambda a, _: (_hypergeometric(int(a["M"]), int(a["n"]), int(a["N"])), 0),
}
"""Families of scipy.stats, from parameters and the type to reckon in; and what scipy adds to each."""


def counting(family: str, parameters: dict[str, float]) -> Discrete:
    """Return a family of COUNTING as a Discrete, with exact weights if its points are FEW.

    Raises
    ------
    InvalidDensity
        If more than MOST_POINTS points have mass worth mentioning.
    """
    with mp.workdps(DIGITS + 10):
        counts, shift = COUNTING[family](parameters, mp.mpf)
        if counts.high - counts.low < FEW:
            exact = _exactly(COUNTING[family](parameters, Fraction)[0])
            if min(exact) > LEAST_WEIGHT:
                points = np.arange(counts.low, counts.high + 1)
                return Discrete(exact, points + shift + parameters["loc"])
        least = UNSEEN if math.isinf(counts.high) else LEAST_WEIGHT * 1e10
        start = mpmath.exp(counts.log_weight)
        up, above = _listed(_upwards(counts, start), least, family)
        down, below = _listed(_downwards(counts, start), least, family)
        weights = [_fraction(weight) for weight in (*down[::-1], start, *up)]
    points = counts.mode + np.arange(-len(down), len(up) + 1.0)
    return Discrete(weights, points + shift + parameters["loc"], float(above + below), ACCURATE)


def _exactly(counts: Counting) -> list[Fraction]:
    """All weights: products of the ratios, divided by their sum."""
    steps = (counts.ratio(k) for k in range(counts.low, int(counts.high)))
    products = list(accumulate(steps, operator.mul, initial=Fraction(1)))
    total = sum(products)
    return [product / total for product in products]


def _upwards(counts: Counting, weight: Real) -> Iterator[tuple[Real, Real]]:
    """Weights above the mode, each with a bound on itself and all mass beyond."""
    k = counts.mode
    while k < counts.high:
        later = counts.later(k)
        beyond = weight * later / (1 - later) if later < 1 else mp.inf
        weight *= counts.ratio(k)
        yield weight, beyond
        k += 1


def _downwards(counts: Counting, weight: Real) -> Iterator[tuple[Real, Real]]:
    """Weights below the mode, each with a bound on itself and all mass beyond."""
    for k in range(counts.mode - 1, counts.low - 1, -1):
        ratio = 1 / counts.ratio(k)  # the further down, the smaller
        beyond = weight * ratio / (1 - ratio) if ratio < 1 else mp.inf
        weight *= ratio
        yield weight, beyond


def _listed(
    side: Iterator[tuple[Real, Real]], least: float, family: str
) -> tuple[list[Real], Real]:
    """Return the weights of one side while what lies beyond matters, and a bound on the rest.

    Raises
    ------
    InvalidDensity
        If there are too many.
    """
    weights: list[Real] = []
    for weight, beyond in side:
        if beyond <= least or weight < LEAST_WEIGHT:
            return weights, min(beyond, 1) * (1 + ACCURATE)
        if len(weights) == MOST_POINTS:
            raise InvalidDensity(
                f"as_density({family}): more than {MOST_POINTS} points have mass, too many to be "
                "summed; count in larger steps"
            )
        weights.append(weight)
    return weights, mp.mpf(0)


def _fraction(x: Real) -> Fraction:
    """An mpf as a Fraction, exactly."""
    return Fraction(*map(int, mpmath.libmp.to_rational(x._mpf_)))
