"""One thread a core, and its arrays, kept from call to call: new memory has to be touched anew."""

from __future__ import annotations

import math
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

_local = threading.local()


@lru_cache(maxsize=1)
def threads() -> ThreadPoolExecutor:
    """Return the pool; results do not depend on how many threads there are."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="gantheory")


if hasattr(os, "register_at_fork"):  # the threads of a parent do not live in its child
    os.register_at_fork(after_in_child=threads.cache_clear)


def scratch(name: str, *shape: int) -> FloatArray:
    """Return this thread's array of that name, its content undefined."""
    size = math.prod(shape)
    array: FloatArray | None = getattr(_local, name, None)
    if array is None or array.size < size:
        array = np.empty(size)
        setattr(_local, name, array)
    return array[:size].reshape(shape)
