"""From findings to judgements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gantheory.testing.oracle.findings import Finding
from gantheory.testing.oracle.judgement import Judgement, Verdict
from gantheory.testing.oracle.responses import Response
from gantheory.testing.oracle.variational import POWERS


def report(finding: Finding, equal: Response | None = None) -> Judgement:
    """Return the judgement of a finding: its faults, its doubts, and then what the losses are."""
    faults = (*finding.d_faults, *finding.g_faults)
    doubts = () if faults else finding.doubts
    verdict: Verdict = "wrong" if faults else "unknown" if doubts else "correct"
    says = f"Apart from that: {finding.says}" if finding.d_faults and finding.says else finding.says
    reasons = (*faults, *doubts, says, *finding.remarks)
    return Judgement(
        verdict,
        game=finding.game or None,
        sign=finding.sign,
        d_scale=finding.d_scale,
        d_offset=finding.d_offset,
        g_scale=finding.g_scale,
        g_offset=finding.g_offset,
        real_target=finding.real_target,
        fake_target=finding.fake_target,
        real_weight=finding.real_weight,
        saturating=finding.saturating,
        consistent=finding.same_game and finding.direction == 1,
        optimal_logit_at_equality=None if equal is None else equal.logit,
        value_at_equality=None if equal is None else 2 * equal.least,
        divergence=None if faults else finding.divergence,
        reasons=tuple(reason for reason in reasons if reason),
    )


def matches_claim(judgement: Judgement, claims: str) -> bool:
    """Whether a claim names the game that was found, under any of its names."""
    if judgement.game == claims:
        return True
    # f-gan:js is a logistic game with offsets
    logistic_names = {"minimax" if judgement.saturating else "non-saturating", "f-gan:js"}
    names_of_one = [logistic_names, *({name, power} for name, (power, _) in POWERS.items())]
    return any({judgement.game, claims} <= names for names in names_of_one)


def misnamed(judgement: Judgement, claims: str, counterexample: dict[str, Any]) -> Judgement:
    """Return the judgement of losses whose author says that they are another game."""
    found = f"they are the {judgement.game} game" if judgement.game else "they are not"
    start = "Right but misnamed" if judgement.verdict == "correct" else "Misnamed"
    reason = f"{start}: their author claims that the losses are the {claims} game, and {found}."
    # a fault goes before a wrong name
    place = len(judgement.reasons) if judgement.verdict == "wrong" else 0
    reasons = (*judgement.reasons[:place], reason, *judgement.reasons[place:])
    return replace(judgement, verdict="wrong", reasons=reasons, counterexample=counterexample)
