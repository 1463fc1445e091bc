"""SymPy expressions as functions of balls: of densities, and of parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from operator import add, mul
from typing import Any

import flint
import sympy as sp

from gantheory.certified.kernels import BallKernel, Pair, by_mass
from gantheory.certified.terms import arb
from gantheory.errors import NotCertifiable, brief

P, Q, RATIO = (sp.Symbol(name, positive=True) for name in ("p", "q", "u"))
INTEGRAL_BITS = 40  # of an integral inside an expression: its parameters are balls, and wider
MOST_EVALUATIONS = 5_000  # of its integrand
CLOSE_BITS = 200  # a limit at 0 is compared with the value at 2^-200
PROBES = tuple(Fraction(2) ** k for k in range(-60, 61, 5))


class Evaluations:
    """How many evaluations of integrands are left."""

    def __init__(self, left: int) -> None:
        self.left = left

    @property
    def spent(self) -> bool:
        """Whether none is left."""
        return self.left <= 0


@dataclass(frozen=True)
class Point:
    """Symbols on one ball: values, logarithms, the flag `analytic`, and what work is left."""

    values: Mapping[sp.Symbol, flint.acb]
    logs: Mapping[sp.Symbol, Callable[[], flint.acb]]
    analytic: bool = False
    work: Evaluations | None = None

    @classmethod
    def of(
        cls, values: Mapping[sp.Symbol, flint.acb], *, analytic: bool, work: Evaluations | None
    ) -> Point:
        """The point with these values, its logarithms taken of them."""

        def logarithm(value: flint.acb) -> Callable[[], flint.acb]:
            return lambda: value.log(analytic=analytic)

        return cls(values, {s: logarithm(v) for s, v in values.items()}, analytic, work)


Compiled = Callable[[Point], flint.acb]
KINKS = (sp.Abs, sp.Max, sp.Min, sp.sign, sp.Piecewise, sp.Heaviside, sp.floor, sp.ceiling)
ENTIRE: dict[Any, Callable[[flint.acb], flint.acb]] = {
    sp.exp: lambda x: x.exp(),
    sp.sinh: lambda x: x.sinh(),
    sp.cosh: lambda x: x.cosh(),
    sp.tanh: lambda x: x.tanh(),  # meromorphic: its poles come out not finite by themselves
    sp.sin: lambda x: x.sin(),
    sp.cos: lambda x: x.cos(),
    sp.erf: lambda x: x.erf(),
    sp.erfc: lambda x: x.erfc(),
}
CONSTANTS: dict[Any, Callable[[], flint.arb]] = {
    sp.pi: flint.arb.pi,
    sp.E: flint.arb.const_e,
    sp.EulerGamma: flint.arb.const_euler,
    sp.Catalan: flint.arb.const_catalan,
}


def compiled(node: sp.Basic) -> Compiled:
    """Return an expression as a function of balls; `analytic` is forwarded to every log and root.

    Raises
    ------
    NotCertifiable
        If it holds a function that has no form in balls here, one with a kink among them.
    TypeError
        If it holds a Float: write a Rational.
    """
    if isinstance(node, sp.Float):
        raise TypeError(f"{node}: a Float is not exact; write sympy.Rational('{node.round(12)}')")
    if isinstance(node, sp.Rational):
        exact = Fraction(int(node.p), int(node.q))
        return lambda at: flint.acb(arb(exact))
    if node in CONSTANTS:
        made = CONSTANTS[node]
        return lambda at: flint.acb(made())
    if isinstance(node, sp.Symbol):
        return lambda at: at.values[node]
    if isinstance(node, (sp.Add, sp.Mul)):
        parts, join = [compiled(arg) for arg in node.args], add if isinstance(node, sp.Add) else mul
        return lambda at: reduce(join, (part(at) for part in parts))
    if isinstance(node, sp.Pow):
        return _power(*node.args)
    if isinstance(node, sp.Integral):
        return _integral(node)
    return _function(node)


def _integral(node: sp.Integral) -> Compiled:
    """∫ over a finite interval; of several, the inner one is an integrand of the outer one."""
    *inner, (symbol, *ends) = node.limits
    if len(ends) != 2 or any(end.is_infinite for end in ends):
        raise NotCertifiable(
            f"{brief(node)}: an integral in balls has two finite ends; bound what lies beyond them in a "
            "claim of its own"
        )
    integrand = compiled(sp.Integral(node.function, *inner) if inner else node.function)
    low, high = (compiled(end) for end in ends)

    def value(at: Point) -> flint.acb:
        work = at.work or Evaluations(MOST_EVALUATIONS)

        def here(x: flint.acb, analytic: bool) -> flint.acb:
            work.left -= 1
            if work.spent:
                return flint.acb("nan")
            values = {**at.values, symbol: x}
            return integrand(Point.of(values, analytic=at.analytic or analytic, work=work))

        return flint.acb.integral(
            here,
            low(at),
            high(at),
            rel_tol=flint.arb(2) ** -INTEGRAL_BITS,
            abs_tol=flint.arb(2) ** -INTEGRAL_BITS,
            eval_limit=MOST_EVALUATIONS,
        )

    return value


def _function(node: sp.Basic) -> Compiled:
    if isinstance(node, sp.log) and len(node.args) == 1:
        return _log(node.args[0])
    if isinstance(node, sp.atanh):
        inside = compiled(node.args[0])
        return lambda at: (
            (
                (1 + inside(at)).log(analytic=at.analytic)
                - (1 - inside(at)).log(analytic=at.analytic)
            )
            / 2
        )
    if type(node) in ENTIRE:
        function, argument = ENTIRE[type(node)], compiled(node.args[0])
        return lambda at: function(argument(at))
    if isinstance(node, KINKS):
        raise NotCertifiable(
            f"{node} has a kink; integrands in balls are analytic. For |p - q|/2 use total_variation"
        )
    raise NotCertifiable(
        f"{node} has no form in balls; use log, exp, powers, tanh, atanh and the like"
    )


def _log(argument: sp.Expr) -> Compiled:
    if isinstance(argument, sp.Symbol):
        return lambda at: at.logs[argument]()
    inside = compiled(argument)
    return lambda at: inside(at).log(analytic=at.analytic)


def _power(base: sp.Expr, exponent: sp.Expr) -> Compiled:
    if isinstance(exponent, sp.Integer):
        n, inside = int(exponent), compiled(base)
        return lambda at: inside(at) ** n
    raised, logarithm = compiled(exponent), _log(base)
    if base.is_Rational or not (base.free_symbols and exponent.free_symbols):
        return lambda at: (raised(at) * logarithm(at)).exp()
    raise NotCertifiable(f"{base}**({exponent}): write powers with a constant base or exponent")


def constant(value: Any, what: str) -> Callable[[], flint.arb]:
    """Return an exact number or SymPy constant as a ball when asked for.

    Raises
    ------
    TypeError
        If it is a float, a string or not a constant.
    """
    if isinstance(value, Fraction):
        value = sp.Rational(value.numerator, value.denominator)
    if isinstance(value, (bool, float, str)) or not isinstance(value, (int, sp.Expr)):
        raise TypeError(
            f"{what}={value!r}: give an int, a Fraction or a SymPy constant such as log(2)"
        )
    expression = sp.Integer(value) if isinstance(value, int) else value
    if expression.free_symbols:
        raise TypeError(f"{what}={value}: a constant holds no symbols")
    function = compiled(expression)
    return lambda: function(Point({}, {})).real


def named(expression: Any) -> sp.Expr:
    """Return the expression in positive symbols p and q.

    Raises
    ------
    TypeError
        If it is not a SymPy expression or holds other symbols or a Float.
    """
    if not isinstance(expression, sp.Expr):
        raise TypeError(
            f"{expression!r}: give a SymPy expression in symbols p and q, never a string"
        )
    if expression.atoms(sp.Float):
        found = sorted(map(str, expression.atoms(sp.Float)))
        raise TypeError(f"{expression}: Floats ({', '.join(found)}) are not exact; write Rationals")
    others = sorted({s.name for s in expression.free_symbols} - {"p", "q"})
    if others:
        raise TypeError(
            f"{expression}: only the symbols p and q are known, not {', '.join(others)}"
        )
    return expression.subs({s: P if s.name == "p" else Q for s in expression.free_symbols})


def without_cancellation(f: sp.Expr) -> sp.Expr:
    """Return f with what stands in logarithms and roots factored: 1 - p/(p + q) becomes q/(p + q).

    Far out, where q is tiny beside p, the first has no digits left, and its logarithm is not finite.
    """

    def factored(x: sp.Expr) -> sp.Expr:
        return sp.factor(x) if x.is_rational_function(P, Q) else x

    def rewritten(node: sp.Expr) -> sp.Expr:
        inside = node.args[0]
        if isinstance(node, sp.atanh):
            return (sp.log(factored(1 + inside)) - sp.log(factored(1 - inside))) / 2
        return node.func(factored(inside), *node.args[1:])

    def loses_digits(node: sp.Expr) -> bool:
        root = isinstance(node, sp.Pow) and not isinstance(node.exp, sp.Integer)
        return root or isinstance(node, (sp.log, sp.atanh))

    return f.replace(loses_digits, rewritten)


def is_homogeneous(f: sp.Expr) -> bool:
    """Whether p ∂f/∂p + q ∂f/∂q = f (Euler), so that f(p, q) = q f(p/q, 1)."""
    return bool(sp.simplify(sp.expand_log(P * sp.diff(f, P) + Q * sp.diff(f, Q) - f)) == 0)


def at_point(function: Compiled, p: Fraction, q: Fraction) -> flint.arb:
    """Return a compiled expression at exact p, q > 0."""
    values = {P: flint.acb(arb(p)), Q: flint.acb(arb(q))}
    logs = {P: lambda: values[P].log(), Q: lambda: values[Q].log()}
    value = function(Point(values, logs))
    return value.real if value.imag.contains(0) else flint.arb.nan()


def kernel_of(expression: sp.Expr, bound: tuple[Any, Any]) -> tuple[BallKernel, bool]:
    """Return the expression as a kernel, and whether it is homogeneous of degree 1.

    Raises
    ------
    ValueError
        If the bound is negative or broken at one of the points that are tried.
    """
    written = named(expression)
    c_p, c_q = (constant(c, "bound") for c in _both(bound))
    compiled(written)  # refuses before SymPy is asked anything slow
    f = without_cancellation(written)
    homogeneous = is_homogeneous(f)
    _probe(f, (c_p, c_q), homogeneous)

    def both() -> tuple[flint.arb, flint.arb]:
        return c_p(), c_q()

    if homogeneous:
        by_q = compiled(sp.expand_log(f.subs({P: RATIO, Q: 1})))
        by_p = compiled(sp.expand_log(f.subs({P: 1, Q: RATIO})))

        def values(v: Pair) -> flint.acb:
            u = Point({RATIO: v.ratio.exp()}, {RATIO: lambda: v.ratio}, v.analytic)
            return v.larger * (by_p if v.p_larger else by_q)(u)

    else:
        direct = compiled(sp.expand_log(f))

        def values(v: Pair) -> flint.acb:
            large, small = (P, Q) if v.p_larger else (Q, P)
            log = v.log_larger()
            density = log.exp()
            here = {large: density, small: density * v.ratio.exp()}
            logs = {large: lambda: log, small: lambda: log + v.ratio}
            return v.weight * direct(Point(here, logs, v.analytic))

    return (
        BallKernel(
            name=f"expression {written}",
            values=values,
            p_alone=_alone(f, P, Q, homogeneous),
            q_alone=_alone(f, Q, P, homogeneous),
            outside=by_mass(both),
            bound=both,
        ),
        homogeneous,
    )


def _both(bound: Any) -> tuple[Any, Any]:
    if not isinstance(bound, tuple) or len(bound) != 2:
        raise TypeError(f"bound={bound!r}: give (c_p, c_q) with |integrand| <= c_p p + c_q q")
    return bound[0], bound[1]


def _probe(
    f: sp.Expr, bound: tuple[Callable[[], flint.arb], Callable[[], flint.arb]], homogeneous: bool
) -> None:
    """Refuse a bound that is broken at one of many ratios of p and q.

    If the expression is not homogeneous, the bound need hold only for the densities at hand: it is tried
    inside the panels.
    """
    function = compiled(f)
    with flint.ctx.workprec(300):
        c_p, c_q = bound[0](), bound[1]()
        if c_p < 0 or c_q < 0:
            raise ValueError(f"bound=({c_p.str(5)}, {c_q.str(5)}): a bound is never negative")
        for q in PROBES:
            value = at_point(function, Fraction(1), q)
            if not value.is_finite():
                raise ValueError(f"{f} is not real at p = 1, q = {float(q):g}")
            if homogeneous and abs(value) > c_p + c_q * arb(q):
                raise ValueError(
                    f"bound: |{f}| is {abs(value).str(8)} at p = 1, q = {float(q):g}, "
                    f"more than {c_p.str(8)} p + {c_q.str(8)} q"
                )


def _alone(f: sp.Expr, here: sp.Symbol, gone: sp.Symbol, homogeneous: bool) -> Any:
    """Return the integrand where `gone` vanishes: the limit, compared with values nearby."""
    found: list[Compiled] = []

    def limit() -> Compiled:
        if not found:
            g = f.subs(here, 1) if homogeneous else f
            at_zero = g.subs(gone, 0)
            if not at_zero.is_finite or at_zero.has(sp.nan, sp.zoo, sp.oo):
                at_zero = sp.limit(g, gone, 0, "+")
            _check_limit(g, at_zero, here, gone)
            found.append(compiled(at_zero))
        return found[0]

    def alone(density: flint.acb, log_density: Callable[[], flint.acb]) -> flint.acb:
        if homogeneous:
            return density * limit()(Point({}, {}))
        raise NotCertifiable(
            f"{f} is not homogeneous of degree 1 and one density vanishes where the other does not"
        )

    return alone


def _check_limit(g: sp.Expr, at_zero: sp.Expr, here: sp.Symbol, gone: sp.Symbol) -> None:
    """Compare a limit with the value at 2^-200.

    Raises
    ------
    NotCertifiable
        If it is infinite, still holds symbols, or is not what the values tend to.
    """
    if at_zero.free_symbols - {here} or at_zero.has(sp.nan, sp.zoo, sp.oo, sp.Limit):
        raise NotCertifiable(f"{g} has no finite limit as {gone} -> 0, where one density vanishes")
    with flint.ctx.workprec(3 * CLOSE_BITS):
        near = Fraction(1, 2**CLOSE_BITS)
        pair = (near, Fraction(1)) if gone == P else (Fraction(1), near)
        value = at_point(compiled(g), *pair) - at_point(compiled(at_zero), *pair)
        if not abs(value) < flint.arb(2) ** (-CLOSE_BITS // 4):
            raise NotCertifiable(f"{g}: its limit as {gone} -> 0 could not be confirmed")
