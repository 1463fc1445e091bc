"""Steps that follow the signs of slopes alone, and biases whose gradient is not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from gantheory.testing.gradient_check import Slopes, slopes_of
from gantheory.testing.step_case import Case, SignedLoss
from gantheory.testing.tensors import Vector

COMPARED = 48  # entries of a player
LOST = 0.05  # of the sum of slopes: what may go up by weight decay, rounding and the like
CLEAR = 1e-3  # of it: what goes up in a step that follows a function


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
