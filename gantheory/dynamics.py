r"""Two players near an equilibrium: their field, their steps as matrices, and when these contract.

The players' parameters are stacked as z = (x, y), and v(z) is the direction in which both move. Near an
equilibrium v(z) = J z up to higher order, a step is a matrix, and play returns to the equilibrium from
every start nearby iff all eigenvalues of the matrix lie inside the unit circle. SymPy's expressions
throughout, so that steps, weights and momenta may be symbols; the last functions are for numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from jaxtyping import Float

Array = Float[np.ndarray, "..."]
FAR = 1e100  # so that the squares are floats


# --- the game -------------------------------------------------------------------------------------


def velocity(
    x_loss: sp.Expr, y_loss: sp.Expr, x: Sequence[sp.Symbol], y: Sequence[sp.Symbol]
) -> sp.Matrix:
    """Return v = (-∂x_loss/∂x, -∂y_loss/∂y): each player descends a loss of its own.

    In a zero-sum game of value V, which x minimises, the losses are V and -V.
    """
    return sp.Matrix([-sp.diff(x_loss, s) for s in x] + [-sp.diff(y_loss, s) for s in y])


def linearised(v: sp.Matrix, z: Sequence[sp.Symbol], at: Sequence[Any] | None = None) -> sp.Matrix:
    """Return J = ∂v/∂z at an equilibrium, the origin by default, shape (n, n).

    Raises
    ------
    ValueError
        If v is not 0 there: a point that moves is no equilibrium.
    """
    point = dict(zip(z, at or [0] * len(z), strict=True))
    rest = v.subs(point).applyfunc(sp.simplify)
    if any(rest):
        raise ValueError(f"v = {list(rest)} at {point}: no equilibrium; give a point where v is 0")
    return v.jacobian(list(z)).subs(point).applyfunc(sp.simplify)


# --- steps as matrices ----------------------------------------------------------------------------


def simultaneous(J: Any, h: Any) -> sp.Matrix:
    """Return I + hJ: both players move from the same point."""
    J = sp.Matrix(J)
    return sp.eye(J.rows) + h * J


def alternating(J: Any, h: Any, *, first: int) -> sp.Matrix:
    """Return (I + hL)(I + hU): the `first` coordinates move, and the others see where to.

    L holds what the later coordinates take from the first, and U the rest of J = L + U. A coordinate
    sees its own player's parameters as they were, and the other player's newest.
    """
    n = sp.Matrix(J).rows
    return heavy_ball(J, h, 0, first=first)[:n, :n]


def heavy_ball(J: Any, h: Any, beta: Any, *, first: int = 0) -> sp.Matrix:
    """Return z' = z + h(Uz + Lz') + β(z - z⁻) as a matrix on (z, z⁻), shape (2n, 2n).

    With first = 0 play is simultaneous, and L = 0; else see `alternating`. Source: Polyak (1964); for
    games Gidel et al. (2019).

    Raises
    ------
    ValueError
        If J is not square, or the first are not fewer than all.
    """
    J = sp.Matrix(J)
    n = J.rows
    if J.cols != n or not 0 <= first < n:
        raise ValueError(
            f"J of shape {J.shape}, first={first}: give a square J and 0 <= first < {n}"
        )
    one = sp.eye(n)
    L = sp.Matrix(n, n, lambda i, j: J[i, j] if j < first <= i else 0)
    seen = one + h * L  # the inverse of I - hL
    now, before = seen * ((1 + beta) * one + h * (J - L)), -beta * seen
    return _on_pairs(now, before)


def extragradient(J: Any, h: Any) -> sp.Matrix:
    """Return I + hJ(I + hJ): the field is taken where a first step would lead (Korpelevich, 1976)."""
    J = sp.Matrix(J)
    return sp.eye(J.rows) + h * J * simultaneous(J, h)


def optimistic(J: Any, h: Any) -> sp.Matrix:
    """Return z' = z + 2hJz - hJz⁻ as a matrix on (z, z⁻), shape (2n, 2n). Source: Popov (1980)."""
    J = sp.Matrix(J)
    return _on_pairs(sp.eye(J.rows) + 2 * h * J, -h * J)


def consensus(J: Any, gamma: Any) -> sp.Matrix:
    """Return J - γJᵀJ: both players also descend γ|v|²/2. Source: Mescheder et al. (2017)."""
    J = sp.Matrix(J)
    return J - gamma * J.T * J


def _on_pairs(now: sp.Matrix, before: sp.Matrix) -> sp.Matrix:
    """Return (z, z⁻) -> (now z + before z⁻, z)."""
    n = now.rows
    return sp.Matrix(sp.BlockMatrix([[now, before], [sp.eye(n), sp.zeros(n)]]))


# --- when they contract ---------------------------------------------------------------------------


def characteristic(matrix: sp.Matrix, z: sp.Symbol) -> sp.Poly:
    """Return det(zI - A)."""
    return sp.Poly(matrix.charpoly().as_expr(z), z)


def inside_circle(polynomial: sp.Poly) -> sp.Basic:
    """Return the condition on the coefficients that all roots have |z| < 1 (Schur, Cohn; Jury).

    z = (1 + t)/(1 - t) maps the inside of the unit circle to Re t < 0, so this is `left_half` of the
    numerator. Of z² + az + b it is Jury's 1 + a + b > 0, 1 - a + b > 0 and b < 1.
    """
    z, n = polynomial.gen, polynomial.degree()
    moved = sum(
        (c * (1 + z) ** k * (1 - z) ** (n - k) for (k,), c in polynomial.terms()), sp.S.Zero
    )
    coefficients = sp.Poly(moved, z).all_coeffs()
    return _hurwitz([sp.S.Zero] * (n + 1 - len(coefficients)) + coefficients)


def left_half(polynomial: sp.Poly) -> sp.Basic:
    """Return the condition on the coefficients that all roots have a negative real part (Hurwitz).

    Flows z' = v(z) come to rest then. The coefficient of the highest power has to be positive. Source:
    Liénard and Chipart (1914).
    """
    return _hurwitz(polynomial.all_coeffs())


def _hurwitz(coefficients: list[sp.Expr]) -> sp.Basic:
    """Return: all coefficients are positive, and every second of the leading minors, from the last."""
    n = len(coefficients) - 1
    full = [sp.S.Zero] * n + coefficients + [sp.S.Zero] * n
    matrix = sp.Matrix(n, n, lambda i, j: full[n + 2 * j - i + 1])
    minors = [matrix[:k, :k].det(method="berkowitz") for k in range(n - 1, 1, -2)]
    positive = [sp.Gt(_short(x), 0, evaluate=False) for x in (*coefficients, *minors)]
    return sp.And(*(one for one in positive if not one.lhs.is_positive))


def _short(x: sp.Expr) -> sp.Expr:
    """Return a positive multiple, its numbers without a common factor."""
    return sp.expand(x).as_content_primitive()[1]


# --- numbers --------------------------------------------------------------------------------------


def spectral_radius(matrices: Any) -> Array:
    """Return the largest |eigenvalue| of each, shape (...) for matrices of shape (..., n, n)."""
    found: Array = np.abs(np.linalg.eigvals(np.asarray(matrices, dtype=float))).max(axis=-1)
    return found


def trajectory(step: Any, start: Any, count: int) -> Array:
    """Return z, step(z), step(step(z)), ..., shape (count + 1, ...); a matrix is a step too.

    What goes further than 1e100 is infinite from there on.
    """
    move: Callable[[Any], Any] = (
        step if callable(step) else np.asarray(step, dtype=float).__matmul__
    )
    first = np.asarray(start, dtype=float)
    points = np.full((count + 1, *first.shape), np.inf)
    points[0] = first
    for k in range(count):
        points[k + 1] = move(points[k])
        if not (np.abs(points[k + 1]) < FAR).all():
            points[k + 1] = np.inf
            break
    return points
