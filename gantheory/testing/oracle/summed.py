"""Losses that are sums over single outputs: which game, and where they part from theory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from gantheory.losses import game as textbook
from gantheory.testing.oracle.calling import Losses, Outputs
from gantheory.testing.oracle.counterexamples import (
    differs,
    of_claim,
    of_discriminator,
    of_generator,
)
from gantheory.testing.oracle.findings import SAME_WAY, Finding, kind_of_generator
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.logistic import logistic
from gantheory.testing.oracle.mixtures import mixed_terms
from gantheory.testing.oracle.responses import (
    FAR,
    LOG_RATIOS,
    Response,
    Table,
    monotone,
    response,
    table,
)
from gantheory.testing.oracle.scores import hinge, linear_critic, squashed_critic
from gantheory.testing.oracle.squares import squares
from gantheory.testing.oracle.structure import Curves, curves
from gantheory.testing.oracle.telling import goes_by, misnamed, told
from gantheory.testing.oracle.variational import variational

RECOGNISERS: tuple[Callable[[Curves], Finding | None], ...] = (
    linear_critic,
    squares,
    squashed_critic,
    hinge,
    logistic,
    variational,
)


def of_sums(
    losses: Losses, outputs: Outputs, rounding: float, g_couples: bool, claims: str | None
) -> Judgement:
    """Return the judgement of losses whose d_loss adds up single outputs."""
    parts = curves(losses, outputs, rounding)
    known = table(parts)
    best = [response(parts, known, ratio) for ratio in LOG_RATIOS]
    finding = _recognised(parts)
    if finding is not None and g_couples:
        finding = replace(
            finding,
            same_game=False,
            g_faults=("g_loss couples the outputs of a batch, and d_loss does not.",),
        )
    judgement = _judged_sums(parts, known, best, finding)
    if claims is None or goes_by(judgement, claims):
        return judgement
    counterexample = judgement.counterexample or of_claim(parts, known, textbook(claims))
    return misnamed(judgement, claims, counterexample)


def _recognised(parts: Curves) -> Finding | None:
    return next((found for one in RECOGNISERS if (found := one(parts)) is not None), None)


def _judged_sums(
    parts: Curves, known: Table, best: list[Response], finding: Finding | None
) -> Judgement:
    critic = finding is not None and finding.game == "wasserstein" and not finding.d_faults
    if critic and finding is not None:
        judgement = told(finding, None, (), finding.g_faults)
        if finding.g_faults:
            return replace(judgement, counterexample=of_generator(parts, known, finding))
        return replace(judgement, value_at_equality=finding.d_offset)
    finding, d_faults = _of_discriminator(parts, best, finding)
    if not d_faults and not finding.g_faults:
        finding = _compared(parts, best, finding)
    judgement = told(finding, _at_equality(best), d_faults, finding.g_faults)
    if d_faults:
        return replace(judgement, counterexample=of_discriminator(parts, known, finding))
    if finding.g_faults:
        return replace(judgement, counterexample=of_generator(parts, known, finding))
    return judgement


def _of_discriminator(
    parts: Curves, best: list[Response], finding: Finding | None
) -> tuple[Finding, tuple[str, ...]]:
    """Return the finding, and what is wrong with d_loss by its formula or by minimising it."""
    endless = _endless(best)
    if endless:
        minus = _recognised(replace(parts, **_negated(parts)))
        if minus is not None and not minus.d_faults:
            hint = f"d_loss is minus the loss of the {minus.game} game: return what is to be minimised."
            return replace(minus, says=hint, d_scale=None, d_offset=None), endless
    faults = endless or _no_function(best)
    if finding is None:
        return _unrecognised(parts, best), faults or mixed_terms(parts)
    if finding.d_faults:
        return finding, (*finding.d_faults, *faults)
    return finding, faults or _out_of_reach(finding, best)


def _endless(best: list[Response]) -> tuple[str, ...]:
    """Return a sentence where no D is optimal."""
    found = [
        (ratio, one) for ratio, one in zip(LOG_RATIOS, best, strict=True) if one.least == -math.inf
    ]
    if not found:
        return ()
    ratio, one = min(found, key=lambda pair: abs(pair[0]))
    return (
        f"No D is optimal: where p / q = {math.exp(ratio):.3g}, d_loss falls without bound as the "
        f"logit goes to {one.logit:+}.",
    )


def _no_function(best: list[Response]) -> tuple[str, ...]:
    """Return a sentence where the best D is no monotone function of p / q."""
    if not all(one.whole for one in best):
        return ("For some p / q two outputs are equally good, and those between them are worse.",)
    if monotone(best):
        return ()
    if _same_everywhere(best):
        return ("The best D says the same of every sample, whatever p / q is.",)
    return ("The best D is no monotone function of p / q.",)


def _out_of_reach(finding: Finding, best: list[Response]) -> tuple[str, ...]:
    """Return a sentence where D's output cannot get to the best answer, and in theory it could."""
    if finding.game in ("hinge", "f-gan:total-variation"):
        return ()
    if not any(math.isinf(one.logit) for one in best):
        return ()
    return (
        "For some p / q the best answer lies beyond what D's output can become: the output activation "
        "does not reach all of the domain.",
    )


def _negated(parts: Curves) -> dict[str, Any]:
    return {
        "real": lambda logit: -parts.real(logit),
        "fake": lambda logit: -parts.fake(logit),
        "on_grid": parts.on_grid * np.asarray([[-1.0], [-1.0], [1.0]]),
    }


def _same_everywhere(best: list[Response]) -> bool:
    return max(one.low for one in best) <= min(one.high for one in best) + 1e-4


def _unrecognised(parts: Curves, best: list[Response]) -> Finding:
    """Return the finding of losses that belong to no game known here."""
    sign = monotone(best) or 1
    pulls = _pull(parts, best)
    faults = {
        1: (),
        0: ("g_loss does not tell outputs apart that D gives to real and to generated samples.",),
        -1: (SAME_WAY,),
    }[pulls]
    return Finding(
        game="",
        says=f"d_loss belongs to no game known here; g_loss is {kind_of_generator(parts)}.",
        sign=sign,
        g_faults=faults,
        doubts=("The best D rises with p / q alone, so some f-divergence may belong to it.",),
        pulls=pulls,
    )


def _pull(parts: Curves, best: list[Response]) -> Literal[-1, 0, 1]:
    """Return 1 where g_loss falls from samples that D rejects to samples that it takes for real."""
    far = FAR[parts.outputs][-1]
    low, high = (float(np.clip(best[k].logit, -far, far)) for k in (1, -2))
    fall = parts.generator(low) - parts.generator(high)
    if abs(fall) <= 1e-6 * parts.g_scale:
        return 0
    return 1 if fall > 0 else -1


def _compared(parts: Curves, best: list[Response], finding: Finding) -> Finding:
    """Return the finding, no longer sure where minimising the loss itself says otherwise."""
    if finding.optimum is not None:
        wanted = np.asarray(finding.optimum(np.asarray(LOG_RATIOS)), dtype=np.float64)
        if any(differs(one, float(w)) for one, w in zip(best, wanted, strict=True)):
            doubt = "Minimising d_loss itself leads to another D than the formula of its game."
            finding = replace(finding, doubts=(*finding.doubts, doubt))
    if _pull(parts, best) == -1 and finding.pulls == 1:
        fault = "At the best D g_loss falls where D is surer that a sample is generated."
        finding = replace(finding, pulls=-1, g_faults=(fault,))
    return finding


def _at_equality(best: list[Response]) -> Response | None:
    one = best[LOG_RATIOS.index(0.0)]
    return one if one.least > -math.inf else None
