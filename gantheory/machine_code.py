"""Functions as machine code, by numba."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

Function = Callable[..., Any]


def compiled(function: Function | None = None, *, fastmath: frozenset[str] = frozenset()) -> Any:
    """Return the function as machine code, kept on disk where there is a place for it.

    Other threads run meanwhile. By default sums are in the order that is written, and nothing is contracted;
    `fastmath` are the names of LLVM's flags that allow more.
    """
    import numba  # a tenth of a second, of those who need it

    if function is None:
        return lambda f: compiled(f, fastmath=fastmath)
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": set(fastmath)}
    try:
        return numba.njit(cache=True, **options)(function)
    except RuntimeError:  # neither this folder nor the user's own can be written to
        return numba.njit(**options)(function)


@lru_cache(maxsize=1)
def available() -> bool:
    """Return whether numba is there and compiles: NUMBA_DISABLE_JIT switches it off."""
    try:
        import numba
    except ImportError:
        return False
    return not numba.config.DISABLE_JIT
