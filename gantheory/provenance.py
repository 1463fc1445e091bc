"""Who made a number or a claim, and whether it was altered since.

Verdicts rest on what the package computed. A number or a claim that a page writes down itself looks the
same, so each object remembers the module that called its constructor, and what it said at that moment.
"""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

PACKAGE = __name__.partition(".")[0]
FOLDER = os.path.dirname(__file__) + os.sep
_SEALS: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def made_by_package() -> bool:
    """Whether the package called the constructor in whose `__post_init__` this is asked.

    Notes
    -----
    The frames are this function, `__post_init__`, the generated `__init__` and its caller; a caller
    that is `dataclasses.replace`, or makes an abstract class, stands for whoever called it. Name and
    file have to be the package's: in a wheel the pages lie in its folder too, under names of their own.
    """
    frame = sys._getframe(3)
    while frame.f_globals.get("__name__") in ("dataclasses", "abc") and frame.f_back is not None:
        frame = frame.f_back
    return _is_ours(frame)


def asked_by_package() -> bool:
    """Whether the package called the method in which this is asked."""
    return _is_ours(sys._getframe(2))


def _is_ours(frame: FrameType) -> bool:
    named = str(frame.f_globals.get("__name__")).partition(".")[0] == PACKAGE
    return named and frame.f_code.co_filename.startswith(FOLDER)


def entered_by() -> tuple[str, str]:
    """Return file and name of the package's function that a page called, ("", "") if it called none.

    Notes
    -----
    Asked where `made_by_package` is: what made the object is three frames up.
    """
    frame: FrameType | None = sys._getframe(3)
    entry = ("", "")
    while frame is not None and frame.f_code.co_filename.startswith(FOLDER):
        if str(frame.f_globals.get("__name__")).partition(".")[0] != PACKAGE:
            break
        entry = frame.f_code.co_filename[len(FOLDER) :], frame.f_code.co_name
        frame = frame.f_back
    return entry


def seal(made: Any, content: Any) -> None:
    """Remember what an object says; a copy or an unpickled one has no seal."""
    _SEALS[made] = content


def intact(made: Any, content: Any) -> bool:
    """Whether the object was sealed and says what it said then."""
    return made in _SEALS and bool(_SEALS[made] == content)
