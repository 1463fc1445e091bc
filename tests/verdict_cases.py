"""What `decide`, `decide_order` and `as_required` have to answer; for their tests and their mutants."""

import math

from gantheory.verdicts import Verdict

HOLDS, FAILED, UNDECIDED, ERROR = (
    Verdict.HOLDS,
    Verdict.FAILED,
    Verdict.UNDECIDED,
    Verdict.ERROR,
)
inf, nan = math.inf, math.nan

ODD = [  # evidence that is no evidence, for both
    (nan, 0.0, 1.0),
    (0.0, nan, 1.0),
    (0.0, 0.0, nan),
    (0.0, -0.5, 1.0),
    (9.0, -0.5, 1.0),
    (0.0, inf, 1.0),
    (0.0, 0.5, inf),
    (0.0, 0.5, -1.0),
    (9.0, 0.5, -0.5),
    (9.0, 0.0, -0.5),
]

# each row: gap, bound and tolerance; verdict
DECIDE = [
    ((0.0, 0.0, 0.0), HOLDS),
    ((0.0, 0.0, 1.0), HOLDS),
    ((0.0, 0.25, 1.0), HOLDS),
    ((0.5, 0.5, 0.5), HOLDS),  # the bound reaches the gap, and the tolerance the bound
    ((0.5, 1.0, 1.0), HOLDS),
    ((0.5, 0.5, 1.0), HOLDS),
    ((0.25, 0.5, 0.5), HOLDS),
    ((0.5, 0.25, 1.0), UNDECIDED),  # certainly different, by less than the tolerance
    ((0.75, 0.5, 1.0), UNDECIDED),
    ((1.25, 0.5, 1.0), UNDECIDED),
    ((1.5, 0.5, 1.0), UNDECIDED),  # gap - bound = tolerance does not refute
    ((1.0, 0.0, 1.0), UNDECIDED),
    ((0.0, 2.0, 1.0), UNDECIDED),  # too wide to say so
    ((1.5, 2.0, 1.0), UNDECIDED),
    ((0.5, 1.0, 0.0), UNDECIDED),
    ((1.75, 0.5, 1.0), FAILED),
    ((1.0, 0.0, 0.0), FAILED),
    ((inf, 1.0, 1.0), FAILED),
    ((1e-300, 0.0, 0.0), FAILED),
    ((-1e-300, 0.5, 1.0), ERROR),  # a distance is not negative
    *((row, ERROR) for row in ODD),
]

DECIDE_ORDER = [
    ((0.0, 0.0, 0.0), HOLDS),
    ((-5.0, 1.0, 0.0), HOLDS),  # a <= b by a margin of 5
    ((-1.0, 1.0, 0.0), HOLDS),
    ((-inf, 1.0, 0.0), HOLDS),  # finite <= infinite
    ((0.5, 0.5, 0.5), HOLDS),  # a tie, as narrow as the claim allows
    ((0.0, 0.5, 1.0), HOLDS),
    ((-0.25, 0.5, 0.5), HOLDS),
    ((0.5, 1.0, 1.0), HOLDS),
    ((-0.25, 0.5, 0.25), UNDECIDED),  # a tie that is wider
    ((0.0, 0.5, 0.25), UNDECIDED),
    ((0.5, 0.5, 0.25), UNDECIDED),  # gap - bound = 0 does not refute
    ((-1.0, 2.0, 0.5), UNDECIDED),
    ((1.0, 2.0, 0.5), UNDECIDED),
    ((1.0, 0.5, 2.0), FAILED),  # certainly larger: no tolerance excuses it
    ((1.0, 0.5, 0.0), FAILED),
    ((inf, 1.0, 1.0), FAILED),
    ((1e-300, 0.0, 1.0), FAILED),
    *((row, ERROR) for row in ODD),
    ((-9.0, 0.0, -1.0), ERROR),
    ((-9.0, 0.5, -0.5), ERROR),
    ((-9.0, -1.0, 1.0), ERROR),
    ((-inf, 0.0, nan), ERROR),
]

CONFIRMING = ("derive", "certify", "check", "simulate")
SECTIONS = (*CONFIRMING, "search", "refute")
GOOD = {
    **{section: {"proved", "decided", "enclosed", "holds"} for section in CONFIRMING},
    "search": {"survived"},
    "refute": {"refuted"},
}

# section, verdict, allow_supported, required
AS_REQUIRED = [
    (
        section,
        verdict,
        allow,
        verdict in GOOD.get(section, ())
        or (allow and verdict == "supported" and section in CONFIRMING),
    )
    for section in (*SECTIONS, "figure", "page", "")
    for verdict in Verdict
    for allow in (False, True)
]
