"""Whether a player moves against the slope of its own loss, and what it follows if it does not.

Where the gradients are seen with which a player is moved, they are compared with the losses as
`assert_gradient` does it. Else the move itself is: a step of gradient descent is minus the gradient
times a rate. What is neither may be a step by signs, as the first one of Adam or RMSprop.
"""

from __future__ import annotations

from gantheory.testing.step_case import Case, Term
from gantheory.testing.step_signs import judge_signs, must, refuse


def judge_direction(case: Case) -> tuple[str, ...]:
    """Refuse a move that does not go down the player's own loss; return remarks."""
    if not case.names:
        return ()
    told = []
    for state in case.states():
        told.append(case.why_not(Term(1, case.own, state)))
        if not told[-1]:
            _require_descent(case)
            return ()
    refuse([name for name, terms in case.instead() if case.follows(*terms)], case)
    if case.seen:
        held = case.change.arrivals.left(case.player)
        left = (
            " The gradients were added to what an earlier backward pass had left." if held else ""
        )
        raise AssertionError(
            f"the {case.player} does not follow {case.own}: the {told[0]}.{left} {must(case)}"
        )
    return judge_signs(case)


def _require_descent(case: Case) -> None:
    """Refuse a right gradient that is used in the wrong direction."""
    if not float(case.move @ case.aim) < 0:
        raise AssertionError(
            f"the {case.player}'s gradient is that of {case.own}, but it is moved along it, not "
            "against it: look for maximize=True and a negative learning rate"
        )
