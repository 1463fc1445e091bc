"""Examples in words: how a drawn input is shown to people."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from gantheory.densities.mixture import MixtureOf

LARGEST_SHOWN = 64  # entries of an array that are written out


def describe(example: Any) -> Any:
    """Return an example as people would write it.

    Tuples, lists and dicts keep their shape; densities are written as the call that makes them,
    arrays with all their entries or, if they are large, with their shape and a digest.
    """
    if isinstance(example, tuple):
        return tuple(describe(entry) for entry in example)
    if isinstance(example, list):
        return [describe(entry) for entry in example]
    if isinstance(example, Mapping):
        return {key: describe(entry) for key, entry in example.items()}
    if isinstance(example, np.generic):
        return example.item()
    if example is None or isinstance(example, (bool, int, float, str)):
        return example
    return _Words(_written(example))


class _Words(str):
    """A description; its repr is itself, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _written(example: Any) -> str:
    """Return the call that makes a density or another dataclass; the repr of anything else."""
    if isinstance(example, np.ndarray):
        return _array(example)
    if isinstance(example, MixtureOf):
        parts = ", ".join(_written(c) for c in example.components)
        return f"Mixture([{parts}], [{', '.join(map(str, example.exact_weights))}])"
    parameters = getattr(example, "exact_weights", None)
    if parameters is not None:  # Discrete: exact weights are easier to read than their floats
        points = np.asarray(example.points)
        plain = points.ndim == 1 and np.array_equal(points, np.arange(len(points)))
        rest = "" if plain else f", {_written(points)}"
        return f"Discrete([{', '.join(map(str, parameters))}]{rest})"
    if is_dataclass(example) and not isinstance(example, type):
        # a density keeps derived fields beside its parameters; `exact` names the parameters
        known = getattr(example, "exact", None)
        names = list(known) if known else [f.name for f in fields(example) if f.init and f.repr]
        values = ((name, describe(getattr(example, name))) for name in names)
        return f"{type(example).__name__}({', '.join(f'{n}={v!r}' for n, v in values)})"
    return repr(example)


def _array(array: Any) -> str:
    if array.size <= LARGEST_SHOWN:
        return repr(array.tolist()) + (" in float32" if array.dtype == np.float32 else "")
    digest = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:12]
    return f"<array of shape {array.shape}, digest {digest}>"


def formula_and_rest(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a claim's statement says (None if no statement made it), and its other evidence."""
    rest = {key: value for key, value in evidence.items() if key != "statement"}
    return {"formula": evidence.get("statement", {}).get("formula"), "evidence": rest}


def without_words(evidence: Any) -> Any:
    """Return evidence, in JSON's types, without the texts that say what was compared.

    Claims of different examples have to differ in their numbers.
    """
    if isinstance(evidence, dict):
        kept = (key for key in evidence if key not in ("statement", "call"))
        return {key: without_words(evidence[key]) for key in kept}
    return [without_words(entry) for entry in evidence] if isinstance(evidence, list) else evidence
