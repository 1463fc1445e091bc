"""What a worker process does: load one page, run its sections, send each claim as it is yielded."""

from __future__ import annotations

import inspect
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from sympy.core.random import seed as seed_sympy

from gantheory.book.channel import Channel, load_page, module_name, observed, outcome, plain, work
from gantheory.book.guarding import evaluations, inventory, replaced
from gantheory.book.reading import read_source
from gantheory.integrity import changed, remember
from gantheory.theorems import Claim, Theorem, json_ready, lint
from gantheory.theorems.claims import NOT_A_NUMBER
from gantheory.verdicts import Verdict

MOST_CLAIMS = 10_000
FEW = 5  # names that a sentence lists
BY_HAND = (
    "written down by hand, altered after it was made, or judged by what the page had changed: nothing "
    "was compared; yield what equal(...) and the like return"
)


class Misused(TypeError):
    """A section that is not what a section is."""


def main(job: Mapping[str, Any]) -> None:
    """Run the job's sections in this process, which ends with them."""
    work(job, lambda channel: run_page(channel, job))


def run_page(channel: Channel, job: Mapping[str, Any]) -> None:
    """Load the job's page and run the job's sections."""
    path, judge = Path(job["file"]), inventory()
    remember()
    with evaluations(module_name(path)) as evaluated:
        page = prepare(channel, path, job, evaluated)
        if page is None:
            return
        for section in job["sections"]:
            channel.begin(section)
            run_section(channel, page, section, job["given"], evaluated)
            other = sorted({*replaced(judge), *changed()})
            if other:
                text = (
                    f"replaces {', '.join(other[:FEW])}: what was found with it counts for nothing"
                )
                channel.claim(text, Verdict.ERROR, {})
            channel.send("end")


def prepare(
    channel: Channel, path: Path, job: Mapping[str, Any], evaluated: list[str]
) -> ModuleType | None:
    """Return the page's module, None if it does not load; its faults are sent as claims."""
    channel.begin("page")
    if job["first"]:
        for message in lint(read_source(path)):
            channel.claim(f"lint: {message}", Verdict.ERROR, {})
    seed_all(job["given"]["seed"])
    page: ModuleType | None = None
    with observed() as heard:
        try:
            page = load_page(path)
        except BaseException as problem:  # SystemExit and KeyboardInterrupt are a page's faults too
            text, _, evidence = outcome(problem, str(path))
            channel.claim(f"does not load: {text}", Verdict.ERROR, evidence)
    noise = _noise(heard, evaluated)
    if noise and job["first"]:
        channel.claim("warns, or evaluates, while it loads", Verdict.ERROR, noise)
    if page and not _is_theorem(page, job["label"]):
        channel.claim("theorem is not the Theorem that its source says it is", Verdict.ERROR, {})
        page = None
    channel.send("end")
    return page


def _is_theorem(page: ModuleType, label: str) -> bool:
    theorem = getattr(page, "theorem", None)
    return isinstance(theorem, Theorem) and theorem.label == label


def seed_all(seed: int) -> None:
    """Seed every global stream, so that a page that uses one is repeatable all the same."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    seed_sympy(seed)


def run_section(
    channel: Channel,
    page: ModuleType,
    section: str,
    given: Mapping[str, Any],
    evaluated: list[str],
) -> None:
    """Send each claim as it is yielded, and at most one more that says what went wrong."""
    seed_all(given["seed"])
    path = str(page.__file__)
    items = section_items(page, section, given)
    for number in range(MOST_CLAIMS):
        item, problem = None, None
        with observed() as heard:
            try:
                item = next(items, None)
            except BaseException as raised:
                problem = raised
        evidence = _noise(heard, evaluated)
        if problem is not None:
            text, verdict, more = outcome(problem, path)
            channel.claim(text, verdict, more | evidence)
            return
        if item is None:
            if evidence:
                channel.claim("warned, or evaluated, after its last claim", Verdict.ERROR, evidence)
            elif number == 0:
                channel.claim("yields no claim", Verdict.ERROR, {})
            return
        send_claim(channel, item, evidence)
    channel.claim(f"yields more than {MOST_CLAIMS} claims", Verdict.ERROR, {})


def _noise(heard: list[str], evaluated: list[str]) -> dict[str, str]:
    """Return what makes the claim an error: warnings, and what SymPy evaluated for the page."""
    noise = {}
    if heard:
        noise["warning"] = "; ".join(heard)
    if evaluated:
        noise["reason"] = (
            f"SymPy evaluated {'; '.join(evaluated[:FEW])} where no statement witnesses it: give it "
            "unevaluated to a statement"
        )
        evaluated.clear()
    return noise


def section_items(page: ModuleType, section: str, given: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what the section yields; it is given what it has a parameter for, `seed` or `full`.

    Raises
    ------
    Misused
        If the section is no generator, or yields something that is no claim.
    """
    function = getattr(page, section, None)
    if not inspect.isfunction(function):
        raise Misused(f"{section} is not a function of the page")
    parameters = inspect.signature(function).parameters
    items = function(**{name: value for name, value in given.items() if name in parameters})
    if not inspect.isgenerator(items):
        raise Misused(f"{section} returned {_a(items)}: a section yields its claims, one by one")
    for item in items:
        if not isinstance(item, Claim):
            raise Misused(f"{section} yielded {_a(item)}, no claim: yield equal(...) and the like")
        yield item


def _a(item: object) -> str:
    return "nothing" if item is None else f"a value of type {type(item).__name__}"


def send_claim(channel: Channel, claim: Claim, noise: Mapping[str, Any]) -> None:
    """Send one claim; one made under a warning, or with parts of the wrong kind, is an error.

    One that no statement made, or that was altered since, decides nothing.
    """
    try:
        verdict = Verdict(claim.verdict)
        evidence = dict(json_ready(claim.evidence))
    except Exception as problem:
        reason = f"{type(problem).__name__}: {plain(problem)}"
        channel.claim(plain(claim.text), Verdict.ERROR, {"reason": reason, **noise})
        return
    if not evidence:
        evidence, verdict = {"reason": "a claim without evidence"}, Verdict.ERROR
    if _holds_a_nan(evidence):
        evidence["reason"] = "the evidence holds a value that is not a number"
        verdict = Verdict.ERROR
    if noise:
        evidence, verdict = {**evidence, **noise}, Verdict.ERROR
    if not claim.made and verdict not in (Verdict.ERROR, Verdict.TODO):
        evidence |= {"stated": str(verdict), "reason": BY_HAND}
        verdict = Verdict.UNDECIDED
    channel.claim(claim.text, verdict, evidence, claim.label)


def _holds_a_nan(value: Any) -> bool:
    """Return whether a value that json_ready made says somewhere that it is not a number."""
    if isinstance(value, dict):
        return any(_holds_a_nan(part) for part in value.values())
    if isinstance(value, list):
        return any(_holds_a_nan(part) for part in value)
    return bool(value == NOT_A_NUMBER)
