"""∫ |f| over panels where f is a polynomial: exact between the roots of f, which are all found.

A polynomial of degree 14 goes through the values at Kronrod's 15 nodes. Its coefficients of Bernstein
change their sign at least as often as it does, and by an even number more often (Descartes' rule), so
that halving a panel finds every root, double ones and those that merge among them.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numpy.polynomial import legendre

from gantheory.arrays import EPS, FloatArray, Rows
from gantheory.quadrature import RULES

NODES, KRONROD, _ = RULES[2]
DEGREE = len(NODES) - 1
LEGENDRE = np.linalg.inv(legendre.legvander(NODES, DEGREE)).T  # values -> coefficients
SLOPE = legendre.legder(np.eye(DEGREE + 1)).T  # coefficients -> those of the derivative ...
RISE = legendre.legint(np.eye(DEGREE + 1), lbnd=-1).T  # ... and of the integral from -1
MOST_STEPS = 60  # from the ends of an interval to the root in it


def _bernstein(degree: int) -> FloatArray:
    """Σ_i (-1)^(k+i) C(k, i)² C(n-k, j-i) / C(n, j), (k, j): P_k in Bernstein's form of degree n."""
    n, c = degree, math.comb
    return np.array(
        [
            [
                sum((-1) ** (k + i) * c(k, i) ** 2 * c(n - k, j - i) for i in range(min(j, k) + 1))
                / c(n, j)
                for j in range(n + 1)
            ]
            for k in range(n + 1)
        ]
    )


def _halves(degree: int) -> FloatArray:
    """C(j, i) / 2^j: Bernstein's coefficients -> those on the left half, then those on the right one."""
    left = np.array(
        [[math.comb(j, i) / 2**j for j in range(degree + 1)] for i in range(degree + 1)]
    )
    return np.hstack([left, left[::-1, ::-1]])


BERNSTEIN = _bernstein(DEGREE)  # Legendre's coefficients -> Bernstein's
HALVES = _halves(DEGREE)


def unsigned(f: FloatArray) -> tuple[FloatArray, FloatArray]:
    """∫ |f| over [-1, 1] and a bound on its error, from values at the nodes, (n, lines, 15): (n, lines).

    The error is that of the polynomial where |f| has a kink, its further coefficients taken to fall as
    fast as the last ones do; elsewhere Kronrod's, of degree 22.
    """
    # products of many small matrices: for one large one BLAS would start threads of its own
    c, whole = f @ LEGENDRE, f @ KRONROD
    before, last = (np.max(np.abs(c[..., k]), axis=-1) for k in ([-5, -4], [-2, -1]))
    ratio = np.minimum(last / np.maximum(before, 1e-300), 0.9)
    off = 2 * last * ratio / (1 - ratio) + 4 * EPS * np.max(np.abs(f), axis=-1)
    shape, largest = off.shape, np.max(np.abs(np.diff(f, axis=-1)), axis=-1)
    # the others are far from 0 between nodes
    near = np.flatnonzero(np.min(np.abs(f), axis=-1) <= largest + 4 * off)
    c = c.reshape(-1, DEGREE + 1)[near]
    control = np.einsum("nk,kb->nb", c, BERNSTEIN, optimize=False)
    doubtful = np.any(np.abs(control) <= 4 * off.flat[near][:, None], axis=1)
    kinked = np.zeros(shape, dtype=bool)
    kinked.flat[near[doubtful | (_changes(control) > 0)]] = True
    roots = _roots_between(control, EPS * np.sum(np.abs(c), axis=1))
    value, whole = np.abs(whole).ravel(), whole.ravel()
    if len(roots.row):
        rise, row = _rise_at_roots(c[roots.row], roots), near[roots.row]
        begins, ends = (np.diff(row, **{side: -1}) != 0 for side in ("prepend", "append"))
        step = np.where(begins, rise, np.diff(rise, prepend=0.0))
        value[row[ends]] = np.abs(whole[row[ends]] - rise[ends])
        value += np.bincount(row, np.abs(step), minlength=len(value))
    return value.reshape(shape), 4 * off * np.where(kinked, 1.0, ratio**2)


class Roots(NamedTuple):
    """Roots of polynomials: of which one, between which ends, a guess, whether it is positive before."""

    row: Rows
    low: FloatArray
    high: FloatArray
    guess: FloatArray
    positive: npt.NDArray[np.bool_]


def _changes(control: FloatArray) -> Rows:
    """How often the sign changes along Bernstein's coefficients, (n, 15)."""
    return np.asarray(np.count_nonzero(np.diff(control > 0, axis=1), axis=1))


def _crossing(control: FloatArray) -> FloatArray:
    """Where the broken line through Bernstein's coefficients first crosses 0, from 0 to 1."""
    rows = np.arange(len(control))
    j = np.argmax((control[:, 1:] > 0) != (control[:, :-1] > 0), axis=1)
    before, after = control[rows, j], control[rows, j + 1]
    return np.asarray((j + before / (before - after)) / DEGREE)


def _roots_between(control: FloatArray, least: FloatArray) -> Roots:
    """Return the roots of polynomials in their order, from Bernstein's coefficients on [-1, 1], (n, 15).

    Where these change their sign once, there is one root (Descartes' rule); where more often, the
    interval is halved until |f| over it is below `least`.
    """
    row, low, width = np.arange(len(control)), np.full(len(control), -1.0), 2.0
    found = []
    while True:
        changes, positive = _changes(control), control > 0
        small = width * np.max(np.abs(control), axis=1) <= least[row]
        one = (changes == 1) | (small & (positive[:, 0] != positive[:, -1]))
        guess = low[one] + width * _crossing(control[one])
        found.append((row[one], low[one], low[one] + width, guess, positive[one, 0]))
        more = (changes > 1) & ~small
        if not np.any(more):
            break
        halves = np.einsum("nb,bc->nc", control[more], HALVES, optimize=False)
        halves[:, DEGREE + 1] = halves[:, DEGREE]  # one value: no root is lost between the two
        control, width = halves.reshape(-1, DEGREE + 1), 0.5 * width
        row, low = np.repeat(row[more], 2), np.add.outer(low[more], [0.0, width]).ravel()
    columns = [np.concatenate(column) for column in zip(*found, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Roots(*(column[order] for column in columns))


def _rise_at_roots(c: FloatArray, roots: Roots) -> FloatArray:
    """∫ from -1 to the roots of polynomials, (n, 15) coefficients."""
    _, low, high, u, first = roots
    slope, least = c @ SLOPE, EPS * np.sum(np.abs(c), axis=1)
    rough, low, high = np.arange(len(u)), low.copy(), high.copy()
    for _ in range(MOST_STEPS):  # of Newton's, or halvings where two roots are close to each other
        at = u[rough]
        powers = legendre.legvander(at, DEGREE)
        value = np.sum(powers * c[rough], axis=1)
        tilt = np.sum(powers[:, :-1] * slope[rough], axis=1)
        there = value * value <= least[rough] * np.abs(tilt)  # a step from here changes nothing
        rough, at, value, tilt = (a[~there] for a in (rough, at, value, tilt))
        step = np.divide(value, tilt, out=np.full(len(at), np.inf), where=tilt != 0)
        left = (value > 0) == first[rough]
        low[rough[left]], high[rough[~left]] = at[left], at[~left]
        to = at - step
        inside = (to > low[rough]) & (to < high[rough])
        u[rough] = np.where(inside, to, 0.5 * (low[rough] + high[rough]))
        rough = rough[np.abs(value * (u[rough] - at)) > least[rough]]
        if not len(rough):
            break
    return np.asarray(np.sum(legendre.legvander(u, DEGREE + 1) * (c @ RISE), axis=1))
