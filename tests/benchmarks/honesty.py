"""Who says how wrong it is: scipy's integrators and gantheory on the 1-D catalogue.

    python -m tests.benchmarks.honesty [--count 600] [--all] [--json FILE]

Every integrator gets JSD(p, q) of a pair as a user would give it, and every warning or flag of it counts
as said. Against truths in balls:

- understated: the true error exceeds both the reported one and 1e-12;
- false confirmation: no warning, a reported error of at most 1e-6, and a true error above 1e-6;
- within 1e-9, and true: the reported error is at most 1e-9 and the true one at most the reported one
  (or 1e-12).

An interval (A, B) cuts off tails: what these may hold is not held against the integrator.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from scipy import integrate

HERE = Path(__file__).resolve()
for folder in (HERE.parents[2], HERE.parents[1]):  # the package, and the catalogue
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import catalogue as book  # noqa: E402
from catalogue_checks import integrand, structure  # noqa: E402

import gantheory  # noqa: E402
from gantheory.errors import NotConverged  # noqa: E402

FLOOR = 1e-12  # rounding of the integrand: no integrator is blamed for that
CONFIRMED = 1e-6
USEFUL = 1e-9
MOST_POINTS = 90
MOST_SUBDIVISIONS = 1000  # without it, cubature goes on for minutes on some pairs
Answer = tuple[float, float, bool]  # value, reported error, whether it warned
LOG_2 = math.log(2)


@dataclass(frozen=True)
class Row:
    """One integrator on one entry."""

    integrator: str
    entry: str
    difficulty: str
    value: float
    reported: float
    true: float
    warned: bool
    ms: float

    @property
    def understated(self) -> bool:
        return not self.true <= max(self.reported, FLOOR)

    @property
    def false_confirmation(self) -> bool:
        return not self.warned and self.reported <= CONFIRMED and not self.true <= CONFIRMED

    @property
    def useful(self) -> bool:
        return not self.warned and self.reported <= USEFUL and not self.understated


# --- the integrators, as a user calls them --------------------------------------------------------


def scalar(f: Callable[[Any], Any]) -> Callable[[float], float]:
    return lambda x: float(f(np.array([x]))[0])


def box(p: Any, q: Any) -> tuple[float, float, list[float]]:
    """Return an interval around all the structure, 40 scales wide on either side, and the landmarks."""
    rows = np.concatenate([p.landmarks, q.landmarks])
    low, high = (rows[:, 0] - 40 * rows[:, 1]).min(), (rows[:, 0] + 40 * rows[:, 1]).max()
    support = min(p.support[0], q.support[0]), max(p.support[1], q.support[1])
    low, high = max(low, support[0]), min(high, support[1])
    points = {float(m[0]) if isinstance(m, tuple) else m for m in structure(p, q)}
    inside = sorted(x for x in points if low < x < high)
    return float(low), float(high), inside[:MOST_POINTS]


def cut_off(entry: book.Entry) -> float:
    """Bound on what JSD has outside the box: log 2 times the mean of both masses there."""
    low, high, _ = box(entry.p, entry.q)
    outside = entry.p.tail_mass((low, high)) + entry.q.tail_mass((low, high))
    return float(LOG_2 * outside / 2)


def quad_line(p: Any, q: Any) -> Answer:
    value, error = integrate.quad(scalar(integrand(p, q)), -math.inf, math.inf, limit=500)
    return value, error, False


def quad_points(p: Any, q: Any) -> Answer:
    low, high, points = box(p, q)
    value, error = integrate.quad(
        scalar(integrand(p, q)), low, high, points=points or None, limit=500
    )
    return value, error, False


def tanhsinh_line(p: Any, q: Any) -> Answer:
    f = integrand(p, q)

    def on_arrays(x: Any) -> Any:
        x = np.asarray(x)
        return f(x.ravel()).reshape(x.shape)

    found = integrate.tanhsinh(on_arrays, -math.inf, math.inf)
    return float(found.integral), float(found.error), not bool(found.success)


def cubature_box(p: Any, q: Any) -> Answer:
    low, high, points = box(p, q)
    f = integrand(p, q)
    found = integrate.cubature(
        lambda x: f(x[:, 0]),
        [low],
        [high],
        rule="gk21",
        points=[[x] for x in points],
        max_subdivisions=MOST_SUBDIVISIONS,
    )
    return float(found.estimate), float(found.error), found.status != "converged"


def ours(p: Any, q: Any) -> Answer:
    try:
        found, warned = gantheory.js_divergence(p, q), False
    except NotConverged as fault:
        found, warned = fault.best or gantheory.Estimate(0.0, math.inf), True
    return float(found.value), float(found.error), warned


def ours_plain(p: Any, q: Any) -> Answer:
    low, high = min(p.support[0], q.support[0]), max(p.support[1], q.support[1])
    try:
        found, warned = (
            gantheory.integrate(integrand(p, q), (low, high), landmarks=structure(p, q)),
            False,
        )
    except NotConverged as fault:
        found, warned = fault.best, True
    return float(found.value), float(found.error), warned


INTEGRATORS: dict[str, Callable[[Any, Any], Answer]] = {
    "scipy quad(-inf, inf)": quad_line,
    "scipy quad(A, B, points=landmarks)": quad_points,
    "scipy tanhsinh(-inf, inf)": tanhsinh_line,
    "scipy cubature(A, B, gk21, points=landmarks)": cubature_box,
    "gantheory integrate(f, landmarks)": ours_plain,
    "gantheory js_divergence(p, q)": ours,
}


# --- running and telling --------------------------------------------------------------------------


def measure(name: str, entry: book.Entry) -> Row:
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as said, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        value, reported, warned = INTEGRATORS[name](entry.p, entry.q)
    ms = 1000 * (time.perf_counter() - start)
    truth = entry.truths["JSD"]
    off = abs(Decimal(value) - Decimal(truth.mid)) if math.isfinite(value) else Decimal("inf")
    true = max(0.0, float(off - Decimal(truth.rad)) - (cut_off(entry) if "(A, B" in name else 0.0))
    warned = warned or any(issubclass(w.category, integrate.IntegrationWarning) for w in said)
    reported = reported if reported >= 0 else math.inf  # a nan promises nothing
    return Row(name, entry.name, entry.difficulty, value, reported, true, warned, ms)


def summary(rows: list[Row]) -> dict[str, Any]:
    n = len(rows)
    return {
        "pairs": n,
        "understated": sum(r.understated for r in rows),
        "false_confirmation": sum(r.false_confirmation for r in rows),
        "useful": sum(r.useful for r in rows),
        "median_ms": statistics.median(r.ms for r in rows),
    }


def table(found: dict[str, dict[str, Any]]) -> str:
    """Return a table in Markdown: per integrator and class, counts and shares."""
    columns = ("understated", "false confirmation", "within 1e-9, and true", "median ms")
    head = f"| integrator | class | pairs | {' | '.join(columns)} |"
    lines = [head, "|---|---|--:|--:|--:|--:|--:|"]
    for name, classes in found.items():
        for difficulty, s in classes.items():
            shares = (s[k] for k in ("understated", "false_confirmation", "useful"))
            cells = (f"{k} ({k / s['pairs']:.1%})" for k in shares)
            lines.append(
                f"| {name} | {difficulty} | {s['pairs']} | {' | '.join(cells)} | {s['median_ms']:.3g} |"
            )
    return "\n".join(lines)


def run(entries: tuple[book.Entry, ...]) -> tuple[list[Row], dict[str, dict[str, Any]]]:
    rows = []
    for k, entry in enumerate(entries):
        rows += [measure(name, entry) for name in INTEGRATORS]
        if k % 50 == 49:
            print(f"{k + 1} of {len(entries)} pairs", file=sys.stderr, flush=True)
    found = {}
    for name in INTEGRATORS:
        mine = [r for r in rows if r.integrator == name]
        classes = {d: [r for r in mine if r.difficulty == d] for d in book.DIFFICULTIES}
        classes["all"] = mine
        found[name] = {d: summary(rs) for d, rs in classes.items() if rs}
    return rows, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=600, help="pairs of a stratified sample")
    parser.add_argument("--all", action="store_true", help="the whole 1-D catalogue")
    parser.add_argument("--json", type=Path, help="write all rows and the summary to this file")
    given = parser.parse_args()
    line = tuple(e for e in book.stored() if e.dim == 1)
    rows, found = run(line if given.all else book.stratified(line, given.count))
    print(table(found))
    if given.json:
        body = {"seed": book.SEED, "summary": found, "rows": [asdict(r) for r in rows]}
        given.json.write_text(json.dumps(body, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
