"""Mixture(components, weights)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.densities.base import Density
from gantheory.densities.mixture import (
    Mixture1D,
    Mixture2D,
    MixtureOf,
    check_components,
    check_weights,
)
from gantheory.densities.mixture_batch import batch_of_mixtures


def Mixture(components: Sequence[Any], weights: Any) -> Any:
    """Return Σ w_k p_k, a density on the line or in the plane, or a batch of them on the line.

    Parameters
    ----------
    components:
        Densities of one dimension; a mixture among them is spread out into its parts, and what is
        unseen of it stays unseen. On the line their parameters may be arrays, of one shape or with
        length-1 axes: that makes a batch.
    weights:
        One for each component, not negative, summing to 1; shape (K,), or batch shape + (K,).

    Raises
    ------
    InvalidDensity
        If a component is no (declared, single) density, dimensions differ, or the weights are off.
    """
    dim = (
        components[0].dim
        if isinstance(components, Sequence) and components and isinstance(components[0], Density)
        else 1
    )
    parts = check_components(components, dim)
    if any(c.batch_shape for c in parts) or (dim == 1 and np.ndim(weights) > 1):
        return batch_of_mixtures(parts, weights)
    _, exact = check_weights(weights, len(parts))
    flat: list[Any] = []
    flat_exact: list[Fraction] = []
    for part, weight in zip(parts, exact, strict=True):
        inner = (
            zip(part.components, part.exact_weights, strict=True)
            if isinstance(part, MixtureOf)
            else [(part, Fraction(1))]
        )
        for component, share in inner:
            flat.append(component)
            flat_exact.append(weight * share)
    made = Mixture1D if dim == 1 else Mixture2D
    values = np.array([float(w) for w in flat_exact])
    unseen = sum(float(w) * part.unseen for w, part in zip(exact, parts, strict=True))
    return made(tuple(flat), values, tuple(flat_exact), unseen)
