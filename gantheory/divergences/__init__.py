"""Divergences of two densities p (data) and q (model), in nats, each an Estimate.

Arguments are positional, (p, q): two densities of one dimension, or two discrete distributions; batches
give arrays. The value is +inf where the theory says so, decided by supports and declared tails.
Every function is evaluated through the log ratio log p - log q, keeps its relative precision as q
-> p, and reports an error that covers discretisation, rounding and what lies outside the nodes.

The rules: adaptive Gauss-Kronrod panels on the line, cells in the plane, laid out from the
landmarks (see `gantheory.quadrature`); trapezoid sums for normals and their mixtures; sums over
points for discrete distributions; closed forms where both densities of the plane are single normals or
products, and for two `NormalVector`s of any dimension. Nothing is normalised silently.

Beside them stand distances: Wasserstein of any order, energy, Cramér, and maximum mean discrepancy.
"""

from gantheory.divergences.discrepancy import (
    energy_kernel,
    gaussian_kernel,
    laplace_kernel,
    maximum_mean_discrepancy,
    rational_quadratic_kernel,
)
from gantheory.divergences.monge import wasserstein_2, wasserstein_p
from gantheory.divergences.named import (
    alpha_divergence,
    f_divergence,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    pearson_chi2,
    renyi_divergence,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation,
)
from gantheory.divergences.transport import cramer_distance, energy_distance, wasserstein_1

__all__ = [
    "alpha_divergence",
    "cramer_distance",
    "energy_distance",
    "energy_kernel",
    "f_divergence",
    "gaussian_kernel",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
    "laplace_kernel",
    "maximum_mean_discrepancy",
    "neyman_chi2",
    "pearson_chi2",
    "rational_quadratic_kernel",
    "renyi_divergence",
    "reverse_kl_divergence",
    "squared_hellinger",
    "total_variation",
    "wasserstein_1",
    "wasserstein_2",
    "wasserstein_p",
]
