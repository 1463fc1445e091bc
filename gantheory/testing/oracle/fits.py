"""Least squares in a few shapes, with the residual beside the coefficients."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar

from gantheory.testing.oracle.handing import FloatArray

Basis = Callable[[FloatArray], FloatArray]  # parameters -> columns, shape (n, k)


@dataclass(frozen=True)
class Fit:
    """values = basis @ coefficients, row by row.

    Attributes
    ----------
    coefficients:
        Shape (rows, k).
    residual:
        The largest difference, over the spread of its row: one term may dwarf the other.
    parameters:
        What the basis was built with.
    """

    coefficients: FloatArray
    residual: float
    parameters: tuple[float, ...] = ()


def linear_fit(basis: FloatArray, rows: FloatArray) -> Fit:
    """argmin over c of |basis c - rows|², shapes (n, k) and (rows, n)."""
    coefficients, *_ = np.linalg.lstsq(basis, rows.T, rcond=None)
    spreads = np.ptp(rows, axis=1)
    spreads = np.where(spreads > 1e-9 * spreads.max(), spreads, spreads.max() or 1.0)
    residual = float((np.abs(basis @ coefficients - rows.T) / spreads).max())
    return Fit(coefficients.T, residual)


def searched_fit(
    basis: Basis, rows: FloatArray, *, starts: Sequence[tuple[float, ...]], enough: float
) -> Fit:
    """argmin over θ and c of |basis(θ) c - rows|², by simplex search from the best start."""

    def at(parameters: FloatArray) -> Fit:
        found = linear_fit(basis(parameters), rows)
        return Fit(found.coefficients, found.residual, tuple(map(float, parameters)))

    fits = sorted((at(np.asarray(start)) for start in starts), key=lambda fit: fit.residual)
    best = fits[0]
    for start in fits[:3]:
        if best.residual <= enough / 100 or (start is not fits[0] and best.residual > 0.05):
            break
        found = minimize(
            lambda parameters: at(parameters).residual,
            np.asarray(start.parameters),
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 400},
        )
        best = min(best, at(found.x), key=lambda fit: fit.residual)
    return best


def best_of(residual: Callable[[float], float], nodes: FloatArray) -> float:
    """argmin of a residual in one parameter: on the nodes, then between the neighbours of the best."""
    k = int(np.argmin([residual(float(node)) for node in nodes]))
    low, high = nodes[max(k - 1, 0)], nodes[min(k + 1, nodes.size - 1)]
    options = {"xatol": 1e-9}
    found = minimize_scalar(
        lambda at: residual(float(at)), bounds=(low, high), method="bounded", options=options
    )
    return float(found.x)
