"""What a recogniser of one family of games says about two losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gantheory.losses.scalars import sigmoid, softplus
from gantheory.testing.oracle.fits import linear_fit
from gantheory.testing.oracle.handing import FloatArray
from gantheory.testing.oracle.structure import GRID, Curves

Rule = Callable[[FloatArray], FloatArray]
SAME_WAY = "g_loss falls where D is surer that a sample is generated: G and D pull the same way."
PLACES = (
    "The terms of the losses differ from sample to sample, as with labels or noise drawn by a fixed "
    "seed: what is judged is their mean over the batch."
)
NO_PULL = "g_loss does not depend on D's output."


@dataclass(frozen=True)
class Finding:
    """Two losses as members of a family, with what is wrong with them there.

    Attributes
    ----------
    game:
        The name of the family's game.
    says:
        A sentence that tells what the losses are.
    d_faults, g_faults:
        Sentences on what is wrong with d_loss, and with g_loss.
    doubts:
        Sentences on what theory does not decide.
    same_game:
        Whether g_loss belongs to the game of d_loss.
    g_says:
        What g_loss is where it does not, in words that follow on "g_loss is".
    direction:
        1 where G pulls against D, -1 where it pulls the same way, 0 where it does not pull.
    optimum:
        log p - log q -> the logit of the best output in theory.
    generator:
        log p - log q -> g_loss in theory where D is optimal, up to a scale and an offset.
    """

    game: str
    says: str
    sign: int = 1
    d_scale: float | None = None
    d_offset: float | None = None
    g_scale: float | None = None
    g_offset: float | None = None
    real_target: float | None = None
    fake_target: float | None = None
    real_weight: float | None = None
    saturating: bool | None = None
    divergence: str | None = None
    d_faults: tuple[str, ...] = ()
    g_faults: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    same_game: bool = True
    g_says: str = ""
    direction: Literal[-1, 0, 1] = 1
    optimum: Rule | None = None
    generator: Rule | None = None


def near(value: float, wanted: float, tolerance: float = 1e-3) -> bool:
    """Whether a fitted coefficient is a textbook's number."""
    return abs(value - wanted) <= tolerance


def tidy(value: float) -> float:
    """Return a fitted number without the noise of the fit: three more digits than anybody writes."""
    return round(value, 5) + 0.0


def coordinates(curves: Curves) -> tuple[tuple[str, FloatArray], ...]:
    """Return the outputs on the grid as a loss may see them: as they are, or through a sigmoid."""
    own = curves.output(GRID)
    squashed = sigmoid(own)
    if curves.outputs == "logits":
        return ("output", own), ("sigmoid", squashed), ("tanh", np.tanh(own))
    return ("output", own), ("sigmoid", squashed)


POLYNOMIALS = {
    1: "linear in D's output, as in the hinge and Wasserstein games",
    2: "a square of D's output, as in the least-squares game",
}


def degree_of(curves: Curves, rows: FloatArray) -> int:
    """Return the degree of the polynomial in D's output that rows are: 1 or 2, 0 for none."""
    powers = np.vander(curves.output(GRID), 3)
    fits = ((degree, linear_fit(powers[:, 2 - degree :], rows)) for degree in POLYNOMIALS)
    return next((degree for degree, fit in fits if fit.residual <= fit_tolerance(curves)), 0)


def kind_of_generator(curves: Curves) -> str:
    """Return what g_loss looks like by itself, in words."""
    row, enough = curves.on_grid[2:], fit_tolerance(curves)
    if np.ptp(row) <= enough:
        return "constant"
    degree = degree_of(curves, row)
    if degree:
        return POLYNOMIALS[degree]
    logistic = np.stack((softplus(GRID), GRID, np.ones_like(GRID)), axis=1)
    if linear_fit(logistic, row).residual <= enough:
        return "logistic, as in the minimax and non-saturating games"
    return "of another shape"


def fit_tolerance(curves: Curves) -> float:
    """Return how well a textbook's formula must fit: eps = 1e-8 inside a logarithm is not an error."""
    return max(3e-5, 10 * curves.tolerance)
