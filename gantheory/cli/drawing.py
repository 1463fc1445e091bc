"""The command that draws figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from gantheory.book.planning import plan
from gantheory.cli.options import (
    Names,
    Strict,
    jobs_option,
    pages_argument,
    seed_option,
    timeout_option,
)
from gantheory.cli.output import FAILED, complain, progress
from gantheory.figures import FORMATS, draw


@click.command(cls=Strict)
@pages_argument
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to; it is made if need be.",
)
@click.option(
    "--format",
    "formats",
    type=Names(FORMATS),
    default="svg",
    show_default=True,
    metavar="NAME[,NAME...]",
    help=f"Some of {', '.join(FORMATS)}.",
)
@seed_option
@jobs_option
@timeout_option
def figures(
    pages: tuple[str, ...],
    out: Path,
    formats: tuple[str, ...],
    seed: int,
    jobs: int,
    timeout: float,
) -> int:
    """Draw the figures of pages, as DIR/LABEL.FORMAT: on one machine the same bytes on every run."""
    asked = [entry for entry in plan(pages or None) if entry.asked]
    _make_folder(out)
    with progress(len(asked)) as watcher:
        drawings = draw(
            asked, out, formats, seed=seed, timeout=timeout, jobs=jobs, stop=watcher.stop
        )
    named = {Path(page).name for page in pages} | set(pages)
    failed = False
    for entry, drawing in zip(asked, drawings, strict=True):
        for file in drawing.files:
            click.echo(str(file))
        if drawing.problem:
            complain(f"{drawing.label}: {drawing.problem}")
        if drawing.missing:
            complain(f"{drawing.label}: the page has no figure")
        wanted = entry.label in named or entry.path.name in named
        failed = failed or bool(drawing.problem) or (drawing.missing and wanted)
    drawn = sum(bool(drawing.files) for drawing in drawings)
    complain(f"{drawn} figure{'s' * (drawn != 1)} drawn in {out}")
    return FAILED if failed or not drawn else 0


def _make_folder(folder: Path) -> None:
    """Make the folder, and refuse one that cannot be written to before anything is drawn."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise click.UsageError(f"--out {folder}: cannot be written to: {reason}") from None
