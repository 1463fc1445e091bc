"""The command that judges losses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gantheory.cli.options import Strict
from gantheory.cli.output import FAILED, REFUSED, print_json

if TYPE_CHECKING:
    from gantheory.testing.oracle import Judgement

SHOWN = (
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
@click.option(
    "--sample",
    type=click.Path(path_type=Path),
    help="A batch of D's own outputs, .npy or .csv: are they what `outputs` says?",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def oracle(file: Path, sample: Path | None, as_json: bool) -> int:
    """Say which game the losses of FILE play, and whether they play it as theory says.

    FILE is a Python file with d_loss(real, fake) and g_loss(fake), or g_loss(fake, real) for
    relativistic games: each takes batches of D's outputs and returns one number that its player
    minimises. It may have outputs = "probabilities" (else they are logits), array = torch.as_tensor
    (what turns a numpy array into theirs), claims = "hinge" (what its author says it is) and sample, a
    batch of D's own outputs, which is held against `outputs`.

    Exit code 0: correct; 1: wrong, or no game known here; 2: it cannot be judged.
    """
    from gantheory.testing.oracle import judge_file

    judgement = judge_file(file, sample=sample)
    if as_json:
        print_json(judgement.as_json())
    else:
        click.echo(_in_full(judgement))
    if not judgement.judged:
        return REFUSED
    return 0 if judgement.verdict == "correct" else FAILED


def _in_full(judgement: Judgement) -> str:
    """Return a judgement as text, with the numbers that were found."""
    from gantheory.testing.oracle.judgement import as_table

    text, answer = str(judgement), judgement.as_json()
    known = {name: answer[name] for name in SHOWN if answer[name] is not None}
    return "\n".join([text, "", *as_table(known)]) if known else text
