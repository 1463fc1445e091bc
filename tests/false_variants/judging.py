"""What becomes of a variant, in this process, as a worker would judge it."""

from __future__ import annotations

import ast
import signal
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

import numpy as np
import sympy as sp

from gantheory import theorems
from gantheory.book import bundled_folder
from gantheory.book.channel import observed
from gantheory.book.worker import section_items, seed_all
from gantheory.theorems.points import points
from gantheory.theorems.polynomials import truth
from gantheory.verdicts import CONFIRMED, Verdict

from .changes import BOTH, Variant, variants, written

SEED = 0
LONGEST = 30.0  # seconds of CPU time: most take less than one, the slowest that end ten
SAMPLE = 6  # variants a page that the tests judge
TRIES = 18  # how many they take at the most to find these: some have no sense
PAGES = sorted(bundled_folder().glob("p[0-9]*_*.py"))
REASONS = Path(__file__).with_name("survivors.toml")

REFUTED = "refuted"  # a claim failed
UNDECIDED = "undecided"  # none failed, but one decides nothing, so that the page is not verified
SENSELESS = "senseless"  # the page breaks, or does not come to its end: that catches nothing
TRUE = "true"  # verified, and no less true: the change changes nothing, or makes a bound weaker
LIVES = "lives"  # the page is verified, false as it is


def in_order(page: Path) -> list[Variant]:
    """Return the variants by the checksums of their names: an order that hangs on nothing else."""
    return sorted(variants(page), key=lambda one: (crc32(one.name.encode()), one.name))


def judged_sample(page: Path) -> dict[str, str]:
    """Return what becomes of the first variants that make sense, by their names."""
    outcomes: dict[str, str] = {}
    for one in in_order(page)[:TRIES]:
        outcome = judged(one)
        if outcome not in (SENSELESS, TRUE):
            outcomes[one.name] = outcome
        if len(outcomes) == SAMPLE:
            break
    return outcomes


def judged_all(page: Path) -> dict[str, str]:
    """Return what becomes of every variant of a page, by their names."""
    return {one.name: judged(one) for one in variants(page)}


def reasons() -> dict[str, dict[str, str]]:
    """Return why variants live, by the label of their page and by their names."""
    return tomllib.loads(REASONS.read_text(encoding="utf-8"))


class TooLong(BaseException):
    """A variant took more CPU time than one may; no section catches it."""


def judged(variant: Variant) -> str:
    """Return what becomes of a variant: REFUTED, UNDECIDED, SENSELESS, TRUE or LIVES."""
    before = signal.signal(signal.SIGVTALRM, _too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        outcome = _outcome(_verdicts(variant, written(variant)))
        return TRUE if outcome == LIVES and _is_true(variant) else outcome
    except TooLong:
        return SENSELESS
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _too_long(*_: object) -> None:
    raise TooLong


def _outcome(verdicts: Iterable[Verdict]) -> str:
    """Return what the verdicts say; the first `failed` settles it, and no more are made."""
    found = set()
    for verdict in verdicts:
        if verdict is Verdict.FAILED:
            return REFUTED
        found.add(verdict)
    if found - CONFIRMED - {Verdict.SURVIVED, Verdict.ERROR}:
        return UNDECIDED
    return SENSELESS if Verdict.ERROR in found or not found else LIVES


def _is_true(variant: Variant) -> bool:
    """Return whether new values follow from the old ones wherever the expressions are evaluated."""
    follows: list[bool] = []

    def both(old: Callable[[], Any], new: Callable[[], Any]) -> Any:
        values = old(), new()
        follows.append(_follows(*values, variant.weaker))
        return values[1]

    list(_verdicts(variant, written(variant, beside=True), both))
    return bool(follows) and all(follows)


def _follows(old: Any, new: Any, weaker: int) -> bool:
    """Return whether old = new, or new is weaker: of SymPy's expressions, for all their symbols."""
    if isinstance(old, sp.Expr) and isinstance(new, sp.Expr):
        gap = sp.simplify(new - old, doit=False)
        return bool(gap == 0 or (weaker and (weaker * gap).is_nonnegative))
    if isinstance(old, sp.logic.boolalg.Boolean) and isinstance(new, sp.logic.boolalg.Boolean):
        return _implied(old, new, weaker)
    try:
        return weaker != 0 and weaker * (float(new) - float(old)) >= 0
    except TypeError:
        return False


def _implied(old: Any, new: Any, weaker: int) -> bool:
    """Return whether new is weaker than old, or says the same, at each of many rational points."""
    symbols = sorted(old.free_symbols | new.free_symbols, key=str)
    found = [(truth(old, at), truth(new, at)) for at in points(symbols, {})]
    if weaker > 0:
        return all(after or not before for before, after in found)
    if weaker < 0:
        return all(before or not after for before, after in found)
    return all(before is after for before, after in found)


def _verdicts(variant: Variant, tree: ast.Module, both: Any = None) -> Iterator[Verdict]:
    """Yield the verdicts of the sections as a worker gives them: what warns or raises is an error."""
    module = ModuleType(variant.page.stem)
    # a page may import only one of the two
    vars(module).update(at_most=theorems.at_most, at_least=theorems.at_least, **{BOTH: both})
    sys.modules[module.__name__] = module
    try:
        with np.errstate():
            exec(compile(tree, str(variant.page), "exec"), vars(module))
            for section in variant.sections:
                yield from _section(module, section)
    except Exception:
        yield Verdict.ERROR
    finally:
        del sys.modules[module.__name__]


def _section(module: ModuleType, section: str) -> Iterator[Verdict]:
    seed_all(SEED)
    claims = section_items(module, section, {"seed": SEED, "full": False})
    while claim := _next(claims):
        yield claim


def _next(claims: Iterator[theorems.Claim]) -> Verdict | None:
    """Return the verdict of the next claim, None after the last."""
    with observed() as heard:
        claim = next(claims, None)
    if claim is None:
        return None
    return Verdict.ERROR if heard else claim.verdict
