"""Least squares in a few shapes, with the residual told beside the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from gantheory.testing.oracle.calling import FloatArray

Basis = Callable[[FloatArray], FloatArray]  # parameters -> columns, shape (n, k)


@dataclass(frozen=True)
class Fit:
    """values = basis @ coefficients, row by row.

    Attributes
    ----------
    coefficients:
        Shape (rows, k).
    residual:
        The largest difference, over the largest spread of a row.
    parameters:
        What the basis was built with.
    """

    coefficients: FloatArray
    residual: float
    parameters: tuple[float, ...] = ()


def linear_fit(basis: FloatArray, rows: FloatArray, scale: float) -> Fit:
    """argmin over c of |basis c - rows|², shapes (n, k) and (rows, n)."""
    coefficients, *_ = np.linalg.lstsq(basis, rows.T, rcond=None)
    residual = float(np.abs(basis @ coefficients - rows.T).max()) / scale
    return Fit(coefficients.T, residual)


def searched_fit(
    basis: Basis,
    rows: FloatArray,
    scale: float,
    *,
    starts: Sequence[tuple[float, ...]],
    enough: float,
) -> Fit:
    """argmin over θ and c of |basis(θ) c - rows|², by simplex search from the best start."""

    def at(parameters: FloatArray) -> Fit:
        found = linear_fit(basis(parameters), rows, scale)
        return Fit(found.coefficients, found.residual, tuple(map(float, parameters)))

    fits = sorted((at(np.asarray(start)) for start in starts), key=lambda fit: fit.residual)
    best = fits[0]
    for start in fits[:3]:
        if best.residual <= enough / 100:
            break
        found = minimize(
            lambda parameters: at(parameters).residual,
            np.asarray(start.parameters),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 400},
        )
        best = min(best, at(found.x), key=lambda fit: fit.residual)
    return best
