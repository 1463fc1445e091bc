"""What the optimal discriminator D* = p / (p + q) decides, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, Literal, Unpack

import numpy as np
import numpy.typing as npt

from gantheory.arrays import EPS, FloatArray
from gantheory.densities.discrete import Discrete
from gantheory.densities.short import called
from gantheory.divergences.batches import as_asked, as_pair, over_batch
from gantheory.divergences.effort import Effort, Options, best_as
from gantheory.divergences.functional import Problem, functional, integrate_pair
from gantheory.divergences.kernels import LEAST, Kernel, Values, smaller
from gantheory.divergences.pair import PairValues
from gantheory.divergences.reductions import reduced_to_line
from gantheory.errors import brief
from gantheory.estimates import Estimate, route

Side = Literal["p", "q"]


def checked_share(function: str, name: str, share: Any) -> float:
    """Return a number strictly between 0 and 1 as a float.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    if isinstance(share, bool) or not isinstance(share, (int, float)) or not 0 < share < 1:
        raise ValueError(
            f"{function}({name}={brief(share)}): {name} must be a float strictly between 0 and 1"
        )
    return float(share)


# --- the best rule --------------------------------------------------------------------------------


@called("Bayes error({p}, {q}; {prior})")
def bayes_error(p: Any, q: Any, prior: float = 0.5, **options: Unpack[Options]) -> Estimate:
    """∫ min(π p, (1 - π) q): how often the best decision between p and q is wrong.

    Where a sample is from p with probability π the best rule says p where π p > (1 - π) q, that is where
    D* > 1 - π. For π = 1/2 the error is (1 - TV(p, q))/2. It keeps its relative precision for pairs far
    apart, down to 1e-40. Densities, keywords and errors as for `total_variation`.

    Parameters
    ----------
    prior:
        π, the share of real samples, strictly between 0 and 1.

    Raises
    ------
    ValueError
        If the prior is not such a number.

    Notes
    -----
    Source: Devroye, Györfi and Lugosi (1996), chapter 2.
    """
    share = checked_share("bayes_error", "prior", prior)
    return over_batch(lambda a, b, e: _bayes_error(a, b, share, e), p, q, options)


@called("Bayes accuracy({p}, {q}; {prior})")
def bayes_accuracy(p: Any, q: Any, prior: float = 0.5, **options: Unpack[Options]) -> Estimate:
    """∫ max(π p, (1 - π) q) = 1 - `bayes_error`: how often the best decision is right.

    For π = 1/2 it is (1 + TV(p, q))/2, the accuracy of D* at the threshold 1/2 on balanced batches.
    Parameters, keywords and errors as for `bayes_error`.
    """
    share = checked_share("bayes_accuracy", "prior", prior)

    def one(a: Any, b: Any, effort: Effort) -> Estimate:
        excess = abs(share * a.excess + (1 - share) * b.excess)

        def right(wrong: Estimate) -> Estimate:
            return 1 - replace(wrong, error=wrong.error + excess)

        with best_as(right):
            return right(_bayes_error(a, b, share, effort))

    return over_batch(one, p, q, options)


def _bayes_error(p: Any, q: Any, prior: float, effort: Effort) -> Estimate:
    weights = prior, 1 - prior
    shift = math.log(prior) - math.log1p(-prior)

    def decided(v: PairValues) -> FloatArray:
        return np.asarray(v.logit + shift)

    bound = weights[0] / 2, weights[1] / 2
    return functional(Kernel("Bayes error", smaller(*weights), bound, (decided,)), p, q, effort)


# --- the distribution of D* -----------------------------------------------------------------------


@called("P(D* ≤ {levels} | {under}; {p}, {q})")
def discriminator_cdf(
    p: Any, q: Any, levels: npt.ArrayLike, under: Side = "p", **options: Unpack[Options]
) -> Estimate:
    """P(D*(X) <= t) for X ~ p or X ~ q, D* = p / (p + q).

    Parameters
    ----------
    p, q:
        Two single densities of the line, two discrete distributions, or two densities of the plane that
        reduce exactly to the line: normals of one covariance, products with a factor in common.
    levels:
        t, numbers from 0 to 1, of any shape.
    under:
        Which of both X is drawn from: "p" (real samples) or "q" (fake ones).
    **options:
        rtol, atol, limit, max_seconds, as for `js_divergence`, of each level; progress counts levels.

    Returns
    -------
    Estimate
        Of the shape of the levels; for discrete distributions exact, each point compared by its exact
        weights. The mass where float64 cannot tell on which side of t D* lies is in the error: D* may be
        constant on an interval, and a level may be its largest value.

    Raises
    ------
    TypeError, ValueError
        If p or q is not a density, or a batch, a level is not between 0 and 1, a keyword is not what it
        has to be, or a pair of the plane does not reduce to the line.
    NotConverged
        If the nodes cannot see the structure that the densities declare, or a number is not reached by
        what rtol, limit and max_seconds allow.

    Notes
    -----
    Integrates p, or q, on panels cut where log p - log q reaches the level, from below and from above
    within its error. Source: Goodfellow et al. (2014), Proposition 1, for D*.
    """
    if under not in ("p", "q"):
        raise ValueError(f'discriminator_cdf(under={brief(under)}): write "p" or "q"')
    effort = Effort.of(options)
    return _over_levels(
        "discriminator_cdf", p, q, levels, effort, lambda at, e: at.mass(under, e, above=False)
    )


@dataclass(frozen=True)
class Roc:
    """A receiver operating characteristic: for each threshold t, D > t counts as real.

    Attributes
    ----------
    false_positive_rate:
        P(D(Y) > t) for Y ~ q: fakes that pass.
    true_positive_rate:
        P(D(X) > t) for X ~ p: real samples that pass.
    """

    false_positive_rate: Estimate
    true_positive_rate: Estimate


def optimal_roc(p: Any, q: Any, thresholds: npt.ArrayLike, **options: Unpack[Options]) -> Roc:
    """(P(D* > t | q), P(D* > t | p)) for every threshold t: the ROC curve of the optimal discriminator.

    No other discriminator lies above it anywhere. Parameters, keywords and errors as for
    `discriminator_cdf`; rates keep their relative precision where they are small.

    Notes
    -----
    Source: Neyman and Pearson (1933); Fawcett (2006) for the curve.
    """
    effort = Effort.of(options)
    return Roc(_pass_rate(p, q, thresholds, "q", effort), _pass_rate(p, q, thresholds, "p", effort))


@called("P(D* > {thresholds} | {under}; {p}, {q})")
def _pass_rate(p: Any, q: Any, thresholds: npt.ArrayLike, under: Side, effort: Effort) -> Estimate:
    return _over_levels(
        "optimal_roc", p, q, thresholds, effort, lambda at, e: at.mass(under, e, above=True)
    )


def _over_levels(
    function: str,
    p: Any,
    q: Any,
    levels: npt.ArrayLike,
    effort: Effort,
    compute: Callable[[Any, Effort], Estimate],
) -> Estimate:
    """Return the Estimates of all levels as one."""
    p, q = as_pair(p, q)
    if p.batch_shape or q.batch_shape:
        raise ValueError(f"{function}: give single densities, not batches")
    given = np.asarray(levels)
    if given.dtype.kind not in "iuf" or not np.all((given >= 0) & (given <= 1)):
        raise ValueError(
            f"{function}({brief(levels)}): a level of D is a number from 0 to 1; if yours are logits a, "
            "write 1 / (1 + exp(-a))"
        )
    at_level: Any = _DiscreteLevel
    if not isinstance(p, Discrete):
        at_level, (p, q) = _LineLevel, on_the_line(function, p, q)
    shape = given.shape
    with best_as(lambda one: Estimate(np.full(shape, 0.5), np.full(shape, 0.5)) if shape else one):
        found = [
            as_asked(partial(compute, at_level(p, q, float(t))), effort)
            for t in effort.watched(given.ravel().tolist())
        ]
    return _stacked(found, shape)


def on_the_line(function: str, p: Any, q: Any) -> tuple[Any, Any]:
    """Return a pair of the line with the same distributions of D*.

    Raises
    ------
    ValueError
        If there is none.
    """
    pair = (p, q) if p.dim == 1 else reduced_to_line(p, q)
    if pair is None:
        raise ValueError(
            f"{function}: in the plane it is offered for normals of one covariance and for products "
            f"with a factor in common, not for {brief(p)} and {brief(q)}; count samples instead"
        )
    return pair


def _stacked(found: list[Estimate], shape: tuple[int, ...]) -> Estimate:
    """Return single Estimates of one integrator as a batch of this shape."""
    if shape == ():
        return found[0]
    return Estimate(
        np.array([float(one) for one in found]).reshape(shape),
        np.array([float(one.error) for one in found]).reshape(shape),
        kind=found[0].kind if found else "exact",
        route=frozenset().union(*(one.route for one in found)),
        evaluations=sum(one.evaluations for one in found),
        declared=all(one.declared for one in found),
    )


@dataclass(frozen=True)
class _DiscreteLevel:
    """Two discrete distributions, and a level t of D*."""

    p: Discrete
    q: Discrete
    level: float

    def mass(self, under: Side, effort: Effort, *, above: bool) -> Estimate:
        """Σ of the weights at points where D* <= t, or D* > t, rounded once."""
        t, masses = Fraction(self.level), exact_pairs(self.p, self.q)
        chosen = [pair["pq".index(under)] for pair in masses if (pair[0] > t * sum(pair)) == above]
        value = sum(chosen, Fraction(0))
        return Estimate(
            float(value),
            EPS * float(value),
            kind="exact",
            route=route("sum over points", "distribution of D*"),
            evaluations=len(masses),
        )


def exact_pairs(p: Discrete, q: Discrete) -> list[tuple[Fraction, Fraction]]:
    """Return the exact weights (p, q) at every point where one is positive."""
    table = {point: (weight, Fraction(0)) for point, weight in p.exact_masses()}
    for point, weight in q.exact_masses():
        table[point] = table.get(point, (Fraction(0),))[0], weight
    return [pair for pair in table.values() if any(pair)]


@dataclass(frozen=True)
class _LineLevel:
    """Two densities of the line, and a level t of D* = σ(a)."""

    p: Any
    q: Any
    level: float

    def mass(self, under: Side, effort: Effort, *, above: bool) -> Estimate:
        """∫ of p, or of q, over the points where a <= logit t, or a > logit t."""
        logit = _logit(self.level)
        sign = -1.0 if above else 1.0
        doubt = 4 * EPS * abs(logit) if math.isfinite(logit) else 0.0

        def kernel(v: PairValues, x: FloatArray, origin: FloatArray) -> Values:
            density, error = (v.p, v.error_p) if under == "p" else (v.q, v.error_q)
            share, unsure = _share_below(v, logit, doubt, sign)
            value = density * share
            return value, value * (error + 4 * EPS) + density * unsure + LEAST * (density > 0)

        def edge(side: float) -> Callable[[PairValues], FloatArray]:
            return lambda v: v.logit - logit + side * (v.error_logit + doubt)

        kinks = (edge(-1.0), edge(1.0)) if math.isfinite(logit) else ()
        bound = (1.0, 0.0) if under == "p" else (0.0, 1.0)
        problem = Problem("distribution of D*", kernel, bound, kinks)
        return integrate_pair(problem, self.p, self.q, effort)


def _share_below(
    v: PairValues, logit: float, doubt: float, sign: float
) -> tuple[FloatArray, FloatArray]:
    """Return whether a <= logit (a > logit for sign -1), and how sure that is: 0, or ± 1/2 about 1/2."""
    below = v.logit + v.error_logit + doubt <= logit
    above = v.logit - v.error_logit - doubt > logit
    share = 0.5 + 0.5 * sign * (below.astype(np.float64) - above)
    return share, np.where(below | above, 0.0, 0.5)


def _logit(t: float) -> float:
    """log(t / (1 - t)), to full relative precision."""
    if 0.25 <= t <= 0.75:
        return 2 * math.atanh(2 * t - 1)
    return -math.inf if t == 0 else math.inf if t == 1 else math.log(t) - math.log1p(-t)
