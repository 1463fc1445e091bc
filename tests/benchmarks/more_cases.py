"""What one table of families does not show: nearly equal mixtures, many components, single calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.stats as st

from gantheory import Mixture, Normal, as_density, js_divergence
from tests.benchmarks.line_cells import DIVERGENCES
from tests.benchmarks.measuring import duration, in_turns, known, large_enough, timed

SHIFTS = [0.3, 0.1, 0.03, 0.01, 1e-3, 1e-4, 1e-6]
NEAR_LIMIT = 3.0  # times the separate ones
COMPONENTS, MANY_PAIRS, MANY_LIMIT = 25, 1_000, 300e-6

Case = tuple[str, Callable[[], dict[str, Any]]]


def mixtures(count: int, parts: int, rng: np.random.Generator) -> Any:
    """Return a batch of mixtures of normals: |loc| <= 5, scales from 0.3 to 3."""
    components = [
        Normal(rng.uniform(-5, 5, count), np.exp(rng.uniform(-1.2, 1.1, count)))
        for _ in range(parts)
    ]
    return Mixture(components, rng.dirichlet(np.ones(parts), count))


def moved(batch: Any, shift: float, rng: np.random.Generator) -> Any:
    """Return the same mixtures, each component moved by so many of its deviations."""
    parts = [
        Normal(c.loc + shift * c.scale * rng.choice([-1.0, 1.0], c.loc.shape), c.scale)
        for c in batch.components
    ]
    return Mixture(parts, batch.weights)


def near(shift: float, seed: int, repeats: int) -> dict[str, Any]:
    """JSD of mixtures of 2 that differ by a shift, beside separate ones."""

    def pairs(count: int) -> tuple[Any, Any, Any]:
        rng = np.random.default_rng([seed, 2])
        p, apart = mixtures(count, 2, rng), mixtures(count, 2, rng)
        return p, moved(p, shift, rng), apart

    count = large_enough(lambda n: timed(lambda: known(js_divergence, *pairs(n)[:2]))[0], 10_000)
    p, q, apart = pairs(count)
    close, separate = in_turns(
        [lambda _: known(js_divergence, p, q), lambda _: known(js_divergence, p, apart)], repeats
    )
    found = known(js_divergence, p, q)
    return {
        "ours": close / count,
        "measure": close / separate,
        "limit": NEAR_LIMIT,
        "unit": "times the separate ones",
        "largest error": float(np.max(found.error / found.value)),
    }


def many(seed: int, repeats: int) -> dict[str, Any]:
    """JSD of pairs of mixtures of 25."""
    rng = np.random.default_rng([seed, COMPONENTS])
    p, q = (mixtures(MANY_PAIRS, COMPONENTS, rng) for _ in range(2))
    [seconds] = in_turns([lambda _: known(js_divergence, p, q)], repeats)
    found = known(js_divergence, p, q)
    each = seconds / MANY_PAIRS
    return {
        "ours": each,
        "measure": each * 1e6,
        "limit": MANY_LIMIT * 1e6,
        "unit": "µs",
        "largest error": float(np.max(found.error)),
    }


FROZEN = {
    "gamma": (st.gamma(2.5), st.gamma(3.0, scale=1.1)),
    "lognorm": (st.lognorm(0.5), st.lognorm(0.6, scale=1.2)),
    "t": (st.t(5), st.t(4, loc=0.5)),
    "logistic": (st.logistic(), st.logistic(0.3, 1.2)),
    "weibull_min": (st.weibull_min(1.5), st.weibull_min(1.5, scale=1.2)),
}
NORMAL_LIMITS = dict.fromkeys(DIVERGENCES, 1.0) | {"JSD": 0.3, "KL": 0.3}
FROZEN_LIMITS = {"JSD": 5.0, "KL": 5.0, "H²": 5.0, "TV": 25.0, "χ²": 25.0}


def single(divergence: str, p: Any, q: Any, limit: float, repeats: int) -> dict[str, Any]:
    """One call for one pair, in milliseconds."""
    call = DIVERGENCES[divergence]
    known(call, p, q)
    calls = large_enough(lambda n: timed(lambda: [known(call, p, q) for _ in range(n)])[0], 200)
    [seconds] = in_turns([lambda _: [known(call, p, q) for _ in range(calls)]], repeats)
    found = known(call, p, q)
    return {
        "ours": seconds / calls,
        "measure": seconds / calls * 1e3,
        "limit": limit,
        "unit": "ms",
        "largest error": float(found.error),
    }


def cases(seed: int, repeats: int) -> Iterator[Case]:
    """Yield the name of every case and what measures it."""
    for shift in SHIFTS:
        yield f"near: JSD, mixtures of 2 moved by {shift:g}", lambda s=shift: near(s, seed, repeats)
    yield f"many: JSD, mixtures of {COMPONENTS}", lambda: many(seed, repeats)
    normals = Normal(0, 1), Normal(1, 1.2)
    for name, limit in NORMAL_LIMITS.items():
        yield f"single: {name}, normals", lambda n=name, t=limit: single(n, *normals, t, repeats)
    for family, pair in FROZEN.items():
        p, q = map(as_density, pair)
        for name, limit in FROZEN_LIMITS.items():
            yield (
                f"single: {name}, scipy's {family}",
                lambda n=name, t=limit, p=p, q=q: single(n, p, q, t, repeats),
            )


def line_of(row: dict[str, Any]) -> str:
    """Return one row of the table; what is beyond its limit is marked."""
    above = f"  > {row['limit']:g}" if beyond_limit(row) else ""
    return (
        f"{row['case']:46}{duration(row['ours']):>9}{row['measure']:9.3g} {row['unit']:24}"
        f"{row['largest error']:9.0e}{above}"
    )


def beyond_limit(row: dict[str, Any]) -> bool:
    """Return whether a case takes longer than it should."""
    return not row["measure"] <= row["limit"]
