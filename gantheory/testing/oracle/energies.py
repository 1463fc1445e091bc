"""Discriminators whose output is an energy: never negative, and low on real samples (EBGAN, 2017)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from gantheory.testing.oracle.calling import Losses, Value
from gantheory.testing.oracle.findings import NO_PULL, SAME_WAY, Finding
from gantheory.testing.oracle.responses import LOG_RATIOS, Response, Table, shares
from gantheory.testing.oracle.structure import Curves

DOUBT = (
    "No D is optimal among all real outputs. If D's outputs are never negative, as energies are, the "
    "best one falls with p / q, so some divergence may belong to it: to say so, take relu of D's "
    "outputs in the losses."
)


def energies(parts: Curves, known: Table, best: list[Response]) -> Finding | None:
    """Return the finding of losses that are right for outputs >= 0 alone, None if they are not."""
    lost = [one.logit for one in best if one.least == -math.inf]
    if parts.outputs == "probabilities" or not lost or max(lost) != -math.inf:
        return None
    at = known.at >= 0
    rows = [p * known.real[at] + q * known.fake[at] for p, q in map(shares, LOG_RATIOS)]
    outputs = [float(known.at[at][int(np.argmin(row))]) for row in rows]
    if max(np.diff(outputs)) > 1e-6 or not outputs[0] > outputs[-1]:
        return None
    rise = parts.generator(outputs[0]) - parts.generator(outputs[-1])
    faults: tuple[str, ...] = ()
    if rise <= 1e-6 * parts.g_scale:
        faults = (SAME_WAY if rise < -1e-6 * parts.g_scale else NO_PULL,)
    return Finding(
        game="",
        says="d_loss belongs to no game known here.",
        sign=-1,
        g_faults=faults,
        doubts=(DOUBT,),
        direction=-1 if faults == (SAME_WAY,) else 0 if faults else 1,
        same_game=True,
    )


def over_energies(losses: Losses) -> Losses:
    """Return the losses of outputs max(a, 0)."""

    def never_negative(loss: Value) -> Value:
        return lambda one, other: loss(np.maximum(one, 0.0), np.maximum(other, 0.0))

    return replace(losses, d=never_negative(losses.d), g=never_negative(losses.g))
