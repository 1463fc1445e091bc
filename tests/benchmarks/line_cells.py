"""One cell of the table: a divergence of a family, a batch of ours beside a loop over quad."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

import gantheory as gt
from tests.benchmarks.line_compiled import compiled
from tests.benchmarks.line_integrands import ABSOLUTE, RELATIVE, Question
from tests.benchmarks.line_pairs import ALPHA, FAMILIES, ORDER, draw, finite, members, rows
from tests.benchmarks.measuring import duration, floor_of, in_turns, known, large_enough, timed

LOOPED = 20  # pairs that quad is timed on, in each repeat
NODES = np.linspace(0.1, 0.9, 16_384)  # that the floor is measured on
LARGEST = 10_000  # members of a batch

DIVERGENCES = {
    "KL": gt.kl_divergence,
    "reverse KL": gt.reverse_kl_divergence,
    "JSD": gt.js_divergence,
    "Jeffreys": gt.jeffreys_divergence,
    "TV": gt.total_variation,
    "H²": gt.squared_hellinger,
    "χ²": gt.pearson_chi2,
    "Neyman χ²": gt.neyman_chi2,
    "D_α": lambda p, q: gt.alpha_divergence(p, q, ALPHA),
    "Rényi": lambda p, q: gt.renyi_divergence(p, q, ORDER),
    "C": gt.virtual_training_criterion,
    "W1": gt.wasserstein_1,
}
NORMALS = dict.fromkeys(("JSD", "H²", "KL", "reverse KL", "χ²", "Neyman χ²", "Jeffreys"), 300)
EVERY = 5  # times quad, in every cell; more in those below
GOALS = {
    "Normal": NORMALS | {"TV": 100},
    "mixtures of 2": {"JSD": 300, "H²": 300},
    "Laplace": dict.fromkeys(DIVERGENCES, 30),
    "Normal/Laplace": dict.fromkeys(DIVERGENCES, 30),
    "Student": dict.fromkeys(DIVERGENCES, 10),
    "Cauchy": dict.fromkeys(("KL", "reverse KL", "JSD", "TV"), 100),
}


def names() -> list[tuple[str, str]]:
    """Return every (divergence, family)."""
    return [(divergence, family) for family in FAMILIES for divergence in DIVERGENCES]


@cache
def _pairs(family: str, seed: int) -> tuple[Any, Any, list[tuple[Any, Any]]]:
    """Return both batches of a family, and their pairs one by one."""
    p, q = draw(family, seed)
    return p, q, list(zip(members(p), members(q), strict=True))


def cell(divergence: str, family: str, *, seed: int, repeats: int) -> dict[str, Any] | None:
    """Return what is measured of one cell; None if hardly a pair of the family has a finite value."""
    p, q, singles = _pairs(family, seed)
    some = np.array([i for i, pair in enumerate(singles) if finite(divergence, *pair)])
    if len(some) < 100:
        return None
    call = DIVERGENCES[divergence]

    def ours(count: int) -> Any:
        index = np.resize(some, count)
        return known(call, rows(p, index), rows(q, index))

    count = max(LOOPED, large_enough(lambda n: timed(lambda: ours(n))[0], LARGEST))
    index = np.resize(some, count)
    a, b = rows(p, index), rows(q, index)
    pairs = [singles[i] for i in np.resize(some, LOOPED * repeats)]
    questions = [Question(divergence, *pair) for pair in pairs]
    machine = [compiled(divergence, *pair) for pair in pairs]
    found = known(call, *(_stacked(d, some, LOOPED * repeats) for d in (p, q)))

    def turn(repeat: int) -> range:
        return range(repeat * LOOPED, (repeat + 1) * LOOPED)

    contenders = [
        lambda _: known(call, a, b),
        lambda k: [questions[i].answer() for i in turn(k)],
        lambda k: [questions[i].answer(*machine[i]) for i in turn(k)],
    ]
    seconds = in_turns(contenders[: 2 + (machine[0] is not None)], repeats)
    mine, theirs = seconds[0] / count, [s / LOOPED for s in seconds[1:]]
    answers = np.array([question.answer() for question in questions])
    return {
        "ours": mine,
        "quad": theirs[0],
        "ratio": theirs[0] / mine,
        "ratio to compiled": theirs[1] / mine if len(theirs) > 1 else None,
        "goal": GOALS.get(family, {}).get(divergence, EVERY),
        "floor": floor_of(*pairs[0], NODES, found.evaluations / len(pairs)),
        "largest error": float(np.max(found.error / np.maximum(1, np.abs(found.value)))),
        "refused": int(np.sum(~np.broadcast_to(found.converged, found.shape))),
        "quad off": int(np.sum(_off(found, answers))),
        "compared": len(pairs),
    }


def _stacked(batch: Any, some: Any, count: int) -> Any:
    return rows(batch, np.resize(some, count))


def _off(found: Any, answers: Any) -> Any:
    """Return where quad differs by more than both errors, its own at least what it was asked for."""
    value, error = answers.T
    allowed = found.error + np.maximum(error, ABSOLUTE + RELATIVE * np.abs(value))
    return ~(np.isfinite(value) & (np.abs(found.value - value) <= allowed))


HEAD = (
    f"{'divergence, family':38}{'ours':>9}{'quad':>9}{'ratio':>10}{'compiled':>9}"
    f"{'floor':>9}{'error':>9}{'quad off':>10}"
)


def line_of(row: dict[str, Any]) -> str:
    """Return one row of the table; a ratio below its goal is marked."""
    compiled_ratio = row["ratio to compiled"]
    below = "" if row["ratio"] >= row["goal"] else f"  < {row['goal']}"
    refused = f"  {row['refused']} refused" if row["refused"] else ""
    floor = duration(row["floor"]) if row["floor"] else "-"
    return (
        f"{row['case']:38}{duration(row['ours']):>9}{duration(row['quad']):>9}{row['ratio']:10.3g}"
        f"{'-' if compiled_ratio is None else format(compiled_ratio, '.3g'):>9}{floor:>9}"
        f"{row['largest error']:9.0e}{row['quad off']:>5}/{row['compared']:<4}{below}{refused}"
    )


def below_goal(row: dict[str, Any]) -> bool:
    """Return whether a cell misses its goal."""
    return not row["ratio"] >= row["goal"] or not math.isfinite(row["largest error"])
