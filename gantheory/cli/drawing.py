"""The command that draws figures."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from gantheory.book.planning import plan
from gantheory.cli.options import (
    Names,
    Strict,
    Width,
    jobs_option,
    pages_argument,
    seed_option,
    timeout_option,
)
from gantheory.cli.output import FAILED, complain, progress
from gantheory.figures import FORMATS, STYLES, draw


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
@click.option(
    "--style",
    "styles",
    type=Names(STYLES),
    default="paper",
    show_default=True,
    metavar="NAME[,NAME...]",
    help="paper: letters of 8 pt; slides: of 18 pt; dark: a dark ground. They go together: slides,dark.",
)
@click.option(
    "--width",
    type=Width(),
    default=None,
    show_default="6.9in; slides: 10in",
    help="Of every figure, as 3.35in or 85mm; panels that would be too narrow are stacked.",
)
@click.option("--grey", is_flag=True, help="Without colours, for print.")
@click.option(
    "--captions",
    is_flag=True,
    help="Write DIR/LABEL.tex too: the figure as LaTeX includes it, with the page's words on it.",
)
@seed_option
@jobs_option
@timeout_option
def figures(
    pages: tuple[str, ...],
    out: Path,
    formats: tuple[str, ...],
    styles: tuple[str, ...],
    width: float | None,
    grey: bool,
    captions: bool,
    seed: int,
    jobs: int,
    timeout: float,
) -> int:
    """Draw the figures of pages, as DIR/LABEL.FORMAT: on one machine the same bytes on every run."""
    if grey and "dark" in styles:
        raise click.UsageError("--grey is for print: leave out the style dark, or --grey")
    asked = [entry for entry in plan(pages or None) if entry.asked]
    _make_folder(out)
    with progress(len(asked)) as watcher:
        drawings = draw(
            asked,
            out,
            formats,
            styles=styles + ("grey",) * grey,
            width=width,
            captions=captions,
            seed=seed,
            timeout=timeout,
            jobs=jobs,
            stop=watcher.stop,
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
