"""as_density: what other libraries and users call a density, as one of ours."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.densities.black_box import BlackBox, BlackBox2D
from gantheory.densities.foreign import from_foreign
from gantheory.densities.normal_vector import NormalVector
from gantheory.errors import InvalidDensity, brief


def as_density(x: Any, *, support: Any = None) -> Any:
    """Return x as a density.

    Parameters
    ----------
    x:
        A density of ours (returned as it is); what scipy, numpy, torch, scikit-learn and statsmodels
        call one, as docs/quadrature.md lists; or a vectorised callable, points (n,) or (n, 2) ->
        densities (n,), not their logarithms. Wherever densities are compared, mixed or pushed forward,
        all but callables are taken without `as_density` too.
    support:
        For a callable only: (low, high), or ((low, high), (low, high)); ends may be infinite.

    Returns
    -------
    Density
        A callable stays a black box, and so does a distribution of a class of your own, and one of
        torch that is neither ours nor scipy's: `declared` is False, and no claim that rests on it is
        ever more than supported.

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
    converted = from_foreign(x)
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
    """Return an argument that has to be a density: one of ours, or what another library calls one.

    Raises
    ------
    TypeError
        If it is neither, saying what to write.
    InvalidDensity
        If it has no density that is known.
    """
    found = from_foreign(x)
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
            f"{type(x).__name__} {size} is not a density: no probabilities that sum to 1, no (counts, "
            "edges) of numpy.histogram; samples are not accepted, but scipy.stats.gaussian_kde(samples) "
            "and numpy.histogram(samples) are; what samples say at a stated confidence is in "
            "gantheory.samples, such as js_divergence_lower_bound(x, y, discriminator); for points "
            "write Discrete(weights, points)"
        )
    if callable(getattr(x, "pdf", None)):
        return f"{brief(x)} is not known: write as_density({type(x).__name__}.pdf, support=(low, high))"
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
