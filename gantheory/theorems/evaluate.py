"""Numbers for SymPy expressions whose integrals, sums, limits and derivatives stay unevaluated.

SymPy has open bugs that make `integrate` and `limit` return wrong closed forms, so nothing here
asks SymPy to evaluate one: mpmath integrates, sums and differentiates, and a limit is approached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import sympy as sp

from gantheory.theorems.definite_integrals import integral_value, landmarks, peeled
from gantheory.theorems.infinite_sums import MOST_DOUBLINGS, infinite_product, infinite_sum
from gantheory.theorems.levels import (
    Environment,
    EvaluationBudget,
    EvaluationPoint,
    Fineness,
    Unusable,
    mp,
)
from gantheory.theorems.limits import limit_value
from gantheory.theorems.places import NODES, is_unevaluated

UNANSWERED = (  # what mpmath raises where it has no value
    *(ArithmeticError, ValueError, TypeError, NameError, AttributeError, KeyError),
    *(NotImplementedError, RecursionError, mp.NoConvergence),
)
LONGEST_SUM = 2000
FIRST_MARK, LAST_MARK, MARKS = 16, 2**80, 60  # numbers that are looked at in a sum, and how many


def number(expression: sp.Expr, env: Environment, level: Fineness, meter: EvaluationBudget) -> Any:
    """Return the expression's value with the symbols of env replaced, an mpf or mpc.

    Raises
    ------
    Unusable
        If it is undefined there, or mpmath cannot decide.
    """
    return value_at(expression, EvaluationPoint(env, level, meter, value_at))


def value_at(expression: sp.Expr, place: EvaluationPoint) -> Any:
    """Return the expression's value at the place; as `number`."""
    try:
        value = _compiled(expression, _spelled(expression))(place)
    except Unusable:
        raise
    except UNANSWERED as error:
        if "integer string conversion" in str(error):
            raise Unusable("a whole number in it has too many digits to be written out") from error
        raise Unusable(f"{type(error).__name__}: {error}") from error
    if value is None:
        raise Unusable("none of the conditions of a Piecewise holds")
    value = mp.mpmathify(value)
    if mp.isnan(value):
        raise Unusable("not a number")
    return value


def magnitude(expression: sp.Expr, place: EvaluationPoint) -> Any:
    """Return the sum of the absolute values of the terms that are added up in the expression."""
    if isinstance(expression, sp.Add):
        return mp.fsum(magnitude(term, place) for term in expression.args)
    if isinstance(expression, sp.Mul):
        return mp.fprod(magnitude(factor, place) for factor in expression.args)
    if isinstance(expression, sp.Pow) and expression.exp.is_Integer and expression.exp > 0:
        return magnitude(expression.base, place) ** int(expression.exp)
    if isinstance(expression, sp.Subs):
        return magnitude(expression.expr, _moved(expression, place))
    value = abs(value_at(expression, place))
    if isinstance(expression, sp.Derivative):
        return value + magnitude(expression.expr, place)
    if isinstance(expression, sp.Integral):
        return max(value, place.meter.done[key_of(expression, place.env)][1])
    return value


class _Compiled:
    """An expression as an mpmath function, with each unevaluated node worked out on its own."""

    def __init__(self, expression: sp.Expr) -> None:
        self.nodes = {node: sp.Dummy() for node in outermost(expression)}
        closed = expression.xreplace(self.nodes)
        symbols = sorted(expression.free_symbols, key=str)
        self.used = [symbol for symbol in symbols if symbol in closed.free_symbols]
        arguments = [*self.used, *self.nodes.values()]
        self.function: Callable[..., Any] = sp.lambdify(
            arguments, closed, modules="mpmath", dummify=True
        )

    def __call__(self, place: EvaluationPoint) -> Any:
        values = [place.env[symbol] for symbol in self.used]
        inner = [_node(node, place) for node in self.nodes]
        return self.function(*values, *inner)


@lru_cache(maxsize=1024)
def _compiled(expression: sp.Expr, spelled: tuple[Any, ...]) -> _Compiled:
    return _Compiled(expression)


def _spelled(expression: sp.Basic) -> tuple[Any, ...]:
    """Return what tells substitutions apart that SymPy takes for equal: f(s, u), f(u, s) at (0, 0)."""
    return tuple((node.expr, node.variables) for node in expression.atoms(sp.Subs))


def outermost(expression: sp.Basic) -> Iterator[sp.Basic]:
    """Yield the unevaluated nodes that stand in no other."""
    if isinstance(expression, NODES):
        yield expression
        return
    for argument in expression.args:
        yield from outermost(argument)


def key_of(node: sp.Basic, env: Environment) -> tuple[Any, ...]:
    """Return what an unevaluated node's value depends on."""
    symbols = sorted(node.free_symbols, key=str)
    return (node, _spelled(node), mp.prec, *(env.get(symbol) for symbol in symbols))


def _node(node: sp.Basic, place: EvaluationPoint) -> Any:
    """Return the value of one integral, sum, product, limit, derivative or substitution."""
    key, done = key_of(node, place.env), place.meter.done
    if key not in done:
        evaluate = next(e for kind, e in EVALUATORS.items() if isinstance(node, kind))
        done[key] = evaluate(node, place)
    return done[key][0]


def summand(node: Any, place: EvaluationPoint) -> tuple[Callable[[Any], Any], Any, Any]:
    """Return the term (or factor) as a function of its index, and the two limits.

    Raises
    ------
    Unusable
        If a limit is not an integer, or an infinite sum has a feature beyond the terms that are added.
    """
    body, x, *ends = peeled(node)

    def term(n: Any) -> Any:
        place.meter.tick()
        return place.at(x, mp.mpf(n)).value(body)

    low, high = (place.value(end) for end in ends)
    for end in (low, high):
        if mp.im(end) or (mp.isfinite(end) and end != int(end)):
            raise Unusable("a limit of summation is not an integer")
    if mp.isinf(low) or mp.isinf(high):
        far = [mark for mark in landmarks(body, x, place) if abs(mark) > 2**MOST_DOUBLINGS]
        if far:
            raise Unusable(
                f"the terms have a feature at {mp.nstr(far[0], 5)}, too far to add up to"
            )
    return term, low, high


def written(node: sp.Basic, place: EvaluationPoint) -> tuple[int, ...]:
    """Return the sizes of the numbers written in a form, its symbols' values among them.

    A feature of a sum may stand at any of them, or where a product or power of two of them is.
    """
    numbers = [mp.mpf(int(one.p)) / int(one.q) for one in node.atoms(sp.Rational)]
    numbers += [place.env[one] for one in node.free_symbols if one in place.env]
    sizes = {abs(one) for one in numbers if mp.isfinite(one) and one}
    sizes |= {1 / size for size in sizes}
    sizes |= {first * other for first in sizes for other in sizes}
    return tuple(sorted({int(size) for size in sizes if FIRST_MARK <= size <= LAST_MARK})[:MARKS])


def _sum(node: Any, place: EvaluationPoint) -> Any:
    term, low, high = summand(node, place)
    marks = written(node, place)
    parts = [
        infinite_sum(one, start, place.level.doublings, marks)
        for one, start in _tails(term, low, high)
    ]
    if len(parts) == 2 and mp.isinf(parts[0]) and mp.isinf(parts[1]) and parts[0] != parts[1]:
        raise Unusable("the sum diverges to both infinities")
    return mp.fsum(parts) if parts else mp.fsum(term(n) for n in _indices(low, high))


def _tails(term: Any, low: Any, high: Any) -> list[tuple[Callable[[Any], Any], int]]:
    """Return the sums from a start to ∞ that make an infinite sum, none for a finite one."""
    if mp.isinf(low) and mp.isinf(high):
        return [(term, 0), (lambda n: term(-n), 1)]
    if mp.isinf(low):
        return [(lambda n: term(-n), -int(high))]
    return [(term, int(low))] if mp.isinf(high) else []


def _product(node: Any, place: EvaluationPoint) -> Any:
    factor, low, high = summand(node, place)
    if mp.isinf(low):
        raise Unusable("a product from -oo")
    if mp.isinf(high):
        return infinite_product(factor, int(low), place.level.doublings, written(node, place))
    return mp.fprod(factor(n) for n in _indices(low, high))


def _indices(low: Any, high: Any) -> range:
    if high - low > LONGEST_SUM:
        raise Unusable("the sum or product is too long")
    return range(int(low), int(high) + 1)


def _limit(node: Any, place: EvaluationPoint) -> Any:
    if is_unevaluated(node.args[0]):
        raise Unusable("a limit of an unevaluated form")
    return limit_value(node, place)


def _derivative(node: Any, place: EvaluationPoint) -> Any:
    *inner, (x, order) = node.variable_count
    body = sp.Derivative(node.expr, *inner) if inner else node.expr
    if not sp.sympify(order).is_Integer or not isinstance(x, sp.Symbol):
        raise Unusable(f"{node} has no numeric form")
    if x not in place.env:
        raise Unusable(f"{node} is taken nowhere")

    def function(t: Any) -> Any:
        place.meter.tick()
        return place.at(x, t).value(body)

    return mp.diff(function, place.env[x], int(order))


def _moved(node: Any, place: EvaluationPoint) -> EvaluationPoint:
    """Return the place with the substitution made."""
    points = [place.value(point) for point in node.point]
    for x, point in zip(node.variables, points, strict=True):
        place = place.at(x, point)
    return place


def _alone(
    evaluate: Callable[[Any, EvaluationPoint], Any],
) -> Callable[[Any, EvaluationPoint], tuple[Any, Any]]:
    """Return the evaluator with the value itself as its scale."""

    def evaluated(node: Any, place: EvaluationPoint) -> tuple[Any, Any]:
        value = evaluate(node, place)
        return value, abs(value)

    return evaluated


EVALUATORS: Mapping[Any, Callable[[Any, EvaluationPoint], tuple[Any, Any]]] = {
    sp.Integral: integral_value,
    sp.Sum: _alone(_sum),
    sp.Product: _alone(_product),
    sp.Limit: _alone(_limit),
    sp.Derivative: _alone(_derivative),
    sp.Subs: _alone(lambda node, place: _moved(node, place).value(node.expr)),
}
