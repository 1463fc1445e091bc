"""The divergences of logarithms: Kullback-Leibler, both ways, and Jeffreys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gantheory.densities.discrete import Discrete
from gantheory.densities.plane import Product
from gantheory.densities.short import called
from gantheory.divergences import kernels
from gantheory.divergences.batches import over_batch
from gantheory.divergences.finiteness import infinite, kullback_leibler_is_infinite
from gantheory.divergences.functional import functional
from gantheory.divergences.kernels import Kernel
from gantheory.divergences.layout import logarithmic_tail
from gantheory.estimates import Estimate, total

KULLBACK_LEIBLER = Kernel("KL", kernels.kullback_leibler)
REVERSE_KULLBACK_LEIBLER = Kernel("reverse KL", kernels.reverse_kullback_leibler)
JEFFREYS = Kernel("Jeffreys", kernels.jeffreys)


@called("KL({p} ‖ {q})")
def kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(p‖q) = ∫ p log(p/q), in nats.

    +inf where p has mass and q has none, or where p's tails outweigh the logarithm of q's, as in
    KL(Cauchy‖Normal).

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum; in nats. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    NotConverged
        If a black box declares no tails, or the nodes cannot see the declared structure.

    Notes
    -----
    Source: Kullback and Leibler (1951). Integrated as ∫ p log(p/q) - p + q, whose integrand is
    nowhere negative.
    """
    return over_batch(_kl, p, q)


def _kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q):
        return infinite("KL")
    return logarithmic(KULLBACK_LEIBLER, _kl, p, q)


def logarithmic(kernel: Kernel, again: Callable[[Any, Any], Estimate], p: Any, q: Any) -> Estimate:
    """Return a divergence of logarithms: additive over the factors of products of the plane."""
    if p.dim == 2 and isinstance(p, Product) and isinstance(q, Product):
        return total(again(a, b) for a, b in zip(p.marginals(), q.marginals(), strict=True))
    found = functional(kernel, p, q)
    # the integrand is p log(p/q) - p + q, and the masses of p and q may differ by rounding
    error = found.error + abs(p.excess - q.excess)
    if p.dim == 2 and not isinstance(p, Discrete):
        error += logarithmic_tail(p, q)
    return replace(found, error=error)


@called("KL({q} ‖ {p})")
def reverse_kl_divergence(p: Any, q: Any) -> Estimate:
    """KL(q‖p) = ∫ q log(q/p), in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum; in nats. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(_reverse_kl, p, q)


def _reverse_kl(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(q, p):
        return infinite("reverse KL")
    return logarithmic(REVERSE_KULLBACK_LEIBLER, _reverse_kl, p, q)


@called("J({p}, {q})")
def jeffreys_divergence(p: Any, q: Any) -> Estimate:
    """J(p, q) = KL(p‖q) + KL(q‖p) = ∫ (p - q) log(p/q), in nats.

    Parameters
    ----------
    p, q:
        Densities of one dimension, or two discrete laws.

    Returns
    -------
    Estimate
        On the line adaptive Gauss-Kronrod panels (10, 21), in the plane cells (7, 15) (Piessens et
        al., 1983), for discrete laws the exact sum; in nats. The error is the change between two
        resolutions, plus what the declared tails hold, plus rounding.

    Raises
    ------
    NotConverged
        As `kl_divergence`.
    """
    return over_batch(_jeffreys, p, q)


def _jeffreys(p: Any, q: Any) -> Estimate:
    if kullback_leibler_is_infinite(p, q) or kullback_leibler_is_infinite(q, p):
        return infinite("Jeffreys")
    return logarithmic(JEFFREYS, _jeffreys, p, q)
