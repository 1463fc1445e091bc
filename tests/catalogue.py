"""Pairs of densities with truths: what the numerical integrals have to be honest about.

`catalogue(seed, n)` is a pure function: the same seed gives the same pairs. The stored catalogue is
that of SEED with its truths from catalogue.json, which `python -m tests.catalogue` writes:
`catalogue_truths` says how each is found, `catalogue_second` by which second route it is tested.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path[:0] = [] if str(Path(__file__).parent) in sys.path else [str(Path(__file__).parent)]

from catalogue_line import DIFFICULTIES, LINE, Draw, Made  # noqa: E402
from catalogue_plane import PLANE  # noqa: E402

SEED, COUNT = 20_260_731, 2100
NO_TV_IN_BALLS = {"Cauchy", "StudentT", "Mixture1D"}
FILE = Path(__file__).with_name("catalogue.json")
KINDS: dict[str, tuple[Callable[[Draw], Made], int]] = {**LINE, **PLANE}
TAGS = frozenset(
    {
        "beyond",
        "correlated",
        "disjoint",
        "exponential",
        "families",
        "far",
        "grid",
        "heavy-tails",
        "irrational",
        "jumps",
        "kinks",
        "many-components",
        "near-equal",
        "normals",
        "overlapping",
        "plane",
        "products",
        "ring",
        "scales",
        "separated",
        "turned",
    }
)
FUNCTIONALS = {
    "JSD": "js_divergence",
    "TV": "total_variation",
    "H2": "squared_hellinger",
    "KL": "kl_divergence",
}


@dataclass(frozen=True)
class Truth:
    """mid ± rad contains the functional; both decimal strings."""

    mid: str
    rad: str
    route: str


@dataclass(frozen=True)
class Entry:
    """One pair; `made` also says what it reduces to, `truths` are by functional."""

    name: str
    kind: str
    made: Made
    truths: Mapping[str, Truth] = field(default_factory=dict)

    @property
    def p(self) -> Any:
        return self.made.p

    @property
    def q(self) -> Any:
        return self.made.q

    @property
    def difficulty(self) -> str:
        return self.made.difficulty

    @property
    def tags(self) -> frozenset[str]:
        return self.made.tags

    @property
    def dim(self) -> int:
        return int(self.made.p.dim)

    @property
    def fingerprint(self) -> str:
        """Changes with any digit of a parameter."""
        return hashlib.sha256(f"{exactly(self.p)} | {exactly(self.q)}".encode()).hexdigest()[:12]

    def wanted(self, number: int) -> tuple[str, ...]:
        """Return the functionals that have a truth: JSD, and for a share of the entries others."""
        if self.kind in ("plane-normals", "plane-products"):
            return ("H2", "KL")
        if "beyond" in self.tags or self.made.confusion is not None:
            return ("JSD",)
        others = (("TV",), ("H2",), ("KL",), ("TV", "H2"), (), ())[number % 6]
        families = {type(self.p).__name__, type(self.q).__name__}
        if "near-equal" in self.tags and families & NO_TV_IN_BALLS:
            others = ()  # no balls yet for the TV of heavy tails or mixtures that nearly agree
        if len(parts(self.p)) + len(parts(self.q)) > 16:
            others = ()  # seconds in balls, for nothing new
        return ("JSD", *others)


def parts(density: Any) -> tuple[Any, ...]:
    """Return the components of a mixture, or the density itself."""
    return tuple(getattr(density, "components", (density,)))


def exactly(density: Any) -> str:
    """Return the density with its exact parameters."""
    if hasattr(density, "components"):
        parts = zip(density.exact_weights, density.components, strict=True)
        return "+".join(f"{w}*{exactly(c)}" for w, c in parts)
    if hasattr(density, "first"):
        return f"{exactly(density.first)}x{exactly(density.second)}"
    if hasattr(density, "exact"):
        given = ",".join(
            " ".join(map(str, v)) if isinstance(v, list) else str(v) for v in density.exact.values()
        )
        return f"{type(density).__name__}({given})"
    raise TypeError(f"{density!r} has no exact parameters")


def catalogue(seed: int = SEED, n: int = COUNT) -> tuple[Entry, ...]:
    """Return the first n pairs of a seed, without truths; every kind in proportion to its weight."""
    total = sum(weight for _, weight in KINDS.values())
    counts = dict.fromkeys(KINDS, 0)
    entries = []
    for i in range(n):
        kind = max(KINDS, key=lambda k: KINDS[k][1] * (i + 1) / total - counts[k])
        draw = Draw(np.random.SeedSequence(seed, spawn_key=(i,)), counts[kind])
        counts[kind] += 1
        entries.append(Entry(f"{i:04d}-{kind}", kind, KINDS[kind][0](draw)))
    return tuple(entries)


@cache
def stored() -> tuple[Entry, ...]:
    """Return the catalogue of SEED with the truths of catalogue.json.

    Raises
    ------
    ValueError
        If the file was written for other pairs.
    """
    rows = json.loads(FILE.read_text(encoding="utf-8"))["entries"]
    entries = []
    for entry in catalogue():
        fingerprint, truths = rows[entry.name]
        if fingerprint != entry.fingerprint:
            raise ValueError(f"{entry.name}: catalogue.json is of another pair; write it anew")
        found = {name: Truth(*row) for name, row in truths.items()}
        entries.append(Entry(entry.name, entry.kind, entry.made, found))
    return tuple(entries)


def stratified(entries: tuple[Entry, ...], n: int) -> tuple[Entry, ...]:
    """Return n of the entries, evenly spread over kinds and, within them, over difficulties."""
    ordered = sorted(entries, key=lambda e: (e.kind, e.difficulty, e.name))
    step = len(ordered) / min(n, len(ordered))
    return tuple(ordered[int(k * step)] for k in range(min(n, len(ordered))))


__all__ = ["DIFFICULTIES", "FUNCTIONALS", "KINDS", "SEED", "TAGS", "Entry", "Truth", "catalogue"]


if __name__ == "__main__":
    from catalogue_truths import write

    write()
