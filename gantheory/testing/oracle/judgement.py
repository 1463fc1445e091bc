"""What the oracle answers: one object, one JSON."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Literal

SCHEMA = 1
Verdict = Literal["correct", "wrong", "unknown"]
# published games that are not among those of `gantheory.losses`
OTHER_GAMES = (
    "reverse-kl-generator",
    "maximum-likelihood",
    "donsker-varadhan",
    "cumulant",
    "contrastive",
    "dual-contrastive",
    "softmax",
)


@dataclass(frozen=True)
class Judgement:
    """Which game two losses play, and whether they play it as theory says.

    With the textbook losses L_D and L_G of the game, in the published scale of `gantheory.losses`,
    and an output h(a) of the discriminator, d_loss = d_scale L_D(h(a)) + d_offset, and so for g.

    Attributes
    ----------
    verdict:
        "correct", "wrong" or "unknown".
    judged:
        False where nothing could be said at all, and `reasons` tell why.
    game:
        A name of `gantheory.losses.game`, "f-gan:js-weighted=...", one of `OTHER_GAMES` or None.
    sign:
        1 where a larger output of D means more real, -1 where it means more generated.
    d_scale, d_offset, g_scale, g_offset:
        See above; nats where the game has a unit.
    real_target, fake_target:
        The labels: of smoothing, or b and a of least squares.
    real_weight:
        The weight of the real term over that of the generated one: 1 is right.
    saturating:
        Whether the generator's gradient vanishes where D rejects its samples.
    consistent:
        Whether the two losses belong to one game and pull against each other.
    optimal_logit_at_equality, value_at_equality:
        What D's output and d_loss are at their best where p = q.
    divergence:
        What G minimises while D is optimal.
    finite:
        Whether both losses are finite at logits of ±100.
    assumes:
        "logits" or "probabilities", where D's outputs were taken for such on the author's word alone;
        None where a batch of them was looked at.
    reasons:
        Sentences, the gravest first.
    counterexample:
        Of whatever is wrong, on two points: the distributions p and q there, what the losses prefer and
        what theory prefers.
    """

    verdict: Verdict
    judged: bool = True
    game: str | None = None
    sign: int | None = None
    d_scale: float | None = None
    d_offset: float | None = None
    g_scale: float | None = None
    g_offset: float | None = None
    real_target: float | None = None
    fake_target: float | None = None
    real_weight: float | None = None
    saturating: bool | None = None
    consistent: bool | None = None
    optimal_logit_at_equality: float | None = None
    value_at_equality: float | None = None
    divergence: str | None = None
    finite: bool | None = None
    assumes: str | None = None
    reasons: tuple[str, ...] = ()
    counterexample: dict[str, Any] | None = None

    def __str__(self) -> str:
        """The verdict, the reasons, the counterexample, in lines."""
        verdict = self.verdict if self.judged else "cannot be judged"
        lines = [f"{verdict}: {self.game}" if self.game else verdict]
        lines += [f"  {reason}" for reason in self.reasons]
        shown = self.as_json()["counterexample"]
        if shown:
            lines += ["", f"Two points show it: {_explained(shown)}", *as_table(shown)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return what `gantheory oracle --json` prints; infinities are the strings "inf", "-inf"."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "judged"}
        return {"schema": SCHEMA} | {name: plain(value) for name, value in kept.items()}


def plain(value: Any) -> Any:
    """Return a value as JSON has it: no tuples, no infinities, no nan, nine digits."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return rounded(value) if math.isfinite(value) else str(value)
    return value


def rounded(value: float) -> float:
    """Return what is measured, without the digits that a difference quotient does not have."""
    return round(value, 6) + 0.0  # + 0.0 turns -0.0 into 0.0


# --- text -----------------------------------------------------------------------------------------


def _explained(shown: dict[str, Any]) -> str:
    """Return what the rows of a counterexample are."""
    if "generator_prefers_point" in shown or "logits" in shown:
        return (
            "the shares p and q of real and generated samples there, D's outputs, and what g_loss says "
            "of a sample at each."
        )
    endless = "inf" in f"{shown.get('logits_preferred')}"
    return (
        "the shares p and q of real and generated samples there, and the outputs at which d_loss is "
        f"least{' (inf: the farther the better)' if endless else ''}."
    )


def as_table(rows: dict[str, Any]) -> list[str]:
    """Return names and values in columns."""
    widest = max(map(len, rows))
    return [f"  {name:<{widest}}  {_written(value)}" for name, value in rows.items()]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)
