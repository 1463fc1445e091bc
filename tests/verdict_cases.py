"""What `decide` and `as_needed` have to answer; shared by their tests and by their mutants."""

import math

from gantheory.verdicts import Verdict

HOLDS, FAILED, UNDECIDED, ERROR = (
    Verdict.HOLDS,
    Verdict.FAILED,
    Verdict.UNDECIDED,
    Verdict.ERROR,
)
inf, nan = math.inf, math.nan

# each row: gap, bound and tolerance; options; verdict
DECIDE = [
    ((0.0, 0.0, 0.0), {}, HOLDS),
    ((0.0, 0.25, 1.0), {}, HOLDS),
    ((0.5, 0.5, 1.0), {}, HOLDS),  # the tolerance itself is allowed
    ((-5.0, 1.0, 0.0), {}, HOLDS),  # a <= b by a margin of 5
    ((-1.0, 1.0, 0.0), {}, HOLDS),
    ((-inf, 1.0, 0.0), {}, HOLDS),  # finite <= infinite
    ((0.75, 0.5, 1.0), {}, UNDECIDED),
    ((1.25, 0.5, 1.0), {}, UNDECIDED),
    ((1.5, 0.5, 1.0), {}, UNDECIDED),  # gap - bound = tolerance does not refute
    ((0.0, 2.0, 1.0), {}, UNDECIDED),
    ((-1.0, 2.0, 0.5), {}, UNDECIDED),
    ((0.5, 1.0, 0.0), {}, UNDECIDED),
    ((1.75, 0.5, 1.0), {}, FAILED),
    ((1.0, 0.0, 0.0), {}, FAILED),
    ((inf, 1.0, 1.0), {}, FAILED),
    ((1e-300, 0.0, 0.0), {}, FAILED),
    ((0.5, 0.0, 1.0), {"examples": 1}, HOLDS),
    ((0.5, 0.0, 1.0), {"examples": 2}, HOLDS),
    ((0.5, 0.0, 1.0), {"examples": 0}, ERROR),
    ((0.5, 0.0, 1.0), {"examples": -1}, ERROR),
    ((0.5, 0.0, 1.0), {"examples": nan}, ERROR),
    ((0.5, 0.0, 1.0), {"warnings": 1}, ERROR),
    ((0.5, 0.0, 1.0), {"warnings": 2}, ERROR),
    ((0.5, 0.0, 1.0), {"warnings": -1}, ERROR),
    ((0.5, 0.0, 1.0), {"examples": 0, "warnings": 1}, ERROR),
    ((nan, 0.0, 1.0), {}, ERROR),
    ((0.0, nan, 1.0), {}, ERROR),
    ((0.0, 0.0, nan), {}, ERROR),
    ((0.0, -0.5, 1.0), {}, ERROR),
    ((9.0, -0.5, 1.0), {}, ERROR),
    ((0.0, inf, 1.0), {}, ERROR),
    ((0.0, 0.5, inf), {}, ERROR),
    ((0.0, 0.5, -1.0), {}, ERROR),
    ((-9.0, 0.0, -1.0), {}, ERROR),
    ((-9.0, 0.5, -0.5), {}, ERROR),
    ((9.0, 0.5, -0.5), {}, ERROR),
    ((-inf, 0.0, nan), {}, ERROR),
    ((0.25, 0.5, 0.5), {}, UNDECIDED),
    ((0.0, 1.0, 2.0), {}, HOLDS),
    ((0.0, 2.0, 2.0), {}, HOLDS),
]

CONFIRMING = ("derive", "certify", "check", "simulate")
SECTIONS = (*CONFIRMING, "search", "refute")
GOOD = {
    **{section: {"proved", "enclosed", "holds"} for section in CONFIRMING},
    "search": {"survived"},
    "refute": {"failed"},
}

# section, verdict, allow_supported, needed
AS_NEEDED = [
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
