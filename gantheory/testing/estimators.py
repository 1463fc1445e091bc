"""Divergence estimators of anybody's code, compared with the divergence that they should be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.special import stdtrit

from gantheory.densities import Normal, Uniform
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.testing.divergence_mistakes import (
    TRUTHS,
    Divergence,
    Mistake,
    of_arrays,
    of_transport,
    w1_samples,
)
from gantheory.testing.tensors import Array, Vector, as_numpy

Inputs = Literal["arrays", "samples"]
Unnormalised = Literal["refused", "renormalised", "as is"]
RTOL = 1e-9
Pair = tuple[str, Vector, Vector, float]
NAMES = {"jsd": "JSD", "kl": "KL(p | q)", "w1": "W1"}


@dataclass(frozen=True)
class Bias:
    """An estimator's mean over repeated samples of n points, with its 95 % confidence interval."""

    pair: str
    n: int
    truth: float
    mean: float
    low: float
    high: float

    @property
    def bias(self) -> float:
        """The mean less the truth."""
        return self.mean - self.truth


@dataclass(frozen=True)
class DivergenceReport:
    """What an estimator was seen to do.

    Attributes
    ----------
    divergence, inputs:
        As they were given.
    largest_error:
        Of all exact comparisons, relative to the truth where that is not 0.
    unnormalised:
        What becomes of arrays that do not sum to 1: "refused", "renormalised", "as is"; None for
        samples.
    hides_nan:
        Whether a nan in p gives a number all the same, as where a mask p > 0 drops it; None for samples.
    biases:
        For samples: one `Bias` for each pair and each n, in nats or in the unit of x.
    """

    divergence: Divergence
    inputs: Inputs
    largest_error: float
    unnormalised: Unnormalised | None
    hides_nan: bool | None = None
    biases: tuple[Bias, ...] = ()


def assert_divergence(
    estimator: Callable[[Any, Any], Any],
    divergence: Divergence = "jsd",
    *,
    inputs: Inputs = "arrays",
    unnormalised: Unnormalised | None = None,
    sizes: Sequence[int] = (100, 400, 1600),
    repeats: int = 20,
    tolerance: float = 0.25,
    array: Callable[[Array], Any] = np.array,
    rng: np.random.Generator | None = None,
) -> DivergenceReport:
    """Assert that an estimator returns JSD(p, q), KL(p | q), both in nats, or W1(p, q).

    Parameters
    ----------
    estimator:
        Of two arrays, one number. Arrays: the probabilities of p and q on one grid, shape (k,), and
        for "w1" on the points 0, 1, ..., k - 1. Samples: x ~ p of shape (n,) and y ~ q of shape (m,).
    divergence:
        "jsd", "kl" (p first) or "w1".
    inputs:
        "arrays" or "samples".
    unnormalised:
        What the estimator says that it does with arrays that do not sum to 1. None: it may refuse them
        (raise, or return nan) or take them as they are, but may not normalise them silently.
    sizes, repeats:
        Numbers of points, and samples of each, by which the bias is stated.
    tolerance:
        Of the mean of a sample estimator at the largest size, in addition to its confidence interval:
        absolute in nats, and relative to the divergence where that exceeds 1. It ends in no exact
        comparison.
    array:
        Turns numpy's arrays into theirs.
    rng:
        Of the pairs and samples; None takes the same ones on each call.

    Returns
    -------
    DivergenceReport
        The numbers.

    Raises
    ------
    AssertionError
        If it is another divergence, a distance, in other units, of the other direction, or nan. It says
        for which input, with both numbers, and which formula gives what was returned.
    TypeError, ValueError
        If it raises on proper input or returns no number.

    Notes
    -----
    Source: Lin (1991) for JSD; Vallender (1974) for W1 on the line.
    """
    if not callable(estimator):
        raise TypeError(f"estimator={estimator!r}: give a function of two arrays")
    if divergence not in NAMES or inputs not in ("arrays", "samples"):
        raise ValueError(
            f"divergence={divergence!r}, inputs={inputs!r}: write 'jsd', 'kl' or 'w1', and 'arrays' or "
            "'samples'"
        )
    rng = np.random.default_rng(0) if rng is None else rng
    call = _Estimator(estimator, divergence, array)
    if inputs == "arrays":
        error = _exact(call, _array_pairs(divergence, rng), list(of_arrays(divergence)))
        kept = _unnormalised(call, unnormalised)
        return DivergenceReport(divergence, inputs, error, kept, _hides_nan(call))
    if divergence == "w1":
        error = _exact(call, _sample_pairs(rng), list(of_transport()))
        stated = _w1_biases(call, sizes, repeats, rng)
        return DivergenceReport(divergence, inputs, error, None, biases=stated)
    biases = tuple(_biases(call, _laws(divergence), sizes, repeats, rng))
    _consistent(divergence, biases, tolerance)
    return DivergenceReport(divergence, inputs, math.nan, None, biases=biases)


@dataclass(frozen=True)
class _Estimator:
    """Theirs, as a function of numpy arrays that returns a float."""

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
        try:
            return self.raw(p, q)
        except ValueError as problem:
            raise ValueError(
                f"the estimator refused {_told(p)} and {_told(q)} ({problem}): these are proper inputs; "
                "give inputs='samples' if it takes samples, array if its arrays are not numpy's"
            ) from problem


# --- arrays, and samples with an exact answer -----------------------------------------------------


def _array_pairs(divergence: Divergence, rng: np.random.Generator) -> Iterator[Pair]:
    """Yield what p and q are like, both, and the truth."""
    truth = TRUTHS[divergence]
    for k in (2, 5, 64):
        for told in ("positive", "positive, peaked"):
            p, q = rng.dirichlet(np.full(k, 1.0 if told == "positive" else 0.3) + 0.05, 2)
            p, q = ((one + 1e-3) / (one + 1e-3).sum() for one in (p, q))
            yield told, p, q, truth(p, q)
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


def _sample_pairs(rng: np.random.Generator) -> Iterator[Pair]:
    for n, m in ((1, 1), (50, 50), (40, 70), (64, 17)):
        x, y = rng.normal(size=n), 0.5 + 2 * rng.normal(size=m)
        told = f"samples of {n} and {m} points"
        yield told, x, y, w1_samples(x, y)
        yield f"{told}, swapped", y, x, w1_samples(x, y)
        yield f"{told}, both moved by 3", x + 3, y + 3, w1_samples(x, y)
        yield f"{told}, both doubled", 2 * x, 2 * y, 2 * w1_samples(x, y)
    yield "one sample twice, in another order", x, x[::-1].copy(), 0.0
    yield "samples far from each other", x, x + 10, 10.0


def _exact(call: _Estimator, pairs: Iterable[Pair], mistakes: Sequence[Mistake]) -> float:
    """Compare with exact truths; return the largest error."""
    kept, worst, wrong = [], 0.0, None
    for pair in pairs:
        try:
            found = call(*pair[1:3])
        except ValueError:
            if wrong is not None:
                break
            if len(pair[1]) != len(pair[2]):  # an estimator may be for samples of one size
                continue
            raise
        error = _relative(found, pair[3])
        kept.append((pair, found))
        if wrong is None and not error <= RTOL:
            wrong = pair, found
        worst = max(worst, error)
    if wrong is None:
        return worst
    (told, p, q, truth), found = wrong
    name = NAMES[call.divergence]
    raise AssertionError(
        f"for {told}, p = {_told(p)}, q = {_told(q)}, the estimator returns {found:.9g}, but {name} is "
        f"{truth:.9g}{_diagnosis(kept, mistakes)}"
    )


def _relative(found: float, truth: float) -> float:
    """|found - truth|, relative to the truth if that is above 0; nan only where found is nan."""
    if found == truth:
        return 0.0
    return abs(found - truth) / (truth if 0 < truth < math.inf else 1.0)


def _diagnosis(kept: Sequence[tuple[Pair, float]], mistakes: Sequence[Mistake]) -> str:
    """The mistake that gives all that was returned for pairs with a positive, finite truth."""
    clear = [(p, q, found, truth) for (told, p, q, truth), found in kept if 0 < truth < math.inf]
    plain = [one for one in clear if one[0].all() and one[1].all()]
    if all(_relative(found, truth) <= RTOL for *_, found, truth in plain):
        return (
            ": where no entry is 0 it is right; take 0 log 0 = 0, and log(p / 0) = inf where p > 0"
        )
    with np.errstate(all="ignore"):
        for name, value in mistakes:
            if all(abs(value(p, q) - found) <= 1e-7 * abs(found) for p, q, found, _ in plain):
                return f". It is {name}"
    ratios = [found / truth for *_, found, truth in plain]
    if np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        return f". It is {ratios[0]:.6g} times what it should be"
    return ""


def _hides_nan(call: _Estimator) -> bool:
    """Whether a nan among the probabilities gives a number all the same."""
    try:
        found = call.raw(np.array([0.5, np.nan, 0.5]), np.array([0.25, 0.5, 0.25]))
    except Exception:  # any refusal will do
        return False
    return not math.isnan(found)


def _unnormalised(call: _Estimator, promised: Unnormalised | None) -> Unnormalised:
    """Find out what becomes of arrays that do not sum to 1."""
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.25, 0.5, 0.25])
    truth = TRUTHS[call.divergence](p, q)
    done: set[Unnormalised] = set()
    for a, b in ((2.0, 2.0), (2.0, 1.0), (1.0, 3.0)):
        try:
            found = call.raw(a * p, b * q)
        except Exception:  # any refusal will do
            found = math.nan
        refused = math.isnan(found)
        same = abs(found - truth) <= RTOL
        done.add("refused" if refused else "renormalised" if same else "as is")
    seen: Unnormalised = "as is" if "as is" in done else max(done)
    if seen == promised or (promised is None and seen != "renormalised"):
        return seen
    does = {
        "refused": "it refuses them",
        "renormalised": "it normalises them silently, and a forgotten 1 / sum is never seen",
        "as is": "it takes them as they are, and returns a number that is no divergence",
    }[seen]
    raise AssertionError(
        f"arrays that do not sum to 1, as p = {_told(2 * p)}: {does}. Raise ValueError, or document it "
        f"and write unnormalised={seen!r}"
    )


def _told(p: Array) -> str:
    """Write a short array whole, and a long one by its ends."""
    if p.size <= 6:
        return f"[{', '.join(f'{v:.4g}' for v in p)}]"
    return f"[{p[0]:.4g}, {p[1]:.4g}, ..., {p[-1]:.4g}] of {p.size}"


# --- samples without an exact answer --------------------------------------------------------------


def _laws(divergence: Divergence) -> Iterator[tuple[str, Any, Any, float]]:
    """Yield pairs of laws, and the truth."""
    truth = js_divergence if divergence == "jsd" else kl_divergence
    near, far = Normal(0.0, 1.0), Normal(1.0, 1.5)
    for told, p, q in (("N(0, 1), N(1, 1.5²)", near, far), ("N(1, 1.5²), N(0, 1)", far, near)):
        yield told, p, q, float(truth(p, q))
    yield "N(0, 1) twice", near, near, 0.0
    if divergence == "jsd":
        yield "U(0, 1), U(5, 6)", Uniform(0.0, 1.0), Uniform(5.0, 6.0), math.log(2)


def _biases(
    call: _Estimator,
    laws: Iterable[tuple[str, Any, Any, float]],
    sizes: Sequence[int],
    repeats: int,
    rng: np.random.Generator,
) -> Iterator[Bias]:
    """Yield the mean over repeated samples of each pair at each size."""
    if repeats < 2 or not sizes or min(sizes) < 2:
        raise ValueError(f"sizes={sizes!r}, repeats={repeats!r}: give numbers of 2 at least")
    for told, p, q, truth in laws:
        for n in sorted(sizes):
            found = [call(p.sample(n, rng), q.sample(n, rng)) for _ in range(repeats)]
            if not np.isfinite(found).all():
                bad = next(value for value in found if not math.isfinite(value))
                raise AssertionError(
                    f"for {n} points each of {told} the estimator returns {bad}, but "
                    f"{NAMES[call.divergence]} is {truth:.6g}: empty bins need a rule"
                )
            mean = float(np.mean(found))
            half = float(stdtrit(repeats - 1, 0.975) * np.std(found, ddof=1) / math.sqrt(repeats))
            yield Bias(told, n, truth, mean, mean - half, mean + half)


def _w1_biases(
    call: _Estimator, sizes: Sequence[int], repeats: int, rng: np.random.Generator
) -> tuple[Bias, ...]:
    """The bias of W1, for which samples have an exact answer and laws another one."""
    near = Normal(0.0, 1.0)
    laws = [("N(0, 1), N(1, 1)", near, Normal(1.0, 1.0), 1.0), ("N(0, 1) twice", near, near, 0.0)]
    return tuple(_biases(call, laws, sizes, repeats, rng))


def _consistent(divergence: Divergence, biases: Sequence[Bias], tolerance: float) -> None:
    """Refuse an estimator that is nearer to something else, or far, at the largest size."""
    last = [bias for bias in biases if bias.n == max(one.n for one in biases)]
    worst = max(last, key=lambda one: abs(one.bias))
    halves = [(one.high - one.low) / 2 for one in last]
    name, distance = _nearest(divergence, last)
    near = f". It is near {name}"
    if not (distance < 0.6 * abs(worst.bias) and abs(worst.bias) > 2 * max(halves)):
        far = [
            one
            for one, half in zip(last, halves, strict=True)
            if not abs(one.bias) <= tolerance * max(1.0, one.truth) + half
        ]
        if not far:
            return
        worst, near = far[0], ": its bias does not vanish"
    raise AssertionError(
        f"for {worst.n} points each of {worst.pair} the estimator returns {worst.mean:.4g} on average "
        f"({worst.low:.4g} to {worst.high:.4g}), but {NAMES[divergence]} is {worst.truth:.4g}{near}"
    )


def _nearest(divergence: Divergence, last: Sequence[Bias]) -> tuple[str, float]:
    """The change of all truths that comes nearest to the means, and its distance."""
    truths, means = (np.array([getattr(one, key) for one in last]) for key in ("truth", "mean"))
    changes = {
        "that in bits: take natural logarithms": truths / math.log(2),
        "twice the divergence": 2 * truths,
        "half of the divergence": truths / 2,
        "minus the divergence: change the sign": -truths,
    }
    if divergence == "jsd":
        changes["the square root, a distance: square it"] = np.sqrt(truths)
        changes["the square root, in bits: square it"] = np.sqrt(truths / math.log(2))
        changes["2 JSD - log 4, the value of the game: add log 4 and halve"] = (
            2 * truths - math.log(4)
        )
    else:
        changes["KL(q | p), the other direction: swap the arguments"] = truths[[1, 0, 2]]
    far = {name: float(np.abs(changed - means).max()) for name, changed in changes.items()}
    return min(far.items(), key=lambda item: item[1])
