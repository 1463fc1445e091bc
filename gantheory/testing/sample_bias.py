"""Estimators of JSD and KL from samples: their bias over pairs of many shapes, and what it shows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from gantheory.testing.sample_pairs import MULTIPLES, SamplePair, rivals, sample_pairs
from gantheory.testing.tensors import Array

NAMES = {"jsd": "JSD", "kl": "KL(p | q)", "w1": "W1"}
UNEVEN, FEWEST = 8, 50  # of two sizes: how many times as many points, and the fewest that are tried
FAR = 8.0  # a sample of N(0, 1) that is moved so far does not overlap with itself
Call = Callable[[Array, Array], float]


@dataclass(frozen=True)
class Bias:
    """An estimator's mean over repeated samples of n and m points, with its 95 % confidence interval."""

    pair: str
    n: int
    m: int
    truth: float
    mean: float
    low: float
    high: float

    @property
    def bias(self) -> float:
        """The mean less the truth."""
        return self.mean - self.truth

    @property
    def half(self) -> float:
        """Half of the width of the confidence interval."""
        return (self.high - self.low) / 2


def measured(
    call: Call,
    pair: SamplePair,
    truth: float,
    sizes: tuple[int, int],
    repeats: int,
    rng: np.random.Generator,
) -> Bias:
    """The bias for one pair and one size of each sample."""
    n, m = sizes
    found = [call(pair.p.sample(n, rng), pair.q.sample(m, rng)) for _ in range(repeats)]
    if not np.isfinite(found).all():
        bad = next(value for value in found if not math.isfinite(value))
        raise AssertionError(
            f"for {_points(n, m)} of {pair.name} the estimator returns {bad}, but the divergence is "
            f"{truth:.6g}: empty bins and densities that underflow need a rule"
        )
    mean = float(np.mean(found))
    half = float(stdtrit(repeats - 1, 0.975) * np.std(found, ddof=1) / math.sqrt(repeats))
    return Bias(pair.name, n, m, truth, mean, mean - half, mean + half)


def require_sizes(sizes: Sequence[int], repeats: int) -> None:
    """Refuse what cannot give a mean and an interval."""
    if repeats < 2 or not sizes or min(sizes) < 2:
        raise ValueError(f"sizes={sizes!r}, repeats={repeats!r}: give numbers of 2 at least")


def judge_samples(
    call: Call,
    divergence: str,
    *,
    sizes: Sequence[int],
    repeats: int,
    tolerance: float,
    rng: np.random.Generator,
) -> tuple[tuple[Bias, ...], tuple[str, ...]]:
    """Measure all biases, and refuse those that are too large at the largest size.

    Returns the biases, and sentences on what would not have been noticed.
    """
    require_sizes(sizes, repeats)
    pairs = sample_pairs(divergence)
    truths = [pair.jsd if divergence == "jsd" else pair.kl for pair in pairs]
    biases = [
        measured(call, pair, truth, (n, n), repeats, rng)
        for pair, truth in zip(pairs, truths, strict=True)
        for n in sorted(sizes)
    ]
    case = _Case(call, divergence, tolerance, pairs, tuple(biases), rng)
    case.judge()
    n, m = max(sizes), max(sizes) // UNEVEN
    if m < FEWEST:
        return case.biases, (
            *case.unseen(),
            "Samples of different sizes: they were too small for it.",
        )
    try:
        uneven = measured(call, pairs[-1], truths[-1], (n, m), repeats, rng)
    except AssertionError:
        raise
    except Exception as problem:  # an estimator may be for samples of one size
        refused = f"Samples of different sizes: the estimator refuses them ({problem})."
        return case.biases, (*case.unseen(), refused)
    case.judge_uneven(uneven)
    return (*case.biases, uneven), case.unseen()


@dataclass(frozen=True)
class _Case:
    """An estimator, its biases, and what they show."""

    call: Call
    divergence: str
    tolerance: float
    pairs: tuple[SamplePair, ...]
    biases: tuple[Bias, ...]
    rng: np.random.Generator

    def last(self) -> list[Bias]:
        """The biases at the largest size."""
        n = max(one.n for one in self.biases)
        return [one for one in self.biases if one.n == n]

    def allowed(self, value: float, n: int) -> float:
        """What a mean may be off: a share of the value, and what good estimators are off at n."""
        return self.tolerance * abs(value) + 1 / math.sqrt(n)

    def score(self, one: Bias, value: float) -> float:
        """How far a mean is from a value, in units of what it may be off."""
        return abs(one.mean - value) / (self.allowed(value, min(one.n, one.m)) + one.half)

    # --- verdicts ---------------------------------------------------------------------------------

    def judge(self) -> None:
        """Refuse an estimator that is far from the truth at the largest size."""
        worst = max(self.last(), key=lambda one: self.score(one, one.truth))
        if not self.score(worst, worst.truth) <= 1:
            raise AssertionError(f"{self.sentence(worst)}{self.diagnosis(worst)}")

    def judge_uneven(self, one: Bias) -> None:
        """Refuse an estimator that is right only where both samples have one size."""
        if self.score(one, one.truth) <= 1:
            return
        share = one.n / (one.n + one.m)
        pooled = {
            "KL to the pooled sample: give each sample half of the mixture's weight, or take as many "
            "points of each": -math.log(share * (1 - share)) / 2,
            "JSD with the sizes as weights: both weights are 1/2": (
                -share * math.log(share) - (1 - share) * math.log1p(-share)
            ),
        }
        near = [name for name, value in pooled.items() if self.score(one, value) <= 1]
        said = f". It is near {near[0]}" if near and self.divergence == "jsd" else ""
        raise AssertionError(
            f"{self.sentence(one)}, though for samples of one size it is right{said}"
        )

    def sentence(self, one: Bias) -> str:
        """What is returned, and what should be."""
        off = self.allowed(one.truth, min(one.n, one.m))
        return (
            f"for {_points(one.n, one.m)} of {one.pair} the estimator returns {one.mean:.4g} on average "
            f"({one.low:.4g} to {one.high:.4g}), but {NAMES[self.divergence]} is {one.truth:.4g}, "
            f"give or take {off:.2g}"
        )

    # --- diagnosis --------------------------------------------------------------------------------

    def diagnosis(self, worst: Bias) -> str:
        """What the estimator does instead, as far as its numbers show it."""
        return self.few_values() or self.ignores_place() or self.instead() or self.trend(worst)

    def few_values(self) -> str:
        """Constants and thresholds: no mean varies, and there are few of them."""
        last = self.last()
        values = sorted({round(one.mean, 9) for one in last})
        if len(values) > 3 or max(one.half for one in last) > 1e-9:
            return ""
        if len(values) == 1:
            return f". It returns {values[0]:.4g} whatever it is given"
        said = " or ".join(f"{value:.4g}" for value in values)
        return f". It returns {said} and nothing between: a threshold is not an estimate"

    def ignores_place(self) -> str:
        """Whether a sample against itself is the same as against itself moved far away."""
        x = self.pairs[0].p.sample(max(one.n for one in self.biases), self.rng)
        here, there = self.call(x, x), self.call(x, x + FAR)
        if not abs(there - here) <= 0.05:
            return ""
        return (
            f". It gives {here:.4g} for a sample and itself, and {there:.4g} for a sample and the same "
            f"one moved by {FAR:g}: it does not see where the samples lie; histograms of both need the "
            "same edges"
        )

    def instead(self) -> str:
        """What comes nearest to all means, if it would pass as the truth has to."""
        found = [self.factor(), self.offset()]
        found += [(self.distance(values), name) for name, values in rivals(self.divergence).items()]
        score, name = min(found)
        return f". It is near {name}" if score <= 1 else ""

    def factor(self) -> tuple[float, str]:
        """A factor that all pairs have in common."""
        last = self.last()
        truths, means = (np.array([getattr(one, key) for one in last]) for key in ("truth", "mean"))
        factor = float(means @ truths / (truths @ truths))
        score = max(self.score(one, factor * one.truth) for one in last)
        for multiple, name in MULTIPLES.items():
            if abs(factor - multiple) <= 0.05 * abs(multiple):
                return score, name
        return (score if abs(factor) >= 0.1 else math.inf), f"{factor:.3g} times the divergence"

    def offset(self) -> tuple[float, str]:
        """An error that all pairs have in common."""
        shift = float(np.mean([one.bias for one in self.last()]))
        score = max(self.score(one, one.truth + shift) for one in self.last())
        pooled = ", as with few neighbours, or where each point counts as its own one"
        return score, f"the divergence {shift:+.2g}{pooled if shift < 0 else ''}"

    def distance(self, values: Sequence[float]) -> float:
        """The largest score of another functional, over the pairs that differ and where it is finite."""
        scores = [
            self.score(one, value)
            for one, value in zip(self.last(), values, strict=True)
            if one.truth and math.isfinite(value)
        ]
        return max(scores) if len(scores) >= 3 else math.inf

    def trend(self, worst: Bias) -> str:
        """How the error changes with n, and what to do where it is an honest one."""
        row = [one for one in self.biases if one.pair == worst.pair]
        errors = ", ".join(f"{one.bias:+.2g} at {one.n}" for one in row)
        if not abs(row[-1].bias) <= 0.9 * abs(row[0].bias):
            return f". Its error does not vanish with n ({errors})"
        needed = max(_needed(one) for one in self.last())
        stated = f", or state tolerance={math.ceil(20 * needed) / 20:g}" if needed < 0.6 else ""
        return (
            f". Its error shrinks slowly with n ({errors}): finer bins, a smaller bandwidth, more points"
            f"{stated}"
        )

    # --- what would not have been noticed ---------------------------------------------------------

    def unseen(self) -> tuple[str, ...]:
        """Sentences on what this call cannot tell apart."""
        n = max(one.n for one in self.biases)
        name = NAMES[self.divergence]
        alike = [
            other for other, values in rivals(self.divergence).items() if self.alike(values, n)
        ]
        said = f", such as {' and '.join(alike)}" if alike else ""
        return (
            f"What differs from {name} by less than {self.tolerance:g} times {name} and "
            f"{1 / math.sqrt(n):.2g}{said}: state a smaller tolerance, larger sizes.",
            "Other scales: the samples lie within [-10, 10], in structures of width 0.6 and more; "
            "edges or bandwidths that are fixed may fail elsewhere, as may heavy tails and several "
            "columns.",
        )

    def alike(self, values: Sequence[float], n: int) -> bool:
        """Whether another functional would have passed, were it estimated without error."""
        return all(
            abs(value - one.truth) <= self.allowed(one.truth, n) + one.half
            for one, value in zip(self.last(), values, strict=True)
        )


def _needed(one: Bias) -> float:
    """The tolerance with which this bias would pass."""
    excess = max(0.0, abs(one.bias) - one.half - 1 / math.sqrt(one.n))
    if not excess:
        return 0.0
    return excess / one.truth if one.truth else math.inf


def _points(n: int, m: int) -> str:
    return f"{n} points each" if n == m else f"{n} and {m} points"
