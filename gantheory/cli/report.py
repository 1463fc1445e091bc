"""The command that writes the book as a folder of HTML."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from gantheory.book.junit import as_junit
from gantheory.book.planning import Entry, NoSuchPage, bundled, plan
from gantheory.book.reading import SECTIONS
from gantheory.book.results import BookResult, plural
from gantheory.book.running import Settings, run_book
from gantheory.book.saved import changes, of_pages, read_result
from gantheory.cli.options import (
    Strict,
    allow_option,
    full_option,
    jobs_option,
    junit_option,
    pages_argument,
    seed_option,
    timeout_option,
)
from gantheory.cli.output import FAILED, complain, progress, write_file
from gantheory.figures import draw
from gantheory.report import Report, files_of, gathered, require_folder, write_folder
from gantheory.report.prose import AS_TEXT


@click.command(cls=Strict)
@pages_argument
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to: a new one, an empty one, or an earlier report.",
)
@click.option(
    "--from",
    "saved",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take the result that `gantheory verify --json` wrote to FILE, and run no page.",
)
@junit_option
@click.option("--no-figures", is_flag=True, help="Leave out the figures, which take the most time.")
@seed_option
@jobs_option
@timeout_option
@allow_option
@full_option
@click.pass_context
def report(
    context: click.Context,
    pages: tuple[str, ...],
    out: Path,
    saved: Path | None,
    junit: Path | None,
    no_figures: bool,
    seed: int,
    jobs: int,
    timeout: float,
    allow: str | None,
    full: bool,
) -> int:
    """Write the book, or some pages, as a folder of HTML to read, search and print.

    The pages are run, as `gantheory verify` does, or their result is read with --from. Open
    DIR/index.html in a browser: nothing is loaded from elsewhere. The exit code is that of verify, and 1
    if a figure could not be drawn.
    """
    _require_apart(context, saved)
    require_folder(out)
    made = _read(saved, pages) if saved else _ran(pages, seed, jobs, timeout, allow, full)
    drawings = Drawings() if no_figures else _drawn(made.entries, seed, jobs, timeout)
    whole = gathered(
        made.result,
        made.entries,
        figures=drawings.figures,
        problems=drawings.problems,
        changes=made.changes,
        saved=saved is not None,
    )
    files = write_folder(out, files_of(whole))
    if junit:
        write_file(junit, as_junit(made.result), "--junit")
    _say(whole, drawings, files)
    click.echo(made.result.conclusion)
    complain(f"{plural(len(whole.theorems), 'theorem')} in {out / 'index.html'}")
    return FAILED if drawings.problems else made.result.exit_code


@dataclass(frozen=True)
class Made:
    """A result, the files of its pages, and what these say today that it does not."""

    result: BookResult
    entries: list[Entry]
    changes: dict[str, list[str]]


@dataclass(frozen=True)
class Drawings:
    """Figures as SVG by label, and why others could not be drawn."""

    figures: dict[str, str]
    problems: dict[str, str]

    def __init__(
        self, figures: dict[str, str] | None = None, problems: dict[str, str] | None = None
    ) -> None:
        object.__setattr__(self, "figures", figures or {})
        object.__setattr__(self, "problems", problems or {})


def _require_apart(context: click.Context, saved: Path | None) -> None:
    """Refuse options of a run together with a result that is read."""
    for name, option in (("allow", "--allow"), ("full", "--full"), ("seed", "--seed")):
        given = context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
        if saved and given:
            raise click.UsageError(f"{option} is for a run: leave it out, or --from")


def _ran(
    pages: Sequence[str], seed: int, jobs: int, timeout: float, allow: str | None, full: bool
) -> Made:
    """Run the pages, and those that they use."""
    entries = plan(pages or None)
    settings = Settings(SECTIONS, seed, timeout, allow == "supported", full)
    with progress(len(entries)) as watcher:
        return Made(run_book(entries, settings, jobs=jobs, watcher=watcher), entries, {})


def _read(saved: Path, pages: Sequence[str]) -> Made:
    """Read a saved result, all of it or the pages asked for with those that they use."""
    result = read_result(saved)
    if pages:
        entries = plan(pages)
        result = of_pages(result, entries)
    else:
        entries = _files_of(result)
    by_label = {entry.label: entry for entry in reversed(entries)}
    found = {page.label: changes(page, by_label.get(page.label)) for page in result.pages}
    return Made(result, entries, {label: said for label, said in found.items() if said})


def _files_of(result: BookResult) -> list[Entry]:
    """Return the files of a result's pages: those of the book, others where they lie as they did."""
    book = {(entry.label, entry.file): entry for entry in bundled()}
    entries = []
    for page in result.pages:
        found = book.get((page.label, page.file))
        if found is None and Path(page.file).is_file():
            try:
                [found] = [e for e in plan([page.file]) if e.asked]
            except (NoSuchPage, ValueError):
                found = None
        entries += [found] if found else []
    return entries


def _drawn(entries: Sequence[Entry], seed: int, jobs: int, timeout: float) -> Drawings:
    """Draw the figures of the pages that have one."""
    once = list({entry.label: entry for entry in reversed(entries) if entry.page}.values())[::-1]
    with tempfile.TemporaryDirectory() as scratch, progress(len(once)) as watcher:
        made = draw(
            once,
            Path(scratch),
            seed=seed,
            timeout=timeout,
            jobs=jobs,
            stop=watcher.stop,
            on_start=lambda label: watcher.on_section(label, "figure"),
        )
        figures = {d.label: d.files[0].read_text(encoding="utf-8") for d in made if d.files}
    return Drawings(figures, {d.label: d.problem for d in made if d.problem})


def _say(made: Report, drawings: Drawings, files: Sequence[Path]) -> None:
    """Say what a reader of the report should know before."""
    for label, problem in drawings.problems.items():
        complain(f"{label}: {problem}")
    for theorem in made.changed:
        complain(f"{theorem.label} has changed since the result: {'; '.join(theorem.changes)}")
    mark = f'class="{AS_TEXT}"'
    count = sum(file.read_text(encoding="utf-8").count(mark) for file in files)
    if count:
        complain(f"{plural(count, 'formula')} cannot be set, and stand as text")
