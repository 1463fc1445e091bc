"""Integrals of expressions that the user writes."""

from __future__ import annotations

from typing import Any

from gantheory.balls import Ball
from gantheory.certified.functionals import enclosed
from gantheory.certified.printer import kernel_of
from gantheory.densities.short import called


@called("∫ {expression}; p = {p}, q = {q}")
def integral(expression: Any, p: Any, q: Any, *, bound: tuple[Any, Any], digits: int = 30) -> Ball:
    """∫ f(p(x), q(x)) dx for a SymPy expression f in symbols named p and q.

    Parameters
    ----------
    expression:
        Analytic for p, q > 0; no Floats, no kinks. `p * log(2 * p / (p + q))`, say. Where a density
        vanishes, its limit there is the integrand, for expressions homogeneous of degree 1.
    p, q:
        As for `js_divergence`; in the plane only if the expression is homogeneous of degree 1.
    bound:
        (c_p, c_q), exact, with |f(p, q)| <= c_p p + c_q q wherever this pair lives. The enclosure
        rests on it; it is tried at many points, not proved.
    digits:
        Correct significant digits; of a value that cannot be distinguished from 0, decimal places: twice
        as many.

    Raises
    ------
    NotCertifiable
        If the expression or the pair has no rigorous form here, or evaluations run out, as where a
        difference vanishes that SymPy cannot factor.
    TypeError
        If the expression is a string, or holds a Float or another symbol; if the bound is not exact.
    ValueError
        If the bound is broken at a point that was tried.
    """
    kernel, homogeneous = kernel_of(expression, bound)
    return enclosed(kernel, p, q, digits, zero_counts=True, homogeneous=homogeneous)
