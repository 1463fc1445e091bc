"""Losses that are very small or very large, judged in units of their own; constants that hide them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gantheory.testing.oracle.calling import Losses, Value
from gantheory.testing.oracle.handing import CannotJudge, FloatArray
from gantheory.testing.oracle.judgement import Judgement

AT = np.linspace(-6.0, 6.0, 25)
USUAL = (1e-4, 1e6)  # ranges of a loss over these logits that need no other unit
SHARE = 1e-3  # of its range: what rounding may hide of a loss
LOST = 1e-2  # where rounding is larger, a loss may well depend on what it does not seem to
MOST_TURNS = 6  # of a loss along its logits; rounding goes up and down at every other one
ROUNDED = 1e-14  # of logits of 6, that cancel
OF_D = ("d_scale", "d_offset", "value_at_equality")
OF_G = ("g_scale", "g_offset")


@dataclass(frozen=True)
class Units:
    """The powers of ten that d_loss and g_loss were divided by."""

    d: float
    g: float

    def undone(self, judgement: Judgement) -> Judgement:
        """Return the judgement of the losses as they are."""
        fields = {name: _times(getattr(judgement, name), self.d) for name in OF_D}
        fields |= {name: _times(getattr(judgement, name), self.g) for name in OF_G}
        shown = judgement.counterexample
        if shown is not None:
            shown = {name: _times(value, self._of(name)) for name, value in shown.items()}
        reasons = (*judgement.reasons, *self._said())
        return replace(judgement, **fields, counterexample=shown, reasons=reasons)

    def _of(self, name: str) -> float:
        return self.d if "d_loss" in name else self.g if "g_loss" in name else 1.0

    def _said(self) -> list[str]:
        return [
            f"{name} was divided by {unit:g} to be judged: numbers in these sentences are those of the "
            "quotient."
            for name, unit in (("d_loss", self.d), ("g_loss", self.g))
            if unit != 1
        ]


def _times(value: Any, unit: float) -> Any:
    """Return a number, or each of a list, times a unit."""
    if unit == 1 or value is None:
        return value
    return [one * unit for one in value] if isinstance(value, list) else value * unit


def in_units(losses: Losses) -> tuple[Losses, Units]:
    """Return losses that change by about 1 over usual outputs, and what they were divided by.

    Raises
    ------
    CannotJudge
        If a loss is so large beside its changes that rounding hides them.
    """
    zero = np.zeros(losses.size)
    on_real = _along(lambda batch: losses.d(batch, zero), losses.size)
    on_fake = _along(lambda batch: losses.d(zero, batch), losses.size)
    on_g = _along(lambda batch: losses.g(batch, zero), losses.size)
    for name, rows in (("d_loss", (on_real, on_fake)), ("g_loss", (on_g,))):
        _require_visible(name, rows, losses)
    units = Units(_unit(on_real, on_fake), _unit(on_g))
    return replace(losses, d=_over(losses.d, units.d), g=_over(losses.g, units.g)), units


def _along(value: Callable[[FloatArray], float], n: int) -> FloatArray:
    """Return the values of a loss for batches of one output; none that is not finite."""
    row = np.asarray([value(np.full(n, at)) for at in AT])
    finite: FloatArray = row[np.isfinite(row)]
    return finite


def _range(row: FloatArray) -> float:
    """Return how much a loss changes, 0 for what rounding alone makes of a constant."""
    spread = float(np.ptp(row)) if row.size else 0.0
    steps = np.diff(row)
    moved = steps[steps != 0]
    turns = int((np.diff(np.sign(moved)) != 0).sum())
    small = spread <= ROUNDED * max(1.0, float(np.abs(row).max(initial=0.0)))
    return 0.0 if turns > MOST_TURNS or (small and (turns > 1 or moved.size < 6)) else spread


def _unit(*rows: FloatArray) -> float:
    spread = max(map(_range, rows))
    if spread == 0 or USUAL[0] <= spread <= USUAL[1]:
        return 1.0
    return float(10.0 ** math.floor(math.log10(spread)))


def _over(loss: Value, unit: float) -> Value:
    return loss if unit == 1 else lambda one, other: loss(one, other) / unit


def _require_visible(name: str, rows: tuple[FloatArray, ...], losses: Losses) -> None:
    spread = max(map(_range, rows))
    size = max(float(np.abs(row).max(initial=0.0)) for row in rows)
    hidden = losses.rounding * size > SHARE * spread
    if spread == 0:
        hidden = (2e-16 if losses.precise else 6e-8) * size > LOST
    if hidden:
        floats = "float64" if losses.precise else "float32"
        raise CannotJudge(
            f"{name} is about {size:.3g} and changes by {spread:.3g} where D's outputs go from -6 to 6: "
            f"what it does is smaller than the rounding of {floats} allows to see. Take out what is "
            "added to it."
        )
