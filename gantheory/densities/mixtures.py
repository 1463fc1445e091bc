"""Mixture(components, weights)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gantheory.arrays import detached
from gantheory.densities.base import Density
from gantheory.densities.black_box import Probed
from gantheory.densities.discrete import Discrete
from gantheory.densities.foreign import from_foreign
from gantheory.densities.mixture import check_weights, flattened
from gantheory.densities.mixture_batch import batch_of_mixtures
from gantheory.errors import InvalidDensity, brief


def Mixture(components: Sequence[Any], weights: Any) -> Any:
    """Return Σ w_k p_k, a density on the line or in the plane, or a batch of them on the line.

    Parameters
    ----------
    components:
        Densities of one dimension, or what `as_density` takes but callables; a mixture among them is
        spread out into its parts, and what is unseen of it stays unseen. On the line their parameters
        may be arrays, of one shape or with length-1 axes: that makes a batch.
    weights:
        One for each component, not negative, summing to 1; shape (K,), or batch shape + (K,).

    Raises
    ------
    InvalidDensity
        If a component is not a single density with a structure, dimensions differ, or the weights are
        off.
    """
    parts, weights = _checked(components), detached(weights)
    if any(c.batch_shape for c in parts) or (parts[0].dim == 1 and np.ndim(weights) > 1):
        return batch_of_mixtures(parts, weights)
    _, exact = check_weights(weights, len(parts))
    return flattened(parts, exact)


def _checked(components: Any) -> tuple[Any, ...]:
    """Return the components as a tuple of densities of one dimension.

    Raises
    ------
    InvalidDensity
        If there is none, or one is not a density, of another dimension, a black box, or a batch in
        the plane.
    """
    if isinstance(components, Density) or not isinstance(components, Sequence):
        raise InvalidDensity(
            f"Mixture(components={brief(components)}): give a sequence of densities, as in "
            "Mixture((Normal(-2, 1), Normal(2, 1)), (0.5, 0.5))"
        )
    if not components:
        raise InvalidDensity("Mixture(components=()): give at least one component")
    parts = tuple(from_foreign(c) or c for c in components)
    for c in parts:
        if not isinstance(c, Density):
            raise InvalidDensity(
                f"Mixture: the component {brief(c)} is not a density; give a family such as "
                "Normal(0, 1) or a frozen distribution of scipy.stats"
            )
        if c.dim != parts[0].dim:
            raise InvalidDensity(
                f"Mixture: {brief(c)} has dimension {c.dim}, the first component {parts[0].dim}"
            )
        if c.batch_shape and c.dim != 1:
            raise InvalidDensity(
                f"Mixture: the component {brief(c)} is a batch; give single densities"
            )
        if isinstance(c, Discrete):
            raise InvalidDensity(
                f"Mixture: {brief(c)} is discrete; write Discrete with the weighted sums of the weights"
            )
        if isinstance(c, Probed):
            raise InvalidDensity(
                f"Mixture: {brief(c)} is a black box, whose landmarks nobody declared"
            )
    return parts
