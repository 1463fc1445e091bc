"""What every command says, and where: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click

from gantheory.book.results import PageResult
from gantheory.book.running import Watcher

REFUSED, FAILED, INTERRUPTED = 2, 1, 130


class CommandFailed(Exception):
    """The request was understood, and its result is not in order: exit code 1."""


def print_json(result: Any) -> None:
    """Print one JSON object; nan never gets out."""
    click.echo(json.dumps(result, indent=2, allow_nan=False))


def complain(text: str) -> None:
    """Print one line to stderr."""
    click.echo(f"gantheory: {' '.join(text.split())}", err=True)


def write_file(path: Path, text: str, option: str) -> None:
    """Write a file that an option names; one that cannot be written fails the command."""
    try:
        path.write_text(text, encoding="utf-8")
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise CommandFailed(f"{option} {path}: cannot be written: {reason}") from None


@contextmanager
def progress(total: int) -> Iterator[Watcher]:
    """Yield a watcher that keeps one line of progress on stderr, if that is a terminal."""
    watcher = Watcher()
    if not sys.stderr.isatty():
        yield watcher
        return
    line = _Line(sys.stderr, total)
    watcher.on_section, watcher.on_page = line.section, line.page
    try:
        yield watcher
    finally:
        line.clear()


class _Line:
    """One line on a terminal that says what is being run."""

    def __init__(self, stream: TextIO, total: int) -> None:
        self._stream, self._total, self._done = stream, total, 0

    def section(self, label: str, section: str) -> None:
        self._write(f"[{self._done}/{self._total}] {label}: {section}")

    def page(self, page: PageResult) -> None:
        self._done += 1
        self.clear()

    def clear(self) -> None:
        self._write("")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[2K{text[:79]}")
        self._stream.flush()
