"""Divergence estimators of anybody's code, compared with the divergence that they should be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from gantheory.densities import Normal
from gantheory.testing.divergence_mistakes import Divergence, of_arrays, of_transport
from gantheory.testing.exact_answers import (
    EXACT,
    Estimator,
    ExactAnswer,
    Unnormalised,
    array_pairs,
    hides_nan,
    transport_pairs,
)
from gantheory.testing.sample_bias import NAMES, Bias, judge_samples, measured, require_sizes
from gantheory.testing.sample_pairs import SamplePair
from gantheory.testing.tensors import Array

Inputs = Literal["arrays", "samples"]
SAMPLED = 0.2  # the share of the truth that an estimate may be off, unless another one is stated


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
    not_seen:
        Sentences on what this call could not have noticed.
    """

    divergence: Divergence
    inputs: Inputs
    largest_error: float
    unnormalised: Unnormalised | None
    hides_nan: bool | None = None
    biases: tuple[Bias, ...] = ()
    not_seen: tuple[str, ...] = ()


def assert_divergence(
    estimator: Callable[[Any, Any], Any],
    divergence: Divergence = "jsd",
    *,
    inputs: Inputs = "arrays",
    unnormalised: Unnormalised | None = None,
    sizes: Sequence[int] = (100, 400, 1600),
    repeats: int = 10,
    tolerance: float | None = None,
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
        Relative to the truth. For arrays, and for W1 of samples, whose answers are exact: 1e-9, where
        None; an estimator in float32 needs 1e-5. For JSD and KL of samples: 0.2, where None; the mean
        over the samples of the largest size n may be off by tolerance * truth + 1 / sqrt(n), beside its
        confidence interval.
    array:
        Turns numpy's arrays into theirs.
    rng:
        Of the pairs and samples; None takes the same ones on each call.

    Returns
    -------
    DivergenceReport
        The numbers, and what could not have been seen.

    Raises
    ------
    AssertionError
        If it is another divergence, a distance, in other units, of the other direction, or nan. It says
        for which input, with both numbers, and which formula gives what was returned.
    TypeError, ValueError
        If it raises on proper input or returns no number.

    Notes
    -----
    Samples come from normals, Laplace and uniform distributions and mixtures, with JSD from 0 to log 2.
    Some pairs have equal means and variances, one equal third moments too: an estimator that sees these
    alone fails.

    Source: Lin (1991) for JSD; Vallender (1974) for W1 on the line.
    """
    if not callable(estimator):
        raise TypeError(f"estimator={estimator!r}: give a function of two arrays")
    if divergence not in NAMES or inputs not in ("arrays", "samples"):
        raise ValueError(
            f"divergence={divergence!r}, inputs={inputs!r}: write 'jsd', 'kl' or 'w1', and 'arrays' or "
            "'samples'"
        )
    if tolerance is not None and not 0 < tolerance < 1:
        raise ValueError(f"tolerance={tolerance!r}: give a number between 0 and 1, or None")
    rng = np.random.default_rng(0) if rng is None else rng
    call = Estimator(estimator, divergence, array)
    if inputs == "samples" and divergence != "w1":
        biases, not_seen = judge_samples(
            call, divergence, sizes=sizes, repeats=repeats, tolerance=tolerance or SAMPLED, rng=rng
        )
        return DivergenceReport(
            divergence, inputs, math.nan, None, biases=biases, not_seen=not_seen
        )
    exact = ExactAnswer(call, tolerance or EXACT)
    if inputs == "samples":
        error = exact.judge(transport_pairs(rng), list(of_transport()))
        stated = tuple(_w1_biases(call, sizes, repeats, rng))
        return DivergenceReport(divergence, inputs, error, None, biases=stated, not_seen=W1_UNSEEN)
    error = exact.judge(array_pairs(divergence, rng), list(of_arrays(divergence)))
    kept = exact.unnormalised(unnormalised)
    return DivergenceReport(divergence, inputs, error, kept, hides_nan(call), not_seen=UNSEEN)


UNSEEN = ("Grids of more than 64 points.",)
W1_UNSEEN = ("Samples of several columns, and with weights.",)


def _w1_biases(
    call: Estimator, sizes: Sequence[int], repeats: int, rng: np.random.Generator
) -> Iterator[Bias]:
    """Yield the bias of W1, for which samples have an exact answer and distributions another one."""
    require_sizes(sizes, repeats)
    near = Normal(0.0, 1.0)
    for said, q, truth in (
        ("N(0, 1), N(1, 1)", Normal(1.0, 1.0), 1.0),
        ("N(0, 1) twice", near, 0.0),
    ):
        for n in sorted(sizes):
            yield measured(call, SamplePair(said, near, q), truth, (n, n), repeats, rng)
