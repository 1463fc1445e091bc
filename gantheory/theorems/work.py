"""A limit on SymPy's work, counted in function calls: the same on every machine, unlike a clock."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NoReturn

CALLS = 10_000_000
"""Calls and returns, of Python's functions and C's: some ten seconds on a laptop."""

SECONDS = 20.0
"""Of processor time, after which a single call that never returns is given up too."""


class Stuck(Exception):
    """SymPy was stopped, or stopped itself; the text says how."""


class _Stop(BaseException):
    """Passes through whatever SymPy catches."""


@contextmanager
def bounded(calls: int = CALLS) -> Iterator[None]:
    """Stop what runs inside after so many calls; within another limit, or under a profiler, do nothing.

    Raises
    ------
    Stuck
        If that many calls were not enough, or a loop without calls goes on and on.
    """
    if sys.getprofile() is not None:
        yield
        return
    left = calls

    def count(frame: FrameType, event: str, arg: Any) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Stop

    sys.setprofile(count)
    try:
        with _timer():
            yield
    except _Stop:
        raise Stuck(
            f"SymPy does not finish within {calls:,} calls; a simpler form, or an intermediate step as "
            "a claim of its own, would decide"
        ) from None
    finally:
        sys.setprofile(None)


@contextmanager
def _timer() -> Iterator[None]:
    """Stop a loop that calls nothing, where the system has a timer of processor time to do it with."""
    known = hasattr(signal, "setitimer")
    if not known or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise _Stop

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
