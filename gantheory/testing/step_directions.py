"""Whether a player moves against the slope of its own loss, and what it follows if it does not.

Where the gradients are seen with which a player is moved, they are compared with the losses as
`assert_gradient` does it. Else the move itself is: a step of gradient descent is minus the gradient
times a rate. What is neither may be a step by signs, as the first one of Adam or RMSprop.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gantheory.testing.step_case import RATED, Case, SignedLoss
from gantheory.testing.step_changes import Change
from gantheory.testing.step_players import PLAYERS, arrays_of
from gantheory.testing.step_signs import judge_signs, must, refuse
from gantheory.testing.tensors import Array


def judge_direction(case: Case) -> tuple[str, ...]:
    """Refuse a move that does not go down the player's own loss; return remarks."""
    if not case.names:
        return ()
    said = []
    for state in case.states():
        own = SignedLoss(1, case.own, state)
        said.append(case.why_not(own))
        if not said[-1]:
            _require_descent(case)
            return _factor(case, own)
    if case.seen and _climbs_by(case) and _follows_minus_own(case):
        return ()  # as by maximize=True and a loss with the other sign
    refuse([name for name, terms in case.instead() if case.follows(*terms)], case)
    if case.seen:
        held = case.change.arrivals.left(case.player)
        left = (
            " The gradients were added to what an earlier backward pass had left." if held else ""
        )
        raise AssertionError(
            f"the {case.player} does not follow {case.own}: the {said[0]}.{left} {must(case)}"
        )
    return judge_signs(case)


def _climbs_by(case: Case) -> bool:
    """Whether the player is moved along the gradient that it holds."""
    return float(case.move @ case.aim) > 0


def _follows_minus_own(case: Case) -> bool:
    return any(case.follows(SignedLoss(-1, case.own, state)) for state in case.states())


def _require_descent(case: Case) -> None:
    """Refuse a right gradient that is used in the wrong direction."""
    if not float(case.move @ case.aim) < 0:
        raise AssertionError(
            f"the {case.player}'s gradient is that of {case.own}, but it is moved along it, not "
            "against it: look for maximize=True and a negative learning rate"
        )


def _factor(case: Case, own: SignedLoss) -> tuple[str, ...]:
    """A remark on a gradient that is not the loss's own one, but that times a factor."""
    factor = case.factor(own)
    if abs(factor - 1) <= RATED:
        return ()
    return (
        f"The {case.player}'s gradient is {factor:.4g} times that of {case.own}: a factor is not "
        "a fault, but another loss may have nearly this direction too, as -log D and log(1 - D) where D "
        "is nearly the same for all samples.",
    )


def judge_moved_again(change: Change) -> None:
    """Refuse a discriminator that moved again, without a gradient, after the generator's had arrived.

    Clipping may move it, and a step of its own.
    """
    for player in PLAYERS:
        other = PLAYERS[1 - PLAYERS.index(player)]
        met = change.arrivals.met.get(other)
        if met is None or change.arrivals.fresh[player]:
            continue
        first, last = (arrays_of(side[player]) for side in (change.before, change.after))
        again = [name for name in met if not np.array_equal(met[name], last[name])]
        moved = any(not np.array_equal(met[name], first[name]) for name in met)
        if moved and again and not _is_clipped(met, last):
            raise AssertionError(
                f"{player}: {again[0]} moved again{change.where} after the {other}'s gradient had "
                f"arrived, without another one of its own: does the {other}'s optimiser hold it too? "
                "Averages of parameters belong behind the step; or give adversarial_step without them"
            )


def _is_clipped(met: Mapping[str, Array], last: Mapping[str, Array]) -> bool:
    """Whether all entries that changed lie at one bound, where the others lie within it."""
    changed = np.concatenate([np.abs(last[name][met[name] != last[name]]) for name in met])
    most = max(float(np.abs(one).max(initial=0)) for one in last.values())
    return bool((changed == most).all())
