"""The search for counterexamples: the one place outside tests where Hypothesis runs."""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity, configuration
from hypothesis.errors import (
    Flaky,
    HypothesisException,
    HypothesisWarning,
    Unsatisfiable,
    UnsatisfiedAssumption,
)
from hypothesis.strategies import SearchStrategy

from gantheory.errors import NotConverged
from gantheory.testing.describing import describe, formula_and_rest, without_words
from gantheory.theorems import Claim
from gantheory.verdicts import CONFIRMED, Verdict

Evidence = dict[str, Any]
BY_HAND = "is written down by hand: return what equal(...) and the like make of the example"
SIDES = ("relation", "lhs", "rhs", "values", "limit")
ENOUGH = 100  # examples that a search must have decided before it says anything


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes
    ----------
    verdict:
        SURVIVED, FAILED, UNDECIDED or ERROR.
    evidence:
        "examples" (different ones that ran), "decided" and "undecided" among them, "repeated"
        (draws that gave an example again), "rejected" (by `hypothesis.assume`), "seed",
        "counterexample" (None, or the shrunk example with the claim that fails on it), "such_as" (the
        first example and what was claimed of it), and a "reason" where one is needed.
    """

    verdict: Verdict
    evidence: Evidence


def survives(
    text: str,
    property: Callable[[Any], Any],
    strategy: SearchStrategy[Any],
    *,
    label: str | None = None,
    seed: int = 0,
    examples: int = 200,
) -> Claim:
    """Claim that a search finds no example on which the property fails.

    Parameters
    ----------
    text:
        The sentence that is claimed.
    property, strategy, seed, examples:
        As in `search`.
    label:
        A slug; None lets the book number the claim.

    Returns
    -------
    Claim
        survived, failed (with the shrunk counterexample), undecided or error. In a `refute` section
        give a false property: it has to come out failed.
    """
    found = search(property, strategy, seed=seed, examples=examples)
    return Claim(text, found.verdict, found.evidence, label)


def search(
    property: Callable[[Any], Any],
    strategy: SearchStrategy[Any],
    *,
    seed: int = 0,
    examples: int = 200,
) -> Search:
    """Return what a search for an example on which the property fails has found.

    Parameters
    ----------
    property:
        Takes one drawn example, returns a Claim or an iterable of Claims, made by `equal` and the
        like. It may reject an example by `hypothesis.assume`. An example is decided if every claim
        on it is proved, enclosed or holds; one failed claim is a counterexample. A verdict or a
        claim that is written down by hand confirms nothing, and a counterexample by hand is shown
        but refutes nothing. NotConverged leaves the example undecided; any other exception makes
        the search an error.
    strategy:
        A Hypothesis strategy, such as those of `gantheory.testing.strategies`.
    seed:
        Not negative. The same seed draws the same examples as long as the same modules are loaded.
    examples:
        How many to try.

    Returns
    -------
    Search
        survived only if at least 100 different examples ran, every one of them was decided, and what is
        claimed is not the same of all of them.

    Raises
    ------
    TypeError
        If property is not callable or strategy is not a Hypothesis strategy.
    ValueError
        If seed or examples are out of range.
    """
    _check(property, strategy, seed, examples)
    trial = _Trial(property)
    try:
        with _quietly():
            _run(trial, strategy, seed, examples)
    except _Fault as fault:
        return _faulty(trial, fault, seed)
    except Unsatisfiable:
        pass
    except Flaky:
        reason = "the property answered twice, differently, on one example: make it deterministic"
        return Search(Verdict.ERROR, trial.evidence(seed, reason=reason))
    except Exception as error:
        reason = f"drawing an example raised {_named(error)}"
        return Search(Verdict.ERROR, trial.evidence(seed, reason=reason))
    return _without_fault(trial, seed)


def _check(property: Any, strategy: Any, seed: Any, examples: Any) -> None:
    if not callable(property):
        raise TypeError(f"search(property={property!r}): give a function of one drawn example")
    if not isinstance(strategy, SearchStrategy):
        raise TypeError(
            f"search(strategy={strategy!r}): give a Hypothesis strategy, such as "
            "gantheory.testing.strategies.density_pairs()"
        )
    for name, value, least in (("seed", seed, 0), ("examples", examples, 1)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise ValueError(f"search({name}={value!r}): {name} must be an int, at least {least}")


def _without_fault(trial: _Trial, seed: int) -> Search:
    """Return the verdict of a search that met neither a counterexample nor an error."""
    ran = trial.decided + trial.undecided
    if ran == 0:
        reason = "no example was tried: the strategy or `assume` rejects everything"
        return Search(Verdict.ERROR, trial.evidence(seed, reason=reason))
    if trial.undecided:
        reason = f"{trial.undecided} of {ran} examples undecided, such as {trial.doubt}"
        return Search(Verdict.UNDECIDED, trial.evidence(seed, reason=reason))
    if not ran >= ENOUGH:
        reason = (
            f"only {ran} different examples ran and {ENOUGH} are needed; more examples, a larger "
            "domain, or, if this is all there is, a statement for each of them would decide"
        )
        return Search(Verdict.UNDECIDED, trial.evidence(seed, reason=reason))
    if not trial.varies:
        reason = (
            f"one and the same claim {ran} times: the property does not use its example; claims whose "
            "sides differ from example to example would decide"
        )
        return Search(Verdict.UNDECIDED, trial.evidence(seed, reason=reason))
    return Search(Verdict.SURVIVED, trial.evidence(seed))


def _faulty(trial: _Trial, fault: _Fault, seed: int) -> Search:
    """Return the verdict on a counterexample or an error, shrunk."""
    if fault.outcome.verdict is Verdict.ERROR:
        reason = f"{fault.outcome.reason}, on {fault.shown}"
        return Search(Verdict.ERROR, trial.evidence(seed, reason=reason))
    counterexample: Evidence = {"example": fault.shown}
    evidence = trial.evidence(seed, counterexample=counterexample)
    claim = fault.outcome.claim
    if claim is None:
        evidence |= {"by_hand": True, "declared": False}
    else:
        counterexample |= {"claim": claim.text, **formula_and_rest(claim.evidence)}
        evidence["declared"] = claim.evidence.get("declared", True)
    return Search(Verdict.FAILED, evidence)


# --- one example ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """What came out on one example, and why if it is not decided.

    `kind` tells faults apart: while one is being shrunk, another must not take its place.
    """

    verdict: Verdict
    reason: str = ""
    kind: str = ""
    claim: Claim | None = None
    said: str = ""


class _Fault(Exception):
    """Carries a counterexample, or an error of the property, out of Hypothesis."""

    def __init__(self, shown: Any, outcome: _Outcome) -> None:
        super().__init__(outcome.kind)
        self.shown, self.outcome = shown, outcome


@dataclass
class _Trial:
    """The property as Hypothesis calls it: counts up to the first fault, then reproduces it."""

    property: Callable[[Any], Any]
    decided: int = 0
    undecided: int = 0
    repeated: int = 0
    rejected: int = 0
    doubt: str = ""
    kind: str = ""
    varies: bool = False
    first: Evidence | None = None
    said: str = ""
    seen: set[str] = field(default_factory=set)

    def __call__(self, example: Any) -> None:
        """Run the property on one example.

        Raises
        ------
        _Fault
            On a counterexample, and if the property itself is at fault.
        """
        shown = describe(example)
        try:
            outcome = judge(self.property, example)
        except UnsatisfiedAssumption:
            self.rejected += not self.kind
            raise
        if not self.kind:
            self.count(shown, outcome)
            self.kind = outcome.kind
        if outcome.kind and outcome.kind == self.kind:
            raise _Fault(shown, outcome)

    def count(self, example: Any, outcome: _Outcome) -> None:
        """Count an example, once however often it is drawn."""
        shown = str(example)
        if shown in self.seen:
            self.repeated += 1
            return
        self.seen.add(shown)
        if self.first is None and outcome.claim is not None:
            self.first, self.said = _shown(example, outcome.claim), outcome.said
        self.varies = self.varies or outcome.said != self.said
        if outcome.verdict in CONFIRMED or outcome.verdict is Verdict.FAILED:
            self.decided += 1
        else:
            self.undecided += 1
            self.doubt = self.doubt or f"{shown}: {outcome.reason}"

    def evidence(
        self, seed: int, *, counterexample: Evidence | None = None, reason: str = ""
    ) -> Evidence:
        """Return the counts, the counterexample, and the reason if there is one."""
        evidence: Evidence = {
            "examples": self.decided + self.undecided,
            "decided": self.decided,
            "undecided": self.undecided,
            "repeated": self.repeated,
            "rejected": self.rejected,
            "seed": seed,
            "counterexample": counterexample,
            "such_as": self.first,
        }
        return evidence | ({"reason": reason} if reason else {})


def judge(property: Callable[[Any], Any], example: Any) -> _Outcome:
    """Return what the property says of one example; its exceptions are outcomes too."""
    try:
        returned = property(example)
        claims = [returned] if isinstance(returned, (Claim, Verdict)) else returned
        if not isinstance(claims, Iterable) or isinstance(claims, (str, bytes, Mapping)):
            return _error(
                f"the property returned {returned!r}: return a Claim or an iterable of Claims",
                "returned",
            )
        outcomes = [_of(claim) for claim in claims]
    except HypothesisException:
        raise
    except NotConverged as fault:
        return _Outcome(Verdict.UNDECIDED, f"not converged: {fault}")
    except (Exception, SystemExit) as error:
        return _error(f"the property raised {_named(error)}", type(error).__qualname__)
    if not outcomes:
        return _error("the property made no claim: no evidence", "empty")
    worst = max(outcomes, key=lambda outcome: _SEVERITY.index(outcome.verdict))
    return replace(worst, said="\n".join(outcome.said for outcome in outcomes))


_SEVERITY = (Verdict.HOLDS, Verdict.UNDECIDED, Verdict.FAILED, Verdict.ERROR)


def _of(claim: Any) -> _Outcome:
    """Return what one claim says."""
    if isinstance(claim, Verdict):
        return _by_hand(claim, f"a bare verdict, {claim}, {BY_HAND}")
    if not isinstance(claim, Claim):
        return _error(f"the property gave {claim!r}: give Claims", "returned")
    reason = str(claim.evidence.get("reason", ""))
    about = f"{claim.text!r} is {claim.verdict}" + (f" ({reason})" if reason else "")
    said = json.dumps(without_words(claim.to_json()["evidence"]), sort_keys=True)
    if not claim.made:
        return _by_hand(claim.verdict, f"{claim.text!r} {BY_HAND}", said)
    if claim.verdict in CONFIRMED:
        return _Outcome(Verdict.HOLDS, claim=claim, said=said)
    if claim.verdict is Verdict.FAILED:
        return _Outcome(Verdict.FAILED, about, kind="failed", claim=claim, said=said)
    if claim.verdict is Verdict.ERROR:
        return _error(about, "claim")
    return _Outcome(Verdict.UNDECIDED, about, said=said)


def _by_hand(verdict: Verdict, reason: str, said: str = "") -> _Outcome:
    """Return what a verdict by hand says: it may find a fault, it confirms nothing."""
    if verdict is Verdict.FAILED:
        return _Outcome(verdict, reason, kind="failed by hand", said=said)
    return _Outcome(Verdict.UNDECIDED, reason, said=said)


def _shown(example: Any, claim: Claim) -> Evidence:
    """Return an example and what was claimed of it, in short."""
    said = formula_and_rest(claim.evidence)
    sides = {key: said["evidence"][key] for key in SIDES if key in said["evidence"]}
    return {"example": example, "claim": claim.text, "formula": said["formula"], **sides}


def _error(reason: str, kind: str) -> _Outcome:
    return _Outcome(Verdict.ERROR, reason, kind=f"error: {kind}")


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


# --- Hypothesis, quietly --------------------------------------------------------------------------


def _run(trial: _Trial, strategy: SearchStrategy[Any], seed: int, examples: int) -> None:
    """Let Hypothesis look for a fault; every setting is given, so that no profile can change it."""

    def body(example: Any) -> None:
        trial(example)

    settings = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=False,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        phases=(Phase.generate, Phase.target, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        backend="hypothesis",
    )
    hypothesis.seed(seed)(settings(hypothesis.given(strategy)(body)))()


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Hypothesis' files in a directory that goes away, and its own warnings to itself.

    Warnings of the property pass to whoever records or filters them outside.
    """
    before = getattr(configuration, "__hypothesis_home_directory", None)
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        warnings.catch_warnings(),
    ):
        warnings.filterwarnings("ignore", category=HypothesisWarning)
        configuration.set_hypothesis_home_dir(directory)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(before)
