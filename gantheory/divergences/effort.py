"""What a caller asks of a number: how exact it is, and what may be done for it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, TypedDict, TypeVar

from gantheory.errors import Exhausted, NotConverged, brief, nearest
from gantheory.estimates import Estimate

SHARE = 0.25  # of the tolerance that an integral aims at: factors and logarithms have to fit in
FINEST = 1e-13  # relative: what the adaptive method aims at on the line, if nobody asks
TINY = 1e-30  # an error below counts as none: that of a number that is 0, as of a pair of the same
MOST_JOINED = 4  # panels of the line that are one where few digits are asked for
OUT_OF_TIME = "max_seconds are over"

clock = time.monotonic
T = TypeVar("T")


class Options(TypedDict, total=False):
    """The keywords of every divergence and functional; `js_divergence` explains them."""

    rtol: float | None
    atol: float | None
    limit: int | None
    max_seconds: float | None
    progress: bool


@dataclass(frozen=True)
class Effort:
    """How exact a number has to be, and for how much work.

    Attributes
    ----------
    rtol, atol:
        The error may be max(atol, rtol |value|); with rtol None, what it is by default.
    limit:
        Evaluations of a pair; None for what `work` allows.
    deadline:
        When the clock says that, there is no more time.
    progress:
        Whether members of a batch that are handled one by one are counted on stderr.
    """

    rtol: float | None = None
    atol: float = 0.0
    limit: int | None = None
    deadline: float = math.inf
    progress: bool = False

    @classmethod
    def of(cls, options: Options) -> Effort:
        """Return what the keywords of a call ask for; its seconds begin now.

        Raises
        ------
        TypeError, ValueError
            If one is unknown, or not what it has to be.
        """
        for name in options.keys() - Options.__annotations__.keys():
            known = ", ".join(Options.__annotations__)
            hint = nearest(name, Options.__annotations__)
            raise TypeError(f"unexpected keyword argument {name!r}{hint}; options are {known}")
        rtol = _number("rtol", options.get("rtol"), "0 <= rtol < 1, such as rtol=1e-6")
        atol = _number("atol", options.get("atol"), "0 <= atol < inf, such as atol=1e-9") or 0.0
        if rtol is not None and (rtol >= 1 or rtol + atol == 0):
            raise ValueError(
                f"rtol={rtol:g}, atol={atol:g}: rtol is below 1, and one of both is positive"
            )
        seconds = _number("max_seconds", options.get("max_seconds"), "seconds, max_seconds=2.5")
        progress = options.get("progress", False)
        if not isinstance(progress, bool):
            raise TypeError(f"progress={brief(progress)}: write progress=True or progress=False")
        deadline = math.inf if seconds is None else clock() + seconds
        return cls(rtol, atol, _count(options.get("limit")), deadline, progress)

    @property
    def sharper(self) -> Effort:
        """The same for three digits more, of the tolerance that was asked for."""
        return replace(self, rtol=1e-3 * (self.rtol or 0.0), atol=1e-3 * self.atol)

    @property
    def joined(self) -> int:
        """How many panels of the line are one: one more for two digits given up, up to MOST_JOINED."""
        given_up = max(self.rtol or 0.0, self.atol) / FINEST
        return min(MOST_JOINED, 1 + int(math.log10(max(given_up, 1.0)) / 2))

    def aim(self, default: float) -> float:
        """Return the relative error that an integral aims at."""
        return default if self.rtol is None else SHARE * self.rtol

    def allows(self, found: Estimate) -> bool:
        """Whether the number is as exact as was asked for, or as floats are."""
        if self.rtol is None or found.kind == "exact":
            return True
        return float(found.error) <= max(self.atol, self.rtol * abs(float(found)), TINY)

    @property
    def late(self) -> bool:
        """Whether there is no more time."""
        return self.deadline < math.inf and clock() > self.deadline

    def ask(self) -> None:
        """Go on if there is time.

        Raises
        ------
        Exhausted
            If there is none.
        """
        if self.late:
            raise Exhausted(OUT_OF_TIME, Estimate(0.0, math.inf), stopped="time")

    def watched(self, members: Sequence[T]) -> Any:
        """Return the members to iterate over, with a bar on stderr if progress is asked for."""
        if not self.progress:
            return members
        from rich.console import Console
        from rich.progress import track

        return track(members, "members", console=Console(stderr=True))


DEFAULT = Effort()


@contextmanager
def best_as(
    known: Callable[[Estimate], Estimate] = lambda part: Estimate(0.0, math.inf),
) -> Iterator[None]:
    """Turn the best of an integral that did not converge into what is known of a number made of it."""
    try:
        yield
    except NotConverged as fault:
        fault.best = fault.best and known(fault.best)
        raise


def _number(name: str, given: Any, wanted: str) -> float | None:
    """Return a finite number that is not negative, None if none is given."""
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, Real):
        raise TypeError(f"{name}={brief(given)}: give one number for all members, {wanted}")
    number: Any = given
    if not 0 <= number < math.inf:
        raise ValueError(f"{name}={brief(given)}: give {wanted}, or leave it out")
    return float(number)


def _count(given: Any) -> int | None:
    if given is None:
        return None
    if isinstance(given, bool) or not isinstance(given, Integral):
        raise TypeError(f"limit={brief(given)}: give a whole number of evaluations, limit=100_000")
    if given <= 0:
        raise ValueError(f"limit={brief(given)}: give at least one evaluation, limit=100_000")
    return int(given)
