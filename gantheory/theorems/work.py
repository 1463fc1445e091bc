"""A limit on SymPy's work, counted in function calls: the same on every machine, unlike a clock.

Counting nearly doubles the time that SymPy takes, so the first half second is free: most claims need
no more, and even a fast machine makes only a fourth of the calls in it that a limit allows.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

CALLS = 40_000_000
"""Calls and returns, of Python's functions and C's: half a minute on a laptop."""

EVALUATION = 30_000_000
"""Those of them that one integral, sum or limit may take, and how much of the time below."""

EVALUATION_SECONDS = 40.0

SECONDS = 60.0
"""Of processor time, after which a single call that never returns is given up too."""

FREE = 0.5
"""Seconds of processor time before calls are counted, which is some five million of them."""

FEW_CALLS = 20_000_000
"""A smaller limit is counted from the start."""

SOON = 0.01  # seconds, when none are left

LEAVING = 8  # calls and returns, enough to leave the hook that sets the profiler again


class Stuck(Exception):
    """SymPy was stopped, or stopped itself; the text says how."""


class _Stop(BaseException):
    """Passes through whatever SymPy catches."""


class _Counter:
    """A profiler that raises after so many calls, and a timer that sets it, and raises in the end.

    Attributes
    ----------
    left:
        Calls that are still allowed.
    ends:
        The processor time at which each of the limits ends that are in force, the innermost last.
    begins:
        The processor time at which calls are counted; None once they are, or where there is no timer.
    """

    def __init__(self, left: int) -> None:
        self.left = left
        self.ends = [time.process_time() + SECONDS]
        free = left >= FEW_CALLS and _has_timer()
        self.begins = time.process_time() + FREE if free else None

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        self.left -= 1
        if self.left < 0:
            raise _Stop

    def count(self) -> None:
        """Count on, if it is time: Python removes a profiler that raises."""
        if self.begins is None:
            sys.setprofile(self)

    def tick(self, number: int, frame: FrameType | None) -> None:
        """Look at the time: what the timer calls."""
        now = time.process_time()
        if now >= self.ends[-1]:
            raise _Stop
        if self.begins is not None and now >= self.begins:
            self.begins = None
            self.count()
        self.set_timer()

    def set_timer(self) -> None:
        """Have `tick` called when the next thing is due."""
        due = self.ends[-1] if self.begins is None else min(self.begins, self.ends[-1])
        if _has_timer():
            signal.setitimer(signal.ITIMER_VIRTUAL, max(due - time.process_time(), SOON))


_RUNNING = threading.local()  # its counter, if there is one


@contextmanager
def bounded(calls: int = CALLS) -> Iterator[None]:
    """Stop what runs inside after so many calls; within another limit, also after what that leaves.

    Under another profiler, do nothing.

    Raises
    ------
    Stuck
        If that many calls were not enough, or a loop without calls goes on and on.
    """
    counter = getattr(_RUNNING, "counter", None)
    if counter is not None:
        with _within(counter, calls):
            yield
        return
    if sys.getprofile() is not None:
        yield
        return
    counter = _RUNNING.counter = _Counter(calls)
    try:
        with _never_ignored(counter), _timer(counter):
            counter.count()
            yield
    except _Stop:
        raise _stuck(calls, SECONDS) from None
    finally:
        sys.setprofile(None)
        _RUNNING.counter = None


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
    counter.ends.append(min(counter.ends[-1], time.process_time() + EVALUATION_SECONDS))
    counter.set_timer()
    if calls < FEW_CALLS:
        counter.begins = None
        counter.count()
    try:
        yield
    except _Stop:
        raise _stuck(share, EVALUATION_SECONDS) from None
    finally:
        counter.left += before - share
        counter.ends.pop()
        counter.set_timer()
        counter.count()


def _stuck(calls: int, seconds: float) -> Stuck:
    return Stuck(
        f"SymPy does not finish within {calls:,} calls or {seconds:.0f} s of processor time; a simpler "
        "form, or an intermediate step as a claim of its own, would decide"
    )


def _has_timer() -> bool:
    """Whether the system has a timer of processor time, and this is the thread that it speaks to."""
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()


@contextmanager
def _timer(counter: _Counter) -> Iterator[None]:
    """Let the counter look at the time; a timer that was set before goes on afterwards."""
    if not _has_timer():
        yield
        return
    started = time.process_time()
    before = signal.signal(signal.SIGVTALRM, counter.tick)
    around, again = signal.getitimer(signal.ITIMER_VIRTUAL)
    counter.set_timer()
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
        if around:
            left = around - (time.process_time() - started)
            signal.setitimer(signal.ITIMER_VIRTUAL, max(left, SOON), again)
