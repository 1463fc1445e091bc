"""Options, parsed strictly: nothing abbreviated, repeated, out of range or oddly written."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from gantheory.book.contents import subjects
from gantheory.book.planning import bundled
from gantheory.book.reading import SECTIONS
from gantheory.book.running import TIMEOUT, check_sections
from gantheory.book.words import meanings
from gantheory.threads import cpu_count

if TYPE_CHECKING:
    _IntType = click.ParamType[int]
    _FloatType = click.ParamType[float]
    _NamesType = click.ParamType[tuple[str, ...]]
else:
    _IntType = _FloatType = _NamesType = click.ParamType

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?")


class Strict(click.Command):
    """A command that refuses an option given twice, instead of taking the last."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments after looking for repeated options."""
        if not ctx.resilient_parsing:
            _, _, order = self.make_parser(ctx).parse_args(list(args))
            for param, count in Counter(order).items():
                if (
                    isinstance(param, click.Option)
                    and count > 1
                    and not (param.multiple or param.count)
                ):
                    raise click.UsageError(f"{param.opts[-1]} is given {count} times", ctx)
        return super().parse_args(ctx, args)


class Natural(_IntType):
    """A whole number in ASCII digits."""

    name = "integer"

    def __init__(self, low: int) -> None:
        self._low = low

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number."""
        text = str(value)
        if not re.fullmatch(r"[0-9]{1,19}", text) or not self._low <= int(text) < 2**63:
            self.fail(
                f"{text[:40]!r} is not a whole number from {self._low} to 2**63 - 1", param, ctx
            )
        return int(text)


class Seconds(_FloatType):
    """A positive, finite number of seconds."""

    name = "seconds"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        text = str(value)
        number = float(text) if _NUMBER.fullmatch(text) else 0.0
        if not 0 < number < math.inf:
            self.fail(f"{text[:40]!r} is not a positive number of seconds", param, ctx)
        return number


class Number(_FloatType):
    """A finite number that is not below `low`."""

    name = "number"

    def __init__(self, low: float) -> None:
        self._low = low

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number."""
        text = str(value)
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        if not self._low <= number < math.inf:
            self.fail(f"{text[:40]!r} is not a finite number from {self._low:g} on", param, ctx)
        return number


class Width(_FloatType):
    """A length from 2 in to 40 in, in inches."""

    name = "length"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number of inches."""
        found = re.fullmatch(r"(\S+?)(in|cm|mm)", str(value))
        number = float(found[1]) if found and _NUMBER.fullmatch(found[1]) else math.nan
        inches = number / {"in": 1, "cm": 2.54, "mm": 25.4}[found[2]] if found else math.nan
        if not 2 <= inches <= 40:
            self.fail(
                f"{str(value)[:40]!r} is no width: write 3.35in or 85mm, from 2in to 40in",
                param,
                ctx,
            )
        return inches


class Names(_NamesType):
    """Names separated by commas, each once."""

    name = "name,name"

    def __init__(self, known: Sequence[str]) -> None:
        self._known = known

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names."""
        names = tuple(value.split(",")) if isinstance(value, str) else tuple(value)
        for name in names:
            if name not in self._known:
                self.fail(f"{name[:40]!r} is none of {', '.join(self._known)}", param, ctx)
            if names.count(name) > 1:
                self.fail(f"{name} is given twice", param, ctx)
        return names


def section_names(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the sections of one or several --section options."""
    if not value:
        return SECTIONS
    try:
        return check_sections([name for text in value for name in text.split(",")])
    except ValueError as problem:
        raise click.BadParameter(str(problem), ctx, param) from None


def complete_labels(
    ctx: click.Context, param: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the labels of the book that begin so, and whatever files the shell finds."""
    known = (entry.page for entry in bundled() if entry.page)
    items = [CompletionItem(p.label, help=p.title) for p in known if p.label.startswith(incomplete)]
    return [*items, CompletionItem(incomplete, type="file")]


def complete_subjects(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the labels, and the words of labels and titles, that begin so."""
    pages = [entry.page for entry in bundled() if entry.page]
    return [word for word in subjects(pages) if word.startswith(incomplete)]


def complete_words(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the words that have an explanation and begin so."""
    return [word for word in meanings() if word.startswith(incomplete)]


pages_argument = click.argument(
    "pages", nargs=-1, metavar="[LABEL|FILE|FOLDER]...", shell_complete=complete_labels
)
jobs_option = click.option(
    "--jobs",
    type=Natural(1),
    default=lambda: min(cpu_count(), 4),
    show_default="one a CPU, at most 4",
    help="How many pages to run at once.",
)
timeout_option = click.option(
    "--timeout",
    type=Seconds(),
    default=TIMEOUT,
    show_default=True,
    help="Seconds of CPU time for each section; five times as many by the clock if it waits.",
)
allow_option = click.option(
    "--allow", type=click.Choice(["supported"]), help="Let claims that rest on black boxes pass."
)
full_option = click.option(
    "--full", is_flag=True, help="Run long simulations at their full length: minutes."
)
junit_option = click.option(
    "--junit",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the result as JUnit XML, too: a suite a page, a case a claim.",
)
seed_option = click.option(
    "--seed",
    type=Natural(0),
    default=0,
    show_default=True,
    help="Given to the sections that have a parameter `seed`, as searches do.",
)
