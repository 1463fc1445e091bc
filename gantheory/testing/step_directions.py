"""Whether a player moves against the slope of its own loss, and what it follows if it does not.

Where the gradients are seen with which a player is moved, they are compared with the losses as
`assert_gradient` does it. Else the move itself is: a step of gradient descent is minus the gradient
times a rate. What is neither may be a step by signs, as the first one of Adam or RMSprop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from gantheory.testing.gradient_check import Slopes, slopes_of
from gantheory.testing.step_case import RATED, Case, SignedLoss
from gantheory.testing.step_changes import Change
from gantheory.testing.step_players import PLAYERS, arrays_of
from gantheory.testing.tensors import Array, Vector

COMPARED = 48  # entries of a player
LOST = 0.05  # of the sum of slopes: what may go up by weight decay, rounding and the like
CLEAR = 1e-3  # of it: what goes up in a step that follows a function


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
    climbs = float(case.move @ case.aim) > 0  # along the gradient that the player holds
    minus_own = (SignedLoss(-1, case.own, state) for state in case.states())
    if case.seen and climbs and any(map(case.follows, minus_own)):
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


# --- signs ----------------------------------------------------------------------------------------


def judge_signs(case: Case) -> tuple[str, ...]:
    """Compare signs, where a move is not a step of gradient descent; return remarks."""
    entries = _chosen(case)
    move = case.move[entries]
    least, slopes = _least_upwards(case, entries)
    if np.isnan(least):
        return (f"{case.player}: the slopes of {case.own} are too small to judge its move.",)
    if least <= CLEAR:
        return (_by_signs(case),)
    if _is_by_signs(case):
        others = [name for name, terms in case.instead() if _is_by_signs_of(case, terms, entries)]
        refuse(others, case)
    if least > LOST:
        worst = int(np.where(move * slopes.values > 0, np.abs(slopes.values), 0.0).argmax())
        name = case.function(SignedLoss(1, case.own, case.states()[0])).name(entries[worst])
        raise AssertionError(
            f"the {case.player} does not follow {case.own}: {name} moves by {move[worst]:.3g}, "
            f"where the slope is {slopes.values[worst]:.3g}, and {100 * least:.0f} % of the slopes "
            f"that were compared are climbed. {must(case)}"
        )
    return (_by_signs(case),)


def _least_upwards(case: Case, entries: list[int]) -> tuple[float, Slopes]:
    """The share of the slopes of the player's own loss that is climbed, and the slopes."""
    best = float("nan"), Slopes(np.zeros(0), np.zeros(0))
    for state in case.states():
        slopes = slopes_of(case.function(SignedLoss(1, case.own, state)), entries)
        share = _upwards(case.move[entries], slopes)
        if not share >= best[0]:
            best = share, slopes
        if best[0] <= CLEAR:
            break
    return best


def _is_by_signs_of(case: Case, terms: tuple[SignedLoss, ...], entries: list[int]) -> bool:
    return _upwards(case.move[entries], slopes_of(case.function(*terms), entries)) <= CLEAR


def _is_by_signs(case: Case) -> bool:
    """Whether most entries move by one size, as in a first step of Adam."""
    sizes = np.abs(case.move)
    return bool(np.median(sizes) >= 0.99 * sizes.max())


def _by_signs(case: Case) -> str:
    how = (
        "moves by one size everywhere, as in a first step of Adam"
        if _is_by_signs(case)
        else "does not move by minus its gradient times one rate"
    )
    return (
        f"The {case.player} {how}: of its gradient the signs alone were compared. A step of SGD "
        "with one rate shows more, as a factor that one tensor lacks."
    )


def _chosen(case: Case) -> list[int]:
    """Entries of every tensor that moved, the largest moves and some at random.

    Where several end at the one largest size of a tensor, they were clipped there, and are left out.
    """
    rng, chosen, start = np.random.default_rng(0), [], 0
    each = max(2, COMPARED // (2 * len(case.names)))
    for name in case.names:
        size = np.abs(case.change.after[case.player][name][0]).ravel()
        top = size == size.max()
        move = case.move[start : start + size.size]
        free = np.flatnonzero((move != 0) & ~(top & (top.sum() > 1)))
        order = free[np.argsort(-np.abs(move[free]), kind="stable")]
        chosen += [start + int(i) for i in (*order[:each], *rng.permutation(order[each:])[:each])]
        start += size.size
    return chosen


def _upwards(move: Vector, slopes: Slopes) -> float:
    """The share of the slopes' sum along which it goes up; nan where all are noise."""
    known = np.abs(slopes.values) > 3 * slopes.errors
    sizes = np.abs(slopes.values)[known]
    up = (move * slopes.values)[known] > 0
    return float(sizes[up].sum() / sizes.sum()) if sizes.sum() > 0 else float("nan")


# --- biases whose gradient is not seen ------------------------------------------------------------


def relative_slope(case: Case, name: str) -> float:
    """The largest slope of a player's loss in a tensor that stayed, in units of that in the others."""
    state = case.states()[0]
    function = replace(case, names=(*case.names, name)).function(SignedLoss(1, case.own, state))
    entries = _chosen(case)
    mine = list(range(case.move.size, function.base.size))[:COMPARED]
    slopes = slopes_of(function, [*entries, *mine])
    sizes = np.maximum(np.abs(slopes.values) - 3 * slopes.errors, 0.0)
    top = sizes[: len(entries)].max(initial=0.0)
    return float(sizes[len(entries) :].max() / top) if top > 0 else float("nan")


def refuse(names: list[str], case: Case) -> None:
    """Say what a player follows in place of its own loss."""
    if names:
        said = "; or it ".join(dict.fromkeys(names))
        raise AssertionError(f"the {case.player} does not go down {case.own}: it {said}")


def must(case: Case) -> str:
    """What a loss has to be, for a move to be compared with it."""
    return (
        f"{case.own} has to be the loss on the very data of the step, with the penalties that the "
        "step adds (or give adversarial_step); what the other player's loss left, a part of the "
        "loss that is detached, momentum of earlier steps, dropout, and several updates in one "
        "step can do this too"
    )
