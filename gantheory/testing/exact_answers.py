"""Estimators of divergences where the answer is exact: arrays of probabilities, and W1 of samples."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.testing.divergence_mistakes import (
    TRUTHS,
    Divergence,
    Formula,
    Mistake,
    w1_samples,
    with_epsilon,
)
from gantheory.testing.sample_bias import NAMES
from gantheory.testing.tensors import Array, Vector, as_numpy

Unnormalised = Literal["refused", "renormalised", "as is"]
Pair = tuple[str, Vector, Vector, float]
EXACT = 1e-9  # the relative error that an exact answer may have, unless another one is stated


@dataclass(frozen=True)
class Estimator:
    """An estimator of theirs, as a function of numpy arrays that returns a float."""

    function: Callable[[Any, Any], Any]
    divergence: Divergence
    array: Callable[[Array], Any]

    def raw(self, p: Array, q: Array) -> float:
        """Let through whatever it raises."""
        with np.errstate(all="ignore"):
            value = as_numpy(
                self.function(self.array(p.copy()), self.array(q.copy())), "the estimate"
            )
        if value.size != 1:
            raise ValueError(
                f"the estimator returned an array of shape {value.shape} for inputs of shape {p.shape}: "
                "return one number; a sum over the grid may be missing"
            )
        return float(value.reshape(()))

    def __call__(self, p: Array, q: Array) -> float:
        """The estimate, with a sentence where proper input is refused."""
        try:
            return self.raw(p, q)
        except ValueError as problem:
            raise ValueError(
                f"the estimator refused {in_words(p)} and {in_words(q)} ({problem}): these are proper "
                "inputs; give inputs='samples' if it takes samples, array if its arrays are not numpy's"
            ) from problem


# --- arrays, and samples with an exact answer -----------------------------------------------------


def array_pairs(divergence: Divergence, rng: np.random.Generator) -> Iterator[Pair]:
    """Yield what p and q are like, both, and the truth."""
    truth = TRUTHS[divergence]
    for k in (2, 5, 64):
        for said in ("positive", "positive, peaked"):
            p, q = rng.dirichlet(np.full(k, 1.0 if said == "positive" else 0.3) + 0.05, 2)
            p, q = ((one + 1e-3) / (one + 1e-3).sum() for one in (p, q))
            yield said, p, q, truth(p, q)
            yield "swapped", q, p, truth(q, p)
        yield "p = q", p, p, 0.0
    thirds, halves = np.array([1, 1, 1, 0]) / 3, np.array([0, 0.25, 0.25, 0.5])
    whole, point = np.array([0.25, 0.25, 0.25, 0.25]), np.array([0.0, 1.0, 0.0, 0.0])
    yield "p = 0 where q is not", point, whole, truth(point, whole)
    yield "q = 0 where p is not", whole, point, truth(whole, point)
    yield "zeros in both", thirds, halves, truth(thirds, halves)
    yield "p = q with zeros", thirds, thirds, 0.0
    left, right = np.array([0.5, 0.5, 0.0, 0.0]), np.array([0.0, 0.0, 0.25, 0.75])
    yield "disjoint", left, right, truth(left, right)


def transport_pairs(rng: np.random.Generator) -> Iterator[Pair]:
    """Yield what samples x and y are like, both, and W1 of them."""
    for n, m in ((1, 1), (50, 50), (40, 70), (64, 17)):
        x, y = rng.normal(size=n), 0.5 + 2 * rng.normal(size=m)
        said = f"samples of {n} and {m} points"
        yield said, x, y, w1_samples(x, y)
        yield f"{said}, swapped", y, x, w1_samples(x, y)
        yield f"{said}, both moved by 3", x + 3, y + 3, w1_samples(x, y)
        yield f"{said}, both doubled", 2 * x, 2 * y, 2 * w1_samples(x, y)
    yield "one sample twice, in another order", x, x[::-1].copy(), 0.0
    yield "samples far from each other", x, x + 10, 10.0


@dataclass(frozen=True)
class ExactAnswer:
    """An estimator, and the relative error that it may have where the answer is exact."""

    call: Estimator
    tolerance: float

    def judge(self, pairs: Iterable[Pair], mistakes: Sequence[Mistake]) -> float:
        """Compare with exact truths; return the largest error."""
        kept, worst, wrong = [], 0.0, None
        for pair in pairs:
            try:
                found = self.call(*pair[1:3])
            except ValueError:
                if wrong is not None:
                    break
                if len(pair[1]) != len(pair[2]):  # an estimator may be for samples of one size
                    continue
                raise
            error = _relative(found, pair[3])
            kept.append((pair, found))
            if wrong is None and not error <= self.tolerance:
                wrong = pair, found
            worst = max(worst, error)
        if wrong is None:
            return worst
        (said, p, q, truth), found = wrong
        name = NAMES[self.call.divergence]
        diagnosis = _Diagnosis(self.call, kept, self.tolerance)
        raise AssertionError(
            f"for {said}, p = {in_words(p)}, q = {in_words(q)}, the estimator returns {found:.9g}, but "
            f"{name} is {truth:.9g}{diagnosis.words(mistakes)}"
        )

    def unnormalised(self, promised: Unnormalised | None) -> Unnormalised:
        """Find out what becomes of arrays that do not sum to 1."""
        p, q = np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.5, 0.25])
        truth = TRUTHS[self.call.divergence](p, q)
        done: set[Unnormalised] = set()
        for a, b in ((2.0, 2.0), (2.0, 1.0), (1.0, 3.0)):
            try:
                found = self.call.raw(a * p, b * q)
            except Exception:  # any refusal will do
                found = math.nan
            refused = math.isnan(found)
            same = _relative(found, truth) <= self.tolerance
            done.add("refused" if refused else "renormalised" if same else "as is")
        seen: Unnormalised = "as is" if "as is" in done else max(done)
        if seen == promised or (promised is None and seen != "renormalised"):
            return seen
        does = {
            "refused": "it refuses them",
            "renormalised": "it normalises them silently, and a forgotten 1 / sum is never seen",
            "as is": "it takes them as they are, and returns a number that is not a divergence",
        }[seen]
        raise AssertionError(
            f"arrays that do not sum to 1, as p = {in_words(2 * p)}: {does}. Raise ValueError, or "
            f"document it and write unnormalised={seen!r}"
        )


def _distance(found: float, truth: float) -> float:
    """|found - truth|; |found| where the truth alone is infinite; nan only where found is nan."""
    if found == truth:
        return 0.0
    return abs(found - truth) if math.isfinite(truth) else abs(found)


def _relative(found: float, truth: float) -> float:
    """|found - truth|, relative to the truth if that is above 0; nan only where found is nan."""
    if found == truth:
        return 0.0
    return abs(found - truth) / (truth if 0 < truth < math.inf else 1.0)


@dataclass(frozen=True)
class _Diagnosis:
    """All pairs with what was returned for each, and the mistake that explains it."""

    call: Estimator
    kept: Sequence[tuple[Pair, float]]
    tolerance: float

    def words(self, mistakes: Sequence[Mistake]) -> str:
        """The mistake, as the end of a sentence; nothing where none is recognised."""
        with np.errstate(all="ignore"):
            return (
                self.constant()
                or self.epsilon()
                or self.zeros()
                or self.mistake(mistakes)
                or self.rounding()
                or self.factor()
                or self.ignores_order()
            )

    def constant(self) -> str:
        """The same number for all pairs."""
        everything = {found for _, found in self.kept}
        if len(everything) > 1 or len(self.kept) < 4:
            return ""
        return f". It returns {everything.pop():.6g} whatever it is given"

    def zeros(self) -> str:
        """What is wrong only where an entry is 0."""
        if all(_relative(found, truth) <= self.tolerance for *_, found, truth in self.plain()):
            return (
                ": where no entry of p and q is 0 it is right; take 0 log 0 = 0, and log(p / 0) = inf "
                "where p > 0"
            )
        return ""

    def plain(self) -> list[tuple[Vector, Vector, float, float]]:
        """p, q, found and truth of the pairs without zeros, where the truth is positive."""
        return [
            (p, q, found, truth)
            for (_, p, q, truth), found in self.kept
            if 0 < truth < math.inf and p.all() and q.all()
        ]

    def mistake(self, mistakes: Sequence[Mistake]) -> str:
        """A formula that gives all that was returned."""
        for name, value in mistakes:
            if all(
                abs(value(p, q) - found) <= 1e-7 * abs(found) for p, q, found, _ in self.plain()
            ):
                return f". It is {name}"
        return ""

    def epsilon(self) -> str:
        """A small number inside the logarithms or beside them."""
        divergence = self.call.divergence
        if divergence == "w1":
            return ""
        off = [pair for pair, found in self.kept if _distance(found, pair[3]) > EXACT]
        for name, value in with_epsilon(divergence):
            if off and all(self.explains(value, pair, found) for pair, found in self.kept):
                return (
                    f". It is {NAMES[divergence]} with {name}: leave it out, and take "
                    "scipy.special.rel_entr or xlogy, for which 0 log 0 = 0"
                )
        return ""

    def explains(self, value: Formula, pair: Pair, found: float) -> bool:
        """Whether a formula gives what was returned, to a thousandth of its distance to the truth."""
        _, p, q, truth = pair
        given = value(p, q)
        if given == found or (math.isnan(given) and math.isnan(found)):
            return True
        return abs(given - found) <= 1e-3 * _distance(found, truth) + 1e-12

    def rounding(self) -> str:
        """Small errors: those of float32, or of something that has no name here."""
        errors = [_relative(found, truth) for *_, found, truth in self.plain()]
        largest = max(errors)
        if largest <= 1e-4 and all(found == np.float32(found) for *_, found, _ in self.plain()):
            return f". It computes in float32: take float64, or state tolerance={10 * largest:.0e}"
        if largest <= 0.05:
            return (
                f". The largest relative error is {largest:.1g}: look for an epsilon in a logarithm or "
                "a quotient, or for rounding"
            )
        return ""

    def factor(self) -> str:
        """A factor that all have in common."""
        ratios = [found / truth for *_, found, truth in self.plain()]
        if np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
            return f". It is {ratios[0]:.6g} times what it should be"
        return ""

    def ignores_order(self) -> str:
        """Whether the entries of p may be put in another order, as those of a sample."""
        p, q, found, _ = self.plain()[-1]
        if (
            len(p) < 64
            or (p < 0).any()
            or not abs(self.call(np.roll(p, 7), q) - found) <= 1e-9 * abs(found)
        ):
            return ""
        return (
            ". It does not see which entries of p and q belong together, as if they were samples: give "
            "inputs='samples' if it is for these"
        )


def hides_nan(call: Estimator) -> bool:
    """Whether a nan among the probabilities gives a number all the same."""
    try:
        found = call.raw(np.array([0.5, np.nan, 0.5]), np.array([0.25, 0.5, 0.25]))
    except Exception:  # any refusal will do
        return False
    return not math.isnan(found)


def in_words(p: Array) -> str:
    """Write a short array whole, and a long one by its ends."""
    if p.size <= 6:
        return f"[{', '.join(f'{v:.4g}' for v in p)}]"
    return f"[{p[0]:.4g}, {p[1]:.4g}, ..., {p[-1]:.4g}] of {p.size}"
