"""Integrals on the line and in the plane that know how wrong they may be.

The rule is the Gauss-Kronrod pair (10, 21) on the line and the tensor product of the pair (7, 15)
in the plane (Piessens et al., QUADPACK, 1983, for the pairs), on cells that are laid out from
landmarks and split, all that need it at once, until the tolerance is met. Every cell carries its
own origin, so that a node close to a landmark keeps its full relative precision.

The reported error is never one difference of two rules alone. When the sum of the differences
|Kronrod - Gauss| meets the tolerance, every cell is split once more, off its middle, and the
integral is taken again: the error is the larger of the new sum of differences and the change
between the two resolutions, plus the rounding of the integrand.
"""

from gantheory.quadrature.adaptive import Integral, Integrand, Sums, adapt, evaluate, smooth_sums
from gantheory.quadrature.cells import Cells, graded, grid, panels
from gantheory.quadrature.integrals import integrate
from gantheory.quadrature.rules import CHUNK, INTEGRATORS, RULES, WIDE, null_rules

__all__ = [
    "CHUNK",
    "INTEGRATORS",
    "RULES",
    "WIDE",
    "Cells",
    "Integral",
    "Integrand",
    "Sums",
    "adapt",
    "evaluate",
    "graded",
    "grid",
    "integrate",
    "null_rules",
    "panels",
    "smooth_sums",
]
