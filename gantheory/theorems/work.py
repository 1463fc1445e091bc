"""A limit on SymPy's work, counted in function calls: the same on every machine, unlike a clock."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

CALLS = 40_000_000
"""Calls and returns, of Python's functions and C's: half a minute on a laptop."""

EVALUATION = 30_000_000
"""Those of them that one integral, sum or limit may take, and how much of the time below."""

EVALUATION_SECONDS = 40.0

SECONDS = 60.0
"""Of processor time, after which a single call that never returns is given up too."""


SOON = 0.01  # seconds, when none are left

LEAVING = 8  # calls and returns, enough to leave the hook that sets the profiler again


class Stuck(Exception):
    """SymPy was stopped, or stopped itself; the text says how."""


class _Stop(BaseException):
    """Passes through whatever SymPy catches."""


class _Counter:
    """A profiler that raises after so many calls."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Stop


@contextmanager
def bounded(calls: int = CALLS) -> Iterator[None]:
    """Stop what runs inside after so many calls; within another limit, also after what that leaves.

    Under another profiler, do nothing.

    Raises
    ------
    Stuck
        If that many calls were not enough, or a loop without calls goes on and on.
    """
    counter = sys.getprofile()
    if isinstance(counter, _Counter):
        with _within(counter, calls):
            yield
        return
    if counter is not None:
        yield
        return
    counter = _Counter(calls)
    sys.setprofile(counter)
    try:
        with _never_ignored(counter), _timer(SECONDS):
            yield
    except _Stop:
        raise _stuck(calls, SECONDS) from None
    finally:
        sys.setprofile(None)


@contextmanager
def _never_ignored(counter: _Counter) -> Iterator[None]:
    """Count on after a stop inside a finaliser: Python only reports it, and removes the profiler."""
    before = sys.unraisablehook

    def hook(unraisable: sys.UnraisableHookArgs) -> None:
        if issubclass(unraisable.exc_type, _Stop):
            counter.left = LEAVING
            sys.setprofile(counter)
        else:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextmanager
def _within(counter: _Counter, calls: int) -> Iterator[None]:
    """Stop what runs inside after so many calls, and count them for the limit around it too."""
    before = counter.left
    share = counter.left = min(before, calls)
    try:
        with _timer(EVALUATION_SECONDS):
            yield
    except _Stop:
        raise _stuck(share, EVALUATION_SECONDS) from None
    finally:
        counter.left += before - share
        sys.setprofile(counter)  # Python removes a profiler that raises


def _stuck(calls: int, seconds: float) -> Stuck:
    return Stuck(
        f"SymPy does not finish within {calls:,} calls or {seconds:.0f} s of processor time; a simpler "
        "form, or an intermediate step as a claim of its own, would decide"
    )


@contextmanager
def _timer(seconds: float) -> Iterator[None]:
    """Stop a loop that calls nothing, where the system has a timer of processor time to do it with."""
    known = hasattr(signal, "setitimer")
    if not known or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise _Stop

    before = signal.signal(signal.SIGVTALRM, stop)
    around, _ = signal.getitimer(signal.ITIMER_VIRTUAL)  # of the limit around this one, or 0
    granted = min(seconds, around) if around else seconds
    signal.setitimer(signal.ITIMER_VIRTUAL, granted)
    try:
        yield
    finally:
        left, _ = signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if around:
            signal.setitimer(signal.ITIMER_VIRTUAL, max(around - granted + left, SOON))
