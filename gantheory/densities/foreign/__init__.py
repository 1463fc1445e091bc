"""What other libraries call a density, as one of ours: a module for each library.

None of them is imported for this: who has an object of a library has imported it. So numbers are
those of the object itself: exactly its parameters, or its declared structure, where that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gantheory.densities.base import Density
from gantheory.densities.foreign.numpy_arrays import from_arrays
from gantheory.densities.foreign.scipy_objects import from_scipy
from gantheory.densities.foreign.sklearn_models import from_sklearn
from gantheory.densities.foreign.statsmodels_kde import from_statsmodels
from gantheory.densities.foreign.torch_distributions import from_torch

CONVERTERS: dict[str, Callable[[Any], Any]] = {
    "scipy": from_scipy,
    "sklearn": from_sklearn,
    "statsmodels": from_statsmodels,
    "torch": from_torch,
    "numpy": from_arrays,
    "builtins": from_arrays,
}
"""What converts an object, by the first part of its module's name."""


def from_foreign(x: Any) -> Any:
    """Return x as a density, itself if it is one of ours, and None if no library here made it.

    Raises
    ------
    InvalidDensity
        If it was made by one of them, but has no density that is known.
    """
    if isinstance(x, Density):
        return x
    roots = (base.__module__.partition(".")[0] for base in type(x).__mro__)
    convert = next((CONVERTERS[root] for root in roots if root in CONVERTERS), from_arrays)
    return convert(x)
