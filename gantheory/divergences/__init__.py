"""Divergences of two densities p (data) and q (model), in nats, each an Estimate.

Arguments are positional, (p, q): two densities of one dimension, or two discrete distributions; batches
give arrays. The value is +inf where the theory says so, decided by supports and declared tails.
Every function is evaluated through the log ratio log p - log q, keeps its relative precision as q
-> p, and reports an error that covers discretisation, rounding and what lies outside the nodes.

The rules: adaptive Gauss-Kronrod panels on the line, cells in the plane, laid out from the
landmarks (see `gantheory.quadrature`); trapezoid sums for normals and their mixtures; sums over
points for discrete distributions; closed forms where both densities of the plane are single normals or
products. Nothing is normalised silently.
"""

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
from gantheory.divergences.transport import wasserstein_1

__all__ = [
    "alpha_divergence",
    "f_divergence",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
    "neyman_chi2",
    "pearson_chi2",
    "renyi_divergence",
    "reverse_kl_divergence",
    "squared_hellinger",
    "total_variation",
    "wasserstein_1",
]
