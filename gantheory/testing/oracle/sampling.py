"""A batch of D's outputs, held against what they are said to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from gantheory.testing.oracle.calling import Outputs
from gantheory.testing.oracle.handing import CannotJudge
from gantheory.testing.tensors import as_numpy, leaves


def check_sample(sample: Any, outputs: Outputs) -> None:
    """Raise where a batch of D's outputs is not what `outputs` says.

    Raises
    ------
    CannotJudge
        If logits all lie between 0 and 1, as probabilities do, or probabilities beyond; if the sample
        holds no number, or one that is not finite.
    """
    try:
        parts = [as_numpy(one, "the sample of D's outputs") for _, one in leaves(sample)]
    except TypeError as error:
        raise CannotJudge(f"{error}.") from error
    values = np.concatenate([np.ravel(part) for part in parts]) if parts else np.empty(0)
    if not values.size:
        raise CannotJudge("The sample of D's outputs is empty: give a batch of them.")
    if not np.isfinite(values).all():
        raise CannotJudge(
            "The sample of D's outputs holds numbers that are not finite: give a batch of D before that."
        )
    low, high = float(values.min()), float(values.max())
    inside = low >= 0 and high <= 1
    lies = f"The sample of D's outputs lies between {low:.6g} and {high:.6g}"
    if outputs == "logits" and inside:
        raise CannotJudge(
            f"{lies}, as probabilities do, and was said to hold logits: if D ends in a sigmoid, write "
            'outputs = "probabilities"; if these are scores that happen to lie there, as those of a new '
            "network may, give a larger batch, or one of inputs ten times as large."
        )
    if outputs == "probabilities" and not inside:
        raise CannotJudge(
            f"{lies}, and probabilities between 0 and 1: if D ends without a sigmoid, write "
            'outputs = "logits".'
        )


def read_sample(path: Path) -> Any:
    """Return the numbers of a file: an array of numpy, or rows of a table with or without names.

    Raises
    ------
    CannotJudge
        If it is neither, or cannot be read.
    """
    try:
        if path.suffix == ".npy":
            return np.load(path, allow_pickle=False)
        rows = path.read_text(encoding="utf-8-sig").splitlines()
        named = bool(rows) and any(letter.isalpha() for letter in rows[0].lower().replace("e", ""))
        return np.loadtxt(rows[named:], delimiter=",", ndmin=1)
    except (OSError, ValueError, EOFError) as problem:
        raise CannotJudge(
            f"{path}: cannot be read as D's outputs ({problem}): give a file .npy, or .csv with numbers "
            "separated by commas."
        ) from None
