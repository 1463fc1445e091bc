"""Equality by SymPy: a short, fixed ladder of simplifications."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sympy as sp

from gantheory.theorems.places import is_unevaluated
from gantheory.theorems.work import EVALUATION, Stuck, bounded

LONGEST = 1500  # operations; beyond, simplify may not come back
FAILS = (
    *(ArithmeticError, ValueError, TypeError, NotImplementedError, RecursionError),
    *(AttributeError, sp.PolynomialError),
)
LARGEST_POWER = 10**4  # of what depends on a symbol; beyond, SymPy may need all memory to expand it


def reduced(lhs: sp.Expr, rhs: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> tuple[sp.Expr, str]:
    """Return what SymPy makes of the difference, and the step of the ladder that got it to 0."""
    left, right = evaluated(lhs), evaluated(rhs)
    if left == right:
        return sp.Integer(0), "doit" if is_unevaluated(lhs) or is_unevaluated(rhs) else "identical"
    difference = left - right
    if is_unevaluated(difference) or difference.has(sp.nan, sp.oo, -sp.oo, sp.zoo):
        return difference, "none"
    for suffix, form in charted(difference, chart_):
        for name, form_ in ladder(form):
            if form_ == 0:
                return sp.Integer(0), name + suffix
    return difference, "none"


def charted(form: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> list[tuple[str, sp.Expr]]:
    """Return a form, and with symbols that run through their intervals, each with how a step says so."""
    return [("", form)] + ([(" on the interval", form.xreplace(chart_))] if chart_ else [])


def evaluated(side: sp.Expr) -> sp.Expr:
    """Return what SymPy makes of the integrals, sums and limits in a side; it may be wrong.

    Raises
    ------
    Stuck
        If SymPy raises anything.
    """
    try:
        return done(side) if is_unevaluated(side) else side
    except Stuck:
        raise
    except Exception as problem:  # whatever its hundred thousand lines may raise
        raise Stuck(
            f"SymPy's evaluation raises {type(problem).__name__}: {problem}; a simpler form would decide"
        ) from problem


def done(form: sp.Basic) -> sp.Expr:
    """Return what SymPy evaluates a form to.

    Raises
    ------
    Stuck
        If a power in it is so large that SymPy might need all memory to expand it, or SymPy does not
        finish.
    """
    if not largest_power(form) <= LARGEST_POWER:
        raise Stuck(
            "SymPy is not asked to evaluate an integral or sum with a power beyond "
            f"{LARGEST_POWER:,}, which may need more memory than there is; another variable, such as "
            "log x in place of x, would decide"
        )
    with bounded(EVALUATION):
        return form.doit()


def largest_power(form: sp.Basic) -> sp.Rational | int:
    """Return the largest power in a form of something that depends on a symbol."""
    return max(map(_power_of, form.atoms(sp.Pow, sp.exp)), default=0)


def _power_of(power: sp.Expr) -> sp.Rational | int:
    """Return the size of the power; with logarithms in the exponent, that of x^c = e^(c log x)."""
    base, exponent = power.as_base_exp()
    if exponent.is_Rational:
        return abs(exponent) if base.free_symbols else 0
    if not (exponent.has(sp.log) or base.free_symbols):
        return 0
    numbers = sp.expand(exponent).atoms(sp.Rational)
    return max(map(abs, numbers), default=0)


def ladder(expression: sp.Expr) -> Iterator[tuple[str, sp.Expr]]:
    """Yield the expression simplified in one way after another, cheap ones first.

    No step assumes more of a symbol than it declares (force stays False).
    """
    for name, step in LADDER:
        if name.startswith("simplify") and sp.count_ops(expression) > LONGEST:
            continue
        try:
            yield name, step(expression)
        except FAILS:
            continue


def _open_logs(expression: sp.Expr) -> sp.Expr:
    """Return the expression with the arguments of its logarithms factored, and then split."""
    factored = expression.replace(sp.log, lambda a: sp.log(sp.factor(sp.together(a))))
    return sp.expand(sp.expand_log(factored))


def _rational_in_logs(expression: sp.Expr) -> sp.Expr:
    opened = _open_logs(expression)
    return sp.cancel(sp.together(opened))


def _by_cases(expression: sp.Expr) -> sp.Expr:
    if not expression.has(sp.Abs, sp.Max, sp.Min, sp.Heaviside, sp.sign, sp.Piecewise):
        return expression
    return sp.piecewise_fold(expression.rewrite(sp.Piecewise))


LADDER: tuple[tuple[str, Callable[[sp.Expr], sp.Expr]], ...] = (
    ("as given", lambda e: e),
    ("expand", sp.expand),
    ("together, cancel", lambda e: sp.cancel(sp.together(e))),
    ("expand_log", lambda e: sp.expand(sp.expand_log(e))),
    ("open logs", _open_logs),
    ("open logs, cancel", _rational_in_logs),
    ("radsimp", lambda e: sp.expand(sp.radsimp(e))),
    ("powsimp", lambda e: sp.powsimp(sp.expand(e))),
    ("simplify", sp.simplify),
    ("simplify, open logs", lambda e: _rational_in_logs(sp.simplify(e))),
    ("simplify, logcombine", lambda e: sp.simplify(sp.logcombine(sp.expand_log(e)))),
    ("simplify, exponentials", lambda e: sp.simplify(e.rewrite(sp.exp))),
    ("simplify, by cases", lambda e: sp.simplify(_by_cases(e))),
)
