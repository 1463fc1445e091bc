"""Inequality by SymPy: signs that it sees, and minima of convex functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

import sympy as sp

from gantheory.theorems.places import NODES, is_unevaluated
from gantheory.theorems.points import Interval, chart
from gantheory.theorems.reduction import charted, evaluated, ladder, reduced

SMOOTH = (sp.exp, sp.log, sp.erf, sp.atan, sp.sinh, sp.cosh, sp.tanh, sp.sin, sp.cos)
GUESSES = (sp.Integer(0), sp.Integer(1), sp.Rational(1, 2))


def nonnegative(
    lhs: sp.Expr, rhs: sp.Expr, symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]
) -> tuple[sp.Expr, str | None]:
    """Return the margin rhs - lhs, and the step that shows it to be nonnegative, None if none."""
    margin = evaluated(rhs) - evaluated(lhs)
    if is_unevaluated(margin) or margin.has(sp.nan, sp.oo, -sp.oo, sp.zoo):
        return margin, None
    chart_ = chart(symbols, domain)
    for name, form in _forms(margin, chart_):
        if form.is_nonnegative is True:
            return margin, name
    if _log_above_zero(margin, chart_):
        return margin, "one logarithm, of something that is at least 1"
    # the symbol that is given an interval is most often the one that is minimised over
    for symbol in sorted(symbols, key=lambda one: one not in domain):
        if _convex_above_zero(margin, symbol, chart_, domain):
            return margin, f"convex in {symbol}, and nonnegative where its slope is zero"
    return margin, None


def _forms(margin: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> Iterator[tuple[str, sp.Expr]]:
    for suffix, form in charted(margin, chart_):
        for name, simpler in ladder(form):
            yield name + suffix, simpler
        yield "factor" + suffix, _factored(form)
        above, below = sp.fraction(_factored(form))
        yield "factor, expand" + suffix, sp.expand(above) / below


def _factored(expression: sp.Expr) -> sp.Expr:
    return sp.factor(sp.together(expression))


def _log_above_zero(margin: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether the margin is c · log(A) with c >= 0 and A >= 1."""
    combined = sp.logcombine(sp.expand_log(margin.xreplace(chart_)))
    coefficient, rest = combined.as_independent(sp.log, as_Add=False)
    if not isinstance(rest, sp.log) or coefficient.is_nonnegative is not True:
        return False
    return _seen(rest.args[0] - 1, {})


def _convex_above_zero(
    margin: sp.Expr,
    symbol: sp.Symbol,
    chart_: Mapping[sp.Symbol, sp.Expr],
    domain: Mapping[sp.Symbol, Interval],
) -> bool:
    """Whether the margin is convex in the symbol and nonnegative at a point of zero slope.

    A convex differentiable function on an interval lies nowhere below its value where its slope is
    zero. Asked for: real symbols, a smooth margin without singularities on the interval, a second
    derivative that is nonnegative for all values, and a root of the slope inside the interval.
    """
    if not all(s in chart_ or s.is_real for s in margin.free_symbols):
        return False
    if symbol.is_integer is not None or symbol.is_rational is not None:
        return False  # what SymPy sees of integers need not be so between them
    if symbol not in margin.free_symbols or not _is_smooth(margin, chart_):
        return False
    if not _seen(sp.diff(margin, symbol, 2), chart_):
        return False
    others = {s: image for s, image in chart_.items() if s is not symbol}
    for root in _stationary(margin, symbol):
        if not _is_inside(root, symbol, domain, others):
            continue
        if _is_root(margin, symbol, root, others) and _seen(margin.subs(symbol, root), others):
            return True
    return False


def _seen(expression: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether SymPy sees that the expression is nonnegative."""
    return any(form.is_nonnegative is True for _, form in _forms(expression, chart_))


def _is_root(
    margin: sp.Expr, symbol: sp.Symbol, root: sp.Expr, others: Mapping[sp.Symbol, sp.Expr]
) -> bool:
    slope = sp.diff(margin, symbol).subs(symbol, root)
    return bool(reduced(slope, sp.Integer(0), others)[0] == 0)


def _stationary(margin: sp.Expr, symbol: sp.Symbol) -> Iterator[sp.Expr]:
    """Yield candidates for a point of zero slope, guesses before SymPy's solutions."""
    others = sorted(margin.free_symbols - {symbol}, key=str)
    yield from (*GUESSES, *others)
    try:
        found = sp.solve(sp.diff(margin, symbol), symbol)
    except (NotImplementedError, ValueError, TypeError, RecursionError):
        return
    yield from (root for root in found if isinstance(root, sp.Expr) and root.is_finite)


def _is_smooth(margin: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether every log, root and reciprocal in the margin keeps clear of its singularity."""
    for atom in margin.atoms(sp.Function, sp.Pow):
        if isinstance(atom, sp.Pow):
            if not _clear_power(atom, chart_):
                return False
        elif not isinstance(atom, SMOOTH):
            return False
        if isinstance(atom, sp.log) and not _is_positive(atom.args[0], chart_):
            return False
    return not margin.has(sp.Piecewise, sp.I, *NODES)


def _clear_power(power: sp.Pow, chart_: Mapping[sp.Symbol, sp.Expr]) -> bool:
    if power.exp.is_Integer and power.exp > 0:
        return True
    return _is_positive(power.base, chart_)


def _is_positive(expression: sp.Expr, chart_: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether SymPy sees that the expression is positive on the whole domain."""
    charted = expression.xreplace(chart_)
    return any(form.is_positive is True for form in (expression, charted, _factored(charted)))


def _is_inside(
    root: sp.Expr,
    symbol: sp.Symbol,
    domain: Mapping[sp.Symbol, Interval],
    others: Mapping[sp.Symbol, sp.Expr],
) -> bool:
    """Whether the root lies in the symbol's domain, an interval, for all values of the others."""
    positive = partial(_is_positive, chart_=others)
    if symbol in domain:
        low, high = domain[symbol]
        if not (low.is_infinite or positive(root - low)):
            return False
        if not (high.is_infinite or positive(high - root)):
            return False
        if symbol.assumptions0.keys() <= {"commutative"}:
            return True
    if symbol.is_positive:
        return positive(root)
    if symbol.is_nonnegative:
        return bool(root.xreplace(others).is_nonnegative)
    plain = symbol.assumptions0 == sp.Symbol(symbol.name, real=True).assumptions0
    return bool(plain) and bool(root.xreplace(others).is_real)
