"""JSD in the plane, beside scipy's cubature and dblquad."""

from __future__ import annotations

import math
import multiprocessing
import statistics
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.integrate import cubature, dblquad

from gantheory import grid, js_divergence, ring
from tests.benchmarks.measuring import Clock, duration, floor_of, timed

AGAIN = 10  # calls of ours in each repeat: one mostly measures how cores and caches wake up
PATIENCE = 120.0  # seconds that a contender may take

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
    start = Clock.now()
    found = cubature(
        integrand, low, high, rule="gk21", rtol=0, atol=TOLERANCE, max_subdivisions=200_000
    )
    return {
        "seconds": Clock.now() - start,
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
    start = Clock.now()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value, reported = dblquad(
            integrand, low[0], high[0], low[1], high[1], epsabs=TOLERANCE, epsrel=0
        )
    return {
        "seconds": Clock.now() - start,
        "value": float(value),
        "reported": float(reported),
        "status": "returned",
    }


def _reply(call: Callable[[str], dict[str, Any]], name: str, pipe: Any, now: Any) -> None:
    Clock.now = staticmethod(now)
    pipe.send(call(name))


def patiently(call: Callable[[str], dict[str, Any]], name: str) -> dict[str, Any]:
    """Return what a contender finds, in a process of its own that is ended after PATIENCE."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_reply, args=(call, name, there, Clock.now))
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

    floor = floor_of(p, q, np.random.default_rng(0).uniform(-2, 2, (4096, 2)), found.evaluations)
    return {
        "ours": mine,
        "cubature": other,
        "ratio": other / mine,
        "dblquad": slow["seconds"],
        "ratio to dblquad": slow["seconds"] / mine,
        "cubature found": judged(theirs[-1]),
        "dblquad found": judged(slow),
        "largest error": float(found.error),
        "evaluations": found.evaluations,
        "floor": floor,
    }


def line_of(row: dict[str, Any]) -> str:
    """Return one row as lines of text."""
    times = {"ours", "cubature", "dblquad", "floor"}
    lines = [row["case"]]
    for key, value in row.items():
        if key != "case":
            text = format(value, ".3g") if isinstance(value, float) else str(value)
            lines.append(f"    {key:<20}{duration(value) if key in times else text}")
    return "\n".join(lines)
