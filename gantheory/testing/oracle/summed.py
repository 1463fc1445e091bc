"""Losses that are sums over single outputs: which game, and where they part from theory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from gantheory.testing.oracle.calling import Losses, Outputs
from gantheory.testing.oracle.counterexamples import (
    differs,
    of_claim,
    of_discriminator,
    of_generator,
)
from gantheory.testing.oracle.energies import energies
from gantheory.testing.oracle.findings import (
    NO_PULL,
    PLACES,
    SAME_WAY,
    Finding,
    kind_of_generator,
    near,
)
from gantheory.testing.oracle.judgement import Judgement
from gantheory.testing.oracle.jumps import STEPS, in_steps, jump
from gantheory.testing.oracle.logistic import logistic
from gantheory.testing.oracle.mixtures import mixed_terms
from gantheory.testing.oracle.paths import Followed, followed, path_between
from gantheory.testing.oracle.reporting import matches_claim, misnamed, report
from gantheory.testing.oracle.responses import (
    FAR,
    LOG_RATIOS,
    Response,
    Table,
    monotone,
    response,
    shares,
    table,
)
from gantheory.testing.oracle.scores import hinge, linear_critic, squashed_critic
from gantheory.testing.oracle.squares import squares
from gantheory.testing.oracle.structure import Coupling, Curves, curves, far_value
from gantheory.testing.oracle.two_points import evidence
from gantheory.testing.oracle.variational import variational

RECOGNISERS: tuple[Callable[[Curves], Finding | None], ...] = (
    linear_critic,
    squares,
    squashed_critic,
    hinge,
    logistic,
    variational,
)
LOGISTIC = ("minimax", "non-saturating")
# what a generator follows behind a logistic D -> the published game
PUBLISHED = {"KL(q | p)": "reverse-kl-generator", "KL(p | q)": "maximum-likelihood"}


def of_sums(losses: Losses, outputs: Outputs, met: Coupling, claims: str | None) -> Judgement:
    """Return the judgement of losses whose d_loss adds up single outputs."""
    parts = curves(losses, outputs)
    known = table(parts)
    best = [response(parts, known, ratio) for ratio in LOG_RATIOS]
    judgement = _judged_sums(losses, parts, known, best, met)
    if claims is None or matches_claim(judgement, claims):
        return judgement
    counterexample = judgement.counterexample or of_claim(parts, known, claims)
    return misnamed(judgement, claims, counterexample)


def _recognised(parts: Curves) -> Finding | None:
    return next((found for one in RECOGNISERS if (found := one(parts)) is not None), None)


def _judged_sums(
    losses: Losses, parts: Curves, known: Table, best: list[Response], met: Coupling
) -> Judgement:
    finding = energies(parts, known, best)
    if finding is not None:
        shown = of_generator(parts, known, finding) if finding.g_faults else None
        return replace(report(finding), counterexample=shown)
    finding = _of_discriminator(parts, known, best, _recognised(parts))
    if met.places:
        finding = _of_places(finding)
    shown = None
    if not finding.d_faults:
        if met.g:
            finding, shown = _with_coupled_generator(losses, finding)
        elif not finding.g_faults:
            finding = _with_generator(parts, best, finding)
    critic = finding.game == "wasserstein"
    judgement = report(finding, None if critic else _at_equality(best))
    if finding.d_faults:
        return replace(judgement, counterexample=of_discriminator(parts, known, finding))
    if finding.g_faults:
        return replace(judgement, counterexample=shown or of_generator(parts, known, finding))
    return replace(judgement, value_at_equality=finding.d_offset) if critic else judgement


# --- D -------------------------------------------------------------------------------------------


def _of_discriminator(
    parts: Curves, known: Table, best: list[Response], finding: Finding | None
) -> Finding:
    """Return the finding, with what is wrong with d_loss by its formula or by minimising it."""
    if finding is not None and finding.game == "wasserstein" and not finding.d_faults:
        return finding
    missing = _missing(parts)
    endless = _endless(best)
    if missing:
        found = finding or replace(_unrecognised(parts, best), says="")
        return replace(found, d_faults=(*missing, *(endless or _no_function(best))))
    if endless:
        minus = _recognised(replace(parts, **_negated(parts)))
        if minus is not None and not minus.d_faults:
            hint = f"d_loss is minus the loss of the {minus.game} game: return what is to be minimised."
            return replace(
                minus, says="", d_scale=None, d_offset=None, d_faults=(hint, *endless), g_faults=()
            )
    faults = endless or _no_function(best) or _blind(parts, known)
    if finding is None:
        finding = _unrecognised(parts, best)
        if faults:
            return replace(finding, d_faults=faults, says="")
        return replace(finding, doubts=(*mixed_terms(parts), *finding.doubts))
    if finding.d_faults:
        finding = replace(finding, d_faults=(*finding.d_faults, *faults))
        return _of_a_sum(finding, parts.size)
    finding = replace(finding, d_faults=faults or _out_of_reach(finding, best))
    return finding if finding.d_faults else _compared(best, finding)


def _missing(parts: Curves) -> tuple[str, ...]:
    """Return a sentence where a term of d_loss is constant."""
    names = ("real", "generated")
    still = [name for name, row in zip(names, parts.on_grid, strict=False) if not np.ptp(row)]
    if len(still) == 2:
        return ("d_loss does not depend on D's outputs.",)
    return tuple(f"d_loss has no term of the {name} batch." for name in still) or _in_steps(parts)


def _in_steps(parts: Curves) -> tuple[str, ...]:
    """Return a sentence where a term of d_loss is constant but for jumps."""
    terms = zip(("real", "generated"), (parts.real, parts.fake), parts.on_grid, strict=False)
    steps = [name for name, curve, row in terms if in_steps(parts, curve, row)]
    if len(steps) == 2:
        return (STEPS.format("d_loss"),)
    return tuple(STEPS.format(f"The term of the {name} batch in d_loss") for name in steps)


def _of_a_sum(finding: Finding, size: int) -> Finding:
    """Return the finding, with a word on a weight that is the size of the batch."""
    weight = finding.real_weight
    if weight is None or not any(near(weight * by, 1, 1e-3) for by in (size, 1 / size)):
        return finding
    summed = "real" if weight > 1 else "generated"
    said = f"{size} is the size of the batch: the term of the {summed} batch is a sum, the other a mean."
    return replace(finding, d_faults=(*finding.d_faults, said))


def _of_places(finding: Finding) -> Finding:
    """Return the finding of losses whose terms differ from sample to sample."""
    finding = replace(finding, remarks=(*finding.remarks, PLACES))
    if not finding.d_faults or finding.direction != 1 or not finding.real_weight:
        return finding
    # a mean of few draws: what is a little off may be right on average
    return replace(finding, d_faults=(), doubts=(*finding.doubts, *finding.d_faults))


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
    """Return a sentence where the best D is not a monotone function of p / q."""
    if not all(one.whole for one in best):
        return ("For some p / q two outputs are equally good, and those between them are worse.",)
    if monotone(best):
        return ()
    if _same_everywhere(best):
        return ("The best D says the same of every sample, whatever p / q is.",)
    return ("The best D is not a monotone function of p / q.",)


def _out_of_reach(finding: Finding, best: list[Response]) -> tuple[str, ...]:
    """Return a sentence where D's output cannot get to the best response, and in theory it could."""
    if finding.game in ("hinge", "f-gan:total-variation"):
        return ()
    if not any(math.isinf(one.logit) for one in best):
        return ()
    return (
        "For some p / q the best response lies beyond what D's output can become: the output activation "
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


def _blind(parts: Curves, known: Table) -> tuple[str, ...]:
    """Return a sentence where one output is best for all p / q around 1."""
    middle = response(parts, known, 0.0).logit
    far = FAR[parts.outputs][-1]
    gains = []
    for ratio in (0.1, 3.0):
        for sign in (-1, 1):
            p, q = shares(sign * ratio)
            at = float(np.clip(middle, -far, far))
            value = p * far_value(parts.real, at) + q * far_value(parts.fake, at)
            gains.append(value - response(parts, known, sign * ratio).least)
    least = (1e-7 if parts.tolerance < 1e-6 else 1e-4) * max(gains[2:])
    if max(gains[:2]) > least:
        return ()
    return (
        "One output is best for all p / q around 1, so d_loss is as small for p = q as for others.",
    )


def _unrecognised(parts: Curves, best: list[Response]) -> Finding:
    """Return the finding of losses that belong to no game known here."""
    return Finding(
        game="",
        says="d_loss belongs to no game known here.",
        sign=monotone(best) or 1,
        doubts=("The best D rises with p / q alone, so some f-divergence may belong to it.",),
        same_game=False,
        g_says=kind_of_generator(parts),
    )


def _compared(best: list[Response], finding: Finding) -> Finding:
    """Return the finding, no longer sure where minimising the loss itself says otherwise."""
    if finding.optimum is None:
        return finding
    wanted = np.asarray(finding.optimum(np.asarray(LOG_RATIOS)), dtype=np.float64)
    if not any(differs(one, float(w)) for one, w in zip(best, wanted, strict=True)):
        return finding
    doubt = "Minimising d_loss itself leads to another D than the formula of its game."
    return replace(finding, doubts=(*finding.doubts, doubt))


# --- G --------------------------------------------------------------------------------------------


def _with_generator(parts: Curves, best: list[Response], finding: Finding) -> Finding:
    """Return the finding with what g_loss does at the best D."""
    if finding.same_game:
        if finding.game != "wasserstein" and _pull(parts, best) == -1:
            return replace(finding, direction=-1, g_faults=(SAME_WAY,))
        return finding
    place = jump(parts.generator, parts.on_grid[2])
    if place is not None:
        return _jumping(parts, best, finding, place)
    low, high = sorted(_within(parts, best[k].logit) for k in (0, -1))
    along = path_between(parts, low, high) if low < high else None
    found = followed(parts, along) if along else _between_ends(parts, best, finding)
    if found.direction is None:
        return replace(finding, direction=0, g_faults=(_turning(finding, found),))
    if found.direction != 1:
        fault = SAME_WAY if found.direction == -1 else NO_PULL
        says = (f"g_loss is {finding.g_says}.",) if found.direction else ()
        return replace(finding, direction=found.direction, g_faults=(fault, *says))
    if finding.game == "wasserstein":
        fault = (
            f"g_loss is {finding.g_says}, and not minus D's output: how hard each sample is pushed "
            "hangs on the level of D's outputs, which d_loss leaves free."
        )
        return replace(finding, g_faults=(fault,))
    return _following(finding, found)


def _jumping(parts: Curves, best: list[Response], finding: Finding, place: float) -> Finding:
    """Return the finding of a generator that jumps, of which no divergence is read off."""
    if in_steps(parts, parts.generator, parts.on_grid[2]):
        return replace(finding, direction=0, g_faults=(STEPS.format("g_loss"),))
    direction = _pull(parts, best)
    if direction == -1:
        return replace(finding, direction=direction, g_faults=(SAME_WAY,))
    doubt = (
        f"g_loss jumps where D's output has the logit {round(place, 6) + 0.0:.3g}, which its gradient "
        "does not see: what G follows at the best D is not read off."
    )
    return replace(finding, divergence=None, doubts=(*finding.doubts, doubt))


def _following(finding: Finding, found: Followed) -> Finding:
    """Return the finding of a generator that is not the partner of d_loss, and pulls the right way."""
    game = PUBLISHED.get(found.known or "") if finding.game in LOGISTIC else None
    if game and not finding.doubts:
        return replace(
            finding,
            game=game,
            divergence=found.divergence,
            same_game=True,
            saturating=game == "maximum-likelihood",
            says=f"{finding.says[:-1]}, and g_loss that of the {game} game: at the best D it has the "
            f"gradient of {found.divergence}.",
        )
    start = "g_loss is " + (
        f"not the generator of this game, but {finding.g_says}" if finding.game else finding.g_says
    )
    doubt = f"{start}; at the best D it has the gradient of {found.divergence}."
    return replace(finding, doubts=(*finding.doubts, doubt), divergence=found.divergence)


def _turning(finding: Finding, found: Followed) -> str:
    return (
        f"g_loss is {finding.g_says}; at the best D it falls up to p / q = {found.turns:.3g} and rises "
        "beyond, or the other way round: it does not always lead to where p / q is larger."
    )


def _between_ends(parts: Curves, best: list[Response], finding: Finding) -> Followed:
    """Return what g_loss does where D has a best output at each end and none between."""
    direction = _pull(parts, best)
    if finding.game != "hinge" or direction != 1:
        return Followed(direction, divergence="some divergence, since it falls where p / q rises")
    return Followed(1, divergence=f"a multiple of {finding.divergence}, as minus D's output has")


def _with_coupled_generator(
    losses: Losses, finding: Finding
) -> tuple[Finding, dict[str, Any] | None]:
    """Return the finding where g_loss couples a batch, and d_loss does not."""
    found = evidence(losses)
    says = "g_loss couples the outputs of a batch, and d_loss does not."
    finding = replace(finding, same_game=False, divergence=None, saturating=None)
    if found.g_faults:
        direction: Literal[-1, 0] = -1 if SAME_WAY in found.g_faults else 0
        return replace(finding, direction=direction, g_faults=(*found.g_faults, says)), found.shown
    seen = found.g_doubt or "On two points it falls where samples move to larger p / q."
    doubt = f"{says} {seen} So it may be right."
    return replace(finding, g_faults=(), doubts=(*finding.doubts, doubt)), None


def _within(parts: Curves, logit: float) -> float:
    """Return a best output, no farther out than values are looked at."""
    far = FAR[parts.outputs][0]
    return float(np.clip(logit, -far, far))


def _pull(parts: Curves, best: list[Response]) -> Literal[-1, 0, 1]:
    """Return 1 where g_loss falls from samples that D rejects to samples that it takes for real."""
    far = FAR[parts.outputs][-1]
    low, high = (float(np.clip(best[k].logit, -far, far)) for k in (1, -2))
    fall = parts.generator(low) - parts.generator(high)
    if abs(fall) <= 1e-6 * parts.g_scale:
        return 0
    return 1 if fall > 0 else -1


def _at_equality(best: list[Response]) -> Response | None:
    one = best[LOG_RATIOS.index(0.0)]
    return one if one.least > -math.inf else None
