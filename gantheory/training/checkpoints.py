"""A run in a folder: written whole or not at all, and taken up again by the same run alone."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.errors import CheckpointError
from gantheory.nets.layer import Tensors
from gantheory.training.exact import ExactCriterion
from gantheory.training.history import COLUMNS, History
from gantheory.training.locks import locked
from gantheory.training.loop import State, advance, start
from gantheory.training.plan import Plan
from gantheory.training.players import Player

SCHEMA = 3
NAME = "checkpoint.npz"


def run_in(
    folder: Path, plan: Plan, seeds: int | Sequence[int], *, resume: bool = False, every: int = 500
) -> Iterator[State]:
    """Train as `train` does, with a checkpoint in the folder.

    Parameters
    ----------
    folder:
        Made if it is missing.
    plan, seeds:
        What the run is.
    resume:
        Whether to go on from the checkpoint; where there is none, the run starts.
    every:
        Steps between checkpoints, and there is one at the end.

    Yields
    ------
    State
        Of the start or of the checkpoint, then after each block. A finished run yields its last
        state, and changes nothing.

    Raises
    ------
    CheckpointError
        If the folder holds a run and `resume` is not asked for, or another run is writing to it; if the
        checkpoint cannot be read, or belongs to another run; or if a setting holds what cannot be
        compared with that of another run, as a lambda does (see `Plan.fingerprints`).
    """
    plan.fingerprints()  # what a checkpoint could not name is refused before the first step
    with locked(folder):
        yield from _run_in(folder / NAME, start(plan, seeds), resume, every)


def _run_in(path: Path, state: State, resume: bool, every: int) -> Iterator[State]:
    """Train from the checkpoint or the start to the end."""
    plan = state.plan
    if path.exists():
        if not resume:
            raise CheckpointError(f"{path} exists: write --resume to go on, or take another folder")
        load(path, state)
    yield state
    while state.step < plan.steps and state.alive:
        before = state.step
        advance(state)
        finished = state.step == plan.steps or not state.alive
        if finished or state.step // every > before // every:
            save(path, state)
        yield state


def save(path: Path, state: State) -> None:
    """Write a checkpoint: to a file beside it, which then takes its name in one step.

    Raises
    ------
    OSError
        If it cannot be written, as on a full disk: then the one before is still there.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            np.savez(file, **_arrays(state))
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError as problem:  # a write that fails does not say to which file
        raise OSError(problem.errno, problem.strerror or str(problem), str(path)) from problem
    finally:
        beside.unlink(missing_ok=True)


def load(path: Path, state: State) -> None:
    """Put a checkpoint into the starting state of the same run.

    Raises
    ------
    CheckpointError
        If it cannot be read, or belongs to another run: the message names what differs.
    """
    try:
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays["about"]))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as problem:
        raise CheckpointError(
            f"{path} cannot be read ({problem}): it is damaged, or no checkpoint; remove it to start "
            "again"
        ) from problem
    _check_same(path, about, _about(state))
    _restore(state, arrays, about)


# --- what a checkpoint holds ----------------------------------------------------------------------


def _about(state: State) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "plan": state.plan.described(),
        "fingerprints": state.plan.fingerprints(),
        "networks": list(state.networks),
        "step": state.step,
        "alive": state.alive,
        "diverged": {str(network): step for network, step in state.diverged.items()},
        "counts": [state.discriminator.count, state.generator.count],
        "refused": [[*key, words] for key, words in state.history.exact.refused.items()],
    }


def _arrays(state: State) -> dict[str, Any]:
    arrays: dict[str, Any] = {"about": np.array(json.dumps(_about(state), sort_keys=True))}
    for name, player in (("d", state.discriminator), ("g", state.generator)):
        arrays[f"{name}/parameters"] = player.parameters.flat
        arrays[f"{name}/gradient"] = player.gradient.flat
        arrays[f"{name}/memory"] = player.memory
        arrays[f"{name}/previous"] = player.previous
        for i, group in enumerate(player.state):
            arrays |= {f"{name}/state/{i}/{j}": tensor for j, tensor in enumerate(group)}
    arrays["history/steps"] = np.array(state.history.steps, dtype=np.int64)
    arrays["exact/steps"] = np.array(state.history.exact.steps, dtype=np.int64)
    arrays["exact/values"], arrays["exact/errors"] = state.history.exact.table()
    return arrays | {f"history/{name}": state.history[name] for name in COLUMNS}


def _restore(state: State, arrays: dict[str, Any], about: dict[str, Any]) -> None:
    state.step, state.alive = about["step"], about["alive"]
    state.diverged = {int(network): step for network, step in about["diverged"].items()}
    players = (("d", state.discriminator), ("g", state.generator))
    for (name, player), count in zip(players, about["counts"], strict=True):
        _restore_player(player, name, arrays)
        player.count = count
    steps = arrays["history/steps"].tolist()
    columns = {name: list(arrays[f"history/{name}"]) for name in COLUMNS}
    exact = ExactCriterion(
        state.networks,
        arrays["exact/steps"].tolist(),
        list(arrays["exact/values"]),
        list(arrays["exact/errors"]),
        {(step, network): words for step, network, words in about["refused"]},
    )
    state.history = History(state.networks, steps, columns, exact)


def _restore_player(player: Player, name: str, arrays: dict[str, Any]) -> None:
    network = player.network
    player.parameters = network.parameters(arrays[f"{name}/parameters"])
    player.gradient = network.parameters(arrays[f"{name}/gradient"])
    player.memory, player.previous = arrays[f"{name}/memory"], arrays[f"{name}/previous"]
    groups: list[Tensors] = []
    for i, group in enumerate(player.state):
        groups.append(tuple(arrays[f"{name}/state/{i}/{j}"] for j in range(len(group))))
    player.state = tuple(groups)


def _check_same(path: Path, found: dict[str, Any], wanted: dict[str, Any]) -> None:
    if found.get("schema") != SCHEMA:
        raise CheckpointError(
            f"{path} has schema {found.get('schema')!r}, this version reads {SCHEMA}"
        )
    there, here = found["fingerprints"], wanted["fingerprints"]
    differing = [
        _difference(key, found["plan"].get(key), wanted["plan"].get(key))
        for key in sorted({*there, *here})
        if there.get(key) != here.get(key)
    ]
    if found["networks"] != wanted["networks"]:
        differing.append(f"seeds: {found['networks']} there, {wanted['networks']} asked for")
    if differing:
        raise CheckpointError(
            f"{path} belongs to another run ({'; '.join(differing)}): write the same settings, or take "
            "another folder"
        )


def _difference(key: str, there: str | None, here: str | None) -> str:
    """Say what is another setting, and if it reads the same, what can differ all the same."""
    if there != here:
        return f"{key}: {there} there, {here} asked for"
    return f"{key}: {here} both times, but its digits, its code or the library it is from differ"
