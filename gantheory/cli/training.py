"""The command that trains."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gantheory.choices import OPTIMISERS, PENALTIES, SCHEDULES, SCHEMES
from gantheory.cli.options import Natural, Number, Strict

# as in losses, training and optimisers: `--help` does not wait for their import
GAMES = (
    *("minimax", "non-saturating", "least-squares", "hinge", "wasserstein"),
    *("f-gan:kl", "f-gan:reverse-kl", "f-gan:js", "f-gan:jeffreys", "f-gan:total-variation"),
    *("f-gan:squared-hellinger", "f-gan:pearson-chi2", "f-gan:neyman-chi2"),
    *("relativistic", "relativistic-average"),
)
WITH_NUMBERS = (
    "f-gan:alpha=0.5",
    "least-squares:a=-1,b=1,c=0",
    "minimax:real_target=0.9,fake_target=0",
    "non-saturating:real_target=0.9,fake_target=0",
)
LIST = "\n".join(  # \b: the lines stay as they are
    ["\b", "Games:", *(f"  {name}" for name in GAMES), "With other numbers in them:"]
    + [f"  {name}" for name in WITH_NUMBERS]
)


@click.command(cls=Strict, epilog=LIST)
@click.option(
    "--data",
    required=True,
    metavar="ring|grid|FILE.csv|FILE.npy|FILE.py:NAME",
    help="A density by its name, rows of a file, or a density or scipy.stats distribution in a file.",
)
@click.option(
    "--game",
    default="non-saturating",
    show_default=True,
    metavar="NAME",
    help="One of those below.",
)
@click.option(
    "--penalty", type=click.Choice(PENALTIES), default="none", show_default=True, help="On D."
)
@click.option("--weight", type=Number(0.0), help="Of the penalty.  [default: its paper's]")
@click.option("--scheme", type=click.Choice(SCHEMES), default="alternating", show_default=True)
@click.option("--k", type=Natural(1), default=1, show_default=True, help="Steps of D for one of G.")
@click.option("--seeds", type=Natural(1), default=1, show_default=True, help="How many networks.")
@click.option("--seed", type=Natural(0), default=0, show_default=True, help="Of the run.")
@click.option("--steps", type=Natural(1), default=5000, show_default=True, help="Steps of G.")
@click.option("--batch", type=Natural(1), default=64, show_default=True, help="Samples a step.")
@click.option("--width", type=Natural(1), default=32, show_default=True, help="Of hidden layers.")
@click.option("--depth", type=Natural(1), default=2, show_default=True, help="Hidden layers.")
@click.option("--latent-dim", type=Natural(1), help="Width of the latent.  [default: the data's]")
@click.option("--optimiser", type=click.Choice(OPTIMISERS), default="adam", show_default=True)
@click.option("--lr", type=Number(0.0), default=1e-3, show_default=True, help="Of both players.")
@click.option("--schedule", type=click.Choice(SCHEDULES), default="constant", show_default=True)
@click.option("--noise", type=Number(0.0), default=0.0, show_default=True, help="Instance noise.")
@click.option(
    "--dtype", type=click.Choice(["float64", "float32"]), default="float64", show_default=True
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder of this run alone, for checkpoint, samples and pictures; made if need be.",
)
@click.option("--resume", is_flag=True, help="Go on from the folder's checkpoint, if there is one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
def train(out: Path, resume: bool, as_json: bool, **settings: Any) -> int:
    """Train a GAN, or many at once, with a checkpoint every 500 steps and pictures at the end.

    On one machine with one set of libraries the same options give the same bytes, and a run that was
    killed goes on with --resume as if it had not been. Exit code 1 if a network diverged, which stderr
    and --json name, or if a checkpoint could not be read or written, of which stderr says why.
    """
    from gantheory.cli import runs  # what it needs takes a second to import

    return runs.run(out, resume=resume, as_json=as_json, **settings)
