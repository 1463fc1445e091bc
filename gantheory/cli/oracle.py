"""The command that judges losses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantheory.cli.options import Strict
from gantheory.cli.output import ASTRAY, REFUSED, print_json

if TYPE_CHECKING:
    from gantheory.testing.oracle import Judgement

TOLD = (
    "sign",
    "d_scale",
    "d_offset",
    "g_scale",
    "g_offset",
    "real_target",
    "fake_target",
    "real_weight",
    "saturating",
    "consistent",
    "optimal_logit_at_equality",
    "value_at_equality",
    "divergence",
)


@click.command(cls=Strict)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def oracle(file: Path, as_json: bool) -> int:
    """Say which game the losses of FILE play, and whether they play it as theory says.

    FILE is a Python file with d_loss(real, fake) and g_loss(fake), or g_loss(fake, real) for
    relativistic games: each takes batches of D's outputs and returns one number that its player
    minimises. It may have outputs = "probabilities" (else they are logits), array = torch.as_tensor
    (what turns a numpy array into theirs) and claims = "hinge" (what its author says it is).

    Exit code 0: correct; 1: wrong, or no game known here; 2: it cannot be judged.
    """
    from gantheory.testing.oracle import judge_file

    judgement = judge_file(file)
    if as_json:
        print_json(judgement.as_json())
    else:
        click.echo(_as_text(judgement))
    if not judgement.judged:
        return REFUSED
    return 0 if judgement.verdict == "correct" else ASTRAY


def _as_text(judgement: Judgement) -> str:
    """Return a judgement in lines: the verdict, the reasons, the numbers, the counterexample."""
    verdict = judgement.verdict if judgement.judged else "cannot be judged"
    lines = [f"{verdict}: {judgement.game}" if judgement.game else verdict]
    lines += [f"  {reason}" for reason in judgement.reasons]
    answer = judgement.as_json()
    known = {name: answer[name] for name in TOLD if answer[name] is not None}
    if known:
        lines += ["", *_table(known)]
    if answer["counterexample"]:
        lines += ["", "Two points show it:", *_table(answer["counterexample"])]
    return "\n".join(lines)


def _table(rows: dict[str, object]) -> list[str]:
    widest = max(map(len, rows))
    return [f"  {name:<{widest}}  {_written(value)}" for name, value in rows.items()]


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(_written, value))
    return str(value)
