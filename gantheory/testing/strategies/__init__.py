"""Inputs for Hypothesis: densities and pairs, also discrete, logits, batches, networks, maps, games.

Every strategy is a domain, not a distribution: it says what may be drawn, and mixes the generic
with the extreme, since independent draws of p and q alone find next to nothing. Parameters are
numbers that people can read (eighths and powers of ten), and every strategy shrinks to its plainest
member: Normal(0, 1), the uniform weights, the logit 0, a network of one layer. Every drawn density is
declared and single.
"""

from gantheory.testing.strategies.batches import (
    batch_pairs,
    batches,
    logit_batches,
    logits,
    samples,
)
from gantheory.testing.strategies.decided import (
    DecidedPair,
    decided_exponentials,
    decided_normals,
    decided_pairs,
)
from gantheory.testing.strategies.discrete import (
    discrete_distributions,
    discrete_pairs,
    markov_kernels,
    simplices,
)
from gantheory.testing.strategies.games import game_names
from gantheory.testing.strategies.known import (
    KnownPair,
    equal_pairs,
    known_cauchies,
    known_discrete,
    known_disjoint,
    known_exponentials,
    known_laplaces,
    known_normals,
    known_pairs,
    nested_uniforms,
    shifted_uniforms,
)
from gantheory.testing.strategies.line import (
    cauchies,
    densities,
    exponentials,
    heavy_tailed,
    laplaces,
    mixtures,
    normals,
    student_ts,
    triangulars,
    uniforms,
)
from gantheory.testing.strategies.maps import (
    DrawnMap,
    affine_maps,
    latent_maps,
    monotone_maps,
    piecewise_linear_maps,
)
from gantheory.testing.strategies.networks import NetworkCase, network_cases, networks
from gantheory.testing.strategies.pairs import (
    density_pairs,
    disjoint_pairs,
    heavy_tailed_pairs,
    near_equal_pairs,
)
from gantheory.testing.strategies.plane import (
    grids,
    plane_densities,
    plane_normals,
    products,
    rings,
)

__all__ = [
    "DecidedPair",
    "DrawnMap",
    "KnownPair",
    "NetworkCase",
    "affine_maps",
    "batch_pairs",
    "batches",
    "cauchies",
    "decided_exponentials",
    "decided_normals",
    "decided_pairs",
    "densities",
    "density_pairs",
    "discrete_distributions",
    "discrete_pairs",
    "disjoint_pairs",
    "equal_pairs",
    "exponentials",
    "game_names",
    "grids",
    "heavy_tailed",
    "heavy_tailed_pairs",
    "known_cauchies",
    "known_discrete",
    "known_disjoint",
    "known_exponentials",
    "known_laplaces",
    "known_normals",
    "known_pairs",
    "laplaces",
    "latent_maps",
    "logit_batches",
    "logits",
    "markov_kernels",
    "mixtures",
    "monotone_maps",
    "near_equal_pairs",
    "nested_uniforms",
    "network_cases",
    "networks",
    "normals",
    "piecewise_linear_maps",
    "plane_densities",
    "plane_normals",
    "products",
    "rings",
    "samples",
    "shifted_uniforms",
    "simplices",
    "student_ts",
    "triangulars",
    "uniforms",
]
