"""Where a side of a statement is undefined, or has no derivative, among the values of its symbols.

"For all x" includes x = 0, where 1/x is undefined and |x| has no slope. SymPy cancels and differentiates
as if such points were not there, so a proof has to show that there are none, or `where` leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from gantheory.theorems.claims import text_of
from gantheory.theorems.holes import Hole, holes
from gantheory.theorems.places import NODES
from gantheory.theorems.points import Interval, admits, chart
from gantheory.theorems.reduction import ladder
from gantheory.theorems.signs import nonnegative

LONGEST = 400  # operations, beyond which a zero is not solved for


def undefined(
    sides: tuple[sp.Expr, ...], symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]
) -> str | None:
    """Return in words where a side is, or may be, undefined; None if nowhere."""
    free = set(symbols)
    mapping = chart(symbols, domain)
    for side in sides:
        for hole in dict.fromkeys(holes(side)):
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


def not_real(
    sides: tuple[sp.Expr, ...], symbols: list[sp.Symbol], domain: Mapping[sp.Symbol, Interval]
) -> str | None:
    """Return in words where a side that is defined may have no real value; None if nowhere.

    What never vanishes keeps its sign, which the witnesses have seen; so logarithms need no second look,
    and roots only where the radicand may pass through 0.
    """
    mapping = chart(symbols, domain)
    for side in sides:
        for radicand in dict.fromkeys(_radicands(side)):
            if not radicand.free_symbols <= set(symbols):
                continue  # of a bound variable: the numbers look after those
            if any(form.is_nonnegative for form in _forms(radicand, mapping)):
                continue
            place = _zero(Hole(radicand, "is not real"), symbols, domain)
            if place == "" or nonnegative(sp.Integer(0), radicand, symbols, domain)[1] is not None:
                continue
            return (
                f"{text_of(side)} is real only where {text_of(radicand)} >= 0, which nothing shows; a "
                "symbol declared, or where={symbol: (low, high)} given, so that it is would decide"
            )
    return None


def _radicands(side: sp.Expr) -> Iterator[sp.Expr]:
    """Yield what must not be negative for roots, arcsines and their kin to be real."""
    for node in sp.preorder_traversal(side):
        if isinstance(node, sp.Pow) and not node.exp.is_integer:
            yield node.base
        elif isinstance(node, (sp.asin, sp.acos, sp.atanh)):
            yield 1 - node.args[0] ** 2
        elif isinstance(node, sp.acosh):
            yield node.args[0] - 1


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
        periodic = _periodic_zero(hole, symbol, domain)
        if periodic is not None:
            return periodic
        if symbol not in hole.expression.free_symbols:
            continue
        try:
            roots = sp.solve(hole.expression, symbol)
        except (NotImplementedError, ValueError, TypeError, RecursionError, AttributeError):
            continue
        for root in roots:
            if isinstance(root, sp.Expr) and admitted(root, symbol, domain):
                return f"{symbol} = {root}"
        none = none or _no_root_missed(hole, symbol, roots)
    return "" if none and not hole.positive else None


def _periodic_zero(
    hole: Hole, symbol: sp.Symbol, domain: Mapping[sp.Symbol, Interval]
) -> str | None:
    """Return as `_zero`, for the sine or cosine of a x + c with x in a bounded interval."""
    wave = hole.expression
    if not isinstance(wave, (sp.sin, sp.cos)) or wave.free_symbols != {symbol}:
        return None
    low, high = domain.get(symbol, (-sp.oo, sp.oo))
    slope = sp.diff(wave.args[0], symbol)
    if not (slope.is_number and slope.is_real and low.is_finite and high.is_finite):
        return None
    shift = sp.pi / 2 if isinstance(wave, sp.cos) else sp.Integer(0)
    counts = sorted((wave.args[0].subs(symbol, end) - shift) / sp.pi for end in (low, high))
    for k in range(int(sp.floor(counts[0])), int(sp.ceiling(counts[1])) + 1):
        root = symbol + (k * sp.pi + shift - wave.args[0]) / slope
        if admitted(sp.expand(root), symbol, domain):
            return f"{symbol} = {sp.expand(root)}"
    return ""


def admitted(root: sp.Expr, symbol: sp.Symbol, domain: Mapping[sp.Symbol, Interval]) -> bool:
    """Whether nothing forbids the symbol to take the value."""
    if symbol in domain:
        low, high = domain[symbol]
        if (root > low) == sp.false or (root < high) == sp.false or root.is_real is False:
            return False
    return admits(symbol, root)


def _no_root_missed(hole: Hole, symbol: sp.Symbol, roots: list[sp.Expr]) -> bool:
    """Whether the expression is a polynomial in this one symbol and all its roots were found."""
    if hole.expression.free_symbols != {symbol}:
        return False
    try:
        polynomial = sp.Poly(sp.fraction(sp.together(hole.expression))[0], symbol)
    except PolynomialError:
        return False
    return sum(sp.roots(polynomial).values()) == polynomial.degree() and bool(roots)
