"""Terms of different games in one d_loss, each looked at alone."""

from __future__ import annotations

import numpy as np

from gantheory.testing.oracle.findings import degree_of, fit_tolerance, near
from gantheory.testing.oracle.logistic import change_of_output
from gantheory.testing.oracle.scores import bends_once
from gantheory.testing.oracle.structure import Curves


def mixed_terms(curves: Curves) -> tuple[str, ...]:
    """Return a sentence where the two terms of d_loss belong to different games.

    A mixture can have a best D that rises with p / q; it is that of no game, and it is nobody's
    intention.
    """
    kinds = [_kind(curves, row) for row in (0, 1)]
    (real, real_change), (fake, fake_change) = kinds
    if real == fake == "logistic" and real_change and fake_change:
        if near(abs(real_change[0]), abs(fake_change[0])) and near(
            real_change[0] * fake_change[1], fake_change[0] * real_change[1], 5e-3
        ):
            return ()
        return (
            "The two terms of d_loss see D's output differently: the real one as "
            f"{_told(real_change)}, the generated one as {_told(fake_change)}.",
        )
    if "" in (real, fake) or real == fake or not {"logistic", "a hinge"} & {real, fake}:
        return ()
    return (
        f"The terms of d_loss belong to different games: the real one is {real}, the other {fake}.",
    )


def _kind(curves: Curves, row: int) -> tuple[str, tuple[float, float] | None]:
    """Return what one term looks like, "" for nothing known, and a logistic one's x = α a + β."""
    values, enough = curves.on_grid[row : row + 1], fit_tolerance(curves)
    scale = float(np.ptp(values))
    if scale <= 1e-9:
        return "constant", None
    degree = degree_of(curves, values)
    if degree:
        return ("linear", "a square")[degree - 1], None
    if curves.outputs == "logits" and bends_once(values[0], curves):
        return "a hinge", None
    change = change_of_output(values, scale, enough)
    return ("logistic", change) if change else ("", None)


def _told(change: tuple[float, float]) -> str:
    slope, shift = change
    return f"{slope:.4g} a {'+' if shift >= 0 else '-'} {abs(shift):.4g}"
