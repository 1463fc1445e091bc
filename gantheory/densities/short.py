"""Densities in short, as the calls that make numbers show them: N(0, 1), U[0, 2], Laplace(0, 1)."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from fractions import Fraction
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np

from gantheory.calls import LONGEST, UNKNOWN, Call, number
from gantheory.densities.cauchy import Cauchy
from gantheory.densities.discrete import Discrete
from gantheory.densities.exponential import Exponential
from gantheory.densities.generator import GeneratorDensity
from gantheory.densities.histogram import Histogram
from gantheory.densities.laplace import Laplace
from gantheory.densities.location_scale import Parametric
from gantheory.densities.mixture import Mixture1D, Mixture2D
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.plane import Product
from gantheory.densities.pushforward import Pushforward
from gantheory.densities.student_t import StudentT
from gantheory.densities.triangular import Triangular
from gantheory.densities.uniform import Uniform
from gantheory.provenance import FOLDER

FEW = 4  # entries that are shown one by one
SIMPLE = 999  # the largest denominator of a fraction that is shown as one
FORMS: dict[type, str] = {
    Normal: "N({loc}, {scale}²)",
    Uniform: "U[{low}, {high}]",
    Laplace: "Laplace({loc}, {scale})",
    Cauchy: "Cauchy({loc}, {scale})",
    StudentT: "t({df}; {loc}, {scale})",
    Exponential: "Exp({rate})",
    Triangular: "Triangular({low}, {mode}, {high})",
}


def short(x: Any) -> str:
    """Return a density, or another argument of a call, in a few letters."""
    if type(x) in FORMS:
        return _parametric(x)
    if type(x) in SHOWN:
        return SHOWN[type(x)](x)
    if isinstance(x, (int, float, Fraction, np.floating, np.integer)):
        return number(x)
    if isinstance(x, str):
        return x
    if isinstance(x, (np.ndarray, list, tuple)):
        return "…"
    if type(x).__module__.startswith("sympy."):  # an integrand
        return str(x).replace("**", "^").replace("*", "·")
    name = getattr(x, "__name__", None) or getattr(x, "name", None)
    if name == "<lambda>":
        return "…"
    return name if isinstance(name, str) else f"{type(x).__name__}(…)"


def _parametric(x: Parametric) -> str:
    text = FORMS[type(x)].format(
        **{name: _parameter(value, x.exact[name]) for name, value in x.parameters().items()}
    )
    return text.replace(", 1²)", ", 1)")


def _parameter(value: Any, exact: Fraction | None) -> str:
    """Return a parameter as the decimal or the simple fraction that was given, "…" for a batch."""
    if np.ndim(value):
        return "…"
    if exact is not None and exact.denominator <= SIMPLE and Fraction(number(value)) != exact:
        return number(exact)
    return number(value)


def _discrete(x: Discrete) -> str:
    if len(x.weights) > FEW:
        return f"Discrete({len(x.weights)} points)"
    weights = (_parameter(w, e) for w, e in zip(x.weights, x.exact_weights, strict=True))
    return f"({', '.join(weights)})"


def _mixture(x: Any) -> str:
    if len(x.components) > FEW:
        return f"Mixture({len(x.components)} components)"
    weights = (_parameter(w, e) for w, e in zip(x.weights, x.exact_weights, strict=True))
    parts = zip(weights, x.components, strict=True)
    return " + ".join(f"{weight} {short(component)}" for weight, component in parts)


def _plane_normal(x: MultivariateNormal) -> str:
    (a, b), (_, d) = x.cov.tolist()
    mean = ", ".join(map(number, x.mean.tolist()))
    rows = ((a, b), (b, d))
    return f"N(({mean}), [{'; '.join(' '.join(map(number, row)) for row in rows)}])"


SHOWN: dict[type, Callable[[Any], str]] = {
    Discrete: _discrete,
    Histogram: lambda x: f"Histogram({len(x.weights)} bins)",
    Mixture1D: _mixture,
    Mixture2D: _mixture,
    MultivariateNormal: _plane_normal,
    Product: lambda x: f"{short(x.first)} × {short(x.second)}",
    Pushforward: lambda x: f"Pushforward({short(x.latent)})",
    GeneratorDensity: lambda x: f"G({short(x.latent)})",
}


def call_of(name: str, *arguments: Any) -> Call:
    """Return the call name(arguments), arrays as "…"; unknown if it is too long."""
    text = f"{name}({', '.join(map(short, arguments))})"
    return Call(text) if len(text) <= LONGEST else UNKNOWN


# --- functions that name their calls --------------------------------------------------------------


class Made(Protocol):
    """A number that remembers its call: an Estimate or a Ball."""

    def called(self, call: Call) -> Any:
        """Return the same number with this call."""


_Arguments = ParamSpec("_Arguments")
_Number = TypeVar("_Number", bound=Made)


def called(
    form: str,
) -> Callable[[Callable[_Arguments, _Number]], Callable[_Arguments, _Number]]:
    """Return a decorator: numbers that the function returns remember the call in this form.

    Parameters
    ----------
    form:
        With arguments of the function in braces, as in "KL({p} ‖ {q})".
    """

    def decorator(function: Callable[_Arguments, _Number]) -> Callable[_Arguments, _Number]:
        signature = inspect.signature(function)
        if not function.__code__.co_filename.startswith(FOLDER):
            raise TypeError(
                f"called({form!r}) names numbers of gantheory's own functions, which "
                f"{function.__name__} is not: use the makers of gantheory.evidence"
            )

        @wraps(function)
        def made(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Number:
            found = function(*args, **kwargs)
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            text = form.format(**{name: short(value) for name, value in given.arguments.items()})
            named: _Number = found.called(Call(text) if len(text) <= LONGEST else UNKNOWN)
            return named

        return made

    return decorator
