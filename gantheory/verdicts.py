"""Verdicts, and the one function that gives them to numbers.

Notes
-----
`decide` is deliberately small and pure: everything that the toolkit ever calls verified on numeric
evidence has passed through these lines. Comparisons are written so that a nan can never confirm.
"""

from __future__ import annotations

from enum import StrEnum
from math import inf, isnan


class Verdict(StrEnum):
    """What is known of a claim."""

    PROVED = "proved"  # SymPy, for all values, with numeric witnesses
    DECIDED = "decided"  # an algorithm that decides such statements, for all real values
    ENCLOSED = "enclosed"  # ball arithmetic
    HOLDS = "holds"  # numbers within honest error bars, or a statistic with its interval
    SUPPORTED = "supported"  # numbers from a black box whose structure nobody declared
    SURVIVED = "survived"  # a search of n examples found no counterexample
    FAILED = "failed"
    REFUTED = "refuted"  # a false variant that failed, as `refute` requires
    UNDECIDED = "undecided"
    ERROR = "error"
    TODO = "todo"


CONFIRMED = frozenset({Verdict.PROVED, Verdict.DECIDED, Verdict.ENCLOSED, Verdict.HOLDS})

REQUIRED: dict[str, frozenset[Verdict]] = {
    "derive": CONFIRMED,
    "certify": CONFIRMED,
    "check": CONFIRMED,
    "simulate": CONFIRMED,
    "search": frozenset({Verdict.SURVIVED}),
    "refute": frozenset({Verdict.REFUTED}),
}


def decide(gap: float, bound: float, tolerance: float) -> Verdict:
    """Return holds iff gap <= bound <= tolerance, failed iff gap - bound > tolerance, else undecided.

    The claim is a = b. The tolerance says how wide the evidence may be; it excuses no difference that
    the error bounds exclude.

    Parameters
    ----------
    gap:
        |a - b|. An infinite gap is legal: a finite side against an infinite one.
    bound:
        Sum of the two sides' error bounds, finite and not negative.
    tolerance:
        What the claim allows, finite and not negative.

    Returns
    -------
    Verdict
        HOLDS, FAILED, UNDECIDED, or ERROR where a number is nan or negative.
    """
    if not gap >= 0 or not 0 <= bound < inf or not 0 <= tolerance < inf:
        return Verdict.ERROR
    if gap <= bound <= tolerance:
        return Verdict.HOLDS
    if gap - bound > tolerance:
        return Verdict.FAILED
    return Verdict.UNDECIDED


def decide_order(gap: float, bound: float, tolerance: float) -> Verdict:
    """Return holds iff gap + bound <= 0 or |gap| <= bound <= tolerance, failed iff gap - bound > 0.

    The claim is a <= b; gap is a - b, with its sign, and the rest as for `decide`. The second way to
    hold is a tie: the two sides are equal as far as can be seen, and so narrow as the claim allows.
    """
    if isnan(gap) or not 0 <= bound < inf or not 0 <= tolerance < inf:
        return Verdict.ERROR
    if gap + bound <= 0 or abs(gap) <= bound <= tolerance:
        return Verdict.HOLDS
    if gap - bound > 0:
        return Verdict.FAILED
    return Verdict.UNDECIDED


def as_required(section: str, verdict: Verdict, *, allow_supported: bool = False) -> bool:
    """Return whether a claim of this section came out as its page requires.

    A section without a rule of its own (a fault of the page itself) is never as required.
    """
    if allow_supported and verdict is Verdict.SUPPORTED:
        return Verdict.HOLDS in REQUIRED.get(section, frozenset())
    return verdict in REQUIRED.get(section, frozenset())
