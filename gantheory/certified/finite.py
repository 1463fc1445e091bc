"""Integrals of one SymPy expression in x over a finite interval, as rigorous balls."""

from __future__ import annotations

import flint
import sympy as sp

from gantheory.balls import Ball, as_ball, precision
from gantheory.certified.printer import Point, compiled
from gantheory.estimates import route


def finite_integral(
    body: sp.Expr, x: sp.Symbol, ends: tuple[sp.Expr, sp.Expr], *, digits: int, limit: int
) -> Ball:
    """∫ body dx from one end to the other, for a body that holds no other symbol.

    Parameters
    ----------
    body:
        Analytic but for poles, branch points and the kinks of |.|, min and max.
    ends:
        Two finite constants.
    digits, limit:
        Digits to work with, and evaluations of the integrand after which the ball stays wide.

    Raises
    ------
    NotCertifiable
        If the body has no form in balls.
    TypeError
        If an end is not an exact constant.
    """
    integrand = _Integrand(body, x)
    low, high = (as_ball(end).arb for end in ends)
    with precision(digits):
        tolerance = flint.arb(10) ** -digits
        found = flint.acb.integral(integrand, low, high, rel_tol=tolerance, eval_limit=limit)
    return Ball(found.real, route("balls", str(body)), digits)


class _Integrand:
    """A function of x in balls; where it has a kink it is not analytic, and enclosed on real balls."""

    def __init__(self, body: sp.Expr, x: sp.Symbol) -> None:
        self.x = x
        smooth = body.rewrite((sp.sech, sp.csch, sp.coth), sp.exp)
        smooth = smooth.replace(sp.Max, _greatest).replace(sp.Min, _least)
        kinks = {node: sp.Dummy() for node in smooth.atoms(sp.Abs)}
        self.inside = {mark: compiled(node.args[0]) for node, mark in kinks.items()}
        self.function = compiled(smooth.xreplace(kinks))

    def __call__(self, t: flint.acb, analytic: bool) -> flint.acb:
        here = Point({self.x: t}, {self.x: lambda: t.log(analytic=analytic)}, analytic)
        moduli = {mark: _modulus(f(here), analytic) for mark, f in self.inside.items()}
        return self.function(Point({**here.values, **moduli}, here.logs, analytic))


def _modulus(value: flint.acb, analytic: bool) -> flint.acb:
    """|v| for real v, continued from the side of 0 on which the ball lies."""
    if value.real > 0:
        return value
    if value.real < 0:
        return -value
    return flint.acb("nan") if analytic else flint.acb(abs(value.real))


def _greatest(first: sp.Expr, *others: sp.Expr) -> sp.Expr:
    for other in others:
        first = (first + other + sp.Abs(first - other)) / 2
    return first


def _least(first: sp.Expr, *others: sp.Expr) -> sp.Expr:
    for other in others:
        first = (first + other - sp.Abs(first - other)) / 2
    return first
