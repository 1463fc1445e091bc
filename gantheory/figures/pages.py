"""The pages' figures, drawn in one house style.

A page's `figure()` returns a Figure and knows neither style, width nor path. Each is drawn in a worker
process of its own; one that raises, warns, takes too long or returns something else has failed.

On one machine with one set of libraries every run writes the same bytes. Another processor or
another BLAS may round the last digit of a coordinate differently.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gantheory.book.planning import Entry
from gantheory.book.running import TIMEOUT, in_order
from gantheory.book.workers import Worker
from gantheory.errors import PageError
from gantheory.figures.captions import as_float
from gantheory.figures.fitting import fit
from gantheory.figures.style import METADATA, house

if TYPE_CHECKING:
    from gantheory.book.channel import Channel

FORMATS = ("svg", "pdf", "png")


@dataclass(frozen=True)
class Drawing:
    """What became of one page's figure.

    Attributes
    ----------
    label:
        Of the page.
    files:
        What was written, one a format.
    problem:
        Why nothing was, "" if all went well.
    missing:
        Whether the page has no figure.
    """

    label: str
    files: tuple[Path, ...] = ()
    problem: str = ""
    missing: bool = False


def draw(
    entries: Sequence[Entry],
    folder: Path,
    formats: Iterable[str] = ("svg",),
    *,
    styles: Sequence[str] = (),
    width: float | None = None,
    captions: bool = False,
    seed: int = 0,
    timeout: float = TIMEOUT,
    jobs: int = 1,
    stop: threading.Event | None = None,
    on_start: Callable[[str], None] = lambda label: None,
) -> list[Drawing]:
    """Return what became of each entry's figure, written to `<folder>/<label>.<format>`.

    With captions there is `<folder>/<label>.tex` too, the figure as LaTeX includes it.

    Parameters
    ----------
    entries:
        Pages, as planned; see `gantheory.book.planning`.
    folder:
        Where to write; it exists.
    formats:
        Some of svg, pdf, png.
    styles, width:
        Style sheets, see `gantheory.figures.style`; inches, by default those of the last sheet.
    captions:
        Whether to write captions.
    seed:
        Given to a `figure` that has a parameter `seed`.
    timeout:
        Seconds of CPU time for each figure; one that sleeps or waits is given five times as long
        by the clock.
    jobs:
        How many to draw at once.
    stop:
        Set from elsewhere to call it off.
    on_start:
        Called with the label of each page that is begun, from several threads.
    """
    halt = stop or threading.Event()
    job = {"formats": tuple(formats), "styles": tuple(styles), "width": width, "seed": seed}
    count = Counter(entry.label for entry in entries)

    def work(entry: Entry) -> Drawing:
        on_start(entry.label)
        if count[entry.label] > 1:
            return Drawing(entry.label, problem=f"{entry.file}: another page has its label")
        drawing = _draw_one(entry, folder, job, timeout, halt)
        return _with_caption(drawing, entry, folder, width) if captions else drawing

    return list(in_order(work, entries, jobs=jobs, stop=halt))


def _with_caption(drawing: Drawing, entry: Entry, folder: Path, width: float | None) -> Drawing:
    """Return the drawing with its caption, written to a file beside the others."""
    if entry.page is None or not drawing.files:
        return drawing
    target = folder / f"{drawing.label}.tex"
    try:
        target.write_text(as_float(entry.page, width), encoding="utf-8")
    except PageError as problem:
        return Drawing(drawing.label, problem=f"figure: {problem}")
    return replace(drawing, files=(*drawing.files, target))


def _draw_one(
    entry: Entry,
    folder: Path,
    settings: Mapping[str, Any],
    timeout: float,
    stop: threading.Event,
) -> Drawing:
    page = entry.page
    if page is None:
        return Drawing(entry.label, problem=f"{entry.file}: {entry.faults[0]}")
    if "figure" not in page.sections:
        return Drawing(entry.label, missing=True)
    with tempfile.TemporaryDirectory(prefix=".gantheory-", dir=folder) as scratch:
        places = {"file": os.path.abspath(entry.path), "scratch": os.path.abspath(scratch)}
        job = {**places, **settings}
        with Worker("gantheory.figures.pages", job, stop, timeout=timeout) as worker:
            problem = _listen(worker)
        written = [Path(scratch, f"figure.{kind}") for kind in job["formats"]]
        if not problem and not all(file.is_file() for file in written):
            problem = "figure: the files it should have written are not there"
        if problem:
            return Drawing(entry.label, problem=problem)
        files = tuple(folder / f"{page.label}.{kind}" for kind in job["formats"])
        for source, target in zip(written, files, strict=True):
            os.replace(source, target)
    return Drawing(entry.label, files)


def _listen(worker: Worker) -> str:
    """Return what went wrong with the worker's figure, "" if nothing did."""
    section = "page"
    problems: list[str] = []

    def take(message: Mapping[str, Any]) -> None:
        nonlocal section
        if message["kind"] == "begin":
            section = str(message["section"])
        elif message["kind"] == "claim":
            problems.append(str(message["text"]))

    ending = worker.listen(take)
    return f"{section} {ending}" if ending else "; ".join(problems)


# --- in the worker --------------------------------------------------------------------------------


def main(job: Mapping[str, Any]) -> None:
    """Draw the job's figure in this process, which ends with it."""
    from gantheory.book.channel import work

    work(job, lambda channel: _draw_page(channel, job))


def _draw_page(channel: Channel, job: Mapping[str, Any]) -> None:
    """Load the page, draw its figure, and save it in every format; faults are sent as claims."""
    from gantheory.book.channel import load_page, observed, outcome
    from gantheory.book.worker import seed_all
    from gantheory.verdicts import Verdict

    path = Path(job["file"])
    problem: BaseException | None = None
    with observed() as heard:
        try:
            seed_all(job["seed"])
            channel.begin("page")
            page = load_page(path)
            channel.begin("figure")
            seed_all(job["seed"])
            with house(job["styles"]):
                _save(page.figure, job)
        except BaseException as raised:
            problem = raised
    if problem is not None:
        channel.claim(f"{channel.section}: {outcome(problem, str(path))[0]}", Verdict.ERROR, {})
    elif heard:
        channel.claim(f"figure warns: {'; '.join(heard)}", Verdict.ERROR, {})


def _save(function: Any, job: Mapping[str, Any]) -> None:
    """Write what the function draws, fitted to the width, in every format.

    Raises
    ------
    TypeError
        If it returns no Figure.
    """
    import inspect

    import matplotlib
    from matplotlib.figure import Figure

    takes_seed = "seed" in inspect.signature(function).parameters
    figure = function(seed=job["seed"]) if takes_seed else function()
    if not isinstance(figure, Figure):
        what = "nothing" if figure is None else f"a value of type {type(figure).__name__}"
        raise TypeError(f"figure returned {what}: return the Figure, and neither save nor show it")
    fit(figure, job["width"] or matplotlib.rcParams["figure.figsize"][0])
    for kind in job["formats"]:
        target = Path(job["scratch"], f"figure.{kind}")
        figure.savefig(target, format=kind, metadata=METADATA[kind])
