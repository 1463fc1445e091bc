"""A number that knows how wrong it may be.

An `Estimate` is value ± error, what kind of bound the error is, and by which routes the number was made.
Arithmetic carries the errors, its own rounding too, and unites routes, so that a claim can see whether
its sides were computed independently. It knows whether the package computed it, and was not altered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal, NoReturn

import numpy as np
import numpy.typing as npt

from gantheory import calls
from gantheory.calls import UNKNOWN, Call, Sign
from gantheory.digits import formatted, shortest
from gantheory.provenance import asked_by_package, intact, made_by_package, seal
from gantheory.resting import may_be_copied, of_computed, rests
from gantheory.rounding import (
    HALF_ULP,
    Number,
    as_floats,
    capped,
    finite_size,
    of_number,
    of_sympy,
    product,
    root,
    rounding,
    shape_of,
)

Kind = Literal["exact", "certified", "estimated", "statistical"]
Route = frozenset[tuple[str, str]]
Constant = Any  # an Estimate, an int, a float, a Fraction, an array or a real SymPy constant

KINDS: tuple[Kind, ...] = ("exact", "certified", "estimated", "statistical")


def route(integrator: str, integrand: str) -> Route:
    """Return the route of a number made by one integrator from one integrand."""
    return frozenset({(integrator, integrand)})


@dataclass(frozen=True, eq=False)
class Estimate:
    """value ± error.

    Attributes
    ----------
    value, error:
        Floats, or read-only arrays of one shape (a batch). The true number lies within `error` of
        `value`.
    kind:
        "exact" (closed form; the error is rounding), "certified" (ball arithmetic), "estimated" (a
        numerical error estimate), "statistical" (a confidence interval).
    route:
        The pairs (integrator, integrand) that the number rests on; empty for a constant.
    evaluations:
        How many integrand evaluations it took.
    declared:
        False if a black box is behind it, or samples at a level below 1 - 1e-6, and for every Estimate
        that is made outside the package: an error bar that somebody typed is a promise.
    converged:
        False (or an array) where the requested tolerance was not met.
    response:
        How it answers when what was computed moves, see `resting`; None for a number just computed.
    copied:
        Whether a page put a bare number in the full digits of a float into it.
    call:
        What made it, in short, for readers; see `calls`.

    Raises
    ------
    ValueError
        If error is negative or nan, kind is unknown, or the shapes differ.
    """

    value: Number
    error: Number
    kind: Kind = "estimated"
    route: Route = frozenset()
    evaluations: int = 0
    declared: bool = True
    converged: bool | npt.NDArray[np.bool_] = True
    response: Any = None
    copied: bool = False
    call: Call = UNKNOWN

    __array_ufunc__ = None  # numpy leaves arithmetic with an Estimate to the Estimate
    _op_priority = 100.0  # and so does SymPy

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"Estimate(kind={self.kind!r}): kind is one of {', '.join(KINDS)}")
        value, error = as_floats(self.value), as_floats(self.error)
        if shape_of(value) != shape_of(error):
            raise ValueError(
                f"Estimate(value of shape {np.shape(value)}, error of shape {np.shape(error)}): "
                "give one error for each value"
            )
        if not (error >= 0 if isinstance(error, float) else np.all(error >= 0)):
            raise ValueError(f"Estimate(error={self.error!r}): an error is never negative or nan")
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "error", error)
        if self.response is None:
            response = of_computed(value) if self.route else np.zeros(np.shape(error))[()]
            object.__setattr__(self, "response", response)
        object.__setattr__(self, "declared", bool(self.declared) and made_by_package())
        seal(self, self._content())

    def _content(self) -> tuple[object, ...]:
        """What may not change; an array is read-only, so it is enough that it is the same one."""
        numbers = (
            x if isinstance(x, float) else (id(x), x.flags.writeable)
            for x in (self.value, self.error)
        )
        sealed = (self.kind, self.route, self.declared, self.copied, self.call)
        return (*numbers, *sealed, id(self.converged), id(self.response))

    # --- what it says -----------------------------------------------------------------------------

    def _replaced(self, **changes: Any) -> Estimate:
        """Return the Estimate with other numbers; one that was altered does not become sound by it."""
        return replace(self, declared=self.confirms, **changes)

    def called(self, call: Call) -> Estimate:
        """Return the same number with the call that made it; by a page, it is typed."""
        return replace(self, declared=self.confirms and asked_by_package(), call=call)

    @property
    def confirms(self) -> bool:
        """Whether a verdict may rest on it: computed by the package, declared, and not altered."""
        return self.declared and intact(self, self._content())

    def as_constant(self) -> Estimate:
        """Return the same number without its route, if not every member rests on that."""
        return self if np.all(self.rests) else self._replaced(route=frozenset())

    @property
    def rests(self) -> Any:
        """Whether it depends on what was computed, member by member: 0 x + 1 and x - x + 1 do not."""
        return rests(self.value, self.response)

    @property
    def lower(self) -> Number:
        """Value - error."""
        return self.value - self.error

    @property
    def upper(self) -> Number:
        """Value + error."""
        return self.value + self.error

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the batch, () for a single number."""
        return np.shape(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def _sympy_(self) -> NoReturn:
        """Refuse to become a SymPy Float, which would lose the error without a word."""
        raise TypeError(
            f"{self!r} is not a SymPy number: write estimate * sympy.log(2), never inside a function"
        )

    def __format__(self, spec: str) -> str:
        """The value in the format of a float, and " ± error" where digits shown are not certain."""
        if not spec or self.shape:
            return format(str(self), spec)
        ends = float(self.lower), float(self.upper)
        return formatted(float(self.value), ends, float(self.error), spec)

    def __getitem__(self, index: Any) -> Estimate:
        """One member, or some members, of a batch."""
        pick = [np.asarray(x) for x in (self.value, self.error)]
        value, error = (x[index] for x in pick)
        converged = np.broadcast_to(self.converged, pick[0].shape)[index]
        return self._replaced(
            value=value,
            error=error,
            response=np.broadcast_to(self.response, pick[0].shape)[index],
            converged=converged if np.ndim(converged) else bool(converged),
            call=calls.member(self.call, index),
        )

    def __str__(self) -> str:
        if self.shape:
            return f"Estimate of shape {self.shape}, largest error {np.max(self.error):.1e}"
        return shortest(float(self.value), float(self.error))

    def __repr__(self) -> str:
        return f"<Estimate {self} ({self.kind})>"

    def compatible_with(self, other: Estimate | float) -> bool:
        """Whether the error bars overlap. For tests of honesty: it never confirms a claim."""
        there = as_estimate(other)
        with np.errstate(invalid="ignore"):
            gap = np.abs(np.asarray(self.value) - there.value)
        equal = np.asarray(self.value) == there.value  # two equal infinities
        return bool(np.all(equal | (gap <= np.asarray(self.error) + there.error)))

    def independent_of(self, other: Estimate) -> bool:
        """Whether the two numbers share neither an integrator nor an integrand."""
        mine, theirs = split_route(self.route), split_route(other.route)
        return mine[0].isdisjoint(theirs[0]) and mine[1].isdisjoint(theirs[1])

    # --- comparison -------------------------------------------------------------------------------

    def __lt__(self, other: Constant) -> bool:
        return self._ordered(other, strictly=True)

    def __le__(self, other: Constant) -> bool:
        return self._ordered(other, strictly=False)

    def __gt__(self, other: Constant) -> bool:
        return as_estimate(other)._ordered(self, strictly=True)

    def __ge__(self, other: Constant) -> bool:
        return as_estimate(other)._ordered(self, strictly=False)

    def _ordered(self, other: Constant, *, strictly: bool) -> bool:
        """Whether self < other (or <=); ValueError if the bars do not tell, or a side is a batch."""
        there = as_estimate(other)
        if self.shape or there.shape:
            raise ValueError("an Estimate that is a batch has no order: compare its members")
        if self.value == there.value and self.error == 0 == there.error:
            return not strictly
        gap = self - there
        if gap.upper < 0 or gap.lower > 0:
            return bool(gap.upper < 0)
        raise ValueError(
            f"the error bars of {self} and {there} overlap, so neither is certainly the smaller: "
            "compare the values, float(x), if that is what you mean"
        )

    # --- arithmetic -------------------------------------------------------------------------------

    def __neg__(self) -> Estimate:
        call = calls.negative(self.call)
        return self._replaced(value=-self.value, response=-self.response, call=call)

    def __abs__(self) -> Estimate:
        response = np.where(np.asarray(self.value) < 0, -self.response, self.response)
        call = calls.applied("abs", self.call)
        return self._replaced(value=np.abs(self.value), response=response, call=call)

    def __add__(self, other: Constant) -> Estimate:
        return self._plus(_added(other))

    @np.errstate(over="ignore", invalid="ignore")
    def _plus(self, there: Estimate) -> Estimate:
        value = self.value + there.value
        error = self.error + there.error + HALF_ULP * finite_size(value)
        return _combine(self, there, value, error, (1.0, 1.0), calls.plus)

    def __sub__(self, other: Constant) -> Estimate:
        return self._plus(-_added(other))

    @np.errstate(over="ignore", invalid="ignore")
    def __mul__(self, other: Constant) -> Estimate:
        there = as_estimate(other)
        value = self.value * there.value
        error = (
            product(np.abs(self.value), there.error)
            + product(np.abs(there.value), self.error)
            + product(self.error, there.error)
            + rounding(value, (self.value != 0) & np.asarray(there.value != 0))
        )
        return _combine(self, there, value, error, (there.value, self.value), calls.times)

    @np.errstate(over="ignore", invalid="ignore")
    def __truediv__(self, other: Constant) -> Estimate:
        there = as_estimate(other)
        if np.any(np.abs(np.asarray(there.value)) <= there.error):
            raise ZeroDivisionError(f"{self} / {there}: the divisor's error bar contains 0")
        value = self.value / there.value
        finite = finite_size(value)
        error = (self.error + product(finite, there.error)) / (np.abs(there.value) - there.error)
        error = error + rounding(value, np.asarray(self.value != 0))
        return _combine(
            self, there, value, error, (1 / there.value, -value / there.value), calls.over
        )

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Constant) -> Estimate:
        return _added(other)._plus(-self)

    def __rtruediv__(self, other: Constant) -> Estimate:
        return as_estimate(other) / self

    def sqrt(self) -> Estimate:
        """√value, with the larger of the two one-sided errors.

        Raises
        ------
        ValueError
            If the whole error bar is negative.
        """
        if np.any(np.asarray(self.upper) < 0):
            raise ValueError(f"sqrt of {self}: the whole error bar is negative")
        value, error, slope = root(self.lower, self.value, self.upper)
        response, call = product(self.response, slope), calls.applied("sqrt", self.call)
        return self._replaced(value=value, error=error, response=response, call=call)

    def log(self) -> Estimate:
        """log(value), with the larger of the two one-sided errors.

        Raises
        ------
        ValueError
            If the error bar reaches 0.
        """
        if np.any(np.asarray(self.lower) <= 0):
            raise ValueError(f"log of {self}: the error bar reaches 0")
        value = np.log(self.value)
        error = -np.log1p(-self.error / self.value) + 4 * HALF_ULP * np.abs(value)
        response, call = self.response / self.value, calls.applied("log", self.call)
        return self._replaced(value=value, error=error, response=response, call=call)


def as_estimate(x: Constant) -> Estimate:
    """Return x as an Estimate; a constant is right to half a unit in its last place.

    A SymPy constant such as log(2) counts, in closed form only: an integral, sum or limit that is
    not evaluated is for the statements of a page, which witness it.

    Raises
    ------
    TypeError
        If x is neither a number nor an Estimate.
    """
    if isinstance(x, Estimate):
        return x
    if isinstance(x, bool) or not isinstance(
        x, (int, float, Fraction, np.floating, np.integer, np.ndarray)
    ):
        return Estimate(*of_sympy(x), kind="exact", call=calls.constant(x))
    return Estimate(*of_number(x), kind="exact", call=calls.constant(x))


def _added(x: Constant) -> Estimate:
    """Return what a page, or the package, adds to an Estimate; a page's number may be a copy.

    Not so a factor: what it multiplies has to answer as well. An array is data, as labels are.
    """
    given = as_estimate(x)
    bare = not (given.route or given.shape or made_by_package())
    copied = bare and may_be_copied(given.value if given is x else x)
    return given._replaced(copied=True) if copied else given


def total(terms: Iterable[Estimate]) -> Estimate:
    """Return the sum of the terms, 0 for none."""
    return sum(terms, start=as_estimate(0))


def split_route(routes: Route) -> tuple[frozenset[str], frozenset[str]]:
    """Return the integrators and the integrands of a route, apart."""
    return frozenset(pair[0] for pair in routes), frozenset(pair[1] for pair in routes)


def _combine(
    a: Estimate,
    b: Estimate,
    value: Number,
    error: Number,
    slopes: tuple[Number, Number],
    sign: Sign,
) -> Estimate:
    """Return value ± error with the worse kind of the two and their routes united.

    The slopes are the derivatives of the value in a and in b; the sign unites their calls.
    An infinity is decided, not measured: it has no error, and the kind of the side it comes from. What
    overflows is not infinite: its error has no bound.
    """
    value, beyond = capped(value, a.value, b.value)
    kinds = [
        side.kind for side in (a, b) if not np.all(np.isinf(value)) or np.any(np.isinf(side.value))
    ]
    return Estimate(
        value,
        np.where(beyond, np.inf, np.where(np.isinf(value), 0.0, error)),
        kind=max(kinds or [a.kind, b.kind], key=KINDS.index),
        route=a.route | b.route,
        evaluations=a.evaluations + b.evaluations,
        declared=a.confirms and b.confirms,
        converged=a.converged & b.converged,
        response=product(a.response, slopes[0]) + product(b.response, slopes[1]),
        copied=a.copied or b.copied,
        call=sign(a.call, b.call),
    )
