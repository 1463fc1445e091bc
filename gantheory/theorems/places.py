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
STEPPED = (sp.exp, sp.tanh, sp.coth, sp.sinh, sp.cosh, sp.sech, sp.csch, sp.erf, sp.erfc, sp.atan)
NODES = (sp.Integral, sp.Sum, sp.Product, sp.Limit, sp.Derivative, sp.Subs)

ROOT, SUMMIT, STEP = "root", "summit", "step"
"""What a polynomial in an integrand marks: its roots, the summits of its exponential, or its roots as
places of width 1/|slope|, where a function of it takes its step."""


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
def shapes(body: sp.Expr, x: sp.Symbol) -> tuple[tuple[sp.Poly, str], ...]:
    """Return the polynomials in x that mark places of the integrand, and how: ROOT, SUMMIT or STEP."""
    found: list[tuple[sp.Expr, str]] = []
    kinds = (sp.Function, sp.Pow, sp.Rel, sp.Max, sp.Min)
    for atom in sorted(body.atoms(*kinds), key=sp.default_sort_key):
        if isinstance(atom, sp.exp):
            found.append((atom.args[0], SUMMIT))
        elif isinstance(atom, sp.Pow):
            found.append((atom.exp, SUMMIT) if atom.exp.has(x) else (atom.base, ROOT))
        elif isinstance(atom, KINKED):
            found.append((atom.args[0], ROOT))
        elif isinstance(atom, sp.Rel):
            found.append((atom.lhs - atom.rhs, ROOT))
        elif isinstance(atom, (sp.Max, sp.Min)):
            first, *others = atom.args
            found += [(first - other, ROOT) for other in others]
        if isinstance(atom, STEPPED):
            found.append((atom.args[0], STEP))
    return tuple(_polynomials(found, x))


def _polynomials(found: list[tuple[sp.Expr, str]], x: sp.Symbol) -> Iterator[tuple[sp.Poly, str]]:
    for expression, shape in found:
        if not expression.has(x) or is_unevaluated(expression):
            continue
        try:
            polynomial = sp.Poly(expression, x)
        except PolynomialError:
            continue
        if polynomial.degree() <= (1 if shape == STEP else 8):
            yield polynomial, shape


def roots(coefficients: list[Any], shape: str) -> Iterator[tuple[Any, Any]]:
    """Yield the real parts of the roots (or summits) with how wide the feature there is."""
    degree = len(coefficients) - 1
    if shape == SUMMIT:
        coefficients = [c * (degree - i) for i, c in enumerate(coefficients[:-1])]
    if len(coefficients) < 2:
        return
    slopes = [c * (len(coefficients) - 1 - i) for i, c in enumerate(coefficients[:-1])]
    for root in mp.polyroots(coefficients, maxsteps=200, extraprec=200):
        slope = abs(mp.polyval(slopes, root))
        width = abs(mp.im(root))
        if shape == SUMMIT:
            width = 1 / mp.sqrt(slope) if slope else mp.mpf(0)
        if shape == STEP:
            width = 1 / slope if slope else mp.mpf(0)
        yield mp.re(root), width if width > mp.eps**2 else mp.mpf(0)
