"""The parent's end of the line: one worker process, with a deadline, and no way to outlive it.

What a section may take is CPU time, which is the same on a busy machine: the kernel ends the worker
with SIGPROF once it is used up (`channel.Channel.begin`). A section that sleeps, waits, or has stopped
that timer uses none, and is ended here, by the clock.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from gantheory.errors import PageError

START_UP = 600.0  # seconds for the interpreter and our own imports, which are no page's fault
PATIENCE = 5.0  # seconds by the clock for each second of CPU time that a section may take
LONGEST_LINE = 8_000_000
GRACE = 1.0  # seconds in which to take in what was sent before the deadline
POSIX = os.name == "posix"
SLICE = 0.2  # seconds between two looks at the clock and at whether the user has had enough

# A worker lives for seconds: looking for cycles as often as Python does took a fifth of them.
_BOOT = (
    "import gc, importlib, json, sys; gc.set_threshold(100_000, 50, 50); "
    "job = json.loads(sys.stdin.buffer.readline()); "
    "sys.path[:] = job['sys_path']; importlib.import_module(job['module']).main(job)"
)
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "MPLBACKEND": "Agg",
    **dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
    **dict.fromkeys(("NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"),
}
_UNWANTED = ("PYTHONWARNINGS", "PYTHONINSPECT", "PYTHONOPTIMIZE")


class WorkerLate(Exception):
    """It took longer than it may; the text says how long that is, and by which clock."""


class WorkerGone(Exception):
    """The worker ended, or said something that is no message; the text says how."""


class Cancelled(Exception):
    """The run was called off."""


class Worker:
    """One process, started anew and killed with its whole process group on the way out.

    Parameters
    ----------
    module:
        Name of the module whose `main(job)` the process runs.
    job:
        What it is to do, as JSON.
    stop:
        Set from elsewhere to call the run off.
    timeout:
        Seconds of CPU time from each message "begin" to the next.

    Raises
    ------
    PageError
        On Windows, which has no process groups to kill.
    """

    def __init__(
        self, module: str, job: Mapping[str, Any], stop: threading.Event, *, timeout: float
    ) -> None:
        if not POSIX:
            raise PageError(
                "pages are run in processes as Linux and macOS have them, not Windows: "
                "use its Subsystem for Linux (WSL)"
            )
        self._stop, self._timeout = stop, timeout
        self._allow(START_UP)
        self._nonce = secrets.token_hex(16)
        self._buffer = bytearray()
        self._read, write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[write],
                start_new_session=True,
                env={k: v for k, v in os.environ.items() if k not in _UNWANTED} | _ENVIRONMENT,
            )
        except BaseException:
            os.close(self._read)
            raise
        finally:
            os.close(write)
        os.set_blocking(self._read, False)
        path = [os.path.abspath(entry or os.curdir) for entry in sys.path]
        sent = {**job, "module": module, "sys_path": path, "timeout": timeout}
        sent |= {"fd": write, "nonce": self._nonce}
        self._tell(json.dumps(sent).encode() + b"\n")

    def _allow(self, seconds: float) -> None:
        """Set the deadline, on the clock of `time.monotonic`."""
        self._allowed, self._deadline = seconds, time.monotonic() + seconds

    def _tell(self, line: bytes) -> None:
        """Send the job; stdin then stays open: the worker ends when it closes."""
        try:
            os.write(self._stdin, line)
        except OSError:  # died at once: the first look at its messages will say so
            return

    @property
    def _stdin(self) -> int:
        pipe = self._process.stdin
        return pipe.fileno() if pipe else -1

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    def kill(self) -> None:
        """End the worker and everything in its process group."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self._process.kill()
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()
        if self._read >= 0:
            os.close(self._read)
            self._read = -1

    def listen(self, take: Callable[[dict[str, Any]], None]) -> str:
        """Give each message to `take`; return "", or how the worker came to another end than its own.

        Raises
        ------
        Cancelled
            If the run was called off.
        """
        try:
            while (message := self.receive())["kind"] != "done":
                take(message)
        except WorkerLate as late:
            return f"did not end within {late}"
        except WorkerGone as ending:
            return f"did not come to its end: {ending}"
        except (KeyError, TypeError, ValueError) as problem:  # from a page that writes to the pipe
            return f"sent a malformed message: {problem}"
        return ""

    def receive(self) -> dict[str, Any]:
        """Return the next message; one of kind "begin" sets a new deadline.

        Raises
        ------
        WorkerLate, WorkerGone, Cancelled
            Instead of a message.
        """
        while True:
            if self._stop.is_set():
                raise Cancelled
            left = self._deadline - time.monotonic()
            if left <= -GRACE:
                raise self._late()
            line = self._line()
            if line is not None:
                return self._message(line)
            ended = self._process.poll() is not None
            if self._fill(0.0 if ended else min(SLICE, max(left, 0.0))):
                continue
            if ended:
                raise self._ending()
            if left <= 0:
                raise self._late()

    def _line(self) -> bytes | None:
        """Return the next whole line that has arrived, None if there is none yet."""
        end = self._buffer.find(b"\n")
        if end < 0:
            if len(self._buffer) > LONGEST_LINE:
                raise WorkerGone("wrote to a file descriptor that is not its own")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    def _fill(self, patience: float) -> bool:
        """Wait at most that long for something to arrive; return whether something did."""
        poll = select.poll()
        poll.register(self._read, select.POLLIN)
        if not poll.poll(patience * 1000):
            return False
        data = os.read(self._read, 1 << 16)
        if not data:  # every end is closed, so it is ending or has lost its voice
            time.sleep(min(patience, 0.02))
        self._buffer += data
        return bool(data)

    def _message(self, line: bytes) -> dict[str, Any]:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or message.get("nonce") != self._nonce:
            raise WorkerGone("wrote to a file descriptor that is not its own")
        if message.get("kind") == "begin":
            self._allow(PATIENCE * self._timeout)
        return message

    def _late(self) -> WorkerLate:
        return WorkerLate(f"{self._allowed:g} s by the clock")

    def _ending(self) -> WorkerLate | WorkerGone:
        code = self._process.returncode
        if code == -signal.SIGPROF:
            return WorkerLate(f"{self._timeout:g} s of CPU time")
        if code is not None and code < 0:
            try:
                return WorkerGone(f"the process was ended by {signal.Signals(-code).name}")
            except ValueError:
                return WorkerGone(f"the process was ended by signal {-code}")
        return WorkerGone(f"the process ended with exit code {code}")
