"""Speed beside scipy, in one run on one machine: `python -m tests.benchmarks.quadrature [--json FILE]`.

Every case is measured in turns, ours and theirs, several times; medians count. Theirs is asked for
the same accuracy with the settings that give right answers: finite intervals, landmarks as break
points, an integrand written with `math` where it is called point by point and with arrays where it
takes arrays. `floor` is the time of the density evaluations alone, at as many nodes as ours took.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.integrate import cubature, dblquad, quad

from gantheory import Mixture, Normal, grid, js_divergence, ring

PAIRS = 10_000
LOOPED = 150  # pairs that quad is timed on, in each repeat
AGAIN = (
    10  # calls of ours in each repeat: a single one mostly measures how cores and caches wake up
)
PATIENCE = 120.0  # seconds that a contender of the plane may take


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that a call takes, and what it returns."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


# --- the line -------------------------------------------------------------------------------------


def draw(kinds: tuple[int, int], rng: np.random.Generator) -> tuple[Any, Any]:
    """Return PAIRS pairs of mixtures of so many normals: |loc| <= 5, scales from 0.3 to 3."""

    def side(count: int) -> Any:
        parts = [
            Normal(
                rng.uniform(-5, 5, PAIRS), np.exp(rng.uniform(math.log(0.3), math.log(3), PAIRS))
            )
            for _ in range(count)
        ]
        return parts[0] if count == 1 else Mixture(parts, rng.dirichlet(np.ones(count), PAIRS))

    return side(kinds[0]), side(kinds[1])


def terms(density: Any) -> list[tuple[float, float, float]]:
    """Return (weight, loc, scale) of each component of one mixture of normals."""
    if isinstance(density, Normal):
        return [(1.0, density.loc, density.scale)]
    return [(float(w), c.loc, c.scale) for w, c in density.parts]


def of_math(parts: list[tuple[float, float, float]]) -> Callable[[float], float]:
    """Return the density as quad likes it best: floats and `math`."""
    constants = [(w / (s * math.sqrt(2 * math.pi)), m, 1 / s) for w, m, s in parts]
    if len(constants) == 1:
        [(c, m, i)] = constants
        return lambda x: c * math.exp(-0.5 * ((x - m) * i) ** 2)

    def density(x: float) -> float:
        total = 0.0
        for c, m, i in constants:
            z = (x - m) * i
            total += c * math.exp(-0.5 * z * z)
        return total

    return density


def by_quad(p: Any, q: Any) -> float:
    """JSD by scipy's quad."""
    parts = [*terms(p), *terms(q)]
    f, g = of_math(terms(p)), of_math(terms(q))
    log = math.log

    def integrand(x: float) -> float:
        a, b = f(x), g(x)
        m = 0.5 * (a + b)
        return 0.5 * ((a * log(a / m) if a > 0 else 0.0) + (b * log(b / m) if b > 0 else 0.0))

    low, high = min(m - 9 * s for _, m, s in parts), max(m + 9 * s for _, m, s in parts)
    points = sorted({m for _, m, _ in parts})
    return float(quad(integrand, low, high, points=points, epsabs=1e-12, epsrel=0, limit=200)[0])


def floor_of(nodes: float, components: int) -> float:
    """Return the seconds that so many evaluations of normal densities take by themselves."""
    z, out = np.linspace(-6.0, 6.0, 16_384), np.empty(16_384)

    def once() -> None:
        for _ in range(components):
            np.multiply(z, z, out=out)
            np.multiply(out, -0.5, out=out)
            np.exp(out, out=out)

    best = min(timed(once)[0] for _ in range(20))
    return best * nodes / len(z)


def line(kinds: tuple[int, int], repeats: int) -> dict[str, Any]:
    """Return the throughput of js_divergence over PAIRS pairs, and of a loop over quad."""
    rng = np.random.default_rng([2014, *kinds])
    p, q = draw(kinds, rng)
    ours, theirs, wrong, misses = [], [], 0, 0.0
    for repeat in range(repeats):
        seconds, founds = timed(lambda: [js_divergence(p, q) for _ in range(AGAIN)])
        found = founds[-1]
        ours.append(seconds / PAIRS / AGAIN)
        rows = range(repeat * LOOPED, (repeat + 1) * LOOPED)
        pairs = [(p.member(i, (PAIRS,)), q.member(i, (PAIRS,))) for i in rows]
        seconds, values = timed(lambda pairs=pairs: [by_quad(*pair) for pair in pairs])
        theirs.append(seconds / LOOPED)
        gaps = np.abs(np.array(values) - found.value[rows.start : rows.stop])
        wrong += int(np.sum(gaps > 1e-12))
        misses = max(misses, float(np.max(gaps)))
    nodes = found.evaluations / PAIRS
    error = float(np.max(found.error))
    return {
        "case": f"{PAIRS} JSDs, {kinds[0]} and {kinds[1]} components",
        "ours": statistics.median(ours),
        "quad": statistics.median(theirs),
        "ratio": statistics.median(theirs) / statistics.median(ours),
        "largest reported error": error,
        "quad off by more than 1e-12": f"{wrong} of {repeats * LOOPED}, at most {misses:.0e}",
        "evaluations": nodes,
        "evaluations per digit": nodes / -math.log10(error),
        "times the floor": statistics.median(ours) / floor_of(nodes, sum(kinds)),
    }


def one_call(repeats: int) -> dict[str, Any]:
    """Return the time of one js_divergence of N(0, 1) and N(1, 2), and of quad."""
    p, q = Normal(0, 1), Normal(1, 2)
    rounds = [
        (timed(lambda: js_divergence(p, q))[0], timed(lambda: by_quad(p, q))[0])
        for _ in range(40 * repeats)
    ]
    ours, theirs = (statistics.median(column) for column in zip(*rounds, strict=True))
    found = js_divergence(p, q)
    return {
        "case": "one JSD, N(0, 1) and N(1, 2)",
        "ours": ours,
        "quad": theirs,
        "ratio": theirs / ours,
        "largest reported error": float(found.error),
        "evaluations": found.evaluations,
        "evaluations per digit": found.evaluations / -math.log10(float(found.error)),
        "times the floor": ours / floor_of(found.evaluations, 2),
    }


# --- the plane ------------------------------------------------------------------------------------

PLANE = {
    "ring of 8, σ = 0.1, and its blur": (lambda: ring(8, 2.0, 0.1), lambda: ring(8, 2.0, 0.2)),
    "ring of 8, σ = 0.01, and its blur": (lambda: ring(8, 2.0, 0.01), lambda: ring(8, 2.0, 0.02)),
    "grid of 25, σ = 0.05, and its blur": (
        lambda: grid(5, 1.0, 0.05),
        lambda: grid(5, 1.0, 0.1),
    ),
}
TOLERANCE = 1e-10


def isotropic(density: Any) -> tuple[np.ndarray, float]:
    """Return the means (K, 2) and the standard deviation of equal isotropic normals."""
    means = np.array([c.mean for c in density.components])
    return means, math.sqrt(density.components[0].cov[0, 0])


def of_arrays(density: Any) -> Callable[[np.ndarray], np.ndarray]:
    """Return the density as cubature likes it best: (n, 2) -> (n,), squares by matrix products."""
    means, s = isotropic(density)
    constant = 1 / (len(means) * 2 * math.pi * s * s)
    squares = np.sum(means**2, axis=1)

    def values(x: np.ndarray) -> np.ndarray:
        square = np.sum(x * x, axis=1)[:, None] - 2 * (x @ means.T) + squares
        return constant * np.sum(np.exp(square / (-2 * s * s)), axis=1)

    return values


def box_of(*densities: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest rectangle that holds 9 standard deviations around every mean."""
    pairs = [isotropic(d) for d in densities]
    low = np.min([np.min(m, axis=0) - 9 * s for m, s in pairs], axis=0)
    return low, np.max([np.max(m, axis=0) + 9 * s for m, s in pairs], axis=0)


def by_cubature(name: str) -> dict[str, Any]:
    """JSD by scipy's cubature, rule gk21."""
    p, q = (make() for make in PLANE[name])
    f, g = of_arrays(p), of_arrays(q)
    tiny = 1e-300

    def integrand(x: np.ndarray) -> np.ndarray:
        a, b = f(x) + tiny, g(x) + tiny
        m = 0.5 * (a + b)
        return 0.5 * (a * np.log(a / m) + b * np.log(b / m))

    low, high = box_of(p, q)
    start = time.perf_counter()
    found = cubature(
        integrand, low, high, rule="gk21", rtol=0, atol=TOLERANCE, max_subdivisions=200_000
    )
    return {
        "seconds": time.perf_counter() - start,
        "value": float(found.estimate),
        "reported": float(found.error),
        "status": found.status,
    }


def by_dblquad(name: str) -> dict[str, Any]:
    """JSD by scipy's dblquad."""
    p, q = (make() for make in PLANE[name])
    sides = []
    for density in (p, q):
        means, s = isotropic(density)
        constant = 1 / (len(means) * 2 * math.pi * s * s)
        sides.append((constant, [tuple(map(float, m)) for m in means], -0.5 / (s * s)))

    def integrand(y: float, x: float) -> float:
        a, b = (
            c * sum(math.exp(k * ((x - u) ** 2 + (y - v) ** 2)) for u, v in means)
            for c, means, k in sides
        )
        m = 0.5 * (a + b)
        return 0.5 * (
            (a * math.log(a / m) if a > 0 else 0.0) + (b * math.log(b / m) if b > 0 else 0.0)
        )

    low, high = box_of(p, q)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, reported = dblquad(
            integrand, low[0], high[0], low[1], high[1], epsabs=TOLERANCE, epsrel=0
        )
    return {
        "seconds": time.perf_counter() - start,
        "value": float(value),
        "reported": float(reported),
        "status": "returned",
    }


def _reply(call: Callable[[str], dict[str, Any]], name: str, pipe: Any) -> None:
    pipe.send(call(name))


def patiently(call: Callable[[str], dict[str, Any]], name: str) -> dict[str, Any]:
    """Return what a contender finds, in a process of its own that is ended after PATIENCE."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_reply, args=(call, name, there))
    process.start()
    if here.poll(PATIENCE):
        found: dict[str, Any] = here.recv()
        process.join()
        return found
    process.kill()
    process.join()
    return {"seconds": PATIENCE, "value": math.nan, "reported": math.inf, "status": "stopped"}


def plane(name: str, repeats: int) -> dict[str, Any]:
    """Return the time of one js_divergence in the plane, of cubature and of dblquad."""
    p, q = (make() for make in PLANE[name])
    js_divergence(p, q)
    ours, theirs = [], []
    for _ in range(repeats):
        seconds, founds = timed(lambda: [js_divergence(p, q) for _ in range(AGAIN)])
        found = founds[-1]
        ours.append(seconds / AGAIN)
        theirs.append(patiently(by_cubature, name))
        if theirs[-1]["status"] != "converged":
            break
    slow = patiently(by_dblquad, name)
    mine, other = statistics.median(ours), statistics.median(t["seconds"] for t in theirs)

    def judged(contender: dict[str, Any]) -> str:
        gap = abs(contender["value"] - float(found))
        return f"{contender['status']}, off by {gap:.0e}, reported {contender['reported']:.0e}"

    return {
        "case": name,
        "ours": mine,
        "cubature": other,
        "ratio": other / mine,
        "dblquad": slow["seconds"],
        "ratio to dblquad": slow["seconds"] / mine,
        "cubature found": judged(theirs[-1]),
        "dblquad found": judged(slow),
        "largest reported error": float(found.error),
        "evaluations": found.evaluations,
        "evaluations per digit": found.evaluations / -math.log10(float(found.error)),
        "times the floor": mine / floor_of(found.evaluations, len(p.components) * 2),
    }


# --- the table ------------------------------------------------------------------------------------


def shown(row: dict[str, Any]) -> str:
    """Return one row as lines of text."""
    lines = [row["case"]]
    for key, value in row.items():
        if key == "case":
            continue
        if key in {"ours", "quad", "cubature", "dblquad"}:
            text = f"{value:.3g} s" if value >= 0.1 else f"{value * 1e6:.4g} µs"
        elif isinstance(value, float):
            text = f"{value:.3g}"
        else:
            text = str(value)
        lines.append(f"    {key:<30} {text}")
    return "\n".join(lines)


def main() -> None:
    """Measure all cases, print a table, write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0], allow_abbrev=False)
    parser.add_argument("--json", type=Path, help="write the numbers to this file")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--line-only", action="store_true", help="leave the plane out")
    given = parser.parse_args()
    print(f"scipy {scipy.__version__}, numpy {np.__version__}, {os.cpu_count()} cores")
    print("ours uses one thread a core for batches; times are of one pair\n")
    rows = []
    cases: list[Callable[[], dict[str, Any]]] = [
        *(lambda k=k: line(k, given.repeats) for k in ((1, 1), (1, 2), (2, 2))),
        lambda: one_call(given.repeats),
    ]
    if not given.line_only:
        cases += [lambda n=n: plane(n, given.repeats) for n in PLANE]
    for case in cases:
        rows.append(case())
        print(shown(rows[-1]), flush=True)
    batches = [row for row in rows if "JSDs" in row["case"]]
    overall = sum(r["quad"] for r in batches) / sum(r["ours"] for r in batches)
    print(f"all batches together: {overall:.0f} times the throughput of quad")
    if given.json:
        given.json.write_text(json.dumps({"schema": 1, "rows": rows, "overall": overall}, indent=1))


if __name__ == "__main__":
    sys.exit(main())
