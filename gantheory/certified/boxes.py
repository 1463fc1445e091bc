"""For all parameters at once: a SymPy expression on balls that cover a box of parameters.

What a ball of parameters gives contains the values at all of its points; where it is too wide to tell a
sign, the box is halved. An expression may hold integrals with finite ends (`acb.integral`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import sympy as sp

from gantheory.balls import Ball
from gantheory.certified.printer import Compiled, Evaluations, Point, compiled
from gantheory.certified.terms import arb
from gantheory.errors import brief

BITS = 64
MOST_BALLS = 4_000
EVALUATIONS = 150_000  # of integrands, in all balls of one cover
DEEPEST = 30  # halvings of each side of a box

Box = Mapping[sp.Symbol, tuple[Any, Any]]


@dataclass(frozen=True)
class Cover:
    """What balls that cover a box say about the sign of an expression.

    Attributes
    ----------
    balls:
        How many were looked at.
    least:
        A lower bound of the expression on the whole box, None if its sign was not settled.
    negative:
        A point of the box where it is negative, None if there is none or it was not found.
    """

    balls: int
    least: flint.arb | None = None
    negative: Mapping[sp.Symbol, Fraction] | None = None


def over(expression: Any, parameters: Mapping[Any, Any]) -> Ball:
    """f(θ) for all θ in a box, as one ball: it contains every value, and more if the box is wide.

    Parameters
    ----------
    expression:
        A SymPy expression of the parameters; no Floats, no kinks. Integrals have finite ends.
    parameters:
        {symbol: (low, high)} with exact ends, or {symbol: a Ball or an exact number}.

    Raises
    ------
    NotCertifiable
        If a function in it has no form in balls.
    TypeError
        If the expression holds a Float, or a symbol that is no parameter; if an end is not exact.
    """
    values = {symbol: _parameter(symbol, value) for symbol, value in parameters.items()}
    function = _function(sp.sympify(expression), set(values))
    with flint.ctx.workprec(BITS):
        found = _on(function, values, Evaluations(EVALUATIONS))
    return Ball(found, frozenset({("balls", f"expression {expression}")}), digits=15)


def cover(expression: sp.Expr, box: Box, defined: Sequence[sp.Expr] = ()) -> Cover:
    """Look whether an expression is positive on a whole closed box, whose ends are exact.

    And whether those it was made from, `defined`, are real and finite there: a difference or a
    derivative may have lost the points where they are not.

    Raises
    ------
    NotCertifiable, TypeError
        As for `over`.
    """
    function, names = _function(expression, set(box)), list(box)
    sides = [_function(side, set(box)) for side in defined]
    work, least, balls, settled = Evaluations(EVALUATIONS), flint.arb.pos_inf(), 0, True
    todo = [(0, {s: (_fraction(s, low), _fraction(s, high)) for s, (low, high) in box.items()})]
    with flint.ctx.workprec(BITS):
        while todo:
            depth, part = todo.pop()
            at = {s: _between(*ends) for s, ends in part.items()}
            balls += 1
            value = _on(function, at, work)
            if not all(_on(side, at, work).is_finite() for side in sides):
                value = flint.arb.nan()
            if value < 0:
                return Cover(balls, negative={s: (a + b) / 2 for s, (a, b) in part.items()})
            if value > 0:
                least = least.min(value.lower())
                continue
            if balls >= MOST_BALLS or work.spent:
                return Cover(balls)
            if depth == DEEPEST * len(names):
                settled = False  # elsewhere it may still be negative
                continue
            halved = names[depth % len(names)]
            low, high = part[halved]
            middle = (low + high) / 2
            todo += [(depth + 1, part | {halved: half}) for half in ((middle, high), (low, middle))]
    return Cover(balls, least if settled else None)


def _function(expression: sp.Expr, known: set[Any]) -> Compiled:
    others = sorted(str(s) for s in expression.free_symbols - known)
    if others:
        raise TypeError(f"{brief(expression)}: give an interval for {', '.join(others)}, too")
    for node in expression.atoms(sp.Derivative):
        compiled(node.expr)  # refuses what jumps, whose derivative may be smooth all the same
    nodes = (sp.Derivative, sp.Subs)
    return compiled(expression.replace(lambda x: isinstance(x, nodes), lambda x: x.doit()))


def _parameter(symbol: Any, value: Any) -> flint.arb:
    if isinstance(value, tuple) and len(value) == 2:
        with flint.ctx.workprec(BITS):
            return _exact(symbol, value[0]).union(_exact(symbol, value[1]))
    return _exact(symbol, value)


def _exact(symbol: Any, value: Any) -> flint.arb:
    return value.arb if isinstance(value, Ball) else arb(_fraction(symbol, value))


def _fraction(symbol: Any, value: Any) -> Fraction:
    if isinstance(value, (int, Fraction, sp.Rational)) and not isinstance(value, bool):
        rational = sp.Rational(value)
        return Fraction(int(rational.p), int(rational.q))
    raise TypeError(
        f"{symbol}: {value!r} is not exact; write an int, a Fraction, a Ball or a pair of them"
    )


def _between(low: Fraction, high: Fraction) -> flint.arb:
    return arb(low).union(arb(high))


def _on(function: Compiled, values: Mapping[sp.Symbol, flint.arb], work: Evaluations) -> flint.arb:
    """Return the values on a ball of parameters: not finite where one of them may not be real.

    `analytic` keeps logarithms and roots away from negative numbers.
    """
    at = {symbol: flint.acb(value) for symbol, value in values.items()}
    value = function(Point.of(at, analytic=True, work=work))
    return value.real if value.imag.contains(0) else flint.arb.nan()
