"""z3's nlsat, asked in a process of its own: some of its steps heed neither a limit of work nor a clock.

Run as a program, it reads {"names", "formulas", "work", "seconds"} from stdin and writes an answer to
each formula, which is SMT-LIB. nlsat decides polynomial formulas over the reals (Jovanović and de
Moura, 2012).
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from typing import Any

MEMORY = 2000  # MB
STOPPED = {"max. resource limit exceeded", "canceled", "timeout"}


def main() -> None:
    """Answer one request."""
    import z3

    asked = json.load(sys.stdin)
    z3.set_param("memory_max_size", MEMORY)
    with suppress(ImportError):  # Windows has no limits of processor time
        end_after(asked["seconds"])
    for formula in asked["formulas"]:
        answer = answered(z3, asked["names"], formula, asked["work"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def end_after(seconds: int) -> None:
    """Have the kernel end this process after so much processor time."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    granted = seconds if hard == resource.RLIM_INFINITY else min(seconds, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (granted, hard))


def answered(z3: Any, names: list[str], formula: str, work: int) -> dict[str, Any]:
    """Return "unsat", "sat" with a point, or "unknown" with a reason, "" if it was the limit of work."""
    solver = z3.SolverFor("QF_NRA", ctx=z3.Context())  # no answer depends on those before
    solver.set("rlimit", work)
    declared = "".join(f"(declare-const {name} Real)" for name in names)
    try:
        solver.from_string(f"{declared}(assert {formula})")
        result = str(solver.check())
        if result == "sat":
            return {"result": result, "point": point_of(z3, solver, names)}
        reason = solver.reason_unknown() if result == "unknown" else ""
    except z3.Z3Exception as error:
        result, reason = "unknown", str(error)
    return {"result": result, "reason": "" if reason in STOPPED else reason}


def point_of(z3: Any, solver: Any, names: list[str]) -> dict[str, Any]:
    """Return a solution: rational, except where an equation leaves no rational number nearby."""
    model = solver.model()
    symbols = (z3.Real(name, solver.ctx) for name in names)
    values = (model.eval(symbol, model_completion=True) for symbol in symbols)
    return {name: coordinate(z3, value) for name, value in zip(names, values, strict=True)}


def coordinate(z3: Any, value: Any) -> dict[str, Any]:
    """Return a rational number as [p, q], another as a polynomial and its place among the roots."""
    if z3.is_rational_value(value):
        return {"rational": pair(value)}
    return {"polynomial": list(map(pair, reversed(value.poly()))), "root": value.index() - 1}


def pair(x: Any) -> list[str]:
    """Return numerator and denominator, as digits."""
    return [str(x.numerator_as_long()), str(x.denominator_as_long())]


if __name__ == "__main__":
    main()
