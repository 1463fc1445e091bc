"""Where an integrand breaks or peaks: the roots and summits of the polynomials in it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import mpmath  # type: ignore[import-untyped]
import sympy as sp
from sympy.polys.polyerrors import PolynomialError

mp = mpmath.mp

KINKED = (sp.Abs, sp.sign, sp.Heaviside)
NODES = (sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Derivative, sp.Subs)


def is_nested(expression: sp.Expr) -> bool:
    """Whether an integral or sum is taken over more than one variable."""
    return any(
        len(node.limits) > 1 or node.function.has(sp.Integral, sp.Sum)
        for node in expression.atoms(sp.Integral, sp.Sum)
    )


def is_unevaluated(expression: sp.Expr) -> bool:
    """Whether an integral, sum, limit or derivative stands in the expression."""
    return bool(expression.has(*NODES))


@lru_cache(maxsize=256)
def shapes(body: sp.Expr, x: sp.Symbol) -> tuple[tuple[sp.Poly, bool], ...]:
    """Return the polynomials in x whose roots, or (True) whose summits, are landmarks."""
    found: list[tuple[sp.Expr, bool]] = []
    for atom in sorted(body.atoms(sp.Function, sp.Pow, sp.Rel, sp.Piecewise), key=str):
        if isinstance(atom, sp.exp):
            found.append((atom.args[0], True))
        elif isinstance(atom, sp.Pow):
            found.append((atom.exp, True) if atom.exp.has(x) else (atom.base, False))
        elif isinstance(atom, KINKED):
            found.append((atom.args[0], False))
        elif isinstance(atom, sp.Rel):
            found.append((atom.lhs - atom.rhs, False))
        elif isinstance(atom, (sp.Max, sp.Min)):
            first, *others = atom.args
            found += [(first - other, False) for other in others]
    return tuple(_polynomials(found, x))


def _polynomials(found: list[tuple[sp.Expr, bool]], x: sp.Symbol) -> Iterator[tuple[sp.Poly, bool]]:
    for expression, peaked in found:
        if not expression.has(x) or is_unevaluated(expression):
            continue
        try:
            polynomial = sp.Poly(expression, x)
        except PolynomialError:
            continue
        if polynomial.degree() <= 8:
            yield polynomial, peaked


def roots(coefficients: list[Any], peaked: bool) -> Iterator[tuple[Any, Any]]:
    """Yield the real parts of the roots (or summits) with how wide the feature there is."""
    degree = len(coefficients) - 1
    if peaked:
        coefficients = [c * (degree - i) for i, c in enumerate(coefficients[:-1])]
    if len(coefficients) < 2:
        return
    slopes = [c * (len(coefficients) - 1 - i) for i, c in enumerate(coefficients[:-1])]
    for root in mp.polyroots(coefficients, maxsteps=200, extraprec=200):
        width = abs(mp.im(root))
        if peaked:
            curvature = abs(mp.polyval(slopes, root))
            width = 1 / mp.sqrt(curvature) if curvature else mp.mpf(0)
        yield mp.re(root), width if width > mp.eps else mp.mpf(0)


# --- sums, limits, derivatives --------------------------------------------------------------------
