"""Integrands as a user of scipy.integrate.quad writes them: plain Python and `math`, point by point."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from scipy.integrate import quad
from scipy.special import stdtr

from tests.benchmarks.line_pairs import ALPHA, ORDER

ABSOLUTE, RELATIVE = 1e-12, 1e-11  # what quad is asked for
WIDENINGS = 12
LARGEST = 700.0  # exponent
Function = Callable[[float], float]
exp, log, pi = math.exp, math.log, math.pi


# --- densities ------------------------------------------------------------------------------------


def normal(loc: float, scale: float) -> Function:
    c, i = 1 / (scale * math.sqrt(2 * pi)), 1 / scale
    return lambda x: c * exp(-0.5 * ((x - loc) * i) ** 2)


def laplace(loc: float, scale: float) -> Function:
    c, i = 0.5 / scale, 1 / scale
    return lambda x: c * exp(-abs(x - loc) * i)


def cauchy(loc: float, scale: float) -> Function:
    c, i = 1 / (pi * scale), 1 / scale
    return lambda x: c / (1 + ((x - loc) * i) ** 2)


def student(df: float, loc: float, scale: float) -> Function:
    c = exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / (scale * math.sqrt(pi * df))
    i, power = 1 / (scale * math.sqrt(df)), -(df + 1) / 2
    return lambda x: c * (1 + ((x - loc) * i) ** 2) ** power


def exponential(rate: float) -> Function:
    return lambda x: rate * exp(-rate * x) if x >= 0 else 0.0


def uniform(low: float, high: float) -> Function:
    level = 1 / (high - low)
    return lambda x: level if low <= x <= high else 0.0


def triangular(low: float, mode: float, high: float) -> Function:
    left, right = 2 / (high - low) / (mode - low), 2 / (high - low) / (high - mode)

    def density(x: float) -> float:
        if not low <= x <= high:
            return 0.0
        return (x - low) * left if x < mode else (high - x) * right

    return density


# --- their logarithms: where a density underflows, divergences of logarithms and powers are still there


def log_normal(loc: float, scale: float) -> Function:
    c, i = -log(scale * math.sqrt(2 * pi)), 1 / scale
    return lambda x: c - 0.5 * ((x - loc) * i) ** 2


def log_laplace(loc: float, scale: float) -> Function:
    c, i = -log(2 * scale), 1 / scale
    return lambda x: c - abs(x - loc) * i


def log_cauchy(loc: float, scale: float) -> Function:
    c, i = -log(pi * scale), 1 / scale
    return lambda x: c - math.log1p(((x - loc) * i) ** 2)


def log_student(df: float, loc: float, scale: float) -> Function:
    c = math.lgamma((df + 1) / 2) - math.lgamma(df / 2) - log(scale * math.sqrt(pi * df))
    i, power = 1 / (scale * math.sqrt(df)), (df + 1) / 2
    return lambda x: c - power * math.log1p(((x - loc) * i) ** 2)


def log_exponential(rate: float) -> Function:
    c = log(rate)
    return lambda x: c - rate * x if x >= 0 else -math.inf


def log_uniform(low: float, high: float) -> Function:
    level = -log(high - low)
    return lambda x: level if low <= x <= high else -math.inf


def log_triangular(low: float, mode: float, high: float) -> Function:
    density = triangular(low, mode, high)

    def log_density(x: float) -> float:
        here = density(x)
        return log(here) if here > 0 else -math.inf

    return log_density


def log_mixture(v: float, f: Function, w: float, g: Function) -> Function:
    log_v, log_w = log(v), log(w)

    def log_density(x: float) -> float:
        one, other = log_v + f(x), log_w + g(x)
        if one > other:
            return one + math.log1p(exp(other - one))
        return other + math.log1p(exp(one - other))

    return log_density


def mixture(v: float, f: Function, w: float, g: Function) -> Function:
    return lambda x: v * f(x) + w * g(x)


# --- distribution functions -----------------------------------------------------------------------


def normal_cdf(loc: float, scale: float) -> Function:
    i = 1 / (scale * math.sqrt(2))
    return lambda x: 0.5 * math.erfc((loc - x) * i)


def laplace_cdf(loc: float, scale: float) -> Function:
    def cdf(x: float) -> float:
        half = 0.5 * exp(-abs(x - loc) / scale)
        return half if x < loc else 1 - half

    return cdf


def student_cdf(df: float, loc: float, scale: float) -> Function:
    return lambda x: float(stdtr(df, (x - loc) / scale))


def exponential_cdf(rate: float) -> Function:
    return lambda x: -math.expm1(-rate * x) if x > 0 else 0.0


def uniform_cdf(low: float, high: float) -> Function:
    return lambda x: min(max((x - low) / (high - low), 0.0), 1.0)


def triangular_cdf(low: float, mode: float, high: float) -> Function:
    def cdf(x: float) -> float:
        if x < mode:
            return max(x - low, 0.0) ** 2 / ((high - low) * (mode - low))
        return 1 - max(high - x, 0.0) ** 2 / ((high - low) * (high - mode))

    return cdf


PDFS = {
    "Normal": normal,
    "Laplace": laplace,
    "Cauchy": cauchy,
    "StudentT": student,
    "Exponential": exponential,
    "Uniform": uniform,
    "Triangular": triangular,
}
LOGS = {
    "Normal": log_normal,
    "Laplace": log_laplace,
    "Cauchy": log_cauchy,
    "StudentT": log_student,
    "Exponential": log_exponential,
    "Uniform": log_uniform,
    "Triangular": log_triangular,
}
CDFS: dict[str, Callable[..., Function]] = {
    "Normal": normal_cdf,
    "Laplace": laplace_cdf,
    "StudentT": student_cdf,
    "Exponential": exponential_cdf,
    "Uniform": uniform_cdf,
    "Triangular": triangular_cdf,
}


def parts_of(density: Any) -> list[tuple[float, Any]]:
    """Return (weight, component) of a mixture or of a single density."""
    return (
        [(float(w), c) for w, c in density.parts] if hasattr(density, "parts") else [(1.0, density)]
    )


def function_of(density: Any, table: dict[str, Callable[..., Function]]) -> Function:
    """Return a density, its logarithm or its distribution function, as a function of one float."""
    parts = [(w, table[type(c).__name__](**c.parameters())) for w, c in parts_of(density)]
    if len(parts) == 1:
        return parts[0][1]
    [(v, f), (w, g)] = parts
    return (log_mixture if table is LOGS else mixture)(v, f, w, g)


# --- integrands of two densities ------------------------------------------------------------------


def jsd(a: float, b: float) -> float:
    m = 0.5 * (a + b)
    return 0.5 * ((a * log(a / m) if a > 0 else 0.0) + (b * log(b / m) if b > 0 else 0.0))


def criterion(a: float, b: float) -> float:
    s = a + b
    return (a * log(a / s) if a > 0 else 0.0) + (b * log(b / s) if b > 0 else 0.0)


def tv(a: float, b: float) -> float:
    return 0.5 * abs(a - b)


def hellinger(a: float, b: float) -> float:
    return 0.5 * (math.sqrt(a) - math.sqrt(b)) ** 2


def gap(a: float, b: float) -> float:
    return abs(a - b)


# of their logarithms


def kl(a: float, b: float) -> float:
    return exp(a) * (a - b) if a > -math.inf else 0.0


def reverse_kl(a: float, b: float) -> float:
    return exp(b) * (b - a) if b > -math.inf else 0.0


def jeffreys(a: float, b: float) -> float:
    return (exp(a) - exp(b)) * (a - b) if a > -math.inf else 0.0


def pearson(a: float, b: float) -> float:
    return exp(min(2 * a - b, LARGEST)) if a > -math.inf else 0.0


def neyman(a: float, b: float) -> float:
    return exp(min(2 * b - a, LARGEST)) if b > -math.inf else 0.0


def power(a: float, b: float) -> float:
    return exp(ALPHA * a + (1 - ALPHA) * b)


def power_of_renyi(a: float, b: float) -> float:
    return exp(ORDER * a + (1 - ORDER) * b)


OF_DENSITIES = {"JSD": jsd, "C": criterion, "TV": tv, "H²": hellinger}
OF_LOGARITHMS = {
    "KL": kl,
    "reverse KL": reverse_kl,
    "Jeffreys": jeffreys,
    "χ²": pearson,
    "Neyman χ²": neyman,
    "D_α": power,
    "Rényi": power_of_renyi,
}


def terms(divergence: str) -> tuple[dict[str, Callable[..., Function]], Any]:
    """Return the functions of a density that an integrand takes, and the integrand."""
    if divergence == "W1":
        return CDFS, gap
    if divergence in OF_DENSITIES:
        return PDFS, OF_DENSITIES[divergence]
    return LOGS, OF_LOGARITHMS[divergence]


def of_integral(divergence: str, value: float, error: float) -> tuple[float, float]:
    """Return the divergence and its error, of the integral and its error."""
    if divergence in {"χ²", "Neyman χ²"}:
        return value - 1, error
    if divergence == "D_α":
        return (value - 1) / (ALPHA * (ALPHA - 1)), error / (ALPHA * (1 - ALPHA))
    if divergence == "Rényi":
        return log(value) / (ORDER - 1), error / value / (1 - ORDER)
    return value, error


# --- quad -----------------------------------------------------------------------------------------

REACH = {"Normal": 9.0, "Laplace": 40.0, "Cauchy": 1e13, "StudentT": 1e4}


def span(density: Any) -> tuple[float, float]:
    """Return an interval that holds the mass of a component, to 1e-12 or so."""
    name, (low, high) = type(density).__name__, density.support
    if name in REACH:
        half = REACH[name] * density.scale
        return density.loc - half, density.loc + half
    return low, 40 / density.rate if name == "Exponential" else high


def centres(density: Any) -> set[float]:
    """Return where a user puts break points: centres, modes and ends of supports."""
    own = density.parameters()
    return {float(own[name]) for name in ("loc", "low", "mode", "high") if name in own}


class Question:
    """∫ of a divergence of two single densities, ready for quad."""

    def __init__(self, divergence: str, p: Any, q: Any) -> None:
        table, term = terms(divergence)
        f, g = function_of(p, table), function_of(q, table)
        self.divergence, self.integrand = divergence, lambda x: term(f(x), g(x))
        components = [c for density in (p, q) for _, c in parts_of(density)]
        ends = [span(c) for c in components]
        self.low, self.high = min(a for a, _ in ends), max(b for _, b in ends)
        self._widen([c.support for c in components])
        marks = set().union(*(centres(c) for c in components))
        self.points = sorted(x for x in marks if self.low < x < self.high) or None

    def _widen(self, supports: list[tuple[float, float]]) -> None:
        """Reach further out until the integrand is negligible at both ends, where it can be."""
        first, last = min(a for a, _ in supports), max(b for _, b in supports)
        for _ in range(WIDENINGS):
            width = self.high - self.low
            tall = [abs(self.integrand(x)) * width > 1e-14 for x in (self.low, self.high)]
            if tall[0]:
                self.low = max(first, self.low - 0.2 * width)
            if tall[1]:
                self.high = min(last, self.high + 0.2 * width)

    def answer(self, compiled: Any = None, args: tuple[float, ...] = ()) -> tuple[float, float]:
        """Return what quad finds, and the error that it reports."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, error = quad(
                compiled or self.integrand,
                self.low,
                self.high,
                points=self.points,
                epsabs=ABSOLUTE,
                epsrel=RELATIVE,
                limit=200,
                args=args,
            )
        return of_integral(self.divergence, value, error)
