"""What independent samples say about a divergence, at a stated confidence.

Nothing is assumed of the distributions but what an argument states: that the samples are independent
draws, and for an interval of W₁ a support. What samples bound from both sides is an `Estimate` of kind
"statistical"; what they bound from below only is a `LowerBound`, and a test returns a `PermutationTest`:
neither is a number. docs/samples.md says what each promises and what it cannot know.
"""

from gantheory.samples.bands import (
    kolmogorov_smirnov_from_samples,
    wasserstein_1_from_samples,
    wasserstein_1_lower_bound,
)
from gantheory.samples.confidence import LowerBound
from gantheory.samples.held_out import js_divergence_lower_bound, total_variation_lower_bound
from gantheory.samples.mean_embeddings import mmd_from_samples
from gantheory.samples.permutations import PermutationTest, energy_test, mmd_test

__all__ = [
    "LowerBound",
    "PermutationTest",
    "energy_test",
    "js_divergence_lower_bound",
    "kolmogorov_smirnov_from_samples",
    "mmd_from_samples",
    "mmd_test",
    "total_variation_lower_bound",
    "wasserstein_1_from_samples",
    "wasserstein_1_lower_bound",
]
