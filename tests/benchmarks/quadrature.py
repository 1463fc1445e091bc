"""Speed beside scipy, in one run on one machine: `python -m tests.benchmarks.quadrature`.

The first table has every divergence of every family of the line: a batch of ours beside a loop over
scipy.integrate.quad for some of its pairs, with a plain Python integrand written with `math`, break
points at the centres, finite intervals that hold the mass, epsabs 1e-12, epsrel 1e-11. All are measured
in turns, and medians count; times are of one pair. "compiled" is the ratio to quad with the integrand
in machine code, "floor" the time of as many density evaluations as ours took, "error" the largest that
we report, relative to values above 1, "quad off" how many of its answers differ by more than both
errors: of Cauchys all do, since the peak is lost in an interval that holds the mass, and of Students
some. What misses its goal is marked, as "< 300"; infinite cells are left out.

After it: nearly equal mixtures, many components, single calls; the plane beside cubature and dblquad.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from tests.benchmarks import line_cells, more_cases, plane_cases
from tests.benchmarks.measuring import Clock

Row = dict[str, Any]
Case = tuple[str, Callable[[], Row | None]]
Writer = Callable[[Row], str]


def sections(seed: int, repeats: int) -> Iterator[tuple[str, list[Case], Writer]]:
    """Yield the heading of each table, its cases and how one of its rows is written."""
    line = [
        (f"{d}, {f}", lambda d=d, f=f: line_cells.cell(d, f, seed=seed, repeats=repeats))
        for d, f in line_cells.names()
    ]
    yield line_cells.HEAD, line, line_cells.line_of
    yield "", list(more_cases.cases(seed, repeats)), more_cases.line_of
    plane = [
        (f"plane: {name}", lambda name=name: plane_cases.plane(name, repeats))
        for name in plane_cases.PLANE
    ]
    yield "", plane, plane_cases.line_of


def measured(heading: str, cases: list[Case], write: Writer) -> list[Row]:
    """Measure the cases of a table and print each as soon as it is known."""
    if cases:
        print(f"\n{heading}" if heading else "")
    rows = []
    for name, case in cases:
        row = case()
        if row is not None:
            rows.append({"case": name, **row})
            print(write(rows[-1]), flush=True)
    return rows


def misses(row: Row) -> bool:
    """Return whether a row misses the goal that is set for it."""
    if "goal" in row:
        return line_cells.below_goal(row)
    return "limit" in row and more_cases.beyond_limit(row)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seed", type=int, default=2014, help="of the pairs")
    parser.add_argument(
        "--only", metavar="NAME", help="cases whose name has this, as in KL, Cauchy or plane"
    )
    parser.add_argument(
        "--cpu",
        action="store_true",
        help="count what the processor does, on a machine that is not quiet",
    )
    return parser.parse_args()


def main() -> None:
    """Measure all cases, print the tables, write JSON."""
    given = arguments()
    if given.cpu:
        Clock.now = staticmethod(time.process_time)
    print(f"scipy {scipy.__version__}, numpy {np.__version__}, {os.cpu_count()} cores")
    rows = []
    for heading, cases, write in sections(given.seed, given.repeats):
        wanted = [case for case in cases if not given.only or given.only in case[0]]
        rows += measured(heading, wanted, write)
    missed = [row["case"] for row in rows if misses(row)]
    goals = sum("goal" in row or "limit" in row for row in rows)
    print(f"\n{len(missed)} of {goals} goals are missed")
    if given.json:
        report = {"schema": 2, "seed": given.seed, "rows": rows, "missed": missed}
        given.json.write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    sys.exit(main())
