"""What a loss is made of: a sum over single outputs, or something that couples them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from gantheory.testing.oracle.calling import Losses, Outputs, as_outputs
from gantheory.testing.oracle.handing import CannotJudge, FloatArray

Scalar = Callable[[float], float]
GRID = np.linspace(-6.0, 6.0, 97)


@dataclass(frozen=True)
class Curves:
    """d_loss = R(r) + F(f) and g_loss = G(f), of one logit each.

    Attributes
    ----------
    real, fake, generator:
        R, F and G; what depends on no logit is shared by R and F.
    outputs:
        What D's output is: the logit itself, or its probability.
    tolerance:
        The relative difference that rounding in these functions may make.
    on_grid:
        R, F and G on `GRID`, shape (3, 97).
    size:
        The number of outputs in a batch.
    """

    real: Scalar
    fake: Scalar
    generator: Scalar
    outputs: Outputs
    tolerance: float
    on_grid: FloatArray = field(repr=False)
    size: int

    @property
    def scale(self) -> float:
        """How much d_loss varies over the grid; 1 for a constant."""
        spread = float(np.ptp(self.on_grid[:2], axis=1).max())
        return spread or 1.0

    @property
    def g_scale(self) -> float:
        """How much g_loss varies over the grid; 1 for a constant."""
        return float(np.ptp(self.on_grid[2])) or 1.0

    def output(self, logit: FloatArray) -> FloatArray:
        """Return D's output at a logit."""
        return as_outputs(logit, self.outputs)


def far_value(curve: Scalar, logit: float) -> float:
    """Return a curve's value at a large logit, nan where it cannot be had."""
    try:
        return curve(logit)
    except CannotJudge:
        return math.nan


@dataclass(frozen=True)
class Coupling:
    """How outputs of one batch meet in the losses.

    Attributes
    ----------
    d, g:
        Whether d_loss, and whether g_loss, is not a sum over single outputs.
    places:
        Whether such a sum has terms that differ from place to place, as with noise of a fixed seed.
    """

    d: bool
    g: bool
    places: bool


def coupling(losses: Losses) -> Coupling:
    """Return how outputs of one batch meet in the losses.

    A sum over outputs adds up when two batches exchange some of their members; and what it adds for
    real samples does not depend on the generated ones. If its terms are all the same, it is the mean of
    its values for the batches of each sample repeated.
    """
    rng = np.random.default_rng(0)
    n, tolerance = losses.size, losses.rounding
    zero = np.zeros(n)
    d_couples = g_couples = False

    def by_real(batch: FloatArray) -> float:
        return losses.d(batch, zero)

    def by_fake(batch: FloatArray) -> float:
        return losses.d(zero, batch)

    def by_g(batch: FloatArray) -> float:
        return losses.g(batch, zero)

    for _ in range(4):
        real, fake, other = (rng.uniform(-3.0, 3.0, n) for _ in range(3))
        some = rng.permutation(n) < n // 2
        d_couples |= not (
            _exchanged(by_real, (real, other), some, tolerance)
            and _exchanged(by_fake, (fake, other), some, tolerance)
            and _crossed(losses.d, (real, other), (fake, zero), tolerance)
        )
        g_couples |= not (
            _exchanged(by_g, (fake, other), some, tolerance)
            and _crossed(losses.g, (fake, zero), (real, other), tolerance)
        )
    if d_couples or _capped(losses, n, tolerance):
        return Coupling(True, g_couples, False)
    sums = (by_real, by_fake) if g_couples else (by_real, by_fake, by_g)
    alike = all(_additive(one, rng.uniform(-3.0, 3.0, n), tolerance) for one in sums)
    return Coupling(False, g_couples, not alike)


def _exchanged(
    loss: Callable[[FloatArray], float],
    batches: tuple[FloatArray, FloatArray],
    some: npt.NDArray[np.bool_],
    tolerance: float,
) -> bool:
    """Whether L(a) + L(b) is the same after a and b have exchanged some of their members."""
    a, b = batches
    four = [loss(a), loss(b), loss(np.where(some, b, a)), loss(np.where(some, a, b))]
    return abs(four[0] + four[1] - four[2] - four[3]) <= tolerance * _size(four)


def _capped(losses: Losses, n: int, tolerance: float) -> bool:
    """Whether the terms of d_loss do not add up where both are large, as where a sum is clipped."""
    high, low = np.full(n, 6.0), np.full(n, -6.0)
    four = [losses.d(real, fake) for real in (high, low) for fake in (high, low)]
    return bool(np.isfinite(four).all()) and not _crossed(
        losses.d, (high, low), (high, low), tolerance
    )


def _additive(loss: Callable[[FloatArray], float], batch: FloatArray, tolerance: float) -> bool:
    """Whether L(b_1, ..., b_n) = mean_i L(b_i, ..., b_i)."""
    each = [loss(np.full(batch.size, one)) for one in batch]
    return abs(loss(batch) - float(np.mean(each))) <= tolerance * _size(each)


def _crossed(
    loss: Callable[[FloatArray, FloatArray], float],
    firsts: tuple[FloatArray, FloatArray],
    seconds: tuple[FloatArray, FloatArray],
    tolerance: float,
) -> bool:
    """Whether L(a, c) + L(b, d) = L(a, d) + L(b, c)."""
    (a, b), (c, d) = firsts, seconds
    four = [loss(a, c), loss(b, d), loss(a, d), loss(b, c)]
    return abs(four[0] + four[1] - four[2] - four[3]) <= tolerance * _size(four)


def _size(values: list[float]) -> float:
    """Return how large numbers are that were added up, for what their rounding may be."""
    return max(1e-6, *(abs(value) for value in values))


def curves(losses: Losses, outputs: Outputs) -> Curves:
    """Return R, F and G of losses that are sums over single outputs.

    Raises
    ------
    CannotJudge
        If one of them is not finite on the grid.
    """
    n = losses.size
    zero = np.zeros(n)
    middle = losses.d(zero, zero) / 2

    def real(logit: float) -> float:
        return losses.d(np.full(n, logit), zero) - middle

    def fake(logit: float) -> float:
        return losses.d(zero, np.full(n, logit)) - middle

    def generator(logit: float) -> float:
        return losses.g(np.full(n, logit), zero)

    rows = []
    for name, curve in (("d_loss", real), ("d_loss", fake), ("g_loss", generator)):
        row = [curve(float(logit)) for logit in GRID]
        lost = [logit for logit, value in zip(GRID, row, strict=True) if not math.isfinite(value)]
        if lost:
            nearest = min(lost, key=abs)
            raise CannotJudge(
                f"{name} is not finite where an output has the logit {nearest:g}: write it so that it "
                'is; if your losses take D\'s probabilities, not logits, say outputs = "probabilities".'
            )
        rows.append(row)
    on_grid = _steadied(np.asarray(rows), max(abs(2 * middle), 1e-6), losses.precise)
    return Curves(real, fake, generator, outputs, losses.rounding, on_grid, n)


def _steadied(rows: FloatArray, size: float, precise: bool) -> FloatArray:
    """Return rows, those without more than rounding in them as constants."""
    sizes = np.abs(rows).max(axis=1, keepdims=True) + size
    still = np.ptp(rows, axis=1, keepdims=True) <= (1e-14 if precise else 3e-7) * sizes
    return np.where(still, np.median(rows, axis=1, keepdims=True), rows)
