"""The surroundings in which other people's functions are called."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from io import StringIO
from types import TracebackType
from typing import Any


class Quiet:
    """One thread, gradients on, and nothing printed.

    The batches are small: more threads only wait for each other, for ten times as long as one needs.
    A library that is not loaded yet is left alone; `again` looks once more.
    """

    def __init__(self) -> None:
        self.heard = StringIO()
        self._stack = ExitStack()
        self._torch: Any = None

    def __enter__(self) -> Quiet:
        self._stack.enter_context(redirect_stdout(self.heard))
        self.again()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def again(self) -> None:
        """Do the same for a library that was loaded since."""
        torch = sys.modules.get("torch")
        if self._torch is None and hasattr(torch, "set_num_threads"):
            self._torch = torch
            self._stack.enter_context(_one_thread(torch))
            # the caller may evaluate networks without gradients; a loss is judged as in training
            self._stack.enter_context(self._torch.inference_mode(False))
            self._stack.enter_context(self._torch.enable_grad())


@contextmanager
def _one_thread(torch: Any) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
