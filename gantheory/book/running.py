"""Running pages: one worker a page, killed at the deadline and started anew for the rest."""

from __future__ import annotations

import math
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from gantheory.book.planning import Entry, plan
from gantheory.book.reading import SECTIONS, one_line
from gantheory.book.results import (
    PAGE,
    BookResult,
    ClaimResult,
    PageResult,
    fault,
    final_faults,
    judge,
    settle,
)
from gantheory.book.workers import Worker
from gantheory.errors import nearest
from gantheory.verdicts import Verdict

TIMEOUT = 120.0  # ten times what the longest section of the book takes
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Settings:
    """How to run pages.

    Attributes
    ----------
    sections:
        Which sections to run.
    seed:
        Given to the sections that have a parameter `seed`.
    timeout:
        Seconds of CPU time for each section.
    allow_supported:
        Whether `supported` will do where a page needs a confirmed claim.
    full:
        Given to the sections that have a parameter `full`: long simulations at their full length.
    """

    sections: tuple[str, ...] = SECTIONS
    seed: int = 0
    timeout: float = TIMEOUT
    allow_supported: bool = False
    full: bool = False

    @property
    def whole(self) -> bool:
        """Whether every section is run."""
        return set(self.sections) == set(SECTIONS)


@dataclass
class Watcher:
    """Callbacks of a run, which are called from several threads; and an event that stops it."""

    on_section: Callable[[str, str], None] = lambda label, section: None
    on_page: Callable[[PageResult], None] = lambda page: None
    stop: threading.Event = field(default_factory=threading.Event)


def verify(
    labels: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
    sections: str | Iterable[str] | None = None,
    seed: int = 0,
    *,
    jobs: int = 1,
    timeout: float = TIMEOUT,
    allow_supported: bool = False,
    full: bool = False,
    watcher: Watcher | None = None,
) -> BookResult:
    """Return what stands: the object that `gantheory verify --json` prints.

    Parameters
    ----------
    labels:
        Labels of the book, page files, or folders of pages; the whole book if None. Pages that
        they use are verified too.
    sections:
        Only these of derive, certify, check, search, simulate, refute. A part verifies nothing:
        `verified` is then False for every page.
    seed:
        Not negative; sections with a parameter `seed` are given it.
    jobs:
        How many pages to run at once; the result does not depend on it.
    timeout:
        Seconds of CPU time for each section, after which its process is killed; a section that
        sleeps or waits is killed after five times as long by the clock.
    allow_supported:
        Count `supported` claims, which rest on black boxes, as confirmed.
    full:
        Run long simulations at their full length, with more runs and steps: minutes on some pages.
    watcher:
        Its callbacks hear of each section that starts and each page that is done.

    Returns
    -------
    BookResult
        With `pages`, `summary`, `ok`, `exit_code` and `to_json()`.

    Raises
    ------
    NoSuchPage
        If a label or path does not exist; it is a PageError and a LookupError.
    PageError
        If there are no pages to run.
    ValueError
        If an option is out of range.
    """
    chosen = check_sections(sections)
    check_numbers(seed=seed, jobs=jobs, timeout=timeout)
    settings = Settings(chosen, seed, float(timeout), allow_supported, full)
    wanted = [labels] if isinstance(labels, (str, os.PathLike)) else labels
    entries = plan(None if wanted is None else list(wanted))
    return run_book(entries, settings, jobs=jobs, watcher=watcher or Watcher())


def run_book(
    entries: Sequence[Entry], settings: Settings, *, jobs: int, watcher: Watcher
) -> BookResult:
    """Return the results of the entries, in their order."""
    from gantheory import __version__

    pages: list[PageResult] = []
    for result in in_order(
        lambda entry: run_entry(entry, settings, watcher), entries, jobs=jobs, stop=watcher.stop
    ):
        pages.append(result)
        watcher.on_page(result)
    results = settle(pages, whole=settings.whole)
    return BookResult(results, str(__version__), settings.seed, settings.sections, settings.full)


def check_sections(sections: str | Iterable[str] | None) -> tuple[str, ...]:
    """Return the sections named, in the order in which they run; all of them for None.

    Raises
    ------
    ValueError
        If there is none, one is unknown, or one is there twice.
    """
    if sections is None:
        return SECTIONS
    names = [sections] if isinstance(sections, str) else list(sections)
    if not names:
        raise ValueError("no section was named")
    for name in names:
        if name not in SECTIONS:
            drawn = "; `gantheory figures` draws figures" if name == "figure" else ""
            hint = drawn or nearest(str(name), SECTIONS)
            raise ValueError(f"{name!r} is not a section: there are {', '.join(SECTIONS)}{hint}")
        if names.count(name) > 1:
            raise ValueError(f"section {name} is named twice")
    return tuple(name for name in SECTIONS if name in names)


def check_numbers(*, seed: int, jobs: int, timeout: float) -> None:
    """Refuse a seed, a number of jobs or a timeout that means nothing.

    Raises
    ------
    ValueError
        If one is out of range or of the wrong type.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**63:
        raise ValueError(f"seed={seed!r}: a seed is an integer from 0 to 2**63 - 1")
    if isinstance(jobs, bool) or not isinstance(jobs, int) or not jobs >= 1:
        raise ValueError(f"jobs={jobs!r}: the number of jobs is an integer, 1 or more")
    number = isinstance(timeout, (int, float)) and not isinstance(timeout, bool)
    if not number or not 0 < timeout < math.inf:
        raise ValueError(f"timeout={timeout!r}: a timeout is a positive number of seconds")


def in_order(
    work: Callable[[_Item], _Result], items: Sequence[_Item], *, jobs: int, stop: threading.Event
) -> Iterator[_Result]:
    """Yield work(item) for each item, in order, several at once; leaving early stops the rest."""
    pool = ThreadPoolExecutor(max_workers=min(jobs, max(len(items), 1)))
    try:
        futures: list[Future[_Result]] = [pool.submit(work, item) for item in items]
        for future in futures:
            yield future.result()
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def run_entry(entry: Entry, settings: Settings, watcher: Watcher) -> PageResult:
    """Return the result of one page, all its sections run."""
    start = time.monotonic()
    page = entry.page
    collected = Collected(entry.label, settings)
    for text in entry.faults:
        collected.fault(text if page else f"{entry.file}: {text}")
    if page is not None:
        todo = [name for name in page.sections if name in settings.sections]
        _run_sections(entry, todo, collected, settings, watcher)
        covers = page.covers if settings.whole else ()
        for text in final_faults(collected.claims, covers):
            collected.fault(text)
    return PageResult(
        label=entry.label,
        title=page.title if page else "",
        source=one_line(page.source) if page else "",
        file=entry.file,
        uses=page.uses if page else (),
        seconds=time.monotonic() - start,
        claims=tuple(collected.claims),
        digest=page.digest if page else "",
    )


@dataclass
class Collected:
    """The claims of one page so far."""

    label: str
    settings: Settings
    claims: list[ClaimResult] = field(default_factory=list)
    _count: Counter[str] = field(default_factory=Counter)

    def fault(self, text: str, **evidence: Any) -> None:
        """Add a fault of the page itself."""
        self._count[PAGE] += 1
        self.claims.append(fault(self.label, self._count[PAGE], text, **evidence))

    def add(
        self,
        section: str,
        text: str,
        verdict: Verdict,
        evidence: dict[str, Any],
        label: str | None = None,
    ) -> None:
        """Add a claim; one without a label is named after its place."""
        if section == PAGE:
            self.fault(text, **evidence)
            return
        self._count[section] += 1
        name = label or f"{self.label}/{section}-{self._count[section]}"
        allow = self.settings.allow_supported
        self.claims.append(
            judge(section, text, verdict, evidence, label=name, allow_supported=allow)
        )


def _run_sections(
    entry: Entry, todo: list[str], collected: Collected, settings: Settings, watcher: Watcher
) -> None:
    """Run the sections in a worker; after a section that kills it, the rest in another."""
    first = True
    while True:
        job = {
            "file": os.path.abspath(entry.path),
            "label": entry.label,
            "sections": todo,
            "given": {"seed": settings.seed, "full": settings.full},
            "first": first,
        }
        with Worker("gantheory.book.worker", job, watcher.stop, timeout=settings.timeout) as worker:
            fatal = Reader(worker, collected, settings, watcher).read()
        todo = todo[todo.index(fatal) + 1 :] if fatal in todo else []
        if not todo:
            return
        first = False


class Reader:
    """Reads one worker to its end.

    Parameters
    ----------
    worker:
        Started, and not yet listened to.
    collected, settings, watcher:
        Where claims go, how they are judged, and whose callbacks are called.
    """

    def __init__(
        self, worker: Worker, collected: Collected, settings: Settings, watcher: Watcher
    ) -> None:
        self._worker, self._collected = worker, collected
        self._settings, self._watcher = settings, watcher
        self._section = PAGE

    def read(self) -> str | None:
        """Collect the worker's claims; return None, or the section in which it met a bad end."""
        problem = self._worker.listen(self._take)
        if not problem:
            return None
        name = "loading the page" if self._section == PAGE else f"section {self._section}"
        self._collected.add(self._section, f"{name} {problem}", Verdict.ERROR, {})
        return self._section

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["kind"]
        if kind == "begin":
            self._section = message["section"]
            self._watcher.on_section(self._collected.label, self._section)
        elif kind == "claim":
            self._collected.add(
                self._section,
                message["text"],
                Verdict(message["verdict"]),
                message["evidence"],
                message["label"],
            )
