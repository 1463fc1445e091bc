"""Where a side of a statement is undefined, or has no derivative, among the values of its symbols.

"For all x" includes x = 0, where 1/x is undefined and |x| has no slope. SymPy cancels and differentiates
as if such points were not there, so a proof has to show that there are none, or `where` leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from gantheory.theorems.claims import text_of
from gantheory.theorems.places import NODES
from gantheory.theorems.points import Interval, chart
from gantheory.theorems.reduction import ladder

KINKED = (sp.Abs, sp.sign, sp.Heaviside, sp.floor, sp.ceiling)
AT_ZERO = (sp.log, sp.cot, sp.csc, sp.coth, sp.csch, sp.Ei, sp.sign)
LONGEST = 400  # operations, beyond which a zero is not solved for


@dataclass(frozen=True)
class Hole:
    """An expression that must not be zero, and what is not there where it is.

    Attributes
    ----------
    expression:
        It vanishes where the side is undefined or not differentiable.
    lacks:
        "is undefined" or "has no derivative".
    positive:
        Whether it has to be positive, and not only different from zero.
    """

    expression: sp.Expr
    lacks: str
    positive: bool = False

    @property
    def unless(self) -> str:
        """Where the side is undefined, in words, if no zero is found."""
        if self.expression.is_number:
            return "where no condition of it holds"
        return f"where {text_of(self.expression)} = 0, which nothing excludes"


def undefined(
    sides: tuple[sp.Expr, ...], symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]
) -> str | None:
    """Return in words where a side is, or may be, undefined; None if nowhere."""
    free = set(symbols)
    mapping = chart(symbols, domain)
    for side in sides:
        for hole in dict.fromkeys(_holes(side)):
            if not hole.expression.free_symbols <= free:
                continue  # at values of a bound variable: the numbers look after those
            if _never(hole, mapping):
                continue
            place = _zero(hole, symbols, domain)
            if place == "":
                continue
            where = f"at {place}" if place else hole.unless
            return (
                f"{text_of(side)} {hole.lacks} {where}; a symbol declared, or "
                "where={symbol: (low, high)} given, so that this is left out would decide"
            )
    return None


def _holes(expression: sp.Basic, *, derived: bool = False) -> Iterator[Hole]:
    """Yield what must not vanish for the expression to be defined, or (derived) to have a derivative."""
    if isinstance(expression, (sp.Integral, sp.Sum, sp.Product, sp.Limit)):
        for part in expression.args if not isinstance(expression, sp.Limit) else ():
            yield from _holes(part, derived=derived)
        return
    if isinstance(expression, sp.Derivative):
        yield from _holes(expression.expr, derived=True)
        return
    if isinstance(expression, sp.Subs):
        moved = dict(zip(expression.variables, expression.point, strict=True))
        for hole in _holes(expression.expr, derived=derived):
            yield Hole(hole.expression.subs(moved), hole.lacks, hole.positive)
        return
    yield from _own_holes(expression)
    if derived:
        yield from _kinks(expression)
    for part in expression.args:
        yield from _holes(part, derived=derived)


def _own_holes(node: sp.Basic) -> Iterator[Hole]:
    lacks = "is undefined"
    if isinstance(node, sp.Pow) and not node.exp.is_nonnegative and node.base != sp.E:
        yield Hole(node.base, lacks)
    elif isinstance(node, AT_ZERO[:-1]):
        yield Hole(node.args[0], lacks)
    elif isinstance(node, (sp.tan, sp.sec)):
        yield Hole(sp.cos(node.args[0]), lacks)
    elif isinstance(node, (sp.gamma, sp.loggamma, sp.digamma, sp.factorial)):
        shift = 1 if isinstance(node, sp.factorial) else 0
        yield Hole(node.args[0] + shift, lacks, positive=True)
    elif isinstance(node, sp.atanh):
        yield Hole(1 - node.args[0] ** 2, lacks)
    elif isinstance(node, sp.zeta):
        yield Hole(node.args[0] - 1, lacks)
    elif isinstance(node, sp.Piecewise) and node.args[-1][1] != sp.true:
        yield Hole(sp.Integer(0), lacks)


def _kinks(node: sp.Basic) -> Iterator[Hole]:
    lacks = "has no derivative"
    if isinstance(node, KINKED):
        yield Hole(node.args[0], lacks)
    elif isinstance(node, (sp.Max, sp.Min)):
        first, *others = node.args
        yield from (Hole(first - other, lacks) for other in others)
    elif isinstance(node, sp.Piecewise):
        for _, condition in node.args:
            for relation in condition.atoms(sp.Rel):
                yield Hole(relation.lhs - relation.rhs, lacks)
    elif isinstance(node, sp.Pow) and not node.exp.is_integer and node.base != sp.E:
        yield Hole(node.base, lacks)


def _never(hole: Hole, mapping: Mapping[sp.Symbol, sp.Expr]) -> bool:
    """Whether SymPy sees that the expression is never zero (or always positive)."""
    return any(
        simpler.is_positive is True or (simpler.is_zero is False and not hole.positive)
        for simpler in _forms(hole.expression, mapping)
    )


def _forms(expression: sp.Expr, mapping: Mapping[sp.Symbol, sp.Expr]) -> Iterator[sp.Expr]:
    """Yield ways to write the expression, also with symbols that run through their intervals."""
    written = [expression]
    if not expression.has(*NODES):
        written.append(expression.xreplace(mapping))
    yield from written
    for form in written:
        for _, simpler in ladder(sp.factor(sp.together(form))):
            yield simpler


def _zero(hole: Hole, symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]) -> str | None:
    """Return "x = 0" for a zero among the values, "" if there certainly is none, None if unknown."""
    if hole.expression.has(*NODES) or sp.count_ops(hole.expression) > LONGEST:
        return None
    none = False
    for symbol in symbols:
        if symbol not in hole.expression.free_symbols:
            continue
        try:
            roots = sp.solve(hole.expression, symbol)
        except (NotImplementedError, ValueError, TypeError, RecursionError, AttributeError):
            continue
        for root in roots:
            if isinstance(root, sp.Expr) and _admitted(root, symbol, domain):
                return f"{symbol} = {root}"
        none = none or _no_root_missed(hole, symbol, roots)
    return "" if none and not hole.positive else None


def _admitted(root: sp.Expr, symbol: sp.Symbol, domain: Mapping[sp.Symbol, Interval]) -> bool:
    """Whether nothing forbids the symbol to take the value."""
    if symbol in domain:
        low, high = domain[symbol]
        if (root > low) == sp.false or (root < high) == sp.false or root.is_real is False:
            return False
    return all(
        getattr(root, f"is_{name}", None) in (wanted, None)
        for name, wanted in symbol.assumptions0.items()
    )


def _no_root_missed(hole: Hole, symbol: sp.Symbol, roots: list[sp.Expr]) -> bool:
    """Whether the expression is a polynomial in this one symbol and all its roots were found."""
    if hole.expression.free_symbols != {symbol}:
        return False
    try:
        polynomial = sp.Poly(sp.fraction(sp.together(hole.expression))[0], symbol)
    except PolynomialError:
        return False
    return sum(sp.roots(polynomial).values()) == polynomial.degree() and bool(roots)
