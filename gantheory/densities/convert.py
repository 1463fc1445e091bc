"""as_density: what other libraries and users call a density, as one of ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.densities.base import Density
from gantheory.densities.black_box import BlackBox, BlackBox2D
from gantheory.densities.normal_vector import NormalVector
from gantheory.densities.scipy_objects import from_scipy
from gantheory.errors import InvalidDensity, brief


def as_density(x: Any, *, support: Any = None) -> Any:
    """Return x as a density.

    Parameters
    ----------
    x:
        A density of ours (returned as it is); a frozen distribution of scipy.stats, old or new
        style, or a frozen multivariate_normal of the plane (its structure is declared, through cdf
        and ppf); a frozen discrete distribution on finitely many points (a `Discrete`); or a
        vectorised callable, points (n,) or (n, 2) -> densities (n,), not their logarithms. Wherever
        two densities are compared, distributions of scipy.stats are taken without `as_density` too.
    support:
        For a callable only: (low, high), or ((low, high), (low, high)); ends may be infinite.

    Returns
    -------
    Density
        A callable stays a black box, and a distribution of a class of your own is one too:
        `declared` is False, and no claim that rests on it is ever more than supported.

    Raises
    ------
    InvalidDensity
        If x is not a density, saying what it returned and where.

    Examples
    --------
    >>> import numpy as np
    >>> as_density(lambda x: np.exp(-x), support=(0, np.inf)).declared
    False
    """
    converted = x if isinstance(x, Density) else from_scipy(x)
    if converted is not None:
        if support is not None:
            raise InvalidDensity(
                f"as_density({brief(x)}, support=...): this density has its own support"
            )
        return converted
    if not callable(x):
        raise InvalidDensity(f"as_density: {_refusal(x)}")
    sides = _check_support(x, support)
    name = getattr(x, "__qualname__", type(x).__name__)
    if len(sides) == 1:
        return BlackBox(x, sides[0], name)
    return BlackBox2D(x, (sides[0], sides[1]), name)


def density_of(name: str, x: Any) -> Any:
    """Return an argument that has to be a density: one of ours, or a distribution of scipy.stats.

    Raises
    ------
    TypeError
        If it is neither, saying what to write.
    InvalidDensity
        If it is a distribution without a density.
    """
    found = x if isinstance(x, Density) else from_scipy(x)
    if found is None:
        raise TypeError(f"{name}: {_refusal(x)}")
    return found


def _refusal(x: Any) -> str:
    """Return why x is not a density, and what to write instead, in one sentence."""
    if isinstance(x, NormalVector):
        return (
            f"{brief(x)} is for closed forms: this needs integrals, which are offered on the line and "
            "in the plane; give Normal or MultivariateNormal"
        )
    if callable(x):
        name = getattr(x, "__qualname__", type(x).__name__)
        return f"{name} is a callable: write as_density({name}, support=(low, high))"
    if hasattr(x, "__len__") and not isinstance(x, str):
        size = f"of shape {tuple(x.shape)}" if hasattr(x, "shape") else f"of {len(x)} entries"
        return (
            f"{type(x).__name__} {size} is not a density, and samples are not accepted; "
            "what samples say at a stated confidence is in gantheory.samples, such as "
            "js_divergence_lower_bound(x, y, discriminator); for probabilities write Discrete(weights, "
            "points)"
        )
    return (
        f"{brief(x)} is not a density; give a family such as Normal(0, 1), a frozen distribution of "
        "scipy.stats, or as_density(pdf, support=(low, high))"
    )


def _check_support(x: Any, support: Any) -> list[tuple[float, float]]:
    if support is None:
        raise InvalidDensity(
            f"as_density({brief(x)}): a callable needs its support; write support=(low, high), with "
            "-inf and inf allowed, or ((low, high), (low, high)) in the plane"
        )
    try:
        sides = np.atleast_2d(np.asarray(support, dtype=np.float64))
    except (TypeError, ValueError):
        sides = np.empty((0, 0))
    if sides.shape not in {(1, 2), (2, 2)} or not np.all(sides[:, 0] < sides[:, 1]):
        raise InvalidDensity(
            f"as_density(support={brief(support)}): write (low, high) with low < high"
        )
    return [(float(low), float(high)) for low, high in sides]
