"""Bounds from below by a discriminator or a classifier that has not seen the samples.

Any function gives a bound that holds, a good one a large bound. One that was fitted on the same
samples has learned their accidents: its means are no means of independent values, and its bound is worth
nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.arrays import FloatArray, as_numpy
from gantheory.concentration import bernstein, clopper_pearson
from gantheory.errors import brief
from gantheory.samples.confidence import ROUNDOFF, LowerBound, at_least, of, risk_of
from gantheory.samples.sample_points import pair_of_samples, samples_of

PROBED = 256  # samples that are judged once more, by themselves
FLICKERING = 0.01  # share of answers that may change by rounding with the samples beside them


def js_divergence_lower_bound(
    x: Any,
    y: Any,
    discriminator: Callable[[Any], Any],
    *,
    clip: float = 0.01,
    level: float = 0.99,
    trained_on: tuple[Any, ...] | None = None,
) -> LowerBound:
    """JSD(p, q) ≥ (log 4 + E_p[log D] + E_q[log(1 - D)])/2 for every D, in nats.

    Parameters
    ----------
    x, y:
        Shapes (n,) and (m,), or (n, d) and (m, d): independent samples of p and of q, at least 8 each,
        that the discriminator was not fitted on, nor chosen by. Arrays, lists or tensors.
    discriminator:
        Takes x, or y, as given (a list as an array) and returns the logit of D for each sample, shape
        (n,) or (n, 1); a network in evaluation mode. Probabilities in place of logits give a bound too,
        a weak one.
    clip:
        c: D counts as c where it is smaller, and as 1 - c where it is larger, so that log D is bounded;
        between 0 and 1/2, chosen before the samples are seen. Where D is sure and right it costs
        -log(1 - c); a smaller one makes the bar wider, in proportion to log(1/c - 1).
    level:
        The chance that the bound holds is no smaller, for any p and q.
    trained_on:
        The samples that the discriminator was fitted on, arrays in a tuple; then it is looked whether x
        or y holds one of them.

    Raises
    ------
    TypeError, ValueError
        If x or y cannot be samples; one of them was trained on; the discriminator returns something else
        than a number for each, or its answer for a sample depends on the samples beside it.

    Notes
    -----
    Source: Goodfellow et al. (2014), Theorem 1, for the inequality; Maurer and Pontil (2009), Theorem 4,
    for the two means, at half the risk each.
    """
    risk = risk_of(level)
    if not (isinstance(clip, (float, np.floating)) and 0 < clip < 0.5):
        raise ValueError(f"clip={brief(clip)}: give a float between 0 and 1/2, such as 0.01")
    limit = math.log1p(-clip) - math.log(clip)
    answers = _held_out(x, y, discriminator, "discriminator", trained_on)
    real, fake = (np.clip(logits, -limit, limit) for logits in answers)
    least = sum(
        float(np.mean(terms) - bernstein(terms, limit, risk / 2))
        for terms in (-np.logaddexp(0.0, -real), -np.logaddexp(0.0, fake))
    )
    value = (math.log(4) + least) / 2 - ROUNDOFF * (1 + limit)
    return at_least(value, level, of("JSD", real, fake))


def total_variation_lower_bound(
    x: Any,
    y: Any,
    classifier: Callable[[Any], Any],
    *,
    level: float = 0.99,
    trained_on: tuple[Any, ...] | None = None,
) -> LowerBound:
    """TV(p, q) ≥ P_p(c = 1) - P_q(c = 1) for every classifier c.

    Parameters
    ----------
    x, y, level, trained_on:
        As for `js_divergence_lower_bound`.
    classifier:
        Takes x, or y, as given and returns true (or 1) for each sample that it takes for one of p, false
        (or 0) for the others.

    Raises
    ------
    TypeError, ValueError
        As there.

    Notes
    -----
    Source: Clopper and Pearson (1934) for the two shares, at half the risk each.
    """
    risk = risk_of(level)
    real, fake = _held_out(x, y, classifier, "classifier", trained_on)
    for answers in (real, fake):
        if not np.all((answers == 0) | (answers == 1)):
            raise ValueError(
                "the classifier returns other numbers than 0 and 1: write a decision, such as "
                "lambda x: logit(x) > 0"
            )
    low = clopper_pearson(int(real.sum()), len(real), risk)[0]
    high = clopper_pearson(int(fake.sum()), len(fake), risk)[1]
    return at_least(low - high - ROUNDOFF, level, of("TV", real, fake))


def _held_out(
    x: Any, y: Any, judge: Callable[[Any], Any], role: str, trained_on: Any
) -> list[FloatArray]:
    """Return the judge's answers for x and for y, which are looked at before."""
    pair = pair_of_samples(x, y)
    if not callable(judge):
        raise TypeError(f"the {role} is {brief(judge)}: give a function of samples")
    for part in _parts(trained_on):
        for name, points in zip("xy", pair, strict=True):
            _refuse_seen(name, points, part, role)
    return [_answers(judge, role, given) for given in (x, y)]


def _answers(judge: Callable[[Any], Any], role: str, given: Any) -> FloatArray:
    """Return what the judge says of each sample, shape (n,)."""
    samples = given if callable(getattr(given, "detach", None)) else as_numpy(given, "samples")
    answers = _numbers(judge(samples), role, len(samples))
    some = min(len(samples) // 2, PROBED)
    alone = _numbers(judge(samples[:some]), role, some)
    moved = ~np.isclose(alone, answers[:some], rtol=1e-3, atol=1e-3)
    if np.mean(moved) > FLICKERING:
        raise ValueError(
            f"what the {role} says of a sample depends on the samples beside it, or on chance, as batch "
            "normalisation and dropout in training do: call its .eval() before"
        )
    return answers


def _numbers(answers: Any, role: str, count: int) -> FloatArray:
    """Return one number for each sample, shape (n,)."""
    found = as_numpy(answers, f"what the {role} returned").astype(np.float64)
    if found.shape not in ((count,), (count, 1)):
        raise ValueError(
            f"the {role} returned shape {found.shape} for {count} samples: return one number for each"
        )
    bad = np.flatnonzero(np.isnan(found))
    if len(bad):
        raise ValueError(f"the {role} returned nan for sample {bad[0]} of {count}")
    return found.reshape(count)


def _parts(trained_on: Any) -> list[FloatArray]:
    """Return the arrays of the training data as points."""
    if trained_on is None:
        return []
    if not isinstance(trained_on, tuple):
        raise TypeError("trained_on: give a tuple of arrays, as (x_train, y_train)")
    return [samples_of(f"trained_on[{i}]", part) for i, part in enumerate(trained_on)]


def _refuse_seen(name: str, points: FloatArray, part: FloatArray, role: str) -> None:
    """Refuse samples of which one is in the training data, naming it."""
    seen = {row.tobytes() for row in part + 0.0}  # no -0
    at = next((i for i, row in enumerate(points + 0.0) if row.tobytes() in seen), None)
    if at is not None:
        raise ValueError(
            f"{name}[{at}] is among the samples that the {role} was trained on, so the bound would not "
            "hold: keep samples apart before training. (Of discrete distributions samples may coincide: "
            "leave trained_on out there.)"
        )
