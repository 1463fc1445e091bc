"""One thread a core, kept from call to call: a new thread has to touch all its memory anew."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache


@lru_cache(maxsize=1)
def threads() -> ThreadPoolExecutor:
    """Return the pool; results do not depend on how many threads there are."""
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="gantheory")


if hasattr(os, "register_at_fork"):  # the threads of a parent do not live in its child
    os.register_at_fork(after_in_child=threads.cache_clear)
