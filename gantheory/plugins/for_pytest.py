"""The pytest plugin: losses and pages as tests, a fixture that judges, a marker that says what.

    pytest --gantheory my_losses.py --gantheory my_pages/

Every run of pytest loads this module where the package is installed. So it imports nothing of the
package before there is something to do, and does nothing to a suite that does not ask.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy as np

    from gantheory.plugins.judging import Pages  # noqa: F401  named by PAGES
    from gantheory.testing import Judgement

FILES = pytest.StashKey[list[tuple[Path, str]]]()
PAGES = pytest.StashKey["Pages"]()

MARKER = (
    "gantheory(d_loss, g_loss, *, outputs, array, claims, sample): what the fixture `judgement` judges; "
    "the words of a class or module hold for its tests. Every test that --gantheory adds has it too"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --gantheory."""
    parser.getgroup("gantheory", "GAN theory").addoption(
        "--gantheory",
        action="append",
        default=[],
        metavar="PATH",
        help="add tests: that the losses of a file are right (d_loss and g_loss at its top level), "
        "that a page of theory is verified (theorem = Theorem(...)), or both for all files of a "
        "folder. Can be given more than once; -m gantheory runs these alone.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and sort out which files were given.

    Raises
    ------
    pytest.UsageError
        If there is no such file, or the folder holds neither losses nor a page.
    """
    config.addinivalue_line("markers", MARKER)
    words = config.getoption("gantheory")
    if words:
        from gantheory.plugins.judging import sorted_out

        try:
            config.stash[FILES] = sorted_out(words, config.invocation_params.dir)
        except ValueError as problem:
            raise pytest.UsageError(f"--gantheory {problem}") from None


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the files given by --gantheory to what the session collects.

    Returns
    -------
    pytest.CollectReport
        The session's own report with a file more for each; every other collector's as it was.
    """
    report = yield
    if isinstance(collector, pytest.Session) and report.passed:
        for path, kind in collector.config.stash.get(FILES, []):
            report.result.append(GivenFile.from_parent(collector, path=path, kind=kind))
    return report


class GivenFile(pytest.File):
    """A file given by --gantheory: one test."""

    def __init__(self, *, kind: str, **rest: Any) -> None:
        super().__init__(**rest)
        self.kind = kind

    def collect(self) -> Iterator[pytest.Item]:
        """Yield the test: `losses`, or `page`."""
        made = {"losses": LossesItem, "page": PageItem}[self.kind]
        yield made.from_parent(self, name=self.kind)


class GivenItem(pytest.Item):
    """One test that --gantheory adds."""

    def __init__(self, **rest: Any) -> None:
        super().__init__(**rest)
        self.add_marker("gantheory")

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return where the test is, and its name in the head of a failure."""
        return self.path, None, f"{self.path.name}: {self.name}"


class LossesItem(GivenItem):
    """Losses pass as `assert_game` has it; what cannot be judged is an error of the setup."""

    def setup(self) -> None:
        """Judge the file; an error if it cannot be judged."""
        from gantheory.testing import judge_file
        from gantheory.testing.oracle.judging import fault_of

        judgement = judge_file(self.path)
        self.fault = fault_of(judgement)
        if not judgement.judged:
            pytest.fail(self.fault, pytrace=False)

    def runtest(self) -> None:
        """Fail if the losses are wrong, no game that is known, or not finite at logits of ±100."""
        if self.fault:
            pytest.fail(self.fault, pytrace=False)


class PageItem(GivenItem):
    """A page passes when it is verified."""

    def runtest(self) -> None:
        """Run the page and the pages that it uses; fail with the claims that are not as required."""
        from gantheory.plugins.judging import Pages, report_of

        stash = self.config.stash
        if PAGES not in stash:
            given = [path for path, kind in stash[FILES] if kind == "page"]
            stash[PAGES] = Pages(given)
        page, below = stash[PAGES].verified(self.path)
        if not page.verified:
            pytest.fail(report_of(page, below), pytrace=False)


# --- fixtures -------------------------------------------------------------------------------------


@pytest.fixture
def gantheory_rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """A random generator with a seed of the test's own, the same on every run.

    Returns
    -------
    numpy.random.Generator
        Seeded by the id of the test, file and parameters with it.
    """
    import hashlib

    import numpy as np

    digest = hashlib.sha256(request.node.nodeid.encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "little"))


@pytest.fixture
def judge(request: pytest.FixtureRequest) -> Callable[..., Judgement]:
    """`gantheory.testing.identify_game`, with the words of the marker `gantheory` as its defaults.

    Returns
    -------
    callable
        (d_loss, g_loss, *, outputs, array, claims, sample) -> Judgement.
    """
    from gantheory.testing import identify_game

    losses, words = _marked(request)

    def judged(*given: Any, **more: Any) -> Judgement:
        return identify_game(*(given or losses), **words | more)

    return judged


@pytest.fixture
def judgement(judge: Callable[..., Judgement], request: pytest.FixtureRequest) -> Judgement:
    """What `judge` says of the losses that the marker `gantheory` names.

    Returns
    -------
    Judgement
        To be looked at by the test: assert judgement.verdict == "correct", judgement.reasons.

    Raises
    ------
    pytest.UsageError
        If no marker names two losses.
    """
    losses, _ = _marked(request)
    if len(losses) != 2:
        raise pytest.UsageError(
            f"{request.node.nodeid}: the fixture judgement needs two losses; write "
            "@pytest.mark.gantheory(d_loss, g_loss) above the test, or use the fixture judge"
        )
    return judge()


def _marked(request: pytest.FixtureRequest) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the losses and the words of the markers; those nearer to the test go before."""
    losses: tuple[Any, ...] = ()
    words: dict[str, Any] = {}
    for marker in request.node.iter_markers("gantheory"):
        losses = losses or marker.args
        words = marker.kwargs | words
    return losses, words
