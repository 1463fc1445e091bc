"""Numbers for SymPy expressions whose integrals, sums, limits and derivatives stay unevaluated.

SymPy has open bugs that make `integrate` and `limit` return wrong closed forms, so nothing here
asks SymPy to evaluate one: mpmath integrates, sums and differentiates, and a limit is approached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy as sp

from gantheory.theorems.places import NODES, is_unevaluated, roots, shapes

mp = mpmath.mp

LONGEST_SUM = 2000
QUAD_DEGREE = 8  # halvings of tanh-sinh: about 3000 nodes a piece
QUAD_ACCURACY = mpmath.mpf(10) ** -10  # of one piece, by mpmath's own account
LARGEST_LIMIT_EXPONENT = 160
LIMIT_ACCURACY = mpmath.mpf(10) ** -15

Environment = dict[sp.Symbol, Any]


class Unusable(Exception):
    """No trustworthy number is to be had here: undefined, divergent, or too expensive."""


@dataclass
class Meter:
    """A budget of integrand evaluations; the same on every machine, unlike a clock.

    It also remembers each integral and sum with the scale of its pieces, so none is done twice.
    """

    left: int
    done: dict[Any, tuple[Any, Any]] = field(default_factory=dict)

    def tick(self) -> None:
        """Count one evaluation."""
        self.left -= 1
        if self.left < 0:
            raise Unusable("the numeric witness is too expensive")


@dataclass(frozen=True)
class Level:
    """How finely to evaluate: decimal digits, and where integrals are cut."""

    digits: int
    cuts: tuple[sp.Rational, ...]


COARSE = Level(30, tuple(map(sp.Rational, ("-5", "-1", "0", "1", "5"))))
FINE = Level(45, tuple(map(sp.Rational, ("-11", "-5/2", "-1/3", "0", "1/3", "5/2", "11"))))
NESTED = (Level(9, ()), Level(12, ()))
DENSE = Level(36, tuple(sp.Rational(k, 3) for k in range(-25, 26, 2)))


def number(expression: sp.Expr, env: Environment, level: Level, meter: Meter) -> Any:
    """Return the expression's value with the symbols of env replaced, an mpf or mpc.

    Raises
    ------
    Unusable
        If it is undefined there, or mpmath cannot tell.
    """
    try:
        value = _compiled(expression, _spelled(expression))(env, level, meter)
    except Unusable:
        raise
    except (ArithmeticError, ValueError, TypeError, NameError, AttributeError) as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error
    except (NotImplementedError, mp.NoConvergence, RecursionError, KeyError) as error:
        raise Unusable(f"{type(error).__name__}: {error}") from error
    value = mp.mpmathify(value)
    if mp.isnan(value):
        raise Unusable("not a number")
    return value


def magnitude(expression: sp.Expr, env: Environment, level: Level, meter: Meter) -> Any:
    """Return the sum of the absolute values of the terms that are added up in the expression."""
    if isinstance(expression, sp.Add):
        return mp.fsum(magnitude(term, env, level, meter) for term in expression.args)
    if isinstance(expression, sp.Mul):
        return mp.fprod(magnitude(factor, env, level, meter) for factor in expression.args)
    if isinstance(expression, sp.Pow) and expression.exp.is_Integer and expression.exp > 0:
        return magnitude(expression.base, env, level, meter) ** int(expression.exp)
    if isinstance(expression, sp.Subs):
        return magnitude(expression.expr, _moved(expression, env, level, meter), level, meter)
    value = abs(number(expression, env, level, meter))
    if isinstance(expression, sp.Derivative):
        return value + magnitude(expression.expr, env, level, meter)
    if isinstance(expression, sp.Integral):
        return max(value, meter.done[_key(expression, env)][1])
    return value


class _Compiled:
    """An expression as an mpmath function, with each unevaluated node worked out on its own."""

    def __init__(self, expression: sp.Expr) -> None:
        self.nodes = {node: sp.Dummy() for node in _outermost(expression)}
        closed = expression.xreplace(self.nodes)
        self.symbols = sorted(expression.free_symbols, key=str)
        names = [symbol for symbol in self.symbols if symbol in closed.free_symbols]
        self.used = names
        arguments = [*names, *self.nodes.values()]
        self.function: Callable[..., Any] = sp.lambdify(
            arguments, closed, modules="mpmath", dummify=True
        )

    def __call__(self, env: Environment, level: Level, meter: Meter) -> Any:
        values = [env[symbol] for symbol in self.used]
        inner = [_node(node, env, level, meter) for node in self.nodes]
        return self.function(*values, *inner)


@lru_cache(maxsize=1024)
def _compiled(expression: sp.Expr, spelled: tuple[Any, ...]) -> _Compiled:
    return _Compiled(expression)


def _spelled(expression: sp.Basic) -> tuple[Any, ...]:
    """Return what tells substitutions apart that SymPy takes for equal: f(s, u), f(u, s) at (0, 0)."""
    return tuple((node.expr, node.variables) for node in expression.atoms(sp.Subs))


def _outermost(expression: sp.Basic) -> Iterator[sp.Basic]:
    """Yield the unevaluated nodes that stand in no other."""
    if isinstance(expression, NODES):
        yield expression
        return
    for argument in expression.args:
        yield from _outermost(argument)


def _node(node: sp.Basic, env: Environment, level: Level, meter: Meter) -> Any:
    """Return the value of one integral, sum, product, limit, derivative or substitution."""
    key = _key(node, env)
    if key not in meter.done:
        evaluate = next(e for kind, e in EVALUATORS.items() if isinstance(node, kind))
        meter.done[key] = evaluate(node, env, level, meter)
    return meter.done[key][0]


def _key(node: sp.Basic, env: Environment) -> tuple[Any, ...]:
    """Return what an unevaluated node's value depends on."""
    symbols = sorted(node.free_symbols, key=str)
    return (node, _spelled(node), mp.prec, *(env.get(symbol) for symbol in symbols))


def _peeled(node: Any) -> tuple[sp.Expr, sp.Symbol, sp.Expr, sp.Expr]:
    """Return the inner expression, the outermost variable and its two limits."""
    *inner, last = node.limits
    if len(last) != 3:
        raise Unusable(f"{node} has no limits")
    body = node.func(node.function, *inner) if inner else node.function
    return body, last[0], last[1], last[2]


# --- integrals ----------------------------------------------------------------------------------


def _integral(node: Any, env: Environment, level: Level, meter: Meter) -> tuple[Any, Any]:
    """Return the integral, and the sum of its pieces' absolute values."""
    body, x, *ends = _peeled(node)
    low, high = (number(end, env, level, meter) for end in ends)
    if mp.im(low) or mp.im(high):
        raise Unusable("a complex limit of integration")
    if low > high:
        value, scale = _pieces(body, x, (high, low), env, level, meter)
        return -value, scale
    return _pieces(body, x, (low, high), env, level, meter)


def _pieces(
    body: sp.Expr,
    x: sp.Symbol,
    ends: tuple[Any, Any],
    env: Environment,
    level: Level,
    meter: Meter,
) -> tuple[Any, Any]:
    """Return the integral from low to high, cut where the integrand may be rough, and its scale."""
    low, high = ends
    digits = mp.dps
    working = digits if is_unevaluated(body) else 2 * digits  # x near an end loses half its digits

    def integrand(t: Any) -> Any:
        meter.tick()
        with mp.workdps(working):
            return number(body, {**env, x: t}, level, meter)

    marks = (
        [mp.mpf(cut.p) / cut.q for cut in level.cuts] if not is_unevaluated(body) else [mp.mpf(0)]
    )
    marks += _landmarks(body, x, env, level, meter)
    inside = sorted({mark for mark in marks if low < mark < high})
    points = [low, *inside, high]
    sums, errors = [], []
    for piece in pairwise(points):
        value, error = mp.quad(integrand, piece, error=True, maxdegree=QUAD_DEGREE)
        sums.append(value)
        errors.append(error)
    scale = mp.fsum(abs(value) for value in sums)
    if not mp.fsum(errors) <= max(QUAD_ACCURACY * scale, 1000 * mp.eps):
        raise Unusable("the integral does not converge numerically")
    return mp.fsum(sums), scale


def _landmarks(
    body: sp.Expr, x: sp.Symbol, env: Environment, level: Level, meter: Meter
) -> list[Any]:
    """Return where the integrand has kinks, poles near the line, and peaks of exponentials."""
    marks: list[Any] = []
    for polynomial, peaked in shapes(body, x):
        if not polynomial.free_symbols_in_domain <= env.keys():
            continue  # the variable of an inner integral
        coefficients = [number(c, env, level, meter) for c in polynomial.all_coeffs()]
        if not all(mp.isfinite(c) for c in coefficients) or not coefficients[0]:
            continue
        for root, width in roots(coefficients, peaked):
            marks.append(root)
            if width:
                marks += [root + k * width for k in (-8, -2, 2, 8)]
    return marks


def _terms(node: Any, env: Environment, level: Level, meter: Meter) -> tuple[Any, Any, Any]:
    body, x, *ends = _peeled(node)

    def term(n: Any) -> Any:
        meter.tick()
        return number(body, {**env, x: mp.mpf(n)}, level, meter)

    low, high = (number(end, env, level, meter) for end in ends)
    for end in (low, high):
        if mp.im(end) or (mp.isfinite(end) and end != int(end)):
            raise Unusable("a limit of summation is no integer")
    return term, low, high


def _sum(node: Any, env: Environment, level: Level, meter: Meter) -> Any:
    term, low, high = _terms(node, env, level, meter)
    if mp.isinf(low) or mp.isinf(high):
        return mp.nsum(term, [low, high])
    if high - low > LONGEST_SUM:
        raise Unusable("the sum is too long")
    return mp.fsum(term(n) for n in range(int(low), int(high) + 1))


def _product(node: Any, env: Environment, level: Level, meter: Meter) -> Any:
    term, low, high = _terms(node, env, level, meter)
    if mp.isinf(low) or mp.isinf(high):
        return mp.nprod(term, [low, high])
    if high - low > LONGEST_SUM:
        raise Unusable("the product is too long")
    return mp.fprod(term(n) for n in range(int(low), int(high) + 1))


def _limit(node: Any, env: Environment, level: Level, meter: Meter) -> Any:
    """Return the limit, approached along distances 10^-20, 10^-40, 10^-80, 10^-160."""
    body, x, target, direction = node.args
    if is_unevaluated(body):
        raise Unusable("a limit of an unevaluated form")
    point = number(target, env, level, meter)
    signs = {"+": (1,), "-": (-1,)}.get(str(direction), (1, -1))
    if mp.isinf(point):
        signs = (1,)
    values = [_approach(body, x, point, sign, env, level, meter) for sign in signs]
    first, last = values[0], values[-1]
    if first != last and not (
        mp.isfinite(first) and abs(first - last) <= LIMIT_ACCURACY * abs(first)
    ):
        raise Unusable("the limits from the two sides differ")
    return last


def _approach(
    body: sp.Expr,
    x: sp.Symbol,
    point: Any,
    sign: int,
    env: Environment,
    level: Level,
    meter: Meter,
) -> Any:
    """Return the value that f(x) settles at, or ±∞ if it grows and grows."""
    values = []
    with mp.workdps(5 * LARGEST_LIMIT_EXPONENT):
        exponent = LARGEST_LIMIT_EXPONENT // 8
        while exponent <= LARGEST_LIMIT_EXPONENT:
            h = mp.mpf(10) ** exponent
            t = mp.sign(point) * h if mp.isinf(point) else point + sign / h
            meter.tick()
            values.append(number(body, {**env, x: t}, level, meter))
            exponent *= 2
    return _settled(values)


def _settled(values: list[Any]) -> Any:
    last, before = values[-1], values[-2]
    if mp.isinf(last):
        return last
    if abs(last - before) <= LIMIT_ACCURACY**2 * abs(last):
        return last
    if abs(last) <= LIMIT_ACCURACY**2 and abs(last) <= LIMIT_ACCURACY * abs(before):
        return mp.mpf(0)
    grows = all(
        not mp.im(b) and abs(b) >= 1.5 * abs(a) and mp.sign(a) == mp.sign(b)
        for a, b in pairwise(values)
    )
    if grows and abs(last) > 100:
        return mp.sign(last) * mp.inf
    raise Unusable("the limit does not settle")


def _derivative(node: Any, env: Environment, level: Level, meter: Meter) -> Any:
    *inner, (x, order) = node.variable_count
    body = sp.Derivative(node.expr, *inner) if inner else node.expr
    if not sp.sympify(order).is_Integer or not isinstance(x, sp.Symbol):
        raise Unusable(f"{node} has no numeric form")
    if x not in env:
        raise Unusable(f"{node} is taken nowhere")

    def function(t: Any) -> Any:
        meter.tick()
        return number(body, {**env, x: t}, level, meter)

    return mp.diff(function, env[x], int(order))


def _substitution(node: Any, env: Environment, level: Level, meter: Meter) -> Any:
    return number(node.expr, _moved(node, env, level, meter), level, meter)


def _moved(node: Any, env: Environment, level: Level, meter: Meter) -> Environment:
    """Return the values of the symbols with the substitution made."""
    points = {
        x: number(point, env, level, meter)
        for x, point in zip(node.variables, node.point, strict=True)
    }
    return {**env, **points}


def _alone(
    evaluate: Callable[[Any, Environment, Level, Meter], Any],
) -> Callable[[Any, Environment, Level, Meter], tuple[Any, Any]]:
    """Return the evaluator with the value itself as its scale."""

    def evaluated(node: Any, env: Environment, level: Level, meter: Meter) -> tuple[Any, Any]:
        value = evaluate(node, env, level, meter)
        return value, abs(value)

    return evaluated


EVALUATORS: Mapping[Any, Callable[[Any, Environment, Level, Meter], tuple[Any, Any]]] = {
    sp.Integral: _integral,
    sp.Sum: _alone(_sum),
    sp.Product: _alone(_product),
    sp.Limit: _alone(_limit),
    sp.Derivative: _alone(_derivative),
    sp.Subs: _alone(_substitution),
}
