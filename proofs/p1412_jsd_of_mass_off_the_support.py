r"""Mass $m$ that one density has where the other has none costs a divergence of $J(m)$ or more.

Statement
---------
If one of $p$ and $q$ has the mass $m$ on a set where the other has none, then

$$\mathrm{JSD}(p, q) \ge J(m), \quad
2 J(m) = \log \frac{2}{2 - m} + (1 - m) \log \frac{2 (1 - m)}{2 - m} + m \log 2,$$

and $J(m)$ is attained: by $q = (1 - m) p + m s$ with $s$ off the support of $p$. $J$ grows with
$m$, from $J(0) = 0$ to $J(1) = \log 2$, and

$$J(m) \ge \tfrac{1}{2} m \log 2,$$

with $J(m)/m \to \tfrac{1}{2} \log 2$ as $m \to 0$: a small mass $m$ costs near $0.35 \, m$ nats.

Assumes   Densities, or any two distributions; $0 \le m \le 1$.
Source    [@lin1991] for the divergence; [@arjovsky2017principled, section 2] for disjoint supports. The
          bound is derived here.
"""

import math
from fractions import Fraction

import numpy as np
import sympy as sp

from gantheory import certified
from gantheory.densities import Discrete, Mixture, Triangular, Uniform
from gantheory.divergences import js_divergence
from gantheory.evidence import pointwise
from gantheory.testing import strategies, survives
from gantheory.theorems import Theorem, always, at_least, equal, increasing

theorem = Theorem(
    label="jsd-of-mass-off-the-support",
    title=r"Mass $m$ off the other's support: $\mathrm{JSD}(p, q) \ge J(m) \ge \tfrac{1}{2} m \log 2$",
    uses=("refining-never-lowers", "kl-jsd-definitions-and-positivity"),
)

p, q, t = sp.symbols("p q t", positive=True)  # shares in a cell; t = 1 - m
m = sp.Symbol("m", positive=True)  # the mass that one has where the other has none
LOG_2, HALF = sp.log(2), sp.Rational(1, 2)
POINT = p * sp.log(2 * p / (p + q)) + q * sp.log(2 * q / (p + q))
REST = sp.log(2 / (2 - m)) + (1 - m) * sp.log(2 * (1 - m) / (2 - m))
LEAST = (REST + m * LOG_2) / 2


def derive():
    r"""Two cells are enough.

    Sort all points into two cells: the set where the other density has nothing, and the rest. By
    `refining-never-lowers` joining cells never raises the divergence. Say that $q$ has the mass $m$
    on the set. The shares of $p$ and $q$ are $1$ and $1 - m$ in the rest, $0$ and $m$ on the set,
    and what is left of $2 \, \mathrm{JSD}$ is $2 J(m)$. If $q$ is a multiple of $p$ on the rest,
    joining lost nothing there.

    With $t = 1 - m$ the sum is $(1 - t) \log 2$ and a rest. Its slope in $t$ is the logarithm of
    $t/(1 + t)$, at most $\log \tfrac{1}{2}$ for $t < 1$, so that $J$ grows with $m$. The slope of the
    rest is larger by $\log 2$, still not positive, and at $t = 1$ the rest is 0: so it is not negative
    for $t < 1$, and that is the linear bound.
    """
    yield equal(
        "2 J from two cells",
        POINT.subs({p: 1, q: 1 - m}) + sp.Limit(POINT.subs(q, m), p, 0, "+"),
        2 * LEAST,
        where={m: (0, 1)},
        label="jsd-of-mass-off-the-support",
    )
    rest = POINT.subs({p: 1, q: t})
    yield equal(
        "in t = 1 - m",
        sp.Subs(2 * LEAST, m, 1 - t),
        (1 - t) * LOG_2 + rest,
        where={t: (0, 1)},
    )
    yield equal("the rest ends at 0", sp.Limit(rest, t, 1, "-"), 0)
    slope = sp.Derivative((1 - t) * LOG_2 + rest, t)
    yield equal("the slope in t", slope, sp.log(t / (1 + t)))
    yield always("its argument", (t > 0) & (t < 1), t / (1 + t) <= HALF)
    yield equal("J(m)/m as m → 0", sp.Limit(LEAST / m, m, 0, "+"), LOG_2 / 2)
    yield equal("J(1)", sp.Limit(LEAST, m, 1, "-"), LOG_2)
    yield equal("J(1/2)", LEAST.subs(m, HALF), 3 * sp.log(sp.Rational(4, 3)) / 4)


def certify():
    r"""The pair that attains it, enclosed.

    $p = U[0, 1]$ and $q = (1 - m) U[0, 1] + m U[1, 2]$, for four masses. The divergence is $J(m)$,
    and it grows.
    """
    masses = [Fraction(1, 1000), Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)]
    found = [certified.js_divergence(Uniform(0, 1), spilt(mass)) for mass in masses]
    for mass, value in zip(masses, found, strict=True):
        yield equal(f"J({mass})", value, LEAST.subs(m, sp.Rational(mass)))
    yield increasing("it grows: m = 1/1000, 1/10, 1/2, 9/10", found)


def check():
    r"""Densities that are not constant, by quadrature.

    A triangle on $[0, 3]$ keeps $1 - m$ of its mass, and the rest goes to another triangle far away: the
    divergence is $J(m)$, whatever their shapes. If what is left has another shape than $p$, it is more.
    """
    data, away = Triangular(0, 1, 3), Triangular(7, 9, 10)
    for mass in (Fraction(1, 50), Fraction(1, 3), Fraction(19, 20)):
        least = LEAST.subs(m, sp.Rational(mass))
        found = js_divergence(data, Mixture((data, away), (1 - mass, mass)))
        yield equal(f"a triangle without {mass}", found, least)
        found = js_divergence(data, Mixture((Uniform(0, 3), away), (1 - mass, mass)))
        yield at_least(f"another shape, without {mass}", found, least + Fraction(1, 1000))


def search(seed):
    r"""A hunt through discrete distributions.

    Both are drawn on five points, and one of them is cut to the first three. What the other has on
    the last two is $m$. A pair with less than $J(m)$, in either order, would refute the bound.
    """
    text = "mass off the support, five points"
    yield survives(text, costs, strategies.markov_kernels(2, 5), seed=seed, examples=110)


def refute():
    r"""Three wrong bounds.

    $m \log 2$ is what disjoint supports suggest, which cost $\log 2$ for $m = 1$; a small mass
    costs near half of it. That supports which differ at all cost $\log 2$ confuses the support with
    the mass. And $2 J$ stands for $J$ where $C = 2 \, \mathrm{JSD} - \log 4$ is read without its
    factor.
    """
    yield at_least("m log 2 for J(m)", LEAST, m * LOG_2, where={m: (0, 1)})
    yield at_least("different supports cost log 2", LEAST.subs(m, HALF), LOG_2)
    found = certified.js_divergence(Uniform(0, 1), spilt(Fraction(1, 10)))
    yield equal("2 J for J", found, 2 * LEAST.subs(m, sp.Rational(1, 10)))


# --- how the numbers are made ---------------------------------------------------------------------


def spilt(mass):
    """The uniform density on [0, 1], with this mass moved to [1, 2]."""
    return Mixture((Uniform(0, 1), Uniform(1, 2)), (1 - mass, mass))


def costs(rows):
    """Claims for two distributions, one of them cut to three points, in both orders."""
    whole, part = rows[0] + 0.01, (rows[1] + 0.01) * (1, 1, 1, 0, 0)
    pair = Discrete(whole / whole.sum()), Discrete(part / part.sum())
    lost = float(pair[0].weights[3:].sum())
    for first, second in (pair, pair[::-1]):
        yield at_least("JSD", js_divergence(first, second), least_of(lost))


@pointwise
def least_of(mass):
    """J(m), by a formula that loses no digits for small m."""
    rest = (1 - mass) * np.log1p(-mass / (2 - mass)) - np.log1p(-mass / 2)
    return (rest + mass * math.log(2)) / 2
