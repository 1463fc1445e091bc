"""Divergences of two densities p (data) and q (model), in nats, each an Estimate.

Arguments are positional, (p, q): two densities of one dimension, or two discrete distributions; batches
give arrays. The value is +inf where the theory says so, decided by supports and declared tails.
Every function is evaluated through the log ratio log p - log q, keeps its relative precision as q
-> p, and reports an error that covers discretisation, rounding and what lies outside the nodes.

The rules: adaptive Gauss-Kronrod panels on the line, cells in the plane, laid out from the
landmarks (see `gantheory.quadrature`); the same as machine code for mixtures of standard families;
sums over points for discrete distributions; closed forms for pairs of one family, for two normals or
products of the plane, and for two `NormalVector`s of any dimension. Nothing is normalised silently.

Beside them stand distances: Wasserstein of any order, energy, Cramér, and maximum mean discrepancy.
"""

from gantheory.divergences.affinities import bhattacharyya_coefficient, bhattacharyya_distance
from gantheory.divergences.decisions import (
    Roc,
    bayes_accuracy,
    bayes_error,
    discriminator_cdf,
    optimal_roc,
)
from gantheory.divergences.discrepancy import (
    energy_kernel,
    gaussian_kernel,
    laplace_kernel,
    maximum_mean_discrepancy,
    rational_quadratic_kernel,
)
from gantheory.divergences.entropies import cross_entropy, entropy
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
    triangular_discrimination,
)
from gantheory.divergences.rankings import optimal_auc
from gantheory.divergences.several import generalised_js_divergence, skew_js_divergence
from gantheory.divergences.transport import cramer_distance, energy_distance, wasserstein_1

__all__ = [
    "Roc",
    "alpha_divergence",
    "bayes_accuracy",
    "bayes_error",
    "bhattacharyya_coefficient",
    "bhattacharyya_distance",
    "cramer_distance",
    "cross_entropy",
    "discriminator_cdf",
    "energy_distance",
    "energy_kernel",
    "entropy",
    "f_divergence",
    "gaussian_kernel",
    "generalised_js_divergence",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
    "laplace_kernel",
    "maximum_mean_discrepancy",
    "neyman_chi2",
    "optimal_auc",
    "optimal_roc",
    "pearson_chi2",
    "rational_quadratic_kernel",
    "renyi_divergence",
    "reverse_kl_divergence",
    "skew_js_divergence",
    "squared_hellinger",
    "total_variation",
    "triangular_discrimination",
    "wasserstein_1",
    "wasserstein_2",
    "wasserstein_p",
]
