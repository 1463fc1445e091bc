"""Single values of a parameter at which a limit, sum or integral jumps.

b u/(1 + b u) tends to 1 as u grows, for every b but 0. SymPy evaluates a form for a general parameter,
and numbers are read at a few general values, so both miss single ones. Such a jump may be where a
coefficient or an exponent in the form vanishes; there, and at 0, 1 and -1, the claim is looked at again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import sympy as sp
from sympy.polys.polyerrors import PolynomialError

from gantheory.theorems.claims import text_of
from gantheory.theorems.levels import mp
from gantheory.theorems.points import Interval, chart
from gantheory.theorems.reduction import reduced
from gantheory.theorems.signs import nonnegative
from gantheory.theorems.undefined import admitted
from gantheory.theorems.witnesses import enough, witnesses
from gantheory.theorems.work import Stuck, bounded

USUAL = (sp.Integer(0), sp.Integer(1), sp.Integer(-1))
NODES = (sp.Limit, sp.Sum, sp.Product, sp.Integral)
QUADRATIC = 2
UNSEEN = "nothing shows it"
TOGETHER = 2  # parameters that are given special values at once

Domain = Mapping[sp.Symbol, Interval]
Judge = Callable[[sp.Expr, sp.Expr, list[sp.Symbol], Domain], str | None]


def exception(
    lhs: sp.Expr, rhs: sp.Expr, symbols: list[sp.Symbol], domain: Domain, judge: Judge
) -> str | None:
    """Return in words at which special values the claim is not seen to be true, None if at none."""
    found = next(_exceptions((lhs, rhs), symbols, domain, judge, TOGETHER), None)
    if found is None:
        return None
    place, trouble = found
    return (
        f"at {place} {trouble}; a symbol declared, or where={{symbol: (low, high)}} given, so that this "
        "is left out, or the claim stated there for itself, would decide"
    )


def _exceptions(
    sides: tuple[sp.Expr, sp.Expr],
    symbols: list[sp.Symbol],
    domain: Domain,
    judge: Judge,
    depth: int,
) -> Iterator[tuple[str, str]]:
    for symbol, value in _special(sides, symbols):
        if not _allowed(value, symbol, domain):
            continue
        left, right = (side.subs(symbol, value) for side in sides)
        rest = [one for one in symbols if one != symbol]
        place = f"{symbol} = {value}"
        if any(side.has(sp.nan, sp.zoo) for side in (left, right)):
            yield place, "a side is undefined"
            continue
        trouble = None if left == right else judge(left, right, rest, domain)
        if trouble is not None:
            yield place, trouble
        elif depth > 1:
            for other, why in _exceptions((left, right), rest, domain, judge, depth - 1):
                yield f"{place}, {other}", why


def _special(
    sides: tuple[sp.Expr, sp.Expr], symbols: list[sp.Symbol]
) -> dict[tuple[sp.Symbol, sp.Expr], None]:
    """Return the values of symbols at which a form in a side may jump."""
    found: dict[tuple[sp.Symbol, sp.Expr], None] = {}
    finite = not any(_without_forms(side).has(sp.oo, -sp.oo, sp.zoo) for side in sides)
    for node in sorted({n for side in sides for n in side.atoms(*NODES)}, key=sp.default_sort_key):
        for symbol in symbols:
            if symbol in node.free_symbols and not (finite and _is_polynomial(node, symbol)):
                values = dict.fromkeys((*USUAL, *_vanishing(node, symbol)))
                found |= {(symbol, value): None for value in values}
    return found


def _without_forms(side: sp.Expr) -> sp.Expr:
    return side.xreplace({node: sp.Dummy() for node in side.atoms(*NODES)})


def _is_polynomial(node: sp.Basic, symbol: sp.Symbol) -> bool:
    """Whether the form is a polynomial in the symbol: finite at general values, it is so at all."""
    body, *rest = node.args
    linear = isinstance(node, (sp.Limit, sp.Sum, sp.Integral))
    return linear and body.is_polynomial(symbol) and not any(part.has(symbol) for part in rest)


def _vanishing(node: sp.Basic, symbol: sp.Symbol) -> Iterator[sp.Expr]:
    """Yield where a coefficient of the bound variable, or an exponent, in the form vanishes."""
    body = node.args[0]
    bound = node.args[1] if isinstance(node, sp.Limit) else node.bound_symbols[-1]
    for part in sorted(body.atoms(sp.Add, sp.Mul, sp.Pow, sp.Function), key=sp.default_sort_key):
        for one in (part, *part.args):
            for coefficient in _coefficients(one, bound):
                if symbol in coefficient.free_symbols:
                    yield from _roots(coefficient, symbol)


def _coefficients(part: sp.Expr, bound: sp.Symbol) -> list[sp.Expr]:
    try:
        return list(sp.Poly(part, bound).coeffs())
    except PolynomialError:
        return []


def _roots(coefficient: sp.Expr, symbol: sp.Symbol) -> list[sp.Expr]:
    """Return where a rational coefficient vanishes, of degree 1 or 2 in the symbol."""
    numerator, _ = sp.fraction(sp.together(coefficient))
    try:
        polynomial = sp.Poly(numerator, symbol)
    except PolynomialError:
        return []
    return list(sp.roots(polynomial)) if polynomial.degree() <= QUADRATIC else []


def _allowed(value: sp.Expr, symbol: sp.Symbol, domain: Domain) -> bool:
    """Whether the symbol takes the value; one with other symbols, if they range as it does."""
    if not admitted(value, symbol, domain):
        return False
    if not value.free_symbols:
        low, high = domain.get(symbol, (-sp.oo, sp.oo))
        return value.is_finite is not False and (low < value) != sp.false != (value < high)
    return all(
        domain.get(other) == domain.get(symbol) and other.assumptions0 == symbol.assumptions0
        for other in value.free_symbols
    )


def equal_there(lhs: sp.Expr, rhs: sp.Expr, symbols: list[sp.Symbol], domain: Domain) -> str | None:
    """Return what keeps lhs = rhs from being seen, None if SymPy or else numbers see it."""
    domain = {symbol: domain[symbol] for symbol in symbols if symbol in domain}
    if _is_proved(lambda: reduced(lhs, rhs, chart(symbols, domain))[0] == 0):
        return None
    found, _ = witnesses(lhs, rhs, symbols, domain)
    if any(witness.nonzero for witness in found):
        return f"it is false: {text_of(lhs)} is not {text_of(rhs)}"
    seen = enough(found, symbols) and all(witness.agrees for witness in found)
    return None if seen else UNSEEN


def at_most_there(
    lhs: sp.Expr, rhs: sp.Expr, symbols: list[sp.Symbol], domain: Domain
) -> str | None:
    """Return what keeps lhs <= rhs from being seen, None if SymPy or else numbers see it."""
    domain = {symbol: domain[symbol] for symbol in symbols if symbol in domain}
    if _is_proved(lambda: nonnegative(lhs, rhs, symbols, domain)[1] is not None):
        return None
    found, _ = witnesses(lhs, rhs, symbols, domain, search=True)
    real = [witness for witness in found if not mp.im(witness.difference)]
    if any(w.nonzero and mp.re(w.difference) > 0 for w in real):
        return f"it is false: {text_of(lhs)} is larger than {text_of(rhs)}"
    seen = enough(real, symbols) and all(w.zero or w.nonzero for w in real)
    return None if seen else UNSEEN


def _is_proved(proof: Callable[[], bool]) -> bool:
    """Whether SymPy proves it before it is stopped."""
    try:
        with bounded():
            return proof()
    except Stuck:
        return False
