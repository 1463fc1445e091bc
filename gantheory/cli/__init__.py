"""The command `gantheory`.

Exit codes: 0, all came out as required and there was something; 1, something did not; 2, the
command line is wrong; 130, interrupted. Results go to stdout, everything else to stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from gantheory import __version__
from gantheory.cli.drawing import figures
from gantheory.cli.finding import errata, explain, list_pages
from gantheory.cli.oracle import oracle
from gantheory.cli.output import FAILED, INTERRUPTED, REFUSED, CommandFailed, complain
from gantheory.cli.pages import verify
from gantheory.cli.report import report
from gantheory.cli.show import show
from gantheory.cli.training import train
from gantheory.errors import PageError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, "--version", message="gantheory %(version)s")
def cli() -> None:
    """Verify the theory of Generative Adversarial Networks as a book whose pages run.

    Exit code 0: all came out as required; 1: something did not; 2: the command line is wrong.
    """


for command in (verify, list_pages, show, errata, explain, figures, report, train, oracle):
    cli.add_command(command)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line, and leave with its exit code."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without unicode gets escapes, no traceback
            stream.reconfigure(errors="backslashreplace")
    code = _outcome(list(sys.argv[1:] if args is None else args))
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    sys.exit(code)


def _open_what_is_closed() -> None:
    """Give each standard stream that is closed (`gantheory list >&-`) to the null device.

    In the order of their file descriptors, so that each takes its own: a pipe to a worker must not
    come to lie where the output was.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115


def _outcome(args: list[str]) -> int:
    """Return the exit code of the command, after saying in one line what was wrong with it."""
    try:
        code = cli.main(args, prog_name="gantheory", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.exceptions.NoArgsIsHelpError as help_page:
        click.echo(help_page.format_message(), err=True)
        return REFUSED
    except click.ClickException as problem:
        complain(problem.format_message())
        return REFUSED
    except (KeyboardInterrupt, click.Abort):
        complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _silence()
        return FAILED
    except CommandFailed as problem:
        complain(str(problem))
        return FAILED
    except PageError as problem:
        complain(str(problem))
        return REFUSED
    except OSError as problem:
        complain(f"{problem.filename or 'the system'}: {problem.strerror or problem}")
        return FAILED


def _silence() -> None:
    """Stop writing to a reader that is gone."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
