"""Formulas of polynomial equations and inequalities: as SMT-LIB, and as true or false at a point.

A side with a division is undefined where the divisor is 0. A formula is then true, false or neither
(Kleene, 1952): "and" is false as soon as one part is, whatever the others are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import sympy as sp
from sympy.polys.rings import PolyElement, PolyRing

from gantheory.theorems.claims import Refused, text_of
from gantheory.theorems.plain import name_of, text_of_expression
from gantheory.theorems.points import Interval
from gantheory.theorems.sides import require_sympys
from gantheory.theorems.work import Stuck

Point = Mapping[sp.Symbol, sp.Expr]
Both = tuple[str, str]  # where a formula is true, and where it is false

RELATIONS = {sp.Lt: "<", sp.Le: "<=", sp.Gt: ">", sp.Ge: ">=", sp.Eq: "="}
CONNECTIVES = (sp.And, sp.Or, sp.Not, sp.Implies, sp.Equivalent)
MOST_DEGREE = 1000  # of a power: expanded, higher ones may not fit into memory
RANGES = {"positive": ">", "nonnegative": ">=", "negative": "<", "nonpositive": "<="}
REAL = frozenset(
    key
    for kind in (*RANGES, "nonzero")
    for key in sp.Symbol("x", real=True, **{kind: True}).assumptions0
)
"""What a symbol may assume that runs through real numbers: nothing of integers or fractions."""


def formula(x: Any) -> sp.Basic:
    """Return what a page gave as SymPy's formula, refusing what is neither true nor false."""
    x = sp.S(x) if isinstance(x, bool) else x
    if isinstance(x, (list, tuple, set)):
        raise Refused("a list of relations: join them, sp.And(h > 0, h < 1)")
    if not isinstance(x, sp.logic.boolalg.Boolean) or isinstance(x, sp.Symbol):
        raise Refused(f"{text_of(x)} is neither true nor false: give a relation, such as h < 2")
    require_sympys(x)
    _require_formula(x)
    return x


def _require_formula(x: Any) -> None:
    """Refuse what is not made of relations of real expressions by and, or, not, implies, equivalent."""
    parts: tuple[Any, ...] = getattr(x, "args", ())
    if isinstance(x, CONNECTIVES):
        for part in parts:
            _require_formula(part)
    elif isinstance(x, (*RELATIONS, sp.Ne)):
        if not all(isinstance(side, sp.Expr) for side in parts):
            raise Refused(
                f"{text_of(x)} compares what are not numbers: state sp.Equivalent or `iff`"
            )
    elif x not in (sp.true, sp.false):
        raise Refused(
            f"{text_of(x)} is no relation: write it with <, <=, >, >=, sp.Eq, sp.Ne, and sp.And, sp.Or, "
            "sp.Not, sp.Implies, sp.Equivalent"
        )


def require_real(symbols: Iterable[sp.Symbol]) -> None:
    """Refuse symbols that do not run through the real numbers."""
    for symbol in symbols:
        if not symbol.is_real:
            raise Refused(f"{symbol} may be complex or infinite: declare it real=True")
        assumed = symbol.assumptions0
        if further := sorted(key for key in set(assumed) - REAL if assumed[key]):
            raise Refused(
                f"{symbol} is declared {', '.join(further)}, and the statement is decided for real "
                "numbers: declare it real=True"
            )


# --- at a point -----------------------------------------------------------------------------------


def truth(x: sp.Basic, point: Point) -> bool | None:
    """Return whether the formula holds there, by SymPy's exact numbers; None if that is not defined."""
    found = {relation: _at(relation, point) for relation in x.atoms(sp.Rel)}
    whole = x.xreplace(found)
    return None if whole not in (sp.true, sp.false) else bool(whole)


def _at(relation: sp.Rel, point: Point) -> sp.Basic:
    """Return true or false, or a name for neither."""
    left, right = (side.xreplace(dict(point)) for side in relation.args)
    if left.has(sp.nan, sp.zoo) or right.has(sp.nan, sp.zoo):
        return sp.Dummy("undefined")
    return sp.S(relation.func(_sign(left - right), 0))


def _sign(x: sp.Expr) -> sp.Expr:
    """Return -1, 0 or 1 for a real algebraic number: 0 if its minimal polynomial is t."""
    if x.is_Rational:
        return sp.sign(x)
    t = sp.Dummy("t")
    if sp.minimal_polynomial(x, t) == t:
        return sp.S.Zero
    return sp.sign(x.evalf(15, maxn=10_000, strict=True))


# --- as SMT-LIB -----------------------------------------------------------------------------------


class Writer:
    """Formulas of these symbols as SMT-LIB, in which they are called x0, x1, ..."""

    def __init__(self, symbols: Sequence[sp.Symbol]) -> None:
        self.names = {symbol: f"x{i}" for i, symbol in enumerate(symbols)}
        self.ring = PolyRing(["one", *self.names.values()], sp.QQ)
        self.generators = dict(zip(symbols, self.ring.gens[1:], strict=True))
        self.divides = False

    def domain(self, where: Mapping[sp.Symbol, Interval]) -> str:
        """Return what the symbols assume, and the open intervals they are in."""
        parts = []
        for symbol, name in self.names.items():
            parts += [
                f"({sign} {name} 0)" for key, sign in RANGES.items() if getattr(symbol, f"is_{key}")
            ]
            parts += [f"(not (= {name} 0))"] if symbol.is_nonzero else []
            low, high = where.get(symbol, (-sp.oo, sp.oo))
            parts += [f"(< {_end(symbol, low)} {name})"] if low.is_finite else []
            parts += [f"(< {name} {_end(symbol, high)})"] if high.is_finite else []
        return _joined("and", parts)

    def both(self, x: sp.Basic) -> Both:
        """Return where the formula is true and where it is false; where it is neither is left out."""
        if x in (sp.true, sp.false):
            return ("true", "false") if x == sp.true else ("false", "true")
        if isinstance(x, sp.Not):
            return self.both(x.args[0])[::-1]
        if isinstance(x, sp.Implies):
            return self.both(sp.Or(sp.Not(x.args[0], evaluate=False), x.args[1], evaluate=False))
        if isinstance(x, sp.Rel):
            return self._relation(x)
        yes, no = zip(*map(self.both, x.args), strict=True)
        every, none = _joined("and", yes), _joined("and", no)
        some, fails = _joined("or", yes), _joined("or", no)
        if isinstance(x, sp.Equivalent):
            return f"(or {every} {none})", f"(and {some} {fails})"
        return (every, fails) if isinstance(x, sp.And) else (some, none)

    def _relation(self, x: sp.Rel) -> Both:
        """Return a comparison of a fraction with 0 as one of numerator times denominator."""
        if isinstance(x, sp.Ne):
            return self._relation(sp.Eq(*x.args, evaluate=False))[::-1]
        divisors: list[PolyElement] = []
        over, under = self._fraction(x.lhs, divisors)
        right, below = self._fraction(x.rhs, divisors)
        product = over * under if right == 0 else (over * below - right * under) * under * below
        holds = f"({RELATIONS[x.func]} {_polynomial(product)} 0)"
        defined = [f"(not (= {_polynomial(one)} 0))" for one in divisors]
        self.divides |= bool(defined)
        return _joined("and", [*defined, holds]), _joined("and", [*defined, f"(not {holds})"])

    def _fraction(self, x: sp.Expr, divisors: list[PolyElement]) -> tuple[PolyElement, PolyElement]:
        """Return numerator and denominator, and add whatever is divided by to the divisors."""
        one = self.ring.one
        if x.is_Rational:
            return one * sp.QQ(x.p, x.q), one
        if isinstance(x, sp.Symbol):
            return self.generators[x], one
        if isinstance(x, sp.Add):
            return reduce(_sum, (self._fraction(part, divisors) for part in x.args))
        if isinstance(x, sp.Mul):
            return reduce(_product, (self._fraction(part, divisors) for part in x.args))
        if not isinstance(x, sp.Pow) or not x.exp.is_Integer:
            raise Refused(_not_polynomial(x))
        over, under = self._fraction(x.base, divisors)
        degree = max(map(sum, (*over.monoms(), *under.monoms()))) * abs(int(x.exp))
        if degree > MOST_DEGREE:
            raise Stuck(
                f"a degree of {degree}, above {MOST_DEGREE}: a lemma of lower degree would decide"
            )
        if x.exp >= 0:
            return over ** int(x.exp), under ** int(x.exp)
        divisors.append(over)
        return under ** -int(x.exp), over ** -int(x.exp)


def _sum(a: Sequence[PolyElement], b: Sequence[PolyElement]) -> tuple[PolyElement, PolyElement]:
    if a[1] == b[1]:
        return a[0] + b[0], a[1]
    return a[0] * b[1] + b[0] * a[1], a[1] * b[1]


def _product(a: Sequence[PolyElement], b: Sequence[PolyElement]) -> tuple[PolyElement, PolyElement]:
    return a[0] * b[0], a[1] * b[1]


def _not_polynomial(x: sp.Expr) -> str:
    """Return why the expression is refused, and what to write."""
    text = text_of_expression(x)
    if not x.free_symbols:
        return f"{text} is not rational: compare squares, or give a symbol s with s**2 = ..."
    return f"{text} is not a polynomial: write sums, products, quotients and whole powers alone"


def _end(symbol: sp.Symbol, x: sp.Expr) -> str:
    if not x.is_Rational:
        raise Refused(
            f"where: the end {text_of(x)} of {name_of(symbol)} is not rational: give a Rational"
        )
    return _number(x.p, x.q)


def _number(p: int, q: int) -> str:
    size = f"{abs(p)}.0" if q == 1 else f"(/ {abs(p)}.0 {q}.0)"
    return f"(- {size})" if p < 0 else size


def _polynomial(x: PolyElement) -> str:
    """Return the polynomial, expanded."""
    names = [str(symbol) for symbol in x.ring.symbols]
    terms = [
        _joined("*", [_number(int(c.numerator), int(c.denominator)), *map(_power, names, powers)])
        for powers, c in x.terms()
    ]
    return _joined("+", terms)


def _power(name: str, exponent: int) -> str:
    return "1.0" if exponent == 0 else name if exponent == 1 else f"(^ {name} {exponent})"


def _joined(sign: str, parts: Sequence[str]) -> str:
    """Return (sign part part ...), without what changes nothing."""
    neutral = {"and": "true", "or": "false", "*": "1.0", "+": "0.0"}[sign]
    kept = [part for part in parts if part != neutral]
    return f"({sign} {' '.join(kept)})" if len(kept) > 1 else (kept or [neutral])[0]
