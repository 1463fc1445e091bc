"""The worker's end of the line: how it starts, what it may say, and what it hears of a page.

One JSON object a line goes over a pipe of its own, so that nothing a page prints can be taken for a
result. Every line carries the run's nonce; nothing is pickled.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any, NoReturn

import numpy as np

from gantheory.book.reading import read_source
from gantheory.errors import NotConverged
from gantheory.verdicts import Verdict

LONGEST_TEXT = 2_000
LONGEST_LINE = 1_000_000
LONGEST_TIMER = 1e8  # seconds, three years: a timer that counts more is refused by some systems

QUIET = (
    DeprecationWarning,
    PendingDeprecationWarning,
    ImportWarning,
    ResourceWarning,
    FutureWarning,
)
"""Warnings that say nothing about the numbers."""


class Channel:
    """Sends messages to the parent, from the process that was started and from no fork of it."""

    def __init__(self, fd: int, nonce: str, timeout: float) -> None:
        self._fd, self._nonce, self._pid = fd, nonce, os.getpid()
        self._timeout = timeout
        self.section = ""

    def begin(self, section: str) -> None:
        """Send "begin", with so much CPU time to come that the kernel ends the process after it."""
        self.section = section
        signal.setitimer(signal.ITIMER_PROF, min(self._timeout, LONGEST_TIMER))
        self.send("begin")

    def send(self, kind: str, **fields: Any) -> None:
        """Write one message as one line.

        Raises
        ------
        ValueError
            If the fields cannot be written as JSON, or are longer than `LONGEST_LINE`.
        """
        if os.getpid() != self._pid:  # a page forked, and the child went on
            os._exit(1)
        message = {"nonce": self._nonce, "kind": kind, "section": self.section, **fields}
        data = json.dumps(message, allow_nan=False).encode() + b"\n"
        if len(data) > LONGEST_LINE:
            raise ValueError(f"{len(data)} bytes: a claim's evidence is at most a megabyte")
        while data:
            data = data[os.write(self._fd, data) :]

    def claim(
        self, text: str, verdict: Verdict, evidence: Mapping[str, Any], label: str | None = None
    ) -> None:
        """Send one claim; one whose evidence cannot be written arrives as an error."""
        fields = {"text": plain(text), "verdict": str(verdict), "label": label}
        try:
            self.send("claim", evidence=dict(evidence), **fields)
        except (ValueError, TypeError, RecursionError) as problem:
            fields["verdict"] = str(Verdict.ERROR)
            reason = f"the evidence cannot be written as JSON: {plain(problem)}"
            self.send("claim", evidence={"reason": reason}, **fields)


def work(job: Mapping[str, Any], body: Callable[[Channel], None]) -> NoReturn:
    """Run the body of a worker just started, and leave without waiting for threads of the page."""
    code = 1
    try:
        channel = _open(job)
        channel.send("ready")
        body(channel)
        channel.section = ""
        channel.send("done")
        code = 0
    finally:
        os._exit(code)  # not exit: a page's threads and exit handlers could keep it from ending


def _open(job: Mapping[str, Any]) -> Channel:
    """Return the worker's channel, after making the process fit for pages."""
    import resource  # which Windows does not have

    os.set_inheritable(job["fd"], False)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # whoever started us may have ignored it
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a page that crashes leaves no file behind
    lifeline = os.dup(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    threading.Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    return Channel(job["fd"], job["nonce"], job["timeout"])


def _end_with_parent(lifeline: int) -> None:
    """Wait until the parent is gone, however it went, and go too."""
    while os.read(lifeline, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def plain(text: object, longest: int = LONGEST_TEXT) -> str:
    """Return str(text), cut to a length, with whatever cannot be encoded written as an escape."""
    try:
        words = str(text)
    except Exception as problem:  # an exception whose __str__ raises
        words = f"<{type(text).__name__} whose text raises {type(problem).__name__}>"
    words = words[: longest + 1].encode("utf-8", "backslashreplace").decode()
    return words if len(words) <= longest else words[:longest] + "…"


@contextlib.contextmanager
def observed() -> Iterator[list[str]]:
    """Yield a list that holds, after the block, every serious warning raised in it."""
    heard: list[str] = []
    np.seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield heard
        finally:
            for warning in caught:
                if not issubclass(warning.category, QUIET):
                    heard.append(plain(f"{warning.category.__name__}: {plain(warning.message)}"))


def module_name(path: Path) -> str:
    """Return the name under which a page is loaded."""
    return f"gantheory_page_{path.stem}"


def load_page(path: Path) -> ModuleType:
    """Return the page as a module, executed; it is registered under a name of its own.

    Raises
    ------
    PageError
        If the file cannot be read.
    BaseException
        Whatever the page raises.
    """
    name = module_name(path)
    module = ModuleType(name)
    module.__file__ = str(path)
    source = read_source(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # invalid escapes
        code = compile(source, str(path), "exec", dont_inherit=True)
    sys.modules[name] = module
    sys.path.append(str(path.parent))  # at the end: a neighbour never hides a library
    exec(code, module.__dict__)
    return module


def outcome(problem: BaseException, path: str) -> tuple[str, Verdict, dict[str, Any]]:
    """Return what an exception says as a claim: its text, verdict and evidence."""
    line, innermost = _place(problem.__traceback__, path)
    name, message = type(problem).__name__, plain(problem)
    where = f" (line {line})" if line else ""
    if isinstance(problem, NotConverged):
        return f"not converged{where}", Verdict.UNDECIDED, {"reason": message} | _line(line)
    if isinstance(problem, NotImplementedError) and innermost:
        return f"to do{where}: {message}", Verdict.TODO, _line(line)
    evidence = {"type": name, "message": message} | _line(line)
    return f"{name}{where}: {message}", Verdict.ERROR, evidence


def _line(line: int) -> dict[str, Any]:
    return {"line": line} if line else {}


def _place(trace: TracebackType | None, path: str) -> tuple[int, bool]:
    """Return the last line of the page on the way (0 if none), and whether it was raised there."""
    line, innermost = 0, False
    while trace is not None:
        innermost = trace.tb_frame.f_code.co_filename == path
        if innermost:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line, innermost
