"""Games by the names of the command line."""

from __future__ import annotations

import re
from collections.abc import Callable

from gantheory.losses.logistic import MINIMAX, NON_SATURATING, smoothed
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
NUMBER = r"(-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
# names with numbers in them, and the game of these numbers
WITH_NUMBERS: dict[str, Callable[..., Game]] = {
    f"f-gan:alpha={NUMBER}": f_gan,
    f"minimax:real_target={NUMBER},fake_target={NUMBER}": lambda real, fake: smoothed(
        MINIMAX, real_target=real, fake_target=fake
    ),
    f"non-saturating:real_target={NUMBER},fake_target={NUMBER}": lambda real, fake: smoothed(
        NON_SATURATING, real_target=real, fake_target=fake
    ),
    f"least-squares:a={NUMBER},b={NUMBER},c={NUMBER}": lambda a, b, c: least_squares(a=a, b=b, c=c),
}


def game(name: str) -> Game:
    """Return the game of a name: "minimax", "hinge", "f-gan:kl", "f-gan:alpha=0.5", ...

    Parameters
    ----------
    name:
        The `name` of any game of this package: one of `NAMED`; "f-gan:alpha=" and a number other than
        0 and 1; "minimax:real_target=0.9,fake_target=0", also of "non-saturating";
        "least-squares:a=-1,b=1,c=0".

    Raises
    ------
    ValueError
        If there is no such game; the message lists the names.
    """
    if name in NAMED:
        return NAMED[name]
    for pattern, made in WITH_NUMBERS.items():
        found = re.fullmatch(pattern, name) if isinstance(name, str) else None
        if found:
            return made(*map(float, found.groups()))
    raise ValueError(
        f"game({name!r}): no such game; write one of {', '.join(NAMED)}, or one with "
        "numbers in it: f-gan:alpha=0.5 (any number but 0 and 1), least-squares:a=-1,b=1,c=0, "
        "minimax:real_target=0.9,fake_target=0 (so too for non-saturating)"
    )
