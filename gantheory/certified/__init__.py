"""Divergences as rigorous balls: mid ± rad contains the truth.

The same functionals as in `gantheory.divergences`, by another route: exact parameters (a float means its
exact binary value), analytic integrands on panels between all breaks, integrated by ball arithmetic
(python-flint, `acb.integral`), and proved bounds for everything outside the panels. What has no such
proof is refused with `NotCertifiable`, never guessed.
"""

from gantheory.balls import Ball, as_ball, log
from gantheory.certified.boxes import over
from gantheory.certified.expressions import integral
from gantheory.certified.functionals import (
    bayes_error,
    bhattacharyya_coefficient,
    jeffreys_divergence,
    js_divergence,
    kl_divergence,
    neyman_chi2,
    pearson_chi2,
    reverse_kl_divergence,
    squared_hellinger,
    total_variation,
    triangular_discrimination,
    virtual_training_criterion,
)

__all__ = [
    "Ball",
    "as_ball",
    "bayes_error",
    "bhattacharyya_coefficient",
    "integral",
    "jeffreys_divergence",
    "js_divergence",
    "kl_divergence",
    "log",
    "neyman_chi2",
    "over",
    "pearson_chi2",
    "reverse_kl_divergence",
    "squared_hellinger",
    "total_variation",
    "triangular_discrimination",
    "virtual_training_criterion",
]
