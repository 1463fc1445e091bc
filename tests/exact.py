"""Truths by other means than the package's: mpmath, and panels in extended precision.

Nothing here uses the package's evaluation of a density: only its parameters are read. Extended
precision is what C calls long double: 19 digits on x86, and no more than float64 on Apple silicon, so
that results there say of themselves that they are off by more (`ROUNDING`).
"""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np

LOG_4 = mp.log(4)


def mpf(x):
    """A number exactly."""
    return mp.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else mp.mpf(x)


def normal(d, x):
    z = (x - mpf(d.loc)) / mpf(d.scale)
    return -z * z / 2 - mp.log(mpf(d.scale)) - mp.log(2 * mp.pi) / 2


def laplace(d, x):
    return -abs(x - mpf(d.loc)) / mpf(d.scale) - mp.log(2 * mpf(d.scale))


def cauchy(d, x):
    z = (x - mpf(d.loc)) / mpf(d.scale)
    return -mp.log(1 + z * z) - mp.log(mp.pi * mpf(d.scale))


def student_t(d, x):
    z, df = (x - mpf(d.loc)) / mpf(d.scale), mpf(d.df)
    level = mp.log(mpf(d.scale)) + mp.log(df) / 2 + mp.log(mp.beta(mp.mpf(1) / 2, df / 2))
    return -(df + 1) / 2 * mp.log1p(z * z / df) - level


def uniform(d, x):
    inside = mpf(d.low) <= x <= mpf(d.high)
    return -mp.log(mpf(d.high) - mpf(d.low)) if inside else -mp.inf


def exponential(d, x):
    return mp.log(mpf(d.rate)) - mpf(d.rate) * x if x >= 0 else -mp.inf


def triangular(d, x):
    low, mode, high = mpf(d.low), mpf(d.mode), mpf(d.high)
    if not low <= x <= high:
        return -mp.inf
    if x == mode:
        height = mp.mpf(1)
    else:
        height = (x - low) / (mode - low) if x < mode else (high - x) / (high - mode)
    return mp.log(2 * height / (high - low)) if height else -mp.inf


FAMILIES = {
    "Normal": normal,
    "Laplace": laplace,
    "Cauchy": cauchy,
    "StudentT": student_t,
    "Uniform": uniform,
    "Exponential": exponential,
    "Triangular": triangular,
}


def logpdf(d, x):
    """Log density at an mpf, with mpmath's precision."""
    if hasattr(d, "components"):
        parts = zip(d.exact_weights, d.components, strict=True)
        whole = mp.fsum(mpf(w) * mp.exp(logpdf(c, x)) for w, c in parts if w)
        return mp.log(whole) if whole else -mp.inf
    return FAMILIES[type(d).__name__](d, x)


def plane_normal(d, x, y):
    """Log density of a MultivariateNormal."""
    (a, b), (_, c) = [[mpf(float(v)) for v in row] for row in d.cov]
    det = a * c - b * b
    u, v = x - mpf(float(d.mean[0])), y - mpf(float(d.mean[1]))
    return -(c * u * u - 2 * b * u * v + a * v * v) / det / 2 - mp.log(2 * mp.pi) - mp.log(det) / 2


def jsd_term(lp, lq):
    p, q = mp.exp(lp), mp.exp(lq)
    m = (p + q) / 2
    return ((p * mp.log(p / m) if p else 0) + (q * mp.log(q / m) if q else 0)) / 2


def kl_term(lp, lq):
    p = mp.exp(lp)
    return p * (lp - lq) if p else mp.mpf(0)


def tv_term(lp, lq):
    return abs(mp.exp(lp) - mp.exp(lq)) / 2


def hellinger_term(lp, lq):
    return (mp.exp(lp / 2) - mp.exp(lq / 2)) ** 2 / 2


def integral(term, p, q, points):
    """∫ term(log p, log q) over panels: Gauss-Legendre, tanh-sinh where one is infinite."""

    def f(x):
        return term(logpdf(p, x), logpdf(q, x))

    if mp.isinf(points[0]) or mp.isinf(points[-1]):
        return mp.quad(f, points)
    return mp.quad(f, points, method="gauss-legendre", maxdegree=5)


def moment(weights, nodes, n):
    """Σ w xⁿ, without a rounding."""
    pairs = zip(weights.tolist(), nodes.tolist(), strict=True)
    return float(sum(Fraction(w) * Fraction(x) ** n for w, x in pairs))


def moment_rounding(weights, nodes, n):
    """How far it may be off since the weights and nodes are floats: (n + 2) roundings of each term."""
    return (n + 2) * 2.0**-53 * math.fsum(np.abs(weights * nodes**n))


def gauss_legendre(n):
    """Nodes and weights on [-1, 1], ascending, correct to the last digit of a long double."""
    with mp.workdps(40):
        starts = np.polynomial.legendre.leggauss(n)[0].tolist()  # its weights have 12 digits only
        roots = [mp.findroot(lambda t: mp.legendre(n, t), mp.mpf(start)) for start in starts]
        slopes = [n * (x * mp.legendre(n, x) - mp.legendre(n - 1, x)) / (x * x - 1) for x in roots]
        weights = [2 / ((1 - x * x) * slope**2) for x, slope in zip(roots, slopes, strict=True)]
        return tuple(
            np.array([np.longdouble(mp.nstr(x, 35)) for x in row]) for row in (roots, weights)
        )


# --- mixtures of normals, extended precision ------------------------------------------------------

# how far jsd_of_normal_mixtures is off at most: log densities where there is mass are sums of terms up
# to 40, off by as many roundings of a long double, and so are their difference and what is made of it;
# then the result, at most log 2, is rounded to a float
ROUNDING = 100 * float(np.finfo(np.longdouble).eps) + 2.0**-54
STEPS = np.concatenate([np.arange(0, 7, 0.5), np.arange(7, 16, 1.0)])
PI = np.longdouble("3.14159265358979323846264338327950288")
OFFSETS = np.concatenate([-STEPS[:0:-1], STEPS]).astype(np.longdouble)
NODES, WEIGHTS = gauss_legendre(40)


def jsd_of_normal_mixtures(p, q):
    """JSD of (weights, locs, scales) pairs: Gauss-Legendre on panels local to the nearest mean."""
    locs = np.concatenate([p[1], q[1]]).astype(np.longdouble)
    scales = np.concatenate([p[2], q[2]]).astype(np.longdouble)
    ends = np.unique(locs[:, None] + OFFSETS * scales[:, None])
    middles = (ends[:-1] + ends[1:]) / 2
    origin = locs[np.argmin(np.abs(middles[:, None] - locs), axis=1)][:, None]
    # the ends are rounded, the nodes between them are offsets from a mean and are not
    low, high = ends[:-1, None] - origin, ends[1:, None] - origin
    x = (low + high) / 2 + (high - low) / 2 * NODES
    jacobian = (high - low) / 2 * WEIGHTS
    log_p, log_q = _log_mixture(p, x, origin), _log_mixture(q, x, origin)
    a = log_p - log_q
    size = np.abs(a)
    e = np.exp(-size)
    k = 2 * (np.log(np.longdouble(2)) - np.log1p(e) - size * e / (1 + e))
    s = size**2
    series = s / 4 - s**2 / 32 + s**3 / 288 - 17 * s**4 / 46080 + 31 * s**5 / 806400
    k = np.where(size < 0.03, series, k)
    return float(np.sum((np.exp(log_p) + np.exp(log_q)) * k * jacobian) / 4)


def _log_mixture(mixture, x, origin):
    weights, locs, scales = (np.asarray(part).astype(np.longdouble) for part in mixture)
    terms = [
        np.log(w) - (((origin - m) + x) / s) ** 2 / 2 - np.log(s * np.sqrt(2 * PI))
        for w, m, s in zip(weights, locs, scales, strict=True)
    ]
    return np.logaddexp.reduce(np.stack(terms), axis=0)
