"""One run a folder: a lock that the system takes back when its process ends, however it ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gantheory.errors import CheckpointError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

NAME = ".lock"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder, which is made if it is missing.

    What is locked is an open file, not a name: a process that was killed holds nothing any more, and a
    file that it left behind is in nobody's way.

    Raises
    ------
    CheckpointError
        If another run holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    descriptor = _opened(path)
    while not _is_there(path, descriptor):  # who held it has removed the file in the meantime
        os.close(descriptor)
        descriptor = _opened(path)
    try:
        yield
    finally:
        if sys.platform != "win32":  # while it is held: afterwards the file may be another run's
            path.unlink(missing_ok=True)
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Return a descriptor that holds the lock."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor)
    except OSError as problem:
        os.close(descriptor)
        if not isinstance(problem, (BlockingIOError, PermissionError)):
            raise OSError(
                problem.errno, f"cannot be locked: {problem.strerror}", str(path)
            ) from None
        raise CheckpointError(
            f"another run is writing to {path.parent}: wait for its end, or take another folder"
        ) from None
    return descriptor


def _lock(descriptor: int) -> None:
    """Lock an open file; OSError if another has it."""
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_there(path: Path, descriptor: int) -> bool:
    """Whether the open file is still the one of this name."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(descriptor))
    except FileNotFoundError:
        return False
