"""Functions as machine code, by numba."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Return the function as machine code, its sums in the order that is written, nothing contracted."""
    return _compiled(function, set())


def contracted(function: F) -> F:
    """Return the function as machine code; a product and the sum that follows may be rounded once."""
    return _compiled(function, {"contract", "nsz"})


def reassociated(function: F) -> F:
    """Return the function as machine code; sums may be in any order, and nothing is nan."""
    return _compiled(function, {"contract", "nsz", "reassoc", "nnan"})


def _compiled(function: F, fastmath: set[str]) -> F:
    """Return the function as machine code, kept on disk where there is a place for it.

    Other threads run meanwhile.
    """
    import numba

    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": fastmath}
    found: Any = numba.njit(**options)(function)
    with suppress(RuntimeError):  # neither this folder nor the user's own can be written to
        found._cache = _cache(function)
    return found  # type: ignore[no-any-return]


def _cache(function: Callable[..., Any]) -> Any:
    """Return a place on disk for machine code that was made of these very sources.

    numba itself looks at the file of the function alone, and not at those that it calls.
    """
    caching: Any = importlib.import_module("numba.core.caching")  # typed or not, by version
    stamp = _sources(Path(function.__code__.co_filename).parent)

    class Stamped(caching.FunctionCache):  # type: ignore[misc]
        def _index_key(self, sig: Any, codegen: Any) -> Any:
            return (*super()._index_key(sig, codegen), stamp)

        def load_overload(self, sig: Any, target_context: Any) -> Any:
            found = super().load_overload(sig, target_context)
            if found is None:
                _say_that_it_takes_time()
            return found

    return Stamped(function)


@lru_cache
def _say_that_it_takes_time() -> None:
    """Tell who waits at a terminal, once."""
    if sys.stderr.isatty():
        sys.stderr.write("gantheory makes machine code for this processor, once: some 20 seconds\n")
        sys.stderr.flush()


@lru_cache
def _sources(folder: Path) -> str:
    """Return a fingerprint of the modules of a folder."""
    texts = (file.read_bytes() for file in sorted(folder.glob("*.py")))
    return hashlib.sha256(b"\0".join(texts)).hexdigest()


def available() -> bool:
    """Return whether numba is there and compiles: NUMBA_DISABLE_JIT=1 switches it off."""
    off = os.environ.get("NUMBA_DISABLE_JIT", "0") not in {"", "0"}
    return importlib.util.find_spec("numba") is not None and not off
