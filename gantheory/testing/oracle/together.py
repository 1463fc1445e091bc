"""Losses that couple the outputs of a batch: published games, mistakes, and what two points show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from gantheory.testing.oracle.calling import Losses
from gantheory.testing.oracle.counterexamples import of_batches, of_generated_batches
from gantheory.testing.oracle.coupled import relativistic
from gantheory.testing.oracle.energies import DOUBT, over_energies
from gantheory.testing.oracle.findings import PLACES, SAME_WAY, Finding
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.log_sums import log_sums
from gantheory.testing.oracle.means import is_critic, is_distance, mean_inside
from gantheory.testing.oracle.reporting import matches_claim, misnamed, report
from gantheory.testing.oracle.steadiness import exchangeable, over_places
from gantheory.testing.oracle.two_points import SIZES, UNBOUNDED, Evidence, evidence

COUPLES = "d_loss couples the outputs of a batch, and is none of the games known here that do."
DISTANCE = (
    "d_loss falls with the distance between the mean outputs and sees nothing else: over 1-Lipschitz "
    "critics its best one is that of W1(p, q), or minus that one."
)
CRITIC = (
    "d_loss is about linear in the gap between the mean outputs, as that of a Wasserstein critic, with "
    "a term that holds their level: no game known here, which does not make it wrong."
)


def of_coupled(losses: Losses, claims: str | None) -> Judgement:
    """Return the judgement of losses whose d_loss couples the outputs of a batch."""
    by_place = not exchangeable(losses)
    if by_place:
        losses = over_places(losses)
    show = partial(evidence, losses, (16,) if by_place else SIZES)
    finding = relativistic(losses) or log_sums(losses)
    shown: dict[str, Any] | None = None
    if finding is None:
        finding, shown = _unrecognised(losses, show)
    elif not finding.d_faults and not finding.same_game:
        finding, shown = _with_generator(losses, show, finding)
    if by_place:
        finding = replace(finding, remarks=(*finding.remarks, PLACES))
    judgement = report(finding)
    if finding.d_faults:
        judgement = replace(judgement, counterexample=shown or of_batches(losses, finding.sign))
    elif finding.g_faults:
        shown = shown or of_generated_batches(losses, finding.sign)
        judgement = replace(judgement, counterexample=shown)
    elif finding.game:
        zero = np.zeros(losses.size)
        at_equality = losses.d(zero, zero)
        judgement = replace(judgement, optimal_logit_at_equality=0.0, value_at_equality=at_equality)
    if claims is None or matches_claim(judgement, claims):
        return judgement
    counterexample = judgement.counterexample or of_batches(losses, judgement.sign or 1)
    return misnamed(judgement, claims, counterexample)


def _unrecognised(
    losses: Losses, show: Callable[[], Evidence]
) -> tuple[Finding, dict[str, Any] | None]:
    """Return the finding of losses of no game known, and a counterexample if two points have one."""
    said = DISTANCE if is_distance(losses) else CRITIC if is_critic(losses) else ""
    inside = "" if said else mean_inside(losses)
    if inside:
        return Finding(game="", says="", d_faults=(inside,)), None
    found = show()
    if UNBOUNDED in found.d_faults:
        as_energies = evidence(over_energies(losses))
        if not as_energies.d_faults:
            finding = Finding(game="", says=COUPLES, sign=as_energies.sign or 1, doubts=(DOUBT,))
            return _with_evidence(finding, as_energies), as_energies.shown
    doubt = (
        "On two points the best D says more where p / q is larger, and g_loss falls where samples move "
        "there, so some divergence may belong to it."
    )
    finding = Finding(
        game="", says=COUPLES, sign=found.sign or 1, d_faults=found.d_faults, doubts=(doubt,)
    )
    if said:
        finding = replace(finding, says=said if found.g_faults else "", doubts=(said,))
    return _with_evidence(finding, found), found.shown


def _with_generator(
    losses: Losses, show: Callable[[], Evidence], finding: Finding
) -> tuple[Finding, dict[str, Any] | None]:
    """Return the finding of a known d_loss with a generator of another kind."""
    found = show()
    other = f", but {finding.g_says}" if finding.g_says else ""
    doubt = (
        f"g_loss is not the generator of this game{other}. At the best D it falls where samples move to "
        "larger p / q, so it may be right."
    )
    if finding.optimum is not None and _is_linear(losses):
        doubt = (
            "g_loss is not the generator of this game, but linear in D's output: at the best D, a "
            "multiple of log p - log q up to a constant, it has the gradient of a multiple of KL(q | p)."
        )
    finding = replace(finding, doubts=(*finding.doubts, doubt), divergence=None)
    return _with_evidence(finding, found), found.shown


def _with_evidence(finding: Finding, found: Evidence) -> Finding:
    if found.g_doubt:
        finding = replace(finding, doubts=(*finding.doubts, found.g_doubt))
    if not found.g_faults:
        return finding
    return replace(
        finding, direction=-1 if SAME_WAY in found.g_faults else 0, g_faults=found.g_faults
    )


def _is_linear(losses: Losses) -> bool:
    """Whether g_loss is a multiple of the mean output, up to a constant."""
    rng = np.random.default_rng(9)
    fake, other, real = rng.normal(size=(3, losses.size))
    values = [losses.g(batch, real) for batch in (fake, other, fake + other, 0 * fake)]
    size = max(map(abs, values)) or 1.0
    return abs(values[0] + values[1] - values[2] - values[3]) <= 10 * losses.rounding * size
