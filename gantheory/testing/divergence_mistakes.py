"""Divergences of arrays and samples by their formulas, and what estimators compute in their place."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from scipy.special import xlogy

from gantheory.testing.tensors import Vector

Divergence = Literal["jsd", "kl", "w1"]
NATS = "divide by log2(e), or take natural logarithms"
KL_DIV = "torch's kl_div(log q, p) is KL(p | q)"
TO_M = "torch's kl_div(log m, p) is KL(p | m)"


def kl(p: Vector, q: Vector) -> float:
    """Σ p log(p / q), with 0 log 0 = 0 and +inf where q = 0 < p."""
    if np.any((q == 0) & (p > 0)):
        return math.inf
    there = p > 0
    return math.fsum(p[there] * np.log(p[there] / q[there]))


def jsd(p: Vector, q: Vector, share: float = 0.5) -> float:
    """share KL(p | m) + (1 - share) KL(q | m), m = share p + (1 - share) q."""
    m = share * p + (1 - share) * q
    return share * kl(p, m) + (1 - share) * kl(q, m)


def w1(p: Vector, q: Vector) -> float:
    """Σ |F - G| on a grid of step 1."""
    return math.fsum(np.abs(np.cumsum(p - q))[:-1])


def w1_samples(x: Vector, y: Vector) -> float:
    """∫ |F - G| of two samples; the mean of |x_(i) - y_(i)| where they have one size."""
    points, gaps = _gaps(x, y)
    return math.fsum(np.abs(gaps) * np.diff(points))


def _gaps(x: Vector, y: Vector) -> tuple[Vector, Vector]:
    """All points in order, and F - G between them."""
    points = np.sort(np.concatenate([x, y]))
    f = np.searchsorted(np.sort(x), points[:-1], side="right") / len(x)
    g = np.searchsorted(np.sort(y), points[:-1], side="right") / len(y)
    return points, f - g


TRUTHS: dict[str, Callable[[Vector, Vector], float]] = {"jsd": jsd, "kl": kl, "w1": w1}
Formula = Callable[[Vector, Vector], float]
Mistake = tuple[str, Formula]


def of_arrays(divergence: Divergence) -> Iterator[Mistake]:
    """Yield what estimators compute in place of a divergence of arrays, and the remedy."""
    truth = TRUTHS[divergence]
    yield from _other_units(divergence, truth)
    for name, formula in _others(divergence):
        yield name, formula
        yield (
            f"{name}; and a mean over the grid in place of a sum",
            lambda p, q, formula=formula: formula(p, q) / len(p),  # type: ignore[misc]
        )
        yield (
            f"{name}; and in bits: {NATS}",
            lambda p, q, formula=formula: formula(p, q) / math.log(2),  # type: ignore[misc]
        )


def _other_units(divergence: Divergence, truth: Formula) -> Iterator[Mistake]:
    """The divergence itself in other units, to another power, times a factor."""
    if divergence != "w1":
        yield f"in bits, of base 2: {NATS}", lambda p, q: truth(p, q) / math.log(2)
        yield (
            f"the square root, in bits: square it, and {NATS}",
            lambda p, q: math.sqrt(truth(p, q) / math.log(2)),
        )
        yield "in units of log 10: take natural logarithms", lambda p, q: truth(p, q) / math.log(10)
    yield "the square root, a distance: square it", lambda p, q: math.sqrt(truth(p, q))
    yield "twice the divergence: halve it", lambda p, q: 2 * truth(p, q)
    yield "half of the divergence: double it", lambda p, q: truth(p, q) / 2
    yield "minus the divergence: change the sign", lambda p, q: -truth(p, q)
    yield "a mean over the grid in place of a sum", lambda p, q: truth(p, q) / len(p)


def _others(divergence: Divergence) -> Iterator[Mistake]:
    """Other divergences and distances."""
    if divergence == "jsd":
        yield from _for_jsd()
    elif divergence == "kl":
        yield from _for_kl()
    else:
        yield from _for_w1()
    yield "Jeffreys' divergence KL(p | q) + KL(q | p)", lambda p, q: kl(p, q) + kl(q, p)
    yield "total variation", lambda p, q: float(abs(p - q).sum()) / 2
    yield "the L1 distance", lambda p, q: float(abs(p - q).sum())
    yield (
        "the squared Hellinger distance",
        lambda p, q: float(((np.sqrt(p) - np.sqrt(q)) ** 2).sum()) / 2,
    )


def _for_kl() -> Iterator[Mistake]:
    yield (f"KL(q | p), the other direction: swap the arguments; {KL_DIV}", lambda p, q: kl(q, p))
    yield "half of Jeffreys' divergence", lambda p, q: (kl(p, q) + kl(q, p)) / 2
    yield "the cross entropy: subtract the entropy of p", lambda p, q: -float(xlogy(p, q).sum())
    yield f"kl_div without a logarithm: {KL_DIV}", lambda p, q: _kl_div(q, p)
    yield f"kl_div without a logarithm, and in the other direction: {KL_DIV}", _kl_div
    yield "JSD: leave out the mixture", jsd


def _for_jsd() -> Iterator[Mistake]:
    yield "KL(p | q): for JSD take both to the mixture", kl
    yield "KL(q | p): for JSD take both to the mixture", lambda p, q: kl(q, p)
    yield (
        "half of Jeffreys' divergence: take both KL to (p + q) / 2",
        lambda p, q: (kl(p, q) + kl(q, p)) / 2,
    )
    yield "KL(p | m) alone: add KL(q | m) and halve the sum", lambda p, q: kl(p, (p + q) / 2)
    yield "KL(q | m) alone: add KL(p | m) and halve the sum", lambda p, q: kl(q, (p + q) / 2)
    yield (
        f"(KL(m | p) + KL(m | q)) / 2, the arguments of kl_div in the other order: {TO_M}",
        lambda p, q: (kl((p + q) / 2, p) + kl((p + q) / 2, q)) / 2,
    )
    yield (
        f"KL(m | p) + KL(m | q), the arguments of kl_div in the other order, and not halved: {TO_M}",
        lambda p, q: kl((p + q) / 2, p) + kl((p + q) / 2, q),
    )
    yield (
        f"kl_div without a logarithm: {TO_M}",
        lambda p, q: (_kl_div((p + q) / 2, p) + _kl_div((p + q) / 2, q)) / 2,
    )
    yield (
        "m = p + q without 1/2: halve the mixture",
        lambda p, q: (kl(p, p + q) + kl(q, p + q)) / 2,
    )
    for share in (0.25, 1 / 3, 0.4, 0.6, 2 / 3, 0.75):
        yield (
            f"a mixture with weights {share:.3g} and {1 - share:.3g}: both are 1/2",
            lambda p, q, share=share: jsd(p, q, share),  # type: ignore[misc]
        )
        yield (
            f"KL to a mixture with weights {share:.3g} and {1 - share:.3g}: both are 1/2",
            lambda p, q, share=share: (
                (  # type: ignore[misc]
                    kl(p, share * p + (1 - share) * q) + kl(q, share * p + (1 - share) * q)
                )
                / 2
            ),
        )


def _for_w1() -> Iterator[Mistake]:
    yield (
        "the distance of the probabilities taken for values: wasserstein_distance(points, points, p, q)",
        w1_samples,
    )
    yield (
        "the energy distance: sum |F - G|, not its square",
        lambda p, q: float((np.cumsum(p - q) ** 2).sum()),
    )
    yield (
        "the grid taken as [0, 1]: its points are 0, 1, ..., k - 1",
        lambda p, q: w1(p, q) / (len(p) - 1),
    )
    yield (
        "a difference of the means: sum |F - G|",
        lambda p, q: abs(float((p - q) @ np.arange(len(p)))),
    )


def _kl_div(given: Vector, target: Vector) -> float:
    """Σ target (log target - given), what torch's kl_div makes of a given that is not a logarithm."""
    return math.fsum(xlogy(target, target) - target * given)


# --- epsilons -------------------------------------------------------------------------------------

SMALL = (*(10.0**-k for k in range(1, 17)), *(float(np.finfo(d).eps) for d in ("f4", "f8")))


def with_epsilon(divergence: Divergence) -> Iterator[Mistake]:
    """Yield JSD and KL as they come out with a small number against log 0 and division by 0."""
    for e in SMALL:
        for where, one in _KL_WITH_EPSILON:
            yield f"an epsilon of {e:.3g} {where}", _through(divergence, one, e)


def _through(
    divergence: Divergence, one: Callable[[Vector, Vector, float], float], e: float
) -> Formula:
    if divergence == "kl":
        return lambda p, q: one(p, q, e)
    return lambda p, q: (one(p, (p + q) / 2, e) + one(q, (p + q) / 2, e)) / 2


_KL_WITH_EPSILON: tuple[tuple[str, Callable[[Vector, Vector, float], float]], ...] = (
    (
        "inside the logarithms, as p log((p + e) / (q + e))",
        lambda p, q, e: math.fsum(p * np.log((p + e) / (q + e))),
    ),
    (
        "added to q, as p log(p / (q + e))",
        lambda p, q, e: math.fsum(xlogy(p, p) - p * np.log(q + e)),
    ),
    ("inside the logarithm, as p log(p / q + e)", lambda p, q, e: math.fsum(p * np.log(p / q + e))),
    ("added to p and q", lambda p, q, e: kl(p + e, q + e)),
    (
        "added to p and q, which are normalised after it",
        lambda p, q, e: kl((p + e) / (p + e).sum(), (q + e) / (q + e).sum()),
    ),
    ("to which p and q are clipped", lambda p, q, e: kl(np.maximum(p, e), np.maximum(q, e))),
    (
        "to which p and q are clipped inside the logarithms",
        lambda p, q, e: math.fsum(p * np.log(np.maximum(p, e) / np.maximum(q, e))),
    ),
)


def _cramer(x: Vector, y: Vector) -> float:
    """∫ (F - G)² of two empirical distributions."""
    points, gaps = _gaps(x, y)
    return math.fsum(gaps**2 * np.diff(points))


def of_transport() -> Iterator[Mistake]:
    """Yield what estimators compute of samples in place of W1, and the remedy."""

    def paired(x: Vector, y: Vector, power: float) -> float:
        if len(x) != len(y):
            return math.nan
        return float(np.mean(abs(np.sort(x) - np.sort(y)) ** power) ** (1 / power))

    yield (
        "the squared energy distance 2 ∫ (F - G)²: integrate |F - G|",
        lambda x, y: 2 * _cramer(x, y),
    )
    yield (
        "the energy distance √(2 ∫ (F - G)²): integrate |F - G|",
        lambda x, y: math.sqrt(2 * _cramer(x, y)),
    )
    yield "W2: take the mean of |x_(i) - y_(i)|, without the square", lambda x, y: paired(x, y, 2)
    yield (
        "W2²: take the mean of |x_(i) - y_(i)|, without the square",
        lambda x, y: paired(x, y, 2) ** 2,
    )
    yield (
        "the largest of |x_(i) - y_(i)|: take the mean",
        lambda x, y: float(np.max(abs(np.sort(x) - np.sort(y)))) if len(x) == len(y) else math.nan,
    )
    yield "the sum of |x_(i) - y_(i)|: take the mean", lambda x, y: len(x) * paired(x, y, 1)
    yield (
        "samples that are not sorted: sort both",
        lambda x, y: float(np.mean(abs(x - y))) if len(x) == len(y) else math.nan,
    )
    yield (
        "the difference of the means: sort, and take |x_(i) - y_(i)|",
        lambda x, y: abs(float(x.mean() - y.mean())),
    )
    yield (
        "only as many points as the smaller sample has: integrate |F - G|",
        lambda x, y: paired(x[: min(len(x), len(y))], y[: min(len(x), len(y))], 1),
    )
