"""What a density promises.

A density declares its structure: where its mass sits (`landmarks`), where it breaks or blows up
(`edges`), how it falls far out (`tails`), and how much of it lies outside a box (`tail_mass`).
Integrals lay their panels by that structure and pay for what they did not see by it.

Points are evaluated as origin + x, with origin - loc formed first: near |loc|/scale = 1e11 the
rounding of an absolute coordinate alone would cost 5e-7.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray, detached
from gantheory.densities.outside import refuse_changed_family
from gantheory.densities.standard import Standard
from gantheory.errors import InvalidDensity, brief
from gantheory.provenance import made_by_package

Parameter = float | int | Fraction | str | npt.ArrayLike
TailKind = Literal["none", "power", "exponential", "gaussian", "unknown", "undeclared"]

TAIL_MASS = 1e-40  # what the panels of an integral may leave outside, per density


@dataclass(frozen=True)
class Tail:
    """How log pdf falls on one side.

    Attributes
    ----------
    kind:
        "none" (the support ends), "power" (pdf ~ e^constant |x|^-(1 + rate)), "exponential"
        (pdf ~ e^constant e^(-rate |x|)), "gaussian" (log pdf ~ constant - (x - loc)² rate² / 2),
        "unknown" (not classified, but log pdf may be followed outwards), or "undeclared" (a black
        box, which may do anything there).
    rate, loc, constant:
        The numbers in these distributions.
    """

    kind: TailKind
    rate: float = 0.0
    loc: float = 0.0
    constant: float = 0.0


NO_TAIL = Tail("none")
UNKNOWN_TAIL = Tail("unknown")
UNDECLARED_TAIL = Tail("undeclared")


@dataclass(frozen=True)
class Edge:
    """A point where the density jumps, has a kink, vanishes or blows up.

    Near it the density behaves as |x - at|^power on the side of its support (None: not declared).
    """

    at: float
    power: float | None = 0.0


@dataclass(frozen=True)
class Breaks:
    """Where panels begin and end around one landmark: center + offsets, offsets ascending."""

    center: float
    offsets: FloatArray


class Density(ABC):
    """A probability density on the line or in the plane.

    Attributes
    ----------
    dim:
        1 or 2.
    declared:
        False for a black box whose structure nobody declared.
    """

    dim: ClassVar[int] = 1
    declared: bool = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """A density from outside the package is not declared, and a family is not to be changed."""
        super().__init_subclass__(**kwargs)
        if not made_by_package():
            refuse_changed_family(cls)
            cls.declared = False

    @property
    def terms(self) -> int:
        """What one evaluation costs, in those of a normal: 1, the sum over a mixture's components."""
        return 1

    @property
    def unseen(self) -> float:
        """Bound on mass that the density does not hold: it counts as mass outside of every box."""
        return 0.0

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the parameters: () for a single density."""
        return ()

    def member(self, index: int, shape: tuple[int, ...]) -> Density:
        """Return one density of the batch broadcast to `shape`, by its place in C order."""
        return self

    def members(self) -> Iterator[Density]:
        """Every single density of the batch, in C order."""
        shape = self.batch_shape
        return (self.member(i, shape) for i in range(math.prod(shape)))

    # --- values ----------------------------------------------------------------------------------

    @abstractmethod
    def logpdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """log p(origin + x), -inf outside the support.

        Parameters
        ----------
        x:
            Points, any shape in 1-D, (..., 2) in 2-D; broadcast against batch_shape.
        origin:
            Where x is measured from.
        """

    def pdf(self, x: npt.ArrayLike, *, origin: npt.ArrayLike = 0.0) -> FloatArray:
        """p(origin + x) = exp(logpdf)."""
        return np.exp(self.logpdf(x, origin=origin))

    @abstractmethod
    def logpdf_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bound on the rounding error of logpdf(x, origin=origin) in float64."""

    def evaluate(self, x: FloatArray, origin: FloatArray) -> tuple[FloatArray, FloatArray]:
        """logpdf and a bound on its whole error: that of rounding and that of rounded parameters."""
        with np.errstate(over="ignore"):  # z² beyond float64: log p = -inf, its bound inf
            error = self.logpdf_error(x, origin)
            if self.rounded:
                error = error + self.parameter_error(x, origin)
            return self.logpdf(x, origin=origin), error

    @property
    def rounded(self) -> bool:
        """Whether a parameter was given exactly and is not a float64, as in Normal("0.1", 1)."""
        return False

    @property
    def excess(self) -> Any:
        """By how much the mass of each member exceeds 1: weights sum to 1 up to their rounding."""
        return 0.0

    @property
    def rounding_share(self) -> float:
        """The largest rounding of a parameter, as a share of the width of the density."""
        return 0.0

    def parameter_error(self, x: FloatArray, origin: FloatArray) -> FloatArray:
        """Bound on what the rounding of the parameters moves in logpdf."""
        return np.zeros(np.shape(x)[: np.ndim(x) - (self.dim - 1)])

    def log_ratio(
        self, other: Density, x: FloatArray, origin: FloatArray
    ) -> tuple[FloatArray, FloatArray] | None:
        """log p - log q without cancellation, and a bound on its error; None if no such form."""
        return None

    def standards(self) -> tuple[Standard, ...]:
        """The copies of standard densities of which this one is the sum, or none."""
        return ()

    @abstractmethod
    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """n independent points: shape (n,) + batch_shape in 1-D, (n, 2) in 2-D."""

    # --- structure -------------------------------------------------------------------------------

    @property
    @abstractmethod
    def support(self) -> tuple[Any, Any]:
        """(low, high) in 1-D, ((low, high), (low, high)) in 2-D; ends may be infinite."""

    @property
    @abstractmethod
    def landmarks(self) -> FloatArray:
        """Where mass sits or breaks: rows (center, scale) in 1-D, (x, y, scale) in 2-D.

        A scale of 0 marks an edge or kink.
        """


class Density1D(Density):
    """A density of the line."""

    dim: ClassVar[int] = 1

    @abstractmethod
    def cdf(self, x: npt.ArrayLike) -> FloatArray:
        """P(X <= x)."""

    @abstractmethod
    def sf(self, x: npt.ArrayLike) -> FloatArray:
        """P(X > x), accurate far to the right."""

    @property
    @abstractmethod
    def tails(self) -> tuple[Tail, Tail]:
        """How log pdf falls to the left and to the right."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Jumps, kinks, zeros and poles."""
        return ()

    def power_at(self, at: float, side: int) -> float | None:
        """Return k where the density behaves as |x - at|^k on one side (-1 left, 1 right) of a point.

        inf where it vanishes identically there, 0 where it is positive and finite, None if not
        declared.
        """
        if not any(low <= at < high if side > 0 else low < at <= high for low, high in self.pieces):
            return math.inf
        return next((edge.power for edge in self.edges if edge.at == at), 0.0)

    @property
    def pieces(self) -> tuple[tuple[float, float], ...]:
        """Disjoint closed intervals whose union is the support, ascending."""
        return (self.support,)

    @property
    def exact_pieces(self) -> tuple[tuple[Any, Any], ...]:
        """The same with the ends as they were given: floats or Fractions."""
        return self.pieces

    @property
    def rounded_ends(self) -> tuple[tuple[float, float], ...]:
        """Pairs (end, distance) of the ends that are not float64s: where, and how far from exact."""
        return ()

    def cdf_parameter_error(self, x: FloatArray) -> FloatArray:
        """Bound on what the rounding of the parameters moves in the cdf."""
        return np.zeros(np.shape(x))

    @abstractmethod
    def breaks(self) -> tuple[Breaks, ...]:
        """Panel ends around each landmark; all but TAIL_MASS lies between the outermost."""

    def tail_mass(self, box: tuple[float, float]) -> float:
        """P(X < low) + P(X > high) + what is unseen."""
        low, high = box
        return float(self.cdf(low)) + float(self.sf(high)) + self.unseen


def mass_between(density: Any, start: FloatArray, stop: FloatArray) -> FloatArray:
    """F(stop) - F(start), through whichever of cdf and sf is smaller."""
    left = density.cdf(stop) - density.cdf(start)
    right = density.sf(start) - density.sf(stop)
    return np.asarray(np.maximum(np.where(density.cdf(start) < 0.5, left, right), 0.0))


# --- parameters ----------------------------------------------------------------------------------


def parameter(family: str, name: str, given: Any) -> tuple[Any, Fraction | None]:
    """Return a parameter as float (or float array), and exactly (None for arrays).

    A float means its exact binary value; int, Fraction and decimal strings are exact.

    Raises
    ------
    InvalidDensity
        If it is not a finite real number.
    """
    exact: Fraction | None
    try:
        if isinstance(given, (bool, np.bool_)):
            raise TypeError
        if isinstance(given, (int, float, Fraction, str, np.integer, np.floating)):
            exact = Fraction(given.item() if isinstance(given, np.generic) else given)
            value: Any = float(exact)
        else:
            value, exact = np.asarray(detached(given)), None
            if value.dtype.kind not in "iuf":
                raise TypeError
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        raise InvalidDensity(
            f"{family}({name}={brief(given)}): {name} must be a finite real number; "
            "write a float, an int, a Fraction or a decimal string such as '0.1'"
        ) from None
    if not np.all(np.isfinite(value)):
        raise InvalidDensity(f"{family}({name}={brief(given)}): {name} must be finite")
    if exact is None:
        value = as_floats(family, name, value)
        if value.ndim == 0:
            value, exact = float(value), Fraction(float(value))
    return value, exact


def as_floats(family: str, name: str, array: npt.NDArray[Any]) -> FloatArray:
    """Return an array as float64, unless that loses digits.

    Raises
    ------
    InvalidDensity
        If an entry is not a float64: an array has no exact values beside it.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        values = array.astype(np.float64)
        same = np.array_equal(values.astype(array.dtype), array, equal_nan=array.dtype.kind == "f")
    if not same:
        raise InvalidDensity(
            f"{family}({name}={brief(array)}): an entry of this {array.dtype} array is not a float64; "
            "write float64s, or give single numbers, which are kept exactly"
        )
    return values


def require_positive(family: str, name: str, value: Any) -> None:
    """Refuse a scale, rate or degree of freedom that is not positive.

    Raises
    ------
    InvalidDensity
        If any entry is <= 0.
    """
    if not np.all(np.asarray(value) > 0):
        raise InvalidDensity(f"{family}({name}={brief(value)}): {name} must be positive")


def require_ascending(family: str, low: str, a: Any, high: str, b: Any) -> None:
    """Refuse an interval whose ends are in the wrong order or equal.

    Raises
    ------
    InvalidDensity
        If not a < b everywhere.
    """
    if not np.all(np.asarray(a) < np.asarray(b)):
        hint = (
            "" if np.ndim(a) or np.ndim(b) or a == b else f"; did you mean {family}({b!r}, {a!r})?"
        )
        raise InvalidDensity(f"{family}({low}={a!r}, {high}={b!r}): {high} must exceed {low}{hint}")


def common_shape(family: str, **values: Any) -> tuple[int, ...]:
    """Return the batch shape of parameters that are scalars or have one common shape.

    Length-1 axes broadcast; anything else that differs is refused.

    Raises
    ------
    InvalidDensity
        If two shapes differ.
    """
    shapes = [np.shape(v) for v in values.values() if np.ndim(v)]
    if not shapes:
        return ()
    if len({len(s) for s in shapes}) > 1:
        raise InvalidDensity(
            f"{family}: parameters of shapes {shapes} do not agree; write length-1 axes"
        )
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise InvalidDensity(f"{family}: parameters of shapes {shapes} do not agree") from None


def rounding_of(value: Any, exact: Fraction | None) -> float:
    """Return how far a float lies from what was given exactly, rounded up."""
    if exact is None or exact == Fraction(float(value)):
        return 0.0
    return math.nextafter(abs(float(exact - Fraction(float(value)))), math.inf)


def member_of(value: Any, index: int, shape: tuple[int, ...]) -> float:
    """Return one entry of a parameter broadcast to `shape`, by its place in C order."""
    return float(np.broadcast_to(value, shape)[np.unravel_index(index, shape)] if shape else value)


def local(x: npt.ArrayLike, origin: npt.ArrayLike, loc: npt.ArrayLike) -> FloatArray:
    """Origin + x - loc, with origin - loc formed first."""
    return np.add(np.subtract(origin, loc, dtype=np.float64), np.asarray(x, dtype=np.float64))


def local_error(x: npt.ArrayLike, origin: npt.ArrayLike, loc: npt.ArrayLike) -> FloatArray:
    """Bound on the rounding error of `local`."""
    return EPS * (np.abs(np.subtract(origin, loc, dtype=np.float64)) + np.abs(x))
