"""Games by the names of the command line."""

from __future__ import annotations

import re

from gantheory.losses.logistic import MINIMAX, NON_SATURATING
from gantheory.losses.relativistic import RELATIVISTIC, RELATIVISTIC_AVERAGE
from gantheory.losses.scores import HINGE, WASSERSTEIN, least_squares
from gantheory.losses.terms import Game
from gantheory.losses.variational import GAMES as F_GANS
from gantheory.losses.variational import f_gan

ALL: tuple[Game, ...] = (
    MINIMAX,
    NON_SATURATING,
    least_squares(),
    HINGE,
    WASSERSTEIN,
    *F_GANS.values(),
    RELATIVISTIC,
    RELATIVISTIC_AVERAGE,
)
NAMED = {one.name: one for one in ALL}
ALPHA = re.compile(r"f-gan:alpha=(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)")


def game(name: str) -> Game:
    """Return the game of a name: "minimax", "hinge", "f-gan:kl", "f-gan:alpha=0.5", ...

    Parameters
    ----------
    name:
        One of `NAMED`, or "f-gan:alpha=" and a number other than 0 and 1.

    Raises
    ------
    ValueError
        If there is no such game; the message lists the names.
    """
    if name in NAMED:
        return NAMED[name]
    alpha = ALPHA.fullmatch(name) if isinstance(name, str) else None
    if alpha:
        return f_gan(float(alpha[1]))
    raise ValueError(
        f"game({name!r}): no such game; write one of {', '.join(NAMED)}, or f-gan:alpha=0.5 with "
        "any number but 0 and 1"
    )
