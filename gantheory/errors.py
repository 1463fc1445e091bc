"""What can go wrong, as one tree.

```
GantheoryError
├── InvalidDensity        parameters or a callable that are no probability density
│   └── NoDensity         a distribution with atoms: it has no density to evaluate
├── NotConverged          an integral out of budget or out of theory; `.best` is what there is
│   └── Exhausted         the evaluations or the seconds that are allowed are used up
├── NotCertifiable        no rigorous enclosure is offered for this input
├── CheckpointError       a saved run that cannot be taken up
└── PageError             a page file that cannot be read as a page
GantheoryWarning          evidence that would be doubtful; a claim made under it is an error
```

Every message says what was given, why it is refused, and what to write instead.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable
from typing import Any, Literal

LONGEST = 120  # characters of anything that a message shows


class GantheoryError(Exception):
    """Everything that gantheory itself refuses."""


class InvalidDensity(GantheoryError, ValueError):
    """The parameters or the callable given do not make a probability density."""


class NoDensity(InvalidDensity):
    """The distribution has an atom, so it has no density with respect to Lebesgue measure."""


class NotConverged(GantheoryError, ArithmeticError):
    """The number asked for is not reached within the budget.

    Attributes
    ----------
    best:
        The best `Estimate` there is, with its honest (large) error, or None where not even that
        exists.
    """

    def __init__(self, message: str, best: Any = None) -> None:
        super().__init__(message)
        self.best = best


class Exhausted(NotConverged):
    """The evaluations ("limit") or the seconds ("time") that are allowed are used up."""

    def __init__(
        self, message: str, best: Any = None, *, stopped: Literal["limit", "time"]
    ) -> None:
        super().__init__(message, best)
        self.stopped = stopped


class NotCertifiable(GantheoryError, ValueError):
    """No rigorous enclosure is offered for this input; use the `Estimate` instead."""


class CheckpointError(GantheoryError):
    """A saved run that cannot be read, or is another one than was asked for."""


class PageError(GantheoryError):
    """A file that cannot be read as a page."""


class GantheoryWarning(UserWarning):
    """Something doubtful happened while evidence was made; no claim is confirmed under it."""


def brief(x: Any) -> str:
    """Return repr(x), shortened, for a message: no array is shown whole."""
    text = reprlib.repr(x) if isinstance(x, (list, tuple, dict, set)) else repr(x)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


def nearest(word: str, words: Iterable[str]) -> str:
    """Return "; did you mean ...?" with the word most like the one given, or ""."""
    close = difflib.get_close_matches(word[:200], list(words), n=1, cutoff=0.5)
    return f"; did you mean {close[0]}?" if close else ""
