"""Pairs of the plane that reduce exactly to the line, or have a closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint

from gantheory.certified import kernels
from gantheory.certified.families import Distribution, distribution, exponential, normal
from gantheory.certified.integrate import attempt, working_bits
from gantheory.certified.kernels import BallKernel
from gantheory.certified.terms import ZERO, arb
from gantheory.densities.multivariate_normal import MultivariateNormal
from gantheory.densities.normal import Normal
from gantheory.densities.plane import Product

ONE = Fraction(1)


@dataclass(frozen=True)
class ExactNormal:
    """Mean (m0, m1) and covariance ((a, b), (b, d)), exact."""

    mean: tuple[Fraction, Fraction]
    a: Fraction
    b: Fraction
    d: Fraction

    @property
    def determinant(self) -> Fraction:
        """a d - b²."""
        return self.a * self.d - self.b * self.b

    @property
    def covariance(self) -> tuple[Fraction, Fraction, Fraction]:
        """(a, b, d)."""
        return self.a, self.b, self.d

    def square(self, x: Fraction, y: Fraction) -> Fraction:
        """(x, y) C⁻¹ (x, y)ᵀ."""
        return (self.d * x * x - 2 * self.b * x * y + self.a * y * y) / self.determinant


def gaussian(density: Any) -> ExactNormal | None:
    """Return a normal distribution of the plane, or a product of two, exactly."""
    if isinstance(density, MultivariateNormal):
        exact: Any = density.exact
        (m0, m1), (a, b, _, d) = exact["mean"], exact["cov"]
        return ExactNormal((m0, m1), a, b, d)
    if isinstance(density, Product):
        both: Any = (density.first, density.second)
        if all(isinstance(side, Normal) for side in both):
            (m0, s0), (m1, s1) = ((f.exact["loc"], f.exact["scale"]) for f in both)
            return ExactNormal((m0, m1), s0 * s0, ZERO, s1 * s1)
    return None


def factors(density: Any) -> tuple[Distribution, Distribution] | None:
    """Return the two distributions of a density with independent coordinates."""
    if isinstance(density, Product):
        return distribution(density.first), distribution(density.second)
    g = gaussian(density)
    if g is None or g.b != 0:
        return None
    return Distribution((normal(ONE, g.mean[0], g.a),)), Distribution(
        (normal(ONE, g.mean[1], g.d),)
    )


def on_the_line(p: Any, q: Any) -> tuple[Distribution, Distribution] | None:
    """Return a pair of the line whose likelihood ratio has the same distribution, or None.

    Normals of one covariance are N(0, δ) and N(δ, δ) along the line through both means, δ the squared
    Mahalanobis distance. Normals of one mean with covariances C and c C depend on half the squared
    Mahalanobis radius only, whose distributions are Exp(1) and Exp(1/c). Products with a factor in
    common differ in the other one only.
    """
    g, h = gaussian(p), gaussian(q)
    if g is not None and h is not None:
        step = h.mean[0] - g.mean[0], h.mean[1] - g.mean[1]
        if g.covariance == h.covariance:
            distance = g.square(*step)
            one = normal(ONE, ZERO, distance or ONE)
            return Distribution((one,)), Distribution((normal(ONE, distance, distance or ONE),))
        c = h.a / g.a
        if not any(step) and h.covariance == (c * g.a, c * g.b, c * g.d):
            return Distribution((exponential(ONE, ONE),)), Distribution((exponential(ONE, 1 / c),))
    here, there = factors(p), factors(q)
    if here is not None and there is not None:
        for common, other in ((0, 1), (1, 0)):
            if here[common].key == there[common].key and here[common].mass == 1:
                return here[other], there[other]
    return None


def closed_form(kernel: BallKernel, p: Any, q: Any) -> Callable[[int], flint.arb] | None:
    """Return how to enclose KL, Jeffreys, H² or χ² by a formula, None where there is none."""
    g, h = gaussian(p), gaussian(q)
    if g is not None and h is not None and kernel.name in NORMAL_FORMULAS:
        formula, one, other = NORMAL_FORMULAS[kernel.name], g, h
        return lambda places: _at_places(lambda: formula(one, other), places)
    here, there = factors(p), factors(q)
    if here is not None and there is not None and kernel.name in PRODUCT_RULES:
        rule, first, second = PRODUCT_RULES[kernel.name], here, there
        return lambda places: _at_places(lambda: rule(kernel, first, second, places), places)
    return None


def _at_places(formula: Callable[[], flint.arb], places: int) -> flint.arb:
    with flint.ctx.workprec(working_bits(places)):
        return formula()


def _normal_kl(p: ExactNormal, q: ExactNormal) -> flint.arb:
    """[tr(C_q⁻¹ C_p) + δᵀ C_q⁻¹ δ - 2 + log(det C_q / det C_p)] / 2."""
    trace = (q.d * p.a - 2 * q.b * p.b + q.a * p.d) / q.determinant
    square = q.square(q.mean[0] - p.mean[0], q.mean[1] - p.mean[1])
    return (arb(trace + square - 2) + arb(q.determinant / p.determinant).log()) / 2


def _log_affinity(p: ExactNormal, q: ExactNormal) -> flint.arb:
    """log of (det C_p det C_q)^(1/4) / √det C · exp(-δᵀ C⁻¹ δ / 8), C = (C_p + C_q) / 2."""
    middle = ExactNormal(p.mean, (p.a + q.a) / 2, (p.b + q.b) / 2, (p.d + q.d) / 2)
    square = middle.square(q.mean[0] - p.mean[0], q.mean[1] - p.mean[1])
    shape = arb(p.determinant * q.determinant / middle.determinant**2).log() / 4
    return shape - arb(square / 8)


Pairs = tuple[Distribution, Distribution]


def _sides(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> tuple[flint.arb, flint.arb]:
    return attempt(kernel, p[0], q[0], places), attempt(kernel, p[1], q[1], places)


def _kl_of_products(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> flint.arb:
    """KL(p₁p₂‖q₁q₂) = KL(p₁‖q₁) ∫p₂ + KL(p₂‖q₂) ∫p₁."""
    first, second = _sides(kernel, p, q, places)
    return first * arb(p[1].mass) + second * arb(p[0].mass)


def _jeffreys_of_products(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> flint.arb:
    """KL(p‖q) + KL(q‖p)."""
    return _kl_of_products(kernels.KULLBACK_LEIBLER, p, q, places) + _kl_of_products(
        kernels.KULLBACK_LEIBLER, q, p, places
    )


def _hellinger_of_products(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> flint.arb:
    """(∫p + ∫q)/2 - A₁ A₂, A = (∫p + ∫q)/2 - H² the affinity."""
    first, second = _sides(kernel, p, q, places)
    (p1, p2), (q1, q2) = ((a.mass, b.mass) for a, b in (p, q))
    affinity = (arb((p1 + q1) / 2) - first) * (arb((p2 + q2) / 2) - second)
    return arb((p1 * p2 + q1 * q2) / 2) - affinity


def _affinity_of_products(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> flint.arb:
    """A₁ A₂."""
    first, second = _sides(kernel, p, q, places)
    return first * second


def _chi2_of_products(kernel: BallKernel, p: Pairs, q: Pairs, places: int) -> flint.arb:
    """X₁ X₂ + c_p ∫p + c_q ∫q, X = χ² - c_p ∫p - c_q ∫q the integral of p²/q or q²/p."""
    first, second = _sides(kernel, p, q, places)
    (p1, p2), (q1, q2) = ((a.mass, b.mass) for a, b in (p, q))
    c_p, c_q = kernel.constant
    whole = (first - arb(c_p * p1 + c_q * q1)) * (second - arb(c_p * p2 + c_q * q2))
    return whole + arb(c_p * p1 * p2 + c_q * q1 * q2)


NORMAL_FORMULAS: dict[str, Callable[[ExactNormal, ExactNormal], flint.arb]] = {
    kernels.KULLBACK_LEIBLER.name: _normal_kl,
    kernels.REVERSE_KULLBACK_LEIBLER.name: lambda p, q: _normal_kl(q, p),
    kernels.JEFFREYS.name: lambda p, q: _normal_kl(p, q) + _normal_kl(q, p),
    kernels.HELLINGER.name: lambda p, q: -_log_affinity(p, q).expm1(),
    kernels.AFFINITY.name: lambda p, q: _log_affinity(p, q).exp(),
}
PRODUCT_RULES: dict[str, Callable[[BallKernel, Pairs, Pairs, int], flint.arb]] = {
    kernels.KULLBACK_LEIBLER.name: _kl_of_products,
    kernels.REVERSE_KULLBACK_LEIBLER.name: lambda kernel, p, q, places: _kl_of_products(
        kernels.KULLBACK_LEIBLER, q, p, places
    ),
    kernels.JEFFREYS.name: _jeffreys_of_products,
    kernels.HELLINGER.name: _hellinger_of_products,
    kernels.AFFINITY.name: _affinity_of_products,
    kernels.PEARSON.name: _chi2_of_products,
    kernels.NEYMAN.name: _chi2_of_products,
}
