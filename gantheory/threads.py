"""One thread a core, and its arrays, kept from call to call: new memory has to be touched anew."""

from __future__ import annotations

import math
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_local = threading.local()
_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "quota period" in microseconds: the CPUs of a container


def cpu_count() -> int:
    """Return the number of CPUs this process may use: affinity and container limits respected."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
        allowed = os.process_cpu_count()
    elif hasattr(os, "sched_getaffinity"):  # not on macOS
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count()
    return max(1, min(allowed or 1, _quota(_QUOTA)))


def _quota(file: Path) -> int:
    """Return how many CPUs a container is given, rounded up; a large number where none is one."""
    try:
        quota, period = map(int, file.read_text().split())
    except (OSError, ValueError):  # no such file, or "max 100000"
        return sys.maxsize
    return -(-quota // period) if quota > 0 and period > 0 else sys.maxsize


@lru_cache(maxsize=1)
def threads() -> ThreadPoolExecutor:
    """Return the pool; results do not depend on how many threads there are."""
    return ThreadPoolExecutor(cpu_count(), thread_name_prefix="gantheory")


if hasattr(os, "register_at_fork"):  # the threads of a parent do not live in its child
    os.register_at_fork(after_in_child=threads.cache_clear)


def scratch(name: str, *shape: int) -> npt.NDArray[np.float64]:
    """Return this thread's array of that name, its content undefined."""
    size = math.prod(shape)
    array: npt.NDArray[np.float64] | None = getattr(_local, name, None)
    if array is None or array.size < size:
        array = np.empty(size)
        setattr(_local, name, array)
    return array[:size].reshape(shape)
