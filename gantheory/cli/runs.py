"""What `gantheory train` does."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import click
import numpy as np

from gantheory import losses, optimisers
from gantheory.cli.output import FAILED, CommandFailed, complain, print_json
from gantheory.cli.samples import data_named
from gantheory.errors import CheckpointError
from gantheory.figures.runs import draw_run, no_picture
from gantheory.training import Plan, State, plan
from gantheory.training.checkpoints import run_in
from gantheory.training.history import COLUMNS, LOG_4, SAMPLES, no_probability

SCHEMA = 1
KEPT = 31 * 2**20  # bytes
OPTIMISERS = {
    "adam": optimisers.Adam(beta1=0.5),
    "sgd": optimisers.SGD(),
    "momentum": optimisers.Momentum(beta=0.5),
    "nesterov": optimisers.Nesterov(beta=0.5),
    "rmsprop": optimisers.RMSProp(),
}


def run(
    out: Path,
    *,
    data: str,
    game: str,
    seeds: int,
    lr: float,
    optimiser: str,
    schedule: str,
    resume: bool,
    as_json: bool,
    **settings: Any,
) -> int:
    """Train in a folder, tell of it, and return the exit code."""
    rule = OPTIMISERS[optimiser]
    try:
        made = plan(
            data_named(data),
            losses.game(game),
            d_optimiser=rule,
            g_optimiser=rule,
            d_lr=lr,
            g_lr=lr,
            schedule=getattr(optimisers, schedule),
            **settings,
        )
        made.fingerprints()  # what no checkpoint can name is refused
        out.mkdir(parents=True, exist_ok=True)
    except (ValueError, TypeError, OSError, CheckpointError) as problem:
        raise click.UsageError(str(problem)) from None
    keep_memory()
    try:
        state = _train(made, seeds, out, resume)
        files = _finish(state, out)
    except CheckpointError as problem:
        raise CommandFailed(str(problem)) from None
    except OSError as problem:  # a full disk, say
        raise CommandFailed(
            f"{problem.filename or out} cannot be written: {problem.strerror or problem}; the "
            "checkpoint before, if there was one, is whole: make room, then write --resume"
        ) from None
    if as_json:
        print_json(report(state, files))
    else:
        _tell(state, files)
    return FAILED if state.diverged else 0


def keep_memory() -> None:
    """Have the C library keep what is freed, instead of asking the system for it in every step.

    A large block that is freed raises glibc's threshold from which blocks come from the system: a fifth
    of the time of an ensemble. It is a setting of the whole process, so that no library may make it.
    """
    np.empty(KEPT, np.uint8)


def _train(made: Plan, seeds: int, out: Path, resume: bool) -> State:
    """Train to the end, with a bar on stderr where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(bar_width=24),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    shown = sys.stderr.isatty()
    console = Console(stderr=True, quiet=not shown)  # rich 13 ends a bar not shown with a line
    reported: set[int] = set()
    with Progress(*columns, console=console, disable=not shown) as bar:
        task = bar.add_task("", total=made.steps)
        for state in run_in(out, made, seeds, resume=resume):
            bar.update(task, completed=state.step, description=live(state))
            for network in sorted(state.diverged.keys() - reported):
                complain(f"network {network} diverged at step {state.diverged[network]}")
                reported.add(network)
    return state


def live(state: State) -> str:
    """Return one line of what was recorded last, means over the living networks."""
    if not state.history.steps or not state.alive:
        return ""
    now = {name: float(np.nanmean(state.history[name][-1][state.alive])) for name in _shown(state)}
    level = state.plan.game.value_at_equality
    parts = [
        f"L_D {now['d_loss']:.3f} ({level:.3f})",
        f"L_G {now['g_loss']:.3f}",
        *_criterion(state),
        *_judgement(now),
        f"|∇| {now['d_gradient']:.1e}/{now['g_gradient']:.1e}",
    ]
    if "modes" in now:
        parts.append(f"modes {now['modes']:.1f}, good {now['quality']:.0%}")
    return "  ".join(parts)


def _judgement(now: dict[str, float]) -> list[str]:
    """Return V + log 4 and the means of D, nothing of a game without D."""
    if "value" not in now:
        return []
    return [
        f"V+log 4 {now['value'] + LOG_4:+.3f} ({SAMPLES} samples)",
        f"D {now['d_real']:.2f}/{now['d_fake']:.2f}",
    ]


def _criterion(state: State) -> list[str]:
    """Return the exact C(G) + log 4 of the last record, mean and error over networks."""
    exact = state.history.exact
    if not exact.steps:
        return []
    values, errors = (row[-1][state.alive] for row in exact.table())
    known = np.isfinite(values)
    when = "" if exact.steps[-1] == state.step else f" at step {exact.steps[-1]}"
    if not np.any(known):
        return [f"C+log 4 unknown{when} (every p_g refused)"]
    some = "" if np.all(known) else f", {np.sum(known)} of {len(known)} networks"
    mean, error = np.mean(values[known]), np.mean(errors[known])
    return [f"C+log 4 {mean:.4g} ± {error:.0e} (exact{when}{some})"]


def _shown(state: State) -> list[str]:
    """Return the columns that this run has numbers for."""
    last = {name: state.history[name][-1] for name in COLUMNS}
    return [name for name in COLUMNS if not np.all(np.isnan(last[name]))]


def _finish(state: State, out: Path) -> list[Path]:
    """Write samples and pictures; return the files."""
    if not state.alive:
        return []
    samples = out / "samples.npy"
    with open(samples, "wb") as file:
        np.save(file, state.sample(1000, np.random.default_rng(state.plan.seed)))
    return [samples, *draw_run(state, out)]


def report(state: State, files: list[Path]) -> dict[str, Any]:
    """Return the end of a run as an object for JSON."""
    names = _shown(state) if state.history.steps and state.alive else []
    last = {name: _plain(state.history[name][-1]) for name in names}
    return {
        "schema": SCHEMA,
        "step": state.step,
        "networks": list(state.networks),
        "diverged": {str(network): step for network, step in state.diverged.items()},
        "value_at_equality": state.plan.game.value_at_equality,
        "last": last,
        "left_out": _left_out(state),
        "exact_criterion": _exact(state),
        "plan": state.plan.described(),
        "files": [file.name for file in files],
    }


def _exact(state: State) -> dict[str, Any] | None:
    """Return the last record of C(G) + log 4, None where the run has none."""
    exact = state.history.exact
    if not exact.steps:
        return None
    step = exact.steps[-1]
    values, errors = (_plain(row[-1]) for row in exact.table())
    return {"step": step, "value": values, "error": errors, "refused": _refused(state)}


def _refused(state: State) -> dict[str, str]:
    """Return the networks whose p_g was refused in the last record, and why."""
    exact = state.history.exact
    now = exact.steps[-1] if exact.steps else None
    return {str(network): why for (step, network), why in exact.refused.items() if step == now}


def _left_out(state: State) -> list[str]:
    """Return what this run cannot show, and why."""
    missing = no_probability(state.plan.game)
    found = [] if missing is None else [f"no D, V(D, G): {missing}"]
    if state.alive and state.plan.data.dim == 2:
        reason = no_picture(state)
        found += [] if reason is None else [f"no discriminator.png: {reason}"]
    return found


def _plain(row: Any) -> list[float | str | None]:
    return [_number(float(x)) for x in row]


def _number(x: float) -> float | str | None:
    """Return what JSON has for a number: None for nan, words for infinities."""
    if math.isnan(x):
        return None
    return x if math.isfinite(x) else "inf" if x > 0 else "-inf"


def _tell(state: State, files: list[Path]) -> None:
    click.echo(f"step {state.step}: {live(state) or 'every network has diverged'}")
    for reason in _left_out(state):
        click.echo(reason)
    for network, why in _refused(state).items():
        click.echo(f"network {network} has no exact C+log 4: {why}")
    for file in files:
        click.echo(str(file))
