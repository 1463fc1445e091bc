"""What a page is made of: a theorem, claims, and the statements that make claims.

A statement such as `equal(text, lhs, rhs)` looks at what its sides are. Estimates are compared
within their error bars (`holds`), balls by certain inequalities (`enclosed`), SymPy expressions
for all values of their symbols (`proved`, with numeric witnesses that do not trust SymPy's
integrals), polynomial inequalities by a decision procedure (`decided`). What cannot be decided is
`undecided` with one sentence that says what would decide it; what is not evidence is `error`.
"""

from gantheory.integrity import remember as _remember
from gantheory.theorems.claims import Claim, Theorem, json_ready
from gantheory.theorems.pagelint import lint
from gantheory.theorems.statements import (
    always,
    at_least,
    at_most,
    converges,
    encloses,
    equal,
    iff,
    increasing,
    rate,
)

__all__ = [
    "Claim",
    "Theorem",
    "always",
    "at_least",
    "at_most",
    "converges",
    "encloses",
    "equal",
    "iff",
    "increasing",
    "json_ready",
    "lint",
    "rate",
]

_remember()
