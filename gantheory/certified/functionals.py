"""Divergences as rigorous balls."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import flint

from gantheory.balls import Ball, as_ball
from gantheory.certified import discrete, kernels, plane
from gantheory.certified.families import distribution
from gantheory.certified.integrate import attempt, refine
from gantheory.certified.kernels import BallKernel
from gantheory.densities.base import Density
from gantheory.densities.discrete import Discrete
from gantheory.densities.foreign import from_foreign
from gantheory.densities.short import called
from gantheory.errors import NotCertifiable, brief

MOST_DIGITS = 500
HALF = Fraction(1, 2)
Attempt = Callable[[int], flint.arb]


@called("JSD({p}, {q})")
def js_divergence(p: Any, q: Any, digits: int = 30) -> Ball:
    """JSD(p, q) = ∫ [p log(2p/(p + q)) + q log(2q/(p + q))] / 2, in nats.

    Parameters
    ----------
    p, q:
        Two densities of the line (Normal, Laplace, Cauchy, StudentT, Uniform, Exponential, Triangular,
        mixtures of them), two discrete distributions, or two densities of the plane that reduce exactly
        to the line: normals of one covariance, or of one mean and proportional covariances; products
        with a factor in common. Distributions of scipy.stats that are of one of these families are taken
        too.
    digits:
        Correct significant digits: the radius is below 10^-digits times the value.

    Raises
    ------
    NotCertifiable
        For anything else, for an infinite value, and where the accuracy is out of reach.
    ValueError
        If digits is not between 1 and 500.
    """
    return enclosed(kernels.JENSEN_SHANNON, p, q, digits, zero_if_equal=True)


@called("C({p}, {q})")
def virtual_training_criterion(p: Any, q: Any, digits: int = 30) -> Ball:
    """C(p, q) = ∫ [p log(p/(p + q)) + q log(q/(p + q))], in nats.

    Parameters and errors as for `js_divergence`. Source: Goodfellow et al. (2014), Theorem 1.
    """
    return enclosed(kernels.CRITERION, p, q, digits)


@called("KL({p} ‖ {q})")
def kl_divergence(p: Any, q: Any, digits: int = 30) -> Ball:
    """KL(p‖q) = ∫ p log(p/q), in nats.

    Parameters and errors as for `js_divergence`; in the plane also any two normals and any two products.
    """
    return enclosed(kernels.KULLBACK_LEIBLER, p, q, digits, zero_if_equal=True)


@called("KL({q} ‖ {p})")
def reverse_kl_divergence(p: Any, q: Any, digits: int = 30) -> Ball:
    """KL(q‖p) = ∫ q log(q/p), in nats.

    Parameters and errors as for `kl_divergence`.
    """
    return enclosed(kernels.REVERSE_KULLBACK_LEIBLER, p, q, digits, zero_if_equal=True)


@called("J({p}, {q})")
def jeffreys_divergence(p: Any, q: Any, digits: int = 30) -> Ball:
    """J(p, q) = ∫ (p - q) log(p/q) = KL(p‖q) + KL(q‖p), in nats.

    Parameters and errors as for `kl_divergence`.
    """
    return enclosed(kernels.JEFFREYS, p, q, digits, zero_if_equal=True)


@called("TV({p}, {q})")
def total_variation(p: Any, q: Any, digits: int = 30) -> Ball:
    """TV(p, q) = ∫ |p - q| / 2.

    Parameters and errors as for `js_divergence`.
    """
    return enclosed(kernels.TOTAL_VARIATION, p, q, digits, zero_if_equal=True)


@called("H²({p}, {q})")
def squared_hellinger(p: Any, q: Any, digits: int = 30) -> Ball:
    """H²(p, q) = ∫ (√p - √q)² / 2.

    Parameters and errors as for `kl_divergence`.
    """
    return enclosed(kernels.HELLINGER, p, q, digits, zero_if_equal=True)


@called("BC({p}, {q})")
def bhattacharyya_coefficient(p: Any, q: Any, digits: int = 30) -> Ball:
    """BC(p, q) = ∫ √(p q) = 1 - H²(p, q); the distance is `-log(...)` of it.

    Parameters and errors as for `kl_divergence`.
    """
    return enclosed(kernels.AFFINITY, p, q, digits)


@called("Δ({p}, {q})")
def triangular_discrimination(p: Any, q: Any, digits: int = 30) -> Ball:
    """Δ(p, q) = ∫ (p - q)² / (p + q), between 0 and 2.

    Parameters and errors as for `js_divergence`.
    """
    return enclosed(kernels.TRIANGULAR, p, q, digits, zero_if_equal=True)


@called("Bayes error({p}, {q}; {prior})")
def bayes_error(p: Any, q: Any, prior: float | Fraction = HALF, digits: int = 30) -> Ball:
    """∫ min(π p, (1 - π) q): how often the best decision between p and q is wrong.

    Parameters and errors as for `js_divergence`. Where p and q have no common mass the answer is 0,
    which may be refused: no ball of positive radius tells it from a small number.

    Parameters
    ----------
    prior:
        π, the share of samples from p, strictly between 0 and 1: a float (its exact binary value) or a
        Fraction.

    Raises
    ------
    ValueError
        If the prior is not such a number.
    """
    if isinstance(prior, bool) or not isinstance(prior, (float, Fraction)) or not 0 < prior < 1:
        raise ValueError(
            f"bayes_error(prior={brief(prior)}): write a float or a Fraction strictly between 0 and 1"
        )
    return enclosed(kernels.smaller(Fraction(prior)), p, q, digits)


@called("χ²({p} ‖ {q})")
def pearson_chi2(p: Any, q: Any, digits: int = 30) -> Ball:
    """χ²(p‖q) = ∫ (p - q)² / q.

    Parameters and errors as for `js_divergence`; in the plane also any two products.
    """
    return enclosed(kernels.PEARSON, p, q, digits, zero_if_equal=True)


@called("χ²({q} ‖ {p})")
def neyman_chi2(p: Any, q: Any, digits: int = 30) -> Ball:
    """χ²(q‖p) = ∫ (p - q)² / p.

    Parameters and errors as for `pearson_chi2`.
    """
    return enclosed(kernels.NEYMAN, p, q, digits, zero_if_equal=True)


def enclosed(
    kernel: BallKernel,
    p: Any,
    q: Any,
    digits: int,
    *,
    zero_if_equal: bool = False,
    zero_counts: bool = False,
    homogeneous: bool = True,
) -> Ball:
    """Return ∫ kernel(p, q) as a ball.

    Raises
    ------
    NotCertifiable
        If no rigorous enclosure is offered for this pair.
    ValueError
        If digits is not between 1 and 500.
    """
    if isinstance(digits, bool) or not isinstance(digits, int) or not 1 <= digits <= MOST_DIGITS:
        raise ValueError(f"digits={digits!r}: write an int between 1 and {MOST_DIGITS}")

    p, q = from_foreign(p) or p, from_foreign(q) or q
    tried, equal = _attempt_for(kernel, p, q, homogeneous)
    if zero_if_equal and equal:
        return Ball(as_ball(0).arb, frozenset({("balls", kernel.name)}), digits)
    return refine(tried, kernel.name, digits, zero_counts=zero_counts)


def _attempt_for(kernel: BallKernel, p: Any, q: Any, homogeneous: bool) -> tuple[Attempt, bool]:
    """Return how to enclose the integral to some decimal places, and whether p and q are equal."""
    if isinstance(p, Discrete) and isinstance(q, Discrete):
        weights = discrete.common_weights(p, q)
        equal = all(a == b for a, b in weights)
        return lambda places: discrete.attempt(kernel, weights, places), equal
    for one in (p, q):
        _check(one)
    if p.dim != q.dim:
        raise NotCertifiable(f"{p!r} and {q!r} live in different dimensions")
    pair = (
        (distribution(p), distribution(q))
        if p.dim == 1
        else plane.on_the_line(p, q)
        if homogeneous
        else None
    )
    if pair is not None:
        first, second = pair
        return lambda places: attempt(kernel, first, second, places), first.key == second.key
    closed = plane.closed_form(kernel, p, q)
    if closed is None:
        raise NotCertifiable(
            f"{kernel.name} of {p!r} and {q!r}: in the plane there are enclosures only where the "
            "problem reduces exactly to the line; use the Estimate of gantheory.divergences"
        )
    return closed, False


def _check(density: Any) -> None:
    if isinstance(density, Discrete):
        raise NotCertifiable(
            f"{density!r} is discrete and the other distribution is not: they share no density"
        )
    if not isinstance(density, Density) or not density.declared:
        raise NotCertifiable(
            f"{density!r} is a black box; an enclosure needs a family with exact parameters, "
            "as in gantheory.Normal(0, 1)"
        )
    if density.batch_shape:
        raise NotCertifiable(f"{density!r} is a batch; enclose its members one by one")
