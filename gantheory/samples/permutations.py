"""Tests of p = q that are exact for every number of samples: who came from where is shuffled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.arrays import EPS, FloatArray
from gantheory.errors import brief
from gantheory.samples.mean_embeddings import distances, gaussian, ldexp, refuse_work
from gantheory.samples.sample_points import pair_of_samples

AT_ONCE = 256  # permutations


@dataclass(frozen=True)
class PermutationTest:
    """p = (1 + exceeding)/(1 + permutations): if p = q, such a p or a smaller one has chance p at most.

    It says how surprising the samples are where nothing differs, not how much differs, nor how probable
    p = q is. It is no estimate and no number: it has no arithmetic.

    Attributes
    ----------
    name:
        "energy" or "MMD".
    statistic:
        Of the samples as they are: the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| in their unit,
        or MMD², over all pairs.
    exceeding, permutations:
        How many permutations of x and y together have no smaller statistic, of how many.
    """

    name: str
    statistic: float
    exceeding: int
    permutations: int

    @property
    def pvalue(self) -> float:
        """(1 + exceeding)/(1 + permutations)."""
        return (1 + self.exceeding) / (1 + self.permutations)

    def __str__(self) -> str:
        share = f"{1 + self.exceeding}/{1 + self.permutations}"
        return f"{self.name} test: p = {share}, statistic {self.statistic:.4g}"

    def __repr__(self) -> str:
        return f"<PermutationTest {self}>"


def energy_test(
    x: Any, y: Any, *, rng: np.random.Generator, permutations: int = 999
) -> PermutationTest:
    """Whether p = q, by the energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'|.

    Parameters
    ----------
    x, y:
        Shapes (n,) and (m,), or (n, d) and (m, d): samples of p and of q, all of them independent, at
        least 8 each; arrays, lists or tensors. It is enough that all are exchangeable if p = q.
    rng:
        Draws the permutations; its seed decides the result.
    permutations:
        No p-value is smaller than 1/(1 + permutations).

    Raises
    ------
    TypeError, ValueError
        If x or y cannot be samples, or are too many.

    Notes
    -----
    Source: Székely and Rizzo (2004); Phipson and Smyth (2010) for counting the samples themselves.
    """
    x, y = pair_of_samples(x, y)
    rng = _generator(rng, permutations)
    refuse_work(x, y, permutations)
    points = np.concatenate([x, y])
    exponent = int(np.frexp(np.abs(points).max())[1])
    unit = distances(points, points, exponent)
    statistic, exceeding = _shuffled(-unit, len(x), rng, permutations)
    return PermutationTest("energy", float(ldexp(statistic, exponent)), exceeding, permutations)


def mmd_test(
    x: Any,
    y: Any,
    *,
    rng: np.random.Generator,
    bandwidth: float | None = None,
    permutations: int = 999,
) -> PermutationTest:
    """Whether p = q, by MMD² with the kernel exp(-|x - y|²/(2 h²)).

    Parameters
    ----------
    x, y, rng, permutations:
        As for `energy_test`.
    bandwidth:
        h > 0; the median distance of all pairs by default, which does not depend on which sample is
        whose, so that the test stays exact.

    Raises
    ------
    TypeError, ValueError
        As there; or if the bandwidth is not positive, or not given where most samples coincide.

    Notes
    -----
    Source: Gretton et al. (2012), equation 5; Phipson and Smyth (2010) as for `energy_test`.
    """
    x, y = pair_of_samples(x, y)
    rng = _generator(rng, permutations)
    refuse_work(x, y, permutations)
    points = np.concatenate([x, y])
    width = _median_distance(points) if bandwidth is None else bandwidth
    found = _shuffled(gaussian(points, points, width), len(x), rng, permutations)
    return PermutationTest("MMD", *found, permutations)


def _shuffled(
    similarity: FloatArray, count: int, rng: np.random.Generator, permutations: int
) -> tuple[float, int]:
    """Return s'As for s = (1/n for x, -1/m for y), and how many permutations of s have no less.

    What rounding may have made smaller counts as no less, so that p is never too small.
    """
    whole = len(similarity)
    weights = np.full(whole, -1 / (whole - count))
    weights[:count] = 1 / count
    statistic = float(weights @ similarity @ weights)
    slack = 8 * whole * EPS * float(np.abs(similarity).max())
    exceeding = 0
    for done in range(0, permutations, AT_ONCE):
        rows = np.tile(weights, (min(AT_ONCE, permutations - done), 1))
        rows = rng.permuted(rows, axis=1)
        shuffled = np.einsum("bi,bi->b", rows @ similarity, rows)
        exceeding += int(np.sum(shuffled >= statistic - slack))
    return statistic, exceeding


def _median_distance(points: FloatArray) -> float:
    """Return the median of |x - x'| over all pairs."""
    exponent = int(np.frexp(np.abs(points).max())[1])
    pairs = distances(points, points, exponent)[np.triu_indices(len(points), 1)]
    median = float(ldexp(np.median(pairs), exponent))
    if not 0 < median < np.inf:
        raise ValueError(f"the median distance of all samples is {median}: give bandwidth=")
    return median


def _generator(rng: Any, permutations: Any) -> np.random.Generator:
    if not isinstance(rng, np.random.Generator):
        raise TypeError(
            f"rng={brief(rng)}: give a generator of random numbers, np.random.default_rng(0)"
        )
    if isinstance(permutations, bool) or not isinstance(permutations, int) or permutations < 1:
        raise ValueError(f"permutations={brief(permutations)}: give a positive int, such as 999")
    return rng
