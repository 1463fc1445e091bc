"""What must not vanish, or has to be positive, for an expression to be defined or differentiable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sympy as sp
from sympy.core.function import AppliedUndef

from gantheory.theorems.claims import text_of

UNDEFINED, SMOOTHLESS, UNKNOWN = "is undefined", "has no derivative", "is not known to be defined"
KINKED = (sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling)
DEFINED = (
    *(sp.exp, sp.sin, sp.cos, sp.sinh, sp.cosh, sp.tanh, sp.sech, sp.sinc),
    *(sp.asin, sp.acos, sp.atan, sp.acot, sp.asinh, sp.acosh),
    *(sp.erf, sp.erfc, sp.erfi, sp.Si, sp.Shi, sp.fresnels, sp.fresnelc, sp.airyai, sp.airybi),
    *(sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling, sp.frac, sp.Max, sp.Min),
    *(sp.re, sp.im, sp.conjugate, sp.KroneckerDelta, sp.Piecewise, AppliedUndef),
)
"""Functions with a value wherever their arguments have one; outside [-1, 1] arcsines are complex."""


@dataclass(frozen=True)
class Hole:
    """An expression that must not be zero, and what is not there where it is.

    Attributes
    ----------
    expression:
        It vanishes where the side is undefined or not differentiable.
    lacks:
        "is undefined", "has no derivative" or "is not known to be defined".
    positive:
        Whether it has to be positive, and not only different from zero.
    where:
        Where that is, in words, for an expression that is 0.
    """

    expression: sp.Expr
    lacks: str
    positive: bool = False
    where: str = "where no condition of it holds"

    @property
    def unless(self) -> str:
        """Where the side is undefined, in words, if no zero is found."""
        if self.expression.is_number:
            return self.where
        sign = "<= 0" if self.positive else "= 0"
        return f"where {text_of(self.expression)} {sign}, which nothing excludes"


def holes(expression: sp.Basic, *, derived: bool = False) -> Iterator[Hole]:
    """Yield what must not vanish for the expression to be defined, or (derived) to have a derivative."""
    if isinstance(expression, sp.Limit):
        body, x, target, _ = expression.args
        yield from _outside((x,), holes(body, derived=derived))
        yield from holes(target, derived=derived)
        return
    if isinstance(expression, (sp.Integral, sp.Sum, sp.Product)):
        for part in expression.args:
            yield from _outside(expression.bound_symbols, holes(part, derived=derived))
        return
    if isinstance(expression, sp.Derivative):
        yield from holes(expression.expr, derived=True)
        return
    if isinstance(expression, sp.Subs):
        moved = dict(zip(expression.variables, expression.point, strict=True))
        for hole in holes(expression.expr, derived=derived):
            yield Hole(hole.expression.subs(moved), hole.lacks, hole.positive, hole.where)
        return
    yield from _own(expression)
    if derived:
        yield from _kinks(expression)
    for part in expression.args:
        yield from holes(part, derived=derived)


def _outside(
    bound: tuple[sp.Symbol, ...] | list[sp.Symbol], found: Iterator[Hole]
) -> Iterator[Hole]:
    """Yield what does not depend on a bound variable: the numbers look after what does."""
    return (hole for hole in found if not hole.expression.has(*bound))


def _own(node: sp.Basic) -> Iterator[Hole]:
    if isinstance(node, sp.Pow):
        if not node.exp.is_nonnegative and node.base != sp.E:
            yield Hole(node.base, UNDEFINED)
    elif isinstance(node, sp.Piecewise):
        if node.args[-1][1] != sp.true:
            yield Hole(sp.Integer(0), UNDEFINED)
    elif isinstance(node, sp.Function) and not isinstance(node, DEFINED):
        yield from _of_function(node)


def _of_function(node: Any) -> Iterator[Hole]:
    arguments = node.args
    for kinds, rule in NONZERO:
        if isinstance(node, kinds):
            yield from (Hole(one, UNDEFINED) for one in rule(*arguments))
            return
    for kinds, rule in POSITIVE:
        if isinstance(node, kinds):
            yield from (Hole(one, UNDEFINED, positive=True) for one in rule(*arguments))
            return
    where = f"everywhere: nothing is known here of {node.func.__name__}"
    yield Hole(sp.Integer(0), UNKNOWN, where=where)


Rule = Callable[..., tuple[sp.Expr, ...]]
Kinds = tuple[type, ...]


def _of_order(order: sp.Expr, z: sp.Expr) -> tuple[sp.Expr, ...]:
    """Return what must not vanish in J and I of the order: z, if they are singular at 0."""
    return () if order.is_nonnegative or order.is_integer else (z,)


def _of_branch(z: sp.Expr, branch: sp.Expr | int = 0) -> tuple[sp.Expr, ...]:
    return () if branch == 0 else (z,)


def _hurwitz(s: sp.Expr, a: sp.Expr | None = None) -> tuple[sp.Expr, ...]:
    return (sp.Abs(s - 1),) if a is None else (sp.Abs(s - 1), a)


def _choices(n: sp.Expr, k: sp.Expr) -> tuple[sp.Expr, ...]:
    return () if k.is_integer and k.is_nonnegative else (n + 1,)


NONZERO: tuple[tuple[Kinds, Rule], ...] = (
    (
        (sp.log, sp.coth, sp.csch, sp.asech, sp.acsch, sp.asec, sp.acsc, sp.arg, sp.DiracDelta),
        lambda z: (z,),
    ),
    ((sp.Ei, sp.Ci, sp.Chi), lambda z: (z,)),
    ((sp.cot, sp.csc), lambda z: (sp.sin(z),)),
    ((sp.tan, sp.sec), lambda z: (sp.cos(z),)),
    ((sp.atanh, sp.acoth), lambda z: (1 - z**2,)),
    ((sp.li, sp.Li), lambda z: (z, 1 - z)),
    ((sp.LambertW,), _of_branch),
    ((sp.Mod,), lambda _, modulus: (modulus,)),
    ((sp.bessely, sp.besselk, sp.hankel1, sp.hankel2, sp.expint), lambda _, z: (z,)),
    ((sp.besselj, sp.besseli), _of_order),
    ((sp.polylog,), lambda _, z: (1 - z,)),
)
"""Of which expressions in a function's arguments none may vanish."""

POSITIVE: tuple[tuple[Kinds, Rule], ...] = (
    ((sp.gamma, sp.loggamma, sp.digamma, sp.trigamma), lambda z: (z,)),
    ((sp.polygamma,), lambda _, z: (z,)),
    ((sp.factorial, sp.factorial2, sp.harmonic), lambda n, *_: (n + 1,)),
    ((sp.beta,), lambda a, b=None: (a,) if b is None else (a, b)),
    ((sp.binomial,), _choices),
    ((sp.lowergamma,), lambda a, _: (a,)),
    ((sp.uppergamma,), lambda a, z: (z,) if not a.is_positive else ()),
    ((sp.zeta,), _hurwitz),
    ((sp.erfinv,), lambda z: (1 - z**2,)),
    ((sp.erfcinv,), lambda z: (z * (2 - z),)),
    ((sp.elliptic_k,), lambda m: (1 - m,)),
)
"""Which expressions in a function's arguments have to be positive for it to be defined for certain."""


def _kinks(node: sp.Basic) -> Iterator[Hole]:
    if isinstance(node, KINKED):
        yield Hole(node.args[0], SMOOTHLESS)
    elif isinstance(node, (sp.Max, sp.Min)):
        first, *others = node.args
        yield from (Hole(first - other, SMOOTHLESS) for other in others)
    elif isinstance(node, sp.Piecewise):
        for _, condition in node.args:
            for relation in condition.atoms(sp.Rel):
                yield Hole(relation.lhs - relation.rhs, SMOOTHLESS)
    elif isinstance(node, sp.Pow) and not node.exp.is_integer and node.base != sp.E:
        yield Hole(node.base, SMOOTHLESS)
