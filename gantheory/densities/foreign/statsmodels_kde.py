"""KDEUnivariate of statsmodels as the mixture that it is; the library is not imported for this."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.densities.foreign.kernel_estimates import weighted
from gantheory.densities.normal import Normal
from gantheory.errors import InvalidDensity


def from_statsmodels(x: Any) -> Any:
    """Return a fitted KDEUnivariate with the Gaussian kernel, None if x is something else.

    All of its data counts, as in its `evaluate`: what `clip` leaves out of its grid too.

    Raises
    ------
    InvalidDensity
        If it is not fitted, or the kernel is another.
    """
    own = type(x).__module__.startswith("statsmodels.")
    if not own or type(x).__name__ != "KDEUnivariate":
        return None
    if not hasattr(x, "bw"):
        raise InvalidDensity("as_density(KDEUnivariate): fit it first, as in kde.fit()")
    kernel = type(x.kernel).__name__
    if kernel != "Gaussian":
        raise InvalidDensity(
            f"as_density(KDEUnivariate): the kernel {kernel} is not offered; fit it with kernel='gau'"
        )
    points = np.asarray(x.endog, dtype=np.float64).tolist()
    return weighted([Normal(at, float(x.bw)) for at in points], x.kernel.weights)
